/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_granule.c - Granules change worlds; versions and features are told; identifiers nobody serves are refused.
 *
 * Specification: RMI_VERSION, RMI_FEATURES, RMI_GRANULE_DELEGATE, RMI_GRANULE_UNDELEGATE; lifecycle sheet sections 1 to 3
 * and 5.1 to 5.4.
 */
#include "lifecycle_fixture.h"

/* ---- delegation ---- */

struct row {
        const char *name;
        const char *condition;
        uint64_t (*address)(const struct zoo *zoo);
};

#define ADDRESS(name, condition, expression)                                                                           \
        static uint64_t name(const struct zoo *zoo)                                                                    \
        {                                                                                                              \
                (void)zoo;                                                                                             \
                return expression;                                                                                     \
        }
#define ROW(name, condition, expression) { #name, #condition, name },

#define DELEGATE_ROWS(X)                                                                                               \
        X(d_unaligned_by_one, gran_align, zoo->ns + 1)                                                                 \
        X(d_unaligned_by_half, gran_align, zoo->ns + 0x800)                                                            \
        X(d_unaligned_nowhere, gran_align, HOLE + 8)                                                                   \
        X(d_device, gran_bound, DEVICE)                                                                                \
        X(d_hole, gran_bound, HOLE)                                                                                    \
        X(d_behind_the_end, gran_bound, WORLD_DRAM_BASE + WORLD_DRAM_SIZE)                                             \
        X(d_before_the_start, gran_bound, WORLD_DRAM_BASE - PAGE)                                                      \
        X(d_last_address, gran_bound, LAST_PAGE)                                                                       \
        X(d_high_bits, gran_bound, zoo->ns | UINT64_C(1) << 52)                                                        \
        X(d_delegated, gran_state, zoo->delegated)                                                                     \
        X(d_rd, gran_state, zoo->rd)                                                                                   \
        X(d_rec, gran_state, zoo->rec)                                                                                 \
        X(d_rec_aux, gran_state, zoo->aux)                                                                             \
        X(d_rtt, gran_state, zoo->rtt)                                                                                 \
        X(d_data, gran_state, zoo->data)                                                                               \
        X(d_secure, gran_gpt, zoo->secure)                                                                             \
        X(d_root, gran_gpt, zoo->root)                                                                                 \
        X(d_any_pas, gran_gpt, zoo->any)

#define UNDELEGATE_ROWS(X)                                                                                             \
        X(u_unaligned_by_one, gran_align, zoo->delegated + 1)                                                          \
        X(u_unaligned_by_half, gran_align, zoo->delegated + 0x800)                                                     \
        X(u_device, gran_bound, DEVICE)                                                                                \
        X(u_hole, gran_bound, HOLE)                                                                                    \
        X(u_last_address, gran_bound, LAST_PAGE)                                                                       \
        X(u_undelegated, gran_state, zoo->ns)                                                                          \
        X(u_secure, gran_state, zoo->secure)                                                                           \
        X(u_rd, gran_state, zoo->rd)                                                                                   \
        X(u_rec, gran_state, zoo->rec)                                                                                 \
        X(u_rec_aux, gran_state, zoo->aux)                                                                             \
        X(u_rtt, gran_state, zoo->rtt)                                                                                 \
        X(u_data, gran_state, zoo->data)

/* clang-format off */
DELEGATE_ROWS(ADDRESS)
UNDELEGATE_ROWS(ADDRESS)
static const struct row delegate_rows[] = { DELEGATE_ROWS(ROW) };
static const struct row undelegate_rows[] = { UNDELEGATE_ROWS(ROW) };
/* clang-format on */

START_TEST(delegate_refuses)
{
        const struct row *row = &delegate_rows[_i];
        struct world *w = world_create();
        struct zoo zoo;

        zoo_create(&zoo, w);
        expect_refusal(w, ERROR_INPUT, row->condition, rmi_granule_delegate, .addr = row->address(&zoo));
        expect_success(w, rmi_granule_delegate, .addr = zoo.ns);
        world_destroy(w);
}
END_TEST

START_TEST(undelegate_refuses)
{
        const struct row *row = &undelegate_rows[_i];
        struct world *w = world_create();
        struct zoo zoo;

        zoo_create(&zoo, w);
        expect_refusal(w, ERROR_INPUT, row->condition, rmi_granule_undelegate, .addr = row->address(&zoo));
        expect_success(w, rmi_granule_undelegate, .addr = zoo.delegated);
        world_destroy(w);
}
END_TEST

