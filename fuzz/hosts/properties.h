/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * properties.h - what must hold at a host that drives PSCI, whatever the schedule: S1-S12 and L1-L5 as far as a host and a guest can
 * see them.
 *
 * Guests, the run loop and completions report here; a property that does not hold ends the schedule with a sentence that begins
 * with its name. Some are found by the explorer itself: a deadlock is L3, a livelock L4, a mutex that is unlocked by somebody else
 * or taken in two orders S11. Nothing here decides what a host does.
 */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include "host.h"

/* ---- told by guests ------------------------------------------------------------------------------------------------------ */

/* The step before `next` is going to ask for a target, perhaps with a bit in its MPIDR that means nothing. */
void property_asks(struct host_guest *guest, unsigned target, bool stray);
/* The context of its CPU_ON. */
uint64_t property_context(const struct host_guest *guest);
/* The vCPU starts at the entry point for `caller`. S1, S3, S4, S5. */
void property_starts(struct host_guest *guest, unsigned caller, uint64_t context);
/* S2, S3, S5. */
void property_cpu_on_returns(struct host_guest *guest, int64_t result);
/* S2. */
void property_affinity_returns(struct host_guest *guest, int64_t result);
/* The guest's library answers ALREADY_ON by itself. S2. */
void property_library_answers(const struct host_guest *guest, unsigned target);
/* S4: of registers in general. */
void property_host_call_returns(struct host_guest *guest, uint64_t answer);

/* ---- told by the host ----------------------------------------------------------------------------------------------------- */

void property_entering(struct host_vcpu *vcpu);
/* S9, S12. */
void property_entered(const struct host_vcpu *vcpu, uint64_t status);
/* S7, and what the exit says about power. */
void property_exits(struct host_vcpu *vcpu);
/* S8: before and after RMI_PSCI_COMPLETE. */
void property_completes(struct host_vcpu *caller, uint64_t target_rec, uint64_t status);
void property_completed(struct host_vcpu *caller, uint64_t status, bool accepted);
/* L1, L2: the RMM does not enter a vCPU that the host believes to be ready. */
void property_refused(const struct host_vcpu *vcpu);
/* L5: REC_ENTER finds the Realm not active, and the host takes it for a fatal error. */
void property_fatal(const struct host_vcpu *vcpu);

/* All threads have ended: L1, L2, S3, S10, L5. */
void property_at_rest(struct host_vm *vm);

#endif
