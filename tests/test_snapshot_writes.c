/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_snapshot_writes.c - whatever the library writes to, a restore brings back: one case for each place where it writes.
 *
 * Each act changes little, so that what one place forgot to say is not said by another. Around each act: everything is as it
 * was, byte by byte, in both worlds; the act, done again, does the same; and it costs what it changed.
 */
#include "everything.h"
#include "script.h"
#include "sim.h"
#include <rmmsim/snapshot.h>
#include <string.h>

#define MORE_DATA UINT64_C(0x4000)
#define RAM_IPA   STAGE_DEVICE          /* a page of the host's RAM  */
#define DEV_IPA   (STAGE_DEVICE + PAGE) /* a page of the device      */
#define PE_UNUSED 3

/* An active Realm that executes scripts, a new one with RECs, another that is nothing but itself, and loose Granules. */
static struct stage stage;
static struct realm_world young;
static struct realm_world bare;
static uint64_t undelegated;
static uint64_t delegated;
static uint64_t ram;
static uint64_t dev = WORLD_DEVICE_BASE + 2 * PAGE;

static struct rmmsim *sim(void)
{
        return stage.world->sim;
}

static void nothing(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
}

/* Written to, so that the Realm sees other contents when they come back; then everybody idles. */
static void setup(void)
{
        static const struct rmmsim_region regions[] = {
                { .base = WORLD_DRAM_BASE, .size = MIB2, .kind = RMMSIM_REGION_DRAM },
                { .base = WORLD_DEVICE_BASE, .size = 4 * PAGE, .kind = RMMSIM_REGION_DEVICE },
        };

        stage_create_with(&stage,
                          &(struct rmmsim_config){ .regions = regions, .num_regions = 2, .guard = RMMSIM_GUARD_NONE },
                          NULL, 3);
        realm_data_unknown(&stage.realm, MORE_DATA);
        ram = realm_share(&stage.realm, RAM_IPA);
        memset(world_at(stage.world, ram), 0x33, PAGE);
        memset(world_at(stage.world, dev), 0x44, PAGE);
        expect_success(stage.world, rmi_rtt_map_unprotected, .rd = stage.realm.rd, .ipa = DEV_IPA, .level = 3,
                       .desc = dev | 0xc0 | 6 << 2);
        realm_map_tables(&stage.realm, STAGE_EMPTY, 3);
        realm_new(&young, stage.world, NULL);
        realm_ram(&young, 0, MIB2);
        realm_data(&young, REALM_PC, 0x55);
        realm_map_tables(&young, MIB2, 3);
        for (unsigned i = 0; i < 3; i++) {
                realm_rec(&young, i == 1, REALM_PC);
        }
        ck_assert_int_eq(rmmsim_guest_bind_step(sim(), young.rd, REALM_PC, nothing, NULL), 0);
        realm_new(&bare, stage.world, NULL);
        undelegated = world_page(stage.world);
        memset(world_at(stage.world, undelegated), 0x66, PAGE);
        delegated = world_delegated_pages(stage.world, 32, PAGE);
        memset(world_at(stage.world, delegated), 0x77, PAGE);
        (void)call(stage.world, rmi_granule_delegate, .addr = 1); /* a refusal to remember */
}

static void teardown(void)
{
        stage_destroy(&stage);
}

/* ---- acts of the host --------------------------------------------------------------------------------------------------- */

static void delegate(void)
{
        expect_success(stage.world, rmi_granule_delegate, .addr = undelegated);
}

/* The host's page is wiped. */
static void undelegate(void)
{
        expect_success(stage.world, rmi_granule_undelegate, .addr = delegated);
}

static void realm_create(void)
{
        realm_params_fill(stage.world->params, &(struct realm_shape){ .vmid = 77 }, delegated + PAGE);
        expect_success(stage.world, rmi_realm_create, .rd = delegated, .params_ptr = stage.world->params_pa);
}

static void realm_activate_young(void)
{
        expect_success(stage.world, rmi_realm_activate, .rd = young.rd);
}

static void realm_destroy(void)
{
        expect_success(stage.world, rmi_realm_destroy, .rd = bare.rd);
}

