/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.c - the run loop: interrupts, traps, and starting a program.
 *
 * Specification: REC entry and exit, Realm exceptions; EL1 timers at Realm entry.
 */
#include "run.h"
#include "access.h"
#include "el1.h"
#include "fault.h"
#include "guest_slot.h"
#include "guest_sysreg.h"
#include "program.h"
#include "realm_buffer.h"
#include "rsi.h"
#include "stage2.h"
#include <string.h>

static uint64_t time_now(const struct pe *pe)
{
        return atomic_load_explicit(&pe->rmm->time, memory_order_relaxed);
}

/* ---- interrupts ------------------------------------------------------------------------------------------------------- */

#define MASK_SERROR UINT64_C(0x01001e3f) /* IDS, AET, EA, DFSC; the class is known */

/* Asynchronous Error Type of an SError: the two that the Realm is told of as well. */
static bool is_reported_to_realm(uint64_t esr)
{
        unsigned aet = (unsigned)(esr >> 10) & 7;

        return aet == 1 || aet == 3; /* UEU, UER */
}

static void exit_serror(const struct rmmsim_vcpu *vcpu, uint64_t esr, enum resume resume)
{
        vcpu_exit(vcpu, RMMSIM_EXIT_SERROR, resume);
        pe_exit(vcpu->pe)->esr = esr & MASK_SERROR;
        if (!QUIRKED(&vcpu->pe->rmm->profile, serror_class_clear)) {
                pe_exit(vcpu->pe)->esr |= ESR_EC(EC_SERROR);
        }
        vcpu->rec->vserror = is_reported_to_realm(esr);
}

/* One of the interrupts that wait for the PE, the most urgent first. Each exit takes one. */
__attribute__((noinline)) static void exit_physical(const struct rmmsim_vcpu *vcpu, uint32_t pending,
                                                    enum resume resume)
{
        struct pe *pe = vcpu->pe;
        uint32_t one = (pending & PE_SERROR) != 0 ? PE_SERROR : (pending & PE_FIQ) != 0 ? PE_FIQ : PE_IRQ;

        atomic_fetch_and_explicit(&pe->interrupts, ~one, memory_order_acq_rel);
        if (one == PE_SERROR) {
                exit_serror(vcpu, atomic_load_explicit(&pe->serror_esr, memory_order_relaxed), resume);
        } else {
                vcpu_exit(vcpu, one == PE_FIQ ? RMMSIM_EXIT_FIQ : RMMSIM_EXIT_IRQ, resume);
        }
}

static inline bool take_physical(const struct rmmsim_vcpu *vcpu, enum resume resume)
{
        uint32_t pending = atomic_load_explicit(&vcpu->pe->interrupts, memory_order_acquire);

        if (__builtin_expect(pending == 0, 1)) {
                return false;
        }
        exit_physical(vcpu, pending, resume);
        return true;
}

/* Has the PMU's interrupt begun since the host was last shown it? Once it has ended it can begin again. */
static bool overflow_began(struct rec *rec, const struct realm *realm)
{
        bool overflow = pmu_overflow(rec, realm);

        rec->pmu_overflow_shown = rec->pmu_overflow_shown && overflow;
        return overflow && !rec->pmu_overflow_shown;
}

/* An injected exit, once the REC has made as many traps as it says. */
static bool take_injected(const struct rmmsim_vcpu *vcpu, enum resume resume)
{
        struct pe *pe = vcpu->pe;
        struct fault *fault = pe->entry.fault;

        if (fault == NULL || pe->entry.traps < fault->rule.traps) {
                return false;
        }
        if (fault->rule.exit_reason == RMMSIM_EXIT_SERROR) {
                exit_serror(vcpu, fault->rule.esr, resume);
        } else {
                vcpu_exit(vcpu, fault->rule.exit_reason, resume);
        }
        fault_exit_taken(pe, fault, vcpu->rec);
        return true;
}

/*
 * The REC has made as many traps as the entry allows, or the entry is recorded. What waits for the PE anyway comes before its
 * quantum.
 */
__attribute__((noinline)) static bool used_up(const struct rmmsim_vcpu *vcpu, enum resume resume)
{
        bool quantum = vcpu->pe->entry.traps >= vcpu->pe->rmm->guest_quantum;

        if (!take_injected(vcpu, resume) && !take_physical(vcpu, resume) && quantum) {
                vcpu_exit(vcpu, RMMSIM_EXIT_IRQ, resume);
        }
        return vcpu->pe->entry.exiting;
}

/*
 * Does an interrupt come before the next instruction? Then the REC exits, and resumes as told. Timers count by their change
 * since the last exit, in both directions: the host has to move their virtual interrupt. So does the PMU's, when it
 * begins.
 */
