/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trace.h - what happened inside, as data: refusals and events.
 *
 * A refusal names the failure condition of the specification that made a command fail, the argument it concerns, what was
 * found there and what was expected. An event is one command, one REC exit, one edge of a state machine or one trouble that
 * <rmmsim/inject.h> has made. Both are made from the rows in <rmmsim/spec/>.
 */
#ifndef RMMSIM_TRACE_H
#define RMMSIM_TRACE_H

#include <rmmsim/abi.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every command, in the order of the rows: RMMSIM_COMMAND_rmi_version, ... */
enum rmmsim_command {
#define COMMAND(ID, name, fid, summary) RMMSIM_COMMAND_##name,
#include <rmmsim/spec/commands.def>
        RMMSIM_NUM_COMMANDS,
        RMMSIM_COMMAND_NONE = RMMSIM_NUM_COMMANDS /* an identifier that nobody serves */
};

/* Every failure condition: RMMSIM_FAIL_rmi_realm_create_rd_align, ... */
enum rmmsim_condition {
        RMMSIM_CONDITION_NONE,
        RMMSIM_CONDITION_INJECTED, /* none of the specification: a fault of <rmmsim/inject.h> */
#define FAIL(name, condition, STATUS, argument, FOUND, expected) RMMSIM_FAIL_##name##_##condition,
#include <rmmsim/spec/commands.def>
        RMMSIM_NUM_CONDITIONS
};

/* Every kind of object that has states: RMMSIM_OBJECT_GRANULE, ... The states are RMMSIM_GRANULE_DELEGATED, ... */
enum rmmsim_object {
        RMMSIM_OBJECT_GRANULE,
        RMMSIM_OBJECT_GPT,
        RMMSIM_OBJECT_REALM,
        RMMSIM_OBJECT_REC,
        RMMSIM_OBJECT_POWER,
        RMMSIM_OBJECT_PENDING,
        RMMSIM_OBJECT_ATTEST,
        RMMSIM_OBJECT_RTTE,
        RMMSIM_NUM_OBJECTS
};
enum rmmsim_state {
#define STATE(OBJECT, NAME, value, meaning) RMMSIM_##OBJECT##_##NAME = value,
#include <rmmsim/spec/states.def>
        RMMSIM_NUM_STATES_MAX = 16
};

/* Every edge between two states, in the order of the rows. */
enum rmmsim_edge {
#define EDGE(OBJECT, FROM, TO, command) RMMSIM_EDGE_##OBJECT##_##FROM##_##TO,
#include <rmmsim/spec/states.def>
        RMMSIM_NUM_EDGES
};

/* How to read `found` of a refusal. */
enum rmmsim_found {
        RMMSIM_FOUND_HEX,           /* an address or a bit pattern                      */
        RMMSIM_FOUND_NUMBER,        /* a signed number                                  */
        RMMSIM_FOUND_LEVEL,         /* the RTT level at which a walk stopped            */
        RMMSIM_FOUND_GRANULE_STATE, /* RMMSIM_GRANULE_*                                 */
        RMMSIM_FOUND_GPT,           /* RMMSIM_GPT_*                                     */
        RMMSIM_FOUND_PAGE_ACCESS,   /* granule state in bits 7:0, GPT entry in bits 15:8 */
        RMMSIM_FOUND_REALM_STATE,   /* RMMSIM_REALM_*                                   */
        RMMSIM_FOUND_REC_STATE,     /* RMMSIM_REC_*                                     */
        RMMSIM_FOUND_RTTE_STATE     /* RMMSIM_RTTE_*                                    */
};

/* Why a command was refused. Strings live as long as the library; `sentence` as long as the next command on the PE. */
struct rmmsim_refusal {
        const char *command;        /* "RMI_REALM_CREATE"                                                       */
        const char *condition;      /* "rd_state", the name in the specification                                 */
        const char *argument;       /* "rd", or "none"                                                          */
        unsigned argument_register; /* the register that holds it: 1 for x1; 0 for none                         */
        uint64_t argument_value;    /* what the caller passed                                                   */
        enum rmmsim_found found_as; /* how to read found                                                        */
        uint64_t found;             /* what the RMM found                                                       */
        const char *expected;       /* "a Granule in state DELEGATED"                                           */
        uint64_t x0;                /* the result that the caller sees                                          */
        enum rmmsim_condition id;
        unsigned fault; /* the fault that made the command fail, by its id (rmmsim_inject()); 0: it failed by itself */
        const char *sentence; /* all of it, for a reader                                                  */
};

