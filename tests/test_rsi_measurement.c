/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rsi_measurement.c - a Realm reads its measurements and extends its own, end to end.
 *
 * The digests were computed by another implementation from the definitions in the sheet.
 * Specification: RSI_MEASUREMENT_READ, RSI_MEASUREMENT_EXTEND, RemExtend; rec sheet section 3.2.
 */
#include "hex.h"
#include "puppet.h"

static struct puppets puppets;

static void create(uint64_t quirks, uint8_t hash_algo)
{
        const struct puppet_shape shape = { .num_recs = 2, .runnable = 3, .realm.hash_algo = hash_algo };

        puppets_create(&puppets, world_create_with(&(struct rmmsim_config){ .quirks = quirks }), &shape);
}

static void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

/* x1..x8 of a measurement as bytes: byte 0 is x1[7:0]. */
static void read_measurement(unsigned rec, uint64_t index, uint8_t value[64])
{
        const uint64_t *x = puppet_call(&puppets, rec, rsi_measurement_read, .index = index);

        ck_assert_uint_eq(x[0], RMMSIM_RSI_SUCCESS);
        for (unsigned i = 0; i < 64; i++) {
                value[i] = (uint8_t)(x[1 + i / 8] >> i % 8 * 8);
        }
}

/* The digest in its slot, and zeroes behind it. */
static void expect_measurement(uint64_t index, const char *hex)
{
        size_t size = strlen(hex) / 2;
        uint8_t value[64];

        read_measurement(0, index, value);
        assert_hex(value, size, hex);
        assert_zero(value + size, sizeof(value) - size);
}

static void expect_untouched(uint64_t index)
{
        uint8_t value[64];

        read_measurement(0, index, value);
        assert_zero(value, sizeof(value));
}

/* Extend with the worked value of the sheet, of which the first `size` bytes count. */
static uint64_t extend(unsigned rec, uint64_t index, uint64_t size)
{
        return puppet_x0(&puppets, rec, rsi_measurement_extend, .index = index, .size = size,
                         .value_0 = 0x05a9bf223fedf80a, .value_1 = 0x9d0da5f73f5c191a, .value_2 = 0x665bf4a0a4a3e608,
                         .value_3 = 0xf2f9e7d5ff23959c);
}

/* ---- conditions --------------------------------------------------------------------------------------------------------- */

static void expect_index_bound(uint64_t x0, const char *command, uint64_t index)
{
        ck_assert_uint_eq(x0, RMMSIM_RSI_ERROR_INPUT);
        puppet_expect_why(&puppets, 0, command, "index_bound");
        ck_assert_uint_eq(puppets.puppet[0].refusal.argument_register, 1);
        ck_assert_uint_eq(puppets.puppet[0].refusal.argument_value, index);
        ck_assert_uint_eq(puppets.puppet[0].refusal.found, index);
}

START_TEST(read_refuses_an_index_above_4)
{
        static const uint64_t indices[] = { 5, 6, 64, UINT64_C(0x100000001), UINT64_C(0x8000000000000000), UINT64_MAX };

        create(0, RMMSIM_HASH_SHA_256);
        for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
                uint64_t x0 = puppet_x0(&puppets, 0, rsi_measurement_read, .index = indices[i]);

                expect_index_bound(x0, "RSI_MEASUREMENT_READ", indices[i]);
        }
        destroy();
}
END_TEST

START_TEST(extend_refuses_the_rim_and_an_index_above_4)
{
        static const uint64_t indices[] = { 0, 5, 6, UINT64_C(0x100000001), UINT64_MAX };
        uint8_t before[64], after[64];

        create(0, RMMSIM_HASH_SHA_256);
        read_measurement(0, 0, before);
        for (unsigned i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
                expect_index_bound(extend(0, indices[i], 32), "RSI_MEASUREMENT_EXTEND", indices[i]);
        }
        read_measurement(0, 0, after);
        ck_assert_mem_eq(before, after, sizeof(before));
        for (unsigned i = 1; i <= 4; i++) {
                expect_untouched(i);
        }
        destroy();
}
END_TEST

