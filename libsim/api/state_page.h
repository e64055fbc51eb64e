/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state_page.h - what counts of a Granule's page when two states are told apart.
 *
 * Pages are what they hold, but for RDs and RECs: what their fields hold only because of the order in which things happened
 * (numbers of bindings and stacks, links of lists, where a REC ran last, addresses in the test's own memory) does not count.
 */
#ifndef STATE_PAGE_H
#define STATE_PAGE_H

#include "sim.h"

/* State and GPT entry of a Granule, as its word has them. */
uint32_t state_word(const struct rmm *rmm, uint64_t pa);

/* The page, or a copy of it in which what does not count is zero; NULL if it holds nothing. */
const uint8_t *state_page(const struct rmm *rmm, uint8_t copy[GRANULE_SIZE], uint64_t pa);

/* The IPA where the program of the REC in this Granule began; 0: it has none, or the Granule is no REC. */
uint64_t state_program(const struct rmm *rmm, uint64_t pa);

#endif
