/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_fold.c - which tables one entry can stand for.
 *
 * That folding undoes creating is in test_rtt_create.c; here the tables are made entry by entry.
 *
 * Specification: RTT sheet sections 2.5 and 3.6; section 9, D9 and D28.
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

#define NOT_HOMOGENEOUS(ipa_, level_)                                                                                  \
        do {                                                                                                           \
                REFUSED(&m, ERROR_RTT, level_, rmi_rtt_fold, rtt_homo, .rd = m.rd, .ipa = (ipa_), .level = (level_));  \
                ck_assert_uint_eq(m.out.x[1], 0);                                                                      \
        } while (0)

/* 512 pages of memory with one kind of RIPAS, their addresses consecutive from the first. */
static uint64_t memory_512(uint64_t ipa, unsigned state, uint64_t offset)
{
        uint64_t pa = delegated_pages(&m, 513, 2 * MB) + offset;

        leaf(&m, ipa, 2, state - RMMSIM_RTTE_ASSIGNED_EMPTY);
        tables(&m, ipa, 3);
        for (unsigned i = 0; i < 512; i++) {
                GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = pa + i * PAGE, .ipa = ipa + i * PAGE);
        }
        return pa;
}

START_TEST(memory_page_by_page)
{
        unsigned state = RMMSIM_RTTE_ASSIGNED_EMPTY + (unsigned)_i;
        uint64_t pa = memory_512(0, state, 0);

        fold(&m, 0, 3);
        expect_entry(&m, 0, 3, 2, RMMSIM_RTT_ASSIGNED, pa, (unsigned)_i);
        ck_assert_uint_eq(leaf_state(&m, 0), state);
}
END_TEST

START_TEST(memory_that_begins_off_the_boundary)
{
        (void)memory_512(0, RMMSIM_RTTE_ASSIGNED_RAM, PAGE);
        NOT_HOMOGENEOUS(0, 3);
        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, 0);
}
END_TEST

/* Exchange the memory of two pages by destroying and creating both. */
START_TEST(memory_out_of_order)
{
        uint64_t pa = memory_512(0, RMMSIM_RTTE_ASSIGNED_EMPTY, 0);

        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x7000);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x8000);
        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = pa + 0x8000, .ipa = 0x7000);
        NOT_HOMOGENEOUS(0, 3);
        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = pa + 0x7000, .ipa = 0x8000);
        NOT_HOMOGENEOUS(0, 3);
        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, 7);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x7000);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x8000);
        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = pa + 0x7000, .ipa = 0x7000);
        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = pa + 0x8000, .ipa = 0x8000);
        fold(&m, 0, 3);
}
END_TEST

/* Page 0 where a block could begin, all others elsewhere. */
START_TEST(only_the_first_page_right)
{
        uint64_t right = delegated_pages(&m, 1, 2 * MB), others = delegated_pages(&m, 512, PAGE);

        tables(&m, 0, 3);
        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = right, .ipa = 0);
        for (unsigned i = 1; i < 512; i++) {
                GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = others + i * PAGE, .ipa = i * PAGE);
        }
        NOT_HOMOGENEOUS(0, 3);
}
END_TEST

/* One page of another kind among 511: U-E and U-R, A-E and U-E, A-R and A-E. */
START_TEST(one_page_of_another_kind)
{
        tables(&m, 0, 3);
        ram(&m, 0x5000, 0x6000);
        NOT_HOMOGENEOUS(0, 3);
        ram(&m, 0, 0x5000);
        ram(&m, 0x6000, 0x1FF000);
        NOT_HOMOGENEOUS(0, 3);
        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, 511);
        ram(&m, 0x1FF000, 0x200000);
        fold(&m, 0, 3);

        (void)data_512(&m, 2 * MB, 2 * MB);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 2 * MB);
        NOT_HOMOGENEOUS(2 * MB, 3);
        (void)memory_512(4 * MB, RMMSIM_RTTE_ASSIGNED_RAM, 0);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 4 * MB + 0x9000);
        (void)data(&m, 4 * MB + 0x9000);
        NOT_HOMOGENEOUS(4 * MB, 3);
}
END_TEST

START_TEST(a_table_in_the_table)
{
        tables(&m, 0, 2);
        (void)table(&m, 0, 3);
        NOT_HOMOGENEOUS(0, 2);
        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, 0);
        fold(&m, 0, 3);
        (void)table(&m, 511 * 2 * MB, 3);
        NOT_HOMOGENEOUS(0, 2);
        NOT_HOMOGENEOUS(0, 1);
        /* 512 tables are no more homogeneous than one (D9). */
        for (unsigned i = 0; i < 511; i++) {
                (void)table(&m, i * 2 * MB, 3);
        }
        NOT_HOMOGENEOUS(0, 2);
}
END_TEST

