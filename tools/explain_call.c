/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain_call.c - a call of a command: its inputs and its results.
 */
#include "explain.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- inputs and outputs --------------------------------------------------------------------------------------------- */

static bool names_a_page(const struct rmmsim_spec_argument *argument)
{
        return strncmp(argument->kind, "PA", 2) == 0;
}

static void print_kind(const struct rmmsim_spec_argument *argument)
{
        printf("%s%s%s", argument->kind_meaning, argument->type != NULL ? ": " : "",
               argument->type != NULL ? argument->type : "");
}

/* What stands behind the value: its reading, or what it names. */
static void print_reading(const struct rmmsim_spec_argument *argument, uint64_t value)
{
        if (rmmsim_spec_type_by_name(argument->type) != NULL) {
                print_typed(argument->type, value);
        } else if (strcmp(argument->kind, "LEVEL") == 0) {
                print_typed("RttLevel", value);
        } else if (strcmp(argument->kind, "VALUE") == 0) {
                printf("%" PRIu64, value);
        } else {
                print_kind(argument);
        }
        if (names_a_page(argument) && value % RMMSIM_GRANULE_SIZE != 0) {
                printf(" - NOT ALIGNED to 4 KiB");
        }
}

static void print_arguments(const struct rmmsim_spec_argument *arguments, uint32_t count,
                            const struct registers *registers)
{
        for (unsigned i = 0; i < count; i++) {
                const struct rmmsim_spec_argument *argument = &arguments[i];
                unsigned n = argument->argument_register;

                printf("  x%-2u %-21s ", n, argument->name);
                if (is_known(registers, n)) {
                        printf("0x%-16" PRIx64 " ", registers->x[n]);
                        print_reading(argument, registers->x[n]);
                } else {
                        printf("%-18s ", "?");
                        print_kind(argument);
                }
                putchar('\n');
        }
}

/*
 * What RMI_RTT_READ_ENTRY says of an entry that is not shared by the host: a TABLE and memory of the Realm have an address and no
 * attributes, what is UNASSIGNED has neither.
 */
static bool is_bare_descriptor(const struct rmmsim_spec_command *command, const struct rmmsim_spec_argument *output,
                               const struct registers *out)
{
        return command->number == RMMSIM_COMMAND_rmi_rtt_read_entry && strcmp(output->name, "desc") == 0 &&
               is_known(out, output->argument_register) && (out->x[output->argument_register] & 0xfff) == 0;
}

static void print_outputs(const struct rmmsim_spec_command *command, const struct registers *out)
{
        for (unsigned i = 0; i < command->num_outputs; i++) {
                const struct rmmsim_spec_argument *output = &command->outputs[i];
                uint64_t value = out->x[output->argument_register];

                if (is_bare_descriptor(command, output, out)) {
                        printf("  x%-2u %-21s 0x%-16" PRIx64 " %s\n", output->argument_register, output->name, value,
                               value == 0 ? "nothing is set" : "an address without attributes");
                } else {
                        print_arguments(output, 1, out);
                }
        }
}

/* Registers given that the command does not look at. */
static void print_unused(const struct rmmsim_spec_command *command, const struct registers *in)
{
        for (unsigned n = command->num_inputs + 1; n < NUM_REGISTERS; n++) {
                if (is_known(in, n) && in->x[n] != 0) {
                        printf("  x%-2u %-21s 0x%-16" PRIx64 " no input of this command\n", n, "", in->x[n]);
                }
        }
}

/* ---- statuses ------------------------------------------------------------------------------------------------------- */

/* PSCI functions of 32 bits return 32 bits: logs then show the upper half as zero. */
static int64_t status_number(const struct rmmsim_spec_command *command, uint64_t x0)
{
        if (command->interface_number == RMMSIM_INTERFACE_RMI) {
                return RMMSIM_RMI_STATUS(x0);
        }
        return x0 >> 32 == 0 ? (int32_t)x0 : (int64_t)x0;
}

static struct status status_of(const struct rmmsim_spec_command *command, uint64_t x0)
{
        bool is_rmi = command->interface_number == RMMSIM_INTERFACE_RMI;
        struct status status = { .index = is_rmi ? RMMSIM_RMI_INDEX(x0) : 0 };
        const struct rmmsim_spec_value *value;

        if (is_rmi && x0 >> 16 != 0) {
                return status; /* bits 63:16 are zero whatever a command answers */
        }
        for (unsigned i = 0; (value = rmmsim_spec_status(command->interface_number, i)) != NULL; i++) {
                if (value->value == status_number(command, x0)) {
                        status.value = value;
                }
        }
        return status;
}

/* ---- results -------------------------------------------------------------------------------------------------------- */

static void print_failure(const struct rmmsim_spec_command *command, const struct dump *dump,
                          const struct status *status)
{
        print_causes(command, dump, status);
        if ((command->flags & RMMSIM_SPEC_REPORTS) != 0) {
                printf("\nOutputs, some of them valid on failure too\n");
                print_outputs(command, &dump->out);
        }
}

