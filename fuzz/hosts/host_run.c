/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_run.c - the thread of a vCPU: wait until there is a reason to run, enter the REC, look why it came back.
 *
 * A thread that waits is parked. When all are, nothing will ever happen again, and all threads end.
 */
#include "properties.h"
#include <string.h>

#define BAD_GIC_HCR UINT64_MAX

/* ---- waiting -------------------------------------------------------------------------------------------------------------- */

static bool is_ready(const struct host_vcpu *vcpu)
{
        bool kept = host_has_hazard(vcpu->vm, HOST_HAZARD_TARGET_STOPS) && (vcpu->vm->on >> vcpu->index & 1) == 0;

        return vcpu->runnable && !vcpu->idle && !vcpu->stopped && !kept;
}

static void all_are_done(struct host_vm *vm)
{
        vm->done = true;
        for (unsigned i = 0; i < host_num_vcpus(vm); i++) {
                struct host_vcpu *vcpu = &vm->vcpus[i];

                rmmsim_mutex_lock(host_lock(vcpu));
                rmmsim_cond_broadcast(&vcpu->changed);
                rmmsim_mutex_unlock(host_lock(vcpu));
        }
}

void host_thread_ends(struct host_vm *vm)
{
        if (--vm->active == 0) {
                all_are_done(vm);
        }
}

void host_shut_down(struct host_vm *vm)
{
        vm->down = true;
        all_are_done(vm);
}

/* Returns false when the thread is to end. */
static bool wait_until_ready(struct host_vcpu *vcpu)
{
        struct host_vm *vm = vcpu->vm;
        bool last = false;

        rmmsim_mutex_lock(host_lock(vcpu));
        while (!is_ready(vcpu) && !vm->done && !last) {
                if (!vcpu->parked) {
                        vcpu->parked = true;
                        last = --vm->active == 0;
                } else {
                        rmmsim_cond_wait(&vcpu->changed, host_lock(vcpu));
                }
        }
        rmmsim_mutex_unlock(host_lock(vcpu));
        if (last) {
                all_are_done(vm);
        }
        return !vm->done;
}

/* ---- exits ---------------------------------------------------------------------------------------------------------------- */

static void goes_off(struct host_vcpu *vcpu)
{
        vcpu->probes = false;
        vcpu->runnable = false;
        if (vcpu->unplug_wanted) {
                vcpu->plugged = false;
        }
}

/* Where a completion has met the CPU_OFF the exit does not say whether the vCPU is off. */
static void exits_off(struct host_vcpu *vcpu)
{
        rmmsim_mutex_lock(host_lock(vcpu));
        if (vcpu->rearmed && !host_has_hazard(vcpu->vm, HOST_HAZARD_BELIEVES_OFF)) {
                vcpu->probes = true;
        } else {
                goes_off(vcpu);
        }
        rmmsim_mutex_unlock(host_lock(vcpu));
}

/* Affinity level 0 names a vCPU. Fault K13: other bits count as well. */
static unsigned target_of(const struct host_vm *vm, uint64_t mpidr)
{
        return (unsigned)(host_has_fault(vm, HOST_FAULT_K13) ? mpidr % host_num_vcpus(vm) : mpidr & 0xf);
}

static void exits_with_request(struct host_vcpu *vcpu, const struct rmmsim_rec_exit *exit)
{
        vcpu->request = (struct host_request){ .state = HOST_REQUEST_ASKED,
                                               .cpu_on = exit->gprs[0] == RMMSIM_PSCI_CPU_ON,
                                               .target = target_of(vcpu->vm, exit->gprs[1]) };
        vcpu->vm->slot = vcpu->request.target;
        vcpu->vm->config.protocol->request(vcpu);
}

static void exits_psci(struct host_vcpu *vcpu, const struct rmmsim_rec_exit *exit)
{
        switch (exit->gprs[0]) {
        case RMMSIM_PSCI_CPU_ON:
        case RMMSIM_PSCI_AFFINITY_INFO:
                exits_with_request(vcpu, exit);
                break;
        case RMMSIM_PSCI_CPU_OFF:
                exits_off(vcpu);
                break;
        case RMMSIM_PSCI_SYSTEM_OFF:
                host_shut_down(vcpu->vm);
                break;
        default:
                break; /* CPU_SUSPEND: as long as the host likes */
        }
}

static void exits_host_call(struct host_vcpu *vcpu, const struct rmmsim_rec_exit *exit)
{
        memcpy(vcpu->regs, exit->gprs, sizeof(vcpu->regs));
        vcpu->regs[0]++;
        rmmsim_yield_at("the VMM serves a host call");
}

static void exits_idle(struct host_vcpu *vcpu)
{
        rmmsim_mutex_lock(host_lock(vcpu));
        vcpu->idle = true;
        rmmsim_mutex_unlock(host_lock(vcpu));
}

