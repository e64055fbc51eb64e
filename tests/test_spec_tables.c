/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_spec_tables.c - <rmmsim/spec.h>: statuses, states, types, structures and registers, held against the specification, against what
 * the library calls them elsewhere, and against the structures of <rmmsim/abi.h>.
 */
#include "bits.h"
#include <check.h>
#include <rmmsim/spec.h>
#include <rmmsim/sysreg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- statuses, exits, states ---------------------------------------------------------------------------------------- */

START_TEST(statuses_have_the_numbers_of_the_specification)
{
        static const struct {
                unsigned interface_number;
                int value;
                const char *name;
        } wanted[] = {
                { RMMSIM_INTERFACE_RMI, 0, "SUCCESS" },           { RMMSIM_INTERFACE_RMI, 1, "ERROR_INPUT" },
                { RMMSIM_INTERFACE_RMI, 2, "ERROR_REALM" },       { RMMSIM_INTERFACE_RMI, 3, "ERROR_REC" },
                { RMMSIM_INTERFACE_RMI, 4, "ERROR_RTT" },         { RMMSIM_INTERFACE_RSI, 0, "SUCCESS" },
                { RMMSIM_INTERFACE_RSI, 1, "ERROR_INPUT" },       { RMMSIM_INTERFACE_RSI, 2, "ERROR_STATE" },
                { RMMSIM_INTERFACE_RSI, 3, "INCOMPLETE" },        { RMMSIM_INTERFACE_PSCI, 0, "SUCCESS" },
                { RMMSIM_INTERFACE_PSCI, -1, "NOT_SUPPORTED" },   { RMMSIM_INTERFACE_PSCI, -2, "INVALID_PARAMETERS" },
                { RMMSIM_INTERFACE_PSCI, -3, "DENIED" },          { RMMSIM_INTERFACE_PSCI, -4, "ALREADY_ON" },
                { RMMSIM_INTERFACE_PSCI, -5, "ON_PENDING" },      { RMMSIM_INTERFACE_PSCI, -6, "INTERNAL_FAILURE" },
                { RMMSIM_INTERFACE_PSCI, -7, "NOT_PRESENT" },     { RMMSIM_INTERFACE_PSCI, -8, "DISABLED" },
                { RMMSIM_INTERFACE_PSCI, -9, "INVALID_ADDRESS" },
        };
        static const char *const reasons[] = { "SYNC", "IRQ", "FIQ", "PSCI", "RIPAS_CHANGE", "HOST_CALL", "SERROR" };

        for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
                ck_assert_int_eq(rmmsim_spec_status_by_name(wanted[i].interface_number, wanted[i].name)->value,
                                 wanted[i].value);
        }
        for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++) {
                ck_assert_str_eq(rmmsim_spec_exit(i)->name, reasons[i]);
                ck_assert_int_eq(rmmsim_spec_exit(i)->value, i);
                ck_assert_ptr_eq(rmmsim_spec_exit_by_name(reasons[i]), rmmsim_spec_exit(i));
        }
        for (unsigned i = 0; i < RMMSIM_NUM_INTERFACES; i++) {
                ck_assert_str_eq(rmmsim_spec_status(i, 0)->name, "SUCCESS");
        }
}
END_TEST

START_TEST(objects_have_all_states_and_edges)
{
        unsigned num_edges = 0;

        for (unsigned i = 0; i < RMMSIM_NUM_OBJECTS; i++) {
                const struct rmmsim_spec_object *object = rmmsim_spec_object(i);

                ck_assert_uint_eq(object->number, i);
                ck_assert_ptr_eq(rmmsim_spec_object_by_name(object->name), object);
                for (unsigned j = 0; j < object->num_states; j++) {
                        ck_assert_int_eq(object->states[j].value, j);
                        ck_assert_str_eq(object->states[j].name, rmmsim_state_name((enum rmmsim_object)i, j));
                }
                ck_assert_str_eq(rmmsim_state_name((enum rmmsim_object)i, object->num_states), "?");
                for (unsigned j = 0; j < object->num_edges; j++) {
                        const struct rmmsim_spec_edge *edge = &object->edges[j];
                        char text[128];

                        snprintf(text, sizeof(text), "%s %s -> %s", object->name, edge->from->name, edge->to->name);
                        ck_assert_str_eq(text, rmmsim_edge_name((enum rmmsim_edge)edge->id));
                        ck_assert_ptr_nonnull(rmmsim_spec_command_by_name(edge->command));
                        ck_assert_uint_eq(edge->id, num_edges++);
                }
        }
        ck_assert_uint_eq(num_edges, RMMSIM_NUM_EDGES);
        ck_assert_uint_eq(rmmsim_spec_object_by_name("GRANULE")->num_states, 7);
}
END_TEST

