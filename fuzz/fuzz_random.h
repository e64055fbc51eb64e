/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_random.h - numbers from a seed, the same everywhere (splitmix64).
 */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_random {
        uint64_t state;
};

static inline uint64_t fuzz_random_next(struct fuzz_random *random)
{
        uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* A number below `n`, which is not 0. */
static inline size_t fuzz_random_below(struct fuzz_random *random, size_t n)
{
        return (size_t)(fuzz_random_next(random) % n);
}

static inline bool fuzz_random_one_in(struct fuzz_random *random, size_t n)
{
        return fuzz_random_below(random, n) == 0;
}

#endif
