/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_attestation.c - CCA attestation tokens, decoded and verified by code that did not write them.
 *
 * Specification: rec sheet section 6.2.
 */
#include "attestation_fixture.h"
#include "token_reader.h"

static const struct {
        enum hash_algorithm algorithm;
        const char *name;
        size_t realm_token_size;
} realms[] = {
        { HASH_SHA_256, "sha-256", 590 },
        { HASH_SHA_512, "sha-512", 750 },
        { HASH_SHA_384, "sha-384", 670 },
};

START_TEST(realm_claims_are_those_of_the_realm)
{
        static const uint64_t order[] = { 10, 44235, 44237, 44236, 44240, 265, 44238, 44239 };
        size_t digest_size = hash_size(realms[_i].algorithm);
        const cbor_item_t *map, *rems;
        struct token token;

        fill_claims(realms[_i].algorithm);
        token_read(&token, token_bytes, make_token());
        ck_assert_uint_eq(token.realm.size, realms[_i].realm_token_size);

        map = token.realm.claims;
        expect_keys(map, order, 8);
        expect_bytes(map_value(map, 10), claims.challenge, 64);
        expect_bytes(map_value(map, 44235), claims.rpv, 64);
        expect_text(map_value(map, 44236), realms[_i].name);
        expect_bytes(map_value(map, 44237), authority.cose_key, 107);
        expect_bytes(map_value(map, 44238), claims.rim, digest_size);
        rems = map_value(map, 44239);
        expect_array(rems, 4);
        for (size_t i = 0; i < 4; i++)
                expect_bytes(array_value(rems, i), claims.rem[i], digest_size);
        expect_text(map_value(map, 44240), "sha-256");
        expect_text(map_value(map, 265), "tag:arm.com,2023:realm#1.0.0");
        token_free(&token);
}
END_TEST

static void expect_component(const cbor_item_t *component, size_t index)
{
        static const uint64_t order[] = { 1, 5, 2, 6 };
        char type[64];

        snprintf(type, sizeof type, "rmmsim simulated component %zu", index);
        expect_keys(component, order, 4);
        expect_text(map_value(component, 1), type);
        expect_bytes(map_value(component, 5), "rmmsim simulation, not a signer.", 32);
        expect_bytes(map_value(component, 2), "rmmsim simulated, never measured", 32);
        expect_text(map_value(component, 6), "sha-256");
}

START_TEST(platform_claims_admit_to_being_simulated)
{
        static const uint64_t order[] = { 265, 10, 2396, 256, 2401, 2395, 2402, 2400, 2399 };
        const cbor_item_t *map, *components;
        struct token token;

        token_read(&token, token_bytes, make_token());
        map = token.platform.claims;
        expect_keys(map, order, 9);
        expect_text(map_value(map, 265), "tag:arm.com,2023:cca_platform#1.0.0");
        ck_assert_uint_eq(cbor_bytestring_length(map_value(map, 10)), 32);
        expect_bytes(map_value(map, 2396), "rmmsim simulation not a platform", 32);
        ck_assert_uint_eq(cbor_bytestring_length(map_value(map, 256)), 33);
        ck_assert_mem_eq(cbor_bytestring_handle(map_value(map, 256)), "\x01rmmsim simulated", 17);
        expect_bytes(map_value(map, 2401), "rmmsim simulated platform, not a security token", 47);
        expect_uint(map_value(map, 2395), 0);
        expect_text(map_value(map, 2402), "sha-256");
        expect_text(map_value(map, 2400), "https://rmmsim.invalid/simulated-platform-not-a-security-token");
        components = map_value(map, 2399);
        expect_array(components, 4);
        for (size_t i = 0; i < 4; i++)
                expect_component(array_value(components, i), i);
        token_free(&token);
}
END_TEST

/* The chain a relying party follows: platform key, platform token, digest of the Realm's key, Realm token. */
START_TEST(signatures_and_binding_hold)
{
        static const uint8_t head[] = { 0xa4, 0x01, 0x02, 0x20, 0x02, 0x21, 0x58, 0x30 };
        static const uint8_t middle[] = { 0x22, 0x58, 0x30 };
        const struct ecdsa_key *iak = attestation_platform_key(&authority, &hasher);
        const uint8_t *cose_key;
        uint8_t digest[EVP_MAX_MD_SIZE];
        struct token token;

        token_read(&token, token_bytes, make_token());
        ck_assert_ptr_nonnull(iak);
        ck_assert(sign1_verify(&token.platform, iak->x, iak->y));

        cose_key = cbor_bytestring_handle(map_value(token.realm.claims, 44237));
        ck_assert_mem_eq(cose_key, head, sizeof head);
        ck_assert_mem_eq(cose_key + 56, middle, sizeof middle);
        EVP_Digest(cose_key, 107, digest, NULL, EVP_sha256(), NULL);
        expect_bytes(map_value(token.platform.claims, 10), digest, 32);
        ck_assert(sign1_verify(&token.realm, cose_key + 8, cose_key + 59));

        ck_assert(!sign1_verify(&token.realm, iak->x, iak->y));
        ck_assert(!sign1_verify(&token.platform, cose_key + 8, cose_key + 59));
        token_free(&token);
}
END_TEST

