/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_gic_end.c - how interrupts end: both EOI modes, and the ends that are only counted.
 *
 * An end for which no list register is active is the host's business. It is told by EOIcount, a counter of five bits.
 *
 * Specification: GIC (ARM IHI 0069) "Interrupt handling and prioritization", ICV_EOIR, ICV_DIR, ICH_HCR_EL2.EOIcount;
 * RMM (DEN0137) A6.1.
 */
#include "gic_fixture.h"

#include <stdlib.h>

START_TEST(eoi_mode_1_splits_drop_and_deactivation)
{
        MSR(CTLR, EOIMODE);
        inject(0, 1, 0x80, 32);
        inject(1, 1, 0xC0, 33);
        ck_assert_uint_eq(MRS(IAR1), 32);
        MSR(EOIR1, 32);
        ck_assert_uint_eq(MRS(RPR), IDLE);
        ck_assert_int_eq(state_of(0), ACTIVE);
        ck_assert_uint_eq(MRS(IAR1), 33); /* the lesser one runs before the first is deactivated */
        MSR(DIR, 32);
        ck_assert_int_eq(state_of(0), INACTIVE);
        ck_assert_int_eq(state_of(1), ACTIVE);
        ck_assert_uint_eq(MRS(RPR), 0xC0); /* DIR drops no priority */
        MSR(DIR, 33);                      /* and does not wait for the drop */
        ck_assert_int_eq(state_of(1), INACTIVE);
        MSR(EOIR1, 33);
        ck_assert_uint_eq(MRS(RPR), IDLE);
}
END_TEST

START_TEST(dir_is_ignored_in_eoi_mode_0)
{
        inject(0, 1, 0x80, 32);
        ck_assert_uint_eq(MRS(IAR1), 32);
        MSR(DIR, 32);
        ck_assert_int_eq(state_of(0), ACTIVE);
        ck_assert_uint_eq(MRS(RPR), 0x80);
}
END_TEST

/* While a handler runs, its interrupt arrives again; it is taken after the end of the first. */
START_TEST(active_and_pending)
{
        inject(0, 1, 0x80, 32);
        ck_assert_uint_eq(MRS(IAR1), 32);
        lrs[0] = interrupt(ACTIVE_PENDING, 1, 0x80, 32);
        enter(0);
        expect_signals(false, false);
        ck_assert_uint_eq(MRS(HPPIR1), SPURIOUS);
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
        MSR(EOIR1, 32);
        ck_assert_uint_eq(cpu.lrs[0], interrupt(PENDING, 1, 0x80, 32));
        expect_signals(true, false);
        ck_assert_uint_eq(MRS(IAR1), 32);
        ck_assert_int_eq(state_of(0), ACTIVE);
}
END_TEST

START_TEST(active_and_pending_waits_for_dir)
{
        MSR(CTLR, EOIMODE);
        lrs[0] = interrupt(ACTIVE_PENDING, 1, 0x80, 32);
        enter(0);
        MSR(EOIR1, 32);
        expect_signals(false, false);
        MSR(DIR, 32);
        ck_assert_int_eq(state_of(0), PENDING);
        expect_signals(true, false);
}
END_TEST

/* Ending in the wrong order frees the running priority, but not an interrupt of another priority. */
START_TEST(end_in_the_wrong_order)
{
        inject(0, 1, 0xA0, 32);
        ck_assert_uint_eq(MRS(IAR1), 32);
        inject(1, 1, 0x80, 33);
        ck_assert_uint_eq(MRS(IAR1), 33);
        MSR(EOIR1, 32);
        ck_assert_uint_eq(MRS(RPR), 0xA0);
        ck_assert_int_eq(state_of(0), ACTIVE);
        ck_assert_int_eq(state_of(1), ACTIVE);
}
END_TEST

START_TEST(end_through_the_wrong_group)
{
        inject(0, 1, 0xA0, 32);
        ck_assert_uint_eq(MRS(IAR1), 32);
        MSR(EOIR0, 32);
        ck_assert_int_eq(state_of(0), ACTIVE);
        ck_assert_uint_eq(MRS(RPR), IDLE);
}
END_TEST

/* Both groups occupy a level only if the Realm wrote it so; Group 0 is freed first. */
START_TEST(drop_prefers_group_0)
{
        MSR(AP0R0, 1u << 16);
        MSR(AP1R0, 1u << 16 | 1u << 20);
        MSR(EOIR1, 500);
        ck_assert_uint_eq(MRS(AP0R0), 0);
        ck_assert_uint_eq(MRS(AP1R0), 1u << 16 | 1u << 20);
        MSR(EOIR1, 500);
        ck_assert_uint_eq(MRS(AP1R0), 1u << 20);
        ck_assert_uint_eq(MRS(RPR), 0xA0);
}
END_TEST

/* Loop: the special INTIDs. Ending what IAR returned for "nothing" must do nothing. */
START_TEST(special_intids_end_nothing)
{
        inject(0, 1, 0xA0, 32);
        ck_assert_uint_eq(MRS(IAR1), 32);
        MSR(EOIR1, (uint64_t)_i);
        ck_assert_uint_eq(MRS(RPR), 0xA0);
        ck_assert_int_eq(state_of(0), ACTIVE);
        ck_assert_uint_eq(eoicount(), 0);
        MSR(EOIR1, 32 | 0xFF0000); /* of 24 bits only the 16 implemented count */
        ck_assert_int_eq(state_of(0), INACTIVE);
}
END_TEST

