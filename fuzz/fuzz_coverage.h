/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_coverage.h - what inputs reach, as the rows of the specification name it.
 *
 * A feature is one counter together with how large it is, in eight steps: 1, 2, 3, 4.., 8.., 16.., 32.., 128... An input that
 * has a feature that no input before had is worth keeping.
 */
#ifndef FUZZ_COVERAGE_H
#define FUZZ_COVERAGE_H

#include "fuzz.h"

enum {
        FUZZ_NUM_PAIRS = RMMSIM_EXPLORE_PAIRS,
        FUZZ_NUM_STEPS = 8 /* of a counter */
};

/* Of one run. All are bytes that stop at 255, so the whole is an array of counters, too. */
extern struct fuzz_coverage {
        uint8_t commands[RMMSIM_NUM_COMMANDS + 1]; /* carried out */
        uint8_t conditions[RMMSIM_NUM_CONDITIONS]; /* that refused a command */
        uint8_t edges[RMMSIM_NUM_EDGES];
        uint8_t exits[RMMSIM_NUM_EXIT_REASONS];
        uint8_t pairs[FUZZ_NUM_PAIRS]; /* for struct rmmsim_program */
} fuzz_coverage;

enum {
        FUZZ_NUM_COUNTERS = sizeof(struct fuzz_coverage),
        FUZZ_NUM_FEATURES = FUZZ_NUM_COUNTERS * FUZZ_NUM_STEPS
};

/* Before a run: all counters are 0. */
void fuzz_coverage_begin(void);

/* After a run: the features it has, by number and rising. Returns how many; room for FUZZ_NUM_COUNTERS. */
size_t fuzz_coverage_features(uint16_t features[]);

/* What all runs have reached; fuzz_coverage_gather() adds the last one, and tells whether it had something new. */
struct fuzz_reached {
        unsigned conditions, edges, exits, pairs, features;
};
bool fuzz_coverage_gather(void);
struct fuzz_reached fuzz_coverage_reached(void);

/* "conditions 17/160, edges 9/75, exits 2/6, pairs 120, features 411". Returns the length, as snprintf() does. */
int fuzz_coverage_format(char *text, size_t size);

#endif
