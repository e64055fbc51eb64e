/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rec_enter_flags.c - what emul_mmio and inject_sea do after each kind of exit: every cell of the table.
 *
 * Specification: RmiRecEnterFlags; REC sheet section 1.3, "Result of the flags per last exit".
 */
#include "script.h"
#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define EMUL                RMMSIM_ENTER_EMUL_MMIO
#define SEA                 RMMSIM_ENTER_INJECT_SEA

static const struct rmmsim_config strict = { .num_pes = 1 };
static const struct rmmsim_config checked = { .num_pes = 1, .quirks = RMMSIM_QUIRK_inject_sea_checked };

static uint64_t buffer[2];

/* ---- ways to exit ----------------------------------------------------------------------------------------------------------- */

typedef void prepare_fn(struct stage *stage);

static void raise_irq(struct stage *stage)
{
        rmmsim_irq_raise(stage->world->sim, 0);
}

static void raise_fiq(struct stage *stage)
{
        rmmsim_fiq_raise(stage->world->sim, 0);
}

static void raise_serror(struct stage *stage)
{
        rmmsim_serror_raise(stage->world->sim, 0, 0xbe000811);
}

static void map_nowhere(struct stage *stage)
{
        expect_success(stage->world, rmi_rtt_map_unprotected, .rd = stage->realm.rd, .ipa = STAGE_DEVICE, .level = 3,
                       .desc = 0x40000000 | 3 << 6 | 6 << 2);
}

static void map_without_write(struct stage *stage)
{
        expect_success(stage->world, rmi_rtt_map_unprotected, .rd = stage->realm.rd, .ipa = STAGE_DEVICE, .level = 3,
                       .desc = world_page(stage->world) | 1 << 6 | 6 << 2);
}

/* Between the abort and the flags: another entry, which an interrupt ends before it begins. */
static void abort_then_fiq(struct stage *stage)
{
        ck_assert_uint_eq(stage_enter(stage, 0), 0);
        ck_assert_uint_eq(stage_run(stage)->exit.esr, 0x91c08007);
        raise_fiq(stage);
}

static void abort_then_irq(struct stage *stage)
{
        ck_assert_uint_eq(stage_enter(stage, 0), 0);
        ck_assert_uint_eq(stage_run(stage)->exit.esr, 0x91c08007);
        raise_irq(stage);
}

/* The host call has exited, and its structure goes. */
static void lose_the_structure(struct stage *stage)
{
        ck_assert_uint_eq(stage_enter(stage, 0), 0);
        ck_assert_uint_eq(stage_run(stage)->exit.exit_reason, RMMSIM_EXIT_HOST_CALL);
        expect_success(stage->world, rmi_data_destroy, .rd = stage->realm.rd, .ipa = STAGE_DATA);
}

enum last {
        OTHER,
        EMULATABLE,
        NOT_EMULATABLE
};

struct row {
        const char *name;
        struct script_line line;
        prepare_fn *prepare;
        uint64_t reason; /* of the last exit */
        uint64_t esr;
        uint64_t flags; /* of the entry that leads to it */
        enum last last;
};

