/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_svg.c - a finding as a drawing that any browser shows: a lane for each PE and for what its guest does, one for the RMM, and
 * time runs down.
 *
 * Each step has a row of its own, so texts never meet however close the lanes are. Inside the RMM each PE has a track: it is
 * there for as long as the PE is inside a call, and what PEs do there at the same time stands side by side. An object has a
 * number wherever it is touched.
 */
#include "explore_svg.h"
#include <string.h>

static const char *const pe_colours[PES_MAX] = { "#0b62a8", "#c2500a", "#00795a", "#a8357c",
                                                 "#80620f", "#5b48b8", "#a32626", "#4a5560" };

static const char *const object_colours[] = { "#ffd54f", "#9be7a8", "#90caf9", "#f8a5c2", "#d7b3f5", "#ffb27a" };

static bool is_sound(const struct rmmsim_finding *finding, const FILE *to)
{
        if (finding == NULL || to == NULL || rmmsim_finding_name(finding->kind) == NULL ||
            finding->num_steps > RMMSIM_FINDING_STEPS_MAX || finding->num_pes > PES_MAX) {
                return false;
        }
        for (unsigned i = 0; i < finding->num_steps; i++) {
                if (finding->steps[i].pe >= finding->num_pes ||
                    (unsigned)finding->steps[i].kind >= RMMSIM_NUM_STEP_KINDS) {
                        return false;
                }
        }
        return true;
}

/* ---- text above --------------------------------------------------------------------------------------------------------- */

/* Lines that fit the width. Without a file they are only counted. */
static int paragraph(const struct drawing *d, FILE *to, int y, const char *style, const char *text, size_t size)
{
        unsigned characters = (unsigned)(d->width - 2 * MARGIN) * 10 / TENTHS;
        int lines = 0;

        size = strnlen(text, size);
        while (size != 0) {
                size_t length = svg_text_line(text, size, characters);

                if (to != NULL) {
                        fprintf(to, "<text x=\"%d\" y=\"%d\"%s>", MARGIN, y + lines * LINE, style);
                        svg_text(text, length, to);
                        fprintf(to, "</text>\n");
                }
                text += length;
                size -= length;
                lines++;
        }
        return lines * LINE;
}

static int head(const struct drawing *d, FILE *to)
{
        const struct rmmsim_finding *finding = d->finding;
        char text[sizeof(finding->replay) + sizeof("replay: ")];
        int y = 2 * LINE;

        (void)snprintf(text, sizeof(text), "%s: %.*s", rmmsim_finding_name(finding->kind),
                       (int)sizeof(finding->sentence),
                       finding->kind == RMMSIM_FOUND_NOTHING ? "no schedule that was run failed" : finding->sentence);
        y += paragraph(d, to, y, finding->kind == RMMSIM_FOUND_NOTHING ? "" : " class=\"finding\"", text, sizeof(text));
        if (finding->replay[0] != '\0') {
                (void)snprintf(text, sizeof(text), "replay: %.*s", (int)sizeof(finding->replay), finding->replay);
                y += paragraph(d, to, y, "", text, sizeof(text));
        }
        if (d->num_objects != 0) {
                (void)snprintf(text, sizeof(text),
                               "A number stands for an object; with a colour, several PEs touch it.");
                y += paragraph(d, to, y, " class=\"note\"", text, sizeof(text));
        }
        if (finding->steps_left_out != 0) {
                (void)snprintf(text, sizeof(text), "%llu steps before these are left out.",
                               (unsigned long long)finding->steps_left_out);
                y += paragraph(d, to, y, " class=\"note\"", text, sizeof(text));
        }
        return y;
}

/* ---- lanes and rows ----------------------------------------------------------------------------------------------------- */

static int height_of_rows(const struct rmmsim_finding *finding)
{
        int rows = 0;

        for (unsigned i = 0; i < finding->num_steps; i++) {
                rows += 1 + finding->steps[i].preempts;
        }
        return rows * ROW;
}

