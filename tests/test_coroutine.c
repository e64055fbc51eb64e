/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_coroutine.c - coroutines come back where they left off: nested, among threads, dropped at any stage.
 *
 * Where order matters the events are written down as letters, and the story is compared as a whole.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* mmap() without a file */
#endif

#include "coroutine.h"

#include <check.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STACK_SIZE (256u * 1024)
#define NUM_STACKS 8u

static _Alignas(64) unsigned char stacks[NUM_STACKS][STACK_SIZE];

/* What one host and a few coroutines write together. */
struct story {
        struct coroutine co[NUM_STACKS];
        char text[64];
        size_t length;
};

static void note(struct story *story, char letter)
{
        ck_assert_uint_lt(story->length, sizeof(story->text) - 1);
        story->text[story->length++] = letter;
}

static void start(struct story *story, unsigned i, coroutine_fn *fn)
{
        coroutine_init(&story->co[i], stacks[i], STACK_SIZE, fn, story);
}

static void drop_all(struct story *story, unsigned count)
{
        for (unsigned i = 0; i < count; i++)
                coroutine_drop(&story->co[i]);
}

/* Order */

static void note_around_suspension(void *arg)
{
        struct story *story = arg;

        note(story, 'a');
        coroutine_suspend(&story->co[0]);
        note(story, 'b');
}

START_TEST(goes_on_where_it_left_off)
{
        struct story story = { .length = 0 };

        start(&story, 0, note_around_suspension);
        ck_assert(!coroutine_finished(&story.co[0]));
        note(&story, '1');
        coroutine_resume(&story.co[0]);
        ck_assert(!coroutine_finished(&story.co[0]));
        note(&story, '2');
        coroutine_resume(&story.co[0]);
        ck_assert(coroutine_finished(&story.co[0]));
        note(&story, '3');
        ck_assert_str_eq(story.text, "1a2b3");
        drop_all(&story, 1);
}
END_TEST

/* Coroutine i resumes coroutine i + 1, and so does everyone but the innermost. */
static void resume_inner(struct story *story, unsigned i, char open, char close)
{
        for (;;) {
                note(story, open);
                coroutine_resume(&story->co[i + 1]);
                note(story, close);
                coroutine_suspend(&story->co[i]);
        }
}

static void outer(void *arg)
{
        resume_inner(arg, 0, '[', ']');
}

static void middle(void *arg)
{
        resume_inner(arg, 1, '(', ')');
}

static void innermost(void *arg)
{
        struct story *story = arg;

        for (char letter = 'a';; letter++) {
                note(story, letter);
                coroutine_suspend(&story->co[2]);
        }
}

START_TEST(nests)
{
        struct story story = { .length = 0 };

        start(&story, 0, outer);
        start(&story, 1, middle);
        start(&story, 2, innermost);
        coroutine_resume(&story.co[0]);
        note(&story, '-');
        coroutine_resume(&story.co[0]);
        ck_assert_str_eq(story.text, "[(a)]-[(b)]");
        drop_all(&story, 3);
}
END_TEST

START_TEST(suspends_to_whoever_resumed_it_last)
{
        struct story story = { .length = 0 };

        start(&story, 0, outer);
        start(&story, 1, middle);
        start(&story, 2, innermost);
        coroutine_resume(&story.co[2]); /* by the host, */
        coroutine_resume(&story.co[0]); /* by the middle one on behalf of the outer, */
        coroutine_resume(&story.co[1]); /* of the host, */
        coroutine_resume(&story.co[2]); /* and by the host again. */
        ck_assert_str_eq(story.text, "a[(b)](c)d");
        drop_all(&story, 3);
}
END_TEST

/* On the innermost stack, suspend the outermost coroutine: a PE that is preempted while its guest runs. */
static void suspend_the_chain(void *arg)
{
        struct story *story = arg;

        note(story, 'x');
        coroutine_suspend(&story->co[0]);
        note(story, 'y');
        coroutine_suspend(&story->co[2]);
        note(story, 'z');
        coroutine_suspend(&story->co[0]);
}

START_TEST(a_chain_is_suspended_from_its_innermost_member)
{
        struct story story = { .length = 0 };

        start(&story, 0, outer);
        start(&story, 1, middle);
        start(&story, 2, suspend_the_chain);
        for (int i = 1; i <= 3; i++) {
                coroutine_resume(&story.co[0]);
                note(&story, (char)('0' + i));
        }
        ck_assert_str_eq(story.text, "[(x1y)]2[(z3");
        drop_all(&story, 3);
}
END_TEST

/* Threads */

#define NUM_THREADS   4u
#define NUM_PASSES    2000u
#define NUM_TRAVELLER NUM_STACKS

struct traveller {
        struct coroutine co;
        unsigned passes;
        uint64_t sum;
};

/* Recursion leaves something on the stack for the next thread to find. */
static uint64_t travel(struct traveller *traveller, unsigned depth)
{
        volatile uint64_t here = traveller->passes + depth;

        if (depth > 0)
                return travel(traveller, depth - 1) + here;
        traveller->passes++;
        coroutine_suspend(&traveller->co);
        return here;
}

