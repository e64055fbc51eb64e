/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guard.c - a host that touches memory it has given away is found: by a pattern, or by the processor.
 */
#include "sim.h"
#include "world.h"
#include <rmmsim/snapshot.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- what was told ------------------------------------------------------------------------------------------------------- */

static struct {
        unsigned count;
        struct rmmsim_trespass last;
        char sentence[256];
        sigjmp_buf back;
        bool leaves;
        unsigned foreign; /* faults that reached the handler that was there before */
} told;

static void on_trespass(void *context, const struct rmmsim_trespass *trespass)
{
        (void)context;
        told.count++;
        told.last = *trespass;
        strcpy(told.sentence, trespass->sentence);
        if (told.leaves) {
                siglongjmp(told.back, 1);
        }
}

static struct world *world_guarded(enum rmmsim_guard guard)
{
        struct rmmsim_config config = { .guard = guard, .trespass = on_trespass };

        memset(&told, 0, sizeof(told));
        told.leaves = guard == RMMSIM_GUARD_PROTECT;
        return world_create_with(&config);
}

static volatile uint8_t *host_byte(struct world *world, uint64_t pa)
{
        return rmmsim_host_pointer(world->sim, pa, 1);
}

/* ---- the pattern ---------------------------------------------------------------------------------------------------------- */

