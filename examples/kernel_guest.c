/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernel_guest.c - a guest kernel's code for running in a Realm, tested with a host that is not always kind.
 *
 * The first half is the guest kernel's code. It runs as a vCPU, with translation and exits beneath it, and does not know. The second
 * half is the test: it is the host, so it decides what the Realm gets.
 */
#include <linux/arm-smccc.h>
#include <rmmsim/world.h>
#include <stdio.h>

/* ---- the guest kernel's, as it is ----------------------------------------------------------------------------------- */

#define SMC_RSI(func) ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, ARM_SMCCC_OWNER_STANDARD, func)

enum {
        RSI_RIPAS_EMPTY,
        RSI_RIPAS_RAM
};

static int rsi_is_there(void)
{
        struct arm_smccc_res res;

        arm_smccc_1_1_smc(SMC_RSI(0x190), 1UL << 16, &res);
        return res.a0 == 0;
}

/* Make pages usable, or give them back. The host may need several calls for it, and may say no. */
static int rsi_set_memory(unsigned long start, unsigned long end, unsigned long ripas)
{
        struct arm_smccc_res res;

        while (start < end) {
                arm_smccc_1_1_smc(SMC_RSI(0x197), start, end, ripas, 0UL, &res);
                if (res.a0 != 0 || res.a2 != 0) {
                        return -1;
                }
                start = res.a1;
        }
        return 0;
}

/* ---- the test ------------------------------------------------------------------------------------------------------- */

#define PAGES_BASE 0x2000UL
#define PAGES_TOP  0x5000UL

static int answers[3];

static void realm_main(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)vcpu;
        (void)arg;
        answers[0] = rsi_is_there();
        answers[1] = rsi_set_memory(PAGES_BASE, PAGES_TOP, RSI_RIPAS_EMPTY);
        answers[2] = rsi_set_memory(PAGES_BASE, PAGES_TOP, RSI_RIPAS_RAM);
}

/* A host that gives one page at a time, and refuses what the Realm wants at `refuses`. */
static unsigned host_run(struct rmmsim_world *world, uint64_t refuses)
{
        struct rmmsim_rec_run *run = rmmsim_host_pointer(world->sim, world->runs[0], 4096);
        unsigned changes = 0;

        while (rmmsim_call(world->sim, 0, rmi_rec_enter, .rec = world->recs[0], .run_ptr = world->runs[0]).x[0] ==
               RMMSIM_RMI_SUCCESS) {
                run->enter.flags = 0;
                if (run->exit.exit_reason != RMMSIM_EXIT_RIPAS_CHANGE) {
                        break; /* the guest has turned itself off */
                }
                changes++;
                if (run->exit.ripas_base == refuses && run->exit.ripas_value == RMMSIM_RIPAS_RAM) {
                        run->enter.flags = RMMSIM_ENTER_RIPAS_REJECT;
                } else {
                        rmmsim_call(world->sim, 0, rmi_rtt_set_ripas, .rd = world->rd, .rec = world->recs[0],
                                    .base = run->exit.ripas_base, .top = run->exit.ripas_base + 4096);
                }
        }
        return changes;
}

int main(void)
{
        struct rmmsim_world_shape shape = { .num_pages = 16, .guest = realm_main };
        struct rmmsim_world world;
        unsigned changes;
        int failed;

        if (rmmsim_world_create(&world, &shape, NULL) != 0) {
                return 1;
        }
        changes = host_run(&world, 0x4000);
        printf("RSI %s; %u changes; giving back %s, taking again %s\n", answers[0] ? "is there" : "is missing", changes,
               answers[1] == 0 ? "went well" : "failed", answers[2] == 0 ? "went well" : "was refused");
        failed = answers[0] != 1 || answers[1] != 0 || answers[2] != -1 || changes != 6;
        rmmsim_world_destroy(&world);
        return failed;
}
