/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_stage.h - the instance that explored PEs meet in, and what they were answered.
 */
#ifndef EXPLORE_STAGE_H
#define EXPLORE_STAGE_H

#include "explore_fixture.h"
#include "sim.h"

static struct stage {
        struct world *world;
        struct realm_world realm;
        uint64_t granule;
        uint64_t x0[RMMSIM_EXPLORE_PES_MAX];
        unsigned guest_calls[2];
        uint8_t *secret;
        uint64_t hashes[64]; /* of outcomes seen, or allowed */
        unsigned num_hashes;
        uint64_t allowed[64];
        unsigned num_allowed;
} stage;

static inline struct rmmsim *reset(struct rmmsim *sim, void *arg)
{
        (void)arg;
        memset(stage.x0, 0xff, sizeof(stage.x0));
        memset(stage.guest_calls, 0, sizeof(stage.guest_calls));
        return sim;
}

static inline void note(uint64_t *list, unsigned *count, uint64_t value)
{
        for (unsigned i = 0; i < *count; i++) {
                if (list[i] == value) {
                        return;
                }
        }
        ck_assert_uint_lt(*count, 64);
        list[(*count)++] = value;
}

/* The state and what all PEs were answered. */
static inline uint64_t outcome(const struct rmmsim *sim)
{
        uint64_t hash = rmmsim_state_hash(sim);

        for (unsigned i = 0; i < RMMSIM_EXPLORE_PES_MAX; i++) {
                hash = (hash ^ stage.x0[i]) * UINT64_C(0x9e3779b97f4a7c15);
                hash ^= hash >> 29;
        }
        return hash;
}

static inline void begin(void)
{
        memset(&stage, 0, sizeof(stage));
        stage.world = world_create();
        stage.granule = world_pages(stage.world, 8, PAGE);
}

static inline void end(void)
{
        rmmsim_destroy(stage.world->sim);
        free(stage.world);
}

#endif
