/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * access.h - loads, stores and fetches of a guest through stage 2, and the REC exits that they cause.
 *
 * Specification: Realm accesses; REC exit due to Data Abort, Instruction Abort.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "vcpu.h"

/*
 * Carry out a memory trap (LOAD, STORE, COPY_IN, COPY_OUT, FETCH). Either it is done, and PC is behind the instruction; or the
 * guest has taken an exception; or pe->entry.exiting says that the host comes first.
 */
void guest_access(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap);

/*
 * Complete an access that the host has emulated: PC moves on, and a load finds its value. Specification: emul_mmio.
 */
void guest_access_emulated(struct rec *rec, uint64_t value);

#endif
