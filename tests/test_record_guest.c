/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_record_guest.c - what vCPUs do, word for word in a recording: each kind of instruction, exits in their middle, answers that come
 * later, and memory of the host.
 *
 * What is expected was written by hand: the form from docs/scripts.md, syndromes from the Arm ARM as in the tests of aborts.
 */
#include "record_fixture.h"
#include "script.h"
#include <rmmsim/record.h>

static struct stage stage;
static struct trace trace;

static void begin(const struct rmmsim_config *config)
{
        stage_create(&stage, config);
        trace_create(&trace);
        ck_assert_int_eq(rmmsim_record(stage.world->sim, trace.path), 0);
}

/*
 * The lines behind those that say what there was. In `wanted` R stands for the address of the REC, P for that of its run page, and S
 * for that of a page that the Realm shares with the host.
 */
static void expect(const char *wanted, uint64_t shared)
{
        struct trace *own = &trace;
        char text[4096];
        size_t length = 0;
        const char *found;

        ck_assert_int_eq(rmmsim_record(stage.world->sim, NULL), 0);
        for (const char *at = wanted; *at != 0; at++) {
                bool alone = at == wanted || at[-1] == ' ' || at[-1] == '\n' || at[-1] == '=';
                uint64_t pa = *at == 'R' ? stage.realm.recs[0] : *at == 'P' ? stage.realm.run : shared;

                ck_assert_uint_lt(length, sizeof(text) - 32);
                if (alone && strchr("RPS", *at) != NULL && strchr(": ", at[1]) != NULL) {
                        length += (size_t)snprintf(text + length, 32, "0x%llx", (unsigned long long)pa);
                } else {
                        text[length++] = *at;
                }
        }
        text[length] = 0;
        found = strstr(trace_read(own), "used\n");
        ck_assert_ptr_nonnull(found);
        for (found += 5; *found == '|'; found = strchr(found, '\n') + 1) {
        }
        ck_assert_str_eq(found, text);
        trace_remove(own);
        stage_destroy(&stage);
}

#define ENTERED                                                                                                        \
        "pe0: rmi_rec_enter rec=R run_ptr=P => entered\n"                                                              \
        "| REC R REC_READY -> REC_RUNNING\n"
#define FIRST "page P rec_enter\n" /* nothing is known of the pages of an instance that was used */
#define LEFT(what)                                                                                                     \
        "pe0: exits " what " gicv3_vmcr=0x4c0008\n"                                                                    \
        "| REC R REC_RUNNING -> REC_READY\n"

static uint8_t there[4];
static uint8_t pattern[] = { 0xde, 0xad, 0xbe, 0xef, 0x01 };

/* STAGE_DATA is all 0x11. A Realm's registers are those that its lines say. */
START_TEST(instructions)
{
        begin(&(struct rmmsim_config){ 0 });
        stage_play(&stage, OP_NOP, OP_HVC, OP_SMC(RMMSIM_RSI_VERSION, 0x10000), OP_SMC(RMMSIM_RSI_VERSION, 0x20000),
                   OP_SMC(0x12345678, 0, 7), OP_SMC(RMMSIM_PSCI_VERSION), OP_SMC(RMMSIM_PSCI_FEATURES, 0x84000005),
                   OP_MRS(MPIDR_EL1), OP_MSR(TPIDR_EL0, 5), OP_LOAD(STAGE_DATA, 8, 0), OP_LOAD(STAGE_DATA, 2, 31),
                   OP_STORE(STAGE_DATA + 8, 4, 4, 0x77), OP_COPY_IN(there, STAGE_DATA + 8, 4),
                   OP_COPY_OUT(STAGE_DATA + 3, pattern, 5), OP_FETCH(STAGE_DATA), OP_LOAD(STAGE_DATA, 3, 1),
                   OP(.trap = { .kind = RMMSIM_TRAP_LOAD,
                                .ipa = STAGE_DATA,
                                .size = 1,
                                .rt = 2,
                                .sign_extend = true,
                                .sf = true }));
        stage_finish(&stage);
        expect(FIRST ENTERED "R: nop\n"
                             "R: hvc => exception 0x2000000\n"
                             "R: rsi_version req=0x10000 => SUCCESS lower=0x10000 higher=0x10000\n"
                             "R: rsi_version req=0x20000 => ERROR_INPUT req_supported lower=0x10000 higher=0x10000\n"
                             "R: smc 0x12345678 0x0 0x7 => 0xffffffffffffffff\n"
                             "R: psci_version => 0x10001\n"
                             "R: psci_features psci_func_id=0x84000005 => NOT_SUPPORTED func_id\n"
                             "R: mrs x10 MPIDR_EL1 => 0x80000000\n"
                             "R: msr x10 TPIDR_EL0 0x5\n"
                             "R: load 0x2000 8 => 0x1111111111111111\n"
                             "R: load x31 0x2000 2 w => 0x0\n"
                             "R: store x4 0x2008 4 0x77 w\n"
                             "R: read 0x2008 0x4 => 77000000\n"
                             "R: write 0x2003 deadbeef01\n"
                             "R: fetch 0x2000\n"
                             "R: undefined => exception 0x2000000\n"
                             "R: load x2 0x2000 1 signed noisv => 0x11\n"
                             "R: wfi => exits\n" LEFT("IRQ"),
               0);
}
END_TEST

/*
 * Two traps an entry. Before the third the REC exits, and it is carried out in the next one; an SMC that was the second is over, and its
 * answer comes later.
 */
