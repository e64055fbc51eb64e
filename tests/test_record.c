/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_record.c - small recordings, word for word: settings, the host's calls, its pages, and the world outside.
 *
 * What is expected was written by hand from docs/scripts.md.
 */
#include "record_fixture.h"
#include "world.h"
#include <errno.h>
#include <rmmsim/inject.h>
#include <rmmsim/snapshot.h>

#define BASE WORLD_DRAM_BASE

static const struct rmmsim_region dram = { .base = BASE, .size = 1 << 24 };

static struct rmmsim *recorded(struct trace *trace, const struct rmmsim_config *config)
{
        struct rmmsim_config own = config != NULL ? *config : (struct rmmsim_config){ 0 };
        struct rmmsim *sim;

        if (own.regions == NULL) {
                own.regions = &dram;
                own.num_regions = 1;
        }
        sim = rmmsim_create(&own, NULL);
        ck_assert_ptr_nonnull(sim);
        trace_create(trace);
        ck_assert_int_eq(rmmsim_record(sim, trace->path), 0);
        return sim;
}

#define HEADER                                                                                                         \
        "rmmsim-trace 1\n"                                                                                             \
        "pes 1\n"                                                                                                      \
        "profile rmm_1_0\n"                                                                                            \
        "dram 0x80000000 0x1000000\n"

/* The recording ends, and holds this. */
static void expect(struct rmmsim *sim, struct trace *trace, const char *text)
{
        ck_assert_int_eq(rmmsim_record(sim, NULL), 0);
        ck_assert_str_eq(trace_read(trace), text);
        trace_remove(trace);
        rmmsim_destroy(sim);
}

/* ---- settings ------------------------------------------------------------------------------------------------------------- */

START_TEST(all_settings)
{
        const struct rmmsim_region regions[] = { dram,
                                                 { .base = 0x1000, .size = 0x2000, .kind = RMMSIM_REGION_DEVICE } };
        struct rmmsim_config config = { .regions = regions,
                                        .num_regions = 2,
                                        .num_pes = 3,
                                        .profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE,
                                        .quirks = RMMSIM_QUIRK_psci_smc32 | RMMSIM_QUIRK_data_flags_checked,
                                        .seed = 0x1234,
                                        .token_components = 5,
                                        .guest_quantum = 100 };
        struct trace trace;

        config.features = (struct rmmsim_features){ .s2sz = 44,
                                                    .ipa_width_min = 33,
                                                    .pa_bits = 52,
                                                    .lpa2 = true,
                                                    .sve_vectors = 2,
                                                    .num_bps = 7,
                                                    .num_wps = 8,
                                                    .pmu_num_ctrs = RMMSIM_NONE,
                                                    .no_sha_512 = true,
                                                    .gicv3_num_lrs = 9,
                                                    .max_recs_order = 3,
                                                    .rec_aux_count = 2,
                                                    .vmid_bits = 8,
                                                    .gic_priority_bits = 6,
                                                    .gic_intid_bits = 24,
                                                    .gic_extended_range = true };
        expect(recorded(&trace, &config), &trace,
               "rmmsim-trace 1\n"
               "pes 3\n"
               "profile rmm_1_0_reference\n"
               "quirk psci_smc32\n"
               "quirk data_flags_checked\n"
               "feature s2sz=44\n"
               "feature ipa_width_min=33\n"
               "feature pa_bits=52\n"
               "feature lpa2=1\n"
               "feature sve_vectors=2\n"
               "feature num_bps=7\n"
               "feature num_wps=8\n"
               "feature pmu_num_ctrs=255\n"
               "feature no_sha_512=1\n"
               "feature gicv3_num_lrs=9\n"
               "feature max_recs_order=3\n"
               "feature rec_aux_count=2\n"
               "feature vmid_bits=8\n"
               "feature gic_priority_bits=6\n"
               "feature gic_intid_bits=24\n"
               "feature gic_extended_range=1\n"
               "dram 0x80000000 0x1000000\n"
               "device 0x1000 0x2000\n"
               "seed 0x1234\n"
               "token_components 0x5\n"
               "guest_quantum 0x64\n");
}
END_TEST

