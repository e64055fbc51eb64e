/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_gic.c - a Realm takes interrupts: priorities, preemption, groups, binary points.
 *
 * Each test is a short story. How interrupts end is in test_gic_end.c, what the host sees in test_gic_host.c.
 *
 * Specification: GIC (ARM IHI 0069) "Interrupt handling and prioritization", ICV_ registers.
 */
#include "gic_fixture.h"

#include <stdlib.h>

START_TEST(one_interrupt)
{
        expect_signals(false, false);
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
        inject(2, 1, 0xA0, 27);
        expect_signals(true, false);
        ck_assert_uint_eq(MRS(HPPIR1), 27);
        ck_assert_uint_eq(MRS(RPR), IDLE);

        ck_assert_uint_eq(MRS(IAR1), 27);
        ck_assert_uint_eq(cpu.lrs[2], interrupt(ACTIVE, 1, 0xA0, 27));
        ck_assert_uint_eq(MRS(RPR), 0xA0);
        ck_assert_uint_eq(MRS(AP1R0), UINT32_C(1) << 20);
        ck_assert_uint_eq(MRS(AP0R0), 0);
        expect_signals(false, false);
        ck_assert_uint_eq(MRS(HPPIR1), SPURIOUS);
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);

        MSR(EOIR1, 27);
        ck_assert_uint_eq(cpu.lrs[2], interrupt(INACTIVE, 1, 0xA0, 27));
        ck_assert_uint_eq(MRS(RPR), IDLE);
        ck_assert_uint_eq(MRS(AP1R0), 0);
}
END_TEST

START_TEST(best_priority_first_then_lowest_register)
{
        inject(0, 1, 0xA0, 32);
        inject(1, 1, 0x80, 33);
        inject(2, 1, 0x80, 34);
        ck_assert_uint_eq(MRS(IAR1), 33);
        expect_signals(false, false); /* an equal does not preempt */
        MSR(EOIR1, 33);
        ck_assert_uint_eq(MRS(IAR1), 34);
        MSR(EOIR1, 34);
        ck_assert_uint_eq(MRS(IAR1), 32);
        MSR(EOIR1, 32);
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
}
END_TEST

START_TEST(nested_preemption)
{
        inject(0, 1, 0xA0, 32);
        ck_assert_uint_eq(MRS(IAR1), 32);
        inject(1, 1, 0xA8, 33);
        expect_signals(false, false);
        ck_assert_uint_eq(MRS(HPPIR1), 33); /* waiting, yet visible */
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
        inject(2, 1, 0x98, 34);
        expect_signals(true, false);
        ck_assert_uint_eq(MRS(IAR1), 34);
        inject(3, 1, 0x00, 35);
        ck_assert_uint_eq(MRS(IAR1), 35);
        ck_assert_uint_eq(MRS(RPR), 0);
        ck_assert_uint_eq(MRS(AP1R0), 1u << 0 | 1u << 19 | 1u << 20);

        MSR(EOIR1, 35);
        ck_assert_uint_eq(MRS(RPR), 0x98);
        MSR(EOIR1, 34);
        ck_assert_uint_eq(MRS(RPR), 0xA0);
        expect_signals(false, false);
        MSR(EOIR1, 32);
        ck_assert_uint_eq(MRS(IAR1), 33);
        MSR(EOIR1, 33);
        ck_assert_uint_eq(MRS(RPR), IDLE);
        for (unsigned n = 0; n < 4; n++) {
                ck_assert_int_eq(state_of(n), INACTIVE);
        }
}
END_TEST

START_TEST(priority_mask)
{
        inject(0, 1, 0x80, 32);
        MSR(PMR, 0x80);
        expect_signals(false, false);
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
        ck_assert_uint_eq(MRS(HPPIR1), 32); /* the mask does not hide it from this register */
        MSR(PMR, 0x88);
        expect_signals(true, false);
        MSR(PMR, 0x8F); /* three bits are not implemented */
        ck_assert_uint_eq(MRS(PMR), 0x88);
        MSR(PMR, 0xFF);
        ck_assert_uint_eq(MRS(PMR), 0xF8);
        inject(0, 1, 0xF8, 32); /* so the lowest priority never gets through */
        expect_signals(false, false);
}
END_TEST

START_TEST(group_enables)
{
        inject(0, 1, 0x80, 32);
        inject(1, 0, 0x90, 33);
        MSR(IGRPEN1, 0);
        expect_signals(false, true); /* a disabled group does not stand in the way */
        ck_assert_uint_eq(MRS(HPPIR1), SPURIOUS);
        ck_assert_uint_eq(MRS(HPPIR0), 33);
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
        MSR(IGRPEN1, 1);
        expect_signals(true, false);
        MSR(IGRPEN0, 0);
        expect_signals(true, false);
        MSR(IGRPEN1, 0xFE); /* bit 0 counts */
        MSR(IGRPEN0, 0xFE);
        ck_assert_uint_eq(MRS(IGRPEN0), 0);
        ck_assert_uint_eq(MRS(IGRPEN1), 0);
        expect_signals(false, false);
}
END_TEST

