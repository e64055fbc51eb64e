/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_pick.c - from the selectors of a record to registers.
 *
 * What is natural depends on what there is: the n-th Realm, the REC that asked for this, a table where one is missing. So a record
 * means much the same wherever it stands.
 */
#include "rmi_record.h"

static const uint8_t favourites[] = { RMMSIM_COMMAND_rmi_rec_enter,    RMMSIM_COMMAND_rmi_rtt_create,
                                      RMMSIM_COMMAND_rmi_data_create,  RMMSIM_COMMAND_rmi_data_create_unknown,
                                      RMMSIM_COMMAND_rmi_rec_enter,    RMMSIM_COMMAND_rmi_granule_delegate,
                                      RMMSIM_COMMAND_rmi_rec_create,   RMMSIM_COMMAND_rmi_rtt_fold,
                                      RMMSIM_COMMAND_rmi_psci_complete };

unsigned rmi_record_command(const uint8_t *record)
{
        unsigned choice = record[RMI_BYTE_COMMAND] % (RMI_NUM_DEEDS + sizeof(favourites));

        return choice < RMI_NUM_DEEDS ? choice : favourites[choice - RMI_NUM_DEEDS];
}

/* ---- addresses ------------------------------------------------------------------------------------------------------------ */

const struct rmi_realm *rmi_pick_realm(const struct rmi_pick *pick)
{
        unsigned first = pick->record[RMI_BYTE_FOCUS] & 15;
        unsigned count = 0;

        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                count += pick->shadow->realms[i].rd != RMI_NOWHERE;
        }
        for (unsigned i = 0, n = count != 0 ? first % count : 0; i < RMI_REALMS_MAX; i++) {
                if (pick->shadow->realms[i].rd != RMI_NOWHERE && n-- == 0) {
                        return &pick->shadow->realms[i];
                }
        }
        return NULL;
}

static uint64_t nth_in_state(const struct rmi_shadow *shadow, unsigned state, unsigned n)
{
        unsigned count = 0;

        for (unsigned i = RMI_NUM_HOST; i < RMI_NUM_POOL; i++) {
                count += shadow->granules[i].state == state;
        }
        /* The last choice is from behind: those are the high ones. */
        n = count == 0 ? 0 : (n == 15 ? count - 1 : n % count);
        for (unsigned i = RMI_NUM_HOST; i < RMI_NUM_POOL && count != 0; i++) {
                if (shadow->granules[i].state == state && n-- == 0) {
                        return rmi_pa(i);
                }
        }
        return rmi_pa(RMI_NUM_HOST + n);
}

static uint64_t nth_rd(const struct rmi_pick *pick, unsigned n)
{
        const struct rmi_realm *realm = rmi_pick_realm(pick);

        return realm != NULL && n < 8 ? rmi_pa((unsigned)realm->rd) : nth_in_state(pick->shadow, RMMSIM_GRANULE_RD, n);
}

static uint64_t nth_rec(const struct rmi_pick *pick, unsigned n)
{
        const struct rmi_realm *realm = rmi_pick_realm(pick);
        unsigned wanted = (pick->record[RMI_BYTE_FOCUS] >> 4) + n;

        for (unsigned i = 0; i < RMI_RECS_MAX && n < 8 && realm != NULL && realm->num_recs != 0; i++) {
                const struct rmi_rec *rec = &pick->shadow->recs[i];

                if (rec->granule != RMI_NOWHERE && &pick->shadow->realms[rec->realm] == realm &&
                    wanted-- % realm->num_recs == 0) {
                        return rmi_pa((unsigned)rec->granule);
                }
        }
        return nth_in_state(pick->shadow, RMMSIM_GRANULE_REC, n);
}

static uint64_t natural(const struct rmi_pick *pick, enum rmi_kind kind, unsigned n)
{
        switch (kind) {
        case RMI_KIND_PA_NS:
                return n < 12 ? rmi_pa(pick->own) : nth_in_state(pick->shadow, RMMSIM_GRANULE_UNDELEGATED, n);
        case RMI_KIND_PA_UNDELEGATED:
                return nth_in_state(pick->shadow, RMMSIM_GRANULE_UNDELEGATED, n);
        case RMI_KIND_PA_DELEGATED:
                return nth_in_state(pick->shadow, RMMSIM_GRANULE_DELEGATED, n);
        case RMI_KIND_PA_RD:
        case RMI_KIND_PA_RD_SHARED:
                return nth_rd(pick, n);
        default:
                return nth_rec(pick, n);
        }
}

