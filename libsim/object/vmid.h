/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vmid.h - which VMIDs are in use.
 *
 * A VMID is an object like any other: RMI_REALM_CREATE locks the one it wants, so that two Realms that want the same one
 * at once behave as if one came after the other.
 *
 * Specification: VmidIsFree, RmmRealm.vmid.
 */
#ifndef VMID_H
#define VMID_H

#include "bits.h"
#include "spin.h"
#include <stdatomic.h>

enum {
        NUM_VMIDS = 1 << 16
};

struct vmid_set {
        _Atomic uint64_t used[NUM_VMIDS / 64];
        _Atomic uint64_t locked[NUM_VMIDS / 64];
        _Atomic bool changed; /* `used` has changed since somebody last made this false */
};

static inline void vmid_lock(struct vmid_set *set, unsigned vmid)
{
        struct spin spin = { 0 };

        point(RMMSIM_STEP_LOCK, object_key(OBJECT_VMID, vmid));
        point_touch(OBJECT_VMID, vmid, true);
        while ((atomic_fetch_or_explicit(&set->locked[vmid / 64], BIT(vmid % 64), memory_order_acquire) &
                BIT(vmid % 64)) != 0) {
                spin_wait(&spin, &set->locked[vmid / 64]);
        }
        if (is_explored()) {
                exploration->hold(exploration, object_key(OBJECT_VMID, vmid), false);
        }
}

static inline void vmid_unlock(struct vmid_set *set, unsigned vmid)
{
        atomic_fetch_and_explicit(&set->locked[vmid / 64], ~BIT(vmid % 64), memory_order_release);
        if (is_explored()) {
                exploration->release(exploration, object_key(OBJECT_VMID, vmid), false);
                point_touch(OBJECT_VMID, vmid, true);
                point(RMMSIM_STEP_UNLOCK, object_key(OBJECT_VMID, vmid));
        }
}

static inline bool vmid_used(const struct vmid_set *set, unsigned vmid)
{
        point_touch(OBJECT_VMID, vmid, false);
        return (atomic_load_explicit(&set->used[vmid / 64], memory_order_acquire) & BIT(vmid % 64)) != 0;
}

static inline void vmid_set_used(struct vmid_set *set, unsigned vmid, bool used)
{
        point_touch(OBJECT_VMID, vmid, true);
        atomic_store_explicit(&set->changed, true, memory_order_relaxed);
        if (used) {
                atomic_fetch_or_explicit(&set->used[vmid / 64], BIT(vmid % 64), memory_order_release);
        } else {
                atomic_fetch_and_explicit(&set->used[vmid / 64], ~BIT(vmid % 64), memory_order_release);
        }
}

#endif
