#include <rmmsim/rmmsim.h>
#include <stdio.h>

/* The code under test. Where it would execute an SMC it calls rmmsim_smc(). */
static int delegate(struct rmmsim *sim, uint64_t pa)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_GRANULE_DELEGATE, pa } };

        rmmsim_smc(sim, 0, &regs);
        return regs.x[0] == RMMSIM_RMI_SUCCESS ? 0 : -1;
}

int main(void)
{
        const struct rmmsim_region dram = { .base = 0x80000000, .size = 1 << 20 };
        struct rmmsim *sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);
        struct rmmsim_granule granule;
        int failed = delegate(sim, 0x80000000) != 0;

        failed |= rmmsim_granule(sim, &granule, 0x80000000) != 0 || granule.state != RMMSIM_GRANULE_DELEGATED;
        failed |= delegate(sim, 0x80000000) == 0; /* a second time must fail, and the RMM says why */
        printf("%s\n", rmmsim_why(sim, 0)->sentence);
        rmmsim_destroy(sim);
        return failed;
}
