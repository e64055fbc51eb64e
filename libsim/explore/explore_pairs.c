/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_pairs.c - which commands meet at one object, coming from different PEs: what a fuzzer counts as new.
 */
#include "explorer.h"

static unsigned command_number(const struct lane *lane)
{
        return lane->calls == 0 || lane->calls > CALLS_MAX ? 0 : lane->fids[lane->calls - 1] & 0xff;
}

void pairs_count(struct rmmsim_explorer *x, const struct lane *lane, uint64_t key)
{
        struct meeting *last = &x->meetings[(key * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
        unsigned command = command_number(lane);

        if (last->schedule == x->schedule && last->key == key && last->lane != lane->pe) {
                unsigned pair =
                        (last->command * 61 + command + (unsigned)object_kind(key) * 1021) % RMMSIM_EXPLORE_PAIRS;

                x->program->pairs[pair] += x->program->pairs[pair] != UINT8_MAX;
        }
        *last = (struct meeting){ x->schedule, key, lane->pe, command };
}
