/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_audit_states.c - the audit finds nothing where nothing is wrong, in as many states as a machine can be brought to;
 * and nothing that it finds makes it fall over.
 */
#include "audit.h"
#include "audit_claims.h"
#include "rec.h"
#include "rtt.h"
#include "sim.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TOKEN_IPA UINT64_C(0x2000)
#define CALL_IPA  UINT64_C(0x3100)

static void expect_sound(struct world *world)
{
        struct rmmsim_report report;

        ck_assert_msg(rmmsim_audit(world->sim, &report) == 0, "%s: %s", report.invariant, report.text);
        ck_assert_str_eq(report.invariant, "");
        ck_assert_str_eq(report.text, "");
}

/* ---- a Realm's life ------------------------------------------------------------------------------------------------- */

/* One exit of every kind that leaves something pending; the audit runs inside as well. */
static void busy_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct world *world = arg;
        uint64_t value;

        expect_sound(world);
        rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1, .entry_point_address = REALM_PC);
        rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = 1);
        rmmsim_guest_call(vcpu, rsi_host_call, .addr = CALL_IPA);
        rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = 0x10000, .top = 0x20000, .ripas = RMMSIM_RIPAS_EMPTY);
        rmmsim_guest_load(vcpu, BIT(39) + 0x1000, 4, &value);
        rmmsim_guest_call(vcpu, rsi_measurement_extend, .index = 1, .size = 8, .value_0 = 42);
        rmmsim_guest_call(vcpu, rsi_attestation_token_init, .challenge_0 = 1);
        rmmsim_guest_call(vcpu, rsi_attestation_token_continue, .addr = TOKEN_IPA, .size = 100);
        rmmsim_guest_wfi(vcpu);
        while (rmmsim_guest_call(vcpu, rsi_attestation_token_continue, .addr = TOKEN_IPA, .size = PAGE).x[0] ==
               RMMSIM_RSI_INCOMPLETE) {
        }
        expect_sound(world);
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(test_every_exit_leaves_a_sound_machine)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .audit_period = 1 });
        struct realm_world realm;
        uint64_t base;

        realm_new(&realm, world, NULL);
        realm_ram(&realm, 0, MIB2);
        realm_data(&realm, REALM_PC, 0xd6);
        realm_data(&realm, TOKEN_IPA, 0);
        realm_data(&realm, CALL_IPA & ~(PAGE - 1), 0);
        realm_rec(&realm, true, REALM_PC);
        realm_rec(&realm, false, REALM_PC);
        rmmsim_guest_bind(world->sim, realm.rd, REALM_PC, busy_guest, world);
        realm_activate(&realm);

        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        expect_sound(world);
        expect_success(world, rmi_psci_complete, .calling_rec = realm.recs[0], .target_rec = realm.recs[1]);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        expect_success(world, rmi_psci_complete, .calling_rec = realm.recs[0], .target_rec = realm.recs[1]);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_HOST_CALL);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_RIPAS_CHANGE);
        for (base = 0x10000; base < 0x20000;) {
                struct rmmsim_regs regs = call_regs(world, rmi_rtt_set_ripas, .rd = realm.rd, .rec = realm.recs[0],
                                                    .base = base, .top = min_u64(base + 3 * PAGE, 0x20000));

                expect_x0(world, RMMSIM_RMI_SUCCESS, regs.x[0]);
                base = regs.x[1];
        }
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC);
        expect_sound(world);
        realm_run(&realm, 0)->enter.flags = RMMSIM_ENTER_EMUL_MMIO;
        expect_x0(world, RMMSIM_RMI_SUCCESS, realm_enter(&realm, 0));
        ck_assert_uint_eq(realm_run(&realm, 0)->exit.exit_reason, RMMSIM_EXIT_IRQ);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

