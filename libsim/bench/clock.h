/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * clock.h - what a tick is worth, found by looking at the system's clock twice.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include "ticks.h"

/* One moment on both clocks. */
struct moment {
        uint64_t ticks;
        uint64_t ns; /* CLOCK_MONOTONIC */
};

struct moment clock_moment(void);

/* Nanoseconds a tick, from a moment until now. Waits until the moment is old enough (2 ms) for the answer to be good. */
double clock_ns_per_tick(const struct moment *since);

#endif
