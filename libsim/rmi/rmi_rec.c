/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_rec.c - a REC is created in a new Realm, and destroyed.
 *
 * A REC is its own Granule and the auxiliary Granules that it lists. As with a Realm, all are frozen, changed, and thawed by
 * becoming what they become. The Realm's count, its next index and its list of RECs change under the Realm's lock.
 *
 * Specification: RMI_REC_CREATE, RMI_REC_DESTROY, RmiRecParams.
 */
#include "guest_slot.h"
#include "measurement.h"
#include "rmi.h"
#include <string.h>

/* Affinity fields of an RmiRecMpidr; all else is SBZ. */
#define REC_MPIDR_FIELDS UINT64_C(0xffffff0f)

/* ---- RMI_REC_CREATE ------------------------------------------------------------------------------------------------ */

#define COPY_FIELD(to, from, field) memcpy(&(to)->field, &(from)->field, sizeof((to)->field))

static const struct rmmsim_rec_params *copy_params(struct pe *pe, struct rmi_rec_create_args *a)
{
        const struct rmmsim_rec_params *from = (const void *)call_host_page(pe, &a->params_ptr);
        struct rmmsim_rec_params *to = (void *)pe->page;

        if (from == NULL) {
                return NULL;
        }
        COPY_FIELD(to, from, flags);
        COPY_FIELD(to, from, mpidr);
        COPY_FIELD(to, from, pc);
        COPY_FIELD(to, from, gprs);
        COPY_FIELD(to, from, num_aux);
        COPY_FIELD(to, from, aux);
        call_host_page_read(pe, &a->params_ptr, from);
        a->common.copy = to;
        return to;
}

/* An excess of auxiliary Granules is refused before any is looked at: none is gathered beyond the page's array. */
void rmi_rec_create_gather(struct call *call, struct rmi_rec_create_args *a)
{
        const struct rmmsim_rec_params *params = copy_params(call->pe, a);

        if (params == NULL) {
                return;
        }
        for (unsigned i = 0; i < min_u64(params->num_aux, REC_AUX_MAX); i++) {
                call_add_more(call, params->aux[i]);
        }
}

static struct verdict check_granules(const struct rmi_rec_create_args *a)
{
        FAIL_IF(rmi_rec_create, params_align, !is_granule_aligned(a->params_ptr.pa), a->params_ptr.pa);
        FAIL_IF(rmi_rec_create, params_bound, a->params_ptr.granule == NULL, a->params_ptr.pa);
        FAIL_IF(rmi_rec_create, params_pas, a->common.copy == NULL, granule_ref_access(&a->params_ptr));
        FAIL_IF(rmi_rec_create, rec_align, !is_granule_aligned(a->rec.pa), a->rec.pa);
        FAIL_IF(rmi_rec_create, rec_bound, a->rec.granule == NULL, a->rec.pa);
        FAIL_IF(rmi_rec_create, rec_state, a->rec.state != RMMSIM_GRANULE_DELEGATED, a->rec.state);
        FAIL_IF(rmi_rec_create, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rec_create, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rec_create, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        return PASSED;
}

/* Is an auxiliary Granule the REC itself, or one that was named before? */
static bool is_alias(const struct rmi_rec_create_args *a, unsigned i)
{
        const struct granule_ref *aux = a->common.more;

        if (aux[i].pa == a->rec.pa) {
                return true;
        }
        for (unsigned j = 0; j < i; j++) {
                if (aux[j].pa == aux[i].pa) {
                        return true;
                }
        }
        return false;
}

/* One condition after the other, each over all: so the refusal does not depend on which Granule is named first. */
static struct verdict check_aux(const struct rmi_rec_create_args *a)
{
        const struct granule_ref *aux = a->common.more;
        unsigned count = a->common.num_more;

        for (unsigned i = 0; i < count; i++) {
                FAIL_IF(rmi_rec_create, aux_align, !is_granule_aligned(aux[i].pa), aux[i].pa);
        }
        for (unsigned i = 0; i < count; i++) {
                FAIL_IF(rmi_rec_create, aux_alias, is_alias(a, i), aux[i].pa);
        }
        for (unsigned i = 0; i < count; i++) {
                FAIL_IF(rmi_rec_create, aux_state, aux[i].state != RMMSIM_GRANULE_DELEGATED, aux[i].state);
        }
        return PASSED;
}

static bool is_next_mpidr(const struct profile *profile, const struct realm *realm, uint64_t mpidr)
{
        bool stray = (mpidr & ~REC_MPIDR_FIELDS) != 0;

        return mpidr_index(mpidr) == realm->rec_index && !(stray && QUIRKED(profile, mpidr_sbz_checked));
}

struct verdict rmi_rec_create_check(const struct rmm *rmm, const struct rmi_rec_create_args *a)
{
        const struct rmmsim_rec_params *params = a->common.copy;
        const struct realm *realm;
        struct verdict verdict = check_granules(a);

