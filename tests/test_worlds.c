/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_worlds.c - worlds ready made: they are what they say, can be had again and again, and come apart.
 */
#include "world.h"
#include <pthread.h>
#include <rmmsim/inspect.h>
#include <rmmsim/snapshot.h>
#include <rmmsim/world.h>
#include <stdlib.h>
#include <string.h>

static struct rmmsim_world make(const struct rmmsim_world_shape *shape)
{
        struct rmmsim_world world;
        struct rmmsim_error error;

        ck_assert_msg(rmmsim_world_create(&world, shape, &error) == 0, "%s", error.text);
        ck_assert_int_eq(rmmsim_audit(world.sim, &(struct rmmsim_report){ 0 }), 0);
        return world;
}

static uint64_t enter(struct rmmsim_world *world, unsigned rec)
{
        return rmmsim_call(world->sim, 0, rmi_rec_enter, .rec = world->recs[rec], .run_ptr = world->runs[rec]).x[0];
}

static const struct rmmsim_rec_exit *exit_of(struct rmmsim_world *world, unsigned rec)
{
        return &((const struct rmmsim_rec_run *)rmmsim_host_pointer(world->sim, world->runs[rec], PAGE))->exit;
}

/* Reads the last page of its memory, writes to the last shared page, and asks the host. */
static void greet(struct rmmsim_vcpu *vcpu, void *arg)
{
        const struct rmmsim_world_shape *shape = arg;
        static const uint8_t zeroes[PAGE];
        uint8_t page[PAGE];

        ck_assert_int_eq(rmmsim_guest_read(vcpu, (shape->num_pages - 1) * PAGE, page, PAGE), 0);
        ck_assert_int_eq(memcmp(page, zeroes, PAGE), 0);
        ck_assert_int_eq(rmmsim_guest_store(vcpu, (UINT64_C(1) << 39) + (shape->num_shared - 1) * PAGE, 8, 42), 0);
        (void)rmmsim_guest_call(vcpu, psci_cpu_suspend, .power_state = 0);
}

