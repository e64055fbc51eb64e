/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_granule_lock.c - the lock of a Granule, one question at a time: taken for a state, shared or alone, writers first, frozen
 * while several change.
 */
#include "granule_lock_fixture.h"

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

/* Who must not wait is told that it would have to; who asks for another state than there is has its answer. */
START_TEST(test_try_lock_does_not_wait)
{
        struct granule granule = { 0 };
        uint32_t found = 0;
        bool held = false;

        ck_assert(granule_try_lock_shared(&granule, UNDELEGATED, &found, &held) && held);
        ck_assert(granule_try_lock_shared(&granule, UNDELEGATED, &found, &held) && held);
        ck_assert(granule_try_lock_shared(&granule, RD, &found, &held) && !held);
        ck_assert_uint_eq(granule_word_state(found), UNDELEGATED);
        granule_unlock(&granule, SHARED);
        granule_unlock(&granule, SHARED);
        ck_assert(try_lock(&granule, UNDELEGATED, EXCLUSIVE));
        ck_assert(!granule_try_lock_shared(&granule, UNDELEGATED, &found, &held) && !held);
        ck_assert(granule_try_lock_shared(&granule, RD, &found, &held) && !held);
        granule_freeze(&granule);
        ck_assert(!granule_try_lock_shared(&granule, UNDELEGATED, &found, &held) && !held);
        ck_assert(!granule_try_lock_shared(&granule, RD, &found, &held) && !held);
        granule_set_state(&granule, RD, TAKER);
        granule_unlock(&granule, EXCLUSIVE);
        ck_assert(granule_try_lock_shared(&granule, RD, &found, &held) && held);
        granule_unlock(&granule, SHARED);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("granule lock");
        TCase *quiet = tcase_create("one question at a time");

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
        tcase_add_test(quiet, test_try_lock_does_not_wait);
        suite_add_tcase(suite, quiet);
        return run_suite(suite);
}
