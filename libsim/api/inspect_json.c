/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_json.c - a dump for programs: docs/looking-inside.md describes it, version RMMSIM_DUMP_VERSION.
 *
 * Addresses, registers and descriptors are strings of hexadecimal digits, as JavaScript's numbers hold 53 bits; what is counted is a
 * number. No string needs an escape: all come from the rows.
 */
#include "inspect_dump.h"
#include <inttypes.h>

/* ---- values -------------------------------------------------------------------------------------------------------- */

/* Where the writer is. What lies deeper than `lines` does not begin a line. */
struct json {
        FILE *to;
        unsigned depth;
        unsigned lines;
        bool is_first;
};

static void new_line(const struct json *j)
{
        fprintf(j->to, "\n%*s", (int)(2 * j->depth), "");
}

/* Before each value: what separates it from the last one, and its name in an object; NULL in an array. */
static void begin(struct json *j, const char *name)
{
        fputs(j->is_first ? "" : ",", j->to);
        if (j->depth <= j->lines) {
                new_line(j);
        } else if (!j->is_first) {
                fputc(' ', j->to);
        }
        if (name != NULL) {
                fprintf(j->to, "\"%s\": ", name);
        }
        j->is_first = false;
}

static void enter(struct json *j, const char *name, char bracket)
{
        begin(j, name);
        fputc(bracket, j->to);
        j->depth++;
        j->is_first = true;
}

static void leave(struct json *j, char bracket)
{
        bool broken = j->depth <= j->lines && !j->is_first;

        j->depth--;
        if (broken) {
                new_line(j);
        }
        fputc(bracket, j->to);
        j->is_first = false;
}

static void put_number(struct json *j, const char *name, int64_t value)
{
        begin(j, name);
        fprintf(j->to, "%" PRId64, value);
}

static void put_count(struct json *j, const char *name, uint64_t value)
{
        begin(j, name);
        fprintf(j->to, "%" PRIu64, value);
}

static void put_hex(struct json *j, const char *name, uint64_t value)
{
        begin(j, name);
        fprintf(j->to, "\"0x%" PRIx64 "\"", value);
}

static void put_bool(struct json *j, const char *name, bool value)
{
        begin(j, name);
        fputs(value ? "true" : "false", j->to);
}

static void put_null(struct json *j, const char *name)
{
        begin(j, name);
        fputs("null", j->to);
}

static void put_text(struct json *j, const char *name, const char *text)
{
        begin(j, name);
        fprintf(j->to, "\"%s\"", text);
}

static void put_state(struct json *j, const char *name, enum rmmsim_object object, unsigned state)
{
        put_text(j, name, rmmsim_state_name(object, state));
}

static void put_bytes(struct json *j, const char *name, const uint8_t *bytes, size_t size)
{
        begin(j, name);
        fputc('"', j->to);
        dump_bytes(j->to, bytes, size);
        fputc('"', j->to);
}

/* ---- Granules ------------------------------------------------------------------------------------------------------ */

static void put_regions(struct json *j, const struct rmmsim *sim)
{
        enter(j, "regions", '[');
        for (unsigned i = 0; i < sim->rmm.memory.num_regions; i++) {
                const struct region *region = &sim->rmm.memory.regions[i];

                enter(j, NULL, '{');
                put_hex(j, "base", region->base);
                put_count(j, "size", region->size);
                put_text(j, "kind", region->kind == RMMSIM_REGION_DRAM ? "DRAM" : "DEVICE");
                leave(j, '}');
        }
        leave(j, ']');
}

static void put_owner(struct json *j, const struct rmmsim_owner *owner)
{
        enter(j, "owner", '{');
        put_hex(j, "rd", owner->rd);
        if (owner->state == RMMSIM_GRANULE_REC || owner->state == RMMSIM_GRANULE_REC_AUX) {
                put_hex(j, "rec", owner->rec);
                put_count(j, "index", owner->index);
        } else if (owner->state != RMMSIM_GRANULE_RD) {
                put_hex(j, "ipa", owner->ipa);
                put_number(j, "level", owner->level);
        }
        leave(j, '}');
}

static void put_granules(struct json *j, const struct list *runs)
{
        j->lines = 2;
        enter(j, "granules", '[');
        for (size_t i = 0; i < runs->count; i++) {
                const struct dump_granules *run = LIST_AT(struct dump_granules, runs, i);

                enter(j, NULL, '{');
                put_hex(j, "pa", run->pa);
                put_count(j, "count", run->count);
                put_state(j, "state", RMMSIM_OBJECT_GRANULE, run->granule.state);
                put_state(j, "gpt", RMMSIM_OBJECT_GPT, run->granule.gpt);
                put_text(j, "taker", dump_taker_name(&run->granule));
                if (run->owned) {
                        put_owner(j, &run->owner);
                } else {
                        put_null(j, "owner");
                }
                leave(j, '}');
        }
        leave(j, ']');
}

/* ---- RECs ---------------------------------------------------------------------------------------------------------- */

