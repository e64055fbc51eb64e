/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_vcpu.c - what vCPUs do: instructions, and what becomes of them when the REC exits in their middle.
 *
 * An instruction that exits is answered at a later entry. Either it is over then, and its answer is there when the vCPU waits for its next
 * line: `vcpu0: => ...`. Or it has to be carried out once more, as nothing of it has happened: `vcpu0: again => ...`. A script may leave
 * both lines out.
 */
#include "run.h"
#include <inttypes.h>
#include <string.h>

#define SVE_HINT     (UINT64_C(1) << 16)
#define CPU_ON_SMC32 (RMMSIM_PSCI_CPU_ON & ~UINT32_C(0x40000000))

struct vcpu *run_vcpu_at(struct runner *runner, uint64_t rec)
{
        struct table_entry *entry = table_find(&runner->vcpus, rec);
        struct vcpu *vcpu;

        if (entry != NULL) {
                return (struct vcpu *)(uintptr_t)entry->thing;
        }
        vcpu = ARENA_NEW(runner->arena, struct vcpu);
        vcpu->rec = rec;
        snprintf(vcpu->own_name, sizeof(vcpu->own_name), "0x%" PRIx64, rec);
        vcpu->name = vcpu->own_name;
        (void)table_add(&runner->vcpus, runner->arena, rec, vcpu);
        return vcpu;
}

void run_bind(struct runner *runner, uint64_t rd, uint64_t ipa)
{
        (void)rmmsim_guest_bind_step_again(runner->sim, rd, ipa, run_step, runner);
}

/* ---- snapshots ---------------------------------------------------------------------------------------------------------- */

void run_vcpus_keep(struct runner *runner)
{
        if (runner->kept_room < runner->vcpus.num_entries) {
                runner->kept_room = 2 * runner->vcpus.num_entries;
                runner->kept = ARENA_ARRAY(runner->arena, struct vcpu, runner->kept_room);
        }
        runner->num_kept = 0;
        for (size_t i = 0; i < runner->vcpus.num_buckets; i++) {
                for (const struct table_entry *entry = runner->vcpus.buckets[i]; entry != NULL; entry = entry->next) {
                        runner->kept[runner->num_kept++] = *(const struct vcpu *)entry->thing;
                }
        }
}

/* RECs that were not there do not come back: what is known of them does no harm. */
void run_vcpus_restore(struct runner *runner)
{
        for (size_t i = 0; i < runner->num_kept; i++) {
                struct vcpu *vcpu = run_vcpu_at(runner, runner->kept[i].rec);
                const char *name = vcpu->name;

                *vcpu = runner->kept[i];
                vcpu->name = name;
        }
}

/* ---- what came of an instruction ---------------------------------------------------------------------------------------- */

static void outcome_of_smc(const struct vcpu *vcpu, struct outcome *outcome, const struct script_statement *instruction)
{
        outcome->kind = instruction->verb == SCRIPT_SMC ? SCRIPT_NUMBERS : SCRIPT_STATUS;
        outcome->command = instruction->command;
        outcome->num_numbers = RUN_SMC_REGISTERS;
        memcpy(outcome->x, vcpu->x, sizeof(outcome->x));
        memcpy(outcome->condition, vcpu->condition, sizeof(outcome->condition));
        memcpy(outcome->sentence, vcpu->sentence, sizeof(outcome->sentence));
}

static void outcome_of(const struct runner *runner, struct vcpu *vcpu, struct outcome *outcome)
{
        const struct script_statement *instruction = vcpu->instruction;

        if (vcpu->result == RMMSIM_GUEST_EXCEPTION) {
                outcome->kind = SCRIPT_EXCEPTION;
                outcome->esr = vcpu->esr;
                return;
        }
        switch (instruction->verb) {
        case SCRIPT_COMMAND:
        case SCRIPT_SMC:
                outcome_of_smc(vcpu, outcome, instruction);
                break;
        case SCRIPT_LOAD:
        case SCRIPT_MRS:
                outcome->kind = SCRIPT_NUMBERS;
                outcome->num_numbers = 1;
                outcome->x[0] = instruction->rt < RUN_GPRS ? vcpu->x[instruction->rt] : 0;
                break;
        case SCRIPT_READ:
                outcome->bytes = vcpu->buffer;
                outcome->num_bytes = (uint32_t)script_number(&instruction->values[1], vcpu->round);
                outcome->kind = outcome->num_bytes != 0 ? SCRIPT_BYTES : SCRIPT_DONE;
                break;
        default:
                outcome->kind = SCRIPT_DONE;
                break;
        }
        (void)runner;
}

