/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * token_cbor.h - the parts of a CCA attestation token as CBOR.
 *
 * A token is two COSE_Sign1 messages in a map: the platform's, whose claims describe the machine, and the Realm's,
 * whose claims describe the Realm. These functions write the pieces in order; keys, signatures and time belong to
 * attestation.c.
 *
 * What the platform claims say of this machine is that it is none. No verifier can take them for those of a real
 * platform: every identity in them spells out that it is simulated, and the security lifecycle is "unknown".
 *
 * Specification: Attestation token format; rec sheet section 6.2.
 */
#ifndef RMMSIM_OBJECT_TOKEN_CBOR_H
#define RMMSIM_OBJECT_TOKEN_CBOR_H

#include "ecdsa.h"
#include "measurement.h"

enum {
        TOKEN_COSE_KEY_SIZE = 107,
        TOKEN_CHALLENGE_SIZE = 64,
        TOKEN_RPV_SIZE = 64,
        TOKEN_REMS = 4,
        TOKEN_BINDING_SIZE = 32,
        TOKEN_INSTANCE_SIZE = 16,
};

/*
 * Where CBOR goes. Size counts every byte asked for; those beyond the capacity are not written, so that a writer
 * without bytes measures.
 */
struct cbor_writer {
        uint8_t *bytes;
        size_t capacity;
        size_t size;
};

/* What the Realm token says, apart from the key that signs it. The RIM and the REMs are padded slots. */
struct realm_claims {
        uint8_t challenge[TOKEN_CHALLENGE_SIZE];
        uint8_t rpv[TOKEN_RPV_SIZE];
        uint8_t rim[MEASUREMENT_SIZE];
        uint8_t rem[TOKEN_REMS][MEASUREMENT_SIZE];
        enum hash_algorithm algorithm;
};

/* What differs between the platforms of two instances. */
struct platform_claims {
        uint8_t binding[TOKEN_BINDING_SIZE];   /* SHA-256 of the COSE_Key in the Realm token: ties the two together */
        uint8_t instance[TOKEN_INSTANCE_SIZE]; /* the part of the instance id that is not text                      */
        unsigned components;                   /* how many software components, at least one                        */
};

/* {1: 2, -1: 2, -2: x, -3: y}: an EC2 key on P-384. */
void token_write_cose_key(struct cbor_writer *w, const struct ecdsa_key *key);

void token_write_realm_claims(struct cbor_writer *w, const struct realm_claims *claims,
                              const uint8_t cose_key[TOKEN_COSE_KEY_SIZE]);
void token_write_platform_claims(struct cbor_writer *w, const struct platform_claims *claims);

/* COSE_Sign1 around a payload, which the caller writes between the two. */
void token_write_sign1_begin(struct cbor_writer *w, size_t payload_size);
void token_write_sign1_end(struct cbor_writer *w, const uint8_t signature[ECDSA_SIGNATURE_SIZE]);

/* The bytes that are signed begin like this and end with the payload. */
void token_write_to_be_signed(struct cbor_writer *w, size_t payload_size);

/* The CCA token: the caller puts the platform token after the first and the Realm token after the second. */
void token_write_before_platform(struct cbor_writer *w, size_t platform_token_size);
void token_write_before_realm(struct cbor_writer *w, size_t realm_token_size);

#endif
