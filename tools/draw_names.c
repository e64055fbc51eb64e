/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_names.c - what objects are called in a picture: as a `let` of the trace says, or by what they become, counted from 0.
 */
#include "draw.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
        [RMMSIM_GRANULE_RD] = "rd",     [RMMSIM_GRANULE_REC] = "rec", [RMMSIM_GRANULE_REC_AUX] = "aux",
        [RMMSIM_GRANULE_DATA] = "data", [RMMSIM_GRANULE_RTT] = "rtt",
};
enum {
        NUM_NAMES = sizeof(names) / sizeof(names[0])
};

static void call(struct draw_object *object, const char *name)
{
        free(object->name);
        object->name = draw_copy(name);
}

static bool is_taken(const struct draw_model *model, const char *name)
{
        for (uint32_t i = 0; i < model->lets.count; i++) {
                if (strcmp(model->lets.at[i].name, name) == 0) {
                        return true;
                }
        }
        return false;
}

static void call_by_lets(struct draw_model *model)
{
        for (uint32_t i = model->lets.count;
             i-- > 0;) { /* the last that has the value: the first may be where others count from */
                uint32_t object = draw_granule(model, model->lets.at[i].value);

                if (object != DRAW_NONE && model->objects.at[object].name[0] == '\0') {
                        call(&model->objects.at[object], model->lets.at[i].name);
                }
        }
}

static void call_by_state(struct draw_model *model, const struct draw_change *change, unsigned counts[NUM_NAMES])
{
        struct draw_object *object = &model->objects.at[change->object];
        char name[32];

        if (change->machine != RMMSIM_OBJECT_GRANULE || object->name[0] != '\0' || change->to < 0 ||
            change->to >= NUM_NAMES || names[change->to] == NULL) {
                return;
        }
        do {
                (void)snprintf(name, sizeof(name), "%s%u", names[change->to], counts[change->to]++);
        } while (is_taken(model, name));
        call(object, name);
}

void draw_names(struct draw_model *model)
{
        unsigned counts[NUM_NAMES] = { 0 };

        call_by_lets(model);
        for (uint32_t i = 0; i < model->changes.count; i++) {
                call_by_state(model, &model->changes.at[i], counts);
        }
}

const char *draw_label(const struct draw_model *model, char *text, uint32_t object)
{
        const struct draw_object *named = &model->objects.at[object];

        if (named->level != DRAW_NO_LEVEL) {
                (void)snprintf(text, 48, "0x%" PRIx64 "@L%d", named->address, named->level);
        } else if (named->name[0] != '\0') {
                (void)snprintf(text, 48, "%s", named->name);
        } else {
                (void)snprintf(text, 48, "0x%" PRIx64, named->address);
        }
        return text;
}

const char *draw_state_name(int state, enum rmmsim_object machine)
{
        const char *name;

        if (state < 0) {
                return state == DRAW_ABSENT ? "none" : "?";
        }
        name = rmmsim_state_name(machine, (unsigned)state);
        return strncmp(name, "REALM_", 6) == 0                                 ? name + 6
               : strncmp(name, "REC_", 4) == 0 && strcmp(name, "REC_AUX") != 0 ? name + 4
                                                                               : name;
}