static void put_hexes(struct json *j, const char *name, const uint64_t *values, size_t count)
{
        enter(j, name, '[');
        for (size_t i = 0; i < count; i++) {
                put_hex(j, NULL, values[i]);
        }
        leave(j, ']');
}

static void put_request(struct json *j, const struct rmmsim_rec *rec)
{
        if (rec->pending == RMMSIM_PENDING_PSCI_REQUEST) {
                enter(j, "psci", '{');
                put_text(j, "function", dump_psci_name(rec->psci_function));
                put_count(j, "target_index", rec->psci_target_index);
                if (rec->psci_target_exists) {
                        put_hex(j, "target", rec->psci_target);
                } else {
                        put_null(j, "target");
                }
                leave(j, '}');
        } else if (rec->pending == RMMSIM_PENDING_HOST_CALL) {
                put_hex(j, "host_call", rec->host_call);
        } else if (rec->pending == RMMSIM_PENDING_RIPAS_CHANGE) {
                enter(j, "ripas_change", '{');
                put_hex(j, "base", rec->ripas_base);
                put_hex(j, "top", rec->ripas_top);
                put_text(j, "ripas", dump_ripas_name(rec->ripas_value));
                put_bool(j, "destroyed", rec->ripas_destroyed);
                leave(j, '}');
        }
}

static void put_private(struct json *j, const struct rmmsim_rec *rec)
{
        put_state(j, "pending", RMMSIM_OBJECT_PENDING, rec->pending);
        put_request(j, rec);
        put_state(j, "attest", RMMSIM_OBJECT_ATTEST, rec->attest);
        if (rec->last_exit < 0) {
                put_null(j, "last_exit");
        } else {
                put_text(j, "last_exit", rmmsim_exit_name((unsigned)rec->last_exit));
        }
        put_hex(j, "pc", rec->pc);
        put_hex(j, "pstate", rec->pstate);
        put_hexes(j, "gprs", rec->gprs, ARRAY_SIZE(rec->gprs));
}

static void put_recs(struct json *j, const struct list *recs)
{
        enter(j, "recs", '[');
        for (size_t i = 0; i < recs->count; i++) {
                const struct dump_rec *at = LIST_AT(struct dump_rec, recs, i);
                const struct rmmsim_rec *rec = &at->rec;
                bool running = rec->state == RMMSIM_REC_REC_RUNNING;

                enter(j, NULL, '{');
                put_hex(j, "rec", at->pa);
                put_hex(j, "rd", rec->rd);
                put_count(j, "index", rec->index);
                put_hex(j, "mpidr", rec->mpidr);
                put_state(j, "state", RMMSIM_OBJECT_REC, rec->state);
                put_state(j, "power", RMMSIM_OBJECT_POWER, rec->power);
                put_hexes(j, "aux", rec->aux, rec->num_aux);
                if (running) {
                        put_number(j, "pe", rec->pe);
                } else {
                        put_private(j, rec);
                }
                leave(j, '}');
        }
        leave(j, ']');
}

/* ---- Realms -------------------------------------------------------------------------------------------------------- */

static void put_entry(struct json *j, const struct rmmsim_rtt_entry *entry)
{
        enter(j, NULL, '{');
        put_hex(j, "ipa", entry->ipa);
        put_hex(j, "size", entry->size);
        put_number(j, "level", entry->level);
        put_hex(j, "table", entry->table);
        put_count(j, "index", entry->index);
        put_count(j, "count", entry->count);
        put_state(j, "state", RMMSIM_OBJECT_RTTE, entry->state);
        put_text(j, "hipas", dump_hipas_name(entry->hipas));
        put_text(j, "ripas", dump_ripas_name(entry->ripas));
        put_bool(j, "protected", entry->is_protected);
        put_hex(j, "descriptor", entry->descriptor);
        if (entry->hipas != RMMSIM_RTT_UNASSIGNED) {
                put_hex(j, "pa", entry->pa);
        }
        if (entry->hipas == RMMSIM_RTT_TABLE) {
                put_count(j, "num_live", entry->num_live);
        } else if (entry->readable || entry->writable || entry->executable || entry->non_secure) {
                enter(j, "attributes", '{');
                put_bool(j, "readable", entry->readable);
                put_bool(j, "writable", entry->writable);
                put_bool(j, "executable", entry->executable);
                put_bool(j, "non_secure", entry->non_secure);
                put_count(j, "mem_attr", entry->mem_attr);
                put_count(j, "shareability", entry->shareability);
                leave(j, '}');
        }
        leave(j, '}');
}

static void put_entries(struct json *j, const struct list *entries)
{
        enter(j, "rtt", '[');
        for (size_t i = 0; i < entries->count; i++) {
                put_entry(j, LIST_AT(struct rmmsim_rtt_entry, entries, i));
        }
        leave(j, ']');
}

