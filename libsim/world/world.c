/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * world.c - making a world, by the calls that any host makes.
 *
 * The first call that is refused ends it: what was built goes with the instance.
 */
#include "rtt.h"
#include "sim.h"
#include <rmmsim/record.h>
#include <rmmsim/snapshot.h>
#include <rmmsim/world.h>
#include <stdio.h>
#include <string.h>

#define DRAM_BASE UINT64_C(0x80000000)
#define DRAM_SIZE (UINT64_C(64) << 20)

enum {
        PAGES_MAX = 65536,
        SHARED_MAX = 512,
        IPA_WIDTH = 40
};

/* Under construction: nothing is called any more once something went wrong. */
struct builder {
        struct rmmsim_world *world;
        uint64_t params; /* a page of the host, for parameters */
        struct rmmsim_error error;
};

static void give_up(struct builder *b, enum rmmsim_error_code code, const char *text)
{
        if (b->error.code == RMMSIM_OK) {
                b->error.code = code;
                (void)snprintf(b->error.text, sizeof(b->error.text), "%s", text);
        }
}

static struct rmmsim_regs act(struct builder *b, struct rmmsim_regs regs)
{
        const struct rmmsim_refusal *why;

        if (b->error.code != RMMSIM_OK) {
                return regs;
        }
        (void)rmmsim_smc(b->world->sim, 0, &regs);
        if (regs.x[0] != RMMSIM_RMI_SUCCESS) {
                why = rmmsim_why(b->world->sim, 0);
                give_up(b, RMMSIM_ERROR_STATE, why != NULL ? why->sentence : "a command is not served");
        }
        return regs;
}

#define RMI(b, id, ...) act(b, (struct rmmsim_regs){ { RMMSIM_RMI_##id, __VA_ARGS__ } })

static uint64_t page(struct builder *b)
{
        uint64_t pa = b->error.code == RMMSIM_OK ? rmmsim_world_page(b->world) : 0;

        if (pa == 0) {
                give_up(b, RMMSIM_ERROR_CONFIG, "the first region of DRAM is too small for this world");
        }
        return pa;
}

static uint64_t delegated(struct builder *b)
{
        uint64_t pa = page(b);

        RMI(b, GRANULE_DELEGATE, pa);
        return pa;
}

static void *at(const struct builder *b, uint64_t pa)
{
        return rmmsim_host_pointer(b->world->sim, pa, GRANULE_SIZE);
}

/* ---- arguments ------------------------------------------------------------------------------------------------------------ */

static const char *nonsense(const struct rmmsim_world_shape *shape)
{
        if (shape->num_recs > RMMSIM_WORLD_RECS_MAX) {
                return "num_recs must be at most 64";
        }
        if (shape->num_pages > PAGES_MAX) {
                return "num_pages must be at most 65536";
        }
        if (shape->num_shared > SHARED_MAX) {
                return "num_shared must be at most 512";
        }
        if (shape->guest != NULL && shape->step != NULL) {
                return "a world has a guest function or a step function, not both";
        }
        return NULL;
}

static const struct rmmsim_region *first_dram(const struct rmmsim_config *config)
{
        const struct rmmsim_region *region = config->regions;

        while (region->kind != RMMSIM_REGION_DRAM) {
                region++;
        }
        return region;
}

