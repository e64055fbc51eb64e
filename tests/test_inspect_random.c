/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inspect_random.c - owners and trees in states that nobody planned: against what the commands of a host are told, and against
 * one another.
 */
#include "chaos.h"
#include "rtte.h"
#include "slowness.h"
#include "world.h"
#include <rmmsim/inspect.h>

/* What RMI_RTT_READ_ENTRY says of an address. */
static void expect_as_read(const struct rmmsim *sim, uint64_t rd, const struct rmmsim_rtt_entry *entry, uint64_t ipa,
                           bool lpa2)
{
        struct rmmsim_regs regs = rmmsim_call((struct rmmsim *)(uintptr_t)sim, 0, rmi_rtt_read_entry, .rd = rd,
                                              .ipa = ipa, .level = (uint64_t)(int64_t)entry->level);

        ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_SUCCESS);
        ck_assert_int_eq((int64_t)regs.x[1], entry->level);
        ck_assert_uint_eq(regs.x[2], entry->hipas);
        ck_assert_uint_eq(rtte_address(regs.x[3], lpa2), entry->pa);
        ck_assert_uint_eq(regs.x[4], entry->ripas);
}

/* The entries that are left of each table on the way, and how many of them are live. */
struct open_table {
        uint64_t pa;
        unsigned left;
        unsigned live;
        unsigned live_expected;
};

static unsigned check_tree(const struct rmmsim *sim, uint64_t rd)
{
        struct open_table open[RMMSIM_RTT_STEPS_MAX] = { { .left = 0 } };
        struct rmmsim_rtt_entry entry = { .size = 0 };
        struct rmmsim_rtt_entry last = entry;
        struct rmmsim_realm realm;
        unsigned tables = 0;
        uint64_t at = 0;

        ck_assert_int_eq(rmmsim_realm(sim, &realm, rd), 0);
        for (; rmmsim_rtt_next(sim, &entry, rd) == 1; last = entry) {
                struct open_table *table = &open[entry.level + 1];
                uint64_t one = rtt_entry_size(entry.level);

                ck_assert_uint_eq(entry.ipa, at);
                if (entry.level == realm.rtt_level_start) {
                        ck_assert_uint_eq(entry.table, realm.rtt_base + at / (512 * one) * PAGE);
                } else {
                        ck_assert_uint_eq(entry.table, table->pa);
                        ck_assert_uint_eq(entry.index, 512 - table->left);
                        ck_assert_uint_ge(table->left, entry.count);
                        table->left -= entry.count;
                        table->live += entry.hipas != RMMSIM_RTT_UNASSIGNED;
                        ck_assert(table->left != 0 || table->live == table->live_expected);
                }
                ck_assert_msg(last.table != entry.table || entry.pa != 0 || last.descriptor != entry.descriptor,
                              "two runs that are one, at 0x%llx", (unsigned long long)entry.ipa);
                expect_as_read(sim, rd, &entry, entry.ipa, realm.lpa2);
                expect_as_read(sim, rd, &entry, entry.ipa + entry.size - one, realm.lpa2);
                if (entry.state == RMMSIM_RTTE_TABLE) {
                        tables++;
                        table[1] = (struct open_table){ .pa = entry.pa, .left = 512, .live_expected = entry.num_live };
                } else {
                        at += entry.size;
                }
        }
        ck_assert_uint_eq(at, UINT64_C(1) << realm.ipa_width);
        return tables;
}

/* By way of the tables, or of the REC, one comes back to the Granule. */
static void check_owner(const struct rmmsim *sim, uint64_t pa, const struct rmmsim_owner *owner)
{
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        struct rmmsim_rec rec;
        int count;

        switch (owner->state) {
        case RMMSIM_GRANULE_RD:
                ck_assert_uint_eq(owner->rd, pa);
                break;
        case RMMSIM_GRANULE_REC:
        case RMMSIM_GRANULE_REC_AUX:
                ck_assert_int_eq(rmmsim_rec(sim, &rec, owner->rec), 0);
                ck_assert_uint_eq(rec.rd, owner->rd);
                ck_assert_uint_eq(owner->state == RMMSIM_GRANULE_REC ? owner->rec : rec.aux[owner->index], pa);
                ck_assert(owner->state == RMMSIM_GRANULE_REC_AUX || rec.index == owner->index);
                break;
        default:
                count = rmmsim_rtt_walk(sim, steps, owner->rd, owner->ipa, owner->level);
                ck_assert_int_gt(count, 0);
                ck_assert_int_eq(steps[count - 1].level, owner->level);
                ck_assert_uint_eq(owner->state == RMMSIM_GRANULE_RTT
                                          ? steps[count - 1].table
                                          : steps[count - 1].pa + (owner->ipa - steps[count - 1].ipa),
                                  pa);
                ck_assert(owner->state == RMMSIM_GRANULE_DATA ||
                          owner->ipa == (steps[count - 1].ipa & -(512 * rtt_entry_size(owner->level))));
                break;
        }
}

