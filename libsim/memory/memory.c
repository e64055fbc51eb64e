/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory.c - reserving regions, and finding what is in them.
 */
#include "memory.h"
#include "guard.h"
#include "journal.h"
#include <string.h>
#include <sys/mman.h>

static uint64_t num_granules(const struct region *region)
{
        return region->size >> GRANULE_SHIFT;
}

static uint64_t num_touched_words(const struct region *region)
{
        return ((region->size >> CHUNK_SHIFT) + 1 + 63) / 64;
}

static size_t round_up_to_page(size_t size)
{
        return (size + GRANULE_MASK) & ~(size_t)GRANULE_MASK;
}

static const char *nonsense(const struct rmmsim_region *region)
{
        if (region->kind != RMMSIM_REGION_DRAM && region->kind != RMMSIM_REGION_DEVICE) {
                return "a region's kind must be RMMSIM_REGION_DRAM or RMMSIM_REGION_DEVICE";
        }
        if (region->size == 0 || region->size > REGION_SIZE_MAX) {
                return "a region's size must be 4096 bytes to 1 TiB";
        }
        if (!is_granule_aligned(region->base) || !is_granule_aligned(region->size)) {
                return "a region's base and size must be multiples of 4096";
        }
        if (region->base > BIT(52) || region->size > BIT(52) - region->base) {
                return "a region must end at or below 2^52";
        }
        if (!is_granule_aligned((uintptr_t)region->memory)) {
                return "a region's memory must be aligned to 4096 bytes";
        }
        if (region->memory != NULL && region->phys_to_virt != NULL) {
                return "a region has memory or phys_to_virt, not both";
        }
        return NULL;
}

/* One reservation for all that the library owns of a region: host pages, Realm-world pages, Granules, touched chunks. */
static bool reserve(struct region *region, bool own_host_pages)
{
        bool dram = region->kind == RMMSIM_REGION_DRAM;
        size_t host = own_host_pages ? region->size : 0;
        size_t realm = dram ? region->size : 0;
        size_t granules = dram ? round_up_to_page((num_granules(region) + 63) / 64 * 64 * sizeof(struct granule)) : 0;
        size_t touched = dram ? round_up_to_page(num_touched_words(region) * sizeof(uint64_t)) : 0;
        uint8_t *at;

        region->mapping_size = host + realm + granules + touched;
        if (region->mapping_size == 0) {
                return true;
        }
        at = mmap(NULL, region->mapping_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                  0);
        if (at == MAP_FAILED) {
                return false;
        }
        /* A huge page would make one delegated Granule cost 2 MiB. Where the advice is not known nothing is lost. */
        (void)madvise(at, region->mapping_size, MADV_NOHUGEPAGE);
        region->mapping = at;
        if (own_host_pages) {
                region->host = at;
        }
        if (dram) {
                region->realm_pages = at + host;
                region->granules = (struct granule *)(void *)(at + host + realm);
                region->touched = (_Atomic uint64_t *)(void *)(at + host + realm + granules);
        }
        return true;
}

