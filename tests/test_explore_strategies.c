/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_strategies.c - each strategy finds a planted race within what it promises; what is found shrinks to the known
 * least, and its line leads there again.
 */
#include "explore_fixture.h"

/* ---- a lost update: one preemption, between the load and the store of either PE ------------------------------------------ */

static struct {
        int value;
        unsigned noise; /* points before, after and on the way that matter to nobody */
        unsigned drift; /* not put back by setup: what a bad program does */
} shared;

static struct rmmsim *reset(struct rmmsim *sim, void *arg)
{
        (void)arg;
        shared.value = 0;
        return sim;
}

static void make_noise(void)
{
        for (unsigned i = 0; i < shared.noise; i++) {
                rmmsim_yield();
        }
}

static void increment(struct rmmsim *sim, unsigned pe, void *arg)
{
        int value;

        (void)sim;
        (void)pe;
        (void)arg;
        make_noise();
        value = shared.value;
        rmmsim_yield_at("between load and store");
        shared.value = value + 1;
        make_noise();
}

static void check_sum(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        if (shared.value != 2) {
                rmmsim_explore_fail("the counter is %d, not 2", shared.value);
        }
}

static const struct rmmsim_program race = { .pes = { increment, increment }, .setup = reset, .check = check_sum };

static const uint8_t race_bytes[] = { 1, 0 };
static const uint8_t noisy_bytes[] = { 0, 0, 9, 0, 0x80, 0, 0 };

static const struct strategy_row {
        struct rmmsim_strategy strategy;
        uint64_t within; /* schedules */
} strategy_rows[] = {
        { { .kind = RMMSIM_STRATEGY_EXHAUSTIVE }, 6 },
        { { .kind = RMMSIM_STRATEGY_EXHAUSTIVE, .no_sleep_sets = true }, 6 },
        { { .kind = RMMSIM_STRATEGY_DELAY, .depth = 1 }, 3 },
        { { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 1 }, 50 },
        { { .kind = RMMSIM_STRATEGY_PCT, .depth = 2, .seed = 1 }, 100 },
        { { .kind = RMMSIM_STRATEGY_PCT, .seed = 2 }, 100 },
        { { .kind = RMMSIM_STRATEGY_POS, .seed = 3 }, 50 },
        { { .kind = RMMSIM_STRATEGY_BYTES, .bytes = race_bytes, .num_bytes = sizeof(race_bytes) }, 1 },
        { { .kind = RMMSIM_STRATEGY_REPLAY, .line = "rmmsim-explore:1 pes=2 p=1>1" }, 1 },
};

START_TEST(each_strategy_finds_the_lost_update)
{
        const struct strategy_row *row = &strategy_rows[_i];

        shared.noise = 0;
        expect_found(RMMSIM_FOUND_FAILURE, &race, &row->strategy);
        ck_assert_uint_le(finding.schedules, row->within);
        ck_assert_str_eq(finding.sentence, "the counter is 1, not 2");
        ck_assert_str_eq(finding.replay, "rmmsim-explore:1 pes=2 p=1>1");
        ck_assert_uint_eq(finding.num_preemptions, 1);
}
END_TEST

START_TEST(what_is_found_shrinks_to_the_least)
{
        static const unsigned noise = 5;
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM };
        bool shrunk = false;

        shared.noise = noise;
        for (strategy.seed = 1; strategy.seed <= 20; strategy.seed++) {
                strategy.no_shrink = true;
                expect_found(RMMSIM_FOUND_FAILURE, &race, &strategy);
                shrunk = shrunk || finding.num_preemptions > 1;
                strategy.no_shrink = false;
                expect_found(RMMSIM_FOUND_FAILURE, &race, &strategy);
                /* Its start, its noise, and then it is between load and store. */
                ck_assert_str_eq(finding.replay, "rmmsim-explore:1 pes=2 p=6>1");
        }
        ck_assert(shrunk);
}
END_TEST

/* ---- guarantees of PCT ---------------------------------------------------------------------------------------------------- */

static void first(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        make_noise();
        shared.value = 1;
        make_noise();
}

