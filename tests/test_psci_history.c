/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_history.c - histories written by hand: what has an explanation, what has none, and what is said then.
 *
 * R0 is on and asks, R1 is off unless a test turns it on first. Hosts are PE 0 and PE 1.
 */
#include "psci_fixture.h"
#include "psci_history.h"

#define CPU_ON_OF(rec)        ((const uint64_t[4]){ 0xC4000003, rec, ENTRY, CONTEXT })
#define AFFINITY_INFO_OF(rec) ((const uint64_t[4]){ 0xC4000004, rec })
#define CPU_OFF               ((const uint64_t[4]){ 0x84000002 })
#define SYSTEM_OFF            ((const uint64_t[4]){ 0x84000008 })
#define FINDS(x0)             ((const uint64_t[4]){ x0 })

static struct psci_history history;
static struct psci_model begin;

static void start_with(uint32_t runnable, uint64_t quirks)
{
        static const uint64_t pcs[3] = { REALM_PC, REALM_PC, REALM_PC };
        const struct psci_knobs knobs = psci_model_knobs_of(quirks);

        psci_model_begin(&begin, &knobs, 3, runnable, pcs, UNPROTECTED);
        for (unsigned i = 0; i < 3; i++) {
                begin.rec[i].starts = false;
                begin.rec[i].pc = 0;
        }
        psci_history_begin(&history);
}

/* Enter a REC that has come to a call and exits by it. */
static void exit_by(unsigned pe, unsigned rec, const uint64_t x[4])
{
        unsigned enter = psci_history_enter(&history, pe, rec);

        psci_history_call(&history, rec, x, 7);
        psci_history_left(&history, enter, x, 0);
}

static void complete_answered(unsigned pe, unsigned caller, uint64_t status, uint64_t x0)
{
        psci_history_answer(&history, psci_history_complete(&history, pe, caller, R1, status), x0);
}

/* Enter a REC that goes on, finds this in x0, and idles. */
static void go_on(unsigned pe, unsigned rec, uint64_t x0)
{
        unsigned enter = psci_history_enter(&history, pe, rec);

        psci_history_returns(&history, rec, FINDS(x0), 7);
        psci_history_left(&history, enter, NULL, 0);
}

static void start_r1(uint64_t pc, uint64_t context)
{
        unsigned enter = psci_history_enter(&history, 1, R1);

        psci_history_starts(&history, R1, pc, FINDS(context), 0);
        psci_history_left(&history, enter, NULL, 0);
}

static void expect_explained(void)
{
        ck_assert_msg(psci_history_check(&history, &begin) == PSCI_EXPLAINED, "%s", history.sentence);
}

/* And the sentence begins with, or holds, this. */
static void expect_unexplained(const char *part)
{
        ck_assert_int_eq(psci_history_check(&history, &begin), PSCI_UNEXPLAINED);
        ck_assert_msg(strstr(history.sentence, part) != NULL, "'%s' does not say '%s'", history.sentence, part);
}

static void turn_r1_on(void)
{
        start_with(1, 0);
        exit_by(0, R0, CPU_ON_OF(1));
        complete_answered(0, R0, SUCCESS, PSCI_RMI_SUCCESS);
        go_on(0, R0, SUCCESS);
}

START_TEST(a_cpu_on_is_explained)
{
        turn_r1_on();
        expect_explained();
        ck_assert(history.end.rec[R1].on && history.end.rec[R1].starts);
        ck_assert_uint_eq(history.end.rec[R1].pc, ENTRY);
        start_r1(ENTRY, CONTEXT);
        expect_explained();
        ck_assert(!history.end.rec[R1].starts);
}
END_TEST

/* The sheet's rule of program order: who was told SUCCESS, and asks then, is told ON. */
START_TEST(answers_respect_real_time)
{
        turn_r1_on();
        exit_by(0, R0, AFFINITY_INFO_OF(1));
        complete_answered(0, R0, SUCCESS, PSCI_RMI_SUCCESS);
        go_on(0, R0, _i == 0 ? ON : OFF);
        if (_i == 0) {
                expect_explained();
        } else {
                expect_unexplained("REC 0 finds x0..x3 = 0x1");
        }
}
END_TEST

/* ---- the properties -------------------------------------------------------------------------------------------------------------- */

START_TEST(starts_that_nobody_asked_for)
{
        turn_r1_on();
        start_r1(_i == 0 ? ENTRY + 0x100 : ENTRY, _i == 1 ? CONTEXT + 1 : CONTEXT);
        if (_i == 2) {
                start_r1(ENTRY, CONTEXT);
        }
        expect_unexplained("S4: REC 1 starts at");
}
END_TEST

START_TEST(a_start_without_the_host)
{
        start_with(1, 0);
        exit_by(0, R0, CPU_ON_OF(1));
        start_r1(ENTRY, CONTEXT);
        expect_unexplained("S5: REC 1 was started 1 times, and the host agreed 0 times");
}
END_TEST

START_TEST(two_callers_told_success)
{
        start_with(5, 0);
        exit_by(0, R0, CPU_ON_OF(1));
        exit_by(1, R2, CPU_ON_OF(1));
        complete_answered(0, R0, SUCCESS, PSCI_RMI_SUCCESS);
        complete_answered(1, R2, SUCCESS, PSCI_RMI_SUCCESS);
        go_on(0, R0, SUCCESS);
        go_on(1, R2, _i == 0 ? ALREADY_ON : SUCCESS);
        if (_i == 0) {
                expect_explained();
        } else {
                expect_unexplained("S3: 2 callers were told that they started REC 1");
        }
}
END_TEST