/* Blocks of 2 MiB of every kind: folded, taken apart, and in use. */
START_TEST(test_blocks)
{
        struct world *world = world_create();
        struct realm_world realm;
        uint64_t block = world_delegated_pages(world, 512, MIB2);
        uint64_t host = world_pages(world, 512, MIB2);

        realm_new(&realm, world, NULL);
        realm_map_tables(&realm, 0, 3);
        realm_map_tables(&realm, BIT(30) - MIB2, 3);
        realm_map_tables(&realm, realm.par_top, 3);
        for (uint64_t i = 0; i < 512; i++) {
                expect_success(world, rmi_data_create_unknown, .rd = realm.rd, .data = block + i * PAGE,
                               .ipa = i * PAGE);
        }
        expect_sound(world);
        expect_success(world, rmi_rtt_fold, .rd = realm.rd, .ipa = 0, .level = 3);
        expect_success(world, rmi_rtt_fold, .rd = realm.rd, .ipa = BIT(30) - MIB2, .level = 3);
        expect_success(world, rmi_rtt_fold, .rd = realm.rd, .ipa = realm.par_top, .level = 3);
        expect_sound(world);
        expect_success(world, rmi_rtt_map_unprotected, .rd = realm.rd, .ipa = realm.par_top, .level = 2,
                       .desc = host | 0xc0 | 6 << 2);
        expect_sound(world);
        realm_activate(&realm);
        expect_success(world, rmi_rtt_create, .rd = realm.rd, .rtt = world_delegated(world), .ipa = 0, .level = 3);
        expect_sound(world);
        expect_success(world, rmi_data_destroy, .rd = realm.rd, .ipa = 7 * PAGE);
        expect_sound(world);
        realm_tear_down(&realm);
        world_destroy(world);
}
END_TEST

static const struct realm_shape shapes[] = {
        { .s2sz = 32, .level_start = 1 },
        { .s2sz = 34, .level_start = 2, .num_start = 16 },
        { .s2sz = 40, .level_start = 1, .num_start = 2, .hash_algo = RMMSIM_HASH_SHA_512 },
        { .s2sz = 48, .flags = RMMSIM_REALM_FLAG_PMU },
        { .s2sz = 48, .flags = RMMSIM_REALM_FLAG_LPA2 },
        { .s2sz = 52, .level_start = -1, .flags = RMMSIM_REALM_FLAG_LPA2 },
        { .s2sz = 52, .num_start = 16, .flags = RMMSIM_REALM_FLAG_LPA2 },
};

/* Tables at both ends of both halves, in Realms of every shape side by side. */
START_TEST(test_shapes)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .features = { .lpa2 = true, .s2sz = 52 } });
        struct realm_world realms[ARRAY_SIZE(shapes)];

        for (unsigned i = 0; i < ARRAY_SIZE(shapes); i++) {
                struct realm_world *realm = &realms[i];

                realm_new(realm, world, &shapes[i]);
                realm_data(realm, 0, (uint8_t)i);
                realm_data_unknown(realm, realm->par_top - PAGE);
                realm_share(realm, realm->par_top);
                realm_share(realm, 2 * realm->par_top - PAGE);
                for (unsigned j = 0; j < i; j++) {
                        realm_rec(realm, j == 0, 0);
                }
                expect_sound(world);
        }
        expect_success(world, rmi_rec_destroy, .rec = realms[6].recs[2]);
        expect_success(world, rmi_rec_destroy, .rec = realms[6].recs[5]);
        expect_sound(world);
        world_destroy(world);
}
END_TEST

/* ---- where things are ----------------------------------------------------------------------------------------------- */

