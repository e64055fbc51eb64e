/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_fuzz_inputs.c - inputs as bytes, taken apart, and as lines; and the features that a run has.
 */
#include "fuzz_coverage.h"
#include "fuzz_draft.h"
#include "fuzz_line.h"
#include "fuzz_sweep.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static void nothing(const struct fuzz_input *input)
{
        (void)input;
}

static void nothing_to_say(const struct fuzz_input *input, FILE *to)
{
        (void)input;
        (void)to;
}

const struct fuzz_target fuzz_target = { .name = "shape",
                                         .summary = "a shape",
                                         .header_size = 2,
                                         .record_size = 3,
                                         .scheduled = true,
                                         .run = nothing,
                                         .describe = nothing_to_say };

/* ---- bytes -------------------------------------------------------------------------------------------------------------- */

START_TEST(an_input_is_split)
{
        static const uint8_t bytes[] = { 7, 0, 1, 2, 3, 4, 5, 6, 7, 9, 1 };
        struct fuzz_input input = fuzz_split(bytes, sizeof(bytes));

        ck_assert_uint_eq(input.program_size, 7);
        ck_assert_uint_eq(input.schedule_size, 2);
        ck_assert_uint_eq(fuzz_header(&input, 1), 2);
        ck_assert_uint_eq(fuzz_header(&input, 2), 0); /* a record's */
        ck_assert_uint_eq(fuzz_num_records(&input), 1);
        ck_assert_uint_eq(fuzz_record(&input, 0)[0], 3);
        ck_assert_uint_eq(input.schedule[0], 9);
}
END_TEST

START_TEST(an_input_may_be_cut_anywhere)
{
        static const uint8_t bytes[] = { 7, 0, 1, 2, 3, 4, 5, 6, 7, 9, 1 };

        for (size_t size = 0; size < sizeof(bytes); size++) {
                struct fuzz_input input = fuzz_split(bytes, size);

                ck_assert_uint_eq(input.program_size + input.schedule_size, size < 2 ? 0 : size - 2);
                ck_assert_uint_eq(fuzz_num_records(&input), size < 7 ? 0 : 1);
                ck_assert_uint_eq(fuzz_header(&input, 0), size < 3 ? 0 : 1);
        }
}
END_TEST

START_TEST(a_whole_input_is_put_together_as_it_was)
{
        static const uint8_t bytes[] = { 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0x80, 1, 0, 0xff, 0x7f, 255 };
        struct fuzz_draft draft;
        uint8_t again[FUZZ_INPUT_MAX];

        fuzz_draft_read(&draft, bytes, sizeof(bytes));
        ck_assert_uint_eq(draft.num_records, 2);
        ck_assert_uint_eq(draft.num_preemptions, 3);
        ck_assert_uint_eq(draft.preemptions[1].gap, 128);
        ck_assert_uint_eq(draft.preemptions[2].gap, 16383);
        ck_assert_uint_eq(draft.preemptions[2].choice, 255);
        ck_assert_uint_eq(fuzz_draft_write(&draft, again, sizeof(again)), sizeof(bytes));
        ck_assert_mem_eq(bytes, again, sizeof(bytes));
}
END_TEST

START_TEST(what_is_not_whole_is_left_out)
{
        static const uint8_t bytes[] = { 6, 0, 1, 2, 3, 4, 5, 6, 9, 1, 0x80 };
        static const uint8_t whole[] = { 5, 0, 1, 2, 3, 4, 5, 9, 1 };
        struct fuzz_draft draft;
        uint8_t again[FUZZ_INPUT_MAX];

        fuzz_draft_read(&draft, bytes, sizeof(bytes));
        ck_assert_uint_eq(fuzz_draft_write(&draft, again, sizeof(again)), sizeof(whole));
        ck_assert_mem_eq(whole, again, sizeof(whole));
        /* Less room: the preemption goes, or the record. */
        ck_assert_uint_eq(fuzz_draft_write(&draft, again, 8), 7);
        ck_assert_uint_eq(fuzz_draft_write(&draft, again, 5), 4);
        ck_assert_uint_eq(again[0], 2);
}
END_TEST

START_TEST(a_preemption_is_taken_out)
{
        static const uint8_t bytes[] = { 2, 0, 0, 0, 3, 1, 4, 2 };
        struct fuzz_draft draft;

        fuzz_draft_read(&draft, bytes, sizeof(bytes));
        fuzz_draft_unpreempt(&draft, 0, true);
        ck_assert_uint_eq(draft.num_preemptions, 1);
        ck_assert_uint_eq(draft.preemptions[0].gap, 8); /* at choice 8, as before: 3, the preemption, 4 */
        fuzz_draft_read(&draft, bytes, sizeof(bytes));
        fuzz_draft_unpreempt(&draft, 0, false);
        ck_assert_uint_eq(draft.preemptions[0].gap, 4);
}
END_TEST

