/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_races.c - the races of the PSCI sheet, under every schedule: each outcome is explained by the sequential model, and
 * each that the sheet lists as possible is met.
 *
 * A race begins where a serial prologue has led. An outcome is told in a line: how the target was when a request of R0 was
 * completed, what RECs were told last, and what each host was answered.
 *
 * Specification: PSCI sheet section 2.
 */
#include "explore_fixture.h"
#include "psci_fixture.h"
#include "psci_races.h"
#include "psci_stage.h"
#include <stdio.h>

/* Quirks of the three: the specification, the reference profile, and one quirk alone. */
static const uint64_t profiles[] = { 0, UINT64_MAX, RMMSIM_QUIRK_psci_busy_means_on };

static struct psci_stage stage;
static struct psci_guest guests_before[PSCI_RECS_MAX]; /* as the prologue has left them */
static struct realm_world other;                       /* in state NEW */
static uint64_t other_params;                          /* of its next REC: a page of the host */
static const struct race *race;

static char answers[4][8];     /* of the host of each PE */
static const char *row;        /* how R1 was when a request of R0 was completed */
static const char *started[4]; /* how R1 was when this PE started it */

static char outcomes[32][80];
static unsigned num_outcomes;

/* ---- how the target was --------------------------------------------------------------------------------------------------- */

static struct trace_sink sink;

static const char *row_of(bool on, bool inside)
{
        return on ? (inside ? "on, running" : "on") : inside ? "off, leaving" : "off";
}

/* A PE that starts R1 does so before it ends the request. */
static void note_row(void *context, const struct rmmsim_event *event)
{
        const struct rec *target = rec_at(R1);
        bool inside = target->state == RMMSIM_REC_REC_RUNNING;

        (void)context;
        sink.fn(sink.context, event);
        psci_stage_event(&stage, event);
        if (event->kind != RMMSIM_EVENT_EDGE) {
                return;
        }
        if (event->of.edge.object == RMMSIM_OBJECT_POWER && event->of.edge.address == puppets.realm.recs[R1] &&
            event->of.edge.to == RMMSIM_POWER_RUNNABLE) {
                started[event->pe] = row_of(false, inside);
        } else if (event->of.edge.object == RMMSIM_OBJECT_PENDING && event->of.edge.address == puppets.realm.recs[R0] &&
                   event->of.edge.to == RMMSIM_PENDING_NO_REQUEST) {
                row = started[event->pe] != NULL ? started[event->pe]
                                                 : row_of(target->runnable == RMMSIM_POWER_RUNNABLE, inside);
        }
}

/* ---- hosts ------------------------------------------------------------------------------------------------------------------- */

static uint64_t act(unsigned pe, const struct deed *deed)
{
        switch (deed->kind) {
        case DEED_ENTER:
                return psci_stage_enter(&stage, pe, deed->rec).x0;
        case DEED_COMPLETE:
                return psci_stage_complete(&stage, pe, deed->rec, deed->target, deed->status);
        case DEED_DESTROY:
                return psci_stage_destroy(&stage, pe, deed->rec);
        default:
                return rmmsim_call(stage.sim, pe, rmi_rec_create, .rd = other.rd, .rec = stage.recs[deed->rec],
                                   .params_ptr = other_params)
                        .x[0];
        }
}

static char letter(uint64_t x0)
{
        static const char letters[] = "SIRC"; /* SUCCESS, ERROR_INPUT, ERROR_REALM, ERROR_REC */

        ck_assert_uint_lt(x0 & 0xff, 4);
        return letters[x0 & 0xff];
}

static void host(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)arg;
        for (unsigned i = 0; i < DEEDS_MAX && race->hosts[pe][i].kind != DEED_NONE; i++) {
                answers[pe][i] = letter(act(pe, &race->hosts[pe][i]));
        }
}

/* ---- outcomes ---------------------------------------------------------------------------------------------------------------- */

