/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record.c - a recording begins and ends.
 *
 * While it lasts the recorder is told of calls by record_sink.h, and of edges and faults by standing in the place of the trace's
 * listener, which it tells in turn.
 */
#include "recorder.h"
#include <errno.h>
#include <rmmsim/record.h>
#include <stdlib.h>
#include <string.h>

/* ---- end -------------------------------------------------------------------------------------------------------------- */

static void discard(struct recorder *recorder)
{
        known_free(recorder);
        recorded_vcpus_free(recorder);
        pthread_mutex_destroy(&recorder->lock);
        pthread_mutex_destroy(&recorder->vcpus_lock);
        free(recorder->path);
        free(recorder);
}

/* Nothing is listened to any more, and everything is written, as far as it can be. Returns what went wrong. */
static int end(struct rmmsim *sim)
{
        struct recorder *recorder = sim_recorder(sim);

        sim->rmm.recorder = NULL;
        sim->rmm.trace = (struct trace_sink){ .fn = sim->config.trace, .context = sim->config.context };
        sim_watch(sim);
        record_flush_all(recorder);
        if (fclose(recorder->file) != 0) {
                record_fail(recorder, RMMSIM_ERROR_FILE);
        }
        recorder->file = NULL;
        return recorder->error;
}

void record_close(struct rmmsim *sim)
{
        struct recorder *recorder;

        if (sim->rmm.recorder == NULL) {
                return;
        }
        recorder = sim_recorder(sim);
        if (end(sim) != 0) {
                fprintf(stderr, "rmmsim: the trace %s is cut short: %s\n", recorder->path,
                        strerror(recorder->error_number));
        }
        discard(recorder);
}

/* ---- begin ------------------------------------------------------------------------------------------------------------ */

static struct recorder *recorder_new(struct rmmsim *sim, const char *path)
{
        struct recorder *recorder = calloc(1, sizeof(*recorder) + sim->num_pes * sizeof(recorder->pes[0]));

        if (recorder == NULL) {
                return NULL;
        }
        recorder->path = strdup(path);
        if (recorder->path == NULL) {
                free(recorder);
                return NULL;
        }
        recorder->sim = sim;
        recorder->sink.place = record_place_hook;
        recorder->sink.acted = record_acted_hook;
        recorder->sink.vmid_used = record_vmid_hook;
        record_host_hooks(&recorder->sink);
        record_guest_hooks(&recorder->sink);
        pthread_mutex_init(&recorder->lock, NULL);
        pthread_mutex_init(&recorder->vcpus_lock, NULL);
        return recorder;
}

static int begin(struct rmmsim *sim, const char *path)
{
        struct recorder *recorder = recorder_new(sim, path);
        struct text settings = { 0 };

        if (recorder == NULL) {
                return RMMSIM_ERROR_MEMORY;
        }
        recorder->file = fopen(path, "we");
        if (recorder->file == NULL) {
                discard(recorder);
                return RMMSIM_ERROR_FILE;
        }
        recorder->forgotten = record_settings(&settings, sim);
        if (settings.failed) {
                record_fail(recorder, RMMSIM_ERROR_MEMORY);
        }
        if (fwrite(settings.data, 1, settings.length, recorder->file) != settings.length) {
                record_fail(recorder, RMMSIM_ERROR_FILE);
        }
        text_free(&settings);
        sim->rmm.recorder = &recorder->sink;
        sim->rmm.trace = (struct trace_sink){ .fn = record_event, .context = recorder };
        sim_watch(sim);
        return 0;
}

int rmmsim_record(struct rmmsim *sim, const char *path)
{
        int error = 0;

        if (sim == NULL) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (!sim_is_idle(sim)) {
                return sim_misuse(sim, "rmmsim_record() while a PE is inside a call: no guest may call it, and other "
                                       "threads must be waited for");
        }
        if (sim->rmm.recorder != NULL) {
                struct recorder *recorder = sim_recorder(sim);
                int number;

                error = end(sim);
                number = recorder->error_number;
                discard(recorder);
                errno = number;
        }
        return error != 0 || path == NULL ? error : begin(sim, path);
}
