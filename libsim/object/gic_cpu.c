/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gic_cpu.c - which virtual interrupt is signalled, and what acknowledging and ending it does.
 *
 * An interrupt lives in a list register and moves pending -> active -> inactive. Beside it, one bit of an active
 * priorities register records that a priority level is occupied; the lowest set bit is the running priority, which only
 * a better group priority preempts. Acknowledge sets both, the priority drop clears the bit, deactivation the state;
 * EOImode decides whether one write does the last two.
 *
 * Where the architecture leaves a choice: among equal priorities the lowest list register wins; a write to EOIR that
 * drops no priority still counts in EOIcount if no list register holds the INTID; DIR is ignored while EOImode is 0;
 * a list register is deactivated by EOIR only if its group and group priority are those just dropped.
 *
 * Specification: GIC (ARM IHI 0069) "Interrupt handling and prioritization", ICV_ and ICH_ registers; RMM
 * (DEN0137) A6.1.
 */
#include "gic.h"

static enum gic_group lr_group(uint64_t lr)
{
        return lr & GIC_LR_GROUP1 ? GIC_GROUP1 : GIC_GROUP0;
}

static unsigned lr_priority(uint64_t lr)
{
        return (unsigned)((lr & GIC_LR_PRIORITY) >> GIC_LR_PRIORITY_SHIFT);
}

static uint32_t lr_vintid(uint64_t lr)
{
        return (uint32_t)(lr & GIC_LR_VINTID);
}

static bool group_enabled(const struct gic_cpu *cpu, enum gic_group group)
{
        return cpu->vmcr & (group == GIC_GROUP1 ? GIC_VMCR_VENG1 : GIC_VMCR_VENG0);
}

/* The bits of a priority that take part in preemption. A value p of BPR0 splits below bit p + 1, of BPR1 below p. */
static unsigned group_priority_mask(const struct gic_cpu *cpu, enum gic_group group)
{
        unsigned split = (unsigned)((cpu->vmcr & GIC_VMCR_VBPR0) >> GIC_VMCR_VBPR0_SHIFT) + 1;

        if (group == GIC_GROUP1 && !(cpu->vmcr & GIC_VMCR_VCBPR)) {
                split = (unsigned)((cpu->vmcr & GIC_VMCR_VBPR1) >> GIC_VMCR_VBPR1_SHIFT);
        }
        return (0xFFu << split) & 0xFF;
}

static unsigned level_shift(const struct gic_features *f)
{
        return 8 - gic_preemption_bits(f);
}

/* The occupied level of one group with the best priority, as a priority; GIC_PRIORITY_IDLE if there is none. */
static unsigned active_priority(const struct gic_cpu *cpu, const struct gic_features *f, enum gic_group group)
{
        for (unsigned i = 0; i < GIC_APRS_MAX; i++) {
                const uint32_t levels = cpu->aprs[group][i];

                if (levels != 0) {
                        return (i * 32 + (unsigned)__builtin_ctz(levels)) << level_shift(f);
                }
        }
        return GIC_PRIORITY_IDLE;
}

static void set_level(struct gic_cpu *cpu, const struct gic_features *f, enum gic_group group, unsigned priority,
                      bool occupied)
{
        const unsigned level = priority >> level_shift(f);
        const uint32_t bit = UINT32_C(1) << (level % 32);
        uint32_t *levels = &cpu->aprs[group][level / 32];

        *levels = occupied ? *levels | bit : *levels & ~bit;
}

unsigned gic_running_priority(const struct gic_cpu *cpu, const struct gic_features *f)
{
        const unsigned group0 = active_priority(cpu, f, GIC_GROUP0);
        const unsigned group1 = active_priority(cpu, f, GIC_GROUP1);

        return group0 < group1 ? group0 : group1;
}

/* The pending list register with the best priority among the enabled groups; -1 if none. */
static int best_pending_lr(const struct gic_cpu *cpu, const struct gic_features *f)
{
        int best = -1;

        for (unsigned n = 0; n < f->lrs; n++) {
                const uint64_t lr = cpu->lrs[n];

                if ((lr & GIC_LR_STATE) != GIC_LR_PENDING || !group_enabled(cpu, lr_group(lr))) {
                        continue;
                }
                if (best < 0 || lr_priority(lr) < lr_priority(cpu->lrs[best])) {
                        best = (int)n;
                }
        }
        return best;
}

/* Past the priority mask, and better than what runs now? Subpriority bits do not preempt. */
static bool can_signal(const struct gic_cpu *cpu, const struct gic_features *f, uint64_t lr)
{
        const unsigned priority = lr_priority(lr);
        const unsigned running = gic_running_priority(cpu, f);
        const unsigned mask = group_priority_mask(cpu, lr_group(lr));

        if (!(cpu->hcr & GIC_HCR_EN) || priority >= (cpu->vmcr & GIC_VMCR_VPMR) >> GIC_VMCR_VPMR_SHIFT) {
                return false;
        }
        return running == GIC_PRIORITY_IDLE || (priority & mask) < (running & mask);
}

