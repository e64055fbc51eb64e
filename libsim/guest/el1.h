/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * el1.h - exceptions that the Realm takes to EL1, and the syndromes of accesses.
 *
 * A guest here runs at EL1 with SP_EL1 and has no instructions at a vector: its "handler" is the caller of the guest.h
 * function that reports the exception. Registers are set as the architecture sets them; when the guest goes on, it has
 * returned from its handler to the instruction behind.
 *
 * Specification: Synchronous External Abort injection; Arm ARM, exception entry.
 */
#ifndef EL1_H
#define EL1_H

#include "vcpu.h"

#define PSTATE_EL1H_MASKED UINT64_C(0x3c5) /* EL1h, DAIF set */

enum exception_class {
        EC_UNKNOWN = 0x00,
        EC_WFX = 0x01,
        EC_SYSREG = 0x18,
        EC_IABT_LOW = 0x20,
        EC_IABT_CUR = 0x21,
        EC_DABT_LOW = 0x24,
        EC_DABT_CUR = 0x25,
        EC_SERROR = 0x2f
};

enum fault_status {
        FSC_ADDRESS_SIZE_L0 = 0x00,
        FSC_PERMISSION = 0x0c, /* + level */
        FSC_SEA = 0x10,
        FSC_ALIGNMENT = 0x21,
        FSC_GPF = 0x28 /* Granule Protection Fault, not on a table walk */
};

#define ESR_EC(ec)    ((uint64_t)(ec) << 26)
#define ESR_IL        BIT(25)
#define ESR_ISV       BIT(24)
#define ESR_SAS_SHIFT 22
#define ESR_SSE       BIT(21)
#define ESR_SRT_SHIFT 16
#define ESR_SF        BIT(15)
#define ESR_ACCESS    BIT_RANGE(24, 14) /* ISV and what it vouches for: SAS, SSE, SRT, SF, AR */
#define ESR_SET       BIT_RANGE(12, 11)
#define ESR_FNV       BIT(10)
#define ESR_EA        BIT(9)
#define ESR_S1PTW     BIT(7)
#define ESR_WNR       BIT(6)
#define ESR_FSC       BIT_RANGE(5, 0)

/*
 * Enter EL1 with a syndrome. FAR_EL1 is left alone where `far` is NULL. After it the guest goes on at return_pc.
 */
void el1_take(struct rec *rec, uint64_t esr, const uint64_t *far, uint64_t elr, uint64_t return_pc);

/*
 * A Synchronous External Abort in answer to an access whose syndrome at EL2 was esr_el2. Specification: inject_sea.
 */
void el1_take_sea(struct rec *rec, uint64_t esr_el2, uint64_t far);

/*
 * An abort that EL1 takes by itself, with a fault status: ISV and what it vouches for are for EL2 only, so ISS[24:14] is
 * zero.
 */
void el1_take_abort(struct rec *rec, uint64_t esr_el2, uint64_t far, unsigned fsc);

/* An instruction that is Undefined. */
void el1_take_undefined(struct rec *rec, uint64_t elr, uint64_t return_pc);

/* Back from the handler, if the guest is in one. */
void el1_return(struct rec *rec);

#endif
