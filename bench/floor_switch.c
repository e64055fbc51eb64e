/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * floor_switch.c - the least that leaving one stack for another can cost.
 *
 * Saves what the procedure call standard wants saved, except floating-point control: whoever pays for that pays more than
 * the floor. The x86-64 switch pops its return address and jumps, as a `ret` would be mispredicted each time. Other
 * processors take libc's swapcontext(), which enters the kernel; their floor is high.
 */
#include "floor_switch.h"
#include <stdint.h>
#include <stdlib.h>

enum {
        STACK_SIZE = 65536
};

#if defined(__x86_64__)

void floor_switch(void **other);
__asm__("       .pushsection .text\n"
        "       .p2align 4\n"
        "       .globl  floor_switch\n"
        "       .type   floor_switch, @function\n"
        "floor_switch:\n"
        "       endbr64\n"
        "       pushq   %rbp\n"
        "       pushq   %rbx\n"
        "       pushq   %r12\n"
        "       pushq   %r13\n"
        "       pushq   %r14\n"
        "       pushq   %r15\n"
        "       movq    (%rdi), %rcx\n"
        "       movq    %rsp, (%rdi)\n"
        "       movq    %rcx, %rsp\n"
        "       popq    %r15\n"
        "       popq    %r14\n"
        "       popq    %r13\n"
        "       popq    %r12\n"
        "       popq    %rbx\n"
        "       popq    %rbp\n"
        "       popq    %rcx\n"
        "       notrack jmp *%rcx\n"
        "       .size   floor_switch, . - floor_switch\n"
        "       .popsection\n");

#define SAVED_WORDS 8 /* six registers, where to go on, and what keeps the stack aligned there */
#define SAVED_PC    6

#elif defined(__aarch64__)

void floor_switch(void **other);
__asm__("       .pushsection .text\n"
        "       .p2align 4\n"
        "       .globl  floor_switch\n"
        "       .type   floor_switch, %function\n"
        "floor_switch:\n"
        "       hint    #34\n"
        "       sub     sp, sp, #160\n"
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
        "       ldr     x1, [x0]\n"
        "       mov     x2, sp\n"
        "       str     x2, [x0]\n"
        "       mov     sp, x1\n"
        "       ldp     x29, x30, [sp, #0]\n"
        "       ldp     x19, x20, [sp, #16]\n"
        "       ldp     x21, x22, [sp, #32]\n"
        "       ldp     x23, x24, [sp, #48]\n"
        "       ldp     x25, x26, [sp, #64]\n"
        "       ldp     x27, x28, [sp, #80]\n"
        "       ldp     d8, d9, [sp, #96]\n"
        "       ldp     d10, d11, [sp, #112]\n"
        "       ldp     d12, d13, [sp, #128]\n"
        "       ldp     d14, d15, [sp, #144]\n"
        "       add     sp, sp, #160\n"
        "       ret\n"
        "       .size   floor_switch, . - floor_switch\n"
        "       .popsection\n");

#define SAVED_WORDS 20
#define SAVED_PC    1

#else

#include <ucontext.h>

#endif

#ifdef SAVED_WORDS

struct floor_partner {
        void *other; /* whoever does not run now */
        _Alignas(16) unsigned char stack[STACK_SIZE];
};

/* The partner finds itself by a variable, as a new stack has no arguments; there is one at a time in a thread. */
static _Thread_local struct floor_partner *starting;

static void partner_main(void)
{
        struct floor_partner *self = starting;

        for (;;) {
                floor_switch(&self->other);
        }
}

struct floor_partner *floor_partner_create(void)
{
        struct floor_partner *partner = calloc(1, sizeof(*partner));
        uint64_t *saved;

        if (partner == NULL) {
                return NULL;
        }
        saved = (uint64_t *)(void *)(partner->stack + sizeof(partner->stack)) - SAVED_WORDS;
        saved[SAVED_PC] = (uintptr_t)partner_main;
        partner->other = saved;
        starting = partner;
        floor_switch(&partner->other);
        return partner;
}

void floor_partner_visit(struct floor_partner *partner)
{
        floor_switch(&partner->other);
}

#else

struct floor_partner {
        ucontext_t host;
        ucontext_t guest;
        unsigned char stack[STACK_SIZE];
};

static _Thread_local struct floor_partner *starting;

static void partner_main(void)
{
        struct floor_partner *self = starting;

        for (;;) {
                swapcontext(&self->guest, &self->host);
        }
}

struct floor_partner *floor_partner_create(void)
{
        struct floor_partner *partner = calloc(1, sizeof(*partner));

        if (partner == NULL) {
                return NULL;
        }
        getcontext(&partner->guest);
        partner->guest.uc_stack.ss_sp = partner->stack;
        partner->guest.uc_stack.ss_size = sizeof(partner->stack);
        makecontext(&partner->guest, partner_main, 0);
        starting = partner;
        swapcontext(&partner->host, &partner->guest);
        return partner;
}

void floor_partner_visit(struct floor_partner *partner)
{
        swapcontext(&partner->host, &partner->guest);
}

#endif

void floor_partner_free(struct floor_partner *partner)
{
        free(partner);
}
