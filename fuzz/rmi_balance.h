/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_balance.h - whether the states of all Granules follow from the commands that succeeded, in whichever order that was.
 *
 * Each success takes certain Granules from one state to another. So a Granule has left each state as often as it has come
 * into it, but for the one in which it began and the one in which it is.
 */
#ifndef RMI_BALANCE_H
#define RMI_BALANCE_H

#include "rmi_machine.h"

struct rmi_result {
        struct rmi_call call;
        struct rmmsim_regs out;
        bool done;
};

/* Reports what does not follow. */
void rmi_balance_check(const struct rmi_machine *machine, const struct rmi_result *results, unsigned num_results);

#endif
