/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect.h - what is inside the RMM, as data: who owns which Granule, Realms, RECs, translation tables, what was counted; and
 * dumps of it as text, JSON and Graphviz.
 *
 * Everything is copied out: nothing in here points into the RMM, and what was copied does not change any more. No command of an
 * RMM shows most of this to a host: it is for tests, and for people who look for the reason.
 *
 *     for (uint64_t rd = 0; rmmsim_next_realm(sim, &rd, rd); rd += RMMSIM_GRANULE_SIZE) {
 *             struct rmmsim_rtt_entry entry = { .size = 0 };
 *
 *             while (rmmsim_rtt_next(sim, &entry, rd) > 0) {
 *                     printf("%d %llx %s\n", entry.level, (unsigned long long)entry.ipa,
 *                            rmmsim_state_name(RMMSIM_OBJECT_RTTE, entry.state));
 *             }
 *     }
 *
 * rmmsim_granule() and rmmsim_next_delegated() are in rmmsim.h.
 *
 * Threads: all functions may be called from any thread at any time, also while PEs are inside calls, and by guests; but not from
 * callbacks, during which locks are held. Each takes the locks that a command takes to read: what one call gives was
 * true at one moment, in between two commands. Two calls are two moments. So rmmsim_owner(), which looks at one Realm
 * after the other, and rmmsim_dump(), which puts many calls together, show one state only when no PE is inside a call
 * meanwhile. A command may have to wait for an inspection, as for another command. Inspections change nothing, and are not counted.
 */
#ifndef RMMSIM_INSPECT_H
#define RMMSIM_INSPECT_H

#include <rmmsim/rmmsim.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Granules ------------------------------------------------------------------------------------------------------ */

/* What a Granule is for. Fields that are not mentioned for its state are zero. */
struct rmmsim_owner {
        enum rmmsim_state state; /* RMMSIM_GRANULE_*: RD, REC, REC_AUX, DATA or RTT                                   */
        uint64_t rd;             /* the Realm that it belongs to; of an RD: itself                                   */
        uint64_t rec;            /* REC_AUX: the REC that lists it; of a REC: itself                                 */
        uint64_t index;          /* REC: its index in the Realm. REC_AUX: its place in the list of its REC           */
        uint64_t ipa;            /* DATA: where the Realm has it. RTT: the first address that the table describes    */
        int level;               /* DATA: of the entry that holds it, less than 3 in a block. RTT: of the table      */
};

/*
 * Who owns a Granule. pa need not be aligned. Searches Realm by Realm, in time that grows with what they own.
 * Returns 0, RMMSIM_ERROR_ADDRESS (pa is not delegable) or RMMSIM_ERROR_STATE: nobody owns it, as it is UNDELEGATED or
 * DELEGATED, or as it came or went meanwhile.
 */
int rmmsim_owner(const struct rmmsim *sim, struct rmmsim_owner *owner, uint64_t pa);

/* ---- Realms -------------------------------------------------------------------------------------------------------- */

/* The first RD at or above `from`. Returns true and sets *rd, or false when there is none, and then *rd means nothing. */
bool rmmsim_next_realm(const struct rmmsim *sim, uint64_t *rd, uint64_t from);

/* The measurements of a Realm: 0 is the RIM, 1..4 are the REMs. */
enum {
        RMMSIM_NUM_MEASUREMENTS = 5
};

struct rmmsim_realm {
        enum rmmsim_state state; /* RMMSIM_REALM_*                                               */
        uint16_t vmid;
        uint8_t ipa_width;      /* bits of the IPA space; the upper half of it is Unprotected     */
        int rtt_level_start;    /* -1..3                                                         */
        uint32_t rtt_num_start; /* root tables, one Granule each, from rtt_base on               */
        uint64_t rtt_base;
        bool lpa2;
        bool sve;
        bool pmu;
        uint8_t sve_vl;       /* as in struct rmmsim_realm_params; zero without SVE             */
        uint8_t pmu_num_ctrs; /* zero without PMU                                              */
        uint8_t num_bps;      /* as in struct rmmsim_realm_params*/
        uint8_t num_wps;
        uint8_t rec_aux_count; /* auxiliary Granules that each REC needs, 0..16                  */
        uint64_t num_recs;     /* that exist                                                    */
        uint64_t rec_index;    /* that were ever created: the index of the next                  */
        enum rmmsim_hash_algorithm hash_algo;
        uint8_t digest_size; /* bytes of each measurement that count, 32 or 64; zeroes follow    */
        uint8_t measurements[RMMSIM_NUM_MEASUREMENTS][64];
        uint8_t rpv[64]; /* Realm Personalization Value                                          */
};

