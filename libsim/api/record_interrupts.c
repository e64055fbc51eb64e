/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_interrupts.c - interrupts have their lines between instructions.
 *
 * An interrupt that comes while a vCPU is in the middle of an instruction may still be seen by it, or not: no place of a line says which.
 * So in a recording it reaches the PE when the instruction is over, as if it had come a moment later, and is taken before the next
 * one. An entry counts as part of the first instruction. In an exploration the schedule says when an interrupt comes.
 */
#include "recorder.h"

/* The caller has the lock. */
static void reach(struct recorder *recorder, unsigned index, uint32_t interrupts, uint64_t esr)
{
        struct pe *pe = &recorder->sim->pes[index];

        if ((interrupts & PE_SERROR) != 0) {
                line_say(recorder, "serror %u 0x%llx\n", index, (unsigned long long)esr);
                atomic_store_explicit(&pe->serror_esr, esr, memory_order_relaxed);
        }
        if ((interrupts & PE_FIQ) != 0) {
                line_say(recorder, "fiq %u\n", index);
        }
        if ((interrupts & PE_IRQ) != 0) {
                line_say(recorder, "irq %u\n", index);
        }
        atomic_fetch_or_explicit(&pe->interrupts, interrupts, memory_order_release);
}

static void catch_up(struct recorder *recorder, unsigned pe)
{
        struct recorded_pe *self = &recorder->pes[pe];

        if (self->interrupts != 0) {
                reach(recorder, pe, self->interrupts, self->serror_esr);
                self->interrupts = 0;
        }
}

void record_raise(struct rmmsim *sim, unsigned pe, uint32_t interrupt, uint64_t esr)
{
        struct recorder *recorder = sim_recorder(sim);
        struct recorded_pe *self = &recorder->pes[pe];

        pthread_mutex_lock(&recorder->lock);
        if (self->is_in_instruction && !is_explored()) {
                self->interrupts |= interrupt;
                if (interrupt == PE_SERROR) {
                        self->serror_esr = esr;
                }
        } else {
                reach(recorder, pe, interrupt, esr);
        }
        pthread_mutex_unlock(&recorder->lock);
}

void record_instruction(struct recorder *recorder, unsigned pe, bool begins)
{
        pthread_mutex_lock(&recorder->lock);
        catch_up(recorder, pe);
        recorder->pes[pe].is_in_instruction = begins;
        pthread_mutex_unlock(&recorder->lock);
}
