/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_realm.c - a Realm is created, becomes eligible to run, and is destroyed.
 *
 * A Realm is its RD and its root RTTs. Creation and destruction change all of them and the VMID set as one: the Granules are
 * frozen first and thawed by becoming what they become, so that no other PE sees a Realm that is half there.
 *
 * Specification: RMI_REALM_CREATE, RMI_REALM_ACTIVATE, RMI_REALM_DESTROY, RMI_REC_AUX_COUNT, Realm liveness.
 */
#include "guest_slot.h"
#include "measurement.h"
#include "realm_params.h"
#include "rmi.h"
#include "rtt.h"
#include <string.h>

/* ---- RMI_REALM_CREATE ---------------------------------------------------------------------------------------------- */

/* Only what is a field is read, so that a host may keep what it likes in the rest of the page. */
static const struct rmmsim_realm_params *copy_params(struct pe *pe, struct rmi_realm_create_args *a)
{
        const struct rmmsim_realm_params *from = (const void *)call_host_page(pe, &a->params_ptr);
        struct rmmsim_realm_params *to = (void *)pe->page;

        if (from == NULL) {
                return NULL;
        }
        memcpy(to, from, offsetof(struct rmmsim_realm_params, hash_algo) + 1);
        memcpy(to->rpv, from->rpv, sizeof(to->rpv));
        memcpy(&to->vmid, &from->vmid,
               offsetof(struct rmmsim_realm_params, reserved_81c) - offsetof(struct rmmsim_realm_params, vmid));
        call_host_page_read(pe, &a->params_ptr, from);
        a->common.copy = to;
        return to;
}

/*
 * Roots that wrap around the address space are added like any others. The check refuses them before it looks at one: a base
 * aligned to what the roots cover cannot wrap.
 */
void rmi_realm_create_gather(struct call *call, struct rmi_realm_create_args *a)
{
        const struct rmmsim_realm_params *params = copy_params(call->pe, a);

        if (params == NULL) {
                return;
        }
        if (vmid_exists(&call->rmm->profile, params->vmid)) {
                call->vmid = params->vmid;
        }
        if (params->rtt_num_start <= ROOT_RTT_MAX) {
                for (unsigned i = 0; i < params->rtt_num_start; i++) {
                        call_add_more(call, params->rtt_base + i * GRANULE_SIZE);
                }
        }
}

/* The conditions on the Granules themselves, then those on what is in the page. */
static struct verdict check_granules(const struct rmi_realm_create_args *a)
{
        FAIL_IF(rmi_realm_create, params_align, !is_granule_aligned(a->params_ptr.pa), a->params_ptr.pa);
        FAIL_IF(rmi_realm_create, params_bound, a->params_ptr.granule == NULL, a->params_ptr.pa);
        FAIL_IF(rmi_realm_create, params_pas, a->common.copy == NULL, granule_ref_access(&a->params_ptr));
        FAIL_IF(rmi_realm_create, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_realm_create, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_realm_create, rd_state, a->rd.state != RMMSIM_GRANULE_DELEGATED, a->rd.state);
        return PASSED;
}

static struct verdict check_roots(const struct rmi_realm_create_args *a, const struct rmmsim_realm_params *params)
{
        uint64_t size = params->rtt_num_start * GRANULE_SIZE;

        FAIL_IF(rmi_realm_create, rtt_align, !is_aligned(params->rtt_base, size), params->rtt_base);
        FAIL_IF(rmi_realm_create, alias, a->rd.pa - params->rtt_base < size, params->rtt_base);
        for (unsigned i = 0; i < a->common.num_more; i++) {
                const struct granule_ref *root = &a->common.more[i];

                FAIL_IF(rmi_realm_create, rtt_state, root->state != RMMSIM_GRANULE_DELEGATED, root->state);
        }
        return PASSED;
}

struct verdict rmi_realm_create_check(const struct rmm *rmm, const struct rmi_realm_create_args *a)
{
        const struct profile *profile = &rmm->profile;
        const struct rmmsim_realm_params *params = a->common.copy;
        struct verdict verdict = check_granules(a);
        int field;

