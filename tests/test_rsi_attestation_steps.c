/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_attestation_steps.c - signing takes time: interrupts that come while it goes on, and want of memory.
 *
 * To interrupt at a known place this program stands between the library and libcrypto: each of the three steps calls one
 * function of it that the others do not, and the interrupt comes there.
 *
 * Specification: RSI_ATTESTATION_TOKEN_CONTINUE, rows 6 and 7 of its table; rec sheet sections 3.2, 6.3.
 */
#include "crypto_faults.h"
#include "rsi_token_fixture.h"
#include <dlfcn.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum step {
        HASH = 1,
        NONCE = 2,
        SIGN = 4
};

static unsigned interrupted_steps; /* in which steps an interrupt comes */
static unsigned steps_seen;

static void in_step(enum step step)
{
        steps_seen |= step;
        if ((interrupted_steps & step) != 0) {
                rmmsim_irq_raise(puppets.world->sim, 0);
        }
}

static void next_symbol(void *function, size_t size, const char *name)
{
        void *symbol = dlsym(RTLD_NEXT, name);

        ck_assert_ptr_nonnull(symbol);
        memcpy(function, &symbol, size);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned int *size)
{
        static int (*next)(EVP_MD_CTX *, unsigned char *, unsigned int *);

        if (next == NULL) {
                next_symbol(&next, sizeof(next), "EVP_DigestFinal_ex");
        }
        in_step(HASH);
        return next(context, digest, size);
}

unsigned char *HMAC(const EVP_MD *method, const void *key, int key_size, const unsigned char *data, size_t size,
                    unsigned char *mac, unsigned int *mac_size)
{
        static unsigned char *(*next)(const EVP_MD *, const void *, int, const unsigned char *, size_t, unsigned char *,
                                      unsigned int *);
        unsigned interrupted = interrupted_steps;
        unsigned char *result;

        if (next == NULL) {
                next_symbol(&next, sizeof(next), "HMAC");
        }
        in_step(NONCE);
        interrupted_steps = 0; /* it may hash as well */
        result = next(method, key, key_size, data, size, mac, mac_size);
        interrupted_steps = interrupted;
        return result;
}

int BN_mod_add(BIGNUM *sum, const BIGNUM *a, const BIGNUM *b, const BIGNUM *n, BN_CTX *context)
{
        static int (*next)(BIGNUM *, const BIGNUM *, const BIGNUM *, const BIGNUM *, BN_CTX *);

        if (next == NULL) {
                next_symbol(&next, sizeof(next), "BN_mod_add");
        }
        in_step(SIGN);
        return next(sum, a, b, n, context);
}

/* ---- interrupts ----------------------------------------------------------------------------------------------------------- */

/* One CONTINUE that an interrupt ends: the host gets its PE, and the Realm then finds these in x0 and x1. */
static void expect_interrupted(uint64_t x0, uint64_t len)
{
        const uint64_t out[] = { x0, len };

        puppet_order(&puppets, 0, rsi_attestation_token_continue, .addr = BUFFER, .offset = 0, .size = 4096);
        puppet_expect(&puppets, 0, RMMSIM_EXIT_IRQ);
        puppet_answer(&puppets, 0);
        puppet_expect_registers(&puppets, 0, out, 2, 16);
}

static void setup(void)
{
        interrupted_steps = 0;
        (void)crypto_faults_disarm();
}

static size_t uninterrupted_token(uint8_t *to)
{
        size_t size;

        size = token_of(0, 0x40, to);
        token_init(0, 0x40);
        return size;
}

/* However often it is interrupted, every call makes a step; an interrupt in the last one does not keep the token back. */
START_TEST(every_call_makes_a_step)
{
        static uint8_t again[4096];
        size_t size;

        create();
        size = uninterrupted_token(token_bytes);
        interrupted_steps = HASH | NONCE | SIGN;
        steps_seen = 0;
        expect_interrupted(RMMSIM_RSI_INCOMPLETE, 0);
        ck_assert_uint_eq(steps_seen, HASH);
        expect_interrupted(RMMSIM_RSI_INCOMPLETE, 0);
        ck_assert_uint_eq(steps_seen & ~(unsigned)HASH, NONCE);
        expect_interrupted(RMMSIM_RSI_SUCCESS, size);
        ck_assert_uint_ne(steps_seen & SIGN, 0);
        puppet_peek(&puppets, 0, BUFFER, again, size);
        ck_assert_mem_eq(again, token_bytes, size);
        destroy();
}
END_TEST

/* An interrupt in one step only: what is left is done by the next call. */
START_TEST(interrupted_once)
{
        static uint8_t again[4096];
        size_t size;

        create();
        size = uninterrupted_token(token_bytes);
        interrupted_steps = (unsigned)_i;
        expect_interrupted(RMMSIM_RSI_INCOMPLETE, 0);
        interrupted_steps = 0;
        ck_assert_uint_eq(token_rest(0, again, 4096), size);
        ck_assert_mem_eq(again, token_bytes, size);
        destroy();
}
END_TEST

