/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_search.c - a search runs exactly the schedules there are: counted by hand for tiny programs.
 *
 * A PE that yields n times has n + 1 pieces. Two PEs of a and b pieces have C(a + b, a) interleavings. Where pieces touch different
 * things, or only read, their order does not matter, and sleep sets leave one interleaving of each class.
 */
#include "explore_fixture.h"

enum {
        PES = 3,
        PIECES_MAX = 6
};

/* What each PE does: a letter a piece. '.' touches nothing, 'r' reads and 'w' writes what is shared, 'o' writes its own. */
static struct tiny {
        const char *pieces[PES];
        int shared;
        int own[PES];
        uint64_t order; /* which PEs wrote to what is shared, one after the other */
        uint64_t runs;
} tiny;

static struct rmmsim *tiny_setup(struct rmmsim *sim, void *arg)
{
        (void)arg;
        tiny.order = 1;
        tiny.runs++;
        return sim;
}

static void tiny_pe(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)arg;
        for (const char *piece = tiny.pieces[pe]; *piece != '\0'; piece++) {
                if (piece != tiny.pieces[pe]) {
                        rmmsim_yield();
                }
                if (*piece == 'r' || *piece == 'w') {
                        rmmsim_touch(&tiny.shared, *piece == 'w');
                } else if (*piece == 'o') {
                        rmmsim_touch(&tiny.own[pe], true);
                }
                if (*piece == 'w') {
                        tiny.order = tiny.order * 4 + pe;
                }
        }
}

static const struct rmmsim_program two = { .pes = { tiny_pe, tiny_pe }, .setup = tiny_setup };
static const struct rmmsim_program two_announced = { .pes = { tiny_pe, tiny_pe },
                                                     .setup = tiny_setup,
                                                     .announced = true };
static const struct rmmsim_program three = { .pes = { tiny_pe, tiny_pe, tiny_pe }, .setup = tiny_setup };
static const struct rmmsim_program three_announced = { .pes = { tiny_pe, tiny_pe, tiny_pe },
                                                       .setup = tiny_setup,
                                                       .announced = true };

static const struct rmmsim_strategy every = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE, .no_sleep_sets = true };
static const struct rmmsim_strategy classes = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };

static void expect_schedules(uint64_t expected, const struct rmmsim_program *program,
                             const struct rmmsim_strategy *strategy)
{
        tiny.runs = 0;
        expect_nothing(program, strategy);
        ck_assert(finding.complete);
        ck_assert_uint_eq(finding.schedules, expected);
        ck_assert_uint_ge(tiny.runs, expected);
}

static uint64_t binomial(uint64_t n, uint64_t k)
{
        uint64_t result = 1;

        for (uint64_t i = 1; i <= k; i++) {
                result = result * (n - k + i) / i;
        }
        return result;
}

START_TEST(two_pes_have_as_many_interleavings_as_there_are)
{
        static const char *const long_one = "......";

        for (unsigned a = 1; a <= PIECES_MAX; a++) {
                for (unsigned b = 1; b <= PIECES_MAX; b++) {
                        tiny.pieces[0] = long_one + PIECES_MAX - a;
                        tiny.pieces[1] = long_one + PIECES_MAX - b;
                        expect_schedules(binomial(a + b, a), &two, &every);
                        /* Unless it is announced what they touch, they may touch the same. */
                        expect_schedules(binomial(a + b, a), &two, &classes);
                }
        }
}
END_TEST

START_TEST(three_pes_too)
{
        tiny = (struct tiny){ .pieces = { "..", "..", ".." } };
        expect_schedules(90, &three, &every); /* 6! / (2! 2! 2!) */
        tiny = (struct tiny){ .pieces = { "...", "..", "." } };
        expect_schedules(60, &three, &every); /* 6! / (3! 2! 1!) */
}
END_TEST

static const struct class_row {
        const char *pieces[PES];
        uint64_t classes;
        uint64_t interleavings;
} class_rows[] = {
        { { "...", "...", "" }, 1, 20 },      { { "ooo", "ooo", "" }, 1, 20 },      { { "rrr", "rrr", "" }, 1, 20 },
        { { "www", "www", "" }, 20, 20 },     { { "w", "w", "" }, 2, 2 },           { { "ow", "ow", "" }, 2, 6 },
        { { "wo", "ow", "" }, 2, 6 },         { { "rw", "rw", "" }, 4, 6 },         { { "r", "wo", "" }, 2, 3 },
        { { "www", "ooo", "ooo" }, 1, 1680 }, { { "w", "w", "w" }, 6, 6 },          { { "ow", "wo", "." }, 2, 30 },
        { { "rr", "rr", "w" }, 9, 30 },       { { "oow", "oow", "oow" }, 6, 1680 },
};

START_TEST(sleep_sets_leave_one_of_each_class)
{
        const struct class_row *row = &class_rows[_i];
        bool third = row->pieces[2][0] != '\0';

        tiny = (struct tiny){ .pieces = { row->pieces[0], row->pieces[1], row->pieces[2] } };
        expect_schedules(row->interleavings, third ? &three_announced : &two_announced, &every);
        expect_schedules(row->classes, third ? &three_announced : &two_announced, &classes);
}
END_TEST

