/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_afl_mutator.c - the mutator as a library for AFL++ (AFL_CUSTOM_MUTATOR_LIBRARY): the functions that afl-fuzz looks for.
 *
 * It is linked with the target for the sizes of its records alone; the target is not run here.
 */
#include "fuzz_mutate.h"
#include "fuzz_random.h"
#include <stdlib.h>
#include <string.h>

enum {
        CROSSED_ONE_IN = 8,
        STACKED = 5 /* 1, 2, 4, 8 or 16 changes at once: nobody else makes more of one */
};

struct mutator {
        struct fuzz_random random;
        uint8_t bytes[FUZZ_INPUT_MAX];
};

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other, size_t other_size,
                       size_t max);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned seed)
{
        struct mutator *mutator = malloc(sizeof(*mutator));

        (void)afl;
        if (mutator != NULL) {
                mutator->random.state = seed;
        }
        return mutator;
}

size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other, size_t other_size,
                       size_t max)
{
        struct mutator *mutator = data;
        struct fuzz_random *random = &mutator->random;

        max = max < FUZZ_INPUT_MAX ? max : FUZZ_INPUT_MAX;
        *out = mutator->bytes;
        if (other != NULL && fuzz_random_one_in(random, CROSSED_ONE_IN)) {
                return fuzz_crossover(*out, max, bytes, size, other, other_size, fuzz_random_next(random));
        }
        size = size < FUZZ_INPUT_MAX ? size : FUZZ_INPUT_MAX;
        memcpy(*out, bytes, size);
        for (unsigned n = 1u << fuzz_random_below(random, STACKED); n != 0; n--) {
                size = fuzz_mutate(*out, size, max, fuzz_random_next(random));
        }
        return size;
}

void afl_custom_deinit(void *data)
{
        free(data);
}