/* The REC that was the first of the list gets a neighbour. */
static void rec_create(void)
{
        struct rmmsim_rec_params *params = (void *)stage.world->params;

        memset(params, 0, sizeof(*params));
        params->mpidr = 3;
        params->num_aux = 16;
        params->pc = REALM_PC;
        for (unsigned i = 0; i < 16; i++) {
                params->aux[i] = delegated + (i + 1) * PAGE;
        }
        expect_success(stage.world, rmi_rec_create, .rd = young.rd, .rec = delegated,
                       .params_ptr = stage.world->params_pa);
}

static void rec_destroy_first(void)
{
        expect_success(stage.world, rmi_rec_destroy, .rec = young.recs[2]);
}

static void rec_destroy_last(void)
{
        expect_success(stage.world, rmi_rec_destroy, .rec = young.recs[0]);
}

static void rtt_create(void)
{
        expect_success(stage.world, rmi_rtt_create, .rd = young.rd, .rtt = delegated, .ipa = 2 * MIB2, .level = 3);
}

static void rtt_destroy(void)
{
        expect_success(stage.world, rmi_rtt_destroy, .rd = young.rd, .ipa = MIB2, .level = 3);
}

static void rtt_fold(void)
{
        expect_success(stage.world, rmi_rtt_fold, .rd = young.rd, .ipa = MIB2, .level = 3);
}

static void map_unprotected(void)
{
        expect_success(stage.world, rmi_rtt_map_unprotected, .rd = stage.realm.rd, .ipa = DEV_IPA + PAGE, .level = 3,
                       .desc = undelegated | 0xc0 | 6 << 2);
}

static void unmap_unprotected(void)
{
        expect_success(stage.world, rmi_rtt_unmap_unprotected, .rd = stage.realm.rd, .ipa = DEV_IPA, .level = 3);
}

static void init_ripas(void)
{
        expect_success(stage.world, rmi_rtt_init_ripas, .rd = young.rd, .base = MIB2, .top = MIB2 + 5 * PAGE);
}

static void data_create(void)
{
        memset(stage.world->params, 0x5a, PAGE);
        expect_success(stage.world, rmi_data_create, .rd = young.rd, .data = delegated, .ipa = 0x5000,
                       .src = stage.world->params_pa, .flags = RMMSIM_DATA_FLAG_MEASURE);
}

static void data_create_unknown(void)
{
        expect_success(stage.world, rmi_data_create_unknown, .rd = stage.realm.rd, .data = delegated, .ipa = 0x5000);
}

static void data_destroy(void)
{
        expect_success(stage.world, rmi_data_destroy, .rd = stage.realm.rd, .ipa = STAGE_DATA);
}

static void gpt(void)
{
        ck_assert_int_eq(rmmsim_gpt_set(sim(), undelegated, 2 * PAGE, RMMSIM_GPT_GPT_ROOT), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_gpt_set(sim(), undelegated, PAGE, RMMSIM_GPT_GPT_ROOT), 0);
}

static void passing_time(void)
{
        rmmsim_time_advance(sim(), 12345);
}

static void interrupts(void)
{
        ck_assert_int_eq(rmmsim_fiq_raise(sim(), 2), 0);
        ck_assert_int_eq(rmmsim_serror_raise(sim(), PE_UNUSED, 0x1234), 0);
}

static void refusal(void)
{
        expect_x0(stage.world, RMMSIM_RMI_ERROR_INPUT, call(stage.world, rmi_realm_activate, .rd = undelegated));
}

static void bind_more(void)
{
        ck_assert_int_eq(rmmsim_guest_bind_step(sim(), young.rd, 0x3000, nothing, NULL), 0);
        ck_assert_int_eq(rmmsim_guest_bind_step(sim(), young.rd, REALM_PC, nothing, &young), 0);
}

/* ---- acts of the Realm -------------------------------------------------------------------------------------------------- */

#define PLAYS(...)                                                                                                     \
        stage_play(&stage, __VA_ARGS__);                                                                               \
        (void)stage_enter(&stage, 0)

static uint8_t noise[64] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void enter(void)
{
        PLAYS(OP_NOP);
}

