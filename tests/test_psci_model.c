/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_model.c - thousands of random PSCI calls and host actions, each compared with a small sequential model.
 *
 * A failure names the seed and the step: run the test of that seed again to replay it.
 * Specification: PSCI sheet section 7; rec sheet sections 4.1 to 4.4.
 */
#include "psci_fixture.h"
#include "psci_model.h"
#include <stdio.h>

enum {
        NUM_RECS = 4,
        STEPS = 6000,
        NUM_PROFILES = 2 + PSCI_NUM_QUIRKS /* the two, and each quirk by itself */
};

static struct psci_model model;

/* ---- chance ----------------------------------------------------------------------------------------------------------- */

static uint64_t chance;

/* splitmix64 */
static uint64_t next_random(void)
{
        uint64_t z = chance += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
        return (unsigned)(next_random() % n);
}

#define PICK(array) ((array)[below(sizeof(array) / sizeof((array)[0]))])

/* ---- the program ------------------------------------------------------------------------------------------------------- */

static char where[160]; /* seed and step, for messages */

static uint64_t some_mpidr(void)
{
        static const uint64_t odd[] = { 4,          0x10,     0x100, 0x80000000, 0x80000001, UINT64_C(0x100000000),
                                        UINT64_MAX, 0x1000002 };

        return below(8) == 0 ? PICK(odd) : below(NUM_RECS);
}

static unsigned num_on(void)
{
        unsigned count = 0;

        for (unsigned i = 0; i < NUM_RECS; i++) {
                count += model.rec[i].exists && model.rec[i].on;
        }
        return count;
}

static uint64_t some_function(void)
{
        static const uint32_t frequent[] = { 0xC4000003, 0xC4000003, 0xC4000003, 0xC4000004,
                                             0xC4000004, 0x84000002, 0x84000002 };
        static const uint32_t all[] = { 0x84000000, 0xC4000001, 0x84000002, 0xC4000003, 0xC4000004,
                                        0x8400000A, 0x84000001, 0x84000003, 0x84000004, 0xC4000002,
                                        0xC4000008, 0x84000005, 0x84000014, 0xC4000010 };
        uint64_t function = below(4) != 0 ? PICK(frequent) : PICK(all);

        if (function == 0x84000002 && num_on() == 1 && below(20) != 0) {
                return 0x84000000; /* nobody could turn it on again */
        }
        if (below(300) == 0) {
                function = below(2) == 0 ? 0x84000008 : 0x84000009;
        }
        function |= below(10) == 0 ? next_random() << 32 : 0;
        return function | (below(20) == 0 ? 0x10000 : 0);
}

static uint64_t some_x2(uint64_t function)
{
        static const uint64_t levels[] = { 0, 0, 0, 0, 1, UINT64_C(0x100000000), UINT64_C(0x200000001) };

        if ((function & 0xf) == 4) {
                return PICK(levels);
        }
        return below(8) == 0 ? UNPROTECTED + PUPPET_ENTRY(0) : PUPPET_ENTRY(below(PUPPET_ENTRIES));
}