static int signalled_lr(const struct gic_cpu *cpu, const struct gic_features *f, enum gic_group group)
{
        const int n = best_pending_lr(cpu, f);

        if (n < 0 || lr_group(cpu->lrs[n]) != group || !can_signal(cpu, f, cpu->lrs[n])) {
                return -1;
        }
        return n;
}

bool gic_irq_or_fiq_pending(const struct gic_cpu *cpu, const struct gic_features *f)
{
        const int n = best_pending_lr(cpu, f);

        return n >= 0 && can_signal(cpu, f, cpu->lrs[n]);
}

bool gic_irq_pending(const struct gic_cpu *cpu, const struct gic_features *f)
{
        return signalled_lr(cpu, f, GIC_GROUP1) >= 0;
}

bool gic_fiq_pending(const struct gic_cpu *cpu, const struct gic_features *f)
{
        return signalled_lr(cpu, f, GIC_GROUP0) >= 0;
}

/* Neither the priority mask nor the running priority hides an interrupt from this register. */
uint32_t gic_highest_pending(const struct gic_cpu *cpu, const struct gic_features *f, enum gic_group group)
{
        const int n = best_pending_lr(cpu, f);

        return n >= 0 && lr_group(cpu->lrs[n]) == group ? lr_vintid(cpu->lrs[n]) : GIC_INTID_SPURIOUS;
}

uint32_t gic_acknowledge(struct gic_cpu *cpu, const struct gic_features *f, enum gic_group group)
{
        const int n = signalled_lr(cpu, f, group);

        if (n < 0) {
                return GIC_INTID_SPURIOUS;
        }
        set_level(cpu, f, group, lr_priority(cpu->lrs[n]) & group_priority_mask(cpu, group), true);
        cpu->lrs[n] = (cpu->lrs[n] & ~GIC_LR_STATE) | GIC_LR_ACTIVE;
        return lr_vintid(cpu->lrs[n]);
}

/* Free the running priority, of Group 0 if both groups occupy it. Returns it; GIC_PRIORITY_IDLE if nothing ran. */
static unsigned drop_priority(struct gic_cpu *cpu, const struct gic_features *f)
{
        const unsigned running = gic_running_priority(cpu, f);
        const enum gic_group group = active_priority(cpu, f, GIC_GROUP0) == running ? GIC_GROUP0 : GIC_GROUP1;

        if (running != GIC_PRIORITY_IDLE) {
                set_level(cpu, f, group, running, false);
        }
        return running;
}

static int active_lr(const struct gic_cpu *cpu, const struct gic_features *f, uint32_t intid)
{
        for (unsigned n = 0; n < f->lrs; n++) {
                if ((cpu->lrs[n] & GIC_LR_ACTIVE) && lr_vintid(cpu->lrs[n]) == intid) {
                        return (int)n;
                }
        }
        return -1;
}

/* A deactivation no list register could take. LPIs have no active state to end; SGIs are excepted by vSGIEOICount. */
static void count_deactivation(struct gic_cpu *cpu, const struct gic_features *f, uint32_t intid)
{
        const bool uncounted_sgi = intid <= GIC_INTID_SGI_LAST && (cpu->hcr & GIC_HCR_VSGIEOICOUNT);

        if (intid < GIC_INTID_LPI_FIRST && gic_intid_valid(f, intid) && !uncounted_sgi) {
                cpu->hcr = (cpu->hcr & ~GIC_HCR_EOICOUNT) | ((cpu->hcr + GIC_HCR_EOICOUNT_ONE) & GIC_HCR_EOICOUNT);
        }
}

static bool is_special(uint32_t intid)
{
        return intid >= GIC_INTID_SPECIAL_FIRST && intid <= GIC_INTID_SPURIOUS;
}

void gic_end(struct gic_cpu *cpu, const struct gic_features *f, enum gic_group group, uint32_t intid)
{
        unsigned dropped;
        int n;

        if (is_special(intid)) {
                return;
        }
        dropped = drop_priority(cpu, f);
        /* Nobody writes DIR for an LPI, so EOImode does not keep one active. */
        if ((cpu->vmcr & GIC_VMCR_VEOIM) && intid < GIC_INTID_LPI_FIRST) {
                return;
        }
        n = active_lr(cpu, f, intid);
        if (n < 0) {
                count_deactivation(cpu, f, intid);
        } else if (lr_group(cpu->lrs[n]) == group &&
                   (lr_priority(cpu->lrs[n]) & group_priority_mask(cpu, group)) == dropped) {
                cpu->lrs[n] &= ~GIC_LR_ACTIVE;
        }
}

void gic_deactivate(struct gic_cpu *cpu, const struct gic_features *f, uint32_t intid)
{
        const int n = active_lr(cpu, f, intid);

        if (!(cpu->vmcr & GIC_VMCR_VEOIM)) {
                return;
        }
        if (n < 0) {
                count_deactivation(cpu, f, intid);
        } else {
                cpu->lrs[n] &= ~GIC_LR_ACTIVE;
        }
}
