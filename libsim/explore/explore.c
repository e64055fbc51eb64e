/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore.c - an exploration as a whole: schedule after schedule until something is found or nothing is left.
 *
 * Everything it needs is reserved when it begins; a schedule allocates nothing.
 */
#include "explorer.h"
#include <limits.h>
#include <rmmsim/snapshot.h>
#include <string.h>
#include <sys/mman.h>

enum {
        STACK_DEFAULT = 256 * 1024,
        STACK_MIN = 64 * 1024,
        STACK_MAX = 1 << 30,
        SCHEDULES_DEFAULT = 10000,
        STEPS_DEFAULT = 100000
};

_Thread_local struct rmmsim_explorer *explorer_active;

static int fail(struct rmmsim_finding *finding, int code, const char *sentence)
{
        (void)snprintf(finding->sentence, sizeof(finding->sentence), "%s", sentence);
        return code;
}

/* ---- arguments ---------------------------------------------------------------------------------------------------------- */

static const char *nonsense_program(const struct rmmsim_program *program)
{
        if (program == NULL) {
                return "program must not be NULL";
        }
        if (program->stack_size != 0 && (program->stack_size < STACK_MIN || program->stack_size > STACK_MAX)) {
                return "stack_size must be at least 65536 bytes and at most 1 GiB";
        }
        return NULL;
}

static const char *nonsense_strategy(const struct rmmsim_strategy *strategy)
{
        if (strategy == NULL) {
                return "strategy must not be NULL";
        }
        if ((unsigned)strategy->kind >= RMMSIM_NUM_STRATEGIES) {
                return "the strategy's kind is none of enum rmmsim_strategy_kind";
        }
        if (strategy->depth > DEPTH_MAX) {
                return "the strategy's depth must be at most 8";
        }
        if (strategy->kind == RMMSIM_STRATEGY_REPLAY && strategy->line == NULL) {
                return "a replay needs a line";
        }
        if (strategy->kind == RMMSIM_STRATEGY_BYTES && strategy->bytes == NULL && strategy->num_bytes != 0) {
                return "bytes must not be NULL where num_bytes is not 0";
        }
        return NULL;
}

/* ---- begin and end ------------------------------------------------------------------------------------------------------ */

static size_t lists_size(void)
{
        return 2 * CHOICES_MAX * sizeof(struct preemption);
}

/* Opens a stack for each lane, in their order. */
static bool open_stacks(struct rmmsim_explorer *x)
{
        for (unsigned i = 0; i < LANES_MAX; i++) {
                uint32_t slot;

                if (!stack_pool_take(&x->stacks, &slot)) {
                        return false;
                }
                x->lanes[i] = (struct lane){ .explorer = x, .pe = i };
        }
        return true;
}

static struct rmmsim_explorer *explorer_create(const struct rmmsim_program *program)
{
        size_t size = sizeof(struct rmmsim_explorer) + lists_size();
        struct rmmsim_explorer *x =
                mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (x == MAP_FAILED) {
                return NULL;
        }
        x->program = program;
        x->taken = (struct preemption *)(void *)(x + 1);
        x->planned = x->taken + CHOICES_MAX;
        if (!search_create(&x->search) || !search_create(&x->serial.search) ||
            stack_pool_init(&x->stacks, program->stack_size != 0 ? program->stack_size : STACK_DEFAULT, LANES_MAX) !=
                    0) {
                search_destroy(&x->search);
                search_destroy(&x->serial.search);
                munmap(x, size);
                return NULL;
        }
        if (!open_stacks(x)) {
                rmmsim_explorer_destroy(x);
                return NULL;
        }
        return x;
}

void rmmsim_explorer_destroy(struct rmmsim_explorer *explorer)
{
        if (explorer == NULL) {
                return;
        }
        for (unsigned i = 0; i < LANES_MAX; i++) {
                if (explorer->lanes[i].prepared) {
                        coroutine_drop(&explorer->lanes[i].coroutine);
                }
        }
        stack_pool_destroy(&explorer->stacks);
        search_destroy(&explorer->search);
        search_destroy(&explorer->serial.search);
        munmap(explorer, sizeof(struct rmmsim_explorer) + lists_size());
}

