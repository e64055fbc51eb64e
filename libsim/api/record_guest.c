/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_guest.c - what vCPUs do as lines: one an instruction, and one more for what comes of it after an exit.
 *
 * A line says all registers that the instruction uses. Others that the program changed by itself since the last one stand in a
 * line of their own, so that a replay has the vCPU's registers as they were.
 */
#include "recorder.h"
#include <stdlib.h>
#include <string.h>

enum {
        SMC_REGISTERS = 18,
        REGISTERS = 31
};

/* ---- vCPUs ------------------------------------------------------------------------------------------------------------ */

struct recorded_vcpu *recorded_vcpu(struct recorder *recorder, uint64_t rec)
{
        struct recorded_vcpu **first = &recorder->vcpus[(rec >> GRANULE_SHIFT) % VCPU_BUCKETS];
        struct recorded_vcpu *vcpu;

        pthread_mutex_lock(&recorder->vcpus_lock);
        vcpu = *first;
        while (vcpu != NULL && vcpu->rec != rec) {
                vcpu = vcpu->next;
        }
        if (vcpu == NULL && (vcpu = calloc(2, sizeof(*vcpu))) != NULL) {
                vcpu->rec = rec;
                vcpu->next = *first;
                *first = vcpu;
        }
        pthread_mutex_unlock(&recorder->vcpus_lock);
        return vcpu;
}

void recorded_vcpus_free(struct recorder *recorder)
{
        for (unsigned i = 0; i < VCPU_BUCKETS; i++) {
                while (recorder->vcpus[i] != NULL) {
                        struct recorded_vcpu *vcpu = recorder->vcpus[i];

                        recorder->vcpus[i] = vcpu->next;
                        free(vcpu);
                }
        }
}

void recorded_vcpus_keep(struct recorder *recorder)
{
        for (unsigned i = 0; i < VCPU_BUCKETS; i++) {
                for (struct recorded_vcpu *vcpu = recorder->vcpus[i]; vcpu != NULL; vcpu = vcpu->next) {
                        vcpu[1] = vcpu[0];
                }
        }
}

void recorded_vcpus_restore(struct recorder *recorder)
{
        for (unsigned i = 0; i < VCPU_BUCKETS; i++) {
                for (struct recorded_vcpu *vcpu = recorder->vcpus[i]; vcpu != NULL; vcpu = vcpu->next) {
                        const struct recorded_vcpu now = vcpu[0];

                        vcpu[0] = vcpu[1];
                        vcpu[0].next = now.next;
                        vcpu[0].rec = now.rec;
                }
        }
}

/* ---- instructions ----------------------------------------------------------------------------------------------------- */

static uint64_t value_of(const uint64_t *gprs, unsigned rt)
{
        return rt < REGISTERS ? gprs[rt] : 0;
}

/* " xN", where it is not the one that goes without saying. */
static void add_register(struct text *text, unsigned rt)
{
        if (rt != 0) {
                text_add(text, " x%u", rt);
        }
}

static void add_sysreg(struct text *text, uint32_t sysreg)
{
        const char *name = rmmsim_sysreg_name(sysreg);

        if (name != NULL) {
                text_add(text, " %s", name);
        } else {
                text_add(text, " 0x%x", sysreg);
        }
}

static void add_access(struct text *text, const struct rmmsim_trap *trap, const uint64_t *gprs)
{
        bool load = trap->kind == RMMSIM_TRAP_LOAD;

        text_add(text, load ? " load" : " store");
        add_register(text, trap->rt);
        text_add(text, " 0x%llx %u", (unsigned long long)trap->ipa, trap->size);
        if (!load) {
                text_add(text, " 0x%llx", (unsigned long long)value_of(gprs, trap->rt));
        }
        text_add(text, "%s%s%s", trap->sign_extend ? " signed" : "", trap->sf ? "" : " w", trap->isv ? "" : " noisv");
}

/* A step function may ask for what is no instruction: guest_sysreg() and guest_access() do nothing else of it. */
static bool is_undefined(const struct rmmsim_trap *trap)
{
        switch (trap->kind) {
        case RMMSIM_TRAP_MRS:
        case RMMSIM_TRAP_MSR:
                return trap->rt > 31 || (trap->sysreg & ~(uint32_t)RMMSIM_SYSREG_MASK) != 0;
        case RMMSIM_TRAP_LOAD:
        case RMMSIM_TRAP_STORE:
                return trap->rt > 31 || (trap->size != 1 && trap->size != 2 && trap->size != 4 && trap->size != 8);
        case RMMSIM_TRAP_COPY_IN:
        case RMMSIM_TRAP_COPY_OUT:
                return trap->bytes > GRANULE_SIZE || (trap->ipa & GRANULE_MASK) + trap->bytes > GRANULE_SIZE;
        default:
                return false;
        }
}

