/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_quirks.c - RMI_PSCI_COMPLETE as deployed monitors do it, one behaviour at a time and all together.
 *
 * Each behaviour is tried switched on, and next to it what the specification says.
 *
 * Specification: lifecycle sheet 5.11 and section 9 (D6, D7, D8, D14, D15), rec sheet 4.4 and 4.5, PSCI flows 1.3, 2.5, 2.8.
 */
#include "psci_complete_fixture.h"
#include "reached.h"

#define DENIED_CONSUMES RMMSIM_QUIRK_psci_denied_on_running_consumes
#define KEEPS_REGISTERS RMMSIM_QUIRK_psci_target_keeps_registers
#define BUSY_MEANS_ON   RMMSIM_QUIRK_psci_busy_means_on
#define MASKED          RMMSIM_QUIRK_psci_mpidr_masked
#define SMC32           RMMSIM_QUIRK_psci_smc32

/* ---- D7: a denial of what is so --------------------------------------------------------------------------------------- */

/* The call fails, with no condition, and yet the request is over. */
START_TEST(denial_of_a_running_target_consumes)
{
        struct psci_world p;
        struct rmmsim_regs regs;

        psci_create(&p, DENIED_CONSUMES);
        ask_cpu_on(&p, RUNNER);
        regs = call_regs(p.w, rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                         .target_rec = rec_of_psci(&p, RUNNER), .status = PSCI_DENIED);
        ck_assert_uint_eq(regs.x[0], ERROR_INPUT);
        for (unsigned i = 1; i < 18; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
        expect_refusal(p.w, ERROR_INPUT, "pending", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, RUNNER), .status = PSCI_SUCCESS);
        expect_answer(&p, PSCI_ALREADY_ON);
        /* Everything else is as ever. */
        ask_cpu_on(&p, TARGET);
        expect_x0(p.w, 0, complete(&p, TARGET, PSCI_DENIED));
        expect_answer(&p, PSCI_DENIED);
        ask_affinity(&p, RUNNER);
        expect_refusal(p.w, ERROR_INPUT, "status", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, RUNNER), .status = PSCI_DENIED);
        expect_x0(p.w, 0, complete(&p, RUNNER, PSCI_SUCCESS));
        expect_answer(&p, 0);
        world_destroy(p.w);
}
END_TEST

/* ---- D6: registers of the target -------------------------------------------------------------------------------------- */

