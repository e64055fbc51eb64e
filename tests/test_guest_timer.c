/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_timer.c - the EL1 timers and the PMU of a REC, as far as the host has to hear of them.
 *
 * Specification: Realm timers (A6.2), RmiRecExit timer and PMU fields; REC sheet sections 7.2 and 7.3, predicate T17.
 */
#include "script.h"
#include "sim.h"
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = 1 };

#define IRQ_EXIT .exit_reason = RMMSIM_EXIT_IRQ
#define CNTVMASK (UINT64_C(1) << 18)
#define CNTPMASK (UINT64_C(1) << 19)

static uint64_t value(const struct stage *stage, unsigned line)
{
        return stage_after(stage, line)->x[SCRIPT_RT];
}

/* What CNTHCTL_EL2 masked at the last entry. */
static uint64_t masked(const struct stage *stage)
{
        const struct rec *rec = memory_realm_page(&stage->world->sim->rmm.memory, stage->realm.recs[0]);

        return rec->timers.cnthctl;
}

/* Both counters read equal, and as the world's. */
START_TEST(counters)
{
        struct stage stage;

        stage_create(&stage, &plain);
        rmmsim_time_advance(stage.world->sim, 0x123456789abc);
        stage_play(&stage, OP_MRS(CNTVCT_EL0), OP_MRS(CNTPCT_EL0));
        stage_finish(&stage);
        ck_assert_uint_eq(value(&stage, 0), 0x123456789abc);
        ck_assert_uint_eq(value(&stage, 1), 0x123456789abc);
        stage_destroy(&stage);
}
END_TEST

/*
 * Every control word of either timer, before and behind its time: ENABLE 1, IMASK 2, and ISTATUS 4 where it is enabled and
 * the time has come. Only 5 drives the interrupt, so only that makes an exit before the Realm runs.
 */
START_TEST(every_control_word)
{
        static const struct script_line lines[2][4] = {
                { OP_MSR(CNTV_CVAL_EL0, 1000), OP_MSR(CNTV_CTL_EL0, 0), OP_NOP, OP_NOP },
                { OP_MSR(CNTP_CVAL_EL0, 1000), OP_MSR(CNTP_CTL_EL0, 0), OP_NOP, OP_NOP },
        };
        static struct script_line played[4];
        bool phys = (_i & 8) != 0;
        bool due = (_i & 4) != 0;
        uint64_t ctl = (uint64_t)_i & 3;
        uint64_t shown = ctl | (due && (ctl & 1) != 0 ? 4 : 0);
        struct rmmsim_rec_exit exit = { IRQ_EXIT };
        struct stage stage;

        stage_create(&stage, &plain);
        memcpy(played, lines[phys], sizeof(played));
        played[1].x[0] = ctl;
        script_set(&stage.script, played, 3);
        *(phys ? &exit.cntp_ctl : &exit.cntv_ctl) = ctl;
        *(phys ? &exit.cntp_cval : &exit.cntv_cval) = 1000;
        stage_expect_exit(&stage, &exit, __FILE__, __LINE__); /* idle at the end of the script */
        rmmsim_time_advance(stage.world->sim, due ? 1000 : 999);
        script_set(&stage.script, &played[3], 1);
        *(phys ? &exit.cntp_ctl : &exit.cntv_ctl) = shown;
        stage_expect_exit(&stage, &exit, __FILE__, __LINE__);
        ck_assert_uint_eq(stage.script.done, shown == 5 ? 0 : 1);
        stage_finish(&stage);
        ck_assert_uint_eq(masked(&stage), shown != 5 ? 0 : phys ? CNTPMASK : CNTVMASK);
        stage_destroy(&stage);
}
END_TEST

/* It asserts while the REC is away: told once, without an instruction; then the Realm runs, and the interrupt is masked. */
START_TEST(asserted_while_away)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_MSR(CNTV_CVAL_EL0, 100), OP_MSR(CNTV_CTL_EL0, 1));
        stage_expect(&stage, IRQ_EXIT, .cntv_ctl = 1, .cntv_cval = 100);
        stage_play(&stage, OP_NOP, OP_NOP);
        rmmsim_time_advance(stage.world->sim, 100);
        stage_expect(&stage, IRQ_EXIT, .cntv_ctl = 5, .cntv_cval = 100);
        ck_assert_uint_eq(stage.script.begun, 0);
        stage_expect(&stage, IRQ_EXIT, .cntv_ctl = 5, .cntv_cval = 100);
        ck_assert_uint_eq(stage.script.done, 2);
        ck_assert_uint_eq(masked(&stage), CNTVMASK);
        stage_destroy(&stage);
}
END_TEST

