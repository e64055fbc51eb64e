/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_ipa_state_get.c - the Realm asks what its addresses are; it is told of a run of equal ones.
 *
 * The specification only bounds the run: base < out_top <= top. How far deployed monitors look, within one table, is what
 * Realms know, so the worked examples of the sheet are the measure here.
 * Specification: RSI_IPA_STATE_GET; rec sheet section 3.2, RTT sheet section 4.2.
 */
#include "puppet.h"

#define PAR_TOP (UINT64_C(1) << 39)
#define GIB     UINT64_C(0x40000000)

static struct puppets puppets;

static void ram_block(struct realm_world *realm)
{
        expect_success(realm->world, rmi_rtt_init_ripas, .rd = realm->rd, .base = GIB, .top = 2 * GIB);
}

/*
 * The Realm of the worked examples: RAM in [0, 0x20000), a level 3 table for the first 2 MiB, a level 2 table for the first
 * GiB, an entry of level 1 with RAM at [1 GiB, 2 GiB). Page 0x6000 is DESTROYED, 0x7000 too but with new memory.
 */
static void create(void)
{
        const struct puppet_shape shape = { .ram_top = 0x20000, .furnish = ram_block };
        struct world *world = world_create();

        puppets_create(&puppets, world, &shape);
        for (uint64_t ipa = 0x6000; ipa < 0x8000; ipa += PAGE) {
                realm_data_unknown(&puppets.realm, ipa);
                expect_success(world, rmi_data_destroy, .rd = puppets.realm.rd, .ipa = ipa);
        }
        realm_data_unknown(&puppets.realm, 0x7000);
}

static void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

static void expect_get(uint64_t base, uint64_t top, uint64_t out_top, uint64_t ripas)
{
        const uint64_t out[] = { 0, out_top, ripas };

        puppet_call(&puppets, 0, rsi_ipa_state_get, .base = base, .top = top);
        puppet_expect_registers(&puppets, 0, out, 3, 16);
}

START_TEST(runs)
{
        static const struct {
                uint64_t base, top, out_top, ripas;
        } rows[] = {
                { 0x8000, 0x21000, 0x20000, RMMSIM_RIPAS_RAM },
                { 0x20000, 0x201000, 0x200000, RMMSIM_RIPAS_EMPTY }, /* to the end of the table           */
                { 0x200000, GIB, GIB, RMMSIM_RIPAS_EMPTY },          /* entries of level 2                */
                { GIB + PAGE, 2 * GIB, 2 * GIB, RMMSIM_RIPAS_RAM },  /* base inside an entry of level 1   */
                { GIB, 3 * GIB, 2 * GIB, RMMSIM_RIPAS_RAM },
                { GIB, GIB + PAGE, GIB + PAGE, RMMSIM_RIPAS_RAM }, /* top inside it                     */
                { 2 * GIB, PAR_TOP, PAR_TOP, RMMSIM_RIPAS_EMPTY },
                { PAR_TOP - PAGE, PAR_TOP, PAR_TOP, RMMSIM_RIPAS_EMPTY },
                { 0x1000, 0x8000, 0x6000, RMMSIM_RIPAS_RAM }, /* with and without memory           */
                { 0, 0x8000, 0x6000, RMMSIM_RIPAS_RAM },
                { 0x5000, 0x6000, 0x6000, RMMSIM_RIPAS_RAM },
                { 0x6000, 0x20000, 0x8000, RMMSIM_RIPAS_DESTROYED }, /* without and with memory           */
                { 0x6000, 0x7000, 0x7000, RMMSIM_RIPAS_DESTROYED },
                { 0x1ff000, 0x200000, 0x200000, RMMSIM_RIPAS_EMPTY }, /* the last entry of a table         */
                { 0x1ff000, 0x400000, 0x200000, RMMSIM_RIPAS_EMPTY },
        };

        create();
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                expect_get(rows[i].base, rows[i].top, rows[i].out_top, rows[i].ripas);
        }
        destroy();
}
END_TEST

/* A run ends before an entry that is a table, whatever stands in it. */
START_TEST(runs_end_before_a_table)
{
        create();
        expect_get(MIB2, 4 * MIB2, 4 * MIB2, RMMSIM_RIPAS_EMPTY);
        realm_map_tables(&puppets.realm, 3 * MIB2, 3);
        expect_get(MIB2, 4 * MIB2, 3 * MIB2, RMMSIM_RIPAS_EMPTY);
        expect_get(3 * MIB2, 5 * MIB2, 4 * MIB2, RMMSIM_RIPAS_EMPTY);
        destroy();
}
END_TEST

/* Root tables may be concatenated; a run stays within one of them. 41 bits from level 1 are four roots of 512 GiB. */
START_TEST(runs_end_with_a_root_table)
{
        const struct puppet_shape shape = {
                .realm = { .s2sz = 41, .level_start = 1, .level_start_set = true, .num_start = 4 }
        };
        struct world *world = world_create();

        puppets_create(&puppets, world, &shape);
        expect_get(PAR_TOP - GIB, PAR_TOP + GIB, PAR_TOP, RMMSIM_RIPAS_EMPTY);
        expect_get(PAR_TOP, 2 * PAR_TOP, 2 * PAR_TOP, RMMSIM_RIPAS_EMPTY);
        world_destroy(world);
}
END_TEST

START_TEST(conditions)
{
        static const struct {
                uint64_t base, top;
                const char *condition;
        } rows[] = {
                { 0x1001, 0x3000, "base_align" },
                { 0x1000, 0x3001, "end_align" },
                { 0x1000, 0x3800, "end_align" },
                { 0x3000, 0x3000, "size_valid" },
                { 0x3000, 0x2000, "size_valid" },
                { 0x3000, 0, "size_valid" },
                { PAR_TOP - PAGE, PAR_TOP + PAGE, "rgn_bound" },
                { PAR_TOP, PAR_TOP + PAGE, "rgn_bound" },
                { 0, UINT64_C(0xfffffffffffff000), "rgn_bound" },
        };

        create();
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint64_t x0 = puppet_x0(&puppets, 0, rsi_ipa_state_get, .base = rows[i].base, .top = rows[i].top);

                ck_assert_uint_eq(x0, RMMSIM_RSI_ERROR_INPUT);
                puppet_expect_why(&puppets, 0, "RSI_IPA_STATE_GET", rows[i].condition);
        }
        destroy();
}
END_TEST

/* Walk the Protected half as a Realm does, from out_top to out_top: nothing is left out, and it comes to an end. */
START_TEST(the_runs_cover_everything)
{
        uint64_t base = 0;
        unsigned calls = 0;

        create();
        while (base != PAR_TOP) {
                const uint64_t *x = puppet_call(&puppets, 0, rsi_ipa_state_get, .base = base, .top = PAR_TOP);

                ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
                ck_assert(x[1] > base && x[1] <= PAR_TOP);
                base = x[1];
                calls++;
        }
        /* RAM, DESTROYED, RAM, EMPTY; level 2; RAM, EMPTY at level 1. */
        ck_assert_uint_eq(calls, 7);
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_ipa_state_get");
        TCase *tcase = tcase_create("rsi_ipa_state_get");

        tcase_add_test(tcase, runs);
        tcase_add_test(tcase, runs_end_before_a_table);
        tcase_add_test(tcase, runs_end_with_a_root_table);
        tcase_add_test(tcase, conditions);
        tcase_add_test(tcase, the_runs_cover_everything);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
