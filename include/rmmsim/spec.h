/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmmsim/spec.h - the rows of <rmmsim/spec/> as data at run time, for programs that print, decode or generate.
 *
 * Everything here is constant, needs no instance and lives as long as the library: any thread, any time, nothing to
 * free. Plain structures of pointers and fixed-width numbers, made to be read by ctypes and bindgen too.
 *
 * How to walk a table: functions that take an index return NULL at its end, so count from 0 until then. Arrays inside
 * a structure have a count beside them. A function `..._by_name` takes the name as the rows spell it, exactly, and returns NULL
 * if there is none, or if it is given NULL. A string that says "or NULL" may be absent; all others are always there.
 */
#ifndef RMMSIM_SPEC_H
#define RMMSIM_SPEC_H

#include <rmmsim/rmmsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what names and numbers stand for ----------------------------------------------------------------------------- */

/* A number that has a name: a status, an exit reason, a state, a value of a type. */
struct rmmsim_spec_value {
        const char *name; /* "ERROR_INPUT"                            */
        const char *meaning;
        int64_t value;
};

/* Some bits of a 64-bit word. */
struct rmmsim_spec_bits {
        const char *name; /* "MEASURE"                                */
        const char *type; /* of what they hold, or NULL: a number     */
        const char *meaning;
        uint32_t low;   /* number of the lowest bit                 */
        uint32_t width; /* 1 for a flag                             */
};

/* How a word is to be read: the values it may have, or the fields it is made of. (types.def) */
struct rmmsim_spec_type {
        const char *name; /* "RmiDataFlags"                           */
        const char *meaning;
        const struct rmmsim_spec_value *values;
        const struct rmmsim_spec_bits *bits; /* by rising bit */
        uint32_t num_values;
        uint32_t num_bits;
};

const struct rmmsim_spec_type *rmmsim_spec_type(uint32_t index);
const struct rmmsim_spec_type *rmmsim_spec_type_by_name(const char *name);

/* ---- commands ----------------------------------------------------------------------------------------------------- */

enum rmmsim_interface {
        RMMSIM_INTERFACE_RMI,  /* of the host                                 */
        RMMSIM_INTERFACE_RSI,  /* of the Realm                                */
        RMMSIM_INTERFACE_PSCI, /* of the Realm                                */
        RMMSIM_NUM_INTERFACES
};

/* "RMI", "RSI" or "PSCI"; "?" for a number out of range. */
const char *rmmsim_interface_name(uint32_t interface_number);

/* An input or output of a command. */
struct rmmsim_spec_argument {
        const char *name; /* "rd"                                                                                */
        const char *kind; /* "PA_RD": what it names (kinds.def)                                                  */
        const char
                *kind_meaning; /* "address of a Granule in state RD"                                                  */
        const char *type; /* how the word, or the page it points to, is to be read: a type or a structure; or NULL */
        uint32_t argument_register; /* 1 for x1                                                                  */
        uint32_t reserved;
};

/* One way to fail. */
struct rmmsim_spec_condition {
        const char *name;     /* "rd_state", as in the specification                                             */
        const char *status;   /* "ERROR_INPUT"                                                                   */
        const char *argument; /* the input it is about, or "none"                                               */
        const char *expected; /* "a Granule in state RD": what was not there                                     */
        const char *quirk;    /* the quirk that brings it into force, or NULL: always in force                    */
        uint64_t quirk_bit;   /* RMMSIM_QUIRK_*, or 0                                                            */
        int32_t status_value;
        uint32_t argument_register; /* 1 for x1; 0: none                                                         */
        uint32_t found_as;          /* enum rmmsim_found                                                         */
        uint32_t id;                /* enum rmmsim_condition                                                     */
        int32_t index; /* RMI: bits 15:8 of x0. With ERROR_RTT they hold the level at which the walk ended, and this is 0 */
        uint32_t reserved;
};

/* Of a command: if both conditions hold, the specification demands the result of `first`. */
struct rmmsim_spec_precedence {
        const char *first;
        const char *second;
};

