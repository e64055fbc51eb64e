/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attestation.c - the keys of a simulated platform, and the life of a token operation.
 *
 *      IDLE -- begin --> HASH -- step --> NONCE -- step --> SIGN -- step --> DELIVER -- last byte --> IDLE
 *                         ^________________________ begin ________________________|
 *
 * The three steps are those of the reference implementation's host build. Only the last is long.
 *
 * Invariant: outside NONCE and SIGN an operation carries no digest, and outside SIGN no nonce.
 * Specification: RSI_ATTESTATION_TOKEN_INIT, _CONTINUE; rec sheet sections 3.2, 6.2 and 6.3.
 */
#include "attestation.h"
#include "realm.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
        GRANULE = 4096,
        USUAL_COMPONENTS = 4,
};

/* Lengths are fixed, so the size of an encoding does not depend on its content, and empty claims measure for all. */
static const struct realm_claims largest_realm_claims = { .algorithm = HASH_SHA_512 };
static const uint8_t no_signature[ECDSA_SIGNATURE_SIZE];
static const uint8_t no_key[TOKEN_COSE_KEY_SIZE];

static size_t realm_claims_size(const struct realm_claims *claims)
{
        struct cbor_writer w = { 0 };

        token_write_realm_claims(&w, claims, no_key);
        return w.size;
}

static size_t platform_claims_size(const struct platform_claims *claims)
{
        struct cbor_writer w = { 0 };

        token_write_platform_claims(&w, claims);
        return w.size;
}

/* The size of a COSE_Sign1 around a payload. */
static size_t sign1_size(size_t payload_size)
{
        struct cbor_writer w = { 0 };

        token_write_sign1_begin(&w, payload_size);
        token_write_sign1_end(&w, no_signature);
        return w.size + payload_size;
}

static size_t cca_token_size(size_t platform_token_size, size_t realm_token_size)
{
        struct cbor_writer w = { 0 };

        token_write_before_platform(&w, platform_token_size);
        token_write_before_realm(&w, realm_token_size);
        return w.size + platform_token_size + realm_token_size;
}

/* The digest that ES384 signs: of a short preface and then the payload. */
static bool hash_message(uint8_t out[ECDSA_NUMBER_SIZE], struct hasher *hasher, const uint8_t *payload,
                         size_t payload_size)
{
        uint8_t preface[32];
        uint8_t digest[HASH_SIZE_MAX];
        struct cbor_writer w = { .bytes = preface, .capacity = sizeof preface };

        token_write_to_be_signed(&w, payload_size);
        assert(w.size <= w.capacity);
        hash_begin(hasher, HASH_SHA_384);
        hash_update(hasher, preface, w.size);
        hash_update(hasher, payload, payload_size);
        if (!hash_end(hasher, digest))
                return false;
        memcpy(out, digest, ECDSA_NUMBER_SIZE);
        return true;
}

void attestation_authority_init(struct attestation_authority *authority, uint64_t seed, unsigned extra_components)
{
        assert(extra_components <= ATTESTATION_EXTRA_COMPONENTS_MAX);
        memset(authority, 0, sizeof *authority);
        authority->seed = seed;
        authority->extra_components = extra_components;
        atomic_init(&authority->ready, false);
        pthread_mutex_init(&authority->preparing, NULL);
}

void attestation_authority_free(struct attestation_authority *authority)
{
        free(authority->platform_token);
        pthread_mutex_destroy(&authority->preparing);
}

static struct platform_claims platform_claims_template(const struct attestation_authority *authority)
{
        return (struct platform_claims){ .components = USUAL_COMPONENTS + authority->extra_components };
}

static bool derive_keys(struct attestation_authority *authority, struct hasher *hasher)
{
        struct cbor_writer w = { .bytes = authority->cose_key, .capacity = sizeof authority->cose_key };
        uint8_t seed[8];

        for (unsigned i = 0; i < sizeof seed; i++)
                seed[i] = (uint8_t)(authority->seed >> (8 * i));
        if (!ecdsa_key_derive(&authority->rak, hasher, seed, sizeof seed, "rmmsim simulated realm attestation key") ||
            !ecdsa_key_derive(&authority->iak, hasher, seed, sizeof seed, "rmmsim simulated initial attestation key"))
                return false;
        token_write_cose_key(&w, &authority->rak);
        assert(w.size == TOKEN_COSE_KEY_SIZE);
        return true;
}

/* The binding names the Realm's key, the instance id comes from the platform's: both are digests of a COSE_Key. */
static bool fill_platform_claims(const struct attestation_authority *authority, struct platform_claims *claims,
                                 struct hasher *hasher)
{
        uint8_t iak[TOKEN_COSE_KEY_SIZE];
        uint8_t digest[HASH_SIZE_MAX];
        struct cbor_writer w = { .bytes = iak, .capacity = sizeof iak };

