/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * profile.c - from a configuration, where zero means the default, to constants.
 *
 * Specification: RmiFeatureRegister0 (fields), Realm creation (the limits that are not discoverable).
 */
#include "profile.h"
#include "bits.h"
#include <string.h>

static const uint64_t reference_quirks = 0
#define PRESET_REFERENCE(bit)             | BIT(bit)
#define QUIRK(name, bit, PRESET, meaning) PRESET_##PRESET(bit)
#include <rmmsim/spec/quirks.def>
        ;

static const uint64_t known_quirks = 0
#define QUIRK(name, bit, PRESET, meaning) | BIT(bit)
#include <rmmsim/spec/quirks.def>
        ;

static unsigned or_default(uint8_t value, unsigned standard)
{
        if (value == RMMSIM_NONE) {
                return 0;
        }
        return value == 0 ? standard : value;
}

static const char *nonsense(const struct profile *p, const struct rmmsim_features *f)
{
        if (p->pa_bits < 32 || p->pa_bits > 52 || (!p->lpa2 && p->pa_bits > 48)) {
                return "features.pa_bits must be 32 to 48, or to 52 with lpa2";
        }
        if (p->s2sz < 32 || p->s2sz > (p->lpa2 ? 52 : 48)) {
                return "features.s2sz must be 32 to 48, or to 52 with lpa2";
        }
        if (p->ipa_width_min < 32 || p->ipa_width_min > p->s2sz) {
                return "features.ipa_width_min must be 32 to s2sz";
        }
        if (f->sve_vectors > 16) {
                return "features.sve_vectors must be at most 16";
        }
        if (p->num_bps < 1 || p->num_bps > 63 || p->num_wps < 1 || p->num_wps > 63) {
                return "features.num_bps and num_wps must be 2 to 64";
        }
        if (f->no_pmu && f->pmu_num_ctrs != 0) {
                return "features.pmu_num_ctrs without a PMU: clear it or no_pmu";
        }
        if (p->pmu_num_ctrs > 31) {
                return "features.pmu_num_ctrs must be at most 31";
        }
        if (f->no_sha_256 && f->no_sha_512) {
                return "features: one of SHA-256 and SHA-512 must be offered";
        }
        if (p->num_lrs < 1 || p->num_lrs > 16) {
                return "features.gicv3_num_lrs must be 1 to 16";
        }
        if (f->max_recs_order > 15) {
                return "features.max_recs_order must be 1 to 15";
        }
        if (p->rec_aux_count > REC_AUX_MAX) {
                return "features.rec_aux_count must be at most 16, or RMMSIM_NONE";
        }
        if (p->vmid_bits != 8 && p->vmid_bits != 16) {
                return "features.vmid_bits must be 8 or 16";
        }
        if (p->gic_priority_bits < 5 || p->gic_priority_bits > 8) {
                return "features.gic_priority_bits must be 5 to 8";
        }
        if (p->gic_intid_bits != 16 && p->gic_intid_bits != 24) {
                return "features.gic_intid_bits must be 16 or 24";
        }
        return NULL;
}

static uint64_t feature_register_0(const struct profile *p, unsigned max_recs_order)
{
        return (uint64_t)p->s2sz | (uint64_t)p->lpa2 << 8 | (uint64_t)p->sve << 9 | (uint64_t)p->sve_vl << 10 |
               (uint64_t)p->num_bps << 14 | (uint64_t)p->num_wps << 20 | (uint64_t)p->pmu << 26 |
               (uint64_t)p->pmu_num_ctrs << 27 | (uint64_t)p->hash_supported[RMMSIM_HASH_SHA_256] << 32 |
               (uint64_t)p->hash_supported[RMMSIM_HASH_SHA_512] << 33 | (uint64_t)(p->num_lrs - 1) << 34 |
               (uint64_t)max_recs_order << 38;
}

const char *profile_resolve(struct profile *p, const struct rmmsim_config *config)
{
        const struct rmmsim_features *f = &config->features;
        unsigned max_recs_order = or_default(f->max_recs_order, 10);

        if (config->profile != RMMSIM_PROFILE_RMM_1_0 && config->profile != RMMSIM_PROFILE_RMM_1_0_REFERENCE) {
                return "profile is none that this version of the library serves";
        }
        if ((config->quirks & ~known_quirks) != 0) {
                return "quirks has bits that no row of spec/quirks.def names";
        }
        memset(p, 0, sizeof(*p));
        p->quirks = config->quirks;
        if (config->profile == RMMSIM_PROFILE_RMM_1_0_REFERENCE) {
                p->quirks |= reference_quirks;
        }
        p->lpa2 = f->lpa2;
        p->s2sz = or_default(f->s2sz, 48);
        p->ipa_width_min = or_default(f->ipa_width_min, 32);
        p->pa_bits = or_default(f->pa_bits, f->lpa2 ? 52 : 48);
        p->sve = f->sve_vectors != 0;
        p->sve_vl = p->sve ? f->sve_vectors - 1u : 0;
        p->num_bps = or_default(f->num_bps, 6) - 1;
        p->num_wps = or_default(f->num_wps, 4) - 1;
        p->pmu = !f->no_pmu;
        p->pmu_num_ctrs = f->no_pmu ? 0 : or_default(f->pmu_num_ctrs, 6);
        p->hash_supported[RMMSIM_HASH_SHA_256] = !f->no_sha_256;
        p->hash_supported[RMMSIM_HASH_SHA_512] = !f->no_sha_512;
        p->num_lrs = or_default(f->gicv3_num_lrs, 4);
        p->max_recs = BIT(max_recs_order & 15) - 1;
        p->rec_aux_count = or_default(f->rec_aux_count, REC_AUX_MAX);
        p->vmid_bits = or_default(f->vmid_bits, 16);
        p->gic_priority_bits = or_default(f->gic_priority_bits, 5);
        p->gic_intid_bits = or_default(f->gic_intid_bits, 16);
        p->gic_extended_range = f->gic_extended_range;
        p->feature_register_0 = feature_register_0(p, max_recs_order);
        return nonsense(p, f);
}
