/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rec_enter.c - every way in which RMI_REC_ENTER refuses, which refusal comes first, and that a refused entry consumes
 * nothing.
 *
 * Specification: RMI_REC_ENTER, failure conditions and their order; REC sheet section 1.1; lifecycle sheet section 5.12.
 */
#include "script.h"
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = WORLD_PES };

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define HOLE                UINT64_C(0x40000000)
#define LAST_PAGE           UINT64_C(0xfffffffffffff000)

#define INPUT      0x1
#define REALM_NEW  0x2
#define REALM_OFF  0x102
#define REC_STATUS 0x3

/* ---- one condition after the other ------------------------------------------------------------------------------------------ */

/* What is wrong, to be combined. The first that the specification names is the one that must be reported. */
enum wrong {
        RUN_ALIGN = 1 << 0,
        RUN_BOUND = 1 << 1,
        RUN_PAS = 1 << 2,    /* delegated        */
        RUN_SECURE = 1 << 3, /* in another PAS   */
        REC_ALIGN = 1 << 4,
        REC_BOUND = 1 << 5,
        REC_GRAN_STATE = 1 << 6,
        REALM_IS_NEW = 1 << 7,
        REALM_IS_OFF = 1 << 8,
        NOT_RUNNABLE = 1 << 9,
        PSCI_PENDING = 1 << 10,
        BAD_HCR = 1 << 11,
        BAD_MMIO = 1 << 12,
        BAD_SEA = 1 << 13,
        BAD_FLAGS = BAD_MMIO | BAD_SEA
};

struct refusal {
        unsigned wrong;
        const char *condition;
        uint64_t x0;
};

static void spoil_realm(struct stage *stage, unsigned wrong)
{
        static const struct script_line off = OP_SMC(RMMSIM_PSCI_SYSTEM_OFF);
        static const struct script_line ask = OP_SMC(RMMSIM_PSCI_AFFINITY_INFO, 1, 0);

        if ((wrong & (REALM_IS_OFF | PSCI_PENDING)) != 0) {
                script_set(&stage->script, (wrong & REALM_IS_OFF) != 0 ? &off : &ask, 1);
                ck_assert_uint_eq(stage_enter(stage, 0), 0);
                ck_assert_uint_eq(stage_run(stage)->exit.exit_reason, RMMSIM_EXIT_PSCI);
        }
}