/* The guest lets it go, or masks it: the host hears of that too, before the next instruction. Then nothing is masked. */
START_TEST(deasserted_by_the_guest)
{
        static const struct script_line ways[] = { OP_MSR(CNTP_CTL_EL0, 0), OP_MSR(CNTP_CTL_EL0, 3),
                                                   OP_MSR(CNTP_CVAL_EL0, 300), OP_MSR(CNTP_TVAL_EL0, 200) };
        static const uint64_t ctl[] = { 0, 7, 1, 1 };
        static const uint64_t cval[] = { 100, 100, 300, 300 };
        static struct script_line played[2];
        struct stage stage;

        stage_create(&stage, &plain);
        rmmsim_time_advance(stage.world->sim, 100);
        stage_play(&stage, OP_MSR(CNTP_CVAL_EL0, 100), OP_MSR(CNTP_CTL_EL0, 1));
        stage_expect(&stage, IRQ_EXIT, .cntp_ctl = 5, .cntp_cval = 100); /* asserted by the guest itself */
        stage_expect(&stage, IRQ_EXIT, .cntp_ctl = 5, .cntp_cval = 100); /* idle at the end of the script */
        played[0] = ways[_i];
        played[1] = (struct script_line)OP_NOP;
        script_set(&stage.script, played, 2);
        stage_expect(&stage, IRQ_EXIT, .cntp_ctl = ctl[_i], .cntp_cval = cval[_i]);
        ck_assert_uint_eq(stage.script.done, 1); /* the write, and not the next one */
        ck_assert_uint_eq(masked(&stage), CNTPMASK);
        stage_expect(&stage, IRQ_EXIT, .cntp_ctl = ctl[_i], .cntp_cval = cval[_i]);
        ck_assert_uint_eq(stage.script.done, 2);
        ck_assert_uint_eq(masked(&stage), 0);
        stage_destroy(&stage);
}
END_TEST

/* One goes up while the other goes down: still a change. */
START_TEST(both_timers)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_MSR(CNTV_CVAL_EL0, 10), OP_MSR(CNTV_CTL_EL0, 1), OP_MSR(CNTP_CVAL_EL0, 20),
                   OP_MSR(CNTP_CTL_EL0, 1));
        stage_expect(&stage, IRQ_EXIT, .cntv_ctl = 1, .cntv_cval = 10, .cntp_ctl = 1, .cntp_cval = 20);
        stage_play(&stage, OP_NOP);
        rmmsim_time_advance(stage.world->sim, 10);
        stage_expect(&stage, IRQ_EXIT, .cntv_ctl = 5, .cntv_cval = 10, .cntp_ctl = 1, .cntp_cval = 20);
        rmmsim_time_advance(stage.world->sim, 10);
        stage_expect(&stage, IRQ_EXIT, .cntv_ctl = 5, .cntv_cval = 10, .cntp_ctl = 5, .cntp_cval = 20);
        ck_assert_uint_eq(stage.script.begun, 0);
        stage_expect(&stage, IRQ_EXIT, .cntv_ctl = 5, .cntv_cval = 10, .cntp_ctl = 5, .cntp_cval = 20);
        ck_assert_uint_eq(stage.script.done, 1);
        ck_assert_uint_eq(masked(&stage), CNTVMASK | CNTPMASK);
        stage_destroy(&stage);
}
END_TEST

/* ---- T17: an entry that a timer ends at once has completed what was pending, and the next one completes nothing -------------- */

/* The timer that will do it, and something to be completed. */
#define ARM_TIMER OP_MSR(CNTV_CVAL_EL0, 100), OP_MSR(CNTV_CTL_EL0, 1)

static void enter_as_time_passes(struct stage *stage, uint64_t flags)
{
        rmmsim_time_advance(stage->world->sim, 100);
        memset(stage_run(stage)->enter.gprs, 0x33, sizeof(stage_run(stage)->enter.gprs));
        stage_run(stage)->enter.flags = flags;
        stage_expect(stage, IRQ_EXIT, .cntv_ctl = 5, .cntv_cval = 100);
        ck_assert_uint_eq(stage->script.done, 2);
        memset(stage_run(stage)->enter.gprs, 0x44, sizeof(stage_run(stage)->enter.gprs));
        stage_run(stage)->enter.flags = 0;
}

