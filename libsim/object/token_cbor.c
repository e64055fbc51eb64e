/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * token_cbor.c - labels, types and order of a CCA attestation token.
 *
 * Item heads are libcbor's; the order of keys is the reference implementation's, on which some parsers rely. All
 * lengths are definite.
 *
 * The security lifecycle deserves a word. Real platforms report "secured" (0x3000 to 0x30ff) when they can be
 * trusted, and a debug state when part of them can. A simulator has neither root of trust nor lifecycle, so it
 * reports "unknown", the only state that makes no claim. A policy that accepts a secured platform refuses it, as it
 * should.
 *
 * Specification: Attestation token format; rec sheet section 6.2; RFC 9052 (COSE_Sign1, Sig_structure), RFC 9053
 * (keys).
 */
#include "token_cbor.h"

#include <assert.h>
#include <cbor/encoding.h>
#include <stdio.h>
#include <string.h>

enum {
        TAG_COSE_SIGN1 = 18,
        TAG_CMW_COLLECTION = 399,
        LABEL_PLATFORM_TOKEN = 44234,
        LABEL_REALM_TOKEN = 44241,
};

/* Claims that both tokens have. */
enum {
        CLAIM_CHALLENGE = 10,
        CLAIM_PROFILE = 265,
};

enum {
        REALM_RPV = 44235,
        REALM_HASH_ALGORITHM = 44236,
        REALM_PUBLIC_KEY = 44237,
        REALM_RIM = 44238,
        REALM_REMS = 44239,
        REALM_PUBLIC_KEY_HASH_ALGORITHM = 44240,
        REALM_CLAIMS = 8,
};

enum {
        PLATFORM_INSTANCE_ID = 256,
        PLATFORM_LIFECYCLE = 2395,
        PLATFORM_IMPLEMENTATION_ID = 2396,
        PLATFORM_SOFTWARE_COMPONENTS = 2399,
        PLATFORM_VERIFICATION_SERVICE = 2400,
        PLATFORM_CONFIG = 2401,
        PLATFORM_HASH_ALGORITHM = 2402,
        PLATFORM_CLAIMS = 9,
};

enum {
        COMPONENT_TYPE = 1,
        COMPONENT_MEASUREMENT = 2,
        COMPONENT_SIGNER_ID = 5,
        COMPONENT_HASH_ALGORITHM = 6,
        COMPONENT_CLAIMS = 4,
};

enum {
        LIFECYCLE_UNKNOWN = 0x0000,
        UEID_RANDOM = 0x01,
};

static const char realm_profile[] = "tag:arm.com,2023:realm#1.0.0";
static const char platform_profile[] = "tag:arm.com,2023:cca_platform#1.0.0";

/* 32 bytes where a real platform has a digest or a random number. */
static const char implementation_id[] = "rmmsim simulation not a platform";
static const char measurement[] = "rmmsim simulated, never measured";
static const char signer_id[] = "rmmsim simulation, not a signer.";

/* The first half of the unique part of the instance id. */
static const char instance_text[] = "rmmsim simulated";

static const char config[] = "rmmsim simulated platform, not a security token";
static const char verification_service[] = "https://rmmsim.invalid/simulated-platform-not-a-security-token";
static const char component_type[] = "rmmsim simulated component";

/* The protected header {1: -35}: the algorithm is ES384. */
static const uint8_t protected_header[] = { 0xa1, 0x01, 0x38, 0x22 };

static void put(struct cbor_writer *w, const void *bytes, size_t size)
{
        if (size && w->size <= w->capacity && size <= w->capacity - w->size)
                memcpy(w->bytes + w->size, bytes, size);
        w->size += size;
}

typedef size_t encode_head(uint64_t value, unsigned char *buffer, size_t size);

static void put_head(struct cbor_writer *w, encode_head *encode, uint64_t value)
{
        unsigned char head[9];
        size_t size = encode(value, head, sizeof head);

        assert(size > 0);
        put(w, head, size);
}

static void put_uint(struct cbor_writer *w, uint64_t value)
{
        put_head(w, cbor_encode_uint, value);
}

/* The integer -1 - value. */
static void put_negative(struct cbor_writer *w, uint64_t value)
{
        put_head(w, cbor_encode_negint, value);
}

static void put_tag(struct cbor_writer *w, uint64_t tag)
{
        put_head(w, cbor_encode_tag, tag);
}

static void put_map(struct cbor_writer *w, size_t pairs)
{
        put_head(w, cbor_encode_map_start, pairs);
}

static void put_array(struct cbor_writer *w, size_t items)
{
        put_head(w, cbor_encode_array_start, items);
}

/* The caller writes the bytes. */
static void put_bytes_head(struct cbor_writer *w, size_t size)
{
        put_head(w, cbor_encode_bytestring_start, size);
}

static void put_bytes(struct cbor_writer *w, const void *bytes, size_t size)
{
        put_bytes_head(w, size);
        put(w, bytes, size);
}

static void put_text(struct cbor_writer *w, const char *text)
{
        size_t size = strlen(text);

        put_head(w, cbor_encode_string_start, size);
        put(w, text, size);
}

static void claim_bytes(struct cbor_writer *w, uint64_t label, const void *bytes, size_t size)
{
        put_uint(w, label);
        put_bytes(w, bytes, size);
}

static void claim_text(struct cbor_writer *w, uint64_t label, const char *text)
{
        put_uint(w, label);
        put_text(w, text);
}