/* ---- types ---------------------------------------------------------------------------------------------------------- */

static uint64_t field_of(const char *type_name, const char *bits_name, uint64_t word)
{
        const struct rmmsim_spec_type *type = rmmsim_spec_type_by_name(type_name);

        for (unsigned i = 0; i < type->num_bits; i++) {
                if (strcmp(type->bits[i].name, bits_name) == 0) {
                        return word >> type->bits[i].low & (BIT(type->bits[i].width) - 1);
                }
        }
        ck_abort_msg("%s has no %s", type_name, bits_name);
        return 0;
}

START_TEST(words_are_read_as_the_specification_lays_them_out)
{
        uint64_t features =
                UINT64_C(0x283FC104F30); /* 48 bits, LPA2, SVE of 512 bits, 2 and 2, 31 counters, 1 list register */
        uint64_t desc = UINT64_C(0x3000800003D8);

        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "S2SZ", features), 48);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "LPA2", features), 1);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "SVE_EN", features), 1);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "SVE_VL", features), 3);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "NUM_BPS", features), 1);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "NUM_WPS", features), 1);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "PMU_EN", features), 1);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "PMU_NUM_CTRS", features), 31);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "HASH_SHA_256", features), 1);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "HASH_SHA_512", features), 1);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "GICV3_NUM_LRS", features), 0);
        ck_assert_uint_eq(field_of("RmiFeatureRegister0", "MAX_RECS_ORDER", features), 10);
        ck_assert_uint_eq(field_of("InterfaceVersion", "MAJOR", 0x20003), 2);
        ck_assert_uint_eq(field_of("InterfaceVersion", "MINOR", 0x20003), 3);
        ck_assert_uint_eq(field_of("UnprotectedDescriptor", "MEMATTR", desc), 6);
        ck_assert_uint_eq(field_of("UnprotectedDescriptor", "READ", desc), 1);
        ck_assert_uint_eq(field_of("UnprotectedDescriptor", "WRITE", desc), 1);
        ck_assert_uint_eq(field_of("UnprotectedDescriptor", "ADDR_51_50", desc), 3);
        ck_assert_uint_eq(field_of("UnprotectedDescriptor", "ADDR", desc), 0x300080000);
        ck_assert_uint_eq(field_of("RmiRealmFlags", "SVE", RMMSIM_REALM_FLAG_SVE), 1);
        ck_assert_uint_eq(field_of("RmiRealmFlags", "PMU", RMMSIM_REALM_FLAG_PMU), 1);
        ck_assert_uint_eq(field_of("RmiRealmFlags", "LPA2", RMMSIM_REALM_FLAG_LPA2), 1);
        ck_assert_uint_eq(field_of("RmiRecCreateFlags", "RUNNABLE", RMMSIM_REC_FLAG_RUNNABLE), 1);
        ck_assert_uint_eq(field_of("RmiDataFlags", "MEASURE", RMMSIM_DATA_FLAG_MEASURE), 1);
        ck_assert_uint_eq(field_of("RmiRecEnterFlags", "EMUL_MMIO", RMMSIM_ENTER_EMUL_MMIO), 1);
        ck_assert_uint_eq(field_of("RmiRecEnterFlags", "INJECT_SEA", RMMSIM_ENTER_INJECT_SEA), 1);
        ck_assert_uint_eq(field_of("RmiRecEnterFlags", "TRAP_WFI", RMMSIM_ENTER_TRAP_WFI), 1);
        ck_assert_uint_eq(field_of("RmiRecEnterFlags", "TRAP_WFE", RMMSIM_ENTER_TRAP_WFE), 1);
        ck_assert_uint_eq(field_of("RmiRecEnterFlags", "RIPAS_REJECT", RMMSIM_ENTER_RIPAS_REJECT), 1);
        ck_assert_uint_eq(field_of("RsiRipasChangeFlags", "DESTROYED", RMMSIM_RIPAS_CHANGE_DESTROYED), 1);
        ck_assert_uint_eq(field_of("RmiRecMpidr", "AFF2", 0x7FF0E), 7);
        ck_assert_uint_eq(field_of("PsciMpidr", "AFF3", 0x500000000), 5);
}
END_TEST

