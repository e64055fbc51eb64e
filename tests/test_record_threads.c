/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_record_threads.c - four host threads at once, recorded: the lines stand in an order that explains every answer.
 *
 * That an order explains the answers is found out twice: for delegations by reading the lines here, and for everything by carrying them
 * out one at a time (`rmmsim replay`), which must be answered as the threads were.
 */
#include "reached.h"
#include "record_fixture.h"
#include "threads_fixture.h"
#include <rmmsim/guest.h>
#include <stdatomic.h>

enum {
        NUM_GRANULES = 3,
        NUM_PRIZES = 14
};

/* Let others in where a command is about to be over, with its locks held or dropped. */
static void yield_at_events(void *context, const struct rmmsim_event *event)
{
        static _Atomic unsigned count;

        reached_mark(context, event);
        if (atomic_fetch_add_explicit(&count, 1, memory_order_relaxed) % 7 == 0) {
                sched_yield();
        }
}

static struct world *recorded_world(struct trace *trace)
{
        struct world *world = world_create_with(&(struct rmmsim_config){
                .num_pes = NUM_WORKERS, .features = { .rec_aux_count = NUM_AUX }, .trace = yield_at_events });

        trace_create(trace);
        ck_assert_int_eq(rmmsim_record(world->sim, trace->path), 0);
        return world;
}

static void expect_replay(struct trace *trace)
{
        ck_assert_msg(trace_replays(trace), "see %s", trace->path);
        trace_remove(trace);
}

/* ---- delegations ---------------------------------------------------------------------------------------------------------- */

static void *delegate_and_take_back(void *arg)
{
        struct worker *worker = arg;

        for (unsigned long i = 0; i < worker->count; i++) {
                uint64_t pa = *(uint64_t *)worker->shared + roll_below(&worker->dice, NUM_GRANULES) * PAGE;

                if (once_in(&worker->dice, 2)) {
                        (void)CALL(worker, rmi_granule_delegate, .addr = pa);
                } else {
                        (void)CALL(worker, rmi_granule_undelegate, .addr = pa);
                }
        }
        return NULL;
}

/* One line at a time: what is delegated is known from the lines before. Returns the number of calls. */
static unsigned expect_explained(const char *text, uint64_t base)
{
        bool delegated[NUM_GRANULES] = { false };
        unsigned count = 0;

        for (const char *line = text; *line != 0; line = strchr(line, '\n') + 1) {
                unsigned pe;
                char name[40];
                char status[20];
                unsigned long long pa;
                bool *is;
                bool gives;
                bool serves;

                if (sscanf(line, "pe%u: %39s addr=%llx => %19s", &pe, name, &pa, status) != 4) {
                        continue;
                }
                ck_assert_uint_lt((pa - base) / PAGE, NUM_GRANULES);
                is = &delegated[(pa - base) / PAGE];
                gives = strcmp(name, "rmi_granule_delegate") == 0;
                serves = strcmp(status, "SUCCESS") == 0;
                ck_assert_msg(serves == (*is != gives), "not explained: %.100s", line);
                *is = serves ? gives : *is;
                count++;
        }
        return count;
}

START_TEST(delegations)
{
        struct trace trace;
        struct world *world = recorded_world(&trace);
        uint64_t base = world_pages(world, NUM_GRANULES, PAGE);
        unsigned long count = rounds(4000);

        workers_run(world, delegate_and_take_back, &base, count);
        ck_assert_int_eq(rmmsim_record(world->sim, NULL), 0);
        ck_assert_uint_eq(expect_explained(trace_read(&trace), base), NUM_WORKERS * count);
        world_destroy(world);
        expect_replay(&trace);
}
END_TEST

/* ---- objects -------------------------------------------------------------------------------------------------------------- */

static uint64_t prize(struct worker *worker)
{
        return *(uint64_t *)worker->shared + roll_below(&worker->dice, NUM_PRIZES) * PAGE;
}