static const char *name_of(uint64_t x0)
{
        switch (x0) {
        case SUCCESS:
                return "0";
        case OFF:
                return "1";
        case DENIED:
                return "DENIED";
        case ALREADY_ON:
                return "ALREADY_ON";
        case 0x10001:
                return "1.1";
        case INVALID_PARAMETERS:
                return "INVALID";
        default:
                return "?";
        }
}

/* What a REC found last behind a call, if it came behind one. */
static void append_result(char *text, size_t size, unsigned rec)
{
        const struct psci_op *last = NULL;

        for (unsigned i = 0; i < stage.history.num_ops; i++) {
                const struct psci_op *op = &stage.history.ops[i];

                if (op->rec == rec && op->kind == PSCI_OP_RETURNS) {
                        last = op;
                }
        }
        if (last != NULL) {
                snprintf(text + strlen(text), size - strlen(text), " R%u=%s", rec, name_of(last->x[0]));
        }
}

static void note_outcome(void)
{
        char text[sizeof(outcomes[0])] = "";

        snprintf(text, sizeof(text), "%s%s", row != NULL ? row : "-", ":");
        for (unsigned i = 0; i < race->num_recs; i++) {
                append_result(text, sizeof(text), i);
        }
        for (unsigned pe = 0; pe < 3 && race->hosts[pe][0].kind != DEED_NONE; pe++) {
                snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s", answers[pe]);
        }
        for (unsigned i = 0; i < num_outcomes; i++) {
                if (strcmp(outcomes[i], text) == 0) {
                        return;
                }
        }
        ck_assert_uint_lt(num_outcomes, 32);
        memcpy(outcomes[num_outcomes++], text, sizeof(text));
}

static struct rmmsim *set_up(struct rmmsim *sim, void *arg)
{
        (void)arg;
        psci_stage_begin(&stage);
        memcpy(stage.guests, guests_before, sizeof(stage.guests));
        memset(answers, 0, sizeof(answers));
        memset(started, 0, sizeof(started));
        row = NULL;
        return sim;
}

static void check(struct rmmsim *sim, void *arg)
{
        (void)sim;
        (void)arg;
        psci_stage_look(&stage, ((1u << race->num_recs) - 1) & ~race->gone);
        if (psci_history_check(&stage.history, &stage.begin) != PSCI_EXPLAINED) {
                rmmsim_explore_fail("%s", stage.history.sentence);
        }
        note_outcome();
}

/* ---- the stage ---------------------------------------------------------------------------------------------------------------- */

static void script(unsigned rec)
{
        const struct psci_line *lines = race->scripts[rec];
        unsigned count = 0;

        while (count < LINES_MAX && (lines[count].act != PSCI_ACT_CALL || lines[count].x[0] != 0)) {
                count++;
        }
        psci_stage_script(&stage, rec, lines, count);
}

/* What happens before the race happens once, and the model follows. */
static void play_prologue(void)
{
        psci_stage_begin(&stage);
        for (unsigned i = 0; i < race->num_recs; i++) {
                script(i);
        }
        for (unsigned i = 0; i < DEEDS_MAX && race->before[i].kind != DEED_NONE; i++) {
                ck_assert_uint_eq(act(0, &race->before[i]), RMMSIM_RMI_SUCCESS);
        }
        ck_assert_msg(psci_history_check(&stage.history, &stage.begin) == PSCI_EXPLAINED, "%s", stage.history.sentence);
        stage.begin = stage.history.end;
        memcpy(guests_before, stage.guests, sizeof(guests_before));
}

/* As of the REC before, but for what each has for itself. */
static void make_other_params(struct world *world)
{
        struct rmmsim_rec_params *params;

        other_params = world_page(world);
        params = world_at(world, other_params);
        memcpy(params, world->params, PAGE);
        params->mpidr = 1;
        for (unsigned i = 0; i < params->num_aux; i++) {
                params->aux[i] = world_delegated(world);
        }
}

