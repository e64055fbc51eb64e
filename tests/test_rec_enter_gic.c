/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rec_enter_gic.c - which gicv3_hcr and gicv3_lrs an entry accepts, and what becomes of them, through the command.
 *
 * Specification: RMI_REC_ENTER condition rec_gicv3; REC sheet section 1.4.
 */
#include "script.h"
#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LR(n)               enter.gicv3_lrs[n]

static const struct rmmsim_config plain = { .num_pes = 1 };
static const struct rmmsim_config lax = { .num_pes = 1, .quirks = RMMSIM_QUIRK_gic_inactive_lr_unchecked };

static void expect_refused(struct stage *stage, uint64_t found)
{
        uint64_t hash = world_hash(stage->world);

        ck_assert_msg(realm_enter(&stage->realm, 0) == RMMSIM_RMI_ERROR_REC, "0x%llx was accepted",
                      (unsigned long long)found);
        ck_assert_str_eq(rmmsim_why(stage->world->sim, 0)->condition, "rec_gicv3");
        ck_assert_uint_eq(rmmsim_why(stage->world->sim, 0)->found, found);
        ck_assert_msg(world_hash(stage->world) == hash, "a refused entry changed something");
}

static void expect_accepted(struct stage *stage, uint64_t value)
{
        ck_assert_msg(realm_enter(&stage->realm, 0) == 0, "0x%llx: %s", (unsigned long long)value,
                      world_why(stage->world));
}

/* UIE, LRENPIE, NPIE, four group bits, TDIR: those come back at the exit. All 64 bits, one at a time. */
START_TEST(hcr_bits)
{
        struct stage stage;

        stage_create(&stage, &plain);
        for (unsigned bit = 0; bit < 64; bit++) {
                uint64_t hcr = UINT64_C(1) << bit;

                stage_run(&stage)->enter.gicv3_hcr = hcr;
                if ((hcr & 0x40fe) == 0) {
                        expect_refused(&stage, hcr);
                } else {
                        expect_accepted(&stage, hcr);
                        ck_assert_uint_eq(stage_run(&stage)->exit.gicv3_hcr, hcr);
                }
        }
        stage_run(&stage)->enter.gicv3_hcr = 0x40fe;
        expect_accepted(&stage, 0x40fe);
        ck_assert_uint_eq(stage_run(&stage)->exit.gicv3_hcr, 0x40fe);
        stage_run(&stage)->enter.gicv3_hcr = 0;
        expect_accepted(&stage, 0);
        ck_assert_uint_eq(stage_run(&stage)->exit.gicv3_hcr, 0);
        stage_destroy(&stage);
}
END_TEST

/* The worked examples: 5 priority bits, 16 INTID bits, no extended range; and the limits of vINTID. */
static const struct {
        uint64_t lr;
        bool accepted;
} examples[] = {
        { 0x50f8000000000005, true },  /* pending, group 1, priority 0xf8, INTID 5 */
        { 0x5000020000000005, true },  /* EOI, bit 41                              */
        { 0x5004000000000005, false }, /* priority bit 50                          */
        { 0x5000000100000005, false }, /* pINTID bit 32                            */
        { 0x50000000000003fc, false }, /* INTID 1020                               */
        { 0x6000000000000005, false }, /* HW                                       */
        { 0xa000000000000005, false }, /* HW, active                               */
        { 0xe000000000000005, false }, /* HW, active and pending                   */
        { 0x50000000000003fb, true },  /* 1019                                     */
        { 0x5000000000001fff, false }, /* 8191                                     */
        { 0x5000000000002000, true },  /* 8192                                     */
        { 0x500000000000ffff, true },  /* 65535                                    */
        { 0x5000000000010000, false }, /* 65536                                    */
        { 0x5000000000000420, false }, /* 1056: no extended range                  */
        { 0x0000000000000005, true },  /* inactive                                 */
        { 0x8000000000000005, true },  /* active                                   */
};

