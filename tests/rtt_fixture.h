/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtt_fixture.h - a machine with one Realm under construction, for tests of the commands on RTTs, Data Granules and
 * RIPAS.
 *
 * REFUSED() is the heart of it: a command must fail with a result, for a condition by its name, and leave every Granule
 * and every page of the Realm world as it was.
 */
#ifndef RTT_FIXTURE_H
#define RTT_FIXTURE_H

#include "reached.h"
#include "rec.h"
#include "rtt.h"
#include "sim.h"
#include <check.h>
#include <rmmsim/rmmsim.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where things are, and where nothing is. HIGH straddles the 48 bits of a Realm without LPA2, TOWER has address bits
 * 51:50 set, and the RMM cannot reach the host's side of WALLED.
 */
#define DEVICE    UINT64_C(0x10000000)
#define HOLE      UINT64_C(0x40000000)
#define DRAM      UINT64_C(0x80000000)
#define DRAM_SIZE UINT64_C(0x100000000)
#define LIMIT_48  UINT64_C(0x1000000000000)
#define HIGH      (LIMIT_48 - 0x100000)
#define TOWER     UINT64_C(0xC000000000000)
#define WALLED    UINT64_C(0x200000000)
#define LAST_PAGE UINT64_C(0xfffffffffffff000)

#define PAGE UINT64_C(0x1000)
#define MB   UINT64_C(0x100000)
#define GB   UINT64_C(0x40000000)

enum {
        ERROR_INPUT = RMMSIM_RMI_ERROR_INPUT,
        ERROR_REALM = RMMSIM_RMI_ERROR_REALM,
        ERROR_REC = RMMSIM_RMI_ERROR_REC,
        ERROR_RTT = RMMSIM_RMI_ERROR_RTT
};

struct machine {
        struct rmmsim *sim;
        uint64_t next; /* the first page of DRAM that was never handed out */
        uint64_t rd;   /* the Realm that the tests work on                 */
        unsigned width;
        int level_start;
        uint64_t half; /* its first Unprotected address                    */
        uint16_t vmid;
        uint8_t hash_algo;   /* of the next Realm                                */
        uint64_t planted[8]; /* RECs with a request that they never made         */
        unsigned num_planted;
        struct rmmsim_regs out; /* of the last call                                 */
};

/* ---- the machine --------------------------------------------------------------------------------------------------- */

static inline void *no_virt(void *context, uint64_t pa)
{
        (void)context;
        (void)pa;
        return NULL;
}

static inline void machine_create(struct machine *m, struct rmmsim_config config)
{
        static const struct rmmsim_region regions[] = {
                { .base = DEVICE, .size = 0x10000, .kind = RMMSIM_REGION_DEVICE },
                { .base = DRAM, .size = DRAM_SIZE, .kind = RMMSIM_REGION_DRAM },
                { .base = WALLED, .size = MB, .kind = RMMSIM_REGION_DRAM, .phys_to_virt = no_virt },
                { .base = HIGH, .size = 2 * MB, .kind = RMMSIM_REGION_DRAM },
                { .base = TOWER, .size = 2 * MB, .kind = RMMSIM_REGION_DRAM },
        };
        struct rmmsim_error error = { 0 };

        config.regions = regions;
        config.num_regions = ARRAY_SIZE(regions);
        config.trace = reached_mark;
        config.features.lpa2 = true;
        config.features.s2sz = 52;
        config.features.rec_aux_count = RMMSIM_NONE;
        *m = (struct machine){ .sim = rmmsim_create(&config, &error), .next = DRAM };
        ck_assert_msg(m->sim != NULL, "%s", error.text);
}

static inline void machine_destroy(struct machine *m)
{
        struct rmmsim_report report = { 0 };

        for (unsigned i = 0; i < m->num_planted; i++) {
                struct rec *rec = memory_realm_page(&m->sim->rmm.memory, m->planted[i]);

                rec->pending = RMMSIM_PENDING_NO_REQUEST;
                rec->ripas_addr = rec->ripas_top = 0;
                rec->ripas_value = 0;
                rec->ripas_change_destroyed = false;
        }
        ck_assert_msg(rmmsim_audit(m->sim, &report) == 0, "%s: %s", report.invariant, report.text);
        rmmsim_destroy(m->sim);
}

/* The Realm-world page behind a PA: what the RMM keeps there. */
static inline void *realm_page(const struct machine *m, uint64_t pa)
{
        return memory_realm_page(&m->sim->rmm.memory, pa);
}

static inline struct realm *the_realm(const struct machine *m)
{
        return realm_page(m, m->rd);
}

