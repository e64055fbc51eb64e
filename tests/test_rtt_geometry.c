/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_geometry.c - starting levels, concatenated root tables, and which entry of which table an IPA selects.
 *
 * Specification: RTT sheet sections 1.1 to 1.4, lifecycle sheet section 8.2.
 */
#include "rtt.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The table of section 8.2: number of root tables by width; 0 means that the starting level is not for that width. */
static unsigned roots_expected(int level, unsigned width, bool lpa2)
{
        switch (level) {
        case -1:
                return lpa2 && width >= 49 && width <= 52;
        case 0:
                if (width >= 40 && width <= 48) {
                        return 1;
                }
                return lpa2 && width == 49   ? 2
                       : lpa2 && width == 50 ? 4
                       : lpa2 && width == 51 ? 8
                       : lpa2 && width == 52 ? 16
                                             : 0;
        case 1:
                return width >= 32 && width <= 39 ? 1
                       : width == 40              ? 2
                       : width == 41              ? 4
                       : width == 42              ? 8
                       : width == 43              ? 16
                                                  : 0;
        case 2:
                return width == 32 ? 4 : width == 33 ? 8 : width == 34 ? 16 : 0;
        default:
                return 0;
        }
}

/* Every combination of level -2..4, width 30..54, count 0..17 and LPA2, for six platforms. */
START_TEST(every_combination)
{
        static const unsigned pa_widths[] = { 36, 40, 42, 44, 48, 52 };

        for (unsigned i = 0; i < ARRAY_SIZE(pa_widths); i++) {
                struct profile profile = { .pa_bits = pa_widths[i], .ipa_width_min = 32 };

                for (int level = -2; level <= 4; level++) {
                        for (unsigned width = 30; width <= 54; width++) {
                                for (unsigned count = 0; count <= 17; count++) {
                                        for (int lpa2 = 0; lpa2 < 2; lpa2++) {
                                                unsigned roots = roots_expected(level, width, lpa2);
                                                bool valid = roots != 0 && count == roots;

                                                if (level == 0 && pa_widths[i] < 44) {
                                                        valid = false;
                                                }
                                                ck_assert_msg(rtt_geometry_valid(&profile, width, level, count, lpa2) ==
                                                                      valid,
                                                              "level %d, width %u, count %u, lpa2 %d", level, width,
                                                              count, lpa2);
                                        }
                                }
                        }
                }
        }
}
END_TEST

/* The host's numbers have 64 bits, and all of them count. */
START_TEST(numbers_that_wrap)
{
        struct profile profile = { .pa_bits = 48, .ipa_width_min = 32 };

        ck_assert(rtt_geometry_valid(&profile, 40, 0, 1, false));
        ck_assert(!rtt_geometry_valid(&profile, 40, INT64_C(1) << 32, 1, false));
        ck_assert(!rtt_geometry_valid(&profile, 40, INT64_C(0x100), 1, false));
        ck_assert(!rtt_geometry_valid(&profile, 40, INT64_MIN, 1, false));
        ck_assert(!rtt_geometry_valid(&profile, 40, INT64_MAX, 1, false));
        ck_assert(!rtt_geometry_valid(&profile, 40, 0, (UINT64_C(1) << 32) + 1, false));
        ck_assert(!rtt_geometry_valid(&profile, 40, 1, UINT64_MAX, false));
        ck_assert(!rtt_geometry_valid(&profile, 0, 0, 1, true));
        ck_assert(!rtt_geometry_valid(&profile, 255, 0, 1, true));
}
END_TEST

START_TEST(narrowest_space_is_the_profile_s)
{
        struct profile profile = { .pa_bits = 48, .ipa_width_min = 36 };

        ck_assert(!rtt_geometry_valid(&profile, 35, 1, 1, false));
        ck_assert(rtt_geometry_valid(&profile, 36, 1, 1, false));
}
END_TEST