START_TEST(extend_refuses_a_size_above_64)
{
        static const uint64_t sizes[] = { 65, 128, UINT64_C(0x100000001), UINT64_MAX };

        create(0, RMMSIM_HASH_SHA_256);
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                ck_assert_uint_eq(extend(0, 1, sizes[i]), RMMSIM_RSI_ERROR_INPUT);
                puppet_expect_why(&puppets, 0, "RSI_MEASUREMENT_EXTEND", "size_bound");
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_register, 2);
                ck_assert_uint_eq(puppets.puppet[0].refusal.argument_value, sizes[i]);
        }
        expect_untouched(1);
        ck_assert_uint_eq(extend(0, 1, 64), RMMSIM_RSI_SUCCESS);
        destroy();
}
END_TEST

/* ---- values ------------------------------------------------------------------------------------------------------------- */

START_TEST(measurements_begin_as_zero_but_the_rim)
{
        uint8_t rim[64];

        create(0, RMMSIM_HASH_SHA_256);
        read_measurement(0, 0, rim);
        ck_assert_msg(rim[0] != 0 || rim[1] != 0 || rim[2] != 0, "a RIM that begins with three zeroes");
        assert_zero(rim + 32, 32);
        for (unsigned i = 1; i <= 4; i++) {
                expect_untouched(i);
        }
        destroy();
}
END_TEST

struct vectors {
        uint8_t hash_algo;
        const char *size_32; /* one extend of zero with 32 bytes       */
        const char *then_3;  /* and then one with the first 3 of them  */
        const char *size_64; /* one extend of zero with 64 bytes       */
        const char *size_0;  /* one extend of zero with none           */
};

