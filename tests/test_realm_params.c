/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_realm_params.c - which Realms the host may ask for, on which platforms.
 *
 * Every limit is tried on both sides, through RMI_REALM_CREATE. The starting levels and table counts are compared with
 * the table of the sheet, written out here, over the whole range of widths and for several platforms.
 *
 * Specification: RmiRealmParams, RmiFeatureRegister0; lifecycle sheet section 8.
 */
#include "lifecycle_fixture.h"

/* ---- features, section 8.1 ------------------------------------------------------------------------------------------ */

enum {
        LPA2 = 1 << 0,
        SVE = 1 << 1,
        PMU = 1 << 2
};

struct params_row {
        const char *name;
        const char *condition; /* NULL: accepted */
        struct rmmsim_features features;
        uint64_t quirks;
        void (*ask)(struct rmmsim_realm_params *p);
};

#define ASK(name, condition, platform, quirks, ...)                                                                    \
        static void name(struct rmmsim_realm_params *p)                                                                \
        {                                                                                                              \
                (void)p;                                                                                               \
                __VA_ARGS__;                                                                                           \
        }
#define ROW(name, condition, platform, quirks, ...) { #name, condition, { PLATFORM_##platform }, quirks, name },

#define PLATFORM_USUAL   .s2sz = 0
#define PLATFORM_NARROW  .s2sz = 40, .ipa_width_min = 36
#define PLATFORM_LPA2    .lpa2 = true, .s2sz = 52
#define PLATFORM_LPA2_48 .lpa2 = true, .s2sz = 48
#define PLATFORM_SVE     .sve_vectors = 4
#define PLATFORM_SVE_MAX .sve_vectors = 16
#define PLATFORM_NO_PMU  .no_pmu = true
#define PLATFORM_PMU_0   .pmu_num_ctrs = RMMSIM_NONE
#define PLATFORM_PMU_31  .pmu_num_ctrs = 31
#define PLATFORM_DEBUG   .num_bps = 64, .num_wps = 64
#define PLATFORM_DEBUG_2 .num_bps = 2, .num_wps = 2
#define PLATFORM_NO_256  .no_sha_256 = true
#define PLATFORM_NO_512  .no_sha_512 = true
#define PLATFORM_VMID_8  .vmid_bits = 8

#define SUPP     "params_supp"
#define RESERVED "params_valid"
#define ZEROCTR  UINT64_C(1) << 19 /* pmu_zero_counters_refused */

