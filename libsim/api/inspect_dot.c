/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_dot.c - a dump as a picture: each Realm a cluster, in it the RD, RECs, and tables with what hangs from them.
 *
 * A table is one node, a record with a field for each of its entries or runs of entries; from a field an edge leads to the next
 * table, or to the memory that the run holds. Nodes are named after their addresses, which Realms do not share.
 * What a label holds comes from the rows and needs no escape.
 */
#include "inspect_dump.h"
#include <inttypes.h>

/* ---- tables -------------------------------------------------------------------------------------------------------- */

/*
 * The entries of one table are not next to one another in the order of entries, where those of its children come between. So each
 * table is written by looking for its own.
 */
static void write_fields(FILE *to, const struct list *entries, uint64_t table)
{
        for (size_t i = 0; i < entries->count; i++) {
                const struct rmmsim_rtt_entry *entry = LIST_AT(struct rmmsim_rtt_entry, entries, i);

                if (entry->table == table) {
                        fprintf(to, "|<e%u> 0x%" PRIx64, entry->index, entry->ipa);
                        if (entry->count > 1) {
                                fprintf(to, " (%u)", entry->count);
                        }
                        fprintf(to, " %s", rmmsim_state_name(RMMSIM_OBJECT_RTTE, entry->state));
                }
        }
}

static void write_table(FILE *to, const struct list *entries, uint64_t table, int level)
{
        fprintf(to, "    t%" PRIx64 " [shape=record, label=\"RTT 0x%" PRIx64 ", level %d", table, table, level);
        write_fields(to, entries, table);
        fputs("\"];\n", to);
}

static void write_memory(FILE *to, const struct rmmsim_rtt_entry *entry)
{
        bool shared = entry->state == RMMSIM_RTTE_ASSIGNED_NS;

        fprintf(to,
                "    m%" PRIx64 "_%" PRIx64 " [shape=box, style=%s, label=\"%s 0x%" PRIx64 "\\n%" PRIu64 " KiB\"];\n",
                entry->table, entry->ipa, shared ? "dashed" : "filled", shared ? "host" : "DATA", entry->pa,
                entry->size >> 10);
        fprintf(to, "    t%" PRIx64 ":e%u -> m%" PRIx64 "_%" PRIx64 ";\n", entry->table, entry->index, entry->table,
                entry->ipa);
}

static void write_tables(FILE *to, const struct dump_realm *realm)
{
        for (uint32_t i = 0; i < realm->realm.rtt_num_start; i++) {
                uint64_t root = realm->realm.rtt_base + i * GRANULE_SIZE;

                write_table(to, &realm->entries, root, realm->realm.rtt_level_start);
                fprintf(to, "    r%" PRIx64 " -> t%" PRIx64 ";\n", realm->rd, root);
        }
        for (size_t i = 0; i < realm->entries.count; i++) {
                const struct rmmsim_rtt_entry *entry = LIST_AT(struct rmmsim_rtt_entry, &realm->entries, i);

                if (entry->hipas == RMMSIM_RTT_TABLE) {
                        write_table(to, &realm->entries, entry->pa, entry->level + 1);
                        fprintf(to, "    t%" PRIx64 ":e%u -> t%" PRIx64 ";\n", entry->table, entry->index, entry->pa);
                } else if (entry->hipas == RMMSIM_RTT_ASSIGNED) {
                        write_memory(to, entry);
                }
        }
}

/* ---- RECs ---------------------------------------------------------------------------------------------------------- */

static void write_rec(FILE *to, const struct dump_rec *at)
{
        const struct rmmsim_rec *rec = &at->rec;
        bool on = rec->power == RMMSIM_POWER_RUNNABLE;

        fprintf(to, "    r%" PRIx64 " [shape=ellipse, style=%s, label=\"REC %" PRIu64 " 0x%" PRIx64 "\\n%s, %s", at->pa,
                on ? "solid" : "dashed", rec->index, at->pa, rmmsim_state_name(RMMSIM_OBJECT_REC, rec->state),
                rmmsim_state_name(RMMSIM_OBJECT_POWER, rec->power));
        if (rec->state == RMMSIM_REC_REC_RUNNING) {
                fprintf(to, "\\non PE %d", rec->pe);
        } else if (rec->pending != RMMSIM_PENDING_NO_REQUEST) {
                fprintf(to, "\\n%s", rmmsim_state_name(RMMSIM_OBJECT_PENDING, rec->pending));
        }
        fputs("\"];\n", to);
        fprintf(to, "    r%" PRIx64 " -> r%" PRIx64 ";\n", rec->rd, at->pa);
        if (rec->psci_target_exists) {
                fprintf(to, "    r%" PRIx64 " -> r%" PRIx64 " [style=dashed, constraint=false, label=\"%s\"];\n",
                        at->pa, rec->psci_target, dump_psci_name(rec->psci_function));
        }
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

static void write_realm(const struct dump *dump, const struct dump_realm *realm)
{
        FILE *to = dump->to;

        fprintf(to, "  subgraph \"cluster_%" PRIx64 "\" {\n", realm->rd);
        fprintf(to, "    label=\"Realm 0x%" PRIx64 "\";\n", realm->rd);
        fprintf(to, "    r%" PRIx64 " [shape=box, label=\"RD 0x%" PRIx64 "\\n%s\\nVMID %u, %u bits of IPA\"];\n",
                realm->rd, realm->rd, rmmsim_state_name(RMMSIM_OBJECT_REALM, realm->realm.state), realm->realm.vmid,
                realm->realm.ipa_width);
        for (size_t i = 0; dump->subject != RMMSIM_DUMP_RTT && i < realm->recs.count; i++) {
                write_rec(to, LIST_AT(struct dump_rec, &realm->recs, i));
        }
        write_tables(to, realm);
        fputs("  }\n", to);
}

/* What belongs to the Realm world and to no Realm. */
static void write_unowned(FILE *to, const struct list *runs)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < runs->count; i++) {
                const struct dump_granules *run = LIST_AT(struct dump_granules, runs, i);

                sum += run->granule.state == RMMSIM_GRANULE_DELEGATED ? run->count : 0;
        }
        if (sum != 0) {
                fprintf(to, "  delegated [shape=box, style=dotted, label=\"%" PRIu64 " Granule%s DELEGATED\"];\n", sum,
                        sum == 1 ? "" : "s");
        }
}

void dump_graphviz(const struct dump *dump)
{
        fputs("digraph rmmsim {\n  rankdir=LR;\n  node [fontname=\"monospace\", fontsize=10];\n"
              "  edge [fontname=\"monospace\", fontsize=10];\n",
              dump->to);
        write_unowned(dump->to, &dump->granules);
        for (size_t i = 0; i < dump->realms.count; i++) {
                write_realm(dump, LIST_AT(struct dump_realm, &dump->realms, i));
        }
        fputs("}\n", dump->to);
}
