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

#include "fault.h"
#include "rec.h"

enum {
        CALL_MORE_MAX = ROOT_RTT_MAX > REC_AUX_MAX ? ROOT_RTT_MAX : REC_AUX_MAX
};

/*
 * What a command locks, as its rows say: how many of each kind, in one number that the compiler knows. So locking comes down to
 * the lines that the command needs.
 */
enum {
        SHAPE_NS = 1 << 0,
        SHAPE_REC = 1 << 4,
        SHAPE_RD = 1 << 8,
        SHAPE_DELEGATED = 1 << 12,
        SHAPE_OWNER = 1 << 16, /* the RD of the REC                           */
        SHAPE_MORE = 1 << 20   /* Granules, and a VMID, that the page names   */
};
#define SHAPE_COUNT(shape, KIND) ((unsigned)(shape) / SHAPE_##KIND % 16)

/* And which ones they are. Arguments and results are variables of their own. */
struct call {
        struct pe *pe;
        struct rmm *rmm;
        struct args_common *common; /* the arguments begin with it                   */

        struct granule_ref *ns; /* the page that the host shares                 */
        struct granule_ref *recs[2];
        struct granule_ref *rd;
        struct granule_ref *delegated[CALL_MORE_MAX + 1];
        unsigned num_recs;
        unsigned num_delegated;
        unsigned num_more;
        int vmid; /* -1: none                                      */
        struct granule_ref owner;
        struct granule_ref more[CALL_MORE_MAX];
};

#define CALL_INLINE static inline __attribute__((always_inline))

CALL_INLINE void call_begin(struct call *call, struct pe *pe, struct args_common *common)
{
        call->pe = pe;
        call->rmm = pe->rmm;
        call->common = common;
        call->ns = NULL;
        call->rd = NULL;
        call->num_recs = 0;
        call->num_delegated = 0;
        call->num_more = 0;
        call->vmid = -1;
        call->owner.held = false;
        *common = (struct args_common){ 0 };
}

/* Find the Granule that an argument names. */
CALL_INLINE void call_resolve(const struct call *call, struct granule_ref *ref, uint64_t pa)
{
        const struct region *region = is_granule_aligned(pa) ? memory_region(&call->rmm->memory, pa) : NULL;

        *ref = (struct granule_ref){ .pa = pa };
        if (region != NULL && region->kind == RMMSIM_REGION_DRAM) {
                uint64_t offset = pa - region->base;

                ref->granule = region_granule(region, offset >> GRANULE_SHIFT);
                ref->page = region->realm_pages + offset;
        }
}

/* Add a Granule that must be DELEGATED and that the shared page named. For gatherers. */
void call_add_more(struct call *call, uint64_t pa);

/*
 * The page that the host shares, to copy from, once, into the PE's private page: or NULL when the RMM cannot read it, and then
 * the reference no longer counts as Non-secure.
 */
const uint8_t *call_host_page(struct pe *pe, struct granule_ref *ns);
/* What is wanted of it has been copied, and nothing will be read again. */
static inline void call_host_page_read(const struct pe *pe, const struct granule_ref *ns, const void *page)
{
        host_page_raced(pe, ns->pa, (uint8_t *)(uintptr_t)page, RMMSIM_ACCESS_READ_END);
}

/* ---- locks -------------------------------------------------------------------------------------------------------- */

CALL_INLINE void call_lock_one(const struct call *call, struct granule_ref *ref, unsigned state)
{
        uint32_t word;

        if (ref->granule == NULL) {
                return;
        }
        pe_count(&call->pe->statistics.locks);
        word = granule_lock(ref->granule, state, ref->shared, &ref->held);
        ref->state = (uint8_t)granule_word_state(word);
        ref->gpt = (uint8_t)granule_word_gpt(word);
        /* Objects change under their lock; other Granules are about to change when they change state. */
        if ((state == RMMSIM_GRANULE_RD || state == RMMSIM_GRANULE_REC) && ref->held && !ref->shared) {
                journal_granule(&call->rmm->memory, ref->pa);
        }
}

CALL_INLINE void call_unlock_one(struct granule_ref *ref)
{
        if (ref->held) {
                granule_unlock(ref->granule, ref->shared);
                ref->held = false;
        }
}

/* Lock the shared page, so that a gatherer can copy from it. */
CALL_INLINE void call_lock_ns(const struct call *call)
{
        call_lock_one(call, call->ns, RMMSIM_GRANULE_UNDELEGATED);
}

/* Two RECs, and any number of DELEGATED Granules: by rising address, and a Granule that is named twice is locked once. */
void call_lock_two_recs(struct call *call);
void call_lock_many_delegated(struct call *call);

/* A REC that is held keeps its Realm: the RD that it names is one. */
CALL_INLINE void call_lock_owner(struct call *call)
{
        struct rec *rec = rec_of(call->recs[0]);

        if (call->recs[0]->held) {
                call_resolve(call, &call->owner, rec->owner);
                call_lock_one(call, &call->owner, RMMSIM_GRANULE_RD);
                call->common->rec = rec;
                call->common->realm = realm_of(&call->owner);
        }
}

