/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_mmio.c - the host answers a Data Abort at an Unprotected address: it emulates the access, injects an abort, or lets the
 * Realm try again.
 *
 * Specification: emul_mmio, inject_sea; REC sheet section 1.6 and its worked examples.
 */
#include "script.h"
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = WORLD_PES };

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define REGISTER(page)      (STAGE_DEVICE + 0x5000 + (page))

/* What a test wants nobody to touch. */
static void fill_gprs(struct rmmsim_rec_run *run)
{
        memset(run->enter.gprs, 0xee, sizeof(run->enter.gprs));
}

/* The registers behind a line are those behind the line before, but for one. */
static void expect_only_changed(const struct stage *stage, unsigned line, unsigned rt)
{
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_msg(i == rt || stage_after(stage, line)->x[i] == stage_after(stage, line - 1)->x[i],
                              "x%u has changed to 0x%llx", i, (unsigned long long)stage_after(stage, line)->x[i]);
        }
}

/* ---- loads ---------------------------------------------------------------------------------------------------------------- */

struct load {
        uint8_t size;
        bool sign_extend;
        bool sf;
        uint64_t from_host;
        uint64_t value;
};

/* Without SSE the width of the register does not matter. */
static const struct load loads[] = {
        { 1, false, false, 0x8182838485868788, 0x88 },
        { 1, false, true, 0x8182838485868788, 0x88 },
        { 1, true, false, 0x8182838485868788, 0xffffff88 },
        { 1, true, true, 0x8182838485868788, 0xffffffffffffff88 },
        { 2, false, false, 0x8182838485868788, 0x8788 },
        { 2, false, true, 0x8182838485868788, 0x8788 },
        { 2, true, false, 0x8182838485868788, 0xffff8788 },
        { 2, true, true, 0x8182838485868788, 0xffffffffffff8788 },
        { 4, false, false, 0x8182838485868788, 0x85868788 },
        { 4, false, true, 0x8182838485868788, 0x85868788 },
        { 4, true, true, 0x8182838485868788, 0xffffffff85868788 },
        { 8, false, true, 0x8182838485868788, 0x8182838485868788 },
        /* The sign of what was loaded counts, not what lies above. */
        { 1, true, true, 0xffffffffffffff7f, 0x7f },
        { 2, true, true, 0xffffffffffff7fff, 0x7fff },
        { 2, true, false, 0x7fff8000, 0xffff8000 },
        { 4, true, true, 0xffffffff7fffffff, 0x7fffffff },
};

/* The same load from the host, and from memory. */
static void play_load(struct stage *stage, const struct load *load, uint64_t ipa, uint8_t rt)
{
        static struct script_line lines[2];

        lines[0] = (struct script_line){ .trap = { .kind = RMMSIM_TRAP_NOP } };
        lines[1] = (struct script_line){ .trap = { .kind = RMMSIM_TRAP_LOAD,
                                                   .ipa = ipa,
                                                   .size = load->size,
                                                   .rt = rt,
                                                   .isv = true,
                                                   .sf = load->sf,
                                                   .sign_extend = load->sign_extend },
                                         .x = { 0xa5a5a5a5a5a5a5a5 } };
        script_set(&stage->script, lines, 2);
}

START_TEST(emulated_load)
{
        const struct load *load = &loads[_i];
        struct stage stage;

        stage_create(&stage, &plain);
        play_load(&stage, load, REGISTER(0xdf8), 5);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        fill_gprs(stage_run(&stage));
        stage_run(&stage)->enter.gprs[0] = load->from_host;
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), 0);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[5], load->value);
        ck_assert_int_eq(stage_after(&stage, 1)->result, 0);
        ck_assert_uint_eq(stage_after(&stage, 1)->pc, REALM_PC + 8);
        expect_only_changed(&stage, 1, 5);
        stage_destroy(&stage);
}
END_TEST

