/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_snapshot_random.c - random commands of every family from random states, taken back, and done again.
 *
 * A run from a snapshot is repeated after a restore: the same calls, in the same order, must meet the same answers and lead to
 * the same state, byte by byte. Other runs in between, and restores at any time, must leave no trace. What the host writes to its
 * parameter pages is the test's own, so one half of the cases has all of them kept; the other half looks at what Realms have.
 *
 *     RMMSIM_TEST_SEED=0x1234 tests/test_snapshot_random      one instance with that seed
 */
#include "chaos.h"
#include "everything.h"
#include "slowness.h"
#include "world.h"
#include <rmmsim/snapshot.h>
#include <string.h>

enum {
        NUM_CASES = 16,
        SNAPSHOTS = 6,
        RUNS = 5
};
#define FIRST_SEED UINT64_C(0x51a90000)

/* What the driver knows of the instance, and where its dice stand. What it remembers of a sampled call stays where it is. */
static void copy_driver(struct chaos *to, const struct chaos *from)
{
        struct snapshot *before = to->before;

        *to = *from;
        to->before = before;
}

static void back(struct chaos *chaos, const struct chaos *driver, const struct everything *everything, bool kept)
{
        const char *differs;

        CHAOS_CHECK(chaos, rmmsim_restore(chaos->sim) == 0, "no restore");
        copy_driver(chaos, driver);
        differs = kept ? everything_differs(everything, chaos->sim)
                       : everything_of_realms_differs(everything, chaos->sim);
        CHAOS_CHECK(chaos, differs == NULL, "after a restore: %s", differs);
        chaos_audit(chaos);
}

static void run(struct chaos *chaos, uint64_t num_commands)
{
        uint64_t end = chaos->num_commands + num_commands;

        while (chaos->num_commands < end) {
                chaos_step(chaos);
        }
}

/* The same run again meets the same answers. The histories hold the registers of the last events. */
static void compare_drivers(struct chaos *chaos, const struct chaos *first)
{
        CHAOS_CHECK(chaos, chaos->dice.state == first->dice.state, "the dice were rolled another number of times");
        CHAOS_CHECK(chaos, chaos->num_events == first->num_events, "another number of events");
        CHAOS_CHECK(chaos, memcmp(chaos->succeeded, first->succeeded, sizeof(first->succeeded)) == 0, "other commands");
        CHAOS_CHECK(chaos, memcmp(chaos->refused, first->refused, sizeof(first->refused)) == 0, "other refusals");
        for (unsigned i = 0; i < CHAOS_HISTORY; i++) {
                const struct chaos_event *one = &chaos->history[i];
                const struct chaos_event *other = &first->history[i];

                CHAOS_CHECK(chaos, memcmp(one->in, other->in, sizeof(one->in)) == 0, "other arguments");
                CHAOS_CHECK(chaos, memcmp(one->out, other->out, sizeof(one->out)) == 0, "other results");
        }
}

static void keep_all(const struct chaos *chaos)
{
        for (unsigned i = 0; i < CHAOS_REGIONS_MAX; i++) {
                const struct rmmsim_region *region = &chaos->regions[i];

                for (uint64_t offset = 0; offset < region->size; offset += PAGE) {
                        (void)rmmsim_snapshot_keep(chaos->sim, region->base + offset, PAGE);
                }
        }
}

/* A few runs of different lengths from one snapshot, the first of them repeated at the end. */
static void explore(struct chaos *chaos, bool keep, uint64_t length)
{
        struct chaos *driver = malloc(sizeof(*driver));
        struct chaos *first = malloc(sizeof(*first));
        struct everything *before;
        struct everything *after;
        const char *differs;
        uint64_t hash;

        CHAOS_CHECK(chaos, driver != NULL && first != NULL, "out of memory");
        copy_driver(driver, chaos);
        CHAOS_CHECK(chaos, rmmsim_snapshot(chaos->sim, NULL) == 0, "no snapshot");
        if (keep) {
                keep_all(chaos);
        }
        before = everything_take(chaos->sim);
        hash = rmmsim_state_hash(chaos->sim);
        run(chaos, length);
        copy_driver(first, chaos);
        after = everything_take(chaos->sim);
        for (unsigned i = 0; i < RUNS; i++) {
                back(chaos, driver, before, keep);
                CHAOS_CHECK(chaos, rmmsim_state_hash(chaos->sim) == hash, "another number");
                chaos->dice.state += i;
                run(chaos, roll_below(&chaos->dice, (unsigned)length));
        }
        back(chaos, driver, before, keep);
        if (keep) {
                run(chaos, length);
                compare_drivers(chaos, first);
                differs = everything_differs(after, chaos->sim);
                CHAOS_CHECK(chaos, differs == NULL, "the same run again: %s", differs);
        }
        everything_free(before);
        everything_free(after);
        free(driver);
        free(first);
}

