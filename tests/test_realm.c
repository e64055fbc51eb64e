/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_realm.c - the life of a Realm: activated, destroyed, and created again from the same Granules.
 *
 * Specification: RMI_REALM_ACTIVATE, RMI_REALM_DESTROY, RMI_REC_AUX_COUNT, RealmIsLive; lifecycle sheet sections 5.6 to
 * 5.8 and 8.3.
 */
#include "lifecycle_fixture.h"

/* ---- one Granule of any kind as an RD --------------------------------------------------------------------------------  */

struct any_rd {
        const char *condition;
        uint64_t (*rd)(const struct zoo *zoo);
};

#define ANY_RD(name, condition, expression)                                                                            \
        static uint64_t any_##name(const struct zoo *zoo)                                                              \
        {                                                                                                              \
                (void)zoo;                                                                                             \
                return expression;                                                                                     \
        }
#define ANY_RD_ROW(name, condition, expression) { #condition, any_##name },

#define ANY_RDS(X)                                                                                                     \
        X(by_one, rd_align, zoo->rd + 1)                                                                               \
        X(by_half, rd_align, zoo->rd + 0x800)                                                                          \
        X(unaligned_nowhere, rd_align, HOLE + 4)                                                                       \
        X(device, rd_bound, DEVICE)                                                                                    \
        X(hole, rd_bound, HOLE)                                                                                        \
        X(last_page, rd_bound, LAST_PAGE)                                                                              \
        X(undelegated, rd_state, zoo->ns)                                                                              \
        X(secure, rd_state, zoo->secure)                                                                               \
        X(delegated, rd_state, zoo->delegated)                                                                         \
        X(rec, rd_state, zoo->rec)                                                                                     \
        X(aux, rd_state, zoo->aux)                                                                                     \
        X(rtt, rd_state, zoo->rtt)                                                                                     \
        X(data, rd_state, zoo->data)

/* clang-format off */
ANY_RDS(ANY_RD)
static const struct any_rd any_rds[] = { ANY_RDS(ANY_RD_ROW) };
/* clang-format on */

START_TEST(other_granules_are_no_rd)
{
        const struct any_rd *row = &any_rds[_i];
        struct world *w = world_create();
        struct zoo zoo;

        zoo_create(&zoo, w);
        expect_refusal(w, ERROR_INPUT, row->condition, rmi_realm_activate, .rd = row->rd(&zoo));
        expect_refusal(w, ERROR_INPUT, row->condition, rmi_realm_destroy, .rd = row->rd(&zoo));
        expect_refusal(w, ERROR_INPUT, row->condition, rmi_rec_aux_count, .rd = row->rd(&zoo));
        world_destroy(w);
}
END_TEST

/* The order that the specification states: an address that is no RD is ERROR_INPUT, whatever Realm was there before. */
START_TEST(former_rd_has_no_realm)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_new(&realm, w, NULL);
        realm_activate(&realm);
        expect_refusal(w, ERROR_REALM, "realm_state", rmi_realm_activate, .rd = realm.rd);
        expect_success(w, rmi_realm_destroy, .rd = realm.rd);
        expect_refusal(w, ERROR_INPUT, "rd_state", rmi_realm_activate, .rd = realm.rd);
        expect_refusal(w, ERROR_INPUT, "rd_state", rmi_realm_destroy, .rd = realm.rd);
        expect_success(w, rmi_granule_undelegate, .addr = realm.rd);
        expect_refusal(w, ERROR_INPUT, "rd_state", rmi_realm_activate, .rd = realm.rd);
        world_destroy(w);
}
END_TEST

/* ---- states --------------------------------------------------------------------------------------------------------- */

static void turn_system_off(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, psci_system_off, .none = 0);
}

/* A Realm that has turned itself off. */
static void realm_off(struct realm_world *realm, struct world *w)
{
        realm_running(realm, w, 1, turn_system_off, NULL);
        (void)realm_enter_expect(realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(realm_at(w, realm->rd)->state, RMMSIM_REALM_REALM_SYSTEM_OFF);
}

START_TEST(activate_moves_the_state_only)
{
        struct world *w = world_create();
        struct realm_world realm;
        struct realm before;

        realm_new(&realm, w, NULL);
        realm_rec(&realm, true, 0);
        before = *realm_at(w, realm.rd);
        expect_success(w, rmi_realm_activate, .rd = realm.rd);
        ck_assert_uint_eq(realm_at(w, realm.rd)->state, RMMSIM_REALM_REALM_ACTIVE);
        before.state = RMMSIM_REALM_REALM_ACTIVE;
        ck_assert_mem_eq(realm_at(w, realm.rd), &before, sizeof(before));
        expect_refusal(w, ERROR_REALM, "realm_state", rmi_realm_activate, .rd = realm.rd);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found, RMMSIM_REALM_REALM_ACTIVE);
        world_destroy(w);
}
END_TEST

