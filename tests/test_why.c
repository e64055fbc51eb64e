/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_why.c - what the library tells about what happened: refusals as data and as a sentence, events and their lines, names,
 * and statistics.
 */
#include "reached.h"
#include "world.h"
#include <rmmsim/inspect.h>
#include <stdio.h>
#include <string.h>

/* ---- refusals ------------------------------------------------------------------------------------------------------------ */

START_TEST(test_refusal_as_data)
{
        struct world *world = world_create();
        uint64_t page = world_page(world);
        const struct rmmsim_refusal *why;

        ck_assert_ptr_null(rmmsim_why(world->sim, 0));
        ck_assert_uint_eq(call(world, rmi_granule_undelegate, .addr = page), RMMSIM_RMI_ERROR_INPUT);
        why = rmmsim_why(world->sim, 0);
        ck_assert_ptr_nonnull(why);
        ck_assert_str_eq(why->command, "RMI_GRANULE_UNDELEGATE");
        ck_assert_str_eq(why->condition, "gran_state");
        ck_assert_str_eq(why->argument, "addr");
        ck_assert_uint_eq(why->argument_register, 1);
        ck_assert_uint_eq(why->argument_value, page);
        ck_assert_uint_eq(why->found_as, RMMSIM_FOUND_GRANULE_STATE);
        ck_assert_uint_eq(why->found, RMMSIM_GRANULE_UNDELEGATED);
        ck_assert_str_eq(why->expected, "a Granule in state DELEGATED");
        ck_assert_uint_eq(why->x0, RMMSIM_RMI_ERROR_INPUT);
        ck_assert_uint_eq(why->id, RMMSIM_FAIL_rmi_granule_undelegate_gran_state);
        world_destroy(world);
}
END_TEST

/* Each way to show what was found, once. */
START_TEST(test_sentences)
{
        struct world *world = world_create();
        struct realm_world realm;

        realm_new(&realm, world, NULL);
        world->next_pa = WORLD_DRAM_BASE + 0x100000;
        ck_assert_uint_eq(call(world, rmi_granule_undelegate, .addr = 0x80100000), RMMSIM_RMI_ERROR_INPUT);
        ck_assert_str_eq(world_why(world),
                         "RMI_GRANULE_UNDELEGATE refused with ERROR_INPUT by gran_state: addr (x1 = 0x80100000) "
                         "must be a Granule in state DELEGATED, found UNDELEGATED");
        (void)call(world, rmi_granule_delegate, .addr = 0x123);
        ck_assert_str_eq(world_why(world),
                         "RMI_GRANULE_DELEGATE refused with ERROR_INPUT by gran_align: addr (x1 = 0x123) must be "
                         "an address aligned to 4 KiB, found 0x123");
        ck_assert_int_eq(rmmsim_gpt_set(world->sim, 0x80100000, PAGE, RMMSIM_GPT_GPT_ROOT), 0);
        (void)call(world, rmi_granule_delegate, .addr = 0x80100000);
        ck_assert_str_eq(world_why(world),
                         "RMI_GRANULE_DELEGATE refused with ERROR_INPUT by gran_gpt: addr (x1 = 0x80100000) must "
                         "be a Granule whose GPT entry is GPT_NS, found GPT_ROOT");
        (void)call(world, rmi_realm_create, .rd = realm.rd, .params_ptr = 0x80100000);
        ck_assert_str_eq(world_why(world),
                         "RMI_REALM_CREATE refused with ERROR_INPUT by params_pas: params_ptr (x2 = 0x80100000) "
                         "must be a page that the RMM can read through the Non-secure PAS, found UNDELEGATED, "
                         "GPT_ROOT");
        (void)call(world, rmi_rtt_unmap_unprotected, .rd = realm.rd, .ipa = realm.par_top, .level = 3);
        ck_assert_str_eq(world_why(world),
                         "RMI_RTT_UNMAP_UNPROTECTED refused with ERROR_RTT by rtt_walk: ipa (x2 = 0x8000000000) "
                         "must be an RTT at the level asked for, found level 0");
        (void)call(world, rmi_rtt_read_entry, .rd = realm.rd, .ipa = 0, .level = (uint64_t)-1);
        ck_assert_str_eq(world_why(world),
                         "RMI_RTT_READ_ENTRY refused with ERROR_INPUT by level_bound: level (x3 = "
                         "0xffffffffffffffff) must be a level from the starting level to 3, found -1");
        (void)call(world, rmi_rtt_destroy, .rd = realm.rd, .ipa = 0, .level = 1);
        ck_assert_str_eq(world_why(world),
                         "RMI_RTT_DESTROY refused with ERROR_RTT by rtte_state: ipa (x2 = 0x0) must be an RTT "
                         "entry in state TABLE, found UNASSIGNED_EMPTY");
        realm_activate(&realm);
        (void)call(world, rmi_realm_activate, .rd = realm.rd);
        ck_assert_str_eq(world_why(world),
                         "RMI_REALM_ACTIVATE refused with ERROR_REALM by realm_state: rd (x1 = 0x80001000) must "
                         "be a Realm in state REALM_NEW, found REALM_ACTIVE");
        world_destroy(world);
}
END_TEST

