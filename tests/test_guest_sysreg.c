/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_sysreg.c - registers, HVC and SMC as instructions of the Realm: what is stored, what identifies the CPU, what is
 * Undefined, and what the functions of guest.h keep.
 *
 * Specification: Realm exception model; REC sheet section 5.
 */
#include "script.h"
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = 1 };

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t value(const struct stage *stage, unsigned line)
{
        return stage_after(stage, line)->x[SCRIPT_RT];
}

/* ---- registers that store --------------------------------------------------------------------------------------------------- */

static const uint32_t stored[] = {
        RMMSIM_SYSREG_SCTLR_EL1,   RMMSIM_SYSREG_VBAR_EL1,       RMMSIM_SYSREG_ESR_EL1,   RMMSIM_SYSREG_FAR_EL1,
        RMMSIM_SYSREG_ELR_EL1,     RMMSIM_SYSREG_SPSR_EL1,       RMMSIM_SYSREG_MDSCR_EL1, RMMSIM_SYSREG_SP_EL0,
        RMMSIM_SYSREG_TPIDR_EL0,   RMMSIM_SYSREG_TPIDRRO_EL0,    RMMSIM_SYSREG_TPIDR_EL1, RMMSIM_SYSREG_CPACR_EL1,
        RMMSIM_SYSREG_TTBR0_EL1,   RMMSIM_SYSREG_TTBR1_EL1,      RMMSIM_SYSREG_TCR_EL1,   RMMSIM_SYSREG_MAIR_EL1,
        RMMSIM_SYSREG_AMAIR_EL1,   RMMSIM_SYSREG_PAR_EL1,        RMMSIM_SYSREG_AFSR0_EL1, RMMSIM_SYSREG_AFSR1_EL1,
        RMMSIM_SYSREG_CNTKCTL_EL1, RMMSIM_SYSREG_CONTEXTIDR_EL1, RMMSIM_SYSREG_ACTLR_EL1,
};

/* Each holds what it was given, whatever the others are given, through an exit. */
START_TEST(stored_registers)
{
        static struct script_line lines[ARRAY_LENGTH(stored)];
        struct stage stage;

        stage_create(&stage, &plain);
        for (unsigned i = 0; i < ARRAY_LENGTH(stored); i++) {
                lines[i] = (struct script_line){ .trap = { .kind = RMMSIM_TRAP_MSR, .sysreg = stored[i], .rt = 10 },
                                                 .x = { UINT64_C(0xabc0000000000000) + i } };
        }
        script_set(&stage.script, lines, ARRAY_LENGTH(stored));
        stage_finish(&stage);
        for (unsigned i = 0; i < ARRAY_LENGTH(stored); i++) {
                lines[i].trap.kind = RMMSIM_TRAP_MRS;
        }
        script_set(&stage.script, lines, ARRAY_LENGTH(stored));
        stage_finish(&stage);
        for (unsigned i = 0; i < ARRAY_LENGTH(stored); i++) {
                ck_assert_uint_eq(value(&stage, i), UINT64_C(0xabc0000000000000) + i);
        }
        stage_destroy(&stage);
}
END_TEST

/* The zero register: reads are thrown away, writes are zero. D, A, I and F are all of DAIF. */
START_TEST(zero_register_and_daif)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_MSR(TPIDR_EL1, 5),
                   OP(.trap = { .kind = RMMSIM_TRAP_MRS, .sysreg = RMMSIM_SYSREG_TPIDR_EL1, .rt = 31 }),
                   OP(.trap = { .kind = RMMSIM_TRAP_MSR, .sysreg = RMMSIM_SYSREG_TPIDR_EL1, .rt = 31 }),
                   OP_MRS(TPIDR_EL1), OP_MRS(DAIF), OP_MSR(DAIF, ~0ull), OP_MRS(DAIF), OP_MSR(DAIF, 0x140),
                   OP_MRS(DAIF));
        stage_finish(&stage);
        ck_assert_uint_eq(value(&stage, 1), 5); /* x10 as it was */
        ck_assert_uint_eq(value(&stage, 3), 0);
        ck_assert_uint_eq(value(&stage, 4), 0x3c0);
        ck_assert_uint_eq(value(&stage, 6), 0x3c0);
        ck_assert_uint_eq(value(&stage, 8), 0x140);
        stage_destroy(&stage);
}
END_TEST

/* ---- registers that identify ------------------------------------------------------------------------------------------------- */

