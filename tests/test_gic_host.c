/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_gic_host.c - the virtual CPU interface between host and Realm: entry, exit, maintenance, registers.
 *
 * Specification: RMM (DEN0137) A6.1 "Realm interrupts", RmiRecEnter, RmiRecExit; GIC (ARM IHI 0069), ICH_HCR_EL2,
 * ICH_MISR_EL2, ICH_VMCR_EL2, ICH_EISR_EL2, ICH_ELRSR_EL2.
 */
#include "gic_fixture.h"

#include <stdlib.h>

enum {
        MISR_EOI = 1 << 0,
        MISR_U = 1 << 1,
        MISR_LRENP = 1 << 2,
        MISR_NP = 1 << 3,
        MISR_VGRP0E = 1 << 4,
        MISR_VGRP0D = 1 << 5,
        MISR_VGRP1E = 1 << 6,
        MISR_VGRP1D = 1 << 7,
        TDIR = 1 << 14,
};

START_TEST(hcr_at_entry_and_exit)
{
        ck_assert_uint_eq(cpu.hcr, 0x8101); /* a new REC */
        enter(0x40FE);
        ck_assert_uint_eq(cpu.hcr, 0xC1FF);
        ck_assert_uint_eq(leave().hcr, 0x40FE);
        enter(0);
        ck_assert_uint_eq(cpu.hcr, 0x8101);
        ck_assert_uint_eq(leave().hcr, 0);
}
END_TEST

/* Loop: each of the host's bits comes and goes alone. */
START_TEST(hcr_bit_round_trip)
{
        const uint64_t bit = UINT64_C(1) << _i & 0x40FE;

        enter(0x40FE & ~bit);
        enter(bit);
        ck_assert_uint_eq(cpu.hcr, 0x8101 | bit);
        ck_assert_uint_eq(leave().hcr, bit);
}
END_TEST

START_TEST(list_registers_round_trip)
{
        struct gic_exit exit;

        for (unsigned n = 0; n < GIC_LRS_MAX; n++) {
                lrs[n] = interrupt(n % 2 ? ACTIVE : PENDING, 1, 0xA8, 40 + n) | LR_EOI;
        }
        lrs[3] = 0x10A8020000000029; /* inactive leftovers come back as well */
        enter(0);
        exit = leave();
        for (unsigned n = 0; n < GIC_LRS_MAX; n++) {
                ck_assert_uint_eq(exit.lrs[n], n < 4 ? lrs[n] : 0);
        }
        memset(lrs, 0, sizeof(lrs));
        enter(0);
        ck_assert_uint_eq(leave().lrs[0], 0);
}
END_TEST

START_TEST(vmcr_composition)
{
        ck_assert_uint_eq(leave().vmcr, 0x004C0008); /* smallest binary points 2 and 3, VFIQEn */
        MSR(IGRPEN0, 1);
        ck_assert_uint_eq(leave().vmcr, 0x004C0009);
        MSR(IGRPEN1, 1);
        ck_assert_uint_eq(leave().vmcr, 0x004C000B);
        MSR(PMR, 0xF0);
        ck_assert_uint_eq(leave().vmcr, 0xF04C000B);
        MSR(BPR0, 3);
        ck_assert_uint_eq(leave().vmcr, 0xF06C000B);
        MSR(BPR1, 5);
        ck_assert_uint_eq(leave().vmcr, 0xF074000B);
        MSR(CTLR, 1);
        ck_assert_uint_eq(leave().vmcr, 0xF074001B);
        MSR(CTLR, 2);
        ck_assert_uint_eq(leave().vmcr, 0xF074020B);
        MSR(IGRPEN0, 0);
        MSR(IGRPEN1, 0);
        ck_assert_uint_eq(leave().vmcr, 0xF0740208);
}
END_TEST

