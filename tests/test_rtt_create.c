/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_create.c - adding a table below a leaf, and folding it back: the Realm must not see a difference.
 *
 * Refusals are in test_rtt_refusals.c; here is what success does, at every level and over every kind of leaf.
 *
 * Specification: RTT sheet sections 2.4, 2.5 and 3.4; lifecycle of RTT Granules.
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

static uint64_t create(uint64_t ipa, int level)
{
        uint64_t rtt = table(&m, ipa, level);

        EXPECT_STATE(&m, rtt, RTT);
        expect_entry(&m, ipa, level - 1, level - 1, RMMSIM_RTT_TABLE, rtt, RMMSIM_RIPAS_EMPTY);
        return rtt;
}

static void fold_back(uint64_t rtt, uint64_t ipa, int level)
{
        fold(&m, ipa, level);
        ck_assert_uint_eq(m.out.x[1], rtt);
        EXPECT_STATE(&m, rtt, DELEGATED);
        ck_assert(realm_page_is_zero(&m, rtt));
}

static void expect_512(uint64_t ipa, int level, unsigned state, uint64_t desc, unsigned ripas)
{
        uint64_t size = rtt_entry_size(level);

        for (unsigned i = 0; i < 512; i++) {
                expect_entry(&m, ipa + i * size, level, level, state, desc == 0 ? 0 : desc + i * size, ripas);
        }
}

static const unsigned unassigned[] = { RMMSIM_RTTE_UNASSIGNED_EMPTY, RMMSIM_RTTE_UNASSIGNED_RAM,
                                       RMMSIM_RTTE_UNASSIGNED_DESTROYED };

/* At level 0, 1 and 2, over UNASSIGNED of each RIPAS. */
START_TEST(over_nothing)
{
        for (int level = 1; level <= 3; level++) {
                uint64_t ipa = level == 1 ? 0 : rtt_entry_size(level - 1);
                unsigned ripas = rtte_state_ripas(unassigned[_i]);
                uint64_t rtt;

                leaf(&m, ipa, level - 1, unassigned[_i]);
                rtt = create(ipa, level);
                expect_512(ipa, level, RMMSIM_RTT_UNASSIGNED, 0, ripas);
                fold_back(rtt, ipa, level);
                expect_entry(&m, ipa, level - 1, level - 1, RMMSIM_RTT_UNASSIGNED, 0, ripas);
                /* The way to the next round leads through an EMPTY table. */
                if (level == 1) {
                        machine_destroy(&m);
                        usual_machine(&m, 0);
                }
        }
}
END_TEST

