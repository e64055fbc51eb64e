/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_fixture.h - recordings in files of their own, and the program that carries them out again.
 */
#ifndef RECORD_FIXTURE_H
#define RECORD_FIXTURE_H

#include <check.h>
#include <rmmsim/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A file that nobody else uses. */
struct trace {
        char path[64];
        char *text; /* once it was read */
};

static inline void trace_create(struct trace *trace)
{
        int file;

        *trace = (struct trace){ .path = "record_XXXXXX" };
        file = mkstemp(trace->path);
        ck_assert_int_ge(file, 0);
        ck_assert_int_eq(close(file), 0);
}

static inline void trace_remove(struct trace *trace)
{
        ck_assert_int_eq(unlink(trace->path), 0);
        free(trace->text);
}

static inline const char *trace_read(struct trace *trace)
{
        FILE *file = fopen(trace->path, "r");
        long size;

        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
        size = ftell(file);
        rewind(file);
        free(trace->text);
        trace->text = calloc((size_t)size + 1, 1);
        ck_assert_ptr_nonnull(trace->text);
        ck_assert_uint_eq(fread(trace->text, 1, (size_t)size, file), (size_t)size);
        (void)fclose(file);
        return trace->text;
}

#ifdef RMMSIM_PROGRAM
/* Every answer and every edge comes again. What does not stays as a file, to be looked at. */
static inline bool trace_replays(const struct trace *trace)
{
        char command[512];
        int status;

        (void)snprintf(command, sizeof(command), "%s replay %s >/dev/null", RMMSIM_PROGRAM, trace->path);
        status = system(command);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
#endif

#endif