START_TEST(load_from_memory)
{
        const struct load *load = &loads[_i];
        struct stage stage;
        uint64_t page;

        stage_create(&stage, &plain);
        page = realm_share(&stage.realm, REGISTER(0));
        memcpy((uint8_t *)world_at(stage.world, page) + 0xdf8, &load->from_host, 8);
        play_load(&stage, load, REGISTER(0xdf8), 5);
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[5], load->value);
        stage_destroy(&stage);
}
END_TEST

/* XZR takes anything; nothing else has changed. */
START_TEST(emulated_load_to_xzr)
{
        struct stage stage;

        stage_create(&stage, &plain);
        play_load(&stage, &loads[_i], REGISTER(0xdf8), 31);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        fill_gprs(stage_run(&stage));
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), 0);
        ck_assert_uint_eq(stage_after(&stage, 1)->pc, REALM_PC + 8);
        expect_only_changed(&stage, 1, 31);
        stage_destroy(&stage);
}
END_TEST

/* Every register can be the one. */
START_TEST(emulated_load_to_any_register)
{
        struct stage stage;

        stage_create(&stage, &plain);
        play_load(&stage, &loads[11], REGISTER(0xdf8), (uint8_t)_i);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        fill_gprs(stage_run(&stage));
        stage_run(&stage)->enter.gprs[0] = 0x0123456789abcdef;
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), 0);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[_i], 0x0123456789abcdef);
        expect_only_changed(&stage, 1, (unsigned)_i);
        stage_destroy(&stage);
}
END_TEST

/* ---- stores --------------------------------------------------------------------------------------------------------------- */

START_TEST(emulated_store)
{
        static const uint64_t shown[] = { 0xef, 0xcdef, 0x89abcdef, 0x0123456789abcdef };
        static const struct script_line lines[][2] = {
                { OP_NOP, OP_STORE(REGISTER(0xdf8), 1, 5, 0x0123456789abcdef) },
                { OP_NOP, OP_STORE(REGISTER(0xdf8), 2, 5, 0x0123456789abcdef) },
                { OP_NOP, OP_STORE(REGISTER(0xdf8), 4, 5, 0x0123456789abcdef) },
                { OP_NOP, OP_STORE(REGISTER(0xdf8), 8, 5, 0x0123456789abcdef) },
        };
        struct stage stage;

        stage_create(&stage, &plain);
        script_set(&stage.script, lines[_i], 2);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_run(&stage)->exit.gprs[0], shown[_i]);
        fill_gprs(stage_run(&stage));
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), 0);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[5], 0x0123456789abcdef);
        ck_assert_uint_eq(stage_after(&stage, 1)->pc, REALM_PC + 8);
        expect_only_changed(&stage, 1, 5);
        stage_destroy(&stage);
}
END_TEST

/* A page that the Realm may only read: a store there is the host's to emulate, and is not done. */
START_TEST(emulated_store_to_a_page_that_can_be_read)
{
        struct stage stage;
        uint64_t page;

        stage_create(&stage, &plain);
        page = world_page(stage.world);
        expect_success(stage.world, rmi_rtt_map_unprotected, .rd = stage.realm.rd, .ipa = REGISTER(0), .level = 3,
                       .desc = page | 1 << 6 | 6 << 2);
        stage_play(&stage, OP_STORE(REGISTER(0x18), 4, 5, 0x55), OP_LOAD(REGISTER(0x18), 4, 6));
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x9180004f, .far = 0x18, .hpfar = 0x80000050,
                     .gprs[0] = 0x55);
        stage_run(&stage)->enter.flags = RMMSIM_ENTER_EMUL_MMIO;
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[6], 0);
        stage_destroy(&stage);
}
END_TEST

/* ---- neither flag --------------------------------------------------------------------------------------------------------- */

