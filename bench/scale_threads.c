/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scale_threads.c - several threads inside the RMM at once.
 *
 * The thread that measures is one of the crew. The others are started with the world and sleep while other rows are measured:
 * threads that wait by spinning would take CPUs from those. A run wakes them and counts that in, some ten microseconds of
 * a few milliseconds. The operations of a run are shared out evenly, so that the time of one is the time over those of all.
 */
#include "scale.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
        CREW_MAX = 4,
        SPINS = 2000 /* looks at a flag before the CPU is offered to somebody else */
};

#define SHARED_IPA (UINT64_C(1) << 39)

struct crew;

/* One thread, with what it works on; a cache line of its own. */
struct member {
        _Alignas(64) struct crew *crew;
        struct host *host;
        pthread_t thread;
        unsigned pe;
        uint64_t rd;
        uint64_t rec;
        uint64_t run_pa;
        const struct rmmsim_rec_run *run;
        uint64_t ipa; /* of a page to map, and what to map there */
        uint64_t desc;
};

struct crew {
        struct host *hosts[CREW_MAX];
        unsigned num_hosts;
        struct realm realms[CREW_MAX];
        unsigned num_realms;
        struct member members[CREW_MAX];
        unsigned num;
        enum crew_work work;
        pthread_mutex_t lock;
        pthread_cond_t wake;
        uint64_t round; /* under the lock: which run it is */
        uint64_t share; /* operations of each member; 0: the crew goes home */
        _Atomic unsigned done;
};

/* ---- the work ------------------------------------------------------------------------------------------------------ */

static void enter(const struct member *member, uint64_t n)
{
        struct rmmsim *sim = member->host->sim;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                uint64_t x0 =
                        smc_on(sim, member->pe, &regs, RMMSIM_RMI_REC_ENTER, member->rec, member->run_pa, 0, 0, 0);

                if (x0 != RMMSIM_RMI_SUCCESS || member->run->exit.exit_reason != RMMSIM_EXIT_IRQ) {
                        host_fail(member->host, member->pe, "RMI_REC_ENTER among others");
                }
        }
}

static void map(const struct member *member, uint64_t n)
{
        struct rmmsim *sim = member->host->sim;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                uint64_t x0 = smc_on(sim, member->pe, &regs, RMMSIM_RMI_RTT_MAP_UNPROTECTED, member->rd, member->ipa, 3,
                                     member->desc, 0);

                x0 |= smc_on(sim, member->pe, &regs, RMMSIM_RMI_RTT_UNMAP_UNPROTECTED, member->rd, member->ipa, 3, 0,
                             0);
                if (x0 != RMMSIM_RMI_SUCCESS) {
                        host_fail(member->host, member->pe, "mapping among others");
                }
        }
}

static void work(const struct member *member, uint64_t n)
{
        if (member->crew->work == CREW_ENTER) {
                enter(member, n);
        } else {
                map(member, n);
        }
}

/* ---- starting, and knowing when all are done ------------------------------------------------------------------------ */

static void relax(unsigned *spins)
{
        if (++*spins % SPINS == 0) {
                sched_yield();
        }
}

static void *member_main(void *arg)
{
        struct member *member = arg;
        struct crew *crew = member->crew;
        uint64_t round = 0;

        for (;;) {
                uint64_t share;

                pthread_mutex_lock(&crew->lock);
                while (crew->round == round) {
                        pthread_cond_wait(&crew->wake, &crew->lock);
                }
                round = crew->round;
                share = crew->share;
                pthread_mutex_unlock(&crew->lock);
                if (share == 0) {
                        return NULL;
                }
                work(member, share);
                atomic_fetch_add_explicit(&crew->done, 1, memory_order_release);
        }
}

static void call_crew(struct crew *crew, uint64_t share)
{
        pthread_mutex_lock(&crew->lock);
        atomic_store(&crew->done, 0);
        crew->share = share;
        crew->round++;
        pthread_cond_broadcast(&crew->wake);
        pthread_mutex_unlock(&crew->lock);
}

