/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_text.c - a dump for a reader at a terminal: one line an object, columns under one another.
 */
#include "inspect_dump.h"
#include <inttypes.h>

/* ---- Granules ------------------------------------------------------------------------------------------------------ */

static void write_machine(const struct dump *dump)
{
        const struct memory *memory = &dump->sim->rmm.memory;

        fprintf(dump->to, "Machine: %u PE%s, time %" PRIu64 "\n", dump->sim->num_pes,
                dump->sim->num_pes == 1 ? "" : "s", dump->time);
        for (unsigned i = 0; i < memory->num_regions; i++) {
                const struct region *region = &memory->regions[i];

                fprintf(dump->to, "  %-6s  0x%012" PRIx64 " .. 0x%012" PRIx64 "  %" PRIu64 " pages\n",
                        region->kind == RMMSIM_REGION_DRAM ? "DRAM" : "DEVICE", region->base,
                        region->base + region->size, region->size >> GRANULE_SHIFT);
        }
        fputc('\n', dump->to);
}

static void write_owner(FILE *to, const struct dump_granules *run)
{
        const struct rmmsim_owner *owner = &run->owner;

        if (!run->owned) {
                return;
        }
        fprintf(to, "  Realm 0x%" PRIx64, owner->rd);
        switch (owner->state) {
        case RMMSIM_GRANULE_REC:
                fprintf(to, ", REC %" PRIu64, owner->index);
                break;
        case RMMSIM_GRANULE_REC_AUX:
                fprintf(to, ", REC at 0x%" PRIx64 ", from number %" PRIu64, owner->rec, owner->index);
                break;
        case RMMSIM_GRANULE_DATA:
        case RMMSIM_GRANULE_RTT:
                fprintf(to, ", IPA 0x%" PRIx64 ", level %d", owner->ipa, owner->level);
                break;
        default:
                break;
        }
}

static void write_granules(FILE *to, const struct list *runs)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < runs->count; i++) {
                sum += LIST_AT(struct dump_granules, runs, i)->count;
        }
        fprintf(to, "Granules: %" PRIu64 " not UNDELEGATED\n", sum);
        if (sum != 0) {
                fprintf(to, "  %-14s  %5s  %-9s  %-9s  %-25s  %s\n", "PA", "count", "state", "GPT", "since",
                        "belongs to");
        }
        for (size_t i = 0; i < runs->count; i++) {
                const struct dump_granules *run = LIST_AT(struct dump_granules, runs, i);

                fprintf(to, "  0x%012" PRIx64 "  %5" PRIu64 "  %-9s  %-9s  %-*s", run->pa, run->count,
                        rmmsim_state_name(RMMSIM_OBJECT_GRANULE, run->granule.state),
                        rmmsim_state_name(RMMSIM_OBJECT_GPT, run->granule.gpt), run->owned ? 25 : 0,
                        dump_taker_name(&run->granule));
                write_owner(to, run);
                fputc('\n', to);
        }
}

/* ---- RECs ---------------------------------------------------------------------------------------------------------- */

/* What the host is asked for, in a line of its own. */
static void write_request(FILE *to, const struct rmmsim_rec *rec)
{
        fprintf(to, "            %s: ", rmmsim_state_name(RMMSIM_OBJECT_PENDING, rec->pending));
        if (rec->pending == RMMSIM_PENDING_PSCI_REQUEST) {
                fprintf(to, "%s of REC %" PRIu64, dump_psci_name(rec->psci_function), rec->psci_target_index);
                if (rec->psci_target_exists) {
                        fprintf(to, " at 0x%" PRIx64 "\n", rec->psci_target);
                } else {
                        fputs(", which does not exist\n", to);
                }
        } else if (rec->pending == RMMSIM_PENDING_HOST_CALL) {
                fprintf(to, "IPA 0x%" PRIx64 "\n", rec->host_call);
        } else {
                fprintf(to, "0x%" PRIx64 " .. 0x%" PRIx64 " to %s%s\n", rec->ripas_base, rec->ripas_top,
                        dump_ripas_name(rec->ripas_value), rec->ripas_destroyed ? ", DESTROYED too" : "");
        }
}

