/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_serial.c - programs that are linearizable: an outcome that no order of the calls has is found, and nothing else is.
 *
 * The library's own commands are atomic, so what is wrong here are calls of the test's own: a variable, and between two accesses
 * to it a point as the RMM has them when it takes a lock.
 */
#include "explore_stage.h"
#include "point.h"

static struct {
        uint64_t value;
        bool divided; /* calls have a point in their middle */
} shared;

static void begin_call(void)
{
        point(RMMSIM_STEP_SMC, RMMSIM_RMI_VERSION);
}

static void middle(void)
{
        if (shared.divided) {
                point_touch(OBJECT_MEMORY, 0, true);
                point(RMMSIM_STEP_UNLOCK, 0);
        }
}

static void end_call(uint64_t answer)
{
        point_touch(OBJECT_MEMORY, 0, true);
        point_observe(&answer, 1);
        point(RMMSIM_STEP_SMC_RETURN, RMMSIM_RMI_SUCCESS);
}

/* ---- calls ------------------------------------------------------------------------------------------------------------- */

static void increment(struct rmmsim *sim, unsigned pe, void *arg)
{
        uint64_t old;

        (void)sim, (void)pe, (void)arg;
        begin_call();
        old = shared.value;
        middle();
        shared.value = old + 1;
        end_call(old);
}

static void increment_unseen(struct rmmsim *sim, unsigned pe, void *arg)
{
        uint64_t old;

        (void)sim, (void)pe, (void)arg;
        begin_call();
        old = shared.value;
        middle();
        shared.value = old + 1;
        end_call(0);
}

static void set(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        begin_call();
        shared.value = 1;
        end_call(0);
}

static void get(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        begin_call();
        end_call(shared.value);
}

/* Done at once it changes nothing. */
static void rewrite(struct rmmsim *sim, unsigned pe, void *arg)
{
        uint64_t old;

        (void)sim, (void)pe, (void)arg;
        begin_call();
        old = shared.value;
        middle();
        shared.value = old;
        end_call(0);
}

static void look_twice(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        rmmsim_observe(shared.value);
        rmmsim_yield();
        rmmsim_observe(shared.value);
}

static struct rmmsim *clear(struct rmmsim *sim, void *arg)
{
        (void)arg;
        shared.value = 0;
        return sim;
}

static void see_value(struct rmmsim *sim, void *arg)
{
        (void)sim, (void)arg;
        rmmsim_observe(shared.value);
}

static const struct rmmsim_strategy all = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };

/* ---- what is found ------------------------------------------------------------------------------------------------------- */

START_TEST(a_lost_update_has_no_order)
{
        const struct rmmsim_program program = { .pes = { increment, increment }, .setup = clear, .linearizable = true };

        shared.divided = true;
        expect_found(RMMSIM_FOUND_NOT_LINEARIZABLE, &program, &all);
        ck_assert_str_eq(finding.sentence, "no order of the calls, one at a time, is answered like this: "
                                           "PE 0: RMI_VERSION SUCCESS; PE 1: RMI_VERSION SUCCESS");
        ck_assert_uint_eq(finding.num_preemptions, 1);
        ck_assert_uint_gt(finding.serial, 0);
        ck_assert_uint_eq(finding.undecided, 0);
}
END_TEST

START_TEST(calls_without_a_middle_have_one)
{
        const struct rmmsim_program program = { .pes = { increment, increment, get },
                                                .setup = clear,
                                                .linearizable = true };

        shared.divided = false;
        expect_nothing(&program, &all);
        ck_assert(finding.complete);
        ck_assert_uint_eq(finding.serial, 0);
}
END_TEST

/* Readers do not change what a divided call does, so every outcome is that of an order, which has to be searched for. */
START_TEST(a_divided_call_may_have_one)
{
        const struct rmmsim_program program = { .pes = { increment, get, get }, .setup = clear, .linearizable = true };

        shared.divided = true;
        expect_nothing(&program, &all);
        ck_assert(finding.complete);
        ck_assert_uint_gt(finding.serial, 0);
        ck_assert_uint_eq(finding.undecided, 0);
}
END_TEST

/* Nobody is told the value but `check`, at the end. */
START_TEST(what_check_observes_counts)
{
        struct rmmsim_program program = { .pes = { increment_unseen, increment_unseen },
                                          .setup = clear,
                                          .linearizable = true };

        shared.divided = true;
        expect_nothing(&program, &all);
        program.check = see_value;
        expect_found(RMMSIM_FOUND_NOT_LINEARIZABLE, &program, &all);
}
END_TEST

/* The write has returned before the read began, and the read has not seen it. With the calls the other way round it would fit. */
START_TEST(an_order_keeps_to_what_came_first)
{
        struct rmmsim_program program = { .pes = { set, rewrite, get }, .setup = clear, .linearizable = true };

        shared.divided = true;
        expect_found(RMMSIM_FOUND_NOT_LINEARIZABLE, &program, &all);

        program.pes[0] = get;
        program.pes[2] = NULL;
        expect_nothing(&program, &all);
}
END_TEST

