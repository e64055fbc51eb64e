/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inspect_count.c - statistics: against calls that the test makes one by one, and against what listeners count who are told of
 * each event and each access.
 */
#include "chaos.h"
#include "puppet.h"
#include "slowness.h"
#include <rmmsim/inject.h>
#include <rmmsim/inspect.h>
#include <rmmsim/world.h>
#include <string.h>

static struct rmmsim_statistics before;

static void start(const struct rmmsim *sim)
{
        rmmsim_statistics(sim, &before);
}

/* Since start(): so many calls of a command, answered with a status, and no others but those of `ignored`. */
static uint64_t since(const struct rmmsim *sim, enum rmmsim_command command, unsigned status)
{
        struct rmmsim_statistics now;

        rmmsim_statistics(sim, &now);
        return now.statuses[command][status] - before.statuses[command][status];
}

#define EXPECT(sim, name, status, times) ck_assert_uint_eq(since(sim, RMMSIM_COMMAND_##name, status), (uint64_t)(times))

/* Each call has one status. */
static void expect_sums(const struct rmmsim *sim)
{
        struct rmmsim_statistics now;

        rmmsim_statistics(sim, &now);
        for (unsigned i = 0; i <= RMMSIM_NUM_COMMANDS; i++) {
                uint64_t sum = 0;

                for (unsigned status = 0; status < RMMSIM_NUM_STATUSES; status++) {
                        sum += now.statuses[i][status];
                        ck_assert_msg(now.statuses[i][status] == 0 ||
                                              strcmp(rmmsim_status_name((enum rmmsim_command)i, status), "?") != 0,
                                      "%s has status %u", rmmsim_command_name((enum rmmsim_command)i), status);
                }
                ck_assert_uint_eq(sum, now.commands[i]);
        }
}

/* ---- one by one ------------------------------------------------------------------------------------------------------ */

START_TEST(test_host)
{
        struct world *world = world_create();
        const struct rmmsim *sim = world->sim;
        struct realm_world realm;
        uint64_t pa = world_page(world);
        struct rmmsim_statistics now;

        realm_new(&realm, world, NULL);
        start(sim);
        for (unsigned i = 0; i < 3; i++) {
                (void)call(world, rmi_granule_delegate, .addr = pa);
        }
        (void)call(world, rmi_granule_delegate, .addr = pa + 1);
        (void)call(world, rmi_rec_aux_count, .rd = realm.rd);
        (void)call(world, rmi_realm_activate, .rd = realm.rd);
        (void)call(world, rmi_realm_activate, .rd = realm.rd);
        (void)call(world, rmi_rtt_destroy, .rd = realm.rd, .ipa = 0, .level = 1);
        (void)rmmsim_call_fields(world->sim, 0, 0xC4000156, (const uint64_t[]){ 0 }, 1);
        EXPECT(sim, rmi_granule_delegate, RMMSIM_RMI_SUCCESS, 1);
        EXPECT(sim, rmi_granule_delegate, RMMSIM_RMI_ERROR_INPUT, 3);
        EXPECT(sim, rmi_rec_aux_count, RMMSIM_RMI_SUCCESS, 1);
        EXPECT(sim, rmi_realm_activate, RMMSIM_RMI_SUCCESS, 1);
        EXPECT(sim, rmi_realm_activate, RMMSIM_RMI_ERROR_REALM, 1);
        EXPECT(sim, rmi_rtt_destroy, RMMSIM_RMI_ERROR_RTT, 1);
        ck_assert_uint_eq(since(sim, RMMSIM_COMMAND_NONE, 1), 1);
        rmmsim_statistics(sim, &now);
        ck_assert_uint_eq(now.refused[RMMSIM_COMMAND_rmi_granule_delegate], 3);
        ck_assert_uint_eq(now.refused[RMMSIM_COMMAND_rmi_rec_aux_count], 0);
        ck_assert_uint_eq(now.refused[RMMSIM_COMMAND_NONE], 1);
        ck_assert_uint_eq(now.conditions[RMMSIM_FAIL_rmi_granule_delegate_gran_state], 2);
        ck_assert_uint_eq(now.conditions[RMMSIM_FAIL_rmi_granule_delegate_gran_align], 1);
        ck_assert_uint_eq(now.conditions[RMMSIM_FAIL_rmi_rtt_destroy_rtte_state], 1);
        expect_sums(sim);
        world_destroy(world);
}
END_TEST

