/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lifecycle_fixture.h - a small machine, pages handed out in order, and the proof that a refused command moved nothing.
 *
 * Parameter pages begin as garbage and get their fields set: hosts pass pages that they did not clear, and every test
 * should notice if the RMM looked at a byte that is no field.
 */
#ifndef LIFECYCLE_FIXTURE_H
#define LIFECYCLE_FIXTURE_H

#include "sim.h"
#include "rec.h"
#include <check.h>
#include <rmmsim/rmmsim.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

/* Where things are, and where nothing is. */
#define DRAM      UINT64_C(0x80000000)
#define DRAM_SIZE UINT64_C(0x200000)
#define DEVICE    UINT64_C(0x10000000)
#define HOLE      UINT64_C(0x40000000)
#define LAST_PAGE UINT64_C(0xfffffffffffff000)

/* x0 of a refusal, from the table of return codes. */
enum { ERROR_INPUT = 0x1, ERROR_REALM = 0x2, ERROR_REC = 0x3 };

/* ---- the machine --------------------------------------------------------------------------------------------------- */

struct machine {
        struct rmmsim *sim;
        uint64_t next; /* the first page of DRAM that was never handed out */
};

static const struct rmmsim_region fixture_regions[] = {
        { .base = DEVICE, .size = 0x10000, .kind = RMMSIM_REGION_DEVICE },
        { .base = DRAM, .size = DRAM_SIZE, .kind = RMMSIM_REGION_DRAM },
};

/* A configuration without regions gets the usual ones. */
static inline void machine_create(struct machine *m, struct rmmsim_config config)
{
        struct rmmsim_error error = { 0 };

        if (config.regions == NULL) {
                config.regions = fixture_regions;
                config.num_regions = 2;
        }
        m->sim = rmmsim_create(&config, &error);
        m->next = DRAM;
        ck_assert_msg(m->sim != NULL, "%s", error.text);
}

static inline void machine_destroy(struct machine *m)
{
        struct rmmsim_report report;

        ck_assert_msg(rmmsim_audit(m->sim, &report) == 0, "%s: %s", report.invariant, report.text);
        rmmsim_destroy(m->sim);
}

static inline const struct rmm *machine_rmm(const struct machine *m)
{
        return &m->sim->rmm;
}

/* `count` contiguous pages, the first aligned to `count` pages; a power of two. */
static inline uint64_t pages_ns(struct machine *m, unsigned count)
{
        uint64_t pa = (m->next + count * PAGE - 1) & ~(uint64_t)(count * PAGE - 1);

        m->next = pa + count * PAGE;
        return pa;
}

static inline uint64_t page_ns(struct machine *m)
{
        return pages_ns(m, 1);
}

static inline void delegate(struct machine *m, uint64_t pa)
{
        ck_assert_uint_eq(rmmsim_call(m->sim, 0, rmi_granule_delegate, .addr = pa).x[0], 0);
}

static inline void undelegate(struct machine *m, uint64_t pa)
{
        ck_assert_uint_eq(rmmsim_call(m->sim, 0, rmi_granule_undelegate, .addr = pa).x[0], 0);
}

static inline uint64_t pages_delegated(struct machine *m, unsigned count)
{
        uint64_t pa = pages_ns(m, count);

        for (unsigned i = 0; i < count; i++) {
                delegate(m, pa + i * PAGE);
        }
        return pa;
}

static inline uint64_t page_delegated(struct machine *m)
{
        return pages_delegated(m, 1);
}

static inline void *host(const struct machine *m, uint64_t pa)
{
        return rmmsim_host_pointer(m->sim, pa, PAGE);
}

static inline unsigned state_of(const struct machine *m, uint64_t pa)
{
        struct rmmsim_granule granule;

        ck_assert_int_eq(rmmsim_granule(m->sim, &granule, pa), 0);
        return granule.state;
}

