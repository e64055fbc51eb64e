/* SPDX-License-Identifier: BSD-3-Clause */
/* A regression for bench/alarm.sh to plant: RMI_REC_ENTER copies the run page once more. */
#include <string.h>

int rmmsim_smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs)
{
        static unsigned char planted[4096];

        if ((uint32_t)regs->x[0] == rmmsim_fid_rmi_rec_enter) {
                const void *run = rmmsim_host_pointer(sim, regs->x[2], sizeof(planted));

                if (run != NULL) {
                        memcpy(planted, run, sizeof(planted));
                        __asm__ volatile("" : : "r"(planted) : "memory");
                }
        }
        return planted_smc(sim, pe, regs);
}