/* ---- before each exploration -------------------------------------------------------------------------------------------- */

static void take_lanes(struct rmmsim_explorer *x)
{
        x->used = x->num_lanes = 0;
        for (unsigned i = 0; i < LANES_MAX; i++) {
                x->lanes[i].state = LANE_UNUSED;
                if (x->program->pes[i] != NULL) {
                        x->used |= 1u << i;
                        x->num_lanes = i + 1;
                }
        }
}

/* Numbers of schedules are never used again, so that a mutex knows when it is new. */
static uint64_t first_schedule(void)
{
        static _Atomic uint64_t explorations;

        return (atomic_fetch_add_explicit(&explorations, 1, memory_order_relaxed) + 1) << 40;
}

static bool needs_search(const struct rmmsim_strategy *strategy)
{
        return strategy->kind == RMMSIM_STRATEGY_EXHAUSTIVE || strategy->kind == RMMSIM_STRATEGY_DELAY;
}

static void begin(struct rmmsim_explorer *x, const struct rmmsim_strategy *strategy, struct rmmsim_finding *finding)
{
        take_lanes(x);
        x->strategy = strategy;
        x->finding = finding;
        x->schedule = first_schedule();
        x->steps_max = strategy->steps_max != 0 ? strategy->steps_max : STEPS_DEFAULT;
        x->choices_seen = 0;
        x->num_planned = 0;
        x->recording = false;
        x->serial.overflowed = false;
        x->searching = &x->search;
        search_forget(&x->search);
        x->search.bound = strategy->kind == RMMSIM_STRATEGY_EXHAUSTIVE ? UINT_MAX
                          : strategy->depth != 0                       ? strategy->depth
                                                                       : 2;
        x->search.sleeps = strategy->kind == RMMSIM_STRATEGY_EXHAUSTIVE && !strategy->no_sleep_sets;
        x->tracks = x->search.sleeps;
        order_forget(x);
        finding->num_pes = x->num_lanes;
}

/* ---- schedules ---------------------------------------------------------------------------------------------------------- */

static uint64_t schedules_max(const struct rmmsim_strategy *strategy)
{
        switch (strategy->kind) {
        case RMMSIM_STRATEGY_REPLAY:
        case RMMSIM_STRATEGY_BYTES:
                return 1;
        case RMMSIM_STRATEGY_EXHAUSTIVE:
        case RMMSIM_STRATEGY_DELAY:
                return strategy->schedules_max != 0 ? strategy->schedules_max : UINT64_MAX;
        default:
                return strategy->schedules_max != 0 ? strategy->schedules_max : SCHEDULES_DEFAULT;
        }
}

/* Returns 0 or an error; x->found says whether the last schedule failed. */
static int run_schedules(struct rmmsim_explorer *x)
{
        struct rmmsim_finding *finding = x->finding;
        uint64_t most = schedules_max(x->strategy);

        while (finding->schedules + finding->pruned < most) {
                choose_begin(x, finding->schedules);
                run_schedule(x);
                if (needs_search(x->strategy) && x->diverged) {
                        return fail(finding, RMMSIM_ERROR_CONFIG,
                                    "a schedule has more than 65,536 choices: shorten the program, or use another "
                                    "strategy");
                }
                if (x->serial.overflowed) {
                        return fail(finding, RMMSIM_ERROR_CONFIG,
                                    "a PE makes more than 64 calls, or observes more than 1,024 things: too many for "
                                    "a program that is linearizable");
                }
                finding->pruned += x->pruned;
                finding->schedules += !x->pruned;
                if (x->choices > x->choices_seen) {
                        x->choices_seen = x->choices;
                }
                if (x->found != RMMSIM_FOUND_NOTHING) {
                        return 0;
                }
                if (needs_search(x->strategy) && !search_advance(&x->search)) {
                        finding->complete = true;
                        return 0;
                }
        }
        return 0;
}