static const struct vectors vectors[] = {
        { .hash_algo = RMMSIM_HASH_SHA_256,
          .size_32 = "d9e8457e662df05a7bbc1246bb2cd3e415589056c50ff2b9b6062e02a12b5ef5",
          .then_3 = "edb3348510d24a05f01015af8cab541a47109278cb7933e1a94c9b4456488eb5",
          .size_64 = "d9e8457e662df05a7bbc1246bb2cd3e415589056c50ff2b9b6062e02a12b5ef5",
          .size_0 = "38723a2e5e8a17aa7950dc008209944e898f69a7bd10a23c839d341e935fd5ca" },
        { .hash_algo = RMMSIM_HASH_SHA_512,
          .size_32 = "8896784d2b67433c541c5705670f4bfeb31db8b2906c7fead29f014128e009cd"
                     "4a8bad49516e8df94a28708a4a30b030f939bcbb1437e1b56fa147710f40db36",
          .then_3 = "74bd81c0d3e38a133d08262d9aa60c9fb6873d555aebd5f0a21097f5d26b3d21"
                    "d721fe9e15767939e4940f43c54d8e42f71ef697ef805ac044c743247d92846f",
          .size_64 = "8896784d2b67433c541c5705670f4bfeb31db8b2906c7fead29f014128e009cd"
                     "4a8bad49516e8df94a28708a4a30b030f939bcbb1437e1b56fa147710f40db36",
          .size_0 = "ab942f526272e456ed68a979f50202905ca903a141ed98443567b11ef0bf25a5"
                    "52d639051a01be58558122c58e3de07d749ee59ded36acf0c55cd91924d6ba11" },
        { .hash_algo = RMMSIM_HASH_SHA_256,
          .size_32 = "6333cbce9e85c645936763c067eb8a28588cd9b633c6bb0c21e3767b0366e784",
          .then_3 = "1b43b7236134c52975d9b8b25a7f711c1dd91ebaca13a6ef0eb3c9c48eca4727",
          .size_64 = "5e8d149948d79cbdf26b9c86b4a5105d67cce875508f868c9c9598e6a46da226",
          .size_0 = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925" },
        { .hash_algo = RMMSIM_HASH_SHA_512,
          .size_32 = "0a0db042c3d12633f5deac9139bde73f1f8f589551e4b704c319e17369e3cdc5"
                     "40e626a29f0b57f69b38bcd33f19e9e7cbb8421dce390e499a95bbeb194007d1",
          .then_3 = "7d92ce440382d23bfdcb782f7654d07d8ca23030e0ee4feb1e3306526ed9c21c"
                    "ef85ffb0a5e02f205decdc5b00c209816d7a726c2ef2e6283eab65e8db39473e",
          .size_64 = "8896784d2b67433c541c5705670f4bfeb31db8b2906c7fead29f014128e009cd"
                     "4a8bad49516e8df94a28708a4a30b030f939bcbb1437e1b56fa147710f40db36",
          .size_0 = "7be9fda48f4179e611c698a73cff09faf72869431efee6eaad14de0cb44bbf66"
                    "503f752b7a8eb17083355f3ce6eb7d2806f236b25af96a24e22b887405c20081" },
};

enum {
        NUM_VECTORS = sizeof(vectors) / sizeof(vectors[0])
};

/* Rows 2 and 3 are those of deployed monitors, which hash without padding. */
static void create_for(const struct vectors *v)
{
        bool unpadded = v - vectors >= 2;

        create(unpadded ? RMMSIM_QUIRK_rem_extend_unpadded : 0, v->hash_algo);
}

START_TEST(extended_values)
{
        const struct vectors *v = &vectors[_i];

        create_for(v);
        ck_assert_uint_eq(extend(0, 1, 32), RMMSIM_RSI_SUCCESS);
        expect_measurement(1, v->size_32);
        ck_assert_uint_eq(extend(0, 1, 3), RMMSIM_RSI_SUCCESS);
        expect_measurement(1, v->then_3);
        ck_assert_uint_eq(extend(0, 2, 64), RMMSIM_RSI_SUCCESS);
        expect_measurement(2, v->size_64);
        ck_assert_uint_eq(extend(0, 4, 0), RMMSIM_RSI_SUCCESS);
        expect_measurement(4, v->size_0);
        expect_untouched(3);
        destroy();
}
END_TEST

START_TEST(bytes_beyond_size_do_not_count)
{
        const struct vectors *v = &vectors[_i];
        uint64_t x0;

        create_for(v);
        /* The same first 32 bytes, and something else behind them. */
        x0 = puppet_x0(&puppets, 0, rsi_measurement_extend, .index = 3, .size = 32, .value_0 = 0x05a9bf223fedf80a,
                       .value_1 = 0x9d0da5f73f5c191a, .value_2 = 0x665bf4a0a4a3e608, .value_3 = 0xf2f9e7d5ff23959c,
                       .value_4 = 1, .value_5 = 2, .value_6 = 3, .value_7 = UINT64_MAX);
        ck_assert_uint_eq(x0, RMMSIM_RSI_SUCCESS);
        expect_measurement(3, v->size_32);
        destroy();
}
END_TEST

/* x1 as the sheet prints it, so that nobody has to trust the byte order of this file. */
START_TEST(first_word_of_the_worked_example)
{
        create(RMMSIM_QUIRK_rem_extend_unpadded, RMMSIM_HASH_SHA_256);
        ck_assert_uint_eq(extend(0, 1, 32), RMMSIM_RSI_SUCCESS);
        ck_assert_uint_eq(puppet_call(&puppets, 0, rsi_measurement_read, .index = 1)[1], 0x45c6859ececb3363);
        destroy();
}
END_TEST

START_TEST(measurements_belong_to_the_realm)
{
        uint8_t rim[2][64], rem[64];

        create(0, RMMSIM_HASH_SHA_256);
        read_measurement(0, 0, rim[0]);
        ck_assert_uint_eq(extend(1, 2, 32), RMMSIM_RSI_SUCCESS);
        expect_measurement(2, vectors[0].size_32);
        ck_assert_uint_eq(extend(0, 2, 3), RMMSIM_RSI_SUCCESS);
        expect_measurement(2, vectors[0].then_3);
        read_measurement(1, 2, rem);
        assert_hex(rem, 32, vectors[0].then_3);
        read_measurement(1, 0, rim[1]);
        ck_assert_mem_eq(rim[0], rim[1], sizeof(rim[0]));
        destroy();
}
END_TEST

START_TEST(reference_profile_is_unpadded)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE });

        puppets_create(&puppets, world, NULL);
        ck_assert_uint_eq(extend(0, 1, 32), RMMSIM_RSI_SUCCESS);
        expect_measurement(1, vectors[2].size_32);
        destroy();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rsi_measurement");
        TCase *tcase = tcase_create("rsi_measurement");

        tcase_add_test(tcase, read_refuses_an_index_above_4);
        tcase_add_test(tcase, extend_refuses_the_rim_and_an_index_above_4);
        tcase_add_test(tcase, extend_refuses_a_size_above_64);
        tcase_add_test(tcase, measurements_begin_as_zero_but_the_rim);
        tcase_add_loop_test(tcase, extended_values, 0, NUM_VECTORS);
        tcase_add_loop_test(tcase, bytes_beyond_size_do_not_count, 0, NUM_VECTORS);
        tcase_add_test(tcase, first_word_of_the_worked_example);
        tcase_add_test(tcase, measurements_belong_to_the_realm);
        tcase_add_test(tcase, reference_profile_is_unpadded);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
