/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_sysreg.h - MRS and MSR of a guest.
 *
 * Specification: Realm register accesses; REC exit due to a trapped system register.
 */
#ifndef GUEST_SYSREG_H
#define GUEST_SYSREG_H

#include "vcpu.h"

/* Carry out an MRS or MSR trap: done, Undefined exception, or an exit to the host. */
void guest_sysreg(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap);

/* Does the PMU of the REC drive its overflow interrupt? Specification: RmiPmuOverflowStatus. */
bool pmu_overflow(const struct rec *rec, const struct realm *realm);

#endif