#define smc_error(world, name, ...)                                                                                    \
        smc_error_fields(world, rmmsim_fid_##name, (const uint64_t *)&(const struct rmmsim_##name){ __VA_ARGS__ },     \
                         sizeof(struct rmmsim_##name) / sizeof(uint64_t))

/* What rmmsim_smc() returns; the command has to succeed all the same. */
static int smc_error_fields(struct world *world, uint32_t fid, const uint64_t *fields, size_t count)
{
        struct rmmsim_regs regs = { .x = { fid } };
        int error;

        for (size_t i = 1; i < count; i++) {
                regs.x[i] = fields[i];
        }
        error = rmmsim_smc(world->sim, 0, &regs);
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_SUCCESS);
        return error;
}

START_TEST(a_write_is_found_when_the_granule_comes_back)
{
        static const unsigned offsets[] = { 0, 7, 8, 2048, 4095 };
        struct world *world = world_guarded(RMMSIM_GUARD_CANARY);
        uint64_t pa = world_page(world);

        ck_assert_int_eq(rmmsim_call(world->sim, 2, rmi_granule_delegate, .addr = pa).x[0], 0);
        *host_byte(world, pa + offsets[_i]) ^= 1;
        ck_assert_int_eq(smc_error(world, rmi_granule_undelegate, .addr = pa), RMMSIM_ERROR_TRESPASS);
        ck_assert_uint_eq(told.count, 1);
        ck_assert_uint_eq(told.last.pa, pa + offsets[_i]);
        ck_assert_uint_eq(told.last.giver, 2);
        ck_assert_ptr_nonnull(strstr(told.sentence, "PE 2 had delegated"));
        ck_assert_ptr_nonnull(strstr(told.sentence, "found by RMI_GRANULE_UNDELEGATE"));
        ck_assert_uint_eq(*host_byte(world, pa + offsets[_i]), 0);
        ck_assert_int_eq(smc_error(world, rmi_granule_delegate, .addr = pa), 0);
        ck_assert_int_eq(smc_error(world, rmi_granule_undelegate, .addr = pa), 0);
        world_destroy(world);
}
END_TEST

START_TEST(a_write_is_found_by_the_command_that_takes_the_granule)
{
        struct world *world = world_guarded(RMMSIM_GUARD_CANARY);
        struct realm_world realm;
        uint64_t data;

        realm_new(&realm, world, NULL);
        realm_map_tables(&realm, 0, 3);
        data = world_delegated(world);
        *host_byte(world, data + 100) = 1;
        ck_assert_int_eq(smc_error(world, rmi_data_create_unknown, .rd = realm.rd, .data = data, .ipa = 0),
                         RMMSIM_ERROR_TRESPASS);
        ck_assert_uint_eq(told.last.pa, data + 100);
        ck_assert_int_eq(told.last.state, RMMSIM_GRANULE_DATA);
        ck_assert_int_eq(told.last.taker, RMMSIM_COMMAND_rmi_data_create_unknown);
        ck_assert_str_ne(rmmsim_error_text(RMMSIM_ERROR_TRESPASS), rmmsim_error_text(-99));
        world_destroy(world);
}
END_TEST

START_TEST(who_touches_nothing_is_told_nothing)
{
        static const enum rmmsim_guard guards[] = { RMMSIM_GUARD_TOOLS, RMMSIM_GUARD_NONE, RMMSIM_GUARD_CANARY,
                                                    RMMSIM_GUARD_PROTECT };
        struct world *world = world_guarded(guards[_i]);
        struct realm_world realm;

        realm_new(&realm, world, NULL);
        realm_data(&realm, REALM_PC, 0xd6);
        realm_rec(&realm, true, REALM_PC);
        realm_activate(&realm);
        realm_tear_down(&realm);
        ck_assert_uint_eq(told.count, 0);
        world_destroy(world);
}
END_TEST

/* ---- the processor -------------------------------------------------------------------------------------------------------- */

static uint8_t touch(struct world *world, uint64_t pa, bool writes)
{
        if (writes) {
                *host_byte(world, pa) = 1;
        }
        return *host_byte(world, pa);
}

static void expect_fault(struct world *world, uint64_t pa, bool writes)
{
        unsigned before = told.count;

        if (sigsetjmp(told.back, 1) == 0) {
                (void)touch(world, pa, writes);
                ck_abort_msg("nothing has stopped the access");
        }
        ck_assert_uint_eq(told.count, before + 1);
        ck_assert_uint_eq(told.last.pa, pa);
}

START_TEST(an_access_stops_at_its_line)
{
        struct world *world = world_guarded(RMMSIM_GUARD_PROTECT);
        uint64_t pa = world_pages(world, 3, PAGE) + PAGE;

        *host_byte(world, pa) = 5;
        expect_success(world, rmi_granule_delegate, .addr = pa);
        expect_fault(world, pa + 17, _i == 1);
        ck_assert_int_eq(told.last.state, RMMSIM_GRANULE_DELEGATED);
        ck_assert_int_eq(told.last.taker, RMMSIM_COMMAND_rmi_granule_delegate);
        ck_assert_uint_eq(told.last.giver, 0);
        ck_assert_ptr_nonnull(strstr(told.sentence, "since RMI_GRANULE_DELEGATE"));
        (void)touch(world, pa - 1, true);
        (void)touch(world, pa + PAGE, true);
        expect_success(world, rmi_granule_undelegate, .addr = pa);
        ck_assert_uint_eq(touch(world, pa, false), 0);
        (void)touch(world, pa, true);
        world_destroy(world);
}
END_TEST

static uint8_t *pages_of_test;

static void *find_page(void *context, uint64_t pa)
{
        (void)context;
        return pages_of_test + (pa - WORLD_DRAM_BASE);
}

/* The caller's memory is guarded as well, and is the caller's again afterwards. */
START_TEST(memory_of_the_caller_is_guarded)
{
        struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = 8 * PAGE };
        struct rmmsim_config config = {
                .regions = &region, .num_regions = 1, .guard = RMMSIM_GUARD_PROTECT, .trespass = on_trespass
        };
        struct rmmsim *sim;

        memset(&told, 0, sizeof(told));
        told.leaves = true;
        pages_of_test = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(pages_of_test, MAP_FAILED);
        region.memory = _i == 0 ? pages_of_test : NULL;
        region.phys_to_virt = _i == 0 ? NULL : find_page;
        sim = rmmsim_create(&config, NULL);
        ck_assert_ptr_nonnull(sim);
        ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = WORLD_DRAM_BASE + PAGE).x[0], 0);
        if (sigsetjmp(told.back, 1) == 0) {
                ((volatile uint8_t *)pages_of_test)[PAGE + 3] = 1;
        }
        ck_assert_uint_eq(told.count, 1);
        ck_assert_uint_eq(told.last.pa, WORLD_DRAM_BASE + PAGE + 3);
        rmmsim_destroy(sim);
        ((volatile uint8_t *)pages_of_test)[PAGE + 3] = 1;
        ck_assert_uint_eq(told.count, 1);
        munmap(pages_of_test, region.size);
}
END_TEST

static void on_foreign_fault(int signal)
{
        (void)signal;
        told.foreign++;
        siglongjmp(told.back, 1);
}

START_TEST(a_fault_elsewhere_is_not_ours)
{
        volatile uint8_t *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        struct world *world;

        ck_assert_ptr_ne((void *)(uintptr_t)nowhere, MAP_FAILED);
        ck_assert(signal(SIGSEGV, on_foreign_fault) != SIG_ERR);
        world = world_guarded(RMMSIM_GUARD_PROTECT);
        if (sigsetjmp(told.back, 1) == 0) {
                *nowhere = 1;
        }
        ck_assert_uint_eq(told.count, 0);
        ck_assert_uint_eq(told.foreign, 1);
        world_destroy(world);
        munmap((void *)(uintptr_t)nowhere, PAGE);
}
END_TEST

