/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scale.h - the parts of the family "scale", one file each.
 */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "bench.h"
#include "realm.h"

/* A number below `bound`, the next of a sequence that is the same each time. */
static inline uint64_t scale_random(uint64_t *state, uint64_t bound)
{
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (*state >> 33) % bound;
}

/* scale_threads.c: a crew of threads that do the same thing, each on a PE of its own. */
enum crew_work {
        CREW_ENTER, /* RMI_REC_ENTER and back */
        CREW_MAP    /* RMI_RTT_MAP_UNPROTECTED + RMI_RTT_UNMAP_UNPROTECTED */
};
/* What its members share. */
enum crew_place {
        CREW_ALONE,   /* nothing: an instance each. What the machine itself has to give to so many threads */
        CREW_APART,   /* the instance: a Realm each */
        CREW_TOGETHER /* the Realm */
};
/* A run of fewer operations is not worth waking the crew for: the thread that measures makes them all. */
#define CREW_OPERATIONS_MIN 512
void *crew_begin(unsigned num_threads, enum crew_work work, enum crew_place place);
void crew_run(void *context, uint64_t n);
void crew_end(void *context);

/* scale_memory.c: what the process holds resident for one of a thing. */
double memory_of_instance(void);
double memory_of_granule(void);
double memory_of_realm(void);
double memory_of_rec(void);
double memory_of_guest(void);

/* scale_recs.c: many RECs in one Realm. */
void *recs_enter_begin(unsigned num_recs);
void *recs_psci_begin(unsigned num_recs);
void recs_enter_run(void *context, uint64_t n);
void recs_psci_run(void *context, uint64_t n);
void recs_end(void *context);
/* Nanoseconds of the RMI_REC_CREATE that makes the Realm's num_recs-th REC. */
double rec_create_ns(unsigned num_recs);

#endif
