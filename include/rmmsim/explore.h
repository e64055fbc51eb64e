/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore.h - run a program of several PEs under schedules that are chosen, not left to chance, and find the one that breaks it.
 *
 * A program is up to eight functions, one a PE, that call the library as they always do, together with the guests of the
 * RECs that they enter. All of them run on the calling thread, each on a stack of its own. At certain places - before a lock
 * is taken and after it is dropped, at the boundaries of SMCs and REC entries, where the RMM reads a page of the host, at
 * each trap of a guest - the one that runs can be left and another goes on. Which one, a strategy decides. What is found
 * is shrunk, and comes with one line of text that replays it.
 *
 *     static void vcpu(struct rmmsim *sim, unsigned pe, void *arg) { ... rmmsim_smc(sim, pe, &regs); ... }
 *
 *     struct rmmsim_program program = { .sim = sim, .pes = { vcpu, vcpu }, .check = check };
 *     struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_PCT, .seed = 1 };
 *     static struct rmmsim_finding finding;
 *
 *     if (rmmsim_explore(&program, &strategy, &finding) == 0 && finding.kind != RMMSIM_FOUND_NOTHING) {
 *             rmmsim_finding_print(&finding, stdout);
 *     }
 *
 * Points. A PE stops at: its start; each rmmsim_smc(), before and after; each lock of a Granule and of a VMID, before it is
 * taken and after it was dropped; each read of a page that the host shares; each REC entry and exit; each trap of a guest;
 * rmmsim_irq_raise() and its like; rmmsim_time_advance(); rmmsim_yield(); each operation on a simulated mutex or condition
 * variable. What lies between two points happens at once. Where only one PE can go on there is nothing to choose.
 *
 * Rules for the functions of a program, and for guests:
 *   - The same schedule must lead to the same points: no threads, no real time, no random numbers of their own, and variables
 *     that outlive a schedule are put back by `setup`.
 *   - To wait, use rmmsim_mutex, rmmsim_cond, or a loop around rmmsim_spin(). A lock of the system would wait for ever.
 *   - A schedule that fails, or that is not worth finishing, is left where it stands, as guests are whose REC is destroyed: a
 *     function should not own heap memory or files across a point.
 *   - rmmsim_create(), rmmsim_destroy(), rmmsim_snapshot(), rmmsim_restore() and rmmsim_explore() belong into `setup` and
 *     `teardown`, not into a PE's function.
 *   - A point counts as a memory barrier: races that only a weak memory order shows are for ThreadSanitizer and real threads.
 */
#ifndef RMMSIM_EXPLORE_H
#define RMMSIM_EXPLORE_H

#include <rmmsim/rmmsim.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- programs ----------------------------------------------------------------------------------------------------- */

enum {
        RMMSIM_EXPLORE_PES_MAX = 8,
        RMMSIM_EXPLORE_PAIRS = 4096
};

/* One PE. `pe` is its place in the program: use it as the PE of the instance, too. */
typedef void rmmsim_pe_fn(struct rmmsim *sim, unsigned pe, void *arg);

struct rmmsim_program {
        /*
         * The instance, ready to run: the explorer takes its snapshot (in place of an earlier one) and goes back to it before each
         * schedule and at the end. NULL: `setup` makes an instance for each schedule, or there is none and only host code runs.
         */
        struct rmmsim *sim;

        rmmsim_pe_fn *pes[RMMSIM_EXPLORE_PES_MAX]; /* NULL: that PE is not used */
        void *arg;                                 /* handed to all functions of the program */

        /*
         * Before each schedule: put the program's own variables back. Returns the instance that the PEs get; normally the one it
         * is given, which is `sim` as it was at its snapshot. NULL: there is nothing to put back.
         */
        struct rmmsim *(*setup)(struct rmmsim *sim, void *arg);

        /* When all PEs have returned: look at the outcome, and call rmmsim_explore_fail() if it is wrong. May be NULL. */
        void (*check)(struct rmmsim *sim, void *arg);