/* What was there before, of which a replay can make the same again. */
START_TEST(what_surrounds_a_new_instance)
{
        struct rmmsim *sim =
                rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1, .num_pes = 2 }, NULL);
        const struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_EXIT, .nth = 2, .one_pe = true, .pe = 1 };
        struct trace trace;

        rmmsim_time_advance(sim, 7);
        ck_assert_int_eq(rmmsim_irq_raise(sim, 1), 0);
        ck_assert_int_eq(rmmsim_fiq_raise(sim, 0), 0);
        ck_assert_int_eq(rmmsim_serror_raise(sim, 0, 0xbe000011), 0);
        ck_assert_int_eq(rmmsim_gpt_set(sim, BASE + PAGE, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
        ck_assert_int_eq(rmmsim_inject(sim, &fault, NULL), 1);
        ck_assert_int_eq(rmmsim_snapshot(sim, NULL), 0);
        trace_create(&trace);
        ck_assert_int_eq(rmmsim_record(sim, trace.path), 0);
        expect(sim, &trace,
               "rmmsim-trace 1\n"
               "pes 2\n"
               "profile rmm_1_0\n"
               "dram 0x80000000 0x1000000\n"
               "time 0x7\n"
               "fiq 0\n"
               "serror 0 0xbe000011\n"
               "irq 1\n"
               "gpt 0x80001000 4K GPT_SECURE\n"
               "inject EXIT one_pe=0x1 pe=0x1 nth=0x2 exit_reason=0x1\n"
               "snapshot\n");
}
END_TEST

START_TEST(a_used_instance)
{
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);
        struct trace trace;

        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = BASE + 3 * PAGE);
        trace_create(&trace);
        ck_assert_int_eq(rmmsim_record(sim, trace.path), 0);
        (void)rmmsim_call(sim, 0, rmi_granule_undelegate, .addr = BASE + 3 * PAGE);
        expect(sim, &trace,
               HEADER "used\n"
                      "| GRANULE 0x80003000 DELEGATED\n"
                      "pe0: rmi_granule_undelegate addr=0x80003000 => SUCCESS\n"
                      "| GRANULE 0x80003000 DELEGATED -> UNDELEGATED\n");
}
END_TEST

/* ---- the host's calls ------------------------------------------------------------------------------------------------------ */

START_TEST(calls)
{
        struct trace trace;
        struct rmmsim *sim = recorded(&trace, NULL);
        struct rmmsim_regs odd = { .x = { RMMSIM_RMI_GRANULE_DELEGATE | 1 << 16, BASE, [9] = 5 } };
        struct rmmsim_regs unknown = { .x = { 0x12345678, 0, 3 } };

        (void)rmmsim_call(sim, 0, rmi_version, .req = 0x10000);
        (void)rmmsim_smc(sim, 0, &odd); /* a hint, and a register that is no argument */
        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = BASE);
        (void)rmmsim_smc(sim, 0, &unknown);
        expect(sim, &trace,
               HEADER "pe0: rmi_version req=0x10000 => SUCCESS lower=0x10000 higher=0x10000\n"
                      "pe0: rmi_granule_delegate addr=0x80000000 => SUCCESS\n"
                      "| GRANULE 0x80000000 UNDELEGATED -> DELEGATED\n"
                      "pe0: rmi_granule_delegate addr=0x80000000 => ERROR_INPUT gran_state\n"
                      "pe0: smc 0x12345678 0x0 0x3 => 0xffffffffffffffff\n");
}
END_TEST

/* A Realm of 39 bits: one root table, at level 1, which describes 512 GiB. */
static void fill_params(struct rmmsim *sim)
{
        struct rmmsim_realm_params *params = rmmsim_host_pointer(sim, BASE + 2 * PAGE, PAGE);

        *params = (struct rmmsim_realm_params){ .s2sz = 39,
                                                .num_bps = 1,
                                                .num_wps = 1,
                                                .vmid = 9,
                                                .rtt_base = BASE + PAGE,
                                                .rtt_level_start = 1,
                                                .rtt_num_start = 1,
                                                .rpv = { 0xab, 1 } };
}

