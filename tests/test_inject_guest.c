/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inject_guest.c - injected trouble around a Realm: entries that end early, run pages that fault, calls of guests that fail.
 */
#include "explore_fixture.h"
#include "psci_complete_fixture.h"
#include "rsi_token_fixture.h"
#include <rmmsim/inject.h>

static struct rmmsim_error error;

static int inject(struct world *world, const struct rmmsim_fault *fault)
{
        int id = rmmsim_inject(world->sim, fault, &error);

        ck_assert_msg(id > 0, "%s", error.text);
        return id;
}

static void expect_count(struct world *world, int id, uint64_t seen, uint64_t hits)
{
        struct rmmsim_fault_count count;

        ck_assert_int_eq(rmmsim_inject_count(world->sim, &count, id, &error), 0);
        ck_assert_uint_eq(count.seen, seen);
        ck_assert_uint_eq(count.hits, hits);
}

/* ---- exits ---------------------------------------------------------------------------------------------------------------- */

enum {
        NOPS = 10
};

/* Ten traps and a WFI, again and again: counts those that were carried out. */
static void busy(struct rmmsim_vcpu *vcpu, void *arg)
{
        unsigned *done = arg;

        for (;;) {
                for (unsigned i = 0; i < NOPS; i++) {
                        rmmsim_guest_nop(vcpu);
                        ++*done;
                }
                rmmsim_guest_wfi(vcpu);
        }
}

static const struct {
        enum rmmsim_exit_reason asked, reason;
        uint64_t esr, shown;
} exits[] = {
        { 0, RMMSIM_EXIT_IRQ, 0, 0 },
        { RMMSIM_EXIT_IRQ, RMMSIM_EXIT_IRQ, 0x11, 0 },
        { RMMSIM_EXIT_FIQ, RMMSIM_EXIT_FIQ, 0, 0 },
        { RMMSIM_EXIT_SERROR, RMMSIM_EXIT_SERROR, 0x11, 0xbc000011 },
};

START_TEST(an_entry_ends_early)
{
        for (unsigned traps = 0; traps < NOPS; traps += 3) {
                struct world *world = world_create();
                struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_EXIT,
                                              .nth = 2,
                                              .exit_reason = exits[_i].asked,
                                              .esr = exits[_i].esr,
                                              .traps = traps };
                struct rmmsim_rec_exit *exit;
                struct realm_world realm;
                unsigned done = 0;
                int id;

                realm_running(&realm, world, 1, busy, &done);
                id = inject(world, &fault);
                exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(done, NOPS);
                exit = realm_enter_expect(&realm, 0, exits[_i].reason);
                ck_assert_uint_eq(exit->esr, exits[_i].shown);
                ck_assert_uint_eq(done, NOPS + traps);
                ck_assert_ptr_null(rmmsim_why(world->sim, 0));
                expect_count(world, id, 2, 1);
                exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(exit->esr, 0);
                ck_assert_uint_eq(done, 2 * NOPS);
                realm_tear_down(&realm);
                world_destroy(world);
        }
}
END_TEST

/* At once is before the first instruction of a REC that never ran, and what waits for the PE goes on waiting. */
START_TEST(an_entry_that_ends_at_once)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_EXIT, .exit_reason = RMMSIM_EXIT_FIQ };
        struct realm_world realm;
        unsigned done = 0;
        int id;

        realm_running(&realm, world, 1, busy, &done);
        id = inject(world, &fault);
        rmmsim_irq_raise(world->sim, 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_FIQ);
        expect_count(world, id, 1, 1);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(done, 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(done, NOPS);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* A REC that exits by itself before: an opportunity, and no hit. An entry that is refused is no opportunity. */
START_TEST(an_exit_that_comes_too_late)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_EXIT, .every = 1, .hits_max = 1, .traps = NOPS + 2 };
        struct realm_world realm;
        unsigned done = 0;
        int id;

        realm_running(&realm, world, 1, busy, &done);
        id = inject(world, &fault);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        expect_count(world, id, 1, 0);
        ck_assert_uint_ne(call(world, rmi_rec_enter, .rec = realm.recs[0] + 1, .run_ptr = realm.run), 0);
        expect_count(world, id, 1, 0);
        ck_assert_int_eq(rmmsim_inject_clear(world->sim, NULL), 0);
        fault.traps = 1;
        fault.one_pe = true;
        fault.pe = 1;
        id = inject(world, &fault);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(done, 2 * NOPS);
        ck_assert_uint_eq(realm_enter_on(&realm, 1, 0), 0);
        ck_assert_uint_eq(done, 2 * NOPS + 1);
        ck_assert_uint_eq(realm_enter_on(&realm, 1, 0), 0);
        ck_assert_uint_eq(done, 3 * NOPS);
        expect_count(world, id, 2, 1);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* The configured quantum still counts, and ends the entry with IRQ where it is shorter. */