/* Flags of a command. */
#define RMMSIM_SPEC_COPIES    1u  /* the page that an input points to is read, once                       */
#define RMMSIM_SPEC_GATHERS   2u  /* the same, and that page names more objects                           */
#define RMMSIM_SPEC_REPORTS   4u  /* some outputs are valid on failure too                                */
#define RMMSIM_SPEC_CONTINUES 8u  /* goes on after its locks are dropped                                  */
#define RMMSIM_SPEC_NO_RETURN 16u /* a success does not return to the caller                           */

struct rmmsim_spec_command {
        const char *id;   /* "RMI_REALM_CREATE"                                                                  */
        const char *name; /* "rmi_realm_create"                                                                  */
        const char *summary;
        const char *locks; /* RSI, PSCI: "NOTHING", "REC", "REALM" or "REALM_SHARED"; RMI: NULL, the kinds say it */
        const char *result_type; /* how x0 of a success is to be read where it is no status, or NULL */
        const struct rmmsim_spec_argument *inputs;        /* x1 first                                               */
        const struct rmmsim_spec_argument *outputs;       /* x1 first; x0 holds the status                          */
        const struct rmmsim_spec_condition *conditions;   /* in the order in which they are evaluated             */
        const struct rmmsim_spec_precedence *precedences; /* NULL if there are none */
        uint32_t num_inputs;
        uint32_t num_outputs;
        uint32_t num_conditions;
        uint32_t num_precedences;
        uint32_t fid;
        uint32_t interface_number; /* enum rmmsim_interface      */
        uint32_t flags;            /* RMMSIM_SPEC_*             */
        uint32_t number;           /* enum rmmsim_command: its index too */
};

const struct rmmsim_spec_command *rmmsim_spec_command(uint32_t index);

/* By either name: "RMI_VERSION", "rmi_version". */
const struct rmmsim_spec_command *rmmsim_spec_command_by_name(const char *name);

/* By function identifier, an SVE hint (bit 16) ignored. An SMC32 twin is not the function: see the quirk psci_smc32. */
const struct rmmsim_spec_command *rmmsim_spec_command_by_fid(uint32_t fid);

/* A status that a call ends with when the host completes it: no failure condition, as the RMM does not refuse the call when it is made. */
struct rmmsim_spec_later {
        const struct rmmsim_spec_command *command;
        const char *status;  /* "DENIED"                               */
        const char *meaning; /* what has happened then                 */
};

const struct rmmsim_spec_later *rmmsim_spec_later(uint32_t index);

/* ---- profiles and quirks ------------------------------------------------------------------------------------------ */

struct rmmsim_spec_profile {
        const char *name; /* "RMM_1_0", "RMM_1_0_REFERENCE"                 */
        const char *meaning;
        uint64_t quirks; /* that it presets                                */
        uint32_t number; /* enum rmmsim_profile: its index too             */
        uint32_t reserved;
};

struct rmmsim_spec_quirk {
        const char *name; /* "psci_smc32"                                   */
        const char *meaning;
        uint64_t value; /* RMMSIM_QUIRK_*                                 */
        uint32_t bit;
        uint32_t profiles; /* bit n: the profile with number n presets it    */
};

const struct rmmsim_spec_profile *rmmsim_spec_profile(uint32_t index);
const struct rmmsim_spec_profile *rmmsim_spec_profile_by_name(const char *name);
const struct rmmsim_spec_quirk *rmmsim_spec_quirk(uint32_t index);
const struct rmmsim_spec_quirk *rmmsim_spec_quirk_by_name(const char *name);

/* What a quirk makes different. */
struct rmmsim_spec_variation {
        const struct rmmsim_spec_quirk *quirk;
        const char *command; /* "RMI_DATA_CREATE"                                                             */
        const char *
                condition; /* the condition that comes into force or holds in other cases, or NULL: the command differs */
                           /* in another way, as the quirk's meaning says                                */
        uint32_t brings;   /* 1: the condition is in force only with the quirk                             */
        uint32_t reserved;
};

const struct rmmsim_spec_variation *rmmsim_spec_variation(uint32_t index);

