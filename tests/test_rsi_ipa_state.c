/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_ipa_state.c - the Realm asks for another RIPAS, the host does as much of it as it likes, and the Realm is told.
 *
 * Specification: RSI_IPA_STATE_SET, RMI_RTT_SET_RIPAS, REC exit due to RIPAS change; rec sheet sections 1.6 and 3.2, RTT
 * sheet section 4.1.
 */
#include "puppet.h"

#define BASE UINT64_C(0x8000)
#define TOP  UINT64_C(0xb000)

static struct puppets puppets;

static void create(uint64_t quirks)
{
        const struct puppet_shape shape = { .num_recs = 2, .runnable = 3 };

        puppets_create(&puppets, world_create_with(&(struct rmmsim_config){ .quirks = quirks }), &shape);
}

static void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

#define set_ripas(rec_number, base_ipa, top_ipa)                                                                       \
        call_regs(puppets.world, rmi_rtt_set_ripas, .rd = puppets.realm.rd, .rec = puppets.realm.recs[rec_number],     \
                  .base = (base_ipa), .top = (top_ipa))

static void expect_set(unsigned rec, uint64_t base, uint64_t top, uint64_t out_top)
{
        struct rmmsim_regs regs = set_ripas(rec, base, top);

        expect_x0(puppets.world, RMMSIM_RMI_SUCCESS, regs.x[0]);
        ck_assert_uint_eq(regs.x[1], out_top);
}

static void expect_set_refused(unsigned rec, uint64_t base, uint64_t top, uint64_t x0, const char *condition)
{
        struct rmmsim_regs regs = set_ripas(rec, base, top);

        expect_x0(puppets.world, x0, regs.x[0]);
        ck_assert_str_eq(rmmsim_why(puppets.world->sim, 0)->condition, condition);
}

/* What RSI_IPA_STATE_GET says of one page. */
static uint64_t ripas_at(uint64_t ipa)
{
        const uint64_t *x = puppet_call(&puppets, 0, rsi_ipa_state_get, .base = ipa, .top = ipa + PAGE);

        ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
        return x[2];
}

static struct rmmsim_rec_exit *request(uint64_t base, uint64_t top, uint64_t ripas, uint64_t flags)
{
        return puppet_exit(&puppets, 0, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = base, .top = top,
                           .ripas = ripas, .flags = flags);
}

static void respond(uint64_t response)
{
        puppet_run(&puppets, 0)->enter.flags =
                RMMSIM_ENTER_TRAP_WFI | (response == RMMSIM_REJECT ? RMMSIM_ENTER_RIPAS_REJECT : 0);
}

static void expect_answer(uint64_t new_base, uint64_t response)
{
        const uint64_t out[] = { 0, new_base, response };

        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, out, 3, 16);
        puppet_run(&puppets, 0)->enter.flags = RMMSIM_ENTER_TRAP_WFI;
}

/* ---- the request ---------------------------------------------------------------------------------------------------------- */

#define PAR_TOP (UINT64_C(1) << 39)

START_TEST(conditions)
{
        static const struct {
                uint64_t base, top, ripas;
                const char *condition;
        } rows[] = {
                { BASE + 1, TOP, 1, "base_align" },
                { BASE + 0x800, TOP, 1, "base_align" },
                { BASE, TOP + 1, 1, "top_align" },
                { BASE, TOP - 0x800, 1, "top_align" },
                { BASE, BASE, 1, "size_valid" },
                { TOP, BASE, 1, "size_valid" },
                { PAGE, 0, 1, "size_valid" },
                { PAR_TOP - PAGE, PAR_TOP + PAGE, 1, "rgn_bound" },
                { PAR_TOP, PAR_TOP + PAGE, 1, "rgn_bound" },
                { 0, UINT64_C(0xfffffffffffff000), 1, "rgn_bound" },
                { UINT64_C(0xffffffffffffe000), UINT64_C(0xfffffffffffff000), 1, "rgn_bound" },
                { BASE, TOP, 2, "ripas_valid" }, /* DESTROYED is nothing to ask for */
                { BASE, TOP, 3, "ripas_valid" },
                { BASE, TOP, 0xff, "ripas_valid" },
                { BASE, TOP, 0x102, "ripas_valid" },
        };

        create(0);
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint64_t x0 = puppet_x0(&puppets, 0, rsi_ipa_state_set, .base = rows[i].base, .top = rows[i].top,
                                        .ripas = rows[i].ripas);

                ck_assert_uint_eq(x0, RMMSIM_RSI_ERROR_INPUT);
                puppet_expect_why(&puppets, 0, "RSI_IPA_STATE_SET", rows[i].condition);
        }
        destroy();
}
END_TEST

