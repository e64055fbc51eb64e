/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt.c - geometry of the translation tables, their roots, and the walk.
 *
 * Specification: Realm Translation Table; RTT sheet sections 1.2 to 1.4, lifecycle sheet section 8.2.
 */
#include "rtt.h"

enum {
        ROOT_SHIFT_MAX = 4, /* at most 16 root tables */
        IPA_WIDTH_MAX = 52,
        PA_BITS_LEVEL_0 = 44 /* smaller platforms have no starting level 0 */
};

/* May several root tables be concatenated at this level? */
static bool may_concatenate(int level, bool lpa2)
{
        return level >= RTT_LEVEL_BLOCK || (level == 0 && lpa2);
}

bool rtt_geometry_valid(const struct profile *profile, unsigned ipa_width, int64_t level_start, uint64_t num_start,
                        bool lpa2)
{
        unsigned one_table, narrowest, widest;

        if (level_start < (lpa2 ? RTT_LEVEL_FIRST : 0) || level_start > RTT_LEVEL_PAGE) {
                return false;
        }
        if (level_start == 0 && profile->pa_bits < PA_BITS_LEVEL_0) {
                return false;
        }
        one_table = rtt_entry_shift((int)level_start) + RTT_LEVEL_SHIFT;
        narrowest = rtt_entry_shift((int)level_start) + 1;
        widest = one_table + (may_concatenate((int)level_start, lpa2) ? ROOT_SHIFT_MAX : 0);
        widest = widest < IPA_WIDTH_MAX ? widest : IPA_WIDTH_MAX;
        if (ipa_width < narrowest || ipa_width > widest || ipa_width < profile->ipa_width_min) {
                return false;
        }
        return num_start == (ipa_width <= one_table ? 1 : BIT(ipa_width - one_table));
}

void rtt_init_root(const struct realm *realm, uint32_t root, void *page)
{
        unsigned shift = rtt_entry_shift(realm->rtt_level_start);
        uint64_t first_unprotected = realm_par_top(realm) >> shift;
        uint64_t protected_entry = rtte_make(RMMSIM_RTTE_UNASSIGNED_EMPTY, realm->rtt_level_start, 0, realm->lpa2);
        uint64_t unprotected_entry = rtte_make(RMMSIM_RTTE_UNASSIGNED_NS, realm->rtt_level_start, 0, realm->lpa2);
        uint64_t *table = page;

        for (unsigned i = 0; i < RTT_ENTRIES; i++) {
                uint64_t index = (uint64_t)root * RTT_ENTRIES + i;

                table[i] = index < first_unprotected ? protected_entry : unprotected_entry;
        }
}

static uint64_t root_pa(const struct realm *realm, uint64_t root)
{
        return realm->rtt_base + root * GRANULE_SIZE;
}

bool rtt_roots_live(const struct rmm *rmm, const struct realm *realm)
{
        for (uint32_t root = 0; root < realm->rtt_num_start; root++) {
                if (memory_granule(&rmm->memory, root_pa(realm, root))->num_owners != 0) {
                        return true;
                }
        }
        return false;
}

void rtt_walk(const struct rmm *rmm, const struct realm *realm, struct rtt_walk *walk, uint64_t ipa, int level)
{
        const struct memory *memory = &rmm->memory;
        const bool lpa2 = realm->lpa2;
        int reached = realm->rtt_level_start;
        unsigned shift = rtt_entry_shift(reached);
        uint64_t index = ipa >> shift;
        uint64_t pa = root_pa(realm, index / RTT_ENTRIES);
        uint64_t *table = memory_realm_page(memory, pa);
        uint64_t entry;

        index %= RTT_ENTRIES;
        entry = table[index];
        while (reached < level && rtte_is_table(entry)) {
                reached++;
                shift -= RTT_LEVEL_SHIFT;
                index = (ipa >> shift) % RTT_ENTRIES;
                pa = rtte_address(entry, lpa2);
                table = memory_realm_page(memory, pa);
                entry = table[index];
        }
        walk->granule = memory_granule(memory, pa);
        walk->table = table;
        walk->index = (unsigned)index;
        walk->level = reached;
        walk->entry = entry;
}
