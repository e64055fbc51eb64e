/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_order.c - lines get their places, and are written out in that order.
 *
 * A line gets the last place when its call acts, as nobody else acts meanwhile. A call that was refused, or admitted, by what it did not
 * hold may have seen what is over: then its place is before the line that ended it. Edges say which line that is. Lines after the
 * begin of a call that has no place yet are kept back, so there always is a place for it.
 */
#include "recorder.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void record_fail(struct recorder *recorder, int error)
{
        if (recorder->error == 0) {
                recorder->error = error;
                recorder->error_number = errno;
        }
}

/* ---- lines ------------------------------------------------------------------------------------------------------------ */

struct line *line_new(struct recorder *recorder)
{
        struct line *line = calloc(1, sizeof(*line));

        if (line == NULL) {
                pthread_mutex_lock(&recorder->lock);
                record_fail(recorder, RMMSIM_ERROR_MEMORY);
                pthread_mutex_unlock(&recorder->lock);
        }
        return line;
}

void line_memory(struct line *line, enum memory_kind kind, uint64_t pa, const void *bytes, size_t size)
{
        if (line == NULL || size == 0) {
                return;
        }
        free(line->bytes);
        line->bytes = malloc(size);
        if (line->bytes == NULL) {
                line->text.failed = true;
                return;
        }
        memcpy(line->bytes, bytes, size);
        line->memory = kind;
        line->pa = pa;
        line->size = size;
}

static void line_free(struct line *line)
{
        text_free(&line->text);
        free(line->events);
        free(line->bytes);
        free(line);
}

/* ---- the order -------------------------------------------------------------------------------------------------------- */

static void unlink_line(struct recorder *recorder, struct line *line)
{
        *(line->previous != NULL ? &line->previous->next : &recorder->first) = line->next;
        *(line->next != NULL ? &line->next->previous : &recorder->last) = line->previous;
        line->placed = false;
}

/* Before another one; NULL: at the end. */
static void link_line(struct recorder *recorder, struct line *line, struct line *before)
{
        line->next = before;
        line->previous = before != NULL ? before->previous : recorder->last;
        *(line->previous != NULL ? &line->previous->next : &recorder->first) = line;
        *(before != NULL ? &before->previous : &recorder->last) = line;
        line->serial = recorder->next_serial++;
        line->placed = true;
}

/* No place before this one is left: somebody's begin is later. */
static uint64_t earliest_begin(const struct recorder *recorder)
{
        uint64_t earliest = recorder->next_serial;

        for (unsigned i = 0; i < recorder->sim->num_pes; i++) {
                const struct recorded_pe *pe = &recorder->pes[i];

                if (pe->has_begun && pe->begin < earliest) {
                        earliest = pe->begin;
                }
        }
        return earliest;
}

/* Said before the line: what has to be known of the host's memory. Behind it: its events. */
static void write_line(struct recorder *recorder, const struct line *line)
{
        struct text before = { 0 };
        struct text after = { 0 };

        known_before(recorder, &before, line);
        for (unsigned i = 0; i < line->num_events; i++) {
                text_event(&after, &line->events[i]);
        }
        known_after(recorder, line);
        if (before.failed || line->text.failed || after.failed) {
                record_fail(recorder, RMMSIM_ERROR_MEMORY);
        }
        if (fwrite(before.data, 1, before.length, recorder->file) != before.length ||
            fwrite(line->text.data, 1, line->text.length, recorder->file) != line->text.length ||
            fwrite(after.data, 1, after.length, recorder->file) != after.length) {
                record_fail(recorder, RMMSIM_ERROR_FILE);
        }
        text_free(&before);
        text_free(&after);
}

/* Write out what nothing can come before any more. The caller has the lock. */
static void flush(struct recorder *recorder)
{
        uint64_t begin = earliest_begin(recorder);

        while (recorder->first != NULL && recorder->first->complete && recorder->first->serial < begin) {
                struct line *line = recorder->first;

                unlink_line(recorder, line);
                write_line(recorder, line);
                line_free(line);
        }
}

