/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_unprotected.c - memory of the host in the Realm's address space: every bit of `desc`, what it may point at,
 * and what RMI_RTT_READ_ENTRY gives back.
 *
 * Specification: RTT sheet sections 2.3, 3.7, 3.7.1, 3.8 and 3.9; section 9, D8, D10 and D30.
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

/* The masks of section 3.7.1, by LPA2 and level. */
static const uint64_t allowed[2][4] = {
        { 0, 0x0000FFFFC00000DC, 0x0000FFFFFFE000DC, 0x0000FFFFFFFFF0DC },
        { 0, 0x0003FFFFC00003DC, 0x0003FFFFFFE003DC, 0x0003FFFFFFFFF3DC },
};

static void unmap(uint64_t ipa, int level)
{
        GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = ipa, .level = (uint64_t)level);
        EXPECT_LEAF(&m, ipa, UNASSIGNED_NS);
}

/* Accepted, shown bit for bit, and undone. Or refused, for the reason that the table of conditions gives. */
static void try_desc(uint64_t ipa, int level, uint64_t desc, bool lpa2)
{
        bool good = (desc & ~allowed[lpa2][level]) == 0 && (desc & 0x1C) != 0x10;
        enum rmmsim_condition expected = RMMSIM_FAIL_rmi_rtt_map_unprotected_attr_valid;

        CALL(&m, rmi_rtt_map_unprotected, .rd = m.rd, .ipa = ipa, .level = (uint64_t)level, .desc = desc);
        if (good) {
                expect_granted(&m);
                expect_entry(&m, ipa, level, level, RMMSIM_RTT_ASSIGNED, desc, RMMSIM_RIPAS_EMPTY);
                unmap(ipa, level);
                return;
        }
        if ((desc & ~(allowed[1][3] & (lpa2 ? UINT64_MAX : ~UINT64_C(0x300)))) == 0 && (desc & 0x1C) != 0x10) {
                expected = (desc & ~allowed[1][level] & allowed[1][3]) != 0
                                   ? RMMSIM_FAIL_rmi_rtt_map_unprotected_addr_align
                                   : RMMSIM_FAIL_rmi_rtt_map_unprotected_addr_bound;
        }
        ck_assert_uint_eq(m.out.x[0], ERROR_INPUT);
        ck_assert_msg(rmmsim_why(m.sim, 0)->id == expected, "desc %llx: %s", (unsigned long long)desc,
                      rmmsim_why(m.sim, 0)->condition);
        expect_entry(&m, ipa, level, level, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
}

static void every_desc(bool lpa2)
{
        tables(&m, m.half, 3);
        for (int level = 1; level <= 3; level++) {
                uint64_t ipa = m.half + (level == 3 ? 0 : rtt_entry_size(level));

                for (unsigned bit = 0; bit < 64; bit++) {
                        try_desc(ipa, level, UINT64_C(1) << bit, lpa2);
                }
                for (uint64_t attributes = 0; attributes < 0x1000; attributes++) {
                        try_desc(ipa, level, attributes, lpa2);
                }
                try_desc(ipa, level, allowed[lpa2][level] & ~UINT64_C(0x10), lpa2);
                try_desc(ipa, level, UINT64_MAX, lpa2);
        }
}

START_TEST(every_desc_without_lpa2)
{
        every_desc(false);
}
END_TEST

START_TEST(every_desc_with_lpa2)
{
        realm_begin(&m, 40, 0, 1, true);
        every_desc(true);
}
END_TEST

/* What the RMM adds is not for the host to see, but for the hardware. */
START_TEST(what_the_rmm_adds)
{
        struct rtt_walk walk;

        tables(&m, m.half, 3);
        map(&m, m.half, 3, 0x40000000 | DESC_RW);
        rtt_walk(&m.sim->rmm, the_realm(&m), &walk, m.half, 3);
        ck_assert_uint_eq(walk.entry & 3, 3);
        ck_assert_uint_eq(walk.entry >> 10 & 1, 1);
        ck_assert_uint_eq(walk.entry >> 53 & 7, 6);
        ck_assert_uint_eq(walk.entry >> 8 & 3, 3);
}
END_TEST

/* The RMM does not ask what is there: the Realm's own RD, a delegated page, memory of a Realm, nothing at all, twice. */
START_TEST(any_address_will_do)
{
        uint64_t h = m.half, page = delegated(&m), memory;
        uint64_t targets[5];

        tables(&m, 0, 3);
        tables(&m, h, 3);
        memory = data(&m, 0);
        targets[0] = m.rd;
        targets[1] = page;
        targets[2] = memory;
        targets[3] = 0;
        targets[4] = HOLE;
        for (unsigned i = 0; i < ARRAY_SIZE(targets); i++) {
                map(&m, h + i * 2 * PAGE, 3, targets[i] | DESC_RW);
                map(&m, h + i * 2 * PAGE + PAGE, 3, targets[i] | DESC_RW);
        }
        EXPECT_STATE(&m, m.rd, RD);
        EXPECT_STATE(&m, page, DELEGATED);
        EXPECT_STATE(&m, memory, DATA);
        /* And a page can be delegated while it is mapped. */
        page = pages(&m, 1, PAGE);
        map(&m, h + 0x100000, 3, page | DESC_RW);
        delegate(&m, page);
        expect_entry(&m, h + 0x100000, 3, 3, RMMSIM_RTT_ASSIGNED, page | DESC_RW, RMMSIM_RIPAS_EMPTY);
}
END_TEST

/* Transitions of section 2.3, at each level, in each state of the Realm. */
START_TEST(map_and_unmap)
{
        uint64_t h = m.half;

        tables(&m, h, 3);
        realm_become(&m, (unsigned)_i);
        for (int level = 1; level <= 3; level++) {
                uint64_t ipa = level == 3 ? h : h + rtt_entry_size(level);
                uint64_t desc = 4 * GB | DESC_RW;

                REFUSED(&m, ERROR_RTT, level, rmi_rtt_unmap_unprotected, rtte_state, .rd = m.rd, .ipa = ipa,
                        .level = (uint64_t)level);
                map(&m, ipa, level, desc);
                REFUSED(&m, ERROR_RTT, level, rmi_rtt_map_unprotected, rtte_state, .rd = m.rd, .ipa = ipa,
                        .level = (uint64_t)level, .desc = desc);
                if (level < 3) {
                        REFUSED(&m, ERROR_RTT, level, rmi_rtt_map_unprotected, rtt_walk, .rd = m.rd, .ipa = ipa,
                                .level = 3, .desc = desc);
                }
                unmap(ipa, level);
        }
        /* A table is in the way: mapped one level deeper. */
        REFUSED(&m, ERROR_RTT, 2, rmi_rtt_map_unprotected, rtte_state, .rd = m.rd, .ipa = h, .level = 2,
                .desc = 4 * GB | DESC_RW);
        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, RMMSIM_RTTE_TABLE);
}
END_TEST

