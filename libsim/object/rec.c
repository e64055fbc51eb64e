/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rec.c - where a vCPU starts, and the list of a Realm's RECs.
 *
 * The list is what lets a Realm name its RECs by MPIDR and an audit find them all: a REC names its Realm by itself, but a
 * Realm could not find its RECs without it.
 *
 * Specification: RmmRec, RMI_REC_CREATE; lifecycle sheet section 6.3.
 */
#include "rec.h"

#define MDSCR_RESET   UINT64_C(0x1000) /* TDCC: the debug communication channel traps           */
#define PMCR_RESET    UINT64_C(0x60)   /* DP and LC                                             */
#define PMCR_COUNTERS UINT64_C(0x06)   /* P and C: a Realm with a PMU begins with counters at 0 */

void rec_reset(struct rec *rec, const struct rmm *rmm, const struct realm *realm)
{
        rec->el1 = (struct el1){ .pstate = PSTATE_START, .sctlr = SCTLR_START, .mdscr = MDSCR_RESET };
        rec->pmu = (struct pmu){ .pmcr = PMCR_RESET | (realm->pmu ? PMCR_COUNTERS : 0) };
        gic_reset(&rec->gic, &rmm->gic);
        timers_reset(&rec->timers);
}

static uint64_t link_to(const struct rec *rec)
{
        return rec == NULL ? 0 : rec->pa | 1;
}

static struct rec *follow(const struct rmm *rmm, uint64_t link)
{
        return link == 0 ? NULL : memory_realm_page(&rmm->memory, link & ~GRANULE_MASK);
}

void rec_link(const struct rmm *rmm, struct realm *realm, struct rec *rec)
{
        struct rec *second = rec_first(rmm, realm);

        rec->next = realm->first_rec;
        rec->previous = 0;
        if (second != NULL) {
                journal_granule(&rmm->memory, second->pa);
                second->previous = link_to(rec);
        }
        realm->first_rec = link_to(rec);
}

void rec_unlink(const struct rmm *rmm, struct realm *realm, const struct rec *rec)
{
        struct rec *next = follow(rmm, rec->next);
        struct rec *previous = follow(rmm, rec->previous);

        if (next != NULL) {
                journal_granule(&rmm->memory, next->pa);
                next->previous = rec->previous;
        }
        if (previous != NULL) {
                journal_granule(&rmm->memory, previous->pa);
                previous->next = rec->next;
        } else {
                realm->first_rec = rec->next;
        }
}

struct rec *rec_first(const struct rmm *rmm, const struct realm *realm)
{
        return follow(rmm, realm->first_rec);
}

struct rec *rec_next(const struct rmm *rmm, const struct rec *rec)
{
        return follow(rmm, rec->next);
}

struct rec *rec_find(const struct rmm *rmm, const struct realm *realm, uint64_t index)
{
        struct rec *rec = rec_first(rmm, realm);

        while (rec != NULL && rec->index != index) {
                rec = rec_next(rmm, rec);
        }
        return rec;
}