/* Whatever the Granules are by now: most calls are refused, for a reason that may be over when they return. */
static void *fight(void *arg)
{
        struct worker *worker = arg;

        for (unsigned long i = 0; i < worker->count; i++) {
                uint64_t pa = prize(worker);
                uint64_t other = prize(worker);

                switch (roll_below(&worker->dice, 16)) {
                case 0:
                case 1:
                case 2:
                        (void)CALL(worker, rmi_granule_delegate, .addr = pa);
                        break;
                case 3:
                        (void)CALL(worker, rmi_granule_undelegate, .addr = pa);
                        break;
                case 4:
                case 5:
                case 6:
                        (void)worker_realm_create(worker, pa, other, (uint16_t)(1 + roll_below(&worker->dice, 2)));
                        break;
                case 7:
                        (void)CALL(worker, rmi_realm_destroy, .rd = pa);
                        break;
                case 8:
                case 9:
                        (void)worker_rec_create(worker, pa, other, other + PAGE, 0, true);
                        break;
                case 10:
                        (void)CALL(worker, rmi_rec_destroy, .rec = pa);
                        break;
                case 11:
                        (void)CALL(worker, rmi_rtt_create, .rd = pa, .rtt = other, .ipa = 0, .level = 2);
                        break;
                case 12:
                        (void)CALL(worker, rmi_rtt_destroy, .rd = pa, .ipa = 0, .level = 2);
                        break;
                case 13:
                        (void)CALL(worker, rmi_realm_activate, .rd = pa);
                        break;
                default:
                        (void)CALL(worker, rmi_rec_enter, .rec = pa, .run_ptr = other);
                        break;
                }
        }
        return NULL;
}

START_TEST(objects)
{
        struct trace trace;
        struct world *world = recorded_world(&trace);
        uint64_t base = world_pages(world, NUM_PRIZES + NUM_AUX, PAGE);

        workers_run(world, fight, &base, rounds(5000));
        world_destroy(world);
        expect_replay(&trace);
}
END_TEST

/* ---- power ---------------------------------------------------------------------------------------------------------------- */

static struct power {
        struct realm_world realm;
        atomic_bool over;
} power;

/* vCPU 0 is never off; the others come and go. They share a counter in the Realm's memory, and one in the host's. */
static void turn_one_another_on(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct dice dice = { rmmsim_guest_x(vcpu, 0) + 1 };
        uint64_t self = 0;
        uint64_t value = 0;

        (void)arg;
        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &self);
        self &= 0xf;
        while (self == 0 || !once_in(&dice, 4)) {
                uint64_t target = roll_below(&dice, NUM_WORKERS);

                (void)rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = target, .entry_point_address = REALM_PC,
                                        .context_id = roll(&dice));
                (void)rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = target);
                (void)rmmsim_guest_load(vcpu, REALM_PC + 8, 8, &value);
                (void)rmmsim_guest_store(vcpu, REALM_PC + 8, 8, value + self + 1);
                (void)rmmsim_guest_load(vcpu, power.realm.par_top + 16, 4, &value);
                (void)rmmsim_guest_store(vcpu, power.realm.par_top + 16, 4, value + self + 1);
                rmmsim_guest_wfi(vcpu);
        }
}

static void complete(struct worker *worker, uint64_t caller, uint64_t target, int64_t status)
{
        (void)CALL(worker, rmi_psci_complete, .calling_rec = power.realm.recs[caller],
                   .target_rec = power.realm.recs[target], .status = (uint64_t)status);
}

