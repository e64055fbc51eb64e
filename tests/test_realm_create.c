/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_realm_create.c - a Realm is created, or refused for a reason.
 *
 * The rows say what is spoiled in a call that would succeed, and which condition must refuse it. After the refusal
 * nothing has moved, and the call that was spoiled succeeds with the same objects.
 *
 * Specification: RMI_REALM_CREATE; lifecycle sheet sections 5.5, 6.2, 7.5.
 */
#include "lifecycle_fixture.h"
#include <stdio.h>

/* ---- RMI_REALM_CREATE, refused -------------------------------------------------------------------------------------- */

/* A call that would create a Realm with four roots, and Granules of all kinds to spoil it with. */
struct stage {
        struct world *w;
        struct zoo zoo;
        struct realm_world active;
        uint64_t rd;
        uint64_t page;
        uint64_t roots;
        uint64_t first_ns; /* four aligned Granules, of which the first is not DELEGATED */
        uint64_t last_ns;  /* ... of which the last is not                               */
        struct rmmsim_realm_params *p;
};

static void stage_create(struct stage *s)
{
        s->w = world_create();
        zoo_create(&s->zoo, s->w);
        realm_new(&s->active, s->w, NULL);
        realm_activate(&s->active);
        s->roots = world_delegated_pages(s->w, 4, 4 * PAGE);
        s->rd = world_delegated(s->w); /* directly behind the roots: no alias */
        s->page = world_page(s->w);
        s->first_ns = world_delegated_pages(s->w, 4, 4 * PAGE);
        expect_success(s->w, rmi_granule_undelegate, .addr = s->first_ns);
        s->last_ns = world_delegated_pages(s->w, 4, 4 * PAGE);
        expect_success(s->w, rmi_granule_undelegate, .addr = s->last_ns + 3 * PAGE);
        s->p = realm_params_at(s->w, s->page, s->roots, 0x99);
        s->p->s2sz = 41;
        s->p->rtt_level_start = 1;
        s->p->rtt_num_start = 4;
}

/* One root, which is any Granule. */
static void root_is(struct stage *s, uint64_t root)
{
        s->p->s2sz = 40;
        s->p->rtt_level_start = 0;
        s->p->rtt_num_start = 1;
        s->p->rtt_base = root;
}

struct row {
        const char *name;
        const char *condition;
        void (*spoil)(struct stage *s);
};

#define SPOIL(name, condition, ...)                                                                                    \
        static void name(struct stage *s)                                                                              \
        {                                                                                                              \
                __VA_ARGS__;                                                                                           \
        }
#define ROW(name, condition, ...) { #name, #condition, name },

