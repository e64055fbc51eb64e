/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * coroutine_switch.h - leaving one stack for another.
 *
 * A context is an address on the stack it describes; everything that must survive has been saved there.
 */
#ifndef COROUTINE_SWITCH_H
#define COROUTINE_SWITCH_H

#include <stddef.h>

/*
 * Continue in the context *other, and leave in *other the context that called. Returns when someone switches back.
 *
 * Everything a C function may expect of a call survives: the callee-saved registers and floating-point control.
 */
__attribute__((visibility("hidden"))) void coroutine_switch(void **other);

/*
 * A context that calls entry(arg) on a fresh stack when it is first switched to. entry must not return.
 *
 * Touches only the uppermost bytes of the stack.
 */
__attribute__((visibility("hidden"))) void *coroutine_prepare(void *stack_low, size_t stack_size, void (*entry)(void *),
                                                              void *arg);

#endif
