/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_lanes.c - lanes: the PEs that do something, the RMM, and the RECs that are entered; and when each of them is what.
 */
#include "draw.h"
#include <inttypes.h>
#include <stdlib.h>

static bool is_same(const struct draw_who *a, const struct draw_who *b)
{
        return a->actor == b->actor && (a->actor == DRAW_RMM || a->number == b->number);
}

static uint32_t lane_of(const struct draw_model *model, const struct draw_who *who)
{
        for (uint32_t i = 0; i < model->lanes.count; i++) {
                if (is_same(&model->lanes.at[i].who, who)) {
                        return i;
                }
        }
        return DRAW_NONE;
}

static void add_lane(struct draw_model *model, const struct draw_who *who)
{
        struct draw_lane *lane;

        if (lane_of(model, who) != DRAW_NONE) {
                return;
        }
        lane = DRAW_ADD(model->lanes);
        *lane = (struct draw_lane){ .who = *who, .object = DRAW_NONE };
        if (who->actor == DRAW_RMM) {
                (void)snprintf(lane->name, sizeof(lane->name), "RMM");
        } else if (who->actor == DRAW_PE) {
                (void)snprintf(lane->name, sizeof(lane->name), "PE %" PRIu64, who->number);
        } else {
                lane->object = draw_granule(model, who->number);
                (void)snprintf(lane->name, sizeof(lane->name), "%.31s", model->objects.at[lane->object].name);
                (void)snprintf(lane->address, sizeof(lane->address), "0x%" PRIx64, who->number);
        }
}

/* PEs by number, then the RMM, then RECs by address. */
static int compare_lane(const void *left, const void *right)
{
        const struct draw_lane *a = left;
        const struct draw_lane *b = right;

        if (a->who.actor != b->who.actor) {
                return (int)a->who.actor - (int)b->who.actor;
        }
        return a->who.number < b->who.number ? -1 : a->who.number > b->who.number;
}

static void add_lanes(struct draw_model *model)
{
        add_lane(model, &(struct draw_who){ .actor = DRAW_RMM });
        for (uint32_t i = 0; i < model->steps.count; i++) {
                if (model->steps.at[i].shape < DRAW_WORLD) {
                        add_lane(model, &model->steps.at[i].from);
                        add_lane(model, &model->steps.at[i].to);
                }
        }
        qsort(model->lanes.at, model->lanes.count, sizeof(*model->lanes.at), compare_lane);
        for (uint32_t i = 0; i < model->steps.count; i++) {
                struct draw_step *step = &model->steps.at[i];
                bool has_lane = step->shape < DRAW_WORLD;

                step->from_lane = has_lane ? lane_of(model, &step->from) : 0;
                step->to_lane = has_lane ? lane_of(model, &step->to) : 0;
        }
}

/* ---- how they look ------------------------------------------------------------------------------------------------------ */

/* A lane on its way through the steps. */
struct life {
        uint32_t lane;
        uint32_t partner; /* of an entry: the other's lane */
        bool inside;
        enum draw_style style;
        int rec;
        int power;
};

static enum draw_style style_now(const struct draw_model *model, const struct life *life)
{
        bool is_rec = model->lanes.at[life->lane].who.actor == DRAW_REC;

        if (life->inside) {
                return is_rec ? DRAW_RUNNING : DRAW_INSIDE;
        }
        if (!is_rec) {
                return DRAW_ON;
        }
        return life->rec == DRAW_ABSENT ? DRAW_GONE : life->power == RMMSIM_POWER_NOT_RUNNABLE ? DRAW_OFF : DRAW_ON;
}

static void show(struct draw_model *model, struct life *life, uint32_t step)
{
        enum draw_style style = style_now(model, life);

        if (style != life->style) {
                *DRAW_ADD(model->spans) = (struct draw_span){ .lane = life->lane, .first = step, .style = style };
                life->style = style;
        }
}

static void follow_changes(const struct draw_model *model, struct life *life, struct draw_range changes)
{
        for (uint32_t i = 0; i < changes.count; i++) {
                const struct draw_change *change = &model->changes.at[changes.first + i];

                if (change->object == model->lanes.at[life->lane].object && change->machine == RMMSIM_OBJECT_REC) {
                        life->rec = change->to;
                } else if (change->object == model->lanes.at[life->lane].object &&
                           change->machine == RMMSIM_OBJECT_POWER) {
                        life->power = change->to;
                }
        }
}

/* The step of an exit still belongs to the entry: it is over with the next. */
static void follow_lane(struct draw_model *model, uint32_t lane)
{
        struct life life = { .lane = lane, .style = DRAW_NUM_STYLES, .rec = DRAW_ABSENT, .power = DRAW_UNKNOWN };
        uint32_t begin = model->steps.count == 0 ? model->changes.count : model->steps.at[0].changes.first;

        follow_changes(model, &life, (struct draw_range){ .first = 0, .count = begin });
        show(model, &life, 0);
        for (uint32_t i = 0; i < model->steps.count; i++) {
                const struct draw_step *step = &model->steps.at[i];
                bool ends = life.inside && step->shape == DRAW_EXIT &&
                            (step->to_lane == lane || step->to_lane == life.partner);

                follow_changes(model, &life, step->changes);
                if (step->shape == DRAW_ENTER && (step->from_lane == lane || step->to_lane == lane)) {
                        life.inside = true;
                        life.partner = step->from_lane == lane ? step->to_lane : step->from_lane;
                }
                show(model, &life, i + 1);
                life.inside = life.inside && !ends;
        }
}

void draw_lanes(struct draw_model *model)
{
        add_lanes(model);
        for (uint32_t i = 0; i < model->lanes.count; i++) {
                follow_lane(model, i);
        }
}

unsigned draw_colour(const struct draw_model *model, uint32_t lane)
{
        return (lane - (model->lanes.at[lane].who.actor == DRAW_REC)) % 8;
}
