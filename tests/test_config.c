/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_config.c - configurations that make no sense are refused, each with a sentence of its own that names the field.
 *
 * One row a refusal. The last rows of each limit are the values just inside it, which must be accepted.
 */
#include "slowness.h"
#include "world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEVICE RMMSIM_REGION_DEVICE

#define MIB (UINT64_C(1) << 20)
#define TIB (UINT64_C(1) << 40)
#define REGIONS(...)                                                                                                   \
        .regions = (const struct rmmsim_region[])                                                                      \
        {                                                                                                              \
                __VA_ARGS__                                                                                            \
        }
#define FEATURES(...)  REGIONS({ .base = MIB, .size = MIB }), .num_regions = 1, .features = { __VA_ARGS__ }
#define OTHERWISE(...) REGIONS({ .base = MIB, .size = MIB }), .num_regions = 1, __VA_ARGS__

static void *nowhere(void *context, uint64_t pa)
{
        (void)context;
        (void)pa;
        return NULL;
}

/* ---- refused ---------------------------------------------------------------------------------------------------------- */

struct refusal {
        const char *sentence;
        struct rmmsim_config config;
};

static const struct rmmsim_region too_many[33];

static const struct refusal refusals[] = {
        { "regions must name 1 to 32 regions", { .num_regions = 1 } },
        { "regions must name 1 to 32 regions", { .regions = too_many } },
        { "regions must name 1 to 32 regions", { .regions = too_many, .num_regions = 33 } },
        { "a region's kind must be RMMSIM_REGION_DRAM or RMMSIM_REGION_DEVICE",
          { REGIONS({ .size = MIB, .kind = (enum rmmsim_region_kind)2 }), .num_regions = 1 } },
        { "a region's size must be 4096 bytes to 1 TiB", { REGIONS({ .base = MIB }), .num_regions = 1 } },
        { "a region's size must be 4096 bytes to 1 TiB", { REGIONS({ .size = TIB + PAGE }), .num_regions = 1 } },
        { "a region's size must be 4096 bytes to 1 TiB", { REGIONS({ .size = 0 - PAGE }), .num_regions = 1 } },
        { "a region's base and size must be multiples of 4096", { REGIONS({ .size = MIB + 1 }), .num_regions = 1 } },
        { "a region's base and size must be multiples of 4096", { REGIONS({ .size = 2048 }), .num_regions = 1 } },
        { "a region's base and size must be multiples of 4096",
          { REGIONS({ .base = 8, .size = MIB }), .num_regions = 1 } },
        { "a region must end at or below 2^52",
          { REGIONS({ .base = (UINT64_C(1) << 52) - PAGE, .size = 2 * PAGE }), .num_regions = 1 } },
        { "a region must end at or below 2^52",
          { REGIONS({ .base = UINT64_C(1) << 52, .size = PAGE }), .num_regions = 1 } },
        { "a region must end at or below 2^52", { REGIONS({ .base = 0 - MIB, .size = MIB }), .num_regions = 1 } },
        { "a region has memory or phys_to_virt, not both",
          { REGIONS({ .size = PAGE, .memory = (void *)PAGE, .phys_to_virt = nowhere }), .num_regions = 1 } },
        { "a region's memory must be aligned to 4096 bytes",
          { REGIONS({ .size = PAGE, .memory = (void *)(PAGE + 8) }), .num_regions = 1 } },
        { "regions must not overlap",
          { REGIONS({ .base = MIB, .size = MIB }, { .base = 2 * MIB - PAGE, .size = MIB }), .num_regions = 2 } },
        { "regions must not overlap",
          { REGIONS({ .base = MIB, .size = PAGE, .kind = DEVICE }, { .size = 4 * MIB }), .num_regions = 2 } },
        { "at least one region must have kind RMMSIM_REGION_DRAM",
          { REGIONS({ .size = PAGE, .kind = DEVICE }), .num_regions = 1 } },

        { "num_pes must be at most 1024", { OTHERWISE(.num_pes = 1025) } },
        { "audit_period needs num_pes = 1, as an audit looks at everything: call rmmsim_audit() instead",
          { OTHERWISE(.num_pes = 2, .audit_period = 1) } },
        { "max_guests must be at most 32000, as the system limits mappings", { OTHERWISE(.max_guests = 32001) } },
        { "guest_stack_size must be at least 65536 bytes", { OTHERWISE(.guest_stack_size = 65535) } },
        { "token_components must be at most 500", { OTHERWISE(.token_components = 501) } },
        { "profile is none that this version of the library serves",
          { OTHERWISE(.profile = (enum rmmsim_profile)77) } },
        { "quirks has bits that no row of spec/quirks.def names", { OTHERWISE(.quirks = UINT64_C(1) << 63) } },

        { "features.pa_bits must be 32 to 48, or to 52 with lpa2", { FEATURES(.pa_bits = 31) } },
        { "features.pa_bits must be 32 to 48, or to 52 with lpa2", { FEATURES(.pa_bits = 49) } },
        { "features.pa_bits must be 32 to 48, or to 52 with lpa2", { FEATURES(.pa_bits = 53, .lpa2 = true) } },
        { "features.s2sz must be 32 to 48, or to 52 with lpa2", { FEATURES(.s2sz = 31) } },
        { "features.s2sz must be 32 to 48, or to 52 with lpa2", { FEATURES(.s2sz = 49) } },
        { "features.s2sz must be 32 to 48, or to 52 with lpa2", { FEATURES(.s2sz = 53, .lpa2 = true) } },
        { "features.ipa_width_min must be 32 to s2sz", { FEATURES(.ipa_width_min = 31) } },
        { "features.ipa_width_min must be 32 to s2sz", { FEATURES(.ipa_width_min = 41, .s2sz = 40) } },
        { "features.sve_vectors must be at most 16", { FEATURES(.sve_vectors = 17) } },
        { "features.num_bps and num_wps must be 2 to 64", { FEATURES(.num_bps = 1) } },
        { "features.num_bps and num_wps must be 2 to 64", { FEATURES(.num_bps = 65) } },
        { "features.num_bps and num_wps must be 2 to 64", { FEATURES(.num_bps = RMMSIM_NONE) } },
        { "features.num_bps and num_wps must be 2 to 64", { FEATURES(.num_wps = 1) } },
        { "features.num_bps and num_wps must be 2 to 64", { FEATURES(.num_wps = 65) } },
        { "features.pmu_num_ctrs without a PMU: clear it or no_pmu", { FEATURES(.no_pmu = true, .pmu_num_ctrs = 1) } },
        { "features.pmu_num_ctrs must be at most 31", { FEATURES(.pmu_num_ctrs = 32) } },
        { "features: one of SHA-256 and SHA-512 must be offered",
          { FEATURES(.no_sha_256 = true, .no_sha_512 = true) } },
        { "features.gicv3_num_lrs must be 1 to 16", { FEATURES(.gicv3_num_lrs = 17) } },
        { "features.gicv3_num_lrs must be 1 to 16", { FEATURES(.gicv3_num_lrs = RMMSIM_NONE) } },
        { "features.max_recs_order must be 1 to 15", { FEATURES(.max_recs_order = 16) } },
        { "features.rec_aux_count must be at most 16, or RMMSIM_NONE", { FEATURES(.rec_aux_count = 17) } },
        { "features.vmid_bits must be 8 or 16", { FEATURES(.vmid_bits = 9) } },
        { "features.gic_priority_bits must be 5 to 8", { FEATURES(.gic_priority_bits = 4) } },
        { "features.gic_priority_bits must be 5 to 8", { FEATURES(.gic_priority_bits = 9) } },
        { "features.gic_intid_bits must be 16 or 24", { FEATURES(.gic_intid_bits = 17) } },
};

