/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trace_sink.c - edges of the state machines as events, each checked against its row.
 */
#include "trace_sink.h"
#include <stdio.h>
#include <stdlib.h>

void trace_edge_slow(const struct trace_sink *sink, unsigned pe, enum rmmsim_object object, uint64_t address,
                     unsigned from, unsigned to)
{
        struct rmmsim_event event = { .kind = RMMSIM_EVENT_EDGE, .pe = pe };

        event.of.edge.id = edge_find(object, from, to);
        event.of.edge.object = object;
        event.of.edge.address = address;
        event.of.edge.from = from;
        event.of.edge.to = to;
        if (event.of.edge.id == RMMSIM_NUM_EDGES) {
                fprintf(stderr, "rmmsim: no row in states.def for %s -> %s of the object at 0x%llx\n",
                        rmmsim_state_name(object, from), rmmsim_state_name(object, to), (unsigned long long)address);
                abort();
        }
        sink->fn(sink->context, &event);
}
