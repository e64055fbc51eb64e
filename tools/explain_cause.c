/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain_cause.c - what a status can mean: the failure conditions that give it, without those that the registers rule out.
 */
#include "explain.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- conditions that the inputs alone decide ------------------------------------------------------------------------ */

enum decision {
        UNDECIDED,
        HOLDS,
        RULED_OUT
};

#define X(n) (1u << (n))

/* Such conditions of single commands: which registers they look at, and when they hold. */
static bool same_1_2(const uint64_t *x)
{
        return x[1] == x[2];
}
static bool top_3_not_above_base(const uint64_t *x)
{
        return x[3] <= x[2];
}
static bool top_4_not_above_base(const uint64_t *x)
{
        return x[4] <= x[3];
}
static bool top_2_not_above_base(const uint64_t *x)
{
        return x[2] <= x[1];
}
static bool reserved_flags(const uint64_t *x)
{
        return x[5] >> 1 != 0;
}
static bool no_measurement(const uint64_t *x)
{
        return x[1] > 4;
}
static bool no_extensible_measurement(const uint64_t *x)
{
        return x[1] == 0 || x[1] > 4;
}
static bool more_than_64_bytes(const uint64_t *x)
{
        return x[2] > 64;
}
static bool offset_past_page(const uint64_t *x)
{
        return x[2] >= RMMSIM_GRANULE_SIZE;
}
static bool end_wraps(const uint64_t *x)
{
        return x[2] + x[3] < x[2];
}
static bool end_past_page(const uint64_t *x)
{
        return x[2] + x[3] > RMMSIM_GRANULE_SIZE;
}
static bool not_aligned_to_256(const uint64_t *x)
{
        return x[1] % 256 != 0;
}

static const struct rule {
        const char *command;
        const char *condition;
        uint32_t needs; /* X(n) */
        bool (*holds)(const uint64_t *x);
} rules[] = {
        { "RMI_PSCI_COMPLETE", "alias", X(1) | X(2), same_1_2 },
        { "RMI_RTT_INIT_RIPAS", "size_valid", X(2) | X(3), top_3_not_above_base },
        { "RMI_RTT_SET_RIPAS", "size_valid", X(3) | X(4), top_4_not_above_base },
        { "RMI_DATA_CREATE", "flags_valid", X(5), reserved_flags },
        { "RSI_MEASUREMENT_READ", "index_bound", X(1), no_measurement },
        { "RSI_MEASUREMENT_EXTEND", "index_bound", X(1), no_extensible_measurement },
        { "RSI_MEASUREMENT_EXTEND", "size_bound", X(2), more_than_64_bytes },
        { "RSI_ATTESTATION_TOKEN_CONTINUE", "offset_bound", X(2), offset_past_page },
        { "RSI_ATTESTATION_TOKEN_CONTINUE", "size_overflow", X(2) | X(3), end_wraps },
        { "RSI_ATTESTATION_TOKEN_CONTINUE", "size_bound", X(2) | X(3), end_past_page },
        { "RSI_IPA_STATE_SET", "size_valid", X(1) | X(2), top_2_not_above_base },
        { "RSI_IPA_STATE_GET", "size_valid", X(1) | X(2), top_2_not_above_base },
        { "RSI_HOST_CALL", "addr_align", X(1), not_aligned_to_256 },
};

static enum decision decision_of(bool holds)
{
        return holds ? HOLDS : RULED_OUT;
}

static const struct rmmsim_spec_argument *input_called(const struct rmmsim_spec_command *command, const char *name)
{
        for (unsigned i = 0; i < command->num_inputs; i++) {
                if (strcmp(command->inputs[i].name, name) == 0) {
                        return &command->inputs[i];
                }
        }
        return NULL;
}

/* Commands on a table, whose walk goes to the table above it. */
static bool is_on_a_table(const struct rmmsim_spec_command *command)
{
        return command->number == RMMSIM_COMMAND_rmi_rtt_create || command->number == RMMSIM_COMMAND_rmi_rtt_destroy ||
               command->number == RMMSIM_COMMAND_rmi_rtt_fold;
}

