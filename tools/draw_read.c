/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_read.c - the statements of a trace as steps of a picture.
 *
 * First the steps with their edges and the addresses that they name. When the states are worked out, objects have names, and then
 * the steps get their words (draw_words.c).
 */
#include "draw_read.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        PAGE_BITS = 4095
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

bool draw_names_granule(const struct rmmsim_spec_command *command, const struct script_field *field)
{
        const struct rmmsim_spec_argument *argument = argument_of(command, field->where.offset);

        return argument != NULL && strncmp(argument->kind, "PA", 2) == 0;
}

uint64_t draw_argument(const struct round *round, const char *name)
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
                if (draw_names_granule(statement->command, &statement->fields[i])) {
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
        uint64_t rec = statement->verb == SCRIPT_COMMAND ? draw_argument(round, "rec")
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
                model->params_runnable = (int)(draw_argument(round, "flags") & 1);
        }
        if (statement->verb != SCRIPT_COMMAND || strcmp(statement->command->name, "rmi_rec_create") != 0 ||
            model->params == 0 || draw_argument(round, "params_ptr") != model->params) {
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
                                draw_words(model, ++step, &round);
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
