/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi.h - the handlers of the Realm's calls: a question and an act for each row of rsi.def and psci.def.
 *
 * The caller is a->common.vcpu, its REC a->common.rec; a->common.realm is its Realm, locked as the LOCKS row says. Handlers of
 * RSI and PSCI have the shape of those of RMI. An act that gives the PE back to the host calls vcpu_exit().
 */
#ifndef RSI_H
#define RSI_H

#include "call.h"
#include "vcpu.h"

#define RSI_HANDLERS(name)                                                                                             \
        struct verdict name##_check(const struct rmm *rmm, const struct name##_args *a);                               \
        void name##_apply(struct pe *pe, const struct name##_args *a, struct name##_results *r);
#define RSI_REPORT(name)                                                                                               \
        void name##_report(const struct rmm *rmm, const struct name##_args *a, const struct verdict *verdict,          \
                           struct name##_results *r);

#define COMMAND(ID, name, fid, summary) RSI_HANDLERS(name)
#define REPORTS(name)                   RSI_REPORT(name)
#define CONTINUES(name)                                                                                                \
        struct verdict name##_continue(struct pe *pe, const struct name##_args *a, struct name##_results *r);
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) RSI_HANDLERS(name)
#include <rmmsim/spec/psci.def>

/* What x0 says: only 32 bits name a function, and bit 16 of them is a hint that SVE state is not live. */
static inline uint32_t rsi_function_identifier(uint64_t x0)
{
        return (uint32_t)x0 & ~(uint32_t)BIT(16);
}

/* Is this identifier a PSCI function that the profile serves? */
bool rsi_serves_psci(const struct profile *profile, uint32_t fid);

/*
 * Serve an SMC of the Realm: x0..x30 are rec->gprs. Registers, PC and pe->entry are as the architecture leaves them: PC is
 * behind the SMC unless the Realm has to make it again.
 */
void rsi_dispatch(struct rmmsim_vcpu *vcpu);

#endif
