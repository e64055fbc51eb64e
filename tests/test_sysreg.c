/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_sysreg.c - the names of system registers, held against what an assembler makes of them.
 *
 * The instruction words below are "mrs x0, NAME", or "msr NAME, x0" for write-only registers, as an LLVM assembler
 * encodes them; the library had no part in them. Registers younger than that assembler are checked against the
 * encoding tables of ARM DDI 0487 instead.
 */
#include <rmmsim/sysreg.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

struct word {
        uint32_t reg;
        uint32_t instruction;
        const char *name;
};

#define WORD(name, instruction)                                                                                        \
        {                                                                                                              \
                RMMSIM_SYSREG_##name, instruction, #name                                                               \
        }

/* clang-format off */
static const struct word words[] = {
        WORD(ICC_PMR_EL1, 0xD5384600),
        WORD(ICC_IAR0_EL1, 0xD538C800),
        WORD(ICC_EOIR0_EL1, 0xD518C820),
        WORD(ICC_HPPIR0_EL1, 0xD538C840),
        WORD(ICC_BPR0_EL1, 0xD538C860),
        WORD(ICC_AP0R0_EL1, 0xD538C880),
        WORD(ICC_AP0R1_EL1, 0xD538C8A0),
        WORD(ICC_AP0R2_EL1, 0xD538C8C0),
        WORD(ICC_AP0R3_EL1, 0xD538C8E0),
        WORD(ICC_AP1R0_EL1, 0xD538C900),
        WORD(ICC_AP1R1_EL1, 0xD538C920),
        WORD(ICC_AP1R2_EL1, 0xD538C940),
        WORD(ICC_AP1R3_EL1, 0xD538C960),
        WORD(ICC_DIR_EL1, 0xD518CB20),
        WORD(ICC_RPR_EL1, 0xD538CB60),
        WORD(ICC_SGI1R_EL1, 0xD518CBA0),
        WORD(ICC_ASGI1R_EL1, 0xD518CBC0),
        WORD(ICC_SGI0R_EL1, 0xD518CBE0),
        WORD(ICC_IAR1_EL1, 0xD538CC00),
        WORD(ICC_EOIR1_EL1, 0xD518CC20),
        WORD(ICC_HPPIR1_EL1, 0xD538CC40),
        WORD(ICC_BPR1_EL1, 0xD538CC60),
        WORD(ICC_CTLR_EL1, 0xD538CC80),
        WORD(ICC_SRE_EL1, 0xD538CCA0),
        WORD(ICC_IGRPEN0_EL1, 0xD538CCC0),
        WORD(ICC_IGRPEN1_EL1, 0xD538CCE0),
        WORD(CNTKCTL_EL1, 0xD538E100),
        WORD(CNTFRQ_EL0, 0xD53BE000),
        WORD(CNTPCT_EL0, 0xD53BE020),
        WORD(CNTVCT_EL0, 0xD53BE040),
        WORD(CNTP_TVAL_EL0, 0xD53BE200),
        WORD(CNTP_CTL_EL0, 0xD53BE220),
        WORD(CNTP_CVAL_EL0, 0xD53BE240),
        WORD(CNTV_TVAL_EL0, 0xD53BE300),
        WORD(CNTV_CTL_EL0, 0xD53BE320),
        WORD(CNTV_CVAL_EL0, 0xD53BE340),
        WORD(MIDR_EL1, 0xD5380000),
        WORD(MPIDR_EL1, 0xD53800A0),
        WORD(REVIDR_EL1, 0xD53800C0),
        WORD(ID_AA64PFR0_EL1, 0xD5380400),
        WORD(ID_AA64PFR1_EL1, 0xD5380420),
        WORD(ID_AA64ZFR0_EL1, 0xD5380480),
        WORD(ID_AA64SMFR0_EL1, 0xD53804A0),
        WORD(ID_AA64DFR0_EL1, 0xD5380500),
        WORD(ID_AA64DFR1_EL1, 0xD5380520),
        WORD(ID_AA64AFR0_EL1, 0xD5380580),
        WORD(ID_AA64AFR1_EL1, 0xD53805A0),
        WORD(ID_AA64ISAR0_EL1, 0xD5380600),
        WORD(ID_AA64ISAR1_EL1, 0xD5380620),
        WORD(ID_AA64ISAR2_EL1, 0xD5380640),
        WORD(ID_AA64MMFR0_EL1, 0xD5380700),
        WORD(ID_AA64MMFR1_EL1, 0xD5380720),
        WORD(ID_AA64MMFR2_EL1, 0xD5380740),
        WORD(CCSIDR_EL1, 0xD5390000),
        WORD(CLIDR_EL1, 0xD5390020),
        WORD(AIDR_EL1, 0xD53900E0),
        WORD(CSSELR_EL1, 0xD53A0000),
        WORD(CTR_EL0, 0xD53B0020),
        WORD(DCZID_EL0, 0xD53B00E0),
        WORD(SCTLR_EL1, 0xD5381000),
        WORD(ACTLR_EL1, 0xD5381020),
        WORD(CPACR_EL1, 0xD5381040),
        WORD(ZCR_EL1, 0xD5381200),
        WORD(TTBR0_EL1, 0xD5382000),
        WORD(TTBR1_EL1, 0xD5382020),
        WORD(TCR_EL1, 0xD5382040),
        WORD(SPSR_EL1, 0xD5384000),
        WORD(ELR_EL1, 0xD5384020),
        WORD(SP_EL0, 0xD5384100),
        WORD(NZCV, 0xD53B4200),
        WORD(DAIF, 0xD53B4220),
        WORD(FPCR, 0xD53B4400),
        WORD(FPSR, 0xD53B4420),
        WORD(AFSR0_EL1, 0xD5385100),
        WORD(AFSR1_EL1, 0xD5385120),
        WORD(ESR_EL1, 0xD5385200),
        WORD(FAR_EL1, 0xD5386000),
        WORD(PAR_EL1, 0xD5387400),
        WORD(MAIR_EL1, 0xD538A200),
        WORD(AMAIR_EL1, 0xD538A300),
        WORD(VBAR_EL1, 0xD538C000),
        WORD(ISR_EL1, 0xD538C100),
        WORD(DISR_EL1, 0xD538C120),
        WORD(CONTEXTIDR_EL1, 0xD538D020),
        WORD(TPIDR_EL1, 0xD538D080),
        WORD(TPIDR_EL0, 0xD53BD040),
        WORD(TPIDRRO_EL0, 0xD53BD060),
        WORD(MDCCINT_EL1, 0xD5300200),
        WORD(MDSCR_EL1, 0xD5300240),
        WORD(OSLAR_EL1, 0xD5101080),
        WORD(OSLSR_EL1, 0xD5301180),
        WORD(OSDLR_EL1, 0xD5301380),
        WORD(PMCR_EL0, 0xD53B9C00),
        WORD(PMCNTENSET_EL0, 0xD53B9C20),
        WORD(PMCNTENCLR_EL0, 0xD53B9C40),
        WORD(PMOVSCLR_EL0, 0xD53B9C60),
        WORD(PMSWINC_EL0, 0xD51B9C80),
        WORD(PMSELR_EL0, 0xD53B9CA0),
        WORD(PMCEID0_EL0, 0xD53B9CC0),
        WORD(PMCEID1_EL0, 0xD53B9CE0),
        WORD(PMCCNTR_EL0, 0xD53B9D00),
        WORD(PMXEVTYPER_EL0, 0xD53B9D20),
        WORD(PMXEVCNTR_EL0, 0xD53B9D40),
        WORD(PMUSERENR_EL0, 0xD53B9E00),
        WORD(PMINTENSET_EL1, 0xD5389E20),
        WORD(PMINTENCLR_EL1, 0xD5389E40),
        WORD(PMOVSSET_EL0, 0xD53B9E60),
        WORD(PMMIR_EL1, 0xD5389EC0),
        WORD(PMCCFILTR_EL0, 0xD53BEFE0),
};
/* clang-format on */

