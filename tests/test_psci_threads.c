/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_threads.c - one REC turns itself off as often as it is started, another turns it on, each on a thread of its own.
 *
 * However they meet - the target off, on, on its way in or on its way out - every SUCCESS is one start, with the context of
 * that very call, and nothing else starts it.
 *
 * Specification: PSCI sheet sections 0 (S1 to S4) and 2.8; rec sheet section 8 (T1, T8).
 */
#include "psci_fixture.h"
#include <pthread.h>

enum {
        CALLS = 3000
};

#define TARGET_ENTRY (REALM_PC + 0xf80)

static uint64_t succeeded[CALLS];
static unsigned num_succeeded;
static uint64_t started[CALLS + 1];
static unsigned num_started;
static atomic_bool finished;

/* What runs at TARGET_ENTRY: note the context, and off again. */
static void target(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        if (num_started <= CALLS) {
                started[num_started++] = rmmsim_guest_x(vcpu, 0);
        }
        rmmsim_guest_call(vcpu, psci_cpu_off, 0);
}

/* The host of PE 1 tries to enter the target all the time. */
static void *host_of_target(void *arg)
{
        (void)arg;
        while (!atomic_load(&finished)) {
                uint64_t x0 = realm_enter_on(&puppets.realm, 1, R1);

                if (x0 != RMMSIM_RMI_SUCCESS && x0 != RMMSIM_RMI_ERROR_REC) {
                        return (void *)1;
                }
        }
        return NULL;
}

START_TEST(every_success_is_one_start)
{
        pthread_t thread;
        void *failed;

        num_succeeded = num_started = 0;
        atomic_store(&finished, false);
        create_with(&(struct rmmsim_config){ .profile = _i != 0 ? RMMSIM_PROFILE_RMM_1_0_REFERENCE
                                                                : RMMSIM_PROFILE_RMM_1_0 },
                    2, 1);
        ck_assert_int_eq(rmmsim_guest_bind(puppets.world->sim, puppets.realm.rd, TARGET_ENTRY, target, NULL), 0);
        ck_assert_int_eq(pthread_create(&thread, NULL, host_of_target, NULL), 0);
        for (unsigned i = 0; i < CALLS; i++) {
                uint64_t context = (uint64_t)i << 32 | i;
                uint64_t x0;

                puppet_exit(&puppets, R0, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = 1,
                            .entry_point_address = TARGET_ENTRY, .context_id = context);
                complete(R0, R1, SUCCESS);
                x0 = puppet_answer(&puppets, R0)[0];
                ck_assert(x0 == SUCCESS || x0 == ALREADY_ON);
                if (x0 == SUCCESS) {
                        succeeded[num_succeeded++] = context;
                }
        }
        /* Until it is off: then it has been started as often as it will ever be. */
        do {
                affinity_info(R0, R1);
                complete(R0, R1, SUCCESS);
        } while (puppet_answer(&puppets, R0)[0] == ON);
        atomic_store(&finished, true);
        pthread_join(thread, &failed);
        ck_assert_ptr_null(failed);
        ck_assert_uint_gt(num_succeeded, 0);
        ck_assert_uint_eq(num_started, num_succeeded);
        ck_assert_mem_eq(started, succeeded, num_succeeded * sizeof(uint64_t));
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_threads");
        TCase *tcase = tcase_create("psci_threads");

        tcase_add_loop_test(tcase, every_success_is_one_start, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
