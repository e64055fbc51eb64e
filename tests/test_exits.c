/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_exits.c - what the host sees when a REC comes back: all 2048 bytes, for each cause.
 *
 * Specification: RmiRecExit; REC sheet section 2.3, masks and worked examples; RTT sheet section 5.2.
 */
#include "script.h"
#include <pthread.h>
#include <rmmsim/inspect.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = WORLD_PES };

#define QUIRKY(name) (&(const struct rmmsim_config){ .quirks = RMMSIM_QUIRK_##name })

/* ---- WFI and WFE -------------------------------------------------------------------------------------------------------- */

#define WAITS OP_WFI, OP_WFE, OP_WFIT(0x123456789abcdef0), OP_WFET(0xfedcba9876543210)

START_TEST(waits_that_the_host_traps)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, WAITS);
        stage_run(&stage)->enter.flags = RMMSIM_ENTER_TRAP_WFI | RMMSIM_ENTER_TRAP_WFE;
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x04000000);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x04000001);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x04000002, .gprs[0] = 0x123456789abcdef0);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x04000003, .gprs[0] = 0xfedcba9876543210);
        stage_run(&stage)->enter.flags = 0;
        stage_finish(&stage);
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_int_eq(stage_after(&stage, i)->result, 0);
                ck_assert_uint_eq(stage_after(&stage, i)->pc, REALM_PC + 4 * (i + 1));
        }
        stage_destroy(&stage);
}
END_TEST

/* Which flag traps which instruction; what is not trapped idles, and the host has its PE back as at its next tick. */
START_TEST(waits_trapped_one_kind_at_a_time)
{
        bool wfe = _i != 0;
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, WAITS);
        for (unsigned i = 0; i < 4; i++) {
                bool trapped = (i % 2 == 1) == wfe;

                ck_assert_uint_eq(stage_enter(&stage, wfe ? RMMSIM_ENTER_TRAP_WFE : RMMSIM_ENTER_TRAP_WFI), 0);
                ck_assert_uint_eq(stage_run(&stage)->exit.exit_reason, trapped ? RMMSIM_EXIT_SYNC : RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(stage_run(&stage)->exit.esr, trapped ? 0x04000000 | i : 0);
        }
        stage_destroy(&stage);
}
END_TEST

START_TEST(waits_not_trapped)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, WAITS);
        for (unsigned i = 0; i < 4; i++) {
                stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(stage.script.done, i);
        }
        stage_destroy(&stage);
}
END_TEST

/* The timeout has passed: WFIT and WFET complete. One tick earlier they wait. */
START_TEST(waits_with_a_timeout)
{
        struct stage stage;

        stage_create(&stage, &plain);
        rmmsim_time_advance(stage.world->sim, 1000);
        stage_play(&stage, OP_WFIT(1000), OP_WFET(999), OP_WFIT(1001), OP_WFET(1001));
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(stage.script.done, 2);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(stage.script.done, 3);
        stage_destroy(&stage);
}
END_TEST

START_TEST(waits_as_deployed_monitors_show_them)
{
        struct stage stage;

        stage_create(&stage, QUIRKY(wfxt_plain));
        stage_play(&stage, WAITS);
        stage_run(&stage)->enter.flags = RMMSIM_ENTER_TRAP_WFI | RMMSIM_ENTER_TRAP_WFE;
        for (unsigned i = 0; i < 4; i++) {
                stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x04000000 | (i & 1));
        }
        stage_destroy(&stage);
}
END_TEST

/* ---- interrupts --------------------------------------------------------------------------------------------------------- */

/* Raised before the entry: the REC exits without an instruction, and the exit has taken the interrupt. */
START_TEST(interrupt_before_the_entry)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_NOP);
        ck_assert_int_eq((_i == 0 ? rmmsim_irq_raise : rmmsim_fiq_raise)(stage.world->sim, 0), 0);
        stage_expect(&stage, .exit_reason = _i == 0 ? RMMSIM_EXIT_IRQ : RMMSIM_EXIT_FIQ);
        ck_assert_uint_eq(stage.script.begun, 0);
        stage_finish(&stage);
        stage_destroy(&stage);
}
END_TEST

/* An interrupt of another PE is not this one's. */
START_TEST(interrupt_elsewhere)
{
        struct stage stage;

        stage_create(&stage, &plain);
        rmmsim_fiq_raise(stage.world->sim, 1);
        stage_play(&stage, OP_NOP);
        stage_finish(&stage);
        ck_assert_uint_eq(realm_enter_on(&stage.realm, 1, 0), 0);
        ck_assert_uint_eq(stage_run(&stage)->exit.exit_reason, RMMSIM_EXIT_FIQ);
        stage_destroy(&stage);
}
END_TEST

