/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_host.c - what PEs of the host do: SMCs, and coming back from RMI_REC_ENTER.
 */
#include "run.h"
#include <inttypes.h>
#include <string.h>

#define SVE_HINT (UINT64_C(1) << 16)

/* Where a Realm takes an SEA if there is nothing to fetch where it starts: VBAR_EL1 is 0 then. */
#define FIRST_VECTOR UINT64_C(0x200)

static bool is_call(const struct rmmsim_regs *regs, uint32_t fid)
{
        return (regs->x[0] & UINT32_MAX & ~SVE_HINT) == fid;
}

static void registers_of(const struct runner *runner, struct rmmsim_regs *regs)
{
        const struct script_statement *statement = runner->statement;

        memset(regs, 0, sizeof(*regs));
        if (statement->verb == SCRIPT_SMC) {
                for (uint32_t i = 0; i < statement->num_values; i++) {
                        regs->x[i] = run_number(runner, &statement->values[i]);
                }
                return;
        }
        regs->x[0] = statement->command->fid;
        for (uint32_t i = 0; i < statement->num_fields; i++) {
                regs->x[statement->fields[i].where.offset] = run_number(runner, &statement->fields[i].value);
        }
}

/* The field of a page of parameters at which the RMM stopped: what it found is an address in that page. Or NULL. */
static const char *field_found(const struct rmmsim_refusal *refusal)
{
        const struct rmmsim_spec_command *command = rmmsim_spec_command_by_name(refusal->command);
        unsigned n = refusal->argument_register;
        const char *type = command != NULL && n != 0 && n <= command->num_inputs ? command->inputs[n - 1].type : NULL;
        const struct rmmsim_spec_structure *page = type != NULL ? rmmsim_spec_structure_by_name(type) : NULL;

        for (uint32_t i = 0; page != NULL && refusal->argument_value != 0 && i < page->num_fields; i++) {
                uint32_t offset = page->fields[i].offset; /* at 0 it is the page that was found */

                if (offset != 0 && refusal->found == refusal->argument_value + offset) {
                        return page->fields[i].name;
                }
        }
        return NULL;
}

static void note_refusal(const struct runner *runner, struct outcome *outcome, unsigned pe)
{
        const struct rmmsim_refusal *refusal = rmmsim_why(runner->sim, pe);
        const char *field;

        if (refusal != NULL) {
                snprintf(outcome->condition, sizeof(outcome->condition), "%s", refusal->condition);
                field = field_found(refusal);
                snprintf(outcome->sentence, sizeof(outcome->sentence), "%s%s%s", refusal->sentence,
                         field != NULL ? ": " : "", field != NULL ? field : "");
        }
}

static void outcome_of_call(const struct runner *runner, struct outcome *outcome, unsigned pe,
                            const struct rmmsim_regs *regs)
{
        const struct script_statement *statement = runner->statement;

        outcome->kind = statement->verb == SCRIPT_SMC ? SCRIPT_NUMBERS : SCRIPT_STATUS;
        outcome->command = statement->command;
        outcome->num_numbers = RUN_SMC_REGISTERS;
        memcpy(outcome->x, regs->x, sizeof(outcome->x));
        note_refusal(runner, outcome, pe);
}

/* A REC that is about to be created: wherever it starts, what it does is what the script says. */
static void note_rec(struct runner *runner, const struct rmmsim_regs *in, uint64_t pc)
{
        struct vcpu *vcpu = run_vcpu_at(runner, in->x[2]);

        vcpu->rd = in->x[1];
        vcpu->instruction = NULL;
        vcpu->answered = false;
        vcpu->sets = 0;
        run_bind(runner, vcpu->rd, pc);
        run_bind(runner, vcpu->rd, FIRST_VECTOR);
}

/* As the script calls a REC where it enters it, so is it called in what is said. */
static void name_vcpu(const struct script_statement *statement, struct vcpu *vcpu)
{
        for (uint32_t i = 0; i < statement->num_fields; i++) {
                const struct script_field *field = &statement->fields[i];

                if (strcmp(field->name, "rec") == 0 && field->value.tree == NULL) {
                        vcpu->name = field->value.text;
                }
        }
}

