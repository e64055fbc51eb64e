/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_search.c - the search.
 */
#include "fuzz_search.h"
#include "fuzz_coverage.h"
#include "fuzz_mutate.h"
#include "fuzz_random.h"
#include "fuzz_sweep.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
        DRAWS = 3,          /* features drawn, of which the rarest counts */
        CROSSED_ONE_IN = 8, /* inputs that are made of two                */
        FRESH_ONE_IN = 64,  /* inputs that are made of none               */
        FRESH_MAX = 48,     /* mutations until those are done             */
        SWEPT_ONE_IN = 2    /* inputs that are of a sweep, if there is one */
};

/* An input that is the smallest of some features. */
struct kept {
        unsigned features;
        size_t size;
        uint8_t bytes[];
};

static struct {
        struct kept *kept;
        uint64_t runs;
} features[FUZZ_NUM_FEATURES];
static uint16_t known[FUZZ_NUM_FEATURES]; /* those that were reached, in the order in which they were */
static size_t num_known;

double fuzz_clock(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what is kept ------------------------------------------------------------------------------------------------------- */

static void let_go(struct fuzz_search *search, struct kept *kept)
{
        if (kept != NULL && --kept->features == 0) {
                free(kept);
                search->kept--;
        }
}

static struct kept *keep(struct fuzz_search *search, const uint8_t *bytes, size_t size)
{
        struct kept *kept = malloc(sizeof(*kept) + size);

        if (kept == NULL) {
                fprintf(stderr, "the search is out of memory\n");
                exit(2);
        }
        kept->features = 0;
        kept->size = size;
        memcpy(kept->bytes, bytes, size);
        search->kept++;
        return kept;
}

static void learn(struct fuzz_search *search, const uint8_t *bytes, size_t size)
{
        uint16_t has[FUZZ_NUM_COUNTERS];
        size_t count = fuzz_coverage_features(has);
        struct kept *kept = NULL;
        bool is_new = false;

        for (size_t i = 0; i < count; i++) {
                struct kept **smallest = &features[has[i]].kept;

                if (features[has[i]].runs++ == 0) {
                        known[num_known++] = has[i];
                        is_new = true;
                }
                if (*smallest == NULL || (*smallest)->size > size) {
                        kept = kept == NULL ? keep(search, bytes, size) : kept;
                        kept->features++;
                        let_go(search, *smallest);
                        *smallest = kept;
                }
        }
        if (is_new) {
                fuzz_sweep_add(bytes, size, fuzz_choices());
        }
}

static const struct kept *draw(struct fuzz_random *random)
{
        uint16_t rarest = known[fuzz_random_below(random, num_known)];

        for (unsigned i = 1; i < DRAWS; i++) {
                uint16_t other = known[fuzz_random_below(random, num_known)];

                rarest = features[other].runs < features[rarest].runs ? other : rarest;
        }
        return features[rarest].kept;
}

/* ---- runs --------------------------------------------------------------------------------------------------------------- */

/* Returns false if the input fails. */
static bool run(struct fuzz_search *search, const uint8_t *bytes, size_t size)
{
        search->runs++;
        if (fuzz_run(bytes, size)->found) {
                search->found = true;
                memcpy(search->bytes, bytes, size);
                search->size = size;
                return false;
        }
        (void)fuzz_coverage_gather();
        learn(search, bytes, size);
        return true;
}

bool fuzz_search_begin_with(struct fuzz_search *search, const uint8_t *bytes, size_t size)
{
        return !search->found && run(search, bytes, size);
}

static size_t fresh_input(struct fuzz_random *random, uint8_t *bytes)
{
        size_t size = 0;

        for (size_t n = 1 + fuzz_random_below(random, FRESH_MAX); n != 0; n--) {
                size = fuzz_mutate(bytes, size, FUZZ_INPUT_MAX, fuzz_random_next(random));
        }
        return size;
}

static size_t crossed_input(struct fuzz_random *random, uint8_t *bytes)
{
        const struct kept *one = draw(random);
        const struct kept *other = draw(random);
        size_t size = fuzz_crossover(bytes, FUZZ_INPUT_MAX, one->bytes, one->size, other->bytes, other->size,
                                     fuzz_random_next(random));

        return fuzz_random_one_in(random, 2) ? size
                                             : fuzz_mutate(bytes, size, FUZZ_INPUT_MAX, fuzz_random_next(random));
}

static size_t next_input(struct fuzz_random *random, uint8_t *bytes)
{
        const struct kept *kept;
        size_t swept = fuzz_random_one_in(random, SWEPT_ONE_IN) ? fuzz_sweep_next(bytes) : 0;

        if (swept != 0) {
                return swept;
        }
        if (num_known == 0 || fuzz_random_one_in(random, FRESH_ONE_IN)) {
                return fresh_input(random, bytes);
        }
        if (fuzz_random_one_in(random, CROSSED_ONE_IN)) {
                return crossed_input(random, bytes);
        }
        kept = draw(random);
        memcpy(bytes, kept->bytes, kept->size);
        return fuzz_mutate(bytes, kept->size, FUZZ_INPUT_MAX, fuzz_random_next(random));
}

static void progress(const struct fuzz_search *search, double seconds)
{
        char reached[160];

        (void)fuzz_coverage_format(reached, sizeof(reached));
        printf("%6.1f s  %llu runs, %.0f/s, %zu inputs kept, %s\n", seconds, (unsigned long long)search->runs,
               (double)search->runs / (seconds > 0 ? seconds : 1), search->kept, reached);
        (void)fflush(stdout);
}

static bool is_over(const struct fuzz_search *search, double seconds)
{
        return search->found || (search->runs_max != 0 && search->runs >= search->runs_max) ||
               (search->seconds > 0 && seconds >= search->seconds);
}

void fuzz_search_run(struct fuzz_search *search)
{
        struct fuzz_random random = { search->seed };
        double printed = 0;
        uint8_t bytes[FUZZ_INPUT_MAX];

        for (;;) {
                search->took = fuzz_clock() - search->began;
                if (is_over(search, search->took)) {
                        break;
                }
                if (!search->quiet && search->took >= printed + 1) {
                        printed = search->took;
                        progress(search, printed);
                }
                (void)run(search, bytes, next_input(&random, bytes));
        }
}
