/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_search.c - one order for a whole history, in which the model gives what was seen.
 *
 * The search of Wing and Gong: of the operations that were invoked before any other has been answered, one comes first. Try each,
 * and go on from there; places that were met before led nowhere.
 *
 * What a REC finds when it goes on changes nothing for anybody else, so once it can be explained it is taken without trying
 * anything else.
 */
#include "psci_history.h"
#include <stdio.h>
#include <string.h>

struct place {
        struct psci_model model;
        uint16_t heads[PSCI_CHAINS]; /* the next operation of each chain */
        unsigned num_done;
};

struct search {
        struct psci_history *history;
        unsigned chains; /* a bit for each that is not empty */
        bool gave_up;
        unsigned dead_ends;
        struct place best; /* as far as any order came */
};

/* Most histories are explained at once: only a search that was wrong some times remembers where it was. */
enum {
        DEAD_ENDS_UNREMEMBERED = 8,
        HEADS_WORDS = PSCI_CHAINS * sizeof(uint16_t) / sizeof(uint64_t)
};

struct candidates {
        unsigned count;
        uint16_t ops[PSCI_CHAINS];
};

static bool apply(struct psci_model *model, const struct psci_op *op)
{
        const uint64_t *answer = op->answered == PSCI_OPEN ? NULL : &op->x0;

        switch (op->kind) {
        case PSCI_OP_ENTER:
                return psci_model_enter(model, op->rec, op->x0);
        case PSCI_OP_LEAVE:
                return psci_model_leave(model, op->rec, op->psci ? op->x : NULL);
        case PSCI_OP_COMPLETE:
                return psci_model_complete(model, op->rec, op->target, op->status) == op->x0;
        case PSCI_OP_DESTROY:
                return psci_model_destroy(model, op->rec) == op->x0;
        case PSCI_OP_CALL:
                return psci_model_call(model, op->rec, op->x, op->rest, answer);
        case PSCI_OP_RETURNS:
                return psci_model_returns(model, op->rec, op->x, op->rest);
        default:
                return psci_model_starts(model, op->rec, op->pc, op->x, op->rest);
        }
}

static void advance(const struct search *search, struct place *place, const struct psci_op *op)
{
        place->heads[op->chain] = op->next;
        place->num_done++;
        search->history->effort++;
}

/* Operations that may come next, the one that is answered first foremost. False if nothing that was answered is left. */
static bool find_candidates(const struct search *search, const struct place *place, struct candidates *candidates)
{
        const struct psci_op *ops = search->history->ops;
        uint32_t deadline = PSCI_OPEN;
        unsigned chains;

        for (chains = search->chains; chains != 0; chains &= chains - 1) {
                uint16_t head = place->heads[__builtin_ctz(chains)];

                if (head != PSCI_NO_OP && ops[head].answered < deadline) {
                        deadline = ops[head].answered;
                }
        }
        candidates->count = 0;
        for (chains = search->chains; chains != 0; chains &= chains - 1) {
                uint16_t head = place->heads[__builtin_ctz(chains)];
                unsigned i = candidates->count;

                if (head == PSCI_NO_OP || ops[head].invoked > deadline) {
                        continue;
                }
                for (; i > 0 && ops[candidates->ops[i - 1]].answered > ops[head].answered; i--) {
                        candidates->ops[i] = candidates->ops[i - 1];
                }
                candidates->ops[i] = head;
                candidates->count++;
        }
        return deadline != PSCI_OPEN;
}

/* Take what only its REC can tell. */
static bool take_local(const struct search *search, struct place *place, const struct candidates *candidates)
{
        for (unsigned i = 0; i < candidates->count; i++) {
                const struct psci_op *op = &search->history->ops[candidates->ops[i]];

                if ((op->kind == PSCI_OP_RETURNS || op->kind == PSCI_OP_STARTS) && apply(&place->model, op)) {
                        advance(search, place, op);
                        return true;
                }
        }
        return false;
}