#define ROWS(X)                                                                                                        \
        X(params_unaligned_by_one, params_align, s->page += 1)                                                         \
        X(params_unaligned_by_half, params_align, s->page += 0x800)                                                    \
        X(params_unaligned_nowhere, params_align, s->page = HOLE + 0x10)                                               \
        X(params_device, params_bound, s->page = DEVICE)                                                               \
        X(params_hole, params_bound, s->page = HOLE)                                                                   \
        X(params_last_page, params_bound, s->page = LAST_PAGE)                                                         \
        X(params_is_rd, params_pas, s->page = s->rd)                                                                   \
        X(params_delegated, params_pas, s->page = s->zoo.delegated)                                                    \
        X(params_rd, params_pas, s->page = s->zoo.rd)                                                                  \
        X(params_rec, params_pas, s->page = s->zoo.rec)                                                                \
        X(params_aux, params_pas, s->page = s->zoo.aux)                                                                \
        X(params_rtt, params_pas, s->page = s->zoo.rtt)                                                                \
        X(params_data, params_pas, s->page = s->zoo.data)                                                              \
        X(params_secure, params_pas, s->page = s->zoo.secure)                                                          \
        X(params_root, params_pas, s->page = s->zoo.root)                                                              \
        X(rd_unaligned_by_one, rd_align, s->rd += 1)                                                                   \
        X(rd_unaligned_by_half, rd_align, s->rd += 0x800)                                                              \
        X(rd_device, rd_bound, s->rd = DEVICE)                                                                         \
        X(rd_hole, rd_bound, s->rd = HOLE)                                                                             \
        X(rd_last_page, rd_bound, s->rd = LAST_PAGE)                                                                   \
        X(rd_undelegated, rd_state, s->rd = s->zoo.ns)                                                                 \
        X(rd_secure, rd_state, s->rd = s->zoo.secure)                                                                  \
        X(rd_is_params, rd_state, s->rd = s->page)                                                                     \
        X(rd_rd, rd_state, s->rd = s->zoo.rd)                                                                          \
        X(rd_rec, rd_state, s->rd = s->zoo.rec)                                                                        \
        X(rd_aux, rd_state, s->rd = s->zoo.aux)                                                                        \
        X(rd_rtt, rd_state, s->rd = s->zoo.rtt)                                                                        \
        X(rd_data, rd_state, s->rd = s->zoo.data)                                                                      \
        X(hash_reserved, params_valid, s->p->hash_algo = 2)                                                            \
        X(s2sz_too_wide, params_supp, s->p->s2sz = 49)                                                                 \
        X(no_roots, rtt_num_level, s->p->rtt_num_start = 0)                                                            \
        X(three_roots, rtt_num_level, s->p->rtt_num_start = 3)                                                         \
        X(two_roots, rtt_num_level, s->p->rtt_num_start = 2)                                                           \
        X(eight_roots, rtt_num_level, s->p->rtt_num_start = 8)                                                         \
        X(seventeen_roots, rtt_num_level, s->p->rtt_num_start = 17)                                                    \
        X(no_roots_unaligned, rtt_num_level, s->p->rtt_num_start = 0; s->p->rtt_base += 1)                             \
        X(level_too_deep, rtt_num_level, s->p->rtt_level_start = 2)                                                    \
        X(level_4, rtt_num_level, s->p->rtt_level_start = 4)                                                           \
        X(roots_by_one_page, rtt_align, s->p->rtt_base += PAGE)                                                        \
        X(roots_by_two_pages, rtt_align, s->p->rtt_base += 2 * PAGE)                                                   \
        X(roots_by_one_byte, rtt_align, s->p->rtt_base += 1)                                                           \
        X(root_by_half_a_page, rtt_align, root_is(s, s->roots + 0x800))                                                \
        X(roots_wrap_around, rtt_align, s->p->rtt_base = LAST_PAGE)                                                    \
        X(rd_is_first_root, alias, s->rd = s->roots)                                                                   \
        X(rd_is_middle_root, alias, s->rd = s->roots + 2 * PAGE)                                                       \
        X(rd_is_last_root, alias, s->rd = s->roots + 3 * PAGE)                                                         \
        X(rd_is_only_root, alias, root_is(s, s->rd))                                                                   \
        X(first_root_undelegated, rtt_state, s->p->rtt_base = s->first_ns)                                             \
        X(last_root_undelegated, rtt_state, s->p->rtt_base = s->last_ns)                                               \
        X(roots_at_the_end_of_space, rtt_state, s->p->rtt_base = LAST_PAGE - 3 * PAGE)                                 \
        X(roots_device, rtt_state, s->p->rtt_base = DEVICE)                                                            \
        X(root_hole, rtt_state, root_is(s, HOLE))                                                                      \
        X(root_is_params, rtt_state, root_is(s, s->page))                                                              \
        X(root_rd, rtt_state, root_is(s, s->zoo.rd))                                                                   \
        X(root_rec, rtt_state, root_is(s, s->zoo.rec))                                                                 \
        X(root_aux, rtt_state, root_is(s, s->zoo.aux))                                                                 \
        X(root_rtt, rtt_state, root_is(s, s->zoo.rtt))                                                                 \
        X(root_data, rtt_state, root_is(s, s->zoo.data))                                                               \
        X(vmid_of_a_new_realm, vmid_valid, s->p->vmid = realm_at(s->w, s->zoo.rd)->vmid)                               \
        X(vmid_of_an_active_realm, vmid_valid, s->p->vmid = realm_at(s->w, s->active.rd)->vmid)

