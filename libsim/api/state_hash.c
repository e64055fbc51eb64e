/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state_hash.c - one number for the state of an instance.
 *
 * Pages are hashed as they are, but for RDs and RECs: what their fields hold only because of the order in which things happened
 * (numbers of bindings and stacks, links of lists, addresses in the test's own memory) is taken out of a copy first.
 */
#include "sim.h"
#include <rmmsim/snapshot.h>
#include <string.h>

enum {
        LANES = 4
};

/* Odd, with bits all over. */
#define FACTOR_WORD UINT64_C(0x9e3779b97f4a7c15)
#define FACTOR_LANE UINT64_C(0xd6e8feb86659fd93)

static uint64_t mix(uint64_t hash, uint64_t word)
{
        hash ^= word * FACTOR_WORD;
        hash = (hash << 29 | hash >> 35) * FACTOR_LANE;
        return hash ^ hash >> 32;
}

/* Four chains at a time: one alone would wait for its multiplications. */
static uint64_t mix_page(uint64_t hash, const uint8_t *page)
{
        uint64_t lanes[LANES] = { hash, hash + 1, hash + 2, hash + 3 };
        uint64_t words[LANES];

        for (size_t i = 0; i < GRANULE_SIZE; i += sizeof(words)) {
                memcpy(words, page + i, sizeof(words));
                for (unsigned j = 0; j < LANES; j++) {
                        lanes[j] = mix(lanes[j], words[j]);
                }
        }
        for (unsigned j = 0; j < LANES; j++) {
                hash = mix(hash, lanes[j]);
        }
        return hash;
}

static uint64_t mix_realm(uint64_t hash, const uint8_t *page)
{
        alignas(64) uint8_t copy[GRANULE_SIZE];

        memcpy(copy, page, sizeof(copy));
        ((struct realm *)(void *)copy)->first_rec = 0;
        return mix_page(hash, copy);
}

static uint64_t mix_rec(uint64_t hash, const struct guests *guests, const uint8_t *page)
{
        alignas(64) uint8_t copy[GRANULE_SIZE];
        struct rec *rec = (struct rec *)(void *)copy;

        memcpy(copy, page, sizeof(copy));
        if (rec->guest.binding != 0) {
                hash = mix(hash, guests->bindings[rec->guest.binding - 1].ipa);
        }
        rec->guest.binding = 0;
        rec->guest.slot = 0;
        rec->guest.trap.buffer = NULL;
        rec->gic.lrs_in_use = false; /* says nothing that the list registers do not */
        rec->next = rec->previous = 0;
        memset(&rec->refusal, 0, sizeof(rec->refusal));
        return mix_page(hash, copy);
}

static uint64_t mix_granule(uint64_t hash, const struct rmm *rmm, uint64_t pa)
{
        uint32_t word = granule_peek(memory_granule(&rmm->memory, pa)) & (GRANULE_STATE_MASK | GRANULE_GPT_MASK);
        const uint8_t *page = memory_realm_page(&rmm->memory, pa);

        hash = mix(mix(hash, pa), word);
        if (!granule_word_has_contents(word)) {
                return hash;
        }
        switch (granule_word_state(word)) {
        case RMMSIM_GRANULE_RD:
                return mix_realm(hash, page);
        case RMMSIM_GRANULE_REC:
                return mix_rec(hash, rmm->guests, page);
        default:
                return mix_page(hash, page);
        }
}

static uint64_t mix_vmids(uint64_t hash, const struct vmid_set *vmids)
{
        for (unsigned i = 0; i < NUM_VMIDS / 64; i++) {
                hash = mix(hash, atomic_load_explicit(&vmids->used[i], memory_order_relaxed));
        }
        return hash;
}

/* The syndrome of an SError that is not pending means nothing. */
static uint64_t mix_pe(uint64_t hash, const struct pe *pe)
{
        uint32_t interrupts = atomic_load_explicit(&pe->interrupts, memory_order_relaxed);

        hash = mix(hash, interrupts);
        if ((interrupts & PE_SERROR) != 0) {
                hash = mix(hash, atomic_load_explicit(&pe->serror_esr, memory_order_relaxed));
        }
        return hash;
}

uint64_t rmmsim_state_hash(const struct rmmsim *sim)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t hash = rmmsim_time(sim);
        uint64_t pa = 0;

        for (; memory_next_taken(memory, &pa, pa); pa += GRANULE_SIZE) {
                hash = mix_granule(hash, &sim->rmm, pa);
        }
        hash = mix_vmids(hash, &sim->rmm.vmids);
        for (unsigned i = 0; i < sim->num_pes; i++) {
                hash = mix_pe(hash, &sim->pes[i]);
        }
        return hash;
}
