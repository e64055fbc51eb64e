/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scale.c - what happens to costs as there is more of everything: threads, Realms, RECs, levels of translation.
 *
 * Rows of a series have names that differ in their last part, the size. Under the table stands how each series grows.
 */
#include "scale.h"
#include "fit.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- many Realms --------------------------------------------------------------------------------------------------- */

struct realms {
        struct host *host;
        struct realm *realms;
        unsigned num;
        uint64_t random;
        uint64_t run_pa; /* one run page for all */
        const struct rmmsim_rec_run *run;
};

static void idle_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
}

/* Small ones, so that 10,000 fit: a 32-bit IPA space from level 1, and RECs without auxiliary Granules. */
static void *realms_begin(unsigned num)
{
        struct realms *all = calloc(1, sizeof(*all));

        if (all == NULL || (all->realms = calloc(num, sizeof(*all->realms))) == NULL) {
                abort();
        }
        all->num = num;
        all->random = 1;
        all->host = host_create(&(struct host_shape){ .dram = GIB, .features = { .rec_aux_count = RMMSIM_NONE } });
        for (unsigned i = 0; i < num; i++) {
                struct realm *realm = &all->realms[i];

                realm_create(realm, all->host, &(struct realm_shape){ .width = 32, .level_start = 1 });
                realm_ram(realm, ENTRY_IPA, ENTRY_IPA + PAGE);
                (void)realm_data(realm, ENTRY_IPA);
                (void)realm_rec(realm);
                realm_activate(realm);
                if (rmmsim_guest_bind_step(all->host->sim, realm->rd, ENTRY_IPA, idle_step, NULL) != 0) {
                        host_fail(all->host, 0, "binding a guest");
                }
                /* The first entry is not what is measured. */
                RMI(all->host, rmi_rec_enter, .rec = realm->rec, .run_ptr = realm->run);
        }
        all->run_pa = all->realms[0].run;
        all->run = realm_run_page(&all->realms[0]);
        return all;
}

static void realms_end(void *context)
{
        struct realms *all = context;

        for (unsigned i = 0; i < all->num; i++) {
                realm_destroy(&all->realms[i]);
        }
        host_destroy(all->host);
        free(all->realms);
        free(all);
}

static void realms_enter_run(void *context, uint64_t n)
{
        struct realms *all = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                const struct realm *realm = &all->realms[scale_random(&all->random, all->num)];

                smc(all->host, &regs, RMMSIM_RMI_REC_ENTER, realm->rec, all->run_pa, 0, 0, 0);
                if (all->run->exit.exit_reason != RMMSIM_EXIT_IRQ) {
                        host_fail(all->host, 0, "an exit for another reason");
                }
        }
}

static void realms_read_run(void *context, uint64_t n)
{
        struct realms *all = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                const struct realm *realm = &all->realms[scale_random(&all->random, all->num)];

                smc(all->host, &regs, RMMSIM_RMI_RTT_READ_ENTRY, realm->rd, ENTRY_IPA, 3, 0, 0);
        }
}

/* ---- levels of translation ----------------------------------------------------------------------------------------- */

struct depth {
        struct host *host;
        struct realm realm;
};

static void *depth_begin(uint8_t width, int level_start, unsigned num_start, bool lpa2)
{
        struct depth *depth = calloc(1, sizeof(*depth));

        if (depth == NULL) {
                abort();
        }
        depth->host = host_create(&(struct host_shape){ .features = { .lpa2 = lpa2, .s2sz = lpa2 ? 52 : 48 } });
        realm_create(&depth->realm, depth->host,
                     &(struct realm_shape){
                             .width = width, .lpa2 = lpa2, .level_start = level_start, .num_start = num_start });
        realm_tables(&depth->realm, ENTRY_IPA, 3);
        return depth;
}

static void depth_run(void *context, uint64_t n)
{
        const struct depth *depth = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(depth->host, &regs, RMMSIM_RMI_RTT_READ_ENTRY, depth->realm.rd, ENTRY_IPA, 3, 0, 0);
        }
}

