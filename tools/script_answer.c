/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_answer.c - what stands behind `=>`.
 *
 * What can stand there depends on the action: `statement` is the instruction that is answered, which for a line of answers, and for
 * one that is carried out again, is an earlier one.
 */
#include "script_reader.h"
#include <string.h>

/* What a list of statuses, and of conditions, is of. */
struct answering {
        struct reader *reader;
        struct script_answer *answer;
        const struct script_statement *statement;
        const struct rmmsim_spec_command *command; /* or NULL */
};

static const char not_supported[] = "NOT_SUPPORTED";

static const char *name_of_status(const void *context, uint32_t index)
{
        const struct rmmsim_spec_command *command = context;
        const struct rmmsim_spec_value *status = rmmsim_spec_status(command->interface_number, index);

        if (status == NULL) {
                return index != 0 && rmmsim_spec_status(command->interface_number, index - 1) != NULL ? not_supported
                                                                                                      : NULL;
        }
        return status->name;
}

static const char *name_of_condition(const void *context, uint32_t index)
{
        const struct rmmsim_spec_command *command = context;

        if (index == command->num_conditions) {
                return "injected";
        }
        return index < command->num_conditions ? command->conditions[index].name : NULL;
}

static const char *name_of_output(const void *context, uint32_t index)
{
        const struct rmmsim_spec_command *command = context;

        return index < command->num_outputs ? command->outputs[index].name : NULL;
}

static bool is_in(const struct word *word, script_name_fn *name, const void *context)
{
        const char *one;

        for (uint32_t i = 0; (one = name(context, i)) != NULL; i++) {
                if (word_is(word, one)) {
                        return true;
                }
        }
        return false;
}

static bool read_output(const struct answering *answering, struct script_field *field, const struct word *word)
{
        const struct rmmsim_spec_command *command = answering->command;
        struct word value;

        if (!cut_field(answering->reader, field, &value, word)) {
                return false;
        }
        for (uint32_t i = 0; i < command->num_outputs; i++) {
                if (strcmp(command->outputs[i].name, field->name) == 0) {
                        field->where = (struct rmmsim_spec_field){ .name = command->outputs[i].name,
                                                                   .offset = command->outputs[i].argument_register,
                                                                   .size = 8,
                                                                   .count = 1 };
                        return read_field_value(answering->reader, field, &value);
                }
        }
        if (command->num_outputs == 0) {
                return complain(answering->reader, word->at, "%s has no outputs", command->name);
        }
        return complain_unknown(answering->reader, &(struct word){ word->at, word->text, strlen(field->name) },
                                "output", command->name, name_of_output, command);
}

/* [INDEX] [condition] output=VALUE ... */
static bool read_details(const struct answering *answering)
{
        struct reader *reader = answering->reader;
        struct script_answer *answer = answering->answer;
        struct script_field *outputs = ARENA_ARRAY(reader->arena, struct script_field, reader->end - reader->next + 1);
        const struct word *word = peek_word(reader);

        if (word != NULL && answering->command->interface_number == RMMSIM_INTERFACE_RMI &&
            memchr(word->text, '=', word->length) == NULL && !is_name(word->text, word->length)) {
                if (!read_value(reader, &answer->index, word)) {
                        return false;
                }
                answer->has_index = true;
                reader->next++;
                word = peek_word(reader);
        }
        if (word != NULL && is_name(word->text, word->length)) {
                if (!word_is(word, "raced") && !is_in(word, name_of_condition, answering->command)) {
                        return complain_unknown(reader, word, "condition", answering->command->name, name_of_condition,
                                                answering->command);
                }
                answer->condition = word_text(reader, word);
                reader->next++;
        }
        answer->outputs = outputs;
        while ((word = peek_word(reader)) != NULL) {
                if (!read_output(answering, &outputs[answer->num_outputs], word)) {
                        return false;
                }
                answer->num_outputs++;
                reader->next++;
        }
        return true;
}

static bool read_status(const struct answering *answering, const struct word *word)
{
        struct reader *reader = answering->reader;
        struct script_answer *answer = answering->answer;
        const struct rmmsim_spec_value *status =
                rmmsim_spec_status_by_name(answering->command->interface_number, word_text(reader, word));

        if (status == NULL && !word_is(word, not_supported)) {
                return complain_unknown(reader, word, "status", answering->command->name, name_of_status,
                                        answering->command);
        }
        answer->kind = SCRIPT_STATUS;
        answer->status = status == NULL ? not_supported : status->name;
        answer->status_value = status == NULL ? -1 : status->value;
        reader->next++;
        return read_details(answering);
}

