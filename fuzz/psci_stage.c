/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_stage.c - the program of the RECs, and what hosts do.
 */
#include "psci_stage.h"
#include <rmmsim/explore.h>
#include <string.h>

/* ---- registers --------------------------------------------------------------------------------------------------------------- */

enum {
        WHO = 30, /* the register that says who the REC is: MPIDR_EL1 */
        NUM_SPREAD = 3
};

/* The number of x4..x30 is in these, and the others are zero. */
static const unsigned spread[NUM_SPREAD] = { 4, 17, 29 };

static uint64_t spread_value(uint64_t rest, unsigned i)
{
        return rest * (2 * i + 1);
}

static void set_registers(struct rmmsim_vcpu *vcpu, const uint64_t x[4], uint64_t rest)
{
        for (unsigned i = 0; i < 4; i++) {
                rmmsim_guest_set_x(vcpu, i, x[i]);
        }
        for (unsigned i = 0; i < NUM_SPREAD; i++) {
                rmmsim_guest_set_x(vcpu, spread[i], spread_value(rest, i));
        }
}

static void get_registers(const struct rmmsim_vcpu *vcpu, uint64_t x[4])
{
        for (unsigned i = 0; i < 4; i++) {
                x[i] = rmmsim_guest_x(vcpu, i);
        }
}

/* UINT64_MAX: nobody has written such registers. */
static uint64_t get_rest(const struct rmmsim_vcpu *vcpu)
{
        uint64_t rest = rmmsim_guest_x(vcpu, spread[0]);
        uint64_t others = 0;

        for (unsigned i = 1; i < NUM_SPREAD; i++) {
                if (rmmsim_guest_x(vcpu, spread[i]) != spread_value(rest, i)) {
                        return UINT64_MAX;
                }
        }
        for (unsigned i = spread[0] + 1; i < WHO; i++) {
                others |= i == spread[1] || i == spread[2] ? 0 : rmmsim_guest_x(vcpu, i);
        }
        return others == 0 ? rest : UINT64_MAX;
}

/* ---- the program --------------------------------------------------------------------------------------------------------------- */

static void idle(struct rmmsim_trap *next)
{
        next->kind = RMMSIM_TRAP_WFI;
}

static void play(struct psci_stage *stage, struct rmmsim_vcpu *vcpu, unsigned rec, struct rmmsim_trap *next)
{
        struct psci_guest *guest = &stage->guests[rec];
        const struct psci_line *line = &guest->script[guest->at];

        if (stage->quiet || guest->at == guest->num_lines) {
                idle(next);
                return;
        }
        guest->at++;
        switch (line->act) {
        case PSCI_ACT_CALL:
                guest->rest += PSCI_RECS_MAX;
                guest->calling = true;
                set_registers(vcpu, line->x, guest->rest);
                psci_history_call(&stage->history, rec, line->x, guest->rest);
                next->kind = RMMSIM_TRAP_SMC;
                break;
        case PSCI_ACT_HOST_CALL:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_RSI_HOST_CALL);
                rmmsim_guest_set_x(vcpu, 1, stage->buffer + UINT64_C(256) * rec);
                next->kind = RMMSIM_TRAP_SMC;
                break;
        case PSCI_ACT_IDLE:
                idle(next);
                break;
        default:
                next->kind = RMMSIM_TRAP_NOP;
                break;
        }
}

/* Behind the question who it is: what it was started with. */
static void note_start(struct psci_stage *stage, const struct rmmsim_vcpu *vcpu, unsigned rec, uint64_t pc)
{
        uint64_t x[4];

        get_registers(vcpu, x);
        psci_history_starts(&stage->history, rec, pc, x, get_rest(vcpu));
        stage->guests[rec].calling = false;
}

static void note_return(struct psci_stage *stage, const struct rmmsim_vcpu *vcpu, unsigned rec)
{
        uint64_t x[4];

        get_registers(vcpu, x);
        psci_history_returns(&stage->history, rec, x, get_rest(vcpu));
        stage->guests[rec].calling = false;
}

static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        const struct psci_entry *entry = arg;
        struct psci_stage *stage = entry->stage;
        uint64_t pc = rmmsim_guest_pc(vcpu);
        unsigned rec = (unsigned)rmmsim_guest_x(vcpu, WHO) & 0xf;

        (void)result;
        if (pc == entry->pc) {
                *next = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_MRS, .sysreg = RMMSIM_SYSREG_MPIDR_EL1, .rt = WHO };
                return;
        }
        if (rec >= stage->begin.num_recs) {
                rmmsim_explore_fail("a REC does not know who it is: it believes to be REC %u", rec);
                idle(next);
                return;
        }
        if (pc == entry->pc + 4) {
                note_start(stage, vcpu, rec, entry->pc);
        } else if (stage->guests[rec].calling) {
                note_return(stage, vcpu, rec);
        }
        play(stage, vcpu, rec, next);
}

