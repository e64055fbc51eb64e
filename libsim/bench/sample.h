/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sample.h - what can be said about a handful of measurements of the same thing.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stddef.h>

enum {
        SAMPLE_LEVEL_ROWS_MIN = 8
};

struct sample_summary {
        double median;
        double min;
        double spread; /* (third quartile - first quartile) / median; 0 where the median is 0 */
};

/*
 * Take out what the rows of a round have in common: samples[i * num_rounds + round] is of row i. A round in which most rows took
 * a tenth longer than they usually do was a slow time of the machine, and is made a tenth shorter. With fewer than
 * SAMPLE_LEVEL_ROWS_MIN rows nothing is done, as one row's own noise would pass for the machine's. Room for
 * num_rounds + 2 * num_rows values is lent for the work.
 */
void sample_level(double *samples, size_t num_rows, size_t num_rounds, double *room);

/* Sorts the values. num is at least 1. */
struct sample_summary sample_summarize(double *values, size_t num);

#endif
