/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_again.c - step functions that are told before a trap is carried out once more.
 *
 * Interface: rmmsim_guest_bind_step_again(). Specification: REC exit due to an interrupt, Data Abort at a Protected IPA.
 */
#include "world.h"

enum {
        CALLS_MAX = 8
};

struct told {
        struct rmmsim *sim;
        unsigned count;
        int results[CALLS_MAX];
        enum rmmsim_trap_kind kinds[CALLS_MAX]; /* of *next, as it was handed in */
        uint64_t ipas[CALLS_MAX];
        uint64_t x1[CALLS_MAX];
};

/* A store, before which an interrupt comes; then it idles. When told, it tries to make another trap of it, and sets what is stored. */
static void store_once(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct told *told = arg;
        unsigned i = told->count++;

        ck_assert_uint_lt(i, CALLS_MAX);
        told->results[i] = result;
        told->kinds[i] = next->kind;
        told->ipas[i] = next->ipa;
        told->x1[i] = rmmsim_guest_x(vcpu, 1);
        if (result == RMMSIM_GUEST_AGAIN) {
                *next = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_HVC };
                rmmsim_guest_set_x(vcpu, 1, 77);
        } else if (i == 0) {
                rmmsim_irq_raise(told->sim, 0);
                *next = (struct rmmsim_trap){
                        .kind = RMMSIM_TRAP_STORE, .ipa = REALM_PC + 8, .rt = 1, .size = 8, .isv = true
                };
        } else if (i == 1 || told->results[i - 1] == RMMSIM_GUEST_AGAIN) {
                *next = (struct rmmsim_trap){
                        .kind = RMMSIM_TRAP_LOAD, .ipa = REALM_PC + 8, .rt = 1, .size = 8, .isv = true
                };
        } else {
                next->kind = RMMSIM_TRAP_WFI;
        }
}

START_TEST(told_with_the_trap)
{
        struct world *world = world_create();
        struct told told = { .sim = world->sim };
        struct realm_world realm;

        realm_running(&realm, world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step_again(world->sim, realm.rd, REALM_PC, store_once, &told), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(told.count, 1);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ); /* of the WFI */
        ck_assert_uint_eq(told.count, 4);
        ck_assert_int_eq(told.results[1], RMMSIM_GUEST_AGAIN);
        ck_assert_uint_eq(told.kinds[1], RMMSIM_TRAP_STORE);
        ck_assert_uint_eq(told.ipas[1], REALM_PC + 8);
        /* It was the store that was carried out, and it stored what was set; the load brought it back. */
        ck_assert_int_eq(told.results[2], 0);
        ck_assert_uint_eq(told.x1[2], 77);
        ck_assert_int_eq(told.results[3], 0);
        ck_assert_uint_eq(told.x1[3], 77);
        /* A WFI that has exited is over. */
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(told.count, 5);
        ck_assert_int_eq(told.results[4], 0);
        world_destroy(world);
}
END_TEST

/* Each time that it is redone, and not when an interrupt comes before that at once. */
START_TEST(told_each_time)
{
        struct world *world = world_create();
        struct told told = { .sim = world->sim };
        struct realm_world realm;

        realm_running(&realm, world, 1, NULL, NULL);
        rmmsim_guest_bind_step_again(world->sim, realm.rd, REALM_PC, store_once, &told);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        rmmsim_irq_raise(world->sim, 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(told.count, 1);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(told.count, 4);
        ck_assert_int_eq(told.results[1], RMMSIM_GUEST_AGAIN);
        world_destroy(world);
}
END_TEST

START_TEST(others_are_not_told)
{
        struct world *world = world_create();
        struct told told = { .sim = world->sim };
        struct realm_world realm;

        realm_running(&realm, world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm.rd, REALM_PC, store_once, &told), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(told.count, 3);
        ck_assert_int_eq(told.results[1], 0);
        ck_assert_int_eq(told.results[2], 0);
        ck_assert_uint_eq(told.x1[2], told.x1[0]);
        world_destroy(world);
}
END_TEST

START_TEST(refusals)
{
        struct world *world = world_create();
        struct realm_world realm;

        realm_running(&realm, world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step_again(world->sim, realm.rd, REALM_PC, NULL, NULL), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_guest_bind_step_again(world->sim, realm.rd + PAGE, REALM_PC, store_once, NULL),
                         RMMSIM_ERROR_STATE);
        world_destroy(world);
}
END_TEST

int main(void)
{
        TCase *tcase = tcase_create("again");
        Suite *suite = suite_create("guest_again");

        tcase_add_test(tcase, told_with_the_trap);
        tcase_add_test(tcase, told_each_time);
        tcase_add_test(tcase, others_are_not_told);
        tcase_add_test(tcase, refusals);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