#define ROWS(X)                                                                                                        \
        X(usual, NULL, USUAL, 0, (void)0)                                                                              \
        X(lpa2_absent, SUPP, USUAL, 0, p->flags = LPA2)                                                                \
        X(lpa2_present, NULL, LPA2, 0, p->flags = LPA2)                                                                \
        X(lpa2_present_but_not_asked, NULL, LPA2, 0, (void)0)                                                          \
        X(s2sz_0, SUPP, USUAL, 0, p->s2sz = 0)                                                                         \
        X(s2sz_31, SUPP, USUAL, 0, p->s2sz = 31; p->rtt_level_start = 1)                                               \
        X(s2sz_32, NULL, USUAL, 0, p->s2sz = 32; p->rtt_level_start = 1)                                               \
        X(s2sz_48, NULL, USUAL, 0, p->s2sz = 48)                                                                       \
        X(s2sz_49, SUPP, USUAL, 0, p->s2sz = 49)                                                                       \
        X(s2sz_255, SUPP, USUAL, 0, p->s2sz = 255)                                                                     \
        X(s2sz_above_the_platform, SUPP, NARROW, 0, p->s2sz = 41)                                                      \
        X(s2sz_as_the_platform, NULL, NARROW, 0, p->s2sz = 40)                                                         \
        X(s2sz_as_the_minimum, NULL, NARROW, 0, p->s2sz = 36; p->rtt_level_start = 1)                                  \
        X(s2sz_below_the_minimum, SUPP, NARROW, 0, p->s2sz = 35; p->rtt_level_start = 1)                               \
        X(s2sz_52_with_lpa2, NULL, LPA2, 0, p->s2sz = 52; p->flags = LPA2; p->rtt_level_start = -1)                    \
        X(s2sz_53_with_lpa2, SUPP, LPA2, 0, p->s2sz = 53; p->flags = LPA2; p->rtt_level_start = -1)                    \
        X(s2sz_49_without_lpa2, SUPP, LPA2, 0, p->s2sz = 49; p->rtt_level_start = -1)                                  \
        X(s2sz_49_above_s2sz, SUPP, LPA2_48, 0, p->s2sz = 49; p->flags = LPA2; p->rtt_level_start = -1)                \
        X(sve_absent, SUPP, USUAL, 0, p->flags = SVE)                                                                  \
        X(sve_present, NULL, SVE, 0, p->flags = SVE)                                                                   \
        X(sve_vl_odd, NULL, SVE, 0, p->flags = SVE; p->sve_vl = 2)                                                     \
        X(sve_vl_longest, NULL, SVE, 0, p->flags = SVE; p->sve_vl = 3)                                                 \
        X(sve_vl_longer, SUPP, SVE, 0, p->flags = SVE; p->sve_vl = 4)                                                  \
        X(sve_vl_255, SUPP, SVE_MAX, 0, p->flags = SVE; p->sve_vl = 255)                                               \
        X(sve_vl_15, NULL, SVE_MAX, 0, p->flags = SVE; p->sve_vl = 15)                                                 \
        X(sve_vl_16, SUPP, SVE_MAX, 0, p->flags = SVE; p->sve_vl = 16)                                                 \
        X(sve_vl_ignored_when_off, NULL, SVE, 0, p->sve_vl = 200)                                                      \
        X(num_bps_0, RESERVED, USUAL, 0, p->num_bps = 0)                                                               \
        X(num_bps_all, NULL, USUAL, 0, p->num_bps = 5)                                                                 \
        X(num_bps_more, SUPP, USUAL, 0, p->num_bps = 6)                                                                \
        X(num_bps_63, NULL, DEBUG, 0, p->num_bps = 63)                                                                 \
        X(num_bps_64, SUPP, DEBUG, 0, p->num_bps = 64)                                                                 \
        X(num_bps_2_of_2, SUPP, DEBUG_2, 0, p->num_bps = 2)                                                            \
        X(num_wps_0, RESERVED, USUAL, 0, p->num_wps = 0)                                                               \
        X(num_wps_all, NULL, USUAL, 0, p->num_wps = 3)                                                                 \
        X(num_wps_more, SUPP, USUAL, 0, p->num_wps = 4)                                                                \
        X(num_wps_63, NULL, DEBUG, 0, p->num_wps = 63)                                                                 \
        X(num_wps_255, SUPP, DEBUG, 0, p->num_wps = 255)                                                               \
        X(pmu_absent, SUPP, NO_PMU, 0, p->flags = PMU)                                                                 \
        X(pmu_all, NULL, USUAL, 0, p->flags = PMU; p->pmu_num_ctrs = 6)                                                \
        X(pmu_more, SUPP, USUAL, 0, p->flags = PMU; p->pmu_num_ctrs = 7)                                               \
        X(pmu_31, NULL, PMU_31, 0, p->flags = PMU; p->pmu_num_ctrs = 31)                                               \
        X(pmu_32, SUPP, PMU_31, 0, p->flags = PMU; p->pmu_num_ctrs = 32)                                               \
        X(pmu_0, NULL, USUAL, 0, p->flags = PMU)                                                                       \
        X(pmu_0_of_0, NULL, PMU_0, 0, p->flags = PMU)                                                                  \
        X(pmu_1_of_0, SUPP, PMU_0, 0, p->flags = PMU; p->pmu_num_ctrs = 1)                                             \
        X(pmu_0_refused, SUPP, USUAL, ZEROCTR, p->flags = PMU)                                                         \
        X(pmu_1_not_refused, NULL, USUAL, ZEROCTR, p->flags = PMU; p->pmu_num_ctrs = 1)                                \
        X(pmu_off_0_not_refused, NULL, USUAL, ZEROCTR, p->flags = 0)                                                   \
        X(pmu_ctrs_ignored_when_off, NULL, NO_PMU, 0, p->pmu_num_ctrs = 200)                                           \
        X(hash_256, NULL, USUAL, 0, p->hash_algo = 0)                                                                  \
        X(hash_512, NULL, USUAL, 0, p->hash_algo = 1)                                                                  \
        X(hash_reserved, RESERVED, USUAL, 0, p->hash_algo = 2)                                                         \
        X(hash_255, RESERVED, USUAL, 0, p->hash_algo = 255)                                                            \
        X(hash_256_absent, SUPP, NO_256, 0, p->hash_algo = 0)                                                          \
        X(hash_256_absent_512_asked, NULL, NO_256, 0, p->hash_algo = 1)                                                \
        X(hash_512_absent, SUPP, NO_512, 0, p->hash_algo = 1)                                                          \
        X(flags_sbz, NULL, USUAL, 0, p->flags = ~UINT64_C(7))                                                          \
        X(rpv_anything, NULL, USUAL, 0, memset(p->rpv, 0xff, sizeof(p->rpv)))                                          \
        X(vmid_0, NULL, USUAL, 0, p->vmid = 0)                                                                         \
        X(vmid_65535, NULL, USUAL, 0, p->vmid = 0xffff)                                                                \
        X(vmid_255_of_8, NULL, VMID_8, 0, p->vmid = 255)                                                               \
        X(vmid_0_of_8, NULL, VMID_8, 0, p->vmid = 0)                                                                   \
        X(vmid_256_of_8, "vmid_valid", VMID_8, 0, p->vmid = 256)                                                       \
        X(vmid_ff00_of_8, "vmid_valid", VMID_8, 0, p->vmid = 0xff00)                                                   \
        X(vmid_ff00_of_16, NULL, USUAL, 0, p->vmid = 0xff00)