/* Exit and answer of a request; nothing is done about it. */
static void expect_request(uint64_t base, uint64_t top, uint64_t ripas, uint64_t flags, unsigned shown)
{
        const struct rmmsim_rec_exit *exit = request(base, top, ripas, flags);

        ck_assert_uint_eq(exit->ripas_base, base);
        ck_assert_uint_eq(exit->ripas_top, top);
        ck_assert_uint_eq(exit->ripas_value, shown);
        ck_assert_uint_eq(exit->esr, 0);
        ck_assert_uint_eq(exit->far, 0);
        ck_assert_uint_eq(exit->hpfar, 0);
        ck_assert_uint_eq(exit->imm, 0);
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_uint_eq(exit->gprs[i], 0);
        }
        expect_answer(base, RMMSIM_ACCEPT);
}

START_TEST(what_the_host_is_shown)
{
        create(0);
        expect_request(BASE, TOP, 1, 0, RMMSIM_RIPAS_RAM);
        expect_request(BASE, TOP, 0, 0, RMMSIM_RIPAS_EMPTY);
        expect_request(0, PAGE, 1, 1, RMMSIM_RIPAS_RAM);
        expect_request(0, PAR_TOP, 1, 1, RMMSIM_RIPAS_RAM);
        expect_request(PAR_TOP - PAGE, PAR_TOP, 0, 1, RMMSIM_RIPAS_EMPTY);
        destroy();
}
END_TEST

/* ripas is x3[7:0] and flags is x4[0]; the rest should be zero and is not looked at. */
START_TEST(bits_that_are_no_field)
{
        create(0);
        expect_request(BASE, TOP, 0x100, 0, RMMSIM_RIPAS_EMPTY);
        expect_request(BASE, TOP, 0x101, 0, RMMSIM_RIPAS_RAM);
        expect_request(BASE, TOP, UINT64_C(0x100000001), 0, RMMSIM_RIPAS_RAM);
        expect_request(BASE, TOP, UINT64_C(0xffffffffffffff00), UINT64_MAX, RMMSIM_RIPAS_EMPTY);
        destroy();
}
END_TEST

START_TEST(deployed_monitors_look_at_words)
{
        create(RMMSIM_QUIRK_ipa_state_set_words);
        expect_request(BASE, TOP, UINT64_C(0x100000001), 0, RMMSIM_RIPAS_RAM);
        expect_request(BASE, TOP, UINT64_C(0x100000000), 0, RMMSIM_RIPAS_EMPTY);
        ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_ipa_state_set, .base = BASE, .top = TOP, .ripas = 0x100),
                          RMMSIM_RSI_ERROR_INPUT);
        puppet_expect_why(&puppets, 0, "RSI_IPA_STATE_SET", "ripas_valid");
        destroy();
}
END_TEST

/* ---- the answer ----------------------------------------------------------------------------------------------------------- */

/*
 * All combinations of what was asked, how far the host came, and what it says. Rejected is a request for RAM that was not
 * served whole.
 */
