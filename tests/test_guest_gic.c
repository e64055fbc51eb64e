/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_gic.c - virtual interrupts from the host's list registers to the guest's ICC_ registers and back.
 *
 * Specification: Realm interrupts (A6.1), RmiRecEnter and RmiRecExit GIC fields; REC sheet sections 1.4, 2.2, 2.3 and 7.3; GIC
 * (ARM IHI 0069).
 */
#include "script.h"
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = 1 };

/* Group 1, priority 0x80: an interrupt in each state; and the same of group 0. */
#define INACTIVE(intid) (UINT64_C(0x1080000000000000) | (intid))
#define PENDING(intid)  (UINT64_C(0x5080000000000000) | (intid))
#define ACTIVE(intid)   (UINT64_C(0x9080000000000000) | (intid))
#define GROUP0(lr)      ((lr) & ~(UINT64_C(1) << 60))
#define WITH_EOI(lr)    ((lr) | UINT64_C(1) << 41)

/* ICH_VMCR_EL2 with priorities below 0xf8 let through, and groups enabled. */
#define VMCR_OPEN1 (VMCR_RESET | UINT64_C(0xf8000002))
#define VMCR_OPEN0 (VMCR_RESET | UINT64_C(0xf8000001))

#define WFI_EXIT .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x04000000

static void create(struct stage *stage)
{
        stage_create(stage, &plain);
        stage_run(stage)->enter.flags = RMMSIM_ENTER_TRAP_WFI;
}

static void set_lr(struct stage *stage, unsigned n, uint64_t lr)
{
        stage_run(stage)->enter.gicv3_lrs[n] = lr;
}

static uint64_t value(const struct stage *stage, unsigned line)
{
        return stage_after(stage, line)->x[SCRIPT_RT];
}

/* Taken, and ended, with the host looking on in between. */
START_TEST(taken_and_ended)
{
        struct stage stage;

        create(&stage);
        stage_play(&stage, OP_MRS(ICC_IAR1_EL1), OP_MSR(ICC_PMR_EL1, 0xff), OP_MSR(ICC_IGRPEN1_EL1, 1), OP_MRS(ISR_EL1),
                   OP_MRS(ICC_HPPIR1_EL1), OP_WFI, OP_MRS(ICC_IAR1_EL1), OP_MRS(ICC_RPR_EL1), OP_MRS(ISR_EL1), OP_WFI,
                   OP_MSR(ICC_EOIR1_EL1, 27), OP_MRS(ICC_RPR_EL1), OP_MRS(ICC_IAR1_EL1));
        set_lr(&stage, 2, PENDING(27));
        stage_expect(&stage, WFI_EXIT, .gicv3_lrs[2] = PENDING(27), .gicv3_vmcr = VMCR_OPEN1);
        ck_assert_uint_eq(value(&stage, 0), 1023); /* nothing was enabled yet */
        ck_assert_uint_eq(value(&stage, 3), 0x80);
        ck_assert_uint_eq(value(&stage, 4), 27);
        stage_expect(&stage, WFI_EXIT, .gicv3_lrs[2] = ACTIVE(27), .gicv3_vmcr = VMCR_OPEN1);
        ck_assert_uint_eq(value(&stage, 6), 27);
        ck_assert_uint_eq(value(&stage, 7), 0x80);
        ck_assert_uint_eq(value(&stage, 8), 0);
        set_lr(&stage, 2, ACTIVE(27)); /* as a host does that keeps what it was shown */
        stage_expect(&stage, WFI_EXIT, .gicv3_lrs[2] = INACTIVE(27), .gicv3_vmcr = VMCR_OPEN1);
        ck_assert_uint_eq(value(&stage, 11), 0xff);
        ck_assert_uint_eq(value(&stage, 12), 1023);
        stage_destroy(&stage);
}
END_TEST

