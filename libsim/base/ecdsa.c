/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ecdsa.c - deterministic ECDSA over P-384, from libcrypto's HMAC, big numbers and curve points.
 *
 * Nothing is kept between calls: opening the curve costs 12 us of the 400 us that one multiplication takes, and in
 * return there is no shared state to guard. Arithmetic is not constant-time; the keys are no secret.
 *
 * Specification: rec sheet section 6.2, signing facts; RFC 6979; FIPS 186-4 section B.4.1.
 */
#include "ecdsa.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <string.h>

enum {
        HALF_BITS = 192
};

/* The point 2^192 * G. */
static const uint8_t half_x[ECDSA_NUMBER_SIZE] = {
        0xc1, 0x9e, 0x0b, 0x4c, 0x80, 0x01, 0x19, 0xc4, 0x40, 0xf7, 0xf9, 0xe7, 0x06, 0x42, 0x12, 0x79,
        0xb4, 0x2a, 0x31, 0xaf, 0x8a, 0x3e, 0x29, 0x7d, 0xdb, 0x29, 0x87, 0x89, 0x4d, 0x10, 0xdd, 0xea,
        0xba, 0x06, 0x54, 0x58, 0xa4, 0xf5, 0x2d, 0x78, 0xa6, 0x28, 0xb0, 0x9a, 0xaa, 0x03, 0xbd, 0x53,
};
static const uint8_t half_y[ECDSA_NUMBER_SIZE] = {
        0x16, 0xf3, 0xfd, 0xbf, 0x03, 0x56, 0xb3, 0x01, 0xe5, 0xa0, 0x19, 0x1d, 0x1f, 0x5b, 0x77, 0xf6,
        0x57, 0x7a, 0x30, 0xea, 0xe3, 0x56, 0x7a, 0xf9, 0xc1, 0xc7, 0xca, 0xd1, 0x35, 0xf6, 0xeb, 0xf2,
        0xaf, 0x68, 0xaa, 0x6d, 0xe6, 0x39, 0xd8, 0x58, 0x82, 0x2d, 0x0f, 0xc5, 0xe6, 0xc8, 0x8c, 0x41,
};

/* What libcrypto needs for one calculation. */
struct curve {
        EC_GROUP *group;
        const BIGNUM *order;
        BN_CTX *numbers;
};

static void curve_close(struct curve *curve)
{
        if (curve->numbers)
                BN_CTX_end(curve->numbers);
        BN_CTX_free(curve->numbers);
        EC_GROUP_free(curve->group);
}

/* Must be closed, even when opening fails. */
static bool curve_open(struct curve *curve)
{
        *curve = (struct curve){ .group = EC_GROUP_new_by_curve_name(NID_secp384r1), .numbers = BN_CTX_new() };
        if (curve->numbers)
                BN_CTX_start(curve->numbers);
        if (!curve->group || !curve->numbers)
                return false;
        curve->order = EC_GROUP_get0_order(curve->group);
        return curve->order != NULL;
}

/* A scratch number holding big-endian bytes, or NULL. */
static BIGNUM *number(struct curve *curve, const uint8_t *bytes, size_t size)
{
        BIGNUM *n = BN_CTX_get(curve->numbers);

        return n ? BN_bin2bn(bytes, (int)size, n) : NULL;
}

static bool is_scalar(const struct curve *curve, const BIGNUM *n)
{
        return !BN_is_zero(n) && BN_cmp(n, curve->order) < 0;
}

/*
 * (x, y) = k * G.
 *
 * With k = low + 2^192 * high this is low * G + high * (2^192 * G), for which libcrypto interleaves the doublings: half
 * as many, in half the time.
 */
static bool multiply_base(struct curve *curve, BIGNUM *x, BIGNUM *y, const BIGNUM *k)
{
        EC_POINT *half = EC_POINT_new(curve->group);
        EC_POINT *product = EC_POINT_new(curve->group);
        BIGNUM *hx = number(curve, half_x, sizeof half_x);
        BIGNUM *hy = number(curve, half_y, sizeof half_y);
        BIGNUM *low = BN_CTX_get(curve->numbers);
        BIGNUM *high = BN_CTX_get(curve->numbers);
        bool ok = half && product && hx && hy && low && high &&
                  EC_POINT_set_affine_coordinates(curve->group, half, hx, hy, curve->numbers) &&
                  BN_rshift(high, k, HALF_BITS) && BN_lshift(low, high, HALF_BITS) && BN_sub(low, k, low) &&
                  EC_POINT_mul(curve->group, product, low, half, high, curve->numbers) &&
                  EC_POINT_get_affine_coordinates(curve->group, product, x, y, curve->numbers);

        EC_POINT_free(half);
        EC_POINT_free(product);
        return ok;
}

