/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gic.h - the GICv3 virtual CPU interface of one REC.
 *
 * The host keeps the interrupt controller of a Realm and lends the RMM one thing: up to sixteen list registers and
 * eight control bits at REC entry, taken back at REC exit. In between the Realm's ICC_ accesses and the interrupts it
 * takes are the work of the virtual CPU interface, which this models: plain data, no pointers, kept in the REC's page.
 *
 * Specification: RMM (DEN0137) A6.1 "Realm interrupts", RMI_REC_ENTER condition rec_gicv3, RmiRecEnter and RmiRecExit;
 * GIC (ARM IHI 0069) "Interrupt handling and prioritization", and its ICH_ and ICV_ registers.
 */
#ifndef GIC_H
#define GIC_H

#include "sysreg_access.h"

#include <stdbool.h>
#include <stdint.h>

#define GIC_LRS_MAX  16
#define GIC_APRS_MAX 4

/* INTIDs: SGIs, PPIs and SPIs, then four special numbers that name no interrupt, and LPIs from 8192 on. */
#define GIC_INTID_SGI_LAST      15u
#define GIC_INTID_SPECIAL_FIRST 1020u
#define GIC_INTID_SPURIOUS      1023u
#define GIC_INTID_LPI_FIRST     8192u

#define GIC_PRIORITY_IDLE 0xFFu /* the running priority while no interrupt is active */

/* ICH_HCR_EL2 */
#define GIC_HCR_EN           (UINT64_C(1) << 0)
#define GIC_HCR_UIE          (UINT64_C(1) << 1)
#define GIC_HCR_LRENPIE      (UINT64_C(1) << 2)
#define GIC_HCR_NPIE         (UINT64_C(1) << 3)
#define GIC_HCR_VGRP0EIE     (UINT64_C(1) << 4)
#define GIC_HCR_VGRP0DIE     (UINT64_C(1) << 5)
#define GIC_HCR_VGRP1EIE     (UINT64_C(1) << 6)
#define GIC_HCR_VGRP1DIE     (UINT64_C(1) << 7)
#define GIC_HCR_VSGIEOICOUNT (UINT64_C(1) << 8)
#define GIC_HCR_TDIR         (UINT64_C(1) << 14)
#define GIC_HCR_DVIM         (UINT64_C(1) << 15)
#define GIC_HCR_EOICOUNT     (UINT64_C(0x1F) << 27)
#define GIC_HCR_EOICOUNT_ONE (UINT64_C(1) << 27)
#define GIC_HCR_HOST         UINT64_C(0x40FE) /* the bits the host may set at entry */
#define GIC_HCR_RMM          (GIC_HCR_EN | GIC_HCR_VSGIEOICOUNT | GIC_HCR_DVIM)
#define GIC_HCR_EXIT         (GIC_HCR_EOICOUNT | GIC_HCR_HOST) /* the bits the host sees at exit     */

/* ICH_LR<n>_EL2, with HW == 0: bit 41 of pINTID then asks for a maintenance interrupt at EOI. */
#define GIC_LR_PENDING        (UINT64_C(1) << 62)
#define GIC_LR_ACTIVE         (UINT64_C(1) << 63)
#define GIC_LR_STATE          (GIC_LR_PENDING | GIC_LR_ACTIVE)
#define GIC_LR_HW             (UINT64_C(1) << 61)
#define GIC_LR_GROUP1         (UINT64_C(1) << 60)
#define GIC_LR_PRIORITY_SHIFT 48
#define GIC_LR_PRIORITY       (UINT64_C(0xFF) << GIC_LR_PRIORITY_SHIFT)
#define GIC_LR_PINTID         (UINT64_C(0x1FFF) << 32)
#define GIC_LR_EOI            (UINT64_C(1) << 41)
#define GIC_LR_VINTID         UINT64_C(0xFFFFFFFF)

/* ICH_MISR_EL2 */
#define GIC_MISR_EOI    (UINT64_C(1) << 0)
#define GIC_MISR_U      (UINT64_C(1) << 1)
#define GIC_MISR_LRENP  (UINT64_C(1) << 2)
#define GIC_MISR_NP     (UINT64_C(1) << 3)
#define GIC_MISR_VGRP0E (UINT64_C(1) << 4)
#define GIC_MISR_VGRP0D (UINT64_C(1) << 5)
#define GIC_MISR_VGRP1E (UINT64_C(1) << 6)
#define GIC_MISR_VGRP1D (UINT64_C(1) << 7)

