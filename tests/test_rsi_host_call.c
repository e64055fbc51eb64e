/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_host_call.c - the Realm calls the host through a structure in its memory, and finds the answer there.
 *
 * Between the call and its completion the host may do what it likes with the page, and other RECs of the Realm too.
 * Specification: RSI_HOST_CALL, RsiHostCall, REC exit due to Host call, REC entry; rec sheet sections 1.5, 1.6, 3.2.
 */
#include "puppet.h"
#include <string.h>

#define BUFFER  UINT64_C(0x3000)
#define MISSING UINT64_C(0x10000) /* RIPAS RAM, no memory */

static struct puppets puppets;

/* Bytes of the page around the structure keep this. */
enum {
        FILLER = 0x77
};

static void create(uint64_t quirks)
{
        const struct puppet_shape shape = { .num_recs = 2, .runnable = 3 };

        puppets_create(&puppets, world_create_with(&(struct rmmsim_config){ .quirks = quirks }), &shape);
        realm_data_unknown(&puppets.realm, BUFFER);
}

static void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

static uint64_t asked(unsigned i)
{
        return UINT64_C(0x1111000000000000) + i;
}

static uint64_t answer(unsigned i)
{
        return UINT64_C(0x2222000000000000) + i;
}

/* Write a structure with all its registers at addr; the rest of the page is filler. The first 8 bytes are `head`. */
static void write_structure(uint64_t addr, uint64_t head)
{
        uint64_t page[512];
        uint64_t *at = &page[(addr & 0xfff) / 8];

        memset(page, FILLER, sizeof(page));
        at[0] = head;
        for (unsigned i = 0; i < 31; i++) {
                at[1 + i] = asked(i);
        }
        puppet_poke(&puppets, 0, addr & ~UINT64_C(0xfff), page, sizeof(page));
}

/* The page at addr holds `head`, then registers, then filler, and filler before. */
static void expect_structure(unsigned rec, uint64_t addr, uint64_t head, uint64_t value(unsigned i))
{
        uint64_t expected[512], page[512];
        uint64_t *at = &expected[(addr & 0xfff) / 8];

        memset(expected, FILLER, sizeof(expected));
        at[0] = head;
        for (unsigned i = 0; i < 31; i++) {
                at[1 + i] = value(i);
        }
        puppet_peek(&puppets, rec, addr & ~UINT64_C(0xfff), page, sizeof(page));
        ck_assert_mem_eq(page, expected, sizeof(page));
}

static void fill_answer(unsigned rec)
{
        for (unsigned i = 0; i < 31; i++) {
                puppet_run(&puppets, rec)->enter.gprs[i] = answer(i);
        }
}

/* The exit shows the call, and nothing else. */
static void expect_call(const struct rmmsim_rec_exit *exit, uint32_t imm)
{
        ck_assert_uint_eq(exit->imm, imm);
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_uint_eq(exit->gprs[i], asked(i));
        }
        ck_assert_uint_eq(exit->esr, 0);
        ck_assert_uint_eq(exit->far, 0);
        ck_assert_uint_eq(exit->hpfar, 0);
        ck_assert_uint_eq(exit->ripas_base, 0);
        ck_assert_uint_eq(exit->ripas_top, 0);
        ck_assert_uint_eq(exit->ripas_value, 0);
}

static void expect_abort(const struct rmmsim_rec_exit *exit, uint64_t hpfar)
{
        ck_assert_uint_eq(exit->esr, 0x90000007);
        ck_assert_uint_eq(exit->far, 0);
        ck_assert_uint_eq(exit->hpfar, hpfar);
        ck_assert_uint_eq(exit->imm, 0);
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_uint_eq(exit->gprs[i], 0);
        }
}

/* Leave REC 0 in the middle of a host call at addr. */
static void begin_call(uint64_t addr)
{
        write_structure(addr, 0x1234);
        expect_call(puppet_exit(&puppets, 0, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = addr), 0x1234);
        fill_answer(0);
}

