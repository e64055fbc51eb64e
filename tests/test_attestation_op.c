/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_attestation_op.c - the life of a token operation: steps, pieces, restarts, many PEs, and want of memory.
 *
 * Specification: rec sheet section 3.2 (RSI_ATTESTATION_TOKEN_INIT and _CONTINUE) and section 6.3.
 */
#include "attestation_fixture.h"

START_TEST(pieces_of_any_size_make_the_same_token)
{
        static const size_t pieces[] = { 1, 7, 100, 1000, 4091 };
        static uint8_t pieced[4096];
        size_t size = make_token();

        ck_assert(attestation_begin(&op, buffer, &authority, &hasher, &claims));
        sign();
        ck_assert_uint_eq(attestation_deliver(&op, buffer, &authority, pieced, 0), 0);
        ck_assert_uint_eq(deliver(pieced, pieces[_i]), size);
        ck_assert_mem_eq(pieced, token_bytes, size);
}
END_TEST

START_TEST(the_last_byte_ends_the_operation)
{
        static uint8_t out[4096];
        size_t size;

        ck_assert(attestation_begin(&op, buffer, &authority, &hasher, &claims));
        sign();
        size = op.token_size;
        ck_assert_uint_eq(attestation_deliver(&op, buffer, &authority, out, size - 1), size - 1);
        ck_assert_uint_eq(op.stage, ATTESTATION_DELIVER);
        ck_assert_uint_eq(op.delivered, size - 1);
        ck_assert_uint_eq(attestation_deliver(&op, buffer, &authority, out + size - 1, 1), 1);
        assert_zero((const uint8_t *)&op, sizeof op);
        assert_zero(buffer, sizeof buffer);
}
END_TEST

/* Begin another operation after _i steps, and once more in the middle of delivery. */
START_TEST(beginning_again_discards)
{
        static uint8_t clean[4096], junk[4096];
        size_t size = make_token();

        memcpy(clean, token_bytes, size);
        fill_claims(HASH_SHA_512);
        ck_assert(attestation_begin(&op, buffer, &authority, &hasher, &claims));
        for (int i = 0; i < _i && i < ATTESTATION_STEPS; i++)
                attestation_step(&op, buffer, &authority, &hasher);
        if (_i > ATTESTATION_STEPS)
                attestation_deliver(&op, buffer, &authority, junk, 1000);
        fill_claims(HASH_SHA_256);
        ck_assert_uint_eq(make_token(), size);
        ck_assert_mem_eq(token_bytes, clean, size);
}
END_TEST

START_TEST(steps_after_the_last_do_nothing)
{
        struct attestation_op before;
        uint8_t buffer_before[sizeof buffer];

        ck_assert(attestation_begin(&op, buffer, &authority, &hasher, &claims));
        sign();
        before = op;
        memcpy(buffer_before, buffer, sizeof buffer);
        ck_assert_int_eq(attestation_step(&op, buffer, &authority, &hasher), ATTESTATION_READY);
        ck_assert_mem_eq(&op, &before, sizeof op);
        ck_assert_mem_eq(buffer, buffer_before, sizeof buffer);
        assert_zero(op.digest, sizeof op.digest);
        assert_zero(op.nonce, sizeof op.nonce);
}
END_TEST

/* Snapshots copy granules: an operation goes on wherever its bytes are, even under a twin of its authority. */
START_TEST(operations_are_plain_data)
{
        static uint8_t clean[4096];
        struct attestation_op elsewhere;
        uint8_t elsewhere_buffer[sizeof buffer];
        size_t size = make_token();

        memcpy(clean, token_bytes, size);
        ck_assert(attestation_begin(&op, buffer, &authority, &hasher, &claims));
        for (int i = 0; i < ATTESTATION_STEPS; i++) {
                elsewhere = op;
                memcpy(elsewhere_buffer, buffer, sizeof buffer);
                fill_claims(HASH_SHA_512);
                make_token();
                op = elsewhere;
                memcpy(buffer, elsewhere_buffer, sizeof buffer);
                attestation_authority_free(&authority);
                attestation_authority_init(&authority, 1, 0);
                attestation_step(&op, buffer, &authority, &hasher);
        }
        attestation_authority_free(&authority);
        attestation_authority_init(&authority, 1, 0);
        ck_assert_int_eq(attestation_step(&op, buffer, &authority, &hasher), ATTESTATION_READY);
        ck_assert_uint_eq(deliver(token_bytes, sizeof token_bytes), size);
        ck_assert_mem_eq(token_bytes, clean, size);
}
END_TEST

