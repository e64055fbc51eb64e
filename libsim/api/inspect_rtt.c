/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_rtt.c - translation tables: a walk step by step, and all entries in order.
 *
 * The order of entries is that of (ipa, level): so an entry is enough to find the next one, whatever has become of the
 * tables meanwhile, and nobody keeps a place in them.
 */
#include "inspect_object.h"

_Static_assert((int)RMMSIM_RTT_LEVEL_PAGE == (int)RTT_LEVEL_PAGE, "levels have one numbering");
_Static_assert((int)RMMSIM_RTT_STEPS_MAX == RTT_LEVEL_PAGE - RTT_LEVEL_FIRST + 1, "one step a level");

static enum rmmsim_rtt_entry_state hipas_of(uint64_t descriptor)
{
        if (rtte_is_table(descriptor)) {
                return RMMSIM_RTT_TABLE;
        }
        return rtte_is_in(descriptor, RTTE_ALL_LIVE) ? RMMSIM_RTT_ASSIGNED : RMMSIM_RTT_UNASSIGNED;
}

static void copy_attributes(struct rmmsim_rtt_entry *to, const struct realm *realm)
{
        uint64_t descriptor = to->descriptor;

        to->readable = (descriptor & RTTE_S2AP_READ) != 0;
        to->writable = (descriptor & RTTE_S2AP_WRITE) != 0;
        to->executable = (descriptor & RTTE_XN) == 0;
        to->non_secure = (descriptor & RTTE_NS) != 0;
        to->mem_attr = (uint8_t)((descriptor & RTTE_MEM_ATTR) >> 2);
        to->shareability = realm->lpa2 ? 0 : (uint8_t)((descriptor & RTTE_BITS_9_8) >> 8);
}

void inspect_entry(const struct rmm *rmm, const struct realm *realm, struct rmmsim_rtt_entry *to,
                   const struct rtt_walk *walk, uint64_t table, uint64_t ipa, unsigned count)
{
        unsigned state = rtte_state(walk->entry);

        *to = (struct rmmsim_rtt_entry){ .ipa = ipa,
                                         .size = count * rtt_entry_size(walk->level),
                                         .table = table,
                                         .index = walk->index,
                                         .count = count,
                                         .level = walk->level,
                                         .descriptor = walk->entry,
                                         .state = (enum rmmsim_state)state,
                                         .hipas = hipas_of(walk->entry),
                                         .ripas = (enum rmmsim_ripas)rtte_state_ripas(state),
                                         .is_protected = is_protected(realm, ipa) };
        if (rtte_state_has_address(state)) {
                to->pa = rtte_address(walk->entry, realm->lpa2);
        }
        if (state == RMMSIM_RTTE_TABLE) {
                const struct granule *child = memory_granule(&rmm->memory, to->pa);

                to->num_live = (unsigned)child->num_owners + child->num_shared;
        } else if ((walk->entry & RTTE_VALID) != 0) {
                copy_attributes(to, realm);
        }
}

/* The steps of a walk to a level. Returns how many; *last is where it ended. */
static int walk_steps(const struct rmm *rmm, const struct realm *realm, struct rmmsim_rtt_entry *steps,
                      struct rtt_walk *last, uint64_t ipa, int level)
{
        uint64_t table = realm->rtt_base + ipa / rtt_table_size(realm->rtt_level_start) * GRANULE_SIZE;
        int reached = realm->rtt_level_start;
        int count = 0;

        do {
                struct rmmsim_rtt_entry *step = &steps[count++];

                rtt_walk(rmm, realm, last, ipa, reached);
                inspect_entry(rmm, realm, step, last, table, align_down(ipa, rtt_entry_size(reached)), 1);
                table = step->pa;
        } while (rtte_is_table(last->entry) && ++reached <= level);
        return count;
}

int rmmsim_rtt_walk(const struct rmmsim *sim, struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX], uint64_t rd,
                    uint64_t ipa, int level)
{
        const struct realm *realm;
        struct rtt_walk last;
        struct inspected at;
        int result;

        if (!inspect_lock(sim, &at, rd, RMMSIM_GRANULE_RD)) {
                return RMMSIM_ERROR_STATE;
        }
        realm = at.page;
        if (ipa >= realm_ipa_top(realm)) {
                result = RMMSIM_ERROR_ADDRESS;
        } else if (level < realm->rtt_level_start || level > RTT_LEVEL_PAGE) {
                result = RMMSIM_ERROR_CONFIG;
        } else {
                result = walk_steps(&sim->rmm, realm, steps, &last, ipa, level);
        }
        inspect_unlock(&at);
        return result;
}

/* ---- in order ------------------------------------------------------------------------------------------------------ */

/*
 * Where the entry after this one is: below it, beside it, or beside the table that it ends. An entry that was handed in may be of
 * another Realm: returns false for a level that this one does not have.
 */
static bool next_place(const struct rmmsim_rtt_entry *entry, int level_start, uint64_t *ipa, int *level)
{
        if (entry->size == 0) {
                *ipa = 0;
                *level = level_start;
                return true;
        }
        if (entry->level < level_start || entry->level > RTT_LEVEL_PAGE) {
                return false;
        }
        if (entry->state == RMMSIM_RTTE_TABLE) {
                *ipa = entry->ipa;
                *level = entry->level + 1;
                return *level <= RTT_LEVEL_PAGE;
        }
        *ipa = entry->ipa + entry->size;
        *level = entry->level;
        while (*level > level_start && is_aligned(*ipa, rtt_table_size(*level))) {
                --*level;
        }
        return true;
}

/* Entries from there on that are alike, and in the IPA space. */
static unsigned run_length(const struct realm *realm, const struct rtt_walk *walk, uint64_t ipa)
{
        uint64_t in_space = (realm_ipa_top(realm) - ipa) >> rtt_entry_shift(walk->level);

        return (unsigned)min_u64(rtt_count_alike(walk->table, walk->index), in_space);
}

static bool next_entry(const struct rmm *rmm, const struct realm *realm, struct rmmsim_rtt_entry *entry)
{
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        const struct rmmsim_rtt_entry *step;
        struct rtt_walk last;
        uint64_t ipa;
        int level;

        if (!next_place(entry, realm->rtt_level_start, &ipa, &level) || ipa >= realm_ipa_top(realm)) {
                return false;
        }
        step = &steps[walk_steps(rmm, realm, steps, &last, ipa, level) - 1];
        inspect_entry(rmm, realm, entry, &last, step->table, step->ipa, run_length(realm, &last, step->ipa));
        return true;
}

int rmmsim_rtt_next(const struct rmmsim *sim, struct rmmsim_rtt_entry *entry, uint64_t rd)
{
        struct inspected at;
        bool found;

        if (!inspect_lock(sim, &at, rd, RMMSIM_GRANULE_RD)) {
                return RMMSIM_ERROR_STATE;
        }
        found = next_entry(&sim->rmm, at.page, entry);
        inspect_unlock(&at);
        return found ? 1 : 0;
}
