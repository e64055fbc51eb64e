/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inspect.c - Granules, Realms and RECs from the outside: each field is what the commands of the test made it.
 */
#include "puppet.h"
#include <rmmsim/inspect.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED UINT64_C(0xeeeeeeeeeeeeeeee)

/* ---- Realms -------------------------------------------------------------------------------------------------------- */

/* Not one field of the parameters has the value of another. */
START_TEST(test_realm_as_asked_for)
{
        struct rmmsim_config config = { .features = { .lpa2 = true,
                                                      .s2sz = 52,
                                                      .sve_vectors = 8,
                                                      .num_bps = 12,
                                                      .num_wps = 10,
                                                      .rec_aux_count = 3 } };
        struct world *world = world_create_with(&config);
        uint64_t rd = world_delegated(world);
        uint64_t roots = world_delegated_pages(world, 16, 16 * PAGE);
        struct rmmsim_realm_params *params = world->params;
        struct rmmsim_realm realm;

        realm_params_fill(params, &(struct realm_shape){ .s2sz = 52, .num_start = 16 }, roots);
        params->flags = RMMSIM_REALM_FLAG_LPA2 | RMMSIM_REALM_FLAG_SVE | RMMSIM_REALM_FLAG_PMU;
        params->sve_vl = 5;
        params->num_bps = 7;
        params->num_wps = 4;
        params->pmu_num_ctrs = 6;
        params->hash_algo = RMMSIM_HASH_SHA_512;
        params->vmid = 0x1234;
        for (unsigned i = 0; i < sizeof(params->rpv); i++) {
                params->rpv[i] = (uint8_t)(0xa0 ^ i);
        }
        expect_success(world, rmi_realm_create, .rd = rd, .params_ptr = world->params_pa);
        ck_assert_int_eq(rmmsim_realm(world->sim, &realm, rd), 0);
        ck_assert_uint_eq(realm.state, RMMSIM_REALM_REALM_NEW);
        ck_assert_uint_eq(realm.vmid, 0x1234);
        ck_assert_uint_eq(realm.ipa_width, 52);
        ck_assert_int_eq(realm.rtt_level_start, 0);
        ck_assert_uint_eq(realm.rtt_num_start, 16);
        ck_assert_uint_eq(realm.rtt_base, roots);
        ck_assert(realm.lpa2 && realm.sve && realm.pmu);
        ck_assert_uint_eq(realm.sve_vl, 5);
        ck_assert_uint_eq(realm.pmu_num_ctrs, 6);
        ck_assert_uint_eq(realm.num_bps, 7);
        ck_assert_uint_eq(realm.num_wps, 4);
        ck_assert_uint_eq(realm.rec_aux_count, 3);
        ck_assert_uint_eq(realm.num_recs, 0);
        ck_assert_uint_eq(realm.rec_index, 0);
        ck_assert_uint_eq(realm.hash_algo, RMMSIM_HASH_SHA_512);
        ck_assert_uint_eq(realm.digest_size, 64);
        ck_assert_mem_eq(realm.rpv, params->rpv, sizeof(realm.rpv));
        expect_success(world, rmi_realm_activate, .rd = rd);
        ck_assert_int_eq(rmmsim_realm(world->sim, &realm, rd), 0);
        ck_assert_uint_eq(realm.state, RMMSIM_REALM_REALM_ACTIVE);
        world_destroy(world);
}
END_TEST

/* What the Realm reads of itself. */
static void expect_measured(struct puppets *all, const struct rmmsim_realm *realm)
{
        for (unsigned i = 0; i < RMMSIM_NUM_MEASUREMENTS; i++) {
                const uint64_t *x = puppet_call(all, 0, rsi_measurement_read, .index = i);
                uint8_t one[64];

                ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
                ck_assert_mem_eq(realm->measurements[i], &x[1], 64);
                ck_assert_int_eq(rmmsim_measurement(all->world->sim, one, all->realm.rd, i), 0);
                ck_assert_mem_eq(one, &x[1], 64);
        }
}

