/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_teardown.c - a generic host takes everything apart, led by what the commands return.
 *
 * It knows which Granules it made RDs and RECs of; tables and Data it finds by walking over the IPA space as deployed hosts do, from
 * `top` to `top`. Every Granule must come back: one that does not is named with the command that took it.
 *
 * Specification: RTT sheet 3.3 and 3.5 (situations), 9 (client expectations).
 */
#include "rmi_machine.h"
#include <inttypes.h>

enum {
        STEPS_MAX = 20000,
        WIDTH_MAX = 52
};

static struct rmmsim_regs act(const struct rmi_machine *machine, unsigned command, uint64_t x1, uint64_t x2,
                              uint64_t x3, uint64_t x4)
{
        struct rmmsim_regs regs = { { rmi_commands[command].fid, x1, x2, x3, x4 } };

        (void)rmmsim_smc(machine->sim, 0, &regs);
        return regs;
}

/* Must succeed: a host has no other way. */
static void must(const struct rmi_machine *machine, unsigned command, uint64_t x1, uint64_t x2, uint64_t x3,
                 uint64_t x4)
{
        struct rmmsim_regs out = act(machine, command, x1, x2, x3, x4);

        if (out.x[0] != RMMSIM_RMI_SUCCESS) {
                const struct rmmsim_refusal *why = rmmsim_why(machine->sim, 0);

                rmi_fail("this cannot be taken apart: %s", why != NULL ? why->sentence : "there is no reason");
        }
}

static void give_back(const struct rmi_machine *machine, uint64_t pa)
{
        must(machine, RMMSIM_COMMAND_rmi_granule_undelegate, pa, 0, 0, 0);
}

static unsigned state_of(const struct rmi_machine *machine, unsigned number, enum rmmsim_state *gpt)
{
        struct rmmsim_granule granule = { 0 };

        (void)rmmsim_granule(machine->sim, &granule, rmi_pa(number));
        *gpt = granule.gpt;
        return granule.state;
}

/* A Granule for the table that a block needs before its pages can be taken away one by one. */
static uint64_t spare(const struct rmi_machine *machine)
{
        for (unsigned i = 0; i < RMI_NUM_DRAM; i++) {
                enum rmmsim_state gpt;
                unsigned state = state_of(machine, i, &gpt);

                if (state == RMMSIM_GRANULE_UNDELEGATED && gpt == RMMSIM_GPT_GPT_NS) {
                        must(machine, RMMSIM_COMMAND_rmi_granule_delegate, rmi_pa(i), 0, 0, 0);
                        return rmi_pa(i);
                }
                if (state == RMMSIM_GRANULE_DELEGATED) {
                        return rmi_pa(i);
                }
        }
        rmi_fail("there is no Granule to take things apart with");
        return 0;
}

static bool goes_on(uint64_t ipa, uint64_t end, unsigned *steps)
{
        if (ipa >= end) {
                return false;
        }
        if (++*steps > STEPS_MAX) {
                rmi_fail("taking things apart does not come to an end");
                return false;
        }
        return true;
}

static void data_away(const struct rmi_machine *machine, uint64_t rd, uint64_t end)
{
        unsigned steps = 0;

        for (uint64_t ipa = 0; goes_on(ipa, end, &steps);) {
                struct rmmsim_regs out = act(machine, RMMSIM_COMMAND_rmi_data_destroy, rd, ipa, 0, 0);
                int level = (int8_t)RMMSIM_RMI_INDEX(out.x[0]);
                bool is_block = RMMSIM_RMI_STATUS(out.x[0]) == RMMSIM_RMI_ERROR_RTT && out.x[2] == ipa && level >= 1 &&
                                level <= 2;

                if (out.x[0] == RMMSIM_RMI_SUCCESS) {
                        give_back(machine, out.x[1]);
                } else if (is_block) {
                        must(machine, RMMSIM_COMMAND_rmi_rtt_create, rd, spare(machine),
                             ipa & ~(rmi_entry_size(level) - 1), (uint64_t)level + 1);
                }
                if (out.x[2] <= ipa && !is_block) {
                        rmi_fail("RMI_DATA_DESTROY does not get past 0x%" PRIx64 ": %s", ipa,
                                 rmmsim_rmi_status_name(out.x[0]));
                        return;
                }
                ipa = out.x[2];
        }
}

