/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bind_seams.c - the wrapper checker hears a wrapper through every seam, of host and guest, on every thread and inside a Realm.
 */
#include "bind_wrappers.h"
#include "compat/baremetal_client.h"
#include "compat_fixture.h"
#include "world.h"
#include <pthread.h>

static size_t check(struct rmmsim_wrapper_finding *findings, size_t room, const struct rmmsim_wrapper *wrappers,
                    size_t count)
{
        size_t num = room;

        ck_assert_int_eq(rmmsim_check_wrappers(findings, &num, wrappers, count), 0);
        return num;
}

START_TEST(a_guests_wrappers_are_checked_alike)
{
        static struct guest_version version;
        static unsigned long value[8];
        const struct rmmsim_wrapper wrappers[] = {
                RMMSIM_WRAPPER(guest_rsi_version, rsi_version, ULONG, RMMSIM_ARG(ULONG),
                               RMMSIM_ARG_OTHER(POINTER, (uintptr_t)&version)),
                RMMSIM_WRAPPER(guest_rsi_host_call, rsi_host_call, ULONG, RMMSIM_ARG(ULONG)),
                RMMSIM_WRAPPER(guest_rsi_measurement_read, rsi_measurement_read, ULONG, RMMSIM_ARG(ULONG),
                               RMMSIM_ARG_OTHER(POINTER, (uintptr_t)value)),
                RMMSIM_WRAPPER(guest_psci_cpu_on, psci_cpu_on, LONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                               RMMSIM_ARG(ULONG)),
                { "guest_psci_system_off",
                  RMMSIM_COMMAND_psci_system_off,
                  guest_psci_system_off,
                  RMMSIM_TYPE_VOID,
                  { { RMMSIM_TYPE_VOID, RMMSIM_ROLE_INPUT, NULL, 0 } } },
        };
        struct rmmsim_wrapper_finding findings[4];

        ck_assert_msg(check(findings, 4, wrappers, 5) == 0, "%s", findings[0].sentence);
        ck_assert_uint_ne(version.lower, 0);
        for (unsigned i = 1; i < 8; i++) { /* the recorder's answers differ from register to register */
                ck_assert_uint_ne(value[i], value[i - 1]);
        }
}
END_TEST

static uint64_t (*bound_delegate)(uint64_t addr);

static unsigned long through_a_pointer(unsigned long addr)
{
        return bound_delegate(addr);
}

START_TEST(every_seam_is_heard)
{
        rmmsim_fn *fn;
        struct rmmsim_bound *bound =
                rmmsim_bind_command(NULL, &fn, 0, RMMSIM_COMMAND_rmi_granule_undelegate, NULL); /* the wrong one */
        const struct rmmsim_wrapper wrappers[] = {
                RMMSIM_WRAPPER(suite_delegate, rmi_granule_delegate, U64, RMMSIM_ARG(U64)),
                RMMSIM_WRAPPER(suite_undelegate, rmi_granule_undelegate, U64, RMMSIM_ARG(U64)),
                RMMSIM_WRAPPER(through_a_pointer, rmi_granule_delegate, ULONG, RMMSIM_ARG(ULONG)),
        };
        struct rmmsim_wrapper_finding findings[4];

        bound_delegate = (uint64_t(*)(uint64_t))fn;
        ck_assert_uint_eq(check(findings, 4, wrappers, 3), 1);
        ck_assert_ptr_eq(findings[0].wrapper, &wrappers[2]);
        ck_assert_int_eq(findings[0].fault, RMMSIM_WRAPPER_COMMAND);
        rmmsim_unbind(bound);
}
END_TEST

/* The table as far as its wrappers share nothing. */
static void *check_often(void *arg)
{
        size_t *wrong = arg;

        for (unsigned i = 0; i < 50; i++) {
                struct rmmsim_wrapper_finding findings[2];
                size_t num = 2;

                *wrong += rmmsim_check_wrappers(findings, &num, kernel_wrappers, 15) != 0 || num != 0;
        }
        return NULL;
}

START_TEST(threads_check_at_once)
{
        pthread_t threads[4];
        size_t wrong[4] = { 0 };

        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(pthread_create(&threads[i], NULL, check_often, &wrong[i]), 0);
        }
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
                ck_assert_uint_eq(wrong[i], 0);
        }
}
END_TEST

/* A check may be made anywhere, and leaves behind what was there. */
static void checking_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)check_often(arg);
        *(size_t *)arg += rmmsim_used().vcpu != vcpu;
        guest_psci_system_off();
}

START_TEST(a_guest_may_check)
{
        struct machine machine;
        size_t wrong = 0;

        ck_assert_int_eq(machine_create(&machine, NULL, NULL), 0);
        (void)rmmsim_use(machine.sim, 0);
        ck_assert_int_eq(machine_boot(&machine, 1, checking_guest, &wrong), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(wrong, 0);
        ck_assert_int_eq(machine_tear_down(&machine), 0);
        (void)rmmsim_use(NULL, 0);
        rmmsim_destroy(machine.sim);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bind_seams");
        TCase *tcase = tcase_create("seams");
        TCase *threads = tcase_create("threads");

        tcase_add_test(tcase, a_guests_wrappers_are_checked_alike);
        tcase_add_test(tcase, every_seam_is_heard);
        tcase_add_test(threads, threads_check_at_once);
        tcase_add_test(tcase, a_guest_may_check);
        suite_add_tcase(suite, tcase);
        suite_add_tcase(suite, threads);
        return run_suite(suite);
}
