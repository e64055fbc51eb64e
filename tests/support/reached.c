/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reached.c - marks in a file shared by the processes of a suite run.
 */
#include "reached.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct reached *reached;

static void map(void)
{
        const char *path = getenv("RMMSIM_TEST_REACHED");
        int file = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        void *at;

        if (file < 0) {
                return;
        }
        if (ftruncate(file, sizeof(struct reached)) == 0) {
                at = mmap(NULL, sizeof(struct reached), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
                reached = at == MAP_FAILED ? NULL : at;
        }
        close(file);
}

/* The first to come may be several threads. */
struct reached *reached_open(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, map);
        return reached;
}

/* Several threads may set one mark at once: all write the same value, atomically. */
static void set(unsigned char *mark)
{
        __atomic_store_n(mark, 1, __ATOMIC_RELAXED);
}

void reached_mark(void *context, const struct rmmsim_event *event)
{
        (void)context;
        if (reached_open() == NULL) {
                return;
        }
        switch (event->kind) {
        case RMMSIM_EVENT_COMMAND:
                if (event->of.command.refused != RMMSIM_CONDITION_NONE) {
                        set(&reached->refused[event->of.command.refused]);
                } else if (event->of.command.id < RMMSIM_COMMAND_NONE) {
                        set(&reached->succeeded[event->of.command.id]);
                }
                break;
        case RMMSIM_EVENT_EXIT:
                set(&reached->exit[event->of.exit.reason]);
                break;
        case RMMSIM_EVENT_EDGE:
                set(&reached->edge[event->of.edge.id]);
                break;
        case RMMSIM_EVENT_FAULT:
                break;
        }
}
