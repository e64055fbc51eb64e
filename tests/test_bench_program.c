/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bench_program.c - the benchmark program as its users start it: options, files, exit statuses.
 */
#include "counters.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/rmmsim-test-XXXXXX";
static char said[16384];

static void setup(void)
{
        ck_assert_ptr_nonnull(mkdtemp(directory));
        ck_assert_int_eq(chdir(directory), 0);
}

static void teardown(void)
{
        const char *argv[] = { "rm", "-rf", directory, NULL };

        ck_assert_int_eq(run_program(argv), 0);
}

/* Run it through a shell in the test's own directory. Returns the exit status; said[] is both outputs. */
static int bench(const char *arguments)
{
        char line[512];
        const char *argv[] = { "sh", "-c", line, NULL };
        FILE *in;
        size_t size;
        int status;

        snprintf(line, sizeof(line), "exec " BENCH_PROGRAM " %s >said 2>&1", arguments);
        status = run_program(argv);
        in = fopen("said", "r");
        size = fread(said, 1, sizeof(said) - 1, in);
        said[size] = '\0';
        fclose(in);
        return status;
}

static bool exists(const char *name)
{
        struct stat status;

        return stat(name, &status) == 0 && status.st_size > 0;
}

START_TEST(a_run_writes_what_it_is_asked_for)
{
        struct report report = { 0 };

        ck_assert_int_eq(bench("command/version --quick --no-counters --json a.json --svg . --markdown a.md"), 0);
        ck_assert_ptr_nonnull(strstr(said, "floor/switch"));
        ck_assert_ptr_nonnull(strstr(said, "command/version"));
        ck_assert_ptr_null(strstr(said, "command/features"));
        ck_assert(exists("a.md") && exists("floors.svg") && exists("command.svg") && !exists("rec.svg"));
        ck_assert(json_read("a.json", &report));
        ck_assert_double_gt(result_ratio(report_find(&report, "command/version")), 0);
        ck_assert(report.quick);
        report_free(&report);
}
END_TEST

/* The phases of an entry come from a program of their own. The short ones may come out as nothing on a noisy machine. */
START_TEST(phases_of_an_entry)
{
        static const char *const phases[] = { "dispatch", "locks",  "run_page_in", "checks",      "act",
                                              "realm",    "switch", "guest",       "exit_record", "run_page_out" };
        struct report report = { 0 };

        ck_assert_int_eq(bench("phase/c --quick --no-counters --json a.json"), 0);
        ck_assert(json_read("a.json", &report));
        for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
                char name[64];

                snprintf(name, sizeof(name), "phase/c/%s", phases[i]);
                ck_assert_msg(report_find(&report, name) != NULL, "%s is missing", name);
        }
        ck_assert_double_gt(report_find(&report, "phase/c/locks")->figure.median_ns, 0);
        ck_assert_double_gt(report_find(&report, "phase/c/run_page_out")->figure.median_ns, 0);
        report_free(&report);
}
END_TEST

START_TEST(a_baseline_decides_the_exit_status)
{
        struct report report = { 0 };
        struct result *result;

        ck_assert_int_eq(bench("command/version --quick --no-counters --json a.json"), 0);
        ck_assert(json_read("a.json", &report));
        result = report_find(&report, "command/version");
        result->figure.noisy = false;
        result->floor_ns = 1000 * result->figure.median_ns;
        ck_assert(json_write("better.json", &report));
        result->floor_ns = result->figure.median_ns / 1000;
        ck_assert(json_write("worse.json", &report));
        ck_assert_int_eq(bench("command/version --quick --no-counters --baseline worse.json"), 0);
        /* Noise of a loaded machine may keep a ratio from being compared; not five times in a row. */
        for (int i = 0; i < 5 && bench("command/version --quick --no-counters --baseline better.json") == 0; i++) {
                ck_assert_ptr_nonnull(strstr(said, "too noisy"));
        }
        ck_assert_ptr_nonnull(strstr(said, "command/version: the ratio to its floors rose"));
        report_free(&report);
}
END_TEST

static const struct {
        const char *arguments;
        const char *words;
} mistakes[] = {
        { "--nonsense", "no option --nonsense" },
        { "--json", "--json needs a value" },
        { "one two", "one FILTER only" },
        { "nobody", "no row's name contains nobody" },
        { "--baseline none.json", "cannot read none.json" },
        { "--baseline said", "said is not JSON" },
        { "--quick --no-counters floor --json /nonexistent/x", "cannot write /nonexistent/x" },
        { "--quick --no-counters floor --svg /nonexistent", "cannot write /nonexistent/floors.svg" },
};

START_TEST(mistakes_get_a_sentence)
{
        ck_assert_int_eq(bench(mistakes[_i].arguments), 2);
        ck_assert_msg(strstr(said, mistakes[_i].words) != NULL, "%s", said);
}
END_TEST

START_TEST(help_helps)
{
        ck_assert_int_eq(bench("--help"), 0);
        ck_assert_ptr_nonnull(strstr(said, "--baseline FILE"));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bench_program");
        TCase *tcase = tcase_create("bench_program");
        SRunner *runner = srunner_create(suite);
        int failed;

        tcase_set_timeout(tcase, 240);
        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, a_run_writes_what_it_is_asked_for);
        tcase_add_test(tcase, phases_of_an_entry);
        tcase_add_test(tcase, a_baseline_decides_the_exit_status);
        tcase_add_loop_test(tcase, mistakes_get_a_sentence, 0, (int)(sizeof(mistakes) / sizeof(*mistakes)));
        tcase_add_test(tcase, help_helps);
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