static void get_then_set(struct rmmsim *sim, unsigned pe, void *arg)
{
        get(sim, pe, arg);
        set(sim, pe, arg);
}

/* Both read before the other has written: each PE's calls are in its own order. */
START_TEST(calls_of_a_pe_stay_in_order)
{
        const struct rmmsim_program program = { .pes = { get_then_set, get_then_set },
                                                .setup = clear,
                                                .linearizable = true };

        shared.divided = false;
        expect_nothing(&program, &all);
        ck_assert(finding.complete);
}
END_TEST

START_TEST(host_code_between_calls_is_not_bound)
{
        const struct rmmsim_program program = { .pes = { look_twice, increment },
                                                .setup = clear,
                                                .linearizable = true };

        shared.divided = true;
        expect_nothing(&program, &all);
        ck_assert(finding.complete);
}
END_TEST

/* ---- the library --------------------------------------------------------------------------------------------------------- */

static void delegate(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = stage.granule);
}

static void undelegate(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = stage.granule);
}

static void both(struct rmmsim *sim, unsigned pe, void *arg)
{
        delegate(sim, pe, arg);
        undelegate(sim, pe, arg);
}

START_TEST(the_state_of_the_instance_counts)
{
        begin();
        const struct rmmsim_program program = {
                .sim = stage.world->sim, .pes = { both, both, delegate }, .linearizable = true, .announced = true
        };
        expect_nothing(&program, &all);
        ck_assert(finding.complete);
        ck_assert_uint_gt(finding.serial, 0);
        ck_assert_uint_eq(finding.undecided, 0);
        end();
}
END_TEST

/* A page of Realm memory that changes in the middle of a call, and that no answer shows. */
static void scribble(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        begin_call();
        if (shared.value == 0) {
                shared.value = 1;
                middle();
                if (shared.value == 2) {
                        (void)rmmsim_gpt_set(sim, stage.granule + PAGE, PAGE, RMMSIM_GPT_GPT_ROOT);
                }
        }
        end_call(pe);
}

static void disturb(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)arg;
        begin_call();
        if (shared.value == 1) {
                shared.value = 2;
        }
        end_call(pe);
}

START_TEST(a_state_that_no_order_has_is_found)
{
        begin();
        const struct rmmsim_program program = {
                .sim = stage.world->sim, .pes = { scribble, disturb }, .setup = clear, .linearizable = true
        };
        shared.divided = true;
        expect_found(RMMSIM_FOUND_NOT_LINEARIZABLE, &program, &all);
        ck_assert_ptr_nonnull(strstr(finding.sentence, "ends in this state"));
        end();
}
END_TEST

/* REC 0 asks for CPU 1, once. */
static void ask(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg, (void)result;
        next->kind = RMMSIM_TRAP_WFI;
        if (rmmsim_guest_x(vcpu, 20) != 0) {
                return;
        }
        rmmsim_guest_set_x(vcpu, 20, 1);
        rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_CPU_ON);
        rmmsim_guest_set_x(vcpu, 1, 1);
        rmmsim_guest_set_x(vcpu, 2, REALM_PC);
        next->kind = RMMSIM_TRAP_SMC;
}

static void enter(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_rec_enter, .rec = stage.realm.recs[0], .run_ptr = stage.granule);
}

/* The target first; what becomes of the caller depends on whether it has left. */
static void destroy_both(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_rec_destroy, .rec = stage.realm.recs[1]);
        (void)rmmsim_call(sim, pe, rmi_rec_destroy, .rec = stage.realm.recs[0]);
}

/* Between what a guest asks for and its exit others have their turn, in orders of calls as well. */
START_TEST(an_entry_is_three_things)
{
        begin();
        const struct rmmsim_program program = {
                .sim = stage.world->sim, .pes = { enter, destroy_both }, .linearizable = true, .announced = true
        };
        realm_new(&stage.realm, stage.world, NULL);
        realm_ram(&stage.realm, 0, MIB2);
        realm_data(&stage.realm, REALM_PC, 0xd6);
        realm_rec(&stage.realm, true, REALM_PC);
        realm_rec(&stage.realm, false, REALM_PC);
        ck_assert_int_eq(rmmsim_guest_bind_step(stage.world->sim, stage.realm.rd, REALM_PC, ask, NULL), 0);
        realm_activate(&stage.realm);
        expect_nothing(&program, &all);
        ck_assert(finding.complete);
        ck_assert_uint_gt(finding.serial, 0);
        end();
}
END_TEST

/* What cannot be explained in so many schedules is not a finding. */
START_TEST(a_search_that_is_given_up_is_told)
{
        const struct rmmsim_program program = { .pes = { increment, increment }, .setup = clear, .linearizable = true };
        const struct rmmsim_strategy short_of_orders = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE, .orders_max = 1 };

        shared.divided = true;
        expect_nothing(&program, &short_of_orders);
        ck_assert_uint_gt(finding.undecided, 0);
}
END_TEST

