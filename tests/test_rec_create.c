/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rec_create.c - a REC is created, or refused for a reason.
 *
 * The rows say what is spoiled in a call that would succeed, and which condition must refuse it. After the refusal
 * nothing has moved, and the call that was spoiled succeeds with the same objects.
 *
 * Specification: RMI_REC_CREATE, RmiRecMpidr; lifecycle sheet sections 4.2, 4.3, 5.9 and 6.3.
 */
#include "lifecycle_fixture.h"

/* ---- refused -------------------------------------------------------------------------------------------------------- */

/* A call that would create the second REC of a Realm, and Granules of all kinds to spoil it with. */
struct stage {
        struct world *w;
        struct zoo zoo;
        struct realm_world active;
        uint64_t rd;
        uint64_t rec;
        uint64_t page;
        struct rmmsim_rec_params *p;
};

static void stage_create(struct stage *s, uint64_t quirks)
{
        s->w = world_create_with(&(struct rmmsim_config){ .quirks = quirks });
        zoo_create(&s->zoo, s->w);
        realm_new(&s->active, s->w, NULL);
        realm_rec(&s->active, true, 0);
        realm_activate(&s->active);
        s->rd = s->zoo.rd;
        s->rec = world_delegated(s->w);
        s->page = world_page(s->w);
        s->p = rec_params_at(s->w, s->page, 1, 16, world_delegated_pages(s->w, 16, PAGE));
}

struct row {
        const char *name;
        const char *condition;
        uint64_t x0;
        void (*spoil)(struct stage *s);
};

#define SPOIL(name, condition, x0, ...)                                                                                \
        static void name(struct stage *s)                                                                              \
        {                                                                                                              \
                __VA_ARGS__;                                                                                           \
        }
#define ROW(name, condition, x0, ...) { #name, #condition, ERROR_##x0, name },

