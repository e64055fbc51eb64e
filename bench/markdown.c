/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * markdown.c - results as the tables of docs/benchmarks.md.
 */
#include "report.h"
#include <errno.h>
#include <string.h>

static void put_row(FILE *out, const struct result *result)
{
        const struct rmmsim_bench_figure *figure = &result->figure;
        char text[24];

        fprintf(out, "| `%s` | %s | %s%s |", result->name, result->what,
                figure_text(text, figure->median_ns, result->unit), figure->noisy ? " (!)" : "");
        fprintf(out, " %s |", figure->rounds > 1 ? figure_text(text, figure->min_ns, result->unit) : "");
        fprintf(out, " %s |", result->floor_ns > 0 ? figure_text(text, result->floor_ns, "ns") : "");
        if (result_ratio(result) > 0) {
                fprintf(out, " %.2f |", result_ratio(result));
        } else {
                fputs(" |", out);
        }
        if (result->goal_ns > 0) {
                fprintf(out, " %s, %s |\n", figure_text(text, result->goal_ns, "ns"),
                        figure->median_ns <= result->goal_ns ? "met" : "**missed**");
        } else {
                fputs(" |\n", out);
        }
}

bool markdown_write(const char *path, const struct report *report)
{
        FILE *out = fopen(path, "w");
        const char *family = "";

        if (out == NULL) {
                fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
                return false;
        }
        fprintf(out, "Measured on %s, %ld CPUs, by a program of %s, %s%s.\n", report->cpu, report->cpus,
                report->timed.compiler, report->timed.type,
                report->quick ? "; quickly, so these are no figures to keep" : "");
        for (size_t i = 0; i < report->num_results; i++) {
                const struct result *result = &report->results[i];

                if (!result->timed) {
                        continue;
                }
                if (strcmp(result->family, family) != 0) {
                        family = result->family;
                        fprintf(out, "\n### %s\n\n", family);
                        fputs("| row | what | median | min | floors | ratio | goal |\n|---|---|--:|--:|--:|--:|--:|\n",
                              out);
                }
                put_row(out, result);
        }
        if (fclose(out) != 0) {
                fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
                return false;
        }
        return true;
}
