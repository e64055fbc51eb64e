/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scale_recs.c - many RECs in one Realm: what entering one costs, naming one by its MPIDR, and making one more.
 */
#include "scale.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
        LIMIT = 1023,     /* what an instance allows by default */
        CREATE_LAST = 16, /* the last of so many are timed */
        CREATE_ROUNDS = 7
};

struct recs {
        struct host *host;
        struct realm realm;
        const struct rmmsim_rec_run *run;
        unsigned num;
        uint64_t random;
        uint64_t target; /* whom the guest asks about */
        uint64_t pas[LIMIT];
};

/* Asks whether another vCPU is on; which one is what the host has written down. */
static void affinity_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        const struct recs *recs = arg;

        (void)result;
        rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_AFFINITY_INFO);
        rmmsim_guest_set_x(vcpu, 1, rec_mpidr(recs->target));
        rmmsim_guest_set_x(vcpu, 2, 0);
        next->kind = RMMSIM_TRAP_SMC;
}

static void idle_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
}

/* Auxiliary Granules are no part of the question, so RECs have one each. */
static struct recs *recs_new(unsigned num)
{
        struct recs *recs = calloc(1, sizeof(*recs));

        if (recs == NULL) {
                abort();
        }
        recs->host = host_create(&(struct host_shape){ .features = { .rec_aux_count = 1 } });
        realm_create(&recs->realm, recs->host, NULL);
        recs->realm.all_on = true;
        realm_ram(&recs->realm, ENTRY_IPA, ENTRY_IPA + PAGE);
        (void)realm_data(&recs->realm, ENTRY_IPA);
        for (; recs->num < num; recs->num++) {
                recs->pas[recs->num] = realm_rec(&recs->realm);
        }
        recs->run = realm_run_page(&recs->realm);
        return recs;
}

void recs_end(void *context)
{
        struct recs *recs = context;

        realm_destroy(&recs->realm);
        host_destroy(recs->host);
        free(recs);
}

static void enter(const struct recs *recs, unsigned index, enum rmmsim_exit_reason reason)
{
        struct rmmsim_regs regs;

        smc(recs->host, &regs, RMMSIM_RMI_REC_ENTER, recs->pas[index], recs->realm.run, 0, 0, 0);
        if (recs->run->exit.exit_reason != (uint64_t)reason) {
                host_fail(recs->host, 0, "an exit for another reason");
        }
}

static struct recs *recs_active(unsigned num, rmmsim_step_fn *step)
{
        struct recs *recs = recs_new(num);

        recs->random = 1;
        realm_activate(&recs->realm);
        if (rmmsim_guest_bind_step(recs->host->sim, recs->realm.rd, ENTRY_IPA, step, recs) != 0) {
                host_fail(recs->host, 0, "binding a guest");
        }
        return recs;
}

/* First entries are not what is measured. */
void *recs_enter_begin(unsigned num_recs)
{
        struct recs *recs = recs_active(num_recs, idle_step);

        for (unsigned i = 0; i < num_recs; i++) {
                enter(recs, i, RMMSIM_EXIT_IRQ);
        }
        return recs;
}

void recs_enter_run(void *context, uint64_t n)
{
        struct recs *recs = context;

        while (n-- != 0) {
                enter(recs, (unsigned)scale_random(&recs->random, recs->num), RMMSIM_EXIT_IRQ);
        }
}

void *recs_psci_begin(unsigned num_recs)
{
        return recs_active(num_recs, affinity_step);
}

void recs_psci_run(void *context, uint64_t n)
{
        struct recs *recs = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                recs->target = 1 + scale_random(&recs->random, recs->num - 1);
                enter(recs, 0, RMMSIM_EXIT_PSCI);
                smc(recs->host, &regs, RMMSIM_RMI_PSCI_COMPLETE, recs->pas[0], recs->pas[recs->target],
                    RMMSIM_PSCI_SUCCESS, 0, 0);
        }
}

/* ---- one more ------------------------------------------------------------------------------------------------------ */

static double now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The system backs a page on first touch, which costs more than the command: a table is put there and taken away. */
static void touch(const struct recs *recs, uint64_t granule)
{
        RMI(recs->host, rmi_rtt_create, .rd = recs->realm.rd, .rtt = granule, .ipa = MIB2, .level = 3);
        RMI(recs->host, rmi_rtt_destroy, .rd = recs->realm.rd, .ipa = MIB2, .level = 3);
}

/*
 * No loop can make the hundredth REC again and again, for indexes are never given out twice. So the last few of a Realm are
 * timed, and the least of some Realms is taken.
 */
double rec_create_ns(unsigned num_recs)
{
        unsigned timed = num_recs < CREATE_LAST ? 1 : CREATE_LAST;
        double least = 0;

        for (int round = 0; round < CREATE_ROUNDS; round++) {
                struct recs *recs = recs_new(num_recs - timed);
                uint64_t params_pa = host_page(recs->host);
                struct rmmsim_rec_params *params = host_at(recs->host, params_pa);
                uint64_t granules = host_pages(recs->host, 2 * timed, PAGE);
                struct rmmsim_regs regs;
                double took = 0;

                for (unsigned i = 0; i < 2 * timed; i++) {
                        RMI(recs->host, rmi_granule_delegate, .addr = granules + i * PAGE);
                        touch(recs, granules + i * PAGE);
                }
                params->pc = ENTRY_IPA;
                params->num_aux = 1;
                for (unsigned i = 0; i < timed; i++) {
                        uint64_t rec = granules + 2 * i * PAGE;
                        double start;

                        params->mpidr = rec_mpidr(recs->num + i);
                        params->aux[0] = rec + PAGE;
                        start = now_ns();
                        smc(recs->host, &regs, RMMSIM_RMI_REC_CREATE, recs->realm.rd, rec, params_pa, 0, 0);
                        took += now_ns() - start;
                }
                took /= timed;
                least = round == 0 || took < least ? took : least;
                for (unsigned i = 0; i < timed; i++) {
                        RMI(recs->host, rmi_rec_destroy, .rec = granules + 2 * i * PAGE);
                }
                for (unsigned i = 0; i < 2 * timed; i++) {
                        RMI(recs->host, rmi_granule_undelegate, .addr = granules + i * PAGE);
                }
                recs_end(recs);
        }
        return least;
}
