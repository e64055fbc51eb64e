/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * baremetal.c - docs/attach.md: a firmware test suite, whose one function in assembly is replaced.
 */
#include <rmmsim/compat/baremetal.h>
#include <rmmsim/use.h>

/* What the suite's smc.S has on the target. */
static void suite_smc(uint64_t regs[18])
{
        rmmsim_smc_array(regs, 18);
}

/* The suite's, as it is. */
static int suite_checks_version(void)
{
        uint64_t regs[18] = { 0xC4000150, 0x10000 };

        suite_smc(regs);
        return regs[0] == 0 && regs[1] == 0x10000 ? 0 : -1;
}

int main(void)
{
        const struct rmmsim_region dram = { .base = 0x80000000, .size = 1 << 20 };
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);
        int failed;

        rmmsim_use(sim, 0);
        failed = suite_checks_version() != 0;
        rmmsim_use(NULL, 0);
        rmmsim_destroy(sim);
        return failed;
}
