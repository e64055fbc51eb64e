/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_sysreg.c - the model's system registers: those that store, timers, the PMU; and what a host may lend of the GIC.
 *
 * Registers of the virtual CPU interface, and those that identify the CPU, are taken over from the library.
 *
 * Specification: REC sheet sections 1.4, 2.3, 5 and 7.
 */
#include "guest_model.h"
#include <rmmsim/sysreg.h>

/* In the order of enum model_register where that names them. */
static const uint32_t stored[MODEL_REGISTERS] = {
        RMMSIM_SYSREG_SCTLR_EL1, RMMSIM_SYSREG_VBAR_EL1,       RMMSIM_SYSREG_ESR_EL1,    RMMSIM_SYSREG_FAR_EL1,
        RMMSIM_SYSREG_ELR_EL1,   RMMSIM_SYSREG_SPSR_EL1,       RMMSIM_SYSREG_MDSCR_EL1,  RMMSIM_SYSREG_SP_EL0,
        RMMSIM_SYSREG_TPIDR_EL0, RMMSIM_SYSREG_TPIDRRO_EL0,    RMMSIM_SYSREG_TPIDR_EL1,  RMMSIM_SYSREG_CPACR_EL1,
        RMMSIM_SYSREG_TTBR0_EL1, RMMSIM_SYSREG_TTBR1_EL1,      RMMSIM_SYSREG_TCR_EL1,    RMMSIM_SYSREG_MAIR_EL1,
        RMMSIM_SYSREG_AMAIR_EL1, RMMSIM_SYSREG_PAR_EL1,        RMMSIM_SYSREG_AFSR0_EL1,  RMMSIM_SYSREG_AFSR1_EL1,
        RMMSIM_SYSREG_ACTLR_EL1, RMMSIM_SYSREG_CONTEXTIDR_EL1, RMMSIM_SYSREG_CNTKCTL_EL1
};

enum {
        REGISTER_MDSCR = 6
};

void model_registers_reset(struct model_rec *rec)
{
        rec->registers[REGISTER_SCTLR] = 0xc50878;
        rec->registers[REGISTER_MDSCR] = 0x1000;
        rec->pstate = 0x3c5;
        rec->pmcr = model.pmu ? 0x66 : 0x60;
}

/* ---- timers --------------------------------------------------------------------------------------------------------------- */

uint64_t model_timer_ctl(const struct model_timer *timer)
{
        return timer->ctl | ((timer->ctl & 1) != 0 && model.time >= timer->cval ? 4 : 0);
}

static bool changed(const struct model_timer *timer)
{
        return (model_timer_ctl(timer) == 5) != (timer->shown == 5);
}

bool model_timers_changed(const struct model_rec *rec)
{
        return changed(&rec->phys) || changed(&rec->virt);
}

/* CTL, CVAL or TVAL of a timer by its op2. */
static uint64_t timer_read(const struct model_timer *timer, unsigned op2)
{
        switch (op2) {
        case 0:
                return (uint32_t)(timer->cval - model.time);
        case 1:
                return model_timer_ctl(timer);
        default:
                return timer->cval;
        }
}

static void timer_write(struct model_timer *timer, unsigned op2, uint64_t value)
{
        switch (op2) {
        case 0:
                timer->cval = model.time + (uint64_t)(int64_t)(int32_t)value;
                break;
        case 1:
                timer->ctl = value & 3;
                break;
        default:
                timer->cval = value;
                break;
        }
}

static struct model_timer *timer_of(struct model_rec *rec, uint32_t reg)
{
        switch (reg) {
        case RMMSIM_SYSREG_CNTP_TVAL_EL0:
        case RMMSIM_SYSREG_CNTP_CTL_EL0:
        case RMMSIM_SYSREG_CNTP_CVAL_EL0:
                return &rec->phys;
        case RMMSIM_SYSREG_CNTV_TVAL_EL0:
        case RMMSIM_SYSREG_CNTV_CTL_EL0:
        case RMMSIM_SYSREG_CNTV_CVAL_EL0:
                return &rec->virt;
        default:
                return NULL;
        }
}