/* The tables of a level; those below have gone. */
static void tables_away(const struct rmi_machine *machine, uint64_t rd, uint64_t end, int level)
{
        unsigned steps = 0;

        for (uint64_t ipa = 0; goes_on(ipa, end, &steps);) {
                struct rmmsim_regs out = act(machine, RMMSIM_COMMAND_rmi_rtt_destroy, rd, ipa, (uint64_t)level, 0);
                uint64_t next = out.x[2];

                if (out.x[0] == RMMSIM_RMI_SUCCESS) {
                        give_back(machine, out.x[1]);
                } else if (RMMSIM_RMI_STATUS(out.x[0]) != RMMSIM_RMI_ERROR_RTT ||
                           RMMSIM_RMI_INDEX(out.x[0]) == (unsigned)level) {
                        rmi_fail("the table at 0x%" PRIx64 ", level %d, does not go: %s", ipa, level,
                                 rmmsim_rmi_status_name(out.x[0]));
                        return;
                } else if (next == ipa) {
                        next = ipa + rmi_entry_size(level - 1); /* a block of the host */
                }
                ipa = next;
        }
}

/* Of a Realm that nobody remembers: where its IPA space ends, and where its tables begin. */
static unsigned width_of(const struct rmi_machine *machine, uint64_t rd)
{
        unsigned width = 32;

        while (width < WIDTH_MAX &&
               act(machine, RMMSIM_COMMAND_rmi_rtt_read_entry, rd, UINT64_C(1) << width, 3, 0).x[0] ==
                       RMMSIM_RMI_SUCCESS) {
                width++;
        }
        return width;
}

static int start_of(const struct rmi_machine *machine, uint64_t rd)
{
        int level = 3;

        while (level > -1 && act(machine, RMMSIM_COMMAND_rmi_rtt_read_entry, rd, 0, (uint64_t)(level - 1), 0).x[0] ==
                                     RMMSIM_RMI_SUCCESS) {
                level--;
        }
        return level;
}

static void realm_away(const struct rmi_machine *machine, uint64_t rd)
{
        uint64_t end = UINT64_C(1) << width_of(machine, rd);

        data_away(machine, rd, end / 2);
        for (int level = 3, start = start_of(machine, rd); level > start; level--) {
                tables_away(machine, rd, end, level);
        }
        must(machine, RMMSIM_COMMAND_rmi_realm_destroy, rd, 0, 0, 0);
}

/* Do to all Granules in a state what takes them out of it. */
static void each(const struct rmi_machine *machine, unsigned wanted,
                 void (*away)(const struct rmi_machine *machine, uint64_t pa))
{
        for (unsigned i = 0; i < machine->start.num_granules; i++) {
                enum rmmsim_state gpt;

                if (state_of(machine, i, &gpt) == wanted) {
                        away(machine, rmi_pa(i));
                }
        }
}

static void rec_away(const struct rmi_machine *machine, uint64_t pa)
{
        must(machine, RMMSIM_COMMAND_rmi_rec_destroy, pa, 0, 0, 0);
}

void rmi_machine_tear_down(const struct rmi_machine *machine)
{
        struct rmmsim_granule granule;
        uint64_t pa;

        each(machine, RMMSIM_GRANULE_REC, rec_away);
        each(machine, RMMSIM_GRANULE_RD, realm_away);
        each(machine, RMMSIM_GRANULE_DELEGATED, give_back);
        if (rmmsim_next_delegated(machine->sim, &pa, 0) && rmmsim_granule(machine->sim, &granule, pa) == 0) {
                rmi_fail("0x%" PRIx64 " has not come back: %s made it %s", pa, rmmsim_command_name(granule.taker),
                         rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state));
        }
}
