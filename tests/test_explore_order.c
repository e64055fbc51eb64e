/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_order.c - the order of the RMM's locks: whoever leaves it is found, though no schedule deadlocks, and the library
 * keeps to it in all that it does.
 *
 * What is out of order the library never does. So PEs take its locks by themselves here.
 */
#include "explore_stage.h"

static const struct rmmsim_strategy once = { .kind = RMMSIM_STRATEGY_RANDOM, .schedules_max = 1 };

/* In the order that ARCHITECTURE.md gives them. */
enum kind {
        KIND_HOST_PAGE,
        KIND_REC,
        KIND_RD,
        KIND_VMID,
        KIND_DELEGATED,
        NUM_KINDS
};

static const enum rmmsim_state states[NUM_KINDS] = { [KIND_HOST_PAGE] = RMMSIM_GRANULE_UNDELEGATED,
                                                     [KIND_REC] = RMMSIM_GRANULE_REC,
                                                     [KIND_RD] = RMMSIM_GRANULE_RD,
                                                     [KIND_DELEGATED] = RMMSIM_GRANULE_DELEGATED };

/* Two of each, the lower one first; and what the functions below do with them. */
static uint64_t things[NUM_KINDS][2];

static struct lock {
        enum kind kind;
        unsigned which;
} plan[2];

static void take_kind(struct rmmsim *sim, uint64_t thing, enum kind kind, bool shared)
{
        bool held;

        if (kind == KIND_VMID) {
                vmid_lock(&sim->rmm.vmids, (unsigned)thing);
                return;
        }
        granule_lock(memory_granule(&sim->rmm.memory, thing), states[kind], shared, &held);
        ck_assert(held);
}

static void drop_kind(struct rmmsim *sim, uint64_t thing, enum kind kind, bool shared)
{
        if (kind == KIND_VMID) {
                vmid_unlock(&sim->rmm.vmids, (unsigned)thing);
        } else {
                granule_unlock(memory_granule(&sim->rmm.memory, thing), shared);
        }
}

static void take_as_planned(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)pe;
        (void)arg;
        for (unsigned i = 0; i < 2; i++) {
                take_kind(sim, things[plan[i].kind][plan[i].which], plan[i].kind, false);
        }
        for (unsigned i = 0; i < 2; i++) {
                drop_kind(sim, things[plan[i].kind][plan[i].which], plan[i].kind, false);
        }
}

static void keep_lower_first(uint64_t *pair)
{
        if (pair[0] > pair[1]) {
                uint64_t lower = pair[1];

                pair[1] = pair[0];
                pair[0] = lower;
        }
}

static void set_the_stage(void)
{
        struct realm_world other;

        begin();
        realm_new(&other, stage.world, NULL);
        realm_new(&stage.realm, stage.world, NULL);
        for (unsigned i = 0; i < 2; i++) {
                things[KIND_HOST_PAGE][i] = stage.granule + i * PAGE;
                things[KIND_REC][i] = realm_rec(&stage.realm, true, REALM_PC);
                things[KIND_RD][i] = i == 0 ? other.rd : stage.realm.rd;
                things[KIND_VMID][i] = 0x100 + i;
                things[KIND_DELEGATED][i] = world_delegated(stage.world);
        }
        for (unsigned i = 0; i < NUM_KINDS; i++) {
                keep_lower_first(things[i]);
                ck_assert_uint_lt(things[i][0], things[i][1]);
        }
}

/* ---- each pair of kinds ------------------------------------------------------------------------------------------------------- */

static bool is_in_order(const struct lock *first, const struct lock *second)
{
        return first->kind != second->kind ? first->kind < second->kind : first->which < second->which;
}

START_TEST(each_pair_of_locks)
{
        struct rmmsim_program program = { .pes = { take_as_planned }, .lock_order = true };

        set_the_stage();
        program.sim = stage.world->sim;
        for (unsigned i = 0; i < NUM_KINDS * NUM_KINDS * 4; i++) {
                plan[0] = (struct lock){ (enum kind)(i / 4 / NUM_KINDS), i & 1 };
                plan[1] = (struct lock){ (enum kind)(i / 4 % NUM_KINDS), i >> 1 & 1 };
                if (plan[0].kind == plan[1].kind && plan[0].which == plan[1].which) {
                        continue; /* that alone would wait for itself */
                }
                if (is_in_order(&plan[0], &plan[1])) {
                        expect_nothing(&program, &once);
                        continue;
                }
                expect_found(RMMSIM_FOUND_LOCK_ORDER, &program, &once);
                program.lock_order = false;
                expect_nothing(&program, &once);
                program.lock_order = true;
        }
        end();
}
END_TEST

