/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gic_sysreg.c - the Realm's ICC_ registers.
 *
 * A Realm names ICC_ registers and reaches the virtual ICV_ ones. Most are views of ICH_VMCR_EL2, which the host reads
 * whole at REC exit, so that register is the only copy. Sending an SGI is the host's work: those writes leave the
 * Realm; so does ICC_DIR_EL1 when the host asked with TDIR.
 *
 * Specification: RMM (DEN0137) A6.1 and its REC exits for trapped accesses; GIC (ARM IHI 0069), ICV_
 * registers, ICH_VMCR_EL2.
 */
#include "gic.h"

#include <rmmsim/sysreg.h>

#include <stddef.h>

enum {
        CTLR_CBPR = 1u << 0,
        CTLR_EOIMODE = 1u << 1,
        CTLR_PRIBITS_SHIFT = 8,
        CTLR_IDBITS_SHIFT = 11,
        CTLR_A3V = 1u << 15,
        CTLR_EXTRANGE = 1u << 19,
        SRE_ALL = 7, /* SRE, DFB and DIB: system registers only, no bypass; every bit fixed */
        BPR_MAX = 7,
};

static unsigned field(const struct gic_cpu *cpu, uint64_t mask, unsigned shift)
{
        return (unsigned)((cpu->vmcr & mask) >> shift);
}

static void set_field(struct gic_cpu *cpu, const struct gic_features *f, uint64_t mask, uint64_t bits)
{
        gic_set_vmcr(cpu, f, (cpu->vmcr & ~mask) | (bits & mask));
}

static uint64_t at_least(uint64_t value, uint64_t least)
{
        return value < least ? least : value;
}

void gic_set_vmcr(struct gic_cpu *cpu, const struct gic_features *f, uint64_t vmcr)
{
        const uint64_t priority_mask = (UINT64_C(0xFF00) >> f->priority_bits) & 0xFF;
        const unsigned bpr0_min = 7 - gic_preemption_bits(f);
        const uint64_t bpr0 = (vmcr & GIC_VMCR_VBPR0) >> GIC_VMCR_VBPR0_SHIFT;
        const uint64_t bpr1 = (vmcr & GIC_VMCR_VBPR1) >> GIC_VMCR_VBPR1_SHIFT;

        /* VFIQEn is fixed at one where there is no memory-mapped virtual interface: Group 0 always arrives as FIQ. */
        cpu->vmcr = GIC_VMCR_VFIQEN | (vmcr & (GIC_VMCR_VENG0 | GIC_VMCR_VENG1 | GIC_VMCR_VCBPR | GIC_VMCR_VEOIM)) |
                    (vmcr & (priority_mask << GIC_VMCR_VPMR_SHIFT)) | at_least(bpr0, bpr0_min) << GIC_VMCR_VBPR0_SHIFT |
                    at_least(bpr1, bpr0_min + 1) << GIC_VMCR_VBPR1_SHIFT;
}

static uint64_t ctlr(const struct gic_cpu *cpu, const struct gic_features *f)
{
        return (cpu->vmcr & GIC_VMCR_VCBPR ? CTLR_CBPR : 0u) | (cpu->vmcr & GIC_VMCR_VEOIM ? CTLR_EOIMODE : 0u) |
               (f->priority_bits - 1u) << CTLR_PRIBITS_SHIFT | (f->intid_bits == 24 ? 1u : 0u) << CTLR_IDBITS_SHIFT |
               CTLR_A3V | (f->extended_range ? CTLR_EXTRANGE : 0u);
}

/* With a common binary point BPR1 reads as BPR0 + 1, for it counts from the other side of the same split. */
static uint64_t bpr1(const struct gic_cpu *cpu)
{
        const unsigned bpr0 = field(cpu, GIC_VMCR_VBPR0, GIC_VMCR_VBPR0_SHIFT);

        if (cpu->vmcr & GIC_VMCR_VCBPR) {
                return bpr0 < BPR_MAX ? bpr0 + 1 : BPR_MAX;
        }
        return field(cpu, GIC_VMCR_VBPR1, GIC_VMCR_VBPR1_SHIFT);
}

/* Five preemption bits are 32 levels: one register a group. Each further bit doubles them; the others do not exist. */
static uint32_t *apr(struct gic_cpu *cpu, const struct gic_features *f, uint32_t reg)
{
        const unsigned implemented = 1u << (gic_preemption_bits(f) - 5);
        const enum gic_group group = reg >= RMMSIM_SYSREG_ICC_AP1R0_EL1 ? GIC_GROUP1 : GIC_GROUP0;
        const unsigned n = RMMSIM_SYSREG_OP2(reg) & 3;

        return n < implemented ? &cpu->aprs[group][n] : NULL;
}

static bool is_apr(uint32_t reg)
{
        const uint32_t first = reg & ~RMMSIM_SYSREG(0, 0, 0, 0, 3);

        return first == RMMSIM_SYSREG_ICC_AP0R0_EL1 || first == RMMSIM_SYSREG_ICC_AP1R0_EL1;
}

