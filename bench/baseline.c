/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * baseline.c - is it still as good as it was?
 *
 * Times are not compared: they hold for one machine on one day. Ratios to floors of the same run are, with room for another
 * machine. Counts are compared exactly where only the source decides them, and within two hundredths where the compiler has a
 * word, provided that it is the same compiler. A count that got smaller is a difference too: the baseline is then recorded anew,
 * or the next regression hides in the gap.
 */
#include "report.h"
#include <math.h>
#include <string.h>

struct comparison {
        FILE *out;
        unsigned differences;
        unsigned compared;
        bool same_build;
        bool same_instructions;
};

static void differ(struct comparison *comparison, const char *name, const char *what, double now, double then,
                   double tolerance)
{
        double change = then != 0 ? 100 * (now - then) / then : 0;

        comparison->differences++;
        fprintf(comparison->out, "%s: %s %s from %.10g to %.10g", name, what, now > then ? "rose" : "fell", then, now);
        if (then != 0) {
                fprintf(comparison->out, ", %+.1f %%", change);
        }
        if (tolerance > 0) {
                fprintf(comparison->out, " (%.0f %% are tolerated)", 100 * tolerance);
        }
        fputc('\n', comparison->out);
}

bool baseline_ratio_rose(const struct result *now, const struct result *then)
{
        return result_ratio(now) > result_ratio(then) * (1 + RATIO_TOLERANCE);
}

/* A ratio that fell is good news and nothing else: a faster machine can do that. */
static void compare_ratio(struct comparison *comparison, const struct result *now, const struct result *then)
{
        double ratio_now = result_ratio(now);
        double ratio_then = result_ratio(then);

        if (ratio_now == 0 || ratio_then == 0) {
                return;
        }
        if (now->figure.noisy || then->figure.noisy) {
                fprintf(comparison->out, "%s: too noisy for its ratio to be compared\n", now->name);
                return;
        }
        comparison->compared++;
        if (baseline_ratio_rose(now, then)) {
                differ(comparison, now->name, "the ratio to its floors", ratio_now, ratio_then, RATIO_TOLERANCE);
        }
}

/* Which counts the compiler decides, by what it inlines. */
static bool is_compilers(unsigned counter)
{
        return counter == COUNTER_INSTRUCTIONS || counter == COUNTER_ATOMICS || counter == COUNTER_COPIED ||
               counter == COUNTER_CLEARED || counter == COUNTER_PAGES;
}

static bool by_instrument(unsigned counter)
{
        return counter == COUNTER_INSTRUCTIONS || counter == COUNTER_ATOMICS;
}

static void compare_counts(struct comparison *comparison, const struct result *now, const struct result *then)
{
        for (unsigned i = 0; now->counted && then->counted && i < NUM_COUNTERS; i++) {
                double tolerance = i == COUNTER_INSTRUCTIONS ? INSTRUCTIONS_TOLERANCE : 0;
                double a = now->counters[i];
                double b = then->counters[i];

                if ((is_compilers(i) && !comparison->same_build) ||
                    (by_instrument(i) && !comparison->same_instructions) || a == COUNTER_UNKNOWN ||
                    b == COUNTER_UNKNOWN) {
                        continue;
                }
                comparison->compared++;
                if (fabs(a - b) > tolerance * b + 1e-6) {
                        differ(comparison, now->name, counter_names[i], a, b, tolerance);
                }
        }
}

static bool has_counts(const struct report *report)
{
        for (size_t i = 0; i < report->num_results; i++) {
                if (report->results[i].counted) {
                        return true;
                }
        }
        return false;
}

static bool has_times(const struct report *report)
{
        for (size_t i = 0; i < report->num_results; i++) {
                if (report->results[i].timed) {
                        return true;
                }
        }
        return false;
}

/* Say what cannot be compared at all. */
static void open_comparison(struct comparison *comparison, const struct report *now, const struct report *then)
{
        if (!has_counts(now) || !has_counts(then)) {
                fprintf(comparison->out, "Counters are not compared: %s has none.\n",
                        has_counts(now) ? "the baseline" : "this run");
                return;
        }
        comparison->same_build = build_same(&now->counted, &then->counted);
        comparison->same_instructions = strcmp(now->instructions_by, then->instructions_by) == 0;
        if (!comparison->same_build) {
                fprintf(comparison->out,
                        "Counters that the compiler decides are not compared: the baseline was made by %s %s for %s, "
                        "this "
                        "program by %s %s for %s.\n",
                        then->counted.compiler, then->counted.type, then->counted.processor, now->counted.compiler,
                        now->counted.type, now->counted.processor);
        } else if (!comparison->same_instructions) {
                fprintf(comparison->out,
                        "Instructions are not compared: the baseline has them from %s, this run from %s.\n",
                        then->instructions_by, now->instructions_by);
        }
}

unsigned baseline_compare(FILE *out, const struct report *now, const struct report *then, const char *filter)
{
        struct comparison comparison = { .out = out };

        fputs("\nCompared with the baseline:\n", out);
        open_comparison(&comparison, now, then);
        for (size_t i = 0; i < then->num_results; i++) {
                const struct result *before = &then->results[i];
                const struct result *after = report_find(now, before->name);

                if (filter != NULL && strstr(before->name, filter) == NULL) {
                        continue;
                }
                if ((before->timed && has_times(now) && (after == NULL || !after->timed)) ||
                    (before->counted && has_counts(now) && (after == NULL || !after->counted))) {
                        fprintf(out, "%s: in the baseline, but no longer measured\n", before->name);
                        comparison.differences++;
                } else if (after != NULL) {
                        compare_ratio(&comparison, after, before);
                        compare_counts(&comparison, after, before);
                }
        }
        for (size_t i = 0; i < now->num_results; i++) {
                const struct result *after = &now->results[i];
                const struct result *before = report_find(then, after->name);

                if (after->counted && has_counts(then) && (before == NULL || !before->counted)) {
                        fprintf(out, "%s: not in the baseline, so nothing guards it: record the baseline anew\n",
                                after->name);
                        comparison.differences++;
                }
        }
        fprintf(out, "%u figures compared, %u past tolerance.\n", comparison.compared, comparison.differences);
        if (comparison.compared == 0 && comparison.differences == 0) {
                fputs("Nothing could be compared.\n", out);
        }
        return comparison.differences;
}
