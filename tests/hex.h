/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hex.h - test vectors are written in hexadecimal, as the documents they come from print them.
 */
#ifndef RMMSIM_TESTS_HEX_H
#define RMMSIM_TESTS_HEX_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline uint8_t hex_byte(const char *hex, size_t index)
{
        unsigned byte = 0;

        ck_assert_int_eq(sscanf(hex + 2 * index, "%2x", &byte), 1);
        return (uint8_t)byte;
}

/* Fill exactly size bytes. */
static inline void from_hex(uint8_t *bytes, size_t size, const char *hex)
{
        ck_assert_uint_eq(strlen(hex), 2 * size);
        for (size_t i = 0; i < size; i++)
                bytes[i] = hex_byte(hex, i);
}

static inline void assert_hex(const uint8_t *bytes, size_t size, const char *hex)
{
        ck_assert_uint_eq(strlen(hex), 2 * size);
        for (size_t i = 0; i < size; i++)
                ck_assert_msg(bytes[i] == hex_byte(hex, i), "byte %zu is %#x, not as in %s", i, bytes[i], hex);
}

static inline void assert_zero(const uint8_t *bytes, size_t size)
{
        for (size_t i = 0; i < size; i++)
                ck_assert_msg(bytes[i] == 0, "byte %zu is %#x, not zero", i, bytes[i]);
}

#endif
