/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_program.c - guest functions as programs: where they begin and end, what stops them, and on which thread they go
 * on.
 *
 * Interface: <rmmsim/guest.h>. Specification: CPU_OFF, CPU_ON, REC entry and exit.
 */
#include "sim.h"
#include "world.h"
#include <pthread.h>
#include <string.h>

/* RMI_REC_ENTER by the library's own return value; the command itself succeeds and exits with IRQ. */
static int enter_for_error(struct realm_world *realm, unsigned rec)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_REC_ENTER, realm->recs[rec], realm->run + rec * PAGE } };
        int error = rmmsim_smc(realm->world->sim, 0, &regs);

        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_SUCCESS);
        return error;
}

static void count_and_wait(struct rmmsim_vcpu *vcpu, void *arg)
{
        unsigned *count = arg;

        for (;;) {
                ++*count;
                rmmsim_guest_wfi(vcpu);
        }
}

/* ---- beginning and end ------------------------------------------------------------------------------------------------------ */

static void return_at_once(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t *x0 = arg;

        *x0 = rmmsim_guest_x(vcpu, 0);
}

/* A function that returns turns its vCPU off. Turned on again it begins anew, with its context_id in x0. */
static void turn_on_twice(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (uint64_t i = 1; i <= 2; i++) {
                ck_assert_uint_eq(rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1,
                                                    .entry_point_address = REALM_PC + 0x100, .context_id = i << 32 | 7)
                                          .x[0],
                                  RMMSIM_PSCI_SUCCESS);
        }
}

START_TEST(returning_is_cpu_off)
{
        struct world *world = world_create();
        struct realm_world realm;
        uint64_t x0 = 0;

        realm_running(&realm, world, 2, turn_on_twice, NULL);
        rmmsim_guest_bind(world->sim, realm.rd, REALM_PC + 0x100, return_at_once, &x0);
        for (uint64_t i = 1; i <= 2; i++) {
                ck_assert_uint_eq(realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI)->gprs[0], RMMSIM_PSCI_CPU_ON);
                expect_failure(world, ERROR_REC, 0, "rec_runnable", rmi_rec_enter, .rec = realm.recs[1],
                               .run_ptr = realm.run + PAGE);
                expect_success(world, rmi_psci_complete, .calling_rec = realm.recs[0], .target_rec = realm.recs[1],
                               .status = 0);
                ck_assert_uint_eq(realm_enter_expect(&realm, 1, RMMSIM_EXIT_PSCI)->gprs[0], RMMSIM_PSCI_CPU_OFF);
                ck_assert_uint_eq(x0, i << 32 | 7);
        }
        ck_assert_uint_eq(realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI)->gprs[0], RMMSIM_PSCI_CPU_OFF);
        world_destroy(world);
}
END_TEST

/* Nobody is bound there: the library says so, the RMM sees a REC that is interrupted, and a later entry begins. */
START_TEST(no_guest)
{
        struct world *world = world_create();
        struct realm_world realm;
        unsigned count = 0;

        realm_running(&realm, world, 1, NULL, NULL);
        rmmsim_guest_bind(world->sim, realm.rd, REALM_PC + 4, count_and_wait, &count);
        for (unsigned i = 0; i < 3; i++) {
                ck_assert_int_eq(enter_for_error(&realm, 0), RMMSIM_ERROR_NO_GUEST);
                ck_assert_uint_eq(realm_run(&realm, 0)->exit.exit_reason, RMMSIM_EXIT_IRQ);
        }
        ck_assert_uint_eq(count, 0);
        rmmsim_guest_bind(world->sim, realm.rd, REALM_PC, count_and_wait, &count);
        ck_assert_int_eq(enter_for_error(&realm, 0), 0);
        ck_assert_uint_eq(count, 1);
        world_destroy(world);
}
END_TEST