/* Gone after a success, after a call that nobody serves, and never another PE's. */
START_TEST(test_refusal_ends)
{
        struct world *world = world_create();
        struct rmmsim_regs unknown = { .x = { 0xC4000156 } };
        uint64_t page = world_page(world);

        (void)call(world, rmi_granule_undelegate, .addr = page);
        ck_assert_ptr_nonnull(rmmsim_why(world->sim, 0));
        ck_assert_ptr_null(rmmsim_why(world->sim, 1));
        (void)rmmsim_call(world->sim, 1, rmi_granule_delegate, .addr = page);
        ck_assert_ptr_nonnull(rmmsim_why(world->sim, 0));
        expect_success(world, rmi_granule_undelegate, .addr = page);
        ck_assert_ptr_null(rmmsim_why(world->sim, 0));
        (void)call(world, rmi_granule_undelegate, .addr = page);
        ck_assert_int_eq(rmmsim_smc(world->sim, 0, &unknown), 0);
        ck_assert_uint_eq(unknown.x[0], RMMSIM_NOT_SUPPORTED);
        ck_assert_ptr_null(rmmsim_why(world->sim, 0));
        world_destroy(world);
}
END_TEST

/* ---- refusals of the Realm's calls ----------------------------------------------------------------------------------------- */

static void ask_why(struct rmmsim_vcpu *vcpu, void *arg)
{
        const struct rmmsim_refusal *why;

        (void)arg;
        ck_assert_ptr_null(rmmsim_guest_why(vcpu));
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_measurement_read, .index = 5).x[0], RMMSIM_RSI_ERROR_INPUT);
        why = rmmsim_guest_why(vcpu);
        ck_assert_ptr_nonnull(why);
        ck_assert_str_eq(why->command, "RSI_MEASUREMENT_READ");
        ck_assert_uint_eq(why->argument_register, 1);
        ck_assert_uint_eq(why->argument_value, 5);
        ck_assert_str_eq(why->sentence,
                         "RSI_MEASUREMENT_READ refused with ERROR_INPUT by index_bound: index (x1 = 0x5) must be an "
                         "index from 0 to 4, found 5");
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_measurement_read, .index = 4).x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_ptr_null(rmmsim_guest_why(vcpu));
        ck_assert_int_eq((int64_t)rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 77).x[0],
                         RMMSIM_PSCI_INVALID_PARAMETERS);
        ck_assert_str_eq(rmmsim_guest_why(vcpu)->sentence, "PSCI_CPU_ON refused with INVALID_PARAMETERS by mpidr: "
                                                           "target_cpu (x1 = 0x4d) must be the MPIDR of a REC of "
                                                           "the Realm, found 0x4d");
        ck_assert_uint_eq(rmmsim_guest_call(vcpu, rsi_attestation_token_continue, .addr = REALM_PC, .size = 8).x[0],
                          RMMSIM_RSI_ERROR_STATE);
        ck_assert_str_eq(rmmsim_guest_why(vcpu)->argument, "none");
        ck_assert_uint_eq(rmmsim_guest_why(vcpu)->argument_register, 0);
        ck_assert_ptr_nonnull(strstr(rmmsim_guest_why(vcpu)->sentence, "by state: there must be a token operation"));
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(test_refusals_of_the_realm)
{
        struct world *world = world_create();
        struct realm_world realm;

        realm_running(&realm, world, 1, ask_why, NULL);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_ptr_null(rmmsim_why(world->sim, 0));
        world_destroy(world);
}
END_TEST

