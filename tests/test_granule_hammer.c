/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_granule_hammer.c - the lock of a Granule under four threads.
 *
 * What the lock promises is kept in plain, non-atomic variables, so that ThreadSanitizer sees a lock that orders nothing, and
 * the counts see one that lets two in.
 */
#include "granule_lock_fixture.h"

/* ---- hammering -------------------------------------------------------------------------------------------------------- */

enum {
        NUM_THREADS = 4,
        NUM_SPOTS = 3,
        ROUNDS = 20000
};

/* Two plain counters that are equal whenever nobody writes. */
struct spot {
        struct granule granule;
        uint64_t first;
        uint64_t second;
        _Atomic int readers;
        _Atomic int writers;
};

struct hammer {
        struct spot *spots;
        unsigned seed;
        unsigned mode;
        uint64_t wrong;
        uint64_t done[NUM_SPOTS];
};

static unsigned next_random(unsigned *seed)
{
        *seed = *seed * 1103515245u + 12345u;
        return *seed >> 16;
}

static void write_spot(struct spot *spot, uint64_t *wrong)
{
        *wrong += atomic_fetch_add(&spot->writers, 1) != 0 || atomic_load(&spot->readers) != 0;
        spot->first++;
        spot->second++;
        atomic_fetch_sub(&spot->writers, 1);
}

static void read_spot(struct spot *spot, uint64_t *wrong)
{
        atomic_fetch_add(&spot->readers, 1);
        *wrong += atomic_load(&spot->writers) != 0 || spot->first != spot->second;
        atomic_fetch_sub(&spot->readers, 1);
}

static void *read_and_write(void *arg)
{
        struct hammer *hammer = arg;

        for (int i = 0; i < ROUNDS; i++) {
                unsigned which = next_random(&hammer->seed) % NUM_SPOTS;
                struct spot *spot = &hammer->spots[which];
                bool shared = next_random(&hammer->seed) % 3 != 0;

                hammer->wrong += !try_lock(&spot->granule, UNDELEGATED, shared);
                if (shared) {
                        read_spot(spot, &hammer->wrong);
                } else {
                        write_spot(spot, &hammer->wrong);
                        hammer->done[which]++;
                }
                granule_unlock(&spot->granule, shared);
        }
        return NULL;
}

/* Take a spot in the state that it seems to have, and move it to the next: whoever holds it saw the right one. */
static void *change_states(void *arg)
{
        struct hammer *hammer = arg;

        for (int i = 0; i < ROUNDS; i++) {
                unsigned which = next_random(&hammer->seed) % NUM_SPOTS;
                struct spot *spot = &hammer->spots[which];
                unsigned state = granule_word_state(granule_peek(&spot->granule));

                if (!try_lock(&spot->granule, state, EXCLUSIVE)) {
                        continue;
                }
                hammer->wrong += spot->first % 7 != state;
                write_spot(spot, &hammer->wrong);
                granule_freeze(&spot->granule);
                granule_set_state(&spot->granule, (state + 1) % 7, TAKER);
                hammer->done[which]++;
                granule_unlock(&spot->granule, EXCLUSIVE);
        }
        return NULL;
}

static void run_hammers(void *(*fn)(void *))
{
        struct spot spots[NUM_SPOTS] = { 0 };
        struct hammer hammers[NUM_THREADS];
        pthread_t threads[NUM_THREADS];
        uint64_t total[NUM_SPOTS] = { 0 };

        for (unsigned i = 0; i < NUM_THREADS; i++) {
                hammers[i] = (struct hammer){ .spots = spots, .seed = i + 1 };
                start(&threads[i], fn, &hammers[i]);
        }
        for (unsigned i = 0; i < NUM_THREADS; i++) {
                pthread_join(threads[i], NULL);
                ck_assert_uint_eq(hammers[i].wrong, 0);
                for (unsigned j = 0; j < NUM_SPOTS; j++) {
                        total[j] += hammers[i].done[j];
                }
        }
        for (unsigned j = 0; j < NUM_SPOTS; j++) {
                ck_assert_uint_eq(spots[j].first, total[j]);
                ck_assert_uint_eq(spots[j].second, total[j]);
                ck_assert_uint_eq(word_of(&spots[j].granule) & ~(GRANULE_STATE_MASK | GRANULE_GPT_MASK), 0);
        }
}

START_TEST(test_hammer_readers_and_writers)
{
        run_hammers(read_and_write);
}
END_TEST

START_TEST(test_hammer_states)
{
        run_hammers(change_states);
}
END_TEST

/* ---- several as one ---------------------------------------------------------------------------------------------------- */

enum {
        NUM_PAIRS = 3000,
        LAST_STATE = RMMSIM_GRANULE_RTT
};

struct pairs {
        struct granule granules[NUM_PAIRS][2];
        _Atomic int at; /* the pair that changes now */
};

/* Both Granules of a pair go through all states together, the second owned through the first. */
static void *change_pairs(void *arg)
{
        struct pairs *pairs = arg;

        for (int i = 0; i < NUM_PAIRS; i++) {
                struct granule *pair = pairs->granules[i];

                atomic_store(&pairs->at, i);
                for (unsigned state = 0; state < LAST_STATE; state++) {
                        ck_assert(try_lock(&pair[0], state, EXCLUSIVE));
                        granule_freeze(&pair[0]);
                        granule_freeze(&pair[1]);
                        granule_set_state(&pair[i % 2], state + 1, TAKER);
                        granule_set_state(&pair[1 - i % 2], state + 1, TAKER);
                        granule_unlock(&pair[0], EXCLUSIVE);
                }
        }
        atomic_store(&pairs->at, NUM_PAIRS);
        return NULL;
}

/* States only rise: who has seen one of a pair in a state does not find the other one behind it afterwards. */
static void *watch_pairs(void *arg)
{
        struct pairs *pairs = arg;
        uint64_t *seen_behind = calloc(1, sizeof(*seen_behind));
        unsigned which = 0;
        int at;

        while ((at = atomic_load(&pairs->at)) < NUM_PAIRS) {
                struct granule *pair = pairs->granules[at];
                unsigned first = granule_word_state(granule_peek(&pair[which]));
                unsigned second = granule_word_state(granule_peek(&pair[1 - which]));

                *seen_behind += second < first;
                which = 1 - which;
        }
        return seen_behind;
}

START_TEST(test_a_frozen_change_is_seen_whole)
{
        static struct pairs pairs;
        pthread_t writer;
        pthread_t watchers[2];

        for (int i = 0; i < 2; i++) {
                start(&watchers[i], watch_pairs, &pairs);
        }
        start(&writer, change_pairs, &pairs);
        pthread_join(writer, NULL);
        for (int i = 0; i < 2; i++) {
                void *seen_behind;

                pthread_join(watchers[i], &seen_behind);
                ck_assert_uint_eq(*(uint64_t *)seen_behind, 0);
                free(seen_behind);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("granule hammer");
        TCase *tcase = tcase_create("hammered");

        tcase_add_test(tcase, test_hammer_readers_and_writers);
        tcase_add_test(tcase, test_hammer_states);
        tcase_add_test(tcase, test_a_frozen_change_is_seen_whole);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
