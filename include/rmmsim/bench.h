/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench.h - measure a host's own code: what its enter and exit path costs, and whose time that is.
 *
 * Two layers. The first measures any function on a noisy machine: rows, visited in turns so that drift hits all alike, each
 * given as a median with its minimum and spread. The second measures a run loop: the caller's code enters RECs through
 * whatever seam it has, guests of this library exit for a chosen mix of reasons, and the time is split into what passed inside
 * the library and what passed in the caller's code.
 *
 * Times hold for one machine on one day. What can be compared are ratios to a cost measured in the same run.
 *
 * Threads: a measurement belongs to the thread that makes it.
 */
#ifndef RMMSIM_BENCH_H
#define RMMSIM_BENCH_H

#include <rmmsim/guest.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- rows: any function ------------------------------------------------------------------------------------------- */

/* Do it n times. */
typedef void rmmsim_bench_fn(void *context, uint64_t n);

struct rmmsim_bench_row {
        const char *name;
        rmmsim_bench_fn *run;
        void *context;
};

/* How to measure. Zero means the default in brackets; NULL for the whole structure means all defaults. */
struct rmmsim_bench_method {
        unsigned rounds;   /* visits of each row, 3..1001 [15]                                                        */
        uint64_t round_ns; /* how long one visit lasts, about, 1,000..10,000,000,000 [2,000,000]                      */
        double spread_max; /* a row whose spread is wider is marked noisy [0.10]                                      */
        bool pin;          /* keep to the CPU that the thread is on, where the system allows it, and let it go at the */
                           /* end; threads that a row creates meanwhile inherit it [no]                               */
};

/* What was found out about a row; nanoseconds are for one of its n. */
struct rmmsim_bench_figure {
        double median_ns;    /* of 8 rows or more: after what they have in common in a round was taken out, as */
                             /* then the machine was slow for a while                                          */
        double min_ns;       /* as it was                                                                      */
        double spread;       /* (third quartile - first quartile) / median                                     */
        uint64_t iterations; /* n of each visit                                                                */
        unsigned rounds;
        bool noisy; /* too wide a spread to say anything                                              */
};

/*
 * Measure rows. Each is warmed up and given an n that lasts about round_ns (1 where a single one lasts longer); then all are
 * visited in turns, `rounds` times. A visit in which the thread lost its CPU to another is made again, three times at most.
 * A row may be called with any n, and must be able to go on after each.
 *
 * figures has room for num_rows, in the order of rows. Returns 0, RMMSIM_ERROR_CONFIG (a number out of range, a row
 * without a function) or RMMSIM_ERROR_MEMORY.
 */
int rmmsim_bench_measure(struct rmmsim_bench_figure *figures, const struct rmmsim_bench_row *rows, size_t num_rows,
                         const struct rmmsim_bench_method *method);

/* ---- meters: time inside the library ------------------------------------------------------------------------------ */

/*
 * Adds up what passes inside rmmsim_smc() on one PE: guests that run there are included, and so is what they do as a host on
 * another PE. Start it as all zero. Fields may be read and set between calls by the PE's thread. One PE a meter.
 */
struct rmmsim_meter {
        uint64_t calls;
        uint64_t ticks; /* of rmmsim_ticks(), the cost of reading that counter left in */
};

/*
 * Attach a meter to a PE in place of the one it has, or take it off (NULL). It must stay until then. Same thread rules as
 * rmmsim_smc(); a PE without a meter pays one branch a call. Returns 0 or RMMSIM_ERROR_MISUSE.
 */
int rmmsim_meter_attach(struct rmmsim *sim, unsigned pe, struct rmmsim_meter *meter);

/* A fast counter of the CPU that ticks at a constant rate. Where there is none: the system's clock in nanoseconds. */
uint64_t rmmsim_ticks(void);

/* What a tick is worth, found by looking at both clocks for some 2 ms. */
double rmmsim_ns_per_tick(void);

/* ---- run loops: a host's own way in and out ------------------------------------------------------------------------ */

/*
 * Measuring a hypervisor's or a VMM's run loop takes three things: a Realm that the caller's own code has made, with
 * rmmsim_bench_guest_bind() where its vCPU starts; a `step` that is one turn of the caller's loop, from the entry until
 * the exit has been handled; and rmmsim_bench_loop(). examples/mini_vmm.c is all of it.
 */

/* What the guest does so that its REC exits. */
enum rmmsim_mix_kind {
        RMMSIM_MIX_IRQ,          /* computes, and a physical IRQ arrives: exit IRQ                     */
        RMMSIM_MIX_FIQ,          /* the same with a FIQ: exit FIQ                                      */
        RMMSIM_MIX_HOST_CALL,    /* RSI_HOST_CALL: exit HOST_CALL                                      */
        RMMSIM_MIX_PSCI,         /* a PSCI function: exit PSCI                                         */
        RMMSIM_MIX_RIPAS_CHANGE, /* asks for another RIPAS of a page: exit RIPAS_CHANGE                */
        RMMSIM_MIX_MMIO_READ,    /* loads 4 bytes from a device: exit SYNC, emulatable                 */
        RMMSIM_MIX_MMIO_WRITE,   /* stores 4 bytes to a device: exit SYNC, emulatable                  */
        RMMSIM_MIX_DATA_ABORT,   /* loads from a page, ISV = 0: exit SYNC if the page is not mapped    */
        RMMSIM_MIX_WFI,          /* idles: exit SYNC if the host traps WFI, else IRQ; none if an       */
                                 /* interrupt is pending                                               */
        RMMSIM_NUM_MIX_KINDS
};