/* ICH_VMCR_EL2: the Realm's view of the interface, gathered in one register. */
#define GIC_VMCR_VENG0       (UINT64_C(1) << 0)
#define GIC_VMCR_VENG1       (UINT64_C(1) << 1)
#define GIC_VMCR_VFIQEN      (UINT64_C(1) << 3)
#define GIC_VMCR_VCBPR       (UINT64_C(1) << 4)
#define GIC_VMCR_VEOIM       (UINT64_C(1) << 9)
#define GIC_VMCR_VBPR1_SHIFT 18
#define GIC_VMCR_VBPR1       (UINT64_C(7) << GIC_VMCR_VBPR1_SHIFT)
#define GIC_VMCR_VBPR0_SHIFT 21
#define GIC_VMCR_VBPR0       (UINT64_C(7) << GIC_VMCR_VBPR0_SHIFT)
#define GIC_VMCR_VPMR_SHIFT  24
#define GIC_VMCR_VPMR        (UINT64_C(0xFF) << GIC_VMCR_VPMR_SHIFT)

enum gic_group {
        GIC_GROUP0, /* signalled as virtual FIQ */
        GIC_GROUP1, /* signalled as virtual IRQ */
};

/* What the hardware implements; the same for every REC of an instance. ICH_VTR_EL2 names the fields. */
struct gic_features {
        uint8_t lrs;             /* list registers, 1 to 16                                          */
        uint8_t priority_bits;   /* 5 to 8                                                           */
        uint8_t preemption_bits; /* 5 to 7, at most priority_bits; 0: as many as priority_bits allow */
        uint8_t intid_bits;      /* 16 or 24                                                         */
        bool extended_range;     /* INTIDs 1056 to 1119 and 4096 to 5119 exist                       */
};

struct gic_cpu {
        uint64_t hcr;
        uint64_t vmcr;
        uint64_t lrs[GIC_LRS_MAX];
        uint32_t aprs[2][GIC_APRS_MAX]; /* ICH_AP0R<n>_EL2 and ICH_AP1R<n>_EL2 */
        bool lrs_in_use;                /* the host lent a list register that is not zero: only then look at them */
};

bool gic_features_valid(const struct gic_features *features);
unsigned gic_preemption_bits(const struct gic_features *features);

/* May an interrupt have this INTID? The special INTIDs 1020 to 1023 and the reserved ranges may not. */
bool gic_intid_valid(const struct gic_features *features, uint32_t intid);

/* --- What the host passes at REC entry: gic_validate.c ----------------------------------------------------------- */

/* Why a value was refused, in the order of the checks. */
enum gic_rule {
        GIC_RULE_NONE,
        GIC_RULE_HCR,       /* a bit of gicv3_hcr that is not the host's                        */
        GIC_RULE_HW,        /* HW is 1: the interrupt would be tied to a physical one           */
        GIC_RULE_PRIORITY,  /* a priority bit that is not implemented                           */
        GIC_RULE_PINTID,    /* a bit of pINTID other than EOI                                   */
        GIC_RULE_VINTID,    /* a vINTID no interrupt may have                                   */
        GIC_RULE_DUPLICATE, /* the vINTID of an earlier list register                           */
};

struct gic_refusal {
        enum gic_rule rule;
        unsigned lr;   /* index of the list register; 0 for GIC_RULE_HCR          */
        unsigned twin; /* GIC_RULE_DUPLICATE: the earlier register; otherwise 0   */
        uint64_t bits; /* the offending bits, in place in the value; never zero, but for vINTID 0 */
};

/*
 * Are gicv3_hcr and the implemented registers of gicv3_lrs acceptable? If not, *why says which was wrong.
 *
 * The specification wants HW == 0 in every list register. inactive_lr_unchecked gives the reference's reading: a
 * register with State == 0 is not looked at.
 */
bool gic_entry_valid(const struct gic_features *features, struct gic_refusal *why, uint64_t hcr,
                     const uint64_t lrs[GIC_LRS_MAX], bool inactive_lr_unchecked);

