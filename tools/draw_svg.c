/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_svg.c - a picture as one SVG file, by day and by night: lanes at the left, and beside them what happens, a row a step.
 *
 * It looks as the page does that steps through a trace (page.js), and it needs no program to be seen. What is too long for its row
 * is whole in the row's title, which shows under the pointer.
 */
#include "draw.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        ROW = 26,
        HEAD = 46,
        TOP = 52, /* of the heads of lanes */
        NUMBER = 52,
        TEXT = 14,       /* from the lanes to what happens        */
        WORDS_MAX = 112, /* characters of what is asked           */
        CHANGES_MAX = 3, /* of a row                              */
        CHARACTER = 73,  /* tenths of the width of one            */
        MARGIN = 16
};

struct picture {
        const struct draw_model *model;
        FILE *to;
        int lane; /* width of a lane */
        uint32_t rmm;
        int width;
        int height;
};

static const char style[] =
        "<style>\n"
        "text { font: 12px ui-monospace, Menlo, Consolas, \"DejaVu Sans Mono\", monospace; fill: #1d2430; }\n"
        ".paper { fill: #fbfaf8; } .title { font-weight: bold; font-size: 15px; } .soft { fill: #5d6675; }\n"
        ".head { fill: #fff; font-weight: bold; text-anchor: middle; } .address { font-size: 10px; fill: #5d6675; "
        "text-anchor: middle; }\n"
        ".number { fill: #5d6675; text-anchor: end; } .served { fill: #14733f; font-weight: bold; }\n"
        ".refused { fill: #b3261e; font-weight: bold; } .exited { fill: #5d6675; font-weight: bold; } .world { fill: "
        "#5d6675; font-style: italic; }\n"
        ".change { fill: #0b62a8; } .on, .off { stroke: #aab2bf; stroke-width: 1.5; } .off { stroke-dasharray: 1 4; }\n"
        ".arrow { stroke-width: 2; fill: none; } .back { stroke-dasharray: 5 3; } .inside { fill-opacity: 0.3; }\n"
        ".cross { stroke: #b3261e; stroke-width: 2.5; } .across { stroke: #5d6675; stroke-dasharray: 2 3; } .stripe { "
        "fill: #000; fill-opacity: 0.03; }\n"
        ".c0 { fill: #0b62a8; stroke: #0b62a8; } .c1 { fill: #b4480a; stroke: #b4480a; } .c2 { fill: #5b48b8; stroke: "
        "#5b48b8; }\n"
        ".c3 { fill: #00795a; stroke: #00795a; } .c4 { fill: #a8357c; stroke: #a8357c; } .c5 { fill: #80620f; stroke: "
        "#80620f; }\n"
        ".c6 { fill: #4a5560; stroke: #4a5560; } .c7 { fill: #a32626; stroke: #a32626; } .rmm { fill: #2c3440; stroke: "
        "#2c3440; }\n"
        ".dot { stroke: #fbfaf8 !important; stroke-width: 1.5; } .bar { stroke: none !important; }\n"
        "@media (prefers-color-scheme: dark) {\n"
        "text { fill: #e4e8ee; } .paper { fill: #12161d; } .soft, .number, .address, .exited, .world { fill: #9aa5b5; "
        "}\n"
        ".head { fill: #12161d; } .served { fill: #5fcf8f; } .refused { fill: #ff8a80; } .change { fill: #6db5f5; }\n"
        ".on, .off { stroke: #566173; } .cross { stroke: #ff8a80; } .across { stroke: #9aa5b5; } .stripe { fill: #fff; "
        "}\n"
        ".c0 { fill: #6db5f5; stroke: #6db5f5; } .c1 { fill: #f59a5f; stroke: #f59a5f; } .c2 { fill: #a99bf5; stroke: "
        "#a99bf5; }\n"
        ".c3 { fill: #4fd0a5; stroke: #4fd0a5; } .c4 { fill: #f08cc8; stroke: #f08cc8; } .c5 { fill: #d9b95a; stroke: "
        "#d9b95a; }\n"
        ".c6 { fill: #aab6c4; stroke: #aab6c4; } .c7 { fill: #f58a8a; stroke: #f58a8a; } .rmm { fill: #8d9aad; stroke: "
        "#8d9aad; }\n"
        "}\n"
        "</style>\n";