void line_complete(struct recorder *recorder, struct line *line)
{
        if (line == NULL) {
                return;
        }
        pthread_mutex_lock(&recorder->lock);
        if (!line->placed) {
                link_line(recorder, line, NULL);
        }
        line->complete = true;
        flush(recorder);
        pthread_mutex_unlock(&recorder->lock);
}

void line_say(struct recorder *recorder, const char *format, ...)
{
        struct line *line = calloc(1, sizeof(*line));
        char words[128];
        va_list arguments;

        if (line == NULL) {
                record_fail(recorder, RMMSIM_ERROR_MEMORY);
                return;
        }
        va_start(arguments, format);
        (void)vsnprintf(words, sizeof(words), format, arguments);
        va_end(arguments);
        text_add(&line->text, "%s", words);
        line->complete = true;
        link_line(recorder, line, NULL);
        flush(recorder);
}

void line_drop(struct recorder *recorder, struct line *line)
{
        if (line == NULL) {
                return;
        }
        pthread_mutex_lock(&recorder->lock);
        if (line->placed) {
                unlink_line(recorder, line);
        }
        flush(recorder);
        pthread_mutex_unlock(&recorder->lock);
        line_free(line);
}

void record_flush_all(struct recorder *recorder)
{
        while (recorder->first != NULL) {
                struct line *line = recorder->first;

                unlink_line(recorder, line);
                write_line(recorder, line);
                line_free(line);
        }
}

/* ---- places ----------------------------------------------------------------------------------------------------------- */

struct seen {
        unsigned now; /* the state at the place that is looked at */
        bool changed; /* since the call began                     */
};

static struct seen *seen_of(struct seen *seen, const struct record_need *needs, unsigned num,
                            const struct rmmsim_event *event)
{
        for (unsigned i = 0; event->kind == RMMSIM_EVENT_EDGE && i < num; i++) {
                if (event->of.edge.object == needs[i].object && event->of.edge.address == needs[i].address) {
                        return &seen[i];
                }
        }
        return NULL;
}

static bool is_met(const struct seen *seen, const struct record_need *needs, unsigned num)
{
        for (unsigned i = 0; i < num; i++) {
                if (seen[i].now != needs[i].state) {
                        return false;
                }
        }
        return true;
}

/* How the objects are now: as the last edge since the begin has left them, or as they were seen. Returns whether one has changed. */
static bool see_now(struct seen *seen, const struct recorder *recorder, uint64_t begin, const struct record_need *needs,
                    unsigned num)
{
        bool changed = false;

        for (unsigned i = 0; i < num; i++) {
                seen[i] = (struct seen){ .now = needs[i].state };
        }
        for (const struct line *line = recorder->last; line != NULL && line->serial >= begin; line = line->previous) {
                for (unsigned i = line->num_events; i-- > 0;) {
                        struct seen *of = seen_of(seen, needs, num, &line->events[i]);

                        if (of != NULL && !of->changed) {
                                *of = (struct seen){ .now = line->events[i].of.edge.to, .changed = true };
                                changed = true;
                        }
                }
        }
        return changed;
}

/* The last place at which all needs are met: before which line? Returns false if there is none. */
static bool find_place(struct line **before, const struct recorder *recorder, uint64_t begin,
                       const struct record_need *needs, unsigned num)
{
        struct seen seen[RECORD_NEEDS_MAX];

        *before = NULL;
        if (!see_now(seen, recorder, begin, needs, num) || is_met(seen, needs, num)) {
                return true;
        }
        for (struct line *line = recorder->last; line != NULL && line->serial >= begin; line = line->previous) {
                for (unsigned i = line->num_events; i-- > 0;) {
                        struct seen *of = seen_of(seen, needs, num, &line->events[i]);

                        if (of != NULL) {
                                of->now = line->events[i].of.edge.from;
                        }
                }
                if (is_met(seen, needs, num)) {
                        *before = line;
                        return true;
                }
        }
        return false;
}

static bool asks_for(const struct line *line, uint64_t rec)
{
        for (unsigned i = 0; i < line->num_recs; i++) {
                if (line->recs[i] == rec) {
                        return true;
                }
        }
        return false;
}

