/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_record_replay.c - what was recorded is carried out again by the program, and every answer and every edge must be the same.
 *
 *     RMMSIM_TEST_SEED=0x1234 tests/test_record_replay      one random run with that seed
 */
#include "chaos.h"
#include "record_fixture.h"
#include "slowness.h"
#include "world.h"

enum {
        NUM_CASES = 8,
        RUNS_PER_CASE = 32
};
#define FIRST_SEED UINT64_C(0x5eed0000)

static void run(uint64_t seed, uint64_t num_commands)
{
        struct chaos *chaos = chaos_create_reachable(seed, 160);
        struct trace trace;

        trace_create(&trace);
        ck_assert_int_eq(rmmsim_record(chaos->sim, trace.path), 0);
        while (chaos->num_commands < num_commands) {
                chaos_step(chaos);
        }
        chaos_tear_down(chaos);
        chaos_destroy(chaos);
        ck_assert_msg(trace_replays(&trace), "seed 0x%llx: see %s", (unsigned long long)seed, trace.path);
        trace_remove(&trace);
}

/* Any calls of host and Realms, on any PE, a guest that acts as the host among them; any features and quirks. */
START_TEST(random_runs)
{
        const char *given = getenv("RMMSIM_TEST_SEED");

        if (given != NULL) {
                run(strtoull(given, NULL, 0), 2000);
                return;
        }
        for (unsigned i = 0; i < RUNS_PER_CASE; i++) {
                run(FIRST_SEED + (unsigned)_i * RUNS_PER_CASE + i, rounds(700));
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("record_replay");
        TCase *random = tcase_create("random");

        tcase_set_timeout(random, 240);
        tcase_add_loop_test(random, random_runs, 0, getenv("RMMSIM_TEST_SEED") != NULL ? 1 : NUM_CASES);
        suite_add_tcase(suite, random);
        return run_suite(suite);
}