static inline unsigned state_of(const struct machine *m, uint64_t pa)
{
        struct rmmsim_granule granule;

        ck_assert_int_eq(rmmsim_granule(m->sim, &granule, pa), 0);
        return granule.state;
}

#define EXPECT_STATE(m, pa, STATE) ck_assert_uint_eq(state_of(m, pa), RMMSIM_GRANULE_##STATE)

static inline bool realm_page_is_zero(const struct machine *m, uint64_t pa)
{
        static const uint8_t zeroes[4096];

        return memcmp(realm_page(m, pa), zeroes, sizeof(zeroes)) == 0;
}

/* ---- what comes back ----------------------------------------------------------------------------------------------- */

static inline uint64_t mix(uint64_t hash, const void *data, size_t size)
{
        const uint64_t *words = data;

        for (size_t i = 0; i < size / sizeof(*words); i++) {
                hash = (hash ^ words[i]) * UINT64_C(0x9E3779B97F4A7C15);
                hash ^= hash >> 29;
        }
        return hash;
}

/* All Granules handed out, their states, and what the Realm world holds in them. */
static inline uint64_t picture(const struct machine *m)
{
        const struct memory *memory = &m->sim->rmm.memory;
        uint64_t hash = 1;

        for (uint64_t pa = DRAM; pa < m->next; pa += PAGE) {
                hash = mix(hash, (const void *)memory_granule(memory, pa), sizeof(struct granule));
                hash = mix(hash, memory_realm_page(memory, pa), PAGE);
        }
        return hash;
}

static inline void expect_granted(const struct machine *m)
{
        const struct rmmsim_refusal *why = rmmsim_why(m->sim, 0);

        ck_assert_msg(m->out.x[0] == RMMSIM_RMI_SUCCESS, "x0 is %llx: %s", (unsigned long long)m->out.x[0],
                      why == NULL ? "" : why->condition);
        ck_assert_ptr_null(why);
}

static inline void expect_refused(const struct machine *m, uint64_t x0, enum rmmsim_condition condition,
                                  uint64_t before)
{
        const struct rmmsim_refusal *why = rmmsim_why(m->sim, 0);

        ck_assert_msg(why != NULL, "not refused, but %s was expected", rmmsim_condition_name(condition));
        ck_assert_msg(why->id == condition, "refused by %s, not %s", rmmsim_condition_name(why->id),
                      rmmsim_condition_name(condition));
        ck_assert_uint_eq(m->out.x[0], x0);
        ck_assert_msg(picture(m) == before, "%s: a refused command changed something", why->condition);
}

#define CALL(m, name, ...) ((m)->out = rmmsim_call((m)->sim, 0, name, __VA_ARGS__))

#define GRANTED(m, name, ...)                                                                                          \
        do {                                                                                                           \
                CALL(m, name, __VA_ARGS__);                                                                            \
                expect_granted(m);                                                                                     \
        } while (0)

