/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call.c - what only some commands need: Granules that the shared page names, several locks of a kind, the trace.
 */
#include "call.h"
#include <string.h>

void call_add_more(struct call *call, uint64_t pa)
{
        struct granule_ref *ref = &call->more[call->num_more++];

        call_resolve(call, ref, pa);
        call->common->more = call->more;
        call->common->num_more = call->num_more;
        call->delegated[call->num_delegated++] = ref;
}

const uint8_t *call_host_page(struct pe *pe, struct granule_ref *ns)
{
        uint8_t *page;

        if (!ns->held || !granule_ref_is_ns(ns)) {
                return NULL;
        }
        if (is_explored()) {
                point(RMMSIM_STEP_READ_PAGE, ns->pa);
                point_touch(OBJECT_MEMORY, 0, false);
        }
        page = memory_host_page(&pe->rmm->memory, ns->pa);
        if (fault_possible(pe) && page != NULL && fault_page(pe, RMMSIM_FAULT_PAGE_READ, ns->pa)) {
                page = NULL;
        }
        if (page == NULL) {
                /* As a Granule Protection Fault would tell the RMM: the page is not Non-secure after all. */
                ns->gpt = RMMSIM_GPT_GPT_ROOT;
        } else {
                pe_count(&pe->statistics.pages_read);
                host_page_raced(pe, ns->pa, page, RMMSIM_ACCESS_READ_BEGIN);
        }
        return page;
}

/* The same Granule named twice is locked once. */
static void share(struct granule_ref *ref, const struct granule_ref *with)
{
        ref->state = with->state;
        ref->gpt = with->gpt;
}

void call_lock_two_recs(struct call *call)
{
        if (call->recs[0]->pa > call->recs[1]->pa) {
                struct granule_ref *first = call->recs[1];

                call->recs[1] = call->recs[0];
                call->recs[0] = first;
        }
        call_lock_one(call, call->recs[0], RMMSIM_GRANULE_REC);
        if (call->recs[1]->pa == call->recs[0]->pa) {
                share(call->recs[1], call->recs[0]);
        } else {
                call_lock_one(call, call->recs[1], RMMSIM_GRANULE_REC);
        }
}

void call_lock_many_delegated(struct call *call)
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
                        call_lock_one(call, refs[i], RMMSIM_GRANULE_DELEGATED);
                }
        }
}

void call_trace(const struct pe *pe, enum rmmsim_command id, const struct rec *rec, enum rmmsim_condition refused,
                const uint64_t *in, const uint64_t *out)
{
        struct rmmsim_event event = { .kind = RMMSIM_EVENT_COMMAND, .pe = pe->index };

        event.of.command.id = id;
        event.of.command.from_realm = rec != NULL;
        event.of.command.rec = rec == NULL ? 0 : rec->pa;
        event.of.command.in = in;
        event.of.command.out = out;
        event.of.command.refused = refused;
        pe->rmm->trace.fn(pe->rmm->trace.context, &event);
}