START_TEST(test_realm_that_lives)
{
        struct puppets all;
        struct rmmsim_realm realm;
        uint8_t value[64];

        puppets_create(&all, world_create(), &(struct puppet_shape){ .num_recs = 3 });
        for (unsigned i = 1; i < RMMSIM_NUM_MEASUREMENTS; i++) {
                ck_assert_uint_eq(puppet_x0(&all, 0, rsi_measurement_extend, .index = i, .size = 8, .value_0 = i), 0);
        }
        ck_assert_int_eq(rmmsim_realm(all.world->sim, &realm, all.realm.rd), 0);
        ck_assert_uint_eq(realm.hash_algo, RMMSIM_HASH_SHA_256);
        ck_assert_uint_eq(realm.digest_size, 32);
        ck_assert(!realm.lpa2 && !realm.sve && !realm.pmu);
        ck_assert_uint_eq(realm.rec_aux_count, 16);
        expect_measured(&all, &realm);
        ck_assert_int_eq(rmmsim_measurement(all.world->sim, value, all.realm.rd, 5), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_measurement(all.world->sim, value, all.realm.recs[0], 0), RMMSIM_ERROR_STATE);
        expect_success(all.world, rmi_rec_destroy, .rec = all.realm.recs[1]);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_PSCI, psci_system_off, 0);
        ck_assert_int_eq(rmmsim_realm(all.world->sim, &realm, all.realm.rd), 0);
        ck_assert_uint_eq(realm.state, RMMSIM_REALM_REALM_SYSTEM_OFF);
        ck_assert_uint_eq(realm.num_recs, 2);
        ck_assert_uint_eq(realm.rec_index, 3);
        world_destroy(all.world);
}
END_TEST

static void expect_realms(struct world *world, const uint64_t *rds, unsigned count)
{
        uint64_t rd = 0;
        unsigned found = 0;

        for (; rmmsim_next_realm(world->sim, &rd, rd); rd += PAGE) {
                ck_assert_uint_lt(found, count);
                ck_assert_uint_eq(rd, rds[found++]);
        }
        ck_assert_uint_eq(found, count);
}

START_TEST(test_realms_in_order)
{
        struct world *world = world_create();
        struct realm_world realms[3];
        uint64_t rd = UNUSED;

        expect_realms(world, NULL, 0);
        for (unsigned i = 0; i < 3; i++) {
                world_delegated(world);
                realm_new(&realms[i], world, NULL);
        }
        expect_realms(world, (const uint64_t[]){ realms[0].rd, realms[1].rd, realms[2].rd }, 3);
        ck_assert(rmmsim_next_realm(world->sim, &rd, realms[1].rd + 1));
        ck_assert_uint_eq(rd, realms[2].rd);
        expect_success(world, rmi_realm_destroy, .rd = realms[1].rd);
        expect_realms(world, (const uint64_t[]){ realms[0].rd, realms[2].rd }, 2);
        world_destroy(world);
}
END_TEST

/* What is no object of the kind, in every way. */
START_TEST(test_no_such_object)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct rmmsim_owner owner;
        struct rmmsim_realm copy;
        struct rmmsim_rec rec;
        uint64_t others[7];

        realm_new(&realm, world, NULL);
        realm_rec(&realm, true, 0);
        others[0] = realm.rd + 8;
        others[1] = world_page(world);
        others[2] = world_delegated(world);
        others[3] = realm.rtt_base;
        others[4] = WORLD_DEVICE_BASE;
        others[5] = UINT64_C(0x40000000);
        others[6] = UINT64_MAX;
        for (unsigned i = 0; i < 7; i++) {
                struct rmmsim_rtt_entry entry = { .size = 0 };
                struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];

                ck_assert_int_eq(rmmsim_realm(world->sim, &copy, others[i]), RMMSIM_ERROR_STATE);
                ck_assert_int_eq(rmmsim_realm_recs(world->sim, NULL, 0, others[i]), RMMSIM_ERROR_STATE);
                ck_assert_int_eq(rmmsim_rec(world->sim, &rec, others[i]), RMMSIM_ERROR_STATE);
                ck_assert_int_eq(rmmsim_rtt_next(world->sim, &entry, others[i]), RMMSIM_ERROR_STATE);
                ck_assert_int_eq(rmmsim_rtt_walk(world->sim, steps, others[i], 0, 3), RMMSIM_ERROR_STATE);
        }
        ck_assert_int_eq(rmmsim_realm(world->sim, &copy, realm.recs[0]), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_rec(world->sim, &rec, realm.rd), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_rec(world->sim, &rec, realm.recs[0] + 1), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_owner(world->sim, &owner, others[0]), 0);
        ck_assert_int_eq(rmmsim_owner(world->sim, &owner, others[1]), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_owner(world->sim, &owner, others[2]), RMMSIM_ERROR_STATE);
        for (unsigned i = 4; i < 7; i++) {
                ck_assert_int_eq(rmmsim_owner(world->sim, &owner, others[i]), RMMSIM_ERROR_ADDRESS);
        }
        world_destroy(world);
}
END_TEST