START_TEST(the_realms_half_survives)
{
        MSR(PMR, 0xF0);
        MSR(IGRPEN1, 1);
        MSR(CTLR, 3);
        MSR(AP0R0, 0x80000001);
        MSR(AP1R0, 0x00100000);
        enter(0x40FE);
        enter(0);
        ck_assert_uint_eq(leave().vmcr, 0xF04C021A);
        ck_assert_uint_eq(MRS(AP0R0), 0x80000001);
        ck_assert_uint_eq(MRS(AP1R0), 0x00100000);
}
END_TEST

START_TEST(small_and_plain)
{
        ck_assert_uint_le(sizeof(struct gic_cpu), 400);
}
END_TEST

START_TEST(maintenance_eoi)
{
        lrs[1] = interrupt(PENDING, 1, 0x80, 32) | LR_EOI;
        lrs[2] = LR_EOI;         /* ended before it began: the host wrote it so */
        lrs[3] = LR_EOI | LR_HW; /* with HW set, bit 41 is of a physical INTID */
        enter(0);
        MSR(PMR, 0xFF);
        MSR(IGRPEN1, 1);
        ck_assert_uint_eq(leave().misr, MISR_EOI);
        ck_assert_uint_eq(gic_eisr(&cpu, features), 0x4);
        lrs[2] = 0;
        enter(0);
        ck_assert_uint_eq(leave().misr, 0);
        ck_assert(!gic_maintenance_pending(&cpu, features));
        ck_assert_uint_eq(MRS(IAR1), 32);
        ck_assert_uint_eq(leave().misr, 0);
        MSR(EOIR1, 32);
        ck_assert_uint_eq(leave().misr, MISR_EOI);
        ck_assert_uint_eq(gic_eisr(&cpu, features), 0x2);
        ck_assert(gic_maintenance_pending(&cpu, features));
        ck_assert_uint_eq(gic_elrsr(&cpu, features), 0xD); /* register 1 still has news for the host */
}
END_TEST

/* Loop: none, one, two and three registers in use, in each valid state. */
START_TEST(maintenance_underflow)
{
        for (uint64_t state = 1; state <= 3; state++) {
                for (int n = 0; n < 4; n++) {
                        lrs[n] = n < _i ? state << 62 | (32 + (uint64_t)n) : 5;
                }
                enter(1 << 1);
                ck_assert_uint_eq(leave().misr, _i <= 1 ? MISR_U : 0);
                enter(0);
                ck_assert_uint_eq(leave().misr, 0);
        }
}
END_TEST

START_TEST(maintenance_underflow_needs_no_second_register)
{
        const struct gic_features one = { .lrs = 1, .priority_bits = 5, .intid_bits = 16 };

        features = &one;
        lrs[0] = interrupt(PENDING, 0, 0, 32);
        enter(1 << 1);
        ck_assert_uint_eq(leave().misr, MISR_U);
}
END_TEST

/* Loop: the four states. Only "pending" is pending. */
START_TEST(maintenance_no_pending)
{
        lrs[3] = (uint64_t)_i << 62 | 32;
        lrs[0] = interrupt(ACTIVE, 0, 0, 33);
        enter(1 << 3);
        ck_assert_uint_eq(leave().misr, _i == 1 ? 0 : MISR_NP);
        ck_assert_int_eq(gic_maintenance_pending(&cpu, features), _i != 1);
}
END_TEST

START_TEST(maintenance_no_entry)
{
        enter(1 << 2);
        ck_assert_uint_eq(leave().misr, 0);
        MSR(EOIR1, 100);
        ck_assert_uint_eq(leave().misr, MISR_LRENP);
        enter(0);
        ck_assert_uint_eq(leave().misr, 0);
}
END_TEST

/* Loop: which groups the Realm has enabled. */
START_TEST(maintenance_groups)
{
        const bool group0 = _i & 1, group1 = _i & 2;

        MSR(IGRPEN0, group0);
        MSR(IGRPEN1, group1);
        enter(0xF0);
        ck_assert_uint_eq(leave().misr, (group0 ? MISR_VGRP0E : MISR_VGRP0D) | (group1 ? MISR_VGRP1E : MISR_VGRP1D));
        enter(1 << 4);
        ck_assert_uint_eq(leave().misr, group0 ? MISR_VGRP0E : 0);
        enter(1 << 5);
        ck_assert_uint_eq(leave().misr, group0 ? 0 : MISR_VGRP0D);
        enter(1 << 6);
        ck_assert_uint_eq(leave().misr, group1 ? MISR_VGRP1E : 0);
        enter(1 << 7);
        ck_assert_uint_eq(leave().misr, group1 ? 0 : MISR_VGRP1D);
}
END_TEST

