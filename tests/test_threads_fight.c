/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_threads_fight.c - four host threads that fight for the same Granules and VMIDs, and watchers who see every command whole.
 *
 * Whoever wins, the successes must add up: a Granule that was delegated once more than it was taken back is with the RMM, and
 * there are as many Realms as were created and not destroyed.
 */
#include "threads_fixture.h"
#include <stdatomic.h>

/* ---- fighting -------------------------------------------------------------------------------------------------------------- */

enum {
        NUM_PRIZES = 14
};

struct fight {
        uint64_t base;
        _Atomic int64_t delegated[NUM_PRIZES]; /* times delegated, less times undelegated */
        _Atomic int64_t realms;                /* created, less destroyed                 */
        _Atomic int64_t recs;
        _Atomic int64_t tables;
};

static uint64_t prize(struct worker *worker, unsigned *number)
{
        const struct fight *fight = worker->shared;

        *number = roll_below(&worker->dice, NUM_PRIZES);
        return fight->base + *number * PAGE;
}

static void fight_for_granules(struct worker *worker, struct fight *fight)
{
        unsigned n;
        uint64_t pa = prize(worker, &n);

        if (once_in(&worker->dice, 3)) {
                atomic_fetch_sub(&fight->delegated[n], CALL(worker, rmi_granule_undelegate, .addr = pa) == 0);
        } else {
                atomic_fetch_add(&fight->delegated[n], CALL(worker, rmi_granule_delegate, .addr = pa) == 0);
        }
}

/* The other Granules of a command follow the first. */
static void fight_for_objects(struct worker *worker, struct fight *fight)
{
        unsigned n;
        uint64_t pa = prize(worker, &n);
        uint64_t other = prize(worker, &n);

        switch (roll_below(&worker->dice, 8)) {
        case 0:
        case 1:
        case 2:
                atomic_fetch_add(&fight->realms,
                                 worker_realm_create(worker, pa, other, (uint16_t)(1 + roll_below(&worker->dice, 2))) ==
                                         0);
                break;
        case 3:
                atomic_fetch_sub(&fight->realms, CALL(worker, rmi_realm_destroy, .rd = pa) == 0);
                break;
        case 4:
                atomic_fetch_add(&fight->recs, worker_rec_create(worker, pa, other, other + PAGE, 0, true) == 0);
                break;
        case 5:
                atomic_fetch_sub(&fight->recs, CALL(worker, rmi_rec_destroy, .rec = pa) == 0);
                break;
        case 6:
                atomic_fetch_add(&fight->tables,
                                 CALL(worker, rmi_rtt_create, .rd = pa, .rtt = other, .ipa = 0, .level = 2) == 0);
                break;
        default:
                atomic_fetch_sub(&fight->tables, CALL(worker, rmi_rtt_destroy, .rd = pa, .ipa = 0, .level = 2) == 0);
                break;
        }
}

static void *fight_on(void *arg)
{
        struct worker *worker = arg;

        for (unsigned long i = 0; i < worker->count; i++) {
                if (once_in(&worker->dice, 3)) {
                        fight_for_granules(worker, worker->shared);
                } else {
                        fight_for_objects(worker, worker->shared);
                }
        }
        return NULL;
}

static int64_t count_state(const struct world *world, const struct fight *fight, unsigned state)
{
        int64_t count = 0;

        for (unsigned i = 0; i < NUM_PRIZES; i++) {
                struct rmmsim_granule granule;

                (void)rmmsim_granule(world->sim, &granule, fight->base + i * PAGE);
                count += granule.state == state;
        }
        return count;
}

static void end_of_fight(struct world *world, const struct fight *fight)
{
        for (unsigned i = 0; i < NUM_PRIZES; i++) {
                (void)call(world, rmi_rec_destroy, .rec = fight->base + i * PAGE);
                (void)call(world, rmi_rtt_destroy, .rd = fight->base + i * PAGE, .ipa = 0, .level = 2);
        }
        for (unsigned i = 0; i < NUM_PRIZES; i++) {
                (void)call(world, rmi_realm_destroy, .rd = fight->base + i * PAGE);
        }
        for (unsigned i = 0; i < NUM_PRIZES; i++) {
                (void)call(world, rmi_granule_undelegate, .addr = fight->base + i * PAGE);
        }
}

START_TEST(test_fight)
{
        struct world *world = threads_world();
        struct rmmsim_report report;
        struct fight fight = { .base = world_pages(world, NUM_PRIZES + NUM_AUX, PAGE) };
        int64_t objects;

        workers_run(world, fight_on, &fight, rounds(100000));
        ck_assert_msg(rmmsim_audit(world->sim, &report) == 0, "%s: %s", report.invariant, report.text);
        for (unsigned i = 0; i < NUM_PRIZES; i++) {
                struct rmmsim_granule granule;

                ck_assert_int_eq(rmmsim_granule(world->sim, &granule, fight.base + i * PAGE), 0);
                ck_assert_int_eq(atomic_load(&fight.delegated[i]), granule.state != RMMSIM_GRANULE_UNDELEGATED);
        }
        objects = count_state(world, &fight, RMMSIM_GRANULE_RD);
        ck_assert_int_eq(atomic_load(&fight.realms), objects);
        ck_assert_int_eq(atomic_load(&fight.recs), count_state(world, &fight, RMMSIM_GRANULE_REC));
        ck_assert_int_eq(atomic_load(&fight.tables) + objects, count_state(world, &fight, RMMSIM_GRANULE_RTT));
        ck_assert_int_le(objects, 2); /* VMIDs */
        end_of_fight(world, &fight);
        expect_all_returned(world);
}
END_TEST

