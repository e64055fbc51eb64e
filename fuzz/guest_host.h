/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_host.h - what the host does to a Realm beside entering its RECs, each command with what the model says of it.
 */
#ifndef GUEST_HOST_H
#define GUEST_HOST_H

#include "guest_records.h"

/* Carry out a record of the host's that is no entry. `current` is the REC that it is about where it names none. */
void host_act(struct guest_world *world, unsigned current, const uint8_t *record);

/* RMI_RTT_SET_RIPAS for a REC. */
void host_change_ripas(struct model_rec *rec, uint64_t base, uint64_t top);

/* The registers of a command: its status, two outputs, and zero in the others. */
void host_check(const char *what, const struct rmmsim_regs *regs, uint64_t x0, uint64_t x1, uint64_t x2);

/* Is this a page that a REC may be entered with? */
bool host_is_run_page(uint64_t pa);

#endif