static void store(void)
{
        PLAYS(OP_STORE(STAGE_DATA, 8, 5, 0x1234567));
}

static void copy_out(void)
{
        PLAYS(OP_COPY_OUT(STAGE_DATA + 100, noise, sizeof(noise)));
}

static void store_to_ram(void)
{
        PLAYS(OP_STORE(RAM_IPA + 8, 8, 5, 0x1234567));
}

static void copy_to_ram(void)
{
        PLAYS(OP_COPY_OUT(RAM_IPA + 100, noise, sizeof(noise)));
}

static void store_to_device(void)
{
        PLAYS(OP_STORE(DEV_IPA + 8, 4, 5, 0x1234567));
}

static void sysreg(void)
{
        PLAYS(OP_MSR(TPIDR_EL1, 0xabcd), OP_MSR(CNTV_CVAL_EL0, 5));
}

static void measure(void)
{
        PLAYS(OP_SMC(RMMSIM_RSI_MEASUREMENT_EXTEND, 1, 8, 0x99));
}

static void realm_config(void)
{
        PLAYS(OP_SMC(RMMSIM_RSI_REALM_CONFIG, MORE_DATA));
}

static void attest(void)
{
        PLAYS(OP_SMC(RMMSIM_RSI_ATTESTATION_TOKEN_INIT, 1, 2, 3),
              OP_SMC(RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE, MORE_DATA, 0, 4096));
}

static void host_call(void)
{
        PLAYS(OP_SMC(RMMSIM_RSI_HOST_CALL, STAGE_DATA));
        ck_assert_uint_eq(stage_run(&stage)->exit.exit_reason, RMMSIM_EXIT_HOST_CALL);
        (void)stage_enter(&stage, 0);
}

static void ripas(void)
{
        PLAYS(OP_SMC(RMMSIM_RSI_IPA_STATE_SET, STAGE_EMPTY, STAGE_EMPTY + 3 * PAGE, RMMSIM_RIPAS_RAM));
        expect_success(stage.world, rmi_rtt_set_ripas, .rd = stage.realm.rd, .rec = stage.realm.recs[0],
                       .base = STAGE_EMPTY, .top = STAGE_EMPTY + 2 * PAGE);
}

static void cpu_on(void)
{
        PLAYS(OP_SMC(RMMSIM_PSCI_CPU_ON, 1, REALM_PC, 7));
        expect_success(stage.world, rmi_psci_complete, .calling_rec = stage.realm.recs[0],
                       .target_rec = stage.realm.recs[1], .status = 0);
}

static void cpu_off(void)
{
        PLAYS(OP_SMC(RMMSIM_PSCI_CPU_OFF));
}

static void system_off(void)
{
        PLAYS(OP_SMC(RMMSIM_PSCI_SYSTEM_OFF));
}

/* ---- the loop ----------------------------------------------------------------------------------------------------------- */

/*
 * How many pages the act changes, beside those that the test has kept as it writes to them itself; and whether the number of the
 * state cannot tell.
 */
static const struct {
        const char *name;
        void (*act)(void);
        unsigned changed;
        bool unseen;
} acts[] = {
        { "delegate", delegate, 1, false },
        { "undelegate", undelegate, 2, false },
        { "realm_create", realm_create, 2, false },
        { "realm_activate", realm_activate_young, 1, false },
        { "realm_destroy", realm_destroy, 2, false },
        { "rec_create", rec_create, 1 + 16 + 1 + 1, false },
        { "rec_destroy_first", rec_destroy_first, 1 + 16 + 1 + 1, false },
        { "rec_destroy_last", rec_destroy_last, 1 + 16 + 1 + 1, false },
        { "rtt_create", rtt_create, 3, false },
        { "rtt_destroy", rtt_destroy, 3, false },
        { "rtt_fold", rtt_fold, 3, false },
        { "map_unprotected", map_unprotected, 2, false },
        { "unmap_unprotected", unmap_unprotected, 2, false },
        { "init_ripas", init_ripas, 2, false },
        { "data_create", data_create, 3, false },
        { "data_create_unknown", data_create_unknown, 3, false },
        { "data_destroy", data_destroy, 3, false },
        { "gpt", gpt, 1, false },
        { "passing_time", passing_time, 0, false },
        { "interrupts", interrupts, 0, false },
        { "refusal", refusal, 0, true },
        { "bind_more", bind_more, 2, true },
        /* A REC, and the table where its program is looked up. */
        { "enter", enter, 2, false },
        { "store", store, 3, false },
        { "copy_out", copy_out, 3, false },
        { "store_to_ram", store_to_ram, 3, false },
        { "copy_to_ram", copy_to_ram, 3, false },
        { "store_to_device", store_to_device, 3, false },
        { "sysreg", sysreg, 2, false },
        { "measure", measure, 3, false },
        { "realm_config", realm_config, 3, false },
        { "attest", attest, 3, false },
        { "host_call", host_call, 3, false },
        { "ripas", ripas, 4, false },
        { "cpu_on", cpu_on, 3, false },
        { "cpu_off", cpu_off, 2, false },
        { "system_off", system_off, 3, false },
};

