/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_draft.h - an input taken apart into what it is made of, so that it can be changed: header, records, preemptions.
 */
#ifndef FUZZ_DRAFT_H
#define FUZZ_DRAFT_H

#include "fuzz.h"

struct fuzz_preemption {
        uint32_t gap; /* so many choices are left to the default before it */
        uint8_t choice;
};

struct fuzz_draft {
        uint8_t program[FUZZ_INPUT_MAX]; /* the whole header, then whole records */
        size_t num_records;
        struct fuzz_preemption preemptions[FUZZ_INPUT_MAX / 2];
        size_t num_preemptions;
};

/* How many records a draft can have. */
size_t fuzz_draft_room(void);

static inline uint8_t *fuzz_draft_record(struct fuzz_draft *draft, size_t n)
{
        return draft->program + fuzz_target.header_size + n * fuzz_target.record_size;
}

/* Any bytes: what is missing of the header is 0, half a record or half a preemption at the end is none. */
void fuzz_draft_read(struct fuzz_draft *draft, const uint8_t *bytes, size_t size);

/* Returns the size, at most `max`: records that do not fit are left out, and preemptions that do not fit behind them. */
size_t fuzz_draft_write(const struct fuzz_draft *draft, uint8_t *bytes, size_t max);

/* Put `count` records, which are not in the draft, before record `at`; those that do not fit are left out. */
void fuzz_draft_insert(struct fuzz_draft *draft, size_t at, const uint8_t *records, size_t count);
void fuzz_draft_delete(struct fuzz_draft *draft, size_t at, size_t count);

void fuzz_draft_preempt(struct fuzz_draft *draft, size_t at, struct fuzz_preemption preemption);
/* `keep`: those behind it stay at their choices, as the gap is added to the next one. */
void fuzz_draft_unpreempt(struct fuzz_draft *draft, size_t at, bool keep);

#endif
