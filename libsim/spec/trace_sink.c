/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trace_sink.c - edges of the state machines as events, each checked against its row.
 */
#include "trace_sink.h"
#include <stdio.h>
#include <stdlib.h>

static void tell(const struct trace_sink *sink, struct rmmsim_event *event, unsigned from, unsigned to)
{
        enum rmmsim_object object = event->of.edge.object;

        event->of.edge.id = edge_find(object, from, to);
        event->of.edge.from = from;
        event->of.edge.to = to;
        if (event->of.edge.id == RMMSIM_NUM_EDGES) {
                fprintf(stderr, "rmmsim: no row in states.def for %s -> %s of the object at 0x%llx\n",
                        rmmsim_state_name(object, from), rmmsim_state_name(object, to),
                        (unsigned long long)event->of.edge.address);
                abort();
        }
        sink->fn(sink->context, event);
}

void trace_edge_slow(const struct trace_sink *sink, unsigned pe, enum rmmsim_object object, uint64_t address,
                     unsigned from, unsigned to)
{
        struct rmmsim_event event = { .kind = RMMSIM_EVENT_EDGE, .pe = pe };

        event.of.edge.object = object;
        event.of.edge.address = address;
        tell(sink, &event, from, to);
}

void trace_rtte_slow(const struct trace_sink *sink, unsigned pe, const struct traced_rtte *rtte, unsigned from,
                     unsigned to)
{
        struct rmmsim_event event = { .kind = RMMSIM_EVENT_EDGE, .pe = pe };

        event.of.edge.object = RMMSIM_OBJECT_RTTE;
        event.of.edge.address = rtte->ipa;
        event.of.edge.rd = rtte->rd;
        event.of.edge.level = rtte->level;
        tell(sink, &event, from, to);
}
