/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * granule_lock_fixture.h - what the tests of a Granule's lock share.
 */
#ifndef GRANULE_LOCK_FIXTURE_H
#define GRANULE_LOCK_FIXTURE_H

#include "granule.h"
#include "world.h"
#include <pthread.h>
#include <stdlib.h>

enum {
        UNDELEGATED = RMMSIM_GRANULE_UNDELEGATED,
        DELEGATED = RMMSIM_GRANULE_DELEGATED,
        RD = RMMSIM_GRANULE_RD
};
static const enum rmmsim_command TAKER = RMMSIM_COMMAND_rmi_realm_create;
enum {
        EXCLUSIVE = 0,
        SHARED = 1
};

static inline uint32_t word_of(const struct granule *granule)
{
        return atomic_load(&granule->word);
}

static inline bool try_lock(struct granule *granule, unsigned state, bool shared)
{
        bool held = false;

        granule_lock(granule, state, shared, &held);
        return held;
}

static inline void start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
        ck_assert_int_eq(pthread_create(thread, NULL, fn, arg), 0);
}

#endif
