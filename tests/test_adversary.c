/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_adversary.c - a host that changes shared pages while the RMM is at work on them: each is read once, and written whole.
 *
 * And what rmmsim_destroy() tells of Granules that have not come back.
 */
#include "world.h"
#include <rmmsim/inspect.h>
#include <stdlib.h>
#include <string.h>

static struct {
        enum rmmsim_access when;
        uint64_t pa;   /* whose page is changed */
        size_t offset; /* where                 */
        uint8_t value; /* to what               */
        unsigned counts[4];
} adversary;

static void disturb(void *context, unsigned pe, uint64_t pa, void *page, enum rmmsim_access access)
{
        (void)context;
        ck_assert_uint_eq(pe, 0);
        if (pa == adversary.pa) {
                adversary.counts[access]++;
                if (access == adversary.when) {
                        ((uint8_t *)page)[adversary.offset] = adversary.value;
                }
        }
}

static struct world *begin(enum rmmsim_access when)
{
        struct rmmsim_config config = { .adversary = disturb };

        memset(&adversary, 0, sizeof(adversary));
        adversary.when = when;
        return world_create_with(&config);
}

static void aim(uint64_t pa, size_t offset, uint8_t value)
{
        memset(adversary.counts, 0, sizeof(adversary.counts));
        adversary.pa = pa;
        adversary.offset = offset;
        adversary.value = value;
}

static void expect_one_read(void)
{
        ck_assert_uint_eq(adversary.counts[RMMSIM_ACCESS_READ_BEGIN], 1);
        ck_assert_uint_eq(adversary.counts[RMMSIM_ACCESS_READ_END], 1);
        ck_assert_uint_eq(adversary.counts[RMMSIM_ACCESS_WRITE_BEGIN], 0);
}

static const enum rmmsim_access reads[] = { RMMSIM_ACCESS_READ_BEGIN, RMMSIM_ACCESS_READ_END };

/* A hash algorithm that nobody offers: it counts if it is there before the page is read. */
START_TEST(realm_parameters_are_read_once)
{
        struct world *world = begin(reads[_i]);
        uint64_t rd = world_delegated(world);
        uint64_t rtt = world_delegated(world);

        realm_params_fill(world->params, NULL, rtt);
        aim(world->params_pa, offsetof(struct rmmsim_realm_params, hash_algo), 0xee);
        expect_x0(world, _i == 0 ? RMMSIM_RMI_ERROR_INPUT : RMMSIM_RMI_SUCCESS,
                  call(world, rmi_realm_create, .rd = rd, .params_ptr = world->params_pa));
        expect_one_read();
        world_destroy(world);
}
END_TEST

START_TEST(rec_parameters_are_read_once)
{
        struct world *world = begin(reads[_i]);
        struct realm_world realm;
        struct rmmsim_rec_params *params = (void *)world->params;
        uint64_t rec;

        realm_new(&realm, world, NULL);
        realm_rec(&realm, true, REALM_PC); /* leaves its parameters in the page */
        params->mpidr = 1;
        for (uint64_t i = 0; i < params->num_aux; i++) {
                params->aux[i] = world_delegated(world);
        }
        rec = world_delegated(world);
        aim(world->params_pa, offsetof(struct rmmsim_rec_params, mpidr), 9);
        expect_x0(world, _i == 0 ? RMMSIM_RMI_ERROR_INPUT : RMMSIM_RMI_SUCCESS,
                  call(world, rmi_rec_create, .rd = realm.rd, .rec = rec, .params_ptr = world->params_pa));
        expect_one_read();
        world_destroy(world);
}
END_TEST

/* What is measured is what the Realm gets. */
START_TEST(data_is_read_once)
{
        uint8_t measured[2][64];

        for (unsigned raced = 0; raced < 2; raced++) {
                struct world *world = begin(reads[_i]);
                struct realm_world realm;
                uint64_t source = world_page(world);

                realm_new(&realm, world, NULL);
                realm_ram(&realm, 0, MIB2);
                if (raced != 0) {
                        aim(source, 1000, 0x77);
                }
                expect_success(world, rmi_data_create, .rd = realm.rd, .data = world_delegated(world), .ipa = 0,
                               .src = source, .flags = RMMSIM_DATA_FLAG_MEASURE);
                ck_assert_int_eq(rmmsim_measurement(world->sim, measured[raced], realm.rd, 0), 0);
                if (raced != 0) {
                        expect_one_read();
                }
                world_destroy(world);
        }
        ck_assert_int_eq(memcmp(measured[0], measured[1], 64) == 0, _i == 1);
}
END_TEST

