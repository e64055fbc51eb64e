/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rec.c - from the host's entry to the Realm's exit and back, for each reason to exit.
 *
 * The host does what a minimal host must for that exit and no more: it looks at the fields of the run page that tell it what
 * to do, and writes those that the next entry reads. Rows end in /c where the Realm's program is a function on a stack of its
 * own, in /step where it is a step function, and the difference is the stack switch.
 */
#include "rec.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- worlds -------------------------------------------------------------------------------------------------------- */

static void bind(const struct rec_world *world, uint64_t ipa, const struct rec_program *program, bool step)
{
        struct rmmsim *sim = world->host->sim;
        int error = step ? rmmsim_guest_bind_step(sim, world->realm.rd, ipa, program->step, (void *)(uintptr_t)world)
                         : rmmsim_guest_bind(sim, world->realm.rd, ipa, program->fn, (void *)(uintptr_t)world);

        if (error != 0) {
                host_fail(world->host, 0, "binding a guest");
        }
}

struct rec_world *rec_world_in(struct host *host, const struct rec_program *program, bool step)
{
        struct rec_world *world = calloc(1, sizeof(*world));

        if (world == NULL) {
                abort();
        }
        world->host = host;
        realm_create(&world->realm, host, NULL);
        realm_ram(&world->realm, ENTRY_IPA, ENTRY_IPA + PAGE);
        realm_ram(&world->realm, RAM_IPA, RAM_IPA + 2 * PAGE);
        (void)realm_data(&world->realm, ENTRY_IPA);
        (void)realm_data(&world->realm, RAM_IPA);
        realm_tables(&world->realm, SHARED_IPA, 3);
        (void)realm_rec(&world->realm);
        world->second = realm_rec(&world->realm);
        realm_activate(&world->realm);
        bind(world, ENTRY_IPA, program, step);
        bind(world, SECOND_PC, &program_off, step);
        world->pages = host_pages(host, 2, PAGE);
        world->run = realm_run_page(&world->realm);
        return world;
}

struct rec_world *rec_world_new(const struct rec_program *program, bool step)
{
        return rec_world_in(host_create(&(struct host_shape){ .guest_quantum = program->quantum }), program, step);
}

void rec_world_end(void *context)
{
        struct rec_world *world = context;

        realm_destroy(&world->realm);
        host_destroy(world->host);
        free(world);
}

/* ---- exits that need no answer ------------------------------------------------------------------------------------- */

static void irq_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;

        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_IRQ);
        }
}

static void fiq_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;

        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_FIQ);
        }
}

/* The interrupt is there before the entry: the RMM's own way in and out, without a guest. */
static void irq_pending_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;

        while (n-- != 0) {
                rmmsim_irq_raise(world->host->sim, 0);
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_IRQ);
        }
}

static void expect_syndrome(const struct rec_world *world, uint64_t class)
{
        if (__builtin_expect(world->run->exit.esr >> 26 != class, 0)) {
                host_fail(world->host, 0, "an exit with another syndrome");
        }
}

enum {
        CLASS_WFX = 0x01,
        CLASS_DATA_ABORT = 0x24
};

static void wfi_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;

        world->run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_SYNC);
                expect_syndrome(world, CLASS_WFX);
        }
}

/* ---- calls ---------------------------------------------------------------------------------------------------------- */

/* The host takes all registers and answers with all. */
static void host_call_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;
        uint64_t gprs[31] = { 0 };

        while (n-- != 0) {
                memcpy(world->run->enter.gprs, gprs, sizeof(gprs));
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_HOST_CALL);
                memcpy(gprs, world->run->exit.gprs, sizeof(gprs));
        }
}

static void psci_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_PSCI);
                if (world->run->exit.gprs[0] != RMMSIM_PSCI_CPU_ON || world->run->exit.gprs[1] != 1) {
                        host_fail(world->host, 0, "another PSCI request");
                }
                smc(world->host, &regs, RMMSIM_RMI_PSCI_COMPLETE, world->realm.rec, world->second,
                    (uint64_t)RMMSIM_PSCI_DENIED, 0, 0);
        }
}

