/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * world.h - the one builder of worlds for all tests: an instance, its memory, and Realms in any state.
 *
 * A world hands out Granules of its DRAM one after the other, so a test names only the ones that matter to it. Every event
 * marks the rows that it reached; the last test of the suite finds the rows that nobody reached.
 */
#ifndef WORLD_H
#define WORLD_H

#include <check.h>
#include <rmmsim/guest.h>
#include <rmmsim/rmmsim.h>

#define WORLD_DRAM_BASE   UINT64_C(0x80000000)
#define WORLD_DRAM_SIZE   (UINT64_C(64) << 20)
#define WORLD_DEVICE_BASE UINT64_C(0x10000000)
#define WORLD_DEVICE_SIZE UINT64_C(0x100000)
#define WORLD_PES         4
#define PAGE              UINT64_C(4096)
#define MIB2              UINT64_C(0x200000)

struct world {
        struct rmmsim *sim;
        uint64_t next_pa; /* where the next fresh Granule comes from      */
        uint64_t dram_end;
        struct rmmsim_realm_params *params; /* a page of the host, for any use     */
        uint64_t params_pa;
};

/* A world with the defaults, or with a configuration of which regions and num_pes may be left out. The trace is the world's. */
struct world *world_create(void);
struct world *world_create_with(const struct rmmsim_config *config);
/* Audits, then destroys. */
void world_destroy(struct world *world);

/* A page of the host: UNDELEGATED, and where the host sees it. */
uint64_t world_page(struct world *world);
/* `count` contiguous pages aligned to `align` bytes (a power of two, at least 4096). */
uint64_t world_pages(struct world *world, uint64_t count, uint64_t align);
void *world_at(struct world *world, uint64_t pa);
/* The same, delegated. */
uint64_t world_delegated(struct world *world);
uint64_t world_delegated_pages(struct world *world, uint64_t count, uint64_t align);

/* rmmsim_call() on PE 0 of a world: x0, or all registers. */
#define call(world, name, ...)      (rmmsim_call((world)->sim, 0, name, __VA_ARGS__).x[0])
#define call_regs(world, name, ...) rmmsim_call((world)->sim, 0, name, __VA_ARGS__)

/* The call succeeds; a failure shows why. */
#define expect_success(world, name, ...) expect_x0(world, RMMSIM_RMI_SUCCESS, call(world, name, __VA_ARGS__))
#define expect_x0(world, expected, actual)                                                                             \
        do {                                                                                                           \
                uint64_t actual_x0 = (actual);                                                                         \
                ck_assert_msg(actual_x0 == (uint64_t)(expected), "x0 = 0x%llx, expected 0x%llx; %s",                   \
                              (unsigned long long)actual_x0, (unsigned long long)(expected), world_why(world));        \
        } while (0)

/* The call fails with this status and for this condition, and nothing in the world has moved. */
#define expect_failure(world, status, index, condition_name, name, ...)                                                \
        do {                                                                                                           \
                uint64_t hash_before = world_hash(world);                                                              \
                uint64_t failure_x0 = call(world, name, __VA_ARGS__);                                                  \
                const struct rmmsim_refusal *refusal = rmmsim_why((world)->sim, 0);                                    \
                ck_assert_msg(failure_x0 == RMMSIM_RMI_RESULT(RMMSIM_RMI_##status, index),                             \
                              "x0 = 0x%llx, expected " #status " index %d; %s", (unsigned long long)failure_x0,        \
                              (int)(index), world_why(world));                                                         \
                ck_assert_ptr_nonnull(refusal);                                                                        \
                ck_assert_str_eq(refusal->condition, condition_name);                                                  \
                ck_assert_msg(world_hash(world) == hash_before, "a refused command changed something");                \
        } while (0)

/* Why PE 0 was refused, as a sentence; "not refused" otherwise. */
const char *world_why(struct world *world);

/*
 * A number over everything that a command can change: states of all Granules that the world has handed out, their contents
 * in both worlds, statistics and trace left aside.
 */
uint64_t world_hash(struct world *world);

/* ---- Realms ------------------------------------------------------------------------------------------------------- */

/* How a Realm is made; zero is the common shape: 40 bits, one root table at level 0, SHA-256. */
struct realm_shape {
        uint64_t flags;
        uint8_t s2sz;
        int64_t level_start;
        bool level_start_set; /* level 0 is meant, not left out */
        uint32_t num_start;
        uint8_t hash_algo;
        uint16_t vmid; /* 0: the next one */
        uint8_t num_bps;
        uint8_t num_wps;
        uint8_t rpv[64];
};

enum {
        REALM_RECS_MAX = 32
};

struct realm_world {
        struct world *world;
        uint64_t rd;
        uint64_t rtt_base;
        uint64_t par_top; /* first Unprotected IPA              */
        uint64_t recs[REALM_RECS_MAX];
        unsigned num_recs;
        uint64_t run; /* run page of REC 0; the others follow, one page each */
};

/* Fill the shared page with parameters; the caller may spoil them before the call. */
void realm_params_fill(struct rmmsim_realm_params *params, const struct realm_shape *shape, uint64_t rtt_base);
/* A Realm in state NEW. shape may be NULL. */
void realm_new(struct realm_world *realm, struct world *world, const struct realm_shape *shape);
/* Tables so that `ipa` has an entry at `level`; those that exist stay. */
void realm_map_tables(struct realm_world *realm, uint64_t ipa, int64_t level);
/* Measured memory at a Protected IPA, contents all `fill`; tables included. Returns the PA. NEW only. */
uint64_t realm_data(struct realm_world *realm, uint64_t ipa, uint8_t fill);
/* RIPAS RAM for [base, top), tables to level 3 included. NEW only. */
void realm_ram(struct realm_world *realm, uint64_t base, uint64_t top);
/* Unknown memory at a Protected IPA, tables included. Returns the PA. */
uint64_t realm_data_unknown(struct realm_world *realm, uint64_t ipa);
/* Host memory at an Unprotected IPA, read-write; tables included. Returns the PA. */
uint64_t realm_share(struct realm_world *realm, uint64_t ipa);
/* The next REC, runnable or not, starting at pc. Returns its PA. */
uint64_t realm_rec(struct realm_world *realm, bool runnable, uint64_t pc);
void realm_activate(struct realm_world *realm);

#define REALM_PC UINT64_C(0x1000) /* where the programs of tests begin */

/*
 * An active Realm: memory with RIPAS RAM at [0, 2 MiB), a page at REALM_PC, `num_recs` RECs of which the first is runnable, `fn` bound
 * at REALM_PC.
 */
void realm_running(struct realm_world *realm, struct world *world, unsigned num_recs, rmmsim_guest_fn *fn, void *arg);

/* Enter a REC on PE 0 (or on any) with what its run page says; returns x0. */
uint64_t realm_enter(struct realm_world *realm, unsigned rec);
uint64_t realm_enter_on(struct realm_world *realm, unsigned pe, unsigned rec);
/* Its run page. */
struct rmmsim_rec_run *realm_run(struct realm_world *realm, unsigned rec);
/* Enter with empty flags and expect an exit for a reason. */
struct rmmsim_rec_exit *realm_enter_expect(struct realm_world *realm, unsigned rec, enum rmmsim_exit_reason reason);

/* Take everything down; afterwards every Granule the Realm had is UNDELEGATED. */
void realm_tear_down(struct realm_world *realm);

/* ---- the program ---------------------------------------------------------------------------------------------------- */

/* Run a suite as a whole program: returns what main() returns. */
int run_suite(Suite *suite);

#endif
