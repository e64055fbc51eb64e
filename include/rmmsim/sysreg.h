/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmmsim/sysreg.h - names for the AArch64 system registers a Realm can read and write.
 *
 * A register is named by its encoding (op0, op1, CRn, CRm, op2), packed where an MSR or MRS instruction holds it: bits
 * 20:5. So a packed value equals Linux's sys_reg(), and masking an instruction word with RMMSIM_SYSREG_MASK yields one.
 *
 * Specification: Arm Architecture Reference Manual (ARM DDI 0487), "System register encoding"; the ICC_ names: ARM IHI
 * 0069. The rows are in <rmmsim/spec/sysreg.def>.
 */
#ifndef RMMSIM_SYSREG_H
#define RMMSIM_SYSREG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One register as a uint32_t, from its five encoding fields. */
#define RMMSIM_SYSREG(op0, op1, crn, crm, op2)                                                                         \
        (((uint32_t)(op0) << 19) | ((uint32_t)(op1) << 16) | ((uint32_t)(crn) << 12) | ((uint32_t)(crm) << 8) |        \
         ((uint32_t)(op2) << 5))

/* The bits of an MSR or MRS instruction word that name the register. */
#define RMMSIM_SYSREG_MASK RMMSIM_SYSREG(3, 7, 15, 15, 7)

#define RMMSIM_SYSREG_OP0(reg) (((uint32_t)(reg) >> 19) & 3u)
#define RMMSIM_SYSREG_OP1(reg) (((uint32_t)(reg) >> 16) & 7u)
#define RMMSIM_SYSREG_CRN(reg) (((uint32_t)(reg) >> 12) & 15u)
#define RMMSIM_SYSREG_CRM(reg) (((uint32_t)(reg) >> 8) & 15u)
#define RMMSIM_SYSREG_OP2(reg) (((uint32_t)(reg) >> 5) & 7u)

/*
 * ESR_ELx.ISS of a trapped access (exception class 0x18). rt is the number of the general register, 31 for XZR; is_read
 * is 1 for MRS and 0 for MSR.
 */
#define RMMSIM_SYSREG_ISS(reg, rt, is_read)                                                                            \
        ((RMMSIM_SYSREG_OP0(reg) << 20) | (RMMSIM_SYSREG_OP2(reg) << 17) | (RMMSIM_SYSREG_OP1(reg) << 14) |            \
         (RMMSIM_SYSREG_CRN(reg) << 10) | (((uint32_t)(rt)&31u) << 5) | (RMMSIM_SYSREG_CRM(reg) << 1) |                \
         ((uint32_t)(is_read)&1u))

/* RMMSIM_SYSREG_ICC_IAR1_EL1 and so on: one constant a row. */
enum rmmsim_sysreg {
#define SYSREG(name, op0, op1, crn, crm, op2) RMMSIM_SYSREG_##name = RMMSIM_SYSREG(op0, op1, crn, crm, op2),
#include <rmmsim/spec/sysreg.def>
};

/*
 * The architectural name of a packed register, "ICC_IAR1_EL1".
 *
 * Returns NULL when no row has this encoding; such a register can be printed as S<op0>_<op1>_C<CRn>_C<CRm>_<op2>.
 */
const char *rmmsim_sysreg_name(uint32_t reg);

#ifdef __cplusplus
}
#endif

#endif