static bool is_known_type(const char *name)
{
        return rmmsim_spec_type_by_name(name) != NULL || rmmsim_spec_structure_by_name(name) != NULL;
}

/* Fields rise and do not overlap, and every type that is named exists. */
START_TEST(types_are_sound)
{
        const struct rmmsim_spec_type *type;
        const struct rmmsim_spec_command *command;

        for (uint32_t i = 0; (type = rmmsim_spec_type(i)) != NULL; i++) {
                uint32_t end = 0;

                ck_assert_ptr_eq(rmmsim_spec_type_by_name(type->name), type);
                for (unsigned j = 0; j < type->num_bits; j++) {
                        ck_assert_uint_ge(type->bits[j].low, end);
                        end = type->bits[j].low + type->bits[j].width;
                        ck_assert(type->bits[j].type == NULL || is_known_type(type->bits[j].type));
                }
                ck_assert_uint_le(end, 64);
        }
        for (uint32_t i = 0; (command = rmmsim_spec_command(i)) != NULL; i++) {
                ck_assert(command->result_type == NULL || is_known_type(command->result_type));
                for (unsigned j = 0; j < command->num_inputs; j++) {
                        ck_assert(command->inputs[j].type == NULL || is_known_type(command->inputs[j].type));
                }
                for (unsigned j = 0; j < command->num_outputs; j++) {
                        ck_assert(command->outputs[j].type == NULL || is_known_type(command->outputs[j].type));
                }
        }
        ck_assert_str_eq(rmmsim_spec_command_by_name("RMI_REC_ENTER")->inputs[1].type, "RmiRecRun");
        ck_assert_str_eq(rmmsim_spec_command_by_name("RMI_RTT_READ_ENTRY")->outputs[3].type, "RmiRipas");
        ck_assert_str_eq(rmmsim_spec_command_by_name("PSCI_VERSION")->result_type, "InterfaceVersion");
}
END_TEST

/* ---- structures ----------------------------------------------------------------------------------------------------- */

