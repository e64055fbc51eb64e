/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_words.c - what stands beside a step: what was asked, in names; the line of the trace; and why it was refused.
 */
#include "draw_read.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void write_pieces(const struct round *round, struct draw_text *text)
{
        for (uint32_t i = 0; i < round->statement->num_pieces; i++) {
                const struct script_piece *piece = &round->statement->pieces[i];

                draw_print(text, "%s", piece->text);
                if (piece->value != NULL) {
                        draw_print(text, "0x%" PRIx64, script_number(piece->value, round->number));
                }
        }
}

static void write_argument(const struct draw_model *model, const struct round *round, const struct script_field *field,
                           struct draw_text *text)
{
        uint64_t number = script_number(&field->value, round->number);
        uint32_t object =
                draw_names_granule(round->statement->command, field) ? draw_granule(model, number) : DRAW_NONE;

        draw_print(text, " %s=", field->name);
        if (object != DRAW_NONE && model->objects.at[object].name[0] != '\0') {
                draw_print(text, "%s", model->objects.at[object].name);
        } else if (field->value.tree == NULL && field->value.text[0] >= '0' && field->value.text[0] <= '9') {
                draw_print(text, "%s", field->value.text);
        } else {
                draw_print(text, "0x%" PRIx64, number);
        }
}

/* The line without the name of who does it, which is told by the lane. */
static void write_action(const struct round *round, struct draw_text *text)
{
        struct draw_text line = { 0 };
        const char *actor = round->statement->actor_text;
        size_t size = actor == NULL ? 0 : strlen(actor);

        draw_print(&line, "%s", "");
        write_pieces(round, &line);
        if (size != 0 && strncmp(line.at, actor, size) == 0 && line.at[size] == ':') {
                draw_print(text, "%s", line.at + size + 1 + strspn(line.at + size + 1, " "));
        } else {
                draw_print(text, "%s", line.at);
        }
        free(line.at);
}

/* A page of the host that has a name is called by it. */
static void write_page(const struct draw_model *model, const struct round *round, struct draw_text *text)
{
        uint32_t object = draw_granule(model, script_number(&round->statement->values[0], round->number));
        struct draw_text line = { 0 };
        const char *fields;

        write_action(round, &line);
        fields = strchr(line.at, ' '); /* behind the verb */
        if (object == DRAW_NONE || model->objects.at[object].name[0] == '\0' || fields == NULL) {
                draw_print(text, "%s", line.at);
        } else {
                fields += strspn(fields, " ");
                fields += strcspn(fields, " "); /* behind the address */
                draw_print(text, "%s %s%s", round->statement->verb == SCRIPT_PAGE ? "page" : "fill",
                           model->objects.at[object].name, fields);
        }
        free(line.at);
}

static void write_asked(const struct draw_model *model, const struct round *round, struct draw_text *text)
{
        const struct script_statement *statement = round->statement;

        if (statement->verb == SCRIPT_COMMAND) {
                draw_print(text, "%s", statement->command->id);
                for (uint32_t i = 0; i < statement->num_fields; i++) {
                        write_argument(model, round, &statement->fields[i], text);
                }
        } else if ((statement->verb == SCRIPT_ANSWER || statement->verb == SCRIPT_AGAIN) &&
                   statement->instruction != NULL) {
                const struct round before = { .statement = statement->instruction,
                                              .number = statement->instruction->loop.last };

                draw_print(text, statement->verb == SCRIPT_AGAIN ? "again: " : "answer to ");
                if (statement->verb == SCRIPT_ANSWER && statement->instruction->verb == SCRIPT_COMMAND) {
                        draw_print(text, "%s", statement->instruction->command->id);
                } else {
                        write_asked(model, &before, text);
                }
        } else if (statement->verb == SCRIPT_PAGE || statement->verb == SCRIPT_FILL) {
                write_page(model, round, text);
        } else {
                write_action(round, text);
        }
}