        if (verdict.condition != RMMSIM_CONDITION_NONE) {
                return verdict;
        }
        /* First for a count that the page cannot hold, and again below for one that this Realm does not want. */
        FAIL_IF(rmi_rec_create, num_aux, params->num_aux > REC_AUX_MAX, params->num_aux);
        verdict = check_aux(a);
        if (verdict.condition != RMMSIM_CONDITION_NONE) {
                return verdict;
        }
        realm = realm_of(&a->rd);
        FAIL_IF(rmi_rec_create, num_recs, realm->num_recs >= rmm->profile.max_recs, realm->num_recs);
        FAIL_IF(rmi_rec_create, realm_state, realm->state != RMMSIM_REALM_REALM_NEW, realm->state);
        FAIL_IF(rmi_rec_create, mpidr_index, !is_next_mpidr(&rmm->profile, realm, params->mpidr), params->mpidr);
        FAIL_IF(rmi_rec_create, num_aux, params->num_aux != realm->rec_aux_count, params->num_aux);
        return PASSED;
}

/* SBZ bits of the MPIDR are not kept: they take no part in naming the REC. */
static void rec_init(struct rec *rec, const struct rmm *rmm, const struct realm *realm,
                     const struct rmi_rec_create_args *a)
{
        const struct rmmsim_rec_params *params = a->common.copy;

        *rec = (struct rec){ .pa = a->rec.pa,
                             .owner = realm->rd,
                             .mpidr = params->mpidr & REC_MPIDR_FIELDS,
                             .index = realm->rec_index,
                             .num_aux = a->common.num_more,
                             .state = RMMSIM_REC_REC_READY,
                             .runnable = (params->flags & RMMSIM_REC_FLAG_RUNNABLE) != 0 ? RMMSIM_POWER_RUNNABLE
                                                                                         : RMMSIM_POWER_NOT_RUNNABLE,
                             .pc = params->pc,
                             .guest.restart = true };
        memcpy(rec->gprs, params->gprs, sizeof(params->gprs));
        for (unsigned i = 0; i < a->common.num_more; i++) {
                rec->aux[i] = a->common.more[i].pa;
        }
        rec_reset(rec, rmm, realm);
}

/* A REC that cannot run is no part of what the Realm was given. Specification: RimExtendRec. */
static void measure_params(struct pe *pe, struct realm *realm, const struct rmmsim_rec_params *params)
{
        struct measured_rec measured = { .flags = params->flags, .pc = params->pc };

        if ((params->flags & RMMSIM_REC_FLAG_RUNNABLE) == 0) {
                return;
        }
        memcpy(measured.gprs, params->gprs, sizeof(measured.gprs));
        if (!rim_extend_rec(realm->measurements[0], &pe->hasher, realm->hash_algo, &measured)) {
                pe->library_error = RMMSIM_ERROR_CRYPTO;
        }
}

void rmi_rec_create_apply(struct pe *pe, const struct rmi_rec_create_args *a, struct rmi_rec_create_results *r)
{
        struct realm *realm = realm_of(&a->rd);
        struct rec *rec = rec_of(&a->rec);

        (void)r;
        granule_freeze(a->rec.granule);
        for (unsigned i = 0; i < a->common.num_more; i++) {
                granule_freeze(a->common.more[i].granule);
        }
        rec_init(rec, pe->rmm, realm, a);
        rec_link(pe->rmm, realm, rec);
        realm->rec_index++;
        realm->num_recs++;
        measure_params(pe, realm, a->common.copy);
        granule_become(pe, a->rec.pa, a->rec.granule, RMMSIM_GRANULE_REC);
        for (unsigned i = 0; i < a->common.num_more; i++) {
                granule_become(pe, a->common.more[i].pa, a->common.more[i].granule, RMMSIM_GRANULE_REC_AUX);
        }
}

/* ---- RMI_REC_DESTROY ----------------------------------------------------------------------------------------------- */

struct verdict rmi_rec_destroy_check(const struct rmm *rmm, const struct rmi_rec_destroy_args *a)
{
        (void)rmm;
        FAIL_IF(rmi_rec_destroy, rec_align, !is_granule_aligned(a->rec.pa), a->rec.pa);
        FAIL_IF(rmi_rec_destroy, rec_bound, a->rec.granule == NULL, a->rec.pa);
        FAIL_IF(rmi_rec_destroy, rec_gran_state, a->rec.state != RMMSIM_GRANULE_REC, a->rec.state);
        FAIL_IF(rmi_rec_destroy, rec_state, rec_is_running(rec_of(&a->rec)), RMMSIM_REC_REC_RUNNING);
        return PASSED;
}

/*
 * Requests that wait for the host end with the REC. Its index is never given out again. Auxiliary Granules hold nothing, as an
 * RMM that needs no more than one page a REC leaves them as it found them, all zero (audit, G3): there is nothing to wipe.
 */
void rmi_rec_destroy_apply(struct pe *pe, const struct rmi_rec_destroy_args *a, struct rmi_rec_destroy_results *r)
{
        const struct memory *memory = &pe->rmm->memory;
        struct rec *rec = rec_of(&a->rec);
        uint64_t aux[REC_AUX_MAX];
        unsigned num_aux = rec->num_aux;

        (void)r;
        memcpy(aux, rec->aux, sizeof(aux));
        granule_freeze(a->rec.granule);
        for (unsigned i = 0; i < num_aux; i++) {
                granule_freeze(memory_granule(memory, aux[i]));
        }
        guest_drop(pe, rec);
        rec_unlink(pe->rmm, a->common.realm, rec);
        a->common.realm->num_recs--;
        for (unsigned i = 0; i < num_aux; i++) {
                granule_become(pe, aux[i], memory_granule(memory, aux[i]), RMMSIM_GRANULE_DELEGATED);
        }
        granule_release(pe, a->rec.pa);
}