enum {
        NUM_REFUSALS = sizeof(refusals) / sizeof(refusals[0])
};

START_TEST(test_refusal)
{
        const struct refusal *refusal = &refusals[_i];
        struct rmmsim_error error = { .code = RMMSIM_OK };

        ck_assert_ptr_null(rmmsim_create(&refusal->config, &error));
        ck_assert_str_eq(error.text, refusal->sentence);
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        ck_assert_ptr_null(rmmsim_create(&refusal->config, NULL));
}
END_TEST

START_TEST(test_no_config)
{
        struct rmmsim_error error;

        ck_assert_ptr_null(rmmsim_create(NULL, &error));
        ck_assert_str_eq(error.text, "config must not be NULL");
        ck_assert_int_eq(error.code, RMMSIM_ERROR_CONFIG);
        rmmsim_destroy(NULL);
}
END_TEST

/* Every sentence of the sources stands in a row above, and one sentence means one thing: rows that share it are neighbours. */
START_TEST(test_sentences_are_distinct)
{
        for (int i = 0; i < NUM_REFUSALS; i++) {
                for (int j = i + 1; j < NUM_REFUSALS; j++) {
                        bool same = strcmp(refusals[i].sentence, refusals[j].sentence) == 0;
                        bool neighbours = strcmp(refusals[j - 1].sentence, refusals[j].sentence) == 0;

                        ck_assert_msg(!same || neighbours, "%s", refusals[i].sentence);
                }
        }
}
END_TEST

