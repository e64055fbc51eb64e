/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inject.c - injected trouble that a host meets: statuses and pages, at every trigger.
 */
#include "reached.h"
#include "world.h"
#include <pthread.h>
#include <rmmsim/inject.h>
#include <rmmsim/snapshot.h>
#include <stdlib.h>
#include <string.h>

static struct rmmsim_error error;

static int inject(struct world *world, const struct rmmsim_fault *fault)
{
        int id = rmmsim_inject(world->sim, fault, &error);

        ck_assert_msg(id > 0, "%s", error.text);
        return id;
}

static struct rmmsim_fault_count count_of(struct world *world, int id)
{
        struct rmmsim_fault_count count;

        ck_assert_int_eq(rmmsim_inject_count(world->sim, &count, id, &error), 0);
        return count;
}

static void expect_count(struct world *world, int id, uint64_t seen, uint64_t hits)
{
        struct rmmsim_fault_count count = count_of(world, id);

        ck_assert_uint_eq(count.seen, seen);
        ck_assert_uint_eq(count.hits, hits);
}

/* ---- statuses ------------------------------------------------------------------------------------------------------------ */

START_TEST(a_status_takes_the_place_of_a_command)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS,
                                      .fid = RMMSIM_RMI_GRANULE_DELEGATE,
                                      .x0 = RMMSIM_RMI_ERROR_REC };
        uint64_t page = world_page(world);
        int id = inject(world, &fault);
        const struct rmmsim_refusal *why;
        uint64_t hash = world_hash(world);
        struct rmmsim_regs regs;

        regs = call_regs(world, rmi_version, .req = 0x10000);
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_SUCCESS);
        regs = (struct rmmsim_regs){ .x = { RMMSIM_RMI_GRANULE_DELEGATE, page, 2, 3, 4, 5, 6 } };
        regs.x[17] = 17;
        ck_assert_int_eq(rmmsim_smc(world->sim, 0, &regs), 0);
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_ERROR_REC);
        for (unsigned i = 1; i < 17; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
        ck_assert_uint_eq(regs.x[17], 17);
        ck_assert_msg(world_hash(world) == hash, "a command that was not carried out changed something");
        why = rmmsim_why(world->sim, 0);
        ck_assert_ptr_nonnull(why);
        ck_assert_uint_eq(why->fault, (unsigned)id);
        ck_assert_int_eq(why->id, RMMSIM_CONDITION_INJECTED);
        ck_assert_str_eq(why->condition, "injected");
        ck_assert_str_eq(why->command, "RMI_GRANULE_DELEGATE");
        ck_assert_uint_eq(why->x0, RMMSIM_RMI_ERROR_REC);
        ck_assert_str_eq(why->sentence,
                         "RMI_GRANULE_DELEGATE was answered ERROR_REC by fault 1 of rmmsim_inject(), and "
                         "not carried out");
        expect_count(world, id, 1, 1);
        expect_success(world, rmi_granule_delegate, .addr = page);
        ck_assert_ptr_null(rmmsim_why(world->sim, 0));
        expect_count(world, id, 2, 1);
        world_destroy(world);
}
END_TEST

/* A call that would have failed anyway fails as injected: the count is that of the calls. */
START_TEST(a_status_takes_the_place_of_another)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .nth = 2, .x0 = RMMSIM_RMI_ERROR_REALM };
        int id = inject(world, &fault);

        expect_x0(world, RMMSIM_RMI_ERROR_INPUT, call(world, rmi_granule_delegate, .addr = 1));
        ck_assert_uint_eq(rmmsim_why(world->sim, 0)->fault, 0);
        expect_x0(world, RMMSIM_RMI_ERROR_REALM, call(world, rmi_granule_delegate, .addr = 1));
        ck_assert_uint_eq(rmmsim_why(world->sim, 0)->fault, (unsigned)id);
        expect_x0(world, RMMSIM_RMI_ERROR_INPUT, call(world, rmi_granule_delegate, .addr = 1));
        world_destroy(world);
}
END_TEST

