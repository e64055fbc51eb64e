/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instruments.h - who counts instructions: callgrind, or the processor through the kernel's perf events.
 */
#ifndef BENCH_INSTRUMENTS_H
#define BENCH_INSTRUMENTS_H

#include "report.h"

/* Instructions of this thread outside the kernel. Returns a descriptor, or -1 where the system does not let us. */
int perf_open(void);
void perf_start(int fd);
double perf_stop(int fd);

/* Does this program run under callgrind, as callgrind_run() starts it? */
bool callgrind_is_here(void);

/* Keep what was collected since the last time, under a label; it is read by callgrind_read(). */
void callgrind_forget(void);
void callgrind_keep(const char *label);

/* Run a program under callgrind; what it keeps goes to files in directory. Returns its exit status. */
int callgrind_run(const char *const *argv, const char *directory);

/*
 * The part'th of what was kept (from 1): its label, instructions and atomics. Returns false behind the last. The file is
 * removed.
 */
bool callgrind_read(const char *directory, unsigned part, char label[NAME_SIZE + 16], double *instructions,
                    double *atomics);

#endif
