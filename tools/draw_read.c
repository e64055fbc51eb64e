/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_read.c - the statements of a trace as steps of a picture.
 *
 * First the steps with their edges and the addresses that they name. When the states are worked out, objects have names, and then
 * the steps get their words.
 */
#include "draw.h"
#include "script.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        PAGE_BITS = 4095
};

/* A statement in one of its rounds. */
struct round {
        const struct script_statement *statement;
        uint64_t number;
};

/* ---- steps without words ------------------------------------------------------------------------------------------------ */

static bool is_step(const struct script_statement *statement)
{
        return statement->verb > SCRIPT_LAST_SETTING && statement->verb != SCRIPT_USED &&
               statement->verb != SCRIPT_SHOW && statement->verb != SCRIPT_EXPECT;
}

static bool is_memory(const struct draw_model *model, uint64_t address)
{
        if (model->regions.count == 0) {
                return address - 0x80000000 < 16 << 20; /* what there is if no line says */
        }
        for (uint32_t i = 0; i < model->regions.count; i++) {
                if (address - model->regions.at[i].base < model->regions.at[i].size) {
                        return true;
                }
        }
        return false;
}

static void touch(struct draw_model *model, struct draw_step *step, uint64_t address)
{
        DRAW_ADD(model->touches)->address = address;
        step->touches.count++;
}

static void touch_granule(struct draw_model *model, struct draw_step *step, uint64_t address)
{
        if ((address & PAGE_BITS) == 0 && is_memory(model, address)) {
                touch(model, step, address);
        }
}

/* What an argument is, by its register. */
static const struct rmmsim_spec_argument *argument_of(const struct rmmsim_spec_command *command, uint32_t number)
{
        for (uint32_t i = 0; i < command->num_inputs; i++) {
                if (command->inputs[i].argument_register == number) {
                        return &command->inputs[i];
                }
        }
        return NULL;
}

static bool names_granule(const struct rmmsim_spec_command *command, const struct script_field *field)
{
        const struct rmmsim_spec_argument *argument = argument_of(command, field->where.offset);

        return argument != NULL && strncmp(argument->kind, "PA", 2) == 0;
}

static uint64_t argument(const struct round *round, const char *name)
{
        for (uint32_t i = 0; i < round->statement->num_fields; i++) {
                if (strcmp(round->statement->fields[i].name, name) == 0) {
                        return script_number(&round->statement->fields[i].value, round->number);
                }
        }
        return 0;
}

static void touch_all(struct draw_model *model, struct draw_step *step, const struct round *round)
{
        const struct script_statement *statement = round->statement;

        step->touches.first = model->touches.count;
        if (statement->actor == SCRIPT_VCPU) {
                touch(model, step, statement->who);
        }
        if (step->shape == DRAW_ENTER) {
                touch(model, step, step->to.number);
        }
        if (statement->verb == SCRIPT_PAGE || statement->verb == SCRIPT_FILL || statement->verb == SCRIPT_GPT) {
                touch_granule(model, step, script_number(&statement->values[0], round->number));
        }
        for (uint32_t i = 0; statement->verb == SCRIPT_COMMAND && i < statement->num_fields; i++) {
                if (names_granule(statement->command, &statement->fields[i])) {
                        touch_granule(model, step, script_number(&statement->fields[i].value, round->number));
                }
        }
}

/* A trace may say anything; tables have levels -1 to 3. */
static int level_of(const struct script_edge *edge, uint64_t round)
{
        int64_t level = edge->level.text == NULL ? 0 : (int64_t)script_number(&edge->level, round);

        return level < -1 ? -1 : level > 3 ? 3 : (int)level;
}

static void add_edges(struct draw_model *model, struct draw_step *step, const struct round *round)
{
        step->edges.first = model->edges.count;
        for (uint32_t i = 0; i < round->statement->num_edges; i++) {
                const struct script_edge *edge = &round->statement->edges[i];

                if (edge->kind != SCRIPT_EDGE_FAULT) {
                        struct draw_edge *added =
                                edge->kind == SCRIPT_EDGE_STATE ? DRAW_ADD(model->begin) : DRAW_ADD(model->edges);

                        *added = (struct draw_edge){ .machine = (enum rmmsim_object)edge->object->number,
                                                     .address = script_number(&edge->address, round->number),
                                                     .from = (int)edge->from,
                                                     .to = (int)edge->to };
                        added->rd = edge->rd.text == NULL ? 0 : script_number(&edge->rd, round->number);
                        added->level = level_of(edge, round->number);
                }
        }
        step->edges.count = model->edges.count - step->edges.first;
}

static enum draw_shape shape_of(const struct script_statement *statement)
{
        enum script_answer_kind answer = statement->answer.kind;

        switch (statement->verb) {
        case SCRIPT_SNAPSHOT:
                return DRAW_SNAPSHOT;
        case SCRIPT_RESTORE:
                return DRAW_RESTORE;
        case SCRIPT_EXITS:
                return DRAW_EXIT;
        case SCRIPT_ANSWER:
                return DRAW_ANSWER;
        case SCRIPT_COMMAND:
        case SCRIPT_SMC:
        case SCRIPT_HVC:
                return answer == SCRIPT_ENTERED ? DRAW_ENTER : DRAW_CALL;
        case SCRIPT_AGAIN:
                return DRAW_CALL;
        default:
                break;
        }
        if (statement->actor == SCRIPT_WORLD) {
                return DRAW_WORLD;
        }
        return answer == SCRIPT_EXITED || answer == SCRIPT_EXCEPTION ? DRAW_CALL : DRAW_LOCAL;
}

