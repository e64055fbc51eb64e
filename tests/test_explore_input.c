/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_input.c - arguments of the explorer that make no sense are refused, each with a sentence that says what to do; and
 * what belongs into a program stops whoever calls it outside one.
 */
#include "explore_fixture.h"
#include <signal.h>

static void idle(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        rmmsim_yield();
}

static const struct rmmsim_program sound = { .pes = { idle, idle } };
static const struct rmmsim_strategy random_walk = { .kind = RMMSIM_STRATEGY_RANDOM, .schedules_max = 3 };

static const struct strategy_row {
        struct rmmsim_strategy strategy;
        const char *sentence;
} strategy_rows[] = {
        { { .kind = RMMSIM_NUM_STRATEGIES }, "the strategy's kind is none of enum rmmsim_strategy_kind" },
        { { .kind = (enum rmmsim_strategy_kind) - 1 }, "the strategy's kind is none of enum rmmsim_strategy_kind" },
        { { .kind = RMMSIM_STRATEGY_PCT, .depth = 9 }, "the strategy's depth must be at most 8" },
        { { .kind = RMMSIM_STRATEGY_REPLAY }, "a replay needs a line" },
        { { .kind = RMMSIM_STRATEGY_BYTES, .num_bytes = 1 }, "bytes must not be NULL where num_bytes is not 0" },
};

START_TEST(a_strategy_that_is_none)
{
        ck_assert_int_eq(rmmsim_explore(&sound, &strategy_rows[_i].strategy, &finding), RMMSIM_ERROR_CONFIG);
        ck_assert_str_eq(finding.sentence, strategy_rows[_i].sentence);
}
END_TEST

#define OTHER_BEGIN "the replay line must begin with \"rmmsim-explore:1 pes=\""
#define OTHER_HEAD  "the replay line must go on with the number of PEs and \" p=\""
#define OTHER_LIST  "a preemption in the replay line must read \"12>1\", and the next follow after a comma"
#define OTHER_PLACE                                                                                                    \
        "a preemption in the replay line names a PE that the program does not have, or a choice that is not later "    \
        "than "                                                                                                        \
        "the one before"

static const struct line_row {
        const char *line;
        const char *sentence;
} line_rows[] = {
        { "", OTHER_BEGIN },
        { "hello", OTHER_BEGIN },
        { " rmmsim-explore:1 pes=2 p=", OTHER_BEGIN },
        { "rmmsim-explore:2 pes=2 p=", "the replay line is of another version than 1, which this library reads" },
        { "rmmsim-explore:1", "the replay line is of another version than 1, which this library reads" },
        { "rmmsim-explore:1 pes=", OTHER_HEAD },
        { "rmmsim-explore:1 pes=2", OTHER_HEAD },
        { "rmmsim-explore:1 pes=-2 p=", OTHER_HEAD },
        { "rmmsim-explore:1 pes=99999999999999999999 p=", OTHER_HEAD },
        { "rmmsim-explore:1 pes=3 p=", "the replay line is for another number of PEs than the program has" },
        { "rmmsim-explore:1 pes=2 p=1", OTHER_LIST },
        { "rmmsim-explore:1 pes=2 p=1>", OTHER_LIST },
        { "rmmsim-explore:1 pes=2 p=>1", OTHER_LIST },
        { "rmmsim-explore:1 pes=2 p=1>1,", OTHER_LIST },
        { "rmmsim-explore:1 pes=2 p=1>1 2>0", OTHER_LIST },
        { "rmmsim-explore:1 pes=2 p=1>2", OTHER_PLACE },
        { "rmmsim-explore:1 pes=2 p=5>1,4>0", OTHER_PLACE },
        { "rmmsim-explore:1 pes=2 p=5>1,5>0", OTHER_PLACE },
};

START_TEST(a_line_that_is_none)
{
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_REPLAY, .line = line_rows[_i].line };

        ck_assert_int_eq(rmmsim_explore(&sound, &strategy, &finding), RMMSIM_ERROR_CONFIG);
        ck_assert_str_eq(finding.sentence, line_rows[_i].sentence);
}
END_TEST

