/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fit.h - how a cost grows.
 */
#ifndef BENCH_FIT_H
#define BENCH_FIT_H

#include <stdbool.h>
#include <stddef.h>

/* cost = factor * size^exponent, as near as it gets: 0 is a cost that does not grow, 1 one that doubles with the size. */
struct fit {
        double exponent;
        double factor;
        double explained; /* how much of the differences between costs that explains (R^2), 0..1 */
};

/*
 * Least squares of log(cost) on log(size). Returns false where no line can be laid: fewer than two different sizes, or a size or
 * a cost that is not above zero.
 */
bool fit_power(struct fit *fit, const double *sizes, const double *costs, size_t num);

#endif
