/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_stack_pool.c - stacks are distinct, guarded, reused, and cost what is used of them.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* syscall() */
#endif

#include "stack_pool.h"

#include <check.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATCHED_BY_A_RUNTIME 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define WATCHED_BY_A_RUNTIME 1
#endif
#ifndef WATCHED_BY_A_RUNTIME
#define WATCHED_BY_A_RUNTIME RUNNING_ON_VALGRIND
#endif

#define STACK_SIZE 16384u
#define FEW        4u

static struct stack_pool pool_of(size_t stack_size, uint32_t count)
{
        struct stack_pool pool;

        ck_assert_int_eq(stack_pool_init(&pool, stack_size, count), 0);
        return pool;
}

static uint32_t take(struct stack_pool *pool)
{
        uint32_t slot = UINT32_MAX;

        ck_assert(stack_pool_take(pool, &slot));
        ck_assert_uint_lt(slot, pool->count);
        return slot;
}

static unsigned char *stack_of(const struct stack_pool *pool, uint32_t slot, size_t *size)
{
        unsigned char *stack = stack_pool_stack(pool, slot, size);

        ck_assert_ptr_nonnull(stack);
        return stack;
}

START_TEST(refuses_what_cannot_be_reserved)
{
        struct stack_pool pool;

        ck_assert_int_eq(stack_pool_init(&pool, 0, FEW), -EINVAL);
        ck_assert_int_eq(stack_pool_init(&pool, STACK_SIZE, 0), -EINVAL);
        ck_assert_int_eq(stack_pool_init(&pool, STACK_SIZE, UINT32_MAX), -EINVAL);
        ck_assert_int_eq(stack_pool_init(&pool, SIZE_MAX, FEW), -EINVAL);
        ck_assert_int_eq(stack_pool_init(&pool, SIZE_MAX / 2, FEW), -EINVAL);
        ck_assert_int_eq(stack_pool_init(&pool, SIZE_MAX / 2, 1), -ENOMEM);
}
END_TEST

START_TEST(stacks_have_the_size_asked_for)
{
        static const size_t sizes[] = { 1, 2048, 4096, 4097, 65536, 100000 };
        struct stack_pool pool = pool_of(sizes[_i], 64);

        for (uint32_t i = 0; i < 64; i++) {
                size_t size;
                unsigned char *stack = stack_of(&pool, take(&pool), &size);

                ck_assert_uint_ge(size, sizes[_i]);
                memset(stack, 0xa5, size);
        }
        stack_pool_destroy(&pool);
}
END_TEST

START_TEST(stacks_do_not_overlap)
{
        struct stack_pool pool = pool_of(STACK_SIZE, FEW);
        uint32_t slots[FEW];
        size_t size;

        for (uint32_t i = 0; i < FEW; i++) {
                slots[i] = take(&pool);
                unsigned char *stack = stack_of(&pool, slots[i], &size);
                memset(stack, (int)i, size);
        }
        for (uint32_t i = 0; i < FEW; i++) {
                unsigned char *stack = stack_of(&pool, slots[i], &size);

                for (size_t at = 0; at < size; at++)
                        ck_assert_uint_eq(stack[at], i);
        }
        stack_pool_destroy(&pool);
}
END_TEST

START_TEST(an_exhausted_pool_says_so_until_one_comes_back)
{
        struct stack_pool pool = pool_of(STACK_SIZE, FEW);
        uint32_t slots[FEW];
        uint32_t none = 77;

        for (uint32_t i = 0; i < FEW; i++)
                slots[i] = take(&pool);
        for (uint32_t i = 0; i < FEW; i++)
                for (uint32_t j = 0; j < i; j++)
                        ck_assert_uint_ne(slots[i], slots[j]);
        ck_assert(!stack_pool_take(&pool, &none));
        stack_pool_give(&pool, slots[2]);
        ck_assert_uint_eq(take(&pool), slots[2]);
        ck_assert(!stack_pool_take(&pool, &none));
        stack_pool_destroy(&pool);
}
END_TEST

