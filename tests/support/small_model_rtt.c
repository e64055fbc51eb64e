/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * small_model_rtt.c - the model's translation tables and memory. Conditions stand in the order that hosts know.
 */
#include "small_model_parts.h"

enum {
        UNASSIGNED = RMMSIM_RTT_UNASSIGNED,
        ASSIGNED = RMMSIM_RTT_ASSIGNED,
        TABLE = RMMSIM_RTT_TABLE
};
enum {
        EMPTY = RMMSIM_RIPAS_EMPTY,
        RAM = RMMSIM_RIPAS_RAM,
        DESTROYED = RMMSIM_RIPAS_DESTROYED
};
enum {
        DELEGATED = RMMSIM_GRANULE_DELEGATED,
        REC = RMMSIM_GRANULE_REC,
        RTT = RMMSIM_GRANULE_RTT,
        DATA = RMMSIM_GRANULE_DATA
};

/* ---- tables ------------------------------------------------------------------------------------------------------------------ */

/* The entry that a table hangs from, or *missing is the level where the walk to it ends. */
static struct small_entry *parent(struct small_realm *realm, enum small_place place, unsigned *missing)
{
        *missing = 0;
        if (place == TABLE_2_UNPROTECTED) {
                return &realm->ns[1];
        }
        if (place == TABLE_3 && realm->entry[1].state != TABLE) {
                *missing = 1;
        }
        return &realm->entry[place == TABLE_2 ? 1 : 2];
}

static unsigned level_of(enum small_place place)
{
        return place == TABLE_3 ? 3 : 2;
}

struct small_result small_rtt_create(struct small_model *m, unsigned rd, unsigned table, enum small_place place)
{
        struct small_realm *realm = realm_of(m, rd);
        unsigned level = level_of(place);
        struct small_entry *entry;
        unsigned missing;

        if (m->state[table] != DELEGATED || realm == NULL) {
                return FAIL(INPUT);
        }
        entry = parent(realm, place, &missing);
        if (missing != 0) {
                return FAIL_RTT(missing);
        }
        if (entry->state == TABLE) {
                return FAIL_RTT(level - 1);
        }
        if (place == TABLE_2_UNPROTECTED) {
                realm->ns[2] = *entry;
                realm->ns_rest = entry->state;
        } else {
                realm->entry[level] = *entry;
                realm->rest[level] = entry->ripas;
        }
        *entry = (struct small_entry){ .state = TABLE, .granule = (uint8_t)table };
        m->state[table] = RTT;
        return SUCCESS;
}

static struct small_result remove_table(struct small_model *m, struct small_entry *entry, unsigned state,
                                        unsigned ripas)
{
        struct small_result result = { .x0 = RMMSIM_RMI_SUCCESS,
                                       .num_outputs = 1,
                                       .x = { 0, small_pa(entry->granule) } };

        m->state[entry->granule] = DELEGATED;
        *entry = (struct small_entry){ .state = (uint8_t)state, .ripas = (uint8_t)ripas };
        return result;
}

struct small_result small_rtt_destroy(struct small_model *m, unsigned rd, enum small_place place)
{
        struct small_realm *realm = realm_of(m, rd);
        unsigned level = level_of(place);
        struct small_entry *entry;
        unsigned missing;

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        entry = parent(realm, place, &missing);
        if (missing != 0) {
                return FAIL_RTT(missing);
        }
        if (entry->state != TABLE) {
                return FAIL_RTT(level - 1);
        }
        if (place == TABLE_2_UNPROTECTED) {
                return remove_table(m, entry, UNASSIGNED, 0);
        }
        if (realm->entry[level].state != UNASSIGNED) {
                return FAIL_RTT(level);
        }
        return remove_table(m, entry, UNASSIGNED, DESTROYED);
}

struct small_result small_rtt_fold(struct small_model *m, unsigned rd, enum small_place place)
{
        struct small_realm *realm = realm_of(m, rd);
        unsigned level = level_of(place);
        struct small_entry *entry;
        unsigned missing;

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        entry = parent(realm, place, &missing);
        if (missing != 0) {
                return FAIL_RTT(missing);
        }
        if (entry->state != TABLE) {
                return FAIL_RTT(level - 1);
        }
        if (place == TABLE_2_UNPROTECTED) {
                return realm->ns[2].state == realm->ns_rest ? remove_table(m, entry, realm->ns_rest, 0)
                                                            : FAIL_RTT(level);
        }
        if (realm->entry[level].state != UNASSIGNED || realm->entry[level].ripas != realm->rest[level]) {
                return FAIL_RTT(level);
        }
        return remove_table(m, entry, UNASSIGNED, realm->rest[level]);
}

