/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_fuzz_mutate.c - what mutations may do to an input, and what they must leave alone. Built once for each shape of input.
 */
#include "fuzz_mutate.h"
#include "fuzz_random.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

#ifdef SHAPE_BYTES
enum {
        HEADER = 0,
        RECORD = 1,
        PE_BYTE = -1,
        SCHEDULED = 0
};
#elif defined(SHAPE_WIDE)
enum {
        HEADER = 7,
        RECORD = 145,
        PE_BYTE = -1,
        SCHEDULED = 0
};
#else
enum {
        HEADER = 2,
        RECORD = 4,
        PE_BYTE = 1,
        SCHEDULED = 1
};
#endif

enum {
        MANY = 4000
};

static void nothing(const struct fuzz_input *input)
{
        (void)input;
}

static void nothing_to_say(const struct fuzz_input *input, FILE *to)
{
        (void)input;
        (void)to;
}

const struct fuzz_target fuzz_target = { .name = "shape",
                                         .summary = "a shape",
                                         .header_size = HEADER,
                                         .record_size = RECORD,
                                         .pe_byte = PE_BYTE,
                                         .scheduled = SCHEDULED,
                                         .run = nothing,
                                         .describe = nothing_to_say };

/* Of fuzz_afl_mutator.c. */
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other, size_t other_size,
                       size_t max);
void afl_custom_deinit(void *data);

struct bytes {
        uint8_t of[FUZZ_INPUT_MAX];
        size_t size;
};

/* ---- inputs, read by hand ----------------------------------------------------------------------------------------------- */

static size_t length_of(const struct bytes *b)
{
        return b->of[0] + 256u * b->of[1];
}

static size_t records_of(const struct bytes *b)
{
        return (length_of(b) - HEADER) / RECORD;
}

static const uint8_t *record_of(const struct bytes *b, size_t n)
{
        return b->of + 2 + HEADER + n * RECORD;
}

/* The choices, counted from the begin, at which somebody is preempted. Returns how many; -1: the bytes are no schedule. */
static int schedule_of(const struct bytes *b, uint64_t at[], uint8_t choices[])
{
        size_t i = 2 + length_of(b);
        uint64_t choice = 0;
        int n = 0;

        while (i < b->size) {
                uint64_t gap = 0;
                unsigned shift = 0;

                while (i < b->size && b->of[i] >= 128) {
                        gap += (uint64_t)(b->of[i++] - 128) << shift;
                        shift += 7;
                }
                if (i + 2 > b->size) {
                        return -1;
                }
                gap += (uint64_t)b->of[i++] << shift;
                at[n] = choice + gap;
                choices[n++] = b->of[i++];
                choice += gap + 1;
        }
        return n;
}

static bool is_whole(const struct bytes *b, size_t max)
{
        uint64_t at[FUZZ_INPUT_MAX];
        uint8_t choices[FUZZ_INPUT_MAX];
        size_t length;

        if (b->size > max || b->size < (max < 2 ? max : 2)) {
                return false;
        }
        if (max < 2 + HEADER) {
                return max < 2 || b->size == max;
        }
        length = length_of(b);
        if (length < fuzz_target.header_size || (length - HEADER) % RECORD != 0 || 2 + length > b->size) {
                return false;
        }
        return SCHEDULED ? schedule_of(b, at, choices) >= 0 : b->size == 2 + length;
}

static void make_any(struct bytes *b, struct fuzz_random *random)
{
        b->size = fuzz_random_below(random, fuzz_random_one_in(random, 4) ? FUZZ_INPUT_MAX + 1 : 80);
        for (size_t i = 0; i < b->size; i++) {
                b->of[i] = (uint8_t)fuzz_random_next(random);
        }
        if (b->size > 2 && !fuzz_random_one_in(random, 4)) {
                b->of[0] = (uint8_t)fuzz_random_below(random, b->size);
                b->of[1] = 0;
        }
}

/* Three records of different bytes, and three preemptions where there is a schedule. */
static void make_good(struct bytes *b)
{
        static const uint8_t schedule[] = { 3, 0, 0x85, 1, 1, 9, 2 };
        size_t length = HEADER + 3 * RECORD;

        b->of[0] = (uint8_t)length;
        b->of[1] = (uint8_t)(length >> 8);
        for (size_t i = 0; i < length; i++) {
                b->of[2 + i] = (uint8_t)(i + 20);
        }
        memcpy(b->of + 2 + length, schedule, sizeof(schedule));
        b->size = 2 + length + (SCHEDULED ? sizeof(schedule) : 0);
}

