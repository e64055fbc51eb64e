/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inspect_rtt.c - translation tables from the outside: walks and trees of tables that the test built entry by entry.
 *
 * Descriptors are those of the RTT sheet, sections 2.1 and 3.7.1: 0x7db is a page that is Normal Write-Back, readable and writable,
 * inner shareable, accessed.
 */
#include "world.h"
#include <rmmsim/inspect.h>
#include <string.h>

#define STATE(n) (UINT64_C(n) << 56)

/* A Realm of the common shape, with tables whose addresses are known. */
struct tree {
        struct world *world;
        struct realm_world realm;
        uint64_t tables[2][4]; /* of the Protected half and of the other, by level; the root is at level 0 */
        uint64_t data;
        uint64_t shared;
        uint64_t half;
};

static void plant_tables(struct tree *tree, unsigned half, uint64_t ipa)
{
        tree->tables[half][0] = tree->realm.rtt_base;
        for (uint64_t level = 1; level <= 3; level++) {
                tree->tables[half][level] = world_delegated(tree->world);
                expect_success(tree->world, rmi_rtt_create, .rd = tree->realm.rd, .rtt = tree->tables[half][level],
                               .ipa = ipa, .level = level);
        }
}

static void plant(struct tree *tree)
{
        tree->world = world_create();
        realm_new(&tree->realm, tree->world, NULL);
        tree->half = UINT64_C(1) << 39;
        plant_tables(tree, 0, 0);
        plant_tables(tree, 1, tree->half);
        tree->data = realm_data(&tree->realm, 0x3000, 1);
        realm_ram(&tree->realm, 0x5000, 0x9000);
        tree->shared = world_page(tree->world);
        expect_success(tree->world, rmi_rtt_map_unprotected, .rd = tree->realm.rd, .ipa = tree->half + 0x7000,
                       .level = 3, .desc = tree->shared | 0x40 | 5 << 2); /* read-only, Normal Non-cacheable */
}

static void expect_table(const struct rmmsim_rtt_entry *entry, uint64_t table, uint64_t child, int level, uint64_t ipa)
{
        ck_assert_uint_eq(entry->ipa, ipa);
        ck_assert_uint_eq(entry->size, UINT64_C(1) << (39 - 9 * level));
        ck_assert_uint_eq(entry->table, table);
        ck_assert_uint_eq(entry->count, 1);
        ck_assert_int_eq(entry->level, level);
        ck_assert_uint_eq(entry->descriptor, child | 3);
        ck_assert_uint_eq(entry->state, RMMSIM_RTTE_TABLE);
        ck_assert_uint_eq(entry->hipas, RMMSIM_RTT_TABLE);
        ck_assert_uint_eq(entry->ripas, RMMSIM_RIPAS_EMPTY);
        ck_assert_uint_eq(entry->pa, child);
        ck_assert(!entry->readable && !entry->writable && !entry->executable && !entry->non_secure);
}

START_TEST(test_walk_to_data)
{
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        struct tree tree;

        plant(&tree);
        memset(steps, 0xee, sizeof(steps));
        ck_assert_int_eq(rmmsim_rtt_walk(tree.world->sim, steps, tree.realm.rd, 0x3abc, 3), 4);
        for (int level = 0; level < 3; level++) {
                expect_table(&steps[level], tree.tables[0][level], tree.tables[0][level + 1], level, 0);
                ck_assert_uint_eq(steps[level].index, 0);
                ck_assert(steps[level].is_protected);
        }
        ck_assert_uint_eq(steps[0].num_live, 1);
        ck_assert_uint_eq(steps[3].ipa, 0x3000);
        ck_assert_uint_eq(steps[3].size, 0x1000);
        ck_assert_uint_eq(steps[3].table, tree.tables[0][3]);
        ck_assert_uint_eq(steps[3].index, 3);
        ck_assert_uint_eq(steps[3].count, 1);
        ck_assert_int_eq(steps[3].level, 3);
        ck_assert_uint_eq(steps[3].descriptor, STATE(4) | tree.data | 0x7db);
        ck_assert_uint_eq(steps[3].state, RMMSIM_RTTE_ASSIGNED_RAM);
        ck_assert_uint_eq(steps[3].hipas, RMMSIM_RTT_ASSIGNED);
        ck_assert_uint_eq(steps[3].ripas, RMMSIM_RIPAS_RAM);
        ck_assert(steps[3].is_protected);
        ck_assert_uint_eq(steps[3].pa, tree.data);
        ck_assert(steps[3].readable && steps[3].writable && steps[3].executable && !steps[3].non_secure);
        ck_assert_uint_eq(steps[3].mem_attr, 6);
        ck_assert_uint_eq(steps[3].shareability, 3);
        ck_assert_uint_eq(steps[3].num_live, 0);
        world_destroy(tree.world);
}
END_TEST

