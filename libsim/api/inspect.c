/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect.c - looking inside without changing anything.
 */
#include "audit.h"
#include "sim.h"
#include <string.h>

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

int rmmsim_measurement(const struct rmmsim *sim, uint8_t value[64], uint64_t rd, unsigned index)
{
        struct granule *granule = is_granule_aligned(rd) ? memory_granule(&sim->rmm.memory, rd) : NULL;
        const struct realm *realm;
        bool held = false;

        if (index >= NUM_MEASUREMENTS) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (granule != NULL) {
                granule_lock(granule, RMMSIM_GRANULE_RD, true, &held);
        }
        if (!held) {
                return RMMSIM_ERROR_STATE;
        }
        realm = memory_realm_page(&sim->rmm.memory, rd);
        memcpy(value, realm->measurements[index], sizeof(realm->measurements[index]));
        granule_unlock(granule, true);
        return 0;
}

void rmmsim_statistics(const struct rmmsim *sim, struct rmmsim_statistics *statistics)
{
        *statistics = (struct rmmsim_statistics){ .exits = { 0 } };
        for (unsigned i = 0; i < sim->num_pes; i++) {
                const struct rmmsim_statistics *one = &sim->pes[i].statistics;

                for (unsigned j = 0; j <= RMMSIM_NUM_COMMANDS; j++) {
                        statistics->commands[j] += __atomic_load_n(&one->commands[j], __ATOMIC_RELAXED);
                        statistics->refused[j] += __atomic_load_n(&one->refused[j], __ATOMIC_RELAXED);
                }
                for (unsigned j = 0; j < RMMSIM_NUM_EXIT_REASONS; j++) {
                        statistics->exits[j] += __atomic_load_n(&one->exits[j], __ATOMIC_RELAXED);
                }
                statistics->locks += __atomic_load_n(&one->locks, __ATOMIC_RELAXED);
        }
}

int rmmsim_audit(const struct rmmsim *sim, struct rmmsim_report *report)
{
        struct rmmsim_report ignored;

        return audit(&sim->rmm, report != NULL ? report : &ignored) ? 0 : RMMSIM_ERROR_AUDIT;
}
