/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sysreg_name.c - system registers: from encodings to names, and back.
 *
 * The rows become the cases of one switch, so two rows with the same encoding do not compile.
 * Specification: Arm Architecture Reference Manual (ARM DDI 0487), "System register encoding".
 */
#include "bits.h"
#include "spec_rows.h"
#include <rmmsim/spec.h>
#include <rmmsim/sysreg.h>
#include <string.h>

const char *rmmsim_sysreg_name(uint32_t reg)
{
        switch (reg) {
#define SYSREG(name, op0, op1, crn, crm, op2)                                                                          \
        case RMMSIM_SYSREG_##name:                                                                                     \
                return #name;
#include <rmmsim/spec/sysreg.def>
        default:
                return NULL;
        }
}

static const struct rmmsim_spec_sysreg sysregs[] = {
#define SYSREG(text, op0, op1, crn, crm, op2) { .name = #text, .encoding = RMMSIM_SYSREG_##text },
#include <rmmsim/spec/sysreg.def>
};

const struct rmmsim_spec_sysreg *rmmsim_spec_sysreg(uint32_t index)
{
        return ELEMENT(sysregs, index);
}

const struct rmmsim_spec_sysreg *rmmsim_spec_sysreg_by_name(const char *name)
{
        for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(sysregs); i++) {
                if (strcmp(sysregs[i].name, name) == 0) {
                        return &sysregs[i];
                }
        }
        return NULL;
}

const struct rmmsim_spec_sysreg *rmmsim_spec_sysreg_by_encoding(uint32_t encoding)
{
        for (unsigned i = 0; i < ARRAY_SIZE(sysregs); i++) {
                if (sysregs[i].encoding == encoding) {
                        return &sysregs[i];
                }
        }
        return NULL;
}
