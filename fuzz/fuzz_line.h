/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_line.h - an input as one line of text: "rmmsim-fuzz:1 target=psci_concurrent input=0500...".
 *
 * 1 is the version of the format. Lines are good for the target that they name, as it was when they were made.
 */
#ifndef FUZZ_LINE_H
#define FUZZ_LINE_H

#include "fuzz.h"

#define FUZZ_LINE_PREFIX "rmmsim-fuzz:"

enum {
        FUZZ_LINE_MAX = 2 * FUZZ_INPUT_MAX + 256
};

/* Write the line with a newline at its end. Safe in handlers of signals. Returns its length; room for FUZZ_LINE_MAX. */
size_t fuzz_line_write(char *line, const uint8_t *bytes, size_t size);

/*
 * Read a line; white space around it does not count. Returns NULL, and the input in `bytes`, which has room for
 * FUZZ_INPUT_MAX; or what is wrong with the line. Anything else than this target's line is wrong.
 */
const char *fuzz_line_read(const char *line, uint8_t *bytes, size_t *size);

#endif