static void travel_on(void *arg)
{
        struct traveller *traveller = arg;

        while (traveller->passes < NUM_PASSES)
                traveller->sum += travel(traveller, traveller->passes % 16);
}

static void *resume_once(void *arg)
{
        coroutine_resume(arg);
        return NULL;
}

START_TEST(is_resumed_by_a_new_thread_each_time)
{
        struct traveller traveller = { .passes = NUM_PASSES - 40 };

        coroutine_init(&traveller.co, stacks[0], STACK_SIZE, travel_on, &traveller);
        while (!coroutine_finished(&traveller.co)) {
                pthread_t thread;

                ck_assert_int_eq(pthread_create(&thread, NULL, resume_once, &traveller.co), 0);
                pthread_join(thread, NULL);
        }
        ck_assert_uint_eq(traveller.passes, NUM_PASSES);
        coroutine_drop(&traveller.co);
}
END_TEST

/* A pile of coroutines that are ready to run, shared by threads. */
struct pile {
        pthread_mutex_t mutex;
        struct traveller travellers[NUM_TRAVELLER];
        struct traveller *ready[NUM_TRAVELLER];
        unsigned num_ready;
        unsigned num_unfinished;
};

/* The one that has waited longest, so that travellers change hands. */
static struct traveller *pile_take(struct pile *pile)
{
        struct traveller *first = NULL;

        pthread_mutex_lock(&pile->mutex);
        if (pile->num_ready > 0) {
                first = pile->ready[0];
                pile->num_ready--;
                memmove(pile->ready, pile->ready + 1, pile->num_ready * sizeof(pile->ready[0]));
        }
        pthread_mutex_unlock(&pile->mutex);
        return first;
}

static bool pile_put(struct pile *pile, struct traveller *traveller)
{
        bool more;

        pthread_mutex_lock(&pile->mutex);
        if (traveller != NULL && coroutine_finished(&traveller->co))
                pile->num_unfinished--;
        else if (traveller != NULL)
                pile->ready[pile->num_ready++] = traveller;
        more = pile->num_unfinished > 0;
        pthread_mutex_unlock(&pile->mutex);
        return more;
}

static void *work_off(void *arg)
{
        struct traveller *traveller;

        do {
                traveller = pile_take(arg);
                if (traveller != NULL)
                        coroutine_resume(&traveller->co);
        } while (pile_put(arg, traveller));
        return NULL;
}

/* What travel_on() adds up when nothing is lost. The base of the recursion has read `passes` before increasing it. */
static uint64_t sum_expected(void)
{
        uint64_t sum = 0;

        for (uint64_t pass = 0; pass < NUM_PASSES; pass++)
                for (uint64_t depth = 0; depth <= pass % 16; depth++)
                        sum += pass + depth;
        return sum;
}

START_TEST(many_are_passed_around_among_threads)
{
        struct pile pile = { .mutex = PTHREAD_MUTEX_INITIALIZER };
        pthread_t threads[NUM_THREADS];

        for (unsigned i = 0; i < NUM_TRAVELLER; i++) {
                struct traveller *traveller = &pile.travellers[i];

                coroutine_init(&traveller->co, stacks[i], STACK_SIZE, travel_on, traveller);
                pile.ready[pile.num_ready++] = traveller;
                pile.num_unfinished++;
        }
        for (unsigned i = 0; i < NUM_THREADS; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, work_off, &pile), 0);
        for (unsigned i = 0; i < NUM_THREADS; i++)
                pthread_join(threads[i], NULL);
        for (unsigned i = 0; i < NUM_TRAVELLER; i++) {
                ck_assert_uint_eq(pile.travellers[i].passes, NUM_PASSES);
                ck_assert_uint_eq(pile.travellers[i].sum, sum_expected());
                coroutine_drop(&pile.travellers[i].co);
        }
}
END_TEST

/* Stacks */

#define BLOCK_SIZE 1000u

/* Fill blocks all the way down, suspend at the bottom, and find them as they were on the way up. */
static unsigned fill_blocks(struct story *story, unsigned depth)
{
        unsigned char block[BLOCK_SIZE];
        unsigned num_intact = 0;
        volatile unsigned char *bytes = block;

        for (unsigned i = 0; i < BLOCK_SIZE; i++)
                bytes[i] = (unsigned char)(depth + i);
        if (depth == 0)
                coroutine_suspend(&story->co[0]);
        else
                num_intact = fill_blocks(story, depth - 1);
        for (unsigned i = 0; i < BLOCK_SIZE; i++)
                if (bytes[i] != (unsigned char)(depth + i))
                        return 0;
        return num_intact + 1;
}

/* Sanitizers make frames several times larger; 100 blocks are deep, and safe with all of them. */
#define NUM_BLOCKS 100u

static void fill_deep(void *arg)
{
        if (fill_blocks(arg, NUM_BLOCKS - 1) == NUM_BLOCKS)
                note(arg, 'k');
}

