/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * crypto_faults.h - libcrypto out of memory, on purpose.
 *
 * The only way libcrypto fails with sound arguments is for want of memory. Installed before libcrypto is first used,
 * these functions count its allocations and refuse one of them, so that a test can sweep through every failure there
 * is.
 */
#ifndef RMMSIM_TESTS_CRYPTO_FAULTS_H
#define RMMSIM_TESTS_CRYPTO_FAULTS_H

#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static struct {
        atomic_long allocations; /* since the last reset           */
        atomic_long refused;     /* which one fails, 0 for none    */
} crypto_faults;

static inline bool crypto_faults_refuse(void)
{
        /* Relaxed, lest the counting order threads that the code under test leaves racing. */
        long n = atomic_fetch_add_explicit(&crypto_faults.allocations, 1, memory_order_relaxed) + 1;

        return n == atomic_load_explicit(&crypto_faults.refused, memory_order_relaxed);
}

static inline void *crypto_faults_malloc(size_t size, const char *file, int line)
{
        (void)file;
        (void)line;
        return crypto_faults_refuse() ? NULL : malloc(size);
}

static inline void *crypto_faults_realloc(void *old, size_t size, const char *file, int line)
{
        (void)file;
        (void)line;
        return crypto_faults_refuse() ? NULL : realloc(old, size);
}

static inline void crypto_faults_free(void *old, const char *file, int line)
{
        (void)file;
        (void)line;
        free(old);
}

/* Call first thing in main. */
static inline bool crypto_faults_install(void)
{
        return CRYPTO_set_mem_functions(crypto_faults_malloc, crypto_faults_realloc, crypto_faults_free);
}

/* Refuse the n-th allocation from now on, counted from one; zero refuses none. */
static inline void crypto_faults_arm(long n)
{
        crypto_faults.allocations = 0;
        crypto_faults.refused = n;
}

/* Refuse no more. Returns whether the refusal happened: once it does not, the sweep is complete. */
static inline bool crypto_faults_disarm(void)
{
        bool happened = crypto_faults.refused > 0 && crypto_faults.allocations >= crypto_faults.refused;

        crypto_faults.refused = 0;
        return happened;
}

#endif