START_TEST(maintenance_needs_the_interface)
{
        enter(1 << 1);
        ck_assert(gic_maintenance_pending(&cpu, features));
        cpu.hcr &= ~UINT64_C(1);
        ck_assert(!gic_maintenance_pending(&cpu, features));
}
END_TEST

START_TEST(empty_list_registers)
{
        lrs[0] = interrupt(PENDING, 0, 0, 32);
        lrs[1] = interrupt(ACTIVE, 0, 0, 33);
        lrs[2] = LR_EOI;
        lrs[3] = LR_EOI | LR_HW;
        enter(0);
        ck_assert_uint_eq(gic_elrsr(&cpu, features), 0x8);
        lrs[3] = 34;
        lrs[2] = interrupt(ACTIVE_PENDING, 0, 0, 35);
        enter(0);
        ck_assert_uint_eq(gic_elrsr(&cpu, features), 0x8);
}
END_TEST

START_TEST(trapped_writes)
{
        const uint32_t sgis[] = { RMMSIM_SYSREG_ICC_SGI0R_EL1, RMMSIM_SYSREG_ICC_SGI1R_EL1,
                                  RMMSIM_SYSREG_ICC_ASGI1R_EL1 };
        struct gic_cpu before;

        lrs[0] = interrupt(ACTIVE, 0, 0, 32);
        enter(TDIR);
        MSR(CTLR, 2);
        before = cpu;
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(gic_sysreg_write(&cpu, features, sgis[i], 1), SYSREG_TRAP_HOST);
        }
        ck_assert_int_eq(gic_sysreg_write(&cpu, features, RMMSIM_SYSREG_ICC_DIR_EL1, 32), SYSREG_TRAP_HOST);
        ck_assert_mem_eq(&cpu, &before, sizeof(cpu));
        enter(0);
        MSR(DIR, 32);
        ck_assert_uint_eq(cpu.lrs[0], 32);
}
END_TEST

START_TEST(write_only_read_only_and_foreign)
{
        const uint32_t write_only[] = { RMMSIM_SYSREG_ICC_EOIR0_EL1, RMMSIM_SYSREG_ICC_EOIR1_EL1,
                                        RMMSIM_SYSREG_ICC_DIR_EL1,   RMMSIM_SYSREG_ICC_SGI0R_EL1,
                                        RMMSIM_SYSREG_ICC_SGI1R_EL1, RMMSIM_SYSREG_ICC_ASGI1R_EL1 };
        const uint32_t read_only[] = { RMMSIM_SYSREG_ICC_IAR0_EL1, RMMSIM_SYSREG_ICC_IAR1_EL1,
                                       RMMSIM_SYSREG_ICC_HPPIR0_EL1, RMMSIM_SYSREG_ICC_HPPIR1_EL1,
                                       RMMSIM_SYSREG_ICC_RPR_EL1 };
        const uint32_t foreign[] = { RMMSIM_SYSREG_CNTV_CTL_EL0, RMMSIM_SYSREG_ISR_EL1, RMMSIM_SYSREG_VBAR_EL1,
                                     RMMSIM_SYSREG(3, 0, 12, 9, 4), RMMSIM_SYSREG(3, 0, 12, 9, 5) /* NMIAR1 */ };
        const struct gic_cpu before = cpu;
        uint64_t value = 77;

        for (int i = 0; i < 6; i++) {
                ck_assert_int_eq(gic_sysreg_read(&cpu, features, &value, write_only[i]), SYSREG_UNDEFINED);
        }
        for (int i = 0; i < 5; i++) {
                ck_assert_int_eq(gic_sysreg_write(&cpu, features, read_only[i], 1), SYSREG_UNDEFINED);
        }
        for (int i = 0; i < 5; i++) {
                ck_assert_int_eq(gic_sysreg_read(&cpu, features, &value, foreign[i]), SYSREG_NOT_HERE);
                ck_assert_int_eq(gic_sysreg_write(&cpu, features, foreign[i], 1), SYSREG_NOT_HERE);
        }
        ck_assert_uint_eq(value, 77);
        ck_assert_mem_eq(&cpu, &before, sizeof(cpu));
}
END_TEST

