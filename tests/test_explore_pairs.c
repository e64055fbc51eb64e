/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_pairs.c - every unordered pair of the host's commands on the same Realm, from six starting states, in every order
 * that can matter.
 *
 * Each command is atomic, so whatever the schedule, the state and the answers at the end are those of one command after the
 * other; of RMI_REC_ENTER, its parts are. The explorer looks for that order itself, and here it is tried once more by hand. And what
 * the search leaves out as a repetition must be one: schedules chosen by chance, which know nothing of what touches what,
 * lead nowhere that the search has not been.
 */
#include "explore_stage.h"

#define NEW_TABLE    UINT64_C(0x40000000) /* where RMI_RTT_CREATE puts a table   */
#define UNUSED_TABLE UINT64_C(0x80000000) /* where there is one that is not live */
#define FULL_TABLE   UINT64_C(0xc0000000) /* where one could be folded        */
#define NEW_DATA     UINT64_C(0x2000)
#define SHARED       (UINT64_C(1) << 39) /* where a page of the host is mapped */

static struct {
        uint64_t spare; /* DELEGATED, and everybody wants it */
        uint64_t spare_rtt;
        uint64_t unused_table;
        enum {
                ASKS_FOR_CPU,
                ASKS_FOR_RIPAS,
                IDLES
        } guest;
        uint64_t realm_params;
        uint64_t other;
        uint64_t other_params;
        uint64_t rec_params;
} things;

/* Each is CALL(name, arguments): a function that stores the answer of its PE. */
#define CALL(function, name, ...)                                                                                      \
        static void function(struct rmmsim *sim, unsigned pe, void *arg)                                               \
        {                                                                                                              \
                (void)arg;                                                                                             \
                stage.x0[pe] = rmmsim_call(sim, pe, name, __VA_ARGS__).x[0];                                           \
        }

CALL(delegate, rmi_granule_delegate, .addr = stage.granule)
CALL(undelegate, rmi_granule_undelegate, .addr = things.spare)
CALL(undelegate_table, rmi_granule_undelegate, .addr = things.unused_table)
CALL(undelegate_rec, rmi_granule_undelegate, .addr = stage.realm.recs[0])
CALL(realm_create, rmi_realm_create, .rd = things.spare, .params_ptr = things.realm_params)
/* Another RD and other tables, but the same VMID. */
CALL(realm_create_other, rmi_realm_create, .rd = things.other, .params_ptr = things.other_params)
CALL(realm_destroy, rmi_realm_destroy, .rd = stage.realm.rd)
CALL(activate, rmi_realm_activate, .rd = stage.realm.rd)
CALL(rec_create, rmi_rec_create, .rd = stage.realm.rd, .rec = things.spare, .params_ptr = things.rec_params)
CALL(rec_destroy, rmi_rec_destroy, .rec = stage.realm.recs[0])
CALL(rec_enter, rmi_rec_enter, .rec = stage.realm.recs[0], .run_ptr = stage.granule + PAGE)
CALL(rtt_create, rmi_rtt_create, .rd = stage.realm.rd, .rtt = things.spare, .ipa = NEW_TABLE, .level = 2)
CALL(rtt_destroy, rmi_rtt_destroy, .rd = stage.realm.rd, .ipa = UNUSED_TABLE, .level = 2)
CALL(data_create, rmi_data_create_unknown, .rd = stage.realm.rd, .data = things.spare, .ipa = NEW_DATA)
CALL(data_destroy, rmi_data_destroy, .rd = stage.realm.rd, .ipa = REALM_PC)
CALL(read_entry, rmi_rtt_read_entry, .rd = stage.realm.rd, .ipa = REALM_PC, .level = 3)
CALL(complete, rmi_psci_complete, .calling_rec = stage.realm.recs[0], .target_rec = stage.realm.recs[1])
CALL(version, rmi_version, .req = UINT64_C(1) << 16)
CALL(features, rmi_features, .index = 0)
CALL(aux_count, rmi_rec_aux_count, .rd = stage.realm.rd)
CALL(data_create_measured, rmi_data_create, .rd = stage.realm.rd, .data = things.spare, .ipa = NEW_DATA,
     .src = stage.granule)
CALL(rtt_fold, rmi_rtt_fold, .rd = stage.realm.rd, .ipa = FULL_TABLE, .level = 3)
CALL(init_ripas, rmi_rtt_init_ripas, .rd = stage.realm.rd, .base = NEW_DATA, .top = 2 * NEW_DATA)
CALL(set_ripas, rmi_rtt_set_ripas, .rd = stage.realm.rd, .rec = stage.realm.recs[0], .base = NEW_DATA,
     .top = 2 * NEW_DATA)
