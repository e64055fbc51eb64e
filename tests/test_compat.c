/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_compat.c - clients that know nothing of the library: a kernel's host code and guest code, and a bare-metal suite.
 */
#include "compat/baremetal_client.h"
#include "compat_fixture.h"
#include "world.h"
#include <linux/arm-smccc.h>
#include <rmmsim/inspect.h>

static struct machine machine;

static void begin(void)
{
        ck_assert_int_eq(machine_create(&machine, NULL, NULL), 0);
        (void)rmmsim_use(machine.sim, 0);
}

static void end(void)
{
        (void)rmmsim_use(NULL, 0);
        rmmsim_destroy(machine.sim);
}

/* ---- the kernel's calls ------------------------------------------------------------------------------------------------- */

/* What arrived, and an answer that can be told apart register by register. */
struct arrived {
        struct rmmsim_regs regs;
        unsigned count;
};

static void record(void *context, struct rmmsim_regs *regs)
{
        struct arrived *arrived = context;

        arrived->regs = *regs;
        arrived->count++;
        for (uint64_t i = 0; i < 18; i++) {
                regs->x[i] = 0x1000 + i;
        }
}

#define UNSET UINT64_C(0xbad0bad0bad0bad7)

START_TEST(each_argument_of_a_1_1_call_reaches_its_register)
{
        struct arrived arrived = { .count = 0 };
        struct arm_smccc_res res = { 0, 0, 0, 0 };
        uint64_t evaluated = 0;
        int value = 7;

        (void)rmmsim_use_handler(record, &arrived);
        ck_assert_int_eq(arm_smccc_1_1_invoke(0xC4000151, &res), SMCCC_CONDUIT_SMC);
        ck_assert_uint_eq(arrived.regs.x[0], 0xC4000151);
        ck_assert_uint_eq(arrived.regs.x[1], UNSET);
        ck_assert_uint_eq(arrived.regs.x[17], UNSET);
        ck_assert_uint_eq(res.a0, 0x1000);
        ck_assert_uint_eq(res.a3, 0x1003);

        /* Narrow types extend as they are, pointers are numbers, x0 has 32 bits, and nothing is evaluated twice. */
        arm_smccc_1_1_smc(UINT64_C(0x1C4000151), -1, (uint32_t)0x80000000, (int8_t)-2, &value, evaluated++, true, 7,
                          &res);
        ck_assert_uint_eq(arrived.count, 2);
        ck_assert_uint_eq(evaluated, 1);
        ck_assert_uint_eq(arrived.regs.x[0], 0xC4000151);
        ck_assert_uint_eq(arrived.regs.x[1], UINT64_MAX);
        ck_assert_uint_eq(arrived.regs.x[2], 0x80000000);
        ck_assert_uint_eq(arrived.regs.x[3], UINT64_MAX - 1);
        ck_assert_uint_eq(arrived.regs.x[4], (uintptr_t)&value);
        ck_assert_uint_eq(arrived.regs.x[5], 0);
        ck_assert_uint_eq(arrived.regs.x[6], 1);
        ck_assert_uint_eq(arrived.regs.x[7], 7);
        ck_assert_uint_eq(arrived.regs.x[8], UNSET);
}
END_TEST

/* The number of arguments is counted right: n of them, and the next register is nobody's. */
#define EXPECT_COUNT(n, ...)                                                                                           \
        do {                                                                                                           \
                arm_smccc_1_1_smc(__VA_ARGS__, NULL);                                                                  \
                for (uint64_t i = 0; i < 18; i++) {                                                                    \
                        ck_assert_uint_eq(arrived.regs.x[i], i < (n) ? 50 + i : UNSET);                                \
                }                                                                                                      \
        } while (0)

