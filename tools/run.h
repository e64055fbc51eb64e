/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.h - carrying a script out, line by line.
 *
 *     run_tool.c      the sub-command `run`
 *     replay.c        the sub-command `replay`
 *     run.c           statement by statement
 *     run_settings.c  from settings to an instance
 *     run_lane.c      PEs that are inside RMI_REC_ENTER: each a thread, of which one at a time has the turn
 *     run_host.c      what PEs of the host do
 *     run_vcpu.c      what vCPUs do
 *     run_world.c     what the world outside does
 *     run_page.c      pages of the host
 *     run_answer.c    what came of an action: as text, and compared with what was expected
 *     run_edges.c     edges and faults that were told of
 *
 * Everything here is done by whoever has the turn: the program's own thread, or, inside an entry, that of its PE. So nothing is ever done
 * by two threads at once, and the order of the lines is the order of effects.
 */
#ifndef RUN_H
#define RUN_H

#include "script.h"
#include "script_arena.h"
#include <pthread.h>
#include <rmmsim/guest.h>

enum {
        RUN_GPRS = 31,
        RUN_SMC_REGISTERS = 18,
        RUN_COPY_MAX = 4096,
        RUN_SHOWN_DIFFERENCES = 20 /* of a replay; more are counted */
};

/* ---- what came of an action --------------------------------------------------------------------------------------------- */

struct outcome {
        enum script_answer_kind kind; /* STATUS: of `command`, whether or not x0 is one                           */
        const struct rmmsim_spec_command *command;
        uint64_t x[RUN_SMC_REGISTERS]; /* STATUS, NUMBERS. What was loaded is x[0]                               */
        uint32_t num_numbers;          /* NUMBERS: 18 or 1                                                       */
        const uint8_t *bytes;          /* BYTES                                                                 */
        uint32_t num_bytes;
        uint64_t esr;       /* EXCEPTION                                                                       */
        char condition[64]; /* "" if nothing refused it                                                        */
        char sentence[512]; /* why                                                                             */
};

/* ---- vCPUs -------------------------------------------------------------------------------------------------------------- */

struct lane;

/* By the address of its REC; what the runner itself knows of it. A snapshot covers all of it. */
struct vcpu {
        uint64_t rec;
        uint64_t rd;
        struct lane *lane; /* the PE that it is inside of; or NULL */
        const char *name;  /* as the script calls it               */
        char own_name[24]; /* until it does                        */

        /* Carried out, and not answered: the REC has exited in the middle. `answered`: now it is, and nobody has said so yet. */
        const struct script_statement *instruction;
        uint64_t round;
        bool answered;

        /* As the step function found it the last time. */
        uint64_t x[RUN_GPRS];
        int result;
        uint64_t esr;
        char condition[64];
        char sentence[512];

        uint64_t set[RUN_GPRS]; /* registers to be set before the next instruction */
        uint32_t sets;          /* bits                                            */
        uint8_t buffer[RUN_COPY_MAX];
};

/* ---- PEs inside RMI_REC_ENTER ------------------------------------------------------------------------------------------- */

enum lane_state {
        LANE_IDLE,  /* not in a call                                                                */
        LANE_WAITS, /* the vCPU waits for its next line                                             */
        LANE_AGAIN, /* the vCPU is about to carry out once more what an exit had interrupted        */
        LANE_EXITED /* the vCPU has exited, and RMI_REC_ENTER is about to return                    */
};

struct runner;

struct lane {
        struct runner *runner;
        unsigned pe;
        pthread_t thread;
        pthread_cond_t wake;
        enum lane_state state;
        bool ends; /* the thread, when it gets the turn next */

        /* The call. */
        struct rmmsim_regs in;
        struct rmmsim_regs regs;
        int error;
        bool admitted;
        const struct script_statement *statement;
        struct vcpu *vcpu;
        enum rmmsim_exit_reason reason;

        struct rmmsim_trap next; /* what the vCPU does when it gets the turn */
};

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

struct run_options {
        bool quiet;         /* no transcript                           */
        bool edges;         /* the transcript has edges                */
        bool strict;        /* a replay: nothing may be missing */
        const char *record; /* a trace is written; or NULL     */
};

struct runner {
        const struct script *script;
        struct run_options options;
        struct rmmsim *sim;
        struct arena *arena;

        /* The action. */
        const struct script_statement *statement;
        uint64_t round;
        bool failed; /* an error of the script: nothing more is carried out */
        uint64_t num_differences;
        uint64_t num_actions;
        char misuse[320]; /* what the library says of its use; "": nothing */

        struct lane **lanes; /* by PE, NULL where there never was one */
        struct table vcpus;  /* by REC                                */
        bool has_snapshot;
        struct vcpu *kept; /* vCPUs, as the snapshot has them      */
        size_t num_kept;
        size_t kept_room;

