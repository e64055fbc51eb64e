/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coroutine.h - functions that run on a stack of their own and can be left in the middle.
 *
 * The programs inside Realms are C functions. A vCPU is suspended wherever the architecture would exit to the host and
 * goes on later, perhaps on another host thread; a controlled schedule does the same with host PEs. A thread for each
 * of them would cost microseconds a hand-over and an ordering nobody controls; a coroutine costs a few nanoseconds.
 *
 * Rules for the code that runs inside:
 *
 * - It may be resumed by a different thread each time, never by two at once. Who passes a coroutine between threads
 *   synchronises, and does so after coroutine_resume() has returned.
 * - It must not keep the address of a thread-local (errno included) across a suspension. Compilers do that within one
 *   function when they see fit, so code that migrates is better off not touching thread-locals around a suspension.
 * - It must not leave its function by longjmp() or an exception; both are fine as long as they stay on its stack.
 */
#ifndef COROUTINE_H
#define COROUTINE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

typedef void coroutine_fn(void *arg);

/* The least stack a coroutine may have. Enough for the switch itself; what the function needs comes on top. */
#define COROUTINE_STACK_SIZE_MIN 2048

enum coroutine_state {
        COROUTINE_SUSPENDED, /* never started, or suspended */
        COROUTINE_RUNNING,   /* resumed, and not come back since */
        COROUTINE_FINISHED,  /* the function has returned */
};

/*
 * What sanitizers and Valgrind want to know about a stack.
 *
 * The fields stand here in every build: the layout must not depend on the flags of whoever includes this header.
 */
struct coroutine_tools {
        const void *other_stack_low; /* AddressSanitizer: the stack the other side stands on */
        size_t other_stack_size;
        void *other_fake_stack;    /* AddressSanitizer: where its locals really live */
        void *arriving_fake_stack; /* the same, while a switch is under way */
        void *own_fiber;           /* ThreadSanitizer: this coroutine; NULL until it first runs */
        void *other_fiber;         /* ThreadSanitizer: whoever runs when the other side does */
        unsigned valgrind_stack;
};

/*
 * A coroutine has two sides: itself and whoever resumed it. One runs, the other waits, and to resume and to suspend are
 * the same act of changing sides. So only the waiting side needs a place to be remembered.
 *
 * Embed it where you like, but do not move it between coroutine_init() and coroutine_drop(): its stack points back to
 * it. The fields belong to coroutine.c.
 */
struct coroutine {
        void *other; /* where the waiting side left off */
        enum coroutine_state state;
        coroutine_fn *fn;
        void *arg;
        void *stack_low;
        size_t stack_size;
        struct coroutine_tools tools;
};

/*
 * Prepare co to run fn(arg) on the given stack. Nothing runs yet.
 *
 * The stack is the caller's, at least COROUTINE_STACK_SIZE_MIN bytes, and must stay until coroutine_drop().
 * The floating-point control registers start as in a new program, whatever the calling thread made of its own; from
 * then on each side keeps its own. (Where there is no switch of our own they start as those of the calling thread.)
 */
void coroutine_init(struct coroutine *co, void *stack_low, size_t stack_size, coroutine_fn *fn, void *arg);

bool coroutine_finished(const struct coroutine *co);

/*
 * Forget co: never started, suspended or finished. Its stack may then be reused or freed.
 *
 * Nothing on that stack is unwound. Where a whole chain was suspended, drop every member of it, in any order.
 */
void coroutine_drop(struct coroutine *co);

/* ---- changing sides ----------------------------------------------------------------------------------------------- */

#include "coroutine_switch.h"
#include "coroutine_tools.h"

/* Inlined, always: see coroutine_switch.h. */
__attribute__((always_inline)) static inline void coroutine_change_sides(struct coroutine *co)
{
        tools_leave(&co->tools);
        coroutine_switch(&co->other);
        tools_arrive(&co->tools);
}

/* Run a suspended coroutine, on any thread, until it suspends itself or its function returns. */
static inline void coroutine_resume(struct coroutine *co)
{
        assert(co->state == COROUTINE_SUSPENDED);
        co->state = COROUTINE_RUNNING;
        coroutine_change_sides(co);
}

/*
 * Return to whoever resumed co last. Goes on when co is resumed again.
 *
 * Called from inside co: from its own function, or from a coroutine that was resumed, directly or through others, from
 * inside co. In the latter case the whole chain is suspended, and resuming co continues it where it was.
 */
static inline void coroutine_suspend(struct coroutine *co)
{
        assert(co->state == COROUTINE_RUNNING);
        co->state = COROUTINE_SUSPENDED;
        coroutine_change_sides(co);
}

#endif