static void check_owners(const struct rmmsim *sim, unsigned seen[RMMSIM_GRANULE_RTT + 1])
{
        for (uint64_t pa = 0; rmmsim_next_delegated(sim, &pa, pa); pa += PAGE) {
                struct rmmsim_granule granule;
                struct rmmsim_owner owner;

                ck_assert_int_eq(rmmsim_granule(sim, &granule, pa), 0);
                if (granule.state == RMMSIM_GRANULE_DELEGATED) {
                        ck_assert_int_eq(rmmsim_owner(sim, &owner, pa), RMMSIM_ERROR_STATE);
                } else {
                        ck_assert_int_eq(rmmsim_owner(sim, &owner, pa + 123), 0);
                        ck_assert_uint_eq(owner.state, granule.state);
                        check_owner(sim, pa, &owner);
                }
                seen[granule.state]++;
        }
}

START_TEST(test_random)
{
        unsigned seen[RMMSIM_GRANULE_RTT + 1] = { 0 };
        unsigned tables = 0;

        for (uint64_t seed = 1; seed <= 6; seed++) {
                struct chaos *chaos = chaos_create(seed, 1400);

                for (unsigned i = 0; i < rounds(8); i++) {
                        for (unsigned j = 0; j < 150; j++) {
                                chaos_step(chaos);
                        }
                        check_owners(chaos->sim, seen);
                        for (uint64_t rd = 0; rmmsim_next_realm(chaos->sim, &rd, rd); rd += PAGE) {
                                tables += check_tree(chaos->sim, rd);
                        }
                }
                chaos_destroy(chaos);
        }
        for (unsigned state = RMMSIM_GRANULE_DELEGATED; state <= RMMSIM_GRANULE_RTT; state++) {
                ck_assert_msg(seen[state] != 0, "no %s", rmmsim_state_name(RMMSIM_OBJECT_GRANULE, state));
        }
        ck_assert_uint_gt(tables, 0);
}
END_TEST

START_TEST(test_owners_in_a_block)
{
        struct world *world = world_create();
        struct realm_world realm;
        uint64_t block = world_delegated_pages(world, 512, MIB2);
        struct rmmsim_owner owner;

        realm_new(&realm, world, NULL);
        realm_map_tables(&realm, MIB2, 3);
        for (unsigned i = 0; i < 512; i++) {
                expect_success(world, rmi_data_create_unknown, .rd = realm.rd, .data = block + i * PAGE,
                               .ipa = MIB2 + i * PAGE);
        }
        for (unsigned folded = 0; folded < 2; folded++) {
                for (unsigned i = 0; i < 512; i += 73) {
                        ck_assert_int_eq(rmmsim_owner(world->sim, &owner, block + i * PAGE), 0);
                        ck_assert_uint_eq(owner.state, RMMSIM_GRANULE_DATA);
                        ck_assert_uint_eq(owner.rd, realm.rd);
                        ck_assert_uint_eq(owner.ipa, MIB2 + i * PAGE);
                        ck_assert_int_eq(owner.level, 3 - (int)folded);
                        check_owner(world->sim, block + i * PAGE, &owner);
                }
                if (!folded) {
                        expect_success(world, rmi_rtt_fold, .rd = realm.rd, .ipa = MIB2, .level = 3);
                }
        }
        world_destroy(world);
}
END_TEST

static Suite *suite(void)
{
        Suite *suite = suite_create("inspect_random");
        TCase *tcase = tcase_create("all");

        tcase_add_test(tcase, test_random);
        tcase_add_test(tcase, test_owners_in_a_block);
        suite_add_tcase(suite, tcase);
        return suite;
}

int main(void)
{
        return run_suite(suite());
}
