/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_guests.c - RECs that run on explored PEs: guests are left in the middle of their calls and go on, with
 * their stacks as they were; and what is abandoned with a REC running and locks held leaves nothing behind.
 */
#include "explore_stage.h"

/* ---- guests --------------------------------------------------------------------------------------------------------------- */

#define BUFFER UINT64_C(0x1000)

/* Two calls that the RMM answers, under the Realm's lock and under none, with things on the stack that have to be there still. */
static void talkative(struct rmmsim_vcpu *vcpu, void *arg)
{
        volatile unsigned canary[64];
        unsigned index = (unsigned)rmmsim_guest_x(vcpu, 0);
        uint64_t value = 0;

        (void)arg;
        for (unsigned i = 0; i < 64; i++) {
                canary[i] = index * 1000 + i;
        }
        if (rmmsim_guest_call(vcpu, rsi_ipa_state_get, .base = BUFFER, .top = BUFFER + PAGE).x[0] !=
                    RMMSIM_RSI_SUCCESS ||
            rmmsim_guest_store(vcpu, BUFFER + 8 * index, 8, index + 1) != 0 ||
            rmmsim_guest_load(vcpu, BUFFER + 8 * index, 8, &value) != 0 || value != index + 1 ||
            rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000).x[0] != RMMSIM_RSI_SUCCESS) {
                rmmsim_explore_fail("a call of guest %u failed", index);
        }
        for (unsigned i = 0; i < 64; i++) {
                if (canary[i] != index * 1000 + i) {
                        rmmsim_explore_fail("the stack of guest %u was overwritten", index);
                }
        }
        stage.guest_calls[index]++;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static void enter_own(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] =
                rmmsim_call(sim, pe, rmi_rec_enter, .rec = stage.realm.recs[pe], .run_ptr = stage.realm.run + pe * PAGE)
                        .x[0];
}

static void expect_both_ran(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        if (stage.x0[0] != 0 || stage.x0[1] != 0 || stage.guest_calls[0] != 1 || stage.guest_calls[1] != 1) {
                rmmsim_explore_fail("x0 = %llx and %llx, %u and %u guests ran to their end",
                                    (unsigned long long)stage.x0[0], (unsigned long long)stage.x0[1],
                                    stage.guest_calls[0], stage.guest_calls[1]);
        }
}

static void two_vcpus(rmmsim_guest_fn *fn)
{
        begin();
        realm_new(&stage.realm, stage.world, NULL);
        realm_ram(&stage.realm, 0, MIB2);
        realm_data(&stage.realm, REALM_PC, 0xd6);
        realm_rec(&stage.realm, true, REALM_PC);
        realm_rec(&stage.realm, true, REALM_PC);
        ck_assert_int_eq(rmmsim_guest_bind(stage.world->sim, stage.realm.rd, REALM_PC, fn, NULL), 0);
        realm_activate(&stage.realm);
}

/* Who it is, a guest finds in MPIDR. */
static void talkative_by_mpidr(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t mpidr = 0;

        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &mpidr);
        rmmsim_guest_set_x(vcpu, 0, mpidr & 0xf);
        talkative(vcpu, arg);
}

START_TEST(guests_are_left_in_the_middle_of_a_call)
{
        struct rmmsim_program program = {
                .pes = { enter_own, enter_own }, .setup = reset, .check = expect_both_ran, .audit_period = 1
        };
        static const enum rmmsim_strategy_kind kinds[] = { RMMSIM_STRATEGY_RANDOM, RMMSIM_STRATEGY_PCT,
                                                           RMMSIM_STRATEGY_POS, RMMSIM_STRATEGY_DELAY };

        two_vcpus(talkative_by_mpidr);
        program.sim = stage.world->sim;
        for (unsigned i = 0; i < 4; i++) {
                struct rmmsim_strategy strategy = { .kind = kinds[i], .schedules_max = 300, .depth = 2 };

                expect_nothing(&program, &strategy);
                ck_assert_uint_gt(finding.choices, 10);
        }
        /* It is a Realm like any other afterwards. */
        realm_tear_down(&stage.realm);
        world_destroy(stage.world);
}
END_TEST

static void fails_inside(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t mpidr = 0;

        (void)arg;
        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &mpidr);
        if ((mpidr & 0xf) == 1) {
                rmmsim_explore_fail("guest 1 fails");
        }
        rmmsim_guest_nop(vcpu);
        stage.guest_calls[0]++;
}

