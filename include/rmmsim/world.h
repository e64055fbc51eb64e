/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * world.h - worlds for tests, ready made: an instance with an active Realm in it.
 *
 * A test of how a host runs a vCPU wants a Realm to run, not to know how one is built. Make a world once, and fork it for each
 * test, or take its snapshot and go back (<rmmsim/snapshot.h>):
 *
 *     struct rmmsim_world world;
 *     struct rmmsim_world_shape shape = { .num_recs = 2, .num_pages = 16, .guest = my_guest };
 *
 *     if (rmmsim_world_create(&world, &shape, &error) != 0) ...
 *     rmmsim_call(world.sim, 0, rmi_rec_enter, .rec = world.recs[0], .run_ptr = world.runs[0]);
 *     rmmsim_world_destroy(&world);
 *
 * Nothing in a world is special: it was made by the same calls that any host makes, on PE 0, and its fields may be used in any.
 */
#ifndef RMMSIM_WORLD_H
#define RMMSIM_WORLD_H

#include <rmmsim/guest.h>
#include <rmmsim/rmmsim.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
        RMMSIM_WORLD_RECS_MAX = 64
};

/* Zero means the default in brackets. */
struct rmmsim_world_shape {
        const struct rmmsim_config
                *config;     /* of the instance; without regions it gets one of DRAM, 64 MiB from 0x80000000 [NULL] */
        unsigned num_recs;   /* 1..64; MPIDRs are counted from 0 [1]                               */
        bool all_runnable;   /* or only the first REC                                              */
        unsigned num_pages;  /* of the Realm's memory, from IPA 0 on, measured, all zero; 1..65536 [1] */
        unsigned num_shared; /* of the host's, mapped from the first Unprotected IPA on; 0..512    */

        const char *record; /* what happens from the first call on goes to this file (<rmmsim/record.h>) [NULL] */

        /* What runs from IPA 0, where each REC starts: one of the two, or nothing yet. */
        rmmsim_guest_fn *guest;
        rmmsim_step_fn *step;
        void *arg;
};

struct rmmsim_world {
        struct rmmsim *sim;
        uint64_t rd;
        uint64_t rtt_base;    /* the root table; the Realm has 40 bits of IPA, half of them protected */
        uint64_t unprotected; /* the first Unprotected IPA                                            */
        uint64_t shared;      /* PA of the first shared page; the others follow it                    */
        unsigned num_recs;
        uint64_t recs[RMMSIM_WORLD_RECS_MAX];
        uint64_t runs[RMMSIM_WORLD_RECS_MAX]; /* a run page for each, all zero                        */
        uint64_t next_pa;                     /* pages of DRAM from here on were never used           */
        uint64_t end_pa;
};

/*
 * Make a world. Returns 0, or fills *error (unless NULL) and returns its code; then there is nothing to destroy.
 *   RMMSIM_ERROR_CONFIG  a number is out of range, or both `guest` and `step` are given; the configuration, as rmmsim_create()
 *                        says, or the first region of DRAM is too small, or the caller's by callback
 *   RMMSIM_ERROR_STATE   the RMM refused a command: `text` has its sentence (features that leave no room for such a Realm)
 *   RMMSIM_ERROR_FILE    `record` cannot be opened; errno says why
 *   and what rmmsim_create() may say
 */
int rmmsim_world_create(struct rmmsim_world *world, const struct rmmsim_world_shape *shape, struct rmmsim_error *error);

/* The same once more: see rmmsim_fork(), also for errors. The copy is destroyed by itself. */
int rmmsim_world_fork(struct rmmsim_world *copy, const struct rmmsim_world *world, struct rmmsim_error *error);

/*
 * Take the Realm down as a host does - RECs, memory, tables, RD - and give every Granule of the instance back. For a test that ends by asking
 * what its host has lost. Works on whatever Realms there are. No PE may be inside a call. Returns the number of Granules that
 * did not come back, which is 0 unless the RMM was asked for the impossible.
 */
unsigned rmmsim_world_tear_down(struct rmmsim_world *world);

/* Destroys the instance, whatever is in it. */
void rmmsim_world_destroy(struct rmmsim_world *world);

/* A page of DRAM that was not used before: the host's, or delegated. 0 if there is none left. One thread at a time. */
uint64_t rmmsim_world_page(struct rmmsim_world *world);
uint64_t rmmsim_world_delegated(struct rmmsim_world *world);

#ifdef __cplusplus
}
#endif

#endif