static void make_instance(struct builder *b, const struct rmmsim_world_shape *shape)
{
        static const struct rmmsim_region usual = { .base = DRAM_BASE, .size = DRAM_SIZE };
        struct rmmsim_config config = shape->config != NULL ? *shape->config : (struct rmmsim_config){ 0 };
        const struct rmmsim_region *dram;
        int code;

        if (config.regions == NULL) {
                config.regions = &usual;
                config.num_regions = 1;
        }
        b->world->sim = rmmsim_create(&config, &b->error);
        if (b->world->sim == NULL) {
                return;
        }
        b->error.code = RMMSIM_OK;
        if (shape->record != NULL && (code = rmmsim_record(b->world->sim, shape->record)) != 0) {
                give_up(b, (enum rmmsim_error_code)code, "the file to record into cannot be opened");
        }
        dram = first_dram(&config);
        if (dram->phys_to_virt != NULL) {
                give_up(b, RMMSIM_ERROR_CONFIG, "the first region of DRAM must not be reached by phys_to_virt");
        }
        b->world->next_pa = dram->base != 0 ? dram->base : GRANULE_SIZE; /* 0 says that there is none */
        b->world->end_pa = dram->base + dram->size;
}

/* ---- the Realm ------------------------------------------------------------------------------------------------------------ */

static void make_realm(struct builder *b)
{
        struct rmmsim_world *world = b->world;
        struct rmmsim_realm_params *params;

        world->rd = delegated(b);
        world->rtt_base = delegated(b);
        world->unprotected = BIT(IPA_WIDTH - 1);
        b->params = page(b);
        if (b->error.code != RMMSIM_OK) {
                return;
        }
        params = at(b, b->params);
        params->s2sz = IPA_WIDTH;
        params->num_bps = 1;
        params->num_wps = 1;
        params->vmid = 1;
        params->hash_algo = world->sim->config.features.no_sha_256 ? RMMSIM_HASH_SHA_512 : RMMSIM_HASH_SHA_256;
        params->rtt_base = world->rtt_base;
        params->rtt_num_start = 1;
        RMI(b, REALM_CREATE, world->rd, b->params);
        memset(params, 0, GRANULE_SIZE);
}

static void make_tables(struct builder *b, uint64_t ipa)
{
        uint64_t rd = b->world->rd;
        uint64_t reached = RMI(b, RTT_READ_ENTRY, rd, ipa, RTT_LEVEL_PAGE).x[1];

        for (uint64_t level = reached + 1; b->error.code == RMMSIM_OK && level <= RTT_LEVEL_PAGE; level++) {
                RMI(b, RTT_CREATE, rd, delegated(b), align_down(ipa, rtt_entry_size((int)level - 1)), level);
        }
}

static void make_memory(struct builder *b, unsigned num_pages)
{
        uint64_t rd = b->world->rd;
        uint64_t zeroes = b->params;
        uint64_t top = num_pages * GRANULE_SIZE;

        for (uint64_t ipa = 0; b->error.code == RMMSIM_OK && ipa < top; ipa += GRANULE_SIZE) {
                if (is_aligned(ipa, rtt_entry_size(RTT_LEVEL_PAGE - 1))) {
                        make_tables(b, ipa);
                        RMI(b, RTT_INIT_RIPAS, rd, ipa, min_u64(top, ipa + rtt_entry_size(RTT_LEVEL_PAGE - 1)));
                }
                RMI(b, DATA_CREATE, rd, delegated(b), ipa, zeroes, RMMSIM_DATA_FLAG_MEASURE);
        }
}

static void share_memory(struct builder *b, unsigned num_shared)
{
        struct rmmsim_world *world = b->world;

        if (num_shared != 0) {
                make_tables(b, world->unprotected);
        }
        for (unsigned i = 0; b->error.code == RMMSIM_OK && i < num_shared; i++) {
                uint64_t pa = page(b);

                world->shared = i == 0 ? pa : world->shared;
                RMI(b, RTT_MAP_UNPROTECTED, world->rd, world->unprotected + i * GRANULE_SIZE, RTT_LEVEL_PAGE,
                    pa | RTTE_S2AP_READ | RTTE_S2AP_WRITE | RTTE_MEM_ATTR_NORMAL_WB);
        }
}