START_TEST(pointers_that_are_null)
{
        ck_assert_int_eq(rmmsim_explore(NULL, &random_walk, &finding), RMMSIM_ERROR_CONFIG);
        ck_assert_str_eq(finding.sentence, "program must not be NULL");
        ck_assert_int_eq(rmmsim_explore(&sound, NULL, &finding), RMMSIM_ERROR_CONFIG);
        ck_assert_str_eq(finding.sentence, "strategy must not be NULL");
        ck_assert_int_eq(rmmsim_explore(&sound, &random_walk, NULL), RMMSIM_ERROR_CONFIG);
        expect_nothing(&sound, &random_walk);
        ck_assert_int_eq(rmmsim_finding_print(NULL, stdout), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_finding_print(&finding, NULL), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_finding_mermaid(NULL, stdout), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_finding_mermaid(&finding, NULL), RMMSIM_ERROR_CONFIG);
        finding.kind = RMMSIM_NUM_FINDINGS;
        ck_assert_int_eq(rmmsim_finding_print(&finding, stdout), RMMSIM_ERROR_CONFIG);
        ck_assert_ptr_null(rmmsim_finding_name(RMMSIM_NUM_FINDINGS));
        ck_assert_str_eq(rmmsim_finding_name(RMMSIM_FOUND_DEADLOCK), "deadlock");
}
END_TEST

START_TEST(stacks_that_are_too_small)
{
        struct rmmsim_program program = sound;

        program.stack_size = 65535;
        ck_assert_int_eq(rmmsim_explore(&program, &random_walk, &finding), RMMSIM_ERROR_CONFIG);
        ck_assert_str_eq(finding.sentence, "stack_size must be at least 65536 bytes and at most 1 GiB");
        program.stack_size = 65536;
        expect_nothing(&program, &random_walk);
}
END_TEST

static void explore_again(struct rmmsim *sim, unsigned pe, void *arg)
{
        static struct rmmsim_finding inner;

        (void)sim;
        (void)pe;
        *(int *)arg = rmmsim_explore(&sound, &random_walk, &inner);
        ck_assert_str_eq(inner.sentence, "an exploration is under way on this thread");
}

START_TEST(an_exploration_inside_another)
{
        int error = 0;
        struct rmmsim_program program = { .pes = { explore_again }, .arg = &error };

        expect_nothing(&program, &random_walk);
        ck_assert_int_eq(error, RMMSIM_ERROR_STATE);
}
END_TEST

static void waits(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

START_TEST(an_instance_with_a_guest_on_its_stack)
{
        struct world *world = world_create();
        struct rmmsim_program program = sound;
        struct realm_world realm;

        realm_running(&realm, world, 1, waits, NULL);
        ck_assert_uint_eq(realm_enter(&realm, 0), RMMSIM_RMI_SUCCESS);
        program.sim = world->sim;
        ck_assert_int_eq(rmmsim_explore(&program, &random_walk, &finding), RMMSIM_ERROR_STATE);
        ck_assert_ptr_nonnull(strstr(finding.sentence, "take the snapshot before it starts"));
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

static void talk(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        for (unsigned i = 0; i < 70000; i++) {
                rmmsim_yield();
        }
}

START_TEST(a_search_without_room)
{
        static const struct rmmsim_program program = { .pes = { talk, talk } };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_DELAY, .steps_max = 1000000 };

        ck_assert_int_eq(rmmsim_explore(&program, &strategy, &finding), RMMSIM_ERROR_CONFIG);
        ck_assert_str_eq(finding.sentence,
                         "a schedule has more than 65,536 choices: shorten the program, or use another strategy");
}
END_TEST

/* Where the list of preemptions is too long for a line, there is no line. */
START_TEST(a_schedule_too_long_for_a_line)
{
        static const struct rmmsim_program program = { .pes = { talk, talk } };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM,
                                                         .schedules_max = 1,
                                                         .steps_max = 1000000 };

        expect_nothing(&program, &strategy);
        ck_assert_str_eq(finding.replay, "");
}
END_TEST