/* Features that a Realm never has: each field by the mask that the sheet gives. */
static const struct {
        uint32_t reg;
        uint64_t never;
} hidden[] = {
        { RMMSIM_SYSREG_ID_AA64DFR0_EL1, 0x0ff0ff0fff0f00f0 }, { RMMSIM_SYSREG_ID_AA64DFR1_EL1, 0x000f00f000000000 },
        { RMMSIM_SYSREG_ID_AA64PFR0_EL1, 0x0000f00f00000000 }, { RMMSIM_SYSREG_ID_AA64PFR1_EL1, 0x000000000f000f00 },
        { RMMSIM_SYSREG_ID_AA64ZFR0_EL1, ~UINT64_C(0) },       { RMMSIM_SYSREG_ID_AA64SMFR0_EL1, ~UINT64_C(0) },
};

START_TEST(hidden_features)
{
        static struct script_line line[1];
        struct stage stage;

        stage_create(&stage, &plain);
        line[0] = (struct script_line){ .trap = { .kind = RMMSIM_TRAP_MRS, .sysreg = hidden[_i].reg, .rt = 10 } };
        script_set(&stage.script, line, 1);
        stage_finish(&stage);
        ck_assert_uint_eq(value(&stage, 0) & hidden[_i].never, 0);
        stage_destroy(&stage);
}
END_TEST

/* What the Realm was given: breakpoints, watchpoints, the PMU, SVE; and where it runs. */
START_TEST(shown_features)
{
        struct stage stage;

        stage_create_with(&stage, &(const struct rmmsim_config){ .features.sve_vectors = 2 },
                          &(const struct realm_shape){
                                  .flags = RMMSIM_REALM_FLAG_PMU | RMMSIM_REALM_FLAG_SVE, .num_bps = 3, .num_wps = 2 },
                          1);
        stage_play(&stage, OP_MRS(ID_AA64DFR0_EL1), OP_MRS(ID_AA64PFR0_EL1), OP_MRS(ID_AA64MMFR0_EL1),
                   OP_MRS(MPIDR_EL1), OP_MSR(ZCR_EL1, 1), OP_MRS(ZCR_EL1));
        stage_finish(&stage);
        ck_assert_uint_eq(value(&stage, 0), 0x203106); /* WRPs 2, BRPs 3, PMUVer 1, DebugVer 6 */
        ck_assert_uint_eq(value(&stage, 1) >> 32 & 0xf, 1);
        ck_assert_uint_eq(value(&stage, 2) & 0xf, 5); /* 48 bits of PA */
        ck_assert_uint_eq(value(&stage, 3), 0x80000000);
        ck_assert_uint_eq(value(&stage, 5), 1);
        stage_destroy(&stage);
}
END_TEST

/* No SVE: its control register is Undefined, both ways. Other registers that are not served read as zero. */
START_TEST(registers_that_are_not_there)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_MRS(ZCR_EL1), OP_MSR(ZCR_EL1, 1), OP_MRS(ID_AA64ISAR1_EL1), OP_MSR(OSLAR_EL1, 1),
                   OP_MRS(OSLSR_EL1),
                   OP(.trap = { .kind = RMMSIM_TRAP_MRS, .sysreg = RMMSIM_SYSREG(3, 6, 15, 15, 7), .rt = 10 }),
                   OP(.trap = { .kind = RMMSIM_TRAP_MRS, .sysreg = 1, .rt = 10 }),
                   OP(.trap = { .kind = RMMSIM_TRAP_MRS, .sysreg = RMMSIM_SYSREG_ESR_EL1, .rt = 32 }),
                   OP_MSR(CNTVCT_EL0, 1));
        stage_finish(&stage);
        stage_expect_exception(&stage, 0, 0x02000000, 0);
        stage_expect_exception(&stage, 1, 0x02000000, 0);
        for (unsigned i = 2; i < 6; i++) {
                ck_assert_int_eq(stage_after(&stage, i)->result, 0);
        }
        ck_assert_uint_eq(value(&stage, 2), 0);
        ck_assert_uint_eq(value(&stage, 4), 0);
        ck_assert_uint_eq(value(&stage, 5), 0);
        for (unsigned i = 6; i < 9; i++) {
                stage_expect_exception(&stage, i, 0x02000000, 0);
        }
        stage_destroy(&stage);
}
END_TEST

