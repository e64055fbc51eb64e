/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt_fold.c - one leaf as a table of 512, and back.
 *
 * Both directions use what rtte.h says of descriptors: the parts of a leaf differ from one another by their addresses
 * only, in equal steps. So a table is homogeneous exactly when it is what unfolding its first entry would give, and that
 * first entry can stand for all: no TABLE, and if it has an address then one that suits the parent's size, at a level
 * where there are blocks.
 *
 * Specification: RttIsHomogeneous, RMI_RTT_CREATE, RMI_RTT_FOLD; RTT sheet sections 2.4 and 2.5.
 */
#include "rtt.h"

void rtt_unfold(uint64_t *table, int level, uint64_t leaf)
{
        uint64_t first = rtte_at_level(leaf, level);
        uint64_t stride = rtte_stride(leaf, level);

        for (unsigned i = 0; i < RTT_ENTRIES; i++) {
                table[i] = first + i * stride;
        }
}

/* Can the parent, one level up, have an entry like the first one of the table? */
static bool may_lead(uint64_t first, int level, bool lpa2)
{
        if (rtte_is_table(first)) {
                return false;
        }
        if (!rtte_state_has_address(rtte_state(first))) {
                return true;
        }
        return level > RTT_LEVEL_BLOCK && is_aligned(rtte_address(first, lpa2), rtt_entry_size(level - 1));
}

unsigned rtt_fold(uint64_t *leaf, const uint64_t *table, int level, bool lpa2)
{
        uint64_t stride = rtte_stride(table[0], level);

        if (!may_lead(table[0], level, lpa2)) {
                return 0;
        }
        for (unsigned i = 1; i < RTT_ENTRIES; i++) {
                if (table[i] != table[0] + i * stride) {
                        return i;
                }
        }
        *leaf = rtte_at_level(table[0], level - 1);
        return RTT_ENTRIES;
}
