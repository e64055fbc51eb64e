/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lifecycle.c - the life of a Realm from its first delegated Granule to its last undelegated one, and of an instance.
 *
 * The small Realm has 22 Granules: RD, root table, tables of levels 1 to 3, and a REC with 16 auxiliary Granules. It has no
 * memory, so its vCPU could not execute anything: an interrupt that is pending already ends its only entry. The Realm
 * that runs has one page more, and its guest starts, on a fresh stack, and exits.
 */
#include "bench.h"
#include "realm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        NUM_AUX = 16,
        GRANULES = 22,
        ROOT = 1,
        TABLE = 2, /* and 3, 4 */
        REC = 5,
        AUX = 6,
        DATA = 22 /* of the Realm that runs */
};

struct life {
        struct host *host;
        uint64_t granules;     /* PA of the first: RD */
        uint64_t realm_params; /* pages of the host */
        uint64_t rec_params;
        uint64_t run;
};

/* The parameter pages name the same Granules every time, so a host that does nothing else leaves them as they are. */
static void *life_begin(void)
{
        struct life *life = calloc(1, sizeof(*life));
        struct rmmsim_realm_params *realm;
        struct rmmsim_rec_params *rec;

        if (life == NULL) {
                return NULL;
        }
        life->host = host_create(NULL);
        life->granules = host_pages(life->host, GRANULES + 1, PAGE);
        life->realm_params = host_page(life->host);
        life->rec_params = host_page(life->host);
        life->run = host_page(life->host);
        realm = host_at(life->host, life->realm_params);
        realm->s2sz = 40;
        realm->num_bps = 1;
        realm->num_wps = 1;
        realm->vmid = 1;
        realm->rtt_base = life->granules + ROOT * PAGE;
        realm->rtt_num_start = 1;
        rec = host_at(life->host, life->rec_params);
        rec->flags = RMMSIM_REC_FLAG_RUNNABLE;
        rec->pc = ENTRY_IPA;
        rec->num_aux = NUM_AUX;
        for (uint64_t i = 0; i < NUM_AUX; i++) {
                rec->aux[i] = life->granules + (AUX + i) * PAGE;
        }
        return life;
}

static void life_end(void *context)
{
        struct life *life = context;

        host_destroy(life->host);
        free(life);
}

static void realm_up(const struct life *life, uint64_t num_granules)
{
        const struct host *host = life->host;
        uint64_t rd = life->granules;
        struct rmmsim_regs regs;

        for (uint64_t i = 0; i < num_granules; i++) {
                smc(host, &regs, RMMSIM_RMI_GRANULE_DELEGATE, rd + i * PAGE, 0, 0, 0, 0);
        }
        smc(host, &regs, RMMSIM_RMI_REALM_CREATE, rd, life->realm_params, 0, 0, 0);
        for (uint64_t level = 1; level <= 3; level++) {
                smc(host, &regs, RMMSIM_RMI_RTT_CREATE, rd, rd + (TABLE - 1 + level) * PAGE, 0, level, 0);
        }
        smc(host, &regs, RMMSIM_RMI_REC_CREATE, rd, rd + REC * PAGE, life->rec_params, 0, 0);
}

static void realm_enter(const struct life *life)
{
        const struct rmmsim_rec_run *run = host_at(life->host, life->run);
        struct rmmsim_regs regs;

        smc(life->host, &regs, RMMSIM_RMI_REALM_ACTIVATE, life->granules, 0, 0, 0, 0);
        smc(life->host, &regs, RMMSIM_RMI_REC_ENTER, life->granules + REC * PAGE, life->run, 0, 0, 0);
        if (run->exit.exit_reason != RMMSIM_EXIT_IRQ) {
                host_fail(life->host, 0, "an exit with reason IRQ");
        }
}

static void realm_down(const struct life *life, uint64_t num_granules)
{
        const struct host *host = life->host;
        uint64_t rd = life->granules;
        struct rmmsim_regs regs;

        smc(host, &regs, RMMSIM_RMI_REC_DESTROY, rd + REC * PAGE, 0, 0, 0, 0);
        for (uint64_t level = 3; level >= 1; level--) {
                smc(host, &regs, RMMSIM_RMI_RTT_DESTROY, rd, 0, level, 0, 0);
        }
        smc(host, &regs, RMMSIM_RMI_REALM_DESTROY, rd, 0, 0, 0, 0);
        for (uint64_t i = 0; i < num_granules; i++) {
                smc(host, &regs, RMMSIM_RMI_GRANULE_UNDELEGATE, rd + i * PAGE, 0, 0, 0, 0);
        }
}

static void realm_run(void *context, uint64_t n)
{
        const struct life *life = context;

        while (n-- != 0) {
                realm_up(life, GRANULES);
                rmmsim_irq_raise(life->host->sim, 0);
                realm_enter(life);
                realm_down(life, GRANULES);
        }
}

