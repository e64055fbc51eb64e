/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_snapshot.c - taking snapshots and going back: what is refused, what comes back, what it costs, and whose the host's pages are.
 */
#include "everything.h"
#include "sim.h"
#include "slowness.h"
#include "world.h"
#include <rmmsim/guest.h>
#include <rmmsim/inspect.h>
#include <rmmsim/snapshot.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

static const struct rmmsim_region small_region = { .base = WORLD_DRAM_BASE, .size = MIB2 };

static struct world *small_world(void)
{
        return world_create_with(
                &(struct rmmsim_config){ .regions = &small_region, .num_regions = 1, .guard = RMMSIM_GUARD_NONE });
}

static void take(struct world *world)
{
        struct rmmsim_error error;

        ck_assert_msg(rmmsim_snapshot(world->sim, &error) == 0, "%s", error.text);
}

static void restore(struct world *world)
{
        ck_assert_int_eq(rmmsim_restore(world->sim), 0);
        ck_assert_int_eq(rmmsim_audit(world->sim, NULL), 0);
}

static bool is_filled(const uint8_t *page, uint8_t byte)
{
        return page[0] == byte && memcmp(page, page + 1, PAGE - 1) == 0;
}

static const struct journal *journal_of(const struct world *world)
{
        return world->sim->rmm.memory.journal;
}

/* ---- without a snapshot --------------------------------------------------------------------------------------------------- */

START_TEST(test_there_is_none)
{
        struct world *world = small_world();

        ck_assert_int_eq(rmmsim_restore(world->sim), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, world->params_pa, PAGE), RMMSIM_ERROR_STATE);
        ck_assert_ptr_null(journal_of(world));
        world_destroy(world);
}
END_TEST

/* ---- one after the other ------------------------------------------------------------------------------------------------- */

/* A later snapshot takes the place of an earlier one, also for pages that the earlier one had copied. */
START_TEST(test_the_last_one_counts)
{
        struct world *world = small_world();
        uint64_t first = world_page(world);
        uint64_t second = world_page(world);
        uint8_t *page = world_at(world, second);
        struct everything *everything;

        memset(page, 1, PAGE);
        expect_success(world, rmi_granule_delegate, .addr = second);
        take(world);
        expect_success(world, rmi_granule_undelegate, .addr = second);
        memset(page, 2, PAGE);
        expect_success(world, rmi_granule_delegate, .addr = first);
        expect_success(world, rmi_granule_delegate, .addr = second);
        take(world);
        everything = everything_take(world->sim);
        for (unsigned i = 0; i < 3; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = first);
                expect_success(world, rmi_granule_undelegate, .addr = second);
                ck_assert(is_filled(page, 0));
                restore(world);
                ck_assert(is_filled(page, 2));
                ck_assert_ptr_null(everything_differs(everything, world->sim));
        }
        everything_free(everything);
        world_destroy(world);
}
END_TEST

/* What was only changed before the snapshot stays changed. */
START_TEST(test_before_stays)
{
        struct world *world = small_world();
        uint64_t pa = world_page(world);
        struct rmmsim_granule granule;

        take(world);
        expect_success(world, rmi_granule_delegate, .addr = pa);
        take(world);
        restore(world);
        ck_assert_int_eq(rmmsim_granule(world->sim, &granule, pa), 0);
        ck_assert_uint_eq(granule.state, RMMSIM_GRANULE_DELEGATED);
        ck_assert_uint_eq(granule.taker, RMMSIM_COMMAND_rmi_granule_delegate);
        ck_assert_uint_eq(journal_of(world)->num_returned, 0);
        world_destroy(world);
}
END_TEST

/* Statistics count what happened; the last refusal is that of the snapshot, in words. */
START_TEST(test_statistics_and_refusals)
{
        struct world *world = small_world();
        struct rmmsim_statistics statistics;

        (void)rmmsim_call(world->sim, 1, rmi_realm_activate, .rd = 5);
        take(world);
        for (unsigned i = 0; i < 5; i++) {
                (void)rmmsim_call(world->sim, 1, rmi_granule_delegate, .addr = 7);
                expect_success(world, rmi_version, .req = 0x10000);
                ck_assert_str_eq(rmmsim_why(world->sim, 1)->condition, "gran_align");
                restore(world);
                ck_assert_str_eq(rmmsim_why(world->sim, 1)->command, "RMI_REALM_ACTIVATE");
                ck_assert_uint_eq(rmmsim_why(world->sim, 1)->argument_value, 5);
                ck_assert_ptr_null(rmmsim_why(world->sim, 0));
        }
        rmmsim_statistics(world->sim, &statistics);
        ck_assert_uint_eq(statistics.commands[RMMSIM_COMMAND_rmi_granule_delegate], 5);
        ck_assert_uint_eq(statistics.refused[RMMSIM_COMMAND_rmi_granule_delegate], 5);
        world_destroy(world);
}
END_TEST

