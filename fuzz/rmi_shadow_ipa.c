/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_shadow_ipa.c - IPAs, levels and ranges: which of them a command on a Realm of this shape can take.
 *
 * Specification: RTT sheet 1.2, 1.4 and the conditions ipa_*, level_bound, size_valid, top_* of section 3.
 */
#include "rmi_shadow.h"

static bool is_aligned(uint64_t ipa, int level)
{
        return ipa % rmi_entry_size(level) == 0;
}

static bool is_in_lower_half(const struct rmi_realm *realm, uint64_t ipa)
{
        return ipa < UINT64_C(1) << (realm->width - 1);
}

static bool is_in_space(const struct rmi_realm *realm, uint64_t ipa)
{
        return ipa < UINT64_C(1) << realm->width;
}

/* All 64 bits of a level count. */
static bool is_between(uint64_t level, int first)
{
        return (int64_t)level >= first && (int64_t)level <= 3;
}

static bool of_data(const struct rmi_realm *realm, uint64_t ipa)
{
        return is_aligned(ipa, 3) && is_in_lower_half(realm, ipa);
}

static bool of_table(const struct rmi_realm *realm, uint64_t ipa, uint64_t level)
{
        return is_between(level, realm->start + 1) && is_aligned(ipa, (int)level - 1) && is_in_space(realm, ipa);
}

static bool of_leaf(const struct rmi_realm *realm, uint64_t ipa, uint64_t level)
{
        return is_between(level, realm->start < 1 ? 1 : realm->start) && is_aligned(ipa, (int)level) &&
               is_in_space(realm, ipa) && !is_in_lower_half(realm, ipa);
}

static bool of_entry(const struct rmi_realm *realm, uint64_t ipa, uint64_t level)
{
        return is_between(level, realm->start) && is_aligned(ipa, (int)level) && is_in_space(realm, ipa);
}

/* Whether the base suits is a question of the entry that is found, or of a quirk. */
static bool of_range(const struct rmi_realm *realm, uint64_t base, uint64_t top)
{
        return top > base && is_aligned(top, 3) && is_in_lower_half(realm, top - 1);
}

static enum rmi_verdict verdict(bool good)
{
        return good ? RMI_GOOD : RMI_BAD;
}

enum rmi_verdict rmi_shadow_ipa(const struct rmi_shadow *shadow, const struct rmi_call *call)
{
        const uint64_t *x = call->in.x;
        const struct rmi_realm *realm = NULL;
        int number = rmi_number(shadow, x[1]);

        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                realm = number != RMI_NOWHERE && shadow->realms[i].rd == number ? &shadow->realms[i] : realm;
        }
        if (realm == NULL) {
                return RMI_NOT_KNOWN;
        }
        switch (call->command) {
        case RMMSIM_COMMAND_rmi_data_create:
        case RMMSIM_COMMAND_rmi_data_create_unknown:
                return verdict(of_data(realm, x[3]));
        case RMMSIM_COMMAND_rmi_data_destroy:
                return verdict(of_data(realm, x[2]));
        case RMMSIM_COMMAND_rmi_rtt_create:
                return verdict(of_table(realm, x[3], x[4]));
        case RMMSIM_COMMAND_rmi_rtt_destroy:
        case RMMSIM_COMMAND_rmi_rtt_fold:
                return verdict(of_table(realm, x[2], x[3]));
        case RMMSIM_COMMAND_rmi_rtt_map_unprotected:
        case RMMSIM_COMMAND_rmi_rtt_unmap_unprotected:
                return verdict(of_leaf(realm, x[2], x[3]));
        case RMMSIM_COMMAND_rmi_rtt_read_entry:
                return verdict(of_entry(realm, x[2], x[3]));
        case RMMSIM_COMMAND_rmi_rtt_init_ripas:
                return verdict(of_range(realm, x[2], x[3]));
        default:
                return RMI_NOT_KNOWN;
        }
}
