/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_rtt.c - the shape of a Realm's translation tables: adding, removing, folding and reading them.
 *
 * Creating and folding a table change how an address range is described, not what is at it. Destroying a table forgets
 * what the range was: a Protected range becomes DESTROYED, which only the Realm can undo; an Unprotected range is
 * unmapped.
 *
 * `level` is the level of the table concerned, so that its entry hangs one level up: that is where the walk ends.
 *
 * Specification: RMI_RTT_CREATE, RMI_RTT_DESTROY, RMI_RTT_FOLD, RMI_RTT_READ_ENTRY; RTT sheet sections 3.4 to 3.6 and
 * 3.9.
 */
#include "rmi.h"
#include "rtt.h"

/* May a table at this level hang below the roots? The argument has 64 bits, and all of them count. */
static bool is_level_of_table(const struct realm *realm, int64_t level)
{
        return level > realm->rtt_level_start && level <= RTT_LEVEL_PAGE;
}

static void walk_to_parent(const struct rmm *rmm, const struct granule_ref *rd, struct rtt_walk *walk, uint64_t ipa,
                           int64_t level)
{
        rtt_walk(rmm, realm_of(rd), walk, ipa, (int)level - 1);
}

struct verdict rmi_rtt_create_check(const struct rmm *rmm, const struct rmi_rtt_create_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        FAIL_IF(rmi_rtt_create, rtt_align, !is_granule_aligned(a->rtt.pa), a->rtt.pa);
        FAIL_IF(rmi_rtt_create, rtt_bound, a->rtt.granule == NULL, a->rtt.pa);
        FAIL_IF(rmi_rtt_create, rtt_state, a->rtt.state != RMMSIM_GRANULE_DELEGATED, a->rtt.state);
        FAIL_IF(rmi_rtt_create, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_create, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_create, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_create, level_bound, !is_level_of_table(realm, a->level), a->level);
        FAIL_IF(rmi_rtt_create, ipa_align, !is_aligned(a->ipa, rtt_table_size((int)a->level)), a->ipa);
        FAIL_IF(rmi_rtt_create, ipa_bound, a->ipa >= realm_ipa_top(realm), a->ipa);
        FAIL_IF(rmi_rtt_create, rtt_bound2, !realm->lpa2 && a->rtt.pa >= BIT(48), a->rtt.pa);
        walk_to_parent(rmm, &a->rd, walk, a->ipa, a->level);
        FAIL_AT(rmi_rtt_create, rtt_walk, walk->level < a->level - 1, walk->level, walk->level);
        FAIL_AT(rmi_rtt_create, rtte_state, rtte_is_table(walk->entry), rtte_state(walk->entry), walk->level);
        return PASSED;
}

void rmi_rtt_create_apply(struct pe *pe, const struct rmi_rtt_create_args *a, struct rmi_rtt_create_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        (void)r;
        rtt_unfold(a->rtt.page, (int)a->level, walk->entry);
        granule_become(pe, a->rtt.pa, a->rtt.granule, RMMSIM_GRANULE_RTT);
        rtt_count(a->rtt.granule, walk->entry, RTT_ENTRIES);
        rtt_set(pe, realm, walk, walk->index, a->ipa,
                rtte_make(RMMSIM_RTTE_TABLE, walk->level, a->rtt.pa, realm->lpa2));
}

struct verdict rmi_rtt_destroy_check(const struct rmm *rmm, const struct rmi_rtt_destroy_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;
        unsigned num_owners;

        FAIL_IF(rmi_rtt_destroy, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_destroy, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_destroy, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_destroy, level_bound, !is_level_of_table(realm, a->level), a->level);
        FAIL_IF(rmi_rtt_destroy, ipa_align, !is_aligned(a->ipa, rtt_table_size((int)a->level)), a->ipa);
        FAIL_IF(rmi_rtt_destroy, ipa_bound, a->ipa >= realm_ipa_top(realm), a->ipa);
        walk_to_parent(rmm, &a->rd, walk, a->ipa, a->level);
        FAIL_AT(rmi_rtt_destroy, rtt_walk, walk->level < a->level - 1, walk->level, walk->level);
        FAIL_AT(rmi_rtt_destroy, rtte_state, !rtte_is_table(walk->entry), rtte_state(walk->entry), walk->level);
        num_owners = rtt_child_owners(rmm, realm, walk->entry);
        FAIL_AT(rmi_rtt_destroy, rtt_live, num_owners != 0, num_owners, a->level);
        return PASSED;
}

