/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * small_world.h - an instance of six to eight Granules, whose whole state can be saved, restored, compared and numbered.
 *
 * There is one at a time. Beside the Granules it has pages of parameters that no call can take away: one for each Granule as
 * a root, one for each REC index, and a run page.
 */
#ifndef SMALL_WORLD_H
#define SMALL_WORLD_H

#include "guest_slot.h"
#include "small_model.h"
#include <rmmsim/rmmsim.h>

extern struct rmmsim *small_sim;

void small_world_create(unsigned num_granules);

/* Carry a call out. target: index of the REC that a CPU_ON of the Realm names. */
struct rmmsim_regs small_world_call(const struct small_call *call, uint64_t target);

/* All that a command can change.  */
struct small_snapshot {
        struct granule granules[64]; /* the table of the region, whole: the least that there is */
        uint64_t vmids;
        uint8_t realm_pages[SMALL_GRANULES_MAX][4096];
        uint8_t host_pages[SMALL_GRANULES_MAX][4096];
        uint8_t exit[2048];
        uint32_t num_bindings;
        uint32_t free_bindings;
        uint32_t buckets[SMALL_GRANULES_MAX];
        struct binding bindings[2 * SMALL_GRANULES_MAX];
};

void small_world_take(struct small_snapshot *snapshot);
void small_world_put(struct small_snapshot *snapshot);
bool small_world_equals(struct small_snapshot *snapshot);

/* A number for the state as commands see it: who brought a Granule there, and what was measured, makes no difference. */
uint64_t small_world_number(void);

#endif
