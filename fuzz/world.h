/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * world.h - the worlds of fuzz targets and host models: an instance, its host's pages, and Realms.
 *
 * Built once, before the snapshot, by the public interface alone. A status that is not SUCCESS ends the program: a world that is not
 * what it says is no place to look for bugs in.
 */
#ifndef WORLD_H
#define WORLD_H

#include <rmmsim/guest.h>
#include <rmmsim/rmmsim.h>

#define WORLD_DRAM_BASE   UINT64_C(0x80000000)
#define WORLD_DRAM_SIZE   (UINT64_C(16) << 20)
#define WORLD_DEVICE_BASE UINT64_C(0x10000000)
#define WORLD_DEVICE_SIZE UINT64_C(0x10000)
#define WORLD_PAGE        UINT64_C(4096)

enum {
        WORLD_RECS_MAX = 8,
        WORLD_AUX_COUNT = 1 /* of each REC: worlds are small */
};

struct world {
        struct rmmsim *sim;
        uint64_t next_pa; /* where the next fresh page comes from */
};

struct world_realm {
        struct world *world;
        uint64_t rd;
        uint64_t rtt_base;
        uint64_t par_top; /* the first Unprotected IPA */
        uint64_t params;  /* a page of the host        */
        unsigned num_recs;
        uint64_t recs[WORLD_RECS_MAX];
        uint64_t runs[WORLD_RECS_MAX]; /* a run page each */
};

/* An instance with small worlds' features; what `config` has of profile, quirks, trace and misuse handler counts. */
void world_create(struct world *world, const struct rmmsim_config *config, unsigned num_pes);
void world_destroy(struct world *world);
uint64_t world_page(struct world *world);      /* of the host               */
uint64_t world_delegated(struct world *world); /* in state DELEGATED        */
void *world_at(const struct world *world, uint64_t pa);
struct rmmsim_regs world_expect_success(struct world *world, struct rmmsim_regs regs);
#define world_rmi(world, name, ...) world_expect_success(world, rmmsim_call((world)->sim, 0, name, __VA_ARGS__))

/* A Realm in state NEW, its IPA space 40 bits, half of it protected. */
void world_realm_new(struct world_realm *realm, struct world *world, uint16_t vmid);
/* Tables down to level 3 around an IPA. */
void world_realm_tables(struct world_realm *realm, uint64_t ipa);
/* RIPAS RAM for a range. */
void world_realm_ram(struct world_realm *realm, uint64_t base, uint64_t top);
/* A page of the Realm. Returns its PA. */
uint64_t world_realm_data(struct world_realm *realm, uint64_t ipa);
/* A page of the host at an Unprotected IPA. Returns its PA. */
uint64_t world_realm_share(struct world_realm *realm, uint64_t ipa);
/* The next REC: its MPIDR names its index. */
void world_realm_rec(struct world_realm *realm, bool runnable, uint64_t pc);
void world_realm_activate(struct world_realm *realm);

/*
 * The usual one: RAM at [0, 2 MiB) with a page at WORLD_PC, a shared page at par_top, `num_recs` RECs starting at WORLD_PC, of which
 * the first is runnable; `fn` steps them. Active.
 */
#define WORLD_PC UINT64_C(0x1000)
void world_realm_running(struct world_realm *realm, struct world *world, uint16_t vmid, unsigned num_recs,
                         rmmsim_step_fn *fn, void *arg);

/* The run page of a REC. */
struct rmmsim_rec_run *world_run(const struct world_realm *realm, unsigned rec);

#endif
