/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * properties.c - properties of PSCI, checked where a host and a guest see them.
 *
 * What the RMM has decided is not visible from outside while calls overlap. So an answer is held against what is certain: a target
 * that was surely off from before the call until after it cannot be ALREADY_ON, one that executed all the time cannot be started.
 */
#include "properties.h"
#include <inttypes.h>

#define CONTEXT UINT64_C(0xc0ffee0000)

static struct guest_call *call_of(struct host_guest *guest)
{
        return &guest->calls[guest->next - 1];
}

static struct host_ghost *ghost_of(struct host_vm *vm, unsigned index)
{
        return &vm->vcpus[index].ghost;
}

/* ---- guests ---------------------------------------------------------------------------------------------------------------- */

/* The specification compares the whole MPIDR, deployed monitors only its affinity fields. */
static bool is_unknown(const struct host_vm *vm, unsigned target, bool stray)
{
        return target >= host_num_vcpus(vm) || (stray && vm->profile == RMMSIM_PROFILE_RMM_1_0);
}

void property_asks(struct host_guest *guest, unsigned target, bool stray)
{
        const struct host_ghost *ghost = ghost_of(guest->vm, target);
        const struct host_guest *other = &guest->vm->guests[target];

        *call_of(guest) = (struct guest_call){ .asked = true,
                                               .unknown = is_unknown(guest->vm, target, stray),
                                               .target = (uint8_t)target,
                                               .target_off = ghost->off,
                                               .target_epoch = ghost->epoch,
                                               .target_alive = other->alive,
                                               .target_offs = other->offs };
}

uint64_t property_context(const struct host_guest *guest)
{
        return CONTEXT | guest->index << 8 | (guest->next - 1);
}

static void starts_by_itself(const struct host_guest *guest, uint64_t context)
{
        if ((guest->vm->on >> guest->index & 1) == 0 || guest->next != 0 || guest->alive || context != 0) {
                rmmsim_explore_fail("S1: vCPU %u starts where it would boot, with context %" PRIx64, guest->index,
                                    context);
        }
}

/* Option a: the VMM is told of the run that completes before the target executes anything. */
static bool is_untold(const struct host_vm *vm, unsigned caller, unsigned target)
{
        const struct host_request *request = &vm->vcpus[caller].request;

        return vm->config.protocol == &host_wait_for_exit && request->state == HOST_REQUEST_DONE && request->cpu_on &&
               request->target == target && request->x0 == RMMSIM_PSCI_SUCCESS && !request->told;
}

static void starts_for(struct host_guest *guest, unsigned caller, uint64_t context)
{
        unsigned from = (unsigned)(context >> 8 & 0xff);
        unsigned n = (unsigned)(context & 0xff);
        struct guest_call *call = &guest->vm->guests[caller].calls[n % HOST_STEPS_MAX];

        if ((context & ~UINT64_C(0xffff)) != CONTEXT || from != caller || n >= HOST_STEPS_MAX) {
                rmmsim_explore_fail("S4: vCPU %u starts at the entry point of vCPU %u with context %" PRIx64,
                                    guest->index, caller, context);
        } else if (guest->alive || call->started) {
                rmmsim_explore_fail("S3: vCPU %u starts again for step %u of vCPU %u", guest->index, n, caller);
        } else if (!call->asked || call->target != guest->index || call->agreed == 0 ||
                   (call->returned && call->result != RMMSIM_PSCI_SUCCESS)) {
                rmmsim_explore_fail("S1: vCPU %u starts for step %u of vCPU %u, which has not turned it on",
                                    guest->index, n, caller);
        } else if (!guest->vm->vcpus[guest->index].plugged) {
                rmmsim_explore_fail("S5: vCPU %u starts, which is not plugged", guest->index);
        } else if (is_untold(guest->vm, caller, guest->index)) {
                rmmsim_explore_fail("a: vCPU %u executes before the VMM has been told that it was run", guest->index);
        }
        call->started = true;
}

