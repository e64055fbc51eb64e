/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bench_measure.c - the method of <rmmsim/bench.h>: what is made of samples, how rows are visited, what is refused; and
 * the meter of a PE.
 *
 * The machine under a test is loaded and slow, so nothing here says how long anything takes, except at least.
 */
#include "sample.h"
#include "world.h"
#include <math.h>
#include <rmmsim/bench.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#define ck_assert_near(value, wanted) ck_assert_double_eq_tol(value, wanted, 1e-9)

START_TEST(median_min_and_quartiles)
{
        double odd[] = { 5, 1, 4, 2, 3 };
        double even[] = { 40, 10, 30, 20 };
        double one[] = { 7 };
        double zero[] = { 0, 0, 0 };
        double spoiled[] = { 10, 10, 10, 10, 10, 10, 1e9 };
        struct sample_summary summary = sample_summarize(odd, 5);

        ck_assert_near(summary.median, 3);
        ck_assert_near(summary.min, 1);
        ck_assert_near(summary.spread, (4.0 - 2.0) / 3);
        summary = sample_summarize(even, 4);
        ck_assert_near(summary.median, 25);
        ck_assert_near(summary.spread, (32.5 - 17.5) / 25);
        summary = sample_summarize(one, 1);
        ck_assert_near(summary.median, 7);
        ck_assert_near(summary.spread, 0);
        ck_assert_near(sample_summarize(zero, 3).spread, 0);
        summary = sample_summarize(spoiled, 7);
        ck_assert_near(summary.median, 10);
        ck_assert_near(summary.spread, 0);
}
END_TEST

/* Row i takes 10 * (i + 1); in round 2 the machine is three times as slow, and in round 4 one row alone is. */
START_TEST(what_rows_have_in_common_is_taken_out)
{
        enum {
                ROUNDS = 5
        };
        const size_t few = SAMPLE_LEVEL_ROWS_MIN - 1;
        const size_t enough = SAMPLE_LEVEL_ROWS_MIN;
        double samples[SAMPLE_LEVEL_ROWS_MIN * ROUNDS];
        double room[2 * SAMPLE_LEVEL_ROWS_MIN + ROUNDS];

        for (size_t i = 0; i < enough; i++) {
                for (size_t round = 0; round < ROUNDS; round++) {
                        samples[i * ROUNDS + round] = 10.0 * (double)(i + 1) * (round == 2 ? 3 : 1);
                }
        }
        samples[3 * ROUNDS + 4] *= 3;
        sample_level(samples, few, ROUNDS, room);
        ck_assert_near(samples[2], 30);
        sample_level(samples, enough, ROUNDS, room);
        for (size_t i = 0; i < enough; i++) {
                for (size_t round = 0; round < ROUNDS; round++) {
                        double alone = i == 3 && round == 4 ? 3 : 1;

                        ck_assert_near(samples[i * ROUNDS + round], 10.0 * (double)(i + 1) * alone);
                }
        }
}
END_TEST

/* ---- rows ---- */

enum {
        LOG_MAX = 4096
};

struct log {
        unsigned char row[LOG_MAX];
        uint64_t n[LOG_MAX];
        unsigned used;
};

struct logged {
        struct log *log;
        unsigned char row;
        uint64_t ns; /* one takes at least that long */
        bool uneven; /* each visit takes longer than the one before */
        int cpus;    /* on which the thread might run */
};

static void wait_ns(uint64_t ns)
{
        struct timespec start;
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &start);
        do {
                clock_gettime(CLOCK_MONOTONIC, &now);
        } while ((uint64_t)(now.tv_sec - start.tv_sec) * 1000000000u + (uint64_t)now.tv_nsec - (uint64_t)start.tv_nsec <
                 ns);
}

static void run_logged(void *context, uint64_t n)
{
        struct logged *logged = context;
        struct log *log = logged->log;
        cpu_set_t set;

        if (log->used < LOG_MAX) {
                log->row[log->used] = logged->row;
                log->n[log->used++] = n;
        }
        wait_ns(n * logged->ns * (logged->uneven ? log->used : 1));
        if (sched_getaffinity(0, sizeof(set), &set) == 0) {
                logged->cpus = CPU_COUNT(&set);
        }
}

