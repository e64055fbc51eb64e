/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux/arm-smccc.h - for code written against the SMC calls of the Linux kernel.
 *
 * With the folder of this file's folder, PREFIX/include/rmmsim/compat, among the include paths, `#include <linux/arm-smccc.h>` finds this one,
 * and the code's SMCs go to what it has selected by rmmsim_use() (<rmmsim/use.h>). In a guest function they go to its vCPU,
 * so a guest's RSI and PSCI wrappers work unchanged, too.
 *
 * Names and layouts are the kernel's. Nothing else is declared, and no header is included, so types of the code's own
 * stay its own. There is no HVC: nobody would answer it.
 *
 *   arm_smccc_1_1_smc(a0, [a1 .. a7,] res)     a0 is 32 bits wide; registers not named hold RMMSIM_REGISTER_UNSET;
 *   arm_smccc_1_1_invoke(a0, [a1 .. a7,] res)  x0..x3 to *res, unless res is NULL; invoke is SMCCC_CONDUIT_SMC
 *   arm_smccc_smc(a0, .., a7, res)             all eight of 64 bits; res as above
 *   arm_smccc_1_2_smc(args, res)               x0..x17 from *args and to *res, which may be the same
 *   arm_smccc_1_2_invoke(args, res)            the same; its value is SMCCC_CONDUIT_SMC
 *
 * Each argument is evaluated once. One that is narrower than a register is extended as its type says.
 */
#ifndef RMMSIM_COMPAT_LINUX_ARM_SMCCC_H
#define RMMSIM_COMPAT_LINUX_ARM_SMCCC_H

