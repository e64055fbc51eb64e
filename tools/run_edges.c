/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_edges.c - edges of state machines and faults that acted, as the library tells of them, and as the script expects them.
 */
#include "run.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void run_events_begin(struct runner *runner)
{
        runner->num_events = runner->num_printed = 0;
}

/* A vCPU that was turned off, or on, has no answer to wait for any more. */
static void note_power(struct runner *runner, const struct rmmsim_event *event)
{
        if (event->of.edge.object == RMMSIM_OBJECT_POWER) {
                struct vcpu *vcpu = run_vcpu_at(runner, event->of.edge.address);

                vcpu->instruction = NULL;
                vcpu->answered = false;
        }
}

void run_note_event(struct runner *runner, const struct rmmsim_event *event)
{
        if (event->kind == RMMSIM_EVENT_EDGE) {
                note_power(runner, event);
        } else if (event->kind != RMMSIM_EVENT_FAULT) {
                return;
        }
        if (runner->num_events == runner->events_room) {
                size_t room = runner->events_room == 0 ? 64 : 2 * runner->events_room;
                struct rmmsim_event *events = ARENA_ARRAY(runner->arena, struct rmmsim_event, room);

                if (runner->num_events != 0) {
                        memcpy(events, runner->events, runner->num_events * sizeof(*events));
                }
                runner->events = events;
                runner->events_room = room;
        }
        runner->events[runner->num_events++] = *event;
}

/* ---- text --------------------------------------------------------------------------------------------------------------- */

static const char *object_name(enum rmmsim_object object)
{
        const struct rmmsim_spec_object *row = rmmsim_spec_object((uint32_t)object);

        return row == NULL ? "?" : row->name;
}

static void event_text(char *text, size_t size, const struct rmmsim_event *event)
{
        enum rmmsim_object object = event->of.edge.object;

        if (event->kind == RMMSIM_EVENT_FAULT) {
                snprintf(text, size, "| FAULT %u %s 0x%" PRIx64, event->of.fault.id,
                         rmmsim_fault_name(event->of.fault.kind), event->of.fault.value);
        } else if (object == RMMSIM_OBJECT_RTTE) {
                snprintf(text, size, "| %s 0x%" PRIx64 " rd=0x%" PRIx64 " level=%d %s -> %s", object_name(object),
                         event->of.edge.address, event->of.edge.rd, event->of.edge.level,
                         rmmsim_state_name(object, event->of.edge.from), rmmsim_state_name(object, event->of.edge.to));
        } else {
                snprintf(text, size, "| %s 0x%" PRIx64 " %s -> %s", object_name(object), event->of.edge.address,
                         rmmsim_state_name(object, event->of.edge.from), rmmsim_state_name(object, event->of.edge.to));
        }
}

void run_events_print(struct runner *runner)
{
        char text[160];

        for (; runner->num_printed < runner->num_events; runner->num_printed++) {
                if (runner->options.edges) {
                        event_text(text, sizeof(text), &runner->events[runner->num_printed]);
                        run_print(runner, "%s\n", text);
                }
        }
}

/* ---- comparison --------------------------------------------------------------------------------------------------------- */

/* Of an RTT entry: its Realm, and its level. A script may leave them out. */
static bool same_entry(const struct script_edge *edge, const struct rmmsim_event *event)
{
        return (edge->rd.text == NULL || script_number(&edge->rd, 0) == event->of.edge.rd) &&
               (edge->level.text == NULL || script_number(&edge->level, 0) == (uint64_t)(int64_t)event->of.edge.level);
}

static bool same_event(const struct script_edge *edge, const struct rmmsim_event *event)
{
        uint64_t address = script_number(&edge->address, 0);

        if (edge->kind == SCRIPT_EDGE_FAULT || event->kind == RMMSIM_EVENT_FAULT) {
                return edge->kind == SCRIPT_EDGE_FAULT && event->kind == RMMSIM_EVENT_FAULT &&
                       address == event->of.fault.id && edge->from == (unsigned)event->of.fault.kind &&
                       script_number(&edge->value, 0) == event->of.fault.value;
        }
        return edge->object->number == (uint32_t)event->of.edge.object && address == event->of.edge.address &&
               edge->from == event->of.edge.from && edge->to == event->of.edge.to && same_entry(edge, event);
}

void run_events_compare(struct runner *runner)
{
        const struct script_statement *statement = runner->statement;
        char text[160];
        size_t i;

        if (statement->num_edges == 0 && !runner->options.strict) {
                return;
        }
        for (i = 0; i < statement->num_edges && i < runner->num_events; i++) {
                if (!same_event(&statement->edges[i], &runner->events[i])) {
                        event_text(text, sizeof(text), &runner->events[i]);
                        run_differs(runner, statement->edges[i].at, "expected this edge, got %s", text);
                        return;
                }
        }
        if (i < statement->num_edges) {
                run_differs(runner, statement->edges[i].at, "expected this edge, got none any more");
        } else if (i < runner->num_events) {
                event_text(text, sizeof(text), &runner->events[i]);
                run_differs(runner, statement->at, "an edge is missing: %s", text);
        }
}