START_TEST(test_walk_to_shared)
{
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        struct tree tree;

        plant(&tree);
        ck_assert_int_eq(rmmsim_rtt_walk(tree.world->sim, steps, tree.realm.rd, tree.half + 0x7000, 3), 4);
        ck_assert_uint_eq(steps[0].index, 1);
        expect_table(&steps[0], tree.realm.rtt_base, tree.tables[1][1], 0, tree.half);
        ck_assert_uint_eq(steps[2].num_live, 1);
        ck_assert_uint_eq(steps[3].index, 7);
        /* NS and XN are the RMM's; outer shareable, as it is not cacheable. */
        ck_assert_uint_eq(steps[3].descriptor, STATE(7) | UINT64_C(3) << 54 | tree.shared | 0x643 | 5 << 2);
        ck_assert_uint_eq(steps[3].state, RMMSIM_RTTE_ASSIGNED_NS);
        ck_assert_uint_eq(steps[3].hipas, RMMSIM_RTT_ASSIGNED);
        ck_assert_uint_eq(steps[3].ripas, RMMSIM_RIPAS_EMPTY);
        ck_assert(!steps[3].is_protected);
        ck_assert_uint_eq(steps[3].pa, tree.shared);
        ck_assert(steps[3].readable && !steps[3].writable && !steps[3].executable && steps[3].non_secure);
        ck_assert_uint_eq(steps[3].mem_attr, 5);
        ck_assert_uint_eq(steps[3].shareability, 2);
        world_destroy(tree.world);
}
END_TEST

START_TEST(test_walk_ends)
{
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        struct tree tree;
        struct rmmsim *sim;
        uint64_t rd;

        plant(&tree);
        sim = tree.world->sim;
        rd = tree.realm.rd;
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, 0x3000, 1), 2);
        ck_assert_int_eq(steps[1].level, 1);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, 0x3000, 0), 1);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, 0x200000, 3), 3);
        ck_assert_uint_eq(steps[2].state, RMMSIM_RTTE_UNASSIGNED_EMPTY);
        ck_assert_uint_eq(steps[2].ipa, 0x200000);
        ck_assert_uint_eq(steps[2].size, 0x200000);
        ck_assert_uint_eq(steps[2].descriptor | steps[2].pa, 0);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, 0x8fff, 3), 4);
        ck_assert_uint_eq(steps[3].descriptor, STATE(1));
        ck_assert_uint_eq(steps[3].ripas, RMMSIM_RIPAS_RAM);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, (UINT64_C(1) << 40) - 1, 3), 2);
        ck_assert_uint_eq(steps[1].index, 511);
        ck_assert_uint_eq(steps[1].state, RMMSIM_RTTE_UNASSIGNED_NS);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, UINT64_C(1) << 40, 3), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, UINT64_MAX, 3), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, 0, -1), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_rtt_walk(sim, steps, rd, 0, 4), RMMSIM_ERROR_CONFIG);
        world_destroy(tree.world);
}
END_TEST