static void exits(struct host_vcpu *vcpu, const struct rmmsim_rec_exit *exit)
{
        property_exits(vcpu);
        switch (exit->exit_reason) {
        case RMMSIM_EXIT_PSCI:
                exits_psci(vcpu, exit);
                break;
        case RMMSIM_EXIT_HOST_CALL:
                exits_host_call(vcpu, exit);
                break;
        case RMMSIM_EXIT_SYNC:
                exits_idle(vcpu);
                break;
        default:
                break; /* an interrupt */
        }
}

/* ---- entries -------------------------------------------------------------------------------------------------------------- */

/*
 * ERROR_REC. It is an answer for a vCPU that was entered to find out; it is a matter of time where the protocol lets a target be
 * run before it is on; else nothing will ever change. Fault K03: everything is a matter of time. Fault V11: nothing is.
 */
static enum host_verdict why_refused(struct host_vcpu *vcpu)
{
        struct host_vm *vm = vcpu->vm;
        const struct host_protocol *protocol = vm->config.protocol;

        if (vcpu->rearmed) {
                return HOST_AGAIN;
        }
        if (vcpu->probes || host_has_hazard(vm, HOST_HAZARD_PARKED_IN_RUN)) {
                goes_off(vcpu);
                return HOST_RETURN;
        }
        if (protocol->expects_refusal != NULL && protocol->expects_refusal(vcpu) &&
            !host_has_fault(vm, HOST_FAULT_V11)) {
                return HOST_AGAIN;
        }
        return host_has_fault(vm, HOST_FAULT_K03) ? HOST_AGAIN : HOST_ENTER;
}

static void is_refused(struct host_vcpu *vcpu)
{
        struct host_vm *vm = vcpu->vm;
        enum host_verdict verdict;

        rmmsim_mutex_lock(host_lock(vcpu));
        verdict = why_refused(vcpu);
        rmmsim_mutex_unlock(host_lock(vcpu));
        if (verdict == HOST_AGAIN) {
                rmmsim_spin();
        } else if (verdict == HOST_ENTER) {
                if ((vm->config.program->bad_gic >> vcpu->index & 1) == 0) {
                        property_refused(vcpu);
                }
                host_shut_down(vm);
        }
}

static void enter(struct host_vcpu *vcpu)
{
        struct host_vm *vm = vcpu->vm;
        struct rmmsim_rec_run *run = world_run(&vm->realm, vcpu->index);
        uint64_t status;

        if (vcpu->request.state == HOST_REQUEST_DONE) {
                vcpu->request.state = HOST_REQUEST_NONE;
        }
        run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        run->enter.gicv3_hcr = (vm->config.program->bad_gic >> vcpu->index & 1) != 0 ? BAD_GIC_HCR : 0;
        memcpy(run->enter.gprs, vcpu->regs, sizeof(vcpu->regs));
        vcpu->rearmed = false;
        property_entering(vcpu);
        status = rmmsim_call(vm->world.sim, vcpu->index, rmi_rec_enter, .rec = vcpu->rec,
                             .run_ptr = vm->realm.runs[vcpu->index])
                         .x[0];
        property_entered(vcpu, status);
        switch (RMMSIM_RMI_STATUS(status)) {
        case RMMSIM_RMI_SUCCESS:
                vcpu->probes = false;
                exits(vcpu, &run->exit);
                break;
        case RMMSIM_RMI_ERROR_REALM:
                if (host_has_fault(vm, HOST_FAULT_K15)) {
                        property_fatal(vcpu);
                }
                host_shut_down(vm);
                break;
        default:
                is_refused(vcpu);
                break;
        }
}

/* Fault V07 minds that a vCPU which is off waits inside KVM_RUN, and KVM_RUN holds the vCPU's mutex. */
static bool waits_in_kvm_run(struct host_vcpu *vcpu)
{
        bool goes_on;

        if (!host_has_fault(vcpu->vm, HOST_FAULT_V07)) {
                return wait_until_ready(vcpu);
        }
        rmmsim_mutex_lock(&vcpu->running);
        goes_on = wait_until_ready(vcpu);
        rmmsim_mutex_unlock(&vcpu->running);
        return goes_on;
}

/* Is the thread of a caller lost between its exit and its next run? */
static bool is_lost(const struct host_vcpu *vcpu)
{
        return host_has_hazard(vcpu->vm, HOST_HAZARD_CALLER_STOPS) && vcpu->request.state == HOST_REQUEST_DECIDED;
}

void host_vcpu_thread(struct rmmsim *sim, unsigned pe, void *arg)
{
        struct host_vm *vm = arg;
        struct host_vcpu *vcpu = &vm->vcpus[pe];

        (void)sim;
        while (waits_in_kvm_run(vcpu) && !is_lost(vcpu)) {
                switch (vm->config.protocol->run(vcpu)) {
                case HOST_ENTER:
                        enter(vcpu);
                        break;
                case HOST_AGAIN:
                        rmmsim_spin();
                        break;
                case HOST_RETURN:
                        break;
                }
        }
}
