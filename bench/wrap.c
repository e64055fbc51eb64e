/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wrap.c - what the library and the host's rows ask of libc and libcrypto, counted on its way there.
 *
 * The linker sends calls here (--wrap). They are counted in bytes and times, and callgrind looks away while they last: how many
 * instructions a memset() takes is decided by the libc and the processor at hand, and would drown what the library does.
 * Small copies that the compiler made instructions of are not seen here, but as those instructions.
 *
 * Locks are the library's own statistics, summed over the instances that exist and those that went meanwhile.
 */
#include "wrap.h"
#include <openssl/evp.h>
#include <pthread.h>
#include <rmmsim/inspect.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT
#endif

enum {
        SIMS_MAX = 4096,
        PAGE = 4096
};

static bool counting;
static double counts[NUM_COUNTERS];

static struct rmmsim *sims[SIMS_MAX];
static size_t num_sims;
static uint64_t locks_of_the_gone;
static uint64_t locks_at_start;

static void look_away(void)
{
        if (counting) {
                CALLGRIND_TOGGLE_COLLECT;
        }
}

/* The same call twice: what looks away has to look back. */
#define look_back look_away

static void count(enum counter counter, double amount)
{
        if (counting) {
                counts[counter] += amount;
        }
}

/* To ask is not what is counted. */
static uint64_t locks_of(const struct rmmsim *sim)
{
        struct rmmsim_statistics statistics;
        bool was_counting = counting;

        counting = false;
        rmmsim_statistics(sim, &statistics);
        counting = was_counting;
        return statistics.locks;
}

static uint64_t locks(void)
{
        uint64_t sum = locks_of_the_gone;

        for (size_t i = 0; i < num_sims; i++) {
                sum += locks_of(sims[i]);
        }
        return sum;
}

void wrap_start(void)
{
        memset(counts, 0, sizeof(counts));
        locks_at_start = locks();
        counting = true;
        CALLGRIND_TOGGLE_COLLECT;
}

void wrap_stop(void)
{
        CALLGRIND_TOGGLE_COLLECT;
        counting = false;
        counts[COUNTER_LOCKS] = (double)(locks() - locks_at_start);
        counts[COUNTER_INSTRUCTIONS] = counts[COUNTER_ATOMICS] = COUNTER_UNKNOWN;
}

void wrap_counters(double counters[NUM_COUNTERS])
{
        memcpy(counters, counts, sizeof(counts));
}

/* ---- calls ---- */

/* A function with its real one; `counted` is done before callgrind looks away. */
#define WRAP(type, name, parameters, arguments, counted)                                                               \
        type __real_##name parameters;                                                                                 \
        type __wrap_##name parameters;                                                                                 \
        type __wrap_##name parameters                                                                                  \
        {                                                                                                              \
                type result;                                                                                           \
                look_away();                                                                                           \
                counted;                                                                                               \
                result = __real_##name arguments;                                                                      \
                look_back();                                                                                           \
                return result;                                                                                         \
        }
#define WRAP_VOID(name, parameters, arguments)                                                                         \
        void __real_##name parameters;                                                                                 \
        void __wrap_##name parameters;                                                                                 \
        void __wrap_##name parameters                                                                                  \
        {                                                                                                              \
                look_away();                                                                                           \
                __real_##name arguments;                                                                               \
                look_back();                                                                                           \
        }

static void count_bytes(enum counter counter, size_t size)
{
        size_t pages = size / PAGE;

        count(counter, (double)size);
        count(COUNTER_PAGES, (double)pages);
}

WRAP(void *, memcpy, (void *to, const void *from, size_t size), (to, from, size), count_bytes(COUNTER_COPIED, size))
WRAP(void *, memmove, (void *to, const void *from, size_t size), (to, from, size), count_bytes(COUNTER_COPIED, size))
WRAP(void *, memset, (void *to, int value, size_t size), (to, value, size), count_bytes(COUNTER_CLEARED, size))
WRAP(int, memcmp, (const void *a, const void *b, size_t size), (a, b, size), (void)0)

WRAP(void *, malloc, (size_t size), (size), count(COUNTER_ALLOCATIONS, 1))
WRAP(void *, calloc, (size_t number, size_t size), (number, size), count(COUNTER_ALLOCATIONS, 1))
WRAP(void *, realloc, (void *old, size_t size), (old, size), count(COUNTER_ALLOCATIONS, 1))
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), count(COUNTER_ALLOCATIONS, 1))
WRAP_VOID(free, (void *old), (old))

WRAP(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex), count(COUNTER_MUTEXES, 1))

WRAP(EVP_MD *, EVP_MD_fetch, (OSSL_LIB_CTX * library, const char *name, const char *wanted), (library, name, wanted),
     (void)0)
WRAP_VOID(EVP_MD_free, (EVP_MD * method), (method))
WRAP(EVP_MD_CTX *, EVP_MD_CTX_new, (void), (), (void)0)
WRAP_VOID(EVP_MD_CTX_free, (EVP_MD_CTX * context), (context))
WRAP(int, EVP_DigestInit_ex2, (EVP_MD_CTX * context, const EVP_MD *method, const OSSL_PARAM *parameters),
     (context, method, parameters), (void)0)
WRAP(int, EVP_DigestUpdate, (EVP_MD_CTX * context, const void *data, size_t size), (context, data, size),
     count(COUNTER_HASHED, (double)size))
WRAP(int, EVP_DigestFinal_ex, (EVP_MD_CTX * context, unsigned char *digest, unsigned *size), (context, digest, size),
     (void)0)

/* ---- instances ---- */

struct rmmsim *__real_rmmsim_create(const struct rmmsim_config *config, struct rmmsim_error *error);
struct rmmsim *__wrap_rmmsim_create(const struct rmmsim_config *config, struct rmmsim_error *error);
struct rmmsim *__wrap_rmmsim_create(const struct rmmsim_config *config, struct rmmsim_error *error)
{
        struct rmmsim *sim = __real_rmmsim_create(config, error);

        look_away();
        if (sim != NULL && num_sims < SIMS_MAX) {
                sims[num_sims++] = sim;
        }
        look_back();
        return sim;
}

void __real_rmmsim_destroy(struct rmmsim *sim);
void __wrap_rmmsim_destroy(struct rmmsim *sim);
void __wrap_rmmsim_destroy(struct rmmsim *sim)
{
        look_away();
        for (size_t i = 0; i < num_sims; i++) {
                if (sims[i] == sim) {
                        locks_of_the_gone += locks_of(sim);
                        sims[i] = sims[--num_sims];
                        break;
                }
        }
        look_back();
        __real_rmmsim_destroy(sim);
}
