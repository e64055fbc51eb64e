/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table.c - results for a reader at a terminal.
 */
#include "report.h"
#include <math.h>
#include <string.h>

/* Three digits that count, whatever the size. */
static int decimals(double value)
{
        return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

static char *scaled(char text[24], double value, double step, const char *const *units, size_t num_units)
{
        size_t unit = 0;

        while (fabs(value) >= step * 0.9995 && unit + 1 < num_units) {
                value /= step;
                unit++;
        }
        snprintf(text, 24, "%.*f %s", decimals(fabs(value)), value, units[unit]);
        return text;
}

char *figure_text(char text[24], double value, const char *unit)
{
        static const char *const times[] = { "ns", "us", "ms", "s" };
        static const char *const sizes[] = { "B", "KiB", "MiB", "GiB", "TiB" };

        if (strcmp(unit, "ns") == 0) {
                return scaled(text, value, 1000, times, sizeof(times) / sizeof(*times));
        }
        if (strcmp(unit, "bytes") == 0) {
                return scaled(text, value, 1024, sizes, sizeof(sizes) / sizeof(*sizes));
        }
        snprintf(text, 24, "%.*f %.10s", decimals(fabs(value)), value, unit);
        return text;
}

void table_print_header(FILE *out)
{
        fprintf(out, "  %-34s %10s %10s %7s %10s %7s %10s\n", "row", "median", "min", "spread", "floors", "ratio",
                "goal");
}

void table_print_row(FILE *out, const struct result *result)
{
        const struct rmmsim_bench_figure *figure = &result->figure;
        bool time = figure->rounds > 1;
        char text[24];

        fprintf(out, "%c %-34s %10s", figure->noisy ? '!' : ' ', result->name,
                figure_text(text, figure->median_ns, result->unit));
        if (time) {
                fprintf(out, " %10s %5.1f %%", figure_text(text, figure->min_ns, result->unit), 100 * figure->spread);
        } else {
                fprintf(out, " %10s %7s", "", "");
        }
        if (result_ratio(result) > 0) {
                fprintf(out, " %10s %6.2fx", figure_text(text, result->floor_ns, "ns"), result_ratio(result));
        } else if (result->goal_ns > 0) {
                fprintf(out, " %10s %7s", "", "");
        }
        if (result->goal_ns > 0) {
                fprintf(out, " %10s %s", figure_text(text, result->goal_ns, "ns"),
                        figure->median_ns <= result->goal_ns ? "met" : "missed");
        }
        fputc('\n', out);
}

static void print_counters(FILE *out, const struct result *result)
{
        fprintf(out, "  %-34s", result->name);
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                double value = result->counters[i];

                if (value == COUNTER_UNKNOWN) {
                        fprintf(out, " %12s", "-");
                } else {
                        fprintf(out, " %12.*f", value == floor(value) ? 0 : 1, value);
                }
        }
        fputc('\n', out);
}

void table_print_counters(FILE *out, const struct report *report, const char *family)
{
        bool any = false;

        for (size_t i = 0; i < report->num_results; i++) {
                const struct result *result = &report->results[i];

                if (!result->counted || strcmp(result->family, family) != 0) {
                        continue;
                }
                if (!any) {
                        fprintf(out, "\nCounted, for one iteration\n  %-34s", "row");
                        for (unsigned j = 0; j < NUM_COUNTERS; j++) {
                                fprintf(out, " %12s", counter_names[j]);
                        }
                        fputc('\n', out);
                        any = true;
                }
                print_counters(out, result);
        }
}
