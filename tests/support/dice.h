/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dice.h - random numbers that a seed repeats: splitmix64.
 */
#ifndef DICE_H
#define DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
        uint64_t state;
};

static inline uint64_t roll(struct dice *dice)
{
        uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* 0 .. count - 1 */
static inline unsigned roll_below(struct dice *dice, unsigned count)
{
        return (unsigned)((roll(dice) >> 32) * count >> 32);
}

/* True once in so many. */
static inline bool once_in(struct dice *dice, unsigned count)
{
        return roll_below(dice, count) == 0;
}

/* One of an array. */
#define ROLL_OF(dice, array) ((array)[roll_below(dice, sizeof(array) / sizeof((array)[0]))])

/* A number that is likely to matter: small, all ones, one bit, a mask, or anything. */
static inline uint64_t roll_garbage(struct dice *dice)
{
        uint64_t bit = UINT64_C(1) << roll_below(dice, 64);

        switch (roll_below(dice, 6)) {
        case 0:
                return roll_below(dice, 8);
        case 1:
                return 0 - (uint64_t)roll_below(dice, 8);
        case 2:
                return bit;
        case 3:
                return bit - 1;
        case 4:
                return (bit - 1) & ~UINT64_C(0xfff);
        default:
                return roll(dice);
        }
}

#endif
