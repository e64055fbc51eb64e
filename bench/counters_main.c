/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counters_main.c - bench_counters [FILTER] [OPTION...]: what rows do, counted and not timed.
 *
 * Each row is run a few times and many times; the difference, divided, is what one iteration does.
 * What happens once a run goes out with the few. To have instructions counted the program runs itself under callgrind, and
 * joins what that kept with what it counted itself.
 */
#include "counters.h"
#include "instruments.h"
#include "run.h"
#include "wrap.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
        WARM = 8,
        FEW = 2,
        MANY = 10,
        EXIT_DIFFERENT = 1,
        EXIT_USAGE = 2
};

struct arguments {
        const char *filter;
        const char *json;
        const char *baseline;
        const char *by; /* who counts instructions: perf, callgrind, none, any */
};

static void run(const struct bench_row *row, void *context, uint64_t n, const char *which, int perf,
                double counters[NUM_COUNTERS])
{
        char label[NAME_SIZE + 16];
        double instructions = COUNTER_UNKNOWN;

        callgrind_forget();
        if (perf >= 0) {
                perf_start(perf);
        }
        wrap_start();
        row->run(context, n);
        wrap_stop();
        if (perf >= 0) {
                instructions = perf_stop(perf);
        }
        wrap_counters(counters);
        counters[COUNTER_INSTRUCTIONS] = instructions;
        snprintf(label, sizeof(label), "%s %s", which, row->name);
        callgrind_keep(label);
}

/* A difference of two unknowns is unknown. */
static double per_iteration(double few, double many)
{
        return few == COUNTER_UNKNOWN || many == COUNTER_UNKNOWN ? COUNTER_UNKNOWN : (many - few) / (MANY - FEW);
}

static bool count_row(struct report *report, const struct bench_row *row, int perf)
{
        double few[NUM_COUNTERS];
        double many[NUM_COUNTERS];
        struct result *result = report_add(report, row->name);
        void *context = result != NULL ? row->begin() : NULL;

        if (context == NULL) {
                fprintf(stderr, "bench_counters: %s cannot be set up\n", row->name);
                return false;
        }
        row->run(context, WARM);
        run(row, context, FEW, "few", perf, few);
        run(row, context, MANY, "many", perf, many);
        row->end(context);
        result->counted = true;
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                result->counters[i] = per_iteration(few[i], many[i]);
        }
        return true;
}

static bool count_all(struct report *report, const char *filter, int perf)
{
        bool sound = true;

        /* The floors are primitives: what is in them is no news. */
        for (size_t i = 1; i < num_families; i++) {
                for (size_t j = 0; j < families[i]->num_rows; j++) {
                        const struct bench_row *row = &families[i]->rows[j];

                        if (row_wanted(row, filter) && row->figure == NULL && !row->no_counters) {
                                sound = count_row(report, row, perf) && sound;
                        }
                }
        }
        return sound;
}

/* What callgrind kept comes as "few ROW" and, next, "many ROW". */
static void join(struct report *report, const char *directory)
{
        char label[NAME_SIZE + 16];
        double instructions[2];
        double atomics[2];

        for (unsigned part = 1;
             callgrind_read(directory, part, label, &instructions[(part - 1) % 2], &atomics[(part - 1) % 2]); part++) {
                struct result *result = strncmp(label, "many ", 5) == 0 ? report_find(report, label + 5) : NULL;

                if (result != NULL && part % 2 == 0) {
                        result->counters[COUNTER_INSTRUCTIONS] = per_iteration(instructions[0], instructions[1]);
                        result->counters[COUNTER_ATOMICS] = per_iteration(atomics[0], atomics[1]);
                }
        }
}

/* Count by a child under callgrind. */
static bool count_under_callgrind(struct report *report, const char *program, const char *filter)
{
        char directory[] = "/tmp/rmmsim-count-XXXXXX";
        char file[64];
        char out[64];
        bool sound;

        if (mkdtemp(directory) == NULL) {
                fprintf(stderr, "bench_counters: no directory can be made in /tmp\n");
                return false;
        }
        snprintf(file, sizeof(file), "%s/counts", directory);
        snprintf(out, sizeof(out), "%s/out", directory);
        const char *argv[] = { program, "--json", file, "--instructions", "none", filter, NULL };
        sound = callgrind_run(argv, directory) == 0 && json_read(file, report);
        join(report, directory);
        unlink(file);
        unlink(out);
        rmdir(directory);
        return sound;
}

static bool have_valgrind(void)
{
        const char *argv[] = { "sh", "-c", "command -v valgrind >/dev/null", NULL };

        return run_program(argv) == 0;
}

static bool count_somehow(struct report *report, const char *program, const struct arguments *arguments)
{
        bool any = strcmp(arguments->by, "any") == 0;
        int perf = any || strcmp(arguments->by, "perf") == 0 ? perf_open() : -1;
        const char *by = perf >= 0 ? "perf" : any && have_valgrind() ? "callgrind" : any ? "none" : arguments->by;
        bool sound;

        if (strcmp(by, "perf") == 0 && perf < 0) {
                fprintf(stderr, "bench_counters: the system has no perf events for us; try --instructions callgrind\n");
                return false;
        }
        if (strcmp(by, "callgrind") == 0) {
                sound = count_under_callgrind(report, program, arguments->filter);
        } else {
                sound = count_all(report, arguments->filter, perf);
        }
        snprintf(report->instructions_by, sizeof(report->instructions_by), "%s", by);
        report->counted = build_own();
        if (perf >= 0) {
                close(perf);
        }
        return sound;
}

static bool parse(struct arguments *arguments, int argc, char **argv)
{
        for (int i = 1; i < argc; i++) {
                const char **value = strcmp(argv[i], "--json") == 0           ? &arguments->json
                                     : strcmp(argv[i], "--baseline") == 0     ? &arguments->baseline
                                     : strcmp(argv[i], "--instructions") == 0 ? &arguments->by
                                                                              : NULL;

                if (value != NULL && i + 1 < argc) {
                        *value = argv[++i];
                } else if (value != NULL || argv[i][0] == '-' || arguments->filter != NULL) {
                        fputs("usage: bench_counters [FILTER] [--json FILE] [--baseline FILE] "
                              "[--instructions perf|callgrind|none|any]\n",
                              stderr);
                        return false;
                } else {
                        arguments->filter = argv[i];
                }
        }
        return true;
}

int main(int argc, char **argv)
{
        struct arguments arguments = { .by = "any" };
        struct report baseline = { 0 };
        struct report report = { 0 };
        int status = EXIT_SUCCESS;

        if (!parse(&arguments, argc, argv) ||
            (arguments.baseline != NULL && !json_read(arguments.baseline, &baseline))) {
                return EXIT_USAGE;
        }
        if (!count_somehow(&report, argv[0], &arguments) ||
            (arguments.json != NULL && !json_write(arguments.json, &report))) {
                status = EXIT_USAGE;
        } else if (arguments.baseline != NULL && baseline_compare(stdout, &report, &baseline, arguments.filter) != 0) {
                fputs("If the change is meant, record the baseline anew: ./dev bench --record\n", stdout);
                status = EXIT_DIFFERENT;
        }
        report_free(&baseline);
        report_free(&report);
        return status;
}