/* What register `i`, x4..x30, holds where the model says `rest`. */
static uint64_t rest_register(uint64_t rest, unsigned i)
{
        return rest == 0 ? 0 : (rest + i) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The next call of a REC. Returns what it has in x4..x30. */
static uint64_t order(unsigned index)
{
        struct puppet *puppet = &puppets.puppet[index];
        uint64_t rest = next_random() | 1;

        for (unsigned i = 4; i < 31; i++) {
                puppet->before[i] = rest_register(rest, i);
        }
        puppet->before[0] = some_function();
        puppet->before[1] = (puppet->before[0] & 0xf) == 0xa ? some_function() : some_mpidr();
        puppet->before[2] = some_x2(puppet->before[0]);
        puppet->before[3] = next_random();
        puppet->ordered = true;
        puppet->act = NULL;
        puppet->done = false;
        return rest;
}

static void expect_registers(const uint64_t *actual, const struct psci_rec *rec)
{
        for (unsigned i = 0; i < 31; i++) {
                uint64_t expected = i < 4 ? rec->x[i] : rest_register(rec->rest, i);

                ck_assert_msg(actual[i] == expected, "%s: x%u is 0x%llx, expected 0x%llx", where, i,
                              (unsigned long long)actual[i], (unsigned long long)expected);
        }
}

static void expect_start_of(unsigned index, unsigned starts)
{
        const struct puppet *puppet = &puppets.puppet[index];
        const struct psci_rec *rec = &model.rec[index];

        ck_assert_msg(puppet->starts == starts + rec->starts, "%s: started %u times more", where,
                      puppet->starts - starts);
        if (rec->starts) {
                ck_assert_msg(puppet->start_pc == rec->pc, "%s: starts at 0x%llx", where,
                              (unsigned long long)puppet->start_pc);
                expect_registers(puppet->start_x, rec);
                ck_assert(psci_model_starts(&model, index, puppet->start_pc, puppet->start_x, rec->rest));
        }
}

static void expect_exit_of(unsigned index)
{
        const struct rmmsim_rec_exit *exit = &puppet_run(&puppets, index)->exit;
        const struct psci_rec *rec = &model.rec[index];

        ck_assert_msg(exit->exit_reason == (rec->exits ? RMMSIM_EXIT_PSCI : RMMSIM_EXIT_SYNC), "%s: exit %u", where,
                      (unsigned)exit->exit_reason);
        for (unsigned i = 0; i < 31; i++) {
                ck_assert_msg(exit->gprs[i] == (i < 4 ? rec->gprs[i] : 0), "%s: exit.gprs[%u] is 0x%llx", where, i,
                              (unsigned long long)exit->gprs[i]);
        }
}

/* Enter a REC that is admitted: first it returns from its last call or starts, at another entry it makes the next one. */
static void run(unsigned index)
{
        const struct psci_rec *rec = &model.rec[index];
        const struct puppet *puppet = &puppets.puppet[index];
        unsigned starts = puppet->starts;
        bool calls = !rec->returns && !rec->starts;
        uint64_t rest = calls ? order(index) : 0;

        puppet_refused(&puppets, index, RMMSIM_RMI_SUCCESS);
        ck_assert(psci_model_enter(&model, index, PSCI_RMI_SUCCESS));
        expect_start_of(index, starts);
        if (calls) {
                ck_assert(psci_model_call(&model, index, puppet->before, rest, NULL));
        }
        if (rec->returns && !rec->exits) {
                ck_assert_msg(puppet->done, "%s: the call has not returned", where);
                expect_registers(puppet->x, rec);
                ck_assert(psci_model_returns(&model, index, puppet->x, rec->rest));
        }
        expect_exit_of(index);
        ck_assert(psci_model_leave(&model, index, rec->exits ? puppet_run(&puppets, index)->exit.gprs : NULL));
}

static void enter(unsigned index)
{
        uint64_t x0 = psci_model_enter_x0(&model, index);

        if (x0 != RMMSIM_RMI_SUCCESS) {
                ck_assert_msg(realm_enter(&puppets.realm, index) == x0, "%s: expected 0x%llx", where,
                              (unsigned long long)x0);
                ck_assert(psci_model_enter(&model, index, x0));
        } else {
                run(index);
        }
}

/* One that waits for an answer, if the dice find it. */
static unsigned some_caller(void)
{
        unsigned caller = below(NUM_RECS);

        for (unsigned tries = 0; tries < 3 && model.rec[caller].pending == PSCI_ASKS_NOTHING; tries++) {
                caller = below(NUM_RECS);
        }
        return caller;
}

static void complete_something(void)
{
        static const uint64_t statuses[] = { SUCCESS, SUCCESS,    SUCCESS, SUCCESS,   DENIED,
                                             DENIED,  ALREADY_ON, 1,       0xfffffffd };
        unsigned caller = some_caller();
        uint64_t named = psci_model_index_of(model.rec[caller].x[1]);
        unsigned target = below(5) != 0 && named < NUM_RECS ? (unsigned)named : below(NUM_RECS);
        uint64_t status = PICK(statuses);
        uint64_t x0 = complete_on(0, caller, target, status);
        uint64_t expected = psci_model_complete(&model, caller, target, status);

        ck_assert_msg(x0 == expected, "%s: RMI_PSCI_COMPLETE(%u, %u, %lld) is 0x%llx", where, caller, target,
                      (long long)status, (unsigned long long)x0);
}

static void destroy_something(void)
{
        unsigned index = below(NUM_RECS);

        if (model.rec[index].exists) {
                destroy_rec(index);
                ck_assert_uint_eq(psci_model_destroy(&model, index), PSCI_RMI_SUCCESS);
        }
}

/* One that can run, if the dice find it. */
static unsigned some_rec(void)
{
        unsigned rec = below(NUM_RECS);

        for (unsigned tries = 0; tries < 3 && psci_model_enter_x0(&model, rec) != RMMSIM_RMI_SUCCESS; tries++) {
                rec = below(NUM_RECS);
        }
        return rec;
}

static void step(void)
{
        unsigned dice = below(400);

        if (dice == 0) {
                destroy_something();
        } else if (dice < 160) {
                complete_something();
        } else {
                enter(some_rec());
        }
}

static void episode(int profile)
{
        static const uint64_t pcs[NUM_RECS] = { REALM_PC, REALM_PC, REALM_PC, REALM_PC };
        struct rmmsim_config config = { .profile = profile == 1 ? RMMSIM_PROFILE_RMM_1_0_REFERENCE
                                                                : RMMSIM_PROFILE_RMM_1_0,
                                        .quirks = profile > 1 ? psci_quirks[profile - 2] : 0 };
        struct psci_knobs knobs = psci_model_knobs_of(profile == 1 ? UINT64_MAX : config.quirks);
        uint32_t runnable = 1 | below(16);

        psci_model_begin(&model, &knobs, NUM_RECS, runnable, pcs, UNPROTECTED);
        create_with(&config, NUM_RECS, runnable);
}

/* Can any REC still be entered, or be answered? */
static bool is_alive(void)
{
        for (unsigned i = 0; i < NUM_RECS && !model.realm_off; i++) {
                const struct psci_rec *rec = &model.rec[i];

                if (rec->exists && rec->on &&
                    (rec->pending == PSCI_ASKS_NOTHING || model.rec[psci_model_index_of(rec->x[1])].exists)) {
                        return true;
                }
        }
        return false;
}

/* What has died is poked at for a while, and then a new Realm is made. */
/* What the model says of unordered failures, and of what cannot be. */
START_TEST(unordered_failures)
{
        static const uint64_t pcs[2] = { REALM_PC, REALM_PC };
        static const uint64_t wrong[4] = { 0xC4000003, 9, UNPROTECTED, 1 };
        static const uint64_t codes[] = { INVALID_ADDRESS, INVALID_PARAMETERS };
        static const uint64_t other = ALREADY_ON;
        const struct psci_knobs knobs = { 0 };
        struct psci_model one;
        struct psci_model two;

        for (unsigned i = 0; i < 2; i++) {
                const uint64_t found[4] = { codes[i] };

                psci_model_begin(&one, &knobs, 2, 1, pcs, UNPROTECTED);
                ck_assert(!psci_model_call(&one, 0, wrong, 0, NULL));
                ck_assert(psci_model_enter(&one, 0, PSCI_RMI_SUCCESS));
                two = one;
                ck_assert(psci_model_equal(&one, &two));
                ck_assert(psci_model_starts(&one, 0, REALM_PC, (const uint64_t[4]){ 0 }, 0));
                ck_assert(!psci_model_equal(&one, &two));
                ck_assert_uint_ne(psci_model_hash(&one), psci_model_hash(&two));
                two = one;
                ck_assert(psci_model_call(&one, 0, wrong, 7, &codes[i]));
                ck_assert(!psci_model_returns(&one, 0, found, 8));
                ck_assert(psci_model_returns(&one, 0, found, 7));
                ck_assert(!psci_model_call(&two, 0, wrong, 7, &other));
        }
        one.realm_off = true;
        two = one;
        ck_assert(psci_model_enter(&one, 1, PSCI_RMI_ERROR_REC));
        ck_assert(psci_model_enter(&two, 1, PSCI_RMI_SYSTEM_OFF));
        ck_assert(!psci_model_enter(&two, 1, PSCI_RMI_SUCCESS));
        ck_assert(!psci_model_leave(&one, 0, wrong));
        ck_assert_uint_eq(psci_model_destroy(&one, 0), PSCI_RMI_ERROR_REC);
        ck_assert(psci_model_leave(&one, 0, NULL));
        ck_assert_uint_eq(psci_model_destroy(&one, 0), PSCI_RMI_SUCCESS);
        ck_assert(psci_model_enter(&one, 0, PSCI_RMI_ERROR_INPUT));
}
END_TEST

START_TEST(follows_the_model)
{
        unsigned dead = 0;

        chance = (uint64_t)_i;
        episode(_i % NUM_PROFILES);
        for (unsigned s = 0; s < STEPS; s++) {
                snprintf(where, sizeof(where), "seed %d, step %u", _i, s);
                step();
                dead += !is_alive();
                if (dead > 20) {
                        world_destroy(puppets.world);
                        episode(_i % NUM_PROFILES);
                        dead = 0;
                }
        }
        world_destroy(puppets.world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_model");
        TCase *tcase = tcase_create("psci_model");

        tcase_add_loop_test(tcase, follows_the_model, 0, 2 * NUM_PROFILES);
        tcase_add_test(tcase, unordered_failures);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