        /* After each schedule, however it ended; destroys what setup made. PEs are in no call any more. May be NULL. */
        void (*teardown)(struct rmmsim *sim, void *arg);

        /*
         * Audit the instance at every n-th return of an SMC at which no other PE is inside one, and at the end. An audit looks
         * at everything, so it cannot be made while somebody changes something. 0: never.
         */
        unsigned audit_period;

        bool granules_return; /* at the end every Granule must be UNDELEGATED again: those that are not are named */

        /*
         * Locks that are taken out of order are a finding, even if no schedule was met that deadlocks. Of simulated mutexes it
         * is two that are locked in either order. The RMM's own locks have one order: pages of the host, RECs, RDs, the VMID,
         * DELEGATED Granules, each by rising address; other Granules are not locked together with any.
         */
        bool lock_order;

        /*
         * Commands are atomic, so what calls are answered, and the state at the end, must be those of the same calls one at a
         * time, in some order in which a call that had returned before another was made comes first. Whenever a schedule has left a
         * PE in the middle of a command, look for such an order, by running it. A REC entry counts as three things that happen: the
         * entry, what the guest does from trap to trap, and the exit. What else your code learns goes to rmmsim_observe(). At most 64
         * calls a PE, and 1,024 things that it learns: each answer and each trap of a guest is one.
         */
        bool linearizable;

        /*
         * For a fuzzer: RMMSIM_EXPLORE_PAIRS counters of which commands meet at the same object, one after the other, on
         * different PEs. Counted up to 255; clear them when you like. NULL: not counted.
         */
        uint8_t *pairs;

        /*
         * PEs and guests share nothing but the instance, simulated mutexes and condition variables, and what they announce by
         * rmmsim_touch(). Lets RMMSIM_STRATEGY_EXHAUSTIVE leave out more; otherwise any two pieces of host or guest code may touch
         * the same variable.
         */
        bool announced;

        size_t stack_size; /* of each PE, at least 65536 bytes [262144] */
};

/* ---- strategies --------------------------------------------------------------------------------------------------- */

/*
 * Schedules are told apart by where they leave the default: the PE that runs goes on as long as it can; if it cannot, the next
 * one in the order 0, 1, ..., 7, 0 that can. So a schedule is a list of preemptions, and what is not in the list is the
 * default. Choices are counted from 0: those points at which more than one PE can go on.
 */
enum rmmsim_strategy_kind {
        /*
         * All of them, depth first; of several that differ only in the order of steps that do not touch the same object, one
         * (sleep sets). Ends by itself, and `complete` tells.
         */
        RMMSIM_STRATEGY_EXHAUSTIVE,

        /*
         * All that leave the default at a price of at most `depth` [2]: to go on with the k-th next PE in place of the
         * default costs k. Delay-bounded search.
         */
        RMMSIM_STRATEGY_DELAY,

        RMMSIM_STRATEGY_RANDOM, /* at each choice any PE, with equal chances; from `seed` */

        /*
         * Random priorities that change depth - 1 times: probabilistic concurrency testing. One schedule finds a bug that needs
         * `depth` [3] ordering constraints with a chance of at least 1 / (n * k^(depth - 1)) with n PEs and k choices.
         */
        RMMSIM_STRATEGY_PCT,

        RMMSIM_STRATEGY_POS,    /* random priorities, drawn again for each step and for those that race with it */
        RMMSIM_STRATEGY_REPLAY, /* one schedule: that of `line` */

        /*
         * One schedule, from the input of a fuzzer: again and again a gap, as a number in LEB128 (seven bits a byte, the
         * lowest first, bit 7 set in all but the last), and a byte. That many choices are left to the default; at the
         * next, the byte selects one of the others. An input that is used up leaves all to the default, so changing one byte moves
         * one preemption.
         */
        RMMSIM_STRATEGY_BYTES,
        RMMSIM_NUM_STRATEGIES
};