static bool interrupted(const struct rmmsim_vcpu *vcpu, enum resume resume)
{
        struct pe *pe = vcpu->pe;
        struct rec *rec = vcpu->rec;

        if (__builtin_expect(pe->entry.traps >= pe->entry.traps_max, 0) && used_up(vcpu, resume)) {
                return true;
        }
        if (take_physical(vcpu, resume)) {
                return true;
        }
        if (overflow_began(rec, vcpu->realm) || timers_changed(&rec->timers, time_now(pe))) {
                vcpu_exit(vcpu, RMMSIM_EXIT_IRQ, resume);
                return true;
        }
        return false;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------------- */

static bool has_timeout(const struct rmmsim_trap *trap)
{
        return trap->kind == RMMSIM_TRAP_WFIT || trap->kind == RMMSIM_TRAP_WFET;
}

static unsigned wfx_ti(const struct rmmsim_trap *trap)
{
        switch (trap->kind) {
        case RMMSIM_TRAP_WFI:
                return 0;
        case RMMSIM_TRAP_WFE:
                return 1;
        case RMMSIM_TRAP_WFIT:
                return 2;
        default:
                return 3;
        }
}

/* A virtual SError would too, but no guest can take one here, and so none could ever idle again. */
static bool would_wake(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        const struct rmm *rmm = vcpu->pe->rmm;

        return gic_interrupt_pending(&vcpu->rec->gic, &rmm->gic) ||
               (has_timeout(trap) && trap->value <= time_now(vcpu->pe));
}

static void wait_for(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        struct pe *pe = vcpu->pe;
        bool is_wfe = trap->kind == RMMSIM_TRAP_WFE || trap->kind == RMMSIM_TRAP_WFET;
        bool plain = QUIRKED(&pe->rmm->profile, wfxt_plain);

        vcpu->rec->pc += 4;
        if (is_wfe ? pe->entry.trap_wfe : pe->entry.trap_wfi) {
                vcpu_exit(vcpu, RMMSIM_EXIT_SYNC, RESUME_DONE);
                pe_exit(pe)->esr = ESR_EC(EC_WFX) | (wfx_ti(trap) & (plain ? 1 : 3));
                pe_exit(pe)->gprs[0] = has_timeout(trap) && !plain ? trap->value : 0;
        } else if (!would_wake(vcpu, trap)) {
                /* Time stands still while nobody advances it, so the host gets its PE back, as at its next tick. */
                vcpu_exit(vcpu, RMMSIM_EXIT_IRQ, RESUME_DONE);
        }
}

/* ---- traps ------------------------------------------------------------------------------------------------------------ */

static void hvc(struct rmmsim_vcpu *vcpu)
{
        struct rec *rec = vcpu->rec;
        bool after = QUIRKED(&vcpu->pe->rmm->profile, hvc_returns_after);

        el1_take_undefined(rec, after ? rec->pc + 4 : rec->pc, rec->pc + 4);
}

/* What another PE may do to this one at any moment: looked at by each trap. */
static void touch_outside(const struct pe *pe)
{
        if (is_explored()) {
                point_touch(OBJECT_INTERRUPTS, (uintptr_t)pe, true);
                point_touch(OBJECT_TIME, 0, false);
        }
}

/* The point before a trap, and what an explorer shows of it: the function of an SMC, the kind of any other. */
static void trap_point(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        if (is_explored()) {
                bool smc = trap->kind == RMMSIM_TRAP_SMC;

                point_observe(vcpu->rec->gprs, ARRAY_SIZE(vcpu->rec->gprs));
                point(RMMSIM_STEP_TRAP, smc ? vcpu->rec->gprs[0] & UINT32_MAX : (uint64_t)trap->kind);
                touch_outside(vcpu->pe);
        }
}

__attribute__((always_inline)) static inline void carry_out(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        el1_return(vcpu->rec);
        if (interrupted(vcpu, RESUME_REDO)) {
                return;
        }
        vcpu->pe->entry.traps++;
        switch (trap->kind) {
        case RMMSIM_TRAP_SMC:
                rsi_dispatch(vcpu);
                /* A call that was answered returns through a Realm entry like any other. */
                if (!vcpu->pe->entry.exiting) {
                        (void)interrupted(vcpu, RESUME_DONE);
                }
                break;
        case RMMSIM_TRAP_HVC:
                hvc(vcpu);
                break;
        case RMMSIM_TRAP_WFI:
        case RMMSIM_TRAP_WFE:
        case RMMSIM_TRAP_WFIT:
        case RMMSIM_TRAP_WFET:
                wait_for(vcpu, trap);
                break;
        case RMMSIM_TRAP_MRS:
        case RMMSIM_TRAP_MSR:
                guest_sysreg(vcpu, trap);
                break;
        case RMMSIM_TRAP_LOAD:
        case RMMSIM_TRAP_STORE:
        case RMMSIM_TRAP_COPY_IN:
        case RMMSIM_TRAP_COPY_OUT:
        case RMMSIM_TRAP_FETCH:
                guest_access(vcpu, trap);
                break;
        default:
                vcpu->rec->pc += 4;
                break;
        }
}

/* When it exits for CPU_OFF, another PE may be writing to the registers. */
__attribute__((noinline)) static void carry_out_recorded(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        struct record_sink *recorder = vcpu->pe->rmm->recorder;
        const struct rec *rec = vcpu->rec;
        struct record_trap_end end;

        recorder->trap_begin(recorder, vcpu->pe->index, rec, trap);
        carry_out(vcpu, trap);
        end = (struct record_trap_end){ .exits = vcpu->pe->entry.exiting };
        end.redo = end.exits && rec->guest.resume == RESUME_REDO;
        if (!end.exits) {
                end.exception = rec->guest.in_handler;
                end.esr = rec->el1.esr;
                end.gprs = rec->gprs;
        }
        recorder->trap_end(recorder, vcpu->pe->index, rec, trap, &end);
}

void guest_trap(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        trap_point(vcpu, trap);
        if (__builtin_expect(vcpu->pe->entry.traps_max == 0, 0)) {
                carry_out_recorded(vcpu, trap);
        } else {
                carry_out(vcpu, trap);
        }
}

/* ---- starting --------------------------------------------------------------------------------------------------------- */

static void give_up(const struct rmmsim_vcpu *vcpu, int error)
{
        vcpu->pe->library_error = error;
        vcpu_exit(vcpu, RMMSIM_EXIT_IRQ, RESUME_REDO);
}

/*
 * Begin at PC: fetch there as the CPU would, then find the program. A fetch that gives an SEA goes on at the vector; if
 * nothing can be fetched there either, the CPU would take aborts for ever, so the host's tick ends it.
 */
static void start(struct rmmsim_vcpu *vcpu)
{
        struct rmmsim_trap fetch = { .kind = RMMSIM_TRAP_FETCH };
        struct rec *rec = vcpu->rec;

        for (int attempts = 0; attempts < 2; attempts++) {
                uint64_t pc = rec->pc;

                fetch.ipa = pc;
                rec->guest.in_handler = false;
                guest_access(vcpu, &fetch);
                if (vcpu->pe->entry.exiting) {
                        return;
                }
                if (!rec->guest.in_handler) {
                        rec->pc = pc;
                        if (program_start(vcpu, pc)) {
                                rec->guest.restart = false;
                        } else {
                                give_up(vcpu, vcpu->pe->library_error);
                        }
                        return;
                }
        }
        vcpu_exit(vcpu, RMMSIM_EXIT_IRQ, RESUME_REDO);
}

/* The vCPU goes on with its registers as they are now, or starts. */
__attribute__((noinline)) static void record_resumed(const struct rmmsim_vcpu *vcpu)
{
        struct record_sink *recorder = vcpu->pe->rmm->recorder;

        if (recorder != NULL) { /* and not an exit that is injected at once */
                recorder->resumed(recorder, vcpu->pe->index, vcpu->rec);
        }
}

void guest_run(struct rmmsim_vcpu *vcpu)
{
        struct pe *pe = vcpu->pe;
        struct rec *rec = vcpu->rec;

        touch_outside(pe);
        timers_enter(&rec->timers, time_now(pe));
        if (interrupted(vcpu, (enum resume)rec->guest.resume)) {
                return; /* the entry's completions stand; the vCPU goes on from there at the next one */
        }
        if (pe->entry.traps_max == 0) {
                record_resumed(vcpu);
        }
        if (rec->guest.restart) {
                guest_drop(pe, rec);
                start(vcpu);
        }
        if (!pe->entry.exiting) {
                program_run(vcpu);
        }
}

void guest_exit_common(const struct rmmsim_vcpu *vcpu)
{
        const struct gic_features *features = &vcpu->pe->rmm->gic;
        struct rmmsim_rec_exit *exit = pe_exit(vcpu->pe);
        struct rec *rec = vcpu->rec;

        exit->gicv3_hcr = gic_exit_hcr(&rec->gic);
        if (rec->gic.lrs_in_use) {
                memcpy(exit->gicv3_lrs, rec->gic.lrs, features->lrs * sizeof(exit->gicv3_lrs[0]));
        }
        exit->gicv3_misr = gic_misr(&rec->gic, features);
        exit->gicv3_vmcr = rec->gic.vmcr;
        timers_leave(&rec->timers, time_now(vcpu->pe));
        exit->cntp_ctl = rec->timers.phys.exit_ctl;
        exit->cntp_cval = rec->timers.phys.cval;
        exit->cntv_ctl = rec->timers.virt.exit_ctl;
        exit->cntv_cval = rec->timers.virt.cval;
        if (exit->exit_reason != RMMSIM_EXIT_SERROR) {
                rec->vserror = false; /* pended for one entry only */
        }
        rec->pmu_overflow_shown = pmu_overflow(rec, vcpu->realm);
        exit->pmu_ovf_status = rec->pmu_overflow_shown;
}
