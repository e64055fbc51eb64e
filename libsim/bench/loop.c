/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * loop.c - a run loop, measured from outside: whose time an exit takes.
 *
 * The meter of the PE says what passed inside rmmsim_smc(); the rest of a round is the caller's. Reading the clock twice a call
 * costs as much as a short call itself. One part of that falls between the two readings and is in the meter, the other around
 * them and looks like the caller's: both are measured on an empty call and taken off. Steps are not timed one by one, and
 * exits are counted by the PE as it makes them, so the loop here adds one indirect call a step.
 */
#include "clock.h"
#include "method.h"
#include "sample.h"
#include "sim.h"
#include <stdlib.h>
#include <string.h>

enum {
        SILENT_MAX = 10000, /* steps in a row without an exit */
        GROWTH = 8,
        PROBES = 1000,
        PROBE_ROUNDS = 20
};
#define EXITS_MAX (UINT64_C(1) << 32)

/* What reading the clock costs a call, in ticks: between its two readings, and around them. */
struct reading_cost {
        double inside;
        double around;
};

/* One round, as it came. */
struct turn {
        uint64_t exits;
        uint64_t ticks;
        struct rmmsim_meter meter;
};

static uint64_t exits_of(const struct pe *pe)
{
        uint64_t exits = 0;

        for (int i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                exits += pe->statistics.exits[i];
        }
        return exits;
}

/* A call that does nothing, metered as api/smc.c does it. The fastest of some rounds: interruptions only add. */
static struct reading_cost reading_cost(void)
{
        double whole = 0;
        struct reading_cost cost = { 0 };

        for (int round = 0; round < PROBE_ROUNDS; round++) {
                struct rmmsim_meter meter = { 0 };
                uint64_t start = ticks();
                double took;

                for (int i = 0; i < PROBES; i++) {
                        uint64_t before = ticks();

                        __asm__ volatile("" ::: "memory");
                        meter.ticks += ticks() - before;
                        meter.calls++;
                        __asm__ volatile("" ::: "memory");
                }
                took = (double)(ticks() - start) / PROBES;
                if (round == 0 || took < whole) {
                        whole = took;
                        cost.inside = (double)meter.ticks / PROBES;
                }
        }
        cost.around = whole > cost.inside ? whole - cost.inside : 0;
        return cost;
}

/* ---- rounds -------------------------------------------------------------------------------------------------------- */

static int take_steps(const struct rmmsim_bench_loop *loop, uint64_t num)
{
        while (num-- != 0) {
                int status = loop->step(loop->context);

                if (status != 0) {
                        return status;
                }
        }
        return 0;
}

/* At least so many exits: a step may make several, or none. */
static int take_exits(const struct rmmsim_bench_loop *loop, struct turn *turn, uint64_t wanted)
{
        const struct pe *pe = &loop->sim->pes[loop->pe];
        uint64_t before = exits_of(pe);
        uint64_t silent = 0;

        while (turn->exits < wanted) {
                uint64_t num = min_u64(wanted - turn->exits, SILENT_MAX - silent);
                int status = take_steps(loop, num);
                uint64_t exits = exits_of(pe) - before;

                if (status != 0) {
                        return status;
                }
                silent = exits != turn->exits ? 0 : silent + num;
                if (silent == SILENT_MAX) {
                        return RMMSIM_ERROR_STATE;
                }
                turn->exits = exits;
        }
        return 0;
}

/* A round with at least so many exits. Returns 0, or why there is no more to measure. */
static int take_turn(const struct rmmsim_bench_loop *loop, struct turn *turn, uint64_t wanted)
{
        struct pe *pe = &loop->sim->pes[loop->pe];
        struct rmmsim_meter *attached = pe->meter;
        uint64_t start;
        int status;

        *turn = (struct turn){ 0 };
        if (loop->begin != NULL) {
                loop->begin(loop->context);
        }
        pe->meter = &turn->meter;
        start = ticks();
        status = take_exits(loop, turn, wanted);
        turn->ticks = ticks() - start;
        pe->meter = attached;
        return status;
}

/* The number of exits that lasts about as long as wanted. Growing from 1 is the warm-up. */
static int choose_exits(uint64_t *exits, const struct rmmsim_bench_loop *loop, double ticks_wanted)
{
        struct turn turn;
        int status;

        if (loop->exits != 0) {
                *exits = loop->exits;
                return take_turn(loop, &turn, *exits);
        }
        *exits = 1;
        while ((status = take_turn(loop, &turn, *exits)) == 0 && (double)turn.ticks < ticks_wanted / GROWTH &&
               *exits < EXITS_MAX) {
                *exits *= GROWTH;
        }
        if (status == 0 && turn.ticks != 0) {
                double scaled = (double)turn.exits * ticks_wanted / (double)turn.ticks;

                *exits = scaled < 1 ? 1 : scaled > (double)EXITS_MAX ? EXITS_MAX : (uint64_t)scaled;
        }
        return status;
}

/* ---- figures ------------------------------------------------------------------------------------------------------- */

/* A loop while it is measured. */
struct run {
        uint64_t wanted; /* exits a round */
        uint64_t calls;
        double *theirs; /* ticks an exit, by round */
        double *ours;
        double *both;
};

static double at_least_zero(double value)
{
        return value > 0 ? value : 0;
}

