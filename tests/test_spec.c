/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_spec.c - <rmmsim/spec.h>: commands, conditions and quirks as data, held against the specification and against the tables that
 * the RMM itself goes by.
 */
#include "bits.h"
#include "command.h"
#include "profile.h"
#include <check.h>
#include <rmmsim/spec.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands, as the specification lists them ---------------------------------------------------------------------- */

static const struct listed {
        uint32_t fid;
        const char *id;
        const char *inputs;
        const char *outputs;
} listed[] = {
        { 0xC4000150, "RMI_VERSION", "req", "lower,higher" },
        { 0xC4000151, "RMI_GRANULE_DELEGATE", "addr", "" },
        { 0xC4000152, "RMI_GRANULE_UNDELEGATE", "addr", "" },
        { 0xC4000153, "RMI_DATA_CREATE", "rd,data,ipa,src,flags", "" },
        { 0xC4000154, "RMI_DATA_CREATE_UNKNOWN", "rd,data,ipa", "" },
        { 0xC4000155, "RMI_DATA_DESTROY", "rd,ipa", "data,top" },
        { 0xC4000157, "RMI_REALM_ACTIVATE", "rd", "" },
        { 0xC4000158, "RMI_REALM_CREATE", "rd,params_ptr", "" },
        { 0xC4000159, "RMI_REALM_DESTROY", "rd", "" },
        { 0xC400015A, "RMI_REC_CREATE", "rd,rec,params_ptr", "" },
        { 0xC400015B, "RMI_REC_DESTROY", "rec", "" },
        { 0xC400015C, "RMI_REC_ENTER", "rec,run_ptr", "" },
        { 0xC400015D, "RMI_RTT_CREATE", "rd,rtt,ipa,level", "" },
        { 0xC400015E, "RMI_RTT_DESTROY", "rd,ipa,level", "rtt,top" },
        { 0xC400015F, "RMI_RTT_MAP_UNPROTECTED", "rd,ipa,level,desc", "" },
        { 0xC4000161, "RMI_RTT_READ_ENTRY", "rd,ipa,level", "walk_level,state,desc,ripas" },
        { 0xC4000162, "RMI_RTT_UNMAP_UNPROTECTED", "rd,ipa,level", "top" },
        { 0xC4000164, "RMI_PSCI_COMPLETE", "calling_rec,target_rec,status", "" },
        { 0xC4000165, "RMI_FEATURES", "index", "value" },
        { 0xC4000166, "RMI_RTT_FOLD", "rd,ipa,level", "rtt" },
        { 0xC4000167, "RMI_REC_AUX_COUNT", "rd", "aux_count" },
        { 0xC4000168, "RMI_RTT_INIT_RIPAS", "rd,base,top", "out_top" },
        { 0xC4000169, "RMI_RTT_SET_RIPAS", "rd,rec,base,top", "out_top" },
        { 0xC4000190, "RSI_VERSION", "req", "lower,higher" },
        { 0xC4000191, "RSI_FEATURES", "index", "value" },
        { 0xC4000192, "RSI_MEASUREMENT_READ", "index",
          "value_0,value_1,value_2,value_3,value_4,value_5,value_6,value_7" },
        { 0xC4000193, "RSI_MEASUREMENT_EXTEND",
          "index,size,value_0,value_1,value_2,value_3,value_4,value_5,value_6,value_7", "" },
        { 0xC4000194, "RSI_ATTESTATION_TOKEN_INIT",
          "challenge_0,challenge_1,challenge_2,challenge_3,challenge_4,challenge_5,challenge_6,challenge_7", "size" },
        { 0xC4000195, "RSI_ATTESTATION_TOKEN_CONTINUE", "addr,offset,size", "len" },
        { 0xC4000196, "RSI_REALM_CONFIG", "addr", "" },
        { 0xC4000197, "RSI_IPA_STATE_SET", "base,top,ripas,flags", "new_base,response" },
        { 0xC4000198, "RSI_IPA_STATE_GET", "base,top", "out_top,ripas" },
        { 0xC4000199, "RSI_HOST_CALL", "addr", "" },
        { 0x84000000, "PSCI_VERSION", "", "" },
        { 0xC4000001, "PSCI_CPU_SUSPEND", "power_state,entry_point_address,context_id", "" },
        { 0x84000002, "PSCI_CPU_OFF", "", "" },
        { 0xC4000003, "PSCI_CPU_ON", "target_cpu,entry_point_address,context_id", "" },
        { 0xC4000004, "PSCI_AFFINITY_INFO", "target_affinity,lowest_affinity_level", "" },
        { 0x84000008, "PSCI_SYSTEM_OFF", "", "" },
        { 0x84000009, "PSCI_SYSTEM_RESET", "", "" },
        { 0x8400000A, "PSCI_FEATURES", "psci_func_id", "" },
};

