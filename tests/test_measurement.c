/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_measurement.c - Realm measurements against vectors computed independently of this library.
 *
 * The RIM vectors follow one Realm through its construction, so each step also proves that the one before it is chained
 * in. Specification: lifecycle sheet section 7.5; rec sheet section 3.2, RSI_MEASUREMENT_EXTEND.
 */
#include "hex.h"
#include "measurement.h"

#include <stdlib.h>

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

/* Compare the digest, and the zeroes after it. */
static void expect(const uint8_t slot[MEASUREMENT_SIZE], enum hash_algorithm algorithm, const char *hex)
{
        size_t size = hash_size(algorithm);

        assert_hex(slot, size, hex);
        assert_zero(slot + size, MEASUREMENT_SIZE - size);
}

/* Section 7.5, by hash_algo: steps V0 to V8, and W0. V7 changes nothing. */
static const struct {
        const char *v0, *v1, *v2, *v3, *v4, *v5, *v6, *v8, *w0;
} rims[] = {
        [HASH_SHA_256] = {
                .v0 = "045cb3602843a6845cb710fbbfbb92f0c7d611afe0106ac2953e46950a70c42b",
                .v1 = "7f8c7d7dd5d0845f56a62190d6d1fd15458a1132897bf0041ea3e0720af799d1",
                .v2 = "3e4f93f70c2b4c8435decd075affd8a6fd9100af430276a02cdcf57714689a79",
                .v3 = "3b649ba7d4885cd85a5dc69497557f059ed2efc37069e0e19603bc66c26cef70",
                .v4 = "172a951b05ce473068121add85d01d45d32b3ef4ce293761a2ec07e2f76741cc",
                .v5 = "ee9b323b8864b4442e783c6f6a1307ec254ea48a22f88b51648275ddcf006a39",
                .v6 = "47fb7c275f2391d60339156cfdb4feb890153a5764fca7c40cbc0bdc549e5539",
                .v8 = "e4b07641dc83624ccd527d7d164434f44ba803c02c71c2ecfe9bb3396971b757",
                .w0 = "106f5031988d6daf052e05fbb3e135a8abf27cade2d3ecb06f7455a2d9ac8cfd",
        },
        [HASH_SHA_512] = {
                .v0 = "066e19aa2c3418dadc20ef31b5595907c612991952553e1e99731a677b5797c9"
                      "898dffb6e3963a20b8e1af6d136cd2fe6fe25f048577dc3d7e5bf3a79a4b1e81",
                .v1 = "fea4544604b6ed15bac7c38057ca6fa59c5ae51f67ea5ac2011b66031a806c5c"
                      "917672fe59b0e30ebc1f6a7c9b7e7beee852e6b3bc03b7567a33d72ba1949a0f",
                .v2 = "c0f2861fc125825fa80ff23afe16935c5b1d21145e1f022e6d6ad4924505b1bb"
                      "1c3899364a545f1f806e662a4f71c0d6209d9c43db9197d870150b5c677531fb",
                .v3 = "8c5b3a4550185beff8c03d402b4df2746286227cb51cc7a6699756b57ea6156e"
                      "7aa1f7693fe0d27394dd5f47fe27e0e1969941cdcbb993393e0f31f516e6f6da",
                .v4 = "ab14744113297e66f592913066fe12417e1e229342f286a9805c5178bd8d9830"
                      "69856ced62ae074a4830c4d931cee2eaf6254d30793840f949581a0e1466df97",
                .v5 = "107a1d186993e134369e46978c876ab3287edbd1c7f7c8af46c9f6b71048a204"
                      "9d15051ba4af1f7f54870a9c822f352a798169f7b5edeef1195cadf1d66798ea",
                .v6 = "45d4fb6e75ed00653b0e73f82f7c9cb1825ee2bc64877173d62e6f20c79f007d"
                      "34b160c33e39f9af365f07bd9cd40d9bf16d4611a5c914a29366baa92170445f",
                .v8 = "85a127f3bb26db123c0fde0e272363d8a326ce9104ab3872c988bc10f99a5b15"
                      "19e70ad4f8f97f489b6697cb3143fcd9fc45e7575e869b3b6defab5b85b17b46",
                .w0 = "d0d53d0ba5feeeee8ecde2a859ea28fefa274df4f247433681228ba46653a87a"
                      "6e1d74f1e87526c484c3f7cae72ad72c7336b26c36d5d6c0e58da6aaeb2d102a",
        },
};

