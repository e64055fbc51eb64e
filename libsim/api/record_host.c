/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_host.c - the host's calls as lines.
 *
 * An RMI_REC_ENTER that is admitted makes two: one where it was admitted, which is over when the vCPU goes on, and one where it gives
 * the REC back.
 */
#include "recorder.h"
#include <rmmsim/spec.h>
#include <string.h>

/* The RECs of which a call looks whether they run. */
static void note_recs(struct line *line, const uint64_t *x)
{
        if (line == NULL) {
                return;
        }
        switch ((uint32_t)x[0] & ~(uint32_t)BIT(16)) {
        case RMMSIM_RMI_REC_ENTER:
        case RMMSIM_RMI_REC_DESTROY:
                line->recs[line->num_recs++] = x[1];
                break;
        case RMMSIM_RMI_RTT_SET_RIPAS:
                line->recs[line->num_recs++] = x[2];
                break;
        case RMMSIM_RMI_PSCI_COMPLETE:
                line->recs[line->num_recs++] = x[1];
                line->recs[line->num_recs++] = x[2];
                break;
        default:
                break;
        }
}

static void host_begin(struct record_sink *sink, unsigned pe, const uint64_t *x)
{
        struct recorder *recorder = recorder_of(sink);
        struct recorded_pe *self = &recorder->pes[pe];

        memcpy(self->in, x, sizeof(self->in));
        self->line = line_new(recorder);
        note_recs(self->line, x);
        pthread_mutex_lock(&recorder->lock);
        self->has_begun = true;
        self->begin = recorder->next_serial;
        pthread_mutex_unlock(&recorder->lock);
}

static const char *structure_of(enum rmmsim_command id)
{
        switch (id) {
        case RMMSIM_COMMAND_rmi_realm_create:
                return "realm_params";
        case RMMSIM_COMMAND_rmi_rec_create:
                return "rec_params";
        case RMMSIM_COMMAND_rmi_rec_enter:
                return "rec_enter";
        default:
                return NULL;
        }
}

static void host_page(struct record_sink *sink, unsigned pe, enum rmmsim_command id, uint64_t pa, const void *copy)
{
        struct recorder *recorder = recorder_of(sink);
        struct line *line = recorder->pes[pe].line;

        line_memory(line, MEMORY_PAGE, pa, copy, GRANULE_SIZE);
        if (line != NULL) {
                line->structure = structure_of(id);
        }
}

static void exits(struct record_sink *sink, unsigned pe, const struct rmmsim_rec_exit *exit)
{
        struct recorder *recorder = recorder_of(sink);
        struct recorded_pe *self = &recorder->pes[pe];

        self->exit = *exit;
        self->exits = true;
        record_instruction(recorder, pe, false);
        if (self->line == NULL) {
                self->line = line_new(recorder);
        }
}

/* " HOST_CALL imm=3": what the host finds in the run page, if it could be written. */
static void add_exit(struct text *text, const struct rmmsim_rec_exit *exit, bool written)
{
        const struct rmmsim_spec_structure *structure = rmmsim_spec_structure_by_name("rec_exit");

        text_add(text, " exits %s", rmmsim_exit_name((unsigned)exit->exit_reason));
        for (unsigned i = 0; written && i < structure->num_fields; i++) {
                const struct rmmsim_spec_field *field = &structure->fields[i];

                if (strcmp(field->name, "exit_reason") != 0) {
                        text_field(text, field, (const uint8_t *)exit + field->offset);
                }
        }
}

static void add_exit_line(struct recorded_pe *self, struct line *line, enum rmmsim_condition refused, const uint64_t *x)
{
        bool written = refused == RMMSIM_CONDITION_NONE;

        add_exit(&line->text, &self->exit, written);
        if (written) {
                line_memory(line, MEMORY_STORE, self->in[2] + sizeof(struct rmmsim_rec_enter), &self->exit,
                            sizeof(self->exit));
        } else {
                text_answer(&line->text, RMMSIM_COMMAND_rmi_rec_enter, text_condition(refused), x);
        }
}

static void add_call(struct recorded_pe *self, struct line *line, enum rmmsim_condition refused, const uint64_t *x)
{
        enum rmmsim_command id = text_call(&line->text, true, self->in);

        if (id == RMMSIM_COMMAND_NONE) {
                text_registers(&line->text, " =>", x);
        } else {
                const char *condition = line->raced ? "raced" : text_condition(refused);

                text_answer(&line->text, id, condition, x);
        }
}

static void host_end(struct record_sink *sink, unsigned pe, enum rmmsim_command id, enum rmmsim_condition refused,
                     const uint64_t *x)
{
        struct recorder *recorder = recorder_of(sink);
        struct recorded_pe *self = &recorder->pes[pe];
        struct line *line = self->line;

        (void)id;
        if (line != NULL) {
                text_add(&line->text, "pe%u:", pe);
                if (self->has_entered) {
                        add_exit_line(self, line, refused, x);
                } else {
                        add_call(self, line, refused, x);
                }
                text_add(&line->text, "\n");
        }
        self->line = NULL;
        self->has_entered = self->exits = false;
        line_complete(recorder, line);
        pthread_mutex_lock(&recorder->lock);
        self->has_begun = false;
        pthread_mutex_unlock(&recorder->lock);
}

void record_host_hooks(struct record_sink *sink)
{
        sink->call_begin = host_begin;
        sink->call_page = host_page;
        sink->call_end = host_end;
        sink->exits = exits;
}