/*
 * A guest that exits for a mix of reasons, in an order that depends on seed and weights only. Its choices come in rows as
 * long as the sum of the weights, and in each row every kind is chosen as often as its weight says.
 *
 * The structure is the caller's, starts as zero but for what is set, and has to stay while the guest may run; one vCPU a mix.
 * While no PE is inside the vCPU the caller may change the first part and read the second. New weights hold from the next
 * choice on, and begin a row.
 */
struct rmmsim_bench_mix {
        uint32_t weights[RMMSIM_NUM_MIX_KINDS];
        uint64_t seed;

        /* HOST_CALL: IPA of the RsiHostCall, in memory of the Realm. Aligned to 256. */
        uint64_t host_call;

        /*
         * PSCI: x0..x3 of the call; x0 = 0 is CPU_SUSPEND. CPU_ON and AFFINITY_INFO of another vCPU need the host's
         * RMI_PSCI_COMPLETE; after CPU_OFF and SYSTEM_OFF the guest does not go on.
         */
        uint64_t psci[4];

        /*
         * RIPAS_CHANGE: the pages [ripas_base, ripas_top) one after the other, first all to EMPTY, then all to RAM, and so on.
         * There should be nothing in them that the guest needs.
         */
        uint64_t ripas_base;
        uint64_t ripas_top;

        /* MMIO_READ, MMIO_WRITE: an Unprotected IPA that the host leaves unmapped. Aligned to 4. */
        uint64_t mmio;

        /*
         * DATA_ABORT: touches the pages [abort_base, abort_top) one after the other, and begins again. A page that the host has
         * mapped makes no exit: leave them unmapped, or take pages back.
         */
        uint64_t abort_base;
        uint64_t abort_top;

        /* What has become of it. */
        uint64_t made[RMMSIM_NUM_MIX_KINDS]; /* how often each kind was chosen                                  */
        uint64_t failed;                     /* of those, calls and accesses that came back with an error; an   */
                                             /* abort injected for DATA_ABORT is none                           */
        uint64_t starved;                    /* IRQs made because nothing else had made an exit for long        */

        /* The library's. */
        struct {
                uint64_t random;
                uint64_t exits;
                uint64_t ripas_at;
                uint64_t abort_at;
                uint32_t used[RMMSIM_NUM_MIX_KINDS];
                uint32_t left[RMMSIM_NUM_MIX_KINDS];
                uint32_t num_left;
                uint32_t silent;
                uint8_t last;
                bool to_ram;
        } state;
};

/*
 * Bind such a guest to an entry IPA of the Realm at rd, as rmmsim_guest_bind_step() does, and reset the second part of the mix.
 * The guest needs no stack, and no memory but what the mix names. Returns 0; RMMSIM_ERROR_CONFIG if no weight is set, the
 * weights add up to 2^32 or more, or an address that a weight makes necessary is missing or not aligned; or what
 * rmmsim_guest_bind_step() returns.
 */
int rmmsim_bench_guest_bind(struct rmmsim *sim, uint64_t rd, uint64_t ipa, struct rmmsim_bench_mix *mix);

/* A run loop to measure. */
struct rmmsim_bench_loop {
        struct rmmsim *sim;

        /*
         * Where the loop enters RECs. During the measurement the PE belongs to the thread that measures, and its meter to the
         * library; one that was attached is put back afterwards.
         */
        unsigned pe;

        /* One turn: enter, handle the exit. Returns 0 to go on; anything else ends the measurement. */
        int (*step)(void *context);

        /* Before each round, not measured: sets the weights of a mix, say. May be NULL. */
        void (*begin)(void *context);

        void *context;

        /* Exits of a round; 0: as many as last about round_ns of the method. */
        uint64_t exits;
};

/* What an exit costs, the entry before it included. Figures are over rounds, their iterations are exits. */
struct rmmsim_bench_split {
        struct rmmsim_bench_figure theirs; /* in the caller's code; calls that it makes on other PEs too */
        struct rmmsim_bench_figure ours;   /* inside rmmsim_smc() on the PE; the guest's own doing too   */
        struct rmmsim_bench_figure both;
        double calls;                              /* SMCs on the PE, for each exit                              */
        uint64_t exits;                            /* of all rounds                                              */
        uint64_t reasons[RMMSIM_NUM_EXIT_REASONS]; /* those, by enum rmmsim_exit_reason                          */
};

/*
 * Measure run loops. Each is warmed up; then all are visited in turns, `rounds` times. What reading the clock around each SMC
 * costs is measured too, and taken off both parts. splits has room for num_loops, in the order of loops.
 *
 * Returns 0, or what a step returned that was not 0; RMMSIM_ERROR_CONFIG (a number out of range, a loop without instance or
 * step); RMMSIM_ERROR_MISUSE (no such PE, as the misuse handler is told); RMMSIM_ERROR_STATE (10,000 steps in a row made no
 * exit on the PE); RMMSIM_ERROR_MEMORY. If not 0, splits hold nothing.
 */
int rmmsim_bench_loop(struct rmmsim_bench_split *splits, const struct rmmsim_bench_loop *loops, size_t num_loops,
                      const struct rmmsim_bench_method *method);

#ifdef __cplusplus
}
#endif

#endif
