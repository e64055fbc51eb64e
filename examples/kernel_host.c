/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernel_host.c - a host kernel's loop around RMI_REC_ENTER, tested with a Realm that does what the test wants.
 *
 * The first half is the kernel's code: types and names of its own, and SMCs as the Linux kernel makes them. The second half is the
 * test: a guest in C, a world ready made, and the questions.
 */
#include <linux/arm-smccc.h>
#include <rmmsim/use.h>
#include <rmmsim/world.h>
#include <stdio.h>
#include <string.h>

/* ---- the kernel's, as it is ---------------------------------------------------------------------------------------- */

#define SMC_RMI_REC_ENTER ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_64, ARM_SMCCC_OWNER_STANDARD, 0x15c)

enum {
        REC_EXIT_SYNC,
        REC_EXIT_IRQ,
        REC_EXIT_HOST_CALL = 5
};
enum {
        REC_ENTER_EMUL_MMIO = 1
};

/* The page that kernel and RMM share. */
struct rec_run {
        struct {
                unsigned long flags, padding[63], gprs[31], more[161];
        } enter;
        struct {
                unsigned long reason, padding[31], esr, far, hpfar, more[29], gprs[31], rest[161];
        } exit;
};

struct vcpu {
        unsigned long rec, run_phys;
        struct rec_run *run;
        unsigned long uart; /* a device with one register */
};

static void emulate_mmio(struct vcpu *vcpu)
{
        if ((vcpu->run->exit.esr & 1 << 6) != 0) {
                vcpu->uart = vcpu->run->exit.gprs[0];
        } else {
                vcpu->run->enter.gprs[0] = vcpu->uart;
        }
        vcpu->run->enter.flags = REC_ENTER_EMUL_MMIO;
}

/* Run until the guest wants something that only user space has. Returns the reason, or -1 if the RMM refused. */
static int vcpu_run(struct vcpu *vcpu)
{
        struct arm_smccc_res res;

        for (;;) {
                arm_smccc_1_1_invoke(SMC_RMI_REC_ENTER, vcpu->rec, vcpu->run_phys, &res);
                if (res.a0 != 0) {
                        return -1;
                }
                vcpu->run->enter.flags = 0;
                switch (vcpu->run->exit.reason) {
                case REC_EXIT_SYNC:
                        emulate_mmio(vcpu);
                        break;
                case REC_EXIT_IRQ:
                        break;
                default:
                        return (int)vcpu->run->exit.reason;
                }
        }
}

/* ---- the test ------------------------------------------------------------------------------------------------------- */

/* Writes to the device, reads it back, and tells user space what it has read. */
static void guest(struct rmmsim_vcpu *vcpu, void *device)
{
        struct rmmsim_host_call call = { .imm = 7 };
        uint64_t value = 0;

        rmmsim_guest_store(vcpu, *(uint64_t *)device, 4, 0xcafe);
        rmmsim_guest_load(vcpu, *(uint64_t *)device, 4, &value);
        call.gprs[0] = value;
        rmmsim_guest_write(vcpu, 0x1000, &call, sizeof(call));
        rmmsim_guest_call(vcpu, rsi_host_call, .addr = 0x1000);
}

int main(void)
{
        static uint64_t device;
        struct rmmsim_world_shape shape = { .num_pages = 2, .guest = guest, .arg = &device };
        struct rmmsim_world world;
        struct vcpu vcpu;
        int failed;

        if (rmmsim_world_create(&world, &shape, NULL) != 0) {
                return 1;
        }
        device = world.unprotected + 0x1000; /* nothing is mapped there, so accesses come to the kernel */
        vcpu = (struct vcpu){ world.recs[0], world.runs[0], rmmsim_host_pointer(world.sim, world.runs[0], 4096), 0 };
        rmmsim_use(world.sim, 0); /* where this thread's SMCs go */

        failed = vcpu_run(&vcpu) != REC_EXIT_HOST_CALL;
        failed |= vcpu.uart != 0xcafe || vcpu.run->exit.gprs[0] != 0xcafe;

        vcpu.run->enter.flags = REC_ENTER_EMUL_MMIO; /* a mistake: a host call is no access to a device */
        failed |= vcpu_run(&vcpu) != -1 || strcmp(rmmsim_why(world.sim, 0)->condition, "rec_mmio") != 0;
        printf("%s\n", rmmsim_why(world.sim, 0)->sentence);

        rmmsim_use(NULL, 0);
        rmmsim_world_destroy(&world);
        return failed;
}
