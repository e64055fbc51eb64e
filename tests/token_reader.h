/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * token_reader.h - take a CCA attestation token apart with libcbor's decoder, as a relying party would.
 *
 * The library writes tokens item by item; this reads them through cbor_load, which shares none of that. Every access
 * checks the type it expects, so reading a token is most of testing it.
 */
#ifndef RMMSIM_TESTS_TOKEN_READER_H
#define RMMSIM_TESTS_TOKEN_READER_H

#include "es384.h"

#include <cbor.h>
#include <stdlib.h>

/* Decode bytes that must be one item and nothing else. */
static inline cbor_item_t *read_item(const uint8_t *bytes, size_t size)
{
        struct cbor_load_result result;
        cbor_item_t *item = cbor_load(bytes, size, &result);

        ck_assert_msg(item != NULL, "not CBOR: error %d at %zu", (int)result.error.code, result.error.position);
        ck_assert_uint_eq(result.read, size);
        return item;
}

static inline void expect_bytes(const cbor_item_t *item, const void *bytes, size_t size)
{
        ck_assert(cbor_isa_bytestring(item) && cbor_bytestring_is_definite(item));
        ck_assert_uint_eq(cbor_bytestring_length(item), size);
        if (size)
                ck_assert_mem_eq(cbor_bytestring_handle(item), bytes, size);
}

static inline void expect_text(const cbor_item_t *item, const char *text)
{
        ck_assert(cbor_isa_string(item) && cbor_string_is_definite(item));
        ck_assert_uint_eq(cbor_string_length(item), strlen(text));
        ck_assert_mem_eq(cbor_string_handle(item), text, strlen(text));
}

static inline void expect_uint(const cbor_item_t *item, uint64_t value)
{
        ck_assert(cbor_isa_uint(item));
        ck_assert_uint_eq(cbor_get_int(item), value);
}

static inline void expect_array(const cbor_item_t *item, size_t size)
{
        ck_assert(cbor_isa_array(item) && cbor_array_is_definite(item));
        ck_assert_uint_eq(cbor_array_size(item), size);
}

/* The map must have exactly these unsigned keys, in this order. */
static inline void expect_keys(const cbor_item_t *map, const uint64_t *keys, size_t count)
{
        ck_assert(cbor_isa_map(map) && cbor_map_is_definite(map));
        ck_assert_uint_eq(cbor_map_size(map), count);
        for (size_t i = 0; i < count; i++)
                expect_uint(cbor_map_handle(map)[i].key, keys[i]);
}

static inline const cbor_item_t *map_value(const cbor_item_t *map, uint64_t key)
{
        for (size_t i = 0; i < cbor_map_size(map); i++) {
                if (cbor_get_int(cbor_map_handle(map)[i].key) == key)
                        return cbor_map_handle(map)[i].value;
        }
        ck_abort_msg("no key %llu", (unsigned long long)key);
        return NULL;
}

static inline const cbor_item_t *array_value(const cbor_item_t *array, size_t index)
{
        ck_assert_uint_lt(index, cbor_array_size(array));
        return cbor_array_handle(array)[index];
}

/* One of the two COSE_Sign1 messages. */
struct sign1 {
        size_t size;
        cbor_item_t *parts;
        cbor_item_t *claims;
};

/* A decoded token. token_free releases it. */
struct token {
        cbor_item_t *item;
        struct sign1 platform;
        struct sign1 realm;
};

static inline void sign1_read(struct sign1 *sign1, const cbor_item_t *wrapped)
{
        static const uint8_t es384[] = { 0xa1, 0x01, 0x38, 0x22 };
        const cbor_item_t *payload;

        ck_assert(cbor_isa_bytestring(wrapped) && cbor_bytestring_is_definite(wrapped));
        sign1->size = cbor_bytestring_length(wrapped);
        ck_assert_uint_gt(sign1->size, 1);

        /* Tag 18 is taken off by hand: the decoder of libcbor 0.8 refuses the tags 6 to 20 as unassigned. */
        ck_assert_uint_eq(cbor_bytestring_handle(wrapped)[0], 0xc0 + 18);
        sign1->parts = read_item(cbor_bytestring_handle(wrapped) + 1, sign1->size - 1);
        expect_array(sign1->parts, 4);
        expect_bytes(array_value(sign1->parts, 0), es384, sizeof es384);
        expect_keys(array_value(sign1->parts, 1), NULL, 0);
        ck_assert_uint_eq(cbor_bytestring_length(array_value(sign1->parts, 3)), 96);
        payload = array_value(sign1->parts, 2);
        ck_assert(cbor_isa_bytestring(payload) && cbor_bytestring_is_definite(payload));
        sign1->claims = read_item(cbor_bytestring_handle(payload), cbor_bytestring_length(payload));
}

static inline void token_read(struct token *token, const uint8_t *bytes, size_t size)
{
        static const uint64_t labels[] = { 44234, 44241 };
        const cbor_item_t *map;

        token->item = read_item(bytes, size);
        ck_assert(cbor_isa_tag(token->item));
        ck_assert_uint_eq(cbor_tag_value(token->item), 399);
        /* The reference to the tagged item belongs to the tag; cbor_tag_item would hand out another. */
        map = token->item->metadata.tag_metadata.tagged_item;
        expect_keys(map, labels, 2);
        sign1_read(&token->platform, map_value(map, labels[0]));
        sign1_read(&token->realm, map_value(map, labels[1]));
}

static inline void token_free(struct token *token)
{
        cbor_decref(&token->platform.claims);
        cbor_decref(&token->platform.parts);
        cbor_decref(&token->realm.claims);
        cbor_decref(&token->realm.parts);
        cbor_decref(&token->item);
}

/* The Sig_structure of RFC 9052, section 4.4, spelled out for a payload of 256 to 65535 bytes. */
static inline bool sign1_verify(const struct sign1 *sign1, const uint8_t x[48], const uint8_t y[48])
{
        static const uint8_t head[] = { 0x84, 0x6a, 'S', 'i',  'g',  'n',  'a',  't',  'u',
                                        'r',  'e',  '1', 0x44, 0xa1, 0x01, 0x38, 0x22, 0x40 };
        const cbor_item_t *payload = array_value(sign1->parts, 2);
        const cbor_item_t *signature = array_value(sign1->parts, 3);
        size_t size = cbor_bytestring_length(payload);
        uint8_t *message = malloc(sizeof head + 3 + size);
        bool verified;

        ck_assert_ptr_nonnull(message);
        memcpy(message, head, sizeof head);
        message[sizeof head] = 0x59;
        message[sizeof head + 1] = (uint8_t)(size >> 8);
        message[sizeof head + 2] = (uint8_t)size;
        memcpy(message + sizeof head + 3, cbor_bytestring_handle(payload), size);
        verified = es384_verify(x, y, cbor_bytestring_handle(signature), message, sizeof head + 3 + size);
        free(message);
        return verified;
}

#endif