enum rmmsim_event_kind {
        RMMSIM_EVENT_COMMAND,
        RMMSIM_EVENT_EXIT,
        RMMSIM_EVENT_EDGE,
        RMMSIM_EVENT_FAULT
};

/* Troubles that can be injected: <rmmsim/inject.h> says what each does. */
enum rmmsim_fault_kind {
        RMMSIM_FAULT_STATUS,
        RMMSIM_FAULT_EXIT,
        RMMSIM_FAULT_PAGE_READ,
        RMMSIM_FAULT_PAGE_WRITE,
        RMMSIM_FAULT_ENTROPY,
        RMMSIM_FAULT_TOKEN_INCOMPLETE,
        RMMSIM_FAULT_BUSY,
        RMMSIM_NUM_FAULT_KINDS
};

/* One thing that happened. Pointers are valid during the call of the sink only. */
struct rmmsim_event {
        enum rmmsim_event_kind kind;
        unsigned pe;
        union {
                struct {
                        enum rmmsim_command id;        /* RMMSIM_COMMAND_NONE: x0 was unknown                     */
                        bool from_realm;               /* a REC called, not the host                              */
                        uint64_t rec;                  /* PA of the calling REC; 0 when the host called           */
                        const uint64_t *in;            /* x0..x17 as passed                                       */
                        const uint64_t *out;           /* x0..x17 as returned                                     */
                        enum rmmsim_condition refused; /* RMMSIM_CONDITION_NONE if nothing refused it            */
                } command;
                struct {
                        uint64_t rec; /* PA of the REC                                           */
                        enum rmmsim_exit_reason reason;
                        uint64_t esr;
                        uint64_t hpfar;
                } exit;
                struct {
                        enum rmmsim_edge id;
                        enum rmmsim_object object;
                        uint64_t address; /* PA of the object; IPA of an RTT entry                   */
                        uint64_t rd;      /* of an RTT entry: its Realm; otherwise 0                 */
                        int level;        /* of an RTT entry; otherwise 0                            */
                        unsigned from;
                        unsigned to;
                } edge;
                struct {
                        unsigned id; /* of the fault that acts                                  */
                        enum rmmsim_fault_kind kind;
                        enum rmmsim_command command; /* that it acts on                                         */
                        uint64_t rec;   /* PA of the REC: the caller, or the one that exits; or 0          */
                        uint64_t value; /* x0, the exit reason, or the PA of the page, as the kind says    */
                } fault;                /* comes before the event of its command                   */
        } of;
};

/*
 * Receives every event, on the thread that caused it. It must not call into the instance that sent the event, as locks
 * may be held.
 */
typedef void rmmsim_trace_fn(void *context, const struct rmmsim_event *event);

/*
 * Write one line of text for an event, without a newline, always terminated. Returns the length that the whole line has,
 * as snprintf does.
 */
int rmmsim_event_format(const struct rmmsim_event *event, char *text, size_t size);

/* Names as the rows spell them; "?" for a number out of range. */
const char *rmmsim_command_name(enum rmmsim_command id);                  /* "RMI_VERSION"                */
const char *rmmsim_condition_name(enum rmmsim_condition id);              /* "rmi_realm_create.rd_align"  */
const char *rmmsim_edge_name(enum rmmsim_edge id);                        /* "GRANULE DELEGATED -> RD"    */
const char *rmmsim_state_name(enum rmmsim_object object, unsigned state); /* "DELEGATED"             */
const char *rmmsim_exit_name(unsigned reason);                            /* "PSCI"                       */
const char *rmmsim_fault_name(unsigned kind);                             /* "PAGE_READ"                  */
const char *rmmsim_rmi_status_name(uint64_t x0);                          /* "ERROR_RTT"                  */

#ifdef __cplusplus
}
#endif

#endif
