/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_svg.h - a drawing of a finding: its lanes, what stands in them, and text.
 */
#ifndef EXPLORE_SVG_H
#define EXPLORE_SVG_H

#include "bits.h"
#include <rmmsim/explore.h>
#include <stddef.h>
#include <stdio.h>

enum {
        MARGIN = 16,
        ROW = 24,
        MIDDLE = 9, /* of a row: where its text stands, and below that */
        ARROW = 18,
        LINE = 17, /* of the text above */
        HEAD = 24,
        WIDTH_MIN = 760,
        COLUMN_MIN = 150,
        GAP = 24,
        LIFELINE = 8, /* in its column; and texts */
        TEXT = 20,
        MARK = 32,
        TRACK = 12,
        TENTHS = 74, /* of a pixel: the width of a character */
        PES_MAX = RMMSIM_EXPLORE_PES_MAX,
        COLUMN_RMM = 2 * PES_MAX,
        NUM_COLUMNS
};

/* One for the host's code on each PE, and one for its guest. */
#define COLUMN_HOST(pe)  (2 * (pe))
#define COLUMN_GUEST(pe) (2 * (pe) + 1)

struct drawing {
        const struct rmmsim_finding *finding;
        FILE *to;
        uint8_t columns[RMMSIM_FINDING_STEPS_MAX]; /* of each step's text */
        struct column {
                bool used;
                int x;
                int width;
        } lanes[NUM_COLUMNS];
        unsigned calls[PES_MAX]; /* and entries that each PE is inside of when the steps begin */
        unsigned entries[PES_MAX];
        unsigned num_objects;
        struct object {
                uint64_t id;
                bool of_host;
                unsigned pes; /* a bit for each that touches it */
        } objects[RMMSIM_FINDING_STEPS_MAX];
        int width;
        int y;
};

/* ---- explore_svg_place.c: which lane each step belongs to, and where that is --------------------------------------- */

/* Everything of the drawing but `y`. */
void svg_place(struct drawing *d);

bool svg_has_object(const struct rmmsim_step *step);
/* The place of the object in the list, at its end if it is not there. */
unsigned svg_object(const struct drawing *d, const struct rmmsim_step *step);
/* Where texts in a column begin, from its left side. */
int svg_text_at(const struct drawing *d, unsigned column);
int svg_lifeline(const struct drawing *d, unsigned column);
/* Of a PE inside the RMM. */
int svg_track(const struct drawing *d, unsigned pe);

/* ---- explore_svg_text.c: as XML can hold it ------------------------------------------------------------------------ */

/* Write text of `size` bytes. What is no character of XML becomes U+FFFD. */
void svg_text(const char *text, size_t size, FILE *to);
/* How many characters that will be. */
unsigned svg_text_length(const char *text, size_t size);
/* How many bytes of it fill a line of so many characters, broken behind a space or comma if there is one. */
size_t svg_text_line(const char *text, size_t size, unsigned characters);

#endif