/* ---- commands are seen whole ------------------------------------------------------------------------------------------------- */

/*
 * Four roots and an RD become a Realm, or a REC and its auxiliary Granules a REC, in one step. One PE creates and destroys over
 * and over. Another waits until it can take one of the Granules back: then nothing holds the others, and they must come at
 * once; and since one is missing, nothing can be created meanwhile.
 */
enum {
        NUM_PARTS = 5,
        NUM_ROOTS = 4,
        RD_OF_RECS = 5,
        ROOT_OF_RECS = 6,
        NUM_PAGES_SEEN = 7
};

struct whole {
        uint64_t base; /* roots, then the RD. Or REC, auxiliary Granules */
        bool recs;
        atomic_bool over;
        _Atomic uint64_t created;
        _Atomic uint64_t taken;
};

static uint64_t part(const struct whole *whole, unsigned n)
{
        return whole->base + n * PAGE;
}

static void create_and_destroy(struct worker *worker, struct whole *whole)
{
        const struct realm_shape shape = { .s2sz = 32, .level_start = 2, .num_start = NUM_ROOTS, .vmid = 9 };
        uint64_t x0;

        if (whole->recs) {
                x0 = worker_rec_create(worker, part(whole, RD_OF_RECS), part(whole, 0), part(whole, 1), whole->created,
                                       true);
        } else {
                realm_params_fill(worker->params, &shape, part(whole, 0));
                x0 = CALL(worker, rmi_realm_create, .rd = part(whole, NUM_ROOTS), .params_ptr = worker->params_pa);
        }
        CHECK(worker, x0 == RMMSIM_RMI_SUCCESS || x0 == RMMSIM_RMI_ERROR_INPUT, x0);
        if (x0 != RMMSIM_RMI_SUCCESS) {
                return;
        }
        atomic_fetch_add(&whole->created, 1);
        if (whole->recs) {
                SUCCEEDS(worker, rmi_rec_destroy, .rec = part(whole, 0));
        } else {
                SUCCEEDS(worker, rmi_realm_destroy, .rd = part(whole, NUM_ROOTS));
        }
}

static void take_and_give_back(struct worker *worker, struct whole *whole)
{
        unsigned count = whole->recs ? 1 + NUM_AUX : NUM_PARTS;
        unsigned first = roll_below(&worker->dice, count);
        unsigned step = 1 + roll_below(&worker->dice, count - 1);

        if (CALL(worker, rmi_granule_undelegate, .addr = part(whole, first)) != RMMSIM_RMI_SUCCESS) {
                return;
        }
        for (unsigned i = 1; i < count; i++) {
                SUCCEEDS(worker, rmi_granule_undelegate,
                         .addr = part(whole, (first + (step + i - 1) % (count - 1) + 1) % count));
        }
        atomic_fetch_add(&whole->taken, 1);
        for (unsigned i = 0; i < count; i++) {
                SUCCEEDS(worker, rmi_granule_delegate, .addr = part(whole, i));
        }
}

/* PE 0 and 1 create and destroy, PE 2 takes, PE 3 looks at states: never at one that is not on the way. */
static void look(struct worker *worker, struct whole *whole)
{
        for (unsigned i = 0; i < NUM_PARTS; i++) {
                struct rmmsim_granule granule;

                (void)rmmsim_granule(worker->sim, &granule, part(whole, i));
                CHECK(worker, granule.state <= RMMSIM_GRANULE_RTT && granule.state != RMMSIM_GRANULE_DATA,
                      granule.state);
                CHECK(worker, (granule.state == RMMSIM_GRANULE_UNDELEGATED) == (granule.gpt == RMMSIM_GPT_GPT_NS),
                      granule.gpt);
        }
}

static void *see_it_whole(void *arg)
{
        struct worker *worker = arg;
        struct whole *whole = worker->shared;

        if (worker->pe == 0) {
                for (unsigned long i = 0; i < worker->count && worker->wrong_line == 0; i++) {
                        create_and_destroy(worker, whole);
                }
                atomic_store(&whole->over, true);
        }
        while (!atomic_load(&whole->over)) {
                if (worker->pe == 1 && whole->recs) {
                        (void)CALL(worker, rmi_rec_aux_count, .rd = part(whole, RD_OF_RECS));
                } else if (worker->pe == 2) {
                        take_and_give_back(worker, whole);
                } else {
                        look(worker, whole);
                }
        }
        return NULL;
}

