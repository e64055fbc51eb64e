/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_psci_concurrent.c - RECs of a Realm turn one another on and off, hosts on several PEs agree or do not, all at once.
 *
 * The header chooses quirks and shape of the world. Records are lines of the RECs' scripts and deeds of the PEs' hosts
 * (psci_deeds.h), each in the order of the program; who goes on when is the schedule's. At the end all RECs are entered once
 * more, and then there has to be one order in which the sequential model of PSCI explains everything that anybody saw
 * (psci_history.h). Beside it: the audit, locks that are kept, PEs that wait for one another, and a second Realm that nobody may
 * touch.
 *
 * A world is built when its quirks and shape first occur, and kept until others have taken all places.
 *
 * Header: 0 which quirks; 1 which of the combinations; 2 shape (bits 0..3) and PEs (bits 4..7); 3 audits.
 */
#include "fuzz_coverage.h"
#include "psci_deeds.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

enum {
        HEADER_QUIRKS,
        HEADER_COMBINATION,
        HEADER_SHAPE,
        HEADER_AUDIT,
        HEADER_SIZE,
        PES_MAX = 4,
        LINES_MAX = 8,  /* of a script                                        */
        LINES_ALL = 48, /* of all scripts                                     */
        DEEDS_MAX = 16, /* of a PE                                            */
        CALLS_MAX = 72, /* of all hosts: histories are to have room           */
        WORLDS_MAX = 96
};

/* ---- worlds -------------------------------------------------------------------------------------------------------------------- */

/* How many RECs, and which of them are on. */
static const struct shape {
        unsigned num_recs;
        uint32_t runnable;
} shapes[] = { { 3, 0x3 }, { 2, 0x1 }, { 4, 0xf }, { 8, 0x5b } };

enum {
        NUM_SHAPES = sizeof(shapes) / sizeof(shapes[0])
};

struct place {
        uint64_t quirks;
        const struct shape *shape;
        uint64_t last_used; /* 0: empty */
        struct world world;
        struct world_realm realm;
        struct world_realm foreign;
        struct psci_stage stage;
        struct rmmsim_program program;
        struct rmmsim_explorer *explorer;
};

static struct place *places[WORLDS_MAX];
static uint64_t uses;

/* ---- one run ------------------------------------------------------------------------------------------------------------------ */

static struct {
        struct place *place;
        struct psci_shape shape;
        struct psci_line lines[PSCI_RECS_MAX][LINES_MAX];
        unsigned num_lines[PSCI_RECS_MAX];
        struct psci_deed deeds[PES_MAX][DEEDS_MAX];
        unsigned num_deeds[PES_MAX];
        unsigned met;       /* RECs that somebody has to do with */
        bool names_foreign; /* somebody names a REC of the other Realm */

        /* While it runs. */
        unsigned calls;
        unsigned asked[PSCI_RECS_MAX]; /* the target of each REC's last request, as hosts have seen it */
} run;

/* Room for what is left of the history? */
static bool may_call(void)
{
        return run.calls++ < CALLS_MAX;
}

static unsigned asked_target(unsigned caller, unsigned target)
{
        if (target != PSCI_TARGET_ASKED) {
                return target;
        }
        return caller < PSCI_RECS_MAX ? run.asked[caller] : 0;
}

static void complete(unsigned pe, unsigned caller, unsigned target, uint64_t status)
{
        if (may_call()) {
                (void)psci_stage_complete(&run.place->stage, pe, caller, asked_target(caller, target), status);
        }
}

/* Returns whether the REC has asked for something. */
static bool enter(unsigned pe, unsigned rec)
{
        struct psci_seen_exit seen;
        uint32_t function;

        if (!may_call()) {
                return false;
        }
        seen = psci_stage_enter(&run.place->stage, pe, rec);
        function = (uint32_t)seen.gprs[0] & 0xbfffffff;
        if (!seen.psci || (function != 0x84000003 && function != 0x84000004)) {
                return false;
        }
        run.asked[rec] = (unsigned)(psci_model_index_of(seen.gprs[1]) % run.shape.num_recs);
        return true;
}

