/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gic_validate.c - may these list registers and control bits be lent to a Realm?
 *
 * The host's values become hardware state while the Realm runs, so a value the architecture calls UNPREDICTABLE, or one
 * that would tie a virtual interrupt to a physical one, is refused before anything is loaded.
 *
 * Bits 45 to 47 and 56 to 59 of a list register are reserved and are not looked at, as in the reference.
 * Specification: RMM (DEN0137) A6.1, RMI_REC_ENTER condition rec_gicv3; GIC (ARM IHI 0069), ICH_LR<n>_EL2.
 */
#include "gic.h"

#include <stddef.h>

enum {
        EXTENDED_PPI_FIRST = 1056,
        EXTENDED_PPI_LAST = 1119,
        EXTENDED_SPI_FIRST = 4096,
        EXTENDED_SPI_LAST = 5119,
};

bool gic_features_valid(const struct gic_features *f)
{
        if (f->lrs < 1 || f->lrs > GIC_LRS_MAX) {
                return false;
        }
        if (f->priority_bits < 5 || f->priority_bits > 8) {
                return false;
        }
        if (f->preemption_bits != 0 &&
            (f->preemption_bits < 5 || f->preemption_bits > 7 || f->preemption_bits > f->priority_bits)) {
                return false;
        }
        return f->intid_bits == 16 || f->intid_bits == 24;
}

unsigned gic_preemption_bits(const struct gic_features *f)
{
        if (f->preemption_bits != 0) {
                return f->preemption_bits;
        }
        return f->priority_bits < 7 ? f->priority_bits : 7;
}

bool gic_intid_valid(const struct gic_features *f, uint32_t intid)
{
        if (intid < GIC_INTID_SPECIAL_FIRST) {
                return true;
        }
        if (intid >= GIC_INTID_LPI_FIRST) {
                return intid >> f->intid_bits == 0;
        }
        return f->extended_range && ((intid >= EXTENDED_PPI_FIRST && intid <= EXTENDED_PPI_LAST) ||
                                     (intid >= EXTENDED_SPI_FIRST && intid <= EXTENDED_SPI_LAST));
}

static bool refuse(struct gic_refusal *why, enum gic_rule rule, unsigned lr, uint64_t bits)
{
        *why = (struct gic_refusal){ .rule = rule, .lr = lr, .bits = bits };
        return false;
}

static bool lr_valid(const struct gic_features *f, struct gic_refusal *why, const uint64_t *lrs, unsigned n)
{
        const uint64_t lr = lrs[n];
        const uint64_t implemented = (UINT64_C(0xFF00) >> f->priority_bits) & 0xFF;
        const uint64_t priority_res0 = GIC_LR_PRIORITY & ~(implemented << GIC_LR_PRIORITY_SHIFT);

        if (lr & priority_res0) {
                return refuse(why, GIC_RULE_PRIORITY, n, lr & priority_res0);
        }
        if (lr & GIC_LR_PINTID & ~GIC_LR_EOI) {
                return refuse(why, GIC_RULE_PINTID, n, lr & GIC_LR_PINTID & ~GIC_LR_EOI);
        }
        if (!gic_intid_valid(f, (uint32_t)(lr & GIC_LR_VINTID))) {
                return refuse(why, GIC_RULE_VINTID, n, lr & GIC_LR_VINTID);
        }
        for (unsigned twin = 0; twin < n; twin++) {
                if ((lrs[twin] & GIC_LR_STATE) != 0 && ((lrs[twin] ^ lr) & GIC_LR_VINTID) == 0) {
                        refuse(why, GIC_RULE_DUPLICATE, n, lr & GIC_LR_VINTID);
                        why->twin = twin;
                        return false;
                }
        }
        return true;
}

bool gic_entry_valid(const struct gic_features *f, struct gic_refusal *why, uint64_t hcr,
                     const uint64_t lrs[GIC_LRS_MAX], bool inactive_lr_unchecked)
{
        if (hcr & ~GIC_HCR_HOST) {
                return refuse(why, GIC_RULE_HCR, 0, hcr & ~GIC_HCR_HOST);
        }
        *why = (struct gic_refusal){ .rule = GIC_RULE_NONE };
        if (gic_lrs_zero(lrs)) {
                return true;
        }
        for (unsigned n = 0; n < f->lrs; n++) {
                const bool inactive = (lrs[n] & GIC_LR_STATE) == 0;

                if ((lrs[n] & GIC_LR_HW) && !(inactive && inactive_lr_unchecked)) {
                        return refuse(why, GIC_RULE_HW, n, GIC_LR_HW);
                }
                if (!inactive && !lr_valid(f, why, lrs, n)) {
                        return false;
                }
        }
        return true;
}

const char *gic_rule_text(enum gic_rule rule)
{
        switch (rule) {
        case GIC_RULE_NONE:
                return "no rule is broken";
        case GIC_RULE_HCR:
                return "only the bits of 0x40FE may be set";
        case GIC_RULE_HW:
                return "HW (bit 61) must be 0";
        case GIC_RULE_PRIORITY:
                return "Priority (bits 55:48) must be zero below the implemented priority bits";
        case GIC_RULE_PINTID:
                return "pINTID (bits 44:32) must be zero except for EOI (bit 41)";
        case GIC_RULE_VINTID:
                return "vINTID (bits 31:0) must be an INTID that an interrupt can have";
        case GIC_RULE_DUPLICATE:
                return "vINTID must differ from that of every other list register in use";
        }
        return NULL;
}
