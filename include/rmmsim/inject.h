/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inject.h - trouble on demand: a status, an exit, a page that faults, at the n-th opportunity; and a sweep through all of them.
 *
 * An RMM refuses a host that makes no mistakes almost never, so a host's error branches are seldom run. A fault makes them
 * run: it names a kind of trouble, where it may strike, and when.
 *
 *     struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .fid = RMMSIM_RMI_RTT_CREATE, .nth = 2,
 *                                   .x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, 2) };
 *     int id = rmmsim_inject(sim, &fault, &error);
 *
 * A fault counts its opportunities: the calls, or the like, in which it could act. It acts at those that its trigger selects,
 * by their number alone. So the same calls meet the same faults. With several PEs at once an opportunity has the number of its
 * turn; a fault of one PE does not depend on the others, and in an exploration (explore.h) the schedule decides.
 *
 * Each time a fault acts the trace gets an RMMSIM_EVENT_FAULT, before the event of the command. rmmsim_why() of a call that an
 * injected fault made fail names the fault; so does rmmsim_guest_why() of a guest's call.
 *
 * Snapshots: which faults there are is the test's business, and rmmsim_restore() neither adds nor removes any. What they have
 * counted goes back: to what it was at rmmsim_snapshot(), or to zero where the fault was injected later. So a test that is
 * run again from a snapshot meets the same faults again. A fork (rmmsim_fork()) has no faults.
 *
 * Threads: faults are injected and removed while no PE is inside a call; whoever calls afterwards must be ordered after that,
 * as by a barrier. So a guest and a PE's function in an exploration can do neither; an exploration's `setup` can.
 *
 * Cost: while nothing is injected, a branch in each command, one more for each page of the host, and one in a REC entry.
 */
#ifndef RMMSIM_INJECT_H
#define RMMSIM_INJECT_H

#include <rmmsim/rmmsim.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- faults ------------------------------------------------------------------------------------------------------- */

enum {
        RMMSIM_FAULTS_MAX = 64
};

/*
 * The kinds (enum rmmsim_fault_kind), each with its opportunities:
 *
 *   STATUS            The command is not carried out and changes nothing; it returns x0, and otherwise what a command returns that
 *                     failed so: `top` after an ERROR_RTT, and zeroes. Of the host or, where fid says so, of guests (RSI, PSCI).
 *                     Opportunities: all calls of the command, those that would fail by themselves included, and those that a Realm
 *                     makes again after an exit.
 *   EXIT              RMI_REC_ENTER is admitted, and the REC exits with exit_reason after `traps` traps of the guest: 0 is at once.
 *                     A REC that exits by itself before that makes the fault wait for its next opportunity.
 *                     Opportunities: entries that are admitted.
 *   PAGE_READ         The page that the host shares cannot be read, as at a Granule Protection Fault: parameters of
 *                     RMI_REALM_CREATE and RMI_REC_CREATE, the source of RMI_DATA_CREATE, the run page on the way in. The command
 *                     fails as where another world owns the page, which remains as it is. Opportunities: reads.
 *   PAGE_WRITE        The run page cannot be written on the way out: the REC has run and exited, RMI_REC_ENTER returns
 *                     ERROR_INPUT and the page holds what it held. Opportunities: writes.
 *   ENTROPY           The RMM finds no randomness, or no memory, for its cryptography: RSI_ATTESTATION_TOKEN_INIT and, until the token
 *                     is signed, RSI_ATTESTATION_TOKEN_CONTINUE return RSI_ERROR_UNKNOWN. The operation stays as it is.
 *                     Opportunities: calls of the two that would otherwise be served.
 *   TOKEN_INCOMPLETE  RSI_ATTESTATION_TOKEN_CONTINUE returns RSI_INCOMPLETE without a byte, and nothing goes on. With every = 1 it
 *                     does so for ever. Opportunities: calls that would otherwise be served.
 *   BUSY              A lock is taken, and the command is refused although nothing is wrong; made again it succeeds. RMM 1.0 has
 *                     no status for that: commands wait for one another. Deployed monitors have one such moment: RMI_PSCI_COMPLETE
 *                     returns ERROR_INPUT while another PE tries in vain to enter the calling REC. So this kind
 *                     needs the quirk psci_busy_means_on, and is refused with RMMSIM_ERROR_STATE in an instance without it.
 *                     Opportunities: calls that would otherwise succeed.
 *
 * A guest's program that has returned repeats PSCI_CPU_OFF until it is off. A STATUS that refuses that for ever keeps the entry
 * from ending, unless guest_quantum of the configuration does.
 */
struct rmmsim_fault {
        enum rmmsim_fault_kind kind;

        /* Where. */
        uint32_t
                fid; /* RMMSIM_RMI_REC_ENTER, ...: in that command; 0: in all that the kind knows (STATUS: all of RMI) */
        bool one_pe; /* on PE `pe` only                                                                          */
        unsigned pe;