/* ---- lanes -------------------------------------------------------------------------------------------------------------- */

static int middle(const struct picture *picture, uint32_t lane)
{
        return NUMBER + (int)lane * picture->lane + picture->lane / 2;
}

static const char *colour(const struct picture *picture, uint32_t lane)
{
        static const char *const colours[] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7" };

        return lane == picture->rmm ? "rmm" : colours[draw_colour(picture->model, lane)];
}

/* One piece of a lane's line, for the steps from `first` to `last`. */
static void draw_life(const struct picture *picture, uint32_t lane, enum draw_style looks, uint32_t first,
                      uint32_t last)
{
        int top = TOP + HEAD + (int)(first - picture->model->first) * ROW;
        int bottom = TOP + HEAD + (int)(last - picture->model->first + 1) * ROW;
        int x = middle(picture, lane);

        if (looks == DRAW_INSIDE || looks == DRAW_RUNNING) {
                fprintf(picture->to, "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"%d\" class=\"bar %s%s\"/>\n", x - 5,
                        top, bottom - top, colour(picture, lane), looks == DRAW_INSIDE ? " inside" : "");
        } else if (looks != DRAW_GONE) {
                fprintf(picture->to, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n", x, top, x,
                        bottom, looks == DRAW_OFF ? "off" : "on");
        }
}

static void draw_lives(const struct picture *picture)
{
        const struct draw_model *model = picture->model;

        for (uint32_t i = 0; i < model->spans.count; i++) {
                const struct draw_span *span = &model->spans.at[i];
                bool ends = i + 1 == model->spans.count || model->spans.at[i + 1].lane != span->lane;
                uint32_t first = span->first < model->first ? model->first : span->first;
                uint32_t last = ends || model->spans.at[i + 1].first > model->last ? model->last
                                                                                   : model->spans.at[i + 1].first - 1;

                if (first <= last) {
                        draw_life(picture, span->lane, span->style, first, last);
                }
        }
}

static void draw_heads(const struct picture *picture)
{
        for (uint32_t i = 0; i < picture->model->lanes.count; i++) {
                const struct draw_lane *lane = &picture->model->lanes.at[i];
                int room = (picture->lane - 6) * 10 / CHARACTER;

                fprintf(picture->to,
                        "<g><title>%s %s</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" rx=\"5\" class=\"%s "
                        "bar\"/>",
                        lane->name, lane->address, NUMBER + (int)i * picture->lane + 3, TOP, picture->lane - 6,
                        colour(picture, i));
                fprintf(picture->to, "<text x=\"%d\" y=\"%d\" class=\"head\">%.*s</text>", middle(picture, i), TOP + 14,
                        room, lane->name);
                fprintf(picture->to, "<text x=\"%d\" y=\"%d\" class=\"address\">%s</text></g>\n", middle(picture, i),
                        TOP + 33, picture->lane < 66 ? "" : lane->address);
        }
}

/* ---- rows --------------------------------------------------------------------------------------------------------------- */

static void draw_arrow(const struct picture *picture, const struct draw_step *step, uint32_t from, uint32_t to, int y)
{
        bool back = step->shape == DRAW_EXIT || step->shape == DRAW_ANSWER;
        bool refused = step->shape == DRAW_CALL && step->tone == DRAW_REFUSED;
        uint32_t actor = back ? step->to_lane : step->from_lane;
        int towards = middle(picture, to) > middle(picture, from) ? 1 : -1;
        int end = middle(picture, to) - towards * 6;

        fprintf(picture->to, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"arrow %s%s\"/>",
                middle(picture, from), y, end - towards * 7, y, colour(picture, actor), back ? " back" : "");
        if (refused) {
                int x = end - towards * 4;

                fprintf(picture->to, "<path d=\"M%d %dL%d %dM%d %dL%d %d\" class=\"cross\"/>", x - 5, y - 5, x + 5,
                        y + 5, x - 5, y + 5, x + 5, y - 5);
        } else {
                fprintf(picture->to, "<path d=\"M%d %dL%d %dV%dZ\" class=\"bar %s\"/>", end, y, end - towards * 9,
                        y - 5, y + 5, colour(picture, actor));
        }
}