START_TEST(a_world_is_what_it_says)
{
        struct rmmsim_world_shape shape = { .num_recs = 18, .num_pages = 600, .num_shared = 3, .guest = greet };
        struct rmmsim_world world;
        struct rmmsim_granule granule;

        shape.arg = &shape;
        world = make(&shape);
        ck_assert_uint_eq(world.num_recs, 18);
        ck_assert_int_eq(rmmsim_granule(world.sim, &granule, world.rd), 0);
        ck_assert_int_eq(granule.state, RMMSIM_GRANULE_RD);
        ck_assert_int_eq(rmmsim_granule(world.sim, &granule, world.rtt_base), 0);
        ck_assert_int_eq(granule.state, RMMSIM_GRANULE_RTT);
        for (unsigned i = 0; i < 18; i++) {
                ck_assert_int_eq(rmmsim_granule(world.sim, &granule, world.recs[i]), 0);
                ck_assert_int_eq(granule.state, RMMSIM_GRANULE_REC);
        }
        ck_assert_uint_eq(enter(&world, 17), RMMSIM_RMI_ERROR_REC);
        ck_assert_uint_eq(enter(&world, 0), RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(exit_of(&world, 0)->exit_reason, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(*(uint64_t *)rmmsim_host_pointer(world.sim, world.shared + 2 * PAGE, 8), 42);
        ck_assert_uint_eq(rmmsim_world_tear_down(&world), 0);
        rmmsim_world_destroy(&world);
}
END_TEST

START_TEST(defaults_make_the_smallest)
{
        struct rmmsim_world world = make(&(struct rmmsim_world_shape){ 0 });
        struct rmmsim_granule granule;

        ck_assert_uint_eq(world.num_recs, 1);
        ck_assert_uint_eq(world.shared, 0);
        ck_assert_int_eq(rmmsim_granule(world.sim, &granule, rmmsim_world_delegated(&world)), 0);
        ck_assert_int_eq(granule.state, RMMSIM_GRANULE_DELEGATED);
        ck_assert_uint_eq(rmmsim_world_tear_down(&world), 0);
        rmmsim_world_destroy(&world);
}
END_TEST

/* Equal shapes make equal worlds, down to the measurement; another number of pages does not. */
START_TEST(equal_shapes_make_equal_worlds)
{
        struct rmmsim_world worlds[3];
        uint8_t rims[3][64];

        for (unsigned i = 0; i < 3; i++) {
                worlds[i] = make(&(struct rmmsim_world_shape){ .num_pages = i == 2 ? 5 : 4 });
                ck_assert_int_eq(rmmsim_measurement(worlds[i].sim, rims[i], worlds[i].rd, 0), 0);
        }
        ck_assert_int_eq(memcmp(rims[0], rims[1], 64), 0);
        ck_assert_int_ne(memcmp(rims[0], rims[2], 64), 0);
        ck_assert_uint_eq(rmmsim_state_hash(worlds[0].sim), rmmsim_state_hash(worlds[1].sim));
        for (unsigned i = 0; i < 3; i++) {
                rmmsim_world_destroy(&worlds[i]);
        }
}
END_TEST

/* ---- forks ------------------------------------------------------------------------------------------------------------------ */

static void count(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg, (void)result;
        rmmsim_guest_set_x(vcpu, 1, rmmsim_guest_x(vcpu, 1) + 1);
        rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_CPU_SUSPEND);
        next->kind = RMMSIM_TRAP_SMC;
}

static void *run_fork(void *arg)
{
        struct rmmsim_world *world = arg;
        uint64_t good = 0;

        for (unsigned i = 0; i < 200; i++) {
                good += enter(world, i % 4) == RMMSIM_RMI_SUCCESS;
        }
        return (void *)(uintptr_t)good;
}

/* One world, built once, on four threads. */
START_TEST(forks_run_on_threads_of_their_own)
{
        struct rmmsim_world world =
                make(&(struct rmmsim_world_shape){ .num_recs = 4, .all_runnable = true, .step = count });
        struct rmmsim_world forks[4];
        pthread_t threads[4];

        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(rmmsim_world_fork(&forks[i], &world, NULL), 0);
                ck_assert_int_eq(pthread_create(&threads[i], NULL, run_fork, &forks[i]), 0);
        }
        for (unsigned i = 0; i < 4; i++) {
                void *good;

                pthread_join(threads[i], &good);
                ck_assert_uint_eq((uintptr_t)good, 200);
                ck_assert_uint_eq(rmmsim_state_hash(forks[i].sim), rmmsim_state_hash(forks[0].sim));
                ck_assert_uint_ne(rmmsim_state_hash(forks[i].sim), rmmsim_state_hash(world.sim));
        }
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_uint_eq(rmmsim_world_tear_down(&forks[i]), 0);
                rmmsim_world_destroy(&forks[i]);
        }
        rmmsim_world_destroy(&world);
}
END_TEST

START_TEST(a_started_guest_is_not_forked)
{
        struct rmmsim_world_shape shape = { .num_pages = 1, .num_shared = 1, .guest = greet };
        struct rmmsim_world world;
        struct rmmsim_world copy;
        struct rmmsim_error error;

        shape.arg = &shape;
        world = make(&shape);
        ck_assert_uint_eq(enter(&world, 0), RMMSIM_RMI_SUCCESS);
        ck_assert_int_eq(rmmsim_world_fork(&copy, &world, &error), RMMSIM_ERROR_STATE);
        ck_assert_ptr_null(copy.sim);
        rmmsim_world_destroy(&world);
}
END_TEST

/* ---- taking down -------------------------------------------------------------------------------------------------------------- */

/* Delegated pages that a table can be folded over: 512 in a row, from a multiple of 2 MiB on. */
static uint64_t delegated_block(struct rmmsim_world *world)
{
        uint64_t base;

        do {
                base = rmmsim_world_page(world);
        } while (base % MIB2 != 0);
        ck_assert_uint_eq(rmmsim_call(world->sim, 0, rmi_granule_delegate, .addr = base).x[0], RMMSIM_RMI_SUCCESS);
        for (unsigned i = 1; i < 512; i++) {
                ck_assert_uint_eq(rmmsim_world_delegated(world), base + i * PAGE);
        }
        return base;
}