static void joined(char text[256], const struct rmmsim_spec_argument *arguments, uint32_t count)
{
        text[0] = '\0';
        for (unsigned i = 0; i < count; i++) {
                strcat(strcat(text, i != 0 ? "," : ""), arguments[i].name);
                ck_assert_uint_eq(arguments[i].argument_register, i + 1);
        }
}

START_TEST(commands_are_those_of_the_specification)
{
        const struct listed *wanted = &listed[_i];
        const struct rmmsim_spec_command *command = rmmsim_spec_command((uint32_t)_i);
        char text[256];

        ck_assert_str_eq(command->id, wanted->id);
        ck_assert_uint_eq(command->fid, wanted->fid);
        ck_assert_uint_eq(command->number, _i);
        ck_assert_int_eq(strncmp(command->id, rmmsim_interface_name(command->interface_number),
                                 strlen(rmmsim_interface_name(command->interface_number))),
                         0);
        joined(text, command->inputs, command->num_inputs);
        ck_assert_str_eq(text, wanted->inputs);
        joined(text, command->outputs, command->num_outputs);
        ck_assert_str_eq(text, wanted->outputs);
        ck_assert_ptr_eq(rmmsim_spec_command_by_name(wanted->id), command);
        ck_assert_ptr_eq(rmmsim_spec_command_by_name(command->name), command);
        ck_assert_ptr_eq(rmmsim_spec_command_by_fid(wanted->fid), command);
        ck_assert_ptr_eq(rmmsim_spec_command_by_fid(wanted->fid | 0x10000), command);
        ck_assert_ptr_null(rmmsim_spec_command_by_fid(wanted->fid ^ 0x40000000));
}
END_TEST

START_TEST(what_is_not_there_is_null)
{
        ck_assert_ptr_null(rmmsim_spec_command(ARRAY_SIZE(listed)));
        ck_assert_ptr_null(rmmsim_spec_command(UINT32_MAX));
        ck_assert_ptr_null(rmmsim_spec_command_by_name("RMI_NONSENSE"));
        ck_assert_ptr_null(rmmsim_spec_command_by_name(NULL));
        ck_assert_ptr_null(rmmsim_spec_command_by_fid(0xC4000156));
        ck_assert_ptr_null(rmmsim_spec_type_by_name(NULL));
        ck_assert_ptr_null(rmmsim_spec_profile_by_name("RMM_2_0"));
        ck_assert_ptr_null(rmmsim_spec_quirk_by_name(NULL));
        ck_assert_ptr_null(rmmsim_spec_status(RMMSIM_NUM_INTERFACES, 0));
        ck_assert_ptr_null(rmmsim_spec_status(RMMSIM_INTERFACE_RMI, 5));
        ck_assert_ptr_null(rmmsim_spec_status_by_name(RMMSIM_NUM_INTERFACES, "SUCCESS"));
        ck_assert_ptr_null(rmmsim_spec_status_by_name(RMMSIM_INTERFACE_RSI, "ERROR_RTT"));
        ck_assert_ptr_null(rmmsim_spec_exit(7));
        ck_assert_ptr_null(rmmsim_spec_exit_by_name("sync"));
        ck_assert_ptr_null(rmmsim_spec_object(RMMSIM_NUM_OBJECTS));
        ck_assert_ptr_null(rmmsim_spec_object_by_name(NULL));
        ck_assert_ptr_null(rmmsim_spec_structure_by_name(NULL));
        ck_assert_ptr_null(rmmsim_spec_sysreg_by_name("ICH_HCR_EL2"));
        ck_assert_str_eq(rmmsim_interface_name(RMMSIM_NUM_INTERFACES), "?");
}
END_TEST

