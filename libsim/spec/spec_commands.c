/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_commands.c - the rows of the commands as data for users: <rmmsim/spec.h>.
 */
#include "bits.h"
#include "spec_rows.h"
#include <rmmsim/spec.h>
#include <string.h>

/* ---- what depends on the interface ---------------------------------------------------------------------------------- */

enum {
#define COMMAND(ID, name, fid, summary)                          INTERFACE_OF_##name = RMMSIM_INTERFACE_RMI,
#define FAIL(name, condition, STATUS, argument, FOUND, expected) STATUS_OF_##name##_##condition = RMMSIM_RMI_##STATUS,
#include <rmmsim/spec/rmi.def>
#define COMMAND(ID, name, fid, summary)                          INTERFACE_OF_##name = RMMSIM_INTERFACE_RSI,
#define FAIL(name, condition, STATUS, argument, FOUND, expected) STATUS_OF_##name##_##condition = RMMSIM_RSI_##STATUS,
#include <rmmsim/spec/rsi.def>
#define COMMAND(ID, name, fid, summary)                          INTERFACE_OF_##name = RMMSIM_INTERFACE_PSCI,
#define FAIL(name, condition, STATUS, argument, FOUND, expected) STATUS_OF_##name##_##condition = RMMSIM_PSCI_##STATUS,
#include <rmmsim/spec/psci.def>
};

const char *rmmsim_interface_name(uint32_t interface_number)
{
        static const char *const names[RMMSIM_NUM_INTERFACES] = { "RMI", "RSI", "PSCI" };

        return interface_number < RMMSIM_NUM_INTERFACES ? names[interface_number] : "?";
}

/* ---- inputs and outputs --------------------------------------------------------------------------------------------- */

#define KIND(NAME, meaning) static const char kind_##NAME[] = meaning;
#include <rmmsim/spec/kinds.def>

enum {
#define COMMAND(ID, name, fid, summary) BEGINS(IN, name)
#define IN(name, argument, KIND)        IN_##name##_##argument,
#define END(ID, name)                   ENDS(IN, name)
#include <rmmsim/spec/commands.def>
        NUM_IN
};