#define ROWS(X)                                                                                                        \
        X(params_unaligned_by_one, params_align, INPUT, s->page += 1)                                                  \
        X(params_unaligned_by_half, params_align, INPUT, s->page += 0x800)                                             \
        X(params_device, params_bound, INPUT, s->page = DEVICE)                                                        \
        X(params_hole, params_bound, INPUT, s->page = HOLE)                                                            \
        X(params_last_page, params_bound, INPUT, s->page = LAST_PAGE)                                                  \
        X(params_is_rec, params_pas, INPUT, s->page = s->rec)                                                          \
        X(params_is_rd, params_pas, INPUT, s->page = s->rd)                                                            \
        X(params_aux, params_pas, INPUT, s->page = s->zoo.aux)                                                         \
        X(params_rtt, params_pas, INPUT, s->page = s->zoo.rtt)                                                         \
        X(params_data, params_pas, INPUT, s->page = s->zoo.data)                                                       \
        X(params_secure, params_pas, INPUT, s->page = s->zoo.secure)                                                   \
        X(params_root, params_pas, INPUT, s->page = s->zoo.root)                                                       \
        X(rec_unaligned_by_one, rec_align, INPUT, s->rec += 1)                                                         \
        X(rec_unaligned_by_half, rec_align, INPUT, s->rec += 0x800)                                                    \
        X(rec_device, rec_bound, INPUT, s->rec = DEVICE)                                                               \
        X(rec_hole, rec_bound, INPUT, s->rec = HOLE)                                                                   \
        X(rec_undelegated, rec_state, INPUT, s->rec = s->zoo.ns)                                                       \
        X(rec_is_params, rec_state, INPUT, s->rec = s->page)                                                           \
        X(rec_is_rd, rec_state, INPUT, s->rec = s->rd)                                                                 \
        X(rec_rec, rec_state, INPUT, s->rec = s->zoo.rec)                                                              \
        X(rec_aux, rec_state, INPUT, s->rec = s->zoo.aux)                                                              \
        X(rec_rtt, rec_state, INPUT, s->rec = s->zoo.rtt)                                                              \
        X(rec_data, rec_state, INPUT, s->rec = s->zoo.data)                                                            \
        X(rd_unaligned_by_one, rd_align, INPUT, s->rd += 1)                                                            \
        X(rd_unaligned_by_half, rd_align, INPUT, s->rd += 0x800)                                                       \
        X(rd_device, rd_bound, INPUT, s->rd = DEVICE)                                                                  \
        X(rd_hole, rd_bound, INPUT, s->rd = HOLE)                                                                      \
        X(rd_undelegated, rd_state, INPUT, s->rd = s->zoo.ns)                                                          \
        X(rd_delegated, rd_state, INPUT, s->rd = s->zoo.delegated)                                                     \
        X(rd_is_rec, rd_state, INPUT, s->rd = s->rec)                                                                  \
        X(rd_rec, rd_state, INPUT, s->rd = s->zoo.rec)                                                                 \
        X(rd_aux, rd_state, INPUT, s->rd = s->zoo.aux)                                                                 \
        X(rd_rtt, rd_state, INPUT, s->rd = s->zoo.rtt)                                                                 \
        X(rd_data, rd_state, INPUT, s->rd = s->zoo.data)                                                               \
        X(realm_active, realm_state, REALM, s->rd = s->active.rd)                                                      \
        X(realm_active_and_mpidr, realm_state, REALM, s->rd = s->active.rd; s->p->mpidr = 9)                           \
        X(realm_active_and_num_aux, realm_state, REALM, s->rd = s->active.rd; s->p->num_aux = 15)                      \
        X(realm_active_and_many_aux, num_aux, INPUT, s->rd = s->active.rd; s->p->num_aux = 17)                         \
        X(realm_active_and_aux, aux_align, INPUT, s->rd = s->active.rd; s->p->aux[7] += 1)                             \
        X(realm_active_and_rec, rec_state, INPUT, s->rd = s->active.rd; s->rec = s->zoo.ns)                            \
        X(rd_state_and_mpidr, rd_state, INPUT, s->rd = s->zoo.ns; s->p->mpidr = 9)                                     \
        X(mpidr_of_a_rec, mpidr_index, INPUT, s->p->mpidr = 0)                                                         \
        X(mpidr_one_ahead, mpidr_index, INPUT, s->p->mpidr = 2)                                                        \
        X(mpidr_15, mpidr_index, INPUT, s->p->mpidr = 0xf)                                                             \
        X(mpidr_aff1, mpidr_index, INPUT, s->p->mpidr = 0x101)                                                         \
        X(mpidr_aff2, mpidr_index, INPUT, s->p->mpidr = 0x10001)                                                       \
        X(mpidr_aff3, mpidr_index, INPUT, s->p->mpidr = 0x1000001)                                                     \
        X(mpidr_bit_31, mpidr_index, INPUT, s->p->mpidr = UINT64_C(0x80000001))                                        \
        X(num_aux_0, num_aux, INPUT, s->p->num_aux = 0)                                                                \
        X(num_aux_15, num_aux, INPUT, s->p->num_aux = 15)                                                              \
        X(num_aux_17, num_aux, INPUT, s->p->num_aux = 17)                                                              \
        X(num_aux_17_and_aux, num_aux, INPUT, s->p->num_aux = 17; s->p->aux[0] = 1)                                    \
        X(num_aux_wide, num_aux, INPUT, s->p->num_aux = UINT64_C(0x100000010))                                         \
        X(num_aux_all_ones, num_aux, INPUT, s->p->num_aux = UINT64_MAX)                                                \
        X(num_aux_15_and_aux, aux_state, INPUT, s->p->num_aux = 15; s->p->aux[14] = s->zoo.ns)

/* clang-format off */
ROWS(SPOIL)
static const struct row rows[] = { ROWS(ROW) };
/* clang-format on */

/* The call with what is spoiled, then as it should be. */
static void refuse_and_recover(struct stage *s, const char *condition, uint64_t x0,
                               const struct rmmsim_rec_params *good, const struct stage *unspoiled)
{
        expect_refusal(s->w, x0, condition, rmi_rec_create, .rd = s->rd, .rec = s->rec, .params_ptr = s->page);
        *s->p = *good;
        expect_success(s->w, rmi_rec_create, .rd = unspoiled->rd, .rec = unspoiled->rec, .params_ptr = unspoiled->page);
        world_destroy(s->w);
}

START_TEST(create_refuses)
{
        const struct row *row = &rows[_i];
        struct rmmsim_rec_params good;
        struct stage s, unspoiled;

        stage_create(&s, 0);
        good = *s.p;
        unspoiled = s;
        row->spoil(&s);
        refuse_and_recover(&s, row->condition, row->x0, &good, &unspoiled);
}
END_TEST