/* ---- RECs ---------------------------------------------------------------------------------------------------------- */

/* Of five RECs the second and the last are destroyed, and a sixth comes. */
START_TEST(test_recs_by_index)
{
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .features = { .rec_aux_count = RMMSIM_NONE } });
        struct realm_world realm;
        uint64_t recs[8];

        realm_new(&realm, world, NULL);
        ck_assert_int_eq(rmmsim_realm_recs(world->sim, recs, 8, realm.rd), 0);
        for (unsigned i = 0; i < 5; i++) {
                realm_rec(&realm, true, 0);
        }
        expect_success(world, rmi_rec_destroy, .rec = realm.recs[1]);
        expect_success(world, rmi_rec_destroy, .rec = realm.recs[4]);
        realm_rec(&realm, true, 0);
        memset(recs, 0xee, sizeof(recs));
        ck_assert_int_eq(rmmsim_realm_recs(world->sim, recs, 8, realm.rd), 4);
        ck_assert_uint_eq(recs[0], realm.recs[0]);
        ck_assert_uint_eq(recs[1], realm.recs[2]);
        ck_assert_uint_eq(recs[2], realm.recs[3]);
        ck_assert_uint_eq(recs[3], realm.recs[5]);
        ck_assert_uint_eq(recs[4], UNUSED);
        memset(recs, 0xee, sizeof(recs));
        ck_assert_int_eq(rmmsim_realm_recs(world->sim, recs, 2, realm.rd), 4);
        ck_assert_uint_eq(recs[1], realm.recs[2]);
        ck_assert_uint_eq(recs[2], UNUSED);
        ck_assert_int_eq(rmmsim_realm_recs(world->sim, NULL, 0, realm.rd), 4);
        world_destroy(world);
}
END_TEST

START_TEST(test_rec_as_created)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .features = { .rec_aux_count = 2 } });
        struct rmmsim_rec_params *params = (void *)world->params;
        struct realm_world realm;
        struct rmmsim_rec rec;
        uint64_t pa = 0;

        realm_new(&realm, world, NULL);
        for (unsigned i = 0; i < 17; i++) {
                pa = realm_rec(&realm, false, 0);
        }
        ck_assert_int_eq(rmmsim_rec(world->sim, &rec, pa), 0);
        ck_assert_uint_eq(rec.index, 16);
        ck_assert_uint_eq(rec.mpidr, 0x100);
        ck_assert_uint_eq(rec.power, RMMSIM_POWER_NOT_RUNNABLE);
        pa = world_delegated(world);
        *params = (struct rmmsim_rec_params){ .flags = RMMSIM_REC_FLAG_RUNNABLE,
                                              .mpidr = 0x101,
                                              .pc = 0x12345678,
                                              .gprs = { 10, 11, 12, 13, 14, 15, 16, 17 },
                                              .num_aux = 2 };
        params->aux[1] = world_delegated(world); /* the one with the lower address is the second */
        params->aux[0] = world_delegated(world);
        expect_success(world, rmi_rec_create, .rd = realm.rd, .rec = pa, .params_ptr = world->params_pa);
        memset(&rec, 0xee, sizeof(rec));
        ck_assert_int_eq(rmmsim_rec(world->sim, &rec, pa), 0);
        ck_assert_uint_eq(rec.rd, realm.rd);
        ck_assert_uint_eq(rec.index, 17);
        ck_assert_uint_eq(rec.mpidr, 0x101);
        ck_assert_uint_eq(rec.state, RMMSIM_REC_REC_READY);
        ck_assert_uint_eq(rec.power, RMMSIM_POWER_RUNNABLE);
        ck_assert_int_eq(rec.pe, -1);
        ck_assert_uint_eq(rec.num_aux, 2);
        ck_assert_uint_eq(rec.aux[0], params->aux[0]);
        ck_assert_uint_eq(rec.aux[1], params->aux[1]);
        ck_assert_uint_eq(rec.aux[2], 0);
        ck_assert_uint_eq(rec.pending, RMMSIM_PENDING_NO_REQUEST);
        ck_assert_uint_eq(rec.attest, RMMSIM_ATTEST_NO_ATTEST_IN_PROGRESS);
        ck_assert_int_eq(rec.last_exit, -1);
        ck_assert_uint_eq(rec.pc, 0x12345678);
        ck_assert_uint_eq(rec.pstate, 0x3c5); /* lifecycle sheet 6.3 */
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_uint_eq(rec.gprs[i], i < 8 ? 10 + i : 0);
        }
        ck_assert(!rec.psci_target_exists);
        ck_assert_uint_eq(rec.host_call | rec.ripas_base | rec.ripas_top, 0);
        world_destroy(world);
}
END_TEST