/* Fails if all of it comes before: one constraint. */
static void user(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        make_noise();
        if (shared.value == 0) {
                rmmsim_explore_fail("used before it was made");
        }
}

START_TEST(pct_of_depth_1_finds_what_takes_one_constraint)
{
        static const struct rmmsim_program program = { .pes = { first, user }, .setup = reset };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_PCT, .depth = 1, .no_shrink = true };
        uint64_t schedules = 0;

        shared.noise = 20;
        for (strategy.seed = 0; strategy.seed < 64; strategy.seed++) {
                ck_assert_int_eq(explore(&program, &strategy), RMMSIM_FOUND_FAILURE);
                schedules += finding.schedules;
        }
        /* One schedule in two: 128 expected, and never more than one change of lanes is needed. */
        ck_assert_uint_lt(schedules, 256);
        ck_assert_uint_le(finding.num_preemptions, 1);
        /* And depth 1 cannot find what takes two. */
        shared.noise = 0;
        strategy.schedules_max = 1000;
        expect_nothing(&race, &strategy);
        ck_assert_uint_eq(finding.schedules, 1000);
}
END_TEST

/* Two steps of PE 0 in turns with two of PE 1: two preemptions. */
static void ladder(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)arg;
        for (unsigned i = 0; i < 3; i++) {
                make_noise();
                rmmsim_yield();
                if (shared.value == (int)(2 * i + pe)) {
                        shared.value++;
                }
                if (shared.value == 4) {
                        rmmsim_explore_fail("four rungs");
                }
        }
}

START_TEST(pct_of_depth_3_finds_what_takes_two_preemptions)
{
        static const struct rmmsim_program program = { .pes = { ladder, ladder }, .setup = reset };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_PCT, .depth = 3 };

        shared.noise = 4;
        for (strategy.seed = 0; strategy.seed < 10; strategy.seed++) {
                expect_found(RMMSIM_FOUND_FAILURE, &program, &strategy);
                /* 2 * k^2 with k = 36 choices */
                ck_assert_uint_le(finding.schedules, 2 * 36 * 36);
                ck_assert_uint_eq(finding.num_preemptions, 2);
        }
}
END_TEST

/* ---- replay, bytes, seeds --------------------------------------------------------------------------------------------------- */

START_TEST(the_same_seed_finds_the_same)
{
        static struct rmmsim_finding before;
        struct rmmsim_strategy strategy = { .no_shrink = true, .seed = 7 };
        static const enum rmmsim_strategy_kind kinds[] = { RMMSIM_STRATEGY_RANDOM, RMMSIM_STRATEGY_PCT,
                                                           RMMSIM_STRATEGY_POS };

        shared.noise = 3;
        for (unsigned i = 0; i < 3; i++) {
                strategy.kind = kinds[i];
                (void)explore(&race, &strategy);
                before = finding;
                (void)explore(&race, &strategy);
                ck_assert_int_eq(memcmp(&before, &finding, sizeof(before)), 0);
        }
}
END_TEST

START_TEST(bytes_are_preemptions)
{
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_BYTES };

        shared.noise = 0;
        expect_nothing(&race, &strategy); /* no input: the default */
        ck_assert_str_eq(finding.replay, "rmmsim-explore:1 pes=2 p=");
        strategy.bytes = race_bytes;
        strategy.num_bytes = 1; /* a gap without a choice */
        expect_nothing(&race, &strategy);
        ck_assert_str_eq(finding.replay, "rmmsim-explore:1 pes=2 p=");
        shared.noise = 10;
        strategy.bytes = noisy_bytes;
        strategy.num_bytes = sizeof(noisy_bytes);
        strategy.no_shrink = true;
        (void)explore(&race, &strategy);
        /* At choice 0, after 9 more, and at once again: 0x80 0x00 is a gap of 0, too. */
        ck_assert_str_eq(finding.replay, "rmmsim-explore:1 pes=2 p=0>1,10>0,11>1");
}
END_TEST

