/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_rec_enter.c - the host gives its PE to a REC until the REC gives it back.
 *
 * Three transactions, as the specification does not make it one: the entry, which is a command like any other and ends
 * with the REC being REC_RUNNING; the Realm's turn, under no lock; and the exit, which writes the second half of the run
 * page and makes the REC REC_READY again.
 *
 * Specification: RMI_REC_ENTER, REC entry and exit.
 */
#include "access.h"
#include "el1.h"
#include "realm_buffer.h"
#include "rmi.h"
#include "run.h"
#include <string.h>

#define ENTER_OFFSET(field) offsetof(struct rmmsim_rec_enter, field)

/* The host's half is read once: what it writes afterwards has no effect. */
void rmi_rec_enter_gather(struct call *call, struct rmi_rec_enter_args *a)
{
        if (a->run_ptr.held && granule_ref_is_ns(&a->run_ptr) && call_copy_in(call, 0, sizeof(uint64_t))) {
                (void)call_copy_in(call, ENTER_OFFSET(gprs), ENTER_OFFSET(reserved_388) - ENTER_OFFSET(gprs));
        }
}

static const struct rmmsim_rec_enter *enter_of(const struct rmi_rec_enter_args *a)
{
        return a->common.copy;
}

static bool gic_valid(const struct rmm *rmm, const struct rmmsim_rec_enter *enter, uint64_t *found)
{
        struct gic_refusal why;
        bool lax = QUIRKED(&rmm->profile, gic_inactive_lr_unchecked);

        if (gic_entry_valid(&rmm->gic, &why, enter->gicv3_hcr, enter->gicv3_lrs, lax)) {
                return true;
        }
        *found = why.rule == GIC_RULE_HCR ? enter->gicv3_hcr : enter->gicv3_lrs[why.lr];
        return false;
}

struct verdict rmi_rec_enter_check(const struct rmm *rmm, const struct rmi_rec_enter_args *a)
{
        const struct rmmsim_rec_enter *enter = enter_of(a);
        const struct rec *rec = a->common.rec;
        uint64_t gic = 0;
        bool sea;
        bool sea_applies;

        FAIL_IF(rmi_rec_enter, run_align, !is_granule_aligned(a->run_ptr.pa), a->run_ptr.pa);
        FAIL_IF(rmi_rec_enter, run_bound, a->run_ptr.granule == NULL, a->run_ptr.pa);
        FAIL_IF(rmi_rec_enter, run_pas, enter == NULL, granule_ref_access(&a->run_ptr));
        FAIL_IF(rmi_rec_enter, rec_align, !is_granule_aligned(a->rec.pa), a->rec.pa);
        FAIL_IF(rmi_rec_enter, rec_bound, a->rec.granule == NULL, a->rec.pa);
        FAIL_IF(rmi_rec_enter, rec_gran_state, a->rec.state != RMMSIM_GRANULE_REC, a->rec.state);
        FAIL_IF(rmi_rec_enter, rec_state, rec->state == RMMSIM_REC_REC_RUNNING, rec->state);
        FAIL_AT(rmi_rec_enter, realm_new, a->common.realm->state == RMMSIM_REALM_REALM_NEW, a->common.realm->state, 0);
        FAIL_AT(rmi_rec_enter, system_off, a->common.realm->state == RMMSIM_REALM_REALM_SYSTEM_OFF,
                a->common.realm->state, 1);
        FAIL_IF(rmi_rec_enter, rec_runnable, rec->runnable == RMMSIM_POWER_NOT_RUNNABLE, rec->runnable);
        FAIL_IF(rmi_rec_enter, rec_psci, rec->pending == RMMSIM_PENDING_PSCI_REQUEST, rec->gprs[0]);
        FAIL_IF(rmi_rec_enter, rec_gicv3, !gic_valid(rmm, enter, &gic), gic);
        sea = (enter->flags & RMMSIM_ENTER_INJECT_SEA) != 0;
        sea_applies = sea && rec->last_exit.unprotected;
        FAIL_IF(rmi_rec_enter, rec_sea, sea && !sea_applies && QUIRKED(&rmm->profile, inject_sea_checked),
                enter->flags);
        /* An SEA that is injected takes the place of the emulation: emul_mmio is then ignored (entry flags). */
        FAIL_IF(rmi_rec_enter, rec_mmio,
                (enter->flags & RMMSIM_ENTER_EMUL_MMIO) != 0 && !rec->last_exit.emulatable && !sea_applies,
                enter->flags);
        return PASSED;
}