#define DELEGATIONS                                                                                                    \
        "pe0: rmi_granule_delegate addr=0x80000000 => SUCCESS\n"                                                       \
        "| GRANULE 0x80000000 UNDELEGATED -> DELEGATED\n"                                                              \
        "pe0: rmi_granule_delegate addr=0x80001000 => SUCCESS\n"                                                       \
        "| GRANULE 0x80001000 UNDELEGATED -> DELEGATED\n"
#define ZEROES "0000000000000000000000000000000" /* 31 */
#define RPV    "ab01" ZEROES ZEROES ZEROES ZEROES

/* A page is said when it is read and is not as was said before; the reserved bytes are no part of it. */
START_TEST(pages_of_parameters)
{
        struct trace trace;
        struct rmmsim *sim = recorded(&trace, NULL);
        struct rmmsim_realm_params *params = rmmsim_host_pointer(sim, BASE + 2 * PAGE, PAGE);

        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = BASE);
        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = BASE + PAGE);
        fill_params(sim);
        params->num_bps = 0; /* at least 2, so 1 */
        (void)rmmsim_call(sim, 0, rmi_realm_create, .rd = BASE, .params_ptr = BASE + 2 * PAGE);
        params->reserved_440[0] = 1;
        (void)rmmsim_call(sim, 0, rmi_realm_create, .rd = BASE, .params_ptr = BASE + 2 * PAGE);
        fill_params(sim);
        (void)rmmsim_call(sim, 0, rmi_realm_create, .rd = BASE, .params_ptr = BASE + 2 * PAGE);
        (void)rmmsim_call(sim, 0, rmi_rtt_destroy, .rd = BASE, .ipa = 0, .level = 3);
        expect(sim, &trace,
               HEADER DELEGATIONS
               "page 0x80002000 realm_params s2sz=0x27 num_wps=0x1 rpv=" RPV
               " vmid=0x9 rtt_base=0x80001000 rtt_level_start=0x1 rtt_num_start=0x1\n"
               "pe0: rmi_realm_create rd=0x80000000 params_ptr=0x80002000 => ERROR_INPUT params_valid\n"
               "pe0: rmi_realm_create rd=0x80000000 params_ptr=0x80002000 => ERROR_INPUT params_valid\n"
               "page 0x80002000 realm_params s2sz=0x27 num_bps=0x1 num_wps=0x1 rpv=" RPV
               " vmid=0x9 rtt_base=0x80001000 rtt_level_start=0x1 rtt_num_start=0x1\n"
               "pe0: rmi_realm_create rd=0x80000000 params_ptr=0x80002000 => SUCCESS\n"
               "| GRANULE 0x80000000 DELEGATED -> RD\n"
               "| GRANULE 0x80001000 DELEGATED -> RTT\n"
               "pe0: rmi_rtt_destroy rd=0x80000000 ipa=0x0 level=0x3 => ERROR_RTT 1 rtt_walk top=0x8000000000\n");
}
END_TEST

/* The contents of Data: all of a page, or what has changed. A page that comes back from the RMM is known to be wiped. */
START_TEST(pages_of_data)
{
        struct trace trace;
        struct rmmsim *sim = recorded(&trace, NULL);
        uint64_t src = BASE + 3 * PAGE;
        uint64_t *words = rmmsim_host_pointer(sim, src, PAGE);

        for (unsigned i = 0; i < 4; i++) {
                words[100 + i] = i + 1;
        }
        (void)rmmsim_call(sim, 0, rmi_data_create, .data = BASE + 1, .src = src); /* the page is read all the same */
        words[101] = 0x77;
        (void)rmmsim_call(sim, 0, rmi_data_create, .data = BASE + 1, .src = src);
        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = src);
        (void)rmmsim_call(sim, 0, rmi_granule_undelegate, .addr = src);
        (void)rmmsim_call(sim, 0, rmi_data_create, .data = BASE + 1, .src = src);
        expect(sim, &trace,
               HEADER "page 0x80003000 words 0x320=0x1 0x328=0x2 0x330=0x3 0x338=0x4\n"
                      "pe0: rmi_data_create rd=0x0 data=0x80000001 ipa=0x0 src=0x80003000 flags=0x0 => ERROR_INPUT "
                      "data_align\n"
                      "fill 0x80003000 words 0x328=0x77\n"
                      "pe0: rmi_data_create rd=0x0 data=0x80000001 ipa=0x0 src=0x80003000 flags=0x0 => ERROR_INPUT "
                      "data_align\n"
                      "pe0: rmi_granule_delegate addr=0x80003000 => SUCCESS\n"
                      "| GRANULE 0x80003000 UNDELEGATED -> DELEGATED\n"
                      "pe0: rmi_granule_undelegate addr=0x80003000 => SUCCESS\n"
                      "| GRANULE 0x80003000 DELEGATED -> UNDELEGATED\n"
                      "pe0: rmi_data_create rd=0x0 data=0x80000001 ipa=0x0 src=0x80003000 flags=0x0 => ERROR_INPUT "
                      "data_align\n");
}
END_TEST

