/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit_rec.c - the RECs of a Realm.
 *
 * An audit may be asked for by a guest, or by a host that acts while a guest runs. Then a REC is REC_RUNNING, and most of
 * it belongs to its PE: such a REC is judged by its constants, its state, and by what it owns.
 */
#include "audit_pass.h"
#include "rec.h"
#include <stdlib.h>

/* Affinity fields of an RmiRecMpidr. */
#define MPIDR_FIELDS UINT64_C(0xffffff0f)

/* ---- what it is ----------------------------------------------------------------------------------------------------- */

static bool claim_aux(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        MUST(a, C3, rec->num_aux == realm->rec_aux_count && rec->num_aux <= REC_AUX_MAX,
             "REC 0x%" PRIx64 " has %" PRIu32 " auxiliary Granules, and its Realm wants %u", rec->pa, rec->num_aux,
             realm->rec_aux_count);
        for (unsigned i = 0; i < rec->num_aux; i++) {
                const struct slot slot = { "auxiliary Granule", i, "REC", rec->pa, AUDIT_C3, AUDIT_C3 };

                if (!audit_claim(a, rec->aux[i], RMMSIM_GRANULE_REC_AUX, &slot)) {
                        return false;
                }
        }
        return true;
}

static bool check_constants(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        MUST(a, C1, rec->owner == realm->rd,
             "REC 0x%" PRIx64 " has owner 0x%" PRIx64 ", but Realm 0x%" PRIx64 " lists it", rec->pa, rec->owner,
             realm->rd);
        MUST(a, C2, (rec->mpidr & ~MPIDR_FIELDS) == 0 && rec->index == mpidr_index(rec->mpidr),
             "REC 0x%" PRIx64 " has MPIDR 0x%" PRIx64 " and index %" PRIu64, rec->pa, rec->mpidr, rec->index);
        MUST(a, C2, rec->index < realm->rec_index,
             "REC 0x%" PRIx64 " has index %" PRIu64 ", but its Realm created %" PRIu64 " RECs", rec->pa, rec->index,
             realm->rec_index);
        return claim_aux(a, realm, rec);
}

static bool check_state(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        MUST(a, S, rec->state <= RMMSIM_REC_REC_RUNNING && rec->runnable <= RMMSIM_POWER_RUNNABLE,
             "REC 0x%" PRIx64 " has state %" PRIu32 " and power state %" PRIu32, rec->pa, rec->state, rec->runnable);
        MUST(a, C4, rec->state == RMMSIM_REC_REC_READY || realm->state != RMMSIM_REALM_REALM_NEW,
             "REC 0x%" PRIx64 " is REC_RUNNING, but Realm 0x%" PRIx64 " is REALM_NEW", rec->pa, realm->rd);
        return true;
}

/* ---- what it waits for ---------------------------------------------------------------------------------------------- */

/* x0 is the plain identifier: a call's hint of SVE and upper half went when the request was made. */
static bool is_request(const struct profile *profile, uint64_t x0)
{
        if (QUIRKED(profile, psci_smc32)) {
                x0 |= BIT(30);
        }
        return x0 == RMMSIM_PSCI_CPU_ON || x0 == RMMSIM_PSCI_AFFINITY_INFO;
}

static bool check_psci(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        uint64_t target = mpidr_index(mpidr_from_el1(rec->gprs[1]));

        if (rec->pending != RMMSIM_PENDING_PSCI_REQUEST) {
                return true;
        }
        MUST(a, I6, rec->runnable == RMMSIM_POWER_RUNNABLE,
             "REC 0x%" PRIx64 " has a pending PSCI request, but is NOT_RUNNABLE", rec->pa);
        MUST(a, C6, is_request(&a->rmm->profile, rec->gprs[0]),
             "REC 0x%" PRIx64 " has a pending PSCI request, but its x0 is 0x%" PRIx64, rec->pa, rec->gprs[0]);
        MUST(a, C6, target < realm->rec_index && target != rec->index,
             "REC 0x%" PRIx64 " (index %" PRIu64 ") has a pending PSCI request for index %" PRIu64 " of %" PRIu64,
             rec->pa, rec->index, target, realm->rec_index);
        return true;
}

