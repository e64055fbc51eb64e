/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * phases.c - where the time of one entry goes, as the program beside this one measures it.
 *
 * Reading the clock a dozen times an entry slows it down, so the phases add up to somewhat more than rec/idle: compare them with
 * one another.
 */
#include "bench.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
        LINES_MAX = 32
};

static struct {
        char name[32];
        double ns;
} lines[LINES_MAX];
static int num_lines = -1;

/* bench_phases lies where bench does. */
static FILE *run(void)
{
        char self[4000];
        char command[4096];
        ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

        if (length <= 0) {
                return NULL;
        }
        self[length] = '\0';
        snprintf(command, sizeof(command), "'%s_phases'", self);
        return popen(command, "r");
}

static double phase(const char *name)
{
        if (num_lines < 0) {
                FILE *from = run();

                num_lines = 0;
                while (from != NULL && num_lines < LINES_MAX &&
                       fscanf(from, "%31s %lf", lines[num_lines].name, &lines[num_lines].ns) == 2) {
                        num_lines++;
                }
                if (from == NULL || pclose(from) != 0) {
                        fprintf(stderr, "bench: bench_phases did not run: build the target bench anew\n");
                        exit(2);
                }
        }
        for (int i = 0; i < num_lines; i++) {
                if (strcmp(lines[i].name, name) == 0) {
                        return lines[i].ns;
                }
        }
        fprintf(stderr, "bench: bench_phases says nothing of %s\n", name);
        exit(2);
}

#define PHASES(X)                                                                                                      \
        X(dispatch, "registers to named arguments and back, statistics")                                               \
        X(locks, "taking and dropping the locks of the run page and the REC, twice")                                   \
        X(run_page_in, "reading the host's half of the run page")                                                      \
        X(checks, "failure conditions")                                                                                \
        X(act, "state of the REC, completing the last exit, loading the GIC")                                          \
        X(realm, "interrupts, timers, and the trap that the guest makes")                                              \
        X(switch, "to the guest's stack and back")                                                                     \
        X(guest, "the guest's own instructions")                                                                       \
        X(exit_record, "what the host is shown")                                                                       \
        X(run_page_out, "copying that to the run page")

#define FIGURES(name, what)                                                                                            \
        static double c_##name(void)                                                                                   \
        {                                                                                                              \
                return phase("c/" #name);                                                                              \
        }                                                                                                              \
        static double step_##name(void)                                                                                \
        {                                                                                                              \
                return phase("step/" #name);                                                                           \
        }
PHASES(FIGURES)

#define ROW(guest, phase_name, text)                                                                                   \
        { .name = "phase/" #guest "/" #phase_name, .what = text, .figure = guest##_##phase_name, .unit = "ns" },
#define ROW_C(name, what)    ROW(c, name, what)
#define ROW_STEP(name, what) ROW(step, name, what)

static const struct bench_row rows[] = { PHASES(ROW_C) PHASES(ROW_STEP) };

const struct bench_family family_phases = { "phase", "Phases of one entry (rec/idle), the clock's own cost taken off",
                                            rows, sizeof(rows) / sizeof(rows[0]) };
