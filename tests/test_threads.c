/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_threads.c - four host threads, a PE each: with Realms of their own, and all at one Realm.
 *
 * Built with ThreadSanitizer this is where missing atomics and wrong memory orders show.
 */
#include "threads_fixture.h"
#include <rmmsim/guest.h>
#include <stdatomic.h>
#include <string.h>

/* ---- Realms of their own --------------------------------------------------------------------------------------------------- */

enum {
        RD,
        ROOT,
        TABLE_2,
        TABLE_3,
        CODE,
        MORE,
        REC,
        AUX_0,
        AUX_1,
        NUM_OWN
};

struct own {
        uint64_t pages[NUM_WORKERS];
};

static void greet(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t value = 0;

        (void)rmmsim_guest_store(vcpu, 0x2000, 8, UINT64_C(0x1234567800000000) | rmmsim_guest_x(vcpu, 0));
        (void)rmmsim_guest_load(vcpu, 0x2000, 8, &value);
        *(uint64_t *)arg = value;
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

static void build_own(struct worker *worker, const uint64_t *pa, uint64_t *seen)
{
        for (unsigned i = 0; i < NUM_OWN; i++) {
                SUCCEEDS(worker, rmi_granule_delegate, .addr = pa[i]);
        }
        CHECK(worker, worker_realm_create(worker, pa[RD], pa[ROOT], (uint16_t)(worker->pe + 1)) == 0, 0);
        SUCCEEDS(worker, rmi_rtt_create, .rd = pa[RD], .rtt = pa[TABLE_2], .ipa = 0, .level = 2);
        SUCCEEDS(worker, rmi_rtt_create, .rd = pa[RD], .rtt = pa[TABLE_3], .ipa = 0, .level = 3);
        SUCCEEDS(worker, rmi_rtt_init_ripas, .rd = pa[RD], .base = 0, .top = MIB2);
        SUCCEEDS(worker, rmi_data_create, .rd = pa[RD], .data = pa[CODE], .ipa = REALM_PC, .src = worker->params_pa,
                 .flags = 1);
        SUCCEEDS(worker, rmi_data_create_unknown, .rd = pa[RD], .data = pa[MORE], .ipa = 0x2000);
        CHECK(worker, worker_rec_create(worker, pa[RD], pa[REC], pa[AUX_0], 0, true) == 0, 0);
        CHECK(worker, rmmsim_guest_bind(worker->sim, pa[RD], REALM_PC, greet, seen) == 0, 0);
        SUCCEEDS(worker, rmi_realm_activate, .rd = pa[RD]);
}

static void take_own_down(struct worker *worker, const uint64_t *pa)
{
        SUCCEEDS(worker, rmi_rec_destroy, .rec = pa[REC]);
        SUCCEEDS(worker, rmi_data_destroy, .rd = pa[RD], .ipa = REALM_PC);
        SUCCEEDS(worker, rmi_data_destroy, .rd = pa[RD], .ipa = 0x2000);
        SUCCEEDS(worker, rmi_rtt_destroy, .rd = pa[RD], .ipa = 0, .level = 3);
        SUCCEEDS(worker, rmi_rtt_destroy, .rd = pa[RD], .ipa = 0, .level = 2);
        SUCCEEDS(worker, rmi_realm_destroy, .rd = pa[RD]);
        for (unsigned i = 0; i < NUM_OWN; i++) {
                SUCCEEDS(worker, rmi_granule_undelegate, .addr = pa[i]);
        }
}

static void *live_and_die(void *arg)
{
        struct worker *worker = arg;
        const struct own *own = worker->shared;
        uint64_t pa[NUM_OWN];

        for (unsigned i = 0; i < NUM_OWN; i++) {
                pa[i] = own->pages[worker->pe] + i * PAGE;
        }
        for (unsigned long i = 0; i < worker->count && worker->wrong_line == 0; i++) {
                uint64_t seen = 0;

                build_own(worker, pa, &seen);
                memset(worker->params, 0, PAGE);
                SUCCEEDS(worker, rmi_rec_enter, .rec = pa[REC], .run_ptr = worker->params_pa);
                CHECK(worker, seen == UINT64_C(0x1234567800000000), seen);
                take_own_down(worker, pa);
        }
        return NULL;
}

START_TEST(test_realms_of_their_own)
{
        struct world *world = threads_world();
        struct own own;

        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                own.pages[i] = world_pages(world, NUM_OWN, PAGE);
        }
        workers_run(world, live_and_die, &own, 200);
        expect_all_returned(world);
}
END_TEST

/* ---- one Realm for all ------------------------------------------------------------------------------------------------------ */

