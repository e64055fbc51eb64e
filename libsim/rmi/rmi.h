/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi.h - the handlers of the Realm Management Interface: a question and an act for each row of rmi.def.
 *
 *     struct verdict rmi_realm_activate_check(const struct rmm *rmm, const struct rmi_realm_activate_args *a);
 *     void rmi_realm_activate_apply(struct pe *pe, const struct rmi_realm_activate_args *a, struct rmi_realm_activate_results *r);
 *
 * and where a row asks for it:
 *     GATHERS    _gather: copies the shared page and names more Granules, before anything else is locked
 *     REPORTS    _report: fills the outputs that are valid on failure
 *     CONTINUES  _continue: what follows once the locks are dropped; its verdict replaces the first
 */
#ifndef RMI_H
#define RMI_H

#include "call.h"

#define COMMAND(ID, name, fid, summary)                                                                                \
        struct verdict name##_check(const struct rmm *rmm, const struct name##_args *a);                               \
        void name##_apply(struct pe *pe, const struct name##_args *a, struct name##_results *r);
#define GATHERS(name) void name##_gather(struct call *call, struct name##_args *a);
#define REPORTS(name)                                                                                                  \
        void name##_report(const struct rmm *rmm, const struct name##_args *a, const struct verdict *verdict,          \
                           struct name##_results *r);
#define CONTINUES(name)                                                                                                \
        struct verdict name##_continue(struct pe *pe, const struct name##_args *a, struct name##_results *r);
#include <rmmsim/spec/rmi.def>

/* Serve one SMC of the host: x[0..17] in and out. Returns 0 or an error of the library that the command met on its way. */
int rmi_dispatch(struct pe *pe, uint64_t *x);

#endif
