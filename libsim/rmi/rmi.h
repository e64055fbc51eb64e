/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi.h - the handlers of the Realm Management Interface: a question and an act for each row of rmi.def.
 *
 *     struct verdict rmi_realm_activate_check(const struct rmm *rmm, const struct rmi_realm_activate_args *a);
 *     void rmi_realm_activate_apply(struct pe *pe, const struct rmi_realm_activate_args *a, struct rmi_realm_activate_results *r);
 *
 * and where a row asks for it:
 *     COPIES     _copy: reads the shared page, once, before anything else is locked
 *     GATHERS    _gather: the same, and names more Granules
 *     REPORTS    _report: fills the outputs that are valid on failure
 *     CONTINUES  _continue: what follows once the locks are dropped; its verdict replaces the first
 */
#ifndef RMI_H
#define RMI_H

#include "call.h"
#include "phase.h"

#define COMMAND(ID, name, fid, summary)                                                                                \
        struct verdict name##_check(const struct rmm *rmm, const struct name##_args *a);                               \
        void name##_apply(struct pe *pe, const struct name##_args *a, struct name##_results *r);
#define COPIES(name)  void name##_copy(struct pe *pe, struct name##_args *a);
#define GATHERS(name) void name##_gather(struct call *call, struct name##_args *a);
#define REPORTS(name)                                                                                                  \
        void name##_report(const struct rmm *rmm, const struct name##_args *a, const struct verdict *verdict,          \
                           struct name##_results *r);
#define CONTINUES(name)                                                                                                \
        struct verdict name##_continue(struct pe *pe, const struct name##_args *a, struct name##_results *r);
#include <rmmsim/spec/rmi.def>

/* What serves x0 of an SMC of the host: x[0..17] in and out. */
typedef void rmi_run_fn(struct pe *pe, uint64_t *x);
rmi_run_fn *rmi_runner(uint64_t x0);

/* The whole of it for an instance that is traced or recorded, or has faults injected. */
void rmi_run_watched(struct pe *pe, uint64_t *x);

/* Serve one SMC of the host. Returns 0 or an error of the library that the command met on its way. */
static inline int rmi_dispatch(struct pe *pe, uint64_t *x)
{
        PHASE(DISPATCH);
        pe->library_error = 0;
        if (__builtin_expect(!pe->rmm->watched, 1)) {
                rmi_runner(x[0])(pe, x);
        } else {
                rmi_run_watched(pe, x);
        }
        return pe->library_error;
}

#endif
