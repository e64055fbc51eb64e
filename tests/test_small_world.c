/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_small_world.c - a small world, exhaustively: every sequence of commands to a depth, on six to eight Granules.
 *
 * From each state that is reached every call of the alphabet is tried, with every Granule in every place. After each call:
 * the model (small_model.h), which knows nothing of the library, agrees on the result and on the state of every Granule; a
 * call that failed has changed no byte; and after one that succeeded the audit holds.
 *
 * A state is the sequence that leads to it, replayed from the start. Two sequences that lead to equal states, byte for
 * byte, are followed once. Measurements are left out of the comparison: they tell histories apart and decide nothing.
 *
 *     RMMSIM_TEST_VERBOSE=1   how many states there are
 *     RMMSIM_TEST_DEPTH=n     go deeper than the suite does
 */
#include "slowness.h"
#include "small_world.h"
#include "world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        DEPTH_MAX = 24,
        STATES_MAX = 1 << 20,
        CALLS_MAX = 2000
};

static struct small_model empty;
static struct small_call calls[CALLS_MAX];
static unsigned num_calls;
static uint64_t num_tried;

/* ---- the alphabet ---------------------------------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        bool two; /* it names a second Granule  */
        uint8_t num_c;
} shapes[NUM_SMALL_COMMANDS] = {
        [DELEGATE] = { "DELEGATE", false, 1 },
        [UNDELEGATE] = { "UNDELEGATE", false, 1 },
        [REALM_CREATE] = { "REALM_CREATE", true, 1 },
        [REALM_ACTIVATE] = { "REALM_ACTIVATE", false, 1 },
        [REALM_DESTROY] = { "REALM_DESTROY", false, 1 },
        [REC_CREATE] = { "REC_CREATE", true, 2 },
        [REC_DESTROY] = { "REC_DESTROY", false, 1 },
        [REC_ENTER] = { "REC_ENTER", false, NUM_ACTS },
        [PSCI_COMPLETE] = { "PSCI_COMPLETE", true, 2 },
        [RTT_CREATE] = { "RTT_CREATE", true, NUM_PLACES },
        [RTT_DESTROY] = { "RTT_DESTROY", false, NUM_PLACES },
        [RTT_FOLD] = { "RTT_FOLD", false, NUM_PLACES },
        [RTT_READ] = { "RTT_READ", false, 2 },
        [DATA_CREATE] = { "DATA_CREATE", true, 1 },
        [DATA_UNKNOWN] = { "DATA_UNKNOWN", true, 1 },
        [DATA_DESTROY] = { "DATA_DESTROY", false, 1 },
        [INIT_RIPAS] = { "INIT_RIPAS", false, 2 },
        [SET_RIPAS] = { "SET_RIPAS", true, 1 },
        [MAP] = { "MAP", false, 2 },
        [UNMAP] = { "UNMAP", false, 2 },
};

static void make_alphabet(unsigned num_granules)
{
        num_calls = 0;
        for (unsigned command = 0; command < NUM_SMALL_COMMANDS; command++) {
                for (unsigned i = 0;
                     i < num_granules * (shapes[command].two ? num_granules : 1) * shapes[command].num_c; i++) {
                        unsigned j = i / shapes[command].num_c;

                        ck_assert_uint_lt(num_calls, CALLS_MAX);
                        calls[num_calls++] = (struct small_call){ (uint8_t)command, (uint8_t)(j % num_granules),
                                                                  (uint8_t)(j / num_granules),
                                                                  (uint8_t)(i % shapes[command].num_c) };
                }
        }
}

/* ---- the search ---------------------------------------------------------------------------------------------------------------- */

struct path {
        uint16_t call[DEPTH_MAX];
        uint8_t length;
};

/* Numbers of the states that were reached, in a table with open addressing. */
struct search {
        struct path *queue;
        unsigned num_states;
        uint64_t *seen;
};

static bool is_new(struct search *search, uint64_t number)
{
        size_t i = number % (2 * STATES_MAX);

        while (search->seen[i] != 0 && search->seen[i] != number) {
                i = (i + 1) % (2 * STATES_MAX);
        }
        if (search->seen[i] == number) {
                return false;
        }
        search->seen[i] = number;
        return true;
}

static void print_path(const struct path *path)
{
        for (unsigned i = 0; i < path->length; i++) {
                const struct small_call *call = &calls[path->call[i]];

                fprintf(stderr, "  %s %u %u %u\n", shapes[call->command].name, call->a, call->b, call->c);
        }
}

#define EXPECT(path, condition, ...)                                                                                   \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        print_path(path);                                                                              \
                        ck_abort_msg(__VA_ARGS__);                                                                     \
                }                                                                                                      \
        } while (0)

static void check_granules(const struct path *path, const struct small_model *model)
{
        for (unsigned i = 0; i < model->num_granules; i++) {
                struct rmmsim_granule granule;

                (void)rmmsim_granule(small_sim, &granule, small_pa(i));
                EXPECT(path, granule.state == model->state[i], "Granule %u is %s, the model says %s", i,
                       rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state),
                       rmmsim_state_name(RMMSIM_OBJECT_GRANULE, model->state[i]));
        }
}

