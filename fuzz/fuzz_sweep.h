/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_sweep.h - an input again and again, each time with one more preemption at another place.
 *
 * Most races need one or two preemptions. Chance finds the input sooner than the place: where a run has 200 choices, one of them is
 * the one. So an input that is new is swept, from its first choice to its last.
 */
#ifndef FUZZ_SWEEP_H
#define FUZZ_SWEEP_H

#include "fuzz.h"

/* Sweep this input when its turn comes; its last run had so many choices. Nothing if too many wait already, or if there is no choice. */
void fuzz_sweep_add(const uint8_t *bytes, size_t size, uint64_t choices);

/* The next input of a sweep, of at most FUZZ_INPUT_MAX bytes. Returns its size, or 0 if there is nothing to sweep. */
size_t fuzz_sweep_next(uint8_t *bytes);

#endif
