/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * names.c - what the rows call things, for people.
 */
#include "bits.h"
#include "command.h"
#include <rmmsim/inspect.h>

const char *rmmsim_command_name(enum rmmsim_command id)
{
        return (unsigned)id < RMMSIM_NUM_COMMANDS ? command_rows[id].id : "?";
}

const char *rmmsim_condition_name(enum rmmsim_condition id)
{
        static const char *const names[RMMSIM_NUM_CONDITIONS] = {
                [RMMSIM_CONDITION_NONE] = "none",
                [RMMSIM_CONDITION_INJECTED] = "injected",
#define FAIL(name, condition, STATUS, argument, FOUND, expected)                                                       \
        [RMMSIM_FAIL_##name##_##condition] = #name "." #condition,
#include <rmmsim/spec/commands.def>
        };

        return (unsigned)id < RMMSIM_NUM_CONDITIONS ? names[id] : "?";
}

const char *rmmsim_edge_name(enum rmmsim_edge id)
{
        return (unsigned)id < RMMSIM_NUM_EDGES ? edge_rows[id].text : "?";
}

const char *rmmsim_state_name(enum rmmsim_object object, unsigned state)
{
        static const char *const names[RMMSIM_NUM_OBJECTS][RMMSIM_NUM_STATES_MAX] = {
#define STATE(OBJECT, NAME, value, meaning) [RMMSIM_OBJECT_##OBJECT][value] = #NAME,
#include <rmmsim/spec/states.def>
        };

        if ((unsigned)object >= RMMSIM_NUM_OBJECTS || state >= RMMSIM_NUM_STATES_MAX || names[object][state] == NULL) {
                return "?";
        }
        return names[object][state];
}

const char *rmmsim_exit_name(unsigned reason)
{
        static const char *const names[RMMSIM_NUM_EXIT_REASONS] = {
#define EXIT_REASON(NAME, value, meaning) [value] = #NAME,
#include <rmmsim/spec/exits.def>
        };

        return reason < RMMSIM_NUM_EXIT_REASONS ? names[reason] : "?";
}

const char *rmmsim_fault_name(unsigned kind)
{
        static const char *const names[RMMSIM_NUM_FAULT_KINDS] = {
                [RMMSIM_FAULT_STATUS] = "STATUS",       [RMMSIM_FAULT_EXIT] = "EXIT",
                [RMMSIM_FAULT_PAGE_READ] = "PAGE_READ", [RMMSIM_FAULT_PAGE_WRITE] = "PAGE_WRITE",
                [RMMSIM_FAULT_ENTROPY] = "ENTROPY",     [RMMSIM_FAULT_TOKEN_INCOMPLETE] = "TOKEN_INCOMPLETE",
                [RMMSIM_FAULT_BUSY] = "BUSY",
        };

        return kind < RMMSIM_NUM_FAULT_KINDS ? names[kind] : "?";
}

const char *rmmsim_rmi_status_name(uint64_t x0)
{
        static const char *const names[] = {
#define RMI_STATUS(NAME, value, meaning) [value] = #NAME,
#include <rmmsim/spec/status.def>
        };
        unsigned status = RMMSIM_RMI_STATUS(x0);

        if (x0 == RMMSIM_NOT_SUPPORTED) {
                return "NOT_SUPPORTED";
        }
        return status < ARRAY_SIZE(names) ? names[status] : "?";
}

const char *rmmsim_status_name(enum rmmsim_command command, unsigned status)
{
        static const char *const names[][RMMSIM_NUM_STATUSES] = {
                [INTERFACE_RMI] = {
#define RMI_STATUS(NAME, value, meaning) [value] = #NAME,
#include <rmmsim/spec/status.def>
                },
                [INTERFACE_RSI] = {
                        [RMMSIM_STATUS_UNANSWERED] = "UNANSWERED",
#define RSI_STATUS(NAME, value, meaning) [value] = #NAME,
#include <rmmsim/spec/status.def>
                },
                [INTERFACE_PSCI] = {
                        [RMMSIM_STATUS_UNANSWERED] = "UNANSWERED",
#define PSCI_STATUS(NAME, value, meaning) [-(value)] = #NAME,
#include <rmmsim/spec/status.def>
                },
        };
        unsigned family = (unsigned)command < RMMSIM_NUM_COMMANDS ? command_rows[command].interface : INTERFACE_PSCI;

        return status < RMMSIM_NUM_STATUSES && names[family][status] != NULL ? names[family][status] : "?";
}
