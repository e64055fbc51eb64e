/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_misuse.c - misuse of the library is told to the handler, and what is no misuse is an error code.
 *
 * Without a handler the program stops; with one that returns, the call returns and has done nothing.
 */
#include "threads_fixture.h"
#include <rmmsim/guest.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* A world whose misuses are written down. */
struct complaints {
        _Atomic unsigned count;
        char last[200];
};

static void complain(void *context, const char *sentence)
{
        struct complaints *complaints = context;

        snprintf(complaints->last, sizeof(complaints->last), "%s", sentence);
        atomic_fetch_add(&complaints->count, 1);
}

static struct world *world_with(struct complaints *complaints)
{
        return world_create_with(&(struct rmmsim_config){ .context = complaints, .misuse = complain, .num_pes = 2 });
}

static void expect_complaint(struct complaints *complaints, const char *part)
{
        ck_assert_uint_eq(atomic_exchange(&complaints->count, 0), 1);
        ck_assert_msg(strstr(complaints->last, part) != NULL, "%s", complaints->last);
}

/* ---- PEs that do not exist ---------------------------------------------------------------------------------------------------- */

START_TEST(test_no_such_pe)
{
        static const unsigned pes[] = { 2, 1000, 0x80000000, 0xffffffff };
        struct complaints complaints = { .count = 0 };
        struct world *world = world_with(&complaints);

        for (unsigned i = 0; i < sizeof(pes) / sizeof(pes[0]); i++) {
                struct rmmsim_regs regs = { .x = { RMMSIM_RMI_FEATURES, 0, 7 } };

                ck_assert_int_eq(rmmsim_smc(world->sim, pes[i], &regs), RMMSIM_ERROR_MISUSE);
                expect_complaint(&complaints, "that PE does not exist");
                ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_FEATURES);
                ck_assert_uint_eq(regs.x[2], 7);
                regs = rmmsim_call(world->sim, pes[i], rmi_features, .index = 0);
                ck_assert_uint_eq(regs.x[0], RMMSIM_NOT_SUPPORTED);
                expect_complaint(&complaints, "that PE does not exist");
                ck_assert_ptr_null(rmmsim_why(world->sim, pes[i]));
                expect_complaint(&complaints, "that PE does not exist");
                ck_assert_int_eq(rmmsim_irq_raise(world->sim, pes[i]), RMMSIM_ERROR_MISUSE);
                expect_complaint(&complaints, "that PE does not exist");
                ck_assert_int_eq(rmmsim_fiq_raise(world->sim, pes[i]), RMMSIM_ERROR_MISUSE);
                expect_complaint(&complaints, "that PE does not exist");
                ck_assert_int_eq(rmmsim_serror_raise(world->sim, pes[i], 0), RMMSIM_ERROR_MISUSE);
                expect_complaint(&complaints, "that PE does not exist");
        }
        world_destroy(world);
}
END_TEST

/* ---- a PE that is busy ------------------------------------------------------------------------------------------------------ */

struct visit {
        struct world *world;
        struct complaints *complaints;
        atomic_bool inside;
        atomic_bool leave;
};

/* On its own PE a guest cannot act as the host; on another it can. */
static void act_as_host(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct visit *visit = arg;
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_FEATURES } };

        ck_assert_int_eq(rmmsim_smc(visit->world->sim, 0, &regs), RMMSIM_ERROR_MISUSE);
        expect_complaint(visit->complaints, "two calls on one PE at once");
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_FEATURES);
        ck_assert_int_eq(rmmsim_smc(visit->world->sim, 1, &regs), 0);
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_SUCCESS);
        rmmsim_destroy(visit->world->sim);
        expect_complaint(visit->complaints, "rmmsim_destroy() while a PE is inside a call");
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(test_guest_on_its_own_pe)
{
        struct complaints complaints = { .count = 0 };
        struct visit visit = { .world = world_with(&complaints), .complaints = &complaints };
        struct realm_world realm;

        realm_running(&realm, visit.world, 1, act_as_host, &visit);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(atomic_load(&complaints.count), 0);
        realm_tear_down(&realm);
        expect_all_returned(visit.world);
}
END_TEST