/* ---- conditions ----------------------------------------------------------------------------------------------------- */

START_TEST(conditions_stand_in_order_with_their_statuses)
{
        static const struct {
                const char *name;
                int status;
                int index;
        } wanted[] = { { "run_align", 1, 0 },  { "run_bound", 1, 0 },      { "run_pas", 1, 0 },   { "rec_align", 1, 0 },
                       { "rec_bound", 1, 0 },  { "rec_gran_state", 1, 0 }, { "rec_state", 3, 0 }, { "realm_new", 2, 0 },
                       { "system_off", 2, 1 }, { "rec_runnable", 3, 0 },   { "rec_psci", 3, 0 },  { "rec_gicv3", 3, 0 },
                       { "rec_sea", 3, 0 },    { "rec_mmio", 3, 0 } };
        const struct rmmsim_spec_command *enter = rmmsim_spec_command_by_name("RMI_REC_ENTER");

        ck_assert_uint_eq(enter->num_conditions, ARRAY_SIZE(wanted));
        for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
                ck_assert_str_eq(enter->conditions[i].name, wanted[i].name);
                ck_assert_int_eq(enter->conditions[i].status_value, wanted[i].status);
                ck_assert_int_eq(enter->conditions[i].index, wanted[i].index);
        }
        ck_assert_uint_eq(enter->flags, RMMSIM_SPEC_COPIES | RMMSIM_SPEC_CONTINUES);
        /* [rec_align, rec_bound, rec_gran_state, run_pas, run_bound, run_align] < all the others of the specification. */
        ck_assert_uint_eq(enter->num_precedences, 6 * 7);
        ck_assert_str_eq(enter->precedences[0].first, "run_align");
        ck_assert_str_eq(enter->precedences[0].second, "rec_state");
        ck_assert_str_eq(enter->precedences[41].first, "rec_gran_state");
        ck_assert_str_eq(enter->precedences[41].second, "rec_mmio");
}
END_TEST

/* Of every command: the same as the RMM goes by, and the status has the name that the interface gives the number. */
START_TEST(conditions_are_those_that_the_rmm_evaluates)
{
        const struct rmmsim_spec_command *command = rmmsim_spec_command((uint32_t)_i);
        unsigned counted = 0;

        for (unsigned i = 0; i < command->num_conditions; i++) {
                const struct rmmsim_spec_condition *condition = &command->conditions[i];
                const struct condition_row *row = &condition_rows[condition->id];

                ck_assert_uint_eq(row->command, command->number);
                ck_assert_str_eq(row->name, condition->name);
                ck_assert_str_eq(row->argument, condition->argument);
                ck_assert_str_eq(row->expected, condition->expected);
                ck_assert_uint_eq(row->argument_register, condition->argument_register);
                ck_assert_uint_eq(row->found_as, condition->found_as);
                ck_assert_int_eq(row->status, condition->status_value);
                ck_assert_int_eq(rmmsim_spec_status_by_name(command->interface_number, condition->status)->value,
                                 condition->status_value);
                ck_assert(i == 0 || condition->id == command->conditions[i - 1].id + 1);
        }
        for (unsigned id = 0; id < RMMSIM_NUM_CONDITIONS; id++) {
                counted += condition_rows[id].command == command->number;
        }
        ck_assert_uint_eq(counted, command->num_conditions);
}
END_TEST