/* After lane_call(): has RMI_REC_ENTER been admitted, or has the call returned? */
static void outcome_of_lane(const struct runner *runner, struct outcome *outcome, const struct lane *lane)
{
        if (!lane->admitted) {
                outcome_of_call(runner, outcome, lane->pe, &lane->regs);
                return;
        }
        outcome->kind = SCRIPT_ENTERED;
        name_vcpu(runner->statement, lane->vcpu);
        lane->vcpu->answered = lane->state == LANE_WAITS && lane->vcpu->instruction != NULL;
}

static bool call(struct runner *runner, unsigned pe)
{
        const struct script_statement *statement = runner->statement;
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };
        struct rmmsim_regs in;
        struct rmmsim_regs regs;
        uint64_t pc = 0;
        bool creates;
        int error;

        registers_of(runner, &in);
        regs = in;
        creates = is_call(&in, RMMSIM_RMI_REC_CREATE) &&
                  run_host_word(runner, &pc, in.x[3] + offsetof(struct rmmsim_rec_params, pc));
        if (statement->verb == SCRIPT_SMC || is_call(&in, RMMSIM_RMI_REC_ENTER)) {
                struct lane *lane;

                if (!lane_call(runner, statement, pe, &in)) {
                        return false;
                }
                lane = lane_of(runner, pe);
                outcome_of_lane(runner, &outcome, lane);
                error = lane->error;
                regs = lane->regs;
        } else {
                error = rmmsim_smc(runner->sim, pe, &regs);
                outcome_of_call(runner, &outcome, pe, &regs);
        }
        if (creates && regs.x[0] == RMMSIM_RMI_SUCCESS) {
                note_rec(runner, &in, pc);
        }
        run_answered(runner, &statement->answer, &outcome);
        return error == 0 || run_error(runner, "%s", rmmsim_error_text(error));
}

/* ---- exits -------------------------------------------------------------------------------------------------------------- */

/* An element of a structure, without its sign. */
static uint64_t element_at(const uint8_t *base, const struct rmmsim_spec_field *field, uint32_t index)
{
        uint64_t value = 0;

        memcpy(&value, base + field->offset + (size_t)index * field->size, field->size); /* of little-endian machines */
        return value;
}

/* All of the exit half that is not zero, the reason left aside. */
static void exit_text(char *text, size_t size, const struct rmmsim_spec_structure *structure, const uint8_t *exit)
{
        size_t length = 0;

        *text = 0;
        for (uint32_t i = 0; i < structure->num_fields && exit != NULL; i++) {
                const struct rmmsim_spec_field *field = &structure->fields[i];

                for (uint32_t j = 0; j < field->count && strcmp(field->name, "exit_reason") != 0; j++) {
                        uint64_t value = element_at(exit, field, j);
                        char index[16] = "";

                        if (field->count > 1) {
                                snprintf(index, sizeof(index), "[%u]", j);
                        }
                        if (value != 0 && length < size) {
                                length += (size_t)snprintf(text + length, size - length, " %s%s=0x%" PRIx64,
                                                           field->name, index, value);
                        }
                }
        }
}

/* In a replay all of the exit half that is not zero has to be named. */
static void compare_rest(struct runner *runner, const struct script_statement *statement, const uint8_t *exit)
{
        const struct rmmsim_spec_structure *structure = statement->structure;
        struct rmmsim_rec_exit rest;
        char text[512];

        memcpy(&rest, exit, sizeof(rest));
        for (uint32_t i = 0; i < statement->num_fields; i++) {
                memset((uint8_t *)&rest + statement->fields[i].where.offset, 0, statement->fields[i].where.size);
        }
        exit_text(text, sizeof(text), structure, (const uint8_t *)&rest);
        if (text[0] != 0) {
                run_differs(runner, statement->at, "expected an exit that does not say%s", text);
        }
}

static void compare_exit(struct runner *runner, const struct script_statement *statement, const struct lane *lane,
                         const uint8_t *exit)
{
        if (statement->name != NULL && statement->name_value != (int64_t)lane->reason) {
                run_differs(runner, statement->at, "expected an exit for %s, got %s", statement->name,
                            rmmsim_exit_name((unsigned)lane->reason));
        }
        for (uint32_t i = 0; i < statement->num_fields && exit != NULL; i++) {
                const struct script_field *field = &statement->fields[i];
                uint64_t value = element_at(exit, &field->where, 0);
                uint64_t expected = run_number(runner, &field->value);

                if (value != expected) {
                        run_differs(runner, field->at, "expected %s=0x%" PRIx64 ", got 0x%" PRIx64, field->name,
                                    expected, value);
                }
        }
        if (runner->options.strict && exit != NULL) {
                compare_rest(runner, statement, exit);
        }
        if (statement->answer.kind == SCRIPT_NO_ANSWER && lane->regs.x[0] != RMMSIM_RMI_SUCCESS) {
                run_differs(runner, statement->at, "expected RMI_REC_ENTER to succeed, got %s",
                            rmmsim_rmi_status_name(lane->regs.x[0]));
        }
}

