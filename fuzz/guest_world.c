/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_world.c - building such a world, and the model of it, side by side.
 *
 * Before the snapshot the first REC has run: it has read a token once, so that its length is known, and may have begun
 * another one.
 */
#include "guest_world.h"
#include "fuzz.h"
#include <rmmsim/inspect.h>
#include <rmmsim/snapshot.h>
#include <stdio.h>
#include <stdlib.h>

enum {
        NUM_QUIRKS = 0
#define QUIRK(name, bit, PRESET, meaning) +1
#include <rmmsim/spec/quirks.def>
                ,
        NUM_PLAIN = 8, /* both profiles in four states of attestation */
        NUM_WORLDS = NUM_PLAIN + 2 * NUM_QUIRKS
};

static const char *const quirk_names[NUM_QUIRKS] = {
#define QUIRK(name, bit, PRESET, meaning) [bit] = #name,
#include <rmmsim/spec/quirks.def>
};

#define PRESET_REFERENCE 1
#define ALL_QUIRKS       ((UINT64_C(1) << NUM_QUIRKS) - 1)
static const uint64_t reference_quirks = 0
#define QUIRK(name, bit, PRESET, meaning) | (uint64_t)PRESET_##PRESET << bit
#include <rmmsim/spec/quirks.def>
        ;

static struct guest_world *worlds[NUM_WORLDS];

/* ---- which ---------------------------------------------------------------------------------------------------------------- */

/* Half of the bytes name a profile and what of attestation has happened; the others add one quirk, or all but one. */
static unsigned world_index(uint8_t which)
{
        return which < 128 ? which % NUM_PLAIN : NUM_PLAIN + (which - 128u) % (2 * NUM_QUIRKS);
}

const char *guest_world_name(uint8_t which)
{
        static const char *const tokens[] = { "", "", ", a token begun", ", a token signed" };
        static char name[96];
        unsigned index = world_index(which);

        if (index < NUM_PLAIN) {
                (void)snprintf(name, sizeof(name), "RMM 1.0%s%s", (index & 1) != 0 ? " as deployed" : "",
                               tokens[index >> 1]);
        } else {
                index -= NUM_PLAIN;
                (void)snprintf(name, sizeof(name), "RMM 1.0 with %s%s", index < NUM_QUIRKS ? "" : "all quirks but ",
                               quirk_names[index % NUM_QUIRKS]);
        }
        return name;
}

static void configure(struct rmmsim_config *config, unsigned index)
{
        *config = (struct rmmsim_config){ .seed = 7, .trace = fuzz_trace, .misuse = fuzz_misuse };
        model.hash_algo = index & 1;
        model.pmu = (index & 2) != 0 || index < 2;
        if (index < NUM_PLAIN) {
                config->profile = (index & 1) != 0 ? RMMSIM_PROFILE_RMM_1_0_REFERENCE : RMMSIM_PROFILE_RMM_1_0;
                model.quirks = (index & 1) != 0 ? reference_quirks : 0;
                return;
        }
        index -= NUM_PLAIN;
        config->quirks = UINT64_C(1) << index % NUM_QUIRKS;
        if (index >= NUM_QUIRKS) {
                config->quirks ^= ALL_QUIRKS;
        }
        model.quirks = config->quirks;
}

/* ---- the Realm ------------------------------------------------------------------------------------------------------------ */

static void realm_create(struct world *world, struct world_realm *realm)
{
        struct rmmsim_realm_params *params;

        memset(realm, 0, sizeof(*realm));
        realm->world = world;
        realm->par_top = UINT64_C(1) << (MODEL_IPA_BITS - 1);
        realm->params = world_page(world);
        realm->rd = world_delegated(world);
        realm->rtt_base = world_delegated(world);
        params = world_at(world, realm->params);
        params->s2sz = MODEL_IPA_BITS;
        params->num_bps = params->num_wps = 1;
        params->flags = model.pmu ? RMMSIM_REALM_FLAG_PMU : 0;
        params->pmu_num_ctrs = model.pmu ? 4 : 0;
        params->hash_algo = model.hash_algo;
        for (unsigned i = 0; i < sizeof(params->rpv); i++) {
                params->rpv[i] = model.rpv[i] = (uint8_t)(0x60 + i);
        }
        params->vmid = 1;
        params->rtt_base = realm->rtt_base;
        params->rtt_num_start = 1;
        world_rmi(world, rmi_realm_create, .rd = realm->rd, .params_ptr = realm->params);
}

static void init_ripas(struct world_realm *realm, uint64_t base, uint64_t top)
{
        world_rmi(realm->world, rmi_rtt_init_ripas, .rd = realm->rd, .base = base, .top = top);
        for (uint64_t ipa = base; ipa < top;) {
                int level;
                uint8_t *entry = model_walk(ipa, &level);

                *entry = RMMSIM_RIPAS_RAM;
                ipa += model_entry_size(level);
        }
}

static void data_create(struct world_realm *realm, uint64_t ipa, unsigned granule)
{
        world_rmi(realm->world, rmi_data_create_unknown, .rd = realm->rd, .data = model.data[granule].pa, .ipa = ipa);
        if (model_data_create(ipa, granule) != RMMSIM_RMI_SUCCESS) {
                abort();
        }
}