static void print_status(const struct rmmsim_spec_command *command, const struct status *status, uint64_t x0)
{
        printf("\nResult\n  x0  %-21s 0x%-16" PRIx64 " ", "status", x0);
        if (x0 == RMMSIM_NOT_SUPPORTED && command->interface_number != RMMSIM_INTERFACE_PSCI) {
                printf("NOT_SUPPORTED, nobody serves this call (SMC calling convention)\n");
        } else if (status->value == NULL) {
                printf("no status of %s\n", rmmsim_interface_name(command->interface_number));
        } else {
                printf("%s, %s", status->value->name, status->value->meaning);
                if (holds_level(command, status->value)) {
                        printf(": at level %d", (int8_t)status->index);
                } else if (status->index != 0) {
                        printf(" (index %u)", status->index);
                }
                putchar('\n');
        }
}

/* RMI_FEATURES has one register that holds something. */
static bool outputs_mean_nothing(const struct rmmsim_spec_command *command, const struct dump *dump)
{
        return command->number == RMMSIM_COMMAND_rmi_features && is_known(&dump->in, 1) && dump->in.x[1] != 0;
}

static void explain_results(const struct rmmsim_spec_command *command, const struct dump *dump)
{
        uint64_t x0 = dump->out.x[0];
        struct status status = status_of(command, x0);

        if (command->result_type != NULL && status_number(command, x0) >= 0) {
                printf("\nResult\n  x0  %-21s 0x%-16" PRIx64 " ", "result", x0);
                print_typed(command->result_type, x0);
                putchar('\n');
                return;
        }
        print_status(command, &status, x0);
        if (status.value == NULL) {
                return;
        }
        if (status.value->value != 0 && strcmp(status.value->name, "INCOMPLETE") != 0) {
                print_failure(command, dump, &status);
                return;
        }
        if (outputs_mean_nothing(command, dump)) {
                printf("  the feature register %" PRIu64 " does not exist: its value is 0\n", dump->in.x[1]);
                return;
        }
        print_outputs(command, &dump->out);
}

/* All ways in which a status can come back. */
static void print_possible(const struct rmmsim_spec_command *command, const struct dump *dump,
                           const struct rmmsim_spec_value *value)
{
        const char *meaning;
        uint32_t index = 0;
        bool possible = false;

        for (unsigned i = 0; i < command->num_conditions; i++) {
                const struct rmmsim_spec_condition *condition = &command->conditions[i];

                if (strcmp(condition->status, value->name) == 0 && !is_ruled_out(command, condition, dump)) {
                        if (!possible) {
                                printf("\n%s (%" PRId64 ") unless it finds\n", value->name, value->value);
                        }
                        print_condition(command, condition, dump);
                        possible = true;
                }
        }
        while ((meaning = next_later(&index, command, value)) != NULL) {
                printf("\n%s (%" PRId64 ") later\n  %s\n", value->name, value->value, meaning);
        }
}

static void print_success(const struct rmmsim_spec_command *command, const struct registers *out)
{
        printf("\nOutputs of a success\n  x0  %-21s %-18s %s\n", command->result_type != NULL ? "result" : "status",
               command->result_type != NULL ? "?" : "0x0",
               command->result_type != NULL ? command->result_type : "SUCCESS");
        print_outputs(command, out);
}

/* Without results: all that can come back. */
static void explain_possible(const struct rmmsim_spec_command *command, const struct dump *dump)
{
        const struct rmmsim_spec_value *value;

        if ((command->flags & RMMSIM_SPEC_NO_RETURN) != 0) {
                printf("\nA success does not return to the caller.\n");
        } else {
                print_success(command, &dump->out);
        }
        for (unsigned i = 0; (value = rmmsim_spec_status(command->interface_number, i)) != NULL; i++) {
                print_possible(command, dump, value);
        }
}

void explain_call(const struct rmmsim_spec_command *command, const struct dump *dump)
{
        printf("%s  0x%" PRIx64 "\n%s\n", command->id, dump->in.x[0], command->summary);
        if (has_sve_hint(dump->in.x[0])) {
                printf("SVE hint (bit 16): the caller has no live SVE state.\n");
        }
        if (dump->in.x[0] >> 32 != 0) {
                printf("Bits 63:32 of x0 are no part of an identifier.\n");
        }
        if (is_other_form(command, dump->in.x[0])) {
                printf("The SMC32 form, served where the quirk psci_smc32 is on.\n");
        }
        if (command->num_inputs != 0) {
                printf("\nInputs\n");
        }
        print_arguments(command->inputs, command->num_inputs, &dump->in);
        print_unused(command, &dump->in);
        if (is_known(&dump->out, 0)) {
                explain_results(command, dump);
        } else {
                explain_possible(command, dump);
        }
}