START_TEST(rim_follows_construction)
{
        enum hash_algorithm a = (enum hash_algorithm)_i;
        struct measured_realm realm = { .s2sz = 40, .num_bps = 1, .num_wps = 1, .hash_algo = (uint8_t)a };
        struct measured_rec rec = { .flags = 1, .pc = 0x200000, .gprs = { 1, 2, 3, 4, 5, 6, 7, 8 } };
        uint8_t page[4096], content[MEASUREMENT_SIZE], rim[MEASUREMENT_SIZE];

        memset(rim, 0xee, sizeof rim);
        ck_assert(rim_init(rim, &hasher, &realm));
        expect(rim, a, rims[a].v0);

        ck_assert(rim_extend_ripas(rim, &hasher, a, 0, 0x200000));
        expect(rim, a, rims[a].v1);

        memset(page, 0xa5, sizeof page);
        ck_assert(hash_once(&hasher, a, page, sizeof page, content));
        ck_assert(rim_extend_data(rim, &hasher, a, 0x200000, 1, content));
        expect(rim, a, rims[a].v2);

        ck_assert(rim_extend_data(rim, &hasher, a, 0x201000, 0, NULL));
        expect(rim, a, rims[a].v3);

        ck_assert(rim_extend_rec(rim, &hasher, a, &rec));
        expect(rim, a, rims[a].v4);

        for (uint64_t base = 0x202000; base < 0x205000; base += 0x1000)
                ck_assert(rim_extend_ripas(rim, &hasher, a, base, base + 0x1000));
        expect(rim, a, rims[a].v5);

        for (uint64_t base = 0x400000; base < 0x800000; base += 0x200000)
                ck_assert(rim_extend_ripas(rim, &hasher, a, base, base + 0x200000));
        expect(rim, a, rims[a].v6);

        ck_assert(rim_extend_ripas(rim, &hasher, a, 0x202000, 0x203000));
        expect(rim, a, rims[a].v8);
}
END_TEST

START_TEST(rim_begins_with_parameters)
{
        enum hash_algorithm a = (enum hash_algorithm)_i;
        struct measured_realm realm = {
                .flags = 4, .s2sz = 48, .num_bps = 5, .num_wps = 3, .pmu_num_ctrs = 6, .hash_algo = (uint8_t)a
        };
        uint8_t rim[MEASUREMENT_SIZE];

        ck_assert(rim_init(rim, &hasher, &realm));
        expect(rim, a, rims[a].w0);
}
END_TEST

/* The vectors leave sve_vl at zero and flags small; a copy of the whole granule checks that they are in their place. */
START_TEST(rim_covers_every_parameter)
{
        struct measured_realm realm = {
                .flags = 0x8877665544332211,
                .s2sz = 0xa1,
                .sve_vl = 0xa2,
                .num_bps = 0xa3,
                .num_wps = 0xa4,
                .pmu_num_ctrs = 0xa5,
                .hash_algo = HASH_SHA_512,
        };
        static const uint8_t flags[8] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 };
        uint8_t params[4096] = { 0 }, rim[MEASUREMENT_SIZE], expected[MEASUREMENT_SIZE];

        memcpy(params, flags, sizeof flags);
        params[0x08] = 0xa1;
        params[0x10] = 0xa2;
        params[0x18] = 0xa3;
        params[0x20] = 0xa4;
        params[0x28] = 0xa5;
        params[0x30] = 0x01;
        ck_assert(hash_once(&hasher, HASH_SHA_512, params, sizeof params, expected));
        ck_assert(rim_init(rim, &hasher, &realm));
        ck_assert_mem_eq(rim, expected, sizeof rim);
}
END_TEST

/* Bytes 0, 1, 2, ... extend a zero REM. Section 7.5. */
static const struct {
        size_t size;
        const char *padded, *unpadded;
} counting[] = {
        { 32, "ddac6f7ab79e3d15d934a5db4dae62fbac04f8e13c6f0a74363cef2e071a1fb4",
          "bb2275c49f28ad52cae6d55e34a974a58c7a3ba26f976e8ecbbe7a536918dc73" },
        { 64, "c5c03655a9aea55b2e35f32f3081d610592dd22fc1f758463d057337163b80ec",
          "dc7a48014fc1fac8b52af39bc7ea5cafafabf8bb81fb8f880fdf3b4a4566795c" },
};

START_TEST(rem_in_both_forms)
{
        uint8_t value[64], rem[MEASUREMENT_SIZE] = { 0 };

        for (size_t i = 0; i < sizeof value; i++)
                value[i] = (uint8_t)i;
        ck_assert(rem_extend(rem, &hasher, HASH_SHA_256, value, counting[_i].size, true));
        expect(rem, HASH_SHA_256, counting[_i].padded);
        memset(rem, 0, sizeof rem);
        ck_assert(rem_extend(rem, &hasher, HASH_SHA_256, value, counting[_i].size, false));
        expect(rem, HASH_SHA_256, counting[_i].unpadded);
}
END_TEST

/*
 * The worked examples of the rec sheet. X3..X6 hold the value. Where the sheet abbreviates a SHA-512 digest, its
 * first and last bytes are compared.
 */
static const uint64_t example[8] = { 0x05a9bf223fedf80a, 0x9d0da5f73f5c191a, 0x665bf4a0a4a3e608, 0xf2f9e7d5ff23959c };