enum {
        NUM_ACTS = sizeof(acts) / sizeof(acts[0]),
        NUM_KEPT = 2
};

/* The script is a variable of the test: the test brings it back. */
static void restore(void)
{
        ck_assert_int_eq(rmmsim_restore(sim()), 0);
        memset(&stage.script, 0, sizeof(stage.script));
}

static void keep_what_the_test_writes(void)
{
        ck_assert_int_eq(rmmsim_snapshot_keep(sim(), stage.world->params_pa + 1, 1), 0);
        ck_assert_int_eq(rmmsim_snapshot_keep(sim(), stage.realm.run, 8), 0);
}

START_TEST(test_comes_back)
{
        const struct journal *journal;
        struct everything *before = everything_take(sim());
        struct everything *after = NULL;
        uint64_t hash = rmmsim_state_hash(sim());

        ck_assert_int_eq(rmmsim_snapshot(sim(), NULL), 0);
        keep_what_the_test_writes();
        journal = sim()->rmm.memory.journal;
        for (unsigned round = 0; round < 3; round++) {
                const char *differs;

                acts[_i].act();
                ck_assert_msg(everything_differs(before, sim()) != NULL, "%s does nothing", acts[_i].name);
                ck_assert_msg((rmmsim_state_hash(sim()) == hash) == acts[_i].unseen, "%s and the number of the state",
                              acts[_i].name);
                if (round == 0) {
                        after = everything_take(sim());
                }
                differs = everything_differs(after, sim());
                ck_assert_msg(differs == NULL, "%s, done again: %s", acts[_i].name, differs);
                restore();
                differs = everything_differs(before, sim());
                ck_assert_msg(differs == NULL, "%s, restored: %s", acts[_i].name, differs);
                ck_assert_uint_eq(rmmsim_state_hash(sim()), hash);
                ck_assert_int_eq(rmmsim_audit(sim(), NULL), 0);
                ck_assert_msg(journal->num_returned - NUM_KEPT == acts[_i].changed, "%s: %llu pages", acts[_i].name,
                              (unsigned long long)journal->num_returned - NUM_KEPT);
        }
        everything_free(before);
        everything_free(after);
}
END_TEST

/* One snapshot, and all acts one after the other: a page was changed in one way before and is changed in another one now. */
START_TEST(test_comes_back_after_all)
{
        struct everything *before = everything_take(sim());

        ck_assert_int_eq(rmmsim_snapshot(sim(), NULL), 0);
        ck_assert_int_eq(rmmsim_snapshot_keep(sim(), WORLD_DRAM_BASE, MIB2), 0);
        for (unsigned i = 0; i < NUM_ACTS; i++) {
                const char *differs;

                acts[(i * 7 + (unsigned)_i) % NUM_ACTS].act();
                restore();
                differs = everything_differs(before, sim());
                ck_assert_msg(differs == NULL, "%s: %s", acts[(i * 7 + (unsigned)_i) % NUM_ACTS].name, differs);
        }
        everything_free(before);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("snapshot_writes");
        TCase *tcase = tcase_create("snapshot_writes");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, test_comes_back, 0, NUM_ACTS);
        tcase_add_loop_test(tcase, test_comes_back_after_all, 0, 5);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
