/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_ripas_change.c - the host applies what a REC asked for: RMI_RTT_SET_RIPAS.
 *
 * Requests are planted in the REC as RSI_IPA_STATE_SET leaves them, so that every shape of request can be tried; that
 * the real command leaves them so is for its own tests.
 *
 * Specification: RTT sheet sections 1.5, 2.2, 3.11, 4.1 and 9 (D6, D7).
 */
#include "rtt_fixture.h"

static struct machine m;
static uint64_t rec;

/* The tables of the sheet's examples: a level 3 table for the first 2 MB, a level 2 table for the first GB. */
static void begin(uint64_t quirks)
{
        usual_machine(&m, quirks);
        rec = rec_new(&m, m.rd, 0);
        tables(&m, 0, 3);
}

static void setup(void)
{
        begin(0);
}

static void teardown(void)
{
        machine_destroy(&m);
}

static void with_quirks(uint64_t quirks)
{
        machine_destroy(&m);
        begin(quirks);
}

static uint64_t progress(void)
{
        return rec_page(&m, rec)->ripas_addr;
}

#define SET(base_, top_, out_top_)                                                                                     \
        do {                                                                                                           \
                GRANTED(&m, rmi_rtt_set_ripas, .rd = m.rd, .rec = rec, .base = (base_), .top = (top_));                \
                ck_assert_uint_eq(m.out.x[1], out_top_);                                                               \
                ck_assert_uint_eq(progress(), out_top_);                                                               \
        } while (0)
#define NO_SET(STATUS, level_, condition_, base_, top_)                                                                \
        do {                                                                                                           \
                REFUSED(&m, STATUS, level_, rmi_rtt_set_ripas, condition_, .rd = m.rd, .rec = rec, .base = (base_),    \
                        .top = (top_));                                                                                \
                ck_assert_uint_eq(m.out.x[1], 0);                                                                      \
        } while (0)

static void expect_ripas(uint64_t base, uint64_t top, unsigned ripas)
{
        for (uint64_t ipa = base; ipa < top; ipa += PAGE) {
                ck_assert_uint_eq(rtte_state_ripas(leaf_state(&m, ipa)), ripas);
        }
}

/* ---- the examples of section 3.11 ---------------------------------------------------------------------------------- */

START_TEST(page_by_page)
{
        request(&m, rec, 0x3000, 0x6000, RMMSIM_RIPAS_RAM, false);
        SET(0x3000, 0x4000, 0x4000);
        expect_ripas(0x3000, 0x4000, RMMSIM_RIPAS_RAM);
        expect_ripas(0x4000, 0x6000, RMMSIM_RIPAS_EMPTY);
        NO_SET(ERROR_INPUT, 0, base_bound, 0x3000, 0x5000);
        NO_SET(ERROR_INPUT, 0, base_bound, 0x5000, 0x6000);
        NO_SET(ERROR_INPUT, 0, top_bound, 0x4000, 0x7000);
        NO_SET(ERROR_INPUT, 0, size_valid, 0x4000, 0x4000);
        NO_SET(ERROR_INPUT, 0, base_bound, 0x4800, 0x6000);
        NO_SET(ERROR_INPUT, 0, top_gran_align, 0x4000, 0x5800);
        SET(0x4000, 0x6000, 0x6000);
        expect_ripas(0x3000, 0x6000, RMMSIM_RIPAS_RAM);
        expect_ripas(0x6000, 0x8000, RMMSIM_RIPAS_EMPTY);
        NO_SET(ERROR_INPUT, 0, size_valid, 0x6000, 0x6000);
        NO_SET(ERROR_INPUT, 0, top_bound, 0x6000, 0x7000);
}
END_TEST

START_TEST(across_tables)
{
        request(&m, rec, 0x100000, 0x800000, RMMSIM_RIPAS_RAM, false);
        SET(0x100000, 0x800000, 0x200000);
        SET(0x200000, 0x800000, 0x800000);
        expect_ripas(0, 0x100000, RMMSIM_RIPAS_EMPTY);
        expect_ripas(0x100000, 0x800000, RMMSIM_RIPAS_RAM);
        expect_ripas(0x800000, 0xA00000, RMMSIM_RIPAS_EMPTY);
        expect_entry(&m, 0x200000, 3, 2, RMMSIM_RTT_UNASSIGNED, 0, RMMSIM_RIPAS_RAM);
}
END_TEST