START_TEST(a_quantum_beside_a_fault)
{
        struct rmmsim_config config = { .guest_quantum = 4 };
        struct world *world = world_create_with(&config);
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_EXIT, .exit_reason = RMMSIM_EXIT_FIQ, .traps = 6 };
        struct realm_world realm;
        unsigned done = 0;
        int id;

        realm_running(&realm, world, 1, busy, &done);
        id = inject(world, &fault);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(done, 4);
        expect_count(world, id, 1, 0);
        ck_assert_int_eq(rmmsim_inject_clear(world->sim, NULL), 0);
        fault.traps = 2;
        inject(world, &fault);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_FIQ);
        ck_assert_uint_eq(done, 6);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* ---- run pages ------------------------------------------------------------------------------------------------------------ */

START_TEST(a_run_page_that_cannot_be_read)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_PAGE_READ, .fid = RMMSIM_RMI_REC_ENTER, .nth = 2 };
        struct realm_world realm;
        unsigned done = 0;
        int id;

        realm_running(&realm, world, 1, busy, &done);
        id = inject(world, &fault);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        expect_failure(world, ERROR_INPUT, 0, "run_pas", rmi_rec_enter, .rec = realm.recs[0], .run_ptr = realm.run);
        ck_assert_uint_eq(rmmsim_why(world->sim, 0)->fault, (unsigned)id);
        ck_assert_uint_eq(done, NOPS);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* The REC has run, its exit is lost, and the page holds what it held. */
START_TEST(a_run_page_that_cannot_be_written)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_PAGE_WRITE };
        struct realm_world realm;
        unsigned done = 0;
        int id;

        realm_running(&realm, world, 1, busy, &done);
        id = inject(world, &fault);
        memset(&realm_run(&realm, 0)->exit, 0x77, sizeof(struct rmmsim_rec_exit));
        expect_x0(world, RMMSIM_RMI_ERROR_INPUT, realm_enter(&realm, 0));
        ck_assert_str_eq(rmmsim_why(world->sim, 0)->condition, "run_pas");
        ck_assert_uint_eq(rmmsim_why(world->sim, 0)->fault, (unsigned)id);
        ck_assert_uint_eq(done, NOPS);
        for (size_t i = 0; i < sizeof(struct rmmsim_rec_exit); i++) {
                ck_assert_uint_eq(((const uint8_t *)&realm_run(&realm, 0)->exit)[i], 0x77);
        }
        expect_count(world, id, 1, 1);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(done, 2 * NOPS);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* ---- calls of guests ------------------------------------------------------------------------------------------------------ */

START_TEST(a_call_of_a_guest_fails)
{
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS,
                                      .fid = RMMSIM_RSI_REALM_CONFIG,
                                      .x0 = RMMSIM_RSI_ERROR_UNKNOWN };
        uint8_t buffer[64] = { 0 };
        int id;

        create();
        puppet_poke(&puppets, 0, BUFFER, "untouched", 9);
        id = inject(puppets.world, &fault);
        ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_realm_config, .addr = BUFFER), RMMSIM_RSI_ERROR_UNKNOWN);
        puppet_expect_why(&puppets, 0, "RSI_REALM_CONFIG", "injected");
        ck_assert_uint_eq(puppets.puppet[0].refusal.fault, (unsigned)id);
        ck_assert_str_eq(puppets.puppet[0].sentence, "RSI_REALM_CONFIG was answered ERROR_UNKNOWN by fault 1 of "
                                                     "rmmsim_inject(), and not carried out");
        puppet_expect_registers(&puppets, 0, (const uint64_t[]){ RMMSIM_RSI_ERROR_UNKNOWN }, 1, 16);
        puppet_peek(&puppets, 0, BUFFER, buffer, 9);
        ck_assert_str_eq((char *)buffer, "untouched");
        ck_assert_ptr_null(rmmsim_why(puppets.world->sim, 0));
        ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_realm_config, .addr = BUFFER), RMMSIM_RSI_SUCCESS);
        destroy();
}
END_TEST