static void idle_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static void realm_that_runs_run(void *context, uint64_t n)
{
        const struct life *life = context;
        uint64_t data = life->granules + DATA * PAGE;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                realm_up(life, GRANULES + 1);
                smc(life->host, &regs, RMMSIM_RMI_DATA_CREATE, life->granules, data, ENTRY_IPA, life->run, 0);
                rmmsim_guest_bind(life->host->sim, life->granules, ENTRY_IPA, idle_guest, NULL);
                realm_enter(life);
                smc(life->host, &regs, RMMSIM_RMI_DATA_DESTROY, life->granules, ENTRY_IPA, 0, 0, 0);
                realm_down(life, GRANULES + 1);
        }
}

static void bare_realm_run(void *context, uint64_t n)
{
        const struct life *life = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(life->host, &regs, RMMSIM_RMI_REALM_CREATE, life->granules, life->realm_params, 0, 0, 0);
                smc(life->host, &regs, RMMSIM_RMI_REALM_DESTROY, life->granules, 0, 0, 0, 0);
        }
}

static void *bare_realm_begin(void)
{
        struct life *life = life_begin();

        for (uint64_t i = 0; life != NULL && i <= ROOT; i++) {
                RMI(life->host, rmi_granule_delegate, .addr = life->granules + i * PAGE);
        }
        return life;
}

static void bare_realm_end(void *context)
{
        struct life *life = context;

        for (uint64_t i = 0; i <= ROOT; i++) {
                RMI(life->host, rmi_granule_undelegate, .addr = life->granules + i * PAGE);
        }
        life_end(life);
}

/* ---- instances ----------------------------------------------------------------------------------------------------- */

static void instances(uint64_t size, uint64_t n)
{
        const struct rmmsim_region region = { .base = UINT64_C(1) << 40, .size = size };
        const struct rmmsim_config config = { .regions = &region, .num_regions = 1 };
        struct rmmsim_error error;

        while (n-- != 0) {
                struct rmmsim *sim = rmmsim_create(&config, &error);

                if (sim == NULL) {
                        fprintf(stderr, "bench: no instance: %s\n", error.text);
                        exit(EXIT_FAILURE);
                }
                rmmsim_destroy(sim);
        }
}

/* Instances need no world, but a row has one. */
static void *no_world(void)
{
        static char nothing;

        return &nothing;
}

static void no_end(void *context)
{
        (void)context;
}

static void instance_1_gib_run(void *context, uint64_t n)
{
        (void)context;
        instances(GIB, n);
}

static void instance_1_tib_run(void *context, uint64_t n)
{
        (void)context;
        instances(GIB << 10, n);
}

/* ---- the table ----------------------------------------------------------------------------------------------------- */

static const struct bench_row rows[] = {
        { "life/realm",
          "a Realm of 22 Granules: delegate, create, 3 tables, REC, activate, enter once, and all of it back",
          life_begin, realm_run, life_end,
          /* Pages written: 4 tables filled; RD, 4 tables and REC wiped; 22 pages given back wiped. Hashed: two sets of parameters. */
          .floors = { FLOORS_OF_SMCS(56), [FLOOR_LOCK_PAIR] = 56, [FLOOR_ZERO_4K] = 4 + 6 + 22, [FLOOR_SHA_4K] = 2,
                      [FLOOR_SHA_256] = 1 },
          .goal_ns = 6000 },
        { "life/realm_that_runs", "the same with a page of memory, where a guest function starts and exits", life_begin,
          realm_that_runs_run, life_end,
          .floors = { FLOORS_OF_SMCS(60), [FLOOR_LOCK_PAIR] = 60, [FLOOR_SWITCH] = 1, [FLOOR_ZERO_4K] = 4 + 7 + 23,
                      [FLOOR_COPY_4K] = 1, [FLOOR_SHA_4K] = 2, [FLOOR_SHA_256] = 2 } },
        { "life/bare_realm", "RMI_REALM_CREATE with one root table + RMI_REALM_DESTROY", bare_realm_begin,
          bare_realm_run, bare_realm_end,
          .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_ZERO_4K] = 1 + 2, [FLOOR_SHA_4K] = 1 } },
        { "life/instance_1gib", "an instance with 1 GiB simulated, created and destroyed", no_world, instance_1_gib_run,
          no_end, .goal_ns = 30000 },
        { "life/instance_1tib", "the same with 1 TiB", no_world, instance_1_tib_run, no_end, .no_counters = true },
};

const struct bench_family family_lifecycle = { "life", "Lives of Realms and instances", rows,
                                               sizeof(rows) / sizeof(rows[0]) };
