/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report.c - what a run of the benchmarks found out.
 */
#include "report.h"
#include <stdlib.h>
#include <string.h>

const char *const counter_names[NUM_COUNTERS] = {
        [COUNTER_INSTRUCTIONS] = "instructions", [COUNTER_ATOMICS] = "atomics",         [COUNTER_LOCKS] = "locks",
        [COUNTER_MUTEXES] = "mutexes",           [COUNTER_ALLOCATIONS] = "allocations", [COUNTER_COPIED] = "copied",
        [COUNTER_CLEARED] = "cleared",           [COUNTER_HASHED] = "hashed",           [COUNTER_PAGES] = "pages",
};

struct build build_own(void)
{
        struct build build = { .compiler = BENCH_COMPILER, .type = BENCH_BUILD_TYPE, .processor = BENCH_PROCESSOR };

        return build;
}

bool build_same(const struct build *a, const struct build *b)
{
        return strcmp(a->compiler, b->compiler) == 0 && strcmp(a->type, b->type) == 0 &&
               strcmp(a->processor, b->processor) == 0;
}

struct result *report_find(const struct report *report, const char *name)
{
        for (size_t i = 0; i < report->num_results; i++) {
                if (strcmp(report->results[i].name, name) == 0) {
                        return &report->results[i];
                }
        }
        return NULL;
}

struct result *report_add(struct report *report, const char *name)
{
        struct result *result = report_find(report, name);

        if (result != NULL) {
                return result;
        }
        if (report->num_results == report->room) {
                size_t room = report->room == 0 ? 64 : 2 * report->room;
                struct result *more = realloc(report->results, room * sizeof(*more));

                if (more == NULL) {
                        return NULL;
                }
                report->results = more;
                report->room = room;
        }
        result = &report->results[report->num_results++];
        *result = (struct result){ .unit = "ns" };
        snprintf(result->name, sizeof(result->name), "%s", name);
        for (unsigned i = 0; i < NUM_COUNTERS; i++) {
                result->counters[i] = COUNTER_UNKNOWN;
        }
        return result;
}

void report_free(struct report *report)
{
        free(report->results);
        *report = (struct report){ 0 };
}

double result_ratio(const struct result *result)
{
        bool known = result->timed && result->floor_ns > 0 && strcmp(result->unit, "ns") == 0;

        return known ? result->figure.median_ns / result->floor_ns : 0;
}