struct small_result small_rtt_read(struct small_model *m, unsigned rd, bool unprotected)
{
        struct small_realm *realm = realm_of(m, rd);
        struct small_result result = { .x0 = RMMSIM_RMI_SUCCESS, .num_outputs = 2 };
        unsigned level;

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        if (unprotected) {
                level = realm->ns[1].state == TABLE ? 2 : 1;
                result.x[2] = realm->ns[level].state;
        } else {
                level = walk(realm);
                result.x[2] = realm->entry[level].state;
                result.x[3] = realm->entry[level].state == ASSIGNED ? small_pa(realm->entry[level].granule) : 0;
                result.num_outputs = 3;
        }
        result.x[1] = level;
        return result;
}

struct small_result small_map(struct small_model *m, unsigned rd, unsigned level, bool unmap)
{
        struct small_realm *realm = realm_of(m, rd);

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        if (level == 2 && realm->ns[1].state != TABLE) {
                return FAIL_RTT(1);
        }
        if (realm->ns[level].state != (unmap ? ASSIGNED : UNASSIGNED)) {
                return FAIL_RTT(level);
        }
        realm->ns[level].state = unmap ? UNASSIGNED : ASSIGNED;
        return SUCCESS;
}

/* ---- memory ------------------------------------------------------------------------------------------------------------------ */

struct small_result small_data_create(struct small_model *m, unsigned rd, unsigned data, bool unknown)
{
        struct small_realm *realm = realm_of(m, rd);
        struct small_entry *entry;
        unsigned level;

        if (m->state[data] != DELEGATED || realm == NULL) {
                return FAIL(INPUT);
        }
        if (!unknown && realm->state != RMMSIM_REALM_REALM_NEW) {
                return FAIL(REALM);
        }
        level = walk(realm);
        entry = &realm->entry[level];
        if (level < 3 || entry->state != UNASSIGNED) {
                return FAIL_RTT(level);
        }
        *entry = (struct small_entry){ ASSIGNED, unknown ? entry->ripas : (uint8_t)RAM, (uint8_t)data };
        m->state[data] = DATA;
        return SUCCESS;
}

struct small_result small_data_destroy(struct small_model *m, unsigned rd)
{
        struct small_realm *realm = realm_of(m, rd);
        struct small_entry *entry;
        unsigned level;

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        level = walk(realm);
        entry = &realm->entry[level];
        if (level < 3 || entry->state != ASSIGNED) {
                return FAIL_RTT(level);
        }
        return remove_table(m, entry, UNASSIGNED, entry->ripas == EMPTY ? EMPTY : DESTROYED);
}

struct small_result small_init_ripas(struct small_model *m, unsigned rd, bool whole_table)
{
        struct small_realm *realm = realm_of(m, rd);
        unsigned level;

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        if (realm->state != RMMSIM_REALM_REALM_NEW) {
                return FAIL(REALM);
        }
        level = walk(realm);
        if (realm->entry[level].state != UNASSIGNED || level < (whole_table ? 2u : 3u)) {
                return FAIL_RTT(level);
        }
        realm->entry[level].ripas = RAM;
        if (whole_table && level == 3) {
                realm->rest[3] = RAM;
        }
        return SUCCESS;
}

/* A page of a larger entry cannot change; if the entry is RAM already there is nothing to change. */
struct small_result small_set_ripas(struct small_model *m, unsigned rd, unsigned granule)
{
        struct small_realm *realm = realm_of(m, rd);
        struct small_rec *rec = &m->rec[granule];
        unsigned level;

        if (realm == NULL || m->state[granule] != REC) {
                return FAIL(INPUT);
        }
        if (rec->owner != rd) {
                return FAIL(REC);
        }
        if (rec->pending != RMMSIM_PENDING_RIPAS_CHANGE || rec->served) {
                return FAIL(INPUT);
        }
        level = walk(realm);
        if (level < 3) {
                return realm->entry[level].ripas == RAM ? SUCCESS : FAIL_RTT(level);
        }
        realm->entry[3].ripas = RAM;
        rec->served = true;
        return SUCCESS;
}