/* clang-format off */
ROWS(SPOIL)
static const struct row rows[] = { ROWS(ROW) };
/* clang-format on */

START_TEST(create_refuses)
{
        const struct row *row = &rows[_i];
        struct rmmsim_realm_params good;
        struct stage s;
        uint64_t rd, page;

        stage_create(&s);
        good = *s.p;
        rd = s.rd;
        page = s.page;
        row->spoil(&s);
        expect_refusal(s.w, ERROR_INPUT, row->condition, rmi_realm_create, .rd = s.rd, .params_ptr = s.page);
        *s.p = good;
        expect_success(s.w, rmi_realm_create, .rd = rd, .params_ptr = page);
        world_destroy(s.w);
}
END_TEST

/* Memory behind a callback: a page that it does not give is like one with a wrong PAS. */
struct slow_memory {
        uint8_t pages[16][PAGE];
        unsigned refused; /* index of the page that cannot be accessed */
};

static void *slow_page(void *context, uint64_t pa)
{
        struct slow_memory *memory = context;
        uint64_t index = (pa - WORLD_DRAM_BASE) / PAGE;

        return index == memory->refused ? NULL : memory->pages[index];
}

START_TEST(create_reads_through_a_callback)
{
        static const struct rmmsim_region region = { .base = WORLD_DRAM_BASE,
                                                     .size = 16 * PAGE,
                                                     .phys_to_virt = slow_page };
        static struct slow_memory memory;
        struct world *w;
        uint64_t page, rd, root;

        memory.refused = 15;
        w = world_create_with(&(struct rmmsim_config){ .context = &memory, .regions = &region, .num_regions = 1 });
        page = world_page(w);
        rd = world_delegated(w);
        root = world_delegated(w);
        realm_params_at(w, page, root, 1);
        memory.refused = (unsigned)((page - WORLD_DRAM_BASE) / PAGE);
        expect_refusal(w, ERROR_INPUT, "params_pas", rmi_realm_create, .rd = rd, .params_ptr = page);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found >> 8 & 0xff, RMMSIM_GPT_GPT_ROOT);
        memory.refused = 15;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        world_destroy(w);
}
END_TEST

/* Roots that begin in memory and end where there is none. */
START_TEST(create_refuses_roots_past_the_end)
{
        static const struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = 18 * PAGE };
        struct world *w = world_create_with(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 });
        uint64_t page = world_page(w);
        uint64_t rd = world_delegated(w);
        uint64_t roots = world_delegated_pages(w, 2, 16 * PAGE);
        struct rmmsim_realm_params *p = realm_params_at(w, page, roots, 1);

        ck_assert_uint_eq(roots, WORLD_DRAM_BASE + 16 * PAGE);
        p->s2sz = 41;
        p->rtt_level_start = 1;
        p->rtt_num_start = 4;
        expect_refusal(w, ERROR_INPUT, "rtt_state", rmi_realm_create, .rd = rd, .params_ptr = page);
        p->s2sz = 40;
        p->rtt_num_start = 2;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        world_destroy(w);
}
END_TEST

/* ---- RMI_REALM_CREATE, carried out ---------------------------------------------------------------------------------- */

