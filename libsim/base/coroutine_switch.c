/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coroutine_switch.c - leaving one stack for another, for x86-64, AArch64 and everyone else.
 *
 * A switch is a function call that returns somewhere else. So it owes its caller what the procedure call standard says
 * a call preserves, and no more: it saves those registers on the old stack, swaps stack pointers and takes the same
 * registers from the new stack. Both stacks have the same layout at that point, which keeps the unwind information
 * true on either side of the swap. A new stack gets such a layout by hand, and `coroutine_start` as the place to return
 * to; it has no caller, and says so to unwinders, so a backtrace ends there.
 *
 * Floating-point control (rounding, trapping, flushing) is callee-saved too. Writing it is slow and changing it rare,
 * so it is written only when the two sides differ.
 *
 * Control-flow protection. Indirect branch tracking (IBT, BTI) is satisfied as the comments below say. Signed return
 * addresses (PAC) work because a frame never moves to another address. Hardware shadow stacks (SHSTK, GCS) would need
 * one shadow stack a coroutine; a program that enables them is to be built with COROUTINE_UCONTEXT, since libc's
 * swapcontext() knows how.
 */
#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(COROUTINE_UCONTEXT)
#define COROUTINE_UCONTEXT
#endif

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

/*
 * System V x86-64: rbx, rbp, r12 to r15, the x87 control word and the control bits of mxcsr.
 *
 * The return is a pop and a jump. A `ret` would ask the return stack buffer, which predicts the caller on the side we
 * just left, and each switch would pay for a misprediction. The jump carries `notrack`, as the jumps of a compiled
 * switch statement do, because a return address is no landing pad.
 *
 * mxcsr also holds the sticky exception flags, which the standard leaves to callers. They are not kept apart, and must
 * not count as a difference: nearly every computation raises "inexact" on one side first, and writing mxcsr at each
 * switch from then on was measured at 80 ns a time.
 */
__asm__("       .pushsection .text\n"
        "       .p2align 4\n"
        "       .globl  coroutine_switch\n"
        "       .hidden coroutine_switch\n"
        "       .type   coroutine_switch, @function\n"
        "coroutine_switch:\n"
        "       .cfi_startproc\n"
        "       endbr64\n"
        "       pushq   %rbp\n"
        "       .cfi_adjust_cfa_offset 8\n"
        "       .cfi_rel_offset %rbp, 0\n"
        "       pushq   %rbx\n"
        "       .cfi_adjust_cfa_offset 8\n"
        "       .cfi_rel_offset %rbx, 0\n"
        "       pushq   %r12\n"
        "       .cfi_adjust_cfa_offset 8\n"
        "       .cfi_rel_offset %r12, 0\n"
        "       pushq   %r13\n"
        "       .cfi_adjust_cfa_offset 8\n"
        "       .cfi_rel_offset %r13, 0\n"
        "       pushq   %r14\n"
        "       .cfi_adjust_cfa_offset 8\n"
        "       .cfi_rel_offset %r14, 0\n"
        "       pushq   %r15\n"
        "       .cfi_adjust_cfa_offset 8\n"
        "       .cfi_rel_offset %r15, 0\n"
        "       subq    $8, %rsp\n"
        "       .cfi_adjust_cfa_offset 8\n"
        "       stmxcsr (%rsp)\n"
        "       fnstcw  4(%rsp)\n"
        "       movl    (%rsp), %eax\n"
        "       movzwl  4(%rsp), %edx\n"
        "       movq    (%rdi), %rcx\n"
        "       movq    %rsp, (%rdi)\n"
        "       movq    %rcx, %rsp\n" /* From here on the other stack. */
        "       xorl    (%rsp), %eax\n"
        "       testl   $0xffc0, %eax\n" /* Only the control bits. */
        "       jne     2f\n"
        "1:     cmpw    4(%rsp), %dx\n"
        "       jne     4f\n"
        "3:     addq    $8, %rsp\n"
        "       .cfi_remember_state\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       popq    %r15\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       .cfi_restore %r15\n"
        "       popq    %r14\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       .cfi_restore %r14\n"
        "       popq    %r13\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       .cfi_restore %r13\n"
        "       popq    %r12\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       .cfi_restore %r12\n"
        "       popq    %rbx\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       .cfi_restore %rbx\n"
        "       popq    %rbp\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       .cfi_restore %rbp\n"
        "       popq    %rcx\n"
        "       .cfi_adjust_cfa_offset -8\n"
        "       .cfi_register %rip, %rcx\n"
        "       notrack jmp *%rcx\n"
        "       .cfi_restore_state\n"
        "2:     ldmxcsr (%rsp)\n"
        "       jmp     1b\n"
        "4:     fldcw   4(%rsp)\n"
        "       jmp     3b\n"
        "       .cfi_endproc\n"
        "       .size   coroutine_switch, . - coroutine_switch\n"
        "\n"
        "       .p2align 4\n"
        "       .globl  coroutine_start\n"
        "       .hidden coroutine_start\n"
        "       .type   coroutine_start, @function\n"
        "coroutine_start:\n"
        "       .cfi_startproc\n"
        "       .cfi_undefined %rip\n"
        "       endbr64\n"
        "       movq    %r12, %rdi\n"
        "       callq   *%rbx\n"
        "       ud2\n"
        "       .cfi_endproc\n"
        "       .size   coroutine_start, . - coroutine_start\n"
        "       .popsection\n");

