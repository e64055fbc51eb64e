/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_complete.c - deciding about a request, and completing it.
 *
 * The decision is the result that the caller is to get, as PSCI has it: DENIED for a target that is not plugged, ALREADY_ON for one
 * that is on, else SUCCESS. The RMM wants less (may it?) and knows better (is it on?).
 */
#include "properties.h"

#define DENIED_OF_32_BITS UINT64_C(0xfffffffd) /* faults K07 and K19: the VMM's 32 bits, without their sign */
#define ALREADY_ON_OF_32  UINT64_C(0xfffffffc)

struct rmmsim_mutex *host_lock(struct host_vcpu *vcpu)
{
        return vcpu->vm->config.protocol->one_lock ? &vcpu->vm->lock : &vcpu->lock;
}

void host_wake(struct host_vcpu *vcpu)
{
        if (vcpu->parked) {
                vcpu->parked = false;
                vcpu->vm->active++;
        }
        rmmsim_cond_broadcast(&vcpu->changed);
}

void host_make_runnable(struct host_vcpu *vcpu)
{
        if (!vcpu->runnable) {
                vcpu->runnable = true;
                host_wake(vcpu);
        }
}

void host_decide(struct host_vcpu *caller)
{
        const struct host_vcpu *target = host_target(caller);
        const struct host_vm *vm = caller->vm;

        if (!caller->request.cpu_on) {
                caller->request.x0 = RMMSIM_PSCI_SUCCESS;
        } else if (vm->config.protocol->can_deny && !target->plugged) {
                caller->request.x0 = (uint64_t)RMMSIM_PSCI_DENIED;
        } else if (target->runnable && !host_has_hazard(vm, HOST_HAZARD_BLIND)) {
                caller->request.x0 =
                        host_has_fault(vm, HOST_FAULT_K19) ? ALREADY_ON_OF_32 : (uint64_t)RMMSIM_PSCI_ALREADY_ON;
        } else {
                caller->request.x0 = RMMSIM_PSCI_SUCCESS;
        }
        caller->request.state = HOST_REQUEST_DECIDED;
}

/* What the RMM is told: it takes any result but these for a refusal. */
static uint64_t status_of(const struct host_vcpu *caller)
{
        switch ((int64_t)caller->request.x0) {
        case RMMSIM_PSCI_SUCCESS:
        case RMMSIM_PSCI_ALREADY_ON:
                return RMMSIM_PSCI_SUCCESS;
        default:
                return host_has_fault(caller->vm, HOST_FAULT_K07) ? DENIED_OF_32_BITS : (uint64_t)RMMSIM_PSCI_DENIED;
        }
}

/* The caller names its target by MPIDR; who asks for a vCPU that has no REC gets none. Fault K17: what was there before. */
static uint64_t target_rec(const struct host_vcpu *caller)
{
        const struct host_vm *vm = caller->vm;

        if (caller->request.target >= host_num_vcpus(vm)) {
                return host_has_fault(vm, HOST_FAULT_K17) ? vm->realm.runs[0] : 0;
        }
        return host_target(caller)->rec;
}

bool host_complete(struct host_vcpu *caller, unsigned pe)
{
        uint64_t status = status_of(caller);
        uint64_t target = target_rec(caller);
        bool accepted;

        if (target == 0) {
                return false;
        }
        property_completes(caller, target, status);
        accepted = rmmsim_call(caller->vm->world.sim, pe, rmi_psci_complete, .calling_rec = caller->rec,
                               .target_rec = target, .status = status)
                           .x[0] == RMMSIM_RMI_SUCCESS;
        property_completed(caller, status, accepted);
        return accepted;
}

bool host_is_current(const struct host_vcpu *caller)
{
        if (!caller->request.cpu_on || status_of(caller) != RMMSIM_PSCI_SUCCESS) {
                return true; /* a denial that does not fit is refused by the RMM */
        }
        return host_target(caller)->runnable || host_has_hazard(caller->vm, HOST_HAZARD_STALE) ||
               host_has_fault(caller->vm, HOST_FAULT_V09);
}

/* Has the decision changed? */
static bool decides_otherwise(struct host_vcpu *caller)
{
        uint64_t before = caller->request.x0;

        host_decide(caller);
        return caller->request.x0 != before;
}

/* A CPU_ON was accepted: the target is on now, unless it is on its way out of CPU_OFF and this came too early for it. */
static void mark(struct host_vcpu *caller)
{
        struct host_vcpu *target = host_target(caller);
        bool stale =
                host_has_hazard(caller->vm, HOST_HAZARD_STALE) && (int64_t)caller->request.x0 == RMMSIM_PSCI_ALREADY_ON;

        if (caller->request.cpu_on && status_of(caller) == RMMSIM_PSCI_SUCCESS && !stale) {
                target->rearmed = true;
                host_make_runnable(target);
        }
}

/* Fault K05: the refusal is not noticed. Fault V05: it is, and the VMM knows no way out. */
static bool gives_up(const struct host_vm *vm)
{
        return host_has_fault(vm, HOST_FAULT_K05) || host_has_fault(vm, HOST_FAULT_V05);
}

/*
 * A refused denial means that the target is on, so the next decision is another one. What is refused all the same is tried by
 * entering the caller: monitors exist that complete a request and report an error.
 */
void host_complete_and_mark(struct host_vcpu *caller, unsigned pe)
{
        bool accepted;

        if (!host_is_current(caller)) {
                host_decide(caller);
        }
        do {
                accepted = host_complete(caller, pe);
        } while (!accepted && !gives_up(caller->vm) && decides_otherwise(caller));
        if (accepted) {
                mark(caller);
        }
        caller->request.state = HOST_REQUEST_DONE;
}
