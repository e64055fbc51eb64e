/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_search.h - a search of our own, where no fuzzing engine is at hand: from what inputs reach to what others may.
 *
 * For each feature the smallest input that has it is kept. Features that few runs have are where it goes on: their inputs are
 * mutated, and crossed with others. With a limit of runs, and none of time, the same seed and the same first inputs lead
 * to the same end.
 */
#ifndef FUZZ_SEARCH_H
#define FUZZ_SEARCH_H

#include "fuzz.h"

struct fuzz_search {
        uint64_t seed;
        uint64_t runs_max; /* 0: no limit */
        double seconds;    /* 0: no limit */
        bool quiet;        /* no progress lines */
        double began;      /* by fuzz_clock() */

        /* Results. */
        bool found;
        uint8_t bytes[FUZZ_INPUT_MAX]; /* the input that failed */
        size_t size;
        uint64_t runs;
        double took;
        size_t kept; /* inputs */
};

/* An input to begin with. Returns false if it fails: then the search is over. */
bool fuzz_search_begin_with(struct fuzz_search *search, const uint8_t *bytes, size_t size);

/* Search until an input fails or a limit is reached. */
void fuzz_search_run(struct fuzz_search *search);

/* The seconds that have passed since some time. */
double fuzz_clock(void);

#endif
