/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * el1.c - exception entry to EL1, register by register.
 */
#include "el1.h"

#define VECTOR_CURRENT_SPX 0x200 /* from EL1 with SP_EL1: where a guest of ours always is */

void el1_take(struct rec *rec, uint64_t esr, const uint64_t *far, uint64_t elr, uint64_t return_pc)
{
        rec->el1.esr = esr;
        if (far != NULL) {
                rec->el1.far = *far;
        }
        rec->el1.elr = elr;
        rec->el1.spsr = rec->el1.pstate;
        rec->el1.pstate = PSTATE_EL1H_MASKED;
        rec->pc = rec->el1.vbar + VECTOR_CURRENT_SPX;
        rec->guest.vector = rec->pc;
        rec->guest.return_pc = return_pc;
        rec->guest.in_handler = true;
}

/* At EL2 the abort came from a lower EL; at EL1 it comes from EL1 itself. */
static uint64_t as_taken_at_el1(uint64_t esr_el2)
{
        return esr_el2 | ESR_EC(1);
}

void el1_take_sea(struct rec *rec, uint64_t esr_el2, uint64_t far)
{
        uint64_t esr = as_taken_at_el1(esr_el2) & ~(ESR_FSC | ESR_FNV | ESR_S1PTW);

        el1_take(rec, esr | ESR_EA | FSC_SEA, &far, rec->pc, rec->pc + 4);
}

void el1_take_abort(struct rec *rec, uint64_t esr_el2, uint64_t far, unsigned fsc)
{
        uint64_t esr = as_taken_at_el1(esr_el2) & ~(ESR_FSC | ESR_S1PTW | ESR_ACCESS);

        el1_take(rec, esr | fsc, &far, rec->pc, rec->pc + 4);
}

void el1_take_undefined(struct rec *rec, uint64_t elr, uint64_t return_pc)
{
        el1_take(rec, ESR_EC(EC_UNKNOWN) | ESR_IL, NULL, elr, return_pc);
}

void el1_return(struct rec *rec)
{
        if (rec->guest.in_handler) {
                rec->guest.in_handler = false;
                rec->pc = rec->guest.return_pc;
                rec->el1.pstate = rec->el1.spsr;
        }
}
