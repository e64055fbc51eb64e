/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bench_report.c - what the benchmark program makes of its results: JSON written and read back, charts that are XML, and
 * above all the comparison with a baseline, which has to notice what got worse and to say what it did not look at.
 */
#include "json_parser.h"
#include "report.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/rmmsim-test-XXXXXX";

static void setup(void)
{
        int fd = mkstemp(path);

        ck_assert_int_ge(fd, 0);
        close(fd);
}

static void teardown(void)
{
        unlink(path);
}

/* A report with one row of each kind. */
static struct report sample(void)
{
        struct report report = { .timed = { "GNU 12.2.0", "Release", "x86_64" },
                                 .counted = { "GNU 12.2.0", "RelWithDebInfo", "x86_64" },
                                 .instructions_by = "callgrind",
                                 .cpu = "A \"fast\" one\\two",
                                 .cpus = 2 };
        struct result *result = report_add(&report, "rec/irq");

        result->timed = result->counted = true;
        result->figure = (struct rmmsim_bench_figure){
                .median_ns = 90, .min_ns = 85, .spread = 0.02, .iterations = 1000, .rounds = 41
        };
        result->floor_ns = 30;
        result->goal_ns = 90;
        snprintf(result->family, sizeof(result->family), "rec");
        snprintf(result->what, sizeof(result->what), "enter & <exit>");
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                result->counters[i] = 100 * i + 1000;
        }
        result = report_add(&report, "rec/memory");
        result->timed = true;
        result->figure = (struct rmmsim_bench_figure){ .median_ns = 4096, .min_ns = 4096, .rounds = 1 };
        snprintf(result->family, sizeof(result->family), "rec");
        snprintf(result->unit, sizeof(result->unit), "bytes");
        return report;
}

/* ---- JSON ---- */

static const struct {
        const char *text;
        bool sound;
} texts[] = {
        { "{}", true },
        { "[]", true },
        { " { \"a\" : [ 1, -2.5e3, true, false, null, \"x\" ] } \n", true },
        { "\"\\u0041\\n\\\"\\\\\"", true },
        { "0", true },
        { "", false },
        { "{", false },
        { "{\"a\"}", false },
        { "{\"a\":}", false },
        { "{\"a\":1,}", false },
        { "[1 2]", false },
        { "[1,", false },
        { "{} x", false },
        { "nul", false },
        { "\"abc", false },
        { "\"a\nb\"", false },
        { "\"\\u00e4\"", false },
        { "\"\\q\"", false },
        { "nan", false },
        { "0x10", false },
        { "1e", false },
        { "--1", false },
        { "+1", false },
        { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", false },
};

START_TEST(json_is_told_from_what_is_not)
{
        size_t where;
        struct json *value = json_parse(texts[_i].text, &where);

        ck_assert_msg((value != NULL) == texts[_i].sound, "%s", texts[_i].text);
        ck_assert_uint_le(where, strlen(texts[_i].text));
        json_free(value);
}
END_TEST

START_TEST(members_are_found)
{
        size_t where;
        struct json *value =
                json_parse("{ \"n\": 1.5, \"s\": \"a\\\"b\\u0041\", \"t\": true, \"o\": { \"n\": 2 } }", &where);

        ck_assert_ptr_nonnull(value);
        ck_assert_double_eq(json_number(value, "n", 0), 1.5);
        ck_assert_double_eq(json_number(value, "s", 7), 7);
        ck_assert_double_eq(json_number(json_member(value, "o"), "n", 0), 2);
        ck_assert_str_eq(json_string(value, "s", ""), "a\"bA");
        ck_assert_str_eq(json_string(value, "none", "-"), "-");
        ck_assert(json_truth(value, "t"));
        ck_assert(!json_truth(value, "n"));
        ck_assert_ptr_null(json_member(json_member(value, "n"), "n"));
        json_free(value);
}
END_TEST

START_TEST(a_report_comes_back_from_its_file)
{
        struct report report = sample();
        struct report back = { 0 };
        const struct result *result;

        ck_assert(json_write(path, &report));
        ck_assert(json_read(path, &back));
        ck_assert_str_eq(back.cpu, report.cpu);
        ck_assert(build_same(&back.timed, &report.timed));
        ck_assert(build_same(&back.counted, &report.counted));
        ck_assert_str_eq(back.instructions_by, "callgrind");
        ck_assert_uint_eq(back.num_results, 2);
        result = report_find(&back, "rec/irq");
        ck_assert(result->timed && result->counted && !result->figure.noisy);
        ck_assert_double_eq(result->figure.median_ns, 90);
        ck_assert_double_eq(result_ratio(result), 3);
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                ck_assert_double_eq(result->counters[i], report.results[0].counters[i]);
        }
        result = report_find(&back, "rec/memory");
        ck_assert(result->timed && !result->counted);
        ck_assert_str_eq(result->unit, "bytes");
        ck_assert_double_eq(result_ratio(result), 0);
        report_free(&report);
        report_free(&back);
}
END_TEST

