/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bench_fit.c - how the benchmarks find out how a cost grows.
 */
#include "fit.h"
#include "world.h"
#include <math.h>

enum {
        NUM = 5
};

static const double sizes[NUM] = { 1, 10, 100, 1000, 10000 };

static bool near(double found, double expected)
{
        return fabs(found - expected) < 1e-9 * (1 + fabs(expected));
}

static const double exponents[] = { 0, 0.5, 1, 2, -1 };

START_TEST(powers)
{
        double costs[NUM];
        struct fit fit;

        for (int i = 0; i < NUM; i++) {
                costs[i] = 37 * pow(sizes[i], exponents[_i]);
        }
        ck_assert(fit_power(&fit, sizes, costs, NUM));
        ck_assert(near(fit.exponent, exponents[_i]));
        ck_assert(near(fit.factor, 37));
        ck_assert(exponents[_i] == 0 || near(fit.explained, 1));
}
END_TEST

/* By hand: log2 of sizes 0, 1, 2 and of costs 0, 3, 3; slope (-1 * -2 + 1 * 1) / 2, R^2 = 3^2 / (2 * 6). */
START_TEST(least_squares)
{
        const double few[] = { 1, 2, 4 };
        const double costs[] = { 1, 8, 8 };
        struct fit fit;

        ck_assert(fit_power(&fit, few, costs, 3));
        ck_assert(near(fit.exponent, 1.5));
        ck_assert(near(fit.factor, pow(2, 0.5)));
        ck_assert(near(fit.explained, 0.75));
}
END_TEST

START_TEST(no_line)
{
        const double same[] = { 7, 7, 7 };
        const double costs[] = { 1, 2, 3 };
        const double nothing[] = { 1, 0, 3 };
        const double unknown[] = { 1, NAN, 3 };
        struct fit fit;

        ck_assert(!fit_power(&fit, sizes, costs, 0));
        ck_assert(!fit_power(&fit, sizes, costs, 1));
        ck_assert(!fit_power(&fit, same, costs, 3));
        ck_assert(!fit_power(&fit, sizes, nothing, 3));
        ck_assert(!fit_power(&fit, nothing, costs, 3));
        ck_assert(!fit_power(&fit, sizes, unknown, 3));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bench_fit");
        TCase *tcase = tcase_create("fit");

        tcase_add_loop_test(tcase, powers, 0, sizeof(exponents) / sizeof(exponents[0]));
        tcase_add_test(tcase, least_squares);
        tcase_add_test(tcase, no_line);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
