/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_owner.c - which object a Granule belongs to.
 *
 * A Granule does not know: objects name their Granules. So all objects are visited, each Realm under its lock.
 */
#include "inspect_object.h"

struct visit {
        const struct rmm *rmm;
        const struct realm *realm;
        inspect_owner_fn *fn;
        void *context;
};

static bool tell(const struct visit *visit, uint64_t pa, struct rmmsim_owner owner)
{
        owner.rd = visit->realm->rd;
        return visit->fn(visit->context, pa, &owner);
}

static bool visit_recs(const struct visit *visit)
{
        const struct rec *rec = rec_first(visit->rmm, visit->realm);

        for (; rec != NULL; rec = rec_next(visit->rmm, rec)) {
                struct rmmsim_owner owner = { .state = RMMSIM_GRANULE_REC, .rec = rec->pa, .index = rec->index };

                if (!tell(visit, rec->pa, owner)) {
                        return false;
                }
                owner.state = RMMSIM_GRANULE_REC_AUX;
                for (owner.index = 0; owner.index < rec->num_aux; owner.index++) {
                        if (!tell(visit, rec->aux[owner.index], owner)) {
                                return false;
                        }
                }
        }
        return true;
}

static bool visit_data(const struct visit *visit, uint64_t pa, uint64_t ipa, int level)
{
        for (uint64_t offset = 0; offset < rtt_entry_size(level); offset += GRANULE_SIZE) {
                const struct rmmsim_owner owner = { .state = RMMSIM_GRANULE_DATA, .ipa = ipa + offset, .level = level };

                if (!tell(visit, pa + offset, owner)) {
                        return false;
                }
        }
        return true;
}

static bool visit_table(const struct visit *visit, uint64_t pa, uint64_t ipa, int level)
{
        const uint64_t *table = memory_realm_page(&visit->rmm->memory, pa);
        const struct rmmsim_owner owner = { .state = RMMSIM_GRANULE_RTT, .ipa = ipa, .level = level };
        bool goes_on = tell(visit, pa, owner);

        for (unsigned i = 0; goes_on && i < RTT_ENTRIES; i++, ipa += rtt_entry_size(level)) {
                uint64_t address = rtte_address(table[i], visit->realm->lpa2);

                if (rtte_is_table(table[i])) {
                        goes_on = visit_table(visit, address, ipa, level + 1);
                } else if (rtte_is_in(table[i], RTTE_ALL_ASSIGNED)) {
                        goes_on = visit_data(visit, address, ipa, level);
                }
        }
        return goes_on;
}

static bool visit_realm(const struct visit *visit)
{
        const struct realm *realm = visit->realm;
        bool goes_on = tell(visit, realm->rd, (struct rmmsim_owner){ .state = RMMSIM_GRANULE_RD }) && visit_recs(visit);

        for (uint32_t i = 0; goes_on && i < realm->rtt_num_start; i++) {
                goes_on = visit_table(visit, realm->rtt_base + i * GRANULE_SIZE,
                                      i * rtt_table_size(realm->rtt_level_start), realm->rtt_level_start);
        }
        return goes_on;
}

void inspect_owners(const struct rmmsim *sim, inspect_owner_fn *fn, void *context)
{
        bool goes_on = true;

        for (uint64_t rd = 0; goes_on && rmmsim_next_realm(sim, &rd, rd); rd += GRANULE_SIZE) {
                struct inspected at;

                if (inspect_lock(sim, &at, rd, RMMSIM_GRANULE_RD)) {
                        goes_on = visit_realm(&(struct visit){ &sim->rmm, at.page, fn, context });
                        inspect_unlock(&at);
                }
        }
}

struct search {
        uint64_t pa;
        struct rmmsim_owner *owner;
        bool found;
};

static bool is_sought(void *context, uint64_t pa, const struct rmmsim_owner *owner)
{
        struct search *search = context;

        search->found = pa == search->pa;
        if (search->found) {
                *search->owner = *owner;
        }
        return !search->found;
}

int rmmsim_owner(const struct rmmsim *sim, struct rmmsim_owner *owner, uint64_t pa)
{
        const struct granule *granule = memory_granule(&sim->rmm.memory, pa);
        struct search search = { align_down(pa, GRANULE_SIZE), owner, false };

        if (granule == NULL) {
                return RMMSIM_ERROR_ADDRESS;
        }
        if (granule_word_state(granule_peek(granule)) > RMMSIM_GRANULE_DELEGATED) {
                inspect_owners(sim, is_sought, &search);
        }
        return search.found ? 0 : RMMSIM_ERROR_STATE;
}
