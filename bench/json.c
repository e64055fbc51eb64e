/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * json.c - results as JSON, written and read back. docs/benchmarks.md describes the format, version 1.
 *
 * Times and counts stand in sections of their own because programs of different builds may have made them.
 */
#include "json_parser.h"
#include "report.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT  "rmmsim-bench"
#define VERSION 1

/* ---- writing ---- */

static void put_string(FILE *out, const char *text)
{
        fputc('"', out);
        for (; *text != '\0'; text++) {
                unsigned char c = (unsigned char)*text;

                if (c == '"' || c == '\\') {
                        fprintf(out, "\\%c", c);
                } else if (c < ' ') {
                        fprintf(out, "\\u%04x", c);
                } else {
                        fputc(c, out);
                }
        }
        fputc('"', out);
}

static void put_build(FILE *out, const struct build *build)
{
        fputs("\"build\": { \"compiler\": ", out);
        put_string(out, build->compiler);
        fputs(", \"type\": ", out);
        put_string(out, build->type);
        fputs(", \"processor\": ", out);
        put_string(out, build->processor);
        fputs(" }", out);
}

static void put_time(FILE *out, const struct result *result)
{
        const struct rmmsim_bench_figure *figure = &result->figure;

        fputs("{ \"name\": ", out);
        put_string(out, result->name);
        fputs(", \"family\": ", out);
        put_string(out, result->family);
        fputs(", \"unit\": ", out);
        put_string(out, result->unit);
        fprintf(out, ", \"median\": %.6g, \"min\": %.6g, \"spread\": %.4g", figure->median_ns, figure->min_ns,
                figure->spread);
        fprintf(out, ", \"iterations\": %llu, \"rounds\": %u, \"noisy\": %s", (unsigned long long)figure->iterations,
                figure->rounds, figure->noisy ? "true" : "false");
        fprintf(out, ", \"floor_ns\": %.6g, \"goal_ns\": %.6g, \"ratio\": %.6g }", result->floor_ns, result->goal_ns,
                result_ratio(result));
}

static void put_count(FILE *out, const struct result *result)
{
        fputs("{ \"name\": ", out);
        put_string(out, result->name);
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                if (result->counters[i] != COUNTER_UNKNOWN) {
                        fprintf(out, ", \"%s\": %.10g", counter_names[i], result->counters[i]);
                }
        }
        fputs(" }", out);
}

static void put_rows(FILE *out, const struct report *report, bool counts)
{
        const char *separator = "\n";

        fputs("\"rows\": [", out);
        for (size_t i = 0; i < report->num_results; i++) {
                const struct result *result = &report->results[i];

                if (counts ? result->counted : result->timed) {
                        fprintf(out, "%s      ", separator);
                        (counts ? put_count : put_time)(out, result);
                        separator = ",\n";
                }
        }
        fputs("\n    ]", out);
}

static bool has(const struct report *report, bool counts)
{
        for (size_t i = 0; i < report->num_results; i++) {
                if (counts ? report->results[i].counted : report->results[i].timed) {
                        return true;
                }
        }
        return false;
}

bool json_write(const char *path, const struct report *report)
{
        FILE *out = fopen(path, "w");
        bool sound;

        if (out == NULL) {
                fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
                return false;
        }
        fprintf(out, "{\n  \"format\": \"" FORMAT "\",\n  \"version\": %d", VERSION);
        if (has(report, false)) {
                fputs(",\n  \"times\": {\n    ", out);
                put_build(out, &report->timed);
                fputs(",\n    \"cpu\": ", out);
                put_string(out, report->cpu);
                fprintf(out, ", \"cpus\": %ld, \"quick\": %s,\n    ", report->cpus, report->quick ? "true" : "false");
                put_rows(out, report, false);
                fputs("\n  }", out);
        }
        if (has(report, true)) {
                fputs(",\n  \"counters\": {\n    ", out);
                put_build(out, &report->counted);
                fputs(",\n    \"instructions_by\": ", out);
                put_string(out, report->instructions_by);
                fputs(",\n    ", out);
                put_rows(out, report, true);
                fputs("\n  }", out);
        }
        fputs("\n}\n", out);
        sound = ferror(out) == 0;
        sound = fclose(out) == 0 && sound;
        if (!sound) {
                fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
        }
        return sound;
}

/* ---- reading ---- */

