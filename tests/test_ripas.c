/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_ripas.c - what a Realm may expect of its addresses, set while it is built: RMI_RTT_INIT_RIPAS.
 *
 * The worked examples of the sheet by their numbers, both readings where deployed monitors differ from the
 * specification, and the measurements that the sheet gives as vectors.
 *
 * Specification: RTT sheet sections 1.5, 2.2, 3.10, 3.11 and 9 (D4 to D7); lifecycle sheet sections 7.3 and 7.5.
 */
#include "hex.h"
#include "measurement.h"
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

static void with_quirks(uint64_t quirks)
{
        machine_destroy(&m);
        usual_machine(&m, quirks);
}

/* The tables of the examples: a level 3 table for the first 2 MB, a level 2 table for the first GB. */
static void example_tables(void)
{
        tables(&m, 0, 3);
}

static void expect_ripas(uint64_t base, uint64_t top, unsigned ripas)
{
        for (uint64_t ipa = base; ipa < top; ipa += PAGE) {
                ck_assert_uint_eq(rtte_state_ripas(leaf_state(&m, ipa)), ripas);
        }
}

/* ---- RMI_RTT_INIT_RIPAS -------------------------------------------------------------------------------------------- */

#define INIT(base_, top_, out_top_)                                                                                    \
        do {                                                                                                           \
                GRANTED(&m, rmi_rtt_init_ripas, .rd = m.rd, .base = (base_), .top = (top_));                           \
                ck_assert_uint_eq(m.out.x[1], out_top_);                                                               \
        } while (0)
#define NO_INIT(level_, condition_, base_, top_)                                                                       \
        do {                                                                                                           \
                REFUSED(&m, ERROR_RTT, level_, rmi_rtt_init_ripas, condition_, .rd = m.rd, .base = (base_),            \
                        .top = (top_));                                                                                \
                ck_assert_uint_eq(m.out.x[1], 0);                                                                      \
        } while (0)

START_TEST(init_examples)
{
        example_tables();
        INIT(0, 0x1000, 0x1000);
        INIT(0, 0x1000, 0x1000);
        expect_ripas(0, 0x1000, RMMSIM_RIPAS_RAM);
        expect_ripas(0x1000, 2 * MB, RMMSIM_RIPAS_EMPTY);
        INIT(0x1000, 0x600000, 0x200000);
        expect_ripas(0, 2 * MB, RMMSIM_RIPAS_RAM);
        expect_ripas(2 * MB, 8 * MB, RMMSIM_RIPAS_EMPTY);
        INIT(0x200000, 0x601000, 0x600000);
        expect_ripas(2 * MB, 6 * MB, RMMSIM_RIPAS_RAM);
        expect_ripas(6 * MB, 8 * MB, RMMSIM_RIPAS_EMPTY);
        (void)table(&m, 0x600000, 3);
        INIT(0x200000, 0x40000000, 0x600000);
        expect_ripas(6 * MB, 8 * MB, RMMSIM_RIPAS_EMPTY);
        NO_INIT(2, no_progress, 0x200000, 0x201000);
        NO_INIT(2, base_align, 0x201000, 0x400000);
        NO_INIT(1, base_align, (UINT64_C(1) << 39) - 0x1000, UINT64_C(1) << 39);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, top_bound, .rd = m.rd, .base = 0x1000,
                .top = (UINT64_C(1) << 39) + 0x1000);
}
END_TEST

START_TEST(init_to_the_end_of_the_table)
{
        example_tables();
        INIT(0x200000, 0x80000000, 0x40000000);
        expect_ripas(0, 2 * MB, RMMSIM_RIPAS_EMPTY);
        ck_assert_uint_eq(leaf_state(&m, GB - PAGE), RMMSIM_RTTE_UNASSIGNED_RAM);
        ck_assert_uint_eq(leaf_state(&m, GB), RMMSIM_RTTE_UNASSIGNED_EMPTY);
}
END_TEST