static bool same(const struct bytes *a, const struct bytes *b)
{
        return a->size == b->size && memcmp(a->of, b->of, a->size) == 0;
}

static size_t some_max(struct fuzz_random *random)
{
        return fuzz_random_one_in(random, 2) ? FUZZ_INPUT_MAX : fuzz_random_below(random, FUZZ_INPUT_MAX + 1);
}

/* ---- any input ---------------------------------------------------------------------------------------------------------- */

START_TEST(any_bytes_become_whole)
{
        struct fuzz_random random = { 1 };

        for (uint64_t seed = 0; seed < MANY; seed++) {
                struct bytes b;
                struct bytes again;
                size_t max = some_max(&random);

                make_any(&b, &random);
                again = b;
                b.size = fuzz_mutate(b.of, b.size, max, seed);
                ck_assert_msg(is_whole(&b, max), "seed %llu, max %zu", (unsigned long long)seed, max);
                again.size = fuzz_mutate(again.of, again.size, max, seed);
                ck_assert(same(&b, &again));
        }
}
END_TEST

START_TEST(crossed_bytes_become_whole)
{
        struct fuzz_random random = { 2 };

        for (uint64_t seed = 0; seed < MANY; seed++) {
                struct bytes one;
                struct bytes other;
                struct bytes b;
                struct bytes again;
                size_t max = some_max(&random);

                make_any(&one, &random);
                make_any(&other, &random);
                b.size = fuzz_crossover(b.of, max, one.of, one.size, other.of, other.size, seed);
                ck_assert(is_whole(&b, max));
                again.size = fuzz_crossover(again.of, max, one.of, one.size, other.of, other.size, seed);
                ck_assert(same(&b, &again));
        }
}
END_TEST

START_TEST(afl_gets_whole_inputs)
{
        struct fuzz_random random = { 3 };
        void *mutator = afl_custom_init(NULL, 1);
        unsigned changed = 0;

        ck_assert_ptr_nonnull(mutator);
        for (unsigned n = 0; n < MANY; n++) {
                struct bytes one;
                struct bytes other;
                struct bytes b;
                uint8_t *out;
                size_t max = some_max(&random);

                make_any(&one, &random);
                make_any(&other, &random);
                b.size =
                        afl_custom_fuzz(mutator, one.of, one.size, &out, n % 2 == 0 ? NULL : other.of, other.size, max);
                ck_assert_uint_le(b.size, sizeof(b.of));
                memcpy(b.of, out, b.size);
                ck_assert(is_whole(&b, max));
                changed += !same(&one, &b);
        }
        ck_assert_uint_gt(changed, MANY / 2);
        afl_custom_deinit(mutator);
}
END_TEST

/* ---- each mutation ------------------------------------------------------------------------------------------------------ */

static bool can_happen(enum fuzz_mutation mutation)
{
        switch (mutation) {
        case FUZZ_MUTATION_HEADER:
                return HEADER != 0;
        case FUZZ_MUTATION_WORD:
                return RECORD >= 4;
        case FUZZ_MUTATION_COLLIDE:
                return PE_BYTE >= 0;
        default:
                return mutation < FUZZ_MUTATION_PREEMPT || SCHEDULED;
        }
}

static bool is_of_program(enum fuzz_mutation mutation)
{
        return mutation < FUZZ_MUTATION_PREEMPT;
}

/* Each changes what it is there to change, for most seeds, and nothing else. */
START_TEST(each_mutation_keeps_to_its_part)
{
        enum fuzz_mutation mutation = (enum fuzz_mutation)_i;
        unsigned changed = 0;

        for (uint64_t seed = 0; seed < 200; seed++) {
                struct bytes was;
                struct bytes b;
                size_t program = 2 + HEADER + 3 * RECORD;

                make_good(&was);
                b = was;
                ck_assert_int_eq(fuzz_mutate_by(mutation, b.of, &b.size, FUZZ_INPUT_MAX, seed), can_happen(mutation));
                changed += !same(&was, &b);
                ck_assert(is_whole(&b, FUZZ_INPUT_MAX));
                if (is_of_program(mutation)) {
                        size_t schedule = was.size - program;

                        ck_assert_uint_eq(b.size - 2 - length_of(&b), schedule);
                        ck_assert_mem_eq(b.of + b.size - schedule, was.of + program, schedule);
                } else {
                        ck_assert_mem_eq(b.of, was.of, program);
                }
                if (mutation != FUZZ_MUTATION_HEADER) {
                        ck_assert_mem_eq(b.of + 2, was.of + 2, HEADER);
                }
        }
        ck_assert(can_happen(mutation) ? changed > 50 : changed == 0);
}
END_TEST

