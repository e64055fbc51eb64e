/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_dump.c - gathering what a dump shows, and choosing its writer.
 *
 * Objects may come and go meanwhile: what is gone when it is asked for is left out, so that a dump is well-formed in any case.
 */
#include "inspect_dump.h"

struct owned {
        uint64_t pa;
        struct rmmsim_owner owner;
};

/* ---- Granules ------------------------------------------------------------------------------------------------------ */

struct owners {
        struct list list; /* struct owned */
        bool out_of_memory;
};

static bool note_owner(void *context, uint64_t pa, const struct rmmsim_owner *owner)
{
        const struct owned owned = { pa, *owner };
        struct owners *owners = context;

        owners->out_of_memory = !list_append(&owners->list, &owned, sizeof(owned));
        return !owners->out_of_memory;
}

static int compare(const void *left, const void *right)
{
        uint64_t x = ((const struct owned *)left)->pa;
        uint64_t y = ((const struct owned *)right)->pa;

        return (x > y) - (x < y);
}

/* Does the second Granule go on where the first run ends? A table is told from another by more than its address. */
static bool continues(const struct dump_granules *run, const struct dump_granules *next)
{
        const struct rmmsim_owner *a = &run->owner;
        const struct rmmsim_owner *b = &next->owner;
        uint64_t bytes = run->count * GRANULE_SIZE;

        if (next->pa != run->pa + bytes || next->granule.state != run->granule.state ||
            next->granule.gpt != run->granule.gpt || next->granule.taker != run->granule.taker ||
            next->owned != run->owned) {
                return false;
        }
        if (!run->owned) {
                return true;
        }
        if (a->state == RMMSIM_GRANULE_DATA) {
                return b->rd == a->rd && b->level == a->level && b->ipa == a->ipa + bytes;
        }
        return a->state == RMMSIM_GRANULE_REC_AUX && b->rec == a->rec && b->index == a->index + run->count;
}

static bool add_granule(struct list *runs, const struct dump_granules *next)
{
        struct dump_granules *run = runs->items;

        if (runs->count != 0 && continues(&run[runs->count - 1], next)) {
                run[runs->count - 1].count++;
                return true;
        }
        return list_append(runs, next, sizeof(*next));
}

static bool gather_granules(struct dump *dump)
{
        struct owners owners = { .out_of_memory = false };
        bool sound;

        inspect_owners(dump->sim, note_owner, &owners);
        sound = !owners.out_of_memory;
        if (owners.list.count != 0) {
                qsort(owners.list.items, owners.list.count, sizeof(struct owned), compare);
        }
        for (uint64_t pa = 0; sound && rmmsim_next_delegated(dump->sim, &pa, pa); pa += GRANULE_SIZE) {
                struct dump_granules next = { .pa = pa, .count = 1 };
                const struct owned key = { .pa = pa };
                const struct owned *owned = owners.list.count == 0 ? NULL
                                                                   : bsearch(&key, owners.list.items, owners.list.count,
                                                                             sizeof(key), compare);

                (void)rmmsim_granule(dump->sim, &next.granule, pa);
                if (owned != NULL && owned->owner.state == next.granule.state) {
                        next.owned = true;
                        next.owner = owned->owner;
                }
                sound = add_granule(&dump->granules, &next);
        }
        free(owners.list.items);
        return sound;
}

/* ---- Realms -------------------------------------------------------------------------------------------------------- */

/* Entries that hold addresses, which differ by what lies between them and by nothing else: as parts of a block do. */
static bool add_entry(struct list *runs, const struct rmmsim_rtt_entry *next)
{
        struct rmmsim_rtt_entry *last =
                runs->count == 0 ? NULL : (struct rmmsim_rtt_entry *)runs->items + runs->count - 1;

        if (last != NULL && next->hipas == RMMSIM_RTT_ASSIGNED && next->table == last->table &&
            next->index == last->index + last->count && next->descriptor == last->descriptor + last->size) {
                last->count++;
                last->size += next->size;
                return true;
        }
        return list_append(runs, next, sizeof(*next));
}

static bool gather_entries(const struct dump *dump, struct dump_realm *realm)
{
        struct rmmsim_rtt_entry entry = { .size = 0 };

        while (rmmsim_rtt_next(dump->sim, &entry, realm->rd) > 0) {
                if (!add_entry(&realm->entries, &entry)) {
                        return false;
                }
        }
        return true;
}

static bool gather_rec(const struct dump *dump, struct list *recs, uint64_t pa)
{
        struct dump_rec rec = { .pa = pa };

        return rmmsim_rec(dump->sim, &rec.rec, pa) != 0 || list_append(recs, &rec, sizeof(rec));
}

static bool gather_recs(const struct dump *dump, struct dump_realm *realm)
{
        size_t max = realm->realm.num_recs;
        uint64_t *recs = calloc(max + 1, sizeof(*recs));
        int count = recs == NULL ? 0 : rmmsim_realm_recs(dump->sim, recs, max, realm->rd);
        bool sound = recs != NULL;

        for (int i = 0; sound && i < count && (size_t)i < max; i++) {
                sound = gather_rec(dump, &realm->recs, recs[i]);
        }
        free(recs);
        return sound;
}

