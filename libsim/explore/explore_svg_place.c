/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_svg_place.c - which lane each step belongs to, and how wide lanes have to be.
 *
 * The steps of a long schedule may begin inside calls and entries. What is there at the begin is what ends without having begun.
 */
#include "explore_svg.h"
#include <string.h>

static bool is_inside_rmm(enum rmmsim_step_kind kind)
{
        return kind == RMMSIM_STEP_LOCK || kind == RMMSIM_STEP_LOCK_SHARED || kind == RMMSIM_STEP_UNLOCK ||
               kind == RMMSIM_STEP_READ_PAGE;
}

static bool is_guest(enum rmmsim_step_kind kind)
{
        return kind == RMMSIM_STEP_REC_ENTRY || kind == RMMSIM_STEP_REC_EXIT || kind == RMMSIM_STEP_TRAP;
}

/* A call of the host's that has begun is not over yet. */
static bool is_in_call(const struct rmmsim_step *step)
{
        return step->command != RMMSIM_COMMAND_NONE && step->kind != RMMSIM_STEP_SMC &&
               step->kind != RMMSIM_STEP_SMC_RETURN;
}

static bool is_in_entry(const struct rmmsim_step *step)
{
        return is_in_call(step) && !is_inside_rmm(step->kind) && step->kind != RMMSIM_STEP_REC_ENTRY &&
               step->kind != RMMSIM_STEP_REC_EXIT;
}

/* How many levels a PE is on when the steps begin: those that it is on, or leaves, without having entered them. */
static unsigned levels_before(const struct rmmsim_finding *finding, unsigned pe, enum rmmsim_step_kind up,
                              enum rmmsim_step_kind down, bool (*is_in)(const struct rmmsim_step *))
{
        int level = 0;
        int least = 0;

        for (unsigned i = 0; i < finding->num_steps; i++) {
                const struct rmmsim_step *step = &finding->steps[i];
                int above;

                if (step->pe != pe) {
                        continue;
                }
                level += step->kind == up ? 1 : step->kind == down ? -1 : 0;
                above = level - is_in(step);
                least = above < least ? above : least;
        }
        return (unsigned)-least;
}

/* User code inside a call is a guest's. One that makes a call of the host's plays the host. */
static unsigned column_of(const struct rmmsim_step *step, unsigned calls)
{
        if (is_inside_rmm(step->kind)) {
                return COLUMN_RMM;
        }
        return is_guest(step->kind) || calls != 0 ? COLUMN_GUEST(step->pe) : COLUMN_HOST(step->pe);
}

static void place_steps(struct drawing *d)
{
        unsigned calls[PES_MAX];

        memcpy(calls, d->calls, sizeof(calls));
        for (unsigned i = 0; i < d->finding->num_steps; i++) {
                const struct rmmsim_step *step = &d->finding->steps[i];

                if (step->kind == RMMSIM_STEP_SMC_RETURN && calls[step->pe] != 0) {
                        calls[step->pe]--;
                }
                d->columns[i] = (uint8_t)column_of(step, calls[step->pe]);
                d->lanes[d->columns[i]].used = true;
                if (step->kind == RMMSIM_STEP_SMC) {
                        calls[step->pe]++;
                }
        }
}

bool svg_has_object(const struct rmmsim_step *step)
{
        switch (step->kind) {
        case RMMSIM_STEP_LOCK:
        case RMMSIM_STEP_LOCK_SHARED:
        case RMMSIM_STEP_UNLOCK:
        case RMMSIM_STEP_READ_PAGE:
        case RMMSIM_STEP_REC_ENTRY:
        case RMMSIM_STEP_REC_EXIT:
        case RMMSIM_STEP_MUTEX_LOCK:
        case RMMSIM_STEP_MUTEX_UNLOCK:
        case RMMSIM_STEP_COND_WAIT:
        case RMMSIM_STEP_COND_SIGNAL:
                return step->object != 0 && step->object != UINT64_MAX;
        default:
                return false;
        }
}

/* Addresses in the host and PAs may be the same numbers. */
unsigned svg_object(const struct drawing *d, const struct rmmsim_step *step)
{
        bool of_host = step->kind >= RMMSIM_STEP_MUTEX_LOCK;
        unsigned i = 0;

        while (i < d->num_objects && (d->objects[i].id != step->object || d->objects[i].of_host != of_host)) {
                i++;
        }
        return i;
}

static void number_objects(struct drawing *d)
{
        for (unsigned i = 0; i < d->finding->num_steps; i++) {
                const struct rmmsim_step *step = &d->finding->steps[i];
                unsigned n;

                if (!svg_has_object(step)) {
                        continue;
                }
                n = svg_object(d, step);
                if (n == d->num_objects) {
                        d->objects[d->num_objects++] =
                                (struct object){ .id = step->object, .of_host = step->kind >= RMMSIM_STEP_MUTEX_LOCK };
                }
                d->objects[n].pes |= 1u << step->pe;
        }
}

static int text_width(const char *text, size_t size)
{
        return (int)svg_text_length(text, strnlen(text, size)) * TENTHS / 10;
}

int svg_text_at(const struct drawing *d, unsigned column)
{
        return column == COLUMN_RMM ? (int)d->finding->num_pes * TRACK + LIFELINE : TEXT;
}

static void set_widths(struct drawing *d)
{
        for (unsigned i = 0; i < NUM_COLUMNS; i++) {
                d->lanes[i].width = COLUMN_MIN;
        }
        for (unsigned i = 0; i < d->finding->num_steps; i++) {
                const struct rmmsim_step *step = &d->finding->steps[i];
                struct column *lane = &d->lanes[d->columns[i]];
                int width = svg_text_at(d, d->columns[i]) + (svg_has_object(step) ? MARK : 0) +
                            text_width(step->text, sizeof(step->text));

                lane->width = width > lane->width ? width : lane->width;
        }
}

/* Side by side, from left to right. Those of the guests are there if there are any. */
static void set_places(struct drawing *d)
{
        int x = MARGIN;

        for (unsigned i = 0; i < d->finding->num_pes; i++) {
                d->lanes[COLUMN_HOST(i)].used = true;
        }
        d->lanes[COLUMN_RMM].used = true;
        for (unsigned i = 0; i < NUM_COLUMNS; i++) {
                if (d->lanes[i].used) {
                        d->lanes[i].x = x;
                        x += d->lanes[i].width + GAP;
                }
        }
        x += MARGIN - GAP;
        d->width = x > WIDTH_MIN ? x : WIDTH_MIN;
}

int svg_lifeline(const struct drawing *d, unsigned column)
{
        return d->lanes[column].x + LIFELINE;
}

int svg_track(const struct drawing *d, unsigned pe)
{
        return d->lanes[COLUMN_RMM].x + (int)pe * TRACK + TRACK / 2;
}

void svg_place(struct drawing *d)
{
        for (unsigned i = 0; i < d->finding->num_pes; i++) {
                d->calls[i] = levels_before(d->finding, i, RMMSIM_STEP_SMC, RMMSIM_STEP_SMC_RETURN, is_in_call);
                d->entries[i] = levels_before(d->finding, i, RMMSIM_STEP_REC_ENTRY, RMMSIM_STEP_REC_EXIT, is_in_entry);
        }
        place_steps(d);
        number_objects(d);
        set_widths(d);
        set_places(d);
}
