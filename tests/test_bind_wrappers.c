/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bind_wrappers.c - the wrapper checker: right wrappers pass, and each mistake is named, for every input of every command.
 */
#include "bind_wrappers.h"
#include "world.h"
#include <stdio.h>
#include <string.h>

enum {
        FINDINGS_MAX = 64,
        NUM_RMI = 23
};

static struct rmmsim_wrapper_finding findings[FINDINGS_MAX];

static size_t check(const struct rmmsim_wrapper *wrappers, size_t count)
{
        size_t num = FINDINGS_MAX;

        memset(findings, 0, sizeof(findings));
        ck_assert_int_eq(rmmsim_check_wrappers(findings, &num, wrappers, count), 0);
        return num;
}

START_TEST(the_kernels_wrappers_are_right)
{
        size_t num = check(kernel_wrappers, NUM_RMI);

        ck_assert_uint_eq(sizeof(kernel_wrappers) / sizeof(kernel_wrappers[0]), NUM_RMI);
        ck_assert_msg(num == 0, "%s", findings[0].sentence);
        ck_assert(rmmsim_used().handler == NULL);
}
END_TEST

/* ---- planted mistakes ----------------------------------------------------------------------------------------------------- */

/*
 * A wrapper of any command, whose mistake is chosen: registers are the arguments in order, then two are exchanged, one is cut to
 * 32 bits, or one is left out. It has room for five inputs.
 */
static struct plan {
        uint32_t fid;
        unsigned num_inputs;
        unsigned swap[2];
        unsigned cut;
        bool extends; /* by the sign of what is left */
        unsigned forget;
        unsigned zero;
        unsigned overwrite[2]; /* the second is put into the first's register, too */
        uint64_t last[6];      /* what it was called with */
} plan;

static long planned(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
        const uint64_t a[] = { 0, a1, a2, a3, a4, a5 };
        struct rmmsim_regs regs = { .x = { plan.fid } };
        uint64_t kept;

        memcpy(plan.last, a, sizeof(a));
        for (unsigned i = 1; i < 18; i++) {
                regs.x[i] = i <= plan.num_inputs && i != plan.forget ? a[i] : RMMSIM_REGISTER_UNSET;
        }
        if (plan.overwrite[0] != 0) {
                regs.x[plan.overwrite[0]] = a[plan.overwrite[1]];
        }
        if (plan.cut != 0) {
                regs.x[plan.cut] = plan.extends ? (uint64_t)(int32_t)a[plan.cut] : (uint32_t)a[plan.cut];
        }
        if (plan.zero != 0) {
                regs.x[plan.zero] = 0;
        }
        kept = regs.x[plan.swap[0]];
        regs.x[plan.swap[0]] = regs.x[plan.swap[1]];
        regs.x[plan.swap[1]] = kept;
        rmmsim_seam(&regs);
        return (long)regs.x[0];
}