        token_write_cose_key(&w, &authority->iak);
        if (!hash_once(hasher, HASH_SHA_256, iak, sizeof iak, digest))
                return false;
        memcpy(claims->instance, digest, sizeof claims->instance);
        if (!hash_once(hasher, HASH_SHA_256, authority->cose_key, sizeof authority->cose_key, digest))
                return false;
        memcpy(claims->binding, digest, sizeof claims->binding);
        return true;
}

/* Write and sign the platform token into bytes that are known to be enough. */
static bool make_platform_token(const struct attestation_authority *authority, uint8_t *bytes, size_t size,
                                struct platform_claims *claims, struct hasher *hasher)
{
        struct cbor_writer w = { .bytes = bytes, .capacity = size };
        size_t payload_size = platform_claims_size(claims);
        const uint8_t *payload;
        uint8_t digest[ECDSA_NUMBER_SIZE];
        uint8_t nonce[ECDSA_NUMBER_SIZE];
        uint8_t signature[ECDSA_SIGNATURE_SIZE];

        token_write_sign1_begin(&w, payload_size);
        payload = bytes + w.size;
        token_write_platform_claims(&w, claims);
        if (!hash_message(digest, hasher, payload, payload_size) || !ecdsa_nonce(nonce, &authority->iak, digest) ||
            !ecdsa_sign(signature, &authority->iak, digest, nonce))
                return false;
        token_write_sign1_end(&w, signature);
        assert(w.size == size);
        return true;
}

static bool prepare_locked(struct attestation_authority *authority, struct hasher *hasher)
{
        struct platform_claims claims = platform_claims_template(authority);
        size_t size = sign1_size(platform_claims_size(&claims));
        uint8_t *token = malloc(size);

        if (!token || !derive_keys(authority, hasher) || !fill_platform_claims(authority, &claims, hasher) ||
            !make_platform_token(authority, token, size, &claims, hasher)) {
                free(token);
                return false;
        }
        authority->platform_token = token;
        authority->platform_token_size = size;
        return true;
}

/* Once it has succeeded, one load. A failure is not remembered: the next caller tries again. */
static bool prepare(struct attestation_authority *authority, struct hasher *hasher)
{
        bool ready = atomic_load_explicit(&authority->ready, memory_order_acquire);

        if (ready)
                return true;
        pthread_mutex_lock(&authority->preparing);
        ready = atomic_load_explicit(&authority->ready, memory_order_relaxed) || prepare_locked(authority, hasher);
        atomic_store_explicit(&authority->ready, ready, memory_order_release);
        pthread_mutex_unlock(&authority->preparing);
        return ready;
}

const struct ecdsa_key *attestation_platform_key(struct attestation_authority *authority, struct hasher *hasher)
{
        return prepare(authority, hasher) ? &authority->iak : NULL;
}

size_t attestation_token_size_max(const struct attestation_authority *authority)
{
        struct platform_claims claims = platform_claims_template(authority);
        size_t size = cca_token_size(sign1_size(platform_claims_size(&claims)),
                                     sign1_size(realm_claims_size(&largest_realm_claims)));

        return (size + GRANULE - 1) / GRANULE * GRANULE;
}

void attestation_claims(struct realm_claims *claims, const struct realm *realm, const uint8_t challenge[64])
{
        memcpy(claims->challenge, challenge, sizeof(claims->challenge));
        memcpy(claims->rpv, realm->rpv, sizeof(claims->rpv));
        memcpy(claims->rim, realm->measurements[0], sizeof(claims->rim));
        memcpy(claims->rem, realm->measurements[1], sizeof(claims->rem));
        claims->algorithm = (enum hash_algorithm)realm->hash_algo;
}

/* Equal histories must leave equal granules, so nothing of a past operation may remain. */
static void wipe(struct attestation_op *op, uint8_t buffer[ATTESTATION_BUFFER_SIZE])
{
        memset(op, 0, sizeof *op);
        memset(buffer, 0, ATTESTATION_BUFFER_SIZE);
}