START_TEST(whole_entries_only)
{
        request(&m, rec, 0x200000, 0x600000, RMMSIM_RIPAS_RAM, false);
        NO_SET(ERROR_RTT, 2, no_progress, 0x200000, 0x201000);
        SET(0x200000, 0x401000, 0x400000);
        expect_ripas(0x400000, 0x600000, RMMSIM_RIPAS_EMPTY);
        request(&m, rec, 0x601000, 0x800000, RMMSIM_RIPAS_RAM, false);
        NO_SET(ERROR_RTT, 2, base_align, 0x601000, 0x800000);
}
END_TEST

START_TEST(destroyed_stops)
{
        leaf(&m, 0x8000, 3, RMMSIM_RTTE_UNASSIGNED_DESTROYED);
        request(&m, rec, 0x7000, 0xA000, RMMSIM_RIPAS_RAM, false);
        SET(0x7000, 0xA000, 0x8000);
        NO_SET(ERROR_RTT, 3, no_progress, 0x8000, 0xA000);
        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, RMMSIM_RTTE_UNASSIGNED_DESTROYED);
        /* For EMPTY too, in 1.0. */
        request(&m, rec, 0x8000, 0xA000, RMMSIM_RIPAS_EMPTY, false);
        NO_SET(ERROR_RTT, 3, no_progress, 0x8000, 0xA000);
        request(&m, rec, 0x7000, 0xA000, RMMSIM_RIPAS_EMPTY, true);
        SET(0x7000, 0xA000, 0xA000);
        expect_ripas(0x7000, 0xA000, RMMSIM_RIPAS_EMPTY);
}
END_TEST

START_TEST(inside_a_block)
{
        leaf(&m, 0xC00000, 2, RMMSIM_RTTE_ASSIGNED_RAM);
        request(&m, rec, 0xC00000, 0xC01000, RMMSIM_RIPAS_EMPTY, false);
        NO_SET(ERROR_RTT, 2, no_progress, 0xC00000, 0xC01000);
        /* As the host does it: a table below, and then the page. */
        (void)table(&m, 0xC00000, 3);
        SET(0xC00000, 0xC01000, 0xC01000);
        EXPECT_LEAF(&m, 0xC00000, ASSIGNED_EMPTY);
        EXPECT_LEAF(&m, 0xC01000, ASSIGNED_RAM);
}
END_TEST

/* A table ends the run; the next call walks into it. */
START_TEST(a_table_in_the_way)
{
        (void)table(&m, 0x600000, 3);
        request(&m, rec, 0x200000, 0xA00000, RMMSIM_RIPAS_RAM, false);
        SET(0x200000, 0xA00000, 0x600000);
        SET(0x600000, 0xA00000, 0x800000);
        SET(0x800000, 0xA00000, 0xA00000);
        expect_ripas(0x200000, 0xA00000, RMMSIM_RIPAS_RAM);
}
END_TEST

/* ---- transitions, section 2.2 -------------------------------------------------------------------------------------- */

/* Each Protected leaf, as page and as block, to RAM and to EMPTY, with and without leave to touch DESTROYED. */
START_TEST(every_leaf)
{
        static const uint64_t bases[] = { 0x5000, 0x600000 };
        unsigned state = (unsigned)_i;

        for (unsigned place = 0; place < 2; place++) {
                uint64_t base = bases[place], top = base + (place == 0 ? PAGE : 2 * MB);
                int level = place == 0 ? 3 : 2;

                for (unsigned wanted = RMMSIM_RIPAS_EMPTY; wanted <= RMMSIM_RIPAS_RAM; wanted++) {
                        for (unsigned leave = 0; leave < 2; leave++) {
                                uint64_t pa;

                                with_quirks(0);
                                leaf(&m, base, level, state);
                                GRANTED(&m, rmi_rtt_read_entry, .rd = m.rd, .ipa = base, .level = (uint64_t)level);
                                pa = m.out.x[3];
                                request(&m, rec, base, top, wanted, leave);
                                if (state % 3 == RMMSIM_RIPAS_DESTROYED && !leave) {
                                        NO_SET(ERROR_RTT, level, no_progress, base, top);
                                        continue;
                                }
                                SET(base, top, top);
                                ck_assert_uint_eq(leaf_state(&m, base), state - state % 3 + wanted);
                                expect_entry(&m, base, level, level,
                                             state < 3 ? RMMSIM_RTT_UNASSIGNED : RMMSIM_RTT_ASSIGNED, pa, wanted);
                        }
                }
        }
}
END_TEST

