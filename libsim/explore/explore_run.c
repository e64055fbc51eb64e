/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_run.c - one schedule, from the first PE's start until all have returned or none can go on.
 */
#include "explorer.h"
#include <rmmsim/snapshot.h>
#include <stdarg.h>
#include <string.h>

static struct rmmsim_explorer *explorer_of(struct exploration *hooks)
{
        return (struct rmmsim_explorer *)(void *)hooks;
}

void run_fail(struct rmmsim_explorer *x, enum rmmsim_finding_kind kind, const char *format, ...)
{
        va_list list;

        if (x->found != RMMSIM_FOUND_NOTHING) {
                return;
        }
        x->found = kind;
        va_start(list, format);
        (void)vsnprintf(x->sentence, sizeof(x->sentence), format, list);
        va_end(list);
}

/* ---- who can go on ---------------------------------------------------------------------------------------------------- */

static uint64_t word_now(const void *word, size_t size)
{
        return size == sizeof(uint32_t) ? __atomic_load_n((const uint32_t *)word, __ATOMIC_RELAXED)
                                        : __atomic_load_n((const uint64_t *)word, __ATOMIC_RELAXED);
}

static bool is_enabled(const struct rmmsim_explorer *x, const struct lane *lane)
{
        switch (lane->state) {
        case LANE_READY:
                return !x->serial.running || serial_allows(x, lane);
        case LANE_WAITS_WORD:
                return word_now(lane->word, lane->word_size) != lane->value;
        case LANE_WAITS_STEP:
                return x->done > lane->value;
        case LANE_WAITS_MUTEX:
                return lane->mutex->state.holder == 0;
        case LANE_WAITS_COND:
                return lane->cond->state.wakes != 0 && lane->ticket < lane->cond->state.reached;
        default:
                return false;
        }
}

static unsigned enabled_lanes(const struct rmmsim_explorer *x)
{
        unsigned enabled = 0;

        for (unsigned i = 0; i < x->num_lanes; i++) {
                enabled |= (unsigned)is_enabled(x, &x->lanes[i]) << i;
        }
        return enabled;
}

/* Nobody can go on. Those that spin may look once more, and if there are only such for long, that is a livelock. */
static unsigned wake_spinners(struct rmmsim_explorer *x)
{
        char names[64] = "";
        unsigned spinners = 0;

        for (unsigned i = 0; i < x->num_lanes; i++) {
                if (x->lanes[i].state == LANE_WAITS_STEP) {
                        size_t length = strlen(names);

                        (void)snprintf(names + length, sizeof(names) - length, "%s%u", spinners == 0 ? "" : ", ", i);
                        spinners |= 1u << i;
                }
        }
        if (spinners != 0 && ++x->rounds > ROUNDS_MAX) {
                run_fail(x, RMMSIM_FOUND_LIVELOCK, "all that is left is spinning: PE %s", names);
                return 0;
        }
        for (unsigned i = 0; i < x->num_lanes; i++) {
                if (x->lanes[i].state == LANE_WAITS_STEP) {
                        x->lanes[i].state = LANE_READY;
                }
        }
        return spinners;
}

unsigned next_enabled(unsigned enabled, unsigned after)
{
        unsigned later = enabled & ~((2u << after) - 1);

        return (unsigned)__builtin_ctz(later != 0 ? later : enabled);
}

static void take(struct rmmsim_explorer *x, unsigned pe)
{
        if (x->num_taken < CHOICES_MAX) {
                x->taken[x->num_taken] = (struct preemption){ .choice = x->choices, .pe = pe };
        }
        x->num_taken++;
}

/* Who goes on: a lane, or NOBODY when the schedule is over. */
static int decide(struct rmmsim_explorer *x)
{
        unsigned enabled;
        unsigned usual;
        int chosen;

        if (x->found != RMMSIM_FOUND_NOTHING || x->serial.differs) {
                return NOBODY;
        }
        enabled = enabled_lanes(x);
        if (enabled == 0 && (enabled = wake_spinners(x)) == 0) {
                return NOBODY;
        }
        usual = (enabled >> x->current & 1) != 0 ? x->current : next_enabled(enabled, x->current);
        if ((enabled & (enabled - 1)) == 0) {
                x->pruned = (x->searching->asleep >> usual & 1) != 0;
                return x->pruned ? NOBODY : (int)usual;
        }
        chosen = x->choose(x, enabled, usual);
        if (chosen != NOBODY && (unsigned)chosen != usual && !x->serial.running) {
                take(x, (unsigned)chosen);
        }
        x->choices++;
        return chosen;
}

