/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_gic_validate.c - which list registers and control bits a host may pass at REC entry, bit by bit.
 *
 * Specification: RMM (DEN0137), RMI_REC_ENTER condition rec_gicv3; GIC (ARM IHI 0069), ICH_LR<n>_EL2.
 */
#include "gic.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Four list registers, five priority bits, INTIDs of 16 bits, no extended range: the default machine. */
static const struct gic_features plain = { .lrs = 4, .priority_bits = 5, .intid_bits = 16 };
static const struct gic_features wide = { .lrs = 4, .priority_bits = 5, .intid_bits = 24 };
static const struct gic_features extended = { .lrs = 4, .priority_bits = 5, .intid_bits = 16, .extended_range = true };

#define PENDING UINT64_C(0x4000000000000000)
#define ACTIVE  UINT64_C(0x8000000000000000)
#define HW      UINT64_C(0x2000000000000000)

/* The verdict on one value, in list register 0 and, to see the index reported, in list register 3. */
static enum gic_rule verdict(const struct gic_features *f, uint64_t lr, bool quirk)
{
        uint64_t lrs[GIC_LRS_MAX] = { 0 };
        struct gic_refusal why, first;
        bool valid;

        lrs[0] = lr;
        valid = gic_entry_valid(f, &first, 0, lrs, quirk);
        ck_assert_int_eq(valid, first.rule == GIC_RULE_NONE);
        ck_assert_uint_eq(first.lr, 0);

        lrs[0] = 0;
        lrs[3] = lr;
        ck_assert_int_eq(gic_entry_valid(f, &why, 0, lrs, quirk), valid);
        ck_assert_int_eq(why.rule, first.rule);
        ck_assert_uint_eq(why.lr, valid ? 0 : 3);
        ck_assert_uint_eq(why.bits, first.bits);
        return why.rule;
}

START_TEST(hcr_bit)
{
        const uint64_t lrs[GIC_LRS_MAX] = { 0 };
        const uint64_t bit = UINT64_C(1) << _i;
        /* UIE, LRENPIE, NPIE, four group bits, TDIR */
        const bool allowed = (_i >= 1 && _i <= 7) || _i == 14;
        struct gic_refusal why;

        ck_assert_int_eq(gic_entry_valid(&plain, &why, bit, lrs, false), allowed);
        ck_assert_int_eq(why.rule, allowed ? GIC_RULE_NONE : GIC_RULE_HCR);
        ck_assert_uint_eq(why.bits, allowed ? 0 : bit);
        /* Company does not help, and only the offender is reported. */
        ck_assert_int_eq(gic_entry_valid(&plain, &why, bit | 0x40FE, lrs, true), allowed);
        ck_assert_uint_eq(why.bits, allowed ? 0 : bit);
}
END_TEST

START_TEST(worked_examples)
{
        ck_assert_int_eq(verdict(&plain, 0x50F8000000000005, false), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(&plain, 0x5000020000000005, false), GIC_RULE_NONE); /* EOI, bit 41 */
        ck_assert_int_eq(verdict(&plain, 0x5004000000000005, false), GIC_RULE_PRIORITY);
        ck_assert_int_eq(verdict(&plain, 0x5000000100000005, false), GIC_RULE_PINTID);
        ck_assert_int_eq(verdict(&plain, 0x50000000000003FC, false), GIC_RULE_VINTID);
        ck_assert_int_eq(verdict(&plain, 0x6000000000000005, false), GIC_RULE_HW);
}
END_TEST

/* Loop: the four states. HW is refused in each; the quirk exempts the inactive one. */
START_TEST(hw_in_state)
{
        const uint64_t lr = ((uint64_t)_i << 62) | HW | 5;

        ck_assert_int_eq(verdict(&plain, lr & ~HW, false), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(&plain, lr, false), GIC_RULE_HW);
        ck_assert_int_eq(verdict(&plain, lr, true), _i == 0 ? GIC_RULE_NONE : GIC_RULE_HW);
}
END_TEST

/* An inactive register carries leftovers; nothing of it but HW matters. */
START_TEST(inactive_leftovers)
{
        const uint64_t lr = ~(PENDING | ACTIVE | HW);

        ck_assert_int_eq(verdict(&plain, lr, false), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(&plain, lr, true), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(&plain, lr | HW, true), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(&plain, 1020, false), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(&plain, 1020 | PENDING, false), GIC_RULE_VINTID);
}
END_TEST

