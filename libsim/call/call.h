/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call.h - one call on its way through the RMM: registers, named arguments, locks, check, apply, registers, one event.
 *
 * Handlers never lock. The kinds of a command's arguments say what it needs, and this floor takes it, in one order for all:
 *
 *     the page that the host shares  <  RECs  <  the Realm's RD  <  the VMID  <  DELEGATED Granules
 *
 * and by rising address within a kind. A command is therefore atomic, and Realms do not wait for one another.
 */
#ifndef CALL_H
#define CALL_H

#include "rec.h"

enum {
        CALL_MORE_MAX = ROOT_RTT_MAX > REC_AUX_MAX ? ROOT_RTT_MAX : REC_AUX_MAX
};

struct call {
        struct pe *pe;
        struct rmm *rmm;
        union any_args args;
        union any_results results;

        struct granule_ref *ns; /* the page that the host shares                 */
        struct granule_ref *recs[2];
        struct granule_ref *rd;
        struct granule_ref *delegated[CALL_MORE_MAX + 1];
        struct granule_ref owner; /* the RD that a REC brings along                */
        struct granule_ref more[CALL_MORE_MAX];
        unsigned num_recs;
        unsigned num_delegated;
        unsigned num_more;
        int vmid;        /* -1: none                                      */
        bool with_owner; /* lock the RD of recs[0] too                    */
};

static inline void call_begin(struct call *call, struct pe *pe)
{
        call->pe = pe;
        call->rmm = pe->rmm;
        call->ns = NULL;
        call->rd = NULL;
        call->owner.held = false;
        call->num_recs = 0;
        call->num_delegated = 0;
        call->num_more = 0;
        call->vmid = -1;
        call->with_owner = false;
        call->args.common = (struct args_common){ .more = call->more };
}

/* Find the Granule that an argument names. */
void call_resolve(const struct call *call, struct granule_ref *ref, uint64_t pa);

/* Add a Granule that must be DELEGATED and that the shared page named. For gatherers. */
void call_add_more(struct call *call, uint64_t pa);

/* Lock the shared page, so that a gatherer can copy from it. */
void call_lock_ns(struct call *call);

/*
 * Copy from the page that the host shares, once, into the PE's private copy at the same offset. Returns false when the page
 * cannot be accessed: then the reference no longer counts as Non-secure.
 */
bool call_copy_in(struct call *call, size_t offset, size_t size);

void call_lock(struct call *call);
void call_unlock(struct call *call);

/* Count, and tell the trace. `in` are the registers as passed. */
void call_finish(struct call *call, enum rmmsim_command id, const struct verdict *verdict, const uint64_t *in,
                 const uint64_t *out);

/* How each kind of argument is loaded: from a register into the named field, noting what to lock. */
#define LOAD_VALUE(call, field, x) ((field) = (x))
#define LOAD_IPA(call, field, x)   ((field) = (x))
#define LOAD_LEVEL(call, field, x) ((field) = (int64_t)(x))
#define LOAD_PA_NS(call, field, x) (call_resolve(call, &(field), x), (call)->ns = &(field))
#define LOAD_PA_UNDELEGATED        LOAD_PA_NS
#define LOAD_PA_DELEGATED(call, field, x)                                                                              \
        (call_resolve(call, &(field), x), (call)->delegated[(call)->num_delegated++] = &(field))
#define LOAD_PA_RD(call, field, x)        (call_resolve(call, &(field), x), (call)->rd = &(field))
#define LOAD_PA_RD_SHARED(call, field, x) (LOAD_PA_RD(call, field, x), (field).shared = true)
#define LOAD_PA_REC(call, field, x)       (call_resolve(call, &(field), x), (call)->recs[(call)->num_recs++] = &(field))
#define LOAD_PA_REC_OF_REALM(call, field, x)                                                                           \
        (LOAD_PA_REC(call, field, x), (call)->with_owner = true, (call)->owner.shared = false)
#define LOAD_PA_REC_OF_REALM_SHARED(call, field, x)                                                                    \
        (LOAD_PA_REC(call, field, x), (call)->with_owner = true, (call)->owner.shared = true)

#endif