static void instance(uint64_t seed)
{
        struct chaos *chaos = chaos_create(seed, 160);
        uint64_t length = rounds(3000);

        for (unsigned i = 0; i < SNAPSHOTS; i++) {
                /* Short ones too: what one command forgets must not be said by the next. */
                explore(chaos, seed % 2 == 0, i % 2 == 0 ? length : 1 + roll_below(&chaos->dice, 12));
                run(chaos, rounds(2000));
        }
        chaos_tear_down(chaos);
        CHAOS_CHECK(chaos, rmmsim_restore(chaos->sim) == 0, "no restore");
        CHAOS_CHECK(chaos, rmmsim_audit(chaos->sim, NULL) == 0, "an invariant does not hold");
        free(chaos->before);
        rmmsim_destroy(chaos->sim);
        free(chaos);
}

START_TEST(test_taken_back)
{
        const char *given = getenv("RMMSIM_TEST_SEED");

        instance(given != NULL ? strtoull(given, NULL, 0) : FIRST_SEED + (unsigned)_i);
}
END_TEST

/* One step at a time, each from the same snapshot. */
START_TEST(test_one_step_each)
{
        struct chaos *chaos = chaos_create(FIRST_SEED + 100 + (unsigned)_i, 160);
        struct chaos *driver = malloc(sizeof(*driver));
        struct everything *before;

        ck_assert_ptr_nonnull(driver);
        run(chaos, rounds(6000));
        copy_driver(driver, chaos);
        ck_assert_int_eq(rmmsim_snapshot(chaos->sim, NULL), 0);
        before = everything_take(chaos->sim);
        for (unsigned i = 0; i < rounds(600); i++) {
                chaos->dice.state += i;
                chaos_step(chaos);
                back(chaos, driver, before, false);
        }
        everything_free(before);
        free(driver);
        chaos_destroy(chaos);
}
END_TEST

/* Pages by callback outlive an instance: they begin as those of the library do. */
static void wipe_pages_of_the_test(const struct chaos *chaos)
{
        for (unsigned i = 0; i < chaos->num_granules; i++) {
                void *page = rmmsim_host_pointer(chaos->sim, chaos_pa(chaos, i), PAGE);

                if (page != NULL) {
                        memset(page, 0, PAGE);
                }
        }
}

/* Two instances that were told the same have the same number at any time, although nothing in them is at the same place. */
START_TEST(test_twins)
{
        enum {
                STOPS = 40
        };
        uint64_t hashes[STOPS];

        for (unsigned twin = 0; twin < 2; twin++) {
                struct chaos *chaos = chaos_create(FIRST_SEED + 200 + (unsigned)_i, 160);

                wipe_pages_of_the_test(chaos);
                for (unsigned i = 0; i < STOPS; i++) {
                        uint64_t hash;

                        run(chaos, rounds(400));
                        hash = rmmsim_state_hash(chaos->sim);
                        CHAOS_CHECK(chaos, twin == 0 || hash == hashes[i], "another number at stop %u", i);
                        hashes[i] = hash;
                }
                chaos_tear_down(chaos);
                chaos_destroy(chaos);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("snapshot_random");
        TCase *tcase = tcase_create("snapshot_random");
        bool one = getenv("RMMSIM_TEST_SEED") != NULL;

        tcase_add_loop_test(tcase, test_taken_back, 0, one ? 1 : NUM_CASES);
        tcase_add_loop_test(tcase, test_one_step_each, 0, one ? 0 : 4);
        tcase_add_loop_test(tcase, test_twins, 0, one ? 0 : 6);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
