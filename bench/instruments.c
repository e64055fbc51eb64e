/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instruments.c - who counts instructions.
 *
 * Callgrind counts the same each time, and the atomic read-modify-writes as well. The processor's own counter is faster, but it
 * counts libc and libcrypto, too, and what an interrupt adds.
 */
#include "instruments.h"
#include "counters.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define RUNNING_ON_VALGRIND            0
#define CALLGRIND_ZERO_STATS           ((void)0)
#define CALLGRIND_DUMP_STATS_AT(label) ((void)(label))
#endif

enum {
        ARGUMENTS_MAX = 32,
        PATH_SIZE = 1024
};

#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

int perf_open(void)
{
        struct perf_event_attr attributes = { .type = PERF_TYPE_HARDWARE,
                                              .size = sizeof(attributes),
                                              .config = PERF_COUNT_HW_INSTRUCTIONS,
                                              .disabled = 1,
                                              .exclude_kernel = 1,
                                              .exclude_hv = 1 };

        return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

void perf_start(int fd)
{
        (void)ioctl(fd, PERF_EVENT_IOC_RESET, 0);
        (void)ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
}

double perf_stop(int fd)
{
        uint64_t value = 0;

        (void)ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
        return read(fd, &value, sizeof(value)) == sizeof(value) ? (double)value : COUNTER_UNKNOWN;
}
#else
int perf_open(void)
{
        return -1;
}

void perf_start(int fd)
{
        (void)fd;
}

double perf_stop(int fd)
{
        (void)fd;
        return COUNTER_UNKNOWN;
}
#endif

bool callgrind_is_here(void)
{
        return RUNNING_ON_VALGRIND != 0;
}

void callgrind_forget(void)
{
        CALLGRIND_ZERO_STATS;
}

void callgrind_keep(const char *label)
{
        CALLGRIND_DUMP_STATS_AT(label);
}

int callgrind_run(const char *const *argv, const char *directory)
{
        const char *arguments[ARGUMENTS_MAX] = { "valgrind", "-q", "--tool=callgrind", "--collect-bus=yes",
                                                 "--collect-atstart=no" };
        char out[PATH_SIZE];
        size_t used = 5;

        snprintf(out, sizeof(out), "--callgrind-out-file=%s/out", directory);
        arguments[used++] = out;
        for (size_t i = 0; argv[i] != NULL && used + 1 < ARGUMENTS_MAX; i++) {
                arguments[used++] = argv[i];
        }
        return run_program(arguments);
}

bool callgrind_read(const char *directory, unsigned part, char label[NAME_SIZE + 16], double *instructions,
                    double *atomics)
{
        static const char trigger[] = "desc: Trigger: Client Request: ";
        char path[PATH_SIZE];
        char line[512];
        FILE *in;

        snprintf(path, sizeof(path), "%s/out.%u", directory, part);
        in = fopen(path, "r");
        label[0] = '\0';
        *instructions = *atomics = 0;
        if (in == NULL) {
                return false;
        }
        /* The sums stand in the head: what follows is of no interest here. */
        while (fgets(line, sizeof(line), in) != NULL) {
                if (strncmp(line, trigger, sizeof(trigger) - 1) == 0) {
                        snprintf(label, NAME_SIZE + 16, "%.*s", (int)strcspn(line + sizeof(trigger) - 1, "\n"),
                                 line + sizeof(trigger) - 1);
                } else if (strncmp(line, "summary: ", 9) == 0) {
                        char *end;

                        *instructions = strtod(line + 9, &end);
                        *atomics = strtod(end, NULL);
                        break;
                }
        }
        fclose(in);
        unlink(path);
        return true;
}
