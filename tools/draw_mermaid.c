/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_mermaid.c - a picture in the language of Mermaid, which many places that show Markdown draw.
 *
 * Its readers refuse texts of more than 50,000 characters, so that is where the picture ends, and says so. A `;` ends a statement
 * there and `#` begins a character by its number, so both, and whatever else might mean something, are written by number.
 */
#include "draw.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        TEXT_MAX = 49000,
        WORDS_MAX = 160, /* bytes of a message       */
        NOTES_MAX = 6    /* changes in one note      */
};

static void escape(struct draw_text *to, const char *text)
{
        size_t left = WORDS_MAX;

        for (; *text != '\0' && left-- > 0; text++) {
                if (strchr("#;<>&\"%\\{}", *text) != NULL) {
                        draw_print(to, "#%u;", (unsigned)*text);
                } else {
                        draw_print(to, "%c", isprint((unsigned char)*text) ? *text : '?');
                }
        }
        draw_print(to, "%s", *text != '\0' ? "..." : "");
}

/* What a lane is called in the text: never a word of the language. */
static const char *id(const struct draw_model *model, char name[32], uint32_t lane)
{
        static const char letters[] = { [DRAW_PE] = 'P', [DRAW_RMM] = 'M', [DRAW_REC] = 'R' };

        (void)snprintf(name, 32, "%c%" PRIu32, letters[model->lanes.at[lane].who.actor], lane);
        return name;
}

static uint32_t rmm_of(const struct draw_model *model)
{
        uint32_t lane = 0;

        while (model->lanes.at[lane].who.actor != DRAW_RMM) {
                lane++;
        }
        return lane;
}

static void message(const struct draw_model *model, struct draw_text *to, uint32_t from, const char *arrow,
                    uint32_t end, const char *text)
{
        char a[32];
        char b[32];

        draw_print(to, "    %s%s%s: ", id(model, a, from), arrow, id(model, b, end));
        escape(to, text[0] != '\0' ? text : " ");
        draw_print(to, "\n");
}

static void note(const struct draw_model *model, struct draw_text *to, uint32_t from, uint32_t end, const char *text)
{
        char a[32];
        char b[32];

        if (from == end) {
                draw_print(to, "    Note over %s: ", id(model, a, from));
        } else {
                draw_print(to, "    Note over %s,%s: ", id(model, a, from), id(model, b, end));
        }
        escape(to, text);
        draw_print(to, "\n");
}

static void changes(const struct draw_model *model, struct draw_text *to, const struct draw_step *step)
{
        char name[48];
        char lane[32];
        unsigned noted = 0;

        for (uint32_t i = 0; i < step->changes.count; i++) {
                const struct draw_change *change = &model->changes.at[step->changes.first + i];

                if (draw_is_implied(model, change) || noted++ >= NOTES_MAX) {
                        continue;
                }
                if (noted == 1) {
                        draw_print(to, "    Note over %s: ", id(model, lane, rmm_of(model)));
                } else {
                        draw_print(to, "<br/>");
                }
                escape(to, draw_label(model, name, change->object));
                draw_print(to, " %s", draw_state_name(change->to, change->machine));
        }
        if (noted > NOTES_MAX) {
                draw_print(to, "<br/>and %u more", noted - NOTES_MAX);
        }
        draw_print(to, "%s", noted != 0 ? "\n" : "");
}

/* A REC that runs has a bar. Ending one that never began is a mistake there. */
static void bar(const struct draw_model *model, struct draw_text *to, bool *runs, uint32_t lane, bool begin)
{
        char name[32];

        if (runs[lane] != begin) {
                draw_print(to, "    %s %s\n", begin ? "activate" : "deactivate", id(model, name, lane));
                runs[lane] = begin;
        }
}

/* Bars of RECs end before the step at which the lane looks otherwise. */
static void end_bars(const struct draw_model *model, struct draw_text *to, bool *runs, uint32_t step)
{
        for (uint32_t i = 0; i < model->spans.count; i++) {
                if (model->spans.at[i].first == step && model->spans.at[i].style != DRAW_RUNNING) {
                        bar(model, to, runs, model->spans.at[i].lane, false);
                }
        }
}

static void draw_step(const struct draw_model *model, struct draw_text *to, bool *runs, const struct draw_step *step)
{
        uint32_t last = model->lanes.count - 1;
        uint32_t rmm = rmm_of(model);

        switch (step->shape) {
        case DRAW_CALL:
                message(model, to, step->from_lane, "->>", rmm, step->asked);
                if (step->answer[0] != '\0' && step->tone != DRAW_EXITED) {
                        message(model, to, rmm, step->tone == DRAW_REFUSED ? "--x" : "-->>", step->from_lane,
                                step->answer);
                }
                break;
        case DRAW_ENTER:
                message(model, to, step->from_lane, "->>", rmm, step->asked);
                message(model, to, rmm, "->>", step->to_lane, "entered");
                bar(model, to, runs, step->to_lane, true);
                break;
        case DRAW_EXIT:
                message(model, to, rmm, "-->>", step->to_lane, step->asked);
                break;
        case DRAW_ANSWER:
                message(model, to, rmm, step->tone == DRAW_REFUSED ? "--x" : "-->>", step->to_lane, step->answer);
                break;
        case DRAW_LOCAL:
                message(model, to, step->from_lane, "->>", step->from_lane, step->asked);
                break;
        default:
                note(model, to, 0, last, step->asked);
                break;
        }
        changes(model, to, step);
}

static void draw_head(const struct draw_model *model, struct draw_text *to)
{
        char name[32];

        draw_print(to, "sequenceDiagram\n    title ");
        escape(to, model->title);
        draw_print(to, "\n");
        for (uint32_t i = 0; i < model->lanes.count; i++) {
                draw_print(to, "    participant %s as ", id(model, name, i));
                escape(to, model->lanes.at[i].name);
                draw_print(to, "%s%s\n", model->lanes.at[i].address[0] != '\0' ? "<br/>" : "",
                           model->lanes.at[i].address);
        }
}

void draw_as_mermaid(const struct draw_model *model, FILE *to)
{
        struct draw_text text = { 0 };
        bool *runs = draw_zeroed(model->lanes.count, sizeof(*runs));
        uint32_t step = model->first;
        size_t size = 0;

        draw_head(model, &text);
        for (; step <= model->last && size < TEXT_MAX; step++) {
                end_bars(model, &text, runs, step);
                draw_step(model, &text, runs, &model->steps.at[step - 1]);
                size = text.size;
        }
        if (step <= model->steps.count) {
                char left[64];

                (void)snprintf(left, sizeof(left), "%" PRIu32 " more steps are left out",
                               model->steps.count - step + 1);
                note(model, &text, 0, model->lanes.count - 1, left);
        }
        fputs(text.at, to);
        free(text.at);
        free(runs);
}