        /*
         * When: at the nth opportunity, and then at every `every`-th after it. Where nth is 0 it is `every`; where both are, 1. Or
         * with a chance, each time: then nth and every are 0.
         */
        uint64_t nth;
        uint64_t every;    /* 0: not again                                           */
        uint32_t chance;   /* in a million, 1..1,000,000; 0: by number               */
        uint64_t seed;     /* of the chance: equal seeds select the same opportunities */
        uint64_t hits_max; /* no more after so many; 0: no limit                       */

        /* What: STATUS. */
        uint64_t x0;        /* a failure: RMMSIM_RMI_RESULT(...), RMMSIM_RSI_*, or (uint64_t)RMMSIM_PSCI_*         */
        bool index_of_walk; /* with ERROR_RTT: the index is the level where the command's walk ended, if it made one */

        /* What: EXIT. */
        enum rmmsim_exit_reason exit_reason; /* IRQ, FIQ or SERROR [IRQ]                                       */
        uint64_t esr;                        /* of an SError, as for rmmsim_serror_raise()                     */
        uint32_t traps;
};

/*
 * Inject a fault. *fault is copied. Several faults count independently; where more than one would act in the same command, the one
 * that was injected first does.
 *
 * Returns its id (1..65535, not given again before all others were), or fills *error (unless NULL) with what to do, and returns its
 * code:
 *   RMMSIM_ERROR_CONFIG  a NULL pointer, a command that the kind does not know, a PE that does not exist, a status that is
 *                        none or no failure, a trigger that makes no sense
 *   RMMSIM_ERROR_STATE   this instance can have no such fault (BUSY), or has RMMSIM_FAULTS_MAX already
 *   RMMSIM_ERROR_MEMORY  the system gave no memory
 *   RMMSIM_ERROR_MISUSE  a PE is inside a call
 */
int rmmsim_inject(struct rmmsim *sim, const struct rmmsim_fault *fault, struct rmmsim_error *error);

/* Remove one fault, or all. Return 0, or RMMSIM_ERROR_CONFIG (there is no such fault) or RMMSIM_ERROR_MISUSE as above. */
int rmmsim_inject_remove(struct rmmsim *sim, int id, struct rmmsim_error *error);
int rmmsim_inject_clear(struct rmmsim *sim, struct rmmsim_error *error);

/* What a fault has done. Any thread, while nobody injects or removes. Returns 0 or RMMSIM_ERROR_CONFIG as above. */
struct rmmsim_fault_count {
        uint64_t seen;  /* opportunities                        */
        uint64_t hits;  /* of those, the times it has acted     */
        uint64_t total; /* the same since it was injected: rmmsim_restore() does not take it back */
};
int rmmsim_inject_count(const struct rmmsim *sim, struct rmmsim_fault_count *count, int id, struct rmmsim_error *error);

/* ---- sweeps ------------------------------------------------------------------------------------------------------- */

/*
 * Each error branch of a host, once: a function that builds something up and takes it down again is run without trouble
 * first, which counts its SMCs, and then once for each SMC and each status that the rows of its command list, with that SMC
 * failing by injection. After each run every Granule must be UNDELEGATED that was so before.
 *
 *     static int boot_and_destroy(struct rmmsim *sim, void *arg);  // 0: content, whether or not the boot came through
 *
 *     struct rmmsim_sweep sweep = { .sim = sim, .run = boot_and_destroy, .arg = &vm };
 *     static struct rmmsim_sweep_report report;
 *
 *     if (rmmsim_sweep(&sweep, &report, &error) == 0 && report.num_findings != 0) {
 *             rmmsim_sweep_print(&report, stdout);
 *     }
 *
 * What is no finding. An SMC is made to fail once in a run: made again it goes through. So a host that repeats a command which
 * gives something back has lost nothing. A host need not repeat it, as in its eyes it cannot fail; then it rightly keeps
 * what it could not give back, and a Granule that it handed to somebody else would be worse. So after a failed
 *   RMI_GRANULE_UNDELEGATE                that Granule,
 *   RMI_DATA_DESTROY, RMI_RTT_DESTROY,
 *   RMI_REC_DESTROY, RMI_REALM_DESTROY    Granules that are part of a Realm, all but DELEGATED ones,
 * may be missing, and the run counts as excused. `give_back_retried` makes them findings. Of Realms other than the one concerned
 * nothing is known here: where a run has several, their Granules are excused, too.
 *
 * Rules for `run`:
 *   - The same each time: it uses the calling thread, no time and no randomness of its own; `setup` puts its variables back.
 *   - A run that makes more SMCs than smcs_max is left where it stands, by longjmp() out of rmmsim_smc(). It should not own heap
 *     memory or files across an SMC, or free them in `setup`. An SMC that a guest makes as the host counts, but is not
 *     left; neither is one on another thread.
 *   - It neither takes snapshots nor sweeps.
 */
enum rmmsim_sweep_statuses {
        RMMSIM_SWEEP_ALL_STATUSES, /* each that the rows of the command list                      */
        RMMSIM_SWEEP_ONE_STATUS    /* the first of them: one run an SMC                           */
};