START_TEST(test_counts_objects_in_all_regions)
{
        static const struct rmmsim_region regions[] = {
                { .base = 0x40123000, .size = 0x500000, .kind = RMMSIM_REGION_DRAM },
                { .base = 0x30000000, .size = 0x1000, .kind = RMMSIM_REGION_DEVICE },
                { .base = 0x40000000, .size = 0x123000, .kind = RMMSIM_REGION_DRAM },
                { .base = BIT(36), .size = BIT(32), .kind = RMMSIM_REGION_DRAM },
        };
        struct world *world = world_create_with(&(struct rmmsim_config){ .regions = regions, .num_regions = 4 });
        static const uint64_t corners[] = { 0x40000000, 0x40122000, 0x40622000, BIT(36), BIT(36) + BIT(32) - PAGE };
        struct rmmsim_report report;
        struct realm_world realm;
        uint64_t before;

        realm_new(&realm, world, NULL);
        realm_data(&realm, 0, 1);
        realm_rec(&realm, true, 0);
        ck_assert_int_eq(rmmsim_audit(world->sim, &report), 0);
        ck_assert_uint_eq(report.checked, 1 + 4 + 1 + 1 + 16); /* RD, RTTs, DATA, REC, REC_AUX */
        for (unsigned i = 0; i < ARRAY_SIZE(corners); i++) {
                expect_success(world, rmi_granule_delegate, .addr = corners[i]);
        }
        before = world_hash(world);
        ck_assert_int_eq(rmmsim_audit(world->sim, &report), 0);
        ck_assert_uint_eq(report.checked, 23 + ARRAY_SIZE(corners));
        ck_assert_msg(world_hash(world) == before, "the audit wrote to the machine");
        ck_assert_int_eq(rmmsim_audit(world->sim, NULL), 0);
        memset(memory_realm_page(&world->sim->rmm.memory, corners[4]), 1, 1);
        ck_assert_int_eq(rmmsim_audit(world->sim, NULL), RMMSIM_ERROR_AUDIT);
        rmmsim_destroy(world->sim);
        free(world);
}
END_TEST

/* PA 0 is a Granule like any other: once it is an RD, once a REC. */
START_TEST(test_objects_at_zero)
{
        static const struct rmmsim_region region = { .base = 0, .size = 16 * MIB2, .kind = RMMSIM_REGION_DRAM };
        struct world *world = world_create_with(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 });
        bool as_rd = _i == 0;
        struct realm_world realm;

        /* The world took PA 0 for its shared page; give it another, and hand out from PA 0 at the right moment. */
        world->params_pa = region.size - PAGE;
        world->params = world_at(world, world->params_pa);
        world->next_pa = as_rd ? 0 : MIB2;
        realm_new(&realm, world, NULL);
        world->next_pa = as_rd ? MIB2 : 0;
        realm_rec(&realm, true, 0);
        realm_rec(&realm, true, 0);
        ck_assert_uint_eq(as_rd ? realm.rd : realm.recs[0], 0);
        expect_sound(world);
        expect_success(world, rmi_rec_destroy, .rec = realm.recs[0]);
        world_destroy(world);
}
END_TEST

/* ---- a broken machine ----------------------------------------------------------------------------------------------- */

static uint64_t random_state = 1;

static uint64_t draw(uint64_t limit)
{
        random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (random_state >> 33) % limit;
}

static uint64_t any_granule(const struct world *world)
{
        uint64_t pa;

        if (!rmmsim_next_delegated(world->sim, &pa, WORLD_DRAM_BASE + draw(600) * PAGE)) {
                ck_assert(rmmsim_next_delegated(world->sim, &pa, 0));
        }
        return pa;
}

/* A word that might mean something: one from elsewhere in the machine, a PA, a bit, or noise. */
static uint64_t any_word(const struct world *world)
{
        const uint64_t *page = memory_realm_page(&world->sim->rmm.memory, any_granule(world));

        switch (draw(5)) {
        case 0:
                return page[draw(64)];
        case 1:
                return any_granule(world) | draw(4);
        case 2:
                return BIT(draw(64));
        case 3:
                return rtte_make((unsigned)draw(9), (int)draw(4), any_granule(world), false);
        default:
                return draw(BIT(31)) << 33 | draw(BIT(31));
        }
}

