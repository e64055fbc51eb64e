/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit_rtt.c - the translation tables of a Realm, entry by entry.
 *
 * A table is claimed before it is entered, and a TABLE entry at level 3 is never followed, so the walk ends whatever the
 * tables hold.
 */
#include "audit_pass.h"
#include "rtt.h"

#define PROTECTED_STATES   (RTTE_ALL_UNASSIGNED | RTTE_ALL_ASSIGNED | RTTE_SET(TABLE))
#define UNPROTECTED_STATES (RTTE_SET(UNASSIGNED_NS) | RTTE_SET(ASSIGNED_NS) | RTTE_SET(TABLE))

/* One entry, and where it hangs. */
struct place {
        const struct realm *realm;
        uint64_t entry;
        uint64_t ipa;
        int level;
};

#define PLACE_FORMAT    "Realm 0x%" PRIx64 ", IPA 0x%" PRIx64 ", level %d: %s 0x%016" PRIx64
#define PLACE_OF(place) (place)->realm->rd, (place)->ipa, (place)->level, name_of((place)->entry), (place)->entry

static bool check_table(struct audit *a, const struct realm *realm, uint64_t pa, uint64_t ipa, int level);

static const char *name_of(uint64_t entry)
{
        return rmmsim_state_name(RMMSIM_OBJECT_RTTE, rtte_state(entry));
}

static unsigned allowed_states(const struct realm *realm, uint64_t ipa)
{
        if (ipa >= realm_ipa_top(realm)) {
                return RTTE_SET(UNASSIGNED_NS);
        }
        return is_protected(realm, ipa) ? PROTECTED_STATES : UNPROTECTED_STATES;
}

static bool check_data(struct audit *a, const struct place *at, uint64_t pa)
{
        const struct slot slot = { "ASSIGNED entry at IPA", at->ipa, "Realm", at->realm->rd, AUDIT_RTT4, AUDIT_RTT8 };

        for (uint64_t offset = 0; offset < rtt_entry_size(at->level); offset += GRANULE_SIZE) {
                if (!audit_claim(a, pa + offset, RMMSIM_GRANULE_DATA, &slot)) {
                        return false;
                }
        }
        return true;
}

static bool check_child(struct audit *a, const struct place *at, uint64_t pa)
{
        const struct slot slot = { "TABLE entry at IPA", at->ipa, "Realm", at->realm->rd, AUDIT_RTT4, AUDIT_RTT1 };

        return audit_claim(a, pa, RMMSIM_GRANULE_RTT, &slot) && check_table(a, at->realm, pa, at->ipa, at->level + 1);
}

static bool check_entry(struct audit *a, const struct place *at)
{
        bool lpa2 = at->realm->lpa2;
        unsigned state = rtte_state(at->entry);
        uint64_t pa = rtte_state_has_address(state) ? rtte_address(at->entry, lpa2) : 0;
        bool leaf = state != RMMSIM_RTTE_TABLE;
        bool sound = rtte_is_sound(at->entry, at->level, lpa2);

        MUST(a, RTT2, leaf || at->level < RTT_LEVEL_PAGE, PLACE_FORMAT ", but pages have no table", PLACE_OF(at));
        MUST(a, RTT5, rtte_is_in(at->entry, allowed_states(at->realm, at->ipa)), PLACE_FORMAT " is of the other half",
             PLACE_OF(at));
        MUST(a, RTT6, !leaf || !rtte_state_has_address(state) || at->level >= RTT_LEVEL_BLOCK,
             PLACE_FORMAT ", but there are no blocks of that size", PLACE_OF(at));
        MUST(a, RTT9, lpa2 || pa < BIT(48), PLACE_FORMAT " needs LPA2 for its address", PLACE_OF(at));
        MUST(a, RTT10, state != RMMSIM_RTTE_ASSIGNED_NS || sound,
             PLACE_FORMAT " maps host memory in a way that no host may", PLACE_OF(at));
        MUST(a, RTT8, !rtte_is_in(at->entry, RTTE_ALL_ASSIGNED) || is_aligned(pa, rtt_entry_size(at->level)),
             PLACE_FORMAT " is not aligned to its size", PLACE_OF(at));
        MUST(a, D, sound, PLACE_FORMAT " is no descriptor that the RMM makes", PLACE_OF(at));
        if (!leaf) {
                return check_child(a, at, pa);
        }
        return !rtte_is_in(at->entry, RTTE_ALL_ASSIGNED) || check_data(a, at, pa);
}

/*
 * Most entries repeat the one before. Of such a run the first and the last are looked at: the halves of the IPA space have
 * no state without an address in common, so what both ends allow, all between them do.
 */
static bool check_table(struct audit *a, const struct realm *realm, uint64_t pa, uint64_t ipa, int level)
{
        struct place at = { .realm = realm, .level = level };
        struct granule counted = { .num_owners = 0 };
        struct granule *granule;
        const uint64_t *table = memory_realm_page_of(&a->rmm->memory, &granule, pa);
        unsigned count;

        for (unsigned i = 0; i < RTT_ENTRIES; i += count) {
                count = rtt_count_alike(table, i);
                at.entry = table[i];
                at.ipa = ipa + i * rtt_entry_size(level);
                if (!check_entry(a, &at)) {
                        return false;
                }
                at.ipa += (count - 1) * rtt_entry_size(level);
                if (count > 1 && !check_entry(a, &at)) {
                        return false;
                }
                rtt_count(&counted, at.entry, count);
        }
        MUST(a, RTT12, granule->num_owners == counted.num_owners && granule->num_shared == counted.num_shared,
             "RTT 0x%" PRIx64 " counts %u owners and %u ASSIGNED_NS entries, but has %u and %u", pa,
             granule->num_owners, granule->num_shared, counted.num_owners, counted.num_shared);
        return true;
}

bool audit_tables(struct audit *a, const struct realm *realm)
{
        for (uint32_t i = 0; i < realm->rtt_num_start; i++) {
                if (!check_table(a, realm, realm->rtt_base + i * GRANULE_SIZE,
                                 i * rtt_table_size(realm->rtt_level_start), realm->rtt_level_start)) {
                        return false;
                }
        }
        return true;
}