static void expect_success_of_call(void)
{
        static const uint64_t success[] = { 0 };

        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, success, 1, 16);
}

/* ---- there and back ----------------------------------------------------------------------------------------------------- */

/* A structure may begin at any multiple of 256 bytes. The answer replaces the registers in it, not imm. */
START_TEST(registers_go_both_ways)
{
        uint64_t addr = BUFFER + 0x100 * (uint64_t)_i;

        create(0);
        begin_call(addr);
        expect_success_of_call();
        expect_structure(0, addr, 0x1234, answer);
        destroy();
}
END_TEST

START_TEST(imm_has_16_bits)
{
        create(0);
        write_structure(BUFFER, UINT64_C(0xfedcba9876543210));
        expect_call(puppet_exit(&puppets, 0, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = BUFFER), 0x3210);
        fill_answer(0);
        expect_success_of_call();
        expect_structure(0, BUFFER, UINT64_C(0xfedcba9876543210), answer);
        destroy();
}
END_TEST

START_TEST(imm_has_32_bits_in_deployed_monitors)
{
        create(RMMSIM_QUIRK_host_call_imm_wide);
        write_structure(BUFFER, UINT64_C(0xfedcba9876543210));
        expect_call(puppet_exit(&puppets, 0, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = BUFFER), 0x76543210);
        destroy();
}
END_TEST

/* The host learns of the structure, and of no register of the REC. */
START_TEST(registers_of_the_rec_stay_with_the_realm)
{
        static const uint64_t success[] = { 0 };

        create(RMMSIM_QUIRK_rsi_keeps_registers);
        begin_call(BUFFER);
        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, success, 1, 0);
        destroy();
}
END_TEST

START_TEST(conditions)
{
        static const struct {
                uint64_t addr;
                const char *condition;
        } rows[] = {
                { BUFFER + 1, "addr_align" },
                { BUFFER + 0x80, "addr_align" },
                { BUFFER + 0xff, "addr_align" },
                { (UINT64_C(1) << 39) + 0x80, "addr_align" },
                { UINT64_C(1) << 39, "addr_bound" },
                { UINT64_C(1) << 40, "addr_bound" },
                { UINT64_C(0xffffffffffffff00), "addr_bound" },
                { MIB2, "addr_empty" },
                { (UINT64_C(1) << 39) - 0x100, "addr_empty" },
        };

        create(0);
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_host_call, .addr = rows[i].addr), RMMSIM_RSI_ERROR_INPUT);
                puppet_expect_why(&puppets, 0, "RSI_HOST_CALL", rows[i].condition);
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_value, rows[i].addr);
        }
        destroy();
}
END_TEST

/* Flags and registers of the next entry mean nothing after an entry that has delivered the answer. */
START_TEST(an_answer_is_delivered_once)
{
        create(0);
        begin_call(BUFFER);
        expect_success_of_call();
        write_structure(BUFFER, 0x1234);
        fill_answer(0);
        puppet_call(&puppets, 0, rsi_version, .req = 0x10000);
        expect_structure(0, BUFFER, 0x1234, asked);
        destroy();
}
END_TEST

START_TEST(two_recs_call_at_once)
{
        static const uint64_t success[] = { 0 };

        create(0);
        begin_call(BUFFER);
        realm_data_unknown(&puppets.realm, BUFFER + PAGE);
        puppet_exit(&puppets, 1, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = BUFFER + PAGE);
        for (unsigned i = 0; i < 31; i++) {
                puppet_run(&puppets, 1)->enter.gprs[i] = 5;
        }
        puppet_answer(&puppets, 1);
        puppet_expect_registers(&puppets, 1, success, 1, 16);
        expect_structure(1, BUFFER, 0x1234, asked);
        expect_success_of_call();
        expect_structure(0, BUFFER, 0x1234, answer);
        destroy();
}
END_TEST

/* ---- a page that is not there --------------------------------------------------------------------------------------------- */

