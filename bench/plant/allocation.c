/* SPDX-License-Identifier: BSD-3-Clause */
/* A regression for bench/alarm.sh to plant: every SMC allocates. */
#include <stdlib.h>

int rmmsim_smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs)
{
        void *volatile planted = malloc(64);
        int error = planted_smc(sim, pe, regs);

        free(planted);
        return error;
}
