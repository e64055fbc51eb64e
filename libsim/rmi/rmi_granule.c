/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_granule.c - Granules go to the Realm world and come back.
 *
 * Specification: RMI_GRANULE_DELEGATE, RMI_GRANULE_UNDELEGATE.
 */
#include "guard.h"
#include "rmi.h"
#include <string.h>

struct verdict rmi_granule_delegate_check(const struct rmm *rmm, const struct rmi_granule_delegate_args *a)
{
        (void)rmm;
        FAIL_IF(rmi_granule_delegate, gran_align, !is_granule_aligned(a->addr.pa), a->addr.pa);
        FAIL_IF(rmi_granule_delegate, gran_bound, a->addr.granule == NULL, a->addr.pa);
        FAIL_IF(rmi_granule_delegate, gran_state, a->addr.state != RMMSIM_GRANULE_UNDELEGATED, a->addr.state);
        FAIL_IF(rmi_granule_delegate, gran_gpt, a->addr.gpt != RMMSIM_GPT_GPT_NS, a->addr.gpt);
        return PASSED;
}

static void give_away(const struct pe *pe, const struct granule_ref *addr)
{
        addr->granule->giver = (uint16_t)pe->index;
        guard_fill(&pe->rmm->memory, addr->pa);
        guard_close(&pe->rmm->memory, addr->pa);
}

/* The Realm-world page is all zero already (memory.h): nothing of the host's gets in. */
void rmi_granule_delegate_apply(struct pe *pe, const struct rmi_granule_delegate_args *a,
                                struct rmi_granule_delegate_results *r)
{
        (void)r;
        memory_touch(&pe->rmm->memory, a->addr.pa);
        if (guard_is_on(&pe->rmm->memory)) {
                give_away(pe, &a->addr);
        }
        granule_become(pe, a->addr.pa, a->addr.granule, RMMSIM_GRANULE_DELEGATED);
}

struct verdict rmi_granule_undelegate_check(const struct rmm *rmm, const struct rmi_granule_undelegate_args *a)
{
        (void)rmm;
        FAIL_IF(rmi_granule_undelegate, gran_align, !is_granule_aligned(a->addr.pa), a->addr.pa);
        FAIL_IF(rmi_granule_undelegate, gran_bound, a->addr.granule == NULL, a->addr.pa);
        FAIL_IF(rmi_granule_undelegate, gran_state, a->addr.state != RMMSIM_GRANULE_DELEGATED, a->addr.state);
        return PASSED;
}

/* The host gets its page back wiped. A page that the host itself cannot reach has nothing to wipe. */
void rmi_granule_undelegate_apply(struct pe *pe, const struct rmi_granule_undelegate_args *a,
                                  struct rmi_granule_undelegate_results *r)
{
        uint8_t *page = memory_host_page(&pe->rmm->memory, a->addr.pa);

        (void)r;
        granule_look(pe, a->addr.pa);
        guard_open(&pe->rmm->memory, a->addr.pa);
        if (page != NULL) {
                journal_host_page(&pe->rmm->memory, a->addr.pa, page);
                memset(page, 0, GRANULE_SIZE);
        }
        granule_become(pe, a->addr.pa, a->addr.granule, RMMSIM_GRANULE_UNDELEGATED);
}