START_TEST(fields_are_where_the_specification_has_them)
{
        static const struct {
                const char *structure;
                const char *path;
                unsigned offset;
                unsigned size;
                unsigned count;
        } wanted[] = {
                { "RmiRealmParams", "flags", 0x000, 8, 1 },
                { "RmiRealmParams", "s2sz", 0x008, 1, 1 },
                { "RmiRealmParams", "sve_vl", 0x010, 1, 1 },
                { "RmiRealmParams", "num_bps", 0x018, 1, 1 },
                { "RmiRealmParams", "num_wps", 0x020, 1, 1 },
                { "RmiRealmParams", "pmu_num_ctrs", 0x028, 1, 1 },
                { "RmiRealmParams", "hash_algo", 0x030, 1, 1 },
                { "RmiRealmParams", "rpv", 0x400, 1, 64 },
                { "RmiRealmParams", "vmid", 0x800, 2, 1 },
                { "RmiRealmParams", "rtt_base", 0x808, 8, 1 },
                { "realm_params", "rtt_level_start", 0x810, 8, 1 },
                { "realm_params", "rtt_num_start", 0x818, 4, 1 },
                { "RmiRecParams", "flags", 0x000, 8, 1 },
                { "RmiRecParams", "mpidr", 0x100, 8, 1 },
                { "RmiRecParams", "pc", 0x200, 8, 1 },
                { "RmiRecParams", "gprs", 0x300, 8, 8 },
                { "RmiRecParams", "gprs[7]", 0x338, 8, 1 },
                { "RmiRecParams", "num_aux", 0x800, 8, 1 },
                { "RmiRecParams", "aux[15]", 0x880, 8, 1 },
                { "RmiRecEnter", "flags", 0x000, 8, 1 },
                { "RmiRecEnter", "gprs[30]", 0x2f0, 8, 1 },
                { "RmiRecEnter", "gicv3_hcr", 0x300, 8, 1 },
                { "RmiRecEnter", "gicv3_lrs[0]", 0x308, 8, 1 },
                { "RmiRecExit", "exit_reason", 0x000, 8, 1 },
                { "RmiRecExit", "esr", 0x100, 8, 1 },
                { "RmiRecExit", "far", 0x108, 8, 1 },
                { "RmiRecExit", "hpfar", 0x110, 8, 1 },
                { "RmiRecExit", "gprs", 0x200, 8, 31 },
                { "RmiRecExit", "gicv3_lrs", 0x308, 8, 16 },
                { "RmiRecExit", "gicv3_misr", 0x388, 8, 1 },
                { "RmiRecExit", "gicv3_vmcr", 0x390, 8, 1 },
                { "RmiRecExit", "cntp_ctl", 0x400, 8, 1 },
                { "RmiRecExit", "cntp_cval", 0x408, 8, 1 },
                { "RmiRecExit", "cntv_ctl", 0x410, 8, 1 },
                { "RmiRecExit", "cntv_cval", 0x418, 8, 1 },
                { "RmiRecExit", "ripas_base", 0x500, 8, 1 },
                { "RmiRecExit", "ripas_top", 0x508, 8, 1 },
                { "RmiRecExit", "ripas_value", 0x510, 1, 1 },
                { "RmiRecExit", "imm", 0x600, 4, 1 },
                { "RmiRecExit", "pmu_ovf_status", 0x700, 8, 1 },
                { "rec_run", "enter.flags", 0x000, 8, 1 },
                { "rec_run", "enter.gprs[3]", 0x218, 8, 1 },
                { "rec_run", "exit", 0x800, 0x800, 1 },
                { "rec_run", "exit.esr", 0x900, 8, 1 },
                { "rec_run", "exit.gicv3_lrs[2]", 0xb18, 8, 1 },
                { "RsiRealmConfig", "ipa_width", 0x000, 8, 1 },
                { "RsiRealmConfig", "hash_algo", 0x008, 1, 1 },
                { "RsiRealmConfig", "rpv", 0x200, 1, 64 },
                { "RsiHostCall", "imm", 0x000, 2, 1 },
                { "RsiHostCall", "gprs[0]", 0x008, 8, 1 },
                { "host_call", "gprs[30]", 0x0f8, 8, 1 },
        };

        for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
                struct rmmsim_spec_field place;

                ck_assert_msg(
                        rmmsim_spec_locate(&place, rmmsim_spec_structure_by_name(wanted[i].structure), wanted[i].path),
                        "%s.%s", wanted[i].structure, wanted[i].path);
                ck_assert_uint_eq(place.offset, wanted[i].offset);
                ck_assert_uint_eq(place.size, wanted[i].size);
                ck_assert_uint_eq(place.count, wanted[i].count);
                ck_assert_int_eq(place.is_signed, strcmp(wanted[i].path, "rtt_level_start") == 0);
        }
}
END_TEST