/* ---- events --------------------------------------------------------------------------------------------------------------- */

enum {
        LINES_MAX = 200,
        LINE_SIZE = 300
};

struct log {
        char lines[LINES_MAX][LINE_SIZE];
        unsigned num_lines;
};

static void write_down(void *context, const struct rmmsim_event *event)
{
        struct log *log = context;

        reached_mark(NULL, event);
        if (log->num_lines < LINES_MAX) {
                (void)rmmsim_event_format(event, log->lines[log->num_lines++], LINE_SIZE);
        }
}

static void expect_lines(struct log *log, const char *const *lines, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                ck_assert_uint_lt(i, log->num_lines);
                ck_assert_str_eq(log->lines[i], lines[i]);
        }
        ck_assert_uint_eq(log->num_lines, count);
        log->num_lines = 0;
}

#define EXPECT_LINES(log, ...)                                                                                         \
        expect_lines(log, (const char *const[]){ __VA_ARGS__ },                                                        \
                     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void host_calls_once(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, rsi_features, .index = 1);
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(test_trace)
{
        static struct log log;
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .trace = write_down, .context = &log, .num_pes = 2 });
        struct rmmsim_regs unknown = { .x = { 0x1234 } };
        struct realm_world realm;

        expect_success(world, rmi_granule_delegate, .addr = WORLD_DRAM_BASE + 0x200000);
        EXPECT_LINES(&log, "pe0 edge 0x80200000 GRANULE UNDELEGATED -> DELEGATED",
                     "pe0 RMI_GRANULE_DELEGATE addr=0x80200000 -> SUCCESS");
        (void)rmmsim_call(world->sim, 1, rmi_granule_delegate, .addr = WORLD_DRAM_BASE + 0x200000);
        EXPECT_LINES(&log, "pe1 RMI_GRANULE_DELEGATE addr=0x80200000 -> ERROR_INPUT (gran_state)");
        ck_assert_int_eq(rmmsim_smc(world->sim, 0, &unknown), 0);
        EXPECT_LINES(&log, "pe0 unknown x0=0x1234 -> -1");
        (void)call(world, rmi_features, .index = 0);
        EXPECT_LINES(&log, "pe0 RMI_FEATURES index=0x0 -> SUCCESS value=0x28f34314030");
        realm_running(&realm, world, 1, host_calls_once, NULL);
        log.num_lines = 0;
        (void)call(world, rmi_rtt_unmap_unprotected, .rd = realm.rd, .ipa = realm.par_top, .level = 1);
        EXPECT_LINES(&log, "pe0 RMI_RTT_UNMAP_UNPROTECTED rd=0x80001000 ipa=0x8000000000 level=0x1 -> ERROR_RTT "
                           "top=0x1000000000000 (rtt_walk)");
        (void)call(world, rmi_rtt_create, .rd = realm.rd, .rtt = WORLD_DRAM_BASE + 0x200000, .ipa = 0, .level = 3);
        EXPECT_LINES(&log,
                     "pe0 RMI_RTT_CREATE rd=0x80001000 rtt=0x80200000 ipa=0x0 level=0x3 -> ERROR_RTT(2) (rtte_state)");
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(log.num_lines, 7);
        ck_assert_ptr_nonnull(strstr(log.lines[0], "REC REC_READY -> REC_RUNNING"));
        ck_assert_ptr_nonnull(strstr(log.lines[1], " RSI_FEATURES index=0x1 -> 0 value=0x0"));
        ck_assert_ptr_nonnull(strstr(log.lines[2], "edge 0x80001000 REALM REALM_ACTIVE -> REALM_SYSTEM_OFF"));
        ck_assert_ptr_nonnull(strstr(log.lines[3], " PSCI_SYSTEM_OFF -> 0"));
        ck_assert_ptr_nonnull(strstr(log.lines[4], " exit rec="));
        ck_assert_ptr_nonnull(strstr(log.lines[4], " PSCI"));
        ck_assert_ptr_nonnull(strstr(log.lines[5], "REC REC_RUNNING -> REC_READY"));
        ck_assert_ptr_nonnull(strstr(log.lines[6], "RMI_REC_ENTER"));
        world_destroy(world);
}
END_TEST

