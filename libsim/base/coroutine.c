/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coroutine.c - the life of a coroutine but for its switches: prepared, finished, dropped.
 */
#include "coroutine.h"

#include <assert.h>
#include <stdint.h>

/* The first function on every stack. It never returns: there is nothing above it to return to. */
static void run(void *arg)
{
        struct coroutine *co = arg;

        tools_arrive(&co->tools);
        co->fn(co->arg);
        co->state = COROUTINE_FINISHED;
        tools_leave_for_good(&co->tools);
        coroutine_switch(&co->other);
        assert(!"a finished coroutine was resumed");
}

void coroutine_init(struct coroutine *co, void *stack_low, size_t stack_size, coroutine_fn *fn, void *arg)
{
        assert(stack_low != NULL && stack_size >= COROUTINE_STACK_SIZE_MIN);
        assert(fn != NULL);
        *co = (struct coroutine){
                .state = COROUTINE_SUSPENDED, .fn = fn, .arg = arg, .stack_low = stack_low, .stack_size = stack_size
        };
        co->other = coroutine_prepare(stack_low, stack_size, run, co);
        tools_begin(&co->tools, stack_low, stack_size);
}

bool coroutine_finished(const struct coroutine *co)
{
        return co->state == COROUTINE_FINISHED;
}

void coroutine_drop(struct coroutine *co)
{
        uintptr_t here = (uintptr_t)__builtin_frame_address(0);

        /* Dropping the stack one stands on cannot end well. (A difference below zero wraps, and is not less either.) */
        assert(here - (uintptr_t)co->stack_low >= co->stack_size);
        (void)here;
        tools_end(&co->tools, co->stack_low, co->stack_size);
        co->state = COROUTINE_FINISHED;
}