static void depth_end(void *context)
{
        struct depth *depth = context;

        realm_destroy(&depth->realm);
        host_destroy(depth->host);
        free(depth);
}

/* ---- the table ----------------------------------------------------------------------------------------------------- */

#define BEGIN(name, ...)                                                                                               \
        static void *name(void)                                                                                        \
        {                                                                                                              \
                return __VA_ARGS__;                                                                                    \
        }
#define CREW_BEGINS(n)                                                                                                 \
        BEGIN(enter_alone_##n, crew_begin(n, CREW_ENTER, CREW_ALONE))                                                  \
        BEGIN(map_alone_##n, crew_begin(n, CREW_MAP, CREW_ALONE))                                                      \
        BEGIN(enter_apart_##n, crew_begin(n, CREW_ENTER, CREW_APART))                                                  \
        BEGIN(enter_together_##n, crew_begin(n, CREW_ENTER, CREW_TOGETHER))                                            \
        BEGIN(map_apart_##n, crew_begin(n, CREW_MAP, CREW_APART))                                                      \
        BEGIN(map_together_##n, crew_begin(n, CREW_MAP, CREW_TOGETHER))
CREW_BEGINS(1)
CREW_BEGINS(2)
CREW_BEGINS(4)
BEGIN(realms_1, realms_begin(1))
BEGIN(realms_10, realms_begin(10))
BEGIN(realms_100, realms_begin(100))
BEGIN(realms_1000, realms_begin(1000))
BEGIN(realms_10000, realms_begin(10000))
BEGIN(recs_enter_1, recs_enter_begin(1))
BEGIN(recs_enter_16, recs_enter_begin(16))
BEGIN(recs_enter_256, recs_enter_begin(256))
BEGIN(recs_enter_1023, recs_enter_begin(1023))
BEGIN(recs_psci_2, recs_psci_begin(2))
BEGIN(recs_psci_16, recs_psci_begin(16))
BEGIN(recs_psci_256, recs_psci_begin(256))
BEGIN(recs_psci_1023, recs_psci_begin(1023))
BEGIN(depth_2, depth_begin(32, 2, 4, false))
BEGIN(depth_3, depth_begin(39, 1, 1, false))
BEGIN(depth_4, depth_begin(48, 0, 1, false))
BEGIN(depth_5, depth_begin(52, -1, 1, true))

#define CREATE_FIGURE(n)                                                                                               \
        static double create_##n(void)                                                                                 \
        {                                                                                                              \
                return rec_create_ns(n);                                                                               \
        }
CREATE_FIGURE(1)
CREATE_FIGURE(16)
CREATE_FIGURE(256)
CREATE_FIGURE(1023)

#define CREW(series, n, what)                                                                                          \
        {                                                                                                              \
                "scale/" #series "/" #n, what, series##_##n, crew_run, crew_end, .no_counters = true, .size = (n)      \
        }
#define CREWS(series, what) CREW(series, 1, what), CREW(series, 2, what), CREW(series, 4, what)

#define REALMS(n, counted)                                                                                             \
        {                                                                                                              \
                "scale/realms_enter/" #n, "entry and exit of a random one of so many Realms", realms_##n,              \
                        realms_enter_run, realms_end, .floors = { FLOORS_OF_SMCS(1), [FLOOR_LOCK_PAIR] = 1 },          \
                                                      .no_counters = !(counted), .size = (n)                           \
        }
#define REALMS_READ(n, counted)                                                                                        \
        {                                                                                                              \
                "scale/realms_read/" #n, "RMI_RTT_READ_ENTRY of a random one of so many Realms", realms_##n,           \
                        realms_read_run, realms_end, .floors = { FLOORS_OF_SMCS(1), [FLOOR_LOCK_PAIR] = 1 },           \
                                                     .no_counters = !(counted), .size = (n)                            \
        }
#define RECS_ENTER(n)                                                                                                  \
        {                                                                                                              \
                "scale/recs_enter/" #n, "entry and exit of a random one of so many RECs of a Realm", recs_enter_##n,   \
                        recs_enter_run, recs_end, .floors = { FLOORS_OF_SMCS(1), [FLOOR_LOCK_PAIR] = 1 }, .size = (n)  \
        }
#define RECS_PSCI(n)                                                                                                   \
        {                                                                                                              \
                "scale/recs_psci/" #n, "PSCI_AFFINITY_INFO of a random one of so many RECs, and RMI_PSCI_COMPLETE",    \
                        recs_psci_##n, recs_psci_run, recs_end,                                                        \
                        .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2 }, .size = (n)                            \
        }
#define RECS_CREATE(n)                                                                                                 \
        {                                                                                                              \
                "scale/recs_create/" #n, "RMI_REC_CREATE of the last of so many RECs of a Realm, not runnable",        \
                        .figure = create_##n, .unit = "ns", .size = (n)                                                \
        }
#define DEPTH(n, from)                                                                                                 \
        {                                                                                                              \
                "scale/depth/" #n, "RMI_RTT_READ_ENTRY at level 3 through so many tables, from level " from,           \
                        depth_##n, depth_run, depth_end, .floors = { FLOORS_OF_SMCS(1), [FLOOR_LOCK_PAIR] = 1 },       \
                                                         .size = (n)                                                   \
        }

static const struct bench_row rows[] = {
        CREWS(enter_alone, "entry and exit on so many threads, each with an instance; time over the entries of all"),
        CREWS(enter_apart, "entry and exit on so many threads, each with a Realm; time over the entries of all"),
        CREWS(enter_together, "entry and exit on so many threads, RECs of one Realm; time over the entries of all"),
        CREWS(map_alone, "map + unmap on so many threads, each with an instance; time over the pairs of all"),
        CREWS(map_apart, "map + unmap on so many threads, each with a Realm; time over the pairs of all"),
        CREWS(map_together, "map + unmap on so many threads, in one Realm; time over the pairs of all"),
        REALMS(1, true),
        REALMS(10, true),
        REALMS(100, true),
        REALMS(1000, false),
        REALMS(10000, false),
        REALMS_READ(1, true),
        REALMS_READ(10, true),
        REALMS_READ(100, true),
        REALMS_READ(1000, false),
        REALMS_READ(10000, false),
        RECS_ENTER(1),
        RECS_ENTER(16),
        RECS_ENTER(256),
        RECS_ENTER(1023),
        RECS_PSCI(2),
        RECS_PSCI(16),
        RECS_PSCI(256),
        RECS_PSCI(1023),
        RECS_CREATE(1),
        RECS_CREATE(16),
        RECS_CREATE(256),
        RECS_CREATE(1023),
        DEPTH(2, "2"),
        DEPTH(3, "1"),
        DEPTH(4, "0"),
        DEPTH(5, "-1"),
        { "scale/memory_instance", "resident memory of an instance that simulates 1 TiB", .figure = memory_of_instance,
          .unit = "bytes" },
        { "scale/memory_granule", "resident memory of a delegated Granule", .figure = memory_of_granule,
          .unit = "bytes" },
        { "scale/memory_realm", "resident memory of a Realm of 5 Granules: RD and 4 tables", .figure = memory_of_realm,
          .unit = "bytes" },
        { "scale/memory_rec", "resident memory of a REC of 17 Granules, of which 16 auxiliary", .figure = memory_of_rec,
          .unit = "bytes" },
        { "scale/memory_guest", "resident memory that a guest function adds, idle on its stack",
          .figure = memory_of_guest, .unit = "bytes" },
};

enum {
        NUM_ROWS = sizeof(rows) / sizeof(rows[0])
};

/* ---- what is said under it ----------------------------------------------------------------------------------------- */

/*
 * All of it from the fastest rounds. Whatever else runs on the machine makes rounds longer and never shorter, and takes CPUs from
 * many threads more than from one.
 */

#define SPEEDUP_GOAL 1.9 /* of two threads on separate Realms */

static size_t series_length(const char *name)
{
        return (size_t)(strrchr(name, '/') - name);
}

static bool same_series(const struct bench_row *a, const struct bench_row *b)
{
        size_t length = series_length(a->name);

        return a->size > 0 && b->size > 0 && length == series_length(b->name) && strncmp(a->name, b->name, length) == 0;
}

static bool counts_threads(const struct bench_row *row)
{
        return row->run == crew_run;
}

/* The row of so many threads that do the same and share nothing; NULL: that is the row itself, or it was not measured. */
static const struct rmmsim_bench_figure *alone(const struct bench_row *row, double size,
                                               const struct rmmsim_bench_figure *figures)
{
        size_t verb = strcspn(row->name, "_");

        for (size_t i = 0; i < NUM_ROWS && &rows[i] != row; i++) {
                if (strncmp(rows[i].name, row->name, verb) == 0 && strncmp(&rows[i].name[verb], "_alone/", 7) == 0 &&
                    rows[i].size == size && figures[i].rounds != 0) {
                        return &figures[i];
                }
        }
        return NULL;
}

/*
 * Two CPUs need not have twice the work in them: they may share a core. What the same code gains where threads share nothing
 * is all that there is to gain.
 */
static void note_speedup(FILE *out, const struct bench_row *row, double speedup,
                         const struct rmmsim_bench_figure *figures)
{
        const struct rmmsim_bench_figure *one = alone(row, 1, figures);
        const struct rmmsim_bench_figure *many = alone(row, row->size, figures);
        long cpus = sysconf(_SC_NPROCESSORS_ONLN);

        fprintf(out, "  %-*.*s %.0f threads: ", 24, (int)series_length(row->name), row->name, row->size);
        if (figures[row - rows].iterations < CREW_OPERATIONS_MIN) {
                fprintf(out, "the machine was too busy to say\n");
                return;
        }
        fprintf(out, "%.2fx the operations of one", speedup);
        if (one != NULL && many != NULL && many->iterations >= CREW_OPERATIONS_MIN) {
                fprintf(out, ", %.2fx with an instance each", one->min_ns / many->min_ns);
        }
        if (row->size > (double)cpus) {
                fprintf(out, ", on %ld CPUs", cpus);
        } else if (strcmp(row->name, "scale/enter_apart/2") == 0) {
                fprintf(out, " (goal: %.1fx, on two cores)", SPEEDUP_GOAL);
        }
        fprintf(out, "\n");
}

/* The series that begins with row `first`; returns where the next begins. */
static size_t note_series(FILE *out, size_t first, const struct rmmsim_bench_figure *figures)
{
        double sizes[NUM_ROWS] = { 0 };
        double costs[NUM_ROWS] = { 0 };
        size_t num = 0;
        size_t i = first;
        struct fit fit;

        for (; i < NUM_ROWS && same_series(&rows[first], &rows[i]); i++) {
                if (figures[i].rounds != 0) {
                        sizes[num] = rows[i].size;
                        costs[num++] = figures[i].min_ns;
                }
                if (counts_threads(&rows[i]) && rows[i].size > 1 && figures[i].rounds != 0 &&
                    figures[first].rounds != 0) {
                        note_speedup(out, &rows[i], figures[first].min_ns / figures[i].min_ns, figures);
                }
        }
        if (!counts_threads(&rows[first]) && fit_power(&fit, sizes, costs, num)) {
                fprintf(out, "  %-*.*s grows as n^%.2f from %.0f to %.0f (R^2 %.2f)", 24,
                        (int)series_length(rows[first].name), rows[first].name, fit.exponent, sizes[0], sizes[num - 1],
                        fit.explained);
                if (num > 2 && fit_power(&fit, &sizes[num - 2], &costs[num - 2], 2)) {
                        fprintf(out, ", as n^%.2f at the end", fit.exponent);
                }
                fprintf(out, "\n");
        }
        return i;
}

static void notes(FILE *out, const struct rmmsim_bench_figure *figures)
{
        for (size_t i = 0; i < NUM_ROWS;) {
                i = rows[i].size > 0 ? note_series(out, i, figures) : i + 1;
        }
}

const struct bench_family family_scale = { "scale", "Scale", rows, NUM_ROWS, notes };
