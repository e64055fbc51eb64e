/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_toy_crash.c - a target that ends in all the ways that are no report: whoever drives it has to say which input it was.
 */
#include "fuzz.h"
#include <stdlib.h>

enum {
        ABORTS = 1,
        READS_NOWHERE,
        NEVER_ENDS
};

static void run(const struct fuzz_input *input)
{
        volatile const uint8_t *volatile nowhere = NULL;
        volatile bool waits = fuzz_header(input, 0) == NEVER_ENDS;

        switch (fuzz_header(input, 0)) {
        case ABORTS:
                abort();
        case READS_NOWHERE:
                (void)*nowhere;
                break;
        default:
                while (waits) {
                }
        }
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        fprintf(to, "ending %u\n", fuzz_header(input, 0));
}

const struct fuzz_target fuzz_target = {
        .name = "toy_crash",
        .summary = "sudden ends",
        .header_size = 1,
        .record_size = 1,
        .pe_byte = FUZZ_NO_PE,
        .run = run,
        .describe = describe,
};