#ifdef __cplusplus
extern "C" {
#endif

/* ---- function identifiers and return codes ------------------------------------------------------------------------ */

#define ARM_SMCCC_STD_CALL        0U
#define ARM_SMCCC_FAST_CALL       1U
#define ARM_SMCCC_TYPE_SHIFT      31
#define ARM_SMCCC_SMC_32          0U
#define ARM_SMCCC_SMC_64          1U
#define ARM_SMCCC_CALL_CONV_SHIFT 30
#define ARM_SMCCC_OWNER_MASK      0x3FU
#define ARM_SMCCC_OWNER_SHIFT     24
#define ARM_SMCCC_FUNC_MASK       0xFFFFU

#define ARM_SMCCC_OWNER_ARCH            0U
#define ARM_SMCCC_OWNER_CPU             1U
#define ARM_SMCCC_OWNER_SIP             2U
#define ARM_SMCCC_OWNER_OEM             3U
#define ARM_SMCCC_OWNER_STANDARD        4U
#define ARM_SMCCC_OWNER_STANDARD_HYP    5U
#define ARM_SMCCC_OWNER_VENDOR_HYP      6U
#define ARM_SMCCC_OWNER_TRUSTED_APP     48U
#define ARM_SMCCC_OWNER_TRUSTED_APP_END 49U
#define ARM_SMCCC_OWNER_TRUSTED_OS      50U
#define ARM_SMCCC_OWNER_TRUSTED_OS_END  63U

#define ARM_SMCCC_CALL_VAL(type, calling_convention, owner, func_num)                                                  \
        ((unsigned)(type) << ARM_SMCCC_TYPE_SHIFT | (unsigned)(calling_convention) << ARM_SMCCC_CALL_CONV_SHIFT |      \
         ((unsigned)(owner)&ARM_SMCCC_OWNER_MASK) << ARM_SMCCC_OWNER_SHIFT |                                           \
         ((unsigned)(func_num)&ARM_SMCCC_FUNC_MASK))

#define ARM_SMCCC_IS_FAST_CALL(smc_val) ((smc_val) & (ARM_SMCCC_FAST_CALL << ARM_SMCCC_TYPE_SHIFT))
#define ARM_SMCCC_IS_64(smc_val)        ((smc_val) & (ARM_SMCCC_SMC_64 << ARM_SMCCC_CALL_CONV_SHIFT))
#define ARM_SMCCC_FUNC_NUM(smc_val)     ((smc_val)&ARM_SMCCC_FUNC_MASK)
#define ARM_SMCCC_OWNER_NUM(smc_val)    (((smc_val) >> ARM_SMCCC_OWNER_SHIFT) & ARM_SMCCC_OWNER_MASK)

#define ARM_SMCCC_VERSION_1_0 0x10000
#define ARM_SMCCC_VERSION_1_1 0x10001
#define ARM_SMCCC_VERSION_1_2 0x10002
#define ARM_SMCCC_VERSION_1_3 0x10003

#define ARM_SMCCC_VERSION_FUNC_ID       ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, 0, 0)
#define ARM_SMCCC_ARCH_FEATURES_FUNC_ID ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, 0, 1)

#define SMCCC_RET_SUCCESS           0
#define SMCCC_RET_NOT_SUPPORTED     (-1)
#define SMCCC_RET_NOT_REQUIRED      (-2)
#define SMCCC_RET_INVALID_PARAMETER (-3)

/* ---- registers ---------------------------------------------------------------------------------------------------- */

struct arm_smccc_res {
        unsigned long a0, a1, a2, a3;
};

struct arm_smccc_1_2_regs {
        unsigned long a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17;
};

/* For arm_smccc_smc_quirk(), which does here what arm_smccc_smc() does. */
struct arm_smccc_quirk {
        int id;
        union {
                unsigned long a6;
        } state;
};
#define ARM_SMCCC_QUIRK_NONE    0
#define ARM_SMCCC_QUIRK_QCOM_A6 1

enum arm_smccc_conduit {
        SMCCC_CONDUIT_NONE,
        SMCCC_CONDUIT_SMC,
        SMCCC_CONDUIT_HVC
};

static inline enum arm_smccc_conduit arm_smccc_1_1_get_conduit(void)
{
        return SMCCC_CONDUIT_SMC;
}

static inline unsigned arm_smccc_get_version(void)
{
        return ARM_SMCCC_VERSION_1_2;
}

/* ---- calls -------------------------------------------------------------------------------------------------------- */

/* A register is an unsigned long to such code: this does not compile where it is not. */
typedef char rmmsim_smccc_long_is_64_bits[sizeof(unsigned long) == 8 ? 1 : -1];

void rmmsim_seam(void *x); /* <rmmsim/use.h> */

/* The first `count` registers are given, the others hold what nobody put there. */
static inline int rmmsim_smccc_call(struct arm_smccc_res *res, unsigned count, unsigned long a0, unsigned long a1,
                                    unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5,
                                    unsigned long a6, unsigned long a7)
{
        unsigned long x[18] = { a0, a1, a2, a3, a4, a5, a6, a7 };

        for (; count < 18; count++) {
                x[count] = 0xbad0bad0bad0bad7UL;
        }
        rmmsim_seam(x);
        if (res) {
                res->a0 = x[0];
                res->a1 = x[1];
                res->a2 = x[2];
                res->a3 = x[3];
        }
        return SMCCC_CONDUIT_SMC;
}

static inline void arm_smccc_1_2_smc(const struct arm_smccc_1_2_regs *args, struct arm_smccc_1_2_regs *res)
{
        struct arm_smccc_1_2_regs x = *args;

        rmmsim_seam(&x);
        *res = x;
}

static inline int arm_smccc_1_2_invoke(const struct arm_smccc_1_2_regs *args, struct arm_smccc_1_2_regs *res)
{
        arm_smccc_1_2_smc(args, res);
        return SMCCC_CONDUIT_SMC;
}

static inline void arm_smccc_smc(unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
                                 unsigned long a4, unsigned long a5, unsigned long a6, unsigned long a7,
                                 struct arm_smccc_res *res)
{
        (void)rmmsim_smccc_call(res, 8, a0, a1, a2, a3, a4, a5, a6, a7);
}

static inline void arm_smccc_smc_quirk(unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3,
                                       unsigned long a4, unsigned long a5, unsigned long a6, unsigned long a7,
                                       struct arm_smccc_res *res, struct arm_smccc_quirk *quirk)
{
        (void)quirk;
        (void)rmmsim_smccc_call(res, 8, a0, a1, a2, a3, a4, a5, a6, a7);
}

#define arm_smccc_1_1_smc(...) ((void)arm_smccc_1_1_invoke(__VA_ARGS__))
#define arm_smccc_1_1_invoke(...)                                                                                      \
        RMMSIM_SMCCC_PICK(__VA_ARGS__, RMMSIM_SMCCC_8, RMMSIM_SMCCC_7, RMMSIM_SMCCC_6, RMMSIM_SMCCC_5, RMMSIM_SMCCC_4, \
                          RMMSIM_SMCCC_3, RMMSIM_SMCCC_2, RMMSIM_SMCCC_1, RMMSIM_SMCCC_0)                              \
        (__VA_ARGS__)

/* By the number of arguments before `res`. */
#define RMMSIM_SMCCC_PICK(a0, a1, a2, a3, a4, a5, a6, a7, res, which, ...) which
#define RMMSIM_SMCCC_A0(a0)                                                ((unsigned long)(unsigned)(a0))
#define RMMSIM_SMCCC_A(a)                                                  ((unsigned long)(a))
#define RMMSIM_SMCCC_1(a0, res)                                            rmmsim_smccc_call(res, 1, RMMSIM_SMCCC_A0(a0), 0, 0, 0, 0, 0, 0, 0)
#define RMMSIM_SMCCC_2(a0, a1, res)                                        rmmsim_smccc_call(res, 2, RMMSIM_SMCCC_A0(a0), RMMSIM_SMCCC_A(a1), 0, 0, 0, 0, 0, 0)
#define RMMSIM_SMCCC_3(a0, a1, a2, res)                                                                                \
        rmmsim_smccc_call(res, 3, RMMSIM_SMCCC_A0(a0), RMMSIM_SMCCC_A(a1), RMMSIM_SMCCC_A(a2), 0, 0, 0, 0, 0)
#define RMMSIM_SMCCC_4(a0, a1, a2, a3, res)                                                                            \
        rmmsim_smccc_call(res, 4, RMMSIM_SMCCC_A0(a0), RMMSIM_SMCCC_A(a1), RMMSIM_SMCCC_A(a2), RMMSIM_SMCCC_A(a3), 0,  \
                          0, 0, 0)
#define RMMSIM_SMCCC_5(a0, a1, a2, a3, a4, res)                                                                        \
        rmmsim_smccc_call(res, 5, RMMSIM_SMCCC_A0(a0), RMMSIM_SMCCC_A(a1), RMMSIM_SMCCC_A(a2), RMMSIM_SMCCC_A(a3),     \
                          RMMSIM_SMCCC_A(a4), 0, 0, 0)
#define RMMSIM_SMCCC_6(a0, a1, a2, a3, a4, a5, res)                                                                    \
        rmmsim_smccc_call(res, 6, RMMSIM_SMCCC_A0(a0), RMMSIM_SMCCC_A(a1), RMMSIM_SMCCC_A(a2), RMMSIM_SMCCC_A(a3),     \
                          RMMSIM_SMCCC_A(a4), RMMSIM_SMCCC_A(a5), 0, 0)
#define RMMSIM_SMCCC_7(a0, a1, a2, a3, a4, a5, a6, res)                                                                \
        rmmsim_smccc_call(res, 7, RMMSIM_SMCCC_A0(a0), RMMSIM_SMCCC_A(a1), RMMSIM_SMCCC_A(a2), RMMSIM_SMCCC_A(a3),     \
                          RMMSIM_SMCCC_A(a4), RMMSIM_SMCCC_A(a5), RMMSIM_SMCCC_A(a6), 0)
#define RMMSIM_SMCCC_8(a0, a1, a2, a3, a4, a5, a6, a7, res)                                                            \
        rmmsim_smccc_call(res, 8, RMMSIM_SMCCC_A0(a0), RMMSIM_SMCCC_A(a1), RMMSIM_SMCCC_A(a2), RMMSIM_SMCCC_A(a3),     \
                          RMMSIM_SMCCC_A(a4), RMMSIM_SMCCC_A(a5), RMMSIM_SMCCC_A(a6), RMMSIM_SMCCC_A(a7))

#ifdef __cplusplus
}
#endif

#endif