/* What can be wrong with an auxiliary Granule, at any place in the list. */
struct aux_row {
        const char *condition;
        uint64_t (*aux)(const struct stage *s);
};

#define AUX(name, condition, expression)                                                                               \
        static uint64_t name(const struct stage *s)                                                                    \
        {                                                                                                              \
                (void)s;                                                                                               \
                return expression;                                                                                     \
        }
#define AUX_ROW(name, condition, expression) { #condition, name },

#define AUX_ROWS(X)                                                                                                    \
        X(aux_unaligned, aux_align, s->p->aux[0] + 1)                                                                  \
        X(aux_unaligned_ns, aux_align, s->zoo.ns + 0x800)                                                              \
        X(aux_is_rec, aux_alias, s->rec)                                                                               \
        X(aux_is_rd, aux_state, s->rd)                                                                                 \
        X(aux_is_params, aux_state, s->page)                                                                           \
        X(aux_device, aux_state, DEVICE)                                                                               \
        X(aux_hole, aux_state, HOLE)                                                                                   \
        X(aux_last_page, aux_state, LAST_PAGE)                                                                         \
        X(aux_undelegated, aux_state, s->zoo.ns)                                                                       \
        X(aux_rec, aux_state, s->zoo.rec)                                                                              \
        X(aux_aux, aux_state, s->zoo.aux)                                                                              \
        X(aux_rtt, aux_state, s->zoo.rtt)                                                                              \
        X(aux_data, aux_state, s->zoo.data)

/* clang-format off */
AUX_ROWS(AUX)
static const struct aux_row aux_rows[] = { AUX_ROWS(AUX_ROW) };
/* clang-format on */

START_TEST(create_refuses_aux)
{
        static const unsigned places[] = { 0, 1, 3, 5, 9, 15 };
        const struct aux_row *row = &aux_rows[_i];
        struct rmmsim_rec_params good;
        struct stage s;

        stage_create(&s, 0);
        good = *s.p;
        for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
                uint64_t aux = row->aux(&s);

                s.p->aux[places[i]] = aux;
                expect_refusal(s.w, ERROR_INPUT, row->condition, rmi_rec_create, .rd = s.rd, .rec = s.rec,
                               .params_ptr = s.page);
                *s.p = good;
        }
        expect_success(s.w, rmi_rec_create, .rd = s.rd, .rec = s.rec, .params_ptr = s.page);
        world_destroy(s.w);
}
END_TEST

/* Every pair of places that may hold the same Granule. */
START_TEST(create_refuses_duplicates)
{
        struct rmmsim_rec_params good;
        struct stage s;

        stage_create(&s, 0);
        good = *s.p;
        for (unsigned i = 0; i < 16; i++) {
                for (unsigned j = 0; j < i; j++) {
                        s.p->aux[i] = s.p->aux[j];
                        expect_refusal(s.w, ERROR_INPUT, "aux_alias", rmi_rec_create, .rd = s.rd, .rec = s.rec,
                                       .params_ptr = s.page);
                        *s.p = good;
                }
        }
        expect_success(s.w, rmi_rec_create, .rd = s.rd, .rec = s.rec, .params_ptr = s.page);
        world_destroy(s.w);
}
END_TEST

/* ---- SBZ bits of the MPIDR ------------------------------------------------------------------------------------------ */

static const uint64_t sbz_bits[] = { UINT64_C(1) << 4, UINT64_C(1) << 7, UINT64_C(1) << 32, UINT64_C(1) << 63,
                                     UINT64_C(0xffffffff000000f0) };

START_TEST(create_ignores_sbz_bits_of_the_mpidr)
{
        struct stage s;

        stage_create(&s, 0);
        s.p->mpidr |= sbz_bits[_i];
        expect_success(s.w, rmi_rec_create, .rd = s.rd, .rec = s.rec, .params_ptr = s.page);
        ck_assert_uint_eq(rec_at(s.w, s.rec)->mpidr, 1);
        world_destroy(s.w);
}
END_TEST

