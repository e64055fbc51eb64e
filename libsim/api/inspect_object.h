/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_object.h - what inspections share: objects that are held while they are copied out, and who owns what.
 *
 * An inspection locks as a command does that only reads, in the same order: a REC, then its Realm.
 */
#ifndef INSPECT_OBJECT_H
#define INSPECT_OBJECT_H

#include "rtt.h"
#include "sim.h"
#include <rmmsim/inspect.h>

/* An object and its Granule, locked together with other readers. */
struct inspected {
        struct granule *granule;
        const void *page;
};

/* Lock the object in a state at a PA. Returns false if there is none; then nothing is held. */
bool inspect_lock(const struct rmmsim *sim, struct inspected *at, uint64_t pa, unsigned state);
void inspect_unlock(const struct inspected *at);

/* An entry of a table, as rmmsim_rtt_next() would give it; `ipa` is where it begins. The Realm is locked. */
void inspect_entry(const struct rmm *rmm, const struct realm *realm, struct rmmsim_rtt_entry *to,
                   const struct rtt_walk *walk, uint64_t table, uint64_t ipa, unsigned count);

/* Told of each Granule that has an owner, while the Realm is locked: it must not lock anything. Returns false to end the visit. */
typedef bool inspect_owner_fn(void *context, uint64_t pa, const struct rmmsim_owner *owner);

/* Realm by Realm, by rising RD: the RD, its RECs each with its auxiliary Granules, its tables with what they hold. */
void inspect_owners(const struct rmmsim *sim, inspect_owner_fn *fn, void *context);

#endif
