/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * program.h - what drives a vCPU: a function on a stack of its own, or a step function.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "guest_slot.h"

/*
 * Make the program that is bound to an entry IPA the REC's. Returns false, with pe->library_error set, if none is bound or no
 * stack is left.
 */
bool program_start(struct rmmsim_vcpu *vcpu, uint64_t ipa);

/* Let the REC's program run until the host's turn comes. */
void program_run(struct rmmsim_vcpu *vcpu);

#endif
