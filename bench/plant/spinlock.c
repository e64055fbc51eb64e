/* SPDX-License-Identifier: BSD-3-Clause */
/* A regression for bench/alarm.sh to plant: one spinlock for all SMCs. */
#include <stdatomic.h>

int rmmsim_smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs)
{
        static atomic_flag planted = ATOMIC_FLAG_INIT;
        int error;

        while (atomic_flag_test_and_set_explicit(&planted, memory_order_acquire)) {
        }
        error = planted_smc(sim, pe, regs);
        atomic_flag_clear_explicit(&planted, memory_order_release);
        return error;
}
