/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * protocol_caller.c - protocols in which the caller's thread completes: at once by name (E), at once in the kernel (K), or when the
 * caller is run again (C).
 */
#include "properties.h"
#include <string.h>

/* ---- E: the VMM completes by an ioctl on the caller's fd, naming the target by MPIDR ----------------------------------- */

/* The VMM has more vCPUs than there are RECs, and names the last one first. The kernel has to say that it knows no such REC. */
static void ioctl_for_late_vcpu(struct host_vcpu *caller)
{
        unsigned target = caller->request.target;

        caller->request.target = host_num_vcpus(caller->vm);
        caller->request.x0 = RMMSIM_PSCI_SUCCESS;
        (void)host_complete(caller, caller->index);
        caller->request.target = target;
}

/* What the VMM gets wrong before it takes its lock. */
static void explicit_mistakes(struct host_vcpu *caller)
{
        struct host_vm *vm = caller->vm;
        struct host_vcpu *target = host_target(caller);

        if (vm->config.program->late_vcpu) {
                ioctl_for_late_vcpu(caller);
        }
        if (host_has_fault(vm, HOST_FAULT_V05) || host_has_fault(vm, HOST_FAULT_V09)) {
                host_decide(caller);
        }
        if (host_has_fault(vm, HOST_FAULT_V01)) {
                rmmsim_mutex_lock(host_lock(target));
                host_make_runnable(target);
                rmmsim_mutex_unlock(host_lock(target));
        }
        if (host_has_fault(vm, HOST_FAULT_V07)) {
                rmmsim_mutex_lock(&target->running);
                memset(target->regs, 0, sizeof(target->regs));
                rmmsim_mutex_unlock(&target->running);
        }
}

static void explicit_request(struct host_vcpu *caller)
{
        struct host_vm *vm = caller->vm;

        if (host_has_hazard(vm, HOST_HAZARD_FORGETS)) {
                return;
        }
        explicit_mistakes(caller);
        rmmsim_mutex_lock(&vm->lock);
        if (host_has_fault(vm, HOST_FAULT_V03)) {
                caller->request.target = vm->slot;
        }
        if (caller->request.state == HOST_REQUEST_ASKED) {
                host_decide(caller);
        }
        host_complete_and_mark(caller, caller->index);
        rmmsim_mutex_unlock(&vm->lock);
}

static enum host_verdict just_enter(struct host_vcpu *vcpu)
{
        (void)vcpu;
        return HOST_ENTER;
}

const struct host_protocol host_explicit = {
        .name = "E",
        .summary = "the VMM completes by an ioctl on the caller's fd, before anybody runs",
        .can_deny = true,
        .one_lock = true,
        .request = explicit_request,
        .run = just_enter,
};

/* ---- K: the kernel completes, under the target's lock -------------------------------------------------------------------- */

/* Fault K01: where the target is on nothing has to be done for it, so the lock is dropped first. */
static bool completes_without_lock(struct host_vcpu *caller)
{
        return host_has_fault(caller->vm, HOST_FAULT_K01) && caller->request.cpu_on &&
               (int64_t)caller->request.x0 == RMMSIM_PSCI_ALREADY_ON;
}

static void in_kernel_request(struct host_vcpu *caller)
{
        struct host_vcpu *target = host_target(caller);

        if (host_has_fault(caller->vm, HOST_FAULT_K09)) {
                memset(target->regs, 0, sizeof(target->regs));
        }
        rmmsim_mutex_lock(&target->lock);
        host_decide(caller);
        if (completes_without_lock(caller)) {
                rmmsim_mutex_unlock(&target->lock);
                (void)host_complete(caller, caller->index);
                caller->request.state = HOST_REQUEST_DONE;
                return;
        }
        host_complete_and_mark(caller, caller->index);
        rmmsim_mutex_unlock(&target->lock);
}

const struct host_protocol host_in_kernel = {
        .name = "K",
        .summary = "the kernel completes under the target's lock, without asking the VMM",
        .request = in_kernel_request,
        .run = just_enter,
};

/* ---- C: the caller's next run completes ------------------------------------------------------------------------------------ */

static void next_run_request(struct host_vcpu *caller)
{
        struct host_vcpu *target = host_target(caller);

        rmmsim_mutex_lock(&target->lock);
        host_decide(caller);
        if (caller->request.cpu_on && (int64_t)caller->request.x0 == RMMSIM_PSCI_SUCCESS) {
                host_make_runnable(target);
        }
        rmmsim_mutex_unlock(&target->lock);
}

static enum host_verdict next_run_run(struct host_vcpu *vcpu)
{
        struct host_vcpu *target = host_target(vcpu);

        if (vcpu->request.state == HOST_REQUEST_DECIDED) {
                rmmsim_mutex_lock(&target->lock);
                host_complete_and_mark(vcpu, vcpu->index);
                rmmsim_mutex_unlock(&target->lock);
        }
        return HOST_ENTER;
}

/* A vCPU is runnable from the decision on, and on from the completion on. */
static bool next_run_expects_refusal(const struct host_vcpu *vcpu)
{
        for (unsigned i = 0; i < host_num_vcpus(vcpu->vm); i++) {
                const struct host_request *request = &vcpu->vm->vcpus[i].request;

                if (request->state == HOST_REQUEST_DECIDED && request->cpu_on && request->target == vcpu->index &&
                    (int64_t)request->x0 == RMMSIM_PSCI_SUCCESS) {
                        return true;
                }
        }
        return false;
}

const struct host_protocol host_next_run = {
        .name = "C",
        .summary = "the VMM decides, and the caller's next run completes; a target that is run before gets EAGAIN",
        .can_deny = true,
        .request = next_run_request,
        .run = next_run_run,
        .expects_refusal = next_run_expects_refusal,
};
