/* SPDX-License-Identifier: BSD-3-Clause */
/* A regression for bench/alarm.sh to plant: one mutex for all SMCs. */
#include <pthread.h>

int rmmsim_smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs)
{
        static pthread_mutex_t planted = PTHREAD_MUTEX_INITIALIZER;
        int error;

        pthread_mutex_lock(&planted);
        error = planted_smc(sim, pe, regs);
        pthread_mutex_unlock(&planted);
        return error;
}