/* A block, a table that nothing hangs from, pages of both halves: all of it comes apart. */
START_TEST(whatever_there_is_comes_apart)
{
        struct rmmsim_world world =
                make(&(struct rmmsim_world_shape){ .num_pages = 3, .num_shared = 2, .num_recs = 2 });
        uint64_t table = rmmsim_world_delegated(&world);
        uint64_t unused = rmmsim_world_delegated(&world);
        uint64_t block = delegated_block(&world);
        struct rmmsim *sim = world.sim;

        ck_assert_uint_eq(
                rmmsim_call(sim, 0, rmi_rtt_create, .rd = world.rd, .rtt = table, .ipa = MIB2, .level = 3).x[0],
                RMMSIM_RMI_SUCCESS);
        for (unsigned i = 0; i < 512; i++) {
                ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_data_create_unknown, .rd = world.rd, .data = block + i * PAGE,
                                              .ipa = MIB2 + i * PAGE)
                                          .x[0],
                                  RMMSIM_RMI_SUCCESS);
        }
        ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_rtt_fold, .rd = world.rd, .ipa = MIB2, .level = 3).x[0],
                          RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(
                rmmsim_call(sim, 0, rmi_rtt_create, .rd = world.rd, .rtt = unused, .ipa = UINT64_C(3) << 30, .level = 2)
                        .x[0],
                RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(rmmsim_world_tear_down(&world), 0);
        ck_assert_uint_eq(rmmsim_world_tear_down(&world), 0);
        rmmsim_world_destroy(&world);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------------------------------------------- */

static void *nowhere(void *context, uint64_t pa)
{
        (void)context, (void)pa;
        return NULL;
}

START_TEST(what_makes_no_sense_is_refused)
{
        static const struct rmmsim_region tiny = { .base = 0, .size = 16 * PAGE };
        static const struct rmmsim_region elsewhere = { .base = 0, .size = 64 * PAGE, .phys_to_virt = nowhere };
        static const struct rmmsim_config tiny_config = { .regions = &tiny, .num_regions = 1 };
        static const struct rmmsim_config elsewhere_config = { .regions = &elsewhere, .num_regions = 1 };
        static const struct rmmsim_config narrow_config = { .features = { .s2sz = 36 } };
        static const struct rmmsim_config bad_config = { .num_pes = 5000 };
        static const struct {
                struct rmmsim_world_shape shape;
                int code;
                const char *words;
        } rows[] = {
                { { .num_recs = 65 }, RMMSIM_ERROR_CONFIG, "num_recs" },
                { { .num_pages = 65537 }, RMMSIM_ERROR_CONFIG, "num_pages" },
                { { .num_shared = 513 }, RMMSIM_ERROR_CONFIG, "num_shared" },
                { { .guest = greet, .step = count }, RMMSIM_ERROR_CONFIG, "not both" },
                { { .config = &tiny_config }, RMMSIM_ERROR_CONFIG, "too small" },
                { { .config = &elsewhere_config }, RMMSIM_ERROR_CONFIG, "phys_to_virt" },
                { { .config = &bad_config }, RMMSIM_ERROR_CONFIG, "num_pes" },
                { { .config = &narrow_config }, RMMSIM_ERROR_STATE, "RMI_REALM_CREATE" },
        };
        struct rmmsim_world world;
        struct rmmsim_error error;

        ck_assert_int_eq(rmmsim_world_create(&world, &rows[_i].shape, &error), rows[_i].code);
        ck_assert_int_eq(error.code, rows[_i].code);
        ck_assert_msg(strstr(error.text, rows[_i].words) != NULL, "%s", error.text);
        ck_assert_ptr_null(world.sim);
}
END_TEST

START_TEST(pages_come_to_an_end)
{
        struct rmmsim_world world = make(&(struct rmmsim_world_shape){ 0 });
        uint64_t last = 0;
        uint64_t pa;

        while ((pa = rmmsim_world_page(&world)) != 0) {
                ck_assert_uint_gt(pa, last);
                last = pa;
        }
        ck_assert_uint_eq(last, UINT64_C(0x80000000) + (UINT64_C(64) << 20) - PAGE);
        ck_assert_uint_eq(rmmsim_world_delegated(&world), 0);
        rmmsim_world_destroy(&world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("worlds");
        TCase *tcase = tcase_create("worlds");

        tcase_add_test(tcase, a_world_is_what_it_says);
        tcase_add_test(tcase, defaults_make_the_smallest);
        tcase_add_test(tcase, equal_shapes_make_equal_worlds);
        tcase_add_test(tcase, forks_run_on_threads_of_their_own);
        tcase_add_test(tcase, a_started_guest_is_not_forked);
        tcase_add_test(tcase, whatever_there_is_comes_apart);
        tcase_add_loop_test(tcase, what_makes_no_sense_is_refused, 0, 8);
        tcase_add_test(tcase, pages_come_to_an_end);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