static bool gather_realm(struct dump *dump, uint64_t rd)
{
        struct dump_realm realm = { .rd = rd };

        if (rmmsim_realm(dump->sim, &realm.realm, rd) != 0) {
                return true;
        }
        if (gather_recs(dump, &realm) && gather_entries(dump, &realm) &&
            list_append(&dump->realms, &realm, sizeof(realm))) {
                return true;
        }
        free(realm.recs.items);
        free(realm.entries.items);
        return false;
}

static bool gather_realms(struct dump *dump)
{
        for (uint64_t rd = 0; rmmsim_next_realm(dump->sim, &rd, rd); rd += GRANULE_SIZE) {
                if (!gather_realm(dump, rd)) {
                        return false;
                }
        }
        return true;
}

/* ---- words --------------------------------------------------------------------------------------------------------- */

const char *dump_subject_name(enum rmmsim_dump_subject subject)
{
        static const char *const names[RMMSIM_NUM_DUMP_SUBJECTS] = {
                [RMMSIM_DUMP_MACHINE] = "machine", [RMMSIM_DUMP_GRANULES] = "granules",
                [RMMSIM_DUMP_REALM] = "realm",     [RMMSIM_DUMP_REC] = "rec",
                [RMMSIM_DUMP_RTT] = "rtt",         [RMMSIM_DUMP_STATISTICS] = "statistics",
        };

        return names[subject];
}

const char *dump_taker_name(const struct rmmsim_granule *granule)
{
        return granule->taker == RMMSIM_COMMAND_NONE ? "none" : rmmsim_command_name(granule->taker);
}

const char *dump_command_name(unsigned command)
{
        return command == RMMSIM_COMMAND_NONE ? "unknown" : rmmsim_command_name((enum rmmsim_command)command);
}

const char *dump_hipas_name(enum rmmsim_rtt_entry_state hipas)
{
        static const char *const names[] = { "UNASSIGNED", "ASSIGNED", "TABLE" };

        return names[hipas];
}

const char *dump_ripas_name(enum rmmsim_ripas ripas)
{
        static const char *const names[] = { "EMPTY", "RAM", "DESTROYED" };

        return names[ripas];
}

const char *dump_hash_name(enum rmmsim_hash_algorithm hash)
{
        return hash == RMMSIM_HASH_SHA_256 ? "SHA_256" : "SHA_512";
}

const char *dump_psci_name(uint32_t function)
{
        return ((function ^ RMMSIM_PSCI_CPU_ON) & ~(uint32_t)BIT(30)) == 0 ? "PSCI_CPU_ON" : "PSCI_AFFINITY_INFO";
}

void dump_bytes(FILE *to, const uint8_t *bytes, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                fprintf(to, "%02x", bytes[i]);
        }
}

/* ---- dumps --------------------------------------------------------------------------------------------------------- */

static bool gather(struct dump *dump, uint64_t address)
{
        switch (dump->subject) {
        case RMMSIM_DUMP_MACHINE:
                return gather_granules(dump) && gather_realms(dump);
        case RMMSIM_DUMP_GRANULES:
                return gather_granules(dump);
        case RMMSIM_DUMP_REALM:
        case RMMSIM_DUMP_RTT:
                return gather_realm(dump, address);
        case RMMSIM_DUMP_REC:
                return gather_rec(dump, &dump->recs, address);
        default:
                rmmsim_statistics(dump->sim, &dump->statistics);
                return true;
        }
}

/* What has an address was found, or there is nothing to say. */
static bool is_there(const struct dump *dump)
{
        switch (dump->subject) {
        case RMMSIM_DUMP_REALM:
        case RMMSIM_DUMP_RTT:
                return dump->realms.count != 0;
        case RMMSIM_DUMP_REC:
                return dump->recs.count != 0;
        default:
                return true;
        }
}

static void forget(struct dump *dump)
{
        for (size_t i = 0; i < dump->realms.count; i++) {
                free(LIST_AT(struct dump_realm, &dump->realms, i)->recs.items);
                free(LIST_AT(struct dump_realm, &dump->realms, i)->entries.items);
        }
        free(dump->realms.items);
        free(dump->granules.items);
        free(dump->recs.items);
}

static bool has_picture(enum rmmsim_dump_subject subject)
{
        return subject == RMMSIM_DUMP_MACHINE || subject == RMMSIM_DUMP_REALM || subject == RMMSIM_DUMP_RTT;
}

int rmmsim_dump(const struct rmmsim *sim, FILE *to, enum rmmsim_dump_subject subject, enum rmmsim_dump_format format,
                uint64_t address)
{
        static void (*const writers[RMMSIM_NUM_DUMP_FORMATS])(const struct dump *) = {
                [RMMSIM_DUMP_TEXT] = dump_text,
                [RMMSIM_DUMP_JSON] = dump_json,
                [RMMSIM_DUMP_GRAPHVIZ] = dump_graphviz,
        };
        struct dump dump = { .sim = sim, .to = to, .subject = subject, .time = rmmsim_time(sim) };
        int result = 0;

        if ((unsigned)subject >= RMMSIM_NUM_DUMP_SUBJECTS || (unsigned)format >= RMMSIM_NUM_DUMP_FORMATS ||
            (format == RMMSIM_DUMP_GRAPHVIZ && !has_picture(subject))) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (!gather(&dump, address)) {
                result = RMMSIM_ERROR_MEMORY;
        } else if (!is_there(&dump)) {
                result = RMMSIM_ERROR_STATE;
        } else {
                writers[format](&dump);
        }
        forget(&dump);
        return result;
}