START_TEST(exits_in_the_middle)
{
        begin(&(struct rmmsim_config){ .guest_quantum = 2 });
        stage_play(&stage, OP_NOP, OP_NOP, OP_NOP, OP_SMC(RMMSIM_RSI_VERSION, 0x10000), OP_NOP);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_IRQ);
        expect(FIRST ENTERED "R: nop\n"
                             "R: nop\n"
                             "R: nop => exits\n" LEFT("IRQ") ENTERED "R: again\n"
                                                                     "R: rsi_version req=0x10000 => exits\n" LEFT("IRQ")
                                                                             ENTERED
               "R: => SUCCESS lower=0x10000 higher=0x10000\n"
               "R: nop\n"
               "R: wfi => exits\n" LEFT("IRQ"),
               0);
}
END_TEST

/*
 * An Unprotected IPA without memory: a Data Abort with a valid syndrome (4 bytes: SAS 2; translation fault at level 3), which the host
 * emulates, or answers by an SEA (at EL1: EC 0x25, IL, EA, FSC 0x10, and still ISV with SAS 2 and SRT 6).
 */
START_TEST(emulated_accesses)
{
        begin(&(struct rmmsim_config){ 0 });
        stage_play(&stage, OP_LOAD(STAGE_DEVICE, 4, 3), OP_STORE(STAGE_DEVICE + 8, 4, 5, 0x1234),
                   OP_LOAD(STAGE_DEVICE, 4, 6));
        ck_assert_uint_eq(stage_enter(&stage, 0), RMMSIM_RMI_SUCCESS);
        stage_run(&stage)->enter.gprs[0] = 0xab;
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_INJECT_SEA), RMMSIM_RMI_SUCCESS);
        expect(FIRST ENTERED "R: load x3 0x8000000000 4 w => exits\n" LEFT(
                       "SYNC esr=0x91800007 hpfar=0x80000000") "page P rec_enter flags=0x1 gprs[0]=0xab\n" ENTERED
                                                               "R: => 0xab\n"
                                                               "R: store x5 0x8000000008 4 0x1234 w => exits\n" LEFT(
                                                                       "SYNC esr=0x91800047 far=0x8 hpfar=0x80000000 "
                                                                       "gprs[0]=0x1234") ENTERED
               "R: load x6 0x8000000000 4 w => exits\n" LEFT(
                       "SYNC esr=0x91800007 hpfar=0x80000000") "page P rec_enter flags=0x2 gprs[0]=0xab\n" ENTERED
                                                               "R: => exception 0x97860210\n"
                                                               "R: wfi => exits\n" LEFT("IRQ"),
               0);
}
END_TEST

/* What a load finds is said before, if the trace does not know it: from a store of the Realm's, or from a load before. */
START_TEST(memory_of_the_host)
{
        uint64_t shared;
        uint64_t *words;

        stage_create(&stage, &(struct rmmsim_config){ 0 });
        shared = realm_share(&stage.realm, STAGE_DEVICE);
        words = world_at(stage.world, shared);
        words[2] = 0x1122334455667788;
        trace_create(&trace);
        ck_assert_int_eq(rmmsim_record(stage.world->sim, trace.path), 0);
        stage_play(&stage, OP_STORE(STAGE_DEVICE, 8, 5, 0x99), OP_LOAD(STAGE_DEVICE, 8, 3),
                   OP_LOAD(STAGE_DEVICE + 16, 2, 3), OP_LOAD(STAGE_DEVICE + 16, 2, 3),
                   OP_LOAD(STAGE_DEVICE + 16, 8, 3));
        stage_finish(&stage);
        expect(FIRST ENTERED "R: store x5 0x8000000000 8 0x99\n"
                             "R: load x3 0x8000000000 8 => 0x99\n"
                             "fill S words 0x10=0x7788\n"
                             "R: load x3 0x8000000010 2 w => 0x7788\n"
                             "R: load x3 0x8000000010 2 w => 0x7788\n"
                             "fill S words 0x10=0x1122334455667788\n"
                             "R: load x3 0x8000000010 8 => 0x1122334455667788\n"
                             "R: wfi => exits\n" LEFT("IRQ"),
               shared);
}
END_TEST

/* A function's registers, set between its instructions, where they count. */
static void set_registers(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        rmmsim_guest_set_x(vcpu, 20, 7);
        rmmsim_guest_set_x(vcpu, 30, 8);
        rmmsim_guest_nop(vcpu);
        rmmsim_guest_nop(vcpu);
        (void)rmmsim_guest_call(vcpu, psci_cpu_suspend, .power_state = 1);
}

START_TEST(registers_between)
{
        struct realm_world realm;
        struct world *world = world_create();
        const char *text;
        const char *nop;

        realm_running(&realm, world, 1, set_registers, NULL);
        trace_create(&trace);
        ck_assert_int_eq(rmmsim_record(world->sim, trace.path), 0);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI); /* the function returns, which is CPU_OFF */
        ck_assert_int_eq(rmmsim_record(world->sim, NULL), 0);
        text = trace_read(&trace);
        nop = strstr(text, ": nop\n");
        ck_assert_ptr_nonnull(strstr(text, ": set x20 0x7 x30 0x8\n"));
        ck_assert_ptr_null(strstr(nop, ": set "));
        ck_assert_ptr_nonnull(strstr(nop,
                                     ": psci_cpu_suspend power_state=0x1 entry_point_address=0x0 context_id=0x0 => "
                                     "exits\n"));
        ck_assert_ptr_nonnull(strstr(nop, ": => SUCCESS\n"));
        ck_assert_ptr_nonnull(strstr(nop, ": psci_cpu_off => exits\n| POWER "));
        trace_remove(&trace);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("record_guest");
        TCase *tcase = tcase_create("text");

        tcase_add_test(tcase, instructions);
        tcase_add_test(tcase, exits_in_the_middle);
        tcase_add_test(tcase, emulated_accesses);
        tcase_add_test(tcase, memory_of_the_host);
        tcase_add_test(tcase, registers_between);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