/* Outputs of a failed command: where the walk ended, if it came so far; and the level there as the index, on request. */
START_TEST(outputs_are_those_of_a_failure)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS,
                                      .fid = RMMSIM_RMI_DATA_DESTROY,
                                      .every = 1,
                                      .x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, 1) };
        struct realm_world realm;
        struct rmmsim_regs regs;
        int id;

        realm_new(&realm, world, NULL);
        realm_ram(&realm, 0, MIB2);
        realm_data_unknown(&realm, 5 * PAGE);
        id = inject(world, &fault);
        regs = call_regs(world, rmi_data_destroy, .rd = realm.rd, .ipa = 5 * PAGE);
        ck_assert_uint_eq(regs.x[0], 0x104);
        ck_assert_uint_eq(regs.x[1], 0);
        ck_assert_uint_eq(regs.x[2], 5 * PAGE);
        /* From an address that is not live `top` leads to the next that is. */
        regs = call_regs(world, rmi_data_destroy, .rd = realm.rd, .ipa = 2 * PAGE);
        ck_assert_uint_eq(regs.x[2], 5 * PAGE);
        /* Refused before it walked: there is no `top` to report. */
        regs = call_regs(world, rmi_data_destroy, .rd = realm.rd + 1, .ipa = 5 * PAGE);
        ck_assert_uint_eq(regs.x[0], 0x104);
        ck_assert_uint_eq(regs.x[2], 0);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, id, NULL), 0);
        fault.index_of_walk = true;
        inject(world, &fault);
        regs = call_regs(world, rmi_data_destroy, .rd = realm.rd, .ipa = 5 * PAGE);
        ck_assert_uint_eq(regs.x[0], 0x304);
        regs = call_regs(world, rmi_data_destroy, .rd = realm.rd, .ipa = UINT64_C(1) << 30);
        ck_assert_uint_eq(regs.x[0], 0x104);
        ck_assert_uint_gt(regs.x[2], UINT64_C(1) << 30);
        fault.fid = 0;
        fault.x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, 2);
        inject(world, &fault);
        regs = call_regs(world, rmi_rtt_fold, .rd = realm.rd + 1, .ipa = 5 * PAGE, .level = 3);
        ck_assert_uint_eq(regs.x[0], 0x204);
        regs = call_regs(world, rmi_features, .index = 0);
        ck_assert_uint_eq(regs.x[0], 0x204);
        ck_assert_int_eq(rmmsim_inject_clear(world->sim, NULL), 0);
        /* Another status has no `top`, and RMI_VERSION always has its revisions. */
        fault = (struct rmmsim_fault){ .kind = RMMSIM_FAULT_STATUS, .every = 1, .x0 = RMMSIM_RMI_ERROR_INPUT };
        inject(world, &fault);
        regs = call_regs(world, rmi_data_destroy, .rd = realm.rd, .ipa = 5 * PAGE);
        ck_assert_uint_eq(regs.x[2], 0);
        regs = call_regs(world, rmi_version, .req = 0x10000);
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_ERROR_INPUT);
        ck_assert_uint_eq(regs.x[1], 0x10000);
        ck_assert_int_eq(rmmsim_inject_clear(world->sim, NULL), 0);
        expect_success(world, rmi_data_destroy, .rd = realm.rd, .ipa = 5 * PAGE);
        world_destroy(world);
}
END_TEST

/* ---- triggers ------------------------------------------------------------------------------------------------------------- */

/* Which of the next `count` calls on a PE are hit, as bits. */
static uint64_t hits_of(struct world *world, unsigned pe, unsigned count)
{
        uint64_t hits = 0;

        for (unsigned i = 0; i < count; i++) {
                uint64_t x0 = rmmsim_call(world->sim, pe, rmi_features, .index = 0).x[0];

                hits |= (uint64_t)(x0 != RMMSIM_RMI_SUCCESS) << i;
        }
        return hits;
}

static const struct {
        struct rmmsim_fault fault;
        uint64_t hits; /* of 12 calls */
} triggers[] = {
        { { .nth = 0 }, 0x001 },
        { { .nth = 1 }, 0x001 },
        { { .nth = 12 }, 0x800 },
        { { .nth = 13 }, 0 },
        { { .every = 1 }, 0xfff },
        { { .every = 5 }, 0x210 },
        { { .nth = 2, .every = 4 }, 0x222 },
        { { .nth = 5, .every = 2 }, 0x550 },
        { { .every = 2, .hits_max = 3 }, 0x02a },
        { { .chance = 1000000 }, 0xfff },
        { { .chance = 1000000, .hits_max = 2 }, 0x003 },
};

START_TEST(a_trigger_selects_by_number)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = triggers[_i].fault;
        int id;

        fault.kind = RMMSIM_FAULT_STATUS;
        fault.fid = RMMSIM_RMI_FEATURES;
        fault.x0 = RMMSIM_RMI_ERROR_INPUT;
        id = inject(world, &fault);
        ck_assert_uint_eq(hits_of(world, _i % WORLD_PES, 12), triggers[_i].hits);
        expect_count(world, id, 12, (uint64_t)__builtin_popcountll(triggers[_i].hits));
        world_destroy(world);
}
END_TEST