/* A bit of `leave_out`. */
#define RMMSIM_SWEEP_COMMAND(name) (UINT64_C(1) << RMMSIM_COMMAND_##name)

struct rmmsim_sweep {
        /* The instance, ready to run: its snapshot is taken (in place of an earlier one), and gone back to before each run and at */
        /* the end. NULL: `setup` makes one for each run, as it must where C guests have started already.                       */
        struct rmmsim *sim;

        int (*run)(struct rmmsim *sim, void *arg); /* what it returns, if not 0, is a finding */
        void *arg;                                 /* handed to all functions                 */

        /* Before each run: put the run's own variables back. Returns the instance to run in, normally `sim`. May be NULL. */
        struct rmmsim *(*setup)(struct rmmsim *sim, void *arg);
        /* After each run, when Granules have been looked at; destroys what setup made. May be NULL. */
        void (*teardown)(struct rmmsim *sim, void *arg);

        uint64_t leave_out; /* commands that are not made to fail: RMMSIM_SWEEP_COMMAND(rmi_granule_undelegate) | ... */
        enum rmmsim_sweep_statuses statuses;
        uint64_t x0;            /* this one, in every command, in place of those that rows list; 0: those           */
        bool exits;             /* also: each REC entry that is admitted ends at once, with IRQ, FIQ and SERROR     */
        bool give_back_retried; /* see above                                                                       */
        uint64_t smcs_max;      /* of one run [first run: 1,000,000; then ten times those of the first, and 1,000] */
};

enum rmmsim_sweep_kind {
        RMMSIM_SWEEP_FAILED,   /* `run` did not return 0                                                             */
        RMMSIM_SWEEP_LOST,     /* Granules have not come back                                                        */
        RMMSIM_SWEEP_ENDLESS,  /* more SMCs than smcs_max                                                            */
        RMMSIM_SWEEP_DIVERGED, /* the run was another than the first one before anything was injected: see the rules */
        RMMSIM_NUM_SWEEP_KINDS
};

enum {
        RMMSIM_SWEEP_FINDINGS_MAX = 16,
        RMMSIM_SWEEP_LOST_MAX = 4
};

struct rmmsim_sweep_lost {
        uint64_t pa;
        struct rmmsim_granule granule; /* its state, and the command that took it into that */
};

/* What went wrong in one run. To meet it again, inject `fault` and run. */
struct rmmsim_sweep_finding {
        enum rmmsim_sweep_kind kind;
        enum rmmsim_command
                command; /* that was made to fail, or exit; RMMSIM_COMMAND_NONE: none, in the first run      */
        uint64_t number; /* it was the n-th of its command on its PE, counted from 1; EXIT: of those admitted */
        unsigned pe;     /* (EXIT: 0)                                                                       */
        struct rmmsim_fault fault;
        int result;        /* FAILED: of run()               */
        uint64_t num_lost; /* LOST; the first of them follow */
        struct rmmsim_sweep_lost lost[RMMSIM_SWEEP_LOST_MAX];
        char sentence[400];
};

struct rmmsim_sweep_report {
        uint64_t points;       /* SMCs of the first run                                                          */
        uint64_t entries;      /* REC entries admitted in the first run, if exits were asked for                 */
        uint64_t untried;      /* points that were left out, or whose command the rows let never fail            */
        uint64_t runs;         /* with trouble                                                                   */
        uint64_t excused;      /* of them, those after which a Granule was missing that the host may rightly keep */
        uint64_t num_findings; /* the first of them follow                                                       */
        unsigned num_listed;
        struct rmmsim_sweep_finding findings[RMMSIM_SWEEP_FINDINGS_MAX];
};

/*
 * Sweep. A first run that has findings ends the sweep. Returns 0 and fills *report; or a negative code, and fills *error (unless NULL):
 *   RMMSIM_ERROR_CONFIG  a NULL pointer, neither sim nor setup, a command or status that is none
 *   RMMSIM_ERROR_STATE   no snapshot can be taken, see rmmsim_snapshot(); `setup` returned NULL; inside an exploration or a sweep;
 *                        there are RMMSIM_FAULTS_MAX faults already
 *   RMMSIM_ERROR_MEMORY  the system gave no memory
 *   RMMSIM_ERROR_MISUSE  a PE is inside a call
 *
 * Faults that are there already stay, and act in every run. Any thread, when no other uses the instance.
 */
int rmmsim_sweep(const struct rmmsim_sweep *sweep, struct rmmsim_sweep_report *report, struct rmmsim_error *error);

/* The report for a reader, one line a finding. Returns 0 or RMMSIM_ERROR_CONFIG. */
int rmmsim_sweep_print(const struct rmmsim_sweep_report *report, FILE *to);

/* "failed", "lost", ...; "?" for a number that is none. */
const char *rmmsim_sweep_name(unsigned kind);

#ifdef __cplusplus
}
#endif

#endif
