/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_snapshot_threads.c - four PEs at once are the first to write to the same pages, and all of it is taken back.
 *
 * Guests on all PEs store to the same memory of their Realm, of the host and of a device under no lock that would tell them
 * apart, extend the same measurement, and meanwhile their hosts destroy the RECs that are their neighbours in the list. Built
 * with ThreadSanitizer this is where a page that changes while it is copied would show; without it, in the bytes.
 */
#include "everything.h"
#include "threads_fixture.h"
#include <rmmsim/guest.h>
#include <rmmsim/snapshot.h>
#include <stdatomic.h>
#include <string.h>

enum {
        NUM_DATA = 6,
        NUM_SHARED = 3, /* two pages of RAM and one of a device */
        NUM_PAGES = NUM_DATA + NUM_SHARED,
        NUM_OWN = 3 /* Granules of a worker: to create, to undelegate, to delegate */
};
#define DATA_IPA(i)   (0x2000 + (i)*PAGE)
#define SHARED_IPA(i) (meeting.realm.par_top + (i)*PAGE)
#define OWN_IPA(pe)   (0x20000 + (pe)*PAGE)

static struct meeting {
        struct world *world;
        struct realm_world realm; /* RECs of even number run, those of odd number are destroyed */
        uint64_t own[NUM_WORKERS][NUM_OWN];
        _Atomic unsigned arrived;
        unsigned long round;
        struct runner {
                unsigned pe;
                unsigned at;
        } runners[NUM_WORKERS];
} meeting;

static uint64_t sign(unsigned pe)
{
        return meeting.round << 8 | pe | UINT64_C(0xf00d) << 48;
}

/* All begin with the same page: PE 0 with its last bytes, PE 1 before them, and so on. */
static void store_next(struct runner *runner, struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next)
{
        unsigned page = runner->at;
        uint64_t ipa = page < NUM_DATA ? DATA_IPA(page) : SHARED_IPA(page - NUM_DATA);

        next->kind = RMMSIM_TRAP_STORE;
        next->ipa = ipa + PAGE - 8 * (1 + runner->pe);
        next->size = 8;
        next->rt = 5;
        next->isv = true;
        rmmsim_guest_set_x(vcpu, 5, sign(runner->pe));
}

static void rush(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct runner *runner;

        (void)arg;
        (void)result;
        if (rmmsim_guest_x(vcpu, 20) == 0) {
                rmmsim_guest_set_x(vcpu, 20, rmmsim_guest_x(vcpu, 7) + 1); /* which no call writes to */
        }
        runner = &meeting.runners[rmmsim_guest_x(vcpu, 20) - 1];
        if (runner->at < NUM_PAGES) {
                store_next(runner, vcpu, next);
        } else if (runner->at == NUM_PAGES) {
                next->kind = RMMSIM_TRAP_SMC;
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_RSI_MEASUREMENT_EXTEND);
                rmmsim_guest_set_x(vcpu, 1, 1);
                rmmsim_guest_set_x(vcpu, 2, 8);
        } else {
                next->kind = RMMSIM_TRAP_WFI;
        }
        runner->at++;
}

/* Each in a list with the others, and with its PE's number in x7. */
static void add_rec(unsigned number)
{
        struct world *world = meeting.world;
        struct rmmsim_rec_params *params = (void *)world->params;
        uint64_t rec = world_delegated(world);

        *params = (struct rmmsim_rec_params){
                .flags = number % 2 == 0, .mpidr = number, .pc = REALM_PC, .num_aux = NUM_AUX
        };

        params->gprs[7] = number / 2;
        params->aux[0] = world_delegated(world);
        params->aux[1] = world_delegated(world);
        expect_success(world, rmi_rec_create, .rd = meeting.realm.rd, .rec = rec, .params_ptr = world->params_pa);
        meeting.realm.recs[meeting.realm.num_recs++] = rec;
}