/* With a REC running on each PE, and with locks held: found anywhere, the instance is as before. */
START_TEST(what_is_abandoned_leaves_nothing_behind)
{
        struct rmmsim_program program = { .pes = { enter_own, enter_own }, .setup = reset };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM, .no_shrink = true };
        uint64_t before;

        two_vcpus(fails_inside);
        before = rmmsim_state_hash(stage.world->sim);
        program.sim = stage.world->sim;
        for (strategy.seed = 0; strategy.seed < 100; strategy.seed++) {
                expect_found(RMMSIM_FOUND_FAILURE, &program, &strategy);
                ck_assert_str_eq(finding.sentence, "guest 1 fails");
                ck_assert_uint_eq(rmmsim_state_hash(stage.world->sim), before);
        }
        strategy.no_shrink = false;
        expect_found(RMMSIM_FOUND_FAILURE, &program, &strategy);
        ck_assert_ptr_nonnull(strstr(printed(rmmsim_finding_print), "SMC RMI_REC_ENTER"));
        ck_assert_ptr_nonnull(strstr(printed(rmmsim_finding_mermaid), "P1->>RMM: SMC RMI_REC_ENTER"));
        realm_tear_down(&stage.realm);
        world_destroy(stage.world);
}
END_TEST

/* Loads from memory of the host: the Realm's lock is held, shared, while the page's is asked for. */
static void reads_shared(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        stage.guest_calls[1]++;
        for (unsigned i = 0; i < 3; i++) {
                uint64_t value;

                (void)rmmsim_guest_load(vcpu, stage.realm.par_top, 8, &value);
        }
        stage.guest_calls[0]++;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static void until_guest_runs(void)
{
        while (stage.guest_calls[1] == 0) {
                rmmsim_spin();
        }
}

static void activate_again(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        until_guest_runs();
        stage.x0[pe] = rmmsim_call(sim, pe, rmi_realm_activate, .rd = stage.realm.rd).x[0];
}

static void fail_at_some_time(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        for (unsigned i = 0; i < 10; i++) {
                rmmsim_yield();
        }
        rmmsim_explore_fail("enough");
}

static void fail_while_guest_runs(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        until_guest_runs();
        for (unsigned i = 0; i < 4; i++) {
                rmmsim_yield();
        }
        rmmsim_explore_fail("enough");
}

/* A writer that waits keeps readers back. When it is abandoned they must not wait for it for ever. */
START_TEST(a_writer_that_is_abandoned_keeps_nobody_waiting)
{
        struct rmmsim_program program = { .pes = { enter_own, activate_again, fail_while_guest_runs }, .setup = reset };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM, .no_shrink = true };

        two_vcpus(reads_shared);
        realm_share(&stage.realm, stage.realm.par_top);
        program.sim = stage.world->sim;
        for (strategy.seed = 0; strategy.seed < 200; strategy.seed++) {
                ck_assert_int_eq(explore(&program, &strategy), RMMSIM_FOUND_FAILURE);
                (void)reset(NULL, NULL);
                enter_own(stage.world->sim, 0, NULL);
                ck_assert_uint_eq(stage.x0[0], RMMSIM_RMI_SUCCESS);
                ck_assert_uint_eq(stage.guest_calls[0], 1);
                ck_assert_int_eq(rmmsim_restore(stage.world->sim), 0);
        }
        realm_tear_down(&stage.realm);
        world_destroy(stage.world);
}
END_TEST

/* First an exit that says much, then one that says little. */
static void suspends_or_goes_off(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        if (stage.guest_calls[0] == 0) {
                (void)rmmsim_guest_call(vcpu, psci_cpu_suspend, .power_state = 1, .entry_point_address = 2,
                                        .context_id = 3);
        }
        (void)rmmsim_guest_call(vcpu, psci_cpu_off, 0);
}

/* Where a PE was left between making up its exit and telling the host of it, nothing of that is in its next exit. */
START_TEST(an_exit_that_is_abandoned_is_forgotten)
{
        struct rmmsim_program program = { .pes = { enter_own, fail_at_some_time }, .setup = reset };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM, .no_shrink = true };

        two_vcpus(suspends_or_goes_off);
        program.sim = stage.world->sim;
        for (strategy.seed = 0; strategy.seed < 200; strategy.seed++) {
                const struct rmmsim_rec_run *run = world_at(stage.world, stage.realm.run);

                ck_assert_int_eq(explore(&program, &strategy), RMMSIM_FOUND_FAILURE);
                stage.guest_calls[0] = 1;
                enter_own(stage.world->sim, 0, NULL);
                ck_assert_uint_eq(run->exit.exit_reason, RMMSIM_EXIT_PSCI);
                ck_assert_uint_eq(run->exit.gprs[0], RMMSIM_PSCI_CPU_OFF);
                ck_assert_uint_eq(run->exit.gprs[1] | run->exit.gprs[2] | run->exit.gprs[3], 0);
                ck_assert_int_eq(rmmsim_restore(stage.world->sim), 0);
        }
        realm_tear_down(&stage.realm);
        world_destroy(stage.world);
}
END_TEST