/* Nobody wants to be told: the program ends where it stands, and the command before it. */
START_TEST(without_a_callback_a_pattern_aborts)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_CANARY });
        uint64_t pa = world_delegated(world);

        (void)touch(world, pa, true);
        (void)call(world, rmi_granule_undelegate, .addr = pa);
}
END_TEST

START_TEST(without_a_callback_the_signal_ends_it)
{
        struct world *world;

        ck_assert(signal(SIGSEGV, SIG_DFL) != SIG_ERR); /* a sanitizer's handler would go on with another signal */
        world = world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_PROTECT });
        (void)touch(world, world_delegated(world), true);
}
END_TEST

START_TEST(only_so_many_instances_are_watched)
{
        struct rmmsim_region region = { .base = 0, .size = PAGE };
        struct rmmsim_config config = { .regions = &region, .num_regions = 1, .guard = RMMSIM_GUARD_PROTECT };
        struct rmmsim *sims[64];
        struct rmmsim_error error;

        for (unsigned i = 0; i < 64; i++) {
                sims[i] = rmmsim_create(&config, &error);
                ck_assert_ptr_nonnull(sims[i]);
        }
        ck_assert_ptr_null(rmmsim_create(&config, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        rmmsim_destroy(sims[17]);
        sims[17] = rmmsim_create(&config, &error);
        ck_assert_ptr_nonnull(sims[17]);
        for (unsigned i = 0; i < 64; i++) {
                rmmsim_destroy(sims[i]);
        }
        config.guard = (enum rmmsim_guard)99;
        ck_assert_ptr_null(rmmsim_create(&config, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
}
END_TEST

/* ---- snapshots ------------------------------------------------------------------------------------------------------------ */

/* What is delegated now, and what was then, are different pages. */
START_TEST(a_snapshot_brings_guards_back)
{
        struct world *world = world_guarded(RMMSIM_GUARD_PROTECT);
        uint64_t then = world_delegated(world);
        uint64_t now = world_page(world);

        *host_byte(world, now) = 9;
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, then, 2 * PAGE), 0);
        for (unsigned i = 0; i < 3; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = then);
                ck_assert_uint_eq(rmmsim_call(world->sim, 3, rmi_granule_delegate, .addr = now).x[0], 0);
                *host_byte(world, then) = 7;
                ck_assert_int_eq(rmmsim_restore(world->sim), 0);
                ck_assert_uint_eq(*host_byte(world, now), 9);
                expect_fault(world, then, false);
                ck_assert_uint_eq(told.last.giver, 0);
        }
        world_destroy(world);
}
END_TEST

START_TEST(a_snapshot_brings_patterns_back)
{
        struct world *world = world_guarded(RMMSIM_GUARD_CANARY);
        uint64_t then = world_delegated(world);
        uint64_t now = world_page(world);

        *host_byte(world, now) = 9;
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        expect_success(world, rmi_granule_undelegate, .addr = then);
        expect_success(world, rmi_granule_delegate, .addr = now);
        ck_assert_int_eq(rmmsim_restore(world->sim), 0);
        ck_assert_uint_eq(*host_byte(world, now), 9);
        ck_assert_int_eq(smc_error(world, rmi_granule_undelegate, .addr = then), 0);
        ck_assert_uint_eq(told.count, 0);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guard");
        TCase *tcase = tcase_create("guard");

        tcase_add_loop_test(tcase, a_write_is_found_when_the_granule_comes_back, 0, 5);
        tcase_add_test(tcase, a_write_is_found_by_the_command_that_takes_the_granule);
        tcase_add_loop_test(tcase, who_touches_nothing_is_told_nothing, 0, 4);
        tcase_add_loop_test(tcase, an_access_stops_at_its_line, 0, 2);
        tcase_add_loop_test(tcase, memory_of_the_caller_is_guarded, 0, 2);
        tcase_add_test(tcase, a_fault_elsewhere_is_not_ours);
        tcase_add_test_raise_signal(tcase, without_a_callback_a_pattern_aborts, SIGABRT);
        tcase_add_test_raise_signal(tcase, without_a_callback_the_signal_ends_it, SIGSEGV);
        tcase_add_test(tcase, only_so_many_instances_are_watched);
        tcase_add_test(tcase, a_snapshot_brings_guards_back);
        tcase_add_test(tcase, a_snapshot_brings_patterns_back);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
