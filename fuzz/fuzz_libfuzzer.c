/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_libfuzzer.c - a target under libFuzzer; and under AFL++, whose own driver calls the same functions.
 *
 * What the engine says goes to stderr, what we say to stdout: progress, the failure, and a summary at the end. AFL++ shuts both;
 * there the lines of progress go to the file that RMMSIM_FUZZ_PROGRESS names.
 */
#include "fuzz_coverage.h"
#include "fuzz_mutate.h"
#include "fuzz_random.h"
#include "fuzz_report.h"
#include "fuzz_search.h"
#include <stdlib.h>
#include <string.h>

/* The names are libFuzzer's. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *bytes, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t max) __attribute__((weak));

/* ---- what was reached, for the engine ----------------------------------------------------------------------------------- */

#ifdef __AFL_COMPILER

/* Words in this section are numbered by AFL++, as it numbers the edges of the code: each is a counter in its map. */
static uint32_t guards[FUZZ_NUM_COUNTERS] __attribute__((section("__sancov_guards"), used));
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

static void show(const uint8_t counters[FUZZ_NUM_COUNTERS])
{
        for (size_t i = 0; i < FUZZ_NUM_COUNTERS; i++) {
                for (unsigned n = 0; n < counters[i]; n++) {
                        __sanitizer_cov_trace_pc_guard(&guards[i]);
                }
        }
}

#else

static uint8_t extra[FUZZ_NUM_COUNTERS] __attribute__((section("__libfuzzer_extra_counters"), used));

static void show(const uint8_t counters[FUZZ_NUM_COUNTERS])
{
        memcpy(extra, counters, sizeof(extra));
}

#endif

/* ---- what was reached, for the reader ----------------------------------------------------------------------------------- */

enum {
        SECONDS_BETWEEN = 2 /* lines of progress */
};

static FILE *to; /* progress */
static double began;
static double printed;

static void progress(const char *name, double now)
{
        char reached[160];
        double seconds = now - began;

        (void)fuzz_coverage_format(reached, sizeof(reached));
        fprintf(to, "%s%6.1f s  %llu runs, %.0f/s, %s\n", name, seconds, (unsigned long long)fuzz_runs(),
                (double)fuzz_runs() / (seconds > 0 ? seconds : 1), reached);
        (void)fflush(to);
        printed = now;
}

static void summary(void)
{
        progress("nothing found in", fuzz_clock());
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        static const uint8_t none;
        const char *name = getenv("RMMSIM_FUZZ_PROGRESS");

        (void)argc;
        (void)argv;
        to = name == NULL ? stdout : fopen(name, "a");
        if (to == NULL) {
                perror(name);
                return 1;
        }
        (void)fuzz_run(&none, 0); /* the first run builds the target's world: what that reaches is no input's */
        began = printed = fuzz_clock();
        return atexit(summary);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        const struct fuzz_failure *failure = fuzz_run(bytes, size);
        double now = fuzz_clock();

        show((const uint8_t *)&fuzz_coverage);
        (void)fuzz_coverage_gather();
        if (failure->found) {
                progress("found a failure after", now);
                fuzz_report(failure, bytes, size, stdout);
                abort();
        }
        if (now >= printed + SECONDS_BETWEEN) {
                progress("", now);
        }
        return 0;
}

/* ---- mutations ---------------------------------------------------------------------------------------------------------- */

enum {
        ENGINES_ONE_IN = 8 /* mutations that are the engine's: it knows the dictionary */
};

/* The engine changes one record, or the header, and the rest stays in its place. */
static size_t engines_mutation(uint8_t *bytes, size_t size, struct fuzz_random *random)
{
        struct fuzz_input input = fuzz_split(bytes, size);
        size_t records = fuzz_num_records(&input);
        size_t part = fuzz_random_below(random, records + 1);
        bool header = part == records;
        size_t at = 2 + (header ? 0 : fuzz_target.header_size + part * fuzz_target.record_size);
        size_t length = header ? fuzz_target.header_size : fuzz_target.record_size;

        if (length != 0 && at + length <= size) {
                (void)LLVMFuzzerMutate(bytes + at, length, length);
        }
        return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max, unsigned seed)
{
        struct fuzz_random random = { seed };

        if (LLVMFuzzerMutate != NULL && size > 2 && fuzz_random_one_in(&random, ENGINES_ONE_IN)) {
                return engines_mutation(bytes, size, &random);
        }
        return fuzz_mutate(bytes, size, max, fuzz_random_next(&random));
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size,
                                 uint8_t *bytes, size_t max, unsigned seed)
{
        return fuzz_crossover(bytes, max, one, one_size, other, other_size, seed);
}
