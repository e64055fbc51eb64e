/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * realm.h - a Realm: the contents of its RD Granule.
 *
 * The lock of the RD Granule is the Realm's lock: it guards this structure, the Realm's translation tables and the list of its
 * RECs. Objects name one another by physical address. What RMI_REALM_CREATE fixes never changes; and `state` may be read, by
 * realm_peek_state(), by whoever holds one of the RECs, which keeps the Realm in being: that is how an entry does without
 * this lock.
 *
 * Specification: RmmRealm.
 */
#ifndef REALM_H
#define REALM_H

#include "rmm.h"

enum {
        NUM_MEASUREMENTS = 5
};

struct realm {
        uint64_t rd;
        uint32_t state;    /* RMMSIM_REALM_*                             */
        uint8_t hash_algo; /* enum rmmsim_hash_algorithm                 */
        uint8_t ipa_width;
        bool lpa2;
        bool sve;
        uint8_t sve_vl;
        bool pmu;
        uint8_t pmu_num_ctrs;
        uint8_t num_bps;
        uint8_t num_wps;
        uint8_t rec_aux_count;
        uint16_t vmid;
        int8_t rtt_level_start;
        uint32_t rtt_num_start;
        uint64_t rtt_base;
        uint64_t num_recs;  /* alive                                      */
        uint64_t rec_index; /* ever created: index of the next            */
        uint64_t first_rec; /* head of the list of RECs, 0: none          */
        uint8_t rpv[64];
        uint8_t measurements[NUM_MEASUREMENTS][64]; /* RIM, REM 0..3                              */
};

_Static_assert(sizeof(struct realm) <= GRANULE_SIZE, "an RD is one Granule");

static inline struct realm *realm_of(const struct granule_ref *rd)
{
        return rd->page;
}

/* Move a Realm along an edge of states.def; the caller holds the Realm alone. */
static inline void realm_set_state(struct pe *pe, struct realm *realm, unsigned state)
{
        trace_edge(&pe->rmm->trace, pe->index, RMMSIM_OBJECT_REALM, realm->rd, realm->state, state);
        point_touch(OBJECT_REALM, realm->rd, true);
        __atomic_store_n(&realm->state, state, __ATOMIC_RELEASE);
}

/* The state for whoever does not hold the Realm, but something that keeps it in being. */
static inline unsigned realm_peek_state(const struct realm *realm)
{
        point_touch(OBJECT_REALM, realm->rd, false);
        return __atomic_load_n(&realm->state, __ATOMIC_ACQUIRE);
}

/* First address that is not in the IPA space, and first that is not Protected. */
static inline uint64_t realm_ipa_top(const struct realm *realm)
{
        return BIT(realm->ipa_width);
}

static inline uint64_t realm_par_top(const struct realm *realm)
{
        return BIT(realm->ipa_width - 1);
}

static inline bool is_protected(const struct realm *realm, uint64_t ipa)
{
        return ipa < realm_par_top(realm);
}

/* Is [base, top) a range of Protected IPAs? Specification: AddrRangeIsProtected. */
static inline bool is_protected_range(const struct realm *realm, uint64_t base, uint64_t top)
{
        return top > base && is_protected(realm, base) && is_protected(realm, top - 1);
}

#endif
