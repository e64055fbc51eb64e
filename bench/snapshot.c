/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snapshot.c - taking a snapshot, and going back to it after so and so many Granules have changed.
 *
 * What changes has to change anew each time, and that is not to be measured. So these are figures: the clock runs while the
 * instance goes back, and the median of many times is given. A Granule that changed is one of Data, full of the Realm's bytes,
 * that was destroyed: its whole page has to be written again, and with it the table, the RD and the Granule's state.
 */
#include "bench.h"
#include "realm.h"
#include <rmmsim/snapshot.h>
#include <stdlib.h>

enum {
        TIMES = 101,
        TIMES_MANY = 15,
        MANY = 5000
};

struct snapshot_world {
        struct host *host;
        struct realm realm;
};

static void *begin_with(uint64_t num_data)
{
        struct snapshot_world *world = calloc(1, sizeof(*world));

        if (world == NULL) {
                return NULL;
        }
        world->host = host_create(&(struct host_shape){ .dram = UINT64_C(64) << 20 });
        realm_create(&world->realm, world->host, NULL);
        realm_ram(&world->realm, 0, num_data * PAGE);
        for (uint64_t i = 0; i < num_data; i++) {
                (void)realm_data(&world->realm, i * PAGE);
        }
        (void)realm_rec(&world->realm);
        realm_activate(&world->realm);
        return world;
}

static void end(void *context)
{
        struct snapshot_world *world = context;

        realm_destroy(&world->realm);
        host_destroy(world->host);
        free(world);
}

static void take(const struct snapshot_world *world)
{
        struct rmmsim_error error;

        if (rmmsim_snapshot(world->host->sim, &error) != 0) {
                host_fail(world->host, 0, error.text);
        }
}

static void *take_begin(void)
{
        return begin_with(16);
}

static void take_run(void *context, uint64_t n)
{
        while (n-- != 0) {
                take(context);
        }
}

static void *restore_begin(void)
{
        struct snapshot_world *world = begin_with(16);

        if (world != NULL) {
                take(world);
        }
        return world;
}

static void restore_run(void *context, uint64_t n)
{
        const struct snapshot_world *world = context;

        while (n-- != 0) {
                rmmsim_restore(world->host->sim);
        }
}

static int by_value(const void *a, const void *b)
{
        const uint64_t x = *(const uint64_t *)a;
        const uint64_t y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

/* The median, in nanoseconds. */
static double restore_after(uint64_t num_data, int times)
{
        struct snapshot_world *world = begin_with(num_data);
        const int middle = times / 2;
        uint64_t ticks[TIMES];
        double ns;

        take(world);
        for (int i = 0; i < times; i++) {
                uint64_t start;

                for (uint64_t ipa = 0; ipa < num_data * PAGE; ipa += PAGE) {
                        RMI(world->host, rmi_data_destroy, .rd = world->realm.rd, .ipa = ipa);
                }
                start = rmmsim_ticks();
                rmmsim_restore(world->host->sim);
                ticks[i] = rmmsim_ticks() - start;
        }
        qsort(ticks, (size_t)times, sizeof(ticks[0]), by_value);
        ns = (double)ticks[middle] * rmmsim_ns_per_tick();
        end(world);
        return ns;
}

static double restore_after_1(void)
{
        return restore_after(1, TIMES);
}

static double restore_after_50(void)
{
        return restore_after(50, TIMES);
}

static double restore_after_5000(void)
{
        return restore_after(MANY, TIMES_MANY);
}

static const struct bench_row rows[] = {
        { "snapshot/take", "rmmsim_snapshot() of a Realm with 16 pages of Data", take_begin, take_run, end },
        { "snapshot/restore_0", "rmmsim_restore() when nothing has changed", restore_begin, restore_run, end },
        { .name = "snapshot/restore_1",
          .what = "rmmsim_restore() after one page of Data was destroyed",
          .figure = restore_after_1,
          .unit = "ns",
          .floors = { [FLOOR_COPY_4K] = 3 } },
        { .name = "snapshot/restore_50",
          .what = "the same after 50",
          .figure = restore_after_50,
          .unit = "ns",
          .floors = { [FLOOR_COPY_4K] = 52 },
          .goal_ns = 5000 },
        { .name = "snapshot/restore_5000",
          .what = "the same after 5,000",
          .figure = restore_after_5000,
          .unit = "ns",
          .floors = { [FLOOR_COPY_4K_COLD] = 5012 } },
};

const struct bench_family family_snapshot = { "snapshot", "Snapshots", rows, sizeof(rows) / sizeof(rows[0]) };
