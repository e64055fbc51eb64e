/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_coverage.h - counters of what inputs have reached, as the rows of the specification name it.
 */
#ifndef FUZZ_COVERAGE_H
#define FUZZ_COVERAGE_H

#include "fuzz.h"

extern struct fuzz_coverage {
        uint64_t conditions[RMMSIM_NUM_CONDITIONS];
        uint64_t edges[RMMSIM_NUM_EDGES];
        uint64_t exits[RMMSIM_NUM_EXIT_REASONS];
} fuzz_coverage;

#endif