        if (verdict.condition != RMMSIM_CONDITION_NONE) {
                return verdict;
        }
        field = realm_params_reserved(params);
        FAIL_IF(rmi_realm_create, params_valid, field != REALM_PARAMS_FINE, a->params_ptr.pa + (unsigned)field);
        field = realm_params_unsupported(profile, params);
        FAIL_IF(rmi_realm_create, params_supp, field != REALM_PARAMS_FINE, a->params_ptr.pa + (unsigned)field);
        /* From here on rtt_num_start is a power of two, and so many roots were gathered. */
        FAIL_IF(rmi_realm_create, rtt_num_level,
                !rtt_geometry_valid(profile, params->s2sz, params->rtt_level_start, params->rtt_num_start,
                                    (params->flags & RMMSIM_REALM_FLAG_LPA2) != 0),
                params->rtt_num_start);
        verdict = check_roots(a, params);
        if (verdict.condition != RMMSIM_CONDITION_NONE) {
                return verdict;
        }
        FAIL_IF(rmi_realm_create, vmid_valid,
                !vmid_exists(profile, params->vmid) || vmid_used(&rmm->vmids, params->vmid), params->vmid);
        return PASSED;
}

/* What a flag switches off is not kept, whatever its field held. */
static void realm_init(struct realm *realm, const struct rmm *rmm, uint64_t rd,
                       const struct rmmsim_realm_params *params)
{
        bool sve = (params->flags & RMMSIM_REALM_FLAG_SVE) != 0;
        bool pmu = (params->flags & RMMSIM_REALM_FLAG_PMU) != 0;

        *realm = (struct realm){ .rd = rd,
                                 .state = RMMSIM_REALM_REALM_NEW,
                                 .hash_algo = params->hash_algo,
                                 .ipa_width = params->s2sz,
                                 .lpa2 = (params->flags & RMMSIM_REALM_FLAG_LPA2) != 0,
                                 .sve = sve,
                                 .sve_vl = sve ? params->sve_vl : 0,
                                 .pmu = pmu,
                                 .pmu_num_ctrs = pmu ? params->pmu_num_ctrs : 0,
                                 .num_bps = params->num_bps,
                                 .num_wps = params->num_wps,
                                 .rec_aux_count = (uint8_t)rmm->profile.rec_aux_count,
                                 .vmid = params->vmid,
                                 .rtt_level_start = (int8_t)params->rtt_level_start,
                                 .rtt_num_start = params->rtt_num_start,
                                 .rtt_base = params->rtt_base };
        memcpy(realm->rpv, params->rpv, sizeof(realm->rpv));
}

/* Measured as the host gave it, even where a flag switches it off. Specification: RimInit. */
static void measure_params(struct pe *pe, struct realm *realm, const struct rmmsim_realm_params *params)
{
        const struct measured_realm measured = { .flags = params->flags,
                                                 .s2sz = params->s2sz,
                                                 .sve_vl = params->sve_vl,
                                                 .num_bps = params->num_bps,
                                                 .num_wps = params->num_wps,
                                                 .pmu_num_ctrs = params->pmu_num_ctrs,
                                                 .hash_algo = params->hash_algo };

        if (!rim_init(realm->measurements[0], &pe->hasher, &measured)) {
                pe->library_error = RMMSIM_ERROR_CRYPTO;
        }
}

static void use_vmid(const struct pe *pe, const struct realm *realm, bool used)
{
        vmid_set_used(&pe->rmm->vmids, realm->vmid, used);
        if (is_recorded(pe)) {
                pe->rmm->recorder->vmid_used(pe->rmm->recorder, pe->index, realm->vmid, used);
        }
}

