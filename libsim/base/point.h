/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * point.h - where a schedule may turn: the places at which one PE may be left and another one goes on.
 *
 * An exploration runs several PEs on one thread, each on a stack of its own. It is told of each place where what other PEs
 * do can matter (a point), of each object that is touched between two points, and of each wait. Outside an exploration all of
 * this is one branch, on a pointer that belongs to the thread: which exploration it executes is state of the execution, and
 * no part of the model.
 *
 * No function that has a point in it, or is inlined where one is, changes stacks by itself: the compiler may keep the address of the
 * pointer across the point, and a guest may be resumed by another thread.
 */
#ifndef POINT_H
#define POINT_H

#include <rmmsim/explore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a step touches: a kind, and an address or a number within it. */
enum object {
        OBJECT_NONE,
        OBJECT_GRANULE,    /* struct granule: word, taker, and what its lock guards        */
        OBJECT_VMID,       /* by number                                                    */
        OBJECT_REC,        /* state of a REC, which is given back without its lock: by PA  */
        OBJECT_REALM,      /* state of a Realm, which is looked at without its lock: by PA */
        OBJECT_INTERRUPTS, /* of a PE                                                      */
        OBJECT_TIME,
        OBJECT_GUESTS, /* bindings                                                     */
        OBJECT_MEMORY, /* of the host and of Realms; all of it counts as one           */
        OBJECT_MUTEX,
        OBJECT_COND,
        OBJECT_ANNOUNCED,
        OBJECT_LABEL /* no object: what a point is called                            */
};

#define OBJECT_KIND_SHIFT 56
#define OBJECT_ID_MASK    ((UINT64_C(1) << OBJECT_KIND_SHIFT) - 1)

static inline uint64_t object_key(enum object kind, uint64_t id)
{
        return (uint64_t)kind << OBJECT_KIND_SHIFT | (id & OBJECT_ID_MASK);
}

static inline enum object object_kind(uint64_t key)
{
        return (enum object)(key >> OBJECT_KIND_SHIFT);
}

static inline uint64_t object_id(uint64_t key)
{
        return key & OBJECT_ID_MASK;
}

/* Who is told. */
struct exploration {
        void (*point)(struct exploration *exploration, enum rmmsim_step_kind kind, uint64_t key);
        void (*touch)(struct exploration *exploration, uint64_t key, bool writes);
        /* The PE cannot go on before the word has changed, or, if there is none, before another PE has done something. */
        void (*wait)(struct exploration *exploration, const void *word, size_t size);
        void (*hold)(struct exploration *exploration, uint64_t key, bool shared);
        void (*release)(struct exploration *exploration, uint64_t key, bool shared);
        /* The PE has been answered this. */
        void (*observe)(struct exploration *exploration, const uint64_t *values, size_t count);
};

extern __attribute__((visibility("hidden"), tls_model("initial-exec"))) _Thread_local struct exploration *exploration;

static inline bool is_explored(void)
{
        return __builtin_expect(exploration != NULL, 0);
}

static inline void point(enum rmmsim_step_kind kind, uint64_t key)
{
        if (is_explored()) {
                exploration->point(exploration, kind, key);
        }
}

/* Touched by the step that is under way. What the lock of a Granule guards is touched by taking it. */
static inline void point_touch(enum object kind, uint64_t id, bool writes)
{
        if (is_explored()) {
                exploration->touch(exploration, object_key(kind, id), writes);
        }
}

static inline void point_observe(const uint64_t *values, size_t count)
{
        if (is_explored()) {
                exploration->observe(exploration, values, count);
        }
}

#endif
