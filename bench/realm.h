/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * realm.h - the worlds that rows run in: an instance with its host, and Realms in it.
 *
 * Everything here happens before and after a measurement and checks every status: a row whose world is not what it says ends
 * the program with the reason. What a loop repeats it does through smc(), which costs what a kernel's own wrapper costs.
 */
#ifndef BENCH_REALM_H
#define BENCH_REALM_H

#include <rmmsim/guest.h>

#define PAGE UINT64_C(4096)
#define MIB2 (UINT64_C(2) << 20)
#define GIB  (UINT64_C(1) << 30)

#define DRAM_BASE UINT64_C(0x80000000)
#define NOWHERE   UINT64_C(0x1000) /* a PA in no region */

/* Where guests start: the first page of a Realm, which realm_running() fills. */
#define ENTRY_IPA UINT64_C(0)

/* Of a row: what n SMCs cannot do without, for the registers x0..x17 of each are copied in and out. */
#define FLOORS_OF_SMCS(n) [FLOOR_CALL] = (n), [FLOOR_REGISTERS] = (n)*18.0 / 31

/* ---- the host ------------------------------------------------------------------------------------------------------ */

struct host {
        struct rmmsim *sim;
        uint64_t next_pa; /* Granules are handed out one after the other, never twice */
        uint16_t next_vmid;
};

/* What a row may want otherwise; zero means the default in brackets. */
struct host_shape {
        uint64_t dram;          /* bytes of DRAM [64 MiB]                          */
        unsigned num_pes;       /* [1]                                             */
        uint32_t guest_quantum; /* [0]                                             */
        struct rmmsim_features features;
        uint64_t quirks;
};

struct host *host_create(const struct host_shape *shape);
/* Every Granule must have come back. */
void host_destroy(struct host *host);

uint64_t host_pages(struct host *host, uint64_t count, uint64_t align);
uint64_t host_page(struct host *host);
uint64_t host_delegated(struct host *host);
void *host_at(const struct host *host, uint64_t pa);

/* A command that has to succeed; returns the registers. */
#define RMI(host, name, ...) host_must(host, #name, rmmsim_call((host)->sim, 0, name, __VA_ARGS__))
struct rmmsim_regs host_must(const struct host *host, const char *command, struct rmmsim_regs regs);

/* End the program: what went wrong, and why the RMM refused where it did. */
_Noreturn void host_fail(const struct host *host, unsigned pe, const char *what);

/* The host's SMC wrapper: x0..x5 in, the rest zero, as the calling convention wants it. Returns x0. */
static inline uint64_t smc_on(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs, uint64_t fid, uint64_t x1,
                              uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
        *regs = (struct rmmsim_regs){ .x = { fid, x1, x2, x3, x4, x5 } };
        rmmsim_smc(sim, pe, regs);
        return regs->x[0];
}

/* The same on PE 0, for a command that has to succeed. */
static inline void smc(const struct host *host, struct rmmsim_regs *regs, uint64_t fid, uint64_t x1, uint64_t x2,
                       uint64_t x3, uint64_t x4, uint64_t x5)
{
        if (__builtin_expect(smc_on(host->sim, 0, regs, fid, x1, x2, x3, x4, x5) != RMMSIM_RMI_SUCCESS, 0)) {
                host_fail(host, 0, "a command of the loop");
        }
}

/* ---- Realms -------------------------------------------------------------------------------------------------------- */

struct realm_made;

struct realm {
        struct host *host;
        uint64_t rd;
        uint64_t root;
        unsigned num_roots;
        uint64_t par_top;        /* where Unprotected IPAs begin                        */
        struct realm_made *made; /* what has to be undone, oldest first                 */
        size_t num_made;
        uint64_t rec; /* the first REC, and the run page that all share one after the other */
        uint64_t last_rec;
        uint64_t run;
        unsigned num_recs;
        bool all_on; /* RECs made from now on can be entered at once, not the first only */
};

/* Zero means the default in brackets. */
struct realm_shape {
        uint8_t width;      /* of the IPA space [40]           */
        bool lpa2;          /* [no]                            */
        int level_start;    /* of the root tables [0]          */
        unsigned num_start; /* root tables [1]               */
};

void realm_create(struct realm *realm, struct host *host, const struct realm_shape *shape);
/* Tables down to a level for an IPA, where they are missing. */
void realm_tables(struct realm *realm, uint64_t ipa, int level);
void realm_ram(struct realm *realm, uint64_t base, uint64_t top);
/* A page of zeroes, not measured. */
uint64_t realm_data(struct realm *realm, uint64_t ipa);
/* A page of the host at an Unprotected IPA; returns its PA. */
uint64_t realm_share(struct realm *realm, uint64_t ipa);
/* The next REC. Returns its PA. */
uint64_t realm_rec(struct realm *realm);
void realm_activate(struct realm *realm);
/* Everything made here, in the other order, and all of its Granules back to the host. */
void realm_destroy(struct realm *realm);

/* A Realm with one page of program and `num_recs` RECs. */
void realm_new(struct realm *realm, struct host *host, unsigned num_recs);
/* The same, active. A guest must still be bound to ENTRY_IPA. */
void realm_running(struct realm *realm, struct host *host, unsigned num_recs);

/* Descriptor of a page of Normal memory that the Realm may read and write, for RMI_RTT_MAP_UNPROTECTED. */
static inline uint64_t shared_desc(uint64_t pa)
{
        return pa | 3 << 6 | 6 << 2;
}

/* MPIDR of a Realm's REC by its index, as RmiRecMpidr and, up to 2^20 RECs, as MPIDR_EL1. */
static inline uint64_t rec_mpidr(uint64_t index)
{
        return (index & 0xf) | (index >> 4) << 8;
}

static inline struct rmmsim_rec_run *realm_run_page(const struct realm *realm)
{
        return host_at(realm->host, realm->run);
}

#endif
