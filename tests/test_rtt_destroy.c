/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_destroy.c - removing a table, what it leaves behind, and the `top` that tells the host where to go on.
 *
 * `top` of RMI_DATA_DESTROY and RMI_RTT_UNMAP_UNPROTECTED is the same function: the worked examples of all three are
 * here.
 *
 * Specification: RTT sheet sections 1.5, 2.4, 3.5 and 3.12; section 9, D2 and D3.
 */
#include "rtt_fixture.h"

static struct machine m;

static void setup(void)
{
        usual_machine(&m, 0);
}

static void teardown(void)
{
        machine_destroy(&m);
}

static void another_realm(unsigned width, int level, unsigned roots, bool lpa2)
{
        machine_destroy(&m);
        machine_create(&m, (struct rmmsim_config){ 0 });
        realm_begin(&m, width, level, roots, lpa2);
}

#define DESTROY(ipa_, level_)                                                                                          \
        GRANTED(&m, rmi_rtt_destroy, .rd = m.rd, .ipa = (ipa_), .level = (uint64_t)(int64_t)(level_))
#define TOP_IS(x_, top_) ck_assert_uint_eq(m.out.x[x_], top_)

/* Refused with ERROR_RTT and a level; and then the top. Which of two conditions it was follows from the level. */
#define NO_DATA(ipa_, level_, top_)                                                                                    \
        do {                                                                                                           \
                if ((level_) == 3) {                                                                                   \
                        REFUSED(&m, ERROR_RTT, 3, rmi_data_destroy, rtte_state, .rd = m.rd, .ipa = (ipa_));            \
                } else {                                                                                               \
                        REFUSED(&m, ERROR_RTT, level_, rmi_data_destroy, rtt_walk, .rd = m.rd, .ipa = (ipa_));         \
                }                                                                                                      \
                TOP_IS(1, 0);                                                                                          \
                TOP_IS(2, top_);                                                                                       \
        } while (0)
#define NO_MAPPING(ipa_, at_, level_, top_)                                                                            \
        do {                                                                                                           \
                if ((level_) == (at_)) {                                                                               \
                        REFUSED(&m, ERROR_RTT, level_, rmi_rtt_unmap_unprotected, rtte_state, .rd = m.rd,              \
                                .ipa = (ipa_), .level = (at_));                                                        \
                } else {                                                                                               \
                        REFUSED(&m, ERROR_RTT, level_, rmi_rtt_unmap_unprotected, rtt_walk, .rd = m.rd, .ipa = (ipa_), \
                                .level = (at_));                                                                       \
                }                                                                                                      \
                TOP_IS(1, top_);                                                                                       \
        } while (0)

/* ---- the examples of section 1.5 ----------------------------------------------------------------------------------- */

START_TEST(tops_in_empty_realms)
{
        NO_DATA(0x1000, 0, UINT64_C(1) << 48);
        another_realm(40, 1, 2, false);
        NO_DATA(0x1000, 1, UINT64_C(1) << 39);
        another_realm(32, 1, 1, false);
        NO_DATA(0, 1, UINT64_C(1) << 39);
        another_realm(34, 2, 16, false);
        NO_DATA(0xC0005000, 2, 0x100000000);
        another_realm(52, -1, 1, true);
        NO_DATA(0, -1, UINT64_C(1) << 57);
        ck_assert_uint_eq(m.out.x[0], 0xFF04);
        NO_MAPPING(m.half, 3, -1, UINT64_C(1) << 57);
        ck_assert_uint_eq(m.out.x[0], 0xFF04);
}
END_TEST

START_TEST(top_of_the_other_half)
{
        another_realm(39, 1, 1, false);
        map(&m, m.half, 1, GB | DESC_RW);
        NO_DATA(0, 1, UINT64_C(1) << 38);
        GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = m.half, .level = 1);
        TOP_IS(1, UINT64_C(1) << 39);
}
END_TEST

START_TEST(top_stops_at_a_table)
{
        another_realm(40, 1, 2, false);
        (void)table(&m, m.half + 5 * GB, 2);
        NO_MAPPING(m.half, 1, 1, m.half + 5 * GB);
        NO_MAPPING(m.half + 6 * GB, 1, 1, UINT64_C(1) << 40);
        NO_MAPPING(m.half + 5 * GB, 1, 1, m.half + 5 * GB);
}
END_TEST

START_TEST(last_table_of_the_last_root)
{
        another_realm(34, 2, 16, false);
        (void)table(&m, 2 * m.half - 2 * MB, 3);
        DESTROY(2 * m.half - 2 * MB, 3);
        TOP_IS(2, 2 * m.half);
}
END_TEST

/* ---- the examples of section 3.12 ---------------------------------------------------------------------------------- */