/* Blocks and pages of this Realm: levels 1..3, but none above its roots (D10), and never level 0 or -1. */
START_TEST(levels_of_a_realm)
{
        static const struct {
                unsigned width;
                int level;
                unsigned roots;
                bool lpa2;
                int first;
        } shapes[] = { { 34, 2, 16, false, 2 }, { 32, 2, 4, false, 2 }, { 40, 1, 2, false, 1 },
                       { 40, 0, 1, false, 1 },  { 52, 0, 16, true, 1 }, { 52, -1, 1, true, 1 } };

        for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++) {
                realm_begin(&m, shapes[i].width, shapes[i].level, shapes[i].roots, shapes[i].lpa2);
                tables(&m, m.half, 3);
                for (int level = -2; level <= 5; level++) {
                        uint64_t ipa = level < 1 || level > 2 ? m.half + PAGE : m.half + rtt_entry_size(level);

                        if (level < shapes[i].first || level > 3) {
                                REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_map_unprotected, level_bound, .rd = m.rd,
                                        .ipa = ipa, .level = (uint64_t)(int64_t)level, .desc = DESC_RW);
                                REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_unmap_unprotected, level_bound, .rd = m.rd,
                                        .ipa = ipa, .level = (uint64_t)(int64_t)level);
                                ck_assert_uint_eq(m.out.x[1], 0);
                        } else {
                                tables(&m, ipa, level);
                                map(&m, ipa, level, DESC_RW);
                                unmap(ipa, level);
                        }
                }
        }
}
END_TEST

/* ---- RMI_RTT_READ_ENTRY -------------------------------------------------------------------------------------------- */

static const unsigned protected_states[] = { RMMSIM_RTTE_UNASSIGNED_EMPTY,     RMMSIM_RTTE_UNASSIGNED_RAM,
                                             RMMSIM_RTTE_UNASSIGNED_DESTROYED, RMMSIM_RTTE_ASSIGNED_EMPTY,
                                             RMMSIM_RTTE_ASSIGNED_RAM,         RMMSIM_RTTE_ASSIGNED_DESTROYED };