/* Loop: bit 0 to 63 added to an active Group 0 interrupt 0, in every priority width. */
START_TEST(lr_bit)
{
        const uint64_t bit = UINT64_C(1) << _i;

        for (uint8_t width = 5; width <= 8; width++) {
                const struct gic_features f = { .lrs = 4, .priority_bits = width, .intid_bits = 24 };
                enum gic_rule expected = GIC_RULE_NONE;

                if (_i == 61) {
                        expected = GIC_RULE_HW;
                } else if (_i >= 48 && _i < 56 - width) {
                        expected = GIC_RULE_PRIORITY;
                } else if (_i >= 32 && _i <= 44 && _i != 41) {
                        expected = GIC_RULE_PINTID;
                } else if (_i >= 24 && _i <= 31) {
                        expected = GIC_RULE_VINTID;
                } else if (_i >= 10 && _i <= 12) {
                        expected = GIC_RULE_VINTID; /* 1024, 2048 and 4096: reserved, or of the extended range */
                }
                ck_assert_int_eq(verdict(&f, ACTIVE | bit, false), expected);
                ck_assert_int_eq(verdict(&f, ACTIVE | bit, true), expected);
        }
}
END_TEST

/* first and last of each run of valid INTIDs; both neighbours are refused. */
struct intid_run {
        const struct gic_features *features;
        uint32_t first;
        uint32_t last;
};

static const struct intid_run intid_runs[] = {
        { &plain, 0, 1019 },    { &plain, 8192, 65535 },   { &wide, 0, 1019 },        { &wide, 8192, 16777215 },
        { &extended, 0, 1019 }, { &extended, 1056, 1119 }, { &extended, 4096, 5119 }, { &extended, 8192, 65535 },
};

enum {
        NUM_INTID_RUNS = sizeof(intid_runs) / sizeof(intid_runs[0]),
};

START_TEST(vintid_run)
{
        const struct intid_run *run = &intid_runs[_i];

        ck_assert_int_eq(verdict(run->features, PENDING | run->first, false), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(run->features, PENDING | run->last, false), GIC_RULE_NONE);
        ck_assert_int_eq(verdict(run->features, PENDING | (run->last + 1), false), GIC_RULE_VINTID);
        if (run->first > 0) {
                ck_assert_int_eq(verdict(run->features, PENDING | (run->first - 1), false), GIC_RULE_VINTID);
        }
}
END_TEST

START_TEST(vintid_extended_range_only_where_implemented)
{
        ck_assert_int_eq(verdict(&plain, PENDING | 1056, false), GIC_RULE_VINTID);
        ck_assert_int_eq(verdict(&plain, PENDING | 1119, false), GIC_RULE_VINTID);
        ck_assert_int_eq(verdict(&plain, PENDING | 4096, false), GIC_RULE_VINTID);
        ck_assert_int_eq(verdict(&wide, PENDING | 5119, false), GIC_RULE_VINTID);
        ck_assert_int_eq(verdict(&plain, PENDING | 0xFFFFFFFF, false), GIC_RULE_VINTID);
}
END_TEST

START_TEST(duplicates)
{
        uint64_t lrs[GIC_LRS_MAX] = { PENDING | 40, PENDING | 7, ACTIVE | 41, ACTIVE | 0x10F8020000000007 };
        struct gic_refusal why;

        /* Whatever the other fields: state, group, priority and EOI all differ here. */
        ck_assert(!gic_entry_valid(&plain, &why, 0, lrs, false));
        ck_assert_int_eq(why.rule, GIC_RULE_DUPLICATE);
        ck_assert_uint_eq(why.lr, 3);
        ck_assert_uint_eq(why.twin, 1);
        ck_assert_uint_eq(why.bits, 7);
        ck_assert(!gic_entry_valid(&plain, &why, 0, lrs, true));

        lrs[1] &= ~PENDING;
        ck_assert(gic_entry_valid(&plain, &why, 0, lrs, false));
        lrs[1] |= PENDING;
        lrs[3] &= ~ACTIVE;
        ck_assert(gic_entry_valid(&plain, &why, 0, lrs, false));
        lrs[3] = (lrs[3] | ACTIVE) + 1;
        ck_assert(gic_entry_valid(&plain, &why, 0, lrs, false));
        lrs[2] = ACTIVE | 8; /* neighbours too */
        ck_assert(!gic_entry_valid(&plain, &why, 0, lrs, false));
        ck_assert_uint_eq(why.lr, 3);
        ck_assert_uint_eq(why.twin, 2);
}
END_TEST

/* Loop: 1 to 16 implemented registers. What lies above is not looked at. */
START_TEST(registers_above_the_implemented)
{
        const struct gic_features f = { .lrs = (uint8_t)_i, .priority_bits = 5, .intid_bits = 16 };
        uint64_t lrs[GIC_LRS_MAX] = { PENDING | 32 };
        struct gic_refusal why;

        for (int n = _i; n < GIC_LRS_MAX; n++) {
                lrs[n] = UINT64_MAX;
        }
        ck_assert(gic_entry_valid(&f, &why, 0, lrs, false));
        lrs[_i - 1] = PENDING | HW | 33;
        ck_assert(!gic_entry_valid(&f, &why, 0, lrs, false));
        ck_assert_uint_eq(why.lr, (unsigned)_i - 1);
        if (_i < GIC_LRS_MAX) {
                lrs[_i - 1] = PENDING | 33;
                lrs[_i] = PENDING | 33;
                ck_assert(gic_entry_valid(&f, &why, 0, lrs, false));
        }
}
END_TEST

