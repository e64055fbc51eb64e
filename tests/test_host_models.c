/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_host_models.c - seven ways to complete a PSCI request: each is sound under every schedule tried, and each has hazards that are
 * found by name.
 */
#include "host_fixture.h"
#include "support/slowness.h"

/* ---- sound ------------------------------------------------------------------------------------------------------------------- */

/* All schedules with so many delays, and random ones. */
static void expect_sound(struct host_vm *vm, unsigned depth, uint64_t random)
{
        struct rmmsim_strategy delay = { .kind = RMMSIM_STRATEGY_DELAY, .depth = depth };
        struct rmmsim_strategy drawn = { .kind = RMMSIM_STRATEGY_PCT, .seed = 7, .schedules_max = random };

        expect_nothing(vm, &delay);
        ck_assert(finding.complete);
        expect_nothing(vm, &drawn);
        drawn.kind = RMMSIM_STRATEGY_RANDOM;
        expect_nothing(vm, &drawn);
}

static void explore_programs(const struct host_protocol *protocol, enum rmmsim_profile profile, unsigned depth_max,
                             uint64_t random)
{
        for (unsigned i = 0; i < HOST_NUM_PROGRAMS; i++) {
                const struct host_program *program = &host_programs[i];
                struct host_config config = { .protocol = protocol, .program = program, .tears_down = true };
                struct host_vm *vm;

                if (host_program_suits(program, protocol)) {
                        vm = vm_for(&config, profile);
                        expect_sound(vm, program->num_vcpus == 2 ? depth_max : 1, random);
                        host_vm_destroy(vm);
                }
        }
}

START_TEST(a_protocol_is_sound)
{
        explore_programs(host_protocols[_i], RMMSIM_PROFILE_RMM_1_0, UNDER_TSAN ? 1 : 2, rounds(200));
}
END_TEST

START_TEST(a_protocol_is_sound_with_deployed_monitors)
{
        explore_programs(host_protocols[_i], RMMSIM_PROFILE_RMM_1_0_REFERENCE, 1, rounds(200));
}
END_TEST

/* Where only one vCPU ever runs all interleavings with the thread of the other can be had. */
START_TEST(a_denial_is_sound_under_all_schedules)
{
        /* Under ThreadSanitizer there is time for some of them. */
        static const struct rmmsim_strategy every = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE,
                                                      .schedules_max = UNDER_TSAN ? 1500 : 0 };
        struct host_config config = { .protocol = host_protocols[_i], .program = host_program_find("denied") };
        struct host_vm *vm;

        if (!config.protocol->can_deny) {
                return;
        }
        vm = vm_for(&config, RMMSIM_PROFILE_RMM_1_0);
        expect_nothing(vm, &every);
        ck_assert(finding.complete || UNDER_TSAN);
        ck_assert_uint_gt(finding.schedules, 1000);
        host_vm_destroy(vm);
}
END_TEST

/* ---- hazards ----------------------------------------------------------------------------------------------------------------- */

START_TEST(a_hazard_is_found)
{
        struct rmmsim_strategy search = { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 1, .schedules_max = 2000 };
        const struct host_hazard_row *row = &host_hazards[_i];
        struct host_config config = { .protocol = row->protocol,
                                      .program = host_program_find(row->program),
                                      .hazard = row->hazard };
        struct host_vm *vm;

        ck_assert_ptr_nonnull(config.program);
        vm = vm_for(&config, RMMSIM_PROFILE_RMM_1_0);
        expect_found(vm, &search, row->kind, row->found);
        if (row->hazard != HOST_HAZARD_NONE) { /* which is what the protocol is, and no misuse of it */
                config.hazard = HOST_HAZARD_NONE;
                host_vm_configure(vm, &config);
                search.schedules_max = rounds(search.schedules_max);
                expect_nothing(vm, &search);
        }
        host_vm_destroy(vm);
}
END_TEST

/* ---- protocols compared ------------------------------------------------------------------------------------------------------ */

enum {
        HISTORIES_MAX = 256
};

/* What a guest has seen: the results of its CPU_ONs and AFFINITY_INFOs, vCPU by vCPU. */
struct histories {
        uint64_t seen[HISTORIES_MAX];
        unsigned count;
};

static struct histories *histories;
static void (*check_of_the_vm)(struct rmmsim *sim, void *arg);

/*
 * A target that is turned on while it turns itself off may be found on or off, and which it is, is up to when the completion
 * comes: SUCCESS and ALREADY_ON count as one.
 */
