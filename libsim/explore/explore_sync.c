/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_sync.c - what a program's own code calls: points, failures, mutexes and condition variables.
 *
 * A lane that wants a mutex cannot go on while another holds it, so no step is spent on finding that out.
 */
#include "explorer.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The lane that calls, or NULL outside an exploration. */
static struct lane *caller(void)
{
        struct rmmsim_explorer *x = (struct rmmsim_explorer *)(void *)exploration;

        return x == NULL ? NULL : &x->lanes[x->current];
}

static void misuse(const char *function)
{
        fprintf(stderr,
                "rmmsim: misuse: %s() outside an exploration: only functions of a program that rmmsim_explore() runs "
                "may "
                "call it\n",
                function);
        abort();
}

static struct lane *caller_of(const char *function)
{
        struct lane *lane = caller();

        if (lane == NULL) {
                misuse(function);
        }
        return lane;
}

void rmmsim_explore_fail(const char *format, ...)
{
        struct rmmsim_explorer *x = explorer_active;
        char text[sizeof(x->sentence)];
        va_list list;

        va_start(list, format);
        (void)vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        if (x == NULL) {
                fprintf(stderr, "rmmsim: %s\n", text);
                abort();
        }
        run_fail(x, RMMSIM_FOUND_FAILURE, "%s", text);
}

bool rmmsim_explored(void)
{
        return exploration != NULL;
}

void rmmsim_yield_at(const char *label)
{
        point(RMMSIM_STEP_YIELD, label == NULL ? 0 : object_key(OBJECT_LABEL, (uintptr_t)label));
}

void rmmsim_yield(void)
{
        rmmsim_yield_at(NULL);
}

void rmmsim_spin(void)
{
        if (exploration != NULL) {
                exploration->wait(exploration, NULL, 0);
        }
}

void rmmsim_touch(const void *object, bool writes)
{
        point_touch(OBJECT_ANNOUNCED, (uintptr_t)object, writes);
}

/* ---- mutexes ---------------------------------------------------------------------------------------------------------- */

/* A mutex is as new in each schedule. */
static uint64_t mutex_key(struct rmmsim_explorer *x, struct rmmsim_mutex *mutex)
{
        if (mutex->state.schedule != x->schedule) {
                mutex->state.schedule = x->schedule;
                mutex->state.holder = 0;
                mutex->state.index = 0;
                while (mutex->state.index < x->num_ordered && x->ordered[mutex->state.index] != mutex) {
                        mutex->state.index++;
                }
                if (mutex->state.index == x->num_ordered && x->num_ordered < ORDERED_MAX) {
                        x->ordered[x->num_ordered++] = mutex;
                }
        }
        return object_key(OBJECT_MUTEX, (uintptr_t)mutex);
}

static const char *name_of(const struct rmmsim_mutex *mutex)
{
        return mutex->name != NULL ? mutex->name : "(no name)";
}

void order_forget(struct rmmsim_explorer *x)
{
        x->num_ordered = 0;
        memset(x->locked_under, 0, sizeof(x->locked_under));
}

/* Note under which others it was taken; is there a schedule in which it was the other way round? */
static void follow_order(struct rmmsim_explorer *x, const struct lane *lane, const struct rmmsim_mutex *mutex)
{
        unsigned index = mutex->state.index;

        for (unsigned i = 0; i < lane->num_holds && index < ORDERED_MAX; i++) {
                const struct rmmsim_mutex *other = (const void *)(uintptr_t)object_id(lane->holds[i].key);

                if (object_kind(lane->holds[i].key) != OBJECT_MUTEX || other->state.index >= ORDERED_MAX) {
                        continue;
                }
                x->locked_under[index] |= 1u << other->state.index;
                if ((x->locked_under[other->state.index] >> index & 1) != 0) {
                        run_fail(x, RMMSIM_FOUND_LOCK_ORDER,
                                 "mutex '%s' is locked while '%s' is held, and elsewhere the other way round",
                                 name_of(mutex), name_of(other));
                }
        }
}

static void acquire(struct rmmsim_explorer *x, struct lane *lane, struct rmmsim_mutex *mutex, uint64_t key)
{
        run_touch(x, key, true);
        mutex->state.holder = lane->pe + 1;
        x->hooks.hold(&x->hooks, key, false);
}

static void release(struct rmmsim_explorer *x, struct rmmsim_mutex *mutex, uint64_t key)
{
        run_touch(x, key, true);
        mutex->state.holder = 0;
        x->hooks.release(&x->hooks, key, false);
}

