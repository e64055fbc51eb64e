/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_data.c - memory of a Realm: from which state to which, what is in it, what is measured, and what is left when it goes.
 *
 * Refusals are in test_rtt_refusals.c, the `top` of RMI_DATA_DESTROY is in test_rtt_destroy.c.
 *
 * Specification: RTT sheet sections 2.2 and 3.1 to 3.3; section 9, D8, D11, D19; lifecycle sheet section 7.
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

/* A page of the host, filled. */
static uint64_t source(uint8_t byte)
{
        uint64_t src = pages(&m, 1, PAGE);

        memset(host(&m, src), byte, PAGE);
        return src;
}

static uint64_t create(uint64_t ipa, uint64_t src, uint64_t flags)
{
        uint64_t pa = delegated(&m);

        GRANTED(&m, rmi_data_create, .rd = m.rd, .data = pa, .ipa = ipa, .src = src, .flags = flags);
        EXPECT_STATE(&m, pa, DATA);
        return pa;
}

static const unsigned unassigned[] = { RMMSIM_RTTE_UNASSIGNED_EMPTY, RMMSIM_RTTE_UNASSIGNED_RAM,
                                       RMMSIM_RTTE_UNASSIGNED_DESTROYED };

/* ---- transitions, section 2.2 -------------------------------------------------------------------------------------- */

START_TEST(create_makes_ram)
{
        uint64_t pa;

        leaf(&m, 0x5000, 3, unassigned[_i]);
        pa = create(0x5000, source(0), 0);
        EXPECT_LEAF(&m, 0x5000, ASSIGNED_RAM);
        expect_entry(&m, 0x5000, 3, 3, RMMSIM_RTT_ASSIGNED, pa, RMMSIM_RIPAS_RAM);
        REFUSED(&m, ERROR_RTT, 3, rmi_data_create, rtte_state, .rd = m.rd, .data = delegated(&m), .ipa = 0x5000,
                .src = source(0));
}
END_TEST

START_TEST(create_unknown_keeps_ripas)
{
        uint64_t pa;

        leaf(&m, 0x5000, 3, unassigned[_i]);
        pa = data(&m, 0x5000);
        EXPECT_STATE(&m, pa, DATA);
        expect_entry(&m, 0x5000, 3, 3, RMMSIM_RTT_ASSIGNED, pa, (unsigned)_i);
        REFUSED(&m, ERROR_RTT, 3, rmi_data_create_unknown, rtte_state, .rd = m.rd, .data = delegated(&m),
                .ipa = 0x5000);
}
END_TEST

START_TEST(destroy_leaves_its_mark)
{
        static const unsigned left[] = { RMMSIM_RIPAS_EMPTY, RMMSIM_RIPAS_DESTROYED, RMMSIM_RIPAS_DESTROYED };
        uint64_t pa;

        leaf(&m, 0x5000, 3, unassigned[_i] + 3);
        GRANTED(&m, rmi_rtt_read_entry, .rd = m.rd, .ipa = 0x5000, .level = 3);
        pa = m.out.x[3];
        memset(realm_page(&m, pa), 0x77, PAGE);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x5000);
        ck_assert_uint_eq(m.out.x[1], pa);
        EXPECT_STATE(&m, pa, DELEGATED);
        ck_assert(realm_page_is_zero(&m, pa));
        expect_entry(&m, 0x5000, 3, 3, RMMSIM_RTT_UNASSIGNED, 0, left[_i]);
        REFUSED(&m, ERROR_RTT, 3, rmi_data_destroy, rtte_state, .rd = m.rd, .ipa = 0x5000);
        GRANTED(&m, rmi_granule_undelegate, .addr = pa);
}
END_TEST