/* ---- PMU ------------------------------------------------------------------------------------------------------------------ */

static uint64_t *pmu_set_of(struct model_rec *rec, uint32_t reg, bool *clears)
{
        *clears = false;
        switch (reg) {
        case RMMSIM_SYSREG_PMCNTENCLR_EL0:
                *clears = true; /* fall through */
        case RMMSIM_SYSREG_PMCNTENSET_EL0:
                return &rec->pmu_enabled;
        case RMMSIM_SYSREG_PMINTENCLR_EL1:
                *clears = true; /* fall through */
        case RMMSIM_SYSREG_PMINTENSET_EL1:
                return &rec->pmu_interrupts;
        case RMMSIM_SYSREG_PMOVSCLR_EL0:
                *clears = true; /* fall through */
        case RMMSIM_SYSREG_PMOVSSET_EL0:
                return &rec->pmu_overflows;
        default:
                return NULL;
        }
}

bool model_pmu_overflow(const struct model_rec *rec)
{
        return model.pmu && (rec->pmcr & 1) != 0 && (rec->pmu_overflows & rec->pmu_interrupts & rec->pmu_enabled) != 0;
}

static void pmu_write(uint64_t *set, bool clears, uint64_t value)
{
        if (!model.pmu) {
                return;
        }
        value &= UINT64_C(0x8000000f); /* four event counters, and the cycle counter */
        *set = clears ? *set & ~value : *set | value;
}

/* ---- MRS and MSR ---------------------------------------------------------------------------------------------------------- */

static uint64_t *stored_of(struct model_rec *rec, uint32_t reg)
{
        for (unsigned i = 0; i < MODEL_REGISTERS; i++) {
                if (stored[i] == reg && reg != 0) {
                        return &rec->registers[i];
                }
        }
        return NULL;
}

/* Registers of the CPU interface: the encodings from ICC_PMR_EL1 on that begin so. */
static bool is_gic(uint32_t reg)
{
        return reg == RMMSIM_SYSREG_ICC_PMR_EL1 || (RMMSIM_SYSREG_OP0(reg) == 3 && RMMSIM_SYSREG_OP1(reg) == 0 &&
                                                    RMMSIM_SYSREG_CRN(reg) == 12 && RMMSIM_SYSREG_CRM(reg) >= 8);
}

/* Does the host emulate this write? */
static bool goes_to_host(const struct model_rec *rec, uint32_t reg)
{
        switch (reg) {
        case RMMSIM_SYSREG_ICC_SGI0R_EL1:
        case RMMSIM_SYSREG_ICC_SGI1R_EL1:
        case RMMSIM_SYSREG_ICC_ASGI1R_EL1:
                return true;
        case RMMSIM_SYSREG_ICC_DIR_EL1:
                return (rec->hcr & 1 << 14) != 0; /* TDIR */
        default:
                return false;
        }
}

static void set_x(struct model_rec *rec, unsigned rt, uint64_t value)
{
        if (rt != 31) {
                rec->x[rt] = value;
        }
}

/* Known, or read as zero as nobody has such a register. Otherwise the library says. */
static void read_register(struct model_rec *rec, const struct rmmsim_trap *trap)
{
        uint32_t reg = trap->sysreg;
        const uint64_t *place = stored_of(rec, reg);
        const struct model_timer *timer = timer_of(rec, reg);
        bool clears;

        if (place != NULL) {
                set_x(rec, trap->rt, *place);
        } else if (timer != NULL) {
                set_x(rec, trap->rt, timer_read(timer, RMMSIM_SYSREG_OP2(reg)));
        } else if ((place = pmu_set_of(rec, reg, &clears)) != NULL) {
                set_x(rec, trap->rt, *place);
        } else if (reg == RMMSIM_SYSREG_PMCR_EL0) {
                set_x(rec, trap->rt, model.pmu ? (rec->pmcr & 0x79) | 4 << 11 : 0);
        } else if (reg == RMMSIM_SYSREG_CNTVCT_EL0 || reg == RMMSIM_SYSREG_CNTPCT_EL0) {
                set_x(rec, trap->rt, model.time);
        } else if (reg == RMMSIM_SYSREG_MPIDR_EL1) {
                set_x(rec, trap->rt, UINT64_C(0x80000000) | (uint64_t)(rec - model.recs));
        } else if (reg == RMMSIM_SYSREG_DAIF) {
                set_x(rec, trap->rt, rec->pstate & 0x3c0);
        } else if (rmmsim_sysreg_name(reg) != NULL || is_gic(reg)) {
                rec->adopts = rec->either = true;
                rec->gic_touched |= is_gic(reg);
        } else {
                set_x(rec, trap->rt, 0);
        }
        rec->pc += 4;
}