/* Group 0 arrives as FIQ. */
START_TEST(group_0)
{
        struct stage stage;

        create(&stage);
        stage_play(&stage, OP_MSR(ICC_PMR_EL1, 0xff), OP_MSR(ICC_IGRPEN0_EL1, 1), OP_MRS(ISR_EL1), OP_MRS(ICC_IAR1_EL1),
                   OP_MRS(ICC_IAR0_EL1), OP_MSR(ICC_EOIR0_EL1, 40));
        set_lr(&stage, 0, GROUP0(PENDING(40)));
        stage_expect(&stage, WFI_EXIT, .gicv3_lrs[0] = GROUP0(INACTIVE(40)), .gicv3_vmcr = VMCR_OPEN0);
        ck_assert_uint_eq(value(&stage, 2), 0x40);
        ck_assert_uint_eq(value(&stage, 3), 1023);
        ck_assert_uint_eq(value(&stage, 4), 40);
        stage_destroy(&stage);
}
END_TEST

/* The best priority first; a better one preempts, an equal one waits. */
START_TEST(priorities)
{
        struct stage stage;

        create(&stage);
        stage_play(&stage, OP_MSR(ICC_PMR_EL1, 0xff), OP_MSR(ICC_IGRPEN1_EL1, 1), OP_MRS(ICC_IAR1_EL1),
                   OP_MRS(ICC_IAR1_EL1), OP_WFI, OP_MRS(ICC_IAR1_EL1), OP_MSR(ICC_EOIR1_EL1, 52),
                   OP_MSR(ICC_EOIR1_EL1, 51), OP_MRS(ICC_IAR1_EL1));
        set_lr(&stage, 0, PENDING(50));
        set_lr(&stage, 1, 0x5040000000000033); /* 51, priority 0x40 */
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), 0);
        ck_assert_uint_eq(value(&stage, 2), 51);
        ck_assert_uint_eq(value(&stage, 3), 1023);
        set_lr(&stage, 1, 0x9040000000000033);
        set_lr(&stage, 3, 0x5000000000000034); /* 52, priority 0 */
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), 0);
        ck_assert_uint_eq(value(&stage, 5), 52);
        ck_assert_uint_eq(value(&stage, 8), 50);
        stage_destroy(&stage);
}
END_TEST

/* A guest for which an interrupt waits does not idle, if it would be signalled. */
START_TEST(wakes)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_WFI, OP_MSR(ICC_PMR_EL1, 0xff), OP_WFE, OP_MSR(ICC_IGRPEN1_EL1, 1), OP_WFI, OP_WFE,
                   OP_WFIT(~0ull), OP_MRS(ICC_IAR1_EL1));
        set_lr(&stage, 0, PENDING(27));
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), 0);
        ck_assert_uint_eq(stage.script.done, 0); /* idle: the priority mask hides it */
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), 0);
        ck_assert_uint_eq(stage.script.done, 2); /* idle: the group is not enabled   */
        stage_finish(&stage);
        ck_assert_uint_eq(value(&stage, 7), 27);
        stage_destroy(&stage);
}
END_TEST

/* Deactivations that no list register takes count on, from exit to entry; those of SGIs do not. */
START_TEST(eoicount)
{
        struct stage stage;

        create(&stage);
        stage_play(&stage, OP_MSR(ICC_EOIR1_EL1, 40), OP_WFI, OP_MSR(ICC_EOIR1_EL1, 15), OP_MSR(ICC_EOIR1_EL1, 1023),
                   OP_WFI, OP_MSR(ICC_EOIR1_EL1, 41), OP_MSR(ICC_EOIR0_EL1, 42));
        stage_expect(&stage, WFI_EXIT, .gicv3_hcr = 0x08000000);
        stage_expect(&stage, WFI_EXIT, .gicv3_hcr = 0x08000000);
        stage_run(&stage)->enter.gicv3_hcr = 1 << 2; /* LRENPIE */
        stage_expect(&stage, WFI_EXIT, .gicv3_hcr = 0x18000004, .gicv3_misr = 1 << 2);
        /* What the host was shown it must not pass back. */
        stage_run(&stage)->enter.gicv3_hcr = 0x18000004;
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), RMMSIM_RMI_ERROR_REC);
        stage_destroy(&stage);
}
END_TEST

/* Thirty-two of them are none. */
START_TEST(eoicount_wraps)
{
        static struct script_line lines[33];
        struct stage stage;

        create(&stage);
        for (unsigned i = 0; i < 33; i++) {
                lines[i] = (struct script_line)OP_MSR(ICC_EOIR1_EL1, 40);
        }
        script_set(&stage.script, lines, 32);
        stage_expect(&stage, WFI_EXIT);
        script_set(&stage.script, lines, 33);
        stage_expect(&stage, WFI_EXIT, .gicv3_hcr = 0x08000000);
        stage_destroy(&stage);
}
END_TEST

