/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_aborts.c - what host and Realm see of an access that goes wrong: all 2048 bytes of the exit, or the exception.
 *
 * Specification: REC exit due to Data Abort and Instruction Abort; REC sheet section 2.3, masks and worked examples; RTT sheet
 * section 5.2.
 */
#include "script.h"
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = WORLD_PES };

#define QUIRKY(name) (&(const struct rmmsim_config){ .quirks = RMMSIM_QUIRK_##name })

/* ---- aborts ------------------------------------------------------------------------------------------------------------- */

static uint8_t buffer[64];

#define SYNC .exit_reason = RMMSIM_EXIT_SYNC

struct abort {
        struct script_line line;
        struct rmmsim_rec_exit exit;
};

/* An instruction exits, all alone on its stage, and again as often as the host does nothing about it. */
static void expect_abort(const struct abort *abort, const struct rmmsim_config *config)
{
        struct stage stage;

        stage_create(&stage, config);
        script_set(&stage.script, &abort->line, 1);
        for (unsigned i = 0; i < 3; i++) {
                stage_expect_exit(&stage, &abort->exit, __FILE__, __LINE__);
                ck_assert_uint_eq(stage.script.done, 0);
        }
        stage_destroy(&stage);
}

/*
 * Protected addresses without memory: syndrome valid or not, the host learns the page, and nothing else. Level 3 has a table;
 * nothing but a hole is at [0, 2 MiB) there.
 */
static const struct abort at_holes[] = {
        { OP_FETCH(STAGE_HOLE + 0x7bc), { SYNC, .esr = 0x80000007, .hpfar = 0x30 } },
        { OP_LOAD(STAGE_HOLE + 0x7b8, 8, 3), { SYNC, .esr = 0x90000007, .hpfar = 0x30 } },
        { OP_LOAD(STAGE_HOLE + 0xfff, 1, 31), { SYNC, .esr = 0x90000007, .hpfar = 0x30 } },
        { OP_STORE(STAGE_HOLE + 0x7b8, 8, 3, 0xdeadbeefdeadbeef), { SYNC, .esr = 0x90000007, .hpfar = 0x30 } },
        { OP_COPY_IN(buffer, STAGE_HOLE + 0x7b9, 3), { SYNC, .esr = 0x90000007, .hpfar = 0x30 } },
        { OP_COPY_OUT(0x1ff7b9, buffer, 64), { SYNC, .esr = 0x90000007, .hpfar = 0x1ff0 } },
};

START_TEST(abort_at_a_hole)
{
        expect_abort(&at_holes[_i], &plain);
}
END_TEST

START_TEST(abort_at_a_hole_as_deployed_monitors_show_it)
{
        expect_abort(&at_holes[_i], &(const struct rmmsim_config){ .profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE });
}
END_TEST

/* A large hole, at the levels where the walk ends. */
START_TEST(abort_shows_the_level)
{
        struct stage stage;

        memset(&stage, 0, sizeof(stage));
        stage.world = world_create();
        realm_new(&stage.realm, stage.world, NULL);
        realm_ram(&stage.realm, 0, MIB2);
        realm_data(&stage.realm, REALM_PC, 0xd6);
        expect_success(stage.world, rmi_rtt_init_ripas, .rd = stage.realm.rd, .base = 0x200000, .top = 0x400000);
        expect_success(stage.world, rmi_rtt_init_ripas, .rd = stage.realm.rd, .base = 0x40000000, .top = 0x80000000);
        realm_rec(&stage.realm, true, REALM_PC);
        rmmsim_guest_bind_step(stage.world->sim, stage.realm.rd, REALM_PC, script_step, &stage.script);
        realm_activate(&stage.realm);
        stage_play(&stage, OP_LOAD(0x3fff48, 4, 0), OP_FETCH(0x7fffe004));
        stage_expect(&stage, SYNC, .esr = 0x90000006, .hpfar = 0x3ff0);
        realm_data_unknown(&stage.realm, 0x3ff000);
        stage_expect(&stage, SYNC, .esr = 0x80000005, .hpfar = 0x7fffe0);
        stage_destroy(&stage);
}
END_TEST

/* Memory that the host took away is DESTROYED: the same exits, and not the Realm's mistake. */
START_TEST(abort_at_destroyed_memory)
{
        struct stage stage;

        stage_create(&stage, &plain);
        expect_success(stage.world, rmi_data_destroy, .rd = stage.realm.rd, .ipa = STAGE_DATA);
        stage_play(&stage, OP_LOAD(STAGE_DATA, 8, 3));
        stage_expect(&stage, SYNC, .esr = 0x90000007, .hpfar = 0x20);
        realm_data_unknown(&stage.realm, STAGE_DATA); /* ASSIGNED, DESTROYED */
        stage_expect(&stage, SYNC, .esr = 0x90000007, .hpfar = 0x20);
        stage_destroy(&stage);
}
END_TEST