/* A page that the Realm gives up and takes back is the same page. */
START_TEST(contents_survive)
{
        uint64_t pa;
        uint8_t rim_before[64];

        ram(&m, 0x5000, 0x6000);
        pa = data(&m, 0x5000);
        memset(realm_page(&m, pa), 0x3C, PAGE);
        memcpy(rim_before, rim(&m), 64);
        request(&m, rec, 0x5000, 0x6000, RMMSIM_RIPAS_EMPTY, false);
        SET(0x5000, 0x6000, 0x6000);
        EXPECT_STATE(&m, pa, DATA);
        request(&m, rec, 0x5000, 0x6000, RMMSIM_RIPAS_RAM, false);
        SET(0x5000, 0x6000, 0x6000);
        expect_entry(&m, 0x5000, 3, 3, RMMSIM_RTT_ASSIGNED, pa, RMMSIM_RIPAS_RAM);
        ck_assert_int_eq(*(uint8_t *)realm_page(&m, pa), 0x3C);
        ck_assert_mem_eq(rim(&m), rim_before, 64);
}
END_TEST

/* ---- nothing to change: D6 ----------------------------------------------------------------------------------------- */

/* The specification: success, up to the last whole entry; never back behind base. */
START_TEST(already_so)
{
        ram(&m, 0x200000, 0xA00000);
        request(&m, rec, 0x201000, 0xA00000, RMMSIM_RIPAS_RAM, false);
        SET(0x201000, 0x300000, 0x201000);
        SET(0x201000, 0x400000, 0x400000);
        SET(0x400000, 0x401000, 0x400000);
        SET(0x400000, 0x601000, 0x600000);
        SET(0x600000, 0xA00000, 0xA00000);
        expect_ripas(0x200000, 0xA00000, RMMSIM_RIPAS_RAM);
        /* What follows an entry that need not change may well need to. */
        request(&m, rec, 0x801000, 0xE00000, RMMSIM_RIPAS_RAM, false);
        SET(0x801000, 0xC00000, 0xC00000);
        expect_ripas(0xA00000, 0xC00000, RMMSIM_RIPAS_RAM);
        /* Another RIPAS is an error as ever. */
        request(&m, rec, 0x201000, 0xA00000, RMMSIM_RIPAS_EMPTY, false);
        NO_SET(ERROR_RTT, 2, base_align, 0x201000, 0xA00000);
        request(&m, rec, 0x200000, 0xA00000, RMMSIM_RIPAS_EMPTY, false);
        NO_SET(ERROR_RTT, 2, no_progress, 0x200000, 0x201000);
}
END_TEST

/* Deployed monitors: an error, so that a host always moves on. */
START_TEST(already_so_with_progress)
{
        with_quirks(RMMSIM_QUIRK_set_ripas_progress);
        ram(&m, 0x200000, 0xA00000);
        request(&m, rec, 0x201000, 0xA00000, RMMSIM_RIPAS_RAM, false);
        NO_SET(ERROR_RTT, 2, base_align, 0x201000, 0x300000);
        NO_SET(ERROR_RTT, 2, base_align, 0x201000, 0x400000);
        request(&m, rec, 0x400000, 0xA00000, RMMSIM_RIPAS_RAM, false);
        NO_SET(ERROR_RTT, 2, no_progress, 0x400000, 0x401000);
        SET(0x400000, 0x601000, 0x600000);
        SET(0x600000, 0xA00000, 0xA00000);
}
END_TEST

/* ---- whose request ------------------------------------------------------------------------------------------------- */

START_TEST(no_request)
{
        NO_SET(ERROR_INPUT, 0, top_bound, 0, PAGE);
        NO_SET(ERROR_INPUT, 0, base_bound, PAGE, 2 * PAGE);
        NO_SET(ERROR_INPUT, 0, size_valid, 0, 0);
}
END_TEST