static const struct {
        uint64_t ripas, reached, response, answer;
} answers[] = {
        { 1, BASE, RMMSIM_ACCEPT, RMMSIM_ACCEPT },        { 1, BASE, RMMSIM_REJECT, RMMSIM_REJECT },
        { 1, BASE + PAGE, RMMSIM_ACCEPT, RMMSIM_ACCEPT }, { 1, BASE + PAGE, RMMSIM_REJECT, RMMSIM_REJECT },
        { 1, TOP, RMMSIM_ACCEPT, RMMSIM_ACCEPT },         { 1, TOP, RMMSIM_REJECT, RMMSIM_ACCEPT },
        { 0, BASE, RMMSIM_ACCEPT, RMMSIM_ACCEPT },        { 0, BASE, RMMSIM_REJECT, RMMSIM_ACCEPT },
        { 0, BASE + PAGE, RMMSIM_ACCEPT, RMMSIM_ACCEPT }, { 0, BASE + PAGE, RMMSIM_REJECT, RMMSIM_ACCEPT },
        { 0, TOP, RMMSIM_ACCEPT, RMMSIM_ACCEPT },         { 0, TOP, RMMSIM_REJECT, RMMSIM_ACCEPT },
};

/* [BASE, TOP) becomes what it is not going to be asked for. */
static void prepare(uint64_t ripas)
{
        if (ripas == RMMSIM_RIPAS_RAM) {
                request(BASE, TOP, RMMSIM_RIPAS_EMPTY, 0);
                expect_set(0, BASE, TOP, TOP);
                expect_answer(TOP, RMMSIM_ACCEPT);
        }
}

START_TEST(answer)
{
        uint64_t ripas = answers[_i].ripas;
        uint64_t reached = answers[_i].reached;

        create(0);
        prepare(ripas);
        request(BASE, TOP, ripas, 0);
        if (reached != BASE) {
                expect_set(0, BASE, reached, reached);
        }
        respond(answers[_i].response);
        expect_answer(reached, answers[_i].answer);
        for (uint64_t ipa = BASE; ipa < TOP; ipa += PAGE) {
                ck_assert_uint_eq(ripas_at(ipa), ipa < reached ? ripas : !ripas);
        }
        destroy();
}
END_TEST

/* The host may work page by page, but in order, and within the request. */
START_TEST(the_host_goes_step_by_step)
{
        create(0);
        request(BASE, TOP, RMMSIM_RIPAS_EMPTY, 0);
        expect_set_refused(0, BASE + PAGE, TOP, RMMSIM_RMI_ERROR_INPUT, "base_bound");
        expect_set_refused(0, BASE, TOP + PAGE, RMMSIM_RMI_ERROR_INPUT, "top_bound");
        expect_set(0, BASE, BASE + PAGE, BASE + PAGE);
        expect_set_refused(0, BASE, TOP, RMMSIM_RMI_ERROR_INPUT, "base_bound");
        expect_set(0, BASE + PAGE, BASE + 2 * PAGE, BASE + 2 * PAGE);
        expect_set(0, BASE + 2 * PAGE, TOP, TOP);
        expect_set_refused(0, TOP, TOP + PAGE, RMMSIM_RMI_ERROR_INPUT, "top_bound");
        expect_answer(TOP, RMMSIM_ACCEPT);
        destroy();
}
END_TEST

START_TEST(a_request_is_the_rec_s_own)
{
        create(0);
        request(BASE, TOP, RMMSIM_RIPAS_EMPTY, 0);
        expect_set_refused(1, BASE, TOP, RMMSIM_RMI_ERROR_INPUT, "base_bound");
        puppet_exit(&puppets, 1, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = BASE, .top = TOP, .ripas = 1);
        expect_set(0, BASE, TOP, TOP);
        expect_set(1, BASE, TOP - PAGE, TOP - PAGE);
        expect_answer(TOP, RMMSIM_ACCEPT);
        ck_assert_uint_eq(puppet_answer(&puppets, 1)[1], TOP - PAGE);
        ck_assert_uint_eq(ripas_at(TOP - 2 * PAGE), RMMSIM_RIPAS_RAM);
        ck_assert_uint_eq(ripas_at(TOP - PAGE), RMMSIM_RIPAS_EMPTY);
        destroy();
}
END_TEST