static uint64_t spoilt_run(struct stage *stage, unsigned wrong)
{
        struct rmmsim_rec_run *run = stage_run(stage);
        uint64_t page = stage->realm.run;

        run->enter.gicv3_hcr = (wrong & BAD_HCR) != 0 ? 1 : 0;
        run->enter.flags = ((wrong & BAD_MMIO) != 0 ? RMMSIM_ENTER_EMUL_MMIO : 0) |
                           ((wrong & BAD_SEA) != 0 ? RMMSIM_ENTER_INJECT_SEA : 0);
        if ((wrong & RUN_PAS) != 0) {
                expect_success(stage->world, rmi_granule_delegate, .addr = page);
        }
        if ((wrong & RUN_SECURE) != 0) {
                ck_assert_int_eq(rmmsim_gpt_set(stage->world->sim, page, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
        }
        return (wrong & RUN_BOUND) != 0 ? HOLE : (wrong & RUN_ALIGN) != 0 ? page + 8 : page;
}

static uint64_t spoilt_rec(struct stage *stage, unsigned wrong)
{
        uint64_t rec = stage->realm.recs[(wrong & NOT_RUNNABLE) != 0 ? 1 : 0];

        if ((wrong & REC_GRAN_STATE) != 0) {
                return stage->realm.rd;
        }
        return (wrong & REC_BOUND) != 0 ? WORLD_DEVICE_BASE : (wrong & REC_ALIGN) != 0 ? rec + 1 : rec;
}

/* The same Realm, but never activated. */
static void create_new_realm(struct stage *stage, const struct rmmsim_config *config)
{
        memset(stage, 0, sizeof(*stage));
        stage->world = world_create_with(config);
        realm_new(&stage->realm, stage->world, NULL);
        realm_rec(&stage->realm, true, REALM_PC);
        realm_rec(&stage->realm, false, REALM_PC);
        stage->realm.run = world_pages(stage->world, REALM_RECS_MAX, PAGE);
}

static void expect_refusal(const struct refusal *refusal, const struct rmmsim_config *config)
{
        struct stage stage;
        struct rmmsim_regs regs;
        const struct rmmsim_refusal *why;
        uint64_t rec, run, hash;

        if ((refusal->wrong & REALM_IS_NEW) != 0) {
                create_new_realm(&stage, config);
        } else {
                stage_create_with(&stage, config, NULL, 2);
        }
        spoil_realm(&stage, refusal->wrong);
        rec = spoilt_rec(&stage, refusal->wrong);
        run = spoilt_run(&stage, refusal->wrong);
        hash = world_hash(stage.world);
        regs = call_regs(stage.world, rmi_rec_enter, .rec = rec, .run_ptr = run);
        why = rmmsim_why(stage.world->sim, 0);
        ck_assert_msg(why != NULL && strcmp(why->condition, refusal->condition) == 0, "expected %s: x0 = 0x%llx, %s",
                      refusal->condition, (unsigned long long)regs.x[0], world_why(stage.world));
        ck_assert_uint_eq(regs.x[0], refusal->x0);
        for (unsigned i = 1; i < 18; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
        ck_assert_msg(world_hash(stage.world) == hash, "a refused entry changed something");
        stage_destroy(&stage);
}

static const struct refusal single[] = {
        { RUN_ALIGN, "run_align", INPUT },
        { RUN_BOUND, "run_bound", INPUT },
        { RUN_PAS, "run_pas", INPUT },
        { RUN_SECURE, "run_pas", INPUT },
        { REC_ALIGN, "rec_align", INPUT },
        { REC_BOUND, "rec_bound", INPUT },
        { REC_GRAN_STATE, "rec_gran_state", INPUT },
        { REALM_IS_NEW, "realm_new", REALM_NEW },
        { REALM_IS_OFF, "system_off", REALM_OFF },
        { NOT_RUNNABLE, "rec_runnable", REC_STATUS },
        { PSCI_PENDING, "rec_psci", REC_STATUS },
        { BAD_HCR, "rec_gicv3", REC_STATUS },
        { BAD_MMIO, "rec_mmio", REC_STATUS },
        { BAD_FLAGS, "rec_mmio", REC_STATUS },
};

START_TEST(refused)
{
        expect_refusal(&single[_i], &plain);
}
END_TEST

START_TEST(refused_for_an_abort_that_does_not_apply)
{
        static const struct refusal refusals[] = { { BAD_SEA, "rec_sea", REC_STATUS },
                                                   { BAD_FLAGS, "rec_sea", REC_STATUS } };

        expect_refusal(&refusals[_i], &(const struct rmmsim_config){ .quirks = RMMSIM_QUIRK_inject_sea_checked });
}
END_TEST

/* Both hold: the specification's order, and where it has none that of the reference. */
static const struct refusal pairs[] = {
        { RUN_ALIGN | NOT_RUNNABLE, "run_align", INPUT },
        { RUN_ALIGN | REALM_IS_NEW, "run_align", INPUT },
        { RUN_ALIGN | REALM_IS_OFF, "run_align", INPUT },
        { RUN_BOUND | NOT_RUNNABLE, "run_bound", INPUT },
        { RUN_BOUND | REALM_IS_NEW, "run_bound", INPUT },
        { RUN_BOUND | REALM_IS_OFF, "run_bound", INPUT },
        { RUN_PAS | NOT_RUNNABLE, "run_pas", INPUT },
        { RUN_PAS | REALM_IS_NEW, "run_pas", INPUT },
        { RUN_PAS | REALM_IS_OFF, "run_pas", INPUT },
        { RUN_PAS | PSCI_PENDING, "run_pas", INPUT },
        { RUN_SECURE | NOT_RUNNABLE, "run_pas", INPUT },
        { RUN_SECURE | REALM_IS_NEW, "run_pas", INPUT },
        { RUN_SECURE | REALM_IS_OFF, "run_pas", INPUT },
        { REC_ALIGN | BAD_HCR, "rec_align", INPUT },
        { REC_ALIGN | BAD_MMIO, "rec_align", INPUT },
        { REC_BOUND | BAD_HCR, "rec_bound", INPUT },
        { REC_BOUND | BAD_MMIO, "rec_bound", INPUT },
        { REC_GRAN_STATE | BAD_HCR, "rec_gran_state", INPUT },
        { REC_GRAN_STATE | REALM_IS_NEW, "rec_gran_state", INPUT },
        { REALM_IS_NEW | NOT_RUNNABLE, "realm_new", REALM_NEW },
        { REALM_IS_NEW | BAD_HCR, "realm_new", REALM_NEW },
        { REALM_IS_NEW | BAD_FLAGS, "realm_new", REALM_NEW },
        { REALM_IS_OFF | NOT_RUNNABLE, "system_off", REALM_OFF },
        { REALM_IS_OFF | BAD_HCR, "system_off", REALM_OFF },
        { REALM_IS_OFF | BAD_FLAGS, "system_off", REALM_OFF },
        { NOT_RUNNABLE | BAD_HCR, "rec_runnable", REC_STATUS },
        { NOT_RUNNABLE | BAD_FLAGS, "rec_runnable", REC_STATUS },
        { PSCI_PENDING | BAD_HCR, "rec_psci", REC_STATUS },
        { PSCI_PENDING | BAD_FLAGS, "rec_psci", REC_STATUS },
        { BAD_HCR | BAD_FLAGS, "rec_gicv3", REC_STATUS },
};

START_TEST(refused_in_order)
{
        expect_refusal(&pairs[_i], &plain);
}
END_TEST

START_TEST(refused_in_order_as_deployed)
{
        expect_refusal(&pairs[_i], &(const struct rmmsim_config){ .profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE });
}
END_TEST

/* ---- every kind of Granule -------------------------------------------------------------------------------------------------- */

/* A page of each kind that is not the host's; only REC is one that can be entered. */
static uint64_t granule_of(struct stage *stage, unsigned state)
{
        struct rmmsim_granule granule;
        uint64_t pa = WORLD_DRAM_BASE;

        if (state == RMMSIM_GRANULE_DELEGATED) {
                return world_delegated(stage->world);
        }
        for (; pa < stage->world->next_pa; pa += PAGE) {
                ck_assert_int_eq(rmmsim_granule(stage->world->sim, &granule, pa), 0);
                if (granule.state == state) {
                        return pa;
                }
        }
        ck_abort_msg("the world has no Granule in that state");
}

START_TEST(no_page_to_run_with)
{
        struct stage stage;

        stage_create(&stage, &plain);
        for (unsigned state = RMMSIM_GRANULE_DELEGATED; state <= RMMSIM_GRANULE_RTT; state++) {
                uint64_t page = granule_of(&stage, state);

                expect_failure(stage.world, ERROR_INPUT, 0, "run_pas", rmi_rec_enter, .rec = stage.realm.recs[0],
                               .run_ptr = page);
                ck_assert_uint_eq(rmmsim_why(stage.world->sim, 0)->found & 0xff, state);
        }
        expect_failure(stage.world, ERROR_INPUT, 0, "run_bound", rmi_rec_enter, .rec = stage.realm.recs[0],
                       .run_ptr = WORLD_DEVICE_BASE);
        expect_failure(stage.world, ERROR_INPUT, 0, "run_bound", rmi_rec_enter, .rec = stage.realm.recs[0],
                       .run_ptr = LAST_PAGE);
        stage_destroy(&stage);
}
END_TEST

START_TEST(no_rec)
{
        struct stage stage;

        stage_create(&stage, &plain);
        for (unsigned state = RMMSIM_GRANULE_UNDELEGATED; state <= RMMSIM_GRANULE_RTT; state++) {
                uint64_t page = granule_of(&stage, state);

                if (state != RMMSIM_GRANULE_REC) {
                        expect_failure(stage.world, ERROR_INPUT, 0, "rec_gran_state", rmi_rec_enter, .rec = page,
                                       .run_ptr = stage.realm.run);
                        ck_assert_uint_eq(rmmsim_why(stage.world->sim, 0)->found, state);
                }
        }
        expect_failure(stage.world, ERROR_INPUT, 0, "rec_bound", rmi_rec_enter, .rec = HOLE,
                       .run_ptr = stage.realm.run);
        expect_failure(stage.world, ERROR_INPUT, 0, "rec_bound", rmi_rec_enter, .rec = LAST_PAGE,
                       .run_ptr = stage.realm.run);
        /* The run page itself is none. */
        expect_failure(stage.world, ERROR_INPUT, 0, "rec_gran_state", rmi_rec_enter, .rec = stage.realm.run,
                       .run_ptr = stage.realm.run);
        stage_destroy(&stage);
}
END_TEST

/* GPT entries: what the RMM can reach as Non-secure is a page to run with. */
START_TEST(run_page_in_every_pas)
{
        static const enum rmmsim_state gpts[] = { RMMSIM_GPT_GPT_NS, RMMSIM_GPT_GPT_AAP, RMMSIM_GPT_GPT_SECURE,
                                                  RMMSIM_GPT_GPT_ROOT };
        struct stage stage;

        stage_create(&stage, &plain);
        ck_assert_int_eq(rmmsim_gpt_set(stage.world->sim, stage.realm.run, PAGE, gpts[_i]), 0);
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), _i < 2 ? 0 : INPUT);
        ck_assert(_i < 2 || rmmsim_why(stage.world->sim, 0)->found == (uint64_t)gpts[_i] << 8);
        stage_destroy(&stage);
}
END_TEST

static bool page_is_there;

static void *maybe_page(void *context, uint64_t pa)
{
        static uint8_t dram[8 << 20];

        (void)context;
        return page_is_there ? dram + (pa - WORLD_DRAM_BASE) : NULL;
}

/* A host that maps its pages as it likes: one that it cannot show is as one that is not Non-secure. */
START_TEST(run_page_that_the_host_cannot_show)
{
        static const struct rmmsim_region region = {
                .base = WORLD_DRAM_BASE, .size = 8 << 20, .kind = RMMSIM_REGION_DRAM, .phys_to_virt = maybe_page
        };
        struct stage stage;

        page_is_there = true;
        stage_create(&stage, &(const struct rmmsim_config){ .regions = &region, .num_regions = 1 });
        page_is_there = false;
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), INPUT);
        ck_assert_str_eq(rmmsim_why(stage.world->sim, 0)->condition, "run_pas");
        ck_assert_uint_eq(rmmsim_why(stage.world->sim, 0)->found, (uint64_t)RMMSIM_GPT_GPT_ROOT << 8);
        page_is_there = true;
        ck_assert_uint_eq(realm_enter(&stage.realm, 0), 0);
        stage_destroy(&stage);
}
END_TEST

