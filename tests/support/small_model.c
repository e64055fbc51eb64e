/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * small_model.c - the commands on the model. Conditions stand in the order that hosts know.
 */
#include "small_model_parts.h"

enum {
        ASSIGNED = RMMSIM_RTT_ASSIGNED,
        TABLE = RMMSIM_RTT_TABLE,
        RAM = RMMSIM_RIPAS_RAM
};
enum {
        UNDELEGATED = RMMSIM_GRANULE_UNDELEGATED,
        DELEGATED = RMMSIM_GRANULE_DELEGATED,
        RD = RMMSIM_GRANULE_RD,
        REC = RMMSIM_GRANULE_REC,
        RTT = RMMSIM_GRANULE_RTT,
};

/* ---- Granules, Realms ---------------------------------------------------------------------------------------------------- */

static struct small_result move(struct small_model *m, unsigned granule, unsigned from, unsigned to)
{
        if (m->state[granule] != from) {
                return FAIL(INPUT);
        }
        m->state[granule] = (uint8_t)to;
        return SUCCESS;
}

static bool vmid_in_use(const struct small_model *m, unsigned vmid)
{
        for (unsigned i = 0; i < m->num_granules; i++) {
                if (m->state[i] == RD && m->realm[i].vmid == vmid) {
                        return true;
                }
        }
        return false;
}

static struct small_result realm_create(struct small_model *m, unsigned rd, unsigned root)
{
        unsigned vmid = 1 + root % 2;

        if (m->state[rd] != DELEGATED || rd == root || m->state[root] != DELEGATED || vmid_in_use(m, vmid)) {
                return FAIL(INPUT);
        }
        m->state[rd] = RD;
        m->state[root] = RTT;
        m->realm[rd] =
                (struct small_realm){ .state = RMMSIM_REALM_REALM_NEW, .root = (uint8_t)root, .vmid = (uint8_t)vmid };
        return SUCCESS;
}

static struct small_result realm_activate(struct small_model *m, unsigned rd)
{
        struct small_realm *realm = realm_of(m, rd);

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        if (realm->state != RMMSIM_REALM_REALM_NEW) {
                return FAIL(REALM);
        }
        realm->state = RMMSIM_REALM_REALM_ACTIVE;
        return SUCCESS;
}

/* Memory of the host in a root does not keep a Realm alive. */
static struct small_result realm_destroy(struct small_model *m, unsigned rd)
{
        struct small_realm *realm = realm_of(m, rd);

        if (realm == NULL) {
                return FAIL(INPUT);
        }
        if (realm->num_recs != 0 || realm->entry[1].state == TABLE || realm->ns[1].state == TABLE) {
                return FAIL(REALM);
        }
        m->state[realm->root] = DELEGATED;
        m->state[rd] = DELEGATED;
        return SUCCESS;
}

/* ---- RECs ------------------------------------------------------------------------------------------------------------------ */

static struct small_result rec_create(struct small_model *m, unsigned rd, unsigned rec, unsigned index)
{
        struct small_realm *realm = realm_of(m, rd);

        if (m->state[rec] != DELEGATED || realm == NULL) {
                return FAIL(INPUT);
        }
        if (realm->num_recs == SMALL_RECS_MAX || realm->state != RMMSIM_REALM_REALM_NEW) {
                return FAIL(REALM);
        }
        if (index != realm->rec_index) {
                return FAIL(INPUT);
        }
        m->state[rec] = REC;
        m->rec[rec] = (struct small_rec){ .owner = (uint8_t)rd, .index = (uint8_t)index, .runnable = index == 0 };
        realm->num_recs++;
        realm->rec_index++;
        return SUCCESS;
}

static struct small_result rec_destroy(struct small_model *m, unsigned rec)
{
        if (m->state[rec] != REC) {
                return FAIL(INPUT);
        }
        m->realm[m->rec[rec].owner].num_recs--;
        m->state[rec] = DELEGATED;
        return SUCCESS;
}

static bool rec_exists(const struct small_model *m, unsigned owner, unsigned index)
{
        for (unsigned i = 0; i < m->num_granules; i++) {
                if (m->state[i] == REC && m->rec[i].owner == owner && m->rec[i].index == index) {
                        return true;
                }
        }
        return false;
}