/* ---- just inside the limits ------------------------------------------------------------------------------------------- */

static const struct rmmsim_config accepted[] = {
        { REGIONS({ .size = PAGE }), .num_regions = 1 },
        { REGIONS({ .base = (UINT64_C(1) << 52) - PAGE, .size = PAGE }), .num_regions = 1 },
        { REGIONS({ .base = MIB, .size = MIB }, { .base = 2 * MIB, .size = MIB }, { .size = MIB }), .num_regions = 3 },
        { OTHERWISE(.num_pes = 1024) },
        { OTHERWISE(.num_pes = 1, .audit_period = 1) },
        { OTHERWISE(.max_guests = 1, .guest_stack_size = 65536) },
        { OTHERWISE(.token_components = 500) },
        { OTHERWISE(.profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE) },
        { FEATURES(.s2sz = 32, .pa_bits = 32) },
        { FEATURES(.s2sz = 48, .ipa_width_min = 48, .pa_bits = 48) },
        { FEATURES(.lpa2 = true, .s2sz = 52, .pa_bits = 52, .ipa_width_min = 52) },
        { FEATURES(.sve_vectors = 16, .num_bps = 2, .num_wps = 2, .pmu_num_ctrs = 31, .gicv3_num_lrs = 16) },
        { FEATURES(.num_bps = 64, .num_wps = 64, .pmu_num_ctrs = RMMSIM_NONE, .gicv3_num_lrs = 1,
                   .max_recs_order = 15) },
        { FEATURES(.no_pmu = true, .no_sha_256 = true, .rec_aux_count = RMMSIM_NONE, .vmid_bits = 8,
                   .max_recs_order = 1) },
        { FEATURES(.no_sha_512 = true, .rec_aux_count = 16, .gic_priority_bits = 8, .gic_intid_bits = 24) },
};

START_TEST(test_accepted)
{
        struct rmmsim_error error = { .text = "" };
        struct rmmsim *sim = rmmsim_create(&accepted[_i], &error);

        ck_assert_msg(sim != NULL, "%s", error.text);
        ck_assert_int_eq(rmmsim_audit(sim, NULL), 0);
        rmmsim_destroy(sim);
}
END_TEST