static void data_destroy(struct world_realm *realm, uint64_t ipa)
{
        uint64_t pa;

        world_rmi(realm->world, rmi_data_destroy, .rd = realm->rd, .ipa = ipa);
        (void)model_data_destroy(ipa, &pa);
}

static void tables_create(struct world_realm *realm)
{
        world_realm_tables(realm, 0);
        world_realm_tables(realm, realm->par_top);
        for (unsigned i = 0; i < MODEL_TABLES; i++) {
                model.tables[i].level = i < 3 ? (int)i + 1 : 3;
                model.tables[i].present = i < 3;
        }
        model.tables[3].base = UPPER_IPA;
        model.tables[0].entries[0] = model.tables[1].entries[0] = ENTRY_TABLE;
}

static void memory_create(struct world_realm *realm)
{
        for (unsigned i = 0; i < MODEL_DATA; i++) {
                model.data[i].pa = world_delegated(realm->world);
        }
        tables_create(realm);
        init_ripas(realm, 0, PAGE_EMPTY * MODEL_PAGE);
        init_ripas(realm, PAGE_DESTROYED * MODEL_PAGE, PAGES * MODEL_PAGE);
        init_ripas(realm, UPPER_IPA, 2 * UPPER_IPA);
        for (unsigned i = 0; i < PAGES_RAM; i++) {
                data_create(realm, i * MODEL_PAGE, i);
        }
        data_create(realm, PAGE_EMPTY_WITH * MODEL_PAGE, 8);
        data_create(realm, PAGE_DESTROYED * MODEL_PAGE, 9);
        data_destroy(realm, PAGE_DESTROYED * MODEL_PAGE);
        data_create(realm, PAGE_DESTROYED_WITH * MODEL_PAGE, 9);
        data_destroy(realm, PAGE_DESTROYED_WITH * MODEL_PAGE);
        data_create(realm, PAGE_DESTROYED_WITH * MODEL_PAGE, 9);
}

static void recs_create(struct world_realm *realm)
{
        for (unsigned i = 0; i < MODEL_RECS; i++) {
                struct model_rec *rec = &model.recs[i];

                world_realm_rec(realm, i < 2, WORLD_PC);
                rec->pa = realm->recs[i];
                rec->run = model.host[HOST_RUN + i] = realm->runs[i];
                rec->pc = WORLD_PC;
                rec->runnable = i < 2;
                rec->restart = true;
                model_registers_reset(rec);
        }
}

/* Another Realm, in state NEW, with a REC to be taken for one of ours. */
static void other_create(struct world *world)
{
        struct world_realm other;

        world_realm_new(&other, world, 2);
        world_realm_rec(&other, true, WORLD_PC);
        model.other_rd = other.rd;
        model.other_rec = other.recs[0];
}

/* ---- the first turn ------------------------------------------------------------------------------------------------------- */

/* Calls to make before the snapshot; the last one ends with the REC waiting for its next turn. */
static struct first_turn {
        uint64_t calls[4][4];
        unsigned num_calls, next;
        unsigned pages; /* that have their contents */
} first;

static void order(uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
        const uint64_t call[4] = { fid, x1, x2, x3 };

        memcpy(first.calls[first.num_calls++], call, sizeof(call));
}

/* Contents that say where they belong. */
static void write_pattern(struct rmmsim_trap *next, unsigned page)
{
        uint8_t *bytes = model_data_bytes[page];

        for (unsigned i = 0; i < MODEL_PAGE / 8; i++) {
                uint64_t word = UINT64_C(0xda7a) << 48 | (uint64_t)(page + 1) << 32 | (i + 1) * UINT64_C(0x10001);

                memcpy(bytes + 8 * i, &word, sizeof(word));
        }
        *next = (struct rmmsim_trap){
                .kind = RMMSIM_TRAP_COPY_OUT, .ipa = page * MODEL_PAGE, .buffer = bytes, .bytes = MODEL_PAGE
        };
}

static void first_step(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next)
{
        struct model_rec *rec = &model.recs[0];

        if (first.next == 2) {
                model.token_size = rmmsim_guest_x(vcpu, 1);
        }
        if (first.next < first.num_calls) {
                for (unsigned i = 0; i < 4; i++) {
                        rmmsim_guest_set_x(vcpu, i, first.calls[first.next][i]);
                }
                first.next++;
                next->kind = RMMSIM_TRAP_SMC;
                return;
        }
        if (first.pages < PAGES_RAM) {
                write_pattern(next, first.pages++);
                return;
        }
        (void)rmmsim_irq_raise(model.world->sim, 0);
        next->kind = RMMSIM_TRAP_NOP;
        for (unsigned i = 0; i < 31; i++) {
                rec->x[i] = rmmsim_guest_x(vcpu, i);
        }
        rec->pc = rmmsim_guest_pc(vcpu);
        rec->restart = false;
        rec->trap_pending = true;
        rec->trap = *next;
}