void property_starts(struct host_guest *guest, unsigned caller, uint64_t context)
{
        if (caller == guest->index) {
                starts_by_itself(guest, context);
        } else {
                starts_for(guest, caller, context);
        }
        guest->alive = true;
}

/* Did the target execute from before the call until now? Then it was on. */
static bool executed_throughout(const struct host_guest *target, const struct guest_call *call)
{
        return call->target_alive && target->offs == call->target_offs;
}

void property_cpu_on_returns(struct host_guest *guest, int64_t result)
{
        struct guest_call *call = call_of(guest);
        const struct host_guest *target = &guest->vm->guests[call->target];
        unsigned turned_on = ghost_of(guest->vm, call->target)->epoch - call->target_epoch;

        call->returned = true;
        call->result = result;
        if (call->unknown) {
                if (result != RMMSIM_PSCI_INVALID_PARAMETERS) {
                        rmmsim_explore_fail("S2: CPU_ON of nobody returns %" PRId64, result);
                }
        } else if (call->target == guest->index) {
                if (result != RMMSIM_PSCI_ALREADY_ON) {
                        rmmsim_explore_fail("S2: vCPU %u turns itself on: %" PRId64, guest->index, result);
                }
        } else if (result == RMMSIM_PSCI_SUCCESS) {
                if (executed_throughout(target, call)) {
                        rmmsim_explore_fail("S3: vCPU %u has turned on vCPU %u, which was on all the time",
                                            guest->index, call->target);
                }
                guest->succeeded[call->target] = 1 + call->target_offs;
        } else if (result == RMMSIM_PSCI_ALREADY_ON) {
                if (call->target_off && turned_on == call->agreed) {
                        rmmsim_explore_fail("S2: ALREADY_ON for vCPU %u, which was off all the time", call->target);
                }
        } else if (result == RMMSIM_PSCI_DENIED) {
                if (!call->denied) {
                        rmmsim_explore_fail("S5: vCPU %u reads DENIED, which the host has not said", guest->index);
                }
        } else {
                rmmsim_explore_fail("S2: CPU_ON returns %" PRId64, result);
        }
        if (call->started && result != RMMSIM_PSCI_SUCCESS) {
                rmmsim_explore_fail("S1: vCPU %u has started for a CPU_ON that returns %" PRId64, call->target, result);
        }
}

void property_affinity_returns(struct host_guest *guest, int64_t result)
{
        struct guest_call *call = call_of(guest);
        const struct host_guest *target = &guest->vm->guests[call->target];
        const struct host_ghost *ghost = ghost_of(guest->vm, call->target);
        bool turned_on = guest->succeeded[call->target] == 1 + target->offs;

        call->returned = true;
        call->result = result;
        if (call->unknown) {
                if (result != RMMSIM_PSCI_INVALID_PARAMETERS) {
                        rmmsim_explore_fail("S2: AFFINITY_INFO of nobody returns %" PRId64, result);
                }
        } else if (result == RMMSIM_PSCI_AFFINITY_OFF) {
                if (executed_throughout(target, call) || turned_on || call->target == guest->index) {
                        rmmsim_explore_fail("S2: AFFINITY_INFO says that vCPU %u is off, which is on", call->target);
                }
        } else if (result != RMMSIM_PSCI_AFFINITY_ON) {
                rmmsim_explore_fail("S2: AFFINITY_INFO returns %" PRId64, result);
        } else if (call->target_off && ghost->epoch == call->target_epoch) {
                rmmsim_explore_fail("S2: AFFINITY_INFO says that vCPU %u is on, which is off", call->target);
        }
}

void property_library_answers(const struct host_guest *guest, unsigned target)
{
        const struct host_ghost *ghost = ghost_of(guest->vm, target);

        if (ghost->off && ghost->epoch == 0) {
                rmmsim_explore_fail("S2: the library says ALREADY_ON for vCPU %u, which has never been turned on",
                                    target);
        }
}

