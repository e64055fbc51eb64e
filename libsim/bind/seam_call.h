/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seam_call.h - an SMC to what a selection names, the caller's own or another.
 */
#ifndef SEAM_CALL_H
#define SEAM_CALL_H

#include <rmmsim/use.h>

/* As rmmsim_seam() says; errors go to the caller's selection, whichever it is. */
void seam_call(const struct rmmsim_selection *selected, struct rmmsim_regs *regs);

#endif
