/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench.h - what the benchmark program is made of: rows, and the floors that each row is held against.
 *
 * A row is something a host does again and again. It says which primitive costs (floors) one iteration cannot do without, and
 * the ratio of what was measured to the sum of those, both from the same run, is what is compared from one day and one machine
 * to another. Times are not.
 *
 * The program is a client like any other: public headers only. The method is that of <rmmsim/bench.h>.
 */
#ifndef BENCH_H
#define BENCH_H

#include <rmmsim/bench.h>
#include <stdio.h>

/* Primitive costs, each measured as a row of its own (floors.c). */
enum bench_floor {
        FLOOR_CALL,      /* empty indirect call with 8 arguments                                    */
        FLOOR_REGISTERS, /* copying 31 registers out and in                                         */
        FLOOR_LOCK_PAIR, /* compare-and-swap to take, release store to drop                         */
        FLOOR_SWITCH,    /* stack switch there and back                                             */
        FLOOR_ZERO_4K,   /* memset of 4 KiB, hot                                                    */
        FLOOR_ZERO_4K_COLD,
        FLOOR_COPY_4K, /* memcpy of 4 KiB, hot                                                    */
        FLOOR_COPY_4K_COLD,
        FLOOR_SHA_4K,  /* SHA-256 of 4 KiB, through libcrypto as the library uses it              */
        FLOOR_SHA_256, /* SHA-256 of 256 bytes                                                    */
        NUM_FLOORS
};

struct bench_row {
        const char *name;           /* "command/version": the family, then what                              */
        const char *what;           /* one line for the reader                                               */
        void *(*begin)(void);       /* make the world; its result is the context of run and end. NULL: failed */
        rmmsim_bench_fn *run;       /* do it n times                                                         */
        void (*end)(void *context); /* give the world back                                                   */
        double floors[NUM_FLOORS];  /* how many of each one iteration contains                               */
        double goal_ns;             /* what the project aims at on the machine of docs/benchmarks.md; 0: none */
        bool no_counters; /* not the same each time (threads); libcrypto and memcpy are left out of instructions anyway */
        double size;      /* in a series "family/series/size": what the rows differ in; 0: no series */
        double (*figure)(void); /* instead of begin, run and end: a figure in `unit` that no loop can time */
        const char *unit;       /* "bytes", "ns"; NULL: ns                                               */
};

/* The rows of a family, in the order of the table. One file each. */
struct bench_family {
        const char *name;
        const char *title;
        const struct bench_row *rows;
        size_t num_rows;
        /*
         * What is said under the table, or NULL. figures[i] is of rows[i]; its rounds are 0 where the row was not measured, and its
         * median_ns is the figure, in its unit, where the row has one.
         */
        void (*notes)(FILE *out, const struct rmmsim_bench_figure *figures);
};
extern const struct bench_family family_floors; /* row i is enum bench_floor i */
extern bool floors_quick;                       /* spare the caches, and with them the time that filling them takes */
extern const struct bench_family family_commands;
extern const struct bench_family family_rec;
extern const struct bench_family family_phases;
extern const struct bench_family family_refused;
extern const struct bench_family family_lifecycle;
extern const struct bench_family family_snapshot;
extern const struct bench_family family_explore;
extern const struct bench_family family_scale;

#endif
