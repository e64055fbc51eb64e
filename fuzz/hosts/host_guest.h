/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_guest.h - the guest of a host model: a script for each vCPU, carried out by a step function.
 *
 * A vCPU goes through its script once. CPU_OFF does not end it: when the vCPU is turned on again it goes on behind it. At the end it
 * idles. Every CPU_ON can be told from every other: the entry point says who called for whom, and the context the step.
 */
#ifndef HOST_GUEST_H
#define HOST_GUEST_H

#include <rmmsim/guest.h>

enum {
        HOST_VCPUS_MAX = 4,
        HOST_STEPS_MAX = 16
};

enum guest_op {
        GUEST_END, /* idle from here on */
        GUEST_NOP,
        GUEST_CPU_ON,
        GUEST_CPU_OFF,
        GUEST_AFFINITY, /* AFFINITY_INFO */
        GUEST_SUSPEND,
        GUEST_HOST_CALL,
        GUEST_SYSTEM_OFF,
        GUEST_BOOT,         /* CPU_ON by a library that remembers whom it has turned on */
        GUEST_CPU_ON_STRAY, /* CPU_ON with a bit in the MPIDR that means nothing        */
        GUEST_POLL_OFF,     /* AFFINITY_INFO until the target is off, or has come to its end */
        GUEST_NUM_OPS
};

struct guest_step {
        uint8_t op;
        uint8_t target;
};

/* A CPU_ON or AFFINITY_INFO of one step, as the guest and the properties see it. */
struct guest_call {
        bool asked;
        bool returned;
        bool denied;     /* the host has denied it                              */
        unsigned agreed; /* how often the host has agreed to it */
        bool started;    /* the target has started for it                       */
        bool unknown;    /* the MPIDR names nobody */
        uint8_t target;
        int64_t result;
        /* When it was asked: */
        bool target_off;
        unsigned target_epoch;
        bool target_alive;
        unsigned target_offs;
};

struct host_guest {
        struct host_vm *vm;
        unsigned index;
        unsigned next; /* step */
        bool waits;    /* for the result of step next - 1 */
        bool loads;    /* of a host call: the answer      */
        bool alive;    /* started, and no CPU_OFF since   */
        bool ended;
        unsigned offs; /* CPU_OFFs executed, or about to be */
        uint64_t host_calls;
        bool boots[HOST_VCPUS_MAX]; /* the library's table */
        unsigned succeeded
                [HOST_VCPUS_MAX]; /* 1 + offs of the target when its last CPU_ON that succeeded was asked; 0: none */
        struct guest_call calls[HOST_STEPS_MAX];
};

/* An entry point. */
struct guest_entry {
        struct host_guest *guest;
        unsigned caller; /* the guest itself: where it boots */
        uint64_t ipa;
};

/* Pages of the Realm that the guest needs, and the entry points. */
void host_guest_build(struct host_vm *vm);
void host_guest_bind(struct host_vm *vm);
uint64_t host_guest_boot_pc(unsigned index);

const char *guest_op_name(unsigned op);

#endif
