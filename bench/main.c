/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * main.c - bench [FILTER] [OPTION...]: what a host pays for an RMM, against what the primitives in it cost.
 */
#include "counters.h"
#include "run.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
        EXIT_DIFFERENT = 1, /* past the tolerance, or a row could not be measured */
        EXIT_USAGE = 2
};

struct arguments {
        struct run_options run;
        const char *json;
        const char *baseline;
        const char *svg;
        const char *markdown;
        const char *counters;     /* the program that counts; NULL: the one beside this one */
        const char *instructions; /* who counts them; NULL: whoever can */
        bool no_counters;
};

static void usage(FILE *out)
{
        fputs("usage: bench [FILTER] [OPTION...]\n"
              "\n"
              "Measures the rows whose name contains FILTER, each against the primitive costs that it contains.\n"
              "\n"
              "  --json FILE         write what was found, for programs and as a baseline\n"
              "  --baseline FILE     compare ratios and counters with those in FILE; exit 1 past tolerance\n"
              "  --svg DIR           draw a chart for each family into DIR\n"
              "  --markdown FILE     write the tables of the documentation\n"
              "  --quick             few and short rounds: a look, not a measurement\n"
              "  --no-counters       times only\n"
              "  --counters PROGRAM  count with this bench_counters [the one beside this program]\n"
              "  --instructions WHO  who counts them: perf, callgrind, none [the baseline's, or the first that "
              "works]\n",
              out);
}

static bool take_value(const char **value, int argc, char **argv, int *i)
{
        if (*i + 1 >= argc) {
                fprintf(stderr, "bench: %s needs a value\n", argv[*i]);
                return false;
        }
        *value = argv[++*i];
        return true;
}

static bool parse(struct arguments *arguments, int argc, char **argv)
{
        const struct {
                const char *name;
                const char **value;
        } with_value[] = {
                { "--json", &arguments->json },         { "--baseline", &arguments->baseline },
                { "--svg", &arguments->svg },           { "--markdown", &arguments->markdown },
                { "--counters", &arguments->counters }, { "--instructions", &arguments->instructions },
        };

        for (int i = 1; i < argc; i++) {
                const char *argument = argv[i];
                size_t known = 0;

                while (known < sizeof(with_value) / sizeof(*with_value) &&
                       strcmp(argument, with_value[known].name) != 0) {
                        known++;
                }
                if (known < sizeof(with_value) / sizeof(*with_value)) {
                        if (!take_value(with_value[known].value, argc, argv, &i)) {
                                return false;
                        }
                } else if (strcmp(argument, "--quick") == 0) {
                        arguments->run.quick = true;
                } else if (strcmp(argument, "--no-counters") == 0) {
                        arguments->no_counters = true;
                } else if (argument[0] == '-') {
                        fprintf(stderr, "bench: there is no option %s; --help lists them\n", argument);
                        return false;
                } else if (arguments->run.filter != NULL) {
                        fprintf(stderr, "bench: one FILTER only, and there are %s and %s\n", arguments->run.filter,
                                argument);
                        return false;
                } else {
                        arguments->run.filter = argument;
                }
        }
        return true;
}

static bool find_rows(const char *filter)
{
        for (size_t i = 0; i < num_families; i++) {
                for (size_t j = 0; j < families[i]->num_rows; j++) {
                        if (row_wanted(&families[i]->rows[j], filter)) {
                                return true;
                        }
                }
        }
        fprintf(stderr, "bench: no row's name contains %s; without FILTER all are measured\n", filter);
        return false;
}

/* The machine, as far as it tells. */
static void describe(struct report *report, const struct arguments *arguments)
{
        FILE *info = fopen("/proc/cpuinfo", "r");
        char line[256];

        report->timed = build_own();
        report->quick = arguments->run.quick;
        report->cpus = sysconf(_SC_NPROCESSORS_ONLN);
        snprintf(report->cpu, sizeof(report->cpu), "%s", report->timed.processor);
        while (info != NULL && fgets(line, sizeof(line), info) != NULL) {
                const char *colon = strchr(line, ':');

                if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
                        snprintf(report->cpu, sizeof(report->cpu), "%.*s", (int)strcspn(colon + 1, "\n") - 1,
                                 colon + 2);
                        break;
                }
        }
        if (info != NULL) {
                fclose(info);
        }
}

