/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compat_fixture.h - a machine of which only the memory is the library's business: Realms live and die by a kernel's wrappers.
 *
 * Nothing here asserts, as threads use it: what goes wrong is the line where it did, 0 for nothing.
 */
#ifndef COMPAT_FIXTURE_H
#define COMPAT_FIXTURE_H

#include "compat/linux_rmi.h"
#include "compat/linux_rsi.h"
#include <rmmsim/use.h>
#include <string.h>

#define MACHINE_BASE UINT64_C(0x80000000)
#define MACHINE_PAGE UINT64_C(4096)
#define GUEST_PC     UINT64_C(0x1000)

enum {
        MACHINE_PES = 4,
        MACHINE_AUX = 2,
        MACHINE_RECS = 4
};

struct machine {
        struct rmmsim *sim;
        uint64_t next_pa;
        uint64_t shared; /* a page of the host for parameters */
        unsigned long rd, root, tables[3], data;
        unsigned long recs[MACHINE_RECS], aux[MACHINE_RECS][MACHINE_AUX];
        unsigned long runs[MACHINE_RECS];
        unsigned num_recs;
};

#define TRY(condition)                                                                                                 \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        return __LINE__;                                                                               \
                }                                                                                                      \
        } while (0)

static inline void *machine_at(const struct machine *machine, uint64_t pa)
{
        return rmmsim_host_pointer(machine->sim, pa, MACHINE_PAGE);
}

static inline unsigned long machine_page(struct machine *machine)
{
        machine->next_pa += MACHINE_PAGE;
        return machine->next_pa - MACHINE_PAGE;
}

static inline int machine_create(struct machine *machine, rmmsim_misuse_fn *misuse, void *context)
{
        const struct rmmsim_region dram = { .base = MACHINE_BASE, .size = 1 << 20 };
        const struct rmmsim_config config = { .regions = &dram,
                                              .num_regions = 1,
                                              .num_pes = MACHINE_PES,
                                              .misuse = misuse,
                                              .context = context,
                                              .features = { .rec_aux_count = MACHINE_AUX } };

        *machine = (struct machine){ .sim = rmmsim_create(&config, NULL), .next_pa = MACHINE_BASE };
        TRY(machine->sim != NULL);
        machine->shared = machine_page(machine);
        return 0;
}

static inline int delegated(struct machine *machine, unsigned long *page)
{
        *page = machine_page(machine);
        TRY(kernel_granule_delegate(*page) == 0);
        return 0;
}

static inline int realm_built(struct machine *machine)
{
        struct rmmsim_realm_params *params = machine_at(machine, machine->shared);

        TRY(delegated(machine, &machine->rd) == 0 && delegated(machine, &machine->root) == 0);
        memset(params, 0, sizeof(*params));
        params->s2sz = 40;
        params->num_bps = params->num_wps = 1;
        params->rtt_base = machine->root;
        params->rtt_num_start = 1;
        TRY(kernel_realm_create(machine->rd, machine->shared) == 0);
        for (long level = 1; level <= 3; level++) {
                TRY(delegated(machine, &machine->tables[level - 1]) == 0);
                TRY(kernel_rtt_create(machine->rd, machine->tables[level - 1], 0, level) == 0);
        }
        TRY(delegated(machine, &machine->data) == 0);
        TRY(kernel_data_create(machine->rd, machine->data, GUEST_PC, machine->shared, 1) == 0);
        return 0;
}

static inline int rec_built(struct machine *machine)
{
        struct rmmsim_rec_params *params = machine_at(machine, machine->shared);
        unsigned n = machine->num_recs++;

        memset(params, 0, sizeof(*params));
        params->flags = RMMSIM_REC_FLAG_RUNNABLE;
        params->mpidr = n;
        params->pc = GUEST_PC;
        params->num_aux = MACHINE_AUX;
        for (unsigned i = 0; i < MACHINE_AUX; i++) {
                TRY(delegated(machine, &machine->aux[n][i]) == 0);
                params->aux[i] = machine->aux[n][i];
        }
        TRY(delegated(machine, &machine->recs[n]) == 0);
        TRY(kernel_rec_create(machine->rd, machine->recs[n], machine->shared) == 0);
        machine->runs[n] = machine_page(machine);
        return 0;
}

/* An active Realm, all of whose vCPUs run `fn`. */
static inline int machine_boot(struct machine *machine, unsigned num_recs, rmmsim_guest_fn *fn, void *arg)
{
        TRY(realm_built(machine) == 0);
        for (unsigned i = 0; i < num_recs; i++) {
                TRY(rec_built(machine) == 0);
        }
        TRY(rmmsim_guest_bind(machine->sim, machine->rd, GUEST_PC, fn, arg) == 0);
        TRY(kernel_realm_activate(machine->rd) == 0);
        return 0;
}

/* Enter a REC; what it exited for, or 0xff. */
static inline unsigned machine_enter(struct machine *machine, unsigned rec)
{
        struct rmmsim_rec_run *run = machine_at(machine, machine->runs[rec]);

        memset(run, 0, sizeof(*run));
        return kernel_rec_enter(machine->recs[rec], machine->runs[rec]) == 0 ? (unsigned)run->exit.exit_reason : 0xff;
}

static inline int undelegated(unsigned long page)
{
        TRY(kernel_granule_undelegate(page) == 0);
        return 0;
}

static inline int recs_destroyed(struct machine *machine)
{
        for (unsigned n = 0; n < machine->num_recs; n++) {
                TRY(kernel_rec_destroy(machine->recs[n]) == 0 && undelegated(machine->recs[n]) == 0);
                for (unsigned i = 0; i < MACHINE_AUX; i++) {
                        TRY(undelegated(machine->aux[n][i]) == 0);
                }
        }
        return 0;
}

/* Everything back, by the wrappers; what they return as Granules are those that were given. */
static inline int machine_tear_down(struct machine *machine)
{
        unsigned long page = 0;

        TRY(recs_destroyed(machine) == 0);
        TRY(kernel_data_destroy(machine->rd, GUEST_PC, &page) == 0 && page == machine->data);
        TRY(undelegated(page) == 0);
        for (long level = 3; level >= 1; level--) {
                TRY(kernel_rtt_destroy(machine->rd, 0, level, &page) == 0 && page == machine->tables[level - 1]);
                TRY(undelegated(page) == 0);
        }
        TRY(kernel_realm_destroy(machine->rd) == 0);
        TRY(undelegated(machine->rd) == 0 && undelegated(machine->root) == 0);
        TRY(!rmmsim_next_delegated(machine->sim, &(uint64_t){ 0 }, 0));
        return 0;
}

#endif