/* Five levels, and an output address beyond 48 bits. */
START_TEST(test_walk_with_lpa2)
{
        const struct rmmsim_region regions[] = { { .base = WORLD_DRAM_BASE, .size = MIB2 },
                                                 { .base = UINT64_C(0xC000000000000), .size = PAGE } };
        struct world *world = world_create_with(&(struct rmmsim_config){
                .regions = regions, .num_regions = 2, .features = { .lpa2 = true, .s2sz = 52 } });
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        struct realm_world realm;
        uint64_t ipa = UINT64_C(3) << 48;

        realm_new(&realm, world,
                  &(struct realm_shape){
                          .s2sz = 52, .flags = RMMSIM_REALM_FLAG_LPA2, .level_start = -1, .level_start_set = true });
        realm_map_tables(&realm, ipa, 3);
        expect_success(world, rmi_granule_delegate, .addr = regions[1].base);
        expect_success(world, rmi_data_create_unknown, .rd = realm.rd, .data = regions[1].base, .ipa = ipa);
        ck_assert_int_eq(rmmsim_rtt_walk(world->sim, steps, realm.rd, ipa, 3), 5);
        ck_assert_int_eq(steps[0].level, -1);
        ck_assert_uint_eq(steps[0].index, 3);
        ck_assert_uint_eq(steps[0].size, UINT64_C(1) << 48);
        ck_assert_uint_eq(steps[4].state, RMMSIM_RTTE_ASSIGNED_EMPTY);
        ck_assert_uint_eq(steps[4].pa, regions[1].base);
        ck_assert_uint_eq(steps[4].descriptor, STATE(3) | 3 << 8); /* address bits 51:50 */
        ck_assert_uint_eq(steps[4].shareability, 0);
        ck_assert_int_eq(rmmsim_rtt_walk(world->sim, steps, realm.rd, ipa, -1), 1);
        world_destroy(world);
}
END_TEST

struct run {
        uint64_t ipa;
        int level;
        enum rmmsim_state state;
        unsigned index;
        unsigned count;
};

static void expect_runs(const struct rmmsim *sim, uint64_t rd, const struct run *runs, unsigned num)
{
        struct rmmsim_rtt_entry entry = { .size = 0 };

        for (unsigned i = 0; i < num; i++) {
                ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 1);
                ck_assert_uint_eq(entry.ipa, runs[i].ipa);
                ck_assert_int_eq(entry.level, runs[i].level);
                ck_assert_uint_eq(entry.state, runs[i].state);
                ck_assert_uint_eq(entry.index, runs[i].index);
                ck_assert_uint_eq(entry.count, runs[i].count);
                ck_assert_uint_eq(entry.size, (uint64_t)runs[i].count << (39 - 9 * entry.level));
        }
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 0);
        ck_assert_uint_eq(entry.ipa, runs[num - 1].ipa);
}

START_TEST(test_tree)
{
        const uint64_t half = UINT64_C(1) << 39;
        const struct run runs[] = {
                { 0, 0, RMMSIM_RTTE_TABLE, 0, 1 },
                { 0, 1, RMMSIM_RTTE_TABLE, 0, 1 },
                { 0, 2, RMMSIM_RTTE_TABLE, 0, 1 },
                { 0, 3, RMMSIM_RTTE_UNASSIGNED_EMPTY, 0, 3 },
                { 0x3000, 3, RMMSIM_RTTE_ASSIGNED_RAM, 3, 1 },
                { 0x4000, 3, RMMSIM_RTTE_UNASSIGNED_EMPTY, 4, 1 },
                { 0x5000, 3, RMMSIM_RTTE_UNASSIGNED_RAM, 5, 4 },
                { 0x9000, 3, RMMSIM_RTTE_UNASSIGNED_EMPTY, 9, 503 },
                { 0x200000, 2, RMMSIM_RTTE_UNASSIGNED_EMPTY, 1, 511 },
                { 0x40000000, 1, RMMSIM_RTTE_UNASSIGNED_EMPTY, 1, 511 },
                { half, 0, RMMSIM_RTTE_TABLE, 1, 1 },
                { half, 1, RMMSIM_RTTE_TABLE, 0, 1 },
                { half, 2, RMMSIM_RTTE_TABLE, 0, 1 },
                { half, 3, RMMSIM_RTTE_UNASSIGNED_NS, 0, 7 },
                { half + 0x7000, 3, RMMSIM_RTTE_ASSIGNED_NS, 7, 1 },
                { half + 0x8000, 3, RMMSIM_RTTE_UNASSIGNED_NS, 8, 504 },
                { half + 0x200000, 2, RMMSIM_RTTE_UNASSIGNED_NS, 1, 511 },
                { half + 0x40000000, 1, RMMSIM_RTTE_UNASSIGNED_NS, 1, 511 },
        };
        struct tree tree;

        plant(&tree);
        expect_runs(tree.world->sim, tree.realm.rd, runs, sizeof(runs) / sizeof(runs[0]));
        world_destroy(tree.world);
}
END_TEST