static void put_realm_fields(struct json *j, const struct rmmsim_realm *realm)
{
        put_state(j, "state", RMMSIM_OBJECT_REALM, realm->state);
        put_count(j, "vmid", realm->vmid);
        put_count(j, "ipa_width", realm->ipa_width);
        put_number(j, "rtt_level_start", realm->rtt_level_start);
        put_count(j, "rtt_num_start", realm->rtt_num_start);
        put_hex(j, "rtt_base", realm->rtt_base);
        put_bool(j, "lpa2", realm->lpa2);
        put_bool(j, "sve", realm->sve);
        put_count(j, "sve_vl", realm->sve_vl);
        put_bool(j, "pmu", realm->pmu);
        put_count(j, "pmu_num_ctrs", realm->pmu_num_ctrs);
        put_count(j, "num_bps", realm->num_bps);
        put_count(j, "num_wps", realm->num_wps);
        put_count(j, "rec_aux_count", realm->rec_aux_count);
        put_count(j, "num_recs", realm->num_recs);
        put_count(j, "rec_index", realm->rec_index);
        put_text(j, "hash_algo", dump_hash_name(realm->hash_algo));
        enter(j, "measurements", '[');
        for (unsigned i = 0; i < RMMSIM_NUM_MEASUREMENTS; i++) {
                put_bytes(j, NULL, realm->measurements[i], realm->digest_size);
        }
        leave(j, ']');
        put_bytes(j, "rpv", realm->rpv, sizeof(realm->rpv));
}

static void put_realms(struct json *j, const struct dump *dump)
{
        j->lines = 4;
        enter(j, "realms", '[');
        for (size_t i = 0; i < dump->realms.count; i++) {
                const struct dump_realm *realm = LIST_AT(struct dump_realm, &dump->realms, i);

                enter(j, NULL, '{');
                put_hex(j, "rd", realm->rd);
                if (dump->subject != RMMSIM_DUMP_RTT) {
                        put_realm_fields(j, &realm->realm);
                        put_recs(j, &realm->recs);
                }
                put_entries(j, &realm->entries);
                leave(j, '}');
        }
        leave(j, ']');
}

/* ---- statistics ---------------------------------------------------------------------------------------------------- */

static void put_command(struct json *j, const struct rmmsim_statistics *statistics, unsigned command)
{
        enter(j, dump_command_name(command), '{');
        put_count(j, "calls", statistics->commands[command]);
        put_count(j, "refused", statistics->refused[command]);
        enter(j, "statuses", '{');
        for (unsigned i = 0; i < RMMSIM_NUM_STATUSES; i++) {
                if (statistics->statuses[command][i] != 0) {
                        put_count(j, rmmsim_status_name((enum rmmsim_command)command, i),
                                  statistics->statuses[command][i]);
                }
        }
        leave(j, '}');
        leave(j, '}');
}

static void put_statistics(struct json *j, const struct rmmsim_statistics *statistics)
{
        j->lines = 3;
        enter(j, "statistics", '{');
        enter(j, "commands", '{');
        for (unsigned i = 0; i <= RMMSIM_NUM_COMMANDS; i++) {
                if (statistics->commands[i] != 0) {
                        put_command(j, statistics, i);
                }
        }
        leave(j, '}');
        enter(j, "conditions", '{');
        for (unsigned i = 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                if (statistics->conditions[i] != 0) {
                        put_count(j, rmmsim_condition_name((enum rmmsim_condition)i), statistics->conditions[i]);
                }
        }
        leave(j, '}');
        enter(j, "exits", '{');
        for (unsigned i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                put_count(j, rmmsim_exit_name(i), statistics->exits[i]);
        }
        leave(j, '}');
        put_count(j, "locks", statistics->locks);
        enter(j, "pages", '{');
        put_count(j, "read", statistics->pages_read);
        put_count(j, "written", statistics->pages_written);
        put_count(j, "changed", statistics->pages_changed);
        leave(j, '}');
        leave(j, '}');
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

void dump_json(const struct dump *dump)
{
        struct json j = { .to = dump->to, .lines = 2, .is_first = true };

        fputc('{', j.to);
        j.depth = 1;
        put_text(&j, "format", "rmmsim-dump");
        put_count(&j, "version", RMMSIM_DUMP_VERSION);
        put_text(&j, "subject", dump_subject_name(dump->subject));
        if (dump->subject == RMMSIM_DUMP_MACHINE) {
                put_count(&j, "num_pes", dump->sim->num_pes);
                put_count(&j, "time", dump->time);
                put_regions(&j, dump->sim);
        }
        if (dump->subject == RMMSIM_DUMP_MACHINE || dump->subject == RMMSIM_DUMP_GRANULES) {
                put_granules(&j, &dump->granules);
        }
        if (dump->subject == RMMSIM_DUMP_STATISTICS) {
                put_statistics(&j, &dump->statistics);
        } else if (dump->subject == RMMSIM_DUMP_REC) {
                put_recs(&j, &dump->recs);
        } else if (dump->subject != RMMSIM_DUMP_GRANULES) {
                put_realms(&j, dump);
        }
        j.lines = 1;
        leave(&j, '}');
        fputc('\n', j.to);
}
