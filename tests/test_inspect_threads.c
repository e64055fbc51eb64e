/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inspect_threads.c - threads look inside while PEs build Realms, run RECs in them, and take them down again.
 *
 * Whatever one call gives must be true of some moment: an object that is half there, or half another one, has values that do not
 * go together. What the threads race for is for ThreadSanitizer to say.
 */
#include "threads_fixture.h"
#include <rmmsim/inspect.h>
#include <stdatomic.h>
#include <string.h>

enum {
        NUM_LOOKERS = 2,
        NUM_RECS = 2,
        GRANULES_A_WORKER = 16
};

/* What each worker's Realm is made of: so many Granules from there on, always for the same. */
struct part {
        uint64_t base;
        uint16_t vmid;
};

struct stage {
        struct part parts[NUM_WORKERS];
        struct rmmsim *sim;
        _Atomic unsigned working;
};

enum {
        RD,
        ROOT,
        TABLE_2,
        TABLE_3,
        DATA,
        REC_0,
        AUX_0 = REC_0 + NUM_RECS
};

static uint64_t granule_of(const struct part *part, unsigned number)
{
        return part->base + number * PAGE;
}

/* ---- who works ------------------------------------------------------------------------------------------------------- */

static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (uint64_t i = 1;; i++) {
                rmmsim_guest_call(vcpu, psci_cpu_suspend, .power_state = i, .entry_point_address = i, .context_id = i);
                (void)sched_yield();
                rmmsim_guest_call(vcpu, rsi_measurement_extend, .index = 1, .size = 8, .value_0 = i);
        }
}

static void live(struct worker *worker, const struct part *part)
{
        uint64_t rd = granule_of(part, RD);

        CHECK(worker, worker_realm_create(worker, rd, granule_of(part, ROOT), part->vmid) == 0, rd);
        SUCCEEDS(worker, rmi_rtt_create, .rd = rd, .rtt = granule_of(part, TABLE_2), .ipa = 0, .level = 2);
        SUCCEEDS(worker, rmi_rtt_create, .rd = rd, .rtt = granule_of(part, TABLE_3), .ipa = 0, .level = 3);
        SUCCEEDS(worker, rmi_rtt_init_ripas, .rd = rd, .base = 0, .top = MIB2);
        SUCCEEDS(worker, rmi_data_create_unknown, .rd = rd, .data = granule_of(part, DATA), .ipa = REALM_PC);
        for (unsigned i = 0; i < NUM_RECS; i++) {
                uint64_t aux = granule_of(part, AUX_0 + i * NUM_AUX);

                CHECK(worker, worker_rec_create(worker, rd, granule_of(part, REC_0 + i), aux, i, i == 0) == 0, i);
        }
        CHECK(worker, rmmsim_guest_bind(worker->sim, rd, REALM_PC, guest, NULL) == 0, rd);
        SUCCEEDS(worker, rmi_realm_activate, .rd = rd);
        (void)sched_yield();             /* here nobody holds a lock */
        memset(worker->params, 0, PAGE); /* parameters and run page are one page, in turns */
        for (unsigned i = 0; i < 4; i++) {
                SUCCEEDS(worker, rmi_rec_enter, .rec = granule_of(part, REC_0), .run_ptr = worker->params_pa);
                (void)sched_yield();
        }
        SUCCEEDS(worker, rmi_data_destroy, .rd = rd, .ipa = REALM_PC);
        SUCCEEDS(worker, rmi_rtt_destroy, .rd = rd, .ipa = 0, .level = 3);
        SUCCEEDS(worker, rmi_rtt_destroy, .rd = rd, .ipa = 0, .level = 2);
        for (unsigned i = 0; i < NUM_RECS; i++) {
                SUCCEEDS(worker, rmi_rec_destroy, .rec = granule_of(part, REC_0 + i));
        }
        SUCCEEDS(worker, rmi_realm_destroy, .rd = rd);
}

