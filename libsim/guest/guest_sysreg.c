/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_sysreg.c - which device answers an MRS or MSR of a guest.
 *
 * In order: the GIC CPU interface, the timers, the PMU, registers that only store, and registers that identify the CPU. What
 * is left reads as zero and ignores writes, as for any register that an RMM traps without serving it.
 */
#include "guest_sysreg.h"
#include "el1.h"

#define COUNTER_FREQUENCY_HZ UINT64_C(1000000000)

#define PMCR_C       BIT(2)         /* resets the cycle counter, and reads as zero, as P does */
#define PMCR_STORED  UINT64_C(0x39) /* E, D, X, DP                                            */
#define PMCR_READ    UINT64_C(0x79) /* the same, and LC                                       */
#define PMCR_N_SHIFT 11

/* ---- registers that only store ---------------------------------------------------------------------------------------- */

static uint64_t *stored(struct rec *rec, uint32_t reg)
{
        switch (reg) {
        case RMMSIM_SYSREG_SCTLR_EL1:
                return &rec->el1.sctlr;
        case RMMSIM_SYSREG_VBAR_EL1:
                return &rec->el1.vbar;
        case RMMSIM_SYSREG_ESR_EL1:
                return &rec->el1.esr;
        case RMMSIM_SYSREG_FAR_EL1:
                return &rec->el1.far;
        case RMMSIM_SYSREG_ELR_EL1:
                return &rec->el1.elr;
        case RMMSIM_SYSREG_SPSR_EL1:
                return &rec->el1.spsr;
        case RMMSIM_SYSREG_MDSCR_EL1:
                return &rec->el1.mdscr;
        case RMMSIM_SYSREG_SP_EL0:
                return &rec->el1.sp_el0;
        case RMMSIM_SYSREG_TPIDR_EL0:
                return &rec->el1.tpidr_el0;
        case RMMSIM_SYSREG_TPIDRRO_EL0:
                return &rec->el1.tpidrro_el0;
        case RMMSIM_SYSREG_TPIDR_EL1:
                return &rec->el1.tpidr_el1;
        case RMMSIM_SYSREG_CPACR_EL1:
                return &rec->el1.cpacr;
        case RMMSIM_SYSREG_TTBR0_EL1:
                return &rec->el1.ttbr0;
        case RMMSIM_SYSREG_TTBR1_EL1:
                return &rec->el1.ttbr1;
        case RMMSIM_SYSREG_TCR_EL1:
                return &rec->el1.tcr;
        case RMMSIM_SYSREG_MAIR_EL1:
                return &rec->el1.mair;
        case RMMSIM_SYSREG_AMAIR_EL1:
                return &rec->el1.amair;
        case RMMSIM_SYSREG_PAR_EL1:
                return &rec->el1.par;
        case RMMSIM_SYSREG_AFSR0_EL1:
                return &rec->el1.afsr0;
        case RMMSIM_SYSREG_AFSR1_EL1:
                return &rec->el1.afsr1;
        case RMMSIM_SYSREG_CONTEXTIDR_EL1:
                return &rec->el1.contextidr;
        case RMMSIM_SYSREG_CNTKCTL_EL1:
                return &rec->el1.cntkctl;
        case RMMSIM_SYSREG_ACTLR_EL1:
                return &rec->el1.actlr;
        case RMMSIM_SYSREG_ZCR_EL1:
                return &rec->el1.zcr;
        default:
                return NULL;
        }
}

/* ---- PMU -------------------------------------------------------------------------------------------------------------- */

/* The set of counters behind a pair of set and clear registers, or NULL. */
static uint64_t *pmu_set(struct rec *rec, uint32_t reg, bool *clears)
{
        *clears = reg == RMMSIM_SYSREG_PMCNTENCLR_EL0 || reg == RMMSIM_SYSREG_PMINTENCLR_EL1 ||
                  reg == RMMSIM_SYSREG_PMOVSCLR_EL0;
        switch (reg) {
        case RMMSIM_SYSREG_PMCNTENSET_EL0:
        case RMMSIM_SYSREG_PMCNTENCLR_EL0:
                return &rec->pmu.cntenset;
        case RMMSIM_SYSREG_PMINTENSET_EL1:
        case RMMSIM_SYSREG_PMINTENCLR_EL1:
                return &rec->pmu.intenset;
        case RMMSIM_SYSREG_PMOVSSET_EL0:
        case RMMSIM_SYSREG_PMOVSCLR_EL0:
                return &rec->pmu.ovsset;
        default:
                return NULL;
        }
}