static struct draw_who rec_entered(const struct round *round)
{
        const struct script_statement *statement = round->statement;
        uint64_t rec = statement->verb == SCRIPT_COMMAND ? argument(round, "rec")
                       : statement->num_values > 1       ? script_number(&statement->values[1], round->number)
                                                         : 0;

        return (struct draw_who){ .actor = DRAW_REC, .number = rec };
}

static void add_who(struct draw_step *step, const struct round *round)
{
        struct draw_who actor = { .actor = round->statement->actor == SCRIPT_VCPU ? DRAW_REC : DRAW_PE,
                                  .number = round->statement->who };
        struct draw_who rmm = { .actor = DRAW_RMM };
        bool back = step->shape == DRAW_EXIT || step->shape == DRAW_ANSWER;

        step->from = back ? rmm : actor;
        step->to = back || step->shape == DRAW_LOCAL ? actor : step->shape == DRAW_ENTER ? rec_entered(round) : rmm;
}

static enum draw_tone tone_of(const struct script_statement *statement)
{
        const struct script_answer *answer = &statement->answer;

        switch (answer->kind) {
        case SCRIPT_STATUS:
                return answer->status_value == 0 || strcmp(answer->status, "INCOMPLETE") == 0 ? DRAW_SERVED
                                                                                              : DRAW_REFUSED;
        case SCRIPT_EXCEPTION:
                return DRAW_REFUSED;
        case SCRIPT_ENTERED:
                return DRAW_SERVED;
        case SCRIPT_EXITED:
                return DRAW_EXITED;
        case SCRIPT_NUMBERS:
                return statement->verb == SCRIPT_COMMAND || statement->verb == SCRIPT_ANSWER ? DRAW_SERVED : DRAW_PLAIN;
        default:
                return statement->verb == SCRIPT_EXITS ? DRAW_EXITED : DRAW_PLAIN;
        }
}

/* Of a REC that is made: whether its parameters say that it is runnable, as far as the trace has shown them. */
static int power_of(struct draw_model *model, const struct round *round)
{
        const struct script_statement *statement = round->statement;

        if (statement->verb == SCRIPT_PAGE && statement->structure != NULL &&
            strcmp(statement->structure->c_name, "rec_params") == 0) {
                model->params = script_number(&statement->values[0], round->number);
                model->params_runnable = (int)(argument(round, "flags") & 1);
        }
        if (statement->verb != SCRIPT_COMMAND || strcmp(statement->command->name, "rmi_rec_create") != 0 ||
            model->params == 0 || argument(round, "params_ptr") != model->params) {
                return DRAW_UNKNOWN;
        }
        return model->params_runnable;
}

static void add_step(struct draw_model *model, const struct round *round)
{
        int power = power_of(model, round);
        struct draw_step *step = DRAW_ADD(model->steps);

        step->line = round->statement->at.line;
        step->shape = shape_of(round->statement);
        step->tone = tone_of(round->statement);
        step->power = power;
        add_who(step, round);
        add_edges(model, step, round);
        touch_all(model, step, round);
}

static void read_setting(struct draw_model *model, const struct script_statement *statement)
{
        if (statement->verb == SCRIPT_LET) {
                struct draw_name *let = DRAW_ADD(model->lets);

                let->name = draw_copy(statement->what);
                let->value = statement->values[0].number;
        } else if (statement->verb == SCRIPT_DRAM || statement->verb == SCRIPT_DEVICE) {
                *DRAW_ADD(model->regions) =
                        (struct draw_region){ statement->values[0].number, statement->values[1].number };
        } else if (statement->verb == SCRIPT_USED) {
                struct draw_step none = { .line = 0 };

                model->used = true;
                add_edges(model, &none, &(struct round){ .statement = statement });
        }
}

/* ---- words -------------------------------------------------------------------------------------------------------------- */

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
        uint32_t object = names_granule(round->statement->command, field) ? draw_granule(model, number) : DRAW_NONE;

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
        uint32_t object = draw_granule(model, argument(round, condition->argument));
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

static void give_words(const struct draw_model *model, uint32_t number, const struct round *round)
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

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

/* Each statement in each of its rounds: added to the model, or given its words. */
static void read_steps(struct draw_model *model, const struct script *script, bool words)
{
        uint32_t step = 0;

        for (uint32_t i = 0; i < script->num_statements; i++) {
                const struct script_statement *statement = script->statements[i];
                uint64_t last = statement->loop.name == NULL ? 0 : statement->loop.last;
                struct round round = { .statement = statement,
                                       .number = statement->loop.name == NULL ? 0 : statement->loop.first };

                if (!is_step(statement)) {
                        if (!words) {
                                read_setting(model, statement);
                        }
                        continue;
                }
                for (; round.number <= last; round.number++) {
                        if (words) {
                                give_words(model, ++step, &round);
                        } else {
                                add_step(model, &round);
                        }
                        if (round.number == UINT64_MAX) {
                                break;
                        }
                }
        }
}

static void read_names(struct draw_model *model, const struct script *names)
{
        for (uint32_t i = 0; i < names->num_statements; i++) {
                if (names->statements[i]->verb == SCRIPT_LET) {
                        read_setting(model, names->statements[i]);
                }
        }
}

void draw_read(struct draw_model *model, const struct script *trace, const struct script *names, const char *title)
{
        *model = (struct draw_model){ .title = title };
        read_steps(model, trace, false);
        if (names != NULL) {
                read_names(model, names);
        }
        model->first = 1;
        model->last = model->steps.count;
        draw_states(model);
        draw_names(model);
        draw_lanes(model);
        read_steps(model, trace, true);
        for (uint32_t i = 0; names != NULL && i < model->steps.count; i++) {
                model->steps.at[i].line = 0;
        }
}