static const struct rmmsim_spec_argument inputs[NUM_IN] = {
#define IN(command, argument, KIND)                                                                                    \
        [IN_##command##_##argument] = { .name = #argument,                                                             \
                                        .kind = #KIND,                                                                 \
                                        .kind_meaning = kind_##KIND,                                                   \
                                        .argument_register = IN_##command##_##argument - FIRST_OF(IN, command) + 1 },
#include <rmmsim/spec/commands.def>
#define IN_TYPE(name, argument, TYPE) [IN_##name##_##argument].type = #TYPE,
#include <rmmsim/spec/types.def>
};

enum {
#define COMMAND(ID, name, fid, summary) BEGINS(OUT, name)
#define OUT(name, output, KIND)         OUT_##name##_##output,
#define END(ID, name)                   ENDS(OUT, name)
#include <rmmsim/spec/commands.def>
        NUM_OUT
};

static const struct rmmsim_spec_argument outputs[NUM_OUT] = {
#define OUT(command, output, KIND)                                                                                     \
        [OUT_##command##_##output] = { .name = #output,                                                                \
                                       .kind = #KIND,                                                                  \
                                       .kind_meaning = kind_##KIND,                                                    \
                                       .argument_register = OUT_##command##_##output - FIRST_OF(OUT, command) + 1 },
#include <rmmsim/spec/commands.def>
#define OUT_TYPE(name, output, TYPE) [OUT_##name##_##output].type = #TYPE,
#include <rmmsim/spec/types.def>
};

/* ---- failure conditions and their order ----------------------------------------------------------------------------- */

enum {
#define COMMAND(ID, name, fid, summary)                          BEGINS(CONDITION, name)
#define FAIL(name, condition, STATUS, argument, FOUND, expected) CONDITION_##name##_##condition,
#define END(ID, name)                                            ENDS(CONDITION, name)
#include <rmmsim/spec/commands.def>
        NUM_CONDITION
};

enum {
#define QUIRK(name, bit, PRESET, meaning) QUIRK_BIT_##name = bit,
#include <rmmsim/spec/quirks.def>
};

static const struct rmmsim_spec_condition conditions[NUM_CONDITION] = {
#define FAIL(command, condition, STATUS, input, FOUND, text)                                                           \
        [CONDITION_##command##_##                                                                                      \
                condition] = { .name = #condition,                                                                     \
                               .status = #STATUS,                                                                      \
                               .argument = #input,                                                                     \
                               .expected = text,                                                                       \
                               .status_value = STATUS_OF_##command##_##condition,                                      \
                               .argument_register = offsetof(struct rmmsim_##command, input) / sizeof(uint64_t),       \
                               .found_as = RMMSIM_FOUND_##FOUND,                                                       \
                               .id = RMMSIM_FAIL_##command##_##condition },
#include <rmmsim/spec/commands.def>
#define ONLY_WITH(switched_by, command, condition)                                                                     \
        [CONDITION_##command##_##condition].quirk = #switched_by,                                                      \
        [CONDITION_##command##_##condition].quirk_bit = BIT(QUIRK_BIT_##switched_by),
#include <rmmsim/spec/quirks.def>
#define INDEX(command, condition, number) [CONDITION_##command##_##condition].index = (number),
#include <rmmsim/spec/types.def>
};

bool rmmsim_spec_in_force(const struct rmmsim_spec_condition *condition, uint64_t quirks)
{
        return (condition->quirk_bit & ~quirks) == 0;
}

enum {
#define ORDER(name)                   BEGINS(ORDER, name)
#define PRECEDES(name, first, second) ORDER_##name##_##first##_##second,
#define ORDER_END(name)               ENDS(ORDER, name)
#include <rmmsim/spec/order.def>
        NUM_ORDER
};

static const struct rmmsim_spec_precedence precedences[NUM_ORDER] = {
#define PRECEDES(name, earlier, later) [ORDER_##name##_##earlier##_##later] = { .first = #earlier, .second = #later },
#include <rmmsim/spec/order.def>
};

/* ---- commands ------------------------------------------------------------------------------------------------------- */

enum {
#define COMMAND(ID, name, fid, summary) FLAGS_OF_##name = 0
#define COPIES(name)                    | RMMSIM_SPEC_COPIES
#define GATHERS(name)                   | RMMSIM_SPEC_GATHERS
#define REPORTS(name)                   | RMMSIM_SPEC_REPORTS
#define CONTINUES(name)                 | RMMSIM_SPEC_CONTINUES
#define NO_RETURN(name)                 | RMMSIM_SPEC_NO_RETURN
#define END(ID, name)                   ,
#include <rmmsim/spec/commands.def>
};

static const struct rmmsim_spec_command commands[RMMSIM_NUM_COMMANDS] = {
#define COMMAND(ID, lower, function_id, text)                                                                          \
        [RMMSIM_COMMAND_##lower] = { .id = #ID,                                                                        \
                                     .name = #lower,                                                                   \
                                     .summary = text,                                                                  \
                                     .inputs = inputs + FIRST_OF(IN, lower),                                           \
                                     .outputs = outputs + FIRST_OF(OUT, lower),                                        \
                                     .conditions = conditions + FIRST_OF(CONDITION, lower),                            \
                                     .num_inputs = COUNT_OF(IN, lower),                                                \
                                     .num_outputs = COUNT_OF(OUT, lower),                                              \
                                     .num_conditions = COUNT_OF(CONDITION, lower),                                     \
                                     .fid = function_id,                                                               \
                                     .interface_number = INTERFACE_OF_##lower,                                         \
                                     .flags = FLAGS_OF_##lower,                                                        \
                                     .number = RMMSIM_COMMAND_##lower },
#include <rmmsim/spec/commands.def>
#define ORDER(name)                                                                                                    \
        [RMMSIM_COMMAND_##name].precedences = precedences + FIRST_OF(ORDER, name),                                     \
        [RMMSIM_COMMAND_##name].num_precedences = COUNT_OF(ORDER, name),
#include <rmmsim/spec/order.def>
#define LOCKS(name, WHAT) [RMMSIM_COMMAND_##name].locks = #WHAT,
#include <rmmsim/spec/commands.def>
#define RESULT(name, TYPE) [RMMSIM_COMMAND_##name].result_type = #TYPE,
#include <rmmsim/spec/types.def>
};

const struct rmmsim_spec_command *rmmsim_spec_command(uint32_t index)
{
        return ELEMENT(commands, index);
}

const struct rmmsim_spec_command *rmmsim_spec_command_by_name(const char *name)
{
        for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(commands); i++) {
                if (strcmp(commands[i].id, name) == 0 || strcmp(commands[i].name, name) == 0) {
                        return &commands[i];
                }
        }
        return NULL;
}

const struct rmmsim_spec_command *rmmsim_spec_command_by_fid(uint32_t fid)
{
        for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
                if (commands[i].fid == (fid & ~(UINT32_C(1) << 16))) {
                        return &commands[i];
                }
        }
        return NULL;
}

static const struct rmmsim_spec_later laters[] = {
#define LATER(name, STATUS, text) { .command = &commands[RMMSIM_COMMAND_##name], .status = #STATUS, .meaning = text },
#include <rmmsim/spec/psci.def>
};

const struct rmmsim_spec_later *rmmsim_spec_later(uint32_t index)
{
        return ELEMENT(laters, index);
}
