/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_host_call.c - the Realm calls the host through a structure in its memory.
 *
 * The structure's registers go out with the exit; the host's answer is written back into the structure by the next
 * entry (rmi_rec_enter.c), at the same IPA, wherever that is mapped by then.
 *
 * Specification: RSI_HOST_CALL, RsiHostCall, REC exit due to Host call.
 */
#include "realm_buffer.h"
#include <string.h>

struct verdict rsi_host_call_check(const struct rmm *rmm, const struct rsi_host_call_args *a)
{
        struct stage2_result *found = a->common.found;

        FAIL_IF(rsi_host_call, addr_align, !is_aligned(a->addr, sizeof(struct rmmsim_host_call)), a->addr);
        FAIL_IF(rsi_host_call, addr_bound, !is_protected(a->common.realm, a->addr), a->addr);
        realm_buffer_find(rmm, a->common.realm, found, a->addr);
        FAIL_IF(rsi_host_call, addr_empty, found->outcome == STAGE2_EMPTY, found->state);
        return PASSED;
}

void rsi_host_call_apply(struct pe *pe, const struct rsi_host_call_args *a, struct rsi_host_call_results *r)
{
        struct rmmsim_rec_exit *exit = pe_exit(pe);
        const uint8_t *buffer = realm_buffer(pe->rmm, a->common.found);

        if (buffer == NULL) {
                exit_buffer_abort(a->common.vcpu, a->common.found, a->addr);
                r->common.outcome = RSI_UNTOUCHED;
                return;
        }
        vcpu_exit(a->common.vcpu, RMMSIM_EXIT_HOST_CALL, RESUME_DONE);
        memcpy(&exit->imm, buffer,
               QUIRKED(&pe->rmm->profile, host_call_imm_wide) ? sizeof(uint32_t) : sizeof(uint16_t));
        memcpy(exit->gprs, buffer + offsetof(struct rmmsim_host_call, gprs), sizeof(exit->gprs));
        a->common.rec->host_call_ipa = a->addr;
        rec_set_pending(pe, a->common.rec, RMMSIM_PENDING_HOST_CALL);
        r->common.outcome = RSI_DEFERRED;
}
