/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit_granules.c - every Granule by itself, and that each has exactly the owner that its state calls for.
 *
 * Owners are found from the other side: whoever names a Granule as its own claims it. A claim is refused for a Granule in
 * another state and for one that is claimed already; so if in the end as many of a state are claimed as there are, then
 * each has one owner.
 */
#include "audit_pass.h"
#include <string.h>

typedef bool visit_fn(struct audit *a, uint64_t pa, const struct granule *granule);

/* ---- visiting ------------------------------------------------------------------------------------------------------- */

static uint64_t num_chunks(const struct region *region)
{
        return region->kind == RMMSIM_REGION_DRAM ? (region->size + BIT(CHUNK_SHIFT) - 1) >> CHUNK_SHIFT : 0;
}

static uint64_t touched_word(const struct region *region, uint64_t word)
{
        return atomic_load_explicit(&region->touched[word], memory_order_relaxed);
}

/* A chunk need not be aligned as a window is: it lies in two at most. */
size_t audit_max_windows(const struct memory *memory)
{
        size_t max = 0;

        for (unsigned i = 0; i < memory->num_regions; i++) {
                for (uint64_t word = 0; word * 64 < num_chunks(&memory->regions[i]); word++) {
                        max += 2 * (size_t)__builtin_popcountll(touched_word(&memory->regions[i], word));
                }
        }
        return max;
}

static bool visit_chunk(struct audit *a, const struct region *region, uint64_t chunk, visit_fn *visit)
{
        uint64_t first = chunk * GRANULES_PER_CHUNK;
        uint64_t end = min_u64(first + GRANULES_PER_CHUNK, region->size >> GRANULE_SHIFT);

        for (uint64_t i = first; i < end; i++) {
                if (!visit(a, region->base + (i << GRANULE_SHIFT), region_granule(region, i))) {
                        return false;
                }
        }
        return true;
}

/* Every Granule that ever was delegated, and its neighbours. */
static bool visit_touched(struct audit *a, visit_fn *visit)
{
        for (unsigned i = 0; i < a->rmm->memory.num_regions; i++) {
                const struct region *region = &a->rmm->memory.regions[i];

                for (uint64_t chunk = 0; chunk < num_chunks(region); chunk++) {
                        uint64_t bits = touched_word(region, chunk / 64) >> chunk % 64;

                        if (bits == 0) {
                                chunk |= 63;
                                continue;
                        }
                        chunk += (unsigned)__builtin_ctzll(bits);
                        if (chunk < num_chunks(region) && !visit_chunk(a, region, chunk, visit)) {
                                return false;
                        }
                }
        }
        return true;
}

/* ---- one Granule by itself ---------------------------------------------------------------------------------------------- */

static const char *state_name(unsigned state)
{
        return rmmsim_state_name(RMMSIM_OBJECT_GRANULE, state);
}

static uint32_t word_of(const struct granule *granule)
{
        return atomic_load_explicit(&granule->word, memory_order_relaxed);
}

/* All bytes are zero if the first eight are, and each is like the one eight before. */
static bool is_zero(const uint8_t *page)
{
        static const uint8_t zero[sizeof(uint64_t)];

        return memcmp(page, zero, sizeof(zero)) == 0 &&
               memcmp(page, page + sizeof(zero), GRANULE_SIZE - sizeof(zero)) == 0;
}

static bool check_contents(struct audit *a, uint64_t pa, unsigned state)
{
        const void *page = memory_realm_page(&a->rmm->memory, pa);

        if (!granule_word_has_contents(state)) {
                MUST(a, G3, is_zero(page), "Granule 0x%" PRIx64 " is %s but not all zero", pa, state_name(state));
        }
        if (state == RMMSIM_GRANULE_RD) {
                const struct realm *realm = page;

                MUST(a, G4, realm->rd == pa, "Granule 0x%" PRIx64 " is RD but holds the Realm of RD 0x%" PRIx64, pa,
                     realm->rd);
        }
        return true;
}

