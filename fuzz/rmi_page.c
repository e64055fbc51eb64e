/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_page.c - the pages that a host hands over: built valid, then spoilt in one field as the record says.
 *
 * Specification: RmiRealmParams, RmiRecParams, RmiRecEnter (lifecycle sheet, 4).
 */
#include "rmi_record.h"
#include <string.h>

#define PC UINT64_C(0x1000)

/* ---- one field ------------------------------------------------------------------------------------------------------------ */

struct field {
        uint16_t offset;
        uint8_t size;
        bool address; /* of a Granule in state DELEGATED */
};

#define FIELD(structure, name)                                                                                         \
        {                                                                                                              \
                offsetof(struct structure, name), sizeof(((struct structure *)0)->name), false                         \
        }
#define ADDRESS(structure, name)                                                                                       \
        {                                                                                                              \
                offsetof(struct structure, name), 8, true                                                              \
        }

static const struct field realm_fields[] = {
        FIELD(rmmsim_realm_params, flags),
        FIELD(rmmsim_realm_params, s2sz),
        FIELD(rmmsim_realm_params, sve_vl),
        FIELD(rmmsim_realm_params, num_bps),
        FIELD(rmmsim_realm_params, num_wps),
        FIELD(rmmsim_realm_params, pmu_num_ctrs),
        FIELD(rmmsim_realm_params, hash_algo),
        FIELD(rmmsim_realm_params, vmid),
        ADDRESS(rmmsim_realm_params, rtt_base),
        ADDRESS(rmmsim_realm_params, rtt_base),
        FIELD(rmmsim_realm_params, rtt_level_start),
        FIELD(rmmsim_realm_params, rtt_num_start),
        { 0x440, 8, false },
};

static const struct field rec_fields[] = {
        FIELD(rmmsim_rec_params, flags),    FIELD(rmmsim_rec_params, mpidr),
        FIELD(rmmsim_rec_params, pc),       FIELD(rmmsim_rec_params, gprs[0]),
        FIELD(rmmsim_rec_params, gprs[7]),  FIELD(rmmsim_rec_params, num_aux),
        ADDRESS(rmmsim_rec_params, aux[0]), ADDRESS(rmmsim_rec_params, aux[1]),
        ADDRESS(rmmsim_rec_params, aux[2]), { 0x8, 8, false },
};

static const struct field enter_fields[] = {
        FIELD(rmmsim_rec_enter, flags),         FIELD(rmmsim_rec_enter, gprs[0]),
        FIELD(rmmsim_rec_enter, gprs[30]),      FIELD(rmmsim_rec_enter, gicv3_hcr),
        FIELD(rmmsim_rec_enter, gicv3_lrs[0]),  FIELD(rmmsim_rec_enter, gicv3_lrs[1]),
        FIELD(rmmsim_rec_enter, gicv3_lrs[15]), { 0x388, 8, false },
};

/* The upper bits of a selector say what is done to the old value, the lower ones how far. */
static uint64_t spoilt(uint64_t old, uint8_t selector)
{
        unsigned n = selector & 31;

        switch (selector >> 5) {
        case 0:
                return n;
        case 1:
                return old + 1 + n;
        case 2:
                return old - 1 - n;
        case 3:
                return old ^ UINT64_C(1) << n;
        case 4:
                return old ^ UINT64_C(1) << (n + 32);
        case 5:
                return UINT64_MAX;
        case 6:
                return UINT64_C(1) << n;
        default:
                return old << 1;
        }
}

static void spoil(const struct rmi_pick *pick, const struct rmi_call *call, uint8_t *page, const struct field *fields,
                  unsigned num_fields)
{
        unsigned choice = pick->record[RMI_BYTE_FIELD];
        uint8_t selector = pick->record[RMI_BYTE_VALUE];
        const struct field *field = &fields[choice % num_fields];
        uint64_t value = 0;

        if (choice < 128) {
                return;
        }
        memcpy(&value, page + field->offset, field->size);
        value = field->address ? rmi_pick_pa(pick, call, RMI_KIND_PA_DELEGATED, selector) : spoilt(value, selector);
        memcpy(page + field->offset, &value, field->size);
}