static const char *const broken[] = {
        "",
        "not JSON",
        "{}",
        "{ \"format\": \"another\", \"version\": 1 }",
        "{ \"format\": \"rmmsim-bench\", \"version\": 2 }",
        "{ \"format\": \"rmmsim-bench\", \"version\": 1, \"times\": {} }",
        "{ \"format\": \"rmmsim-bench\", \"version\": 1, \"counters\": { \"rows\": [ { \"instructions\": 1 } ] } }",
        "{ \"format\": \"rmmsim-bench\", \"version\": 1, \"counters\": { \"rows\": [ ",
};

START_TEST(a_broken_file_is_refused)
{
        struct report report = { 0 };
        FILE *out = fopen(path, "w");

        ck_assert_ptr_nonnull(out);
        fputs(broken[_i], out);
        fclose(out);
        ck_assert(!json_read(path, &report));
        report_free(&report);
}
END_TEST

START_TEST(files_that_cannot_be_had_are_refused)
{
        struct report report = sample();

        ck_assert(!json_read("/nonexistent/file", &report));
        ck_assert(!json_read("/tmp", &report));
        ck_assert(!json_write("/nonexistent/file", &report));
        ck_assert(!markdown_write("/nonexistent/file", &report));
        ck_assert(!chart_write("/nonexistent/file", &report, "rec", "title"));
        report_free(&report);
}
END_TEST

/* ---- comparison ---- */

static char said[8192];

static unsigned compare(const struct report *now, const struct report *then, const char *filter)
{
        FILE *out = fmemopen(said, sizeof(said), "w");
        unsigned differences = baseline_compare(out, now, then, filter);

        fclose(out);
        return differences;
}

#define ck_assert_said(words)     ck_assert_msg(strstr(said, words) != NULL, "not said: %s; but: %s", words, said)
#define ck_assert_not_said(words) ck_assert_msg(strstr(said, words) == NULL, "said: %s", said)

START_TEST(the_same_is_not_different)
{
        struct report then = sample();
        struct report now = sample();

        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        ck_assert_said("10 figures compared, 0 past tolerance");
        ck_assert_not_said("not compared");
        report_free(&then);
        report_free(&now);
}
END_TEST

START_TEST(ratios_may_move_by_a_third_and_times_as_they_like)
{
        struct report then = sample();
        struct report now = sample();
        struct rmmsim_bench_figure *figure = &now.results[0].figure;

        /* Another machine: all is ten times as slow. */
        figure->median_ns *= 10;
        now.results[0].floor_ns *= 10;
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        figure->median_ns *= 1 + RATIO_TOLERANCE - 0.01;
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        figure->median_ns *= 1.02;
        ck_assert_uint_eq(compare(&now, &then, NULL), 1);
        ck_assert_said("rec/irq: the ratio to its floors rose from 3 to 4");
        /* Better is fine; noise says nothing. */
        figure->median_ns /= 10;
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        figure->median_ns *= 100;
        figure->noisy = true;
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        ck_assert_said("rec/irq: too noisy");
        report_free(&then);
        report_free(&now);
}
END_TEST

START_TEST(a_counter_that_changed_is_a_difference)
{
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                struct report then = sample();
                struct report now = sample();
                double *counter = &now.results[0].counters[i];
                double before = *counter;

                *counter = before + 1;
                ck_assert_uint_eq(compare(&now, &then, NULL), i == COUNTER_INSTRUCTIONS ? 0 : 1);
                *counter = before * 1.03;
                ck_assert_uint_eq(compare(&now, &then, NULL), 1);
                ck_assert_said(counter_names[i]);
                ck_assert_said(" rose from ");
                *counter = before * 0.97;
                ck_assert_uint_eq(compare(&now, &then, NULL), 1);
                ck_assert_said(" fell from ");
                report_free(&then);
                report_free(&now);
        }
}
END_TEST

