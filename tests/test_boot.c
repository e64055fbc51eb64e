/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_boot.c - a Realm from nothing to nothing, as the shortest story that touches every part.
 */
#include "world.h"

static void hello(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t *seen = arg;

        *seen = rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000).x[0];
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(test_boot_and_tear_down)
{
        struct world *world = world_create();
        struct realm_world realm;
        uint64_t seen = 99;
        struct rmmsim_rec_exit *exit;
        uint64_t pa;

        realm_running(&realm, world, 2, hello, &seen);
        exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(exit->gprs[0], RMMSIM_PSCI_SYSTEM_OFF);
        ck_assert_uint_eq(seen, RMMSIM_RSI_SUCCESS);
        expect_failure(world, ERROR_REALM, 1, "system_off", rmi_rec_enter, .rec = realm.recs[0], .run_ptr = realm.run);
        realm_tear_down(&realm);
        ck_assert(!rmmsim_next_delegated(world->sim, &pa, 0));
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("boot");
        TCase *tcase = tcase_create("boot");

        tcase_add_test(tcase, test_boot_and_tear_down);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