static const struct {
        enum rmmsim_command command;
        uint32_t fid;
        unsigned num_inputs;
} rmi[] = {
#define COMMAND(ID, lower, function_id, summary)                                                                       \
        { RMMSIM_COMMAND_##lower, function_id, sizeof(struct rmmsim_##lower) / sizeof(uint64_t) - 1 },
#include <rmmsim/spec/rmi.def>
};

static struct rmmsim_wrapper planned_wrapper(unsigned i)
{
        struct rmmsim_wrapper wrapper = {
                .label = "planned", .command = rmi[i].command, .fn = (rmmsim_fn *)planned, .result = RMMSIM_TYPE_LONG
        };

        for (unsigned n = 0; n < rmi[i].num_inputs; n++) {
                wrapper.args[n].type = RMMSIM_TYPE_ULONG;
        }
        for (unsigned n = rmi[i].num_inputs; n < 5; n++) {
                wrapper.args[n] = (struct rmmsim_wrapper_arg)RMMSIM_ARG_OTHER(ULONG, 0);
        }
        plan = (struct plan){ .fid = rmi[i].fid, .num_inputs = rmi[i].num_inputs };
        return wrapper;
}

static void expect(unsigned n, enum rmmsim_wrapper_fault fault, unsigned expected_in, unsigned found_in)
{
        const struct rmmsim_wrapper_finding *finding = &findings[n];
        char expected_text[8];

        ck_assert_msg(finding->fault == fault, "%s: %s, expected %s", finding->sentence,
                      rmmsim_wrapper_fault_name(finding->fault), rmmsim_wrapper_fault_name(fault));
        ck_assert_uint_eq(finding->argument, expected_in);
        ck_assert_uint_eq(finding->expected_in, expected_in);
        ck_assert_uint_eq(finding->found_in, found_in);
        ck_assert_ptr_nonnull(finding->name);
        ck_assert_ptr_nonnull(strstr(finding->sentence, finding->name));
        (void)snprintf(expected_text, sizeof(expected_text), "x%u", expected_in);
        ck_assert_ptr_nonnull(strstr(finding->sentence, expected_text));
}

START_TEST(the_planned_wrapper_is_right_as_long_as_nothing_is_planted)
{
        ck_assert_uint_eq(sizeof(rmi) / sizeof(rmi[0]), NUM_RMI);
        for (unsigned i = 0; i < NUM_RMI; i++) {
                struct rmmsim_wrapper wrapper = planned_wrapper(i);

                ck_assert_msg(check(&wrapper, 1) == 0, "%s", findings[0].sentence);
        }
}
END_TEST

START_TEST(the_sve_hint_is_no_part_of_the_command)
{
        struct rmmsim_wrapper wrapper = planned_wrapper(3);

        plan.fid |= 1u << 16;
        ck_assert_uint_eq(check(&wrapper, 1), 0);
        plan.fid ^= 1u << 17;
        ck_assert_uint_eq(check(&wrapper, 1), 1);
        ck_assert_int_eq(findings[0].fault, RMMSIM_WRAPPER_COMMAND);
}
END_TEST

START_TEST(two_swapped_arguments_are_found_in_every_command)
{
        unsigned pairs = 0;

        for (unsigned i = 0; i < NUM_RMI; i++) {
                for (unsigned a = 1; a <= rmi[i].num_inputs; a++) {
                        for (unsigned b = a + 1; b <= rmi[i].num_inputs; b++, pairs++) {
                                struct rmmsim_wrapper wrapper = planned_wrapper(i);

                                plan.swap[0] = a;
                                plan.swap[1] = b;
                                ck_assert_uint_eq(check(&wrapper, 1), 2);
                                expect(0, RMMSIM_WRAPPER_SWAPPED, a, b);
                                expect(1, RMMSIM_WRAPPER_SWAPPED, b, a);
                        }
                }
        }
        ck_assert_uint_gt(pairs, NUM_RMI);
}
END_TEST

START_TEST(an_argument_of_32_bits_is_found_in_every_command)
{
        for (unsigned i = 0; i < NUM_RMI; i++) {
                for (unsigned n = 1; n <= rmi[i].num_inputs; n++) {
                        struct rmmsim_wrapper wrapper = planned_wrapper(i);

                        plan.cut = n;
                        ck_assert_uint_eq(check(&wrapper, 1), 1);
                        expect(0, RMMSIM_WRAPPER_TRUNCATED, n, n);
                        ck_assert_uint_eq(findings[0].found, (uint32_t)findings[0].expected);
                        ck_assert_ptr_nonnull(strstr(findings[0].sentence, "32 bits"));
                        plan.extends = true;
                        if (check(&wrapper, 1) != 0) { /* a level survives that */
                                expect(0, RMMSIM_WRAPPER_TRUNCATED, n, n);
                        } else {
                                ck_assert_int_lt((int64_t)plan.last[n], 0);
                                ck_assert_int_gt((int64_t)plan.last[n], -64);
                        }
                }
        }
}
END_TEST

START_TEST(a_forgotten_argument_is_found_in_every_command)
{
        for (unsigned i = 0; i < NUM_RMI; i++) {
                for (unsigned n = 1; n <= rmi[i].num_inputs; n++) {
                        struct rmmsim_wrapper wrapper = planned_wrapper(i);

                        plan.forget = n;
                        ck_assert_uint_eq(check(&wrapper, 1), 1);
                        expect(0, RMMSIM_WRAPPER_MISSING, n, 0);
                        ck_assert_ptr_nonnull(strstr(findings[0].sentence, "was not set"));
                        plan.forget = 0;
                        plan.zero = n;
                        ck_assert_uint_eq(check(&wrapper, 1), 1);
                        expect(0, RMMSIM_WRAPPER_MISSING, n, 0);
                        ck_assert_uint_eq(findings[0].found, 0);
                }
        }
}
END_TEST

START_TEST(an_argument_in_two_registers_is_found)
{
        struct rmmsim_wrapper wrapper = planned_wrapper(3); /* RMI_DATA_CREATE */

        ck_assert_int_eq(rmi[3].command, RMMSIM_COMMAND_rmi_data_create);
        plan.overwrite[0] = 2;
        plan.overwrite[1] = 3;
        ck_assert_uint_eq(check(&wrapper, 1), 1);
        expect(0, RMMSIM_WRAPPER_MISSING, 2, 0);
        ck_assert_ptr_nonnull(strstr(findings[0].sentence, "x2 holds argument 3 (ipa)"));
}
END_TEST

START_TEST(an_argument_too_high_is_found)
{
        struct rmmsim_wrapper wrapper = planned_wrapper(3);

        plan.swap[0] = 5;
        plan.swap[1] = 9;
        ck_assert_uint_eq(check(&wrapper, 1), 1);
        expect(0, RMMSIM_WRAPPER_MISPLACED, 5, 9);
}
END_TEST

/* ---- mistakes as people make them ------------------------------------------------------------------------------------------- */

static long wrong_order(unsigned long rd, unsigned long rtt, unsigned long ipa, long level)
{
        return (long)kernel_rtt_create(rd, ipa, rtt, level);
}

static long unsigned_level(unsigned long rd, unsigned long ipa, unsigned level)
{
        return kernel_rtt_map_unprotected(rd, ipa, 0, 0) + (long)kernel_rtt_destroy(rd, ipa, level, &rd);
}

static long narrow_ipa(unsigned long rd, unsigned ipa)
{
        return (long)kernel_data_destroy(rd, ipa, &rd);
}

static long other_command(unsigned long rd)
{
        return (long)kernel_realm_destroy(rd);
}

static long silent(unsigned long rd)
{
        return rd == 0;
}

static void swapped_outputs(unsigned long *lower, unsigned long *higher)
{
        (void)kernel_version(higher, lower);
}

START_TEST(mistakes_have_their_sentences)
{
        const struct rmmsim_wrapper wrong[] = {
                RMMSIM_WRAPPER(wrong_order, rmi_rtt_create, LONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                               RMMSIM_ARG(ULONG), RMMSIM_ARG(LONG)),
                RMMSIM_WRAPPER(unsigned_level, rmi_rtt_destroy, LONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                               RMMSIM_ARG(UINT)),
                RMMSIM_WRAPPER(narrow_ipa, rmi_data_destroy, LONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(UINT)),
                RMMSIM_WRAPPER(other_command, rmi_realm_activate, LONG, RMMSIM_ARG(ULONG)),
                RMMSIM_WRAPPER(silent, rmi_realm_activate, LONG, RMMSIM_ARG(ULONG)),
                RMMSIM_WRAPPER(swapped_outputs, rmi_version, VOID, RMMSIM_ARG_CONSTANT("req", 0x10001),
                               RMMSIM_ARG_OUT(ULONG), RMMSIM_ARG_OUT(ULONG)),
                RMMSIM_WRAPPER(kernel_granule_delegate, rmi_granule_delegate, ULONG, RMMSIM_ARG_OTHER(ULONG, 0)),
        };
        const char *const sentences[] = {
                "wrong_order: argument 2 (rtt) of RMI_RTT_CREATE belongs into x2 and is in x3; x2 holds argument 3 "
                "(ipa)",
                "wrong_order: argument 3 (ipa) of RMI_RTT_CREATE belongs into x3 and is in x2; x3 holds argument 2 "
                "(rtt)",
                "unsigned_level: argument 3 (level) of RMI_RTT_DESTROY arrives in x3 cut to 32 bits: 0xffffffed of "
                "0xffffffffffffffed",
                "narrow_ipa: argument 2 (ipa) of RMI_DATA_DESTROY is an address, for x2, in a type of 32 bits",
                "other_command called 0xc4000159 in place of RMI_REALM_ACTIVATE (0xc4000157)",
                "silent made no SMC, and RMI_REALM_ACTIVATE was expected",
                "swapped_outputs: req of RMI_VERSION should be 0x10001 in x1, which holds 0x10000",
                "swapped_outputs: argument 1 (lower) of RMI_VERSION should be x1 of the answer and is x2",
                "swapped_outputs: argument 2 (higher) of RMI_VERSION should be x2 of the answer and is x1",
                "kernel_granule_delegate: addr of RMI_GRANULE_DELEGATE is no argument of the wrapper; x1 holds 0x0",
        };
        size_t num = check(wrong, sizeof(wrong) / sizeof(wrong[0]));

        for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
                ck_assert_str_eq(findings[i].sentence, sentences[i]);
        }
        ck_assert_uint_eq(num, sizeof(sentences) / sizeof(sentences[0]));
        ck_assert_int_eq(findings[3].fault, RMMSIM_WRAPPER_NARROW);
        ck_assert_ptr_eq(findings[3].wrapper, &wrong[2]);
        ck_assert_int_eq(findings[4].fault, RMMSIM_WRAPPER_COMMAND);
        ck_assert_int_eq(findings[5].fault, RMMSIM_WRAPPER_NO_CALL);
        ck_assert_int_eq(findings[7].fault, RMMSIM_WRAPPER_OUTPUT);
}
END_TEST

