/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_lifecycle_threads.c - Realms and RECs come and go on several PEs at once, and every command is seen whole.
 *
 * Each test is a race whose every outcome but one kind is legal; the rounds make the illegal one likely if it is possible.
 *
 * Specification: commands on the same objects behave as if serialized; lifecycle sheet section 5.13.
 */
#include "lifecycle_fixture.h"
#include "reached.h"
#include "slowness.h"
#include <pthread.h>
#include <sched.h>

struct race {
        struct world *w;
        uint64_t rd[WORLD_PES];
        uint64_t roots[WORLD_PES];
        uint64_t page[WORLD_PES];
        uint64_t rec;
        uint64_t aux;
        unsigned alive;   /* Realms at this moment          */
        unsigned created; /* ever                           */
        unsigned seen;    /* outcomes that were worth it    */
        bool over;
};

struct racer {
        struct race *race;
        unsigned pe;
};

#define RACE_CALL(race, pe, name, ...) (rmmsim_call((race)->w->sim, pe, name, __VA_ARGS__).x[0])

static void run_race(struct race *race, void *(*run)(void *), unsigned num_racers)
{
        struct racer racer[WORLD_PES];
        pthread_t thread[WORLD_PES];

        for (unsigned i = 0; i < num_racers; i++) {
                racer[i] = (struct racer){ race, i };
                ck_assert_int_eq(pthread_create(&thread[i], NULL, run, &racer[i]), 0);
        }
        for (unsigned i = 0; i < num_racers; i++) {
                pthread_join(thread[i], NULL);
        }
}

/* ---- one Realm at a time -------------------------------------------------------------------------------------------- */

/*
 * Everybody creates a Realm that excludes those of the others, as they share Granules or a VMID. Who succeeds is alone until he
 * destroys his.
 */
static void *create_and_destroy(void *arg)
{
        const struct racer *me = arg;
        struct race *race = me->race;

        for (unsigned long i = 0; i < rounds(16000); i++) {
                uint64_t x0 = RACE_CALL(race, me->pe, rmi_realm_create, .rd = race->rd[me->pe],
                                        .params_ptr = race->page[me->pe]);

                if (x0 != 0) {
                        ck_assert_uint_eq(x0, ERROR_INPUT);
                        continue;
                }
                ck_assert_uint_eq(__atomic_fetch_add(&race->alive, 1, __ATOMIC_SEQ_CST), 0);
                __atomic_fetch_add(&race->created, 1, __ATOMIC_RELAXED);
                ck_assert_uint_eq(RACE_CALL(race, me->pe, rmi_realm_activate, .rd = race->rd[me->pe]), 0);
                __atomic_fetch_sub(&race->alive, 1, __ATOMIC_SEQ_CST);
                ck_assert_uint_eq(RACE_CALL(race, me->pe, rmi_realm_destroy, .rd = race->rd[me->pe]), 0);
        }
        return NULL;
}

/* What the Realms have in common. */
enum {
        SAME_ROOTS,
        SAME_VMID,
        SAME_RD,
        CROSSED
};

START_TEST(one_realm_at_a_time)
{
        struct race race = { .w = world_create() };
        uint64_t shared = world_delegated_pages(race.w, 4, 4 * PAGE);

        for (unsigned i = 0; i < WORLD_PES; i++) {
                struct rmmsim_realm_params *p;

                race.rd[i] = _i == SAME_RD ? shared : world_delegated(race.w);
                race.roots[i] = _i == SAME_ROOTS ? shared + 2 * PAGE : world_delegated_pages(race.w, 2, 2 * PAGE);
                if (_i == CROSSED) {
                        /* The RD of one is a root of the next. */
                        race.rd[i] = shared + (i & 1) * 2 * PAGE;
                        race.roots[i] = shared + 2 * PAGE - (i & 1) * 2 * PAGE;
                }
                race.page[i] = world_page(race.w);
                p = realm_params_at(race.w, race.page[i], race.roots[i], _i == SAME_VMID ? 1 : (uint16_t)i);
                p->rtt_level_start = 1;
                p->rtt_num_start = 2;
        }
        run_race(&race, create_and_destroy, WORLD_PES);
        ck_assert_uint_gt(race.created, 0);
        for (unsigned i = 0; i < WORLD_PES; i++) {
                EXPECT_STATE(race.w, race.rd[i], DELEGATED);
                ck_assert(page_is_zero(race.w, race.rd[i]));
                ck_assert(page_is_zero(race.w, race.roots[i]) && page_is_zero(race.w, race.roots[i] + PAGE));
        }
        world_destroy(race.w);
}
END_TEST