static void meet(void)
{
        static const struct rmmsim_region regions[] = {
                { .base = WORLD_DRAM_BASE, .size = MIB2, .kind = RMMSIM_REGION_DRAM },
                { .base = WORLD_DEVICE_BASE, .size = PAGE, .kind = RMMSIM_REGION_DEVICE },
        };
        struct world *world = world_create_with(&(struct rmmsim_config){ .regions = regions,
                                                                         .num_regions = 2,
                                                                         .num_pes = NUM_WORKERS,
                                                                         .features = { .rec_aux_count = NUM_AUX },
                                                                         .guard = RMMSIM_GUARD_NONE });
        struct realm_world *realm = &meeting.realm;

        meeting.world = world;
        realm_new(realm, world, NULL);
        realm_ram(realm, 0, MIB2);
        realm_data(realm, REALM_PC, 1);
        for (unsigned i = 0; i < NUM_DATA; i++) {
                realm_data(realm, DATA_IPA(i), (uint8_t)(0x10 + i));
        }
        for (unsigned i = 0; i < 2; i++) {
                memset(world_at(world, realm_share(realm, SHARED_IPA(i))), 0x20 + (int)i, PAGE);
        }
        expect_success(world, rmi_rtt_map_unprotected, .rd = realm->rd, .ipa = SHARED_IPA(2), .level = 3,
                       .desc = WORLD_DEVICE_BASE | 0xc0 | 6 << 2);
        for (unsigned i = 0; i < 2 * NUM_WORKERS; i++) {
                add_rec(i);
        }
        ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm->rd, REALM_PC, rush, NULL), 0);
        realm_activate(realm);
        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                meeting.own[i][0] = world_delegated(world);
                meeting.own[i][1] = world_delegated(world);
                meeting.own[i][2] = world_page(world);
                memset(world_at(world, meeting.own[i][1]), 0x30 + (int)i, PAGE);
        }
}

static void *one_round(void *arg)
{
        struct worker *worker = arg;
        const uint64_t *own = meeting.own[worker->pe];
        struct rmmsim_rec_run *run = realm_run(&meeting.realm, worker->pe);

        meeting.runners[worker->pe] = (struct runner){ .pe = worker->pe };
        atomic_fetch_add(&meeting.arrived, 1);
        while (atomic_load(&meeting.arrived) < NUM_WORKERS) {
                sched_yield();
        }
        SUCCEEDS(worker, rmi_rec_enter, .rec = meeting.realm.recs[2 * worker->pe],
                 .run_ptr = meeting.realm.run + worker->pe * PAGE);
        CHECK(worker, run->exit.exit_reason == RMMSIM_EXIT_IRQ, run->exit.exit_reason);
        SUCCEEDS(worker, rmi_rec_destroy, .rec = meeting.realm.recs[2 * worker->pe + 1]);
        SUCCEEDS(worker, rmi_data_create_unknown, .rd = meeting.realm.rd, .data = own[0], .ipa = OWN_IPA(worker->pe));
        SUCCEEDS(worker, rmi_granule_undelegate, .addr = own[1]);
        SUCCEEDS(worker, rmi_granule_delegate, .addr = own[2]);
        SUCCEEDS(worker, rmi_rec_destroy, .rec = meeting.realm.recs[2 * worker->pe]);
        return NULL;
}

/* Whoever came second has stored all the same. */
static void expect_stored(void)
{
        const uint8_t *device = rmmsim_host_pointer(meeting.world->sim, WORLD_DEVICE_BASE, PAGE);

        for (unsigned pe = 0; pe < NUM_WORKERS; pe++) {
                uint64_t found;

                memcpy(&found, device + PAGE - 8 * (1 + pe), sizeof(found));
                ck_assert_uint_eq(found, sign(pe));
        }
}

static void rounds_from_snapshots(unsigned long count, unsigned long rounds_per_snapshot)
{
        struct rmmsim *sim;
        struct everything *before;
        uint64_t next_pa;

        meet();
        sim = meeting.world->sim;
        before = everything_take(sim);
        next_pa = meeting.world->next_pa;
        for (meeting.round = 0; meeting.round < count; meeting.round++) {
                const char *differs;

                if (meeting.round % rounds_per_snapshot == 0) {
                        ck_assert_int_eq(rmmsim_snapshot(sim, NULL), 0);
                }
                atomic_store(&meeting.arrived, 0);
                workers_run(meeting.world, one_round, NULL, 1);
                meeting.world->next_pa = next_pa;
                expect_stored();
                ck_assert_int_eq(rmmsim_restore(sim), 0);
                differs = everything_differs(before, sim);
                ck_assert_msg(differs == NULL, "round %lu: %s", meeting.round, differs);
        }
        ck_assert_int_eq(rmmsim_audit(sim, NULL), 0);
        everything_free(before);
        world_destroy(meeting.world);
}

/* Each round makes all copies again. */
START_TEST(test_first_writers)
{
        rounds_from_snapshots(rounds(240), 1);
}
END_TEST

/* Most rounds find the copies made. */
START_TEST(test_copies_of_before)
{
        rounds_from_snapshots(rounds(240), 60);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("snapshot_threads");
        TCase *tcase = tcase_create("snapshot_threads");

        tcase_add_test(tcase, test_first_writers);
        tcase_add_test(tcase, test_copies_of_before);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