/* An interrupt that was pending is pending again although a REC has taken it. */
static void one_wfi(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)result;
        (*(unsigned *)arg)++;
        next->kind = RMMSIM_TRAP_WFI;
}

START_TEST(test_interrupts_come_again)
{
        struct world *world = world_create();
        struct realm_world realm;
        unsigned steps = 0;

        realm_running(&realm, world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm.rd, REALM_PC, one_wfi, &steps), 0);
        ck_assert_int_eq(rmmsim_serror_raise(world->sim, 0, 0x7c00), 0);
        ck_assert_int_eq(rmmsim_fiq_raise(world->sim, 0), 0);
        take(world);
        for (unsigned i = 0; i < 3; i++) {
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_SERROR);
                ck_assert_int_eq(rmmsim_serror_raise(world->sim, 0, 0), 0);
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_SERROR);
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_FIQ);
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(steps, i + 1);
                restore(world);
        }
        ck_assert_uint_eq(realm_enter_expect(&realm, 0, RMMSIM_EXIT_SERROR)->esr & 0x1c00, 0x1c00);
        realm_tear_down(&realm);
        restore(world);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_SERROR);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* ---- misuse -------------------------------------------------------------------------------------------------------------- */

struct complaints {
        struct rmmsim *sim;
        unsigned count;
        char last[200];
        struct rmmsim_error error;
};

static void complain(void *context, const char *sentence)
{
        struct complaints *complaints = context;

        snprintf(complaints->last, sizeof(complaints->last), "%s", sentence);
        complaints->count++;
}

static void forbidden(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct complaints *complaints = arg;

        (void)vcpu;
        (void)result;
        ck_assert_int_eq(rmmsim_snapshot(complaints->sim, &complaints->error), RMMSIM_ERROR_MISUSE);
        ck_assert_uint_eq(complaints->count, 1);
        ck_assert_ptr_nonnull(strstr(complaints->last, "rmmsim_snapshot() while a PE is inside a call"));
        ck_assert_int_eq(complaints->error.code, RMMSIM_ERROR_MISUSE);
        ck_assert_int_eq(rmmsim_snapshot(complaints->sim, NULL), RMMSIM_ERROR_MISUSE);
        ck_assert_int_eq(rmmsim_restore(complaints->sim), RMMSIM_ERROR_MISUSE);
        ck_assert_uint_eq(complaints->count, 3);
        ck_assert_ptr_nonnull(strstr(complaints->last, "rmmsim_restore() while a PE is inside a call"));
        rmmsim_time_advance(complaints->sim, 1);
        next->kind = RMMSIM_TRAP_WFI;
}

/* Also on another PE than the guest's. Nothing has happened, and the snapshot is still there. */
START_TEST(test_not_from_a_guest)
{
        struct complaints complaints = { .count = 0 };
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .context = &complaints, .misuse = complain, .num_pes = 4 });
        struct realm_world realm;

        complaints.sim = world->sim;
        realm_running(&realm, world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm.rd, REALM_PC, forbidden, &complaints), 0);
        take(world);
        expect_x0(world, RMMSIM_RMI_SUCCESS, realm_enter_on(&realm, 2, 0));
        ck_assert_uint_eq(complaints.count, 3);
        ck_assert_uint_eq(rmmsim_time(world->sim), 1);
        restore(world);
        ck_assert_uint_eq(rmmsim_time(world->sim), 0);
        world_destroy(world);
}
END_TEST

/* ---- the host's pages ---------------------------------------------------------------------------------------------------- */

START_TEST(test_pages_of_the_host)
{
        struct world *world = small_world();
        uint64_t written = world_delegated(world);
        uint64_t untouched = world_page(world);
        uint64_t kept = world_pages(world, 3, PAGE);
        uint8_t *pages[5] = { world_at(world, written), world_at(world, untouched), world_at(world, kept),
                              world_at(world, kept + PAGE), world_at(world, kept + 2 * PAGE) };

        for (unsigned i = 0; i < 5; i++) {
                memset(pages[i], (int)(0x10 + i), PAGE);
        }
        take(world);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, kept, 0), 0);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, kept + PAGE - 1, 2), 0);
        for (unsigned round = 0; round < 3; round++) {
                expect_success(world, rmi_granule_undelegate, .addr = written);
                for (unsigned i = 0; i < 5; i++) {
                        memset(pages[i], (int)(0x20 + round), PAGE);
                }
                restore(world);
                ck_assert(is_filled(pages[0], 0x10));
                ck_assert(is_filled(pages[1], (uint8_t)(0x20 + round)));
                ck_assert(is_filled(pages[2], 0x12));
                ck_assert(is_filled(pages[3], 0x13));
                ck_assert(is_filled(pages[4], (uint8_t)(0x20 + round)));
                ck_assert_uint_eq(journal_of(world)->num_returned, 4);
        }
        /* The next snapshot keeps nothing. */
        take(world);
        memset(pages[2], 0x99, PAGE);
        restore(world);
        ck_assert(is_filled(pages[2], 0x99));
        ck_assert_uint_eq(journal_of(world)->num_returned, 0);
        world_destroy(world);
}
END_TEST