START_TEST(create_checks_sbz_bits_of_the_mpidr)
{
        struct rmmsim_rec_params good;
        struct stage s, unspoiled;

        stage_create(&s, RMMSIM_QUIRK_mpidr_sbz_checked);
        good = *s.p;
        unspoiled = s;
        s.p->mpidr |= sbz_bits[_i];
        refuse_and_recover(&s, "mpidr_index", ERROR_INPUT, &good, &unspoiled);
}
END_TEST

/* ---- carried out ---------------------------------------------------------------------------------------------------- */

/* Whatever lies above or below what: no lock is left behind on any of them, and each serves on. */
START_TEST(create_unlocks_granules_in_any_order)
{
        struct stage s;
        uint64_t lowest;

        stage_create(&s, 0);
        lowest = s.p->aux[0];
        for (unsigned i = 1; i < 16; i++) {
                lowest = s.p->aux[i] < lowest ? s.p->aux[i] : lowest;
        }
        for (unsigned i = 0; i < 16; i++) {
                if (s.p->aux[i] == lowest) {
                        s.p->aux[i] = _i == 0 ? s.rec : s.p->aux[i];
                }
        }
        s.rec = _i == 0 ? lowest : s.rec;
        expect_success(s.w, rmi_rec_create, .rd = s.rd, .rec = s.rec, .params_ptr = s.page);
        for (unsigned i = 0; i < 16; i++) {
                ck_assert_uint_eq(granule_peek(memory_granule(&s.w->sim->rmm.memory, s.p->aux[i])) & ~0x7fu, 0);
        }
        ck_assert_uint_eq(granule_peek(memory_granule(&s.w->sim->rmm.memory, s.rec)) & ~0x7fu, 0);
        expect_success(s.w, rmi_rec_destroy, .rec = s.rec);
        world_destroy(s.w);
}
END_TEST

/* Table 6.3, and the Realm's counters. Auxiliary Granules come in any order. */
START_TEST(create_makes_a_rec)
{
        const struct rec *rec;
        struct realm before;
        struct stage s;

        stage_create(&s, 0);
        before = *realm_at(s.w, s.rd);
        for (unsigned i = 0; i < 8; i++) {
                uint64_t aux = s.p->aux[i];

                s.p->aux[i] = s.p->aux[15 - i];
                s.p->aux[15 - i] = aux;
        }
        expect_success(s.w, rmi_rec_create, .rd = s.rd, .rec = s.rec, .params_ptr = s.page);
        rec = rec_at(s.w, s.rec);
        ck_assert_uint_eq(rec->owner, s.rd);
        ck_assert_uint_eq(rec->mpidr, 1);
        ck_assert_uint_eq(rec->index, 1);
        ck_assert_uint_eq(rec->state, RMMSIM_REC_REC_READY);
        ck_assert_uint_eq(rec->runnable, RMMSIM_POWER_RUNNABLE);
        ck_assert_uint_eq(rec->pending, RMMSIM_PENDING_NO_REQUEST);
        ck_assert_uint_eq(rec->attest_state, RMMSIM_ATTEST_NO_ATTEST_IN_PROGRESS);
        ck_assert_uint_eq(rec->pc, 0x200000);
        for (unsigned i = 0; i < 32; i++) {
                ck_assert_uint_eq(rec->gprs[i], i < 8 ? i + 1 : 0);
        }
        ck_assert_uint_eq(rec->num_aux, 16);
        for (unsigned i = 0; i < 16; i++) {
                ck_assert_uint_eq(rec->aux[i], s.p->aux[i]);
                EXPECT_STATE(s.w, s.p->aux[i], REC_AUX);
        }
        ck_assert_uint_eq(rec->ripas_addr, 0);
        ck_assert_uint_eq(rec->ripas_top, 0);
        ck_assert_uint_eq(rec->ripas_value, RMMSIM_RIPAS_EMPTY);
        ck_assert(!rec->ripas_change_destroyed);
        ck_assert_uint_eq(rec->ripas_response, RMMSIM_ACCEPT);
        ck_assert(!rec->last_exit.emulatable);
        ck_assert_uint_eq(realm_at(s.w, s.rd)->num_recs, before.num_recs + 1);
        ck_assert_uint_eq(realm_at(s.w, s.rd)->rec_index, before.rec_index + 1);
        world_destroy(s.w);
}
END_TEST