/* A fault of all commands means those of the host. A host call that fails by injection makes no exit. */
START_TEST(host_calls_and_commands_of_the_host_are_two_things)
{
        struct rmmsim_fault all = { .kind = RMMSIM_FAULT_STATUS, .nth = 2, .x0 = RMMSIM_RMI_ERROR_REC };
        struct rmmsim_fault one = { .kind = RMMSIM_FAULT_STATUS, .fid = RMMSIM_RSI_HOST_CALL, .x0 = 2 };
        int ids[2];

        create();
        ids[0] = inject(puppets.world, &all);
        ids[1] = inject(puppets.world, &one);
        ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_host_call, .addr = BUFFER), RMMSIM_RSI_ERROR_STATE);
        expect_count(puppets.world, ids[0], 1, 0); /* the entry that the guest ran in */
        expect_count(puppets.world, ids[1], 1, 1);
        puppet_order(&puppets, 0, rsi_host_call, .addr = BUFFER);
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        puppet_expect(&puppets, 0, RMMSIM_EXIT_HOST_CALL);
        expect_count(puppets.world, ids[1], 2, 1);
        destroy();
}
END_TEST

/* PSCI: the caller of a CPU_ON is told at once, and a CPU_OFF that is refused returns. */
START_TEST(psci_fails_too)
{
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .fid = RMMSIM_PSCI_CPU_ON, .x0 = (uint64_t)-6 };

        create();
        inject(puppets.world, &fault);
        ck_assert_uint_eq(puppet_x0(&puppets, 0, psci_cpu_on, .target_cpu = 1, .entry_point_address = REALM_PC),
                          (uint64_t)-6);
        ck_assert_ptr_nonnull(strstr(puppets.puppet[0].sentence, "PSCI_CPU_ON was answered INTERNAL_FAILURE"));
        fault.fid = RMMSIM_PSCI_CPU_OFF;
        fault.x0 = (uint64_t)RMMSIM_PSCI_DENIED;
        inject(puppets.world, &fault);
        ck_assert_uint_eq(puppet_x0(&puppets, 0, psci_cpu_off, 0), (uint64_t)-3);
        puppet_exit(&puppets, 0, RMMSIM_EXIT_PSCI, psci_cpu_off, 0);
        destroy();
}
END_TEST

/* ---- tokens --------------------------------------------------------------------------------------------------------------- */

START_TEST(a_token_without_entropy)
{
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_ENTROPY, .nth = 1, .every = 2 };
        static uint8_t expected[TOKEN_MAX];
        const uint64_t *x;
        size_t size;
        int id;

        create();
        size = token_of(0, 0x10, expected);
        id = inject(puppets.world, &fault);
        order_init(0, 0x10);
        ck_assert_uint_eq(puppet_answer(&puppets, 0)[0], RMMSIM_RSI_ERROR_UNKNOWN); /* 1st */
        puppet_expect_why(&puppets, 0, "RSI_ATTESTATION_TOKEN_INIT", "injected");
        ck_assert_uint_eq(token_continue(0, 0, 100)[0], RMMSIM_RSI_ERROR_STATE); /* none: nothing began */
        expect_count(puppets.world, id, 1, 1);
        token_init(0, 0x10); /* 2nd */
        x = token_continue(0, 0, 100);
        ck_assert_uint_eq(x[0], RMMSIM_RSI_ERROR_UNKNOWN); /* 3rd */
        ck_assert_uint_eq(x[1], 0);
        expect_count(puppets.world, id, 3, 2);
        /* The operation has stayed: it goes on, and once signed it needs nothing more. */
        ck_assert_uint_eq(token_rest(0, token_bytes, 100), size);
        ck_assert_int_eq(memcmp(token_bytes, expected, size), 0);
        expect_count(puppets.world, id, 4, 2);
        destroy();
}
END_TEST

