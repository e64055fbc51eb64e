/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_serial.c - linearizability: is the outcome of a schedule that of the same calls one at a time?
 *
 * Orders are not imagined but run: by the same program, from the same snapshot, under schedules that change lanes only where
 * a call begins or ends, a REC is entered or left, or a guest traps. Such a schedule is given up as soon as a lane learns something that it
 * did not learn in the history to be explained, so most of them are short. Outcomes that were explained once are remembered.
 *
 * (Wing and Gong's search; Lowe's observation that most branches die early holds here because answers are compared at once.)
 */
#include "explorer.h"
#include <limits.h>
#include <rmmsim/snapshot.h>
#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
        hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
        return hash ^ hash >> 29;
}

/* ---- the history of a schedule -------------------------------------------------------------------------------------------- */

void serial_begin(struct rmmsim_explorer *x)
{
        struct history *history = &x->history;

        x->serial.differs = false;
        x->serial.overlapped = false;
        if (x->program->linearizable) {
                memset(history->num_observed, 0, sizeof(history->num_observed));
                memset(history->made, 0, sizeof(history->made));
                memset(history->returned, 0, sizeof(history->returned));
        }
}

void serial_observe(struct rmmsim_explorer *x, unsigned lane, uint64_t value)
{
        struct history *history = &x->history;
        unsigned n = history->num_observed[lane];

        if (n == OBSERVED_MAX) {
                x->serial.overflowed = true;
                return;
        }
        history->observed[lane][n] = value;
        history->num_observed[lane]++;
        if (x->serial.running &&
            (n >= x->serial.wanted.num_observed[lane] || x->serial.wanted.observed[lane][n] != value)) {
                x->serial.differs = true;
        }
}

void rmmsim_observe(uint64_t value)
{
        struct rmmsim_explorer *x = explorer_active;

        if (x != NULL && x->program->linearizable) {
                serial_observe(x, exploration != NULL ? x->current : LANES_MAX, mix(1, value));
        }
}

void serial_call(struct rmmsim_explorer *x, const struct lane *lane)
{
        struct history *history = &x->history;
        unsigned n = history->made[lane->pe];

        if (n == ORDERED_CALLS_MAX) {
                x->serial.overflowed = true;
                return;
        }
        history->calls[lane->pe][n].fid = lane->key;
        history->calls[lane->pe][n].x0 = 0;
        memcpy(history->calls[lane->pe][n].before, history->returned, sizeof(history->returned));
        history->made[lane->pe]++;
}

void serial_return(struct rmmsim_explorer *x, const struct lane *lane)
{
        struct history *history = &x->history;

        history->calls[lane->pe][history->returned[lane->pe] % ORDERED_CALLS_MAX].x0 = lane->key;
        history->returned[lane->pe]++;
}

bool serial_allows(const struct rmmsim_explorer *x, const struct lane *lane)
{
        const struct history *wanted = &x->serial.wanted;
        unsigned n = x->history.made[lane->pe];

        if (lane->kind != RMMSIM_STEP_SMC || n >= wanted->made[lane->pe]) {
                return true;
        }
        for (unsigned i = 0; i < x->num_lanes; i++) {
                if (x->history.returned[i] < wanted->calls[lane->pe][n].before[i]) {
                        return false;
                }
        }
        return true;
}

void serial_end(struct rmmsim_explorer *x)
{
        if (x->serial.overlapped || x->serial.running) {
                x->history.state = x->sim == NULL ? 0 : rmmsim_state_hash(x->sim);
        }
}

/* ---- the search ----------------------------------------------------------------------------------------------------------- */

/* Of everything that an order has to explain; and of the exploration, whose program it is. */
static uint64_t number_of(const struct rmmsim_explorer *x)
{
        const struct history *history = &x->history;
        uint64_t hash = mix(x->schedule >> 40, history->state);

        for (unsigned i = 0; i <= LANES_MAX; i++) {
                hash = mix(hash, history->num_observed[i]);
                for (unsigned n = 0; n < history->num_observed[i]; n++) {
                        hash = mix(hash, history->observed[i][n]);
                }
        }
        for (unsigned i = 0; i < x->num_lanes; i++) {
                for (unsigned n = 0; n < history->made[i]; n++) {
                        uint64_t before;

                        memcpy(&before, history->calls[i][n].before, sizeof(before));
                        hash = mix(hash, before);
                }
        }
        return hash != 0 ? hash : 1;
}

