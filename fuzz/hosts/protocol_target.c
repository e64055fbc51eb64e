/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * protocol_target.c - protocols in which the first run of the target is the host's consent: T, and the options a, b and c.
 *
 * The VMM decides at the exit. If the target is to be turned on its thread is let go, and its run completes. Where there is nobody to
 * run - the target is on, or denied - the caller's next run completes. They differ in what the caller does meanwhile: wait in the
 * kernel (T), wait in the VMM until that has seen the target come back (a), ask again and again (b), complete by itself if
 * it comes first (c).
 */
#include "host.h"

static bool consents(const struct host_vcpu *caller)
{
        return caller->request.cpu_on && (int64_t)caller->request.x0 == RMMSIM_PSCI_SUCCESS;
}

/* The kernel has seen the exit, and the target's thread is inside KVM_RUN already: that it is run needs no decision any more. */
static void target_is_parked_in_run(struct host_vcpu *caller)
{
        if (host_has_hazard(caller->vm, HOST_HAZARD_PARKED_IN_RUN) && caller->request.cpu_on) {
                rmmsim_mutex_lock(host_lock(host_target(caller)));
                host_make_runnable(host_target(caller));
                rmmsim_mutex_unlock(host_lock(host_target(caller)));
        }
}

static void decide_and_let_go(struct host_vcpu *caller)
{
        host_decide(caller);
        if (consents(caller)) {
                host_make_runnable(host_target(caller));
        }
}

static void first_run_request(struct host_vcpu *caller)
{
        struct rmmsim_mutex *lock = host_lock(host_target(caller));

        target_is_parked_in_run(caller);
        rmmsim_mutex_lock(lock);
        if (caller->request.state == HOST_REQUEST_ASKED) {
                decide_and_let_go(caller);
        }
        rmmsim_mutex_unlock(lock);
}

/* Does the run of this vCPU complete the request? */
static bool waits_for(const struct host_vcpu *caller, const struct host_vcpu *target)
{
        bool undecided = caller->request.state == HOST_REQUEST_ASKED || caller->request.state == HOST_REQUEST_DECIDED;

        if (!undecided || !caller->request.cpu_on || caller->request.target != target->index) {
                return false;
        }
        return host_has_hazard(caller->vm, HOST_HAZARD_PARKED_IN_RUN) ||
               (caller->request.state == HOST_REQUEST_DECIDED && consents(caller));
}

/* With the lock held. Returns whether a request was completed. */
static bool complete_as_target(struct host_vcpu *target, struct host_vcpu *caller)
{
        if (!waits_for(caller, target)) {
                return false;
        }
        caller->request.x0 = RMMSIM_PSCI_SUCCESS;
        host_complete_and_mark(caller, target->index);
        rmmsim_cond_broadcast(&target->changed);
        return true;
}

static bool anybody_waits_for(const struct host_vcpu *target)
{
        for (unsigned i = 0; i < host_num_vcpus(target->vm); i++) {
                if (waits_for(&target->vm->vcpus[i], target)) {
                        return true;
                }
        }
        return false;
}

/* The run of a vCPU as a target. Returns whether a request was completed. */
static bool run_as_target(struct host_vcpu *target)
{
        bool completed = false;

        if (!anybody_waits_for(target)) {
                return false;
        }
        rmmsim_mutex_lock(host_lock(target));
        for (unsigned i = 0; i < host_num_vcpus(target->vm); i++) {
                completed |= complete_as_target(target, &target->vm->vcpus[i]);
        }
        rmmsim_mutex_unlock(host_lock(target));
        return completed;
}

/*
 * The run of a vCPU as a caller, up to where it needs the target. With the target's lock held. Returns whether the request is
 * completed.
 */
static bool complete_as_caller(struct host_vcpu *caller)
{
        if (caller->request.state != HOST_REQUEST_DECIDED) {
                return true;
        }
        if (!host_is_current(caller)) {
                decide_and_let_go(caller);
        }
        if (consents(caller)) {
                return false;
        }
        host_complete_and_mark(caller, caller->index);
        return true;
}

/* ---- T ----------------------------------------------------------------------------------------------------------------------- */

static enum host_verdict first_run_run(struct host_vcpu *vcpu)
{
        struct host_vcpu *target = host_target(vcpu);

        (void)run_as_target(vcpu);
        if (vcpu->request.state == HOST_REQUEST_DECIDED) {
                rmmsim_mutex_lock(&target->lock);
                while (!complete_as_caller(vcpu) && !vcpu->vm->done) {
                        rmmsim_cond_wait(&target->changed, &target->lock);
                }
                rmmsim_mutex_unlock(&target->lock);
        }
        return vcpu->vm->done ? HOST_RETURN : HOST_ENTER;
}

