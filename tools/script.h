/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script.h - a script or trace, read: statements, actors, expressions, answers and edges, each with its line and column.
 *
 * docs/scripts.md describes the format. Reading checks all that can be known without carrying anything out: the words, the names
 * of commands, arguments, fields and states, and the order of settings and actions. What is here is read-only and belongs to the
 * script: one script_free() takes all of it. Strings end with a zero byte. Pointers may be NULL only where it is said.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <rmmsim/spec.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Both count from 1; columns are bytes. */
struct script_place {
        uint32_t line;
        uint32_t column;
};

/* A number as it was written. It may depend on the name that a `for` counts with; all other names have been replaced. */
struct script_expression;
struct script_value {
        struct script_place at;
        const char *text;                     /* "granule+i*4K"                              */
        const struct script_expression *tree; /* NULL: it is the same in all rounds          */
        uint64_t number;                      /* what it is then                             */
};

/* What it is in the round in which the name of the `for` stands for `round`. Where there is no `for`, any number will do. */
uint64_t script_number(const struct script_value *value, uint64_t round);

/* What a `pe0:` or `vcpu0:` stands before, or nothing does. */
enum script_actor {
        SCRIPT_WORLD,
        SCRIPT_PE,
        SCRIPT_VCPU
};

enum script_verb {
        /* Settings. */
        SCRIPT_PES,
        SCRIPT_PROFILE,
        SCRIPT_QUIRK,
        SCRIPT_FEATURE,
        SCRIPT_DRAM,
        SCRIPT_DEVICE,
        SCRIPT_SEED,
        SCRIPT_TOKEN_COMPONENTS,
        SCRIPT_GUEST_QUANTUM,
        SCRIPT_LET, /* no action either, but may stand anywhere */
        SCRIPT_LAST_SETTING = SCRIPT_LET,
        /* Of a host's PE, and of a vCPU. */
        SCRIPT_COMMAND,
        SCRIPT_SMC,
        SCRIPT_EXITS, /* of a PE: the RMI_REC_ENTER it is in has returned */
        /* Of a vCPU. */
        SCRIPT_HVC,
        SCRIPT_UNDEFINED, /* what no CPU has as an instruction */
        SCRIPT_NOP,
        SCRIPT_WFI,
        SCRIPT_WFE,
        SCRIPT_WFIT,
        SCRIPT_WFET,
        SCRIPT_MRS,
        SCRIPT_MSR,
        SCRIPT_LOAD,
        SCRIPT_STORE,
        SCRIPT_READ,
        SCRIPT_WRITE,
        SCRIPT_FETCH,
        SCRIPT_SET,
        SCRIPT_AGAIN,  /* the instruction that an exit had interrupted is carried out now   */
        SCRIPT_ANSWER, /* `vcpu0: => ...`: the answer to an instruction that an exit was in */
        /* Of the world outside. */
        SCRIPT_PAGE,
        SCRIPT_FILL,
        SCRIPT_IRQ,
        SCRIPT_FIQ,
        SCRIPT_SERROR,
        SCRIPT_TIME,
        SCRIPT_GPT,
        SCRIPT_SNAPSHOT,
        SCRIPT_RESTORE,
        SCRIPT_INJECT,
        SCRIPT_INJECT_REMOVE, /* `values`: the id */
        SCRIPT_INJECT_CLEAR,
        SCRIPT_AUDIT,
        SCRIPT_SHOW,
        SCRIPT_EXPECT,
        SCRIPT_USED, /* traces: the instance had been used before recording began */
        SCRIPT_NUM_VERBS
};

/* NAME=VALUE. */
struct script_field {
        struct script_place at;
        const char *name;
        /* Where it goes. Of a command: `offset` is the register. Of a page, a feature, a fault: place and size in the structure. */
        struct rmmsim_spec_field where;
        struct script_value value; /* unless `bytes`                    */
        const uint8_t *bytes;      /* an array of bytes; or NULL        */
        uint32_t num_bytes;
};

/* OFFSET=VALUE: a 64-bit word of a page. */
struct script_store {
        struct script_value offset;
        struct script_value value;
};

/* After `=>`. */
enum script_answer_kind {
        SCRIPT_NO_ANSWER,
        SCRIPT_STATUS,    /* a status by its name, with index, condition and outputs, as far as they were written */
        SCRIPT_NUMBERS,   /* `values`: registers from x0 on, or what was loaded                                   */
        SCRIPT_BYTES,     /* `bytes`: what was read                                                              */
        SCRIPT_DONE,      /* carried out without an exit and without an exception                                */
        SCRIPT_ENTERED,   /* RMI_REC_ENTER was admitted                                                         */
        SCRIPT_EXITED,    /* the REC has exited                                                                 */
        SCRIPT_EXCEPTION, /* an exception to EL1; `values` holds its ESR, if that was written                   */
        SCRIPT_NUM_ANSWER_KINDS
};
struct script_answer {
        enum script_answer_kind kind;
        struct script_place at; /* of its first word */
        const char *text;       /* all of it         */
        const char *status;     /* "ERROR_RTT"       */
        int64_t status_value;   /* as in the rows    */
        const char *condition;  /* "rtt_walk"; or NULL */
        bool has_index;
        struct script_value index;
        const struct script_field *outputs;
        const struct script_value *values;
        const uint8_t *bytes;
        uint32_t num_outputs;
        uint32_t num_values;
        uint32_t num_bytes;
};

