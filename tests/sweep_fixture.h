/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sweep_fixture.h - a small host with mistakes that can be planted in its error branches, to be swept.
 *
 * It makes a Realm with two tables and a REC, and takes it down again: five Granules are delegated.
 */
#ifndef SWEEP_FIXTURE_H
#define SWEEP_FIXTURE_H

#include "world.h"
#include <rmmsim/inject.h>
#include <rmmsim/snapshot.h>
#include <string.h>

enum plant {
        PLANT_NONE,
        PLANT_TABLE,     /* a table that RMI_RTT_CREATE did not take is forgotten                */
        PLANT_ROOT,      /* no memory for the root: the RD is forgotten                          */
        PLANT_REC_REALM, /* RMI_REC_CREATE: only after ERROR_REALM the REC's Granule is forgotten */
        PLANT_SWAPPED,   /* after a failed undelegation the next one is not even tried           */
        PLANT_DESTROYED, /* after a failed RMI_REC_DESTROY tables are destroyed, but not given back */
        PLANT_SPIN,      /* a Realm that is not activated is waited for                          */
        PLANT_RESULT,    /* what went wrong is told by the return value                          */
        PLANT_SERROR     /* after an SError exit everything is left as it is                     */
};

enum {
        RD,
        ROOT,
        REC,
        TABLE_1,
        TABLE_2,
        NUM_GRANULES
};

static struct host {
        struct world *world;
        struct rmmsim *sim;
        enum plant plant;
        bool retries;   /* what gives something back is made again */
        bool enters;    /* the REC is entered three times          */
        unsigned pe;    /* where the second table is made          */
        uint64_t first; /* Granule                                 */
        uint64_t run_page;
        int tables;
        bool rec;
        bool broken; /* something could not be given back */
        unsigned runs;
        unsigned levels; /* at which RMI_RTT_CREATE was told that the walk ended, as bits */
} host;

static inline uint64_t at(unsigned n)
{
        return host.first + n * PAGE;
}

#define smc(name, ...) (rmmsim_call(host.sim, 0, name, __VA_ARGS__).x[0])
/* One that gives something back. */
#define give(name, ...) (smc(name, __VA_ARGS__) == 0 || (host.retries && smc(name, __VA_ARGS__) == 0))

static inline bool take(unsigned n)
{
        return smc(rmi_granule_delegate, .addr = at(n)) == 0;
}

static inline void put(unsigned n)
{
        if (host.plant == PLANT_SWAPPED && host.broken) {
                return;
        }
        if (!give(rmi_granule_undelegate, .addr = at(n))) {
                host.broken = true;
        }
}

static inline bool add_table(int level)
{
        uint64_t x0;

        if (!take(RD + 2 + (unsigned)level)) {
                return false;
        }
        x0 = rmmsim_call(host.sim, level == 2 ? host.pe : 0, rmi_rtt_create, .rd = at(RD),
                         .rtt = at(2 + (unsigned)level), .ipa = 0, .level = (uint64_t)level)
                     .x[0];
        if (RMMSIM_RMI_STATUS(x0) == RMMSIM_RMI_ERROR_RTT) {
                host.levels |= 1u << RMMSIM_RMI_INDEX(x0);
        }
        if (x0 == 0) {
                host.tables = level;
        } else if (host.plant != PLANT_TABLE) {
                put(2 + (unsigned)level);
        }
        return x0 == 0;
}

static inline bool add_rec(void)
{
        struct rmmsim_rec_params *params = (void *)host.world->params;
        uint64_t x0;

        memset(params, 0, sizeof(*params));
        params->flags = RMMSIM_REC_FLAG_RUNNABLE;
        if (!take(REC)) {
                return false;
        }
        x0 = smc(rmi_rec_create, .rd = at(RD), .rec = at(REC), .params_ptr = host.world->params_pa);
        host.rec = x0 == 0;
        if (!host.rec && !(host.plant == PLANT_REC_REALM && RMMSIM_RMI_STATUS(x0) == RMMSIM_RMI_ERROR_REALM)) {
                put(REC);
        }
        return host.rec;
}

static inline bool create(void)
{
        struct realm_shape shape = { .vmid = 77 };

        if (!take(RD)) {
                return false;
        }
        if (!take(ROOT)) {
                if (host.plant != PLANT_ROOT) {
                        put(RD);
                }
                return false;
        }
        realm_params_fill(host.world->params, &shape, at(ROOT));
        if (smc(rmi_realm_create, .rd = at(RD), .params_ptr = host.world->params_pa) != 0) {
                put(ROOT);
                put(RD);
                return false;
        }
        return true;
}

static inline bool build(void)
{
        if (!add_table(1) || !add_table(2) || !add_rec()) {
                return false;
        }
        if (smc(rmi_realm_activate, .rd = at(RD)) == 0) {
                return true;
        }
        while (host.plant == PLANT_SPIN) {
                (void)smc(rmi_version, .req = 0x10000);
        }
        return false;
}

static inline void destroy_tables(void)
{
        bool forget = host.plant == PLANT_DESTROYED && host.rec;

        while (host.tables > 0 && give(rmi_rtt_destroy, .rd = at(RD), .ipa = 0, .level = (uint64_t)host.tables)) {
                if (!forget) {
                        put(2 + (unsigned)host.tables);
                }
                host.tables--;
        }
}

static inline void destroy(void)
{
        if (host.rec && give(rmi_rec_destroy, .rec = at(REC))) {
                host.rec = false;
                put(REC);
        }
        destroy_tables();
        if (!host.rec && host.tables == 0 && give(rmi_realm_destroy, .rd = at(RD))) {
                put(ROOT);
                put(RD);
        }
}

static inline bool enter(void)
{
        const struct rmmsim_rec_run *run = world_at(host.world, host.run_page);

        for (unsigned i = 0; i < 3; i++) {
                if (smc(rmi_rec_enter, .rec = at(REC), .run_ptr = host.run_page) != 0) {
                        return true;
                }
                if (run->exit.exit_reason == RMMSIM_EXIT_SERROR && host.plant == PLANT_SERROR) {
                        return false;
                }
        }
        return true;
}

static inline int boot_and_destroy(struct rmmsim *sim, void *arg)
{
        bool built;

        ck_assert_ptr_eq(arg, &host);
        host.sim = sim;
        host.tables = 0;
        host.rec = host.broken = false;
        host.runs++;
        if (!create()) {
                return 0;
        }
        built = build();
        if (built && host.enters && !enter()) {
                return 0;
        }
        destroy();
        return host.plant == PLANT_RESULT && !built ? 5 : 0;
}

static struct rmmsim_sweep_report report;
static struct rmmsim_error error;

static inline struct rmmsim_sweep begin(enum plant plant)
{
        struct rmmsim_config config = { .features.rec_aux_count = RMMSIM_NONE };

        memset(&host, 0, sizeof(host));
        host.world = world_create_with(&config);
        host.plant = plant;
        host.first = world_pages(host.world, NUM_GRANULES, PAGE);
        host.run_page = world_page(host.world);
        return (struct rmmsim_sweep){ .sim = host.world->sim, .run = boot_and_destroy, .arg = &host };
}

static inline void sweep_with(const struct rmmsim_sweep *sweep)
{
        int code = rmmsim_sweep(sweep, &report, &error);

        ck_assert_msg(code == 0, "%s", error.text);
}

static inline void end(uint64_t num_findings)
{
        if (report.num_findings != num_findings) {
                rmmsim_sweep_print(&report, stdout);
        }
        ck_assert_uint_eq(report.num_findings, num_findings);
        world_destroy(host.world);
}

#endif