/* ---- instructions ------------------------------------------------------------------------------------------------------- */

static void set_register(struct vcpu *vcpu, uint32_t number, uint64_t value)
{
        if (number < RUN_GPRS) {
                vcpu->set[number] = value;
                vcpu->sets |= UINT32_C(1) << number;
        }
}

static void set_smc_registers(struct runner *runner, struct vcpu *vcpu)
{
        const struct script_statement *statement = runner->statement;

        for (uint32_t i = 0; i < RUN_SMC_REGISTERS; i++) {
                bool written = statement->verb == SCRIPT_SMC && i < statement->num_values;

                set_register(vcpu, i, written ? run_number(runner, &statement->values[i]) : 0);
        }
        if (statement->verb == SCRIPT_COMMAND) {
                set_register(vcpu, 0, statement->command->fid);
                for (uint32_t i = 0; i < statement->num_fields; i++) {
                        set_register(vcpu, statement->fields[i].where.offset,
                                     run_number(runner, &statement->fields[i].value));
                }
        }
}

/* Another vCPU may start where this one says. */
static void bind_entry_point(struct runner *runner, const struct vcpu *vcpu)
{
        uint32_t fid = (uint32_t)(vcpu->set[0] & ~SVE_HINT);

        if (fid == RMMSIM_PSCI_CPU_ON) {
                run_bind(runner, vcpu->rd, vcpu->set[2]);
        } else if (fid == CPU_ON_SMC32) {
                run_bind(runner, vcpu->rd, vcpu->set[2] & UINT32_MAX);
        }
}

static bool access_trap(struct runner *runner, struct vcpu *vcpu, struct rmmsim_trap *trap)
{
        const struct script_statement *statement = runner->statement;
        uint64_t size = run_number(runner, &statement->values[1]);

        if (size != 1 && size != 2 && size != 4 && size != 8) {
                return run_error_at(runner, statement->values[1].at, "an access has 1, 2, 4 or 8 bytes, not %" PRIu64,
                                    size);
        }
        trap->kind = statement->verb == SCRIPT_LOAD ? RMMSIM_TRAP_LOAD : RMMSIM_TRAP_STORE;
        trap->size = (uint8_t)size;
        trap->sign_extend = (statement->flags & SCRIPT_SIGNED) != 0;
        trap->sf = (statement->flags & SCRIPT_W) == 0;
        trap->isv = (statement->flags & SCRIPT_NOISV) == 0;
        if (statement->num_values > 2) {
                set_register(vcpu, statement->rt, run_number(runner, &statement->values[2]));
        }
        return true;
}

static bool copy_trap(struct runner *runner, struct vcpu *vcpu, struct rmmsim_trap *trap)
{
        const struct script_statement *statement = runner->statement;
        bool writes = statement->verb == SCRIPT_WRITE;
        uint64_t bytes = writes ? statement->num_bytes : run_number(runner, &statement->values[1]);

        if (bytes > RUN_COPY_MAX - trap->ipa % RUN_COPY_MAX) {
                return run_error_at(runner, statement->values[0].at,
                                    "%" PRIu64 " bytes at 0x%" PRIx64 " are not within one page", bytes, trap->ipa);
        }
        trap->kind = writes ? RMMSIM_TRAP_COPY_OUT : RMMSIM_TRAP_COPY_IN;
        trap->buffer = vcpu->buffer;
        trap->bytes = (uint32_t)bytes;
        if (writes && bytes != 0) {
                memcpy(vcpu->buffer, statement->bytes, statement->num_bytes);
        }
        return true;
}

