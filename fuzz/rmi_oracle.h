/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_oracle.h - what is true of any answer, and of the entry of a translation table that a command is about.
 */
#ifndef RMI_ORACLE_H
#define RMI_ORACLE_H

#include "rmi_shadow.h"

/* The input has found something: by fuzz_fail(), or by rmmsim_explore_fail() while a program is explored. */
__attribute__((format(printf, 1, 2))) void rmi_fail(const char *format, ...);
extern bool rmi_exploring;

/* Listens to an instance: counts for the engine, and keeps the reason of each PE's last refusal. */
rmmsim_trace_fn rmi_trace;
enum rmmsim_condition rmi_refused(unsigned pe);

/* Judges the form of an answer: x0 and its index, outputs, the reason of a refusal. Returns NULL, or what is wrong with it. */
const char *rmi_answer_is_wrong(const struct rmi_call *call, const struct rmmsim_regs *out, bool reason_may_be_missing);

/* The same for what rmmsim_why() says: it writes sentences, and so takes longer. */
const char *rmi_why_is_wrong(const struct rmmsim *sim, const struct rmi_call *call, const struct rmmsim_regs *out);

/* What RMI_RTT_READ_ENTRY says of some pages that a command is going to change. */
enum {
        RMI_VIEW_PAGES = 512
};
struct rmi_view {
        unsigned num_pages;
        struct rmi_view_page {
                uint64_t ipa;
                uint64_t state; /* RMMSIM_RTT_* */
                uint64_t desc;  /* of this page, if the entry is a block */
                uint64_t ripas;
        } pages[RMI_VIEW_PAGES];
};

/* Before the command. `all`: of each entry of a table, not of a few. */
void rmi_view_take(struct rmi_view *view, struct rmmsim *sim, const struct rmi_shadow *shadow,
                   const struct rmi_call *call, bool all);

/* After it succeeded, and after it was written down: have these pages changed as the specification says? Reports it. */
void rmi_view_check(const struct rmi_view *view, struct rmmsim *sim, const struct rmi_shadow *shadow,
                    const struct rmi_call *call);

#endif
