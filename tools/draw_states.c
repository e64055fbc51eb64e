/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_states.c - the state of every object after every step, from what a trace says of edges.
 *
 * A trace says what changes. What follows from it is worked out here: a REC that is created has a power state, a table that is made has
 * entries, and both are gone when their Granule is. Where a state is known only by the edge that leaves it, that edge tells what it
 * was before. A restore changes back whatever has changed since the snapshot.
 */
#include "draw.h"
#include <rmmsim/rmmsim.h>
#include <stdlib.h>
#include <string.h>

/* ---- objects ---------------------------------------------------------------------------------------------------------- */

static int compare_number(uint64_t a, uint64_t b)
{
        return a < b ? -1 : a > b;
}

static int compare_object(const void *left, const void *right)
{
        const struct draw_object *a = left;
        const struct draw_object *b = right;
        int order = (a->level != DRAW_NO_LEVEL) - (b->level != DRAW_NO_LEVEL);

        order = order != 0 ? order : compare_number(a->rd, b->rd);
        order = order != 0 ? order : (a->level > b->level) - (a->level < b->level);
        return order != 0 ? order : compare_number(a->address, b->address);
}

static uint32_t find(const struct draw_model *model, uint64_t address, uint64_t rd, int level)
{
        const struct draw_object key = { .address = address, .rd = rd, .level = level };
        const struct draw_object *found;

        if (model->objects.count == 0) {
                return DRAW_NONE;
        }
        found = bsearch(&key, model->objects.at, model->objects.count, sizeof(key), compare_object);
        return found == NULL ? DRAW_NONE : (uint32_t)(found - model->objects.at);
}

uint32_t draw_granule(const struct draw_model *model, uint64_t address)
{
        return find(model, address, 0, DRAW_NO_LEVEL);
}

static uint32_t object_of(const struct draw_model *model, const struct draw_edge *edge)
{
        return edge->machine == RMMSIM_OBJECT_RTTE ? find(model, edge->address, edge->rd, edge->level)
                                                   : draw_granule(model, edge->address);
}

static void add_object(struct draw_model *model, uint64_t address, uint64_t rd, int level)
{
        *DRAW_ADD(model->objects) = (struct draw_object){ .address = address, .rd = rd, .level = level };
}

static void add_objects_of(struct draw_model *model, const struct draw_edge *edge)
{
        if (edge->machine == RMMSIM_OBJECT_RTTE) {
                add_object(model, edge->address, edge->rd, edge->level);
                add_object(model, edge->rd, 0, DRAW_NO_LEVEL);
        } else {
                add_object(model, edge->address, 0, DRAW_NO_LEVEL);
        }
}

static void keep_each_once(struct draw_model *model)
{
        uint32_t kept = 0;

        if (model->objects.count == 0) {
                return;
        }
        qsort(model->objects.at, model->objects.count, sizeof(*model->objects.at), compare_object);
        for (uint32_t i = 1; i < model->objects.count; i++) {
                if (compare_object(&model->objects.at[kept], &model->objects.at[i]) != 0) {
                        model->objects.at[++kept] = model->objects.at[i];
                }
        }
        model->objects.count = kept + 1;
}

/* The entry one level up whose table holds this entry, if the trace ever mentions it. */
static uint32_t parent_of(const struct draw_model *model, const struct draw_object *entry)
{
        unsigned shift = 12 + 9 * (unsigned)(4 - entry->level); /* of what an entry of the parent's level maps */
        uint64_t mask = shift < 64 ? ~(uint64_t)0 << shift : 0;

        return find(model, entry->address & mask, entry->rd, entry->level - 1);
}

