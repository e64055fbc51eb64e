/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_calls.c - the SMC of a Realm as such: which identifiers are served, what becomes of the registers, and the calls that
 * touch nothing.
 *
 * Specification: RSI command registers, RSI_VERSION, RSI_FEATURES, SMC calling convention; rec sheet sections 1.7, 3, 5.
 */
#include "puppet.h"
#include <rmmsim/inspect.h>
#include <string.h>

#define NOT_SUPPORTED UINT64_MAX
#define BUFFER        UINT64_C(0x3000)

static struct puppets puppets;

static void create(uint64_t quirks)
{
        puppets_create(&puppets, world_create_with(&(struct rmmsim_config){ .quirks = quirks }), NULL);
        realm_data_unknown(&puppets.realm, BUFFER);
}

static void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

/* x0 and x1..x4 as given, everything else the pattern. */
static const uint64_t *smc(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
        const uint64_t fields[] = { 0, x1, x2, x3, x4 };

        puppet_order_fields(&puppets, 0, x0, fields, 5);
        return puppet_answer(&puppets, 0);
}

/* ---- registers ---------------------------------------------------------------------------------------------------------- */

/* Calls that are answered inside the Realm, and all they say. */
static const struct {
        uint32_t fid;
        uint64_t in[4];
        unsigned num_out;
        uint64_t out[9];
} answered[] = {
        { RMMSIM_RSI_VERSION, { 0x10000 }, 3, { 0, 0x10000, 0x10000 } },
        { RMMSIM_RSI_VERSION, { 0x20000 }, 3, { 1, 0x10000, 0x10000 } },
        { RMMSIM_RSI_FEATURES, { 0 }, 2, { 0, 0 } },
        { RMMSIM_RSI_MEASUREMENT_READ, { 4 }, 9, { 0 } },
        { RMMSIM_RSI_MEASUREMENT_READ, { 5 }, 1, { 1 } },
        { RMMSIM_RSI_MEASUREMENT_EXTEND, { 1, 64 }, 1, { 0 } },
        { RMMSIM_RSI_MEASUREMENT_EXTEND, { 0, 64 }, 1, { 1 } },
        { RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE, { BUFFER, 0, 1 }, 1, { 2 } },
        { RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE, { BUFFER + 1, 0, 1 }, 1, { 1 } },
        { RMMSIM_RSI_ATTESTATION_TOKEN_INIT, { 1, 2, 3, 4 }, 2, { 0, 0x1000 } },
        { RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE, { BUFFER, 0, 17 }, 2, { 3, 17 } },
        { RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE, { BUFFER, 0, 0 }, 1, { 3 } },
        { RMMSIM_RSI_REALM_CONFIG, { BUFFER }, 1, { 0 } },
        { RMMSIM_RSI_REALM_CONFIG, { BUFFER + 8 }, 1, { 1 } },
        { RMMSIM_RSI_IPA_STATE_SET, { 0x2000, 0x2000, 1 }, 1, { 1 } },
        { RMMSIM_RSI_IPA_STATE_GET, { 0x2000, 0x5000 }, 3, { 0, 0x5000, 1 } },
        { RMMSIM_RSI_IPA_STATE_GET, { 0x2000, 0x2000 }, 1, { 1 } },
        { RMMSIM_RSI_HOST_CALL, { BUFFER + 8 }, 1, { 1 } },
};

enum {
        NUM_ANSWERED = sizeof(answered) / sizeof(answered[0])
};

static void check_answered(unsigned zero_to, unsigned zero_to_of_read)
{
        for (unsigned i = 0; i < NUM_ANSWERED; i++) {
                const uint64_t *in = answered[i].in;
                bool read = answered[i].num_out == 9;

                smc(answered[i].fid, in[0], in[1], in[2], in[3]);
                puppet_expect_registers(&puppets, 0, answered[i].out, answered[i].num_out,
                                        read ? zero_to_of_read : zero_to);
        }
}

/* The specification: what is no output, up to x16, is zero. x17 and above belong to the caller. */
START_TEST(rsi_clears_what_is_no_output)
{
        create(0);
        check_answered(16, 16);
        destroy();
}
END_TEST

/* Deployed monitors write x0..x3; x4..x8 too if there is a measurement to show, but not to say that there is none. */
START_TEST(rsi_keeps_registers)
{
        create(RMMSIM_QUIRK_rsi_keeps_registers);
        check_answered(3, 8);
        destroy();
}
END_TEST

