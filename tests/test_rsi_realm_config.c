/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_realm_config.c - a Realm reads how it was made, into a page of its own that may not be there.
 *
 * Specification: RSI_REALM_CONFIG, RsiRealmConfig; rec sheet sections 1.6, 2.3, 3.2.
 */
#include "puppet.h"
#include <string.h>

#define BUFFER UINT64_C(0x3000)

static struct puppets puppets;

static void create(uint64_t quirks, const struct realm_shape *realm)
{
        struct puppet_shape shape = { .realm = *realm };

        for (unsigned i = 0; i < 64; i++) {
                shape.realm.rpv[i] = (uint8_t)(0xe0 ^ i);
        }
        puppets_create(&puppets, world_create_with(&(struct rmmsim_config){ .quirks = quirks }), &shape);
}

static void create_plain(uint64_t quirks)
{
        create(quirks, &(struct realm_shape){ 0 });
        realm_data_unknown(&puppets.realm, BUFFER);
}

static void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

static uint8_t page[4096];

/* The page as the guest finds it: the fields, and `filler` everywhere else. */
static void expect_config(uint64_t ipa_width, uint8_t hash_algo, uint8_t filler)
{
        uint8_t expected[4096];

        memset(expected, filler, sizeof(expected));
        for (unsigned i = 0; i < 8; i++) {
                expected[i] = (uint8_t)(ipa_width >> 8 * i);
        }
        expected[8] = hash_algo;
        for (unsigned i = 0; i < 64; i++) {
                expected[0x200 + i] = (uint8_t)(0xe0 ^ i);
        }
        puppet_peek(&puppets, 0, BUFFER, page, sizeof(page));
        ck_assert_mem_eq(page, expected, sizeof(page));
}

static void read_config_over(uint8_t filler)
{
        memset(page, filler, sizeof(page));
        puppet_poke(&puppets, 0, BUFFER, page, sizeof(page));
        ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_realm_config, .addr = BUFFER), RMMSIM_RSI_SUCCESS);
}

START_TEST(fields_and_padding)
{
        create_plain(0);
        read_config_over(0xff);
        expect_config(40, RMMSIM_HASH_SHA_256, 0);
        destroy();
}
END_TEST

START_TEST(padding_is_kept_by_deployed_monitors)
{
        create_plain(RMMSIM_QUIRK_realm_config_keeps_padding);
        read_config_over(0xb7);
        expect_config(40, RMMSIM_HASH_SHA_256, 0xb7);
        destroy();
}
END_TEST

/* Another width, another hash, and tables that begin at level 1. */
START_TEST(fields_of_another_realm)
{
        create(0, &(struct realm_shape){
                          .s2sz = 36, .level_start = 1, .level_start_set = true, .hash_algo = RMMSIM_HASH_SHA_512 });
        realm_data_unknown(&puppets.realm, BUFFER);
        read_config_over(0x11);
        expect_config(36, RMMSIM_HASH_SHA_512, 0);
        world_destroy(puppets.world);
}
END_TEST

START_TEST(conditions)
{
        static const struct {
                uint64_t addr;
                const char *condition;
        } rows[] = {
                { BUFFER + 1, "addr_align" },
                { BUFFER + 0x800, "addr_align" },
                { UINT64_C(1) << 39, "addr_bound" },          /* the first Unprotected IPA     */
                { (UINT64_C(1) << 40) - PAGE, "addr_bound" }, /* the last of the IPA space     */
                { UINT64_C(1) << 40, "addr_bound" },          /* outside                       */
                { UINT64_C(0xfffffffffffff000), "addr_bound" },
                { MIB2, "addr_empty" },                       /* RIPAS EMPTY, no memory        */
                { (UINT64_C(1) << 39) - PAGE, "addr_empty" }, /* the last Protected IPA        */
        };

        create_plain(0);
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_realm_config, .addr = rows[i].addr),
                                  RMMSIM_RSI_ERROR_INPUT);
                puppet_expect_why(&puppets, 0, "RSI_REALM_CONFIG", rows[i].condition);
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_register, 1);
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_value, rows[i].addr);
        }
        destroy();
}
END_TEST

