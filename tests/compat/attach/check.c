/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check.c - docs/attach.md: a table of wrappers, one of them with a mistake.
 */
#include <linux/arm-smccc.h>
#include <rmmsim/bind.h>
#include <stdio.h>

/* The client's. Somebody has exchanged rtt and ipa. */
static long rtt_create(unsigned long rd, unsigned long rtt, unsigned long ipa, long level)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_smc(0xC400015D, rd, ipa, rtt, level, &res);
        return (long)res.a0;
}

static long data_destroy(unsigned long rd, unsigned long ipa, unsigned long *data)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_smc(0xC4000155, rd, ipa, &res);
        *data = res.a1;
        return (long)res.a0;
}

/* The test's: what each wrapper is for, and the types of its arguments. */
static const struct rmmsim_wrapper wrappers[] = {
        RMMSIM_WRAPPER(rtt_create, rmi_rtt_create, LONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(LONG)),
        RMMSIM_WRAPPER(data_destroy, rmi_data_destroy, LONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG_OUT(ULONG)),
};

int main(void)
{
        struct rmmsim_wrapper_finding findings[8];
        size_t num = 8;

        rmmsim_check_wrappers(findings, &num, wrappers, sizeof(wrappers) / sizeof(wrappers[0]));
        for (size_t i = 0; i < num && i < 8; i++) {
                printf("%s\n", findings[i].sentence);
        }
        return num != 2; /* both belong to rtt_create */
}
