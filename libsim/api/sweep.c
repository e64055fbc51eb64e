/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sweep.c - a function is run once for each SMC that it makes, with that one failing; what it then loses is named.
 *
 * The points are numbered as a fault of all commands numbers its opportunities, so one rmmsim_inject() reaches each of them. A
 * probe that sees each SMC before it is made keeps the list of points, and ends a run that does not end itself.
 */
#include "sweep.h"
#include <rmmsim/snapshot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        FIRST_SMCS_MAX = 1000000
};

_Static_assert(RMMSIM_COMMAND_rsi_version <= 64, "leave_out has a bit for each command of the host");

static int fail(struct rmmsim_error *error, enum rmmsim_error_code code, const char *text)
{
        if (error != NULL) {
                error->code = code;
                snprintf(error->text, sizeof(error->text), "%s", text);
        }
        return code;
}

static const struct point *point_at(const struct sweep *s, uint64_t point)
{
        return (const struct point *)s->points.items + (point - 1);
}

/* ---- the probe -------------------------------------------------------------------------------------------------------- */

static enum rmmsim_command command_of(uint64_t x0)
{
        for (unsigned i = 0; i < RMMSIM_COMMAND_rsi_version; i++) {
                if (command_rows[i].fid == ((uint32_t)x0 & ~(uint32_t)BIT(16))) {
                        return (enum rmmsim_command)i;
                }
        }
        return RMMSIM_COMMAND_NONE;
}

static void record(struct sweep *s, const struct pe *pe, enum rmmsim_command command)
{
        struct point point = { .command = command, .pe = pe->index, .number = 1 };

        for (uint64_t i = s->points.count; i > 0; i--) {
                const struct point *before = point_at(s, i);

                if (before->command == command && before->pe == pe->index) {
                        point.number = before->number + 1;
                        break;
                }
        }
        s->out_of_memory |= !list_append(&s->points, &point, sizeof(point));
}

/* The SMC that is to fail: is it the one that was recorded? Those before it are told apart by it in the end. */
static void meet(struct sweep *s, const struct pe *pe, enum rmmsim_command command, const uint64_t *x)
{
        const struct point *point = point_at(s, s->calls);

        if (s->calls <= s->target.point && (point->command != command || point->pe != pe->index)) {
                s->target.differs = true;
        }
        if (s->calls == s->target.point) {
                s->target.taken = command;
                s->target.granule = x[1];
        }
}

/* Is the caller a function of the run, on the run's own stack? A guest that acts as the host is inside a call of another PE. */
static bool can_be_left(const struct sweep *s, const struct pe *self)
{
        for (unsigned i = 0; i < s->sim->num_pes; i++) {
                if (&s->sim->pes[i] != self && atomic_load_explicit(&s->sim->pes[i].busy, memory_order_relaxed) != 0) {
                        return false;
                }
        }
        return pthread_equal(s->thread, pthread_self());
}

static void see(void *context, struct pe *pe, const uint64_t *x)
{
        enum rmmsim_command command = command_of(x[0]);
        struct sweep *s = context;

        if (++s->smcs > s->smcs_max && can_be_left(s, pe)) {
                atomic_store_explicit(&pe->busy, 0, memory_order_relaxed);
                longjmp(s->end, 1);
        }
        if (command == RMMSIM_COMMAND_NONE) {
                return;
        }
        s->calls++;
        if (s->recording) {
                record(s, pe, command);
        } else if (s->calls <= s->points.count) {
                meet(s, pe, command, x);
        }
}

/* ---- Granules --------------------------------------------------------------------------------------------------------- */

static void note_begun(struct sweep *s)
{
        uint64_t pa = 0;

        s->begun.count = 0;
        for (; rmmsim_next_delegated(s->sim, &pa, pa); pa += GRANULE_SIZE) {
                s->out_of_memory |= !list_append(&s->begun, &pa, sizeof(pa));
        }
}

/* May the host keep it, as what would have given it back was made to fail? */
static bool is_excused(const struct sweep *s, const struct rmmsim_sweep_lost *lost)
{
        if (s->rules->give_back_retried) {
                return false;
        }
        switch (s->target.taken) {
        case RMMSIM_COMMAND_rmi_granule_undelegate:
                return lost->pa == s->target.granule;
        case RMMSIM_COMMAND_rmi_data_destroy:
        case RMMSIM_COMMAND_rmi_rtt_destroy:
        case RMMSIM_COMMAND_rmi_rec_destroy:
        case RMMSIM_COMMAND_rmi_realm_destroy:
                return lost->granule.state != RMMSIM_GRANULE_DELEGATED;
        default:
                return false;
        }
}

