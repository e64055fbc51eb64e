/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * journal.c - keeping copies, and putting them back.
 *
 * Pages are numbered: those of all regions in the Realm world, the same in the host's world, those of the table. The mark of a
 * page says how far it has got. Marks of an earlier snapshot mean nothing, so that a new snapshot clears none:
 *
 *     of an earlier snapshot -> SAVING -> CHANGED <-> (neither: as it was, with a copy)
 */
#include "journal.h"
#include "guard.h"
#include <string.h>
#include <sys/mman.h>

enum {
        MARK_SAVING = 1,  /* somebody makes the copy: wait                                     */
        MARK_CHANGED = 2, /* on the list of changes                                            */
        MARK_ZERO = 4,    /* all zero: there is no copy                                        */
        MARK_ALWAYS = 8,  /* never leaves the list                                             */
        MARK_FLAGS = 15,
        MARK_SNAPSHOT = 16
};

/* ---- numbers ---------------------------------------------------------------------------------------------------------- */

static uint64_t number_of(const struct journal *journal, uint64_t pa)
{
        const struct region *region = memory_region(journal->memory, pa);

        return journal->first[region - journal->memory->regions] + ((pa - region->base) >> GRANULE_SHIFT);
}

/* The PA of a page, given its number among the pages of the regions. */
static uint64_t pa_of(const struct journal *journal, uint64_t number)
{
        unsigned i = journal->memory->num_regions - 1;

        while (journal->first[i] > number) {
                i--;
        }
        return journal->memory->regions[i].base + ((number - journal->first[i]) << GRANULE_SHIFT);
}

static bool is_granule(const struct journal *journal, uint64_t number)
{
        return number < journal->num_pages;
}

static bool is_host_page(const struct journal *journal, uint64_t number)
{
        return !is_granule(journal, number) && number < 2 * journal->num_pages;
}

static uint8_t *copy_of(const struct journal *journal, uint64_t number)
{
        return journal->copies + (number << GRANULE_SHIFT);
}

static uint8_t *table_page(const struct journal *journal, uint64_t number)
{
        return journal->table + ((number - 2 * journal->num_pages) << GRANULE_SHIFT);
}

/* ---- making and unmaking ---------------------------------------------------------------------------------------------- */

static size_t round_up_to_page(size_t size)
{
        return (size + GRANULE_MASK) & ~(size_t)GRANULE_MASK;
}

struct journal *journal_create(const struct memory *memory, void *table, size_t table_size)
{
        uint64_t first[REGIONS_MAX];
        uint64_t num_pages = 0;
        size_t head = round_up_to_page(sizeof(struct journal));
        struct journal *journal;
        size_t marks;
        size_t list;
        size_t size;
        size_t count;

        for (unsigned i = 0; i < memory->num_regions; i++) {
                first[i] = num_pages;
                num_pages += memory->regions[i].size >> GRANULE_SHIFT;
        }
        count = 2 * num_pages + (round_up_to_page(table_size) >> GRANULE_SHIFT);
        marks = round_up_to_page(count * sizeof(struct journal_page));
        list = round_up_to_page(count * sizeof(uint64_t));
        size = head + marks + list + (count << GRANULE_SHIFT);
        journal = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (journal == MAP_FAILED) {
                return NULL;
        }
        /* As for the regions: one copy must not cost 2 MiB. */
        (void)madvise(journal, size, MADV_NOHUGEPAGE);
        journal->memory = memory;
        memcpy(journal->first, first, memory->num_regions * sizeof(first[0]));
        journal->num_pages = num_pages;
        journal->table = table;
        journal->mapping_size = size;
        journal->pages = (struct journal_page *)(void *)((uint8_t *)journal + head);
        journal->changed = (uint64_t *)(void *)((uint8_t *)journal + head + marks);
        journal->copies = (uint8_t *)journal + head + marks + list;
        return journal;
}

void journal_destroy(struct journal *journal)
{
        if (journal != NULL) {
                munmap(journal, journal->mapping_size);
        }
}

void journal_begin(struct journal *journal)
{
        journal->snapshot += MARK_SNAPSHOT;
        atomic_store_explicit(&journal->num_changed, 0, memory_order_relaxed);
        atomic_store_explicit(&journal->num_saved, 0, memory_order_relaxed);
}

