/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt_scan.c - how far a command may go: scans along the one table that its walk reached.
 *
 * A scan never enters another table, neither a child nor the next root. In a root table it covers all 512 entries, also
 * those that describe addresses past the IPA space: these are never live.
 *
 * The walk_top that tells a host how to go on is where the specification's formula and its summary tables differ: when
 * the entry is live and ipa lies inside it, the formula rounds ipa down. We answer ipa, as deployed monitors do: a
 * caller that compares top with ipa gets what the summary promises.
 *
 * Specification: RttSkipNonLiveEntries, RttSkipEntriesWithRipas; RTT sheet sections 1.5 and 9 (D2).
 */
#include "rtt.h"

/* Where the first entry at or after ipa, and before the end-th, whose state is in the set begins; else where the end-th does. */
static uint64_t scan(const struct rtt_walk *walk, uint64_t ipa, unsigned end, unsigned states)
{
        uint64_t table_base = align_down(ipa, rtt_table_size(walk->level));
        unsigned i = walk->index;

        while (i < end && !rtte_is_in(walk->table[i], states)) {
                i++;
        }
        return table_base + i * rtt_entry_size(walk->level);
}

uint64_t rtt_skip_non_live(const struct rtt_walk *walk, uint64_t ipa)
{
        if (walk->granule->num_owners == 0 && walk->granule->num_shared == 0) {
                return align_down(ipa, rtt_table_size(walk->level)) + rtt_table_size(walk->level);
        }
        return max_u64(ipa, scan(walk, ipa, RTT_ENTRIES, RTTE_ALL_LIVE));
}

uint64_t rtt_skip_ripas(const struct rtt_walk *walk, uint64_t base, uint64_t top, unsigned stops)
{
        uint64_t size = rtt_entry_size(walk->level);
        uint64_t wanted =
                (top - align_down(base, size) + size - 1) / size; /* entries: nobody asks about those past top */
        unsigned end = (unsigned)min_u64(RTT_ENTRIES, walk->index + wanted);

        return align_down(min_u64(top, scan(walk, base, end, stops | RTTE_SET(TABLE))), size);
}

unsigned rtt_count_alike(const uint64_t *table, unsigned first)
{
        unsigned next = first + 1;

        if (rtte_state_has_address(rtte_state(table[first]))) {
                return 1;
        }
        while (next < RTT_ENTRIES && table[next] == table[first]) {
                next++;
        }
        return next - first;
}