/* Levels 3 and 2 of shared memory, and what must agree. */
START_TEST(shared_memory)
{
        const uint64_t desc = UINT64_C(0x12400000000) | DESC_RW;

        for (int level = 2; level <= 3; level++) {
                uint64_t h = m.half + (uint64_t)level * 8 * GB, size = rtt_entry_size(level);
                const uint64_t odd[] = { desc + 99 * size + size, (desc ^ 0x80) + 99 * size, (desc ^ 0x40) + 99 * size,
                                         (desc ^ 0x04) + 99 * size, (desc ^ 0xC) + 99 * size };

                tables(&m, h, level);
                for (unsigned i = 0; i < 512; i++) {
                        if (i != 99) {
                                map(&m, h + i * size, level, desc + i * size);
                        }
                }
                NOT_HOMOGENEOUS(h, (uint64_t)level);
                for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
                        map(&m, h + 99 * size, level, odd[i]);
                        NOT_HOMOGENEOUS(h, (uint64_t)level);
                        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, 99);
                        GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = h + 99 * size,
                                .level = (uint64_t)level);
                }
                map(&m, h + 99 * size, level, desc + 99 * size);
                fold(&m, h, level);
                expect_entry(&m, h, 3, level - 1, RMMSIM_RTT_ASSIGNED, desc, RMMSIM_RIPAS_EMPTY);
        }
}
END_TEST

START_TEST(shared_memory_off_the_boundary)
{
        uint64_t h = m.half;

        tables(&m, h, 3);
        for (unsigned i = 0; i < 512; i++) {
                map(&m, h + i * PAGE, 3, (0x40001000 + i * PAGE) | DESC_RW);
        }
        NOT_HOMOGENEOUS(h, 3);
}
END_TEST

/* With LPA2 contiguity counts in all 52 bits. */
START_TEST(shared_memory_far_away)
{
        uint64_t h;

        realm_begin(&m, 52, -1, 1, true);
        h = m.half;
        tables(&m, h, 3);
        for (unsigned i = 0; i < 512; i++) {
                map(&m, h + i * PAGE, 3, (0x3000040000300 + i * PAGE) | DESC_RW);
        }
        fold(&m, h, 3);
        expect_entry(&m, h, 3, 2, RMMSIM_RTT_ASSIGNED, 0x3000040000300 | DESC_RW, RMMSIM_RIPAS_EMPTY);
        tables(&m, h, 3);
        GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = h + 0x4000, .level = 3);
        map(&m, h + 0x4000, 3, 0x3000040004200 | DESC_RW);
        NOT_HOMOGENEOUS(h, 3);
}
END_TEST

/* Level 0 has no blocks: 512 blocks of 1 GB, shared, are not homogeneous; and the answer is the level asked for (D9). */
START_TEST(no_block_at_level_0)
{
        uint64_t h = m.half;

        tables(&m, h, 1);
        for (unsigned i = 0; i < 512; i++) {
                map(&m, h + i * GB, 1, (i * GB) | DESC_RW);
        }
        NOT_HOMOGENEOUS(h, 1);
        for (unsigned i = 0; i < 512; i++) {
                GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = h + i * GB, .level = 1);
        }
        fold(&m, h, 1);
}
END_TEST

/* In each state of the Realm, and below level -1. */
START_TEST(from_the_bottom_up)
{
        realm_begin(&m, 52, -1, 1, true);
        tables(&m, 0, 3);
        tables(&m, m.half, 3);
        realm_become(&m, (unsigned)_i);
        for (int level = 3; level >= 0; level--) {
                fold(&m, 0, level);
                fold(&m, m.half, level);
                expect_entry(&m, 0, level - 1, level - 1, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
                EXPECT_LEAF(&m, m.half, UNASSIGNED_NS);
        }
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_fold, level_bound, .rd = m.rd, .ipa = 0, .level = UINT64_MAX);
        REFUSED(&m, ERROR_RTT, -1, rmi_rtt_fold, rtte_state, .rd = m.rd, .ipa = 0, .level = 0);
        REFUSED(&m, ERROR_RTT, -1, rmi_rtt_fold, rtt_walk, .rd = m.rd, .ipa = 0, .level = 1);
        ck_assert_uint_eq(m.out.x[0], 0xFF04);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_fold");
        TCase *tcase = tcase_create("homogeneity");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, memory_page_by_page, 0, 3);
        tcase_add_test(tcase, memory_that_begins_off_the_boundary);
        tcase_add_test(tcase, memory_out_of_order);
        tcase_add_test(tcase, only_the_first_page_right);
        tcase_add_test(tcase, one_page_of_another_kind);
        tcase_add_test(tcase, a_table_in_the_table);
        tcase_add_test(tcase, shared_memory);
        tcase_add_test(tcase, shared_memory_off_the_boundary);
        tcase_add_test(tcase, shared_memory_far_away);
        tcase_add_test(tcase, no_block_at_level_0);
        tcase_add_loop_test(tcase, from_the_bottom_up, RMMSIM_REALM_REALM_NEW, RMMSIM_REALM_REALM_SYSTEM_OFF + 1);
        suite_add_tcase(suite, tcase);
        return run(suite);
}