/* ---- keeping ---------------------------------------------------------------------------------------------------------- */

/* Word by word, as somebody may be using other parts of the page by atomic accesses. */
static void copy_shared(uint8_t *to, const uint8_t *from)
{
        uint64_t *words = (uint64_t *)(void *)to;

        if (!is_aligned((uintptr_t)from, sizeof(uint64_t))) {
                memcpy(to, from, GRANULE_SIZE); /* then atomic accesses are none */
                return;
        }
        for (unsigned i = 0; i < GRANULE_SIZE / sizeof(uint64_t); i++) {
                words[i] = __atomic_load_n((const uint64_t *)(const void *)from + i, __ATOMIC_RELAXED);
        }
}

/* Returns MARK_ZERO if no copy of contents is needed. */
static uint64_t save_granule(struct journal *journal, uint64_t number)
{
        struct journal_page *page = &journal->pages[number];
        uint64_t pa = pa_of(journal, number);
        struct granule *granule;
        const void *contents = memory_realm_page_of(journal->memory, &granule, pa);

        page->word = (uint16_t)(atomic_load_explicit(&granule->word, memory_order_relaxed) &
                                (GRANULE_STATE_MASK | GRANULE_GPT_MASK));
        page->giver = granule->giver;
        page->taker = atomic_load_explicit(&granule->taker, memory_order_relaxed) & 0xfff;
        page->num_owners = granule->num_owners & 0x3ff;
        page->num_shared = granule->num_shared & 0x3ff;
        if (!granule_word_has_contents(page->word)) {
                return MARK_ZERO;
        }
        memcpy(copy_of(journal, number), contents, GRANULE_SIZE);
        return 0;
}

/* `contents` are those of a page of the host or of the table. */
static uint64_t save(struct journal *journal, uint64_t number, const uint8_t *contents)
{
        uint64_t flags = 0;

        if (is_granule(journal, number)) {
                flags = save_granule(journal, number);
        } else {
                copy_shared(copy_of(journal, number), contents);
        }
        if (flags == 0) {
                atomic_fetch_add_explicit(&journal->num_saved, 1, memory_order_relaxed);
        }
        return flags;
}

static void enlist(struct journal *journal, uint64_t number)
{
        journal->changed[atomic_fetch_add_explicit(&journal->num_changed, 1, memory_order_relaxed)] = number;
}

static void note(struct journal *journal, uint64_t number, const uint8_t *contents)
{
        _Atomic uint64_t *mark = &journal->pages[number].mark;
        uint64_t found = atomic_load_explicit(mark, memory_order_acquire);
        struct spin spin = { 0 };

        for (;;) {
                if ((found & ~(uint64_t)MARK_FLAGS) != journal->snapshot) {
                        if (atomic_compare_exchange_weak_explicit(mark, &found, journal->snapshot | MARK_SAVING,
                                                                  memory_order_acquire, memory_order_acquire)) {
                                uint64_t flags = save(journal, number, contents);

                                enlist(journal, number);
                                atomic_store_explicit(mark, journal->snapshot | MARK_CHANGED | flags,
                                                      memory_order_release);
                                return;
                        }
                } else if ((found & MARK_SAVING) != 0) {
                        spin_wait(&spin, mark);
                        found = atomic_load_explicit(mark, memory_order_acquire);
                } else if ((found & MARK_CHANGED) != 0) {
                        return;
                } else if (atomic_compare_exchange_weak_explicit(mark, &found, found | MARK_CHANGED,
                                                                 memory_order_acquire, memory_order_acquire)) {
                        enlist(journal, number);
                        return;
                }
        }
}

void journal_granule_slow(struct journal *journal, uint64_t pa)
{
        note(journal, number_of(journal, pa), NULL);
}

void journal_realm_page_slow(struct journal *journal, const void *page)
{
        const struct memory *memory = journal->memory;

        for (unsigned i = 0; i < memory->num_regions; i++) {
                const struct region *region = &memory->regions[i];
                uint64_t offset = (uintptr_t)page - (uintptr_t)region->realm_pages;

                if (region->kind == RMMSIM_REGION_DRAM && offset < region->size) {
                        note(journal, journal->first[i] + (offset >> GRANULE_SHIFT), NULL);
                        return;
                }
        }
}