/* Carry out the last call of a path; model and world must agree. Returns whether it succeeded. */
static bool try(const struct path *path, struct small_model *model)
{
        const struct small_call *call = &calls[path->call[path->length - 1]];
        struct small_result expected;
        struct rmmsim_regs regs;

        regs = small_world_call(call, model->rec[call->a].index ^ 1u);
        expected = small_model_call(model, call);
        num_tried++;
        EXPECT(path, regs.x[0] == expected.x0, "x0 is 0x%llx, the model says 0x%llx; %s", (unsigned long long)regs.x[0],
               (unsigned long long)expected.x0,
               rmmsim_why(small_sim, 0) == NULL ? "" : rmmsim_why(small_sim, 0)->sentence);
        for (unsigned i = 1; i <= expected.num_outputs; i++) {
                EXPECT(path, regs.x[i] == expected.x[i], "x%u is 0x%llx, the model says 0x%llx", i,
                       (unsigned long long)regs.x[i], (unsigned long long)expected.x[i]);
        }
        return regs.x[0] == RMMSIM_RMI_SUCCESS;
}

static void succeeded(struct search *search, const struct path *path, const struct small_model *model)
{
        struct rmmsim_report report;

        check_granules(path, model);
        if (!is_new(search, small_world_number())) {
                return;
        }
        EXPECT(path, rmmsim_audit(small_sim, &report) == 0, "%s: %s", report.invariant, report.text);
        ck_assert_uint_lt(search->num_states, STATES_MAX);
        search->queue[search->num_states++] = *path;
}

/* Every call from one state. */
static void expand(struct search *search, const struct path *from, struct small_snapshot *start)
{
        static struct small_snapshot here;
        struct small_model model = empty;
        struct path path = { .length = 0 };

        small_world_put(start);
        for (; path.length < from->length;) {
                path.call[path.length] = from->call[path.length];
                path.length++;
                (void)try(&path, &model);
        }
        small_world_take(&here);
        path.length++;
        for (unsigned i = 0; i < num_calls; i++) {
                struct small_model after = model;

                path.call[path.length - 1] = (uint16_t)i;
                if (try(&path, &after)) {
                        succeeded(search, &path, &after);
                        small_world_put(&here);
                } else {
                        EXPECT(&path, small_world_equals(&here), "the last call failed and changed something");
                }
        }
}

static unsigned find_call(struct small_call call)
{
        for (unsigned i = 0; i < num_calls; i++) {
                if (memcmp(&calls[i], &call, sizeof(call)) == 0) {
                        return i;
                }
        }
        ck_abort_msg("not in the alphabet");
}

/* ---- where to begin -------------------------------------------------------------------------------------------------------------- */

struct beginning {
        const char *name;
        unsigned num_granules;
        unsigned num_delegated;
        unsigned depth;
        unsigned num_calls; /* after delegating */
        struct small_call calls[16];
};

static const struct beginning beginnings[] = {
        { "nothing is delegated", 6, 0, 7, 0, { { 0 } } },
        { "everything is delegated", 6, 6, 3, 0, { { 0 } } },
        { "a new Realm with tables",
          6,
          6,
          5,
          3,
          { { REALM_CREATE, 0, 1, 0 }, { RTT_CREATE, 0, 2, TABLE_2 }, { RTT_CREATE, 0, 3, TABLE_3 } } },
        { "a Realm that runs",
          8,
          7,
          5,
          7,
          { { REALM_CREATE, 0, 1, 0 },
            { RTT_CREATE, 0, 2, TABLE_2 },
            { RTT_CREATE, 0, 3, TABLE_3 },
            { DATA_CREATE, 0, 4, 0 },
            { REC_CREATE, 0, 5, 0 },
            { REC_CREATE, 0, 6, 1 },
            { REALM_ACTIVATE, 0, 0, 0 } } },
};

/* The path to a beginning. */
static struct path path_to(const struct beginning *beginning)
{
        struct path path = { .length = 0 };

        for (unsigned i = 0; i < beginning->num_delegated; i++) {
                path.call[path.length++] = (uint16_t)find_call((struct small_call){ DELEGATE, (uint8_t)i, 0, 0 });
        }
        for (unsigned i = 0; i < beginning->num_calls; i++) {
                path.call[path.length++] = (uint16_t)find_call(beginning->calls[i]);
        }
        return path;
}

static unsigned depth_of(const struct beginning *beginning)
{
        const char *given = getenv("RMMSIM_TEST_DEPTH");
        unsigned less = under_valgrind() || UNDER_TSAN ? 2 : UNDER_ASAN ? 1 : 0;

        if (given != NULL) {
                return (unsigned)strtoul(given, NULL, 0);
        }
        return beginning->depth - less;
}

START_TEST(test_small_world)
{
        const struct beginning *beginning = &beginnings[_i];
        static struct small_snapshot start;
        struct search search = { .queue = calloc(STATES_MAX, sizeof(struct path)),
                                 .seen = calloc(2 * STATES_MAX, sizeof(uint64_t)) };
        unsigned depth = beginning->num_delegated + beginning->num_calls + depth_of(beginning);

        small_world_create(beginning->num_granules);
        empty = (struct small_model){ .num_granules = (uint8_t)beginning->num_granules };
        make_alphabet(beginning->num_granules);
        ck_assert(search.queue != NULL && search.seen != NULL && depth <= DEPTH_MAX);
        search.queue[0] = path_to(beginning);
        search.num_states = 1;
        small_world_take(&start);
        for (unsigned i = 0; i < search.num_states && search.queue[i].length < depth; i++) {
                expand(&search, &search.queue[i], &start);
        }
        if (getenv("RMMSIM_TEST_VERBOSE") != NULL) {
                printf("%s: %u calls, depth %u: %u states, %llu calls tried\n", beginning->name, num_calls,
                       depth_of(beginning), search.num_states, (unsigned long long)num_tried);
        }
        rmmsim_destroy(small_sim);
        free(search.queue);
        free(search.seen);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("small world");
        TCase *tcase = tcase_create("small world");

        tcase_set_timeout(tcase, 240);
        tcase_add_loop_test(tcase, test_small_world, 0, sizeof(beginnings) / sizeof(beginnings[0]));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
