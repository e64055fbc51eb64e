/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_html.c - a page that steps through a trace: the model as data, inside tools/page.html with its style and its program.
 *
 * The page looks states up in the changes of each object, so the data say what changes and not what is. Its program draws only what
 * is in view; what limits it is how large a file a browser opens.
 */
#include "draw.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* page.html, embedded by the build. */
extern const unsigned char draw_page[];

static void write_lanes(const struct draw_model *model, FILE *to)
{
        uint32_t rmm = 0;

        fprintf(to, "\"lanes\":[");
        for (uint32_t i = 0; i < model->lanes.count; i++) {
                rmm = model->lanes.at[i].who.actor == DRAW_RMM ? i : rmm;
                fprintf(to, "%s[", i == 0 ? "" : ",");
                draw_json(to, model->lanes.at[i].name);
                fprintf(to, ",\"%s\",%u]", model->lanes.at[i].address, draw_colour(model, i));
        }
        fprintf(to, "],\n\"rmm\":%" PRIu32 ",\n", rmm);
}

/* Names and meanings of all states, as the rows have them. */
static void write_machines(FILE *to)
{
        fprintf(to, "\"machines\":[");
        for (uint32_t i = 0; i < RMMSIM_NUM_OBJECTS; i++) {
                const struct rmmsim_spec_object *object = rmmsim_spec_object(i);

                fprintf(to, "%s{\"name\":\"%s\",\"states\":[", i == 0 ? "" : ",", object->name);
                for (uint32_t state = 0; state < object->num_states; state++) {
                        fprintf(to, "%s[", state == 0 ? "" : ",");
                        draw_json(to, draw_state_name((int)object->states[state].value, (enum rmmsim_object)i));
                        fputc(',', to);
                        draw_json(to, object->states[state].meaning);
                        fputc(']', to);
                }
                fprintf(to, "]}");
        }
        fprintf(to, "],\n");
}

/* What commands are for, and why a REC exits, by the words that a step begins with. */
static void write_about(FILE *to)
{
        const struct rmmsim_spec_command *command;
        const struct rmmsim_spec_value *exit;

        fprintf(to, "\"about\":{");
        for (uint32_t i = 0; (command = rmmsim_spec_command(i)) != NULL; i++) {
                fprintf(to, "\"%s\":", command->id);
                draw_json(to, command->summary);
                fprintf(to, ",\n");
        }
        for (uint32_t i = 0; (exit = rmmsim_spec_exit(i)) != NULL; i++) {
                fprintf(to, "%s\"exits %s\":", i == 0 ? "" : ",\n", exit->name);
                draw_json(to, exit->meaning);
        }
        fprintf(to, "},\n");
}

static void write_objects(const struct draw_model *model, FILE *to)
{
        fprintf(to, "\"objects\":[");
        for (uint32_t i = 0; i < model->objects.count; i++) {
                const struct draw_object *object = &model->objects.at[i];

                fprintf(to, "%s[\"0x%" PRIx64 "\",", i == 0 ? "" : ",\n", object->address);
                draw_json(to, object->name);
                fprintf(to, ",%d,%d]", object->realm == DRAW_NONE ? -1 : (int)object->realm, object->level);
        }
        fprintf(to, "],\n");
}

static void write_step(const struct draw_model *model, FILE *to, const struct draw_step *step)
{
        fprintf(to, "[%" PRIu32 ",%d,%" PRIu32 ",%" PRIu32 ",%d,", step->line, (int)step->shape, step->from_lane,
                step->to_lane, (int)step->tone);
        draw_json(to, step->asked);
        fputc(',', to);
        draw_json(to, step->answer);
        fputc(',', to);
        draw_json(to, step->why);
        fputc(',', to);
        draw_json(to, step->source);
        fprintf(to, ",[");
        for (uint32_t i = 0; i < step->touches.count; i++) {
                fprintf(to, "%s%" PRIu32, i == 0 ? "" : ",", model->touches.at[step->touches.first + i].object);
        }
        fprintf(to, "]]");
}

static void write_steps(const struct draw_model *model, FILE *to)
{
        fprintf(to, "\"first\":%" PRIu32 ",\n\"steps\":[", model->first);
        for (uint32_t i = model->first; i <= model->last; i++) {
                fprintf(to, "%s", i == model->first ? "" : ",\n");
                write_step(model, to, &model->steps.at[i - 1]);
        }
        fprintf(to, "],\n");
}

static void write_changes(const struct draw_model *model, FILE *to)
{
        const char *comma = "";

        fprintf(to, "\"changes\":[");
        for (uint32_t i = 0; i < model->changes.count && model->changes.at[i].step <= model->last; i++) {
                const struct draw_change *change = &model->changes.at[i];

                fprintf(to, "%s%" PRIu32 ",%" PRIu32 ",%d,%d,%d", comma, change->step, change->object,
                        (int)change->machine, change->from, change->to);
                comma = i % 8 == 7 ? ",\n" : ",";
        }
        fprintf(to, "],\n");
}

static void write_spans(const struct draw_model *model, FILE *to)
{
        fprintf(to, "\"spans\":[");
        for (uint32_t i = 0; i < model->spans.count; i++) {
                const struct draw_span *span = &model->spans.at[i];

                fprintf(to, "%s%" PRIu32 ",%" PRIu32 ",%d",
                        i == 0       ? ""
                        : i % 8 == 0 ? ",\n"
                                     : ",",
                        span->lane, span->first, (int)span->style);
        }
        fprintf(to, "]}");
}

static void write_trace(const struct draw_model *model, FILE *to)
{
        struct draw_text summary = { 0 };

        draw_summary(model, &summary);
        fprintf(to, "{\"title\":");
        draw_json(to, model->title);
        fprintf(to, ",\n\"summary\":");
        draw_json(to, summary.at);
        fprintf(to, ",\n");
        write_lanes(model, to);
        write_machines(to);
        write_about(to);
        write_objects(model, to);
        write_steps(model, to);
        write_changes(model, to);
        write_spans(model, to);
        free(summary.at);
}

void draw_as_html(const struct draw_model *model, FILE *to)
{
        const char *page = (const char *)draw_page;
        const char *title = strstr(page, "@TITLE@");
        const char *trace = strstr(page, "@TRACE@");

        fwrite(page, 1, (size_t)(title - page), to);
        draw_markup(to, model->title);
        title += strlen("@TITLE@");
        fwrite(title, 1, (size_t)(trace - title), to);
        write_trace(model, to);
        fputs(trace + strlen("@TRACE@"), to);
}
