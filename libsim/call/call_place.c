/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call_place.c - the place of a call in a recording: what it has seen without holding it.
 *
 * What a call holds cannot change, so it is as the call saw it wherever its place is from the last lock on. What it did not get
 * hold of it saw for a moment: a Granule in a wrong state; a REC that was running, and may be given back without the lock; a VMID in
 * use; the state of the Realm that an entry looks at.
 */
#include "call.h"

static unsigned add(struct record_need *needs, unsigned num, enum rmmsim_object object, uint64_t address,
                    unsigned state)
{
        needs[num] = (struct record_need){ .object = object, .address = address, .state = state };
        return num + 1;
}

/*
 * The Granule that made the call fail, if it was in a wrong state: it was not held. Others that were not held come later in the order of
 * the conditions. Those that the host's page names have no register of their own.
 */
static bool is_culprit(const struct granule_ref *ref, const uint64_t *x, const struct verdict *verdict)
{
        const struct condition_row *row = &condition_rows[verdict->condition];
        bool by_state = row->found_as == RMMSIM_FOUND_GRANULE_STATE;

        return ref != NULL && ref->granule != NULL && !ref->held && verdict->condition != RMMSIM_CONDITION_NONE &&
               (by_state ? ref->state == verdict->found : ref->pa == x[row->argument_register]);
}

/*
 * The page that the host shares is tried twice where the first time it is not there. So it may be held by now, and yet not have been
 * read: then the host has got it back from the RMM in between.
 */
static bool came_back(const struct call *call, const struct verdict *verdict)
{
        return condition_rows[verdict->condition].found_as == RMMSIM_FOUND_PAGE_ACCESS && call->ns != NULL &&
               call->ns->held && call->common->copy == NULL;
}

static unsigned list_granules(const struct granule_ref **refs, const struct call *call)
{
        unsigned num = 0;

        refs[num++] = call->ns;
        for (unsigned i = 0; i < call->num_recs; i++) {
                refs[num++] = call->recs[i];
        }
        refs[num++] = call->rd;
        for (unsigned i = 0; i < call->num_delegated; i++) {
                refs[num++] = call->delegated[i];
        }
        return num;
}

/* First the one that made it fail: by its register, or else any in that state. Then those that are held. */
static unsigned add_granules(struct record_need *needs, const struct call *call, const uint64_t *x,
                             const struct verdict *verdict)
{
        uint64_t named = x[condition_rows[verdict->condition].argument_register];
        const struct granule_ref *refs[RECORD_NEEDS_MAX];
        unsigned num_refs = list_granules(refs, call);
        const struct granule_ref *culprit = NULL;
        unsigned num = 0;

        for (unsigned i = 0; i < num_refs; i++) {
                if (is_culprit(refs[i], x, verdict) && (culprit == NULL || refs[i]->pa == named)) {
                        culprit = refs[i];
                }
        }
        if (culprit != NULL) {
                num = add(needs, num, RMMSIM_OBJECT_GRANULE, culprit->pa, culprit->state);
        }
        if (came_back(call, verdict)) {
                return add(needs, 0, RMMSIM_OBJECT_GRANULE, call->ns->pa, RMMSIM_GRANULE_DELEGATED);
        }
        for (unsigned i = 0; i < num_refs; i++) {
                if (refs[i] != NULL && refs[i]->held) {
                        num = add(needs, num, RMMSIM_OBJECT_GRANULE, refs[i]->pa, refs[i]->state);
                }
        }
        return num;
}

/* A REC that ran when it was looked at, where that may have made the call fail: the register that names it, or 0. */
static unsigned running_register(const struct profile *profile, enum rmmsim_condition condition)
{
        switch (condition) {
        case RMMSIM_FAIL_rmi_rec_enter_rec_state:
        case RMMSIM_FAIL_rmi_rec_destroy_rec_state:
        case RMMSIM_FAIL_rmi_psci_complete_pending:
                return 1;
        case RMMSIM_FAIL_rmi_rtt_set_ripas_rec_state:
                return 2;
        case RMMSIM_FAIL_rmi_psci_complete_status:
                return QUIRKED(profile, psci_busy_means_on) ? 2 : 0;
        default:
                return 0;
        }
}

/* The Realm's state, which only an entry looks at without its lock. Conditions stand in the order in which they are looked at. */
static unsigned add_realm(struct record_need *needs, unsigned num, const struct call *call,
                          const struct verdict *verdict)
{
        enum rmmsim_condition condition = verdict->condition;
        unsigned state = RMMSIM_REALM_REALM_ACTIVE;

        if (condition == RMMSIM_FAIL_rmi_rec_enter_realm_new || condition == RMMSIM_FAIL_rmi_rec_enter_system_off) {
                state = (unsigned)verdict->found;
        } else if (condition >= RMMSIM_FAIL_rmi_rec_enter_run_align &&
                   condition < RMMSIM_FAIL_rmi_rec_enter_realm_new) {
                return num;
        }
        return add(needs, num, RMMSIM_OBJECT_REALM, rec_of(call->recs[0])->owner, state);
}

static void place(const struct call *call, enum rmmsim_command id, const uint64_t *x, const struct verdict *verdict)
{
        unsigned running = running_register(&call->rmm->profile, verdict->condition);
        struct record_need needs[RECORD_NEEDS_MAX];
        unsigned num = 0;

        if (running != 0) {
                num = add(needs, num, RMMSIM_OBJECT_REC, x[running], RMMSIM_REC_REC_RUNNING);
        } else if (verdict->condition == RMMSIM_FAIL_rmi_realm_create_vmid_valid && call->vmid >= 0) {
                num = add(needs, num, RECORD_OBJECT_VMID, (uint64_t)call->vmid, true);
        }
        num += add_granules(&needs[num], call, x, verdict);
        if (verdict->condition == RMMSIM_FAIL_rmi_psci_complete_status) {
                num = add(needs, num, RMMSIM_OBJECT_PENDING, x[1], RMMSIM_PENDING_PSCI_REQUEST);
        }
        if (id == RMMSIM_COMMAND_rmi_rec_enter && call->recs[0]->held) {
                num = add_realm(needs, num, call, verdict);
        }
        call->rmm->recorder->place(call->rmm->recorder, call->pe->index, needs, num);
}

struct verdict call_watched(const struct call *call, enum rmmsim_command id, const uint64_t *x, struct verdict verdict)
{
        struct record_sink *recorder = call->rmm->recorder;

        if (recorder != NULL) {
                if (call->ns != NULL && call->common->copy != NULL) {
                        recorder->call_page(recorder, call->pe->index, id, call->ns->pa, call->common->copy);
                }
                place(call, id, x, &verdict);
        }
        return fault_possible(call->pe) ? fault_verdict(call->pe, id, call->common, verdict) : verdict;
}
