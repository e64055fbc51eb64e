/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_compat_use.c - selections: whose SMC goes where, when threads, guests and explored PEs take turns.
 */
#include "compat_fixture.h"
#include "world.h"
#include <pthread.h>
#include <rmmsim/explore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct machine machine;
static char told[256];

static void tell(void *context, const char *sentence)
{
        (void)context;
        snprintf(told, sizeof(told), "%s", sentence);
}

static void begin(void)
{
        told[0] = '\0';
        ck_assert_int_eq(machine_create(&machine, tell, NULL), 0);
        (void)rmmsim_use(machine.sim, 0);
}

static void end(void)
{
        (void)rmmsim_use(NULL, 0);
        rmmsim_destroy(machine.sim);
}

/* ---- one thread ------------------------------------------------------------------------------------------------------- */

START_TEST(uses_nest)
{
        struct machine other;
        struct rmmsim_selection outer;
        struct rmmsim_selection inner;
        struct rmmsim_granule granule;

        ck_assert_int_eq(machine_create(&other, NULL, NULL), 0);
        ck_assert_uint_eq(kernel_granule_delegate(MACHINE_BASE), 0);
        outer = rmmsim_use(other.sim, 3);
        ck_assert_ptr_eq(outer.sim, machine.sim);
        ck_assert_uint_eq(kernel_granule_delegate(MACHINE_BASE), 0);
        inner = rmmsim_use(NULL, 7);
        ck_assert_ptr_eq(inner.sim, other.sim);
        ck_assert_uint_eq(inner.pe, 3);
        ck_assert_ptr_null(rmmsim_used().sim);
        rmmsim_use_again(inner);
        ck_assert_uint_eq(kernel_granule_undelegate(MACHINE_BASE), 0);
        rmmsim_use_again(outer);
        ck_assert_ptr_eq(rmmsim_used().sim, machine.sim);
        ck_assert_int_eq(rmmsim_granule(machine.sim, &granule, MACHINE_BASE), 0);
        ck_assert_int_eq(granule.state, RMMSIM_GRANULE_DELEGATED);
        ck_assert(!rmmsim_next_delegated(other.sim, &(uint64_t){ 0 }, 0));
        rmmsim_destroy(other.sim);
}
END_TEST

START_TEST(with_nothing_selected_the_program_stops)
{
        (void)rmmsim_use(NULL, 0);
        (void)kernel_granule_delegate(MACHINE_BASE);
}
END_TEST

static void *call_unselected(void *arg)
{
        (void)kernel_granule_delegate(MACHINE_BASE);
        return arg;
}