/* Stacks are a limited good: whoever comes late waits until a REC is destroyed, or a vCPU starts over. */
START_TEST(no_stack)
{
        struct world *world = world_create_with(&(const struct rmmsim_config){ .max_guests = 2 });
        struct realm_world realms[3];
        unsigned counts[3] = { 0 };

        for (unsigned i = 0; i < 3; i++) {
                realm_running(&realms[i], world, 1, count_and_wait, &counts[i]);
        }
        ck_assert_int_eq(enter_for_error(&realms[0], 0), 0);
        ck_assert_int_eq(enter_for_error(&realms[1], 0), 0);
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_int_eq(enter_for_error(&realms[2], 0), RMMSIM_ERROR_NO_STACK);
                ck_assert_uint_eq(realm_run(&realms[2], 0)->exit.exit_reason, RMMSIM_EXIT_IRQ);
        }
        ck_assert_int_eq(enter_for_error(&realms[0], 0), 0);
        expect_success(world, rmi_rec_destroy, .rec = realms[1].recs[0]);
        ck_assert_int_eq(enter_for_error(&realms[2], 0), 0);
        ck_assert_uint_eq(counts[0], 2);
        ck_assert_uint_eq(counts[1], 1);
        ck_assert_uint_eq(counts[2], 1);
        world_destroy(world);
}
END_TEST

static void step_count(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        unsigned *count = arg;

        (void)vcpu;
        ck_assert_int_eq(result, 0);
        ++*count;
        next->kind = RMMSIM_TRAP_WFI;
}

/* Step functions need no stack. */
START_TEST(step_functions_are_not_counted)
{
        struct world *world = world_create_with(&(const struct rmmsim_config){ .max_guests = 1 });
        struct realm_world realms[3];
        unsigned counts[3] = { 0 };

        for (unsigned i = 0; i < 3; i++) {
                realm_running(&realms[i], world, 1, NULL, NULL);
                ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realms[i].rd, REALM_PC, step_count, &counts[i]), 0);
        }
        for (unsigned round = 1; round < 4; round++) {
                for (unsigned i = 0; i < 3; i++) {
                        ck_assert_int_eq(enter_for_error(&realms[i], 0), 0);
                        ck_assert_uint_eq(counts[i], round);
                }
        }
        world_destroy(world);
}
END_TEST

/* A program that runs goes on; the next start finds the new one. */
START_TEST(rebind)
{
        struct world *world = world_create();
        struct realm_world realms[2];
        unsigned before = 0, after = 0, elsewhere = 0;

        realm_running(&realms[0], world, 2, count_and_wait, &before);
        realm_running(&realms[1], world, 1, count_and_wait, &elsewhere);
        realm_enter_expect(&realms[0], 0, RMMSIM_EXIT_IRQ);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, realms[0].rd, REALM_PC, count_and_wait, &after), 0);
        realm_enter_expect(&realms[0], 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(before, 2);
        ck_assert_uint_eq(after, 0);
        realm_tear_down(&realms[0]);
        realm_running(&realms[0], world, 1, NULL, NULL);
        /* A Realm that is gone has taken its bindings with it. */
        ck_assert_int_eq(enter_for_error(&realms[0], 0), RMMSIM_ERROR_NO_GUEST);
        rmmsim_guest_bind(world->sim, realms[0].rd, REALM_PC, count_and_wait, &before);
        rmmsim_guest_bind(world->sim, realms[0].rd, REALM_PC, count_and_wait, &after);
        realm_enter_expect(&realms[0], 0, RMMSIM_EXIT_IRQ);
        realm_enter_expect(&realms[1], 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(after, 1);
        ck_assert_uint_eq(before, 2);
        ck_assert_uint_eq(elsewhere, 1);
        world_destroy(world);
}
END_TEST

/* A step function that was replaced, more than once, still drives the REC that it started. */
START_TEST(rebind_steps)
{
        struct world *world = world_create();
        struct realm_world realm;
        unsigned counts[4] = { 0 };

        realm_running(&realm, world, 1, NULL, NULL);
        rmmsim_guest_bind_step(world->sim, realm.rd, REALM_PC, step_count, &counts[0]);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        for (unsigned i = 1; i < 4; i++) {
                ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm.rd, REALM_PC, step_count, &counts[i]), 0);
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(counts[0], i + 1);
                ck_assert_uint_eq(counts[i], 0);
        }
        world_destroy(world);
}
END_TEST

/* As often as a test likes: a program that was replaced and runs nowhere is forgotten. */
START_TEST(rebind_for_ever)
{
        struct world *world = world_create();
        struct realm_world realm;
        unsigned count = 0;

        realm_running(&realm, world, 1, count_and_wait, &count);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        for (unsigned i = 0; i < 200000; i++) {
                ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm.rd, REALM_PC, count_and_wait, &count), 0);
        }
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(count, 2);
        world_destroy(world);
}
END_TEST

