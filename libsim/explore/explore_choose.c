/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_choose.c - strategies that decide as they go: chance, priorities, the input of a fuzzer, a list.
 */
#include "explorer.h"

/* splitmix64 */
uint64_t random_next(uint64_t *state)
{
        uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

static unsigned random_below(uint64_t *state, unsigned bound)
{
        return (unsigned)((random_next(state) >> 32) * bound >> 32);
}

static unsigned nth(unsigned set, unsigned n)
{
        while (n-- > 0) {
                set &= set - 1;
        }
        return (unsigned)__builtin_ctz(set);
}

static int choose_random(struct rmmsim_explorer *x, unsigned enabled, unsigned usual)
{
        (void)usual;
        return (int)nth(enabled, random_below(&x->random, (unsigned)__builtin_popcount(enabled)));
}

/* ---- priorities --------------------------------------------------------------------------------------------------------- */

static unsigned highest(const struct rmmsim_explorer *x, unsigned enabled)
{
        unsigned best = (unsigned)__builtin_ctz(enabled);

        for (unsigned i = best + 1; i < x->num_lanes; i++) {
                if ((enabled >> i & 1) != 0 && x->priorities[i] > x->priorities[best]) {
                        best = i;
                }
        }
        return best;
}

/* Who is about to go on when a change is due falls below all others: the later the change, the less far. */
static int choose_pct(struct rmmsim_explorer *x, unsigned enabled, unsigned usual)
{
        unsigned depth = x->strategy->depth != 0 ? x->strategy->depth : 3;

        (void)usual;
        for (unsigned i = 0; i + 1 < depth; i++) {
                if (x->changes[i] == x->choices) {
                        x->priorities[highest(x, enabled)] = i + 1;
                }
        }
        return (int)highest(x, enabled);
}

/* Random and all different, and above those that priorities fall to. */
static void draw_priorities(struct rmmsim_explorer *x)
{
        for (unsigned i = 0; i < x->num_lanes; i++) {
                unsigned j = random_below(&x->random, i + 1);

                x->priorities[i] = x->priorities[j];
                x->priorities[j] = DEPTH_MAX + i;
        }
}

static void begin_pct(struct rmmsim_explorer *x)
{
        uint64_t span = x->choices_seen != 0 ? x->choices_seen : 16;

        draw_priorities(x);
        for (unsigned i = 0; i < DEPTH_MAX; i++) {
                x->changes[i] = random_next(&x->random) % span;
        }
}

static int choose_pos(struct rmmsim_explorer *x, unsigned enabled, unsigned usual)
{
        unsigned chosen = highest(x, enabled);
        uint64_t key = x->lanes[chosen].key;

        (void)usual;
        for (unsigned i = 0; i < x->num_lanes; i++) {
                if (i == chosen || ((enabled >> i & 1) != 0 && x->lanes[i].key == key)) {
                        x->priorities[i] = random_next(&x->random);
                }
        }
        return (int)chosen;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------------ */

static uint64_t read_gap(struct rmmsim_explorer *x)
{
        const struct rmmsim_strategy *strategy = x->strategy;
        uint64_t gap = 0;

        for (unsigned shift = 0; x->bytes_used < strategy->num_bytes; shift += 7) {
                uint8_t byte = strategy->bytes[x->bytes_used++];

                gap |= shift < 63 ? (uint64_t)(byte & 0x7f) << shift : 0;
                if ((byte & 0x80) == 0) {
                        break;
                }
        }
        /* Without the byte that selects there is no preemption. */
        return x->bytes_used < strategy->num_bytes ? gap : UINT64_MAX;
}

static int choose_bytes(struct rmmsim_explorer *x, unsigned enabled, unsigned usual)
{
        unsigned others = enabled & ~(1u << usual);
        unsigned byte;

        if (x->gap == UINT64_MAX || x->gap-- != 0) {
                return (int)usual;
        }
        byte = x->strategy->bytes[x->bytes_used++];
        x->gap = read_gap(x);
        return (int)nth(others, byte % (unsigned)__builtin_popcount(others));
}

/* ---- a list ----------------------------------------------------------------------------------------------------------- */

int choose_replay(struct rmmsim_explorer *x, unsigned enabled, unsigned usual)
{
        const struct preemption *next = &x->planned[x->at_planned];

        if (x->at_planned == x->num_planned || next->choice != x->choices) {
                return (int)usual;
        }
        x->at_planned++;
        if ((enabled >> next->pe & 1) == 0 || next->pe == usual) {
                x->diverged = true;
                return (int)usual;
        }
        return (int)next->pe;
}

/* ---- before each schedule --------------------------------------------------------------------------------------------- */

void choose_begin(struct rmmsim_explorer *x, uint64_t schedule)
{
        static choose_fn *const choosers[RMMSIM_NUM_STRATEGIES] = {
                [RMMSIM_STRATEGY_EXHAUSTIVE] = choose_search, [RMMSIM_STRATEGY_DELAY] = choose_search,
                [RMMSIM_STRATEGY_RANDOM] = choose_random,     [RMMSIM_STRATEGY_PCT] = choose_pct,
                [RMMSIM_STRATEGY_POS] = choose_pos,           [RMMSIM_STRATEGY_REPLAY] = choose_replay,
                [RMMSIM_STRATEGY_BYTES] = choose_bytes,
        };
        uint64_t mixed = x->strategy->seed + schedule * UINT64_C(0xd1b54a32d192ed03);

        x->choose = choosers[x->strategy->kind];
        x->random = random_next(&mixed);
        if (x->strategy->kind == RMMSIM_STRATEGY_PCT) {
                begin_pct(x);
        } else if (x->strategy->kind == RMMSIM_STRATEGY_POS) {
                for (unsigned i = 0; i < x->num_lanes; i++) {
                        x->priorities[i] = random_next(&x->random);
                }
        } else if (x->strategy->kind == RMMSIM_STRATEGY_BYTES) {
                x->bytes_used = 0;
                x->gap = read_gap(x);
        }
}
