/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_threads_host_call.c - the host answers a host call on one PE, and takes the memory away that the answer goes to on another.
 *
 * The answer is written under the Realm's lock: either it is there before the page goes, or the REC exits with an abort. Nothing
 * is ever written to a page that is the Realm's no more, which would show in the audit as a Granule not wiped, and to
 * ThreadSanitizer in any case. Each round begins at a snapshot.
 *
 * Specification: REC entry following a REC exit due to Host call.
 */
#include "script.h"
#include "slowness.h"
#include <pthread.h>
#include <rmmsim/snapshot.h>
#include <string.h>

static struct stage stage;
static pthread_barrier_t start;
static uint64_t entered;
static uint64_t destroyed;

static void *answer(void *arg)
{
        pthread_barrier_wait(&start);
        entered =
                rmmsim_call(stage.world->sim, 0, rmi_rec_enter, .rec = stage.realm.recs[0], .run_ptr = stage.realm.run)
                        .x[0];
        return arg;
}

static void *take_away(void *arg)
{
        pthread_barrier_wait(&start);
        destroyed = rmmsim_call(stage.world->sim, 1, rmi_data_destroy, .rd = stage.realm.rd, .ipa = STAGE_DATA).x[0];
        return arg;
}

START_TEST(answered_or_aborted)
{
        const unsigned rounds = UNDER_TSAN ? 60 : 400;
        struct script pending;

        stage_create(&stage, &(const struct rmmsim_config){ .num_pes = 2 });
        stage_play(&stage, OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_run(&stage)->exit.exit_reason, RMMSIM_EXIT_HOST_CALL);
        memset(stage_run(&stage)->enter.gprs, 0x66, sizeof(stage_run(&stage)->enter.gprs));
        pending = stage.script;
        ck_assert_int_eq(rmmsim_snapshot(stage.world->sim, NULL), 0);
        pthread_barrier_init(&start, NULL, 2);
        for (unsigned round = 0; round < rounds; round++) {
                struct rmmsim_report report;
                uint64_t reason;
                pthread_t threads[2];

                pthread_create(&threads[0], NULL, answer, NULL);
                pthread_create(&threads[1], NULL, take_away, NULL);
                pthread_join(threads[0], NULL);
                pthread_join(threads[1], NULL);
                ck_assert_uint_eq(entered, RMMSIM_RMI_SUCCESS);
                ck_assert_uint_eq(destroyed, RMMSIM_RMI_SUCCESS);
                ck_assert_msg(rmmsim_audit(stage.world->sim, &report) == 0, "%s", report.text);
                reason = stage_run(&stage)->exit.exit_reason;
                ck_assert(reason == RMMSIM_EXIT_SYNC || reason == RMMSIM_EXIT_IRQ);
                ck_assert_int_eq(rmmsim_restore(stage.world->sim), 0);
                stage.script = pending; /* the step function's own */
        }
        pthread_barrier_destroy(&start);
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("threads_host_call");
        TCase *tcase = tcase_create("host call");

        tcase_set_timeout(tcase, 240);
        tcase_add_test(tcase, answered_or_aborted);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