static void idle(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

/* A flag that asks for what does not apply here fails the entry. The exit half is written from end to end. */
START_TEST(a_run_page_is_read_once_and_written_whole)
{
        struct world *world = begin(reads[_i]);
        struct realm_world realm;
        struct rmmsim_rec_run *run;

        realm_running(&realm, world, 1, idle, NULL);
        run = realm_run(&realm, 0);
        aim(realm.run, offsetof(struct rmmsim_rec_run, enter.flags), RMMSIM_ENTER_EMUL_MMIO);
        expect_x0(world, _i == 0 ? RMMSIM_RMI_ERROR_REC : RMMSIM_RMI_SUCCESS, realm_enter(&realm, 0));
        if (_i == 1) {
                ck_assert_uint_eq(adversary.counts[RMMSIM_ACCESS_READ_END], 1);
                ck_assert_uint_eq(adversary.counts[RMMSIM_ACCESS_WRITE_BEGIN], 1);
                ck_assert_uint_eq(adversary.counts[RMMSIM_ACCESS_WRITE_END], 1);
        }
        run->enter.flags = 0;
        adversary.when = RMMSIM_ACCESS_WRITE_BEGIN;
        for (size_t offset = 0; offset < sizeof(run->exit); offset += 61) {
                aim(realm.run, offsetof(struct rmmsim_rec_run, exit) + offset, 0x99);
                expect_x0(world, RMMSIM_RMI_SUCCESS, realm_enter(&realm, 0));
                ck_assert_uint_ne(((const uint8_t *)&run->exit)[offset], 0x99);
        }
        adversary.when = RMMSIM_ACCESS_WRITE_END;
        expect_x0(world, RMMSIM_RMI_SUCCESS, realm_enter(&realm, 0));
        ck_assert_uint_eq(((const uint8_t *)run)[adversary.offset], 0x99);
        world_destroy(world);
}
END_TEST

/* ---- lost Granules -------------------------------------------------------------------------------------------------------- */

static struct {
        unsigned count;
        uint64_t pas[4];
        enum rmmsim_command takers[4];
} lost;

static void note_lost(void *context, uint64_t pa, const struct rmmsim_granule *granule)
{
        (void)context;
        if (lost.count < 4) {
                lost.pas[lost.count] = pa;
                lost.takers[lost.count] = granule->taker;
        }
        lost.count++;
}

START_TEST(what_has_not_come_back_is_named)
{
        struct rmmsim_config config = { .lost = note_lost };
        struct world *world = world_create_with(&config);
        uint64_t back = world_delegated(world);
        uint64_t kept = world_delegated(world);
        struct realm_world realm;

        memset(&lost, 0, sizeof(lost));
        realm_new(&realm, world, NULL);
        expect_success(world, rmi_granule_undelegate, .addr = back);
        world_destroy(world);
        ck_assert_uint_eq(lost.count, 3);
        ck_assert_uint_eq(lost.pas[0], kept);
        ck_assert_int_eq(lost.takers[0], RMMSIM_COMMAND_rmi_granule_delegate);
        ck_assert_int_eq(lost.takers[1], RMMSIM_COMMAND_rmi_realm_create);
        ck_assert_int_eq(lost.takers[2], RMMSIM_COMMAND_rmi_realm_create);
        ck_assert(lost.pas[0] < lost.pas[1] && lost.pas[1] < lost.pas[2]);
}
END_TEST

START_TEST(who_has_returned_everything_is_told_nothing)
{
        struct rmmsim_config config = { .lost = note_lost };
        struct world *world = world_create_with(&config);
        struct realm_world realm;

        memset(&lost, 0, sizeof(lost));
        realm_running(&realm, world, 2, idle, NULL);
        realm_tear_down(&realm);
        world_destroy(world);
        ck_assert_uint_eq(lost.count, 0);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("adversary");
        TCase *tcase = tcase_create("adversary");

        tcase_add_loop_test(tcase, realm_parameters_are_read_once, 0, 2);
        tcase_add_loop_test(tcase, rec_parameters_are_read_once, 0, 2);
        tcase_add_loop_test(tcase, data_is_read_once, 0, 2);
        tcase_add_loop_test(tcase, a_run_page_is_read_once_and_written_whole, 0, 2);
        tcase_add_test(tcase, what_has_not_come_back_is_named);
        tcase_add_test(tcase, who_has_returned_everything_is_told_nothing);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
