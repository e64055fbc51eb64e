/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard.h - keeping the host from the pages that it has given away, by whatever means there is.
 *
 * A page is closed when its Granule is delegated and opened before the RMM gives it back: the RMM itself never looks at the host's
 * page of a delegated Granule. An instance without a guard pays one branch for each, on a field beside the number of regions.
 *
 * A snapshot that is returned to changes which pages are closed; the journal opens and closes them.
 */
#ifndef GUARD_H
#define GUARD_H

#include "memory.h"

/* Decide by what means this program can guard memory. Returns NULL, or what is wrong with the configuration. */
const char *guard_init(struct memory *memory, const struct rmmsim_config *config);
/* Open what is closed: memory goes back to its owners. */
void guard_destroy(struct memory *memory);

void guard_close_slow(const struct memory *memory, uint64_t pa);
void guard_open_slow(const struct memory *memory, uint64_t pa);
bool guard_broken_slow(const struct memory *memory, uint64_t pa, uint64_t *at);

static inline bool guard_is_on(const struct memory *memory)
{
        return __builtin_expect(memory->guard != GUARD_MEANS_NONE, 0);
}

/* Is the host's page of a Granule closed to the library itself, too? */
static inline bool guard_hides(const struct memory *memory, uint64_t pa)
{
        return guard_is_on(memory) && memory->guard != GUARD_MEANS_CANARY && memory_granule(memory, pa) != NULL &&
               granule_state(memory_granule(memory, pa)) != RMMSIM_GRANULE_UNDELEGATED;
}

/* Before a page is closed: put the pattern there, if that is the means. */
void guard_fill(const struct memory *memory, uint64_t pa);

static inline void guard_close(const struct memory *memory, uint64_t pa)
{
        if (guard_is_on(memory)) {
                guard_close_slow(memory, pa);
        }
}

static inline void guard_open(const struct memory *memory, uint64_t pa)
{
        if (guard_is_on(memory)) {
                guard_open_slow(memory, pa);
        }
}

/* Has the page of a delegated Granule been written to? Then *at is the first byte that differs. Only a pattern can tell. */
static inline bool guard_broken(const struct memory *memory, uint64_t pa, uint64_t *at)
{
        return __builtin_expect(memory->guard == GUARD_MEANS_CANARY, 0) && guard_broken_slow(memory, pa, at);
}

/* An access, in words: at its place, or a trace of it that a command has come across. */
void guard_explain(const struct memory *memory, struct rmmsim_trespass *trespass, char *sentence, size_t size,
                   uint64_t pa);

#endif