static void prepare_for_recs(struct world *world, const struct whole *whole)
{
        struct realm_shape shape = { .s2sz = 39, .level_start = 1, .vmid = 5 };

        expect_success(world, rmi_granule_delegate, .addr = part(whole, RD_OF_RECS));
        expect_success(world, rmi_granule_delegate, .addr = part(whole, ROOT_OF_RECS));
        realm_params_fill(world->params, &shape, part(whole, ROOT_OF_RECS));
        expect_success(world, rmi_realm_create, .rd = part(whole, RD_OF_RECS), .params_ptr = world->params_pa);
}

START_TEST(test_commands_are_seen_whole)
{
        struct world *world = threads_world();
        struct whole whole = { .base = world_pages(world, NUM_PAGES_SEEN, 4 * PAGE), .recs = _i == 1 };
        unsigned count = whole.recs ? 1 + NUM_AUX : NUM_PARTS;

        for (unsigned i = 0; i < count; i++) {
                expect_success(world, rmi_granule_delegate, .addr = part(&whole, i));
        }
        if (whole.recs) {
                prepare_for_recs(world, &whole);
        }
        workers_run(world, see_it_whole, &whole, rounds(20000));
        ck_assert_uint_gt(atomic_load(&whole.created), 0);
        if (whole.recs) {
                expect_success(world, rmi_realm_destroy, .rd = part(&whole, RD_OF_RECS));
        }
        for (unsigned i = 0; i < NUM_PAGES_SEEN; i++) {
                (void)call(world, rmi_granule_undelegate, .addr = part(&whole, i));
        }
        expect_all_returned(world);
}
END_TEST

/* ---- one VMID ------------------------------------------------------------------------------------------------------------------ */

/* All ask for the same VMID at the same time, each with Granules of its own: one gets it. */
struct race {
        uint64_t base;
        _Atomic unsigned arrived;
        _Atomic unsigned left;
        _Atomic unsigned winners;
        _Atomic unsigned wrong;
};

/* Wait for all, `times` times over. */
static void meet(_Atomic unsigned *counter, unsigned times)
{
        atomic_fetch_add(counter, 1);
        while (atomic_load(counter) < times * NUM_WORKERS) {
                sched_yield();
        }
}

static void *race_for_vmid(void *arg)
{
        struct worker *worker = arg;
        struct race *race = worker->shared;
        uint64_t rd = race->base + worker->pe * 2 * PAGE;

        for (unsigned i = 1; i <= worker->count; i++) {
                bool won;

                meet(&race->arrived, i);
                won = worker_realm_create(worker, rd, rd + PAGE, 33) == RMMSIM_RMI_SUCCESS;
                atomic_fetch_add(&race->winners, won);
                meet(&race->left, i);
                atomic_fetch_add(&race->wrong, atomic_load(&race->winners) != i);
                if (won) {
                        SUCCEEDS(worker, rmi_realm_destroy, .rd = rd);
                }
        }
        return NULL;
}

/* RECs of one Realm go at the same time: its count and its list of them come out right. */
static void *destroy_together(void *arg)
{
        struct worker *worker = arg;
        struct race *race = worker->shared;

        for (unsigned i = 1; i <= worker->count && worker->wrong_line == 0; i++) {
                uint64_t recs = race->base + 2 * PAGE;

                if (worker->pe == 0) {
                        CHECK(worker, worker_realm_create(worker, race->base, race->base + PAGE, 1) == 0, i);
                        for (unsigned j = 0; j < NUM_WORKERS; j++) {
                                uint64_t rec = recs + j * (1 + NUM_AUX) * PAGE;

                                CHECK(worker, worker_rec_create(worker, race->base, rec, rec + PAGE, j, true) == 0, j);
                        }
                }
                meet(&race->arrived, i);
                SUCCEEDS(worker, rmi_rec_destroy, .rec = recs + worker->pe * (1 + NUM_AUX) * PAGE);
                meet(&race->left, i);
                if (worker->pe == 0) {
                        SUCCEEDS(worker, rmi_realm_destroy, .rd = race->base);
                }
        }
        return NULL;
}

START_TEST(test_recs_of_one_realm)
{
        struct world *world = threads_world();
        unsigned count = 2 + NUM_WORKERS * (1 + NUM_AUX);
        struct race race = { .base = world_delegated_pages(world, count, PAGE) };

        workers_run(world, destroy_together, &race, rounds(3000));
        for (unsigned i = 0; i < count; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = race.base + i * PAGE);
        }
        expect_all_returned(world);
}
END_TEST

START_TEST(test_one_vmid)
{
        struct world *world = threads_world();
        struct race race = { .base = world_delegated_pages(world, 2 * NUM_WORKERS, PAGE) };

        workers_run(world, race_for_vmid, &race, rounds(5000));
        ck_assert_uint_eq(atomic_load(&race.wrong), 0);
        for (unsigned i = 0; i < 2 * NUM_WORKERS; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = race.base + i * PAGE);
        }
        expect_all_returned(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("threads that fight");
        TCase *tcase = tcase_create("fight");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, test_fight);
        tcase_add_loop_test(tcase, test_commands_are_seen_whole, 0, 2);
        tcase_add_test(tcase, test_one_vmid);
        tcase_add_test(tcase, test_recs_of_one_realm);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
