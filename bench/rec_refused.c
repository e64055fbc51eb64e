/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rec_refused.c - an entry that is refused, for each condition that can be met again and again.
 *
 * Rows are named as the conditions of RMI_REC_ENTER are in spec/rmi.def. A REC that is running can only be entered from
 * another PE: there its own guest plays the host.
 */
#include "rec.h"
#include <stdlib.h>
#include <string.h>

struct refusal_world {
        struct host *host;
        struct realm realm;
        struct rmmsim_rec_run *run;
        uint64_t rec; /* what RMI_REC_ENTER is given */
        uint64_t run_pa;
        uint64_t x0; /* what it must answer */
        const char *condition;
        uint64_t delegated; /* a Granule that is only delegated, 0: none */
        uint64_t left;
};

static void check(const struct refusal_world *world, unsigned pe, uint64_t x0)
{
        if (__builtin_expect(x0 != world->x0, 0)) {
                host_fail(world->host, pe, world->condition);
        }
}

/* Once, thoroughly: a refusal for another reason would be measured as well. */
static void check_condition(const struct refusal_world *world, unsigned pe)
{
        const struct rmmsim_refusal *why = rmmsim_why(world->host->sim, pe);

        if (why == NULL || strcmp(why->condition, world->condition) != 0) {
                host_fail(world->host, pe, world->condition);
        }
}

static void refused_run(void *context, uint64_t n)
{
        const struct refusal_world *world = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                check(world, 0,
                      smc_on(world->host->sim, 0, &regs, RMMSIM_RMI_REC_ENTER, world->rec, world->run_pa, 0, 0, 0));
        }
        check_condition(world, 0);
}

static void enter_once(const struct refusal_world *world)
{
        RMI(world->host, rmi_rec_enter, .rec = world->rec, .run_ptr = world->run_pa);
}

static void end(void *context)
{
        struct refusal_world *world = context;

        if (world->delegated != 0) {
                RMI(world->host, rmi_granule_undelegate, .addr = world->delegated);
        }
        realm_destroy(&world->realm);
        host_destroy(world->host);
        free(world);
}

static struct refusal_world *world_new(const char *condition, enum rmmsim_rmi_status status, bool active,
                                       rmmsim_guest_fn *fn, uint64_t quirks)
{
        struct refusal_world *world = calloc(1, sizeof(*world));

        if (world == NULL) {
                abort();
        }
        world->host = host_create(&(struct host_shape){ .num_pes = 2, .quirks = quirks });
        realm_new(&world->realm, world->host, 2);
        if (active) {
                realm_activate(&world->realm);
        }
        if (fn != NULL && rmmsim_guest_bind(world->host->sim, world->realm.rd, ENTRY_IPA, fn, world) != 0) {
                host_fail(world->host, 0, "binding a guest");
        }
        world->rec = world->realm.rec;
        world->run_pa = world->realm.run;
        world->run = realm_run_page(&world->realm);
        world->condition = condition;
        world->x0 = status;
        return world;
}

/* ---- what is wrong with the addresses ------------------------------------------------------------------------------ */

static void *run_align(void)
{
        struct refusal_world *world = world_new("run_align", RMMSIM_RMI_ERROR_INPUT, true, NULL, 0);

        world->run_pa += 8;
        return world;
}

static void *run_bound(void)
{
        struct refusal_world *world = world_new("run_bound", RMMSIM_RMI_ERROR_INPUT, true, NULL, 0);

        world->run_pa = NOWHERE;
        return world;
}

static void *run_pas(void)
{
        struct refusal_world *world = world_new("run_pas", RMMSIM_RMI_ERROR_INPUT, true, NULL, 0);

        world->delegated = world->run_pa = host_delegated(world->host);
        return world;
}

static void *rec_align(void)
{
        struct refusal_world *world = world_new("rec_align", RMMSIM_RMI_ERROR_INPUT, true, NULL, 0);

        world->rec += 8;
        return world;
}

static void *rec_bound(void)
{
        struct refusal_world *world = world_new("rec_bound", RMMSIM_RMI_ERROR_INPUT, true, NULL, 0);

        world->rec = NOWHERE;
        return world;
}

static void *rec_gran_state(void)
{
        struct refusal_world *world = world_new("rec_gran_state", RMMSIM_RMI_ERROR_INPUT, true, NULL, 0);

        world->rec = world->realm.rd;
        return world;
}

/* ---- what is wrong with the REC or its Realm ----------------------------------------------------------------------- */

static void *realm_is_new(void)
{
        return world_new("realm_new", RMMSIM_RMI_ERROR_REALM, false, NULL, 0);
}

static void off_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_PSCI_SYSTEM_OFF } };

        (void)arg;
        rmmsim_guest_smc(vcpu, &regs);
}

static void *system_off(void)
{
        struct refusal_world *world = world_new("system_off", RMMSIM_RMI_ERROR_REALM, true, off_fn, 0);

        enter_once(world);
        world->x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_REALM, 1);
        return world;
}

/* The second REC was created off. */
static void *rec_runnable(void)
{
        struct refusal_world *world = world_new("rec_runnable", RMMSIM_RMI_ERROR_REC, true, NULL, 0);

        world->rec = world->realm.last_rec;
        return world;
}

static void cpu_on_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct rmmsim_regs regs = { .x = { RMMSIM_PSCI_CPU_ON, 1, ENTRY_IPA } };

        (void)arg;
        rmmsim_guest_smc(vcpu, &regs);
}