START_TEST(test_exit_line)
{
        const struct rmmsim_event event = {
                .kind = RMMSIM_EVENT_EXIT,
                .pe = 3,
                .of.exit = { .rec = 0x80010000, .reason = RMMSIM_EXIT_SYNC, .esr = 0x93c08007, .hpfar = 0x80000000 }
        };
        char text[100];

        (void)rmmsim_event_format(&event, text, sizeof(text));
        ck_assert_str_eq(text, "pe3 exit rec=0x80010000 SYNC esr=0x93c08007 hpfar=0x80000000");
}
END_TEST

/* However small the buffer: terminated, a prefix of the whole line, and the whole length returned. */
START_TEST(test_truncation)
{
        const uint64_t in[18] = { RMMSIM_RMI_RTT_CREATE, 0x80000000, 0x80003000, 0, 1 };
        const uint64_t out[18] = { 0x204 };
        const struct rmmsim_event event = { .kind = RMMSIM_EVENT_COMMAND,
                                            .of.command = { .id = RMMSIM_COMMAND_rmi_rtt_create,
                                                            .rec = 0,
                                                            .in = in,
                                                            .out = out,
                                                            .refused = RMMSIM_FAIL_rmi_rtt_create_rtt_walk } };
        char whole[200];
        int length = rmmsim_event_format(&event, whole, sizeof(whole));

        ck_assert_str_eq(
                whole, "pe0 RMI_RTT_CREATE rd=0x80000000 rtt=0x80003000 ipa=0x0 level=0x1 -> ERROR_RTT(2) (rtt_walk)");
        ck_assert_int_eq(length, (int)strlen(whole));
        ck_assert_int_eq(rmmsim_event_format(&event, NULL, 0), length);
        for (size_t size = 1; size <= sizeof(whole); size++) {
                char text[sizeof(whole) + 1];

                memset(text, '#', sizeof(text));
                ck_assert_int_eq(rmmsim_event_format(&event, text, size), length);
                ck_assert_uint_eq(strlen(text), size <= (size_t)length ? size - 1 : (size_t)length);
                ck_assert_int_eq(strncmp(text, whole, strlen(text)), 0);
                ck_assert_int_eq(text[size], '#');
        }
}
END_TEST

/* ---- names ----------------------------------------------------------------------------------------------------------------- */

START_TEST(test_names)
{
        ck_assert_str_eq(rmmsim_command_name(RMMSIM_COMMAND_rmi_version), "RMI_VERSION");
        ck_assert_str_eq(rmmsim_command_name(RMMSIM_COMMAND_psci_features), "PSCI_FEATURES");
        ck_assert_str_eq(rmmsim_condition_name(RMMSIM_CONDITION_NONE), "none");
        ck_assert_str_eq(rmmsim_condition_name(RMMSIM_FAIL_rmi_realm_create_rd_align), "rmi_realm_create.rd_align");
        ck_assert_str_eq(rmmsim_edge_name(RMMSIM_EDGE_GRANULE_DELEGATED_RD), "GRANULE DELEGATED -> RD");
        ck_assert_str_eq(rmmsim_state_name(RMMSIM_OBJECT_GRANULE, RMMSIM_GRANULE_REC_AUX), "REC_AUX");
        ck_assert_str_eq(rmmsim_state_name(RMMSIM_OBJECT_RTTE, RMMSIM_RTTE_TABLE), "TABLE");
        ck_assert_str_eq(rmmsim_exit_name(RMMSIM_EXIT_SERROR), "SERROR");
        ck_assert_str_eq(rmmsim_rmi_status_name(0), "SUCCESS");
        ck_assert_str_eq(rmmsim_rmi_status_name(0x304), "ERROR_RTT");
        ck_assert_str_eq(rmmsim_rmi_status_name(RMMSIM_NOT_SUPPORTED), "NOT_SUPPORTED");
}
END_TEST