START_TEST(activate_refuses_a_realm_that_is_off)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_off(&realm, w);
        expect_refusal(w, ERROR_REALM, "realm_state", rmi_realm_activate, .rd = realm.rd);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found, RMMSIM_REALM_REALM_SYSTEM_OFF);
        world_destroy(w);
}
END_TEST

/* ---- RMI_REALM_DESTROY ---------------------------------------------------------------------------------------------- */

/* Everything is free again, wiped, and good for the same Realm at once. */
START_TEST(destroy_gives_everything_back)
{
        struct world *w = world_create();
        uint64_t page = world_page(w);
        uint64_t rd = world_delegated(w);
        uint64_t roots = world_delegated_pages(w, 16, 16 * PAGE);
        struct rmmsim_realm_params *p = realm_params_at(w, page, roots, 0xffff);

        p->s2sz = 43;
        p->rtt_level_start = 1;
        p->rtt_num_start = 16;
        for (unsigned round = 0; round < 3; round++) {
                expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
                if (round == 1) {
                        expect_success(w, rmi_realm_activate, .rd = rd);
                }
                expect_success(w, rmi_realm_destroy, .rd = rd);
                EXPECT_STATE(w, rd, DELEGATED);
                ck_assert(page_is_zero(w, rd));
                for (unsigned i = 0; i < 16; i++) {
                        EXPECT_STATE(w, roots + i * PAGE, DELEGATED);
                        ck_assert(page_is_zero(w, roots + i * PAGE));
                }
        }
        /* The roots' Granules and the RD's change places. */
        p->s2sz = 40;
        p->rtt_num_start = 2;
        p->rtt_base = roots + 2 * PAGE;
        expect_success(w, rmi_realm_create, .rd = roots, .params_ptr = page);
        expect_success(w, rmi_realm_destroy, .rd = roots);
        expect_success(w, rmi_granule_undelegate, .addr = rd);
        for (unsigned i = 0; i < 16; i++) {
                expect_success(w, rmi_granule_undelegate, .addr = roots + i * PAGE);
        }
        ck_assert(!rmmsim_next_delegated(w->sim, &page, 0));
        world_destroy(w);
}
END_TEST

/* Roots may lie in two regions that touch: their Realm-world pages are not neighbours. */
START_TEST(destroy_wipes_roots_across_regions)
{
        static const struct rmmsim_region regions[] = {
                { .base = WORLD_DRAM_BASE, .size = 10 * PAGE },
                { .base = WORLD_DRAM_BASE + 10 * PAGE, .size = 6 * PAGE },
        };
        struct world *w = world_create_with(&(struct rmmsim_config){ .regions = regions, .num_regions = 2 });
        uint64_t page = world_page(w);
        uint64_t rd = world_delegated(w);
        uint64_t roots = WORLD_DRAM_BASE + 8 * PAGE;
        struct rmmsim_realm_params *p = realm_params_at(w, page, roots, 1);

        for (unsigned i = 0; i < 4; i++) {
                expect_success(w, rmi_granule_delegate, .addr = roots + i * PAGE);
        }
        p->s2sz = 41;
        p->rtt_level_start = 1;
        p->rtt_num_start = 4;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        expect_success(w, rmi_realm_destroy, .rd = rd);
        for (unsigned i = 0; i < 4; i++) {
                EXPECT_STATE(w, roots + i * PAGE, DELEGATED);
                ck_assert(page_is_zero(w, roots + i * PAGE));
        }
        world_destroy(w);
}
END_TEST