/* The answer to the last exit's Data Abort, if the host gives one. */
static void complete_abort(struct rec *rec, const struct rmmsim_rec_enter *enter)
{
        if ((enter->flags & RMMSIM_ENTER_INJECT_SEA) != 0 && rec->last_exit.unprotected) {
                el1_take_sea(rec, rec->last_exit.esr, rec->last_exit.far);
                rec->guest.resume = RESUME_EXCEPTION;
        } else if ((enter->flags & RMMSIM_ENTER_EMUL_MMIO) != 0) {
                guest_access_emulated(rec, enter->gprs[0]);
                rec->guest.resume = RESUME_DONE;
        }
}

/*
 * The answer to RSI_IPA_STATE_SET. Only a request for RAM that is not served whole can be rejected.
 * Specification: RIPAS change, response.
 */
static void complete_ripas(struct pe *pe, struct rec *rec, const struct rmmsim_rec_enter *enter)
{
        bool rejected;

        rec->ripas_response = (enter->flags & RMMSIM_ENTER_RIPAS_REJECT) != 0 ? RMMSIM_REJECT : RMMSIM_ACCEPT;
        rejected = rec->ripas_value == RMMSIM_RIPAS_RAM && rec->ripas_addr != rec->ripas_top &&
                   rec->ripas_response == RMMSIM_REJECT;
        if (!QUIRKED(&pe->rmm->profile, rsi_keeps_registers)) {
                memset(&rec->gprs[3], 0, 14 * sizeof(uint64_t));
        }
        rec->gprs[0] = RMMSIM_RSI_SUCCESS;
        rec->gprs[1] = rec->ripas_addr;
        rec->gprs[2] = rejected ? RMMSIM_REJECT : RMMSIM_ACCEPT;
        rec->gprs[3] = 0;
        rec->ripas_addr = rec->ripas_top = 0;
        rec_set_pending(pe, rec, RMMSIM_PENDING_NO_REQUEST);
}

/*
 * The answer to RSI_HOST_CALL, into the Realm's memory as it is mapped now. Where the host has taken that memory away the REC
 * exits again at once and the call stays pending. Where the Realm itself made it EMPTY meanwhile there is nowhere to
 * write to: the call is over, and fails as it would have at the start.
 */
static void complete_host_call(struct pe *pe, struct rec *rec, const struct realm *realm, struct granule *rd,
                               const struct rmmsim_rec_enter *enter)
{
        const struct rmmsim_vcpu vcpu = { .pe = pe, .rec = rec, .rd = rd };
        struct stage2_result found;
        uint8_t *buffer = realm_buffer(pe->rmm, realm, &found, rec->host_call_ipa);

        if (buffer == NULL && found.outcome != STAGE2_EMPTY) {
                exit_buffer_abort(&vcpu, &found, rec->host_call_ipa);
                rec->guest.resume = RESUME_DONE;
                return;
        }
        if (!QUIRKED(&pe->rmm->profile, rsi_keeps_registers)) {
                memset(&rec->gprs[1], 0, 16 * sizeof(uint64_t));
        }
        if (buffer != NULL) {
                memcpy(buffer + offsetof(struct rmmsim_host_call, gprs), enter->gprs, sizeof(enter->gprs));
                rec->gprs[0] = RMMSIM_RSI_SUCCESS;
        } else if (!QUIRKED(&pe->rmm->profile, host_call_empty_silent)) {
                rec->gprs[0] = RMMSIM_RSI_ERROR_INPUT;
        }
        rec_set_pending(pe, rec, RMMSIM_PENDING_NO_REQUEST);
}

