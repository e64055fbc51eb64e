/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_sync.c - mutexes and condition variables for host code: what they order, and what goes wrong with them.
 */
#include "explore_fixture.h"

static struct rmmsim_mutex a = { .name = "a" };
static struct rmmsim_mutex b = { .name = "b" };
static struct rmmsim_cond news = { .name = "news" };
static int value;
static int woken;
static bool ready;

static struct rmmsim *reset(struct rmmsim *sim, void *arg)
{
        (void)arg;
        value = woken = 0;
        ready = false;
        return sim;
}

static const struct rmmsim_strategy every = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };

/* What a PE's function gets and these do not look at. */
#define PE_ARGS                                                                                                        \
        __attribute__((unused)) struct rmmsim *sim, __attribute__((unused)) unsigned pe,                               \
                __attribute__((unused)) void *arg

/* ---- mutexes ---------------------------------------------------------------------------------------------------------- */

static void careful(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        int before = value;

        rmmsim_yield();
        value = before + 1;
        rmmsim_mutex_unlock(&a);
}

static void check_value(struct rmmsim *sim, void *arg)
{
        (void)sim;
        if (value != *(const int *)arg) {
                rmmsim_explore_fail("value is %d", value);
        }
}

START_TEST(a_mutex_excludes)
{
        int three = 3;
        struct rmmsim_program program = {
                .pes = { careful, careful, careful }, .setup = reset, .check = check_value, .arg = &three
        };

        expect_nothing(&program, &every);
        ck_assert(finding.complete);
        ck_assert_uint_ge(finding.schedules, 6);
        program.announced = true; /* then only the order of the three matters */
        expect_nothing(&program, &every);
        ck_assert_uint_eq(finding.schedules, 6);
}
END_TEST

static void a_then_b(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        rmmsim_mutex_lock(&b);
        rmmsim_mutex_unlock(&b);
        rmmsim_mutex_unlock(&a);
}

static void b_then_a(PE_ARGS)
{
        rmmsim_mutex_lock(&b);
        rmmsim_mutex_lock(&a);
        rmmsim_mutex_unlock(&a);
        rmmsim_mutex_unlock(&b);
}

START_TEST(opposite_orders_deadlock)
{
        static const struct rmmsim_program program = { .pes = { a_then_b, b_then_a } };
        static const enum rmmsim_strategy_kind kinds[] = { RMMSIM_STRATEGY_EXHAUSTIVE, RMMSIM_STRATEGY_RANDOM,
                                                           RMMSIM_STRATEGY_PCT, RMMSIM_STRATEGY_POS,
                                                           RMMSIM_STRATEGY_DELAY };

        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                struct rmmsim_strategy strategy = { .kind = kinds[i] };

                expect_found(RMMSIM_FOUND_DEADLOCK, &program, &strategy);
                ck_assert_str_eq(finding.sentence, "PE 0 waits for mutex 'b', which PE 1 holds; PE 1 waits for "
                                                   "mutex 'a', which PE 0 holds");
                ck_assert_uint_eq(finding.num_preemptions, 1);
        }
}
END_TEST

START_TEST(one_order_does_not)
{
        static const struct rmmsim_program program = { .pes = { a_then_b, a_then_b }, .lock_order = true };

        expect_nothing(&program, &every);
        ck_assert(finding.complete);
}
END_TEST

START_TEST(opposite_orders_are_found_without_a_deadlock)
{
        static const struct rmmsim_program program = { .pes = { a_then_b, b_then_a }, .lock_order = true };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_REPLAY,
                                                         .line = "rmmsim-explore:1 pes=2 p=" };

        expect_found(RMMSIM_FOUND_LOCK_ORDER, &program, &strategy);
        ck_assert_str_eq(finding.sentence, "mutex 'a' is locked while 'b' is held, and elsewhere the other way round");
}
END_TEST

static void polite(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        if (rmmsim_mutex_trylock(&b)) {
                value++;
                rmmsim_mutex_unlock(&b);
        }
        rmmsim_mutex_unlock(&a);
}

static void polite_other(PE_ARGS)
{
        rmmsim_mutex_lock(&b);
        if (rmmsim_mutex_trylock(&a)) {
                value += 2;
                rmmsim_mutex_unlock(&a);
        }
        rmmsim_mutex_unlock(&b);
}

static unsigned values_seen;

static void see_value(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        values_seen |= 1u << value;
}

START_TEST(to_try_is_not_to_wait)
{
        static const struct rmmsim_program program = { .pes = { polite, polite_other },
                                                       .setup = reset,
                                                       .check = see_value };

        values_seen = 0;
        expect_nothing(&program, &every);
        ck_assert_uint_eq(values_seen, 0xf); /* neither, either, both */
}
END_TEST

static void lock_twice(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        rmmsim_mutex_lock(&a);
}

static void unlock_free(PE_ARGS)
{
        rmmsim_mutex_unlock(&a);
}

static void keep(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
}