START_TEST(init_in_roots)
{
        INIT(0, UINT64_C(1) << 39, UINT64_C(1) << 39);
        EXPECT_LEAF(&m, m.half - PAGE, UNASSIGNED_RAM);
        EXPECT_LEAF(&m, m.half, UNASSIGNED_NS);
        realm_begin(&m, 34, 2, 16, false);
        INIT(0, UINT64_C(1) << 33, UINT64_C(1) << 30);
        EXPECT_LEAF(&m, GB - PAGE, UNASSIGNED_RAM);
        EXPECT_LEAF(&m, GB, UNASSIGNED_EMPTY);
        realm_begin(&m, 52, -1, 1, true);
        INIT(0, UINT64_C(1) << 51, UINT64_C(1) << 51);
        EXPECT_LEAF(&m, m.half - PAGE, UNASSIGNED_RAM);
        EXPECT_LEAF(&m, m.half, UNASSIGNED_NS);
        NO_INIT(-1, no_progress, 0, PAGE);
        ck_assert_uint_eq(m.out.x[0], 0xFF04);
}
END_TEST

START_TEST(init_sizes)
{
        example_tables();
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, size_valid, .rd = m.rd, .base = 0, .top = 0);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, size_valid, .rd = m.rd, .base = 0x2000, .top = 0x2000);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, size_valid, .rd = m.rd, .base = 0x3000, .top = 0x2000);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, size_valid, .rd = m.rd, .base = UINT64_MAX, .top = 0);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, top_gran_align, .rd = m.rd, .base = 0, .top = 1);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, top_gran_align, .rd = m.rd, .base = 0, .top = UINT64_MAX);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, top_bound, .rd = m.rd, .base = m.half, .top = m.half + PAGE);
}
END_TEST

/* D4: a base inside a page is an RTT error, or with the quirk an input error. */
START_TEST(init_base_inside_a_page)
{
        example_tables();
        NO_INIT(3, base_align, 0x800, 0x2000);
        NO_INIT(2, base_align, 0x200800, 0x400000);
        with_quirks(RMMSIM_QUIRK_init_ripas_base_input);
        example_tables();
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, base_gran_align, .rd = m.rd, .base = 0x800, .top = 0x2000);
        NO_INIT(2, base_align, 0x201000, 0x400000);
}
END_TEST

/* Memory in the page before the last of the first table, and DESTROYED at 6 MB. */
static void obstacles(void)
{
        example_tables();
        (void)data(&m, 0x1FF000);
        leaf(&m, 0x600000, 2, RMMSIM_RTTE_UNASSIGNED_DESTROYED);
}

/* D5, the specification: neither stops the scan, and HIPAS stays. */
START_TEST(init_passes_obstacles)
{
        obstacles();
        INIT(0, 0x400000, 0x200000);
        EXPECT_LEAF(&m, 0x1FF000, ASSIGNED_RAM);
        INIT(0x400000, 0x800000, 0x800000);
        EXPECT_LEAF(&m, 0x600000, UNASSIGNED_RAM);
        leaf(&m, 0xA00000, 2, RMMSIM_RTTE_UNASSIGNED_DESTROYED);
        INIT(0xA00000, 0xC00000, 0xC00000);
        EXPECT_LEAF(&m, 0xA00000, UNASSIGNED_RAM);
        leaf(&m, 0xE05000, 3, RMMSIM_RTTE_ASSIGNED_DESTROYED);
        INIT(0xE00000, 0x1000000, 0x1000000);
        EXPECT_LEAF(&m, 0xE05000, ASSIGNED_RAM);
}
END_TEST

/* D5, deployed monitors: both do. */
START_TEST(init_stops_at_obstacles)
{
        with_quirks(RMMSIM_QUIRK_init_ripas_stops);
        obstacles();
        INIT(0, 0x400000, 0x1FF000);
        EXPECT_LEAF(&m, 0x1FF000, ASSIGNED_EMPTY);
        INIT(0x400000, 0x800000, 0x600000);
        EXPECT_LEAF(&m, 0x600000, UNASSIGNED_DESTROYED);
        NO_INIT(2, no_progress, 0x600000, 0x800000);
        ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, RMMSIM_RTTE_UNASSIGNED_DESTROYED);
}
END_TEST