static void note_turn(struct run *run, struct rmmsim_bench_split *split, unsigned round, const struct turn *turn,
                      const struct reading_cost *cost)
{
        double exits = (double)turn->exits;
        double calls = (double)turn->meter.calls;
        double inside = (double)turn->meter.ticks;

        run->calls += turn->meter.calls;
        split->exits += turn->exits;
        run->ours[round] = at_least_zero(inside - calls * cost->inside) / exits;
        run->theirs[round] = at_least_zero((double)turn->ticks - inside - calls * cost->around) / exits;
        run->both[round] = run->ours[round] + run->theirs[round];
}

static struct rmmsim_bench_figure figure_of(double *values, const struct rmmsim_bench_method *method,
                                            double ns_per_tick, uint64_t exits)
{
        struct sample_summary summary = sample_summarize(values, method->rounds);

        return (struct rmmsim_bench_figure){ .median_ns = summary.median * ns_per_tick,
                                             .min_ns = summary.min * ns_per_tick,
                                             .spread = summary.spread,
                                             .iterations = exits,
                                             .rounds = method->rounds,
                                             .noisy = summary.spread > method->spread_max };
}

static void conclude(struct rmmsim_bench_split *split, struct run *run, const struct rmmsim_bench_method *method,
                     double ns_per_tick)
{
        split->theirs = figure_of(run->theirs, method, ns_per_tick, run->wanted);
        split->ours = figure_of(run->ours, method, ns_per_tick, run->wanted);
        split->both = figure_of(run->both, method, ns_per_tick, run->wanted);
        split->calls = (double)run->calls / (double)split->exits;
}

static int take_round(struct run *run, struct rmmsim_bench_split *split, const struct rmmsim_bench_loop *loop,
                      unsigned round, const struct reading_cost *cost)
{
        const uint64_t *reasons = loop->sim->pes[loop->pe].statistics.exits;
        uint64_t before[RMMSIM_NUM_EXIT_REASONS];
        struct turn turn;
        int status;

        memcpy(before, reasons, sizeof(before));
        status = take_turn(loop, &turn, run->wanted);
        if (status == 0) {
                note_turn(run, split, round, &turn, cost);
                for (int i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                        split->reasons[i] += reasons[i] - before[i];
                }
        }
        return status;
}

static int measure(struct run *runs, struct rmmsim_bench_split *splits, const struct rmmsim_bench_loop *loops,
                   size_t num_loops, const struct rmmsim_bench_method *method)
{
        struct reading_cost cost = reading_cost();
        struct moment start = clock_moment();
        double ns_per_tick = clock_ns_per_tick(&start);
        int status = 0;

        for (size_t i = 0; i < num_loops && status == 0; i++) {
                splits[i] = (struct rmmsim_bench_split){ 0 };
                status = choose_exits(&runs[i].wanted, &loops[i], (double)method->round_ns / ns_per_tick);
        }
        for (unsigned round = 0; round < method->rounds && status == 0; round++) {
                for (size_t i = 0; i < num_loops && status == 0; i++) {
                        status = take_round(&runs[i], &splits[i], &loops[i], round, &cost);
                }
        }
        if (status == 0) {
                ns_per_tick = clock_ns_per_tick(&start);
                for (size_t i = 0; i < num_loops; i++) {
                        conclude(&splits[i], &runs[i], method, ns_per_tick);
                }
        }
        return status;
}

/* ---- the caller's way in ------------------------------------------------------------------------------------------- */

static int sound(const struct rmmsim_bench_split *splits, const struct rmmsim_bench_loop *loops, size_t num_loops)
{
        if (splits == NULL || loops == NULL) {
                return RMMSIM_ERROR_CONFIG;
        }
        for (size_t i = 0; i < num_loops; i++) {
                if (loops[i].sim == NULL || loops[i].step == NULL || loops[i].exits > EXITS_MAX) {
                        return RMMSIM_ERROR_CONFIG;
                }
        }
        for (size_t i = 0; i < num_loops; i++) {
                if (!sim_has_pe(loops[i].sim, loops[i].pe)) {
                        return RMMSIM_ERROR_MISUSE;
                }
        }
        return 0;
}

static bool take_memory(struct run **runs, double **samples, size_t num_loops, unsigned rounds)
{
        *samples = num_loops > SIZE_MAX / 3 / rounds ? NULL : calloc(num_loops * 3 * rounds, sizeof(**samples));
        *runs = calloc(num_loops, sizeof(**runs));
        for (size_t i = 0; *runs != NULL && *samples != NULL && i < num_loops; i++) {
                (*runs)[i].theirs = *samples + i * 3 * rounds;
                (*runs)[i].ours = (*runs)[i].theirs + rounds;
                (*runs)[i].both = (*runs)[i].ours + rounds;
        }
        return *runs != NULL && *samples != NULL;
}

int rmmsim_bench_loop(struct rmmsim_bench_split *splits, const struct rmmsim_bench_loop *loops, size_t num_loops,
                      const struct rmmsim_bench_method *method)
{
        struct rmmsim_bench_method resolved;
        struct method_pin pin = { 0 };
        struct run *runs = NULL;
        double *samples = NULL;
        int status;

        if (!method_resolve(&resolved, method)) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (num_loops == 0) {
                return 0;
        }
        status = sound(splits, loops, num_loops);
        if (status == 0 && !take_memory(&runs, &samples, num_loops, resolved.rounds)) {
                status = RMMSIM_ERROR_MEMORY;
        }
        if (status == 0) {
                if (resolved.pin) {
                        method_pin(&pin);
                }
                status = measure(runs, splits, loops, num_loops, &resolved);
                method_unpin(&pin);
        }
        free(runs);
        free(samples);
        return status;
}