        struct rmmsim_event *events; /* since run_events_begin() */
        size_t num_events;
        size_t num_printed; /* of them */
        size_t events_room;

        pthread_mutex_t lock;
        pthread_cond_t wake;
        struct lane *turn; /* NULL: the program's own thread */
};

/* Returns the exit status of the program. */
int run_script(const struct script *script, const struct run_options *options);

/* An error of the script, at a place or at the statement under way. Always false. */
__attribute__((format(printf, 3, 4))) bool run_error_at(struct runner *runner, struct script_place at,
                                                        const char *format, ...);
#define run_error(runner, ...) run_error_at(runner, (runner)->statement->at, __VA_ARGS__)

/* Something is not as expected. */
__attribute__((format(printf, 3, 4))) void run_differs(struct runner *runner, struct script_place at,
                                                       const char *format, ...);

/* What the library answers to a call: 0, or an error of the script. */
bool run_was_ok(struct runner *runner, int error);

static inline uint64_t run_number(const struct runner *runner, const struct script_value *value)
{
        return script_number(value, runner->round);
}

/* ---- the transcript ----------------------------------------------------------------------------------------------------- */

/* The action under way, with its answer; a difference from what was expected is told. */
void run_answered(struct runner *runner, const struct script_answer *answer, const struct outcome *outcome);

/* The same, with a text of its own in place of the statement's. */
void run_answered_as(struct runner *runner, const char *text, const struct script_answer *answer,
                     const struct outcome *outcome);

/* A line that is not in the script, with what came of it: "pe0: exits". */
void run_own_line(struct runner *runner, const char *text, const struct outcome *outcome);
__attribute__((format(printf, 2, 3))) void run_print(struct runner *runner, const char *format, ...);
void run_print_statement(struct runner *runner);

/* Text of an outcome, as it stands behind `=>`; a text of `size` bytes, cut if it is longer. */
void run_outcome_text(char *to, size_t size, const struct outcome *outcome);

/* ---- edges -------------------------------------------------------------------------------------------------------------- */

void run_note_event(struct runner *runner, const struct rmmsim_event *event);
void run_events_begin(struct runner *runner);

/* Those since the beginning, printed if that is asked for. */
void run_events_print(struct runner *runner);
void run_events_compare(struct runner *runner);

/* ---- settings ----------------------------------------------------------------------------------------------------------- */

bool run_create(struct runner *runner);

/* False if the trace could not be written, after it was said. */
bool run_destroy(struct runner *runner);

/* ---- lanes -------------------------------------------------------------------------------------------------------------- */

/* The PE makes a call on a thread of its own. Returns when it has, or is somewhere inside RMI_REC_ENTER. */
bool lane_call(struct runner *runner, const struct script_statement *statement, unsigned pe,
               const struct rmmsim_regs *regs);

/* Let it go on, from a vCPU's line or to the end of the call. */
void lane_go_on(struct lane *lane);
struct lane *lane_of(const struct runner *runner, uint64_t pe);

/* The vCPU does something: it waits for its next line then, or has exited. */
void lane_instruct(struct lane *lane, const struct rmmsim_trap *trap);
void lane_on_event(struct runner *runner, const struct rmmsim_event *event);

/* All threads end. Where a vCPU is inside, an interrupt takes it out. */
void lanes_end(struct runner *runner);

/* ---- actors ------------------------------------------------------------------------------------------------------------- */

bool run_host(struct runner *runner);
bool run_vcpu(struct runner *runner);
bool run_world(struct runner *runner);
bool run_page(struct runner *runner);

/* A word of a page that the host can read now. */
bool run_host_word(const struct runner *runner, uint64_t *word, uint64_t pa);
const void *run_host_bytes(const struct runner *runner, uint64_t pa, size_t size);

/* Is nobody inside RMI_REC_ENTER? Those that have exited return now. */
bool run_all_outside(struct runner *runner, const char *what);

/* RMI_REC_ENTER returns: its line is in the script, or not (then NULL). */
void run_return(struct runner *runner, struct lane *lane, const struct script_statement *statement);

/* At the end of a script: who is still inside is sent an interrupt. */
void run_out(struct runner *runner);

struct vcpu *run_vcpu_at(struct runner *runner, uint64_t rec);
/* What waits to be carried out once more is, and what waits to be said is: lines that are not in the script. */
bool run_vcpu_catch_up(struct runner *runner, struct vcpu *vcpu);
void run_bind(struct runner *runner, uint64_t rd, uint64_t ipa);
void run_vcpus_keep(struct runner *runner);
void run_vcpus_restore(struct runner *runner);
void run_step(struct rmmsim_vcpu *running, void *arg, int result, struct rmmsim_trap *next);

#endif