/* ---- CPU_ON while the target goes ------------------------------------------------------------------------------------------- */

static void turns_on(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t x0 = rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1, .entry_point_address = REALM_PC).x[0];

        (void)arg;
        stage.x0[4] = x0;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static void complete_cpu_on(struct rmmsim *sim, unsigned pe, void *arg)
{
        enter_own(sim, pe, arg);
        stage.x0[5] = rmmsim_call(sim, pe, rmi_psci_complete, .calling_rec = stage.realm.recs[0],
                                  .target_rec = stage.realm.recs[1], .status = 0)
                              .x[0];
        enter_own(sim, pe, arg);
}

static void destroy_target(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stage.x0[pe] = rmmsim_call(sim, pe, rmi_rec_destroy, .rec = stage.realm.recs[1]).x[0];
}

/* The completion names a REC: if that has gone it is refused, the caller still waits, and may not be entered. */
static void expect_serial_cpu_on(struct rmmsim *sim, void *arg)
{
        bool asked = stage.x0[4] == UINT64_MAX;
        bool completed = stage.x0[5] == RMMSIM_RMI_SUCCESS && stage.x0[0] == RMMSIM_RMI_SUCCESS && stage.x0[4] == 0;
        bool refused = stage.x0[5] == RMMSIM_RMI_ERROR_INPUT && stage.x0[0] != RMMSIM_RMI_SUCCESS && asked;
        bool no_target = stage.x0[4] == UINT64_C(0xfffffffffffffffe) && stage.x0[0] == RMMSIM_RMI_SUCCESS;

        (void)sim;
        (void)arg;
        if (stage.x0[1] != RMMSIM_RMI_SUCCESS || completed + refused + no_target != 1) {
                rmmsim_explore_fail("destroy %llx, complete %llx, enter %llx, CPU_ON %llx",
                                    (unsigned long long)stage.x0[1], (unsigned long long)stage.x0[5],
                                    (unsigned long long)stage.x0[0], (unsigned long long)stage.x0[4]);
        }
        note(stage.hashes, &stage.num_hashes, (uint64_t)(completed + 2 * refused + 4 * no_target));
}

START_TEST(cpu_on_meets_the_end_of_its_target)
{
        struct rmmsim_program program = { .pes = { complete_cpu_on, destroy_target },
                                          .setup = reset,
                                          .check = expect_serial_cpu_on,
                                          .audit_period = 1 };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_DELAY, .depth = 2 };

        begin();
        realm_running(&stage.realm, stage.world, 2, turns_on, NULL);
        program.sim = stage.world->sim;
        expect_nothing(&program, &strategy);
        ck_assert(finding.complete);
        ck_assert_uint_eq(stage.num_hashes, 3);
        end();
}
END_TEST

static void raise(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)pe;
        (void)arg;
        (void)rmmsim_irq_raise(sim, 0);
        rmmsim_time_advance(sim, 10);
}

/* An interrupt comes before the guest's first call, in the midst, or too late. */
static void note_exit(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        note(stage.hashes, &stage.num_hashes, stage.guest_calls[0]);
}

START_TEST(an_interrupt_comes_at_any_point)
{
        struct rmmsim_program program = { .pes = { enter_own, raise }, .setup = reset, .check = note_exit };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_DELAY, .depth = 2 };

        two_vcpus(talkative_by_mpidr);
        program.sim = stage.world->sim;
        expect_nothing(&program, &strategy);
        ck_assert_uint_eq(stage.num_hashes, 2);
        realm_tear_down(&stage.realm);
        world_destroy(stage.world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_guests");
        TCase *tcase = tcase_create("guests");

        tcase_add_test(tcase, guests_are_left_in_the_middle_of_a_call);
        tcase_add_test(tcase, what_is_abandoned_leaves_nothing_behind);
        tcase_add_test(tcase, a_writer_that_is_abandoned_keeps_nobody_waiting);
        tcase_add_test(tcase, an_exit_that_is_abandoned_is_forgotten);
        tcase_add_test(tcase, cpu_on_meets_the_end_of_its_target);
        tcase_add_test(tcase, an_interrupt_comes_at_any_point);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