static char *slurp(const char *path)
{
        FILE *in = fopen(path, "r");
        char *text = NULL;
        size_t size = 0;
        size_t room = 0;

        while (in != NULL) {
                size_t got;

                if (size + 1 >= room) {
                        char *more = realloc(text, room = 2 * room + 65536);

                        if (more == NULL) {
                                errno = ENOMEM;
                                break;
                        }
                        text = more;
                }
                got = fread(text + size, 1, room - size - 1, in);
                if (got == 0 && ferror(in) == 0) {
                        fclose(in);
                        text[size] = '\0';
                        return text;
                }
                if (got == 0) {
                        break;
                }
                size += got;
        }
        fprintf(stderr, "bench: cannot read %s: %s\n", path, strerror(errno));
        if (in != NULL) {
                fclose(in);
        }
        free(text);
        return NULL;
}

static void copy(char *to, size_t size, const struct json *from, const char *key)
{
        snprintf(to, size, "%s", json_string(from, key, ""));
}

static void read_build(struct build *build, const struct json *section)
{
        const struct json *from = json_member(section, "build");

        copy(build->compiler, sizeof(build->compiler), from, "compiler");
        copy(build->type, sizeof(build->type), from, "type");
        copy(build->processor, sizeof(build->processor), from, "processor");
}

static void read_time(struct result *result, const struct json *row)
{
        result->timed = true;
        copy(result->family, sizeof(result->family), row, "family");
        copy(result->unit, sizeof(result->unit), row, "unit");
        result->figure.median_ns = json_number(row, "median", 0);
        result->figure.min_ns = json_number(row, "min", 0);
        result->figure.spread = json_number(row, "spread", 0);
        result->figure.iterations = (uint64_t)json_number(row, "iterations", 0);
        result->figure.rounds = (unsigned)json_number(row, "rounds", 0);
        result->figure.noisy = json_truth(row, "noisy");
        result->floor_ns = json_number(row, "floor_ns", 0);
        result->goal_ns = json_number(row, "goal_ns", 0);
}

static void read_count(struct result *result, const struct json *row)
{
        result->counted = true;
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                result->counters[i] = json_number(row, counter_names[i], COUNTER_UNKNOWN);
        }
}

static bool read_rows(struct report *report, const struct json *section,
                      void (*read)(struct result *, const struct json *))
{
        const struct json *rows = json_member(section, "rows");

        if (section != NULL && (rows == NULL || rows->kind != JSON_ARRAY)) {
                return false;
        }
        for (const struct json *row = rows != NULL ? rows->first : NULL; row != NULL; row = row->next) {
                const char *name = json_string(row, "name", NULL);
                struct result *result = name != NULL ? report_add(report, name) : NULL;

                if (result == NULL) {
                        return false;
                }
                read(result, row);
        }
        return true;
}

static bool read_report(const char *path, struct report *report, const struct json *root)
{
        const struct json *times = json_member(root, "times");
        const struct json *counters = json_member(root, "counters");
        double version = json_number(root, "version", 0);

        if (strcmp(json_string(root, "format", ""), FORMAT) != 0) {
                fprintf(stderr, "bench: %s is JSON, but not a file of this program\n", path);
                return false;
        }
        if (version != VERSION) {
                fprintf(stderr, "bench: %s has version %g, and this program reads version %d: record it anew\n", path,
                        version, VERSION);
                return false;
        }
        read_build(&report->timed, times);
        read_build(&report->counted, counters);
        report->quick = json_truth(times, "quick");
        report->cpus = (long)json_number(times, "cpus", 0);
        copy(report->cpu, sizeof(report->cpu), times, "cpu");
        copy(report->instructions_by, sizeof(report->instructions_by), counters, "instructions_by");
        if (!read_rows(report, times, read_time) || !read_rows(report, counters, read_count)) {
                fprintf(stderr, "bench: %s has a section whose rows cannot be read\n", path);
                return false;
        }
        return true;
}

bool json_read(const char *path, struct report *report)
{
        char *text = slurp(path);
        struct json *root;
        size_t where;
        bool sound;

        if (text == NULL) {
                return false;
        }
        root = json_parse(text, &where);
        if (root == NULL) {
                fprintf(stderr, "bench: %s is not JSON: byte %zu makes no sense\n", path, where);
        }
        sound = root != NULL && read_report(path, report, root);
        json_free(root);
        free(text);
        return sound;
}
