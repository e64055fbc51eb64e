/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_table.c - one table at a time: scans along it, liveness, unfolding a leaf and folding back.
 *
 * Specification: RTT sheet sections 1.5, 2.4, 2.5 and 6.
 */
#include "rtt.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint64_t table[RTT_ENTRIES];
static struct granule granule = { .num_owners = 1 }; /* something is live: look for it */

static struct rtt_walk walk_at(int level, uint64_t ipa)
{
        unsigned index = (unsigned)(ipa >> rtt_entry_shift(level)) % RTT_ENTRIES;

        return (struct rtt_walk){
                .granule = &granule, .table = table, .index = index, .level = level, .entry = table[index]
        };
}

static uint64_t entry_of(unsigned state, int level, uint64_t pa)
{
        return state == RMMSIM_RTTE_ASSIGNED_NS ? rtte_make_ns(rtte_from_address(pa, false) | 0xD8, level, false)
                                                : rtte_make(state, level, pa, false);
}

static void fill(unsigned state, int level)
{
        for (unsigned i = 0; i < RTT_ENTRIES; i++) {
                table[i] = entry_of(state, level, i * rtt_entry_size(level));
        }
}

static bool is_live(unsigned state)
{
        return state == RMMSIM_RTTE_TABLE || state == RMMSIM_RTTE_ASSIGNED_NS ||
               (state >= RMMSIM_RTTE_ASSIGNED_EMPTY && state <= RMMSIM_RTTE_ASSIGNED_DESTROYED);
}

/* A live entry answers with the address asked for; any other with the next live entry, or the end of the table. */
START_TEST(skip_to_the_next_live_entry)
{
        const uint64_t base = UINT64_C(7) << 39;

        for (int level = 1; level <= 3; level++) {
                uint64_t size = rtt_entry_size(level), end = base + 512 * size;

                for (unsigned state = 0; state <= RMMSIM_RTTE_TABLE; state++) {
                        struct rtt_walk walk;

                        if (state == RMMSIM_RTTE_TABLE && level == 3) {
                                continue;
                        }
                        fill(RMMSIM_RTTE_UNASSIGNED_RAM, level);
                        table[100] = entry_of(state, level, 0);
                        walk = walk_at(level, base + 100 * size + 0x800);
                        ck_assert_uint_eq(rtt_skip_non_live(&walk, base + 100 * size + 0x800),
                                          is_live(state) ? base + 100 * size + 0x800 : end);
                        walk = walk_at(level, base + 3 * size);
                        ck_assert_uint_eq(rtt_skip_non_live(&walk, base + 3 * size),
                                          is_live(state) ? base + 100 * size : end);
                        walk = walk_at(level, base + 101 * size);
                        ck_assert_uint_eq(rtt_skip_non_live(&walk, base + 101 * size), end);
                }
        }
}
END_TEST

START_TEST(skip_past_the_last_entry)
{
        struct rtt_walk walk;

        fill(RMMSIM_RTTE_UNASSIGNED_EMPTY, -1);
        walk = walk_at(-1, 0);
        ck_assert_uint_eq(rtt_skip_non_live(&walk, 0), UINT64_C(1) << 57);
        walk = walk_at(-1, UINT64_C(1) << 51);
        ck_assert_uint_eq(rtt_skip_non_live(&walk, UINT64_C(1) << 51), UINT64_C(1) << 57);
        walk = walk_at(0, 0);
        ck_assert_uint_eq(rtt_skip_non_live(&walk, 0), UINT64_C(1) << 48);
}
END_TEST

/* The formula: the first stop, the end of the table or top, rounded down to whole entries. */
START_TEST(skip_along_ripas)
{
        struct rtt_walk walk;

        fill(RMMSIM_RTTE_UNASSIGNED_EMPTY, 2);
        walk = walk_at(2, 0x400000);
        ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x400000, 0x801000, 0), 0x800000);
        ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x400000, 0x401000, 0), 0x400000);
        ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x400000, UINT64_C(1) << 38, 0), 0x40000000);
        ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x401000, 0x5FF000, 0), 0x400000);
        table[6] = entry_of(RMMSIM_RTTE_TABLE, 2, 0x1000);
        ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x400000, 0x40000000, 0), 0xC00000);
        for (unsigned state = 0; state <= RMMSIM_RTTE_ASSIGNED_DESTROYED; state++) {
                bool destroyed = state == RMMSIM_RTTE_UNASSIGNED_DESTROYED || state == RMMSIM_RTTE_ASSIGNED_DESTROYED;

                table[4] = entry_of(state, 2, 0);
                ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x400000, 0x40000000, 0), 0xC00000);
                ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x400000, 0x40000000, RTTE_ALL_DESTROYED),
                                  destroyed ? 0x800000 : 0xC00000);
        }
        table[2] = entry_of(RMMSIM_RTTE_ASSIGNED_DESTROYED, 2, 0);
        ck_assert_uint_eq(rtt_skip_ripas(&walk, 0x400000, 0x40000000, RTTE_ALL_DESTROYED), 0x400000);
}
END_TEST

/* A count for what a table owns and one for what it maps of the host's: by what each state says, up and down again. */
START_TEST(counts_of_a_table)
{
        for (unsigned state = 0; state <= RMMSIM_RTTE_TABLE; state++) {
                bool shared = state == RMMSIM_RTTE_ASSIGNED_NS;
                bool owner = is_live(state) && !shared;
                uint64_t entry = entry_of(state, 2, 0);
                struct granule counted = { .num_owners = 3, .num_shared = 4 };

                rtt_count(&counted, entry, 512);
                ck_assert_uint_eq(counted.num_owners, 3 + (owner ? 512 : 0));
                ck_assert_uint_eq(counted.num_shared, 4 + (shared ? 512 : 0));
                rtt_uncount(&counted, entry);
                ck_assert_uint_eq(counted.num_owners, 3 + (owner ? 511 : 0));
                ck_assert_uint_eq(counted.num_shared, 4 + (shared ? 511 : 0));
        }
}
END_TEST