START_TEST(over_nothing_shared)
{
        for (int level = 1; level <= 3; level++) {
                uint64_t ipa = m.half, rtt;

                rtt = create(ipa, level);
                expect_512(ipa, level, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
                EXPECT_LEAF(&m, ipa, UNASSIGNED_NS);
                fold_back(rtt, ipa, level);
                EXPECT_LEAF(&m, ipa, UNASSIGNED_NS);
                (void)create(ipa, level);
        }
}
END_TEST

/* A 2 MB block of each RIPAS: the pages keep their addresses, and the memory keeps its contents. */
START_TEST(over_memory)
{
        static const unsigned assigned[] = { RMMSIM_RTTE_ASSIGNED_EMPTY, RMMSIM_RTTE_ASSIGNED_RAM,
                                             RMMSIM_RTTE_ASSIGNED_DESTROYED };
        uint64_t ipa = 6 * MB, first, rtt;

        leaf(&m, ipa, 2, assigned[_i]);
        GRANTED(&m, rmi_rtt_read_entry, .rd = m.rd, .ipa = ipa, .level = 2);
        first = m.out.x[3];
        ck_assert_uint_eq(first % (2 * MB), 0);
        memset(realm_page(&m, first + 7 * PAGE), 0x5A, PAGE);
        rtt = create(ipa, 3);
        expect_512(ipa, 3, RMMSIM_RTT_ASSIGNED, first, rtte_state_ripas(assigned[_i]));
        fold_back(rtt, ipa, 3);
        expect_entry(&m, ipa, 3, 2, RMMSIM_RTT_ASSIGNED, first, rtte_state_ripas(assigned[_i]));
        for (unsigned i = 0; i < 512; i++) {
                EXPECT_STATE(&m, first + i * PAGE, DATA);
        }
        ck_assert_int_eq(*(uint8_t *)realm_page(&m, first + 7 * PAGE), 0x5A);
}
END_TEST

START_TEST(over_shared_memory)
{
        for (int level = 2; level <= 3; level++) {
                uint64_t ipa = m.half + 5 * GB, desc = UINT64_C(0x123C0000054), rtt;

                tables(&m, ipa, level - 1);
                map(&m, ipa, level - 1, desc);
                rtt = create(ipa, level);
                expect_512(ipa, level, RMMSIM_RTT_ASSIGNED, desc, RMMSIM_RIPAS_EMPTY);
                EXPECT_LEAF(&m, ipa, ASSIGNED_NS);
                fold_back(rtt, ipa, level);
                expect_entry(&m, ipa, 3, level - 1, RMMSIM_RTT_ASSIGNED, desc, RMMSIM_RIPAS_EMPTY);
                GRANTED(&m, rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = ipa, .level = (uint64_t)level - 1);
        }
}
END_TEST

/* 262,144 Data Granules as 512 blocks as one; then the same way down. */
START_TEST(one_gigabyte_of_memory)
{
        uint64_t ipa = 3 * GB, first = delegated_pages(&m, 512 * 512, GB), rtt;

        tables(&m, ipa, 2);
        for (unsigned block = 0; block < 512; block++) {
                (void)table(&m, ipa + block * 2 * MB, 3);
                for (unsigned i = 0; i < 512; i++) {
                        uint64_t offset = block * 2 * MB + i * PAGE;

                        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = first + offset, .ipa = ipa + offset);
                }
                fold(&m, ipa + block * 2 * MB, 3);
        }
        fold(&m, ipa, 2);
        expect_entry(&m, ipa, 3, 1, RMMSIM_RTT_ASSIGNED, first, RMMSIM_RIPAS_EMPTY);
        /* A block there: nothing to fold one level up, as level 0 has no blocks. */
        CALL(&m, rmi_rtt_fold, .rd = m.rd, .ipa = 0, .level = 1);
        ck_assert_uint_eq(m.out.x[0], RMMSIM_RMI_RESULT(ERROR_RTT, 1));
        rtt = create(ipa, 2);
        expect_512(ipa, 2, RMMSIM_RTT_ASSIGNED, first, RMMSIM_RIPAS_EMPTY);
        fold_back(rtt, ipa, 2);
        CALL(&m, rmi_data_destroy, .rd = m.rd, .ipa = ipa + 0x5000);
        ck_assert_uint_eq(m.out.x[0], RMMSIM_RMI_RESULT(ERROR_RTT, 1));
        ck_assert_uint_eq(m.out.x[2], ipa + 0x5000);
        (void)create(ipa, 2);
        (void)create(ipa + 2 * MB, 3);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = ipa + 2 * MB + 0x5000);
        ck_assert_uint_eq(m.out.x[1], first + 2 * MB + 0x5000);
}
END_TEST

/* No state of the Realm forbids it. */
START_TEST(in_every_state_of_the_realm)
{
        uint64_t rtt;

        realm_become(&m, (unsigned)_i);
        rtt = create(0, 1);
        fold_back(rtt, 0, 1);
        (void)create(0, 1);
        GRANTED(&m, rmi_rtt_destroy, .rd = m.rd, .ipa = 0, .level = 1);
}
END_TEST

static const struct {
        unsigned width;
        int level;
        unsigned roots;
        bool lpa2;
} shapes[] = {
        { 40, 0, 1, false }, { 48, 0, 1, true },  { 40, 1, 2, false }, { 43, 1, 16, false }, { 34, 2, 16, false },
        { 32, 2, 4, true },  { 52, -1, 1, true }, { 52, 0, 16, true }, { 39, 1, 1, false },  { 49, -1, 1, true },
};

