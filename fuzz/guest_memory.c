/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_memory.c - the model's memory: RIPAS and HIPAS entry by entry, mappings of the host, contents.
 *
 * The tables have one shape: down to level 3 at the bottom of both halves, and one more table, for the second 2 MiB, that
 * the host may create and destroy.
 *
 * Specification: RTT sheet sections 2, 3 and 5.
 */
#include "guest_model.h"

struct model model;
uint8_t (*model_data_bytes)[4096];
uint8_t (*model_host_bytes)[4096];

enum {
        TABLE_PARENT = 1, /* of level 2             */
        TABLE_UPPER = 3   /* for the second 2 MiB */
};

/* ---- Protected IPAs ------------------------------------------------------------------------------------------------------- */

static struct model_table *table_of(uint64_t ipa)
{
        for (int i = MODEL_TABLES - 1; i > 0; i--) {
                struct model_table *table = &model.tables[i];

                if (table->present && ipa - table->base < 512 * model_entry_size(table->level)) {
                        return table;
                }
        }
        return &model.tables[0];
}

static unsigned index_in(const struct model_table *table, uint64_t ipa)
{
        return (unsigned)((ipa - table->base) / model_entry_size(table->level));
}

uint8_t *model_walk(uint64_t ipa, int *level)
{
        struct model_table *table = table_of(ipa);

        *level = table->level;
        return &table->entries[index_in(table, ipa)];
}

unsigned model_data_of(uint64_t ipa)
{
        unsigned i = 0;

        while (i < MODEL_DATA - 1 &&
               (model.data[i].state != DATA_USED || model.data[i].ipa != ipa / MODEL_PAGE * MODEL_PAGE)) {
                i++;
        }
        return i;
}

static uint64_t error_rtt(int level)
{
        return RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, level);
}

/*
 * Where a change of RIPAS from an entry on ends: before the first entry that is a table, or DESTROYED without leave, or ends
 * above top.
 */
static uint64_t change_top(const struct model_table *table, uint64_t base, uint64_t top, bool past_destroyed)
{
        uint64_t size = model_entry_size(table->level);
        uint64_t end = base / size * size;

        for (unsigned i = index_in(table, base); i < 512 && end < top; i++, end += size) {
                uint8_t entry = table->entries[i];

                if ((entry & ENTRY_TABLE) != 0 ||
                    (!past_destroyed && (entry & ENTRY_RIPAS) == RMMSIM_RIPAS_DESTROYED)) {
                        break;
                }
        }
        return (end < top ? end : top) / size * size;
}

uint64_t model_set_ripas(struct model_rec *rec, uint64_t base, uint64_t top, uint64_t *out_top)
{
        struct model_table *table;
        uint64_t size, end;
        bool must_change;

        *out_top = 0;
        if (top <= base || rec->pending != PENDING_RIPAS || base != rec->ripas_base || top > rec->ripas_top ||
            top % MODEL_PAGE != 0) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        table = table_of(base);
        size = model_entry_size(table->level);
        must_change = MODEL_QUIRK(set_ripas_progress) ||
                      (table->entries[index_in(table, base)] & ENTRY_RIPAS) != rec->ripas_value;
        end = change_top(table, base, top, rec->ripas_destroyed);
        if (must_change && (base % size != 0 || end == base)) {
                return error_rtt(table->level);
        }
        for (uint64_t ipa = base / size * size; ipa < end; ipa += size) {
                uint8_t *entry = &table->entries[index_in(table, ipa)];

                *entry = (uint8_t)((*entry & ~ENTRY_RIPAS) | rec->ripas_value);
        }
        rec->ripas_base = *out_top = end > base ? end : base;
        return RMMSIM_RMI_SUCCESS;
}

