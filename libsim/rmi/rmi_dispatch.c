/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_dispatch.c - from an identifier to its handlers, by code that the rows spell out.
 *
 * For each command the rows expand to a function that loads its arguments, one that stores its outputs, and one that runs it
 * from registers to registers. There is no interpretation at run time: a call costs what its own lines cost.
 */
#include "rmi.h"
#include <string.h>

/* rmi_x_load: x1, x2, ... into the named arguments, and the gatherer if there is one. */
#define COMMAND(ID, name, fid, summary)                                                                                \
        static void name##_load(struct call *call, const uint64_t *x)                                                  \
        {                                                                                                              \
                struct name##_args *a = &call->args.name;                                                              \
                unsigned i = 0;
#define IN(name, argument, KIND) LOAD_##KIND(call, a->argument, x[++i]);
#define GATHERS(name)                                                                                                  \
        call_lock_ns(call);                                                                                            \
        name##_gather(call, a);
#define END(ID, name)                                                                                                  \
        (void)i;                                                                                                       \
        }
#include <rmmsim/spec/rmi.def>

/* rmi_x_refused: what a failed command reports beside its status. */
#define COMMAND(ID, name, fid, summary)                                                                                \
        static void name##_refused(struct call *call, const struct verdict *verdict)                                   \
        {                                                                                                              \
                call->results.common.x0 = verdict_x0(verdict);
#define REPORTS(name) name##_report(call->rmm, &call->args.name, verdict, &call->results.name);
#define END(ID, name) }
#include <rmmsim/spec/rmi.def>

/* rmi_x_store: the named outputs into x1, x2, ... */
#define COMMAND(ID, name, fid, summary)                                                                                \
        static void name##_store(const struct call *call, uint64_t *x)                                                 \
        {                                                                                                              \
                const struct name##_results *r = &call->results.name;                                                  \
                unsigned i = 0;                                                                                        \
                x[0] = r->common.x0;
#define OUT(name, output, KIND) x[++i] = r->output;
#define END(ID, name)                                                                                                  \
        (void)i;                                                                                                       \
        }
#include <rmmsim/spec/rmi.def>

/* rmi_x_run: the whole way. */
#define COMMAND(ID, name, fid, summary)                                                                                \
        static void name##_run(struct call *call, const uint64_t *in, uint64_t *out)                                   \
        {                                                                                                              \
                struct verdict verdict;                                                                                \
                call->pe->command = RMMSIM_COMMAND_##name;                                                             \
                call->results.name = (struct name##_results){ .common = { .x0 = RMMSIM_RMI_SUCCESS } };                \
                name##_load(call, in);                                                                                 \
                call_lock(call);                                                                                       \
                verdict = name##_check(call->rmm, &call->args.name);                                                   \
                if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                      \
                        name##_apply(call->pe, &call->args.name, &call->results.name);                                 \
                        verdict.condition = (enum rmmsim_condition)call->results.common.refused;                       \
                        verdict.found = call->results.common.found;                                                    \
                } else {                                                                                               \
                        name##_refused(call, &verdict);                                                                \
                }                                                                                                      \
                call_unlock(call);
#define CONTINUES(name)                                                                                                \
        if (verdict.condition == RMMSIM_CONDITION_NONE) {                                                              \
                verdict = name##_continue(call->pe, &call->args.name, &call->results.name);                            \
                if (verdict.condition != RMMSIM_CONDITION_NONE) {                                                      \
                        call->results.common.x0 = verdict_x0(&verdict);                                                \
                }                                                                                                      \
        }
#define END(ID, name)                                                                                                  \
        name##_store(call, out);                                                                                       \
        call->pe->refusal = (struct refusal_record){ .verdict = verdict, .x0 = out[0] };                               \
        call->pe->refusal.argument_value = in[condition_rows[verdict.condition].argument_register];                    \
        call_finish(call, RMMSIM_COMMAND_##name, &verdict, in, out);                                                   \
        }
#include <rmmsim/spec/rmi.def>

typedef void run_fn(struct call *call, const uint64_t *in, uint64_t *out);

enum {
        RMI_FIRST = 0x150,
        RMI_RANGE = 64
};

static run_fn *const runners[RMI_RANGE] = {
#define COMMAND(ID, name, fid, summary) [((fid)&0xffff) - RMI_FIRST] = name##_run,
#include <rmmsim/spec/rmi.def>
};

/* Bit 16 is a hint that SVE state is not live; it takes no part in naming the function. */
static uint32_t function_identifier(uint64_t x0)
{
        return (uint32_t)x0 & ~(uint32_t)BIT(16);
}

static run_fn *runner(uint64_t x0)
{
        uint32_t index = function_identifier(x0) - (0xC4000000u + RMI_FIRST);

        return index < RMI_RANGE ? runners[index] : NULL;
}

static void not_supported(struct call *call, const uint64_t *in, uint64_t *out)
{
        struct rmmsim_event event = { .kind = RMMSIM_EVENT_COMMAND, .pe = call->pe->index };

        out[0] = RMMSIM_NOT_SUPPORTED;
        call->pe->refusal = (struct refusal_record){ .verdict = PASSED, .x0 = out[0] };
        pe_count(&call->pe->statistics.commands[RMMSIM_COMMAND_NONE]);
        pe_count(&call->pe->statistics.refused[RMMSIM_COMMAND_NONE]);
        if (call->rmm->trace.fn != NULL) {
                event.of.command.id = RMMSIM_COMMAND_NONE;
                event.of.command.in = in;
                event.of.command.out = out;
                call->rmm->trace.fn(call->rmm->trace.context, &event);
        }
}

int rmi_dispatch(struct pe *pe, uint64_t *x)
{
        uint64_t out[18] = { 0 };
        struct call call;
        run_fn *run = runner(x[0]);

        call_begin(&call, pe);
        pe->library_error = 0;
        out[17] = x[17];
        if (run != NULL) {
                run(&call, x, out);
        } else {
                not_supported(&call, x, out);
        }
        memcpy(x, out, sizeof(out));
        return pe->library_error;
}
