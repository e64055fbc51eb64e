/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt_model.h - a second RMM for the commands on RTTs, Data Granules and RIPAS, written from the sheet alone.
 *
 * The model keeps trees of plain entries and answers each command with x0 and all outputs. It shares no code with the
 * library, and takes the long way on purpose: it asks questions entry by entry where the library has masks and
 * arithmetic.
 *
 * Specification: RTT sheet sections 1 to 3 and 9.
 */
#ifndef RTT_MODEL_H
#define RTT_MODEL_H

#include "rtt_fixture.h"

/* ---- the model ----------------------------------------------------------------------------------------------------- */

enum kind {
        U,
        A,
        U_NS,
        A_NS,
        T
};

struct model_entry {
        enum kind kind;
        unsigned ripas;
        uint64_t pa;   /* A, T */
        uint64_t desc; /* A_NS */
        struct model_entry *child;
};

enum {
        POOL = 48,
        RUN = 512
};

static struct model_entry *roots;
static unsigned width;
static int start;
static unsigned num_roots;
static bool lpa2;
static uint64_t quirks;
static unsigned realm_state;
static uint64_t pool[POOL]; /* Granules that come and go     */
static uint64_t run_pa;     /* a run of them, to fold        */
static unsigned run_state[RUN], pool_state[POOL];
static uint64_t ripas_addr, ripas_top;
static unsigned ripas_value;
static bool change_destroyed;

static uint64_t size_of(int level)
{
        uint64_t size = 4096;

        for (int l = 3; l > level; l--) {
                size *= 512;
        }
        return size;
}

static bool is_protected_ipa(uint64_t ipa)
{
        return ipa < (UINT64_C(1) << width) / 2;
}

struct model_place {
        struct model_entry *entries; /* the 4 KiB table, 512 of them */
        unsigned index;
        int level;
};

static struct model_entry *entry_at(const struct model_place *place)
{
        return &place->entries[place->index];
}

static struct model_place walk_to(uint64_t ipa, int64_t target)
{
        uint64_t wide = ipa / size_of(start);
        struct model_place place = { roots + wide / 512 * 512, (unsigned)(wide % 512), start };

        while (place.level < target && entry_at(&place)->kind == T) {
                place.entries = entry_at(&place)->child;
                place.level++;
                place.index = (unsigned)(ipa / size_of(place.level) % 512);
        }
        return place;
}

static bool has_owner(const struct model_entry *entries)
{
        for (unsigned i = 0; i < 512; i++) {
                if (entries[i].kind == A || entries[i].kind == T) {
                        return true;
                }
        }
        return false;
}

static uint64_t skip_live(const struct model_place *place, uint64_t ipa)
{
        uint64_t size = size_of(place->level), base = ipa - ipa % (512 * size);

        for (unsigned i = place->index; i < 512; i++) {
                if (place->entries[i].kind != U && place->entries[i].kind != U_NS) {
                        return i == place->index ? ipa : base + i * size;
                }
        }
        return base + 512 * size;
}

static unsigned *state_slot(uint64_t pa)
{
        if (pa >= run_pa && pa < run_pa + RUN * PAGE) {
                return &run_state[(pa - run_pa) / PAGE];
        }
        for (unsigned i = 0; i < POOL; i++) {
                if (pool[i] == pa) {
                        return &pool_state[i];
                }
        }
        ck_abort_msg("not a Granule of the model");
}

/* What a command answers. */
struct answer {
        unsigned status;
        int index;
        uint64_t x[5];
};

#define ANSWER(status_, index_) ((struct answer){ .status = (status_), .index = (index_) })
#define INPUT_IF(condition)                                                                                            \
        do {                                                                                                           \
                if (condition) {                                                                                       \
                        return ANSWER(ERROR_INPUT, 0);                                                                 \
                }                                                                                                      \
        } while (0)

static uint64_t pa_as_desc(uint64_t pa)
{
        return (pa & 0x3FFFFFFFFF000) | (lpa2 ? pa >> 50 << 8 : 0);
}

static struct answer model_data_create(uint64_t data, uint64_t ipa, bool known)
{
        struct model_place place;
        struct model_entry *e;

        INPUT_IF(*state_slot(data) != RMMSIM_GRANULE_DELEGATED);
        if (known && realm_state != RMMSIM_REALM_REALM_NEW) {
                return ANSWER(ERROR_REALM, 0);
        }
        INPUT_IF(ipa % 4096 != 0 || !is_protected_ipa(ipa));
        place = walk_to(ipa, 3);
        e = entry_at(&place);
        if (place.level < 3 || e->kind != U) {
                return ANSWER(ERROR_RTT, place.level);
        }
        e->kind = A;
        e->pa = data;
        e->ripas = known ? RMMSIM_RIPAS_RAM : e->ripas;
        *state_slot(data) = RMMSIM_GRANULE_DATA;
        return ANSWER(0, 0);
}

static struct answer model_data_destroy(uint64_t ipa)
{
        struct answer answer = ANSWER(0, 0);
        struct model_place place;
        struct model_entry *e;

