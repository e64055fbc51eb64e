/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_states.c - objects, their states and edges as data for users: <rmmsim/spec.h>.
 */
#include "bits.h"
#include "spec_rows.h"
#include <rmmsim/spec.h>
#include <string.h>

#define COMMAND(ID, name, fid, summary) static const char id_of_##name[] = #ID;
#include <rmmsim/spec/commands.def>

enum {
#define OBJECT(NAME, meaning)               BEGINS(STATE, NAME)
#define STATE(OBJECT, NAME, value, meaning) STATE_##OBJECT##_##NAME,
#define OBJECT_END(NAME)                    ENDS(STATE, NAME)
#include <rmmsim/spec/states.def>
        NUM_STATE
};

static const struct rmmsim_spec_value states[NUM_STATE] = {
#define STATE(OBJECT, NAME, number, text) { .name = #NAME, .meaning = text, .value = (number) },
#include <rmmsim/spec/states.def>
};

enum {
#define OBJECT(NAME, meaning)           BEGINS(EDGE, NAME)
#define EDGE(OBJECT, FROM, TO, command) EDGE_##OBJECT##_##FROM##_##TO,
#define OBJECT_END(NAME)                ENDS(EDGE, NAME)
#include <rmmsim/spec/states.def>
        NUM_EDGE
};

static const struct rmmsim_spec_edge edges[NUM_EDGE] = {
#define EDGE(OBJECT, FROM, TO, lower)                                                                                  \
        { .from = &states[STATE_##OBJECT##_##FROM],                                                                    \
          .to = &states[STATE_##OBJECT##_##TO],                                                                        \
          .command = id_of_##lower,                                                                                    \
          .id = RMMSIM_EDGE_##OBJECT##_##FROM##_##TO },
#include <rmmsim/spec/states.def>
};

static const struct rmmsim_spec_object objects[RMMSIM_NUM_OBJECTS] = {
#define OBJECT(NAME, text)                                                                                             \
        [RMMSIM_OBJECT_##NAME] = { .name = #NAME,                                                                      \
                                   .meaning = text,                                                                    \
                                   .states = states + FIRST_OF(STATE, NAME),                                           \
                                   .edges = edges + FIRST_OF(EDGE, NAME),                                              \
                                   .num_states = COUNT_OF(STATE, NAME),                                                \
                                   .num_edges = COUNT_OF(EDGE, NAME),                                                  \
                                   .number = RMMSIM_OBJECT_##NAME },
#include <rmmsim/spec/states.def>
};

const struct rmmsim_spec_object *rmmsim_spec_object(uint32_t index)
{
        return ELEMENT(objects, index);
}

const struct rmmsim_spec_object *rmmsim_spec_object_by_name(const char *name)
{
        for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(objects); i++) {
                if (strcmp(objects[i].name, name) == 0) {
                        return &objects[i];
                }
        }
        return NULL;
}
