/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_rmm.c - PEs that meet in the RMM, under every schedule: what comes out is what some order of whole commands
 * gives, and what is lost or broken at the end is named.
 */
#include "explore_stage.h"

static const struct rmmsim_strategy every = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE, .no_sleep_sets = true };
static const struct rmmsim_strategy classes = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };

/* ---- one Granule, many who want it ---------------------------------------------------------------------------------------- */

static void delegate(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] = rmmsim_call(sim, pe, rmi_granule_delegate, .addr = stage.granule).x[0];
}

static void undelegate(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] = rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = stage.granule).x[0];
}

static void delegate_own(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] = rmmsim_call(sim, pe, rmi_granule_delegate, .addr = stage.granule + PAGE * (1 + pe)).x[0];
}

static void create_realm(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] =
                rmmsim_call(sim, pe, rmi_realm_create, .rd = stage.realm.rd, .params_ptr = stage.world->params_pa).x[0];
}

static void undelegate_rtt(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] = rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = stage.realm.rtt_base).x[0];
}

static void expect_one_winner(struct rmmsim *sim, void *arg)
{
        unsigned winners = 0;

        (void)sim;
        (void)arg;
        for (unsigned i = 0; i < WORLD_PES; i++) {
                winners += stage.x0[i] == RMMSIM_RMI_SUCCESS;
        }
        if (winners != 1) {
                rmmsim_explore_fail("%u PEs delegated the Granule", winners);
        }
}

START_TEST(one_of_two_delegates_a_granule)
{
        struct rmmsim_program program = {
                .pes = { delegate, delegate }, .setup = reset, .check = expect_one_winner, .audit_period = 1
        };

        begin();
        program.sim = stage.world->sim;
        expect_nothing(&program, &every);
        ck_assert(finding.complete);
        ck_assert_uint_gt(finding.schedules, 100);
        expect_nothing(&program, &classes);
        ck_assert(finding.complete);
        program.announced = true;
        expect_nothing(&program, &classes);
        ck_assert(finding.complete);
        /* Before, or after: either is first, or one sees the other's lock and waits. */
        ck_assert_uint_le(finding.schedules, 8);
        end();
}
END_TEST

static struct rmmsim_mutex big_lock = { .name = "big lock" };

/* As a VMM does that is careful: one at a time, by a lock of its own. */
static void delegate_in_turn(struct rmmsim *sim, unsigned pe, void *arg)
{
        rmmsim_mutex_lock(&big_lock);
        if (pe == 0) {
                delegate(sim, pe, arg);
                undelegate(sim, pe, arg);
        } else {
                undelegate(sim, pe, arg);
                delegate(sim, pe, arg);
                undelegate(sim, pe, arg);
        }
        rmmsim_mutex_unlock(&big_lock);
}

START_TEST(a_callers_mutex_is_held_across_calls)
{
        struct rmmsim_program program = { .pes = { delegate_in_turn, delegate_in_turn },
                                          .setup = reset,
                                          .audit_period = 1,
                                          .granules_return = true,
                                          .lock_order = true,
                                          .announced = true };

        begin();
        program.sim = stage.world->sim;
        expect_nothing(&program, &classes);
        ck_assert(finding.complete);
        ck_assert_uint_eq(finding.schedules, 2);
        end();
}
END_TEST

START_TEST(different_granules_are_independent)
{
        struct rmmsim_program program = { .pes = { delegate_own, delegate_own, delegate_own },
                                          .setup = reset,
                                          .announced = true };

        begin();
        program.sim = stage.world->sim;
        expect_nothing(&program, &classes);
        ck_assert_uint_eq(finding.schedules, 1);
        ck_assert(finding.complete);
        end();
}
END_TEST

/* ---- pairs: outcomes are those of serial orders ----------------------------------------------------------------------------- */

static void see_outcome(struct rmmsim *sim, void *arg)
{
        uint64_t hash = outcome(sim);

        (void)arg;
        note(stage.hashes, &stage.num_hashes, hash);
        for (unsigned i = 0; i < stage.num_allowed; i++) {
                if (stage.allowed[i] == hash) {
                        return;
                }
        }
        rmmsim_explore_fail("no serial order gives this");
}

/* Run PEs one after the other, in either order. */
static void allow_serial_orders(const struct rmmsim_program *program)
{
        ck_assert_int_eq(rmmsim_snapshot(program->sim, NULL), 0);
        for (unsigned order = 0; order < 2; order++) {
                (void)reset(program->sim, NULL);
                program->pes[order](program->sim, order, NULL);
                program->pes[!order](program->sim, !order, NULL);
                note(stage.allowed, &stage.num_allowed, outcome(program->sim));
                ck_assert_int_eq(rmmsim_restore(program->sim), 0);
        }
}