static rmmsim_step_fn *later; /* the target's, once the world is built */

static void step(struct rmmsim_vcpu *vcpu, void *building, int result, struct rmmsim_trap *next)
{
        if (*(bool *)building) {
                first_step(vcpu, next);
        } else {
                later(vcpu, NULL, result, next);
        }
}

static bool is_building;

static void take_first_turn(struct world_realm *realm, enum model_token token)
{
        first.num_calls = first.next = 0;
        first.pages = 0;
        order(RMMSIM_RSI_ATTESTATION_TOKEN_INIT, 1, 2, 3);
        order(RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE, 0, 0, MODEL_PAGE);
        if (token != TOKEN_NONE) {
                order(RMMSIM_RSI_ATTESTATION_TOKEN_INIT, 4, 5, 6);
        }
        if (token == TOKEN_SIGNED) {
                order(RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE, 0, 0, 0);
        }
        if (rmmsim_guest_bind_step(model.world->sim, realm->rd, WORLD_PC, step, &is_building) != 0) {
                abort();
        }
        world_rmi(model.world, rmi_rec_enter, .rec = model.recs[0].pa, .run_ptr = model.recs[0].run);
        model.recs[0].token = token;
        model.recs[0].vmcr = world_run(realm, 0)->exit.gicv3_vmcr;
}

static void measurements_read(void)
{
        for (unsigned i = 0; i < 5; i++) {
                if (rmmsim_measurement(model.world->sim, model.measurements[i], model.rd, i) != 0) {
                        abort();
                }
        }
}

static void snapshot(struct guest_world *made)
{
        if (rmmsim_snapshot(made->world.sim, NULL) != 0) {
                abort();
        }
        for (unsigned i = 0; i < MODEL_HOST; i++) {
                (void)rmmsim_snapshot_keep(made->world.sim, model.host[i], MODEL_PAGE);
        }
        made->host_written = UINT32_MAX;
        model.host_written = model.data_written = 0;
        made->base = model;
        memcpy(made->data, model_data_bytes, sizeof(made->data));
}

static void close_all(void)
{
        for (unsigned i = 0; i < NUM_WORLDS; i++) {
                if (worlds[i] != NULL) {
                        world_destroy(&worlds[i]->world);
                        free(worlds[i]);
                }
        }
        model_calls_close();
}

/* Once, when the first world is built. */
static void open_all(void)
{
        static bool is_open;

        if (!is_open) {
                is_open = true;
                model_calls_open();
                (void)atexit(close_all);
        }
}

static struct guest_world *build(unsigned index)
{
        struct guest_world *made = calloc(1, sizeof(*made));
        struct rmmsim_config config;
        struct world_realm realm;

        if (made == NULL) {
                abort();
        }
        memset(&model, 0, sizeof(model));
        model_data_bytes = made->data_now;
        model_host_bytes = made->host_now;
        open_all();
        is_building = true;
        configure(&config, index);
        world_create(&made->world, &config, 1);
        model.world = &made->world;
        for (unsigned i = HOST_SHARED; i < HOST_RUN; i++) {
                model.host[i] = world_page(&made->world);
        }
        realm_create(&made->world, &realm);
        model.rd = realm.rd;
        model.par_top = realm.par_top;
        memory_create(&realm);
        recs_create(&realm);
        model.host[HOST_QUIET] = realm.params;
        model.host[HOST_QUIET + 1] = world_page(&made->world);
        made->upper_table = world_delegated(&made->world);
        other_create(&made->world);
        world_realm_activate(&realm);
        take_first_turn(&realm, index < 4 || index >= NUM_PLAIN ? TOKEN_NONE : index < 6 ? TOKEN_BEGUN : TOKEN_SIGNED);
        model.recs[1].vmcr = model.recs[2].vmcr = model.recs[0].vmcr;
        measurements_read();
        snapshot(made);
        is_building = false;
        return made;
}

/* ---- back to the snapshot --------------------------------------------------------------------------------------------------- */

static void restore(struct guest_world *world)
{
        if (rmmsim_restore(world->world.sim) != 0) {
                abort();
        }
        model = world->base;
        model_data_bytes = world->data_now;
        model_host_bytes = world->host_now;
        for (unsigned i = 0; i < MODEL_DATA; i++) {
                if ((world->data_written >> i & 1) != 0) {
                        memcpy(model_data_bytes[i], world->data[i], MODEL_PAGE);
                }
        }
        for (unsigned i = 0; i < MODEL_HOST; i++) {
                if ((world->host_written >> i & 1) != 0) {
                        memcpy(model_host_bytes[i], world_at(&world->world, model.host[i]), MODEL_PAGE);
                }
        }
}

struct guest_world *guest_world_open(uint8_t which, rmmsim_step_fn *fn)
{
        static struct guest_world *last;
        struct guest_world **world = &worlds[world_index(which)];

        if (last != NULL) {
                last->data_written = model.data_written;
                last->host_written = model.host_written;
        }
        if (*world == NULL) {
                *world = build(world_index(which));
                later = fn;
        }
        last = *world;
        restore(last);
        return last;
}
