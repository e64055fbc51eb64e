/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain_call.c - a call of a command: its inputs, its results, and what a status can mean.
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

struct status {
        const struct rmmsim_spec_value *value; /* NULL: none of the interface */
        unsigned index;
};

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

static bool holds_level(const struct rmmsim_spec_value *status)
{
        return status->value == RMMSIM_RMI_ERROR_RTT;
}

/* ---- what a status can mean ----------------------------------------------------------------------------------------- */

/* Is it a condition on the alignment to a page alone? Then the value of the register decides it. */
static bool is_page_alignment(const struct rmmsim_spec_condition *condition)
{
        return strcmp(condition->expected, "an address aligned to 4 KiB") == 0;
}

static bool is_ruled_out(const struct rmmsim_spec_condition *condition, const struct registers *in)
{
        return is_page_alignment(condition) && is_known(in, condition->argument_register) &&
               in->x[condition->argument_register] % RMMSIM_GRANULE_SIZE == 0;
}

static bool gives(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                  const struct status *status)
{
        if (strcmp(condition->status, status->value->name) != 0) {
                return false;
        }
        return command->interface_number != RMMSIM_INTERFACE_RMI || holds_level(status->value) ||
               (unsigned)condition->index == status->index;
}

static const char *remark(const struct rmmsim_spec_condition *condition, const struct dump *dump)
{
        if (strcmp(dump->condition, condition->name) == 0) {
                return "   <- the log says so";
        }
        return is_page_alignment(condition) && is_known(&dump->in, condition->argument_register)
                       ? "   <- it is not aligned"
                       : "";
}

static void print_condition(const struct rmmsim_spec_condition *condition, const struct dump *dump)
{
        unsigned n = condition->argument_register;

        printf("  %-16s ", condition->name);
        if (n != 0 && is_known(&dump->in, n)) {
                printf("%s (x%u = 0x%" PRIx64 "): ", condition->argument, n, dump->in.x[n]);
        } else if (n != 0) {
                printf("%s (x%u): ", condition->argument, n);
        }
        printf("%s", condition->expected);
        if (condition->quirk != NULL) {
                printf(" (only with the quirk %s)", condition->quirk);
        }
        printf("%s\n", remark(condition, dump));
}

static unsigned print_causes(const struct rmmsim_spec_command *command, const struct dump *dump,
                             const struct status *status)
{
        unsigned printed = 0;

        for (unsigned i = 0; i < command->num_conditions; i++) {
                const struct rmmsim_spec_condition *condition = &command->conditions[i];

                if (gives(command, condition, status) && !is_ruled_out(condition, &dump->in)) {
                        print_condition(condition, dump);
                        printed++;
                }
        }
        return printed;
}

static void print_ruled_out(const struct rmmsim_spec_command *command, const struct dump *dump,
                            const struct status *status)
{
        const char *before = "Not because of ";

        for (unsigned i = 0; i < command->num_conditions; i++) {
                const struct rmmsim_spec_condition *condition = &command->conditions[i];

                if (gives(command, condition, status) && is_ruled_out(condition, &dump->in)) {
                        printf("%s%s", before, condition->name);
                        before = ", ";
                }
        }
        printf("%s", *before == ',' ? ": the addresses are aligned.\n" : "");
}

/* A result that no condition gives: PSCI_CPU_ON is answered when the host completes it. */
static unsigned print_completed(const struct rmmsim_spec_command *command, const struct status *status)
{
        bool is_denied = status->value->value == RMMSIM_PSCI_DENIED;

        if (command->fid != RMMSIM_PSCI_CPU_ON || (!is_denied && status->value->value != RMMSIM_PSCI_ALREADY_ON)) {
                return 0;
        }
        printf("  at RMI_PSCI_COMPLETE by the host: %s\n",
               is_denied ? "a status other than DENIED" : "a target that is off, its REC not RUNNABLE");
        return 1;
}

/* ---- results -------------------------------------------------------------------------------------------------------- */

static void print_failure(const struct rmmsim_spec_command *command, const struct dump *dump,
                          const struct status *status)
{
        printf("\nIt failed because it did not find one of these, looked for in this order\n");
        if (print_causes(command, dump, status) + print_completed(command, status) == 0) {
                printf("  none: no condition of RMM 1.0-rel0 has this result here\n");
        }
        print_ruled_out(command, dump, status);
        if ((command->flags & RMMSIM_SPEC_REPORTS) != 0) {
                printf("\nOutputs, some of them valid on failure too\n");
                print_arguments(command->outputs, command->num_outputs, &dump->out);
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
                if (command->interface_number == RMMSIM_INTERFACE_RMI && holds_level(status->value)) {
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
        print_arguments(command->outputs, command->num_outputs, &dump->out);
}

/* Without results: all that can come back. */
static void explain_possible(const struct rmmsim_spec_command *command, const struct dump *dump)
{
        const struct rmmsim_spec_value *value;

        printf("\nOutputs of a success\n  x0  %-21s %-18s %s\n", command->result_type != NULL ? "result" : "status",
               command->result_type != NULL ? "?" : "0x0",
               command->result_type != NULL ? command->result_type : "SUCCESS");
        print_arguments(command->outputs, command->num_outputs, &dump->out);
        for (unsigned i = 0; (value = rmmsim_spec_status(command->interface_number, i)) != NULL; i++) {
                bool possible = false;

                for (unsigned j = 0; j < command->num_conditions; j++) {
                        const struct rmmsim_spec_condition *condition = &command->conditions[j];

                        if (strcmp(condition->status, value->name) == 0 && !is_ruled_out(condition, &dump->in)) {
                                if (!possible) {
                                        printf("\n%s (%" PRId64 ") unless it finds\n", value->name, value->value);
                                }
                                print_condition(condition, dump);
                                possible = true;
                        }
                }
        }
}

void explain_call(const struct rmmsim_spec_command *command, const struct dump *dump)
{
        printf("%s  0x%" PRIx64 "\n%s\n", command->id, dump->in.x[0], command->summary);
        if ((dump->in.x[0] & UINT64_C(1) << 16) != 0) {
                printf("SVE hint (bit 16): the caller has no live SVE state.\n");
        }
        if (dump->in.x[0] >> 32 != 0) {
                printf("Bits 63:32 of x0 are no part of an identifier.\n");
        }
        if ((((uint32_t)dump->in.x[0] ^ command->fid) & UINT32_C(0x40000000)) != 0) {
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