static const uint32_t all[] = {
#define SYSREG(name, op0, op1, crn, crm, op2) RMMSIM_SYSREG_##name,
#include <rmmsim/spec/sysreg.def>
};

enum {
        NUM_WORDS = sizeof(words) / sizeof(words[0]),
        NUM_ALL = sizeof(all) / sizeof(all[0]),
        NUM_YOUNG = 6,
        NUM_COUNTERS = 31,
};

START_TEST(an_assembler_agrees)
{
        const struct word *w = &words[_i];

        ck_assert_uint_eq(w->reg, w->instruction & RMMSIM_SYSREG_MASK);
        ck_assert_str_eq(rmmsim_sysreg_name(w->reg), w->name);
}
END_TEST

START_TEST(young_registers)
{
        ck_assert_uint_eq(RMMSIM_SYSREG_ID_AA64PFR2_EL1, RMMSIM_SYSREG(3, 0, 0, 4, 2));
        ck_assert_uint_eq(RMMSIM_SYSREG_ID_AA64FPFR0_EL1, RMMSIM_SYSREG(3, 0, 0, 4, 7));
        ck_assert_uint_eq(RMMSIM_SYSREG_ID_AA64DFR2_EL1, RMMSIM_SYSREG(3, 0, 0, 5, 2));
        ck_assert_uint_eq(RMMSIM_SYSREG_ID_AA64ISAR3_EL1, RMMSIM_SYSREG(3, 0, 0, 6, 3));
        ck_assert_uint_eq(RMMSIM_SYSREG_ID_AA64MMFR3_EL1, RMMSIM_SYSREG(3, 0, 0, 7, 3));
        ck_assert_uint_eq(RMMSIM_SYSREG_ID_AA64MMFR4_EL1, RMMSIM_SYSREG(3, 0, 0, 7, 4));
}
END_TEST

