/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chaos_pages.c - what a host writes to parameter pages: sound at first, then spoilt field by field.
 */
#include "chaos.h"
#include <string.h>

/* ---- pages ------------------------------------------------------------------------------------------------------------ */

struct shape {
        uint8_t s2sz;
        int8_t level;
        uint8_t roots;
        bool lpa2;
};

static const struct shape shapes[] = {
        { 40, 0, 1, false }, { 39, 1, 1, false }, { 32, 1, 1, false },  { 40, 1, 2, false },
        { 32, 2, 4, false }, { 33, 2, 8, false }, { 34, 2, 16, false }, { 48, 0, 1, false },
        { 52, -1, 1, true }, { 52, 0, 16, true }, { 49, 0, 2, true },   { 43, 1, 16, false },
};

/* As many DELEGATED Granules in a row, aligned; any address if none are found. */
static uint64_t find_roots(struct chaos *chaos, unsigned count)
{
        uint64_t base = 0;

        for (int tries = 0; tries < 16; tries++) {
                unsigned found = 0;

                base = align_down(chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED), count * GRANULE_SIZE);
                while (found < count) {
                        unsigned number = chaos_number(chaos, base + found * GRANULE_SIZE);

                        if (number == chaos->num_granules || chaos->state[number] != RMMSIM_GRANULE_DELEGATED) {
                                break;
                        }
                        found++;
                }
                if (found == count) {
                        break;
                }
        }
        return base;
}

static void spoil_realm_params(struct chaos *chaos, struct rmmsim_realm_params *params)
{
        struct dice *dice = &chaos->dice;
        uint64_t garbage = roll_garbage(dice);

        switch (roll_below(dice, 13)) {
        case 0:
                params->flags = garbage;
                break;
        case 1:
                params->s2sz = (uint8_t)garbage;
                break;
        case 2:
                params->sve_vl = (uint8_t)garbage;
                break;
        case 3:
                params->num_bps = (uint8_t)garbage;
                break;
        case 4:
                params->num_wps = (uint8_t)garbage;
                break;
        case 5:
                params->pmu_num_ctrs = (uint8_t)garbage;
                break;
        case 6:
                params->hash_algo = (uint8_t)garbage;
                break;
        case 7:
                params->vmid = (uint16_t)garbage;
                break;
        case 8:
                params->rtt_base = once_in(dice, 2) ? garbage : chaos_near_miss(chaos, params->rtt_base);
                break;
        case 9:
                params->rtt_level_start = (int64_t)garbage;
                break;
        case 10:
                params->rtt_num_start = (uint32_t)garbage;
                break;
        case 11:
                ((uint64_t *)(void *)params)[roll_below(dice, 512)] = garbage;
                break;
        default:
                memset(params, (int)garbage, sizeof(*params));
                break;
        }
}

void chaos_fill_realm_params(struct chaos *chaos, struct rmmsim_realm_params *params)
{
        struct dice *dice = &chaos->dice;
        struct shape shape = ROLL_OF(dice, shapes);

        if (shape.lpa2 && !chaos->config.features.lpa2) {
                shape = shapes[0];
        }
        params->flags = (shape.lpa2 ? RMMSIM_REALM_FLAG_LPA2 : 0) |
                        (chaos->config.features.sve_vectors != 0 && once_in(dice, 2) ? RMMSIM_REALM_FLAG_SVE : 0) |
                        (!chaos->config.features.no_pmu && once_in(dice, 2) ? RMMSIM_REALM_FLAG_PMU : 0);
        params->s2sz = shape.s2sz;
        params->sve_vl = (uint8_t)roll_below(dice, 4);
        params->num_bps = (uint8_t)(1 + roll_below(dice, 5));
        params->num_wps = (uint8_t)(1 + roll_below(dice, 3));
        params->pmu_num_ctrs = (uint8_t)(1 + roll_below(dice, 6));
        params->hash_algo = (uint8_t)(chaos->config.features.no_sha_512 ? 0 : roll_below(dice, 2));
        params->vmid = (uint16_t)roll_below(dice, 40);
        params->rtt_base = find_roots(chaos, shape.roots);
        params->rtt_level_start = shape.level;
        params->rtt_num_start = shape.roots;
        while (once_in(dice, 4)) {
                spoil_realm_params(chaos, params);
        }
}

static void spoil_rec_params(struct chaos *chaos, struct rmmsim_rec_params *params)
{
        struct dice *dice = &chaos->dice;

        switch (roll_below(dice, 6)) {
        case 0:
                params->mpidr ^= roll_garbage(dice);
                break;
        case 1:
                params->num_aux = roll_garbage(dice);
                break;
        case 2:
                params->aux[roll_below(dice, 16)] = roll_garbage(dice);
                break;
        case 3:
                params->aux[roll_below(dice, 3)] = params->aux[roll_below(dice, 3)];
                break;
        case 4:
                params->aux[roll_below(dice, 3)] = chaos_near_miss(chaos, params->aux[0]);
                break;
        default:
                ((uint64_t *)(void *)params)[roll_below(dice, 512)] = roll_garbage(dice);
                break;
        }
}

void chaos_fill_rec_params(struct chaos *chaos, const struct realm *realm, struct rmmsim_rec_params *params)
{
        struct dice *dice = &chaos->dice;
        uint64_t index = realm != NULL ? realm->rec_index : roll_below(dice, 3);

        params->flags = !once_in(dice, 3);
        params->mpidr = (index & 0xf) | (index >> 4 & 0xff) << 8 | (index >> 12 & 0xff) << 16;
        params->pc = once_in(dice, 8) ? chaos_ipa(chaos, realm, 3) : roll_below(dice, 6) * GRANULE_SIZE;
        for (unsigned i = 0; i < 8; i++) {
                params->gprs[i] = roll(dice);
        }
        params->num_aux = realm != NULL ? realm->rec_aux_count : 1;
        for (unsigned i = 0; i < 16; i++) {
                params->aux[i] = chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED);
        }
        while (once_in(dice, 5)) {
                spoil_rec_params(chaos, params);
        }
}

/* A list register that may be valid: state, group, priority, INTID. */
static uint64_t list_register(struct dice *dice)
{
        static const uint32_t intids[] = { 0, 27, 30, 1019, 1020, 1056, 4096, 8191, 8192, 65535, 65536 };
        uint64_t lr = (uint64_t)roll_below(dice, 4) << 62 | (uint64_t)roll_below(dice, 2) << 60 |
                      (uint64_t)(roll_below(dice, 32) << 3) << 48 | ROLL_OF(dice, intids);

        return once_in(dice, 8) ? lr | BIT(roll_below(dice, 64)) : lr;
}

void chaos_fill_run(struct chaos *chaos, const struct rec *rec, struct rmmsim_rec_enter *enter)
{
        struct dice *dice = &chaos->dice;

        memset(enter, 0, sizeof(*enter));
        if (rec != NULL && (rec->last_exit.emulatable || rec->last_exit.unprotected)) {
                enter->flags = roll_below(dice, 4);
        }
        if (once_in(dice, 3)) {
                enter->flags |= roll(dice) & (once_in(dice, 8) ? UINT64_MAX : UINT64_C(0x1c));
        }
        for (unsigned i = 0; i < 31; i++) {
                enter->gprs[i] = roll(dice);
        }
        if (once_in(dice, 3)) {
                enter->gicv3_hcr = once_in(dice, 8) ? roll_garbage(dice) : roll(dice) & 0x40fe;
                enter->gicv3_lrs[roll_below(dice, 16)] = list_register(dice);
                enter->gicv3_lrs[roll_below(dice, 2)] = list_register(dice);
        }
}