static uint64_t odd_address(unsigned n)
{
        static const uint64_t addresses[16] = { 0,
                                                RMI_DEVICE_BASE,
                                                RMI_DEVICE_BASE + RMI_PAGE,
                                                RMI_DRAM_BASE - RMI_PAGE,
                                                RMI_DRAM_BASE + RMI_NUM_DRAM * RMI_PAGE,
                                                RMI_HIGH_BASE - RMI_PAGE,
                                                RMI_HIGH_BASE + RMI_NUM_HIGH * RMI_PAGE,
                                                RMI_HIGH_BASE,
                                                UINT64_C(1) << 52,
                                                UINT64_C(1) << 63,
                                                ~(RMI_PAGE - 1),
                                                UINT64_MAX,
                                                RMI_PAGE - 1,
                                                RMI_BLOCK_BASE,
                                                RMI_BLOCK_BASE + 511 * RMI_PAGE,
                                                RMI_BLOCK_BASE + 512 * RMI_PAGE };

        return addresses[n];
}

static uint64_t near_miss(uint64_t pa, unsigned n)
{
        switch (n) {
        case 0:
                return pa + 1;
        case 1:
                return pa + 8;
        case 2:
                return pa + RMI_PAGE;
        case 3:
                return pa - RMI_PAGE;
        case 4:
                return pa + RMI_PAGE / 2;
        case 5:
                return pa - 1;
        default:
                return pa ^ UINT64_C(1) << (n == 6 ? 48 : 63);
        }
}

uint64_t rmi_pick_pa(const struct rmi_pick *pick, const struct rmi_call *call, enum rmi_kind kind, uint8_t selector)
{
        unsigned n = selector & 15;

        switch (selector >> 4) {
        case 10:
        case 11:
        case 12:
                return rmi_pa((selector >> 4) * 16U - 160 + n);
        case 13:
                return near_miss(natural(pick, kind, n >> 3), n & 7);
        case 14:
                return odd_address(n);
        case 15:
                return call->in.x[1 + n % RMI_INPUTS_MAX];
        default:
                return natural(pick, kind, n);
        }
}

/* ---- IPAs and levels ------------------------------------------------------------------------------------------------------ */

/* Few places, so that calls meet: around what the worlds map, and where spaces end. */
static uint64_t place(const struct rmi_realm *realm, unsigned n)
{
        static const uint64_t low[] = { 0x1000,   0,        0x2000,     0x3000,     0x1ff000,
                                        0x200000, 0x201000, 0x40000000, 0x40200000, 0x3ff000 };
        unsigned width = realm != NULL ? realm->width : 40;
        uint64_t half = UINT64_C(1) << (width - 1);

        switch (n) {
        case 10:
                return half;
        case 11:
                return half + 0x1000;
        case 12:
                return half + 0x200000;
        case 13:
                return half - 0x1000;
        case 14:
                return 2 * half - 0x1000;
        case 15:
                return 2 * half;
        default:
                return low[n];
        }
}

static uint64_t vary(uint64_t ipa, uint64_t size, unsigned n)
{
        uint64_t aligned = ipa & ~(size - 1);

        switch (n) {
        case 12:
                return aligned + 0x1000;
        case 13:
                return aligned + 1;
        case 14:
                return aligned | UINT64_C(1) << 63;
        case 15:
                return aligned + size;
        default:
                return aligned;
        }
}

static uint64_t wild_level(unsigned n)
{
        static const uint64_t levels[] = { 4,          UINT64_MAX,        UINT64_MAX - 1, 0x100000003,
                                           UINT32_MAX, UINT64_C(1) << 63, 0xff,           5 };

        return levels[n % 8];
}

/* The level at which the command finds what it wants. */
static int fitting_level(const struct rmi_pick *pick, unsigned command, const struct rmi_realm *realm, uint64_t ipa)
{
        int deepest = realm != NULL ? rmi_deepest(pick->shadow, realm, ipa) : 2;

        if (command == RMMSIM_COMMAND_rmi_rtt_create) {
                return deepest < 3 ? deepest + 1 : 3;
        }
        if (command == RMMSIM_COMMAND_rmi_rtt_map_unprotected) {
                return deepest < 1 ? 1 : deepest;
        }
        return deepest;
}

static void pick_ipa_and_level(const struct rmi_pick *pick, struct rmi_call *call, const struct rmi_realm *realm,
                               unsigned ipa, unsigned level)
{
        const uint8_t *selectors = &pick->record[RMI_BYTE_ARGUMENT - 1];
        uint64_t at = place(realm, selectors[ipa] & 15);
        uint8_t selector = selectors[level];
        int of_table = call->command == RMMSIM_COMMAND_rmi_rtt_create ||
                       call->command == RMMSIM_COMMAND_rmi_rtt_destroy || call->command == RMMSIM_COMMAND_rmi_rtt_fold;
        int entry;

        if (selector < 160) {
                call->in.x[level] = (uint64_t)fitting_level(pick, call->command, realm, at);
        } else {
                call->in.x[level] = selector < 232 ? 3 - (selector & 3U) : wild_level(selector);
        }
        entry = (int)(int64_t)call->in.x[level] - of_table;
        if ((int64_t)call->in.x[level] < -1 || (int64_t)call->in.x[level] > 4 || entry < -1 || entry > 3) {
                entry = 3;
        }
        call->in.x[ipa] = vary(at, rmi_entry_size(entry), selectors[ipa] >> 4);
}

