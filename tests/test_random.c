/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_random.c - a random run of ten million commands and more, none of which breaks anything.
 *
 * Any register values, any contents of the parameter pages, any order of commands, on any PE, from host and guest: the
 * specified status, nothing changed by what was refused, never a crash, hang, leak or out-of-bounds access. Each case is a
 * few instances of different features and quirks, one after the other, and says its seed when it fails:
 *
 *     RMMSIM_TEST_SEED=0x1234 tests/test_random      one instance with that seed
 *     RMMSIM_TEST_VERBOSE=1                          what was carried out, and how often
 */
#include "chaos.h"
#include "slowness.h"
#include "world.h"
#include <stdio.h>

enum {
        NUM_CASES = 10,
        INSTANCES_PER_CASE = 4
};
#define FIRST_SEED UINT64_C(0x20260101)

/* One thread has no races to show: under ThreadSanitizer a part will do. */
static uint64_t commands_per_instance(void)
{
        return UNDER_TSAN || under_valgrind() ? rounds(260000) : 260000;
}

/* One instance in eight has room for a block. */
static unsigned num_dram(uint64_t seed)
{
        return seed % 8 == 7 ? 640 + 512 : 160;
}

static void report(const struct chaos *chaos)
{
        if (getenv("RMMSIM_TEST_VERBOSE") == NULL) {
                return;
        }
        printf("seed 0x%llx: %llu commands, %llu exits\n", (unsigned long long)chaos->seed,
               (unsigned long long)chaos->num_commands, (unsigned long long)chaos->num_exits);
        chaos_show(chaos);
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                printf("  %-32s %llu\n", command_rows[i].id, (unsigned long long)chaos->succeeded[i]);
        }
        for (unsigned i = 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                printf("  %-48s %llu\n", rmmsim_condition_name((enum rmmsim_condition)i),
                       (unsigned long long)chaos->refused[i]);
        }
}

static void run(uint64_t seed, uint64_t num_commands)
{
        struct chaos *chaos = chaos_create(seed, num_dram(seed));

        while (chaos->num_commands < num_commands) {
                chaos_step(chaos);
        }
        report(chaos);
        chaos_tear_down(chaos);
        chaos_destroy(chaos);
}

START_TEST(test_random)
{
        const char *given = getenv("RMMSIM_TEST_SEED");

        if (given != NULL) {
                run(strtoull(given, NULL, 0), commands_per_instance());
                return;
        }
        for (unsigned i = 0; i < INSTANCES_PER_CASE; i++) {
                run(FIRST_SEED + (unsigned)_i * INSTANCES_PER_CASE + i, commands_per_instance());
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("random");
        TCase *tcase = tcase_create("random");
        bool one = getenv("RMMSIM_TEST_SEED") != NULL;

        tcase_set_timeout(tcase, 240);
        tcase_add_loop_test(tcase, test_random, 0, one ? 1 : NUM_CASES);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
