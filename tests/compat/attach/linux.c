/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux.c - docs/attach.md: kernel code and a test of it in one file.
 */
#include <linux/arm-smccc.h>
#include <rmmsim/use.h>
#include <stdio.h>

/* The kernel's, as it is. */
#define SMC_RMI_GRANULE_DELEGATE                                                                                       \
        ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, ARM_SMCCC_OWNER_STANDARD, 0x151)

static int rmi_granule_delegate(unsigned long phys)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_invoke(SMC_RMI_GRANULE_DELEGATE, phys, &res);
        return (int)res.a0;
}

/* The test's. */
int main(void)
{
        const struct rmmsim_region dram = { .base = 0x80000000, .size = 1 << 20 };
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);
        int failed;

        rmmsim_use(sim, 0);
        failed = rmi_granule_delegate(0x80000000) != 0;
        failed |= rmi_granule_delegate(0x80000000) == 0;
        printf("%s\n", rmmsim_why(sim, 0)->sentence);
        rmmsim_use(NULL, 0);
        rmmsim_destroy(sim);
        return failed;
}
