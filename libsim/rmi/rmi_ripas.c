/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_ripas.c - what a Realm may expect of its addresses: set by the host while the Realm is built, by request of the
 * Realm later.
 *
 * Both commands work on whole entries of the one table that the walk to base reaches, tell how far they came, and are
 * called again from there. Neither changes HIPAS: an ASSIGNED entry keeps its Granule, and the Granule its contents.
 *
 * Where the specification and deployed monitors differ we follow the specification, and a quirk follows the monitors:
 *   - INIT_RIPAS passes over ASSIGNED and DESTROYED entries behind the first (init_ripas_stops stops there);
 *   - INIT_RIPAS with a base inside a page is ERROR_RTT (init_ripas_base_input: ERROR_INPUT);
 *   - SET_RIPAS succeeds without changing anything if the first entry has the wanted RIPAS already but is not aligned at
 *     base, or is larger than the range (set_ripas_progress: ERROR_RTT). The formula for out_top then yields an address
 *     below base where base lies inside the entry. Going back would tell the Realm, which reads this address as
 *     new_base, about memory that it never asked for; so out_top is not less than base. The call made no progress: a
 *     host must compare out_top with base.
 *
 * Specification: RMI_RTT_INIT_RIPAS, RMI_RTT_SET_RIPAS; RTT sheet sections 3.10, 3.11 and 9 (D4 to D7).
 */
#include "measurement.h"
#include "rmi.h"
#include "rtt.h"

/* Give the entries of the table that begin in [base, top) another RIPAS. base is where the first of them begins. */
static void set_range(struct pe *pe, const struct realm *realm, const struct rtt_walk *walk, uint64_t base,
                      uint64_t top, unsigned ripas)
{
        uint64_t size = rtt_entry_size(walk->level);
        unsigned i = walk->index;

        for (uint64_t ipa = base; ipa < top; ipa += size, i++) {
                uint64_t entry = walk->table[i];
                unsigned state = rtte_state_with_ripas(rtte_state(entry), ripas);

                rtt_set(pe, realm, walk, i, ipa,
                        rtte_make(state, walk->level, rtte_address(entry, realm->lpa2), realm->lpa2));
        }
}

/* ---- RMI_RTT_INIT_RIPAS ------------------------------------------------------------------------------------------- */

static uint64_t init_top(const struct rmm *rmm, const struct rtt_walk *walk, uint64_t base, uint64_t top)
{
        unsigned stops = QUIRKED(&rmm->profile, init_ripas_stops) ? RTTE_ALL_ASSIGNED | RTTE_ALL_DESTROYED : 0;

        return rtt_skip_ripas(walk, base, top, stops);
}

struct verdict rmi_rtt_init_ripas_check(const struct rmm *rmm, const struct rmi_rtt_init_ripas_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        bool base_is_input = QUIRKED(&rmm->profile, init_ripas_base_input);
        struct rtt_walk *walk = a->common.walk;

        FAIL_IF(rmi_rtt_init_ripas, size_valid, a->top <= a->base, a->top);
        FAIL_IF(rmi_rtt_init_ripas, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_init_ripas, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_init_ripas, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_init_ripas, top_gran_align, !is_granule_aligned(a->top), a->top);
        FAIL_IF(rmi_rtt_init_ripas, top_bound, !is_protected(realm, a->top - GRANULE_SIZE), a->top);
        FAIL_IF(rmi_rtt_init_ripas, base_gran_align, base_is_input && !is_granule_aligned(a->base), a->base);
        FAIL_IF(rmi_rtt_init_ripas, realm_state, realm->state != RMMSIM_REALM_REALM_NEW, realm->state);
        rtt_walk(rmm, realm, walk, a->base, RTT_LEVEL_PAGE);
        FAIL_AT(rmi_rtt_init_ripas, base_align, !is_aligned(a->base, rtt_entry_size(walk->level)), walk->level,
                walk->level);
        FAIL_AT(rmi_rtt_init_ripas, rtte_state, !rtte_is_in(walk->entry, RTTE_ALL_UNASSIGNED), rtte_state(walk->entry),
                walk->level);
        FAIL_AT(rmi_rtt_init_ripas, no_progress, init_top(rmm, walk, a->base, a->top) == a->base,
                rtte_state(walk->entry), walk->level);
        return PASSED;
}