/* A root table has entries past the IPA space, which describe nothing; and several root tables are one tree. */
START_TEST(test_tree_of_roots)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        struct rmmsim_rtt_entry entry = { .size = 0 };
        uint64_t end = 0;

        realm_new(&realm, world, &(struct realm_shape){ .s2sz = 33, .level_start = 1 });
        expect_runs(world->sim, realm.rd,
                    (const struct run[]){ { 0, 1, RMMSIM_RTTE_UNASSIGNED_EMPTY, 0, 4 },
                                          { UINT64_C(4) << 30, 1, RMMSIM_RTTE_UNASSIGNED_NS, 4, 4 } },
                    2);
        realm_new(&realm, world, &(struct realm_shape){ .s2sz = 32, .level_start = 2, .num_start = 4 });
        for (unsigned root = 0; root < 4; root++) {
                ck_assert_int_eq(rmmsim_rtt_next(world->sim, &entry, realm.rd), 1);
                ck_assert_uint_eq(entry.ipa, end);
                ck_assert_uint_eq(entry.table, realm.rtt_base + root * PAGE);
                ck_assert_uint_eq(entry.count, 512);
                ck_assert_uint_eq(entry.is_protected, root < 2);
                end = entry.ipa + entry.size;
        }
        ck_assert_int_eq(rmmsim_rtt_next(world->sim, &entry, realm.rd), 0);
        ck_assert_int_eq(rmmsim_rtt_walk(world->sim, steps, realm.rd, UINT64_C(2) << 30, 2), 1);
        ck_assert_uint_eq(steps[0].table, realm.rtt_base + 2 * PAGE);
        world_destroy(world);
}
END_TEST

/* Between two calls the tables change: below, beside and above the place. */
START_TEST(test_tree_that_changes)
{
        struct tree tree;
        struct rmmsim_rtt_entry entry = { .size = 0 };
        struct rmmsim *sim;
        uint64_t rd;

        plant(&tree);
        sim = tree.world->sim;
        rd = tree.realm.rd;
        for (unsigned i = 0; i < 5; i++) {
                ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 1);
        }
        ck_assert_uint_eq(entry.ipa, 0x3000);
        (void)realm_data(&tree.realm, 0x4000, 2);
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 1);
        ck_assert_uint_eq(entry.ipa, 0x4000);
        ck_assert_uint_eq(entry.state, RMMSIM_RTTE_ASSIGNED_RAM);
        /* Now the table goes. What is above it describes the rest. */
        expect_success(tree.world, rmi_data_destroy, .rd = rd, .ipa = 0x3000);
        expect_success(tree.world, rmi_data_destroy, .rd = rd, .ipa = 0x4000);
        expect_success(tree.world, rmi_rtt_destroy, .rd = rd, .ipa = 0, .level = 3);
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 1);
        ck_assert_int_eq(entry.level, 2);
        ck_assert_uint_eq(entry.state, RMMSIM_RTTE_UNASSIGNED_DESTROYED);
        ck_assert_uint_eq(entry.ipa, 0);
        ck_assert_uint_eq(entry.size, 0x200000);
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 1);
        ck_assert_uint_eq(entry.ipa, 0x200000);
        /* A place in another Realm's tables, where this one has none. */
        entry = (struct rmmsim_rtt_entry){ .size = PAGE, .level = 7 };
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 0);
        entry = (struct rmmsim_rtt_entry){ .size = PAGE, .level = -1 };
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 0);
        entry = (struct rmmsim_rtt_entry){ .size = PAGE, .level = 3, .state = RMMSIM_RTTE_TABLE };
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 0);
        entry = (struct rmmsim_rtt_entry){ .ipa = UINT64_C(1) << 51, .size = PAGE, .level = 3 };
        ck_assert_int_eq(rmmsim_rtt_next(sim, &entry, rd), 0);
        world_destroy(tree.world);
}
END_TEST

static Suite *suite(void)
{
        Suite *suite = suite_create("inspect_rtt");
        TCase *tcase = tcase_create("all");

        tcase_add_test(tcase, test_walk_to_data);
        tcase_add_test(tcase, test_walk_to_shared);
        tcase_add_test(tcase, test_walk_ends);
        tcase_add_test(tcase, test_walk_with_lpa2);
        tcase_add_test(tcase, test_tree);
        tcase_add_test(tcase, test_tree_of_roots);
        tcase_add_test(tcase, test_tree_that_changes);
        suite_add_tcase(suite, tcase);
        return suite;
}

int main(void)
{
        return run_suite(suite());
}
