/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * token.c - tokens for a verifier's tests: the same operation that a REC carries, on the caller's stack.
 */
#include "sim.h"
#include <rmmsim/attestation.h>
#include <string.h>

int rmmsim_platform_key(struct rmmsim *sim, uint8_t key[RMMSIM_PLATFORM_KEY_SIZE])
{
        struct hasher hasher;
        const struct ecdsa_key *iak;

        if (!hasher_create(&hasher, &sim->hash_methods)) {
                return RMMSIM_ERROR_CRYPTO;
        }
        iak = attestation_platform_key(&sim->rmm.authority, &hasher);
        hasher_free(&hasher);
        if (iak == NULL) {
                return RMMSIM_ERROR_CRYPTO;
        }
        key[0] = 0x04;
        memcpy(key + 1, iak->x, ECDSA_NUMBER_SIZE);
        memcpy(key + 1 + ECDSA_NUMBER_SIZE, iak->y, ECDSA_NUMBER_SIZE);
        return 0;
}

static bool claims_now(const struct rmmsim *sim, struct realm_claims *claims, uint64_t rd, const uint8_t *challenge)
{
        struct granule *granule = is_granule_aligned(rd) ? memory_granule(&sim->rmm.memory, rd) : NULL;
        bool held = false;

        if (granule != NULL) {
                granule_lock(granule, RMMSIM_GRANULE_RD, true, &held);
        }
        if (held) {
                attestation_claims(claims, memory_realm_page(&sim->rmm.memory, rd), challenge);
                granule_unlock(granule, true);
        }
        return held;
}

int rmmsim_token(struct rmmsim *sim, uint8_t *token, size_t *size, uint64_t rd,
                 const uint8_t challenge[RMMSIM_CHALLENGE_SIZE])
{
        struct attestation_authority *authority = &sim->rmm.authority;
        uint8_t buffer[ATTESTATION_BUFFER_SIZE];
        struct attestation_op op = { 0 };
        struct realm_claims claims;
        struct hasher hasher;
        enum attestation_progress progress = ATTESTATION_FAILED;

        if (!claims_now(sim, &claims, rd, challenge)) {
                return RMMSIM_ERROR_STATE;
        }
        if (!hasher_create(&hasher, &sim->hash_methods)) {
                return RMMSIM_ERROR_CRYPTO;
        }
        if (attestation_begin(&op, buffer, authority, &hasher, &claims)) {
                do {
                        progress = attestation_step(&op, buffer, authority, &hasher);
                } while (progress == ATTESTATION_UNFINISHED);
        }
        hasher_free(&hasher);
        if (progress == ATTESTATION_FAILED) {
                return RMMSIM_ERROR_CRYPTO;
        }
        if (*size < op.token_size) {
                *size = op.token_size;
                return RMMSIM_ERROR_MEMORY;
        }
        *size = attestation_deliver(&op, buffer, authority, token, op.token_size);
        return 0;
}
