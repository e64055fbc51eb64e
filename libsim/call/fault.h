/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fault.h - injected trouble, as the commands meet it.
 *
 * A place where trouble is possible asks fault_possible(), one branch, and then names itself; each fault that could act there
 * counts an opportunity, and at most one acts. While nothing is injected there is no table.
 */
#ifndef FAULT_H
#define FAULT_H

#include "rmm.h"
#include "vcpu.h"
#include <rmmsim/inject.h>

struct fault {
        struct rmmsim_fault rule;
        uint16_t id;                 /* 0: the place is free */
        enum rmmsim_command command; /* RMMSIM_COMMAND_NONE: any that the kind knows */
        struct rmmsim_fault_count count;
        struct rmmsim_fault_count saved; /* with the snapshot */
};

/* Told of each SMC of the host before it is made; it may leave by longjmp(), as nothing is held. For a sweep. */
struct fault_probe {
        void (*fn)(void *context, struct pe *pe, const uint64_t *x);
        void *context;
};

struct faults {
        atomic_flag counting; /* guards counts */
        uint16_t last_id;
        unsigned num; /* in use, of all[]: by rising age, without gaps */
        struct fault all[RMMSIM_FAULTS_MAX];
        struct fault_probe probe;
};

static inline bool fault_possible(const struct pe *pe)
{
        return __builtin_expect(pe->rmm->faults != NULL, 0);
}

/* An SMC of the host begins. */
void fault_begin(struct pe *pe, const uint64_t *x);

/*
 * A command was checked: what a fault makes of the verdict. `common` are its arguments. By value, so that the verdict of a caller
 * need not be in memory.
 */
struct verdict fault_verdict(struct pe *pe, enum rmmsim_command command, const struct args_common *common,
                             struct verdict verdict);

/* Is the host's page that the PE's command reads or writes not there? */
bool fault_page(struct pe *pe, enum rmmsim_fault_kind kind, uint64_t pa);

/* A REC entry was admitted: note in pe->entry whether it is to end early. */
void fault_arm_exit(struct pe *pe);
/* And it has. */
void fault_exit_taken(struct pe *pe, struct fault *fault, const struct rec *rec);

/*
 * Complete the record of a refusal: which command was refused by injection, and which fault took the page away. And count the status
 * that was injected, which its condition does not imply.
 */
void fault_note(struct pe *pe, struct refusal_record *record, enum rmmsim_command command);

/* With snapshots. NULL is no table. */
void faults_save(struct faults *faults);
void faults_restore(struct faults *faults);

/* How often a fault had an opportunity, and acted. */
struct rmmsim_fault_count fault_count(struct faults *faults, const struct fault *fault);

#endif
