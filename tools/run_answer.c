/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_answer.c - what came of an action: as text, and compared with what was expected.
 *
 * A script compares what it names. In a replay what is not named has to be zero, or not there.
 */
#include "run.h"
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* ---- text --------------------------------------------------------------------------------------------------------------- */

struct text {
        char *at;
        size_t room;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
        va_list arguments;
        int added;

        va_start(arguments, format);
        added = vsnprintf(text->at, text->room, format, arguments);
        va_end(arguments);
        if (added > 0) {
                size_t moved = (size_t)added < text->room ? (size_t)added : text->room - 1;

                text->at += moved;
                text->room -= moved;
        }
}

static bool is_rmi(const struct rmmsim_spec_command *command)
{
        return command->interface_number == RMMSIM_INTERFACE_RMI;
}

/* The name of x0, or NULL: it is a number. Of the PSCI functions two return one, in which 0 is no status. */
static const char *status_of(const struct outcome *outcome)
{
        const struct rmmsim_spec_command *command = outcome->command;
        const struct rmmsim_spec_value *status;
        uint64_t x0 = outcome->x[0];
        bool counts = strcmp(command->name, "psci_version") == 0 || strcmp(command->name, "psci_affinity_info") == 0;

        for (uint32_t i = 0; (status = rmmsim_spec_status(command->interface_number, i)) != NULL; i++) {
                uint64_t value = (uint64_t)status->value;

                if (is_rmi(command) ? (x0 >> 16) == 0 && (x0 & 0xff) == value : x0 == value && (x0 != 0 || !counts)) {
                        return status->name;
                }
        }
        return x0 == RMMSIM_NOT_SUPPORTED ? "NOT_SUPPORTED" : NULL;
}

static unsigned index_of(const struct outcome *outcome)
{
        return is_rmi(outcome->command) && outcome->x[0] != RMMSIM_NOT_SUPPORTED ? RMMSIM_RMI_INDEX(outcome->x[0]) : 0;
}

static void add_status(struct text *text, const struct outcome *outcome)
{
        const struct rmmsim_spec_command *command = outcome->command;
        const char *status = status_of(outcome);
        bool refused = outcome->condition[0] != 0;

        if (status != NULL) {
                add(text, "%s", status);
        } else {
                add(text, "0x%" PRIx64, outcome->x[0]);
        }
        if (index_of(outcome) != 0) {
                add(text, " %d", (int8_t)index_of(outcome));
        }
        if (refused) {
                add(text, " %s", outcome->condition);
        }
        for (uint32_t i = 0; i < command->num_outputs; i++) {
                uint64_t value = outcome->x[command->outputs[i].argument_register];

                if (value != 0 || !refused) {
                        add(text, " %s=0x%" PRIx64, command->outputs[i].name, value);
                }
        }
}

static void add_numbers(struct text *text, const struct outcome *outcome)
{
        uint32_t count = outcome->num_numbers;

        while (count > 1 && outcome->x[count - 1] == 0) {
                count--;
        }
        for (uint32_t i = 0; i < count; i++) {
                add(text, "%s0x%" PRIx64, i == 0 ? "" : " ", outcome->x[i]);
        }
}

static void add_bytes(struct text *text, const uint8_t *bytes, uint32_t count)
{
        for (uint32_t i = 0; i < count; i++) {
                add(text, "%02x", bytes[i]);
        }
}

void run_outcome_text(char *to, size_t size, const struct outcome *outcome)
{
        struct text text = { to, size };

        *to = 0;
        switch (outcome->kind) {
        case SCRIPT_STATUS:
                add_status(&text, outcome);
                break;
        case SCRIPT_NUMBERS:
                add_numbers(&text, outcome);
                break;
        case SCRIPT_BYTES:
                add_bytes(&text, outcome->bytes, outcome->num_bytes);
                break;
        case SCRIPT_DONE:
                add(&text, "done");
                break;
        case SCRIPT_ENTERED:
                add(&text, "entered");
                break;
        case SCRIPT_EXITED:
                add(&text, "exits");
                break;
        case SCRIPT_EXCEPTION:
                add(&text, "exception 0x%" PRIx64, outcome->esr);
                break;
        default:
                break;
        }
}

/* ---- comparison --------------------------------------------------------------------------------------------------------- */

/* What is named in none of the outputs has to be zero. */
static bool outputs_complete(const struct script_answer *answer, const struct outcome *outcome)
{
        const struct rmmsim_spec_command *command = outcome->command;

        for (uint32_t i = 0; i < command->num_outputs; i++) {
                bool named = false;

                for (uint32_t j = 0; j < answer->num_outputs; j++) {
                        named = named || answer->outputs[j].where.offset == command->outputs[i].argument_register;
                }
                if (!named && outcome->x[command->outputs[i].argument_register] != 0) {
                        return false;
                }
        }
        return true;
}

/* Where commands met, a trace may not know by which condition one of them was refused. */
static bool same_condition(const char *expected, const char *found)
{
        return strcmp(expected, found) == 0 || (strcmp(expected, "raced") == 0 && found[0] != 0);
}