/* The IANA name of a hash function. */
static const char *hash_name(enum hash_algorithm algorithm)
{
        static const char *const names[HASH_ALGORITHMS] = {
                [HASH_SHA_256] = "sha-256",
                [HASH_SHA_512] = "sha-512",
                [HASH_SHA_384] = "sha-384",
        };

        assert((unsigned)algorithm < HASH_ALGORITHMS);
        return names[algorithm];
}

void token_write_cose_key(struct cbor_writer *w, const struct ecdsa_key *key)
{
        put_map(w, 4);
        put_uint(w, 1); /* kty: EC2 */
        put_uint(w, 2);
        put_negative(w, 0); /* crv: P-384 */
        put_uint(w, 2);
        put_negative(w, 1);
        put_bytes(w, key->x, sizeof key->x);
        put_negative(w, 2);
        put_bytes(w, key->y, sizeof key->y);
}

void token_write_realm_claims(struct cbor_writer *w, const struct realm_claims *claims,
                              const uint8_t cose_key[TOKEN_COSE_KEY_SIZE])
{
        size_t digest_size = hash_size(claims->algorithm);

        put_map(w, REALM_CLAIMS);
        claim_bytes(w, CLAIM_CHALLENGE, claims->challenge, sizeof claims->challenge);
        claim_bytes(w, REALM_RPV, claims->rpv, sizeof claims->rpv);
        claim_bytes(w, REALM_PUBLIC_KEY, cose_key, TOKEN_COSE_KEY_SIZE);
        claim_text(w, REALM_HASH_ALGORITHM, hash_name(claims->algorithm));
        claim_text(w, REALM_PUBLIC_KEY_HASH_ALGORITHM, hash_name(HASH_SHA_256));
        claim_text(w, CLAIM_PROFILE, realm_profile);
        claim_bytes(w, REALM_RIM, claims->rim, digest_size);
        put_uint(w, REALM_REMS);
        put_array(w, TOKEN_REMS);
        for (size_t i = 0; i < TOKEN_REMS; i++)
                put_bytes(w, claims->rem[i], digest_size);
}

static void put_instance_id(struct cbor_writer *w, const uint8_t instance[TOKEN_INSTANCE_SIZE])
{
        const uint8_t type = UEID_RANDOM;
        size_t text_size = sizeof instance_text - 1;

        put_uint(w, PLATFORM_INSTANCE_ID);
        put_bytes_head(w, sizeof type + text_size + TOKEN_INSTANCE_SIZE);
        put(w, &type, sizeof type);
        put(w, instance_text, text_size);
        put(w, instance, TOKEN_INSTANCE_SIZE);
}

static void put_component(struct cbor_writer *w, unsigned index)
{
        char type[sizeof component_type + 16];

        snprintf(type, sizeof type, "%s %u", component_type, index);
        put_map(w, COMPONENT_CLAIMS);
        claim_text(w, COMPONENT_TYPE, type);
        claim_bytes(w, COMPONENT_SIGNER_ID, signer_id, sizeof signer_id - 1);
        claim_bytes(w, COMPONENT_MEASUREMENT, measurement, sizeof measurement - 1);
        claim_text(w, COMPONENT_HASH_ALGORITHM, hash_name(HASH_SHA_256));
}

void token_write_platform_claims(struct cbor_writer *w, const struct platform_claims *claims)
{
        put_map(w, PLATFORM_CLAIMS);
        claim_text(w, CLAIM_PROFILE, platform_profile);
        claim_bytes(w, CLAIM_CHALLENGE, claims->binding, sizeof claims->binding);
        claim_bytes(w, PLATFORM_IMPLEMENTATION_ID, implementation_id, sizeof implementation_id - 1);
        put_instance_id(w, claims->instance);
        claim_bytes(w, PLATFORM_CONFIG, config, sizeof config - 1);
        put_uint(w, PLATFORM_LIFECYCLE);
        put_uint(w, LIFECYCLE_UNKNOWN);
        claim_text(w, PLATFORM_HASH_ALGORITHM, hash_name(HASH_SHA_256));
        claim_text(w, PLATFORM_VERIFICATION_SERVICE, verification_service);
        put_uint(w, PLATFORM_SOFTWARE_COMPONENTS);
        put_array(w, claims->components);
        for (unsigned i = 0; i < claims->components; i++)
                put_component(w, i);
}

void token_write_sign1_begin(struct cbor_writer *w, size_t payload_size)
{
        put_tag(w, TAG_COSE_SIGN1);
        put_array(w, 4);
        put_bytes(w, protected_header, sizeof protected_header);
        put_map(w, 0);
        put_bytes_head(w, payload_size);
}

void token_write_sign1_end(struct cbor_writer *w, const uint8_t signature[ECDSA_SIGNATURE_SIZE])
{
        put_bytes(w, signature, ECDSA_SIGNATURE_SIZE);
}

void token_write_to_be_signed(struct cbor_writer *w, size_t payload_size)
{
        put_array(w, 4);
        put_text(w, "Signature1");
        put_bytes(w, protected_header, sizeof protected_header);
        put_bytes(w, NULL, 0);
        put_bytes_head(w, payload_size);
}

void token_write_before_platform(struct cbor_writer *w, size_t platform_token_size)
{
        put_tag(w, TAG_CMW_COLLECTION);
        put_map(w, 2);
        put_uint(w, LABEL_PLATFORM_TOKEN);
        put_bytes_head(w, platform_token_size);
}

void token_write_before_realm(struct cbor_writer *w, size_t realm_token_size)
{
        put_uint(w, LABEL_REALM_TOKEN);
        put_bytes_head(w, realm_token_size);
}