/* Has it changed the state of a Granule, or of any Realm? */
static bool changes(const struct line *line, uint64_t pa, bool realm)
{
        for (unsigned i = 0; i < line->num_events; i++) {
                const struct rmmsim_event *event = &line->events[i];

                if (event->kind == RMMSIM_EVENT_EDGE &&
                    ((event->of.edge.object == RMMSIM_OBJECT_GRANULE && event->of.edge.address == pa) ||
                     (event->of.edge.object == RMMSIM_OBJECT_REALM && realm))) {
                        return true;
                }
        }
        return false;
}

/*
 * Entry and exit are one line each, and act twice. An entry is admitted, and before its vCPU goes on it may look at the Realm's memory:
 * its line has the later place unless something has happened meanwhile that would not admit it, or somebody has asked whether the
 * REC runs. An exit writes the run page, and gives the REC back: its line has the later place unless the run page was taken away
 * meanwhile.
 */
static bool may_move(const struct recorded_pe *self, const struct line *own)
{
        if (self->trap != NULL || !self->has_entered) {
                return true;
        }
        for (const struct line *line = own->next; line != NULL; line = line->next) {
                if (changes(line, self->in[2], !self->exits) || (!self->exits && asks_for(line, self->in[1]))) {
                        return false;
                }
        }
        return true;
}

/* Where not all can be, what made the call fail is what counts; which condition it failed by may then be another. */
void record_place_hook(struct record_sink *sink, unsigned pe, const struct record_need *needs, unsigned num_needs)
{
        struct recorder *recorder = recorder_of(sink);
        struct recorded_pe *self = &recorder->pes[pe];
        struct line *line = self->trap != NULL ? self->trap : self->line;
        struct line *before = NULL;

        pthread_mutex_lock(&recorder->lock);
        self->acts = true;
        self->first_untold = line != NULL ? line->num_events : 0;
        if (line == NULL || (line->placed && !may_move(self, line))) {
                return;
        }
        if (line->placed) {
                unlink_line(recorder, line);
        }
        if (num_needs != 0 && !find_place(&before, recorder, self->begin, needs, num_needs)) {
                line->raced = true;
                (void)find_place(&before, recorder, self->begin, needs, 1);
        }
        link_line(recorder, line, before);
}

void record_acted_hook(struct record_sink *sink, unsigned pe)
{
        struct recorder *recorder = recorder_of(sink);

        recorder->pes[pe].acts = false;
        recorder->pes[pe].has_begun = false;
        pthread_mutex_unlock(&recorder->lock);
        record_tell_late(recorder, &recorder->pes[pe]);
}

/* ---- the world outside ------------------------------------------------------------------------------------------------ */

void record_outside_begin(struct rmmsim *sim, struct text *text, enum memory_kind memory)
{
        struct recorder *recorder = sim_recorder(sim);
        struct line *line = line_new(recorder);

        if (line != NULL) {
                line->text = *text;
                line->memory = memory;
                line->complete = true;
        } else {
                text_free(text);
        }
        pthread_mutex_lock(&recorder->lock);
        if (line != NULL) {
                link_line(recorder, line, NULL);
        }
}

void record_outside_end(struct rmmsim *sim)
{
        struct recorder *recorder = sim_recorder(sim);

        flush(recorder);
        pthread_mutex_unlock(&recorder->lock);
}

/* What they were doing has no answer; a call that had no place yet has done nothing. */
void record_abandon(struct rmmsim *sim)
{
        struct recorder *recorder = sim_recorder(sim);

        for (unsigned i = 0; i < sim->num_pes; i++) {
                struct recorded_pe *pe = &recorder->pes[i];
                struct line *lines[] = { pe->line, pe->trap };

                for (unsigned j = 0; j < ARRAY_SIZE(lines); j++) {
                        if (lines[j] != NULL && lines[j]->placed) {
                                text_add(&lines[j]->text, "# PE %u was left here\n", i);
                                line_complete(recorder, lines[j]);
                        } else {
                                line_drop(recorder, lines[j]);
                        }
                }
                *pe = (struct recorded_pe){ 0 };
        }
}