START_TEST(sizes_of_entries)
{
        ck_assert_uint_eq(rtt_entry_size(-1), UINT64_C(1) << 48);
        ck_assert_uint_eq(rtt_entry_size(0), UINT64_C(512) << 30);
        ck_assert_uint_eq(rtt_entry_size(1), UINT64_C(1) << 30);
        ck_assert_uint_eq(rtt_entry_size(2), UINT64_C(2) << 20);
        ck_assert_uint_eq(rtt_entry_size(3), 4096);
        for (int level = 0; level <= 3; level++) {
                ck_assert_uint_eq(rtt_table_size(level), rtt_entry_size(level - 1));
        }
        ck_assert_uint_eq(rtt_table_size(-1), UINT64_C(1) << 57);
}
END_TEST

/* ---- a Realm in nothing but memory -------------------------------------------------------------------------------- */

static struct rmm rmm;
static struct realm realm;

static const uint64_t BASE = 0x80000000;

static void setup(void)
{
        struct rmmsim_region region = { .base = BASE, .size = 64 * GRANULE_SIZE, .kind = RMMSIM_REGION_DRAM };
        struct rmmsim_config config = { .regions = &region, .num_regions = 1 };

        memset(&rmm, 0, sizeof(rmm));
        ck_assert_ptr_null(memory_init(&rmm.memory, &(enum rmmsim_error_code){ RMMSIM_OK }, &config));
}

static void teardown(void)
{
        memory_destroy(&rmm.memory);
}

static void make_realm(unsigned width, int level, unsigned roots, bool lpa2)
{
        realm = (struct realm){ .ipa_width = (uint8_t)width,
                                .rtt_level_start = (int8_t)level,
                                .rtt_num_start = roots,
                                .rtt_base = BASE,
                                .lpa2 = lpa2 };
        for (unsigned i = 0; i < roots; i++) {
                rtt_init_root(&realm, i, memory_realm_page(&rmm.memory, BASE + i * GRANULE_SIZE));
        }
}

/* The worked examples of sections 1.3 and 8.2. */
static const struct {
        unsigned width;
        int level;
        unsigned roots;
        bool lpa2;
        uint64_t ipa;
        unsigned root;
        unsigned entry;
} lookups[] = {
        { 40, 0, 1, false, UINT64_C(0x8000000000), 0, 1 },
        { 40, 1, 2, false, UINT64_C(0x8140000000), 1, 5 },
        { 34, 2, 16, false, UINT64_C(0x3FFE00000), 15, 511 },
        { 39, 1, 1, false, UINT64_C(0x4000000000), 0, 256 },
        { 52, -1, 1, true, UINT64_C(1) << 51, 0, 8 },
        { 52, 0, 16, true, (UINT64_C(1) << 52) - (UINT64_C(1) << 39), 15, 511 },
        { 52, 0, 16, true, UINT64_C(5) << 48, 5, 0 },
};

START_TEST(root_entry_of_an_ipa)
{
        struct rtt_walk walk;
        uint64_t last = lookups[_i].ipa + (rtt_entry_size(lookups[_i].level) - 1);

        make_realm(lookups[_i].width, lookups[_i].level, lookups[_i].roots, lookups[_i].lpa2);
        for (unsigned i = 0; i < 2; i++) {
                rtt_walk(&rmm, &realm, &walk, i == 0 ? lookups[_i].ipa : last, 3);
                ck_assert_ptr_eq(walk.table, memory_realm_page(&rmm.memory, BASE + lookups[_i].root * GRANULE_SIZE));
                ck_assert_uint_eq(walk.index, lookups[_i].entry);
                ck_assert_int_eq(walk.level, lookups[_i].level);
        }
}
END_TEST

/* Every width that some starting level takes: the first half of the space is Protected, to the entry. */
START_TEST(new_roots_have_two_halves)
{
        for (int level = -1; level <= 2; level++) {
                for (unsigned width = 32; width <= 52; width++) {
                        unsigned roots = roots_expected(level, width, true);
                        uint64_t half = UINT64_C(1) << (width - 1), size = rtt_entry_size(level);
                        struct rtt_walk walk;

                        if (roots == 0) {
                                continue;
                        }
                        make_realm(width, level, roots, true);
                        ck_assert(!rtt_roots_live(&rmm, &realm));
                        rtt_walk(&rmm, &realm, &walk, 0, 3);
                        ck_assert_uint_eq(rtte_state(walk.entry), RMMSIM_RTTE_UNASSIGNED_EMPTY);
                        rtt_walk(&rmm, &realm, &walk, half - size, 3);
                        ck_assert_uint_eq(rtte_state(walk.entry), RMMSIM_RTTE_UNASSIGNED_EMPTY);
                        rtt_walk(&rmm, &realm, &walk, half, 3);
                        ck_assert_uint_eq(rtte_state(walk.entry), RMMSIM_RTTE_UNASSIGNED_NS);
                        rtt_walk(&rmm, &realm, &walk, 2 * half - size, 3);
                        ck_assert_uint_eq(rtte_state(walk.entry), RMMSIM_RTTE_UNASSIGNED_NS);
                }
        }
}
END_TEST