START_TEST(emulated_load_once)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, ARM_TIMER, OP_LOAD(STAGE_DEVICE, 8, 6));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_as_time_passes(&stage, RMMSIM_ENTER_EMUL_MMIO);
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_ERROR_REC);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_after(&stage, 2)->x[6], 0x3333333333333333);
        ck_assert_uint_eq(stage_after(&stage, 2)->pc, REALM_PC + 12);
        stage_destroy(&stage);
}
END_TEST

/* Passed neither flag: the access is still to be made, but no longer to be answered. */
START_TEST(no_answer_once)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, ARM_TIMER, OP_LOAD(STAGE_DEVICE, 8, 6));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_as_time_passes(&stage, 0);
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_ERROR_REC);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_run(&stage)->exit.esr, 0x91c08007);
        stage_destroy(&stage);
}
END_TEST

START_TEST(abort_once)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, ARM_TIMER, OP_LOAD(STAGE_DEVICE, 8, 6));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_as_time_passes(&stage, RMMSIM_ENTER_INJECT_SEA);
        stage_finish(&stage);
        stage_expect_exception(&stage, 2, 0x97c68210, STAGE_DEVICE);
        stage_destroy(&stage);
}
END_TEST

START_TEST(host_call_once)
{
        static struct rmmsim_host_call answer;
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, ARM_TIMER, OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA),
                   OP_COPY_IN(&answer, STAGE_DATA, sizeof(answer)));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_as_time_passes(&stage, 0);
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 2)->x[0], RMMSIM_RSI_SUCCESS);
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_uint_eq(answer.gprs[i], 0x3333333333333333);
        }
        stage_destroy(&stage);
}
END_TEST

START_TEST(ripas_change_once)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, ARM_TIMER, OP_SMC(RMMSIM_RSI_IPA_STATE_SET, 0x8000, 0x9000, RMMSIM_RIPAS_RAM, 1));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_as_time_passes(&stage, RMMSIM_ENTER_RIPAS_REJECT);
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 2)->x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(stage_after(&stage, 2)->x[1], 0x8000);
        ck_assert_uint_eq(stage_after(&stage, 2)->x[2], RMMSIM_REJECT);
        stage_destroy(&stage);
}
END_TEST

/* ---- PMU ---------------------------------------------------------------------------------------------------------------------- */

static void create_with_pmu(struct stage *stage)
{
        stage_create_with(stage, &plain, &(const struct realm_shape){ .flags = RMMSIM_REALM_FLAG_PMU }, 1);
}

#define CYCLES (UINT64_C(1) << 31)

/* All of it makes an interrupt: exit before the next instruction. It is shown until it is cleared, and makes one exit. */
START_TEST(overflow)
{
        struct stage stage;

        create_with_pmu(&stage);
        stage_play(&stage, OP_MSR(PMCNTENSET_EL0, CYCLES), OP_MSR(PMINTENSET_EL1, CYCLES), OP_MSR(PMCR_EL0, 1),
                   OP_MSR(PMOVSSET_EL0, CYCLES), OP_NOP, OP_WFI, OP_MSR(PMOVSCLR_EL0, CYCLES), OP_NOP,
                   OP_MSR(PMOVSSET_EL0, CYCLES), OP_NOP);
        stage_expect(&stage, IRQ_EXIT, .pmu_ovf_status = 1);
        ck_assert_uint_eq(stage.script.begun, 5);
        ck_assert_uint_eq(stage.script.done, 4);
        stage_expect(&stage, IRQ_EXIT, .pmu_ovf_status = 1); /* the WFI */
        ck_assert_uint_eq(stage.script.done, 5);
        stage_expect(&stage, IRQ_EXIT, .pmu_ovf_status = 1); /* another one, in the same run as the end of the first */
        ck_assert_uint_eq(stage.script.begun, 10);
        ck_assert_uint_eq(stage.script.done, 9);
        stage_expect(&stage, IRQ_EXIT, .pmu_ovf_status = 1);
        ck_assert_uint_eq(stage.script.done, 10);
        stage_destroy(&stage);
}
END_TEST