/* Calls that are answered by a later entry. */
static void check_deferred(unsigned zero_to, unsigned host_call_zero_to)
{
        static const uint64_t changed[] = { 0, 0x2000, 0 };
        static const uint64_t success[] = { 0 };

        puppet_exit(&puppets, 0, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = 0x2000, .top = 0x4000,
                    .ripas = 1);
        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, changed, 3, zero_to);
        puppet_exit(&puppets, 0, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = BUFFER);
        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, success, 1, host_call_zero_to);
}

START_TEST(deferred_results_clear_what_is_no_output)
{
        create(0);
        check_deferred(16, 16);
        destroy();
}
END_TEST

START_TEST(deferred_results_keep_registers)
{
        create(RMMSIM_QUIRK_rsi_keeps_registers);
        check_deferred(3, 0);
        destroy();
}
END_TEST

/* A buffer that the host took away: nothing moves until the call is made again, PC included. */
START_TEST(a_call_made_again_has_its_registers)
{
        static const uint64_t success[] = { 0 };

        create(0);
        puppet_exit(&puppets, 0, RMMSIM_EXIT_SYNC, rsi_realm_config, .addr = 0x5000);
        puppet_expect(&puppets, 0, RMMSIM_EXIT_SYNC);
        realm_data_unknown(&puppets.realm, 0x5000);
        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, success, 1, 16);
        destroy();
}
END_TEST

/* ---- identifiers -------------------------------------------------------------------------------------------------------- */

START_TEST(only_32_bits_name_a_function)
{
        static const uint64_t version[] = { 0, 0x10000, 0x10000 };

        create(0);
        smc(UINT64_C(0xdeadbeef00000000) | RMMSIM_RSI_VERSION, 0x10000, 0, 0, 0);
        puppet_expect_registers(&puppets, 0, version, 3, 16);
        /* Bit 16 is the hint of SMCCC 1.3 that the caller's SVE registers are not live. */
        smc(RMMSIM_RSI_VERSION | 0x10000, 0x10000, 0, 0, 0);
        puppet_expect_registers(&puppets, 0, version, 3, 16);
        destroy();
}
END_TEST

static void expect_unserved(uint64_t x0)
{
        static const uint64_t out[] = { NOT_SUPPORTED };

        smc(x0, 1, 2, 3, 4);
        puppet_expect_registers(&puppets, 0, out, 1, 3);
        ck_assert(!puppets.puppet[0].refused);
}

START_TEST(what_nobody_serves)
{
        static const uint64_t identifiers[] = {
                0,
                UINT64_MAX,
                0x80000001, /* SMCCC_ARCH_FEATURES */
                0x80008000, /* SMCCC_ARCH_WORKAROUND_1 */
                0xC400018F, /* before RSI_VERSION */
                0xC400019A, /* behind RSI_HOST_CALL */
                0xC400019F,
                0xC40001A0,
                0x84000190, /* RSI_VERSION as SMC32 */
                0x44000190, /* RSI_VERSION as a yielding call */
                0xC6000190, /* RSI_VERSION of another owner */
                0xC4020190, /* RSI_VERSION with bit 17 */
                RMMSIM_RMI_VERSION,
                RMMSIM_RMI_GRANULE_DELEGATE,
                RMMSIM_RMI_REC_ENTER,
                RMMSIM_RMI_PSCI_COMPLETE,
                0x84000014,
                0xC4000014,
                0x86000000, /* vendor specific */
        };

        create(0);
        for (unsigned i = 0; i < sizeof(identifiers) / sizeof(identifiers[0]); i++) {
                expect_unserved(identifiers[i]);
        }
        destroy();
}
END_TEST

START_TEST(unserved_calls_are_counted)
{
        struct rmmsim_statistics before, after;

        create(0);
        smc(RMMSIM_RSI_VERSION, 0x10000, 0, 0, 0);
        rmmsim_statistics(puppets.world->sim, &before);
        smc(RMMSIM_RMI_VERSION, 0x10000, 0, 0, 0);
        smc(RMMSIM_SMCCC_VERSION, 0, 0, 0, 0);
        smc(RMMSIM_RSI_VERSION, 0x10001, 0, 0, 0);
        rmmsim_statistics(puppets.world->sim, &after);
        ck_assert_uint_eq(after.commands[RMMSIM_COMMAND_NONE] - before.commands[RMMSIM_COMMAND_NONE], 2);
        ck_assert_uint_eq(after.refused[RMMSIM_COMMAND_NONE] - before.refused[RMMSIM_COMMAND_NONE], 1);
        ck_assert_uint_eq(after.commands[RMMSIM_COMMAND_rsi_version] - before.commands[RMMSIM_COMMAND_rsi_version], 1);
        ck_assert_uint_eq(after.refused[RMMSIM_COMMAND_rsi_version] - before.refused[RMMSIM_COMMAND_rsi_version], 1);
        destroy();
}
END_TEST

