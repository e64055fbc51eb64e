/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guard_planted.c - a host with a bug: it reads a page that it has given away. The tool that it runs under must say so.
 */
#include <rmmsim/rmmsim.h>
#include <stdio.h>

#define PAGE UINT64_C(0x80001000)

int main(void)
{
        const struct rmmsim_region dram = { .base = 0x80000000, .size = 1 << 20 };
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);
        volatile unsigned char *page;

        if (sim == NULL || rmmsim_call(sim, 0, rmi_granule_delegate, .addr = PAGE).x[0] != RMMSIM_RMI_SUCCESS) {
                return 1;
        }
        page = rmmsim_host_pointer(sim, PAGE, 4096);
        printf("%u\n", page[5]);
        rmmsim_destroy(sim);
        return 0;
}
