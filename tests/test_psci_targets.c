/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_targets.c - whom an MPIDR names, and how a REC starts that was turned on.
 *
 * Also what identifiers may carry beside the function: an SVE hint, junk in the upper half of x0, the SMC32 form. The request
 * and its completion, which reads them again, must agree on what was asked.
 *
 * Specification: MpidrIsUsed, PSCI_CPU_ON, PSCI_AFFINITY_INFO; rec sheet sections 4.2 to 4.4, PSCI sheet 1.2 to 1.4.
 */
#include "psci_fixture.h"

/* ---- MPIDRs -------------------------------------------------------------------------------------------------------------- */

#define ask_affinity(rec, mpidr) puppet_order(&puppets, rec, psci_affinity_info, .target_affinity = (mpidr))
#define ask_cpu_on(rec, mpidr)                                                                                         \
        puppet_order(&puppets, rec, psci_cpu_on, .target_cpu = (mpidr), .entry_point_address = ENTRY,                  \
                     .context_id = CONTEXT)

/* Sixteen RECs share a value of Aff1: REC 16 is 0x100, and 0x10 is nobody. */
START_TEST(rec_16_is_aff1)
{
        create(0, 17, 1);
        ask_cpu_on(R0, 0x100);
        expect_exit(puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI), 0xC4000003, 0x100, ENTRY, CONTEXT);
        complete_refused(R0, 1, SUCCESS, "target");
        complete(R0, 16, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(16, ENTRY, CONTEXT);
        ask_affinity(16, 0xf);
        puppet_expect(&puppets, 16, RMMSIM_EXIT_PSCI);
        complete(16, 15, SUCCESS);
        expect_result(16, OFF);
        ask_cpu_on(16, 0x100);
        expect_result(16, ALREADY_ON);
        destroy();
}
END_TEST

/* The fields are those of MPIDR_EL1: Aff3 is at [39:32], and no two of these are the same REC. */
START_TEST(fields_that_name_nobody)
{
        static const uint64_t mpidrs[] = {
                2, 0xf, 0x100, 0x101, 0x10000, UINT64_C(0x100000000), UINT64_C(0x100000001)
        };

        create(_i == 0 ? 0 : RMMSIM_QUIRK_psci_mpidr_masked, 2, 3);
        for (unsigned i = 0; i < sizeof(mpidrs) / sizeof(mpidrs[0]); i++) {
                ask_affinity(R0, mpidrs[i]);
                expect_result(R0, INVALID_PARAMETERS);
                ask_cpu_on(R0, mpidrs[i]);
                expect_result(R0, INVALID_PARAMETERS);
        }
        destroy();
}
END_TEST

/* Bits that are no affinity field, one at a time. */
#define STRAY_BITS (~UINT64_C(0xff00ffff0f))

/* The specification compares all of the MPIDR: such a value names nobody, neither now nor at the completion. */
START_TEST(stray_bits_name_nobody)
{
        create(0, 2, 3);
        for (unsigned bit = 0; bit < 64; bit++) {
                uint64_t mpidr = 1 | UINT64_C(1) << bit;

                if ((STRAY_BITS >> bit & 1) != 0) {
                        ask_affinity(R0, mpidr);
                        expect_result(R0, INVALID_PARAMETERS);
                        puppet_expect_why(&puppets, R0, "PSCI_AFFINITY_INFO", "mpidr");
                        ask_cpu_on(R0, mpidr);
                        expect_result(R0, INVALID_PARAMETERS);
                        puppet_expect_why(&puppets, R0, "PSCI_CPU_ON", "mpidr");
                }
        }
        /* MPIDR_EL1 as the REC reads it has bit 31 set, which is no part of an argument. */
        ask_cpu_on(R0, 0x80000000);
        expect_result(R0, INVALID_PARAMETERS);
        destroy();
}
END_TEST

/* Deployed monitors do not look at them, and show them to the host as they are. */
START_TEST(stray_bits_are_masked)
{
        create(RMMSIM_QUIRK_psci_mpidr_masked, 2, 3);
        for (unsigned bit = 0; bit < 64; bit++) {
                uint64_t mpidr = 1 | UINT64_C(1) << bit;

                if ((STRAY_BITS >> bit & 1) != 0) {
                        ask_affinity(R0, mpidr);
                        expect_exit(puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI), 0xC4000004, mpidr, 0, 0);
                        complete(R0, R1, SUCCESS);
                        expect_result(R0, ON);
                }
        }
        ask_cpu_on(R0, UINT64_MAX & STRAY_BITS);
        expect_result(R0, ALREADY_ON);
        ask_affinity(R1, 0x80000000);
        puppet_expect(&puppets, R1, RMMSIM_EXIT_PSCI);
        complete(R1, R0, SUCCESS);
        expect_result(R1, ON);
        destroy();
}
END_TEST

