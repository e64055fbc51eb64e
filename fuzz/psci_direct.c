/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_direct.c - the sheet's properties, looked for in a history one by one.
 *
 * None of them is stronger than the search for an order. But where one is broken it says what, and the search only that there is
 * none.
 *
 * Specification: PSCI sheet section 0 (S1, S3, S4, S5, S9, S12) and section 7.4.
 */
#include "psci_history.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CPU_ON        0x84000003u /* and its SMC64 form, which has bit 30 set */
#define AFFINITY_INFO 0x84000004u
#define SYSTEM_OFF    0x84000008u
#define SYSTEM_RESET  0x84000009u
#define FORM          0x40010000u /* SMC64, and the SVE hint */

__attribute__((format(printf, 2, 3))) static bool broken(struct psci_history *history, const char *format, ...)
{
        va_list list;

        va_start(list, format);
        (void)vsnprintf(history->sentence, sizeof(history->sentence), format, list);
        va_end(list);
        return false;
}

static const struct psci_op *next_of(const struct psci_history *history, const struct psci_op *op)
{
        return op->next == PSCI_NO_OP ? NULL : &history->ops[op->next];
}

static bool is_call_of(const struct psci_op *op, uint32_t function)
{
        return op->kind == PSCI_OP_CALL && ((uint32_t)op->x[0] & ~FORM) == (function & ~FORM);
}

/* ---- starts --------------------------------------------------------------------------------------------------------------- */

/* Requests that have had their start: those of the history, and those that were there before. */
struct used {
        bool ops[PSCI_OPS_MAX];
        bool pending[PSCI_RECS_MAX];
};

static bool asks_for(const uint64_t x[4], const struct psci_op *start)
{
        return psci_model_index_of(x[1]) == start->rec && x[2] == start->pc && x[3] == start->x[0];
}

/* S1, S4, S5: somebody asked for exactly this start, and for no other one. */
static bool was_asked_for(const struct psci_history *history, const struct psci_model *begin,
                          const struct psci_op *start, struct used *used)
{
        for (unsigned i = 0; i < begin->num_recs; i++) {
                const struct psci_rec *rec = &begin->rec[i];

                if (!used->pending[i] && rec->pending == PSCI_ASKS_CPU_ON && asks_for(rec->x, start)) {
                        return used->pending[i] = true;
                }
        }
        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];

                if (!used->ops[i] && is_call_of(op, CPU_ON) && op->invoked < start->invoked && asks_for(op->x, start)) {
                        return used->ops[i] = true;
                }
        }
        return false;
}

static bool starts_were_asked_for(struct psci_history *history, const struct psci_model *begin)
{
        bool first[PSCI_RECS_MAX];
        struct used used;

        memset(used.ops, 0, history->num_ops * sizeof(used.ops[0]));
        memset(used.pending, 0, sizeof(used.pending));
        for (unsigned i = 0; i < PSCI_RECS_MAX; i++) {
                first[i] = begin->rec[i].starts;
        }
        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];
                char text[200];

                if (op->kind != PSCI_OP_STARTS) {
                        continue;
                }
                if (!first[op->rec] && !was_asked_for(history, begin, op, &used)) {
                        (void)psci_op_print(text, sizeof(text), op);
                        return broken(history, "S4: %s, for which nobody has asked", text);
                }
                first[op->rec] = false;
        }
        return true;
}

/* S3: how many callers were told SUCCESS for a REC, how often a host agreed, and how often the REC started. */
struct tally {
        unsigned told;
        unsigned agreed;
        unsigned started;
};

static void count_call(const struct psci_history *history, const struct psci_op *op, struct tally *tallies)
{
        const struct psci_op *behind = next_of(history, op);
        uint64_t target = psci_model_index_of(op->x[1]);

        if (target < PSCI_RECS_MAX && behind != NULL && behind->kind == PSCI_OP_RETURNS &&
            behind->x[0] == PSCI_SUCCESS) {
                tallies[target].told++;
        }
}

/* Of the starts that were paid for by SUCCESS the last one may not have been seen yet. */
static bool starts_are_successes(struct psci_history *history, const struct psci_model *begin)
{
        struct tally tallies[PSCI_RECS_MAX] = { { 0 } };

        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];

                if (is_call_of(op, CPU_ON)) {
                        count_call(history, op, tallies);
                } else if (op->kind == PSCI_OP_COMPLETE && op->target < PSCI_RECS_MAX) {
                        tallies[op->target].agreed += op->status == PSCI_SUCCESS && op->x0 == PSCI_RMI_SUCCESS;
                } else if (op->kind == PSCI_OP_STARTS) {
                        tallies[op->rec].started++;
                }
        }
        for (unsigned i = 0; i < begin->num_recs; i++) {
                struct tally *tally = &tallies[i];
                unsigned by_itself = begin->rec[i].starts && tally->started != 0;

                if (tally->started - by_itself > tally->agreed) {
                        return broken(history, "S5: REC %u was started %u times, and the host agreed %u times", i,
                                      tally->started - by_itself, tally->agreed);
                }
                if (tally->told > tally->started - by_itself + 1) {
                        return broken(history,
                                      "S3: %u callers were told that they started REC %u, which started %u times",
                                      tally->told, i, tally->started - by_itself);
                }
        }
        return true;
}

