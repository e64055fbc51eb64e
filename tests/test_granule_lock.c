/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_granule_lock.c - the lock of a Granule: taken for a state, shared or alone, writers first, frozen while several change.
 *
 * The first half asks one question at a time with a thread or none. The second half hammers: what the lock promises is kept
 * in plain, non-atomic variables, so that ThreadSanitizer sees a lock that orders nothing, and the counts see one that lets
 * two in.
 */
#include "granule.h"
#include "world.h"
#include <pthread.h>
#include <stdlib.h>

enum {
        UNDELEGATED = RMMSIM_GRANULE_UNDELEGATED,
        DELEGATED = RMMSIM_GRANULE_DELEGATED,
        RD = RMMSIM_GRANULE_RD
};
static const enum rmmsim_command TAKER = RMMSIM_COMMAND_rmi_realm_create;
enum {
        EXCLUSIVE = 0,
        SHARED = 1
};

static uint32_t word_of(const struct granule *granule)
{
        return atomic_load(&granule->word);
}

static bool try_lock(struct granule *granule, unsigned state, bool shared)
{
        bool held = false;

        granule_lock(granule, state, shared, &held);
        return held;
}

static void start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
        ck_assert_int_eq(pthread_create(thread, NULL, fn, arg), 0);
}

static void await(const _Atomic int *flag, int value)
{
        while (atomic_load(flag) != value) {
                sched_yield();
        }
}

/* ---- one question at a time ------------------------------------------------------------------------------------------- */

START_TEST(test_zero_is_an_undelegated_granule)
{
        struct granule granule = { 0 };

        ck_assert_uint_eq(granule_word_state(granule_peek(&granule)), UNDELEGATED);
        ck_assert_uint_eq(granule_word_gpt(granule_peek(&granule)), RMMSIM_GPT_GPT_NS);
        ck_assert(try_lock(&granule, UNDELEGATED, EXCLUSIVE));
        granule_unlock(&granule, EXCLUSIVE);
        ck_assert_uint_eq(word_of(&granule), 0);
}
END_TEST

START_TEST(test_state_brings_gpt_and_taker)
{
        struct granule granule = { 0 };

        ck_assert(try_lock(&granule, UNDELEGATED, EXCLUSIVE));
        granule_set_state(&granule, DELEGATED, TAKER);
        granule_unlock(&granule, EXCLUSIVE);
        ck_assert_uint_eq(granule_word_state(granule_peek(&granule)), DELEGATED);
        ck_assert_uint_eq(granule_word_gpt(granule_peek(&granule)), RMMSIM_GPT_GPT_REALM);
        ck_assert_uint_eq(granule.taker, (unsigned)TAKER + 1);
        ck_assert(try_lock(&granule, DELEGATED, EXCLUSIVE));
        granule_set_state(&granule, UNDELEGATED, TAKER);
        granule_unlock(&granule, EXCLUSIVE);
        ck_assert_uint_eq(granule_word_gpt(granule_peek(&granule)), RMMSIM_GPT_GPT_NS);
}
END_TEST

START_TEST(test_gpt_changes_nothing_else)
{
        for (unsigned gpt = RMMSIM_GPT_GPT_NS; gpt <= RMMSIM_GPT_GPT_AAP; gpt++) {
                struct granule granule = { 0 };

                ck_assert(try_lock(&granule, UNDELEGATED, EXCLUSIVE));
                granule_set_gpt(&granule, gpt);
                granule_unlock(&granule, EXCLUSIVE);
                ck_assert_uint_eq(word_of(&granule), gpt << GRANULE_GPT_SHIFT);
        }
}
END_TEST

/* Whoever wants another state does not wait for the holder, alone or shared, however the Granule is held. */
START_TEST(test_mismatch_does_not_wait)
{
        struct granule granule = { 0 };
        bool held = true;

        for (int how = EXCLUSIVE; how <= SHARED; how++) {
                ck_assert(try_lock(&granule, UNDELEGATED, how == SHARED));
                for (unsigned state = DELEGATED; state <= RMMSIM_GRANULE_RTT; state++) {
                        ck_assert_uint_eq(granule_word_state(granule_lock(&granule, state, false, &held)), UNDELEGATED);
                        ck_assert(!held);
                        ck_assert(!try_lock(&granule, state, SHARED));
                }
                granule_unlock(&granule, how == SHARED);
        }
        ck_assert_uint_eq(word_of(&granule), 0);
}
END_TEST