/* Each exit takes one, the most urgent first. */
START_TEST(interrupts_one_by_one)
{
        struct stage stage;

        stage_create(&stage, &plain);
        rmmsim_irq_raise(stage.world->sim, 0);
        rmmsim_fiq_raise(stage.world->sim, 0);
        rmmsim_serror_raise(stage.world->sim, 0, 0xbe000011);
        rmmsim_irq_raise(stage.world->sim, 0); /* still one */
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SERROR, .esr = 0xbc000011);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_FIQ);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        stage_play(&stage, OP_NOP);
        stage_finish(&stage);
        stage_destroy(&stage);
}
END_TEST

static atomic_bool spinning;

static void spin_for_ever(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                spinning = true;
                rmmsim_guest_nop(vcpu);
        }
}

static void *raise_when_spinning(void *arg)
{
        struct rmmsim *sim = arg;

        while (!spinning) {
                sched_yield();
        }
        rmmsim_fiq_raise(sim, 0);
        return NULL;
}

/* While the REC runs, from another thread. */
START_TEST(interrupt_during_the_run)
{
        struct world *world = world_create();
        struct realm_world realm;
        pthread_t thread;

        realm_running(&realm, world, 1, spin_for_ever, NULL);
        ck_assert_int_eq(pthread_create(&thread, NULL, raise_when_spinning, world->sim), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_FIQ);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
        world_destroy(world);
}
END_TEST

/* ---- SError --------------------------------------------------------------------------------------------------------------- */

struct serror {
        uint64_t raised;
        uint64_t shown;
        bool to_realm; /* AET is UEU or UER */
};

/* IDS 24, AET 12:10, EA 9 and DFSC 5:0 are shown, and the class 0x2f. */
static const struct serror serrors[] = {
        { 0xbe000011, 0xbc000011, false },         { 0xbe000411, 0xbc000411, true },  { 0xbe000811, 0xbc000811, false },
        { 0xbe000c11, 0xbc000c11, true },          { 0xbe001811, 0xbc001811, false }, { 0xbf000011, 0xbd000011, false },
        { 0xffffffffffffffff, 0xbd001e3f, false }, { 0, 0xbc000000, false },          { 0x1211, 0xbc001211, false },
};

START_TEST(serror_exit)
{
        const struct serror *serror = &serrors[_i];
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_MRS(ISR_EL1), OP_WFI, OP_MRS(ISR_EL1));
        rmmsim_serror_raise(stage.world->sim, 0, serror->raised);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SERROR, .esr = serror->shown);
        /* A virtual SError is pending for the next entry only. */
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[SCRIPT_RT], serror->to_realm ? 0x100 : 0);
        ck_assert_uint_eq(stage_after(&stage, 2)->x[SCRIPT_RT], 0);
        stage_destroy(&stage);
}
END_TEST

START_TEST(serror_as_deployed_monitors_show_it)
{
        struct stage stage;

        stage_create(&stage, QUIRKY(serror_class_clear));
        rmmsim_serror_raise(stage.world->sim, 0, 0xbf001e3f);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SERROR, .esr = 0x01001e3f);
        stage_destroy(&stage);
}
END_TEST

/* ---- calls and registers ------------------------------------------------------------------------------------------------ */

#define SYNC .exit_reason = RMMSIM_EXIT_SYNC

/* Which of x0..x3 the host sees. CPU_SUSPEND is the one that comes back by itself. Specification: REC sheet section 4.3. */
START_TEST(psci_exits)
{
        struct stage stage;

        stage_create_with(&stage, &plain, NULL, 2);
        stage_play(&stage, OP_SMC(RMMSIM_PSCI_CPU_SUSPEND, 0x11, 0x22, 0x33, 0x44),
                   OP_SMC(RMMSIM_PSCI_CPU_ON, 1, REALM_PC, 0x55, 0x66),
                   OP_SMC(RMMSIM_PSCI_AFFINITY_INFO, 1, 0, 0x77, 0x88),
                   OP_SMC(RMMSIM_PSCI_CPU_OFF, 0x99, 0xaa, 0xbb, 0xcc));
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_PSCI, .gprs = { 0xc4000001, 0x11, 0x22, 0x33 });
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_PSCI, .gprs = { 0xc4000003, 1, REALM_PC, 0x55 });
        expect_success(stage.world, rmi_psci_complete, .calling_rec = stage.realm.recs[0],
                       .target_rec = stage.realm.recs[1], .status = (uint64_t)RMMSIM_PSCI_DENIED);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_PSCI, .gprs = { 0xc4000004, 1, 0, 0 });
        expect_success(stage.world, rmi_psci_complete, .calling_rec = stage.realm.recs[0],
                       .target_rec = stage.realm.recs[1], .status = RMMSIM_PSCI_SUCCESS);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_PSCI, .gprs = { 0x84000002 });
        stage_destroy(&stage);
}
END_TEST