/* Whatever stands in the machine, the audit ends, and says so in terms of a row. */
START_TEST(test_survives_anything)
{
        enum {
                ROUNDS = 4000,
                SPOTS = 3
        };
        struct world *world = world_create();
        struct memory *memory = &world->sim->rmm.memory;
        struct realm_world realms[2];
        struct rmmsim_report report;
        unsigned found = 0;

        for (unsigned i = 0; i < 2; i++) {
                realm_new(&realms[i], world, NULL);
                realm_data(&realms[i], 0, 1);
                realm_share(&realms[i], realms[i].par_top);
                realm_rec(&realms[i], true, 0);
                realm_rec(&realms[i], false, 0);
        }
        for (unsigned round = 0; round < ROUNDS; round++) {
                uint64_t spots[SPOTS];
                uint64_t pages[SPOTS][512];
                uint32_t words[SPOTS];

                for (unsigned i = 0; i < SPOTS; i++) {
                        struct granule *granule;
                        uint64_t *page;

                        spots[i] = any_granule(world);
                        granule = memory_granule(memory, spots[i]);
                        page = memory_realm_page(memory, spots[i]);
                        memcpy(pages[i], page, PAGE);
                        words[i] = atomic_load(&granule->word);
                        if (draw(4) == 0) {
                                atomic_store(&granule->word,
                                             (uint32_t)(draw(8) | RMMSIM_GPT_GPT_REALM << GRANULE_GPT_SHIFT));
                        } else {
                                page[draw(2) == 0 ? draw(64) : draw(512)] = any_word(world);
                        }
                }
                if (!audit(&world->sim->rmm, &report)) {
                        found++;
                        ck_assert_uint_ne(strlen(report.invariant), 0);
                        ck_assert_uint_ne(strlen(report.text), 0);
                }
                for (unsigned i = SPOTS; i-- > 0;) {
                        atomic_store(&memory_granule(memory, spots[i])->word, words[i]);
                        memcpy(memory_realm_page(memory, spots[i]), pages[i], PAGE);
                }
        }
        ck_assert_uint_gt(found, ROUNDS / 2);
        world_destroy(world);
}
END_TEST

/* ---- want of memory ------------------------------------------------------------------------------------------------- */

/* Windows that collide in the table are found all the same, and one that was not opened is not found. */
START_TEST(test_windows)
{
        enum {
                COUNT = 1000
        };
        struct claims claims;

        ck_assert(claims_init(&claims, COUNT));
        ck_assert_ptr_null(claims_find(&claims, 0));
        for (uint64_t i = 0; i < COUNT; i++) {
                ck_assert_uint_eq(claims_open(&claims, i * 3 * MIB2 + PAGE)->base, i * 3 * MIB2);
        }
        for (uint64_t i = 0; i < COUNT; i++) {
                ck_assert_ptr_eq(claims_find(&claims, (i * 3 + 1) * MIB2 - 1), &claims.windows[i]);
                ck_assert_ptr_null(claims_find(&claims, (i * 3 + 1) * MIB2));
        }
        ck_assert_uint_eq(claims.num_windows, COUNT);
        claims_free(&claims);
}
END_TEST

START_TEST(test_windows_without_memory)
{
        struct claims claims;

        ck_assert(!claims_init(&claims, SIZE_MAX));
        claims_free(&claims);
}
END_TEST

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

#ifndef SANITIZED
/* A sanitizer's allocator ends the program instead of returning NULL, and Valgrind itself needs memory. */
START_TEST(test_reports_want_of_memory)
{
        static const struct rmmsim_region region = { .base = 0, .size = BIT(34), .kind = RMMSIM_REGION_DRAM };
        struct world *world = world_create_with(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 });
        struct rmmsim_report report;
        struct rlimit before, none;

        for (uint64_t pa = 0; pa < region.size; pa += MIB2) {
                memory_touch(&world->sim->rmm.memory, pa);
        }
        ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
        none = (struct rlimit){ .rlim_cur = 1, .rlim_max = before.rlim_max };
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
        ck_assert(!audit(&world->sim->rmm, &report));
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
        ck_assert_str_eq(report.invariant, "memory");
        world_destroy(world);
}
END_TEST
#endif

int main(void)
{
        Suite *suite = suite_create("audit_states");
        TCase *tcase = tcase_create("audit_states");

        tcase_add_test(tcase, test_every_exit_leaves_a_sound_machine);
        tcase_add_test(tcase, test_blocks);
        tcase_add_test(tcase, test_shapes);
        tcase_add_test(tcase, test_counts_objects_in_all_regions);
        tcase_add_loop_test(tcase, test_objects_at_zero, 0, 2);
        tcase_add_test(tcase, test_survives_anything);
        tcase_add_test(tcase, test_windows);
        tcase_add_test(tcase, test_windows_without_memory);
#ifndef SANITIZED
        if (!RUNNING_ON_VALGRIND) {
                tcase_add_test(tcase, test_reports_want_of_memory);
        }
#endif
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
