/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_oracle.c - the form of an answer.
 *
 * Specification: lifecycle sheet 1 (calling convention, return code), RTT sheet 0.
 */
#include "rmi_oracle.h"
#include "fuzz.h"
#include <stdarg.h>
#include <string.h>

/* ---- failing -------------------------------------------------------------------------------------------------------------- */

bool rmi_exploring;

void rmi_fail(const char *format, ...)
{
        char text[480];
        va_list list;

        va_start(list, format);
        (void)vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        if (rmi_exploring) {
                rmmsim_explore_fail("%s", text);
        } else {
                fuzz_fail("%s", text);
        }
}

/* ---- listening ------------------------------------------------------------------------------------------------------------ */

static uint16_t refused[RMMSIM_EXPLORE_PES_MAX];

void rmi_trace(void *context, const struct rmmsim_event *event)
{
        fuzz_trace(context, event);
        /* Of the host's commands: those of a Realm name their REC. */
        if (event->kind == RMMSIM_EVENT_COMMAND && event->of.command.rec == 0) {
                refused[event->pe] = (uint16_t)event->of.command.refused;
        }
}

enum rmmsim_condition rmi_refused(unsigned pe)
{
        return (enum rmmsim_condition)refused[pe];
}

/* ---- answers -------------------------------------------------------------------------------------------------------------- */

static const char *index_is_wrong(unsigned command, unsigned status, uint64_t x0)
{
        int index = (int8_t)RMMSIM_RMI_INDEX(x0);

        if (x0 >> 16 != 0 || status > RMMSIM_RMI_ERROR_RTT) {
                return "x0 is no return code";
        }
        if (status == RMMSIM_RMI_ERROR_RTT) {
                return index < -1 || index > 3 ? "the index is no level" : NULL;
        }
        if (status == RMMSIM_RMI_ERROR_REALM && command == RMMSIM_COMMAND_rmi_rec_enter) {
                return index != 0 && index != 1 ? "the index tells no state of a Realm" : NULL;
        }
        return index != 0 ? "the index is not zero" : NULL;
}

static const char *outputs_are_wrong(unsigned command, unsigned status, const struct rmmsim_regs *out)
{
        static char text[80];

        for (unsigned n = 1; n < 17; n++) {
                bool defined = command < RMI_NUM_COMMANDS && rmi_output_is_defined(command, n, status);

                if (!defined && out->x[n] != 0) {
                        (void)snprintf(text, sizeof(text), "x%u is no output and holds 0x%llx", n,
                                       (unsigned long long)out->x[n]);
                        return text;
                }
        }
        return NULL;
}

static const char *reason_is_wrong(enum rmmsim_condition reason, unsigned command, uint64_t x0)
{
        const struct rmi_condition *row = &rmi_conditions[reason];

        if (reason == RMMSIM_CONDITION_NONE) {
                return x0 == RMMSIM_RMI_SUCCESS ? NULL : "it was refused without a reason";
        }
        if (x0 == RMMSIM_RMI_SUCCESS) {
                return "it succeeded, and there is a reason why not";
        }
        if (row->command != command || row->name == NULL) {
                return "the reason is one of another command";
        }
        return row->status != RMMSIM_RMI_STATUS(x0) ? "the reason has another status" : NULL;
}

const char *rmi_why_is_wrong(const struct rmmsim *sim, const struct rmi_call *call, const struct rmmsim_regs *out)
{
        const struct rmmsim_refusal *why = rmmsim_why(sim, call->pe);
        enum rmmsim_condition reason = rmi_refused(call->pe);

        if (why == NULL) {
                return reason != RMMSIM_CONDITION_NONE ? "rmmsim_why() knows no reason" : NULL;
        }
        if (why->id != reason || why->x0 != out->x[0]) {
                return "rmmsim_why() tells of another refusal";
        }
        if (why->argument_register != 0 && why->argument_value != call->in.x[why->argument_register]) {
                return "rmmsim_why() tells of another argument";
        }
        return strcmp(why->condition, rmi_conditions[reason].name) != 0 ? "rmmsim_why() names another condition" : NULL;
}

/* RTT sheet 3.3, 3.5, 3.8: after an RTT error, top is the IPA or above. */
static const char *top_is_wrong(const struct rmi_call *call, unsigned status, const struct rmmsim_regs *out)
{
        unsigned n = call->command == RMMSIM_COMMAND_rmi_rtt_unmap_unprotected ? 1 : 2;
        bool has_top = n == 1 || call->command == RMMSIM_COMMAND_rmi_rtt_destroy ||
                       call->command == RMMSIM_COMMAND_rmi_data_destroy;

        return has_top && status == RMMSIM_RMI_ERROR_RTT && out->x[n] < call->in.x[2] ? "top is below the IPA" : NULL;
}

const char *rmi_answer_is_wrong(const struct rmi_call *call, const struct rmmsim_regs *out, bool reason_may_be_missing)
{
        enum rmmsim_condition reason = rmi_refused(call->pe);
        unsigned status = RMMSIM_RMI_STATUS(out->x[0]);
        const char *wrong;

        if (out->x[17] != call->in.x[17]) {
                return "x17 has changed";
        }
        if (call->command >= RMI_NUM_COMMANDS) {
                wrong = out->x[0] != RMMSIM_NOT_SUPPORTED ? "x0 is not NOT_SUPPORTED" : NULL;
                return wrong != NULL ? wrong : outputs_are_wrong(call->command, RMMSIM_RMI_ERROR_INPUT, out);
        }
        wrong = index_is_wrong(call->command, status, out->x[0]);
        wrong = wrong != NULL ? wrong : outputs_are_wrong(call->command, status, out);
        wrong = wrong != NULL ? wrong : top_is_wrong(call, status, out);
        if (wrong == NULL && (reason != RMMSIM_CONDITION_NONE || !reason_may_be_missing)) {
                wrong = reason_is_wrong(reason, call->command, out->x[0]);
        }
        return wrong;
}