static const struct rmmsim_spec_condition *condition_called(const char *id, const char *name)
{
        const struct rmmsim_spec_command *command = rmmsim_spec_command_by_name(id);

        for (unsigned i = 0; i < command->num_conditions; i++) {
                if (strcmp(command->conditions[i].name, name) == 0) {
                        return &command->conditions[i];
                }
        }
        return NULL;
}

/* ---- profiles and quirks -------------------------------------------------------------------------------------------- */

START_TEST(profiles_preset_what_an_instance_gets)
{
        static const char *const names[] = { "RMM_1_0", "RMM_1_0_REFERENCE" };

        for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
                const struct rmmsim_spec_profile *listed_profile = rmmsim_spec_profile_by_name(names[i]);
                struct rmmsim_config config = { .profile = (enum rmmsim_profile)i };
                struct profile profile;

                ck_assert_ptr_null(profile_resolve(&profile, &config));
                ck_assert_ptr_eq(rmmsim_spec_profile(i), listed_profile);
                ck_assert_uint_eq(listed_profile->number, i);
                ck_assert_uint_eq(listed_profile->quirks, profile.quirks);
        }
        ck_assert_ptr_null(rmmsim_spec_profile(2));
        ck_assert_uint_eq(rmmsim_spec_profile(0)->quirks, 0);
        ck_assert_uint_ne(rmmsim_spec_profile(1)->quirks, 0);
}
END_TEST

START_TEST(quirks_bring_conditions_into_force)
{
        static const struct {
                const char *command;
                const char *condition;
                const char *quirk;
                uint64_t bit;
        } wanted[] = {
                { "RMI_DATA_CREATE", "flags_valid", "data_flags_checked", UINT64_C(1) << 17 },
                { "RMI_REC_ENTER", "rec_sea", "inject_sea_checked", UINT64_C(1) << 12 },
                { "RMI_RTT_INIT_RIPAS", "base_gran_align", "init_ripas_base_input", UINT64_C(1) << 10 },
        };
        unsigned switched = 0;

        for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
                const struct rmmsim_spec_condition *condition =
                        condition_called(wanted[i].command, wanted[i].condition);

                ck_assert_str_eq(condition->quirk, wanted[i].quirk);
                ck_assert_uint_eq(condition->quirk_bit, wanted[i].bit);
                ck_assert(!rmmsim_spec_in_force(condition, rmmsim_spec_profile_by_name("RMM_1_0")->quirks));
                ck_assert(rmmsim_spec_in_force(condition, rmmsim_spec_profile_by_name("RMM_1_0_REFERENCE")->quirks));
                ck_assert(rmmsim_spec_in_force(condition, wanted[i].bit));
                ck_assert(!rmmsim_spec_in_force(condition, ~wanted[i].bit));
        }
        for (unsigned i = 0; i < ARRAY_SIZE(listed); i++) {
                const struct rmmsim_spec_command *command = rmmsim_spec_command(i);

                for (unsigned j = 0; j < command->num_conditions; j++) {
                        switched += !rmmsim_spec_in_force(&command->conditions[j], 0);
                }
        }
        ck_assert_uint_eq(switched, ARRAY_SIZE(wanted));
}
END_TEST

/* Each quirk makes a difference somewhere, and what variations name exists. */
START_TEST(variations_name_what_there_is)
{
        const struct rmmsim_spec_variation *variation;
        const struct rmmsim_spec_quirk *quirk;
        uint64_t seen = 0, all = 0;

        for (uint32_t i = 0; (variation = rmmsim_spec_variation(i)) != NULL; i++) {
                const struct rmmsim_spec_condition *condition;

                seen |= variation->quirk->value;
                ck_assert_ptr_nonnull(rmmsim_spec_command_by_name(variation->command));
                if (variation->condition == NULL) {
                        ck_assert_uint_eq(variation->brings, 0);
                        continue;
                }
                condition = condition_called(variation->command, variation->condition);
                ck_assert_ptr_nonnull(condition);
                ck_assert_int_eq(variation->brings, condition->quirk_bit == variation->quirk->value);
        }
        for (uint32_t i = 0; (quirk = rmmsim_spec_quirk(i)) != NULL; i++) {
                ck_assert_ptr_eq(rmmsim_spec_quirk_by_name(quirk->name), quirk);
                ck_assert_uint_eq(quirk->value, UINT64_C(1) << quirk->bit);
                ck_assert_uint_eq(quirk->profiles, 1u << RMMSIM_PROFILE_RMM_1_0_REFERENCE);
                all |= quirk->value;
        }
        ck_assert_uint_eq(seen, all);
        ck_assert_uint_eq(all, rmmsim_spec_profile(1)->quirks);
}
END_TEST

