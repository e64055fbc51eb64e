/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_entry.c - RTT entries as 64-bit descriptors: what the RMM reads back from them, and what a table walk of the
 * hardware would make of them.
 *
 * The hardware's side is written here anew from the layout of stage 2 descriptors, so that the two have to agree.
 *
 * Specification: RTT sheet sections 1.2, 2.1 and 3.7.1; Arm VMSAv8-64 stage 2 descriptors.
 */
#include "rtte.h"

#include <check.h>
#include <stdlib.h>

enum hardware {
        FAULT,
        TABLE,
        LEAF,
        RESERVED
};

/* What a walk at this level takes the descriptor for. */
static enum hardware hardware_kind(uint64_t d, int level)
{
        if ((d & 1) == 0) {
                return FAULT;
        }
        if ((d & 2) != 0) {
                return level == 3 ? LEAF : TABLE;
        }
        return level == 1 || level == 2 ? LEAF : RESERVED;
}

static uint64_t hardware_address(uint64_t d, int level, bool lpa2)
{
        uint64_t low = hardware_kind(d, level) == TABLE ? 12 : 12 + 9 * (3 - (unsigned)level);
        uint64_t address = d & (lpa2 ? 0x3FFFFFFFFF000 : 0xFFFFFFFFF000) & ~((UINT64_C(1) << low) - 1);

        return lpa2 ? address | (d >> 8 & 3) << 50 : address;
}

static const struct {
        unsigned state;
        unsigned ripas;
        bool address;
        bool live;
        bool owner;
        enum hardware kind;
} states[] = {
        { RMMSIM_RTTE_UNASSIGNED_EMPTY, RMMSIM_RIPAS_EMPTY, false, false, false, FAULT },
        { RMMSIM_RTTE_UNASSIGNED_RAM, RMMSIM_RIPAS_RAM, false, false, false, FAULT },
        { RMMSIM_RTTE_UNASSIGNED_DESTROYED, RMMSIM_RIPAS_DESTROYED, false, false, false, FAULT },
        { RMMSIM_RTTE_ASSIGNED_EMPTY, RMMSIM_RIPAS_EMPTY, true, true, true, FAULT },
        { RMMSIM_RTTE_ASSIGNED_RAM, RMMSIM_RIPAS_RAM, true, true, true, LEAF },
        { RMMSIM_RTTE_ASSIGNED_DESTROYED, RMMSIM_RIPAS_DESTROYED, true, true, true, FAULT },
        { RMMSIM_RTTE_UNASSIGNED_NS, RMMSIM_RIPAS_EMPTY, false, false, false, FAULT },
        { RMMSIM_RTTE_ASSIGNED_NS, RMMSIM_RIPAS_EMPTY, true, true, false, LEAF },
        { RMMSIM_RTTE_TABLE, RMMSIM_RIPAS_EMPTY, true, true, true, TABLE },
};

static uint64_t make(unsigned state, int level, uint64_t pa, bool lpa2)
{
        uint64_t attributes = UINT64_C(6) << 2 | UINT64_C(3) << 6;

        return state == RMMSIM_RTTE_ASSIGNED_NS ? rtte_make_ns(rtte_from_address(pa, lpa2) | attributes, level, lpa2)
                                                : rtte_make(state, level, pa, lpa2);
}

/* Addresses with one bit each, at every place a level allows. */
START_TEST(every_state_survives)
{
        unsigned state = states[_i].state;

        for (int lpa2 = 0; lpa2 < 2; lpa2++) {
                for (int level = 1; level <= 3; level++) {
                        for (unsigned bit = rtt_entry_shift(level); bit < (lpa2 ? 52 : 48); bit++) {
                                uint64_t pa = UINT64_C(1) << bit;
                                uint64_t rtte = make(state, level, pa, lpa2);

                                ck_assert_uint_eq(rtte_state(rtte), state);
                                if (states[_i].address) {
                                        ck_assert_uint_eq(rtte_address(rtte, lpa2), pa);
                                }
                                ck_assert_int_eq(rtte_is_sound(rtte, level, lpa2),
                                                 state != RMMSIM_RTTE_TABLE || level < 3);
                        }
                }
        }
}
END_TEST