/* The host answers each host call with the register's value and one. */
void property_host_call_returns(struct host_guest *guest, uint64_t answer)
{
        guest->host_calls++;
        if (answer != guest->host_calls) {
                rmmsim_explore_fail("S4: a host call of vCPU %u is answered with %" PRIu64 ", not %" PRIu64
                                    ": somebody has written to its registers",
                                    guest->index, answer, guest->host_calls);
        }
}

/* ---- hosts ----------------------------------------------------------------------------------------------------------------- */

void property_entering(struct host_vcpu *vcpu)
{
        vcpu->ghost.completed = false;
        vcpu->ghost.after_shutdown = vcpu->vm->off;
}

void property_entered(const struct host_vcpu *vcpu, uint64_t status)
{
        if (status != RMMSIM_RMI_SUCCESS) {
                return;
        }
        if (vcpu->ghost.after_shutdown) {
                rmmsim_explore_fail("S9: vCPU %u is entered after the Realm was shut down", vcpu->index);
        }
        if (vcpu->ghost.pending) {
                rmmsim_explore_fail("S12: vCPU %u is entered while its request is pending", vcpu->index);
        }
}

static unsigned arguments_of(const struct host_vm *vm, uint64_t fid)
{
        bool hidden = vm->profile == RMMSIM_PROFILE_RMM_1_0_REFERENCE;

        switch (fid) {
        case RMMSIM_PSCI_CPU_ON:
                return hidden ? 1 : 3;
        case RMMSIM_PSCI_AFFINITY_INFO:
                return hidden ? 1 : 2;
        case RMMSIM_PSCI_CPU_SUSPEND:
                return hidden ? 0 : 3;
        default:
                return 0;
        }
}

void property_exits(struct host_vcpu *vcpu)
{
        const struct rmmsim_rec_exit *exit = &world_run(&vcpu->vm->realm, vcpu->index)->exit;

        if (exit->exit_reason != RMMSIM_EXIT_PSCI) {
                return;
        }
        for (unsigned i = arguments_of(vcpu->vm, exit->gprs[0]) + 1; i < 31; i++) {
                if (exit->gprs[i] != 0) {
                        rmmsim_explore_fail("S7: x%u of vCPU %u is shown to the host", i, vcpu->index);
                }
        }
        vcpu->ghost.pending = exit->gprs[0] == RMMSIM_PSCI_CPU_ON || exit->gprs[0] == RMMSIM_PSCI_AFFINITY_INFO;
        if (exit->gprs[0] == RMMSIM_PSCI_CPU_OFF && !vcpu->ghost.completed && vcpu->ghost.completing == 0) {
                vcpu->ghost.off = true;
        } else if (exit->gprs[0] == RMMSIM_PSCI_SYSTEM_OFF) {
                vcpu->vm->off = true;
        }
}

static bool is_rec_of(const struct host_vm *vm, uint64_t rec)
{
        for (unsigned i = 0; i < host_num_vcpus(vm); i++) {
                if (vm->vcpus[i].rec == rec) {
                        return true;
                }
        }
        return false;
}

/* From here on the target may be on: the RMM decides at some time within the call. */
void property_completes(struct host_vcpu *caller, uint64_t target_rec, uint64_t status)
{
        struct host_guest *guest = &caller->vm->guests[caller->index];
        struct host_ghost *ghost = &host_target(caller)->ghost;

        if (!is_rec_of(caller->vm, target_rec)) {
                rmmsim_explore_fail("S8: %" PRIx64 " is named as a target, which is no REC of the Realm", target_rec);
        }
        if (caller->request.cpu_on && status == RMMSIM_PSCI_SUCCESS) {
                call_of(guest)->agreed++;
                ghost->off = false;
                ghost->completing++;
                ghost->epoch++;
        }
}

void property_completed(struct host_vcpu *caller, uint64_t status, bool accepted)
{
        struct host_ghost *ghost = &host_target(caller)->ghost;

        if (caller->request.cpu_on && status == RMMSIM_PSCI_SUCCESS) {
                ghost->completing--;
                ghost->completed = true;
        }
        /* A deployed monitor ends a request when it refuses its denial. */
        if (accepted || caller->vm->profile == RMMSIM_PROFILE_RMM_1_0_REFERENCE) {
                caller->ghost.pending = false;
        }
        if (accepted && (int64_t)status == RMMSIM_PSCI_DENIED) {
                call_of(&caller->vm->guests[caller->index])->denied = true;
        }
}

