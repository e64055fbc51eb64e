/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_coverage.c - which failure conditions and edges of state machines the inputs have reached.
 */
#include "fuzz_coverage.h"

struct fuzz_coverage fuzz_coverage;

void fuzz_trace(void *context, const struct rmmsim_event *event)
{
        (void)context;
        switch (event->kind) {
        case RMMSIM_EVENT_COMMAND:
                fuzz_coverage.conditions[event->of.command.refused]++;
                break;
        case RMMSIM_EVENT_EXIT:
                fuzz_coverage.exits[event->of.exit.reason]++;
                break;
        case RMMSIM_EVENT_EDGE:
                fuzz_coverage.edges[event->of.edge.id]++;
                break;
        case RMMSIM_EVENT_FAULT:
                break;
        }
}