#define SPOIL(pick, call, page, fields) spoil(pick, call, page, fields, sizeof(fields) / sizeof((fields)[0]))

/* ---- RmiRealmParams ------------------------------------------------------------------------------------------------------- */

struct shape {
        uint8_t width;
        int8_t start;
        uint8_t num_roots;
        bool lpa2;
};

static bool is_delegated(const struct rmi_shadow *shadow, unsigned number)
{
        return number < RMI_NUM_POOL && shadow->granules[number].state == RMMSIM_GRANULE_DELEGATED;
}

/* Root RTTs: so many unused Granules in a row, aligned, and none of them the RD. */
static uint64_t find_roots(const struct rmi_shadow *shadow, unsigned count, uint64_t rd)
{
        unsigned first = (RMI_NUM_HOST + count - 1) / count * count;
        uint64_t any = rmi_pa(first);

        for (; first < RMI_NUM_DRAM; first += count) {
                unsigned n = 0;

                while (n < count && is_delegated(shadow, first + n) && rmi_pa(first + n) != rd) {
                        n++;
                }
                if (n == count) {
                        return rmi_pa(first);
                }
        }
        return any;
}

static uint16_t free_vmid(const struct rmi_shadow *shadow)
{
        for (uint16_t vmid = 0;; vmid++) {
                bool used = false;

                for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                        used |= shadow->realms[i].rd != RMI_NOWHERE && shadow->realms[i].vmid == vmid;
                }
                if (!used) {
                        return vmid;
                }
        }
}

static void fill_realm_params(const struct rmi_pick *pick, struct rmi_call *call, struct rmmsim_realm_params *params)
{
        static const struct shape shapes[] = { { 40, 0, 1, false }, { 40, 1, 2, false },  { 32, 2, 4, false },
                                               { 33, 1, 1, false }, { 34, 2, 16, false }, { 48, 0, 1, false },
                                               { 52, -1, 1, true }, { 49, 0, 2, true } };
        const struct shape *shape = &shapes[pick->record[RMI_BYTE_OPTION] & 7];
        uint8_t detail = pick->record[RMI_BYTE_DETAIL];

        params->flags = (shape->lpa2 ? RMMSIM_REALM_FLAG_LPA2 : 0) | ((detail & 7) == 7 ? RMMSIM_REALM_FLAG_SVE : 0) |
                        ((detail & 8) != 0 ? RMMSIM_REALM_FLAG_PMU : 0);
        params->s2sz = shape->width;
        params->num_bps = params->num_wps = 1;
        params->pmu_num_ctrs = (detail & 8) != 0 ? 6 : 0;
        params->hash_algo = detail >> 4 & 1;
        params->rpv[0] = detail;
        /* Among several that are made at a time some want the same. */
        params->vmid = (detail & 0x20) != 0 ? detail & 3 : free_vmid(pick->shadow);
        params->rtt_level_start = shape->start;
        params->rtt_num_start = shape->num_roots;
        params->rtt_base = find_roots(pick->shadow, shape->num_roots, call->in.x[1]);
        SPOIL(pick, call, (uint8_t *)params, realm_fields);
        call->rtt_base = params->rtt_base;
        call->rtt_num_start = params->rtt_num_start;
        call->rtt_level_start = params->rtt_level_start;
        call->width = params->s2sz;
        call->vmid = params->vmid;
        call->lpa2 = (params->flags & RMMSIM_REALM_FLAG_LPA2) != 0;
}

/* ---- RmiRecParams --------------------------------------------------------------------------------------------------------- */

static void find_aux(const struct rmi_shadow *shadow, uint64_t *aux, uint64_t rec)
{
        unsigned found = 0;

        for (unsigned i = RMI_NUM_POOL; i-- > RMI_NUM_HOST && found < RMI_NUM_AUX;) {
                if (is_delegated(shadow, i) && rmi_pa(i) != rec) {
                        aux[found++] = rmi_pa(i);
                }
        }
}

