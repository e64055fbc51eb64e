/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sweep.h - a sweep that is under way: its points, and the run that it is in.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "list.h"
#include "sim.h"
#include <pthread.h>
#include <rmmsim/inject.h>
#include <setjmp.h>

/* An SMC of the run without trouble. */
struct point {
        enum rmmsim_command command;
        unsigned pe;
        uint64_t number; /* of that command on that PE */
};

/* Which SMC fails. */
struct target {
        uint64_t point;            /* counted from 1; 0: none                             */
        bool differs;              /* the run has made another SMC there                  */
        enum rmmsim_command taken; /* by injection: a command that gives something back   */
        uint64_t granule;          /* RMI_GRANULE_UNDELEGATE: which                       */
};

struct sweep {
        const struct rmmsim_sweep *rules;
        struct rmmsim_sweep_report *report;
        struct rmmsim_error *error;
        struct rmmsim *sim; /* of the run that is under way */
        struct list points; /* struct point                */
        struct list begun;  /* PAs that were not UNDELEGATED when the run began, rising */
        bool recording;
        bool out_of_memory;
        uint64_t calls; /* of commands, in this run   */
        uint64_t smcs;  /* and of anything            */
        uint64_t smcs_max;
        struct target target;
        pthread_t thread;
        jmp_buf end;
        int result;
};

/* The run has this against it: one more finding, started as a copy of what is known about the run. */
void sweep_found(struct sweep *s, const struct rmmsim_sweep_finding *found, enum rmmsim_sweep_kind kind);

#endif