static void answer(unsigned pe, unsigned rec, enum psci_policy policy)
{
        if (policy == PSCI_POLICY_LATE) {
                (void)enter(pe, rec);
        }
        if (policy == PSCI_POLICY_DENY || policy == PSCI_POLICY_DENY_THEN_ACCEPT) {
                complete(pe, rec, PSCI_TARGET_ASKED, PSCI_DENIED);
        }
        if (policy != PSCI_POLICY_DENY && policy != PSCI_POLICY_SILENT) {
                complete(pe, rec, PSCI_TARGET_ASKED, PSCI_SUCCESS);
        }
        if (policy == PSCI_POLICY_ACCEPT_TWICE) {
                complete(pe, rec, PSCI_TARGET_ASKED, PSCI_SUCCESS);
        }
}

static void do_deed(struct rmmsim *sim, unsigned pe, const struct psci_deed *deed)
{
        switch (deed->kind) {
        case PSCI_DEED_RUN:
                for (unsigned i = 0; i < deed->rounds; i++) {
                        if (enter(pe, deed->rec)) {
                                answer(pe, deed->rec, deed->policy);
                        }
                }
                break;
        case PSCI_DEED_ENTER:
                (void)enter(pe, deed->rec);
                break;
        case PSCI_DEED_COMPLETE:
                complete(pe, deed->rec, deed->target, deed->status);
                break;
        case PSCI_DEED_DESTROY:
                if (may_call()) {
                        (void)psci_stage_destroy(&run.place->stage, pe, deed->rec);
                }
                break;
        default:
                (void)rmmsim_irq_raise(sim, deed->rec);
                break;
        }
}

static void host(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < run.num_deeds[pe]; i++) {
                do_deed(sim, pe, &run.deeds[pe][i]);
        }
}

static struct rmmsim *set_up(struct rmmsim *sim, void *arg)
{
        (void)arg;
        psci_stage_begin(&run.place->stage);
        for (unsigned i = 0; i < run.shape.num_recs; i++) {
                psci_stage_script(&run.place->stage, i, run.lines[i], run.num_lines[i]);
                run.asked[i] = 0;
        }
        run.calls = 0;
        return sim;
}

/* S8: of the other Realm REC 0 is on and REC 1 is off, as ever. */
static void look_at_foreign(struct rmmsim *sim)
{
        static const uint64_t expected[2] = { RMMSIM_RMI_SUCCESS, RMMSIM_RMI_ERROR_REC };

        for (unsigned i = 0; i < 2; i++) {
                uint64_t x0 = rmmsim_call(sim, 0, rmi_rec_enter, .rec = run.place->foreign.recs[i],
                                          .run_ptr = run.place->foreign.runs[i])
                                      .x[0];

                if (x0 != expected[i]) {
                        rmmsim_explore_fail("S8: entering REC %u of the other Realm is answered 0x%llx", i,
                                            (unsigned long long)x0);
                }
        }
}

static void check(struct rmmsim *sim, void *arg)
{
        struct psci_stage *stage = &run.place->stage;

        (void)arg;
        psci_stage_look(stage, run.met);
        if (psci_history_check(&stage->history, &stage->begin) != PSCI_EXPLAINED) {
                rmmsim_explore_fail("%s", stage->history.sentence);
        }
        if (run.names_foreign) {
                look_at_foreign(sim);
        }
}

/* ---- building worlds --------------------------------------------------------------------------------------------------------------- */

static void idle(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
}

static void trace(void *context, const struct rmmsim_event *event)
{
        struct place *place = context;

        fuzz_trace(NULL, event);
        psci_stage_event(&place->stage, event);
}

static void fill_stage(struct place *place)
{
        const struct psci_knobs knobs = psci_model_knobs_of(place->quirks);
        uint64_t pcs[PSCI_RECS_MAX];
        struct psci_stage *stage = &place->stage;

        stage->sim = place->world.sim;
        stage->rd = place->realm.rd;
        for (unsigned i = 0; i < place->shape->num_recs; i++) {
                stage->recs[i] = place->realm.recs[i];
                pcs[i] = WORLD_PC;
        }
        for (unsigned i = 0; i < 2; i++) {
                stage->foreign[i] = place->foreign.recs[i];
        }
        for (unsigned i = 0; i < PES_MAX; i++) {
                stage->runs[i] = world_page(&place->world);
        }
        stage->buffer = WORLD_PC + WORLD_PAGE;
        psci_model_begin(&stage->begin, &knobs, place->shape->num_recs, place->shape->runnable, pcs,
                         place->realm.par_top);
}