/* The first and the last page of the Protected half, through trees of several shapes. */
START_TEST(at_the_ends_of_the_half)
{
        static const struct {
                unsigned width;
                int level;
                unsigned roots;
                bool lpa2;
        } shapes[] = { { 40, 0, 1, false }, { 40, 1, 2, false }, { 34, 2, 16, false },
                       { 39, 1, 1, false }, { 52, 0, 16, true }, { 52, -1, 1, true } };

        realm_begin(&m, shapes[_i].width, shapes[_i].level, shapes[_i].roots, shapes[_i].lpa2);
        tables(&m, 0, 3);
        tables(&m, m.half - PAGE, 3);
        (void)create(0, source(0), 0);
        (void)create(m.half - PAGE, source(0), 0);
        tables(&m, m.half, 3);
        REFUSED(&m, ERROR_INPUT, 0, rmi_data_create_unknown, ipa_bound, .rd = m.rd, .data = delegated(&m),
                .ipa = m.half);
        map(&m, m.half, 3, DESC_RW);
        REFUSED(&m, ERROR_INPUT, 0, rmi_data_create_unknown, ipa_bound, .rd = m.rd, .data = delegated(&m),
                .ipa = m.half);
        REFUSED(&m, ERROR_INPUT, 0, rmi_data_destroy, ipa_bound, .rd = m.rd, .ipa = m.half);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = m.half - PAGE);
        EXPECT_LEAF(&m, m.half, ASSIGNED_NS);
}
END_TEST

/* ---- contents ------------------------------------------------------------------------------------------------------ */

START_TEST(contents_are_copied)
{
        uint64_t src = source(0xC3), pa;

        tables(&m, 0, 3);
        host(&m, src)[4095] = 0x11;
        pa = create(0, src, RMMSIM_DATA_FLAG_MEASURE);
        ck_assert_mem_eq(realm_page(&m, pa), host(&m, src), PAGE);
        EXPECT_STATE(&m, src, UNDELEGATED);
        memset(host(&m, src), 0, PAGE);
        ck_assert_int_eq(*(uint8_t *)realm_page(&m, pa), 0xC3);
        /* The same page may serve again. */
        (void)create(0x1000, src, 0);
        pa = data(&m, 0x2000);
        ck_assert(realm_page_is_zero(&m, pa));
}
END_TEST

/* Not every page of the host's can be read. */
START_TEST(sources_out_of_reach)
{
        uint64_t pa = delegated(&m), src = source(0x42);

        tables(&m, 0, 3);
        REFUSED(&m, ERROR_INPUT, 0, rmi_data_create, src_pas, .rd = m.rd, .data = pa, .ipa = 0, .src = WALLED);
        REFUSED(&m, ERROR_INPUT, 0, rmi_data_create, src_pas, .rd = m.rd, .data = pa, .ipa = 0, .src = pa);
        for (unsigned gpt = RMMSIM_GPT_GPT_SECURE; gpt <= RMMSIM_GPT_GPT_ROOT; gpt++) {
                ck_assert_int_eq(rmmsim_gpt_set(m.sim, src, PAGE, gpt), 0);
                REFUSED(&m, ERROR_INPUT, 0, rmi_data_create, src_pas, .rd = m.rd, .data = pa, .ipa = 0, .src = src);
                /* Also where the walk is blocked. */
                REFUSED(&m, ERROR_INPUT, 0, rmi_data_create, src_pas, .rd = m.rd, .data = pa, .ipa = GB, .src = src);
        }
        ck_assert(realm_page_is_zero(&m, pa));
        ck_assert_int_eq(rmmsim_gpt_set(m.sim, src, PAGE, RMMSIM_GPT_GPT_AAP), 0);
        GRANTED(&m, rmi_data_create, .rd = m.rd, .data = pa, .ipa = 0, .src = src);
        ck_assert_int_eq(*(uint8_t *)realm_page(&m, pa), 0x42);
}
END_TEST

START_TEST(far_memory)
{
        uint64_t near = LIMIT_48 - PAGE, far = LIMIT_48, tower = TOWER + 0x7000, src = source(1);

        delegate(&m, near);
        delegate(&m, far);
        delegate(&m, tower);
        tables(&m, 0, 3);
        REFUSED(&m, ERROR_INPUT, 0, rmi_data_create, data_bound2, .rd = m.rd, .data = far, .ipa = 0, .src = src);
        REFUSED(&m, ERROR_INPUT, 0, rmi_data_create_unknown, data_bound2, .rd = m.rd, .data = far, .ipa = 0);
        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = near, .ipa = 0);
        realm_begin(&m, 40, 0, 1, true);
        tables(&m, 0, 3);
        GRANTED(&m, rmi_data_create, .rd = m.rd, .data = far, .ipa = 0, .src = src);
        expect_entry(&m, 0, 3, 3, RMMSIM_RTT_ASSIGNED, far, RMMSIM_RIPAS_RAM);
        GRANTED(&m, rmi_data_create_unknown, .rd = m.rd, .data = tower, .ipa = 0x1000);
        expect_entry(&m, 0x1000, 3, 3, RMMSIM_RTT_ASSIGNED, 0x7300, RMMSIM_RIPAS_EMPTY);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x1000);
        ck_assert_uint_eq(m.out.x[1], tower);
        EXPECT_STATE(&m, tower, DELEGATED);
}
END_TEST

