/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wrap.h - what the library and the host's rows ask of libc and libcrypto, counted on its way there.
 */
#ifndef BENCH_WRAP_H
#define BENCH_WRAP_H

#include "report.h"

/* Count from now on, from 0, or no longer. Instructions are collected by callgrind in the same time. */
void wrap_start(void);
void wrap_stop(void);

/* What was counted from start to stop; instructions and atomics are COUNTER_UNKNOWN. */
void wrap_counters(double counters[NUM_COUNTERS]);

#endif
