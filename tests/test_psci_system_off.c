/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_system_off.c - a Realm turns itself off, or asks to be reset, while others of its RECs are at work.
 *
 * From then on no REC of it is admitted; one that runs goes on until its next exit. There is no reset in place: the host builds a
 * new Realm.
 *
 * Specification: PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET; PSCI sheet section 2.10, rec sheet section 4.5.
 */
#include "psci_fixture.h"

static void create_profile(int profile, unsigned num_recs, uint32_t runnable)
{
        create_with(&(struct rmmsim_config){ .profile = profile != 0 ? RMMSIM_PROFILE_RMM_1_0_REFERENCE
                                                                     : RMMSIM_PROFILE_RMM_1_0 },
                    num_recs, runnable);
}

static void expect_realm_off(unsigned rec)
{
        enter_refused(rec, RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_REALM, 1), "system_off");
}

/* On PE 1, while R1 runs: R0 is entered on PE 0 and turns the Realm off. */
static void r0_turns_off(void)
{
        puppets.pe = 0;
        system_off(R0);
        expect_realm_off(R0);
        expect_realm_off(R2);
        puppets.pe = 1;
}

static void calls_answered_inside(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        uint64_t value = 0;

        (void)puppet;
        r0_turns_off();
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000).x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_measurement_extend, .index = 1, .size = 8).x[0],
                          RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_ipa_state_get, .base = 0, .top = PAGE).x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, psci_version, 0).x[0], 0x10001);
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = 1).x[0], ON);
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 9, .entry_point_address = ENTRY).x[0],
                          INVALID_PARAMETERS);
        ck_assert_int_eq(rmmsim_guest_load(vcpu, REALM_PC, 8, &value), 0);
        ck_assert_uint_eq(value, UINT64_C(0xd6d6d6d6d6d6d6d6));
}

START_TEST(a_running_rec_goes_on_until_it_exits)
{
        create_profile(_i, 3, 7);
        puppets.pe = 1;
        puppet_order_act(&puppets, R1, calls_answered_inside, NULL);
        puppet_answer(&puppets, R1);
        puppets.pe = 0;
        expect_realm_off(R1);
        destroy();
}
END_TEST

/* What R1 does once the Realm is off: the exit is reported, and there is no way back. */
static uint64_t last_call[4];

static void calls_once_more(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        struct rmmsim_regs regs = { .x = { last_call[0], last_call[1], last_call[2], last_call[3] } };

        (void)puppet;
        r0_turns_off();
        rmmsim_guest_smc(vcpu, &regs);
        ck_abort_msg("the Realm is off");
}

static const struct rmmsim_rec_exit *r1_calls(uint64_t x0, uint64_t x1, uint64_t x2, enum rmmsim_exit_reason reason)
{
        const struct rmmsim_rec_exit *exit;

        last_call[0] = x0;
        last_call[1] = x1;
        last_call[2] = x2;
        last_call[3] = 1; /* RAM, or a context */
        puppets.pe = 1;
        puppet_order_act(&puppets, R1, calls_once_more, NULL);
        exit = puppet_expect(&puppets, R1, reason);
        puppets.pe = 0;
        return exit;
}

START_TEST(off_twice)
{
        static const uint64_t functions[] = { RMMSIM_PSCI_SYSTEM_OFF, RMMSIM_PSCI_SYSTEM_RESET };

        create_profile(_i & 1, 3, 7);
        expect_exit(r1_calls(functions[_i >> 1], 0, 0, RMMSIM_EXIT_PSCI), functions[_i >> 1], 0, 0, 0);
        expect_realm_off(R1);
        destroy();
}
END_TEST

START_TEST(cpu_off_after_system_off)
{
        create_profile(_i, 3, 7);
        expect_exit(r1_calls(RMMSIM_PSCI_CPU_OFF, 0, 0, RMMSIM_EXIT_PSCI), RMMSIM_PSCI_CPU_OFF, 0, 0, 0);
        expect_realm_off(R1);
        destroy();
}
END_TEST

/* A request made afterwards can be answered, for what it is worth. */
START_TEST(cpu_on_after_system_off)
{
        create_profile(_i, 4, 7);
        ck_assert_uint_eq(r1_calls(RMMSIM_PSCI_CPU_ON, 3, ENTRY, RMMSIM_EXIT_PSCI)->gprs[0], RMMSIM_PSCI_CPU_ON);
        expect_realm_off(R1);
        complete(R1, R3, SUCCESS);
        expect_realm_off(R3);
        expect_realm_off(R1);
        ck_assert_uint_eq(rec_at(R1)->gprs[0], SUCCESS);
        ck_assert_uint_eq(rec_at(R3)->runnable, RMMSIM_POWER_RUNNABLE);
        destroy();
}
END_TEST

START_TEST(ripas_change_after_system_off)
{
        create_profile(_i, 3, 7);
        r1_calls(RMMSIM_RSI_IPA_STATE_SET, 0x8000, 0x9000, RMMSIM_EXIT_RIPAS_CHANGE);
        expect_success(puppets.world, rmi_rtt_set_ripas, .rd = puppets.realm.rd, .rec = puppets.realm.recs[R1],
                       .base = 0x8000, .top = 0x9000);
        expect_realm_off(R1);
        destroy();
}
END_TEST

/* Requests that were pending are answered as ever: the state of the Realm is no condition of the completion. */
START_TEST(completion_after_system_off)
{
        create_profile(_i, 4, 7);
        cpu_on(R1, R3);
        affinity_info(R2, R3);
        system_off(R0);
        complete(R2, R3, SUCCESS);
        ck_assert_uint_eq(rec_at(R2)->gprs[0], OFF);
        complete(R1, R3, SUCCESS);
        complete_refused(R1, R3, SUCCESS, "pending");
        for (unsigned rec = R0; rec <= R3; rec++) {
                expect_realm_off(rec);
        }
        destroy();
}
END_TEST

/* A REC that is off, or waits for its host, is refused for the Realm's state: that comes first. */
START_TEST(the_realms_state_comes_first)
{
        create_profile(_i, 3, 5);
        cpu_on(R2, R1);
        system_off(R0);
        expect_realm_off(R1);
        expect_realm_off(R2);
        destroy();
}
END_TEST

/* Off is for ever: no activation, and no new REC. It can be taken down, and only without RECs. */
START_TEST(no_way_back)
{
        struct world *world;

        create_profile(_i, 2, 3);
        world = puppets.world;
        system_reset(R0);
        expect_x0(world, RMMSIM_RMI_ERROR_REALM, call(world, rmi_realm_activate, .rd = puppets.realm.rd));
        expect_x0(world, RMMSIM_RMI_ERROR_REALM, call(world, rmi_realm_destroy, .rd = puppets.realm.rd));
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_system_off");
        TCase *tcase = tcase_create("psci_system_off");

        tcase_add_loop_test(tcase, a_running_rec_goes_on_until_it_exits, 0, 2);
        tcase_add_loop_test(tcase, off_twice, 0, 4);
        tcase_add_loop_test(tcase, cpu_off_after_system_off, 0, 2);
        tcase_add_loop_test(tcase, cpu_on_after_system_off, 0, 2);
        tcase_add_loop_test(tcase, ripas_change_after_system_off, 0, 2);
        tcase_add_loop_test(tcase, completion_after_system_off, 0, 2);
        tcase_add_loop_test(tcase, the_realms_state_comes_first, 0, 2);
        tcase_add_loop_test(tcase, no_way_back, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