START_TEST(walk_descends_and_stops)
{
        uint64_t *table[4];
        struct rtt_walk walk;
        uint64_t ipa = UINT64_C(0x123456789000);

        make_realm(48, 0, 1, false);
        for (unsigned level = 0; level < 4; level++) {
                table[level] = memory_realm_page(&rmm.memory, BASE + level * GRANULE_SIZE);
        }
        table[0][0x24] = rtte_make(RMMSIM_RTTE_TABLE, 0, BASE + 0x1000, false);
        table[1][0xD1] = rtte_make(RMMSIM_RTTE_TABLE, 1, BASE + 0x2000, false);
        table[2][0xB3] = rtte_make(RMMSIM_RTTE_TABLE, 2, BASE + 0x3000, false);
        table[3][0x189] = rtte_make(RMMSIM_RTTE_ASSIGNED_RAM, 3, 0x5000, false);
        for (int level = 0; level < 4; level++) {
                rtt_walk(&rmm, &realm, &walk, ipa, level);
                ck_assert_int_eq(walk.level, level);
                ck_assert_ptr_eq(walk.table, table[level]);
                ck_assert_uint_eq(walk.entry, walk.table[walk.index]);
        }
        ck_assert_uint_eq(walk.index, 0x189);
        /* Blocked one level short. */
        rtt_walk(&rmm, &realm, &walk, ipa + 0x200000, 3);
        ck_assert_int_eq(walk.level, 2);
        ck_assert_uint_eq(walk.index, 0xB4);
}
END_TEST

/* Any A or T entry in any root makes a Realm live; A_NS does not. */
START_TEST(live_roots)
{
        for (unsigned state = 0; state <= RMMSIM_RTTE_TABLE; state++) {
                bool live = state == RMMSIM_RTTE_TABLE ||
                            (state >= RMMSIM_RTTE_ASSIGNED_EMPTY && state <= RMMSIM_RTTE_ASSIGNED_DESTROYED);
                uint64_t top = UINT64_C(1) << 41;
                struct pe pe = { .rmm = &rmm };
                struct rtt_walk walk;

                make_realm(41, 1, 4, false);
                rtt_walk(&rmm, &realm, &walk, top - 1, 1);
                rtt_set(&pe, &realm, &walk, walk.index, top - 1,
                        state == RMMSIM_RTTE_ASSIGNED_NS ? rtte_make_ns(0xD8, 1, false)
                                                         : rtte_make(state, 1, 0x40000000, false));
                ck_assert_int_eq(rtt_roots_live(&rmm, &realm), live);
                rtt_set(&pe, &realm, &walk, walk.index, top - 1, rtte_make(RMMSIM_RTTE_UNASSIGNED_NS, 1, 0, false));
                ck_assert(!rtt_roots_live(&rmm, &realm));
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_geometry");
        TCase *numbers = tcase_create("numbers");
        TCase *tables = tcase_create("tables");
        SRunner *runner;
        int failed;

        tcase_add_test(numbers, every_combination);
        tcase_add_test(numbers, numbers_that_wrap);
        tcase_add_test(numbers, narrowest_space_is_the_profile_s);
        tcase_add_test(numbers, sizes_of_entries);
        suite_add_tcase(suite, numbers);
        tcase_add_checked_fixture(tables, setup, teardown);
        tcase_add_loop_test(tables, root_entry_of_an_ipa, 0, (int)ARRAY_SIZE(lookups));
        tcase_add_test(tables, new_roots_have_two_halves);
        tcase_add_test(tables, walk_descends_and_stops);
        tcase_add_test(tables, live_roots);
        suite_add_tcase(suite, tables);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
