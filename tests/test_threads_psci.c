/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_threads_psci.c - vCPUs that turn one another on while they run on four PEs, and interrupts raised by other threads.
 *
 * The host side is four threads, each running one REC and completing what it asks for; they also complete what was not
 * asked, with caller and target swapped. Each CPU_ON that was told SUCCESS is one start of its target, no more and no less.
 */
#include "reached.h"
#include "threads_fixture.h"
#include <rmmsim/guest.h>
#include <stdatomic.h>
#include <string.h>

/* ---- CPU_ON, CPU_OFF --------------------------------------------------------------------------------------------------------- */

struct power {
        struct realm_world realm;
        _Atomic uint64_t granted[NUM_WORKERS]; /* CPU_ONs of a vCPU that succeeded */
        _Atomic uint64_t started[NUM_WORKERS]; /* how often it has started         */
        _Atomic uint64_t wrong;
        atomic_bool over;
};

static struct power power;

static uint64_t a_context(uint64_t caller, uint64_t target)
{
        return UINT64_C(0xc0de0000) | caller << 8 | target;
}

/* vCPU 0 is never off, or nobody might be left to turn the others on. */
static void turn_one_another_on(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct dice dice = { rmmsim_guest_x(vcpu, 0) };
        uint64_t self = 0;

        (void)arg;
        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &self);
        self &= 0xf;
        atomic_fetch_add(&power.wrong,
                         self != 0 && (rmmsim_guest_x(vcpu, 0) & ~UINT64_C(0xff00)) != a_context(0, self));
        dice.state += atomic_fetch_add(&power.started[self], 1) * NUM_WORKERS + self;
        while (self == 0 || !once_in(&dice, 4)) {
                uint64_t target = roll_below(&dice, NUM_WORKERS);
                int64_t x0 = (int64_t)rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = target,
                                                        .entry_point_address = REALM_PC,
                                                        .context_id = a_context(self, target))
                                     .x[0];

                if (x0 == RMMSIM_PSCI_SUCCESS) {
                        atomic_fetch_add(&power.granted[target], 1);
                } else {
                        atomic_fetch_add(&power.wrong, x0 != RMMSIM_PSCI_ALREADY_ON && x0 != RMMSIM_PSCI_DENIED);
                }
                x0 = (int64_t)rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = target).x[0];
                atomic_fetch_add(&power.wrong, x0 != RMMSIM_PSCI_AFFINITY_ON && x0 != RMMSIM_PSCI_AFFINITY_OFF);
                rmmsim_guest_wfi(vcpu);
        }
        rmmsim_guest_call(vcpu, psci_cpu_off, 0);
}

static uint64_t complete(struct worker *worker, uint64_t caller, uint64_t target, int64_t status)
{
        return CALL(worker, rmi_psci_complete, .calling_rec = power.realm.recs[caller],
                    .target_rec = power.realm.recs[target], .status = (uint64_t)status);
}

/* The REC of this worker has asked for something about a target. Only it can answer: any other answer is refused. */
static void answer(struct worker *worker, const struct rmmsim_rec_exit *exit)
{
        uint64_t self = worker->pe;
        uint64_t target = exit->gprs[1];
        bool deny = exit->gprs[0] == RMMSIM_PSCI_CPU_ON && once_in(&worker->dice, 8);

        CHECK(worker, target < NUM_WORKERS && target != self, target);
        CHECK(worker, complete(worker, self, (target + 1) % NUM_WORKERS, 0) == RMMSIM_RMI_ERROR_INPUT, target);
        CHECK(worker, complete(worker, self, self, 0) == RMMSIM_RMI_ERROR_INPUT, self);
        CHECK(worker, complete(worker, self, target, RMMSIM_PSCI_ALREADY_ON) == RMMSIM_RMI_ERROR_INPUT, target);
        if (!deny || complete(worker, self, target, RMMSIM_PSCI_DENIED) != RMMSIM_RMI_SUCCESS) {
                uint64_t x0 = complete(worker, self, target, RMMSIM_PSCI_SUCCESS);

                CHECK(worker, x0 == RMMSIM_RMI_SUCCESS, x0);
        }
        CHECK(worker, complete(worker, self, target, RMMSIM_PSCI_SUCCESS) == RMMSIM_RMI_ERROR_INPUT, target);
}

/* Requests of others that were not made, or were answered: caller and target swapped, never a pending caller's own target. */
static void meddle(struct worker *worker)
{
        uint64_t other = (worker->pe + 1 + roll_below(&worker->dice, NUM_WORKERS - 1)) % NUM_WORKERS;
        uint64_t x0 = CALL(worker, rmi_psci_complete, .calling_rec = power.realm.recs[other],
                           .target_rec = power.realm.recs[other], .status = 0);

        CHECK(worker, x0 == RMMSIM_RMI_ERROR_INPUT, x0);
        x0 = complete(worker, worker->pe, other, RMMSIM_PSCI_SUCCESS);
        CHECK(worker, x0 == RMMSIM_RMI_ERROR_INPUT, x0);
}

static void *run_vcpu(void *arg)
{
        struct worker *worker = arg;
        struct rmmsim_rec_run *run = worker->params;

        memset(run, 0, sizeof(*run));
        for (unsigned long i = 0; !atomic_load(&power.over) && worker->wrong_line == 0; i++) {
                uint64_t x0 =
                        CALL(worker, rmi_rec_enter, .rec = power.realm.recs[worker->pe], .run_ptr = worker->params_pa);

                CHECK(worker, x0 == RMMSIM_RMI_SUCCESS || (worker->pe != 0 && x0 == RMMSIM_RMI_ERROR_REC), x0);
                if (x0 != RMMSIM_RMI_SUCCESS) {
                        sched_yield();
                } else if (run->exit.exit_reason == RMMSIM_EXIT_PSCI && run->exit.gprs[0] != RMMSIM_PSCI_CPU_OFF) {
                        answer(worker, &run->exit);
                }
                meddle(worker);
                if (worker->pe == 0 && i == worker->count) {
                        atomic_store(&power.over, true);
                }
        }
        atomic_store(&power.over, true);
        return NULL;
}

