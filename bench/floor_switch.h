/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * floor_switch.h - the least that leaving one stack for another can cost.
 */
#ifndef FLOOR_SWITCH_H
#define FLOOR_SWITCH_H

/* A partner on a stack of its own that does nothing but switch back; NULL where memory is short. */
struct floor_partner;
struct floor_partner *floor_partner_create(void);
void floor_partner_free(struct floor_partner *partner);

/* To the partner and back. */
void floor_partner_visit(struct floor_partner *partner);

#endif
