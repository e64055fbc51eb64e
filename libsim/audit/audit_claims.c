/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit_claims.c - a hash table of windows, by linear probing. Nothing is ever removed.
 */
#include "audit_claims.h"
#include <stdlib.h>

bool claims_init(struct claims *claims, size_t max_windows)
{
        *claims = (struct claims){ .num_slots = 4 };
        if (max_windows > UINT32_MAX / 4) {
                return false;
        }
        while (claims->num_slots < 2 * max_windows) {
                claims->num_slots *= 2;
        }
        claims->windows = calloc(max_windows + 1, sizeof(*claims->windows));
        claims->slots = calloc(claims->num_slots, sizeof(*claims->slots));
        return claims->windows != NULL && claims->slots != NULL;
}

void claims_free(struct claims *claims)
{
        free(claims->windows);
        free(claims->slots);
}

/* The slot of a window, or the empty one where it would go. At least half of all slots are empty. */
static uint32_t *find_slot(struct claims *claims, uint64_t base)
{
        size_t i = (size_t)((base >> WINDOW_SHIFT) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (claims->num_slots - 1);

        while (claims->slots[i] != 0 && claims->windows[claims->slots[i] - 1].base != base) {
                i = (i + 1) & (claims->num_slots - 1);
        }
        return &claims->slots[i];
}

static struct window *find(struct claims *claims, uint64_t pa, bool open)
{
        uint64_t base = align_down(pa, BIT(WINDOW_SHIFT));
        uint32_t *slot;

        if (claims->num_windows != 0 && claims->windows[claims->recent].base == base) {
                return &claims->windows[claims->recent];
        }
        slot = find_slot(claims, base);
        if (*slot == 0) {
                if (!open) {
                        return NULL;
                }
                claims->windows[claims->num_windows].base = base;
                *slot = (uint32_t)++claims->num_windows;
        }
        claims->recent = *slot - 1;
        return &claims->windows[claims->recent];
}

struct window *claims_find(struct claims *claims, uint64_t pa)
{
        return find(claims, pa, false);
}

struct window *claims_open(struct claims *claims, uint64_t pa)
{
        return find(claims, pa, true);
}