/* Returns 0 or RMMSIM_ERROR_STATE: there is no Realm at rd. */
int rmmsim_realm(const struct rmmsim *sim, struct rmmsim_realm *realm, uint64_t rd);

/*
 * One measurement of the Realm at rd: 0 is the RIM, 1..4 the REMs; shorter digests are followed by zeroes.
 * Returns 0, RMMSIM_ERROR_STATE (no Realm at rd) or RMMSIM_ERROR_CONFIG (index).
 */
int rmmsim_measurement(const struct rmmsim *sim, uint8_t value[64], uint64_t rd, unsigned index);

/*
 * The RECs of a Realm, by rising index: the PAs of the first `max` into recs, which may be NULL if max is 0.
 * Returns how many there are, of which recs may hold fewer, or RMMSIM_ERROR_STATE: there is no Realm at rd.
 */
int rmmsim_realm_recs(const struct rmmsim *sim, uint64_t *recs, size_t max, uint64_t rd);

/* ---- RECs ---------------------------------------------------------------------------------------------------------- */

enum {
        RMMSIM_REC_AUX_MAX = 16
};

/*
 * A REC. While it is REC_RUNNING most of it belongs to the PE that it runs on, and would be out of date before it is read: then
 * fields from `pending` on are zero, but last_exit, which is -1.
 */
struct rmmsim_rec {
        uint64_t rd;             /* the Realm                                                                       */
        uint64_t index;          /* in the Realm, counted from 0 as RECs are created                               */
        uint64_t mpidr;          /* as in struct rmmsim_rec_params                                                 */
        enum rmmsim_state state; /* RMMSIM_REC_*                                                                   */
        enum rmmsim_state power; /* RMMSIM_POWER_*: RUNNABLE, or not, before CPU_ON and after CPU_OFF               */
        int pe;                  /* where it is REC_RUNNING; -1: it is not                                         */
        unsigned num_aux;
        uint64_t aux[RMMSIM_REC_AUX_MAX]; /* its auxiliary Granules, in the order in which the host listed them    */

        enum rmmsim_state pending; /* RMMSIM_PENDING_*: what it has asked of the host                              */
        enum rmmsim_state attest;  /* RMMSIM_ATTEST_*                                                              */
        int last_exit;             /* why it left last: enum rmmsim_exit_reason; -1: it never ran                  */
        uint64_t pc;
        uint64_t pstate;
        uint64_t gprs[31]; /* x0..x30 */

        /* PSCI_REQUEST: what RMI_PSCI_COMPLETE is asked for. */
        uint32_t psci_function;     /* RMMSIM_PSCI_CPU_ON or RMMSIM_PSCI_AFFINITY_INFO, or the SMC32 twin          */
        bool psci_target_exists;    /* not when it was destroyed, or none was ever there                           */
        uint64_t psci_target;       /* PA of the REC that the request is about                                     */
        uint64_t psci_target_index; /* its index, as the MPIDR in the request names it                             */

        uint64_t host_call; /* HOST_CALL: IPA of the structure that the answer goes to                             */

        /* RIPAS_CHANGE: what is left of the range that the Realm wants changed, and to what. */
        uint64_t ripas_base;
        uint64_t ripas_top;
        enum rmmsim_ripas ripas_value;
        bool ripas_destroyed; /* the Realm lets memory that was DESTROYED change, too                              */
};

