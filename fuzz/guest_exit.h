/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_exit.h - what holds of every exit of a REC, whatever the guest did (REC sheet section 8, E1 to E7).
 */
#ifndef GUEST_EXIT_H
#define GUEST_EXIT_H

#include <rmmsim/rmmsim.h>

/* Reports an exit that shows what no exit may. `wide_hpfar`: the quirk host_call_hpfar_exact is on. */
void exit_check(const struct rmmsim_rec_exit *exit, bool wide_hpfar);

#endif
