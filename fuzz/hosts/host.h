/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host.h - small hypervisors that drive PSCI for a Realm, one for each way in which hosts do it or have proposed to.
 *
 * A VM has two to four vCPUs, each a thread (a PE of the explorer), and perhaps a thread of the VMM that plugs and unplugs. What
 * they have in common is the run loop; how a PSCI request is completed is a `struct host_protocol`. The guest is a script. A VM is
 * built once, and explored under many configurations; properties.h says what must hold.
 *
 * The host's view of a vCPU is `runnable` (KVM's mp_state). It is guarded by a lock, and so is every completion that names the vCPU
 * as its target: whoever decides, completes and marks in one piece. What no lock can guard is a guest that turns itself off
 * meanwhile: the RMM knows at the SMC, the host at the exit, and a completion between the two may have started the vCPU again or
 * not. So a CPU_OFF that met a completion is not believed: the vCPU is entered once more, and the RMM says.
 */
#ifndef HOST_H
#define HOST_H

#include "host_guest.h"
#include "world.h"
#include <rmmsim/explore.h>

enum {
        HOST_ACTIONS_MAX = 8
};

/* ---- what is explored ---------------------------------------------------------------------------------------------------- */

enum host_action_kind {
        HOST_DOES_NOTHING,
        HOST_PLUGS,
        HOST_UNPLUGS, /* at once if the vCPU is off, else when it goes off */
        HOST_KICKS,
        HOST_STOPS, /* the thread of the vCPU, until the host resumes it or has nothing left to do */
        HOST_RESUMES,
        HOST_NUM_ACTIONS
};

struct host_action {
        uint8_t kind;
        uint8_t target;
};

/* What the guest and the VMM do. Masks have a bit for each vCPU. */
struct host_program {
        const char *name;
        unsigned num_vcpus; /* 2..HOST_VCPUS_MAX                                                   */
        unsigned on;        /* from the start                                                      */
        unsigned unplugged; /* from the start                                                      */
        unsigned bad_gic;   /* the VMM's GIC state makes each entry of this vCPU fail              */
        bool late_vcpu;     /* one vCPU more than there are RECs, which the VMM names by mistake   */
        struct guest_step steps[HOST_VCPUS_MAX][HOST_STEPS_MAX];
        struct host_action actions[HOST_ACTIONS_MAX];
};

/* What a protocol does not prevent a VMM from doing, and should have. */
enum host_hazard {
        HOST_HAZARD_NONE,
        HOST_HAZARD_BELIEVES_OFF,  /* a CPU_OFF that met a completion is taken for the last word        */
        HOST_HAZARD_STALE,         /* a decision is carried out although the target has changed since   */
        HOST_HAZARD_FORGETS,       /* the caller is run without a completion                           */
        HOST_HAZARD_CALLER_STOPS,  /* a caller is not run again: paused, debugged, killed               */
        HOST_HAZARD_TARGET_STOPS,  /* a target is never run                                             */
        HOST_HAZARD_BLIND,         /* the VMM does not know who is on, and waits for the target always  */
        HOST_HAZARD_ENTERS_FIRST,  /* a target is entered before the VMM is told of its run             */
        HOST_HAZARD_PARKED_IN_RUN, /* the thread of a vCPU that is off waits inside KVM_RUN             */
        HOST_HAZARD_CALLER_FIRST,  /* of a pair the caller's lock is always taken first                 */
};

/* A planted bug: hosts had it, or it is likely; the names are those of the catalogue (docs/host-models.md). */
enum host_fault {
        HOST_FAULT_NONE,
        HOST_FAULT_K01,
        HOST_FAULT_K03,
        HOST_FAULT_K05,
        HOST_FAULT_K07,
        HOST_FAULT_K09,
        HOST_FAULT_K13,
        HOST_FAULT_K15,
        HOST_FAULT_K17,
        HOST_FAULT_K19,
        HOST_FAULT_K21,
        HOST_FAULT_V01,
        HOST_FAULT_V03,
        HOST_FAULT_V05,
        HOST_FAULT_V07,
        HOST_FAULT_V09,
        HOST_FAULT_V11,
        HOST_FAULT_G01,
        HOST_NUM_FAULTS
};

struct host_config {
        const struct host_protocol *protocol;
        const struct host_program *program;
        enum host_hazard hazard;
        enum host_fault fault;
        bool tears_down; /* at the end: destroy the RECs */
};

/* ---- a VM ------------------------------------------------------------------------------------------------------------------ */

enum host_request_state {
        HOST_REQUEST_NONE,
        HOST_REQUEST_ASKED,
        HOST_REQUEST_DECIDED, /* by the VMM: x0 is what the caller shall get */
        HOST_REQUEST_DONE     /* completed, and the caller has not been run yet */
};

struct host_request {
        enum host_request_state state;
        bool cpu_on; /* or AFFINITY_INFO */
        unsigned target;
        uint64_t x0;
        bool told; /* option a: the VMM has been told that the target was run */
};

/* What properties remember of a vCPU, and nobody else looks at (properties.c). */
struct host_ghost {
        bool off;            /* surely: its CPU_OFF exit was seen, and no completion met it  */
        unsigned epoch;      /* how often it may have been turned on                         */
        unsigned completing; /* completions under way that name it                           */
        bool completed;      /* one has ended since it was entered                           */
        bool pending;        /* it has exited with a request, and no completion was accepted */
        bool after_shutdown; /* it was entered after the Realm's SYSTEM_OFF had been seen    */
};