static int explore(struct rmmsim_explorer *x)
{
        struct rmmsim_finding *finding = x->finding;
        const char *wrong = NULL;
        int error;

        if (x->strategy->kind == RMMSIM_STRATEGY_REPLAY) {
                wrong = line_read(x->planned, &x->num_planned, x->strategy->line, x->num_lanes);
        }
        if (wrong != NULL) {
                return fail(finding, RMMSIM_ERROR_CONFIG, wrong);
        }
        error = run_schedules(x);
        if (error != 0) {
                return error;
        }
        finding->diverged = x->diverged || x->at_planned != x->num_planned;
        finding->choices = x->choices;
        if (x->found != RMMSIM_FOUND_NOTHING) {
                shrink(x);
        } else if (x->strategy->kind == RMMSIM_STRATEGY_REPLAY) {
                replay_taken(x);
        } else if (x->num_taken >= CHOICES_MAX ||
                   !line_write(finding->replay, sizeof(finding->replay), x->num_lanes, x->taken, x->num_taken)) {
                finding->replay[0] = '\0';
        }
        return 0;
}

/* ---- the public face ---------------------------------------------------------------------------------------------------- */

struct rmmsim_explorer *rmmsim_explorer_create(const struct rmmsim_program *program, struct rmmsim_error *error)
{
        const char *wrong = nonsense_program(program);
        struct rmmsim_explorer *x = NULL;
        struct rmmsim_error problem = { RMMSIM_OK, "" };

        if (wrong != NULL) {
                problem.code = RMMSIM_ERROR_CONFIG;
                (void)snprintf(problem.text, sizeof(problem.text), "%s", wrong);
        } else if (program->sim == NULL || rmmsim_snapshot(program->sim, &problem) == 0) {
                x = explorer_create(program);
                if (x == NULL) {
                        problem.code = RMMSIM_ERROR_MEMORY;
                        (void)snprintf(problem.text, sizeof(problem.text),
                                       "the system has no memory for an exploration");
                }
        }
        if (error != NULL) {
                *error = problem;
        }
        return x;
}

/* The steps behind num_steps mean nothing, and there is no time to clear them. */
static void finding_clear(struct rmmsim_finding *finding)
{
        memset(finding, 0, offsetof(struct rmmsim_finding, steps));
}

int rmmsim_explorer_run(struct rmmsim_explorer *explorer, const struct rmmsim_strategy *strategy,
                        struct rmmsim_finding *finding)
{
        const char *wrong = nonsense_strategy(strategy);
        int error;

        if (finding == NULL) {
                return RMMSIM_ERROR_CONFIG;
        }
        finding_clear(finding);
        if (explorer == NULL) {
                return fail(finding, RMMSIM_ERROR_CONFIG, "explorer must not be NULL");
        }
        if (explorer_active != NULL) {
                return fail(finding, RMMSIM_ERROR_STATE, "an exploration is under way on this thread");
        }
        if (wrong != NULL) {
                return fail(finding, RMMSIM_ERROR_CONFIG, wrong);
        }
        begin(explorer, strategy, finding);
        explorer_active = explorer;
        error = explore(explorer);
        explorer_active = NULL;
        if (explorer->program->sim != NULL) {
                (void)rmmsim_restore(explorer->program->sim);
        }
        return error;
}

int rmmsim_explore(const struct rmmsim_program *program, const struct rmmsim_strategy *strategy,
                   struct rmmsim_finding *finding)
{
        const char *wrong = nonsense_program(program);
        struct rmmsim_explorer *x;
        struct rmmsim_error problem;
        int error;

        if (finding == NULL) {
                return RMMSIM_ERROR_CONFIG;
        }
        finding_clear(finding);
        if (explorer_active != NULL) {
                return fail(finding, RMMSIM_ERROR_STATE, "an exploration is under way on this thread");
        }
        if (wrong == NULL) {
                wrong = nonsense_strategy(strategy);
        }
        if (wrong != NULL) {
                return fail(finding, RMMSIM_ERROR_CONFIG, wrong);
        }
        x = rmmsim_explorer_create(program, &problem);
        if (x == NULL) {
                return fail(finding, problem.code, problem.text);
        }
        error = rmmsim_explorer_run(x, strategy, finding);
        rmmsim_explorer_destroy(x);
        return error;
}
