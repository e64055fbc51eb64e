/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * realm_params.c - the limits of a Realm, field by field.
 *
 * Each question is a table: what would be wrong, and in which field. A table reads like the one in the specification, and
 * the first row that holds is the answer. Fields that a flag switches off may hold anything, and so may every byte
 * outside the fields.
 *
 * Specification: RmiRealmParams, RmiFeatureRegister0; lifecycle sheet sections 8.1 and 8.3.
 */
#include "realm_params.h"
#include "bits.h"
#include <stddef.h>

struct objection {
        bool holds;
        int field;
};

#define FIELD(name) ((int)offsetof(struct rmmsim_realm_params, name))

static int first_objection(const struct objection *objections, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (objections[i].holds) {
                        return objections[i].field;
                }
        }
        return REALM_PARAMS_FINE;
}

/* Zero breakpoints and zero watchpoints are reserved: the fields hold the count minus one, and the architecture has two. */
int realm_params_reserved(const struct rmmsim_realm_params *p)
{
        const struct objection objections[] = {
                { p->num_bps == 0, FIELD(num_bps) },
                { p->num_wps == 0, FIELD(num_wps) },
                { p->hash_algo > RMMSIM_HASH_SHA_512, FIELD(hash_algo) },
        };

        return first_objection(objections, ARRAY_SIZE(objections));
}

/* 52-bit IPAs need the Realm to ask for LPA2, whatever the platform could do. */
static unsigned ipa_width_max(const struct profile *profile, bool lpa2)
{
        unsigned widest = lpa2 ? 52 : 48;

        return profile->s2sz < widest ? profile->s2sz : widest;
}

static bool hash_offered(const struct profile *profile, uint8_t hash_algo)
{
        return hash_algo < ARRAY_SIZE(profile->hash_supported) && profile->hash_supported[hash_algo];
}

int realm_params_unsupported(const struct profile *profile, const struct rmmsim_realm_params *p)
{
        bool lpa2 = (p->flags & RMMSIM_REALM_FLAG_LPA2) != 0;
        bool sve = (p->flags & RMMSIM_REALM_FLAG_SVE) != 0;
        bool pmu = (p->flags & RMMSIM_REALM_FLAG_PMU) != 0;
        bool no_counters = p->pmu_num_ctrs == 0 && QUIRKED(profile, pmu_zero_counters_refused);
        const struct objection objections[] = {
                { lpa2 && !profile->lpa2, FIELD(flags) },
                { p->s2sz < profile->ipa_width_min, FIELD(s2sz) },
                { p->s2sz > ipa_width_max(profile, lpa2), FIELD(s2sz) },
                { p->num_bps > profile->num_bps, FIELD(num_bps) },
                { p->num_wps > profile->num_wps, FIELD(num_wps) },
                { sve && !profile->sve, FIELD(flags) },
                { sve && p->sve_vl > profile->sve_vl, FIELD(sve_vl) },
                { pmu && !profile->pmu, FIELD(flags) },
                { pmu && p->pmu_num_ctrs > profile->pmu_num_ctrs, FIELD(pmu_num_ctrs) },
                { pmu && no_counters, FIELD(pmu_num_ctrs) },
                { !hash_offered(profile, p->hash_algo), FIELD(hash_algo) },
        };

        return first_objection(objections, ARRAY_SIZE(objections));
}

bool vmid_exists(const struct profile *profile, uint16_t vmid)
{
        return vmid < BIT(profile->vmid_bits);
}
