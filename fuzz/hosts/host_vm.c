/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_vm.c - a VM: built once, put back before each schedule.
 */
#include "properties.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct host_protocol *const host_protocols[HOST_NUM_PROTOCOLS] = {
        &host_explicit,      &host_in_kernel,     &host_next_run,        &host_first_run,
        &host_wait_for_exit, &host_refuse_caller, &host_first_completes,
};

static bool has_policy(const struct host_vm *vm)
{
        return vm->config.program->actions[0].kind != HOST_DOES_NOTHING;
}

static void vcpu_reset(struct host_vm *vm, unsigned index)
{
        struct host_vcpu *vcpu = &vm->vcpus[index];
        static const char *const names[HOST_VCPUS_MAX] = { "vcpu0", "vcpu1", "vcpu2", "vcpu3" };

        memset(vcpu, 0, sizeof(*vcpu));
        vcpu->vm = vm;
        vcpu->index = index;
        vcpu->rec = vm->realm.recs[index];
        vcpu->lock.name = vcpu->changed.name = vcpu->running.name = names[index];
        vcpu->runnable = (vm->on >> index & 1) != 0;
        vcpu->plugged = (vm->config.program->unplugged >> index & 1) == 0;
        vcpu->ghost.off = !vcpu->runnable;
}

static struct rmmsim *reset(struct rmmsim *sim, void *arg)
{
        struct host_vm *vm = arg;

        memset(vm->guests, 0, sizeof(vm->guests));
        for (unsigned i = 0; i < HOST_VCPUS_MAX; i++) {
                vcpu_reset(vm, i);
                vm->guests[i].vm = vm;
                vm->guests[i].index = i;
        }
        memset(&vm->lock, 0, sizeof(vm->lock));
        vm->lock.name = "vmm";
        vm->active = host_num_vcpus(vm) + has_policy(vm);
        vm->done = vm->down = vm->off = vm->quiescent = false;
        return sim;
}

static void check(struct rmmsim *sim, void *arg)
{
        (void)sim;
        property_at_rest(arg);
}

static void give_up(const char *sentence)
{
        fprintf(stderr, "no VM: %s\n", sentence);
        exit(EXIT_FAILURE);
}

void host_vm_configure(struct host_vm *vm, const struct host_config *config)
{
        vm->config = *config;
        if (config->program->num_vcpus != host_num_vcpus(vm) || config->program->on != vm->on) {
                give_up("it is not the program's");
        }
        /* Where locks are taken in two orders a schedule that deadlocks says more than the fact. */
        vm->explored.lock_order = config->hazard != HOST_HAZARD_CALLER_FIRST;
        vm->explored.pes[host_num_vcpus(vm)] = has_policy(vm) ? host_policy_thread : NULL;
}

struct host_vm *host_vm_create(unsigned num_vcpus, unsigned on, const struct rmmsim_config *config)
{
        struct host_vm *vm = calloc(1, sizeof(*vm));
        struct rmmsim_error error;

        if (vm == NULL) {
                give_up("no memory");
        }
        vm->profile = config->profile;
        vm->on = on;
        world_create(&vm->world, config, num_vcpus + 1);
        world_realm_new(&vm->realm, &vm->world, 1);
        host_guest_build(vm);
        for (unsigned i = 0; i < num_vcpus; i++) {
                world_realm_rec(&vm->realm, (on >> i & 1) != 0, host_guest_boot_pc(i));
        }
        host_guest_bind(vm);
        world_realm_activate(&vm->realm);
        vm->explored = (struct rmmsim_program){ .sim = vm->world.sim, .arg = vm, .setup = reset, .check = check };
        for (unsigned i = 0; i < num_vcpus; i++) {
                vm->explored.pes[i] = host_vcpu_thread;
        }
        vm->explorer = rmmsim_explorer_create(&vm->explored, &error);
        if (vm->explorer == NULL) {
                give_up(error.text);
        }
        return vm;
}

void host_vm_destroy(struct host_vm *vm)
{
        rmmsim_explorer_destroy(vm->explorer);
        world_destroy(&vm->world);
        free(vm);
}