/* Maintenance conditions, one at a time: reported, and no reason to exit. */
static const struct {
        uint64_t hcr;
        uint64_t lr[2];
        uint64_t misr;
} conditions[] = {
        { 0, { 0, 0 }, 0 },
        { 1 << 1, { 0, 0 }, 1 << 1 },                    /* UIE: none or one in use      */
        { 1 << 1, { PENDING(40), 0 }, 1 << 1 },          /*                              */
        { 1 << 1, { PENDING(40), ACTIVE(41) }, 0 },      /* two in use                   */
        { 1 << 3, { ACTIVE(40), 0 }, 1 << 3 },           /* NPIE: none pending           */
        { 1 << 3, { PENDING(40), 0 }, 0 },               /*                              */
        { 0, { WITH_EOI(INACTIVE(40)), 0 }, 1 << 0 },    /* EOI: ended, and asked for    */
        { 0, { WITH_EOI(ACTIVE(40)), 0 }, 0 },           /*                              */
        { 1 << 4, { 0, 0 }, 0 },                         /* VGrp0EIE: not enabled        */
        { 1 << 5, { 0, 0 }, 1 << 5 },                    /* VGrp0DIE                     */
        { 1 << 6, { 0, 0 }, 1 << 6 },                    /* VGrp1EIE: the guest enables it */
        { 1 << 7, { 0, 0 }, 0 },                         /* VGrp1DIE                     */
        { 0x40fe, { WITH_EOI(INACTIVE(40)), 0 }, 0x6b }, /* all at once                  */
};

START_TEST(maintenance)
{
        struct rmmsim_rec_exit exit = { WFI_EXIT, .gicv3_vmcr = VMCR_RESET | 2 };
        struct stage stage;

        create(&stage);
        stage_play(&stage, OP_MSR(ICC_IGRPEN1_EL1, 1), OP_NOP);
        stage_run(&stage)->enter.gicv3_hcr = exit.gicv3_hcr = conditions[_i].hcr;
        exit.gicv3_misr = conditions[_i].misr;
        for (unsigned n = 0; n < 2; n++) {
                stage_run(&stage)->enter.gicv3_lrs[n] = exit.gicv3_lrs[n] = conditions[_i].lr[n];
        }
        stage_expect_exit(&stage, &exit, __FILE__, __LINE__);
        stage_destroy(&stage);
}
END_TEST

/* With EOImode the end comes in two writes; the second one is the host's if it says so. */
START_TEST(deactivation)
{
        bool trapped = _i != 0;
        struct stage stage;

        create(&stage);
        stage_play(&stage, OP_MSR(ICC_PMR_EL1, 0xff), OP_MSR(ICC_IGRPEN1_EL1, 1), OP_MSR(ICC_CTLR_EL1, 2),
                   OP_MRS(ICC_IAR1_EL1), OP_MSR(ICC_EOIR1_EL1, 40), OP_MRS(ICC_RPR_EL1),
                   OP(.trap = { .kind = RMMSIM_TRAP_MSR, .sysreg = RMMSIM_SYSREG_ICC_DIR_EL1, .rt = 2 }, .x = { 40 }));
        set_lr(&stage, 0, PENDING(40));
        stage_run(&stage)->enter.gicv3_hcr = trapped ? 1 << 14 : 0;
        if (trapped) {
                stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x62323056, .gprs[0] = 40,
                             .gicv3_hcr = 1 << 14, .gicv3_lrs[0] = ACTIVE(40), .gicv3_vmcr = VMCR_OPEN1 | 1 << 9);
                set_lr(&stage, 0, INACTIVE(40));
                stage_expect(&stage, WFI_EXIT, .gicv3_hcr = 1 << 14, .gicv3_lrs[0] = INACTIVE(40),
                             .gicv3_vmcr = VMCR_OPEN1 | 1 << 9);
        } else {
                stage_expect(&stage, WFI_EXIT, .gicv3_lrs[0] = INACTIVE(40), .gicv3_vmcr = VMCR_OPEN1 | 1 << 9);
        }
        ck_assert_uint_eq(value(&stage, 3), 40);
        ck_assert_uint_eq(value(&stage, 5), 0xff);
        stage_destroy(&stage);
}
END_TEST