START_TEST(a_new_thread_has_nothing_selected)
{
        pthread_t thread;

        ck_assert_int_eq(pthread_create(&thread, NULL, call_unselected, NULL), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(a_pe_that_does_not_exist_is_not_selected)
{
        struct rmmsim_selection before = rmmsim_use(machine.sim, MACHINE_PES);

        ck_assert_ptr_nonnull(strstr(told, "that PE does not exist"));
        ck_assert_ptr_eq(before.sim, machine.sim);
        ck_assert_uint_eq(rmmsim_used().pe, 0);
        ck_assert_uint_eq(kernel_granule_delegate(MACHINE_BASE), 0);
}
END_TEST

START_TEST(errors_of_the_library_are_kept_until_asked_for)
{
        /* No guest is bound. */
        ck_assert_int_eq(realm_built(&machine), 0);
        ck_assert_int_eq(rec_built(&machine), 0);
        ck_assert_uint_eq(kernel_realm_activate(machine.rd), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(kernel_granule_delegate(machine_page(&machine)), 0);
        ck_assert_int_eq(rmmsim_use_error(), RMMSIM_ERROR_NO_GUEST);
        ck_assert_int_eq(rmmsim_use_error(), 0);
}
END_TEST

/* ---- guests --------------------------------------------------------------------------------------------------------------- */

struct log {
        unsigned calls[MACHINE_RECS]; /* answered, by a guest that was its own */
        unsigned wrong;
        unsigned long from_guest;
};

static unsigned number_of(struct rmmsim_vcpu *vcpu)
{
        uint64_t mpidr = 0;

        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &mpidr);
        return (unsigned)(mpidr & 0xf);
}

/* Calls, exits, calls, ... and whenever it goes on it must be itself. */
static void busy_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct log *log = arg;
        unsigned self = number_of(vcpu);

        for (;;) {
                struct guest_version version = { 0, 0 };

                log->wrong += rmmsim_used().vcpu != vcpu || guest_rsi_version(0x10000, &version) != 0 ||
                              version.higher != 0x10000;
                log->calls[self]++;
                log->wrong += guest_rsi_host_call(GUEST_PC) != 0;
        }
}

START_TEST(guests_that_take_turns_keep_their_own)
{
        struct log log = { .wrong = 0 };

        ck_assert_int_eq(machine_boot(&machine, MACHINE_RECS, busy_guest, &log), 0);
        for (unsigned i = 0; i < 40; i++) {
                unsigned rec = i * 7 % MACHINE_RECS;

                (void)rmmsim_use(machine.sim, i % MACHINE_PES);
                ck_assert_uint_eq(machine_enter(&machine, rec), RMMSIM_EXIT_HOST_CALL);
                ck_assert_ptr_null(rmmsim_used().vcpu);
                ck_assert_uint_eq(rmmsim_used().pe, i % MACHINE_PES);
        }
        ck_assert_uint_eq(log.wrong, 0);
        for (unsigned i = 0; i < MACHINE_RECS; i++) {
                ck_assert_uint_eq(log.calls[i], 10);
        }
        ck_assert_int_eq(machine_tear_down(&machine), 0);
}
END_TEST

static void *enter_once(void *arg)
{
        struct machine *there = arg;

        (void)rmmsim_use(there->sim, 1);
        return machine_enter(there, 0) == RMMSIM_EXIT_HOST_CALL && rmmsim_used().vcpu == NULL ? there : NULL;
}

START_TEST(a_guest_goes_on_on_another_thread)
{
        struct log log = { .wrong = 0 };

        ck_assert_int_eq(machine_boot(&machine, 1, busy_guest, &log), 0);
        for (unsigned i = 0; i < 20; i++) {
                pthread_t thread;
                void *result = NULL;

                ck_assert_int_eq(pthread_create(&thread, NULL, enter_once, &machine), 0);
                ck_assert_int_eq(pthread_join(thread, &result), 0);
                ck_assert_ptr_eq(result, &machine);
        }
        ck_assert_uint_eq(log.wrong, 0);
        ck_assert_uint_eq(log.calls[0], 20);
        ck_assert_int_eq(machine_tear_down(&machine), 0);
}
END_TEST

/* Selects a PE of the host, is left in the middle of that, and finds it again. */
static void hosting_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct log *log = arg;
        struct rmmsim_selection self = rmmsim_use(machine.sim, 2);

        log->wrong += self.vcpu != vcpu;
        log->wrong += kernel_granule_delegate(MACHINE_BASE + 0x80000) != 0;
        rmmsim_guest_wfi(vcpu);
        log->wrong += rmmsim_used().sim != machine.sim || rmmsim_used().pe != 2;
        log->wrong += kernel_granule_undelegate(MACHINE_BASE + 0x80000) != 0;
        rmmsim_use_again(self);
        guest_psci_system_off();
}

START_TEST(a_guest_acts_as_a_host)
{
        struct log log = { .wrong = 0 };
        struct rmmsim_granule granule;

        ck_assert_int_eq(machine_boot(&machine, 1, hosting_guest, &log), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_IRQ);
        ck_assert_int_eq(rmmsim_granule(machine.sim, &granule, MACHINE_BASE + 0x80000), 0);
        ck_assert_int_eq(granule.state, RMMSIM_GRANULE_DELEGATED);
        ck_assert_uint_eq(rmmsim_used().pe, 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(log.wrong, 0);
        ck_assert_int_eq(machine_tear_down(&machine), 0);
}
END_TEST

static void entering_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct log *log = arg;
        struct guest_version version;
        struct rmmsim_selection self;

        if (number_of(vcpu) != 0) {
                busy_guest(vcpu, arg);
        }
        self = rmmsim_use(machine.sim, 1);
        for (unsigned i = 0; i < 3; i++) {
                log->wrong += machine_enter(&machine, 1) != RMMSIM_EXIT_HOST_CALL;
                log->wrong += rmmsim_used().sim != machine.sim || rmmsim_used().pe != 1;
        }
        rmmsim_use_again(self);
        log->wrong += guest_rsi_version(0x10000, &version) != 0;
        guest_psci_system_off();
}

START_TEST(a_guest_enters_another_guest)
{
        struct log log = { .wrong = 0 };

        ck_assert_int_eq(machine_boot(&machine, 2, entering_guest, &log), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(log.wrong, 0);
        ck_assert_uint_eq(log.calls[1], 3);
        ck_assert_int_eq(machine_tear_down(&machine), 0);
}
END_TEST

/* On the PE that it runs on it cannot be a host: told, and answered with NOT_SUPPORTED. */
static void mistaken_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct log *log = arg;
        struct rmmsim_selection self = rmmsim_use(machine.sim, 0);

        (void)vcpu;
        log->from_guest = kernel_granule_delegate(MACHINE_BASE);
        log->wrong += rmmsim_use_error() != RMMSIM_ERROR_MISUSE;
        rmmsim_use_again(self);
        guest_psci_system_off();
}