static bool read_numbers(const struct answering *answering, uint32_t most)
{
        struct reader *reader = answering->reader;
        uint32_t room = reader->end - reader->next < most ? reader->end - reader->next : most;
        struct script_value *values = ARENA_ARRAY(reader->arena, struct script_value, room + 1);

        answering->answer->values = values;
        while (answering->answer->num_values < room) {
                if (!read_value(reader, &values[answering->answer->num_values], peek_word(reader))) {
                        return false;
                }
                answering->answer->num_values++;
                reader->next++;
        }
        return true;
}

static bool may_enter(const struct script_statement *statement)
{
        return statement->actor == SCRIPT_PE &&
               (statement->verb == SCRIPT_SMC ||
                (statement->verb == SCRIPT_COMMAND && strcmp(statement->command->name, "rmi_rec_enter") == 0));
}

/* Words that stand for themselves; false, without a complaint, if it is none. */
static bool read_fixed(const struct answering *answering, const struct word *word)
{
        struct script_answer *answer = answering->answer;
        bool vcpu = answering->statement->actor == SCRIPT_VCPU;

        if (word_is(word, "entered") && may_enter(answering->statement)) {
                answer->kind = SCRIPT_ENTERED;
        } else if (vcpu && word_is(word, "exits")) {
                answer->kind = SCRIPT_EXITED;
        } else if (vcpu && word_is(word, "exception")) {
                answer->kind = SCRIPT_EXCEPTION;
        } else if (vcpu && word_is(word, "done")) {
                answer->kind = SCRIPT_DONE;
        } else {
                return false;
        }
        answering->reader->next++;
        return true;
}

static bool complain_none(const struct answering *answering, const struct word *word)
{
        if (answering->statement->actor != SCRIPT_VCPU) {
                return complain(answering->reader, word->at, "'%s' has no answer",
                                script_verb_name(answering->statement->verb));
        }
        return complain(answering->reader, word->at, "'%s' answers with done, exits or exception",
                        script_verb_name(answering->statement->verb));
}

static bool read_by_verb(const struct answering *answering, const struct word *word)
{
        const struct script_statement *statement = answering->statement;

        switch (statement->verb) {
        case SCRIPT_COMMAND:
        case SCRIPT_EXITS:
                if (!is_name(word->text, word->length)) {
                        answering->answer->kind = SCRIPT_NUMBERS;
                        return read_numbers(answering, 1) && read_details(answering);
                }
                return read_status(answering, word);
        case SCRIPT_SMC:
                answering->answer->kind = SCRIPT_NUMBERS;
                return read_numbers(answering, 18);
        case SCRIPT_LOAD:
        case SCRIPT_MRS:
                answering->answer->kind = SCRIPT_NUMBERS;
                return read_numbers(answering, 1);
        case SCRIPT_READ:
                answering->answer->kind = SCRIPT_BYTES;
                answering->reader->next++;
                return read_bytes(answering->reader, &answering->answer->bytes, &answering->answer->num_bytes, word,
                                  SCRIPT_BYTES_MAX);
        default:
                return complain_none(answering, word);
        }
}

bool read_answer(struct reader *reader, struct script_statement *statement)
{
        bool later = statement->verb == SCRIPT_ANSWER || statement->verb == SCRIPT_AGAIN;
        struct answering answering = { reader, &statement->answer, later ? statement->instruction : statement, NULL };
        const struct word *word = take_word(reader, "an answer");

        if (word == NULL) {
                return false;
        }
        reader->next--;
        if (answering.statement == NULL) {
                return complain(reader, statement->at, "%s has not carried out anything that could be answered",
                                statement->actor_text);
        }
        statement->answer.at = word->at;
        answering.command = answering.statement->verb == SCRIPT_EXITS ? rmmsim_spec_command_by_name("rmi_rec_enter")
                                                                      : answering.statement->command;
        if (!read_fixed(&answering, word)) {
                return read_by_verb(&answering, word);
        }
        return statement->answer.kind != SCRIPT_EXCEPTION || read_numbers(&answering, 1);
}
