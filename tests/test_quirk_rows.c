/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_quirk_rows.c - the rows that say which conditions a quirk brings into force or moves, held against what the RMM does: each call
 * here is made in an instance without the quirk and in one with it, and the condition refuses it in one of them only.
 */
#include "bits.h"
#include "world.h"
#include <rmmsim/spec.h>
#include <rmmsim/world.h>
#include <string.h>

struct trial {
        const char *quirk;
        const char *command;
        const char *condition;
        bool with;                                /* the condition holds with the quirk, or else without it */
        void (*host)(struct rmmsim_world *world); /* makes the call, or what has to be before the guest does */
        struct rmmsim_regs guest;                 /* the guest's call, if it is one of the Realm             */
};

/* ---- calls of the host ------------------------------------------------------------------------------------------------ */

enum {
        LOADED = 0x1000 /* what the guest loads from if it has no call to make */
};

static void data_flags(struct rmmsim_world *world)
{
        rmmsim_call(world->sim, 0, rmi_data_create, .rd = world->rd, .flags = 2);
}

static void init_ripas_base(struct rmmsim_world *world)
{
        rmmsim_call(world->sim, 0, rmi_rtt_init_ripas, .rd = world->rd, .base = 0x800, .top = 0x2000);
}

static struct rmmsim_rec_run *run_page(const struct rmmsim_world *world)
{
        return rmmsim_host_pointer(world->sim, world->runs[0], RMMSIM_GRANULE_SIZE);
}

static void enter(struct rmmsim_world *world)
{
        rmmsim_call(world->sim, 0, rmi_rec_enter, .rec = world->recs[0], .run_ptr = world->runs[0]);
}

/* The REC never ran, so nothing is to be answered by an SEA. */
static void inject_sea(struct rmmsim_world *world)
{
        run_page(world)->enter.flags = RMMSIM_ENTER_INJECT_SEA;
        enter(world);
}

/* State 0, but HW is 1. */
static void inactive_lr(struct rmmsim_world *world)
{
        run_page(world)->enter.gicv3_lrs[0] = BIT(61) | 5;
        enter(world);
}

/* A PMU without counters; what comes after params_supp would refuse the rest, as there are no root tables. */
static void pmu_without_counters(struct rmmsim_world *world)
{
        struct rmmsim_realm_params *params = rmmsim_host_pointer(world->sim, world->runs[0], RMMSIM_GRANULE_SIZE);
        uint64_t rd = rmmsim_world_page(world);

        *params =
                (struct rmmsim_realm_params){ .flags = RMMSIM_REALM_FLAG_PMU, .s2sz = 40, .num_bps = 1, .num_wps = 1 };
        rmmsim_call(world->sim, 0, rmi_granule_delegate, .addr = rd);
        rmmsim_call(world->sim, 0, rmi_realm_create, .rd = rd, .params_ptr = world->runs[0]);
}

static void destroy_target(struct rmmsim_world *world)
{
        rmmsim_call(world->sim, 0, rmi_rec_destroy, .rec = world->recs[1]);
        enter(world);
}

/* The guest has asked for another RIPAS of this range, which its host now serves. */
static void serve_ripas(struct rmmsim_world *world)
{
        const struct rmmsim_rec_exit *exit = &run_page(world)->exit;

        enter(world);
        ck_assert_uint_eq(exit->exit_reason, RMMSIM_EXIT_RIPAS_CHANGE);
        rmmsim_call(world->sim, 0, rmi_rtt_set_ripas, .rd = world->rd, .rec = world->recs[0], .base = exit->ripas_base,
                    .top = exit->ripas_top);
}

/* The guest loads from a page that was taken away, and the host claims to have emulated that. */
static void emulate_protected(struct rmmsim_world *world)
{
        rmmsim_call(world->sim, 0, rmi_data_destroy, .rd = world->rd, .ipa = LOADED);
        enter(world);
        ck_assert_uint_eq(run_page(world)->exit.esr >> 26, 0x24);
        run_page(world)->enter.flags = RMMSIM_ENTER_EMUL_MMIO;
        enter(world);
}

/* ---- calls on a Realm that is being built ------------------------------------------------------------------------------ */

static uint64_t delegated_page(struct rmmsim_world *world)
{
        uint64_t page = rmmsim_world_page(world);

        ck_assert_uint_eq(rmmsim_call(world->sim, 0, rmi_granule_delegate, .addr = page).x[0], 0);
        return page;
}

static uint64_t new_realm(struct rmmsim_world *world)
{
        struct rmmsim_realm_params *params = rmmsim_host_pointer(world->sim, world->runs[0], RMMSIM_GRANULE_SIZE);
        uint64_t rd = delegated_page(world);

        *params = (struct rmmsim_realm_params){
                .s2sz = 40, .num_bps = 1, .num_wps = 1, .vmid = 9, .rtt_base = delegated_page(world), .rtt_num_start = 1
        };
        ck_assert_uint_eq(rmmsim_call(world->sim, 0, rmi_realm_create, .rd = rd, .params_ptr = world->runs[0]).x[0], 0);
        return rd;
}