/* A page and a block of each state; of a block also from inside, where the address shown is that of its first byte (D8). */
START_TEST(read_protected)
{
        unsigned state = protected_states[_i];
        bool assigned = state >= RMMSIM_RTTE_ASSIGNED_EMPTY;
        unsigned shown = assigned ? RMMSIM_RTT_ASSIGNED : RMMSIM_RTT_UNASSIGNED;
        uint64_t pa;

        leaf(&m, 0x5000, 3, state);
        pa = assigned ? m.next - PAGE : 0;
        expect_entry(&m, 0x5000, 3, 3, shown, pa, state % 3);
        leaf(&m, 2 * MB, 2, state);
        pa = assigned ? (m.next - 512 * PAGE) & ~(2 * MB - 1) : 0;
        GRANTED(&m, rmi_rtt_read_entry, .rd = m.rd, .ipa = 2 * MB, .level = 2);
        pa = assigned ? m.out.x[3] : 0;
        ck_assert_uint_eq(pa % (2 * MB), 0);
        expect_entry(&m, 2 * MB, 2, 2, shown, pa, state % 3);
        expect_entry(&m, 2 * MB + 0x123000, 3, 2, shown, pa, state % 3);
}
END_TEST

/* The walk stops early without an error; ipa suits the level asked for, not the level reached. */
START_TEST(read_early_end)
{
        expect_entry(&m, m.half + 0x123000, 3, 0, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
        tables(&m, m.half, 2);
        map(&m, m.half + 2 * MB, 2, 0x40000054);
        expect_entry(&m, m.half + 2 * MB + 0x1000, 3, 2, RMMSIM_RTT_ASSIGNED, 0x40000054, RMMSIM_RIPAS_EMPTY);
        expect_entry(&m, m.half, 0, 0, RMMSIM_RTT_TABLE, m.next - 2 * PAGE, RMMSIM_RIPAS_EMPTY);
        expect_entry(&m, m.half, 1, 1, RMMSIM_RTT_TABLE, m.next - PAGE, RMMSIM_RIPAS_EMPTY);
}
END_TEST

/* A failed READ_ENTRY leaves nothing in x4 of what the host had there (D32). */
START_TEST(read_refused)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_RTT_READ_ENTRY, m.rd, 1, 3, UINT64_MAX, UINT64_MAX } };

        ck_assert_int_eq(rmmsim_smc(m.sim, 0, &regs), 0);
        ck_assert_uint_eq(regs.x[0], ERROR_INPUT);
        for (unsigned i = 1; i < 17; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
}
END_TEST

START_TEST(read_in_every_shape)
{
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_read_entry, level_bound, .rd = m.rd, .ipa = 0, .level = UINT64_MAX);
        realm_begin(&m, 52, -1, 1, true);
        expect_entry(&m, 0, -1, -1, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
        ck_assert_uint_eq(m.out.x[1], UINT64_MAX);
        expect_entry(&m, 0x7000, 3, -1, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_read_entry, level_bound, .rd = m.rd, .ipa = 0, .level = UINT64_MAX - 1);
        realm_begin(&m, 34, 2, 16, false);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_read_entry, level_bound, .rd = m.rd, .ipa = 0, .level = 1);
        expect_entry(&m, 2 * m.half - 2 * MB, 2, 2, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_read_entry, ipa_bound, .rd = m.rd, .ipa = 2 * m.half, .level = 2);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_unprotected");
        TCase *mapping = tcase_create("mapping");
        TCase *reading = tcase_create("reading");

        tcase_add_checked_fixture(mapping, setup, teardown);
        tcase_add_test(mapping, every_desc_without_lpa2);
        tcase_add_test(mapping, every_desc_with_lpa2);
        tcase_add_test(mapping, what_the_rmm_adds);
        tcase_add_test(mapping, any_address_will_do);
        tcase_add_loop_test(mapping, map_and_unmap, RMMSIM_REALM_REALM_NEW, RMMSIM_REALM_REALM_SYSTEM_OFF + 1);
        tcase_add_test(mapping, levels_of_a_realm);
        suite_add_tcase(suite, mapping);
        tcase_add_checked_fixture(reading, setup, teardown);
        tcase_add_loop_test(reading, read_protected, 0, (int)ARRAY_SIZE(protected_states));
        tcase_add_test(reading, read_early_end);
        tcase_add_test(reading, read_refused);
        tcase_add_test(reading, read_in_every_shape);
        suite_add_tcase(suite, reading);
        return run(suite);
}