/* The first entry must be UNASSIGNED in either reading. */
START_TEST(init_on_memory)
{
        for (unsigned ripas = RMMSIM_RIPAS_EMPTY; ripas <= RMMSIM_RIPAS_DESTROYED; ripas++) {
                leaf(&m, 0x5000 + ripas * PAGE, 3, RMMSIM_RTTE_ASSIGNED_EMPTY + ripas);
                NO_INIT(3, rtte_state, 0x5000 + ripas * PAGE, 0x10000);
                ck_assert_uint_eq(rmmsim_why(m.sim, 0)->found, RMMSIM_RTTE_ASSIGNED_EMPTY + ripas);
        }
        leaf(&m, 2 * MB, 2, RMMSIM_RTTE_ASSIGNED_RAM);
        NO_INIT(2, rtte_state, 2 * MB, 4 * MB);
        NO_INIT(2, base_align, 2 * MB + PAGE, 4 * MB);
}
END_TEST

START_TEST(init_needs_a_new_realm)
{
        realm_become(&m, (unsigned)_i);
        REFUSED(&m, ERROR_REALM, 0, rmi_rtt_init_ripas, realm_state, .rd = m.rd, .base = 0, .top = m.half);
        /* Before what the walk would find, and after the arguments themselves. */
        REFUSED(&m, ERROR_REALM, 0, rmi_rtt_init_ripas, realm_state, .rd = m.rd, .base = PAGE, .top = m.half);
        REFUSED(&m, ERROR_INPUT, 0, rmi_rtt_init_ripas, top_gran_align, .rd = m.rd, .base = 0, .top = 1);
}
END_TEST

/* ---- measurement --------------------------------------------------------------------------------------------------- */

struct vectors {
        uint8_t hash_algo;
        size_t size;
        const char *v0, *v1, *v2, *v3, *v4, *v5, *v6, *v8; /* v7 equals v6 */
};

static const struct vectors vectors[] = {
        { RMMSIM_HASH_SHA_256, 32, "045cb3602843a6845cb710fbbfbb92f0c7d611afe0106ac2953e46950a70c42b",
          "7f8c7d7dd5d0845f56a62190d6d1fd15458a1132897bf0041ea3e0720af799d1",
          "3e4f93f70c2b4c8435decd075affd8a6fd9100af430276a02cdcf57714689a79",
          "3b649ba7d4885cd85a5dc69497557f059ed2efc37069e0e19603bc66c26cef70",
          "172a951b05ce473068121add85d01d45d32b3ef4ce293761a2ec07e2f76741cc",
          "ee9b323b8864b4442e783c6f6a1307ec254ea48a22f88b51648275ddcf006a39",
          "47fb7c275f2391d60339156cfdb4feb890153a5764fca7c40cbc0bdc549e5539",
          "e4b07641dc83624ccd527d7d164434f44ba803c02c71c2ecfe9bb3396971b757" },
        { RMMSIM_HASH_SHA_512, 64,
          "066e19aa2c3418dadc20ef31b5595907c612991952553e1e99731a677b5797c9898dffb6e3963a20b8e1af6d136cd2fe"
          "6fe25f048577dc3d7e5bf3a79a4b1e81",
          "fea4544604b6ed15bac7c38057ca6fa59c5ae51f67ea5ac2011b66031a806c5c917672fe59b0e30ebc1f6a7c9b7e7bee"
          "e852e6b3bc03b7567a33d72ba1949a0f",
          "c0f2861fc125825fa80ff23afe16935c5b1d21145e1f022e6d6ad4924505b1bb1c3899364a545f1f806e662a4f71c0d6"
          "209d9c43db9197d870150b5c677531fb",
          "8c5b3a4550185beff8c03d402b4df2746286227cb51cc7a6699756b57ea6156e7aa1f7693fe0d27394dd5f47fe27e0e1"
          "969941cdcbb993393e0f31f516e6f6da",
          "ab14744113297e66f592913066fe12417e1e229342f286a9805c5178bd8d983069856ced62ae074a4830c4d931cee2ea"
          "f6254d30793840f949581a0e1466df97",
          "107a1d186993e134369e46978c876ab3287edbd1c7f7c8af46c9f6b71048a2049d15051ba4af1f7f54870a9c822f352a"
          "798169f7b5edeef1195cadf1d66798ea",
          "45d4fb6e75ed00653b0e73f82f7c9cb1825ee2bc64877173d62e6f20c79f007d34b160c33e39f9af365f07bd9cd40d9b"
          "f16d4611a5c914a29366baa92170445f",
          "85a127f3bb26db123c0fde0e272363d8a326ce9104ab3872c988bc10f99a5b1519e70ad4f8f97f489b6697cb3143fcd9"
          "fc45e7575e869b3b6defab5b85b17b46" },
};