START_TEST(the_last_stack_given_is_the_first_taken)
{
        struct stack_pool pool = pool_of(STACK_SIZE, FEW);
        uint32_t slots[FEW];

        for (uint32_t i = 0; i < FEW; i++)
                slots[i] = take(&pool);
        for (uint32_t i = 0; i < FEW; i++)
                stack_pool_give(&pool, slots[i]);
        for (uint32_t i = FEW; i-- > 0;)
                ck_assert_uint_eq(take(&pool), slots[i]);
        stack_pool_destroy(&pool);
}
END_TEST

/*
 * A thread that was overtaken in the middle of taking must notice, even when the same stack is on top again. To provoke
 * that by chance takes hours; it is enough that the head of the list never looks the same twice.
 */
START_TEST(the_free_list_never_looks_the_same_twice)
{
        struct stack_pool pool = pool_of(STACK_SIZE, FEW);
        uint32_t slot = take(&pool);
        uint64_t seen[2];

        for (int i = 0; i < 2; i++) {
                stack_pool_give(&pool, slot);
                seen[i] = atomic_load(&pool.free);
                ck_assert_uint_eq(take(&pool), slot);
        }
        ck_assert_uint_ne(seen[0], seen[1]);
        stack_pool_destroy(&pool);
}
END_TEST

#define EXIT_FAULTED 42

static void exit_faulted(int signal_number)
{
        (void)signal_number;
        _exit(EXIT_FAULTED);
}

/* Tried in a child, which exits from a handler: death by the signal would be reported by every tool watching. */
static bool write_faults(unsigned char *address)
{
        pid_t child = fork();
        int status = 0;

        ck_assert_int_ge(child, 0);
        if (child == 0) {
                signal(SIGSEGV, exit_faulted);
                *(volatile unsigned char *)address = 1;
                _exit(0);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_FAULTED));
        return WEXITSTATUS(status) == EXIT_FAULTED;
}

START_TEST(the_guard_page_faults_and_nothing_else_does)
{
        struct stack_pool pool = pool_of(STACK_SIZE, FEW);

        /* The first slot has the bookkeeping below it, the others a neighbour. */
        for (uint32_t i = 0; i < FEW; i++) {
                size_t size;
                unsigned char *stack = stack_of(&pool, take(&pool), &size);

                ck_assert(!write_faults(stack));
                ck_assert(!write_faults(stack + size - 1));
                ck_assert(write_faults(stack - 1));
                ck_assert(write_faults(stack - (size_t)sysconf(_SC_PAGESIZE)));
        }
        stack_pool_destroy(&pool);
}
END_TEST

static long resident_pages(void)
{
        FILE *statm = fopen("/proc/self/statm", "r");
        long size = 0, resident = 0;

        ck_assert_ptr_nonnull(statm);
        ck_assert_int_eq(fscanf(statm, "%ld %ld", &size, &resident), 2);
        fclose(statm);
        return resident;
}

START_TEST(a_large_pool_costs_what_is_used_of_it)
{
        long before = resident_pages();
        struct stack_pool pool = pool_of(65536, 100000); /* some 7 GB of address space */
        uint32_t slot = take(&pool);
        size_t size;
        unsigned char *stack = stack_of(&pool, slot, &size);

        stack[size - 1] = 1;
        stack_pool_give(&pool, slot);
        /* Sanitizers and Valgrind keep books of their own on a mapping; without them it is three pages. */
        ck_assert_int_lt(resident_pages() - before, 100000 / 4);
        stack_pool_destroy(&pool);
}
END_TEST

/* Strict mode kills a process for any system call but read, write, exit and sigreturn. */
static void reuse_without_system_calls(struct stack_pool *pool)
{
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
                syscall(SYS_exit, 1);
        for (int i = 0; i < 1000; i++) {
                uint32_t a = 0, b = 0;

                if (!stack_pool_take(pool, &a) || !stack_pool_take(pool, &b))
                        syscall(SYS_exit, 2);
                stack_pool_give(pool, a);
                stack_pool_give(pool, b);
        }
        syscall(SYS_exit, 0);
}

