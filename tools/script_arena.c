/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_arena.c - blocks that are handed out piece by piece and go together; a hash table inside them.
 */
#include "script_arena.h"
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        BLOCK_SIZE = 1 << 16
};

struct block {
        struct block *below;
        size_t size;
        size_t used;
        alignas(max_align_t) unsigned char bytes[];
};

struct arena {
        struct block *top;
};

static void *memory_or_end(size_t count, size_t size)
{
        void *memory = calloc(count, size);

        if (memory == NULL) {
                fputs("rmmsim: the system gives no more memory\n", stderr);
                exit(2);
        }
        return memory;
}

struct arena *arena_create(void)
{
        return memory_or_end(1, sizeof(struct arena));
}

void arena_destroy(struct arena *arena)
{
        while (arena != NULL && arena->top != NULL) {
                struct block *below = arena->top->below;

                free(arena->top);
                arena->top = below;
        }
        free(arena);
}

void *arena_take(struct arena *arena, size_t size)
{
        size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
        void *taken;

        if (arena->top == NULL || arena->top->size - arena->top->used < rounded) {
                size_t room = rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE;
                struct block *block = memory_or_end(1, sizeof(*block) + room);

                block->below = arena->top;
                block->size = room;
                arena->top = block;
        }
        taken = arena->top->bytes + arena->top->used;
        arena->top->used += rounded;
        return taken;
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
        char *copy = arena_take(arena, length + 1);

        memcpy(copy, text, length);
        return copy;
}

/* ---- tables ------------------------------------------------------------------------------------------------------------- */

static struct table_entry **bucket_of(const struct table *table, uint64_t number)
{
        return &table->buckets[(number * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (table->num_buckets - 1)];
}

/* Twice the buckets: entries keep their order within each, so the last one added stays first. */
static void grow(struct table *table, struct arena *arena)
{
        struct table old = *table;

        table->num_buckets = old.num_buckets == 0 ? 64 : old.num_buckets * 2;
        table->buckets = ARENA_ARRAY(arena, struct table_entry *, table->num_buckets);
        for (size_t i = 0; i < old.num_buckets; i++) {
                for (struct table_entry *entry = old.buckets[i]; entry != NULL;) {
                        struct table_entry *next = entry->next;
                        struct table_entry **end = bucket_of(table, entry->number);

                        while (*end != NULL) {
                                end = &(*end)->next;
                        }
                        entry->next = NULL;
                        *end = entry;
                        entry = next;
                }
        }
}

struct table_entry *table_add(struct table *table, struct arena *arena, uint64_t number, const void *thing)
{
        struct table_entry *entry = ARENA_NEW(arena, struct table_entry);
        struct table_entry **bucket;

        if (table->num_entries >= table->num_buckets) {
                grow(table, arena);
        }
        bucket = bucket_of(table, number);
        *entry = (struct table_entry){ .number = number, .thing = thing, .next = *bucket };
        *bucket = entry;
        table->num_entries++;
        return entry;
}

static struct table_entry *find_from(struct table_entry *entry, uint64_t number)
{
        while (entry != NULL && entry->number != number) {
                entry = entry->next;
        }
        return entry;
}

struct table_entry *table_find(const struct table *table, uint64_t number)
{
        return table->num_buckets == 0 ? NULL : find_from(*bucket_of(table, number), number);
}

struct table_entry *table_next(const struct table_entry *entry)
{
        return find_from(entry->next, entry->number);
}

uint64_t table_hash(const char *text, size_t length)
{
        uint64_t hash = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < length; i++) {
                hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
        }
        return hash;
}
