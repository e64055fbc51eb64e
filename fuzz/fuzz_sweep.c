/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_sweep.c - sweeps, one after the other.
 */
#include "fuzz_sweep.h"
#include "fuzz_draft.h"
#include <string.h>

enum {
        WAITING_MAX = 256,
        CHOICES_MAX = 400, /* of an input that are swept */
        OTHERS = 2         /* PEs to go on with, tried at each */
};

static struct {
        size_t size;
        unsigned choices;
        uint8_t bytes[FUZZ_INPUT_MAX];
} waiting[WAITING_MAX];
static unsigned first;
static unsigned count;
static unsigned at; /* which choice, and which other PE, of the first one is next */
static bool anew;   /* with that preemption alone, or behind those that it has    */

void fuzz_sweep_add(const uint8_t *bytes, size_t size, uint64_t choices)
{
        unsigned last = (first + count) % WAITING_MAX;

        if (count == WAITING_MAX || choices == 0 || !fuzz_target.scheduled) {
                return;
        }
        memcpy(waiting[last].bytes, bytes, size);
        waiting[last].size = size;
        waiting[last].choices = choices < CHOICES_MAX ? (unsigned)choices : CHOICES_MAX;
        count++;
}

static void go_on(bool has_preemptions)
{
        at++;
        if (at < waiting[first].choices * OTHERS) {
                return;
        }
        at = 0;
        anew = !anew && has_preemptions;
        if (!anew) {
                first = (first + 1) % WAITING_MAX;
                count--;
        }
}

size_t fuzz_sweep_next(uint8_t *bytes)
{
        static struct fuzz_draft draft;
        struct fuzz_preemption preemption;
        bool has_preemptions;
        size_t size;

        if (count == 0) {
                return 0;
        }
        fuzz_draft_read(&draft, waiting[first].bytes, waiting[first].size);
        has_preemptions = draft.num_preemptions != 0;
        if (anew) {
                draft.num_preemptions = 0;
        }
        preemption = (struct fuzz_preemption){ .gap = at / OTHERS, .choice = (uint8_t)(at % OTHERS) };
        fuzz_draft_preempt(&draft, draft.num_preemptions, preemption);
        size = fuzz_draft_write(&draft, bytes, FUZZ_INPUT_MAX);
        go_on(has_preemptions);
        return size;
}
