/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rec_running.c - what the host may do to a REC, and to its run page, while the REC runs on another PE.
 *
 * The guest itself acts as the host on PE 1, so each test is one thread and one order of events.
 *
 * Specification: RMI_REC_ENTER, REC_RUNNING; REC sheet sections 1.1 ("after run") and 4.5.
 */
#include "script.h"
#include "sim.h"
#include <string.h>

struct story {
        struct world *world;
        struct realm_world realm;
        void (*act)(struct rmmsim_vcpu *vcpu, struct story *story); /* inside the Realm */
        unsigned acts;
};

static void story_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct story *story = arg;

        for (;;) {
                if (story->act != NULL) {
                        story->act(vcpu, story);
                        story->acts++;
                }
                rmmsim_guest_wfi(vcpu);
        }
}

static void begin(struct story *story, unsigned num_recs, void (*act)(struct rmmsim_vcpu *vcpu, struct story *story))
{
        memset(story, 0, sizeof(*story));
        story->world = world_create();
        story->act = act;
        realm_running(&story->realm, story->world, num_recs, story_guest, story);
}

/* A call as the host on PE 1, refused for a condition. */
#define refused(story, status, condition_name, name, ...)                                                              \
        do {                                                                                                           \
                struct rmmsim *sim = (story)->world->sim;                                                              \
                uint64_t hash = world_hash((story)->world);                                                            \
                ck_assert_uint_eq(rmmsim_call(sim, 1, name, __VA_ARGS__).x[0], status);                                \
                ck_assert_str_eq(rmmsim_why(sim, 1)->condition, condition_name);                                       \
                ck_assert_msg(world_hash((story)->world) == hash, "a refused command changed something");              \
        } while (0)

/* ---- a REC that runs -------------------------------------------------------------------------------------------------------- */

static void touch_running(struct rmmsim_vcpu *vcpu, struct story *story)
{
        const struct realm_world *realm = &story->realm;

        (void)vcpu;
        refused(story, RMMSIM_RMI_ERROR_REC, "rec_state", rmi_rec_enter, .rec = realm->recs[0],
                .run_ptr = realm->run + PAGE);
        refused(story, RMMSIM_RMI_ERROR_REC, "rec_state", rmi_rec_destroy, .rec = realm->recs[0]);
        ck_assert_uint_eq(rmmsim_call(story->world->sim, 1, rmi_rtt_set_ripas, .rd = realm->rd, .rec = realm->recs[0],
                                      .base = 0x4000, .top = 0x5000)
                                  .x[0],
                          RMMSIM_RMI_ERROR_REC);
        refused(story, RMMSIM_RMI_ERROR_INPUT, "pending", rmi_psci_complete, .calling_rec = realm->recs[0],
                .target_rec = realm->recs[1], .status = 0);
        refused(story, RMMSIM_RMI_ERROR_REALM, "realm_live", rmi_realm_destroy, .rd = realm->rd);
        /* A bad run page comes before the state of the REC; NOT_RUNNABLE of another is its own. */
        refused(story, RMMSIM_RMI_ERROR_INPUT, "run_pas", rmi_rec_enter, .rec = realm->recs[0], .run_ptr = realm->rd);
        refused(story, RMMSIM_RMI_ERROR_INPUT, "run_align", rmi_rec_enter, .rec = realm->recs[0],
                .run_ptr = realm->run + 1);
        refused(story, RMMSIM_RMI_ERROR_REC, "rec_runnable", rmi_rec_enter, .rec = realm->recs[1],
                .run_ptr = realm->run + PAGE);
        ck_assert_int_eq(rmmsim_gpt_set(story->world->sim, realm->run + PAGE, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
        refused(story, RMMSIM_RMI_ERROR_INPUT, "run_pas", rmi_rec_enter, .rec = realm->recs[0],
                .run_ptr = realm->run + PAGE);
        ck_assert_int_eq(rmmsim_gpt_set(story->world->sim, realm->run + PAGE, PAGE, RMMSIM_GPT_GPT_NS), 0);
}

/* It cannot be entered again, destroyed, or have its request answered; afterwards all of that is possible. */
START_TEST(running)
{
        struct story story;

        begin(&story, 2, touch_running);
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(story.acts, 1);
        story.act = NULL;
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        expect_success(story.world, rmi_rec_destroy, .rec = story.realm.recs[0]);
        world_destroy(story.world);
}
END_TEST

/* ---- the run page goes during the run --------------------------------------------------------------------------------------- */

static void delegate_run_page(struct story *story)
{
        ck_assert_uint_eq(rmmsim_call(story->world->sim, 1, rmi_granule_delegate, .addr = story->realm.run).x[0], 0);
}

static void delegate_and_call(struct rmmsim_vcpu *vcpu, struct story *story)
{
        delegate_run_page(story);
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_host_call, .addr = REALM_PC).x[0], RMMSIM_RSI_SUCCESS);
}