/* Returns 0 or RMMSIM_ERROR_STATE: there is no REC at pa, which is the address of its Granule. */
int rmmsim_rec(const struct rmmsim *sim, struct rmmsim_rec *rec, uint64_t pa);

/* ---- translation tables -------------------------------------------------------------------------------------------- */

enum {
        RMMSIM_RTT_LEVEL_PAGE = 3, /* the last level  */
        RMMSIM_RTT_STEPS_MAX = 5   /* levels -1 to 3  */
};

/* One entry of a translation table, or a run of equal ones that hold no address. */
struct rmmsim_rtt_entry {
        uint64_t ipa;        /* the first address that it describes                                                 */
        uint64_t size;       /* bytes that it describes, as far as they are in the IPA space                        */
        uint64_t table;      /* PA of the table that it is in                                                       */
        unsigned index;      /* its place there, 0..511                                                             */
        unsigned count;      /* entries from there on that are like it: more than 1 only in rmmsim_rtt_next()       */
        int level;           /* -1..3                                                                               */
        uint64_t descriptor; /* as a table walk of hardware finds it; what the state is made of, see `state`        */

        enum rmmsim_state state;           /* RMMSIM_RTTE_*: HIPAS and RIPAS in one                                 */
        enum rmmsim_rtt_entry_state hipas; /* as RMI_RTT_READ_ENTRY reports it: UNASSIGNED, ASSIGNED or TABLE       */
        enum rmmsim_ripas ripas;           /* likewise: EMPTY for a TABLE and for Unprotected addresses             */
        bool is_protected;                 /* in the lower half of the IPA space                                    */
        uint64_t pa;                       /* TABLE: the next table. ASSIGNED: where its memory begins. Else 0      */

        /* Where the walk of hardware ends without a fault: RMMSIM_RTTE_ASSIGNED_RAM and _ASSIGNED_NS. Else zero. */
        bool readable;
        bool writable;
        bool executable;
        bool non_secure;      /* output addresses are of the Non-secure PA space                                   */
        uint8_t mem_attr;     /* MemAttr[2:0], as with FEAT_S2FWB: 6 is Normal Write-Back                           */
        uint8_t shareability; /* SH[1:0]: 2 outer, 3 inner; 0 with LPA2, where VTCR_EL2 decides                     */

        unsigned num_live; /* TABLE: entries of the next table that are not UNASSIGNED                             */
};

/*
 * Walk the tables of the Realm at rd towards the entry for an IPA at `level`: one step a table, from the root on. ipa need not be
 * aligned. The walk ends early where there is no further table, as that of a command does.
 *
 * Returns the number of steps, 1..RMMSIM_RTT_STEPS_MAX, or RMMSIM_ERROR_STATE (no Realm at rd), RMMSIM_ERROR_ADDRESS (ipa is not in the
 * IPA space) or RMMSIM_ERROR_CONFIG (level is before the starting level, or after 3).
 */
int rmmsim_rtt_walk(const struct rmmsim *sim, struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX], uint64_t rd,
                    uint64_t ipa, int level);

/*
 * All entries of the Realm at rd, by rising IPA; a TABLE comes before the entries of the table that it names. *entry is the place and
 * the result: begin with size 0, and hand in what came back. Entries of a table that follow one another, hold no address and
 * are equal come as one. The tables may change between two calls: then it goes on behind *entry in what there is.
 *
 * Returns 1, 0 (there are no more: *entry is as it was) or RMMSIM_ERROR_STATE (no Realm at rd, or none any more).
 */
int rmmsim_rtt_next(const struct rmmsim *sim, struct rmmsim_rtt_entry *entry, uint64_t rd);

/* ---- statistics ---------------------------------------------------------------------------------------------------- */

/*
 * How a call was answered: the number of its status, without the sign for PSCI and NOT_SUPPORTED. RMI: enum rmmsim_rmi_status, by
 * x0[7:0]. RSI: enum rmmsim_rsi_status. PSCI: enum rmmsim_psci_status, and values that are no error count as SUCCESS, 0.
 *
 * Calls of a Realm may be left UNANSWERED: the host answers later (RSI_HOST_CALL, PSCI_CPU_ON); nobody waits (PSCI_CPU_OFF); or memory was
 * not there, and the Realm calls again when it is.
 */
