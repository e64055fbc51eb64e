/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_report.h - what a reader gets of an input: what it does, what it found, and the line that leads there again.
 */
#ifndef FUZZ_REPORT_H
#define FUZZ_REPORT_H

#include "fuzz.h"

/* The sentence, the description, the explorer's drawing, the replay line. `failure` is that of the last run, of these bytes. */
void fuzz_report(const struct fuzz_failure *failure, const uint8_t *bytes, size_t size, FILE *to);

/* From now on, when the program dies of a signal or a sanitizer while an input runs: print the replay line first. */
void fuzz_report_death(void);

/* The same when an input runs for `seconds`: then the program aborts. 0: never. */
void fuzz_report_hang(unsigned seconds);

#endif