void rmi_realm_create_apply(struct pe *pe, const struct rmi_realm_create_args *a, struct rmi_realm_create_results *r)
{
        const struct rmmsim_realm_params *params = a->common.copy;
        struct realm *realm = realm_of(&a->rd);

        (void)r;
        granule_freeze(a->rd.granule);
        for (unsigned i = 0; i < a->common.num_more; i++) {
                granule_freeze(a->common.more[i].granule);
        }
        realm_init(realm, pe->rmm, a->rd.pa, params);
        measure_params(pe, realm, params);
        for (unsigned i = 0; i < a->common.num_more; i++) {
                rtt_init_root(realm, i, a->common.more[i].page);
        }
        use_vmid(pe, realm, true);
        granule_become(pe, a->rd.pa, a->rd.granule, RMMSIM_GRANULE_RD);
        for (unsigned i = 0; i < a->common.num_more; i++) {
                granule_become(pe, a->common.more[i].pa, a->common.more[i].granule, RMMSIM_GRANULE_RTT);
                pe_count(&pe->statistics.roots_changed);
        }
}

/* ---- RMI_REALM_ACTIVATE -------------------------------------------------------------------------------------------- */

struct verdict rmi_realm_activate_check(const struct rmm *rmm, const struct rmi_realm_activate_args *a)
{
        (void)rmm;
        FAIL_IF(rmi_realm_activate, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_realm_activate, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_realm_activate, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_realm_activate, realm_state, realm_of(&a->rd)->state != RMMSIM_REALM_REALM_NEW,
                realm_of(&a->rd)->state);
        return PASSED;
}

void rmi_realm_activate_apply(struct pe *pe, const struct rmi_realm_activate_args *a,
                              struct rmi_realm_activate_results *r)
{
        (void)r;
        realm_set_state(pe, realm_of(&a->rd), RMMSIM_REALM_REALM_ACTIVE);
}

/* ---- RMI_REALM_DESTROY --------------------------------------------------------------------------------------------- */

/* Specification: RealmIsLive. */
static bool is_live(const struct rmm *rmm, const struct realm *realm)
{
        return realm->num_recs != 0 || rtt_roots_live(rmm, realm);
}

struct verdict rmi_realm_destroy_check(const struct rmm *rmm, const struct rmi_realm_destroy_args *a)
{
        FAIL_IF(rmi_realm_destroy, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_realm_destroy, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_realm_destroy, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_realm_destroy, realm_live, is_live(rmm, realm_of(&a->rd)), realm_of(&a->rd)->num_recs);
        return PASSED;
}

/* The bindings of guests and the VMID go before the RD thaws: whoever reuses it must not find those of this Realm. */
void rmi_realm_destroy_apply(struct pe *pe, const struct rmi_realm_destroy_args *a, struct rmi_realm_destroy_results *r)
{
        const struct memory *memory = &pe->rmm->memory;
        const struct realm *realm = realm_of(&a->rd);
        unsigned num_roots = realm->rtt_num_start;
        uint64_t base = realm->rtt_base;

        (void)r;
        granule_freeze(a->rd.granule);
        for (unsigned i = 0; i < num_roots; i++) {
                granule_freeze(memory_granule(memory, base + i * GRANULE_SIZE));
        }
        guest_forget_realm(pe, a->rd.pa);
        use_vmid(pe, realm, false);
        for (unsigned i = 0; i < num_roots; i++) {
                granule_release(pe, base + i * GRANULE_SIZE);
                pe_count(&pe->statistics.roots_changed);
        }
        granule_release(pe, a->rd.pa);
}

/* ---- RMI_REC_AUX_COUNT --------------------------------------------------------------------------------------------- */

struct verdict rmi_rec_aux_count_check(const struct rmm *rmm, const struct rmi_rec_aux_count_args *a)
{
        (void)rmm;
        FAIL_IF(rmi_rec_aux_count, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_rec_aux_count, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_rec_aux_count, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        return PASSED;
}

void rmi_rec_aux_count_apply(struct pe *pe, const struct rmi_rec_aux_count_args *a, struct rmi_rec_aux_count_results *r)
{
        (void)pe;
        r->aux_count = realm_of(&a->rd)->rec_aux_count;
}