static void stay_inside(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct visit *visit = arg;

        atomic_store(&visit->inside, true);
        while (!atomic_load(&visit->leave)) {
                sched_yield();
        }
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

static void *enter(void *arg)
{
        struct realm_world *realm = arg;

        return (void *)(uintptr_t)realm_enter(realm, 0);
}

START_TEST(test_two_threads_on_one_pe)
{
        struct complaints complaints = { .count = 0 };
        struct visit visit = { .world = world_with(&complaints), .complaints = &complaints };
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_FEATURES } };
        struct realm_world realm;
        pthread_t thread;
        void *x0;

        realm_running(&realm, visit.world, 1, stay_inside, &visit);
        memset(realm_run(&realm, 0), 0, PAGE);
        ck_assert_int_eq(pthread_create(&thread, NULL, enter, &realm), 0);
        while (!atomic_load(&visit.inside)) {
                sched_yield();
        }
        ck_assert_int_eq(rmmsim_smc(visit.world->sim, 0, &regs), RMMSIM_ERROR_MISUSE);
        expect_complaint(&complaints, "two calls on one PE at once");
        /* On the other PE all is well, and the REC is seen to run. */
        ck_assert_uint_eq(realm_enter_on(&realm, 1, 0), RMMSIM_RMI_ERROR_REC);
        ck_assert_uint_eq(rmmsim_call(visit.world->sim, 1, rmi_rec_destroy, .rec = realm.recs[0]).x[0],
                          RMMSIM_RMI_ERROR_REC);
        atomic_store(&visit.leave, true);
        pthread_join(thread, &x0);
        ck_assert_ptr_null(x0);
        ck_assert_int_eq(rmmsim_smc(visit.world->sim, 0, &regs), 0);
        realm_tear_down(&realm);
        expect_all_returned(visit.world);
}
END_TEST

/* ---- no handler -------------------------------------------------------------------------------------------------------------- */

START_TEST(test_without_a_handler_the_program_stops)
{
        struct world *world = world_create();

        (void)rmmsim_irq_raise(world->sim, WORLD_PES);
        ck_abort_msg("still here");
}
END_TEST

/* ---- errors that are no misuse ------------------------------------------------------------------------------------------------- */

START_TEST(test_bind_without_a_realm)
{
        struct world *world = world_create();
        uint64_t page = world_delegated(world);

        ck_assert_int_eq(rmmsim_guest_bind(world->sim, page, 0, act_as_host, NULL), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, page + 1, 0, act_as_host, NULL), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, 0, 0, act_as_host, NULL), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, WORLD_DEVICE_BASE, 0, act_as_host, NULL), RMMSIM_ERROR_STATE);
        world_destroy(world);
}
END_TEST

static void expect_no_run(struct world *world, const struct realm_world *realm, unsigned rec, int error)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_REC_ENTER, realm->recs[rec], realm->run } };
        const struct rmmsim_rec_run *run = world_at(world, realm->run);

        ck_assert_int_eq(rmmsim_smc(world->sim, 0, &regs), error);
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(run->exit.exit_reason, RMMSIM_EXIT_IRQ);
}

static void off(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        rmmsim_guest_wfi(vcpu);
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(test_no_guest)
{
        struct world *world = world_create();
        struct realm_world realm;

        realm_running(&realm, world, 1, NULL, NULL);
        expect_no_run(world, &realm, 0, RMMSIM_ERROR_NO_GUEST);
        expect_no_run(world, &realm, 0, RMMSIM_ERROR_NO_GUEST);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm.rd, REALM_PC, off, NULL), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        realm_tear_down(&realm);
        expect_all_returned(world);
}
END_TEST

/* One stack, two guests: the second waits until the first is gone. */
START_TEST(test_no_stack)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .max_guests = 1, .num_pes = 1 });
        struct realm_world realm;

        realm_new(&realm, world, NULL);
        realm_data(&realm, REALM_PC, 0);
        realm_rec(&realm, true, REALM_PC);
        realm_rec(&realm, true, REALM_PC);
        realm_activate(&realm);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm.rd, REALM_PC, off, NULL), 0);
        expect_no_run(world, &realm, 0, 0);
        expect_no_run(world, &realm, 1, RMMSIM_ERROR_NO_STACK);
        expect_no_run(world, &realm, 1, RMMSIM_ERROR_NO_STACK);
        expect_success(world, rmi_rec_destroy, .rec = realm.recs[0]);
        expect_no_run(world, &realm, 1, 0);
        world_destroy(world);
}
END_TEST

/* Suspended guests, tokens half read, everything delegated: an instance can be destroyed as it stands. */
START_TEST(test_destroy_with_everything_in_it)
{
        for (int i = 0; i < 20; i++) {
                struct world *world = world_create();
                struct realm_world realm;

                realm_running(&realm, world, 2, off, NULL);
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                world_destroy(world);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("misuse");
        TCase *tcase = tcase_create("misuse");

        tcase_add_test(tcase, test_no_such_pe);
        tcase_add_test(tcase, test_guest_on_its_own_pe);
        tcase_add_test(tcase, test_two_threads_on_one_pe);
        tcase_add_test_raise_signal(tcase, test_without_a_handler_the_program_stops, SIGABRT);
        tcase_add_test(tcase, test_bind_without_a_realm);
        tcase_add_test(tcase, test_no_guest);
        tcase_add_test(tcase, test_no_stack);
        tcase_add_test(tcase, test_destroy_with_everything_in_it);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