/* What comes of a call when the host completes it: statuses of the command's interface that it does not only give at once. */
START_TEST(what_comes_later_is_a_status)
{
        const struct rmmsim_spec_later *later;
        uint32_t count = 0;

        for (; (later = rmmsim_spec_later(count)) != NULL; count++) {
                ck_assert_ptr_nonnull(rmmsim_spec_status_by_name(later->command->interface_number, later->status));
                ck_assert_str_eq(later->command->id, "PSCI_CPU_ON");
        }
        ck_assert_uint_eq(count, 2);
        ck_assert_str_eq(rmmsim_spec_later(0)->status, "DENIED");
        ck_assert_str_eq(rmmsim_spec_later(1)->status, "ALREADY_ON");
}
END_TEST

/* Does a row say that the quirk makes the command differ, or this condition of it hold in other cases? condition: NULL or a name. */
static bool is_said(const char *quirk, const char *command, const char *condition)
{
        const struct rmmsim_spec_variation *variation;

        for (uint32_t i = 0; (variation = rmmsim_spec_variation(i)) != NULL; i++) {
                if (strcmp(variation->quirk->name, quirk) == 0 && strcmp(variation->command, command) == 0 &&
                    (variation->condition == NULL) == (condition == NULL) &&
                    (condition == NULL || strcmp(variation->condition, condition) == 0)) {
                        return true;
                }
        }
        return false;
}

/* Quirks that move a condition and change what is done where none holds have a row for each. */
START_TEST(quirks_may_vary_a_condition_and_differ)
{
        ck_assert(is_said("psci_busy_means_on", "RMI_PSCI_COMPLETE", "status")); /* DENIED is refused ... */
        ck_assert(is_said("psci_busy_means_on", "RMI_PSCI_COMPLETE", NULL));     /* SUCCESS is ALREADY_ON */
        ck_assert(is_said("init_ripas_stops", "RMI_RTT_INIT_RIPAS", "no_progress"));
        ck_assert(is_said("init_ripas_stops", "RMI_RTT_INIT_RIPAS", NULL)); /* out_top, and the RIM */
        ck_assert(is_said("ipa_state_set_words", "RSI_IPA_STATE_SET", "ripas_valid"));
        ck_assert(is_said("ipa_state_set_words", "RSI_IPA_STATE_SET", NULL)); /* flags */
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("spec");
        TCase *tc = tcase_create("tables");
        SRunner *sr;
        int failed;

        tcase_add_loop_test(tc, commands_are_those_of_the_specification, 0, ARRAY_SIZE(listed));
        tcase_add_test(tc, what_is_not_there_is_null);
        tcase_add_test(tc, conditions_stand_in_order_with_their_statuses);
        tcase_add_loop_test(tc, conditions_are_those_that_the_rmm_evaluates, 0, ARRAY_SIZE(listed));
        tcase_add_test(tc, profiles_preset_what_an_instance_gets);
        tcase_add_test(tc, quirks_bring_conditions_into_force);
        tcase_add_test(tc, variations_name_what_there_is);
        tcase_add_test(tc, what_comes_later_is_a_status);
        tcase_add_test(tc, quirks_may_vary_a_condition_and_differ);
        suite_add_tcase(suite, tc);
        sr = srunner_create(suite);
        srunner_run_all(sr, CK_ENV);
        failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