/* Two RECs, the first is on. */
static void build_foreign(struct world_realm *foreign, struct world *world)
{
        world_realm_new(foreign, world, 2);
        world_realm_ram(foreign, WORLD_PC, WORLD_PC + WORLD_PAGE);
        world_realm_data(foreign, WORLD_PC);
        world_realm_rec(foreign, true, WORLD_PC);
        world_realm_rec(foreign, false, WORLD_PC);
        world_realm_activate(foreign);
        if (rmmsim_guest_bind_step(world->sim, foreign->rd, WORLD_PC, idle, NULL) != 0) {
                fprintf(stderr, "the program of the other Realm cannot be bound\n");
                exit(EXIT_FAILURE);
        }
}

static void build(struct place *place)
{
        struct rmmsim_config config = {
                .context = place, .quirks = place->quirks, .trace = trace, .misuse = fuzz_misuse
        };
        struct rmmsim_error error = { .text = "the program of the RECs cannot be bound" };

        world_create(&place->world, &config, PES_MAX);
        world_realm_new(&place->realm, &place->world, 1);
        world_realm_ram(&place->realm, WORLD_PC, WORLD_PC + 2 * WORLD_PAGE);
        world_realm_data(&place->realm, WORLD_PC);
        world_realm_data(&place->realm, WORLD_PC + WORLD_PAGE);
        for (unsigned i = 0; i < place->shape->num_recs; i++) {
                world_realm_rec(&place->realm, (place->shape->runnable >> i & 1) != 0, WORLD_PC);
        }
        world_realm_activate(&place->realm);
        build_foreign(&place->foreign, &place->world);
        fill_stage(place);
        place->program = (struct rmmsim_program){
                .sim = place->world.sim, .setup = set_up, .check = check, .pairs = fuzz_coverage.pairs
        };
        place->program.pes[0] = host;
        if (psci_stage_bind(&place->stage, WORLD_PC) == 0) {
                place->explorer = rmmsim_explorer_create(&place->program, &error);
        }
        if (place->explorer == NULL) {
                fprintf(stderr, "no explorer: %s\n", error.text);
                exit(EXIT_FAILURE);
        }
}

static void destroy(struct place *place)
{
        rmmsim_explorer_destroy(place->explorer);
        world_destroy(&place->world);
}

static void destroy_all(void)
{
        for (unsigned i = 0; i < WORLDS_MAX && places[i] != NULL; i++) {
                destroy(places[i]);
                free(places[i]);
                places[i] = NULL;
        }
}

/* Where there is room, or what was not used for the longest time. */
static struct place *make_room(void)
{
        unsigned oldest = 0;

        if (places[0] == NULL) {
                (void)atexit(destroy_all);
        }
        for (unsigned i = 0; i < WORLDS_MAX; i++) {
                if (places[i] == NULL) {
                        places[i] = calloc(1, sizeof(*places[i]));
                        if (places[i] == NULL) {
                                exit(EXIT_FAILURE);
                        }
                        return places[i];
                }
                oldest = places[i]->last_used < places[oldest]->last_used ? i : oldest;
        }
        destroy(places[oldest]);
        memset(places[oldest], 0, sizeof(*places[oldest]));
        return places[oldest];
}

static struct place *place_of(uint64_t quirks, const struct shape *shape)
{
        struct place *place;