static void add_instruction(struct text *text, struct recorded_vcpu *vcpu, const struct rmmsim_trap *trap,
                            const uint64_t *gprs)
{
        if (is_undefined(trap)) {
                text_add(text, " undefined");
                return;
        }
        switch (trap->kind) {
        case RMMSIM_TRAP_SMC:
                vcpu->command = text_call(text, false, gprs);
                break;
        case RMMSIM_TRAP_HVC:
                text_add(text, " hvc");
                break;
        case RMMSIM_TRAP_WFI:
                text_add(text, " wfi");
                break;
        case RMMSIM_TRAP_WFE:
                text_add(text, " wfe");
                break;
        case RMMSIM_TRAP_WFIT:
        case RMMSIM_TRAP_WFET:
                text_add(text, trap->kind == RMMSIM_TRAP_WFIT ? " wfit 0x%llx" : " wfet 0x%llx",
                         (unsigned long long)trap->value);
                break;
        case RMMSIM_TRAP_MRS:
                text_add(text, " mrs");
                add_register(text, trap->rt);
                add_sysreg(text, trap->sysreg);
                break;
        case RMMSIM_TRAP_MSR:
                text_add(text, " msr");
                add_register(text, trap->rt);
                add_sysreg(text, trap->sysreg);
                text_add(text, " 0x%llx", (unsigned long long)value_of(gprs, trap->rt));
                break;
        case RMMSIM_TRAP_LOAD:
        case RMMSIM_TRAP_STORE:
                add_access(text, trap, gprs);
                break;
        case RMMSIM_TRAP_COPY_IN:
                text_add(text, " read 0x%llx 0x%x", (unsigned long long)trap->ipa, trap->bytes);
                break;
        case RMMSIM_TRAP_COPY_OUT:
                text_add(text, " write 0x%llx%s", (unsigned long long)trap->ipa, trap->bytes != 0 ? " " : "");
                text_add_hex(text, trap->buffer, trap->bytes);
                break;
        case RMMSIM_TRAP_FETCH:
                text_add(text, " fetch 0x%llx", (unsigned long long)trap->ipa);
                break;
        default:
                text_add(text, " nop");
                break;
        }
}

/* Does the line of an instruction say the register, or does the instruction write it whatever it was? */
static bool is_said(const struct rmmsim_trap *trap, unsigned n)
{
        switch (trap->kind) {
        case RMMSIM_TRAP_SMC:
                return n < SMC_REGISTERS;
        case RMMSIM_TRAP_LOAD:
        case RMMSIM_TRAP_STORE:
        case RMMSIM_TRAP_MRS:
        case RMMSIM_TRAP_MSR:
                return n == trap->rt;
        default:
                return false;
        }
}

static void add_changes(struct text *text, const struct recorded_vcpu *vcpu, const struct rmmsim_trap *trap,
                        const uint64_t *gprs)
{
        bool any = false;

        for (unsigned n = 0; n < REGISTERS; n++) {
                if (gprs[n] != vcpu->gprs[n] && !is_said(trap, n)) {
                        if (!any) {
                                text_add(text, "0x%llx: set", (unsigned long long)vcpu->rec);
                        }
                        any = true;
                        text_add(text, " x%u 0x%llx", n, (unsigned long long)gprs[n]);
                }
        }
        if (any) {
                text_add(text, "\n");
        }
}

/* ---- answers ---------------------------------------------------------------------------------------------------------- */

/* What an instruction has brought: nothing, if it has no answer. */
static void add_result(struct text *text, const struct recorded_vcpu *vcpu, const struct rmmsim_trap *trap,
                       const uint64_t *gprs)
{
        switch (vcpu->trap.kind) {
        case RMMSIM_TRAP_SMC:
                if (vcpu->command == RMMSIM_COMMAND_NONE) {
                        text_registers(text, " =>", gprs);
                } else {
                        text_answer(text, vcpu->command, text_condition(vcpu->refused), gprs);
                }
                break;
        case RMMSIM_TRAP_MRS:
        case RMMSIM_TRAP_LOAD:
                text_add(text, " => 0x%llx", (unsigned long long)value_of(gprs, trap->rt));
                break;
        case RMMSIM_TRAP_COPY_IN:
                text_add(text, trap->bytes != 0 ? " => " : "");
                text_add_hex(text, trap->buffer, trap->bytes);
                break;
        default:
                break;
        }
}

static void add_end(struct text *text, struct recorded_vcpu *vcpu, const struct rmmsim_trap *trap,
                    const struct record_trap_end *end)
{
        if (end->exits) {
                text_add(text, " => exits");
        } else if (end->exception) {
                text_add(text, " => exception 0x%llx", (unsigned long long)end->esr);
        } else {
                add_result(text, vcpu, trap, end->gprs);
        }
        text_add(text, "\n");
}

/* ---- hooks ------------------------------------------------------------------------------------------------------------ */