/* LPIs have no DIR: in EOImode 1 too their end is their deactivation. */
START_TEST(lpi)
{
        MSR(CTLR, EOIMODE);
        inject(0, 1, 0xA0, 8192);
        ck_assert_uint_eq(MRS(IAR1), 8192);
        MSR(EOIR1, 8192);
        ck_assert_int_eq(state_of(0), INACTIVE);
        ck_assert_uint_eq(MRS(RPR), IDLE);
}
END_TEST

START_TEST(eoicount_wraps)
{
        for (unsigned n = 0; n < 70; n++) {
                ck_assert_uint_eq(eoicount(), n % 32);
                MSR(EOIR1, 32 + n);
        }
        ck_assert_uint_eq(cpu.hcr & 0xFFFFFFFF07FFFFFF, 0x8101); /* no carry out of the field */
}
END_TEST

START_TEST(eoicount_counts_on_over_entries)
{
        MSR(EOIR0, 100);
        MSR(EOIR0, 101);
        enter(0x40FE);
        ck_assert_uint_eq(leave().hcr, 0x100040FE);
        MSR(EOIR1, 102);
        enter(0);
        ck_assert_uint_eq(leave().hcr, 0x18000000);
}
END_TEST

/* And the host that hands it back is refused. */
START_TEST(eoicount_is_not_the_hosts)
{
        struct gic_refusal why;

        MSR(EOIR1, 100);
        ck_assert(!gic_entry_valid(features, &why, leave().hcr, lrs, true));
        ck_assert_int_eq(why.rule, GIC_RULE_HCR);
        ck_assert_uint_eq(why.bits, 1u << 27);
}
END_TEST

struct end {
        uint64_t ctlr;
        uint32_t reg;
        uint64_t intid;
        unsigned counted;
};

static const struct end ends[] = {
        { 0, RMMSIM_SYSREG_ICC_EOIR0_EL1, 16, 1 },
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 1019, 1 },
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 1023, 0 }, /* special */
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 1024, 0 }, /* reserved */
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 1056, 0 }, /* of the extended range, which this machine lacks */
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 8192, 0 }, /* LPI */
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 15, 0 },   /* SGI, excepted by vSGIEOICount */
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 0, 0 },
        { 0, RMMSIM_SYSREG_ICC_DIR_EL1, 32, 0 }, /* not in this EOImode */
        { 2, RMMSIM_SYSREG_ICC_EOIR1_EL1, 32, 0 },
        { 2, RMMSIM_SYSREG_ICC_DIR_EL1, 32, 1 },
        { 2, RMMSIM_SYSREG_ICC_DIR_EL1, 8192, 0 },
        { 2, RMMSIM_SYSREG_ICC_DIR_EL1, 1022, 0 },
        { 2, RMMSIM_SYSREG_ICC_DIR_EL1, 15, 0 },
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 40, 1 }, /* pending in a list register, but not active */
        { 0, RMMSIM_SYSREG_ICC_EOIR1_EL1, 41, 0 }, /* active in one */
        { 2, RMMSIM_SYSREG_ICC_DIR_EL1, 41, 0 },
};

enum {
        NUM_ENDS = sizeof(ends) / sizeof(ends[0]),
};

START_TEST(what_eoicount_counts)
{
        lrs[0] = interrupt(PENDING, 0, 0, 40);
        lrs[1] = interrupt(ACTIVE, 0, 0, 41);
        enter(0);
        MSR(CTLR, ends[_i].ctlr);
        msr(ends[_i].reg, ends[_i].intid);
        ck_assert_uint_eq(eoicount(), ends[_i].counted);
}
END_TEST

START_TEST(eoicount_and_priority_drop)
{
        MSR(AP1R0, 0x00110000);
        MSR(EOIR1, 32); /* more active interrupts than list registers: the host keeps the rest */
        ck_assert_uint_eq(MRS(AP1R0), 0x00100000);
        ck_assert_uint_eq(eoicount(), 1);
        MSR(EOIR1, 8192); /* an LPI drops its priority and is not counted */
        ck_assert_uint_eq(MRS(AP1R0), 0);
        ck_assert_uint_eq(eoicount(), 1);
}
END_TEST

START_TEST(eoicount_in_the_extended_range)
{
        const struct gic_features extended = { .lrs = 4, .priority_bits = 5, .intid_bits = 16, .extended_range = true };

        features = &extended;
        MSR(EOIR1, 1056);
        MSR(EOIR1, 5119);
        MSR(EOIR1, 5120);
        ck_assert_uint_eq(eoicount(), 2);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("gic_end");
        TCase *tc = tcase_create("ending interrupts");

        tcase_add_test(tc, eoi_mode_1_splits_drop_and_deactivation);
        tcase_add_test(tc, dir_is_ignored_in_eoi_mode_0);
        tcase_add_test(tc, active_and_pending);
        tcase_add_test(tc, active_and_pending_waits_for_dir);
        tcase_add_test(tc, end_in_the_wrong_order);
        tcase_add_test(tc, end_through_the_wrong_group);
        tcase_add_test(tc, drop_prefers_group_0);
        tcase_add_loop_test(tc, special_intids_end_nothing, 1020, 1024);
        tcase_add_test(tc, lpi);
        tcase_add_test(tc, eoicount_wraps);
        tcase_add_test(tc, eoicount_counts_on_over_entries);
        tcase_add_test(tc, eoicount_is_not_the_hosts);
        tcase_add_loop_test(tc, what_eoicount_counts, 0, NUM_ENDS);
        tcase_add_test(tc, eoicount_and_priority_drop);
        tcase_add_test(tc, eoicount_in_the_extended_range);
        return run(suite, tc, setup_open) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
