/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.h - the Realm's turn: from an entry that has been admitted to the exit that ends it.
 *
 * Beneath is one narrow interface: a program says what its vCPU does next (struct rmmsim_trap), the run loop does it.
 * Programs are functions on their own stacks or step functions; nothing above sees the difference.
 */
#ifndef RUN_H
#define RUN_H

#include "vcpu.h"

/*
 * Run a REC until it exits; pe_exit() then holds what the exit says, but for the parts that every exit shows alike. The REC
 * is REC_RUNNING on this PE and pending requests are completed. Errors of the library are left in pe->library_error.
 */
void guest_run(struct rmmsim_vcpu *vcpu);

/* GIC, timer and PMU: what every exit shows. Specification: REC exit, interrupts and timers. */
void guest_exit_common(const struct rmmsim_vcpu *vcpu);

/*
 * One trap of a program: PC has moved, or the guest has taken an exception, or pe->entry.exiting is set. Interrupts are looked
 * at first, as at every instruction.
 */
void guest_trap(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap);

#endif