/* The specification says DESTROYED for an Unprotected range too, where there is no RIPAS: an acknowledged erratum. */
void rmi_rtt_destroy_apply(struct pe *pe, const struct rmi_rtt_destroy_args *a, struct rmi_rtt_destroy_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        unsigned state = is_protected(realm, a->ipa) ? RMMSIM_RTTE_UNASSIGNED_DESTROYED : RMMSIM_RTTE_UNASSIGNED_NS;
        struct rtt_walk *walk = a->common.walk;

        r->rtt = rtte_address(walk->entry, realm->lpa2);
        rtt_set(pe, realm, walk, walk->index, a->ipa, rtte_make(state, walk->level, 0, realm->lpa2));
        granule_release(pe, r->rtt);
        r->top = rtt_skip_non_live(walk, a->ipa);
}

/* The host goes on from top also where there was nothing to destroy; a mistake in its arguments leads nowhere. */
void rmi_rtt_destroy_report(const struct rmm *rmm, const struct rmi_rtt_destroy_args *a, const struct verdict *verdict,
                            struct rmi_rtt_destroy_results *r)
{
        struct rtt_walk *walk = a->common.walk;

        (void)rmm;
        if (verdict_ends_walk(verdict)) {
                r->top = rtt_skip_non_live(walk, a->ipa);
        }
}

struct verdict rmi_rtt_fold_check(const struct rmm *rmm, const struct rmi_rtt_fold_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;
        uint64_t leaf;
        unsigned odd;

        FAIL_IF(rmi_rtt_fold, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_fold, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_fold, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_fold, level_bound, !is_level_of_table(realm, a->level), a->level);
        FAIL_IF(rmi_rtt_fold, ipa_align, !is_aligned(a->ipa, rtt_table_size((int)a->level)), a->ipa);
        FAIL_IF(rmi_rtt_fold, ipa_bound, a->ipa >= realm_ipa_top(realm), a->ipa);
        walk_to_parent(rmm, &a->rd, walk, a->ipa, a->level);
        FAIL_AT(rmi_rtt_fold, rtt_walk, walk->level < a->level - 1, walk->level, walk->level);
        FAIL_AT(rmi_rtt_fold, rtte_state, !rtte_is_table(walk->entry), rtte_state(walk->entry), walk->level);
        odd = rtt_fold(&leaf, rtt_child(rmm, realm, walk->entry), (int)a->level, realm->lpa2);
        FAIL_AT(rmi_rtt_fold, rtt_homo, odd != RTT_ENTRIES, odd, a->level);
        return PASSED;
}

void rmi_rtt_fold_apply(struct pe *pe, const struct rmi_rtt_fold_args *a, struct rmi_rtt_fold_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;
        uint64_t leaf = 0;

        r->rtt = rtte_address(walk->entry, realm->lpa2);
        (void)rtt_fold(&leaf, rtt_child(pe->rmm, realm, walk->entry), (int)a->level, realm->lpa2);
        rtt_set(pe, realm, walk, walk->index, a->ipa, leaf);
        granule_release(pe, r->rtt);
}

struct verdict rmi_rtt_read_entry_check(const struct rmm *rmm, const struct rmi_rtt_read_entry_args *a)
{
        const struct realm *realm = realm_of(&a->rd);

        (void)rmm;
        FAIL_IF(rmi_rtt_read_entry, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_read_entry, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_read_entry, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_read_entry, level_bound, a->level < realm->rtt_level_start || a->level > RTT_LEVEL_PAGE,
                a->level);
        FAIL_IF(rmi_rtt_read_entry, ipa_align, !is_aligned(a->ipa, rtt_entry_size((int)a->level)), a->ipa);
        FAIL_IF(rmi_rtt_read_entry, ipa_bound, a->ipa >= realm_ipa_top(realm), a->ipa);
        return PASSED;
}

/* RmiRttEntryState: the host's view does not tell Protected from Unprotected. */
static enum rmmsim_rtt_entry_state state_for_host(uint64_t rtte)
{
        if (rtte_is_table(rtte)) {
                return RMMSIM_RTT_TABLE;
        }
        return rtte_is_in(rtte, RTTE_ALL_LIVE) ? RMMSIM_RTT_ASSIGNED : RMMSIM_RTT_UNASSIGNED;
}

/* A walk that ends early is no error: the host learns what describes the address, and at which level. */
void rmi_rtt_read_entry_apply(struct pe *pe, const struct rmi_rtt_read_entry_args *a,
                              struct rmi_rtt_read_entry_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk walk;

        rtt_walk(pe->rmm, realm, &walk, a->ipa, (int)a->level);
        r->walk_level = (uint64_t)(int64_t)walk.level;
        r->state = state_for_host(walk.entry);
        r->desc = rtte_desc(walk.entry, realm->lpa2);
        r->ripas = rtte_state_ripas(rtte_state(walk.entry));
}