START_TEST(group_0_is_fiq)
{
        inject(0, 0, 0x40, 40);
        inject(1, 1, 0x80, 41);
        expect_signals(false, true);
        ck_assert_uint_eq(MRS(HPPIR0), 40);
        ck_assert_uint_eq(MRS(HPPIR1), SPURIOUS); /* the best of all is not of this group */
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
        ck_assert_uint_eq(MRS(IAR0), 40);
        ck_assert_uint_eq(MRS(AP0R0), 1u << 8);
        ck_assert_uint_eq(MRS(AP1R0), 0);
        ck_assert_uint_eq(MRS(RPR), 0x40);
        expect_signals(false, false);
        MSR(EOIR0, 40);
        ck_assert_int_eq(state_of(0), INACTIVE);
        ck_assert_uint_eq(MRS(IAR0), SPURIOUS);
        ck_assert_uint_eq(MRS(IAR1), 41);
}
END_TEST

START_TEST(groups_preempt_each_other)
{
        inject(0, 1, 0x80, 40);
        ck_assert_uint_eq(MRS(IAR1), 40);
        inject(1, 0, 0x80, 41);
        expect_signals(false, false);
        inject(1, 0, 0x78, 41);
        expect_signals(false, true);
        ck_assert_uint_eq(MRS(IAR0), 41);
        ck_assert_uint_eq(MRS(RPR), 0x78);
        MSR(EOIR0, 41);
        ck_assert_uint_eq(MRS(RPR), 0x80);
}
END_TEST

/*
 * Loop: Group 0, then Group 1. 0xA0 and 0xA8 differ in bit 3. The finest split, BPR0 = 2 or BPR1 = 3, keeps bit 3 in
 * the group priority; one coarser, and they are equals.
 */
START_TEST(binary_point)
{
        const unsigned group = (unsigned)_i;
        const uint32_t bpr = group ? RMMSIM_SYSREG_ICC_BPR1_EL1 : RMMSIM_SYSREG_ICC_BPR0_EL1;
        const uint32_t iar = group ? RMMSIM_SYSREG_ICC_IAR1_EL1 : RMMSIM_SYSREG_ICC_IAR0_EL1;
        const uint32_t eoir = group ? RMMSIM_SYSREG_ICC_EOIR1_EL1 : RMMSIM_SYSREG_ICC_EOIR0_EL1;

        inject(0, group, 0xA8, 32);
        ck_assert_uint_eq(mrs(iar), 32);
        inject(1, group, 0xA0, 33);
        expect_signals(group == 1, group == 0);
        msr(eoir, 32);

        msr(bpr, 3 + group);
        lrs[0] = interrupt(PENDING, group, 0xA8, 32);
        lrs[1] = 0;
        enter(0);
        ck_assert_uint_eq(mrs(iar), 32);
        ck_assert_uint_eq(MRS(RPR), 0xA0); /* the group priority runs */
        inject(1, group, 0xA0, 33);
        expect_signals(false, false);
        inject(1, group, 0x98, 33);
        expect_signals(group == 1, group == 0);
        msr(eoir, 32);
        ck_assert_int_eq(state_of(0), INACTIVE);
        ck_assert_uint_eq(MRS(RPR), IDLE);
}
END_TEST

/* A coarser split, written while a handler runs, holds for what runs as well. */
START_TEST(binary_point_changed_while_active)
{
        inject(0, 1, 0xA8, 32);
        ck_assert_uint_eq(MRS(IAR1), 32);
        inject(1, 1, 0xA0, 33);
        expect_signals(true, false);
        MSR(BPR1, 4);
        expect_signals(false, false);
        ck_assert_uint_eq(MRS(RPR), 0xA8);
}
END_TEST

/* Subpriority chooses among the pending even where it does not preempt. */
START_TEST(subpriority_orders_the_pending)
{
        MSR(BPR1, 7); /* one group bit */
        inject(0, 1, 0x38, 32);
        inject(1, 1, 0x30, 33);
        ck_assert_uint_eq(MRS(IAR1), 33);
        ck_assert_uint_eq(MRS(RPR), 0);
        expect_signals(false, false);
        MSR(EOIR1, 33);
        ck_assert_uint_eq(MRS(IAR1), 32);
}
END_TEST

/* BPR0 = 7 leaves no group priority at all: every Group 0 interrupt runs at level 0 and nothing preempts it. */
START_TEST(no_group_priority)
{
        MSR(BPR0, 7);
        inject(0, 0, 0xF0, 32);
        ck_assert_uint_eq(MRS(IAR0), 32);
        ck_assert_uint_eq(MRS(RPR), 0);
        ck_assert_uint_eq(MRS(AP0R0), 1);
        inject(1, 0, 0x00, 33);
        inject(2, 1, 0x00, 34);
        expect_signals(false, false);
        MSR(EOIR0, 32);
        ck_assert_int_eq(state_of(0), INACTIVE);
        expect_signals(false, true);
}
END_TEST