static void make_rec(struct builder *b, bool runnable)
{
        struct rmmsim_world *world = b->world;
        struct rmmsim_rec_params *params = at(b, b->params);
        unsigned index = world->num_recs;

        params->flags = runnable ? RMMSIM_REC_FLAG_RUNNABLE : 0;
        params->mpidr = (index & 0xf) | (uint64_t)(index >> 4) << 8;
        params->num_aux = RMI(b, REC_AUX_COUNT, world->rd).x[1];
        for (uint64_t i = 0; b->error.code == RMMSIM_OK && i < params->num_aux; i++) {
                params->aux[i] = delegated(b);
        }
        world->recs[index] = delegated(b);
        world->runs[index] = page(b);
        RMI(b, REC_CREATE, world->rd, world->recs[index], b->params);
        world->num_recs++;
}

static void bind(struct builder *b, const struct rmmsim_world_shape *shape)
{
        struct rmmsim_world *world = b->world;
        int error = 0;

        if (b->error.code != RMMSIM_OK) {
                return;
        }
        if (shape->guest != NULL) {
                error = rmmsim_guest_bind(world->sim, world->rd, 0, shape->guest, shape->arg);
        } else if (shape->step != NULL) {
                error = rmmsim_guest_bind_step(world->sim, world->rd, 0, shape->step, shape->arg);
        }
        if (error != 0) {
                give_up(b, (enum rmmsim_error_code)error, rmmsim_error_text(error));
        }
}

static void make(struct builder *b, const struct rmmsim_world_shape *shape)
{
        unsigned num_recs = shape->num_recs != 0 ? shape->num_recs : 1;

        make_realm(b);
        if (b->error.code == RMMSIM_OK) {
                make_memory(b, shape->num_pages != 0 ? shape->num_pages : 1);
                share_memory(b, shape->num_shared);
        }
        for (unsigned i = 0; b->error.code == RMMSIM_OK && i < num_recs; i++) {
                make_rec(b, i == 0 || shape->all_runnable);
        }
        bind(b, shape);
        RMI(b, REALM_ACTIVATE, b->world->rd);
        if (b->error.code == RMMSIM_OK) {
                memset(at(b, b->params), 0, GRANULE_SIZE);
        }
}

/* ---- the public face ------------------------------------------------------------------------------------------------------ */

int rmmsim_world_create(struct rmmsim_world *world, const struct rmmsim_world_shape *shape, struct rmmsim_error *error)
{
        struct builder b = { .world = world };
        const char *wrong = nonsense(shape);

        memset(world, 0, sizeof(*world));
        if (wrong != NULL) {
                give_up(&b, RMMSIM_ERROR_CONFIG, wrong);
        } else {
                make_instance(&b, shape);
                if (b.error.code == RMMSIM_OK) {
                        make(&b, shape);
                }
        }
        if (b.error.code != RMMSIM_OK) {
                rmmsim_world_destroy(world);
        }
        if (error != NULL) {
                *error = b.error;
        }
        return b.error.code;
}

int rmmsim_world_fork(struct rmmsim_world *copy, const struct rmmsim_world *world, struct rmmsim_error *error)
{
        struct rmmsim_error own;

        error = error != NULL ? error : &own;
        *copy = *world;
        copy->sim = rmmsim_fork(world->sim, error);
        return copy->sim != NULL ? 0 : (int)error->code;
}

void rmmsim_world_destroy(struct rmmsim_world *world)
{
        rmmsim_destroy(world->sim);
        world->sim = NULL;
}

uint64_t rmmsim_world_page(struct rmmsim_world *world)
{
        return world->next_pa == world->end_pa ? 0 : (world->next_pa += GRANULE_SIZE) - GRANULE_SIZE;
}

uint64_t rmmsim_world_delegated(struct rmmsim_world *world)
{
        uint64_t pa = rmmsim_world_page(world);

        return pa != 0 && rmmsim_call(world->sim, 0, rmi_granule_delegate, .addr = pa).x[0] == RMMSIM_RMI_SUCCESS ? pa
                                                                                                                  : 0;
}
