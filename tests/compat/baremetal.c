/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * baremetal.c - a client in the manner of a firmware test suite: an SMC is a function over an array, or of eight arguments.
 */
#include "baremetal_client.h"
#include <baremetal.h>

#define smc_in_place(x) rmmsim_smc_array(x, 18)
#define smc_call        rmmsim_smc_eight

uint64_t suite_version(uint64_t *higher)
{
        struct rmmsim_smc_result result = smc_call(0xC4000150, 0x10000, 0, 0, 0, 0, 0, 0);

        *higher = result.x[2];
        return result.x[1];
}

uint64_t suite_delegate(uint64_t pa)
{
        uint64_t x[18] = { 0xC4000151, pa };

        smc_in_place(x);
        return x[0];
}

uint64_t suite_undelegate(uint64_t pa)
{
        return smc_call(0xC4000152, pa, 0, 0, 0, 0, 0, 0).x[0];
}

uint64_t suite_short_array(uint64_t x[3])
{
        rmmsim_smc_array(x, 3);
        return x[0];
}
