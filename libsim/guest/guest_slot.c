/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_slot.c - the table of bindings, and the life of a guest function's stack.
 *
 * Bindings hang in buckets by Realm, so that forgetting a Realm visits its own only. The spin lock is taken when a guest is
 * bound, started, dropped or forgotten, never on the way of a trap.
 */
#include "guest_slot.h"
#include <string.h>
#include <sys/mman.h>

/* One reservation for the bindings and the slots, another for the stacks. */
struct guests *guests_create(uint32_t max_guests, size_t stack_size)
{
        size_t size = sizeof(struct guests) + (size_t)max_guests * sizeof(struct guest_slot);
        struct guests *guests =
                mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (guests == MAP_FAILED) {
                return NULL;
        }
        guests->size = size;
        if (stack_pool_init(&guests->stacks, stack_size, max_guests) != 0) {
                munmap(guests, size);
                return NULL;
        }
        return guests;
}

void guests_destroy(struct guests *guests)
{
        if (guests != NULL) {
                stack_pool_destroy(&guests->stacks);
                munmap(guests, guests->size);
        }
}

static void lock(struct guests *guests)
{
        struct spin spin = { 0 };

        point_touch(OBJECT_GUESTS, 0, true);
        while (atomic_exchange_explicit(&guests->lock, 1, memory_order_acquire) != 0) {
                spin_wait(&spin, &guests->lock);
        }
}

static void unlock(struct guests *guests)
{
        atomic_store_explicit(&guests->lock, 0, memory_order_release);
}

/* About to change the table there. */
static void note(const struct guests *guests, const void *at)
{
        if (guests->journal != NULL) {
                journal_table(guests->journal, at);
        }
}

static uint32_t *bucket(struct guests *guests, uint64_t rd)
{
        return &guests->buckets[(rd >> GRANULE_SHIFT) % BINDING_BUCKETS];
}

static struct binding *binding_at(struct guests *guests, uint32_t number)
{
        return number == 0 ? NULL : &guests->bindings[number - 1];
}

static uint32_t binding_new(struct guests *guests)
{
        uint32_t number = guests->free_bindings;

        note(guests, &guests->num_bindings);
        if (number != 0) {
                guests->free_bindings = binding_at(guests, number)->next;
                return number;
        }
        return guests->num_bindings == BINDINGS_MAX ? 0 : ++guests->num_bindings;
}

static uint32_t find(struct guests *guests, uint64_t rd, uint64_t ipa)
{
        uint32_t number = *bucket(guests, rd);

        for (; number != 0; number = binding_at(guests, number)->next) {
                const struct binding *binding = binding_at(guests, number);

                if (binding->rd == rd && binding->ipa == ipa && !binding->replaced) {
                        break;
                }
        }
        return number;
}

/* Take a binding, which the caller is changing already, out of its bucket, and keep the place for another one. */
static void discard(struct guests *guests, uint32_t number)
{
        struct binding *binding = binding_at(guests, number);
        uint32_t *link = bucket(guests, binding->rd);

        while (*link != number) {
                link = &binding_at(guests, *link)->next;
        }
        note(guests, link);
        note(guests, &guests->free_bindings);
        *link = binding->next;
        binding->next = guests->free_bindings;
        guests->free_bindings = number;
}

/* A binding that drives RECs is replaced for those to come; one that does not is gone. */
static void retire(struct guests *guests, uint32_t number)
{
        struct binding *binding = binding_at(guests, number);

        note(guests, binding);
        binding->replaced = true;
        if (binding->users == 0) {
                discard(guests, number);
        }
}

bool guests_bind(struct guests *guests, const struct binding *binding)
{
        uint32_t number;
        uint32_t old;

        lock(guests);
        old = find(guests, binding->rd, binding->ipa);
        number = binding_new(guests);
        if (number != 0) {
                note(guests, binding_at(guests, number));
                note(guests, bucket(guests, binding->rd));
                *binding_at(guests, number) = *binding;
                binding_at(guests, number)->next = *bucket(guests, binding->rd);
                *bucket(guests, binding->rd) = number;
                if (old != 0) {
                        retire(guests, old);
                }
        }
        unlock(guests);
        return number != 0;
}

const struct binding *guests_take(struct guests *guests, uint64_t rd, uint64_t ipa, uint32_t *number)
{
        struct binding *binding;

        lock(guests);
        *number = find(guests, rd, ipa);
        binding = binding_at(guests, *number);
        if (binding != NULL) {
                note(guests, binding);
                binding->users++;
        }
        unlock(guests);
        return binding;
}

void guests_release(struct guests *guests, uint32_t number)
{
        struct binding *binding = binding_at(guests, number);

        lock(guests);
        note(guests, binding);
        if (--binding->users == 0 && binding->replaced) {
                discard(guests, number);
        }
        unlock(guests);
}

void guest_forget_realm(struct pe *pe, uint64_t rd)
{
        struct guests *guests = pe->rmm->guests;
        uint32_t *link;

        lock(guests);
        link = bucket(guests, rd);
        while (*link != 0) {
                uint32_t number = *link;
                struct binding *binding = binding_at(guests, number);

                if (binding->rd != rd) {
                        link = &binding->next;
                        continue;
                }
                note(guests, link);
                note(guests, binding);
                note(guests, &guests->free_bindings);
                *link = binding->next;
                binding->next = guests->free_bindings;
                guests->free_bindings = number;
        }
        unlock(guests);
}

void guest_drop(struct pe *pe, struct rec *rec)
{
        struct guests *guests = pe->rmm->guests;

        if (rec->guest.slot != 0) {
                coroutine_drop(&guests->slots[rec->guest.slot - 1].coroutine);
                stack_pool_give(&guests->stacks, rec->guest.slot - 1);
                atomic_fetch_sub_explicit(&guests->live, 1, memory_order_relaxed);
                rec->guest.slot = 0;
        }
        if (rec->guest.binding != 0) {
                guests_release(guests, rec->guest.binding);
                rec->guest.binding = 0;
        }
        rec->guest.trap_pending = false;
}
