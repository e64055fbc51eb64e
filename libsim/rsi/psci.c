/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci.c - the PSCI functions of a Realm.
 *
 * The RMM answers what it can by itself. Power changes go to the host: CPU_OFF, CPU_SUSPEND, SYSTEM_OFF and SYSTEM_RESET as
 * news, CPU_ON and AFFINITY_INFO as requests that RMI_PSCI_COMPLETE answers. A target that is on already is not noticed
 * here but at the completion.
 *
 * Specification: PSCI in a Realm; sequences in PSCI flows.
 */
#include "rsi.h"

#define PSCI_VERSION_1_1 UINT64_C(0x10001)

struct verdict psci_version_check(const struct rmm *rmm, const struct psci_version_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

void psci_version_apply(struct pe *pe, const struct psci_version_args *a, struct psci_version_results *r)
{
        (void)pe;
        (void)a;
        r->common.x0 = PSCI_VERSION_1_1;
}

struct verdict psci_features_check(const struct rmm *rmm, const struct psci_features_args *a)
{
        uint32_t fid = (uint32_t)a->psci_func_id;
        bool hidden = fid == RMMSIM_PSCI_VERSION && QUIRKED(&rmm->profile, psci_features_hides_version);
        bool served = fid == RMMSIM_SMCCC_VERSION || rsi_serves_psci(&rmm->profile, fid);

        FAIL_IF(psci_features, func_id, !served || hidden, fid);
        return PASSED;
}

void psci_features_apply(struct pe *pe, const struct psci_features_args *a, struct psci_features_results *r)
{
        (void)pe;
        (void)a;
        r->common.x0 = RMMSIM_PSCI_SUCCESS;
}

/*
 * Tell the host of a PSCI call. Of its registers the host sees the function and, unless the profile hides them, the
 * arguments that it has. x0 of the REC becomes the plain identifier, which RMI_PSCI_COMPLETE goes by; the Realm cannot
 * tell, as x0 is its result when it goes on. Specification: REC exit due to PSCI.
 */
static void exit_psci(const struct rmmsim_vcpu *vcpu, unsigned num_arguments, unsigned num_shown_at_least)
{
        bool hide = QUIRKED(&vcpu->pe->rmm->profile, psci_exit_two_registers);
        unsigned shown = hide ? num_shown_at_least : num_arguments;
        struct rmmsim_rec_exit *exit = pe_exit(vcpu->pe);
        uint64_t *gprs = vcpu->rec->gprs;

        vcpu_exit(vcpu, RMMSIM_EXIT_PSCI, RESUME_DONE);
        exit->gprs[0] = hide ? gprs[0] : rsi_function_identifier(gprs[0]);
        for (unsigned i = 1; i <= shown; i++) {
                exit->gprs[i] = gprs[i];
        }
        gprs[0] = rsi_function_identifier(gprs[0]);
}

struct verdict psci_cpu_suspend_check(const struct rmm *rmm, const struct psci_cpu_suspend_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

/* Every power state is a plain suspend: the arguments are the host's to read and the RMM's to ignore. */
void psci_cpu_suspend_apply(struct pe *pe, const struct psci_cpu_suspend_args *a, struct psci_cpu_suspend_results *r)
{
        (void)pe;
        exit_psci(a->common.vcpu, 3, 0);
        r->common.x0 = RMMSIM_PSCI_SUCCESS;
}

struct verdict psci_cpu_off_check(const struct rmm *rmm, const struct psci_cpu_off_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

/*
 * From the moment the REC is not runnable another PE may complete a CPU_ON for it, and write its boot context while this
 * PE is still on its way out. So registers and PC are brought up to date first, and not touched again.
 */
void psci_cpu_off_apply(struct pe *pe, const struct psci_cpu_off_args *a, struct psci_cpu_off_results *r)
{
        struct rec *rec = a->common.rec;

        exit_psci(a->common.vcpu, 0, 0);
        rec->gprs[0] = RMMSIM_PSCI_SUCCESS;
        rec->gprs[1] = rec->gprs[2] = rec->gprs[3] = 0;
        rec->pc += 4;
        rec->refusal = (struct refusal_record){ .verdict = PASSED };
        r->common.outcome = RSI_UNTOUCHED;
        rec_set_runnable(pe, rec, RMMSIM_POWER_NOT_RUNNABLE);
}

static uint64_t index_of(uint64_t mpidr)
{
        return mpidr_index(mpidr_from_el1(mpidr));
}

/*
 * Does an MPIDR, in the form of MPIDR_EL1, name a REC of the Realm? A bit outside the affinity fields makes it name
 * nobody: RMI_PSCI_COMPLETE, which compares all of it, could find no target either, and the caller would be stuck.
 */
static bool names_rec(const struct rmm *rmm, const struct realm *realm, uint64_t mpidr)
{
        if ((mpidr & ~MPIDR_EL1_FIELDS) != 0 && !QUIRKED(&rmm->profile, psci_mpidr_masked)) {
                return false;
        }
        if (QUIRKED(&rmm->profile, psci_destroyed_recs_count)) {
                return index_of(mpidr) < realm->rec_index;
        }
        return rec_find(rmm, realm, index_of(mpidr)) != NULL;
}

static bool names_caller(const struct args_common *common, uint64_t mpidr)
{
        return index_of(mpidr) == common->rec->index;
}

struct verdict psci_cpu_on_check(const struct rmm *rmm, const struct psci_cpu_on_args *a)
{
        const struct realm *realm = a->common.realm;

        FAIL_IF(psci_cpu_on, entry, !is_protected(realm, a->entry_point_address), a->entry_point_address);
        FAIL_IF(psci_cpu_on, mpidr, !names_rec(rmm, realm, a->target_cpu), a->target_cpu);
        /* The caller is on. Asking the host would leave it stuck: no completion may name it as its own target. */
        FAIL_IF(psci_cpu_on, runnable, names_caller(&a->common, a->target_cpu), a->target_cpu);
        return PASSED;
}

void psci_cpu_on_apply(struct pe *pe, const struct psci_cpu_on_args *a, struct psci_cpu_on_results *r)
{
        exit_psci(a->common.vcpu, 3, 1);
        rec_set_pending(pe, a->common.rec, RMMSIM_PENDING_PSCI_REQUEST);
        r->common.outcome = RSI_DEFERRED;
}

struct verdict psci_affinity_info_check(const struct rmm *rmm, const struct psci_affinity_info_args *a)
{
        uint64_t level =
                QUIRKED(&rmm->profile, psci_level_wide) ? a->lowest_affinity_level : (uint32_t)a->lowest_affinity_level;

        FAIL_IF(psci_affinity_info, level, level != 0, level);
        FAIL_IF(psci_affinity_info, mpidr, !names_rec(rmm, a->common.realm, a->target_affinity), a->target_affinity);
        return PASSED;
}

void psci_affinity_info_apply(struct pe *pe, const struct psci_affinity_info_args *a,
                              struct psci_affinity_info_results *r)
{
        if (names_caller(&a->common, a->target_affinity)) {
                r->common.x0 = RMMSIM_PSCI_AFFINITY_ON;
                return;
        }
        exit_psci(a->common.vcpu, 2, 1);
        rec_set_pending(pe, a->common.rec, RMMSIM_PENDING_PSCI_REQUEST);
        r->common.outcome = RSI_DEFERRED;
}

/* SYSTEM_OFF and SYSTEM_RESET: the Realm never runs again; RECs that run now leave at their next exit. */
static void system_off(struct pe *pe, const struct args_common *common, struct results_common *r)
{
        exit_psci(common->vcpu, 0, 0);
        if (common->realm->state == RMMSIM_REALM_REALM_ACTIVE) {
                realm_set_state(pe, common->realm, RMMSIM_REALM_REALM_SYSTEM_OFF);
        }
        r->outcome = RSI_DEFERRED;
}

struct verdict psci_system_off_check(const struct rmm *rmm, const struct psci_system_off_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

void psci_system_off_apply(struct pe *pe, const struct psci_system_off_args *a, struct psci_system_off_results *r)
{
        system_off(pe, &a->common, &r->common);
}

struct verdict psci_system_reset_check(const struct rmm *rmm, const struct psci_system_reset_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

void psci_system_reset_apply(struct pe *pe, const struct psci_system_reset_args *a, struct psci_system_reset_results *r)
{
        system_off(pe, &a->common, &r->common);
}
