/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counters.h - having rows counted, by the program bench_counters.
 */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include "report.h"

/*
 * Run bench_counters (NULL: the one beside the program that argv0 names) and add what it found to the report. `by` is what counts
 * instructions: "perf", "callgrind", "none", or NULL for the first of these that works. If it cannot be run, a sentence on
 * stderr says so and nothing is added.
 */
bool counters_collect(struct report *report, const char *program, const char *argv0, const char *filter,
                      const char *by);

/* Run a program with its output thrown away or not, and wait. Returns its exit status; 127 if it could not be run. */
int run_program(const char *const *argv);

#endif