/* The counters that the Realm has: its event counters and the cycle counter, bit 31. */
static uint64_t pmu_counters(const struct realm *realm)
{
        return BIT(31) | (BIT(realm->pmu_num_ctrs) - 1);
}

static bool pmu_read(struct rec *rec, const struct realm *realm, uint32_t reg, uint64_t *value)
{
        bool clears;
        const uint64_t *set = pmu_set(rec, reg, &clears);

        if (set != NULL) {
                *value = realm->pmu ? *set : 0;
        } else if (reg == RMMSIM_SYSREG_PMCR_EL0) {
                *value = realm->pmu ? (rec->pmu.pmcr & PMCR_READ) | (uint64_t)realm->pmu_num_ctrs << PMCR_N_SHIFT : 0;
        } else if (reg == RMMSIM_SYSREG_PMCCNTR_EL0) {
                *value = realm->pmu ? rec->pmu.ccntr : 0;
        } else {
                return false;
        }
        return true;
}

static bool pmu_write(struct rec *rec, const struct realm *realm, uint32_t reg, uint64_t value)
{
        bool clears;
        uint64_t *set = pmu_set(rec, reg, &clears);

        if (set == NULL && reg != RMMSIM_SYSREG_PMCR_EL0 && reg != RMMSIM_SYSREG_PMCCNTR_EL0) {
                return false;
        }
        if (!realm->pmu) {
                return true;
        }
        if (set != NULL) {
                value &= pmu_counters(realm);
                *set = clears ? *set & ~value : *set | value;
        } else if (reg == RMMSIM_SYSREG_PMCR_EL0) {
                rec->pmu.pmcr = (rec->pmu.pmcr & ~PMCR_STORED) | (value & PMCR_STORED);
                rec->pmu.ccntr = (value & PMCR_C) != 0 ? 0 : rec->pmu.ccntr;
        } else {
                rec->pmu.ccntr = value;
        }
        return true;
}

/* ---- registers that identify the CPU ---------------------------------------------------------------------------------- */

static uint64_t pa_range(unsigned pa_bits)
{
        static const struct {
                unsigned bits;
                unsigned field;
        } ranges[] = { { 52, 6 }, { 48, 5 }, { 44, 4 }, { 42, 3 }, { 40, 2 }, { 36, 1 } };

        for (unsigned i = 0; i < ARRAY_SIZE(ranges); i++) {
                if (pa_bits >= ranges[i].bits) {
                        return ranges[i].field;
                }
        }
        return 0;
}

/*
 * A plain CPU with what the Realm was given. Trace, SPE, TRBE, BRBE, AMU, MTE and SME are absent from it, as an RMM hides
 * them from every Realm.
 */
static bool identification(const struct rmmsim_vcpu *vcpu, uint32_t reg, uint64_t *value)
{
        const struct profile *profile = &vcpu->pe->rmm->profile;
        const struct realm *realm = vcpu->realm;

        switch (reg) {
        case RMMSIM_SYSREG_MPIDR_EL1:
                *value = mpidr_to_el1(vcpu->rec->mpidr);
                break;
        case RMMSIM_SYSREG_MIDR_EL1:
                *value = UINT64_C(0xf) << 16; /* implementer 0: reserved for software use */
                break;
        case RMMSIM_SYSREG_ID_AA64PFR0_EL1:
                *value = UINT64_C(0x1001111) | UINT64_C(1) << 28 | (uint64_t)realm->sve << 32;
                break;
        case RMMSIM_SYSREG_ID_AA64DFR0_EL1:
                *value = UINT64_C(6) | (uint64_t)realm->pmu << 8 | min_u64(realm->num_bps, 15) << 12 |
                         min_u64(realm->num_wps, 15) << 20;
                break;
        case RMMSIM_SYSREG_ID_AA64MMFR0_EL1:
                *value = pa_range(profile->pa_bits) | (uint64_t)profile->lpa2 << 28;
                break;
        case RMMSIM_SYSREG_ID_AA64MMFR1_EL1:
                *value = profile->vmid_bits == 16 ? UINT64_C(2) << 4 : 0;
                break;
        case RMMSIM_SYSREG_ISR_EL1:
                *value = (uint64_t)gic_irq_pending(&vcpu->rec->gic, &vcpu->pe->rmm->gic) << 7 |
                         (uint64_t)gic_fiq_pending(&vcpu->rec->gic, &vcpu->pe->rmm->gic) << 6 |
                         (uint64_t)vcpu->rec->vserror << 8;
                break;
        case RMMSIM_SYSREG_DAIF:
                *value = vcpu->rec->el1.pstate & UINT64_C(0x3c0);
                break;
        default:
                *value = 0;
                return false;
        }
        return true;
}