void property_refused(const struct host_vcpu *vcpu)
{
        const struct rmmsim_refusal *why = rmmsim_why(vcpu->vm->world.sim, vcpu->index);

        if (why != NULL && why->id == RMMSIM_FAIL_rmi_rec_enter_rec_psci) {
                rmmsim_explore_fail("L1: vCPU %u cannot go on: its request was never completed", vcpu->index);
        } else if (why != NULL && why->id == RMMSIM_FAIL_rmi_rec_enter_rec_runnable) {
                rmmsim_explore_fail("L2: vCPU %u is run, but is off, and the VM is killed", vcpu->index);
        } else {
                rmmsim_explore_fail("L2: vCPU %u cannot be entered: %s", vcpu->index,
                                    why != NULL ? why->sentence : "for no reason");
        }
}

void property_fatal(const struct host_vcpu *vcpu)
{
        rmmsim_explore_fail("L5: vCPU %u meets a Realm that was shut down, and the VM is killed", vcpu->index);
}

/* ---- at rest --------------------------------------------------------------------------------------------------------------- */

static void successes_have_started(const struct host_guest *guest)
{
        for (unsigned n = 0; n < HOST_STEPS_MAX; n++) {
                const struct guest_call *call = &guest->calls[n];

                if (call->returned && call->result == RMMSIM_PSCI_SUCCESS && call->agreed != 0 && !call->started) {
                        rmmsim_explore_fail("L2: vCPU %u was turned on by step %u of vCPU %u and has never run",
                                            call->target, n, guest->index);
                }
        }
}

/* Whether the RMM would enter the vCPU is what the host must believe of it. */
static void views_agree(struct host_vcpu *vcpu)
{
        struct rmmsim *sim = vcpu->vm->world.sim;
        uint64_t status = rmmsim_call(sim, vcpu->index, rmi_rec_enter, .rec = vcpu->rec,
                                      .run_ptr = vcpu->vm->realm.runs[vcpu->index])
                                  .x[0];
        const struct rmmsim_refusal *why = rmmsim_why(sim, vcpu->index);
        bool off = why != NULL && why->id == RMMSIM_FAIL_rmi_rec_enter_rec_runnable;

        if (vcpu->runnable && status != RMMSIM_RMI_SUCCESS) {
                rmmsim_explore_fail("S10: vCPU %u is RUNNABLE for the host: %s", vcpu->index,
                                    why != NULL ? why->sentence : "not entered");
        } else if (!vcpu->runnable && !off) {
                rmmsim_explore_fail("S10: vCPU %u is STOPPED for the host, and on in the RMM", vcpu->index);
        }
}

static void recs_go(struct host_vm *vm)
{
        for (unsigned i = 0; i < host_num_vcpus(vm); i++) {
                uint64_t status = rmmsim_call(vm->world.sim, 0, rmi_rec_destroy, .rec = vm->vcpus[i].rec).x[0];

                if (status != RMMSIM_RMI_SUCCESS) {
                        rmmsim_explore_fail("L5: REC %u cannot be destroyed: %" PRIx64, i, status);
                }
        }
}

/* First what the host believes, then what has come of it. */
void property_at_rest(struct host_vm *vm)
{
        bool runs = !vm->down;

        vm->quiescent = true;
        for (unsigned i = 0; i < host_num_vcpus(vm) && runs; i++) {
                if (vm->vcpus[i].request.state != HOST_REQUEST_NONE) {
                        rmmsim_explore_fail("L1: the request of vCPU %u was never completed", i);
                }
                views_agree(&vm->vcpus[i]);
        }
        for (unsigned i = 0; i < host_num_vcpus(vm) && runs; i++) {
                successes_have_started(&vm->guests[i]);
        }
        if (vm->config.tears_down) {
                recs_go(vm);
        }
}