/* What the host wrote is gone when the Granule comes back, and what the Realm world held never shows. */
START_TEST(delegation_wipes)
{
        static const uint8_t zeroes[PAGE];
        struct rmmsim_granule granule;
        struct world *w;
        uint64_t pa;

        w = world_create();
        pa = world_page(w);
        memset(world_at(w, pa), 0x5c, PAGE);
        expect_success(w, rmi_granule_delegate, .addr = pa);
        ck_assert_int_eq(rmmsim_granule(w->sim, &granule, pa), 0);
        ck_assert_uint_eq(granule.state, RMMSIM_GRANULE_DELEGATED);
        ck_assert_uint_eq(granule.gpt, RMMSIM_GPT_GPT_REALM);
        ck_assert_uint_eq(granule.taker, RMMSIM_COMMAND_rmi_granule_delegate);
        ck_assert(page_is_zero(w, pa));
        expect_success(w, rmi_granule_undelegate, .addr = pa);
        ck_assert_int_eq(rmmsim_granule(w->sim, &granule, pa), 0);
        ck_assert_uint_eq(granule.state, RMMSIM_GRANULE_UNDELEGATED);
        ck_assert_uint_eq(granule.gpt, RMMSIM_GPT_GPT_NS);
        ck_assert_int_eq(memcmp(world_at(w, pa), zeroes, PAGE), 0);
        world_destroy(w);
}
END_TEST

/* The first and the last Granule of a region, and between them many whose neighbours stay what they are. */
START_TEST(delegation_reaches_every_granule)
{
        static const struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = 301 * PAGE };
        struct world *w = world_create_with(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 });
        const uint64_t base = region.base;
        const uint64_t end = region.base + region.size;
        uint64_t pa;

        for (pa = base; pa < end; pa += 3 * PAGE) {
                expect_success(w, rmi_granule_delegate, .addr = pa);
        }
        for (pa = base; pa < end; pa += PAGE) {
                bool third = (pa - base) / PAGE % 3 == 0;

                ck_assert_uint_eq(state_of(w, pa), third ? RMMSIM_GRANULE_DELEGATED : RMMSIM_GRANULE_UNDELEGATED);
        }
        for (pa = base; pa < end; pa += 3 * PAGE) {
                expect_success(w, rmi_granule_undelegate, .addr = pa);
        }
        ck_assert(!rmmsim_next_delegated(w->sim, &pa, 0));
        world_destroy(w);
}
END_TEST

/* A Realm's mapping of host memory holds no reference: the page can be delegated under it. */
START_TEST(mapped_host_memory_can_be_delegated)
{
        struct world *w = world_create();
        struct realm_world realm;
        uint64_t shared;

        realm_new(&realm, w, NULL);
        shared = realm_share(&realm, UINT64_C(1) << 39);
        expect_success(w, rmi_granule_delegate, .addr = shared);
        EXPECT_STATE(w, shared, DELEGATED);
        expect_success(w, rmi_granule_undelegate, .addr = shared);
        world_destroy(w);
}
END_TEST

/* ---- RMI_VERSION ---------------------------------------------------------------------------------------------------- */

static const struct {
        uint64_t req;
        uint64_t x0;
} version_rows[] = {
        { 0x10000, 0 },
        { 0, ERROR_INPUT },
        { 1, ERROR_INPUT },
        { 0xffff, ERROR_INPUT },
        { 0x10001, ERROR_INPUT },
        { 0x1ffff, ERROR_INPUT },
        { 0x20000, ERROR_INPUT },
        { UINT64_C(1) << 31 | 0x10000, ERROR_INPUT },
        { UINT64_C(1) << 32 | 0x10000, ERROR_INPUT },
        { UINT64_MAX, ERROR_INPUT },
};