START_TEST(bind_without_a_realm)
{
        struct world *world = world_create();
        unsigned count;

        ck_assert_int_eq(rmmsim_guest_bind(world->sim, world_page(world), 0, count_and_wait, &count),
                         RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, world_delegated(world), 0, count_and_wait, &count),
                         RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, 0, 0, count_and_wait, &count), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, 1, 0, step_count, &count), RMMSIM_ERROR_STATE);
        world_destroy(world);
}
END_TEST

/* ---- stopped anywhere ------------------------------------------------------------------------------------------------------- */

/* Exits in every way that leaves the function in the middle of something. */
static void exit_in_many_ways(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint8_t bytes[100] = { 0 };
        uint64_t value;

        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
                rmmsim_guest_load(vcpu, UINT64_C(0x8000000000), 4, &value);
                rmmsim_guest_store(vcpu, 0x3000, 8, 1);
                rmmsim_guest_write(vcpu, 0x1fc0, bytes, sizeof(bytes));
                rmmsim_guest_fetch(vcpu, 0x3000);
                rmmsim_guest_call(vcpu, rsi_host_call, .addr = REALM_PC);
                rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = 0, .top = 0x1000, .ripas = 0);
                rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_ICC_SGI1R_EL1, 1);
        }
}

/* Destroyed after each number of exits: the function ends where it stands, and everything comes back. */
START_TEST(destroyed_anywhere)
{
        struct world *world = world_create();
        struct realm_world realm;
        uint64_t pa;

        realm_running(&realm, world, 1, exit_in_many_ways, NULL);
        for (int i = 0; i < _i; i++) {
                ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        }
        realm_tear_down(&realm);
        ck_assert(!rmmsim_next_delegated(world->sim, &pa, 0));
        world_destroy(world);
}
END_TEST

/* The instance goes while guests are suspended. */
START_TEST(instance_destroyed_anywhere)
{
        struct world *world = world_create();
        struct realm_world realms[3];

        for (unsigned i = 0; i < 3; i++) {
                realm_running(&realms[i], world, 1, exit_in_many_ways, NULL);
                for (unsigned j = 0; j < i; j++) {
                        ck_assert_uint_eq(realm_enter(&realms[i], 0), 0);
                }
        }
        world_destroy(world);
}
END_TEST

START_TEST(a_thousand_recs)
{
        struct world *world =
                world_create_with(&(const struct rmmsim_config){ .max_guests = 1, .features.rec_aux_count = 1 });
        unsigned count = 0;

        for (unsigned i = 0; i < 1000; i++) {
                uint64_t start = world->next_pa;
                struct realm_world realm;

                realm_running(&realm, world, 1, count_and_wait, &count);
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                realm_tear_down(&realm);
                world->next_pa = start; /* the same memory again */
        }
        ck_assert_uint_eq(count, 2000);
        world_destroy(world);
}
END_TEST

/* Many Realms of many RECs, all suspended in the middle of something of their own. */
START_TEST(many_realms)
{
        enum {
                REALMS = 40,
                RUNS = 5
        };
        struct world *world = world_create_with(&(const struct rmmsim_config){ .features.rec_aux_count = RMMSIM_NONE });
        static struct realm_world realms[REALMS];
        static unsigned counts[REALMS];

        for (unsigned i = 0; i < REALMS; i++) {
                realm_running(&realms[i], world, 1, count_and_wait, &counts[i]);
        }
        for (unsigned run = 0; run < RUNS; run++) {
                for (unsigned i = 0; i < REALMS; i++) {
                        realm_enter_expect(&realms[(i * 7) % REALMS], 0, RMMSIM_EXIT_IRQ);
                }
        }
        for (unsigned i = 0; i < REALMS; i++) {
                ck_assert_uint_eq(counts[i], RUNS);
        }
        world_destroy(world);
}
END_TEST

/* ---- threads ---------------------------------------------------------------------------------------------------------------- */

struct turn {
        struct realm_world *realm;
        unsigned pe;
};