/*
 * Pages of 2 MiB to 2 MiB + 2 pages come and go, and their table with them, while guests write to each page what says which
 * page it is. Whatever a guest reads there is what was written to that page, or zero: memory is wiped on its way.
 */
enum {
        NUM_PAGES = 2,
        NUM_SHARED = 2
};
#define SHARED_IPA(i) (MIB2 + (i)*PAGE)
#define SIGN(i)       (UINT64_C(0xfeed000000000000) | (i))

struct meeting {
        struct realm_world realm;
        uint64_t table;
        uint64_t data[NUM_PAGES];
        uint64_t host_pages;
        _Atomic uint64_t accesses;
        _Atomic uint64_t wrong;
        atomic_bool working; /* the one that changes the tables, and the others as long */
};

static struct meeting meeting;

static void ask_again(struct rmmsim_vcpu *vcpu);

static void touch_everything(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t number = 0;

        (void)arg;
        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &number);
        number &= 0xf;
        if (number == 2) {
                ask_again(vcpu);
        }
        for (uint64_t i = number;; i++) {
                uint64_t page = i % NUM_PAGES;
                uint64_t ipa = SHARED_IPA(page) + number * 64;
                uint64_t value = SIGN(page);
                uint64_t shared = meeting.realm.par_top + i % NUM_SHARED * PAGE + number * 64;
                uint8_t bytes[32];

                (void)rmmsim_guest_store(vcpu, ipa, 8, SIGN(page));
                atomic_fetch_add(&meeting.accesses, 1);
                (void)rmmsim_guest_load(vcpu, ipa, 8, &value);
                atomic_fetch_add(&meeting.wrong, value != SIGN(page) && value != 0);
                (void)rmmsim_guest_read(vcpu, ipa + 8, bytes, sizeof(bytes));
                (void)rmmsim_guest_write(vcpu, ipa + 8, bytes, sizeof(bytes));
                (void)rmmsim_guest_store(vcpu, shared, 4, number);
                (void)rmmsim_guest_call(vcpu, rsi_ipa_state_get, .base = SHARED_IPA(0), .top = SHARED_IPA(NUM_PAGES));
        }
}

/* Run a REC until the others are done. Every fault is answered by another try, or by emulation. */
static void run_guest(struct worker *worker)
{
        struct rmmsim_rec_run *run = worker->params;
        uint64_t rec = meeting.realm.recs[worker->pe];

        memset(run, 0, sizeof(*run));
        while (atomic_load(&meeting.working) && worker->wrong_line == 0) {
                bool data_abort = false;

                SUCCEEDS(worker, rmi_rec_enter, .rec = rec, .run_ptr = worker->params_pa);
                data_abort = run->exit.exit_reason == RMMSIM_EXIT_SYNC &&
                             run->exit.hpfar >> 4 << 12 >= meeting.realm.par_top;
                if (run->exit.exit_reason == RMMSIM_EXIT_SYNC) {
                        sched_yield();
                }
                run->enter.flags = data_abort && (run->exit.esr >> 24 & 1) != 0 ? RMMSIM_ENTER_EMUL_MMIO : 0;
        }
}

/* Memory comes in any order, stays until somebody has been there, within reason, and goes. */
static void pages_come_and_go(struct worker *worker)
{
        uint64_t accesses = atomic_load(&meeting.accesses);
        unsigned first = roll_below(&worker->dice, NUM_PAGES);

        for (unsigned i = 0; i < NUM_PAGES; i++) {
                unsigned page = (first + i) % NUM_PAGES;

                SUCCEEDS(worker, rmi_data_create_unknown, .rd = meeting.realm.rd, .data = meeting.data[page],
                         .ipa = SHARED_IPA(page));
        }
        CHECK(worker, CALL(worker, rmi_rtt_fold, .rd = meeting.realm.rd, .ipa = MIB2, .level = 3) == 0x304, 0);
        for (unsigned i = 0; i < 50 && atomic_load(&meeting.accesses) == accesses; i++) {
                sched_yield();
        }
        for (unsigned i = 0; i < NUM_PAGES; i++) {
                struct rmmsim_regs regs = rmmsim_call(worker->sim, worker->pe, rmi_data_destroy, .rd = meeting.realm.rd,
                                                      .ipa = SHARED_IPA(i));

                CHECK(worker, regs.x[0] == 0 && regs.x[1] == meeting.data[i], regs.x[0]);
        }
}

/* As often as asked; more often on a machine so busy that the guests have hardly run. */
static bool goes_on(const struct worker *worker, unsigned long i)
{
        return i < worker->count || (i < 100 * worker->count && atomic_load(&meeting.accesses) < 20);
}