static bool has(const struct bytes *b, const uint8_t *record)
{
        for (size_t i = 0; i < records_of(b); i++) {
                if (memcmp(record_of(b, i), record, RECORD) == 0) {
                        return true;
                }
        }
        return false;
}

static size_t records_kept(const struct bytes *was, const struct bytes *b)
{
        size_t kept = 0;

        for (size_t i = 0; i < records_of(was); i++) {
                kept += has(b, record_of(was, i));
        }
        return kept;
}

START_TEST(records_are_kept_whole)
{
        static const struct row {
                enum fuzz_mutation mutation;
                size_t least, most; /* records afterwards */
                size_t kept;        /* of three, at least */
        } rows[] = {
                { FUZZ_MUTATION_INSERT, 4, 4, 3 }, { FUZZ_MUTATION_DELETE, 0, 2, 0 },
                { FUZZ_MUTATION_SWAP, 3, 3, 3 },   { FUZZ_MUTATION_MOVE, 3, 3, 3 },
                { FUZZ_MUTATION_BYTE, 3, 3, 2 },   { FUZZ_MUTATION_DUPLICATE, 4, 6, 3 },
                { FUZZ_MUTATION_HEADER, 3, 3, 3 }, { FUZZ_MUTATION_OVERWRITE, 3, 3, 2 },
        };
        const struct row *row = &rows[_i];

        for (uint64_t seed = 0; seed < 200; seed++) {
                struct bytes was;
                struct bytes b;

                make_good(&was);
                b = was;
                (void)fuzz_mutate_by(row->mutation, b.of, &b.size, FUZZ_INPUT_MAX, seed);
                ck_assert_uint_ge(records_of(&b), row->least);
                ck_assert_uint_le(records_of(&b), row->most);
                ck_assert_uint_ge(records_kept(&was, &b), row->kept);
                if (row->mutation == FUZZ_MUTATION_DELETE) {
                        ck_assert_uint_eq(records_kept(&was, &b), records_of(&b));
                }
        }
}
END_TEST

START_TEST(nothing_is_taken_from_an_empty_input)
{
        static const enum fuzz_mutation mutations[] = {
                FUZZ_MUTATION_DELETE,    FUZZ_MUTATION_DUPLICATE, FUZZ_MUTATION_SWAP,          FUZZ_MUTATION_MOVE,
                FUZZ_MUTATION_OVERWRITE, FUZZ_MUTATION_BYTE,      FUZZ_MUTATION_WORD,          FUZZ_MUTATION_COLLIDE,
                FUZZ_MUTATION_UNPREEMPT, FUZZ_MUTATION_GAP,       FUZZ_MUTATION_EARLIER_LATER, FUZZ_MUTATION_CHOICE
        };

        for (size_t i = 0; i < sizeof(mutations) / sizeof(mutations[0]); i++) {
                uint8_t bytes[FUZZ_INPUT_MAX] = { 0 };
                size_t size = 1;

                ck_assert(!fuzz_mutate_by(mutations[i], bytes, &size, sizeof(bytes), 1));
                ck_assert_uint_eq(size, 1);
        }
}
END_TEST

/* ---- PEs and schedules -------------------------------------------------------------------------------------------------- */

START_TEST(neighbours_collide_on_any_number_of_pes)
{
        struct bytes b;

        for (uint64_t seed = 0; seed < 200 && PE_BYTE >= 0; seed++) {
                for (unsigned pes = 2; pes <= 8; pes++) {
                        unsigned collided = 0;

                        make_good(&b);
                        memset(b.of + 2 + HEADER, 77, (size_t)3 * RECORD);
                        ck_assert(fuzz_mutate_by(FUZZ_MUTATION_COLLIDE, b.of, &b.size, FUZZ_INPUT_MAX, seed));
                        for (size_t i = 0; i < 2; i++) {
                                const uint8_t *pair = record_of(&b, i) + PE_BYTE;

                                collided += pair[0] != 77 && pair[RECORD] != 77 && pair[0] % pes != pair[RECORD] % pes;
                        }
                        ck_assert_uint_eq(collided, 1);
                }
        }
}
END_TEST