/* The worked example but for FAR, which is the IPA here and so aligned: a store of W5 at level 3. And its neighbours. */
static const struct abort at_devices[] = {
        { OP_STORE(0x8000005dec, 4, 5, 0xfedcba9876543210),
          { SYNC, .esr = 0x91800047, .far = 0xdec, .hpfar = 0x80000050, .gprs[0] = 0x76543210 } },
        { OP_STORE(0x8000005ded, 1, 5, 0xfedcba9876543210),
          { SYNC, .esr = 0x91000047, .far = 0xded, .hpfar = 0x80000050, .gprs[0] = 0x10 } },
        { OP_STORE(0x8000005dee, 2, 5, 0xfedcba9876543210),
          { SYNC, .esr = 0x91400047, .far = 0xdee, .hpfar = 0x80000050, .gprs[0] = 0x3210 } },
        { OP_STORE(0x8000005de8, 8, 5, 0xfedcba9876543210),
          { SYNC, .esr = 0x91c08047, .far = 0xde8, .hpfar = 0x80000050, .gprs[0] = 0xfedcba9876543210 } },
        { OP_STORE(0x8000005de8, 8, 31, 0), { SYNC, .esr = 0x91c08047, .far = 0xde8, .hpfar = 0x80000050 } },
        { OP_LOAD(0x8000005dec, 4, 5), { SYNC, .esr = 0x91800007, .far = 0xdec, .hpfar = 0x80000050 } },
        { OP_LOAD(0x8000005fff, 1, 31), { SYNC, .esr = 0x91000007, .far = 0xfff, .hpfar = 0x80000050 } },
        /* LDRSH X7: SSE and SRT are not shown, SF is. */
        { OP(.trap = { .kind = RMMSIM_TRAP_LOAD,
                       .ipa = 0x8000005dee,
                       .size = 2,
                       .rt = 7,
                       .isv = true,
                       .sf = true,
                       .sign_extend = true }),
          { SYNC, .esr = 0x91408007, .far = 0xdee, .hpfar = 0x80000050 } },
        /* No table below level 1, and the last page of the IPA space. */
        { OP_LOAD(STAGE_NOTABLE + 0x123458, 8, 5), { SYNC, .esr = 0x91c08005, .far = 0x458, .hpfar = 0x80401230 } },
        { OP_LOAD(STAGE_OUTSIDE - 8, 8, 5), { SYNC, .esr = 0x91c08005, .far = 0xff8, .hpfar = 0xfffffff0 } },
};

START_TEST(abort_at_a_device)
{
        expect_abort(&at_devices[_i], &plain);
}
END_TEST

/* Without a valid syndrome there is nothing to emulate: IL, and no offset. */
static const struct abort at_devices_invalid[] = {
        { OP_COPY_IN(buffer, 0x8000005ded, 3), { SYNC, .esr = 0x92000007, .hpfar = 0x80000050 } },
        { OP_COPY_OUT(0x8000005ded, buffer, 64), { SYNC, .esr = 0x92000007, .hpfar = 0x80000050 } },
        { OP(.trap = { .kind = RMMSIM_TRAP_STORE, .ipa = 0x8000005dec, .size = 4, .rt = 5 }, .x = { 0x55 }),
          { SYNC, .esr = 0x92000007, .hpfar = 0x80000050 } },
};

START_TEST(abort_at_a_device_without_syndrome)
{
        expect_abort(&at_devices_invalid[_i], &plain);
}
END_TEST

START_TEST(abort_at_a_device_without_il)
{
        struct abort abort = at_devices_invalid[_i];

        abort.exit.esr = 0x90000007;
        expect_abort(&abort, QUIRKY(data_abort_il_clear));
}
END_TEST

/* What deployed monitors give away: the offset, and of a write what would be x0 if the syndrome were right. */
START_TEST(abort_at_a_device_shows_too_much)
{
        static const struct abort aborts[] = {
                { OP_COPY_IN(buffer, 0x8000005ded, 3), { SYNC, .esr = 0x90000007, .far = 0xded, .hpfar = 0x80000050 } },
                { OP(.trap = { .kind = RMMSIM_TRAP_STORE, .ipa = 0x8000005dec, .size = 4, .rt = 0 },
                     .x = { 0x12345678 }),
                  { SYNC, .esr = 0x90000047, .far = 0xdec, .hpfar = 0x80000050, .gprs[0] = 0x78 } },
        };

        expect_abort(&aborts[_i], QUIRKY(data_abort_shows_access));
}
END_TEST

/* ---- the bus answers with an error ------------------------------------------------------------------------------------ */

#define NOWHERE UINT64_C(0x40000000)
#define ROGUE   UINT64_C(0xc0000000)

static void map(struct stage *stage, uint64_t ipa, uint64_t pa, uint64_t s2ap)
{
        expect_success(stage->world, rmi_rtt_map_unprotected, .rd = stage->realm.rd, .ipa = ipa, .level = 3,
                       .desc = pa | s2ap << 6 | 6 << 2);
}

