/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reached.h - which rows of the specification the suite has reached, over all its processes.
 *
 * Marks live in one small file that every test process maps; the environment names it. Without it nothing is kept.
 */
#ifndef REACHED_H
#define REACHED_H

#include <rmmsim/trace.h>
#include <stdbool.h>

struct reached {
        unsigned char succeeded[RMMSIM_NUM_COMMANDS]; /* a call of the command was carried out */
        unsigned char refused[RMMSIM_NUM_CONDITIONS]; /* the condition refused a call          */
        unsigned char edge[RMMSIM_NUM_EDGES];
        unsigned char exit[RMMSIM_NUM_EXIT_REASONS];
};

/* The marks of this suite run; NULL where none are kept. */
struct reached *reached_open(void);

/* A trace sink that sets marks. */
void reached_mark(void *context, const struct rmmsim_event *event);

#endif