int psci_stage_bind(struct psci_stage *stage, uint64_t entry)
{
        for (unsigned i = 0; i < PSCI_ENTRIES; i++) {
                int error;

                stage->entries[i] = (struct psci_entry){ stage, entry + UINT64_C(0x100) * i };
                error = rmmsim_guest_bind_step(stage->sim, stage->rd, stage->entries[i].pc, step, &stage->entries[i]);
                if (error != 0) {
                        return error;
                }
        }
        return 0;
}

void psci_stage_begin(struct psci_stage *stage)
{
        psci_history_begin(&stage->history);
        stage->quiet = false;
        memset(stage->left, 0, sizeof(stage->left));
        for (unsigned i = 0; i < stage->begin.num_recs; i++) {
                stage->guests[i] = (struct psci_guest){ .rest = i + 1 };
        }
}

void psci_stage_script(struct psci_stage *stage, unsigned rec, const struct psci_line *lines, unsigned num_lines)
{
        stage->guests[rec].script = lines;
        stage->guests[rec].num_lines = num_lines;
}

/* ---- hosts ----------------------------------------------------------------------------------------------------------------------- */

static uint64_t address_of(const struct psci_stage *stage, unsigned rec)
{
        return rec >= PSCI_FOREIGN ? stage->foreign[rec & 1] : stage->recs[rec];
}

/* S7: a PSCI exit shows four registers at most, and nothing else. */
static void expect_nothing_else(const struct rmmsim_rec_exit *exit, unsigned rec)
{
        uint64_t others = exit->esr | exit->far | exit->hpfar | exit->ripas_base | exit->ripas_top | exit->imm;

        for (unsigned i = 4; i < 31; i++) {
                others |= exit->gprs[i];
        }
        if (others != 0) {
                rmmsim_explore_fail("S7: a PSCI exit of REC %u shows more than its arguments", rec);
        }
}

struct psci_seen_exit psci_stage_enter(struct psci_stage *stage, unsigned pe, unsigned rec)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_REC_ENTER, address_of(stage, rec), stage->runs[pe] } };
        unsigned op = psci_history_enter(&stage->history, pe, rec);
        struct psci_seen_exit seen = { 0 };
        const struct rmmsim_rec_exit *exit;
        const struct rmmsim_rec_run *run = rmmsim_host_pointer(stage->sim, stage->runs[pe], sizeof(*run));
        int error = rmmsim_smc(stage->sim, pe, &regs);

        if (error != 0) {
                rmmsim_explore_fail("S1: REC %u starts where nobody has told it to: %s", rec, rmmsim_error_text(error));
        }
        seen.x0 = regs.x[0];
        if (seen.x0 != RMMSIM_RMI_SUCCESS) {
                psci_history_answer(&stage->history, op, seen.x0);
                return seen;
        }
        exit = &run->exit;
        seen.psci = exit->exit_reason == RMMSIM_EXIT_PSCI;
        if (seen.psci) {
                seen.gprs[0] = exit->gprs[0];
                seen.gprs[1] = exit->gprs[1];
                expect_nothing_else(exit, rec);
        }
        psci_history_left(&stage->history, op, seen.psci ? exit->gprs : NULL, stage->left[pe]);
        return seen;
}

uint64_t psci_stage_complete(struct psci_stage *stage, unsigned pe, unsigned caller, unsigned target, uint64_t status)
{
        unsigned op = psci_history_complete(&stage->history, pe, caller, target, status);
        uint64_t x0 = rmmsim_call(stage->sim, pe, rmi_psci_complete, .calling_rec = address_of(stage, caller),
                                  .target_rec = address_of(stage, target), .status = status)
                              .x[0];

        psci_history_answer(&stage->history, op, x0);
        return x0;
}

uint64_t psci_stage_destroy(struct psci_stage *stage, unsigned pe, unsigned rec)
{
        unsigned op = psci_history_destroy(&stage->history, pe, rec);
        uint64_t x0 = rmmsim_call(stage->sim, pe, rmi_rec_destroy, .rec = address_of(stage, rec)).x[0];

        psci_history_answer(&stage->history, op, x0);
        return x0;
}

void psci_stage_look(struct psci_stage *stage, unsigned recs)
{
        stage->quiet = true;
        for (unsigned i = 0; i < stage->begin.num_recs; i++) {
                if ((recs >> i & 1) != 0) {
                        (void)psci_stage_enter(stage, 0, i);
                }
        }
}

static void note_off(struct psci_stage *stage, uint64_t address)
{
        for (unsigned i = 0; i < stage->begin.num_recs; i++) {
                if (stage->recs[i] == address) {
                        psci_history_happened(&stage->history, i);
                }
        }
}

void psci_stage_event(struct psci_stage *stage, const struct rmmsim_event *event)
{
        if (event->kind != RMMSIM_EVENT_EDGE) {
                return;
        }
        if (event->of.edge.object == RMMSIM_OBJECT_POWER && event->of.edge.to == RMMSIM_POWER_NOT_RUNNABLE) {
                note_off(stage, event->of.edge.address);
        } else if (event->of.edge.object == RMMSIM_OBJECT_REC && event->of.edge.to == RMMSIM_REC_REC_READY) {
                stage->left[event->pe] = psci_history_now(&stage->history);
        }
}
