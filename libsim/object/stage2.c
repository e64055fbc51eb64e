/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stage2.c - from an entry to the outcome of an access.
 *
 * RIPAS comes before HIPAS: memory behind an EMPTY address is as good as absent. An instruction fetch at an Unprotected
 * address never reaches the host, whatever is mapped there.
 *
 * Specification: Realm access outcomes; RTT sheet section 5.1.
 */
#include "stage2.h"

static enum stage2_outcome protected_outcome(unsigned state)
{
        if (state == RMMSIM_RTTE_ASSIGNED_RAM) {
                return STAGE2_PROTECTED;
        }
        return rtte_state_ripas(state) == RMMSIM_RIPAS_EMPTY ? STAGE2_EMPTY : STAGE2_FAULT_PROTECTED;
}

static enum stage2_outcome unprotected_outcome(uint64_t entry, unsigned state, enum stage2_access access)
{
        if (access == STAGE2_FETCH) {
                return STAGE2_FETCH_UNPROTECTED;
        }
        if (state != RMMSIM_RTTE_ASSIGNED_NS) {
                return STAGE2_FAULT_UNPROTECTED;
        }
        if ((entry & (access == STAGE2_READ ? RTTE_S2AP_READ : RTTE_S2AP_WRITE)) == 0) {
                return STAGE2_PERMISSION;
        }
        return STAGE2_UNPROTECTED;
}

void stage2_translate(const struct rmm *rmm, const struct realm *realm, struct stage2_result *result, uint64_t ipa,
                      enum stage2_access access)
{
        struct rtt_walk walk;

        *result = (struct stage2_result){ .outcome = STAGE2_ADDRESS_SIZE };
        if (ipa >= realm_ipa_top(realm)) {
                return;
        }
        rtt_walk(rmm, realm, &walk, ipa, RTT_LEVEL_PAGE);
        result->level = walk.level;
        result->state = rtte_state(walk.entry);
        result->outcome = is_protected(realm, ipa) ? protected_outcome(result->state)
                                                   : unprotected_outcome(walk.entry, result->state, access);
        if (result->outcome == STAGE2_PROTECTED || result->outcome == STAGE2_UNPROTECTED) {
                result->pa = rtte_address(walk.entry, realm->lpa2) + (ipa & (rtt_entry_size(walk.level) - 1));
        }
}