CALL(map_unprotected, rmi_rtt_map_unprotected, .rd = stage.realm.rd, .ipa = SHARED + PAGE, .level = 3,
     .desc = stage.granule | 3 << 6 | 6 << 2)
CALL(unmap_unprotected, rmi_rtt_unmap_unprotected, .rd = stage.realm.rd, .ipa = SHARED, .level = 3)

/* All 23 commands of the RMI; some meet others in more than one way. */
static rmmsim_pe_fn *const commands[] = {
        version,        features,     aux_count,          delegate,          undelegate,  undelegate_table,
        undelegate_rec, realm_create, realm_create_other, realm_destroy,     activate,    rec_create,
        rec_destroy,    rec_enter,    rtt_create,         rtt_destroy,       rtt_fold,    read_entry,
        init_ripas,     set_ripas,    map_unprotected,    unmap_unprotected, data_create, data_create_measured,
        data_destroy,   complete
};

enum {
        NUM_COMMANDS = sizeof(commands) / sizeof(commands[0]),
        NUM_STARTS = 6
};

/* Where a pair begins. */
enum start {
        START_EMPTY, /* a Realm that has nothing but its RD and root table */
        START_NEW,
        START_ACTIVE, /* and nobody has run yet                                */
        START_ASKED,  /* REC 0 has asked for CPU 1, which can be completed now */
        START_RIPAS,  /* REC 0 has asked for another RIPAS, which the host may set now */
        START_IDLE    /* REC 0 has run, and idles when it is entered            */
};

/* The guest asks for CPU 1 or for another RIPAS, and so leaves something to do; or it idles, for which the RMM needs no lock. */
static void ask(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_SMC;
        switch (things.guest) {
        case IDLES:
                next->kind = RMMSIM_TRAP_WFI;
                break;
        case ASKS_FOR_RIPAS:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_RSI_IPA_STATE_SET);
                rmmsim_guest_set_x(vcpu, 1, NEW_DATA);
                rmmsim_guest_set_x(vcpu, 2, 2 * NEW_DATA);
                rmmsim_guest_set_x(vcpu, 3, 0); /* EMPTY */
                rmmsim_guest_set_x(vcpu, 4, 0);
                break;
        case ASKS_FOR_CPU:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_CPU_ON);
                rmmsim_guest_set_x(vcpu, 1, 1);
                rmmsim_guest_set_x(vcpu, 2, REALM_PC);
                break;
        }
}

static uint64_t page_like(const void *contents)
{
        uint64_t pa = world_page(stage.world);

        memcpy(world_at(stage.world, pa), contents, PAGE);
        return pa;
}

static void set_the_stage(enum start start)
{
        begin();
        realm_new(&stage.realm, stage.world, NULL);
        realm_ram(&stage.realm, 0, MIB2);
        realm_data(&stage.realm, REALM_PC, 0xd6);
        realm_rec(&stage.realm, true, REALM_PC);
        realm_rec(&stage.realm, false, REALM_PC);
        /* As for the next REC, with Granules of its own. */
        for (unsigned i = 0; i < 16; i++) {
                ((struct rmmsim_rec_params *)(void *)stage.world->params)->aux[i] = world_delegated(stage.world);
        }
        ((struct rmmsim_rec_params *)(void *)stage.world->params)->mpidr = 2;
        things.rec_params = page_like(stage.world->params);
        things.unused_table = world_delegated(stage.world);
        expect_success(stage.world, rmi_rtt_create, .rd = stage.realm.rd, .rtt = things.unused_table,
                       .ipa = UNUSED_TABLE, .level = 2);
        realm_map_tables(&stage.realm, FULL_TABLE, 3);
        realm_share(&stage.realm, SHARED);
        ck_assert_int_eq(rmmsim_guest_bind_step(stage.world->sim, stage.realm.rd, REALM_PC, ask, NULL), 0);
        things.spare = world_delegated(stage.world);
        things.spare_rtt = world_delegated(stage.world);
        realm_params_fill(stage.world->params, NULL, things.spare_rtt);
        stage.world->params->vmid = 0x77;
        things.realm_params = page_like(stage.world->params);
        things.other = world_delegated(stage.world);
        stage.world->params->rtt_base = world_delegated(stage.world);
        things.other_params = page_like(stage.world->params);
        if (start == START_EMPTY) {
                realm_new(&stage.realm, stage.world, NULL);
                ((struct rmmsim_rec_params *)world_at(stage.world, things.rec_params))->mpidr = 0;
        } else if (start != START_NEW) {
                expect_success(stage.world, rmi_realm_activate, .rd = stage.realm.rd);
        }
        things.guest = start == START_IDLE ? IDLES : start == START_RIPAS ? ASKS_FOR_RIPAS : ASKS_FOR_CPU;
        if (start >= START_ASKED) {
                rec_enter(stage.world->sim, 0, NULL);
                ck_assert_uint_eq(stage.x0[0], RMMSIM_RMI_SUCCESS);
        }
}