enum {
        THREADS = 8
};

struct worker {
        pthread_t thread;
        struct hasher hasher;
        uint8_t token[4096];
        size_t size;
};

static void *work(void *arg)
{
        struct worker *w = arg;
        struct attestation_op mine = { 0 };
        uint8_t my_buffer[ATTESTATION_BUFFER_SIZE];

        if (!attestation_begin(&mine, my_buffer, &authority, &w->hasher, &claims))
                return NULL;
        while (attestation_step(&mine, my_buffer, &authority, &w->hasher) == ATTESTATION_UNFINISHED)
                continue;
        w->size = attestation_deliver(&mine, my_buffer, &authority, w->token, sizeof w->token);
        return NULL;
}

START_TEST(many_pes_prepare_one_authority)
{
        static struct worker workers[THREADS];
        size_t size;

        for (int i = 0; i < THREADS; i++) {
                ck_assert(hasher_create(&workers[i].hasher, &methods));
                ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++)
                ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
        size = make_token();
        for (int i = 0; i < THREADS; i++) {
                ck_assert_uint_eq(workers[i].size, size);
                ck_assert_mem_eq(workers[i].token, token_bytes, size);
                hasher_free(&workers[i].hasher);
        }
}
END_TEST

/* Try again after each failure: nothing has moved, so the token is the same in the end. */
static size_t make_token_persistently(long n, bool *refused)
{
        struct attestation_op before = op;
        enum attestation_progress progress;
        bool failed = false;

        crypto_faults_arm(n);
        while (!attestation_begin(&op, buffer, &authority, &hasher, &claims)) {
                ck_assert(!failed);
                failed = true;
                ck_assert_mem_eq(&op, &before, sizeof op);
        }
        do {
                before = op;
                progress = attestation_step(&op, buffer, &authority, &hasher);
                if (progress == ATTESTATION_FAILED) {
                        ck_assert(!failed);
                        failed = true;
                        ck_assert_mem_eq(&op, &before, sizeof op);
                }
        } while (progress != ATTESTATION_READY);
        *refused = crypto_faults_disarm();
        return deliver(token_bytes, sizeof token_bytes);
}

START_TEST(no_memory_is_a_failure_not_a_crash)
{
        static uint8_t clean[4096];
        size_t size = token_of_seed(clean, 1, 0);
        bool refused = true;

        /* Prime steps, because preparing takes milliseconds and allocates a thousand times. */
        for (long n = 1; refused; n += 13) {
                attestation_authority_free(&authority);
                attestation_authority_init(&authority, 1, 0);
                ck_assert_uint_eq(make_token_persistently(n, &refused), size);
                ck_assert_mem_eq(token_bytes, clean, size);
        }

        /* Once the authority is ready, every refusal hits the operation itself. */
        refused = true;
        for (long n = 1; refused; n++) {
                ck_assert_uint_eq(make_token_persistently(n, &refused), size);
                ck_assert_mem_eq(token_bytes, clean, size);
        }
}
END_TEST

int main(void)
{
        TCase *tcase = tcase_create("attestation_op");

        if (!crypto_faults_install())
                return EXIT_FAILURE;
        tcase_add_loop_test(tcase, pieces_of_any_size_make_the_same_token, 0, 5);
        tcase_add_test(tcase, the_last_byte_ends_the_operation);
        tcase_add_loop_test(tcase, beginning_again_discards, 0, ATTESTATION_STEPS + 2);
        tcase_add_test(tcase, steps_after_the_last_do_nothing);
        tcase_add_test(tcase, operations_are_plain_data);
        tcase_add_test(tcase, many_pes_prepare_one_authority);
        tcase_add_test(tcase, no_memory_is_a_failure_not_a_crash);
        return run("attestation_op", tcase);
}
