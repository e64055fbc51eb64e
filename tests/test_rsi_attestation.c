/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_attestation.c - a Realm asks for a token and reads it in pieces: conditions, pieces, restarts, missing buffers.
 *
 * Specification: RSI_ATTESTATION_TOKEN_INIT, RSI_ATTESTATION_TOKEN_CONTINUE; rec sheet sections 3.2 and 6.3.
 */
#include "rsi_token_fixture.h"

static uint8_t page_bytes[4096];

/* ---- conditions --------------------------------------------------------------------------------------------------------- */

#define UNPROTECTED (UINT64_C(1) << 39)

static const struct {
        uint64_t addr, offset, size;
        const char *condition;
        unsigned argument;
} rows[] = {
        { BUFFER + 1, 0, 1, "addr_align", 1 },
        { BUFFER + 0x800, 0, 1, "addr_align", 1 },
        { BUFFER, 4096, 0, "offset_bound", 2 },
        { BUFFER, 4097, 0, "offset_bound", 2 },
        { BUFFER, UINT64_C(0x100000000), 1, "offset_bound", 2 },
        { BUFFER, UINT64_MAX, 1, "offset_bound", 2 },
        { BUFFER, 1, UINT64_MAX, "size_overflow", 3 },
        { BUFFER, 4095, UINT64_MAX - 4094, "size_overflow", 3 },
        { BUFFER, 0, 4097, "size_bound", 3 },
        { BUFFER, 1, 4096, "size_bound", 3 },
        { BUFFER, 4095, 2, "size_bound", 3 },
        { BUFFER, 0, UINT64_MAX, "size_bound", 3 },
        { UNPROTECTED, 0, 1, "addr_bound", 1 },
        { UNPROTECTED << 1, 0, 1, "addr_bound", 1 },
        { UINT64_C(0xfffffffffffff000), 0, 1, "addr_bound", 1 },
        /* The specification does not order them; we do as deployed monitors. */
        { UNPROTECTED + 1, 4096, UINT64_MAX, "addr_align", 1 },
        { UNPROTECTED, 4096, UINT64_MAX, "offset_bound", 2 },
        { UNPROTECTED, 1, UINT64_MAX, "size_overflow", 3 },
        { UNPROTECTED, 1, 4096, "size_bound", 3 },
};

static void expect_rows(void)
{
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                uint64_t x0 = puppet_x0(&puppets, 0, rsi_attestation_token_continue, .addr = rows[i].addr,
                                        .offset = rows[i].offset, .size = rows[i].size);

                ck_assert_uint_eq(x0, RMMSIM_RSI_ERROR_INPUT);
                puppet_expect_why(&puppets, 0, "RSI_ATTESTATION_TOKEN_CONTINUE", rows[i].condition);
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_register, rows[i].argument);
        }
}

/* They come before the state, and do not disturb an operation. */
START_TEST(conditions)
{
        size_t size;

        create();
        expect_rows();
        token_init(0, 0x10);
        expect_rows();
        size = token_rest(0, token_bytes, 4096);
        ck_assert(has_challenge(token_bytes, size, 0x10));
        expect_rows();
        destroy();
}
END_TEST

static void expect_no_operation(unsigned rec)
{
        ck_assert_uint_eq(token_continue(rec, 0, 1)[0], RMMSIM_RSI_ERROR_STATE);
        puppet_expect_why(&puppets, rec, "RSI_ATTESTATION_TOKEN_CONTINUE", "state");
}

/* An operation belongs to the REC that began it, and is over with its last byte. */
START_TEST(no_operation)
{
        create();
        expect_no_operation(0);
        token_init(1, 0);
        expect_no_operation(0);
        token_rest(1, token_bytes, 4096);
        expect_no_operation(1);
        token_init(0, 0);
        expect_no_operation(1);
        destroy();
}
END_TEST

/* The bound is in whole granules, and no token is larger. */
START_TEST(the_bound_holds)
{
        create();
        ck_assert_uint_eq(token_init(0, 0), 4096);
        ck_assert_uint_le(token_rest(0, token_bytes, 4096), 4096);
        destroy();
}
END_TEST

/* ---- pieces ------------------------------------------------------------------------------------------------------------- */

static void fill_buffer(void)
{
        memset(page_bytes, FILLER, sizeof(page_bytes));
        puppet_poke(&puppets, 0, BUFFER, page_bytes, sizeof(page_bytes));
}