/* ---- the world outside ----------------------------------------------------------------------------------------------------- */

START_TEST(the_world_outside)
{
        struct trace trace;
        struct rmmsim *sim = recorded(&trace, NULL);
        const struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS,
                                            .fid = RMMSIM_RMI_GRANULE_DELEGATE,
                                            .x0 = RMMSIM_RMI_ERROR_INPUT };
        uint64_t *words = rmmsim_host_pointer(sim, BASE, PAGE);

        words[0] = 5;
        (void)rmmsim_call(sim, 0, rmi_data_create, .data = BASE + 1, .src = BASE);
        ck_assert_int_eq(rmmsim_snapshot(sim, NULL), 0);
        ck_assert_int_eq(rmmsim_irq_raise(sim, 0), 0);
        ck_assert_int_eq(rmmsim_fiq_raise(sim, 0), 0);
        ck_assert_int_eq(rmmsim_serror_raise(sim, 0, 0xbe000000), 0);
        rmmsim_time_advance(sim, 1000);
        ck_assert_int_eq(rmmsim_gpt_set(sim, BASE, 2 * PAGE, RMMSIM_GPT_GPT_AAP), 0);
        ck_assert_int_eq(rmmsim_gpt_set(sim, 0, PAGE, RMMSIM_GPT_GPT_AAP), RMMSIM_ERROR_STATE); /* has done nothing */
        ck_assert_int_eq(rmmsim_restore(sim), 0);
        (void)rmmsim_call(sim, 0, rmi_data_create, .data = BASE + 1, .src = BASE);
        ck_assert_int_eq(rmmsim_inject(sim, &fault, NULL), 1);
        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = BASE);
        ck_assert_int_eq(rmmsim_inject_remove(sim, 1, NULL), 0);
        ck_assert_int_eq(rmmsim_inject_clear(sim, NULL), 0);
        expect(sim, &trace,
               HEADER "page 0x80000000 words 0x0=0x5\n"
                      "pe0: rmi_data_create rd=0x0 data=0x80000001 ipa=0x0 src=0x80000000 flags=0x0 => ERROR_INPUT "
                      "data_align\n"
                      "snapshot\n"
                      "irq 0\n"
                      "fiq 0\n"
                      "serror 0 0xbe000000\n"
                      "time 0x3e8\n"
                      "gpt 0x80000000 0x2000 GPT_AAP\n"
                      "restore\n"
                      "page 0x80000000 words 0x0=0x5\n"
                      "pe0: rmi_data_create rd=0x0 data=0x80000001 ipa=0x0 src=0x80000000 flags=0x0 => ERROR_INPUT "
                      "data_align\n"
                      "inject STATUS fid=0xc4000151 x0=0x1\n"
                      "pe0: rmi_granule_delegate addr=0x80000000 => ERROR_INPUT injected\n"
                      "| FAULT 1 STATUS 0x1\n"
                      "inject remove 1\n"
                      "inject clear\n");
}
END_TEST

/* ---- begin and end -------------------------------------------------------------------------------------------------------- */

static void count_event(void *context, const struct rmmsim_event *event)
{
        (void)event;
        ++*(unsigned *)context;
}