/* clang-format off */
ROWS(ASK)
static const struct params_row rows[] = { ROWS(ROW) };
/* clang-format on */

START_TEST(parameters_are_judged)
{
        const struct params_row *row = &rows[_i];
        uint64_t page, rd, roots;
        struct world *w;

        w = world_create_with(&(struct rmmsim_config){ .features = row->features, .quirks = row->quirks });
        page = world_page(w);
        rd = world_delegated(w);
        roots = world_delegated_pages(w, 16, 16 * PAGE);
        row->ask(realm_params_at(w, page, roots, 9));
        if (row->condition == NULL) {
                expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
                EXPECT_STATE(w, rd, RD);
        } else {
                expect_refusal(w, ERROR_INPUT, row->condition, rmi_realm_create, .rd = rd, .params_ptr = page);
        }
        world_destroy(w);
}
END_TEST

/* The reference profile brings its refusal of a PMU without counters along. */
START_TEST(reference_profile_wants_counters)
{
        uint64_t page, rd, root;
        struct world *w;

        w = world_create_with(&(struct rmmsim_config){ .profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE });
        page = world_page(w);
        rd = world_delegated(w);
        root = world_delegated(w);
        realm_params_at(w, page, root, 9)->flags = PMU;
        expect_refusal(w, ERROR_INPUT, "params_supp", rmi_realm_create, .rd = rd, .params_ptr = page);
        world_destroy(w);
}
END_TEST

/* A refusal about a field says where the field is. */
START_TEST(refusal_points_at_the_field)
{
        uint64_t page, rd, root;
        struct world *w;

        w = world_create();
        page = world_page(w);
        rd = world_delegated(w);
        root = world_delegated(w);
        realm_params_at(w, page, root, 9)->num_wps = 4;
        (void)call(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found, page + 0x20);
        realm_params_at(w, page, root, 9)->hash_algo = 2;
        (void)call(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found, page + 0x30);
        realm_params_at(w, page, root, 9)->s2sz = 49;
        (void)call(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found, page + 0x08);
        world_destroy(w);
}
END_TEST

/* ---- starting level and number of tables, section 8.2 --------------------------------------------------------------- */