static void draw_move(const struct picture *picture, const struct draw_step *step, int y)
{
        switch (step->shape) {
        case DRAW_WORLD:
                break;
        case DRAW_SNAPSHOT:
        case DRAW_RESTORE:
                fprintf(picture->to, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"across\"/>", NUMBER, y,
                        NUMBER + (int)picture->model->lanes.count * picture->lane, y);
                break;
        case DRAW_LOCAL:
                fprintf(picture->to, "<circle cx=\"%d\" cy=\"%d\" r=\"5\" class=\"dot %s\"/>",
                        middle(picture, step->from_lane), y, colour(picture, step->from_lane));
                break;
        case DRAW_ENTER:
                draw_arrow(picture, step, step->from_lane, picture->rmm, y);
                draw_arrow(picture, step, picture->rmm, step->to_lane, y);
                break;
        default:
                draw_arrow(picture, step, step->from_lane, step->to_lane, y);
                break;
        }
}

static void write_cut(const struct picture *picture, const char *text, const char *class)
{
        char cut[WORDS_MAX + 1];
        bool is_long = strlen(text) > WORDS_MAX;

        (void)snprintf(cut, sizeof(cut), "%.*s%s", is_long ? WORDS_MAX - 3 : WORDS_MAX, text, is_long ? "..." : "");
        fprintf(picture->to, "<tspan%s>", class);
        draw_markup(picture->to, cut);
        fprintf(picture->to, "</tspan>");
}

static void write_changes(const struct picture *picture, const struct draw_step *step)
{
        char name[48];
        unsigned told = 0;

        for (uint32_t i = 0; i < step->changes.count; i++) {
                const struct draw_change *change = &picture->model->changes.at[step->changes.first + i];

                if (!draw_is_implied(picture->model, change) && told++ < CHANGES_MAX) {
                        fprintf(picture->to, "<tspan dx=\"14\" class=\"change\">");
                        draw_markup(picture->to, draw_label(picture->model, name, change->object));
                        fprintf(picture->to, " %s</tspan>", draw_state_name(change->to, change->machine));
                }
        }
        if (told > CHANGES_MAX) {
                fprintf(picture->to, "<tspan dx=\"14\" class=\"change\">+%u</tspan>", told - CHANGES_MAX);
        }
}

static void write_title(const struct picture *picture, const struct draw_step *step)
{
        char name[48];

        fprintf(picture->to, "<title>");
        if (step->line != 0) {
                fprintf(picture->to, "line %" PRIu32 ": ", step->line);
        }
        draw_markup(picture->to, step->source);
        for (uint32_t i = 0; i < step->changes.count && i < 64; i++) {
                const struct draw_change *change = &picture->model->changes.at[step->changes.first + i];

                fprintf(picture->to, "\n");
                draw_markup(picture->to, draw_label(picture->model, name, change->object));
                fprintf(picture->to, " 0x%" PRIx64 ": %s to %s", picture->model->objects.at[change->object].address,
                        draw_state_name(change->from, change->machine), draw_state_name(change->to, change->machine));
        }
        if (step->why[0] != '\0') {
                fprintf(picture->to, "\n");
                draw_markup(picture->to, step->why);
        }
        fprintf(picture->to, "</title>");
}