/* Is a condition in force where these quirks are on (a profile's, and those that a configuration adds)? */
bool rmmsim_spec_in_force(const struct rmmsim_spec_condition *condition, uint64_t quirks);

/* ---- statuses, exits, states -------------------------------------------------------------------------------------- */

/* Statuses of an interface (enum rmmsim_interface), success first. */
const struct rmmsim_spec_value *rmmsim_spec_status(uint32_t interface_number, uint32_t index);
const struct rmmsim_spec_value *rmmsim_spec_status_by_name(uint32_t interface_number, const char *name);

/* Why a REC exits. */
const struct rmmsim_spec_value *rmmsim_spec_exit(uint32_t index);
const struct rmmsim_spec_value *rmmsim_spec_exit_by_name(const char *name);

/* A legal change of state, and the command that makes it; where several do, one of them. */
struct rmmsim_spec_edge {
        const struct rmmsim_spec_value *from;
        const struct rmmsim_spec_value *to;
        const char *command; /* "RMI_REALM_CREATE"              */
        uint32_t id;         /* enum rmmsim_edge                */
        uint32_t reserved;
};

struct rmmsim_spec_object {
        const char *name; /* "GRANULE"                          */
        const char *meaning;
        const struct rmmsim_spec_value *states;
        const struct rmmsim_spec_edge *edges;
        uint32_t num_states;
        uint32_t num_edges;
        uint32_t number; /* enum rmmsim_object: its index too  */
        uint32_t reserved;
};

const struct rmmsim_spec_object *rmmsim_spec_object(uint32_t index);
const struct rmmsim_spec_object *rmmsim_spec_object_by_name(const char *name);

/* ---- structures in memory ----------------------------------------------------------------------------------------- */

/* A field; what no field covers is reserved and zero. All numbers are little-endian. (structures.def) */
struct rmmsim_spec_field {
        const char *name; /* "rtt_base"                                                                         */
        const char *type; /* how to read an element: a type, or the structure that is a part; or NULL: a number */
        const char *meaning;
        uint32_t offset;    /* from the beginning of the structure, in bytes                                      */
        uint32_t size;      /* of one element, in bytes: 1, 2, 4, 8; of a part, its size                          */
        uint32_t count;     /* elements, side by side; 1 for a plain field                                       */
        uint32_t is_signed; /* 1: an element is a signed number                                                   */
};

struct rmmsim_spec_structure {
        const char *name;   /* "RmiRealmParams"                                 */
        const char *c_name; /* "realm_params": struct rmmsim_realm_params       */
        const char *meaning;
        const struct rmmsim_spec_field *fields; /* by rising offset           */
        uint32_t num_fields;
        uint32_t size; /* in bytes                                         */
};

const struct rmmsim_spec_structure *rmmsim_spec_structure(uint32_t index);

/* By either name: "RmiRealmParams", "realm_params". */
const struct rmmsim_spec_structure *rmmsim_spec_structure_by_name(const char *name);

/*
 * Where a path leads: "rtt_base", "rpv", "gprs[3]", and through parts "enter.flags", "exit.gprs[0]". An array without an index
 * is the whole array: *place then has its count, else 1; its offset counts from the beginning of `structure`.
 *
 * Returns true and fills *place, or false if the path leads nowhere, and then *place is as it was.
 */
bool rmmsim_spec_locate(struct rmmsim_spec_field *place, const struct rmmsim_spec_structure *structure,
                        const char *path);

/* ---- system registers --------------------------------------------------------------------------------------------- */

struct rmmsim_spec_sysreg {
        const char *name;  /* "ICC_IAR1_EL1"                                                                      */
        uint32_t encoding; /* as in <rmmsim/sysreg.h>                                                             */
        uint32_t reserved;
};

const struct rmmsim_spec_sysreg *rmmsim_spec_sysreg(uint32_t index);
const struct rmmsim_spec_sysreg *rmmsim_spec_sysreg_by_name(const char *name);
const struct rmmsim_spec_sysreg *rmmsim_spec_sysreg_by_encoding(uint32_t encoding);

#ifdef __cplusplus
}
#endif

#endif