START_TEST(reuse_makes_no_system_call)
{
        struct stack_pool pool = pool_of(STACK_SIZE, FEW);
        uint32_t a = take(&pool), b = take(&pool);
        int status = 0;
        pid_t child;

        /* Valgrind and ThreadSanitizer's background thread share the process and cannot do without system calls. */
        if (WATCHED_BY_A_RUNTIME) {
                stack_pool_destroy(&pool);
                return;
        }
        stack_pool_give(&pool, a);
        stack_pool_give(&pool, b);
        child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
                reuse_without_system_calls(&pool);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
        /* 1: this system has no strict mode, and there is nothing to learn here. */
        ck_assert_int_ne(WEXITSTATUS(status), 2);
        stack_pool_destroy(&pool);
}
END_TEST

#define NUM_THREADS 8
#define NUM_ROUNDS  4000

struct hammer {
        struct stack_pool *pool;
        unsigned char mark;
        unsigned refused;
        unsigned spoiled;
};

/* Mark both ends, with plain stores: a slot that two threads hold is a race, and is spoiled. */
static void hold(struct hammer *hammer, uint32_t slot)
{
        size_t size;
        unsigned char *stack = stack_pool_stack(hammer->pool, slot, &size);

        stack[0] = stack[size - 1] = hammer->mark;
        if (hammer->mark % 2 == 0)
                sched_yield();
        if (stack[0] != hammer->mark || stack[size - 1] != hammer->mark)
                hammer->spoiled++;
}

static void *hammer_pool(void *arg)
{
        struct hammer *hammer = arg;

        for (int round = 0; round < NUM_ROUNDS; round++) {
                uint32_t slots[2];
                unsigned num_taken = 0;

                while (num_taken < 2 && stack_pool_take(hammer->pool, &slots[num_taken]))
                        hold(hammer, slots[num_taken++]);
                hammer->refused += num_taken < 2;
                for (unsigned i = 0; i < num_taken; i++)
                        stack_pool_give(hammer->pool, slots[i]);
        }
        return NULL;
}

/* With fewer stacks than the threads want, so that the list runs empty, and with enough, so that it never may. */
START_TEST(threads_never_share_a_stack)
{
        static const uint32_t counts[] = { 1, 3, NUM_THREADS, 2 * NUM_THREADS };
        struct stack_pool pool = pool_of(STACK_SIZE, counts[_i]);
        pthread_t threads[NUM_THREADS];
        struct hammer hammers[NUM_THREADS];
        uint32_t num_left = 0, slot;

        for (unsigned i = 0; i < NUM_THREADS; i++) {
                hammers[i] = (struct hammer){ .pool = &pool, .mark = (unsigned char)(i + 1) };
                ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer_pool, &hammers[i]), 0);
        }
        for (unsigned i = 0; i < NUM_THREADS; i++) {
                pthread_join(threads[i], NULL);
                ck_assert_uint_eq(hammers[i].spoiled, 0);
                if (counts[_i] == 2 * NUM_THREADS)
                        ck_assert_uint_eq(hammers[i].refused, 0);
        }
        while (stack_pool_take(&pool, &slot))
                num_left++;
        ck_assert_uint_eq(num_left, counts[_i]);
        stack_pool_destroy(&pool);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("stack_pool");
        TCase *tcase = tcase_create("stack_pool");
        SRunner *sr = srunner_create(suite);
        int num_failed;

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, refuses_what_cannot_be_reserved);
        tcase_add_loop_test(tcase, stacks_have_the_size_asked_for, 0, 6);
        tcase_add_test(tcase, stacks_do_not_overlap);
        tcase_add_test(tcase, an_exhausted_pool_says_so_until_one_comes_back);
        tcase_add_test(tcase, the_last_stack_given_is_the_first_taken);
        tcase_add_test(tcase, the_free_list_never_looks_the_same_twice);
        tcase_add_test(tcase, the_guard_page_faults_and_nothing_else_does);
        tcase_add_test(tcase, a_large_pool_costs_what_is_used_of_it);
        tcase_add_test(tcase, reuse_makes_no_system_call);
        tcase_add_loop_test(tcase, threads_never_share_a_stack, 0, 4);
        suite_add_tcase(suite, tcase);
        srunner_run_all(sr, CK_ENV);
        num_failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return num_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
