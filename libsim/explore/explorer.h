/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explorer.h - an exploration: a program, its lanes, the schedule that is being run, and what is known of those before.
 *
 * A lane is a PE of the program: a coroutine and the place where it stands. At each point the lane that runs asks who goes on. If
 * it is itself, it simply returns; else it suspends its coroutine, and with it the guest that may be running inside, and
 * the loop at the bottom resumes another one.
 *
 * A schedule is told by where it leaves the default (struct preemption). Strategies only choose; that list is kept for all
 * of them alike, and is what is shrunk, printed and replayed.
 */
#ifndef EXPLORER_H
#define EXPLORER_H

#include "coroutine.h"
#include "point.h"
#include "seam.h"
#include "sim.h"
#include "stack_pool.h"
#include <rmmsim/explore.h>

enum {
        LANES_MAX = RMMSIM_EXPLORE_PES_MAX,
        HOLDS_MAX = 64,
        FOOTPRINT_MAX = 24,
        CHOICES_MAX = 1 << 16, /* of an exhaustive search; and preemptions of any schedule */
        ROUNDS_MAX = 16,       /* of nothing but spinning                                  */
        DEPTH_MAX = 8,
        ORDERED_MAX = 32, /* mutexes whose order is followed                          */
        CALLS_MAX = 4,
        OBSERVED_MAX = 1024,    /* by a lane                                          */
        ORDERED_CALLS_MAX = 64, /* of a lane, of a program that is linearizable       */
        ORDERS_DEFAULT = 4096,  /* schedules in search of an order, each time         */
        OUTCOMES_MAX = 1 << 12, /* that are known to be those of some order           */
        MEETINGS_MAX = 1 << 10
};

#define NOBODY (-1)

/* What a step touched. More than fits counts as everything. */
struct footprint {
        unsigned count;
        bool everything;
        uint64_t keys[FOOTPRINT_MAX]; /* and bit 63: written to */
};

enum lane_state {
        LANE_UNUSED,
        LANE_READY,
        LANE_WAITS_WORD, /* until a word has changed                              */
        LANE_WAITS_STEP, /* until another lane has done something                 */
        LANE_WAITS_MUTEX,
        LANE_WAITS_COND,
        LANE_RETURNED
};

struct rmmsim_explorer;

struct lane {
        struct rmmsim_explorer *explorer;
        unsigned pe;
        enum lane_state state;
        bool prepared; /* its coroutine exists */
        struct coroutine coroutine;
        struct seam seam;        /* of the PE's function                             */
        struct seam *seam_there; /* of what was running when the lane was left: a guest's, too */

        /* Where it stands. */
        enum rmmsim_step_kind kind;
        uint64_t key;
        const void *word;
        size_t word_size;
        uint64_t value; /* of the word; or how much had been done when it began to wait */
        struct rmmsim_mutex *mutex;
        struct rmmsim_cond *cond;
        uint64_t ticket;

        unsigned calls; /* SMCs that it is inside of: more than one where a guest acts as a host */
        uint32_t fids[CALLS_MAX];
        unsigned num_holds;
        bool holds_lost; /* more than there is room for */
        struct hold {
                uint64_t key;
                bool shared;
                uint8_t state; /* of a Granule, when it was locked */
        } holds[HOLDS_MAX];
};

struct preemption {
        uint64_t choice;
        unsigned pe;
};

/* One choice of a depth-first search, at which lanes of `tried` and `asleep` need not go on (again). */
struct node {
        uint8_t enabled;
        uint8_t asleep;
        uint8_t tried;
        uint8_t usual; /* the default */
        uint8_t chosen;
        uint8_t price; /* of all choices before this one */
        struct footprint steps[LANES_MAX];
};

struct search {
        struct node *nodes;
        size_t mapping_size;
        unsigned num_nodes; /* on the path to the schedule that is run */
        unsigned at;        /* of them, passed                         */
        unsigned bound;     /* on the price; UINT_MAX: none            */
        bool sleeps;        /* with sleep sets                         */
        uint8_t asleep;
        struct footprint steps[LANES_MAX]; /* of those asleep: what their next step touches */
        struct node *open;                 /* whose chosen lane is on its first step        */
};

