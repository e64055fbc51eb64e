/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux_rmi.c - a client in the manner of a kernel: names, types and identifiers of its own, and the kernel's SMC calls.
 */
#include "linux_rmi.h"
#include <linux/arm-smccc.h>

#define SMC_RMI(func) ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, ARM_SMCCC_OWNER_STANDARD, func)

/* Those that return a status and nothing else. */
#define RMI_WRAPPER(name, func, parameters, ...)                                                                       \
        unsigned long name parameters                                                                                  \
        {                                                                                                              \
                struct arm_smccc_res res;                                                                              \
                                                                                                                       \
                arm_smccc_1_1_invoke(SMC_RMI(func), __VA_ARGS__, &res);                                                \
                return res.a0;                                                                                         \
        }

RMI_WRAPPER(kernel_granule_delegate, 0x151, (unsigned long phys), phys)
RMI_WRAPPER(kernel_granule_undelegate, 0x152, (unsigned long phys), phys)
RMI_WRAPPER(kernel_data_create, 0x153,
            (unsigned long rd, unsigned long data, unsigned long ipa, unsigned long src, unsigned long flags), rd, data,
            ipa, src, flags)
RMI_WRAPPER(kernel_realm_activate, 0x157, (unsigned long rd), rd)
RMI_WRAPPER(kernel_realm_create, 0x158, (unsigned long rd, unsigned long params), rd, params)
RMI_WRAPPER(kernel_realm_destroy, 0x159, (unsigned long rd), rd)
RMI_WRAPPER(kernel_rec_create, 0x15a, (unsigned long rd, unsigned long rec, unsigned long params), rd, rec, params)
RMI_WRAPPER(kernel_rec_destroy, 0x15b, (unsigned long rec), rec)
RMI_WRAPPER(kernel_rec_enter, 0x15c, (unsigned long rec, unsigned long run), rec, run)
RMI_WRAPPER(kernel_rtt_create, 0x15d, (unsigned long rd, unsigned long rtt, unsigned long ipa, long level), rd, rtt,
            ipa, level)

unsigned long kernel_rtt_destroy(unsigned long rd, unsigned long ipa, long level, unsigned long *rtt)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_smc(SMC_RMI(0x15e), rd, ipa, level, &res);
        *rtt = res.a1;
        return res.a0;
}

unsigned long kernel_data_destroy(unsigned long rd, unsigned long ipa, unsigned long *data)
{
        struct arm_smccc_res res;

        arm_smccc_smc(SMC_RMI(0x155), rd, ipa, 0, 0, 0, 0, 0, &res);
        *data = res.a1;
        return res.a0;
}

unsigned long kernel_rtt_read_entry(unsigned long rd, unsigned long ipa, long level, struct kernel_rtt_entry *entry)
{
        struct arm_smccc_1_2_regs regs = { SMC_RMI(0x161), rd, ipa, (unsigned long)level };

        arm_smccc_1_2_smc(&regs, &regs);
        *entry = (struct kernel_rtt_entry){ regs.a1, regs.a2, regs.a3, regs.a4 };
        return regs.a0;
}