START_TEST(offending_bits_are_reported)
{
        uint64_t lrs[GIC_LRS_MAX] = { PENDING | 32, 0x5007000000000021 };
        struct gic_refusal why;

        ck_assert(!gic_entry_valid(&plain, &why, 0x40FE, lrs, false));
        ck_assert_int_eq(why.rule, GIC_RULE_PRIORITY);
        ck_assert_uint_eq(why.lr, 1);
        ck_assert_uint_eq(why.bits, 0x0007000000000000);
        lrs[1] = 0x50001E0300000021;
        ck_assert(!gic_entry_valid(&plain, &why, 0, lrs, false));
        ck_assert_int_eq(why.rule, GIC_RULE_PINTID);
        ck_assert_uint_eq(why.bits, 0x00001C0300000000); /* EOI is not among them */
        lrs[1] = 0x50000000000003FF;
        ck_assert(!gic_entry_valid(&plain, &why, 0, lrs, false));
        ck_assert_uint_eq(why.bits, 1023);
        ck_assert(!gic_entry_valid(&plain, &why, UINT64_MAX, lrs, false));
        ck_assert_int_eq(why.rule, GIC_RULE_HCR);
        ck_assert_uint_eq(why.bits, 0xFFFFFFFFFFFFBF01);
}
END_TEST

START_TEST(every_rule_has_words)
{
        for (int a = GIC_RULE_NONE; a <= GIC_RULE_DUPLICATE; a++) {
                ck_assert_ptr_nonnull(gic_rule_text((enum gic_rule)a));
                for (int b = GIC_RULE_NONE; b < a; b++) {
                        ck_assert_str_ne(gic_rule_text((enum gic_rule)a), gic_rule_text((enum gic_rule)b));
                }
        }
}
END_TEST

static bool possible(uint8_t lrs, uint8_t priority, uint8_t preemption, uint8_t intid)
{
        const struct gic_features f = {
                .lrs = lrs,
                .priority_bits = priority,
                .preemption_bits = preemption,
                .intid_bits = intid,
        };

        return gic_features_valid(&f);
}

START_TEST(possible_hardware)
{
        ck_assert(possible(1, 5, 0, 16) && possible(16, 8, 7, 24) && possible(4, 6, 5, 16) && possible(4, 7, 7, 16));
        ck_assert(!possible(0, 5, 0, 16) && !possible(17, 5, 0, 16));
        ck_assert(!possible(4, 4, 0, 16) && !possible(4, 9, 0, 16));
        ck_assert(!possible(4, 5, 4, 16) && !possible(4, 8, 8, 16) && !possible(4, 5, 6, 16));
        ck_assert(!possible(4, 5, 0, 0) && !possible(4, 5, 0, 32) && !possible(4, 5, 0, 20));
        ck_assert_uint_eq(gic_preemption_bits(&(struct gic_features){ .priority_bits = 5 }), 5);
        ck_assert_uint_eq(gic_preemption_bits(&(struct gic_features){ .priority_bits = 7 }), 7);
        ck_assert_uint_eq(gic_preemption_bits(&(struct gic_features){ .priority_bits = 8 }), 7);
        ck_assert_uint_eq(gic_preemption_bits(&(struct gic_features){ .priority_bits = 8, .preemption_bits = 5 }), 5);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("gic_validate");
        TCase *tc = tcase_create("entry");
        SRunner *sr;
        int failed;

        tcase_add_loop_test(tc, hcr_bit, 0, 64);
        tcase_add_test(tc, worked_examples);
        tcase_add_loop_test(tc, hw_in_state, 0, 4);
        tcase_add_test(tc, inactive_leftovers);
        tcase_add_loop_test(tc, lr_bit, 0, 64);
        tcase_add_loop_test(tc, vintid_run, 0, NUM_INTID_RUNS);
        tcase_add_test(tc, vintid_extended_range_only_where_implemented);
        tcase_add_test(tc, duplicates);
        tcase_add_loop_test(tc, registers_above_the_implemented, 1, GIC_LRS_MAX + 1);
        tcase_add_test(tc, offending_bits_are_reported);
        tcase_add_test(tc, every_rule_has_words);
        tcase_add_test(tc, possible_hardware);
        suite_add_tcase(suite, tc);
        sr = srunner_create(suite);
        srunner_run_all(sr, CK_ENV);
        failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