START_TEST(the_arguments_of_a_1_1_call_are_counted)
{
        struct arrived arrived = { .count = 0 };

        (void)rmmsim_use_handler(record, &arrived);
        EXPECT_COUNT(1, 50);
        EXPECT_COUNT(2, 50, 51);
        EXPECT_COUNT(3, 50, 51, 52);
        EXPECT_COUNT(4, 50, 51, 52, 53);
        EXPECT_COUNT(5, 50, 51, 52, 53, 54);
        EXPECT_COUNT(6, 50, 51, 52, 53, 54, 55);
        EXPECT_COUNT(7, 50, 51, 52, 53, 54, 55, 56);
        EXPECT_COUNT(8, 50, 51, 52, 53, 54, 55, 56, 57);
        ck_assert_uint_eq(arrived.count, 8);
}
END_TEST

START_TEST(all_registers_of_a_1_2_call_go_both_ways)
{
        struct arrived arrived = { .count = 0 };
        struct arm_smccc_1_2_regs args;
        struct arm_smccc_1_2_regs res;
        uint64_t x[18];

        ck_assert_uint_eq(sizeof(args), sizeof(x));
        for (uint64_t i = 0; i < 18; i++) {
                x[i] = i << 32 | 5;
        }
        memcpy(&args, x, sizeof(x));
        (void)rmmsim_use_handler(record, &arrived);
        arm_smccc_1_2_smc(&args, &res);
        ck_assert_mem_eq(arrived.regs.x, x, sizeof(x));
        ck_assert_mem_eq(&args, x, sizeof(x));
        memcpy(x, &res, sizeof(x));
        for (uint64_t i = 0; i < 18; i++) {
                ck_assert_uint_eq(x[i], 0x1000 + i);
        }
        ck_assert_int_eq(arm_smccc_1_2_invoke(&args, &args), SMCCC_CONDUIT_SMC);
        ck_assert_mem_eq(&args, &res, sizeof(args));
        ck_assert_uint_eq(arrived.count, 2);
}
END_TEST

START_TEST(an_old_call_names_eight_registers)
{
        struct arm_smccc_quirk quirk = { .id = ARM_SMCCC_QUIRK_NONE };
        struct arrived arrived = { .count = 0 };
        struct arm_smccc_res res;

        (void)rmmsim_use_handler(record, &arrived);
        arm_smccc_smc(1, 2, 3, 4, 5, 6, 7, 8, &res);
        for (uint64_t i = 0; i < 18; i++) {
                ck_assert_uint_eq(arrived.regs.x[i], i < 8 ? i + 1 : UNSET);
        }
        ck_assert_uint_eq(res.a2, 0x1002);
        arm_smccc_smc_quirk(1, 2, 3, 4, 5, 6, 7, 9, NULL, &quirk);
        ck_assert_uint_eq(arrived.regs.x[7], 9);
        ck_assert_uint_eq(arm_smccc_get_version(), 0x10002);
        ck_assert_int_eq(arm_smccc_1_1_get_conduit(), SMCCC_CONDUIT_SMC);
}
END_TEST

/* ---- a kernel --------------------------------------------------------------------------------------------------------- */

struct guest_log {
        unsigned long higher;
        unsigned long rim[8];
        unsigned long versions; /* answered with success */
        long cpu_on;
        bool ended;
};

static void kernel_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct guest_log *log = arg;
        struct guest_version version;

        log->versions += guest_rsi_version(0x10000, &version) == 0;
        log->higher = version.higher;
        (void)guest_rsi_measurement_read(0, log->rim);
        log->cpu_on = guest_psci_cpu_on(1, GUEST_PC, 0);
        (void)guest_rsi_host_call(GUEST_PC);
        log->versions += guest_rsi_version(0x10000, &version) == 0;
        ck_assert_ptr_eq(rmmsim_used().vcpu, vcpu);
        guest_psci_system_off();
        log->ended = true; /* never */
}

