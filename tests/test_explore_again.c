/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_again.c - an explorer that stays: each exploration is as if it were the first.
 */
#include "explore_fixture.h"

static struct {
        unsigned value;
        struct rmmsim_mutex one;
        struct rmmsim_mutex other;
} shared = { .one.name = "one", .other.name = "other" };

static struct rmmsim *clear(struct rmmsim *sim, void *arg)
{
        (void)arg;
        shared.value = 0;
        return sim;
}

/* One preemption away from losing two of four. */
static void add_slowly(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        for (unsigned i = 0; i < 2; i++) {
                unsigned old = shared.value;

                rmmsim_yield();
                shared.value = old + 1;
                rmmsim_yield();
        }
}

static void expect_two(struct rmmsim *sim, void *arg)
{
        (void)sim, (void)arg;
        if (shared.value == 2) {
                rmmsim_explore_fail("only %u", shared.value);
        }
}

static void yield_often(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        for (unsigned i = 0; i < 100; i++) {
                rmmsim_yield();
        }
}

static void run(struct rmmsim_explorer *explorer, const struct rmmsim_strategy *strategy, struct rmmsim_finding *result)
{
        ck_assert_msg(rmmsim_explorer_run(explorer, strategy, result) == 0, "%s", result->sentence);
}

static const struct rmmsim_strategy strategies[] = {
        { .kind = RMMSIM_STRATEGY_EXHAUSTIVE },
        { .kind = RMMSIM_STRATEGY_DELAY, .depth = 3 },
        { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 5, .no_shrink = true },
        { .kind = RMMSIM_STRATEGY_PCT, .seed = 5, .no_shrink = true },
        { .kind = RMMSIM_STRATEGY_POS, .seed = 5, .no_shrink = true },
};

enum {
        NUM_STRATEGIES = sizeof(strategies) / sizeof(strategies[0])
};

/* After a longer program, and after every other strategy, a search finds what it finds by itself, in as many schedules. */
START_TEST(what_was_run_before_does_not_count)
{
        static struct rmmsim_finding again;
        struct rmmsim_program program = { .pes = { add_slowly, add_slowly }, .setup = clear, .check = expect_two };
        const struct rmmsim_strategy few = { .kind = RMMSIM_STRATEGY_PCT, .schedules_max = 3 };
        const struct rmmsim_strategy some = { .kind = RMMSIM_STRATEGY_DELAY, .schedules_max = 7 };
        struct rmmsim_explorer *explorer = rmmsim_explorer_create(&program, NULL);

        ck_assert_ptr_nonnull(explorer);
        ck_assert_int_eq(rmmsim_explore(&program, &strategies[_i], &finding), 0);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_FAILURE);
        for (unsigned i = 0; i < NUM_STRATEGIES; i++) {
                program.pes[0] = program.pes[1] = program.pes[2] = yield_often;
                program.check = NULL;
                run(explorer, &few, &again);
                ck_assert(!again.diverged);
                run(explorer, &some, &again); /* breaks off in the middle of a search */
                program.pes[0] = program.pes[1] = add_slowly;
                program.pes[2] = NULL;
                program.check = expect_two;
                run(explorer, &strategies[i], &again);
                run(explorer, &strategies[_i], &again);
                ck_assert_int_eq(again.kind, finding.kind);
                ck_assert_str_eq(again.replay, finding.replay);
                ck_assert_str_eq(again.sentence, finding.sentence);
                ck_assert_uint_eq(again.schedules, finding.schedules);
                ck_assert_uint_eq(again.pruned, finding.pruned);
                ck_assert_uint_eq(again.num_steps, finding.num_steps);
        }
        rmmsim_explorer_destroy(explorer);
}
END_TEST

static void lock_one_first(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        rmmsim_mutex_lock(&shared.one);
        rmmsim_mutex_lock(&shared.other);
        rmmsim_mutex_unlock(&shared.other);
        rmmsim_mutex_unlock(&shared.one);
}

static void lock_other_first(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        rmmsim_mutex_lock(&shared.other);
        rmmsim_mutex_lock(&shared.one);
        rmmsim_mutex_unlock(&shared.one);
        rmmsim_mutex_unlock(&shared.other);
}

/* Two orders in one program are a finding; in two programs, one after the other, they are none. */
START_TEST(orders_of_another_program_do_not_count)
{
        struct rmmsim_program program = { .pes = { lock_one_first }, .setup = clear, .lock_order = true };
        const struct rmmsim_strategy usual = { .kind = RMMSIM_STRATEGY_BYTES };
        struct rmmsim_explorer *explorer = rmmsim_explorer_create(&program, NULL);

        ck_assert_ptr_nonnull(explorer);
        run(explorer, &usual, &finding);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_NOTHING);
        program.pes[0] = lock_other_first;
        run(explorer, &usual, &finding);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_NOTHING);
        program.pes[1] = lock_one_first;
        run(explorer, &usual, &finding);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_LOCK_ORDER);
        rmmsim_explorer_destroy(explorer);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_again");
        TCase *tcase = tcase_create("again");

        tcase_add_loop_test(tcase, what_was_run_before_does_not_count, 0, NUM_STRATEGIES);
        tcase_add_test(tcase, orders_of_another_program_do_not_count);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
