/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chart.c - a family as a chart: one SVG file that needs nothing else and is readable on light and on dark.
 *
 * Bars on a logarithmic scale: what was measured, in it what the floors take, and a mark where the goal is. Every bar carries
 * its numbers as text, so nothing is said by colour alone.
 */
#include "report.h"
#include <errno.h>
#include <math.h>
#include <string.h>

enum {
        WIDTH = 1000,
        LEFT = 260,
        RIGHT = 280,
        TOP = 64,
        BAR = 16,
        STEP = 26
};

struct chart {
        FILE *out;
        double low; /* decades */
        double high;
};

static void put_text(FILE *out, const char *text)
{
        for (; *text != '\0'; text++) {
                switch (*text) {
                case '&':
                        fputs("&amp;", out);
                        break;
                case '<':
                        fputs("&lt;", out);
                        break;
                case '>':
                        fputs("&gt;", out);
                        break;
                case '"':
                        fputs("&quot;", out);
                        break;
                default:
                        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
                }
        }
}

static bool drawn(const struct result *result, const char *family)
{
        return result->timed && strcmp(result->family, family) == 0 && strcmp(result->unit, "ns") == 0 &&
               result->figure.median_ns > 0;
}

static double x_of(const struct chart *chart, double value)
{
        double part = (log10(value) - chart->low) / (chart->high - chart->low);

        return LEFT + (WIDTH - LEFT - RIGHT) * (part < 0 ? 0 : part > 1 ? 1 : part);
}

static unsigned measure_scale(struct chart *chart, const struct report *report, const char *family)
{
        double low = INFINITY;
        double high = 0;
        unsigned rows = 0;

        for (size_t i = 0; i < report->num_results; i++) {
                const struct result *result = &report->results[i];

                if (drawn(result, family)) {
                        low = fmin(low, result->figure.median_ns);
                        low = result->floor_ns > 0 ? fmin(low, result->floor_ns) : low;
                        high = fmax(fmax(high, result->figure.median_ns), fmax(result->floor_ns, result->goal_ns));
                        rows++;
                }
        }
        if (rows > 0) {
                /* The lowest value keeps a bar that can be seen. */
                chart->low = floor(log10(low) - 0.3);
                chart->high = fmax(ceil(log10(high)), chart->low + 1);
        }
        return rows;
}

static void put_head(const struct chart *chart, const char *title, unsigned height)
{
        fprintf(chart->out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" height=\"%u\" "
                "role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n<title>",
                WIDTH, height, WIDTH, height);
        put_text(chart->out, title);
        fputs("</title>\n<style>\n"
              "  .back { fill: #ffffff } .text { fill: #1f2328 } .grid { stroke: #d0d7de }\n"
              "  .measured { fill: #9ec5f4 } .floors { fill: #1f5fa8 } .goal { stroke: #b3261e; stroke-width: 2 }\n"
              "  @media (prefers-color-scheme: dark) {\n"
              "    .back { fill: #14181d } .text { fill: #e6edf3 } .grid { stroke: #3a424c }\n"
              "    .measured { fill: #38628f } .floors { fill: #8fc3ff } .goal { stroke: #ff9a8f }\n"
              "  }\n</style>\n",
              chart->out);
        fprintf(chart->out, "<rect class=\"back\" width=\"%d\" height=\"%u\"/>\n", WIDTH, height);
        fputs("<text class=\"text\" x=\"12\" y=\"24\" font-size=\"16\">", chart->out);
        put_text(chart->out, title);
        fputs("</text>\n", chart->out);
}

static void put_scale(const struct chart *chart, unsigned bottom)
{
        for (int decade = (int)chart->low; decade <= (int)chart->high; decade++) {
                double x = x_of(chart, pow(10, decade));
                char text[24];

                fprintf(chart->out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%u\"/>\n", x, TOP - 8,
                        x, bottom);
                fprintf(chart->out, "<text class=\"text\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x,
                        TOP - 14, figure_text(text, pow(10, decade), "ns"));
        }
}

static void put_bar(const struct chart *chart, const struct result *result, double y)
{
        double start = x_of(chart, pow(10, chart->low));
        double end = x_of(chart, result->figure.median_ns);
        char text[24];

        fprintf(chart->out, "<g><title>");
        put_text(chart->out, result->what);
        fprintf(chart->out, "</title>\n<text class=\"text\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 8,
                y + 12);
        put_text(chart->out, result->name);
        fprintf(chart->out, "</text>\n<rect class=\"measured\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
                start, y, end - start, BAR);
        if (result->floor_ns > 0) {
                fprintf(chart->out, "<rect class=\"floors\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
                        start, y + BAR / 2.0, x_of(chart, result->floor_ns) - start, BAR / 2);
        }
        if (result->goal_ns > 0) {
                double x = x_of(chart, result->goal_ns);

                fprintf(chart->out, "<line class=\"goal\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x,
                        y - 3, x, y + BAR + 3);
        }
        fprintf(chart->out, "<text class=\"text\" x=\"%d\" y=\"%.1f\">%s", WIDTH - RIGHT + 12, y + 12,
                figure_text(text, result->figure.median_ns, "ns"));
        if (result_ratio(result) > 0) {
                fprintf(chart->out, " = %.2f x %s", result_ratio(result), figure_text(text, result->floor_ns, "ns"));
        }
        if (result->goal_ns > 0) {
                fprintf(chart->out, ", goal %s", figure_text(text, result->goal_ns, "ns"));
        }
        fprintf(chart->out, "%s</text></g>\n", result->figure.noisy ? " (!)" : "");
}

static void put_legend(const struct chart *chart, unsigned y)
{
        fprintf(chart->out,
                "<rect class=\"measured\" x=\"%d\" y=\"%u\" width=\"24\" height=\"%d\"/>"
                "<text class=\"text\" x=\"%d\" y=\"%u\">measured, median</text>\n",
                LEFT, y, BAR, LEFT + 32, y + 12);
        fprintf(chart->out,
                "<rect class=\"floors\" x=\"%d\" y=\"%u\" width=\"24\" height=\"%d\"/>"
                "<text class=\"text\" x=\"%d\" y=\"%u\">floors that it contains</text>\n",
                LEFT + 150, y + BAR / 2, BAR / 2, LEFT + 182, y + 12);
        fprintf(chart->out,
                "<line class=\"goal\" x1=\"%d\" y1=\"%u\" x2=\"%d\" y2=\"%u\"/>"
                "<text class=\"text\" x=\"%d\" y=\"%u\">goal</text>\n",
                LEFT + 340, y, LEFT + 340, y + BAR, LEFT + 350, y + 12);
}

bool chart_write(const char *path, const struct report *report, const char *family, const char *title)
{
        struct chart chart = { 0 };
        unsigned rows = measure_scale(&chart, report, family);
        unsigned bottom = TOP + rows * STEP;
        unsigned y = TOP;

        if (rows == 0) {
                return true;
        }
        chart.out = fopen(path, "w");
        if (chart.out == NULL) {
                fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
                return false;
        }
        put_head(&chart, title, bottom + 40);
        put_scale(&chart, bottom);
        for (size_t i = 0; i < report->num_results; i++) {
                if (drawn(&report->results[i], family)) {
                        put_bar(&chart, &report->results[i], y);
                        y += STEP;
                }
        }
        put_legend(&chart, bottom + 12);
        fputs("</svg>\n", chart.out);
        if (fclose(chart.out) != 0) {
                fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
                return false;
        }
        return true;
}