/* The second vCPU starts, turns itself off, and can be turned on again. */
static void cpu_on_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_PSCI);
                smc(world->host, &regs, RMMSIM_RMI_PSCI_COMPLETE, world->realm.rec, world->second, RMMSIM_PSCI_SUCCESS,
                    0, 0);
                rec_enter(world, world->second, RMMSIM_EXIT_PSCI);
                if (world->run->exit.gprs[0] != RMMSIM_PSCI_CPU_OFF) {
                        host_fail(world->host, 0, "another PSCI function than CPU_OFF");
                }
        }
}

static void ripas_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;
        const struct rmmsim_rec_exit *exit = &world->run->exit;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_RIPAS_CHANGE);
                smc(world->host, &regs, RMMSIM_RMI_RTT_SET_RIPAS, world->realm.rd, world->realm.rec, exit->ripas_base,
                    exit->ripas_top, 0);
        }
}

/* ---- aborts -------------------------------------------------------------------------------------------------------- */

static uint64_t fault_ipa(const struct rmmsim_rec_exit *exit)
{
        return exit->hpfar >> 4 << 12;
}

/* Of the first entry too, which has nothing to emulate yet: so one is made before. */
static void mmio_run(void *context, uint64_t n)
{
        struct rec_world *world = context;

        if (world->turn == 0) {
                world->turn = 1;
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_SYNC);
                world->run->enter.flags = RMMSIM_ENTER_EMUL_MMIO;
        }
        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_SYNC);
                expect_syndrome(world, CLASS_DATA_ABORT);
                if (fault_ipa(&world->run->exit) != MMIO_IPA) {
                        host_fail(world->host, 0, "an access to another device");
                }
                /* The device: what was written is what is read. */
                world->run->enter.gprs[0] = world->run->exit.gprs[0];
        }
}

/* The host finds nothing to do and lets the Realm try again. */
static void abort_again_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;

        while (n-- != 0) {
                rec_enter(world, world->realm.rec, RMMSIM_EXIT_SYNC);
                expect_syndrome(world, CLASS_DATA_ABORT);
        }
}

/* The host maps the page that was touched, and takes back the one that it mapped before. */
static void abort_run(void *context, uint64_t n)
{
        struct rec_world *world = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                uint64_t ipa;

                rec_enter(world, world->realm.rec, RMMSIM_EXIT_SYNC);
                expect_syndrome(world, CLASS_DATA_ABORT);
                ipa = fault_ipa(&world->run->exit);
                smc(world->host, &regs, RMMSIM_RMI_RTT_MAP_UNPROTECTED, world->realm.rd, ipa, 3,
                    shared_desc(world->pages + (ipa & PAGE)), 0);
                if (world->left != 0) {
                        smc(world->host, &regs, RMMSIM_RMI_RTT_UNMAP_UNPROTECTED, world->realm.rd, ipa ^ PAGE, 3, 0, 0);
                }
                world->left = ipa;
        }
}

/* A page that the Realm uses, gives up and takes again: memory goes to it when it is touched, and comes back to the host. */
static void balloon_run(void *context, uint64_t n)
{
        const struct rec_world *world = context;
        const struct host *host = world->host;
        const struct rmmsim_rec_exit *exit = &world->run->exit;
        uint64_t rd = world->realm.rd;
        uint64_t rec = world->realm.rec;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                rec_enter(world, rec, RMMSIM_EXIT_SYNC);
                expect_syndrome(world, CLASS_DATA_ABORT);
                smc(host, &regs, RMMSIM_RMI_GRANULE_DELEGATE, world->pages, 0, 0, 0, 0);
                smc(host, &regs, RMMSIM_RMI_DATA_CREATE_UNKNOWN, rd, world->pages, fault_ipa(exit), 0, 0);
                rec_enter(world, rec, RMMSIM_EXIT_RIPAS_CHANGE);
                smc(host, &regs, RMMSIM_RMI_RTT_SET_RIPAS, rd, rec, exit->ripas_base, exit->ripas_top, 0);
                smc(host, &regs, RMMSIM_RMI_DATA_DESTROY, rd, exit->ripas_base, 0, 0, 0);
                smc(host, &regs, RMMSIM_RMI_GRANULE_UNDELEGATE, world->pages, 0, 0, 0, 0);
                rec_enter(world, rec, RMMSIM_EXIT_RIPAS_CHANGE);
                smc(host, &regs, RMMSIM_RMI_RTT_SET_RIPAS, rd, rec, exit->ripas_base, exit->ripas_top, 0);
        }
}

