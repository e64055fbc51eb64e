/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_snapshot_guests.c - guests and snapshots: C functions that stand in the way or are ended, and bindings that come back.
 */
#include "everything.h"
#include "sim.h"
#include "world.h"
#include <rmmsim/guest.h>
#include <rmmsim/snapshot.h>
#include <stdio.h>
#include <string.h>

static void restore(struct world *world)
{
        ck_assert_int_eq(rmmsim_restore(world->sim), 0);
        ck_assert_int_eq(rmmsim_audit(world->sim, NULL), 0);
}

static const struct rmmsim_region small_region = { .base = WORLD_DRAM_BASE, .size = MIB2 };

/* ---- C functions ----------------------------------------------------------------------------------------------------------- */

struct story {
        unsigned begun;
        unsigned ended;
};

static void two_chapters(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct story *story = arg;

        story->begun++;
        rmmsim_guest_wfi(vcpu);
        ck_assert_int_eq(rmmsim_guest_store(vcpu, REALM_PC + 8, 8, 77), 0);
        rmmsim_guest_wfi(vcpu);
        story->ended++;
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

static void expect_refused(struct world *world, uint64_t rec)
{
        char address[32];
        struct rmmsim_error error;

        ck_assert_int_eq(rmmsim_snapshot(world->sim, &error), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(error.code, RMMSIM_ERROR_STATE);
        snprintf(address, sizeof(address), "0x%llx", (unsigned long long)rec);
        ck_assert_ptr_nonnull(strstr(error.text, address));
        ck_assert_ptr_nonnull(strstr(error.text, "before it starts"));
        ck_assert_ptr_nonnull(strstr(error.text, "step function"));
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), RMMSIM_ERROR_STATE);
}

/* Not while a function is suspended; before it has started and after its REC is gone. */
START_TEST(test_refused_while_suspended)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct story story = { 0 };

        realm_running(&realm, world, 2, two_chapters, &story);
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        rmmsim_time_advance(world->sim, 5);
        expect_refused(world, realm.recs[0]);
        /* The earlier one is still there. */
        restore(world);
        ck_assert_uint_eq(rmmsim_time(world->sim), 0);
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        expect_refused(world, realm.recs[0]);
        expect_success(world, rmi_rec_destroy, .rec = realm.recs[0]);
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        world_destroy(world);
}
END_TEST

/* Without a snapshot too, so that the refusal does not need one. */
START_TEST(test_first_snapshot_refused)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct story story = { 0 };

        realm_running(&realm, world, 1, two_chapters, &story);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        expect_refused(world, realm.recs[0]);
        ck_assert_int_eq(rmmsim_restore(world->sim), RMMSIM_ERROR_STATE);
        ck_assert_ptr_null(world->sim->rmm.memory.journal);
        world_destroy(world);
}
END_TEST

/* There is one stack: whoever is ended gives it back, wherever it stands. */
START_TEST(test_ended_by_restore)
{
        struct world *world = world_create_with(
                &(struct rmmsim_config){ .regions = &small_region, .num_regions = 1, .max_guests = 1 });
        struct realm_world realm;
        struct story story = { 0 };
        struct everything *everything;

        realm_running(&realm, world, 1, two_chapters, &story);
        memset(realm_run(&realm, 0), 0, PAGE);
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        everything = everything_take(world->sim);
        for (unsigned i = 0; i < 30; i++) {
                for (unsigned j = 0; j < i % 4; j++) {
                        realm_enter_expect(&realm, 0, j == 2 ? RMMSIM_EXIT_PSCI : RMMSIM_EXIT_IRQ);
                }
                if (i % 5 == 4) {
                        expect_success(world, rmi_rec_destroy, .rec = realm.recs[0]);
                }
                restore(world);
                ck_assert_ptr_null(everything_differs(everything, world->sim));
                ck_assert_uint_eq(world->sim->rmm.guests->live, 0);
        }
        ck_assert_uint_eq(story.begun, 22);
        ck_assert_uint_eq(story.ended, 7);
        everything_free(everything);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* Many at once, some of them in Realms that did not exist. */
START_TEST(test_many_ended)
{
        enum {
                NUM_REALMS = 5
        };
        struct world *world = world_create_with(&(struct rmmsim_config){ .max_guests = NUM_REALMS });
        struct realm_world realms[NUM_REALMS];
        struct story story = { 0 };
        uint64_t next_pa;

        realm_running(&realms[0], world, 1, two_chapters, &story);
        next_pa = world->next_pa;
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        for (unsigned round = 0; round < 4; round++) {
                for (unsigned i = 1; i < NUM_REALMS; i++) {
                        realm_running(&realms[i], world, 1, two_chapters, &story);
                }
                for (unsigned i = 0; i < NUM_REALMS; i++) {
                        realm_enter_expect(&realms[i], 0, RMMSIM_EXIT_IRQ);
                }
                ck_assert_uint_eq(world->sim->rmm.guests->live, NUM_REALMS);
                restore(world);
                world->next_pa = next_pa;
        }
        ck_assert_uint_eq(story.begun, 4 * NUM_REALMS);
        world_destroy(world);
}
END_TEST

/* ---- bindings -------------------------------------------------------------------------------------------------------------- */

static void count_steps(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)result;
        (*(unsigned *)arg)++;
        next->kind = RMMSIM_TRAP_WFI;
}

/*
 * The table's head, its buckets and its bindings lie on pages of their own: a Realm whose bucket is the last one, and so many
 * bindings before that its own begin another page.
 */
