/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci.c - the PSCI functions of a Realm: which are served, what they check, what the host is shown of them.
 *
 * Specification: PSCI in a Realm, REC exit due to PSCI; rec sheet sections 4.1 to 4.3, PSCI sheet sections 1.2 and 1.4.
 */
#include "psci_fixture.h"

/* ---- identifiers ---------------------------------------------------------------------------------------------------- */

static const uint64_t *smc(uint64_t x0, uint64_t x1)
{
        const uint64_t fields[] = { 0, x1 };

        puppet_order_fields(&puppets, R0, x0, fields, 2);
        return puppet_answer(&puppets, R0);
}

static void expect_unserved(uint64_t fid)
{
        static const uint64_t out[] = { NOT_SUPPORTED };

        smc(fid, 0);
        puppet_expect_registers(&puppets, R0, out, 1, 3);
        ck_assert_uint_eq(smc(RMMSIM_PSCI_FEATURES, fid)[0], NOT_SUPPORTED);
}

/* All identifiers of the PSCI range but those of the table, in both spellings. */
START_TEST(unserved_identifiers)
{
        static const uint32_t smc32 = 1 << 0x0 | 1 << 0x2 | 1 << 0x8 | 1 << 0x9 | 1 << 0xa;
        static const uint32_t smc64 = 1 << 0x1 | 1 << 0x3 | 1 << 0x4;

        create(0, 2, 3);
        for (unsigned i = 0; i <= 0x1f; i++) {
                if ((smc32 >> i & 1) == 0) {
                        expect_unserved(0x84000000 + i);
                }
                if ((smc64 >> i & 1) == 0) {
                        expect_unserved(0xC4000000 + i);
                }
        }
        destroy();
}
END_TEST

/* The same with the SMC32 forms of the 64-bit functions, and no others. */
START_TEST(unserved_identifiers_with_smc32)
{
        static const uint32_t smc32 =
                1 << 0x0 | 1 << 0x1 | 1 << 0x2 | 1 << 0x3 | 1 << 0x4 | 1 << 0x8 | 1 << 0x9 | 1 << 0xa;
        static const uint32_t smc64 = 1 << 0x1 | 1 << 0x3 | 1 << 0x4;

        create(RMMSIM_QUIRK_psci_smc32, 2, 3);
        for (unsigned i = 0; i <= 0x1f; i++) {
                if ((smc32 >> i & 1) == 0) {
                        expect_unserved(0x84000000 + i);
                }
                if ((smc64 >> i & 1) == 0) {
                        expect_unserved(0xC4000000 + i);
                }
        }
        destroy();
}
END_TEST

START_TEST(version_is_1_1)
{
        static const uint64_t out[] = { 0x10001 };

        create(0, 1, 1);
        smc(RMMSIM_PSCI_VERSION, 5);
        puppet_expect_registers(&puppets, R0, out, 1, 3);
        smc(UINT64_C(0x1234567800000000) | RMMSIM_PSCI_VERSION, 5);
        puppet_expect_registers(&puppets, R0, out, 1, 3);
        destroy();
}
END_TEST

static void expect_features(const uint64_t *identifiers, unsigned count, uint64_t x0)
{
        for (unsigned i = 0; i < count; i++) {
                ck_assert_msg(smc(RMMSIM_PSCI_FEATURES, identifiers[i])[0] == x0, "PSCI_FEATURES(0x%llx)",
                              (unsigned long long)identifiers[i]);
                puppet_expect_registers(&puppets, R0, &x0, 1, 3);
                ck_assert(puppets.puppet[R0].refused == (x0 != SUCCESS));
                if (x0 != SUCCESS) {
                        puppet_expect_why(&puppets, R0, "PSCI_FEATURES", "func_id");
                }
        }
}