struct saved {
        uint32_t mxcsr;
        uint16_t x87_control;
        uint64_t r15, r14, r13, r12, rbx, rbp;
        void (*resume_at)(void);
        uint64_t nothing[2]; /* for those who walk past the first frame; coroutine_start must find rsp aligned to 16 */
};

#define MXCSR_AT_START       0x1f80 /* round to nearest, all exceptions masked: what the ABI gives a new program */
#define X87_CONTROL_AT_START 0x037f /* the same, with 64 bits of precision */

void *coroutine_prepare(void *stack_low, size_t stack_size, void (*entry)(void *), void *arg)
{
        struct saved saved = {
                .mxcsr = MXCSR_AT_START,
                .x87_control = X87_CONTROL_AT_START,
                .rbx = (uintptr_t)entry,
                .r12 = (uintptr_t)arg,
                .resume_at = coroutine_start,
        };

        _Static_assert(sizeof(saved) == 80, "the pushes of coroutine_switch");
        return memcpy(stack_top(stack_low, stack_size) - sizeof(saved), &saved, sizeof(saved));
}

#else

/*
 * AAPCS64: x19 to x28, the frame and link registers, the low halves of v8 to v15 (d8 to d15), sp and FPCR.
 *
 * `hint #34` is `bti c`, spelled so that older assemblers take it. Returning by `ret` needs no landing pad; jumping to
 * the link register otherwise would. x18 belongs to the platform and Linux leaves it to callers.
 */