START_TEST(hardware_agrees)
{
        unsigned state = states[_i].state;

        for (int lpa2 = 0; lpa2 < 2; lpa2++) {
                for (int level = 1; level <= 3; level++) {
                        uint64_t pa = UINT64_C(0x8040000000) | (lpa2 ? UINT64_C(0xF000000000000) : 0);
                        uint64_t rtte = make(state, level, pa, lpa2);
                        enum hardware kind = hardware_kind(rtte, level);

                        if (state == RMMSIM_RTTE_TABLE && level == 3) {
                                continue;
                        }
                        ck_assert_int_eq(kind, states[_i].kind);
                        if (kind != FAULT) {
                                ck_assert_uint_eq(hardware_address(rtte, level, lpa2), pa);
                        }
                        if (kind == LEAF) {
                                ck_assert_uint_ne(rtte & UINT64_C(1) << 10, 0);
                                ck_assert_uint_eq(rtte >> 55 & 1, state == RMMSIM_RTTE_ASSIGNED_NS);
                                ck_assert_uint_eq(rtte >> 53 & 3, state == RMMSIM_RTTE_ASSIGNED_NS ? 2 : 0);
                                ck_assert_uint_eq(rtte & (UINT64_C(1) << 5 | UINT64_C(1) << 11 | UINT64_C(7) << 50), 0);
                                ck_assert_uint_eq(rtte >> 59, 0);
                        }
                }
        }
}
END_TEST

START_TEST(classes_follow_the_state_table)
{
        for (unsigned i = 0; i < ARRAY_SIZE(states); i++) {
                uint64_t rtte = make(states[i].state, 2, 0x40000000, false);

                ck_assert_int_eq(rtte_state_has_address(states[i].state), states[i].address);
                ck_assert_int_eq(rtte_is_in(rtte, RTTE_ALL_LIVE), states[i].live);
                ck_assert_int_eq(rtte_is_in(rtte, RTTE_ALL_OWNERS), states[i].owner);
                ck_assert_uint_eq(rtte_state_ripas(states[i].state), states[i].ripas);
                ck_assert_int_eq(rtte_is_table(rtte), states[i].state == RMMSIM_RTTE_TABLE);
        }
        for (unsigned from = RMMSIM_RIPAS_EMPTY; from <= RMMSIM_RIPAS_DESTROYED; from++) {
                for (unsigned to = RMMSIM_RIPAS_EMPTY; to <= RMMSIM_RIPAS_DESTROYED; to++) {
                        ck_assert_uint_eq(rtte_state_with_ripas(states[from].state, to), states[to].state);
                        ck_assert_uint_eq(rtte_state_with_ripas(states[3 + from].state, to), states[3 + to].state);
                }
                ck_assert_uint_eq(rtte_state_assigned(states[from].state), states[3 + from].state);
        }
}
END_TEST

/* Whole descriptors, composed by hand from the layout. */
START_TEST(descriptors_in_full)
{
        const uint64_t ram = UINT64_C(4) << 56, ns = UINT64_C(7) << 56 | UINT64_C(1) << 55 | UINT64_C(1) << 54;

        ck_assert_uint_eq(rtte_make(RMMSIM_RTTE_ASSIGNED_RAM, 3, 0x12345000, false), ram | 0x12345000 | 0x7DB);
        ck_assert_uint_eq(rtte_make(RMMSIM_RTTE_ASSIGNED_RAM, 2, 0x12200000, false), ram | 0x12200000 | 0x7D9);
        ck_assert_uint_eq(rtte_make(RMMSIM_RTTE_ASSIGNED_RAM, 1, UINT64_C(0xC000040000000), true),
                          ram | 0x40000000 | 0x7D9);
        ck_assert_uint_eq(rtte_make(RMMSIM_RTTE_TABLE, -1, UINT64_C(0x8000012345000), true), 0x12345203);
        ck_assert_uint_eq(rtte_make(RMMSIM_RTTE_ASSIGNED_EMPTY, 3, 0x12345000, false), UINT64_C(3) << 56 | 0x12345000);
        ck_assert_uint_eq(rtte_make(RMMSIM_RTTE_UNASSIGNED_NS, 3, 0x12345000, false), UINT64_C(6) << 56);
        /* Normal WB read-only is inner shareable, Normal NC outer. */
        ck_assert_uint_eq(rtte_make_ns(0x12345058, 3, false), ns | 0x12345000 | 0x75B);
        ck_assert_uint_eq(rtte_make_ns(0x12345054, 3, false), ns | 0x12345000 | 0x657);
        ck_assert_uint_eq(rtte_make_ns(0x12345358, 3, true), ns | 0x12345000 | 0x75B);
        ck_assert_uint_eq(rtte_address(rtte_make_ns(0x12345358, 3, true), true), UINT64_C(0xC000012345000));
}
END_TEST

