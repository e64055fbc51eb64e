/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trace_sink.h - where events go. Nothing is made when nobody listens: one predictable branch.
 */
#ifndef TRACE_SINK_H
#define TRACE_SINK_H

#include "command.h"

struct trace_sink {
        rmmsim_trace_fn *fn;
        void *context;
};

/*
 * Tell the listener that an object went from one state to another. An edge without a row in states.def is a bug of the
 * library: it stops the program, as no later answer could be trusted.
 */
void trace_edge_slow(const struct trace_sink *sink, unsigned pe, enum rmmsim_object object, uint64_t address,
                     unsigned from, unsigned to);

static inline void trace_edge(const struct trace_sink *sink, unsigned pe, enum rmmsim_object object, uint64_t address,
                              unsigned from, unsigned to)
{
        if (__builtin_expect(sink->fn != NULL, 0) && from != to) {
                trace_edge_slow(sink, pe, object, address, from, to);
        }
}

/* The same of an entry of a translation table, which takes more to name. */
struct traced_rtte {
        uint64_t rd;
        uint64_t ipa;
        int level;
};
void trace_rtte_slow(const struct trace_sink *sink, unsigned pe, const struct traced_rtte *rtte, unsigned from,
                     unsigned to);

#endif