/* ---- destruction is seen whole -------------------------------------------------------------------------------------- */

/*
 * A witness that takes one Granule of a destroyed object must find all the others free as well: while it keeps that one,
 * nobody can create the object again.
 */
static void witness(struct race *race, unsigned pe, uint64_t first, const uint64_t *others, unsigned num_others)
{
        if (RACE_CALL(race, pe, rmi_granule_undelegate, .addr = first) != 0) {
                return;
        }
        __atomic_fetch_add(&race->seen, 1, __ATOMIC_RELAXED);
        for (unsigned i = 0; i < num_others; i++) {
                ck_assert_uint_eq(RACE_CALL(race, pe, rmi_granule_undelegate, .addr = others[i]), 0);
        }
        for (unsigned i = 0; i < num_others; i++) {
                ck_assert_uint_eq(RACE_CALL(race, pe, rmi_granule_delegate, .addr = others[i]), 0);
        }
        ck_assert_uint_eq(RACE_CALL(race, pe, rmi_granule_delegate, .addr = first), 0);
}

/*
 * Each of the three Granules comes first for a while, and each of the others second. A while is longer than a destruction:
 * a witness that meets a frozen Granule sees nothing until it is over.
 */
static void watch(struct race *race, const uint64_t granules[3])
{
        for (unsigned i = 0; !__atomic_load_n(&race->over, __ATOMIC_ACQUIRE); i++) {
                unsigned first = i / 4096 % 3;
                unsigned second = (first + 1 + i / 12288 % 2) % 3;
                uint64_t others[2] = { granules[second], granules[3 - first - second] };

                witness(race, 1, granules[first], others, 2);
        }
}

/* Granules become free one after the other: dwell between them, so that the witness arrives in the middle. */
static void dwell(void *context, const struct rmmsim_event *event)
{
        (void)context;
        reached_mark(NULL, event);
        if (event->kind == RMMSIM_EVENT_EDGE && event->of.edge.object == RMMSIM_OBJECT_GRANULE &&
            event->of.edge.to == RMMSIM_GRANULE_DELEGATED && event->of.edge.from != RMMSIM_GRANULE_UNDELEGATED) {
                for (unsigned i = 0; i < 50; i++) {
                        sched_yield();
                }
        }
}

/* Enough has been created and destroyed, and the witness has come at a good moment often enough. */
static bool goes_on(const struct race *race)
{
        return race->created < rounds(3000) || __atomic_load_n(&race->seen, __ATOMIC_RELAXED) < rounds(400);
}

static void *realm_under_witness(void *arg)
{
        const struct racer *me = arg;
        struct race *race = me->race;
        const uint64_t granules[] = { race->roots[0] + PAGE, race->roots[0], race->rd[0] };

        if (me->pe == 1) {
                watch(race, granules);
                return NULL;
        }
        while (goes_on(race)) {
                if (RACE_CALL(race, 0, rmi_realm_create, .rd = race->rd[0], .params_ptr = race->page[0]) == 0) {
                        race->created++;
                        ck_assert_uint_eq(RACE_CALL(race, 0, rmi_realm_destroy, .rd = race->rd[0]), 0);
                }
        }
        __atomic_store_n(&race->over, true, __ATOMIC_RELEASE);
        return NULL;
}

START_TEST(realm_goes_as_a_whole)
{
        struct race race = { .w = world_create_with(&(struct rmmsim_config){ .trace = dwell }) };
        struct rmmsim_realm_params *p;

        race.rd[0] = world_delegated(race.w);
        race.roots[0] = world_delegated_pages(race.w, 2, 2 * PAGE);
        race.page[0] = world_page(race.w);
        p = realm_params_at(race.w, race.page[0], race.roots[0], 1);
        p->rtt_level_start = 1;
        p->rtt_num_start = 2;
        run_race(&race, realm_under_witness, 2);
        world_destroy(race.w);
}
END_TEST

