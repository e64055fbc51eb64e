/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rec.h - what rows that enter RECs have in common: the world, the programs that exit for one reason again and again, and
 * one entry of the host.
 */
#ifndef BENCH_REC_H
#define BENCH_REC_H

#include "bench.h"
#include "realm.h"

#define RAM_IPA     MIB2                              /* a page of memory, with room for what guests hand over */
#define BALLOON_IPA (RAM_IPA + PAGE)                  /* a page of RAM that has no memory yet */
#define SHARED_IPA  (UINT64_C(1) << 39)               /* the first Unprotected IPA: two pages that may be mapped */
#define MMIO_IPA    (SHARED_IPA + UINT64_C(0x100000)) /* never mapped: a device that the host emulates */
#define SECOND_PC   (ENTRY_IPA + 4)                   /* where the second vCPU starts */

struct rec_world {
        struct host *host;
        struct realm realm;
        struct rmmsim_rec_run *run;
        uint64_t second; /* the second REC */
        uint64_t pages;  /* two pages of the host that are not mapped anywhere yet */
        unsigned turn;   /* of things that take turns: whose it is */
        uint64_t left;   /* how many calls the guest makes before it exits */
        uint64_t calls;  /* the same, for each of its turns */
};

/* A program in its two forms. Their argument is the rec_world. */
struct rec_program {
        rmmsim_guest_fn *fn;
        rmmsim_step_fn *step;
        uint32_t quantum; /* of the instance */
};

/* By the way they exit. `rsi` makes world->calls calls that the RMM answers, and then idles. */
extern const struct rec_program program_irq, program_idle, program_fiq, program_host_call, program_psci, program_ripas,
        program_mmio_read, program_mmio_write, program_abort, program_balloon, program_off, program_rsi;

/* A Realm of two RECs, one of which runs the program; a program runs on a stack of its own or, with `step`, on none. */
struct rec_world *rec_world_new(const struct rec_program *program, bool step);
/* The same in an instance of one's own. */
struct rec_world *rec_world_in(struct host *host, const struct rec_program *program, bool step);
void rec_world_end(void *context);

/* One entry, which has to end for this reason. */
static inline void rec_enter(const struct rec_world *world, uint64_t rec, enum rmmsim_exit_reason reason)
{
        struct rmmsim_regs regs;

        smc(world->host, &regs, RMMSIM_RMI_REC_ENTER, rec, world->realm.run, 0, 0, 0);
        if (__builtin_expect(world->run->exit.exit_reason != (uint64_t)reason, 0)) {
                host_fail(world->host, 0, "an exit for another reason");
        }
}

#endif