static void delegate_and_change_ripas(struct rmmsim_vcpu *vcpu, struct story *story)
{
        struct rmmsim_regs regs;

        delegate_run_page(story);
        regs = rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = 0x8000, .top = 0xa000, .ripas = RMMSIM_RIPAS_RAM,
                                 .flags = 1);
        ck_assert_uint_eq(regs.x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(regs.x[1], 0x8000);
}

static void delegate_and_ask(struct rmmsim_vcpu *vcpu, struct story *story)
{
        delegate_run_page(story);
        ck_assert_uint_eq(
                rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = 1, .lowest_affinity_level = 0).x[0],
                RMMSIM_PSCI_AFFINITY_OFF);
}

/* The entry fails although the Realm has gone on; what it asks for is pending. The page is no longer written. */
static void enter_without_page(struct story *story, enum rmmsim_state pending)
{
        const struct rec *rec = memory_realm_page(&story->world->sim->rmm.memory, story->realm.recs[0]);
        struct rmmsim_rec_run before = *realm_run(&story->realm, 0);
        const struct rmmsim_refusal *why;

        ck_assert_uint_eq(realm_enter(&story->realm, 0), RMMSIM_RMI_ERROR_INPUT);
        why = rmmsim_why(story->world->sim, 0);
        ck_assert_str_eq(why->condition, "run_pas");
        ck_assert_uint_eq(why->found, RMMSIM_GRANULE_DELEGATED | RMMSIM_GPT_GPT_REALM << 8);
        ck_assert_uint_eq(rec->pending, pending);
        ck_assert_uint_eq(rec->state, RMMSIM_REC_REC_READY);
        expect_success(story->world, rmi_granule_undelegate, .addr = story->realm.run);
        ck_assert_mem_eq(&realm_run(&story->realm, 0)->exit, &before.exit, sizeof(before.exit));
}

START_TEST(page_delegated_before_a_host_call)
{
        struct story story;

        begin(&story, 1, delegate_and_call);
        enter_without_page(&story, RMMSIM_PENDING_HOST_CALL);
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(story.acts, 1);
        world_destroy(story.world);
}
END_TEST

START_TEST(page_delegated_before_a_ripas_change)
{
        struct story story;

        begin(&story, 1, delegate_and_change_ripas);
        enter_without_page(&story, RMMSIM_PENDING_RIPAS_CHANGE);
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(story.acts, 1);
        world_destroy(story.world);
}
END_TEST

START_TEST(page_delegated_before_a_psci_request)
{
        struct story story;

        begin(&story, 2, delegate_and_ask);
        enter_without_page(&story, RMMSIM_PENDING_PSCI_REQUEST);
        ck_assert_uint_eq(realm_enter(&story.realm, 0), RMMSIM_RMI_ERROR_REC);
        expect_success(story.world, rmi_psci_complete, .calling_rec = story.realm.recs[0],
                       .target_rec = story.realm.recs[1], .status = 0);
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(story.acts, 1);
        world_destroy(story.world);
}
END_TEST

