/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_ecdsa.c - deterministic signatures against RFC 6979 and against an ordinary verifier.
 *
 * Vectors: RFC 6979 appendix A.2.6 (P-384, SHA-384). Those marked "by script" were computed with a few lines of
 * Python's hmac and integers, straight from the RFC's text.
 */
#include "crypto_faults.h"
#include "ecdsa.h"
#include "es384.h"
#include "hex.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#define RFC_SECRET "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5"
#define ORDER      "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
#define ORDER_LESS "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52972"
#define ORDER_MORE "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52974"
#define ZERO       "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define ONE        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"

static struct hash_methods methods;
static struct hasher hasher;
static struct ecdsa_key rfc_key;

static void setup(void)
{
        uint8_t secret[ECDSA_NUMBER_SIZE];

        ck_assert(hash_methods_fetch(&methods));
        ck_assert(hasher_create(&hasher, &methods));
        from_hex(secret, sizeof secret, RFC_SECRET);
        ck_assert(ecdsa_key_from_secret(&rfc_key, secret));
}

static void teardown(void)
{
        hasher_free(&hasher);
        hash_methods_free(&methods);
}

static const struct {
        const char *message, *nonce, *r, *s;
} rfc[] = {
        { "sample", "94ed910d1a099dad3254e9242ae85abde4ba15168eaf0ca87a555fd56d10fbca2907e3e83ba95368623b8c4686915cf9",
          "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46",
          "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8" },
        { "test", "015ee46a5bf88773ed9123a5ab0807962d193719503c527b031b4c2d225092ada71f4a459bc0da98adb95837db8312ea",
          "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023db",
          "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5" },
};

static void sha384(uint8_t digest[HASH_SIZE_MAX], const char *message)
{
        ck_assert(hash_once(&hasher, HASH_SHA_384, message, strlen(message), digest));
}

START_TEST(rfc_6979_public_key)
{
        assert_hex(rfc_key.x, sizeof rfc_key.x,
                   "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13");
        assert_hex(rfc_key.y, sizeof rfc_key.y,
                   "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720");
}
END_TEST

START_TEST(rfc_6979_signature)
{
        uint8_t digest[HASH_SIZE_MAX], nonce[ECDSA_NUMBER_SIZE], signature[ECDSA_SIGNATURE_SIZE];

        sha384(digest, rfc[_i].message);
        ck_assert(ecdsa_nonce(nonce, &rfc_key, digest));
        assert_hex(nonce, sizeof nonce, rfc[_i].nonce);
        ck_assert(ecdsa_sign(signature, &rfc_key, digest, nonce));
        assert_hex(signature, 48, rfc[_i].r);
        assert_hex(signature + 48, 48, rfc[_i].s);
        ck_assert(es384_verify(rfc_key.x, rfc_key.y, signature, rfc[_i].message, strlen(rfc[_i].message)));
        ck_assert(!es384_verify(rfc_key.x, rfc_key.y, signature, "other", 5));
        signature[95] ^= 1;
        ck_assert(!es384_verify(rfc_key.x, rfc_key.y, signature, rfc[_i].message, strlen(rfc[_i].message)));
}
END_TEST

/* A digest above the order is reduced before it seeds the nonce. By script. */
START_TEST(large_digest)
{
        uint8_t digest[ECDSA_NUMBER_SIZE], nonce[ECDSA_NUMBER_SIZE], signature[ECDSA_SIGNATURE_SIZE];

        memset(digest, 0xff, sizeof digest);
        ck_assert(ecdsa_nonce(nonce, &rfc_key, digest));
        assert_hex(nonce, sizeof nonce,
                   "e543d57a98a8a00e87bec734e6eae649764b76646cb62439d40402ec39a1b78ebccc8fee7c452f518bcee26a6e99d283");
        ck_assert(ecdsa_sign(signature, &rfc_key, digest, nonce));
        ck_assert(es384_verify_digest(rfc_key.x, rfc_key.y, signature, digest));
}
END_TEST

/* Scalars around the places where the multiplication splits them. */
static const char *const scalars[] = {
        ONE,
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002",
        "000000000000000000000000000000000000000000000000ffffffffffffffffffffffffffffffffffffffffffffffff",
        "000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000",
        "000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000001",
        "ffffffffffffffffffffffffffffffffffffffffffffffff000000000000000000000000000000000000000000000000",
        "800000000000000000000000000000000000000000000000800000000000000000000000000000000000000000000000",
        RFC_SECRET,
        ORDER_LESS,
};

START_TEST(public_keys_agree_with_libcrypto)
{
        EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp384r1);
        EC_POINT *point = EC_POINT_new(group);
        BIGNUM *scalar, *x = BN_new(), *y = BN_new();
        uint8_t secret[48], expected_x[48], expected_y[48];
        struct ecdsa_key key;

        from_hex(secret, sizeof secret, scalars[_i]);
        scalar = BN_bin2bn(secret, sizeof secret, NULL);
        ck_assert(EC_POINT_mul(group, point, scalar, NULL, NULL, NULL));
        ck_assert(EC_POINT_get_affine_coordinates(group, point, x, y, NULL));
        BN_bn2binpad(x, expected_x, sizeof expected_x);
        BN_bn2binpad(y, expected_y, sizeof expected_y);

        ck_assert(ecdsa_key_from_secret(&key, secret));
        ck_assert_mem_eq(key.secret, secret, sizeof secret);
        ck_assert_mem_eq(key.x, expected_x, sizeof expected_x);
        ck_assert_mem_eq(key.y, expected_y, sizeof expected_y);
        BN_free(scalar);
        BN_free(x);
        BN_free(y);
        EC_POINT_free(point);
        EC_GROUP_free(group);
}
END_TEST