/* ---- steps -------------------------------------------------------------------------------------------------------------- */

void run_touch(struct rmmsim_explorer *x, uint64_t key, bool writes)
{
        struct footprint *footprint = &x->footprint;

        if (!x->tracks) {
                return;
        }
        for (unsigned i = 0; i < footprint->count; i++) {
                if ((footprint->keys[i] & INT64_MAX) == key) {
                        footprint->keys[i] |= (uint64_t)writes << 63;
                        return;
                }
        }
        if (footprint->count == FOOTPRINT_MAX) {
                footprint->everything = true;
                return;
        }
        footprint->keys[footprint->count++] = key | (uint64_t)writes << 63;
}

/* May host or guest code have run just before such a point? */
static bool is_behind_user_code(enum rmmsim_step_kind kind)
{
        switch (kind) {
        case RMMSIM_STEP_SMC_RETURN:
        case RMMSIM_STEP_LOCK:
        case RMMSIM_STEP_LOCK_SHARED:
        case RMMSIM_STEP_UNLOCK:
        case RMMSIM_STEP_READ_PAGE:
        case RMMSIM_STEP_REC_ENTRY:
                return false;
        default:
                return true;
        }
}

/* The step that led here is over. */
static void end_step(struct rmmsim_explorer *x, enum rmmsim_step_kind kind)
{
        x->steps++;
        if (kind != RMMSIM_STEP_SPIN) {
                x->done++;
                x->rounds = 0;
        }
        if (x->steps > x->steps_max) {
                run_fail(x, RMMSIM_FOUND_LIVELOCK, "%llu steps, and no end of the schedule",
                         (unsigned long long)x->steps_max);
        }
        if (x->tracks) {
                if (!x->program->announced && is_behind_user_code(kind)) {
                        run_touch(x, object_key(OBJECT_MEMORY, 0), true);
                }
                search_step(x->searching, x->current, &x->footprint);
                x->footprint.count = 0;
                x->footprint.everything = false;
        }
}

/* Points in the middle of what happens at once as long as nobody looks closer. */
static bool is_inside(enum rmmsim_step_kind kind)
{
        return kind == RMMSIM_STEP_LOCK || kind == RMMSIM_STEP_LOCK_SHARED || kind == RMMSIM_STEP_UNLOCK ||
               kind == RMMSIM_STEP_READ_PAGE;
}

/* Let the one go on whose turn it is. Returns when it is this lane's again. */
static void pass(struct rmmsim_explorer *x, struct lane *lane)
{
        int next = decide(x);

        if (next != (int)lane->pe) {
                x->serial.overlapped |= is_inside(lane->kind);
                x->next = next;
                coroutine_suspend(&lane->coroutine);
        }
        lane->state = LANE_READY;
}

static void enter_call(struct rmmsim_explorer *x, struct lane *lane, uint64_t fid)
{
        if (lane->calls < CALLS_MAX) {
                lane->fids[lane->calls] = (uint32_t)fid;
        }
        lane->calls++;
        if (x->program->linearizable) {
                serial_call(x, lane);
        }
}

static bool others_outside(const struct rmmsim_explorer *x)
{
        for (unsigned i = 0; i < x->num_lanes; i++) {
                if (x->lanes[i].calls != 0) {
                        return false;
                }
        }
        return true;
}

/* The RMM keeps no lock when it returns. A mutex of the caller's is the caller's. */
static void expect_no_locks(struct rmmsim_explorer *x, const struct lane *lane)
{
        for (unsigned i = 0; i < lane->num_holds; i++) {
                char name[64];

                if (object_kind(lane->holds[i].key) != OBJECT_MUTEX) {
                        record_name(name, sizeof(name), x, lane->holds[i].key);
                        run_fail(x, RMMSIM_FOUND_AUDIT, "PE %u returns from a call and still holds the lock of %s",
                                 lane->pe, name);
                }
        }
}

