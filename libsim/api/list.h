/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * list.h - items one after the other, as many as there turn out to be. For what may allocate: no command does.
 */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* All zero: empty. The items are the owner's to free(). */
struct list {
        void *items;
        size_t count;
        size_t room;
};

/* Returns false when the system gives no memory; then the list is as it was. */
static inline bool list_append(struct list *list, const void *item, size_t size)
{
        if (list->count == list->room) {
                size_t room = list->room == 0 ? 256 : 2 * list->room;
                void *items = realloc(list->items, room * size);

                if (items == NULL) {
                        return false;
                }
                list->items = items;
                list->room = room;
        }
        memcpy((uint8_t *)list->items + list->count++ * size, item, size);
        return true;
}

#endif