void crew_run(void *context, uint64_t n)
{
        struct crew *crew = context;
        bool all = crew->num > 1 && n >= CREW_OPERATIONS_MIN;
        uint64_t share = all ? (n + crew->num - 1) / crew->num : n;
        unsigned spins = 0;

        /* Nobody waits for all to be awake: with fewer CPUs than threads that takes longer than the work. */
        if (all) {
                call_crew(crew, share);
        }
        work(&crew->members[0], share);
        while (all && atomic_load_explicit(&crew->done, memory_order_acquire) != crew->num - 1) {
                relax(&spins);
        }
}

/* ---- worlds -------------------------------------------------------------------------------------------------------- */

static void idle_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

/* A Realm for members [first, first + num). */
static void realm_for(struct crew *crew, unsigned first, unsigned num)
{
        struct realm *realm = &crew->realms[crew->num_realms++];
        struct host *host = crew->hosts[crew->num_hosts - 1];

        host->next_pa = host_pages(host, 0, MIB2);
        realm_create(realm, host, NULL);
        realm->all_on = true;
        realm_ram(realm, ENTRY_IPA, ENTRY_IPA + PAGE);
        (void)realm_data(realm, ENTRY_IPA);
        for (unsigned i = first; i < first + num; i++) {
                struct member *member = &crew->members[i];

                member->host = host;
                /* Pages of different tables: threads meet at the Realm's lock, and nowhere else. */
                member->ipa = SHARED_IPA + i * MIB2;
                realm_tables(realm, member->ipa, 3);
                member->desc = shared_desc(host_page(host));
                member->rd = realm->rd;
                member->rec = realm_rec(realm);
                member->run_pa = host_page(host);
                member->run = host_at(host, member->run_pa);
        }
        realm_activate(realm);
        if (rmmsim_guest_bind(host->sim, realm->rd, ENTRY_IPA, idle_fn, NULL) != 0) {
                host_fail(host, 0, "binding a guest");
        }
}

void *crew_begin(unsigned num_threads, enum crew_work work_of_all, enum crew_place place)
{
        struct crew *crew = aligned_alloc(64, sizeof(*crew));

        if (crew == NULL) {
                abort();
        }
        *crew = (struct crew){ .num = num_threads, .work = work_of_all };
        pthread_mutex_init(&crew->lock, NULL);
        pthread_cond_init(&crew->wake, NULL);
        for (unsigned i = 0; i < num_threads; i++) {
                crew->members[i].crew = crew;
                crew->members[i].pe = i;
                if (i == 0 || place == CREW_ALONE) {
                        crew->hosts[crew->num_hosts++] = host_create(&(struct host_shape){ .num_pes = CREW_MAX });
                }
                if (place != CREW_TOGETHER) {
                        realm_for(crew, i, 1);
                }
        }
        if (place == CREW_TOGETHER) {
                realm_for(crew, 0, num_threads);
        }
        for (unsigned i = 1; i < num_threads; i++) {
                if (pthread_create(&crew->members[i].thread, NULL, member_main, &crew->members[i]) != 0) {
                        host_fail(crew->hosts[0], 0, "no thread");
                }
        }
        return crew;
}

void crew_end(void *context)
{
        struct crew *crew = context;

        call_crew(crew, 0);
        for (unsigned i = 1; i < crew->num; i++) {
                pthread_join(crew->members[i].thread, NULL);
        }
        for (unsigned i = 0; i < crew->num_realms; i++) {
                realm_destroy(&crew->realms[i]);
        }
        for (unsigned i = 0; i < crew->num_hosts; i++) {
                host_destroy(crew->hosts[i]);
        }
        pthread_cond_destroy(&crew->wake);
        pthread_mutex_destroy(&crew->lock);
        free(crew);
}