        INPUT_IF(ipa % 4096 != 0 || !is_protected_ipa(ipa));
        place = walk_to(ipa, 3);
        e = entry_at(&place);
        if (place.level < 3 || e->kind != A) {
                answer = ANSWER(ERROR_RTT, place.level);
        } else {
                answer.x[1] = e->pa;
                *state_slot(e->pa) = RMMSIM_GRANULE_DELEGATED;
                *e = (struct model_entry){ U,
                                           e->ripas == RMMSIM_RIPAS_EMPTY ? RMMSIM_RIPAS_EMPTY : RMMSIM_RIPAS_DESTROYED,
                                           0, 0, NULL };
        }
        answer.x[2] = skip_live(&place, ipa);
        return answer;
}

static bool level_bad(int64_t level)
{
        return level <= start || level > 3;
}

static bool ipa_bad(uint64_t ipa, uint64_t size)
{
        return ipa % size != 0 || ipa / 2 >= (UINT64_C(1) << width) / 2;
}

static struct answer model_rtt_create(uint64_t rtt, uint64_t ipa, int64_t level)
{
        struct model_place place;
        struct model_entry *e, *child;

        INPUT_IF(*state_slot(rtt) != RMMSIM_GRANULE_DELEGATED || level_bad(level));
        INPUT_IF(ipa_bad(ipa, size_of((int)level - 1)));
        place = walk_to(ipa, level - 1);
        e = entry_at(&place);
        if (place.level < level - 1 || e->kind == T) {
                return ANSWER(ERROR_RTT, place.level);
        }
        child = calloc(512, sizeof(*child));
        for (unsigned i = 0; i < 512; i++) {
                child[i] = *e;
                child[i].pa += e->kind == A ? i * size_of((int)level) : 0;
                child[i].desc += e->kind == A_NS ? i * size_of((int)level) : 0;
        }
        *e = (struct model_entry){ T, 0, rtt, 0, child };
        *state_slot(rtt) = RMMSIM_GRANULE_RTT;
        return ANSWER(0, 0);
}

static struct answer model_rtt_destroy(uint64_t ipa, int64_t level)
{
        struct answer answer = ANSWER(0, 0);
        struct model_place place;
        struct model_entry *e;

        INPUT_IF(level_bad(level));
        INPUT_IF(ipa_bad(ipa, size_of((int)level - 1)));
        place = walk_to(ipa, level - 1);
        e = entry_at(&place);
        if (place.level < level - 1 || e->kind != T) {
                answer = ANSWER(ERROR_RTT, place.level);
        } else if (has_owner(e->child)) {
                answer = ANSWER(ERROR_RTT, (int)level);
        } else {
                answer.x[1] = e->pa;
                *state_slot(e->pa) = RMMSIM_GRANULE_DELEGATED;
                free(e->child);
                *e = (struct model_entry){ is_protected_ipa(ipa) ? U : U_NS, RMMSIM_RIPAS_DESTROYED, 0, 0, NULL };
        }
        answer.x[2] = skip_live(&place, ipa);
        return answer;
}

static uint64_t desc_address(uint64_t desc)
{
        return (desc & 0x3FFFFFFFFF000) + (lpa2 ? (desc >> 8 & 3) << 50 : 0);
}

static bool homogeneous(const struct model_entry *c, int level)
{
        uint64_t first = c[0].kind == A ? c[0].pa : desc_address(c[0].desc);

        for (unsigned i = 0; i < 512; i++) {
                uint64_t pa = c[i].kind == A ? c[i].pa : desc_address(c[i].desc);

                if (c[i].kind == T || c[i].kind != c[0].kind) {
                        return false;
                }
                if ((c[i].kind == U || c[i].kind == A) && c[i].ripas != c[0].ripas) {
                        return false;
                }
                if (c[i].kind == A_NS && (c[i].desc & 0xFC) != (c[0].desc & 0xFC)) {
                        return false;
                }
                if ((c[i].kind == A || c[i].kind == A_NS) &&
                    (level < 2 || first % size_of(level - 1) != 0 || pa != first + i * size_of(level))) {
                        return false;
                }
        }
        return true;
}

static struct answer model_rtt_fold(uint64_t ipa, int64_t level)
{
        struct answer answer = ANSWER(0, 0);
        struct model_place place;
        struct model_entry *e, *child;

        INPUT_IF(level_bad(level));
        INPUT_IF(ipa_bad(ipa, size_of((int)level - 1)));
        place = walk_to(ipa, level - 1);
        e = entry_at(&place);
        if (place.level < level - 1 || e->kind != T) {
                return ANSWER(ERROR_RTT, place.level);
        }
        if (!homogeneous(e->child, (int)level)) {
                return ANSWER(ERROR_RTT, (int)level);
        }
        answer.x[1] = e->pa;
        *state_slot(e->pa) = RMMSIM_GRANULE_DELEGATED;
        child = e->child;
        *e = child[0];
        free(child);
        return answer;
}

static struct answer model_map(uint64_t ipa, int64_t level, uint64_t desc)
{
        uint64_t ours = lpa2 ? 0x3FFFFFFFFF3DC : 0xFFFFFFFFF0DC;
        struct model_place place;
        struct model_entry *e;

