/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * granule.c - the slow side of a Granule's lock.
 */
#include "granule.h"

uint32_t granule_lock_slow(struct granule *granule, unsigned state, bool shared, bool *held)
{
        struct spin spin = { 0 };
        uint32_t word = atomic_load_explicit(&granule->word, memory_order_acquire);

        for (;; word = atomic_load_explicit(&granule->word, memory_order_acquire)) {
                if ((word & GRANULE_FROZEN) != 0) {
                        spin_wait(&spin, &granule->word);
                        continue;
                }
                if (granule_word_state(word) != state) {
                        *held = false;
                        return word;
                }
                if (shared && (word & (GRANULE_WRITER | GRANULE_WAITING)) == 0) {
                        if (atomic_compare_exchange_weak_explicit(&granule->word, &word, word + GRANULE_READER,
                                                                  memory_order_acquire, memory_order_relaxed)) {
                                *held = true;
                                return word;
                        }
                        continue;
                }
                if (!shared && (word & (GRANULE_WRITER | GRANULE_READER_MASK)) == 0) {
                        uint32_t taken = (word & ~(uint32_t)GRANULE_WAITING) | GRANULE_WRITER;

                        if (atomic_compare_exchange_weak_explicit(&granule->word, &word, taken, memory_order_acquire,
                                                                  memory_order_relaxed)) {
                                *held = true;
                                return word;
                        }
                        continue;
                }
                if (!shared && (word & GRANULE_WAITING) == 0) {
                        /* By exchange, not by OR: the bit must never land on a Granule whose state has moved on. */
                        atomic_compare_exchange_weak_explicit(&granule->word, &word, word | GRANULE_WAITING,
                                                              memory_order_relaxed, memory_order_relaxed);
                }
                spin_wait(&spin, &granule->word);
        }
}

uint32_t granule_lock_explored(struct granule *granule, unsigned state, bool shared, bool *held)
{
        uint64_t key = object_key(OBJECT_GRANULE, (uintptr_t)granule);
        uint32_t word;

        point(shared ? RMMSIM_STEP_LOCK_SHARED : RMMSIM_STEP_LOCK, key);
        point_touch(OBJECT_GRANULE, (uintptr_t)granule, !shared);
        word = granule_lock_slow(granule, state, shared, held);
        if (*held) {
                exploration->hold(exploration, key, shared);
        }
        return word;
}

void granule_unlock_explored(struct granule *granule, bool shared)
{
        uint64_t key = object_key(OBJECT_GRANULE, (uintptr_t)granule);

        granule_drop(granule, shared);
        point_touch(OBJECT_GRANULE, (uintptr_t)granule, !shared);
        exploration->release(exploration, key, shared);
        point(RMMSIM_STEP_UNLOCK, key);
}

void granule_set_gpt(struct granule *granule, unsigned gpt)
{
        uint32_t word = atomic_load_explicit(&granule->word, memory_order_relaxed);

        word &= ~(uint32_t)GRANULE_GPT_MASK;
        atomic_store_explicit(&granule->word, word | gpt << GRANULE_GPT_SHIFT, memory_order_release);
}
