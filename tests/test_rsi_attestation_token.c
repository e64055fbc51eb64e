/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_attestation_token.c - what the token that a Realm reads says, checked as a relying party would.
 *
 * Specification: Realm attestation; rec sheet sections 3.2 and 6.2.
 */
#include "rsi_token_fixture.h"
#include "sim.h"
#include "token_reader.h"
#include <rmmsim/attestation.h>
#include <rmmsim/snapshot.h>

enum {
        HASH_SIZE_256 = 32,
        HASH_SIZE_512 = 64
};

/* A measurement as the Realm itself reads it. */
static void read_measurement(uint64_t index, uint8_t value[64])
{
        const uint64_t *x = puppet_call(&puppets, 0, rsi_measurement_read, .index = index);

        ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
        memcpy(value, &x[1], 64); /* little-endian machines only, as all of ours are */
}

static void extend(uint64_t index, uint64_t value)
{
        uint64_t x0 = puppet_x0(&puppets, 0, rsi_measurement_extend, .index = index, .size = 8, .value_0 = value);

        ck_assert_uint_eq(x0, RMMSIM_RSI_SUCCESS);
}

static void expect_measurements(const cbor_item_t *claims, const uint8_t measurements[5][64], size_t size)
{
        expect_bytes(map_value(claims, 44238), measurements[0], size);
        expect_array(map_value(claims, 44239), 4);
        for (unsigned i = 0; i < 4; i++) {
                expect_bytes(array_value(map_value(claims, 44239), i), measurements[1 + i], size);
        }
}

static void read_measurements(uint8_t measurements[5][64])
{
        for (unsigned i = 0; i < 5; i++) {
                read_measurement(i, measurements[i]);
        }
}

/* Challenge, personalization value, hash algorithm and measurements are those of the Realm. */
START_TEST(claims_are_the_realms)
{
        static const char *const names[] = { "sha-256", "sha-512" };
        uint8_t challenge[64], rpv[64], measurements[5][64];
        struct token token;

        create_with(&(struct rmmsim_config){ .seed = 5 }, (uint8_t)_i);
        for (unsigned i = 0; i < 64; i++) {
                challenge[i] = (uint8_t)(0x40 + i);
                rpv[i] = (uint8_t)(0xb0 ^ i);
        }
        for (unsigned i = 1; i < 5; i++) {
                extend(i, i);
        }
        read_measurements(measurements);
        token_read(&token, token_bytes, token_of(0, 0x40, token_bytes));
        expect_bytes(map_value(token.realm.claims, 10), challenge, 64);
        expect_bytes(map_value(token.realm.claims, 44235), rpv, 64);
        expect_text(map_value(token.realm.claims, 44236), names[_i]);
        expect_text(map_value(token.realm.claims, 44240), "sha-256");
        expect_text(map_value(token.realm.claims, 265), "tag:arm.com,2023:realm#1.0.0");
        expect_measurements(token.realm.claims, (const uint8_t(*)[64])measurements,
                            _i == 0 ? HASH_SIZE_256 : HASH_SIZE_512);
        token_free(&token);
        destroy();
}
END_TEST

/* The key in the Realm's token verifies it; the platform's token vouches for that key, and the platform's key for that. */
START_TEST(signatures_verify)
{
        const struct ecdsa_key *iak;
        const uint8_t *rak;
        uint8_t digest[64];
        struct token token;
        struct rmmsim *sim;

        create();
        sim = puppets.world->sim;
        token_read(&token, token_bytes, token_of(0, 0x40, token_bytes));
        iak = attestation_platform_key(&sim->rmm.authority, &sim->pes[0].hasher);
        ck_assert(sign1_verify(&token.platform, iak->x, iak->y));
        rak = cbor_bytestring_handle(map_value(token.realm.claims, 44237));
        ck_assert_uint_eq(cbor_bytestring_length(map_value(token.realm.claims, 44237)), 107);
        EVP_Digest(rak, 107, digest, NULL, EVP_sha256(), NULL);
        expect_bytes(map_value(token.platform.claims, 10), digest, 32);
        ck_assert(sign1_verify(&token.realm, rak + 8, rak + 59));
        token_free(&token);
        destroy();
}
END_TEST

