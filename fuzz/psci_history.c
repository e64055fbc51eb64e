/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_history.c - the record, and operations in words.
 */
#include "psci_history.h"
#include <stdio.h>
#include <string.h>

void psci_history_begin(struct psci_history *history)
{
        history->num_ops = 0;
        history->too_long = false;
        history->moment = 0;
        history->sentence[0] = '\0';
        memset(history->first, 0xff, sizeof(history->first));
        memset(history->last, 0xff, sizeof(history->last));
}

/* ---- recording ------------------------------------------------------------------------------------------------------------ */

static struct psci_op *append(struct psci_history *history, enum psci_op_kind kind, unsigned chain, unsigned rec)
{
        struct psci_op *op = &history->ops[history->num_ops];
        uint16_t number = (uint16_t)history->num_ops;

        history->moment++;
        if (history->num_ops == PSCI_OPS_MAX) {
                history->too_long = true;
                return NULL;
        }
        history->num_ops++;
        op->kind = (uint8_t)kind;
        op->chain = (uint8_t)chain;
        op->rec = (uint8_t)rec;
        op->next = PSCI_NO_OP;
        op->invoked = history->moment;
        op->answered = PSCI_OPEN;
        op->x0 = 0;
        if (history->last[chain] == PSCI_NO_OP) {
                history->first[chain] = number;
        } else {
                history->ops[history->last[chain]].next = number;
        }
        history->last[chain] = number;
        return op;
}

static unsigned number_of(const struct psci_history *history, const struct psci_op *op)
{
        return op == NULL ? PSCI_NO_OP : (unsigned)(op - history->ops);
}

unsigned psci_history_enter(struct psci_history *history, unsigned pe, unsigned rec)
{
        return number_of(history, append(history, PSCI_OP_ENTER, pe, rec));
}

unsigned psci_history_destroy(struct psci_history *history, unsigned pe, unsigned rec)
{
        return number_of(history, append(history, PSCI_OP_DESTROY, pe, rec));
}

unsigned psci_history_complete(struct psci_history *history, unsigned pe, unsigned caller, unsigned target,
                               uint64_t status)
{
        struct psci_op *op = append(history, PSCI_OP_COMPLETE, pe, caller);

        if (op != NULL) {
                op->target = (uint8_t)target;
                op->status = status;
        }
        return number_of(history, op);
}

void psci_history_answer(struct psci_history *history, unsigned number, uint64_t x0)
{
        history->moment++;
        if (number != PSCI_NO_OP) {
                history->ops[number].x0 = x0;
                history->ops[number].answered = history->moment;
        }
}

void psci_history_left(struct psci_history *history, unsigned number, const uint64_t *gprs, uint32_t since)
{
        const struct psci_op *enter = &history->ops[number];
        struct psci_op *op;

        psci_history_answer(history, number, PSCI_RMI_SUCCESS);
        if (number == PSCI_NO_OP || (op = append(history, PSCI_OP_LEAVE, enter->chain, enter->rec)) == NULL) {
                return;
        }
        op->invoked = since > enter->invoked ? since : enter->invoked;
        op->answered = history->moment;
        op->psci = gprs != NULL;
        if (gprs != NULL) {
                memcpy(op->x, gprs, sizeof(op->x));
        }
}

static struct psci_op *append_registers(struct psci_history *history, enum psci_op_kind kind, unsigned rec,
                                        const uint64_t x[4], uint64_t rest)
{
        struct psci_op *op = append(history, kind, PSCI_PES_MAX + rec, rec);

        if (op != NULL) {
                memcpy(op->x, x, sizeof(op->x));
                op->rest = rest;
        }
        return op;
}

void psci_history_call(struct psci_history *history, unsigned rec, const uint64_t x[4], uint64_t rest)
{
        (void)append_registers(history, PSCI_OP_CALL, rec, x, rest);
}

/* The call that the REC is in, or NULL. */
static struct psci_op *call_of(struct psci_history *history, unsigned rec)
{
        uint16_t last = history->last[PSCI_PES_MAX + rec];

        return last != PSCI_NO_OP && history->ops[last].kind == PSCI_OP_CALL ? &history->ops[last] : NULL;
}

