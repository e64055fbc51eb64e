/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit_realm.c - a Realm's own fields, and the VMIDs of all Realms together.
 *
 * Limits are asked of the functions that RMI_REALM_CREATE asks, so that each is written once.
 */
#include "audit_pass.h"
#include "hash.h"
#include "realm_params.h"
#include "rtt.h"

/* What the host must have asked for to get this Realm. */
static struct rmmsim_realm_params params_of(const struct realm *realm)
{
        return (struct rmmsim_realm_params){ .flags = (realm->lpa2 ? RMMSIM_REALM_FLAG_LPA2 : 0) |
                                                      (realm->sve ? RMMSIM_REALM_FLAG_SVE : 0) |
                                                      (realm->pmu ? RMMSIM_REALM_FLAG_PMU : 0),
                                             .s2sz = realm->ipa_width,
                                             .sve_vl = realm->sve_vl,
                                             .num_bps = realm->num_bps,
                                             .num_wps = realm->num_wps,
                                             .pmu_num_ctrs = realm->pmu_num_ctrs,
                                             .hash_algo = realm->hash_algo };
}

static bool check_features(struct audit *a, const struct realm *realm)
{
        const struct profile *profile = &a->rmm->profile;
        struct rmmsim_realm_params params = params_of(realm);
        int reserved = realm_params_reserved(&params);
        int unsupported = realm_params_unsupported(profile, &params);

        MUST(a, R11, reserved == REALM_PARAMS_FINE,
             "Realm 0x%" PRIx64 ": the field at 0x%x of its parameters is reserved", realm->rd, (unsigned)reserved);
        MUST(a, R11, unsupported == REALM_PARAMS_FINE,
             "Realm 0x%" PRIx64 ": the field at 0x%x of its parameters asks for more than is offered", realm->rd,
             (unsigned)unsupported);
        MUST(a, R11, (realm->sve || realm->sve_vl == 0) && (realm->pmu || realm->pmu_num_ctrs == 0),
             "Realm 0x%" PRIx64 " has the size of a feature that it does not have", realm->rd);
        MUST(a, R11, realm->rec_aux_count == profile->rec_aux_count,
             "Realm 0x%" PRIx64 " wants %u auxiliary Granules for a REC, not %u", realm->rd, realm->rec_aux_count,
             profile->rec_aux_count);
        return true;
}

static bool check_geometry(struct audit *a, const struct realm *realm)
{
        uint64_t size = realm->rtt_num_start * GRANULE_SIZE;

        MUST(a, R3,
             rtt_geometry_valid(&a->rmm->profile, realm->ipa_width, realm->rtt_level_start, realm->rtt_num_start,
                                realm->lpa2),
             "Realm 0x%" PRIx64 " has %u bits of IPA, and %" PRIu32 " roots at level %d", realm->rd, realm->ipa_width,
             realm->rtt_num_start, realm->rtt_level_start);
        MUST(a, R3, is_aligned(realm->rtt_base, size),
             "Realm 0x%" PRIx64 " has %" PRIu32 " roots at 0x%" PRIx64 ", which is not aligned to their size",
             realm->rd, realm->rtt_num_start, realm->rtt_base);
        MUST(a, R5, realm->rd - realm->rtt_base >= size, "Realm 0x%" PRIx64 " has its RD among its roots at 0x%" PRIx64,
             realm->rd, realm->rtt_base);
        return true;
}

static bool is_zero(const uint8_t *bytes, size_t from, size_t to)
{
        uint8_t any = 0;

        for (size_t i = from; i < to; i++) {
                any |= bytes[i];
        }
        return any == 0;
}

static bool check_measurements(struct audit *a, const struct realm *realm)
{
        enum {
                SHA_256_SIZE = 32,
                SLOT_SIZE = sizeof(realm->measurements[0])
        };

        for (unsigned i = 0; i < NUM_MEASUREMENTS; i++) {
                const uint8_t *measurement = realm->measurements[i];

                MUST(a, R6, realm->state != RMMSIM_REALM_REALM_NEW || i == 0 || is_zero(measurement, 0, SLOT_SIZE),
                     "Realm 0x%" PRIx64 " is REALM_NEW, but its measurement %u is not zero", realm->rd, i);
                MUST(a, R8, realm->hash_algo != RMMSIM_HASH_SHA_256 || is_zero(measurement, SHA_256_SIZE, SLOT_SIZE),
                     "Realm 0x%" PRIx64 " measures with SHA-256, but its measurement %u is longer than that", realm->rd,
                     i);
        }
        return true;
}

static bool claim_vmid(struct audit *a, const struct realm *realm)
{
        uint64_t *word = &a->vmids[realm->vmid / 64];

        MUST(a, R2, vmid_exists(&a->rmm->profile, realm->vmid), "Realm 0x%" PRIx64 " has VMID %u, of more than %u bits",
             realm->rd, realm->vmid, a->rmm->profile.vmid_bits);
        MUST(a, R2, (*word & BIT(realm->vmid % 64)) == 0,
             "Realm 0x%" PRIx64 " has VMID %u, which another Realm has too", realm->rd, realm->vmid);
        *word |= BIT(realm->vmid % 64);
        return true;
}

static bool claim_roots(struct audit *a, const struct realm *realm)
{
        for (uint32_t i = 0; i < realm->rtt_num_start; i++) {
                const struct slot slot = { "root table", i, "Realm", realm->rd, AUDIT_R4, AUDIT_R4 };

                if (!audit_claim(a, realm->rtt_base + i * GRANULE_SIZE, RMMSIM_GRANULE_RTT, &slot)) {
                        return false;
                }
        }
        return true;
}

bool audit_realm(struct audit *a, const struct realm *realm)
{
        MUST(a, S, is_flag(&realm->lpa2) && is_flag(&realm->sve) && is_flag(&realm->pmu),
             "Realm 0x%" PRIx64 " has a flag that is neither 0 nor 1", realm->rd);
        MUST(a, S, realm->state <= RMMSIM_REALM_REALM_SYSTEM_OFF, "Realm 0x%" PRIx64 " has state %" PRIu32, realm->rd,
             realm->state);
        return check_features(a, realm) && check_geometry(a, realm) && check_measurements(a, realm) &&
               claim_vmid(a, realm) && claim_roots(a, realm) && audit_recs(a, realm) && audit_tables(a, realm);
}

bool audit_vmids(struct audit *a)
{
        const struct vmid_set *set = &a->rmm->vmids;

        for (unsigned i = 0; i < ARRAY_SIZE(a->vmids); i++) {
                uint64_t wrong = atomic_load_explicit(&set->used[i], memory_order_relaxed) ^ a->vmids[i];
                uint64_t locked = atomic_load_explicit(&set->locked[i], memory_order_relaxed);

                if (wrong != 0) {
                        unsigned vmid = i * 64 + (unsigned)__builtin_ctzll(wrong);

                        return audit_fail(a, AUDIT_R2, "VMID %u is %s", vmid,
                                          vmid_used(set, vmid) ? "in use, but no Realm has it" : "a Realm's, but free");
                }
                MUST(a, L, locked == 0, "VMID %u is locked", i * 64 + (unsigned)__builtin_ctzll(locked));
        }
        return true;
}
