/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_guest.c - guests as scripts.
 *
 * Each vCPU has a page of the Realm. Entry points lie in it, 1024 bytes apart, one for each vCPU that may call; the buffer of its
 * host calls shares it, as nothing is ever decoded.
 */
#include "properties.h"
#include <stdio.h>
#include <stdlib.h>

#define PAGE_OF(index)          (WORLD_PC + WORLD_PAGE * (index))
#define ENTRY_OF(index, caller) (PAGE_OF(index) + UINT64_C(1024) * (caller))
#define BUFFER_OF(index)        (PAGE_OF(index) + 256)
#define STRAY_BIT               (UINT64_C(1) << 24) /* MT: in no affinity field */

const char *guest_op_name(unsigned op)
{
        static const char *const names[GUEST_NUM_OPS] = {
                [GUEST_END] = "idle for good",
                [GUEST_NOP] = "compute",
                [GUEST_CPU_ON] = "CPU_ON",
                [GUEST_CPU_OFF] = "CPU_OFF",
                [GUEST_AFFINITY] = "AFFINITY_INFO",
                [GUEST_SUSPEND] = "CPU_SUSPEND",
                [GUEST_HOST_CALL] = "host call",
                [GUEST_SYSTEM_OFF] = "SYSTEM_OFF",
                [GUEST_BOOT] = "boot",
                [GUEST_CPU_ON_STRAY] = "CPU_ON with a stray bit",
                [GUEST_POLL_OFF] = "poll AFFINITY_INFO until off",
        };

        return op < GUEST_NUM_OPS ? names[op] : "nothing";
}

/* ---- traps ---------------------------------------------------------------------------------------------------------------- */

static void smc(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
        rmmsim_guest_set_x(vcpu, 0, x0);
        rmmsim_guest_set_x(vcpu, 1, x1);
        rmmsim_guest_set_x(vcpu, 2, x2);
        rmmsim_guest_set_x(vcpu, 3, x3);
        next->kind = RMMSIM_TRAP_SMC;
}

static void cpu_on(struct rmmsim_vcpu *vcpu, struct host_guest *guest, const struct guest_step *step,
                   struct rmmsim_trap *next)
{
        uint64_t stray = step->op == GUEST_CPU_ON_STRAY ? STRAY_BIT : 0;

        property_asks(guest, step->target, stray != 0);
        smc(vcpu, next, RMMSIM_PSCI_CPU_ON, step->target | stray, ENTRY_OF(step->target, guest->index),
            property_context(guest));
}

static void affinity_info(struct rmmsim_vcpu *vcpu, struct host_guest *guest, const struct guest_step *step,
                          struct rmmsim_trap *next)
{
        property_asks(guest, step->target, false);
        smc(vcpu, next, RMMSIM_PSCI_AFFINITY_INFO, step->target, 0, 0);
}

/* The library believes its table. Fault G01: it does not take an entry back when the call has failed. */
static bool boots_already(struct host_guest *guest, unsigned target)
{
        if (guest->boots[target]) {
                property_library_answers(guest, target);
                return true;
        }
        guest->boots[target] = true;
        return false;
}

/* Begin a step. Returns false if there is nothing to do for it. */
static bool begin(struct rmmsim_vcpu *vcpu, struct host_guest *guest, const struct guest_step *step,
                  struct rmmsim_trap *next)
{
        switch (step->op) {
        case GUEST_BOOT:
                if (boots_already(guest, step->target)) {
                        return false;
                }
                cpu_on(vcpu, guest, step, next);
                break;
        case GUEST_CPU_ON:
        case GUEST_CPU_ON_STRAY:
                cpu_on(vcpu, guest, step, next);
                break;
        case GUEST_AFFINITY:
        case GUEST_POLL_OFF:
                affinity_info(vcpu, guest, step, next);
                break;
        case GUEST_CPU_OFF:
                guest->alive = false;
                guest->offs++;
                smc(vcpu, next, RMMSIM_PSCI_CPU_OFF, 0, 0, 0);
                break;
        case GUEST_SUSPEND:
                smc(vcpu, next, RMMSIM_PSCI_CPU_SUSPEND, 0, 0, 0);
                break;
        case GUEST_SYSTEM_OFF:
                smc(vcpu, next, RMMSIM_PSCI_SYSTEM_OFF, 0, 0, 0);
                break;
        case GUEST_HOST_CALL:
                guest->loads = true;
                smc(vcpu, next, RMMSIM_RSI_HOST_CALL, BUFFER_OF(guest->index), 0, 0);
                break;
        default:
                next->kind = RMMSIM_TRAP_NOP;
                break;
        }
        return true;
}

