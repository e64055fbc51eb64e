/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_command.c - one command in full: what it takes and gives, how it fails and in which order, what depends on quirks.
 */
#include "spec.h"
#include <stdio.h>
#include <string.h>

static void print_argument(const struct rmmsim_spec_argument *argument)
{
        printf("  x%-2u %-21s %s%s%s\n", argument->argument_register, argument->name, argument->kind_meaning,
               argument->type != NULL ? ": " : "", argument->type != NULL ? argument->type : "");
}

static void print_arguments(const struct rmmsim_spec_command *command)
{
        if (command->num_inputs != 0) {
                printf("\nInputs\n");
        }
        for (unsigned i = 0; i < command->num_inputs; i++) {
                print_argument(&command->inputs[i]);
        }
        printf("\nOutputs\n");
        printf("  x0  %-21s %s\n", command->result_type != NULL ? "result" : "status",
               command->result_type != NULL                        ? command->result_type
               : command->interface_number == RMMSIM_INTERFACE_RMI ? "status in bits 7:0, index in bits 15:8"
                                                                   : "status");
        for (unsigned i = 0; i < command->num_outputs; i++) {
                print_argument(&command->outputs[i]);
        }
}

static uint64_t quirks_of(const struct rmmsim_spec_profile *profile)
{
        return profile != NULL ? profile->quirks : UINT64_MAX;
}

/* The quirk that makes a condition hold in other cases, from row *index on; or NULL. */
static const struct rmmsim_spec_quirk *next_quirk(uint32_t *index, const struct rmmsim_spec_command *command,
                                                  const char *condition, const struct rmmsim_spec_profile *profile)
{
        const struct rmmsim_spec_variation *variation;

        while ((variation = rmmsim_spec_variation((*index)++)) != NULL) {
                bool same = condition == NULL
                                    ? variation->condition == NULL
                                    : variation->condition != NULL && strcmp(variation->condition, condition) == 0;

                if (same && !variation->brings && strcmp(variation->command, command->id) == 0 &&
                    (variation->quirk->value & quirks_of(profile)) != 0) {
                        return variation->quirk;
                }
        }
        return NULL;
}

static void print_condition(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                            const struct rmmsim_spec_profile *profile)
{
        const struct rmmsim_spec_quirk *quirk;
        uint32_t index = 0;

        printf("  %-18s %-16s ", condition->status, condition->name);
        if (condition->argument_register != 0) {
                printf("%s (x%u): ", condition->argument, condition->argument_register);
        }
        printf("%s\n", condition->expected);
        if (condition->quirk != NULL) {
                printf("  %36s(only with the quirk %s)\n", "", condition->quirk);
        }
        while ((quirk = next_quirk(&index, command, condition->name, profile)) != NULL) {
                printf("  %36s(in other cases with the quirk %s)\n", "", quirk->name);
        }
}

static void print_conditions(const struct rmmsim_spec_command *command, const struct rmmsim_spec_profile *profile)
{
        printf("\n%s\n", command->num_conditions != 0 ? "Fails unless it finds, in this order" : "Does not fail");
        for (unsigned i = 0; i < command->num_conditions; i++) {
                if (rmmsim_spec_in_force(&command->conditions[i], quirks_of(profile))) {
                        print_condition(command, &command->conditions[i], profile);
                }
        }
}

/* How else a call may end. */
static void print_later(const struct rmmsim_spec_command *command)
{
        const struct rmmsim_spec_later *later;
        const char *before = "\nAnd later, when the host completes the call\n";

        for (uint32_t i = 0; (later = rmmsim_spec_later(i)) != NULL; i++) {
                if (later->command == command) {
                        printf("%s  %-18s %s\n", before, later->status, later->meaning);
                        before = "";
                }
        }
}

static void print_order(const struct rmmsim_spec_command *command)
{
        if (command->num_precedences != 0) {
                printf("\nThe specification itself demands\n");
        }
        for (unsigned i = 0; i < command->num_precedences; i++) {
                printf("  %s before %s\n", command->precedences[i].first, command->precedences[i].second);
        }
}

static void print_flags(const struct rmmsim_spec_command *command)
{
        static const struct {
                uint32_t flag;
                const char *meaning;
        } meanings[] = {
                { RMMSIM_SPEC_COPIES, "The page that an input points to is read once." },
                { RMMSIM_SPEC_GATHERS, "The page that an input points to is read once, and names more objects." },
                { RMMSIM_SPEC_REPORTS, "Some outputs are valid on failure too." },
                { RMMSIM_SPEC_CONTINUES, "The command goes on after its locks are dropped." },
                { RMMSIM_SPEC_NO_RETURN, "A success does not return to the caller." },
        };

        for (unsigned i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
                if ((command->flags & meanings[i].flag) != 0) {
                        printf("%s\n", meanings[i].meaning);
                }
        }
}

static void print_differences(const struct rmmsim_spec_command *command, const struct rmmsim_spec_profile *profile)
{
        const struct rmmsim_spec_quirk *quirk;
        uint32_t index = 0;

        for (bool first = true; (quirk = next_quirk(&index, command, NULL, profile)) != NULL; first = false) {
                printf("%s  %s: %s\n", first ? "\nOtherwise with quirks\n" : "", quirk->name, quirk->meaning);
        }
}

void spec_print_command(const struct rmmsim_spec_command *command, const struct rmmsim_spec_profile *profile)
{
        printf("%s  0x%08x%s%s\n%s\n", command->id, command->fid, profile != NULL ? "  " : "",
               profile != NULL ? profile->name : "", command->summary);
        print_flags(command);
        print_arguments(command);
        print_conditions(command, profile);
        print_later(command);
        print_order(command);
        print_differences(command, profile);
}