/* The buffer holds these bytes of the token at offset, and filler everywhere else. */
static void expect_buffer(const uint8_t *piece, uint64_t offset, uint64_t len)
{
        uint8_t expected[4096];

        memset(expected, FILLER, sizeof(expected));
        memcpy(expected + offset, piece, len);
        puppet_peek(&puppets, 0, BUFFER, page_bytes, sizeof(page_bytes));
        ck_assert_mem_eq(page_bytes, expected, sizeof(expected));
}

/* Pieces of any size, to anywhere in the granule, are the consecutive bytes of one token; no other byte changes. */
START_TEST(pieces)
{
        static const uint64_t piece_sizes[] = { 1, 7, 100, 1000, 4091 };
        uint64_t piece = piece_sizes[_i];
        uint64_t len;
        size_t size;

        create();
        size = token_of(0, 0x20, token_bytes);
        token_init(0, 0x20);
        for (size_t at = 0; at < size; at += len) {
                uint64_t offset = at * 37 % (4096 - piece + 1);
                uint64_t expected = piece < size - at ? piece : size - at;
                const uint64_t *x;

                fill_buffer();
                x = token_continue(0, offset, piece);
                len = x[1];
                ck_assert_uint_eq(len, expected);
                ck_assert_uint_eq(x[0], at + len == size ? RMMSIM_RSI_SUCCESS : RMMSIM_RSI_INCOMPLETE);
                expect_buffer(token_bytes + at, offset, len);
        }
        expect_no_operation(0);
        destroy();
}
END_TEST

/* A last piece that fills its buffer to the last byte is the last piece. */
START_TEST(exact_fill)
{
        const uint64_t *x;
        size_t size;

        create();
        size = token_of(0, 0x20, token_bytes);
        token_init(0, 0x20);
        x = token_continue(0, 4096 - size, size);
        ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(x[1], size);
        expect_no_operation(0);
        token_init(0, 0x20);
        x = token_continue(0, 0, size - 1);
        ck_assert_uint_eq(x[0], RMMSIM_RSI_INCOMPLETE);
        ck_assert_uint_eq(x[1], size - 1);
        x = token_continue(0, 4095, 1);
        ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(x[1], 1);
        expect_no_operation(0);
        destroy();
}
END_TEST

START_TEST(size_zero)
{
        const uint64_t out[] = { RMMSIM_RSI_INCOMPLETE };
        size_t size;

        create();
        size = token_of(0, 0x20, token_bytes);
        token_init(0, 0x20);
        fill_buffer();
        for (unsigned i = 0; i < 3; i++) {
                token_continue(0, 4095, 0);
                puppet_expect_registers(&puppets, 0, out, 1, 16);
        }
        expect_buffer(token_bytes, 0, 0);
        ck_assert_uint_eq(token_rest(0, token_bytes, 4096), size);
        destroy();
}
END_TEST