START_TEST(a_changed_byte_breaks_the_signature)
{
        const struct ecdsa_key *iak = attestation_platform_key(&authority, &hasher);
        struct token token;

        token_read(&token, token_bytes, make_token());
        ((uint8_t *)cbor_bytestring_handle(array_value(token.realm.parts, 2)))[40] ^= 1;
        ck_assert(!sign1_verify(&token.realm, authority.rak.x, authority.rak.y));
        ((uint8_t *)cbor_bytestring_handle(array_value(token.platform.parts, 2)))[40] ^= 1;
        ck_assert(!sign1_verify(&token.platform, iak->x, iak->y));
        token_free(&token);
}
END_TEST

/* The first bytes of each layer, which parsers without a CBOR library compare. */
START_TEST(heads_are_as_the_reference_writes_them)
{
        size_t size = make_token(), platform = (size_t)token_bytes[8] << 8 | token_bytes[9], realm;
        const uint8_t *p = token_bytes + 10, *r = p + platform;

        assert_hex(token_bytes, 8, "d9018fa219acca59");
        assert_hex(p, 9, "d28444a1013822a059");
        assert_hex(r, 4, "19acd159");
        realm = (size_t)r[4] << 8 | r[5];
        assert_hex(r + 6, 9, "d28444a1013822a059");
        assert_hex(r + 15, 2, "01e1"); /* 481 bytes of claims */
        ck_assert_uint_eq(size, platform + realm + 16);
        ck_assert_uint_le(size, 4096);
        ck_assert_uint_eq(attestation_token_size_max(&authority), 4096);
}
END_TEST

START_TEST(the_seed_decides_every_byte)
{
        static uint8_t first[4096], again[4096], other[4096];
        size_t size = token_of_seed(first, 7, 0);

        ck_assert_uint_eq(token_of_seed(again, 7, 0), size);
        ck_assert_mem_eq(first, again, size);
        ck_assert_uint_eq(token_of_seed(other, UINT64_C(7) << 56, 0), size);
        ck_assert_mem_ne(first, other, size);
}
END_TEST

/* Computed from seed and labels by a script, so that another machine finds the same keys. */
START_TEST(keys_come_from_the_seed)
{
        attestation_authority_free(&authority);
        attestation_authority_init(&authority, 0x8877665544332211, 0);
        ck_assert_ptr_eq(attestation_platform_key(&authority, &hasher), &authority.iak);
        assert_hex(authority.rak.secret, 48,
                   "77288d07d4fc99f34db0ecd11db47f39e7798baa714bbd3ce8700ba582785f50a0bec2d4b7f89de3d60b0b2df70074ab");
        assert_hex(authority.iak.secret, 48,
                   "a9ee9356fe05edf7a759a3ba76ce9d2cf90e7d1106f98333f491437cea0ac4e79cc4f88b695417d7ba7b345d6e0f9f1c");
}
END_TEST

/* A component adds less than the larger Realm token does, so for some count only the larger one crosses a granule. */
START_TEST(no_token_is_larger_than_announced)
{
        fill_claims(HASH_SHA_512);
        for (unsigned extra = 0; extra < 40; extra++) {
                attestation_authority_free(&authority);
                attestation_authority_init(&authority, 1, extra);
                ck_assert_uint_le(make_token(), attestation_token_size_max(&authority));
        }
}
END_TEST

START_TEST(more_components_make_larger_tokens)
{
        static const unsigned extra[] = { 1, 30, 100, ATTESTATION_EXTRA_COMPONENTS_MAX };
        static uint8_t out[TOKEN_MAX];
        const cbor_item_t *components;
        struct token token;
        size_t size = token_of_seed(out, 1, extra[_i]);

        ck_assert_uint_ge(attestation_token_size_max(&authority), size + 160);
        ck_assert_uint_lt(attestation_token_size_max(&authority), size + 160 + 4096);
        ck_assert_uint_eq(attestation_token_size_max(&authority) % 4096, 0);
        token_read(&token, out, size);
        ck_assert_uint_lt(token.platform.size, 65536);
        ck_assert(sign1_verify(&token.platform, authority.iak.x, authority.iak.y));
        components = map_value(token.platform.claims, 2399);
        expect_array(components, 4 + extra[_i]);
        for (size_t i = 0; i < 4 + extra[_i]; i++)
                expect_component(array_value(components, i), i);
        token_free(&token);
}
END_TEST

int main(void)
{
        TCase *tcase = tcase_create("attestation");

        tcase_add_loop_test(tcase, realm_claims_are_those_of_the_realm, 0, 3);
        tcase_add_test(tcase, platform_claims_admit_to_being_simulated);
        tcase_add_test(tcase, signatures_and_binding_hold);
        tcase_add_test(tcase, a_changed_byte_breaks_the_signature);
        tcase_add_test(tcase, heads_are_as_the_reference_writes_them);
        tcase_add_test(tcase, the_seed_decides_every_byte);
        tcase_add_test(tcase, keys_come_from_the_seed);
        tcase_add_test(tcase, no_token_is_larger_than_announced);
        tcase_add_loop_test(tcase, more_components_make_larger_tokens, 0, 4);
        return run("attestation", tcase);
}