static void draw_row(const struct picture *picture, uint32_t number)
{
        static const char *const tones[] = { [DRAW_PLAIN] = " class=\"exited\" dx=\"10\"",
                                             [DRAW_SERVED] = " class=\"served\" dx=\"10\"",
                                             [DRAW_REFUSED] = " class=\"refused\" dx=\"10\"",
                                             [DRAW_EXITED] = " class=\"exited\" dx=\"10\"" };
        const struct draw_step *step = &picture->model->steps.at[number - 1];
        int top = TOP + HEAD + (int)(number - picture->model->first) * ROW;
        int y = top + ROW / 2;

        fprintf(picture->to, "<g id=\"step%" PRIu32 "\">", number);
        write_title(picture, step);
        fprintf(picture->to, "<text x=\"%d\" y=\"%d\" class=\"number\">%" PRIu32 "</text>", NUMBER - 8, y + 4, number);
        draw_move(picture, step, y);
        fprintf(picture->to, "<text x=\"%d\" y=\"%d\">",
                NUMBER + (int)picture->model->lanes.count * picture->lane + TEXT, y + 4);
        write_cut(picture, step->asked, step->shape >= DRAW_WORLD ? " class=\"world\"" : "");
        if (step->answer[0] != '\0') {
                fprintf(picture->to, "<tspan dx=\"10\" class=\"soft\">\xE2\x86\x92</tspan>");
                write_cut(picture, step->answer, tones[step->tone]);
        }
        write_changes(picture, step);
        fprintf(picture->to, "</text></g>\n");
}

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

static int width_of(const struct draw_model *model, const struct draw_step *step)
{
        size_t characters = least(strlen(step->asked), WORDS_MAX) + least(strlen(step->answer), WORDS_MAX) + 4;
        char name[48];
        unsigned told = 0;

        for (uint32_t i = 0; i < step->changes.count && told < CHANGES_MAX; i++) {
                const struct draw_change *change = &model->changes.at[step->changes.first + i];

                if (draw_is_implied(model, change)) {
                        continue;
                }
                told++;
                characters += strlen(draw_label(model, name, change->object)) +
                              strlen(draw_state_name(change->to, change->machine)) + 3;
        }
        return (int)(characters + 5) * CHARACTER / 10;
}

static void measure(struct picture *picture)
{
        const struct draw_model *model = picture->model;
        int text = 420;

        for (uint32_t i = model->first; i <= model->last; i++) {
                int width = width_of(model, &model->steps.at[i - 1]);

                text = width > text ? width : text;
        }
        picture->lane = 400 / (int)model->lanes.count;
        picture->lane = picture->lane < 38 ? 38 : picture->lane > 76 ? 76 : picture->lane;
        picture->width = NUMBER + (int)model->lanes.count * picture->lane + TEXT + text + MARGIN;
        picture->height = TOP + HEAD + (int)(model->last + 1 - model->first) * ROW + MARGIN;
        picture->rmm = 0;
        while (model->lanes.at[picture->rmm].who.actor != DRAW_RMM) {
                picture->rmm++;
        }
}

void draw_as_svg(const struct draw_model *model, FILE *to)
{
        struct picture picture = { .model = model, .to = to };
        struct draw_text summary = { 0 };

        measure(&picture);
        draw_summary(model, &summary);
        fprintf(to,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                "role=\"img\">\n",
                picture.width, picture.height, picture.width, picture.height);
        fprintf(to, "<title>");
        draw_markup(to, model->title);
        fprintf(to,
                "</title>\n%s<rect width=\"100%%\" height=\"100%%\" class=\"paper\"/>\n<text x=\"%d\" y=\"24\" "
                "class=\"title\">",
                style, MARGIN);
        draw_markup(to, model->title);
        fprintf(to, "</text>\n<text x=\"%d\" y=\"42\" class=\"soft\">%s</text>\n", MARGIN, summary.at);
        draw_lives(&picture);
        draw_heads(&picture);
        for (uint32_t i = model->first; i <= model->last; i++) {
                draw_row(&picture, i);
        }
        fprintf(to, "</svg>\n");
        free(summary.at);
}