/* A page that the test wrote to before the library did comes back as the library found it. */
START_TEST(test_pages_come_back_as_the_library_found_them)
{
        struct world *world = small_world();
        uint64_t pa = world_delegated(world);
        uint8_t *page = world_at(world, pa);

        memset(page, 1, PAGE);
        take(world);
        memset(page, 2, PAGE);
        expect_success(world, rmi_granule_undelegate, .addr = pa);
        memset(page, 3, PAGE);
        restore(world);
        ck_assert(is_filled(page, 2));
        expect_success(world, rmi_granule_undelegate, .addr = pa);
        restore(world);
        ck_assert(is_filled(page, 2));
        world_destroy(world);
}
END_TEST

START_TEST(test_keep_refusals)
{
        const uint64_t end = WORLD_DRAM_BASE + MIB2;
        struct world *world = small_world();
        uint8_t *last = world_at(world, end - PAGE);

        take(world);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, 0, 1), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, end, 1), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, end - 1, 2), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, end - 1, SIZE_MAX), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, UINT64_MAX, 1), RMMSIM_ERROR_ADDRESS);
        memset(last, 9, PAGE);
        restore(world);
        ck_assert(is_filled(last, 0));
        world_destroy(world);
}
END_TEST

/* Memory of the caller, page by page, and with pages that go out of reach. */
struct bench {
        alignas(4096) uint8_t pages[4][4096];
        unsigned out_of_reach;
};

static void *bench_page(void *context, uint64_t pa)
{
        struct bench *bench = context;
        unsigned number = (unsigned)((pa - WORLD_DRAM_BASE) / PAGE);

        return number == bench->out_of_reach ? NULL : bench->pages[3 - number];
}

START_TEST(test_pages_by_callback)
{
        static struct bench bench = { .out_of_reach = 3 };
        const struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = 4 * PAGE, .phys_to_virt = bench_page };
        struct world *world = world_create_with(&(struct rmmsim_config){
                .context = &bench, .regions = &region, .num_regions = 1, .guard = RMMSIM_GUARD_NONE });

        for (unsigned i = 1; i < 4; i++) {
                expect_success(world, rmi_granule_delegate, .addr = WORLD_DRAM_BASE + i * PAGE);
        }
        memset(bench.pages, 5, sizeof(bench.pages));
        take(world);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, WORLD_DRAM_BASE + 3 * PAGE, 1), RMMSIM_ERROR_ADDRESS);
        for (unsigned i = 1; i < 4; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = WORLD_DRAM_BASE + i * PAGE);
        }
        bench.out_of_reach = 1;
        restore(world);
        ck_assert(is_filled(bench.pages[2], 0)); /* page 1, which nobody can reach now */
        ck_assert(is_filled(bench.pages[1], 5));
        ck_assert(is_filled(bench.pages[0], 5));
        bench.out_of_reach = 4;
        expect_success(world, rmi_granule_undelegate, .addr = WORLD_DRAM_BASE + 2 * PAGE);
        restore(world);
        ck_assert(is_filled(bench.pages[1], 5));
        world_destroy(world);
}
END_TEST

/* ---- cost ---------------------------------------------------------------------------------------------------------------- */

/* Contents are copied once a snapshot, written back only if they may have changed, and zero is written only where it is not. */
START_TEST(test_cost_is_what_changed)
{
        struct world *world = world_create();
        uint64_t pa = world_pages(world, 4000, PAGE);
        const struct journal *journal;

        for (unsigned i = 0; i < 2000; i++) {
                expect_success(world, rmi_granule_delegate, .addr = pa + i * PAGE);
        }
        take(world);
        journal = journal_of(world);
        for (unsigned round = 0; round < 3; round++) {
                unsigned count = 10 + round * 10;

                for (unsigned i = 0; i < count; i++) {
                        expect_success(world, rmi_granule_delegate, .addr = pa + (3000 + i) * PAGE);
                }
                for (unsigned i = 0; i < count; i++) {
                        expect_success(world, rmi_granule_undelegate, .addr = pa + (3000 + i) * PAGE);
                        expect_success(world, rmi_granule_delegate, .addr = pa + (3000 + i) * PAGE);
                }
                restore(world);
                ck_assert_uint_eq(journal->num_returned, 2 * count); /* the words, and the pages that were wiped */
                ck_assert_uint_eq(journal->num_written, count);
                ck_assert_uint_eq(journal->num_saved, count);
                restore(world);
                ck_assert_uint_eq(journal->num_returned, 0);
        }
        world_destroy(world);
}
END_TEST