/* Zero means the default in brackets. */
struct rmmsim_strategy {
        enum rmmsim_strategy_kind kind;
        uint64_t seed;
        unsigned depth;         /* of PCT and DELAY, 1..8 */
        bool no_sleep_sets;     /* of EXHAUSTIVE: every single interleaving */
        bool no_shrink;         /* report what was found as it was found */
        const char *line;       /* of REPLAY */
        const uint8_t *bytes;   /* of BYTES */
        size_t num_bytes;       /* may be 0 */
        uint64_t schedules_max; /* stop after so many, given up or not [10,000 of the random ones; others: no limit] */
        uint64_t steps_max;     /* a schedule that takes more steps is a livelock [100,000] */
        uint64_t
                orders_max; /* schedules run to explain one that is to be linearizable; more leave it undecided [4096] */
};

/* ---- findings ----------------------------------------------------------------------------------------------------- */

enum rmmsim_finding_kind {
        RMMSIM_FOUND_NOTHING,
        RMMSIM_FOUND_FAILURE,          /* rmmsim_explore_fail() was called */
        RMMSIM_FOUND_DEADLOCK,         /* PEs wait for one another, or for what nobody will do */
        RMMSIM_FOUND_LIVELOCK,         /* PEs only spin, or a schedule did not come to an end */
        RMMSIM_FOUND_AUDIT,            /* an invariant of the instance does not hold */
        RMMSIM_FOUND_LOST_GRANULES,    /* Granules have not come back */
        RMMSIM_FOUND_NOT_LINEARIZABLE, /* answers or the state are those of no order of the calls */
        RMMSIM_FOUND_LOCK_ORDER,       /* mutexes are locked in either order, or the RMM's locks not in theirs */
        RMMSIM_FOUND_MISUSE,           /* a simulated mutex or condition variable was used wrongly */
        RMMSIM_NUM_FINDINGS
};

/* What a PE did when it went on from a point, or had just done when it came to one. */
enum rmmsim_step_kind {
        RMMSIM_STEP_START,
        RMMSIM_STEP_SMC, /* of the host */
        RMMSIM_STEP_SMC_RETURN,
        RMMSIM_STEP_LOCK,        /* of a Granule or a VMID, alone */
        RMMSIM_STEP_LOCK_SHARED, /* of a Granule, together with other readers */
        RMMSIM_STEP_UNLOCK,
        RMMSIM_STEP_READ_PAGE, /* that the host shares */
        RMMSIM_STEP_REC_ENTRY,
        RMMSIM_STEP_REC_EXIT,
        RMMSIM_STEP_TRAP,  /* of a guest */
        RMMSIM_STEP_RAISE, /* an interrupt */
        RMMSIM_STEP_TIME,
        RMMSIM_STEP_YIELD,
        RMMSIM_STEP_SPIN,
        RMMSIM_STEP_MUTEX_LOCK,
        RMMSIM_STEP_MUTEX_UNLOCK,
        RMMSIM_STEP_COND_WAIT,
        RMMSIM_STEP_COND_SIGNAL,
        RMMSIM_STEP_END,
        RMMSIM_NUM_STEP_KINDS
};

struct rmmsim_step {
        unsigned pe;
        enum rmmsim_step_kind kind;
        bool preempts;               /* the PE goes on in place of the default */
        uint64_t choice;             /* with that: which one */
        enum rmmsim_command command; /* of the host, that the step belongs to; RMMSIM_COMMAND_NONE outside one */
        uint64_t object;             /* PA of a Granule, a VMID, the address of a mutex; 0: none */
        char text[56];               /* "lock DELEGATED 0x80001000" */
};

enum {
        RMMSIM_FINDING_STEPS_MAX = 512
};

