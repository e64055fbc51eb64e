/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * journal.h - what has been changed since a snapshot, and how it was: copy on first write, page by page.
 *
 * Whoever is about to change something says so first, by one of the functions below. The first to say so since the snapshot
 * keeps a copy; the first since the last return to it puts the page on the list of changes. So going back costs what is on that
 * list, and a page is copied away once a snapshot however often the instance goes back to it.
 *
 * Three kinds of memory are covered: of each Granule state, GPT entry, taker and Realm-world page; of each page of the host
 * what it holds; and one table of somebody else, which is not in Granules. Where the Realm-world page of a Granule is all zero by
 * its state (granule_word_has_contents()), only the word is kept. This is also why a handler may fill the
 * page of a DELEGATED Granule first and say so when the Granule changes state: how the page was is known all the same.
 *
 * An instance that never took a snapshot has no journal: then each of these functions is one branch, on a pointer beside the
 * number of regions. The journal itself is reserved address space, backed on first touch: each page has its own place for a
 * copy, so it can never be full.
 *
 * Any number of PEs may say so at once. Who comes second waits until the copy has been made, and so never changes a page while
 * it is being copied.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "memory.h"
#include <stdalign.h>

/* One page of either world, or of the table. */
struct journal_page {
        _Atomic uint64_t mark; /* the snapshot that the copy is of, and flags */
        uint16_t word;         /* of a Granule: its state and GPT entry; and the rest of it */
        uint16_t giver;
        uint32_t taker      : 12;
        uint32_t num_owners : 10;
        uint32_t num_shared : 10;
};

/* The fields belong to journal.c, but for the counts: they tell what the last return cost. */
struct journal {
        /* What PEs change, by itself and by what few of them need at a time. */
        alignas(64) _Atomic uint64_t num_changed;
        _Atomic uint64_t num_saved; /* copies of pages made for this snapshot                         */
        uint64_t num_returned;      /* pages that the last return found changed, ...                  */
        uint64_t num_written;       /* and those of them whose contents it wrote                      */
        size_t mapping_size;
        uint8_t *table;
        uint8_t *copies;   /* by number: Realm world, host, table                            */
        uint64_t *changed; /* numbers, each once                                             */

        const struct memory *memory;
        struct journal_page *pages;  /* by number                                                      */
        uint64_t snapshot;           /* which one it is, in the place where a mark has it              */
        uint64_t num_pages;          /* of all regions                                                 */
        uint64_t first[REGIONS_MAX]; /* the number of each region's first page                         */
};

/*
 * Reserve a journal for all regions and a table: a piece of memory that begins at a page. Returns NULL when the system has no
 * address space.
 */
struct journal *journal_create(const struct memory *memory, void *table, size_t table_size);
void journal_destroy(struct journal *journal);

/* From now on everything is compared with how it is now. No PE may be inside a call; so too for the next two. */
void journal_begin(struct journal *journal);

/* Make everything as it was at journal_begin(). */
void journal_return(struct journal *journal);

/* The PA of the n-th change, counted from 0, if it is one of a Granule. */
bool journal_changed_granule(const struct journal *journal, uint64_t *pa, uint64_t n);

/* A page of the host whose changes are nobody's to tell: each return writes it. Returns false if it cannot be accessed. */
bool journal_always(struct journal *journal, uint64_t pa);

/* About to change part of the table. */
void journal_table(struct journal *journal, const void *at);

void journal_granule_slow(struct journal *journal, uint64_t pa);
void journal_realm_page_slow(struct journal *journal, const void *page);
void journal_host_page_slow(struct journal *journal, uint64_t pa, const uint8_t *page);

static inline bool journal_is_kept(const struct memory *memory)
{
        return __builtin_expect(memory->journal != NULL, 0);
}

/* About to change a Granule: its state, its GPT entry or its Realm-world page. */
static inline void journal_granule(const struct memory *memory, uint64_t pa)
{
        if (journal_is_kept(memory)) {
                journal_granule_slow(memory->journal, pa);
        }
}

/* The same, by an address in its Realm-world page. */
static inline void journal_realm_page(const struct memory *memory, const void *page)
{
        if (journal_is_kept(memory)) {
                journal_realm_page_slow(memory->journal, page);
        }
}

/* About to write to a page of the host, which begins at `page`. */
static inline void journal_host_page(const struct memory *memory, uint64_t pa, const uint8_t *page)
{
        if (journal_is_kept(memory)) {
                journal_host_page_slow(memory->journal, pa, page);
        }
}

#endif
