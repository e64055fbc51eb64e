/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seam.h - which selection (<rmmsim/use.h>) belongs to the code that runs.
 *
 * A selection belongs to a stack: a thread's, a guest function's, that of a PE that is explored. A guest goes on wherever it is
 * resumed, and several stacks take turns on one thread; so whoever changes stacks leaves here whose turn it is. That is
 * state of the execution, as the exploration is (point.h), and no part of the model. Only seams read it: an SMC that
 * names its instance does not.
 *
 * A function that changes stacks reads and writes the pointer on one thread only: it is the side that resumes, and that side does
 * not move.
 */
#ifndef SEAM_H
#define SEAM_H

#include <rmmsim/use.h>

struct seam {
        struct rmmsim_selection selected;
        struct rmmsim_vcpu *vcpu; /* whose stack this is; NULL: no guest's */
        int error;                /* the first that nobody has asked for   */
};

/* Of the stack that runs. NULL: the thread's own, which the bind floor keeps. */
extern __attribute__((visibility("hidden"), tls_model("initial-exec"))) _Thread_local struct seam *seam;

#endif
