/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * granule.h - the life of one 4 KiB page as the RMM sees it, and the lock that goes with it.
 *
 * A Granule is in exactly one state. State, GPT entry and lock share one atomic word, so that a lock is taken *for a
 * state*: whoever finds another state does not wait and does not hold. Therefore a PE only ever waits for a PE that holds
 * the same kind of object, and taking kinds in one order (NS pages, RECs, RD, VMID, DELEGATED; each by rising address) can
 * never deadlock.
 *
 * Granules that a command reaches through an object (RTT, DATA, REC_AUX) need no lock of their own: the Realm's lock, which
 * is the lock of its RD, is held exclusively while they change, and whoever names them directly finds the wrong state.
 *
 * A command that changes several Granules freezes them first. A frozen Granule has no state until it is thawed: everybody
 * waits for it, and the PE that froze it waits for no Granule. So the change is seen whole.
 *
 * Specification: Granule state machine, Granule Protection Table.
 */
#ifndef GRANULE_H
#define GRANULE_H

#include "bits.h"
#include "spin.h"
#include <rmmsim/trace.h>
#include <stdatomic.h>

#define GRANULE_STATE_MASK  0xfu
#define GRANULE_GPT_SHIFT   4
#define GRANULE_GPT_MASK    (7u << GRANULE_GPT_SHIFT)
#define GRANULE_FROZEN      BIT(7)
#define GRANULE_WRITER      BIT(8)
#define GRANULE_WAITING     BIT(9) /* a writer waits: readers stand back */
#define GRANULE_READER      BIT(16)
#define GRANULE_READER_MASK (0xffffu << 16)

/* All zero: UNDELEGATED, GPT_NS, unlocked. So fresh memory of the system is a valid table of Granules. */
struct granule {
        _Atomic uint32_t word;
        _Atomic uint32_t taker; /* enum rmmsim_command + 1 that brought it into its state; 0: none   */
        uint16_t num_owners;    /* of an RTT: entries that keep it live; guarded by the Realm's lock */
        uint16_t num_shared;    /* of an RTT: entries that map memory of the host                    */
        uint16_t giver;         /* the PE that delegated it, where that is asked for */
        uint16_t reserved;
};

static inline unsigned granule_word_state(uint32_t word)
{
        return word & GRANULE_STATE_MASK;
}

static inline unsigned granule_word_gpt(uint32_t word)
{
        return (word & GRANULE_GPT_MASK) >> GRANULE_GPT_SHIFT;
}

/*
 * Can the Realm-world page of a Granule hold anything but zeroes? Auxiliary Granules are asked for, and left as they are.
 */
static inline bool granule_word_has_contents(uint32_t word)
{
        unsigned state = granule_word_state(word);

        return state != RMMSIM_GRANULE_UNDELEGATED && state != RMMSIM_GRANULE_DELEGATED &&
               state != RMMSIM_GRANULE_REC_AUX;
}

/* State and GPT entry at this moment; waits for a frozen Granule. */
static inline uint32_t granule_peek(const struct granule *granule)
{
        struct spin spin = { 0 };
        uint32_t word;

        point_touch(OBJECT_GRANULE, (uintptr_t)granule, false);
        while (((word = atomic_load_explicit(&granule->word, memory_order_acquire)) & GRANULE_FROZEN) != 0) {
                spin_wait(&spin, &granule->word);
        }
        return word;
}

/* State of a Granule that cannot change under the caller. */
static inline unsigned granule_state(const struct granule *granule)
{
        return granule_word_state(atomic_load_explicit(&granule->word, memory_order_relaxed));
}

/*
 * Lock a Granule for a state, alone or together with other readers. Returns the word as found; *held says whether the lock
 * was taken, which is exactly when the state is the wanted one.
 */
uint32_t granule_lock_slow(struct granule *granule, unsigned state, bool shared, bool *held);

/* The same in an exploration: with a point before, and so that it is known who holds what. */
uint32_t granule_lock_explored(struct granule *granule, unsigned state, bool shared, bool *held);
void granule_unlock_explored(struct granule *granule, bool shared);

