/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_search.c - all schedules, depth first: those up to a price, or one of each class that differ only in the order of
 * steps that do not touch one another.
 *
 * Nothing is copied to go back: each schedule runs from the beginning, along the path of choices that is kept here.
 *
 * Sleep sets (Godefroid): when all schedules that begin with a lane's next step have been run from some choice, that lane sleeps in
 * those that begin there with another lane, until a step touches what its own next step touches. A lane asleep need not
 * be chosen: what would follow was run before, in another order. Where all that can go on sleep, the schedule is given up.
 */
#include "explorer.h"
#include <string.h>
#include <sys/mman.h>

bool search_create(struct search *search)
{
        size_t size = CHOICES_MAX * sizeof(struct node);
        void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (at == MAP_FAILED) {
                return false;
        }
        search->nodes = at;
        search->mapping_size = size;
        return true;
}

void search_destroy(struct search *search)
{
        if (search->nodes != NULL) {
                munmap(search->nodes, search->mapping_size);
        }
}

void search_forget(struct search *search)
{
        search->num_nodes = 0;
        search_begin(search);
}

void search_begin(struct search *search)
{
        search->at = 0;
        search->asleep = 0;
        search->open = NULL;
}

static bool conflict(const struct footprint *a, const struct footprint *b)
{
        if (a->everything || b->everything) {
                return true;
        }
        for (unsigned i = 0; i < a->count; i++) {
                for (unsigned j = 0; j < b->count; j++) {
                        if ((a->keys[i] & INT64_MAX) == (b->keys[j] & INT64_MAX) &&
                            ((a->keys[i] | b->keys[j]) >> 63) != 0) {
                                return true;
                        }
                }
        }
        return false;
}

void search_step(struct search *search, unsigned lane, const struct footprint *footprint)
{
        if (search->open != NULL) {
                search->open->steps[lane] = *footprint;
                search->open = NULL;
        }
        for (unsigned i = 0; i < LANES_MAX; i++) {
                if ((search->asleep >> i & 1) != 0 && conflict(&search->steps[i], footprint)) {
                        search->asleep &= (uint8_t) ~(1u << i);
                }
        }
}

/* What a choice costs: how many of those that can go on are passed over, counted from the default. */
static unsigned price_of(const struct node *node, unsigned lane)
{
        unsigned price = 0;

        for (unsigned i = node->usual; i != lane; i = next_enabled(node->enabled, i)) {
                price++;
        }
        return price;
}

/* The next lane to try at a node, cheapest first, or NOBODY. */
static int next_to_try(const struct search *search, const struct node *node)
{
        unsigned lane = node->usual;

        do {
                if (((node->tried | node->asleep) >> lane & 1) == 0 &&
                    node->price + price_of(node, lane) <= search->bound) {
                        return (int)lane;
                }
                lane = next_enabled(node->enabled, lane);
        } while (lane != node->usual);
        return NOBODY;
}

static void copy_steps(struct footprint *to, const struct footprint *from, unsigned lanes)
{
        for (; lanes != 0; lanes &= lanes - 1) {
                to[__builtin_ctz(lanes)] = from[__builtin_ctz(lanes)];
        }
}

static struct node *push(struct search *search, unsigned enabled, unsigned usual)
{
        struct node *node = &search->nodes[search->num_nodes];
        const struct node *before = node - 1;

        node->enabled = (uint8_t)enabled;
        node->usual = (uint8_t)usual;
        node->tried = 0;
        node->asleep = search->asleep & (uint8_t)enabled;
        node->price = search->num_nodes == 0 ? 0 : (uint8_t)(before->price + price_of(before, before->chosen));
        copy_steps(node->steps, search->steps, node->asleep);
        search->num_nodes++;
        return node;
}

int choose_search(struct rmmsim_explorer *x, unsigned enabled, unsigned usual)
{
        struct search *search = x->searching;
        struct node *node;

        if (search->at == CHOICES_MAX) {
                x->diverged = true; /* no room: the exploration says so */
                x->pruned = true;
                return NOBODY;
        }
        if (search->at < search->num_nodes) {
                node = &search->nodes[search->at];
        } else {
                int chosen;

                node = push(search, enabled, usual);
                chosen = next_to_try(search, node);
                if (chosen == NOBODY) {
                        search->num_nodes--;
                        x->pruned = true;
                        return NOBODY;
                }
                node->chosen = (uint8_t)chosen;
        }
        search->at++;
        if (search->sleeps) {
                search->asleep = node->asleep | node->tried;
                copy_steps(search->steps, node->steps, search->asleep);
                search->open = node;
        }
        return node->chosen;
}

bool search_advance(struct search *search)
{
        while (search->num_nodes != 0) {
                struct node *node = &search->nodes[search->num_nodes - 1];
                int next;

                node->tried |= (uint8_t)(1u << node->chosen);
                next = next_to_try(search, node);
                if (next != NOBODY) {
                        node->chosen = (uint8_t)next;
                        return true;
                }
                search->num_nodes--;
        }
        return false;
}
