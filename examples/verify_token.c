/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verify_token.c - a verifier of CCA attestation tokens, tested with tokens that are right and tokens that are not.
 *
 * The first half is the verifier, small but whole: structure by libcbor, signatures by libcrypto. The second half is the test: a
 * simulated platform hands out tokens, and its public key.
 */
#include <cbor.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <rmmsim/attestation.h>
#include <rmmsim/inspect.h>
#include <rmmsim/world.h>
#include <stdio.h>
#include <string.h>

/* ---- the verifier ---------------------------------------------------------------------------------------------------- */

enum {
        NONCE = 10,
        REALM_KEY = 44237,
        RIM = 44238,
        PLATFORM_TOKEN = 44234,
        REALM_TOKEN = 44241
};

/* The value of a key in a map if it is a byte string, of this many bytes unless that is 0. */
static const cbor_item_t *bytes_at(const cbor_item_t *map, uint64_t key, size_t size)
{
        for (size_t i = 0; map != NULL && cbor_isa_map(map) && i < cbor_map_size(map); i++) {
                const struct cbor_pair *pair = &cbor_map_handle(map)[i];

                if (cbor_isa_uint(pair->key) && cbor_get_int(pair->key) == key && cbor_isa_bytestring(pair->value) &&
                    (size == 0 || cbor_bytestring_length(pair->value) == size)) {
                        return pair->value;
                }
        }
        return NULL;
}

static bool has(const cbor_item_t *map, uint64_t key, const void *bytes, size_t size)
{
        const cbor_item_t *value = bytes_at(map, key, size);

        return value != NULL && memcmp(cbor_bytestring_handle(value), bytes, size) == 0;
}

/* ES384 as COSE has it: r and s side by side. The point is 0x04, x, y. */
static bool es384_verify(const uint8_t point[97], const uint8_t signature[96], const uint8_t *message, size_t size)
{
        OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0),
                                OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, 97),
                                OSSL_PARAM_construct_end() };
        EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        ECDSA_SIG *numbers = ECDSA_SIG_new();
        uint8_t der[128], *end = der;
        EVP_PKEY *key = NULL;
        bool good;

        ECDSA_SIG_set0(numbers, BN_bin2bn(signature, 48, NULL), BN_bin2bn(signature + 48, 48, NULL));
        good = EVP_PKEY_fromdata_init(maker) == 1 && EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, params) == 1 &&
               EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
               EVP_DigestVerify(context, der, (size_t)i2d_ECDSA_SIG(numbers, &end), message, size) == 1;
        ECDSA_SIG_free(numbers);
        EVP_PKEY_free(key);
        EVP_MD_CTX_free(context);
        EVP_PKEY_CTX_free(maker);
        return good;
}

/* A COSE_Sign1, decoded: [protected, unprotected, payload, signature], and the claims that the payload holds. */
struct sign1 {
        cbor_item_t *message;
        cbor_item_t *claims;
};

static const cbor_item_t *part(const struct sign1 *sign1, size_t index)
{
        return cbor_array_handle(sign1->message)[index];
}

static void sign1_open(struct sign1 *sign1, const cbor_item_t *wrapped)
{
        struct cbor_load_result result;

        *sign1 = (struct sign1){ NULL };
        if (wrapped == NULL || cbor_bytestring_length(wrapped) < 2 || cbor_bytestring_handle(wrapped)[0] != 0xc0 + 18) {
                return;
        }
        /* Behind the byte of tag 18, which the decoder of libcbor 0.8 does not know. */
        sign1->message = cbor_load(cbor_bytestring_handle(wrapped) + 1, cbor_bytestring_length(wrapped) - 1, &result);
        if (sign1->message != NULL && cbor_isa_array(sign1->message) && cbor_array_size(sign1->message) == 4 &&
            cbor_isa_bytestring(part(sign1, 2)) && cbor_isa_bytestring(part(sign1, 3))) {
                sign1->claims = cbor_load(cbor_bytestring_handle(part(sign1, 2)),
                                          cbor_bytestring_length(part(sign1, 2)), &result);
        }
}

static void sign1_close(struct sign1 *sign1)
{
        if (sign1->claims != NULL) {
                cbor_decref(&sign1->claims);
        }
        if (sign1->message != NULL) {
                cbor_decref(&sign1->message);
        }
}

static bool is_es384(const cbor_item_t *protected)
{
        return cbor_isa_bytestring(protected) && cbor_bytestring_length(protected) == 4 &&
               memcmp(cbor_bytestring_handle(protected), "\xa1\x01\x38\x22", 4) == 0;
}