static void order_smc(struct puppets *all, uint64_t fid)
{
        puppet_order_fields(all, 0, fid, (const uint64_t[]){ fid }, 1);
        (void)puppet_answer(all, 0);
}

START_TEST(test_realm)
{
        struct puppets all;
        const struct rmmsim *sim;
        struct rmmsim_statistics now;
        uint64_t incomplete = 0;

        puppets_create(&all, world_create(), &(struct puppet_shape){ .num_recs = 2, .ram_top = 0x10000 });
        sim = all.world->sim;
        start(sim);
        (void)puppet_x0(&all, 0, rsi_version, .req = 0x10000);
        (void)puppet_x0(&all, 0, rsi_version, .req = 0x20000);
        (void)puppet_x0(&all, 0, rsi_measurement_read, .index = 9);
        (void)puppet_x0(&all, 0, rsi_attestation_token_continue, .addr = REALM_PC, .size = 64);
        (void)puppet_x0(&all, 0, rsi_attestation_token_init, .challenge_0 = 1);
        while (puppet_x0(&all, 0, rsi_attestation_token_continue, .addr = REALM_PC, .size = 512) ==
               RMMSIM_RSI_INCOMPLETE) {
                incomplete++;
        }
        ck_assert_uint_gt(incomplete, 1);
        EXPECT(sim, rsi_version, RMMSIM_RSI_SUCCESS, 1);
        EXPECT(sim, rsi_version, RMMSIM_RSI_ERROR_INPUT, 1);
        EXPECT(sim, rsi_measurement_read, RMMSIM_RSI_ERROR_INPUT, 1);
        EXPECT(sim, rsi_attestation_token_continue, RMMSIM_RSI_ERROR_STATE, 1);
        EXPECT(sim, rsi_attestation_token_continue, RMMSIM_RSI_INCOMPLETE, incomplete);
        EXPECT(sim, rsi_attestation_token_continue, RMMSIM_RSI_SUCCESS, 1);
        rmmsim_statistics(sim, &now);
        ck_assert_uint_eq(now.refused[RMMSIM_COMMAND_rsi_attestation_token_continue], 1);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = REALM_PC + 0x800);
        (void)puppet_answer(&all, 0);
        EXPECT(sim, rsi_host_call, RMMSIM_STATUS_UNANSWERED, 1);
        EXPECT(sim, rsi_host_call, RMMSIM_RSI_SUCCESS, 0);
        /* No memory yet: the call is made again when there is some. */
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_SYNC, rsi_realm_config, .addr = 0x3000);
        expect_success(all.world, rmi_data_create_unknown, .rd = all.realm.rd, .data = world_delegated(all.world),
                       .ipa = 0x3000);
        (void)puppet_answer(&all, 0);
        EXPECT(sim, rsi_realm_config, RMMSIM_STATUS_UNANSWERED, 1);
        EXPECT(sim, rsi_realm_config, RMMSIM_RSI_SUCCESS, 1);
        order_smc(&all, RMMSIM_SMCCC_VERSION);
        order_smc(&all, 0xC40001FF);
        ck_assert_uint_eq(since(sim, RMMSIM_COMMAND_NONE, 0), 1);
        ck_assert_uint_eq(since(sim, RMMSIM_COMMAND_NONE, 1), 1);
        expect_sums(sim);
        world_destroy(all.world);
}
END_TEST