START_TEST(tops_of_the_protected_half)
{
        uint64_t first;

        ram(&m, 0, UINT64_C(1) << 39);
        tables(&m, 0, 3);
        first = data(&m, 0);
        (void)data(&m, 0x5000);
        (void)data_block(&m, 0x200000);
        (void)table(&m, 0x600000, 3);

        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0);
        TOP_IS(1, first);
        TOP_IS(2, 0x5000);
        NO_DATA(0x1000, 3, 0x5000);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x5000);
        TOP_IS(2, 0x200000);
        NO_DATA(0x200000, 2, 0x200000);
        NO_DATA(0x201000, 2, 0x201000);
        NO_DATA(0x400000, 2, 0x600000);
        DESTROY(0, 3);
        TOP_IS(2, 0x200000);
        REFUSED(&m, ERROR_RTT, 2, rmi_rtt_destroy, rtte_state, .rd = m.rd, .ipa = 0x200000, .level = 3);
        TOP_IS(1, 0);
        TOP_IS(2, 0x200000);
        /* Live: the answer is the level asked for, and the host's own address. */
        REFUSED(&m, ERROR_RTT, 2, rmi_rtt_destroy, rtt_live, .rd = m.rd, .ipa = 0, .level = 2);
        TOP_IS(2, 0);
        REFUSED(&m, ERROR_RTT, 1, rmi_rtt_destroy, rtt_walk, .rd = m.rd, .ipa = 3 * GB, .level = 3);
        TOP_IS(2, UINT64_C(1) << 39);
}
END_TEST

START_TEST(tops_of_the_unprotected_half)
{
        uint64_t h = m.half;

        tables(&m, h, 3);
        map(&m, h + 0x7000, 3, 0x40007000 | DESC_RW);
        map(&m, h + 0x400000, 2, 0x40000000 | DESC_RW);
        map(&m, h + 0x200000, 2, 0x40200000 | DESC_RW);
        NO_MAPPING(h + 0x205000, 3, 2, h + 0x205000);
        GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = h + 0x200000, .level = 2);
        TOP_IS(1, h + 0x400000);
        DESTROY(h, 3);
        TOP_IS(2, h + 0x400000);
        REFUSED(&m, ERROR_RTT, 2, rmi_rtt_destroy, rtte_state, .rd = m.rd, .ipa = h + 0x400000, .level = 3);
        TOP_IS(2, h + 0x400000);
        DESTROY(h, 2);
        TOP_IS(2, h + (UINT64_C(1) << 39));
        DESTROY(h, 1);
        TOP_IS(2, UINT64_C(1) << 48);
}
END_TEST

/* Each row of the summary of section 3.8. */
START_TEST(situations_of_unmap)
{
        uint64_t h = m.half;

        tables(&m, h, 3);
        map(&m, h + 0x1000, 3, 0x40001000 | DESC_RW);
        map(&m, h + 0x8000, 3, 0x40008000 | DESC_RW);
        GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = h + 0x1000, .level = 3);
        TOP_IS(1, h + 0x8000);
        NO_MAPPING(h + 0x1000, 3, 3, h + 0x8000);
        NO_MAPPING(h + 0x9000, 3, 3, h + 2 * MB);
        NO_MAPPING(h + 2 * MB, 3, 2, h + GB);
        NO_MAPPING(h, 2, 2, h);
}
END_TEST

/* ---- what is left behind ------------------------------------------------------------------------------------------- */

/* A table with every kind of UNASSIGNED entry in it, at each level: DESTROYED over its whole range, and nothing beside it. */
START_TEST(mixed_ripas_becomes_destroyed)
{
        for (int level = 3; level >= 1; level--) {
                uint64_t size = rtt_entry_size(level), base = 0;
                uint64_t rtt;

                another_realm(40, 0, 1, false);
                tables(&m, base, level);
                leaf(&m, base + 3 * size, level, RMMSIM_RTTE_UNASSIGNED_RAM);
                leaf(&m, base + 4 * size, level, RMMSIM_RTTE_UNASSIGNED_DESTROYED);
                GRANTED(&m, rmi_rtt_read_entry, .rd = m.rd, .ipa = base, .level = (uint64_t)level - 1);
                rtt = m.out.x[3];
                DESTROY(base, level);
                ck_assert_uint_eq(m.out.x[1], rtt);
                EXPECT_STATE(&m, rtt, DELEGATED);
                ck_assert(realm_page_is_zero(&m, rtt));
                expect_entry(&m, base, level - 1, level - 1, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_DESTROYED);
                if (level > 1) {
                        expect_entry(&m, base + 512 * size, level - 1, level - 1, RMMSIM_RTT_UNASSIGNED, 0,
                                     RMMSIM_RIPAS_EMPTY);
                }
        }
}
END_TEST

