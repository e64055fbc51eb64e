/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bits.h - arithmetic on addresses and bit fields that every floor needs.
 */
#ifndef BITS_H
#define BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BIT(n) (UINT64_C(1) << (n))

/* A mask of bits high..low, both included; high may be 63. */
#define BIT_RANGE(high, low) ((~UINT64_C(0) >> (63 - (high))) & ~(BIT(low) - 1))

#define GRANULE_SHIFT 12
#define GRANULE_SIZE  BIT(GRANULE_SHIFT)
#define GRANULE_MASK  (GRANULE_SIZE - 1)

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* size must be a power of two. */
static inline bool is_aligned(uint64_t address, uint64_t size)
{
        return (address & (size - 1)) == 0;
}

static inline bool is_granule_aligned(uint64_t address)
{
        return is_aligned(address, GRANULE_SIZE);
}

static inline uint64_t align_down(uint64_t address, uint64_t size)
{
        return address & ~(size - 1);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
        return a > b ? a : b;
}

#endif
