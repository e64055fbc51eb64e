/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ecdsa.h - deterministic ECDSA over P-384 with SHA-384 (COSE algorithm ES384), for attestation tokens.
 *
 * The same inputs must give the same bytes, so keys come from a seed and nonces from RFC 6979. OpenSSL 3.0 cannot be
 * asked for such a nonce; what it does offer, HMAC and curve arithmetic, is put together here.
 *
 * Signing is two calls because a token operation may be interrupted between them. What is carried over, the nonce,
 * would reveal the private key to whoever reads it. That is acceptable for keys that protect nothing; do not use this
 * file for any other kind.
 *
 * Numbers are big-endian, as in SEC 1 and COSE.
 *
 * Specification: rec sheet section 6.2, signing facts; RFC 6979; FIPS 186-4 section B.4.1.
 */
#ifndef RMMSIM_BASE_ECDSA_H
#define RMMSIM_BASE_ECDSA_H

#include "hash.h"

enum {
        ECDSA_NUMBER_SIZE = 48,
        ECDSA_SIGNATURE_SIZE = 2 * ECDSA_NUMBER_SIZE,
};

struct ecdsa_key {
        uint8_t secret[ECDSA_NUMBER_SIZE];
        uint8_t x[ECDSA_NUMBER_SIZE];
        uint8_t y[ECDSA_NUMBER_SIZE];
};

/* All of these return false when libcrypto fails, and then their result is not to be used. */

/* Choose a key pair by seed and label; different labels give unrelated keys. */
bool ecdsa_key_derive(struct ecdsa_key *key, struct hasher *hasher, const void *seed, size_t seed_size,
                      const char *label);

/* Complete a key pair whose secret is known. Also returns false unless the secret is between 1 and the order less 1. */
bool ecdsa_key_from_secret(struct ecdsa_key *key, const uint8_t secret[ECDSA_NUMBER_SIZE]);

/* The nonce that RFC 6979 prescribes for this key and the SHA-384 digest of a message. */
bool ecdsa_nonce(uint8_t nonce[ECDSA_NUMBER_SIZE], const struct ecdsa_key *key,
                 const uint8_t digest[ECDSA_NUMBER_SIZE]);

/* The signature r || s. */
bool ecdsa_sign(uint8_t signature[ECDSA_SIGNATURE_SIZE], const struct ecdsa_key *key,
                const uint8_t digest[ECDSA_NUMBER_SIZE], const uint8_t nonce[ECDSA_NUMBER_SIZE]);

#endif
