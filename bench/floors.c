/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * floors.c - what the primitives cost that no RMM can do without.
 *
 * Each is written as plainly as it can be and kept from being optimised away, not from being optimised: what is measured here
 * is what a compiler and a processor make of it at their best.
 */
#include "bench.h"
#include "floor_switch.h"
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool floors_quick;

enum {
        PAGE = 4096,
        REGISTERS = 31
};
#define COLD_SIZE_MIN (UINT64_C(64) << 20)
#define COLD_SIZE_MAX (UINT64_C(1) << 30)

/* What is behind the pointer may have changed, and somebody may look at it. */
static inline void keep(void *pointer)
{
        __asm__ volatile("" : : "r"(pointer) : "memory");
}

/* ---- call, registers, lock pair, switch ---- */

static void *begin_nothing(void)
{
        static char nothing;

        return &nothing;
}

static void end_nothing(void *context)
{
        (void)context;
}

typedef uint64_t call_fn(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

__attribute__((noinline)) static uint64_t empty(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                                                uint64_t g, uint64_t h)
{
        (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
        return a;
}

static void run_call(void *context, uint64_t n)
{
        call_fn *volatile fn = empty;

        (void)context;
        for (uint64_t i = 0; i < n; i++) {
                (void)fn(i, 1, 2, 3, 4, 5, 6, 7);
        }
}

static void run_registers(void *context, uint64_t n)
{
        uint64_t registers[REGISTERS] = { 1 };
        uint64_t saved[REGISTERS] = { 2 };

        (void)context;
        for (uint64_t i = 0; i < n; i++) {
                memcpy(saved, registers, sizeof(saved));
                keep(saved);
                memcpy(registers, saved, sizeof(registers));
                keep(registers);
        }
}

static void run_lock_pair(void *context, uint64_t n)
{
        _Atomic uint32_t word = 0;

        (void)context;
        for (uint64_t i = 0; i < n; i++) {
                uint32_t expected = 0;

                if (atomic_compare_exchange_strong_explicit(&word, &expected, 1, memory_order_acquire,
                                                            memory_order_relaxed)) {
                        atomic_store_explicit(&word, 0, memory_order_release);
                }
        }
}

static void *begin_switch(void)
{
        return floor_partner_create();
}

static void run_switch(void *context, uint64_t n)
{
        for (uint64_t i = 0; i < n; i++) {
                floor_partner_visit(context);
        }
}

static void end_switch(void *context)
{
        floor_partner_free(context);
}

/* ---- pages, hot ---- */

struct pages {
        unsigned char one[PAGE];
        unsigned char other[PAGE];
};

static void *begin_pages(void)
{
        struct pages *pages = aligned_alloc(PAGE, sizeof(*pages));

        if (pages != NULL) {
                memset(pages, 0x5a, sizeof(*pages));
        }
        return pages;
}

static void run_zero(void *context, uint64_t n)
{
        struct pages *pages = context;

        for (uint64_t i = 0; i < n; i++) {
                memset(pages->one, 0, PAGE);
                keep(pages->one);
        }
}

static void run_copy(void *context, uint64_t n)
{
        struct pages *pages = context;

        for (uint64_t i = 0; i < n; i++) {
                memcpy(pages->other, pages->one, PAGE);
                keep(pages->other);
        }
}

/* ---- pages, cold: a walk over memory that no cache holds ---- */

struct cold {
        unsigned char *memory;
        uint64_t size;
        uint64_t at;
};

static uint64_t cache_size(void)
{
        long largest = 0;
#ifdef _SC_LEVEL4_CACHE_SIZE
        const int levels[] = { _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL4_CACHE_SIZE };

        for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
                long size = sysconf(levels[i]);

                largest = size > largest ? size : largest;
        }
#endif
        return (uint64_t)largest;
}

static void *begin_cold(void)
{
        struct cold *cold = calloc(1, sizeof(*cold));
        uint64_t size = floors_quick ? 0 : 2 * cache_size();

        if (cold == NULL) {
                return NULL;
        }
        size = size < COLD_SIZE_MIN ? COLD_SIZE_MIN : size > COLD_SIZE_MAX ? COLD_SIZE_MAX : size;
        cold->size = size & ~(uint64_t)(2 * PAGE - 1);
        cold->memory = mmap(NULL, cold->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (cold->memory == MAP_FAILED) {
                free(cold);
                return NULL;
        }
        memset(cold->memory, 0x5a, cold->size);
        return cold;
}

static void end_cold(void *context)
{
        struct cold *cold = context;

        munmap(cold->memory, cold->size);
        free(cold);
}

static void run_zero_cold(void *context, uint64_t n)
{
        struct cold *cold = context;

        for (uint64_t i = 0; i < n; i++) {
                memset(cold->memory + cold->at, 0, PAGE);
                cold->at += PAGE;
                cold->at = cold->at == cold->size ? 0 : cold->at;
        }
        keep(cold->memory);
}

static void run_copy_cold(void *context, uint64_t n)
{
        struct cold *cold = context;

        for (uint64_t i = 0; i < n; i++) {
                memcpy(cold->memory + cold->size / 2 + cold->at, cold->memory + cold->at, PAGE);
                cold->at += PAGE;
                cold->at = cold->at == cold->size / 2 ? 0 : cold->at;
        }
        keep(cold->memory);
}

/* ---- SHA-256: one context and a method fetched beforehand, as the library does it ---- */

struct sha {
        EVP_MD_CTX *context;
        EVP_MD *method;
        unsigned char data[PAGE];
};

static void end_sha(void *context)
{
        struct sha *sha = context;

        EVP_MD_CTX_free(sha->context);
        EVP_MD_free(sha->method);
        free(sha);
}

static void *begin_sha(void)
{
        struct sha *sha = calloc(1, sizeof(*sha));

        if (sha == NULL) {
                return NULL;
        }
        sha->context = EVP_MD_CTX_new();
        sha->method = EVP_MD_fetch(NULL, "SHA2-256", NULL);
        if (sha->context == NULL || sha->method == NULL) {
                end_sha(sha);
                return NULL;
        }
        return sha;
}

static void hash(struct sha *sha, size_t size, uint64_t n)
{
        unsigned char digest[EVP_MAX_MD_SIZE];

        for (uint64_t i = 0; i < n; i++) {
                if (!EVP_DigestInit_ex2(sha->context, sha->method, NULL) ||
                    !EVP_DigestUpdate(sha->context, sha->data, size) ||
                    !EVP_DigestFinal_ex(sha->context, digest, NULL)) {
                        abort(); /* a floor that fails would be a very low one */
                }
                keep(digest);
        }
}

static void run_sha_4k(void *context, uint64_t n)
{
        hash(context, PAGE, n);
}

static void run_sha_256(void *context, uint64_t n)
{
        hash(context, 256, n);
}

static const struct bench_row rows[NUM_FLOORS] = {
        [FLOOR_CALL] = { .name = "floor/call",
                         .what = "empty indirect call with 8 arguments",
                         .begin = begin_nothing,
                         .run = run_call,
                         .end = end_nothing },
        [FLOOR_REGISTERS] = { .name = "floor/registers",
                              .what = "copying 31 registers out and in",
                              .begin = begin_nothing,
                              .run = run_registers,
                              .end = end_nothing },
        [FLOOR_LOCK_PAIR] = { .name = "floor/lock_pair",
                              .what = "compare-and-swap to take a lock, release store to drop it",
                              .begin = begin_nothing,
                              .run = run_lock_pair,
                              .end = end_nothing },
        [FLOOR_SWITCH] = { .name = "floor/switch",
                           .what = "to another stack and back",
                           .begin = begin_switch,
                           .run = run_switch,
                           .end = end_switch },
        [FLOOR_ZERO_4K] = { .name = "floor/zero_4k",
                            .what = "memset of 4 KiB, hot",
                            .begin = begin_pages,
                            .run = run_zero,
                            .end = free },
        [FLOOR_ZERO_4K_COLD] = { .name = "floor/zero_4k_cold",
                                 .what = "memset of 4 KiB that no cache holds",
                                 .begin = begin_cold,
                                 .run = run_zero_cold,
                                 .end = end_cold },
        [FLOOR_COPY_4K] = { .name = "floor/copy_4k",
                            .what = "memcpy of 4 KiB, hot",
                            .begin = begin_pages,
                            .run = run_copy,
                            .end = free },
        [FLOOR_COPY_4K_COLD] = { .name = "floor/copy_4k_cold",
                                 .what = "memcpy of 4 KiB that no cache holds",
                                 .begin = begin_cold,
                                 .run = run_copy_cold,
                                 .end = end_cold },
        [FLOOR_SHA_4K] = { .name = "floor/sha_4k",
                           .what = "SHA-256 of 4 KiB through libcrypto",
                           .begin = begin_sha,
                           .run = run_sha_4k,
                           .end = end_sha },
        [FLOOR_SHA_256] = { .name = "floor/sha_256",
                            .what = "SHA-256 of 256 bytes through libcrypto",
                            .begin = begin_sha,
                            .run = run_sha_256,
                            .end = end_sha },
};

const struct bench_family family_floors = {
        .name = "floors",
        .title = "Floors: primitive costs that the other rows contain",
        .rows = rows,
        .num_rows = NUM_FLOORS,
};