/* What an exploration found out. Some 50 KiB: not for every stack. */
struct rmmsim_finding {
        enum rmmsim_finding_kind kind;
        char sentence[480]; /* what went wrong; after an error of rmmsim_explore(): what is wrong with its arguments */
        char replay[4096];  /* the line for RMMSIM_STRATEGY_REPLAY; of the last schedule if nothing was found */
                            /* ("" if it does not fit) */
        bool replays;       /* it was replayed, and failed in the same way */
        bool complete;      /* EXHAUSTIVE, DELAY: there is no further schedule */
        bool diverged;      /* REPLAY: the line names choices that this program does not have */
        uint64_t schedules; /* run to their end or to the failure, that one included; without shrinking */
        uint64_t pruned;    /* EXHAUSTIVE: given up, as they repeat others in another order */
        uint64_t choices;   /* of the last schedule */
        uint64_t shrinking; /* schedules run to shrink */
        uint64_t serial;    /* schedules run in search of an order of the calls */
        uint64_t undecided; /* schedules for which that search was given up, after orders_max */
        unsigned num_pes;
        unsigned num_preemptions; /* of the schedule found */
        uint64_t steps_left_out;  /* the first so many steps are not in the list */
        unsigned num_steps;
        struct rmmsim_step steps[RMMSIM_FINDING_STEPS_MAX]; /* of the schedule found; with REPLAY of any */
};

/*
 * Run a program under a strategy until something is found, the strategy has no more schedules or its limits are reached.
 *
 * A failure is shrunk (fewer preemptions, then earlier ones) and replayed once more. Returns 0 and fills *finding, whose `kind` says
 * whether anything was found; or a negative code, and then `sentence` says what to do:
 *   RMMSIM_ERROR_CONFIG  a NULL pointer, a number out of range, a replay line that is none or for another number of PEs, a program
 *                        with more choices than an exhaustive search can keep (65,536 a schedule)
 *   RMMSIM_ERROR_STATE   no snapshot can be taken, see rmmsim_snapshot(): let `setup` make the instance; or an exploration is
 *                        under way on this thread
 *   RMMSIM_ERROR_MEMORY  the system gave no memory for stacks
 *   RMMSIM_ERROR_MISUSE  a PE of the instance is inside a call
 *
 * Any thread; different threads may explore different instances at once.
 *
 * The line: "rmmsim-explore:1 pes=2 p=12>1,30>0", where 1 is the version of the format, pes the number of PEs up to the last one used,
 * and each 12>1 a preemption: at choice 12 PE 1 goes on. Without preemptions "p=" ends the line. Lines are good for the program and
 * the version of the library that they were made with.
 */
int rmmsim_explore(const struct rmmsim_program *program, const struct rmmsim_strategy *strategy,
                   struct rmmsim_finding *finding);

/*
 * The same for many short explorations of one program, as a fuzzer makes them: what rmmsim_explore() reserves at its begin
 * is reserved once, and the snapshot is taken once.
 *
 * rmmsim_explorer_create() takes the snapshot of program->sim. The program stays the caller's, and is looked at again by each
 * rmmsim_explorer_run(): its PEs, callbacks and flags may change between runs, `sim` and `stack_size` may not. Nobody else takes a
 * snapshot of the instance meanwhile. Returns NULL and fills *error (unless NULL) with RMMSIM_ERROR_CONFIG, _STATE, _MEMORY or
 * _MISUSE, as rmmsim_explore() does.
 *
 * rmmsim_explorer_run() explores, with the results and errors of rmmsim_explore(). An explorer belongs to one thread at a time,
 * and not to a PE's function. rmmsim_explorer_destroy() ends it; NULL is ignored.
 */
struct rmmsim_explorer;
struct rmmsim_explorer *rmmsim_explorer_create(const struct rmmsim_program *program, struct rmmsim_error *error);
int rmmsim_explorer_run(struct rmmsim_explorer *explorer, const struct rmmsim_strategy *strategy,
                        struct rmmsim_finding *finding);
void rmmsim_explorer_destroy(struct rmmsim_explorer *explorer);