static void *work(void *arg)
{
        struct worker *worker = arg;
        struct stage *stage = worker->shared;
        for (unsigned long i = 0; i < worker->count; i++) {
                live(worker, &stage->parts[worker->pe]);
        }
        atomic_fetch_sub(&stage->working, 1);
        return NULL;
}

/* ---- who looks ------------------------------------------------------------------------------------------------------- */

struct looker {
        struct stage *stage;
        pthread_t thread;
        struct dice dice;
        unsigned long realms;
        unsigned long recs;
        unsigned long running;
        unsigned long entries;
        unsigned long owners;
        int wrong_line;
};

#define LOOK(looker, condition)                                                                                        \
        do {                                                                                                           \
                if (!(condition) && (looker)->wrong_line == 0) {                                                       \
                        (looker)->wrong_line = __LINE__;                                                               \
                }                                                                                                      \
        } while (0)

static void look_at_realm(struct looker *looker, const struct part *part)
{
        struct rmmsim_realm realm;
        bool new;

        if (rmmsim_realm(looker->stage->sim, &realm, granule_of(part, RD)) != 0) {
                return;
        }
        new = realm.state == RMMSIM_REALM_REALM_NEW;
        looker->realms++;
        LOOK(looker, realm.vmid == part->vmid && realm.rtt_base == granule_of(part, ROOT) && realm.ipa_width == 39);
        LOOK(looker, realm.num_recs <= realm.rec_index && realm.rec_index <= NUM_RECS);
        LOOK(looker, new || realm.rec_index == NUM_RECS);
        LOOK(looker, realm.measurements[0][0] != 0 || realm.measurements[0][1] != 0);
}

static void look_at_recs(struct looker *looker, const struct part *part)
{
        uint64_t recs[NUM_RECS] = { 0 };
        int count = rmmsim_realm_recs(looker->stage->sim, recs, NUM_RECS, granule_of(part, RD));

        LOOK(looker, count <= NUM_RECS);
        for (int i = 0; i < count; i++) {
                struct rmmsim_rec rec;

                LOOK(looker, i == 0 || recs[i] > recs[i - 1]);
                if (rmmsim_rec(looker->stage->sim, &rec, recs[i]) != 0) {
                        continue;
                }
                looker->recs++;
                looker->running += rec.state == RMMSIM_REC_REC_RUNNING;
                LOOK(looker,
                     rec.rd == granule_of(part, RD) && recs[i] == granule_of(part, REC_0 + (unsigned)rec.index));
                LOOK(looker, rec.num_aux == NUM_AUX && rec.aux[1] == rec.aux[0] + PAGE);
                LOOK(looker, (rec.state == RMMSIM_REC_REC_RUNNING) == (rec.pe >= 0));
                if (rec.last_exit == RMMSIM_EXIT_PSCI) {
                        LOOK(looker, rec.gprs[0] == 0 && rec.pc % 4 == 0 && rec.pc > REALM_PC);
                }
        }
}

static void look_at_tables(struct looker *looker, const struct part *part)
{
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        struct rmmsim_rtt_entry entry = { .size = 0 };
        uint64_t end = 0;
        int count = rmmsim_rtt_walk(looker->stage->sim, steps, granule_of(part, RD), REALM_PC, 3);

        for (int i = 0; i < count; i++) {
                LOOK(looker, steps[i].level == i + 1 && steps[i].table == granule_of(part, ROOT + (unsigned)i));
                LOOK(looker, (steps[i].state == RMMSIM_RTTE_TABLE) == (i + 1 < count));
        }
        while (rmmsim_rtt_next(looker->stage->sim, &entry, granule_of(part, RD)) > 0) {
                looker->entries++;
                LOOK(looker, entry.ipa <= end);
                end = entry.state == RMMSIM_RTTE_TABLE ? entry.ipa : entry.ipa + entry.size;
                LOOK(looker, entry.state != RMMSIM_RTTE_ASSIGNED_RAM || entry.pa == granule_of(part, DATA));
        }
}