static void write_rec_line(FILE *to, const struct dump_rec *at)
{
        const struct rmmsim_rec *rec = &at->rec;

        fprintf(to, "  REC %-4" PRIu64 "  0x%012" PRIx64 "  %-11s  %-12s", rec->index, at->pa,
                rmmsim_state_name(RMMSIM_OBJECT_REC, rec->state), rmmsim_state_name(RMMSIM_OBJECT_POWER, rec->power));
        if (rec->state == RMMSIM_REC_REC_RUNNING) {
                fprintf(to, "  on PE %d\n", rec->pe);
                return;
        }
        fprintf(to, "  pc 0x%012" PRIx64 "  left: %s\n", rec->pc,
                rec->last_exit < 0 ? "never" : rmmsim_exit_name((unsigned)rec->last_exit));
        if (rec->pending != RMMSIM_PENDING_NO_REQUEST) {
                write_request(to, rec);
        }
}

static void write_rec(FILE *to, const struct dump_rec *at)
{
        const struct rmmsim_rec *rec = &at->rec;

        fprintf(to, "REC at 0x%" PRIx64 ", Realm 0x%" PRIx64 "\n", at->pa, rec->rd);
        write_rec_line(to, at);
        fprintf(to, "  MPIDR     0x%" PRIx64 "\n", rec->mpidr);
        for (unsigned i = 0; i < rec->num_aux; i++) {
                fprintf(to, "%s 0x%" PRIx64, i == 0 ? "  auxiliary" : i % 4 == 0 ? "\n           " : "", rec->aux[i]);
        }
        fputs(rec->num_aux != 0 ? "\n" : "", to);
        if (rec->state == RMMSIM_REC_REC_RUNNING) {
                return;
        }
        fprintf(to, "  token     %s\n", rmmsim_state_name(RMMSIM_OBJECT_ATTEST, rec->attest));
        fprintf(to, "  PSTATE    0x%" PRIx64 "\n", rec->pstate);
        for (unsigned i = 0; i < ARRAY_SIZE(rec->gprs); i++) {
                fprintf(to, "  x%-2u 0x%016" PRIx64 "%s", i, rec->gprs[i],
                        i % 4 == 3 || i + 1 == ARRAY_SIZE(rec->gprs) ? "\n" : "");
        }
}

/* ---- Realms -------------------------------------------------------------------------------------------------------- */

static void write_measurements(FILE *to, const struct rmmsim_realm *realm)
{
        for (unsigned i = 0; i < RMMSIM_NUM_MEASUREMENTS; i++) {
                fprintf(to, "  %s%c  ", i == 0 ? "RIM" : "REM", i == 0 ? ' ' : (char)('0' + i - 1));
                dump_bytes(to, realm->measurements[i], realm->digest_size);
                fputc('\n', to);
        }
        fputs("  RPV   ", to);
        dump_bytes(to, realm->rpv, sizeof(realm->rpv));
        fputc('\n', to);
}

static void write_realm(FILE *to, const struct dump_realm *at)
{
        const struct rmmsim_realm *realm = &at->realm;

        fprintf(to, "Realm 0x%" PRIx64 ": %s\n", at->rd, rmmsim_state_name(RMMSIM_OBJECT_REALM, realm->state));
        fprintf(to, "  VMID %u, %u bits of IPA, %" PRIu32 " root table%s at level %d from 0x%" PRIx64 ", %s\n",
                realm->vmid, realm->ipa_width, realm->rtt_num_start, realm->rtt_num_start == 1 ? "" : "s",
                realm->rtt_level_start, realm->rtt_base, dump_hash_name(realm->hash_algo));
        fprintf(to, "  %u breakpoints, %u watchpoints", realm->num_bps + 1u, realm->num_wps + 1u);
        if (realm->pmu) {
                fprintf(to, ", PMU with %u counters", realm->pmu_num_ctrs);
        }
        if (realm->sve) {
                fprintf(to, ", SVE with %u bits", 128 * (realm->sve_vl + 1u));
        }
        fprintf(to, "%s\n", realm->lpa2 ? ", LPA2" : "");
        write_measurements(to, realm);
        fprintf(to, "  %" PRIu64 " REC%s of %" PRIu64 " ever created, each with %u auxiliary Granules\n",
                realm->num_recs, realm->num_recs == 1 ? "" : "s", realm->rec_index, realm->rec_aux_count);
        for (size_t i = 0; i < at->recs.count; i++) {
                write_rec_line(to, LIST_AT(struct dump_rec, &at->recs, i));
        }
}