/* Every attribute of a new Realm that its RD keeps. */
START_TEST(create_makes_a_realm)
{
        static const uint8_t zeroes[64];
        struct world *w = world_create_with(&(struct rmmsim_config){
                .features = { .lpa2 = true, .s2sz = 52, .sve_vectors = 8, .rec_aux_count = 3 } });
        uint64_t page = world_page(w);
        uint64_t roots = world_delegated_pages(w, 4, 4 * PAGE);
        uint64_t rd = world_delegated(w);
        struct rmmsim_realm_params *p = realm_params_at(w, page, roots, 0x1234);
        struct rmmsim_realm_params before;
        struct rmmsim_granule granule;
        const struct realm *realm;

        p->flags = RMMSIM_REALM_FLAG_LPA2 | RMMSIM_REALM_FLAG_SVE | RMMSIM_REALM_FLAG_PMU;
        p->s2sz = 50;
        p->sve_vl = 5;
        p->num_bps = 4;
        p->num_wps = 2;
        p->pmu_num_ctrs = 3;
        p->hash_algo = RMMSIM_HASH_SHA_512;
        p->rtt_num_start = 4;
        before = *p;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        ck_assert_mem_eq(p, &before, sizeof(before));
        realm = realm_at(w, rd);
        ck_assert_uint_eq(realm->rd, rd);
        ck_assert_uint_eq(realm->state, RMMSIM_REALM_REALM_NEW);
        ck_assert_uint_eq(realm->hash_algo, RMMSIM_HASH_SHA_512);
        ck_assert_uint_eq(realm->ipa_width, 50);
        ck_assert(realm->lpa2);
        ck_assert(realm->sve);
        ck_assert_uint_eq(realm->sve_vl, 5);
        ck_assert(realm->pmu);
        ck_assert_uint_eq(realm->pmu_num_ctrs, 3);
        ck_assert_uint_eq(realm->num_bps, 4);
        ck_assert_uint_eq(realm->num_wps, 2);
        ck_assert_uint_eq(realm->rec_aux_count, 3);
        ck_assert_uint_eq(realm->vmid, 0x1234);
        ck_assert_int_eq(realm->rtt_level_start, 0);
        ck_assert_uint_eq(realm->rtt_num_start, 4);
        ck_assert_uint_eq(realm->rtt_base, roots);
        ck_assert_uint_eq(realm->num_recs, 0);
        ck_assert_uint_eq(realm->rec_index, 0);
        ck_assert_mem_eq(realm->rpv, p->rpv, 64);
        for (unsigned i = 1; i < 5; i++) {
                ck_assert_mem_eq(realm->measurements[i], zeroes, 64);
        }
        for (unsigned i = 0; i < 4; i++) {
                EXPECT_STATE(w, roots + i * PAGE, RTT);
        }
        ck_assert_int_eq(rmmsim_granule(w->sim, &granule, rd), 0);
        ck_assert_uint_eq(granule.gpt, RMMSIM_GPT_GPT_REALM);
        ck_assert_uint_eq(granule.taker, RMMSIM_COMMAND_rmi_realm_create);
        world_destroy(w);
}
END_TEST

/* What a flag switches off is not kept. */
START_TEST(create_forgets_what_is_off)
{
        struct world *w = world_create_with(&(struct rmmsim_config){ .features = { .sve_vectors = 8 } });
        uint64_t page = world_page(w);
        uint64_t rd = world_delegated(w);
        struct rmmsim_realm_params *p = realm_params_at(w, page, world_delegated(w), 1);

        p->sve_vl = 3;
        p->pmu_num_ctrs = 3;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        ck_assert(!realm_at(w, rd)->sve && !realm_at(w, rd)->pmu && !realm_at(w, rd)->lpa2);
        ck_assert_uint_eq(realm_at(w, rd)->sve_vl, 0);
        ck_assert_uint_eq(realm_at(w, rd)->pmu_num_ctrs, 0);
        world_destroy(w);
}
END_TEST

