/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_toy_sequence.c - a target that must fail: behind five records in the right order, each with the right two bytes.
 *
 * Drawn blindly that is one input in 2^40 and more. Who keeps what gets half a record further finds it in some ten thousand.
 */
#include "fuzz_coverage.h"

static const uint8_t lock[][2] = { { 3, 11 }, { 15, 4 }, { 6, 6 }, { 1, 9 }, { 12, 1 } };

enum {
        DEPTH = sizeof(lock) / sizeof(lock[0])
};

/* Half a step, one byte of the two, counts as well. */
static void run(const struct fuzz_input *input)
{
        unsigned depth = 0;

        for (size_t i = 0; i < fuzz_num_records(input) && depth < DEPTH; i++) {
                const uint8_t *record = fuzz_record(input, i);
                bool half = record[0] % 16 == lock[depth][0];

                fuzz_coverage.pairs[2 * depth + half] |= 1;
                depth += half && record[1] % 16 == lock[depth][1];
        }
        if (depth == DEPTH && fuzz_header(input, 0) >= 5) {
                fuzz_fail("the lock is open at %u", fuzz_header(input, 0));
        }
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                fprintf(to, "turn %u %u\n", fuzz_record(input, i)[0], fuzz_record(input, i)[1]);
        }
}

const struct fuzz_target fuzz_target = {
        .name = "toy_sequence",
        .summary = "a lock with five turns",
        .header_size = 1,
        .record_size = 2,
        .pe_byte = FUZZ_NO_PE,
        .run = run,
        .describe = describe,
};
