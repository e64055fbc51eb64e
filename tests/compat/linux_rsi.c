/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux_rsi.c - a client inside a Realm in the manner of a kernel: the same SMC calls as linux_rmi.c, to the RMM's other side.
 */
#include "linux_rsi.h"
#include <linux/arm-smccc.h>

#define SMC_RSI(func) ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, ARM_SMCCC_OWNER_STANDARD, func)
#define PSCI_CPU_ON   0xC4000003U
#define PSCI_OFF      0x84000008U

unsigned long guest_rsi_version(unsigned long req, struct guest_version *version)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RSI(0x190), req, &res);
        version->lower = res.a1;
        version->higher = res.a2;
        return res.a0;
}

unsigned long guest_rsi_host_call(unsigned long ipa)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_smc(SMC_RSI(0x199), ipa, &res);
        return res.a0;
}

unsigned long guest_rsi_measurement_read(unsigned long index, unsigned long value[8])
{
        struct arm_smccc_1_2_regs args = { SMC_RSI(0x192), index };
        struct arm_smccc_1_2_regs res;

        arm_smccc_1_2_invoke(&args, &res);
        for (int i = 0; i < 8; i++) {
                value[i] = (&res.a1)[i];
        }
        return res.a0;
}

long guest_psci_cpu_on(unsigned long target, unsigned long entry, unsigned long context)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_smc(PSCI_CPU_ON, target, entry, context, &res);
        return (long)res.a0;
}

void guest_psci_system_off(void)
{
        arm_smccc_1_1_smc(PSCI_OFF, (struct arm_smccc_res *)0);
}
