/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmm.h - the monitor: what all PEs share. Objects are not in here: they live in their Granules.
 */
#ifndef RMM_H
#define RMM_H

#include "attestation.h"
#include "gic.h"
#include "guard.h"
#include "journal.h"
#include "pe.h"
#include "profile.h"
#include "record_sink.h"
#include "trace_sink.h"
#include "vmid.h"
#include <string.h>

struct rmm {
        struct memory memory;
        struct profile profile;
        struct gic_features gic;
        struct trace_sink trace;
        struct attestation_authority authority;
        struct guests *guests;        /* the guest floor's: bindings and stacks */
        uint32_t guest_quantum;       /* UINT32_MAX: none */
        bool watched;                 /* commands are traced or recorded, or faults injected */
        struct record_sink *recorder; /* the api floor's; NULL: nothing is recorded */
        struct faults *faults;        /* the call floor's; NULL: nothing is injected */
        rmmsim_adversary_fn *adversary;
        void *adversary_context;
        _Atomic uint64_t time;
        struct vmid_set vmids;
};

/* Does anybody listen, record or inject? One branch for all who may have something to do with a call. */
static inline bool is_watched(const struct pe *pe)
{
        return __builtin_expect(pe->rmm->watched, 0);
}

static inline bool is_recorded(const struct pe *pe)
{
        return __builtin_expect(pe->rmm->recorder != NULL, 0);
}

/* What the PE is doing happens from here to record_acted(): see record_sink.h for what must not stand in between. */
static inline void record_act(const struct pe *pe)
{
        if (is_recorded(pe)) {
                pe->rmm->recorder->place(pe->rmm->recorder, pe->index, NULL, 0);
        }
}

static inline void record_acted(const struct pe *pe)
{
        if (is_recorded(pe)) {
                pe->rmm->recorder->acted(pe->rmm->recorder, pe->index);
        }
}

/* The same where it does nothing more that others see. */
static inline void record_place(const struct pe *pe)
{
        record_act(pe);
        record_acted(pe);
}

/* The page of a delegated Granule is as the host left it, or the host has written to what is not its any more. */
static inline void granule_look(struct pe *pe, uint64_t pa)
{
        uint64_t at;

        if (guard_broken(&pe->rmm->memory, pa, &at)) {
                pe->library_error = RMMSIM_ERROR_TRESPASS;
                pe->trespass = at;
        }
}

/* For an instance with an adversary: it may change the page now. */
static inline void host_page_raced(const struct pe *pe, uint64_t pa, uint8_t *page, enum rmmsim_access access)
{
        if (__builtin_expect(pe->rmm->adversary != NULL, 0)) {
                pe->rmm->adversary(pe->rmm->adversary_context, pe->index, pa, page, access);
        }
}

/*
 * Bring a Granule into a state on behalf of the command that the PE is in. The caller owns the Granule as granule_set_state()
 * demands, and has wiped the Realm-world page if the new state is DELEGATED.
 */
static inline void granule_become(struct pe *pe, uint64_t pa, struct granule *granule, unsigned state)
{
        unsigned from = granule_state(granule);

        trace_edge(&pe->rmm->trace, pe->index, RMMSIM_OBJECT_GRANULE, pa, from, state);
        if (from != RMMSIM_GRANULE_UNDELEGATED && state != RMMSIM_GRANULE_UNDELEGATED) {
                granule_look(pe, pa);
        }
        journal_granule(&pe->rmm->memory, pa);
        granule_set_state(granule, state, pe->command);
}

/* The end of an object: its Granule is wiped and becomes DELEGATED. The caller owns it, as above. */
static inline void granule_release(struct pe *pe, uint64_t pa)
{
        struct granule *granule;
        void *page = memory_realm_page_of(&pe->rmm->memory, &granule, pa);

        journal_granule(&pe->rmm->memory, pa);
        memset(page, 0, GRANULE_SIZE);
        granule->num_owners = 0;
        granule->num_shared = 0;
        granule_become(pe, pa, granule, RMMSIM_GRANULE_DELEGATED);
}

/* Can the RMM read and write this page of the host through the Non-secure PAS? */
static inline bool granule_ref_is_ns(const struct granule_ref *ref)
{
        return ref->state == RMMSIM_GRANULE_UNDELEGATED &&
               (ref->gpt == RMMSIM_GPT_GPT_NS || ref->gpt == RMMSIM_GPT_GPT_AAP);
}

/* What a refusal about such a page shows. */
static inline uint64_t granule_ref_access(const struct granule_ref *ref)
{
        return ref->state | (uint64_t)ref->gpt << 8;
}

#endif
