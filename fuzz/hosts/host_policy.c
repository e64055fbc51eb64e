/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_policy.c - the VMM's own thread: vCPUs are plugged and unplugged, kicked, stopped and resumed while they run.
 *
 * A vCPU that is not plugged may not be turned on. Nobody takes a vCPU from a guest that uses it, so one that is on stays plugged
 * until its guest turns it off. To stop a vCPU is no power change: the guest does not notice.
 */
#include "host.h"

static void plug(struct host_vcpu *vcpu)
{
        vcpu->plugged = true;
        vcpu->unplug_wanted = false;
}

static void unplug(struct host_vcpu *vcpu)
{
        vcpu->unplug_wanted = true;
        if (!vcpu->runnable) {
                vcpu->plugged = false;
        }
}

/* Fault K21: by the power state, which the guest has not changed. */
static void stop(struct host_vcpu *vcpu)
{
        if (host_has_fault(vcpu->vm, HOST_FAULT_K21)) {
                vcpu->runnable = false;
        } else {
                vcpu->stopped = true;
        }
}

static void resume(struct host_vcpu *vcpu)
{
        if (vcpu->stopped) {
                vcpu->stopped = false;
                host_wake(vcpu);
        }
}

static void act(struct host_vcpu *vcpu, unsigned kind)
{
        rmmsim_mutex_lock(host_lock(vcpu));
        switch (kind) {
        case HOST_PLUGS:
                plug(vcpu);
                break;
        case HOST_UNPLUGS:
                unplug(vcpu);
                break;
        case HOST_STOPS:
                stop(vcpu);
                break;
        case HOST_RESUMES:
                resume(vcpu);
                break;
        default:
                break;
        }
        rmmsim_mutex_unlock(host_lock(vcpu));
}

void host_policy_thread(struct rmmsim *sim, unsigned pe, void *arg)
{
        struct host_vm *vm = arg;
        const struct host_program *program = vm->config.program;

        (void)pe;
        for (unsigned i = 0; i < HOST_ACTIONS_MAX && program->actions[i].kind != HOST_DOES_NOTHING; i++) {
                const struct host_action *action = &program->actions[i];

                rmmsim_yield_at("the VMM's policy");
                if (action->kind == HOST_KICKS) {
                        (void)rmmsim_irq_raise(sim, action->target);
                } else {
                        act(&vm->vcpus[action->target], action->kind);
                }
        }
        for (unsigned i = 0; i < host_num_vcpus(vm); i++) {
                if (vm->vcpus[i].stopped) {
                        act(&vm->vcpus[i], HOST_RESUMES);
                }
        }
        host_thread_ends(vm);
}
