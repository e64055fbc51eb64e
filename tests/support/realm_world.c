/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * realm_world.c - building Realms as a host does, and taking them down.
 */
#include "world.h"
#include <string.h>

void realm_params_fill(struct rmmsim_realm_params *params, const struct realm_shape *shape, uint64_t rtt_base)
{
        static const struct realm_shape common = { 0 };

        shape = shape != NULL ? shape : &common;
        memset(params, 0, sizeof(*params));
        params->flags = shape->flags;
        params->s2sz = shape->s2sz != 0 ? shape->s2sz : 40;
        params->num_bps = shape->num_bps != 0 ? shape->num_bps : 1;
        params->num_wps = shape->num_wps != 0 ? shape->num_wps : 1;
        params->pmu_num_ctrs = (shape->flags & RMMSIM_REALM_FLAG_PMU) != 0 ? 6 : 0;
        params->hash_algo = shape->hash_algo;
        memcpy(params->rpv, shape->rpv, sizeof(params->rpv));
        params->vmid = shape->vmid;
        params->rtt_base = rtt_base;
        params->rtt_level_start = shape->level_start;
        params->rtt_num_start = shape->num_start != 0 ? shape->num_start : 1;
}

void realm_new(struct realm_world *realm, struct world *world, const struct realm_shape *shape)
{
        static const struct realm_shape common = { 0 };
        uint32_t roots;

        shape = shape != NULL ? shape : &common;
        roots = shape->num_start != 0 ? shape->num_start : 1;
        memset(realm, 0, sizeof(*realm));
        realm->world = world;
        realm->rd = world_delegated(world);
        realm->rtt_base = world_delegated_pages(world, roots, roots * PAGE);
        realm_params_fill(world->params, shape, realm->rtt_base);
        if (shape->vmid == 0) {
                world->params->vmid = (uint16_t)(realm->rd / PAGE);
        }
        realm->par_top = UINT64_C(1) << (world->params->s2sz - 1);
        expect_success(world, rmi_realm_create, .rd = realm->rd, .params_ptr = world->params_pa);
}

void realm_map_tables(struct realm_world *realm, uint64_t ipa, int64_t level)
{
        struct world *world = realm->world;
        struct rmmsim_regs regs;
        unsigned shift;

        for (;;) {
                int64_t reached;
                uint64_t size;

                shift = 12 + 9 * (unsigned)(3 - level);
                size = UINT64_C(1) << shift;
                regs = call_regs(world, rmi_rtt_read_entry, .rd = realm->rd, .ipa = ipa & ~(size - 1),
                                 .level = (uint64_t)level);
                expect_x0(world, RMMSIM_RMI_SUCCESS, regs.x[0]);
                reached = (int64_t)regs.x[1];
                if (reached == level) {
                        return;
                }
                shift = 12 + 9 * (unsigned)(3 - reached);
                size = UINT64_C(1) << shift;
                expect_success(world, rmi_rtt_create, .rd = realm->rd, .rtt = world_delegated(world),
                               .ipa = ipa & ~(size - 1), .level = (uint64_t)(reached + 1));
        }
}

void realm_ram(struct realm_world *realm, uint64_t base, uint64_t top)
{
        struct world *world = realm->world;

        while (base < top) {
                struct rmmsim_regs regs;

                realm_map_tables(realm, base, 3);
                regs = call_regs(world, rmi_rtt_init_ripas, .rd = realm->rd, .base = base, .top = top);
                expect_x0(world, RMMSIM_RMI_SUCCESS, regs.x[0]);
                base = regs.x[1];
        }
}

uint64_t realm_data(struct realm_world *realm, uint64_t ipa, uint8_t fill)
{
        struct world *world = realm->world;
        uint64_t data = world_delegated(world);

        realm_map_tables(realm, ipa, 3);
        memset(world->params, fill, PAGE);
        expect_success(world, rmi_data_create, .rd = realm->rd, .data = data, .ipa = ipa, .src = world->params_pa,
                       .flags = RMMSIM_DATA_FLAG_MEASURE);
        return data;
}

uint64_t realm_data_unknown(struct realm_world *realm, uint64_t ipa)
{
        uint64_t data = world_delegated(realm->world);

        realm_map_tables(realm, ipa, 3);
        expect_success(realm->world, rmi_data_create_unknown, .rd = realm->rd, .data = data, .ipa = ipa);
        return data;
}

uint64_t realm_share(struct realm_world *realm, uint64_t ipa)
{
        uint64_t page = world_page(realm->world);

        realm_map_tables(realm, ipa, 3);
        expect_success(realm->world, rmi_rtt_map_unprotected, .rd = realm->rd, .ipa = ipa, .level = 3,
                       .desc = page | 0xc0 | 6 << 2);
        return page;
}

uint64_t realm_rec(struct realm_world *realm, bool runnable, uint64_t pc)
{
        struct world *world = realm->world;
        struct rmmsim_rec_params *params = (void *)world->params;
        uint64_t rec = world_delegated(world);
        uint64_t index = realm->num_recs;
        uint64_t num_aux = call_regs(world, rmi_rec_aux_count, .rd = realm->rd).x[1];

        memset(params, 0, sizeof(*params));
        params->flags = runnable ? RMMSIM_REC_FLAG_RUNNABLE : 0;
        params->mpidr = (index & 0xf) | (index >> 4) << 8;
        params->pc = pc;
        params->num_aux = num_aux;
        for (uint64_t i = 0; i < num_aux; i++) {
                params->aux[i] = world_delegated(world);
        }
        expect_success(world, rmi_rec_create, .rd = realm->rd, .rec = rec, .params_ptr = world->params_pa);
        realm->recs[realm->num_recs++] = rec;
        return rec;
}

