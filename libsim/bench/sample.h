/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sample.h - what can be said about a handful of measurements of the same thing.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stddef.h>

struct sample_summary {
        double median;
        double min;
        double spread; /* (third quartile - first quartile) / median; 0 where the median is 0 */
};

/* Sorts the values. num is at least 1. */
struct sample_summary sample_summarize(double *values, size_t num);

#endif
