/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_ipa_state.c - the Realm asks for another RIPAS, and what it is now.
 *
 * A change is a request: recorded in the REC, carried out by the host with RMI_RTT_SET_RIPAS, answered at the next entry.
 *
 * Specification: RSI_IPA_STATE_SET, RSI_IPA_STATE_GET.
 */
#include "rsi.h"
#include "rtt.h"

/*
 * RsiRipas is 8 bits wide, and of RsiRipasChangeFlags one bit has a meaning: what lies above should be zero and is not
 * looked at.
 */
static uint32_t requested_ripas(const struct rmm *rmm, const struct rsi_ipa_state_set_args *a)
{
        return QUIRKED(&rmm->profile, ipa_state_set_words) ? (uint32_t)a->ripas : (uint8_t)a->ripas;
}

static bool may_change_destroyed(const struct rmm *rmm, const struct rsi_ipa_state_set_args *a)
{
        if (QUIRKED(&rmm->profile, ipa_state_set_words)) {
                return (uint32_t)a->flags == RMMSIM_RIPAS_CHANGE_DESTROYED;
        }
        return (a->flags & RMMSIM_RIPAS_CHANGE_DESTROYED) != 0;
}

struct verdict rsi_ipa_state_set_check(const struct rmm *rmm, const struct rsi_ipa_state_set_args *a)
{
        uint32_t ripas = requested_ripas(rmm, a);

        FAIL_IF(rsi_ipa_state_set, base_align, !is_granule_aligned(a->base), a->base);
        FAIL_IF(rsi_ipa_state_set, top_align, !is_granule_aligned(a->top), a->top);
        FAIL_IF(rsi_ipa_state_set, size_valid, a->top <= a->base, a->top);
        FAIL_IF(rsi_ipa_state_set, rgn_bound, !is_protected_range(a->common.realm, a->base, a->top), a->top);
        FAIL_IF(rsi_ipa_state_set, ripas_valid, ripas != RMMSIM_RIPAS_EMPTY && ripas != RMMSIM_RIPAS_RAM, ripas);
        return PASSED;
}

void rsi_ipa_state_set_apply(struct pe *pe, const struct rsi_ipa_state_set_args *a, struct rsi_ipa_state_set_results *r)
{
        struct rec *rec = a->common.rec;
        struct rmmsim_rec_exit *exit = pe_exit(pe);

        rec->ripas_addr = a->base;
        rec->ripas_top = a->top;
        rec->ripas_value = (uint8_t)requested_ripas(pe->rmm, a);
        rec->ripas_change_destroyed = may_change_destroyed(pe->rmm, a);
        rec_set_pending(pe, rec, RMMSIM_PENDING_RIPAS_CHANGE);
        vcpu_exit(a->common.vcpu, RMMSIM_EXIT_RIPAS_CHANGE, RESUME_DONE);
        exit->ripas_base = a->base;
        exit->ripas_top = a->top;
        exit->ripas_value = rec->ripas_value;
        r->common.outcome = RSI_DEFERRED;
}

struct verdict rsi_ipa_state_get_check(const struct rmm *rmm, const struct rsi_ipa_state_get_args *a)
{
        (void)rmm;
        FAIL_IF(rsi_ipa_state_get, base_align, !is_granule_aligned(a->base), a->base);
        FAIL_IF(rsi_ipa_state_get, end_align, !is_granule_aligned(a->top), a->top);
        FAIL_IF(rsi_ipa_state_get, size_valid, a->top <= a->base, a->top);
        FAIL_IF(rsi_ipa_state_get, rgn_bound, !is_protected_range(a->common.realm, a->base, a->top), a->top);
        return PASSED;
}

/*
 * The run of equal RIPAS inside the one table that the walk reaches. The specification lets an implementation report a
 * longer run; this is the one that hosts and Realms know.
 */
void rsi_ipa_state_get_apply(struct pe *pe, const struct rsi_ipa_state_get_args *a, struct rsi_ipa_state_get_results *r)
{
        struct rtt_walk walk;
        uint64_t size;
        uint64_t end;

        rtt_walk(pe->rmm, a->common.realm, &walk, a->base, RTT_LEVEL_PAGE);
        size = rtt_entry_size(walk.level);
        end = align_down(a->base, size) + size;
        r->ripas = rtte_state_ripas(rtte_state(walk.entry));
        for (unsigned i = walk.index + 1; i < RTT_ENTRIES && end < a->top; i++, end += size) {
                uint64_t entry = walk.table[i];

                if (rtte_state(entry) == RMMSIM_RTTE_TABLE || rtte_state_ripas(rtte_state(entry)) != r->ripas) {
                        break;
                }
        }
        r->out_top = min_u64(end, a->top);
}