CALL_INLINE void call_lock(struct call *call, unsigned shape)
{
        if (SHAPE_COUNT(shape, NS) != 0 && !call->ns->held) {
                call_lock_ns(call);
        }
        if (SHAPE_COUNT(shape, REC) == 1) {
                call_lock_one(call, call->recs[0], RMMSIM_GRANULE_REC);
        } else if (SHAPE_COUNT(shape, REC) == 2) {
                call_lock_two_recs(call);
        }
        if (SHAPE_COUNT(shape, OWNER) != 0) {
                call_lock_owner(call);
        }
        if (SHAPE_COUNT(shape, RD) != 0) {
                call_lock_one(call, call->rd, RMMSIM_GRANULE_RD);
        }
        if (SHAPE_COUNT(shape, MORE) != 0) {
                if (call->vmid >= 0) {
                        vmid_lock(&call->rmm->vmids, (unsigned)call->vmid);
                }
                call_lock_many_delegated(call);
        } else if (SHAPE_COUNT(shape, DELEGATED) == 1) {
                call_lock_one(call, call->delegated[0], RMMSIM_GRANULE_DELEGATED);
        } else if (SHAPE_COUNT(shape, DELEGATED) != 0) {
                call_lock_many_delegated(call);
        }
}

/*
 * What the shared page named goes first: a Granule among the others may have become an RD or a REC, and whoever locks that
 * next owns what hangs from it and does not look at the locks of those. For the same reason the rest goes in the
 * reverse order of locking.
 */
CALL_INLINE void call_unlock(struct call *call, unsigned shape)
{
        if (SHAPE_COUNT(shape, MORE) != 0) {
                for (unsigned i = 0; i < call->num_more; i++) {
                        call_unlock_one(&call->more[i]);
                }
                if (call->vmid >= 0) {
                        vmid_unlock(&call->rmm->vmids, (unsigned)call->vmid);
                }
        }
        for (unsigned i = SHAPE_COUNT(shape, MORE) != 0 ? call->num_delegated : SHAPE_COUNT(shape, DELEGATED);
             i-- > 0;) {
                call_unlock_one(call->delegated[i]);
        }
        if (SHAPE_COUNT(shape, RD) != 0) {
                call_unlock_one(call->rd);
        }
        if (SHAPE_COUNT(shape, OWNER) != 0) {
                call_unlock_one(&call->owner);
        }
        for (unsigned i = SHAPE_COUNT(shape, REC); i-- > 0;) {
                call_unlock_one(call->recs[i]);
        }
        if (SHAPE_COUNT(shape, NS) != 0) {
                call_unlock_one(call->ns);
        }
}

/* ---- when it is over ---------------------------------------------------------------------------------------------- */

/* Remember how the call ended, for whoever asks why, and count it. `in` are the registers as passed. */
CALL_INLINE void call_finish(struct pe *pe, struct refusal_record *record, enum rmmsim_command id,
                             const struct verdict *verdict, uint64_t x0, const uint64_t *in)
{
        record->verdict.condition = verdict->condition;
        pe_count(&pe->statistics.commands[id]);
        if (verdict->condition != RMMSIM_CONDITION_NONE) {
                *record = (struct refusal_record){
                        .verdict = *verdict,
                        .x0 = x0,
                        .argument_value = in[condition_rows[verdict->condition].argument_register],
                };
                if (fault_possible(pe)) {
                        fault_note(pe, record, id);
                }
                pe_count(&pe->statistics.conditions[verdict->condition]);
        }
}

/* Tell the trace: a command of the host, or of a REC. */
void call_trace(const struct pe *pe, enum rmmsim_command id, const struct rec *rec, enum rmmsim_condition refused,
                const uint64_t *in, const uint64_t *out);

/*
 * For a call that is watched, between its check and its act: what an injected fault makes of the verdict, and its place in a
 * recording. record_acted() follows the act, while the locks are still held.
 */
struct verdict call_watched(const struct call *call, enum rmmsim_command id, const uint64_t *x, struct verdict verdict);

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
/* One REC, and the Realm that owns it. */
#define LOAD_PA_REC_OF_REALM LOAD_PA_REC

/* What each kind adds to the shape of a command. */
#define SHAPE_OF_VALUE           0
#define SHAPE_OF_IPA             0
#define SHAPE_OF_LEVEL           0
#define SHAPE_OF_PA_NS           SHAPE_NS
#define SHAPE_OF_PA_UNDELEGATED  SHAPE_NS
#define SHAPE_OF_PA_DELEGATED    SHAPE_DELEGATED
#define SHAPE_OF_PA_RD           SHAPE_RD
#define SHAPE_OF_PA_RD_SHARED    SHAPE_RD
#define SHAPE_OF_PA_REC          SHAPE_REC
#define SHAPE_OF_PA_REC_OF_REALM (SHAPE_REC + SHAPE_OWNER)

#endif