/* The record of the exit is the host's to keep: what it writes there means nothing. */
START_TEST(the_host_cannot_change_the_request)
{
        struct rmmsim_rec_exit *exit;

        create(0);
        exit = request(BASE, TOP, RMMSIM_RIPAS_EMPTY, 0);
        exit->ripas_base = 0x2000;
        exit->ripas_top = MIB2;
        exit->ripas_value = RMMSIM_RIPAS_RAM;
        expect_set_refused(0, 0x2000, TOP, RMMSIM_RMI_ERROR_INPUT, "base_bound");
        expect_set_refused(0, BASE, MIB2, RMMSIM_RMI_ERROR_INPUT, "top_bound");
        expect_set(0, BASE, TOP, TOP);
        expect_answer(TOP, RMMSIM_ACCEPT);
        ck_assert_uint_eq(ripas_at(BASE), RMMSIM_RIPAS_EMPTY);
        destroy();
}
END_TEST

/* ---- when it is over ------------------------------------------------------------------------------------------------------ */

static void expect_no_request(uint64_t base, uint64_t top)
{
        expect_set_refused(0, base, top, RMMSIM_RMI_ERROR_INPUT, base == 0 ? "top_bound" : "base_bound");
}

START_TEST(an_entry_ends_the_request)
{
        create(0);
        expect_no_request(BASE, TOP);
        request(BASE, TOP, RMMSIM_RIPAS_EMPTY, 0);
        expect_answer(BASE, RMMSIM_ACCEPT);
        expect_no_request(BASE, TOP);
        request(0, TOP, RMMSIM_RIPAS_EMPTY, 0);
        expect_answer(0, RMMSIM_ACCEPT);
        expect_no_request(0, TOP);
        destroy();
}
END_TEST

/* An interrupt takes the PE at once: the answer is given all the same, with the response of that entry. */
START_TEST(an_interrupt_at_the_entry_ends_the_request)
{
        const uint64_t out[] = { 0, BASE + PAGE, RMMSIM_REJECT };

        create(0);
        prepare(RMMSIM_RIPAS_RAM);
        request(BASE, TOP, RMMSIM_RIPAS_RAM, 0);
        expect_set(0, BASE, BASE + PAGE, BASE + PAGE);
        respond(RMMSIM_REJECT);
        ck_assert_int_eq(rmmsim_irq_raise(puppets.world->sim, 0), 0);
        puppet_expect(&puppets, 0, RMMSIM_EXIT_IRQ);
        expect_no_request(BASE + PAGE, TOP);
        respond(RMMSIM_ACCEPT);
        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, out, 3, 16);
        destroy();
}
END_TEST

/* An entry that fails neither answers nor ends the request, and its response is forgotten. */
START_TEST(a_failed_entry_keeps_the_request)
{
        struct rmmsim_rec_run *run;

        create(0);
        prepare(RMMSIM_RIPAS_RAM);
        request(BASE, TOP, RMMSIM_RIPAS_RAM, 0);
        run = puppet_run(&puppets, 0);
        respond(RMMSIM_REJECT);
        run->enter.gicv3_hcr = 1;
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        run->enter.gicv3_hcr = 0;
        run->enter.flags |= RMMSIM_ENTER_EMUL_MMIO;
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        expect_set(0, BASE, BASE + PAGE, BASE + PAGE);
        respond(RMMSIM_ACCEPT);
        expect_answer(BASE + PAGE, RMMSIM_ACCEPT);
        destroy();
}
END_TEST

/* The response flag is read after a request only. */
START_TEST(a_response_to_nothing)
{
        create(0);
        respond(RMMSIM_REJECT);
        ck_assert_uint_eq(ripas_at(BASE), RMMSIM_RIPAS_RAM);
        respond(RMMSIM_ACCEPT);
        request(BASE, TOP, RMMSIM_RIPAS_RAM, 0);
        expect_answer(BASE, RMMSIM_ACCEPT);
        destroy();
}
END_TEST

static void set_ripas_meanwhile(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        struct rmmsim_regs regs = rmmsim_call(puppets.world->sim, 1, rmi_rtt_set_ripas, .rd = puppets.realm.rd,
                                              .rec = puppets.realm.recs[puppet->rec], .base = BASE, .top = TOP);

        (void)vcpu;
        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_ERROR_REC);
        ck_assert_str_eq(rmmsim_why(puppets.world->sim, 1)->condition, "rec_state");
}

