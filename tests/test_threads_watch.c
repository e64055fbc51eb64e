/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_threads_watch.c - watchers on three PEs see a Realm or a REC come into being, and go, all of it at once.
 *
 * One PE creates a Realm a round, or a REC, on Granules that no other round uses, and destroys it. Each of the two is a phase,
 * and phases are numbered: in an even one Granules only come into being, in an odd one they only go. So who has seen one of
 * them changed finds the others changed, as long as the phase is still the same.
 */
#include "threads_fixture.h"
#include <stdatomic.h>

enum {
        NUM_ROUNDS = 3000,
        STRIDE = 8,
        NUM_ROOTS = 4,
        NUM_PARTS = 5
};

struct watched {
        uint64_t base;
        uint64_t rd; /* of the RECs; 0: Realms are watched */
        unsigned count;
        _Atomic unsigned phase;
};

static unsigned state_of(struct worker *worker, uint64_t pa)
{
        struct rmmsim_granule granule;

        (void)rmmsim_granule(worker->sim, &granule, pa);
        return granule.state;
}

/* The last part of a Realm is its RD, the first of a REC the REC. */
static unsigned state_of_part(const struct watched *watched, unsigned part)
{
        if (watched->rd != 0) {
                return part == 0 ? RMMSIM_GRANULE_REC : RMMSIM_GRANULE_REC_AUX;
        }
        return part == NUM_ROOTS ? RMMSIM_GRANULE_RD : RMMSIM_GRANULE_RTT;
}

static unsigned num_parts(const struct watched *watched)
{
        return watched->rd != 0 ? 1 + NUM_AUX : NUM_PARTS;
}

static void create(struct worker *worker, const struct watched *watched, unsigned round)
{
        const struct realm_shape shape = { .s2sz = 32, .level_start = 2, .num_start = NUM_ROOTS, .vmid = 7 };
        uint64_t base = watched->base + round * STRIDE * PAGE;

        if (watched->rd != 0) {
                CHECK(worker, worker_rec_create(worker, watched->rd, base, base + PAGE, round, false) == 0, round);
        } else {
                realm_params_fill(worker->params, &shape, base);
                SUCCEEDS(worker, rmi_realm_create, .rd = base + NUM_ROOTS * PAGE, .params_ptr = worker->params_pa);
        }
}

static void destroy(struct worker *worker, const struct watched *watched, unsigned round)
{
        uint64_t base = watched->base + round * STRIDE * PAGE;

        if (watched->rd != 0) {
                SUCCEEDS(worker, rmi_rec_destroy, .rec = base);
        } else {
                SUCCEEDS(worker, rmi_realm_destroy, .rd = base + NUM_ROOTS * PAGE);
        }
}

static void build(struct worker *worker, struct watched *watched)
{
        for (unsigned i = 0; i < watched->count; i++) {
                atomic_store(&watched->phase, 2 * i);
                create(worker, watched, i);
                atomic_store(&watched->phase, 2 * i + 1);
                destroy(worker, watched, i);
        }
        atomic_store(&watched->phase, 2 * watched->count);
}

static void watch(struct worker *worker, struct watched *watched)
{
        unsigned phase;

        while ((phase = atomic_load(&watched->phase)) < 2 * watched->count) {
                uint64_t base = watched->base + phase / 2 * STRIDE * PAGE;
                unsigned one = roll_below(&worker->dice, num_parts(watched));
                unsigned other = roll_below(&worker->dice, num_parts(watched));
                unsigned first = state_of(worker, base + one * PAGE);
                unsigned second = state_of(worker, base + other * PAGE);
                bool going = phase % 2 != 0;
                bool changed = first == (going ? (unsigned)RMMSIM_GRANULE_DELEGATED : state_of_part(watched, one));
                bool whole = second == (going ? (unsigned)RMMSIM_GRANULE_DELEGATED : state_of_part(watched, other));

                CHECK(worker, !changed || whole || atomic_load(&watched->phase) != phase, first << 8 | second);
        }
}

static void *build_or_watch(void *arg)
{
        struct worker *worker = arg;

        if (worker->pe == 0) {
                build(worker, worker->shared);
        } else {
                watch(worker, worker->shared);
        }
        return NULL;
}

static struct world *big_world(void)
{
        const struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = UINT64_C(256) << 20 };

        return world_create_with(&(struct rmmsim_config){ .num_pes = NUM_WORKERS,
                                                          .regions = &region,
                                                          .num_regions = 1,
                                                          .features = { .rec_aux_count = NUM_AUX } });
}

START_TEST(test_seen_at_once)
{
        struct world *world = big_world();
        struct watched watched = { .count = (unsigned)rounds(NUM_ROUNDS) };
        struct realm_world realm;
        uint64_t pa;

        watched.base = world_delegated_pages(world, watched.count * STRIDE, STRIDE * PAGE);
        if (_i == 1) {
                realm_new(&realm, world, NULL);
                watched.rd = realm.rd;
        }
        workers_run(world, build_or_watch, &watched, 0);
        if (_i == 1) {
                expect_success(world, rmi_realm_destroy, .rd = realm.rd);
        }
        for (pa = 0; rmmsim_next_delegated(world->sim, &pa, pa); pa += PAGE) {
                expect_success(world, rmi_granule_undelegate, .addr = pa);
        }
        expect_all_returned(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("threads that watch");
        TCase *tcase = tcase_create("watch");

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, test_seen_at_once, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