static void fill_rec_params(const struct rmi_pick *pick, struct rmi_call *call, struct rmmsim_rec_params *params)
{
        const struct rmi_realm *realm = rmi_pick_realm(pick);

        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                const struct rmi_realm *other = &pick->shadow->realms[i];

                if (other->rd != RMI_NOWHERE && rmi_pa((unsigned)other->rd) == call->in.x[1]) {
                        realm = other;
                }
        }
        params->flags = (pick->record[RMI_BYTE_DETAIL] & 1) != 0 ? 0 : RMMSIM_REC_FLAG_RUNNABLE;
        params->mpidr = realm != NULL ? realm->next_index : 0;
        params->pc = PC;
        params->gprs[0] = pick->record[RMI_BYTE_DETAIL];
        params->num_aux = RMI_NUM_AUX;
        find_aux(pick->shadow, params->aux, call->in.x[2]);
        SPOIL(pick, call, (uint8_t *)params, rec_fields);
        call->mpidr = params->mpidr;
        call->num_aux = params->num_aux;
        memcpy(call->aux, params->aux, sizeof(call->aux));
}

/* ---- RmiRecEnter ---------------------------------------------------------------------------------------------------------- */

static void fill_enter(const struct rmi_pick *pick, struct rmi_call *call, struct rmmsim_rec_enter *enter)
{
        const uint8_t *selectors =
                &pick->record[RMI_BYTE_ARGUMENT + 2]; /* of registers that the command does not have */
        uint8_t flags = selectors[0], list = selectors[1], interrupt = selectors[2];

        enter->flags = flags < 128 ? 0 : flags & 31;
        enter->gprs[0] = pick->record[RMI_BYTE_DETAIL];
        enter->gicv3_hcr = list < 160 ? 0 : 1U << (list & 15);
        if (interrupt >= 160) {
                /* Pending, group 1, priority 0xA0, an SGI. */
                enter->gicv3_lrs[interrupt & 3] = UINT64_C(0x50A0000000000000) | (interrupt >> 2 & 15);
        }
        SPOIL(pick, call, (uint8_t *)enter, enter_fields);
}

/* ---- any of them ---------------------------------------------------------------------------------------------------------- */

static unsigned page_register(unsigned command)
{
        for (unsigned n = 1; command < RMI_NUM_COMMANDS && rmi_input_kind(command, n) != RMI_KIND_END; n++) {
                if (rmi_input_kind(command, n) == RMI_KIND_PA_NS) {
                        return n;
                }
        }
        return 0;
}

int rmi_fill_page(const struct rmi_pick *pick, struct rmi_call *call, uint8_t *host)
{
        unsigned n = page_register(call->command);
        int number = n == 0 ? RMI_NOWHERE : rmi_number(pick->shadow, call->in.x[n]);
        uint8_t *page = host + (size_t)(number < 0 ? 0 : number) * RMI_PAGE;

        call->page = RMI_NOWHERE;
        if (number == RMI_NOWHERE || number >= RMI_NUM_PARAMS ||
            pick->shadow->granules[number].state != RMMSIM_GRANULE_UNDELEGATED) {
                return RMI_NOWHERE;
        }
        call->page = number;
        memset(page, 0, RMI_PAGE);
        switch (call->command) {
        case RMMSIM_COMMAND_rmi_realm_create:
                fill_realm_params(pick, call, (struct rmmsim_realm_params *)(void *)page);
                break;
        case RMMSIM_COMMAND_rmi_rec_create:
                fill_rec_params(pick, call, (struct rmmsim_rec_params *)(void *)page);
                break;
        case RMMSIM_COMMAND_rmi_rec_enter:
                fill_enter(pick, call, (struct rmmsim_rec_enter *)(void *)page);
                break;
        default:
                memset(page, pick->record[RMI_BYTE_VALUE], 64);
                break;
        }
        return number;
}