/* Each enters its own REC, now and then another's, and completes what nobody asked for, too. */
static void *run_vcpus(void *arg)
{
        struct worker *worker = arg;
        struct rmmsim_rec_run *run = worker->params;

        memset(run, 0, sizeof(*run));
        for (unsigned long i = 0; !atomic_load(&power.over) && i < worker->count; i++) {
                uint64_t rec = once_in(&worker->dice, 8) ? roll_below(&worker->dice, NUM_WORKERS) : worker->pe;
                uint64_t x0 = CALL(worker, rmi_rec_enter, .rec = power.realm.recs[rec], .run_ptr = worker->params_pa);

                if (x0 == RMMSIM_RMI_SUCCESS && run->exit.exit_reason == RMMSIM_EXIT_PSCI &&
                    run->exit.gprs[0] != RMMSIM_PSCI_CPU_OFF) {
                        complete(worker, rec, run->exit.gprs[1] & 3,
                                 once_in(&worker->dice, 4) ? RMMSIM_PSCI_DENIED : RMMSIM_PSCI_SUCCESS);
                }
                complete(worker, roll_below(&worker->dice, NUM_WORKERS), roll_below(&worker->dice, NUM_WORKERS),
                         RMMSIM_PSCI_SUCCESS);
        }
        return NULL;
}

START_TEST(power_of_vcpus)
{
        struct trace trace;
        struct world *world = recorded_world(&trace);

        realm_new(&power.realm, world, NULL);
        realm_ram(&power.realm, 0, MIB2);
        realm_data(&power.realm, REALM_PC, 0);
        (void)realm_share(&power.realm, power.realm.par_top);
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                realm_rec(&power.realm, i == 0, REALM_PC);
        }
        realm_activate(&power.realm);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, power.realm.rd, REALM_PC, turn_one_another_on, NULL), 0);
        workers_run(world, run_vcpus, NULL, rounds(2000));
        realm_tear_down(&power.realm);
        expect_all_returned(world);
        expect_replay(&trace);
}
END_TEST

/* ---- interrupts ----------------------------------------------------------------------------------------------------------- */

static struct noise {
        struct realm_world realm;
        atomic_bool over;
} noise;

/* Instructions of every length. */
static void compute(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t value = 0;

        (void)arg;
        for (;;) {
                rmmsim_guest_nop(vcpu);
                (void)rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000);
                (void)rmmsim_guest_call(vcpu, rsi_measurement_extend, .index = 1, .size = 8, .value_0 = value);
                (void)rmmsim_guest_load(vcpu, REALM_PC, 8, &value);
                (void)rmmsim_guest_store(vcpu, REALM_PC, 8, value + 1);
                rmmsim_guest_wfi(vcpu);
        }
}

static void *make_noise(void *arg)
{
        struct worker *worker = arg;

        if (worker->pe == 0) {
                for (unsigned long i = 0; i < worker->count; i++) {
                        SUCCEEDS(worker, rmi_rec_enter, .rec = noise.realm.recs[0], .run_ptr = worker->params_pa);
                }
                atomic_store(&noise.over, true);
        }
        while (!atomic_load(&noise.over)) {
                if (worker->pe == 1) {
                        (void)rmmsim_irq_raise(worker->sim, 0);
                } else if (worker->pe == 2) {
                        (void)rmmsim_fiq_raise(worker->sim, 0);
                } else {
                        (void)rmmsim_serror_raise(worker->sim, 0, 0xbe000000);
                }
                sched_yield();
        }
        return NULL;
}

START_TEST(interrupts)
{
        struct trace trace;
        struct world *world = recorded_world(&trace);

        atomic_store(&noise.over, false);
        realm_running(&noise.realm, world, 1, compute, NULL);
        workers_run(world, make_noise, NULL, rounds(3000));
        realm_tear_down(&noise.realm);
        expect_all_returned(world);
        expect_replay(&trace);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("record_threads");
        TCase *tcase = tcase_create("threads");

        tcase_set_timeout(tcase, 240);
        tcase_add_test(tcase, delegations);
        tcase_add_test(tcase, objects);
        tcase_add_test(tcase, power_of_vcpus);
        tcase_add_test(tcase, interrupts);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