START_TEST(psci_exits_of_the_whole_realm)
{
        static const struct script_line lines[] = { OP_SMC(RMMSIM_PSCI_SYSTEM_OFF, 1, 2, 3),
                                                    OP_SMC(RMMSIM_PSCI_SYSTEM_RESET, 1, 2, 3) };
        struct stage stage;

        stage_create(&stage, &plain);
        script_set(&stage.script, &lines[_i], 1);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_PSCI, .gprs = { _i == 0 ? 0x84000008 : 0x84000009 });
        stage_destroy(&stage);
}
END_TEST

START_TEST(ripas_change_exits)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_SMC(RMMSIM_RSI_IPA_STATE_SET, 0x4000, 0x9000, RMMSIM_RIPAS_RAM, 1),
                   OP_SMC(RMMSIM_RSI_IPA_STATE_SET, 0, 0x8000000000, RMMSIM_RIPAS_EMPTY, 0), OP_NOP);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_RIPAS_CHANGE, .ripas_base = 0x4000, .ripas_top = 0x9000,
                     .ripas_value = 1);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_RIPAS_CHANGE, .ripas_base = 0, .ripas_top = 0x8000000000);
        stage_finish(&stage);
        stage_destroy(&stage);
}
END_TEST

/* imm has 16 bits; bytes 2 to 7 of the structure are padding, which deployed monitors show half of. */
START_TEST(host_call_exits)
{
        static struct rmmsim_host_call structure = { .imm = 0xbeef,
                                                     .reserved_002 = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66 } };
        struct rmmsim_rec_exit exit = { .exit_reason = RMMSIM_EXIT_HOST_CALL, .imm = 0xbeef };
        struct stage stage;

        for (unsigned i = 0; i < 31; i++) {
                structure.gprs[i] = exit.gprs[i] = UINT64_C(0x7700000000000000) + i;
        }
        if (_i == 1) {
                memcpy(&exit.imm, "\xef\xbe\x11\x22", 4);
        }
        stage_create(&stage, _i == 0 ? &plain : QUIRKY(host_call_imm_wide));
        stage_play(&stage, OP_COPY_OUT(STAGE_DATA + 0x300, &structure, sizeof(structure)),
                   OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA + 0x300));
        stage_expect_exit(&stage, &exit, __FILE__, __LINE__);
        stage_destroy(&stage);
}
END_TEST

/* The RMM cannot reach the Realm's buffer: a Data Abort without ISV, IL or offset; and the call is made again. */
START_TEST(buffer_aborts)
{
        struct stage stage;

        stage_create(&stage, &plain);
        expect_success(stage.world, rmi_data_destroy, .rd = stage.realm.rd, .ipa = STAGE_DATA);
        stage_play(&stage, OP_SMC(RMMSIM_RSI_REALM_CONFIG, 0x10000), OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA + 0xb00));
        stage_expect(&stage, SYNC, .esr = 0x90000007, .hpfar = 0x100);
        realm_data_unknown(&stage.realm, 0x10000);
        stage_expect(&stage, SYNC, .esr = 0x90000007, .hpfar = 0x20);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[0], RMMSIM_RSI_SUCCESS);
        stage_expect(&stage, SYNC, .esr = 0x90000007, .hpfar = 0x20);
        stage_destroy(&stage);
}
END_TEST

