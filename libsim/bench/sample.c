/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sample.c - what can be said about a handful of measurements of the same thing.
 *
 * Interruptions only ever make a measurement longer, so the mean says more about the machine's other tenants than about
 * the code. Median and quartiles stand still while less than a quarter of the values are hit.
 */
#include "sample.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
        double a = *(const double *)left;
        double b = *(const double *)right;

        return (a > b) - (a < b);
}

/* Quantiles lie on the line between neighbours: of 4 values the median is half way between the second and the third. */
static double quantile(const double *sorted, size_t num, double q)
{
        double at = q * (double)(num - 1);
        size_t below = (size_t)at;
        double part = at - (double)below;

        return below + 1 < num ? sorted[below] + part * (sorted[below + 1] - sorted[below]) : sorted[below];
}

struct sample_summary sample_summarize(double *values, size_t num)
{
        struct sample_summary summary;

        assert(num > 0);
        qsort(values, num, sizeof(*values), compare);
        summary.median = quantile(values, num, 0.5);
        summary.min = values[0];
        summary.spread = 0;
        if (summary.median > 0) {
                summary.spread = (quantile(values, num, 0.75) - quantile(values, num, 0.25)) / summary.median;
        }
        return summary;
}

void sample_level(double *samples, size_t num_rows, size_t num_rounds, double *room)
{
        double *usual = room;
        double *factors = usual + num_rows;
        double *copy = factors + num_rows;

        if (num_rows < SAMPLE_LEVEL_ROWS_MIN) {
                return;
        }
        for (size_t i = 0; i < num_rows; i++) {
                memcpy(copy, &samples[i * num_rounds], num_rounds * sizeof(*copy));
                usual[i] = sample_summarize(copy, num_rounds).median;
        }
        for (size_t round = 0; round < num_rounds; round++) {
                double common;

                for (size_t i = 0; i < num_rows; i++) {
                        factors[i] = usual[i] > 0 ? samples[i * num_rounds + round] / usual[i] : 1;
                }
                common = sample_summarize(factors, num_rows).median;
                for (size_t i = 0; common > 0 && i < num_rows; i++) {
                        samples[i * num_rounds + round] /= common;
                }
        }
}
