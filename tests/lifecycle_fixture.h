/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lifecycle_fixture.h - what the tests of Granules, Realms and RECs share beside the world: a Granule of every kind, parameter
 * pages full of garbage, and a look at what the RMM keeps.
 *
 * Parameter pages begin as garbage and get their fields set: hosts pass pages that they did not clear, and every test
 * should notice if the RMM looked at a byte that is no field.
 */
#ifndef LIFECYCLE_FIXTURE_H
#define LIFECYCLE_FIXTURE_H

#include "rec.h"
#include "sim.h"
#include "world.h"
#include <string.h>

/* Where nothing is. */
#define HOLE      UINT64_C(0x40000000)
#define LAST_PAGE UINT64_C(0xfffffffffffff000)
#define DEVICE    WORLD_DEVICE_BASE

/* x0 of a refusal, from the table of return codes. */
enum {
        ERROR_INPUT = 0x1,
        ERROR_REALM = 0x2,
        ERROR_REC = 0x3
};

/* ---- refusals ------------------------------------------------------------------------------------------------------ */

/* The condition by its name in the specification, x0, and nothing in any other register. */
static inline void check_refusal(struct world *world, const struct rmmsim_regs *regs, const char *condition,
                                 uint64_t x0)
{
        const struct rmmsim_refusal *why = rmmsim_why(world->sim, 0);

        ck_assert_msg(why != NULL, "x0 is 0x%llx, but %s was expected to refuse", (unsigned long long)regs->x[0],
                      condition);
        ck_assert_msg(strcmp(why->condition, condition) == 0, "expected %s: %s", condition, why->sentence);
        ck_assert_uint_eq(why->x0, x0);
        ck_assert_uint_eq(regs->x[0], x0);
        for (unsigned i = 1; i < 18; i++) {
                ck_assert_msg(regs->x[i] == 0, "x%u is 0x%llx", i, (unsigned long long)regs->x[i]);
        }
}

/* The call is refused, and nothing has moved. */
#define expect_refusal(world, x0, condition, name, ...)                                                                \
        do {                                                                                                           \
                uint64_t refusal_hash = world_hash(world);                                                             \
                struct rmmsim_regs refusal_regs = call_regs(world, name, __VA_ARGS__);                                 \
                check_refusal(world, &refusal_regs, condition, x0);                                                    \
                ck_assert_msg(world_hash(world) == refusal_hash, "a refused command changed something");               \
        } while (0)

/* ---- parameter pages ------------------------------------------------------------------------------------------------ */

/* The smallest usual Realm: 40 bits of IPA, one root at level 0, SHA-256. */
static inline struct rmmsim_realm_params *realm_params_at(struct world *world, uint64_t page, uint64_t roots,
                                                          uint16_t vmid)
{
        struct rmmsim_realm_params *params = world_at(world, page);

        memset(params, 0xa5, sizeof(*params));
        params->flags = 0;
        params->s2sz = 40;
        params->sve_vl = 0;
        params->num_bps = 1;
        params->num_wps = 1;
        params->pmu_num_ctrs = 0;
        params->hash_algo = RMMSIM_HASH_SHA_256;
        memset(params->rpv, 0x07, sizeof(params->rpv));
        params->vmid = vmid;
        params->rtt_base = roots;
        params->rtt_level_start = 0;
        params->rtt_num_start = 1;
        return params;
}

/* The REC of step V4 in the sheet, with auxiliary Granules that follow one another. */
static inline struct rmmsim_rec_params *rec_params_at(struct world *world, uint64_t page, uint64_t mpidr,
                                                      unsigned num_aux, uint64_t aux)
{
        struct rmmsim_rec_params *params = world_at(world, page);

        memset(params, 0xa5, sizeof(*params));
        params->flags = RMMSIM_REC_FLAG_RUNNABLE;
        params->mpidr = mpidr;
        params->pc = 0x200000;
        for (unsigned i = 0; i < 8; i++) {
                params->gprs[i] = i + 1;
        }
        params->num_aux = num_aux;
        for (unsigned i = 0; i < num_aux; i++) {
                params->aux[i] = aux + i * PAGE;
        }
        return params;
}

/* ---- what the RMM keeps --------------------------------------------------------------------------------------------- */

static inline unsigned state_of(const struct world *world, uint64_t pa)
{
        struct rmmsim_granule granule;

        ck_assert_int_eq(rmmsim_granule(world->sim, &granule, pa), 0);
        return granule.state;
}

#define EXPECT_STATE(world, pa, STATE) ck_assert_uint_eq(state_of(world, pa), RMMSIM_GRANULE_##STATE)

static inline const void *page_at(const struct world *world, uint64_t pa)
{
        return memory_realm_page(&world->sim->rmm.memory, pa);
}

static inline const struct realm *realm_at(const struct world *world, uint64_t rd)
{
        EXPECT_STATE(world, rd, RD);
        return page_at(world, rd);
}

static inline const struct rec *rec_at(const struct world *world, uint64_t rec)
{
        EXPECT_STATE(world, rec, REC);
        return page_at(world, rec);
}

static inline bool page_is_zero(const struct world *world, uint64_t pa)
{
        static const uint8_t zeroes[PAGE];

        return memcmp(page_at(world, pa), zeroes, PAGE) == 0;
}

/* ---- a Granule of every kind ---------------------------------------------------------------------------------------- */

struct zoo {
        struct world *world;
        struct realm_world realm; /* NEW, with a REC and a page of memory at IPA 0 */
        uint64_t ns;
        uint64_t delegated;
        uint64_t rd;
        uint64_t rec;
        uint64_t aux;
        uint64_t rtt;
        uint64_t data;
        uint64_t secure;
        uint64_t root;
        uint64_t any;
};

static inline uint64_t page_in_pas(struct world *world, enum rmmsim_state gpt)
{
        uint64_t pa = world_page(world);

        memset(world_at(world, pa), 0x5c, PAGE);
        ck_assert_int_eq(rmmsim_gpt_set(world->sim, pa, PAGE, gpt), 0);
        return pa;
}

static inline void zoo_create(struct zoo *zoo, struct world *world)
{
        zoo->world = world;
        realm_new(&zoo->realm, world, NULL);
        zoo->rd = zoo->realm.rd;
        zoo->rtt = zoo->realm.rtt_base;
        zoo->rec = realm_rec(&zoo->realm, true, 0);
        zoo->aux = rec_at(world, zoo->rec)->aux[1];
        zoo->data = realm_data_unknown(&zoo->realm, 0);
        zoo->ns = world_page(world);
        zoo->delegated = world_delegated(world);
        zoo->secure = page_in_pas(world, RMMSIM_GPT_GPT_SECURE);
        zoo->root = page_in_pas(world, RMMSIM_GPT_GPT_ROOT);
        zoo->any = page_in_pas(world, RMMSIM_GPT_GPT_AAP);
}

#endif