static const uint64_t always[] = { 0xC4000001,           0x84000002, 0xC4000003,
                                   0xC4000004,           0x84000008, 0x84000009,
                                   0x8400000A,           0x80000000, UINT64_C(0xffffffff84000002),
                                   UINT64_C(0x180000000) };
static const uint64_t smc32_forms[] = { 0x84000001, 0x84000003, 0x84000004 };
static const uint64_t version[] = { 0x84000000, UINT64_C(0x184000000) };
static const uint64_t never[] = {
        0, 0x80000001, 0x84000005, 0x84010002, 0xC4000002, 0xC4000190, 0xC4000150, 0xffffffff
};

START_TEST(features)
{
        create(0, 1, 1);
        expect_features(always, 10, SUCCESS);
        expect_features(version, 2, SUCCESS);
        expect_features(smc32_forms, 3, NOT_SUPPORTED);
        expect_features(never, 8, NOT_SUPPORTED);
        destroy();
}
END_TEST

START_TEST(features_of_deployed_monitors)
{
        create(RMMSIM_QUIRK_psci_features_hides_version | RMMSIM_QUIRK_psci_smc32, 1, 1);
        expect_features(always, 10, SUCCESS);
        expect_features(version, 2, NOT_SUPPORTED);
        expect_features(smc32_forms, 3, SUCCESS);
        expect_features(never, 8, NOT_SUPPORTED);
        ck_assert_uint_eq(smc(RMMSIM_PSCI_VERSION, 0)[0], 0x10001);
        destroy();
}
END_TEST

/* ---- functions that only tell the host ---------------------------------------------------------------------------------- */

static struct rmmsim_rec_exit *suspend(uint64_t x0)
{
        const uint64_t fields[] = { 0, 0x11, 0x22, 0x33 };

        puppet_order_fields(&puppets, R0, x0, fields, 4);
        return puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI);
}

/* Whatever the power state, entry point and context, the call returns when the host enters the REC again. */
START_TEST(cpu_suspend)
{
        create(0, 2, 3);
        expect_exit(suspend(0xC4000001), 0xC4000001, 0x11, 0x22, 0x33);
        complete_refused(R0, R1, SUCCESS, "pending");
        expect_result(R0, SUCCESS);
        destroy();
}
END_TEST

START_TEST(cpu_suspend_of_deployed_monitors)
{
        create(RMMSIM_QUIRK_psci_exit_two_registers | RMMSIM_QUIRK_psci_smc32, 2, 3);
        expect_exit(suspend(0xC4000001), 0xC4000001, 0, 0, 0);
        expect_result(R0, SUCCESS);
        expect_exit(suspend(0x84000001), 0x84000001, 0, 0, 0);
        expect_result(R0, SUCCESS);
        expect_exit(suspend(UINT64_C(0xabcd0000C4000001)), UINT64_C(0xabcd0000C4000001), 0, 0, 0);
        expect_result(R0, SUCCESS);
        destroy();
}
END_TEST

START_TEST(cpu_off)
{
        create(_i == 0 ? 0 : RMMSIM_QUIRK_psci_exit_two_registers, 2, 3);
        expect_exit(cpu_off(R1), 0x84000002, 0, 0, 0);
        ck_assert_uint_eq(rec_at(R1)->pc, puppets.puppet[R1].pc_before + 4);
        expect_off(R1);
        complete_refused(R1, R0, SUCCESS, "pending");
        expect_result(R0, (affinity_info(R0, R1), complete(R0, R1, SUCCESS), OFF));
        destroy();
}
END_TEST

/* A REC that turns itself off is not missed by the others; the Realm is not over when the last one does. */
START_TEST(every_rec_off)
{
        create(0, 2, 3);
        cpu_off(R0);
        cpu_off(R1);
        expect_off(R0);
        expect_off(R1);
        destroy();
}
END_TEST

static void expect_realm_off(unsigned rec)
{
        enter_refused(rec, RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_REALM, 1), "system_off");
}

