/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_rows.c - the rows of rmi.def, read a few times over.
 */
#include "rmi_rows.h"
#include <string.h>

enum {
        REGISTERS_MAX = 8
};

const struct rmi_command rmi_commands[RMI_NUM_COMMANDS] = {
#define COMMAND(ID, name_, fid_, summary) [RMMSIM_COMMAND_##name_] = { .name = #ID, .fid = fid_,
#define GATHERS(name_)                    .gathers = true,
#define REPORTS(name_)                    .reports = true,
#define END(ID, name_)                                                                                                 \
        }                                                                                                              \
        ,
#include <rmmsim/spec/rmi.def>
};

const struct rmi_condition rmi_conditions[RMMSIM_NUM_CONDITIONS] = {
#define FAIL(command_, condition, STATUS, argument_, FOUND, expected)                                                  \
        [RMMSIM_FAIL_##command_##_##                                                                                   \
                condition] = { RMMSIM_COMMAND_##command_, RMMSIM_RMI_##STATUS, #condition, #argument_ },
#include <rmmsim/spec/rmi.def>
};

/* Register 0 is x0. */
static const uint8_t input_kinds[RMI_NUM_COMMANDS][REGISTERS_MAX] = {
#define COMMAND(ID, name, fid, summary) [RMMSIM_COMMAND_##name] = { 0,
#define IN(name, argument, KIND)        RMI_KIND_##KIND,
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ,
#include <rmmsim/spec/rmi.def>
};

static const char *const input_names[RMI_NUM_COMMANDS][REGISTERS_MAX] = {
#define COMMAND(ID, name, fid, summary) [RMMSIM_COMMAND_##name] = { NULL,
#define IN(name, argument, KIND)        #argument,
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ,
#include <rmmsim/spec/rmi.def>
};

static const char *const output_names[RMI_NUM_COMMANDS][REGISTERS_MAX] = {
#define COMMAND(ID, name, fid, summary) [RMMSIM_COMMAND_##name] = { NULL,
#define OUT(name, output, KIND)         #output,
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ,
#include <rmmsim/spec/rmi.def>
};

enum rmi_kind rmi_input_kind(unsigned command, unsigned n)
{
        return n < REGISTERS_MAX ? (enum rmi_kind)input_kinds[command][n] : RMI_KIND_END;
}

const char *rmi_input_name(unsigned command, unsigned n)
{
        return n < REGISTERS_MAX ? input_names[command][n] : NULL;
}

const char *rmi_output_name(unsigned command, unsigned n)
{
        return n < REGISTERS_MAX ? output_names[command][n] : NULL;
}

bool rmi_output_is_defined(unsigned command, unsigned n, unsigned status)
{
        const char *name = rmi_output_name(command, n);

        if (name == NULL || status == RMMSIM_RMI_SUCCESS) {
                return name != NULL;
        }
        if (!rmi_commands[command].reports) {
                return false;
        }
        /* RTT sheet, 3.3, 3.5, 3.8: `top` tells where to go on after an RTT error. Lifecycle sheet, 5.1: both revisions. */
        return command == RMMSIM_COMMAND_rmi_version || (status == RMMSIM_RMI_ERROR_RTT && strcmp(name, "top") == 0);
}
