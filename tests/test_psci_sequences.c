/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_sequences.c - who turns whom on: the message sequences of the PSCI sheet, step by step.
 *
 * Each runs with the specification's reading (_i = 0) and as deployed monitors behave (_i = 1); where the two differ the test
 * says so. Sequences in which something happens while a REC is on its way out are in test_psci_window.c.
 *
 * SYSTEM_OFF is in test_psci_system_off.c.
 *
 * Specification: PSCI flows; PSCI sheet sections 2.1 to 2.4, 2.6 to 2.9, 2.11 to 2.13.
 */
#include "psci_fixture.h"

static bool reference;

static void create_profile(int profile, unsigned num_recs, uint32_t runnable)
{
        reference = profile != 0;
        create_with(&(struct rmmsim_config){ .profile = reference ? RMMSIM_PROFILE_RMM_1_0_REFERENCE
                                                                  : RMMSIM_PROFILE_RMM_1_0 },
                    num_recs, runnable);
}

/* DENIED for a target that is on fails. The request stays; in deployed monitors it is over all the same, with ALREADY_ON. */
static void deny_in_vain(unsigned caller, unsigned target)
{
        ck_assert_uint_eq(complete_on(0, caller, target, DENIED), RMMSIM_RMI_ERROR_INPUT);
        if (reference) {
                complete_refused(caller, target, SUCCESS, "pending");
        } else {
                expect_pending(caller);
                complete(caller, target, SUCCESS);
        }
        expect_result(caller, ALREADY_ON);
}

/* ---- 2.1, 2.2: accepted, denied --------------------------------------------------------------------------------------- */

START_TEST(accepted)
{
        create_profile(_i & 1, 2, 1);
        expect_off(R1);
        cpu_on(R0, R1);
        expect_off(R1);
        expect_pending(R0);
        complete(R0, R1, SUCCESS);
        /* Caller and target may go on in either order. */
        if ((_i & 2) == 0) {
                expect_result(R0, SUCCESS);
                expect_start(R1, ENTRY, CONTEXT);
        } else {
                expect_start(R1, ENTRY, CONTEXT);
                expect_result(R0, SUCCESS);
        }
        ck_assert_uint_eq(puppets.puppet[R1].starts, 1);
        destroy();
}
END_TEST