START_TEST(a_chance_is_a_function_of_its_seed)
{
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = RMMSIM_RMI_ERROR_INPUT, .chance = 250000 };
        uint64_t hits[3];
        unsigned sum = 0;

        for (unsigned i = 0; i < 3; i++) {
                struct world *world = world_create();

                fault.seed = 7 + i / 2;
                inject(world, &fault);
                hits[i] = hits_of(world, 0, 64);
                for (unsigned j = 0; i == 0 && j < 200; j++) {
                        sum += (unsigned)__builtin_popcountll(hits_of(world, 0, 50));
                }
                world_destroy(world);
        }
        ck_assert_uint_eq(hits[0], hits[1]);
        ck_assert_uint_ne(hits[0], hits[2]);
        /* 10,000 draws: 2500 are expected, with a standard deviation of 43. */
        ck_assert_uint_gt(sum, 2500 - 5 * 43);
        ck_assert_uint_lt(sum, 2500 + 5 * 43);
}
END_TEST

START_TEST(a_fault_of_one_pe_leaves_the_others_alone)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = {
                .kind = RMMSIM_FAULT_STATUS, .x0 = RMMSIM_RMI_ERROR_INPUT, .one_pe = true, .pe = 2, .nth = 2
        };
        int id = inject(world, &fault);

        ck_assert_uint_eq(hits_of(world, 0, 3) | hits_of(world, 1, 3) | hits_of(world, 3, 3), 0);
        ck_assert_uint_eq(hits_of(world, 2, 3), 2);
        expect_count(world, id, 3, 1);
        world_destroy(world);
}
END_TEST

/* All count; the first acts. Each has its id, and removing one leaves the others as they are. */
START_TEST(several_faults_at_once)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = RMMSIM_RMI_ERROR_INPUT, .every = 2 };
        int first = inject(world, &fault);
        int second;
        int third;

        fault.x0 = RMMSIM_RMI_ERROR_REC;
        fault.every = 3;
        second = inject(world, &fault);
        fault.x0 = RMMSIM_RMI_ERROR_REALM;
        fault.every = 5;
        third = inject(world, &fault);
        ck_assert(first != second && second != third && first != third);
        for (unsigned i = 1; i <= 30; i++) {
                uint64_t x0 = call(world, rmi_features, .index = 0);

                ck_assert_uint_eq(x0, i % 2 == 0   ? RMMSIM_RMI_ERROR_INPUT
                                      : i % 3 == 0 ? RMMSIM_RMI_ERROR_REC
                                      : i % 5 == 0 ? RMMSIM_RMI_ERROR_REALM
                                                   : RMMSIM_RMI_SUCCESS);
        }
        expect_count(world, first, 30, 15);
        expect_count(world, second, 30, 5);
        expect_count(world, third, 30, 2);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, first, &error), 0);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, first, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_uint_eq(hits_of(world, 0, 6), 1 << 2 | 1 << 4 | 1 << 5);
        expect_count(world, second, 36, 7);
        expect_count(world, third, 36, 3);
        ck_assert_int_eq(rmmsim_inject_clear(world->sim, &error), 0);
        ck_assert_uint_eq(hits_of(world, 0, 60), 0);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, third, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_int_gt(inject(world, &fault), third);
        world_destroy(world);
}
END_TEST

enum {
        THREAD_CALLS = 5000
};

static struct world *shared;

static void *call_often(void *arg)
{
        unsigned pe = (unsigned)(uintptr_t)arg;
        uint64_t failed = 0;

        for (unsigned i = 0; i < THREAD_CALLS; i++) {
                failed += rmmsim_call(shared->sim, pe, rmi_features, .index = 0).x[0] != RMMSIM_RMI_SUCCESS;
        }
        return (void *)(uintptr_t)failed;
}