static const struct pair_row {
        rmmsim_pe_fn *pes[2];
        unsigned outcomes;
} pair_rows[] = {
        { { delegate, undelegate }, 2 },           { { delegate, delegate }, 2 },
        { { create_realm, undelegate_rtt }, 2 },   { { create_realm, create_realm }, 2 },
        { { undelegate_rtt, undelegate_rtt }, 2 },
};

START_TEST(a_pair_of_commands_is_as_in_some_order)
{
        struct rmmsim_program program = { .pes = { pair_rows[_i].pes[0], pair_rows[_i].pes[1] },
                                          .setup = reset,
                                          .check = see_outcome };
        uint64_t schedules;

        begin();
        program.sim = stage.world->sim;
        stage.realm.rd = world_delegated(stage.world);
        stage.realm.rtt_base = world_delegated(stage.world);
        realm_params_fill(stage.world->params, NULL, stage.realm.rtt_base);
        stage.world->params->vmid = 5;
        allow_serial_orders(&program);
        ck_assert_uint_eq(stage.num_allowed, pair_rows[_i].outcomes);
        for (unsigned i = 0; i < 3; i++) {
                stage.num_hashes = 0;
                program.announced = i == 2;
                expect_nothing(&program, i == 0 ? &every : &classes);
                ck_assert(finding.complete);
                ck_assert_uint_eq(stage.num_hashes, stage.num_allowed);
                ck_assert(i == 0 || finding.schedules <= schedules);
                schedules = finding.schedules;
        }
        end();
}
END_TEST

/* ---- the rest ------------------------------------------------------------------------------------------------------------- */

START_TEST(lost_granules_are_named)
{
        struct rmmsim_program program = { .pes = { delegate, undelegate }, .setup = reset, .granules_return = true };

        begin();
        program.sim = stage.world->sim;
        expect_found(RMMSIM_FOUND_LOST_GRANULES, &program, &every);
        ck_assert_str_eq(finding.sentence,
                         "1 Granule has not come back: 0x80001000 (DELEGATED since RMI_GRANULE_DELEGATE)");
        end();
}
END_TEST

static void break_it(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] = rmmsim_call(sim, pe, rmi_version, .req = 0x10000).x[0];
        /* A DELEGATED Granule must be zero. No command does this. */
        *stage.secret = 1;
}

START_TEST(a_broken_invariant_is_found)
{
        struct rmmsim_program program = { .pes = { break_it, delegate }, .setup = reset, .audit_period = 1 };

        begin();
        program.sim = stage.world->sim;
        stage.secret = memory_realm_page(&stage.world->sim->rmm.memory, world_delegated(stage.world));
        ck_assert_int_eq(explore(&program, &every), RMMSIM_FOUND_AUDIT);
        ck_assert_ptr_nonnull(strstr(finding.sentence, "invariant"));
        end();
}
END_TEST

static struct rmmsim *make(struct rmmsim *sim, void *arg)
{
        ck_assert_ptr_null(sim);
        (void)arg;
        begin();
        (void)reset(NULL, NULL);
        return stage.world->sim;
}

static void unmake(struct rmmsim *sim, void *arg)
{
        (void)arg;
        ck_assert_ptr_eq(sim, stage.world->sim);
        end();
}

START_TEST(setup_may_build_an_instance_each_time)
{
        static const struct rmmsim_program program = {
                .pes = { delegate, delegate, delegate }, .setup = make, .check = expect_one_winner, .teardown = unmake
        };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_PCT, .schedules_max = 20 };

        expect_nothing(&program, &strategy);
        ck_assert_uint_eq(finding.schedules, 20);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_rmm");
        TCase *tcase = tcase_create("rmm");

        tcase_add_test(tcase, one_of_two_delegates_a_granule);
        tcase_add_test(tcase, a_callers_mutex_is_held_across_calls);
        tcase_add_test(tcase, different_granules_are_independent);
        tcase_add_loop_test(tcase, a_pair_of_commands_is_as_in_some_order, 0, sizeof(pair_rows) / sizeof(pair_rows[0]));
        tcase_add_test(tcase, lost_granules_are_named);
        tcase_add_test(tcase, a_broken_invariant_is_found);
        tcase_add_test(tcase, setup_may_build_an_instance_each_time);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