void rmi_rec_enter_apply(struct pe *pe, const struct rmi_rec_enter_args *a, struct rmi_rec_enter_results *r)
{
        const struct rmmsim_rec_enter *enter = enter_of(a);
        struct realm *realm = a->common.realm;
        struct rec *rec = a->common.rec;

        (void)r;
        rec_set_state(pe, rec, RMMSIM_REC_REC_RUNNING);
        pe->entry = (struct entry){ .trap_wfi = (enter->flags & RMMSIM_ENTER_TRAP_WFI) != 0,
                                    .trap_wfe = (enter->flags & RMMSIM_ENTER_TRAP_WFE) != 0 };
        memset(pe_exit(pe), 0, sizeof(struct rmmsim_rec_exit));
        gic_enter(&rec->gic, &pe->rmm->gic, enter->gicv3_hcr, enter->gicv3_lrs);
        complete_abort(rec, enter);
        if (rec->pending == RMMSIM_PENDING_RIPAS_CHANGE) {
                complete_ripas(pe, rec, enter);
        } else if (rec->pending == RMMSIM_PENDING_HOST_CALL) {
                complete_host_call(pe, rec, realm, memory_granule(&pe->rmm->memory, realm->rd), enter);
        }
        rec->last_exit = (struct last_exit){ 0 };
}

/*
 * Copy the exit half to the run page, if the host has left it where the RMM can write. `run` says afterwards how it was
 * found.
 */
static bool publish(struct pe *pe, struct granule_ref *run)
{
        uint32_t word = granule_lock(run->granule, RMMSIM_GRANULE_UNDELEGATED, false, &run->held);
        uint8_t *page = NULL;

        run->state = (uint8_t)granule_word_state(word);
        run->gpt = (uint8_t)granule_word_gpt(word);
        if (granule_ref_is_ns(run) && (page = memory_host_page(&pe->rmm->memory, run->pa)) == NULL) {
                run->gpt = RMMSIM_GPT_GPT_ROOT; /* as a Granule Protection Fault would tell */
        } else if (page != NULL) {
                memcpy(page + offsetof(struct rmmsim_rec_run, exit), pe_exit(pe), sizeof(struct rmmsim_rec_exit));
        }
        if (run->held) {
                pe_count(&pe->statistics.locks);
                granule_unlock(run->granule, false);
        }
        return page != NULL;
}

static void note_exit(struct pe *pe, const struct rec *rec)
{
        const struct rmmsim_rec_exit *exit = pe_exit(pe);

        pe_count(&pe->statistics.exits[exit->exit_reason]);
        if (pe->rmm->trace.fn != NULL) {
                struct rmmsim_event event = { .kind = RMMSIM_EVENT_EXIT, .pe = pe->index };

                event.of.exit.rec = rec->pa;
                event.of.exit.reason = (enum rmmsim_exit_reason)exit->exit_reason;
                event.of.exit.esr = exit->esr;
                event.of.exit.hpfar = exit->hpfar;
                pe->rmm->trace.fn(pe->rmm->trace.context, &event);
        }
}

static void make_ready(struct pe *pe, const struct granule_ref *ref, struct rec *rec)
{
        bool held;

        granule_lock(ref->granule, RMMSIM_GRANULE_REC, false, &held);
        pe_count(&pe->statistics.locks);
        rec_set_state(pe, rec, RMMSIM_REC_REC_READY);
        granule_unlock(ref->granule, false);
}

struct verdict rmi_rec_enter_continue(struct pe *pe, const struct rmi_rec_enter_args *a,
                                      struct rmi_rec_enter_results *r)
{
        struct granule_ref run = a->run_ptr;
        struct realm *realm = a->common.realm;
        struct rec *rec = a->common.rec;
        bool left = pe->entry.exiting; /* before the Realm's turn came: a host call could not be completed */
        bool written;

        (void)r;
        if (!left) {
                guest_run(pe, rec, realm, memory_granule(&pe->rmm->memory, realm->rd));
        }
        if (!left || !QUIRKED(&pe->rmm->profile, host_call_abort_bare)) {
                guest_exit_common(pe, rec, realm);
        }
        note_exit(pe, rec);
        written = publish(pe, &run);
        make_ready(pe, &a->rec, rec);
        FAIL_IF(rmi_rec_enter, run_pas, !written, granule_ref_access(&run));
        return PASSED;
}