void realm_activate(struct realm_world *realm)
{
        expect_success(realm->world, rmi_realm_activate, .rd = realm->rd);
        realm->run = world_pages(realm->world, REALM_RECS_MAX, PAGE);
}

void realm_running(struct realm_world *realm, struct world *world, unsigned num_recs, rmmsim_guest_fn *fn, void *arg)
{
        realm_new(realm, world, NULL);
        realm_ram(realm, 0, MIB2);
        realm_data(realm, REALM_PC, 0xd6);
        for (unsigned i = 0; i < num_recs; i++) {
                realm_rec(realm, i == 0, REALM_PC);
        }
        if (fn != NULL) {
                ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm->rd, REALM_PC, fn, arg), 0);
        }
        realm_activate(realm);
}

struct rmmsim_rec_run *realm_run(struct realm_world *realm, unsigned rec)
{
        return world_at(realm->world, realm->run + rec * PAGE);
}

uint64_t realm_enter_on(struct realm_world *realm, unsigned pe, unsigned rec)
{
        return rmmsim_call(realm->world->sim, pe, rmi_rec_enter, .rec = realm->recs[rec],
                           .run_ptr = realm->run + rec * PAGE)
                .x[0];
}

uint64_t realm_enter(struct realm_world *realm, unsigned rec)
{
        return realm_enter_on(realm, 0, rec);
}

struct rmmsim_rec_exit *realm_enter_expect(struct realm_world *realm, unsigned rec, enum rmmsim_exit_reason reason)
{
        struct rmmsim_rec_run *run = realm_run(realm, rec);

        memset(&run->enter, 0, sizeof(run->enter));
        expect_x0(realm->world, RMMSIM_RMI_SUCCESS, realm_enter(realm, rec));
        ck_assert_msg(run->exit.exit_reason == reason, "exit %s, expected %s",
                      rmmsim_exit_name((unsigned)run->exit.exit_reason), rmmsim_exit_name(reason));
        return &run->exit;
}

/* Everything mapped at or below an IPA range goes, guided by what RMI_RTT_READ_ENTRY shows. */
static void unmap(struct realm_world *realm, uint64_t base, int64_t level, unsigned entries)
{
        struct world *world = realm->world;
        uint64_t size = UINT64_C(1) << (12 + 9 * (unsigned)(3 - level));

        for (unsigned i = 0; i < entries; i++) {
                uint64_t ipa = base + i * size;
                struct rmmsim_regs regs =
                        call_regs(world, rmi_rtt_read_entry, .rd = realm->rd, .ipa = ipa, .level = (uint64_t)level);

                expect_x0(world, RMMSIM_RMI_SUCCESS, regs.x[0]);
                if (regs.x[1] != (uint64_t)level || regs.x[2] == RMMSIM_RTT_UNASSIGNED) {
                        continue;
                }
                if (regs.x[2] == RMMSIM_RTT_ASSIGNED && ipa >= realm->par_top) {
                        expect_success(world, rmi_rtt_unmap_unprotected, .rd = realm->rd, .ipa = ipa,
                                       .level = (uint64_t)level);
                        continue;
                }
                if (regs.x[2] == RMMSIM_RTT_ASSIGNED && level < 3) {
                        expect_success(world, rmi_rtt_create, .rd = realm->rd, .rtt = world_delegated(world),
                                       .ipa = ipa, .level = (uint64_t)(level + 1));
                } else if (regs.x[2] == RMMSIM_RTT_ASSIGNED) {
                        uint64_t data = call_regs(world, rmi_data_destroy, .rd = realm->rd, .ipa = ipa).x[1];

                        expect_success(world, rmi_granule_undelegate, .addr = data);
                        continue;
                }
                unmap(realm, ipa, level + 1, 512);
                regs = call_regs(world, rmi_rtt_destroy, .rd = realm->rd, .ipa = ipa, .level = (uint64_t)(level + 1));
                expect_x0(world, RMMSIM_RMI_SUCCESS, regs.x[0]);
                expect_success(world, rmi_granule_undelegate, .addr = regs.x[1]);
        }
}

static void undelegate_all(struct world *world, const uint64_t *granules, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = granules[i]);
        }
}

void realm_tear_down(struct realm_world *realm)
{
        struct world *world = realm->world;
        uint64_t pa = 0;

        for (unsigned i = 0; i < realm->num_recs; i++) {
                expect_success(world, rmi_rec_destroy, .rec = realm->recs[i]);
        }
        /* The common shape has a single root at level 0, of which two entries are in use. */
        unmap(realm, 0, 0, 2);
        expect_success(world, rmi_realm_destroy, .rd = realm->rd);
        undelegate_all(world, &realm->rd, 1);
        undelegate_all(world, &realm->rtt_base, 1);
        for (pa = 0; rmmsim_next_delegated(world->sim, &pa, pa); pa += PAGE) {
                struct rmmsim_granule granule;

                /* What is left are the RECs and their auxiliary Granules, DELEGATED by now. */
                ck_assert_int_eq(rmmsim_granule(world->sim, &granule, pa), 0);
                if (granule.taker == RMMSIM_COMMAND_rmi_rec_destroy) {
                        expect_success(world, rmi_granule_undelegate, .addr = pa);
                }
        }
}