START_TEST(a_line_of_another_program_is_seen)
{
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_REPLAY, .line = "rmmsim-explore:1 pes=2 p=99>1\n" };

        shared.noise = 0;
        expect_nothing(&race, &strategy);
        ck_assert(finding.diverged);
        strategy.line = "rmmsim-explore:1 pes=2 p=0>0";
        expect_nothing(&race, &strategy);
        ck_assert(finding.diverged);
        strategy.line = "rmmsim-explore:1 pes=2 p=0>1";
        expect_nothing(&race, &strategy);
        ck_assert(!finding.diverged);
}
END_TEST

static void drift(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        if (++shared.drift == 3) {
                rmmsim_explore_fail("the third run");
        }
}

START_TEST(a_program_that_is_not_put_back_is_told_so)
{
        static const struct rmmsim_program program = { .pes = { drift } };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM };

        shared.drift = 0;
        ck_assert_int_eq(explore(&program, &strategy), RMMSIM_FOUND_FAILURE);
        ck_assert(!finding.replays);
        ck_assert_str_eq(finding.sentence, "the third run");
        ck_assert_ptr_nonnull(strstr(printed(rmmsim_finding_print), "did not happen again"));
}
END_TEST

/* ---- what is printed -------------------------------------------------------------------------------------------------------- */

START_TEST(the_diagram_has_a_lane_for_each_pe)
{
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };

        shared.noise = 0;
        expect_found(RMMSIM_FOUND_FAILURE, &race, &strategy);
        ck_assert_str_eq(strchr(printed(rmmsim_finding_print), '\n'),
                         "\n"
                         "schedules: 2, and 4 to shrink it\n"
                         "replay: rmmsim-explore:1 pes=2 p=1>1\n"
                         "\n"
                         "      PE 0                                    PE 1\n"
                         "      start\n"
                         "      ---- choice 1: PE 1 goes on\n"
                         "                                              start\n"
                         "                                              between load and store\n"
                         "                                              return\n"
                         "      between load and store\n"
                         "      return\n");
        ck_assert_str_eq(printed(rmmsim_finding_mermaid), "sequenceDiagram\n"
                                                          "    participant P0 as PE 0\n"
                                                          "    participant P1 as PE 1\n"
                                                          "    participant RMM\n"
                                                          "    Note over P0: start\n"
                                                          "    Note over P0,RMM: choice 1: PE 1 goes on\n"
                                                          "    Note over P1: start\n"
                                                          "    Note over P1: between load and store\n"
                                                          "    Note over P1: return\n"
                                                          "    Note over P0: between load and store\n"
                                                          "    Note over P0: return\n"
                                                          "    Note over P0,RMM: failure: the counter is 1, not 2\n");
}
END_TEST

START_TEST(a_long_schedule_keeps_its_end)
{
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_REPLAY,
                                                         .line = "rmmsim-explore:1 pes=2 p=" };

        shared.noise = 300;
        expect_nothing(&race, &strategy);
        ck_assert_uint_eq(finding.num_steps, RMMSIM_FINDING_STEPS_MAX);
        ck_assert_uint_eq(finding.steps_left_out + finding.num_steps, 2 * (300 + 300 + 3));
        ck_assert_int_eq(finding.steps[RMMSIM_FINDING_STEPS_MAX - 1].kind, RMMSIM_STEP_END);
        ck_assert_ptr_nonnull(strstr(printed(rmmsim_finding_print), "694 steps before"));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_strategies");
        TCase *tcase = tcase_create("strategies");

        tcase_add_loop_test(tcase, each_strategy_finds_the_lost_update, 0,
                            sizeof(strategy_rows) / sizeof(strategy_rows[0]));
        tcase_add_test(tcase, what_is_found_shrinks_to_the_least);
        tcase_add_test(tcase, pct_of_depth_1_finds_what_takes_one_constraint);
        tcase_add_test(tcase, pct_of_depth_3_finds_what_takes_two_preemptions);
        tcase_add_test(tcase, the_same_seed_finds_the_same);
        tcase_add_test(tcase, bytes_are_preemptions);
        tcase_add_test(tcase, a_line_of_another_program_is_seen);
        tcase_add_test(tcase, a_program_that_is_not_put_back_is_told_so);
        tcase_add_test(tcase, the_diagram_has_a_lane_for_each_pe);
        tcase_add_test(tcase, a_long_schedule_keeps_its_end);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
