/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state_page.c - pages without what does not count.
 */
#include "state_page.h"
#include <string.h>

uint32_t state_word(const struct rmm *rmm, uint64_t pa)
{
        return granule_peek(memory_granule(&rmm->memory, pa)) & (GRANULE_STATE_MASK | GRANULE_GPT_MASK);
}

static void forget_realm(struct realm *realm)
{
        realm->first_rec = 0;
}

static void forget_rec(struct rec *rec)
{
        rec->guest.binding = 0;
        rec->guest.slot = 0;
        rec->guest.trap.buffer = NULL;
        rec->gic.lrs_in_use = false; /* says nothing that the list registers do not */
        rec->next = rec->previous = 0;
        rec->left_for = 0;
        rec->pe = 0;
        memset(&rec->refusal, 0, sizeof(rec->refusal));
}

const uint8_t *state_page(const struct rmm *rmm, uint8_t copy[GRANULE_SIZE], uint64_t pa)
{
        const uint8_t *page = memory_realm_page(&rmm->memory, pa);
        uint32_t word = state_word(rmm, pa);

        if (!granule_word_has_contents(word)) {
                return NULL;
        }
        switch (granule_word_state(word)) {
        case RMMSIM_GRANULE_RD:
                memcpy(copy, page, GRANULE_SIZE);
                forget_realm((struct realm *)(void *)copy);
                return copy;
        case RMMSIM_GRANULE_REC:
                memcpy(copy, page, GRANULE_SIZE);
                forget_rec((struct rec *)(void *)copy);
                return copy;
        default:
                return page;
        }
}

uint64_t state_program(const struct rmm *rmm, uint64_t pa)
{
        const struct rec *rec = memory_realm_page(&rmm->memory, pa);

        if (granule_word_state(state_word(rmm, pa)) != RMMSIM_GRANULE_REC || rec->guest.binding == 0) {
                return 0;
        }
        return rmm->guests->bindings[rec->guest.binding - 1].ipa;
}