        for (unsigned i = 0; i < WORLDS_MAX && places[i] != NULL; i++) {
                if (places[i]->quirks == quirks && places[i]->shape == shape) {
                        places[i]->last_used = ++uses;
                        return places[i];
                }
        }
        place = make_room();
        place->quirks = quirks;
        place->shape = shape;
        place->last_used = ++uses;
        build(place);
        return place;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------------------------ */

static uint64_t quirks_of(const struct fuzz_input *input)
{
        return psci_quirks_of(fuzz_header(input, HEADER_QUIRKS), fuzz_header(input, HEADER_COMBINATION));
}

static const struct shape *shape_of(const struct fuzz_input *input)
{
        return &shapes[(fuzz_header(input, HEADER_SHAPE) & 0xf) % NUM_SHAPES];
}

static unsigned num_pes_of(const struct fuzz_input *input)
{
        return 2 + (fuzz_header(input, HEADER_SHAPE) >> 4) % (PES_MAX - 1);
}

/* An audit looks at everything, so it is made in one of sixteen inputs. 0: never. */
static unsigned audit_period_of(const struct fuzz_input *input)
{
        unsigned byte = fuzz_header(input, HEADER_AUDIT);

        return byte % 16 == 15 ? 1 + byte / 16 : 0;
}

static struct psci_shape shape_for_records(const struct fuzz_input *input)
{
        return (struct psci_shape){ .num_recs = shape_of(input)->num_recs,
                                    .num_pes = num_pes_of(input),
                                    .par_top = UINT64_C(1) << 39,
                                    .entry = WORLD_PC };
}

static void add_line(const uint8_t *record, unsigned number)
{
        unsigned rec = psci_record_rec(record, &run.shape);
        unsigned all = 0;

        for (unsigned i = 0; i < PSCI_RECS_MAX; i++) {
                all += run.num_lines[i];
        }
        if (run.num_lines[rec] < LINES_MAX && all < LINES_ALL) {
                struct psci_line *line = &run.lines[rec][run.num_lines[rec]++];

                *line = psci_record_line(record, &run.shape, number);
                run.met |= 1u << rec | 1u << psci_model_index_of(line->x[1]) % run.shape.num_recs;
        }
}

static void add_deed(const uint8_t *record)
{
        unsigned pe = psci_record_pe(record, &run.shape);
        struct psci_deed *deed = &run.deeds[pe][run.num_deeds[pe]];

        if (run.num_deeds[pe] == DEEDS_MAX) {
                return;
        }
        run.num_deeds[pe]++;
        *deed = psci_record_deed(record, &run.shape);
        run.names_foreign |= deed->kind == PSCI_DEED_COMPLETE &&
                             (deed->rec >= PSCI_FOREIGN || (deed->target & 0xfe) == PSCI_FOREIGN);
        if (deed->rec < run.shape.num_recs) {
                run.met |= 1u << deed->rec;
        }
}

static void run_input(const struct fuzz_input *input)
{
        struct place *place = place_of(quirks_of(input), shape_of(input));

        run.place = place;
        run.shape = shape_for_records(input);
        run.met = 0;
        run.names_foreign = false;
        memset(run.num_lines, 0, sizeof(run.num_lines));
        memset(run.num_deeds, 0, sizeof(run.num_deeds));
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                const uint8_t *record = fuzz_record(input, i);

                if (psci_record_is_line(record)) {
                        add_line(record, (unsigned)i);
                } else {
                        add_deed(record);
                }
        }
        for (unsigned i = 0; i < PES_MAX; i++) {
                place->program.pes[i] = run.num_deeds[i] != 0 ? host : NULL;
        }
        if ((run.num_deeds[0] | run.num_deeds[1] | run.num_deeds[2] | run.num_deeds[3]) == 0) {
                return;
        }
        place->program.audit_period = audit_period_of(input);
        fuzz_explore(place->explorer, input);
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        struct psci_shape shape = shape_for_records(input);

        fprintf(to, "quirks 0x%llx, %u RECs of which 0x%x are on, %u PEs, audit period %u\n",
                (unsigned long long)quirks_of(input), shape.num_recs, (unsigned)shape_of(input)->runnable,
                shape.num_pes, audit_period_of(input));
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                const uint8_t *record = fuzz_record(input, i);
                char text[200];

                if (psci_record_is_line(record)) {
                        struct psci_line line = psci_record_line(record, &shape, (unsigned)i);

                        (void)psci_line_print(text, sizeof(text), &line);
                        fprintf(to, "  REC %u: %s\n", psci_record_rec(record, &shape), text);
                } else {
                        struct psci_deed deed = psci_record_deed(record, &shape);

                        (void)psci_deed_print(text, sizeof(text), &deed);
                        fprintf(to, "  PE %u: %s\n", psci_record_pe(record, &shape), text);
                }
        }
}

const struct fuzz_target fuzz_target = {
        .name = "psci_concurrent",
        .summary = "PSCI of a Realm on several PEs at once, explained by a sequential model",
        .header_size = HEADER_SIZE,
        .record_size = PSCI_RECORD_SIZE,
        .pe_byte = 1,
        .scheduled = true,
        .run = run_input,
        .describe = describe,
};