START_TEST(unmapped_when_called)
{
        create(0);
        expect_abort(puppet_exit(&puppets, 0, RMMSIM_EXIT_SYNC, rsi_host_call, .addr = MISSING + 0x300), 0x100);
        fill_answer(0);
        expect_abort(puppet_expect(&puppets, 0, RMMSIM_EXIT_SYNC), 0x100);
        realm_data_unknown(&puppets.realm, MISSING);
        /* Only now is it a call; the registers of the entries before went nowhere. */
        puppet_expect(&puppets, 0, RMMSIM_EXIT_HOST_CALL);
        expect_success_of_call();
        destroy();
}
END_TEST

/* Deployed monitors put address bits 11:8 into hpfar[3:0]. */
START_TEST(unmapped_when_called_exact)
{
        create(RMMSIM_QUIRK_host_call_hpfar_exact);
        expect_abort(puppet_exit(&puppets, 0, RMMSIM_EXIT_SYNC, rsi_host_call, .addr = MISSING + 0x300), 0x103);
        destroy();
}
END_TEST

static void take_page_away(uint64_t ipa)
{
        expect_success(puppets.world, rmi_data_destroy, .rd = puppets.realm.rd, .ipa = ipa);
}

/* A request of REC 1 that the host fulfils. */
static void change_ripas(uint64_t ipa, enum rmmsim_ripas ripas)
{
        puppet_exit(&puppets, 1, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = ipa, .top = ipa + PAGE,
                    .ripas = ripas, .flags = RMMSIM_RIPAS_CHANGE_DESTROYED);
        expect_success(puppets.world, rmi_rtt_set_ripas, .rd = puppets.realm.rd, .rec = puppets.realm.recs[1],
                       .base = ipa, .top = ipa + PAGE);
        puppet_answer(&puppets, 1);
}

/* The answer goes where the address leads when it is given. */
START_TEST(page_replaced_meanwhile)
{
        create(0);
        begin_call(BUFFER + 0x200);
        take_page_away(BUFFER);
        realm_data_unknown(&puppets.realm, BUFFER);
        change_ripas(BUFFER, RMMSIM_RIPAS_RAM);
        expect_success_of_call();
        /* A new page: imm and the filler are gone, the registers are there. */
        {
                uint64_t page[512];

                puppet_peek(&puppets, 0, BUFFER, page, sizeof(page));
                for (unsigned i = 0; i < 512; i++) {
                        bool gpr = i >= 0x208 / 8 && i < 0x300 / 8;

                        ck_assert_uint_eq(page[i], gpr ? answer(i - 0x208 / 8) : 0);
                }
        }
        destroy();
}
END_TEST

START_TEST(unmapped_when_answered)
{
        struct rmmsim_rec_exit *exit;

        create(0);
        begin_call(BUFFER + 0x500);
        take_page_away(BUFFER);
        for (unsigned i = 0; i < 2; i++) {
                exit = puppet_expect(&puppets, 0, RMMSIM_EXIT_SYNC);
                expect_abort(exit, 0x30);
        }
        ck_assert(!puppets.puppet[0].done);
        /* It is no abort of the Realm that the host could answer. */
        puppet_run(&puppets, 0)->enter.flags |= RMMSIM_ENTER_EMUL_MMIO;
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        puppet_run(&puppets, 0)->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        realm_data_unknown(&puppets.realm, BUFFER);
        change_ripas(BUFFER, RMMSIM_RIPAS_RAM);
        expect_success_of_call();
        destroy();
}
END_TEST

START_TEST(unmapped_when_answered_exact)
{
        create(RMMSIM_QUIRK_host_call_hpfar_exact);
        begin_call(BUFFER + 0x500);
        take_page_away(BUFFER);
        expect_abort(puppet_expect(&puppets, 0, RMMSIM_EXIT_SYNC), 0x35);
        destroy();
}
END_TEST

/*
 * Another REC made the page EMPTY while the call was pending. The sheet leaves the specification's result open: we report
 * the error that the call would have met at its start, and write nothing.
 */
