/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call_place.c - the place of a call in a recording: what it has seen without holding it.
 *
 * What a call holds cannot change, so it is as the call saw it wherever its place is from the last lock on. What it did not get
 * hold of it saw for a moment: a Granule in a wrong state; a REC that was running, and may be given back without the lock; the
 * state of the Realm that an entry looks at.
 */
#include "call.h"

static unsigned add(struct record_need *needs, unsigned num, enum rmmsim_object object, uint64_t address,
                    unsigned state)
{
        needs[num] = (struct record_need){ .object = object, .address = address, .state = state };
        return num + 1;
}

static unsigned add_unheld(struct record_need *needs, unsigned num, const struct granule_ref *ref)
{
        if (ref == NULL || ref->granule == NULL || ref->held) {
                return num;
        }
        return add(needs, num, RMMSIM_OBJECT_GRANULE, ref->pa, ref->state);
}

/* The need that the failed condition is about goes first. A call may name one Granule twice, and find it in two states. */
static void put_first(struct record_need *needs, unsigned num, uint64_t address, const struct verdict *verdict)
{
        bool by_state = condition_rows[verdict->condition].found_as == RMMSIM_FOUND_GRANULE_STATE;

        for (unsigned i = 0; i < num; i++) {
                if (needs[i].address == address && (!by_state || needs[i].state == verdict->found)) {
                        struct record_need first = needs[i];

                        needs[i] = needs[0];
                        needs[0] = first;
                        return;
                }
        }
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
        unsigned num = add_unheld(needs, 0, call->ns);

        for (unsigned i = 0; i < call->num_recs; i++) {
                num = add_unheld(needs, num, call->recs[i]);
        }
        num = add_unheld(needs, num, call->rd);
        for (unsigned i = 0; i < call->num_delegated; i++) {
                num = add_unheld(needs, num, call->delegated[i]);
        }
        if (running != 0) {
                num = add(needs, num, RMMSIM_OBJECT_REC, x[running], RMMSIM_REC_REC_RUNNING);
        }
        if (verdict->condition == RMMSIM_FAIL_rmi_psci_complete_status) {
                num = add(needs, num, RMMSIM_OBJECT_PENDING, x[1], RMMSIM_PENDING_PSCI_REQUEST);
        }
        if (verdict->condition == RMMSIM_FAIL_rmi_realm_create_vmid_valid && call->vmid >= 0) {
                num = add(needs, num, RECORD_OBJECT_VMID, (uint64_t)call->vmid, true);
        }
        if (id == RMMSIM_COMMAND_rmi_rec_enter && call->recs[0]->held) {
                num = add_realm(needs, num, call, verdict);
        }
        put_first(needs, num, x[condition_rows[verdict->condition].argument_register], verdict);
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