/* The level that a command walks to, if it can be known and is one. */
static bool walk_target(int *target, const struct rmmsim_spec_command *command, const struct registers *in)
{
        const struct rmmsim_spec_argument *level = input_called(command, "level");
        int64_t number = 3;

        if (level != NULL) {
                if (!is_known(in, level->argument_register)) {
                        return false;
                }
                number = (int64_t)in->x[level->argument_register];
                number -= number == INT64_MIN ? 0 : is_on_a_table(command);
        }
        *target = (int)number;
        return number >= -1 && number <= 3;
}

/* Is an address known to be aligned to what an entry at a level maps? */
static bool is_aligned_at(const struct rmmsim_spec_argument *address, const struct registers *in, int level)
{
        return is_known(in, address->argument_register) &&
               (in->x[address->argument_register] & ((UINT64_C(1) << (12 + 9 * (3 - level))) - 1)) == 0;
}

/* Is the IPA aligned to what an entry at the level of the walk maps? */
static enum decision decide_ipa_align(const struct rmmsim_spec_command *command, const struct registers *in)
{
        const struct rmmsim_spec_argument *ipa = input_called(command, "ipa");
        int target;

        if (ipa == NULL || !is_known(in, ipa->argument_register) || !walk_target(&target, command, in)) {
                return UNDECIDED;
        }
        return decision_of(!is_aligned_at(ipa, in, target));
}

static enum decision decide(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                            const struct registers *in)
{
        unsigned n = condition->argument_register;

        if (strcmp(condition->expected, "an address aligned to 4 KiB") == 0) {
                return is_known(in, n) ? decision_of(in->x[n] % RMMSIM_GRANULE_SIZE != 0) : UNDECIDED;
        }
        if (strcmp(condition->name, "ipa_align") == 0) {
                return decide_ipa_align(command, in);
        }
        for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
                if (strcmp(rules[i].command, command->id) == 0 && strcmp(rules[i].condition, condition->name) == 0 &&
                    (in->known & rules[i].needs) == rules[i].needs) {
                        return decision_of(rules[i].holds(in->x));
                }
        }
        return UNDECIDED;
}

bool is_ruled_out(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                  const struct dump *dump)
{
        return decide(command, condition, &dump->in) == RULED_OUT;
}

/* ---- the level in ERROR_RTT ----------------------------------------------------------------------------------------- */

/* Does this condition give this level? A walk that stops early stops above its target, the others are found at it or below. */
static bool gives_level(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                        const struct registers *in, int level)
{
        bool of_range = strcmp(command->id, "RMI_RTT_INIT_RIPAS") == 0 || strcmp(command->id, "RMI_RTT_SET_RIPAS") == 0;
        int target;

        if (level < -1 || level > 3) {
                return false;
        }
        if (of_range) {
                return strcmp(condition->name, "base_align") != 0 ||
                       !is_aligned_at(input_called(command, "base"), in, level);
        }
        if (!walk_target(&target, command, in)) {
                return true;
        }
        if (strcmp(condition->name, "rtt_walk") == 0) {
                return level < target;
        }
        return level == (strcmp(condition->name, "rtte_state") == 0 ? target : target + 1);
}

bool holds_level(const struct rmmsim_spec_command *command, const struct rmmsim_spec_value *status)
{
        return command->interface_number == RMMSIM_INTERFACE_RMI && status->value == RMMSIM_RMI_ERROR_RTT;
}

static bool gives(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                  const struct dump *dump, const struct status *status)
{
        if (strcmp(condition->status, status->value->name) != 0) {
                return false;
        }
        if (strcmp(condition->name, dump->condition) == 0) {
                return true; /* the log knows */
        }
        if (holds_level(command, status->value)) {
                return gives_level(command, condition, &dump->in, (int8_t)status->index);
        }
        return command->interface_number != RMMSIM_INTERFACE_RMI || (unsigned)condition->index == status->index;
}

