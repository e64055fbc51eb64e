/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command.h - the rows of the interfaces as one constant table, and the structures that handlers work with.
 *
 * Handlers see their inputs by name. An input that names a Granule arrives as a granule_ref: found, classified, and locked
 * when its state is the one that the command needs.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "verdict.h"
#include <rmmsim/spec.h>

struct granule;
struct rmmsim_vcpu;
struct rtt_walk;
struct stage2_result;
struct rec;
struct realm;

/* What is remembered of the last call: turned into words only when somebody asks. */
struct refusal_record {
        struct verdict verdict;
        uint64_t x0;
        uint64_t argument_value; /* RMMSIM_CONDITION_INJECTED: the command */
        unsigned fault;          /* the injected fault behind it; 0: none  */
};

/* A Granule named by a command. What is held cannot change; of the others this is how they were at one moment. */
struct granule_ref {
        uint64_t pa;
        struct granule *granule; /* NULL: not aligned, or not delegable                             */
        void *page;              /* its contents in the Realm world                                 */
        uint8_t state;           /* RMMSIM_GRANULE_*                                                */
        uint8_t gpt;             /* RMMSIM_GPT_*                                                    */
        bool held;               /* locked, in the state that the command needs                     */
        bool shared;             /* locked together with other readers                              */
};

/* What every command's arguments begin with. */
struct args_common {
        const void *copy;         /* private copy of the page that a PA_NS argument names; NULL: unreadable   */
        struct granule_ref *more; /* Granules named by that page, in the order in which it names them          */
        unsigned num_more;
        struct rec *rec;          /* RSI, PSCI: the caller. Commands on a PA_REC_OF_REALM: that REC           */
        struct realm *realm;      /* RSI, PSCI: the caller's Realm, locked as the row says. Or the REC's owner */
        struct rmmsim_vcpu *vcpu; /* RSI, PSCI: where it runs                                                 */
        union {
                struct rtt_walk *walk;       /* RMI: room for where the check's walk of the tables ended      */
                struct stage2_result *found; /* RSI: the same for memory of the Realm that a call names       */
        };                                   /* for the act, which need not look again                        */
};

/* What every command's results begin with. */
struct results_common {
        uint64_t x0;      /* SUCCESS unless the act itself computes it                            */
        uint64_t outcome; /* RSI, PSCI: enum rsi_outcome                                          */
        uint64_t refused; /* the condition, where an act that a quirk lets happen reports a failure */
        uint64_t found;   /* with it                                                              */
};

/* What becomes of the Realm's registers after a call of its. */
enum rsi_outcome {
        RSI_ANSWERED, /* they hold the results                                                    */
        RSI_DEFERRED, /* they stay as they were; a later entry writes the results                 */
        RSI_UNTOUCHED /* nothing, PC included: the handler has seen to it, or the Realm calls again */
};

#define ARG_VALUE           uint64_t
#define ARG_IPA             uint64_t
#define ARG_PA              uint64_t
#define ARG_LEVEL           int64_t
#define ARG_PA_UNDELEGATED  struct granule_ref
#define ARG_PA_NS           struct granule_ref
#define ARG_PA_DELEGATED    struct granule_ref
#define ARG_PA_RD           struct granule_ref
#define ARG_PA_RD_SHARED    struct granule_ref
#define ARG_PA_REC          struct granule_ref
#define ARG_PA_REC_OF_REALM struct granule_ref

/* struct rmi_realm_create_args { struct args_common common; struct granule_ref rd; ... } */
#define COMMAND(ID, name, fid, summary)                                                                                \
        struct name##_args {                                                                                           \
                struct args_common common;
#define IN(name, argument, KIND) ARG_##KIND argument;
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ;
#include <rmmsim/spec/commands.def>

/* struct rmi_rtt_destroy_results { struct results_common common; uint64_t rtt; uint64_t top; } */
#define COMMAND(ID, name, fid, summary)                                                                                \
        struct name##_results {                                                                                        \
                struct results_common common;
#define OUT(name, output, KIND) uint64_t output;
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ;
#include <rmmsim/spec/commands.def>

enum interface {
        INTERFACE_RMI = RMMSIM_INTERFACE_RMI,
        INTERFACE_RSI = RMMSIM_INTERFACE_RSI,
        INTERFACE_PSCI = RMMSIM_INTERFACE_PSCI
};

/* What is known about a command, a condition, an edge. */
struct command_row {
        const char *id;   /* "RMI_VERSION"  */
        const char *name; /* "rmi_version"  */
        const char *summary;
        uint32_t fid;
        uint8_t interface;
        uint8_t num_inputs;
        uint8_t num_outputs;
};

struct condition_row {
        uint16_t command; /* enum rmmsim_command                        */
        uint8_t interface;
        uint8_t argument_register; /* 0: none                                */
        int8_t status;
        uint8_t found_as; /* enum rmmsim_found                          */
        const char *name;
        const char *argument;
        const char *expected;
};

struct edge_row {
        uint8_t object;
        uint8_t from;
        uint8_t to;
        const char *text;
};

extern const struct command_row command_rows[RMMSIM_NUM_COMMANDS];
extern const struct condition_row condition_rows[RMMSIM_NUM_CONDITIONS];
extern const struct edge_row edge_rows[RMMSIM_NUM_EDGES];

/* The edge between two states of an object, or RMMSIM_NUM_EDGES if there is none. */
enum rmmsim_edge edge_find(enum rmmsim_object object, unsigned from, unsigned to);

/* x0 for a verdict: the status of the condition, in the encoding of its interface. */
uint64_t verdict_x0(const struct verdict *verdict);

/* The status in x0 as statistics count it: its number without a sign. x0 is what the command can answer, or a fault may inject. */
unsigned command_status(enum rmmsim_command id, uint64_t x0);

/* Is it ERROR_RTT, so that a host command reports where its walk of the tables ended? */
bool verdict_ends_walk(const struct verdict *verdict);

#endif
