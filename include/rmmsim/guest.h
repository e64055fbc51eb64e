/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest.h - the Realm's side: programs that run as vCPUs.
 *
 * A guest is an ordinary C function bound to an IPA of a Realm. When a REC starts at that IPA - its first entry, or a
 * CPU_ON - the function is called on a stack of its own. It issues SMCs, reads and writes memory through stage 2, idles, and
 * is suspended wherever the architecture would exit to the host: the call it was in returns after the host has entered
 * the REC again. Stage 1 is off: a virtual address is an IPA.
 *
 * A guest may be resumed on another thread each time, so it must not keep pointers to thread-local data across calls.
 * When its REC is destroyed it simply ends where it stands: it should not own heap memory across calls.
 *
 * All functions that take a vcpu may be called by the guest function (or step function) that received it, only.
 */
#ifndef RMMSIM_GUEST_H
#define RMMSIM_GUEST_H

#include <rmmsim/rmmsim.h>
#include <rmmsim/sysreg.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rmmsim_vcpu; /* a REC while it runs */

/*
 * A guest program. `arg` is what was given to rmmsim_guest_bind(). Register x0 at the start (context_id of CPU_ON, or
 * gprs[0] of the REC's parameters) is rmmsim_guest_x(vcpu, 0). Returning from the function is PSCI_CPU_OFF.
 */
typedef void rmmsim_guest_fn(struct rmmsim_vcpu *vcpu, void *arg);

/*
 * Bind a guest to an entry IPA of the Realm at rd. The binding lasts until the Realm is destroyed; binding the same IPA again
 * replaces it for later starts. The IPA must be fetchable when a REC starts there, or the REC takes the abort that the
 * architecture specifies. Returns 0, RMMSIM_ERROR_STATE (no Realm at rd), RMMSIM_ERROR_CONFIG
 * (fn is NULL) or RMMSIM_ERROR_MEMORY.
 */
int rmmsim_guest_bind(struct rmmsim *sim, uint64_t rd, uint64_t ipa, rmmsim_guest_fn *fn, void *arg);

/* ---- registers ---------------------------------------------------------------------------------------------------- */

uint64_t rmmsim_guest_x(const struct rmmsim_vcpu *vcpu, unsigned n); /* n = 0..30; 31 reads as zero */
void rmmsim_guest_set_x(struct rmmsim_vcpu *vcpu, unsigned n, uint64_t value);
uint64_t rmmsim_guest_pc(const struct rmmsim_vcpu *vcpu);

/*
 * The syndrome of the last exception that the Realm took to EL1. A call below that returns RMMSIM_GUEST_EXCEPTION took
 * one; to the guest it is as if its handler had recorded this and stepped over the instruction.
 */
struct rmmsim_exception {
        uint64_t esr;    /* ESR_EL1  */
        uint64_t far;    /* FAR_EL1  */
        uint64_t elr;    /* ELR_EL1: the instruction that took it */
        uint64_t spsr;   /* SPSR_EL1 */
        uint64_t vector; /* the address that PC was set to */
};
enum {
        RMMSIM_GUEST_EXCEPTION = -100,
        RMMSIM_GUEST_AGAIN = -101 /* see rmmsim_guest_bind_step_again() */
};
struct rmmsim_exception rmmsim_guest_exception(const struct rmmsim_vcpu *vcpu);

/* MRS and MSR, any register of <rmmsim/sysreg.h>. Return 0 or RMMSIM_GUEST_EXCEPTION (Undefined). */
int rmmsim_guest_mrs(struct rmmsim_vcpu *vcpu, uint32_t sysreg, uint64_t *value);
int rmmsim_guest_msr(struct rmmsim_vcpu *vcpu, uint32_t sysreg, uint64_t value);

/* ---- calls -------------------------------------------------------------------------------------------------------- */

/*
 * SMC with x0..x17 in, x0..x17 out; x18..x30 are the vCPU's own. RSI, PSCI and SMCCC_VERSION are served, everything else
 * returns NOT_SUPPORTED. CPU_OFF, SYSTEM_OFF and SYSTEM_RESET do not return.
 */
void rmmsim_guest_smc(struct rmmsim_vcpu *vcpu, struct rmmsim_regs *regs);

