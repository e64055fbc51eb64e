/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack_pool.h - the stacks that guest programs run on.
 *
 * One reservation of address space, cut into slots of equal size. A page of memory appears behind a slot when it is
 * first touched and stays, so a pool made for thousands costs what is used of it, and taking or giving back a stack is
 * a few instructions without a system call. Only the first time a slot is handed out is the kernel asked to close the
 * page below it, so that a stack that overflows faults at once instead of growing into its neighbour.
 *
 * Any number of threads may take and give back at the same time.
 */
#ifndef STACK_POOL_H
#define STACK_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embed it where you like. The fields belong to stack_pool.c. */
struct stack_pool {
        void *mapping;
        size_t mapping_size;
        unsigned char *slots;   /* the first slot, guard page first */
        size_t slot_size;       /* guard page included */
        size_t guard_size;      /* one page */
        _Atomic uint32_t *next; /* for each slot given back: the one below it in the list of free slots */
        uint32_t count;
        _Atomic uint32_t num_opened; /* slots handed out at least once are those below this */
        _Atomic uint64_t free;       /* the topmost free slot, and a tag that makes each change unique */
};

/*
 * Reserve count stacks of at least stack_size usable bytes each, and a guard page below each. The cost does not depend
 * on count.
 *
 * Returns 0; -EINVAL when there is nothing to reserve or more than can be counted; -ENOMEM when the system refuses.
 */
int stack_pool_init(struct stack_pool *pool, size_t stack_size, uint32_t count);

/* Release everything. No stack may be in use; a pool that failed to initialise needs no destroying. */
void stack_pool_destroy(struct stack_pool *pool);

/*
 * Take a stack out of the pool. Its contents are arbitrary.
 *
 * Returns false when all are taken, or when the system cannot guard another one. (Linux allows a process 65,530
 * mappings by default, and each guard page makes two.)
 */
bool stack_pool_take(struct stack_pool *pool, uint32_t *slot);

/* The lowest usable byte of a stack and the number of usable bytes. */
void *stack_pool_stack(const struct stack_pool *pool, uint32_t slot, size_t *size);

/* Give back a stack that was taken. */
void stack_pool_give(struct stack_pool *pool, uint32_t slot);

#endif