/* CRm and op2 hold the counter's number: PMEVCNTR is CRm 8 and up, PMEVTYPER CRm 12 and up. */
START_TEST(event_counters)
{
        char name[32];

        snprintf(name, sizeof(name), "PMEVCNTR%d_EL0", _i);
        ck_assert_str_eq(rmmsim_sysreg_name(RMMSIM_SYSREG(3, 3, 14, 8 + _i / 8, _i % 8)), name);
        snprintf(name, sizeof(name), "PMEVTYPER%d_EL0", _i);
        ck_assert_str_eq(rmmsim_sysreg_name(RMMSIM_SYSREG(3, 3, 14, 12 + _i / 8, _i % 8)), name);
}
END_TEST

/* mrs x0, pmevcntr8_el0 and so on, from an assembler: the formula above is not the only witness. */
START_TEST(event_counter_words)
{
        ck_assert_uint_eq(RMMSIM_SYSREG_PMEVCNTR0_EL0, 0xD53BE800u & RMMSIM_SYSREG_MASK);
        ck_assert_uint_eq(RMMSIM_SYSREG_PMEVCNTR8_EL0, 0xD53BE900u & RMMSIM_SYSREG_MASK);
        ck_assert_uint_eq(RMMSIM_SYSREG_PMEVCNTR30_EL0, 0xD53BEBC0u & RMMSIM_SYSREG_MASK);
        ck_assert_uint_eq(RMMSIM_SYSREG_PMEVTYPER17_EL0, 0xD53BEE20u & RMMSIM_SYSREG_MASK);
        ck_assert_uint_eq(RMMSIM_SYSREG_PMEVTYPER30_EL0, 0xD53BEFC0u & RMMSIM_SYSREG_MASK);
}
END_TEST

/* Loop: every row. It has a name, and one of the tests above has held it against something else. */
START_TEST(row)
{
        ck_assert_ptr_nonnull(rmmsim_sysreg_name(all[_i]));
        ck_assert_uint_eq(all[_i] & ~RMMSIM_SYSREG_MASK, 0);
        ck_assert_int_eq(NUM_ALL, NUM_WORDS + NUM_YOUNG + 2 * NUM_COUNTERS);
}
END_TEST

START_TEST(fields_come_back)
{
        const uint32_t reg = RMMSIM_SYSREG(3, 4, 12, 11, 5);

        ck_assert_uint_eq(RMMSIM_SYSREG_OP0(reg), 3);
        ck_assert_uint_eq(RMMSIM_SYSREG_OP1(reg), 4);
        ck_assert_uint_eq(RMMSIM_SYSREG_CRN(reg), 12);
        ck_assert_uint_eq(RMMSIM_SYSREG_CRM(reg), 11);
        ck_assert_uint_eq(RMMSIM_SYSREG_OP2(reg), 5);
        ck_assert_uint_eq(RMMSIM_SYSREG_MASK, 0x1FFFE0);
}
END_TEST

/* ICC_DIR_EL1 written from X2 shows the host 0x62323056: class 0x18, IL, and this ISS. */
START_TEST(syndrome_of_a_trapped_write)
{
        const uint32_t iss = RMMSIM_SYSREG_ISS(RMMSIM_SYSREG_ICC_DIR_EL1, 2, 0);

        ck_assert_uint_eq((0x18u << 26) | (1u << 25) | iss, 0x62323056u);
        ck_assert_uint_eq(RMMSIM_SYSREG_ISS(RMMSIM_SYSREG_ICC_DIR_EL1, 2, 1), iss | 1);
        ck_assert_uint_eq(RMMSIM_SYSREG_ISS(RMMSIM_SYSREG_ICC_DIR_EL1, 31, 0), (iss & ~0x3E0u) | 0x3E0u);
        /* op1 is the field ICC_DIR_EL1 has as zero: CNTV_CTL_EL0 is S3_3_C14_C3_1. */
        ck_assert_uint_eq(RMMSIM_SYSREG_ISS(RMMSIM_SYSREG_CNTV_CTL_EL0, 0, 1), 0x32F807u);
}
END_TEST

START_TEST(unknown_registers_have_no_name)
{
        ck_assert_ptr_null(rmmsim_sysreg_name(0));
        ck_assert_ptr_null(rmmsim_sysreg_name(UINT32_MAX));
        ck_assert_ptr_null(rmmsim_sysreg_name(RMMSIM_SYSREG(3, 4, 12, 11, 0))); /* ICH_HCR_EL2: not a Realm's */
        ck_assert_ptr_null(rmmsim_sysreg_name(RMMSIM_SYSREG_ICC_IAR1_EL1 | 1));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("sysreg");
        TCase *tc = tcase_create("encodings");
        SRunner *sr;
        int failed;

        tcase_add_loop_test(tc, an_assembler_agrees, 0, NUM_WORDS);
        tcase_add_test(tc, young_registers);
        tcase_add_loop_test(tc, event_counters, 0, NUM_COUNTERS);
        tcase_add_test(tc, event_counter_words);
        tcase_add_loop_test(tc, row, 0, NUM_ALL);
        tcase_add_test(tc, fields_come_back);
        tcase_add_test(tc, syndrome_of_a_trapped_write);
        tcase_add_test(tc, unknown_registers_have_no_name);
        suite_add_tcase(suite, tc);
        sr = srunner_create(suite);
        srunner_run_all(sr, CK_ENV);
        failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