static void write_source(const struct round *round, struct draw_text *text)
{
        write_pieces(round, text);
        if (round->statement->answer.kind != SCRIPT_NO_ANSWER) {
                draw_print(text, " => %s", round->statement->answer.text);
        }
}

static const struct rmmsim_spec_condition *condition_of(const struct rmmsim_spec_command *command, const char *name)
{
        for (uint32_t i = 0; i < command->num_conditions; i++) {
                if (strcmp(command->conditions[i].name, name) == 0) {
                        return &command->conditions[i];
                }
        }
        return NULL;
}

/* What was found where a state was expected, if the picture knows it. */
static void write_found(const struct draw_model *model, const struct round *round,
                        const struct rmmsim_spec_condition *condition, uint32_t step, struct draw_text *text)
{
        static const enum rmmsim_object machines[] = { [RMMSIM_FOUND_GRANULE_STATE] = RMMSIM_OBJECT_GRANULE,
                                                       [RMMSIM_FOUND_REALM_STATE] = RMMSIM_OBJECT_REALM,
                                                       [RMMSIM_FOUND_REC_STATE] = RMMSIM_OBJECT_REC };
        uint32_t object = draw_granule(model, draw_argument(round, condition->argument));
        int state;

        if (object == DRAW_NONE || strncmp(condition->argument, "params", 6) == 0 ||
            (condition->found_as != RMMSIM_FOUND_GRANULE_STATE && condition->found_as != RMMSIM_FOUND_REALM_STATE &&
             condition->found_as != RMMSIM_FOUND_REC_STATE)) {
                return;
        }
        state = draw_state(model, object, machines[condition->found_as], step);
        if (state >= 0) {
                draw_print(text, ", found %s", draw_state_name(state, machines[condition->found_as]));
        }
}

static void write_why(const struct draw_model *model, const struct round *round, uint32_t step, struct draw_text *text)
{
        const struct script_statement *statement = round->statement;
        const struct script_statement *asked = statement->verb == SCRIPT_ANSWER ? statement->instruction : statement;
        const struct rmmsim_spec_condition *condition = NULL;

        if (statement->answer.kind == SCRIPT_STATUS && statement->answer.condition != NULL && asked != NULL &&
            asked->command != NULL) {
                condition = condition_of(asked->command, statement->answer.condition);
        }
        if (condition != NULL && strcmp(condition->argument, "none") == 0) {
                draw_print(text, "Refused by %s: there must be %s", condition->name, condition->expected);
        } else if (condition != NULL) {
                const struct round then = { .statement = asked, .number = round->number };

                draw_print(text, "Refused by %s: %s must be %s", condition->name, condition->argument,
                           condition->expected);
                write_found(model, &then, condition, step, text);
        }
        draw_print(text, "%s", condition != NULL ? "." : "");
        for (uint32_t i = 0; i < statement->num_edges; i++) {
                const struct script_edge *edge = &statement->edges[i];

                if (edge->kind == SCRIPT_EDGE_FAULT) {
                        draw_print(text, "%sFault %" PRIu64 " acts: %s 0x%" PRIx64 ".", text->size != 0 ? " " : "",
                                   edge->address.number, rmmsim_fault_name(edge->from), edge->value.number);
                }
        }
}

void draw_words(const struct draw_model *model, uint32_t number, const struct round *round)
{
        struct draw_step *step = &model->steps.at[number - 1];
        struct draw_text asked = { 0 };
        struct draw_text why = { 0 };
        struct draw_text source = { 0 };

        write_asked(model, round, &asked);
        write_why(model, round, number, &why);
        write_source(round, &source);
        step->asked = draw_take(&asked);
        step->why = draw_take(&why);
        step->source = draw_take(&source);
        step->answer =
                draw_copy(round->statement->answer.kind == SCRIPT_NO_ANSWER ? "" : round->statement->answer.text);
}