/* Which outcomes a search has seen. */
static struct {
        uint64_t seen[256];
        unsigned count;
} outcomes;

static void note_outcome(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        for (unsigned i = 0; i < outcomes.count; i++) {
                if (outcomes.seen[i] == tiny.order) {
                        return;
                }
        }
        ck_assert_uint_lt(outcomes.count, 256);
        outcomes.seen[outcomes.count++] = tiny.order;
}

START_TEST(sleep_sets_miss_no_outcome)
{
        struct rmmsim_program program = two_announced;

        program.check = note_outcome;
        tiny = (struct tiny){ .pieces = { "owow", "wroo" } };
        outcomes.count = 0;
        expect_nothing(&program, &every);
        ck_assert_uint_eq(outcomes.count, 3); /* 0 0 1, 0 1 0, 1 0 0 */
        outcomes.count = 0;
        expect_nothing(&program, &classes);
        ck_assert_uint_eq(outcomes.count, 3);
        ck_assert_uint_lt(finding.schedules, 70);
}
END_TEST

/* AABB costs nothing, ABBA and BBAA 1, ABAB and BAAB 2, BABA 3. */
START_TEST(delays_are_counted)
{
        static const uint64_t expected[] = { 3, 5, 6, 6 };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_DELAY };

        tiny = (struct tiny){ .pieces = { "..", ".." } };
        for (unsigned depth = 1; depth <= 4; depth++) {
                strategy.depth = depth;
                expect_schedules(expected[depth - 1], &two, &strategy);
        }
        strategy.depth = 0; /* two */
        expect_schedules(5, &two, &strategy);
}
END_TEST

START_TEST(an_empty_program_has_one_schedule)
{
        static const struct rmmsim_program empty = { .setup = tiny_setup };

        for (unsigned kind = 0; kind < RMMSIM_NUM_STRATEGIES; kind++) {
                struct rmmsim_strategy strategy = { .kind = (enum rmmsim_strategy_kind)kind,
                                                    .schedules_max = 1,
                                                    .line = "rmmsim-explore:1 pes=0 p=" };

                expect_nothing(&empty, &strategy);
                ck_assert_uint_eq(finding.schedules, 1);
                ck_assert_uint_eq(finding.choices, 0);
                ck_assert_str_eq(finding.replay, "rmmsim-explore:1 pes=0 p=");
        }
}
END_TEST

START_TEST(one_pe_has_one_schedule_wherever_it_is)
{
        struct rmmsim_program program = { .setup = tiny_setup };

        tiny = (struct tiny){ .pieces = { "...", "...", "..." } };
        for (unsigned pe = 0; pe < PES; pe++) {
                memset(program.pes, 0, sizeof(program.pes));
                program.pes[pe] = tiny_pe;
                expect_schedules(1, &program, &every);
                ck_assert_uint_eq(finding.choices, 0);
                ck_assert_uint_eq(finding.num_pes, pe + 1);
        }
}
END_TEST

START_TEST(unused_pes_between_are_passed_over)
{
        struct rmmsim_program program = { .setup = tiny_setup, .pes = { [0] = tiny_pe, [2] = tiny_pe } };

        tiny = (struct tiny){ .pieces = { "..", "", ".." } };
        expect_schedules(6, &program, &every);
}
END_TEST

/* Where one returns the next in order goes on, and after the last the first. */
START_TEST(the_default_goes_round)
{
        static const struct rmmsim_strategy replay = { .kind = RMMSIM_STRATEGY_REPLAY,
                                                       .line = "rmmsim-explore:1 pes=3 p=0>1" };

        tiny = (struct tiny){ .pieces = { "w", "w", "w" } };
        expect_nothing(&three, &replay);
        ck_assert_uint_eq(tiny.order, ((1 * 4 + 1) * 4 + 2) * 4 + 0);
}
END_TEST

START_TEST(a_search_stops_at_its_limit)
{
        struct rmmsim_strategy strategy = every;

        strategy.schedules_max = 7;
        tiny = (struct tiny){ .pieces = { "...", "..." } };
        expect_nothing(&two, &strategy);
        ck_assert_uint_eq(finding.schedules, 7);
        ck_assert(!finding.complete);
        strategy.schedules_max = 20;
        expect_nothing(&two, &strategy);
        ck_assert(finding.complete);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_search");
        TCase *tcase = tcase_create("counts");

        tcase_add_test(tcase, two_pes_have_as_many_interleavings_as_there_are);
        tcase_add_test(tcase, three_pes_too);
        tcase_add_loop_test(tcase, sleep_sets_leave_one_of_each_class, 0, sizeof(class_rows) / sizeof(class_rows[0]));
        tcase_add_test(tcase, sleep_sets_miss_no_outcome);
        tcase_add_test(tcase, delays_are_counted);
        tcase_add_test(tcase, an_empty_program_has_one_schedule);
        tcase_add_test(tcase, one_pe_has_one_schedule_wherever_it_is);
        tcase_add_test(tcase, unused_pes_between_are_passed_over);
        tcase_add_test(tcase, the_default_goes_round);
        tcase_add_test(tcase, a_search_stops_at_its_limit);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
