/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * measure.c - rows measured in turns.
 *
 * A machine drifts: its clock, its neighbours, its caches. Measured one after the other, rows would each meet another
 * machine. Visited in turns they all meet the same one, and their ratios hold. A visit lasts long enough that reading the
 * clock does not count, and short enough that most visits are not interrupted.
 */
#include "clock.h"
#include "method.h"
#include "sample.h"
#include <rmmsim/bench.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
        GROWTH = 8,
        TRIES = 4
};
#define ITERATIONS_MAX (UINT64_C(1) << 40)

static bool sound(const struct rmmsim_bench_figure *figures, const struct rmmsim_bench_row *rows, size_t num_rows)
{
        if (num_rows > 0 && (figures == NULL || rows == NULL)) {
                return false;
        }
        for (size_t i = 0; i < num_rows; i++) {
                if (rows[i].run == NULL) {
                        return false;
                }
        }
        return true;
}

/* How long the row takes for n, in ticks. */
static uint64_t visit(const struct rmmsim_bench_row *row, uint64_t n)
{
        uint64_t start = ticks();

        row->run(row->context, n);
        return ticks() - start;
}

/* How often the thread has lost its CPU to another so far. */
static long preemptions(void)
{
        struct rusage usage;

        return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

/* A visit in which another program had the CPU for a while says nothing about the row, and is made again; the shortest counts. */
static uint64_t visit_alone(const struct rmmsim_bench_row *row, uint64_t n)
{
        uint64_t shortest = UINT64_MAX;

        for (int i = 0; i < TRIES; i++) {
                long before = preemptions();
                uint64_t took = visit(row, n);

                shortest = took < shortest ? took : shortest;
                if (preemptions() == before) {
                        break;
                }
        }
        return shortest;
}

/*
 * The n that lasts about as long as wanted. Growing from 1 is the warm-up: half the time of a visit is spent on the row
 * before any of it counts. The last step is taken from the fastest of three, so that one interruption does not make all
 * visits short.
 */
static uint64_t choose_iterations(const struct rmmsim_bench_row *row, double ticks_wanted)
{
        uint64_t n = 1;
        uint64_t took = visit(row, n);
        double scaled;

        while ((double)took < ticks_wanted / GROWTH && n < ITERATIONS_MAX) {
                n *= GROWTH;
                took = visit(row, n);
        }
        for (int i = 0; i < 2 && (double)took < ticks_wanted; i++) {
                uint64_t again = visit(row, n);

                took = again < took ? again : took;
        }
        scaled = took == 0 ? (double)n : (double)n * ticks_wanted / (double)took;
        return scaled < 1 ? 1 : scaled > (double)ITERATIONS_MAX ? ITERATIONS_MAX : (uint64_t)scaled;
}

static double least(const double *values, size_t num)
{
        double found = values[0];

        for (size_t i = 1; i < num; i++) {
                found = values[i] < found ? values[i] : found;
        }
        return found;
}

/* samples has room for a value a visit, and for the work of sample_level(). */
static void take_samples(double *samples, struct rmmsim_bench_figure *figures, const struct rmmsim_bench_row *rows,
                         size_t num_rows, const struct rmmsim_bench_method *method)
{
        struct moment start = clock_moment();
        double ns_per_tick = clock_ns_per_tick(&start);

        for (size_t i = 0; i < num_rows; i++) {
                figures[i] = (struct rmmsim_bench_figure){ .rounds = method->rounds };
                figures[i].iterations = choose_iterations(&rows[i], (double)method->round_ns / ns_per_tick);
        }
        for (unsigned round = 0; round < method->rounds; round++) {
                for (size_t i = 0; i < num_rows; i++) {
                        double took = (double)visit_alone(&rows[i], figures[i].iterations);

                        samples[i * method->rounds + round] = took / (double)figures[i].iterations;
                }
        }
        ns_per_tick = clock_ns_per_tick(&start);
        for (size_t i = 0; i < num_rows; i++) {
                figures[i].min_ns = least(&samples[i * method->rounds], method->rounds) * ns_per_tick;
        }
        sample_level(samples, num_rows, method->rounds, samples + num_rows * method->rounds);
        for (size_t i = 0; i < num_rows; i++) {
                struct sample_summary summary = sample_summarize(&samples[i * method->rounds], method->rounds);

                figures[i].median_ns = summary.median * ns_per_tick;
                figures[i].spread = summary.spread;
                figures[i].noisy = summary.spread > method->spread_max;
        }
}

int rmmsim_bench_measure(struct rmmsim_bench_figure *figures, const struct rmmsim_bench_row *rows, size_t num_rows,
                         const struct rmmsim_bench_method *method)
{
        struct rmmsim_bench_method resolved;
        struct method_pin pin = { 0 };
        double *samples;

        if (!method_resolve(&resolved, method) || !sound(figures, rows, num_rows)) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (num_rows == 0) {
                return 0;
        }
        samples = num_rows > SIZE_MAX / (resolved.rounds + 3)
                          ? NULL
                          : calloc(num_rows * resolved.rounds + 2 * num_rows + resolved.rounds, sizeof(*samples));
        if (samples == NULL) {
                return RMMSIM_ERROR_MEMORY;
        }
        if (resolved.pin) {
                method_pin(&pin);
        }
        take_samples(samples, figures, rows, num_rows, &resolved);
        method_unpin(&pin);
        free(samples);
        return 0;
}