/* The same with the inputs by name: rmmsim_guest_call(vcpu, rsi_host_call, .addr = buffer).x[0] */
#define rmmsim_guest_call(vcpu, name, ...)                                                                             \
        rmmsim_guest_call_fields(vcpu, rmmsim_fid_##name, RMMSIM_FIELDS(name, __VA_ARGS__),                            \
                                 sizeof(struct rmmsim_##name) / sizeof(uint64_t))
struct rmmsim_regs rmmsim_guest_call_fields(struct rmmsim_vcpu *vcpu, uint32_t fid, const uint64_t *fields,
                                            size_t num_fields);

/* Why the last SMC of this vCPU was refused, or NULL. */
const struct rmmsim_refusal *rmmsim_guest_why(const struct rmmsim_vcpu *vcpu);

/* HVC: Undefined in a Realm. Returns RMMSIM_GUEST_EXCEPTION. */
int rmmsim_guest_hvc(struct rmmsim_vcpu *vcpu);

/* ---- memory ------------------------------------------------------------------------------------------------------- */

/*
 * One load or store instruction of 1, 2, 4 or 8 bytes at an aligned IPA, with a valid syndrome (ISV = 1), so that an
 * access to an unmapped Unprotected IPA can be emulated by the host. Atomic with acquire and release order.
 * Return 0 or RMMSIM_GUEST_EXCEPTION.
 */
int rmmsim_guest_load(struct rmmsim_vcpu *vcpu, uint64_t ipa, unsigned size, uint64_t *value);
int rmmsim_guest_store(struct rmmsim_vcpu *vcpu, uint64_t ipa, unsigned size, uint64_t value);

/*
 * Copy between the guest's own variables and its memory, as multi-register instructions do: any size and alignment,
 * split at pages, without a valid syndrome (ISV = 0). Return 0 or RMMSIM_GUEST_EXCEPTION.
 */
int rmmsim_guest_read(struct rmmsim_vcpu *vcpu, uint64_t ipa, void *to, size_t size);
int rmmsim_guest_write(struct rmmsim_vcpu *vcpu, uint64_t ipa, const void *from, size_t size);

/* Fetch an instruction from an IPA, as a branch there would. Return 0 or RMMSIM_GUEST_EXCEPTION. */
int rmmsim_guest_fetch(struct rmmsim_vcpu *vcpu, uint64_t ipa);

/* ---- waiting ------------------------------------------------------------------------------------------------------ */

/*
 * WFI, WFE, and their forms with a timeout (a value of the counter). If the host traps it, the REC exits. If not, and nothing
 * is pending that would wake the vCPU, the REC exits with reason IRQ, as at the host's next timer tick: an idle guest
 * never keeps a PE.
 */
void rmmsim_guest_wfi(struct rmmsim_vcpu *vcpu);
void rmmsim_guest_wfe(struct rmmsim_vcpu *vcpu);
void rmmsim_guest_wfit(struct rmmsim_vcpu *vcpu, uint64_t timeout);
void rmmsim_guest_wfet(struct rmmsim_vcpu *vcpu, uint64_t timeout);

/* An instruction without effect: the place where a guest that only computes can be interrupted. */
void rmmsim_guest_nop(struct rmmsim_vcpu *vcpu);

/* Would a virtual IRQ or FIQ be signalled to this vCPU now, PSTATE masks left aside (as ISR_EL1 shows it)? */
bool rmmsim_guest_irq_pending(const struct rmmsim_vcpu *vcpu);
bool rmmsim_guest_fiq_pending(const struct rmmsim_vcpu *vcpu);

/* ---- another kind of guest ---------------------------------------------------------------------------------------- */

/*
 * What a vCPU does next, where it needs the RMM. The functions above produce these; a step function, a fuzzer's script or
 * an instruction-set interpreter produces them directly.
 */
enum rmmsim_trap_kind {
        RMMSIM_TRAP_NOP,
        RMMSIM_TRAP_SMC, /* x0..x17                                                             */
        RMMSIM_TRAP_HVC,
        RMMSIM_TRAP_WFI,
        RMMSIM_TRAP_WFE,
        RMMSIM_TRAP_WFIT,     /* value = timeout                                                     */
        RMMSIM_TRAP_WFET,     /* value = timeout                                                     */
        RMMSIM_TRAP_MRS,      /* sysreg -> x[rt]                                                     */
        RMMSIM_TRAP_MSR,      /* x[rt] -> sysreg                                                     */
        RMMSIM_TRAP_LOAD,     /* ipa, size, sign_extend, sf, isv: -> x[rt]                           */
        RMMSIM_TRAP_STORE,    /* ipa, size, isv: x[rt] ->                                            */
        RMMSIM_TRAP_COPY_IN,  /* ipa, bytes -> buffer; ISV = 0; within one page                    */
        RMMSIM_TRAP_COPY_OUT, /* buffer -> ipa, bytes; ISV = 0; within one page                    */
        RMMSIM_TRAP_FETCH     /* ipa                                                                 */
};

struct rmmsim_trap {
        enum rmmsim_trap_kind kind;
        uint8_t rt;       /* 0..31, 31 is the zero register                                      */
        uint8_t size;     /* 1, 2, 4, 8                                                          */
        bool sign_extend; /* a load that extends its sign (LDRSB, LDRSH, LDRSW)                  */
        bool sf;          /* the destination is 64 bits wide                                     */
        bool isv;         /* the syndrome is valid                                               */
        uint32_t sysreg;
        uint64_t ipa;
        uint64_t value;
        void *buffer; /* COPY_IN, COPY_OUT: valid until the trap is done                     */
        uint32_t bytes;
};

/*
 * A guest without a stack: called each time the vCPU may go on, it says what the vCPU does next. The results of the
 * previous trap are in the vCPU's registers; `result` is 0 or RMMSIM_GUEST_EXCEPTION. It is called again after the trap is
 * done, after however many exits that takes.
 */
typedef void rmmsim_step_fn(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next);

/* As rmmsim_guest_bind(), for a step function. It needs no stack, so max_guests does not count it. */
int rmmsim_guest_bind_step(struct rmmsim *sim, uint64_t rd, uint64_t ipa, rmmsim_step_fn *fn, void *arg);

/*
 * The same, and the function is also called when the REC has been entered again and the trap that the exit interrupted is about to be
 * carried out once more, with the result RMMSIM_GUEST_AGAIN and that trap in *next. It cannot change the trap, and what it sets in
 * registers the trap finds. For those who have to know, or to say, when that happens.
 */
int rmmsim_guest_bind_step_again(struct rmmsim *sim, uint64_t rd, uint64_t ipa, rmmsim_step_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