/* ---- dispatch --------------------------------------------------------------------------------------------------------- */

static enum sysreg_access read_register(const struct rmmsim_vcpu *vcpu, uint32_t reg, uint64_t *value)
{
        const struct rmm *rmm = vcpu->pe->rmm;
        struct rec *rec = vcpu->rec;
        uint64_t now = atomic_load_explicit(&rmm->time, memory_order_relaxed);
        enum sysreg_access access = gic_sysreg_read(&rec->gic, &rmm->gic, value, reg);
        const uint64_t *store;

        if (access == SYSREG_NOT_HERE) {
                access = timers_sysreg_read(&rec->timers, value, reg, now, COUNTER_FREQUENCY_HZ);
        }
        if (access != SYSREG_NOT_HERE) {
                return access;
        }
        if (reg == RMMSIM_SYSREG_ZCR_EL1 && !vcpu->realm->sve) {
                return SYSREG_UNDEFINED;
        }
        if ((store = stored(rec, reg)) != NULL) {
                *value = *store;
        } else if (!pmu_read(rec, vcpu->realm, reg, value)) {
                (void)identification(vcpu, reg, value);
        }
        return SYSREG_DONE;
}

static enum sysreg_access write_register(const struct rmmsim_vcpu *vcpu, uint32_t reg, uint64_t value)
{
        const struct rmm *rmm = vcpu->pe->rmm;
        struct rec *rec = vcpu->rec;
        uint64_t now = atomic_load_explicit(&rmm->time, memory_order_relaxed);
        enum sysreg_access access = gic_sysreg_write(&rec->gic, &rmm->gic, reg, value);
        uint64_t *store;

        if (access == SYSREG_NOT_HERE) {
                access = timers_sysreg_write(&rec->timers, reg, value, now);
        }
        if (access != SYSREG_NOT_HERE) {
                return access;
        }
        if (reg == RMMSIM_SYSREG_ZCR_EL1 && !vcpu->realm->sve) {
                return SYSREG_UNDEFINED;
        }
        if ((store = stored(rec, reg)) != NULL) {
                *store = value;
        } else if (reg == RMMSIM_SYSREG_DAIF) {
                rec->el1.pstate = (rec->el1.pstate & ~UINT64_C(0x3c0)) | (value & UINT64_C(0x3c0));
        } else {
                (void)pmu_write(rec, vcpu->realm, reg, value);
        }
        return SYSREG_DONE;
}

/* The host emulates the access: ICC_DIR_EL1 under TDIR, and the registers that generate SGIs. */
static void exit_sysreg(const struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap, bool is_read)
{
        struct rec *rec = vcpu->rec;
        struct rmmsim_rec_exit *exit = pe_exit(vcpu->pe);

        vcpu_exit(vcpu, RMMSIM_EXIT_SYNC, RESUME_DONE);
        exit->esr = ESR_EC(EC_SYSREG) | ESR_IL | RMMSIM_SYSREG_ISS(trap->sysreg, trap->rt, is_read);
        exit->gprs[0] = is_read || trap->rt == 31 ? 0 : rec->gprs[trap->rt];
        rec->pc += 4;
}

void guest_sysreg(struct rmmsim_vcpu *vcpu, const struct rmmsim_trap *trap)
{
        struct rec *rec = vcpu->rec;
        bool is_read = trap->kind == RMMSIM_TRAP_MRS;
        enum sysreg_access access = SYSREG_UNDEFINED;
        uint64_t value = 0;

        if (trap->rt <= 31 && (trap->sysreg & ~(uint32_t)RMMSIM_SYSREG_MASK) == 0) {
                access = is_read ? read_register(vcpu, trap->sysreg, &value)
                                 : write_register(vcpu, trap->sysreg, trap->rt == 31 ? 0 : rec->gprs[trap->rt]);
        }
        switch (access) {
        case SYSREG_TRAP_HOST:
                exit_sysreg(vcpu, trap, is_read);
                break;
        case SYSREG_UNDEFINED:
                el1_take_undefined(rec, rec->pc, rec->pc + 4);
                break;
        default:
                if (is_read && trap->rt != 31) {
                        rec->gprs[trap->rt] = value;
                }
                rec->pc += 4;
                break;
        }
}
