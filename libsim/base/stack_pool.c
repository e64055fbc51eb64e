/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack_pool.c - the stacks that guest programs run on.
 *
 * A slot is in one of three places: not yet opened (at or above num_opened), taken, or in the list of free slots. The
 * list is linked by slot number through next[] and prefers what was given back last, whose memory is still warm. Each
 * change of its head carries a new tag: a thread that read a head and its successor, and was then overtaken by others
 * who brought the same head back with another successor, fails its exchange and looks again.
 *
 * All zeroes is a valid next[], so the array needs no initialising and its pages appear with use, like the stacks.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* mmap() without a file, madvise() */
#endif

#include "stack_pool.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* The head of the free list: slot + 1 in the low half, so that zero is the empty list, and the tag in the high half. */
#define HEAD_TAG_STEP (UINT64_C(1) << 32)

/*
 * Stacks end at different offsets into a page. If all ended at the same one, the few lines each guest really uses would
 * compete for the same few sets of the first-level cache, and past eight guests or so every switch would miss.
 */
#define NUM_COLOURS 32
#define COLOUR_SIZE 64

static uint32_t head_link(uint64_t head)
{
        return (uint32_t)head;
}

static uint64_t head_with_link(uint64_t head, uint32_t link)
{
        return (head & ~(HEAD_TAG_STEP - 1)) + HEAD_TAG_STEP + link;
}

static size_t round_up(size_t size, size_t unit)
{
        return (size + unit - 1) / unit * unit;
}

int stack_pool_init(struct stack_pool *pool, size_t stack_size, uint32_t count)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t next_size = round_up((size_t)count * sizeof(*pool->next), page);
        size_t slot_size;
        void *mapping;

        if (stack_size == 0 || stack_size > SIZE_MAX / 2 || count == 0 || count == UINT32_MAX)
                return -EINVAL;
        slot_size = page + round_up(stack_size + (size_t)NUM_COLOURS * COLOUR_SIZE, page);
        if (slot_size > (SIZE_MAX - next_size) / count)
                return -EINVAL;
        mapping = mmap(NULL, next_size + count * slot_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapping == MAP_FAILED)
                return -ENOMEM;
        /* Huge pages would back a whole row of stacks at the first touch of one. Failing to refuse them is no harm. */
        (void)madvise(mapping, next_size + count * slot_size, MADV_NOHUGEPAGE);
        *pool = (struct stack_pool){
                .mapping = mapping,
                .mapping_size = next_size + count * slot_size,
                .slots = (unsigned char *)mapping + next_size,
                .slot_size = slot_size,
                .guard_size = page,
                .next = mapping,
                .count = count,
        };
        return 0;
}

void stack_pool_destroy(struct stack_pool *pool)
{
        int error = munmap(pool->mapping, pool->mapping_size);

        assert(error == 0);
        (void)error;
        *pool = (struct stack_pool){ .mapping = NULL };
}

static unsigned char *slot_at(const struct stack_pool *pool, uint32_t slot)
{
        assert(slot < pool->count);
        return pool->slots + slot * pool->slot_size;
}

static bool take_free(struct stack_pool *pool, uint32_t *slot)
{
        /* Acquire: whoever gave the slot back wrote its link, and used its stack, before. */
        uint64_t head = atomic_load_explicit(&pool->free, memory_order_acquire);
        uint32_t below;

        do {
                if (head_link(head) == 0)
                        return false;
                *slot = head_link(head) - 1;
                /* May be out of date by now; then the tag is too. */
                below = atomic_load_explicit(&pool->next[*slot], memory_order_relaxed);
        } while (!atomic_compare_exchange_weak_explicit(&pool->free, &head, head_with_link(head, below),
                                                        memory_order_acquire, memory_order_acquire));
        return true;
}

/*
 * Close the guard page before claiming the slot: when the system refuses, there is nothing to undo. Threads that race
 * for the same slot close the same page twice, which is harmless even when one of them already runs on the stack above.
 */
static bool take_unopened(struct stack_pool *pool, uint32_t *slot)
{
        uint32_t opened = atomic_load_explicit(&pool->num_opened, memory_order_relaxed);

        do {
                if (opened == pool->count)
                        return false;
                if (mprotect(slot_at(pool, opened), pool->guard_size, PROT_NONE) != 0)
                        return false;
        } while (!atomic_compare_exchange_weak_explicit(&pool->num_opened, &opened, opened + 1, memory_order_relaxed,
                                                        memory_order_relaxed));
        *slot = opened;
        return true;
}

bool stack_pool_take(struct stack_pool *pool, uint32_t *slot)
{
        return take_free(pool, slot) || take_unopened(pool, slot);
}

void *stack_pool_stack(const struct stack_pool *pool, uint32_t slot, size_t *size)
{
        *size = pool->slot_size - pool->guard_size - (size_t)(slot % NUM_COLOURS) * COLOUR_SIZE;
        return slot_at(pool, slot) + pool->guard_size;
}

void stack_pool_give(struct stack_pool *pool, uint32_t slot)
{
        uint64_t head = atomic_load_explicit(&pool->free, memory_order_relaxed);

        assert(slot < atomic_load_explicit(&pool->num_opened, memory_order_relaxed));
        do
                atomic_store_explicit(&pool->next[slot], head_link(head), memory_order_relaxed);
        while (!atomic_compare_exchange_weak_explicit(&pool->free, &head, head_with_link(head, slot + 1),
                                                      memory_order_release, memory_order_relaxed));
}