static void set_the_stage(unsigned profile)
{
        static const uint64_t pcs[PSCI_RECS_MAX] = { REALM_PC, REALM_PC, REALM_PC, REALM_PC };
        struct rmmsim_config config = { .profile = profile == 1 ? RMMSIM_PROFILE_RMM_1_0_REFERENCE
                                                                : RMMSIM_PROFILE_RMM_1_0,
                                        .quirks = profile == 2 ? profiles[2] : 0 };
        const struct psci_knobs knobs = psci_model_knobs_of(profiles[profile]);
        struct world *world = world_create_with(&config);

        memset(&stage, 0, sizeof(stage));
        puppets.world = world;
        realm_new(&other, world, NULL);
        realm_rec(&other, true, REALM_PC);
        make_other_params(world);
        realm_new(&puppets.realm, world, NULL);
        realm_ram(&puppets.realm, 0, MIB2);
        realm_data(&puppets.realm, REALM_PC, 0xd6);
        for (unsigned i = 0; i < race->num_recs; i++) {
                stage.recs[i] = realm_rec(&puppets.realm, (race->runnable >> i & 1) != 0, REALM_PC);
        }
        realm_activate(&puppets.realm);
        stage.sim = world->sim;
        stage.rd = puppets.realm.rd;
        stage.foreign[0] = other.recs[0];
        for (unsigned i = 0; i < WORLD_PES; i++) {
                stage.runs[i] = world_page(world);
        }
        psci_model_begin(&stage.begin, &knobs, race->num_recs, race->runnable, pcs, puppets.realm.par_top);
        ck_assert_int_eq(psci_stage_bind(&stage, REALM_PC), 0);
        play_prologue();
        sink = world->sim->rmm.trace;
        world->sim->rmm.trace = (struct trace_sink){ note_row, NULL };
}

/* All that were met, for a message. */
static const char *outcomes_met(void)
{
        static char text[sizeof(outcomes) + 100];

        text[0] = '\0';
        for (unsigned i = 0; i < num_outcomes; i++) {
                snprintf(text + strlen(text), sizeof(text) - strlen(text), "\n        \"%s\",", outcomes[i]);
        }
        return text;
}

static void expect_outcomes(const char *const *expected)
{
        unsigned count = 0;

        for (; count < OUTCOMES_MAX && expected[count] != NULL; count++) {
                unsigned i = 0;

                while (i < num_outcomes && strcmp(outcomes[i], expected[count]) != 0) {
                        i++;
                }
                ck_assert_msg(i < num_outcomes, "%s: no schedule gives '%s'", race->name, expected[count]);
        }
        ck_assert_msg(count == num_outcomes, "%s: %u outcomes, expected %u:%s", race->name, num_outcomes, count,
                      outcomes_met());
}

/* And orders by chance: what the search leaves out as a repetition must be one. */
START_TEST(all_orders)
{
        static const struct rmmsim_strategy every = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };
        static const struct rmmsim_strategy chance = { .kind = RMMSIM_STRATEGY_RANDOM, .schedules_max = 1500 };
        struct rmmsim_program program = { .setup = set_up, .check = check, .audit_period = 1 };

        unsigned profile = (unsigned)_i % 3;

        race = &races[_i / 3];
        set_the_stage(profile);
        program.sim = stage.sim;
        program.announced = race->announced;
        for (unsigned pe = 0; pe < 3; pe++) {
                program.pes[pe] = race->hosts[pe][0].kind != DEED_NONE ? host : NULL;
        }
        num_outcomes = 0;
        expect_nothing(&program, &every);
        ck_assert(finding.complete);
        program.audit_period = 0;
        expect_nothing(&program, &chance);
        expect_outcomes(race->outcomes[race->outcomes[profile][0] != NULL ? profile : 0]);
        world_destroy(puppets.world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_races");
        TCase *tcase = tcase_create("psci_races");

        tcase_add_loop_test(tcase, all_orders, 0, 3 * (int)(sizeof(races) / sizeof(races[0])));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