START_TEST(keeps_what_is_deep_in_its_stack)
{
        struct story story = { .length = 0 };

        start(&story, 0, fill_deep);
        start(&story, 1, note_around_suspension);
        coroutine_resume(&story.co[0]);
        coroutine_drop(&story.co[1]);
        coroutine_resume(&story.co[0]);
        ck_assert(coroutine_finished(&story.co[0]));
        ck_assert_str_eq(story.text, "k");
        coroutine_drop(&story.co[0]);
}
END_TEST

static void return_at_once(void *arg)
{
        note(arg, 'r');
}

/* Dropped before it starts, suspended near the top and near the bottom of its stack, and finished. */
START_TEST(is_dropped_at_any_stage_and_the_stack_is_as_new)
{
        static coroutine_fn *const fns[] = { return_at_once, note_around_suspension, fill_deep, return_at_once };

        for (int round = 0; round < 20; round++) {
                struct story story = { .length = 0 };

                start(&story, 0, fns[_i]);
                if (_i > 0)
                        coroutine_resume(&story.co[0]);
                coroutine_drop(&story.co[0]);
                if (round % 2 == 1)
                        memset(stacks[0], 0xee, STACK_SIZE);
                start(&story, 0, fill_deep);
                coroutine_resume(&story.co[0]);
                coroutine_resume(&story.co[0]);
                ck_assert(coroutine_finished(&story.co[0]));
                coroutine_drop(&story.co[0]);
        }
}
END_TEST

/* With an array, so that AddressSanitizer has a reason to make a fake stack where it is asked to. */
static void fill_one(void *arg)
{
        fill_blocks(arg, 0);
}

static long address_space_pages(void)
{
        FILE *statm = fopen("/proc/self/statm", "r");
        long size = 0;

        ck_assert_ptr_nonnull(statm);
        ck_assert_int_eq(fscanf(statm, "%ld", &size), 1);
        fclose(statm);
        return size;
}

/*
 * Whatever the tools keep for a coroutine is given back. The rounds are more than ThreadSanitizer can count fibers, and
 * their fake stacks would be tens of gigabytes.
 */
START_TEST(dropping_releases_what_the_tools_keep)
{
        struct story story = { .length = 0 };
        long before = address_space_pages();

        for (int round = 0; round < 12000; round++) {
                start(&story, 0, fill_one);
                coroutine_resume(&story.co[0]);
                coroutine_drop(&story.co[0]);
        }
        ck_assert_int_lt(address_space_pages() - before, 1 << 20);
}
END_TEST

static void hold_memory(void *arg)
{
        struct story *story = arg;
        char *held = malloc(100);

        *(volatile char *)held = 1;
        coroutine_suspend(&story->co[0]);
        free(held);
}

/* Leak checkers run when the process of this test exits, with the coroutine still suspended. */
START_TEST(memory_held_by_a_suspended_function_is_no_leak)
{
        static struct story story;
        void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        ck_assert_ptr_ne(stack, MAP_FAILED);
        coroutine_init(&story.co[0], stack, STACK_SIZE, hold_memory, &story);
        coroutine_resume(&story.co[0]);
}
END_TEST

static void suspend_and_jump(struct story *story, jmp_buf back)
{
        note(story, 'j');
        coroutine_suspend(&story->co[0]);
        longjmp(back, 1);
}

static void jump_within(void *arg)
{
        jmp_buf back;

        if (setjmp(back) == 0)
                suspend_and_jump(arg, back);
        note(arg, 'l');
}

START_TEST(may_jump_on_its_own_stack)
{
        struct story story = { .length = 0 };

        start(&story, 0, jump_within);
        coroutine_resume(&story.co[0]);
        coroutine_resume(&story.co[0]);
        ck_assert_str_eq(story.text, "jl");
        coroutine_drop(&story.co[0]);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("coroutine");
        TCase *tcase = tcase_create("coroutine");
        SRunner *sr = srunner_create(suite);
        int num_failed;

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, goes_on_where_it_left_off);
        tcase_add_test(tcase, nests);
        tcase_add_test(tcase, suspends_to_whoever_resumed_it_last);
        tcase_add_test(tcase, a_chain_is_suspended_from_its_innermost_member);
        tcase_add_test(tcase, is_resumed_by_a_new_thread_each_time);
        tcase_add_test(tcase, many_are_passed_around_among_threads);
        tcase_add_test(tcase, keeps_what_is_deep_in_its_stack);
        tcase_add_loop_test(tcase, is_dropped_at_any_stage_and_the_stack_is_as_new, 0, 4);
        tcase_add_test(tcase, dropping_releases_what_the_tools_keep);
        tcase_add_test(tcase, memory_held_by_a_suspended_function_is_no_leak);
        tcase_add_test(tcase, may_jump_on_its_own_stack);
        suite_add_tcase(suite, tcase);
        srunner_run_all(sr, CK_ENV);
        num_failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return num_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