/* ---- HVC ---------------------------------------------------------------------------------------------------------------------- */

/* Undefined: ESR_EL1 0x02000000, FAR_EL1 and registers left alone, ELR_EL1 at the HVC, or behind it on deployed monitors. */
START_TEST(hvc)
{
        bool behind = _i != 0;
        struct stage stage;

        stage_create(&stage, &(const struct rmmsim_config){ .quirks = behind ? RMMSIM_QUIRK_hvc_returns_after : 0 });
        stage_play(&stage, OP_MSR(FAR_EL1, 0x1234), OP_MSR(VBAR_EL1, 0x40000), OP_MSR(DAIF, 0x40), OP_HVC,
                   OP_MRS(ELR_EL1), OP_MRS(DAIF));
        stage_finish(&stage);
        ck_assert_int_eq(stage_after(&stage, 3)->result, RMMSIM_GUEST_EXCEPTION);
        ck_assert_uint_eq(stage_after(&stage, 3)->exception.esr, 0x02000000);
        ck_assert_uint_eq(stage_after(&stage, 3)->exception.far, 0x1234);
        ck_assert_uint_eq(stage_after(&stage, 3)->exception.elr, REALM_PC + 12 + (behind ? 4 : 0));
        ck_assert_uint_eq(stage_after(&stage, 3)->exception.spsr, 0x45);
        ck_assert_uint_eq(stage_after(&stage, 3)->exception.vector, 0x40200);
        ck_assert_mem_eq(stage_after(&stage, 3)->x, stage_after(&stage, 2)->x, sizeof(stage_after(&stage, 3)->x));
        ck_assert_uint_eq(value(&stage, 4), REALM_PC + 12 + (behind ? 4 : 0));
        ck_assert_uint_eq(value(&stage, 5), 0x40);
        ck_assert_uint_eq(stage_after(&stage, 5)->pc, REALM_PC + 24);
        stage_destroy(&stage);
}
END_TEST

/* ---- an entry is over after a number of instructions ---------------------------------------------------------------------- */

/* IRQ exits after each instruction; a call that was answered stays answered. */
START_TEST(limited_entries)
{
        unsigned quantum = (unsigned)_i;
        struct stage stage;

        stage_create(&stage, &(const struct rmmsim_config){ .guest_quantum = quantum });
        stage_play(&stage, OP_SMC(RMMSIM_RSI_VERSION, 0x10000, 7, 8), OP_NOP, OP_SMC(RMMSIM_RSI_VERSION, 0x20000),
                   OP_NOP, OP_NOP, OP_NOP);
        for (unsigned done = quantum; done <= 6; done += quantum) {
                stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
                ck_assert_uint_ge(stage.script.begun, done);
                ck_assert_uint_le(stage.script.begun, done + 1);
                /* An answered call returns to the Realm by an entry, so this one is over before the next instruction. */
                ck_assert(quantum != 1 || done != 1 || stage.script.begun == 1);
        }
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[1], 0x10000);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[2], 0x10000);
        ck_assert_uint_eq(stage_after(&stage, 2)->x[0], RMMSIM_RSI_ERROR_INPUT);
        ck_assert_uint_eq(stage_after(&stage, 5)->pc, REALM_PC + 24);
        stage_destroy(&stage);
}
END_TEST

/* ---- what the functions of guest.h keep --------------------------------------------------------------------------------------- */

static void keep_registers(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t *ok = arg;
        uint64_t word;

        for (unsigned i = 0; i < 31; i++) {
                rmmsim_guest_set_x(vcpu, i, 0x1000 + i);
        }
        rmmsim_guest_set_x(vcpu, 31, 1);
        rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &word);
        rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_TPIDR_EL1, 99);
        rmmsim_guest_store(vcpu, REALM_PC, 8, 77);
        rmmsim_guest_load(vcpu, REALM_PC, 8, &word);
        rmmsim_guest_fetch(vcpu, REALM_PC);
        rmmsim_guest_nop(vcpu);
        rmmsim_guest_wfi(vcpu);
        rmmsim_guest_load(vcpu, UINT64_C(0x8000000000), 2, &word); /* emulated by the host */
        rmmsim_guest_hvc(vcpu);
        ok[0] = word;
        ok[1] = rmmsim_guest_load(vcpu, REALM_PC, 256 + 1, &word) == RMMSIM_GUEST_EXCEPTION;
        ok[2] = rmmsim_guest_load(vcpu, 0x200000, 4, &word) == RMMSIM_GUEST_EXCEPTION && word == ok[0];
        ok[3] = rmmsim_guest_x(vcpu, 31) == 0;
        for (unsigned i = 0; i < 31; i++) {
                ok[4] += rmmsim_guest_x(vcpu, i) == 0x1000 + i;
        }
        ok[5] = rmmsim_guest_pc(vcpu);
        ok[6] = rmmsim_guest_exception(vcpu).vector;
        rmmsim_guest_wfi(vcpu);
}

