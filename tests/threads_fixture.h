/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * threads_fixture.h - several host threads, each with a PE of its own, at work on one instance.
 *
 * Threads do not assert: what goes wrong is written down in the worker, and the main thread asserts when all are done.
 * RECs have two auxiliary Granules here, so that more of them fit.
 */
#ifndef THREADS_FIXTURE_H
#define THREADS_FIXTURE_H

#include "dice.h"
#include "slowness.h"
#include "world.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

enum {
        NUM_WORKERS = WORLD_PES,
        NUM_AUX = 2
};

struct worker {
        struct world *world;
        struct rmmsim *sim;
        unsigned pe;
        struct dice dice;
        void *shared;       /* the test's                                      */
        uint64_t params_pa; /* a page of the host for this worker's parameters */
        void *params;
        unsigned long count; /* how often to do it                              */
        int wrong_line;      /* 0: all is well                                  */
        uint64_t wrong_value;
        char wrong_why[256];
        pthread_t thread;
};

/* Remember the first thing that went wrong. */
static inline void worker_check(struct worker *worker, bool condition, int line, uint64_t value)
{
        const struct rmmsim_refusal *why;

        if (condition || worker->wrong_line != 0) {
                return;
        }
        why = rmmsim_why(worker->sim, worker->pe);
        worker->wrong_line = line;
        worker->wrong_value = value;
        snprintf(worker->wrong_why, sizeof(worker->wrong_why), "%s", why == NULL ? "not refused" : why->sentence);
}

#define CHECK(worker, condition, value) worker_check(worker, condition, __LINE__, value)
/* A call on the worker's PE: x0, or success expected. */
#define CALL(worker, name, ...) (rmmsim_call((worker)->sim, (worker)->pe, name, __VA_ARGS__).x[0])
#define SUCCEEDS(worker, name, ...)                                                                                    \
        do {                                                                                                           \
                uint64_t call_x0 = CALL(worker, name, __VA_ARGS__);                                                    \
                CHECK(worker, call_x0 == RMMSIM_RMI_SUCCESS, call_x0);                                                 \
        } while (0)

static inline struct world *threads_world(void)
{
        return world_create_with(
                &(struct rmmsim_config){ .num_pes = NUM_WORKERS, .features = { .rec_aux_count = NUM_AUX } });
}

static inline void workers_start(struct worker *workers, struct world *world, void *(*fn)(void *), void *shared,
                                 unsigned long count)
{
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                workers[i] = (struct worker){ .world = world,
                                              .sim = world->sim,
                                              .pe = i,
                                              .dice = { i + 1 },
                                              .shared = shared,
                                              .count = count,
                                              .params_pa = world_page(world) };
                workers[i].params = world_at(world, workers[i].params_pa);
        }
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, fn, &workers[i]), 0);
        }
}

static inline void workers_join(struct worker *workers)
{
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        }
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                ck_assert_msg(workers[i].wrong_line == 0, "PE %u, line %d: 0x%llx; %s", i, workers[i].wrong_line,
                              (unsigned long long)workers[i].wrong_value, workers[i].wrong_why);
        }
}

static inline void workers_run(struct world *world, void *(*fn)(void *), void *shared, unsigned long count)
{
        struct worker workers[NUM_WORKERS];

        workers_start(workers, world, fn, shared, count);
        workers_join(workers);
}

/* Nothing is left with the RMM, and everything is sound. */
static inline void expect_all_returned(struct world *world)
{
        uint64_t pa;

        ck_assert_msg(!rmmsim_next_delegated(world->sim, &pa, 0), "0x%llx did not come back", (unsigned long long)pa);
        world_destroy(world);
}

/* A Realm of 40 bits with one root at level 1 needs two tables below for a page. */
static inline uint64_t worker_realm_create(struct worker *worker, uint64_t rd, uint64_t root, uint16_t vmid)
{
        realm_params_fill(worker->params, &(struct realm_shape){ .s2sz = 39, .level_start = 1, .vmid = vmid }, root);
        return CALL(worker, rmi_realm_create, .rd = rd, .params_ptr = worker->params_pa);
}

static inline uint64_t worker_rec_create(struct worker *worker, uint64_t rd, uint64_t rec, uint64_t aux, uint64_t index,
                                         bool runnable)
{
        struct rmmsim_rec_params *params = worker->params;

        *params = (struct rmmsim_rec_params){ .flags = runnable,
                                              .mpidr = (index & 0xf) | (index >> 4 & 0xff) << 8 | (index >> 12) << 16,
                                              .pc = REALM_PC,
                                              .num_aux = NUM_AUX,
                                              .aux = { aux, aux + PAGE } };
        return CALL(worker, rmi_rec_create, .rd = rd, .rec = rec, .params_ptr = worker->params_pa);
}

#endif