START_TEST(rows_are_calibrated_and_visited_in_turns)
{
        static struct log log;
        struct logged context[3] = { { &log, 0, 2000 }, { &log, 1, 20000 }, { &log, 2, 3000000 } };
        const struct rmmsim_bench_row rows[3] = { { "a", run_logged, &context[0] },
                                                  { "b", run_logged, &context[1] },
                                                  { "c", run_logged, &context[2] } };
        const struct rmmsim_bench_method method = { .rounds = 5, .round_ns = 400000 };
        struct rmmsim_bench_figure figures[3];
        unsigned at;

        ck_assert_int_eq(rmmsim_bench_measure(figures, rows, 3, &method), 0);
        ck_assert_uint_eq(log.row[0], 0);
        ck_assert_uint_eq(log.n[0], 1);
        /* What takes longer than a visit is done once; the others fill it, and no more than that. */
        ck_assert_uint_eq(figures[2].iterations, 1);
        ck_assert_uint_le(figures[0].iterations, 201);
        ck_assert_uint_le(figures[1].iterations, 20);
        for (unsigned i = 0; i < 3; i++) {
                ck_assert_double_ge(figures[i].min_ns, 0.99 * (double)context[i].ns);
                ck_assert_double_ge(figures[i].median_ns, figures[i].min_ns);
                ck_assert_uint_eq(figures[i].rounds, 5);
        }
        /* From the end: c, b, a, c, b, a, ..., each once, or up to four times if other programs came between. */
        ck_assert_uint_lt(log.used, LOG_MAX);
        at = log.used;
        for (unsigned i = 15; i-- > 0;) {
                unsigned times = 0;

                while (at > 0 && log.row[at - 1] == i % 3 && times < 4) {
                        ck_assert_uint_eq(log.n[--at], figures[i % 3].iterations);
                        times++;
                }
                ck_assert_uint_ge(times, 1);
        }
}
END_TEST

START_TEST(a_wide_spread_is_noise)
{
        static struct log log;
        struct logged context = { &log, 0, 300000, .uneven = true };
        const struct rmmsim_bench_row row = { "uneven", run_logged, &context };
        struct rmmsim_bench_method method = { .rounds = 16, .round_ns = 1000 };
        struct rmmsim_bench_figure figure;

        ck_assert_int_eq(rmmsim_bench_measure(&figure, &row, 1, &method), 0);
        ck_assert_double_ge(figure.spread, 0.3);
        ck_assert(figure.noisy);
        method.spread_max = 1000;
        ck_assert_int_eq(rmmsim_bench_measure(&figure, &row, 1, &method), 0);
        ck_assert(!figure.noisy);
}
END_TEST

START_TEST(a_pinned_thread_is_let_go)
{
        static struct log log;
        struct logged context = { &log, 0, 1000 };
        const struct rmmsim_bench_row row = { "pinned", run_logged, &context };
        struct rmmsim_bench_method method = { .rounds = 3, .round_ns = 1000, .pin = true };
        struct rmmsim_bench_figure figure;
        cpu_set_t before;
        cpu_set_t after;

        if (sched_getaffinity(0, sizeof(before), &before) != 0 || sched_setaffinity(0, sizeof(before), &before) != 0) {
                return; /* not allowed here */
        }
        ck_assert_int_eq(rmmsim_bench_measure(&figure, &row, 1, &method), 0);
        ck_assert_int_eq(context.cpus, 1);
        ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
        ck_assert(CPU_EQUAL(&before, &after));
        method.pin = false;
        ck_assert_int_eq(rmmsim_bench_measure(&figure, &row, 1, &method), 0);
        ck_assert_int_eq(context.cpus, CPU_COUNT(&before));
}
END_TEST

static const struct rmmsim_bench_method nonsense[] = {
        { .rounds = 2 },        { .rounds = 1002 },    { .round_ns = 999 }, { .round_ns = UINT64_C(10000000001) },
        { .spread_max = -0.1 }, { .spread_max = NAN },
};

START_TEST(numbers_out_of_range_are_refused)
{
        static struct log log;
        struct logged context = { &log, 0, 0 };
        const struct rmmsim_bench_row row = { "never", run_logged, &context };
        struct rmmsim_bench_figure figure;

        ck_assert_int_eq(rmmsim_bench_measure(&figure, &row, 1, &nonsense[_i]), RMMSIM_ERROR_CONFIG);
        ck_assert_uint_eq(log.used, 0);
}
END_TEST

START_TEST(rows_without_a_function_are_refused)
{
        static struct log log;
        struct logged context = { &log, 0, 0 };
        const struct rmmsim_bench_row rows[2] = { { "a", run_logged, &context }, { "b", NULL, NULL } };
        struct rmmsim_bench_figure figures[2];

        ck_assert_int_eq(rmmsim_bench_measure(figures, rows, 2, NULL), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_bench_measure(NULL, rows, 1, NULL), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_bench_measure(figures, NULL, 1, NULL), RMMSIM_ERROR_CONFIG);
        ck_assert_uint_eq(log.used, 0);
        ck_assert_int_eq(rmmsim_bench_measure(NULL, NULL, 0, NULL), 0);
}
END_TEST

/* ---- ticks and meters ---- */