/* Bit 4 of an MPIDR is in no field. */
static void stray_mpidr(struct rmmsim_world *world)
{
        struct rmmsim_rec_params *params = rmmsim_host_pointer(world->sim, world->runs[1], RMMSIM_GRANULE_SIZE);
        uint64_t rd = new_realm(world);

        *params = (struct rmmsim_rec_params){ .mpidr = 0x10 };
        params->num_aux = rmmsim_call(world->sim, 0, rmi_rec_aux_count, .rd = rd).x[1];
        for (unsigned i = 0; i < params->num_aux; i++) {
                params->aux[i] = delegated_page(world);
        }
        rmmsim_call(world->sim, 0, rmi_rec_create, .rd = rd, .rec = delegated_page(world),
                    .params_ptr = world->runs[1]);
}

/* A table that is destroyed leaves DESTROYED behind, in an entry of level 0. */
static void init_destroyed(struct rmmsim_world *world)
{
        uint64_t rd = new_realm(world);

        rmmsim_call(world->sim, 0, rmi_rtt_create, .rd = rd, .rtt = delegated_page(world), .ipa = 0, .level = 1);
        rmmsim_call(world->sim, 0, rmi_rtt_destroy, .rd = rd, .ipa = 0, .level = 1);
        rmmsim_call(world->sim, 0, rmi_rtt_init_ripas, .rd = rd, .base = 0, .top = BIT(39));
}

/* ---- the trials ------------------------------------------------------------------------------------------------------- */

#define CPU_ON(target)                                                                                                 \
        {                                                                                                              \
                {                                                                                                      \
                        RMMSIM_PSCI_CPU_ON, target                                                                     \
                }                                                                                                      \
        }
#define AFFINITY_INFO(target, level)                                                                                   \
        {                                                                                                              \
                {                                                                                                      \
                        RMMSIM_PSCI_AFFINITY_INFO, target, level                                                       \
                }                                                                                                      \
        }
#define FEATURES(fid)                                                                                                  \
        {                                                                                                              \
                {                                                                                                      \
                        RMMSIM_PSCI_FEATURES, fid                                                                      \
                }                                                                                                      \
        }
#define EMPTY(base, top)                                                                                               \
        {                                                                                                              \
                {                                                                                                      \
                        0xC4000197, base, top, RMMSIM_RIPAS_EMPTY                                                      \
                }                                                                                                      \
        }

static const struct trial trials[] = {
        { "data_flags_checked", "RMI_DATA_CREATE", "flags_valid", true, data_flags, { { 0 } } },
        { "init_ripas_base_input", "RMI_RTT_INIT_RIPAS", "base_gran_align", true, init_ripas_base, { { 0 } } },
        { "inject_sea_checked", "RMI_REC_ENTER", "rec_sea", true, inject_sea, { { 0 } } },
        { "gic_inactive_lr_unchecked", "RMI_REC_ENTER", "rec_gicv3", false, inactive_lr, { { 0 } } },
        { "pmu_zero_counters_refused", "RMI_REALM_CREATE", "params_supp", true, pmu_without_counters, { { 0 } } },
        { "psci_destroyed_recs_count", "PSCI_CPU_ON", "mpidr", false, destroy_target, CPU_ON(1) },
        { "psci_destroyed_recs_count", "PSCI_AFFINITY_INFO", "mpidr", false, destroy_target, AFFINITY_INFO(1, 0) },
        { "psci_mpidr_masked", "PSCI_CPU_ON", "mpidr", false, enter, CPU_ON(0x80000001) },
        { "psci_mpidr_masked", "PSCI_AFFINITY_INFO", "mpidr", false, enter, AFFINITY_INFO(0xf1, 0) },
        { "psci_level_wide", "PSCI_AFFINITY_INFO", "level", true, enter, AFFINITY_INFO(1, UINT64_C(1) << 32) },
        { "psci_smc32", "PSCI_FEATURES", "func_id", false, enter, FEATURES(0x84000003) },
        { "psci_features_hides_version", "PSCI_FEATURES", "func_id", true, enter, FEATURES(0x84000000) },
        { "emul_mmio_any_abort", "RMI_REC_ENTER", "rec_mmio", false, emulate_protected, { { 0 } } },
        { "mpidr_sbz_checked", "RMI_REC_CREATE", "mpidr_index", true, stray_mpidr, { { 0 } } },
        { "init_ripas_stops", "RMI_RTT_INIT_RIPAS", "no_progress", true, init_destroyed, { { 0 } } },
        /* Both begin in an entry of 2 MiB that is EMPTY already. */
        { "set_ripas_progress", "RMI_RTT_SET_RIPAS", "no_progress", true, serve_ripas, EMPTY(0x200000, 0x201000) },
        { "set_ripas_progress", "RMI_RTT_SET_RIPAS", "base_align", true, serve_ripas, EMPTY(0x201000, 0x202000) },
        { "ipa_state_set_words",
          "RSI_IPA_STATE_SET",
          "ripas_valid",
          true,
          enter,
          { { 0xC4000197, 0, 0x1000, 0x101 } } },
};