static void abort_end(void *context)
{
        struct rec_world *world = context;

        if (world->left != 0) {
                RMI(world->host, rmi_rtt_unmap_unprotected, .rd = world->realm.rd, .ipa = world->left, .level = 3);
        }
        rec_world_end(world);
}

/* ---- calls that the RMM answers ------------------------------------------------------------------------------------ */

static void *rsi_begin(uint64_t calls, bool step)
{
        struct rec_world *world = rec_world_new(&program_rsi, step);

        world->calls = calls;
        world->left = calls;
        return world;
}

/* One entry in which the guest makes n calls: what one more call costs. */
static void rsi_call_run(void *context, uint64_t n)
{
        struct rec_world *world = context;

        world->calls = n;
        world->left = n; /* a function that has exited takes it from `calls`, a step function goes on from here */
        rec_enter(world, world->realm.rec, RMMSIM_EXIT_IRQ);
}

/* ---- the first entry ----------------------------------------------------------------------------------------------- */

static double now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

enum {
        FIRST_REALMS = 200,
        FIRST_ROUNDS = 15
};

/*
 * Of each of many Realms the first entry, which ends before the guest's first instruction has: what it costs to fetch, find
 * the program and give it a stack. No loop can do it again, so this is the least of some rounds over fresh Realms.
 */
static double first_entry(bool step)
{
        struct rec_world *worlds[FIRST_REALMS];
        double least = 0;

        for (int round = 0; round < FIRST_ROUNDS; round++) {
                struct host *host = host_create(NULL);
                double begin;
                double each;

                for (int i = 0; i < FIRST_REALMS; i++) {
                        worlds[i] = rec_world_in(host, &program_idle, step);
                }
                begin = now_ns();
                for (int i = 0; i < FIRST_REALMS; i++) {
                        rec_enter(worlds[i], worlds[i]->realm.rec, RMMSIM_EXIT_IRQ);
                }
                each = (now_ns() - begin) / FIRST_REALMS;
                least = round == 0 || each < least ? each : least;
                for (int i = 0; i < FIRST_REALMS; i++) {
                        realm_destroy(&worlds[i]->realm);
                        free(worlds[i]);
                }
                host_destroy(host);
        }
        return least;
}

static double first_entry_c(void)
{
        return first_entry(false);
}

static double first_entry_step(void)
{
        return first_entry(true);
}

/* ---- the table ----------------------------------------------------------------------------------------------------- */

#define BEGINS(name, program)                                                                                          \
        static void *name##_c(void)                                                                                    \
        {                                                                                                              \
                return rec_world_new(&program, false);                                                                 \
        }                                                                                                              \
        static void *name##_step(void)                                                                                 \
        {                                                                                                              \
                return rec_world_new(&program, true);                                                                  \
        }
BEGINS(irq, program_irq)
BEGINS(idle, program_idle)
BEGINS(fiq, program_fiq)
BEGINS(host_call, program_host_call)
BEGINS(psci, program_psci)
BEGINS(ripas, program_ripas)
BEGINS(mmio_read, program_mmio_read)
BEGINS(mmio_write, program_mmio_write)
BEGINS(abort, program_abort)
BEGINS(balloon, program_balloon)

#define RSI_BEGINS(k)                                                                                                  \
        static void *rsi_##k##_c(void)                                                                                 \
        {                                                                                                              \
                return rsi_begin(k, false);                                                                            \
        }                                                                                                              \
        static void *rsi_##k##_step(void)                                                                              \
        {                                                                                                              \
                return rsi_begin(k, true);                                                                             \
        }
RSI_BEGINS(0)
RSI_BEGINS(1)
RSI_BEGINS(16)
RSI_BEGINS(256)

/*
 * Floors of an entry: the call, 31 registers, one lock for the REC's way from READY to RUNNING, and the switch to the guest and
 * back, which for a step function is a call. More of each by row.
 */
#define ROWS(name, what, begin, run, end, smcs, registers, switches, goal)                                             \
        { "rec/" name "/c",                                                                                            \
          what "; function",                                                                                           \
          begin##_c,                                                                                                   \
          run,                                                                                                         \
          end,                                                                                                         \
          .floors = { [FLOOR_CALL] = (smcs),                                                                           \
                      [FLOOR_REGISTERS] = (registers),                                                                 \
                      [FLOOR_LOCK_PAIR] = (smcs),                                                                      \
                      [FLOOR_SWITCH] = (switches) },                                                                   \
          .goal_ns = (goal) },                                                                                         \
        {                                                                                                              \
                "rec/" name "/step", what "; step function", begin##_step, run, end,                                   \
                        .floors = { [FLOOR_CALL] = (smcs) + (switches),                                                \
                                    [FLOOR_REGISTERS] = (registers),                                                   \
                                    [FLOOR_LOCK_PAIR] = (smcs) },                                                      \
                        .goal_ns = (goal)                                                                              \
        }