static void wait_without(PE_ARGS)
{
        rmmsim_cond_wait(&news, &a);
}

static void unlock_of_another(PE_ARGS)
{
        rmmsim_yield();
        rmmsim_mutex_unlock(&a);
}

static void hold_and_wait(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        rmmsim_yield();
        rmmsim_mutex_unlock(&a);
}

static const struct misuse_row {
        struct rmmsim_program program;
        const char *sentence;
} misuse_rows[] = {
        { { .pes = { lock_twice } }, "PE 0 locks mutex 'a', which it holds already" },
        { { .pes = { unlock_free } }, "PE 0 unlocks mutex 'a', which nobody holds" },
        { { .pes = { wait_without } }, "PE 0 waits with mutex 'a', which nobody holds" },
        { { .pes = { keep } }, "PE 0 returns and still holds mutex 'a'" },
        { { .pes = { [2] = unlock_of_another } }, "PE 2 unlocks mutex 'a', which nobody holds" },
};

START_TEST(misuse_is_found)
{
        expect_found(RMMSIM_FOUND_MISUSE, &misuse_rows[_i].program, &every);
        ck_assert_str_eq(finding.sentence, misuse_rows[_i].sentence);
}
END_TEST

START_TEST(so_is_unlocking_what_another_holds)
{
        static const struct rmmsim_program program = { .pes = { hold_and_wait, unlock_of_another } };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_REPLAY,
                                                         .line = "rmmsim-explore:1 pes=2 p=2>1" };

        expect_found(RMMSIM_FOUND_MISUSE, &program, &strategy);
        ck_assert_str_eq(finding.sentence, "PE 1 unlocks mutex 'a', which PE 0 holds");
}
END_TEST

/* ---- condition variables ------------------------------------------------------------------------------------------------ */

static void waiter(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        while (!ready) {
                rmmsim_cond_wait(&news, &a);
        }
        woken++;
        rmmsim_mutex_unlock(&a);
}

/* Looks, lets go, and only then waits. */
static void careless_waiter(PE_ARGS)
{
        bool was_ready;

        rmmsim_mutex_lock(&a);
        was_ready = ready;
        rmmsim_mutex_unlock(&a);
        if (!was_ready) {
                rmmsim_mutex_lock(&a);
                rmmsim_cond_wait(&news, &a);
                rmmsim_mutex_unlock(&a);
        }
}

static void signaller(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        ready = true;
        rmmsim_mutex_unlock(&a);
        rmmsim_cond_signal(&news);
}

static void broadcaster(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        ready = true;
        rmmsim_mutex_unlock(&a);
        rmmsim_cond_broadcast(&news);
}

static void check_woken(struct rmmsim *sim, void *arg)
{
        (void)sim;
        if (woken != *(const int *)arg) {
                rmmsim_explore_fail("%d were woken", woken);
        }
}

START_TEST(a_waiter_is_woken)
{
        int number = 1;
        struct rmmsim_program program = {
                .pes = { waiter, signaller }, .setup = reset, .check = check_woken, .arg = &number
        };

        expect_nothing(&program, &every);
        ck_assert(finding.complete);
        program = (struct rmmsim_program){
                .pes = { waiter, waiter, broadcaster }, .setup = reset, .check = check_woken, .arg = &number
        };
        program.announced = true;
        number = 2;
        expect_nothing(&program, &every);
        ck_assert(finding.complete);
}
END_TEST

START_TEST(a_wake_up_that_is_lost_is_a_deadlock)
{
        static const struct rmmsim_program program = { .pes = { careless_waiter, signaller }, .setup = reset };

        expect_found(RMMSIM_FOUND_DEADLOCK, &program, &every);
        ck_assert_str_eq(finding.sentence, "PE 0 waits for condition 'news'");
}
END_TEST

START_TEST(one_signal_wakes_one)
{
        static const struct rmmsim_program program = { .pes = { waiter, waiter, signaller },
                                                       .setup = reset,
                                                       .announced = true };

        expect_found(RMMSIM_FOUND_DEADLOCK, &program, &every);
        ck_assert_ptr_nonnull(strstr(finding.sentence, "waits for condition 'news'"));
        ck_assert_ptr_null(strstr(finding.sentence, ";"));
}
END_TEST

/* A wake-up is for those who waited when it was sent. */
static bool first_waits;
static bool first_woken;

static struct rmmsim *reset_first(struct rmmsim *sim, void *arg)
{
        (void)arg;
        first_waits = first_woken = false;
        return sim;
}

static void waits_first(PE_ARGS)
{
        rmmsim_mutex_lock(&a);
        first_waits = true;
        rmmsim_cond_wait(&news, &a);
        first_woken = true;
        rmmsim_mutex_unlock(&a);
}

static void signals_and_waits(PE_ARGS)
{
        while (!first_waits) {
                rmmsim_spin();
        }
        rmmsim_mutex_lock(&a);
        rmmsim_cond_signal(&news);
        rmmsim_cond_wait(&news, &a);
        if (!first_woken) {
                rmmsim_explore_fail("woken by its own signal");
        }
        rmmsim_mutex_unlock(&a);
}

