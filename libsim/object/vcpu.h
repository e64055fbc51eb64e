/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vcpu.h - a REC while it runs: on which PE, in which Realm.
 */
#ifndef VCPU_H
#define VCPU_H

#include "rec.h"

struct rmmsim_vcpu {
        struct pe *pe;
        struct rec *rec;
        struct realm *realm;
        struct granule *rd; /* whose lock is the Realm's */
};

/* The Realm's lock, from the Realm's side. The RD stays an RD as long as one of its RECs exists. */
static inline void vcpu_lock_realm(const struct rmmsim_vcpu *vcpu, bool shared)
{
        bool held;

        granule_lock(vcpu->rd, RMMSIM_GRANULE_RD, shared, &held);
        pe_count(&vcpu->pe->statistics.locks);
}

static inline void vcpu_unlock_realm(const struct rmmsim_vcpu *vcpu, bool shared)
{
        granule_unlock(vcpu->rd, shared);
}

/*
 * Give the PE back to the host, for a reason; further fields of pe_exit() are the caller's. `resume` says what the vCPU does
 * when it is entered again.
 */
static inline void vcpu_exit(const struct rmmsim_vcpu *vcpu, enum rmmsim_exit_reason reason, enum resume resume)
{
        pe_exit(vcpu->pe)->exit_reason = reason;
        vcpu->pe->entry.exiting = true;
        vcpu->rec->guest.resume = (uint8_t)resume;
}

#endif