/* All have returned: is it the same? */
static bool explains(struct rmmsim_explorer *x)
{
        const struct history *wanted = &x->serial.wanted;

        if (x->pruned || x->serial.differs || x->found != RMMSIM_FOUND_NOTHING ||
            memcmp(x->history.num_observed, wanted->num_observed, sizeof(wanted->num_observed)) != 0 ||
            memcmp(x->history.returned, wanted->returned, sizeof(wanted->returned)) != 0) {
                return false;
        }
        x->serial.answers_met = true;
        return x->history.state == wanted->state;
}

enum explanation {
        EXPLAINED,
        UNEXPLAINED,
        UNDECIDED
};

static enum explanation search_order(struct rmmsim_explorer *x)
{
        struct search *search = &x->serial.search;
        uint64_t most = x->strategy->orders_max != 0 ? x->strategy->orders_max : ORDERS_DEFAULT;

        search_forget(search);
        search->bound = UINT_MAX;
        search->sleeps = true;
        for (uint64_t n = 0; n < most; n++) {
                x->found = RMMSIM_FOUND_NOTHING;
                run_alone(x);
                x->finding->serial++;
                if (explains(x)) {
                        return EXPLAINED;
                }
                if (x->diverged) {
                        return UNDECIDED;
                }
                if (!search_advance(search)) {
                        return UNEXPLAINED;
                }
        }
        return UNDECIDED;
}

/* Run schedules of another kind, and leave no trace of it but what was found. */
static enum explanation search_aside(struct rmmsim_explorer *x)
{
        choose_fn *choose = x->choose;
        uint64_t choices = x->choices;
        uint64_t steps = x->steps;
        uint64_t at_planned = x->at_planned;
        uint64_t num_taken = x->num_taken;
        bool tracks = x->tracks;
        bool diverged = x->diverged;
        bool recording = x->recording;
        enum explanation found;

        x->serial.running = true;
        x->searching = &x->serial.search;
        x->choose = choose_search;
        x->tracks = true;
        x->recording = false;
        found = search_order(x);
        x->serial.running = false;
        x->serial.differs = false;
        x->searching = &x->search;
        x->choose = choose;
        x->tracks = tracks;
        x->recording = recording;
        x->found = RMMSIM_FOUND_NOTHING;
        x->pruned = false;
        x->choices = choices;
        x->steps = steps;
        x->at_planned = at_planned;
        x->num_taken = num_taken;
        x->diverged = diverged;
        return found;
}

/* ---- the verdict ---------------------------------------------------------------------------------------------------------- */

static const char *name_of_call(const struct call_made *call)
{
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                if (command_rows[i].fid == call->fid) {
                        return rmmsim_command_name((enum rmmsim_command)i);
                }
        }
        return "an unknown command";
}

static void report(struct rmmsim_explorer *x)
{
        const struct history *wanted = &x->serial.wanted;
        char text[sizeof(x->sentence)] = "";

        for (unsigned i = 0; i < x->num_lanes; i++) {
                for (unsigned n = 0; n < wanted->returned[i]; n++) {
                        size_t length = strlen(text);

                        (void)snprintf(text + length, sizeof(text) - length, "%sPE %u: %s %s", length == 0 ? "" : "; ",
                                       i, name_of_call(&wanted->calls[i][n]),
                                       rmmsim_rmi_status_name(wanted->calls[i][n].x0));
                }
        }
        run_fail(x, RMMSIM_FOUND_NOT_LINEARIZABLE, "no order of the calls, one at a time, %s: %s",
                 x->serial.answers_met ? "ends in this state" : "is answered like this", text);
}

/* What is used of it. */
static void copy(struct history *to, const struct history *from)
{
        memcpy(to->num_observed, from->num_observed, sizeof(to->num_observed));
        memcpy(to->made, from->made, sizeof(to->made));
        memcpy(to->returned, from->returned, sizeof(to->returned));
        to->state = from->state;
        for (unsigned i = 0; i <= LANES_MAX; i++) {
                memcpy(to->observed[i], from->observed[i], from->num_observed[i] * sizeof(to->observed[i][0]));
        }
        for (unsigned i = 0; i < LANES_MAX; i++) {
                memcpy(to->calls[i], from->calls[i], from->made[i] * sizeof(to->calls[i][0]));
        }
}

void serial_check(struct rmmsim_explorer *x)
{
        uint64_t number = number_of(x);
        uint64_t *known = &x->serial.outcomes[number % OUTCOMES_MAX];

        if (*known == number || x->serial.overflowed) {
                return;
        }
        copy(&x->serial.wanted, &x->history);
        x->serial.answers_met = false;
        switch (search_aside(x)) {
        case EXPLAINED:
                *known = number;
                break;
        case UNDECIDED:
                x->finding->undecided++;
                break;
        case UNEXPLAINED:
                report(x);
                break;
        }
}
