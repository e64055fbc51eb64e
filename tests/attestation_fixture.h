/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attestation_fixture.h - an authority, an operation and claims, for the tests of attestation.
 */
#ifndef RMMSIM_TESTS_ATTESTATION_FIXTURE_H
#define RMMSIM_TESTS_ATTESTATION_FIXTURE_H

#include "attestation.h"
#include "crypto_faults.h"
#include "hex.h"

enum {
        TOKEN_MAX = 65536 + 4096
};

static struct hash_methods methods;
static struct hasher hasher;
static struct attestation_authority authority;
static struct attestation_op op;
static uint8_t buffer[ATTESTATION_BUFFER_SIZE];
static uint8_t token_bytes[TOKEN_MAX];
static struct realm_claims claims;

/* Distinct bytes everywhere, so that nothing can be swapped unnoticed. */
static inline void fill_claims(enum hash_algorithm algorithm)
{
        memset(&claims, 0, sizeof claims);
        claims.algorithm = algorithm;
        memset(claims.challenge, 0xc0, sizeof claims.challenge);
        memset(claims.rpv, 0xb0, sizeof claims.rpv);
        memset(claims.rim, 0xa0, hash_size(algorithm));
        for (size_t i = 0; i < TOKEN_REMS; i++)
                memset(claims.rem[i], 0xd0 + (int)i, hash_size(algorithm));
        for (uint8_t i = 0; i < 64; i++) {
                claims.challenge[i] ^= i;
                claims.rpv[i] ^= i;
        }
}

static inline void setup(void)
{
        ck_assert(hash_methods_fetch(&methods));
        ck_assert(hasher_create(&hasher, &methods));
        attestation_authority_init(&authority, 1, 0);
        memset(&op, 0, sizeof op);
        memset(buffer, 0, sizeof buffer);
        fill_claims(HASH_SHA_256);
}

static inline void teardown(void)
{
        attestation_authority_free(&authority);
        hasher_free(&hasher);
        hash_methods_free(&methods);
}

static inline void sign(void)
{
        for (int i = 1; i < ATTESTATION_STEPS; i++)
                ck_assert_int_eq(attestation_step(&op, buffer, &authority, &hasher), ATTESTATION_UNFINISHED);
        ck_assert_int_eq(attestation_step(&op, buffer, &authority, &hasher), ATTESTATION_READY);
}

/* Take the whole token in pieces. Returns its size. */
static inline size_t deliver(uint8_t *out, size_t piece)
{
        size_t size = op.token_size, got = 0;

        while (op.stage == ATTESTATION_DELIVER) {
                size_t copied = attestation_deliver(&op, buffer, &authority, out + got, piece);

                ck_assert_uint_eq(copied, size - got < piece ? size - got : piece);
                got += copied;
        }
        ck_assert_uint_eq(got, size);
        return size;
}

static inline size_t make_token(void)
{
        ck_assert(attestation_begin(&op, buffer, &authority, &hasher, &claims));
        sign();
        return deliver(token_bytes, sizeof token_bytes);
}

static inline size_t token_of_seed(uint8_t *out, uint64_t seed, unsigned extra_components)
{
        size_t size;

        attestation_authority_free(&authority);
        attestation_authority_init(&authority, seed, extra_components);
        size = make_token();
        memcpy(out, token_bytes, size);
        return size;
}

/* Run the tests of one suite. Returns what main should. */
static inline int run(const char *name, TCase *tcase)
{
        Suite *suite = suite_create(name);
        SRunner *runner = srunner_create(suite);
        int failed;

        tcase_set_timeout(tcase, 120);
        tcase_add_checked_fixture(tcase, setup, teardown);
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
