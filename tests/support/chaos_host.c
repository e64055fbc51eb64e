/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chaos_host.c - what a host passes in registers, by the kinds in the rows.
 *
 * Arguments are first made to fit together, then, once in a while, one of them is spoilt.
 */
#include "chaos.h"
#include "rtt.h"
#include <stddef.h>
#include <string.h>

enum kind {
        KIND_END,
        KIND_VALUE,
        KIND_IPA,
        KIND_LEVEL,
        KIND_PA_UNDELEGATED,
        KIND_PA_NS,
        KIND_PA_DELEGATED,
        KIND_PA_RD,
        KIND_PA_RD_SHARED,
        KIND_PA_REC,
        KIND_PA_REC_OF_REALM
};

static const uint8_t kinds[RMMSIM_NUM_COMMANDS][17] = {
#define COMMAND(ID, name, fid, summary) [RMMSIM_COMMAND_##name] = { KIND_END,
#define IN(name, argument, KIND)        KIND_##KIND,
#define END(ID, name)                                                                                                  \
        }                                                                                                              \
        ,
#include <rmmsim/spec/rmi.def>
};

/* ---- addresses -------------------------------------------------------------------------------------------------------- */

int64_t chaos_level(struct chaos *chaos, const struct realm *realm)
{
        struct dice *dice = &chaos->dice;

        if (once_in(dice, 24)) {
                return (int64_t)roll_garbage(dice);
        }
        if (realm == NULL || once_in(dice, 16)) {
                return (int64_t)roll_below(dice, 7) - 2;
        }
        return realm->rtt_level_start + (int64_t)roll_below(dice, (unsigned)(4 - realm->rtt_level_start));
}

/* Few places, so that calls meet: near the bottom and top of both halves. */
uint64_t chaos_ipa(struct chaos *chaos, const struct realm *realm, int64_t level)
{
        struct dice *dice = &chaos->dice;
        /* A Realm may have been destroyed since it was chosen, by a guest that acts as the host. */
        unsigned width = realm != NULL && realm->ipa_width != 0 ? realm->ipa_width : 40;
        uint64_t half = BIT(width - 1);
        uint64_t ipa = once_in(dice, 3) ? half : 0;
        uint64_t size;

        if (once_in(dice, 64)) {
                return roll_garbage(dice);
        }
        size = level >= -1 && level <= 3 ? rtt_entry_size((int)level) : GRANULE_SIZE;
        if (once_in(dice, 32)) {
                ipa += half - size;
        } else if (once_in(dice, 4)) {
                ipa += roll_below(dice, 3) * size;
        } else {
                ipa += roll_below(dice, 2) * BIT(30) + roll_below(dice, 2) * BIT(21) +
                       roll_below(dice, 6) * GRANULE_SIZE;
        }
        return once_in(dice, 32) ? ipa : align_down(ipa, size);
}

/* A PA that is nearly right. */
uint64_t chaos_near_miss(struct chaos *chaos, uint64_t pa)
{
        switch (roll_below(&chaos->dice, 5)) {
        case 0:
                return pa + 1 + roll_below(&chaos->dice, 4095);
        case 1:
                return pa + GRANULE_SIZE;
        case 2:
                return pa - GRANULE_SIZE;
        case 3:
                return pa ^ BIT(roll_below(&chaos->dice, 64));
        default:
                return chaos->regions[3].base + roll_below(&chaos->dice, 4) * GRANULE_SIZE;
        }
}

/* A page of the host for parameters; a few are used over and over, so that they are seldom given away. */
static uint64_t ns_page(struct chaos *chaos)
{
        for (unsigned i = 0; i < 4; i++) {
                if (chaos->state[i] == RMMSIM_GRANULE_UNDELEGATED) {
                        return chaos_pa(chaos, i);
                }
        }
        return chaos_granule(chaos, RMMSIM_GRANULE_UNDELEGATED);
}

static void *host_page(const struct chaos *chaos, uint64_t pa)
{
        bool theirs = chaos_number(chaos, pa) < chaos->num_granules;

        return theirs && chaos->state[chaos_number(chaos, pa)] != RMMSIM_GRANULE_UNDELEGATED
                       ? NULL
                       : rmmsim_host_pointer(chaos->sim, align_down(pa, GRANULE_SIZE), GRANULE_SIZE);
}

/* ---- registers -------------------------------------------------------------------------------------------------------- */