START_TEST(not_while_the_rec_runs)
{
        create(0);
        puppet_order_act(&puppets, 0, set_ripas_meanwhile, NULL);
        puppet_answer(&puppets, 0);
        destroy();
}
END_TEST

/* ---- DESTROYED -------------------------------------------------------------------------------------------------------------- */

/* [BASE, TOP) is RAM, DESTROYED, RAM. */
static void destroy_middle(void)
{
        realm_data_unknown(&puppets.realm, BASE + PAGE);
        expect_success(puppets.world, rmi_data_destroy, .rd = puppets.realm.rd, .ipa = BASE + PAGE);
}

/* Without the permission of the Realm a change stops before memory that was destroyed, whatever it changes to. */
START_TEST(destroyed_stops_a_change)
{
        uint64_t ripas = (uint64_t)_i;
        uint64_t first = ripas == RMMSIM_RIPAS_RAM ? BASE + PAGE : BASE;

        create(0);
        destroy_middle();
        request(first, TOP, ripas, 0);
        if (first == BASE) {
                expect_set(0, BASE, TOP, BASE + PAGE);
        }
        expect_set_refused(0, BASE + PAGE, TOP, RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, 3), "no_progress");
        expect_answer(BASE + PAGE, RMMSIM_ACCEPT);
        ck_assert_uint_eq(ripas_at(BASE + PAGE), RMMSIM_RIPAS_DESTROYED);
        destroy();
}
END_TEST

static void expect_passage(uint64_t quirks, uint64_t flags, bool passes)
{
        create(quirks);
        destroy_middle();
        request(BASE, TOP, RMMSIM_RIPAS_EMPTY, flags);
        expect_set(0, BASE, TOP, passes ? TOP : BASE + PAGE);
        expect_answer(passes ? TOP : BASE + PAGE, RMMSIM_ACCEPT);
        ck_assert_uint_eq(ripas_at(BASE + PAGE), passes ? RMMSIM_RIPAS_EMPTY : RMMSIM_RIPAS_DESTROYED);
        destroy();
}

START_TEST(the_realm_permits_to_pass_destroyed)
{
        expect_passage(0, 1, true);
        expect_passage(0, 3, true);
        expect_passage(0, UINT64_MAX, true);
        expect_passage(0, 2, false);
        expect_passage(0, UINT64_MAX - 1, false);
        expect_passage(RMMSIM_QUIRK_ipa_state_set_words, 1, true);
        expect_passage(RMMSIM_QUIRK_ipa_state_set_words, UINT64_C(0x100000001), true);
        expect_passage(RMMSIM_QUIRK_ipa_state_set_words, 3, false);
        expect_passage(RMMSIM_QUIRK_ipa_state_set_words, 0x80000001, false);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_ipa_state");
        TCase *tcase = tcase_create("rsi_ipa_state");

        tcase_add_test(tcase, conditions);
        tcase_add_test(tcase, what_the_host_is_shown);
        tcase_add_test(tcase, bits_that_are_no_field);
        tcase_add_test(tcase, deployed_monitors_look_at_words);
        tcase_add_loop_test(tcase, answer, 0, sizeof(answers) / sizeof(answers[0]));
        tcase_add_test(tcase, the_host_goes_step_by_step);
        tcase_add_test(tcase, a_request_is_the_rec_s_own);
        tcase_add_test(tcase, the_host_cannot_change_the_request);
        tcase_add_test(tcase, an_entry_ends_the_request);
        tcase_add_test(tcase, an_interrupt_at_the_entry_ends_the_request);
        tcase_add_test(tcase, a_failed_entry_keeps_the_request);
        tcase_add_test(tcase, a_response_to_nothing);
        tcase_add_test(tcase, not_while_the_rec_runs);
        tcase_add_loop_test(tcase, destroyed_stops_a_change, 0, 2);
        tcase_add_test(tcase, the_realm_permits_to_pass_destroyed);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