static void act(struct small_model *m, struct small_rec *rec, enum small_act what)
{
        switch (what) {
        case ACT_SYSTEM_OFF:
                m->realm[rec->owner].state = RMMSIM_REALM_REALM_SYSTEM_OFF;
                break;
        case ACT_CPU_OFF:
                rec->runnable = false;
                break;
        case ACT_CPU_ON:
                if (rec_exists(m, rec->owner, rec->index ^ 1u)) {
                        rec->pending = RMMSIM_PENDING_PSCI_REQUEST;
                        rec->target = rec->index ^ 1u;
                }
                break;
        case ACT_ASK_FOR_RAM:
                rec->pending = RMMSIM_PENDING_RIPAS_CHANGE;
                rec->served = false;
                break;
        default:
                break;
        }
}

static struct small_result rec_enter(struct small_model *m, unsigned granule, enum small_act what)
{
        struct small_rec *rec = &m->rec[granule];
        const struct small_realm *realm = &m->realm[rec->owner];
        const struct small_entry *code;

        if (m->state[granule] != REC) {
                return FAIL(INPUT);
        }
        if (realm->state == RMMSIM_REALM_REALM_NEW) {
                return FAIL(REALM);
        }
        if (realm->state == RMMSIM_REALM_REALM_SYSTEM_OFF) {
                return (struct small_result){ .x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_REALM, 1) };
        }
        if (!rec->runnable || rec->pending == RMMSIM_PENDING_PSCI_REQUEST) {
                return FAIL(REC);
        }
        rec->pending = RMMSIM_PENDING_NO_REQUEST;
        code = &realm->entry[walk(realm)];
        rec->started = rec->started || (code->state == ASSIGNED && code->ripas == RAM);
        if (rec->started) {
                act(m, rec, what);
        }
        return SUCCESS;
}

static struct small_result psci_complete(struct small_model *m, unsigned calling, unsigned target, bool deny)
{
        struct small_rec *caller = &m->rec[calling];
        struct small_rec *wanted = &m->rec[target];

        if (calling == target || m->state[calling] != REC || m->state[target] != REC ||
            caller->pending != RMMSIM_PENDING_PSCI_REQUEST || wanted->owner != caller->owner ||
            wanted->index != caller->target || (deny && wanted->runnable)) {
                return FAIL(INPUT);
        }
        caller->pending = RMMSIM_PENDING_NO_REQUEST;
        if (!deny && !wanted->runnable) {
                wanted->runnable = true;
                wanted->started = false;
        }
        return SUCCESS;
}

struct small_result small_model_call(struct small_model *m, const struct small_call *call)
{
        unsigned a = call->a;
        unsigned b = call->b;
        unsigned c = call->c;

        switch ((enum small_command)call->command) {
        case DELEGATE:
                return move(m, a, UNDELEGATED, DELEGATED);
        case UNDELEGATE:
                return move(m, a, DELEGATED, UNDELEGATED);
        case REALM_CREATE:
                return realm_create(m, a, b);
        case REALM_ACTIVATE:
                return realm_activate(m, a);
        case REALM_DESTROY:
                return realm_destroy(m, a);
        case REC_CREATE:
                return rec_create(m, a, b, c);
        case REC_DESTROY:
                return rec_destroy(m, a);
        case REC_ENTER:
                return rec_enter(m, a, (enum small_act)c);
        case PSCI_COMPLETE:
                return psci_complete(m, a, b, c != 0);
        case RTT_CREATE:
                return small_rtt_create(m, a, b, (enum small_place)c);
        case RTT_DESTROY:
                return small_rtt_destroy(m, a, (enum small_place)c);
        case RTT_FOLD:
                return small_rtt_fold(m, a, (enum small_place)c);
        case RTT_READ:
                return small_rtt_read(m, a, c != 0);
        case DATA_CREATE:
                return small_data_create(m, a, b, false);
        case DATA_UNKNOWN:
                return small_data_create(m, a, b, true);
        case DATA_DESTROY:
                return small_data_destroy(m, a);
        case INIT_RIPAS:
                return small_init_ripas(m, a, c != 0);
        case SET_RIPAS:
                return small_set_ripas(m, a, b);
        case MAP:
        case UNMAP:
                return small_map(m, a, 1 + c, call->command == UNMAP);
        default:
                return FAIL(INPUT);
        }
}