START_TEST(a_running_rec)
{
        request(&m, rec, 0x3000, 0x6000, RMMSIM_RIPAS_RAM, false);
        rec_page(&m, rec)->state = RMMSIM_REC_REC_RUNNING;
        NO_SET(ERROR_REC, 0, rec_state, 0x3000, 0x6000);
        /* Before everything that could be known only from inside the REC. */
        NO_SET(ERROR_REC, 0, rec_state, 0x4000, 0x9000);
        rec_page(&m, rec)->state = RMMSIM_REC_REC_READY;
        SET(0x3000, 0x6000, 0x6000);
}
END_TEST

START_TEST(a_rec_of_another_realm)
{
        uint64_t first = m.rd;

        request(&m, rec, 0x3000, 0x6000, RMMSIM_RIPAS_RAM, false);
        realm_begin(&m, 40, 0, 1, false);
        tables(&m, 0, 3);
        NO_SET(ERROR_REC, 0, rec_owner, 0x3000, 0x6000);
        NO_SET(ERROR_REC, 0, rec_owner, 0, 0x9000);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_set_ripas, rd_state, .rd = rec, .rec = rec, .base = 0x3000, .top = 0x6000);
        m.rd = first;
        SET(0x3000, 0x6000, 0x6000);
}
END_TEST

/* A request outlives the Realm's turning itself off. */
START_TEST(in_every_state_of_the_realm)
{
        realm_become(&m, (unsigned)_i);
        request(&m, rec, 0x3000, 0x6000, RMMSIM_RIPAS_RAM, false);
        SET(0x3000, 0x6000, 0x6000);
        expect_ripas(0x3000, 0x6000, RMMSIM_RIPAS_RAM);
}
END_TEST

/* The last page of the Protected half, and roots at other levels. */
START_TEST(up_to_the_half)
{
        realm_begin(&m, 40, 1, 2, false);
        rec = rec_new(&m, m.rd, 0);
        request(&m, rec, m.half - 2 * GB, m.half, RMMSIM_RIPAS_RAM, false);
        SET(m.half - 2 * GB, m.half, m.half);
        EXPECT_LEAF(&m, m.half - PAGE, UNASSIGNED_RAM);
        EXPECT_LEAF(&m, m.half, UNASSIGNED_NS);
        realm_begin(&m, 34, 2, 16, false);
        rec = rec_new(&m, m.rd, 0);
        request(&m, rec, GB - 4 * MB, GB + 4 * MB, RMMSIM_RIPAS_RAM, true);
        SET(GB - 4 * MB, GB + 4 * MB, GB);
        SET(GB, GB + 4 * MB, GB + 4 * MB);
        realm_begin(&m, 52, -1, 1, true);
        rec = rec_new(&m, m.rd, 0);
        request(&m, rec, 0, m.half, RMMSIM_RIPAS_RAM, false);
        NO_SET(ERROR_RTT, -1, no_progress, 0, PAGE);
        ck_assert_uint_eq(m.out.x[0], 0xFF04);
        SET(0, m.half, m.half);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("ripas_change");
        TCase *tcase = tcase_create("change");
        const int states_end = RMMSIM_REALM_REALM_SYSTEM_OFF + 1;

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, page_by_page);
        tcase_add_test(tcase, across_tables);
        tcase_add_test(tcase, whole_entries_only);
        tcase_add_test(tcase, destroyed_stops);
        tcase_add_test(tcase, inside_a_block);
        tcase_add_test(tcase, a_table_in_the_way);
        tcase_add_loop_test(tcase, every_leaf, 0, 6);
        tcase_add_test(tcase, contents_survive);
        tcase_add_test(tcase, already_so);
        tcase_add_test(tcase, already_so_with_progress);
        tcase_add_test(tcase, no_request);
        tcase_add_test(tcase, a_running_rec);
        tcase_add_test(tcase, a_rec_of_another_realm);
        tcase_add_loop_test(tcase, in_every_state_of_the_realm, RMMSIM_REALM_REALM_NEW, states_end);
        tcase_add_test(tcase, up_to_the_half);
        suite_add_tcase(suite, tcase);
        return run(suite);
}