static void look_for_lost(struct sweep *s, struct rmmsim_sweep_finding *finding)
{
        const uint64_t *begun = s->begun.items;
        struct rmmsim_sweep_lost lost;
        bool excused = false;
        size_t i = 0;

        lost.pa = 0;
        for (; rmmsim_next_delegated(s->sim, &lost.pa, lost.pa); lost.pa += GRANULE_SIZE) {
                while (i < s->begun.count && begun[i] < lost.pa) {
                        i++;
                }
                if (i < s->begun.count && begun[i] == lost.pa) {
                        continue;
                }
                (void)rmmsim_granule(s->sim, &lost.granule, lost.pa);
                if (is_excused(s, &lost)) {
                        excused = true;
                } else if (finding->num_lost++ < RMMSIM_SWEEP_LOST_MAX) {
                        finding->lost[finding->num_lost - 1] = lost;
                }
        }
        s->report->excused += excused;
        if (finding->num_lost != 0) {
                sweep_found(s, finding, RMMSIM_SWEEP_LOST);
        }
}

/* ---- runs ------------------------------------------------------------------------------------------------------------- */

static void attach(struct sweep *s, bool attached)
{
        if (s->sim->faults != NULL) {
                s->sim->faults->probe = (struct fault_probe){ .fn = attached ? see : NULL, .context = s };
                sim_watch(s->sim);
        }
}

static int begin_run(struct sweep *s)
{
        const struct rmmsim_sweep *rules = s->rules;

        s->sim = rules->sim;
        if (rules->sim != NULL) {
                (void)rmmsim_restore(rules->sim);
        }
        if (rules->setup != NULL) {
                s->sim = rules->setup(rules->sim, rules->arg);
        }
        if (s->sim == NULL) {
                return fail(s->error, RMMSIM_ERROR_STATE, "setup must return the instance to run in, not NULL");
        }
        if (sim_faults(s->sim) == NULL) {
                return fail(s->error, RMMSIM_ERROR_MEMORY, "the system gave no memory for faults");
        }
        note_begun(s);
        s->calls = s->smcs = 0;
        return 0;
}

static void end_run(struct sweep *s)
{
        if (s->sim != NULL && s->rules->teardown != NULL) {
                s->rules->teardown(s->sim, s->rules->arg);
        }
}

/* Returns whether it came to an end by itself. */
static __attribute__((noinline)) bool run(struct sweep *s)
{
        if (setjmp(s->end) != 0) {
                return false;
        }
        s->result = s->rules->run(s->sim, s->rules->arg);
        return true;
}

static void judge(struct sweep *s, struct rmmsim_sweep_finding *finding, bool ended, bool met)
{
        finding->result = s->result;
        if (s->target.differs || !met) {
                sweep_found(s, finding, RMMSIM_SWEEP_DIVERGED);
                return;
        }
        if (!ended) {
                sweep_found(s, finding, RMMSIM_SWEEP_ENDLESS);
                return;
        }
        if (s->result != 0) {
                sweep_found(s, finding, RMMSIM_SWEEP_FAILED);
        }
        look_for_lost(s, finding);
}

/* One run with one fault. */
static int run_with(struct sweep *s, struct rmmsim_sweep_finding *finding, uint64_t point)
{
        struct rmmsim_fault_count count = { 0 };
        int error = begin_run(s);
        int id = error != 0 ? error : rmmsim_inject(s->sim, &finding->fault, s->error);
        bool ended;

        if (id < 0) {
                end_run(s);
                return id;
        }
        s->target = (struct target){ .point = point, .taken = RMMSIM_COMMAND_NONE };
        attach(s, true);
        ended = run(s);
        attach(s, false);
        (void)rmmsim_inject_count(s->sim, &count, id, NULL);
        (void)rmmsim_inject_remove(s->sim, id, NULL);
        if (finding->command != RMMSIM_COMMAND_NONE) {
                s->report->runs++;
                judge(s, finding, ended, count.seen >= finding->fault.nth);
        } else {
                s->report->entries = s->rules->exits ? count.seen : 0;
                judge(s, finding, ended, true);
        }
        end_run(s);
        return 0;
}

/* The run without trouble: a fault that never acts counts entries. */
static int run_first(struct sweep *s)
{
        struct rmmsim_sweep_finding finding = { .command = RMMSIM_COMMAND_NONE,
                                                .fault = { .kind = RMMSIM_FAULT_EXIT, .nth = UINT64_MAX } };
        int error;

        s->recording = true;
        s->smcs_max = s->rules->smcs_max != 0 ? s->rules->smcs_max : FIRST_SMCS_MAX;
        error = run_with(s, &finding, 0);
        s->recording = false;
        s->report->points = s->points.count;
        if (s->rules->smcs_max == 0) {
                s->smcs_max = 10 * s->smcs + 1000;
        }
        return error;
}

/* ---- points ----------------------------------------------------------------------------------------------------------- */

/* The statuses that the rows of a command list, as bits. */
static unsigned statuses_of(const struct rmmsim_sweep *rules, enum rmmsim_command command)
{
        unsigned statuses = 0;

        for (unsigned i = RMMSIM_CONDITION_INJECTED + 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                if (condition_rows[i].command == command &&
                    (statuses == 0 || rules->statuses == RMMSIM_SWEEP_ALL_STATUSES)) {
                        statuses |= 1u << condition_rows[i].status;
                }
        }
        return statuses;
}