/* What the line says, as a trap; registers that it needs are set before. */
static bool make_trap(struct runner *runner, struct vcpu *vcpu, struct rmmsim_trap *trap)
{
        static const enum rmmsim_trap_kind plain[SCRIPT_NUM_VERBS] = {
                [SCRIPT_HVC] = RMMSIM_TRAP_HVC,
                [SCRIPT_NOP] = RMMSIM_TRAP_NOP,
                [SCRIPT_WFI] = RMMSIM_TRAP_WFI,
                [SCRIPT_WFE] = RMMSIM_TRAP_WFE,
                [SCRIPT_WFIT] = RMMSIM_TRAP_WFIT,
                [SCRIPT_WFET] = RMMSIM_TRAP_WFET,
                [SCRIPT_MRS] = RMMSIM_TRAP_MRS,
                [SCRIPT_MSR] = RMMSIM_TRAP_MSR,
                [SCRIPT_FETCH] = RMMSIM_TRAP_FETCH,
                [SCRIPT_SMC] = RMMSIM_TRAP_SMC,
                [SCRIPT_COMMAND] = RMMSIM_TRAP_SMC,
                [SCRIPT_UNDEFINED] = RMMSIM_TRAP_LOAD, /* of no size that a load can have */
        };
        const struct script_statement *statement = runner->statement;
        uint64_t first = statement->num_values != 0 ? run_number(runner, &statement->values[0]) : 0;

        *trap = (struct rmmsim_trap){ .kind = plain[statement->verb],
                                      .rt = (uint8_t)statement->rt,
                                      .sysreg = statement->sysreg,
                                      .ipa = first,
                                      .value = first };
        switch (statement->verb) {
        case SCRIPT_COMMAND:
        case SCRIPT_SMC:
                set_smc_registers(runner, vcpu);
                bind_entry_point(runner, vcpu);
                return true;
        case SCRIPT_MSR:
                if (statement->num_values != 0) {
                        set_register(vcpu, statement->rt, first);
                }
                return true;
        case SCRIPT_LOAD:
        case SCRIPT_STORE:
                return access_trap(runner, vcpu, trap);
        case SCRIPT_READ:
        case SCRIPT_WRITE:
                return copy_trap(runner, vcpu, trap);
        default:
                return true;
        }
}

/* The vCPU has gone on: it waits for its next line, so the instruction is over; or it has exited. */
static void outcome_after(const struct runner *runner, struct vcpu *vcpu, struct outcome *outcome)
{
        if (vcpu->lane->state == LANE_WAITS) {
                outcome_of(runner, vcpu, outcome);
                vcpu->instruction = NULL;
        } else {
                outcome->kind = SCRIPT_EXITED;
        }
}

static bool instruct(struct runner *runner, struct vcpu *vcpu)
{
        const struct script_statement *statement = runner->statement;
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };
        struct rmmsim_trap trap;

        if (!make_trap(runner, vcpu, &trap)) {
                return false;
        }
        vcpu->instruction = statement;
        vcpu->round = runner->round;
        lane_instruct(vcpu->lane, &trap);
        outcome_after(runner, vcpu, &outcome);
        run_answered(runner, &statement->answer, &outcome);
        return true;
}

static bool set(struct runner *runner, struct vcpu *vcpu)
{
        static const struct script_answer none = { .kind = SCRIPT_NO_ANSWER };
        const struct script_statement *statement = runner->statement;
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };

        for (uint32_t i = 0; i < statement->num_values; i++) {
                set_register(vcpu, statement->registers[i], run_number(runner, &statement->values[i]));
        }
        run_answered(runner, &none, &outcome);
        return true;
}

/* ---- later answers ------------------------------------------------------------------------------------------------------ */

static void later_answer(const struct runner *runner, struct vcpu *vcpu, struct outcome *outcome)
{
        outcome_of(runner, vcpu, outcome);
        vcpu->answered = false;
        vcpu->instruction = NULL;
}

