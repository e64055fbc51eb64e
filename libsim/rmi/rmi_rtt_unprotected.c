/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_rtt_unprotected.c - memory of the host at Unprotected addresses of a Realm.
 *
 * A mapping owns nothing: the RMM does not ask what the output address is, counts no reference and changes no Granule. A
 * page can be delegated while it is mapped; the Realm's next access then meets a Granule Protection Fault.
 *
 * Specification: RMI_RTT_MAP_UNPROTECTED, RMI_RTT_UNMAP_UNPROTECTED; RTT sheet sections 3.7 and 3.8.
 */
#include "rmi.h"
#include "rtt.h"

/* Has this Realm blocks or pages at this level? A Realm that starts at level 2 has no level 1. */
static bool is_level_of_leaf(const struct realm *realm, int64_t level)
{
        return level >= RTT_LEVEL_BLOCK && level >= realm->rtt_level_start && level <= RTT_LEVEL_PAGE;
}

static bool is_unprotected(const struct realm *realm, uint64_t ipa)
{
        return ipa < realm_ipa_top(realm) && !is_protected(realm, ipa);
}

struct verdict rmi_rtt_map_unprotected_check(const struct rmm *rmm, const struct rmi_rtt_map_unprotected_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        uint64_t address;
        struct rtt_walk *walk = a->common.walk;

        FAIL_IF(rmi_rtt_map_unprotected, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_map_unprotected, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_map_unprotected, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_map_unprotected, level_bound, !is_level_of_leaf(realm, a->level), a->level);
        FAIL_IF(rmi_rtt_map_unprotected, attr_valid, !rtte_desc_is_valid(a->desc, realm->lpa2), a->desc);
        address = rtte_address(a->desc, realm->lpa2);
        FAIL_IF(rmi_rtt_map_unprotected, addr_align, !is_aligned(address, rtt_entry_size((int)a->level)), a->desc);
        FAIL_IF(rmi_rtt_map_unprotected, addr_bound, !realm->lpa2 && address >= BIT(48), a->desc);
        FAIL_IF(rmi_rtt_map_unprotected, ipa_align, !is_aligned(a->ipa, rtt_entry_size((int)a->level)), a->ipa);
        FAIL_IF(rmi_rtt_map_unprotected, ipa_bound, !is_unprotected(realm, a->ipa), a->ipa);
        rtt_walk(rmm, realm, walk, a->ipa, (int)a->level);
        FAIL_AT(rmi_rtt_map_unprotected, rtt_walk, walk->level < a->level, walk->level, walk->level);
        FAIL_AT(rmi_rtt_map_unprotected, rtte_state, rtte_state(walk->entry) != RMMSIM_RTTE_UNASSIGNED_NS,
                rtte_state(walk->entry), walk->level);
        return PASSED;
}

void rmi_rtt_map_unprotected_apply(struct pe *pe, const struct rmi_rtt_map_unprotected_args *a,
                                   struct rmi_rtt_map_unprotected_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        (void)r;
        rtt_set(pe, realm, walk, walk->index, a->ipa, rtte_make_ns(a->desc, walk->level, realm->lpa2));
}

struct verdict rmi_rtt_unmap_unprotected_check(const struct rmm *rmm, const struct rmi_rtt_unmap_unprotected_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        FAIL_IF(rmi_rtt_unmap_unprotected, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_unmap_unprotected, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_unmap_unprotected, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_unmap_unprotected, level_bound, !is_level_of_leaf(realm, a->level), a->level);
        FAIL_IF(rmi_rtt_unmap_unprotected, ipa_align, !is_aligned(a->ipa, rtt_entry_size((int)a->level)), a->ipa);
        FAIL_IF(rmi_rtt_unmap_unprotected, ipa_bound, !is_unprotected(realm, a->ipa), a->ipa);
        rtt_walk(rmm, realm, walk, a->ipa, (int)a->level);
        FAIL_AT(rmi_rtt_unmap_unprotected, rtt_walk, walk->level < a->level, walk->level, walk->level);
        FAIL_AT(rmi_rtt_unmap_unprotected, rtte_state, rtte_state(walk->entry) != RMMSIM_RTTE_ASSIGNED_NS,
                rtte_state(walk->entry), walk->level);
        return PASSED;
}

void rmi_rtt_unmap_unprotected_apply(struct pe *pe, const struct rmi_rtt_unmap_unprotected_args *a,
                                     struct rmi_rtt_unmap_unprotected_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        rtt_set(pe, realm, walk, walk->index, a->ipa,
                rtte_make(RMMSIM_RTTE_UNASSIGNED_NS, walk->level, 0, realm->lpa2));
        r->top = rtt_skip_non_live(walk, a->ipa);
}

void rmi_rtt_unmap_unprotected_report(const struct rmm *rmm, const struct rmi_rtt_unmap_unprotected_args *a,
                                      const struct verdict *verdict, struct rmi_rtt_unmap_unprotected_results *r)
{
        struct rtt_walk *walk = a->common.walk;

        (void)rmm;
        if (verdict_ends_walk(verdict)) {
                r->top = rtt_skip_non_live(walk, a->ipa);
        }
}