START_TEST(any_nonce_signs)
{
        uint8_t digest[HASH_SIZE_MAX], nonce[ECDSA_NUMBER_SIZE], signature[ECDSA_SIGNATURE_SIZE];

        sha384(digest, "sample");
        from_hex(nonce, sizeof nonce, scalars[_i]);
        ck_assert(ecdsa_sign(signature, &rfc_key, digest, nonce));
        ck_assert(es384_verify(rfc_key.x, rfc_key.y, signature, "sample", 6));
}
END_TEST

START_TEST(scalars_out_of_range_are_refused)
{
        static const char *const wrong[] = { ZERO, ORDER, ORDER_MORE };
        uint8_t scalar[48], digest[HASH_SIZE_MAX] = { 0 }, signature[ECDSA_SIGNATURE_SIZE];
        struct ecdsa_key key;

        from_hex(scalar, sizeof scalar, wrong[_i]);
        ck_assert(!ecdsa_key_from_secret(&key, scalar));
        ck_assert(!ecdsa_sign(signature, &rfc_key, digest, scalar));
}
END_TEST

START_TEST(derived_keys)
{
        struct ecdsa_key key, again, other;
        uint8_t seed[32], digest[HASH_SIZE_MAX], nonce[48], signature[96];

        for (size_t i = 0; i < sizeof seed; i++)
                seed[i] = (uint8_t)i;
        ck_assert(ecdsa_key_derive(&key, &hasher, seed, sizeof seed, "label"));
        /* By script. */
        assert_hex(key.secret, sizeof key.secret,
                   "7b907728a554ac5993ac2f873a6f1260f6092173e815fcd6441d2f162a535e1e22b8befd3125e2d8f924c76fde6c3f0a");
        ck_assert(ecdsa_key_derive(&again, &hasher, seed, sizeof seed, "label"));
        ck_assert_mem_eq(&key, &again, sizeof key);
        ck_assert(ecdsa_key_derive(&other, &hasher, seed, sizeof seed, "labels"));
        ck_assert_mem_ne(&key, &other, sizeof key);
        seed[31] ^= 0x80;
        ck_assert(ecdsa_key_derive(&other, &hasher, seed, sizeof seed, "label"));
        ck_assert_mem_ne(&key, &other, sizeof key);

        sha384(digest, "message");
        ck_assert(ecdsa_nonce(nonce, &key, digest));
        ck_assert(ecdsa_sign(signature, &key, digest, nonce));
        ck_assert(es384_verify(key.x, key.y, signature, "message", 7));
        ck_assert(!es384_verify(other.x, other.y, signature, "message", 7));
}
END_TEST

/* Everything at once, so that one sweep refuses each allocation there is. */
static bool derive_and_sign(uint8_t signature[ECDSA_SIGNATURE_SIZE])
{
        struct ecdsa_key key;
        uint8_t digest[48] = { 1, 2, 3 }, nonce[48];

        return ecdsa_key_derive(&key, &hasher, "seed", 4, "label") && ecdsa_nonce(nonce, &key, digest) &&
               ecdsa_sign(signature, &key, digest, nonce);
}

START_TEST(no_memory_is_a_failure_not_a_crash)
{
        uint8_t expected[ECDSA_SIGNATURE_SIZE], signature[ECDSA_SIGNATURE_SIZE];
        bool refused = true, signed_ = true;
        long failures = 0;

        ck_assert(derive_and_sign(expected));
        for (long n = 1; refused; n++) {
                crypto_faults_arm(n);
                signed_ = derive_and_sign(signature);
                refused = crypto_faults_disarm();
                failures += !signed_;
                if (signed_)
                        ck_assert_mem_eq(signature, expected, sizeof expected);
        }
        ck_assert(signed_);
        ck_assert_int_gt(failures, 100);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("ecdsa");
        TCase *tcase = tcase_create("ecdsa");
        SRunner *runner = srunner_create(suite);
        int num_scalars = (int)(sizeof scalars / sizeof *scalars);
        int failed;

        if (!crypto_faults_install())
                return EXIT_FAILURE;
        tcase_set_timeout(tcase, 120);
        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, rfc_6979_public_key);
        tcase_add_loop_test(tcase, rfc_6979_signature, 0, (int)(sizeof rfc / sizeof *rfc));
        tcase_add_test(tcase, large_digest);
        tcase_add_loop_test(tcase, public_keys_agree_with_libcrypto, 0, num_scalars);
        tcase_add_loop_test(tcase, any_nonce_signs, 0, num_scalars);
        tcase_add_loop_test(tcase, scalars_out_of_range_are_refused, 0, 3);
        tcase_add_test(tcase, derived_keys);
        tcase_add_test(tcase, no_memory_is_a_failure_not_a_crash);
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