/* The finding for a reader: the sentence, the line, and the steps in a lane for each PE. Returns 0 or RMMSIM_ERROR_CONFIG. */
int rmmsim_finding_print(const struct rmmsim_finding *finding, FILE *to);

/* The steps as a sequence diagram in Mermaid's language. Returns 0 or RMMSIM_ERROR_CONFIG. */
int rmmsim_finding_mermaid(const struct rmmsim_finding *finding, FILE *to);

/*
 * The same as a drawing in SVG that a browser shows as it is: a lane for each PE, for its guest, and for the RMM; each object
 * with a number of its own. The same finding gives the same bytes. Returns 0 or RMMSIM_ERROR_CONFIG.
 */
int rmmsim_finding_svg(const struct rmmsim_finding *finding, FILE *to);

/* "deadlock", "livelock", ...; NULL for a number that is none. */
const char *rmmsim_finding_name(unsigned kind);

/* ---- inside a program --------------------------------------------------------------------------------------------- */

/*
 * The schedule has failed, and this is why, as printf() says it; the first reason counts. From a PE, a guest or `check`. Returns, and
 * the schedule ends when the PE comes to its next point. Outside an exploration: printed to stderr, then abort().
 */
__attribute__((format(printf, 1, 2))) void rmmsim_explore_fail(const char *format, ...);

/* Does the caller run as a PE of an exploration? */
bool rmmsim_explored(void);

/* A point in the caller's own code, by name if it has one (a string that stays). Outside an exploration: nothing. */
void rmmsim_yield(void);
void rmmsim_yield_at(const char *label);

/*
 * For the body of a loop that waits until somebody else has done something: the PE goes on after another one has. When all
 * that is left are PEs that spin, it is a livelock. Outside an exploration: nothing.
 */
void rmmsim_spin(void);

/* The code up to the next point reads or writes this. For programs that are `announced`; otherwise nothing. */
void rmmsim_touch(const void *object, bool writes);

/*
 * For programs that are `linearizable`: this, too, is something that the PE has learnt, and belongs to the outcome of the schedule.
 * Answers of SMCs, the host's and the guests', do by themselves. From a PE, a guest or `check`; otherwise nothing.
 */
void rmmsim_observe(uint64_t value);

/*
 * Locks for host code under exploration, where those of the system would stop all PEs. Start them as all zero, with a name if
 * the diagram should have one. At the begin of each schedule they are unlocked, and nobody waits.
 *
 * To unlock or wait with a mutex that the PE does not hold, or to lock one that it holds, ends the schedule with
 * RMMSIM_FOUND_MISUSE. Outside an exploration, in `setup`, `check` and `teardown` too, to use them is a misuse of the library: a sentence on
 * stderr, then abort(). (rmmsim_explored() tells, for code that is to run in both ways.)
 */
struct rmmsim_mutex {
        const char *name;
        /* The library's. */
        struct {
                uint64_t schedule;
                unsigned holder; /* PE + 1; 0: nobody */
                unsigned index;
        } state;
};

struct rmmsim_cond {
        const char *name;
        /* The library's. */
        struct {
                uint64_t schedule;
                uint64_t waits;   /* how often somebody began to wait */
                uint64_t reached; /* those before it may be woken */
                unsigned waiting;
                unsigned wakes; /* how many of them */
        } state;
};

void rmmsim_mutex_lock(struct rmmsim_mutex *mutex);
bool rmmsim_mutex_trylock(struct rmmsim_mutex *mutex);
void rmmsim_mutex_unlock(struct rmmsim_mutex *mutex);

/*
 * Unlock the mutex, wait until woken, lock it again. There are no spurious wake-ups. Of several that wait, a signal wakes one, and
 * which one is up to the schedule.
 */
void rmmsim_cond_wait(struct rmmsim_cond *cond, struct rmmsim_mutex *mutex);
void rmmsim_cond_signal(struct rmmsim_cond *cond);
void rmmsim_cond_broadcast(struct rmmsim_cond *cond);

#ifdef __cplusplus
}
#endif

#endif