static void collect_objects(struct draw_model *model)
{
        for (uint32_t i = 0; i < model->begin.count; i++) {
                add_objects_of(model, &model->begin.at[i]);
        }
        for (uint32_t i = 0; i < model->edges.count; i++) {
                add_objects_of(model, &model->edges.at[i]);
        }
        for (uint32_t i = 0; i < model->touches.count; i++) {
                add_object(model, model->touches.at[i].address, 0, DRAW_NO_LEVEL);
        }
        keep_each_once(model);
        for (uint32_t i = 0; i < model->objects.count; i++) {
                struct draw_object *object = &model->objects.at[i];

                object->name = draw_copy("");
                object->realm = object->level == DRAW_NO_LEVEL ? DRAW_NONE : draw_granule(model, object->rd);
                object->parent = object->level == DRAW_NO_LEVEL ? DRAW_NONE : parent_of(model, object);
                for (unsigned machine = 0; machine < RMMSIM_NUM_OBJECTS; machine++) {
                        object->last[machine] = DRAW_NONE;
                        object->before[machine] = DRAW_ABSENT;
                }
        }
        for (uint32_t i = model->edges.count; i-- > 0;) { /* backwards: the first edge says the last word */
                const struct draw_edge *edge = &model->edges.at[i];

                model->objects.at[object_of(model, edge)].before[edge->machine] = edge->from;
        }
}

/* ---- changes ---------------------------------------------------------------------------------------------------------- */

static int current(const struct draw_model *model, uint32_t object, enum rmmsim_object machine)
{
        uint32_t last = model->objects.at[object].last[machine];

        return last == DRAW_NONE ? DRAW_ABSENT : model->changes.at[last].to;
}

/* What was not known is known now; and so is whatever was the same. */
static void learn(struct draw_model *model, uint32_t object, enum rmmsim_object machine, int state)
{
        uint32_t i = model->objects.at[object].last[machine];

        for (; i != DRAW_NONE && model->changes.at[i].to == DRAW_UNKNOWN; i = model->changes.at[i].same) {
                model->changes.at[i].to = state;
        }
}

static struct draw_change *change(struct draw_model *model, uint32_t step, uint32_t object, enum rmmsim_object machine,
                                  int to)
{
        struct draw_change *made;
        int from = current(model, object, machine);

        if (from == to) {
                return NULL;
        }
        made = DRAW_ADD(model->changes);
        *made = (struct draw_change){ .step = step,
                                      .object = object,
                                      .machine = machine,
                                      .from = from,
                                      .to = to,
                                      .previous = model->objects.at[object].last[machine],
                                      .same = DRAW_NONE };
        model->objects.at[object].last[machine] = model->changes.count - 1;
        return made;
}

static void change_rec(struct draw_model *model, uint32_t step, uint32_t rec, const int states[4])
{
        static const enum rmmsim_object machines[] = { RMMSIM_OBJECT_REC, RMMSIM_OBJECT_POWER, RMMSIM_OBJECT_PENDING,
                                                       RMMSIM_OBJECT_ATTEST };

        for (unsigned i = 0; i < 4; i++) {
                (void)change(model, step, rec, machines[i], states == NULL ? DRAW_ABSENT : states[i]);
        }
}

/* ---- what comes and goes with something else ---------------------------------------------------------------------------- */

/* The first object that is not before a key. */
static uint32_t first_from(const struct draw_model *model, const struct draw_object *key)
{
        uint32_t low = 0;
        uint32_t high = model->objects.count;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;

                if (compare_object(&model->objects.at[middle], key) < 0) {
                        low = middle + 1;
                } else {
                        high = middle;
                }
        }
        return low;
}

/* With a Realm come the entries that hang from no entry that is known; without it all are gone. */
static void change_realm(struct draw_model *model, uint32_t step, uint64_t rd, int to)
{
        const struct draw_object key = { .rd = rd, .level = DRAW_NO_LEVEL + 1 };

        for (uint32_t i = first_from(model, &key); i < model->objects.count && model->objects.at[i].rd == rd; i++) {
                if (to == DRAW_ABSENT || model->objects.at[i].parent == DRAW_NONE) {
                        (void)change(model, step, i, RMMSIM_OBJECT_RTTE, to);
                }
        }
}

/* With a table come its entries. */
static void change_table(struct draw_model *model, uint32_t step, uint32_t parent, int to)
{
        struct draw_object key = model->objects.at[parent];

        key.level++;
        for (uint32_t i = first_from(model, &key); i < model->objects.count && model->objects.at[i].parent == parent;
             i++) {
                (void)change(model, step, i, RMMSIM_OBJECT_RTTE, to);
        }
}

