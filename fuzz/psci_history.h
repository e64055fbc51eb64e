/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_history.h - what hosts and RECs have seen of PSCI, and whether there is one order of it all that explains it.
 *
 * Each operation is recorded with the moments of its invocation and of its answer. The check asks for one moment in between for each,
 * such that the sequential model, given the operations in that order, answers exactly what was seen. What happens when:
 *   - an entry is admitted or refused once, and if it is admitted, ends once, both during the SMC;
 *   - RMI_PSCI_COMPLETE and RMI_REC_DESTROY happen once, during their SMC;
 *   - a call of a REC happens while the REC is inside an entry, after it was made and before the REC goes on;
 *   - what a REC finds in its registers when it starts or goes on it finds at that moment.
 * So CPU_OFF is a moment before the end of its entry, and between the two the REC is off but inside. Nobody outside sees when
 * either of them is, but an RMM that traces what it does can say, and then it is held to it.
 *
 * Before the search, what the sheet states as properties is looked for directly, because it makes better sentences.
 *
 * Nothing is allocated. Operations of one PE, and of one REC, follow one another, so a place in the search is a place in
 * each of these chains, and the model; places that were met before are not searched again.
 *
 * Specification: PSCI sheet sections 7.2 to 7.4.
 */
#ifndef PSCI_HISTORY_H
#define PSCI_HISTORY_H

#include "psci_model.h"
#include <stddef.h>

enum {
        PSCI_OPS_MAX = 384,
        PSCI_PES_MAX = 8,
        PSCI_CHAINS = PSCI_PES_MAX + PSCI_RECS_MAX,
        PSCI_NO_OP = 0xffff,
        PSCI_SEEN_MAX = 8192,     /* places remembered: more than that are searched again    */
        PSCI_EFFORT_MAX = 1000000 /* operations tried before the search gives up          */
};

#define PSCI_OPEN UINT32_MAX /* the moment of an answer that has not come */

enum psci_op_kind {
        PSCI_OP_ENTER,
        PSCI_OP_LEAVE, /* the end of an entry */
        PSCI_OP_COMPLETE,
        PSCI_OP_DESTROY,
        PSCI_OP_CALL,    /* of a REC                                  */
        PSCI_OP_RETURNS, /* a REC goes on behind a call               */
        PSCI_OP_STARTS   /* a REC starts                              */
};

struct psci_op {
        uint8_t kind;
        uint8_t chain;
        uint8_t rec;
        uint8_t target; /* COMPLETE                                   */
        bool psci;      /* LEAVE: the exit was due to PSCI            */
        uint16_t next;  /* of the same chain                          */
        uint32_t invoked;
        uint32_t answered;
        uint64_t x0;     /* the answer                                 */
        uint64_t status; /* COMPLETE                                   */
        uint64_t pc;     /* STARTS                                     */
        uint64_t x[4];   /* CALL, RETURNS, STARTS: registers; LEAVE: gprs of the exit */
        uint64_t rest;
};

enum psci_verdict {
        PSCI_EXPLAINED,
        PSCI_UNEXPLAINED, /* and `sentence` says what has no explanation */
        PSCI_UNDECIDED    /* too long for the record, or for the search  */
};

struct psci_history {
        unsigned num_ops;
        bool too_long;
        uint32_t moment;
        uint16_t first[PSCI_CHAINS];
        uint16_t last[PSCI_CHAINS];
        struct psci_op ops[PSCI_OPS_MAX];

        /* The check's; zero at first. */
        struct psci_model end; /* of the order that was found */
        char sentence[480];
        uint64_t effort; /* operations tried by the last one */
        unsigned generation;
        unsigned num_seen;
        struct psci_seen {
                uint64_t hash;
                unsigned generation;
        } seen[PSCI_SEEN_MAX];
};

/* An empty history. What the check has remembered is not cleared, only forgotten. */
void psci_history_begin(struct psci_history *history);

/* ---- the host: each returns a number for the answer ---------------------------------------------------------------------- */

unsigned psci_history_enter(struct psci_history *history, unsigned pe, unsigned rec);
unsigned psci_history_complete(struct psci_history *history, unsigned pe, unsigned caller, unsigned target,
                               uint64_t status);
unsigned psci_history_destroy(struct psci_history *history, unsigned pe, unsigned rec);
void psci_history_answer(struct psci_history *history, unsigned number, uint64_t x0);
/*
 * An entry that was admitted has returned. `gprs` of the exit if it was due to PSCI, or NULL; `since`: a moment at which the REC
 * was inside still (psci_history_now()), or 0.
 */
void psci_history_left(struct psci_history *history, unsigned number, const uint64_t *gprs, uint32_t since);

/* ---- a REC ------------------------------------------------------------------------------------------------------------------- */

void psci_history_call(struct psci_history *history, unsigned rec, const uint64_t x[4], uint64_t rest);
void psci_history_returns(struct psci_history *history, unsigned rec, const uint64_t x[4], uint64_t rest);
void psci_history_starts(struct psci_history *history, unsigned rec, uint64_t pc, const uint64_t x[4], uint64_t rest);

/* The call that the REC is in has had its effect, whenever it returns. */
void psci_history_happened(struct psci_history *history, unsigned rec);

/* A moment, for later. */
uint32_t psci_history_now(struct psci_history *history);

/* ---- the check ---------------------------------------------------------------------------------------------------------------- */

/* From this state on: is there an explanation? */
enum psci_verdict psci_history_check(struct psci_history *history, const struct psci_model *begin);

/* The two parts of it. */
bool psci_history_direct(struct psci_history *history, const struct psci_model *begin);
enum psci_verdict psci_history_search(struct psci_history *history, const struct psci_model *begin);

/* An operation in words; returns how many characters, as snprintf() does. */
int psci_op_print(char *text, size_t size, const struct psci_op *op);

#endif