#define EXPECT_STATE(m, pa, STATE) ck_assert_uint_eq(state_of(m, pa), RMMSIM_GRANULE_##STATE)

/* ---- what comes back ----------------------------------------------------------------------------------------------- */

static inline void expect_success(const struct machine *m, const struct rmmsim_regs *regs)
{
        const struct rmmsim_refusal *why = rmmsim_why(m->sim, 0);

        ck_assert_msg(why == NULL, "refused by %s", why == NULL ? "" : why->condition);
        ck_assert_uint_eq(regs->x[0], 0);
}

/* The condition by its name in the specification, x0, and nothing in any other register. */
static inline void expect_refused(const struct machine *m, const struct rmmsim_regs *regs, const char *condition,
                                  uint64_t x0)
{
        const struct rmmsim_refusal *why = rmmsim_why(m->sim, 0);

        ck_assert_msg(why != NULL, "not refused, but %s was expected", condition);
        ck_assert_str_eq(why->condition, condition);
        ck_assert_uint_eq(why->x0, x0);
        ck_assert_uint_eq(regs->x[0], x0);
        for (unsigned i = 1; i < 18; i++) {
                ck_assert_msg(regs->x[i] == 0, "x%u is %llx", i, (unsigned long long)regs->x[i]);
        }
}

/* ---- nothing moved ------------------------------------------------------------------------------------------------- */

/* Every Granule, every page of both worlds that has an owner there, and the VMIDs in use. */
struct snapshot {
        uint8_t *bytes;
        size_t size;
};

static inline uint8_t *snapshot_page(const struct rmm *rmm, uint8_t *to, uint64_t pa)
{
        struct granule *granule = memory_granule(&rmm->memory, pa);
        bool ns = granule_state(granule) == RMMSIM_GRANULE_UNDELEGATED;

        memcpy(to, granule, sizeof(*granule));
        to += sizeof(*granule);
        memcpy(to, memory_realm_page(&rmm->memory, pa), PAGE);
        to += PAGE;
        if (ns) {
                memcpy(to, memory_host_page(&rmm->memory, pa), PAGE);
        } else {
                memset(to, 0, PAGE);
        }
        return to + PAGE;
}

static inline void snapshot_take(struct snapshot *snapshot, const struct machine *m)
{
        const struct rmm *rmm = machine_rmm(m);
        uint8_t *to;

        snapshot->size = (m->next - DRAM) / PAGE * (2 * PAGE + sizeof(struct granule)) + sizeof(rmm->vmids);
        to = snapshot->bytes = malloc(snapshot->size);
        ck_assert_ptr_nonnull(to);
        for (uint64_t pa = DRAM; pa < m->next; pa += PAGE) {
                to = snapshot_page(rmm, to, pa);
        }
        memcpy(to, (const void *)&rmm->vmids, sizeof(rmm->vmids));
}

/* Compare with the machine now, and free the snapshot. */
static inline void snapshot_expect_same(struct snapshot *snapshot, const struct machine *m)
{
        struct snapshot now;

        snapshot_take(&now, m);
        ck_assert_uint_eq(now.size, snapshot->size);
        for (size_t i = 0; i < now.size; i++) {
                ck_assert_msg(now.bytes[i] == snapshot->bytes[i], "a refused command changed byte %zx of the snapshot", i);
        }
        free(now.bytes);
        free(snapshot->bytes);
}

/* ---- Realms and RECs ----------------------------------------------------------------------------------------------- */

