/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore.c - what a schedule costs: stacks that are switched, points at which somebody chooses, an instance that goes back.
 *
 * An iteration is a schedule, from the first PE's start to the last one's return. How many of its points lead to a switch is up to
 * chance, so floors count half of them.
 */
#include "bench.h"
#include "realm.h"
#include <rmmsim/explore.h>
#include <stdlib.h>

struct explore_world {
        struct host *host;
        uint64_t granules[4];
        struct rmmsim_program program;
        struct rmmsim_strategy strategy;
        struct rmmsim_explorer *explorer;
        struct rmmsim_finding finding;
};

/* ---- what PEs do -------------------------------------------------------------------------------------------------------- */

static void yield_often(unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                rmmsim_yield();
        }
}

/* With its start and another like it: 8 points at which there is a choice. */
static void yield_4(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        yield_often(4);
}

static void yield_50(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        yield_often(50);
}

/* A call, its lock taken and dropped: 4 points. */
static void delegate(struct rmmsim *sim, unsigned pe, void *arg)
{
        const struct explore_world *world = arg;

        (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = world->granules[0]);
}

/* 50 points. */
static void delegate_and_back(struct rmmsim *sim, unsigned pe, void *arg)
{
        const struct explore_world *world = arg;

        for (unsigned i = 0; i < 6; i++) {
                (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = world->granules[(pe + i) & 3]);
                (void)rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = world->granules[(pe + i) & 3]);
        }
}

/* ---- worlds --------------------------------------------------------------------------------------------------------------- */

static struct explore_world *begin(bool sim, unsigned num_pes, rmmsim_pe_fn *fn, enum rmmsim_strategy_kind kind)
{
        struct explore_world *world = calloc(1, sizeof(*world));
        struct rmmsim_error error;

        if (world == NULL) {
                return NULL;
        }
        world->host = host_create(&(struct host_shape){ .dram = UINT64_C(16) << 20, .num_pes = num_pes });
        world->program.sim = sim ? world->host->sim : NULL;
        for (unsigned i = 0; i < 4; i++) {
                world->granules[i] = host_page(world->host);
        }
        world->program.arg = world;
        world->program.announced = true;
        for (unsigned i = 0; i < num_pes; i++) {
                world->program.pes[i] = fn;
        }
        world->strategy.kind = kind;
        world->explorer = rmmsim_explorer_create(&world->program, &error);
        if (world->explorer == NULL) {
                host_fail(world->host, 0, error.text);
        }
        return world;
}

static void end(void *context)
{
        struct explore_world *world = context;

        rmmsim_explorer_destroy(world->explorer);
        host_destroy(world->host);
        free(world);
}

static void explore(struct explore_world *world)
{
        if (rmmsim_explorer_run(world->explorer, &world->strategy, &world->finding) != 0 ||
            world->finding.kind != RMMSIM_FOUND_NOTHING) {
                host_fail(world->host, 0, world->finding.sentence);
        }
}

/* n schedules of one exploration. */
static void run_schedules(void *context, uint64_t n)
{
        struct explore_world *world = context;

        world->strategy.schedules_max = n;
        explore(world);
}

/* n explorations of one schedule, as a fuzzer makes them. */
static void run_inputs(void *context, uint64_t n)
{
        static const uint8_t bytes[] = { 0, 0, 1, 0, 0, 0, 2, 0 };
        struct explore_world *world = context;

        world->strategy.bytes = bytes;
        world->strategy.num_bytes = sizeof(bytes);
        while (n-- != 0) {
                explore(world);
        }
}

static void *host_8_begin(void)
{
        return begin(false, 2, yield_4, RMMSIM_STRATEGY_RANDOM);
}

static void *host_200_begin(void)
{
        return begin(false, 4, yield_50, RMMSIM_STRATEGY_RANDOM);
}

static void *smc_8_begin(void)
{
        return begin(true, 2, delegate, RMMSIM_STRATEGY_RANDOM);
}

static void *smc_200_begin(void)
{
        return begin(true, 4, delegate_and_back, RMMSIM_STRATEGY_PCT);
}

static void *input_begin(void)
{
        return begin(true, 2, delegate, RMMSIM_STRATEGY_BYTES);
}

static const struct bench_row rows[] = {
        { .name = "explore/host_8",
          .what = "a schedule of 2 PEs with 8 points of the host's own, by chance",
          .begin = host_8_begin,
          .run = run_schedules,
          .end = end,
          .floors = { [FLOOR_SWITCH] = 4 },
          .goal_ns = 5000,
          .no_counters = true },
        { .name = "explore/smc_8",
          .what = "the same, the points those of one GRANULE_DELEGATE on each PE",
          .begin = smc_8_begin,
          .run = run_schedules,
          .end = end,
          .floors = { [FLOOR_SWITCH] = 4 },
          .goal_ns = 5000,
          .no_counters = true },
        { .name = "explore/input",
          .what = "the same, each schedule an exploration of its own, as for a fuzzer's input",
          .begin = input_begin,
          .run = run_inputs,
          .end = end,
          .floors = { [FLOOR_SWITCH] = 4 },
          .no_counters = true },
        { .name = "explore/host_200",
          .what = "a schedule of 4 PEs with 200 points of the host's own, by chance",
          .begin = host_200_begin,
          .run = run_schedules,
          .end = end,
          .floors = { [FLOOR_SWITCH] = 150 },
          .goal_ns = 25000,
          .no_counters = true },
        { .name = "explore/smc_200",
          .what = "the same, the points those of 12 commands on each PE, by PCT",
          .begin = smc_200_begin,
          .run = run_schedules,
          .end = end,
          .floors = { [FLOOR_SWITCH] = 10 },
          .goal_ns = 25000,
          .no_counters = true },
};

const struct bench_family family_explore = { "explore", "Schedules of the explorer", rows,
                                             sizeof(rows) / sizeof(rows[0]) };
