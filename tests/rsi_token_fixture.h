/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_token_fixture.h - a Realm of two puppets that ask for attestation tokens, and the loop by which a Realm reads one.
 */
#ifndef RSI_TOKEN_FIXTURE_H
#define RSI_TOKEN_FIXTURE_H

#include "puppet.h"
#include <string.h>

#define BUFFER  UINT64_C(0x3000)
#define MISSING UINT64_C(0x10000) /* RIPAS RAM, no memory */

enum {
        FILLER = 0x99,
        TOKEN_MAX = 32 * 4096
};

static struct puppets puppets;
static uint8_t token_bytes[TOKEN_MAX];

static inline void create_with(const struct rmmsim_config *config, uint8_t hash_algo)
{
        struct puppet_shape shape = { .num_recs = 2, .runnable = 3, .realm.hash_algo = hash_algo };

        for (unsigned i = 0; i < 64; i++) {
                shape.realm.rpv[i] = (uint8_t)(0xb0 ^ i);
        }
        puppets_create(&puppets, world_create_with(config), &shape);
        realm_data_unknown(&puppets.realm, BUFFER);
}

static inline void create(void)
{
        create_with(&(struct rmmsim_config){ .seed = 1 }, RMMSIM_HASH_SHA_256);
}

static inline void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

/* x1..x8 of TOKEN_INIT: byte i of the challenge is `first` + i. */
static inline uint64_t challenge_word(uint8_t first, unsigned word)
{
        uint64_t value = 0;

        for (unsigned i = 0; i < 8; i++) {
                value |= (uint64_t)(uint8_t)(first + 8 * word + i) << 8 * i;
        }
        return value;
}

static inline void order_init(unsigned rec, uint8_t first)
{
        uint64_t fields[9] = { 0 };

        for (unsigned i = 0; i < 8; i++) {
                fields[1 + i] = challenge_word(first, i);
        }
        puppet_order_fields(&puppets, rec, RMMSIM_RSI_ATTESTATION_TOKEN_INIT, fields, 9);
}

/* Begin an operation; returns the bound of the token's size. */
static inline uint64_t token_init(unsigned rec, uint8_t first)
{
        const uint64_t *x;

        order_init(rec, first);
        x = puppet_answer(&puppets, rec);
        ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
        return x[1];
}

static inline const uint64_t *token_continue(unsigned rec, uint64_t offset, uint64_t size)
{
        return puppet_call(&puppets, rec, rsi_attestation_token_continue, .addr = BUFFER, .offset = offset,
                           .size = size);
}

/* Read what is left of a token in pieces, always to the start of the buffer. Returns how much there was. */
static inline size_t token_rest(unsigned rec, uint8_t *to, size_t piece)
{
        size_t size = 0;

        for (;;) {
                const uint64_t *x = token_continue(rec, 0, piece);
                uint64_t x0 = x[0];
                uint64_t len = x[1];

                ck_assert(x0 == RMMSIM_RSI_SUCCESS || x0 == RMMSIM_RSI_INCOMPLETE);
                ck_assert_uint_le(len, piece);
                ck_assert(x0 == RMMSIM_RSI_SUCCESS || len == piece);
                ck_assert_uint_le(size + len, TOKEN_MAX);
                if (len != 0) {
                        puppet_peek(&puppets, rec, BUFFER, to + size, len);
                }
                size += len;
                if (x0 == RMMSIM_RSI_SUCCESS) {
                        return size;
                }
        }
}

/* A whole token. */
static inline size_t token_of(unsigned rec, uint8_t first, uint8_t *to)
{
        token_init(rec, first);
        return token_rest(rec, to, 4096);
}

/* Does a token that began with this challenge begin so? Its place is fixed: claim 10 is the first of the Realm's. */
static inline bool has_challenge(const uint8_t *token, size_t size, uint8_t first)
{
        uint8_t challenge[64];

        for (unsigned i = 0; i < 64; i++) {
                challenge[i] = (uint8_t)(first + i);
        }
        return memmem(token, size, challenge, sizeof(challenge)) != NULL;
}

#endif
