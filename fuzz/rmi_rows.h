/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_rows.h - the commands of the RMI as data: what each register is, and which failures a command has.
 *
 * All of it comes from the rows in <rmmsim/spec/rmi.def>: a new command is fuzzed as soon as it has rows.
 */
#ifndef RMI_ROWS_H
#define RMI_ROWS_H

#include <rmmsim/rmmsim.h>

enum {
        RMI_NUM_COMMANDS = RMMSIM_COMMAND_rsi_version, /* those of the host come first */
        RMI_INPUTS_MAX = 5
};

/* What an input register names. */
enum rmi_kind {
        RMI_KIND_END,
        RMI_KIND_VALUE,
        RMI_KIND_IPA,
        RMI_KIND_LEVEL,
        RMI_KIND_PA_NS,
        RMI_KIND_PA_UNDELEGATED,
        RMI_KIND_PA_DELEGATED,
        RMI_KIND_PA_RD,
        RMI_KIND_PA_RD_SHARED,
        RMI_KIND_PA_REC,
        RMI_KIND_PA_REC_OF_REALM
};

struct rmi_command {
        const char *name;
        uint32_t fid;
        bool gathers; /* a page names more Granules           */
        bool reports; /* some outputs are valid on failure too */
};

struct rmi_condition {
        uint8_t command;
        uint8_t status;
        const char *name;
        const char *argument;
};

extern const struct rmi_command rmi_commands[RMI_NUM_COMMANDS];
extern const struct rmi_condition rmi_conditions[RMMSIM_NUM_CONDITIONS]; /* those of other interfaces are empty */

/* Of input register n = 1, 2, ...; RMI_KIND_END and NULL behind the last. */
enum rmi_kind rmi_input_kind(unsigned command, unsigned n);
const char *rmi_input_name(unsigned command, unsigned n);
const char *rmi_output_name(unsigned command, unsigned n);

static inline bool rmi_kind_is_pa(enum rmi_kind kind)
{
        return kind >= RMI_KIND_PA_NS;
}

/* Is output register n defined when the command ends with this status? */
bool rmi_output_is_defined(unsigned command, unsigned n, unsigned status);

#endif