uint64_t model_get_ripas(uint64_t base, uint64_t top, unsigned *ripas)
{
        const struct model_table *table = table_of(base);
        uint64_t size = model_entry_size(table->level);
        uint64_t end = base / size * size + size;

        *ripas = table->entries[index_in(table, base)] & ENTRY_RIPAS;
        for (unsigned i = index_in(table, base) + 1; i < 512; i++, end += size) {
                if ((table->entries[i] & ENTRY_TABLE) != 0 || (table->entries[i] & ENTRY_RIPAS) != *ripas) {
                        break;
                }
        }
        return end < top ? end : top;
}

uint64_t model_data_create(uint64_t ipa, unsigned granule)
{
        struct model_data *data = &model.data[granule];
        uint8_t *entry;
        int level;

        if (data->state != DATA_DELEGATED || ipa % MODEL_PAGE != 0 || !model_is_protected(ipa)) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        entry = model_walk(ipa, &level);
        if (level != 3 || (*entry & ENTRY_ASSIGNED) != 0) {
                return error_rtt(level);
        }
        *entry |= ENTRY_ASSIGNED;
        *data = (struct model_data){ .pa = data->pa, .state = DATA_USED, .ipa = ipa };
        memset(model_data_bytes[granule], 0, MODEL_PAGE);
        model.data_written |= UINT32_C(1) << granule;
        return RMMSIM_RMI_SUCCESS;
}

uint64_t model_data_destroy(uint64_t ipa, uint64_t *pa)
{
        struct model_data *data;
        uint8_t *entry;
        int level;

        *pa = 0;
        if (ipa % MODEL_PAGE != 0 || !model_is_protected(ipa)) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        entry = model_walk(ipa, &level);
        if (level != 3 || (*entry & ENTRY_ASSIGNED) == 0) {
                return error_rtt(level);
        }
        data = &model.data[model_data_of(ipa)];
        *pa = data->pa;
        data->state = DATA_DELEGATED;
        *entry = (*entry & ENTRY_RIPAS) == RMMSIM_RIPAS_RAM ? RMMSIM_RIPAS_DESTROYED : *entry & ENTRY_RIPAS;
        return RMMSIM_RMI_SUCCESS;
}

/* RTT_CREATE and RTT_DESTROY of the one table that comes and goes. While it is there its Granule is not DELEGATED. */
uint64_t model_upper_table(bool create)
{
        struct model_table *table = &model.tables[TABLE_UPPER];
        uint8_t *parent = &model.tables[TABLE_PARENT].entries[1];

        if (create) {
                if (table->present) {
                        return RMMSIM_RMI_ERROR_INPUT;
                }
                memset(table->entries, *parent, sizeof(table->entries));
                *parent = ENTRY_TABLE;
                table->present = true;
                return RMMSIM_RMI_SUCCESS;
        }
        if (!table->present) {
                return error_rtt(2);
        }
        for (unsigned i = 0; i < 512; i++) {
                if ((table->entries[i] & ENTRY_ASSIGNED) != 0) {
                        return error_rtt(3);
                }
        }
        table->present = false;
        *parent = RMMSIM_RIPAS_DESTROYED;
        return RMMSIM_RMI_SUCCESS;
}

/* ---- Unprotected IPAs ----------------------------------------------------------------------------------------------------- */

struct model_share *model_walk_unprotected(uint64_t ipa, int *level)
{
        uint64_t from = ipa - model.par_top;

        *level = from < MODEL_L2 ? 3 : from < MODEL_L1 ? 2 : 1;
        for (unsigned i = 0; i < MODEL_SHARES; i++) {
                struct model_share *share = &model.shares[i];

                if (share->level != 0 && ipa - share->ipa < model_entry_size(share->level)) {
                        return share;
                }
        }
        return NULL;
}

/* What MAP and UNMAP ask of their arguments. */
static bool place_valid(uint64_t ipa, int64_t level)
{
        return level >= 1 && level <= 3 && ipa % model_entry_size((int)level) == 0 && ipa >= model.par_top &&
               ipa < UINT64_C(1) << MODEL_IPA_BITS;
}