START_TEST(test_psci)
{
        struct puppets all;
        const struct rmmsim *sim;
        struct rmmsim_statistics now;

        puppets_create(&all, world_create(), &(struct puppet_shape){ .num_recs = 2 });
        sim = all.world->sim;
        start(sim);
        (void)puppet_x0(&all, 0, psci_cpu_on, .target_cpu = 7, .entry_point_address = REALM_PC);
        (void)puppet_x0(&all, 0, psci_cpu_on, .target_cpu = 1, .entry_point_address = UINT64_MAX);
        (void)puppet_x0(&all, 0, psci_cpu_on, .target_cpu = 0, .entry_point_address = REALM_PC);
        (void)puppet_x0(&all, 0, psci_version, 0);
        (void)puppet_x0(&all, 0, psci_affinity_info, .target_affinity = 0);
        (void)puppet_x0(&all, 0, psci_features, .psci_func_id = 0x8400001F);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_PSCI, psci_cpu_suspend, .power_state = 0);
        (void)puppet_answer(&all, 0);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = 1, .entry_point_address = REALM_PC);
        expect_success(all.world, rmi_psci_complete, .calling_rec = all.realm.recs[0], .target_rec = all.realm.recs[1],
                       .status = (uint64_t)RMMSIM_PSCI_DENIED);
        (void)puppet_answer(&all, 0);
        (void)puppet_exit(&all, 0, RMMSIM_EXIT_PSCI, psci_cpu_off, 0);
        EXPECT(sim, psci_cpu_on, 2, 1); /* INVALID_PARAMETERS */
        EXPECT(sim, psci_cpu_on, 9, 1); /* INVALID_ADDRESS    */
        EXPECT(sim, psci_cpu_on, 4, 1); /* ALREADY_ON         */
        EXPECT(sim, psci_cpu_on, RMMSIM_STATUS_UNANSWERED, 1);
        EXPECT(sim, psci_cpu_on, 0, 0);
        EXPECT(sim, psci_version, 0, 1);
        EXPECT(sim, psci_affinity_info, 0, 1);
        EXPECT(sim, psci_features, 1, 1); /* NOT_SUPPORTED */
        EXPECT(sim, psci_cpu_suspend, 0, 1);
        EXPECT(sim, psci_cpu_off, RMMSIM_STATUS_UNANSWERED, 1);
        rmmsim_statistics(sim, &now);
        ck_assert_uint_eq(now.exits[RMMSIM_EXIT_PSCI] - before.exits[RMMSIM_EXIT_PSCI], 3);
        ck_assert_uint_eq(now.refused[RMMSIM_COMMAND_psci_cpu_on], 3);
        expect_sums(sim);
        world_destroy(all.world);
}
END_TEST

/* A condition that was injected implies no status: it is the fault's. */
START_TEST(test_injected)
{
        const struct rmmsim_fault faults[] = {
                { .kind = RMMSIM_FAULT_STATUS, .fid = RMMSIM_RMI_VERSION, .x0 = RMMSIM_RMI_RESULT(4, 2) },
                { .kind = RMMSIM_FAULT_STATUS, .fid = RMMSIM_PSCI_VERSION, .x0 = (uint64_t)RMMSIM_PSCI_DISABLED },
                { .kind = RMMSIM_FAULT_TOKEN_INCOMPLETE },
        };
        struct puppets all;
        struct rmmsim_statistics now;

        puppets_create(&all, world_create(), NULL);
        for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                ck_assert_int_gt(rmmsim_inject(all.world->sim, &faults[i], NULL), 0);
        }
        start(all.world->sim);
        (void)call(all.world, rmi_version, .req = 0x10000);
        (void)call(all.world, rmi_version, .req = 0x10000);
        (void)puppet_x0(&all, 0, psci_version, 0);
        (void)puppet_x0(&all, 0, rsi_attestation_token_init, .challenge_0 = 1);
        ck_assert_uint_eq(puppet_x0(&all, 0, rsi_attestation_token_continue, .addr = REALM_PC, .size = 4096),
                          RMMSIM_RSI_INCOMPLETE);
        EXPECT(all.world->sim, rmi_version, RMMSIM_RMI_ERROR_RTT, 1);
        EXPECT(all.world->sim, rmi_version, RMMSIM_RMI_SUCCESS, 1);
        EXPECT(all.world->sim, psci_version, 8, 1);
        EXPECT(all.world->sim, rsi_attestation_token_continue, RMMSIM_RSI_INCOMPLETE, 1);
        rmmsim_statistics(all.world->sim, &now);
        ck_assert_uint_eq(now.conditions[RMMSIM_CONDITION_INJECTED], 3);
        expect_sums(all.world->sim);
        world_destroy(all.world);
}
END_TEST