START_TEST(binary_point_minimum)
{
        for (unsigned value = 0; value < 16; value++) {
                MSR(BPR0, value);
                ck_assert_uint_eq(MRS(BPR0), value % 8 < 2 ? 2 : value % 8);
                MSR(BPR1, value);
                ck_assert_uint_eq(MRS(BPR1), value % 8 < 3 ? 3 : value % 8);
        }
}
END_TEST

START_TEST(common_binary_point)
{
        MSR(BPR0, 3);
        MSR(BPR1, 6);
        MSR(CTLR, CBPR);
        ck_assert_uint_eq(MRS(BPR1), 4);
        MSR(BPR1, 7); /* ignored */
        ck_assert_uint_eq(MRS(BPR1), 4);
        ck_assert_uint_eq(MRS(BPR0), 3);
        inject(0, 1, 0xA8, 32); /* Group 1 now splits as BPR0 = 3 says: bits 7 to 4 */
        ck_assert_uint_eq(MRS(IAR1), 32);
        ck_assert_uint_eq(MRS(RPR), 0xA0);
        inject(1, 1, 0x90, 33); /* equal under BPR1 = 6, better under BPR0 = 3 */
        expect_signals(true, false);
        MSR(EOIR1, 32);
        ck_assert_int_eq(state_of(0), INACTIVE);
        MSR(BPR0, 7);
        ck_assert_uint_eq(MRS(BPR1), 7); /* saturates */
        MSR(CTLR, 0);
        ck_assert_uint_eq(MRS(BPR1), 6);
}
END_TEST

/* En is the RMM's and set whenever a Realm runs; without it nothing is signalled. */
START_TEST(interface_disabled)
{
        inject(0, 1, 0xA0, 32);
        cpu.hcr &= ~GIC_HCR_EN;
        expect_signals(false, false);
        ck_assert_uint_eq(MRS(IAR1), SPURIOUS);
}
END_TEST

/* Eight priority bits of which seven preempt: 128 levels, and 0xFE shares the last with 0xFF. */
START_TEST(finest_priorities)
{
        const struct gic_features fine = { .lrs = 4, .priority_bits = 8, .intid_bits = 16 };

        features = &fine;
        gic_reset(&cpu, features);
        ck_assert_uint_eq(leave().vmcr, 0x00040008); /* smallest binary points 0 and 1 */
        MSR(PMR, 0xFF);
        MSR(IGRPEN1, 1);
        lrs[0] = interrupt(PENDING, 1, 0xFE, 32);
        lrs[1] = interrupt(PENDING, 1, 0xFF, 33); /* not below the mask */
        enter(0);
        ck_assert_uint_eq(MRS(IAR1), 32);
        ck_assert_uint_eq(MRS(AP1R3), 0x80000000);
        ck_assert_uint_eq(MRS(RPR), 0xFE);
        lrs[2] = interrupt(PENDING, 1, 0x43, 34); /* priority 0x43 runs as 0x42: level 33 */
        lrs[0] = cpu.lrs[0];
        enter(0);
        ck_assert_uint_eq(MRS(IAR1), 34);
        ck_assert_uint_eq(MRS(RPR), 0x42);
        ck_assert_uint_eq(MRS(AP1R1), 0x2);
        MSR(EOIR1, 34);
        MSR(EOIR1, 32);
        ck_assert_uint_eq(MRS(RPR), 0xFF);
        ck_assert_uint_eq(cpu.lrs[2] >> 62, 0);
        ck_assert_uint_eq(cpu.lrs[0] >> 62, 0);
        ck_assert_uint_eq(MRS(IAR1), 1023);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("gic");
        TCase *tc = tcase_create("taking interrupts");

        tcase_add_test(tc, one_interrupt);
        tcase_add_test(tc, best_priority_first_then_lowest_register);
        tcase_add_test(tc, nested_preemption);
        tcase_add_test(tc, priority_mask);
        tcase_add_test(tc, group_enables);
        tcase_add_test(tc, group_0_is_fiq);
        tcase_add_test(tc, groups_preempt_each_other);
        tcase_add_loop_test(tc, binary_point, 0, 2);
        tcase_add_test(tc, binary_point_changed_while_active);
        tcase_add_test(tc, subpriority_orders_the_pending);
        tcase_add_test(tc, no_group_priority);
        tcase_add_test(tc, binary_point_minimum);
        tcase_add_test(tc, common_binary_point);
        tcase_add_test(tc, interface_disabled);
        tcase_add_test(tc, finest_priorities);
        return run(suite, tc, setup_open) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
