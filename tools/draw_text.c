/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_text.c - a picture for a terminal: lanes at the left, and beside them what happens, folded where it is wider than the lines.
 *
 *     o---->|   asks, and is served        o----x|   is refused
 *     |<- - |   is answered                #         runs, or is inside an entry        :   is off
 */
#include "draw.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
        NUMBER = 6,   /* columns of the step's number        */
        LANE_MIN = 5, /* columns of a lane                   */
        LANE_USUAL = 8,
        LANE_MAX = 14,
        TEXT_MIN = 40,    /* columns of what happens             */
        TEXT_ENOUGH = 60, /* if there is room for that, lanes get more */
        NAME = 28,
        LANES_MAX = 4096
};

struct page {
        const struct draw_model *model;
        FILE *to;
        unsigned lane;  /* columns of a lane */
        unsigned width; /* of what happens   */
        bool colours;
        uint32_t *span; /* of each lane, the span that is due */
        char lanes[LANES_MAX + 1];
};

/* ---- lanes -------------------------------------------------------------------------------------------------------------- */

static unsigned columns(const struct page *page)
{
        unsigned all = page->lane * page->model->lanes.count;

        return all < LANES_MAX ? all : LANES_MAX;
}

static unsigned middle(const struct page *page, uint32_t lane)
{
        unsigned column = lane * page->lane + page->lane / 2;

        return column < columns(page) ? column : columns(page) - 1;
}

/* The lines of all lanes at a step; steps come in order. */
static void draw_lives(struct page *page, uint32_t step)
{
        static const char lives[] = {
                [DRAW_GONE] = ' ', [DRAW_OFF] = ':', [DRAW_ON] = '|', [DRAW_INSIDE] = '#', [DRAW_RUNNING] = '#'
        };

        memset(page->lanes, ' ', columns(page));
        page->lanes[columns(page)] = '\0';
        for (uint32_t lane = 0; lane < page->model->lanes.count; lane++) {
                const struct draw_span *spans = page->model->spans.at;
                uint32_t next = page->span[lane] + 1;

                while (next < page->model->spans.count && spans[next].lane == lane && spans[next].first <= step) {
                        page->span[lane] = next++;
                }
                page->lanes[middle(page, lane)] = lives[spans[page->span[lane]].style];
        }
}

static void draw_arrow(struct page *page, uint32_t from, uint32_t to, bool back, bool refused)
{
        int begin = (int)middle(page, from);
        int end = (int)middle(page, to);
        int towards = end > begin ? 1 : -1;
        char tip = refused ? 'x' : towards > 0 ? '>' : '<';

        for (int at = begin + towards; at != end && begin != end; at += towards) {
                page->lanes[at] = back && (at - begin) % 2 == 0 ? ' ' : '-';
        }
        if (begin != end) {
                page->lanes[end - towards] = tip;
        }
        if (!back) {
                page->lanes[begin] = 'o';
        }
}

static void draw_step_in_lanes(struct page *page, const struct draw_step *step)
{
        uint32_t rmm = 0;

        switch (step->shape) {
        case DRAW_WORLD:
                break;
        case DRAW_SNAPSHOT:
        case DRAW_RESTORE:
                memset(page->lanes, '=', columns(page));
                break;
        case DRAW_LOCAL:
                page->lanes[middle(page, step->from_lane)] = '*';
                break;
        case DRAW_ENTER:
                while (page->model->lanes.at[rmm].who.actor != DRAW_RMM) {
                        rmm++;
                }
                draw_arrow(page, rmm, step->to_lane, false, false);
                draw_arrow(page, step->from_lane, rmm, false, false);
                break;
        default:
                draw_arrow(page, step->from_lane, step->to_lane, step->shape != DRAW_CALL,
                           step->shape == DRAW_CALL && step->tone == DRAW_REFUSED);
                break;
        }
}

static void draw_heads(const struct page *page)
{
        struct draw_text line = { 0 };

        draw_print(&line, "%*s", NUMBER, "step  ");
        for (uint32_t i = 0; i < page->model->lanes.count; i++) {
                const char *name = page->model->lanes.at[i].name;
                int room = (int)page->lane - 1;
                int length = (int)strlen(name) > room ? room : (int)strlen(name);
                int before = ((int)page->lane - length + 1) / 2;

                draw_print(&line, "%*s%.*s%*s", before, "", length, name, (int)page->lane - before - length, "");
        }
        while (line.size != 0 && line.at[line.size - 1] == ' ') {
                line.at[--line.size] = '\0';
        }
        fprintf(page->to, "%s\n", line.at);
        free(line.at);
}

/* ---- what happens --------------------------------------------------------------------------------------------------------- */

/* How much of a text fits a line: up to the answer, or to its last blank, if there is one. */
static size_t fitting(const char *text, size_t room)
{
        size_t size = strlen(text);
        size_t cut = room;
        const char *answer = strstr(text, "  => ");

        if (size > room && answer != NULL && (size_t)(answer - text) <= room) {
                return (size_t)(answer - text);
        }
        if (size <= room) {
                return size;
        }
        while (cut > room / 2 && text[cut] != ' ') {
                cut--;
        }
        return text[cut] == ' ' ? cut : room;
}

static void write_plain(FILE *to, const char *text, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                fputc(isprint((unsigned char)text[i]) ? text[i] : '?', to);
        }
}