/* ---- what is checked, and how ------------------------------------------------------------------------------------------------- */

static uint64_t seen[4];

static void many_types(bool flag, int8_t small, uint16_t word, uint64_t chosen)
{
        struct rmmsim_regs regs = { .x = { 0xC4000153, flag, (uint64_t)small, word, chosen } };

        seen[0] = flag;
        seen[1] = (uint64_t)small;
        seen[2] = word;
        seen[3] = chosen;
        rmmsim_seam(&regs);
}

START_TEST(values_fit_their_types)
{
        struct rmmsim_wrapper wrapper = RMMSIM_WRAPPER(many_types, rmi_data_create, VOID, RMMSIM_ARG_AS(BOOL, "flags"),
                                                       RMMSIM_ARG_OTHER(S8, 0xfe), RMMSIM_ARG_OTHER(U16, 0x12345),
                                                       { .type = RMMSIM_TYPE_U64, .name = "src", .value = 0x123000 });

        (void)check(&wrapper, 1);
        ck_assert_uint_eq(seen[0], 1);
        ck_assert_uint_eq(seen[1], (uint64_t)-2);
        ck_assert_uint_eq(seen[2], 0x2345);
        ck_assert_uint_eq(seen[3], 0x123000);
}
END_TEST

START_TEST(descriptions_that_make_no_sense_are_refused)
{
        const struct rmmsim_wrapper good = kernel_wrappers[1];
        struct rmmsim_wrapper bad[8];

        for (unsigned i = 0; i < 8; i++) {
                bad[i] = good;
        }
        bad[0].fn = NULL;
        bad[1].label = NULL;
        bad[2].command = RMMSIM_COMMAND_NONE;
        bad[3].result = RMMSIM_NUM_TYPES;
        bad[4].args[1].type = RMMSIM_TYPE_ULONG; /* a second input, and there is one */
        bad[5].args[0].name = "rd";
        bad[6].args[1] = (struct rmmsim_wrapper_arg){ .type = RMMSIM_TYPE_ULONG, .name = "addr" };
        bad[7].args[0].role = (enum rmmsim_role)9;
        ck_assert_uint_eq(check(bad, 8), 8);
        for (unsigned i = 0; i < 8; i++) {
                ck_assert_int_eq(findings[i].fault, RMMSIM_WRAPPER_DESCRIPTION);
                ck_assert_ptr_eq(findings[i].wrapper, &bad[i]);
                ck_assert_ptr_nonnull(strstr(findings[i].sentence, "is not called: "));
        }
}
END_TEST