static bool public_key(struct curve *curve, struct ecdsa_key *key)
{
        BIGNUM *secret = number(curve, key->secret, sizeof key->secret);
        BIGNUM *x = BN_CTX_get(curve->numbers);
        BIGNUM *y = BN_CTX_get(curve->numbers);

        return secret && x && y && is_scalar(curve, secret) && multiply_base(curve, x, y, secret) &&
               BN_bn2binpad(x, key->x, sizeof key->x) > 0 && BN_bn2binpad(y, key->y, sizeof key->y) > 0;
}

bool ecdsa_key_from_secret(struct ecdsa_key *key, const uint8_t secret[ECDSA_NUMBER_SIZE])
{
        struct curve curve;
        bool ok;

        memcpy(key->secret, secret, sizeof key->secret);
        ok = curve_open(&curve) && public_key(&curve, key);
        curve_close(&curve);
        return ok;
}

/* secret = wide mod (order - 1) + 1. The 128 bits to spare make the result as good as uniform (FIPS 186-4, B.4.1). */
static bool reduce_secret(struct curve *curve, uint8_t secret[ECDSA_NUMBER_SIZE], const uint8_t wide[HASH_SIZE_MAX])
{
        BIGNUM *n = number(curve, wide, HASH_SIZE_MAX);
        BIGNUM *limit = BN_CTX_get(curve->numbers);

        return n && limit && BN_sub(limit, curve->order, BN_value_one()) && BN_nnmod(n, n, limit, curve->numbers) &&
               BN_add_word(n, 1) && BN_bn2binpad(n, secret, ECDSA_NUMBER_SIZE) > 0;
}

bool ecdsa_key_derive(struct ecdsa_key *key, struct hasher *hasher, const void *seed, size_t seed_size,
                      const char *label)
{
        uint8_t wide[HASH_SIZE_MAX];
        struct curve curve;
        bool ok;

        /* The label's terminator is hashed too, so that a label and a seed cannot be confused. */
        hash_begin(hasher, HASH_SHA_512);
        hash_update(hasher, label, strlen(label) + 1);
        hash_update(hasher, seed, seed_size);
        if (!hash_end(hasher, wide))
                return false;

        ok = curve_open(&curve) && reduce_secret(&curve, key->secret, wide) && public_key(&curve, key);
        curve_close(&curve);
        return ok;
}

/* The state of RFC 6979's generator: K and V. */
struct generator {
        uint8_t k[ECDSA_NUMBER_SIZE];
        uint8_t v[ECDSA_NUMBER_SIZE];
};

static bool hmac(uint8_t out[ECDSA_NUMBER_SIZE], const struct generator *g, const uint8_t *data, size_t size)
{
        uint8_t mac[ECDSA_NUMBER_SIZE];

        if (!HMAC(EVP_sha384(), g->k, sizeof g->k, data, size, mac, NULL))
                return false;
        memcpy(out, mac, sizeof mac);
        return true;
}

static bool next_v(struct generator *g)
{
        return hmac(g->v, g, g->v, sizeof g->v);
}

/* K = HMAC(K, V || separator || data), V = HMAC(K, V): steps d to g, and the last of step h. */
static bool generator_mix(struct generator *g, uint8_t separator, const uint8_t *data, size_t size)
{
        uint8_t input[ECDSA_NUMBER_SIZE + 1 + 2 * ECDSA_NUMBER_SIZE];

        memcpy(input, g->v, sizeof g->v);
        input[sizeof g->v] = separator;
        if (size)
                memcpy(input + sizeof g->v + 1, data, size);
        return hmac(g->k, g, input, sizeof g->v + 1 + size) && next_v(g);
}

