/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_alarm.c - a target that must always fail: with the first record that there is.
 *
 * It asks nothing of a search. What it shows is that a failure is heard: reported, shrunk to one record, and replayed.
 */
#include "fuzz.h"

static void run(const struct fuzz_input *input)
{
        if (fuzz_num_records(input) != 0) {
                fuzz_fail("the alarm rings");
        }
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                fprintf(to, "ring\n");
        }
}

const struct fuzz_target fuzz_target = {
        .name = "alarm",
        .summary = "an alarm that rings",
        .record_size = 1,
        .pe_byte = FUZZ_NO_PE,
        .run = run,
        .describe = describe,
};
