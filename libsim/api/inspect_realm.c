/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_realm.c - Realms and RECs, copied out under the locks of a command that reads.
 */
#include "inspect_object.h"
#include <string.h>

_Static_assert((int)RMMSIM_NUM_MEASUREMENTS == (int)NUM_MEASUREMENTS, "what a Realm has is what it shows");
_Static_assert((int)RMMSIM_REC_AUX_MAX == (int)REC_AUX_MAX, "what a REC has is what it shows");

bool inspect_lock(const struct rmmsim *sim, struct inspected *at, uint64_t pa, unsigned state)
{
        struct granule *granule = is_granule_aligned(pa) ? memory_granule(&sim->rmm.memory, pa) : NULL;
        bool held = false;

        if (granule != NULL) {
                granule_lock(granule, state, true, &held);
        }
        if (held) {
                *at = (struct inspected){ granule, memory_realm_page(&sim->rmm.memory, pa) };
        }
        return held;
}

void inspect_unlock(const struct inspected *at)
{
        granule_unlock(at->granule, true);
}

/* ---- Realms ------------------------------------------------------------------------------------------------------- */

bool rmmsim_next_realm(const struct rmmsim *sim, uint64_t *rd, uint64_t from)
{
        const struct memory *memory = &sim->rmm.memory;

        while (memory_next_delegated(memory, rd, from)) {
                if (granule_word_state(granule_peek(memory_granule(memory, *rd))) == RMMSIM_GRANULE_RD) {
                        return true;
                }
                from = *rd + GRANULE_SIZE;
        }
        return false;
}

static void copy_realm(struct rmmsim_realm *to, const struct realm *from)
{
        *to = (struct rmmsim_realm){ .state = (enum rmmsim_state)from->state,
                                     .vmid = from->vmid,
                                     .ipa_width = from->ipa_width,
                                     .rtt_level_start = from->rtt_level_start,
                                     .rtt_num_start = from->rtt_num_start,
                                     .rtt_base = from->rtt_base,
                                     .lpa2 = from->lpa2,
                                     .sve = from->sve,
                                     .pmu = from->pmu,
                                     .sve_vl = from->sve_vl,
                                     .pmu_num_ctrs = from->pmu_num_ctrs,
                                     .num_bps = from->num_bps,
                                     .num_wps = from->num_wps,
                                     .rec_aux_count = from->rec_aux_count,
                                     .num_recs = from->num_recs,
                                     .rec_index = from->rec_index,
                                     .hash_algo = (enum rmmsim_hash_algorithm)from->hash_algo,
                                     .digest_size = from->hash_algo == RMMSIM_HASH_SHA_256 ? 32 : 64 };
        memcpy(to->measurements, from->measurements, sizeof(to->measurements));
        memcpy(to->rpv, from->rpv, sizeof(to->rpv));
}

int rmmsim_realm(const struct rmmsim *sim, struct rmmsim_realm *realm, uint64_t rd)
{
        struct inspected at;

        if (!inspect_lock(sim, &at, rd, RMMSIM_GRANULE_RD)) {
                return RMMSIM_ERROR_STATE;
        }
        copy_realm(realm, at.page);
        inspect_unlock(&at);
        return 0;
}

int rmmsim_measurement(const struct rmmsim *sim, uint8_t value[64], uint64_t rd, unsigned index)
{
        struct inspected at;

        if (index >= NUM_MEASUREMENTS) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (!inspect_lock(sim, &at, rd, RMMSIM_GRANULE_RD)) {
                return RMMSIM_ERROR_STATE;
        }
        memcpy(value, ((const struct realm *)at.page)->measurements[index], MEASUREMENT_SIZE);
        inspect_unlock(&at);
        return 0;
}

/* The list is newest first, as rec_link() makes it, and indices rise from REC to REC: so it is read from the back. */
int rmmsim_realm_recs(const struct rmmsim *sim, uint64_t *recs, size_t max, uint64_t rd)
{
        const struct rec *rec;
        struct inspected at;
        size_t place;
        int count;

        if (!inspect_lock(sim, &at, rd, RMMSIM_GRANULE_RD)) {
                return RMMSIM_ERROR_STATE;
        }
        place = ((const struct realm *)at.page)->num_recs;
        count = (int)place;
        for (rec = rec_first(&sim->rmm, at.page); rec != NULL; rec = rec_next(&sim->rmm, rec)) {
                if (--place < max) {
                        recs[place] = rec->pa;
                }
        }
        inspect_unlock(&at);
        return count;
}

/* ---- RECs ---------------------------------------------------------------------------------------------------------- */

/* What never changes, and what the lock guards at all times. */
static void copy_constants(struct rmmsim_rec *to, const struct rec *from, bool running)
{
        *to = (struct rmmsim_rec){ .rd = from->owner,
                                   .index = from->index,
                                   .mpidr = from->mpidr,
                                   .state = running ? RMMSIM_REC_REC_RUNNING : RMMSIM_REC_REC_READY,
                                   .power = (enum rmmsim_state)from->runnable,
                                   .pe = running ? from->pe : -1,
                                   .num_aux = from->num_aux,
                                   .last_exit = -1 };
        memcpy(to->aux, from->aux, from->num_aux * sizeof(to->aux[0]));
}

/* Which REC a request is about: the Realm's lock comes after that of the REC, which keeps the Realm. */
static void find_target(const struct rmmsim *sim, struct rmmsim_rec *to)
{
        struct inspected realm;

        if (inspect_lock(sim, &realm, to->rd, RMMSIM_GRANULE_RD)) {
                const struct rec *target = rec_find(&sim->rmm, realm.page, to->psci_target_index);

                to->psci_target_exists = target != NULL;
                to->psci_target = target != NULL ? target->pa : 0;
                inspect_unlock(&realm);
        }
}

static void copy_pending(const struct rmmsim *sim, struct rmmsim_rec *to, const struct rec *from)
{
        to->pending = (enum rmmsim_state)from->pending;
        switch (from->pending) {
        case RMMSIM_PENDING_PSCI_REQUEST:
                to->psci_function = (uint32_t)from->gprs[0];
                to->psci_target_index = mpidr_index(mpidr_from_el1(from->gprs[1]));
                find_target(sim, to);
                break;
        case RMMSIM_PENDING_HOST_CALL:
                to->host_call = from->host_call_ipa;
                break;
        case RMMSIM_PENDING_RIPAS_CHANGE:
                to->ripas_base = from->ripas_addr;
                to->ripas_top = from->ripas_top;
                to->ripas_value = (enum rmmsim_ripas)from->ripas_value;
                to->ripas_destroyed = from->ripas_change_destroyed;
                break;
        default:
                break;
        }
}

static void copy_private(const struct rmmsim *sim, struct rmmsim_rec *to, const struct rec *from)
{
        to->attest = (enum rmmsim_state)from->attest_state;
        to->last_exit = from->left_for - 1;
        to->pc = from->pc;
        to->pstate = from->el1.pstate;
        memcpy(to->gprs, from->gprs, sizeof(to->gprs));
        copy_pending(sim, to, from);
}

int rmmsim_rec(const struct rmmsim *sim, struct rmmsim_rec *rec, uint64_t pa)
{
        struct inspected at;
        bool running;

        if (!inspect_lock(sim, &at, pa, RMMSIM_GRANULE_REC)) {
                return RMMSIM_ERROR_STATE;
        }
        running = rec_is_running(at.page);
        copy_constants(rec, at.page, running);
        if (!running) {
                copy_private(sim, rec, at.page);
        }
        inspect_unlock(&at);
        return 0;
}
