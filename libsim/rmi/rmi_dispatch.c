/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_dispatch.c - from an identifier to its handlers, by code that the rows spell out.
 *
 * For each command the rows expand to a function that loads its arguments, one that stores its outputs, and one that runs it
 * from registers to registers. There is no interpretation at run time: a call costs what its own lines cost.
 */
#include "phase.h"
#include "rmi.h"
#include "rtt.h"
#include <string.h>

/* rmi_x_shape: what its arguments have it lock. */
#define COMMAND(ID, name, fid, summary)                                                                                \
        enum {                                                                                                         \
        name##_shape = 0
#define IN(name, argument, KIND) +SHAPE_OF_##KIND
#define GATHERS(name)            +SHAPE_MORE
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ;
#include <rmmsim/spec/rmi.def>

/* rmi_x_load: x1, x2, ... into the named arguments, and the gatherer if there is one. */
#define COMMAND(ID, name, fid, summary)                                                                                \
        CALL_INLINE void name##_load(struct call *call, struct name##_args *a, const uint64_t *x)                      \
        {                                                                                                              \
                unsigned i = 0;                                                                                        \
                (void)call;                                                                                            \
                (void)a;                                                                                               \
                (void)x;
#define IN(name, argument, KIND) LOAD_##KIND(call, a->argument, x[++i]);
#define COPIES(name)                                                                                                   \
        PHASE(LOCKS);                                                                                                  \
        call_lock_ns(call);                                                                                            \
        PHASE(RUN_PAGE_IN);                                                                                            \
        name##_copy(call->pe, a);
#define GATHERS(name)                                                                                                  \
        PHASE(LOCKS);                                                                                                  \
        call_lock_ns(call);                                                                                            \
        PHASE(RUN_PAGE_IN);                                                                                            \
        name##_gather(call, a);
#define END(ID, name)                                                                                                  \
        (void)i;                                                                                                       \
        }
#include <rmmsim/spec/rmi.def>

/* rmi_x_refused: what a failed command reports beside its status. */
#define COMMAND(ID, name, fid, summary)                                                                                \
        static void name##_refused(const struct rmm *rmm, const struct name##_args *a, const struct verdict *verdict,  \
                                   struct name##_results *r)                                                           \
        {                                                                                                              \
                (void)rmm;                                                                                             \
                (void)a;                                                                                               \
                r->common.x0 = verdict_x0(verdict);
#define REPORTS(name) name##_report(rmm, a, verdict, r);
#define END(ID, name) }
#include <rmmsim/spec/rmi.def>

/* rmi_x_store: the named outputs into x1, x2, ...; registers up to x16 that are no outputs are zero. */
#define COMMAND(ID, name, fid, summary)                                                                                \
        CALL_INLINE void name##_store(const struct name##_results *r, uint64_t *x)                                     \
        {                                                                                                              \
                unsigned i = 0;                                                                                        \
                x[0] = r->common.x0;
#define OUT(name, output, KIND) x[++i] = r->output;
#define END(ID, name)                                                                                                  \
        while (i < LAST_RESULT) {                                                                                      \
                x[++i] = 0;                                                                                            \
        }                                                                                                              \
        }
enum {
        LAST_RESULT = 16
};
#include <rmmsim/spec/rmi.def>

/*
 * rmi_x_serve: the whole way, in the registers themselves. It is compiled twice, so that a call that nobody watches is not asked
 * whether somebody does.
 */
#define COMMAND(ID, name, fid, summary)                                                                                \
        CALL_INLINE void name##_serve(struct pe *pe, uint64_t *x, bool watched)                                        \
        {                                                                                                              \
                struct name##_results results = { .common = { .x0 = RMMSIM_RMI_SUCCESS } };                            \
                struct name##_args args;                                                                               \
                struct rtt_walk walk;                                                                                  \
                struct verdict verdict;                                                                                \
                struct call call;                                                                                      \
                pe->command = RMMSIM_COMMAND_##name;                                                                   \
                call_begin(&call, pe, &args.common);                                                                   \
                args.common.walk = &walk;                                                                              \
                name##_load(&call, &args, x);                                                                          \
                PHASE(LOCKS);                                                                                          \
                call_lock(&call, name##_shape);                                                                        \
                PHASE(CHECKS);                                                                                         \
                verdict = name##_check(pe->rmm, &args);                                                                \
                if (watched) {                                                                                         \
                        verdict = call_watched(&call, RMMSIM_COMMAND_##name, x, verdict);                              \
                }                                                                                                      \
                if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                      \
                        PHASE(ACT);                                                                                    \
                        name##_apply(pe, &args, &results);                                                             \
                        verdict.condition = (enum rmmsim_condition)results.common.refused;                             \
                        verdict.found = results.common.found;                                                          \
                } else {                                                                                               \
                        name##_refused(pe->rmm, &args, &verdict, &results);                                            \
                }                                                                                                      \
                if (watched) {                                                                                         \
                        record_acted(pe);                                                                              \
                }                                                                                                      \
                PHASE(LOCKS);                                                                                          \
                call_unlock(&call, name##_shape);
#define CONTINUES(name)                                                                                                \
        if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                              \
                verdict = name##_continue(pe, &args, &results);                                                        \
                if (verdict.condition != RMMSIM_CONDITION_NONE) {                                                      \
                        results.common.x0 = verdict_x0(&verdict);                                                      \
                }                                                                                                      \
        }
#define END(ID, name)                                                                                                  \
        PHASE(DISPATCH);                                                                                               \
        call_finish(pe, &pe->refusal, RMMSIM_COMMAND_##name, &verdict, results.common.x0, x);                          \
        name##_store(&results, x);                                                                                     \
        }                                                                                                              \
        static void name##_run(struct pe *pe, uint64_t *x)                                                             \
        {                                                                                                              \
                name##_serve(pe, x, false);                                                                            \
        }                                                                                                              \
        static void name##_run_watched(struct pe *pe, uint64_t *x)                                                     \
        {                                                                                                              \
                name##_serve(pe, x, true);                                                                             \
        }
#include <rmmsim/spec/rmi.def>

enum {
        RMI_FIRST = 0x150,
        RMI_RANGE = 64
};

static rmi_run_fn *const runners[RMI_RANGE] = {
#define COMMAND(ID, name, fid, summary) [((fid)&0xffff) - RMI_FIRST] = name##_run,
#include <rmmsim/spec/rmi.def>
};

static rmi_run_fn *const watched_runners[RMI_RANGE] = {
#define COMMAND(ID, name, fid, summary) [((fid)&0xffff) - RMI_FIRST] = name##_run_watched,
#include <rmmsim/spec/rmi.def>
};

/* An identifier without a row. */
static void not_supported_run(struct pe *pe, uint64_t *x)
{
        pe->command = RMMSIM_COMMAND_NONE;
        pe->refusal.verdict = PASSED;
        pe_count(&pe->statistics.commands[RMMSIM_COMMAND_NONE]);
        pe_count(&pe->statistics.statuses[RMMSIM_COMMAND_NONE][-RMMSIM_PSCI_NOT_SUPPORTED]);
        x[0] = RMMSIM_NOT_SUPPORTED;
        memset(&x[1], 0, LAST_RESULT * sizeof(x[1]));
}

/* Bit 16 is a hint that SVE state is not live; it takes no part in naming the function. */
static uint32_t function_identifier(uint64_t x0)
{
        return (uint32_t)x0 & ~(uint32_t)BIT(16);
}

static inline rmi_run_fn *find(rmi_run_fn *const *table, uint64_t x0)
{
        uint32_t index = function_identifier(x0) - (0xC4000000u + RMI_FIRST);

        return index < RMI_RANGE && table[index] != NULL ? table[index] : not_supported_run;
}

rmi_run_fn *rmi_runner(uint64_t x0)
{
        return find(runners, x0);
}

void rmi_run_watched(struct pe *pe, uint64_t *x)
{
        rmi_run_fn *run = find(watched_runners, x[0]);
        struct record_sink *recorder = pe->rmm->recorder;
        uint64_t in[18];

        memcpy(in, x, sizeof(in));
        if (fault_possible(pe)) {
                fault_begin(pe, x);
        }
        if (recorder != NULL) {
                recorder->call_begin(recorder, pe->index, in);
        }
        run(pe, x);
        if (pe->rmm->trace.fn != NULL) {
                call_trace(pe, pe->command, NULL, pe->refusal.verdict.condition, in, x);
        }
        if (recorder != NULL) {
                recorder->call_end(recorder, pe->index, pe->command, pe->refusal.verdict.condition, x);
        }
}
