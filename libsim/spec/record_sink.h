/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_sink.h - what a recorder is told while calls are under way, so that it can put them into an order.
 *
 * An event of the trace comes when a call is over and its locks are dropped: of two calls on the same object, on two PEs, the
 * second may be told first. So a recorder is asked for a place in the order while the locks are held. From place() to acted() the
 * recorder keeps everybody else from taking a place: what happens in between happens at that place. Nothing in between may wait for
 * another PE, and no point may be in between (point.h); whoever listens to the trace is told of it afterwards.
 *
 * A refused call may have looked at an object that it did not lock, as that was in a wrong state; by now that may be over. So it
 * names what it has seen, and is given the last place since its begin at which that was so. There may be none, where it looked at two
 * objects one after the other and both have changed in between: then the place is one at which the first was as it was seen.
 */
#ifndef RECORD_SINK_H
#define RECORD_SINK_H

#include <rmmsim/guest.h>

struct rec;

/* A VMID, which is in use or not, is no object of the rows. */
#define RECORD_OBJECT_VMID RMMSIM_NUM_OBJECTS

/* That an object was in a state, for a call to come out as it did. */
struct record_need {
        enum rmmsim_object object;
        unsigned state;
        uint64_t address;
};

enum {
        RECORD_NEEDS_MAX = 40
};

/* How a trap of a vCPU ended. */
struct record_trap_end {
        bool exits;     /* the REC exits                                             */
        bool redo;      /* and executes it again when it is entered                  */
        bool exception; /* it took an exception to EL1: `esr`                        */
        uint64_t esr;
        const uint64_t *gprs; /* x0..x30 afterwards; NULL: they may be another PE's by now */
};

struct record_sink {
        /* An SMC of the host, from registers to registers. `refused` is the condition, `x` what it returns. */
        void (*call_begin)(struct record_sink *sink, unsigned pe, const uint64_t *x);
        void (*call_end)(struct record_sink *sink, unsigned pe, enum rmmsim_command id, enum rmmsim_condition refused,
                         const uint64_t *x);
        /* It has read a page of the host; `copy` is what it saw where it looked. */
        void (*call_page)(struct record_sink *sink, unsigned pe, enum rmmsim_command id, uint64_t pa, const void *copy);

        /* The place of what the PE is doing: a later one replaces an earlier one. The first of the needs counts most. */
        void (*place)(struct record_sink *sink, unsigned pe, const struct record_need *needs, unsigned num_needs);
        void (*acted)(struct record_sink *sink, unsigned pe);
        /* Between the two: a VMID is taken, or given back. Its lock is held for the one, and not for the other. */
        void (*vmid_used)(struct record_sink *sink, unsigned pe, unsigned vmid, bool used);

        /* The vCPU of an entry goes on, or starts anew; and has left, with this exit record. */
        void (*resumed)(struct record_sink *sink, unsigned pe, const struct rec *rec);
        void (*exits)(struct record_sink *sink, unsigned pe, const struct rmmsim_rec_exit *exit);

        /* One instruction of a vCPU. Between the two: what an SMC of it came to; what an access did to memory of the host. */
        void (*trap_begin)(struct record_sink *sink, unsigned pe, const struct rec *rec,
                           const struct rmmsim_trap *trap);
        void (*trap_end)(struct record_sink *sink, unsigned pe, const struct rec *rec, const struct rmmsim_trap *trap,
                         const struct record_trap_end *end);
        void (*trap_call)(struct record_sink *sink, unsigned pe, enum rmmsim_command id, enum rmmsim_condition refused);
        void (*trap_memory)(struct record_sink *sink, unsigned pe, uint64_t pa, const void *bytes, size_t size,
                            bool writes);
};

#endif
