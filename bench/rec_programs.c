/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rec_programs.c - programs that exit for one reason again and again, each as a function and as a step function.
 *
 * They do the least that makes the exit: what is measured is the way out and back, not the program.
 */
#include "rec.h"

#define CPU_ON_CONTEXT 7

/* ---- functions ----------------------------------------------------------------------------------------------------- */

static void irq_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_nop(vcpu); /* the quantum ends after each */
        }
}

static void idle_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static void fiq_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        const struct rec_world *world = arg;

        for (;;) {
                rmmsim_fiq_raise(world->host->sim, 0);
                rmmsim_guest_nop(vcpu);
        }
}

static void host_call_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                struct rmmsim_regs regs = { .x = { RMMSIM_RSI_HOST_CALL, RAM_IPA } };

                rmmsim_guest_smc(vcpu, &regs);
        }
}

static void psci_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                struct rmmsim_regs regs = { .x = { RMMSIM_PSCI_CPU_ON, 1, SECOND_PC, CPU_ON_CONTEXT } };

                rmmsim_guest_smc(vcpu, &regs);
        }
}

static enum rmmsim_ripas next_ripas(struct rec_world *world)
{
        world->turn ^= 1;
        return world->turn != 0 ? RMMSIM_RIPAS_EMPTY : RMMSIM_RIPAS_RAM;
}

static void ripas_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        for (;;) {
                struct rmmsim_regs regs = { .x = { RMMSIM_RSI_IPA_STATE_SET, BALLOON_IPA, BALLOON_IPA + PAGE,
                                                   next_ripas(arg) } };

                rmmsim_guest_smc(vcpu, &regs);
        }
}

static void mmio_read_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t value;

        (void)arg;
        for (;;) {
                rmmsim_guest_load(vcpu, MMIO_IPA, 4, &value);
        }
}

static void mmio_write_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_store(vcpu, MMIO_IPA, 4, 0x5a);
        }
}

/* Touches two pages in turn: a host that maps the one and takes the other away sees a fault each time. */
static void abort_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t value;

        (void)arg;
        for (;;) {
                rmmsim_guest_load(vcpu, SHARED_IPA, 8, &value);
                rmmsim_guest_load(vcpu, SHARED_IPA + PAGE, 8, &value);
        }
}

/* Uses a page of memory, gives it up, and takes it again. */
static void balloon_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t value;

        for (;;) {
                rmmsim_guest_load(vcpu, BALLOON_IPA, 8, &value);
                for (int i = 0; i < 2; i++) {
                        struct rmmsim_regs regs = { .x = { RMMSIM_RSI_IPA_STATE_SET, BALLOON_IPA, BALLOON_IPA + PAGE,
                                                           next_ripas(arg) } };

                        rmmsim_guest_smc(vcpu, &regs);
                }
        }
}

static void off_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)vcpu;
        (void)arg;
}

static void rsi_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct rec_world *world = arg;

        for (;;) {
                for (world->left = world->calls; world->left != 0; world->left--) {
                        struct rmmsim_regs regs = { .x = { RMMSIM_RSI_VERSION, UINT64_C(1) << 16 } };

                        rmmsim_guest_smc(vcpu, &regs);
                }
                rmmsim_guest_wfi(vcpu);
        }
}

/* ---- the same as step functions ------------------------------------------------------------------------------------ */

static void call(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
        rmmsim_guest_set_x(vcpu, 0, x0);
        rmmsim_guest_set_x(vcpu, 1, x1);
        rmmsim_guest_set_x(vcpu, 2, x2);
        rmmsim_guest_set_x(vcpu, 3, x3);
        next->kind = RMMSIM_TRAP_SMC;
}

static void irq_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_NOP;
}

static void idle_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
}

static void fiq_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        const struct rec_world *world = arg;

        (void)vcpu;
        (void)result;
        rmmsim_fiq_raise(world->host->sim, 0);
        next->kind = RMMSIM_TRAP_NOP;
}

static void host_call_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg;
        (void)result;
        call(vcpu, next, RMMSIM_RSI_HOST_CALL, RAM_IPA, 0, 0);
}

static void psci_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg;
        (void)result;
        call(vcpu, next, RMMSIM_PSCI_CPU_ON, 1, SECOND_PC, CPU_ON_CONTEXT);
}

static void ripas_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)result;
        rmmsim_guest_set_x(vcpu, 4, 0);
        call(vcpu, next, RMMSIM_RSI_IPA_STATE_SET, BALLOON_IPA, BALLOON_IPA + PAGE, next_ripas(arg));
}

static void mmio_read_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        *next = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_LOAD, .ipa = MMIO_IPA, .size = 4, .rt = 1, .isv = true };
}

static void mmio_write_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        *next = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_STORE, .ipa = MMIO_IPA, .size = 4, .rt = 1, .isv = true };
}

/* Step functions keep what they need to know in registers. */
static void abort_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        uint64_t turn = rmmsim_guest_x(vcpu, 2);

        (void)arg;
        (void)result;
        *next = (struct rmmsim_trap){
                .kind = RMMSIM_TRAP_LOAD, .ipa = SHARED_IPA + turn * PAGE, .size = 8, .rt = 1, .isv = true, .sf = true
        };
        rmmsim_guest_set_x(vcpu, 2, turn ^ 1);
}

static void balloon_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        uint64_t turn = rmmsim_guest_x(vcpu, 7);

        (void)result;
        rmmsim_guest_set_x(vcpu, 7, (turn + 1) % 3);
        if (turn == 0) {
                *next = (struct rmmsim_trap){
                        .kind = RMMSIM_TRAP_LOAD, .ipa = BALLOON_IPA, .size = 8, .rt = 6, .isv = true, .sf = true
                };
        } else {
                rmmsim_guest_set_x(vcpu, 4, 0);
                call(vcpu, next, RMMSIM_RSI_IPA_STATE_SET, BALLOON_IPA, BALLOON_IPA + PAGE, next_ripas(arg));
        }
}

static void off_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg;
        (void)result;
        call(vcpu, next, RMMSIM_PSCI_CPU_OFF, 0, 0, 0);
}

static void rsi_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct rec_world *world = arg;

        (void)result;
        if (world->left == 0) {
                world->left = world->calls;
                next->kind = RMMSIM_TRAP_WFI;
        } else {
                world->left--;
                call(vcpu, next, RMMSIM_RSI_VERSION, UINT64_C(1) << 16, 0, 0);
        }
}

/* ---- both forms ---------------------------------------------------------------------------------------------------- */

const struct rec_program program_irq = { irq_fn, irq_step, .quantum = 1 };
const struct rec_program program_idle = { idle_fn, idle_step, 0 };
const struct rec_program program_fiq = { fiq_fn, fiq_step, 0 };
const struct rec_program program_host_call = { host_call_fn, host_call_step, 0 };
const struct rec_program program_psci = { psci_fn, psci_step, 0 };
const struct rec_program program_ripas = { ripas_fn, ripas_step, 0 };
const struct rec_program program_mmio_read = { mmio_read_fn, mmio_read_step, 0 };
const struct rec_program program_mmio_write = { mmio_write_fn, mmio_write_step, 0 };
const struct rec_program program_abort = { abort_fn, abort_step, 0 };
const struct rec_program program_balloon = { balloon_fn, balloon_step, 0 };
const struct rec_program program_off = { off_fn, off_step, 0 };
const struct rec_program program_rsi = { rsi_fn, rsi_step, 0 };
