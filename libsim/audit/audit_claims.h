/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit_claims.h - who owns what: one mark a Granule, kept outside the machine.
 *
 * Marks are bits in windows of 512 Granules. A window exists only where there is a delegated Granule, so that the memory
 * needed follows what exists, not what is simulated.
 */
#ifndef AUDIT_CLAIMS_H
#define AUDIT_CLAIMS_H

#include "bits.h"
#include <stddef.h>

enum {
        WINDOW_SHIFT = 21,
        WINDOW_WORDS = 8
};

struct window {
        uint64_t base;                  /* of the 2 MiB of physical addresses             */
        uint64_t rds[WINDOW_WORDS];     /* which are RDs: filled by who visits Granules   */
        uint64_t claimed[WINDOW_WORDS]; /* which have an owner                            */
};

struct claims {
        struct window *windows; /* in the order in which they were opened */
        size_t num_windows;
        uint32_t *slots; /* a hash table of window numbers + 1 */
        size_t num_slots;
        size_t recent; /* the window that was asked for last */
};

/* Room for a number of windows. Returns false when the system gives no memory; claims_free() is due in either case. */
bool claims_init(struct claims *claims, size_t max_windows);
void claims_free(struct claims *claims);

/* The window that holds a PA: NULL if there is none, or opened if there is none. */
struct window *claims_find(struct claims *claims, uint64_t pa);
struct window *claims_open(struct claims *claims, uint64_t pa);

static inline uint64_t *window_word(uint64_t words[WINDOW_WORDS], uint64_t pa)
{
        return &words[pa >> (GRANULE_SHIFT + 6) & (WINDOW_WORDS - 1)];
}

static inline uint64_t window_bit(uint64_t pa)
{
        return BIT(pa >> GRANULE_SHIFT & 63);
}

#endif