static void note_outcome(struct rmmsim *sim, void *arg)
{
        (void)arg;
        note(stage.hashes, &stage.num_hashes, outcome(sim));
}

static bool is_in(const uint64_t *list, unsigned count, uint64_t value)
{
        for (unsigned i = 0; i < count; i++) {
                if (list[i] == value) {
                        return true;
                }
        }
        return false;
}

static void expect_known(struct rmmsim *sim, void *arg)
{
        (void)arg;
        if (!is_in(stage.hashes, stage.num_hashes, outcome(sim))) {
                rmmsim_explore_fail("the search has missed this");
        }
}

static void allow_both_orders(const struct rmmsim_program *program)
{
        stage.num_allowed = 0;
        ck_assert_int_eq(rmmsim_snapshot(program->sim, NULL), 0);
        for (unsigned order = 0; order < 2; order++) {
                (void)reset(program->sim, NULL);
                program->pes[order](program->sim, order, NULL);
                program->pes[!order](program->sim, !order, NULL);
                note(stage.allowed, &stage.num_allowed, outcome(program->sim));
                ck_assert_int_eq(rmmsim_restore(program->sim), 0);
        }
}

static void try_pair(rmmsim_pe_fn *one, rmmsim_pe_fn *other)
{
        static const struct rmmsim_strategy classes = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };
        static const struct rmmsim_strategy chance = { .kind = RMMSIM_STRATEGY_RANDOM, .schedules_max = 300 };
        struct rmmsim_program program = { .sim = stage.world->sim,
                                          .pes = { one, other },
                                          .setup = reset,
                                          .check = note_outcome,
                                          .audit_period = 1,
                                          .linearizable = true,
                                          .lock_order = true,
                                          .announced = true };

        stage.num_hashes = 0;
        allow_both_orders(&program);
        expect_nothing(&program, &classes);
        ck_assert(finding.complete);
        ck_assert_uint_eq(finding.undecided, 0);
        for (unsigned i = 0; i < stage.num_allowed; i++) {
                ck_assert(is_in(stage.hashes, stage.num_hashes, stage.allowed[i]));
        }
        if (one != rec_enter && other != rec_enter) {
                ck_assert_uint_eq(stage.num_hashes, stage.num_allowed);
        }
        program.check = expect_known;
        program.audit_period = 0;
        program.linearizable = false;
        expect_nothing(&program, &chance);
}

START_TEST(a_pair_is_as_in_some_order)
{
        set_the_stage((enum start)(_i / NUM_COMMANDS));
        for (unsigned other = (unsigned)_i % NUM_COMMANDS; other < NUM_COMMANDS; other++) {
                try_pair(commands[_i % NUM_COMMANDS], commands[other]);
        }
        end();
}
END_TEST

/* A pair of which one can do nothing shows little: each command succeeds in some starting state, but those that undelegate what is in use. */
START_TEST(a_command_succeeds_somewhere)
{
        bool succeeds = commands[_i] == undelegate_table || commands[_i] == undelegate_rec;

        for (unsigned start = 0; start < NUM_STARTS && !succeeds; start++) {
                set_the_stage((enum start)start);
                commands[_i](stage.world->sim, 0, NULL);
                succeeds = stage.x0[0] == RMMSIM_RMI_SUCCESS;
                end();
        }
        ck_assert(succeeds);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_pairs");
        TCase *tcase = tcase_create("pairs");

        tcase_add_loop_test(tcase, a_command_succeeds_somewhere, 0, NUM_COMMANDS);

        tcase_add_loop_test(tcase, a_pair_is_as_in_some_order, 0, NUM_COMMANDS * NUM_STARTS);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