static int fail_point(struct sweep *s, uint64_t point, uint64_t x0, bool index_of_walk)
{
        struct rmmsim_sweep_finding finding = {
                .command = point_at(s, point)->command,
                .pe = point_at(s, point)->pe,
                .number = point_at(s, point)->number,
                .fault = { .kind = RMMSIM_FAULT_STATUS, .nth = point, .x0 = x0, .index_of_walk = index_of_walk }
        };

        return run_with(s, &finding, point);
}

static int try_point(struct sweep *s, uint64_t point)
{
        enum rmmsim_command command = point_at(s, point)->command;
        bool left_out = (s->rules->leave_out >> command & 1) != 0;
        unsigned statuses = left_out ? 0 : statuses_of(s->rules, command);
        int error = 0;

        if (s->rules->x0 != 0 && !left_out) {
                return fail_point(s, point, s->rules->x0, false);
        }
        s->report->untried += statuses == 0;
        for (unsigned status = 0; error == 0 && statuses >> status != 0; status++) {
                if ((statuses >> status & 1) != 0) {
                        error = fail_point(s, point, status, status == RMMSIM_RMI_ERROR_RTT);
                }
        }
        return error;
}

static int try_exit(struct sweep *s, uint64_t entry, enum rmmsim_exit_reason reason)
{
        struct rmmsim_sweep_finding finding = {
                .command = RMMSIM_COMMAND_rmi_rec_enter,
                .number = entry,
                .fault = { .kind = RMMSIM_FAULT_EXIT, .nth = entry, .exit_reason = reason }
        };

        return run_with(s, &finding, 0);
}

static int try_all(struct sweep *s)
{
        static const enum rmmsim_exit_reason reasons[] = { RMMSIM_EXIT_IRQ, RMMSIM_EXIT_FIQ, RMMSIM_EXIT_SERROR };
        uint64_t entries = s->report->entries;
        int error = 0;

        for (uint64_t point = 1; error == 0 && point <= s->points.count; point++) {
                error = try_point(s, point);
        }
        for (uint64_t i = 0; error == 0 && i < entries * ARRAY_SIZE(reasons); i++) {
                error = try_exit(s, i / ARRAY_SIZE(reasons) + 1, reasons[i % ARRAY_SIZE(reasons)]);
        }
        return error;
}

/* ---- a sweep ---------------------------------------------------------------------------------------------------------- */

static const char *nonsense(const struct rmmsim_sweep *sweep, const struct rmmsim_sweep_report *report)
{
        if (sweep == NULL || report == NULL) {
                return "sweep and report must not be NULL";
        }
        if (sweep->run == NULL) {
                return "run must not be NULL: it is what is swept";
        }
        if (sweep->sim == NULL && sweep->setup == NULL) {
                return "set sim, or a setup that makes an instance for each run";
        }
        if (sweep->leave_out >> RMMSIM_COMMAND_rsi_version != 0) {
                return "leave_out has bits of no command of the host: use RMMSIM_SWEEP_COMMAND()";
        }
        if ((unsigned)sweep->statuses > RMMSIM_SWEEP_ONE_STATUS) {
                return "statuses must be RMMSIM_SWEEP_ALL_STATUSES or _ONE_STATUS";
        }
        return NULL;
}

int rmmsim_sweep(const struct rmmsim_sweep *sweep, struct rmmsim_sweep_report *report, struct rmmsim_error *error)
{
        struct sweep s = { .rules = sweep, .report = report, .error = error, .thread = pthread_self() };
        const char *wrong = nonsense(sweep, report);
        int code;

        if (wrong != NULL) {
                return fail(error, RMMSIM_ERROR_CONFIG, wrong);
        }
        if (is_explored()) {
                return fail(error, RMMSIM_ERROR_STATE, "a sweep cannot be made inside an exploration");
        }
        if (sweep->sim != NULL && sweep->sim->faults != NULL && sweep->sim->faults->probe.fn != NULL) {
                return fail(error, RMMSIM_ERROR_STATE, "the instance is being swept already");
        }
        memset(report, 0, sizeof(*report));
        if (sweep->sim != NULL && (code = rmmsim_snapshot(sweep->sim, error)) != 0) {
                return code;
        }
        code = run_first(&s);
        if (code == 0 && report->num_findings == 0) {
                code = try_all(&s);
        }
        if (sweep->sim != NULL) {
                (void)rmmsim_restore(sweep->sim);
        }
        if (code == 0 && s.out_of_memory) {
                code = fail(error, RMMSIM_ERROR_MEMORY, "the system gave no memory for the list of points");
        }
        free(s.points.items);
        free(s.begun.items);
        return code;
}
