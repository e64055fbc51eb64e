/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_events.c - edges and faults, each behind the line of what was under way on its PE.
 *
 * The recorder stands where the trace's listener stood, and tells it in turn.
 */
#include "recorder.h"
#include <stdlib.h>

static bool add(struct line *line, const struct rmmsim_event *event)
{
        if (line->num_events == line->max_events) {
                unsigned max = line->max_events != 0 ? 2 * line->max_events : 4;
                struct rmmsim_event *events = realloc(line->events, max * sizeof(*events));

                if (events == NULL) {
                        line->text.failed = true;
                        return false;
                }
                line->events = events;
                line->max_events = max;
        }
        line->events[line->num_events++] = *event;
        return true;
}

/* As an edge that is not in the text. */
void record_vmid_hook(struct record_sink *sink, unsigned pe, unsigned vmid, bool used)
{
        struct line *line = recorder_of(sink)->pes[pe].line;
        struct rmmsim_event event = { .kind = RMMSIM_EVENT_EDGE, .pe = pe };

        event.of.edge.object = RECORD_OBJECT_VMID;
        event.of.edge.address = vmid;
        event.of.edge.from = !used;
        event.of.edge.to = used;
        if (line != NULL) {
                (void)add(line, &event);
        }
}

/* What follows the exit of a REC belongs to the line that says so. */
static struct line *line_of_event(struct recorder *recorder, struct recorded_pe *self)
{
        if (self->trap != NULL) {
                return self->trap;
        }
        if (self->line == NULL && self->has_entered) {
                self->line = line_new(recorder);
        }
        return self->line;
}

/* An entry that is admitted is a line of its own: the PE will answer later. */
static void note_entry(struct recorded_pe *self, const struct rmmsim_event *event)
{
        struct line *line = self->line;

        if (event->kind == RMMSIM_EVENT_EDGE && event->of.edge.id == RMMSIM_EDGE_REC_REC_READY_REC_RUNNING) {
                self->has_entered = true;
                self->is_in_instruction = true;
                text_add(&line->text, "pe%u:", event->pe);
                (void)text_call(&line->text, true, self->in);
                text_add(&line->text, " => entered\n");
        }
}

/*
 * An entry whose vCPU has not run. Where no program could be started the RMM has done as at an interrupt: that is how a replay, in
 * which there always is a program, comes to the same exit.
 */
static void end_entry(struct recorder *recorder, unsigned pe)
{
        struct recorded_pe *self = &recorder->pes[pe];
        int error = recorder->sim->pes[pe].library_error;
        struct text entry;

        if (self->line == NULL) {
                return;
        }
        if (error == RMMSIM_ERROR_NO_GUEST || error == RMMSIM_ERROR_NO_STACK) {
                entry = self->line->text;
                self->line->text = (struct text){ 0 };
                text_add(&self->line->text, "irq %u # no program starts\n%s", pe, entry.data);
                text_free(&entry);
        }
        line_complete(recorder, self->line);
        self->line = NULL;
}

static void tell(const struct rmmsim *sim, const struct rmmsim_event *event)
{
        if (sim->config.trace != NULL) {
                sim->config.trace(sim->config.context, event);
        }
}

/* The listener was not called while the lock was held. The PE's own line is nobody else's to change. */
void record_tell_late(struct recorder *recorder, const struct recorded_pe *self)
{
        const struct line *line = self->trap != NULL ? self->trap : self->line;

        for (unsigned i = self->first_untold; line != NULL && i < line->num_events; i++) {
                if (line->events[i].kind != RMMSIM_EVENT_EDGE || line->events[i].of.edge.object != RECORD_OBJECT_VMID) {
                        tell(recorder->sim, &line->events[i]);
                }
        }
}

/* Returns whether the listener is to be told later. */
static bool keep(struct recorder *recorder, struct recorded_pe *self, const struct rmmsim_event *event)
{
        struct line *line = line_of_event(recorder, self);

        if (line == NULL) {
                return false;
        }
        note_entry(self, event);
        if (self->acts) {
                return add(line, event);
        }
        pthread_mutex_lock(&recorder->lock);
        (void)add(line, event);
        pthread_mutex_unlock(&recorder->lock);
        return false;
}

void record_event(void *context, const struct rmmsim_event *event)
{
        struct recorder *recorder = context;
        bool later = false;

        if (event->kind == RMMSIM_EVENT_EXIT) {
                end_entry(recorder, event->pe);
        } else if (event->kind != RMMSIM_EVENT_COMMAND) {
                later = keep(recorder, &recorder->pes[event->pe], event);
        }
        if (!later) {
                tell(recorder->sim, event);
        }
}
