/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_window.c - what another PE does while a REC is on its way in or out.
 *
 * The window is held open without luck: the run page of R1 lies in memory that the RMM reaches through a callback, and the
 * callback, called when the entry is read and when the exit is written, lets another thread act as the host of PE 0 and waits for
 * it. The callback itself does not call the library, as it must not.
 *
 * Specification: PSCI sheet sections 2.5, 2.7 and 2.8, 1.5 (REC_ENTER), rec sheet section 4.5.
 */
#include "psci_fixture.h"
#include <pthread.h>

#define WINDOW_BASE UINT64_C(0x90000000)

/* A command that the other thread performs, and what came of it. */
struct intruder {
        struct rmmsim_regs regs;
        bool done;
};

static uint64_t window_page[512];
static struct intruder intruders[4];
static unsigned num_intruders;
static bool reference;

static void *intrude(void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < num_intruders; i++) {
                if (rmmsim_smc(puppets.world->sim, 0, &intruders[i].regs) == 0) {
                        intruders[i].done = true;
                }
        }
        return NULL;
}

/*
 * R1 is past a CPU_OFF, or past a CPU_ON, or whatever the test has armed: once its PE touches the run page in the wanted
 * direction the others act. The entry half is read before the REC is RUNNING, the exit half written while it is.
 */
static bool armed;
static bool armed_for_entry;

static void *phys_to_virt(void *context, uint64_t pa)
{
        (void)context;
        (void)pa;
        if (armed && (rec_at(R1)->state == RMMSIM_REC_REC_READY) == armed_for_entry) {
                pthread_t thread;

                armed = false;
                ck_assert_int_eq(pthread_create(&thread, NULL, intrude, NULL), 0);
                pthread_join(thread, NULL);
        }
        return window_page;
}

static void create_profile(int profile, uint32_t runnable)
{
        static const struct rmmsim_region regions[] = {
                { .base = WORLD_DRAM_BASE, .size = WORLD_DRAM_SIZE, .kind = RMMSIM_REGION_DRAM },
                { .base = WINDOW_BASE, .size = PAGE, .kind = RMMSIM_REGION_DRAM, .phys_to_virt = phys_to_virt },
        };
        struct rmmsim_rec_run *run = (void *)window_page;

        reference = profile != 0;
        num_intruders = 0;
        armed = false;
        create_with(&(struct rmmsim_config){ .profile = reference ? RMMSIM_PROFILE_RMM_1_0_REFERENCE
                                                                  : RMMSIM_PROFILE_RMM_1_0,
                                             .regions = regions,
                                             .num_regions = 2 },
                    3, runnable);
        run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
}

static void intruder(struct rmmsim_regs regs)
{
        intruders[num_intruders++] = (struct intruder){ .regs = regs };
}

static void intruder_completes(unsigned caller, unsigned target, uint64_t status)
{
        intruder((struct rmmsim_regs){
                .x = { RMMSIM_RMI_PSCI_COMPLETE, puppets.realm.recs[caller], puppets.realm.recs[target], status } });
}

static void intruder_enters(unsigned rec)
{
        intruder((struct rmmsim_regs){
                .x = { RMMSIM_RMI_REC_ENTER, puppets.realm.recs[rec], puppets.realm.run + rec * PAGE } });
}

static void intruder_destroys(unsigned rec)
{
        intruder((struct rmmsim_regs){ .x = { RMMSIM_RMI_REC_DESTROY, puppets.realm.recs[rec] } });
}

/* Enter R1 on PE 1 through the page with the window. */
static uint64_t enter_r1(bool intrude_at_entry)
{
        uint64_t x0;

        armed = true;
        armed_for_entry = intrude_at_entry;
        x0 = rmmsim_call(puppets.world->sim, 1, rmi_rec_enter, .rec = puppets.realm.recs[R1], .run_ptr = WINDOW_BASE)
                     .x[0];
        for (unsigned i = 0; i < num_intruders; i++) {
                ck_assert(intruders[i].done);
        }
        return x0;
}

static void expect_intruder(unsigned i, uint64_t x0)
{
        ck_assert_msg(intruders[i].regs.x[0] == x0, "intruder %u: x0 is 0x%llx", i,
                      (unsigned long long)intruders[i].regs.x[0]);
}

