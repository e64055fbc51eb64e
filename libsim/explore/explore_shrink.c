/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_shrink.c - from a schedule that fails to a small one that fails in the same way.
 *
 * Preemptions are left out, many at a time and then one by one. Where that ends, fewer at other places may do: so all schedules with
 * up to two are tried. Those that remain are moved towards the beginning. Each attempt is a schedule that is run. What counts is the kind of failure: a shrunken schedule may word it differently.
 */
#include "explorer.h"
#include <stdlib.h>
#include <string.h>

enum {
        ATTEMPTS_MAX = 4000,
        ANEW_MAX = 2 /* preemptions, when the search begins anew */
};

struct shrinking {
        struct rmmsim_explorer *x;
        enum rmmsim_finding_kind kind;
        struct preemption *best;
        uint64_t count;
};

static void run_as(struct rmmsim_explorer *x, choose_fn *choose)
{
        x->choose = choose;
        x->tracks = false;
        x->search.sleeps = false;
        order_forget(x);
        run_schedule(x);
}

static bool keep(struct shrinking *s)
{
        s->count = s->x->num_taken;
        memcpy(s->best, s->x->taken, s->count * sizeof(s->best[0]));
        return true;
}

/* Does the schedule that is planned fail in the same way, and is it no larger? Then what was really done of it is the best. */
static bool attempt(struct shrinking *s, uint64_t most)
{
        struct rmmsim_explorer *x = s->x;

        if (x->finding->shrinking == ATTEMPTS_MAX) {
                return false;
        }
        x->finding->shrinking++;
        run_as(x, choose_replay);
        return x->found == s->kind && x->num_taken <= most && keep(s);
}

static bool without(struct shrinking *s, uint64_t from, uint64_t length)
{
        struct rmmsim_explorer *x = s->x;

        x->num_planned = s->count - length;
        memcpy(x->planned, s->best, from * sizeof(s->best[0]));
        memcpy(x->planned + from, s->best + from + length, (x->num_planned - from) * sizeof(s->best[0]));
        return attempt(s, x->num_planned);
}

static void leave_out(struct shrinking *s)
{
        for (uint64_t length = s->count; length != 0; length /= 2) {
                uint64_t from = 0;

                while (from + length <= s->count) {
                        if (!without(s, from, length)) {
                                from += length;
                        }
                }
        }
}

/* Search what is cheaper than the best, from nothing on. */
static void start_anew(struct shrinking *s)
{
        struct rmmsim_explorer *x = s->x;

        for (unsigned bound = 0; bound < s->count && bound <= ANEW_MAX; bound++) {
                x->search.num_nodes = 0;
                x->search.bound = bound;
                do {
                        if (x->finding->shrinking == ATTEMPTS_MAX) {
                                return;
                        }
                        x->finding->shrinking++;
                        run_as(x, choose_search);
                        if (x->found == s->kind && x->num_taken < s->count) {
                                (void)keep(s);
                                return;
                        }
                } while (!x->pruned && search_advance(&x->search));
        }
}

/* Returns true if any preemption could be moved. */
static bool move_forward(struct shrinking *s)
{
        struct rmmsim_explorer *x = s->x;
        bool moved = false;

        for (uint64_t i = 0; i < s->count; i++) {
                uint64_t choice = i == 0 ? 0 : s->best[i - 1].choice + 1;

                for (; choice < s->best[i].choice; choice++) {
                        x->num_planned = s->count;
                        memcpy(x->planned, s->best, s->count * sizeof(s->best[0]));
                        x->planned[i].choice = choice;
                        if (attempt(s, s->count)) {
                                moved = true;
                                break;
                        }
                        if (x->finding->shrinking == ATTEMPTS_MAX) {
                                return false;
                        }
                }
                if (i >= s->count) {
                        break;
                }
        }
        return moved;
}

void replay_taken(struct rmmsim_explorer *x)
{
        struct rmmsim_finding *finding = x->finding;

        x->num_planned = x->num_taken < CHOICES_MAX ? x->num_taken : CHOICES_MAX;
        memcpy(x->planned, x->taken, x->num_planned * sizeof(x->planned[0]));
        finding->num_steps = 0;
        finding->steps_left_out = 0;
        x->recording = true;
        run_as(x, choose_replay);
        x->recording = false;
        finding->num_preemptions = (unsigned)x->num_taken;
        finding->choices = x->choices;
        if (x->num_taken >= CHOICES_MAX ||
            !line_write(finding->replay, sizeof(finding->replay), x->num_lanes, x->taken, x->num_taken)) {
                finding->replay[0] = '\0';
        }
}

static void shrink_list(struct rmmsim_explorer *x, enum rmmsim_finding_kind kind)
{
        uint64_t size = x->num_taken * sizeof(struct preemption);
        struct shrinking s = { .x = x, .kind = kind, .count = x->num_taken };

        s.best = malloc(size != 0 ? size : 1);
        if (s.best == NULL) {
                return; /* as it was found is good enough */
        }
        memcpy(s.best, x->taken, size);
        leave_out(&s);
        start_anew(&s);
        do {
                leave_out(&s);
        } while (move_forward(&s));
        memcpy(x->taken, s.best, s.count * sizeof(s.best[0]));
        x->num_taken = s.count;
        free(s.best);
}

void shrink(struct rmmsim_explorer *x)
{
        struct rmmsim_finding *finding = x->finding;
        enum rmmsim_finding_kind kind = x->found;
        char sentence[sizeof(x->sentence)];

        memcpy(sentence, x->sentence, sizeof(sentence));
        if (!x->strategy->no_shrink && x->strategy->kind != RMMSIM_STRATEGY_REPLAY && x->num_taken < CHOICES_MAX) {
                shrink_list(x, kind);
        }
        replay_taken(x);
        finding->kind = kind;
        finding->replays = x->found == kind;
        memcpy(finding->sentence, finding->replays ? x->sentence : sentence, sizeof(finding->sentence));
}
