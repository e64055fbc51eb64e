/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report.h - what a run of the benchmarks found out, and the shapes it is given: table, JSON, Markdown, chart, comparison.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <rmmsim/bench.h>
#include <stdio.h>

/* What is the same each time: counts for one iteration of a row. */
enum counter {
        COUNTER_INSTRUCTIONS, /* executed, except in libc's memory functions and in libcrypto                    */
        COUNTER_ATOMICS,      /* of these, those that lock the bus; callgrind knows them on x86-64 only           */
        COUNTER_LOCKS,        /* Granule and Realm locks taken                                                    */
        COUNTER_MUTEXES,      /* pthread_mutex_lock()                                                             */
        COUNTER_ALLOCATIONS,  /* malloc(), calloc(), realloc()                                                    */
        COUNTER_COPIED,       /* bytes through memcpy() and memmove()                                             */
        COUNTER_CLEARED,      /* bytes through memset()                                                           */
        COUNTER_HASHED,       /* bytes through EVP_DigestUpdate()                                                 */
        COUNTER_PAGES,        /* copies and wipes of a whole page or more                                         */
        NUM_COUNTERS
};
extern const char *const counter_names[NUM_COUNTERS];
#define COUNTER_UNKNOWN (-1.0)

enum {
        NAME_SIZE = 64,
        WHAT_SIZE = 128
};

struct result {
        char name[NAME_SIZE];
        char what[WHAT_SIZE];
        char family[NAME_SIZE];
        char unit[16]; /* of the figure: "ns" unless the row says otherwise                     */
        bool timed;
        struct rmmsim_bench_figure figure;
        double floor_ns; /* sum of the floors; 0: the row has none                                */
        double goal_ns;  /* 0: none                                                               */
        bool counted;
        double counters[NUM_COUNTERS]; /* COUNTER_UNKNOWN where nobody looked                         */
};

/* Who made the program that was measured: what instruction counts depend on. */
struct build {
        char compiler[64]; /* "GNU 12.2.0"                       */
        char type[32];     /* "Release"                          */
        char processor[32];
};

struct report {
        struct build timed;   /* the program that was timed         */
        struct build counted; /* the one that was counted           */
        char instructions_by[16];
        char cpu[NAME_SIZE];
        long cpus;
        bool quick;
        struct result *results;
        size_t num_results;
        size_t room;
};

/* The build that this program itself is. */
struct build build_own(void);
bool build_same(const struct build *a, const struct build *b);

/* The result of that name; made if it is not there. NULL: no memory. */
struct result *report_add(struct report *report, const char *name);
struct result *report_find(const struct report *report, const char *name);
void report_free(struct report *report);

/* Measured over floors; 0 where the row has no floors, no time, or another unit. */
double result_ratio(const struct result *result);

/* ---- shapes ---- */

/* A number of the unit with three digits, "14.2 ns" or "1.2 MiB". Returns text. */
char *figure_text(char text[24], double value, const char *unit);

void table_print_header(FILE *out);
void table_print_row(FILE *out, const struct result *result);
/* The counters of a family, if any were taken. */
void table_print_counters(FILE *out, const struct report *report, const char *family);

/* These return false, with a sentence on stderr, when the file cannot be written or read. */
bool json_write(const char *path, const struct report *report);
bool json_read(const char *path, struct report *report);
bool markdown_write(const char *path, const struct report *report);
bool chart_write(const char *path, const struct report *report, const char *family, const char *title);

/* ---- comparison ---- */

/* How far a figure may be from the baseline's. */
#define RATIO_TOLERANCE        0.35
#define INSTRUCTIONS_TOLERANCE 0.02

/* Has the ratio risen past tolerance? */
bool baseline_ratio_rose(const struct result *now, const struct result *then);

/*
 * Say on out how `now` differs from `then`: each difference past tolerance in a line, and what was not compared and why. Rows
 * that only one of them has do not count where `filter` excludes them. Returns how many differences are too large.
 */
unsigned baseline_compare(FILE *out, const struct report *now, const struct report *then, const char *filter);

#endif