START_TEST(destroy_refuses_a_realm_with_a_rec)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_new(&realm, w, NULL);
        realm_rec(&realm, false, 0);
        expect_refusal(w, ERROR_REALM, "realm_live", rmi_realm_destroy, .rd = realm.rd);
        expect_success(w, rmi_realm_activate, .rd = realm.rd);
        expect_refusal(w, ERROR_REALM, "realm_live", rmi_realm_destroy, .rd = realm.rd);
        expect_success(w, rmi_rec_destroy, .rec = realm.recs[0]);
        expect_success(w, rmi_realm_destroy, .rd = realm.rd);
        world_destroy(w);
}
END_TEST

START_TEST(destroy_refuses_a_realm_with_a_table)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_new(&realm, w, NULL);
        expect_success(w, rmi_rtt_create, .rd = realm.rd, .rtt = world_delegated(w), .ipa = 0, .level = 1);
        expect_refusal(w, ERROR_REALM, "realm_live", rmi_realm_destroy, .rd = realm.rd);
        expect_success(w, rmi_rtt_destroy, .rd = realm.rd, .ipa = 0, .level = 1);
        expect_success(w, rmi_realm_destroy, .rd = realm.rd);
        world_destroy(w);
}
END_TEST

/* A block of memory directly in a root at level 2: 512 pages folded. The last root counts as the first does. */
START_TEST(destroy_refuses_a_realm_with_a_block)
{
        const uint64_t ipa = (UINT64_C(1) << 31) - MIB2;
        struct world *w = world_create();
        struct realm_world realm;
        uint64_t data;

        realm_new(&realm, w, &(struct realm_shape){ .s2sz = 32, .level_start = 2, .num_start = 4 });
        data = world_delegated_pages(w, 512, MIB2);
        expect_success(w, rmi_rtt_create, .rd = realm.rd, .rtt = world_delegated(w), .ipa = ipa, .level = 3);
        for (unsigned i = 0; i < 512; i++) {
                expect_success(w, rmi_data_create_unknown, .rd = realm.rd, .data = data + i * PAGE,
                               .ipa = ipa + i * PAGE);
        }
        expect_success(w, rmi_rtt_fold, .rd = realm.rd, .ipa = ipa, .level = 3);
        expect_refusal(w, ERROR_REALM, "realm_live", rmi_realm_destroy, .rd = realm.rd);
        world_destroy(w);
}
END_TEST

/* Host memory mapped directly in a root at level 1 is not the Realm's. */
START_TEST(destroy_ignores_host_memory)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_new(&realm, w, &(struct realm_shape){ .level_start = 1, .num_start = 2 });
        expect_success(w, rmi_rtt_map_unprotected, .rd = realm.rd, .ipa = UINT64_C(1) << 39, .level = 1,
                       .desc = UINT64_C(0x40000000) | 6 << 2 | 0xc0);
        expect_success(w, rmi_realm_destroy, .rd = realm.rd);
        EXPECT_STATE(w, realm.rd, DELEGATED);
        world_destroy(w);
}
END_TEST

/* RIPAS does not make a Realm live, and a Realm that is off can go like any other. */
START_TEST(destroy_takes_every_state)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_new(&realm, w, NULL);
        expect_success(w, rmi_rtt_init_ripas, .rd = realm.rd, .base = 0, .top = UINT64_C(1) << 39);
        expect_success(w, rmi_realm_destroy, .rd = realm.rd);
        realm_off(&realm, w);
        expect_refusal(w, ERROR_REALM, "realm_live", rmi_realm_destroy, .rd = realm.rd);
        realm_tear_down(&realm);
        world_destroy(w);
}
END_TEST

/* A destroyed Realm's programs are not those of the next Realm at the same place. */
START_TEST(destroy_forgets_guests)
{
        struct world *w = world_create();
        struct realm_world first, second;

        realm_new(&first, w, NULL);
        ck_assert_int_eq(rmmsim_guest_bind(w->sim, first.rd, REALM_PC, turn_system_off, NULL), 0);
        expect_success(w, rmi_realm_destroy, .rd = first.rd);
        w->next_pa = first.rd;
        expect_success(w, rmi_granule_undelegate, .addr = first.rd);
        expect_success(w, rmi_granule_undelegate, .addr = first.rtt_base);
        realm_running(&second, w, 1, NULL, NULL);
        ck_assert_uint_eq(second.rd, first.rd);
        ck_assert_int_eq(rmmsim_smc(w->sim, 0,
                                    &(struct rmmsim_regs){ { rmmsim_fid_rmi_rec_enter, second.recs[0], second.run } }),
                         RMMSIM_ERROR_NO_GUEST);
        world_destroy(w);
}
END_TEST