/* The first line stands beside the step's number and arrows, all others beside the lines of the lanes. */
static void write_lines(struct page *page, uint32_t *number, const char *text, const char *indent, const char *colour)
{
        bool first = true;

        do {
                const char *before = first ? indent : indent[0] == '\0' ? "    " : "      ";
                size_t size = fitting(text, page->width - strlen(before));

                if (*number != 0) {
                        fprintf(page->to, "%4" PRIu32 "  ", *number);
                } else {
                        fprintf(page->to, "%*s", NUMBER, "");
                }
                fprintf(page->to, "%s  %s%s", page->lanes, before, page->colours ? colour : "");
                write_plain(page->to, text, size);
                fprintf(page->to, "%s\n", page->colours && colour[0] != '\0' ? "\033[0m" : "");
                text += size + strspn(text + size, " ");
                if (*number != 0) {
                        draw_lives(page, *number);
                        *number = 0;
                }
                first = false;
        } while (*text != '\0');
}

static void write_change(struct page *page, const struct draw_change *change)
{
        const struct draw_object *object = &page->model->objects.at[change->object];
        struct draw_text text = { 0 };
        uint32_t none = 0;

        if (object->level != DRAW_NO_LEVEL) {
                char realm[48];

                draw_print(&text, "entry 0x%" PRIx64 " level %d of %s", object->address, object->level,
                           draw_label(page->model, realm, object->realm));
        } else {
                draw_print(&text, "%s%s0x%" PRIx64, object->name, object->name[0] != '\0' ? " " : "", object->address);
        }
        draw_print(&text, ": %s -> %s", draw_state_name(change->from, change->machine),
                   draw_state_name(change->to, change->machine));
        write_lines(page, &none, text.at, "  ", "");
        free(text.at);
}

static void write_step(struct page *page, uint32_t number)
{
        static const char *const colours[] = {
                [DRAW_PLAIN] = "", [DRAW_SERVED] = "", [DRAW_REFUSED] = "\033[31m", [DRAW_EXITED] = ""
        };
        const struct draw_step *step = &page->model->steps.at[number - 1];
        struct draw_text text = { 0 };

        draw_lives(page, number);
        draw_step_in_lanes(page, step);
        draw_print(&text, "%s%s%s", step->asked, step->answer[0] != '\0' ? "  => " : "", step->answer);
        write_lines(page, &number, text.at, "", colours[step->tone]);
        if (step->why[0] != '\0') {
                write_lines(page, &number, step->why, "  ", colours[step->tone]);
        }
        for (uint32_t i = 0; i < step->changes.count; i++) {
                const struct draw_change *change = &page->model->changes.at[step->changes.first + i];

                if (!draw_is_implied(page->model, change)) {
                        write_change(page, change);
                }
        }
        free(text.at);
}

/* Which objects the drawn steps touch. */
static bool *find_touched(const struct draw_model *model)
{
        bool *touched = draw_zeroed(model->objects.count, sizeof(*touched));

        for (uint32_t step = model->first; step <= model->last; step++) {
                struct draw_range touches = model->steps.at[step - 1].touches;

                for (uint32_t i = 0; i < touches.count; i++) {
                        touched[model->touches.at[touches.first + i].object] = true;
                }
        }
        return touched;
}

/* As many side by side as there is room for. */
static void write_names(const struct draw_model *model, FILE *to, unsigned width)
{
        bool *touched = find_touched(model);
        unsigned a_line = width / NAME;
        unsigned written = 0;
        int gap = 0;

        fprintf(to, "\nnames");
        for (uint32_t i = 0; i < model->objects.count; i++) {
                const struct draw_object *object = &model->objects.at[i];

                if (object->name[0] != '\0' && touched[i]) {
                        bool first = written++ % a_line == 0;

                        fprintf(to, "%s%*s  %-11s ", first ? "\n" : "", first ? 0 : gap, "", object->name);
                        gap = NAME - 14 - fprintf(to, "0x%" PRIx64, object->address);
                }
        }
        fprintf(to, "\n");
        free(touched);
}

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

static void measure(struct page *page, unsigned width)
{
        unsigned lanes = page->model->lanes.count;
        unsigned room =
                width > NUMBER + TEXT_ENOUGH + 2 ? (width - NUMBER - TEXT_ENOUGH - 2) / (lanes + (lanes == 0)) : 0;

        page->lane = LANE_USUAL;
        for (uint32_t i = 0; i < lanes; i++) {
                unsigned wanted = (unsigned)strlen(page->model->lanes.at[i].name) + 2;

                page->lane = wanted > page->lane ? wanted : page->lane;
        }
        page->lane = page->lane > LANE_MAX ? LANE_MAX : page->lane;
        page->lane = page->lane > room ? room : page->lane;
        page->lane = page->lane < LANE_MIN ? LANE_MIN : page->lane;
        page->width = width > NUMBER + columns(page) + 2 + TEXT_MIN ? width - NUMBER - columns(page) - 2 : TEXT_MIN;
}

static void find_spans(struct page *page)
{
        for (uint32_t i = page->model->spans.count; i-- > 0;) {
                page->span[page->model->spans.at[i].lane] = i;
        }
}

void draw_as_text(const struct draw_model *model, FILE *to, unsigned width, bool colours)
{
        struct page page = { .model = model, .to = to, .colours = colours };
        struct draw_text summary = { 0 };

        page.span = draw_zeroed(model->lanes.count, sizeof(*page.span));
        measure(&page, width);
        find_spans(&page);
        draw_summary(model, &summary);
        write_plain(to, model->title, strlen(model->title));
        fprintf(to, ": %s\n\n", summary.at);
        draw_heads(&page);
        for (uint32_t i = model->first; i <= model->last; i++) {
                write_step(&page, i);
        }
        write_names(model, to, width);
        free(page.span);
        free(summary.at);
}