static struct rmmsim_rec look(const struct puppets *all, unsigned number)
{
        struct rmmsim_rec rec;

        memset(&rec, 0xee, sizeof(rec));
        ck_assert_int_eq(rmmsim_rec(all->world->sim, &rec, all->realm.recs[number]), 0);
        return rec;
}

START_TEST(test_psci_request)
{
        struct puppets all;
        struct rmmsim_rec rec;

        puppets_create(&all, world_create(), &(struct puppet_shape){ .num_recs = 3 });
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = 2, .entry_point_address = REALM_PC,
                          .context_id = 99);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.pending, RMMSIM_PENDING_PSCI_REQUEST);
        ck_assert_uint_eq(rec.psci_function, 0xC4000003);
        ck_assert(rec.psci_target_exists);
        ck_assert_uint_eq(rec.psci_target, all.realm.recs[2]);
        ck_assert_uint_eq(rec.psci_target_index, 2);
        ck_assert_int_eq(rec.last_exit, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(rec.gprs[1], 2);
        ck_assert_uint_eq(rec.gprs[3], 99);
        ck_assert_uint_eq(rec.gprs[9], PUPPET_PATTERN(9));
        ck_assert_uint_eq(look(&all, 2).power, RMMSIM_POWER_NOT_RUNNABLE);
        expect_success(all.world, rmi_psci_complete, .calling_rec = all.realm.recs[0], .target_rec = all.realm.recs[2],
                       .status = RMMSIM_PSCI_SUCCESS);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.pending, RMMSIM_PENDING_NO_REQUEST);
        ck_assert_uint_eq(rec.psci_function, 0);
        ck_assert(!rec.psci_target_exists);
        ck_assert_uint_eq(rec.gprs[0], 0);
        rec = look(&all, 2);
        ck_assert_uint_eq(rec.power, RMMSIM_POWER_RUNNABLE);
        ck_assert_uint_eq(rec.pc, REALM_PC);
        ck_assert_uint_eq(rec.gprs[0], 99);
        ck_assert_int_eq(rec.last_exit, -1);
        world_destroy(all.world);
}
END_TEST

/* The one that is asked about is destroyed while the host thinks. */
START_TEST(test_psci_target_gone)
{
        struct puppets all;
        struct rmmsim_rec rec;

        puppets_create(&all, world_create(), &(struct puppet_shape){ .num_recs = 3 });
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_PSCI, psci_affinity_info, .target_affinity = 1);
        expect_success(all.world, rmi_rec_destroy, .rec = all.realm.recs[1]);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.psci_function, 0xC4000004);
        ck_assert(!rec.psci_target_exists);
        ck_assert_uint_eq(rec.psci_target, 0);
        ck_assert_uint_eq(rec.psci_target_index, 1);
        world_destroy(all.world);
}
END_TEST

START_TEST(test_ripas_change)
{
        struct puppets all;
        struct rmmsim_rec rec;

        puppets_create(&all, world_create(), NULL);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = 0x4000, .top = 0x8000,
                          .ripas = RMMSIM_RIPAS_EMPTY, .flags = RMMSIM_RIPAS_CHANGE_DESTROYED);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.pending, RMMSIM_PENDING_RIPAS_CHANGE);
        ck_assert_uint_eq(rec.ripas_base, 0x4000);
        ck_assert_uint_eq(rec.ripas_top, 0x8000);
        ck_assert_uint_eq(rec.ripas_value, RMMSIM_RIPAS_EMPTY);
        ck_assert(rec.ripas_destroyed);
        expect_success(all.world, rmi_rtt_set_ripas, .rd = all.realm.rd, .rec = all.realm.recs[0], .base = 0x4000,
                       .top = 0x6000);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.ripas_base, 0x6000);
        (void)puppet_answer(&all, 0);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.pending, RMMSIM_PENDING_NO_REQUEST);
        ck_assert_uint_eq(rec.ripas_base | rec.ripas_top, 0);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = 0x4000, .top = 0x8000,
                          .ripas = RMMSIM_RIPAS_RAM);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.ripas_value, RMMSIM_RIPAS_RAM);
        ck_assert(!rec.ripas_destroyed);
        world_destroy(all.world);
}
END_TEST