static uint64_t argument(struct chaos *chaos, enum kind kind, const struct realm *realm, const struct rec *rec)
{
        switch (kind) {
        case KIND_PA_RD:
        case KIND_PA_RD_SHARED:
                return realm != NULL ? realm->rd : chaos_granule(chaos, RMMSIM_GRANULE_RD);
        case KIND_PA_REC:
        case KIND_PA_REC_OF_REALM:
                return rec != NULL ? rec->pa : chaos_granule(chaos, RMMSIM_GRANULE_REC);
        case KIND_PA_DELEGATED:
                return chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED);
        case KIND_PA_UNDELEGATED:
                return chaos_granule(chaos, RMMSIM_GRANULE_UNDELEGATED);
        case KIND_PA_NS:
                return ns_page(chaos);
        case KIND_IPA:
                return chaos_ipa(chaos, realm, 3);
        case KIND_LEVEL:
                return (uint64_t)chaos_level(chaos, realm);
        default:
                return once_in(&chaos->dice, 4) ? roll_garbage(&chaos->dice) : roll_below(&chaos->dice, 2);
        }
}

/* MAP_UNPROTECTED: a page of the host or of a device, sound attributes. */
static uint64_t descriptor(struct chaos *chaos, int64_t level)
{
        struct dice *dice = &chaos->dice;
        uint64_t size = level >= 1 && level <= 3 ? rtt_entry_size((int)level) : GRANULE_SIZE;
        uint64_t pa = align_down(chaos_pa(chaos, roll_below(dice, chaos->num_granules)), size);

        if (once_in(dice, 16)) {
                pa = align_down(roll(dice) & (BIT(52) - 1), size);
        }
        pa |= (uint64_t)roll_below(dice, 4) << 6 | (uint64_t)(once_in(dice, 16) ? roll_below(dice, 8) : 6) << 2;
        return once_in(dice, 32) ? pa ^ BIT(roll_below(dice, 64)) : pa;
}

/* The first REC of some kind, from anywhere in the list on; NULL if there is none. */
static const struct rec *find_rec(struct chaos *chaos, bool (*wanted)(struct chaos *chaos, const struct rec *rec))
{
        unsigned count = chaos->num_listed[RMMSIM_GRANULE_REC];
        unsigned first = count != 0 ? roll_below(&chaos->dice, count) : 0;

        for (unsigned i = 0; i < count; i++) {
                unsigned number = chaos->listed[RMMSIM_GRANULE_REC][(first + i) % count];
                const struct rec *rec = chaos_page(chaos, chaos_pa(chaos, number));

                if (wanted(chaos, rec)) {
                        return rec;
                }
        }
        return NULL;
}

static bool asks_for_ripas(struct chaos *chaos, const struct rec *rec)
{
        (void)chaos;
        return rec->pending == RMMSIM_PENDING_RIPAS_CHANGE;
}

static bool asks_for_power(struct chaos *chaos, const struct rec *rec)
{
        (void)chaos;
        return rec->pending == RMMSIM_PENDING_PSCI_REQUEST;
}

static bool can_run(struct chaos *chaos, const struct rec *rec)
{
        const struct realm *realm = chaos_page(chaos, rec->owner);

        return rec->state == RMMSIM_REC_REC_READY && rec->runnable == RMMSIM_POWER_RUNNABLE &&
               rec->pending != RMMSIM_PENDING_PSCI_REQUEST && realm->state == RMMSIM_REALM_REALM_ACTIVE;
}

bool chaos_can_run(struct chaos *chaos)
{
        return find_rec(chaos, can_run) != NULL;
}

static void fit_rec_enter(struct chaos *chaos, uint64_t *x)
{
        const struct rec *rec = find_rec(chaos, can_run);

        if (rec != NULL && !once_in(&chaos->dice, 8)) {
                x[1] = rec->pa;
        }
}

/* What the tables of a Realm describe is aligned to the level. */
static void fit_ipa_to_level(struct chaos *chaos, const struct realm *realm, uint64_t *x, uint64_t above)
{
        if (!once_in(&chaos->dice, 24)) {
                x[0] = chaos_ipa(chaos, realm, (int64_t)(x[1] - above));
        }
}

static void fit_ripas_range(struct chaos *chaos, const struct realm *realm, uint64_t *base, uint64_t *top)
{
        struct dice *dice = &chaos->dice;

        *base = chaos_ipa(chaos, realm, (int64_t)roll_below(dice, 4));
        *top = *base + (BIT(12 + 9 * roll_below(dice, 4)) << roll_below(dice, 4));
        if (once_in(dice, 16)) {
                *top += roll_below(dice, 8192);
        }
}

static void fit_set_ripas(struct chaos *chaos, uint64_t *x)
{
        const struct rec *rec = find_rec(chaos, asks_for_ripas);

        if (rec == NULL) {
                return;
        }
        x[1] = rec->owner;
        x[2] = rec->pa;
        x[3] = rec->ripas_addr;
        x[4] = once_in(&chaos->dice, 3) ? rec->ripas_addr + GRANULE_SIZE : rec->ripas_top;
}