static void draw_lane(const struct drawing *d, unsigned column, int end)
{
        const struct column *lane = &d->lanes[column];
        unsigned pe = column / 2;
        const char *colour = column == COLUMN_RMM ? "#333" : pe_colours[pe];

        fprintf(d->to, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" fill=\"%s\"/>\n", lane->x,
                d->y - HEAD - ROW / 2, lane->width, HEAD, colour);
        fprintf(d->to, "<text x=\"%d\" y=\"%d\" class=\"lane\">", lane->x + LIFELINE, d->y - ROW / 2 - LIFELINE);
        if (column == COLUMN_RMM) {
                fprintf(d->to, "RMM</text>\n");
                return;
        }
        fprintf(d->to, "%sPE %u</text>\n", column == COLUMN_GUEST(pe) ? "guest on " : "", pe);
        fprintf(d->to, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" class=\"life\"/>\n",
                lane->x + LIFELINE, d->y - ROW / 2, lane->x + LIFELINE, end, colour);
}

static void draw_bar(const struct drawing *d, unsigned pe, int x, int from, int to)
{
        fprintf(d->to, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" class=\"inside\"/>\n",
                x - TRACK / 3, from, 2 * TRACK / 3, to - from, pe_colours[pe]);
}

/* While the PE is inside, from `up` to `down`. */
static void draw_stays(const struct drawing *d, unsigned pe, enum rmmsim_step_kind up, enum rmmsim_step_kind down,
                       unsigned levels, int x)
{
        int y = d->y;
        int from = y;

        for (unsigned i = 0; i < d->finding->num_steps; i++, y += ROW) {
                const struct rmmsim_step *step = &d->finding->steps[i];

                y += step->preempts ? ROW : 0;
                if (step->pe == pe && step->kind == up && levels++ == 0) {
                        from = y + ARROW;
                }
                if (step->pe == pe && step->kind == down && levels != 0 && --levels == 0) {
                        draw_bar(d, pe, x, from, y + ARROW);
                }
        }
        if (levels != 0) {
                draw_bar(d, pe, x, from, y);
        }
}

static void draw_arrow(const struct drawing *d, const struct rmmsim_step *step, int from, int to, int y)
{
        const char *colour = pe_colours[step->pe];
        bool back = step->kind == RMMSIM_STEP_SMC_RETURN || step->kind == RMMSIM_STEP_REC_EXIT;
        int tip = to > from ? -7 : 7;

        fprintf(d->to, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\"%s/>\n", from, y, to, y, colour,
                back ? " stroke-dasharray=\"5 3\"" : "");
        fprintf(d->to, "<polygon points=\"%d,%d %d,%d %d,%d\" fill=\"%s\"/>\n", to, y, to + tip, y - 4, to + tip, y + 4,
                colour);
}

/* What the text is about: a call, a return, or something at one place. */
static void draw_move(const struct drawing *d, const struct rmmsim_step *step, unsigned column, int y)
{
        int rmm = svg_track(d, step->pe);
        int other = column == COLUMN_RMM ? rmm : svg_lifeline(d, column);

        switch (step->kind) {
        case RMMSIM_STEP_SMC:
        case RMMSIM_STEP_REC_EXIT:
                draw_arrow(d, step, other, rmm, y + ARROW);
                break;
        case RMMSIM_STEP_SMC_RETURN:
        case RMMSIM_STEP_REC_ENTRY:
                draw_arrow(d, step, rmm, other, y + ARROW);
                break;
        default:
                fprintf(d->to, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/>\n", other, y + MIDDLE,
                        pe_colours[step->pe]);
                break;
        }
}

static void draw_mark(const struct drawing *d, unsigned object, int x, int y)
{
        unsigned pes = d->objects[object].pes;
        bool contended = (pes & (pes - 1)) != 0;

        fprintf(d->to,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"15\" rx=\"3\" fill=\"%s\" class=\"mark\"/>\n"
                "<text x=\"%d\" y=\"%d\" class=\"number\">%u</text>\n",
                x, y + MIDDLE - 8, MARK - 6, contended ? object_colours[object % ARRAY_SIZE(object_colours)] : "#fff",
                x + (MARK - 6) / 2, y + MIDDLE + 4, object + 1);
}

static void draw_step(const struct drawing *d, const struct rmmsim_step *step, unsigned column, int y)
{
        int x = d->lanes[column].x + svg_text_at(d, column);

        draw_move(d, step, column, y);
        if (svg_has_object(step)) {
                draw_mark(d, svg_object(d, step), x, y);
                x += MARK;
        }
        fprintf(d->to, "<text x=\"%d\" y=\"%d\">", x, y + MIDDLE + 4);
        svg_text(step->text, strnlen(step->text, sizeof(step->text)), d->to);
        fprintf(d->to, "</text>\n");
}