START_TEST(control_and_enable_registers)
{
        const struct gic_features big = { .lrs = 16, .priority_bits = 8, .intid_bits = 24, .extended_range = true };

        ck_assert_uint_eq(MRS(CTLR), 0x8400); /* A3V, five priority bits, 16-bit INTIDs */
        MSR(CTLR, UINT64_MAX);
        ck_assert_uint_eq(MRS(CTLR), 0x8403);
        MSR(SRE, 0);
        ck_assert_uint_eq(MRS(SRE), 7);
        MSR(IGRPEN0, 1);
        ck_assert_uint_eq(MRS(IGRPEN0), 1);
        ck_assert_uint_eq(MRS(IGRPEN1), 0);
        features = &big;
        ck_assert_uint_eq(MRS(CTLR), 0x88F03);
}
END_TEST

/* Loop: five, six and seven preemption bits: one, two and four active priorities registers a group. */
START_TEST(active_priorities_registers)
{
        const struct gic_features f = {
                .lrs = 4, .priority_bits = 8, .preemption_bits = (uint8_t)_i, .intid_bits = 16
        };
        const unsigned implemented = 1u << (_i - 5);
        uint64_t value;

        for (unsigned group = 0; group < 2; group++) {
                for (unsigned n = 0; n < 4; n++) {
                        const uint32_t reg =
                                group ? RMMSIM_SYSREG_ICC_AP1R0_EL1 + (n << 5) : RMMSIM_SYSREG_ICC_AP0R0_EL1 + (n << 5);
                        const enum sysreg_access expected = n < implemented ? SYSREG_DONE : SYSREG_UNDEFINED;
                        const uint32_t pattern = 0xA5000001 + n * 16 + group;

                        value = 77;
                        ck_assert_int_eq(gic_sysreg_write(&cpu, &f, reg, pattern), expected);
                        ck_assert_int_eq(gic_sysreg_read(&cpu, &f, &value, reg), expected);
                        ck_assert_uint_eq(value, n < implemented ? pattern : 77);
                        ck_assert_uint_eq(cpu.aprs[group][n], n < implemented ? pattern : 0);
                }
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("gic_host");
        TCase *tc = tcase_create("between host and Realm");

        tcase_add_test(tc, hcr_at_entry_and_exit);
        tcase_add_loop_test(tc, hcr_bit_round_trip, 0, 16);
        tcase_add_test(tc, list_registers_round_trip);
        tcase_add_test(tc, vmcr_composition);
        tcase_add_test(tc, the_realms_half_survives);
        tcase_add_test(tc, small_and_plain);
        tcase_add_test(tc, maintenance_eoi);
        tcase_add_loop_test(tc, maintenance_underflow, 0, 4);
        tcase_add_test(tc, maintenance_underflow_needs_no_second_register);
        tcase_add_loop_test(tc, maintenance_no_pending, 0, 4);
        tcase_add_test(tc, maintenance_no_entry);
        tcase_add_loop_test(tc, maintenance_groups, 0, 4);
        tcase_add_test(tc, maintenance_needs_the_interface);
        tcase_add_test(tc, empty_list_registers);
        tcase_add_test(tc, trapped_writes);
        tcase_add_test(tc, write_only_read_only_and_foreign);
        tcase_add_test(tc, control_and_enable_registers);
        tcase_add_loop_test(tc, active_priorities_registers, 5, 8);
        return run(suite, tc, setup_new) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