static void lock(struct lane *lane, struct rmmsim_mutex *mutex)
{
        struct rmmsim_explorer *x = lane->explorer;
        uint64_t key = mutex_key(x, mutex);

        if (mutex->state.holder == lane->pe + 1) {
                run_fail(x, RMMSIM_FOUND_MISUSE, "PE %u locks mutex '%s', which it holds already", lane->pe,
                         name_of(mutex));
        }
        if (x->program->lock_order) {
                follow_order(x, lane, mutex);
        }
        lane->mutex = mutex;
        lane->state = LANE_WAITS_MUTEX;
        run_point(x, RMMSIM_STEP_MUTEX_LOCK, key);
        acquire(x, lane, mutex, key);
}

void rmmsim_mutex_lock(struct rmmsim_mutex *mutex)
{
        lock(caller_of(__func__), mutex);
}

bool rmmsim_mutex_trylock(struct rmmsim_mutex *mutex)
{
        struct lane *lane = caller_of(__func__);
        struct rmmsim_explorer *x = lane->explorer;
        uint64_t key = mutex_key(x, mutex);

        run_point(x, RMMSIM_STEP_MUTEX_LOCK, key);
        run_touch(x, key, true);
        if (mutex->state.holder != 0) {
                return false;
        }
        acquire(x, lane, mutex, key);
        return true;
}

static bool check_held(struct lane *lane, struct rmmsim_mutex *mutex, const char *verb)
{
        struct rmmsim_explorer *x = lane->explorer;

        (void)mutex_key(x, mutex);
        if (mutex->state.holder == lane->pe + 1) {
                return true;
        }
        if (mutex->state.holder == 0) {
                run_fail(x, RMMSIM_FOUND_MISUSE, "PE %u %s mutex '%s', which nobody holds", lane->pe, verb,
                         name_of(mutex));
        } else {
                run_fail(x, RMMSIM_FOUND_MISUSE, "PE %u %s mutex '%s', which PE %u holds", lane->pe, verb,
                         name_of(mutex), mutex->state.holder - 1);
        }
        return false;
}

void rmmsim_mutex_unlock(struct rmmsim_mutex *mutex)
{
        struct lane *lane = caller_of(__func__);
        struct rmmsim_explorer *x = lane->explorer;
        uint64_t key = mutex_key(x, mutex);

        /* Before, so that others who try find it taken. What wants it waits anyway. */
        run_point(x, RMMSIM_STEP_MUTEX_UNLOCK, key);
        if (check_held(lane, mutex, "unlocks")) {
                release(x, mutex, key);
        }
}

/* ---- condition variables ---------------------------------------------------------------------------------------------- */

static uint64_t cond_key(const struct rmmsim_explorer *x, struct rmmsim_cond *cond)
{
        if (cond->state.schedule != x->schedule) {
                cond->state.schedule = x->schedule;
                cond->state.waits = cond->state.reached = 0;
                cond->state.waiting = cond->state.wakes = 0;
        }
        return object_key(OBJECT_COND, (uintptr_t)cond);
}

void rmmsim_cond_wait(struct rmmsim_cond *cond, struct rmmsim_mutex *mutex)
{
        struct lane *lane = caller_of(__func__);
        struct rmmsim_explorer *x = lane->explorer;
        uint64_t key = cond_key(x, cond);

        run_point(x, RMMSIM_STEP_COND_WAIT, key);
        if (!check_held(lane, mutex, "waits with")) {
                return;
        }
        release(x, mutex, mutex_key(x, mutex));
        run_touch(x, key, true);
        cond->state.waiting++;
        lane->ticket = cond->state.waits++;
        lane->cond = cond;
        run_wait(x, LANE_WAITS_COND);
        run_touch(x, key, true);
        cond->state.waiting--;
        cond->state.wakes--;
        lock(lane, mutex);
}

static void wake(struct rmmsim_cond *cond, const char *function, bool all)
{
        struct rmmsim_explorer *x = caller_of(function)->explorer;
        uint64_t key = cond_key(x, cond);

        run_point(x, RMMSIM_STEP_COND_SIGNAL, key);
        run_touch(x, key, true);
        if (cond->state.wakes < cond->state.waiting) {
                cond->state.wakes = all ? cond->state.waiting : cond->state.wakes + 1;
                cond->state.reached = cond->state.waits;
        }
}

void rmmsim_cond_signal(struct rmmsim_cond *cond)
{
        wake(cond, __func__, false);
}

void rmmsim_cond_broadcast(struct rmmsim_cond *cond)
{
        wake(cond, __func__, true);
}