static uint64_t history_of(const struct host_vm *vm)
{
        uint64_t hash = 1;

        for (unsigned i = 0; i < HOST_VCPUS_MAX * HOST_STEPS_MAX; i++) {
                const struct guest_call *call = &vm->guests[i / HOST_STEPS_MAX].calls[i % HOST_STEPS_MAX];
                int64_t result = call->result == RMMSIM_PSCI_ALREADY_ON ? RMMSIM_PSCI_SUCCESS : call->result;

                if (call->returned) {
                        hash = (hash ^ (uint64_t)(result + 16) ^ (uint64_t)i << 32) * UINT64_C(0x9e3779b97f4a7c15);
                        hash ^= hash >> 29;
                }
        }
        return hash;
}

static void note_history(struct rmmsim *sim, void *arg)
{
        uint64_t history = history_of(arg);

        for (unsigned i = 0; i < histories->count; i++) {
                if (histories->seen[i] == history) {
                        check_of_the_vm(sim, arg);
                        return;
                }
        }
        if (histories->count == HISTORIES_MAX) {
                rmmsim_explore_fail("more histories than there is room for");
                return;
        }
        histories->seen[histories->count++] = history;
        check_of_the_vm(sim, arg);
}

static void collect(struct histories *to, const struct host_protocol *protocol, const struct host_program *program)
{
        static const struct rmmsim_strategy strategies[] = {
                { .kind = RMMSIM_STRATEGY_DELAY, .depth = 1 },
                { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 3, .schedules_max = 600 },
                { .kind = RMMSIM_STRATEGY_PCT, .seed = 3, .schedules_max = 400 },
        };
        struct host_config config = { .protocol = protocol, .program = program };
        struct host_vm *vm = vm_for(&config, RMMSIM_PROFILE_RMM_1_0);

        to->count = 0;
        histories = to;
        check_of_the_vm = vm->explored.check;
        vm->explored.check = note_history;
        for (unsigned i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
                expect_nothing(vm, &strategies[i]);
        }
        host_vm_destroy(vm);
}

static unsigned missing(const struct histories *from, const struct histories *of)
{
        unsigned count = 0;

        for (unsigned i = 0; i < of->count; i++) {
                bool found = false;

                for (unsigned j = 0; j < from->count; j++) {
                        found |= from->seen[j] == of->seen[i];
                }
                count += !found;
        }
        return count;
}

/* How many histories there are, by hand. */
static const struct compared {
        const char *program;
        unsigned histories;
} compared[] = {
        { "accepted", 1 },
        { "accepted, both go on", 1 },
        { "denied", 1 },
        { "denied, then plugged", 3 }, /* plugged before, between and after the two calls */
        { "already on", 1 },
        { "on races off", 2 }, /* on first, and then seen as off or on; or off first */
        { "on and off, twice", 1 },
        { "two callers", 1 },
        { "two callers, and off", 2 },
        { "mutual", 1 },
        { "polling", 1 },
        { "unplugged meanwhile", 3 }, /* denied; or accepted, and then seen as on or off */
        { "plugged meanwhile, two callers", 4 },
};

/* To a guest it is all the same how its host completes. */
START_TEST(guests_cannot_tell_protocols_apart)
{
        static const struct host_protocol *const others[] = { &host_refuse_caller, &host_first_completes,
                                                              &host_next_run, &host_first_run, &host_wait_for_exit };
        static struct histories explicit;
        static struct histories other;
        const struct host_program *program = host_program_find(compared[_i].program);

        if (UNDER_TSAN && _i >= 4) {
                return; /* nothing here runs on two threads, and all of it is slow */
        }
        collect(&explicit, &host_explicit, program);
        ck_assert_uint_eq(explicit.count, compared[_i].histories);
        for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                collect(&other, others[i], program);
                ck_assert_msg(missing(&other, &explicit) == 0 && missing(&explicit, &other) == 0,
                              "'%s': %u histories under E, %u under %s", program->name, explicit.count, other.count,
                              others[i]->name);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("host_models");
        TCase *tcase = tcase_create("models");

        tcase_add_loop_test(tcase, a_protocol_is_sound, 0, HOST_NUM_PROTOCOLS);
        tcase_add_loop_test(tcase, a_protocol_is_sound_with_deployed_monitors, 0, HOST_NUM_PROTOCOLS);
        tcase_add_loop_test(tcase, a_denial_is_sound_under_all_schedules, 0, HOST_NUM_PROTOCOLS);
        tcase_add_loop_test(tcase, a_hazard_is_found, 0, HOST_NUM_HAZARDS);
        tcase_add_loop_test(tcase, guests_cannot_tell_protocols_apart, 0, sizeof(compared) / sizeof(compared[0]));
        suite_add_tcase(suite, tcase);
        return run_host_suite(suite);
}