START_TEST(test_readers_share)
{
        struct granule granule = { 0 };

        for (int i = 0; i < 1000; i++) {
                ck_assert(try_lock(&granule, UNDELEGATED, SHARED));
        }
        ck_assert_uint_eq(word_of(&granule) / GRANULE_READER, 1000);
        for (int i = 0; i < 1000; i++) {
                granule_unlock(&granule, SHARED);
        }
        ck_assert_uint_eq(word_of(&granule), 0);
}
END_TEST

/* ---- with another thread ---------------------------------------------------------------------------------------------- */

struct waiter {
        struct granule *granule;
        unsigned state;
        bool shared;
        bool keep; /* until told to let go */
        bool held;
        unsigned found;
        _Atomic int let_go;
        _Atomic int done;
};

static void *wait_for_lock(void *arg)
{
        struct waiter *waiter = arg;

        waiter->found = granule_word_state(granule_lock(waiter->granule, waiter->state, waiter->shared, &waiter->held));
        atomic_store(&waiter->done, 1);
        if (waiter->held) {
                if (waiter->keep) {
                        await(&waiter->let_go, 1);
                }
                granule_unlock(waiter->granule, waiter->shared);
        }
        return NULL;
}

/* Long enough for a thread that need not wait to be done, were it wrong. */
static void linger(void)
{
        for (int i = 0; i < 200; i++) {
                sched_yield();
        }
}

START_TEST(test_exclusive_excludes)
{
        for (int i = 0; i < 3; i++) {
                bool holder_shared = i == 1;
                bool waiter_shared = i == 2;
                struct granule granule = { 0 };
                struct waiter waiter = { .granule = &granule, .state = UNDELEGATED, .shared = waiter_shared };
                pthread_t thread;

                ck_assert(try_lock(&granule, UNDELEGATED, holder_shared));
                start(&thread, wait_for_lock, &waiter);
                linger();
                ck_assert_int_eq(atomic_load(&waiter.done), 0);
                granule_unlock(&granule, holder_shared);
                pthread_join(thread, NULL);
                ck_assert(waiter.held);
                ck_assert_uint_eq(word_of(&granule), 0);
        }
}
END_TEST

/* While a writer waits no further reader comes in, so a writer is not starved. */
START_TEST(test_a_waiting_writer_goes_first)
{
        struct granule granule = { 0 };
        struct waiter writer = { .granule = &granule, .state = UNDELEGATED, .keep = true };
        struct waiter reader = { .granule = &granule, .state = UNDELEGATED, .shared = true };
        pthread_t threads[2];

        ck_assert(try_lock(&granule, UNDELEGATED, SHARED));
        start(&threads[0], wait_for_lock, &writer);
        while ((word_of(&granule) & GRANULE_WAITING) == 0) {
                sched_yield();
        }
        start(&threads[1], wait_for_lock, &reader);
        linger();
        ck_assert_int_eq(atomic_load(&reader.done), 0);
        granule_unlock(&granule, SHARED);
        await(&writer.done, 1);
        linger();
        ck_assert_int_eq(atomic_load(&reader.done), 0);
        atomic_store(&writer.let_go, 1);
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        ck_assert(writer.held && reader.held);
        ck_assert_uint_eq(word_of(&granule), 0);
}
END_TEST

