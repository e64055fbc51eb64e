/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attestation.h - what a verifier needs: the platform's public key, and tokens without a guest that asks for them.
 *
 * A CCA attestation token is two signed tokens in one: the platform's, which a verifier trusts because it knows the platform's key,
 * and the Realm's, signed with a key that the platform's token vouches for. In a Realm a guest obtains one by
 * RSI_ATTESTATION_TOKEN_INIT and _CONTINUE; the tokens made here have the same claims and the same signatures, byte for byte.
 *
 * Both keys come from `seed` of the configuration. They protect nothing, and the platform's token says that it is simulated.
 *
 * Threads: any, at any time; a call waits for commands that change the Realm.
 */
#ifndef RMMSIM_ATTESTATION_H
#define RMMSIM_ATTESTATION_H

#include <rmmsim/rmmsim.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
        RMMSIM_PLATFORM_KEY_SIZE = 97,
        RMMSIM_CHALLENGE_SIZE = 64
};

/*
 * The public key that verifies the platform token (ES384): a point of P-384 as SEC 1 writes it, uncompressed: 0x04, x, y.
 * Returns 0 or RMMSIM_ERROR_CRYPTO.
 */
int rmmsim_platform_key(struct rmmsim *sim, uint8_t key[RMMSIM_PLATFORM_KEY_SIZE]);

/*
 * The token that the Realm at rd would obtain now for a challenge. *size is the room in `token` on entry, and the size of the token on
 * return; 131072 bytes are always enough, and 4096 with the default of token_components.
 *
 * Nothing changes: no operation begins on any REC. Returns 0, or with *size as it was RMMSIM_ERROR_STATE (no Realm at rd) or
 * RMMSIM_ERROR_CRYPTO; or, with *size as it has to be at least, RMMSIM_ERROR_MEMORY (there is less room than that).
 * Specification: Realm attestation, CCA attestation token.
 */
int rmmsim_token(struct rmmsim *sim, uint8_t *token, size_t *size, uint64_t rd,
                 const uint8_t challenge[RMMSIM_CHALLENGE_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
