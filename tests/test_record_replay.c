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
#include <rmmsim/inject.h>
#include <rmmsim/snapshot.h>
#include <rmmsim/world.h>

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

/* What surrounds the RMM, and faults: of each kind that a host meets, before and after the recording began. */
static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t value = 0;

        (void)arg;
        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_CNTVCT_EL0, &value);
        (void)rmmsim_guest_call(vcpu, rsi_version, .req = value);
        rmmsim_guest_nop(vcpu);
        (void)rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000);
}

static void enter_often(struct rmmsim_world *world)
{
        for (unsigned i = 0; i < 6; i++) {
                (void)rmmsim_call(world->sim, i % 2, rmi_rec_enter, .rec = world->recs[0],
                                  .run_ptr = world->runs[i % 2]);
        }
}

START_TEST(the_world_outside)
{
        static const struct rmmsim_fault faults[] = {
                { .kind = RMMSIM_FAULT_STATUS, .fid = RMMSIM_RMI_VERSION, .x0 = RMMSIM_RMI_ERROR_INPUT, .every = 2 },
                { .kind = RMMSIM_FAULT_EXIT, .one_pe = true, .pe = 1, .nth = 1, .exit_reason = RMMSIM_EXIT_FIQ },
                { .kind = RMMSIM_FAULT_EXIT, .nth = 3, .traps = 1, .exit_reason = RMMSIM_EXIT_SERROR, .esr = 0x11 },
                { .kind = RMMSIM_FAULT_PAGE_READ, .fid = RMMSIM_RMI_REC_ENTER, .nth = 5 },
                { .kind = RMMSIM_FAULT_PAGE_WRITE, .nth = 2, .hits_max = 1 },
                { .kind = RMMSIM_FAULT_STATUS,
                  .fid = RMMSIM_RSI_VERSION,
                  .x0 = RMMSIM_RSI_ERROR_STATE,
                  .chance = 500000,
                  .seed = 3 },
        };
        const struct rmmsim_config config = { .num_pes = 2 };
        struct rmmsim_world world;
        struct trace trace;
        const struct rmmsim_world_shape shape = {
                .config = &config, .num_recs = 2, .guest = guest, .record = trace.path
        };

        trace_create(&trace);
        ck_assert_int_eq(rmmsim_world_create(&world, &shape, NULL), 0);
        ck_assert_int_eq(rmmsim_snapshot(world.sim, NULL), 0);
        for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                ck_assert_int_eq(rmmsim_inject(world.sim, &faults[i], NULL), (int)i + 1);
        }
        for (unsigned round = 0; round < 3; round++) {
                (void)rmmsim_call(world.sim, 0, rmi_version, .req = round);
                rmmsim_time_advance(world.sim, 12345);
                ck_assert_int_eq(rmmsim_irq_raise(world.sim, round % 2), 0);
                ck_assert_int_eq(rmmsim_serror_raise(world.sim, 1, 0xbe000400), 0);
                ck_assert_int_eq(rmmsim_gpt_set(world.sim, world.next_pa, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
                (void)rmmsim_call(world.sim, 0, rmi_granule_delegate, .addr = world.next_pa);
                enter_often(&world);
                if (round == 1) {
                        ck_assert_int_eq(rmmsim_inject_remove(world.sim, 2, NULL), 0);
                }
                ck_assert_int_eq(rmmsim_restore(world.sim), 0);
        }
        ck_assert_int_eq(rmmsim_inject_clear(world.sim, NULL), 0);
        (void)rmmsim_call(world.sim, 0, rmi_version, .req = 0x10000);
        rmmsim_world_destroy(&world);
        ck_assert_ptr_nonnull(strstr(trace_read(&trace), "| FAULT 2 EXIT "));
        ck_assert_ptr_nonnull(strstr(trace.text, "| FAULT 5 PAGE_WRITE "));
        ck_assert_msg(trace_replays(&trace), "see %s", trace.path);
        trace_remove(&trace);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("record_replay");
        TCase *random = tcase_create("random");

        tcase_set_timeout(random, 240);
        tcase_add_loop_test(random, random_runs, 0, getenv("RMMSIM_TEST_SEED") != NULL ? 1 : NUM_CASES);
        tcase_add_test(random, the_world_outside);
        suite_add_tcase(suite, random);
        return run_suite(suite);
}
