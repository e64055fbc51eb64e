/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slowness.h - what a test may ask of the process it runs in: which sanitizer watches, and how much work fits.
 */
#ifndef SLOWNESS_H
#define SLOWNESS_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#elif __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

/* Valgrind preloads its own library into every program that it runs. */
static inline bool under_valgrind(void)
{
        const char *preloaded = getenv("LD_PRELOAD");

        return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

/* `native` rounds of something, or as many as take about the same time here. */
static inline unsigned long rounds(unsigned long native)
{
        unsigned long share = under_valgrind() ? 40 : UNDER_TSAN ? 8 : UNDER_ASAN ? 3 : 1;

        return native / share;
}

#endif