static void fit_psci_complete(struct chaos *chaos, uint64_t *x)
{
        static const int64_t statuses[] = { 0, 0, 0, 0, -3, -3, -2, -4, 1 };
        const struct rec *rec = find_rec(chaos, asks_for_power);
        const struct rec *target = NULL;

        if (rec == NULL) {
                return;
        }
        for (int tries = 0; tries < 8; tries++) {
                target = chaos_rec(chaos, NULL);
                if (target->owner == rec->owner && target->mpidr == (rec->gprs[1] & 0xffffff)) {
                        break;
                }
        }
        x[1] = rec->pa;
        x[2] = target->pa;
        x[3] = (uint64_t)ROLL_OF(&chaos->dice, statuses);
}

/* Make the arguments of a command fit together, and its page. */
static void fit(struct chaos *chaos, enum rmmsim_command id, uint64_t *x, const struct realm *realm,
                const struct rec *rec)
{
        void *page;

        switch (id) {
        case RMMSIM_COMMAND_rmi_version:
                x[1] = once_in(&chaos->dice, 2) ? 0x10000 : x[1];
                break;
        case RMMSIM_COMMAND_rmi_realm_create:
                if ((page = host_page(chaos, x[2])) != NULL) {
                        chaos_fill_realm_params(chaos, page);
                }
                break;
        case RMMSIM_COMMAND_rmi_rec_create:
                if ((page = host_page(chaos, x[3])) != NULL) {
                        chaos_fill_rec_params(chaos, realm, page);
                }
                break;
        case RMMSIM_COMMAND_rmi_rec_enter:
                fit_rec_enter(chaos, x);
                rec = chaos->state[chaos_number(chaos, x[1])] == RMMSIM_GRANULE_REC ? chaos_page(chaos, x[1]) : NULL;
                if ((page = host_page(chaos, x[2])) != NULL) {
                        chaos_fill_run(chaos, rec, page);
                }
                break;
        case RMMSIM_COMMAND_rmi_rtt_create:
                fit_ipa_to_level(chaos, realm, &x[3], 1);
                break;
        case RMMSIM_COMMAND_rmi_rtt_destroy:
        case RMMSIM_COMMAND_rmi_rtt_fold:
                fit_ipa_to_level(chaos, realm, &x[2], 1);
                break;
        case RMMSIM_COMMAND_rmi_rtt_map_unprotected:
                x[4] = descriptor(chaos, (int64_t)x[3]);
                fit_ipa_to_level(chaos, realm, &x[2], 0);
                break;
        case RMMSIM_COMMAND_rmi_rtt_unmap_unprotected:
        case RMMSIM_COMMAND_rmi_rtt_read_entry:
                fit_ipa_to_level(chaos, realm, &x[2], 0);
                break;
        case RMMSIM_COMMAND_rmi_rtt_init_ripas:
                fit_ripas_range(chaos, realm, &x[2], &x[3]);
                break;
        case RMMSIM_COMMAND_rmi_rtt_set_ripas:
                fit_set_ripas(chaos, x);
                break;
        case RMMSIM_COMMAND_rmi_psci_complete:
                fit_psci_complete(chaos, x);
                break;
        default:
                break;
        }
}

static void spoil(struct chaos *chaos, uint64_t *x, unsigned num_inputs)
{
        unsigned which = 1 + roll_below(&chaos->dice, num_inputs);

        switch (roll_below(&chaos->dice, 4)) {
        case 0:
                x[which] = roll_garbage(&chaos->dice);
                break;
        case 1:
                x[which] = chaos_pa(chaos, roll_below(&chaos->dice, chaos->num_granules));
                break;
        case 2:
                x[which] = x[1 + roll_below(&chaos->dice, num_inputs)];
                break;
        default:
                x[which] = chaos_near_miss(chaos, x[which]);
                break;
        }
}

void chaos_arguments(struct chaos *chaos, enum rmmsim_command id, uint64_t *x)
{
        const struct realm *realm = chaos_realm(chaos);
        const struct rec *rec = chaos_rec(chaos, once_in(&chaos->dice, 8) ? NULL : realm);
        unsigned num_inputs = command_rows[id].num_inputs;

        x[0] = command_rows[id].fid | (once_in(&chaos->dice, 8) ? BIT(16) : 0);
        for (unsigned i = 1; i < 18; i++) {
                x[i] = i <= num_inputs ? argument(chaos, (enum kind)kinds[id][i], realm, rec) : 0x1717 + i;
        }
        fit(chaos, id, x, realm, rec);
        if (num_inputs != 0 && once_in(&chaos->dice, 6)) {
                spoil(chaos, x, num_inputs);
        }
}