START_TEST(lr_examples)
{
        struct stage stage;

        stage_create(&stage, &plain);
        for (unsigned n = 0; n < 4; n++) {
                stage_run(&stage)->LR(n) = examples[_i].lr;
                if (examples[_i].accepted) {
                        expect_accepted(&stage, examples[_i].lr);
                        ck_assert_uint_eq(stage_run(&stage)->exit.gicv3_lrs[n], examples[_i].lr);
                } else {
                        expect_refused(&stage, examples[_i].lr);
                }
                stage_run(&stage)->LR(n) = 0;
        }
        stage_destroy(&stage);
}
END_TEST

/* HW must be zero in any state; deployed monitors do not look at a list register that is inactive. */
START_TEST(inactive_lr)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_run(&stage)->LR(1) = 0x2000000000000005;
        expect_refused(&stage, 0x2000000000000005);
        stage_destroy(&stage);

        stage_create(&stage, &lax);
        stage_run(&stage)->LR(1) = 0x3fffffffffffffff;
        expect_accepted(&stage, 0x3fffffffffffffff);
        ck_assert_uint_eq(stage_run(&stage)->exit.gicv3_lrs[1], 0x3fffffffffffffff);
        stage_run(&stage)->LR(1) = 0x6000000000000005;
        expect_refused(&stage, 0x6000000000000005);
        stage_destroy(&stage);
}
END_TEST

/* Two in use with one vINTID, whatever else they say; the second is the one to blame. */
START_TEST(duplicates)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_run(&stage)->LR(0) = 0x5000000000000021;
        stage_run(&stage)->LR(3) = 0x8080000000000021;
        expect_refused(&stage, 0x8080000000000021);
        stage_run(&stage)->LR(3) = 0x0080000000000021;
        expect_accepted(&stage, 0x0080000000000021);
        stage_destroy(&stage);
}
END_TEST

/* What is not implemented is not looked at, and reads back as zero. */
START_TEST(unimplemented_lrs)
{
        struct stage stage;

        stage_create(&stage, &(const struct rmmsim_config){ .features.gicv3_num_lrs = (uint8_t)_i });
        for (unsigned n = 0; n < 16; n++) {
                stage_run(&stage)->LR(n) = (int)n < _i ? 0x5000000000000000 + n : 0x6000000000000005;
        }
        expect_accepted(&stage, 0);
        for (unsigned n = 0; n < 16; n++) {
                ck_assert_uint_eq(stage_run(&stage)->exit.gicv3_lrs[n], (int)n < _i ? 0x5000000000000000 + n : 0);
        }
        stage_run(&stage)->LR(_i - 1) = 0x6000000000000005;
        expect_refused(&stage, 0x6000000000000005);
        stage_destroy(&stage);
}
END_TEST

/* INTIDs of 24 bits, eight priority bits, and the extended ranges. */
START_TEST(wider_gic)
{
        static const struct {
                uint64_t lr;
                bool accepted;
        } wide[] = { { 0x5000000000ffffff, true },  { 0x5000000001000000, false }, { 0x5001000000000005, true },
                     { 0x5000000000000420, true },  { 0x500000000000045f, true },  { 0x5000000000000460, false },
                     { 0x5000000000001000, true },  { 0x50000000000013ff, true },  { 0x5000000000001400, false },
                     { 0x500000000000041f, false }, { 0x5000000000000fff, false } };
        struct stage stage;

        stage_create(&stage, &(const struct rmmsim_config){ .features = { .gic_intid_bits = 24,
                                                                          .gic_priority_bits = 8,
                                                                          .gic_extended_range = true } });
        for (unsigned i = 0; i < ARRAY_LENGTH(wide); i++) {
                stage_run(&stage)->LR(2) = wide[i].lr;
                if (wide[i].accepted) {
                        expect_accepted(&stage, wide[i].lr);
                } else {
                        expect_refused(&stage, wide[i].lr);
                }
        }
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rec_enter_gic");
        TCase *tcase = tcase_create("gic");

        tcase_add_test(tcase, hcr_bits);
        tcase_add_loop_test(tcase, lr_examples, 0, ARRAY_LENGTH(examples));
        tcase_add_test(tcase, inactive_lr);
        tcase_add_test(tcase, duplicates);
        tcase_add_loop_test(tcase, unimplemented_lrs, 1, 17);
        tcase_add_test(tcase, wider_gic);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