/* The smallest usual Realm: 40 bits of IPA, one root at level 0, SHA-256. All else in the page is garbage. */
static inline struct rmmsim_realm_params *realm_params_fill(const struct machine *m, uint64_t page, uint64_t roots,
                                                            uint16_t vmid)
{
        struct rmmsim_realm_params *params = host(m, page);

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

static inline struct rmmsim_rec_params *rec_params_fill(const struct machine *m, uint64_t page, uint64_t mpidr)
{
        struct rmmsim_rec_params *params = host(m, page);

        memset(params, 0xa5, sizeof(*params));
        params->flags = RMMSIM_REC_FLAG_RUNNABLE;
        params->mpidr = mpidr;
        params->pc = 0x200000;
        for (unsigned i = 0; i < 8; i++) {
                params->gprs[i] = i + 1;
        }
        params->num_aux = 0;
        return params;
}

static inline struct rmmsim_regs realm_create(const struct machine *m, uint64_t rd, uint64_t params)
{
        return rmmsim_call(m->sim, 0, rmi_realm_create, .rd = rd, .params_ptr = params);
}

/* A new Realm with one root. */
struct fixture_realm {
        uint64_t rd;
        uint64_t root;
};

static inline struct fixture_realm realm_new(struct machine *m, uint16_t vmid)
{
        struct fixture_realm realm = { .rd = page_delegated(m), .root = page_delegated(m) };
        uint64_t page = page_ns(m);
        struct rmmsim_regs regs;

        realm_params_fill(m, page, realm.root, vmid);
        regs = realm_create(m, realm.rd, page);
        expect_success(m, &regs);
        return realm;
}

static inline void realm_activate(const struct machine *m, uint64_t rd)
{
        ck_assert_uint_eq(rmmsim_call(m->sim, 0, rmi_realm_activate, .rd = rd).x[0], 0);
}

/* The next REC of a Realm, with as many auxiliary Granules as it wants, taken from `aux` on. */
static inline struct rmmsim_regs rec_create_at(struct machine *m, uint64_t rd, uint64_t rec, uint64_t page,
                                               uint64_t mpidr, unsigned num_aux, uint64_t aux)
{
        struct rmmsim_rec_params *params = rec_params_fill(m, page, mpidr);

        params->num_aux = num_aux;
        for (unsigned i = 0; i < num_aux; i++) {
                params->aux[i] = aux + i * PAGE;
        }
        return rmmsim_call(m->sim, 0, rmi_rec_create, .rd = rd, .rec = rec, .params_ptr = page);
}

static inline uint64_t rec_new(struct machine *m, uint64_t rd, uint64_t mpidr)
{
        unsigned num_aux = machine_rmm(m)->profile.rec_aux_count;
        uint64_t rec = page_delegated(m);
        uint64_t aux = num_aux == 0 ? 0 : pages_delegated(m, 16);
        struct rmmsim_regs regs = rec_create_at(m, rd, rec, page_ns(m), mpidr, num_aux, aux);

        expect_success(m, &regs);
        return rec;
}

/* RTTs down to level 3 over IPA 0, and a page there. */
static inline uint64_t data_new(struct machine *m, uint64_t rd, uint64_t ipa)
{
        uint64_t data = page_delegated(m);

        for (uint64_t level = 1; level <= 3; level++) {
                (void)rmmsim_call(m->sim, 0, rmi_rtt_create, .rd = rd, .rtt = page_delegated(m), .ipa = 0, .level = level);
        }
        ck_assert_uint_eq(rmmsim_call(m->sim, 0, rmi_data_create_unknown, .rd = rd, .data = data, .ipa = ipa).x[0], 0);
        return data;
}

/* What the RMM keeps. */
static inline const struct realm *realm_at(const struct machine *m, uint64_t rd)
{
        EXPECT_STATE(m, rd, RD);
        return memory_realm_page(&machine_rmm(m)->memory, rd);
}

static inline const struct rec *rec_at(const struct machine *m, uint64_t rec)
{
        EXPECT_STATE(m, rec, REC);
        return memory_realm_page(&machine_rmm(m)->memory, rec);
}

static inline bool realm_page_is_zero(const struct machine *m, uint64_t pa)
{
        static const uint8_t zeroes[PAGE];

        return memcmp(memory_realm_page(&machine_rmm(m)->memory, pa), zeroes, PAGE) == 0;
}

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