START_TEST(from_zero_any_is_more)
{
        struct report then = sample();
        struct report now = sample();

        then.results[0].counters[COUNTER_ALLOCATIONS] = 0;
        now.results[0].counters[COUNTER_ALLOCATIONS] = 0.125;
        ck_assert_uint_eq(compare(&now, &then, NULL), 1);
        ck_assert_said("allocations rose from 0 to 0.125");
        report_free(&then);
        report_free(&now);
}
END_TEST

/* Another compiler copies and counts otherwise, but does not lock or allocate otherwise. */
START_TEST(another_build_is_compared_in_what_it_does_not_decide)
{
        struct report then = sample();
        struct report now = sample();
        static const enum counter decided[] = { COUNTER_INSTRUCTIONS, COUNTER_ATOMICS, COUNTER_COPIED, COUNTER_CLEARED,
                                                COUNTER_PAGES };

        snprintf(now.counted.compiler, sizeof(now.counted.compiler), "Clang 14.0.6");
        for (unsigned i = 0; i < sizeof(decided) / sizeof(*decided); i++) {
                now.results[0].counters[decided[i]] *= 2;
        }
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        ck_assert_said("not compared: the baseline was made by GNU 12.2.0 RelWithDebInfo");
        now.results[0].counters[COUNTER_LOCKS] += 1;
        ck_assert_uint_eq(compare(&now, &then, NULL), 1);
        report_free(&then);
        report_free(&now);
}
END_TEST

START_TEST(another_instrument_is_not_compared)
{
        struct report then = sample();
        struct report now = sample();

        snprintf(now.instructions_by, sizeof(now.instructions_by), "perf");
        now.results[0].counters[COUNTER_INSTRUCTIONS] *= 2;
        now.results[0].counters[COUNTER_ATOMICS] = COUNTER_UNKNOWN;
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        ck_assert_said("Instructions are not compared");
        now.results[0].counters[COUNTER_COPIED] += 1;
        ck_assert_uint_eq(compare(&now, &then, NULL), 1);
        report_free(&then);
        report_free(&now);
}
END_TEST

START_TEST(rows_that_went_or_came_are_differences)
{
        struct report then = sample();
        struct report now = sample();
        struct result *more = report_add(&then, "life/realm");

        more->counted = more->timed = true;
        ck_assert_uint_eq(compare(&now, &then, NULL), 1);
        ck_assert_said("life/realm: in the baseline, but no longer measured");
        ck_assert_uint_eq(compare(&now, &then, "rec/"), 0);
        ck_assert_uint_eq(compare(&then, &now, NULL), 1);
        ck_assert_said("life/realm: not in the baseline");
        report_free(&then);
        report_free(&now);
}
END_TEST

/* A run that only counted, against a baseline of both; and one that only timed. */
START_TEST(half_a_run_is_compared_by_half)
{
        struct report then = sample();
        struct report now = sample();

        now.results[0].timed = now.results[1].timed = false;
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        ck_assert_said("9 figures compared");
        report_free(&now);
        now = sample();
        now.results[0].counted = false;
        ck_assert_uint_eq(compare(&now, &then, NULL), 0);
        ck_assert_said("Counters are not compared: this run has none");
        ck_assert_said("1 figures compared");
        report_free(&then);
        report_free(&now);
}
END_TEST

/* ---- charts and tables ---- */

static char *slurp(void)
{
        static char text[65536];
        FILE *in = fopen(path, "r");
        size_t size = fread(text, 1, sizeof(text) - 1, in);

        fclose(in);
        text[size] = '\0';
        return text;
}

/* Are all elements closed in order, and all & entities? */
static bool well_formed(const char *text)
{
        char open[32][16];
        unsigned depth = 0;

        for (; *text != '\0'; text++) {
                char name[16];

                if (*text == '&' && strncmp(text, "&amp;", 5) != 0 && strncmp(text, "&lt;", 4) != 0 &&
                    strncmp(text, "&gt;", 4) != 0 && strncmp(text, "&quot;", 6) != 0) {
                        return false;
                }
                if (*text != '<') {
                        continue;
                }
                const char *end = strchr(text, '>');

                if (end == NULL || sscanf(text + 1, "%15[/a-z]", name) != 1) {
                        return false;
                }
                if (name[0] == '/') {
                        if (depth == 0 || strcmp(open[--depth], name + 1) != 0) {
                                return false;
                        }
                } else if (end[-1] != '/') {
                        if (depth == 32) {
                                return false;
                        }
                        strcpy(open[depth++], name);
                }
                text = end;
        }
        return depth == 0;
}

