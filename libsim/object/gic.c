/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gic.c - the virtual CPU interface as the host sees it: loaded at REC entry, shown at REC exit.
 *
 * The host owns the list registers and eight bits of ICH_HCR_EL2. The RMM owns the rest of that register, and keeps
 * the Realm's half of the interface (ICH_VMCR_EL2, the active priorities) from one exit to the next entry.
 *
 * EOIcount is kept too and never cleared, so it counts on, modulo 32, over the life of the REC: the host takes
 * differences. Maintenance conditions are reported in gicv3_misr; they do not end a run by themselves.
 *
 * Specification: RMM (DEN0137) A6.1, RmiRecExit; GIC (ARM IHI 0069), ICH_ registers.
 */
#include "gic.h"

#include <string.h>

void gic_reset(struct gic_cpu *cpu, const struct gic_features *f)
{
        memset(cpu, 0, sizeof(*cpu));
        cpu->hcr = GIC_HCR_RMM;
        gic_set_vmcr(cpu, f, 0);
}

/*
 * List registers that are not implemented have been zero since the reset. The RMM restores ICH_VMCR_EL2 by writing it, and
 * hardware rounds what is written: nothing to do here, as every write to ours was rounded.
 */
void gic_enter(struct gic_cpu *cpu, const struct gic_features *f, uint64_t hcr, const uint64_t lrs[GIC_LRS_MAX])
{
        const bool in_use = !gic_lrs_zero(lrs);

        cpu->hcr = (cpu->hcr & GIC_HCR_EOICOUNT) | GIC_HCR_RMM | (hcr & GIC_HCR_HOST);
        if (in_use || cpu->lrs_in_use) {
                memcpy(cpu->lrs, lrs, f->lrs * sizeof(lrs[0]));
        }
        cpu->lrs_in_use = in_use;
}

/* The list registers whose interrupt has ended and whose host asked to be told: ICH_EISR_EL2. */
uint64_t gic_eisr(const struct gic_cpu *cpu, const struct gic_features *f)
{
        uint64_t ended = 0;

        for (unsigned n = 0; n < f->lrs; n++) {
                if ((cpu->lrs[n] & (GIC_LR_STATE | GIC_LR_HW | GIC_LR_EOI)) == GIC_LR_EOI) {
                        ended |= UINT64_C(1) << n;
                }
        }
        return ended;
}

/* The list registers that can be overwritten and nothing is lost: ICH_ELRSR_EL2. */
uint64_t gic_elrsr(const struct gic_cpu *cpu, const struct gic_features *f)
{
        uint64_t empty = 0;

        for (unsigned n = 0; n < f->lrs; n++) {
                const uint64_t lr = cpu->lrs[n];

                if ((lr & GIC_LR_STATE) == 0 && ((lr & GIC_LR_HW) || !(lr & GIC_LR_EOI))) {
                        empty |= UINT64_C(1) << n;
                }
        }
        return empty;
}

static unsigned count_state(const struct gic_cpu *cpu, const struct gic_features *f, bool pending_only)
{
        unsigned count = 0;

        for (unsigned n = 0; n < f->lrs; n++) {
                const uint64_t state = cpu->lrs[n] & GIC_LR_STATE;

                count += pending_only ? state == GIC_LR_PENDING : state != 0;
        }
        return count;
}

/* A register that is active and pending is not "in the pending state": it cannot be taken before it is deactivated. */
uint64_t gic_misr_slow(const struct gic_cpu *cpu, const struct gic_features *f)
{
        const bool group0 = cpu->vmcr & GIC_VMCR_VENG0;
        const bool group1 = cpu->vmcr & GIC_VMCR_VENG1;
        uint64_t misr = gic_eisr(cpu, f) != 0 ? GIC_MISR_EOI : 0;

        if ((cpu->hcr & GIC_HCR_UIE) && count_state(cpu, f, false) <= 1) {
                misr |= GIC_MISR_U;
        }
        if ((cpu->hcr & GIC_HCR_LRENPIE) && (cpu->hcr & GIC_HCR_EOICOUNT)) {
                misr |= GIC_MISR_LRENP;
        }
        if ((cpu->hcr & GIC_HCR_NPIE) && count_state(cpu, f, true) == 0) {
                misr |= GIC_MISR_NP;
        }
        if (cpu->hcr & (group0 ? GIC_HCR_VGRP0EIE : GIC_HCR_VGRP0DIE)) {
                misr |= group0 ? GIC_MISR_VGRP0E : GIC_MISR_VGRP0D;
        }
        if (cpu->hcr & (group1 ? GIC_HCR_VGRP1EIE : GIC_HCR_VGRP1DIE)) {
                misr |= group1 ? GIC_MISR_VGRP1E : GIC_MISR_VGRP1D;
        }
        return misr;
}

bool gic_maintenance_pending(const struct gic_cpu *cpu, const struct gic_features *f)
{
        return (cpu->hcr & GIC_HCR_EN) && gic_misr(cpu, f) != 0;
}