/* Whose turn it is, is not known; how many hits there are is. A fault of one PE is as exact as ever. */
START_TEST(pes_count_together)
{
        struct rmmsim_fault all = { .kind = RMMSIM_FAULT_STATUS, .x0 = RMMSIM_RMI_ERROR_INPUT, .every = 7 };
        struct rmmsim_fault one = { .kind = RMMSIM_FAULT_STATUS, .x0 = 3, .every = 10, .one_pe = true, .pe = 1 };
        pthread_t threads[WORLD_PES];
        uint64_t failed = 0;
        int ids[2];

        shared = world_create();
        ids[0] = inject(shared, &all);
        ids[1] = inject(shared, &one);
        for (uintptr_t pe = 0; pe < WORLD_PES; pe++) {
                ck_assert_int_eq(pthread_create(&threads[pe], NULL, call_often, (void *)pe), 0);
        }
        for (unsigned pe = 0; pe < WORLD_PES; pe++) {
                void *result;

                ck_assert_int_eq(pthread_join(threads[pe], &result), 0);
                failed += (uintptr_t)result;
        }
        expect_count(shared, ids[0], WORLD_PES * THREAD_CALLS, WORLD_PES * THREAD_CALLS / 7);
        ck_assert_uint_eq(count_of(shared, ids[1]).seen, THREAD_CALLS);
        ck_assert_uint_eq(failed, count_of(shared, ids[0]).hits + count_of(shared, ids[1]).hits);
        world_destroy(shared);
}
END_TEST

/* ---- pages ---------------------------------------------------------------------------------------------------------------- */

START_TEST(parameters_that_cannot_be_read)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_PAGE_READ };
        uint64_t rd = world_delegated(world);
        uint64_t rtt = world_delegated(world);
        struct realm_world realm;
        uint64_t source = world_page(world);
        uint64_t data = world_delegated(world);
        int id = inject(world, &fault);

        realm_params_fill(world->params, NULL, rtt);
        expect_failure(world, ERROR_INPUT, 0, "params_pas", rmi_realm_create, .rd = rd, .params_ptr = world->params_pa);
        ck_assert_uint_eq(rmmsim_why(world->sim, 0)->fault, (unsigned)id);
        ck_assert_str_eq(
                rmmsim_why(world->sim, 0)->sentence,
                "RMI_REALM_CREATE refused with ERROR_INPUT by params_pas: params_ptr (x2 = 0x80000000) must be "
                "a page that the RMM can read through the Non-secure PAS, found UNDELEGATED, GPT_ROOT: fault "
                "1 of rmmsim_inject() has taken the page away");
        realm_new(&realm, world, NULL);
        realm_ram(&realm, 0, MIB2);
        expect_count(world, id, 2, 1);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, id, NULL), 0);
        fault.fid = RMMSIM_RMI_DATA_CREATE;
        id = inject(world, &fault);
        expect_failure(world, ERROR_INPUT, 0, "src_pas", rmi_data_create, .rd = realm.rd, .data = data, .ipa = 0,
                       .src = source);
        ck_assert_uint_eq(rmmsim_why(world->sim, 0)->fault, (unsigned)id);
        expect_success(world, rmi_data_create, .rd = realm.rd, .data = data, .ipa = 0, .src = source);
        /* Nothing is left of it: what fails by itself names no fault. */
        expect_failure(world, ERROR_INPUT, 0, "src_pas", rmi_data_create, .rd = realm.rd, .data = data, .ipa = 0,
                       .src = data);
        ck_assert_uint_eq(rmmsim_why(world->sim, 0)->fault, 0);
        world_destroy(world);
}
END_TEST

START_TEST(rec_parameters_that_cannot_be_read)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_PAGE_READ, .fid = RMMSIM_RMI_REC_CREATE };
        struct rmmsim_rec_params *params = (void *)world->params;
        struct realm_world realm;
        uint64_t rec;

        realm_new(&realm, world, NULL);
        realm_rec(&realm, true, REALM_PC);
        params->mpidr = 1;
        for (uint64_t i = 0; i < params->num_aux; i++) {
                params->aux[i] = world_delegated(world);
        }
        rec = world_delegated(world);
        inject(world, &fault);
        expect_failure(world, ERROR_INPUT, 0, "params_pas", rmi_rec_create, .rd = realm.rd, .rec = rec,
                       .params_ptr = world->params_pa);
        expect_success(world, rmi_rec_create, .rd = realm.rd, .rec = rec, .params_ptr = world->params_pa);
        world_destroy(world);
}
END_TEST

/* ---- snapshots ------------------------------------------------------------------------------------------------------------ */