static void *rec_psci(void)
{
        struct refusal_world *world = world_new("rec_psci", RMMSIM_RMI_ERROR_REC, true, cpu_on_fn, 0);

        enter_once(world);
        return world;
}

/* ---- what is wrong with the run page ------------------------------------------------------------------------------- */

static void *rec_gicv3(void)
{
        struct refusal_world *world = world_new("rec_gicv3", RMMSIM_RMI_ERROR_REC, true, NULL, 0);

        world->run->enter.gicv3_lrs[3] = UINT64_C(0x6000000000000005); /* the HW bit: of the last of four */
        return world;
}

static void *rec_mmio(void)
{
        struct refusal_world *world = world_new("rec_mmio", RMMSIM_RMI_ERROR_REC, true, NULL, 0);

        world->run->enter.flags = RMMSIM_ENTER_EMUL_MMIO;
        return world;
}

static void *rec_sea(void)
{
        struct refusal_world *world =
                world_new("rec_sea", RMMSIM_RMI_ERROR_REC, true, NULL, RMMSIM_QUIRK_inject_sea_checked);

        world->run->enter.flags = RMMSIM_ENTER_INJECT_SEA;
        return world;
}

/* ---- what goes wrong meanwhile ------------------------------------------------------------------------------------- */

/* The guest, as a host on the other PE, tries to enter the REC that it runs on. */
static void rec_state_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct refusal_world *world = arg;
        struct rmmsim_regs regs;

        for (;;) {
                for (; world->left != 0; world->left--) {
                        check(world, 1,
                              smc_on(world->host->sim, 1, &regs, RMMSIM_RMI_REC_ENTER, world->rec, world->run_pa, 0, 0,
                                     0));
                }
                check_condition(world, 1);
                rmmsim_guest_wfi(vcpu);
        }
}

static void *rec_state(void)
{
        return world_new("rec_state", RMMSIM_RMI_ERROR_REC, true, rec_state_fn, 0);
}

static void rec_state_run(void *context, uint64_t n)
{
        struct refusal_world *world = context;

        world->left = n;
        enter_once(world);
}

/* The run page is gone when the REC exits: the guest, as a host on the other PE, has delegated it. */
static void run_gone_fn(struct rmmsim_vcpu *vcpu, void *arg)
{
        const struct refusal_world *world = arg;
        struct rmmsim_regs regs;

        for (;;) {
                (void)smc_on(world->host->sim, 1, &regs, RMMSIM_RMI_GRANULE_DELEGATE, world->run_pa, 0, 0, 0, 0);
                rmmsim_guest_wfi(vcpu);
        }
}

static void *run_gone(void)
{
        return world_new("run_pas", RMMSIM_RMI_ERROR_INPUT, true, run_gone_fn, 0);
}

static void run_gone_run(void *context, uint64_t n)
{
        const struct refusal_world *world = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                check(world, 0,
                      smc_on(world->host->sim, 0, &regs, RMMSIM_RMI_REC_ENTER, world->rec, world->run_pa, 0, 0, 0));
                if (n == 0) {
                        check_condition(world, 0);
                }
                smc(world->host, &regs, RMMSIM_RMI_GRANULE_UNDELEGATE, world->run_pa, 0, 0, 0, 0);
        }
}

/* ---- the table ----------------------------------------------------------------------------------------------------- */

/* Those that know it from the addresses need no lock. */
#define ROW(name, what, begin, locks)                                                                                  \
        {                                                                                                              \
                "refused/" name, what, begin, refused_run, end, .floors = {                                            \
                        FLOORS_OF_SMCS(1),                                                                             \
                        [FLOOR_LOCK_PAIR] = (locks)                                                                    \
                }                                                                                                      \
        }

static const struct bench_row rows[] = {
        ROW("run_align", "a run page that is not aligned", run_align, 0),
        ROW("run_bound", "a run page outside memory", run_bound, 0),
        ROW("run_pas", "a run page that is delegated", run_pas, 0),
        ROW("rec_align", "a REC that is not aligned", rec_align, 0),
        ROW("rec_bound", "a REC outside memory", rec_bound, 0),
        ROW("rec_gran_state", "an RD where a REC is expected", rec_gran_state, 0),
        { "refused/rec_state", "a REC that runs, from another PE", rec_state, rec_state_run, end,
          .floors = { FLOORS_OF_SMCS(1), [FLOOR_LOCK_PAIR] = 1 } },
        ROW("realm_new", "a Realm that is not active", realm_is_new, 1),
        ROW("system_off", "a Realm that has turned itself off", system_off, 1),
        ROW("rec_runnable", "a REC that is off", rec_runnable, 1),
        ROW("rec_psci", "a REC that waits for RMI_PSCI_COMPLETE", rec_psci, 1),
        ROW("rec_gicv3", "a list register with the HW bit", rec_gicv3, 1),
        ROW("rec_sea", "an SEA after no abort, under the quirk that refuses it", rec_sea, 1),
        ROW("rec_mmio", "an emulated access after no abort", rec_mmio, 1),
        { "refused/run_gone", "a run page that is delegated meanwhile: entry and exit, and both ways of the page",
          run_gone, run_gone_run, end,
          .floors = { FLOORS_OF_SMCS(3), [FLOOR_LOCK_PAIR] = 3, [FLOOR_SWITCH] = 1, [FLOOR_ZERO_4K] = 1 } },
};

const struct bench_family family_refused = { "refused", "RMI_REC_ENTER refused, by condition", rows,
                                             sizeof(rows) / sizeof(rows[0]) };