START_TEST(test_names)
{
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_rmi_version, 4), "ERROR_RTT");
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_rmi_version, 5), "?");
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_rmi_version, RMMSIM_STATUS_UNANSWERED), "?");
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_rsi_version, 3), "INCOMPLETE");
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_rsi_version, RMMSIM_STATUS_UNANSWERED), "UNANSWERED");
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_psci_version, 9), "INVALID_ADDRESS");
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_psci_version, RMMSIM_NUM_STATUSES), "?");
        ck_assert_str_eq(rmmsim_status_name(RMMSIM_COMMAND_NONE, 1), "NOT_SUPPORTED");
}
END_TEST

/* ---- beside listeners ------------------------------------------------------------------------------------------------- */

/* What the trace and the adversary are told. */
struct heard {
        uint64_t statuses[RMMSIM_NUM_COMMANDS + 1][RMMSIM_NUM_STATUSES]; /* of the host's calls */
        uint64_t exits[RMMSIM_NUM_EXIT_REASONS];
        uint64_t reads;
        uint64_t writes;
        uint64_t changes;
};

static void hear(void *context, const struct rmmsim_event *event)
{
        struct heard *heard = context;

        if (event->kind == RMMSIM_EVENT_EXIT) {
                heard->exits[event->of.exit.reason]++;
        } else if (event->kind == RMMSIM_EVENT_EDGE && event->of.edge.object == RMMSIM_OBJECT_GRANULE) {
                heard->changes++;
        } else if (event->kind == RMMSIM_EVENT_COMMAND && event->of.command.rec == 0) {
                bool served = event->of.command.out[0] != RMMSIM_NOT_SUPPORTED;

                heard->statuses[event->of.command.id][served ? event->of.command.out[0] & 0xff : 1]++;
        }
}

static void watch(void *context, unsigned pe, uint64_t pa, void *page, enum rmmsim_access access)
{
        struct heard *heard = context;

        (void)pe;
        (void)pa;
        (void)page;
        heard->reads += access == RMMSIM_ACCESS_READ_BEGIN;
        heard->writes += access == RMMSIM_ACCESS_WRITE_BEGIN;
}

static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_call(vcpu, psci_cpu_suspend, 0);
                rmmsim_guest_call(vcpu, rsi_host_call, .addr = 0);
        }
}

/* Any command with arguments that are near enough to what it wants to be carried out at times. */
static void call_anything(struct rmmsim_world *world, struct dice *dice)
{
        static const uint32_t fids[] = {
#define COMMAND(ID, name, fid, summary) fid,
#include <rmmsim/spec/rmi.def>
                0xC4000156
        };
        struct rmmsim_regs regs = { .x = { ROLL_OF(dice, fids) } };
        unsigned recs = world->num_recs;

        if (once_in(dice, 3)) {
                regs.x[0] = RMMSIM_RMI_REC_ENTER;
                regs.x[1] = world->recs[roll_below(dice, recs)];
                regs.x[2] = world->runs[roll_below(dice, recs)];
        } else {
                for (unsigned i = 1; i < 5; i++) {
                        uint64_t values[] = { world->rd,
                                              world->recs[0],
                                              world->next_pa + roll_below(dice, 8) * PAGE,
                                              roll_below(dice, 32) * PAGE,
                                              roll_below(dice, 4) * MIB2,
                                              3 };

                        regs.x[i] = ROLL_OF(dice, values);
                }
        }
        ck_assert_int_eq(rmmsim_smc(world->sim, 0, &regs), 0);
}