static unsigned noisy_rows(const struct report *report)
{
        unsigned noisy = 0;

        for (size_t i = 0; i < report->num_results; i++) {
                noisy += report->results[i].timed && report->results[i].figure.noisy;
        }
        return noisy;
}

static void print_summary(FILE *out, const struct report *report)
{
        unsigned goals = 0;
        unsigned met = 0;

        for (size_t i = 0; i < report->num_results; i++) {
                const struct result *result = &report->results[i];

                if (result->timed && result->goal_ns > 0) {
                        goals++;
                        met += result->figure.median_ns <= result->goal_ns;
                }
        }
        fprintf(out, "\n%zu rows on %s, %ld CPUs, %s, %s. Goals met: %u of %u.\n", report->num_results, report->cpu,
                report->cpus, report->timed.compiler, report->timed.type, met, goals);
        if (noisy_rows(report) != 0) {
                fprintf(out,
                        "%u rows are marked \"!\": their spread is over 10 %%, so something else ran on the machine, "
                        "and they say little.\n",
                        noisy_rows(report));
        }
}

/*
 * Where the system happened to put a row's memory can make it slow for the whole run. So a ratio that rose past tolerance is
 * looked at again in a new world, and counts if it does so again.
 */
static void look_again(struct report *report, const struct report *baseline)
{
        for (size_t i = 0; i < report->num_results; i++) {
                const struct result *now = &report->results[i];
                const struct result *then = report_find(baseline, now->name);

                for (int j = 0; j < 2 && then != NULL && result_ratio(then) > 0 && baseline_ratio_rose(now, then);
                     j++) {
                        printf("%s: looked at again, as its ratio rose to %.2f\n", now->name, result_ratio(now));
                        run_again(report, now->name);
                }
        }
}

static bool measure(struct report *report, const struct report *baseline, const struct arguments *arguments)
{
        bool sound = run_begin(&arguments->run);

        for (size_t i = 0; sound && i < num_families; i++) {
                sound = run_family(stdout, report, families[i], &arguments->run);
        }
        if (sound) {
                look_again(report, baseline);
        }
        run_end();
        return sound;
}

static bool wants_family(const struct report *report, const char *name)
{
        for (size_t i = 0; i < report->num_results; i++) {
                if (report->results[i].timed && strcmp(report->results[i].family, name) == 0) {
                        return true;
                }
        }
        return false;
}

static bool write_charts(const struct report *report, const char *directory)
{
        for (size_t i = 0; i < num_families; i++) {
                char path[1024];

                snprintf(path, sizeof(path), "%s/%s.svg", directory, families[i]->name);
                if (wants_family(report, families[i]->name) &&
                    !chart_write(path, report, families[i]->name, families[i]->title)) {
                        return false;
                }
        }
        return true;
}

static bool write_files(const struct report *report, const struct arguments *arguments)
{
        return (arguments->json == NULL || json_write(arguments->json, report)) &&
               (arguments->markdown == NULL || markdown_write(arguments->markdown, report)) &&
               (arguments->svg == NULL || write_charts(report, arguments->svg));
}

int main(int argc, char **argv)
{
        struct arguments arguments = { 0 };
        struct report baseline = { 0 };
        struct report report = { 0 };
        int status = EXIT_SUCCESS;

        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                usage(stdout);
                return EXIT_SUCCESS;
        }
        if (!parse(&arguments, argc, argv) || !find_rows(arguments.run.filter) ||
            (arguments.baseline != NULL && !json_read(arguments.baseline, &baseline))) {
                return EXIT_USAGE;
        }
        describe(&report, &arguments);
        if (!measure(&report, &baseline, &arguments)) {
                status = EXIT_DIFFERENT;
        }
        if (!arguments.no_counters) {
                if (!counters_collect(&report, arguments.counters, argv[0], arguments.run.filter,
                                      baseline.instructions_by[0] != '\0' ? baseline.instructions_by
                                                                          : arguments.instructions)) {
                        status = EXIT_DIFFERENT;
                }
                for (size_t i = 0; i < num_families; i++) {
                        table_print_counters(stdout, &report, families[i]->name);
                }
        }
        print_summary(stdout, &report);
        if (!write_files(&report, &arguments)) {
                status = EXIT_USAGE;
        }
        if (arguments.baseline != NULL && status == EXIT_SUCCESS &&
            baseline_compare(stdout, &report, &baseline, arguments.run.filter) != 0) {
                status = EXIT_DIFFERENT;
        }
        report_free(&baseline);
        report_free(&report);
        return status;
}