/* Those who wait for a state that goes away leave with the new one, and leave no trace on the word. */
START_TEST(test_state_changes_while_others_wait)
{
        struct granule granule = { 0 };
        struct waiter waiters[4];
        pthread_t threads[4];

        ck_assert(try_lock(&granule, UNDELEGATED, EXCLUSIVE));
        for (int i = 0; i < 4; i++) {
                waiters[i] = (struct waiter){ .granule = &granule, .state = UNDELEGATED, .shared = i % 2 == 0 };
                start(&threads[i], wait_for_lock, &waiters[i]);
        }
        while ((word_of(&granule) & GRANULE_WAITING) == 0) {
                sched_yield();
        }
        granule_set_state(&granule, DELEGATED, TAKER);
        granule_unlock(&granule, EXCLUSIVE);
        for (int i = 0; i < 4; i++) {
                pthread_join(threads[i], NULL);
                ck_assert(!waiters[i].held);
                ck_assert_uint_eq(waiters[i].found, DELEGATED);
        }
        ck_assert_uint_eq(word_of(&granule), DELEGATED | RMMSIM_GPT_GPT_REALM << GRANULE_GPT_SHIFT);
}
END_TEST

/* A frozen Granule has no state: who asks for the old, the new or any other waits, and finds the new. */
START_TEST(test_frozen_has_no_state)
{
        struct granule granule = { 0 };
        struct waiter waiters[3];
        pthread_t threads[3];

        ck_assert(try_lock(&granule, UNDELEGATED, EXCLUSIVE));
        granule_set_state(&granule, DELEGATED, TAKER);
        granule_freeze(&granule);
        granule_unlock(&granule, EXCLUSIVE);
        for (unsigned i = 0; i < 3; i++) {
                waiters[i] = (struct waiter){ .granule = &granule, .state = UNDELEGATED + i };
                start(&threads[i], wait_for_lock, &waiters[i]);
        }
        linger();
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(atomic_load(&waiters[i].done), 0);
        }
        granule_set_state(&granule, RD, TAKER);
        for (unsigned i = 0; i < 3; i++) {
                pthread_join(threads[i], NULL);
                ck_assert_uint_eq(waiters[i].found, RD);
                ck_assert_int_eq(waiters[i].held, UNDELEGATED + i == RD);
        }
}
END_TEST

static void *peek(void *arg)
{
        struct waiter *waiter = arg;

        waiter->found = granule_word_state(granule_peek(waiter->granule));
        atomic_store(&waiter->done, 1);
        return NULL;
}

START_TEST(test_peek_waits_for_the_thaw_and_for_nothing_else)
{
        struct granule granule = { 0 };
        struct waiter waiter = { .granule = &granule };
        pthread_t thread;

        ck_assert(try_lock(&granule, UNDELEGATED, EXCLUSIVE));
        ck_assert_uint_eq(granule_word_state(granule_peek(&granule)), UNDELEGATED);
        granule_freeze(&granule);
        start(&thread, peek, &waiter);
        linger();
        ck_assert_int_eq(atomic_load(&waiter.done), 0);
        granule_set_state(&granule, RD, TAKER);
        pthread_join(thread, NULL);
        ck_assert_uint_eq(waiter.found, RD);
        granule_unlock(&granule, EXCLUSIVE);
}
END_TEST

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
        Suite *suite = suite_create("granule lock");
        TCase *quiet = tcase_create("one question at a time");
        TCase *hammered = tcase_create("hammered");

        tcase_add_test(quiet, test_zero_is_an_undelegated_granule);
        tcase_add_test(quiet, test_state_brings_gpt_and_taker);
        tcase_add_test(quiet, test_gpt_changes_nothing_else);
        tcase_add_test(quiet, test_mismatch_does_not_wait);
        tcase_add_test(quiet, test_readers_share);
        tcase_add_test(quiet, test_exclusive_excludes);
        tcase_add_test(quiet, test_a_waiting_writer_goes_first);
        tcase_add_test(quiet, test_state_changes_while_others_wait);
        tcase_add_test(quiet, test_frozen_has_no_state);
        tcase_add_test(quiet, test_peek_waits_for_the_thaw_and_for_nothing_else);
        tcase_add_test(hammered, test_hammer_readers_and_writers);
        tcase_add_test(hammered, test_hammer_states);
        tcase_add_test(hammered, test_a_frozen_change_is_seen_whole);
        suite_add_tcase(suite, quiet);
        suite_add_tcase(suite, hammered);
        return run_suite(suite);
}