/* ---- RECs that are gone --------------------------------------------------------------------------------------------------- */

START_TEST(a_destroyed_rec_is_nobody)
{
        create(0, 3, 1);
        destroy_rec(R1);
        ask_cpu_on(R0, 1);
        expect_result(R0, INVALID_PARAMETERS);
        ask_affinity(R0, 1);
        expect_result(R0, INVALID_PARAMETERS);
        cpu_on(R0, R2);
        complete(R0, R2, SUCCESS);
        expect_result(R0, SUCCESS);
        world_destroy(puppets.world);
}
END_TEST

/* Deployed monitors count it still: the caller asks, and nobody can answer. */
START_TEST(a_destroyed_rec_counts)
{
        create(RMMSIM_QUIRK_psci_destroyed_recs_count, 3, 1);
        destroy_rec(R1);
        cpu_on(R0, R1);
        complete_refused(R0, R1, SUCCESS, "target_state");
        complete_refused(R0, R1, DENIED, "target_state");
        complete_refused(R0, R2, SUCCESS, "target");
        expect_pending(R0);
        destroy_rec(R0);
        world_destroy(puppets.world);
}
END_TEST

START_TEST(only_recs_that_were_created_count)
{
        create(RMMSIM_QUIRK_psci_destroyed_recs_count, 3, 1);
        ask_affinity(R0, 3);
        expect_result(R0, INVALID_PARAMETERS);
        destroy();
}
END_TEST

/* ---- identifiers with something added --------------------------------------------------------------------------------------- */

#define HINT UINT64_C(0x10000)
#define JUNK UINT64_C(0xdeadbeef00000000)

static void order_raw(uint64_t x0, uint64_t x1)
{
        const uint64_t fields[] = { 0, x1, ENTRY, CONTEXT };

        puppet_order_fields(&puppets, R0, x0, fields, 4);
}

/* The host is shown the function; the completion knows it. */
START_TEST(junk_and_hint_are_not_shown)
{
        uint64_t added = _i == 0 ? JUNK : _i == 1 ? HINT : JUNK | HINT;

        create(0, 2, 1);
        order_raw(added | 0xC4000003, 1);
        expect_exit(puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI), 0xC4000003, 1, ENTRY, CONTEXT);
        complete_refused(R0, R1, 0xfffffffd, "status");
        complete(R0, R1, DENIED);
        expect_result(R0, DENIED);
        order_raw(added | 0xC4000003, 1);
        puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI);
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        order_raw(added | 0xC4000001, 1);
        expect_exit(puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI), 0xC4000001, 1, ENTRY, CONTEXT);
        order_raw(added | 0x84000002, 1);
        /* The answer of the CPU_SUSPEND comes first. */
        expect_exit(puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI), 0x84000002, 0, 0, 0);
        destroy();
}
END_TEST

START_TEST(junk_is_shown_by_deployed_monitors)
{
        create(RMMSIM_QUIRK_psci_exit_two_registers, 2, 1);
        order_raw(JUNK | 0xC4000003, 1);
        expect_exit(puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI), JUNK | 0xC4000003, 1, 0, 0);
        destroy();
}
END_TEST

START_TEST(the_hint_is_refused_by_deployed_monitors)
{
        static const uint64_t identifiers[] = { 0xC4000001, 0x84000000, 0x84000002, 0xC4000003,
                                                0xC4000004, 0x84000008, 0x8400000A };
        const uint64_t out[] = { 0, 0x10000, 0x10000 };

        create(RMMSIM_QUIRK_psci_sve_hint_refused, 2, 1);
        for (unsigned i = 0; i < 7; i++) {
                order_raw(identifiers[i] | HINT, 1);
                expect_result(R0, NOT_SUPPORTED);
        }
        /* RSI knows the hint. */
        order_raw(RMMSIM_RSI_VERSION | HINT, 0x10000);
        puppet_answer(&puppets, R0);
        puppet_expect_registers(&puppets, R0, out, 3, 16);
        destroy();
}
END_TEST

/* The SMC32 forms do the same, with all 64 bits of their arguments. */
START_TEST(smc32_forms_complete)
{
        create(RMMSIM_QUIRK_psci_smc32, 2, 1);
        puppet_order_fields(&puppets, R0, 0x84000004, (const uint64_t[]){ 0, 1, 0 }, 3);
        puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI);
        complete_refused(R0, R1, DENIED, "status");
        complete(R0, R1, SUCCESS);
        expect_result(R0, OFF);
        order_raw(0x84000003, 1);
        expect_exit(puppet_expect(&puppets, R0, RMMSIM_EXIT_PSCI), 0x84000003, 1, ENTRY, CONTEXT);
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
        destroy();
}
END_TEST