/* Success goes without saying, but may be said. */
static void succeeded(struct outcome *outcome, const struct script_statement *statement)
{
        if (statement != NULL && statement->answer.kind != SCRIPT_NO_ANSWER) {
                outcome->kind = SCRIPT_STATUS;
                outcome->command = rmmsim_spec_command_by_name("rmi_rec_enter");
        }
}

void run_return(struct runner *runner, struct lane *lane, const struct script_statement *statement)
{
        static const struct script_answer succeeds = { .kind = SCRIPT_NO_ANSWER };
        const struct rmmsim_spec_structure *structure = rmmsim_spec_structure_by_name("rec_exit");
        struct outcome outcome = { .kind = SCRIPT_NO_ANSWER };
        const uint8_t *exit = NULL;
        char line[4096];
        char fields[4000];

        lane_go_on(lane);
        lane->vcpu->lane = NULL;
        if (lane->regs.x[0] == RMMSIM_RMI_SUCCESS) {
                succeeded(&outcome, statement);
                exit = run_host_bytes(runner, lane->in.x[2] + offsetof(struct rmmsim_rec_run, exit), structure->size);
        } else {
                outcome.kind = SCRIPT_STATUS;
                outcome.command = rmmsim_spec_command_by_name("rmi_rec_enter");
                memcpy(outcome.x, lane->regs.x, sizeof(outcome.x));
                note_refusal(runner, &outcome, lane->pe);
        }
        exit_text(fields, sizeof(fields), structure, exit);
        snprintf(line, sizeof(line), "pe%u: exits %s%s", lane->pe, rmmsim_exit_name((unsigned)lane->reason), fields);
        if (statement == NULL) {
                run_own_line(runner, line, &outcome);
        } else {
                run_answered_as(runner, line,
                                statement->answer.kind == SCRIPT_NO_ANSWER ? &succeeds : &statement->answer, &outcome);
                compare_exit(runner, statement, lane, exit);
        }
        if (lane->error != 0) {
                (void)run_error_at(runner, lane->statement->at, "%s", rmmsim_error_text(lane->error));
        }
}

/* ---- a PE --------------------------------------------------------------------------------------------------------------- */

/* The PE is wanted outside: has its vCPU exited? */
static bool may_leave(struct runner *runner, struct lane *lane)
{
        if (lane->state == LANE_AGAIN && !run_vcpu_catch_up(runner, lane->vcpu)) {
                return false;
        }
        if (lane->state == LANE_WAITS) {
                return run_error(runner, "pe%u is inside RMI_REC_ENTER since line %u, as %s has not exited", lane->pe,
                                 lane->statement->at.line, lane->vcpu->name);
        }
        return true;
}

bool run_all_outside(struct runner *runner, const char *what)
{
        for (unsigned pe = 0; pe < runner->script->num_pes; pe++) {
                struct lane *lane = runner->lanes[pe];

                if (lane == NULL || lane->state == LANE_IDLE) {
                        continue;
                }
                if (lane->state != LANE_EXITED) {
                        return run_error(
                                runner,
                                "'%s' is not possible while a vCPU runs: pe%u is inside RMI_REC_ENTER since line %u",
                                what, pe, lane->statement->at.line);
                }
                run_return(runner, lane, NULL);
        }
        return !runner->failed;
}

bool run_host(struct runner *runner)
{
        const struct script_statement *statement = runner->statement;
        struct lane *lane = lane_of(runner, statement->who);
        bool inside = lane != NULL && lane->state != LANE_IDLE;

        if (inside && !may_leave(runner, lane)) {
                return false;
        }
        if (statement->verb == SCRIPT_EXITS) {
                if (!inside) {
                        return run_error(runner, "%s is not inside RMI_REC_ENTER", statement->actor_text);
                }
                run_return(runner, lane, statement);
                return !runner->failed;
        }
        if (inside) {
                run_return(runner, lane, NULL);
        }
        return !runner->failed && call(runner, (unsigned)statement->who);
}