/* From its creation x1 to x7 stay, and after CPU_OFF x1 to x3 are zero and x4 to x30 stay. PC, PSTATE and SCTLR are new. */
START_TEST(target_keeps_registers)
{
        struct psci_world p;

        psci_create(&p, KEEPS_REGISTERS);
        start_target(&p);
        (void)realm_enter_expect(&p.realm, TARGET, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(p.start[0], CONTEXT);
        for (unsigned i = 1; i < 31; i++) {
                ck_assert_uint_eq(p.start[i], i < 8 ? i + 1 : 0);
        }
        p.turn_off = true;
        (void)realm_enter_expect(&p.realm, TARGET, RMMSIM_EXIT_PSCI);
        p.turn_off = false;
        start_target(&p);
        ck_assert_uint_eq(rec_at(p.w, rec_of_psci(&p, TARGET))->el1.pstate, 0x3C5);
        (void)realm_enter_expect(&p.realm, TARGET, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(p.start_pc, TARGET_PC);
        ck_assert_uint_eq(p.start[0], CONTEXT);
        for (unsigned i = 1; i < 31; i++) {
                ck_assert_uint_eq(p.start[i], i < 4 ? 0 : marked(i));
        }
        world_destroy(p.w);
}
END_TEST

/* ---- D15: a target on its way out of CPU_OFF -------------------------------------------------------------------------- */

/*
 * Another PE completes when the target has executed CPU_OFF and its REC_ENTER has not returned. The event of the exit is
 * made in that window, under no lock.
 */
struct window {
        struct psci_world p;
        uint64_t status;
        bool armed;
        uint64_t x0;
};

static void complete_in_window(void *context, const struct rmmsim_event *event)
{
        struct window *window = context;
        struct psci_world *p = &window->p;

        reached_mark(NULL, event);
        if (window->armed && event->kind == RMMSIM_EVENT_EXIT && event->of.exit.rec == rec_of_psci(p, TARGET)) {
                window->armed = false;
                ck_assert_uint_eq(rec_at(p->w, event->of.exit.rec)->state, RMMSIM_REC_REC_RUNNING);
                window->x0 = rmmsim_call(p->w->sim, 1, rmi_psci_complete, .calling_rec = rec_of_psci(p, CALLER),
                                         .target_rec = rec_of_psci(p, TARGET), .status = window->status)
                                     .x[0];
        }
}

struct window_row {
        uint64_t quirks;
        uint64_t fid;
        uint64_t status;
        uint64_t rc;
        bool ends;     /* the request is over */
        uint64_t x0;   /* and the caller gets */
        bool restarts; /* the target is on again */
};

static const struct window_row window_rows[] = {
        { 0, CPU_ON, PSCI_SUCCESS, 0, true, PSCI_SUCCESS, true },
        { 0, CPU_ON, PSCI_DENIED, 0, true, PSCI_DENIED, false },
        { 0, AFFINITY_INFO, PSCI_SUCCESS, 0, true, PSCI_OFF, false },
        { BUSY_MEANS_ON, CPU_ON, PSCI_SUCCESS, 0, true, PSCI_ALREADY_ON, false },
        { BUSY_MEANS_ON, CPU_ON, PSCI_DENIED, ERROR_INPUT, false, 0, false },
        { BUSY_MEANS_ON, AFFINITY_INFO, PSCI_SUCCESS, 0, true, 0, false },
        { BUSY_MEANS_ON | DENIED_CONSUMES, CPU_ON, PSCI_DENIED, ERROR_INPUT, true, PSCI_ALREADY_ON, false },
};

START_TEST(completion_while_the_target_leaves)
{
        const struct window_row *row = &window_rows[_i];
        static struct window window;
        struct psci_world *p = &window.p;

        psci_create_with(
                p, &(struct rmmsim_config){ .context = &window, .quirks = row->quirks, .trace = complete_in_window });
        start_target(p);
        (void)realm_enter_expect(&p->realm, TARGET, RMMSIM_EXIT_IRQ);
        ask(p, row->fid, TARGET, row->fid == CPU_ON ? TARGET_PC : 0, CONTEXT);
        p->turn_off = true;
        window.status = row->status;
        window.armed = true;
        (void)realm_enter_expect(&p->realm, TARGET, RMMSIM_EXIT_PSCI);
        p->turn_off = false;
        ck_assert(!window.armed);
        ck_assert_uint_eq(window.x0, row->rc);
        ck_assert_uint_eq(rec_at(p->w, rec_of_psci(p, TARGET))->runnable, row->restarts);
        if (row->restarts) {
                (void)realm_enter_expect(&p->realm, TARGET, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(p->num_starts, 2);
                ck_assert_uint_eq(p->start[0], CONTEXT);
                for (unsigned i = 1; i < 31; i++) {
                        ck_assert_uint_eq(p->start[i], 0);
                }
        } else {
                expect_refusal(p->w, ERROR_REC, "rec_runnable", rmi_rec_enter, .rec = rec_of_psci(p, TARGET),
                               .run_ptr = p->realm.run);
        }
        if (!row->ends) {
                /* Now that the target has left it is off for everybody. */
                expect_x0(p->w, 0, complete(p, TARGET, PSCI_DENIED));
        }
        expect_answer(p, row->ends ? row->x0 : PSCI_DENIED);
        world_destroy(p->w);
}
END_TEST

/* A caller on its way out has made its request, but cannot be answered before its REC_ENTER returns. */
static void complete_for_leaving_caller(void *context, const struct rmmsim_event *event)
{
        struct window *window = context;
        struct psci_world *p = &window->p;

        reached_mark(NULL, event);
        if (window->armed && event->kind == RMMSIM_EVENT_EXIT && event->of.exit.rec == rec_of_psci(p, CALLER)) {
                window->armed = false;
                window->x0 = rmmsim_call(p->w->sim, 1, rmi_psci_complete, .calling_rec = rec_of_psci(p, CALLER),
                                         .target_rec = rec_of_psci(p, TARGET), .status = PSCI_SUCCESS)
                                     .x[0];
                ck_assert_str_eq(rmmsim_why(p->w->sim, 1)->condition, "pending");
        }
}

START_TEST(completion_while_the_caller_leaves)
{
        static struct window window;
        struct psci_world *p = &window.p;

        psci_create_with(p, &(struct rmmsim_config){ .context = &window, .trace = complete_for_leaving_caller });
        window.armed = true;
        ask_cpu_on(p, TARGET);
        ck_assert(!window.armed);
        ck_assert_uint_eq(window.x0, ERROR_INPUT);
        expect_x0(p->w, 0, complete(p, TARGET, PSCI_SUCCESS));
        expect_answer(p, PSCI_SUCCESS);
        world_destroy(p->w);
}
END_TEST

/* ---- D8: affinity fields only ----------------------------------------------------------------------------------------- */

static const uint64_t strays[] = { UINT64_C(1) << 31, UINT64_C(0x10),    UINT64_C(0xf0),
                                   UINT64_C(1) << 24, UINT64_C(1) << 40, UINT64_C(1) << 63 };

START_TEST(stray_bits_are_masked)
{
        struct psci_world p;

        psci_create(&p, MASKED);
        ask(&p, CPU_ON, TARGET | strays[_i], TARGET_PC, CONTEXT);
        expect_refusal(p.w, ERROR_INPUT, "target", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, RUNNER), .status = PSCI_SUCCESS);
        expect_x0(p.w, 0, complete(&p, TARGET, PSCI_SUCCESS));
        expect_answer(&p, PSCI_SUCCESS);
        world_destroy(p.w);
}
END_TEST

/* ---- D14: SMC32 forms ------------------------------------------------------------------------------------------------- */

static const struct {
        uint64_t fid;
        unsigned target;
        uint64_t status;
        uint64_t x0;
        bool refused;
} smc32_rows[] = {
        { CPU_ON_32, TARGET, PSCI_SUCCESS, PSCI_SUCCESS, false },
        { CPU_ON_32, TARGET, PSCI_DENIED, PSCI_DENIED, false },
        { CPU_ON_32, RUNNER, PSCI_SUCCESS, PSCI_ALREADY_ON, false },
        { CPU_ON_32, RUNNER, PSCI_DENIED, 0, true },
        { AFFINITY_INFO_32, TARGET, PSCI_SUCCESS, PSCI_OFF, false },
        { AFFINITY_INFO_32, RUNNER, PSCI_SUCCESS, 0, false },
        { AFFINITY_INFO_32, TARGET, PSCI_DENIED, 0, true },
};

START_TEST(smc32_forms_are_twins)
{
        struct psci_world p;

        psci_create(&p, SMC32);
        ask(&p, smc32_rows[_i].fid, smc32_rows[_i].target, smc32_rows[_i].fid == CPU_ON_32 ? TARGET_PC : 0, CONTEXT);
        if (smc32_rows[_i].refused) {
                expect_refusal(p.w, ERROR_INPUT, "status", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                               .target_rec = rec_of_psci(&p, smc32_rows[_i].target), .status = smc32_rows[_i].status);
        } else {
                expect_x0(p.w, 0, complete(&p, smc32_rows[_i].target, smc32_rows[_i].status));
                expect_answer(&p, smc32_rows[_i].x0);
        }
        world_destroy(p.w);
}
END_TEST

/* By the specification they are no functions: the caller is told at once. */
START_TEST(smc32_forms_are_not_served)
{
        struct psci_world p;

        psci_create(&p, 0);
        for (unsigned i = 4; i < 18; i++) {
                p.request.x[i] = marked(i);
        }
        p.request.x[0] = _i == 0 ? CPU_ON_32 : AFFINITY_INFO_32;
        p.request.x[1] = TARGET;
        p.request.x[2] = _i == 0 ? TARGET_PC : 0;
        expect_answer(&p, UINT64_MAX);
        world_destroy(p.w);
}
END_TEST

/* ---- all of them ------------------------------------------------------------------------------------------------------ */

static const struct {
        uint64_t fid;
        uint64_t x1;
        unsigned target;
        uint64_t status;
        uint64_t rc;
        uint64_t x0;
} reference_rows[] = {
        { CPU_ON, TARGET, TARGET, PSCI_SUCCESS, 0, PSCI_SUCCESS },
        { CPU_ON_32, TARGET | 0x80000000, TARGET, PSCI_SUCCESS, 0, PSCI_SUCCESS },
        { CPU_ON, TARGET, TARGET, PSCI_DENIED, 0, PSCI_DENIED },
        { CPU_ON, RUNNER, RUNNER, PSCI_SUCCESS, 0, PSCI_ALREADY_ON },
        { CPU_ON, RUNNER, RUNNER, PSCI_DENIED, ERROR_INPUT, PSCI_ALREADY_ON },
        { AFFINITY_INFO, TARGET, TARGET, PSCI_SUCCESS, 0, PSCI_OFF },
        { AFFINITY_INFO, RUNNER | 0xf0, RUNNER, PSCI_SUCCESS, 0, 0 },
};

START_TEST(reference_profile_has_them_all)
{
        struct psci_world p;
        uint64_t fid = reference_rows[_i].fid;

        psci_create_with(&p, &(struct rmmsim_config){ .profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE });
        ask(&p, fid, reference_rows[_i].x1, (fid & 7) == 3 ? TARGET_PC : 0, CONTEXT);
        expect_x0(p.w, reference_rows[_i].rc, complete(&p, reference_rows[_i].target, reference_rows[_i].status));
        expect_answer(&p, reference_rows[_i].x0);
        if (reference_rows[_i].x0 == PSCI_SUCCESS && (fid & 7) == 3) {
                (void)realm_enter_expect(&p.realm, TARGET, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(p.start[0], CONTEXT);
                ck_assert_uint_eq(p.start[7], 8);
        }
        world_destroy(p.w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_quirks");
        TCase *tcase = tcase_create("quirks");

        tcase_add_test(tcase, denial_of_a_running_target_consumes);
        tcase_add_test(tcase, target_keeps_registers);
        tcase_add_loop_test(tcase, completion_while_the_target_leaves, 0, ARRAY_SIZE(window_rows));
        tcase_add_test(tcase, completion_while_the_caller_leaves);
        tcase_add_loop_test(tcase, stray_bits_are_masked, 0, ARRAY_SIZE(strays));
        tcase_add_loop_test(tcase, smc32_forms_are_twins, 0, ARRAY_SIZE(smc32_rows));
        tcase_add_loop_test(tcase, smc32_forms_are_not_served, 0, 2);
        tcase_add_loop_test(tcase, reference_profile_has_them_all, 0, ARRAY_SIZE(reference_rows));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
