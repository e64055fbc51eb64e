/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_state_hash.c - the number of a state: the same for the same state, another one for another, whatever the path to it.
 */
#include "memory.h"
#include "rec.h"
#include "sim.h"
#include "world.h"
#include <rmmsim/guest.h>
#include <rmmsim/snapshot.h>
#include <string.h>

static void one_wfi(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)result;
        (*(unsigned *)arg)++;
        next->kind = RMMSIM_TRAP_WFI;
}

/* The same state, with bindings made and Granules delegated in one order or the other. */
static struct world *build(bool other_way)
{
        static const struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = MIB2 };
        struct world *world = world_create_with(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 });
        struct realm_world realm;
        uint64_t spare[20];
        static unsigned steps[2];

        realm_new(&realm, world, NULL);
        realm_ram(&realm, 0, MIB2);
        realm_data(&realm, REALM_PC, 1);
        for (unsigned i = 0; i < 3; i++) {
                realm_rec(&realm, i == 0, REALM_PC);
        }
        for (unsigned i = 0; i < 4; i++) {
                uint64_t ipa = 0x1000 + (other_way ? 3 - i : i) * 4;

                ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm.rd, ipa, one_wfi, &steps[other_way]), 0);
        }
        realm_activate(&realm);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        for (unsigned i = 0; i < 20; i++) {
                spare[i] = world_page(world);
        }
        for (unsigned i = 0; i < 20; i++) {
                expect_success(world, rmi_granule_delegate, .addr = spare[other_way ? 19 - i : i]);
        }
        (void)call(world, rmi_granule_delegate, .addr = other_way);
        return world;
}

/* The path by which a state was reached does not count. */
START_TEST(test_equal_states)
{
        struct world *one = build(false);
        struct world *other = build(true);
        uint64_t hash = rmmsim_state_hash(one->sim);
        uint64_t pa = world_page(one);

        ck_assert_uint_eq(rmmsim_state_hash(other->sim), hash);
        expect_success(one, rmi_granule_delegate, .addr = pa);
        ck_assert_uint_ne(rmmsim_state_hash(one->sim), hash);
        expect_success(one, rmi_granule_undelegate, .addr = pa);
        ck_assert_uint_eq(rmmsim_state_hash(one->sim), hash);
        memset(world_at(one, pa), 8, PAGE);
        ck_assert_uint_eq(rmmsim_state_hash(one->sim), hash);
        world_destroy(one);
        world_destroy(other);
}
END_TEST

/* Each bit of the contents of each kind of page counts, but for those that are left out on purpose. */
START_TEST(test_every_bit_counts)
{
        static const size_t left_out_of_rec[][2] = {
                { offsetof(struct rec, next), 16 },
                { offsetof(struct rec, guest.binding), 4 },
                { offsetof(struct rec, guest.slot), 4 },
                { offsetof(struct rec, guest.trap.buffer), 8 },
                { offsetof(struct rec, refusal), sizeof(struct refusal_record) },
                { offsetof(struct rec, gic.lrs_in_use), sizeof(bool) },
                { offsetof(struct rec, left_for), sizeof(uint8_t) },
                { offsetof(struct rec, pe), sizeof(uint16_t) },
        };
        struct world *world = build(false);
        const struct memory *memory = &world->sim->rmm.memory;
        uint64_t hash = rmmsim_state_hash(world->sim);
        uint64_t pa = 0;
        unsigned kinds = 0;

        for (; memory_next_delegated(memory, &pa, pa); pa += PAGE) {
                unsigned state = granule_state(memory_granule(memory, pa));
                uint8_t *page = memory_realm_page(memory, pa);

                if (state == RMMSIM_GRANULE_DELEGATED || state == RMMSIM_GRANULE_REC_AUX ||
                    (kinds & 1u << state) != 0) {
                        continue;
                }
                kinds |= 1u << state;
                for (size_t i = 0; i < PAGE; i++) {
                        bool counts = state != RMMSIM_GRANULE_RD || i / 8 != offsetof(struct realm, first_rec) / 8;

                        for (unsigned j = 0;
                             j < sizeof(left_out_of_rec) / sizeof(left_out_of_rec[0]) && state == RMMSIM_GRANULE_REC;
                             j++) {
                                counts = counts && i - left_out_of_rec[j][0] >= left_out_of_rec[j][1];
                        }
                        /* What is no binding at all is not looked up. */
                        if (!counts && i - offsetof(struct rec, guest.binding) < 4) {
                                continue;
                        }
                        page[i] ^= (uint8_t)(1u << i % 8);
                        ck_assert_msg((rmmsim_state_hash(world->sim) != hash) == counts, "byte 0x%zx of a %s", i,
                                      rmmsim_state_name(RMMSIM_OBJECT_GRANULE, state));
                        page[i] ^= (uint8_t)(1u << i % 8);
                }
        }
        ck_assert_uint_eq(kinds, 1u << RMMSIM_GRANULE_RD | 1u << RMMSIM_GRANULE_REC | 1u << RMMSIM_GRANULE_RTT |
                                         1u << RMMSIM_GRANULE_DATA);
        world_destroy(world);
}
END_TEST

/* What is not in pages counts, too: each of these states is another one. */
START_TEST(test_every_state_has_its_number)
{
        enum {
                NUM_STATES = 11
        };
        struct world *world = world_create();
        struct rmmsim *sim = world->sim;
        const uint64_t far = WORLD_DRAM_BASE + 8 * MIB2; /* where nothing was ever delegated */
        uint64_t hashes[NUM_STATES];
        struct rec *rec = NULL;
        struct realm_world realm;
        unsigned steps = 0;
        unsigned n = 0;

        realm_running(&realm, world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step(sim, realm.rd, REALM_PC + 4, one_wfi, &steps), 0);
        ck_assert_int_eq(rmmsim_guest_bind_step(sim, realm.rd, REALM_PC, one_wfi, &steps), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_gpt_set(sim, far, PAGE, RMMSIM_GPT_GPT_ROOT), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_gpt_set(sim, far, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_gpt_set(sim, far, PAGE, RMMSIM_GPT_GPT_NS), 0);
        ck_assert_uint_eq(rmmsim_state_hash(sim), hashes[0]);
        ck_assert_int_eq(rmmsim_gpt_set(sim, far + PAGE, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_irq_raise(sim, 1), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_fiq_raise(sim, 1), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_fiq_raise(sim, 2), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_serror_raise(sim, 3, 0), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_serror_raise(sim, 3, 5), 0);
        hashes[n++] = rmmsim_state_hash(sim);
        vmid_set_used(&sim->rmm.vmids, 99, true);
        hashes[n++] = rmmsim_state_hash(sim);
        vmid_set_used(&sim->rmm.vmids, 99, false);
        ck_assert_uint_eq(rmmsim_state_hash(sim), hashes[n - 2]);
        rec = memory_realm_page(&sim->rmm.memory, realm.recs[0]);
        ck_assert_uint_eq(rec->guest.binding, 2);
        rec->guest.binding = 1;
        hashes[n++] = rmmsim_state_hash(sim);
        rec->guest.binding = 2;
        ck_assert_uint_eq(n, NUM_STATES);
        for (unsigned i = 0; i < n; i++) {
                for (unsigned j = 0; j < i; j++) {
                        ck_assert_msg(hashes[i] != hashes[j], "states %u and %u", i, j);
                }
        }
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("state_hash");
        TCase *tcase = tcase_create("state_hash");

        tcase_add_test(tcase, test_equal_states);
        tcase_add_test(tcase, test_every_bit_counts);
        tcase_add_test(tcase, test_every_state_has_its_number);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