/* Once the token is signed nothing looks at interrupts but the run loop. */
START_TEST(no_step_while_delivering)
{
        create();
        uninterrupted_token(token_bytes);
        token_continue(0, 0, 100);
        interrupted_steps = HASH | NONCE | SIGN;
        steps_seen = 0;
        ck_assert_uint_eq(token_continue(0, 0, 100)[1], 100);
        ck_assert_uint_eq(steps_seen, 0);
        destroy();
}
END_TEST

/* An interrupt that waits already takes the PE before the call, which is then made as if nothing had happened. */
START_TEST(interrupted_before_the_call)
{
        size_t size;

        create();
        size = uninterrupted_token(token_bytes);
        puppet_order(&puppets, 0, rsi_attestation_token_continue, .addr = BUFFER, .offset = 0, .size = 4096);
        rmmsim_irq_raise(puppets.world->sim, 0);
        steps_seen = 0;
        puppet_expect(&puppets, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(steps_seen, 0);
        ck_assert_uint_eq(puppet_answer(&puppets, 0)[1], size);
        destroy();
}
END_TEST

/* A half-signed operation can be thrown away. */
START_TEST(restart_while_signing)
{
        static uint8_t again[4096];
        size_t size;

        create();
        size = uninterrupted_token(token_bytes);
        token_init(0, 0x50);
        interrupted_steps = (unsigned)_i;
        expect_interrupted(RMMSIM_RSI_INCOMPLETE, 0);
        interrupted_steps = 0;
        token_init(0, 0x40);
        ck_assert_uint_eq(token_rest(0, again, 4096), size);
        ck_assert_mem_eq(again, token_bytes, size);
        destroy();
}
END_TEST

/* The interrupt is the PE's own: a REC elsewhere signs on. */
START_TEST(an_interrupt_elsewhere)
{
        size_t size;

        create();
        size = uninterrupted_token(token_bytes);
        puppets.pe = 1;
        interrupted_steps = HASH | NONCE | SIGN;
        ck_assert_uint_eq(token_continue(0, 0, 4096)[1], size);
        destroy();
}
END_TEST

/* ---- want of memory ------------------------------------------------------------------------------------------------------- */

/* Every allocation of libcrypto fails once. The Realm is told, the operation stays, and the token comes at the next try. */
START_TEST(signing_fails)
{
        static uint8_t again[4096];
        unsigned failures = 0;
        size_t size;
        bool happened;

        create();
        size = uninterrupted_token(token_bytes);
        for (long n = 1;; n++) {
                uint64_t x0;

                token_init(0, 0x40);
                crypto_faults_arm(n);
                x0 = token_continue(0, 0, 100)[0];
                happened = crypto_faults_disarm();
                if (x0 == RMMSIM_RSI_ERROR_UNKNOWN) {
                        const uint64_t out[] = { RMMSIM_RSI_ERROR_UNKNOWN };

                        puppet_expect_registers(&puppets, 0, out, 1, 16);
                        puppet_expect_why(&puppets, 0, "RSI_ATTESTATION_TOKEN_CONTINUE", "unknown");
                        ck_assert_uint_eq(token_continue(0, 0, 100)[0], RMMSIM_RSI_INCOMPLETE);
                        failures++;
                } else {
                        ck_assert_uint_eq(x0, RMMSIM_RSI_INCOMPLETE);
                }
                puppet_peek(&puppets, 0, BUFFER, again, 100);
                ck_assert_uint_eq(token_rest(0, again + 100, 4096), size - 100);
                ck_assert_mem_eq(again, token_bytes, size);
                if (!happened) {
                        break;
                }
        }
        ck_assert_uint_gt(failures, 0);
        destroy();
}
END_TEST

/* The first INIT of an instance makes its keys. If that fails there is no operation, and the next INIT tries again. */
START_TEST(beginning_fails)
{
        create();
        order_init(0, 0x40);
        crypto_faults_arm(1);
        ck_assert_uint_eq(puppet_answer(&puppets, 0)[0], RMMSIM_RSI_ERROR_UNKNOWN);
        ck_assert(crypto_faults_disarm());
        ck_assert_uint_eq(token_continue(0, 0, 100)[0], RMMSIM_RSI_ERROR_STATE);
        ck_assert(has_challenge(token_bytes, token_of(0, 0x40, token_bytes), 0x40));
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite;
        TCase *tcase;

        if (!crypto_faults_install()) {
                return EXIT_FAILURE;
        }
        suite = suite_create("rsi_attestation_steps");
        tcase = tcase_create("rsi_attestation_steps");
        tcase_add_checked_fixture(tcase, setup, NULL);
        tcase_add_test(tcase, every_call_makes_a_step);
        tcase_add_loop_test(tcase, interrupted_once, HASH, NONCE + 1);
        tcase_add_test(tcase, no_step_while_delivering);
        tcase_add_test(tcase, interrupted_before_the_call);
        tcase_add_loop_test(tcase, restart_while_signing, HASH, NONCE + 1);
        tcase_add_test(tcase, an_interrupt_elsewhere);
        tcase_add_test(tcase, signing_fails);
        tcase_add_test(tcase, beginning_fails);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