/* The signature covers "Signature1", the algorithm (ES384), nothing from outside, and the payload: RFC 9052. */
static bool sign1_is_by(const struct sign1 *sign1, const uint8_t point[97])
{
        static const uint8_t begin[] = "\x84\x6aSignature1\x44\xa1\x01\x38\x22\x40\x59";
        uint8_t message[8192];
        size_t head = sizeof(begin) - 1;
        size_t size;

        if (sign1->claims == NULL || cbor_bytestring_length(part(sign1, 3)) != 96 || !is_es384(part(sign1, 0)) ||
            !cbor_isa_map(part(sign1, 1)) || cbor_map_size(part(sign1, 1)) != 0) {
                return false;
        }
        size = cbor_bytestring_length(part(sign1, 2));
        if (size < 256 || size > sizeof(message) - sizeof(begin) - 2) {
                return false;
        }
        memcpy(message, begin, head);
        message[head++] = (uint8_t)(size >> 8);
        message[head++] = (uint8_t)size;
        memcpy(message + head, cbor_bytestring_handle(part(sign1, 2)), size);
        return es384_verify(point, cbor_bytestring_handle(part(sign1, 3)), message, head + size);
}

/* Does the platform vouch for the Realm's key, and has the Realm signed with it? The key is a COSE_Key in 107 bytes. */
static bool is_bound(const struct sign1 *platform, const struct sign1 *realm)
{
        const cbor_item_t *key = bytes_at(realm->claims, REALM_KEY, 107);
        uint8_t point[97] = { 0x04 };
        uint8_t digest[32];

        if (key == NULL) {
                return false;
        }
        EVP_Digest(cbor_bytestring_handle(key), 107, digest, NULL, EVP_sha256(), NULL);
        memcpy(point + 1, cbor_bytestring_handle(key) + 8, 48);
        memcpy(point + 49, cbor_bytestring_handle(key) + 59, 48);
        return has(platform->claims, NONCE, digest, 32) && sign1_is_by(realm, point);
}

/* Is this the token of a Realm that began as `rim` says, on a platform with this key, made for this challenge? */
static bool verify(const uint8_t *token, size_t size, const uint8_t platform_key[97], const uint8_t challenge[64],
                   const uint8_t rim[32])
{
        struct cbor_load_result result;
        cbor_item_t *cca = cbor_load(token, size, &result);
        bool is_cca = cca != NULL && result.read == size && cbor_isa_tag(cca) && cbor_tag_value(cca) == 399;
        cbor_item_t *both = is_cca ? cbor_tag_item(cca) : NULL;
        struct sign1 platform, realm;
        bool good;

        sign1_open(&platform, bytes_at(both, PLATFORM_TOKEN, 0));
        sign1_open(&realm, bytes_at(both, REALM_TOKEN, 0));
        good = sign1_is_by(&platform, platform_key) && is_bound(&platform, &realm) &&
               has(realm.claims, NONCE, challenge, 64) && has(realm.claims, RIM, rim, 32);
        sign1_close(&realm);
        sign1_close(&platform);
        if (both != NULL) {
                cbor_decref(&both);
        }
        if (cca != NULL) {
                cbor_decref(&cca);
        }
        return good;
}

/* ---- the test -------------------------------------------------------------------------------------------------------- */

int main(void)
{
        struct rmmsim_world_shape shape = { .num_pages = 4 };
        struct rmmsim_world world;
        uint8_t token[4096], key[RMMSIM_PLATFORM_KEY_SIZE], rim[64],
                challenge[RMMSIM_CHALLENGE_SIZE] = "a fresh challenge";
        size_t size = sizeof(token);
        unsigned accepted = 0;
        int failed;

        if (rmmsim_world_create(&world, &shape, NULL) != 0) {
                return 1;
        }
        failed = rmmsim_platform_key(world.sim, key) != 0;
        failed |= rmmsim_measurement(world.sim, rim, world.rd, 0) != 0;
        failed |= rmmsim_token(world.sim, token, &size, world.rd, challenge) != 0;
        failed |= !verify(token, size, key, challenge, rim);

        challenge[0] ^= 1; /* somebody else's, or an old one */
        failed |= verify(token, size, key, challenge, rim);
        challenge[0] ^= 1;
        rim[0] ^= 1; /* another Realm */
        failed |= verify(token, size, key, challenge, rim);
        rim[0] ^= 1;
        for (size_t i = 0; i < size; i++) {
                token[i] ^= 0x10;
                accepted += verify(token, size, key, challenge, rim);
                token[i] ^= 0x10;
        }
        printf("a token of %zu bytes verifies; with one byte changed, %u of %zu do\n", size, accepted, size);
        rmmsim_world_destroy(&world);
        return failed || accepted != 0;
}