/* And the table with them. It folds if the Realm has asked for all of it again meanwhile, or for none. */
static void come_and_go(struct worker *worker)
{
        uint64_t rd = meeting.realm.rd;

        for (unsigned long i = 0; worker->wrong_line == 0 && goes_on(worker, i); i++) {
                struct rmmsim_regs regs;

                SUCCEEDS(worker, rmi_rtt_create, .rd = rd, .rtt = meeting.table, .ipa = MIB2, .level = 3);
                pages_come_and_go(worker);
                regs = rmmsim_call(worker->sim, worker->pe, rmi_rtt_fold, .rd = rd, .ipa = MIB2, .level = 3);
                if (regs.x[0] != 0) {
                        CHECK(worker, regs.x[0] == 0x304, regs.x[0]);
                        regs = rmmsim_call(worker->sim, worker->pe, rmi_rtt_destroy, .rd = rd, .ipa = MIB2, .level = 3);
                }
                CHECK(worker, regs.x[0] == 0 && regs.x[1] == meeting.table, regs.x[0]);
        }
}

/* The third guest asks for all of that memory again: what was taken away would stay DESTROYED, and those who need it stuck. */
static void ask_again(struct rmmsim_vcpu *vcpu)
{
        for (;;) {
                (void)rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = MIB2, .top = 2 * MIB2,
                                        .ripas = RMMSIM_RIPAS_RAM, .flags = RMMSIM_RIPAS_CHANGE_DESTROYED);
        }
}

static void serve_request(struct worker *worker)
{
        struct rmmsim_rec_run *run = worker->params;
        uint64_t rec = meeting.realm.recs[2];
        uint64_t base = MIB2;

        memset(run, 0, sizeof(*run));
        SUCCEEDS(worker, rmi_rec_enter, .rec = rec, .run_ptr = worker->params_pa);
        while (run->exit.exit_reason == RMMSIM_EXIT_RIPAS_CHANGE && base < 2 * MIB2) {
                struct rmmsim_regs regs =
                        rmmsim_call(worker->sim, worker->pe, rmi_rtt_set_ripas, .rd = meeting.realm.rd, .rec = rec,
                                    .base = base, .top = 2 * MIB2);

                /* A block may have become a table under a request that has come half way, never the other way round. */
                CHECK(worker, regs.x[0] == 0 || regs.x[0] == 0x204, regs.x[0]);
                if (regs.x[0] != 0 || regs.x[1] == base) {
                        break;
                }
                base = regs.x[1];
        }
}

static void map_and_read(struct worker *worker)
{
        uint64_t rd = meeting.realm.rd;

        for (uint64_t i = 0; atomic_load(&meeting.working) && worker->wrong_line == 0; i++) {
                uint64_t n = i % NUM_SHARED;
                uint64_t ipa = meeting.realm.par_top + n * PAGE;
                struct rmmsim_regs regs;

                serve_request(worker);
                SUCCEEDS(worker, rmi_rtt_map_unprotected, .rd = rd, .ipa = ipa, .level = 3,
                         .desc = (meeting.host_pages + n * PAGE) | 0xd8);
                regs = rmmsim_call(worker->sim, worker->pe, rmi_rtt_read_entry, .rd = rd, .ipa = SHARED_IPA(n),
                                   .level = 3);
                CHECK(worker, regs.x[0] == 0 && (regs.x[1] == 2 || regs.x[1] == 3), regs.x[1]);
                CHECK(worker, regs.x[2] != RMMSIM_RTT_ASSIGNED || regs.x[3] == meeting.data[n], regs.x[3]);
                regs = rmmsim_call(worker->sim, worker->pe, rmi_rtt_read_entry, .rd = rd, .ipa = ipa, .level = 3);
                CHECK(worker, regs.x[3] == ((meeting.host_pages + n * PAGE) | 0xd8), regs.x[3]);
                /* A page that a guest may be writing to right now. */
                SUCCEEDS(worker, rmi_granule_delegate, .addr = meeting.host_pages + n * PAGE);
                SUCCEEDS(worker, rmi_granule_undelegate, .addr = meeting.host_pages + n * PAGE);
                SUCCEEDS(worker, rmi_rtt_unmap_unprotected, .rd = rd, .ipa = ipa, .level = 3);
        }
}

static void *meet(void *arg)
{
        struct worker *worker = arg;

        switch (worker->pe) {
        case 2:
                come_and_go(worker);
                atomic_store(&meeting.working, false);
                break;
        case 3:
                map_and_read(worker);
                break;
        default:
                run_guest(worker);
                break;
        }
        return NULL;
}