static void pick_range(const struct rmi_pick *pick, struct rmi_call *call, const struct rmi_realm *realm, unsigned base)
{
        /* Few wide ones: each entry is hashed. */
        static const uint64_t sizes[] = { 0x1000, 0x2000, 0x5000, 0x200000, 0x3000, 0x1000, 0x8000000000, 0 };
        const uint8_t *selectors = &pick->record[RMI_BYTE_ARGUMENT - 1];
        uint64_t ipa = place(realm, selectors[base] & 15);
        unsigned variation = selectors[base] >> 4;

        call->in.x[base] = vary(
                ipa, variation >= 6 && variation < 9 ? 0x200000 : (variation < 12 ? 0x1000 : 0x40000000), variation);
        call->in.x[base + 1] = vary((call->in.x[base] & ~(RMI_PAGE - 1)) + sizes[selectors[base + 1] & 7], 1,
                                    selectors[base + 1] >> 4);
}

/* ---- values --------------------------------------------------------------------------------------------------------------- */

static uint64_t revision(uint8_t selector)
{
        static const uint64_t others[] = { 0, 1, 0xffff, 0x10001, 0x20000, 0x80010000, 0x100010000, UINT64_MAX };

        return selector < 128 ? 0x10000 : others[selector & 7];
}

/* What the host would like to share, and with which attributes. */
static uint64_t descriptor(const struct rmi_pick *pick, const struct rmi_call *call, uint8_t selector)
{
        uint8_t value = pick->record[RMI_BYTE_VALUE];
        uint64_t level = call->in.x[3] >= 1 && call->in.x[3] <= 3 ? call->in.x[3] : 3;
        uint64_t pa =
                (selector & 15) < 14 ? rmi_pa(RMI_NUM_PARAMS + (selector & 1)) : rmi_pa(RMI_NUM_HOST + (value & 31));
        uint64_t desc = (selector >> 4) == 13 ? pa : pa & ~(rmi_entry_size((int)level) - 1);

        /* Bits 7:6 are S2AP, 4:2 MemAttr: 6 is Normal memory. */
        desc |= (uint64_t)(~value & 3) << 6 | (uint64_t)(value < 128 ? 6 : value >> 2 & 7) << 2;
        switch (selector >> 4) {
        case 10:
        case 11:
                return desc ^ UINT64_C(1) << (value & 63);
        case 12:
                return desc | UINT64_C(1) << 48;
        default:
                return desc;
        }
}

static uint64_t psci_status(uint8_t selector)
{
        static const int64_t others[] = { -3, -3, -3, -3, 1, -4, -2, 0xfffffffd };

        return selector < 160 ? 0 : (uint64_t)others[selector & 7];
}

static uint64_t value(const struct rmi_pick *pick, const struct rmi_call *call, uint8_t selector)
{
        switch (call->command) {
        case RMMSIM_COMMAND_rmi_version:
                return revision(selector);
        case RMMSIM_COMMAND_rmi_data_create:
                return selector < 192 ? selector & 1 : UINT64_C(1) << (selector & 63);
        case RMMSIM_COMMAND_rmi_rtt_map_unprotected:
                return descriptor(pick, call, selector);
        case RMMSIM_COMMAND_rmi_psci_complete:
                return psci_status(selector);
        default:
                return selector < 128 ? 0 : UINT64_C(1) << (selector & 63);
        }
}

/* ---- commands that answer what a REC asked for ----------------------------------------------------------------------------- */

static const struct rmi_rec *asking(const struct rmi_pick *pick, enum rmi_asked what)
{
        unsigned first = pick->record[RMI_BYTE_FOCUS] >> 4;

        for (unsigned i = 0; i < RMI_RECS_MAX; i++) {
                const struct rmi_rec *rec = &pick->shadow->recs[(first + i) % RMI_RECS_MAX];

                if (rec->granule != RMI_NOWHERE && rec->asked == what) {
                        return rec;
                }
        }
        return NULL;
}

static bool is_natural(const struct rmi_pick *pick, unsigned n)
{
        return pick->record[RMI_BYTE_ARGUMENT + n - 1] < 128;
}