static void *rec_under_witness(void *arg)
{
        const struct racer *me = arg;
        struct race *race = me->race;
        const uint64_t granules[] = { race->aux + PAGE, race->rec, race->aux };
        struct rmmsim_rec_params *p = world_at(race->w, race->page[0]);

        if (me->pe == 1) {
                watch(race, granules);
                return NULL;
        }
        while (goes_on(race)) {
                p->mpidr = (race->created & 0xf) | (uint64_t)(race->created >> 4 & 0xff) << 8 |
                           (uint64_t)(race->created >> 12) << 16;
                if (RACE_CALL(race, 0, rmi_rec_create, .rd = race->rd[0], .rec = race->rec,
                              .params_ptr = race->page[0]) == 0) {
                        race->created++;
                        ck_assert_uint_eq(RACE_CALL(race, 0, rmi_rec_destroy, .rec = race->rec), 0);
                }
        }
        __atomic_store_n(&race->over, true, __ATOMIC_RELEASE);
        return NULL;
}

START_TEST(rec_goes_as_a_whole)
{
        struct race race = { .w = world_create_with(
                                     &(struct rmmsim_config){ .trace = dwell, .features = { .rec_aux_count = 2 } }) };
        struct realm_world realm;

        realm_new(&realm, race.w, NULL);
        race.rd[0] = realm.rd;
        race.rec = world_delegated(race.w);
        race.aux = world_delegated_pages(race.w, 2, PAGE);
        race.page[0] = world_page(race.w);
        rec_params_at(race.w, race.page[0], 0, 2, race.aux)->flags = 0;
        run_race(&race, rec_under_witness, 2);
        ck_assert_uint_eq(realm_at(race.w, realm.rd)->rec_index, race.created);
        world_destroy(race.w);
}
END_TEST

/* ---- RMI_PSCI_COMPLETE ------------------------------------------------------------------------------------------- */

/* Two vCPUs that turn each other on, again and again, each on its own PE: always ALREADY_ON, and nobody waits for ever. */
struct mutual {
        struct realm_world *realm;
        unsigned self;
        unsigned answers;
};

enum {
        ROUNDS = 2000
};

static void mutual_program(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct mutual *me = arg;

        for (;;) {
                struct rmmsim_regs regs = rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1 - me->self,
                                                            .entry_point_address = REALM_PC);

                ck_assert_int_eq((int64_t)regs.x[0], RMMSIM_PSCI_ALREADY_ON);
                me->answers++;
        }
}

static void *mutual_host(void *arg)
{
        const struct mutual *me = arg;
        const struct realm_world *realm = me->realm;

        for (unsigned long i = 0; i < rounds(2000); i++) {
                ck_assert_uint_eq(realm_enter_on(me->realm, me->self, me->self), 0);
                ck_assert_uint_eq(rmmsim_call(realm->world->sim, me->self, rmi_psci_complete,
                                              .calling_rec = realm->recs[me->self],
                                              .target_rec = realm->recs[1 - me->self], .status = RMMSIM_PSCI_SUCCESS)
                                          .x[0],
                                  0);
        }
        return NULL;
}

START_TEST(mutual_requests_are_answered)
{
        struct world *w = world_create();
        struct realm_world realm;
        struct mutual mutual[2] = { { &realm, 0, 0 }, { &realm, 1, 0 } };
        pthread_t thread[2];

        realm_new(&realm, w, NULL);
        realm_ram(&realm, 0, MIB2);
        realm_data(&realm, REALM_PC, 0xd6);
        for (unsigned i = 0; i < 2; i++) {
                realm_rec(&realm, true, REALM_PC + 64 * i);
                ck_assert_int_eq(rmmsim_guest_bind(w->sim, realm.rd, REALM_PC + 64 * i, mutual_program, &mutual[i]), 0);
        }
        realm_activate(&realm);
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_int_eq(pthread_create(&thread[i], NULL, mutual_host, &mutual[i]), 0);
        }
        for (unsigned i = 0; i < 2; i++) {
                pthread_join(thread[i], NULL);
                ck_assert_uint_eq(mutual[i].answers, rounds(2000) - 1);
        }
        world_destroy(w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("lifecycle_threads");
        TCase *tcase = tcase_create("races");

        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, one_realm_at_a_time, 0, CROSSED + 1);
        tcase_add_test(tcase, realm_goes_as_a_whole);
        tcase_add_test(tcase, rec_goes_as_a_whole);
        tcase_add_test(tcase, mutual_requests_are_answered);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