/* A vCPU that was never run, in a Realm without and with a PMU. */
START_TEST(create_resets_the_vcpu)
{
        struct world *w = world_create();
        struct realm_world realm;
        const struct rec *rec;

        realm_new(&realm, w, &(struct realm_shape){ .flags = _i != 0 ? RMMSIM_REALM_FLAG_PMU : 0 });
        rec = rec_at(w, realm_rec(&realm, false, 0x1000));
        ck_assert_uint_eq(rec->runnable, RMMSIM_POWER_NOT_RUNNABLE);
        ck_assert_uint_eq(rec->el1.pstate, 0x3C5);
        ck_assert_uint_eq(rec->el1.sctlr, 0xC50878);
        ck_assert_uint_eq(rec->el1.mdscr, 0x1000);
        ck_assert_uint_eq(rec->pmu.pmcr, _i != 0 ? 0x66 : 0x60);
        ck_assert_uint_eq(rec->gic.hcr, 0x8101);
        ck_assert_uint_eq(mpidr_to_el1(rec->mpidr), 0x80000000);
        ck_assert_uint_eq(rec->el1.vbar, 0);
        ck_assert_uint_eq(rec->timers.virt.ctl, 0);
        ck_assert_uint_eq(rec->timers.phys.cval, 0);
        world_destroy(w);
}
END_TEST

/* ---- indexes and limits --------------------------------------------------------------------------------------------- */

/* index and RmiRecMpidr, from the sheet. */
static const struct {
        uint64_t index;
        uint64_t mpidr;
} mpidr_samples[] = {
        { 0, 0x0 },       { 1, 0x1 },       { 15, 0xF },       { 16, 0x100 },      { 17, 0x101 },
        { 1022, 0x3F0E }, { 4095, 0xFF0F }, { 4096, 0x10000 }, { 32766, 0x7FF0E },
};

static uint64_t mpidr_of(uint64_t index)
{
        return (index & 0xf) | (index >> 4 & 0xff) << 8 | (index >> 12 & 0xff) << 16 | (index >> 20 & 0xff) << 24;
}

/* RECs come and go, and each has the index after the last: no index is ever used twice. */
START_TEST(indexes_only_rise)
{
        struct world *w = world_create_with(&(struct rmmsim_config){ .features = { .rec_aux_count = RMMSIM_NONE } });
        uint64_t page = world_page(w);
        uint64_t rec = world_delegated(w);
        struct rmmsim_rec_params *p = rec_params_at(w, page, 0, 0, 0);
        struct realm_world realm;
        unsigned sample = 0;

        realm_new(&realm, w, NULL);
        p->flags = 0;
        for (uint64_t index = 0; index <= 32766; index++) {
                p->mpidr = mpidr_of(index);
                if (index == mpidr_samples[sample].index) {
                        ck_assert_uint_eq(p->mpidr, mpidr_samples[sample++].mpidr);
                        p->mpidr = mpidr_of(index == 0 ? 1 : index - 1);
                        expect_refusal(w, ERROR_INPUT, "mpidr_index", rmi_rec_create, .rd = realm.rd, .rec = rec,
                                       .params_ptr = page);
                        p->mpidr = mpidr_of(index);
                }
                ck_assert_uint_eq(call(w, rmi_rec_create, .rd = realm.rd, .rec = rec, .params_ptr = page), 0);
                ck_assert_uint_eq(call(w, rmi_rec_destroy, .rec = rec), 0);
        }
        ck_assert_uint_eq(sample, ARRAY_SIZE(mpidr_samples));
        ck_assert_uint_eq(realm_at(w, realm.rd)->rec_index, 32767);
        ck_assert_uint_eq(realm_at(w, realm.rd)->num_recs, 0);
        world_destroy(w);
}
END_TEST

static const struct {
        uint8_t order;
        unsigned max;
} limits[] = { { 1, 1 }, { 2, 3 }, { 3, 7 }, { 0, 1023 } };

