/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * everything.h - all that an instance holds, byte by byte, so that a test can see that it came back.
 *
 * Granules with their takers, both worlds of pages, VMIDs, bindings of guests, time, interrupts, last refusals. Statistics are
 * left aside. No PE may be inside a call.
 */
#ifndef EVERYTHING_H
#define EVERYTHING_H

#include <rmmsim/rmmsim.h>
#include <stddef.h>

struct everything;

struct everything *everything_take(const struct rmmsim *sim);

/* How the instance differs, in words that last until the next call; NULL if it does not. */
const char *everything_differs(const struct everything *everything, const struct rmmsim *sim);

/* The same, without the pages of the host. */
const char *everything_of_realms_differs(const struct everything *everything, const struct rmmsim *sim);

void everything_free(struct everything *everything);

#endif
