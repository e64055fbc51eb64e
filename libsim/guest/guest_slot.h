/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_slot.h - which program runs where: bindings of entry IPAs, and the stacks of guest functions.
 *
 * This is the only state of a Realm that is not in Granules: function pointers and C stacks cannot be. RECs name it by
 * number.
 */
#ifndef GUEST_SLOT_H
#define GUEST_SLOT_H

#include "coroutine.h"
#include "seam.h"
#include "stack_pool.h"
#include "vcpu.h"

enum {
        BINDINGS_MAX = 1 << 16,
        BINDING_BUCKETS = 1 << 10
};

/* Numbers are index + 1, so that zeroed memory is a valid empty table. */
struct binding {
        alignas(64) uint64_t rd; /* so that none lies on two pages */
        uint64_t ipa;
        rmmsim_guest_fn *fn;
        rmmsim_step_fn *step;
        void *arg;
        uint32_t next;
        uint32_t users; /* RECs that it started and that it still drives         */
        bool replaced;  /* found no more; kept as long as it has users           */
        bool again;     /* its step function is told of traps that are redone    */
};

struct guest_slot {
        struct coroutine coroutine;
        struct rmmsim_vcpu vcpu;
        struct seam seam; /* of the guest function */
        const struct binding *binding;
};

struct guests {
        struct stack_pool stacks;
        size_t size;             /* of the reservation     */
        struct journal *journal; /* as in struct memory    */
        _Atomic uint32_t live;   /* stacks in use          */
        _Atomic uint32_t lock;   /* of the bindings        */
        /* What a snapshot covers: pages of its own. */
        struct {
                alignas(GRANULE_SIZE) uint32_t num_bindings; /* ever handed out */
                uint32_t free_bindings;
                uint32_t buckets[BINDING_BUCKETS];
                struct binding bindings[BINDINGS_MAX];
        };
        struct guest_slot slots[]; /* one for each stack */
};

/* Address space only, backed on first touch. Returns NULL when the system has none. */
struct guests *guests_create(uint32_t max_guests, size_t stack_size);
void guests_destroy(struct guests *guests);

/* The part that a snapshot covers. */
static inline size_t guests_table_size(void)
{
        return sizeof(struct guests) - offsetof(struct guests, num_bindings);
}

/* Bind; returns false when BINDINGS_MAX bindings exist. */
bool guests_bind(struct guests *guests, const struct binding *binding);

/*
 * The binding for an entry IPA, or NULL. One that is found is used, and stays as it is until it is released as often: by
 * guest_drop(), for a REC that it drives.
 */
const struct binding *guests_take(struct guests *guests, uint64_t rd, uint64_t ipa, uint32_t *number);
void guests_release(struct guests *guests, uint32_t number);

/* End the program of a REC, wherever it stands. The REC must not run. */
void guest_drop(struct pe *pe, struct rec *rec);

/* Forget the bindings of a Realm. */
void guest_forget_realm(struct pe *pe, uint64_t rd);

#endif