bool attestation_begin(struct attestation_op *op, uint8_t buffer[ATTESTATION_BUFFER_SIZE],
                       struct attestation_authority *authority, struct hasher *hasher,
                       const struct realm_claims *claims)
{
        struct cbor_writer w = { .bytes = buffer, .capacity = ATTESTATION_BUFFER_SIZE };
        size_t payload_size = realm_claims_size(claims);

        if (!prepare(authority, hasher))
                return false;

        wipe(op, buffer);
        token_write_sign1_begin(&w, payload_size);
        op->payload_offset = (uint32_t)w.size;
        token_write_realm_claims(&w, claims, authority->cose_key);
        assert(w.size == op->payload_offset + payload_size);

        op->payload_size = (uint32_t)payload_size;
        op->realm_token_size = (uint32_t)sign1_size(payload_size);
        op->token_size = (uint32_t)cca_token_size(authority->platform_token_size, op->realm_token_size);
        op->stage = ATTESTATION_HASH;
        assert(op->realm_token_size <= ATTESTATION_BUFFER_SIZE);
        return true;
}

static bool step_hash(struct attestation_op *op, const uint8_t *buffer, struct hasher *hasher)
{
        if (!hash_message(op->digest, hasher, buffer + op->payload_offset, op->payload_size))
                return false;
        op->stage = ATTESTATION_NONCE;
        return true;
}

static bool step_nonce(struct attestation_op *op, const struct attestation_authority *authority)
{
        uint8_t nonce[ECDSA_NUMBER_SIZE];

        if (!ecdsa_nonce(nonce, &authority->rak, op->digest))
                return false;
        memcpy(op->nonce, nonce, sizeof op->nonce);
        op->stage = ATTESTATION_SIGN;
        return true;
}

static bool step_sign(struct attestation_op *op, uint8_t *buffer, const struct attestation_authority *authority)
{
        struct cbor_writer w = { .bytes = buffer, .capacity = ATTESTATION_BUFFER_SIZE };
        uint8_t signature[ECDSA_SIGNATURE_SIZE];

        if (!ecdsa_sign(signature, &authority->rak, op->digest, op->nonce))
                return false;
        w.size = op->payload_offset + op->payload_size;
        token_write_sign1_end(&w, signature);
        assert(w.size == op->realm_token_size);

        memset(op->digest, 0, sizeof op->digest);
        memset(op->nonce, 0, sizeof op->nonce);
        op->stage = ATTESTATION_DELIVER;
        return true;
}

enum attestation_progress attestation_step(struct attestation_op *op, uint8_t buffer[ATTESTATION_BUFFER_SIZE],
                                           struct attestation_authority *authority, struct hasher *hasher)
{
        bool ok = prepare(authority, hasher);

        assert(op->stage != ATTESTATION_IDLE);
        if (!ok)
                return ATTESTATION_FAILED;
        switch (op->stage) {
        case ATTESTATION_HASH:
                ok = step_hash(op, buffer, hasher);
                break;
        case ATTESTATION_NONCE:
                ok = step_nonce(op, authority);
                break;
        case ATTESTATION_SIGN:
                ok = step_sign(op, buffer, authority);
                break;
        default:
                break;
        }
        if (!ok)
                return ATTESTATION_FAILED;
        return op->stage == ATTESTATION_DELIVER ? ATTESTATION_READY : ATTESTATION_UNFINISHED;
}

struct part {
        const uint8_t *bytes;
        size_t size;
};

/* Copy what of the joined parts lies in [offset, offset + size); returns how much that is. */
static size_t copy_parts(uint8_t *out, size_t offset, size_t size, const struct part *parts, size_t count)
{
        size_t copied = 0;

        for (size_t i = 0; i < count && copied < size; i++) {
                size_t skip = offset < parts[i].size ? offset : parts[i].size;
                size_t wanted = size - copied;
                size_t length = parts[i].size - skip < wanted ? parts[i].size - skip : wanted;

                if (length)
                        memcpy(out + copied, parts[i].bytes + skip, length);
                copied += length;
                offset -= skip;
        }
        return copied;
}

size_t attestation_deliver(struct attestation_op *op, uint8_t buffer[ATTESTATION_BUFFER_SIZE],
                           const struct attestation_authority *authority, uint8_t *out, size_t size)
{
        uint8_t before_platform[16];
        uint8_t before_realm[16];
        struct cbor_writer p = { .bytes = before_platform, .capacity = sizeof before_platform };
        struct cbor_writer r = { .bytes = before_realm, .capacity = sizeof before_realm };
        size_t copied;

        assert(op->stage == ATTESTATION_DELIVER && op->delivered < op->token_size);
        assert(authority->platform_token);
        token_write_before_platform(&p, authority->platform_token_size);
        token_write_before_realm(&r, op->realm_token_size);
        copied = copy_parts(out, op->delivered, size,
                            (const struct part[]){
                                    { before_platform, p.size },
                                    { authority->platform_token, authority->platform_token_size },
                                    { before_realm, r.size },
                                    { buffer, op->realm_token_size },
                            },
                            4);

        op->delivered += (uint32_t)copied;
        if (op->delivered == op->token_size)
                wipe(op, buffer);
        return copied;
}
