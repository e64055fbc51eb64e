/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_rec_enter.c - the host gives its PE to a REC until the REC gives it back.
 *
 * Three transactions, as the specification does not make it one: the entry, which is a command like any other and ends
 * with the REC being REC_RUNNING; the Realm's turn, under no lock, which begins with completing what the last exit was
 * about; and the exit, which writes the second half of the run page and makes the REC REC_READY again.
 *
 * Specification: RMI_REC_ENTER, REC entry and exit.
 */
#include "access.h"
#include "el1.h"
#include "fault.h"
#include "phase.h"
#include "realm_buffer.h"
#include "rmi.h"
#include "run.h"
#include <string.h>

#define ENTER_OFFSET(field) offsetof(struct rmmsim_rec_enter, field)

/* The host's half is read once: what it writes afterwards has no effect. */
void rmi_rec_enter_copy(struct pe *pe, struct rmi_rec_enter_args *a)
{
        const uint8_t *page = call_host_page(pe, &a->run_ptr);

        if (page != NULL) {
                memcpy(pe->page, page, sizeof(uint64_t));
                memcpy(pe->page + ENTER_OFFSET(gprs), page + ENTER_OFFSET(gprs),
                       ENTER_OFFSET(reserved_388) - ENTER_OFFSET(gprs));
                call_host_page_read(pe, &a->run_ptr, page);
                a->common.copy = pe->page;
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
        const struct rec *rec = rec_of(&a->rec);
        uint64_t gic = 0;
        unsigned state;
        bool sea;
        bool sea_applies;

        FAIL_IF(rmi_rec_enter, run_align, !is_granule_aligned(a->run_ptr.pa), a->run_ptr.pa);
        FAIL_IF(rmi_rec_enter, run_bound, a->run_ptr.granule == NULL, a->run_ptr.pa);
        FAIL_IF(rmi_rec_enter, run_pas, enter == NULL, granule_ref_access(&a->run_ptr));
        FAIL_IF(rmi_rec_enter, rec_align, !is_granule_aligned(a->rec.pa), a->rec.pa);
        FAIL_IF(rmi_rec_enter, rec_bound, a->rec.granule == NULL, a->rec.pa);
        FAIL_IF(rmi_rec_enter, rec_gran_state, a->rec.state != RMMSIM_GRANULE_REC, a->rec.state);
        FAIL_IF(rmi_rec_enter, rec_state, rec_is_running(rec), RMMSIM_REC_REC_RUNNING);
        state = realm_peek_state(rec_realm(rmm, rec));
        FAIL_AT(rmi_rec_enter, realm_new, state == RMMSIM_REALM_REALM_NEW, state, 0);
        FAIL_AT(rmi_rec_enter, system_off, state == RMMSIM_REALM_REALM_SYSTEM_OFF, state, 1);
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
static void complete_host_call(const struct rmmsim_vcpu *vcpu, const struct rmmsim_rec_enter *enter)
{
        const struct profile *profile = &vcpu->pe->rmm->profile;
        struct rec *rec = vcpu->rec;
        struct stage2_result found;
        uint8_t *buffer;

        vcpu_lock_realm(vcpu, true);
        realm_buffer_find(vcpu->pe->rmm, vcpu->realm, &found, rec->host_call_ipa);
        buffer = realm_buffer_for_write(vcpu->pe->rmm, &found);
        record_place(vcpu->pe);
        if (buffer != NULL) {
                memcpy(buffer + offsetof(struct rmmsim_host_call, gprs), enter->gprs, sizeof(enter->gprs));
        }
        vcpu_unlock_realm(vcpu, true);
        if (buffer == NULL && found.outcome != STAGE2_EMPTY) {
                exit_buffer_abort(vcpu, &found, rec->host_call_ipa);
                rec->guest.resume = RESUME_DONE;
                return;
        }
        if (!QUIRKED(profile, rsi_keeps_registers)) {
                memset(&rec->gprs[1], 0, 16 * sizeof(uint64_t));
        }
        if (buffer != NULL) {
                rec->gprs[0] = RMMSIM_RSI_SUCCESS;
        } else if (!QUIRKED(profile, host_call_empty_silent)) {
                rec->gprs[0] = RMMSIM_RSI_ERROR_INPUT;
        }
        rec_set_pending(vcpu->pe, rec, RMMSIM_PENDING_NO_REQUEST);
}

/* From here on the REC belongs to this PE; what the last exit left to complete is completed once the locks are dropped. */
void rmi_rec_enter_apply(struct pe *pe, const struct rmi_rec_enter_args *a, struct rmi_rec_enter_results *r)
{
        (void)r;
        rec_of(&a->rec)->pe = (uint16_t)pe->index;
        rec_set_state(pe, rec_of(&a->rec), RMMSIM_REC_REC_RUNNING);
}

static void complete_last_exit(const struct rmmsim_vcpu *vcpu, const struct rmmsim_rec_enter *enter)
{
        struct rec *rec = vcpu->rec;

        complete_abort(rec, enter);
        if (rec->pending == RMMSIM_PENDING_RIPAS_CHANGE) {
                complete_ripas(vcpu->pe, rec, enter);
        } else if (rec->pending == RMMSIM_PENDING_HOST_CALL) {
                complete_host_call(vcpu, enter);
        }
        rec->last_exit = (struct last_exit){ 0 };
}

/* Does this exit say more than its reason, and what every exit shows? An interrupt does not. */
static bool is_explained(const struct rmmsim_rec_exit *exit)
{
        return exit->exit_reason != RMMSIM_EXIT_IRQ && exit->exit_reason != RMMSIM_EXIT_FIQ;
}

/*
 * The exit half of the run page: cleared, then field by field. To copy the record whole would cost more, as the CPU does not
 * forward what was stored in small pieces a moment ago to loads of large ones.
 */
static void write_exit(struct rmmsim_rec_exit *to, const struct rmmsim_rec_exit *from, bool with_lrs)
{
        memset(to, 0, sizeof(*to));
        to->exit_reason = from->exit_reason;
        if (is_explained(from)) {
                to->esr = from->esr;
                to->far = from->far;
                to->hpfar = from->hpfar;
                memcpy(to->gprs, from->gprs, sizeof(to->gprs));
                to->ripas_base = from->ripas_base;
                to->ripas_top = from->ripas_top;
                to->ripas_value = from->ripas_value;
                to->imm = from->imm;
        }
        to->gicv3_hcr = from->gicv3_hcr;
        if (with_lrs) {
                memcpy(to->gicv3_lrs, from->gicv3_lrs, sizeof(to->gicv3_lrs));
        }
        to->gicv3_misr = from->gicv3_misr;
        to->gicv3_vmcr = from->gicv3_vmcr;
        to->cntp_ctl = from->cntp_ctl;
        to->cntp_cval = from->cntp_cval;
        to->cntv_ctl = from->cntv_ctl;
        to->cntv_cval = from->cntv_cval;
        to->pmu_ovf_status = from->pmu_ovf_status;
}

/*
 * An exit says nothing but what it is about: fields are zero until something sets them. The record is cleared after it was
 * published, and of what only some exits set only when this one did: an interrupt sets nothing but the reason.
 */
static void exit_clear(struct rmmsim_rec_exit *exit, const struct rec *rec)
{
        if (is_explained(exit)) {
                exit->esr = exit->far = exit->hpfar = 0;
                memset(exit->gprs, 0, sizeof(exit->gprs));
                exit->ripas_base = exit->ripas_top = exit->ripas_value = 0;
                exit->imm = 0;
        }
        exit->exit_reason = 0;
        if (rec->gic.lrs_in_use) {
                memset(exit->gicv3_lrs, 0, sizeof(exit->gicv3_lrs));
        }
        exit->gicv3_hcr = exit->gicv3_misr = exit->gicv3_vmcr = 0;
        exit->cntp_ctl = exit->cntp_cval = exit->cntv_ctl = exit->cntv_cval = 0;
        exit->pmu_ovf_status = 0;
}

/* The page is about to be written to, if it is there, and if no fault takes it away. */
__attribute__((noinline)) static uint8_t *publish_watched(struct pe *pe, const struct granule_ref *run, uint8_t *page)
{
        record_place(pe);
        if (fault_possible(pe) && page != NULL && fault_page(pe, RMMSIM_FAULT_PAGE_WRITE, run->pa)) {
                page = NULL;
        }
        return page;
}

/*
 * Write the exit half to the run page, if the host has left it where the RMM can write. `run` says afterwards how it was
 * found.
 */
static bool publish(struct pe *pe, struct granule_ref *run, const struct rec *rec)
{
        uint8_t *page = NULL;
        uint32_t word;

        pe_count(&pe->statistics.locks);
        word = granule_lock(run->granule, RMMSIM_GRANULE_UNDELEGATED, false, &run->held);
        run->state = (uint8_t)granule_word_state(word);
        run->gpt = (uint8_t)granule_word_gpt(word);
        if (granule_ref_is_ns(run)) {
                page = memory_host_page(&pe->rmm->memory, run->pa);
        }
        if (is_watched(pe)) {
                page = publish_watched(pe, run, page);
        }
        if (granule_ref_is_ns(run) && page == NULL) {
                run->gpt = RMMSIM_GPT_GPT_ROOT; /* as a Granule Protection Fault would tell */
        } else if (page != NULL) {
                point_touch(OBJECT_MEMORY, 0, true);
                pe_count(&pe->statistics.pages_written);
                journal_host_page(&pe->rmm->memory, run->pa, page);
                host_page_raced(pe, run->pa, page, RMMSIM_ACCESS_WRITE_BEGIN);
                write_exit(&((struct rmmsim_rec_run *)(void *)page)->exit, pe_exit(pe), rec->gic.lrs_in_use);
                host_page_raced(pe, run->pa, page, RMMSIM_ACCESS_WRITE_END);
        }
        if (run->held) {
                granule_unlock(run->granule, false);
        }
        return page != NULL;
}

/* The exit as the host will see it. */
static void record_exit(struct pe *pe, const struct rec *rec)
{
        struct rmmsim_rec_exit exit;

        if (is_recorded(pe)) {
                write_exit(&exit, pe_exit(pe), rec->gic.lrs_in_use);
                pe->rmm->recorder->exits(pe->rmm->recorder, pe->index, &exit);
        }
}

static void note_exit(struct pe *pe, struct rec *rec)
{
        const struct rmmsim_rec_exit *exit = pe_exit(pe);

        pe_count(&pe->statistics.exits[exit->exit_reason]);
        rec->left_for = (uint8_t)(exit->exit_reason + 1);
        if (pe->rmm->trace.fn != NULL) {
                struct rmmsim_event event = { .kind = RMMSIM_EVENT_EXIT, .pe = pe->index };

                event.of.exit.rec = rec->pa;
                event.of.exit.reason = (enum rmmsim_exit_reason)exit->exit_reason;
                event.of.exit.esr = exit->esr;
                event.of.exit.hpfar = exit->hpfar;
                pe->rmm->trace.fn(pe->rmm->trace.context, &event);
                record_exit(pe, rec);
        }
}

/* In a recording nothing comes between the line and the state. */
__attribute__((noinline)) static void give_back_watched(struct pe *pe, struct rec *rec)
{
        record_act(pe);
        rec_set_state(pe, rec, RMMSIM_REC_REC_READY);
        record_acted(pe);
}

static inline void give_back(struct pe *pe, struct rec *rec)
{
        if (is_watched(pe)) {
                give_back_watched(pe, rec);
        } else {
                rec_store_state(rec, RMMSIM_REC_REC_READY);
        }
}

/* Each trap of an entry that is recorded is looked at; an injected exit says when to look. */
__attribute__((noinline)) static void entry_watched(struct pe *pe)
{
        if (fault_possible(pe)) {
                fault_arm_exit(pe);
        }
        if (is_recorded(pe)) {
                pe->entry.traps_max = 0;
        }
}

struct verdict rmi_rec_enter_continue(struct pe *pe, const struct rmi_rec_enter_args *a,
                                      struct rmi_rec_enter_results *r)
{
        const struct rmmsim_rec_enter *enter = enter_of(a);
        struct granule_ref run = a->run_ptr;
        struct rec *rec = rec_of(&a->rec);
        struct realm *realm = rec_realm(pe->rmm, rec);
        struct rmmsim_vcpu vcpu = {
                .pe = pe, .rec = rec, .realm = realm, .rd = memory_granule(&pe->rmm->memory, rec->owner)
        };
        bool left; /* before the Realm's turn came: a host call could not be completed */
        bool written;

        (void)r;
        point(RMMSIM_STEP_REC_ENTRY, rec->pa);
        PHASE(ACT);
        pe->entry = (struct entry){ .trap_wfi = (enter->flags & RMMSIM_ENTER_TRAP_WFI) != 0,
                                    .trap_wfe = (enter->flags & RMMSIM_ENTER_TRAP_WFE) != 0,
                                    .traps_max = pe->rmm->guest_quantum };
        if (is_watched(pe)) {
                entry_watched(pe);
        }
        gic_enter(&rec->gic, &pe->rmm->gic, enter->gicv3_hcr, enter->gicv3_lrs);
        complete_last_exit(&vcpu, enter);
        left = pe->entry.exiting;
        if (!left) {
                PHASE(REALM);
                guest_run(&vcpu);
        }
        point(RMMSIM_STEP_REC_EXIT, rec->pa);
        PHASE(EXIT_RECORD);
        if (!left || !QUIRKED(&pe->rmm->profile, host_call_abort_bare)) {
                guest_exit_common(&vcpu);
        }
        note_exit(pe, rec);
        PHASE(RUN_PAGE_OUT);
        written = publish(pe, &run, rec);
        exit_clear(pe_exit(pe), rec);
        PHASE(ACT);
        give_back(pe, rec); /* and hands off: the next PE may be in already */
        FAIL_IF(rmi_rec_enter, run_pas, !written, granule_ref_access(&run));
        return PASSED;
}
