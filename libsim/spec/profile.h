/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * profile.h - what one instance offers and how it behaves where the specification or deployed monitors leave a choice.
 *
 * Plain constants, resolved once from the configuration; every floor above reads them and nobody changes them.
 */
#ifndef PROFILE_H
#define PROFILE_H

#include <rmmsim/rmmsim.h>

enum {
        REC_AUX_MAX = 16,
        ROOT_RTT_MAX = 16
};

struct profile {
        uint64_t quirks;
        uint64_t feature_register_0;
        unsigned s2sz;
        unsigned ipa_width_min;
        unsigned pa_bits;
        bool lpa2;
        bool sve;
        unsigned sve_vl;  /* field value: vectors - 1 */
        unsigned num_bps; /* field value: count - 1   */
        unsigned num_wps; /* field value: count - 1   */
        bool pmu;
        unsigned pmu_num_ctrs;
        bool hash_supported[2]; /* by enum rmmsim_hash_algorithm */
        unsigned num_lrs;
        uint64_t max_recs;
        unsigned rec_aux_count;
        unsigned vmid_bits;
        unsigned gic_priority_bits;
        unsigned gic_intid_bits;
        bool gic_extended_range;
};

#define SPEC_VERSION_1_0 UINT64_C(0x10000)

/* Is a behaviour of quirks.def on? */
#define QUIRKED(profile, name) (((profile)->quirks & RMMSIM_QUIRK_##name) != 0)

/* Resolve a configuration. Returns NULL, or a sentence that says what makes no sense. */
const char *profile_resolve(struct profile *profile, const struct rmmsim_config *config);

#endif