static bool answer(struct runner *runner, struct vcpu *vcpu)
{
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };

        if (vcpu->lane->state == LANE_AGAIN) {
                return run_error(runner, "nothing of the instruction has happened before the exit: '%s: again'",
                                 vcpu->name);
        }
        if (!vcpu->answered) {
                return run_error(runner, "%s has no instruction that an exit has left without an answer", vcpu->name);
        }
        later_answer(runner, vcpu, &outcome);
        run_answered(runner, &runner->statement->answer, &outcome);
        return true;
}

static bool again(struct runner *runner, struct vcpu *vcpu)
{
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };

        if (vcpu->lane->state != LANE_AGAIN) {
                return run_error(runner, "%s has nothing to carry out again", vcpu->name);
        }
        lane_go_on(vcpu->lane);
        outcome_after(runner, vcpu, &outcome);
        run_answered(runner, &runner->statement->answer, &outcome);
        return true;
}

bool run_vcpu_catch_up(struct runner *runner, struct vcpu *vcpu)
{
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };
        char line[160];

        if (vcpu->lane->state == LANE_AGAIN) {
                snprintf(line, sizeof(line), "%.100s: again", vcpu->name);
                lane_go_on(vcpu->lane);
                outcome_after(runner, vcpu, &outcome);
                run_own_line(runner, line, &outcome);
        } else if (vcpu->answered) {
                snprintf(line, sizeof(line), "%.100s:", vcpu->name);
                later_answer(runner, vcpu, &outcome);
                if (outcome.kind != SCRIPT_DONE) {
                        run_own_line(runner, line, &outcome);
                }
        }
        return true;
}

/* ---- a vCPU ------------------------------------------------------------------------------------------------------------- */

static bool complain_outside(struct runner *runner, const struct vcpu *vcpu)
{
        if (vcpu->lane != NULL) {
                return run_error(runner, "%s has exited: pe%u has to enter it again before it goes on", vcpu->name,
                                 vcpu->lane->pe);
        }
        return run_error(runner, "%s is not inside RMI_REC_ENTER: a PE has to enter it first", vcpu->name);
}

bool run_vcpu(struct runner *runner)
{
        const struct script_statement *statement = runner->statement;
        struct vcpu *vcpu = run_vcpu_at(runner, statement->who);

        vcpu->name = statement->actor_text;
        if (vcpu->lane == NULL || vcpu->lane->state == LANE_EXITED) {
                return complain_outside(runner, vcpu);
        }
        if (statement->verb == SCRIPT_ANSWER) {
                return answer(runner, vcpu);
        }
        if (statement->verb == SCRIPT_AGAIN) {
                return again(runner, vcpu);
        }
        if (!run_vcpu_catch_up(runner, vcpu)) {
                return false;
        }
        if (vcpu->lane->state == LANE_EXITED) {
                return complain_outside(runner, vcpu);
        }
        return statement->verb == SCRIPT_SET ? set(runner, vcpu) : instruct(runner, vcpu);
}

/* ---- the end ------------------------------------------------------------------------------------------------------------ */

/* An interrupt, and the vCPU at its next instruction. */
static void take_out(struct runner *runner, struct lane *lane)
{
        static const struct rmmsim_trap nop = { .kind = RMMSIM_TRAP_NOP };
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };
        bool again = lane->state == LANE_AGAIN;
        char line[160];

        if (!again) {
                (void)run_vcpu_catch_up(runner, lane->vcpu);
        }
        snprintf(line, sizeof(line), "irq %u", lane->pe);
        (void)rmmsim_irq_raise(runner->sim, lane->pe);
        run_own_line(runner, line, &outcome);
        lane_instruct(lane, &nop);
        snprintf(line, sizeof(line), "%.100s: %s", lane->vcpu->name, again ? "again" : "nop");
        outcome.kind = SCRIPT_EXITED;
        run_own_line(runner, line, &outcome);
}

void run_out(struct runner *runner)
{
        for (unsigned pe = 0; pe < runner->script->num_pes && !runner->failed; pe++) {
                struct lane *lane = runner->lanes[pe];

                if (lane == NULL || lane->state == LANE_IDLE) {
                        continue;
                }
                if (lane->state != LANE_EXITED) {
                        take_out(runner, lane);
                }
                run_return(runner, lane, NULL);
        }
}