static void make_run_page_secure(struct rmmsim_vcpu *vcpu, struct story *story)
{
        (void)vcpu;
        ck_assert_int_eq(rmmsim_gpt_set(story->world->sim, story->realm.run, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
}

START_TEST(page_secure_at_the_exit)
{
        struct story story;

        begin(&story, 1, make_run_page_secure);
        memset(&realm_run(&story.realm, 0)->exit, 0xa5, sizeof(struct rmmsim_rec_exit));
        ck_assert_uint_eq(realm_enter(&story.realm, 0), RMMSIM_RMI_ERROR_INPUT);
        ck_assert_uint_eq(rmmsim_why(story.world->sim, 0)->found, RMMSIM_GPT_GPT_SECURE << 8);
        ck_assert_uint_eq(realm_run(&story.realm, 0)->exit.esr, 0xa5a5a5a5a5a5a5a5);
        ck_assert_uint_eq(story.acts, 1); /* it went as far as the WFI */
        story.act = NULL;
        ck_assert_int_eq(rmmsim_gpt_set(story.world->sim, story.realm.run, PAGE, RMMSIM_GPT_GPT_AAP), 0);
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        world_destroy(story.world);
}
END_TEST

/* ---- the run page is read once, and written once ---------------------------------------------------------------------------- */

/* Whatever the host writes there during the run has no effect on it. */
static void spoil_the_page(struct rmmsim_vcpu *vcpu, struct story *story)
{
        (void)vcpu;
        memset(realm_run(&story->realm, 0), 0xff, sizeof(struct rmmsim_rec_run));
}

START_TEST(page_is_read_once)
{
        struct story story;
        struct rmmsim_rec_exit *exit;

        begin(&story, 1, spoil_the_page);
        exit = realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ); /* not SYNC: WFI was not trapped at the entry */
        ck_assert_uint_eq(exit->gicv3_hcr, 0);
        ck_assert_uint_eq(exit->esr, 0);
        world_destroy(story.world);
}
END_TEST

/* Two RECs with one page: not noticed. The inner entry, of REC 1 on PE 1, traps WFI; the outer one does not, and writes last. */
static void enter_the_other(struct rmmsim_vcpu *vcpu, struct story *story)
{
        struct rmmsim_rec_run *run = realm_run(&story->realm, 0);
        uint64_t mpidr;

        rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &mpidr);
        if (mpidr != 0x80000000) {
                return;
        }
        run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        ck_assert_uint_eq(rmmsim_call(story->world->sim, 1, rmi_rec_enter, .rec = story->realm.recs[1],
                                      .run_ptr = story->realm.run)
                                  .x[0],
                          0);
        ck_assert_uint_eq(run->exit.exit_reason, RMMSIM_EXIT_SYNC);
        ck_assert_uint_eq(run->exit.esr, 0x04000000);
}

static void turn_on(struct rmmsim_vcpu *vcpu, struct story *story)
{
        (void)story;
        ck_assert_uint_eq(
                rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1, .entry_point_address = REALM_PC, .context_id = 0)
                        .x[0],
                0);
}

START_TEST(page_shared_by_two_recs)
{
        struct story story;

        begin(&story, 2, turn_on);
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_PSCI);
        expect_success(story.world, rmi_psci_complete, .calling_rec = story.realm.recs[0],
                       .target_rec = story.realm.recs[1], .status = 0);
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        story.act = enter_the_other;
        realm_enter_expect(&story.realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(story.acts, 3);
        world_destroy(story.world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rec_running");
        TCase *tcase = tcase_create("running");

        tcase_add_test(tcase, running);
        tcase_add_test(tcase, page_delegated_before_a_host_call);
        tcase_add_test(tcase, page_delegated_before_a_ripas_change);
        tcase_add_test(tcase, page_delegated_before_a_psci_request);
        tcase_add_test(tcase, page_secure_at_the_exit);
        tcase_add_test(tcase, page_is_read_once);
        tcase_add_test(tcase, page_shared_by_two_recs);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
