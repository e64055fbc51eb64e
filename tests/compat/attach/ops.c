/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ops.c - docs/attach.md: code that takes its SMC from a table of functions.
 */
#include <rmmsim/bind.h>

/* The client's, as it is: no handle, no context. */
struct firmware_ops {
        void (*call)(uint64_t regs[18]);
        uint64_t (*delegate)(uint64_t addr);
};

static int firmware_probe(const struct firmware_ops *ops)
{
        uint64_t regs[18] = { 0xC4000150, 0x10000 };

        ops->call(regs);
        return regs[0] == 0 && ops->delegate(0x80000000) == 0 ? 0 : -1;
}

int main(void)
{
        const struct rmmsim_region dram = { .base = 0x80000000, .size = 1 << 20 };
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);
        rmmsim_fn *call;
        rmmsim_fn *delegate;
        struct rmmsim_bound *bound[] = {
                rmmsim_bind_smc(sim, &call, 0, RMMSIM_BIND_IN_PLACE, NULL),
                rmmsim_bind_command(sim, &delegate, 0, RMMSIM_COMMAND_rmi_granule_delegate, NULL),
        };
        const struct firmware_ops ops = { (void (*)(uint64_t *))call, (uint64_t(*)(uint64_t))delegate };
        int failed = firmware_probe(&ops) != 0;

        rmmsim_unbind(bound[0]);
        rmmsim_unbind(bound[1]);
        rmmsim_destroy(sim);
        return failed;
}
