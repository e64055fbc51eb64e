/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_count.c - what the PEs have counted, put together.
 *
 * A PE counts what costs it next to nothing (struct pe_statistics). What follows from that is worked out here: which status a
 * condition means, that what was not refused succeeded, how many Granules a command changes.
 */
#include "sim.h"

/* Of counts that their PE goes on counting meanwhile. */
static void add(uint64_t *sums, const uint64_t *counts, size_t num)
{
        for (size_t i = 0; i < num; i++) {
                sums[i] += __atomic_load_n(&counts[i], __ATOMIC_RELAXED);
        }
}

#define ADD(to, from, field) add((uint64_t *)&(to)->field, (const uint64_t *)&(from)->field, sizeof((from)->field) / 8)

static void add_pe(struct pe_statistics *sum, const struct pe_statistics *one)
{
        ADD(sum, one, commands);
        ADD(sum, one, exits);
        ADD(sum, one, locks);
        ADD(sum, one, pages_read);
        ADD(sum, one, pages_written);
        ADD(sum, one, roots_changed);
        ADD(sum, one, conditions);
        ADD(sum, one, statuses);
}

static void count_statuses(struct rmmsim_statistics *to, const struct pe_statistics *sum)
{
        memcpy(to->statuses, sum->statuses, sizeof(to->statuses));
        for (unsigned i = RMMSIM_CONDITION_INJECTED + 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                const struct condition_row *row = &condition_rows[i];

                to->statuses[row->command][command_status(row->command, (uint64_t)(int64_t)row->status)] +=
                        sum->conditions[i];
        }
        for (unsigned i = 0; i <= RMMSIM_NUM_COMMANDS; i++) {
                bool rsi = i < RMMSIM_NUM_COMMANDS && command_rows[i].interface == INTERFACE_RSI;
                uint64_t not_refused = to->statuses[i][RMMSIM_STATUS_UNANSWERED];
                uint64_t others = 0;

                for (unsigned status = 1; status < RMMSIM_NUM_STATUSES; status++) {
                        others += to->statuses[i][status];
                }
                not_refused += rsi ? to->statuses[i][RMMSIM_RSI_INCOMPLETE] : 0;
                to->statuses[i][0] = to->commands[i] - min_u64(to->commands[i], others);
                to->refused[i] = others - not_refused;
        }
}

static uint64_t succeeded(const struct rmmsim_statistics *statistics, enum rmmsim_command command)
{
        return statistics->statuses[command][RMMSIM_RMI_SUCCESS];
}

/* Commands on a REC change as many Granules as every REC of the instance has, those on a Realm the RD and its roots. */
static uint64_t pages_changed(const struct rmmsim *sim, const struct rmmsim_statistics *of, uint64_t roots_changed)
{
        static const enum rmmsim_command one[] = {
                RMMSIM_COMMAND_rmi_granule_delegate, RMMSIM_COMMAND_rmi_granule_undelegate,
                RMMSIM_COMMAND_rmi_data_create,      RMMSIM_COMMAND_rmi_data_create_unknown,
                RMMSIM_COMMAND_rmi_data_destroy,     RMMSIM_COMMAND_rmi_rtt_create,
                RMMSIM_COMMAND_rmi_rtt_destroy,      RMMSIM_COMMAND_rmi_rtt_fold,
                RMMSIM_COMMAND_rmi_realm_create,     RMMSIM_COMMAND_rmi_realm_destroy,
        };
        uint64_t recs = succeeded(of, RMMSIM_COMMAND_rmi_rec_create) + succeeded(of, RMMSIM_COMMAND_rmi_rec_destroy);
        uint64_t changed = roots_changed + recs * (1 + sim->rmm.profile.rec_aux_count);

        for (unsigned i = 0; i < ARRAY_SIZE(one); i++) {
                changed += succeeded(of, one[i]);
        }
        return changed;
}

void rmmsim_statistics(const struct rmmsim *sim, struct rmmsim_statistics *statistics)
{
        struct pe_statistics sum = { .locks = 0 };

        for (unsigned i = 0; i < sim->num_pes; i++) {
                add_pe(&sum, &sim->pes[i].statistics);
        }
        memcpy(statistics->commands, sum.commands, sizeof(statistics->commands));
        memcpy(statistics->conditions, sum.conditions, sizeof(statistics->conditions));
        memcpy(statistics->exits, sum.exits, sizeof(statistics->exits));
        count_statuses(statistics, &sum);
        statistics->locks = sum.locks;
        statistics->pages_read = sum.pages_read;
        statistics->pages_written = sum.pages_written + succeeded(statistics, RMMSIM_COMMAND_rmi_granule_undelegate);
        statistics->pages_changed = pages_changed(sim, statistics, sum.roots_changed);
}