/* The instruction is executed again, as often as it takes; no register changes meanwhile. */
START_TEST(retried)
{
        struct stage stage;
        uint64_t page;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_NOP, OP_LOAD(REGISTER(0x10), 8, 5), OP_STORE(REGISTER(0x18), 8, 6, 0x1122334455667788));
        for (unsigned i = 0; i < 3; i++) {
                fill_gprs(stage_run(&stage));
                stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x91c08007, .far = 0x10,
                             .hpfar = 0x80000050);
        }
        page = realm_share(&stage.realm, REGISTER(0));
        memset(world_at(stage.world, page), 0x21, 0x18);
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[5], 0x2121212121212121);
        expect_only_changed(&stage, 1, 5);
        ck_assert_uint_eq(((uint64_t *)world_at(stage.world, page))[3], 0x1122334455667788);
        stage_destroy(&stage);
}
END_TEST

/* ---- inject_sea ------------------------------------------------------------------------------------------------------------- */

struct sea {
        struct script_line line;
        uint64_t esr;
        uint64_t far;
};

/* From EL1: EC 0x25, EA, DFSC 0x10; the rest of ESR_EL2 stays. The first is the worked example. */
static const struct sea seas[] = {
        { OP_STORE(REGISTER(0xdec), 4, 5, 0x77), 0x97850250, REGISTER(0xdec) },
        { OP_LOAD(REGISTER(0xdec), 4, 5), 0x97850210, REGISTER(0xdec) },
        { OP_LOAD(REGISTER(0xde8), 8, 30), 0x97de8210, REGISTER(0xde8) },
        { OP(.trap = { .kind = RMMSIM_TRAP_LOAD,
                       .ipa = REGISTER(0xdef),
                       .size = 1,
                       .rt = 31,
                       .isv = true,
                       .sign_extend = true }),
          0x973f0210, REGISTER(0xdef) },
        { OP(.trap = { .kind = RMMSIM_TRAP_STORE, .ipa = REGISTER(0xdec), .size = 4, .rt = 5 }), 0x96000250,
          REGISTER(0xdec) },
        { OP(.trap = { .kind = RMMSIM_TRAP_LOAD, .ipa = STAGE_NOTABLE, .size = 4, .rt = 5 }), 0x96000210,
          STAGE_NOTABLE },
};

/* EL1h with interrupts open, and a vector table: then the abort, with emul_mmio set too or not. */
static void inject(struct stage *stage, const struct sea *sea, uint64_t flags)
{
        static struct script_line lines[8] = { OP_MSR(VBAR_EL1, 0xffff000000080000), OP_MSR(DAIF, 0x80), OP_NOP };

        lines[3] = sea->line;
        lines[4] = (struct script_line)OP_MRS(ESR_EL1);
        lines[5] = (struct script_line)OP_MRS(ELR_EL1);
        lines[6] = (struct script_line)OP_MRS(SPSR_EL1);
        lines[7] = (struct script_line)OP_MRS(FAR_EL1);
        script_set(&stage->script, lines, 8);
        ck_assert_uint_eq(stage_enter(stage, 0), 0);
        ck_assert_uint_eq(stage_run(stage)->exit.exit_reason, RMMSIM_EXIT_SYNC);
        fill_gprs(stage_run(stage));
        ck_assert_uint_eq(stage_enter(stage, RMMSIM_ENTER_INJECT_SEA | flags), 0);
}