/* The host is told, and the Realm takes the abort: it is at its vector when the host sees the exit. */
START_TEST(external_abort)
{
        static const struct abort aborts[] = {
                { OP_LOAD(STAGE_DEVICE + 0xabc, 4, 3), { SYNC, .esr = 0x90000010 } },
                { OP_STORE(STAGE_DEVICE + 0xab0, 8, 3, 5), { SYNC, .esr = 0x90000010 } },
                { OP_COPY_IN(buffer, STAGE_DEVICE + 0xabc, 4), { SYNC, .esr = 0x90000010 } },
        };
        static const uint64_t esr_el1[] = { 0x97830210, 0x97c38250, 0x96000210 };
        struct stage stage;

        stage_create(&stage, &plain);
        map(&stage, STAGE_DEVICE, NOWHERE, 3);
        script_set(&stage.script, &aborts[_i].line, 1);
        stage_expect_exit(&stage, &aborts[_i].exit, __FILE__, __LINE__);
        /* Neither flag answers it. */
        ck_assert_uint_eq(stage_enter(&stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_ERROR_REC);
        stage_run(&stage)->enter.flags = 0;
        stage_finish(&stage);
        stage_expect_exception(&stage, 0, esr_el1[_i], _i == 1 ? STAGE_DEVICE + 0xab0 : STAGE_DEVICE + 0xabc);
        stage_destroy(&stage);
}
END_TEST

static bool rogue_answers;

static void *rogue_page(void *context, uint64_t pa)
{
        static uint8_t page[4096];

        (void)context;
        (void)pa;
        return rogue_answers ? page : NULL;
}

/* A page of the host's own that cannot be reached at the moment. */
START_TEST(external_abort_from_a_callback)
{
        static const struct rmmsim_region regions[] = {
                { .base = WORLD_DRAM_BASE, .size = WORLD_DRAM_SIZE, .kind = RMMSIM_REGION_DRAM },
                { .base = ROGUE, .size = 0x10000, .kind = RMMSIM_REGION_DEVICE, .phys_to_virt = rogue_page },
        };
        struct stage stage;

        stage_create(&stage, &(const struct rmmsim_config){ .regions = regions, .num_regions = 2 });
        map(&stage, STAGE_DEVICE, ROGUE, 3);
        stage_play(&stage, OP_STORE(STAGE_DEVICE + 4, 4, 3, 0x77), OP_LOAD(STAGE_DEVICE + 4, 4, 4));
        stage_expect(&stage, SYNC, .esr = 0x90000010);
        rogue_answers = true;
        stage_finish(&stage);
        ck_assert_int_eq(stage_after(&stage, 0)->result, RMMSIM_GUEST_EXCEPTION);
        ck_assert_int_eq(stage_after(&stage, 1)->result, 0);
        ck_assert_uint_eq(stage_after(&stage, 1)->x[4], 0); /* the store that aborted was not done */
        stage_destroy(&stage);
}
END_TEST

/* A page that is not Non-secure: the Realm sees the Granule Protection Fault, the host sees nothing. */
START_TEST(granule_protection_fault)
{
        struct stage stage;
        uint64_t page;

        stage_create(&stage, &plain);
        page = world_page(stage.world);
        map(&stage, STAGE_DEVICE, page, 3);
        if (_i == 0) {
                expect_success(stage.world, rmi_granule_delegate, .addr = page);
        } else {
                ck_assert_int_eq(rmmsim_gpt_set(stage.world->sim, page, PAGE,
                                                _i == 1 ? RMMSIM_GPT_GPT_SECURE : RMMSIM_GPT_GPT_ROOT),
                                 0);
        }
        stage_play(&stage, OP_LOAD(STAGE_DEVICE + 0x10, 8, 3), OP_STORE(STAGE_DEVICE + 0x10, 8, 3, 1),
                   OP_COPY_IN(buffer, STAGE_DEVICE + 0x11, 4));
        stage_finish(&stage);
        stage_expect_exception(&stage, 0, 0x96000028, STAGE_DEVICE + 0x10);
        ck_assert_uint_eq(stage_after(&stage, 1)->exception.esr, 0x96000068);
        ck_assert_uint_eq(stage_after(&stage, 2)->exception.esr, 0x96000028);
        ck_assert_uint_eq(stage_after(&stage, 2)->exception.far, STAGE_DEVICE + 0x11);
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("aborts");
        TCase *aborts = tcase_create("aborts");

        tcase_add_loop_test(aborts, abort_at_a_hole, 0, 6);
        tcase_add_loop_test(aborts, abort_at_a_hole_as_deployed_monitors_show_it, 0, 6);
        tcase_add_test(aborts, abort_shows_the_level);
        tcase_add_test(aborts, abort_at_destroyed_memory);
        tcase_add_loop_test(aborts, abort_at_a_device, 0, sizeof(at_devices) / sizeof(at_devices[0]));
        tcase_add_loop_test(aborts, abort_at_a_device_without_syndrome, 0, 3);
        tcase_add_loop_test(aborts, abort_at_a_device_without_il, 0, 3);
        tcase_add_loop_test(aborts, abort_at_a_device_shows_too_much, 0, 2);
        tcase_add_loop_test(aborts, external_abort, 0, 3);
        tcase_add_test(aborts, external_abort_from_a_callback);
        tcase_add_loop_test(aborts, granule_protection_fault, 0, 3);
        suite_add_tcase(suite, aborts);
        return run_suite(suite);
}