START_TEST(test_host_call_and_token)
{
        struct puppets all;
        struct rmmsim_rec rec;

        puppets_create(&all, world_create(), NULL);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = REALM_PC + 0x800);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.pending, RMMSIM_PENDING_HOST_CALL);
        ck_assert_uint_eq(rec.host_call, REALM_PC + 0x800);
        ck_assert_int_eq(rec.last_exit, RMMSIM_EXIT_HOST_CALL);
        (void)puppet_answer(&all, 0);
        rec = look(&all, 0);
        ck_assert_uint_eq(rec.pending, RMMSIM_PENDING_NO_REQUEST);
        ck_assert_uint_eq(rec.host_call, 0);
        ck_assert_int_eq(rec.last_exit, RMMSIM_EXIT_SYNC); /* puppets wait in a WFI */
        ck_assert_uint_eq(rec.attest, RMMSIM_ATTEST_NO_ATTEST_IN_PROGRESS);
        (void)puppet_call(&all, 0, rsi_attestation_token_init, .challenge_0 = 1);
        ck_assert_uint_eq(look(&all, 0).attest, RMMSIM_ATTEST_ATTEST_IN_PROGRESS);
        ck_assert_int_eq(rmmsim_irq_raise(all.world->sim, 0), 0);
        (void)puppet_expect(&all, 0, RMMSIM_EXIT_IRQ);
        ck_assert_int_eq(look(&all, 0).last_exit, RMMSIM_EXIT_IRQ);
        world_destroy(all.world);
}
END_TEST

/* A REC looks at itself from inside, and at another one. */
static void act_look(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        struct rmmsim_rec *seen = puppet->arg;

        (void)vcpu;
        seen[0] = look(puppet->all, 0);
        seen[1] = look(puppet->all, 1);
}

START_TEST(test_running)
{
        static const struct rmmsim_rec nothing;
        const size_t private = offsetof(struct rmmsim_rec, pending);
        struct rmmsim_rec seen[2];
        struct puppets all;

        puppets_create(&all, world_create(), &(struct puppet_shape){ .num_recs = 2, .runnable = 3 });
        (void)puppet_call(&all, 0, rsi_version, .req = 0x10000);
        all.pe = 2;
        puppet_order_act(&all, 0, act_look, seen);
        (void)puppet_answer(&all, 0);
        ck_assert_uint_eq(seen[0].state, RMMSIM_REC_REC_RUNNING);
        ck_assert_uint_eq(seen[0].power, RMMSIM_POWER_RUNNABLE);
        ck_assert_int_eq(seen[0].pe, 2);
        ck_assert_uint_eq(seen[0].rd, all.realm.rd);
        ck_assert_int_eq(seen[0].last_exit, -1);
        seen[0].last_exit = 0;
        ck_assert_mem_eq((char *)&seen[0] + private, (const char *)&nothing + private, sizeof(nothing) - private);
        ck_assert_uint_eq(seen[1].state, RMMSIM_REC_REC_READY);
        ck_assert_uint_eq(seen[1].index, 1);
        ck_assert_int_eq(seen[1].pe, -1);
        ck_assert_uint_eq(look(&all, 0).state, RMMSIM_REC_REC_READY);
        ck_assert_int_eq(look(&all, 0).pe, -1);
        world_destroy(all.world);
}
END_TEST

static Suite *suite(void)
{
        Suite *suite = suite_create("inspect");
        TCase *tcase = tcase_create("all");

        tcase_add_test(tcase, test_realm_as_asked_for);
        tcase_add_test(tcase, test_realm_that_lives);
        tcase_add_test(tcase, test_realms_in_order);
        tcase_add_test(tcase, test_no_such_object);
        tcase_add_test(tcase, test_recs_by_index);
        tcase_add_test(tcase, test_rec_as_created);
        tcase_add_test(tcase, test_psci_request);
        tcase_add_test(tcase, test_psci_target_gone);
        tcase_add_test(tcase, test_ripas_change);
        tcase_add_test(tcase, test_host_call_and_token);
        tcase_add_test(tcase, test_running);
        suite_add_tcase(suite, tcase);
        return suite;
}

int main(void)
{
        return run_suite(suite());
}
