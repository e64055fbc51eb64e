/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * world.c - building worlds, step by step as a host does.
 */
#include "world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- an instance -------------------------------------------------------------------------------------------------------- */

static void give_up(const char *sentence)
{
        fprintf(stderr, "no world: %s\n", sentence);
        exit(EXIT_FAILURE);
}

void world_create(struct world *world, const struct rmmsim_config *config, unsigned num_pes)
{
        const struct rmmsim_region regions[] = {
                { .base = WORLD_DRAM_BASE, .size = WORLD_DRAM_SIZE, .kind = RMMSIM_REGION_DRAM },
                { .base = WORLD_DEVICE_BASE, .size = WORLD_DEVICE_SIZE, .kind = RMMSIM_REGION_DEVICE },
        };
        struct rmmsim_config whole = *config;
        struct rmmsim_error error;

        whole.regions = regions;
        whole.num_regions = 2;
        whole.num_pes = num_pes;
        whole.features.rec_aux_count = WORLD_AUX_COUNT;
        world->next_pa = WORLD_DRAM_BASE;
        world->sim = rmmsim_create(&whole, &error);
        if (world->sim == NULL) {
                give_up(error.text);
        }
}

void world_destroy(struct world *world)
{
        rmmsim_destroy(world->sim);
        world->sim = NULL;
}

struct rmmsim_regs world_expect_success(struct world *world, struct rmmsim_regs regs)
{
        const struct rmmsim_refusal *why = rmmsim_why(world->sim, 0);

        if (regs.x[0] != RMMSIM_RMI_SUCCESS) {
                give_up(why != NULL ? why->sentence : "an unknown command");
        }
        return regs;
}

uint64_t world_page(struct world *world)
{
        if (world->next_pa == WORLD_DRAM_BASE + WORLD_DRAM_SIZE) {
                give_up("out of memory");
        }
        return (world->next_pa += WORLD_PAGE) - WORLD_PAGE;
}

uint64_t world_delegated(struct world *world)
{
        uint64_t pa = world_page(world);

        world_rmi(world, rmi_granule_delegate, .addr = pa);
        return pa;
}

void *world_at(const struct world *world, uint64_t pa)
{
        return rmmsim_host_pointer(world->sim, pa, WORLD_PAGE);
}

/* ---- Realms ------------------------------------------------------------------------------------------------------------- */

void world_realm_new(struct world_realm *realm, struct world *world, uint16_t vmid)
{
        struct rmmsim_realm_params *params;

        memset(realm, 0, sizeof(*realm));
        realm->world = world;
        realm->par_top = UINT64_C(1) << 39;
        realm->params = world_page(world);
        realm->rd = world_delegated(world);
        realm->rtt_base = world_delegated(world);
        params = world_at(world, realm->params);
        memset(params, 0, WORLD_PAGE);
        params->s2sz = 40;
        params->num_bps = 1;
        params->num_wps = 1;
        params->vmid = vmid;
        params->rtt_base = realm->rtt_base;
        params->rtt_num_start = 1;
        world_rmi(world, rmi_realm_create, .rd = realm->rd, .params_ptr = realm->params);
}

void world_realm_tables(struct world_realm *realm, uint64_t ipa)
{
        uint64_t reached =
                world_rmi(realm->world, rmi_rtt_read_entry, .rd = realm->rd, .ipa = ipa & ~(WORLD_PAGE - 1), .level = 3)
                        .x[1];

        for (uint64_t level = reached + 1; level <= 3; level++) {
                uint64_t covers = UINT64_C(1) << (12 + 9 * (4 - level));

                world_rmi(realm->world, rmi_rtt_create, .rd = realm->rd, .rtt = world_delegated(realm->world),
                          .ipa = ipa & ~(covers - 1), .level = level);
        }
}

void world_realm_ram(struct world_realm *realm, uint64_t base, uint64_t top)
{
        world_realm_tables(realm, base);
        world_rmi(realm->world, rmi_rtt_init_ripas, .rd = realm->rd, .base = base, .top = top);
}

uint64_t world_realm_data(struct world_realm *realm, uint64_t ipa)
{
        uint64_t data = world_delegated(realm->world);

        world_realm_tables(realm, ipa);
        world_rmi(realm->world, rmi_data_create_unknown, .rd = realm->rd, .data = data, .ipa = ipa);
        return data;
}

uint64_t world_realm_share(struct world_realm *realm, uint64_t ipa)
{
        uint64_t page = world_page(realm->world);

        world_realm_tables(realm, ipa);
        /* Normal memory, write-back; read and write. */
        world_rmi(realm->world, rmi_rtt_map_unprotected, .rd = realm->rd, .ipa = ipa, .level = 3,
                  .desc = page | 3 << 6 | 6 << 2);
        return page;
}

void world_realm_rec(struct world_realm *realm, bool runnable, uint64_t pc)
{
        struct rmmsim_rec_params *params = world_at(realm->world, realm->params);
        unsigned index = realm->num_recs++;

        memset(params, 0, WORLD_PAGE);
        params->flags = runnable ? RMMSIM_REC_FLAG_RUNNABLE : 0;
        params->mpidr = index;
        params->pc = pc;
        params->num_aux = WORLD_AUX_COUNT;
        params->aux[0] = world_delegated(realm->world);
        realm->recs[index] = world_delegated(realm->world);
        realm->runs[index] = world_page(realm->world);
        world_rmi(realm->world, rmi_rec_create, .rd = realm->rd, .rec = realm->recs[index],
                  .params_ptr = realm->params);
}

void world_realm_activate(struct world_realm *realm)
{
        world_rmi(realm->world, rmi_realm_activate, .rd = realm->rd);
}

void world_realm_running(struct world_realm *realm, struct world *world, uint16_t vmid, unsigned num_recs,
                         rmmsim_step_fn *fn, void *arg)
{
        world_realm_new(realm, world, vmid);
        world_realm_ram(realm, 0, UINT64_C(2) << 20);
        world_realm_data(realm, WORLD_PC);
        world_realm_share(realm, realm->par_top);
        for (unsigned i = 0; i < num_recs; i++) {
                world_realm_rec(realm, i == 0, WORLD_PC);
        }
        if (rmmsim_guest_bind_step(world->sim, realm->rd, WORLD_PC, fn, arg) != 0) {
                give_up("the guest cannot be bound");
        }
        world_realm_activate(realm);
}

struct rmmsim_rec_run *world_run(const struct world_realm *realm, unsigned rec)
{
        return world_at(realm->world, realm->runs[rec]);
}