/* ---- lines -------------------------------------------------------------------------------------------------------------- */

START_TEST(a_line_leads_back_to_its_input)
{
        static const size_t sizes[] = { 0, 1, 2, 300, FUZZ_INPUT_MAX };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                static uint8_t bytes[FUZZ_INPUT_MAX];
                static uint8_t again[FUZZ_INPUT_MAX];
                static char line[FUZZ_LINE_MAX];
                size_t size = FUZZ_INPUT_MAX;

                for (size_t k = 0; k < sizes[i]; k++) {
                        bytes[k] = (uint8_t)(k * 7);
                }
                ck_assert_uint_eq(fuzz_line_write(line, bytes, sizes[i]), strlen(line));
                ck_assert_ptr_null(fuzz_line_read(line, again, &size));
                ck_assert_uint_eq(size, sizes[i]);
                ck_assert_int_eq(memcmp(bytes, again, size), 0);
        }
}
END_TEST

START_TEST(a_line_is_what_the_manual_says)
{
        static const uint8_t bytes[] = { 0x01, 0xaf };
        char line[FUZZ_LINE_MAX];

        (void)fuzz_line_write(line, bytes, sizeof(bytes));
        ck_assert_str_eq(line, "rmmsim-fuzz:1 target=shape input=01af\n");
}
END_TEST

START_TEST(a_bad_line_is_told_why)
{
        static const struct {
                const char *line;
                const char *says;
        } rows[] = {
                { "rmmsim-explore:1 pes=2 p=", "not a replay line" },
                { "", "not a replay line" },
                { "rmmsim-fuzz:2 target=shape input=00", "another version" },
                { "rmmsim-fuzz:1 shape 00", "no target=NAME" },
                { "rmmsim-fuzz:1 target=shape", "no target=NAME" },
                { "rmmsim-fuzz:1 target=shaper input=00", "for target shaper, this is shape" },
                { "rmmsim-fuzz:1 target=shap input=00", "for target shap, this is shape" },
                { "rmmsim-fuzz:1 target=shape input=0g", "hexadecimal" },
                { "rmmsim-fuzz:1 target=shape input=000", "middle of a byte" },
                { "rmmsim-fuzz:1 target=shape input=00 00", "more behind" },
        };
        uint8_t bytes[FUZZ_INPUT_MAX];
        size_t size;
        const char *wrong = fuzz_line_read(rows[_i].line, bytes, &size);

        ck_assert_ptr_nonnull(wrong);
        ck_assert_ptr_nonnull(strstr(wrong, rows[_i].says));
}
END_TEST

START_TEST(a_line_has_its_limits)
{
        static char line[2 * FUZZ_LINE_MAX] = "rmmsim-fuzz:1 target=shape input=";
        static uint8_t bytes[FUZZ_INPUT_MAX];
        size_t size;

        memset(line + strlen(line), '0', 2 * (size_t)FUZZ_INPUT_MAX + 2);
        ck_assert_ptr_nonnull(strstr(fuzz_line_read(line, bytes, &size), "longer than 4096 bytes"));
        ck_assert_ptr_null(fuzz_line_read("  rmmsim-fuzz:1 target=shape input=AF \n", bytes, &size));
        ck_assert_uint_eq(bytes[0], 0xaf);
}
END_TEST

/* ---- features ----------------------------------------------------------------------------------------------------------- */

START_TEST(a_feature_is_a_counter_and_its_step)
{
        static const uint8_t counts[] = { 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 127, 128, 255 };
        static const unsigned steps[] = { 0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7 };
        uint16_t features[FUZZ_NUM_COUNTERS];

        for (size_t i = 0; i < sizeof(counts); i++) {
                fuzz_coverage_begin();
                ck_assert_uint_eq(fuzz_coverage_features(features), 0);
                ((uint8_t *)&fuzz_coverage)[FUZZ_NUM_COUNTERS - 1] = counts[i];
                fuzz_coverage.commands[3] = counts[i];
                ck_assert_uint_eq(fuzz_coverage_features(features), 2);
                ck_assert_uint_eq(features[0], 3 * 8 + steps[i]);
                ck_assert_uint_eq(features[1], (FUZZ_NUM_COUNTERS - 1) * 8 + steps[i]);
        }
}
END_TEST