/* ---- printing ------------------------------------------------------------------------------------------------------- */

static const char *remark(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                          const struct dump *dump)
{
        if (strcmp(dump->condition, condition->name) == 0) {
                return "   <- the log says so";
        }
        if (decide(command, condition, &dump->in) != HOLDS) {
                return "";
        }
        return strstr(condition->expected, "aligned") != NULL ? "   <- it is not aligned" : "   <- it is not so";
}

void print_condition(const struct rmmsim_spec_command *command, const struct rmmsim_spec_condition *condition,
                     const struct dump *dump)
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
        printf("%s\n", remark(command, condition, dump));
}

/* Prints the conditions if asked to; returns how many there are. */
static unsigned conditions_with(const struct rmmsim_spec_command *command, const struct dump *dump,
                                const struct status *status, bool print)
{
        unsigned found = 0;

        for (unsigned i = 0; i < command->num_conditions; i++) {
                const struct rmmsim_spec_condition *condition = &command->conditions[i];

                if (gives(command, condition, dump, status) && !is_ruled_out(command, condition, dump)) {
                        found++;
                        if (print) {
                                print_condition(command, condition, dump);
                        }
                }
        }
        return found;
}

static void print_ruled_out(const struct rmmsim_spec_command *command, const struct dump *dump,
                            const struct status *status)
{
        const char *before = "Not because of ";

        for (unsigned i = 0; i < command->num_conditions; i++) {
                const struct rmmsim_spec_condition *condition = &command->conditions[i];

                if (gives(command, condition, dump, status) && is_ruled_out(command, condition, dump)) {
                        printf("%s%s", before, condition->name);
                        before = ", ";
                }
        }
        printf("%s", *before == ',' ? ": the registers rule it out.\n" : "");
}

const char *next_later(uint32_t *index, const struct rmmsim_spec_command *command,
                       const struct rmmsim_spec_value *status)
{
        const struct rmmsim_spec_later *later;

        while ((later = rmmsim_spec_later((*index)++)) != NULL) {
                if (later->command == command && strcmp(later->status, status->name) == 0) {
                        return later->meaning;
                }
        }
        return NULL;
}

/* What the RMM does not look for when it is called, as the host has a part in it. */
static bool print_later(const struct rmmsim_spec_command *command, const struct status *status, bool others)
{
        const char *meaning;
        uint32_t index = 0;
        bool printed = false;

        while ((meaning = next_later(&index, command, status->value)) != NULL) {
                printf("%s  %s\n",
                       printed  ? ""
                       : others ? "Or it was decided later\n"
                                : "\nIt was decided later\n",
                       meaning);
                printed = true;
        }
        return printed;
}

/* A function of PSCI may be unknown in the form in which it was called. */
static bool print_form(const struct rmmsim_spec_command *command, uint64_t x0, const struct status *status)
{
        if (command->interface_number != RMMSIM_INTERFACE_PSCI || status->value->value != RMMSIM_PSCI_NOT_SUPPORTED) {
                return false;
        }
        if (is_other_form(command, x0)) {
                printf("\nThe SMC32 form is served only where the quirk psci_smc32 is on.\n");
        } else if (has_sve_hint(x0)) {
                printf("\nWhere the quirk psci_sve_hint_refused is on it is not served with the SVE hint.\n");
        } else {
                return false;
        }
        return true;
}

void print_causes(const struct rmmsim_spec_command *command, const struct dump *dump, const struct status *status)
{
        bool form = print_form(command, dump->in.x[0], status);
        bool any = conditions_with(command, dump, status, false) != 0;

        if (any) {
                printf("\nIt failed because it did not find one of these, looked for in this order\n");
                conditions_with(command, dump, status, true);
        }
        if (!print_later(command, status, any) && !any && !form) {
                printf("\nNo condition of RMM 1.0-rel0 has this result here.\n");
        }
        print_ruled_out(command, dump, status);
}