/* The vCPU does something: the entry is over, as a line. */
static void entry_over(struct recorder *recorder, struct recorded_pe *self)
{
        line_complete(recorder, self->line);
        self->line = NULL;
}

static void trap_begin(struct record_sink *sink, unsigned pe, const struct rec *rec, const struct rmmsim_trap *trap)
{
        struct recorder *recorder = recorder_of(sink);
        struct recorded_pe *self = &recorder->pes[pe];
        struct recorded_vcpu *vcpu = self->vcpu;
        struct line *line = line_new(recorder);

        entry_over(recorder, self);
        record_instruction(recorder, pe, true);
        self->trap = line;
        if (line == NULL || vcpu == NULL) {
                return;
        }
        if (vcpu->again) {
                text_add(&line->text, "0x%llx: again", (unsigned long long)rec->pa);
                return;
        }
        vcpu->trap = *trap;
        vcpu->refused = RMMSIM_CONDITION_NONE;
        add_changes(&line->text, vcpu, trap, rec->gprs);
        text_add(&line->text, "0x%llx:", (unsigned long long)rec->pa);
        add_instruction(&line->text, vcpu, trap, rec->gprs);
}

static void trap_call(struct record_sink *sink, unsigned pe, enum rmmsim_command id, enum rmmsim_condition refused)
{
        struct recorded_vcpu *vcpu = recorder_of(sink)->pes[pe].vcpu;

        (void)id;
        if (vcpu != NULL) {
                vcpu->refused = refused;
        }
}

static void trap_memory(struct record_sink *sink, unsigned pe, uint64_t pa, const void *bytes, size_t size, bool writes)
{
        struct recorder *recorder = recorder_of(sink);

        line_memory(recorder->pes[pe].trap, writes ? MEMORY_STORE : MEMORY_LOAD, pa, bytes, size);
}

static void trap_end(struct record_sink *sink, unsigned pe, const struct rec *rec, const struct rmmsim_trap *trap,
                     const struct record_trap_end *end)
{
        struct recorder *recorder = recorder_of(sink);
        struct recorded_pe *self = &recorder->pes[pe];
        struct recorded_vcpu *vcpu = self->vcpu;
        struct line *line = self->trap;

        (void)rec;
        self->trap = NULL;
        if (line != NULL && vcpu != NULL) {
                add_end(&line->text, vcpu, trap, end);
                vcpu->again = end->redo;
                vcpu->unanswered = end->exits && !end->redo;
                if (end->gprs != NULL) {
                        memcpy(vcpu->gprs, end->gprs, sizeof(vcpu->gprs));
                }
        }
        line_complete(recorder, line);
        record_instruction(recorder, pe, false);
}

/* Only what has a result is answered later, and what has become an exception. */
static bool has_answer(const struct recorded_vcpu *vcpu, const struct rec *rec)
{
        return rec->guest.in_handler || vcpu->trap.kind == RMMSIM_TRAP_SMC || vcpu->trap.kind == RMMSIM_TRAP_MRS ||
               vcpu->trap.kind == RMMSIM_TRAP_LOAD;
}

static void answer_late(struct recorder *recorder, struct recorded_vcpu *vcpu, const struct rec *rec)
{
        const struct record_trap_end end = { .exception = rec->guest.in_handler,
                                             .esr = rec->el1.esr,
                                             .gprs = rec->gprs };
        struct line *line = has_answer(vcpu, rec) ? line_new(recorder) : NULL;

        if (line != NULL) {
                text_add(&line->text, "0x%llx:", (unsigned long long)vcpu->rec);
                add_end(&line->text, vcpu, &vcpu->trap, &end);
                line_complete(recorder, line);
        }
}

/* The program goes on, or another one is about to begin: where it does is looked at by the entry still. */
static void resumed(struct record_sink *sink, unsigned pe, const struct rec *rec)
{
        struct recorder *recorder = recorder_of(sink);
        struct recorded_pe *self = &recorder->pes[pe];
        struct recorded_vcpu *vcpu = recorded_vcpu(recorder, rec->pa);

        self->vcpu = vcpu;
        if (vcpu == NULL) {
                return;
        }
        if (rec->guest.restart) {
                vcpu->again = vcpu->unanswered = false;
        } else if (vcpu->again && rec->guest.resume != RESUME_REDO) {
                vcpu->again = false;
                vcpu->unanswered = true;
        }
        if (vcpu->unanswered) {
                entry_over(recorder, self);
                answer_late(recorder, vcpu, rec);
                vcpu->unanswered = false;
        }
        memcpy(vcpu->gprs, rec->gprs, sizeof(vcpu->gprs));
}

void record_guest_hooks(struct record_sink *sink)
{
        sink->trap_begin = trap_begin;
        sink->trap_call = trap_call;
        sink->trap_memory = trap_memory;
        sink->trap_end = trap_end;
        sink->resumed = resumed;
}