        INPUT_IF(level < 1 || level > 3 || level < start);
        INPUT_IF((desc & ~ours) != 0 || (desc >> 2 & 7) == 4 || desc_address(desc) % size_of((int)level) != 0);
        INPUT_IF(ipa_bad(ipa, size_of((int)level)) || is_protected_ipa(ipa));
        place = walk_to(ipa, level);
        e = entry_at(&place);
        if (place.level < level || e->kind != U_NS) {
                return ANSWER(ERROR_RTT, place.level);
        }
        e->kind = A_NS;
        e->desc = desc;
        return ANSWER(0, 0);
}

static struct answer model_unmap(uint64_t ipa, int64_t level)
{
        struct answer answer = ANSWER(0, 0);
        struct model_place place;
        struct model_entry *e;

        INPUT_IF(level < 1 || level > 3 || level < start);
        INPUT_IF(ipa_bad(ipa, size_of((int)level)) || is_protected_ipa(ipa));
        place = walk_to(ipa, level);
        e = entry_at(&place);
        if (place.level < level || e->kind != A_NS) {
                answer = ANSWER(ERROR_RTT, place.level);
        } else {
                *e = (struct model_entry){ U_NS, 0, 0, 0, NULL };
        }
        answer.x[1] = skip_live(&place, ipa);
        return answer;
}

static struct answer model_read(uint64_t ipa, int64_t level)
{
        struct answer answer = ANSWER(0, 0);
        struct model_place place;
        const struct model_entry *e;

        INPUT_IF(level < start || level > 3);
        INPUT_IF(ipa_bad(ipa, size_of((int)level)));
        place = walk_to(ipa, level);
        e = entry_at(&place);
        answer.x[1] = (uint64_t)(int64_t)place.level;
        answer.x[2] = e->kind == T ? 2 : e->kind == A || e->kind == A_NS;
        answer.x[3] = e->kind == A_NS ? e->desc : e->kind == A || e->kind == T ? pa_as_desc(e->pa) : 0;
        answer.x[4] = e->kind == A || e->kind == U ? e->ripas : 0;
        return answer;
}

/* Which entries from base on can be taken whole: the loop that the sheet gives for deployed monitors, and the formula. */
static uint64_t ripas_run(const struct model_place *place, uint64_t base, uint64_t top, bool stop_destroyed,
                          bool stop_assigned)
{
        uint64_t size = size_of(place->level), table = base - base % (512 * size), end = table + 512 * size;

        for (unsigned i = place->index; i < 512; i++) {
                const struct model_entry *e = &place->entries[i];

                if (e->kind == T || (e->kind != T && e->ripas == RMMSIM_RIPAS_DESTROYED && stop_destroyed) ||
                    (e->kind == A && stop_assigned)) {
                        end = table + i * size;
                        break;
                }
        }
        end = end < top ? end : top;
        return end - end % size;
}

static void ripas_apply(const struct model_place *place, uint64_t base, uint64_t end, unsigned ripas)
{
        uint64_t size = size_of(place->level);

        for (unsigned i = place->index; base - base % size + (i - place->index) * size < end; i++) {
                place->entries[i].ripas = ripas;
        }
}

static struct answer model_init_ripas(uint64_t base, uint64_t top)
{
        bool stops = (quirks & RMMSIM_QUIRK_init_ripas_stops) != 0;
        struct answer answer = ANSWER(0, 0);
        struct model_place place;

        INPUT_IF(top <= base || top % 4096 != 0 || !is_protected_ipa(top - 4096));
        INPUT_IF((quirks & RMMSIM_QUIRK_init_ripas_base_input) != 0 && base % 4096 != 0);
        if (realm_state != RMMSIM_REALM_REALM_NEW) {
                return ANSWER(ERROR_REALM, 0);
        }
        place = walk_to(base, 3);
        answer.x[1] = ripas_run(&place, base, top, stops, stops);
        if (base % size_of(place.level) != 0 || entry_at(&place)->kind != U || answer.x[1] <= base) {
                return ANSWER(ERROR_RTT, place.level);
        }
        ripas_apply(&place, base, answer.x[1], RMMSIM_RIPAS_RAM);
        return answer;
}

static struct answer model_set_ripas(uint64_t base, uint64_t top)
{
        bool must = (quirks & RMMSIM_QUIRK_set_ripas_progress) != 0;
        struct answer answer = ANSWER(0, 0);
        struct model_place place;
        uint64_t end;

        INPUT_IF(top <= base || base != ripas_addr || top > ripas_top || top % 4096 != 0);
        place = walk_to(base, 3);
        end = ripas_run(&place, base, top, !change_destroyed, false);
        must = must || entry_at(&place)->ripas != ripas_value;
        if (must && (base % size_of(place.level) != 0 || end <= base)) {
                return ANSWER(ERROR_RTT, place.level);
        }
        ripas_apply(&place, base, end, ripas_value);
        answer.x[1] = ripas_addr = end > base ? end : base;
        return answer;
}

#endif
