/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_coroutine_switch.c - a switch keeps what the procedure call standard says a call keeps.
 *
 * Compilers rarely keep values in all of the callee-saved registers at once, so a piece of assembly does: it fills
 * them, makes a call, and compares. Both sides of a coroutine do so with values of their own.
 */
#include "coroutine.h"

#include <check.h>
#include <execinfo.h>
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STACK_SIZE (256u * 1024)

static _Alignas(64) unsigned char stack[STACK_SIZE];

/*
 * Put seed, seed + 1, ... into the callee-saved registers and call change_sides(co).
 * Returns zero when all of them are the same afterwards.
 */
uint64_t registers_changed(void (*change_sides)(struct coroutine *), struct coroutine *co, uint64_t seed);

#if defined(__x86_64__)
#define HAVE_REGISTERS_CHANGED 1
__asm__("       .pushsection .text\n"
        "       .globl registers_changed\n"
        "registers_changed:\n"
        "       endbr64\n"
        "       pushq  %rbp\n"
        "       pushq  %rbx\n"
        "       pushq  %r12\n"
        "       pushq  %r13\n"
        "       pushq  %r14\n"
        "       pushq  %r15\n"
        "       pushq  %rdx\n"
        "       leaq   0(%rdx), %rbp\n"
        "       leaq   1(%rdx), %rbx\n"
        "       leaq   2(%rdx), %r12\n"
        "       leaq   3(%rdx), %r13\n"
        "       leaq   4(%rdx), %r14\n"
        "       leaq   5(%rdx), %r15\n"
        "       movq   %rdi, %rax\n"
        "       movq   %rsi, %rdi\n"
        "       callq  *%rax\n"
        "       popq   %rdx\n"
        "       subq   %rdx, %rbp\n"
        "       movq   %rbp, %rax\n"
        "       subq   $1, %rbx\n"
        "       subq   $2, %r12\n"
        "       subq   $3, %r13\n"
        "       subq   $4, %r14\n"
        "       subq   $5, %r15\n"
        "       .irp   register, rbx, r12, r13, r14, r15\n"
        "       subq   %rdx, %\\register\n"
        "       orq    %\\register, %rax\n"
        "       .endr\n"
        "       popq   %r15\n"
        "       popq   %r14\n"
        "       popq   %r13\n"
        "       popq   %r12\n"
        "       popq   %rbx\n"
        "       popq   %rbp\n"
        "       ret\n"
        "       .popsection\n");
#elif defined(__aarch64__)
#define HAVE_REGISTERS_CHANGED 1
__asm__("       .pushsection .text\n"
        "       .globl registers_changed\n"
        "registers_changed:\n"
        "       hint   #34\n"
        "       stp    x29, x30, [sp, #-176]!\n"
        "       stp    x19, x20, [sp, #16]\n"
        "       stp    x21, x22, [sp, #32]\n"
        "       stp    x23, x24, [sp, #48]\n"
        "       stp    x25, x26, [sp, #64]\n"
        "       stp    x27, x28, [sp, #80]\n"
        "       stp    d8, d9, [sp, #96]\n"
        "       stp    d10, d11, [sp, #112]\n"
        "       stp    d12, d13, [sp, #128]\n"
        "       stp    d14, d15, [sp, #144]\n"
        "       str    x2, [sp, #160]\n"
        "       .irp   n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29\n"
        "       add    x\\n, x2, #\\n\n"
        "       .endr\n"
        "       .irp   n, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "       add    x9, x2, #\\n\n"
        "       fmov   d\\n, x9\n"
        "       .endr\n"
        "       mov    x9, x0\n"
        "       mov    x0, x1\n"
        "       blr    x9\n"
        "       ldr    x2, [sp, #160]\n"
        "       mov    x0, #0\n"
        "       .irp   n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29\n"
        "       sub    x9, x\\n, x2\n"
        "       sub    x9, x9, #\\n\n"
        "       orr    x0, x0, x9\n"
        "       .endr\n"
        "       .irp   n, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "       fmov   x9, d\\n\n"
        "       sub    x9, x9, x2\n"
        "       sub    x9, x9, #\\n\n"
        "       orr    x0, x0, x9\n"
        "       .endr\n"
        "       ldp    x19, x20, [sp, #16]\n"
        "       ldp    x21, x22, [sp, #32]\n"
        "       ldp    x23, x24, [sp, #48]\n"
        "       ldp    x25, x26, [sp, #64]\n"
        "       ldp    x27, x28, [sp, #80]\n"
        "       ldp    d8, d9, [sp, #96]\n"
        "       ldp    d10, d11, [sp, #112]\n"
        "       ldp    d12, d13, [sp, #128]\n"
        "       ldp    d14, d15, [sp, #144]\n"
        "       ldp    x29, x30, [sp], #176\n"
        "       ret\n"
        "       .popsection\n");
#endif

#ifdef HAVE_REGISTERS_CHANGED

#define NUM_ROUNDS 1000

struct side {
        struct coroutine co;
        uint64_t changed;
};