/* R1 turns itself off, and before its host knows the others act. */
static void r1_turns_off(void)
{
        const struct rmmsim_rec_run *run = (void *)window_page;

        puppet_order(&puppets, R1, psci_cpu_off, 0);
        ck_assert_uint_eq(enter_r1(false), RMMSIM_RMI_SUCCESS);
        expect_exit(&run->exit, RMMSIM_PSCI_CPU_OFF, 0, 0, 0);
        num_intruders = 0;
}

/* ---- CPU_OFF executed, REC_ENTER not returned ------------------------------------------------------------------------------- */

/*
 * The specification looks at whether R1 may run, and it may not: it is turned on again, and what its PE still has to do must
 * not touch the context that it starts with. Deployed monitors look at whether it is RUNNING too.
 */
START_TEST(cpu_on_of_a_rec_on_its_way_off)
{
        create_profile(_i, 3);
        cpu_on(R0, R1);
        intruder_completes(R0, R1, SUCCESS);
        r1_turns_off();
        expect_intruder(0, RMMSIM_RMI_SUCCESS);
        if (reference) {
                expect_off(R1);
                expect_result(R0, ALREADY_ON);
        } else {
                expect_result(R0, SUCCESS);
                expect_start(R1, ENTRY, CONTEXT);
                ck_assert_uint_eq(puppets.puppet[R1].start_x[4], 0);
        }
        destroy();
}
END_TEST

START_TEST(denied_on_its_way_off)
{
        create_profile(_i, 3);
        cpu_on(R0, R1);
        intruder_completes(R0, R1, DENIED);
        r1_turns_off();
        expect_intruder(0, reference ? RMMSIM_RMI_ERROR_INPUT : RMMSIM_RMI_SUCCESS);
        expect_result(R0, reference ? ALREADY_ON : DENIED);
        expect_off(R1);
        destroy();
}
END_TEST

START_TEST(affinity_of_a_rec_on_its_way_off)
{
        create_profile(_i, 3);
        affinity_info(R0, R1);
        intruder_completes(R0, R1, SUCCESS);
        r1_turns_off();
        expect_intruder(0, RMMSIM_RMI_SUCCESS);
        expect_result(R0, reference ? ON : OFF);
        affinity_info(R0, R1);
        complete(R0, R1, SUCCESS);
        expect_result(R0, OFF);
        destroy();
}
END_TEST

/* Turned on again or not, it is RUNNING until its REC_ENTER returns: nobody enters or destroys it. */
START_TEST(a_rec_on_its_way_off_is_running)
{
        create_profile(_i, 3);
        cpu_on(R0, R1);
        intruder_enters(R1);
        intruder_destroys(R1);
        intruder_completes(R0, R1, SUCCESS);
        intruder_enters(R1);
        r1_turns_off();
        for (unsigned i = 0; i < 2; i++) {
                expect_intruder(i, RMMSIM_RMI_ERROR_REC);
        }
        expect_intruder(3, RMMSIM_RMI_ERROR_REC);
        destroy();
}
END_TEST

/* The same twice: off, on while on its way off, off, ... The stack of the old program ends each time. */
START_TEST(many_times_on_its_way_off)
{
        create_profile(0, 3);
        for (unsigned i = 0; i < 20; i++) {
                cpu_on(R0, R1);
                intruder_completes(R0, R1, SUCCESS);
                r1_turns_off();
                expect_result(R0, SUCCESS);
        }
        expect_start(R1, ENTRY, CONTEXT);
        destroy();
}
END_TEST

/* Two callers in one window: the first completion wins. */
START_TEST(two_callers_on_its_way_off)
{
        create_profile(_i, 7);
        cpu_on(R0, R1);
        cpu_on(R2, R1);
        intruder_completes(R2, R1, SUCCESS);
        intruder_completes(R0, R1, SUCCESS);
        r1_turns_off();
        expect_intruder(0, RMMSIM_RMI_SUCCESS);
        expect_intruder(1, RMMSIM_RMI_SUCCESS);
        expect_result(R0, ALREADY_ON);
        expect_result(R2, reference ? ALREADY_ON : SUCCESS);
        destroy();
}
END_TEST