void psci_history_happened(struct psci_history *history, unsigned rec)
{
        struct psci_op *op = call_of(history, rec);

        if (op != NULL && op->answered == PSCI_OPEN) {
                op->answered = ++history->moment;
        }
}

uint32_t psci_history_now(struct psci_history *history)
{
        return ++history->moment;
}

/* Whatever the REC had called is over. */
static void call_is_over(struct psci_history *history, unsigned rec, uint64_t x0)
{
        struct psci_op *op = call_of(history, rec);

        if (op != NULL) {
                psci_history_happened(history, rec);
                op->x0 = x0;
        }
}

void psci_history_returns(struct psci_history *history, unsigned rec, const uint64_t x[4], uint64_t rest)
{
        struct psci_op *op;

        call_is_over(history, rec, x[0]);
        op = append_registers(history, PSCI_OP_RETURNS, rec, x, rest);
        if (op != NULL) {
                op->answered = ++history->moment;
        }
}

void psci_history_starts(struct psci_history *history, unsigned rec, uint64_t pc, const uint64_t x[4], uint64_t rest)
{
        struct psci_op *op;

        call_is_over(history, rec, x[0]);
        op = append_registers(history, PSCI_OP_STARTS, rec, x, rest);
        if (op != NULL) {
                op->pc = pc;
                op->answered = ++history->moment;
        }
}

/* ---- in words --------------------------------------------------------------------------------------------------------------- */

static const char *status_name(uint64_t status)
{
        return status == PSCI_SUCCESS ? "SUCCESS" : status == PSCI_DENIED ? "DENIED" : "a bad status";
}

int psci_op_print(char *text, size_t size, const struct psci_op *op)
{
        unsigned long long x0 = op->x0;
        const unsigned long long x[4] = { op->x[0], op->x[1], op->x[2], op->x[3] };

        switch (op->kind) {
        case PSCI_OP_ENTER:
                return snprintf(text, size, "PE %u enters REC %u: 0x%llx", op->chain, op->rec, x0);
        case PSCI_OP_LEAVE:
                if (!op->psci) {
                        return snprintf(text, size, "REC %u leaves PE %u, not by PSCI", op->rec, op->chain);
                }
                return snprintf(text, size, "REC %u leaves PE %u by PSCI, gprs 0x%llx 0x%llx 0x%llx 0x%llx", op->rec,
                                op->chain, x[0], x[1], x[2], x[3]);
        case PSCI_OP_COMPLETE:
                return snprintf(text, size, "PE %u completes REC %u, target %u, %s: 0x%llx", op->chain, op->rec,
                                op->target, status_name(op->status), x0);
        case PSCI_OP_DESTROY:
                return snprintf(text, size, "PE %u destroys REC %u: 0x%llx", op->chain, op->rec, x0);
        case PSCI_OP_CALL:
                return snprintf(text, size, "REC %u calls 0x%llx(0x%llx, 0x%llx, 0x%llx)", op->rec, x[0], x[1], x[2],
                                x[3]);
        case PSCI_OP_RETURNS:
                return snprintf(text, size, "REC %u finds x0..x3 = 0x%llx 0x%llx 0x%llx 0x%llx%s", op->rec, x[0], x[1],
                                x[2], x[3], op->rest == UINT64_MAX ? ", and x4..x30 changed" : "");
        default:
                return snprintf(text, size, "REC %u starts at 0x%llx, x0..x3 = 0x%llx 0x%llx 0x%llx 0x%llx, x4..x30 %s",
                                op->rec, (unsigned long long)op->pc, x[0], x[1], x[2], x[3],
                                op->rest == 0 ? "zero" : "not zero");
        }
}

enum psci_verdict psci_history_check(struct psci_history *history, const struct psci_model *begin)
{
        if (history->too_long) {
                (void)snprintf(history->sentence, sizeof(history->sentence), "the history has more than %d operations",
                               PSCI_OPS_MAX);
                return PSCI_UNDECIDED;
        }
        if (!psci_history_direct(history, begin)) {
                return PSCI_UNEXPLAINED;
        }
        return psci_history_search(history, begin);
}
