/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt.h - the stage 2 translation tables of a Realm: geometry, walks, scans, and filling and folding of one table.
 *
 * A table is one RTT Granule of 512 entries. It has no level of its own: the level follows from where the table hangs.
 * The tree begins with up to 16 contiguous root tables at the starting level, which together act as one wide table.
 *
 * The Realm's lock guards the tree: held shared for reading, exclusively for change. So entries are plain memory here.
 *
 * Specification: Realm Translation Table; RTT sheet sections 1 and 2.
 */
#ifndef RTT_H
#define RTT_H

#include "pe.h"
#include "realm.h"
#include "rtte.h"

enum {
        RTT_ENTRIES = 1 << RTT_LEVEL_SHIFT
};

/* ---- geometry ----------------------------------------------------------------------------------------------------- */

/* Bytes that a whole table describes: what one entry of its parent describes. */
static inline uint64_t rtt_table_size(int level)
{
        return RTT_ENTRIES * rtt_entry_size(level);
}

/*
 * Do the starting level and the number of root tables suit the width of the IPA space, and does the platform allow them?
 * Takes whatever the host wrote. Specification: RMI_REALM_CREATE, rtt_num_level; lifecycle sheet section 8.2.
 */
bool rtt_geometry_valid(const struct profile *profile, unsigned ipa_width, int64_t level_start, uint64_t num_start,
                        bool lpa2);

/* ---- root tables -------------------------------------------------------------------------------------------------- */

/* Fill one root table of a new Realm: Protected entries are UNASSIGNED, EMPTY; the others UNASSIGNED_NS. */
void rtt_init_root(const struct realm *realm, uint32_t root, void *page);

/* Does a root table own anything: another table, or memory of the Realm? Specification: RealmIsLive. */
bool rtt_roots_live(const struct rmm *rmm, const struct realm *realm);

/* ---- walks -------------------------------------------------------------------------------------------------------- */

/* Where a walk ended. */
struct rtt_walk {
        struct granule *granule; /* of the table reached */
        uint64_t *table;         /* its entries */
        unsigned index;          /* of the entry that the IPA selects */
        int level;
        uint64_t entry; /* that entry, as it was */
};

/*
 * Descend towards the entry for an IPA at `level`, and stop early where there is no further table. If walk->level < level
 * then the entry is no TABLE. The IPA must be in the IPA space and the level at least the starting level.
 */
void rtt_walk(const struct rmm *rmm, const struct realm *realm, struct rtt_walk *walk, uint64_t ipa, int level);

/* The entries of the table that a TABLE entry names. */
static inline uint64_t *rtt_child(const struct rmm *rmm, const struct realm *realm, uint64_t entry)
{
        return memory_realm_page(&rmm->memory, rtte_address(entry, realm->lpa2));
}

/* ---- counts ------------------------------------------------------------------------------------------------------- */

/*
 * The Granule of a table counts the entries that own something, and those that map the host's memory: so that nobody has to
 * look through a table to find it dead. Specification: RttIsLive.
 */
static inline void rtt_count(struct granule *granule, uint64_t entry, unsigned times)
{
        granule->num_owners = (uint16_t)(granule->num_owners + (rtte_is_in(entry, RTTE_ALL_OWNERS) ? times : 0));
        granule->num_shared = (uint16_t)(granule->num_shared + (rtte_is_in(entry, RTTE_SET(ASSIGNED_NS)) ? times : 0));
}

static inline void rtt_uncount(struct granule *granule, uint64_t entry)
{
        granule->num_owners = (uint16_t)(granule->num_owners - rtte_is_in(entry, RTTE_ALL_OWNERS));
        granule->num_shared = (uint16_t)(granule->num_shared - rtte_is_in(entry, RTTE_SET(ASSIGNED_NS)));
}

/* The table that a TABLE entry names: how many of its entries own something. */
static inline unsigned rtt_child_owners(const struct rmm *rmm, const struct realm *realm, uint64_t entry)
{
        return memory_granule(&rmm->memory, rtte_address(entry, realm->lpa2))->num_owners;
}

/*
 * Change an entry: the only way once a table is in use, so that every change is seen as an edge of states.def. index counts
 * within walk->table; ipa is any address that the entry describes.
 */
static inline void rtt_set(struct pe *pe, const struct realm *realm, const struct rtt_walk *walk, unsigned index,
                           uint64_t ipa, uint64_t entry)
{
        uint64_t old = walk->table[index];

        if (__builtin_expect(pe->rmm->trace.fn != NULL, 0) && rtte_state(old) != rtte_state(entry)) {
                trace_rtte_slow(&pe->rmm->trace, pe->index,
                                &(struct traced_rtte){ .rd = realm->rd,
                                                       .ipa = align_down(ipa, rtt_entry_size(walk->level)),
                                                       .level = walk->level },
                                rtte_state(old), rtte_state(entry));
        }
        journal_realm_page(&pe->rmm->memory, walk->table);
        walk->table[index] = entry;
        if (rtte_is_in(old, RTTE_ALL_LIVE) || rtte_is_in(entry, RTTE_ALL_LIVE)) {
                rtt_uncount(walk->granule, old);
                rtt_count(walk->granule, entry, 1);
        }
}

/* ---- scans -------------------------------------------------------------------------------------------------------- */

/*
 * The walk_top of RMI_DATA_DESTROY, RMI_RTT_DESTROY and RMI_RTT_UNMAP_UNPROTECTED: ipa itself if its entry is live, else where
 * the next live entry of the table begins, else the end of the table. Reads the table, not walk->entry: call it after the
 * change. Specification: RttSkipNonLiveEntries.
 */
uint64_t rtt_skip_non_live(const struct rtt_walk *walk, uint64_t ipa);

/*
 * The walk_top of RMI_RTT_INIT_RIPAS and RMI_RTT_SET_RIPAS: how far from base whole entries of the table can be taken, up to
 * top, without meeting a TABLE or a state of `stops`. Below base where the first entry begins below base and nothing can
 * be taken. Specification: RttSkipEntriesWithRipas.
 */
uint64_t rtt_skip_ripas(const struct rtt_walk *walk, uint64_t base, uint64_t top, unsigned stops);

/* From an entry of a table on, how many are equal to it and hold no address; 1 where it holds one. For who looks at all of a table. */
unsigned rtt_count_alike(const uint64_t *table, unsigned first);

/* ---- one whole table ---------------------------------------------------------------------------------------------- */

/* Fill a new table at `level` so that it says the same as the leaf that it replaces. */
void rtt_unfold(uint64_t *table, int level, uint64_t leaf);

/*
 * The first entry that keeps a table at `level` from being folded, or RTT_ENTRIES if it is homogeneous. Then *leaf is the entry
 * of its parent that says the same. Specification: RttIsHomogeneous.
 */
unsigned rtt_fold(uint64_t *leaf, const uint64_t *table, int level, bool lpa2);

#endif
