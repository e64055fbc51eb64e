/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard_signal.h - SIGSEGV at a page that the host has given away, explained.
 *
 * The handler belongs to the process, so this is the one place that knows of instances beside its own: which memories are guarded by
 * the processor, for the handler to look an address up.
 */
#ifndef GUARD_SIGNAL_H
#define GUARD_SIGNAL_H

#include "memory.h"

/* Look after a memory, and handle SIGSEGV from now on. Returns false if there is no room for another. */
bool guard_watch(const struct memory *memory, rmmsim_trespass_fn *trespass, void *context);
void guard_unwatch(const struct memory *memory);

#endif