/* How many of the preemptions are where they were. */
static int in_place(const struct bytes *was, const struct bytes *b)
{
        uint64_t at[2][FUZZ_INPUT_MAX];
        uint8_t choices[2][FUZZ_INPUT_MAX];
        int counts[2] = { schedule_of(was, at[0], choices[0]), schedule_of(b, at[1], choices[1]) };
        int same_place = 0;

        for (int i = 0; i < counts[0]; i++) {
                for (int k = 0; k < counts[1]; k++) {
                        same_place += at[0][i] == at[1][k] && choices[0][i] == choices[1][k];
                }
        }
        return same_place;
}

static int preemptions_of(const struct bytes *b)
{
        uint64_t at[FUZZ_INPUT_MAX];
        uint8_t choices[FUZZ_INPUT_MAX];

        return schedule_of(b, at, choices);
}

/* One preemption more, fewer, or elsewhere; those around it stay where they are. */
START_TEST(one_preemption_changes)
{
        for (uint64_t seed = 0; seed < 200 && SCHEDULED; seed++) {
                struct bytes was;
                struct bytes b;

                make_good(&was);
                b = was;
                ck_assert(fuzz_mutate_by(FUZZ_MUTATION_PREEMPT, b.of, &b.size, FUZZ_INPUT_MAX, seed));
                ck_assert_int_eq(preemptions_of(&b), 4);
                ck_assert_int_ge(in_place(&was, &b), 3);
                b = was;
                ck_assert(fuzz_mutate_by(FUZZ_MUTATION_EARLIER_LATER, b.of, &b.size, FUZZ_INPUT_MAX, seed));
                ck_assert_int_eq(preemptions_of(&b), 3);
                ck_assert_int_ge(in_place(&was, &b), 2);
                b = was;
                ck_assert(fuzz_mutate_by(FUZZ_MUTATION_CHOICE, b.of, &b.size, FUZZ_INPUT_MAX, seed));
                ck_assert_int_eq(preemptions_of(&b), 3);
                ck_assert_int_ge(in_place(&was, &b), 2);
                b = was;
                ck_assert(fuzz_mutate_by(FUZZ_MUTATION_UNPREEMPT, b.of, &b.size, FUZZ_INPUT_MAX, seed));
                ck_assert_int_eq(preemptions_of(&b), 2);
        }
}
END_TEST

/* ---- two inputs --------------------------------------------------------------------------------------------------------- */

START_TEST(records_come_from_either)
{
        unsigned both = 0;

        for (uint64_t seed = 0; seed < 200; seed++) {
                struct bytes one;
                struct bytes other;
                struct bytes b;

                make_good(&one);
                other = one;
                memset(other.of + 2 + HEADER, 200, (size_t)3 * RECORD);
                b.size = fuzz_crossover(b.of, FUZZ_INPUT_MAX, one.of, one.size, other.of, other.size, seed);
                ck_assert_mem_eq(b.of + 2, one.of + 2, HEADER);
                for (size_t i = 0; i < records_of(&b); i++) {
                        ck_assert(has(&one, record_of(&b, i)) || has(&other, record_of(&b, i)));
                }
                both += has(&b, record_of(&other, 0)) && records_kept(&one, &b) != 0;
        }
        ck_assert_uint_gt(both, 50);
}
END_TEST

int main(void)
{
        SRunner *runner;
        Suite *suite = suite_create("fuzz_mutate");
        TCase *tcase = tcase_create("mutations");
        int failed;

        tcase_add_test(tcase, any_bytes_become_whole);
        tcase_add_test(tcase, crossed_bytes_become_whole);
        tcase_add_test(tcase, afl_gets_whole_inputs);
        tcase_add_loop_test(tcase, each_mutation_keeps_to_its_part, 0, FUZZ_NUM_MUTATIONS);
        tcase_add_loop_test(tcase, records_are_kept_whole, 0, 8);
        tcase_add_test(tcase, nothing_is_taken_from_an_empty_input);
        tcase_add_test(tcase, neighbours_collide_on_any_number_of_pes);
        tcase_add_test(tcase, one_preemption_changes);
        tcase_add_test(tcase, records_come_from_either);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
