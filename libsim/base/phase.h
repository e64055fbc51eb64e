/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * phase.h - where the time of a command goes, for the benchmark that asks.
 *
 * PHASE(X) says that from here on time counts to X. It is nothing in the library that users link; the benchmarks build the
 * library a second time, with RMMSIM_PHASES defined, and read the clock at each of these lines.
 */
#ifndef PHASE_H
#define PHASE_H

enum phase {
        PHASE_HOST,         /* outside                                                 */
        PHASE_DISPATCH,     /* registers to named arguments and back, statistics       */
        PHASE_LOCKS,        /* taking and dropping them                                */
        PHASE_RUN_PAGE_IN,  /* reading what the host shares                            */
        PHASE_CHECKS,       /* failure conditions                                      */
        PHASE_ACT,          /* what the command does; of REC_ENTER: completing the last exit, loading the GIC */
        PHASE_REALM,        /* the RMM on the Realm's behalf: interrupts, traps        */
        PHASE_SWITCH,       /* to the guest's stack and back                           */
        PHASE_GUEST,        /* the guest's own instructions                            */
        PHASE_EXIT_RECORD,  /* what the host is shown                                  */
        PHASE_RUN_PAGE_OUT, /* copying that to the run page                            */
        NUM_PHASES
};

#ifdef RMMSIM_PHASES
#include "ticks.h"

/* One thread at a time, which is how the benchmark runs. It owns the one variable (bench/phases_main.c). */
extern struct rmmsim_phase_clock {
        uint64_t last;
        uint64_t ticks[NUM_PHASES];
        uint64_t count[NUM_PHASES]; /* how often each was entered: each time costs one reading of the clock */
        enum phase now;
} rmmsim_phase_clock;

static inline void phase_enter(enum phase next)
{
        uint64_t now = ticks();

        rmmsim_phase_clock.ticks[rmmsim_phase_clock.now] += now - rmmsim_phase_clock.last;
        rmmsim_phase_clock.count[next]++;
        rmmsim_phase_clock.now = next;
        rmmsim_phase_clock.last = now;
}

#define PHASE(NAME) phase_enter(PHASE_##NAME)
#else
#define PHASE(NAME) ((void)0)
#endif

#endif