/* Whoever listens hears what he would hear, before, in and after a recording. */
START_TEST(the_listener_goes_on)
{
        unsigned count = 0;
        struct trace trace;
        struct rmmsim *sim = recorded(&trace, &(struct rmmsim_config){ .trace = count_event, .context = &count });

        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = BASE);
        ck_assert_uint_eq(count, 2); /* the edge, the command */
        ck_assert_int_eq(rmmsim_record(sim, NULL), 0);
        (void)rmmsim_call(sim, 0, rmi_granule_undelegate, .addr = BASE);
        ck_assert_uint_eq(count, 4);
        ck_assert_ptr_null(strstr(trace_read(&trace), "undelegate"));
        rmmsim_destroy(sim);
        trace_remove(&trace);
}
END_TEST

/* A second recording ends the first; the end of the instance ends the second. */
START_TEST(one_after_the_other)
{
        struct trace first;
        struct trace second;
        struct rmmsim *sim = recorded(&first, NULL);

        (void)rmmsim_call(sim, 0, rmi_version, .req = 1);
        trace_create(&second);
        ck_assert_int_eq(rmmsim_record(sim, second.path), 0);
        (void)rmmsim_call(sim, 0, rmi_version, .req = 2);
        rmmsim_destroy(sim);
        ck_assert_ptr_nonnull(strstr(trace_read(&first), "req=0x1 "));
        ck_assert_ptr_null(strstr(first.text, "req=0x2 "));
        ck_assert_ptr_nonnull(strstr(trace_read(&second), "used\npe0: rmi_version req=0x2 "));
        trace_remove(&first);
        trace_remove(&second);
}
END_TEST

/* Calls are answered as ever, and the end tells. */
START_TEST(a_full_disk)
{
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);

        ck_assert_int_eq(rmmsim_record(sim, "/dev/full"), 0);
        for (unsigned i = 0; i < 1000; i++) {
                ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = BASE + i * PAGE).x[0], 0);
        }
        errno = 0;
        ck_assert_int_eq(rmmsim_record(sim, NULL), RMMSIM_ERROR_FILE);
        ck_assert_int_eq(errno, ENOSPC);
        ck_assert_int_eq(rmmsim_record(sim, NULL), 0); /* it was told; there is none any more */
        rmmsim_destroy(sim);
}
END_TEST

static const char *misuse;

static void note_misuse(void *context, const char *sentence)
{
        (void)context;
        misuse = sentence;
}

/* A callback inside of a call. */
static int result_inside;
static void record_inside(void *context, const struct rmmsim_event *event)
{
        (void)event;
        result_inside = rmmsim_record(*(struct rmmsim **)context, "never");
}

START_TEST(errors)
{
        struct rmmsim *sim = NULL;

        sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram,
                                                     .num_regions = 1,
                                                     .misuse = note_misuse,
                                                     .trace = record_inside,
                                                     .context = &sim },
                            NULL);
        ck_assert_int_eq(rmmsim_record(NULL, "never"), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_record(sim, NULL), 0);
        errno = 0;
        ck_assert_int_eq(rmmsim_record(sim, "/nowhere/at/all"), RMMSIM_ERROR_FILE);
        ck_assert_int_eq(errno, ENOENT);
        (void)rmmsim_call(sim, 0, rmi_version, .req = 1);
        ck_assert_int_eq(result_inside, RMMSIM_ERROR_MISUSE);
        ck_assert_ptr_nonnull(strstr(misuse, "rmmsim_record() while a PE is inside a call"));
        ck_assert_int_ne(access("never", F_OK), 0);
        ck_assert_str_eq(rmmsim_error_text(RMMSIM_ERROR_FILE),
                         "a file cannot be opened, or not be written; errno says why");
        rmmsim_destroy(sim);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("record");
        TCase *tcase = tcase_create("text");

        tcase_add_test(tcase, all_settings);
        tcase_add_test(tcase, what_surrounds_a_new_instance);
        tcase_add_test(tcase, a_used_instance);
        tcase_add_test(tcase, calls);
        tcase_add_test(tcase, pages_of_parameters);
        tcase_add_test(tcase, pages_of_data);
        tcase_add_test(tcase, the_world_outside);
        tcase_add_test(tcase, the_listener_goes_on);
        tcase_add_test(tcase, one_after_the_other);
        tcase_add_test(tcase, a_full_disk);
        tcase_add_test(tcase, errors);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