void journal_host_page_slow(struct journal *journal, uint64_t pa, const uint8_t *page)
{
        note(journal, journal->num_pages + number_of(journal, pa), page);
}

void journal_table(struct journal *journal, const void *at)
{
        uint64_t number = 2 * journal->num_pages + (((uintptr_t)at - (uintptr_t)journal->table) >> GRANULE_SHIFT);

        note(journal, number, table_page(journal, number));
}

bool journal_always(struct journal *journal, uint64_t pa)
{
        uint64_t number = journal->num_pages + number_of(journal, pa);
        const uint8_t *page = memory_host_page(journal->memory, pa);

        if (page == NULL) {
                return false;
        }
        if (guard_hides(journal->memory, pa)) {
                return true; /* nobody can write to it before the RMM does */
        }
        note(journal, number, page);
        atomic_fetch_or_explicit(&journal->pages[number].mark, (uint64_t)MARK_ALWAYS, memory_order_relaxed);
        return true;
}

/* ---- returning -------------------------------------------------------------------------------------------------------- */

bool journal_changed_granule(const struct journal *journal, uint64_t *pa, uint64_t n)
{
        if (!is_granule(journal, journal->changed[n])) {
                return false;
        }
        *pa = pa_of(journal, journal->changed[n]);
        return true;
}

/* Contents that were zero, and are zero again because the Granule went back by itself, need not be written. */
static void return_granule(struct journal *journal, uint64_t number, bool was_zero)
{
        const struct journal_page *page = &journal->pages[number];
        uint64_t pa = pa_of(journal, number);
        struct granule *granule;
        uint8_t *contents = memory_realm_page_of(journal->memory, &granule, pa);

        if (!was_zero) {
                memcpy(contents, copy_of(journal, number), GRANULE_SIZE);
                journal->num_written++;
        } else if (granule_word_has_contents(atomic_load_explicit(&granule->word, memory_order_relaxed))) {
                memset(contents, 0, GRANULE_SIZE);
                journal->num_written++;
        }
        granule->giver = page->giver;
        granule->num_owners = page->num_owners;
        granule->num_shared = page->num_shared;
        atomic_store_explicit(&granule->taker, page->taker, memory_order_relaxed);
        atomic_store_explicit(&granule->word, page->word, memory_order_release);
}

/* A page that the host can reach no more, it cannot see either. */
static void return_contents(struct journal *journal, uint64_t number)
{
        uint8_t *page = is_host_page(journal, number)
                                ? memory_host_page(journal->memory, pa_of(journal, number - journal->num_pages))
                                : table_page(journal, number);

        if (page != NULL) {
                memcpy(page, copy_of(journal, number), GRANULE_SIZE);
                journal->num_written++;
        }
}

/* Open, before, the pages of those that change and are delegated; close, afterwards, those that are delegated then. */
static void guard_all(const struct journal *journal, void (*guard)(const struct memory *memory, uint64_t pa))
{
        uint64_t pa;

        for (uint64_t i = 0; guard_is_on(journal->memory) && i < journal->num_returned; i++) {
                if (journal_changed_granule(journal, &pa, i) &&
                    granule_state(memory_granule(journal->memory, pa)) != RMMSIM_GRANULE_UNDELEGATED) {
                        guard(journal->memory, pa);
                }
        }
}

void journal_return(struct journal *journal)
{
        uint64_t count = atomic_load_explicit(&journal->num_changed, memory_order_relaxed);
        uint64_t left = 0;

        journal->num_returned = count;
        journal->num_written = 0;
        guard_all(journal, guard_open_slow);
        for (uint64_t i = 0; i < count; i++) {
                uint64_t number = journal->changed[i];
                _Atomic uint64_t *mark = &journal->pages[number].mark;
                uint64_t found = atomic_load_explicit(mark, memory_order_relaxed);

                if (is_granule(journal, number)) {
                        return_granule(journal, number, (found & MARK_ZERO) != 0);
                } else {
                        return_contents(journal, number);
                }
                if ((found & MARK_ALWAYS) != 0) {
                        journal->changed[left++] = number;
                } else {
                        atomic_store_explicit(mark, found & ~(uint64_t)MARK_CHANGED, memory_order_relaxed);
                }
        }
        guard_all(journal, guard_close_slow);
        atomic_store_explicit(&journal->num_changed, left, memory_order_relaxed);
}
