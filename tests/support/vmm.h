/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vmm.h - a small VMM with a run loop, as users of the benchmark kit have one.
 */
#ifndef TEST_VMM_H
#define TEST_VMM_H

#include "world.h"
#include <rmmsim/bench.h>

#define VMM_HOST_CALL_IPA UINT64_C(0x2000)
#define VMM_RIPAS_IPA     UINT64_C(0x100000)
#define VMM_NUM_PAGES     4

enum {
        VMM_SEQUENCE_MAX = 600,
        VMM_CLASS_WFX = 0x01,
        VMM_CLASS_DATA_ABORT = 0x24
};

struct vmm {
        struct world *world;
        struct realm_world realm;
        struct rmmsim_rec_run *run;
        struct rmmsim_bench_mix mix;
        bool maps; /* answers aborts by mapping a page, once and for all */
        bool psci_denies;
        /* Of the first exits: reason and class of exception. */
        uint8_t sequence[VMM_SEQUENCE_MAX];
        unsigned num_exits;
        unsigned steps; /* what a test counts itself */
};

/* With a Realm of two vCPUs. The mix has its addresses, and no weights yet. */
void vmm_create(struct vmm *vmm);
void vmm_destroy(struct vmm *vmm);
/* The guest of the kit where the first vCPU starts; returns what the kit returns. */
int vmm_bind(struct vmm *vmm);
/* One turn of the run loop: enter, handle the exit. Returns 0. */
int vmm_step(void *context);
void vmm_run(struct vmm *vmm, unsigned num);

#endif