/* ---- states of the Realm ------------------------------------------------------------------------------------------- */

START_TEST(realm_states)
{
        uint64_t src = source(0), pa = delegated(&m);

        tables(&m, 0, 3);
        realm_become(&m, (unsigned)_i);
        if (_i == RMMSIM_REALM_REALM_NEW) {
                GRANTED(&m, rmi_data_create, .rd = m.rd, .data = pa, .ipa = 0, .src = src);
        } else {
                REFUSED(&m, ERROR_REALM, 0, rmi_data_create, realm_state, .rd = m.rd, .data = pa, .ipa = 0, .src = src);
                ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, (unsigned)_i);
                /* Before what the walk would find, and after what is wrong with the Granules. */
                REFUSED(&m, ERROR_REALM, 0, rmi_data_create, realm_state, .rd = m.rd, .data = pa, .ipa = GB,
                        .src = src);
                REFUSED(&m, ERROR_INPUT, 0, rmi_data_create, data_state, .rd = m.rd, .data = src, .ipa = 0, .src = src);
        }
        (void)data(&m, 0x1000);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x1000);
}
END_TEST

/* ---- measurement --------------------------------------------------------------------------------------------------- */

/* Bits 63:1 of the flags are SBZ: ignored, yet measured; or refused, as deployed monitors do (D11). */
START_TEST(flags_that_should_be_zero)
{
        uint8_t rims[3][64];
        uint64_t flags[] = { 0, 2, UINT64_C(1) << 63 };

        for (unsigned i = 0; i < 3; i++) {
                realm_begin(&m, 40, 0, 1, false);
                tables(&m, 0, 3);
                (void)create(0, source(0xA5), flags[i]);
                memcpy(rims[i], rim(&m), 64);
        }
        ck_assert_mem_ne(rims[0], rims[1], 64);
        ck_assert_mem_ne(rims[1], rims[2], 64);
        machine_destroy(&m);
        usual_machine(&m, RMMSIM_QUIRK_data_flags_checked);
        tables(&m, 0, 3);
        for (unsigned i = 1; i < 3; i++) {
                REFUSED(&m, ERROR_INPUT, 0, rmi_data_create, flags_valid, .rd = m.rd, .data = delegated(&m), .ipa = 0,
                        .src = source(0), .flags = flags[i]);
        }
        (void)create(0, source(0), 1);
}
END_TEST

/* What is not measured: memory of unknown contents, tables, and everything that is taken away. */
START_TEST(what_is_not_measured)
{
        uint8_t before[64];

        tables(&m, 0, 3);
        (void)create(0, source(1), 1);
        memcpy(before, rim(&m), 64);
        (void)data(&m, 0x1000);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0);
        GRANTED(&m, rmi_data_destroy, .rd = m.rd, .ipa = 0x1000);
        (void)table(&m, 2 * MB, 3);
        fold(&m, 2 * MB, 3);
        GRANTED(&m, rmi_rtt_destroy, .rd = m.rd, .ipa = 0, .level = 3);
        ck_assert_mem_eq(rim(&m), before, 64);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("data");
        TCase *tcase = tcase_create("memory");
        const int states_end = RMMSIM_REALM_REALM_SYSTEM_OFF + 1;

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, create_makes_ram, 0, 3);
        tcase_add_loop_test(tcase, create_unknown_keeps_ripas, 0, 3);
        tcase_add_loop_test(tcase, destroy_leaves_its_mark, 0, 3);
        tcase_add_loop_test(tcase, at_the_ends_of_the_half, 0, 6);
        tcase_add_test(tcase, contents_are_copied);
        tcase_add_test(tcase, sources_out_of_reach);
        tcase_add_test(tcase, far_memory);
        tcase_add_loop_test(tcase, realm_states, RMMSIM_REALM_REALM_NEW, states_end);
        tcase_add_test(tcase, flags_that_should_be_zero);
        tcase_add_test(tcase, what_is_not_measured);
        suite_add_tcase(suite, tcase);
        return run(suite);
}