/* Memory that the Realm has made EMPTY counts as absent, and keeps its contents. */
START_TEST(assigned_empty_is_the_realms_own_mistake)
{
        struct rmmsim_rec_exit *exit;

        create_plain(0);
        exit = puppet_exit(&puppets, 0, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = BUFFER,
                           .top = BUFFER + PAGE, .ripas = RMMSIM_RIPAS_EMPTY);
        expect_success(puppets.world, rmi_rtt_set_ripas, .rd = puppets.realm.rd, .rec = puppets.realm.recs[0],
                       .base = exit->ripas_base, .top = exit->ripas_top);
        puppet_answer(&puppets, 0);
        ck_assert_uint_eq(puppet_x0(&puppets, 0, rsi_realm_config, .addr = BUFFER), RMMSIM_RSI_ERROR_INPUT);
        puppet_expect_why(&puppets, 0, "RSI_REALM_CONFIG", "addr_empty");
        ck_assert_uint_eq(puppets.puppet[0].refusal.found, RMMSIM_RTTE_ASSIGNED_EMPTY);
        destroy();
}
END_TEST

/* An exit that carries nothing but the abort: translation fault at a level, no access that could be emulated. */
static void expect_abort(const struct rmmsim_rec_exit *exit, unsigned level, uint64_t hpfar)
{
        ck_assert_uint_eq(exit->esr, 0x90000004 + level);
        ck_assert_uint_eq(exit->far, 0);
        ck_assert_uint_eq(exit->hpfar, hpfar);
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_uint_eq(exit->gprs[i], 0);
        }
        ck_assert_uint_eq(exit->ripas_base, 0);
        ck_assert_uint_eq(exit->ripas_top, 0);
        ck_assert_uint_eq(exit->imm, 0);
}

START_TEST(unmapped_makes_the_host_provide_the_page)
{
        create_plain(0);
        expect_abort(puppet_exit(&puppets, 0, RMMSIM_EXIT_SYNC, rsi_realm_config, .addr = 0x10000), 3, 0x100);
        /* As long as the page is missing the call is made again and again; it is no access that the host can answer. */
        expect_abort(puppet_expect(&puppets, 0, RMMSIM_EXIT_SYNC), 3, 0x100);
        puppet_run(&puppets, 0)->enter.flags |= RMMSIM_ENTER_EMUL_MMIO;
        puppet_refused(&puppets, 0, RMMSIM_RMI_ERROR_REC);
        puppet_run(&puppets, 0)->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        realm_data_unknown(&puppets.realm, 0x10000);
        ck_assert_uint_eq(puppet_answer(&puppets, 0)[0], RMMSIM_RSI_SUCCESS);
        destroy();
}
END_TEST

START_TEST(destroyed_makes_the_host_provide_the_page)
{
        create_plain(0);
        expect_success(puppets.world, rmi_data_destroy, .rd = puppets.realm.rd, .ipa = BUFFER);
        expect_abort(puppet_exit(&puppets, 0, RMMSIM_EXIT_SYNC, rsi_realm_config, .addr = BUFFER), 3, 0x30);
        /* New memory alone does not help: its RIPAS stays DESTROYED until the Realm asks. */
        realm_data_unknown(&puppets.realm, BUFFER);
        expect_abort(puppet_expect(&puppets, 0, RMMSIM_EXIT_SYNC), 3, 0x30);
        destroy();
}
END_TEST

/* RAM without memory, described by an entry of level 2 and by one of level 1. */
static void large_entries(struct realm_world *realm)
{
        expect_success(realm->world, rmi_rtt_init_ripas, .rd = realm->rd, .base = MIB2, .top = 2 * MIB2);
        expect_success(realm->world, rmi_rtt_init_ripas, .rd = realm->rd, .base = 0x40000000, .top = 0x80000000);
}

START_TEST(the_level_is_that_of_the_entry)
{
        const struct puppet_shape shape = { .num_recs = 2, .runnable = 3, .furnish = large_entries };

        puppets_create(&puppets, world_create(), &shape);
        expect_abort(puppet_exit(&puppets, 0, RMMSIM_EXIT_SYNC, rsi_realm_config, .addr = 0x3ff000), 2, 0x3ff0);
        expect_abort(puppet_exit(&puppets, 1, RMMSIM_EXIT_SYNC, rsi_realm_config, .addr = 0x7ffff000), 1, 0x7ffff0);
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_realm_config");
        TCase *tcase = tcase_create("rsi_realm_config");

        tcase_add_test(tcase, fields_and_padding);
        tcase_add_test(tcase, padding_is_kept_by_deployed_monitors);
        tcase_add_test(tcase, fields_of_another_realm);
        tcase_add_test(tcase, conditions);
        tcase_add_test(tcase, assigned_empty_is_the_realms_own_mistake);
        tcase_add_test(tcase, unmapped_makes_the_host_provide_the_page);
        tcase_add_test(tcase, destroyed_makes_the_host_provide_the_page);
        tcase_add_test(tcase, the_level_is_that_of_the_entry);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
