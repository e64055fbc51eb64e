/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory.h - the physical address space: regions, the Granules in them, and two worlds of pages behind each.
 *
 * The host's page is whatever the region says: the library's, the caller's, or reached by a callback. The Realm-world page
 * is always the library's, at another place, so that the host has no pointer to what a Realm keeps. Both worlds and the
 * table of Granules are reserved as address space and backed by the system on first touch: creation costs nothing in
 * proportion to size, and a Granule that is never delegated costs no memory.
 *
 * Invariant: the Realm-world page of a Granule that is UNDELEGATED or DELEGATED is all zero. So delegating copies and
 * clears nothing, and whoever destroys an object wipes it. That of an auxiliary Granule is zero too, as nothing is kept there.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "granule.h"
#include <rmmsim/rmmsim.h>

enum {
        REGIONS_MAX = 32
};
#define REGION_SIZE_MAX BIT(40)

/* Granules are visited by chunk: one that never held a delegated Granule is passed over. */
enum {
        CHUNK_SHIFT = 21,
        GRANULES_PER_CHUNK = 1 << (CHUNK_SHIFT - GRANULE_SHIFT)
};

struct journal;

/* How the host is kept from pages that it has given away (guard.h). */
enum guard_means {
        GUARD_MEANS_NONE,
        GUARD_MEANS_ASAN,
        GUARD_MEANS_VALGRIND,
        GUARD_MEANS_CANARY,
        GUARD_MEANS_PROTECT
};

struct region {
        uint64_t base;
        uint64_t size;
        enum rmmsim_region_kind kind;
        uint8_t *host; /* NULL: reached by phys_to_virt               */
        void *(*phys_to_virt)(void *context, uint64_t pa);
        struct granule *granules;  /* DRAM only: see region_granule()             */
        uint8_t *realm_pages;      /* DRAM only                                   */
        _Atomic uint64_t *touched; /* one bit a 2 MiB chunk that ever held a delegated Granule */
        void *mapping;             /* what the library reserved for this region   */
        size_t mapping_size;
};

struct memory {
        struct region regions[REGIONS_MAX];
        unsigned num_regions;
        enum guard_means guard;
        void *context;
        struct journal *journal; /* of changes since a snapshot; NULL: there never was one */
};

/*
 * Returns NULL, or a sentence that says what is wrong: with the configuration, or with the system, as *code tells. On
 * failure nothing is left behind.
 */
const char *memory_init(struct memory *memory, enum rmmsim_error_code *code, const struct rmmsim_config *config);
void memory_destroy(struct memory *memory);

static inline const struct region *memory_region(const struct memory *memory, uint64_t pa)
{
        const struct region *region = memory->regions;

        /* There is at least one, and most often it is that one. */
        if (__builtin_expect(pa - region->base < region->size, 1)) {
                return region;
        }
        for (unsigned i = 1; i < memory->num_regions; i++) {
                region = &memory->regions[i];
                if (pa - region->base < region->size) {
                        return region;
                }
        }
        return NULL;
}

/*
 * The n-th Granule of a region. Neighbours are what hosts hand to different CPUs (run pages, RECs), so they do not share a cache
 * line, of which four would fit into one: the table is made of blocks of 64, in which 12 in a row are on 12 lines.
 */
static inline struct granule *region_granule(const struct region *region, uint64_t n)
{
        return &region->granules[n ^ (n & 3) << 4];
}

/* The Granule that holds a PA, or NULL if the PA is not delegable. */
static inline struct granule *memory_granule(const struct memory *memory, uint64_t pa)
{
        const struct region *region = memory_region(memory, pa);

        if (region == NULL || region->kind != RMMSIM_REGION_DRAM) {
                return NULL;
        }
        return region_granule(region, (pa - region->base) >> GRANULE_SHIFT);
}

/* Both, for the PA of a delegable Granule. */
static inline void *memory_realm_page_of(const struct memory *memory, struct granule **granule, uint64_t pa)
{
        const struct region *region = memory_region(memory, pa);
        uint64_t offset = pa - region->base;

        *granule = region_granule(region, offset >> GRANULE_SHIFT);
        return region->realm_pages + offset;
}

/* The Realm-world page that holds a delegable PA. */
static inline void *memory_realm_page(const struct memory *memory, uint64_t pa)
{
        const struct region *region = memory_region(memory, pa);

        return region->realm_pages + align_down(pa - region->base, GRANULE_SIZE);
}

/* The host's page that holds a PA, or NULL if it cannot be accessed. */
static inline uint8_t *memory_host_page(const struct memory *memory, uint64_t pa)
{
        const struct region *region = memory_region(memory, pa);
        uint64_t page = align_down(pa, GRANULE_SIZE);

        if (region == NULL) {
                return NULL;
        }
        if (region->host != NULL) {
                return region->host + (page - region->base);
        }
        return region->phys_to_virt(memory->context, page);
}

/* Remember that a chunk holds delegated Granules, so that it will be visited. */
void memory_touch(const struct memory *memory, uint64_t pa);

/* The first PA at or above `from` whose Granule is not UNDELEGATED. */
bool memory_next_delegated(const struct memory *memory, uint64_t *pa, uint64_t from);

/* The same, where an UNDELEGATED Granule counts too if it was touched and its GPT entry is not GPT_NS. */
bool memory_next_taken(const struct memory *memory, uint64_t *pa, uint64_t from);

#endif