static void fit_set_ripas(const struct rmi_pick *pick, struct rmi_call *call)
{
        const struct rmi_rec *rec = asking(pick, RMI_ASKED_RIPAS);
        const uint64_t right[] = { 0, rec != NULL ? rmi_pa((unsigned)pick->shadow->realms[rec->realm].rd) : 0,
                                   rec != NULL ? rmi_pa((unsigned)rec->granule) : 0, rec != NULL ? rec->base : 0,
                                   rec != NULL ? rec->top : 0 };

        for (unsigned n = 1; n <= 4 && rec != NULL; n++) {
                if (is_natural(pick, n)) {
                        call->in.x[n] = right[n];
                }
        }
}

/* The other way round it makes no sense, and locks the same RECs. */
static void fit_psci_complete(const struct rmi_pick *pick, struct rmi_call *call)
{
        const struct rmi_rec *caller = asking(pick, RMI_ASKED_PSCI);

        if (caller == NULL) {
                return;
        }
        if (is_natural(pick, 1)) {
                call->in.x[1] = rmi_pa((unsigned)caller->granule);
        }
        for (unsigned i = 0; i < RMI_RECS_MAX && is_natural(pick, 2); i++) {
                const struct rmi_rec *rec = &pick->shadow->recs[i];

                if (rec->granule != RMI_NOWHERE && rec->realm == caller->realm && rec->index == (caller->target & 15)) {
                        call->in.x[2] = rmi_pa((unsigned)rec->granule);
                }
        }
        if ((pick->record[RMI_BYTE_DETAIL] & 0x80) != 0) {
                uint64_t caller_pa = call->in.x[1];

                call->in.x[1] = call->in.x[2];
                call->in.x[2] = caller_pa;
        }
}

/* ---- registers ------------------------------------------------------------------------------------------------------------ */

static void pick_argument(const struct rmi_pick *pick, struct rmi_call *call, unsigned n)
{
        enum rmi_kind kind = rmi_input_kind(call->command, n);
        uint8_t selector = pick->record[RMI_BYTE_ARGUMENT + n - 1];
        const struct rmi_realm *realm = NULL;
        int number = rmi_number(pick->shadow, call->in.x[1]);

        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                if (number != RMI_NOWHERE && pick->shadow->realms[i].rd == number) {
                        realm = &pick->shadow->realms[i];
                }
        }
        if (rmi_kind_is_pa(kind)) {
                call->in.x[n] = rmi_pick_pa(pick, call, kind, selector);
        } else if (kind == RMI_KIND_VALUE) {
                call->in.x[n] = value(pick, call, selector);
        } else if (kind == RMI_KIND_LEVEL) {
                pick_ipa_and_level(pick, call, realm, n - 1, n);
        } else if (rmi_input_kind(call->command, n + 1) == RMI_KIND_IPA) {
                pick_range(pick, call, realm, n);
        } else if (rmi_input_kind(call->command, n + 1) != RMI_KIND_LEVEL &&
                   rmi_input_kind(call->command, n - 1) != RMI_KIND_IPA) {
                call->in.x[n] = vary(place(realm, selector & 15), RMI_PAGE, selector >> 4);
        }
}

/* Pages of parameters belong to one record each where several go on at a time: what is in them is then no question of time. */
static void keep_to_own_page(const struct rmi_pick *pick, struct rmi_call *call)
{
        for (unsigned n = 1; rmi_input_kind(call->command, n) != RMI_KIND_END; n++) {
                int number = rmi_number(pick->shadow, call->in.x[n]);

                if (rmi_input_kind(call->command, n) == RMI_KIND_PA_NS && number != RMI_NOWHERE &&
                    number < RMI_NUM_PARAMS) {
                        call->in.x[n] = rmi_pa(pick->own);
                }
        }
}

void rmi_pick_registers(const struct rmi_pick *pick, struct rmi_call *call)
{
        static const uint32_t unknown[] = { 0xC4000156, 0xC4000160, 0xC4000163, 0xC400016A,
                                            0xC4000190, 0x84000150, 0xC4000003, 0x80000000 };

        call->command = rmi_record_command(pick->record);
        /* What is no input should be zero, and is not looked at. */
        for (unsigned n = 0; n < 18; n++) {
                call->in.x[n] = 0x1700 + n;
        }
        if (call->command >= RMI_NUM_COMMANDS) {
                call->in.x[0] = unknown[pick->record[RMI_BYTE_ARGUMENT] & 7];
                return;
        }
        call->in.x[0] = rmi_commands[call->command].fid | (uint64_t)(pick->record[RMI_BYTE_PE] >> 7) << 16;
        for (unsigned n = 1; rmi_input_kind(call->command, n) != RMI_KIND_END; n++) {
                pick_argument(pick, call, n);
        }
        if (call->command == RMMSIM_COMMAND_rmi_rtt_set_ripas) {
                fit_set_ripas(pick, call);
        } else if (call->command == RMMSIM_COMMAND_rmi_psci_complete) {
                fit_psci_complete(pick, call);
        }
        if (!pick->alone) {
                keep_to_own_page(pick, call);
        }
}