static const struct bench_row rows[] = {
        ROWS("irq", "IRQ: the guest is interrupted after one instruction", irq, irq_run, rec_world_end, 1, 1, 1, 90),
        { "rec/irq_pending", "IRQ that is pending at the entry: no guest runs", idle_c, irq_pending_run, rec_world_end,
          .floors = { [FLOOR_CALL] = 2, [FLOOR_REGISTERS] = 1, [FLOOR_LOCK_PAIR] = 1 } },
        ROWS("idle", "IRQ: the guest idles in WFI that is not trapped", idle, irq_run, rec_world_end, 1, 1, 1, 0),
        ROWS("fiq", "FIQ, raised while the guest runs", fiq, fiq_run, rec_world_end, 1, 1, 1, 0),
        ROWS("host_call", "host call, 31 registers each way", host_call, host_call_run, rec_world_end, 1, 2, 1, 110),
        ROWS("psci", "PSCI_CPU_ON, denied by RMI_PSCI_COMPLETE", psci, psci_run, rec_world_end, 2, 1.6, 1, 0),
        ROWS("cpu_on", "PSCI_CPU_ON, RMI_PSCI_COMPLETE, the start of the other vCPU and its CPU_OFF", psci, cpu_on_run,
             rec_world_end, 3, 2.6, 2, 0),
        ROWS("ripas", "RIPAS change of a page, by RMI_RTT_SET_RIPAS", ripas, ripas_run, rec_world_end, 2, 1.6, 1, 0),
        ROWS("mmio_read", "MMIO read, emulated", mmio_read, mmio_run, rec_world_end, 1, 1, 1, 0),
        ROWS("mmio_write", "MMIO write, emulated", mmio_write, mmio_run, rec_world_end, 1, 1, 1, 0),
        ROWS("abort", "data abort, resolved by mapping the page (and taking back the one before)", abort, abort_run,
             abort_end, 3, 2.2, 1, 0),
        ROWS("abort_again", "data abort, not resolved: the access is made again", abort, abort_again_run, rec_world_end,
             1, 1, 1, 0),
        ROWS("balloon", "a page touched, resolved by RMI_DATA_CREATE_UNKNOWN, given up, taken again: 3 exits", balloon,
             balloon_run, rec_world_end, 9, 3 + 6 * 0.6, 3, 0),
        ROWS("wfi", "WFI, trapped", idle, wfi_run, rec_world_end, 1, 1, 1, 0),
        ROWS("rsi/0", "no RSI call, then idle", rsi_0, irq_run, rec_world_end, 1, 1, 1, 0),
        ROWS("rsi/1", "1 RSI call, then idle", rsi_1, irq_run, rec_world_end, 1, 1.6, 1, 0),
        ROWS("rsi/16", "16 RSI calls, then idle", rsi_16, irq_run, rec_world_end, 1, 1 + 16 * 0.6, 1, 0),
        ROWS("rsi/256", "256 RSI calls, then idle", rsi_256, irq_run, rec_world_end, 1, 1 + 256 * 0.6, 1, 0),
        { "rec/rsi_call/c", "one more RSI call inside a long entry; function", rsi_0_c, rsi_call_run, rec_world_end,
          .floors = { FLOORS_OF_SMCS(1) }, .goal_ns = 40 },
        { "rec/rsi_call/step", "one more RSI call inside a long entry; step function", rsi_0_step, rsi_call_run,
          rec_world_end, .floors = { [FLOOR_CALL] = 2, [FLOOR_REGISTERS] = 18.0 / 31 }, .goal_ns = 40 },
        { "rec/first_entry/c", "the first entry of a REC; function", .figure = first_entry_c, .unit = "ns" },
        { "rec/first_entry/step", "the first entry of a REC; step function", .figure = first_entry_step, .unit = "ns" },
};

const struct bench_family family_rec = { "rec", "REC entry, exit and what the host does between", rows,
                                         sizeof(rows) / sizeof(rows[0]) };
