/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_shrink.h - the smallest input that still fails.
 *
 * Fewer records, then fewer preemptions, then smaller bytes, until nothing more can be left out. Each attempt is a run. What
 * fails may change on the way: a smaller input that fails in another way is welcome, too.
 */
#ifndef FUZZ_SHRINK_H
#define FUZZ_SHRINK_H

#include "fuzz.h"

struct fuzz_shrunk {
        size_t size;
        size_t records;
        size_t preemptions;
        uint64_t runs;
        bool fails; /* the input that was given did not fail when it was run again: it is left as it is */
};

/* Shrink the input in place. Its last run, which makes fuzz_found() and its like point to its failure, is the caller's. */
struct fuzz_shrunk fuzz_shrink(uint8_t *bytes, size_t size);

#endif