static void expect_injected(const struct stage *stage, const struct sea *sea)
{
        const struct script_after *after = stage_after(stage, 3);
        uint64_t pc = REALM_PC + 12;

        ck_assert_int_eq(after->result, RMMSIM_GUEST_EXCEPTION);
        ck_assert_uint_eq(after->exception.esr, sea->esr);
        ck_assert_uint_eq(after->exception.far, sea->far);
        ck_assert_uint_eq(after->exception.elr, pc);
        ck_assert_uint_eq(after->exception.spsr, 0x085);
        ck_assert_uint_eq(after->exception.vector, 0xffff000000080200);
        ck_assert_uint_eq(after->pc, 0xffff000000080200);
        if (sea->line.trap.kind == RMMSIM_TRAP_LOAD) {
                expect_only_changed(stage, 3, sea->line.trap.rt); /* which the script sets to zero itself */
        }
        ck_assert_uint_eq(stage_after(stage, 4)->x[SCRIPT_RT], sea->esr);
        ck_assert_uint_eq(stage_after(stage, 5)->x[SCRIPT_RT], pc);
        ck_assert_uint_eq(stage_after(stage, 6)->x[SCRIPT_RT], 0x085);
        ck_assert_uint_eq(stage_after(stage, 7)->x[SCRIPT_RT], sea->far);
        /* Back from the handler, behind the instruction. */
        ck_assert_uint_eq(stage_after(stage, 4)->pc, pc + 8);
}

START_TEST(injected)
{
        struct stage stage;

        stage_create(&stage, &plain);
        inject(&stage, &seas[_i], 0);
        expect_injected(&stage, &seas[_i]);
        stage_destroy(&stage);
}
END_TEST

/* emul_mmio is ignored beside inject_sea. */
START_TEST(injected_with_both_flags)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_run(&stage)->enter.gprs[0] = 0x4444;
        inject(&stage, &seas[_i], RMMSIM_ENTER_EMUL_MMIO);
        expect_injected(&stage, &seas[_i]);
        stage_destroy(&stage);
}
END_TEST

/* While the handler "runs" D, A, I and F are masked; behind it they are as they were. */
START_TEST(injected_and_returned_from)
{
        struct stage stage;

        stage_create(&stage, &plain);
        inject(&stage, &seas[0], 0);
        stage_play(&stage, OP_MRS(DAIF));
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[SCRIPT_RT], 0x80);
        stage_destroy(&stage);
}
END_TEST

/* ---- as deployed monitors do it --------------------------------------------------------------------------------------------- */

/* A Protected hole is no device; but under the quirk the instruction is skipped, with the host's value. */
START_TEST(emulated_at_a_protected_address)
{
        struct stage stage;

        stage_create(&stage, &(const struct rmmsim_config){ .quirks = RMMSIM_QUIRK_emul_mmio_any_abort });
        stage_play(&stage, OP_LOAD(STAGE_HOLE + 8, 4, 5), OP_COPY_IN(NULL, STAGE_HOLE, 0));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        stage_run(&stage)->enter.gprs[0] = 0x8182838485868788;
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), 0);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[5], 0x85868788);
        ck_assert_uint_eq(stage_after(&stage, 0)->pc, REALM_PC + 4);
        /* Without a valid syndrome, never. */
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_ERROR_REC);
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("mmio");
        TCase *emulation = tcase_create("emulation");
        TCase *injection = tcase_create("injection");

        tcase_add_loop_test(emulation, emulated_load, 0, ARRAY_LENGTH(loads));
        tcase_add_loop_test(emulation, load_from_memory, 0, ARRAY_LENGTH(loads));
        tcase_add_loop_test(emulation, emulated_load_to_xzr, 0, ARRAY_LENGTH(loads));
        tcase_add_loop_test(emulation, emulated_load_to_any_register, 0, 31);
        tcase_add_loop_test(emulation, emulated_store, 0, 4);
        tcase_add_test(emulation, emulated_store_to_a_page_that_can_be_read);
        tcase_add_test(emulation, retried);
        tcase_add_test(emulation, emulated_at_a_protected_address);
        tcase_add_loop_test(injection, injected, 0, ARRAY_LENGTH(seas));
        tcase_add_loop_test(injection, injected_with_both_flags, 0, ARRAY_LENGTH(seas));
        tcase_add_test(injection, injected_and_returned_from);
        suite_add_tcase(suite, emulation);
        suite_add_tcase(suite, injection);
        return run_suite(suite);
}