/* ---- nothing is consumed ---------------------------------------------------------------------------------------------------- */

/* Entries with bad GIC values, and with bad flags where `flags` are any. */
static void enter_badly(struct stage *stage, uint64_t flags)
{
        stage_run(stage)->enter.gicv3_hcr = UINT64_C(1) << 31; /* EOIcount, written back */
        ck_assert_uint_eq(stage_enter(stage, 0), REC_STATUS);
        ck_assert_str_eq(rmmsim_why(stage->world->sim, 0)->condition, "rec_gicv3");
        ck_assert_uint_eq(rmmsim_why(stage->world->sim, 0)->found, UINT64_C(1) << 31);
        stage_run(stage)->enter.gicv3_hcr = 0;
        if (flags != 0) {
                memset(stage_run(stage)->enter.gprs, 0xee, sizeof(stage_run(stage)->enter.gprs));
                ck_assert_uint_eq(stage_enter(stage, flags), REC_STATUS);
        }
}

START_TEST(pending_mmio_is_kept)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_LOAD(STAGE_DEVICE, 4, 7));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_badly(&stage, 0);
        stage_run(&stage)->enter.gprs[0] = 0x55;
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), 0);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[7], 0x55);
        stage_destroy(&stage);
}
END_TEST

START_TEST(pending_ripas_change_is_kept)
{
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_SMC(RMMSIM_RSI_IPA_STATE_SET, 0x8000, 0x9000, RMMSIM_RIPAS_RAM, 1));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_badly(&stage, RMMSIM_ENTER_EMUL_MMIO);
        expect_success(stage.world, rmi_rtt_set_ripas, .rd = stage.realm.rd, .rec = stage.realm.recs[0], .base = 0x8000,
                       .top = 0x9000);
        enter_badly(&stage, RMMSIM_ENTER_EMUL_MMIO | RMMSIM_ENTER_RIPAS_REJECT);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[1], 0x9000);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[2], RMMSIM_ACCEPT);
        stage_destroy(&stage);
}
END_TEST