/* One measurement an entry, also of entries that are RAM already: the RIM tells the granularity at which the host worked. */
static void measure_range(struct pe *pe, struct realm *realm, uint64_t base, uint64_t top, uint64_t size)
{
        enum hash_algorithm algorithm = (enum hash_algorithm)realm->hash_algo;

        for (uint64_t ipa = base; ipa < top; ipa += size) {
                if (!rim_extend_ripas(realm->measurements[0], &pe->hasher, algorithm, ipa, ipa + size)) {
                        pe->library_error = RMMSIM_ERROR_CRYPTO;
                }
        }
}

void rmi_rtt_init_ripas_apply(struct pe *pe, const struct rmi_rtt_init_ripas_args *a,
                              struct rmi_rtt_init_ripas_results *r)
{
        struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        r->out_top = init_top(pe->rmm, walk, a->base, a->top);
        set_range(pe, realm, walk, a->base, r->out_top, RMMSIM_RIPAS_RAM);
        measure_range(pe, realm, a->base, r->out_top, rtt_entry_size(walk->level));
}

/* ---- RMI_RTT_SET_RIPAS -------------------------------------------------------------------------------------------- */

/* DESTROYED stops a change that the Realm did not allow to touch it, to EMPTY as well as to RAM. */
static uint64_t change_top(const struct rec *rec, const struct rtt_walk *walk, uint64_t base, uint64_t top)
{
        return rtt_skip_ripas(walk, base, top, rec->ripas_change_destroyed ? 0 : RTTE_ALL_DESTROYED);
}

struct verdict rmi_rtt_set_ripas_check(const struct rmm *rmm, const struct rmi_rtt_set_ripas_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        const struct rec *rec = rec_of(&a->rec);
        struct rtt_walk *walk = a->common.walk;
        bool must_change;

        FAIL_IF(rmi_rtt_set_ripas, size_valid, a->top <= a->base, a->top);
        FAIL_IF(rmi_rtt_set_ripas, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rtt_set_ripas, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rtt_set_ripas, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_rtt_set_ripas, rec_align, !is_granule_aligned(a->rec.pa), a->rec.pa);
        FAIL_IF(rmi_rtt_set_ripas, rec_bound, a->rec.granule == NULL, a->rec.pa);
        FAIL_IF(rmi_rtt_set_ripas, rec_gran_state, a->rec.state != RMMSIM_GRANULE_REC, a->rec.state);
        FAIL_IF(rmi_rtt_set_ripas, rec_state, rec_is_running(rec), RMMSIM_REC_REC_RUNNING);
        FAIL_IF(rmi_rtt_set_ripas, rec_owner, rec->owner != a->rd.pa, rec->owner);
        FAIL_IF(rmi_rtt_set_ripas, base_bound, a->base != rec->ripas_addr, rec->ripas_addr);
        FAIL_IF(rmi_rtt_set_ripas, top_bound, a->top > rec->ripas_top, rec->ripas_top);
        FAIL_IF(rmi_rtt_set_ripas, top_gran_align, !is_granule_aligned(a->top), a->top);
        rtt_walk(rmm, realm, walk, a->base, RTT_LEVEL_PAGE);
        must_change = QUIRKED(&rmm->profile, set_ripas_progress) ||
                      rtte_state_ripas(rtte_state(walk->entry)) != rec->ripas_value;
        FAIL_AT(rmi_rtt_set_ripas, base_align, must_change && !is_aligned(a->base, rtt_entry_size(walk->level)),
                walk->level, walk->level);
        FAIL_AT(rmi_rtt_set_ripas, no_progress, must_change && change_top(rec, walk, a->base, a->top) == a->base,
                rtte_state(walk->entry), walk->level);
        return PASSED;
}

void rmi_rtt_set_ripas_apply(struct pe *pe, const struct rmi_rtt_set_ripas_args *a, struct rmi_rtt_set_ripas_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rec *rec = rec_of(&a->rec);
        struct rtt_walk *walk = a->common.walk;
        uint64_t first, top;

        first = align_down(a->base, rtt_entry_size(walk->level));
        top = change_top(rec, walk, a->base, a->top);
        set_range(pe, realm, walk, first, top, rec->ripas_value);
        r->out_top = max_u64(a->base, top);
        rec->ripas_addr = r->out_top;
}