/* Protected entries are UNASSIGNED and EMPTY, the others UNASSIGNED_NS; sheet table of 8.2, first rows. */
START_TEST(create_fills_the_roots)
{
        static const uint64_t level_1[] = { 0,
                                            UINT64_C(1) << 30,
                                            (UINT64_C(1) << 40) - (UINT64_C(1) << 30),
                                            UINT64_C(1) << 40,
                                            UINT64_C(0x18140000000),
                                            (UINT64_C(1) << 41) - (UINT64_C(1) << 30) };
        struct stage s;

        stage_create(&s);
        expect_success(s.w, rmi_realm_create, .rd = s.rd, .params_ptr = s.page);
        for (unsigned i = 0; i < ARRAY_SIZE(level_1); i++) {
                struct rmmsim_regs regs = call_regs(s.w, rmi_rtt_read_entry, .rd = s.rd, .ipa = level_1[i], .level = 1);

                expect_x0(s.w, 0, regs.x[0]);
                ck_assert_uint_eq(regs.x[1], 1);
                ck_assert_uint_eq(regs.x[2], RMMSIM_RTT_UNASSIGNED);
                ck_assert_uint_eq(regs.x[4], RMMSIM_RIPAS_EMPTY);
        }
        /* An entry at an Unprotected IPA takes host memory, and one at a Protected IPA does not. */
        expect_success(s.w, rmi_rtt_map_unprotected, .rd = s.rd, .ipa = UINT64_C(1) << 40, .level = 1,
                       .desc = UINT64_C(0x40000000) | 6 << 2 | 0xc0);
        expect_failure(s.w, ERROR_INPUT, 0, "ipa_bound", rmi_rtt_map_unprotected, .rd = s.rd, .ipa = 0, .level = 1,
                       .desc = UINT64_C(0x40000000) | 6 << 2 | 0xc0);
        world_destroy(s.w);
}
END_TEST

/* Pages that any PAS may access, and an RD right before the roots, are in order. */
START_TEST(create_accepts_the_unusual)
{
        struct world *w = world_create();
        uint64_t rd = world_delegated_pages(w, 5, 4 * PAGE) + 3 * PAGE;
        uint64_t page = page_in_pas(w, RMMSIM_GPT_GPT_AAP);

        realm_params_at(w, page, rd + PAGE, 0);
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        world_destroy(w);
}
END_TEST

/* Granules at physical address 0 and at the top of 52 bits are like any others: no LPA2 is needed to name them. */
START_TEST(create_anywhere)
{
        static const struct rmmsim_region regions[] = {
                { .base = 0, .size = 64 * PAGE },
                { .base = (UINT64_C(1) << 52) - 64 * PAGE, .size = 64 * PAGE },
        };
        struct world *w = world_create_with(&(struct rmmsim_config){ .regions = regions, .num_regions = 2 });
        uint64_t last = (UINT64_C(1) << 52) - PAGE;
        uint64_t page = world_page(w);

        expect_success(w, rmi_granule_delegate, .addr = 0);
        expect_success(w, rmi_granule_delegate, .addr = last);
        realm_params_at(w, page, last, 1);
        expect_success(w, rmi_realm_create, .rd = 0, .params_ptr = page);
        EXPECT_STATE(w, 0, RD);
        EXPECT_STATE(w, last, RTT);
        expect_success(w, rmi_realm_destroy, .rd = 0);
        realm_params_at(w, page, 0, 1);
        expect_success(w, rmi_realm_create, .rd = last, .params_ptr = page);
        EXPECT_STATE(w, last, RD);
        EXPECT_STATE(w, 0, RTT);
        world_destroy(w);
}
END_TEST

/* ---- measurement: vectors V0 and W0 of the sheet -------------------------------------------------------------------- */