START_TEST(a_chart_is_xml_and_says_its_numbers)
{
        struct report report = sample();
        const char *text;

        ck_assert(chart_write(path, &report, "rec", "REC & <paths>"));
        text = slurp();
        ck_assert_msg(well_formed(text), "%s", text);
        ck_assert_ptr_nonnull(strstr(text, "REC &amp; &lt;paths&gt;"));
        ck_assert_ptr_nonnull(strstr(text, "enter &amp; &lt;exit&gt;"));
        ck_assert_ptr_nonnull(strstr(text, "90.0 ns = 3.00 x 30.0 ns, goal 90.0 ns"));
        ck_assert_ptr_nonnull(strstr(text, "prefers-color-scheme: dark"));
        ck_assert_ptr_null(strstr(text, "rec/memory"));
        ck_assert_ptr_null(strstr(text, "nan"));
        ck_assert_ptr_null(strstr(text, "inf"));
        report_free(&report);
}
END_TEST

START_TEST(a_markdown_table_has_all_rows)
{
        struct report report = sample();
        const char *text;

        ck_assert(markdown_write(path, &report));
        text = slurp();
        ck_assert_ptr_nonnull(
                strstr(text, "| `rec/irq` | enter & <exit> | 90.0 ns | 85.0 ns | 30.0 ns | 3.00 | 90.0 ns, met |"));
        ck_assert_ptr_nonnull(strstr(text, "| `rec/memory` |  | 4.00 KiB |"));
        report_free(&report);
}
END_TEST

static const struct {
        double value;
        const char *unit;
        const char *text;
} figures[] = {
        { 0, "ns", "0.00 ns" },
        { 1.234, "ns", "1.23 ns" },
        { 9.996, "ns", "10.0 ns" },
        { 99.96, "ns", "100 ns" },
        { 999.4, "ns", "999 ns" },
        { 999.6, "ns", "1.00 us" },
        { 1234, "ns", "1.23 us" },
        { 5.5e9, "ns", "5.50 s" },
        { 1e13, "ns", "10000 s" },
        { 512, "bytes", "512 B" },
        { 4096, "bytes", "4.00 KiB" },
        { -20, "ns", "-20.0 ns" },
        { 1.9, "threads", "1.90 threads" },
};

START_TEST(figures_have_three_digits_and_a_unit)
{
        char text[24];

        ck_assert_str_eq(figure_text(text, figures[_i].value, figures[_i].unit), figures[_i].text);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bench_report");
        TCase *tcase = tcase_create("bench_report");
        SRunner *runner = srunner_create(suite);
        int failed;

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, json_is_told_from_what_is_not, 0, (int)(sizeof(texts) / sizeof(*texts)));
        tcase_add_test(tcase, members_are_found);
        tcase_add_test(tcase, a_report_comes_back_from_its_file);
        tcase_add_loop_test(tcase, a_broken_file_is_refused, 0, (int)(sizeof(broken) / sizeof(*broken)));
        tcase_add_test(tcase, files_that_cannot_be_had_are_refused);
        tcase_add_test(tcase, the_same_is_not_different);
        tcase_add_test(tcase, ratios_may_move_by_a_third_and_times_as_they_like);
        tcase_add_test(tcase, a_counter_that_changed_is_a_difference);
        tcase_add_test(tcase, from_zero_any_is_more);
        tcase_add_test(tcase, another_build_is_compared_in_what_it_does_not_decide);
        tcase_add_test(tcase, another_instrument_is_not_compared);
        tcase_add_test(tcase, rows_that_went_or_came_are_differences);
        tcase_add_test(tcase, half_a_run_is_compared_by_half);
        tcase_add_test(tcase, a_chart_is_xml_and_says_its_numbers);
        tcase_add_test(tcase, a_markdown_table_has_all_rows);
        tcase_add_loop_test(tcase, figures_have_three_digits_and_a_unit, 0, (int)(sizeof(figures) / sizeof(*figures)));
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