/* The claims are those of the moment of INIT. */
START_TEST(claims_are_fixed_at_the_beginning)
{
        uint8_t before[5][64], after[5][64];
        struct token token;

        create();
        extend(2, 7);
        read_measurements(before);
        token_init(0, 0x40);
        extend(2, 8);
        token_continue(0, 0, 100);
        puppet_peek(&puppets, 0, BUFFER, token_bytes, 100);
        extend(3, 9);
        token_read(&token, token_bytes, 100 + token_rest(0, token_bytes + 100, 4096));
        expect_measurements(token.realm.claims, (const uint8_t(*)[64])before, HASH_SIZE_256);
        token_free(&token);
        read_measurements(after);
        ck_assert_mem_ne(before, after, sizeof(before));
        token_read(&token, token_bytes, token_of(0, 0x40, token_bytes));
        expect_measurements(token.realm.claims, (const uint8_t(*)[64])after, HASH_SIZE_256);
        token_free(&token);
        destroy();
}
END_TEST

static size_t token_of_seed(uint64_t seed, uint8_t *to)
{
        size_t size;

        create_with(&(struct rmmsim_config){ .seed = seed }, RMMSIM_HASH_SHA_256);
        size = token_of(0, 0x40, to);
        destroy();
        return size;
}

START_TEST(the_seed_decides_every_byte)
{
        static uint8_t again[TOKEN_MAX], other[TOKEN_MAX];
        size_t size = token_of_seed(77, token_bytes);

        ck_assert_uint_eq(token_of_seed(77, again), size);
        ck_assert_mem_eq(token_bytes, again, size);
        ck_assert_uint_eq(token_of_seed(78, other), size);
        ck_assert_mem_ne(token_bytes, other, size);
}
END_TEST

/* A long token decodes and verifies as well. */
START_TEST(long_tokens_verify)
{
        const struct ecdsa_key *iak;
        struct token token;
        struct rmmsim *sim;

        create_with(&(struct rmmsim_config){ .token_components = 100 }, RMMSIM_HASH_SHA_512);
        sim = puppets.world->sim;
        token_read(&token, token_bytes, token_of(0, 0x40, token_bytes));
        iak = attestation_platform_key(&sim->rmm.authority, &sim->pes[0].hasher);
        ck_assert(sign1_verify(&token.platform, iak->x, iak->y));
        ck_assert_uint_gt(cbor_array_size(map_value(token.platform.claims, 2399)), 100);
        token_free(&token);
        destroy();
}
END_TEST

/* What a verifier's test is given without a guest is what the guest is given. */
START_TEST(tokens_without_a_guest_are_the_same)
{
        static uint8_t again[TOKEN_MAX];
        uint8_t challenge[RMMSIM_CHALLENGE_SIZE];
        uint8_t key[RMMSIM_PLATFORM_KEY_SIZE];
        struct rmmsim *sim;
        struct token token;
        size_t room = 1;
        size_t size;
        uint64_t hash;

        create_with(&(struct rmmsim_config){ .token_components = (unsigned)_i }, RMMSIM_HASH_SHA_256);
        extend(2, 7);
        sim = puppets.world->sim;
        for (unsigned i = 0; i < sizeof(challenge); i++) {
                challenge[i] = (uint8_t)(0x40 + i);
        }
        size = token_of(0, 0x40, token_bytes);
        hash = rmmsim_state_hash(sim);
        ck_assert_int_eq(rmmsim_token(sim, again, &room, puppets.realm.rd, challenge), RMMSIM_ERROR_MEMORY);
        ck_assert_uint_eq(room, size);
        ck_assert_int_eq(rmmsim_token(sim, again, &room, puppets.realm.rd, challenge), 0);
        ck_assert_uint_eq(room, size);
        ck_assert_mem_eq(again, token_bytes, size);
        ck_assert_uint_eq(rmmsim_state_hash(sim), hash);

        ck_assert_int_eq(rmmsim_platform_key(sim, key), 0);
        ck_assert_uint_eq(key[0], 0x04);
        token_read(&token, again, size);
        ck_assert(sign1_verify(&token.platform, key + 1, key + 49));
        token_free(&token);

        room = sizeof(again);
        ck_assert_int_eq(rmmsim_token(sim, again, &room, puppets.realm.rd + 4096, challenge), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_token(sim, again, &room, puppets.realm.rd + 1, challenge), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_token(sim, again, &room, 0, challenge), RMMSIM_ERROR_STATE);
        ck_assert_uint_eq(room, sizeof(again));
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_attestation_token");
        TCase *tcase = tcase_create("rsi_attestation_token");

        tcase_add_loop_test(tcase, claims_are_the_realms, 0, 2);
        tcase_add_test(tcase, signatures_verify);
        tcase_add_test(tcase, claims_are_fixed_at_the_beginning);
        tcase_add_test(tcase, the_seed_decides_every_byte);
        tcase_add_test(tcase, long_tokens_verify);
        tcase_add_loop_test(tcase, tokens_without_a_guest_are_the_same, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