/* What the Realm sets stays from exit to entry, and is no business of another REC's. */
START_TEST(state_is_kept_for_each_rec)
{
        struct stage stage;
        struct rmmsim_rec_exit *exit;

        stage_create_with(&stage, &plain, NULL, 2);
        stage_play(&stage, OP_MSR(ICC_PMR_EL1, 0xa5), OP_MSR(ICC_BPR1_EL1, 5), OP_MSR(ICC_IGRPEN1_EL1, 1),
                   OP_SMC(RMMSIM_PSCI_CPU_ON, 1, REALM_PC, 0), OP_NOP);
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), 0);
        expect_success(stage.world, rmi_psci_complete, .calling_rec = stage.realm.recs[0],
                       .target_rec = stage.realm.recs[1], .status = 0);
        /* 0xa5 in five bits is 0xa0; VBPR1 is 5. */
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ, .gicv3_vmcr = 0xa054000a);
        stage_play(&stage, OP_NOP);
        exit = realm_enter_expect(&stage.realm, 1, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(exit->gicv3_vmcr, VMCR_RESET);
        stage_play(&stage, OP_MRS(ICC_PMR_EL1), OP_MRS(ICC_BPR1_EL1));
        stage_finish(&stage);
        ck_assert_uint_eq(value(&stage, 0), 0xa0);
        ck_assert_uint_eq(value(&stage, 1), 5);
        stage_destroy(&stage);
}
END_TEST

/* Registers that only read, or only write, are Undefined the other way round. */
START_TEST(undefined_directions)
{
        struct stage stage;

        create(&stage);
        stage_play(&stage, OP_MRS(ICC_EOIR1_EL1), OP_MRS(ICC_SGI1R_EL1), OP_MRS(ICC_DIR_EL1), OP_MSR(ICC_IAR1_EL1, 0),
                   OP_MSR(ICC_RPR_EL1, 0), OP_MRS(ICC_AP1R1_EL1));
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), 0);
        for (unsigned i = 0; i < 6; i++) {
                stage_expect_exception(&stage, i, 0x02000000, 0);
        }
        stage_destroy(&stage);
}
END_TEST

static void interrupt_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        bool *pending = arg;

        rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_ICC_PMR_EL1, 0xff);
        rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_ICC_IGRPEN0_EL1, 1);
        rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_ICC_IGRPEN1_EL1, 1);
        for (;;) {
                pending[0] = rmmsim_guest_irq_pending(vcpu);
                pending[1] = rmmsim_guest_fiq_pending(vcpu);
                rmmsim_guest_wfi(vcpu);
        }
}

START_TEST(pending_as_a_program_asks)
{
        struct world *world = world_create();
        struct realm_world realm;
        bool pending[2];

        realm_running(&realm, world, 1, interrupt_guest, pending);
        realm_run(&realm, 0)->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        ck_assert(!pending[0] && !pending[1]);
        realm_run(&realm, 0)->enter.gicv3_lrs[0] = PENDING(27);
        ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        ck_assert(pending[0] && !pending[1]);
        realm_run(&realm, 0)->enter.gicv3_lrs[0] = GROUP0(PENDING(27));
        ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        ck_assert(!pending[0] && pending[1]);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guest_gic");
        TCase *tcase = tcase_create("gic");

        tcase_add_test(tcase, taken_and_ended);
        tcase_add_test(tcase, group_0);
        tcase_add_test(tcase, priorities);
        tcase_add_test(tcase, wakes);
        tcase_add_test(tcase, eoicount);
        tcase_add_test(tcase, eoicount_wraps);
        tcase_add_loop_test(tcase, maintenance, 0, sizeof(conditions) / sizeof(conditions[0]));
        tcase_add_loop_test(tcase, deactivation, 0, 2);
        tcase_add_test(tcase, state_is_kept_for_each_rec);
        tcase_add_test(tcase, undefined_directions);
        tcase_add_test(tcase, pending_as_a_program_asks);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
