/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coroutine_switch.h - leaving one stack for another, for x86-64, AArch64 and everyone else.
 *
 * A context is an address on the stack it describes; everything that must survive has been saved there.
 *
 * The switch is a piece of assembly inside the function that changes sides, and neither called nor returned from. CPUs predict
 * returns by keeping the addresses of the last calls. A switch that is a function leaves that record shifted by one call,
 * and then each function above it on either side returns to where it was not expected: measured at 5 ns a function. Inside
 * another function it leaves the record as it was; and the compiler, told that all registers change, saves those few that it
 * has something in. What it cannot be told of is saved here: the frame pointer and where to go on.
 *
 * Floating-point control (rounding, trapping, flushing) survives too. Writing it is slow and changing it rare, so it is
 * written only when the two sides differ.
 *
 * Control-flow protection. Indirect branch tracking (IBT, BTI) is satisfied as the comments below say. Signed return
 * addresses (PAC) work because a frame never moves to another address. Hardware shadow stacks (SHSTK, GCS) would need
 * one shadow stack a coroutine; a program that enables them is to be built with COROUTINE_UCONTEXT, since libc's
 * swapcontext() knows how.
 */
#ifndef COROUTINE_SWITCH_H
#define COROUTINE_SWITCH_H

#include <stddef.h>

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(COROUTINE_UCONTEXT)
#define COROUTINE_UCONTEXT
#endif

/*
 * A context that calls entry(arg) on a fresh stack when it is first switched to. entry must not return.
 *
 * Touches only the uppermost bytes of the stack.
 */
__attribute__((visibility("hidden"))) void *coroutine_prepare(void *stack_low, size_t stack_size, void (*entry)(void *),
                                                              void *arg);

/*
 * void coroutine_switch(void **other): continue in the context *other, and leave in *other the context that called. Goes on
 * behind it when someone switches back.
 */
#if defined(COROUTINE_UCONTEXT)

__attribute__((visibility("hidden"))) void coroutine_switch(void **other);

#elif defined(__x86_64__)

#ifdef __AVX512F__
#define COROUTINE_CLOBBERS_AVX512                                                                                      \
        , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27",  \
                "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define COROUTINE_CLOBBERS_AVX512
#endif

/*
 * The first line steps over the red zone: the function may keep values below its stack pointer. The jump carries `notrack`, as
 * the jumps of a compiled switch statement do, because the place to go on is no landing pad.
 *
 * mxcsr also holds the sticky exception flags, which the procedure call standard leaves to callers. They are not kept apart, and
 * must not count as a difference: nearly every computation raises "inexact" on one side first, and writing mxcsr at each
 * switch from then on was measured at 80 ns a time.
 */
__attribute__((always_inline)) static inline void coroutine_switch(void **other)
{
        __asm__ volatile("leaq    -128(%%rsp), %%rsp\n\t"
                         "pushq   %%rbp\n\t"
                         "leaq    1f(%%rip), %%rax\n\t"
                         "pushq   %%rax\n\t"
                         "subq    $8, %%rsp\n\t"
                         "stmxcsr (%%rsp)\n\t"
                         "fnstcw  4(%%rsp)\n\t"
                         "movl    (%%rsp), %%eax\n\t"
                         "movzwl  4(%%rsp), %%edx\n\t"
                         "movq    (%%rdi), %%rcx\n\t"
                         "movq    %%rsp, (%%rdi)\n\t"
                         "movq    %%rcx, %%rsp\n\t" /* From here on the other stack. */
                         "xorl    (%%rsp), %%eax\n\t"
                         "testl   $0xffc0, %%eax\n\t" /* Only the control bits. */
                         "jne     2f\n\t"
                         "3:\n\t"
                         "cmpw    4(%%rsp), %%dx\n\t"
                         "jne     4f\n\t"
                         "5:\n\t"
                         "addq    $8, %%rsp\n\t"
                         "popq    %%rcx\n\t"
                         "popq    %%rbp\n\t"
                         "leaq    128(%%rsp), %%rsp\n\t"
                         "notrack jmp *%%rcx\n\t"
                         "2:\n\t"
                         "ldmxcsr (%%rsp)\n\t"
                         "jmp     3b\n\t"
                         "4:\n\t"
                         "fldcw   4(%%rsp)\n\t"
                         "jmp     5b\n\t"
                         "1:"
                         : "+D"(other)
                         :
                         : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                           "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                           "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)",
                           "st(5)", "st(6)", "st(7)", "cc", "memory" COROUTINE_CLOBBERS_AVX512);
}

#else

#ifdef __ARM_FEATURE_SVE
#define COROUTINE_CLOBBERS_SVE                                                                                         \
        , "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12", "p13", "p14", "p15"
#else
#define COROUTINE_CLOBBERS_SVE
#endif

/* `hint #36` is `bti j`, spelled so that older assemblers take it. */
__attribute__((always_inline)) static inline void coroutine_switch(void **other)
{
        register void **slot __asm__("x0") = other;

        __asm__ volatile("adr     x9, 1f\n\t"
                         "mrs     x10, fpcr\n\t"
                         "stp     x29, x9, [sp, #-32]!\n\t"
                         "str     x10, [sp, #16]\n\t"
                         "mov     x11, sp\n\t"
                         "ldr     x12, [x0]\n\t"
                         "str     x11, [x0]\n\t"
                         "mov     sp, x12\n\t" /* From here on the other stack. */
                         "ldr     x11, [sp, #16]\n\t"
                         "cmp     x10, x11\n\t"
                         "b.eq    2f\n\t"
                         "msr     fpcr, x11\n\t"
                         "2:\n\t"
                         "ldp     x29, x16, [sp], #32\n\t"
                         "br      x16\n\t"
                         "1:\n\t"
                         "hint    #36"
                         : "+r"(slot)
                         :
                         : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                           "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
                           "x28", "x30", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
                           "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",
                           "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory" COROUTINE_CLOBBERS_SVE);
}

#endif

#endif
