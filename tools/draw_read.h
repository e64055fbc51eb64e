/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_read.h - a statement on its way to a step.
 */
#ifndef TOOLS_DRAW_READ_H
#define TOOLS_DRAW_READ_H

#include "draw.h"
#include "script.h"

/* A statement in one of its rounds. */
struct round {
        const struct script_statement *statement;
        uint64_t number;
};

/* An argument of a command, or a field of a page, by its name; 0 if it is not there. */
uint64_t draw_argument(const struct round *round, const char *name);

/* Is it an argument that is the address of a Granule? */
bool draw_names_granule(const struct rmmsim_spec_command *command, const struct script_field *field);

/* Once there are objects with names. */
void draw_words(const struct draw_model *model, uint32_t number, const struct round *round);

#endif