/* What RMI_FEATURES says for the defaults. */
START_TEST(test_feature_register)
{
        const struct {
                struct rmmsim_config config;
                uint64_t value;
        } rows[] = {
                { { OTHERWISE(.num_pes = 1) }, UINT64_C(0x28F34314030) },
                { { FEATURES(.lpa2 = true, .s2sz = 52) }, UINT64_C(0x28F34314134) },
                { { FEATURES(.sve_vectors = 4, .num_bps = 2, .num_wps = 2, .pmu_num_ctrs = 31, .gicv3_num_lrs = 1) },
                  UINT64_C(0x283FC104E30) },
                { { FEATURES(.no_pmu = true, .no_sha_256 = true, .max_recs_order = 1) }, UINT64_C(0x04E00314030) },
        };

        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct rmmsim *sim = rmmsim_create(&rows[i].config, NULL);
                struct rmmsim_regs regs = rmmsim_call(sim, 0, rmi_features, .index = 0);

                ck_assert_uint_eq(regs.x[0], RMMSIM_RMI_SUCCESS);
                ck_assert_msg(regs.x[1] == rows[i].value, "row %u: 0x%llx", i, (unsigned long long)regs.x[1]);
                rmmsim_destroy(sim);
        }
}
END_TEST

/* ---- a system that gives nothing ---------------------------------------------------------------------------------------- */

static void limit_address_space(uint64_t spare)
{
        struct rlimit limit;
        FILE *file = fopen("/proc/self/statm", "r");
        unsigned long pages = 0;

        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
        fclose(file);
        limit.rlim_cur = limit.rlim_max = pages * PAGE + spare;
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

/* However little address space there is: refused with a sentence, nothing left behind, and fine again with more. */
START_TEST(test_address_space_runs_out)
{
        static const char *const sentences[] = {
                "the system has no memory for an instance",
                "the system has no address space for a region of that size",
                "the system has no address space for the stacks of max_guests guests",
        };
        const struct rmmsim_config config = { REGIONS({ .size = 256 * MIB }), .num_regions = 1, .num_pes = 1024 };
        bool seen[3] = { false };
        bool created = false;

        for (uint64_t spare = 64 * PAGE; spare < 4096 * MIB; spare += spare / 3 & ~(PAGE - 1)) {
                int status;
                pid_t child = fork();

                if (child == 0) {
                        struct rmmsim_error error;
                        struct rmmsim *sim;

                        limit_address_space(spare);
                        sim = rmmsim_create(&config, &error);
                        rmmsim_destroy(sim);
                        for (int i = 0; sim == NULL && i < 3; i++) {
                                if (strcmp(error.text, sentences[i]) == 0) {
                                        _exit(i);
                                }
                        }
                        _exit(sim != NULL ? 3 : 4);
                }
                ck_assert_int_eq(waitpid(child, &status, 0), child);
                ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 4, "with %llu spare bytes",
                              (unsigned long long)spare);
                created = WEXITSTATUS(status) == 3;
                if (!created) {
                        seen[WEXITSTATUS(status)] = true;
                }
        }
        ck_assert(created);
        ck_assert(seen[0] && seen[1] && seen[2]);
}
END_TEST

START_TEST(test_error_texts_are_distinct)
{
        for (int i = RMMSIM_ERROR_CRYPTO; i <= RMMSIM_OK; i++) {
                ck_assert_str_ne(rmmsim_error_text(i), rmmsim_error_text(1));
                for (int j = i + 1; j <= RMMSIM_OK; j++) {
                        ck_assert_str_ne(rmmsim_error_text(i), rmmsim_error_text(j));
                }
        }
        ck_assert_str_eq(rmmsim_error_text(1), rmmsim_error_text(-1000));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("config");
        TCase *tcase = tcase_create("config");

        tcase_add_loop_test(tcase, test_refusal, 0, NUM_REFUSALS);
        tcase_add_test(tcase, test_no_config);
        tcase_add_test(tcase, test_sentences_are_distinct);
        tcase_add_loop_test(tcase, test_accepted, 0, sizeof(accepted) / sizeof(accepted[0]));
        tcase_add_test(tcase, test_feature_register);
        tcase_add_test(tcase, test_error_texts_are_distinct);
        if (!UNDER_ASAN && !UNDER_TSAN && !under_valgrind()) {
                /* The tools reserve address space of their own, and cannot do without. */
                tcase_add_test(tcase, test_address_space_runs_out);
        }
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
