/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attestation.h - who signs attestation tokens, and how a Realm obtains one piece by piece.
 *
 * The authority stands for the platform below the RMM. It owns the Realm Attestation Key and the Initial Attestation
 * Key and hands out the platform token, all of them functions of the instance's seed. An operation is what
 * RSI_ATTESTATION_TOKEN_INIT begins on a REC and _CONTINUE drives on: steps of signing work between which the REC
 * may exit, and then delivery of the token in whatever pieces the Realm asks for.
 *
 * An operation lives in its REC's granule as plain data, without pointers, together with a buffer for the Realm
 * token. The rest of the CCA token is the same for every Realm, so it is not copied into RECs but joined at delivery;
 * that is why one small buffer is enough however large the platform token is.
 *
 * Specification: RSI_ATTESTATION_TOKEN_INIT, _CONTINUE; Realm attestation; rec sheet sections 3.2 and 6.
 */
#ifndef RMMSIM_OBJECT_ATTESTATION_H
#define RMMSIM_OBJECT_ATTESTATION_H

#include "token_cbor.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
        ATTESTATION_BUFFER_SIZE = 1024,
        ATTESTATION_STEPS = 3,
        ATTESTATION_EXTRA_COMPONENTS_MAX = 500,
};

/*
 * One for each instance, shared by its PEs. Everything below the mutex is written once, on first use, and constant from
 * then on.
 */
struct attestation_authority {
        uint64_t seed;
        unsigned extra_components;
        atomic_bool ready;
        pthread_mutex_t preparing;
        struct ecdsa_key rak;
        struct ecdsa_key iak;
        uint8_t cose_key[TOKEN_COSE_KEY_SIZE];
        uint8_t *platform_token;
        size_t platform_token_size;
};

/*
 * Cheap: keys and platform token are made on first use, by whichever PE comes first.
 *
 * Extra components, at most ATTESTATION_EXTRA_COMPONENTS_MAX, are software components that the platform token lists
 * beyond its usual few, about 112 bytes each. With none the CCA token fits in 4096 bytes; with many it spans
 * granules.
 */
void attestation_authority_init(struct attestation_authority *authority, uint64_t seed, unsigned extra_components);
void attestation_authority_free(struct attestation_authority *authority);

/* The key that verifies the platform token, or NULL when libcrypto fails. */
const struct ecdsa_key *attestation_platform_key(struct attestation_authority *authority, struct hasher *hasher);

/* No token of this authority is larger: the answer to TOKEN_INIT, in whole granules of 4096 bytes. */
size_t attestation_token_size_max(const struct attestation_authority *authority);

/* What a token says of a Realm now. The caller holds the Realm's lock. */
struct realm;
void attestation_claims(struct realm_claims *claims, const struct realm *realm, const uint8_t challenge[64]);

/* Where an operation stands. All zeroes is a REC without one. */
enum attestation_stage {
        ATTESTATION_IDLE = 0,
        ATTESTATION_HASH,
        ATTESTATION_NONCE,
        ATTESTATION_SIGN,
        ATTESTATION_DELIVER,
};

struct attestation_op {
        uint32_t stage;
        uint32_t payload_offset; /* of the claims in the Realm token */
        uint32_t payload_size;
        uint32_t realm_token_size;
        uint32_t token_size; /* of the CCA token                 */
        uint32_t delivered;  /* how much of it the Realm has     */
        uint8_t digest[ECDSA_NUMBER_SIZE];
        uint8_t nonce[ECDSA_NUMBER_SIZE];
};

enum attestation_progress {
        ATTESTATION_UNFINISHED, /* signing goes on                  */
        ATTESTATION_READY,      /* the token can be delivered       */
        ATTESTATION_FAILED,     /* libcrypto failed; nothing moved  */
};

/*
 * Begin an operation, discarding any other on the same REC. The claims are encoded now; what changes in the Realm later
 * does not show in the token. Returns false, changing nothing, when libcrypto fails.
 */
bool attestation_begin(struct attestation_op *op, uint8_t buffer[ATTESTATION_BUFFER_SIZE],
                       struct attestation_authority *authority, struct hasher *hasher,
                       const struct realm_claims *claims);

/*
 * Do the next piece of signing work. It takes ATTESTATION_STEPS calls from the beginning to the one that answers READY;
 * further calls leave the operation as it is. There must be an operation.
 *
 * The operation may have begun elsewhere and come in a snapshot. Its authority then has to have the same seed and
 * components, but need not have been used before.
 */
enum attestation_progress attestation_step(struct attestation_op *op, uint8_t buffer[ATTESTATION_BUFFER_SIZE],
                                           struct attestation_authority *authority, struct hasher *hasher);

/*
 * Copy the next bytes of a token, at most size of them, and return how many there were. With the last byte the
 * operation ends, and operation and buffer are wiped: the REC looks as if it never had one. The same command must have
 * called attestation_step and been told READY.
 */
size_t attestation_deliver(struct attestation_op *op, uint8_t buffer[ATTESTATION_BUFFER_SIZE],
                           const struct attestation_authority *authority, uint8_t *out, size_t size);

#endif
