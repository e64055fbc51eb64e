/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spin.h - waiting for another PE.
 *
 * Locks are held for some hundred nanoseconds, so a waiter spins first. When there are more threads than CPUs the holder
 * may be off its CPU: after a while the waiter gives its own away. That is the only system call near the SMC path, and
 * only a PE that has already lost makes it.
 *
 * In an exploration all PEs share a thread: who spun would spin for ever. So a waiter says for which word, and goes on
 * when that has changed.
 */
#ifndef SPIN_H
#define SPIN_H

#include "point.h"
#include <sched.h>

struct spin {
        unsigned rounds;
};

/* `word` is the one that was found in the way, `size` bytes of it: 4 or 8. NULL: nobody knows which. */
static inline void spin_wait_for(struct spin *spin, const void *word, size_t size)
{
        enum {
                ROUNDS_BEFORE_YIELD = 64
        };

        if (is_explored()) {
                exploration->wait(exploration, word, size);
                return;
        }
        if (++spin->rounds > ROUNDS_BEFORE_YIELD) {
                sched_yield();
                return;
        }
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        __asm__ volatile("yield");
#endif
}

#define spin_wait(spin, word) spin_wait_for(spin, word, sizeof(*(word)))

#endif