uint64_t model_map(uint64_t ipa, int64_t level, uint64_t desc)
{
        struct model_share *share;
        int reached;
        uint64_t address;

        if (!place_valid(ipa, level)) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        address = ~(model_entry_size((int)level) - 1) & UINT64_C(0xffffffffffff);
        if ((desc & ~(address | 0xdc)) != 0 || (desc & 0x1c) == 0x10) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        share = model_walk_unprotected(ipa, &reached);
        if (reached > level) {
                reached = (int)level; /* a table */
                return error_rtt(reached);
        }
        if (reached < level || share != NULL) {
                return error_rtt(reached);
        }
        for (share = model.shares; share->level != 0; share++) {
        }
        *share = (struct model_share){ .ipa = ipa, .level = (int)level, .desc = desc };
        return RMMSIM_RMI_SUCCESS;
}

uint64_t model_unmap(uint64_t ipa, int64_t level)
{
        struct model_share *share;
        int reached;

        if (!place_valid(ipa, level)) {
                return RMMSIM_RMI_ERROR_INPUT;
        }
        share = model_walk_unprotected(ipa, &reached);
        if (reached != level || share == NULL) {
                return error_rtt(reached < level ? reached : (int)level);
        }
        share->level = 0;
        return RMMSIM_RMI_SUCCESS;
}

/* ---- accesses ------------------------------------------------------------------------------------------------------------- */

static struct model_target translate_host(struct model_target target, uint64_t pa)
{
        struct rmmsim_granule granule;

        target.pa = pa;
        target.outcome = ACCESS_HOST;
        if (rmmsim_granule(model.world->sim, &granule, pa) == 0) {
                if (granule.gpt != RMMSIM_GPT_GPT_NS && granule.gpt != RMMSIM_GPT_GPT_AAP) {
                        target.outcome = ACCESS_GPF;
                }
        } else if (rmmsim_host_pointer(model.world->sim, pa, 1) == NULL) {
                target.outcome = ACCESS_BUS;
        }
        return target;
}

static struct model_target translate_unprotected(uint64_t ipa, enum model_access access)
{
        struct model_target target = { .level = 0 };
        const struct model_share *share = model_walk_unprotected(ipa, &target.level);

        if (access == ACCESS_FETCH) {
                target.outcome = ACCESS_EMPTY;
        } else if (share == NULL) {
                target.outcome = ACCESS_OUTSIDE;
        } else if ((share->desc >> (access == ACCESS_READ ? 6 : 7) & 1) == 0) {
                target.outcome = ACCESS_PERMISSION;
        } else {
                uint64_t mask = model_entry_size(share->level) - 1;

                return translate_host(target, (share->desc & UINT64_C(0xfffffffff000) & ~mask) | (ipa & mask));
        }
        return target;
}

struct model_target model_translate(uint64_t ipa, enum model_access access)
{
        struct model_target target = { .outcome = ACCESS_BEYOND };
        uint8_t entry;

        if (ipa >= UINT64_C(1) << MODEL_IPA_BITS) {
                return target;
        }
        if (!model_is_protected(ipa)) {
                return translate_unprotected(ipa, access);
        }
        entry = *model_walk(ipa, &target.level);
        if (entry == (ENTRY_ASSIGNED | RMMSIM_RIPAS_RAM)) {
                target.outcome = ACCESS_PROTECTED;
                target.data = model_data_of(ipa);
        } else {
                target.outcome = (entry & ENTRY_RIPAS) == RMMSIM_RIPAS_EMPTY ? ACCESS_EMPTY : ACCESS_FAULT;
        }
        return target;
}

uint8_t *model_protected_bytes(unsigned data, uint64_t ipa, bool write)
{
        if (write) {
                model.data_written |= UINT32_C(1) << data;
        }
        return &model_data_bytes[data][ipa % MODEL_PAGE];
}

uint8_t *model_host_shadow(uint64_t pa, bool write)
{
        for (unsigned i = 0; i < MODEL_HOST; i++) {
                if (pa - model.host[i] < MODEL_PAGE) {
                        model.host_written |= write ? UINT32_C(1) << i : 0;
                        return &model_host_bytes[i][pa % MODEL_PAGE];
                }
        }
        return NULL;
}