START_TEST(a_kernel_boots_a_realm_and_takes_it_down)
{
        struct guest_log log = { 0 };
        struct kernel_rtt_entry entry;
        uint8_t rim[64];

        ck_assert_int_eq(machine_boot(&machine, 1, kernel_guest, &log), 0);
        ck_assert_uint_eq(kernel_rtt_read_entry(machine.rd, GUEST_PC, 3, &entry), 0);
        ck_assert_uint_eq(entry.walk_level, 3);
        ck_assert_uint_eq(entry.state, RMMSIM_RTT_ASSIGNED);
        ck_assert_uint_eq(entry.desc, machine.data);
        ck_assert_uint_eq(entry.ripas, RMMSIM_RIPAS_RAM);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_HOST_CALL);
        ck_assert_uint_eq(log.versions, 1);
        ck_assert_uint_eq(log.higher, 0x10000);
        ck_assert_int_eq(log.cpu_on, RMMSIM_PSCI_INVALID_PARAMETERS); /* there is no second vCPU */
        ck_assert_int_eq(rmmsim_measurement(machine.sim, rim, machine.rd, 0), 0);
        ck_assert_mem_eq(log.rim, rim, 64);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(log.versions, 2);
        ck_assert(!log.ended);
        ck_assert_uint_ne(kernel_granule_delegate(machine.rd), 0); /* refused, and there is a reason */
        ck_assert_str_eq(rmmsim_why(machine.sim, 0)->condition, "gran_state");
        ck_assert_int_eq(machine_tear_down(&machine), 0);
        ck_assert_int_eq(rmmsim_use_error(), 0);
}
END_TEST

/* The guest of docs/attach.md. */
rmmsim_guest_fn realm_main;

START_TEST(the_guest_of_the_page_speaks_to_the_rmm)
{
        unsigned long higher = 0;

        ck_assert_int_eq(machine_boot(&machine, 1, realm_main, &higher), 0);
        ck_assert_uint_eq(machine_enter(&machine, 0), RMMSIM_EXIT_PSCI); /* it has returned */
        ck_assert_uint_eq(higher, 0x10000);
        ck_assert_int_eq(machine_tear_down(&machine), 0);
}
END_TEST

/* ---- bare metal ------------------------------------------------------------------------------------------------------- */

START_TEST(a_bare_metal_suite_speaks_to_the_rmm)
{
        uint64_t pa = machine_page(&machine);
        uint64_t higher = 0;

        ck_assert_uint_eq(suite_version(&higher), 0x10000);
        ck_assert_uint_eq(higher, 0x10000);
        ck_assert_uint_eq(suite_delegate(pa), 0);
        ck_assert_uint_eq(suite_delegate(pa), RMMSIM_RMI_ERROR_INPUT);
        ck_assert_uint_eq(suite_undelegate(pa), 0);
}
END_TEST

START_TEST(a_short_array_names_the_registers_that_it_has)
{
        struct arrived arrived = { .count = 0 };
        uint64_t x[4] = { 0xC4000150, 2, 3, 99 };

        (void)rmmsim_use_handler(record, &arrived);
        ck_assert_uint_eq(suite_short_array(x), 0x1000);
        ck_assert_uint_eq(x[2], 0x1002);
        ck_assert_uint_eq(x[3], 99);
        ck_assert_uint_eq(arrived.regs.x[2], 3);
        ck_assert_uint_eq(arrived.regs.x[3], UNSET);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("compat");
        TCase *tcase = tcase_create("clients");

        tcase_add_checked_fixture(tcase, begin, end);
        tcase_add_test(tcase, each_argument_of_a_1_1_call_reaches_its_register);
        tcase_add_test(tcase, the_arguments_of_a_1_1_call_are_counted);
        tcase_add_test(tcase, all_registers_of_a_1_2_call_go_both_ways);
        tcase_add_test(tcase, an_old_call_names_eight_registers);
        tcase_add_test(tcase, a_kernel_boots_a_realm_and_takes_it_down);
        tcase_add_test(tcase, the_guest_of_the_page_speaks_to_the_rmm);
        tcase_add_test(tcase, a_bare_metal_suite_speaks_to_the_rmm);
        tcase_add_test(tcase, a_short_array_names_the_registers_that_it_has);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
