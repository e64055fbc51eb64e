/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command.c - the rows as constant tables: the third and last place where they are expanded inside the library, after the
 * identifiers (trace.h) and the structures (command.h).
 */
#include "command.h"
#include "bits.h"
#include <rmmsim/inspect.h>

#define ROW(ID, lower, function_id, text, family)                                                                      \
        [RMMSIM_COMMAND_##lower] = { .id = #ID,                                                                        \
                                     .name = #lower,                                                                   \
                                     .summary = text,                                                                  \
                                     .fid = function_id,                                                               \
                                     .interface = family,                                                              \
                                     .num_inputs = sizeof(struct rmmsim_##lower) / sizeof(uint64_t) - 1,               \
                                     .num_outputs = (sizeof(struct lower##_results) - sizeof(struct results_common)) / \
                                                    sizeof(uint64_t) },

const struct command_row command_rows[RMMSIM_NUM_COMMANDS] = {
#define COMMAND(ID, name, fid, summary) ROW(ID, name, fid, summary, INTERFACE_RMI)
#include <rmmsim/spec/rmi.def>
#define COMMAND(ID, name, fid, summary) ROW(ID, name, fid, summary, INTERFACE_RSI)
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary) ROW(ID, name, fid, summary, INTERFACE_PSCI)
#include <rmmsim/spec/psci.def>
};

#define CONDITION(lower, condition, code, input, FOUND, text, family)                                                  \
        [RMMSIM_FAIL_##lower##_##                                                                                      \
                condition] = { .command = RMMSIM_COMMAND_##lower,                                                      \
                               .interface = family,                                                                    \
                               .argument_register = offsetof(struct rmmsim_##lower, input) / sizeof(uint64_t),         \
                               .status = code,                                                                         \
                               .found_as = RMMSIM_FOUND_##FOUND,                                                       \
                               .name = #condition,                                                                     \
                               .argument = #input,                                                                     \
                               .expected = text },

const struct condition_row condition_rows[RMMSIM_NUM_CONDITIONS] = {
        [RMMSIM_CONDITION_NONE] = { .command = RMMSIM_COMMAND_NONE,
                                    .name = "none",
                                    .argument = "none",
                                    .expected = "" },
        [RMMSIM_CONDITION_INJECTED] = { .command = RMMSIM_COMMAND_NONE,
                                        .name = "injected",
                                        .argument = "none",
                                        .expected = "no fault" },
#define FAIL(name, condition, STATUS, argument, FOUND, expected)                                                       \
        CONDITION(name, condition, RMMSIM_RMI_##STATUS, argument, FOUND, expected, INTERFACE_RMI)
#include <rmmsim/spec/rmi.def>
#define FAIL(name, condition, STATUS, argument, FOUND, expected)                                                       \
        CONDITION(name, condition, RMMSIM_RSI_##STATUS, argument, FOUND, expected, INTERFACE_RSI)
#include <rmmsim/spec/rsi.def>
#define FAIL(name, condition, STATUS, argument, FOUND, expected)                                                       \
        CONDITION(name, condition, RMMSIM_PSCI_##STATUS, argument, FOUND, expected, INTERFACE_PSCI)
#include <rmmsim/spec/psci.def>
};

const struct edge_row edge_rows[RMMSIM_NUM_EDGES] = {
#define EDGE(OBJECT, FROM, TO, command_name)                                                                           \
        [RMMSIM_EDGE_##OBJECT##_##FROM##_##TO] = { .object = RMMSIM_OBJECT_##OBJECT,                                   \
                                                   .from = RMMSIM_##OBJECT##_##FROM,                                   \
                                                   .to = RMMSIM_##OBJECT##_##TO,                                       \
                                                   .text = #OBJECT " " #FROM " -> " #TO },
#include <rmmsim/spec/states.def>
};

enum rmmsim_edge edge_find(enum rmmsim_object object, unsigned from, unsigned to)
{
        for (unsigned i = 0; i < RMMSIM_NUM_EDGES; i++) {
                const struct edge_row *edge = &edge_rows[i];

                if (edge->object == object && edge->from == from && edge->to == to) {
                        return (enum rmmsim_edge)i;
                }
        }
        return RMMSIM_NUM_EDGES;
}

uint64_t verdict_x0(const struct verdict *verdict)
{
        const struct condition_row *row = &condition_rows[verdict->condition];

        if (verdict->condition == RMMSIM_CONDITION_INJECTED) {
                return verdict->found;
        }
        if (row->interface == INTERFACE_RMI) {
                return RMMSIM_RMI_RESULT((uint8_t)row->status, verdict->index);
        }
        return (uint64_t)(int64_t)row->status;
}

unsigned command_status(enum rmmsim_command id, uint64_t x0)
{
        switch (id < RMMSIM_NUM_COMMANDS ? command_rows[id].interface : INTERFACE_PSCI) {
        case INTERFACE_RMI:
                return RMMSIM_RMI_STATUS(x0);
        case INTERFACE_RSI:
                return (unsigned)x0;
        default:
                return (int64_t)x0 < 0 ? (unsigned)-(int64_t)x0 : RMMSIM_PSCI_SUCCESS;
        }
}

bool verdict_ends_walk(const struct verdict *verdict)
{
        if (verdict->condition == RMMSIM_CONDITION_INJECTED) {
                return verdict->index != 0 && RMMSIM_RMI_STATUS(verdict->found) == RMMSIM_RMI_ERROR_RTT;
        }
        return condition_rows[verdict->condition].status == RMMSIM_RMI_ERROR_RTT;
}