static struct rmmsim *failing_setup(struct rmmsim *sim, void *arg)
{
        (void)arg;
        rmmsim_explore_fail("there is no instance to be had");
        return sim;
}

START_TEST(a_setup_that_fails)
{
        struct rmmsim_program program = sound;

        program.setup = failing_setup;
        expect_found(RMMSIM_FOUND_FAILURE, &program, &random_walk);
        ck_assert_str_eq(finding.sentence, "there is no instance to be had");
        ck_assert_uint_eq(finding.num_steps, 0);
}
END_TEST

/* ---- outside ------------------------------------------------------------------------------------------------------------ */

static struct rmmsim_mutex a;
static struct rmmsim_cond news;

START_TEST(outside_locking_aborts)
{
        rmmsim_mutex_lock(&a);
}
END_TEST

START_TEST(outside_trying_aborts)
{
        (void)rmmsim_mutex_trylock(&a);
}
END_TEST

START_TEST(outside_unlocking_aborts)
{
        rmmsim_mutex_unlock(&a);
}
END_TEST

START_TEST(outside_waiting_aborts)
{
        rmmsim_cond_wait(&news, &a);
}
END_TEST

START_TEST(outside_signalling_aborts)
{
        rmmsim_cond_signal(&news);
}
END_TEST

START_TEST(outside_broadcasting_aborts)
{
        rmmsim_cond_broadcast(&news);
}
END_TEST

START_TEST(outside_failing_aborts)
{
        rmmsim_explore_fail("%s", "nobody explores");
}
END_TEST

START_TEST(outside_points_do_nothing)
{
        ck_assert(!rmmsim_explored());
        rmmsim_yield();
        rmmsim_yield_at("here");
        rmmsim_spin();
        rmmsim_touch(&a, true);
}
END_TEST

static void ask(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        *(bool *)arg = rmmsim_explored();
}

START_TEST(inside_is_told)
{
        bool inside = false;
        struct rmmsim_program program = { .pes = { ask }, .arg = &inside };

        expect_nothing(&program, &random_walk);
        ck_assert(inside);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_input");
        TCase *tcase = tcase_create("refused");

        tcase_add_loop_test(tcase, a_strategy_that_is_none, 0, sizeof(strategy_rows) / sizeof(strategy_rows[0]));
        tcase_add_loop_test(tcase, a_line_that_is_none, 0, sizeof(line_rows) / sizeof(line_rows[0]));
        tcase_add_test(tcase, pointers_that_are_null);
        tcase_add_test(tcase, stacks_that_are_too_small);
        tcase_add_test(tcase, an_exploration_inside_another);
        tcase_add_test(tcase, an_instance_with_a_guest_on_its_stack);
        tcase_add_test(tcase, a_search_without_room);
        tcase_add_test(tcase, a_schedule_too_long_for_a_line);
        tcase_add_test(tcase, a_setup_that_fails);
        if (getenv("CK_FORK") == NULL) {
                tcase_add_test_raise_signal(tcase, outside_locking_aborts, SIGABRT);
                tcase_add_test_raise_signal(tcase, outside_trying_aborts, SIGABRT);
                tcase_add_test_raise_signal(tcase, outside_unlocking_aborts, SIGABRT);
                tcase_add_test_raise_signal(tcase, outside_waiting_aborts, SIGABRT);
                tcase_add_test_raise_signal(tcase, outside_signalling_aborts, SIGABRT);
                tcase_add_test_raise_signal(tcase, outside_broadcasting_aborts, SIGABRT);
                tcase_add_test_raise_signal(tcase, outside_failing_aborts, SIGABRT);
        }
        tcase_add_test(tcase, outside_points_do_nothing);
        tcase_add_test(tcase, inside_is_told);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