/* At most 2^order - 1 RECs live at once; one that goes makes room for one with the next index. */
START_TEST(a_realm_can_be_full)
{
        struct world *w = world_create_with(&(struct rmmsim_config){
                .features = { .rec_aux_count = RMMSIM_NONE, .max_recs_order = limits[_i].order } });
        uint64_t page = world_page(w);
        unsigned max = limits[_i].max;
        uint64_t recs = world_delegated_pages(w, max + 1, PAGE);
        struct rmmsim_rec_params *p = rec_params_at(w, page, 0, 0, 0);
        struct realm_world realm;

        realm_new(&realm, w, NULL);
        for (unsigned i = 0; i < max; i++) {
                p->mpidr = mpidr_of(i);
                expect_success(w, rmi_rec_create, .rd = realm.rd, .rec = recs + i * PAGE, .params_ptr = page);
        }
        p->mpidr = mpidr_of(max);
        expect_refusal(w, ERROR_REALM, "num_recs", rmi_rec_create, .rd = realm.rd, .rec = recs + max * PAGE,
                       .params_ptr = page);
        ck_assert_uint_eq(rmmsim_why(w->sim, 0)->found, max);
        /* What is refused with ERROR_INPUT in a Realm with room is refused so here too. */
        expect_refusal(w, ERROR_INPUT, "rec_state", rmi_rec_create, .rd = realm.rd, .rec = recs, .params_ptr = page);
        expect_success(w, rmi_rec_destroy, .rec = recs);
        expect_success(w, rmi_rec_create, .rd = realm.rd, .rec = recs + max * PAGE, .params_ptr = page);
        p->mpidr = mpidr_of(max + 1);
        expect_refusal(w, ERROR_REALM, "num_recs", rmi_rec_create, .rd = realm.rd, .rec = recs, .params_ptr = page);
        expect_success(w, rmi_realm_activate, .rd = realm.rd);
        expect_refusal(w, ERROR_REALM, "num_recs", rmi_rec_create, .rd = realm.rd, .rec = recs, .params_ptr = page);
        world_destroy(w);
}
END_TEST

/* As many auxiliary Granules as the Realm says, no more and no fewer. */
START_TEST(aux_as_many_as_told)
{
        static const uint8_t counts[] = { RMMSIM_NONE, 1, 2, 15, 16 };
        struct world *w = world_create_with(&(struct rmmsim_config){ .features = { .rec_aux_count = counts[_i] } });
        unsigned wanted = counts[_i] == RMMSIM_NONE ? 0 : counts[_i];
        uint64_t page = world_page(w);
        uint64_t rec = world_delegated(w);
        uint64_t aux = world_delegated_pages(w, 16, PAGE);
        struct realm_world realm;

        realm_new(&realm, w, NULL);
        for (unsigned count = 0; count <= 16; count++) {
                if (count != wanted) {
                        rec_params_at(w, page, 0, count, aux);
                        expect_refusal(w, ERROR_INPUT, "num_aux", rmi_rec_create, .rd = realm.rd, .rec = rec,
                                       .params_ptr = page);
                }
        }
        rec_params_at(w, page, 0, wanted, aux);
        expect_success(w, rmi_rec_create, .rd = realm.rd, .rec = rec, .params_ptr = page);
        for (unsigned i = 0; i < 16; i++) {
                ck_assert_uint_eq(state_of(w, aux + i * PAGE),
                                  i < wanted ? RMMSIM_GRANULE_REC_AUX : RMMSIM_GRANULE_DELEGATED);
        }
        world_destroy(w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rec_create");
        TCase *refused = tcase_create("refused");
        TCase *created = tcase_create("created");

        tcase_add_loop_test(refused, create_refuses, 0, ARRAY_SIZE(rows));
        tcase_add_loop_test(refused, create_refuses_aux, 0, ARRAY_SIZE(aux_rows));
        tcase_add_test(refused, create_refuses_duplicates);
        tcase_add_loop_test(refused, create_checks_sbz_bits_of_the_mpidr, 0, ARRAY_SIZE(sbz_bits));
        suite_add_tcase(suite, refused);
        tcase_add_loop_test(created, create_ignores_sbz_bits_of_the_mpidr, 0, ARRAY_SIZE(sbz_bits));
        tcase_add_loop_test(created, create_unlocks_granules_in_any_order, 0, 2);
        tcase_add_test(created, create_makes_a_rec);
        tcase_add_loop_test(created, create_resets_the_vcpu, 0, 2);
        tcase_add_test(created, indexes_only_rise);
        tcase_add_loop_test(created, a_realm_can_be_full, 0, ARRAY_SIZE(limits));
        tcase_add_loop_test(created, aux_as_many_as_told, 0, 5);
        suite_add_tcase(suite, created);
        return run_suite(suite);
}
