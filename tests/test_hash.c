/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_hash.c - digests against the vectors of FIPS 180-4, their padding to 64 bytes, and libcrypto running out of
 * memory.
 */
#include "crypto_faults.h"
#include "hash.h"
#include "hex.h"

static struct hash_methods methods;
static struct hasher hasher;

static void setup(void)
{
        ck_assert(hash_methods_fetch(&methods));
        ck_assert(hasher_create(&hasher, &methods));
}

static void teardown(void)
{
        hasher_free(&hasher);
        hash_methods_free(&methods);
}

static const struct {
        enum hash_algorithm algorithm;
        const char *message;
        const char *digest;
} vectors[] = {
        { HASH_SHA_256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { HASH_SHA_256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { HASH_SHA_384, "abc",
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
        { HASH_SHA_512, "abc",
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

START_TEST(digests_are_right_and_padded)
{
        size_t size = hash_size(vectors[_i].algorithm);
        uint8_t digest[HASH_SIZE_MAX];

        memset(digest, 0xee, sizeof digest);
        ck_assert(hash_once(&hasher, vectors[_i].algorithm, vectors[_i].message, strlen(vectors[_i].message), digest));
        assert_hex(digest, size, vectors[_i].digest);
        assert_zero(digest + size, sizeof digest - size);
}
END_TEST

START_TEST(parts_make_a_whole)
{
        uint8_t data[300], whole[HASH_SIZE_MAX], parts[HASH_SIZE_MAX];

        for (size_t i = 0; i < sizeof data; i++)
                data[i] = (uint8_t)i;
        ck_assert(hash_once(&hasher, HASH_SHA_256, data, sizeof data, whole));
        for (size_t cut = 0; cut <= sizeof data; cut++) {
                hash_begin(&hasher, HASH_SHA_256);
                hash_update(&hasher, data, cut);
                hash_update(&hasher, data + cut, sizeof data - cut);
                ck_assert(hash_end(&hasher, parts));
                ck_assert_mem_eq(parts, whole, sizeof whole);
        }
}
END_TEST

START_TEST(beginning_again_abandons)
{
        uint8_t digest[HASH_SIZE_MAX];

        hash_begin(&hasher, HASH_SHA_512);
        hash_update(&hasher, "junk", 4);
        hash_begin(&hasher, HASH_SHA_256);
        hash_update(&hasher, "abc", 3);
        ck_assert(hash_end(&hasher, digest));
        assert_hex(digest, 32, vectors[0].digest);
}
END_TEST

START_TEST(ending_twice_fails)
{
        uint8_t digest[HASH_SIZE_MAX];

        hash_begin(&hasher, HASH_SHA_256);
        ck_assert(hash_end(&hasher, digest));
        ck_assert(!hash_end(&hasher, digest));
        assert_zero(digest, sizeof digest);
}
END_TEST

/* The library allocates nothing; OpenSSL 3.0 allocates the state of the hash, and 4 KiB of input do not change that. */
START_TEST(one_allocation_a_hash)
{
        static const uint8_t granule[4096];
        uint8_t digest[HASH_SIZE_MAX];

        for (int i = 0; i < HASH_ALGORITHMS; i++) {
                crypto_faults_arm(0);
                for (int j = 0; j < 100; j++)
                        ck_assert(hash_once(&hasher, (enum hash_algorithm)i, granule, sizeof granule, digest));
                ck_assert_int_le(crypto_faults.allocations, 100);
        }
}
END_TEST

START_TEST(no_memory_is_a_failure_not_a_crash)
{
        uint8_t digest[HASH_SIZE_MAX];
        bool refused = true, hashed = true;

        for (long n = 1; refused; n++) {
                memset(digest, 0xee, sizeof digest);
                crypto_faults_arm(n);
                hashed = hash_once(&hasher, HASH_SHA_256, "abc", 3, digest);
                refused = crypto_faults_disarm();
                if (hashed)
                        assert_hex(digest, 32, vectors[0].digest);
                else
                        assert_zero(digest, sizeof digest);
                ck_assert(hash_once(&hasher, HASH_SHA_256, "abc", 3, digest));
                assert_hex(digest, 32, vectors[0].digest);
        }
        ck_assert(hashed);
}
END_TEST

START_TEST(no_memory_at_creation)
{
        struct hash_methods m;
        struct hasher h;
        bool refused = true;

        for (long n = 1; refused; n++) {
                bool created;

                crypto_faults_arm(n);
                created = hash_methods_fetch(&m);
                created = created && hasher_create(&h, &m);
                refused = crypto_faults_disarm();
                ck_assert(refused || created);
                if (created)
                        hasher_free(&h);
                hash_methods_free(&m);
        }
        hash_methods_free(&m);
}
END_TEST

/* ---- pages that are zero beyond their head -------------------------------------------------------------------------- */

static void expect_padded_page(enum hash_algorithm algorithm, const uint8_t *head, size_t size)
{
        uint8_t page[HASH_PAGE_SIZE] = { 0 }, whole[HASH_SIZE_MAX], padded[HASH_SIZE_MAX];

        memcpy(page, head, size);
        memset(padded, 0xee, sizeof padded);
        ck_assert(hash_once(&hasher, algorithm, page, sizeof page, whole));
        ck_assert(hash_padded_page(&hasher, algorithm, head, size, padded));
        ck_assert_mem_eq(padded, whole, sizeof whole);
}

/* More pages than are remembered, each several times, some alike but for one byte, their size or the algorithm. */
START_TEST(padded_pages)
{
        uint8_t heads[3][HASH_HEAD_MAX] = { { 1 }, { 1 }, { 2 } };

        heads[1][700] = 9;
        for (int round = 0; round < 3; round++) {
                for (unsigned i = 0; i < 3; i++) {
                        expect_padded_page(HASH_SHA_256, heads[i], 701);
                        expect_padded_page(HASH_SHA_256, heads[i], 701);
                        expect_padded_page(HASH_SHA_512, heads[i], 701);
                        expect_padded_page(HASH_SHA_512, heads[i], HASH_HEAD_MAX);
                        expect_padded_page(HASH_SHA_512, heads[i], 1);
                }
        }
}
END_TEST

/* One that failed is not remembered, and one that is remembered does not need libcrypto any more. */
START_TEST(padded_page_without_memory)
{
        const uint8_t head[8] = { 7 };
        uint8_t digest[HASH_SIZE_MAX];

        crypto_faults_arm(1);
        ck_assert(!hash_padded_page(&hasher, HASH_SHA_256, head, sizeof head, digest));
        ck_assert(crypto_faults_disarm());
        expect_padded_page(HASH_SHA_256, head, sizeof head);
        crypto_faults_arm(1);
        ck_assert(hash_padded_page(&hasher, HASH_SHA_256, head, sizeof head, digest));
        ck_assert(!crypto_faults_disarm());
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("hash");
        TCase *tcase = tcase_create("hash");
        SRunner *runner = srunner_create(suite);
        int failed;

        if (!crypto_faults_install())
                return EXIT_FAILURE;
        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, digests_are_right_and_padded, 0, (int)(sizeof vectors / sizeof *vectors));
        tcase_add_test(tcase, parts_make_a_whole);
        tcase_add_test(tcase, beginning_again_abandons);
        tcase_add_test(tcase, ending_twice_fails);
        tcase_add_test(tcase, one_allocation_a_hash);
        tcase_add_test(tcase, no_memory_is_a_failure_not_a_crash);
        tcase_add_test(tcase, no_memory_at_creation);
        tcase_add_test(tcase, padded_pages);
        tcase_add_test(tcase, padded_page_without_memory);
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