static void expect_as_heard(const struct rmmsim *sim, const struct heard *heard)
{
        uint64_t wiped = heard->statuses[RMMSIM_COMMAND_rmi_granule_undelegate][0];
        struct rmmsim_statistics now;

        rmmsim_statistics(sim, &now);
        for (unsigned i = 0; i <= RMMSIM_NUM_COMMANDS; i++) {
                const char *name = rmmsim_command_name((enum rmmsim_command)i);

                if (strncmp(name, "RMI", 3) == 0 || i == RMMSIM_COMMAND_NONE) {
                        ck_assert_mem_eq(now.statuses[i], heard->statuses[i], sizeof(now.statuses[i]));
                }
        }
        ck_assert_mem_eq(now.exits, heard->exits, sizeof(now.exits));
        ck_assert_uint_eq(now.pages_read, heard->reads);
        ck_assert_uint_eq(now.pages_written, heard->writes + wiped);
        ck_assert_uint_eq(now.pages_changed, heard->changes);
}

START_TEST(test_beside_listeners)
{
        static struct heard heard;
        const struct rmmsim_config config = {
                .context = &heard, .trace = hear, .adversary = watch, .features = { .rec_aux_count = 3 }
        };
        struct rmmsim_world_shape shape = {
                .config = &config, .num_recs = 3, .num_pages = 8, .num_shared = 2, .guest = guest
        };
        struct rmmsim_world world;
        struct dice dice = { 1 };

        ck_assert_int_eq(rmmsim_world_create(&world, &shape, NULL), 0);
        expect_as_heard(world.sim, &heard);
        for (unsigned i = 0; i < rounds(30000); i++) {
                call_anything(&world, &dice);
        }
        ck_assert_uint_gt(heard.statuses[RMMSIM_COMMAND_rmi_granule_undelegate][0], 0);
        ck_assert_uint_gt(heard.exits[RMMSIM_EXIT_HOST_CALL], 0);
        expect_as_heard(world.sim, &heard);
        (void)rmmsim_world_tear_down(&world);
        expect_as_heard(world.sim, &heard);
        ck_assert_uint_gt(heard.statuses[RMMSIM_COMMAND_rmi_realm_destroy][0], 0);
        rmmsim_world_destroy(&world);
}
END_TEST

/* Hosts and Realms of any kind: failure conditions, and that statuses add up. */
START_TEST(test_random)
{
        for (uint64_t seed = 1; seed <= 8; seed++) {
                struct chaos *chaos = chaos_create(seed, 300);
                struct rmmsim_statistics now;
                uint64_t exits = 0;
                uint64_t commands = 0;

                for (unsigned i = 0; i < rounds(1500); i++) {
                        chaos_step(chaos);
                }
                rmmsim_statistics(chaos->sim, &now);
                for (unsigned i = 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                        ck_assert_uint_eq(now.conditions[i], chaos->refused[i]);
                }
                for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                        ck_assert_uint_eq(now.commands[i] - now.refused[i], chaos->succeeded[i]);
                        commands += now.commands[i];
                }
                for (unsigned i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                        exits += now.exits[i];
                }
                ck_assert_uint_eq(commands + now.commands[RMMSIM_COMMAND_NONE], chaos->num_commands);
                ck_assert_uint_eq(exits, chaos->num_exits);
                expect_sums(chaos->sim);
                chaos_destroy(chaos);
        }
}
END_TEST

static Suite *suite(void)
{
        Suite *suite = suite_create("inspect_count");
        TCase *tcase = tcase_create("all");

        tcase_add_test(tcase, test_host);
        tcase_add_test(tcase, test_realm);
        tcase_add_test(tcase, test_psci);
        tcase_add_test(tcase, test_injected);
        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_beside_listeners);
        tcase_add_test(tcase, test_random);
        suite_add_tcase(suite, tcase);
        return suite;
}

int main(void)
{
        return run_suite(suite());
}
