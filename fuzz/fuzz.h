/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz.h - what a fuzz target is, and what it is given.
 *
 * A target is one file: it defines `fuzz_target`, and is linked with one of the drivers - libFuzzer's and AFL++'s, or a plain
 * program that replays inputs and can search by itself. All of them run inputs in one process, one after the other, so a target
 * builds its worlds once and goes back to them by snapshot.
 *
 * An input is two streams: a program, which is a header and records of fixed sizes, and a schedule (see
 * RMMSIM_STRATEGY_BYTES). On disk: the length of the program in two bytes, the lower first; the program; the schedule. Any
 * bytes are an input: what a target cannot make sense of it takes modulo what it can. A record is one thing that is done,
 * and means the same wherever it stands, so that inputs can be cut, joined and shrunk by records.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <rmmsim/explore.h>

struct fuzz_input {
        const uint8_t *program;
        size_t program_size;
        const uint8_t *schedule;
        size_t schedule_size;
};

enum {
        FUZZ_NO_PE = -1,
        FUZZ_INPUT_MAX = 4096
};

struct fuzz_target {
        const char *name;    /* "psci_concurrent"                                                   */
        const char *summary; /* one line                                                            */
        size_t header_size;  /* of the program; bytes that are not there are 0                      */
        size_t record_size;  /* an incomplete record at the end is none                             */
        int pe_byte;         /* the byte of a record that says on which PE, or FUZZ_NO_PE           */
        bool scheduled;      /* there is a schedule                                                 */

        /* Run an input. What is wrong goes to fuzz_fail() or fuzz_found(). The same input does the same each time. */
        void (*run)(const struct fuzz_input *input);

        /* Say in words, a line for each record, what an input does. */
        void (*describe)(const struct fuzz_input *input, FILE *to);
};

extern const struct fuzz_target fuzz_target;

/* ---- for targets ----------------------------------------------------------------------------------------------------- */

/* The input has found something wrong, and this is it, as printf() says it. Returns; the first reason of a run counts. */
__attribute__((format(printf, 1, 2))) void fuzz_fail(const char *format, ...);

/* The same for what the explorer has found; nothing if it has found nothing. */
void fuzz_found(const struct rmmsim_finding *finding);

/* Run a program under the schedule of the input and report what is found. */
void fuzz_explore(struct rmmsim_explorer *explorer, const struct fuzz_input *input);

/* For struct rmmsim_config: counts conditions and edges for the summary and, as coverage, for the engine. */
rmmsim_trace_fn fuzz_trace;
/* For struct rmmsim_config: a misuse of the library is a failure of the input. */
rmmsim_misuse_fn fuzz_misuse;

/* Byte `i` of the header; 0 if it is not there. */
static inline uint8_t fuzz_header(const struct fuzz_input *input, size_t i)
{
        return i < fuzz_target.header_size && i < input->program_size ? input->program[i] : 0;
}

static inline size_t fuzz_num_records(const struct fuzz_input *input)
{
        return input->program_size <= fuzz_target.header_size
                       ? 0
                       : (input->program_size - fuzz_target.header_size) / fuzz_target.record_size;
}

static inline const uint8_t *fuzz_record(const struct fuzz_input *input, size_t n)
{
        return input->program + fuzz_target.header_size + n * fuzz_target.record_size;
}

/* ---- for drivers ----------------------------------------------------------------------------------------------------- */

/* What a run has found. */
struct fuzz_failure {
        bool found;
        char sentence[512];
        const struct rmmsim_finding *finding; /* of the explorer, or NULL; until the next run */
};

/* Split bytes into an input. It points into them. */
struct fuzz_input fuzz_split(const uint8_t *bytes, size_t size);

/* How many choices the schedule of the last run had; 0 if it explored nothing. */
uint64_t fuzz_choices(void);

/* Run bytes as an input. Returns what was found; it lasts until the next run. */
const struct fuzz_failure *fuzz_run(const uint8_t *bytes, size_t size);

/* How many runs were begun. */
uint64_t fuzz_runs(void);

/* For handlers of signals: the input that is running, or NULL. */
const uint8_t *fuzz_running(size_t *size);

#endif