#define THE_ORDER                                                                                                      \
        "the order is pages of the host, RECs, RD, VMID, DELEGATED, each by rising address, and no other Granules"

static void expect_sentence(const char *format, uint64_t a, uint64_t b)
{
        char sentence[512];

        (void)snprintf(sentence, sizeof(sentence), format, (unsigned long long)a, (unsigned long long)b);
        ck_assert_str_eq(finding.sentence, sentence);
}

START_TEST(both_are_named)
{
        struct rmmsim_program program = { .pes = { NULL, take_as_planned }, .lock_order = true };

        set_the_stage();
        program.sim = stage.world->sim;
        plan[0] = (struct lock){ KIND_DELEGATED, 0 };
        plan[1] = (struct lock){ KIND_RD, 1 };
        expect_found(RMMSIM_FOUND_LOCK_ORDER, &program, &once);
        expect_sentence("PE 1 locks RD 0x%llx while it holds DELEGATED 0x%llx: " THE_ORDER, things[KIND_RD][1],
                        things[KIND_DELEGATED][0]);
        plan[0] = (struct lock){ KIND_VMID, 1 };
        plan[1] = (struct lock){ KIND_VMID, 0 };
        expect_found(RMMSIM_FOUND_LOCK_ORDER, &program, &once);
        expect_sentence("PE 1 locks VMID %llu while it holds VMID %llu: " THE_ORDER, 0x100, 0x101);
        end();
}
END_TEST

/* ---- what is not as simple ---------------------------------------------------------------------------------------------------- */

/* Readers, too: where a writer waits between the two, the second one never gets it. */
static void take_twice(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)pe;
        (void)arg;
        take_kind(sim, stage.realm.rd, KIND_RD, true);
        take_kind(sim, stage.realm.rd, KIND_RD, true);
        drop_kind(sim, stage.realm.rd, KIND_RD, true);
        drop_kind(sim, stage.realm.rd, KIND_RD, true);
}

/* A page of the host after an RD, without waiting for it, as an access of the Realm takes it. */
static void try_only(struct rmmsim *sim, unsigned pe, void *arg)
{
        struct granule *page = memory_granule(&sim->rmm.memory, stage.granule);
        uint32_t word;
        bool held;

        (void)pe;
        (void)arg;
        take_kind(sim, stage.realm.rd, KIND_RD, true);
        ck_assert(granule_try_lock_shared(page, RMMSIM_GRANULE_UNDELEGATED, &word, &held));
        granule_unlock(page, true);
        drop_kind(sim, stage.realm.rd, KIND_RD, true);
}

/* To want a Granule for a state that it is not in is not to wait for it. */
static void find_another_state(struct rmmsim *sim, unsigned pe, void *arg)
{
        bool held;

        (void)pe;
        (void)arg;
        take_kind(sim, things[KIND_DELEGATED][1], KIND_DELEGATED, false);
        granule_lock(memory_granule(&sim->rmm.memory, things[KIND_DELEGATED][0]), RMMSIM_GRANULE_RD, false, &held);
        ck_assert(!held);
        drop_kind(sim, things[KIND_DELEGATED][1], KIND_DELEGATED, false);
}

/* What is released is not held. */
static void one_after_the_other(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)pe;
        (void)arg;
        for (unsigned i = NUM_KINDS; i-- > 0;) {
                take_kind(sim, things[i][1], (enum kind)i, false);
                drop_kind(sim, things[i][1], (enum kind)i, false);
                take_kind(sim, things[i][0], (enum kind)i, false);
                drop_kind(sim, things[i][0], (enum kind)i, false);
        }
}

static struct granule *take_table(struct rmmsim *sim)
{
        struct granule *table = memory_granule(&sim->rmm.memory, stage.realm.rtt_base);
        bool held;