/* The table of the sheet: for a level, with and without LPA2, the widths and their counts. */
static const struct {
        int level;
        bool lpa2;
        unsigned width_first, width_last;
        unsigned count;
} geometry[] = {
        { -1, true, 49, 52, 1 }, { 0, false, 40, 48, 1 },  { 0, true, 40, 48, 1 },  { 0, true, 49, 49, 2 },
        { 0, true, 50, 50, 4 },  { 0, true, 51, 51, 8 },   { 0, true, 52, 52, 16 }, { 1, false, 32, 39, 1 },
        { 1, true, 32, 39, 1 },  { 1, false, 40, 40, 2 },  { 1, true, 40, 40, 2 },  { 1, false, 41, 41, 4 },
        { 1, true, 41, 41, 4 },  { 1, false, 42, 42, 8 },  { 1, true, 42, 42, 8 },  { 1, false, 43, 43, 16 },
        { 1, true, 43, 43, 16 }, { 2, false, 32, 32, 4 },  { 2, true, 32, 32, 4 },  { 2, false, 33, 33, 8 },
        { 2, true, 33, 33, 8 },  { 2, false, 34, 34, 16 }, { 2, true, 34, 34, 16 },
};

/* Zero for a combination that no row allows. */
static unsigned count_of(int64_t level, bool lpa2, unsigned width)
{
        for (unsigned i = 0; i < ARRAY_SIZE(geometry); i++) {
                if (geometry[i].level == level && geometry[i].lpa2 == lpa2 && geometry[i].width_first <= width &&
                    width <= geometry[i].width_last) {
                        return geometry[i].count;
                }
        }
        return 0;
}

/* Platforms by physical address width, as the sheet ran them: S2SZ is as wide. */
static const struct {
        uint8_t pa_bits;
        bool lpa2;
} platforms[] = {
        { 36, false }, { 40, false }, { 42, false }, { 44, false }, { 48, false }, { 48, true }, { 52, true }
};

static void try_geometry(struct world *w, uint64_t rd, uint64_t page, struct rmmsim_realm_params *p, bool accepted,
                         bool supported)
{
        struct rmmsim_regs regs = call_regs(w, rmi_realm_create, .rd = rd, .params_ptr = page);

        if (!accepted) {
                check_refusal(w, &regs, supported ? "rtt_num_level" : "params_supp", ERROR_INPUT);
                return;
        }
        ck_assert_msg(regs.x[0] == 0, "width %u level %d count %u was refused", p->s2sz, (int)p->rtt_level_start,
                      p->rtt_num_start);
        for (unsigned i = 0; i < 18; i++) {
                ck_assert_uint_eq(state_of(w, p->rtt_base + i * PAGE),
                                  i < p->rtt_num_start ? RMMSIM_GRANULE_RTT : RMMSIM_GRANULE_DELEGATED);
        }
        expect_success(w, rmi_realm_destroy, .rd = rd);
        for (unsigned i = 0; i < 18; i++) {
                EXPECT_STATE(w, p->rtt_base + i * PAGE, DELEGATED);
        }
}

START_TEST(geometry_is_that_of_the_table)
{
        unsigned pa_bits = platforms[_i].pa_bits;
        bool platform_lpa2 = platforms[_i].lpa2;
        struct rmmsim_realm_params *p;
        uint64_t page, rd, roots;
        struct world *w;
        unsigned tried = 0;

        w = world_create_with(&(struct rmmsim_config){
                .features = { .s2sz = (uint8_t)pa_bits, .pa_bits = (uint8_t)pa_bits, .lpa2 = platform_lpa2 } });
        page = world_page(w);
        rd = world_delegated(w);
        roots = world_delegated_pages(w, 32, 32 * PAGE);
        p = realm_params_at(w, page, roots, 9);
        for (unsigned lpa2 = 0; lpa2 <= (platform_lpa2 ? 1 : 0); lpa2++) {
                for (int level = -2; level <= 4; level++) {
                        for (unsigned width = 30; width <= 54; width++) {
                                bool supported = width >= 32 && width <= pa_bits && width <= (lpa2 ? 52 : 48);
                                bool level_exists = level != 0 || pa_bits >= 44;

                                for (unsigned count = 0; count <= 17; count++) {
                                        p->flags = lpa2;
                                        p->s2sz = (uint8_t)width;
                                        p->rtt_level_start = level;
                                        p->rtt_num_start = count;
                                        try_geometry(w, rd, page, p,
                                                     supported && level_exists && count != 0 &&
                                                             count == count_of(level, lpa2, width),
                                                     supported);
                                        tried++;
                                }
                        }
                }
        }
        ck_assert_uint_eq(tried, (platform_lpa2 ? 2 : 1) * 7 * 25 * 18);
        world_destroy(w);
}
END_TEST