START_TEST(paths_that_lead_nowhere)
{
        static const char *const paths[] = { "",
                                             "nonsense",
                                             "enter.",
                                             "enter.nonsense",
                                             "enter.flags.x",
                                             ".enter",
                                             "enter[0]",
                                             "enter.flags[0]",
                                             "enter.gprs[31]",
                                             "enter.gprs[]",
                                             "enter.gprs[-1]",
                                             "enter.gprs[1",
                                             "enter.gprs[1]x",
                                             "enter.gprs[1].x",
                                             "enter.gprs[4294967296]",
                                             "Enter",
                                             "enter.gprs[ 1]",
                                             "gprs[0]" };
        const struct rmmsim_spec_structure *run = rmmsim_spec_structure_by_name("RmiRecRun");
        struct rmmsim_spec_field place = { .offset = 77 };

        for (unsigned i = 0; i < ARRAY_SIZE(paths); i++) {
                ck_assert_msg(!rmmsim_spec_locate(&place, run, paths[i]), "%s", paths[i]);
        }
        ck_assert(!rmmsim_spec_locate(&place, run, NULL));
        ck_assert(!rmmsim_spec_locate(&place, NULL, "flags"));
        ck_assert_uint_eq(place.offset, 77);
}
END_TEST

/* Fields rise, do not overlap and end inside; a part is a structure of that size. */
START_TEST(structures_are_sound)
{
        const struct rmmsim_spec_structure *structure;
        unsigned count = 0;

        for (uint32_t i = 0; (structure = rmmsim_spec_structure(i)) != NULL; i++, count++) {
                uint32_t end = 0;

                for (unsigned j = 0; j < structure->num_fields; j++) {
                        const struct rmmsim_spec_field *field = &structure->fields[j];
                        const struct rmmsim_spec_structure *part = rmmsim_spec_structure_by_name(field->type);

                        ck_assert_uint_ge(field->offset, end);
                        end = field->offset + field->size * field->count;
                        ck_assert(field->type == NULL || is_known_type(field->type));
                        ck_assert(part == NULL || part->size == field->size);
                }
                ck_assert_uint_le(end, structure->size);
        }
        ck_assert_uint_eq(count, 7);
        ck_assert_uint_eq(rmmsim_spec_structure_by_name("RmiRecRun")->size, 0x1000);
        ck_assert_uint_eq(rmmsim_spec_structure_by_name("RsiHostCall")->size, 0x100);
}
END_TEST

START_TEST(system_registers_by_name_and_number)
{
        const struct rmmsim_spec_sysreg *sysreg;
        unsigned count = 0;

        for (uint32_t i = 0; (sysreg = rmmsim_spec_sysreg(i)) != NULL; i++, count++) {
                ck_assert_ptr_eq(rmmsim_spec_sysreg_by_name(sysreg->name), sysreg);
                ck_assert_ptr_eq(rmmsim_spec_sysreg_by_encoding(sysreg->encoding), sysreg);
                ck_assert_str_eq(rmmsim_sysreg_name(sysreg->encoding), sysreg->name);
        }
        ck_assert_uint_gt(count, 150);
        ck_assert_uint_eq(rmmsim_spec_sysreg_by_name("MPIDR_EL1")->encoding,
                          0xD53800A0 & RMMSIM_SYSREG_MASK); /* mrs x0, mpidr_el1 */
        ck_assert_ptr_null(rmmsim_spec_sysreg_by_encoding(0));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("spec_tables");
        TCase *tc = tcase_create("tables");
        SRunner *sr;
        int failed;

        tcase_add_test(tc, statuses_have_the_numbers_of_the_specification);
        tcase_add_test(tc, objects_have_all_states_and_edges);
        tcase_add_test(tc, words_are_read_as_the_specification_lays_them_out);
        tcase_add_test(tc, types_are_sound);
        tcase_add_test(tc, fields_are_where_the_specification_has_them);
        tcase_add_test(tc, paths_that_lead_nowhere);
        tcase_add_test(tc, structures_are_sound);
        tcase_add_test(tc, system_registers_by_name_and_number);
        suite_add_tcase(suite, tc);
        sr = srunner_create(suite);
        srunner_run_all(sr, CK_ENV);
        failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
