/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_realm_config.c - the Realm reads how it was made.
 *
 * Specification: RSI_REALM_CONFIG, RsiRealmConfig.
 */
#include "realm_buffer.h"
#include <string.h>

struct verdict rsi_realm_config_check(const struct rmm *rmm, const struct rsi_realm_config_args *a)
{
        struct stage2_result *found = a->common.found;

        FAIL_IF(rsi_realm_config, addr_align, !is_granule_aligned(a->addr), a->addr);
        FAIL_IF(rsi_realm_config, addr_bound, !is_protected(a->common.realm, a->addr), a->addr);
        realm_buffer_find(rmm, a->common.realm, found, a->addr);
        FAIL_IF(rsi_realm_config, addr_empty, found->outcome == STAGE2_EMPTY, found->state);
        return PASSED;
}

void rsi_realm_config_apply(struct pe *pe, const struct rsi_realm_config_args *a, struct rsi_realm_config_results *r)
{
        const struct realm *realm = a->common.realm;
        struct rmmsim_realm_config *config = (void *)realm_buffer_for_write(pe->rmm, a->common.found);

        if (config == NULL) {
                exit_buffer_abort(a->common.vcpu, a->common.found, a->addr);
                r->common.outcome = RSI_UNTOUCHED;
                return;
        }
        if (!QUIRKED(&pe->rmm->profile, realm_config_keeps_padding)) {
                memset(config, 0, sizeof(*config));
        }
        config->ipa_width = realm->ipa_width;
        config->hash_algo = realm->hash_algo;
        memcpy(config->rpv, realm->rpv, sizeof(config->rpv));
}