static void leave_call(struct rmmsim_explorer *x, struct lane *lane)
{
        if (--lane->calls == 0) {
                expect_no_locks(x, lane);
        }
        if (x->program->linearizable) {
                serial_return(x, lane);
        }
        if (x->program->audit_period != 0 && !x->serial.running && others_outside(x) &&
            ++x->returns >= x->program->audit_period) {
                x->returns = 0;
                end_audit(x);
        }
}

/* Points that come after what they are about. */
static bool is_after(enum rmmsim_step_kind kind)
{
        return kind == RMMSIM_STEP_SMC_RETURN || kind == RMMSIM_STEP_UNLOCK || kind == RMMSIM_STEP_REC_EXIT;
}

void run_point(struct rmmsim_explorer *x, enum rmmsim_step_kind kind, uint64_t key)
{
        struct lane *lane = &x->lanes[x->current];

        if (x->serial.running && is_inside(kind)) {
                return;
        }
        lane->kind = kind;
        lane->key = key;
        end_step(x, kind);
        if (kind == RMMSIM_STEP_SMC_RETURN) {
                leave_call(x, lane);
        }
        if (x->recording && is_after(kind)) {
                record_step(x, lane);
        }
        pass(x, lane);
        if (x->recording && !is_after(kind)) {
                record_step(x, lane);
        }
        if (kind == RMMSIM_STEP_SMC) {
                enter_call(x, lane, key);
        }
}

void run_wait(struct rmmsim_explorer *x, enum lane_state state)
{
        struct lane *lane = &x->lanes[x->current];

        lane->state = state;
        if (state == LANE_WAITS_STEP) {
                x->footprint.everything = true;
                end_step(x, RMMSIM_STEP_SPIN);
                lane->value = x->done;
        } else {
                end_step(x, lane->kind);
        }
        pass(x, lane);
}

/* ---- hooks -------------------------------------------------------------------------------------------------------------- */

static void on_point(struct exploration *hooks, enum rmmsim_step_kind kind, uint64_t key)
{
        run_point(explorer_of(hooks), kind, key);
}

static void on_touch(struct exploration *hooks, uint64_t key, bool writes)
{
        run_touch(explorer_of(hooks), key, writes);
}

static void on_wait(struct exploration *hooks, const void *word, size_t size)
{
        struct rmmsim_explorer *x = explorer_of(hooks);
        struct lane *lane = &x->lanes[x->current];

        if (word == NULL) {
                run_wait(x, LANE_WAITS_STEP);
                return;
        }
        lane->word = word;
        lane->word_size = size;
        lane->value = word_now(word, size);
        run_wait(x, LANE_WAITS_WORD);
}

static void on_hold(struct exploration *hooks, uint64_t key, bool shared)
{
        struct rmmsim_explorer *x = explorer_of(hooks);
        struct lane *lane = &x->lanes[x->current];
        unsigned state = order_check(x, lane, key);

        if (x->program->pairs != NULL && !x->serial.running) {
                pairs_count(x, lane, key);
        }
        if (lane->num_holds == HOLDS_MAX) {
                lane->holds_lost = true;
                return;
        }
        lane->holds[lane->num_holds++] = (struct hold){ .key = key, .shared = shared, .state = (uint8_t)state };
}

static void on_release(struct exploration *hooks, uint64_t key, bool shared)
{
        struct rmmsim_explorer *x = explorer_of(hooks);
        struct lane *lane = &x->lanes[x->current];

        for (unsigned i = lane->num_holds; i-- > 0;) {
                if (lane->holds[i].key == key && lane->holds[i].shared == shared) {
                        lane->holds[i] = lane->holds[--lane->num_holds];
                        return;
                }
        }
}