static void granule_follows(struct draw_model *model, uint32_t step, uint32_t object, const struct draw_edge *edge)
{
        int power = step == 0 ? DRAW_UNKNOWN : model->steps.at[step - 1].power;
        const int ready[4] = { RMMSIM_REC_REC_READY, power, RMMSIM_PENDING_NO_REQUEST,
                               RMMSIM_ATTEST_NO_ATTEST_IN_PROGRESS };

        if (edge->from == RMMSIM_GRANULE_RD) {
                (void)change(model, step, object, RMMSIM_OBJECT_REALM, DRAW_ABSENT);
                change_realm(model, step, edge->address, DRAW_ABSENT);
        } else if (edge->from == RMMSIM_GRANULE_REC) {
                change_rec(model, step, object, NULL);
        }
        if (edge->to == RMMSIM_GRANULE_RD) {
                (void)change(model, step, object, RMMSIM_OBJECT_REALM, RMMSIM_REALM_REALM_NEW);
                change_realm(model, step, edge->address, DRAW_UNKNOWN);
        } else if (edge->to == RMMSIM_GRANULE_REC) {
                change_rec(model, step, object, ready);
        }
}

static void take_edge(struct draw_model *model, uint32_t step, const struct draw_edge *edge)
{
        uint32_t object = object_of(model, edge);

        learn(model, object, edge->machine, edge->from);
        if (current(model, object, edge->machine) != edge->from) {
                model->gaps++;
                (void)change(model, step, object, edge->machine, edge->from);
        }
        (void)change(model, step, object, edge->machine, edge->to);
        if (edge->machine == RMMSIM_OBJECT_GRANULE) {
                granule_follows(model, step, object, edge);
        } else if (edge->machine == RMMSIM_OBJECT_RTTE && edge->to == RMMSIM_RTTE_TABLE) {
                change_table(model, step, object, DRAW_UNKNOWN);
        } else if (edge->machine == RMMSIM_OBJECT_RTTE && edge->from == RMMSIM_RTTE_TABLE) {
                change_table(model, step, object, DRAW_ABSENT);
        }
}

/* ---- the begin, and going back to a snapshot ---------------------------------------------------------------------------- */

static void granule_begins(struct draw_model *model, uint32_t object)
{
        static const int unknown[4] = { DRAW_UNKNOWN, DRAW_UNKNOWN, DRAW_UNKNOWN, DRAW_UNKNOWN };
        const int *before = model->objects.at[object].before;

        if (current(model, object, RMMSIM_OBJECT_GRANULE) == DRAW_ABSENT) {
                (void)change(model, 0, object, RMMSIM_OBJECT_GRANULE,
                             before[RMMSIM_OBJECT_GRANULE] == DRAW_ABSENT ? RMMSIM_GRANULE_UNDELEGATED
                                                                          : before[RMMSIM_OBJECT_GRANULE]);
        }
        if (current(model, object, RMMSIM_OBJECT_GRANULE) == RMMSIM_GRANULE_RD) {
                (void)change(model, 0, object, RMMSIM_OBJECT_REALM, DRAW_UNKNOWN);
        } else if (current(model, object, RMMSIM_OBJECT_GRANULE) == RMMSIM_GRANULE_REC) {
                change_rec(model, 0, object, unknown);
        }
}

static void entry_begins(struct draw_model *model, uint32_t object)
{
        const struct draw_object *entry = &model->objects.at[object];
        bool is_there = entry->parent == DRAW_NONE
                                ? current(model, entry->realm, RMMSIM_OBJECT_GRANULE) == RMMSIM_GRANULE_RD
                                : model->objects.at[entry->parent].before[RMMSIM_OBJECT_RTTE] == RMMSIM_RTTE_TABLE;

        if (is_there) {
                (void)change(model, 0, object, RMMSIM_OBJECT_RTTE, DRAW_UNKNOWN);
        }
}

/* Granules stand before entries, so what is a Realm is known first. */
static void all_begins(struct draw_model *model)
{
        for (uint32_t i = 0; i < model->begin.count; i++) {
                const struct draw_edge *state = &model->begin.at[i];

                (void)change(model, 0, object_of(model, state), state->machine, state->to);
        }
        for (uint32_t i = 0; i < model->objects.count; i++) {
                if (model->objects.at[i].level == DRAW_NO_LEVEL) {
                        granule_begins(model, i);
                } else {
                        entry_begins(model, i);
                }
        }
}

