/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_arena.h - memory that a script owns as a whole, and a table of things found by a number.
 *
 * Where the system gives no memory the program says so and ends: there is nothing that a tool could do then.
 */
#ifndef SCRIPT_ARENA_H
#define SCRIPT_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena);

/* Zeroed, aligned for anything; the text with a zero byte behind it. */
void *arena_take(struct arena *arena, size_t size);
char *arena_text(struct arena *arena, const char *text, size_t length);

#define ARENA_NEW(arena, type)          ((type *)arena_take(arena, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_take(arena, (count) * sizeof(type)))

/* Things by number; of those with the same number, each can be had in turn, the last one added first. Zeroed memory is empty. */
struct table_entry {
        uint64_t number;
        const void *thing;
        struct table_entry *next;
};
struct table {
        struct table_entry **buckets;
        size_t num_buckets;
        size_t num_entries;
};

struct table_entry *table_add(struct table *table, struct arena *arena, uint64_t number, const void *thing);
struct table_entry *table_find(const struct table *table, uint64_t number);
struct table_entry *table_next(const struct table_entry *entry);

/* A number for a name, the same for the same name only as far as chance goes. */
uint64_t table_hash(const char *text, size_t length);

#endif
