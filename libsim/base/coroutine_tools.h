/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coroutine_tools.h - telling sanitizers and Valgrind that the stack changes under them.
 *
 * AddressSanitizer keeps the bounds of the current stack and, on request, moves locals to a "fake stack" on the heap.
 * ThreadSanitizer keeps a call stack and a vector clock for each fiber, as it calls our coroutines. LeakSanitizer wants
 * to know where pointers may live. Valgrind guesses stack switches from jumps of the stack pointer and is spared the
 * guessing. In a build without any of them, and without Valgrind's headers, all of these functions are empty.
 *
 * Part of coroutine.h. All of it is inlined, always. A function of its own would be entered on one side and, once ThreadSanitizer has been
 * told of the switch, left on the other, whose call stack would lose a frame it never had.
 */
#ifndef COROUTINE_TOOLS_H
#define COROUTINE_TOOLS_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COROUTINE_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define COROUTINE_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define COROUTINE_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define COROUTINE_TSAN 1
#endif

#ifdef COROUTINE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef COROUTINE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define TOOLS_FN __attribute__((always_inline)) static inline

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif

/* A coroutine was prepared on this stack. */
TOOLS_FN void tools_begin(struct coroutine_tools *tools, void *stack_low, size_t stack_size)
{
        tools->other_stack_low = stack_low;
        tools->other_stack_size = stack_size;
#ifdef COROUTINE_ASAN
        /* What only a suspended function points to is not lost. (From a fake stack LeakSanitizer sees no pointers.) */
        __lsan_register_root_region(stack_low, stack_size);
#endif
#ifdef VALGRIND_STACK_REGISTER
        tools->valgrind_stack = VALGRIND_STACK_REGISTER(stack_low, (char *)stack_low + stack_size - 1);
#endif
}

/* ThreadSanitizer: the fiber we arrive on. Made late, because it is large and its number limited. */
TOOLS_FN void tools_leave_fiber(struct coroutine_tools *tools)
{
#ifdef COROUTINE_TSAN
        void *target = tools->other_fiber;

        if (tools->own_fiber == NULL)
                target = tools->own_fiber = __tsan_create_fiber(0);
        tools->other_fiber = __tsan_get_current_fiber();
        __tsan_switch_to_fiber(target, 0);
#else
        (void)tools;
#endif
}

/* Immediately before changing sides. */
TOOLS_FN void tools_leave(struct coroutine_tools *tools)
{
#ifdef COROUTINE_ASAN
        tools->arriving_fake_stack = tools->other_fake_stack;
        __sanitizer_start_switch_fiber(&tools->other_fake_stack, tools->other_stack_low, tools->other_stack_size);
#endif
        tools_leave_fiber(tools);
}

/* The same at the end of the function: its fake stack goes with it. */
TOOLS_FN void tools_leave_for_good(struct coroutine_tools *tools)
{
#ifdef COROUTINE_ASAN
        tools->arriving_fake_stack = tools->other_fake_stack;
        tools->other_fake_stack = NULL;
        __sanitizer_start_switch_fiber(NULL, tools->other_stack_low, tools->other_stack_size);
#endif
        tools_leave_fiber(tools);
}

/* Immediately after; AddressSanitizer tells which stack we came from, and that is the waiting side now. */
TOOLS_FN void tools_arrive(struct coroutine_tools *tools)
{
#ifdef COROUTINE_ASAN
        __sanitizer_finish_switch_fiber(tools->arriving_fake_stack, &tools->other_stack_low, &tools->other_stack_size);
#else
        (void)tools;
#endif
}

/*
 * AddressSanitizer destroys a fake stack only when the side it belongs to leaves for good. So pretend: arrive there
 * without switching, leave for good, and be back.
 */
TOOLS_FN void tools_drop_fake_stack(struct coroutine_tools *tools, const void *stack_low, size_t stack_size)
{
#ifdef COROUTINE_ASAN
        void *mine = NULL;
        const void *my_stack_low = NULL;
        size_t my_stack_size = 0;

        if (tools->other_fake_stack == NULL)
                return;
        __sanitizer_start_switch_fiber(&mine, stack_low, stack_size);
        __sanitizer_finish_switch_fiber(tools->other_fake_stack, &my_stack_low, &my_stack_size);
        __sanitizer_start_switch_fiber(NULL, my_stack_low, my_stack_size);
        __sanitizer_finish_switch_fiber(mine, NULL, NULL);
        tools->other_fake_stack = NULL;
#else
        (void)tools, (void)stack_low, (void)stack_size;
#endif
}

/* The coroutine is gone, and its stack is plain memory again: whatever frames were left on it guard nothing now. */
TOOLS_FN void tools_end(struct coroutine_tools *tools, void *stack_low, size_t stack_size)
{
        tools_drop_fake_stack(tools, stack_low, stack_size);
#ifdef COROUTINE_ASAN
        __lsan_unregister_root_region(stack_low, stack_size);
        __asan_unpoison_memory_region(stack_low, stack_size);
#endif
#ifdef COROUTINE_TSAN
        if (tools->own_fiber != NULL)
                __tsan_destroy_fiber(tools->own_fiber);
        tools->own_fiber = NULL;
#endif
#ifdef VALGRIND_STACK_REGISTER
        VALGRIND_STACK_DEREGISTER(tools->valgrind_stack);
        VALGRIND_MAKE_MEM_UNDEFINED(stack_low, stack_size);
#endif
}

#endif
