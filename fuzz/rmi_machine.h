/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_machine.h - an instance, what its host knows, and the host's deeds one after the other, each judged.
 */
#ifndef RMI_MACHINE_H
#define RMI_MACHINE_H

#include "rmi_guest.h"
#include "rmi_oracle.h"
#include "rmi_record.h"
#include <rmmsim/explore.h>
#include <rmmsim/snapshot.h>
#include <stdio.h>

enum {
        RMI_NUM_PES = 4
};

struct rmi_machine {
        struct rmmsim *sim;
        uint8_t *host;                    /* where the host sees Granule 0                                  */
        bool consumes;                    /* quirk psci_denied_on_running_consumes                           */
        struct rmmsim_program program;    /* for the explorer                                         */
        struct rmmsim_explorer *explorer; /* NULL until somebody makes one                            */
        struct rmi_shadow start;          /* as it was at the snapshot                                      */
        uint32_t filled;                  /* pages of the host that hold something, one bit each            */
        struct rmi_shadow shadow;         /* as it is                                                       */
        bool hashes;                      /* look at the number of the state around refusals                */
        bool views;                       /* look at all entries of a table, not at a few                   */
        bool whys;                        /* read what rmmsim_why() says */
        unsigned audit_period;            /* 0: never                                                       */
        unsigned num_deeds;
        unsigned depth; /* 1: inside a REC entry                                          */
        bool hash_known;
        uint64_t hash;
        FILE *log; /* NULL: nobody wants to read it                                  */
};

/*
 * To be called when a snapshot was taken: what rmmsim_restore() brings back of the host's pages is what they held when the library
 * first wrote to them. From now on that is zeroes, whatever inputs fill them with.
 */
void rmi_machine_settle(struct rmi_machine *machine);

/* Go back to the start, with no oracle asked for. */
void rmi_machine_reset(struct rmi_machine *machine);

/* An interrupt, or time: what is neither a command nor a page's GPT entry. */
void rmi_do_outside(struct rmmsim *sim, const struct rmi_call *call);

/* From a record to a call; the page is filled. */
void rmi_machine_resolve(struct rmi_machine *machine, struct rmi_call *call, const uint8_t *record, unsigned own,
                         bool alone);

/* Do it, judge the answer and write it down. Returns x0..x17. */
struct rmmsim_regs rmi_machine_do(struct rmi_machine *machine, const struct rmi_call *call);

/* Both, for a record. */
struct rmmsim_regs rmi_machine_record(struct rmi_machine *machine, const uint8_t *record);

/* Is all that is written down true? Reports what is not. */
void rmi_machine_compare(const struct rmi_machine *machine);
void rmi_machine_audit(const struct rmi_machine *machine);

/* A generic host takes everything apart, and every Granule must come back. Reports what does not. The shadow is not looked at. */
void rmi_machine_tear_down(const struct rmi_machine *machine);

/* One line for a call: without the answer if `out` is NULL. */
void rmi_machine_print(FILE *to, const struct rmi_machine *machine, const struct rmi_call *call);
void rmi_machine_print_answer(FILE *to, const struct rmi_machine *machine, const struct rmi_call *call,
                              const struct rmmsim_regs *out);

#endif
