/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guard_tools.c - the tool that a program runs under knows which pages the host has given away.
 *
 * Runs as it is, where nothing is closed, under AddressSanitizer, and under Valgrind.
 */
#include "world.h"
#include <rmmsim/snapshot.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif

extern __attribute__((weak)) int __asan_address_is_poisoned(void const volatile *address);

static volatile uint8_t *host_byte(struct world *world, uint64_t pa)
{
        return rmmsim_host_pointer(world->sim, pa, 1);
}

static bool under_tool(void)
{
#ifdef RUNNING_ON_VALGRIND
        if (RUNNING_ON_VALGRIND) {
                return true;
        }
#endif
        return __asan_address_is_poisoned != NULL;
}

static bool tool_forbids(struct world *world, uint64_t pa)
{
        volatile uint8_t *at = host_byte(world, pa);

        if (__asan_address_is_poisoned != NULL) {
                return __asan_address_is_poisoned(at);
        }
#ifdef VALGRIND_GET_VBITS
        uint8_t bits;

        return VALGRIND_GET_VBITS(at, &bits, 1) == 3; /* asked like this it makes no report */
#else
        return false;
#endif
}

START_TEST(a_tool_is_told)
{
        struct world *world = world_create();
        uint64_t pa = world_page(world);

        ck_assert(!tool_forbids(world, pa));
        expect_success(world, rmi_granule_delegate, .addr = pa);
        ck_assert(tool_forbids(world, pa) == under_tool());
        ck_assert(tool_forbids(world, pa + PAGE - 1) == under_tool());
        ck_assert(!tool_forbids(world, pa + PAGE));
        expect_success(world, rmi_granule_undelegate, .addr = pa);
        ck_assert(!tool_forbids(world, pa));
        world_destroy(world);
}
END_TEST

START_TEST(unless_it_is_not_wanted)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_NONE });

        ck_assert(!tool_forbids(world, world_delegated(world)));
        world_destroy(world);
}
END_TEST

/* What is delegated now, and what was then, are different pages. */
START_TEST(a_snapshot_tells_it_again)
{
        struct world *world = world_create();
        uint64_t then = world_delegated(world);
        uint64_t now = world_page(world);

        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        ck_assert_int_eq(rmmsim_snapshot_keep(world->sim, then, 2 * PAGE), 0);
        for (unsigned i = 0; i < 3; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = then);
                expect_success(world, rmi_granule_delegate, .addr = now);
                ck_assert_int_eq(rmmsim_restore(world->sim), 0);
                ck_assert(tool_forbids(world, then) == under_tool());
                ck_assert(!tool_forbids(world, now));
        }
        world_destroy(world);
}
END_TEST

START_TEST(memory_of_the_caller_is_open_in_the_end)
{
        uint8_t *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        struct rmmsim_region region = { .base = 0, .size = 2 * PAGE, .memory = pages };
        struct rmmsim *sim;

        ck_assert_ptr_ne(pages, MAP_FAILED);
        sim = rmmsim_create(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 }, NULL);
        ck_assert_ptr_nonnull(sim);
        ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = PAGE).x[0], 0);
        rmmsim_destroy(sim);
        memset(pages, 1, 2 * PAGE);
        munmap(pages, 2 * PAGE);
}
END_TEST

/* Not only is it told: a program under AddressSanitizer that reads the page comes to its end. */
START_TEST(an_access_ends_a_program_under_address_sanitizer)
{
        struct world *world = world_create();
        uint64_t pa = world_delegated(world);
        int status = 0;
        pid_t child;

        if (__asan_address_is_poisoned == NULL) {
                world_destroy(world);
                return;
        }
        child = fork();
        if (child == 0) {
                (void)close(STDERR_FILENO);
                memset((void *)(uintptr_t)host_byte(world, pa), 0, 1);
                _exit(0);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_ne(status, 0);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guard_tools");
        TCase *tcase = tcase_create("tools");

        tcase_add_test(tcase, a_tool_is_told);
        tcase_add_test(tcase, unless_it_is_not_wanted);
        tcase_add_test(tcase, a_snapshot_tells_it_again);
        tcase_add_test(tcase, memory_of_the_caller_is_open_in_the_end);
        tcase_add_test(tcase, an_access_ends_a_program_under_address_sanitizer);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
