/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.h - measuring families of rows into a report.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench.h"
#include "report.h"

/* All families, in the order of the tables; the floors come first. */
extern const struct bench_family *const families[];
extern const size_t num_families;

/* Is the row one that the reader asked for? NULL: all are. */
bool row_wanted(const struct bench_row *row, const char *filter);

struct run_options {
        const char *filter;
        bool quick;
};

/* The worlds of the floors, made once: every family is measured together with them. Returns false after saying why not. */
bool run_begin(const struct run_options *options);
void run_end(void);

/*
 * Measure the wanted rows of a family in turns with the floors, and print its table as it comes. Returns false if a row could not be
 * measured.
 */
bool run_family(FILE *out, struct report *report, const struct bench_family *family, const struct run_options *options);

/* Measure one row again, with the floors and in a new world, in place of what the report has of it. */
void run_again(struct report *report, const char *name);

#endif
