/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state_hash.c - one number for the state of an instance.
 */
#include "state_page.h"
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

static uint64_t mix_granule(uint64_t hash, const struct rmm *rmm, uint64_t pa)
{
        alignas(64) uint8_t copy[GRANULE_SIZE];
        const uint8_t *page = state_page(rmm, copy, pa);
        uint64_t program = state_program(rmm, pa);

        hash = mix(mix(hash, pa), state_word(rmm, pa));
        if (page == NULL) {
                return hash;
        }
        if (program != 0) {
                hash = mix(hash, program);
        }
        return mix_page(hash, page);
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