static void wakes_the_rest(PE_ARGS)
{
        while (!first_woken) {
                rmmsim_spin();
        }
        rmmsim_mutex_lock(&a);
        rmmsim_cond_broadcast(&news);
        rmmsim_mutex_unlock(&a);
}

START_TEST(who_comes_late_is_not_woken)
{
        static const struct rmmsim_program program = { .pes = { waits_first, signals_and_waits, wakes_the_rest },
                                                       .setup = reset_first };
        static const struct rmmsim_strategy walk = { .kind = RMMSIM_STRATEGY_RANDOM, .schedules_max = 2000 };

        expect_nothing(&program, &walk);
}
END_TEST

/* ---- spinning ----------------------------------------------------------------------------------------------------------- */

static void spinner(PE_ARGS)
{
        while (!ready) {
                rmmsim_spin();
        }
        woken++;
}

static void announcer(PE_ARGS)
{
        rmmsim_yield();
        ready = true;
        rmmsim_yield();
}

static int two = 2;

START_TEST(who_spins_goes_on_when_somebody_has_done_something)
{
        static const struct rmmsim_program program = {
                .pes = { spinner, announcer, spinner }, .setup = reset, .check = check_woken, .arg = &two
        };

        for (unsigned kind = RMMSIM_STRATEGY_EXHAUSTIVE; kind <= RMMSIM_STRATEGY_POS; kind++) {
                struct rmmsim_strategy strategy = { .kind = (enum rmmsim_strategy_kind)kind, .schedules_max = 500 };

                expect_nothing(&program, &strategy);
        }
}
END_TEST

static void nothing(PE_ARGS)
{
}

START_TEST(spinning_for_ever_is_a_livelock)
{
        static const struct rmmsim_program program = { .pes = { spinner, nothing, spinner }, .setup = reset };

        expect_found(RMMSIM_FOUND_LIVELOCK, &program, &every);
        ck_assert_str_eq(finding.sentence, "all that is left is spinning: PE 0, 2");
        ck_assert_uint_eq(finding.num_preemptions, 0);
}
END_TEST

static void backs_off(PE_ARGS)
{
        while (!ready) {
                rmmsim_mutex_lock(&a);
                rmmsim_mutex_unlock(&a);
        }
}

START_TEST(so_is_a_schedule_without_end)
{
        static const struct rmmsim_program program = { .pes = { backs_off, backs_off }, .setup = reset };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM,
                                                         .steps_max = 500,
                                                         .no_shrink = true };

        ck_assert_int_eq(explore(&program, &strategy), RMMSIM_FOUND_LIVELOCK);
        ck_assert_str_eq(finding.sentence, "500 steps, and no end of the schedule");
        ck_assert_uint_le(finding.num_steps + finding.steps_left_out, 501);
}
END_TEST

/* Who has no part in a program has no part in how an earlier one ended. */
START_TEST(an_explorer_forgets_who_waited_for_ever)
{
        struct rmmsim_program program = { .pes = { a_then_b, b_then_a }, .setup = reset };
        struct rmmsim_explorer *explorer = rmmsim_explorer_create(&program, NULL);

        ck_assert_ptr_nonnull(explorer);
        ck_assert_int_eq(rmmsim_explorer_run(explorer, &every, &finding), 0);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_DEADLOCK);
        program.pes[0] = NULL;
        ck_assert_int_eq(rmmsim_explorer_run(explorer, &every, &finding), 0);
        ck_assert_msg(finding.kind == RMMSIM_FOUND_NOTHING, "found: %s", finding.sentence);
        rmmsim_explorer_destroy(explorer);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_sync");
        TCase *tcase = tcase_create("sync");

        tcase_add_test(tcase, a_mutex_excludes);
        tcase_add_test(tcase, opposite_orders_deadlock);
        tcase_add_test(tcase, one_order_does_not);
        tcase_add_test(tcase, opposite_orders_are_found_without_a_deadlock);
        tcase_add_test(tcase, to_try_is_not_to_wait);
        tcase_add_loop_test(tcase, misuse_is_found, 0, sizeof(misuse_rows) / sizeof(misuse_rows[0]));
        tcase_add_test(tcase, so_is_unlocking_what_another_holds);
        tcase_add_test(tcase, a_waiter_is_woken);
        tcase_add_test(tcase, a_wake_up_that_is_lost_is_a_deadlock);
        tcase_add_test(tcase, one_signal_wakes_one);
        tcase_add_test(tcase, who_comes_late_is_not_woken);
        tcase_add_test(tcase, who_spins_goes_on_when_somebody_has_done_something);
        tcase_add_test(tcase, spinning_for_ever_is_a_livelock);
        tcase_add_test(tcase, so_is_a_schedule_without_end);
        tcase_add_test(tcase, an_explorer_forgets_who_waited_for_ever);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