/* index counts for ERROR_RTT only. The arguments may make pages: the picture is taken after them. */
#define REFUSED(m, STATUS, index, name, condition, ...)                                                                \
        do {                                                                                                           \
                const struct rmmsim_##name in_ = { __VA_ARGS__ };                                                      \
                uint64_t before_ = picture(m);                                                                         \
                (m)->out = rmmsim_call_fields((m)->sim, 0, rmmsim_fid_##name, (const uint64_t *)&in_,                  \
                                              sizeof(in_) / sizeof(uint64_t));                                         \
                expect_refused(m, RMMSIM_RMI_RESULT(STATUS, index), RMMSIM_FAIL_##name##_##condition, before_);        \
        } while (0)

/* ---- pages --------------------------------------------------------------------------------------------------------- */

/* `count` contiguous pages of the host, the first aligned to `alignment`. */
static inline uint64_t pages(struct machine *m, unsigned count, uint64_t alignment)
{
        uint64_t pa = (m->next + alignment - 1) & ~(alignment - 1);

        m->next = pa + count * PAGE;
        return pa;
}

static inline void delegate(struct machine *m, uint64_t pa)
{
        GRANTED(m, rmi_granule_delegate, .addr = pa);
}

static inline uint64_t delegated_pages(struct machine *m, unsigned count, uint64_t alignment)
{
        uint64_t pa = pages(m, count, alignment);

        for (unsigned i = 0; i < count; i++) {
                delegate(m, pa + i * PAGE);
        }
        return pa;
}

static inline uint64_t delegated(struct machine *m)
{
        return delegated_pages(m, 1, PAGE);
}

static inline uint8_t *host(const struct machine *m, uint64_t pa)
{
        return rmmsim_host_pointer(m->sim, pa, PAGE);
}

/* ---- Realms and RECs ----------------------------------------------------------------------------------------------- */

static inline uint64_t realm_new(struct machine *m, unsigned width, int level, unsigned roots, bool lpa2)
{
        uint64_t rd = delegated(m), page = pages(m, 1, PAGE), root = delegated_pages(m, roots, roots * PAGE);
        struct rmmsim_realm_params *params = (void *)host(m, page);

        *params = (struct rmmsim_realm_params){ .flags = lpa2 ? RMMSIM_REALM_FLAG_LPA2 : 0,
                                                .s2sz = (uint8_t)width,
                                                .num_bps = 1,
                                                .num_wps = 1,
                                                .hash_algo = m->hash_algo,
                                                .vmid = ++m->vmid,
                                                .rtt_base = root,
                                                .rtt_level_start = level,
                                                .rtt_num_start = roots };
        GRANTED(m, rmi_realm_create, .rd = rd, .params_ptr = page);
        return rd;
}

/* Create the Realm that the tests work on. */
static inline void realm_begin(struct machine *m, unsigned width, int level, unsigned roots, bool lpa2)
{
        m->rd = realm_new(m, width, level, roots, lpa2);
        m->width = width;
        m->level_start = level;
        m->half = UINT64_C(1) << (width - 1);
}

/* The usual Realm: 40 bits, one root at level 0. */
static inline void usual_machine(struct machine *m, uint64_t quirks)
{
        machine_create(m, (struct rmmsim_config){ .quirks = quirks });
        realm_begin(m, 40, 0, 1, false);
}

/* ACTIVE by the host's command, SYSTEM_OFF as if the Realm had asked for it. */
static inline void realm_become(struct machine *m, unsigned state)
{
        if (state != RMMSIM_REALM_REALM_NEW) {
                GRANTED(m, rmi_realm_activate, .rd = m->rd);
                the_realm(m)->state = state;
        }
}

static inline struct rec *rec_page(const struct machine *m, uint64_t rec)
{
        EXPECT_STATE(m, rec, REC);
        return realm_page(m, rec);
}

static inline uint64_t rec_new(struct machine *m, uint64_t rd, uint64_t mpidr)
{
        uint64_t rec = delegated(m), page = pages(m, 1, PAGE);
        struct rmmsim_rec_params *params = (void *)host(m, page);

        *params = (struct rmmsim_rec_params){ .flags = RMMSIM_REC_FLAG_RUNNABLE, .mpidr = mpidr };
        GRANTED(m, rmi_rec_create, .rd = rd, .rec = rec, .params_ptr = page);
        return rec;
}

/* The Realm Initial Measurement. */
static inline const uint8_t *rim(const struct machine *m)
{
        return the_realm(m)->measurements[0];
}

/* As if the REC had called RSI_IPA_STATE_SET and left. Taken back before the audit, which knows that it never ran. */
static inline void request(struct machine *m, uint64_t rec, uint64_t base, uint64_t top, unsigned ripas,
                           bool change_destroyed)
{
        struct rec *r = rec_page(m, rec);

        if (m->num_planted == 0 || m->planted[m->num_planted - 1] != rec) {
                ck_assert_uint_lt(m->num_planted, ARRAY_SIZE(m->planted));
                m->planted[m->num_planted++] = rec;
        }
        r->pending = RMMSIM_PENDING_RIPAS_CHANGE;
        r->ripas_addr = base;
        r->ripas_top = top;
        r->ripas_value = (uint8_t)ripas;
        r->ripas_change_destroyed = change_destroyed;
}

/* The state of the leaf that describes an address, Protected and Unprotected told apart. */
static inline unsigned leaf_state(const struct machine *m, uint64_t ipa)
{
        struct rtt_walk walk;

        rtt_walk(&m->sim->rmm, the_realm(m), &walk, ipa, 3);
        return rtte_state(walk.entry);
}

/* ---- tables and memory --------------------------------------------------------------------------------------------- */

static inline uint64_t table(struct machine *m, uint64_t ipa, int level)
{
        uint64_t rtt = delegated(m);

        GRANTED(m, rmi_rtt_create, .rd = m->rd, .rtt = rtt, .ipa = ipa, .level = (uint64_t)(int64_t)level);
        return rtt;
}

/* All tables that are missing for an entry at `level` to exist. */
static inline void tables(struct machine *m, uint64_t ipa, int level)
{
        struct rtt_walk walk;

        rtt_walk(&m->sim->rmm, the_realm(m), &walk, ipa, level);
        for (int missing = walk.level + 1; missing <= level; missing++) {
                (void)table(m, ipa & ~(rtt_table_size(missing) - 1), missing);
        }
}

static inline uint64_t data(struct machine *m, uint64_t ipa)
{
        uint64_t pa = delegated(m);

        GRANTED(m, rmi_data_create_unknown, .rd = m->rd, .data = pa, .ipa = ipa);
        return pa;
}

/* 512 pages of contiguous memory below one level 3 table. Returns the first PA. */
static inline uint64_t data_512(struct machine *m, uint64_t ipa, uint64_t alignment)
{
        uint64_t pa = delegated_pages(m, 512, alignment);

        tables(m, ipa, 3);
        for (unsigned i = 0; i < 512; i++) {
                GRANTED(m, rmi_data_create_unknown, .rd = m->rd, .data = pa + i * PAGE, .ipa = ipa + i * PAGE);
        }
        return pa;
}

static inline void fold(struct machine *m, uint64_t ipa, int level)
{
        GRANTED(m, rmi_rtt_fold, .rd = m->rd, .ipa = ipa, .level = (uint64_t)(int64_t)level);
}

/* A 2 MB block of memory. */
static inline uint64_t data_block(struct machine *m, uint64_t ipa)
{
        uint64_t pa = data_512(m, ipa, 2 * MB);

        fold(m, ipa, 3);
        return pa;
}

static inline void map(struct machine *m, uint64_t ipa, int level, uint64_t desc)
{
        GRANTED(m, rmi_rtt_map_unprotected, .rd = m->rd, .ipa = ipa, .level = (uint64_t)(int64_t)level, .desc = desc);
}

static inline void ram(struct machine *m, uint64_t base, uint64_t top)
{
        GRANTED(m, rmi_rtt_init_ripas, .rd = m->rd, .base = base, .top = top);
        ck_assert_uint_eq(m->out.x[1], top);
}

/* Normal memory, readable and writable. */
#define DESC_RW UINT64_C(0xD8)

/* Bring a Protected entry at `level`, UNASSIGNED and EMPTY as yet, into a leaf state by commands alone. A block at level 2. */
static inline void leaf(struct machine *m, uint64_t ipa, int level, unsigned state)
{
        unsigned ripas = rtte_state_ripas(state);

        tables(m, ipa, level);
        if (ripas == RMMSIM_RIPAS_RAM) {
                ram(m, ipa, ipa + rtt_entry_size(level));
        }
        if (ripas == RMMSIM_RIPAS_DESTROYED && level < RTT_LEVEL_PAGE) {
                (void)table(m, ipa, level + 1);
                GRANTED(m, rmi_rtt_destroy, .rd = m->rd, .ipa = ipa, .level = (uint64_t)(int64_t)level + 1);
        }
        if (ripas == RMMSIM_RIPAS_DESTROYED && level == RTT_LEVEL_PAGE) {
                ram(m, ipa, ipa + PAGE);
                (void)data(m, ipa);
                GRANTED(m, rmi_data_destroy, .rd = m->rd, .ipa = ipa);
        }
        if (state >= RMMSIM_RTTE_ASSIGNED_EMPTY) {
                (void)(level == RTT_LEVEL_PAGE ? data(m, ipa) : data_block(m, ipa));
        }
        ck_assert_uint_eq(leaf_state(m, ipa), state);
}

/* ---- looking ------------------------------------------------------------------------------------------------------- */

/* RMI_RTT_READ_ENTRY, all outputs. */
static inline void expect_entry(struct machine *m, uint64_t ipa, int level, int walk_level, unsigned state,
                                uint64_t desc, unsigned ripas)
{
        GRANTED(m, rmi_rtt_read_entry, .rd = m->rd, .ipa = ipa, .level = (uint64_t)(int64_t)level);
        ck_assert_int_eq((int64_t)m->out.x[1], walk_level);
        ck_assert_uint_eq(m->out.x[2], state);
        ck_assert_uint_eq(m->out.x[3], desc);
        ck_assert_uint_eq(m->out.x[4], ripas);
}

#define EXPECT_LEAF(m, ipa, STATE) ck_assert_uint_eq(leaf_state(m, ipa), RMMSIM_RTTE_##STATE)

/* ---- the program --------------------------------------------------------------------------------------------------- */

static inline int run(Suite *suite)
{
        SRunner *runner = srunner_create(suite);
        int failed;

        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