/* All 64 bits of the level and all 32 of the count are compared. */
START_TEST(geometry_compares_whole_fields)
{
        static const struct {
                int64_t level;
                uint32_t count;
        } wrong[] = {
                { INT64_C(0x100000000), 1 },
                { INT64_C(0x100), 1 },
                { INT64_MIN, 1 },
                { INT64_MAX, 1 },
                { -1, 1 },
                { 0, 0x10001 },
                { 0, 0x101 },
                { 0, UINT32_MAX },
                { 0, UINT32_C(0x80000001) },
                { 0xffffffff, 1 },
                { 0, 0 },
        };
        struct rmmsim_realm_params *p;
        uint64_t page, rd, roots;
        struct world *w;

        w = world_create();
        page = world_page(w);
        rd = world_delegated(w);
        roots = world_delegated_pages(w, 16, 16 * PAGE);
        p = realm_params_at(w, page, roots, 9);
        for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
                p->rtt_level_start = wrong[i].level;
                p->rtt_num_start = wrong[i].count;
                expect_refusal(w, ERROR_INPUT, "rtt_num_level", rmi_realm_create, .rd = rd, .params_ptr = page);
        }
        p->rtt_level_start = 0;
        p->rtt_num_start = 1;
        expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
        world_destroy(w);
}
END_TEST

/* The roots must be aligned to what they are together. */
START_TEST(roots_are_aligned_together)
{
        struct rmmsim_realm_params *p;
        uint64_t page, rd, roots;
        struct world *w;

        w = world_create();
        page = world_page(w);
        rd = world_delegated(w);
        roots = world_delegated_pages(w, 32, 32 * PAGE);
        for (unsigned shift = 0; shift <= 4; shift++) {
                unsigned count = 1u << shift;

                p = realm_params_at(w, page, roots, 9);
                p->s2sz = (uint8_t)(39 + shift);
                p->rtt_level_start = 1;
                p->rtt_num_start = count;
                for (unsigned i = 0; i <= 16; i++) {
                        p->rtt_base = roots + i * PAGE;
                        if (i % count != 0) {
                                expect_refusal(w, ERROR_INPUT, "rtt_align", rmi_realm_create, .rd = rd,
                                               .params_ptr = page);
                        } else {
                                expect_success(w, rmi_realm_create, .rd = rd, .params_ptr = page);
                                expect_success(w, rmi_realm_destroy, .rd = rd);
                        }
                }
        }
        world_destroy(w);
}
END_TEST

/* ---- configurations that make no sense ------------------------------------------------------------------------------ */

struct config_row {
        const char *sentence; /* part of it */
        struct rmmsim_config config;
};

static const struct rmmsim_region memory[] = { { .base = WORLD_DRAM_BASE, .size = WORLD_DRAM_SIZE } };

#define FEATURES(...)                                                                                                  \
        {                                                                                                              \
                .regions = memory, .num_regions = 1, .features = { __VA_ARGS__ }                                       \
        }

static const struct rmmsim_region unaligned_base[] = { { .base = 0x800, .size = PAGE } };
static const struct rmmsim_region unaligned_size[] = { { .base = PAGE, .size = PAGE + 1 } };
static const struct rmmsim_region empty[] = { { .base = PAGE } };
static const struct rmmsim_region huge[] = { { .size = (UINT64_C(1) << 40) + PAGE } };
static const struct rmmsim_region beyond[] = { { .base = UINT64_C(1) << 52, .size = PAGE } };
static const struct rmmsim_region across[] = { { .base = (UINT64_C(1) << 52) - PAGE, .size = 2 * PAGE } };
static const struct rmmsim_region strange[] = { { .size = PAGE, .kind = (enum rmmsim_region_kind)7 } };
static const struct rmmsim_region device_only[] = { { .size = PAGE, .kind = RMMSIM_REGION_DEVICE } };
static const struct rmmsim_region overlapping[] = { { .base = 0, .size = 2 * PAGE }, { .base = PAGE, .size = PAGE } };