static void on_observe(struct exploration *hooks, const uint64_t *values, size_t count)
{
        struct rmmsim_explorer *x = explorer_of(hooks);
        uint64_t hash = count;

        if (!x->program->linearizable) {
                return;
        }
        for (size_t i = 0; i < count; i++) {
                hash = (hash ^ values[i]) * UINT64_C(0x9e3779b97f4a7c15);
                hash ^= hash >> 32;
        }
        serial_observe(x, x->current, hash);
}

/* ---- a schedule --------------------------------------------------------------------------------------------------------- */

/* The bottom of a lane's stack: the same coroutine serves schedule after schedule. */
static void lane_main(void *arg)
{
        struct lane *lane = arg;

        for (;;) {
                struct rmmsim_explorer *x = lane->explorer;

                if (x->recording) {
                        record_step(x, lane);
                }
                x->program->pes[lane->pe](x->sim, lane->pe, x->program->arg);
                lane->kind = RMMSIM_STEP_END;
                lane->key = 0;
                lane->state = LANE_RETURNED;
                end_step(x, RMMSIM_STEP_END);
                if (x->recording) {
                        record_step(x, lane);
                }
                x->next = decide(x);
                coroutine_suspend(&lane->coroutine);
        }
}

static void prepare_lane(struct lane *lane)
{
        lane->state = LANE_READY;
        lane->kind = RMMSIM_STEP_START;
        lane->key = 0;
        lane->calls = 0;
        lane->num_holds = 0;
        lane->holds_lost = false;
        lane->seam = (struct seam){ .selected = { .sim = lane->explorer->sim, .pe = lane->pe } };
        lane->seam_there = &lane->seam;
        if (!lane->prepared) {
                size_t size;
                void *stack = stack_pool_stack(&lane->explorer->stacks, lane->pe, &size);

                coroutine_init(&lane->coroutine, stack, size, lane_main, lane);
                lane->prepared = true;
        }
}

static void prepare(struct rmmsim_explorer *x)
{
        x->hooks = (struct exploration){ on_point, on_touch, on_wait, on_hold, on_release, on_observe };
        x->schedule++;
        x->current = LANES_MAX - 1; /* so that the first one is next */
        x->choices = x->steps = x->done = x->num_taken = 0;
        x->rounds = x->returns = 0;
        x->pruned = x->diverged = false;
        x->found = RMMSIM_FOUND_NOTHING;
        x->footprint.count = 0;
        x->footprint.everything = false;
        x->at_planned = 0;
        search_begin(x->searching);
        serial_begin(x);
        x->sim = x->program->sim;
        if (x->sim != NULL) {
                (void)rmmsim_restore(x->sim);
        }
        if (x->program->setup != NULL) {
                x->sim = x->program->setup(x->sim, x->program->arg);
        }
        for (unsigned i = 0; i < x->num_lanes; i++) {
                if ((x->used >> i & 1) != 0) {
                        prepare_lane(&x->lanes[i]);
                }
        }
}

static bool all_returned(const struct rmmsim_explorer *x)
{
        for (unsigned i = 0; i < x->num_lanes; i++) {
                if (x->lanes[i].state != LANE_UNUSED && x->lanes[i].state != LANE_RETURNED) {
                        return false;
                }
        }
        return true;
}

void run_alone(struct rmmsim_explorer *x)
{
        int next;

        prepare(x);
        next = decide(x);
        exploration = &x->hooks;
        while (next != NOBODY) {
                x->current = (unsigned)next;
                lane_resume(&x->lanes[next]);
                next = x->next;
        }
        exploration = NULL;
        if (all_returned(x)) {
                end_look(x);
        } else {
                if (x->found == RMMSIM_FOUND_NOTHING && !x->pruned && !x->serial.running) {
                        end_deadlock(x);
                }
                end_abandon(x);
        }
        if (x->program->teardown != NULL) {
                x->program->teardown(x->sim, x->program->arg);
        }
}

void run_schedule(struct rmmsim_explorer *x)
{
        run_alone(x);
        if (x->program->linearizable && x->found == RMMSIM_FOUND_NOTHING && !x->pruned && x->serial.overlapped) {
                serial_check(x);
        }
}
