/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fork.c - a second instance in the state of the first.
 *
 * Everything names everything else by physical address, and what is outside of pages is little, so a copy of the pages in use is a
 * copy of the whole. Which pages of the host are in use the system knows better than the library.
 */
#include "sim.h"
#include <fcntl.h>
#include <rmmsim/snapshot.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct rmmsim *fail(struct rmmsim_error *error, enum rmmsim_error_code code, const char *text)
{
        if (error != NULL) {
                error->code = code;
                (void)snprintf(error->text, sizeof(error->text), "%s", text);
        }
        return NULL;
}

/* ---- pages of the host ---------------------------------------------------------------------------------------------------- */

enum {
        ENTRIES_AT_ONCE = 512
};

/* Of an entry of /proc/self/pagemap: the page is in memory, or swapped out. */
#define PAGEMAP_IN_USE (UINT64_C(3) << 62)

static bool is_zero(const uint8_t *page)
{
        return page[0] == 0 && memcmp(page, page + 1, GRANULE_SIZE - 1) == 0;
}

/* Where the system does not say, pages are looked at. `pagemap` is a file, or negative. */
static void copy_host_pages(uint8_t *to, const struct memory *memory, const struct region *region, int pagemap)
{
        const uint8_t *from = region->host;
        uint64_t num_pages = region->size >> GRANULE_SHIFT;
        uint64_t entries[ENTRIES_AT_ONCE];

        for (uint64_t first = 0; first < num_pages; first += ENTRIES_AT_ONCE) {
                uint64_t count = min_u64(num_pages - first, ENTRIES_AT_ONCE);
                const uint8_t *begin = from + first * GRANULE_SIZE;
                off_t offset = (off_t)((uintptr_t)begin / GRANULE_SIZE * sizeof(uint64_t));
                ssize_t size = (ssize_t)(count * sizeof(uint64_t));

                if (pagemap < 0 || pread(pagemap, entries, (size_t)size, offset) != size) {
                        memset(entries, 0xff, sizeof(entries));
                }
                for (uint64_t i = 0; i < count; i++) {
                        const uint8_t *page = begin + i * GRANULE_SIZE;
                        uint64_t pa = region->base + (first + i) * GRANULE_SIZE;

                        if ((entries[i] & PAGEMAP_IN_USE) != 0 && !guard_hides(memory, pa) && !is_zero(page)) {
                                memcpy(to + (first + i) * GRANULE_SIZE, page, GRANULE_SIZE);
                        }
                }
        }
}

static void copy_host(struct rmmsim *copy, const struct rmmsim *sim)
{
        int pagemap = sysconf(_SC_PAGESIZE) == GRANULE_SIZE ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1;

        for (unsigned i = 0; i < sim->rmm.memory.num_regions; i++) {
                copy_host_pages(copy->rmm.memory.regions[i].host, &sim->rmm.memory, &sim->rmm.memory.regions[i],
                                pagemap);
        }
        if (pagemap >= 0) {
                (void)close(pagemap);
        }
}

/* ---- the Realm world ------------------------------------------------------------------------------------------------------ */

static void copy_granule(struct rmmsim *copy, const struct rmmsim *sim, uint64_t pa)
{
        struct granule *from;
        struct granule *to;
        const void *page = memory_realm_page_of(&sim->rmm.memory, &from, pa);
        void *copied = memory_realm_page_of(&copy->rmm.memory, &to, pa);
        uint32_t word = atomic_load_explicit(&from->word, memory_order_relaxed);

        memory_touch(&copy->rmm.memory, pa);
        if (granule_word_has_contents(word)) {
                memcpy(copied, page, GRANULE_SIZE);
        }
        to->giver = from->giver;
        to->num_owners = from->num_owners;
        to->num_shared = from->num_shared;
        atomic_store_explicit(&to->taker, atomic_load_explicit(&from->taker, memory_order_relaxed),
                              memory_order_relaxed);
        atomic_store_explicit(&to->word, word & (GRANULE_STATE_MASK | GRANULE_GPT_MASK), memory_order_release);
        if (granule_word_state(word) != RMMSIM_GRANULE_UNDELEGATED) {
                guard_close(&copy->rmm.memory, pa);
        }
}

static void copy_granules(struct rmmsim *copy, const struct rmmsim *sim)
{
        uint64_t pa = 0;

        for (; memory_next_taken(&sim->rmm.memory, &pa, pa); pa += GRANULE_SIZE) {
                copy_granule(copy, sim, pa);
        }
}

/* ---- the rest ------------------------------------------------------------------------------------------------------------- */

static void copy_pe(struct pe *copy, const struct pe *pe)
{
        copy->refusal = pe->refusal;
        atomic_store_explicit(&copy->serror_esr, atomic_load_explicit(&pe->serror_esr, memory_order_relaxed),
                              memory_order_relaxed);
        atomic_store_explicit(&copy->interrupts, atomic_load_explicit(&pe->interrupts, memory_order_relaxed),
                              memory_order_relaxed);
}

static void copy_rest(struct rmmsim *copy, const struct rmmsim *sim)
{
        struct vmid_set *vmids = &copy->rmm.vmids;

        for (unsigned i = 0; i < NUM_VMIDS / 64; i++) {
                atomic_store_explicit(&vmids->used[i],
                                      atomic_load_explicit(&sim->rmm.vmids.used[i], memory_order_relaxed),
                                      memory_order_relaxed);
        }
        for (unsigned i = 0; i < sim->num_pes; i++) {
                copy_pe(&copy->pes[i], &sim->pes[i]);
        }
        memcpy(&copy->rmm.guests->num_bindings, &sim->rmm.guests->num_bindings, guests_table_size());
        atomic_store_explicit(&copy->rmm.time, rmmsim_time(sim), memory_order_relaxed);
}

static bool owns_its_memory(const struct rmmsim *sim)
{
        for (size_t i = 0; i < sim->config.num_regions; i++) {
                if (sim->regions[i].memory != NULL || sim->regions[i].phys_to_virt != NULL) {
                        return false;
                }
        }
        return true;
}

struct rmmsim *rmmsim_fork(const struct rmmsim *sim, struct rmmsim_error *error)
{
        struct rmmsim_config config = sim->config;
        struct rmmsim *copy;

        if (!sim_is_idle(sim)) {
                static const char sentence[] = "rmmsim_fork() while a PE is inside a call: no guest may call it, and "
                                               "other threads must be waited for";

                (void)sim_misuse(sim, sentence);
                return fail(error, RMMSIM_ERROR_MISUSE, sentence);
        }
        if (atomic_load_explicit(&sim->rmm.guests->live, memory_order_relaxed) != 0) {
                return fail(error, RMMSIM_ERROR_STATE,
                            "a C guest function has been started and what is on its stack cannot be copied: fork "
                            "before it starts, or use a step function");
        }
        if (!owns_its_memory(sim)) {
                return fail(error, RMMSIM_ERROR_STATE,
                            "a region's memory is the caller's, which cannot be had twice: let the library own it");
        }
        config.regions = sim->regions;
        copy = rmmsim_create(&config, error);
        if (copy != NULL) {
                copy_host(copy, sim);
                copy_granules(copy, sim);
                copy_rest(copy, sim);
        }
        return copy;
}
