/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_record_explore.c - explorations, recorded: PEs that leave one another in the middle of commands, at any point.
 *
 * A schedule turns where threads hardly ever do. So here what a call has seen is over by the time it is answered, again and again, and
 * the order of the lines must explain the answers all the same: the program carries them out one at a time.
 */
#include "record_fixture.h"
#include "slowness.h"
#include "world.h"
#include <rmmsim/explore.h>
#include <rmmsim/world.h>

enum {
        NUM_PES = 3,
        NUM_VCPUS = 2
};

static struct rmmsim_world world;
static uint64_t pool;

/* ---- the Realm ------------------------------------------------------------------------------------------------------------ */

/* Memory that both share; a load of the host's; PSCI that meets on the way in and out. */
static void program(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t self = 0;
        uint64_t value = 0;

        (void)arg;
        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &self);
        self &= 1;
        (void)rmmsim_guest_load(vcpu, 0x100, 8, &value);
        (void)rmmsim_guest_store(vcpu, 0x100, 8, value + 1);
        (void)rmmsim_guest_load(vcpu, world.unprotected, 4, &value);
        (void)rmmsim_guest_store(vcpu, world.unprotected, 4, value + 1 + self);
        (void)rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1 - self, .entry_point_address = 0);
        (void)rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = 1 - self);
        (void)rmmsim_guest_read(vcpu, world.unprotected + PAGE, &value, sizeof(value));
}

/* ---- its host ------------------------------------------------------------------------------------------------------------- */

static uint64_t enter(struct rmmsim *sim, unsigned pe, unsigned vcpu)
{
        return rmmsim_call(sim, pe, rmi_rec_enter, .rec = world.recs[vcpu], .run_ptr = world.runs[pe & 1]).x[0];
}

static void complete(struct rmmsim *sim, unsigned pe, unsigned vcpu, int64_t status)
{
        (void)rmmsim_call(sim, pe, rmi_psci_complete, .calling_rec = world.recs[vcpu],
                          .target_rec = world.recs[1 - vcpu], .status = (uint64_t)status);
}

static void run_vcpu(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < 5; i++) {
                (void)enter(sim, pe, pe);
                complete(sim, pe, pe, i == 2 ? RMMSIM_PSCI_DENIED : RMMSIM_PSCI_SUCCESS);
        }
}

/* Somebody who is everywhere in the way. */
static void meddle(struct rmmsim *sim, unsigned pe, void *arg)
{
        uint64_t *words = rmmsim_host_pointer(sim, world.shared + PAGE, PAGE);

        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = pool);
        (void)enter(sim, pe, 1);
        complete(sim, pe, 0, RMMSIM_PSCI_SUCCESS);
        words[0]++;
        (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = world.runs[1]);
        (void)rmmsim_call(sim, pe, rmi_rtt_unmap_unprotected, .rd = world.rd, .ipa = world.unprotected, .level = 3);
        (void)enter(sim, pe, 0);
        (void)rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = world.runs[1]);
        (void)rmmsim_call(sim, pe, rmi_rtt_map_unprotected, .rd = world.rd, .ipa = world.unprotected, .level = 3,
                          .desc = world.shared | 3 << 6 | 6 << 2);
        complete(sim, pe, 1, RMMSIM_PSCI_SUCCESS);
        (void)rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = pool);
        (void)rmmsim_call(sim, pe, rmi_rec_destroy, .rec = world.recs[1]);
}

/* Two that want the same Granules, in the opposite order. */
static void take(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < 4; i++) {
                uint64_t pa = pool + ((i ^ pe) & 1) * PAGE;

                (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = pa);
                (void)rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = pool + (i & 1) * PAGE);
        }
}

static void world_make(const char *path)
{
        const struct rmmsim_config config = { .num_pes = NUM_PES };
        const struct rmmsim_world_shape shape = {
                .config = &config, .num_recs = NUM_VCPUS, .num_shared = 2, .record = path, .guest = program
        };
        struct rmmsim_error error;

        ck_assert_msg(rmmsim_world_create(&world, &shape, &error) == 0, "%s", error.text);
        pool = rmmsim_world_page(&world);
        (void)rmmsim_world_page(&world);
}

static const struct rmmsim_program vmm = { .pes = { run_vcpu, run_vcpu, meddle } };
static const struct rmmsim_program takers = { .pes = { take, take, take } };

static struct rmmsim_finding finding;