/* The mask of 3.7.1 without what alignment of the address adds; bits 49:48 make addr_bound instead of attr_valid. */
START_TEST(each_bit_of_desc)
{
        for (unsigned bit = 0; bit < 64; bit++) {
                for (int lpa2 = 0; lpa2 < 2; lpa2++) {
                        bool field = (bit >= 12 && bit <= 49) || bit == 2 || bit == 3 || bit == 6 || bit == 7 ||
                                     (lpa2 && (bit == 8 || bit == 9));

                        ck_assert_int_eq(rtte_desc_is_valid(UINT64_C(1) << bit, lpa2), field);
                }
        }
        for (uint64_t attributes = 0; attributes < 256; attributes++) {
                bool bad = (attributes & 0x23) != 0 || (attributes >> 2 & 7) == 4;

                ck_assert_int_eq(rtte_desc_is_valid(attributes, false), !bad);
        }
}
END_TEST

START_TEST(host_reads_its_own_desc)
{
        for (uint64_t attributes = 0; attributes < 0x400; attributes += 4) {
                for (int lpa2 = 0; lpa2 < 2; lpa2++) {
                        uint64_t desc = UINT64_C(0xABCDE40000000) & rtte_address_mask(lpa2) & ~UINT64_C(0xFFF);

                        desc |= attributes;
                        if (!rtte_desc_is_valid(desc, lpa2)) {
                                continue;
                        }
                        for (int level = 1; level <= 3; level++) {
                                ck_assert_uint_eq(rtte_desc(rtte_make_ns(desc, level, lpa2), lpa2), desc);
                        }
                }
        }
        ck_assert_uint_eq(rtte_desc(rtte_make(RMMSIM_RTTE_ASSIGNED_DESTROYED, 3, 0x7000, false), false), 0x7000);
        ck_assert_uint_eq(rtte_desc(rtte_make(RMMSIM_RTTE_ASSIGNED_RAM, 3, UINT64_C(0x4000000007000), true), true),
                          0x7100);
        ck_assert_uint_eq(rtte_desc(rtte_make(RMMSIM_RTTE_TABLE, 0, UINT64_C(0x8000000007000), true), true), 0x7200);
        ck_assert_uint_eq(rtte_desc(rtte_make(RMMSIM_RTTE_UNASSIGNED_DESTROYED, 3, 0, false), false), 0);
}
END_TEST

/* The audit's question must not be answered yes for anything else: flip every bit of every kind of entry. */
START_TEST(no_other_descriptor_is_sound)
{
        unsigned state = states[_i].state;
        uint64_t rtte = make(state, 2, 0x40000000, false);

        for (unsigned bit = 0; bit < 64; bit++) {
                uint64_t flipped = rtte ^ UINT64_C(1) << bit;
                bool address_bit = states[_i].address && bit >= (state == RMMSIM_RTTE_TABLE ? 12u : 21u) && bit < 48;
                bool host_bit = state == RMMSIM_RTTE_ASSIGNED_NS && (bit == 2 || (bit >= 6 && bit < 8));
                bool other_state = (rtte & 1) == 0 && bit >= 56 && bit < 59 && rtte_is_sound(flipped, 2, false) &&
                                   rtte_state(flipped) != state;

                ck_assert_msg(rtte_is_sound(flipped, 2, false) == (address_bit || host_bit) || other_state, "bit %u",
                              bit);
        }
        ck_assert(!rtte_is_sound(make(RMMSIM_RTTE_ASSIGNED_RAM, 2, 0x40001000, false), 2, false));
        ck_assert(!rtte_is_sound(make(RMMSIM_RTTE_ASSIGNED_EMPTY, 0, 0, false), 0, false));
        ck_assert(!rtte_is_sound(make(RMMSIM_RTTE_ASSIGNED_RAM, 3, 0, false), 2, false));
        ck_assert(!rtte_is_sound(make(RMMSIM_RTTE_TABLE, 3, 0x1000, false), 3, false));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_entry");
        TCase *tcase = tcase_create("descriptors");
        SRunner *runner;
        int failed;

        tcase_add_loop_test(tcase, every_state_survives, 0, (int)ARRAY_SIZE(states));
        tcase_add_loop_test(tcase, hardware_agrees, 0, (int)ARRAY_SIZE(states));
        tcase_add_test(tcase, classes_follow_the_state_table);
        tcase_add_test(tcase, descriptors_in_full);
        tcase_add_test(tcase, each_bit_of_desc);
        tcase_add_test(tcase, host_reads_its_own_desc);
        tcase_add_loop_test(tcase, no_other_descriptor_is_sound, 0, (int)ARRAY_SIZE(states));
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