static bool check_ripas(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        bool sound;

        if (rec->pending != RMMSIM_PENDING_RIPAS_CHANGE) {
                MUST(a, C7, rec->ripas_addr == 0 && rec->ripas_top == 0,
                     "REC 0x%" PRIx64 " has no pending RIPAS change, but a range [0x%" PRIx64 ", 0x%" PRIx64 ")",
                     rec->pa, rec->ripas_addr, rec->ripas_top);
                return true;
        }
        sound = is_granule_aligned(rec->ripas_addr) && is_granule_aligned(rec->ripas_top) && rec->ripas_top != 0 &&
                rec->ripas_addr <= rec->ripas_top && rec->ripas_top <= realm_par_top(realm);
        MUST(a, C7, sound, "REC 0x%" PRIx64 " has a pending RIPAS change of [0x%" PRIx64 ", 0x%" PRIx64 ")", rec->pa,
             rec->ripas_addr, rec->ripas_top);
        MUST(a, I11, rec->ripas_value == RMMSIM_RIPAS_EMPTY || rec->ripas_value == RMMSIM_RIPAS_RAM,
             "REC 0x%" PRIx64 " has a pending RIPAS change to %u", rec->pa, rec->ripas_value);
        return true;
}

static bool check_host_call(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        uint64_t ipa = rec->host_call_ipa;

        MUST(a, I12,
             rec->pending != RMMSIM_PENDING_HOST_CALL || (is_aligned(ipa, sizeof(struct rmmsim_host_call)) &&
                                                          is_protected(realm, ipa) && rec->gprs[1] == ipa),
             "REC 0x%" PRIx64 " has a pending host call at 0x%" PRIx64 ", and x1 is 0x%" PRIx64, rec->pa, ipa,
             rec->gprs[1]);
        return true;
}

static bool check_pending(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        unsigned requests = (rec->pending == RMMSIM_PENDING_PSCI_REQUEST) + (rec->pending == RMMSIM_PENDING_HOST_CALL) +
                            (rec->ripas_top != 0) + rec->last_exit.emulatable;

        MUST(a, C5, requests <= 1, "REC 0x%" PRIx64 " waits for more than one answer: %s%s%s", rec->pa,
             rmmsim_state_name(RMMSIM_OBJECT_PENDING, rec->pending), rec->ripas_top != 0 ? ", RIPAS change" : "",
             rec->last_exit.emulatable ? ", emulatable abort" : "");
        return check_psci(a, realm, rec) && check_ripas(a, realm, rec) && check_host_call(a, realm, rec);
}

/* ---- the rest ------------------------------------------------------------------------------------------------------- */

static bool check_token(struct audit *a, const struct rec *rec)
{
        const struct attestation_op *op = &rec->attestation;
        bool fits = op->realm_token_size <= ATTESTATION_BUFFER_SIZE && op->payload_offset <= op->realm_token_size &&
                    op->payload_size <= op->realm_token_size - op->payload_offset && op->delivered < op->token_size;

        MUST(a, T,
             op->stage <= ATTESTATION_DELIVER &&
                     (op->stage != ATTESTATION_IDLE) == (rec->attest_state == RMMSIM_ATTEST_ATTEST_IN_PROGRESS),
             "REC 0x%" PRIx64 " is %s, and its token operation is at stage %" PRIu32, rec->pa,
             rmmsim_state_name(RMMSIM_OBJECT_ATTEST, rec->attest_state), op->stage);
        MUST(a, T, op->stage == ATTESTATION_IDLE || fits,
             "REC 0x%" PRIx64 " has a token operation of %" PRIu32 " bytes, of which %" PRIu32 " are delivered",
             rec->pa, op->token_size, op->delivered);
        return true;
}