static void look_at_owners(struct looker *looker, const struct part *part)
{
        static const uint8_t states[] = { RMMSIM_GRANULE_RD,  RMMSIM_GRANULE_RTT,  RMMSIM_GRANULE_RTT,
                                          RMMSIM_GRANULE_RTT, RMMSIM_GRANULE_DATA, RMMSIM_GRANULE_REC,
                                          RMMSIM_GRANULE_REC };
        unsigned number = roll_below(&looker->dice, AUX_0 + NUM_RECS * NUM_AUX);
        struct rmmsim_owner owner;

        if (rmmsim_owner(looker->stage->sim, &owner, granule_of(part, number)) == 0) {
                looker->owners++;
                LOOK(looker, owner.rd == granule_of(part, RD));
                LOOK(looker, owner.state == (number < AUX_0 ? states[number] : RMMSIM_GRANULE_REC_AUX));
        }
}

static void look_at_all(struct looker *looker)
{
        static const enum rmmsim_dump_format formats[] = { RMMSIM_DUMP_TEXT, RMMSIM_DUMP_JSON, RMMSIM_DUMP_GRAPHVIZ };
        struct rmmsim_statistics statistics;
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);

        LOOK(looker, rmmsim_dump(looker->stage->sim, to, RMMSIM_DUMP_MACHINE, ROLL_OF(&looker->dice, formats), 0) == 0);
        fclose(to);
        LOOK(looker, size != 0);
        free(text);
        rmmsim_statistics(looker->stage->sim, &statistics);
        LOOK(looker, statistics.commands[RMMSIM_COMMAND_rmi_realm_create] >=
                             statistics.commands[RMMSIM_COMMAND_rmi_realm_destroy]);
}

static void *look(void *arg)
{
        struct looker *looker = arg;

        while (atomic_load(&looker->stage->working) != 0) {
                const struct part *part = &looker->stage->parts[roll_below(&looker->dice, NUM_WORKERS)];

                look_at_realm(looker, part);
                look_at_recs(looker, part);
                look_at_tables(looker, part);
                look_at_owners(looker, part);
                if (once_in(&looker->dice, 16)) {
                        look_at_all(looker);
                }
        }
        return NULL;
}

START_TEST(test_looking_while_working)
{
        struct world *world = threads_world();
        struct stage stage = { .sim = world->sim, .working = NUM_WORKERS };
        struct looker lookers[NUM_LOOKERS];
        struct worker workers[NUM_WORKERS];

        for (unsigned i = 0; i < NUM_WORKERS; i++) {
                stage.parts[i].base = world_delegated_pages(world, GRANULES_A_WORKER, PAGE);
                stage.parts[i].vmid = (uint16_t)(i + 1);
        }
        for (unsigned i = 0; i < NUM_LOOKERS; i++) {
                lookers[i] = (struct looker){ .stage = &stage, .dice = { i } };
                ck_assert_int_eq(pthread_create(&lookers[i].thread, NULL, look, &lookers[i]), 0);
        }
        workers_start(workers, world, work, &stage, rounds(240));
        workers_join(workers);
        for (unsigned i = 0; i < NUM_LOOKERS; i++) {
                ck_assert_int_eq(pthread_join(lookers[i].thread, NULL), 0);
                ck_assert_msg(lookers[i].wrong_line == 0, "line %d", lookers[i].wrong_line);
                ck_assert_uint_gt(lookers[i].realms, 0);
                ck_assert_uint_gt(lookers[i].recs, 0);
                ck_assert_uint_gt(lookers[i].entries, 0);
                ck_assert_uint_gt(lookers[i].owners, 0);
                ck_assert_uint_gt(lookers[i].running, 0);
                printf("looker %u: %lu Realms, %lu RECs of which %lu ran, %lu entries, %lu owners\n", i,
                       lookers[i].realms, lookers[i].recs, lookers[i].running, lookers[i].entries, lookers[i].owners);
        }
        world_destroy(world);
}
END_TEST

static Suite *suite(void)
{
        Suite *suite = suite_create("inspect_threads");
        TCase *tcase = tcase_create("all");

        tcase_add_test(tcase, test_looking_while_working);
        suite_add_tcase(suite, tcase);
        return suite;
}

int main(void)
{
        return run_suite(suite());
}