const struct host_protocol host_first_run = {
        .name = "T",
        .summary = "the target's first run completes, and the caller waits for it in the kernel",
        .can_deny = true,
        .request = first_run_request,
        .run = first_run_run,
};

/* ---- a ----------------------------------------------------------------------------------------------------------------------- */

/* The run that has completed comes back at once, without having entered the REC, and the VMM tells those who wait. */
static void tell(struct host_vcpu *target)
{
        rmmsim_mutex_lock(host_lock(target));
        for (unsigned i = 0; i < host_num_vcpus(target->vm); i++) {
                struct host_vcpu *caller = &target->vm->vcpus[i];

                if (caller->request.state == HOST_REQUEST_DONE && caller->request.target == target->index) {
                        caller->request.told = true;
                }
        }
        rmmsim_cond_broadcast(&target->changed);
        rmmsim_mutex_unlock(host_lock(target));
}

/* In the VMM: as long as the target has to be run, its own KVM_RUN must have returned. */
static void wait_until_told(struct host_vcpu *caller)
{
        struct host_vcpu *target = host_target(caller);

        rmmsim_mutex_lock(host_lock(target));
        while (!caller->request.told && !caller->vm->done) {
                if (caller->request.state == HOST_REQUEST_DECIDED && complete_as_caller(caller)) {
                        break;
                }
                rmmsim_cond_wait(&target->changed, host_lock(target));
        }
        rmmsim_mutex_unlock(host_lock(target));
}

static void wait_for_exit_request(struct host_vcpu *caller)
{
        first_run_request(caller);
        wait_until_told(caller);
}

static enum host_verdict wait_for_exit_run(struct host_vcpu *vcpu)
{
        if (run_as_target(vcpu) && !host_has_hazard(vcpu->vm, HOST_HAZARD_ENTERS_FIRST)) {
                tell(vcpu);
                return HOST_RETURN;
        }
        return vcpu->vm->done ? HOST_RETURN : HOST_ENTER;
}

const struct host_protocol host_wait_for_exit = {
        .name = "a",
        .summary = "the target's first run completes and returns, and the VMM keeps the caller until then",
        .can_deny = true,
        .one_lock = true,
        .request = wait_for_exit_request,
        .run = wait_for_exit_run,
};

/* ---- b ----------------------------------------------------------------------------------------------------------------------- */

static enum host_verdict refuse_caller_run(struct host_vcpu *vcpu)
{
        struct host_vcpu *target = host_target(vcpu);
        bool completed = true;

        (void)run_as_target(vcpu);
        if (vcpu->request.state == HOST_REQUEST_DECIDED) {
                rmmsim_mutex_lock(&target->lock);
                completed = complete_as_caller(vcpu);
                rmmsim_mutex_unlock(&target->lock);
        }
        return completed ? HOST_ENTER : HOST_AGAIN;
}

const struct host_protocol host_refuse_caller = {
        .name = "b",
        .summary = "the target's first run completes, and the caller is refused until then",
        .can_deny = true,
        .request = first_run_request,
        .run = refuse_caller_run,
};

/* ---- c ----------------------------------------------------------------------------------------------------------------------- */

/* In one order, whoever comes. The hazard: the caller's first, as both of a pair do that turn each other on. */
static void pair_lock(struct host_vcpu *caller, struct host_vcpu *target)
{
        bool caller_first = caller->index < target->index || host_has_hazard(caller->vm, HOST_HAZARD_CALLER_FIRST);

        rmmsim_mutex_lock(caller_first ? &caller->lock : &target->lock);
        rmmsim_mutex_lock(caller_first ? &target->lock : &caller->lock);
}

static void pair_unlock(struct host_vcpu *caller, struct host_vcpu *target)
{
        rmmsim_mutex_unlock(&caller->lock);
        rmmsim_mutex_unlock(&target->lock);
}

static enum host_verdict first_completes_run(struct host_vcpu *vcpu)
{
        struct host_vm *vm = vcpu->vm;

        for (unsigned i = 0; i < host_num_vcpus(vm); i++) {
                struct host_vcpu *caller = &vm->vcpus[i];

                if (waits_for(caller, vcpu)) {
                        pair_lock(caller, vcpu);
                        (void)complete_as_target(vcpu, caller);
                        pair_unlock(caller, vcpu);
                }
        }
        if (vcpu->request.state == HOST_REQUEST_DECIDED) {
                pair_lock(vcpu, host_target(vcpu));
                if (!complete_as_caller(vcpu)) {
                        host_complete_and_mark(vcpu, vcpu->index);
                }
                pair_unlock(vcpu, host_target(vcpu));
        }
        return HOST_ENTER;
}

const struct host_protocol host_first_completes = {
        .name = "c",
        .summary = "whichever of caller and target is run first completes, under the locks of both",
        .can_deny = true,
        .request = first_run_request,
        .run = first_completes_run,
};