/* ---- trying ----------------------------------------------------------------------------------------------------------- */

struct asked {
        struct rmmsim_regs regs;
        bool refused; /* by the condition */
        const struct trial *trial;
};

static bool is_why(const struct rmmsim_refusal *why, const struct trial *trial)
{
        return why != NULL && strcmp(why->command, trial->command) == 0 &&
               strcmp(why->condition, trial->condition) == 0;
}

/* A call that exits is not refused. */
static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct asked *asked = arg;
        uint64_t value;

        if (asked->regs.x[0] == 0) {
                (void)rmmsim_guest_load(vcpu, LOADED, 8, &value);
                return;
        }
        rmmsim_guest_smc(vcpu, &asked->regs);
        asked->refused = is_why(rmmsim_guest_why(vcpu), asked->trial);
}

/* Does the condition refuse the call in an instance with these quirks? */
static bool is_refused(const struct trial *trial, uint64_t quirks)
{
        struct rmmsim_config config = { .quirks = quirks };
        struct asked asked = { .regs = trial->guest, .trial = trial };
        struct rmmsim_world_shape shape = {
                .config = &config, .num_recs = 2, .num_pages = 2, .guest = guest, .arg = &asked
        };
        struct rmmsim_world world;

        ck_assert_int_eq(rmmsim_world_create(&world, &shape, NULL), 0);
        trial->host(&world);
        if (strncmp(trial->command, "RMI", 3) == 0) {
                asked.refused = is_why(rmmsim_why(world.sim, 0), trial);
        }
        rmmsim_world_destroy(&world);
        return asked.refused;
}

static const struct rmmsim_spec_variation *row_of(const struct trial *trial)
{
        const struct rmmsim_spec_variation *row;

        for (uint32_t i = 0; (row = rmmsim_spec_variation(i)) != NULL; i++) {
                if (row->condition != NULL && strcmp(row->quirk->name, trial->quirk) == 0 &&
                    strcmp(row->command, trial->command) == 0 && strcmp(row->condition, trial->condition) == 0) {
                        break;
                }
        }
        return row;
}

START_TEST(a_quirk_moves_the_condition_of_its_row)
{
        const struct trial *trial = &trials[_i];
        const struct rmmsim_spec_variation *row = row_of(trial);

        ck_assert_msg(row != NULL, "no row says that %s moves %s", trial->quirk, trial->condition);
        ck_assert_msg(is_refused(trial, row->quirk->value) == trial->with, "with %s: %s", trial->quirk,
                      trial->condition);
        ck_assert_msg(is_refused(trial, 0) != trial->with, "without %s: %s", trial->quirk, trial->condition);
        ck_assert(!row->brings || trial->with);
}
END_TEST

/* None of the others brings it, so that the row names the right one. */
START_TEST(no_other_quirk_does)
{
        const struct trial *trial = &trials[_i];
        uint64_t all = rmmsim_spec_profile_by_name("RMM_1_0_REFERENCE")->quirks;

        ck_assert_msg(is_refused(trial, all & ~row_of(trial)->quirk->value) != trial->with, "without %s: %s",
                      trial->quirk, trial->condition);
}
END_TEST

/* What no single call shows: one needs a target that is on its way out, the other a request that PSCI_CPU_ON refuses without the quirk. */
static bool is_left_out(const struct rmmsim_spec_variation *row)
{
        return strcmp(row->command, "RMI_PSCI_COMPLETE") == 0 &&
               (strcmp(row->condition, "status") == 0 || strcmp(row->condition, "target") == 0);
}

START_TEST(each_condition_that_a_row_names_was_tried)
{
        const struct rmmsim_spec_variation *row;

        for (uint32_t i = 0; (row = rmmsim_spec_variation(i)) != NULL; i++) {
                bool tried = row->condition == NULL || is_left_out(row);

                for (unsigned j = 0; j < ARRAY_SIZE(trials); j++) {
                        tried = tried || row_of(&trials[j]) == row;
                }
                ck_assert_msg(tried, "%s %s: not tried", row->quirk->name, row->condition);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("quirk_rows");
        TCase *tc = tcase_create("rows");

        tcase_add_loop_test(tc, a_quirk_moves_the_condition_of_its_row, 0, ARRAY_SIZE(trials));
        tcase_add_loop_test(tc, no_other_quirk_does, 0, ARRAY_SIZE(trials));
        tcase_add_test(tc, each_condition_that_a_row_names_was_tried);
        suite_add_tcase(suite, tc);
        return run_suite(suite);
}