static const struct {
        enum hash_algorithm algorithm;
        size_t size;
        bool padded;
        const char *head, *tail;
} examples[] = {
        { HASH_SHA_256, 32, false, "6333cbce9e85c645936763c067eb8a28588cd9b633c6bb0c21e3767b0366e784", "" },
        { HASH_SHA_256, 64, false, "5e8d149948d79cbdf26b9c86b4a5105d67cce875508f868c9c9598e6a46da226", "" },
        { HASH_SHA_256, 32, true, "d9e8457e662df05a7bbc1246bb2cd3e415589056c50ff2b9b6062e02a12b5ef5", "" },
        { HASH_SHA_512, 32, false, "0a0db042c3d12633", "194007d1" },
        { HASH_SHA_512, 32, true, "8896784d2b67433c", "0f40db36" },
        { HASH_SHA_512, 64, true, "8896784d2b67433c", "0f40db36" },
        { HASH_SHA_512, 64, false, "8896784d2b67433c", "0f40db36" },
};

START_TEST(rem_examples)
{
        size_t digest_size = hash_size(examples[_i].algorithm);
        size_t head_size = strlen(examples[_i].head) / 2, tail_size = strlen(examples[_i].tail) / 2;
        uint8_t value[64], rem[MEASUREMENT_SIZE] = { 0 };

        for (size_t i = 0; i < sizeof value; i++)
                value[i] = (uint8_t)(example[i / 8] >> (8 * (i % 8)));
        ck_assert(rem_extend(rem, &hasher, examples[_i].algorithm, value, examples[_i].size, examples[_i].padded));
        assert_hex(rem, head_size, examples[_i].head);
        assert_hex(rem + digest_size - tail_size, tail_size, examples[_i].tail);
        assert_zero(rem + digest_size, MEASUREMENT_SIZE - digest_size);
}
END_TEST

/* An empty value still changes the measurement: it becomes the hash of the old one. */
START_TEST(rem_extended_by_nothing)
{
        uint8_t rem[MEASUREMENT_SIZE] = { 0 };

        ck_assert(rem_extend(rem, &hasher, HASH_SHA_256, NULL, 0, false));
        assert_hex(rem, 8, "66687aadf862bd77");
        assert_hex(rem + 28, 4, "0d5f2925");
        memset(rem, 0, sizeof rem);
        ck_assert(rem_extend(rem, &hasher, HASH_SHA_512, NULL, 0, false));
        assert_hex(rem, 8, "7be9fda48f4179e6");
        assert_hex(rem + 60, 4, "05c20081");
}
END_TEST

/* The second extension hashes the first: the old value in full, then the new one, both as the form says. */
START_TEST(rem_is_a_chain)
{
        static const uint8_t value[5] = { 1, 2, 3, 4, 5 };
        uint8_t rem[MEASUREMENT_SIZE], input[128] = { 0 }, expected[MEASUREMENT_SIZE];

        memset(rem, 0x77, 32);
        memset(rem + 32, 0, 32);
        memset(input, 0x77, 32);
        memcpy(input + 64, value, sizeof value);
        ck_assert(hash_once(&hasher, HASH_SHA_256, input, sizeof input, expected));
        ck_assert(rem_extend(rem, &hasher, HASH_SHA_256, value, sizeof value, true));
        ck_assert_mem_eq(rem, expected, sizeof rem);

        memcpy(input, rem, 32);
        memcpy(input + 32, value, sizeof value);
        ck_assert(hash_once(&hasher, HASH_SHA_256, input, 32 + sizeof value, expected));
        ck_assert(rem_extend(rem, &hasher, HASH_SHA_256, value, sizeof value, false));
        ck_assert_mem_eq(rem, expected, sizeof rem);
}
END_TEST

/* A hasher without methods fails at every hash. */
START_TEST(failure_changes_nothing)
{
        static const struct hash_methods none;
        struct hasher broken = { .methods = &none, .context = NULL };
        struct measured_realm realm = { .s2sz = 40 };
        struct measured_rec rec = { .flags = 1 };
        uint8_t slot[MEASUREMENT_SIZE], before[MEASUREMENT_SIZE];

        memset(slot, 0x5a, sizeof slot);
        memcpy(before, slot, sizeof before);
        ck_assert(hasher_create(&broken, &none));
        ck_assert(!rim_init(slot, &broken, &realm));
        ck_assert(!rim_extend_data(slot, &broken, HASH_SHA_256, 0, 0, NULL));
        ck_assert(!rim_extend_rec(slot, &broken, HASH_SHA_256, &rec));
        ck_assert(!rim_extend_ripas(slot, &broken, HASH_SHA_256, 0, 0x1000));
        ck_assert(!rem_extend(slot, &broken, HASH_SHA_256, slot, 64, true));
        ck_assert_mem_eq(slot, before, sizeof slot);
        hasher_free(&broken);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("measurement");
        TCase *tcase = tcase_create("measurement");
        SRunner *runner = srunner_create(suite);
        int failed;

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, rim_follows_construction, 0, 2);
        tcase_add_loop_test(tcase, rim_begins_with_parameters, 0, 2);
        tcase_add_test(tcase, rim_covers_every_parameter);
        tcase_add_loop_test(tcase, rem_in_both_forms, 0, (int)(sizeof counting / sizeof *counting));
        tcase_add_loop_test(tcase, rem_examples, 0, (int)(sizeof examples / sizeof *examples));
        tcase_add_test(tcase, rem_extended_by_nothing);
        tcase_add_test(tcase, rem_is_a_chain);
        tcase_add_test(tcase, failure_changes_nothing);
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