START_TEST(a_tick_is_worth_what_the_clock_says)
{
        double ns_per_tick = rmmsim_ns_per_tick();
        struct timespec before;
        struct timespec after;
        uint64_t start;
        double clock_ns;
        double tick_ns;

        clock_gettime(CLOCK_MONOTONIC, &before);
        start = rmmsim_ticks();
        wait_ns(50000000);
        tick_ns = (double)(rmmsim_ticks() - start) * ns_per_tick;
        clock_gettime(CLOCK_MONOTONIC, &after);
        clock_ns = (double)(after.tv_sec - before.tv_sec) * 1e9 + (double)(after.tv_nsec - before.tv_nsec);
        ck_assert_double_gt(tick_ns, 0.9 * clock_ns);
        ck_assert_double_lt(tick_ns, 1.1 * clock_ns);
}
END_TEST

START_TEST(a_meter_counts_the_calls_of_its_pe)
{
        struct rmmsim_meter meter = { 0 };
        struct world *world = world_create();
        uint64_t start = rmmsim_ticks();

        ck_assert_int_eq(rmmsim_meter_attach(world->sim, 1, &meter), 0);
        for (int i = 0; i < 10; i++) {
                struct rmmsim_regs regs = { .x = { rmmsim_fid_rmi_features } };

                ck_assert_int_eq(rmmsim_smc(world->sim, 1, &regs), 0);
                expect_success(world, rmi_features, .index = 0);
        }
        ck_assert_uint_eq(meter.calls, 10);
        ck_assert_uint_gt(meter.ticks, 0);
        ck_assert_uint_le(meter.ticks, rmmsim_ticks() - start);
        ck_assert_int_eq(rmmsim_meter_attach(world->sim, 1, NULL), 0);
        (void)rmmsim_call(world->sim, 1, rmi_features, .index = 0);
        ck_assert_uint_eq(meter.calls, 10);
        world_destroy(world);
}
END_TEST

static unsigned misuses;

static void note_misuse(void *context, const char *sentence)
{
        (void)context;
        ck_assert_uint_gt(strlen(sentence), 20);
        misuses++;
}

struct intruder {
        struct rmmsim *sim;
        int error;
};

/* A page of the caller's, reached in the middle of a command. */
static void *attach_meanwhile(void *context, uint64_t pa)
{
        static _Alignas(4096) unsigned char page[4096];
        struct intruder *intruder = context;

        (void)pa;
        intruder->error = rmmsim_meter_attach(intruder->sim, 0, NULL);
        return page;
}

START_TEST(meters_are_attached_between_calls_and_to_pes_that_exist)
{
        struct intruder intruder = { 0 };
        const struct rmmsim_region region = { .base = 0x80000000, .size = 1 << 20, .phys_to_virt = attach_meanwhile };
        const struct rmmsim_config config = { .context = &intruder,
                                              .regions = &region,
                                              .num_regions = 1,
                                              .misuse = note_misuse,
                                              .guard = RMMSIM_GUARD_NONE };
        struct rmmsim_meter meter = { 0 };

        intruder.sim = rmmsim_create(&config, NULL);
        ck_assert_ptr_nonnull(intruder.sim);
        ck_assert_int_eq(rmmsim_meter_attach(intruder.sim, 1, &meter), RMMSIM_ERROR_MISUSE);
        ck_assert_uint_eq(misuses, 1);
        ck_assert_int_eq(rmmsim_meter_attach(intruder.sim, 0, &meter), 0);
        (void)rmmsim_call(intruder.sim, 0, rmi_granule_delegate, .addr = 0x80001000);
        (void)rmmsim_call(intruder.sim, 0, rmi_realm_create, .rd = 0x80001000, .params_ptr = 0x80002000);
        ck_assert_int_eq(intruder.error, RMMSIM_ERROR_MISUSE);
        ck_assert_uint_ge(misuses, 2);
        ck_assert_uint_eq(meter.calls, 2);
        rmmsim_destroy(intruder.sim);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bench_measure");
        TCase *tcase = tcase_create("bench_measure");
        SRunner *runner = srunner_create(suite);
        int failed;

        tcase_add_test(tcase, median_min_and_quartiles);
        tcase_add_test(tcase, what_rows_have_in_common_is_taken_out);
        tcase_add_test(tcase, rows_are_calibrated_and_visited_in_turns);
        tcase_add_test(tcase, a_wide_spread_is_noise);
        tcase_add_test(tcase, a_pinned_thread_is_let_go);
        tcase_add_loop_test(tcase, numbers_out_of_range_are_refused, 0, (int)(sizeof(nonsense) / sizeof(*nonsense)));
        tcase_add_test(tcase, rows_without_a_function_are_refused);
        tcase_add_test(tcase, a_tick_is_worth_what_the_clock_says);
        tcase_add_test(tcase, a_meter_counts_the_calls_of_its_pe);
        tcase_add_test(tcase, meters_are_attached_between_calls_and_to_pes_that_exist);
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