static void explore(const struct rmmsim_program *what, const struct rmmsim_strategy *strategy)
{
        struct rmmsim_program own = *what;

        own.sim = world.sim;
        ck_assert_msg(rmmsim_explore(&own, strategy, &finding) == 0, "%s", finding.sentence);
        ck_assert_msg(finding.kind == RMMSIM_FOUND_NOTHING, "%s", finding.sentence);
}

static void expect_replay(struct trace *trace)
{
        ck_assert_msg(trace_replays(trace), "see %s", trace->path);
        trace_remove(trace);
}

static unsigned count_of(const char *text, const char *words)
{
        unsigned count = 0;

        for (const char *at = text; (at = strstr(at, words)) != NULL; at++) {
                count++;
        }
        return count;
}

/* ---- tests ---------------------------------------------------------------------------------------------------------------- */

/* Many schedules in one recording, each from the snapshot. */
START_TEST(any_schedules)
{
        static const enum rmmsim_strategy_kind kinds[] = { RMMSIM_STRATEGY_RANDOM, RMMSIM_STRATEGY_PCT,
                                                           RMMSIM_STRATEGY_POS };
        const struct rmmsim_strategy strategy = { .kind = kinds[_i % 3],
                                                  .seed = (uint64_t)_i + 1,
                                                  .schedules_max = rounds(60) };
        struct trace trace;

        trace_create(&trace);
        world_make(trace.path);
        explore(_i < 9 ? &vmm : &takers, &strategy);
        rmmsim_world_destroy(&world);
        ck_assert_uint_ge(count_of(trace_read(&trace), "\nrestore\n"), (unsigned)strategy.schedules_max);
        expect_replay(&trace);
}
END_TEST

/* One schedule by its line: to record it changes nothing, neither the choices that there are nor the answers. */
START_TEST(one_schedule_again)
{
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 77, .schedules_max = 1 };
        char line[sizeof(finding.replay)];
        struct trace first;
        struct trace again;
        uint64_t choices;

        world_make(NULL);
        explore(&vmm, &strategy);
        choices = finding.choices;
        memcpy(line, finding.replay, sizeof(line));
        rmmsim_world_destroy(&world);
        strategy = (struct rmmsim_strategy){ .kind = RMMSIM_STRATEGY_REPLAY, .line = line };
        trace_create(&first);
        world_make(first.path);
        explore(&vmm, &strategy);
        ck_assert(!finding.diverged);
        ck_assert_uint_eq(finding.choices, choices);
        rmmsim_world_destroy(&world);
        trace_create(&again);
        world_make(again.path);
        explore(&vmm, &strategy);
        rmmsim_world_destroy(&world);
        ck_assert_str_eq(trace_read(&first), trace_read(&again));
        trace_remove(&again);
        expect_replay(&first);
}
END_TEST

static void give_up(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = pool);
        rmmsim_explore_fail("on purpose");
}

/* A schedule that is given up leaves PEs in the middle of calls: the trace says so, and goes on from the snapshot. */
static bool give_up_once(uint64_t seed)
{
        const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM, .seed = seed, .no_shrink = true };
        struct rmmsim_program own = { .pes = { run_vcpu, give_up } };
        struct trace trace;
        bool left;

        trace_create(&trace);
        world_make(trace.path);
        own.sim = world.sim;
        ck_assert_int_eq(rmmsim_explore(&own, &strategy, &finding), 0);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_FAILURE);
        ck_assert_uint_eq(rmmsim_call(world.sim, 0, rmi_granule_delegate, .addr = pool).x[0], 0);
        rmmsim_world_destroy(&world);
        left = strstr(trace_read(&trace), " was left here\n") != NULL;
        ck_assert_ptr_nonnull(strstr(strstr(trace.text, "restore\n"), "pe0: rmi_granule_delegate addr=0x"));
        trace_remove(&trace);
        return left;
}

START_TEST(given_up)
{
        unsigned count = 0;

        for (uint64_t seed = 1; seed <= 32; seed++) {
                count += give_up_once(seed);
        }
        ck_assert_uint_gt(count, 0);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("record_explore");
        TCase *tcase = tcase_create("explore");

        tcase_set_timeout(tcase, 240);
        tcase_add_loop_test(tcase, any_schedules, 0, 12);
        tcase_add_test(tcase, one_schedule_again);
        tcase_add_test(tcase, given_up);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