START_TEST(registers_are_kept)
{
        struct world *world = world_create();
        struct realm_world realm;
        uint64_t ok[7] = { 0 };

        realm_running(&realm, world, 1, keep_registers, ok);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC);
        realm_run(&realm, 0)->enter.flags = RMMSIM_ENTER_EMUL_MMIO;
        realm_run(&realm, 0)->enter.gprs[0] = 0xfffff321;
        ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        ck_assert_uint_eq(ok[0], 0xf321);
        ck_assert_uint_eq(ok[1], 1);
        ck_assert_uint_eq(ok[2], 1);
        ck_assert_uint_eq(ok[3], 1);
        ck_assert_uint_eq(ok[4], 31);
        ck_assert_uint_eq(ok[5], 0x200); /* at the vector: the last access aborted */
        ck_assert_uint_eq(ok[6], 0x200);
        world_destroy(world);
}
END_TEST

/* x0 to x17 go with an SMC and come back; x18 and above are the vCPU's own. */
static void call_and_look(struct rmmsim_vcpu *vcpu, void *arg)
{
        const struct rmmsim_refusal **why = arg;
        struct rmmsim_regs regs = { .x = { 0x84000055 } };

        for (unsigned i = 1; i < 18; i++) {
                regs.x[i] = 0x2000 + i;
        }
        rmmsim_guest_set_x(vcpu, 18, 0x2012);
        rmmsim_guest_smc(vcpu, &regs);
        ck_assert_uint_eq(regs.x[0], RMMSIM_NOT_SUPPORTED);
        for (unsigned i = 4; i < 18; i++) {
                ck_assert_uint_eq(regs.x[i], 0x2000 + i);
        }
        ck_assert_uint_eq(rmmsim_guest_x(vcpu, 18), 0x2012);
        ck_assert_ptr_null(rmmsim_guest_why(vcpu)); /* unknown, and nothing refused it */
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_realm_config, .addr = 0x123).x[0], RMMSIM_RSI_ERROR_INPUT);
        why[0] = rmmsim_guest_why(vcpu);
        ck_assert_str_eq(why[0]->command, "RSI_REALM_CONFIG");
        ck_assert_str_eq(why[0]->condition, "addr_align");
        ck_assert_uint_eq(why[0]->argument_register, 1);
        ck_assert_uint_eq(why[0]->argument_value, 0x123);
        ck_assert_uint_eq(why[0]->x0, RMMSIM_RSI_ERROR_INPUT);
        ck_assert_ptr_nonnull(strstr(why[0]->sentence, "addr_align"));
        rmmsim_guest_wfi(vcpu); /* an exit in between, and another REC's refusal on the same PE */
        ck_assert_str_eq(rmmsim_guest_why(vcpu)->condition, "addr_align");
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000).x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_ptr_null(rmmsim_guest_why(vcpu));
        why[1] = why[0];
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(calls_and_refusals)
{
        struct world *world = world_create();
        struct realm_world realm;
        const struct rmmsim_refusal *why[2] = { NULL };

        realm_running(&realm, world, 1, call_and_look, why);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(call(world, rmi_granule_delegate, .addr = 1), RMMSIM_RMI_ERROR_INPUT);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_ptr_nonnull(why[1]);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guest_sysreg");
        TCase *tcase = tcase_create("instructions");

        tcase_add_test(tcase, stored_registers);
        tcase_add_test(tcase, zero_register_and_daif);
        tcase_add_loop_test(tcase, hidden_features, 0, ARRAY_LENGTH(hidden));
        tcase_add_test(tcase, shown_features);
        tcase_add_test(tcase, registers_that_are_not_there);
        tcase_add_loop_test(tcase, hvc, 0, 2);
        tcase_add_loop_test(tcase, limited_entries, 1, 4);
        tcase_add_test(tcase, registers_are_kept);
        tcase_add_test(tcase, calls_and_refusals);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