static const char *const v0[] = {
        "045cb3602843a6845cb710fbbfbb92f0c7d611afe0106ac2953e46950a70c42b"
        "0000000000000000000000000000000000000000000000000000000000000000",
        "066e19aa2c3418dadc20ef31b5595907c612991952553e1e99731a677b5797c9"
        "898dffb6e3963a20b8e1af6d136cd2fe6fe25f048577dc3d7e5bf3a79a4b1e81",
};
static const char *const w0[] = {
        "106f5031988d6daf052e05fbb3e135a8abf27cade2d3ecb06f7455a2d9ac8cfd"
        "0000000000000000000000000000000000000000000000000000000000000000",
        "d0d53d0ba5feeeee8ecde2a859ea28fefa274df4f247433681228ba46653a87a"
        "6e1d74f1e87526c484c3f7cae72ad72c7336b26c36d5d6c0e58da6aaeb2d102a",
};

static void expect_rim(const struct world *w, uint64_t rd, const char *hex)
{
        const uint8_t *rim = realm_at(w, rd)->measurements[0];
        char text[129];

        for (unsigned i = 0; i < 64; i++) {
                snprintf(text + 2 * i, 3, "%02x", rim[i]);
        }
        ck_assert_str_eq(text, hex);
}

START_TEST(create_measures_the_parameters)
{
        struct world *w = world_create();
        uint64_t page = world_page(w);
        uint64_t rd = world_delegated(w);
        uint64_t root = world_delegated(w);
        struct rmmsim_realm_params *p = realm_params_at(w, page, root, 0x77);

        p->hash_algo = (uint8_t)_i;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        expect_rim(w, rd, v0[_i]);
        expect_success(w, rmi_realm_destroy, .rd = rd);
        p->flags = 4;
        p->s2sz = 48;
        p->num_bps = 5;
        p->num_wps = 3;
        p->pmu_num_ctrs = 6;
        p->vmid = 9;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        expect_rim(w, rd, w0[_i]);
        world_destroy(w);
}
END_TEST

/* SBZ flag bits and fields that a flag switches off are measured all the same; where things are and who they are is not. */
START_TEST(create_measures_what_it_ignores)
{
        struct world *w = world_create();
        uint64_t page = world_page(w);
        uint64_t rd = world_delegated(w);
        uint64_t roots = world_delegated_pages(w, 2, 2 * PAGE);
        struct rmmsim_realm_params *p = realm_params_at(w, page, roots, 1);
        uint8_t plain[64];

        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        memcpy(plain, realm_at(w, rd)->measurements[0], 64);
        for (unsigned i = 0; i < 5; i++) {
                bool measured = i < 3;

                expect_success(w, rmi_realm_destroy, .rd = rd);
                p = realm_params_at(w, page, roots, 1);
                p->flags = i == 0 ? UINT64_C(1) << 63 : 0;
                p->sve_vl = i == 1 ? 1 : 0;
                p->pmu_num_ctrs = i == 2 ? 1 : 0;
                p->vmid = i == 3 ? 2 : 1;
                p->rpv[0] = i == 3 ? 1 : 0;
                p->rtt_level_start = i == 4 ? 1 : 0;
                p->rtt_num_start = i == 4 ? 2 : 1;
                expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
                ck_assert_int_eq(memcmp(plain, realm_at(w, rd)->measurements[0], 64) != 0, measured);
        }
        world_destroy(w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("realm_create");
        TCase *refused = tcase_create("refused");
        TCase *created = tcase_create("created");

        tcase_add_loop_test(refused, create_refuses, 0, ARRAY_SIZE(rows));
        tcase_add_test(refused, create_reads_through_a_callback);
        tcase_add_test(refused, create_refuses_roots_past_the_end);
        suite_add_tcase(suite, refused);
        tcase_add_test(created, create_makes_a_realm);
        tcase_add_test(created, create_forgets_what_is_off);
        tcase_add_test(created, create_fills_the_roots);
        tcase_add_test(created, create_accepts_the_unusual);
        tcase_add_test(created, create_anywhere);
        tcase_add_loop_test(created, create_measures_the_parameters, 0, 2);
        tcase_add_test(created, create_measures_what_it_ignores);
        suite_add_tcase(suite, created);
        return run_suite(suite);
}