static const struct config_row config_rows[] = {
        { "profile", { .regions = memory, .num_regions = 1, .profile = (enum rmmsim_profile)99 } },
        { "quirks", { .regions = memory, .num_regions = 1, .quirks = UINT64_C(1) << 63 } },
        { "pa_bits", FEATURES(.pa_bits = 31) },
        { "pa_bits", FEATURES(.pa_bits = 49) },
        { "pa_bits", FEATURES(.pa_bits = 53, .lpa2 = true) },
        { "s2sz", FEATURES(.s2sz = 31) },
        { "s2sz", FEATURES(.s2sz = 49) },
        { "s2sz", FEATURES(.s2sz = 53, .lpa2 = true) },
        { "ipa_width_min", FEATURES(.ipa_width_min = 31) },
        { "ipa_width_min", FEATURES(.ipa_width_min = 41, .s2sz = 40) },
        { "sve_vectors", FEATURES(.sve_vectors = 17) },
        { "num_bps", FEATURES(.num_bps = 1) },
        { "num_bps", FEATURES(.num_bps = 65) },
        { "num_wps", FEATURES(.num_wps = 1) },
        { "num_wps", FEATURES(.num_wps = 65) },
        { "no_pmu", FEATURES(.no_pmu = true, .pmu_num_ctrs = 4) },
        { "pmu_num_ctrs", FEATURES(.pmu_num_ctrs = 32) },
        { "SHA", FEATURES(.no_sha_256 = true, .no_sha_512 = true) },
        { "gicv3_num_lrs", FEATURES(.gicv3_num_lrs = 17) },
        { "max_recs_order", FEATURES(.max_recs_order = 16) },
        { "rec_aux_count", FEATURES(.rec_aux_count = 17) },
        { "vmid_bits", FEATURES(.vmid_bits = 12) },
        { "gic_priority_bits", FEATURES(.gic_priority_bits = 4) },
        { "gic_priority_bits", FEATURES(.gic_priority_bits = 9) },
        { "gic_intid_bits", FEATURES(.gic_intid_bits = 20) },
        { "regions", { .num_regions = 1 } },
        { "regions", { .regions = memory, .num_regions = 0 } },
        { "regions", { .regions = memory, .num_regions = 33 } },
        { "multiples of 4096", { .regions = unaligned_base, .num_regions = 1 } },
        { "multiples of 4096", { .regions = unaligned_size, .num_regions = 1 } },
        { "size", { .regions = empty, .num_regions = 1 } },
        { "1 TiB", { .regions = huge, .num_regions = 1 } },
        { "2^52", { .regions = beyond, .num_regions = 1 } },
        { "2^52", { .regions = across, .num_regions = 1 } },
        { "kind", { .regions = strange, .num_regions = 1 } },
        { "RMMSIM_REGION_DRAM", { .regions = device_only, .num_regions = 1 } },
        { "overlap", { .regions = overlapping, .num_regions = 2 } },
};

START_TEST(configurations_are_judged)
{
        struct rmmsim_error error = { 0 };
        struct rmmsim *sim = rmmsim_create(&config_rows[_i].config, &error);

        ck_assert_ptr_null(sim);
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        ck_assert_msg(strstr(error.text, config_rows[_i].sentence) != NULL, "%s", error.text);
        ck_assert_ptr_null(rmmsim_create(&config_rows[_i].config, NULL));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("realm_params");
        TCase *features = tcase_create("features");
        TCase *tables = tcase_create("tables");
        TCase *config = tcase_create("config");

        tcase_add_loop_test(features, parameters_are_judged, 0, ARRAY_SIZE(rows));
        tcase_add_test(features, reference_profile_wants_counters);
        tcase_add_test(features, refusal_points_at_the_field);
        suite_add_tcase(suite, features);
        tcase_add_loop_test(tables, geometry_is_that_of_the_table, 0, ARRAY_SIZE(platforms));
        tcase_add_test(tables, geometry_compares_whole_fields);
        tcase_add_test(tables, roots_are_aligned_together);
        suite_add_tcase(suite, tables);
        tcase_add_loop_test(config, configurations_are_judged, 0, ARRAY_SIZE(config_rows));
        suite_add_tcase(suite, config);
        return run_suite(suite);
}