/* A row across all lanes, and an arrow from the one that is left. */
static void draw_preemption(const struct drawing *d, const struct rmmsim_step *before, const struct rmmsim_step *step,
                            int y)
{
        fprintf(d->to, "<rect x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"preemption\"/>\n", y, d->width,
                ROW - 2);
        fprintf(d->to, "<text x=\"%d\" y=\"%d\" class=\"turn\">choice %llu: PE %u goes on</text>\n",
                d->lanes[COLUMN_HOST(step->pe)].x + TEXT, y + MIDDLE + 4, (unsigned long long)step->choice, step->pe);
        if (before != NULL && before->pe != step->pe) {
                draw_arrow(d, step, svg_lifeline(d, COLUMN_HOST(before->pe)), svg_lifeline(d, COLUMN_HOST(step->pe)),
                           y + ARROW);
        }
}

static void draw_rows(const struct drawing *d)
{
        const struct rmmsim_step *before = NULL;
        int y = d->y;

        for (unsigned i = 0; i < d->finding->num_steps; i++, y += ROW) {
                const struct rmmsim_step *step = &d->finding->steps[i];

                if (step->preempts) {
                        draw_preemption(d, before, step, y);
                        y += ROW;
                }
                draw_step(d, step, d->columns[i], y);
                before = step;
        }
        if (d->finding->kind != RMMSIM_FOUND_NOTHING) {
                fprintf(d->to,
                        "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"end\"/>\n"
                        "<text x=\"%d\" y=\"%d\" class=\"finding\">%s</text>\n",
                        y + 6, d->width, y + 6, MARGIN, y + 6 + LINE, rmmsim_finding_name(d->finding->kind));
        }
}

static void draw_lanes(const struct drawing *d, int end)
{
        for (unsigned i = 0; i < NUM_COLUMNS; i++) {
                if (d->lanes[i].used) {
                        draw_lane(d, i, end);
                }
        }
        for (unsigned i = 0; i < d->finding->num_pes; i++) {
                draw_stays(d, i, RMMSIM_STEP_SMC, RMMSIM_STEP_SMC_RETURN, d->calls[i], svg_track(d, i));
                if (d->lanes[COLUMN_GUEST(i)].used) {
                        draw_stays(d, i, RMMSIM_STEP_REC_ENTRY, RMMSIM_STEP_REC_EXIT, d->entries[i],
                                   svg_lifeline(d, COLUMN_GUEST(i)));
                }
        }
}

static const char style[] = "<style>\n"
                            "text { font: 12px ui-monospace, Menlo, Consolas, \"DejaVu Sans Mono\", monospace; }\n"
                            ".finding { font-weight: bold; fill: #b00020; }\n"
                            ".note { fill: #666; }\n"
                            ".lane { font-weight: bold; fill: #fff; }\n"
                            ".number { text-anchor: middle; }\n"
                            ".life { stroke-opacity: 0.45; }\n"
                            ".inside { fill-opacity: 0.3; }\n"
                            ".mark { stroke: #999; }\n"
                            ".preemption { fill: #fff0d6; stroke: #d98200; stroke-dasharray: 4 3; }\n"
                            ".turn { fill: #8a4b00; font-weight: bold; }\n"
                            ".end { stroke: #b00020; stroke-width: 2; }\n"
                            "</style>\n";

int rmmsim_finding_svg(const struct rmmsim_finding *finding, FILE *to)
{
        struct drawing d = { .finding = finding, .to = to };
        int end;

        if (!is_sound(finding, to)) {
                return RMMSIM_ERROR_CONFIG;
        }
        svg_place(&d);
        d.y = head(&d, NULL) + HEAD + ROW / 2;
        end = d.y + height_of_rows(finding);
        fprintf(to,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
                "<title>rmmsim: %s</title>\n%s<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                d.width, end + 2 * HEAD, d.width, end + 2 * HEAD, rmmsim_finding_name(finding->kind), style);
        (void)head(&d, to);
        draw_lanes(&d, end);
        draw_rows(&d);
        fprintf(to, "</svg>\n");
        return 0;
}