START_TEST(smccc_version_is_1_2)
{
        static const uint64_t out[] = { 0x10002 };

        create(0);
        smc(RMMSIM_SMCCC_VERSION, 1, 2, 3, 4);
        puppet_expect_registers(&puppets, 0, out, 1, 3);
        destroy();
}
END_TEST

/* ---- the calls that touch nothing --------------------------------------------------------------------------------------- */

START_TEST(version_is_1_0_and_nothing_else)
{
        static const uint64_t others[] = { 0,          1,          0xffff,     0x10001,
                                           0x20000,    0x80010000, 0x7fff0000, UINT64_C(0x100010000),
                                           UINT64_MAX, 0x1000 };
        const uint64_t *x;

        create(0);
        for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                x = smc(RMMSIM_RSI_VERSION, others[i], 0, 0, 0);
                ck_assert_uint_eq(x[0], RMMSIM_RSI_ERROR_INPUT);
                ck_assert_uint_eq(x[1], 0x10000);
                ck_assert_uint_eq(x[2], 0x10000);
                puppet_expect_why(&puppets, 0, "RSI_VERSION", "req_supported");
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_register, 1);
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_value, others[i]);
        }
        x = smc(RMMSIM_RSI_VERSION, 0x10000, 0, 0, 0);
        ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
        ck_assert(!puppets.puppet[0].refused);
        destroy();
}
END_TEST

START_TEST(every_feature_register_is_zero)
{
        static const uint64_t indices[] = { 0, 1, 2, 63, UINT64_C(1) << 32, UINT64_MAX };
        static const uint64_t out[] = { 0, 0 };

        create(0);
        for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
                smc(RMMSIM_RSI_FEATURES, indices[i], 0, 0, 0);
                puppet_expect_registers(&puppets, 0, out, 2, 16);
        }
        destroy();
}
END_TEST

/* ---- the same from a guest without a stack ------------------------------------------------------------------------------ */

struct steps {
        unsigned number;
        uint64_t x[3];
        unsigned rmi_calls;
};

static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct steps *steps = arg;

        ck_assert_int_eq(result, 0);
        next->kind = RMMSIM_TRAP_SMC;
        switch (steps->number++) {
        case 0:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_RSI_VERSION);
                rmmsim_guest_set_x(vcpu, 1, 0x10001);
                break;
        case 1:
                for (unsigned i = 0; i < 3; i++) {
                        steps->x[i] = rmmsim_guest_x(vcpu, i);
                }
                ck_assert_str_eq(rmmsim_guest_why(vcpu)->condition, "req_supported");
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_RSI_HOST_CALL);
                rmmsim_guest_set_x(vcpu, 1, REALM_PC + 0x100);
                break;
        default:
                steps->x[0] = rmmsim_guest_x(vcpu, 0);
                ck_assert_ptr_null(rmmsim_guest_why(vcpu));
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_SYSTEM_OFF);
                break;
        }
}

START_TEST(a_step_function_calls_too)
{
        struct world *world = world_create();
        struct steps steps = { .x = { 99, 99, 99 } };
        struct realm_world realm;

        realm_running(&realm, world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm.rd, REALM_PC, step, &steps), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_HOST_CALL);
        ck_assert_uint_eq(steps.x[0], RMMSIM_RSI_ERROR_INPUT);
        ck_assert_uint_eq(steps.x[1], 0x10000);
        ck_assert_uint_eq(steps.x[2], 0x10000);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(steps.x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(steps.number, 3);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_calls");
        TCase *tcase = tcase_create("rsi_calls");

        tcase_add_test(tcase, rsi_clears_what_is_no_output);
        tcase_add_test(tcase, rsi_keeps_registers);
        tcase_add_test(tcase, deferred_results_clear_what_is_no_output);
        tcase_add_test(tcase, deferred_results_keep_registers);
        tcase_add_test(tcase, a_call_made_again_has_its_registers);
        tcase_add_test(tcase, only_32_bits_name_a_function);
        tcase_add_test(tcase, what_nobody_serves);
        tcase_add_test(tcase, unserved_calls_are_counted);
        tcase_add_test(tcase, smccc_version_is_1_2);
        tcase_add_test(tcase, version_is_1_0_and_nothing_else);
        tcase_add_test(tcase, every_feature_register_is_zero);
        tcase_add_test(tcase, a_step_function_calls_too);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