/* As often as the fault says, without a byte; arguments are looked at all the same. */
START_TEST(a_token_that_stays_incomplete)
{
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_TOKEN_INCOMPLETE, .every = 1, .hits_max = 50 };
        static uint8_t expected[TOKEN_MAX];
        size_t size;

        create();
        size = token_of(0, 0x10, expected);
        inject(puppets.world, &fault);
        token_init(0, 0x10);
        for (unsigned i = 0; i < 50; i++) {
                const uint64_t *x = token_continue(0, 0, 4096);

                ck_assert_uint_eq(x[0], RMMSIM_RSI_INCOMPLETE);
                ck_assert_uint_eq(x[1], 0);
                ck_assert_uint_eq(token_continue(0, 4096, 1)[0], RMMSIM_RSI_ERROR_INPUT);
        }
        ck_assert_uint_eq(token_rest(0, token_bytes, 4096), size);
        ck_assert_int_eq(memcmp(token_bytes, expected, size), 0);
        destroy();
}
END_TEST

/* ---- a lock that is taken ------------------------------------------------------------------------------------------------- */

START_TEST(a_completion_that_meets_an_entry)
{
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_BUSY };
        struct psci_world p;
        int id;

        psci_create(&p, RMMSIM_QUIRK_psci_busy_means_on);
        id = inject(p.w, &fault);
        ask_cpu_on(&p, TARGET);
        expect_x0(p.w, RMMSIM_RMI_ERROR_INPUT, complete(&p, RUNNER, PSCI_SUCCESS)); /* wrong by itself */
        ck_assert_str_eq(rmmsim_why(p.w->sim, 0)->condition, "target");
        expect_failure(p.w, ERROR_INPUT, 0, "injected", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, TARGET), .status = PSCI_SUCCESS);
        ck_assert_uint_eq(rmmsim_why(p.w->sim, 0)->fault, (unsigned)id);
        expect_x0(p.w, 0, complete(&p, TARGET, PSCI_SUCCESS));
        expect_answer(&p, PSCI_SUCCESS);
        expect_count(p.w, id, 2, 1);
        world_destroy(p.w);
}
END_TEST

/* ---- under the explorer --------------------------------------------------------------------------------------------------- */

static struct {
        uint64_t pages[2];
        uint64_t x0[2];
        unsigned outcomes; /* which PE met the fault, as bits */
} race;

static void delegate(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        race.x0[pe] = rmmsim_call(sim, pe, rmi_granule_delegate, .addr = race.pages[pe]).x[0];
}

static void look(struct rmmsim *sim, void *arg)
{
        (void)sim, (void)arg;
        if ((race.x0[0] == 0) == (race.x0[1] == 0)) {
                rmmsim_explore_fail("x0 = %llu, %llu: one of the two meets the fault", (unsigned long long)race.x0[0],
                                    (unsigned long long)race.x0[1]);
        }
        race.outcomes |= race.x0[0] != 0 ? 1u : 2u;
}

/* Two PEs share a fault's counter: the search knows, and tries either order although they touch nothing else in common. */
START_TEST(either_pe_may_meet_it)
{
        struct world *world = world_create();
        struct rmmsim_program program = {
                .sim = world->sim, .pes = { delegate, delegate }, .check = look, .announced = true
        };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = RMMSIM_RMI_ERROR_INPUT };

        race.pages[0] = world_page(world);
        race.pages[1] = world_page(world);
        inject(world, &fault);
        expect_nothing(&program, &strategy);
        ck_assert(finding.complete);
        ck_assert_uint_eq(race.outcomes, 3);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("inject_guest");
        TCase *tcase = tcase_create("inject_guest");

        tcase_add_loop_test(tcase, an_entry_ends_early, 0, (int)(sizeof(exits) / sizeof(exits[0])));
        tcase_add_test(tcase, an_entry_that_ends_at_once);
        tcase_add_test(tcase, an_exit_that_comes_too_late);
        tcase_add_test(tcase, a_quantum_beside_a_fault);
        tcase_add_test(tcase, a_run_page_that_cannot_be_read);
        tcase_add_test(tcase, a_run_page_that_cannot_be_written);
        tcase_add_test(tcase, a_call_of_a_guest_fails);
        tcase_add_test(tcase, host_calls_and_commands_of_the_host_are_two_things);
        tcase_add_test(tcase, psci_fails_too);
        tcase_add_test(tcase, a_token_without_entropy);
        tcase_add_test(tcase, a_token_that_stays_incomplete);
        tcase_add_test(tcase, a_completion_that_meets_an_entry);
        tcase_add_test(tcase, either_pe_may_meet_it);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
