/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counters.c - having rows counted.
 *
 * Counting needs other versions of libc's functions than timing, and callgrind is fifty times slower than the machine. So it is
 * done by another program, linked from the same rows, and its results come back as a file.
 */
#include "counters.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
        NOT_RUN = 127
};

int run_program(const char *const *argv)
{
        int status;
        pid_t child;

        fflush(NULL);
        child = fork();
        if (child == 0) {
                execvp(argv[0], (char *const *)(uintptr_t)argv);
                _exit(NOT_RUN);
        }
        if (child < 0) {
                return NOT_RUN;
        }
        while (waitpid(child, &status, 0) < 0) {
                if (errno != EINTR) {
                        return NOT_RUN;
                }
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_RUN;
}

static void merge(struct report *report, const struct report *counted)
{
        report->counted = counted->counted;
        memcpy(report->instructions_by, counted->instructions_by, sizeof(report->instructions_by));
        for (size_t i = 0; i < counted->num_results; i++) {
                const struct result *from = &counted->results[i];
                struct result *to = report_add(report, from->name);

                if (to != NULL && from->counted) {
                        to->counted = true;
                        memcpy(to->counters, from->counters, sizeof(to->counters));
                }
        }
}

bool counters_collect(struct report *report, const char *program, const char *argv0, const char *filter, const char *by)
{
        struct report counted = { 0 };
        char beside[1024];
        char file[] = "/tmp/rmmsim-bench-XXXXXX";
        const char *slash = strrchr(argv0, '/');
        int fd = mkstemp(file);
        bool sound;

        snprintf(beside, sizeof(beside), "%.*sbench_counters", slash == NULL ? 0 : (int)(slash - argv0) + 1, argv0);
        if (fd < 0) {
                fprintf(stderr, "bench: nothing was counted: no file can be made in /tmp\n");
                return false;
        }
        close(fd);
        const char *argv[] = { program != NULL ? program : beside,
                               "--json",
                               file,
                               "--instructions",
                               by != NULL ? by : "any",
                               filter,
                               NULL };
        sound = run_program(argv) == 0 && json_read(file, &counted);
        if (sound) {
                merge(report, &counted);
        } else {
                fprintf(stderr, "bench: nothing was counted, as %s failed\n", argv[0]);
        }
        report_free(&counted);
        unlink(file);
        return sound;
}