static void suspend_with_full_registers(void *arg)
{
        struct side *side = arg;

        for (uint64_t round = 0; round < NUM_ROUNDS; round++)
                side->changed |= registers_changed(coroutine_suspend, &side->co, UINT64_C(0xc0) << 56 | round << 8);
}

START_TEST(registers_survive)
{
        struct side side = { .changed = 0 };

        coroutine_init(&side.co, stack, STACK_SIZE, suspend_with_full_registers, &side);
        for (uint64_t round = 0; !coroutine_finished(&side.co); round++)
                ck_assert_uint_eq(registers_changed(coroutine_resume, &side.co, UINT64_C(0x35) << 56 | round << 8), 0);
        ck_assert_uint_eq(side.changed, 0);
        coroutine_drop(&side.co);
}
END_TEST

#endif

struct rounding {
        struct coroutine co;
        bool nearest_at_start;
        bool kept;
};

/*
 * Asks the arithmetic itself, not only the register. By conversion to an integer: Valgrind honours the direction there,
 * and rounds sums and quotients to nearest whatever it is.
 */
static bool rounds(int direction)
{
        volatile double small = 1.25, large = 1.75;
        volatile long small_rounded = lrint(small), large_rounded = lrint(large);

        return fegetround() == direction && small_rounded == (direction == FE_UPWARD ? 2 : 1) &&
               large_rounded == (direction == FE_DOWNWARD ? 1 : 2);
}

static void round_downward(void *arg)
{
        struct rounding *rounding = arg;

        rounding->nearest_at_start = rounds(FE_TONEAREST);
        fesetround(FE_DOWNWARD);
        coroutine_suspend(&rounding->co);
        rounding->kept = rounds(FE_DOWNWARD);
}

START_TEST(each_side_keeps_its_rounding)
{
        struct rounding rounding = { .kept = false };

        coroutine_init(&rounding.co, stack, STACK_SIZE, round_downward, &rounding);
        coroutine_resume(&rounding.co);
        ck_assert(rounding.nearest_at_start);
        ck_assert(rounds(FE_TONEAREST));
        fesetround(FE_UPWARD);
        coroutine_resume(&rounding.co);
        ck_assert(rounds(FE_UPWARD));
        fesetround(FE_TONEAREST);
        ck_assert(coroutine_finished(&rounding.co));
        ck_assert(rounding.kept);
        coroutine_drop(&rounding.co);
}
END_TEST

#if defined(HAVE_REGISTERS_CHANGED) && !defined(COROUTINE_UCONTEXT)
START_TEST(a_new_coroutine_rounds_as_a_new_program_does)
{
        struct rounding rounding = { .kept = false };

        fesetround(FE_UPWARD);
        coroutine_init(&rounding.co, stack, STACK_SIZE, round_downward, &rounding);
        coroutine_resume(&rounding.co);
        ck_assert(rounds(FE_UPWARD));
        fesetround(FE_TONEAREST);
        ck_assert(rounding.nearest_at_start);
        coroutine_drop(&rounding.co);
}
END_TEST
#endif

struct view {
        bool aligned;
        bool on_its_stack;
        int num_callers;
        char text[16];
};

#define NUM_CALLERS_MAX 32

static void look_around(void *arg)
{
        struct view *view = arg;
        uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
        void *callers[NUM_CALLERS_MAX];
        volatile double number = 1.5;

        view->aligned = frame % 16 == 0;
        view->on_its_stack = frame - (uintptr_t)stack < STACK_SIZE;
        view->num_callers = backtrace(callers, NUM_CALLERS_MAX);
        /* Printing a number saves vector registers, which faults on a misaligned stack. */
        snprintf(view->text, sizeof(view->text), "%.1f", number);
}

/* Odd sizes and addresses too: the caller's stack need not be aligned. */
START_TEST(the_stack_is_aligned_and_a_backtrace_ends)
{
        for (unsigned i = 0; i < 32; i++) {
                struct view view = { .num_callers = -1 };
                struct coroutine co;

                coroutine_init(&co, stack + i % 5, STACK_SIZE - i, look_around, &view);
                coroutine_resume(&co);
                coroutine_drop(&co);
                ck_assert(view.aligned && view.on_its_stack);
                ck_assert_int_lt(view.num_callers, NUM_CALLERS_MAX);
                ck_assert_str_eq(view.text, "1.5");
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("coroutine_switch");
        TCase *tcase = tcase_create("coroutine_switch");
        SRunner *sr = srunner_create(suite);
        int num_failed;

        tcase_set_timeout(tcase, 60);
#ifdef HAVE_REGISTERS_CHANGED
        tcase_add_test(tcase, registers_survive);
#endif
        tcase_add_test(tcase, each_side_keeps_its_rounding);
#if defined(HAVE_REGISTERS_CHANGED) && !defined(COROUTINE_UCONTEXT)
        tcase_add_test(tcase, a_new_coroutine_rounds_as_a_new_program_does);
#endif
        tcase_add_test(tcase, the_stack_is_aligned_and_a_backtrace_ends);
        suite_add_tcase(suite, tcase);
        srunner_run_all(sr, CK_ENV);
        num_failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return num_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