/* With many software components the token takes several granules: the loop that Realms use, granule by granule. */
START_TEST(long_tokens)
{
        static uint8_t again[TOKEN_MAX];
        size_t read = 0;
        uint64_t bound;
        size_t size;
        uint64_t x0;

        create_with(&(struct rmmsim_config){ .token_components = 100 }, RMMSIM_HASH_SHA_256);
        size = token_of(0, 0x30, token_bytes);
        ck_assert_uint_gt(size, 2 * 4096);
        bound = token_init(0, 0x30);
        ck_assert_uint_le(size, bound);
        ck_assert_uint_eq(bound % 4096, 0);
        do {
                uint64_t offset = 0;

                do {
                        const uint64_t *x = token_continue(0, offset, 4096 - offset < 1500 ? 4096 - offset : 1500);

                        x0 = x[0];
                        offset += x[1];
                } while (x0 == RMMSIM_RSI_INCOMPLETE && offset < 4096);
                puppet_peek(&puppets, 0, BUFFER, again + read, offset);
                read += offset;
        } while (x0 == RMMSIM_RSI_INCOMPLETE);
        ck_assert_uint_eq(x0, RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(read, size);
        ck_assert_mem_eq(again, token_bytes, size);
        destroy();
}
END_TEST

/* ---- several operations ----------------------------------------------------------------------------------------------------- */

/* INIT discards whatever operation there was, however far. */
START_TEST(restart)
{
        size_t size;

        create();
        token_init(0, 0x40);
        if (_i > 0) {
                ck_assert_uint_eq(token_continue(0, 0, (uint64_t)_i - 1)[0], RMMSIM_RSI_INCOMPLETE);
        }
        token_init(0, 0x50);
        size = token_rest(0, token_bytes, 1000);
        ck_assert(has_challenge(token_bytes, size, 0x50));
        ck_assert(!has_challenge(token_bytes, size, 0x40));
        ck_assert_uint_eq(token_bytes[0], 0xd9);
        destroy();
}
END_TEST

START_TEST(two_recs_at_once)
{
        static uint8_t other[TOKEN_MAX];
        size_t sizes[2] = { 0, 0 };
        bool done[2] = { false, false };

        create();
        token_init(0, 0x60);
        token_init(1, 0x70);
        while (!done[0] || !done[1]) {
                for (unsigned rec = 0; rec < 2; rec++) {
                        uint8_t *to = rec == 0 ? token_bytes : other;
                        const uint64_t *x;
                        uint64_t len;

                        if (done[rec]) {
                                continue;
                        }
                        x = token_continue(rec, 0, 100 + 20 * rec);
                        done[rec] = x[0] == RMMSIM_RSI_SUCCESS;
                        len = x[1];
                        puppet_peek(&puppets, rec, BUFFER, to + sizes[rec], len);
                        sizes[rec] += len;
                }
        }
        ck_assert_uint_eq(sizes[0], sizes[1]);
        ck_assert(has_challenge(token_bytes, sizes[0], 0x60) && !has_challenge(token_bytes, sizes[0], 0x70));
        ck_assert(has_challenge(other, sizes[1], 0x70) && !has_challenge(other, sizes[1], 0x60));
        destroy();
}
END_TEST

START_TEST(destroyed_in_the_middle)
{
        create();
        token_init(0, 0);
        token_continue(0, 0, 100);
        destroy();
}
END_TEST

/* ---- a buffer that is not there ----------------------------------------------------------------------------------------------- */

#define continue_to(where)                                                                                             \
        puppet_order(&puppets, 0, rsi_attestation_token_continue, .addr = (where), .offset = 0, .size = 4096)

/* The host is asked for the page; the call is made again and goes on where it was. */
START_TEST(unmapped)
{
        size_t size;

        create();
        size = token_of(0, 0x20, token_bytes);
        token_init(0, 0x20);
        continue_to(MISSING);
        for (unsigned i = 0; i < 2; i++) {
                const struct rmmsim_rec_exit *exit = puppet_expect(&puppets, 0, RMMSIM_EXIT_SYNC);

                ck_assert_uint_eq(exit->esr, 0x90000007);
                ck_assert_uint_eq(exit->hpfar, 0x100);
                ck_assert_uint_eq(exit->far, 0);
                ck_assert_uint_eq(exit->gprs[0], 0);
        }
        realm_data_unknown(&puppets.realm, MISSING);
        ck_assert_uint_eq(puppet_answer(&puppets, 0)[1], size);
        puppet_peek(&puppets, 0, MISSING, page_bytes, size);
        ck_assert_mem_eq(page_bytes, token_bytes, size);
        destroy();
}
END_TEST

/* Also where nothing would be written. */
START_TEST(unmapped_and_size_zero)
{
        create();
        token_init(0, 0x20);
        puppet_exit(&puppets, 0, RMMSIM_EXIT_SYNC, rsi_attestation_token_continue, .addr = MISSING, .offset = 0,
                    .size = 0);
        destroy();
}
END_TEST

START_TEST(empty)
{
        size_t size;

        create();
        size = token_of(0, 0x20, token_bytes);
        token_init(0, 0x20);
        token_continue(0, 0, 10);
        for (unsigned i = 0; i < 2; i++) {
                puppet_order(&puppets, 0, rsi_attestation_token_continue, .addr = MIB2, .offset = 0, .size = 4096 * i);
                ck_assert_uint_eq(puppet_answer(&puppets, 0)[0], RMMSIM_RSI_ERROR_INPUT);
                puppet_expect_why(&puppets, 0, "RSI_ATTESTATION_TOKEN_CONTINUE", "addr_empty");
                ck_assert_uint_eq(puppets.puppet[0].refusal.found, RMMSIM_RTTE_UNASSIGNED_EMPTY);
        }
        ck_assert_uint_eq(token_rest(0, token_bytes, 4096), size - 10);
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_attestation");
        TCase *tcase = tcase_create("rsi_attestation");

        tcase_add_test(tcase, conditions);
        tcase_add_test(tcase, no_operation);
        tcase_add_test(tcase, the_bound_holds);
        tcase_add_loop_test(tcase, pieces, 0, 5);
        tcase_add_test(tcase, exact_fill);
        tcase_add_test(tcase, size_zero);
        tcase_add_test(tcase, long_tokens);
        tcase_add_loop_test(tcase, restart, 0, 4);
        tcase_add_test(tcase, two_recs_at_once);
        tcase_add_test(tcase, destroyed_in_the_middle);
        tcase_add_test(tcase, unmapped);
        tcase_add_test(tcase, unmapped_and_size_zero);
        tcase_add_test(tcase, empty);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
