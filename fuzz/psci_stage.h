/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_stage.h - a Realm whose RECs play scripts, hosts that act on it, and the record of what all of them see.
 *
 * A REC's script is a list of calls and pauses; behind its end it idles. Where the REC starts does not matter: each entry
 * point runs the same program, which asks MPIDR_EL1 who it is, notes what it was started with, and goes on with its script where it
 * was. Registers x4..x30 hold a number that is different for each call, and who the REC is.
 *
 * Hosts enter RECs through a run page of their PE, so that no other PE overwrites what they are about to read.
 *
 * A stage lives as long as its instance; psci_stage_begin() puts back what one run has changed.
 */
#ifndef PSCI_STAGE_H
#define PSCI_STAGE_H

#include "psci_history.h"
#include <rmmsim/guest.h>
#include <rmmsim/rmmsim.h>

enum {
        PSCI_ENTRIES = 4,
        PSCI_FOREIGN = 0x80 /* RECs of another Realm: this one, and the next */
};

enum psci_act {
        PSCI_ACT_CALL, /* x0..x3: PSCI, or nothing that is served */
        PSCI_ACT_NOP,
        PSCI_ACT_IDLE,
        PSCI_ACT_HOST_CALL
};

struct psci_line {
        enum psci_act act;
        uint64_t x[4];
};

struct psci_stage;

struct psci_guest {
        const struct psci_line *script;
        unsigned num_lines;
        unsigned at;
        bool calling;
        uint64_t rest; /* of the last call */
};

/* A place where RECs can start. */
struct psci_entry {
        struct psci_stage *stage;
        uint64_t pc;
};

/* What the host of a PE was told. */
struct psci_seen_exit {
        uint64_t x0;
        bool psci;
        uint64_t gprs[2]; /* of a PSCI exit */
};

struct psci_stage {
        struct rmmsim *sim;
        uint64_t rd;
        uint64_t recs[PSCI_RECS_MAX];
        uint64_t foreign[2];
        uint64_t runs[PSCI_PES_MAX];
        uint64_t buffer; /* IPA of a page for host calls, 256 bytes for each REC */
        struct psci_entry entries[PSCI_ENTRIES];
        struct psci_model begin;

        struct psci_guest guests[PSCI_RECS_MAX];
        struct psci_history history;
        uint32_t left[PSCI_PES_MAX]; /* when a REC last left the PE, as the trace says */
        bool quiet;                  /* scripts are over, and RECs idle */
};

/*
 * Bind the program to PSCI_ENTRIES places from `entry` on, 256 bytes apart. What the instance, its RECs and the model at
 * the begin are has been filled in. Returns 0 or the error of rmmsim_guest_bind_step().
 */
int psci_stage_bind(struct psci_stage *stage, uint64_t entry);

/* Before each run: nobody has a script, and nothing has happened. */
void psci_stage_begin(struct psci_stage *stage);
void psci_stage_script(struct psci_stage *stage, unsigned rec, const struct psci_line *lines, unsigned num_lines);

/* The host of a PE. Each records what it does. */
struct psci_seen_exit psci_stage_enter(struct psci_stage *stage, unsigned pe, unsigned rec);
uint64_t psci_stage_complete(struct psci_stage *stage, unsigned pe, unsigned caller, unsigned target, uint64_t status);
uint64_t psci_stage_destroy(struct psci_stage *stage, unsigned pe, unsigned rec);

/* For the trace of the instance: notes when a REC turns itself off, and when it has left its PE. */
void psci_stage_event(struct psci_stage *stage, const struct rmmsim_event *event);

/* Behind a run: enter all of `recs` once more, one after the other, to see how they are. */
void psci_stage_look(struct psci_stage *stage, unsigned recs);

#endif
