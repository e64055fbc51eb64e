/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_sysreg.h - MRS and MSR of a guest.
 *
 * Specification: Realm register accesses; REC exit due to a trapped system register.
 */
#ifndef GUEST_SYSREG_H
#define GUEST_SYSREG_H

#include "vcpu.h"

#define PMCR_E BIT(0) /* counters count, and overflows are told */

/* Carry out an MRS or MSR trap: done, Undefined exception, or an exit to the host. */
void guest_sysreg(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap);

/* Does the PMU of the REC drive its overflow interrupt? Specification: RmiPmuOverflowStatus. */
static inline bool pmu_overflow(const struct rec *rec, const struct realm *realm)
{
        return realm->pmu && (rec->pmu.pmcr & PMCR_E) != 0 &&
               (rec->pmu.ovsset & rec->pmu.intenset & rec->pmu.cntenset) != 0;
}

#endif