/* What lanes learn in a schedule, and in which order their calls can have been. */
struct history {
        unsigned num_observed[LANES_MAX + 1]; /* and the program's check */
        uint64_t observed[LANES_MAX + 1][OBSERVED_MAX];
        uint8_t made[LANES_MAX]; /* calls begun, by lane    */
        uint8_t returned[LANES_MAX];
        struct call_made {
                uint64_t fid, x0;
                uint8_t before[LANES_MAX]; /* how many of each lane's calls had returned when this one began */
        } calls[LANES_MAX][ORDERED_CALLS_MAX];
        uint64_t state; /* at the end: rmmsim_state_hash() */
};

/* The search for an order of the calls, one at a time, that explains a history. */
struct serial {
        bool running;     /* schedules change lanes only between calls, and see the history again */
        bool overlapped;  /* the schedule has left a lane in the middle of a command              */
        bool overflowed;  /* there was no room for it                                             */
        bool differs;     /* from the history; the rest of the schedule is of no interest          */
        bool answers_met; /* some order has explained all but the state at the end                 */
        struct search search;
        struct history wanted;
        uint64_t outcomes[OUTCOMES_MAX];
};

typedef int choose_fn(struct rmmsim_explorer *x, unsigned enabled, unsigned usual);

struct rmmsim_explorer {
        struct exploration hooks; /* first */
        const struct rmmsim_program *program;
        const struct rmmsim_strategy *strategy;
        struct rmmsim_finding *finding;
        struct rmmsim *sim; /* of this schedule */
        struct stack_pool stacks;
        struct lane lanes[LANES_MAX];
        unsigned num_lanes;
        unsigned used; /* a bit for each lane */
        uint64_t steps_max;

        /* The schedule that is run. */
        uint64_t schedule; /* its number, different from that of any other exploration */
        unsigned current;
        int next;
        uint64_t choices;
        uint64_t steps;
        uint64_t done;   /* steps that were not just spinning */
        unsigned rounds; /* in which there were only such     */
        unsigned returns;
        bool pruned;
        bool recording;
        enum rmmsim_finding_kind found;
        char sentence[480];
        uint64_t num_taken;
        struct preemption *taken;
        struct footprint footprint; /* of the step that is under way */
        bool tracks;                /* footprints are wanted         */

        choose_fn *choose;
        uint64_t random;
        uint64_t priorities[LANES_MAX];
        uint64_t changes[DEPTH_MAX]; /* PCT: the choices at which a priority falls */
        uint64_t choices_seen;       /* most of any schedule                       */
        size_t bytes_used;
        uint64_t gap; /* BYTES: choices left until the next preemption; UINT64_MAX: none follows */
        struct preemption *planned;
        uint64_t num_planned;
        uint64_t at_planned;
        bool diverged;
        struct search search;     /* of the strategy, and of shrinking */
        struct search *searching; /* the one that schedules obey now   */

        struct history history; /* of this schedule, if the program is linearizable */
        struct serial serial;
        struct meeting {
                uint64_t schedule;
                uint64_t key;
                unsigned lane;
                unsigned command;
        } meetings[MEETINGS_MAX]; /* who was last at an object, by its key */

        const struct rmmsim_mutex *ordered[ORDERED_MAX];
        unsigned num_ordered;
        uint32_t locked_under[ORDERED_MAX]; /* by index: a bit for each mutex that was held meanwhile */
};

/* The exploration that this thread makes, in a PE's function or not. NULL: none. */
extern _Thread_local struct rmmsim_explorer *explorer_active;

/* Let a lane go on until it passes to another one. Selections are those of what runs. */
static inline void lane_resume(struct lane *lane)
{
        struct seam *outside = seam;

        seam = lane->seam_there;
        coroutine_resume(&lane->coroutine);
        lane->seam_there = seam;
        seam = outside;
}

/* ---- explore_run.c: one schedule ------------------------------------------------------------------------------------- */

/* Run one schedule as x->choose says. Afterwards x->found tells. */
void run_schedule(struct rmmsim_explorer *x);
/* The same, and whether it can be explained is not looked at. */
void run_alone(struct rmmsim_explorer *x);