START_TEST(version_is_negotiated)
{
        struct world *w;
        struct rmmsim_regs regs;

        w = world_create();
        regs = rmmsim_call(w->sim, 0, rmi_version, .req = version_rows[_i].req);
        ck_assert_uint_eq(regs.x[0], version_rows[_i].x0);
        ck_assert_uint_eq(regs.x[1], 0x10000);
        ck_assert_uint_eq(regs.x[2], 0x10000);
        for (unsigned i = 3; i < 18; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
        ck_assert_int_eq(rmmsim_why(w->sim, 0) == NULL, version_rows[_i].x0 == 0);
        if (version_rows[_i].x0 != 0) {
                ck_assert_str_eq(rmmsim_why(w->sim, 0)->condition, "req_supported");
        }
        world_destroy(w);
}
END_TEST

/* ---- RMI_FEATURES --------------------------------------------------------------------------------------------------- */

/* Section 3.3: the sane values and the three decode checks, then one field at a time against the sane values. */
static const struct {
        struct rmmsim_features features;
        uint64_t value;
} feature_rows[] = {
        { { 0 }, UINT64_C(0x28F34314030) },
        { { .s2sz = 48, .lpa2 = true, .num_bps = 2, .num_wps = 2, .pmu_num_ctrs = 31, .gicv3_num_lrs = 1 },
          UINT64_C(0x283FC104130) },
        { { .s2sz = 48,
            .lpa2 = true,
            .sve_vectors = 4,
            .num_bps = 2,
            .num_wps = 2,
            .pmu_num_ctrs = 31,
            .gicv3_num_lrs = 1 },
          UINT64_C(0x283FC104F30) },
        { { .s2sz = 48, .lpa2 = true, .num_bps = 21, .num_wps = 19, .pmu_num_ctrs = 31, .gicv3_num_lrs = 1 },
          UINT64_C(0x283FD250130) },
        { { .s2sz = 40 }, (UINT64_C(0x28F34314030) & ~UINT64_C(0xff)) | 40 },
        { { .s2sz = 52, .lpa2 = true }, (UINT64_C(0x28F34314030) & ~UINT64_C(0xff)) | 52 | 1 << 8 },
        { { .sve_vectors = 1 }, UINT64_C(0x28F34314030) | 1 << 9 },
        { { .sve_vectors = 16 }, UINT64_C(0x28F34314030) | 1 << 9 | 15 << 10 },
        { { .num_bps = 64 }, (UINT64_C(0x28F34314030) & ~(UINT64_C(0x3f) << 14)) | 63 << 14 },
        { { .num_wps = 64 }, (UINT64_C(0x28F34314030) & ~(UINT64_C(0x3f) << 20)) | 63 << 20 },
        { { .no_pmu = true }, UINT64_C(0x28F34314030) & ~(UINT64_C(0x3f) << 26) },
        { { .pmu_num_ctrs = RMMSIM_NONE }, UINT64_C(0x28F34314030) & ~(UINT64_C(0x1f) << 27) },
        { { .no_sha_256 = true }, UINT64_C(0x28F34314030) & ~(UINT64_C(1) << 32) },
        { { .no_sha_512 = true }, UINT64_C(0x28F34314030) & ~(UINT64_C(1) << 33) },
        { { .gicv3_num_lrs = 16 }, UINT64_C(0x28F34314030) | UINT64_C(15) << 34 },
        { { .max_recs_order = 1 }, (UINT64_C(0x28F34314030) & ~(UINT64_C(15) << 38)) | UINT64_C(1) << 38 },
        { { .max_recs_order = 15 }, UINT64_C(0x28F34314030) | UINT64_C(15) << 38 },
        { { .ipa_width_min = 40, .pa_bits = 44, .rec_aux_count = 2, .vmid_bits = 8 }, UINT64_C(0x28F34314030) },
};

START_TEST(features_follow_the_configuration)
{
        struct world *w;
        struct rmmsim_regs regs;

        w = world_create_with(&(struct rmmsim_config){ .features = feature_rows[_i].features });
        regs = rmmsim_call(w->sim, 0, rmi_features, .index = 0);
        expect_x0(w, 0, regs.x[0]);
        ck_assert_msg(regs.x[1] == feature_rows[_i].value, "0x%llx", (unsigned long long)regs.x[1]);
        for (unsigned i = 2; i < 18; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
        world_destroy(w);
}
END_TEST

START_TEST(other_feature_registers_are_zero)
{
        static const uint64_t indexes[] = { 1, 2, 0x100, UINT64_C(1) << 32, UINT64_MAX };
        struct world *w;

        w = world_create();
        for (unsigned i = 0; i < ARRAY_SIZE(indexes); i++) {
                struct rmmsim_regs regs = rmmsim_call(w->sim, 0, rmi_features, .index = indexes[i]);

                expect_x0(w, 0, regs.x[0]);
                ck_assert_uint_eq(regs.x[1], 0);
        }
        world_destroy(w);
}
END_TEST

/* ---- identifiers ---------------------------------------------------------------------------------------------------- */

static bool in_1_0(uint32_t fid)
{
        static const uint32_t gaps[] = { 0xC4000156, 0xC4000160, 0xC4000163 };

        for (unsigned i = 0; i < ARRAY_SIZE(gaps); i++) {
                if (fid == gaps[i]) {
                        return false;
                }
        }
        return fid >= 0xC4000150 && fid <= 0xC4000169;
}

static void expect_unknown(const struct world *w, uint64_t x0)
{
        struct rmmsim_regs regs = { { x0 } };

        for (unsigned i = 1; i < 18; i++) {
                regs.x[i] = 0x1111 * i;
        }
        ck_assert_int_eq(rmmsim_smc(w->sim, 0, &regs), 0);
        ck_assert_msg(regs.x[0] == UINT64_MAX, "x0 0x%llx was served", (unsigned long long)x0);
        for (unsigned i = 1; i < 17; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
        ck_assert_ptr_null(rmmsim_why(w->sim, 0));
}

START_TEST(unknown_identifiers_are_not_supported)
{
        struct world *w;

        w = world_create();
        for (uint32_t fid = 0xC4000100; fid <= 0xC40001FF; fid++) {
                if (!in_1_0(fid)) {
                        expect_unknown(w, fid);
                        expect_unknown(w, fid | 1 << 16);
                }
        }
        for (uint32_t fid = 0x84000140; fid <= 0x84000190; fid++) {
                expect_unknown(w, fid);
        }
        expect_unknown(w, 0);
        expect_unknown(w, UINT64_MAX);
        expect_unknown(w, 0xC4020150); /* bit 17 is no hint         */
        expect_unknown(w, 0x44000150); /* a yielding call           */
        expect_unknown(w, 0xC5000150); /* another owner             */
        expect_unknown(w, 0xC4000003); /* PSCI is the Realm's       */
        expect_unknown(w, 0xC4000190); /* RSI is the Realm's        */
        world_destroy(w);
}
END_TEST

/* All 23 commands answer, with the hint that SVE state is not live and without. */
START_TEST(every_command_is_served_with_and_without_the_sve_hint)
{
        unsigned served = 0;
        struct world *w;

        w = world_create();
        for (uint32_t fid = 0xC4000150; fid <= 0xC4000169; fid++) {
                struct rmmsim_regs plain = { { fid, 1, 1, 1, 1, 1 } };
                struct rmmsim_regs hinted = { { fid | 1 << 16, 1, 1, 1, 1, 1 } };

                if (in_1_0(fid)) {
                        ck_assert_int_eq(rmmsim_smc(w->sim, 0, &plain), 0);
                        ck_assert_int_eq(rmmsim_smc(w->sim, 0, &hinted), 0);
                        ck_assert_uint_ne(plain.x[0], UINT64_MAX);
                        ck_assert_mem_eq(&plain, &hinted, sizeof(plain));
                        served++;
                }
        }
        ck_assert_uint_eq(served, 23);
        world_destroy(w);
}
END_TEST

/* Registers that are no inputs may hold anything, and x17 belongs to the caller. */
START_TEST(other_registers_are_ignored)
{
        struct rmmsim_regs regs = { { 0xC4000151 } };
        struct world *w;

        w = world_create();
        for (unsigned i = 1; i < 18; i++) {
                regs.x[i] = UINT64_MAX - i;
        }
        regs.x[1] = world_page(w);
        ck_assert_int_eq(rmmsim_smc(w->sim, 0, &regs), 0);
        for (unsigned i = 0; i < 17; i++) {
                ck_assert_uint_eq(regs.x[i], 0);
        }
        ck_assert_uint_eq(regs.x[17], UINT64_MAX - 17);
        world_destroy(w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("granule");
        TCase *granule = tcase_create("delegation");
        TCase *interface = tcase_create("interface");

        tcase_add_loop_test(granule, delegate_refuses, 0, ARRAY_SIZE(delegate_rows));
        tcase_add_loop_test(granule, undelegate_refuses, 0, ARRAY_SIZE(undelegate_rows));
        tcase_add_test(granule, delegation_wipes);
        tcase_add_test(granule, delegation_reaches_every_granule);
        tcase_add_test(granule, mapped_host_memory_can_be_delegated);
        suite_add_tcase(suite, granule);
        tcase_add_loop_test(interface, version_is_negotiated, 0, ARRAY_SIZE(version_rows));
        tcase_add_loop_test(interface, features_follow_the_configuration, 0, ARRAY_SIZE(feature_rows));
        tcase_add_test(interface, other_feature_registers_are_zero);
        tcase_add_test(interface, unknown_identifiers_are_not_supported);
        tcase_add_test(interface, every_command_is_served_with_and_without_the_sve_hint);
        tcase_add_test(interface, other_registers_are_ignored);
        suite_add_tcase(suite, interface);
        return run_suite(suite);
}