/* From the roots down to pages at both ends of both halves; the starting level itself has no table to create. */
START_TEST(in_every_shape_of_tree)
{
        machine_destroy(&m);
        machine_create(&m, (struct rmmsim_config){ 0 });
        realm_begin(&m, shapes[_i].width, shapes[_i].level, shapes[_i].roots, shapes[_i].lpa2);
        for (unsigned place = 0; place < 4; place++) {
                uint64_t last = place < 2 ? m.half - PAGE : 2 * m.half - PAGE;
                uint64_t ipa = place % 2 == 0 ? last - m.half + PAGE : last;
                uint64_t rtt = delegated(&m);

                REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_create, level_bound, .rd = m.rd, .rtt = rtt, .ipa = 0,
                        .level = (uint64_t)(int64_t)shapes[_i].level);
                REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_create, level_bound, .rd = m.rd, .rtt = rtt, .ipa = 0,
                        .level = (uint64_t)(int64_t)shapes[_i].level - 1);
                for (int level = shapes[_i].level + 1; level <= 3; level++) {
                        uint64_t base = ipa & ~(rtt_table_size(level) - 1);

                        GRANTED(&m, rmi_rtt_read_entry, .rd = m.rd, .ipa = ipa, .level = 3);
                        if ((int64_t)m.out.x[1] >= level) {
                                continue; /* another place has brought this table */
                        }
                        ck_assert_int_eq((int64_t)m.out.x[1], level - 1);
                        if (level < 3) {
                                REFUSED(&m, ERROR_RTT, level - 1, rmi_rtt_create, rtt_walk, .rd = m.rd, .rtt = rtt,
                                        .ipa = ipa & ~(rtt_table_size(3) - 1), .level = 3);
                        }
                        (void)table(&m, base, level);
                        REFUSED(&m, ERROR_RTT, level - 1, rmi_rtt_create, rtte_state, .rd = m.rd, .rtt = rtt,
                                .ipa = base, .level = (uint64_t)(int64_t)level);
                }
                expect_entry(&m, ipa, 3, 3, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_EMPTY);
                ck_assert_uint_eq(leaf_state(&m, ipa),
                                  place < 2 ? RMMSIM_RTTE_UNASSIGNED_EMPTY : RMMSIM_RTTE_UNASSIGNED_NS);
        }
}
END_TEST

/* Addresses of 48 bits without LPA2; with it all 52, and READ_ENTRY shows bits 51:50 where a descriptor has them (D30). */
START_TEST(far_tables)
{
        uint64_t near = LIMIT_48 - PAGE, far = LIMIT_48, tower = TOWER + 0x5000;

        delegate(&m, near);
        delegate(&m, far);
        delegate(&m, tower);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_create, rtt_bound2, .rd = m.rd, .rtt = far, .ipa = 0, .level = 1);
        GRANTED(&m, rmi_rtt_create, .rd = m.rd, .rtt = near, .ipa = 0, .level = 1);
        expect_entry(&m, 0, 0, 0, RMMSIM_RTT_TABLE, near, RMMSIM_RIPAS_EMPTY);
        realm_begin(&m, 40, 0, 1, true);
        GRANTED(&m, rmi_rtt_create, .rd = m.rd, .rtt = far, .ipa = 0, .level = 1);
        expect_entry(&m, 0, 0, 0, RMMSIM_RTT_TABLE, far, RMMSIM_RIPAS_EMPTY);
        GRANTED(&m, rmi_rtt_create, .rd = m.rd, .rtt = tower, .ipa = 0, .level = 2);
        expect_entry(&m, 0, 1, 1, RMMSIM_RTT_TABLE, 0x5300, RMMSIM_RIPAS_EMPTY);
        GRANTED(&m, rmi_rtt_destroy, .rd = m.rd, .ipa = 0, .level = 2);
        ck_assert_uint_eq(m.out.x[1], tower);
        EXPECT_STATE(&m, tower, DELEGATED);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_create");
        TCase *tcase = tcase_create("success");

        tcase_set_timeout(tcase, 240);
        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, over_nothing, 0, 3);
        tcase_add_test(tcase, over_nothing_shared);
        tcase_add_loop_test(tcase, over_memory, 0, 3);
        tcase_add_test(tcase, over_shared_memory);
        tcase_add_test(tcase, one_gigabyte_of_memory);
        tcase_add_loop_test(tcase, in_every_state_of_the_realm, RMMSIM_REALM_REALM_NEW,
                            RMMSIM_REALM_REALM_SYSTEM_OFF + 1);
        tcase_add_loop_test(tcase, in_every_shape_of_tree, 0, (int)ARRAY_SIZE(shapes));
        tcase_add_test(tcase, far_tables);
        suite_add_tcase(suite, tcase);
        return run(suite);
}