START_TEST(pending_host_call_is_kept)
{
        static struct rmmsim_host_call answer;
        struct stage stage;

        stage_create(&stage, &plain);
        stage_play(&stage, OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA), OP_COPY_IN(&answer, STAGE_DATA, sizeof(answer)));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        enter_badly(&stage, RMMSIM_ENTER_EMUL_MMIO);
        memset(stage_run(&stage)->enter.gprs, 0x22, sizeof(stage_run(&stage)->enter.gprs));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage_after(&stage, 0)->x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(answer.imm, 0x1111);
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_uint_eq(answer.gprs[i], 0x2222222222222222);
        }
        stage_destroy(&stage);
}
END_TEST

/* Reserved bits of flags, and bytes that are no field, are not looked at. */
START_TEST(reserved_bits_are_ignored)
{
        struct rmmsim_rec_enter enter;
        struct stage stage;

        stage_create(&stage, &plain);
        memset(&enter, 0xff, sizeof(enter));
        enter.flags = ~UINT64_C(0x3);
        enter.gicv3_hcr = 0;
        memset(enter.gicv3_lrs, 0, sizeof(enter.gicv3_lrs));
        stage_run(&stage)->enter = enter;
        stage_play(&stage, OP_NOP);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x04000000); /* the script's WFI */
        ck_assert_uint_eq(stage.script.done, 1);
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rec_enter");
        TCase *refusals = tcase_create("refusals");
        TCase *kept = tcase_create("kept");

        tcase_add_loop_test(refusals, refused, 0, ARRAY_LENGTH(single));
        tcase_add_loop_test(refusals, refused_for_an_abort_that_does_not_apply, 0, 2);
        tcase_add_loop_test(refusals, refused_in_order, 0, ARRAY_LENGTH(pairs));
        tcase_add_loop_test(refusals, refused_in_order_as_deployed, 0, ARRAY_LENGTH(pairs));
        tcase_add_test(refusals, no_page_to_run_with);
        tcase_add_test(refusals, no_rec);
        tcase_add_loop_test(refusals, run_page_in_every_pas, 0, 4);
        tcase_add_test(refusals, run_page_that_the_host_cannot_show);
        tcase_add_test(kept, pending_mmio_is_kept);
        tcase_add_test(kept, pending_ripas_change_is_kept);
        tcase_add_test(kept, pending_host_call_is_kept);
        tcase_add_test(kept, reserved_bits_are_ignored);
        suite_add_tcase(suite, refusals);
        suite_add_tcase(suite, kept);
        return run_suite(suite);
}