static bool same_details(const struct runner *runner, const struct script_answer *answer, const struct outcome *outcome)
{
        bool strict = runner->options.strict;

        if (answer->has_index ? (run_number(runner, &answer->index) & 0xff) != index_of(outcome)
                              : strict && index_of(outcome) != 0) {
                return false;
        }
        if (answer->condition != NULL ? !same_condition(answer->condition, outcome->condition)
                                      : strict && outcome->condition[0] != 0) {
                return false;
        }
        for (uint32_t i = 0; i < answer->num_outputs; i++) {
                const struct script_field *output = &answer->outputs[i];

                if (run_number(runner, &output->value) != outcome->x[output->where.offset]) {
                        return false;
                }
        }
        return !strict || outputs_complete(answer, outcome);
}

static bool same_status(const struct runner *runner, const struct script_answer *answer, const struct outcome *outcome)
{
        uint64_t x0 = outcome->x[0];
        bool not_supported = strcmp(answer->status, "NOT_SUPPORTED") == 0;
        bool same = is_rmi(outcome->command) && !not_supported
                            ? x0 >> 16 == 0 && (x0 & 0xff) == (uint64_t)answer->status_value
                            : x0 == (uint64_t)answer->status_value;

        return same && same_details(runner, answer, outcome);
}

static bool same_numbers(const struct runner *runner, const struct script_answer *answer, const struct outcome *outcome)
{
        for (uint32_t i = 0; i < answer->num_values; i++) {
                if (run_number(runner, &answer->values[i]) != outcome->x[i]) {
                        return false;
                }
        }
        for (uint32_t i = answer->num_values; runner->options.strict && i < outcome->num_numbers; i++) {
                if (outcome->x[i] != 0) {
                        return false;
                }
        }
        return true;
}

static bool is_expected(const struct runner *runner, const struct script_answer *answer, const struct outcome *outcome)
{
        if (answer->kind == SCRIPT_NUMBERS && outcome->kind == SCRIPT_STATUS) {
                return run_number(runner, &answer->values[0]) == outcome->x[0] && same_details(runner, answer, outcome);
        }
        if (answer->kind != outcome->kind) {
                return false;
        }
        switch (answer->kind) {
        case SCRIPT_STATUS:
                return same_status(runner, answer, outcome);
        case SCRIPT_NUMBERS:
                return same_numbers(runner, answer, outcome);
        case SCRIPT_BYTES:
                return answer->num_bytes == outcome->num_bytes &&
                       memcmp(answer->bytes, outcome->bytes, outcome->num_bytes) == 0;
        case SCRIPT_EXCEPTION:
                return answer->num_values == 0 ? !runner->options.strict
                                               : run_number(runner, &answer->values[0]) == outcome->esr;
        default:
                return true;
        }
}

/* ---- the transcript ----------------------------------------------------------------------------------------------------- */

void run_print(struct runner *runner, const char *format, ...)
{
        va_list arguments;

        if (!runner->options.quiet) {
                va_start(arguments, format);
                vprintf(format, arguments);
                va_end(arguments);
        }
}

void run_print_statement(struct runner *runner)
{
        const struct script_statement *statement = runner->statement;

        for (uint32_t i = 0; i < statement->num_pieces; i++) {
                const struct script_piece *piece = &statement->pieces[i];

                run_print(runner, "%s", piece->text);
                if (piece->value != NULL) {
                        run_print(runner, "0x%" PRIx64, run_number(runner, piece->value));
                }
        }
}

static void print_outcome(struct runner *runner, const struct outcome *outcome)
{
        char text[2 * RUN_COPY_MAX + 1];

        run_outcome_text(text, sizeof(text), outcome);
        run_print(runner, "%s%s\n", text[0] == 0 ? "" : " => ", text);
        if (outcome->sentence[0] != 0) {
                run_print(runner, "# %s\n", outcome->sentence);
        }
}

void run_own_line(struct runner *runner, const char *text, const struct outcome *outcome)
{
        run_print(runner, "%s", text);
        print_outcome(runner, outcome);
        if (runner->options.strict) {
                char got[256];

                run_outcome_text(got, sizeof(got), outcome);
                run_differs(runner, runner->statement->at, "a trace says here: %s%s%s", text, got[0] == 0 ? "" : " => ",
                            got);
        }
        run_events_print(runner);
        run_events_begin(runner);
}

static void compare(struct runner *runner, const struct script_answer *answer, const struct outcome *outcome)
{
        char got[256];

        runner->num_actions++;
        run_outcome_text(got, sizeof(got), outcome);
        if (answer->kind != SCRIPT_NO_ANSWER) {
                if (!is_expected(runner, answer, outcome)) {
                        run_differs(runner, answer->at, "expected %s, got %s%s%s%s", answer->text, got,
                                    outcome->sentence[0] == 0 ? "" : " (", outcome->sentence,
                                    outcome->sentence[0] == 0 ? "" : ")");
                }
        } else if (runner->options.strict && outcome->kind != SCRIPT_NO_ANSWER && outcome->kind != SCRIPT_DONE) {
                run_differs(runner, runner->statement->at, "an answer is missing: => %s", got);
        }
}

void run_answered(struct runner *runner, const struct script_answer *answer, const struct outcome *outcome)
{
        run_print_statement(runner);
        print_outcome(runner, outcome);
        compare(runner, answer, outcome);
}

void run_answered_as(struct runner *runner, const char *text, const struct script_answer *answer,
                     const struct outcome *outcome)
{
        run_print(runner, "%s", text);
        print_outcome(runner, outcome);
        compare(runner, answer, outcome);
}
