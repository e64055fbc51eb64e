/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_mutate.h - new inputs from old ones, in the units that inputs are made of.
 *
 * The same seed makes the same of the same. Nothing is allocated. The result has a whole header, whole records and whole
 * preemptions, and is no longer than `max`; input and result may be of any size.
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include "fuzz.h"

enum fuzz_mutation {
        /* records */
        FUZZ_MUTATION_INSERT,
        FUZZ_MUTATION_DELETE,
        FUZZ_MUTATION_DUPLICATE,
        FUZZ_MUTATION_SWAP,
        FUZZ_MUTATION_MOVE,
        FUZZ_MUTATION_OVERWRITE, /* by a copy of another */
        FUZZ_MUTATION_BYTE,      /* of a record */
        FUZZ_MUTATION_WORD,      /* of a record: an identifier of a command */
        FUZZ_MUTATION_HEADER,
        FUZZ_MUTATION_COLLIDE, /* two neighbours, on different PEs */
        /* the schedule */
        FUZZ_MUTATION_PREEMPT,
        FUZZ_MUTATION_UNPREEMPT,
        FUZZ_MUTATION_EARLIER_LATER, /* one preemption, those behind it stay */
        FUZZ_MUTATION_GAP,           /* those behind it move with it */
        FUZZ_MUTATION_CHOICE,
        FUZZ_MUTATION_RESCHEDULE, /* another schedule altogether */
        FUZZ_NUM_MUTATIONS
};

/* Change the `size` bytes, in place, once or a few times. Returns the new size. */
size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t max, uint64_t seed);

/* The same, by one mutation. Returns false, and changes nothing, if there is nothing in the input that it could change. */
bool fuzz_mutate_by(enum fuzz_mutation mutation, uint8_t *bytes, size_t *size, size_t max, uint64_t seed);

/* One input from two: parts of either's records, and of either's preemptions. Returns the size. */
size_t fuzz_crossover(uint8_t *bytes, size_t max, const uint8_t *one, size_t one_size, const uint8_t *other,
                      size_t other_size, uint64_t seed);

#endif