START_TEST(test_one_realm_for_all)
{
        struct world *world = world_create_with(&(struct rmmsim_config){
                .num_pes = NUM_WORKERS, .features = { .rec_aux_count = NUM_AUX }, .guest_quantum = 200 });
        struct realm_world *realm = &meeting.realm;

        realm_new(realm, world, NULL);
        realm_ram(realm, 0, 2 * MIB2);
        realm_data(realm, REALM_PC, 0);
        for (unsigned i = 0; i < 3; i++) {
                realm_rec(realm, true, REALM_PC);
        }
        realm_map_tables(realm, realm->par_top, 3);
        realm_activate(realm);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm->rd, REALM_PC, touch_everything, NULL), 0);
        /* Back to one entry for the 2 MiB where it happens. */
        meeting.table = call_regs(world, rmi_rtt_fold, .rd = realm->rd, .ipa = MIB2, .level = 3).x[1];
        ck_assert_uint_ne(meeting.table, 0);
        for (unsigned i = 0; i < NUM_PAGES; i++) {
                meeting.data[i] = world_delegated(world);
        }
        meeting.host_pages = world_pages(world, NUM_SHARED, PAGE);
        atomic_store(&meeting.working, true);
        workers_run(world, meet, NULL, 150);
        ck_assert_uint_eq(atomic_load(&meeting.wrong), 0);
        ck_assert_uint_gt(atomic_load(&meeting.accesses), 0);
        expect_success(world, rmi_granule_undelegate, .addr = meeting.table);
        for (unsigned i = 0; i < NUM_PAGES; i++) {
                expect_success(world, rmi_granule_undelegate, .addr = meeting.data[i]);
        }
        realm_tear_down(realm);
        expect_all_returned(world);
}
END_TEST

/* ---- a page that is shared, and taken away ------------------------------------------------------------------------------------- */

/*
 * Guests on two PEs write to a page of the host that is mapped all the time, while the host delegates it and takes it back.
 * Nothing that they write lands while the page is delegated.
 */
struct sharing {
        struct realm_world realm;
        uint64_t page;
        atomic_bool over;
        _Atomic uint64_t landed;
};

static struct sharing sharing;

static void write_to_host(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t self = 0;

        (void)arg;
        (void)rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &self);
        for (uint64_t i = 1;; i++) {
                uint64_t ipa = sharing.realm.par_top + (self & 0xf) * 8;

                atomic_fetch_add(&sharing.landed, rmmsim_guest_store(vcpu, ipa, 8, i) == 0);
        }
}

static void give_and_take(struct worker *worker, const volatile uint64_t *at)
{
        for (unsigned long i = 0; i < worker->count && worker->wrong_line == 0; i++) {
                uint64_t seen[2];

                SUCCEEDS(worker, rmi_granule_delegate, .addr = sharing.page);
                seen[0] = at[0];
                seen[1] = at[1];
                sched_yield();
                CHECK(worker, seen[0] == at[0] && seen[1] == at[1], seen[0]);
                SUCCEEDS(worker, rmi_granule_undelegate, .addr = sharing.page);
                for (unsigned j = 0; j < 20 && atomic_load(&sharing.landed) == 0; j++) {
                        sched_yield();
                }
                atomic_store(&sharing.landed, 0);
        }
        atomic_store(&sharing.over, true);
}

static void *share(void *arg)
{
        struct worker *worker = arg;

        if (worker->pe == 2) {
                give_and_take(worker, rmmsim_host_pointer(worker->sim, sharing.page, PAGE));
        }
        memset(worker->params, 0, PAGE);
        while (worker->pe < 2 && !atomic_load(&sharing.over) && worker->wrong_line == 0) {
                SUCCEEDS(worker, rmi_rec_enter, .rec = sharing.realm.recs[worker->pe], .run_ptr = worker->params_pa);
        }
        return NULL;
}

START_TEST(test_shared_page)
{
        struct world *world = world_create_with(&(struct rmmsim_config){ .num_pes = NUM_WORKERS,
                                                                         .features = { .rec_aux_count = NUM_AUX },
                                                                         .guest_quantum = 100,
                                                                         .guard = RMMSIM_GUARD_NONE });
        struct realm_world *realm = &sharing.realm;

        realm_new(realm, world, NULL);
        realm_ram(realm, 0, MIB2);
        realm_data(realm, REALM_PC, 0);
        sharing.page = realm_share(realm, realm->par_top);
        realm_rec(realm, true, REALM_PC);
        realm_rec(realm, true, REALM_PC);
        realm_activate(realm);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm->rd, REALM_PC, write_to_host, NULL), 0);
        workers_run(world, share, NULL, 600);
        realm_tear_down(realm);
        expect_all_returned(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("threads");
        TCase *tcase = tcase_create("threads");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, test_realms_of_their_own);
        tcase_add_test(tcase, test_one_realm_for_all);
        tcase_add_test(tcase, test_shared_page);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
