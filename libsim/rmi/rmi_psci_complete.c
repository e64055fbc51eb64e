/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_psci_complete.c - the host answers a CPU_ON or AFFINITY_INFO that a REC exited with.
 *
 * The host says which REC the request names, and whether it agrees. The RMM believes neither: it compares the MPIDR, and
 * decides by whether the target is on what the caller is told. Both RECs are locked, and the Realm is not: its state does not
 * matter.
 *
 * A caller or target that runs on another PE may be met here. Of such a REC only `state` and `runnable` are looked at,
 * until the target has executed CPU_OFF: then its boot context is ours to write although its PE is still on its way out.
 *
 * Specification: RMI_PSCI_COMPLETE, PsciReturnCodePermitted; PSCI flows sections 1.3 and 2.
 */
#include "rmi.h"
#include <string.h>

/*
 * The function that the caller asked for: CPU_ON, or else AFFINITY_INFO. The low half of x0 names it, as it did when the
 * Realm called, and the SMC32 forms differ in bit 30 only.
 */
static bool asks_cpu_on(const struct rec *caller)
{
        return ((uint32_t)caller->gprs[0] | BIT(30)) == RMMSIM_PSCI_CPU_ON;
}

/* A running caller has no request: it would not run. What it keeps beside its state is not to be looked at. */
static unsigned pending_of(const struct rec *caller)
{
        return rec_is_running(caller) ? RMMSIM_PENDING_NO_REQUEST : caller->pending;
}

/*
 * The specification compares all 64 bits of x1 with the target's MPIDR. It writes both as MPIDR_EL1 does, but for Aff3,
 * which RmiRecMpidr has at [31:24] and PSCI at [39:32]. So x1 is read as PSCI defines it, and a bit outside its fields
 * makes it name nobody. Where Aff3 is zero, which it is up to 2^20 RECs, this is the plain comparison.
 */
static bool names(const struct profile *profile, uint64_t x1, const struct rec *target)
{
        bool stray = (x1 & ~MPIDR_EL1_FIELDS) != 0;

        return mpidr_from_el1(x1) == target->mpidr && (!stray || QUIRKED(profile, psci_mpidr_masked));
}

/* Under the quirk the answer may change once, while the target's PE leaves it: an act asks once. */
static bool is_on(const struct profile *profile, const struct rec *target)
{
        return target->runnable == RMMSIM_POWER_RUNNABLE ||
               (QUIRKED(profile, psci_busy_means_on) && rec_is_running(target));
}

/* The host wants to deny a CPU_ON of a REC that is on. */
static bool denies_the_obvious(const struct rec *caller, bool on, uint64_t status)
{
        return (int64_t)status == RMMSIM_PSCI_DENIED && asks_cpu_on(caller) && on;
}

/* Specification: PsciReturnCodePermitted. */
static bool permitted(const struct profile *profile, const struct rec *caller, const struct rec *target,
                      uint64_t status)
{
        if ((int64_t)status == RMMSIM_PSCI_SUCCESS) {
                return true;
        }
        if (denies_the_obvious(caller, is_on(profile, target), status)) {
                return QUIRKED(profile, psci_denied_on_running_consumes);
        }
        return (int64_t)status == RMMSIM_PSCI_DENIED && asks_cpu_on(caller);
}

static struct verdict check_granules(const struct rmi_psci_complete_args *a)
{
        const struct granule_ref *calling = &a->calling_rec;
        const struct granule_ref *target = &a->target_rec;

        FAIL_IF(rmi_psci_complete, alias, calling->pa == target->pa, target->pa);
        FAIL_IF(rmi_psci_complete, calling_align, !is_granule_aligned(calling->pa), calling->pa);
        FAIL_IF(rmi_psci_complete, calling_bound, calling->granule == NULL, calling->pa);
        FAIL_IF(rmi_psci_complete, calling_state, calling->state != RMMSIM_GRANULE_REC, calling->state);
        FAIL_IF(rmi_psci_complete, target_align, !is_granule_aligned(target->pa), target->pa);
        FAIL_IF(rmi_psci_complete, target_bound, target->granule == NULL, target->pa);
        FAIL_IF(rmi_psci_complete, target_state, target->state != RMMSIM_GRANULE_REC, target->state);
        return PASSED;
}

struct verdict rmi_psci_complete_check(const struct rmm *rmm, const struct rmi_psci_complete_args *a)
{
        const struct profile *profile = &rmm->profile;
        const struct rec *caller = rec_of(&a->calling_rec);
        const struct rec *target = rec_of(&a->target_rec);
        struct verdict verdict = check_granules(a);
        unsigned pending;

        if (verdict.condition != RMMSIM_CONDITION_NONE) {
                return verdict;
        }
        pending = pending_of(caller);
        FAIL_IF(rmi_psci_complete, pending, pending != RMMSIM_PENDING_PSCI_REQUEST, pending);
        FAIL_IF(rmi_psci_complete, owner, target->owner != caller->owner, target->owner);
        FAIL_IF(rmi_psci_complete, target, !names(profile, caller->gprs[1], target), target->mpidr);
        FAIL_IF(rmi_psci_complete, status, !permitted(profile, caller, target, a->status), a->status);
        return PASSED;
}

/* The program that the target ran before ends when it is entered: its PE may still be on the way out of CPU_OFF. */
static void start(struct pe *pe, struct rec *target, const struct rec *caller)
{
        if (!QUIRKED(&pe->rmm->profile, psci_target_keeps_registers)) {
                memset(target->gprs, 0, sizeof(target->gprs));
        }
        target->gprs[0] = caller->gprs[3];
        target->pc = caller->gprs[2];
        target->el1.pstate = PSTATE_START;
        target->el1.sctlr = SCTLR_START | (caller->el1.sctlr & SCTLR_EE);
        target->guest.restart = true;
        rec_set_runnable(pe, target, RMMSIM_POWER_RUNNABLE);
}

/* What the caller is told; a CPU_ON that may go ahead starts the target. */
static int64_t resolve(struct pe *pe, const struct rec *caller, struct rec *target, bool on, uint64_t status)
{
        if (!asks_cpu_on(caller)) {
                return on ? RMMSIM_PSCI_AFFINITY_ON : RMMSIM_PSCI_AFFINITY_OFF;
        }
        if (on) {
                return RMMSIM_PSCI_ALREADY_ON;
        }
        if ((int64_t)status == RMMSIM_PSCI_DENIED) {
                return RMMSIM_PSCI_DENIED;
        }
        start(pe, target, caller);
        return RMMSIM_PSCI_SUCCESS;
}

void rmi_psci_complete_apply(struct pe *pe, const struct rmi_psci_complete_args *a, struct rmi_psci_complete_results *r)
{
        struct rec *caller = rec_of(&a->calling_rec);
        struct rec *target = rec_of(&a->target_rec);
        bool on = is_on(&pe->rmm->profile, target);

        /* Under the quirk psci_denied_on_running_consumes such a call fails, and yet the request ends. */
        if (denies_the_obvious(caller, on, a->status)) {
                r->common.x0 = RMMSIM_RMI_ERROR_INPUT;
                r->common.refused = RMMSIM_FAIL_rmi_psci_complete_status;
                r->common.found = a->status;
        }
        caller->gprs[0] = (uint64_t)resolve(pe, caller, target, on, a->status);
        caller->gprs[1] = 0;
        caller->gprs[2] = 0;
        caller->gprs[3] = 0;
        rec_set_pending(pe, caller, RMMSIM_PENDING_NO_REQUEST);
}