START_TEST(more_findings_than_room_are_counted)
{
        struct rmmsim_wrapper wrappers[3];
        size_t num = 1;

        for (unsigned i = 0; i < 3; i++) {
                wrappers[i] =
                        (struct rmmsim_wrapper)RMMSIM_WRAPPER(silent, rmi_realm_activate, LONG, RMMSIM_ARG(ULONG));
        }
        memset(findings, 0, sizeof(findings));
        ck_assert_int_eq(rmmsim_check_wrappers(findings, &num, wrappers, 3), 0);
        ck_assert_uint_eq(num, 3);
        ck_assert_ptr_null(findings[1].wrapper);
        num = 0;
        ck_assert_int_eq(rmmsim_check_wrappers(NULL, &num, wrappers, 3), 0);
        ck_assert_uint_eq(num, 3);
        ck_assert_int_eq(rmmsim_check_wrappers(findings, NULL, wrappers, 3), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_check_wrappers(NULL, &num, wrappers, 3), RMMSIM_ERROR_CONFIG);
        num = 1;
        ck_assert_int_eq(rmmsim_check_wrappers(findings, &num, NULL, 3), RMMSIM_ERROR_CONFIG);
}
END_TEST

START_TEST(a_check_leaves_the_selection_as_it_was)
{
        struct world *world = world_create();

        (void)rmmsim_use(world->sim, 2);
        ck_assert_uint_eq(check(kernel_wrappers, NUM_RMI), 0);
        ck_assert_ptr_eq(rmmsim_used().sim, world->sim);
        ck_assert_uint_eq(rmmsim_used().pe, 2);
        (void)rmmsim_use(NULL, 0);
        world_destroy(world);
}
END_TEST