/* Let those that were turned on last start, and all but vCPU 0 go off. */
static void settle(struct world *world)
{
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                struct rmmsim_rec_run *run = realm_run(&power.realm, i);

                memset(run, 0, sizeof(*run));
                if (atomic_load(&power.started[i]) < atomic_load(&power.granted[i]) + (i == 0)) {
                        expect_x0(world, RMMSIM_RMI_SUCCESS, realm_enter(&power.realm, i));
                }
        }
}

/* Between CPU_OFF and the end of the entry lies a moment in which others may turn the vCPU on again: make it longer. */
static void dawdle(void *context, const struct rmmsim_event *event)
{
        reached_mark(context, event);
        for (int i = 0; i < 3 && event->kind == RMMSIM_EVENT_EXIT; i++) {
                sched_yield();
        }
}

START_TEST(test_power)
{
        struct world *world = world_create_with(&(struct rmmsim_config){
                .num_pes = NUM_WORKERS, .features = { .rec_aux_count = NUM_AUX }, .trace = dawdle });
        uint64_t total = 0;

        realm_new(&power.realm, world, NULL);
        realm_ram(&power.realm, 0, MIB2);
        realm_data(&power.realm, REALM_PC, 0);
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                realm_rec(&power.realm, i == 0, REALM_PC);
        }
        realm_activate(&power.realm);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, power.realm.rd, REALM_PC, turn_one_another_on, NULL), 0);
        workers_run(world, run_vcpu, NULL, rounds(20000));
        settle(world);
        ck_assert_uint_eq(atomic_load(&power.wrong), 0);
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                /* A caller that was told SUCCESS but has not run since has not counted it yet: one a vCPU at most. */
                uint64_t granted = atomic_load(&power.granted[i]) + (i == 0);
                uint64_t started = atomic_load(&power.started[i]);

                ck_assert_uint_ge(started + 0, granted);
                ck_assert_uint_le(started, granted + NUM_WORKERS);
                total += started;
        }
        ck_assert_uint_gt(total, NUM_WORKERS);
        realm_tear_down(&power.realm);
        expect_all_returned(world);
}
END_TEST

/* ---- interrupts ------------------------------------------------------------------------------------------------------------- */

/* A guest that never exits by itself, on PE 0; the other threads interrupt it. Each exit takes one interrupt. */
struct noise {
        struct realm_world realm;
        _Atomic uint64_t raised[3];
        _Atomic uint64_t taken[3];
        atomic_bool over;
};

static struct noise noise;

static void compute(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_nop(vcpu);
        }
}

static void be_interrupted(struct worker *worker)
{
        struct rmmsim_rec_run *run = worker->params;

        memset(run, 0, sizeof(*run));
        for (unsigned long i = 0; i < worker->count && worker->wrong_line == 0; i++) {
                SUCCEEDS(worker, rmi_rec_enter, .rec = noise.realm.recs[0], .run_ptr = worker->params_pa);
                switch (run->exit.exit_reason) {
                case RMMSIM_EXIT_IRQ:
                        atomic_fetch_add(&noise.taken[0], 1);
                        break;
                case RMMSIM_EXIT_FIQ:
                        atomic_fetch_add(&noise.taken[1], 1);
                        break;
                case RMMSIM_EXIT_SERROR:
                        atomic_fetch_add(&noise.taken[2], 1);
                        break;
                default:
                        CHECK(worker, false, run->exit.exit_reason);
                        break;
                }
        }
        atomic_store(&noise.over, true);
}

/* Counted before it is raised: no exit without a cause. */
static void interrupt(struct worker *worker)
{
        while (!atomic_load(&noise.over)) {
                atomic_fetch_add(&noise.raised[worker->pe - 1], 1);
                switch (worker->pe) {
                case 1:
                        CHECK(worker, rmmsim_irq_raise(worker->sim, 0) == 0, 0);
                        break;
                case 2:
                        CHECK(worker, rmmsim_fiq_raise(worker->sim, 0) == 0, 0);
                        break;
                default:
                        CHECK(worker, rmmsim_serror_raise(worker->sim, 0, 0xbe000000) == 0, 0);
                        break;
                }
                rmmsim_time_advance(worker->sim, 1);
                sched_yield();
        }
}

static void *make_noise(void *arg)
{
        struct worker *worker = arg;

        if (worker->pe == 0) {
                be_interrupted(worker);
        } else {
                interrupt(worker);
        }
        return NULL;
}

START_TEST(test_interrupts)
{
        struct world *world = threads_world();
        uint64_t before = rmmsim_time(world->sim);

        realm_running(&noise.realm, world, 1, compute, NULL);
        workers_run(world, make_noise, NULL, rounds(5000));
        for (unsigned i = 0; i < 3; i++) {
                ck_assert_uint_gt(atomic_load(&noise.taken[i]), 0);
                ck_assert_uint_le(atomic_load(&noise.taken[i]), atomic_load(&noise.raised[i]));
        }
        ck_assert_uint_eq(rmmsim_time(world->sim) - before, atomic_load(&noise.raised[0]) +
                                                                    atomic_load(&noise.raised[1]) +
                                                                    atomic_load(&noise.raised[2]));
        realm_tear_down(&noise.realm);
        expect_all_returned(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("threads and power");
        TCase *tcase = tcase_create("power");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, test_power);
        tcase_add_test(tcase, test_interrupts);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
