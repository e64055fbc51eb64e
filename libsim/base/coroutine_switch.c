/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coroutine_switch.c - what a stack looks like before anything ran on it.
 *
 * A new stack gets by hand what a switch would have saved, with `coroutine_start` as the place to go on. That has no caller, and
 * says so to unwinders, so a backtrace ends there.
 */
#include "coroutine_switch.h"

#include <stdint.h>

#ifdef COROUTINE_UCONTEXT
#include <ucontext.h>
#else
#include <string.h>

__attribute__((visibility("hidden"))) void coroutine_start(void);

/* The upper end of the stack, aligned as both standards demand. */
static unsigned char *stack_top(void *low, size_t size)
{
        return (unsigned char *)(((uintptr_t)low + size) & ~(uintptr_t)15);
}
#endif

#if defined(COROUTINE_UCONTEXT)

/*
 * Where we have no switch of our own. It enters the kernel for the signal mask, which makes it some fifty times slower.
 *
 * A context is a ucontext_t on its own stack: at the top for a new one, in the frame of coroutine_switch() afterwards.
 */

#define HALF_BITS 32

/* makecontext() passes ints only, so the two pointers travel in halves. */
static void start(unsigned entry_high, unsigned entry_low, unsigned arg_high, unsigned arg_low)
{
        uint64_t entry = (uint64_t)entry_high << HALF_BITS | entry_low;
        uint64_t arg = (uint64_t)arg_high << HALF_BITS | arg_low;

        ((void (*)(void *))(uintptr_t)entry)((void *)(uintptr_t)arg);
}

void *coroutine_prepare(void *stack_low, size_t stack_size, void (*entry)(void *), void *arg)
{
        size_t context_size = (sizeof(ucontext_t) + 63) & ~(size_t)63;
        uintptr_t top = ((uintptr_t)stack_low + stack_size) & ~(uintptr_t)63;
        ucontext_t *context = (void *)(top - context_size);
        uint64_t entry_bits = (uintptr_t)entry;
        uint64_t arg_bits = (uintptr_t)arg;

        getcontext(context);
        context->uc_link = NULL;
        context->uc_stack.ss_sp = stack_low;
        context->uc_stack.ss_size = (size_t)((uintptr_t)context - (uintptr_t)stack_low);
        makecontext(context, (void (*)(void))start, 4, (unsigned)(entry_bits >> HALF_BITS), (unsigned)entry_bits,
                    (unsigned)(arg_bits >> HALF_BITS), (unsigned)arg_bits);
        return context;
}

void coroutine_switch(void **other)
{
        ucontext_t here;
        ucontext_t *there = *other;

        *other = &here;
        swapcontext(&here, there);
}

#elif defined(__x86_64__)

__asm__("       .pushsection .text\n"
        "       .p2align 4\n"
        "       .globl  coroutine_start\n"
        "       .hidden coroutine_start\n"
        "       .type   coroutine_start, @function\n"
        "coroutine_start:\n"
        "       .cfi_startproc\n"
        "       .cfi_undefined %rip\n"
        "       endbr64\n"
        "       popq    %rax\n"
        "       popq    %rdi\n"
        "       addq    $8, %rsp\n" /* aligned to 16, as a call demands */
        "       callq   *%rax\n"
        "       ud2\n"
        "       .cfi_endproc\n"
        "       .size   coroutine_start, . - coroutine_start\n"
        "       .popsection\n");

struct saved {
        uint32_t mxcsr;
        uint16_t x87_control;
        void (*resume_at)(void);
        uint64_t rbp;
        uint8_t red_zone[128];
        /* What coroutine_start takes from the stack. */
        void (*entry)(void *);
        void *arg;
        uint64_t alignment;
        uint64_t nothing[2]; /* for those who walk past the first frame */
};

#define MXCSR_AT_START       0x1f80 /* round to nearest, all exceptions masked: what the ABI gives a new program */
#define X87_CONTROL_AT_START 0x037f /* the same, with 64 bits of precision */

void *coroutine_prepare(void *stack_low, size_t stack_size, void (*entry)(void *), void *arg)
{
        struct saved saved = {
                .mxcsr = MXCSR_AT_START,
                .x87_control = X87_CONTROL_AT_START,
                .resume_at = coroutine_start,
                .entry = entry,
                .arg = arg,
        };

        _Static_assert(sizeof(saved) == 192,
                       "what coroutine_switch takes from the stack, and what coroutine_start does");
        return memcpy(stack_top(stack_low, stack_size) - sizeof(saved), &saved, sizeof(saved));
}

#else

__asm__("       .pushsection .text\n"
        "       .p2align 4\n"
        "       .globl  coroutine_start\n"
        "       .hidden coroutine_start\n"
        "       .type   coroutine_start, %function\n"
        "coroutine_start:\n"
        "       .cfi_startproc\n"
        "       .cfi_undefined x30\n"
        "       hint    #36\n"
        "       ldp     x1, x0, [sp], #16\n"
        "       blr     x1\n"
        "       brk     #1\n"
        "       .cfi_endproc\n"
        "       .size   coroutine_start, . - coroutine_start\n"
        "       .popsection\n");

struct saved {
        uint64_t frame_pointer;
        void (*resume_at)(void);
        uint64_t fpcr; /* Zero, as in a new program: round to nearest, trap and flush nothing. */
        uint64_t unused;
        /* What coroutine_start takes from the stack. */
        void (*entry)(void *);
        void *arg;
};

void *coroutine_prepare(void *stack_low, size_t stack_size, void (*entry)(void *), void *arg)
{
        struct saved saved = { .resume_at = coroutine_start, .entry = entry, .arg = arg };

        _Static_assert(sizeof(saved) == 48,
                       "what coroutine_switch takes from the stack, and what coroutine_start does");
        return memcpy(stack_top(stack_low, stack_size) - sizeof(saved), &saved, sizeof(saved));
}

#endif