struct host_vcpu {
        struct host_vm *vm;
        unsigned index;
        uint64_t rec;
        struct rmmsim_mutex lock;    /* guards what follows, and completions that name this vCPU */
        struct rmmsim_cond changed;  /* any of it                                                */
        struct rmmsim_mutex running; /* KVM's mutex of a vCPU, where somebody minds it           */
        bool runnable;
        bool rearmed; /* a CPU_ON of this vCPU was completed since it was last entered */
        bool probes;  /* the next entry is to find out whether it is on                */
        bool plugged;
        bool unplug_wanted;
        bool stopped;      /* by the VMM, which is no power state              */
        bool idle;         /* in WFI, for good                                 */
        bool parked;       /* the thread waits for a reason to go on           */
        uint64_t regs[31]; /* the host's copy: what a host call is answered with */
        struct host_request request;
        struct host_ghost ghost;
};

struct host_vm {
        struct world world;
        struct world_realm realm;
        struct rmmsim_explorer *explorer;
        struct rmmsim_program explored;
        enum rmmsim_profile profile;
        unsigned on;
        struct host_config config;
        struct guest_entry entries[HOST_VCPUS_MAX][HOST_VCPUS_MAX]; /* by target and caller */

        /* From here on: put back before each schedule. */
        struct host_vcpu vcpus[HOST_VCPUS_MAX];
        struct host_guest guests[HOST_VCPUS_MAX];
        struct rmmsim_mutex lock; /* the VMM's, where it has one for all vCPUs */
        unsigned slot;            /* fault V03: who was asked for last, by anybody                   */
        unsigned active;          /* threads that are not parked                                     */
        bool done;                /* nobody has anything left to do, or the Realm was shut down      */
        bool down;                /* shut down, as the host sees it                                  */
        bool off;                 /* the same, as properties know: an exit has said so               */
        bool quiescent;           /* no thread is left: guests only idle                             */
};

/* ---- protocols ------------------------------------------------------------------------------------------------------------- */

enum host_verdict {
        HOST_ENTER,
        HOST_AGAIN,  /* EAGAIN: the thread tries again later */
        HOST_RETURN, /* back to the VMM, which has been told something, and comes again at once */
};

struct host_protocol {
        const char *name;
        const char *summary;
        bool can_deny; /* the VMM is asked */
        bool one_lock; /* the lock is the VMM's; otherwise each vCPU has one */

        /* The caller has exited with a request: state ASKED. On the caller's thread. */
        void (*request)(struct host_vcpu *caller);

        /* A vCPU is about to be entered, as a caller, as a target, or for neither reason. */
        enum host_verdict (*run)(struct host_vcpu *vcpu);

        /* The RMM has refused to enter it. Is that to be expected for a while? Called with the lock held. May be NULL. */
        bool (*expects_refusal)(const struct host_vcpu *vcpu);
};

extern const struct host_protocol host_explicit;        /* E */
extern const struct host_protocol host_in_kernel;       /* K */
extern const struct host_protocol host_next_run;        /* C */
extern const struct host_protocol host_first_run;       /* T */
extern const struct host_protocol host_wait_for_exit;   /* a */
extern const struct host_protocol host_refuse_caller;   /* b */
extern const struct host_protocol host_first_completes; /* c */

enum {
        HOST_NUM_PROTOCOLS = 7
};
extern const struct host_protocol *const host_protocols[HOST_NUM_PROTOCOLS];

/* ---- for users of the models ------------------------------------------------------------------------------------------- */

/*
 * A VM whose RECs in `on` start runnable; of `config` the profile, trace and misuse handler count. Ends the program if it cannot be
 * built.
 */
struct host_vm *host_vm_create(unsigned num_vcpus, unsigned on, const struct rmmsim_config *config);
void host_vm_destroy(struct host_vm *vm);

/* What the next exploration explores. The program has as many vCPUs as the VM, and the same are on. */
void host_vm_configure(struct host_vm *vm, const struct host_config *config);

/* ---- for protocols ------------------------------------------------------------------------------------------------------ */

static inline bool host_has_fault(const struct host_vm *vm, enum host_fault fault)
{
        return vm->config.fault == fault;
}

static inline bool host_has_hazard(const struct host_vm *vm, enum host_hazard hazard)
{
        return vm->config.hazard == hazard;
}

static inline unsigned host_num_vcpus(const struct host_vm *vm)
{
        return vm->realm.num_recs;
}

static inline struct host_vcpu *host_target(const struct host_vcpu *caller)
{
        return &caller->vm->vcpus[caller->request.target];
}

/* The lock that guards a vCPU, whoever's it is. */
struct rmmsim_mutex *host_lock(struct host_vcpu *vcpu);

/* The thread of a vCPU has a reason to go on. With the lock held. */
void host_wake(struct host_vcpu *vcpu);

/* mp_state becomes RUNNABLE. With the lock held. */
void host_make_runnable(struct host_vcpu *vcpu);

/* The VMM decides about a request: x0. With the target's lock held. */
void host_decide(struct host_vcpu *caller);

/* RMI_PSCI_COMPLETE as decided, by the thread `pe`, and nothing else. Returns whether the RMM has accepted. */
bool host_complete(struct host_vcpu *caller, unsigned pe);

/*
 * The same, deciding again where the decision does not fit the target any more, and with what follows for the target. The request
 * is DONE then. With the target's lock held.
 */
void host_complete_and_mark(struct host_vcpu *caller, unsigned pe);

/* Does the decision fit what the host knows of the target? With the target's lock held. */
bool host_is_current(const struct host_vcpu *caller);

/* Threads (host_run.c, host_policy.c). */
rmmsim_pe_fn host_vcpu_thread;
rmmsim_pe_fn host_policy_thread;
void host_thread_ends(struct host_vm *vm);
void host_shut_down(struct host_vm *vm);

#endif