START_TEST(faults_have_names)
{
        ck_assert_str_eq(rmmsim_wrapper_fault_name(RMMSIM_WRAPPER_SWAPPED), "swapped");
        ck_assert_str_eq(rmmsim_wrapper_fault_name(RMMSIM_WRAPPER_OUTPUT), "output");
        ck_assert_str_eq(rmmsim_wrapper_fault_name(RMMSIM_NUM_WRAPPER_FAULTS), "?");
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bind_wrappers");
        TCase *tcase = tcase_create("wrappers");

        tcase_add_test(tcase, the_kernels_wrappers_are_right);
        tcase_add_test(tcase, the_planned_wrapper_is_right_as_long_as_nothing_is_planted);
        tcase_add_test(tcase, the_sve_hint_is_no_part_of_the_command);
        tcase_add_test(tcase, two_swapped_arguments_are_found_in_every_command);
        tcase_add_test(tcase, an_argument_of_32_bits_is_found_in_every_command);
        tcase_add_test(tcase, a_forgotten_argument_is_found_in_every_command);
        tcase_add_test(tcase, an_argument_in_two_registers_is_found);
        tcase_add_test(tcase, an_argument_too_high_is_found);
        tcase_add_test(tcase, mistakes_have_their_sentences);
        tcase_add_test(tcase, values_fit_their_types);
        tcase_add_test(tcase, descriptions_that_make_no_sense_are_refused);
        tcase_add_test(tcase, more_findings_than_room_are_counted);
        tcase_add_test(tcase, a_check_leaves_the_selection_as_it_was);
        tcase_add_test(tcase, faults_have_names);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