static const struct row rows[] = {
        { "IRQ", OP_NOP, raise_irq, RMMSIM_EXIT_IRQ, 0, 0, OTHER },
        { "FIQ", OP_NOP, raise_fiq, RMMSIM_EXIT_FIQ, 0, 0, OTHER },
        { "SError", OP_NOP, raise_serror, RMMSIM_EXIT_SERROR, 0xbc000811, 0, OTHER },
        { "WFI", OP_WFI, NULL, RMMSIM_EXIT_SYNC, 0x04000000, RMMSIM_ENTER_TRAP_WFI, OTHER },
        { "WFE", OP_WFE, NULL, RMMSIM_EXIT_SYNC, 0x04000001, RMMSIM_ENTER_TRAP_WFE, OTHER },
        { "Instruction Abort", OP_FETCH(STAGE_HOLE), NULL, RMMSIM_EXIT_SYNC, 0x80000007, 0, OTHER },
        { "host call", OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA), NULL, RMMSIM_EXIT_HOST_CALL, 0, 0, OTHER },
        { "host call without structure", OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA), lose_the_structure, RMMSIM_EXIT_SYNC,
          0x90000007, 0, OTHER },
        { "RSI buffer", OP_SMC(RMMSIM_RSI_REALM_CONFIG, STAGE_HOLE), NULL, RMMSIM_EXIT_SYNC, 0x90000007, 0, OTHER },
        { "RIPAS change", OP_SMC(RMMSIM_RSI_IPA_STATE_SET, 0x8000, 0x9000, 1, 1), NULL, RMMSIM_EXIT_RIPAS_CHANGE, 0, 0,
          OTHER },
        { "PSCI", OP_SMC(RMMSIM_PSCI_CPU_SUSPEND), NULL, RMMSIM_EXIT_PSCI, 0, 0, OTHER },
        { "register", OP_MSR(ICC_SGI1R_EL1, 1), NULL, RMMSIM_EXIT_SYNC, 0x623a3156, 0, OTHER },
        { "external abort", OP_LOAD(STAGE_DEVICE, 8, 4), map_nowhere, RMMSIM_EXIT_SYNC, 0x90000010, 0, OTHER },
        { "Protected, ISV = 1, read", OP_LOAD(STAGE_HOLE, 8, 4), NULL, RMMSIM_EXIT_SYNC, 0x90000007, 0, OTHER },
        { "Protected, ISV = 1, write", OP_STORE(STAGE_HOLE, 8, 4, 0), NULL, RMMSIM_EXIT_SYNC, 0x90000007, 0, OTHER },
        { "Protected, ISV = 0", OP_COPY_IN(buffer, STAGE_HOLE, 16), NULL, RMMSIM_EXIT_SYNC, 0x90000007, 0, OTHER },
        { "emulatable, then FIQ", OP_LOAD(STAGE_DEVICE, 8, 4), abort_then_fiq, RMMSIM_EXIT_FIQ, 0, 0, OTHER },
        { "emulatable, then IRQ", OP_LOAD(STAGE_DEVICE, 8, 4), abort_then_irq, RMMSIM_EXIT_IRQ, 0, 0, OTHER },
        { "Unprotected, ISV = 1, read", OP_LOAD(STAGE_DEVICE, 8, 4), NULL, RMMSIM_EXIT_SYNC, 0x91c08007, 0,
          EMULATABLE },
        { "Unprotected, ISV = 1, write", OP_STORE(STAGE_DEVICE, 8, 4, 0), NULL, RMMSIM_EXIT_SYNC, 0x91c08047, 0,
          EMULATABLE },
        { "Unprotected, ISV = 1, permission", OP_STORE(STAGE_DEVICE, 8, 4, 0), map_without_write, RMMSIM_EXIT_SYNC,
          0x91c0804f, 0, EMULATABLE },
        { "Unprotected, ISV = 0, read", OP_COPY_IN(buffer, STAGE_DEVICE, 16), NULL, RMMSIM_EXIT_SYNC, 0x92000007, 0,
          NOT_EMULATABLE },
        { "Unprotected, ISV = 0, write", OP_COPY_OUT(STAGE_DEVICE, buffer, 16), NULL, RMMSIM_EXIT_SYNC, 0x92000007, 0,
          NOT_EMULATABLE },
};

/* A Realm whose last exit is the row's; without a row it has not run yet. */
static void create(struct stage *stage, const struct rmmsim_config *config, const struct row *row)
{
        stage_create(stage, config);
        if (row != NULL) {
                script_set(&stage->script, &row->line, 1);
                if (row->prepare != NULL) {
                        row->prepare(stage);
                }
                ck_assert_uint_eq(stage_enter(stage, row->flags), 0);
                ck_assert_msg(stage_run(stage)->exit.exit_reason == row->reason &&
                                      stage_run(stage)->exit.esr == row->esr,
                              "%s: exit %u, esr 0x%llx", row->name, (unsigned)stage_run(stage)->exit.exit_reason,
                              (unsigned long long)stage_run(stage)->exit.esr);
        }
}

/* ---- what the flags do ------------------------------------------------------------------------------------------------------ */

enum result {
        REFUSED,
        DONE,     /* the access is emulated                                    */
        ABORTED,  /* the Realm takes an SEA                                    */
        NO_EFFECT /* as an entry without flags                                 */
};

static enum result expected(const struct row *row, uint64_t flags, bool sea_checked)
{
        enum last last = row != NULL ? row->last : OTHER;

        if ((flags & SEA) != 0 && last != OTHER) {
                return ABORTED;
        }
        if ((flags & EMUL) != 0) {
                return last == EMULATABLE ? DONE : REFUSED;
        }
        return sea_checked ? REFUSED : NO_EFFECT;
}

static unsigned exceptions(const struct stage *stage)
{
        unsigned count = 0;

        for (unsigned i = 0; i < stage->script.done; i++) {
                count += stage->script.after[i].result == RMMSIM_GUEST_EXCEPTION;
        }
        return count;
}

