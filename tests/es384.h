/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * es384.h - verify an ES384 signature the way a relying party would, through libcrypto's EVP interface.
 *
 * Nothing here is shared with the library, whose signatures it judges.
 */
#ifndef RMMSIM_TESTS_ES384_H
#define RMMSIM_TESTS_ES384_H

#include <check.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline EVP_PKEY *es384_public_key(const uint8_t x[48], const uint8_t y[48])
{
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        EVP_PKEY *key = NULL;
        char group[] = "P-384";
        uint8_t point[97] = { 0x04 };

        memcpy(point + 1, x, 48);
        memcpy(point + 49, y, 48);
        OSSL_PARAM params[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
                OSSL_PARAM_construct_end(),
        };
        ck_assert_int_eq(EVP_PKEY_fromdata_init(context), 1);
        ck_assert_int_eq(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
        EVP_PKEY_CTX_free(context);
        return key;
}

/* EVP wants DER where COSE has r || s. Returns the size. */
static inline int es384_to_der(uint8_t der[128], const uint8_t signature[96])
{
        ECDSA_SIG *parts = ECDSA_SIG_new();
        int size;

        ck_assert_int_eq(ECDSA_SIG_set0(parts, BN_bin2bn(signature, 48, NULL), BN_bin2bn(signature + 48, 48, NULL)), 1);
        size = i2d_ECDSA_SIG(parts, &der);
        ck_assert_int_gt(size, 0);
        ck_assert_int_le(size, 128);
        ECDSA_SIG_free(parts);
        return size;
}

static inline bool es384_verify(const uint8_t x[48], const uint8_t y[48], const uint8_t signature[96],
                                const void *message, size_t size)
{
        uint8_t der[128];
        int der_size = es384_to_der(der, signature);
        EVP_PKEY *key = es384_public_key(x, y);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        int verified;

        ck_assert_int_eq(EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key), 1);
        verified = EVP_DigestVerify(context, der, (size_t)der_size, message, size);
        EVP_MD_CTX_free(context);
        EVP_PKEY_free(key);
        return verified == 1;
}

/* The same for a message of which only the digest is known. */
static inline bool es384_verify_digest(const uint8_t x[48], const uint8_t y[48], const uint8_t signature[96],
                                       const uint8_t digest[48])
{
        uint8_t der[128];
        int der_size = es384_to_der(der, signature);
        EVP_PKEY *key = es384_public_key(x, y);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
        int verified;

        ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
        verified = EVP_PKEY_verify(context, der, (size_t)der_size, digest, 48);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(key);
        return verified == 1;
}

#endif