/* ---- what callers are told --------------------------------------------------------------------------------------------------- */

static bool was_denied(const struct psci_history *history, const struct psci_op *call, const struct psci_op *behind)
{
        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];

                if (op->kind == PSCI_OP_COMPLETE && op->rec == call->rec && op->status == PSCI_DENIED &&
                    op->x0 == PSCI_RMI_SUCCESS && op->answered > call->invoked && op->invoked < behind->answered) {
                        return true;
                }
        }
        return false;
}

/* S5: a CPU_ON returns what PSCI lets it return, and DENIED only if the host has denied. */
static bool results_are_permitted(struct psci_history *history)
{
        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];
                const struct psci_op *behind = next_of(history, op);

                if (!is_call_of(op, CPU_ON) || behind == NULL || behind->kind != PSCI_OP_RETURNS) {
                        continue;
                }
                switch (behind->x[0]) {
                case PSCI_SUCCESS:
                case PSCI_ALREADY_ON:
                case PSCI_INVALID_PARAMETERS:
                case PSCI_INVALID_ADDRESS:
                case PSCI_NOT_SUPPORTED:
                        break;
                case PSCI_DENIED:
                        if (was_denied(history, op, behind)) {
                                break;
                        }
                        /* fall through */
                default:
                        return broken(history, "S5: the CPU_ON of REC %u returns 0x%llx", op->rec,
                                      (unsigned long long)behind->x[0]);
                }
        }
        return true;
}

/* ---- entries ----------------------------------------------------------------------------------------------------------------- */

static bool is_exit_for(const struct psci_op *op, uint32_t function)
{
        return op->kind == PSCI_OP_LEAVE && op->psci && ((uint32_t)op->x[0] & ~FORM) == (function & ~FORM);
}

/* S9: once a SYSTEM_OFF was reported no entry that begins later is admitted. */
static bool system_off_is_final(struct psci_history *history)
{
        uint32_t off = PSCI_OPEN;

        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];

                if ((is_exit_for(op, SYSTEM_OFF) || is_exit_for(op, SYSTEM_RESET)) && op->answered < off) {
                        off = op->answered;
                }
        }
        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];

                if (op->kind == PSCI_OP_ENTER && op->x0 == PSCI_RMI_SUCCESS && op->invoked > off) {
                        return broken(history, "S9: PE %u enters REC %u of a Realm that is off", op->chain, op->rec);
                }
        }
        return true;
}

/* A completion that may have ended a request made at `from`, invoked before `until`. Some fail and yet end it. */
static bool was_answered(const struct psci_history *history, unsigned rec, uint32_t from, uint32_t until)
{
        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *op = &history->ops[i];

                if (op->kind == PSCI_OP_COMPLETE && op->rec == rec && op->answered > from && op->invoked < until) {
                        return true;
                }
        }
        return false;
}

/* S12: a REC that has asked is entered only after the host has answered. */
static bool requests_keep_out(struct psci_history *history)
{
        for (unsigned i = 0; i < history->num_ops; i++) {
                const struct psci_op *asks = &history->ops[i];

                if (!is_exit_for(asks, CPU_ON) && !is_exit_for(asks, AFFINITY_INFO)) {
                        continue;
                }
                for (unsigned j = 0; j < history->num_ops; j++) {
                        const struct psci_op *op = &history->ops[j];

                        if (op->kind == PSCI_OP_ENTER && op->rec == asks->rec && op->x0 == PSCI_RMI_SUCCESS &&
                            op->invoked > asks->answered &&
                            !was_answered(history, op->rec, asks->invoked, op->answered)) {
                                return broken(history, "S12: PE %u enters REC %u, whose request nobody has completed",
                                              op->chain, op->rec);
                        }
                }
        }
        return true;
}

bool psci_history_direct(struct psci_history *history, const struct psci_model *begin)
{
        return starts_were_asked_for(history, begin) && starts_are_successes(history, begin) &&
               results_are_permitted(history) && system_off_is_final(history) && requests_keep_out(history);
}
