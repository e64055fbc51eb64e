/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * world.c - building instances and handing out their memory.
 */
#include "world.h"
#include "memory.h"
#include "reached.h"
#include "sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rmmsim_region default_regions[] = {
        { .base = WORLD_DRAM_BASE, .size = WORLD_DRAM_SIZE, .kind = RMMSIM_REGION_DRAM },
        { .base = WORLD_DEVICE_BASE, .size = WORLD_DEVICE_SIZE, .kind = RMMSIM_REGION_DEVICE },
};

struct world *world_create_with(const struct rmmsim_config *given)
{
        struct world *world = calloc(1, sizeof(*world));
        struct rmmsim_config config = *given;
        struct rmmsim_error error;

        ck_assert_ptr_nonnull(world);
        if (config.regions == NULL) {
                config.regions = default_regions;
                config.num_regions = 2;
        }
        if (config.num_pes == 0) {
                config.num_pes = config.audit_period != 0 ? 1 : WORLD_PES;
        }
        if (config.trace == NULL) {
                config.trace = reached_mark;
                (void)reached_open(); /* before there are threads */
        }
        world->sim = rmmsim_create(&config, &error);
        ck_assert_msg(world->sim != NULL, "%s", error.text);
        world->next_pa = config.regions[0].base;
        world->dram_end = config.regions[0].base + config.regions[0].size;
        world->params_pa = world_page(world);
        world->params = world_at(world, world->params_pa);
        return world;
}

struct world *world_create(void)
{
        return world_create_with(&(struct rmmsim_config){ .num_pes = WORLD_PES });
}

void world_destroy(struct world *world)
{
        struct rmmsim_report report;

        ck_assert_msg(rmmsim_audit(world->sim, &report) == 0, "%s: %s", report.invariant, report.text);
        rmmsim_destroy(world->sim);
        free(world);
}

uint64_t world_pages(struct world *world, uint64_t count, uint64_t align)
{
        uint64_t pa = (world->next_pa + align - 1) & ~(align - 1);

        world->next_pa = pa + count * PAGE;
        ck_assert_msg(world->next_pa <= world->dram_end, "the world is out of memory");
        return pa;
}

uint64_t world_page(struct world *world)
{
        return world_pages(world, 1, PAGE);
}

void *world_at(struct world *world, uint64_t pa)
{
        void *at = rmmsim_host_pointer(world->sim, pa, PAGE);

        ck_assert_ptr_nonnull(at);
        return at;
}

uint64_t world_delegated_pages(struct world *world, uint64_t count, uint64_t align)
{
        uint64_t pa = world_pages(world, count, align);

        for (uint64_t i = 0; i < count; i++) {
                expect_success(world, rmi_granule_delegate, .addr = pa + i * PAGE);
        }
        return pa;
}

uint64_t world_delegated(struct world *world)
{
        return world_delegated_pages(world, 1, PAGE);
}

const char *world_why(struct world *world)
{
        const struct rmmsim_refusal *refusal = rmmsim_why(world->sim, 0);

        return refusal == NULL ? "not refused" : refusal->sentence;
}

/* FNV-1a over 64-bit words. */
static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
        const uint64_t *words = data;

        for (size_t i = 0; i < size / sizeof(uint64_t); i++) {
                hash = (hash ^ words[i]) * UINT64_C(0x100000001b3);
        }
        return hash;
}

uint64_t world_hash(struct world *world)
{
        const struct memory *memory = &world->sim->rmm.memory;
        uint64_t hash = UINT64_C(0xcbf29ce484222325);

        for (uint64_t pa = memory->regions[0].base; pa < world->next_pa; pa += PAGE) {
                uint64_t word = granule_peek(memory_granule(memory, pa));
                const uint8_t *host = memory_host_page(memory, pa);

                hash = mix(hash, &word, sizeof(word));
                if (granule_word_state((uint32_t)word) != RMMSIM_GRANULE_UNDELEGATED) {
                        hash = mix(hash, memory_realm_page(memory, pa), PAGE);
                } else if (host != NULL) {
                        hash = mix(hash, host, PAGE);
                }
        }
        return mix(hash, world->sim->rmm.vmids.used, sizeof(world->sim->rmm.vmids.used));
}

int run_suite(Suite *suite)
{
        SRunner *runner = srunner_create(suite);
        int failed;

        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
