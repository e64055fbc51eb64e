/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock.c - what a tick is worth, found by looking at the system's clock twice.
 *
 * Whoever measures takes a moment at the beginning and asks at the end, so the longer the measurement the better the rate,
 * and no time is spent on calibration alone.
 */
#include "clock.h"
#include <rmmsim/bench.h>

enum {
        READINGS = 5,
        AGE_NS_MIN = 2000000
};

static uint64_t monotonic_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The reading that took the least time between its two ticks: an interruption in between would shift one clock. */
struct moment clock_moment(void)
{
        struct moment best = { 0 };
        uint64_t best_gap = UINT64_MAX;

        for (int i = 0; i < READINGS; i++) {
                uint64_t before = ticks();
                uint64_t ns = monotonic_ns();
                uint64_t gap = ticks() - before;

                if (gap < best_gap) {
                        best_gap = gap;
                        best = (struct moment){ .ticks = before + gap / 2, .ns = ns };
                }
        }
        return best;
}

double clock_ns_per_tick(const struct moment *since)
{
        struct moment now;

        do {
                now = clock_moment();
        } while (now.ns - since->ns < AGE_NS_MIN || now.ticks == since->ticks);
        return (double)(now.ns - since->ns) / (double)(now.ticks - since->ticks);
}

uint64_t rmmsim_ticks(void)
{
        return ticks();
}

double rmmsim_ns_per_tick(void)
{
        struct moment start = clock_moment();

        return clock_ns_per_tick(&start);
}