static bool check_granule(struct audit *a, uint64_t pa, const struct granule *granule)
{
        uint32_t word = word_of(granule);
        unsigned state = granule_word_state(word);
        unsigned gpt = granule_word_gpt(word);
        struct window *window;

        MUST(a, L, (word & ~(GRANULE_STATE_MASK | GRANULE_GPT_MASK)) == 0,
             "Granule 0x%" PRIx64 " (%s) is locked: its word is 0x%" PRIx32, pa, state_name(state), word);
        MUST(a, S, state < NUM_GRANULE_STATES && gpt <= RMMSIM_GPT_GPT_AAP,
             "Granule 0x%" PRIx64 " has state %u and GPT entry %u", pa, state, gpt);
        MUST(a, G1, (state == RMMSIM_GRANULE_UNDELEGATED) == (gpt != RMMSIM_GPT_GPT_REALM),
             "Granule 0x%" PRIx64 " is %s and %s", pa, state_name(state), rmmsim_state_name(RMMSIM_OBJECT_GPT, gpt));
        MUST(a, RTT12, state == RMMSIM_GRANULE_RTT || (granule->num_owners == 0 && granule->num_shared == 0),
             "Granule 0x%" PRIx64 " is %s but counts entries", pa, state_name(state));
        if (state == RMMSIM_GRANULE_UNDELEGATED) {
                return true;
        }
        a->report->checked++;
        a->found[state]++;
        window = claims_open(&a->claims, pa);
        if (state == RMMSIM_GRANULE_RD) {
                *window_word(window->rds, pa) |= window_bit(pa);
        }
        return check_contents(a, pa, state);
}

bool audit_granules(struct audit *a)
{
        return visit_touched(a, check_granule);
}

/* ---- owners --------------------------------------------------------------------------------------------------------- */

#define SLOT_FORMAT   "%s 0x%" PRIx64 " of %s 0x%" PRIx64
#define SLOT_OF(slot) (slot)->what, (slot)->number, (slot)->of, (slot)->pa

bool audit_claim(struct audit *a, uint64_t pa, unsigned state, const struct slot *slot)
{
        const struct granule *granule = is_granule_aligned(pa) ? memory_granule(&a->rmm->memory, pa) : NULL;
        struct window *window;
        unsigned actual;

        MUST(a, G2, granule != NULL, SLOT_FORMAT " names 0x%" PRIx64 ", which is no delegable Granule", SLOT_OF(slot),
             pa);
        actual = granule_word_state(word_of(granule));
        if (actual != state) {
                return audit_fail(a, actual <= RMMSIM_GRANULE_DELEGATED ? slot->unowned : slot->other_state,
                                  SLOT_FORMAT " names Granule 0x%" PRIx64 ", which is %s and not %s", SLOT_OF(slot), pa,
                                  state_name(actual), state_name(state));
        }
        window = claims_find(&a->claims, pa);
        MUST(a, M, window != NULL,
             "Granule 0x%" PRIx64 " is %s, but its chunk of memory is not marked as touched: " SLOT_FORMAT " names it",
             pa, state_name(state), SLOT_OF(slot));
        MUST(a, G9, (*window_word(window->claimed, pa) & window_bit(pa)) == 0,
             SLOT_FORMAT " names Granule 0x%" PRIx64 " (%s), which something else names too", SLOT_OF(slot), pa,
             state_name(state));
        *window_word(window->claimed, pa) |= window_bit(pa);
        a->claimed[state]++;
        return true;
}

static bool check_owned(struct audit *a, uint64_t pa, const struct granule *granule)
{
        unsigned state = granule_word_state(word_of(granule));
        struct window *window;

        if (state <= RMMSIM_GRANULE_RD) {
                return true;
        }
        window = claims_open(&a->claims, pa);
        if ((*window_word(window->claimed, pa) & window_bit(pa)) != 0) {
                return true;
        }
        MUST(a, G5, state != RMMSIM_GRANULE_REC, "Granule 0x%" PRIx64 " is REC but on the list of no Realm", pa);
        MUST(a, G6, state != RMMSIM_GRANULE_REC_AUX, "Granule 0x%" PRIx64 " is REC_AUX but no REC lists it", pa);
        MUST(a, G7, state != RMMSIM_GRANULE_RTT,
             "Granule 0x%" PRIx64 " is RTT but no root, and no TABLE entry names it", pa);
        return audit_fail(a, AUDIT_G8, "Granule 0x%" PRIx64 " is DATA but no ASSIGNED entry covers it", pa);
}

/* Counting tells whether there are any; only then are they searched for. */
bool audit_orphans(struct audit *a)
{
        for (unsigned state = RMMSIM_GRANULE_REC; state < NUM_GRANULE_STATES; state++) {
                if (a->found[state] != a->claimed[state]) {
                        return visit_touched(a, check_owned);
                }
        }
        return true;
}