static void expect_rim(const struct vectors *v, const char *hex)
{
        assert_hex(rim(&m), v->size, hex);
        assert_zero(rim(&m) + v->size, 64 - v->size);
}

static void create(uint64_t ipa, uint64_t flags)
{
        uint64_t src = pages(&m, 1, PAGE);

        memset(host(&m, src), 0xA5, PAGE);
        GRANTED(&m, rmi_data_create, .rd = m.rd, .data = delegated(&m), .ipa = ipa, .src = src, .flags = flags);
}

static void rec_create(uint64_t mpidr, uint64_t flags)
{
        uint64_t rec = delegated(&m), page = pages(&m, 1, PAGE);
        struct rmmsim_rec_params *params = (void *)host(&m, page);

        *params = (struct rmmsim_rec_params){
                .flags = flags, .mpidr = mpidr, .pc = 0x200000, .gprs = { 1, 2, 3, 4, 5, 6, 7, 8 }
        };
        GRANTED(&m, rmi_rec_create, .rd = m.rd, .rec = rec, .params_ptr = page);
}

START_TEST(vectors_of_the_sheet)
{
        const struct vectors *v = &vectors[_i];

        m.hash_algo = v->hash_algo;
        realm_begin(&m, 40, 0, 1, false);
        expect_rim(v, v->v0);
        tables(&m, 0, 2);
        INIT(0, 0x200000, 0x200000);
        expect_rim(v, v->v1);
        tables(&m, 0x200000, 3);
        create(0x200000, 1);
        expect_rim(v, v->v2);
        create(0x201000, 0);
        expect_rim(v, v->v3);
        rec_create(0, RMMSIM_REC_FLAG_RUNNABLE);
        expect_rim(v, v->v4);
        INIT(0x202000, 0x205000, 0x205000);
        expect_rim(v, v->v5);
        INIT(0x400000, 0x801000, 0x800000);
        expect_rim(v, v->v6);
        rec_create(1, 0);
        expect_rim(v, v->v6);
        NO_INIT(2, no_progress, 0x800000, 0x801000);
        INIT(0x202000, 0x203000, 0x203000);
        expect_rim(v, v->v8);
}
END_TEST

/* The same range once as one entry and once as 512: another measurement. */
START_TEST(granularity_is_measured)
{
        struct hash_methods methods;
        struct hasher hasher = { 0 };
        uint8_t expected[64];

        ck_assert(hash_methods_fetch(&methods));
        ck_assert(hasher_create(&hasher, &methods));
        tables(&m, 0, 2);
        memcpy(expected, rim(&m), 64);
        ck_assert(rim_extend_ripas(expected, &hasher, HASH_SHA_256, 0, 2 * MB));
        INIT(0, 2 * MB, 2 * MB);
        ck_assert_mem_eq(rim(&m), expected, 64);
        tables(&m, 2 * MB, 3);
        for (unsigned i = 0; i < 512; i++) {
                ck_assert(
                        rim_extend_ripas(expected, &hasher, HASH_SHA_256, 2 * MB + i * PAGE, 2 * MB + (i + 1) * PAGE));
        }
        INIT(2 * MB, 8 * MB, 4 * MB);
        ck_assert_mem_eq(rim(&m), expected, 64);
        hasher_free(&hasher);
        hash_methods_free(&methods);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("ripas");
        TCase *init = tcase_create("init");
        const int states_end = RMMSIM_REALM_REALM_SYSTEM_OFF + 1;

        tcase_add_checked_fixture(init, setup, teardown);
        tcase_add_test(init, init_examples);
        tcase_add_test(init, init_to_the_end_of_the_table);
        tcase_add_test(init, init_in_roots);
        tcase_add_test(init, init_sizes);
        tcase_add_test(init, init_base_inside_a_page);
        tcase_add_test(init, init_passes_obstacles);
        tcase_add_test(init, init_stops_at_obstacles);
        tcase_add_test(init, init_on_memory);
        tcase_add_loop_test(init, init_needs_a_new_realm, RMMSIM_REALM_REALM_ACTIVE, states_end);
        tcase_add_loop_test(init, vectors_of_the_sheet, 0, (int)ARRAY_SIZE(vectors));
        tcase_add_test(init, granularity_is_measured);
        suite_add_tcase(suite, init);
        return run(suite);
}