START_TEST(denied)
{
        create_profile(_i, 2, 1);
        cpu_on(R0, R1);
        complete(R0, R1, DENIED);
        expect_off(R1);
        expect_result(R0, DENIED);
        affinity_info(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, OFF);
        /* A host may change its mind, if it is asked again. */
        cpu_on(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        destroy();
}
END_TEST

/* ---- 2.3, 2.4: the target is on ------------------------------------------------------------------------------------------- */

START_TEST(target_on)
{
        create_profile(_i, 2, 3);
        puppet_call(&puppets, R1, rsi_version, .req = 0x10000);
        cpu_on(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, ALREADY_ON);
        cpu_on(R0, R1);
        deny_in_vain(R0, R1);
        /* R1 goes on where it was. */
        puppet_call(&puppets, R1, rsi_version, .req = 0x10000);
        ck_assert_uint_eq(puppets.puppet[R1].starts, 1);
        destroy();
}
END_TEST

/* The guest of R1, on PE 1, is the host of PE 0 meanwhile. */
static void while_running(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        uint64_t pc = rmmsim_guest_pc(vcpu);
        uint64_t x4 = rmmsim_guest_x(vcpu, 4);

        (void)puppet;
        puppets.pe = 0;
        cpu_on(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, ALREADY_ON);
        cpu_on(R0, R1);
        deny_in_vain(R0, R1);
        affinity_info(R0, R1);
        complete_refused(R0, R1, DENIED, "status");
        complete(R0, R1, SUCCESS);
        expect_result(R0, ON);
        ck_assert_uint_eq(rmmsim_guest_pc(vcpu), pc);
        ck_assert_uint_eq(rmmsim_guest_x(vcpu, 4), x4);
        puppets.pe = 1;
}

START_TEST(target_running)
{
        create_profile(_i, 2, 3);
        puppets.pe = 1;
        puppet_order_act(&puppets, R1, while_running, NULL);
        puppet_answer(&puppets, R1);
        ck_assert_uint_eq(puppets.puppet[R1].starts, 1);
        destroy();
}
END_TEST

/* ---- 2.6: refused inside the Realm ------------------------------------------------------------------------------------------ */

START_TEST(refused_inside)
{
        static const struct {
                uint64_t target, entry, x0;
        } rows[] = {
                { 7, ENTRY, INVALID_PARAMETERS },    { 1, UNPROTECTED, INVALID_ADDRESS },
                { 7, UNPROTECTED, INVALID_ADDRESS }, { 0, ENTRY, ALREADY_ON },
                { 0, UNPROTECTED, INVALID_ADDRESS },
        };

        create_profile(_i, 2, 1);
        for (unsigned i = 0; i < 5; i++) {
                puppet_order(&puppets, R0, psci_cpu_on, .target_cpu = rows[i].target,
                             .entry_point_address = rows[i].entry);
                expect_result(R0, rows[i].x0);
                complete_refused(R0, R1, SUCCESS, "pending");
        }
        destroy();
}
END_TEST

/* ---- 2.7: AFFINITY_INFO ------------------------------------------------------------------------------------------------------- */

static void expect_affinity(unsigned caller, unsigned target, uint64_t state)
{
        affinity_info(caller, target);
        complete(caller, target, SUCCESS);
        expect_result(caller, state);
}

START_TEST(affinity_races)
{
        create_profile(_i, 3, 5);
        expect_affinity(R0, R1, OFF);
        /* Another caller has asked for R1, and nobody has answered. */
        cpu_on(R2, R1);
        expect_affinity(R0, R1, OFF);
        /* The host is trying to enter it, in vain. */
        affinity_info(R0, R1);
        expect_off(R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, OFF);
        /* Answered, but never entered. */
        complete(R2, R1, SUCCESS);
        expect_affinity(R0, R1, ON);
        expect_start(R1, ENTRY, CONTEXT);
        expect_affinity(R0, R1, ON);
        /* The answer is of the moment of the completion, not of the call or of the return. */
        affinity_info(R0, R1);
        cpu_off(R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, OFF);
        cpu_on(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        affinity_info(R0, R1);
        complete(R0, R1, SUCCESS);
        cpu_off(R1);
        expect_result(R0, ON);
        destroy();
}
END_TEST

/* ---- 2.8: CPU_OFF and CPU_ON of one target -------------------------------------------------------------------------------------- */

START_TEST(completed_before_cpu_off)
{
        create_profile(_i, 2, 3);
        cpu_on(R0, R1);
        complete(R0, R1, SUCCESS);
        cpu_off(R1);
        expect_off(R1);
        expect_result(R0, ALREADY_ON);
        destroy();
}
END_TEST

START_TEST(completed_after_cpu_off)
{
        create_profile(_i, 2, 3);
        cpu_on(R0, R1);
        cpu_off(R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        destroy();
}
END_TEST

/* Off and on many times: each start is one SUCCESS, with the context of that call. */
START_TEST(off_and_on_again)
{
        create_profile(_i, 2, 3);
        for (unsigned i = 0; i < 10; i++) {
                uint64_t entry = PUPPET_ENTRY(i);

                cpu_off(R1);
                puppet_exit(&puppets, R0, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = 1, .entry_point_address = entry,
                            .context_id = i);
                complete(R0, R1, SUCCESS);
                expect_result(R0, SUCCESS);
                expect_start(R1, entry, i);
        }
        destroy();
}
END_TEST

/* ---- 2.9: two callers ------------------------------------------------------------------------------------------------------------ */

static void two_callers(void)
{
        puppet_exit(&puppets, R0, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = 1,
                    .entry_point_address = PUPPET_ENTRY(3), .context_id = 0x30);
        puppet_exit(&puppets, R2, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = 1,
                    .entry_point_address = PUPPET_ENTRY(4), .context_id = 0x40);
}

/* The one that is completed first wins, and R1 starts with its entry point and its context. */
START_TEST(one_of_two_wins)
{
        unsigned winner = (_i & 2) == 0 ? R0 : R2;
        unsigned loser = winner == R0 ? R2 : R0;

        create_profile(_i & 1, 3, 5);
        two_callers();
        complete(winner, R1, SUCCESS);
        complete(loser, R1, SUCCESS);
        expect_result(loser, ALREADY_ON);
        expect_result(winner, SUCCESS);
        expect_start(R1, winner == R0 ? PUPPET_ENTRY(3) : PUPPET_ENTRY(4), winner == R0 ? 0x30 : 0x40);
        destroy();
}
END_TEST

START_TEST(one_denied_one_accepted)
{
        create_profile(_i, 3, 5);
        two_callers();
        complete(R0, R1, DENIED);
        complete(R2, R1, SUCCESS);
        expect_result(R0, DENIED);
        expect_result(R2, SUCCESS);
        expect_start(R1, PUPPET_ENTRY(4), 0x40);
        cpu_off(R1);
        two_callers();
        complete(R0, R1, SUCCESS);
        deny_in_vain(R2, R1);
        expect_result(R0, SUCCESS);
        expect_start(R1, PUPPET_ENTRY(3), 0x30);
        destroy();
}
END_TEST

START_TEST(mutual)
{
        create_profile(_i, 2, 3);
        cpu_on(R0, R1);
        cpu_on(R1, R0);
        complete(R1, R0, SUCCESS);
        complete(R0, R1, SUCCESS);
        expect_result(R0, ALREADY_ON);
        expect_result(R1, ALREADY_ON);
        destroy();
}
END_TEST

/* ---- 2.11: destruction ------------------------------------------------------------------------------------------------------------ */

START_TEST(caller_destroyed)
{
        create_profile(_i, 3, 5);
        cpu_on(R0, R1);
        destroy_rec(R0);
        complete_refused(R0, R1, SUCCESS, "calling_state");
        expect_off(R1);
        cpu_on(R2, R1);
        complete(R2, R1, SUCCESS);
        expect_result(R2, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        world_destroy(puppets.world);
}
END_TEST

/* The Granule of the target becomes a REC of another Realm, with the same MPIDR. */
static void reuse_as_foreign_rec(struct realm_world *other, uint64_t granule)
{
        struct world *world = puppets.world;
        struct rmmsim_rec_params *params = (void *)world->params;

        realm_new(other, world, NULL);
        realm_rec(other, true, REALM_PC);
        memset(params, 0, sizeof(*params));
        params->mpidr = 1;
        params->num_aux = call_regs(world, rmi_rec_aux_count, .rd = other->rd).x[1];
        for (uint64_t i = 0; i < params->num_aux; i++) {
                params->aux[i] = world_delegated(world);
        }
        expect_success(world, rmi_rec_create, .rd = other->rd, .rec = granule, .params_ptr = world->params_pa);
}

START_TEST(target_destroyed)
{
        struct realm_world other;

        create_profile(_i, 3, 5);
        cpu_on(R0, R1);
        affinity_info(R2, R1);
        destroy_rec(R1);
        for (unsigned caller = R0; caller <= R2; caller += 2) {
                complete_refused(caller, R1, SUCCESS, "target_state");
                complete_refused(caller, R1, DENIED, "target_state");
        }
        reuse_as_foreign_rec(&other, puppets.realm.recs[R1]);
        complete_refused(R0, R1, SUCCESS, "owner");
        complete_refused(R0, R1, DENIED, "owner");
        complete_refused(R2, R1, SUCCESS, "owner");
        expect_pending(R0);
        expect_pending(R2);
        /* They can be destroyed, if nothing else; and a Realm with RECs cannot. */
        expect_x0(puppets.world, RMMSIM_RMI_ERROR_REALM,
                  call(puppets.world, rmi_realm_destroy, .rd = puppets.realm.rd));
        destroy_rec(R0);
        destroy_rec(R2);
        world_destroy(puppets.world);
}
END_TEST

/* ---- 2.12: misuse of the completion --------------------------------------------------------------------------------------------------- */

static const uint64_t forbidden[] = { 1,
                                      2,
                                      UINT64_C(0x100000000),
                                      0xfffffffd,
                                      NOT_SUPPORTED,
                                      INVALID_PARAMETERS,
                                      ALREADY_ON,
                                      UINT64_C(-5),
                                      UINT64_C(-6),
                                      UINT64_C(-7),
                                      UINT64_C(-8),
                                      INVALID_ADDRESS };

START_TEST(misuse)
{
        create_profile(_i, 3, 1);
        complete_refused(R0, R1, SUCCESS, "pending");
        cpu_on(R0, R1);
        complete_refused(R0, R2, SUCCESS, "target");
        complete_refused(R0, R2, DENIED, "target");
        complete_refused(R0, R0, SUCCESS, "alias");
        complete_refused(R1, R0, SUCCESS, "pending");
        for (unsigned i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
                complete_refused(R0, R1, forbidden[i], "status");
                expect_pending(R0);
        }
        complete(R0, R1, SUCCESS);
        complete_refused(R0, R1, SUCCESS, "pending");
        expect_result(R0, SUCCESS);
        affinity_info(R0, R1);
        for (unsigned i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
                complete_refused(R0, R1, forbidden[i], "status");
        }
        complete_refused(R0, R1, DENIED, "status");
        complete(R0, R1, SUCCESS);
        expect_result(R0, ON);
        destroy();
}
END_TEST

/* An answer must not depend on what the host writes where the RMM wrote the exit, or into the next entry. */
START_TEST(the_host_cannot_forge)
{
        struct rmmsim_rec_run *run;

        create_profile(_i, 3, 1);
        cpu_on(R0, R1);
        run = puppet_run(&puppets, R0);
        for (unsigned i = 0; i < 31; i++) {
                run->exit.gprs[i] = 0xbad0 + i;
                run->enter.gprs[i] = 0xbad0 + i;
        }
        run->exit.gprs[1] = 2;
        complete_refused(R0, R2, SUCCESS, "target");
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        destroy();
}
END_TEST

/* ---- 2.13: the host never completes ------------------------------------------------------------------------------------------------------ */

START_TEST(never_completed)
{
        create_profile(_i, 3, 5);
        cpu_on(R0, R1);
        for (unsigned i = 0; i < 100; i++) {
                expect_pending(R0);
        }
        cpu_on(R2, R1);
        complete(R2, R1, SUCCESS);
        expect_result(R2, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        expect_affinity(R1, R0, ON);
        expect_pending(R0);
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_sequences");
        TCase *tcase = tcase_create("psci_sequences");

        tcase_add_loop_test(tcase, accepted, 0, 4);
        tcase_add_loop_test(tcase, denied, 0, 2);
        tcase_add_loop_test(tcase, target_on, 0, 2);
        tcase_add_loop_test(tcase, target_running, 0, 2);
        tcase_add_loop_test(tcase, refused_inside, 0, 2);
        tcase_add_loop_test(tcase, affinity_races, 0, 2);
        tcase_add_loop_test(tcase, completed_before_cpu_off, 0, 2);
        tcase_add_loop_test(tcase, completed_after_cpu_off, 0, 2);
        tcase_add_loop_test(tcase, off_and_on_again, 0, 2);
        tcase_add_loop_test(tcase, one_of_two_wins, 0, 4);
        tcase_add_loop_test(tcase, one_denied_one_accepted, 0, 2);
        tcase_add_loop_test(tcase, mutual, 0, 2);
        tcase_add_loop_test(tcase, caller_destroyed, 0, 2);
        tcase_add_loop_test(tcase, target_destroyed, 0, 2);
        tcase_add_loop_test(tcase, misuse, 0, 2);
        tcase_add_loop_test(tcase, the_host_cannot_forge, 0, 2);
        tcase_add_loop_test(tcase, never_completed, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
