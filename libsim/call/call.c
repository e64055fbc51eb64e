/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call.c - taking and dropping the locks of a command, and what is noted when it is over.
 */
#include "call.h"
#include <string.h>

void call_resolve(const struct call *call, struct granule_ref *ref, uint64_t pa)
{
        ref->pa = pa;
        ref->granule = is_granule_aligned(pa) ? memory_granule(&call->rmm->memory, pa) : NULL;
        ref->page = NULL;
        ref->state = RMMSIM_GRANULE_UNDELEGATED;
        ref->gpt = RMMSIM_GPT_GPT_NS;
        ref->held = false;
        ref->shared = false;
}

void call_add_more(struct call *call, uint64_t pa)
{
        struct granule_ref *ref = &call->more[call->num_more++];

        call_resolve(call, ref, pa);
        call->args.common.num_more = call->num_more;
        call->delegated[call->num_delegated++] = ref;
}

static void lock(const struct call *call, struct granule_ref *ref, unsigned state)
{
        uint32_t word;

        if (ref->granule == NULL) {
                return;
        }
        word = granule_lock(ref->granule, state, ref->shared, &ref->held);
        ref->state = (uint8_t)granule_word_state(word);
        ref->gpt = (uint8_t)granule_word_gpt(word);
        if (ref->held) {
                pe_count(&call->pe->statistics.locks);
                ref->page = memory_realm_page(&call->rmm->memory, ref->pa);
        }
}

static void unlock(struct granule_ref *ref)
{
        if (ref->held) {
                granule_unlock(ref->granule, ref->shared);
                ref->held = false;
        }
}

/* The same Granule named twice is locked once. */
static void share(struct granule_ref *ref, const struct granule_ref *with)
{
        ref->state = with->state;
        ref->gpt = with->gpt;
        ref->page = with->page;
}

void call_lock_ns(struct call *call)
{
        lock(call, call->ns, RMMSIM_GRANULE_UNDELEGATED);
}

bool call_copy_in(struct call *call, size_t offset, size_t size)
{
        const uint8_t *page = memory_host_page(&call->rmm->memory, call->ns->pa);

        if (page == NULL) {
                /* As a Granule Protection Fault would tell the RMM: the page is not Non-secure after all. */
                call->ns->gpt = RMMSIM_GPT_GPT_ROOT;
                call->args.common.copy = NULL;
                return false;
        }
        memcpy(call->pe->page + offset, page + offset, size);
        call->args.common.copy = call->pe->page;
        return true;
}

static void lock_recs(struct call *call)
{
        if (call->num_recs == 2 && call->recs[0]->pa > call->recs[1]->pa) {
                struct granule_ref *first = call->recs[1];

                call->recs[1] = call->recs[0];
                call->recs[0] = first;
        }
        lock(call, call->recs[0], RMMSIM_GRANULE_REC);
        if (call->num_recs == 2) {
                if (call->recs[1]->pa == call->recs[0]->pa) {
                        share(call->recs[1], call->recs[0]);
                } else {
                        lock(call, call->recs[1], RMMSIM_GRANULE_REC);
                }
        }
        if (call->with_owner && call->recs[0]->held) {
                struct rec *rec = rec_of(call->recs[0]);
                bool shared = call->owner.shared;

                call_resolve(call, &call->owner, rec->owner);
                call->owner.shared = shared;
                lock(call, &call->owner, RMMSIM_GRANULE_RD);
                call->args.common.rec = rec;
                call->args.common.realm = realm_of(&call->owner);
        }
}

static void lock_delegated(struct call *call)
{
        struct granule_ref **refs = call->delegated;

        for (unsigned i = 1; i < call->num_delegated; i++) {
                struct granule_ref *ref = refs[i];
                unsigned j = i;

                for (; j > 0 && refs[j - 1]->pa > ref->pa; j--) {
                        refs[j] = refs[j - 1];
                }
                refs[j] = ref;
        }
        for (unsigned i = 0; i < call->num_delegated; i++) {
                if (i > 0 && refs[i]->pa == refs[i - 1]->pa) {
                        share(refs[i], refs[i - 1]);
                } else {
                        lock(call, refs[i], RMMSIM_GRANULE_DELEGATED);
                }
        }
}

void call_lock(struct call *call)
{
        if (call->ns != NULL && !call->ns->held) {
                lock(call, call->ns, RMMSIM_GRANULE_UNDELEGATED);
        }
        if (call->num_recs != 0) {
                lock_recs(call);
        }
        if (call->rd != NULL) {
                lock(call, call->rd, RMMSIM_GRANULE_RD);
        }
        if (call->vmid >= 0) {
                vmid_lock(&call->rmm->vmids, (unsigned)call->vmid);
        }
        if (call->num_delegated != 0) {
                lock_delegated(call);
        }
}

/*
 * What the shared page named goes first: a Granule among the others may have become an RD or a REC, and whoever locks that
 * next owns what hangs from it and does not look at the locks of those.
 */
void call_unlock(struct call *call)
{
        for (unsigned i = 0; i < call->num_more; i++) {
                unlock(&call->more[i]);
        }
        for (unsigned i = call->num_delegated; i-- > 0;) {
                unlock(call->delegated[i]);
        }
        if (call->vmid >= 0) {
                vmid_unlock(&call->rmm->vmids, (unsigned)call->vmid);
        }
        if (call->rd != NULL) {
                unlock(call->rd);
        }
        unlock(&call->owner);
        for (unsigned i = call->num_recs; i-- > 0;) {
                unlock(call->recs[i]);
        }
        if (call->ns != NULL) {
                unlock(call->ns);
        }
}

void call_finish(struct call *call, enum rmmsim_command id, const struct verdict *verdict, const uint64_t *in,
                 const uint64_t *out)
{
        struct pe *pe = call->pe;
        const struct rec *rec = command_rows[id].interface == INTERFACE_RMI ? NULL : call->args.common.rec;

        pe_count(&pe->statistics.commands[id]);
        if (verdict->condition != RMMSIM_CONDITION_NONE) {
                pe_count(&pe->statistics.refused[id]);
        }
        if (pe->rmm->trace.fn != NULL) {
                struct rmmsim_event event = { .kind = RMMSIM_EVENT_COMMAND, .pe = pe->index };

                event.of.command.id = id;
                event.of.command.rec = rec == NULL ? 0 : rec->pa;
                event.of.command.in = in;
                event.of.command.out = out;
                event.of.command.refused = verdict->condition;
                pe->rmm->trace.fn(pe->rmm->trace.context, &event);
        }
}