        granule_lock(table, RMMSIM_GRANULE_RTT, false, &held);
        ck_assert(held);
        return table;
}

/* A Granule that needs no lock, as it is reached through its Realm: alone it is in nobody's way. */
static void table_alone(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)pe;
        (void)arg;
        granule_unlock(take_table(sim), false);
}

static void table_after_its_realm(struct rmmsim *sim, unsigned pe, void *arg)
{
        take_kind(sim, stage.realm.rd, KIND_RD, false);
        table_alone(sim, pe, arg);
        drop_kind(sim, stage.realm.rd, KIND_RD, false);
}

static void table_before_its_realm(struct rmmsim *sim, unsigned pe, void *arg)
{
        struct granule *table = take_table(sim);

        (void)pe;
        (void)arg;
        take_kind(sim, stage.realm.rd, KIND_RD, false);
        drop_kind(sim, stage.realm.rd, KIND_RD, false);
        granule_unlock(table, false);
}

/* The REC becomes DELEGATED while it is held: whoever waits for it as such may hold any RD. */
static void change_what_is_held(struct rmmsim *sim, unsigned pe, void *arg)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t rec = things[KIND_REC][0];

        (void)pe;
        (void)arg;
        take_kind(sim, rec, KIND_REC, false);
        journal_granule(memory, rec);
        granule_set_state(memory_granule(memory, rec), RMMSIM_GRANULE_DELEGATED, RMMSIM_COMMAND_rmi_rec_destroy);
        take_kind(sim, stage.realm.rd, KIND_RD, false);
        drop_kind(sim, stage.realm.rd, KIND_RD, false);
        drop_kind(sim, rec, KIND_REC, false);
}

/* A mutex is the caller's, and has its own order. */
static struct rmmsim_mutex big_lock = { .name = "big" };

static void under_a_mutex(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)pe;
        (void)arg;
        rmmsim_mutex_lock(&big_lock);
        take_kind(sim, stage.granule, KIND_HOST_PAGE, false);
        drop_kind(sim, stage.granule, KIND_HOST_PAGE, false);
        rmmsim_mutex_unlock(&big_lock);
}

static void over_a_mutex(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)pe;
        (void)arg;
        take_kind(sim, stage.realm.rd, KIND_RD, false);
        rmmsim_mutex_lock(&big_lock);
        rmmsim_mutex_unlock(&big_lock);
        drop_kind(sim, stage.realm.rd, KIND_RD, false);
}

static const struct case_row {
        rmmsim_pe_fn *fn;
        bool is_found;
} case_rows[] = {
        { take_twice, true },
        { try_only, false },
        { table_alone, false },
        { table_after_its_realm, true },
        { table_before_its_realm, true },
        { over_a_mutex, false },
        { one_after_the_other, false },
        { change_what_is_held, true },
        { under_a_mutex, false },
        { find_another_state, false },
};

START_TEST(what_is_not_as_simple)
{
        struct rmmsim_program program = { .pes = { case_rows[_i].fn }, .lock_order = true };

        set_the_stage();
        program.sim = stage.world->sim;
        if (case_rows[_i].is_found) {
                expect_found(RMMSIM_FOUND_LOCK_ORDER, &program, &once);
        } else {
                expect_nothing(&program, &once);
        }
        if (case_rows[_i].fn == change_what_is_held) {
                expect_sentence("PE 0 locks RD 0x%llx while it holds DELEGATED 0x%llx, locked as REC: " THE_ORDER,
                                stage.realm.rd, things[KIND_REC][0]);
        }
        end();
}
END_TEST

/* ---- inside a command --------------------------------------------------------------------------------------------------------- */

static void disorderly(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        take_as_planned(stage.world->sim, 0, NULL);
        next->kind = RMMSIM_TRAP_WFI;
}

static void enter(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_rec_enter, .rec = things[KIND_REC][0], .run_ptr = stage.granule);
}