START_TEST(system_off_and_reset)
{
        uint64_t quirks = (_i & 1) == 0 ? 0 : RMMSIM_QUIRK_psci_exit_two_registers;

        create(quirks, 2, 3);
        if ((_i & 2) == 0) {
                expect_exit(system_off(R0), 0x84000008, 0, 0, 0);
        } else {
                expect_exit(system_reset(R0), 0x84000009, 0, 0, 0);
        }
        expect_realm_off(R0);
        expect_realm_off(R1);
        ck_assert(!puppets.puppet[R0].done);
        destroy();
}
END_TEST

/* ---- CPU_ON -------------------------------------------------------------------------------------------------------------- */

static void expect_cpu_on_refused(uint64_t target, uint64_t entry, uint64_t x0, const char *condition)
{
        puppet_call(&puppets, R0, psci_cpu_on, .target_cpu = target, .entry_point_address = entry,
                    .context_id = CONTEXT);
        puppet_expect_registers(&puppets, R0, &x0, 1, 3);
        puppet_expect_why(&puppets, R0, "PSCI_CPU_ON", condition);
        ck_assert_uint_eq(puppets.puppet[R0].refusal.argument_value, strcmp(condition, "entry") == 0 ? entry : target);
}

START_TEST(cpu_on_conditions)
{
        create(0, 2, 1);
        expect_cpu_on_refused(1, UNPROTECTED, INVALID_ADDRESS, "entry");
        expect_cpu_on_refused(1, UNPROTECTED << 1, INVALID_ADDRESS, "entry");
        expect_cpu_on_refused(1, UINT64_MAX, INVALID_ADDRESS, "entry");
        expect_cpu_on_refused(2, ENTRY, INVALID_PARAMETERS, "mpidr");
        expect_cpu_on_refused(0x100, ENTRY, INVALID_PARAMETERS, "mpidr");
        expect_cpu_on_refused(UINT64_MAX, ENTRY, INVALID_PARAMETERS, "mpidr");
        expect_cpu_on_refused(0, ENTRY, ALREADY_ON, "runnable");
        /* The specification does not order them; we do as deployed monitors. */
        expect_cpu_on_refused(2, UNPROTECTED, INVALID_ADDRESS, "entry");
        expect_cpu_on_refused(0, UNPROTECTED, INVALID_ADDRESS, "entry");
        /* None of them left anything behind. */
        complete_refused(R0, R1, SUCCESS, "pending");
        destroy();
}
END_TEST

START_TEST(cpu_on_exit)
{
        bool hide = _i != 0;

        create(hide ? RMMSIM_QUIRK_psci_exit_two_registers : 0, 2, 1);
        expect_exit(cpu_on(R0, R1), 0xC4000003, 1, hide ? 0 : ENTRY, hide ? 0 : CONTEXT);
        expect_pending(R0);
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        destroy();
}
END_TEST

/* The entry point is any Protected IPA: unaligned, without memory, EMPTY. What a start there meets is another matter. */
START_TEST(cpu_on_any_protected_entry)
{
        static const uint64_t entries[] = { ENTRY + 1, 0x5000, MIB2, UNPROTECTED - 1 };

        create(0, 2, 1);
        for (unsigned i = 0; i < 4; i++) {
                puppet_exit(&puppets, R0, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = 1,
                            .entry_point_address = entries[i]);
                complete(R0, R1, DENIED);
                expect_result(R0, DENIED);
        }
        destroy();
}
END_TEST

/* A target that is on is not noticed here, but by the completion. */
START_TEST(cpu_on_of_a_target_that_is_on)
{
        create(0, 2, 3);
        expect_exit(cpu_on(R0, R1), 0xC4000003, 1, ENTRY, CONTEXT);
        complete(R0, R1, SUCCESS);
        expect_result(R0, ALREADY_ON);
        destroy();
}
END_TEST

/* ---- AFFINITY_INFO -------------------------------------------------------------------------------------------------------- */