/* A line that begins with `|`. */
enum script_edge_kind {
        SCRIPT_EDGE,       /* an object goes from a state to another */
        SCRIPT_EDGE_FAULT, /* an injected fault acts                */
        SCRIPT_EDGE_STATE  /* after `used`: an object is in a state */
};
struct script_edge {
        enum script_edge_kind kind;
        struct script_place at;
        const struct rmmsim_spec_object *object; /* NULL: a fault                                     */
        struct script_value address;             /* of the object; the id of a fault                   */
        struct script_value rd;                  /* of an RTT entry, where `text` is not NULL          */
        struct script_value level;               /* likewise                                           */
        struct script_value value;               /* of a fault                                         */
        unsigned from; /* states of the object; FAULT: an enum rmmsim_fault_kind; STATE: the state in both   */
        unsigned to;
};

/* `for NAME in FIRST..LAST`, both included. */
struct script_loop {
        const char *name; /* NULL: there is none */
        struct script_place at;
        uint64_t first;
        uint64_t last;
};

/* The words of an action, cut where a number depends on the name of its `for`: the text, then that number, or NULL at the end. */
struct script_piece {
        const char *text;
        const struct script_value *value;
};

enum {
        SCRIPT_SIGNED = 1, /* load: the sign is extended                */
        SCRIPT_W = 2,      /* load: the destination has 32 bits         */
        SCRIPT_NOISV = 4   /* load, store: without a valid syndrome     */
};

struct script_statement {
        enum script_verb verb;
        enum script_actor actor;
        struct script_place at; /* of its first word                                                         */
        uint64_t who;           /* the number of the PE, or the address of the REC                            */
        const char *actor_text; /* "vcpu0", as written; NULL: SCRIPT_WORLD                                    */
        const struct script_piece *pieces; /* the statement without `for` and answer; at least one            */
        uint32_t num_pieces;

        const struct rmmsim_spec_command *command;     /* COMMAND                                             */
        const struct rmmsim_spec_structure *structure; /* PAGE: may be NULL; EXITS: that of the exit half     */
        /* PROFILE, QUIRK, GPT, EXPECT (the state), SHOW and EXPECT (of what: `what`), EXITS (may be NULL: any), INJECT (the kind). */
        const char *name;
        int64_t name_value; /* what the rows say it stands for                                                */
        const char *what;   /* SHOW, EXPECT: "granule", ...; LET: the name; else NULL                          */

        /* What is written in a row: SMC x0, x1, ...; LOAD ipa size; STORE ipa size, then value if there is one; MSR likewise; ... */
        const struct script_value *values;
        const struct script_field *fields;
        const struct script_store *words; /* PAGE, FILL                                                       */
        const uint8_t *bytes;             /* WRITE                                                            */
        uint32_t num_values;
        uint32_t num_fields;
        uint32_t num_words;
        uint32_t num_bytes;
        uint32_t sysreg;           /* MRS, MSR                                                                   */
        uint32_t rt;               /* LOAD, STORE, MRS, MSR: 0..31; 31 is the zero register                       */
        uint32_t flags;            /* LOAD, STORE: SCRIPT_SIGNED, ...                                            */
        const uint32_t *registers; /* SET: which; their values are `values`                                   */

        struct script_loop loop;
        struct script_answer answer;
        /* ANSWER and AGAIN: the instruction that it belongs to, the last line of this vCPU that is one; NULL: there is none. */
        const struct script_statement *instruction;
        const struct script_edge *edges; /* num_edges of them                                                  */
        uint32_t num_edges;
};

struct arena;
struct script {
        const char *path; /* as given */
        bool is_trace;
        uint32_t num_statements;
        const struct script_statement *const *statements; /* settings too           */
        unsigned num_pes;                                 /* by `pes`, or 1         */
        bool used;                                        /* there is a line `used` */
        struct arena *arena;                              /* where all of it is     */
};

/*
 * Read a file ("-": standard input), or text in memory. Returns NULL if there are mistakes: the first of them (and one a line at most) have then
 * been written to `complaints`, as FILE:LINE:COLUMN: and a sentence. So has the reason if the file cannot be read, with neither line nor column.
 */
struct script *script_read(const char *path, FILE *complaints);
struct script *script_parse(const char *path, const char *text, size_t size, FILE *complaints);
void script_free(struct script *script);

/* The word that a statement of this kind begins with, "rmi_..." left aside: "page", "load"; "command" for SCRIPT_COMMAND. */
const char *script_verb_name(enum script_verb verb);

/* The member of a list of names that is most like a word, or NULL if none is. `name` returns NULL at the end of the list. */
typedef const char *script_name_fn(const void *context, uint32_t index);
const char *script_nearest(const char *word, script_name_fn *name, const void *context);

#endif
