/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fit.c - how a cost grows: a line through its logarithms.
 */
#include "fit.h"
#include <math.h>

static double mean_of_logs(const double *values, size_t num)
{
        double sum = 0;

        for (size_t i = 0; i < num; i++) {
                sum += log(values[i]);
        }
        return sum / (double)num;
}

static bool all_above_zero(const double *values, size_t num)
{
        for (size_t i = 0; i < num; i++) {
                if (!(values[i] > 0)) {
                        return false;
                }
        }
        return true;
}

bool fit_power(struct fit *fit, const double *sizes, const double *costs, size_t num)
{
        double mean_x;
        double mean_y;
        double xx = 0;
        double xy = 0;
        double yy = 0;

        if (num < 2 || !all_above_zero(sizes, num) || !all_above_zero(costs, num)) {
                return false;
        }
        mean_x = mean_of_logs(sizes, num);
        mean_y = mean_of_logs(costs, num);
        for (size_t i = 0; i < num; i++) {
                double x = log(sizes[i]) - mean_x;
                double y = log(costs[i]) - mean_y;

                xx += x * x;
                xy += x * y;
                yy += y * y;
        }
        /* Sizes that are the same but for rounding carry no line. */
        if (xx < 1e-12) {
                return false;
        }
        fit->exponent = xy / xx;
        fit->factor = exp(mean_y - fit->exponent * mean_x);
        fit->explained = yy > 0 ? xy * xy / (xx * yy) : 1;
        return true;
}
