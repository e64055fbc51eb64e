/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux_more.c - the wrappers that a kernel has beside those of linux_rmi.c, so that together they are one for each RMI command.
 */
#include "linux_more.h"
#include <linux/arm-smccc.h>

#define SMC_RMI(func) ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, ARM_SMCCC_OWNER_STANDARD, func)
#define ABI_VERSION   0x10000

unsigned long kernel_version(unsigned long *lower, unsigned long *higher)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x150), ABI_VERSION, &res);
        *lower = res.a1;
        *higher = res.a2;
        return res.a0;
}

unsigned long kernel_data_create_unknown(unsigned long rd, unsigned long data, unsigned long ipa)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x154), rd, data, ipa, &res);
        return res.a0;
}

int kernel_rtt_map_unprotected(unsigned long rd, unsigned long ipa, int level, unsigned long desc)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x15f), rd, ipa, level, desc, &res);
        return (int)res.a0;
}

int kernel_rtt_unmap_unprotected(unsigned long rd, unsigned long ipa, int level, unsigned long *top)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x162), rd, ipa, level, &res);
        if (top) {
                *top = res.a1;
        }
        return (int)res.a0;
}

int kernel_psci_complete(unsigned long calling, unsigned long target, unsigned long status)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x164), calling, target, status, &res);
        return (int)res.a0;
}

int kernel_features(unsigned long index, unsigned long *value)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x165), index, &res);
        *value = res.a1;
        return (int)res.a0;
}

int kernel_rtt_fold(unsigned long rd, unsigned long ipa, long level, unsigned long *rtt)
{
        struct arm_smccc_1_2_regs regs = { SMC_RMI(0x166), rd, ipa, (unsigned long)level };

        arm_smccc_1_2_smc(&regs, &regs);
        *rtt = regs.a1;
        return (int)regs.a0;
}

int kernel_rec_aux_count(unsigned long rd, unsigned char *count)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x167), rd, &res);
        *count = (unsigned char)res.a1;
        return (int)res.a0;
}

/* Not in the order of the registers: the base comes last. */
int kernel_rtt_init_ripas(unsigned long rd, unsigned long end, unsigned long *top, unsigned long start)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x168), rd, start, end, &res);
        *top = res.a1;
        return (int)res.a0;
}

int kernel_rtt_set_ripas(unsigned long rd, unsigned long rec, unsigned long start, unsigned long end,
                         unsigned long *top)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI(0x169), rd, rec, start, end, &res);
        *top = res.a1;
        return (int)res.a0;
}