/* ---- steps ---------------------------------------------------------------------------------------------------------------- */

static const struct guest_step *step_at(const struct host_guest *guest, unsigned n)
{
        static const struct guest_step end = { GUEST_END, 0 };

        return n < HOST_STEPS_MAX ? &guest->vm->config.program->steps[guest->index][n] : &end;
}

static bool polls_on(struct host_guest *guest, const struct guest_step *step, int64_t x0)
{
        return step->op == GUEST_POLL_OFF && x0 == RMMSIM_PSCI_AFFINITY_ON && !guest->vm->guests[step->target].ended;
}

/* The step before has its result. Returns false if it has produced another trap. */
static bool finish(struct rmmsim_vcpu *vcpu, struct host_guest *guest, struct rmmsim_trap *next)
{
        const struct guest_step *step = step_at(guest, guest->next - 1);
        int64_t x0 = (int64_t)rmmsim_guest_x(vcpu, 0);

        switch (step->op) {
        case GUEST_BOOT:
                guest->boots[step->target] = x0 == RMMSIM_PSCI_SUCCESS || x0 == RMMSIM_PSCI_ALREADY_ON ||
                                             host_has_fault(guest->vm, HOST_FAULT_G01);
                property_cpu_on_returns(guest, x0);
                break;
        case GUEST_CPU_ON:
        case GUEST_CPU_ON_STRAY:
                property_cpu_on_returns(guest, x0);
                break;
        case GUEST_AFFINITY:
        case GUEST_POLL_OFF:
                property_affinity_returns(guest, x0);
                if (polls_on(guest, step, x0)) {
                        rmmsim_spin();
                        affinity_info(vcpu, guest, step, next);
                        return false;
                }
                break;
        case GUEST_HOST_CALL:
                if (guest->loads) {
                        guest->loads = false;
                        *next = (struct rmmsim_trap){ .kind = RMMSIM_TRAP_LOAD,
                                                      .rt = 4,
                                                      .size = 8,
                                                      .sf = true,
                                                      .isv = true,
                                                      .ipa = BUFFER_OF(guest->index) +
                                                             offsetof(struct rmmsim_host_call, gprs) };
                        return false;
                }
                property_host_call_returns(guest, rmmsim_guest_x(vcpu, 4));
                break;
        default:
                break;
        }
        return true;
}

static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        const struct guest_entry *entry = arg;
        struct host_guest *guest = entry->guest;

        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
        if (guest->vm->quiescent) {
                return;
        }
        if (rmmsim_guest_pc(vcpu) == entry->ipa) {
                property_starts(guest, entry->caller, rmmsim_guest_x(vcpu, 0));
        } else if (guest->waits && !finish(vcpu, guest, next)) {
                return;
        }
        guest->waits = false;
        while (step_at(guest, guest->next)->op != GUEST_END) {
                const struct guest_step *now = step_at(guest, guest->next++);

                if (begin(vcpu, guest, now, next)) {
                        guest->waits = now->op != GUEST_CPU_OFF;
                        return;
                }
        }
        guest->ended = true;
}

/* ---- building ------------------------------------------------------------------------------------------------------------- */

uint64_t host_guest_boot_pc(unsigned index)
{
        return ENTRY_OF(index, index);
}

void host_guest_build(struct host_vm *vm)
{
        world_realm_ram(&vm->realm, 0, UINT64_C(2) << 20);
        for (unsigned i = 0; i < HOST_VCPUS_MAX; i++) {
                world_realm_data(&vm->realm, PAGE_OF(i));
        }
}

void host_guest_bind(struct host_vm *vm)
{
        for (unsigned i = 0; i < host_num_vcpus(vm); i++) {
                for (unsigned j = 0; j < host_num_vcpus(vm); j++) {
                        struct guest_entry *entry = &vm->entries[i][j];

                        *entry = (struct guest_entry){ &vm->guests[i], j, ENTRY_OF(i, j) };
                        if (rmmsim_guest_bind_step(vm->world.sim, vm->realm.rd, entry->ipa, step, entry) != 0) {
                                fprintf(stderr, "no guest can be bound\n");
                                exit(EXIT_FAILURE);
                        }
                }
        }
}