static void expect_affinity_refused(uint64_t target, uint64_t level, const char *condition)
{
        const uint64_t out[] = { INVALID_PARAMETERS };

        puppet_call(&puppets, R0, psci_affinity_info, .target_affinity = target, .lowest_affinity_level = level);
        puppet_expect_registers(&puppets, R0, out, 1, 3);
        puppet_expect_why(&puppets, R0, "PSCI_AFFINITY_INFO", condition);
}

START_TEST(affinity_info_conditions)
{
        create(0, 2, 3);
        expect_affinity_refused(1, 1, "level");
        expect_affinity_refused(1, 3, "level");
        expect_affinity_refused(1, 0x100, "level");
        expect_affinity_refused(1, 0x80000000, "level");
        expect_affinity_refused(1, 0xffffffff, "level");
        expect_affinity_refused(2, 0, "mpidr");
        expect_affinity_refused(UINT64_MAX, 0, "mpidr");
        expect_affinity_refused(2, 1, "level");
        expect_affinity_refused(0, 1, "level");
        complete_refused(R0, R1, SUCCESS, "pending");
        destroy();
}
END_TEST

START_TEST(affinity_info_exit)
{
        bool hide = _i != 0;
        struct rmmsim_rec_exit *exit;

        create(hide ? RMMSIM_QUIRK_psci_exit_two_registers : 0, 2, 3);
        exit = puppet_exit(&puppets, R0, RMMSIM_EXIT_PSCI, psci_affinity_info, .target_affinity = 1,
                           .lowest_affinity_level = UINT64_C(0x700000000));
        expect_exit(exit, 0xC4000004, 1, hide ? 0 : UINT64_C(0x700000000), 0);
        expect_pending(R0);
        complete(R0, R1, SUCCESS);
        expect_result(R0, ON);
        destroy();
}
END_TEST

/* lowest_affinity_level is 32 bits wide; deployed monitors look at 64. */
START_TEST(affinity_level_wide)
{
        create(RMMSIM_QUIRK_psci_level_wide, 2, 3);
        expect_affinity_refused(1, UINT64_C(0x100000000), "level");
        expect_affinity_refused(1, 1, "level");
        affinity_info(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, ON);
        destroy();
}
END_TEST

/* The caller is on: it learns so at once, as nobody could complete the call. */
START_TEST(affinity_info_of_itself)
{
        static const uint64_t out[] = { ON };

        create(0, 2, 3);
        puppet_call(&puppets, R1, psci_affinity_info, .target_affinity = 1);
        puppet_expect_registers(&puppets, R1, out, 1, 3);
        ck_assert(!puppets.puppet[R1].refused);
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci");
        TCase *tcase = tcase_create("psci");

        tcase_add_test(tcase, unserved_identifiers);
        tcase_add_test(tcase, unserved_identifiers_with_smc32);
        tcase_add_test(tcase, version_is_1_1);
        tcase_add_test(tcase, features);
        tcase_add_test(tcase, features_of_deployed_monitors);
        tcase_add_test(tcase, cpu_suspend);
        tcase_add_test(tcase, cpu_suspend_of_deployed_monitors);
        tcase_add_loop_test(tcase, cpu_off, 0, 2);
        tcase_add_test(tcase, every_rec_off);
        tcase_add_loop_test(tcase, system_off_and_reset, 0, 4);
        tcase_add_test(tcase, cpu_on_conditions);
        tcase_add_loop_test(tcase, cpu_on_exit, 0, 2);
        tcase_add_test(tcase, cpu_on_any_protected_entry);
        tcase_add_test(tcase, cpu_on_of_a_target_that_is_on);
        tcase_add_test(tcase, affinity_info_conditions);
        tcase_add_loop_test(tcase, affinity_info_exit, 0, 2);
        tcase_add_test(tcase, affinity_level_wide);
        tcase_add_test(tcase, affinity_info_of_itself);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
