/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spin.h - waiting for another PE.
 *
 * Locks are held for some hundred nanoseconds, so a waiter spins first. When there are more threads than CPUs the holder
 * may be off its CPU: after a while the waiter gives its own away. That is the only system call near the SMC path, and
 * only a PE that has already lost makes it.
 */
#ifndef SPIN_H
#define SPIN_H

#include <sched.h>

struct spin {
        unsigned rounds;
};

static inline void spin_wait(struct spin *spin)
{
        enum {
                ROUNDS_BEFORE_YIELD = 64
        };

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

#endif