/* Any part of it missing, there is none. */
START_TEST(no_overflow)
{
        static struct script_line played[5] = { OP_MSR(PMCNTENSET_EL0, CYCLES), OP_MSR(PMINTENSET_EL1, CYCLES),
                                                OP_MSR(PMOVSSET_EL0, CYCLES), OP_MSR(PMCR_EL0, 1), OP_NOP };
        struct stage stage;

        create_with_pmu(&stage);
        played[_i] = (struct script_line)OP_NOP;
        script_set(&stage.script, played, 5);
        stage_expect(&stage, IRQ_EXIT);
        ck_assert_uint_eq(stage.script.done, 5);
        stage_destroy(&stage);
}
END_TEST

/* A Realm without PMU: nothing is there, and the host is never told of it. */
START_TEST(without_pmu)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_MSR(PMCNTENSET_EL0, ~0ull), OP_MSR(PMINTENSET_EL1, ~0ull), OP_MSR(PMCR_EL0, 1),
                   OP_MSR(PMOVSSET_EL0, ~0ull), OP_MRS(PMCR_EL0), OP_MRS(PMOVSSET_EL0), OP_MSR(PMCCNTR_EL0, 5),
                   OP_MRS(PMCCNTR_EL0));
        stage_expect(&stage, IRQ_EXIT);
        ck_assert_uint_eq(stage.script.done, 8);
        ck_assert_uint_eq(value(&stage, 4), 0);
        ck_assert_uint_eq(value(&stage, 5), 0);
        ck_assert_uint_eq(value(&stage, 7), 0);
        stage_destroy(&stage);
}
END_TEST

/* Six event counters and the cycle counter; set and clear; PMCR.N is 6, LC is set, and P and C read as zero. */
START_TEST(pmu_registers)
{
        struct stage stage;

        create_with_pmu(&stage);
        stage_play(&stage, OP_MRS(PMCR_EL0), OP_MSR(PMCNTENSET_EL0, ~0ull), OP_MRS(PMCNTENCLR_EL0),
                   OP_MSR(PMCNTENCLR_EL0, 0x80000003), OP_MRS(PMCNTENSET_EL0), OP_MSR(PMCCNTR_EL0, 77),
                   OP_MRS(PMCCNTR_EL0), OP_MSR(PMCR_EL0, 0xff), OP_MRS(PMCR_EL0), OP_MRS(PMCCNTR_EL0),
                   OP_MSR(PMOVSSET_EL0, 0x41), OP_MRS(PMOVSCLR_EL0), OP_MSR(PMINTENSET_EL1, 0x3f),
                   OP_MSR(PMINTENCLR_EL1, 0x0f), OP_MRS(PMINTENSET_EL1));
        stage_finish(&stage);
        ck_assert_uint_eq(value(&stage, 0), 0x3060);
        ck_assert_uint_eq(value(&stage, 2), 0x8000003f);
        ck_assert_uint_eq(value(&stage, 4), 0x3c);
        ck_assert_uint_eq(value(&stage, 6), 77);
        ck_assert_uint_eq(value(&stage, 8), 0x3079);
        ck_assert_uint_eq(value(&stage, 9), 0); /* PMCR.C has reset it */
        ck_assert_uint_eq(value(&stage, 11), 0x01);
        ck_assert_uint_eq(value(&stage, 14), 0x30);
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guest_timer");
        TCase *timers = tcase_create("timers");
        TCase *once = tcase_create("once");
        TCase *pmu = tcase_create("pmu");

        tcase_add_test(timers, counters);
        tcase_add_loop_test(timers, every_control_word, 0, 16);
        tcase_add_test(timers, asserted_while_away);
        tcase_add_loop_test(timers, deasserted_by_the_guest, 0, 4);
        tcase_add_test(timers, both_timers);
        tcase_add_test(once, emulated_load_once);
        tcase_add_test(once, no_answer_once);
        tcase_add_test(once, abort_once);
        tcase_add_test(once, host_call_once);
        tcase_add_test(once, ripas_change_once);
        tcase_add_test(pmu, overflow);
        tcase_add_loop_test(pmu, no_overflow, 0, 4);
        tcase_add_test(pmu, without_pmu);
        tcase_add_test(pmu, pmu_registers);
        suite_add_tcase(suite, timers);
        suite_add_tcase(suite, once);
        suite_add_tcase(suite, pmu);
        return run_suite(suite);
}