/* The lane that runs comes to a point in host code. */
void run_point(struct rmmsim_explorer *x, enum rmmsim_step_kind kind, uint64_t key);
/* It cannot go on before its state says otherwise. */
void run_wait(struct rmmsim_explorer *x, enum lane_state state);
/* The schedule has failed; the first reason counts. */
__attribute__((format(printf, 3, 4))) void run_fail(struct rmmsim_explorer *x, enum rmmsim_finding_kind kind,
                                                    const char *format, ...);
void run_touch(struct rmmsim_explorer *x, uint64_t key, bool writes);

/* ---- explore_serial.c: is the outcome that of the calls one at a time? --------------------------------------------- */

void serial_begin(struct rmmsim_explorer *x); /* a schedule */
void serial_observe(struct rmmsim_explorer *x, unsigned lane, uint64_t value);
void serial_call(struct rmmsim_explorer *x, const struct lane *lane);
void serial_return(struct rmmsim_explorer *x, const struct lane *lane);
/* May this lane's call begin, by the order that calls had? */
bool serial_allows(const struct rmmsim_explorer *x, const struct lane *lane);
/* All have returned, and everything else was looked at. */
void serial_end(struct rmmsim_explorer *x);
/* The schedule has failed in nothing else: is there an order that explains it? Runs others. */
void serial_check(struct rmmsim_explorer *x);

/* ---- explore_pairs.c ------------------------------------------------------------------------------------------------- */

/* The lane has locked this: count the pair that it makes with who was there before. */
void pairs_count(struct rmmsim_explorer *x, const struct lane *lane, uint64_t key);

/* ---- explore_end.c: how a schedule ends --------------------------------------------------------------------------- */

/* Nobody can go on: say who waits for what. */
void end_deadlock(struct rmmsim_explorer *x);
/* Everything that is to be looked at when all have returned. */
void end_look(struct rmmsim_explorer *x);
/* Leave lanes where they stand: their locks are dropped, their stacks forgotten. */
void end_abandon(struct rmmsim_explorer *x);
void end_audit(struct rmmsim_explorer *x);

/* ---- explore_choose.c, explore_search.c: strategies --------------------------------------------------------------- */

uint64_t random_next(uint64_t *state);
unsigned next_enabled(unsigned enabled, unsigned after);
void choose_begin(struct rmmsim_explorer *x, uint64_t schedule);
choose_fn choose_replay;
choose_fn choose_search;

bool search_create(struct search *search);
void search_destroy(struct search *search);
/* The next path is the first. */
void search_forget(struct search *search);
void search_begin(struct search *search);
/* To the next path. Returns false when there is none. */
bool search_advance(struct search *search);
/* A step has ended that touched this. */
void search_step(struct search *search, unsigned lane, const struct footprint *footprint);

/* ---- explore_sync.c: mutexes and condition variables ---------------------------------------------------------------- */

/* The order in which mutexes were locked so far does not count any more. */
void order_forget(struct rmmsim_explorer *x);

/* ---- explore_order.c: the RMM's locks ----------------------------------------------------------------------------------- */

/* The lane has got a lock: do all that it holds come before? Returns the state that a Granule was locked for. */
unsigned order_check(struct rmmsim_explorer *x, const struct lane *lane, uint64_t key);

/* ---- explore_shrink.c, explore_line.c, explore_record.c ----------------------------------------------------------- */

/* x->found was found by what is in x->taken: shrink that, replay it, and fill the finding. */
void shrink(struct rmmsim_explorer *x);
void replay_taken(struct rmmsim_explorer *x);

/* Returns false if it does not fit; then `line` is empty. */
bool line_write(char *line, size_t size, unsigned num_pes, const struct preemption *list, uint64_t count);
/* Returns NULL, or a sentence that says what is wrong. */
const char *line_read(struct preemption *list, uint64_t *count, const char *line, unsigned num_pes);

/* What the lane does from its point on, or has just done. */
void record_step(struct rmmsim_explorer *x, const struct lane *lane);
/* The command of the host that the lane is inside of. */
enum rmmsim_command record_command(const struct lane *lane);
/* What is public of an object: its PA or number, 0 if there is none, all ones if it is of another instance. */
uint64_t record_object(const struct rmmsim_explorer *x, uint64_t key);
void record_name(char *text, size_t size, const struct rmmsim_explorer *x, uint64_t key);

#endif