/* ---- VMIDs ---------------------------------------------------------------------------------------------------------- */

START_TEST(vmid_is_free_after_destroy_only)
{
        struct world *w = world_create();
        uint64_t page = world_page(w);
        uint64_t rd[2] = { world_delegated(w), world_delegated(w) };
        uint64_t root[2] = { world_delegated(w), world_delegated(w) };

        realm_params_at(w, page, root[0], 7);
        expect_success(w, rmi_realm_create, .rd = rd[0], .params_ptr = page);
        realm_params_at(w, page, root[1], 7);
        expect_refusal(w, ERROR_INPUT, "vmid_valid", rmi_realm_create, .rd = rd[1], .params_ptr = page);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found, 7);
        expect_success(w, rmi_realm_activate, .rd = rd[0]);
        expect_refusal(w, ERROR_INPUT, "vmid_valid", rmi_realm_create, .rd = rd[1], .params_ptr = page);
        expect_success(w, rmi_realm_destroy, .rd = rd[0]);
        expect_success(w, rmi_realm_create, .rd = rd[1], .params_ptr = page);
        /* The neighbours of a VMID are others. */
        realm_params_at(w, page, root[0], 6);
        expect_success(w, rmi_realm_create, .rd = rd[0], .params_ptr = page);
        world_destroy(w);
}
END_TEST

/* ---- RMI_REC_AUX_COUNT ---------------------------------------------------------------------------------------------- */

static const struct {
        uint8_t configured;
        uint64_t count;
} aux_counts[] = { { 0, 16 }, { 1, 1 }, { 2, 2 }, { 15, 15 }, { 16, 16 }, { RMMSIM_NONE, 0 } };

START_TEST(aux_count_is_as_configured)
{
        struct world *w = world_create_with(
                &(struct rmmsim_config){ .features = { .rec_aux_count = aux_counts[_i].configured } });
        struct realm_world realm;
        struct rmmsim_regs regs;

        realm_new(&realm, w, NULL);
        for (unsigned round = 0; round < 2; round++) {
                regs = call_regs(w, rmi_rec_aux_count, .rd = realm.rd);
                expect_x0(w, 0, regs.x[0]);
                ck_assert_uint_eq(regs.x[1], aux_counts[_i].count);
                for (unsigned i = 2; i < 18; i++) {
                        ck_assert_uint_eq(regs.x[i], 0);
                }
                if (round == 0) {
                        expect_success(w, rmi_realm_activate, .rd = realm.rd);
                }
        }
        world_destroy(w);
}
END_TEST

START_TEST(aux_count_of_a_realm_that_is_off)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_off(&realm, w);
        ck_assert_uint_eq(call_regs(w, rmi_rec_aux_count, .rd = realm.rd).x[1], 16);
        world_destroy(w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("realm");
        TCase *states = tcase_create("states");
        TCase *destroy = tcase_create("destroy");
        TCase *aux = tcase_create("aux_count");

        tcase_add_loop_test(states, other_granules_are_no_rd, 0, ARRAY_SIZE(any_rds));
        tcase_add_test(states, former_rd_has_no_realm);
        tcase_add_test(states, activate_moves_the_state_only);
        tcase_add_test(states, activate_refuses_a_realm_that_is_off);
        suite_add_tcase(suite, states);
        tcase_add_test(destroy, destroy_gives_everything_back);
        tcase_add_test(destroy, destroy_wipes_roots_across_regions);
        tcase_add_test(destroy, destroy_refuses_a_realm_with_a_rec);
        tcase_add_test(destroy, destroy_refuses_a_realm_with_a_table);
        tcase_add_test(destroy, destroy_refuses_a_realm_with_a_block);
        tcase_add_test(destroy, destroy_ignores_host_memory);
        tcase_add_test(destroy, destroy_takes_every_state);
        tcase_add_test(destroy, destroy_forgets_guests);
        tcase_add_test(destroy, vmid_is_free_after_destroy_only);
        suite_add_tcase(suite, destroy);
        tcase_add_loop_test(aux, aux_count_is_as_configured, 0, ARRAY_SIZE(aux_counts));
        tcase_add_test(aux, aux_count_of_a_realm_that_is_off);
        suite_add_tcase(suite, aux);
        return run_suite(suite);
}