/* ---- how a REC starts --------------------------------------------------------------------------------------------------------- */

#define SCTLR_RESET    UINT64_C(0xC50878)
#define BIG_ENDIAN_EL1 (UINT64_C(1) << 25)

static void set_sctlr(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        ck_assert_int_eq(rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_SCTLR_EL1, *(uint64_t *)puppet->arg), 0);
}

static void get_sctlr(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        ck_assert_int_eq(rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_SCTLR_EL1, puppet->arg), 0);
}

/* R1 was on, has turned itself off with a pattern in its registers, and is turned on again. */
static void turn_off_and_on(void)
{
        cpu_off(R1);
        cpu_on(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, SUCCESS);
        expect_start(R1, ENTRY, CONTEXT);
}

/* x0 is the context, all 64 bits of it; the others are zero. */
START_TEST(a_target_starts_with_its_context)
{
        create(0, 2, 3);
        turn_off_and_on();
        for (unsigned i = 1; i < 31; i++) {
                ck_assert_uint_eq(puppets.puppet[R1].start_x[i], 0);
        }
        destroy();
}
END_TEST

/* Deployed monitors leave the others as CPU_OFF left them. */
START_TEST(a_target_keeps_registers)
{
        create(RMMSIM_QUIRK_psci_target_keeps_registers, 2, 3);
        turn_off_and_on();
        for (unsigned i = 1; i < 31; i++) {
                ck_assert_uint_eq(puppets.puppet[R1].start_x[i], i < 4 ? 0 : PUPPET_PATTERN(i));
        }
        destroy();
}
END_TEST

/* MMU and caches off, everything masked; the byte order is the caller's. */
START_TEST(a_target_starts_as_after_reset)
{
        uint64_t sctlr = _i == 0 ? SCTLR_RESET | 1 : SCTLR_RESET | BIG_ENDIAN_EL1 | 5;
        uint64_t noise = UINT64_C(0x30d00800) | BIG_ENDIAN_EL1;
        uint64_t seen = 0;

        create(0, 2, 3);
        puppet_order_act(&puppets, R0, set_sctlr, &sctlr);
        puppet_answer(&puppets, R0);
        puppet_order_act(&puppets, R1, set_sctlr, &noise);
        puppet_answer(&puppets, R1);
        turn_off_and_on();
        puppet_order_act(&puppets, R1, get_sctlr, &seen);
        puppet_answer(&puppets, R1);
        ck_assert_uint_eq(seen, _i == 0 ? 0xC50878 : 0x2C50878);
        ck_assert_uint_eq(rec_at(R1)->el1.pstate, 0x3c5);
        destroy();
}
END_TEST

/* A refusal that was reported before the REC was off is no news after it has started again. */
static void why_now(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        ck_assert_ptr_null(rmmsim_guest_why(vcpu));
        (void)puppet;
}

START_TEST(a_target_starts_without_refusals)
{
        create(0, 2, 3);
        ck_assert_uint_eq(puppet_x0(&puppets, R1, rsi_version, .req = 0), RMMSIM_RSI_ERROR_INPUT);
        cpu_off(R1);
        cpu_on(R0, R1);
        complete(R0, R1, SUCCESS);
        puppet_order_act(&puppets, R1, why_now, NULL);
        puppet_answer(&puppets, R1);
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_targets");
        TCase *tcase = tcase_create("psci_targets");

        tcase_add_test(tcase, rec_16_is_aff1);
        tcase_add_loop_test(tcase, fields_that_name_nobody, 0, 2);
        tcase_add_test(tcase, stray_bits_name_nobody);
        tcase_add_test(tcase, stray_bits_are_masked);
        tcase_add_test(tcase, a_destroyed_rec_is_nobody);
        tcase_add_test(tcase, a_destroyed_rec_counts);
        tcase_add_test(tcase, only_recs_that_were_created_count);
        tcase_add_loop_test(tcase, junk_and_hint_are_not_shown, 0, 3);
        tcase_add_test(tcase, junk_is_shown_by_deployed_monitors);
        tcase_add_test(tcase, the_hint_is_refused_by_deployed_monitors);
        tcase_add_test(tcase, smc32_forms_complete);
        tcase_add_test(tcase, a_target_starts_with_its_context);
        tcase_add_test(tcase, a_target_keeps_registers);
        tcase_add_loop_test(tcase, a_target_starts_as_after_reset, 0, 2);
        tcase_add_test(tcase, a_target_starts_without_refusals);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