/* ---- CPU_ON executed, REC_ENTER not returned -------------------------------------------------------------------------------- */

/* The request of R1 is not to be answered before R1 has left: a running caller has none. */
START_TEST(a_request_is_complete_when_the_entry_returns)
{
        const struct rmmsim_rec_run *run = (void *)window_page;

        create_profile(_i, 2);
        puppet_order(&puppets, R1, psci_cpu_on, .target_cpu = 0, .entry_point_address = ENTRY, .context_id = CONTEXT);
        intruder_completes(R1, R0, SUCCESS);
        intruder_destroys(R1);
        ck_assert_uint_eq(enter_r1(false), RMMSIM_RMI_SUCCESS);
        expect_intruder(0, RMMSIM_RMI_ERROR_INPUT);
        expect_intruder(1, RMMSIM_RMI_ERROR_REC);
        expect_exit(&run->exit, RMMSIM_PSCI_CPU_ON, 0, reference ? 0 : ENTRY, reference ? 0 : CONTEXT);
        expect_off(R0);
        complete(R1, R0, SUCCESS);
        expect_result(R1, SUCCESS);
        expect_start(R0, ENTRY, CONTEXT);
        destroy();
}
END_TEST

/* ---- REC_ENTER begun, not yet admitted ------------------------------------------------------------------------------------------ */

/* R1 is off, and its host is about to learn that when R0's question is answered: it is off. */
START_TEST(affinity_of_a_rec_on_its_way_in)
{
        create_profile(_i, 1);
        affinity_info(R0, R1);
        intruder_completes(R0, R1, SUCCESS);
        ck_assert_uint_eq(enter_r1(true), RMMSIM_RMI_ERROR_REC);
        expect_intruder(0, RMMSIM_RMI_SUCCESS);
        expect_result(R0, OFF);
        destroy();
}
END_TEST

/* It is turned on before it is looked at, and so it is admitted. */
START_TEST(cpu_on_of_a_rec_on_its_way_in)
{
        create_profile(_i, 1);
        cpu_on(R0, R1);
        intruder_completes(R0, R1, SUCCESS);
        ck_assert_uint_eq(enter_r1(true), RMMSIM_RMI_SUCCESS);
        expect_intruder(0, RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(puppets.puppet[R1].starts, 1);
        ck_assert_uint_eq(puppets.puppet[R1].start_pc, ENTRY);
        ck_assert_uint_eq(puppets.puppet[R1].start_x[0], CONTEXT);
        expect_result(R0, SUCCESS);
        destroy();
}
END_TEST

/* The same REC on two PEs: the second is admitted first, and exits; then the first finds it as the second left it. */
START_TEST(two_entries_of_one_rec)
{
        create_profile(_i, 3);
        puppet_order(&puppets, R1, psci_cpu_off, 0);
        intruder_enters(R1);
        ck_assert_uint_eq(enter_r1(true), RMMSIM_RMI_ERROR_REC);
        expect_intruder(0, RMMSIM_RMI_SUCCESS);
        ck_assert_str_eq(rmmsim_why(puppets.world->sim, 1)->condition, "rec_runnable");
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_window");
        TCase *tcase = tcase_create("psci_window");

        tcase_add_loop_test(tcase, cpu_on_of_a_rec_on_its_way_off, 0, 2);
        tcase_add_loop_test(tcase, denied_on_its_way_off, 0, 2);
        tcase_add_loop_test(tcase, affinity_of_a_rec_on_its_way_off, 0, 2);
        tcase_add_loop_test(tcase, a_rec_on_its_way_off_is_running, 0, 2);
        tcase_add_test(tcase, many_times_on_its_way_off);
        tcase_add_loop_test(tcase, two_callers_on_its_way_off, 0, 2);
        tcase_add_loop_test(tcase, a_request_is_complete_when_the_entry_returns, 0, 2);
        tcase_add_loop_test(tcase, affinity_of_a_rec_on_its_way_in, 0, 2);
        tcase_add_loop_test(tcase, cpu_on_of_a_rec_on_its_way_in, 0, 2);
        tcase_add_loop_test(tcase, two_entries_of_one_rec, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
