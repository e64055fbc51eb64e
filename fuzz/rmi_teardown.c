/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_teardown.c - a generic host takes everything apart, led by what the commands return.
 *
 * It knows which Granules it made RDs and RECs of; tables and Data it finds by walking over the IPA space as deployed hosts do, from
 * `top` to `top`. Every Granule must come back: one that does not is named with the command that took it.
 *
 * Specification: RTT sheet 3.3 and 3.5 (situations), 9 (client expectations).
 */
#include "fuzz.h"
#include "rmi_machine.h"
#include <inttypes.h>

enum {
        STEPS_MAX = 20000
};

static struct rmmsim_regs act(struct rmi_machine *machine, unsigned command, uint64_t x1, uint64_t x2, uint64_t x3,
                              uint64_t x4)
{
        struct rmi_call call = { .command = command,
                                 .page = RMI_NOWHERE,
                                 .in = { { rmi_commands[command].fid, x1, x2, x3, x4 } } };

        return rmi_machine_do(machine, &call);
}

/* Must succeed: a host has no other way. */
static struct rmmsim_regs must(struct rmi_machine *machine, unsigned command, uint64_t x1, uint64_t x2, uint64_t x3,
                               uint64_t x4)
{
        struct rmmsim_regs out = act(machine, command, x1, x2, x3, x4);

        if (out.x[0] != RMMSIM_RMI_SUCCESS) {
                const struct rmmsim_refusal *why = rmmsim_why(machine->sim, 0);

                fuzz_fail("nothing can be taken apart: %s", why != NULL ? why->sentence : "no reason");
        }
        return out;
}

static void give_back(struct rmi_machine *machine, uint64_t pa)
{
        (void)must(machine, RMMSIM_COMMAND_rmi_granule_undelegate, pa, 0, 0, 0);
}

/* A Granule for the table that a block needs before its pages can be taken away one by one. */
static uint64_t spare(struct rmi_machine *machine)
{
        for (unsigned i = RMI_NUM_HOST; i < RMI_NUM_DRAM; i++) {
                const struct rmi_granule *granule = &machine->shadow.granules[i];

                if (granule->state == RMMSIM_GRANULE_DELEGATED) {
                        return rmi_pa(i);
                }
                if (granule->state == RMMSIM_GRANULE_UNDELEGATED && granule->gpt == RMMSIM_GPT_GPT_NS) {
                        (void)must(machine, RMMSIM_COMMAND_rmi_granule_delegate, rmi_pa(i), 0, 0, 0);
                        return rmi_pa(i);
                }
        }
        fuzz_fail("there is no Granule to take things apart with");
        return 0;
}

static bool goes_on(uint64_t ipa, uint64_t end, unsigned *steps)
{
        if (ipa >= end) {
                return false;
        }
        if (++*steps > STEPS_MAX) {
                fuzz_fail("taking things apart does not come to an end");
                return false;
        }
        return true;
}

static void data_away(struct rmi_machine *machine, uint64_t rd, uint64_t end)
{
        unsigned steps = 0;

        for (uint64_t ipa = 0; goes_on(ipa, end, &steps);) {
                struct rmmsim_regs out = act(machine, RMMSIM_COMMAND_rmi_data_destroy, rd, ipa, 0, 0);
                int level = (int)RMMSIM_RMI_INDEX(out.x[0]);

                if (out.x[0] == RMMSIM_RMI_SUCCESS) {
                        give_back(machine, out.x[1]);
                } else if (RMMSIM_RMI_STATUS(out.x[0]) != RMMSIM_RMI_ERROR_RTT) {
                        fuzz_fail("Data cannot be taken away: %s", rmmsim_rmi_status_name(out.x[0]));
                        return;
                } else if (out.x[2] == ipa) {
                        (void)must(machine, RMMSIM_COMMAND_rmi_rtt_create, rd, spare(machine),
                                   ipa & ~(rmi_entry_size(level) - 1), (uint64_t)level + 1);
                }
                if (out.x[2] < ipa || (out.x[2] == ipa && level > 2)) {
                        fuzz_fail("RMI_DATA_DESTROY does not get past 0x%" PRIx64, ipa);
                        return;
                }
                ipa = out.x[2];
        }
}

/* The tables of a level; those below have gone. */
static void tables_away(struct rmi_machine *machine, uint64_t rd, uint64_t end, int level)
{
        unsigned steps = 0;

        for (uint64_t ipa = 0; goes_on(ipa, end, &steps);) {
                struct rmmsim_regs out = act(machine, RMMSIM_COMMAND_rmi_rtt_destroy, rd, ipa, (uint64_t)level, 0);
                uint64_t next = out.x[2];

                if (out.x[0] == RMMSIM_RMI_SUCCESS) {
                        give_back(machine, out.x[1]);
                } else if (RMMSIM_RMI_STATUS(out.x[0]) != RMMSIM_RMI_ERROR_RTT ||
                           RMMSIM_RMI_INDEX(out.x[0]) == (unsigned)level) {
                        fuzz_fail("the table at 0x%" PRIx64 ", level %d, does not go: %s", ipa, level,
                                  rmmsim_rmi_status_name(out.x[0]));
                        return;
                } else if (next == ipa) {
                        next = ipa + rmi_entry_size(level - 1); /* a block of the host */
                }
                ipa = next;
        }
}

static void realm_away(struct rmi_machine *machine, const struct rmi_realm *realm)
{
        struct rmi_realm was = *realm;
        uint64_t rd = rmi_pa((unsigned)was.rd);
        uint64_t end = UINT64_C(1) << was.width;

        for (unsigned i = 0; i < RMI_RECS_MAX; i++) {
                const struct rmi_rec rec = machine->shadow.recs[i];

                if (rec.granule == RMI_NOWHERE || &machine->shadow.realms[rec.realm] != realm) {
                        continue;
                }
                (void)must(machine, RMMSIM_COMMAND_rmi_rec_destroy, rmi_pa((unsigned)rec.granule), 0, 0, 0);
                give_back(machine, rmi_pa((unsigned)rec.granule));
                for (unsigned n = 0; n < RMI_NUM_AUX; n++) {
                        give_back(machine, rmi_pa((unsigned)rec.aux[n]));
                }
        }
        data_away(machine, rd, end / 2);
        for (int level = 3; level > was.start; level--) {
                tables_away(machine, rd, end, level);
        }
        (void)must(machine, RMMSIM_COMMAND_rmi_realm_destroy, rd, 0, 0, 0);
        for (unsigned i = 0; i < was.num_roots; i++) {
                give_back(machine, rmi_pa((unsigned)was.root + i));
        }
        give_back(machine, rd);
}

void rmi_machine_tear_down(struct rmi_machine *machine)
{
        struct rmmsim_granule granule;
        uint64_t pa;

        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                if (machine->shadow.realms[i].rd != RMI_NOWHERE) {
                        realm_away(machine, &machine->shadow.realms[i]);
                }
        }
        for (unsigned i = 0; i < machine->shadow.num_granules; i++) {
                if (machine->shadow.granules[i].state == RMMSIM_GRANULE_DELEGATED) {
                        give_back(machine, rmi_pa(i));
                }
        }
        if (rmmsim_next_delegated(machine->sim, &pa, 0) && rmmsim_granule(machine->sim, &granule, pa) == 0) {
                fuzz_fail("0x%" PRIx64 " has not come back: %s made it %s", pa, rmmsim_command_name(granule.taker),
                          rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state));
        }
}