__asm__("       .pushsection .text\n"
        "       .p2align 4\n"
        "       .globl  coroutine_switch\n"
        "       .hidden coroutine_switch\n"
        "       .type   coroutine_switch, %function\n"
        "coroutine_switch:\n"
        "       .cfi_startproc\n"
        "       hint    #34\n"
        "       sub     sp, sp, #176\n"
        "       .cfi_def_cfa_offset 176\n"
        "       stp     x29, x30, [sp, #0]\n"
        "       stp     x19, x20, [sp, #16]\n"
        "       stp     x21, x22, [sp, #32]\n"
        "       stp     x23, x24, [sp, #48]\n"
        "       stp     x25, x26, [sp, #64]\n"
        "       stp     x27, x28, [sp, #80]\n"
        "       stp     d8, d9, [sp, #96]\n"
        "       stp     d10, d11, [sp, #112]\n"
        "       stp     d12, d13, [sp, #128]\n"
        "       stp     d14, d15, [sp, #144]\n"
        "       .cfi_offset x29, -176\n"
        "       .cfi_offset x30, -168\n"
        "       .cfi_offset x19, -160\n"
        "       .cfi_offset x20, -152\n"
        "       .cfi_offset x21, -144\n"
        "       .cfi_offset x22, -136\n"
        "       .cfi_offset x23, -128\n"
        "       .cfi_offset x24, -120\n"
        "       .cfi_offset x25, -112\n"
        "       .cfi_offset x26, -104\n"
        "       .cfi_offset x27, -96\n"
        "       .cfi_offset x28, -88\n"
        "       .cfi_offset 72, -80\n" /* d8, and so on to d15. */
        "       .cfi_offset 73, -72\n"
        "       .cfi_offset 74, -64\n"
        "       .cfi_offset 75, -56\n"
        "       .cfi_offset 76, -48\n"
        "       .cfi_offset 77, -40\n"
        "       .cfi_offset 78, -32\n"
        "       .cfi_offset 79, -24\n"
        "       mrs     x9, fpcr\n"
        "       str     x9, [sp, #160]\n"
        "       mov     x10, sp\n"
        "       ldr     x11, [x0]\n"
        "       str     x10, [x0]\n"
        "       mov     sp, x11\n" /* From here on the other stack. */
        "       ldr     x10, [sp, #160]\n"
        "       cmp     x9, x10\n"
        "       b.eq    1f\n"
        "       msr     fpcr, x10\n"
        "1:     ldp     x29, x30, [sp, #0]\n"
        "       ldp     x19, x20, [sp, #16]\n"
        "       ldp     x21, x22, [sp, #32]\n"
        "       ldp     x23, x24, [sp, #48]\n"
        "       ldp     x25, x26, [sp, #64]\n"
        "       ldp     x27, x28, [sp, #80]\n"
        "       ldp     d8, d9, [sp, #96]\n"
        "       ldp     d10, d11, [sp, #112]\n"
        "       ldp     d12, d13, [sp, #128]\n"
        "       ldp     d14, d15, [sp, #144]\n"
        "       add     sp, sp, #176\n"
        "       .cfi_def_cfa_offset 0\n"
        "       .cfi_restore x29\n"
        "       .cfi_restore x30\n"
        "       .cfi_restore x19\n"
        "       .cfi_restore x20\n"
        "       .cfi_restore x21\n"
        "       .cfi_restore x22\n"
        "       .cfi_restore x23\n"
        "       .cfi_restore x24\n"
        "       .cfi_restore x25\n"
        "       .cfi_restore x26\n"
        "       .cfi_restore x27\n"
        "       .cfi_restore x28\n"
        "       .cfi_restore 72\n"
        "       .cfi_restore 73\n"
        "       .cfi_restore 74\n"
        "       .cfi_restore 75\n"
        "       .cfi_restore 76\n"
        "       .cfi_restore 77\n"
        "       .cfi_restore 78\n"
        "       .cfi_restore 79\n"
        "       ret\n"
        "       .cfi_endproc\n"
        "       .size   coroutine_switch, . - coroutine_switch\n"
        "\n"
        "       .p2align 4\n"
        "       .globl  coroutine_start\n"
        "       .hidden coroutine_start\n"
        "       .type   coroutine_start, %function\n"
        "coroutine_start:\n"
        "       .cfi_startproc\n"
        "       .cfi_undefined x30\n"
        "       hint    #34\n"
        "       mov     x0, x20\n"
        "       blr     x19\n"
        "       brk     #1\n"
        "       .cfi_endproc\n"
        "       .size   coroutine_start, . - coroutine_start\n"
        "       .popsection\n");

struct saved {
        uint64_t frame_pointer;
        void (*resume_at)(void);
        uint64_t x19_to_x28[10];
        uint64_t d8_to_d15[8];
        uint64_t fpcr; /* Zero, as in a new program: round to nearest, trap and flush nothing. */
        uint64_t unused;
};

void *coroutine_prepare(void *stack_low, size_t stack_size, void (*entry)(void *), void *arg)
{
        struct saved saved = {
                .resume_at = coroutine_start,
                .x19_to_x28 = { (uintptr_t)entry, (uintptr_t)arg },
        };

        _Static_assert(sizeof(saved) == 176, "the frame of coroutine_switch");
        return memcpy(stack_top(stack_low, stack_size) - sizeof(saved), &saved, sizeof(saved));
}

#endif