static inline uint32_t granule_lock(struct granule *granule, unsigned state, bool shared, bool *held)
{
        uint32_t word;
        uint32_t busy = GRANULE_FROZEN | GRANULE_WRITER | GRANULE_WAITING | (shared ? 0 : GRANULE_READER_MASK);

        if (is_explored()) {
                return granule_lock_explored(granule, state, shared, held);
        }
        word = atomic_load_explicit(&granule->word, memory_order_relaxed);
        if (granule_word_state(word) == state && (word & busy) == 0 &&
            atomic_compare_exchange_strong_explicit(&granule->word, &word,
                                                    word + (shared ? GRANULE_READER : GRANULE_WRITER),
                                                    memory_order_acquire, memory_order_relaxed)) {
                *held = true;
                return word;
        }
        return granule_lock_slow(granule, state, shared, held);
}

/*
 * Lock a Granule together with other readers, but only if that can be had at once. For a PE that holds something of a later
 * kind already, and so must not wait. Returns false if it would have to; otherwise as granule_lock().
 */
static inline bool granule_try_lock_shared(struct granule *granule, unsigned state, uint32_t *found, bool *held)
{
        uint32_t word;

        point(RMMSIM_STEP_LOCK_SHARED, object_key(OBJECT_GRANULE, (uintptr_t)granule));
        point_touch(OBJECT_GRANULE, (uintptr_t)granule, true);
        *held = false;
        word = atomic_load_explicit(&granule->word, memory_order_acquire);
        while ((word & GRANULE_FROZEN) == 0 && granule_word_state(word) == state) {
                if ((word & (GRANULE_WRITER | GRANULE_WAITING)) != 0) {
                        return false;
                }
                if (atomic_compare_exchange_weak_explicit(&granule->word, &word, word + GRANULE_READER,
                                                          memory_order_acquire, memory_order_acquire)) {
                        *held = true;
                        break;
                }
        }
        *found = word;
        return (word & GRANULE_FROZEN) == 0;
}

static inline void granule_drop(struct granule *granule, bool shared)
{
        if (shared) {
                atomic_fetch_sub_explicit(&granule->word, (uint32_t)GRANULE_READER, memory_order_release);
                return;
        }
        /*
         * Nobody but the writer changes the word, except to set WAITING: a Granule that an owner may freeze is not held by
         * another PE (call_unlock() keeps to that). Losing that bit only makes the waiter set it
         * again, so a plain store is enough.
         */
        uint32_t word = atomic_load_explicit(&granule->word, memory_order_relaxed);

        atomic_store_explicit(&granule->word, word & ~(uint32_t)(GRANULE_WRITER | GRANULE_WAITING),
                              memory_order_release);
}

static inline void granule_unlock(struct granule *granule, bool shared)
{
        if (is_explored()) {
                granule_unlock_explored(granule, shared);
                return;
        }
        granule_drop(granule, shared);
}

/* Make a Granule stateless for everybody else, before a change of several. The caller may change it, and waits for no Granule. */
static inline void granule_freeze(struct granule *granule)
{
        atomic_fetch_or_explicit(&granule->word, (uint32_t)GRANULE_FROZEN, memory_order_acquire);
}

/*
 * Bring a Granule into a state, and thaw it. The caller holds it alone, or owns it through a Realm lock held exclusively.
 * The GPT entry follows: GPT_REALM unless UNDELEGATED.
 */
static inline void granule_set_state(struct granule *granule, unsigned state, enum rmmsim_command taker)
{
        uint32_t word = atomic_load_explicit(&granule->word, memory_order_relaxed);
        unsigned gpt = state == RMMSIM_GRANULE_UNDELEGATED ? RMMSIM_GPT_GPT_NS : RMMSIM_GPT_GPT_REALM;

        point_touch(OBJECT_GRANULE, (uintptr_t)granule, true);
        atomic_store_explicit(&granule->taker, (uint32_t)taker + 1, memory_order_relaxed);
        word &= ~(uint32_t)(GRANULE_STATE_MASK | GRANULE_GPT_MASK | GRANULE_FROZEN | GRANULE_WAITING);
        atomic_store_explicit(&granule->word, word | state | gpt << GRANULE_GPT_SHIFT, memory_order_release);
}

/* Change the GPT entry of an UNDELEGATED Granule that the caller holds. */
void granule_set_gpt(struct granule *granule, unsigned gpt);

#endif