struct far {
        struct world *world;
        struct realm_world filler;
        struct realm_world realm;
        struct everything *everything;
        unsigned steps[3];
};

static struct far far;

static void bind_at(const struct realm_world *realm, uint64_t ipa, unsigned *steps)
{
        ck_assert_int_eq(rmmsim_guest_bind_step(far.world->sim, realm->rd, ipa, count_steps, steps), 0);
}

static void setup(void)
{
        static const struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = 3 * MIB2 };
        const uint64_t last_bucket = (UINT64_C(1) << 22) - PAGE;
        uint64_t rd;

        far.world = world_create_with(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 });
        realm_new(&far.filler, far.world, NULL);
        for (unsigned i = 0; i < 100; i++) {
                bind_at(&far.filler, i * 4, &far.steps[0]);
        }
        rd = (far.world->next_pa & ~(last_bucket | 0xfff)) + last_bucket;
        far.world->next_pa = rd;
        realm_running(&far.realm, far.world, 1, NULL, NULL);
        ck_assert_uint_eq(far.realm.rd, rd);
        bind_at(&far.realm, REALM_PC, &far.steps[1]);
        memset(realm_run(&far.realm, 0), 0, PAGE);
        ck_assert_int_eq(rmmsim_snapshot(far.world->sim, NULL), 0);
        far.everything = everything_take(far.world->sim);
}

static void comes_back(void)
{
        const char *differs;

        restore(far.world);
        differs = everything_differs(far.everything, far.world->sim);
        ck_assert_msg(differs == NULL, "%s", differs);
}

static void teardown(void)
{
        comes_back();
        realm_enter_expect(&far.realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(far.steps[2], 0);
        ck_assert_uint_ne(far.steps[1], 0);
        everything_free(far.everything);
        world_destroy(far.world);
        memset(&far, 0, sizeof(far));
}

START_TEST(test_bound)
{
        bind_at(&far.realm, 0x3000, &far.steps[2]);
        comes_back();
        bind_at(&far.realm, 0x3000, &far.steps[2]);
}
END_TEST

START_TEST(test_bound_again)
{
        bind_at(&far.realm, REALM_PC, &far.steps[2]);
        comes_back();
        bind_at(&far.realm, REALM_PC, &far.steps[2]);
        bind_at(&far.realm, REALM_PC, &far.steps[2]);
}
END_TEST

START_TEST(test_used)
{
        realm_enter_expect(&far.realm, 0, RMMSIM_EXIT_IRQ);
        comes_back();
        realm_enter_expect(&far.realm, 0, RMMSIM_EXIT_IRQ);
}
END_TEST

/* Kept as long as it has users; then it is gone. */
START_TEST(test_used_and_bound_again)
{
        for (unsigned i = 0; i < 2; i++) {
                realm_enter_expect(&far.realm, 0, RMMSIM_EXIT_IRQ);
                bind_at(&far.realm, REALM_PC, &far.steps[2]);
                comes_back();
                realm_enter_expect(&far.realm, 0, RMMSIM_EXIT_IRQ);
                bind_at(&far.realm, REALM_PC, &far.steps[2]);
                expect_success(far.world, rmi_rec_destroy, .rec = far.realm.recs[0]);
                comes_back();
        }
}
END_TEST

/* From snapshots in between, so that each step is the first to touch what it touches. */
START_TEST(test_step_by_step)
{
        for (unsigned i = 0; i < 4; i++) {
                realm_enter_expect(&far.realm, 0, RMMSIM_EXIT_IRQ);
                memset(realm_run(&far.realm, 0), 0, PAGE);
                if (i != 1) {
                        ck_assert_int_eq(rmmsim_snapshot(far.world->sim, NULL), 0);
                        everything_free(far.everything);
                        far.everything = everything_take(far.world->sim);
                }
                bind_at(&far.realm, REALM_PC, &far.steps[1]);
                if (i != 2) {
                        comes_back();
                        bind_at(&far.realm, REALM_PC, &far.steps[1]);
                        ck_assert_int_eq(rmmsim_snapshot(far.world->sim, NULL), 0);
                        everything_free(far.everything);
                        far.everything = everything_take(far.world->sim);
                }
                expect_success(far.world, rmi_rec_destroy, .rec = far.realm.recs[0]);
                comes_back();
        }
}
END_TEST

START_TEST(test_forgotten)
{
        for (unsigned i = 0; i < 2; i++) {
                expect_success(far.world, rmi_realm_destroy, .rd = far.filler.rd);
                comes_back();
        }
        realm_tear_down(&far.realm);
        comes_back();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("snapshot_guests");
        TCase *functions = tcase_create("functions");
        TCase *bindings = tcase_create("bindings");

        tcase_add_test(functions, test_refused_while_suspended);
        tcase_add_test(functions, test_first_snapshot_refused);
        tcase_add_test(functions, test_ended_by_restore);
        tcase_add_test(functions, test_many_ended);
        suite_add_tcase(suite, functions);
        tcase_add_checked_fixture(bindings, setup, teardown);
        tcase_add_test(bindings, test_bound);
        tcase_add_test(bindings, test_bound_again);
        tcase_add_test(bindings, test_used);
        tcase_add_test(bindings, test_used_and_bound_again);
        tcase_add_test(bindings, test_step_by_step);
        tcase_add_test(bindings, test_forgotten);
        suite_add_tcase(suite, bindings);
        return run_suite(suite);
}