/* A host cannot set more than x0 to x7, and a Realm that is not active asks for nothing. */
static bool is_untouched(const struct rec *rec)
{
        uint64_t high = 0;

        for (unsigned i = 8; i < ARRAY_SIZE(rec->gprs); i++) {
                high |= rec->gprs[i];
        }
        return high == 0 && rec->pending == RMMSIM_PENDING_NO_REQUEST && rec->guest.slot == 0 &&
               rec->attest_state == RMMSIM_ATTEST_NO_ATTEST_IN_PROGRESS && !rec->last_exit.emulatable &&
               !rec->last_exit.unprotected;
}

static bool check_private(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        MUST(a, S,
             is_flag(&rec->last_exit.emulatable) && is_flag(&rec->last_exit.unprotected) &&
                     is_flag(&rec->ripas_change_destroyed),
             "REC 0x%" PRIx64 " has a flag that is neither 0 nor 1", rec->pa);
        MUST(a, S, rec->pending <= RMMSIM_PENDING_RIPAS_CHANGE && rec->attest_state <= RMMSIM_ATTEST_ATTEST_IN_PROGRESS,
             "REC 0x%" PRIx64 " has request %" PRIu32 " and attestation state %" PRIu32, rec->pa, rec->pending,
             rec->attest_state);
        if (!check_pending(a, realm, rec) || !check_token(a, rec)) {
                return false;
        }
        MUST(a, R13, realm->state != RMMSIM_REALM_REALM_NEW || is_untouched(rec),
             "REC 0x%" PRIx64 " is not as it was created, but Realm 0x%" PRIx64 " is REALM_NEW", rec->pa, realm->rd);
        return true;
}

static bool check_rec(struct audit *a, const struct realm *realm, const struct rec *rec)
{
        if (!check_constants(a, realm, rec) || !check_state(a, realm, rec)) {
                return false;
        }
        return rec->state == RMMSIM_REC_REC_RUNNING || check_private(a, realm, rec);
}

/* ---- all of them ---------------------------------------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
        uint64_t x = *(const uint64_t *)left;
        uint64_t y = *(const uint64_t *)right;

        return (x > y) - (x < y);
}

static bool check_distinct(struct audit *a, const struct realm *realm, size_t count)
{
        qsort(a->indices, count, sizeof(*a->indices), compare);
        for (size_t i = 1; i < count; i++) {
                MUST(a, C2, a->indices[i] != a->indices[i - 1], "Realm 0x%" PRIx64 " has two RECs with index %" PRIu64,
                     realm->rd, a->indices[i]);
        }
        return true;
}

/* The REC at a link of the list, which comes behind another one. */
static const struct rec *claim_rec(struct audit *a, const struct realm *realm, uint64_t link, uint64_t previous)
{
        const struct slot slot = { "link", link, "the RECs of Realm", realm->rd, AUDIT_G9, AUDIT_G9 };
        uint64_t pa = link - 1;
        const struct rec *rec;

        if (!audit_claim(a, pa, RMMSIM_GRANULE_REC, &slot)) {
                return NULL;
        }
        rec = memory_realm_page(&a->rmm->memory, pa);
        if (rec->pa != pa || rec->previous != previous) {
                (void)audit_fail(a, AUDIT_N,
                                 "REC 0x%" PRIx64 " says that it is at 0x%" PRIx64 " and comes behind link 0x%" PRIx64
                                 ", not 0x%" PRIx64,
                                 pa, rec->pa, rec->previous, previous);
                return NULL;
        }
        return rec;
}

bool audit_recs(struct audit *a, const struct realm *realm)
{
        uint64_t link = realm->first_rec;
        uint64_t previous = 0;
        size_t count = 0;

        while (link != 0) {
                const struct rec *rec = claim_rec(a, realm, link, previous);

                if (rec == NULL || !check_rec(a, realm, rec)) {
                        return false;
                }
                a->indices[count++] = rec->index;
                previous = link;
                link = rec->next;
        }
        MUST(a, R1, realm->num_recs == count && count <= realm->rec_index && count <= a->rmm->profile.max_recs,
             "Realm 0x%" PRIx64 " has %zu RECs; it says %" PRIu64 " of %" PRIu64 " ever created, at most %" PRIu64,
             realm->rd, count, realm->num_recs, realm->rec_index, a->rmm->profile.max_recs);
        return check_distinct(a, realm, count);
}