static void write_register(struct model_rec *rec, uint32_t reg, uint64_t value)
{
        uint64_t *place = stored_of(rec, reg);
        struct model_timer *timer = timer_of(rec, reg);
        bool clears;

        if (place != NULL) {
                *place = value;
        } else if (timer != NULL) {
                timer_write(timer, RMMSIM_SYSREG_OP2(reg), value);
        } else if ((place = pmu_set_of(rec, reg, &clears)) != NULL) {
                pmu_write(place, clears, value);
        } else if (reg == RMMSIM_SYSREG_PMCR_EL0) {
                rec->pmcr = model.pmu ? (rec->pmcr & ~UINT64_C(0x39)) | (value & 0x39) : rec->pmcr;
        } else if (reg == RMMSIM_SYSREG_DAIF) {
                rec->pstate = (rec->pstate & ~UINT64_C(0x3c0)) | (value & 0x3c0);
        } else if (rmmsim_sysreg_name(reg) != NULL || is_gic(reg)) {
                rec->either = true;
                rec->gic_touched |= is_gic(reg);
        }
        rec->pc += 4;
}

bool model_sysreg(struct model_rec *rec, const struct rmmsim_trap *trap)
{
        bool is_read = trap->kind == RMMSIM_TRAP_MRS;

        if (trap->rt > 31 || (trap->sysreg & ~RMMSIM_SYSREG_MASK) != 0) {
                model_take_undefined(rec, rec->pc);
                return false;
        }
        if (is_read) {
                read_register(rec, trap);
                return false;
        }
        if (goes_to_host(rec, trap->sysreg)) {
                model_exit(rec, RMMSIM_EXIT_SYNC, RESUME_DONE);
                model.exit.esr = UINT64_C(0x18) << 26 | 1 << 25 | RMMSIM_SYSREG_ISS(trap->sysreg, trap->rt, 0);
                model.exit.gprs[0] = trap->rt == 31 ? 0 : rec->x[trap->rt];
                rec->pc += 4;
                return true;
        }
        write_register(rec, trap->sysreg, trap->rt == 31 ? 0 : rec->x[trap->rt]);
        return false;
}

/* ---- what the host lends -------------------------------------------------------------------------------------------------- */

/* 5 priority bits, 16 INTID bits, no extended range; four list registers. Sheet section 1.4. */
bool model_gic_valid(const struct rmmsim_rec_enter *enter)
{
        if ((enter->gicv3_hcr & ~UINT64_C(0x40fe)) != 0) {
                return false;
        }
        for (unsigned n = 0; n < MODEL_LRS; n++) {
                uint64_t lr = enter->gicv3_lrs[n];
                uint32_t intid = (uint32_t)lr;
                bool active = lr >> 62 != 0;

                if ((lr >> 61 & 1) != 0 && (active || !MODEL_QUIRK(gic_inactive_lr_unchecked))) {
                        return false;
                }
                if (!active) {
                        continue;
                }
                if ((lr >> 48 & 7) != 0 || (lr >> 32 & 0x1dff) != 0 || (intid > 1019 && intid < 8192) ||
                    intid > 0xffff) {
                        return false;
                }
                for (unsigned i = 0; i < n; i++) {
                        if (enter->gicv3_lrs[i] >> 62 != 0 && (uint32_t)enter->gicv3_lrs[i] == intid) {
                                return false;
                        }
                }
        }
        return true;
}
