/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * phases_main.c - where the time of one entry goes: linked with a library that reads the clock at each change of phase.
 *
 * An entry that an idle guest leaves at once is made again and again. What each phase took is printed for one entry, in
 * nanoseconds, with the readings of the clock taken off: a line "c/locks 31.5" for each, a function as the guest first, then a
 * step function. The program bench runs this one and shows the lines among its own.
 */
#include "phase.h"
#include "realm.h"
#include <rmmsim/bench.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rmmsim_phase_clock rmmsim_phase_clock;

enum {
        WARM_UP = 2000,
        ENTRIES = 2000,
        ROUNDS = 41
};

static const char *const names[NUM_PHASES] = { [PHASE_HOST] = "host",
                                               [PHASE_DISPATCH] = "dispatch",
                                               [PHASE_LOCKS] = "locks",
                                               [PHASE_RUN_PAGE_IN] = "run_page_in",
                                               [PHASE_CHECKS] = "checks",
                                               [PHASE_ACT] = "act",
                                               [PHASE_REALM] = "realm",
                                               [PHASE_SWITCH] = "switch",
                                               [PHASE_GUEST] = "guest",
                                               [PHASE_EXIT_RECORD] = "exit_record",
                                               [PHASE_RUN_PAGE_OUT] = "run_page_out" };

static void idle(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static void idle_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
}

static void enter(const struct realm *realm, unsigned times)
{
        struct rmmsim_regs regs;

        while (times-- != 0) {
                smc(realm->host, &regs, RMMSIM_RMI_REC_ENTER, realm->rec, realm->run, 0, 0, 0);
                PHASE(HOST);
        }
}

static void reset(void)
{
        memset(&rmmsim_phase_clock, 0, sizeof(rmmsim_phase_clock));
        rmmsim_phase_clock.last = rmmsim_ticks();
}

/* Ticks that one reading of the clock takes: what a phase in which nothing happens would show. */
static double reading(void)
{
        reset();
        for (int i = 0; i < ENTRIES * 10; i++) {
                PHASE(GUEST);
        }
        return (double)rmmsim_phase_clock.ticks[PHASE_GUEST] / (double)rmmsim_phase_clock.count[PHASE_GUEST];
}

static int by_value(const void *a, const void *b)
{
        const double x = *(const double *)a;
        const double y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Medians over rounds, each the mean of many entries. */
static void measure(const struct realm *realm, const char *guest)
{
        double rounds[NUM_PHASES][ROUNDS];
        double ns = rmmsim_ns_per_tick();

        enter(realm, WARM_UP);
        for (int round = 0; round < ROUNDS; round++) {
                double cost = reading();

                reset();
                enter(realm, ENTRIES);
                for (int i = 0; i < NUM_PHASES; i++) {
                        double own = (double)rmmsim_phase_clock.ticks[i] - cost * (double)rmmsim_phase_clock.count[i];

                        rounds[i][round] = own > 0 ? own / ENTRIES * ns : 0;
                }
        }
        for (int i = 0; i < NUM_PHASES; i++) {
                qsort(rounds[i], ROUNDS, sizeof(double), by_value);
                printf("%s/%s %.2f\n", guest, names[i], rounds[i][ROUNDS / 2]);
        }
}

int main(void)
{
        struct host *host = host_create(NULL);
        struct realm realm;

        for (int step = 0; step < 2; step++) {
                realm_running(&realm, host, 1);
                if ((step ? rmmsim_guest_bind_step(host->sim, realm.rd, ENTRY_IPA, idle_step, NULL)
                          : rmmsim_guest_bind(host->sim, realm.rd, ENTRY_IPA, idle, NULL)) != 0) {
                        host_fail(host, 0, "binding a guest");
                }
                measure(&realm, step ? "step" : "c");
                realm_destroy(&realm);
        }
        host_destroy(host);
        return 0;
}