/* bits2octets: the digest has exactly as many bits as the order, so reducing it is all there is to do. */
static bool reduce_digest(struct curve *curve, uint8_t out[ECDSA_NUMBER_SIZE], const uint8_t digest[ECDSA_NUMBER_SIZE])
{
        BIGNUM *n = number(curve, digest, ECDSA_NUMBER_SIZE);

        return n && BN_nnmod(n, n, curve->order, curve->numbers) && BN_bn2binpad(n, out, ECDSA_NUMBER_SIZE) > 0;
}

static bool generate_nonce(struct curve *curve, uint8_t nonce[ECDSA_NUMBER_SIZE], const struct ecdsa_key *key,
                           const uint8_t digest[ECDSA_NUMBER_SIZE])
{
        uint8_t seed[2 * ECDSA_NUMBER_SIZE];
        struct generator g;
        BIGNUM *candidate = BN_CTX_get(curve->numbers);

        memset(g.k, 0x00, sizeof g.k);
        memset(g.v, 0x01, sizeof g.v);
        memcpy(seed, key->secret, ECDSA_NUMBER_SIZE);
        if (!candidate || !reduce_digest(curve, seed + ECDSA_NUMBER_SIZE, digest) ||
            !generator_mix(&g, 0x00, seed, sizeof seed) || !generator_mix(&g, 0x01, seed, sizeof seed) || !next_v(&g))
                return false;

        /* One HMAC is one candidate. About one in 2^190 is too large; the loop is there because the RFC has it. */
        for (;;) {
                if (!BN_bin2bn(g.v, sizeof g.v, candidate))
                        return false;
                if (is_scalar(curve, candidate))
                        break;
                if (!generator_mix(&g, 0x00, NULL, 0) || !next_v(&g))
                        return false;
        }
        memcpy(nonce, g.v, ECDSA_NUMBER_SIZE);
        return true;
}

bool ecdsa_nonce(uint8_t nonce[ECDSA_NUMBER_SIZE], const struct ecdsa_key *key, const uint8_t digest[ECDSA_NUMBER_SIZE])
{
        struct curve curve;
        bool ok = curve_open(&curve) && generate_nonce(&curve, nonce, key, digest);

        curve_close(&curve);
        return ok;
}

/* r = (k * G).x mod n; s = (e + r * d) / k mod n. */
static bool sign(struct curve *curve, uint8_t signature[ECDSA_SIGNATURE_SIZE], const struct ecdsa_key *key,
                 const uint8_t digest[ECDSA_NUMBER_SIZE], const uint8_t nonce[ECDSA_NUMBER_SIZE])
{
        BN_CTX *numbers = curve->numbers;
        const BIGNUM *n = curve->order;
        BIGNUM *d = number(curve, key->secret, sizeof key->secret);
        BIGNUM *e = number(curve, digest, ECDSA_NUMBER_SIZE);
        BIGNUM *k = number(curve, nonce, ECDSA_NUMBER_SIZE);
        BIGNUM *y = BN_CTX_get(numbers);
        BIGNUM *r = BN_CTX_get(numbers);
        BIGNUM *s = BN_CTX_get(numbers);

        if (!d || !e || !k || !y || !r || !s || !is_scalar(curve, d) || !is_scalar(curve, k))
                return false;
        if (!multiply_base(curve, r, y, k) || !BN_nnmod(r, r, n, numbers) || !BN_mod_mul(s, r, d, n, numbers) ||
            !BN_mod_add(s, s, e, n, numbers) || !BN_mod_inverse(k, k, n, numbers) || !BN_mod_mul(s, s, k, n, numbers))
                return false;

        /* Zero would call for another nonce. With odds of 2^-384, failing is honest enough. */
        return !BN_is_zero(r) && !BN_is_zero(s) && BN_bn2binpad(r, signature, ECDSA_NUMBER_SIZE) > 0 &&
               BN_bn2binpad(s, signature + ECDSA_NUMBER_SIZE, ECDSA_NUMBER_SIZE) > 0;
}

bool ecdsa_sign(uint8_t signature[ECDSA_SIGNATURE_SIZE], const struct ecdsa_key *key,
                const uint8_t digest[ECDSA_NUMBER_SIZE], const uint8_t nonce[ECDSA_NUMBER_SIZE])
{
        struct curve curve;
        bool ok = curve_open(&curve) && sign(&curve, signature, key, digest, nonce);

        curve_close(&curve);
        return ok;
}