/* What the rule demands, as half a sentence: "HW (bit 61) must be 0". */
const char *gic_rule_text(enum gic_rule rule);

/* --- Between host and Realm: gic.c ------------------------------------------------------------------------------- */

void gic_reset(struct gic_cpu *cpu, const struct gic_features *features);

/* Does the host lend nothing, as at most entries? Looks at all sixteen, which is quicker than to count. */
static inline bool gic_lrs_zero(const uint64_t lrs[GIC_LRS_MAX])
{
        uint64_t any = 0;

        for (unsigned n = 0; n < GIC_LRS_MAX; n++) {
                any |= lrs[n];
        }
        return any == 0;
}

/* REC entry: load what gic_entry_valid accepted. Everything else is as the last exit left it. */
void gic_enter(struct gic_cpu *cpu, const struct gic_features *features, uint64_t hcr, const uint64_t lrs[GIC_LRS_MAX]);

/*
 * REC exit: what the host is shown beside lrs, vmcr and gic_misr(), of gicv3_hcr. The interface keeps its state for the next
 * entry.
 */
static inline uint64_t gic_exit_hcr(const struct gic_cpu *cpu)
{
        return cpu->hcr & GIC_HCR_EXIT;
}

uint64_t gic_misr_slow(const struct gic_cpu *cpu, const struct gic_features *features);

/* Without a list register in use, and a condition asked for, there is none. */
static inline uint64_t gic_misr(const struct gic_cpu *cpu, const struct gic_features *features)
{
        return cpu->lrs_in_use || (cpu->hcr & GIC_HCR_HOST) != 0 ? gic_misr_slow(cpu, features) : 0;
}

uint64_t gic_eisr(const struct gic_cpu *cpu, const struct gic_features *features);
uint64_t gic_elrsr(const struct gic_cpu *cpu, const struct gic_features *features);
bool gic_maintenance_pending(const struct gic_cpu *cpu, const struct gic_features *features);

/* --- What the Realm's PE sees: gic_cpu.c ------------------------------------------------------------------------- */

/* Is a virtual IRQ (Group 1) or a virtual FIQ (Group 0) signalled now? PSTATE may still mask it. At most one is. */
bool gic_irq_or_fiq_pending(const struct gic_cpu *cpu, const struct gic_features *features);
static inline bool gic_interrupt_pending(const struct gic_cpu *cpu, const struct gic_features *features)
{
        return cpu->lrs_in_use && gic_irq_or_fiq_pending(cpu, features);
}

bool gic_irq_pending(const struct gic_cpu *cpu, const struct gic_features *features);
bool gic_fiq_pending(const struct gic_cpu *cpu, const struct gic_features *features);

/* The reads and writes with consequences, one function each: ICV_IAR, ICV_EOIR, ICV_DIR, ICV_HPPIR, ICV_RPR. */
uint32_t gic_acknowledge(struct gic_cpu *cpu, const struct gic_features *features, enum gic_group group);
void gic_end(struct gic_cpu *cpu, const struct gic_features *features, enum gic_group group, uint32_t intid);
void gic_deactivate(struct gic_cpu *cpu, const struct gic_features *features, uint32_t intid);
uint32_t gic_highest_pending(const struct gic_cpu *cpu, const struct gic_features *features, enum gic_group group);
unsigned gic_running_priority(const struct gic_cpu *cpu, const struct gic_features *features);

/* --- The same as system registers: gic_sysreg.c ------------------------------------------------------------------ */

/* Set the fields of ICH_VMCR_EL2, every one rounded to what the hardware can hold. */
void gic_set_vmcr(struct gic_cpu *cpu, const struct gic_features *features, uint64_t vmcr);

/* MRS and MSR of a register packed as in <rmmsim/sysreg.h>. *value is written only for SYSREG_DONE. */
enum sysreg_access gic_sysreg_read(struct gic_cpu *cpu, const struct gic_features *features, uint64_t *value,
                                   uint32_t reg);
enum sysreg_access gic_sysreg_write(struct gic_cpu *cpu, const struct gic_features *features, uint32_t reg,
                                    uint64_t value);

#endif