START_TEST(a_misused_pe_is_told_and_answered)
{
        struct log log = { .wrong = 0 };

        ck_assert_int_eq(machine_boot(&machine, 1, mistaken_guest, &log), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_PSCI);
        ck_assert_ptr_nonnull(strstr(told, "two calls on one PE at once"));
        ck_assert_uint_eq(log.from_guest, RMMSIM_NOT_SUPPORTED);
        ck_assert_uint_eq(log.wrong, 0);
        ck_assert_int_eq(rmmsim_use_error(), 0); /* the guest's own */
        ck_assert_int_eq(machine_tear_down(&machine), 0);
}
END_TEST

static struct rmmsim_selection leaked;

static void leaking_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        leaked = rmmsim_used();
        rmmsim_guest_wfi(vcpu);
}

START_TEST(the_selection_of_a_guest_is_for_that_guest)
{
        ck_assert_int_eq(machine_boot(&machine, 1, leaking_guest, NULL), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_IRQ);
        ck_assert_ptr_nonnull(leaked.vcpu);
        rmmsim_use_again(leaked);
}
END_TEST

/* ---- threads ---------------------------------------------------------------------------------------------------------------- */

struct booter {
        pthread_t thread;
        struct machine machine;
        struct log log;
        int wrong_line;
};

static int boot_often(struct booter *booter)
{
        for (unsigned round = 0; round < 10; round++) {
                struct machine *there = &booter->machine;

                TRY(machine_create(there, NULL, NULL) == 0);
                (void)rmmsim_use(there->sim, round % MACHINE_PES);
                TRY(machine_boot(there, 2, busy_guest, &booter->log) == 0);
                for (unsigned i = 0; i < 20; i++) {
                        TRY(machine_enter(there, i % 2) == RMMSIM_EXIT_HOST_CALL);
                }
                TRY(machine_tear_down(there) == 0);
                (void)rmmsim_use(NULL, 0);
                rmmsim_destroy(there->sim);
        }
        return 0;
}

static void *boot_thread(void *arg)
{
        struct booter *booter = arg;

        booter->wrong_line = boot_often(booter);
        return NULL;
}

START_TEST(threads_boot_realms_on_instances_of_their_own)
{
        static struct booter booters[4];

        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(pthread_create(&booters[i].thread, NULL, boot_thread, &booters[i]), 0);
        }
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(pthread_join(booters[i].thread, NULL), 0);
                ck_assert_int_eq(booters[i].wrong_line, 0);
                ck_assert_uint_eq(booters[i].log.wrong, 0);
                ck_assert_uint_eq(booters[i].log.calls[0], 100);
        }
        ck_assert_ptr_eq(rmmsim_used().sim, machine.sim);
}
END_TEST

/* ---- explored PEs ----------------------------------------------------------------------------------------------------------- */

static struct rmmsim_finding finding;
static struct machine second;

/* What is selected when it begins is what it was given; what it selects itself stays with it. */
static void faithful_pe(struct rmmsim *sim, unsigned pe, void *arg)
{
        unsigned long page = MACHINE_BASE + 0x40000 + pe * MACHINE_PAGE;

        (void)arg;
        if (rmmsim_used().sim != sim || rmmsim_used().pe != pe || kernel_granule_delegate(page) != 0) {
                rmmsim_explore_fail("PE %u does not begin with what it was given", pe);
        }
        if (pe == 1) {
                (void)rmmsim_use(second.sim, 2);
        }
        rmmsim_yield();
        if (kernel_granule_undelegate(page) != (pe == 1 ? RMMSIM_RMI_ERROR_INPUT : 0)) {
                rmmsim_explore_fail("PE %u calls where another one does", pe);
        }
        if (rmmsim_used().pe != (pe == 1 ? 2 : pe)) {
                rmmsim_explore_fail("PE %u has lost its selection", pe);
        }
}

START_TEST(explored_pes_keep_their_own)
{
        const struct rmmsim_program program = { .sim = machine.sim, .pes = { faithful_pe, faithful_pe, faithful_pe } };
        const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 5, .schedules_max = 2000 };

        ck_assert_int_eq(machine_create(&second, NULL, NULL), 0);
        (void)rmmsim_use(machine.sim, 3);
        ck_assert_int_eq(rmmsim_explore(&program, &strategy, &finding), 0);
        ck_assert_msg(finding.kind == RMMSIM_FOUND_NOTHING, "%s", finding.sentence);
        ck_assert_uint_eq(finding.schedules, 2000);
        ck_assert_ptr_eq(rmmsim_used().sim, machine.sim);
        ck_assert_uint_eq(rmmsim_used().pe, 3);
        rmmsim_destroy(second.sim);
}
END_TEST