START_TEST(mappings_vanish_with_their_table)
{
        uint64_t h = m.half;

        tables(&m, h, 3);
        for (unsigned i = 0; i < 512; i += 73) {
                map(&m, h + i * PAGE, 3, (0x40000000 + i * PAGE) | DESC_RW);
        }
        for (int level = 3; level >= 1; level--) {
                DESTROY(h, level);
                EXPECT_LEAF(&m, h, UNASSIGNED_NS);
                expect_entry(&m, h, level - 1, level - 1, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
        }
}
END_TEST

/* One entry is enough, at either end, whatever its RIPAS. */
START_TEST(live_tables_stay)
{
        static const unsigned assigned[] = { RMMSIM_RTTE_ASSIGNED_EMPTY, RMMSIM_RTTE_ASSIGNED_RAM,
                                             RMMSIM_RTTE_ASSIGNED_DESTROYED };

        for (unsigned i = 0; i < 3; i++) {
                leaf(&m, 2 * MB * i, 3, assigned[i]);
                leaf(&m, 2 * MB * (i + 4) - PAGE, 3, assigned[i]);
                REFUSED(&m, ERROR_RTT, 3, rmi_rtt_destroy, rtt_live, .rd = m.rd, .ipa = 2 * MB * i, .level = 3);
                TOP_IS(2, 2 * MB * i);
                ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, 1);
                REFUSED(&m, ERROR_RTT, 3, rmi_rtt_destroy, rtt_live, .rd = m.rd, .ipa = 2 * MB * (i + 3), .level = 3);
        }
        REFUSED(&m, ERROR_RTT, 2, rmi_rtt_destroy, rtt_live, .rd = m.rd, .ipa = 0, .level = 2);
        REFUSED(&m, ERROR_RTT, 1, rmi_rtt_destroy, rtt_live, .rd = m.rd, .ipa = 0, .level = 1);
        TOP_IS(2, 0);
}
END_TEST

/* From the pages up to the roots, below level -1 too, in each state of the Realm. */
START_TEST(from_the_bottom_up)
{
        another_realm(52, -1, 1, true);
        tables(&m, 0, 3);
        tables(&m, m.half, 3);
        realm_become(&m, (unsigned)_i);
        for (int level = 3; level >= 0; level--) {
                DESTROY(0, level);
                TOP_IS(2, level == 0 ? m.half : rtt_table_size(level - 1));
                DESTROY(m.half, level);
                TOP_IS(2, level == 0 ? UINT64_C(1) << 57 : m.half + rtt_table_size(level - 1));
        }
        expect_entry(&m, 0, -1, -1, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_DESTROYED);
        expect_entry(&m, m.half, -1, -1, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_destroy, level_bound, .rd = m.rd, .ipa = 0, .level = UINT64_MAX);
        REFUSED(&m, ERROR_RTT, -1, rmi_rtt_destroy, rtte_state, .rd = m.rd, .ipa = 0, .level = 0);
        GRANTED(&m, rmi_realm_destroy, .rd = m.rd);
}
END_TEST

/* A Realm whose root holds a block of shared memory may go; with a table it may not. */
START_TEST(roots_and_the_life_of_a_realm)
{
        another_realm(39, 1, 1, false);
        map(&m, m.half, 1, GB | DESC_RW);
        (void)table(&m, 0, 2);
        CALL(&m, rmi_realm_destroy, .rd = m.rd);
        ck_assert_uint_eq(m.out.x[0], ERROR_REALM);
        DESTROY(0, 2);
        GRANTED(&m, rmi_realm_destroy, .rd = m.rd);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_destroy");
        TCase *tops = tcase_create("tops");
        TCase *effects = tcase_create("effects");

        tcase_add_checked_fixture(tops, setup, teardown);
        tcase_add_test(tops, tops_in_empty_realms);
        tcase_add_test(tops, top_of_the_other_half);
        tcase_add_test(tops, top_stops_at_a_table);
        tcase_add_test(tops, last_table_of_the_last_root);
        tcase_add_test(tops, tops_of_the_protected_half);
        tcase_add_test(tops, tops_of_the_unprotected_half);
        tcase_add_test(tops, situations_of_unmap);
        suite_add_tcase(suite, tops);
        tcase_add_checked_fixture(effects, setup, teardown);
        tcase_add_test(effects, mixed_ripas_becomes_destroyed);
        tcase_add_test(effects, mappings_vanish_with_their_table);
        tcase_add_test(effects, live_tables_stay);
        tcase_add_loop_test(effects, from_the_bottom_up, RMMSIM_REALM_REALM_NEW, RMMSIM_REALM_REALM_SYSTEM_OFF + 1);
        tcase_add_test(effects, roots_and_the_life_of_a_realm);
        suite_add_tcase(suite, effects);
        return run(suite);
}