const char *memory_init(struct memory *memory, enum rmmsim_error_code *code, const struct rmmsim_config *config)
{
        const char *wrong = NULL;
        bool dram = false;

        memset(memory, 0, sizeof(*memory));
        memory->context = config->context;
        *code = RMMSIM_ERROR_CONFIG;
        if (config->regions == NULL || config->num_regions < 1 || config->num_regions > REGIONS_MAX) {
                return "regions must name 1 to 32 regions";
        }
        for (size_t i = 0; i < config->num_regions; i++) {
                const struct rmmsim_region *given = &config->regions[i];

                if ((wrong = nonsense(given)) != NULL) {
                        return wrong;
                }
                for (size_t j = 0; j < i; j++) {
                        const struct rmmsim_region *other = &config->regions[j];

                        if (given->base < other->base + other->size && other->base < given->base + given->size) {
                                return "regions must not overlap";
                        }
                }
                dram = dram || given->kind == RMMSIM_REGION_DRAM;
        }
        if (!dram) {
                return "at least one region must have kind RMMSIM_REGION_DRAM";
        }
        for (size_t i = 0; i < config->num_regions; i++) {
                const struct rmmsim_region *given = &config->regions[i];
                struct region *region = &memory->regions[i];

                *region = (struct region){ .base = given->base,
                                           .size = given->size,
                                           .kind = given->kind,
                                           .host = given->memory,
                                           .phys_to_virt = given->phys_to_virt };
                memory->num_regions++;
                if (!reserve(region, given->memory == NULL && given->phys_to_virt == NULL)) {
                        memory_destroy(memory);
                        *code = RMMSIM_ERROR_MEMORY;
                        return "the system has no address space for a region of that size";
                }
        }
        wrong = guard_init(memory, config);
        if (wrong != NULL) {
                memory_destroy(memory);
        }
        return wrong;
}

void memory_destroy(struct memory *memory)
{
        guard_destroy(memory);
        for (unsigned i = 0; i < memory->num_regions; i++) {
                if (memory->regions[i].mapping != NULL) {
                        munmap(memory->regions[i].mapping, memory->regions[i].mapping_size);
                }
        }
        memory->num_regions = 0;
        journal_destroy(memory->journal);
        memory->journal = NULL;
}

void memory_touch(const struct memory *memory, uint64_t pa)
{
        const struct region *region = memory_region(memory, pa);
        uint64_t chunk = (pa - region->base) >> CHUNK_SHIFT;
        _Atomic uint64_t *word = &region->touched[chunk / 64];

        /* Nearly always set already: looking first keeps the line shared between PEs. */
        if ((atomic_load_explicit(word, memory_order_relaxed) & BIT(chunk % 64)) == 0) {
                atomic_fetch_or_explicit(word, BIT(chunk % 64), memory_order_relaxed);
        }
}

/* The first Granule of which a bit of its word is set that `mask` names. */
static bool next_in_region(const struct region *region, uint64_t *pa, uint64_t from, uint32_t mask)
{
        uint64_t i = from > region->base ? (from - region->base + GRANULE_MASK) >> GRANULE_SHIFT : 0;

        while (i < num_granules(region)) {
                uint64_t chunk = i / GRANULES_PER_CHUNK;
                uint64_t word = atomic_load_explicit(&region->touched[chunk / 64], memory_order_relaxed);

                if (word == 0) {
                        i = (chunk / 64 + 1) * 64 * GRANULES_PER_CHUNK;
                } else if ((word & BIT(chunk % 64)) == 0) {
                        i = (chunk + 1) * GRANULES_PER_CHUNK;
                } else if ((atomic_load_explicit(&region_granule(region, i)->word, memory_order_relaxed) & mask) != 0) {
                        *pa = region->base + (i << GRANULE_SHIFT);
                        return true;
                } else {
                        i++;
                }
        }
        return false;
}

static bool next(const struct memory *memory, uint64_t *pa, uint64_t from, uint32_t mask)
{
        uint64_t best = UINT64_MAX;

        for (unsigned i = 0; i < memory->num_regions; i++) {
                const struct region *region = &memory->regions[i];
                uint64_t found;

                if (region->kind == RMMSIM_REGION_DRAM && from < region->base + region->size &&
                    next_in_region(region, &found, from, mask)) {
                        best = min_u64(best, found);
                }
        }
        *pa = best;
        return best != UINT64_MAX;
}

/* UNDELEGATED and GPT_NS are zero in their fields. */
bool memory_next_delegated(const struct memory *memory, uint64_t *pa, uint64_t from)
{
        return next(memory, pa, from, GRANULE_STATE_MASK);
}

bool memory_next_taken(const struct memory *memory, uint64_t *pa, uint64_t from)
{
        return next(memory, pa, from, GRANULE_STATE_MASK | GRANULE_GPT_MASK);
}