START_TEST(test_names_out_of_range)
{
        static const unsigned beyond[] = { 16, 1000, 0x7fffffff, 0x80000000, 0xffffffff };

        ck_assert_str_eq(rmmsim_command_name(RMMSIM_NUM_COMMANDS), "?");
        ck_assert_str_eq(rmmsim_condition_name(RMMSIM_NUM_CONDITIONS), "?");
        ck_assert_str_eq(rmmsim_edge_name(RMMSIM_NUM_EDGES), "?");
        ck_assert_str_eq(rmmsim_exit_name(RMMSIM_NUM_EXIT_REASONS), "?");
        ck_assert_str_eq(rmmsim_state_name(RMMSIM_OBJECT_GRANULE, RMMSIM_GRANULE_RTT + 1), "?");
        ck_assert_str_eq(rmmsim_rmi_status_name(5), "?");
        for (unsigned i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
                ck_assert_str_eq(rmmsim_command_name((enum rmmsim_command)(beyond[i] | 0x1000)), "?");
                ck_assert_str_eq(rmmsim_condition_name((enum rmmsim_condition)(beyond[i] | 0x1000)), "?");
                ck_assert_str_eq(rmmsim_edge_name((enum rmmsim_edge)(beyond[i] | 0x1000)), "?");
                ck_assert_str_eq(rmmsim_state_name((enum rmmsim_object)beyond[i], 0), "?");
                ck_assert_str_eq(rmmsim_state_name(RMMSIM_OBJECT_GRANULE, beyond[i]), "?");
                ck_assert_str_eq(rmmsim_exit_name(beyond[i]), "?");
                ck_assert_str_eq(rmmsim_rmi_status_name(beyond[i] | 0x10), "?");
        }
}
END_TEST

/* ---- statistics ------------------------------------------------------------------------------------------------------------- */

START_TEST(test_statistics)
{
        struct world *world = world_create();
        struct rmmsim_statistics before;
        struct rmmsim_statistics after;
        struct rmmsim_regs unknown = { .x = { 1 } };
        struct realm_world realm;

        realm_running(&realm, world, 1, host_calls_once, NULL);
        rmmsim_statistics(world->sim, &before);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        (void)realm_enter_on(&realm, 3, 0);
        (void)rmmsim_call(world->sim, 1, rmi_version, .req = 0x10000);
        (void)rmmsim_call(world->sim, 2, rmi_version, .req = 0x20000);
        (void)rmmsim_smc(world->sim, 2, &unknown);
        rmmsim_statistics(world->sim, &after);
        ck_assert_uint_eq(after.commands[RMMSIM_COMMAND_rmi_rec_enter] - before.commands[RMMSIM_COMMAND_rmi_rec_enter],
                          2);
        ck_assert_uint_eq(after.refused[RMMSIM_COMMAND_rmi_rec_enter] - before.refused[RMMSIM_COMMAND_rmi_rec_enter],
                          1);
        ck_assert_uint_eq(after.commands[RMMSIM_COMMAND_rmi_version], before.commands[RMMSIM_COMMAND_rmi_version] + 2);
        ck_assert_uint_eq(after.refused[RMMSIM_COMMAND_rmi_version], before.refused[RMMSIM_COMMAND_rmi_version] + 1);
        ck_assert_uint_eq(after.commands[RMMSIM_COMMAND_rsi_features], 1);
        ck_assert_uint_eq(after.commands[RMMSIM_COMMAND_psci_system_off], 1);
        ck_assert_uint_eq(after.commands[RMMSIM_COMMAND_NONE], 1);
        ck_assert_uint_eq(after.refused[RMMSIM_COMMAND_NONE], 1);
        ck_assert_uint_eq(after.exits[RMMSIM_EXIT_PSCI], 1);
        ck_assert_uint_eq(after.exits[RMMSIM_EXIT_IRQ], 0);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("why");
        TCase *tcase = tcase_create("why");

        tcase_add_test(tcase, test_refusal_as_data);
        tcase_add_test(tcase, test_sentences);
        tcase_add_test(tcase, test_refusal_ends);
        tcase_add_test(tcase, test_refusals_of_the_realm);
        tcase_add_test(tcase, test_trace);
        tcase_add_test(tcase, test_exit_line);
        tcase_add_test(tcase, test_truncation);
        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_names_out_of_range);
        tcase_add_test(tcase, test_statistics);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