START_TEST(a_denial_that_no_host_gave)
{
        start_with(1, 0);
        exit_by(0, R0, CPU_ON_OF(1));
        complete_answered(0, R0, _i == 0 ? DENIED : SUCCESS, PSCI_RMI_SUCCESS);
        go_on(0, R0, DENIED);
        if (_i == 0) {
                expect_explained();
        } else {
                expect_unexplained("S5: the CPU_ON of REC 0 returns");
        }
}
END_TEST

START_TEST(an_entry_after_system_off)
{
        unsigned enter;

        start_with(5, 0);
        enter = psci_history_enter(&history, 1, R2);
        exit_by(0, R0, SYSTEM_OFF);
        psci_history_left(&history, enter, NULL, 0);
        expect_explained(); /* it was on its way in */
        enter = psci_history_enter(&history, 1, R2);
        psci_history_left(&history, enter, NULL, 0);
        expect_unexplained("S9: PE 1 enters REC 2");
}
END_TEST

START_TEST(an_entry_while_pending)
{
        start_with(1, 0);
        exit_by(0, R0, CPU_ON_OF(1));
        psci_history_left(&history, psci_history_enter(&history, 0, R0), NULL, 0);
        expect_unexplained("S12: PE 0 enters REC 0");
}
END_TEST

/* ---- windows ----------------------------------------------------------------------------------------------------------------------- */

/* R1 turns itself off while R0's request is completed: before or after, unless the trace knows. */
static void complete_while_r1_leaves(uint64_t quirks, bool traced, uint64_t result)
{
        unsigned enter;

        start_with(3, quirks);
        exit_by(0, R0, CPU_ON_OF(1));
        enter = psci_history_enter(&history, 1, R1);
        psci_history_call(&history, R1, CPU_OFF, 7);
        if (traced) {
                psci_history_happened(&history, R1);
        }
        complete_answered(0, R0, SUCCESS, PSCI_RMI_SUCCESS);
        psci_history_left(&history, enter, CPU_OFF, traced ? psci_history_now(&history) : 0);
        go_on(0, R0, result);
}

START_TEST(cpu_off_has_a_window)
{
        static const struct window {
                uint64_t quirks;
                bool traced;
                uint64_t result;
                bool explained;
        } windows[] = {
                { 0, false, SUCCESS, true },
                { 0, false, ALREADY_ON, true },
                { 0, true, SUCCESS, true },
                { 0, true, ALREADY_ON, false },
                { RMMSIM_QUIRK_psci_busy_means_on, true, SUCCESS, false },
                { RMMSIM_QUIRK_psci_busy_means_on, true, ALREADY_ON, true },
                { RMMSIM_QUIRK_psci_busy_means_on, false, SUCCESS, true },
        };

        for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
                complete_while_r1_leaves(windows[i].quirks, windows[i].traced, windows[i].result);
                if (windows[i].explained) {
                        expect_explained();
                } else {
                        expect_unexplained("no order explains");
                }
        }
}
END_TEST

/* Many that could each be first: the search remembers where it has been. */
START_TEST(a_hard_search_ends)
{
        unsigned ops[PSCI_PES_MAX];

        start_with(1, 0);
        exit_by(0, R0, AFFINITY_INFO_OF(1));
        for (unsigned round = 0; round < 6; round++) {
                for (unsigned pe = 0; pe < PSCI_PES_MAX; pe++) {
                        ops[pe] = psci_history_complete(&history, pe, R0, R2, SUCCESS);
                }
                for (unsigned pe = 0; pe < PSCI_PES_MAX; pe++) {
                        psci_history_answer(&history, ops[pe], PSCI_RMI_ERROR_INPUT);
                }
        }
        expect_explained();
        psci_history_answer(&history, psci_history_destroy(&history, 0, R0), PSCI_RMI_ERROR_REC);
        expect_unexplained("after 51 of 52 operations: PE 0 destroys REC 0: 0x3");
        ck_assert_uint_lt(history.effort, 20000);
}
END_TEST

START_TEST(a_history_can_be_too_long)
{
        start_with(1, 0);
        for (unsigned i = 0; i <= PSCI_OPS_MAX; i++) {
                psci_history_answer(&history, psci_history_enter(&history, 0, R1), PSCI_RMI_ERROR_REC);
        }
        ck_assert_int_eq(psci_history_check(&history, &begin), PSCI_UNDECIDED);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_history");
        TCase *tcase = tcase_create("psci_history");

        tcase_add_test(tcase, a_cpu_on_is_explained);
        tcase_add_loop_test(tcase, answers_respect_real_time, 0, 2);
        tcase_add_loop_test(tcase, starts_that_nobody_asked_for, 0, 3);
        tcase_add_test(tcase, a_start_without_the_host);
        tcase_add_loop_test(tcase, two_callers_told_success, 0, 2);
        tcase_add_loop_test(tcase, a_denial_that_no_host_gave, 0, 2);
        tcase_add_test(tcase, an_entry_after_system_off);
        tcase_add_test(tcase, an_entry_while_pending);
        tcase_add_test(tcase, cpu_off_has_a_window);
        tcase_add_test(tcase, a_hard_search_ends);
        tcase_add_test(tcase, a_history_can_be_too_long);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