/* ---- strategies, limits, pairs ------------------------------------------------------------------------------------------- */

START_TEST(every_strategy_looks)
{
        static const enum rmmsim_strategy_kind kinds[] = { RMMSIM_STRATEGY_EXHAUSTIVE, RMMSIM_STRATEGY_DELAY,
                                                           RMMSIM_STRATEGY_RANDOM, RMMSIM_STRATEGY_PCT,
                                                           RMMSIM_STRATEGY_POS };
        const struct rmmsim_program program = { .pes = { increment, increment }, .setup = clear, .linearizable = true };
        const struct rmmsim_strategy strategy = { .kind = kinds[_i], .seed = 7 };

        shared.divided = true;
        expect_found(RMMSIM_FOUND_NOT_LINEARIZABLE, &program, &strategy);
        ck_assert_uint_eq(finding.num_preemptions, 1);
}
END_TEST

static void call_often(struct rmmsim *sim, unsigned pe, void *arg)
{
        for (unsigned i = 0; i < 65; i++) {
                get(sim, pe, arg);
        }
}

static void observe_often(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        for (unsigned i = 0; i < 1025; i++) {
                rmmsim_observe(i);
        }
}

START_TEST(what_is_too_long_is_an_error)
{
        struct rmmsim_program program = { .pes = { call_often }, .setup = clear };

        expect_nothing(&program, &all);
        program.linearizable = true;
        ck_assert_int_eq(rmmsim_explore(&program, &all, &finding), RMMSIM_ERROR_CONFIG);
        ck_assert_ptr_nonnull(strstr(finding.sentence, "64 calls"));
        program.pes[0] = observe_often;
        ck_assert_int_eq(rmmsim_explore(&program, &all, &finding), RMMSIM_ERROR_CONFIG);
}
END_TEST

/* An explorer that stays takes the next program as it is. */
START_TEST(what_was_too_long_is_forgotten)
{
        struct rmmsim_program program = { .pes = { call_often }, .setup = clear, .linearizable = true };
        struct rmmsim_explorer *explorer = rmmsim_explorer_create(&program, NULL);

        ck_assert_ptr_nonnull(explorer);
        ck_assert_int_eq(rmmsim_explorer_run(explorer, &all, &finding), RMMSIM_ERROR_CONFIG);
        program.pes[0] = get;
        ck_assert_int_eq(rmmsim_explorer_run(explorer, &all, &finding), 0);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_NOTHING);
        rmmsim_explorer_destroy(explorer);
}
END_TEST

static unsigned sum_of(const uint8_t *pairs)
{
        unsigned sum = 0;

        for (unsigned i = 0; i < RMMSIM_EXPLORE_PAIRS; i++) {
                sum += pairs[i];
        }
        return sum;
}

START_TEST(pairs_are_counted_where_pes_meet)
{
        static uint8_t pairs[RMMSIM_EXPLORE_PAIRS];
        const struct rmmsim_strategy usual = { .kind = RMMSIM_STRATEGY_BYTES };

        begin();
        struct rmmsim_program program = { .sim = stage.world->sim, .pes = { both }, .pairs = pairs };
        expect_nothing(&program, &usual);
        ck_assert_uint_eq(sum_of(pairs), 0);
        program.pes[1] = delegate;
        expect_nothing(&program, &usual);
        ck_assert_uint_eq(sum_of(pairs), 1);
        for (unsigned i = 0; i < 300; i++) {
                expect_nothing(&program, &usual);
        }
        ck_assert_uint_eq(sum_of(pairs), 255);
        end();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_serial");
        TCase *tcase = tcase_create("serial");

        tcase_add_test(tcase, a_lost_update_has_no_order);
        tcase_add_test(tcase, calls_without_a_middle_have_one);
        tcase_add_test(tcase, a_divided_call_may_have_one);
        tcase_add_test(tcase, what_check_observes_counts);
        tcase_add_test(tcase, an_order_keeps_to_what_came_first);
        tcase_add_test(tcase, calls_of_a_pe_stay_in_order);
        tcase_add_test(tcase, host_code_between_calls_is_not_bound);
        tcase_add_test(tcase, the_state_of_the_instance_counts);
        tcase_add_test(tcase, a_state_that_no_order_has_is_found);
        tcase_add_test(tcase, an_entry_is_three_things);
        tcase_add_test(tcase, a_search_that_is_given_up_is_told);
        tcase_add_loop_test(tcase, every_strategy_looks, 0, 5);
        tcase_add_test(tcase, what_is_too_long_is_an_error);
        tcase_add_test(tcase, what_was_too_long_is_forgotten);
        tcase_add_test(tcase, pairs_are_counted_where_pes_meet);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