/* Tables are as far to the right as their level is deep. */
static void write_entry(FILE *to, const struct rmmsim_rtt_entry *entry, int level_start)
{
        int indent = 2 * (entry->level - level_start);

        fprintf(to, "  %*s%-*d 0x%013" PRIx64 "  %3u", indent, "", 12 - indent, entry->level, entry->ipa, entry->count);
        fprintf(to, "  %-*s", entry->hipas == RMMSIM_RTT_UNASSIGNED ? 0 : 18,
                rmmsim_state_name(RMMSIM_OBJECT_RTTE, entry->state));
        if (entry->hipas != RMMSIM_RTT_UNASSIGNED) {
                fprintf(to, "  0x%012" PRIx64, entry->pa);
        }
        if (entry->hipas == RMMSIM_RTT_TABLE) {
                fprintf(to, "  %u live", entry->num_live);
        } else if (entry->non_secure) {
                fprintf(to, "  %c%c, MemAttr %u, SH %u", entry->readable ? 'r' : '-', entry->writable ? 'w' : '-',
                        entry->mem_attr, entry->shareability);
        }
        fputc('\n', to);
}

static void write_entries(FILE *to, const struct dump_realm *realm)
{
        fprintf(to, "Translation tables of Realm 0x%" PRIx64 "\n", realm->rd);
        fprintf(to, "  %-12s %-15s  %3s  %-18s  %s\n", "level", "IPA", "n", "state", "PA");
        for (size_t i = 0; i < realm->entries.count; i++) {
                write_entry(to, LIST_AT(struct rmmsim_rtt_entry, &realm->entries, i), realm->realm.rtt_level_start);
        }
}

static void write_realms(const struct dump *dump)
{
        for (size_t i = 0; i < dump->realms.count; i++) {
                const struct dump_realm *realm = LIST_AT(struct dump_realm, &dump->realms, i);

                fputs(dump->subject == RMMSIM_DUMP_MACHINE || i != 0 ? "\n" : "", dump->to);
                if (dump->subject != RMMSIM_DUMP_RTT) {
                        write_realm(dump->to, realm);
                        fputc('\n', dump->to);
                }
                write_entries(dump->to, realm);
        }
}

/* ---- statistics ---------------------------------------------------------------------------------------------------- */

static void write_statuses(FILE *to, const struct rmmsim_statistics *statistics, unsigned command)
{
        const char *before = "";

        for (unsigned i = 0; i < RMMSIM_NUM_STATUSES; i++) {
                if (statistics->statuses[command][i] != 0) {
                        fprintf(to, "%s%" PRIu64 " %s", before, statistics->statuses[command][i],
                                rmmsim_status_name((enum rmmsim_command)command, i));
                        before = ", ";
                }
        }
        fputc('\n', to);
}

static void write_statistics(FILE *to, const struct rmmsim_statistics *statistics)
{
        fputs("Commands\n", to);
        for (unsigned i = 0; i <= RMMSIM_NUM_COMMANDS; i++) {
                if (statistics->commands[i] != 0) {
                        fprintf(to, "  %-30s %10" PRIu64 "  ", dump_command_name(i), statistics->commands[i]);
                        write_statuses(to, statistics, i);
                }
        }
        fputs("Failure conditions\n", to);
        for (unsigned i = 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                if (statistics->conditions[i] != 0) {
                        fprintf(to, "  %-41s %10" PRIu64 "\n", rmmsim_condition_name((enum rmmsim_condition)i),
                                statistics->conditions[i]);
                }
        }
        fputs("REC exits\n", to);
        for (unsigned i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                fprintf(to, "  %-30s %10" PRIu64 "\n", rmmsim_exit_name(i), statistics->exits[i]);
        }
        fprintf(to, "Locks of Granules                %10" PRIu64 "\n", statistics->locks);
        fprintf(to, "Pages of the host that were read %10" PRIu64 "\n", statistics->pages_read);
        fprintf(to, "                       written   %10" PRIu64 "\n", statistics->pages_written);
        fprintf(to, "Granules that changed            %10" PRIu64 "\n", statistics->pages_changed);
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

void dump_text(const struct dump *dump)
{
        switch (dump->subject) {
        case RMMSIM_DUMP_MACHINE:
                write_machine(dump);
                write_granules(dump->to, &dump->granules);
                write_realms(dump);
                break;
        case RMMSIM_DUMP_GRANULES:
                write_granules(dump->to, &dump->granules);
                break;
        case RMMSIM_DUMP_REC:
                write_rec(dump->to, LIST_AT(struct dump_rec, &dump->recs, 0));
                break;
        case RMMSIM_DUMP_STATISTICS:
                write_statistics(dump->to, &dump->statistics);
                break;
        default:
                write_realms(dump);
                break;
        }
}