START_TEST(empty_when_answered)
{
        create(0);
        begin_call(BUFFER);
        change_ripas(BUFFER, RMMSIM_RIPAS_EMPTY);
        ck_assert_uint_eq(puppet_answer(&puppets, 0)[0], RMMSIM_RSI_ERROR_INPUT);
        change_ripas(BUFFER, RMMSIM_RIPAS_RAM);
        expect_structure(0, BUFFER, 0x1234, asked);
        destroy();
}
END_TEST

/* Deployed monitors say nothing: x0 is still what named the call. */
START_TEST(empty_when_answered_silent)
{
        static const uint64_t out[] = { RMMSIM_RSI_HOST_CALL };

        create(RMMSIM_QUIRK_host_call_empty_silent | RMMSIM_QUIRK_rsi_keeps_registers);
        begin_call(BUFFER);
        change_ripas(BUFFER, RMMSIM_RIPAS_EMPTY);
        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, out, 1, 0);
        destroy();
}
END_TEST

/* ---- entries that fail in between ------------------------------------------------------------------------------------------- */

START_TEST(a_failed_entry_consumes_nothing)
{
        struct rmmsim_rec_run *run;

        create(0);
        begin_call(BUFFER);
        run = puppet_run(&puppets, 0);
        run->enter.gicv3_hcr = 1;
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        run->enter.gicv3_hcr = 0;
        run->enter.gicv3_lrs[0] = UINT64_C(0x6000000000000005);
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        run->enter.gicv3_lrs[0] = 0;
        run->enter.flags |= RMMSIM_ENTER_EMUL_MMIO;
        for (unsigned i = 0; i < 31; i++) {
                run->enter.gprs[i] = 0xbad;
        }
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        fill_answer(0);
        expect_success_of_call();
        expect_structure(0, BUFFER, 0x1234, answer);
        destroy();
}
END_TEST

/* An interrupt takes the PE back at once: the answer is delivered all the same, once. */
START_TEST(an_interrupt_at_the_entry_keeps_the_completion)
{
        create(0);
        begin_call(BUFFER);
        ck_assert_int_eq(rmmsim_irq_raise(puppets.world->sim, 0), 0);
        puppet_expect(&puppets, 0, RMMSIM_EXIT_IRQ);
        ck_assert(!puppets.puppet[0].done);
        for (unsigned i = 0; i < 31; i++) {
                puppet_run(&puppets, 0)->enter.gprs[i] = 0xbad;
        }
        expect_success_of_call();
        expect_structure(0, BUFFER, 0x1234, answer);
        destroy();
}
END_TEST

/* A pending host call does not keep the host from destroying the REC. */
START_TEST(destroyed_while_calling)
{
        create(0);
        begin_call(BUFFER);
        expect_success(puppets.world, rmi_rec_destroy, .rec = puppets.realm.recs[0]);
        world_destroy(puppets.world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_host_call");
        TCase *tcase = tcase_create("rsi_host_call");

        tcase_add_loop_test(tcase, registers_go_both_ways, 0, 16);
        tcase_add_test(tcase, imm_has_16_bits);
        tcase_add_test(tcase, imm_has_32_bits_in_deployed_monitors);
        tcase_add_test(tcase, registers_of_the_rec_stay_with_the_realm);
        tcase_add_test(tcase, conditions);
        tcase_add_test(tcase, an_answer_is_delivered_once);
        tcase_add_test(tcase, two_recs_call_at_once);
        tcase_add_test(tcase, unmapped_when_called);
        tcase_add_test(tcase, unmapped_when_called_exact);
        tcase_add_test(tcase, page_replaced_meanwhile);
        tcase_add_test(tcase, unmapped_when_answered);
        tcase_add_test(tcase, unmapped_when_answered_exact);
        tcase_add_test(tcase, empty_when_answered);
        tcase_add_test(tcase, empty_when_answered_silent);
        tcase_add_test(tcase, a_failed_entry_consumes_nothing);
        tcase_add_test(tcase, an_interrupt_at_the_entry_keeps_the_completion);
        tcase_add_test(tcase, destroyed_while_calling);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