/* A refused command has changed nothing, but may have been about to change the objects that it locked. */
START_TEST(test_refusals_cost_next_to_nothing)
{
        struct world *world = small_world();
        struct realm_world realm;

        realm_running(&realm, world, 2, NULL, NULL);
        take(world);
        for (unsigned i = 0; i < 100; i++) {
                (void)call(world, rmi_data_create_unknown, .rd = realm.rd, .data = realm.rd, .ipa = i * PAGE);
                (void)call(world, rmi_granule_delegate, .addr = realm.rd);
                (void)call(world, rmi_granule_undelegate, .addr = realm.rd + i * PAGE);
                (void)call(world, rmi_rtt_read_entry, .rd = realm.rd, .ipa = 0, .level = 3);
                (void)call(world, rmi_features, .index = 0);
        }
        ck_assert_uint_le(journal_of(world)->num_changed, 20);
        restore(world);
        world_destroy(world);
}
END_TEST

/* Address space for a terabyte, of which next to nothing is used. */
START_TEST(test_a_terabyte)
{
        const struct rmmsim_region region = { .base = UINT64_C(1) << 40, .size = UINT64_C(1) << 40 };
        struct rmmsim_error error;
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 }, &error);

        ck_assert_msg(sim != NULL, "%s", error.text);
        ck_assert_msg(rmmsim_snapshot(sim, &error) == 0, "%s", error.text);
        for (unsigned i = 0; i < 2; i++) {
                uint64_t pa = 2 * region.base - PAGE;

                ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = pa).x[0], 0);
                ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_undelegate, .addr = pa).x[0], 0);
                ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = region.base).x[0], 0);
                ck_assert_int_eq(rmmsim_restore(sim), 0);
                ck_assert(!rmmsim_next_delegated(sim, &pa, 0));
        }
        rmmsim_destroy(sim);
}
END_TEST

/* More than the system can have: an error, and an instance that goes on without. */
START_TEST(test_no_address_space)
{
        enum {
                NUM_REGIONS = 32
        };
        static struct rmmsim_region regions[NUM_REGIONS];
        struct rmmsim_error error;
        struct rmmsim *sim = NULL;

        /* As many regions as there is room for once, but not twice. */
        for (unsigned i = 0; i < NUM_REGIONS; i++) {
                regions[i].base = (uint64_t)(i + 1) << 40;
                regions[i].size = UINT64_C(1) << 40;
        }
        sim = rmmsim_create(&(struct rmmsim_config){ .regions = regions, .num_regions = NUM_REGIONS }, &error);
        if (sim == NULL) {
                return; /* not even once, here */
        }
        if (rmmsim_snapshot(sim, &error) != 0) {
                ck_assert_int_eq(error.code, RMMSIM_ERROR_MEMORY);
                ck_assert_int_eq(rmmsim_restore(sim), RMMSIM_ERROR_STATE);
        }
        ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = regions[0].base).x[0], 0);
        rmmsim_destroy(sim);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("snapshot");
        TCase *tcase = tcase_create("snapshot");

        tcase_add_test(tcase, test_there_is_none);
        tcase_add_test(tcase, test_the_last_one_counts);
        tcase_add_test(tcase, test_before_stays);
        tcase_add_test(tcase, test_statistics_and_refusals);
        tcase_add_test(tcase, test_interrupts_come_again);
        tcase_add_test(tcase, test_not_from_a_guest);
        tcase_add_test(tcase, test_pages_of_the_host);
        tcase_add_test(tcase, test_pages_come_back_as_the_library_found_them);
        tcase_add_test(tcase, test_keep_refusals);
        tcase_add_test(tcase, test_pages_by_callback);
        tcase_add_test(tcase, test_cost_is_what_changed);
        tcase_add_test(tcase, test_refusals_cost_next_to_nothing);
        suite_add_tcase(suite, tcase);
        if (!UNDER_TSAN && !under_valgrind()) {
                TCase *huge = tcase_create("huge");

                tcase_add_test(huge, test_a_terabyte);
                tcase_add_test(huge, test_no_address_space);
                suite_add_tcase(suite, huge);
        } else {
                printf("snapshot: not here, as the tool that watches leaves too few addresses: huge\n");
        }
        return run_suite(suite);
}