enum {
        RMMSIM_STATUS_UNANSWERED = 10,
        RMMSIM_NUM_STATUSES = 11
};

/* "ERROR_INPUT", "UNANSWERED", ...; "?" where the number means nothing for the command. */
const char *rmmsim_status_name(enum rmmsim_command command, unsigned status);

/*
 * Counts since creation, summed over PEs. Exact when no PE is inside a call. The last of the entries by command is for identifiers that
 * nobody serves.
 */
struct rmmsim_statistics {
        uint64_t commands[RMMSIM_NUM_COMMANDS + 1];                      /* calls by command                        */
        uint64_t refused[RMMSIM_NUM_COMMANDS + 1];                       /* those of them that failed               */
        uint64_t statuses[RMMSIM_NUM_COMMANDS + 1][RMMSIM_NUM_STATUSES]; /* all of them, by how they were answered  */
        uint64_t conditions[RMMSIM_NUM_CONDITIONS]; /* those that failed, by failure condition: enum rmmsim_condition */
        uint64_t exits[RMMSIM_NUM_EXIT_REASONS];    /* REC exits by reason                                          */
        uint64_t locks; /* locks of Granules that commands asked for, whether or not they were got                  */

        /* Pages touched, each as often as it was. What Realms access themselves is not in it. */
        uint64_t pages_read;    /* of the host, by commands: parameters, contents of Data, run pages                 */
        uint64_t pages_written; /* of the host: run pages at exits, pages wiped by RMI_GRANULE_UNDELEGATE            */
        uint64_t pages_changed; /* Granules that were brought into another state, hence taken, filled or wiped        */
};
void rmmsim_statistics(const struct rmmsim *sim, struct rmmsim_statistics *statistics);

/* ---- dumps --------------------------------------------------------------------------------------------------------- */

enum rmmsim_dump_subject {
        RMMSIM_DUMP_MACHINE,    /* Granules, and all Realms with their RECs and tables             */
        RMMSIM_DUMP_GRANULES,   /* Granules that are not UNDELEGATED, with owners                   */
        RMMSIM_DUMP_REALM,      /* the Realm whose RD is at `address`, with its RECs and tables     */
        RMMSIM_DUMP_REC,        /* the REC at `address`                                            */
        RMMSIM_DUMP_RTT,        /* the tables of the Realm whose RD is at `address`                 */
        RMMSIM_DUMP_STATISTICS, /* what was counted                                                */
        RMMSIM_NUM_DUMP_SUBJECTS
};

enum rmmsim_dump_format {
        RMMSIM_DUMP_TEXT, /* for a reader at a terminal; changes when that makes it better                              */
        RMMSIM_DUMP_JSON, /* one object, described in docs/looking-inside.md; "version" rises when a program must change */
        RMMSIM_DUMP_GRAPHVIZ, /* a digraph for `dot`: MACHINE, REALM, RTT                                                    */
        RMMSIM_NUM_DUMP_FORMATS
};

/* Of the JSON. */
#define RMMSIM_DUMP_VERSION 1

/*
 * Write a dump. Subjects that have no address take none: `address` is ignored. Granules that follow one another and differ by
 * their addresses only come as one, and so do entries of tables. The same state gives the same bytes; statistics are no state,
 * and are in their own dump only. How the stream fares is the caller's to ask of it (ferror()).
 *
 * Returns 0, or
 *   RMMSIM_ERROR_CONFIG  a subject or a format that is none, or a picture of what has none
 *   RMMSIM_ERROR_STATE   there is no such object at `address`; nothing was written
 *   RMMSIM_ERROR_MEMORY  the system gave no memory; nothing was written
 */
int rmmsim_dump(const struct rmmsim *sim, FILE *to, enum rmmsim_dump_subject subject, enum rmmsim_dump_format format,
                uint64_t address);

#ifdef __cplusplus
}
#endif

#endif
