/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rec_completion.c - an entry that ends before the Realm's turn, as its host call cannot be completed; and what deployed
 * monitors make of that.
 *
 * Specification: REC entry following a REC exit due to Host call; REC sheet sections 1.2 (step 9), 1.6 and 2.2.
 */
#include "script.h"
#include <string.h>

#define PENDING(intid) (UINT64_C(0x5080000000000000) | (intid))

/* A host call is pending, a timer of the guest's is due, and its structure is gone. */
static void call_and_lose(struct stage *stage, const struct rmmsim_config *config)
{
        stage_create(stage, config);
        stage_play(stage, OP_MSR(CNTV_CVAL_EL0, 100), OP_MSR(CNTV_CTL_EL0, 3),
                   OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA + 0xb00));
        stage_run(stage)->enter.gicv3_hcr = 1 << 3; /* NPIE */
        stage_run(stage)->enter.gicv3_lrs[1] = PENDING(40);
        ck_assert_uint_eq(stage_enter(stage, 0), 0);
        ck_assert_uint_eq(stage_run(stage)->exit.exit_reason, RMMSIM_EXIT_HOST_CALL);
        ck_assert_uint_eq(stage_run(stage)->exit.gicv3_lrs[1], PENDING(40));
        expect_success(stage->world, rmi_data_destroy, .rd = stage->realm.rd, .ipa = STAGE_DATA);
        memset(stage_run(stage)->enter.gprs, 0x66, sizeof(stage_run(stage)->enter.gprs));
}

/* No instruction runs; the exit shows what every exit shows, with the list registers as entered. Pending until it works. */
START_TEST(structure_is_gone)
{
        static const struct rmmsim_config plain = { .num_pes = 1 };
        struct stage stage;

        call_and_lose(&stage, &plain);
        for (unsigned i = 0; i < 3; i++) {
                stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x90000007, .hpfar = 0x20,
                             .gicv3_hcr = 1 << 3, .gicv3_lrs[1] = PENDING(40), .cntv_ctl = 3, .cntv_cval = 100);
                ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_ERROR_REC);
                stage_run(&stage)->enter.flags = 0;
        }
        realm_data_unknown(&stage.realm, STAGE_DATA); /* DESTROYED still: the Realm has not asked for it */
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x90000007, .hpfar = 0x20, .gicv3_hcr = 1 << 3,
                     .gicv3_lrs[1] = PENDING(40), .cntv_ctl = 3, .cntv_cval = 100);
        ck_assert_uint_eq(stage.script.done, 2);
        stage_destroy(&stage);
}
END_TEST

START_TEST(structure_is_gone_as_deployed_monitors_show_it)
{
        struct rmmsim_rec_exit exit = { .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x90000007, .hpfar = 0x20 };
        struct stage stage;

        call_and_lose(&stage, &(const struct rmmsim_config){ .quirks = RMMSIM_QUIRK_host_call_abort_bare });
        memset(&stage_run(&stage)->exit, 0xa5, sizeof(exit));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_mem_eq(&stage_run(&stage)->exit, &exit, sizeof(exit));
        stage_destroy(&stage);
}
END_TEST

/* The Realm itself has made the page EMPTY meanwhile, with its other REC. The call is over. */
START_TEST(structure_is_empty)
{
        static const struct script_line change =
                OP_SMC(RMMSIM_RSI_IPA_STATE_SET, STAGE_DATA, STAGE_DATA + PAGE, RMMSIM_RIPAS_EMPTY, 0);
        bool silent = _i != 0;
        struct script caller;
        struct stage stage;

        stage_create_with(&stage,
                          &(const struct rmmsim_config){ .quirks = silent ? RMMSIM_QUIRK_host_call_empty_silent : 0 },
                          NULL, 2);
        stage_play(&stage, OP_SMC(RMMSIM_PSCI_CPU_ON, 1, REALM_PC, 0),
                   OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA, 7, 8, 9));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        expect_success(stage.world, rmi_psci_complete, .calling_rec = stage.realm.recs[0],
                       .target_rec = stage.realm.recs[1], .status = 0);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_run(&stage)->exit.exit_reason, RMMSIM_EXIT_HOST_CALL);
        caller = stage.script; /* both RECs read from one script */
        stage.script = (struct script){ .lines = &change, .count = 1 };
        realm_enter_expect(&stage.realm, 1, RMMSIM_EXIT_RIPAS_CHANGE);
        expect_success(stage.world, rmi_rtt_set_ripas, .rd = stage.realm.rd, .rec = stage.realm.recs[1],
                       .base = STAGE_DATA, .top = STAGE_DATA + PAGE);
        stage.script = caller;
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[0], silent ? RMMSIM_RSI_HOST_CALL : RMMSIM_RSI_ERROR_INPUT);
        for (unsigned i = 1; i < 17; i++) {
                ck_assert_uint_eq(stage_after(&stage, 1)->x[i], 0);
        }
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rec_completion");
        TCase *tcase = tcase_create("completion");

        tcase_add_test(tcase, structure_is_gone);
        tcase_add_test(tcase, structure_is_gone_as_deployed_monitors_show_it);
        tcase_add_loop_test(tcase, structure_is_empty, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
