/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect.c - looking inside without changing anything: Granules by themselves, and everything checked.
 */
#include "audit.h"
#include "sim.h"

int rmmsim_granule(const struct rmmsim *sim, struct rmmsim_granule *granule, uint64_t pa)
{
        const struct granule *found = memory_granule(&sim->rmm.memory, pa);
        uint32_t taker;
        uint32_t word;

        if (found == NULL) {
                return RMMSIM_ERROR_ADDRESS;
        }
        word = granule_peek(found);
        taker = atomic_load_explicit(&found->taker, memory_order_relaxed);
        granule->state = (enum rmmsim_state)granule_word_state(word);
        granule->gpt = (enum rmmsim_state)granule_word_gpt(word);
        granule->taker = taker == 0 ? RMMSIM_COMMAND_NONE : (enum rmmsim_command)(taker - 1);
        return 0;
}

bool rmmsim_next_delegated(const struct rmmsim *sim, uint64_t *pa, uint64_t from)
{
        return memory_next_delegated(&sim->rmm.memory, pa, from);
}

int rmmsim_audit(const struct rmmsim *sim, struct rmmsim_report *report)
{
        struct rmmsim_report ignored;

        return audit(&sim->rmm, report != NULL ? report : &ignored) ? 0 : RMMSIM_ERROR_AUDIT;
}