START_TEST(events_are_counted_by_their_rows)
{
        struct rmmsim_event refused = { .kind = RMMSIM_EVENT_COMMAND };
        struct rmmsim_event edge = { .kind = RMMSIM_EVENT_EDGE };

        refused.of.command.id = RMMSIM_COMMAND_rmi_rec_enter;
        refused.of.command.refused = RMMSIM_FAIL_rmi_rec_enter_rec_state;
        edge.of.edge.id = RMMSIM_EDGE_GRANULE_UNDELEGATED_DELEGATED;
        fuzz_coverage_begin();
        for (unsigned i = 0; i < 300; i++) {
                fuzz_trace(NULL, &refused);
        }
        fuzz_trace(NULL, &edge);
        ck_assert_uint_eq(fuzz_coverage.conditions[RMMSIM_FAIL_rmi_rec_enter_rec_state], 255);
        ck_assert_uint_eq(fuzz_coverage.commands[RMMSIM_COMMAND_rmi_rec_enter], 0);
        ck_assert(fuzz_coverage_gather());
        ck_assert(!fuzz_coverage_gather());
        ck_assert_uint_eq(fuzz_coverage_reached().conditions, 1);
        ck_assert_uint_eq(fuzz_coverage_reached().edges, 1);
        ck_assert_uint_eq(fuzz_coverage_reached().features, 2);
        fuzz_coverage_begin();
        fuzz_trace(NULL, &refused);
        ck_assert(fuzz_coverage_gather()); /* another step of the same counter */
        ck_assert_uint_eq(fuzz_coverage_reached().conditions, 1);
        ck_assert_uint_eq(fuzz_coverage_reached().features, 3);
}
END_TEST

/* ---- sweeps --------------------------------------------------------------------------------------------------------------- */

static void expect_swept(const struct fuzz_preemption *expected, size_t count)
{
        static struct fuzz_draft draft;
        uint8_t bytes[FUZZ_INPUT_MAX];
        size_t size = fuzz_sweep_next(bytes);

        ck_assert_uint_ne(size, 0);
        fuzz_draft_read(&draft, bytes, size);
        ck_assert_uint_eq(draft.num_records, 1);
        ck_assert_uint_eq(draft.num_preemptions, count);
        for (size_t i = 0; i < count; i++) {
                ck_assert_uint_eq(draft.preemptions[i].gap, expected[i].gap);
                ck_assert_uint_eq(draft.preemptions[i].choice, expected[i].choice);
        }
}

/* One more preemption at each choice, for each of two others; then that one alone. Inputs without a choice have no turn. */
START_TEST(a_sweep_goes_from_the_first_choice_to_the_last)
{
        static const uint8_t plain[] = { 5, 0, 1, 2, 3, 4, 5 };
        static const uint8_t scheduled[] = { 5, 0, 1, 2, 3, 4, 5, 9, 1 };
        uint8_t bytes[FUZZ_INPUT_MAX];

        ck_assert_uint_eq(fuzz_sweep_next(bytes), 0);
        fuzz_sweep_add(plain, sizeof(plain), 0);
        fuzz_sweep_add(plain, sizeof(plain), 3);
        fuzz_sweep_add(scheduled, sizeof(scheduled), 2);
        for (unsigned i = 0; i < 6; i++) {
                expect_swept(&(struct fuzz_preemption){ i / 2, (uint8_t)(i % 2) }, 1);
        }
        for (unsigned i = 0; i < 4; i++) {
                expect_swept((struct fuzz_preemption[]){ { 9, 1 }, { i / 2, (uint8_t)(i % 2) } }, 2);
        }
        for (unsigned i = 0; i < 4; i++) {
                expect_swept(&(struct fuzz_preemption){ i / 2, (uint8_t)(i % 2) }, 1);
        }
        ck_assert_uint_eq(fuzz_sweep_next(bytes), 0);
}
END_TEST

int main(void)
{
        SRunner *runner;
        Suite *suite = suite_create("fuzz_inputs");
        TCase *tcase = tcase_create("inputs");
        int failed;

        tcase_add_test(tcase, an_input_is_split);
        tcase_add_test(tcase, an_input_may_be_cut_anywhere);
        tcase_add_test(tcase, a_whole_input_is_put_together_as_it_was);
        tcase_add_test(tcase, what_is_not_whole_is_left_out);
        tcase_add_test(tcase, a_preemption_is_taken_out);
        tcase_add_test(tcase, a_line_leads_back_to_its_input);
        tcase_add_test(tcase, a_line_is_what_the_manual_says);
        tcase_add_loop_test(tcase, a_bad_line_is_told_why, 0, 10);
        tcase_add_test(tcase, a_line_has_its_limits);
        tcase_add_test(tcase, a_feature_is_a_counter_and_its_step);
        tcase_add_test(tcase, events_are_counted_by_their_rows);
        tcase_add_test(tcase, a_sweep_goes_from_the_first_choice_to_the_last);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