/* Was this place met before? From now on it was. */
static bool was_seen(const struct search *search, const struct place *place)
{
        struct psci_history *history = search->history;
        uint64_t heads[HEADS_WORDS];
        uint64_t hash;
        size_t slot;

        if (search->dead_ends < DEAD_ENDS_UNREMEMBERED) {
                return false;
        }
        hash = psci_model_hash(&place->model);
        memcpy(heads, place->heads, sizeof(heads));
        for (unsigned i = 0; i < HEADS_WORDS; i++) {
                hash = (hash ^ heads[i]) * UINT64_C(0xff51afd7ed558ccd);
                hash ^= hash >> 32;
        }
        slot = (size_t)hash % PSCI_SEEN_MAX;
        while (history->seen[slot].generation == history->generation) {
                if (history->seen[slot].hash == hash) {
                        return true;
                }
                slot = (slot + 1) % PSCI_SEEN_MAX;
        }
        if (history->num_seen < PSCI_SEEN_MAX / 2) {
                history->num_seen++;
                history->seen[slot] = (struct psci_seen){ .hash = hash, .generation = history->generation };
        }
        return false;
}

static bool dead_end(struct search *search, const struct place *place)
{
        search->dead_ends++;
        if (place->num_done >= search->best.num_done) {
                search->best = *place;
        }
        return false;
}

static bool explain(struct search *search, struct place *place);

static bool branch(struct search *search, const struct place *place, const struct candidates *candidates)
{
        struct place next;

        for (unsigned i = 0; i < candidates->count && !search->gave_up; i++) {
                const struct psci_op *op = &search->history->ops[candidates->ops[i]];

                next = *place;
                if (apply(&next.model, op)) {
                        advance(search, &next, op);
                        if (explain(search, &next)) {
                                return true;
                        }
                }
        }
        return dead_end(search, place);
}

static bool explain(struct search *search, struct place *place)
{
        struct candidates candidates;

        while (find_candidates(search, place, &candidates)) {
                if (search->history->effort > PSCI_EFFORT_MAX) {
                        search->gave_up = true;
                        return false;
                }
                if (take_local(search, place, &candidates)) {
                        continue;
                }
                if (candidates.count != 1) {
                        return !was_seen(search, place) && branch(search, place, &candidates);
                }
                if (!apply(&place->model, &search->history->ops[candidates.ops[0]])) {
                        return dead_end(search, place);
                }
                advance(search, place, &search->history->ops[candidates.ops[0]]);
        }
        search->history->end = place->model;
        return true;
}

/* What could not come next, in the order that came farthest. */
static void say_why(struct search *search)
{
        struct psci_history *history = search->history;
        struct candidates candidates;
        size_t size = sizeof(history->sentence);
        size_t length;

        length = (size_t)snprintf(history->sentence, size, "no order explains, after %u of %u operations",
                                  search->best.num_done, history->num_ops);
        (void)find_candidates(search, &search->best, &candidates);
        for (unsigned i = 0; i < candidates.count && length + 4 < size; i++) {
                const char *separator = i == 0 ? ": " : "; or ";

                length += (size_t)snprintf(history->sentence + length, size - length, "%s", separator);
                if (length < size) {
                        length += (size_t)psci_op_print(history->sentence + length, size - length,
                                                        &history->ops[candidates.ops[i]]);
                }
        }
}

enum psci_verdict psci_history_search(struct psci_history *history, const struct psci_model *begin)
{
        struct search search = { .history = history };
        struct place place = { .model = *begin };

        history->effort = 0;
        history->generation++;
        history->num_seen = 0;
        memcpy(place.heads, history->first, sizeof(place.heads));
        search.best.num_done = 0;
        memcpy(search.best.heads, history->first, sizeof(place.heads));
        for (unsigned i = 0; i < PSCI_CHAINS; i++) {
                search.chains |= (unsigned)(history->first[i] != PSCI_NO_OP) << i;
        }
        if (explain(&search, &place)) {
                return PSCI_EXPLAINED;
        }
        if (search.gave_up) {
                (void)snprintf(history->sentence, sizeof(history->sentence),
                               "no order was found for %u operations, and the search was given up", history->num_ops);
                return PSCI_UNDECIDED;
        }
        say_why(&search);
        return PSCI_UNEXPLAINED;
}