START_TEST(counters_go_back_with_a_snapshot)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = RMMSIM_RMI_ERROR_INPUT, .nth = 5 };
        int before = inject(world, &fault);
        struct rmmsim_fault_count count;
        struct rmmsim *other;
        int after;

        ck_assert_uint_eq(hits_of(world, 0, 3), 0);
        ck_assert_int_eq(rmmsim_snapshot(world->sim, &error), 0);
        fault.nth = 3;
        after = inject(world, &fault);
        for (unsigned i = 1; i <= 4; i++) {
                ck_assert_uint_eq(hits_of(world, 0, 4), 1 << 1 | 1 << 2);
                expect_count(world, before, 7, 1);
                expect_count(world, after, 4, 1);
                ck_assert_uint_eq(count_of(world, after).total, i);
                ck_assert_int_eq(rmmsim_restore(world->sim), 0);
                expect_count(world, before, 3, 0);
                expect_count(world, after, 0, 0);
        }
        other = rmmsim_fork(world->sim, &error);
        ck_assert_ptr_nonnull(other);
        for (unsigned i = 0; i < 6; i++) {
                ck_assert_uint_eq(rmmsim_call(other, 0, rmi_features, .index = 0).x[0], RMMSIM_RMI_SUCCESS);
        }
        ck_assert_int_eq(rmmsim_inject_count(other, &count, after, &error), RMMSIM_ERROR_CONFIG);
        rmmsim_destroy(other);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, before, NULL), 0);
        ck_assert_int_eq(rmmsim_restore(world->sim), 0);
        ck_assert_uint_eq(hits_of(world, 0, 8), 1 << 2);
        world_destroy(world);
}
END_TEST

/* ---- the trace ------------------------------------------------------------------------------------------------------------ */

static struct {
        unsigned count;
        char lines[4][200];
} trace;

static void listen(void *context, const struct rmmsim_event *event)
{
        (void)context;
        reached_mark(NULL, event);
        if (event->kind == RMMSIM_EVENT_FAULT || event->kind == RMMSIM_EVENT_COMMAND) {
                ck_assert_uint_lt(trace.count, 4);
                rmmsim_event_format(event, trace.lines[trace.count++], 200);
        }
}

START_TEST(a_fault_is_an_event)
{
        static const struct rmmsim_region region = { .base = 0x80000000, .size = 0x100000 };
        struct rmmsim_config config = { .regions = &region, .num_regions = 1, .trace = listen };
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS,
                                      .x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, 0xff) };
        struct rmmsim *sim = rmmsim_create(&config, &error);

        memset(&trace, 0, sizeof(trace));
        ck_assert_int_gt(rmmsim_inject(sim, &fault, &error), 0);
        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = 0x80000000);
        ck_assert_int_eq(rmmsim_inject_clear(sim, &error), 0);
        fault = (struct rmmsim_fault){ .kind = RMMSIM_FAULT_PAGE_READ };
        ck_assert_int_gt(rmmsim_inject(sim, &fault, &error), 0);
        (void)rmmsim_call(sim, 0, rmi_realm_create, .rd = 0x80000000, .params_ptr = 0x80001000);
        ck_assert_uint_eq(trace.count, 4);
        ck_assert_str_eq(trace.lines[0], "pe0 fault 1 STATUS in RMI_GRANULE_DELEGATE x0=0xff04");
        ck_assert_str_eq(trace.lines[1], "pe0 RMI_GRANULE_DELEGATE addr=0x80000000 -> ERROR_RTT(-1) (injected)");
        ck_assert_str_eq(trace.lines[2], "pe0 fault 2 PAGE_READ in RMI_REALM_CREATE page=0x80001000");
        ck_assert_str_eq(trace.lines[3],
                         "pe0 RMI_REALM_CREATE rd=0x80000000 params_ptr=0x80001000 -> ERROR_INPUT (params_pas)");
        ck_assert_str_eq(rmmsim_condition_name(RMMSIM_CONDITION_INJECTED), "injected");
        ck_assert_str_eq(rmmsim_fault_name(RMMSIM_FAULT_BUSY), "BUSY");
        ck_assert_str_eq(rmmsim_fault_name(RMMSIM_NUM_FAULT_KINDS), "?");
        rmmsim_destroy(sim);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("inject");
        TCase *tcase = tcase_create("inject");

        tcase_add_test(tcase, a_status_takes_the_place_of_a_command);
        tcase_add_test(tcase, a_status_takes_the_place_of_another);
        tcase_add_test(tcase, outputs_are_those_of_a_failure);
        tcase_add_loop_test(tcase, a_trigger_selects_by_number, 0, (int)(sizeof(triggers) / sizeof(triggers[0])));
        tcase_add_test(tcase, a_chance_is_a_function_of_its_seed);
        tcase_add_test(tcase, a_fault_of_one_pe_leaves_the_others_alone);
        tcase_add_test(tcase, several_faults_at_once);
        tcase_add_test(tcase, pes_count_together);
        tcase_add_test(tcase, parameters_that_cannot_be_read);
        tcase_add_test(tcase, rec_parameters_that_cannot_be_read);
        tcase_add_test(tcase, counters_go_back_with_a_snapshot);
        tcase_add_test(tcase, a_fault_is_an_event);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