START_TEST(the_command_is_named)
{
        struct rmmsim_program program = { .pes = { enter }, .lock_order = true };

        set_the_stage();
        program.sim = stage.world->sim;
        realm_ram(&stage.realm, 0, MIB2);
        realm_data(&stage.realm, REALM_PC, 0xd6);
        ck_assert_int_eq(rmmsim_guest_bind_step(program.sim, stage.realm.rd, REALM_PC, disorderly, NULL), 0);
        realm_activate(&stage.realm);
        plan[0] = (struct lock){ KIND_RD, 1 };
        plan[1] = (struct lock){ KIND_REC, 1 };
        expect_found(RMMSIM_FOUND_LOCK_ORDER, &program, &once);
        expect_sentence("PE 0 in RMI_REC_ENTER locks REC 0x%llx while it holds RD 0x%llx: " THE_ORDER,
                        things[KIND_REC][1], things[KIND_RD][1]);
        end();
}
END_TEST

/* ---- the library keeps to it -------------------------------------------------------------------------------------------------- */

#define SHARED_IPA UINT64_C(0x8000000000)

/* Calls under each lock that a Realm's side takes, and memory that the host has shared. */
static void busy_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, rsi_realm_config, .addr = REALM_PC);
        (void)rmmsim_guest_call(vcpu, rsi_measurement_extend, .index = 1, .size = 8);
        (void)rmmsim_guest_store(vcpu, SHARED_IPA, 8, 1);
        (void)rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = 4 * PAGE, .top = 5 * PAGE);
        (void)rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1, .entry_point_address = REALM_PC);
        (void)rmmsim_guest_call(vcpu, psci_system_off, 0);
}

static struct world unused; /* as it was before the schedule */

static struct rmmsim *put_back(struct rmmsim *sim, void *arg)
{
        *stage.world = unused;
        return reset(sim, arg);
}

/* A Realm's life, with every command that takes more than one lock. */
static void live(struct rmmsim *sim, unsigned pe, void *arg)
{
        struct realm_world realm;

        (void)pe;
        (void)arg;
        realm_new(&realm, stage.world, NULL);
        realm_ram(&realm, 0, MIB2);
        realm_data(&realm, REALM_PC, 0xd6);
        (void)realm_data_unknown(&realm, 3 * PAGE);
        (void)realm_share(&realm, SHARED_IPA);
        (void)realm_rec(&realm, true, REALM_PC);
        (void)realm_rec(&realm, false, REALM_PC);
        ck_assert_int_eq(rmmsim_guest_bind(sim, realm.rd, REALM_PC, busy_guest, NULL), 0);
        realm_activate(&realm);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_RIPAS_CHANGE);
        expect_success(stage.world, rmi_rtt_set_ripas, .rd = realm.rd, .rec = realm.recs[0], .base = 4 * PAGE,
                       .top = 5 * PAGE);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        expect_success(stage.world, rmi_psci_complete, .calling_rec = realm.recs[0], .target_rec = realm.recs[1],
                       .status = RMMSIM_PSCI_SUCCESS);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_int_eq(rmmsim_gpt_set(sim, stage.granule, 8 * PAGE, RMMSIM_GPT_GPT_SECURE), 0);
        realm_tear_down(&realm);
}

/* Another PE holds Granules that are not the Realm's. */
static void disturb(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        for (uint64_t pa = WORLD_DRAM_BASE + WORLD_DRAM_SIZE - 32 * PAGE; pa < WORLD_DRAM_BASE + WORLD_DRAM_SIZE;
             pa += PAGE) {
                (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = pa);
                (void)rmmsim_call(sim, pe, rmi_realm_destroy, .rd = pa);
                (void)rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = pa);
        }
}

START_TEST(a_life_is_in_order)
{
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_PCT, .schedules_max = 50 };
        struct rmmsim_program program = {
                .pes = { live, disturb }, .setup = put_back, .lock_order = true, .granules_return = true
        };

        begin();
        unused = *stage.world;
        program.sim = stage.world->sim;
        expect_nothing(&program, &strategy);
        end();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_order");
        TCase *tcase = tcase_create("order");

        tcase_add_test(tcase, each_pair_of_locks);
        tcase_add_test(tcase, both_are_named);
        tcase_add_loop_test(tcase, what_is_not_as_simple, 0, sizeof(case_rows) / sizeof(case_rows[0]));
        tcase_add_test(tcase, the_command_is_named);
        tcase_add_test(tcase, a_life_is_in_order);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