static void *take_turn(void *arg)
{
        struct turn *turn = arg;

        ck_assert_uint_eq(realm_enter_on(turn->realm, turn->pe, 0), 0);
        return NULL;
}

static void sum_up(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t sum = 0; /* lives on the guest's stack, whoever runs it */

        for (uint64_t i = 1;; i++) {
                sum += i;
                *(uint64_t *)arg = sum;
                rmmsim_guest_wfi(vcpu);
        }
}

/* Each time another thread, and another PE. */
START_TEST(resumed_on_other_threads)
{
        struct world *world = world_create();
        struct realm_world realm;
        uint64_t sum = 0;

        realm_running(&realm, world, 1, sum_up, &sum);
        for (unsigned i = 0; i < 20; i++) {
                struct turn turn = { .realm = &realm, .pe = i % WORLD_PES };
                pthread_t thread;

                ck_assert_int_eq(pthread_create(&thread, NULL, take_turn, &turn), 0);
                ck_assert_int_eq(pthread_join(thread, NULL), 0);
                ck_assert_uint_eq(sum, (i + 1) * (i + 2) / 2);
        }
        world_destroy(world);
}
END_TEST

/* ---- a guest that is its own host ------------------------------------------------------------------------------------------- */

struct nest {
        struct realm_world realms[WORLD_PES];
        unsigned depth;
        unsigned reached;
};

/* Enter the next Realm, on the next PE, from inside; and the last one finds a PE that is taken. */
static void enter_the_next(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct nest *nest = arg;

        for (;;) {
                if (++nest->reached < nest->depth) {
                        unsigned next = nest->reached;

                        ck_assert_uint_eq(realm_enter_on(&nest->realms[next], next, 0), 0);
                        ck_assert_uint_eq(realm_run(&nest->realms[next], 0)->exit.exit_reason, RMMSIM_EXIT_IRQ);
                }
                rmmsim_guest_wfi(vcpu);
        }
}

START_TEST(guests_inside_guests)
{
        struct world *world = world_create();
        struct nest nest = { .depth = WORLD_PES };

        for (unsigned i = 0; i < WORLD_PES; i++) {
                realm_running(&nest.realms[i], world, 1, enter_the_next, &nest);
        }
        for (unsigned round = 0; round < 3; round++) {
                nest.reached = 0;
                realm_enter_expect(&nest.realms[0], 0, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(nest.reached, WORLD_PES);
        }
        world_destroy(world);
}
END_TEST

static void note_misuse(void *context, const char *sentence)
{
        (void)sentence;
        ++*(unsigned *)context;
}

static void use_own_pe(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct realm_world *realm = arg;
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_VERSION, 0x10000 } };

        ck_assert_int_eq(rmmsim_smc(realm->world->sim, 0, &regs), RMMSIM_ERROR_MISUSE);
        rmmsim_guest_wfi(vcpu);
}

/* Its own PE is busy running it. */
START_TEST(a_guest_on_its_own_pe)
{
        unsigned misuses = 0;
        struct world *world =
                world_create_with(&(const struct rmmsim_config){ .misuse = note_misuse, .context = &misuses });
        struct realm_world realm;

        realm_running(&realm, world, 1, use_own_pe, &realm);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(misuses, 1);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guest_program");
        TCase *life = tcase_create("life");
        TCase *places = tcase_create("places");

        tcase_add_test(life, returning_is_cpu_off);
        tcase_add_test(life, no_guest);
        tcase_add_test(life, no_stack);
        tcase_add_test(life, step_functions_are_not_counted);
        tcase_add_test(life, rebind);
        tcase_add_test(life, rebind_steps);
        tcase_add_test(life, rebind_for_ever);
        tcase_add_test(life, bind_without_a_realm);
        tcase_add_loop_test(places, destroyed_anywhere, 0, 16);
        tcase_add_test(places, instance_destroyed_anywhere);
        tcase_add_test(places, a_thousand_recs);
        tcase_add_test(places, many_realms);
        tcase_add_test(places, resumed_on_other_threads);
        tcase_add_test(places, guests_inside_guests);
        tcase_add_test(places, a_guest_on_its_own_pe);
        suite_add_tcase(suite, life);
        suite_add_tcase(suite, places);
        return run_suite(suite);
}