/* `since` is the first change after the snapshot, or after the last restore, when all was as then. */
static void restore(struct draw_model *model, uint32_t step, uint32_t since)
{
        uint32_t end = model->changes.count;

        for (uint32_t i = since; i < end; i++) {
                const struct draw_change first = model->changes.at[i];
                struct draw_change *made;
                int then;

                if (first.previous != DRAW_NONE && first.previous >= since) {
                        continue; /* not the first of its object */
                }
                then = first.previous == DRAW_NONE ? DRAW_ABSENT : model->changes.at[first.previous].to;
                made = change(model, step, first.object, first.machine, then);
                if (made != NULL && then == DRAW_UNKNOWN) {
                        made->same = first.previous;
                }
        }
}

/* ---- steps ------------------------------------------------------------------------------------------------------------ */

static void take_step(struct draw_model *model, uint32_t number, uint32_t *since)
{
        struct draw_step *step = &model->steps.at[number - 1];

        step->changes.first = model->changes.count;
        if (step->shape == DRAW_ENTER) { /* it is admitted, so it was runnable */
                uint32_t rec = draw_granule(model, step->to.number);

                if (rec != DRAW_NONE) {
                        learn(model, rec, RMMSIM_OBJECT_POWER, RMMSIM_POWER_RUNNABLE);
                }
        }
        for (uint32_t i = 0; i < step->edges.count; i++) {
                take_edge(model, number, &model->edges.at[step->edges.first + i]);
        }
        if (step->shape == DRAW_RESTORE && *since != DRAW_NONE) {
                restore(model, number, *since);
        }
        if (step->shape == DRAW_SNAPSHOT || step->shape == DRAW_RESTORE) {
                *since = model->changes.count;
        }
        step->changes.count = model->changes.count - step->changes.first;
}

static void touch(struct draw_model *model, uint32_t number, uint32_t object)
{
        if (model->objects.at[object].touched != number) {
                model->objects.at[object].touched = number;
                DRAW_ADD(model->touches)->object = object;
                model->steps.at[number - 1].touches.count++;
        }
}

/* What a step names, and then what it changes: each once. */
static void collect_touches(struct draw_model *model)
{
        for (uint32_t i = 0; i < model->steps.count; i++) {
                struct draw_step *step = &model->steps.at[i];
                const struct draw_range named = step->touches;

                step->touches = (struct draw_range){ .first = model->touches.count };
                for (uint32_t t = 0; t < named.count; t++) {
                        touch(model, i + 1, draw_granule(model, model->touches.at[named.first + t].address));
                }
                for (uint32_t c = 0; c < step->changes.count; c++) {
                        touch(model, i + 1, model->changes.at[step->changes.first + c].object);
                }
        }
}

void draw_states(struct draw_model *model)
{
        uint32_t since = DRAW_NONE;

        collect_objects(model);
        all_begins(model);
        for (uint32_t i = 0; i < model->steps.count; i++) {
                take_step(model, i + 1, &since);
        }
        for (uint32_t i = 0; i < model->changes.count; i++) {
                struct draw_change *made = &model->changes.at[i];

                if (made->from == DRAW_UNKNOWN && made->previous != DRAW_NONE) {
                        made->from = model->changes.at[made->previous].to; /* it may be known by now */
                }
        }
        collect_touches(model);
}

int draw_state(const struct draw_model *model, uint32_t object, enum rmmsim_object machine, uint32_t step)
{
        uint32_t i = model->objects.at[object].last[machine];

        while (i != DRAW_NONE && model->changes.at[i].step > step) {
                i = model->changes.at[i].previous;
        }
        return i == DRAW_NONE ? DRAW_ABSENT : model->changes.at[i].to;
}

bool draw_is_implied(const struct draw_model *model, const struct draw_change *change)
{
        if (change->step == 0 || model->steps.at[change->step - 1].shape == DRAW_RESTORE) {
                return false;
        }
        if (change->machine == RMMSIM_OBJECT_POWER && change->to >= 0) {
                return false; /* nothing says whether a new REC is on */
        }
        return change->from == DRAW_ABSENT || change->to == DRAW_ABSENT;
}