static void entering_pe(struct rmmsim *sim, unsigned pe, void *arg)
{
        const struct log *log = arg;

        (void)sim;
        for (unsigned i = 0; i < 3; i++) {
                if (machine_enter(&machine, pe) != RMMSIM_EXIT_HOST_CALL || rmmsim_used().pe != pe || log->wrong != 0) {
                        rmmsim_explore_fail("PE %u, entry %u", pe, i);
                }
        }
}

static struct rmmsim *forget(struct rmmsim *sim, void *arg)
{
        *(struct log *)arg = (struct log){ .wrong = 0 };
        return sim;
}

static void check_log(struct rmmsim *sim, void *arg)
{
        const struct log *log = arg;

        (void)sim;
        if (log->calls[0] != 3 || log->calls[1] != 3) {
                rmmsim_explore_fail("%u and %u calls", log->calls[0], log->calls[1]);
        }
}

START_TEST(explored_guests_keep_their_own)
{
        static struct log log;
        const struct rmmsim_program program = { .sim = machine.sim,
                                                .pes = { entering_pe, entering_pe },
                                                .arg = &log,
                                                .setup = forget,
                                                .check = check_log };
        const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 6, .schedules_max = 500 };

        ck_assert_int_eq(machine_boot(&machine, 2, busy_guest, &log), 0);
        ck_assert_int_eq(rmmsim_explore(&program, &strategy, &finding), 0);
        ck_assert_msg(finding.kind == RMMSIM_FOUND_NOTHING, "%s", finding.sentence);
        ck_assert_uint_eq(finding.schedules, 500);
}
END_TEST

/* A schedule that is given up inside a guest leaves the thread's selection as it was. */
static void failing_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        rmmsim_explore_fail("as planned");
        rmmsim_guest_nop(vcpu);
        guest_psci_system_off();
}

static unsigned stale; /* PEs that began with what an abandoned guest had */

static void failing_pe(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        stale += rmmsim_used().sim != sim || rmmsim_used().vcpu != NULL;
        (void)machine_enter(&machine, pe);
}

START_TEST(an_abandoned_schedule_leaves_no_selection_behind)
{
        const struct rmmsim_program program = { .sim = machine.sim, .pes = { failing_pe, failing_pe } };
        const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_DELAY };

        ck_assert_int_eq(machine_boot(&machine, 2, failing_guest, NULL), 0);
        ck_assert_int_eq(rmmsim_explore(&program, &strategy, &finding), 0);
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_FAILURE);
        ck_assert(finding.replays);
        ck_assert_uint_eq(stale, 0);
        ck_assert_ptr_null(rmmsim_used().vcpu);
        ck_assert_ptr_eq(rmmsim_used().sim, machine.sim);
        ck_assert_uint_eq(kernel_granule_delegate(MACHINE_BASE + 0x40000), 0);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("compat_use");
        TCase *tcase = tcase_create("selections");
        TCase *threads = tcase_create("threads");

        tcase_add_checked_fixture(tcase, begin, end);
        tcase_add_checked_fixture(threads, begin, end);
        tcase_add_test(tcase, uses_nest);
        tcase_add_test(tcase, a_pe_that_does_not_exist_is_not_selected);
        tcase_add_test(tcase, errors_of_the_library_are_kept_until_asked_for);
        tcase_add_test(tcase, guests_that_take_turns_keep_their_own);
        tcase_add_test(threads, a_guest_goes_on_on_another_thread);
        tcase_add_test(tcase, a_guest_acts_as_a_host);
        tcase_add_test(tcase, a_guest_enters_another_guest);
        tcase_add_test(tcase, a_misused_pe_is_told_and_answered);
        tcase_add_test(threads, threads_boot_realms_on_instances_of_their_own);
        tcase_add_test(tcase, explored_pes_keep_their_own);
        tcase_add_test(tcase, explored_guests_keep_their_own);
        tcase_add_test(tcase, an_abandoned_schedule_leaves_no_selection_behind);
        if (getenv("CK_FORK") == NULL) {
                tcase_add_test_raise_signal(tcase, with_nothing_selected_the_program_stops, SIGABRT);
                tcase_add_test_raise_signal(threads, a_new_thread_has_nothing_selected, SIGABRT);
                tcase_add_test_raise_signal(tcase, the_selection_of_a_guest_is_for_that_guest, SIGABRT);
        }
        suite_add_tcase(suite, tcase);
        suite_add_tcase(suite, threads);
        return run_suite(suite);
}
