/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sysreg_name.c - system register encodings back to names, for traces and for the answer to "why?".
 *
 * The rows become the cases of one switch, so two rows with the same encoding do not compile.
 * Specification: Arm Architecture Reference Manual (ARM DDI 0487), "System register encoding".
 */
#include <rmmsim/sysreg.h>

#include <stddef.h>

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