/* Registers that the host emulates: what it would find in ESR_EL2, and the value. */
START_TEST(register_exits)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(
                &stage,
                OP(.trap = { .kind = RMMSIM_TRAP_MSR, .sysreg = RMMSIM_SYSREG_ICC_DIR_EL1, .rt = 2 }, .x = { 0x1234 }),
                OP(.trap = { .kind = RMMSIM_TRAP_MSR, .sysreg = RMMSIM_SYSREG_ICC_DIR_EL1, .rt = 31 }),
                OP_MSR(ICC_SGI1R_EL1, 0x0102030405060708), OP_MSR(ICC_SGI0R_EL1, 7), OP_MSR(ICC_ASGI1R_EL1, 8));
        stage_run(&stage)->enter.gicv3_hcr = 1 << 14; /* TDIR */
        stage_expect(&stage, SYNC, .esr = 0x62323056, .gprs[0] = 0x1234, .gicv3_hcr = 1 << 14);
        stage_expect(&stage, SYNC, .esr = 0x623233f6, .gicv3_hcr = 1 << 14);
        stage_expect(&stage, SYNC, .esr = 0x623a3156, .gprs[0] = 0x0102030405060708, .gicv3_hcr = 1 << 14);
        stage_expect(&stage, SYNC, .esr = 0x623e3156, .gprs[0] = 7, .gicv3_hcr = 1 << 14);
        stage_expect(&stage, SYNC, .esr = 0x623c3156, .gprs[0] = 8, .gicv3_hcr = 1 << 14);
        stage_finish(&stage);
        for (unsigned i = 0; i < 5; i++) {
                ck_assert_int_eq(stage_after(&stage, i)->result, 0);
                ck_assert_uint_eq(stage_after(&stage, i)->pc, REALM_PC + 4 * (i + 1));
        }
        stage_destroy(&stage);
}
END_TEST

/* Every reason has a number and a name, and none lies beyond. Specification: RmiRecExitReason. */
START_TEST(exit_reasons)
{
        static const char *const names[] = { "SYNC", "IRQ", "FIQ", "PSCI", "RIPAS_CHANGE", "HOST_CALL", "SERROR" };

        ck_assert_uint_eq(RMMSIM_NUM_EXIT_REASONS, 7);
        for (unsigned i = 0; i < 7; i++) {
                ck_assert_str_eq(rmmsim_exit_name(i), names[i]);
        }
        ck_assert_str_eq(rmmsim_exit_name(7), "?");
}
END_TEST

/* Exits are counted by reason. */
START_TEST(exits_are_counted)
{
        struct rmmsim_statistics statistics;
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_LOAD(STAGE_HOLE, 8, 0));
        for (unsigned i = 0; i < 3; i++) {
                stage_expect(&stage, SYNC, .esr = 0x90000007, .hpfar = 0x30);
        }
        rmmsim_fiq_raise(stage.world->sim, 0);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_FIQ);
        rmmsim_statistics(stage.world->sim, &statistics);
        ck_assert_uint_eq(statistics.exits[RMMSIM_EXIT_SYNC], 3);
        ck_assert_uint_eq(statistics.exits[RMMSIM_EXIT_FIQ], 1);
        ck_assert_uint_eq(statistics.exits[RMMSIM_EXIT_IRQ], 0);
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("exits");
        TCase *waits = tcase_create("waits");
        TCase *interrupts = tcase_create("interrupts");
        TCase *calls = tcase_create("calls");

        tcase_add_test(waits, waits_that_the_host_traps);
        tcase_add_loop_test(waits, waits_trapped_one_kind_at_a_time, 0, 2);
        tcase_add_test(waits, waits_not_trapped);
        tcase_add_test(waits, waits_with_a_timeout);
        tcase_add_test(waits, waits_as_deployed_monitors_show_them);
        tcase_add_loop_test(interrupts, interrupt_before_the_entry, 0, 2);
        tcase_add_test(interrupts, interrupt_elsewhere);
        tcase_add_test(interrupts, interrupts_one_by_one);
        tcase_add_test(interrupts, interrupt_during_the_run);
        tcase_add_loop_test(interrupts, serror_exit, 0, sizeof(serrors) / sizeof(serrors[0]));
        tcase_add_test(interrupts, serror_as_deployed_monitors_show_it);
        suite_add_tcase(suite, waits);
        tcase_add_test(calls, psci_exits);
        tcase_add_loop_test(calls, psci_exits_of_the_whole_realm, 0, 2);
        tcase_add_test(calls, ripas_change_exits);
        tcase_add_loop_test(calls, host_call_exits, 0, 2);
        tcase_add_test(calls, buffer_aborts);
        tcase_add_test(calls, register_exits);
        tcase_add_test(calls, exit_reasons);
        tcase_add_test(calls, exits_are_counted);
        suite_add_tcase(suite, interrupts);
        suite_add_tcase(suite, calls);
        return run_suite(suite);
}