/* RTT_CREATE then RTT_FOLD restores the entry, whatever leaf it was, with and without LPA2. */
START_TEST(unfold_and_fold)
{
        unsigned state = (unsigned)_i;

        for (int lpa2 = 0; lpa2 < 2; lpa2++) {
                for (int level = 0; level <= 3; level++) {
                        uint64_t pa = UINT64_C(0x123C0000000) | (lpa2 ? UINT64_C(0xC000000000000) : 0);
                        bool assigned = is_live(state);
                        uint64_t leaf, folded = 0;

                        if (assigned && level < 2) {
                                continue;
                        }
                        leaf = state == RMMSIM_RTTE_ASSIGNED_NS
                                       ? rtte_make_ns(rtte_from_address(pa, lpa2) | 0x94, level - 1, lpa2)
                                       : rtte_make(state, level - 1, pa, lpa2);
                        rtt_unfold(table, level, leaf);
                        for (unsigned i = 0; i < RTT_ENTRIES; i++) {
                                ck_assert_uint_eq(rtte_state(table[i]), state);
                                ck_assert(rtte_is_sound(table[i], level, lpa2));
                                if (assigned) {
                                        ck_assert_uint_eq(rtte_address(table[i], lpa2), pa + i * rtt_entry_size(level));
                                }
                        }
                        ck_assert_uint_eq(rtt_fold(&folded, table, level, lpa2), RTT_ENTRIES);
                        ck_assert_uint_eq(folded, leaf);
                }
        }
}
END_TEST

/* Section 2.5: one odd entry, at either end or inside, of every other state. */
START_TEST(one_odd_entry)
{
        static const unsigned places[] = { 0, 1, 255, 511 };
        unsigned state = (unsigned)_i;
        uint64_t leaf;

        for (unsigned odd = 0; odd <= RMMSIM_RTTE_TABLE; odd++) {
                for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
                        fill(state, 2);
                        table[places[i]] = entry_of(odd, 2, places[i] * rtt_entry_size(2));
                        if (odd == state) {
                                ck_assert_uint_eq(rtt_fold(&leaf, table, 2, false), RTT_ENTRIES);
                        } else {
                                ck_assert_uint_ne(rtt_fold(&leaf, table, 2, false), RTT_ENTRIES);
                        }
                }
        }
}
END_TEST

START_TEST(addresses_must_fit)
{
        static const unsigned assigned[] = { RMMSIM_RTTE_ASSIGNED_EMPTY, RMMSIM_RTTE_ASSIGNED_RAM,
                                             RMMSIM_RTTE_ASSIGNED_DESTROYED, RMMSIM_RTTE_ASSIGNED_NS };
        unsigned state = assigned[_i];
        uint64_t leaf, swap;

        for (unsigned i = 0; i < RTT_ENTRIES; i++) {
                table[i] = entry_of(state, 3, 0x40001000 + i * 0x1000);
        }
        ck_assert_uint_eq(rtt_fold(&leaf, table, 3, false), 0);
        for (unsigned i = 0; i < RTT_ENTRIES; i++) {
                table[i] = entry_of(state, 3, 0x40000000 + i * 0x1000);
        }
        ck_assert_uint_eq(rtt_fold(&leaf, table, 3, false), RTT_ENTRIES);
        ck_assert_uint_eq(rtte_state(leaf), state);
        ck_assert_uint_eq(rtte_address(leaf, false), 0x40000000);
        swap = table[7];
        table[7] = table[8];
        table[8] = swap;
        ck_assert_uint_eq(rtt_fold(&leaf, table, 3, false), 7);
        for (unsigned i = 1; i < RTT_ENTRIES; i++) {
                table[i] = table[0];
        }
        ck_assert_uint_eq(rtt_fold(&leaf, table, 3, false), 1);
        /* There are no blocks above level 1: 512 entries that would make one are not homogeneous. */
        for (unsigned i = 0; i < RTT_ENTRIES; i++) {
                table[i] = entry_of(state, 1, i * rtt_entry_size(1));
        }
        ck_assert_uint_eq(rtt_fold(&leaf, table, 1, false), 0);
}
END_TEST

START_TEST(attributes_must_agree)
{
        uint64_t leaf;

        for (unsigned bit = 2; bit < 8; bit++) {
                if (bit == 4 || bit == 5) {
                        continue;
                }
                fill(RMMSIM_RTTE_ASSIGNED_NS, 3);
                table[300] ^= UINT64_C(1) << bit;
                ck_assert_uint_eq(rtt_fold(&leaf, table, 3, false), 300);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_table");
        TCase *tcase = tcase_create("tables");
        SRunner *runner;
        int failed;

        tcase_add_test(tcase, skip_to_the_next_live_entry);
        tcase_add_test(tcase, skip_past_the_last_entry);
        tcase_add_test(tcase, skip_along_ripas);
        tcase_add_test(tcase, counts_of_a_table);
        tcase_add_loop_test(tcase, unfold_and_fold, 0, RMMSIM_RTTE_TABLE);
        tcase_add_loop_test(tcase, one_odd_entry, 0, RMMSIM_RTTE_TABLE);
        tcase_add_loop_test(tcase, addresses_must_fit, 0, 4);
        tcase_add_test(tcase, attributes_must_agree);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