static void expect_result(struct stage *stage, const struct row *row, uint64_t flags, enum result result)
{
        const char *name = row != NULL ? row->name : "no exit yet";
        uint64_t hash;
        uint64_t x0;

        stage_run(stage)->enter.flags = flags;
        hash = world_hash(stage->world);
        x0 = realm_enter(&stage->realm, 0);
        if (result == REFUSED) {
                ck_assert_msg(x0 == RMMSIM_RMI_ERROR_REC, "%s: flags %u were accepted", name, (unsigned)flags);
                ck_assert_msg(world_hash(stage->world) == hash, "%s: a refused entry changed something", name);
                ck_assert_uint_eq(stage_enter(stage, 0), 0); /* and the next one goes on as if it had not been */
                return;
        }
        ck_assert_msg(x0 == 0, "%s: flags %u: %s", name, (unsigned)flags, world_why(stage->world));
        if (result == NO_EFFECT) {
                /* But for one that took an abort by itself, the Realm has seen none. */
                ck_assert_msg(exceptions(stage) == (row != NULL && row->esr == 0x90000010), "%s: abort", name);
                return;
        }
        ck_assert_uint_eq(stage->script.done, 1);
        ck_assert_msg(exceptions(stage) == (result == ABORTED), "%s: flags %u", name, (unsigned)flags);
        ck_assert_uint_eq(stage_after(stage, 0)->pc, result == DONE ? REALM_PC + 4 : 0x200);
}

/* Row -1 is the REC that has not run yet. */
static void expect_cells(int i, const struct rmmsim_config *config)
{
        static const uint64_t flags[] = { EMUL, SEA, EMUL | SEA };
        const struct row *row = i == 0 ? NULL : &rows[i - 1];

        for (unsigned f = 0; f < 3; f++) {
                struct stage stage;

                create(&stage, config, row);
                expect_result(&stage, row, flags[f], expected(row, flags[f], config->quirks != 0));
                stage_destroy(&stage);
        }
}

START_TEST(cells)
{
        expect_cells(_i, &strict);
}
END_TEST

START_TEST(cells_where_inject_sea_is_checked)
{
        expect_cells(_i, &checked);
}
END_TEST

/* An answer can be given once: the entry that follows a completed abort has nothing to answer. */
START_TEST(an_answer_is_for_one_entry)
{
        static const struct script_line lines[] = { OP_LOAD(STAGE_DEVICE, 8, 4), OP_WFI };
        struct stage stage;

        stage_create(&stage, &checked);
        script_set(&stage.script, lines, 2);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_enter(&stage, _i == 0 ? EMUL : SEA), 0);
        ck_assert_uint_eq(stage_enter(&stage, EMUL), RMMSIM_RMI_ERROR_REC);
        ck_assert_uint_eq(stage_enter(&stage, SEA), RMMSIM_RMI_ERROR_REC);
        stage_destroy(&stage);
}
END_TEST

/* The answer stands also when an interrupt ends the entry at once, and must not be given again. */
START_TEST(an_answer_stands_without_a_run)
{
        struct stage stage;

        stage_create(&stage, &checked);
        stage_play(&stage, OP_LOAD(STAGE_DEVICE, 8, 4));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        raise_irq(&stage);
        stage_run(&stage)->enter.gprs[0] = 0x1234;
        ck_assert_uint_eq(stage_enter(&stage, _i == 0 ? EMUL : SEA), 0);
        ck_assert_uint_eq(stage_run(&stage)->exit.exit_reason, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(stage.script.done, 0);
        stage_run(&stage)->enter.gprs[0] = 0x5678;
        ck_assert_uint_eq(stage_enter(&stage, EMUL), RMMSIM_RMI_ERROR_REC);
        ck_assert_uint_eq(stage_enter(&stage, SEA), RMMSIM_RMI_ERROR_REC);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_int_eq(stage_after(&stage, 0)->result, _i == 0 ? 0 : RMMSIM_GUEST_EXCEPTION);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[4], _i == 0 ? 0x1234 : 0);
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rec_enter_flags");
        TCase *tcase = tcase_create("flags");

        tcase_add_loop_test(tcase, cells, 0, (int)ARRAY_LENGTH(rows) + 1);
        tcase_add_loop_test(tcase, cells_where_inject_sea_is_checked, 0, (int)ARRAY_LENGTH(rows) + 1);
        tcase_add_loop_test(tcase, an_answer_is_for_one_entry, 0, 2);
        tcase_add_loop_test(tcase, an_answer_stands_without_a_run, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
