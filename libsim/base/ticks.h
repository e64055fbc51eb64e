/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ticks.h - a counter of the CPU that is cheap to read and ticks at a constant rate.
 *
 * x86-64: the time stamp counter, constant on every CPU made since about 2008. AArch64: the virtual counter. Elsewhere the
 * system's clock in nanoseconds. The reads are not ordered with the instructions around them: that would cost more than
 * the few instructions of blur, which are small against what is measured.
 */
#ifndef TICKS_H
#define TICKS_H

#include <stdint.h>
#include <time.h>

static inline uint64_t ticks(void)
{
#if defined(__x86_64__)
        return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
        uint64_t value;

        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
        return value;
#else
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

#endif
