/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tear_down.c - taking Realms down, as a host does that has forgotten nothing.
 *
 * What there is, the instance knows best: Granules say which RECs and RDs exist, tables what hangs from them. All changes are made by
 * commands.
 */
#include "rtt.h"
#include "sim.h"
#include <rmmsim/world.h>

static bool succeeds(const struct rmmsim_world *world, struct rmmsim_regs regs)
{
        return rmmsim_smc(world->sim, 0, &regs) == 0 && regs.x[0] == RMMSIM_RMI_SUCCESS;
}

#define RMI(world, id, ...) succeeds(world, (struct rmmsim_regs){ { RMMSIM_RMI_##id, __VA_ARGS__ } })

/* ---- tables --------------------------------------------------------------------------------------------------------------- */

/* A delegated Granule for a table: one that came back already, or a new one. 0: there is none. */
static uint64_t spare(struct rmmsim_world *world)
{
        uint64_t pa = 0;

        for (; rmmsim_next_delegated(world->sim, &pa, pa); pa += GRANULE_SIZE) {
                if (granule_state(memory_granule(&world->sim->rmm.memory, pa)) == RMMSIM_GRANULE_DELEGATED) {
                        return pa;
                }
        }
        return rmmsim_world_delegated(world);
}

static void empty_table(struct rmmsim_world *world, const struct realm *realm, uint64_t table, uint64_t base,
                        int level);

static void empty_child(struct rmmsim_world *world, const struct realm *realm, uint64_t entry, uint64_t ipa, int level)
{
        empty_table(world, realm, rtte_address(entry, realm->lpa2), ipa, level + 1);
        (void)RMI(world, RTT_DESTROY, realm->rd, ipa, (uint64_t)(level + 1));
}

/* Data goes page by page, so a block has to become a table first. */
static void empty_leaf(struct rmmsim_world *world, const struct realm *realm, const uint64_t *entry, uint64_t ipa,
                       int level)
{
        if (rtte_state(*entry) == RMMSIM_RTTE_ASSIGNED_NS) {
                (void)RMI(world, RTT_UNMAP_UNPROTECTED, realm->rd, ipa, (uint64_t)level);
        } else if (level == RTT_LEVEL_PAGE) {
                (void)RMI(world, DATA_DESTROY, realm->rd, ipa);
        } else if (RMI(world, RTT_CREATE, realm->rd, spare(world), ipa, (uint64_t)(level + 1))) {
                empty_child(world, realm, *entry, ipa, level);
        }
}

static void empty_table(struct rmmsim_world *world, const struct realm *realm, uint64_t table, uint64_t base, int level)
{
        const uint64_t *entries = memory_realm_page(&world->sim->rmm.memory, table);

        for (unsigned i = 0; i < GRANULE_SIZE / sizeof(uint64_t); i++) {
                uint64_t ipa = base + i * rtt_entry_size(level);

                if (rtte_is_table(entries[i])) {
                        empty_child(world, realm, entries[i], ipa, level);
                } else if (rtte_is_in(entries[i], RTTE_ALL_LIVE)) {
                        empty_leaf(world, realm, &entries[i], ipa, level);
                }
        }
}

/* ---- everything ----------------------------------------------------------------------------------------------------------- */

/* Visit all Granules in a state. */
static void for_each(struct rmmsim_world *world, unsigned state, void (*visit)(struct rmmsim_world *world, uint64_t pa))
{
        uint64_t pa = 0;

        for (; rmmsim_next_delegated(world->sim, &pa, pa); pa += GRANULE_SIZE) {
                if (granule_state(memory_granule(&world->sim->rmm.memory, pa)) == state) {
                        visit(world, pa);
                }
        }
}

static void destroy_rec(struct rmmsim_world *world, uint64_t pa)
{
        (void)RMI(world, REC_DESTROY, pa);
}

static void destroy_realm(struct rmmsim_world *world, uint64_t pa)
{
        const struct realm *realm = memory_realm_page(&world->sim->rmm.memory, pa);
        int level = realm->rtt_level_start;

        for (uint32_t i = 0; i < realm->rtt_num_start; i++) {
                empty_table(world, realm, realm->rtt_base + i * GRANULE_SIZE, i * rtt_table_size(level), level);
        }
        (void)RMI(world, REALM_DESTROY, pa);
}

static void give_back(struct rmmsim_world *world, uint64_t pa)
{
        (void)RMI(world, GRANULE_UNDELEGATE, pa);
}

unsigned rmmsim_world_tear_down(struct rmmsim_world *world)
{
        unsigned left = 0;
        uint64_t pa = 0;

        for_each(world, RMMSIM_GRANULE_REC, destroy_rec);
        for_each(world, RMMSIM_GRANULE_RD, destroy_realm);
        for_each(world, RMMSIM_GRANULE_DELEGATED, give_back);
        for (; rmmsim_next_delegated(world->sim, &pa, pa); pa += GRANULE_SIZE) {
                left++;
        }
        return left;
}