enum sysreg_access gic_sysreg_read(struct gic_cpu *cpu, const struct gic_features *f, uint64_t *value, uint32_t reg)
{
        if (is_apr(reg)) {
                const uint32_t *levels = apr(cpu, f, reg);

                if (levels == NULL) {
                        return SYSREG_UNDEFINED;
                }
                *value = *levels;
                return SYSREG_DONE;
        }
        switch (reg) {
        case RMMSIM_SYSREG_ICC_IAR0_EL1:
                *value = gic_acknowledge(cpu, f, GIC_GROUP0);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_IAR1_EL1:
                *value = gic_acknowledge(cpu, f, GIC_GROUP1);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_HPPIR0_EL1:
                *value = gic_highest_pending(cpu, f, GIC_GROUP0);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_HPPIR1_EL1:
                *value = gic_highest_pending(cpu, f, GIC_GROUP1);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_RPR_EL1:
                *value = gic_running_priority(cpu, f);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_PMR_EL1:
                *value = field(cpu, GIC_VMCR_VPMR, GIC_VMCR_VPMR_SHIFT);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_BPR0_EL1:
                *value = field(cpu, GIC_VMCR_VBPR0, GIC_VMCR_VBPR0_SHIFT);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_BPR1_EL1:
                *value = bpr1(cpu);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_CTLR_EL1:
                *value = ctlr(cpu, f);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_SRE_EL1:
                *value = SRE_ALL;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_IGRPEN0_EL1:
                *value = cpu->vmcr & GIC_VMCR_VENG0 ? 1 : 0;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_IGRPEN1_EL1:
                *value = cpu->vmcr & GIC_VMCR_VENG1 ? 1 : 0;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_EOIR0_EL1:
        case RMMSIM_SYSREG_ICC_EOIR1_EL1:
        case RMMSIM_SYSREG_ICC_DIR_EL1:
        case RMMSIM_SYSREG_ICC_SGI0R_EL1:
        case RMMSIM_SYSREG_ICC_SGI1R_EL1:
        case RMMSIM_SYSREG_ICC_ASGI1R_EL1:
                return SYSREG_UNDEFINED; /* write-only */
        default:
                return SYSREG_NOT_HERE;
        }
}

enum sysreg_access gic_sysreg_write(struct gic_cpu *cpu, const struct gic_features *f, uint32_t reg, uint64_t value)
{
        const uint32_t intid = (uint32_t)(value & ((UINT64_C(1) << f->intid_bits) - 1));

        if (is_apr(reg)) {
                uint32_t *levels = apr(cpu, f, reg);

                if (levels == NULL) {
                        return SYSREG_UNDEFINED;
                }
                *levels = (uint32_t)value;
                return SYSREG_DONE;
        }
        switch (reg) {
        case RMMSIM_SYSREG_ICC_EOIR0_EL1:
                gic_end(cpu, f, GIC_GROUP0, intid);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_EOIR1_EL1:
                gic_end(cpu, f, GIC_GROUP1, intid);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_DIR_EL1:
                if (cpu->hcr & GIC_HCR_TDIR) {
                        return SYSREG_TRAP_HOST;
                }
                gic_deactivate(cpu, f, intid);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_SGI0R_EL1:
        case RMMSIM_SYSREG_ICC_SGI1R_EL1:
        case RMMSIM_SYSREG_ICC_ASGI1R_EL1:
                return SYSREG_TRAP_HOST;
        case RMMSIM_SYSREG_ICC_PMR_EL1:
                set_field(cpu, f, GIC_VMCR_VPMR, (value & 0xFF) << GIC_VMCR_VPMR_SHIFT);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_BPR0_EL1:
                set_field(cpu, f, GIC_VMCR_VBPR0, (value & BPR_MAX) << GIC_VMCR_VBPR0_SHIFT);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_BPR1_EL1:
                if (!(cpu->vmcr & GIC_VMCR_VCBPR)) {
                        set_field(cpu, f, GIC_VMCR_VBPR1, (value & BPR_MAX) << GIC_VMCR_VBPR1_SHIFT);
                }
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_CTLR_EL1:
                set_field(cpu, f, GIC_VMCR_VCBPR | GIC_VMCR_VEOIM,
                          (value & CTLR_CBPR ? GIC_VMCR_VCBPR : 0) | (value & CTLR_EOIMODE ? GIC_VMCR_VEOIM : 0));
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_IGRPEN0_EL1:
                set_field(cpu, f, GIC_VMCR_VENG0, value & 1 ? GIC_VMCR_VENG0 : 0);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_IGRPEN1_EL1:
                set_field(cpu, f, GIC_VMCR_VENG1, value & 1 ? GIC_VMCR_VENG1 : 0);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_ICC_SRE_EL1:
                return SYSREG_DONE; /* every bit is fixed */
        case RMMSIM_SYSREG_ICC_IAR0_EL1:
        case RMMSIM_SYSREG_ICC_IAR1_EL1:
        case RMMSIM_SYSREG_ICC_HPPIR0_EL1:
        case RMMSIM_SYSREG_ICC_HPPIR1_EL1:
        case RMMSIM_SYSREG_ICC_RPR_EL1:
                return SYSREG_UNDEFINED; /* read-only */
        default:
                return SYSREG_NOT_HERE;
        }
}
