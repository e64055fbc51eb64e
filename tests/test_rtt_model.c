/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_model.c - random calls, each compared with the model of rtt_model.h; and at times the whole tree.
 *
 * Addresses and Granules come from small pools, so that most calls meet something. A difference names the shape of the
 * Realm (the loop index), the round and the call: the same three come back on every run.
 *
 * Specification: RTT sheet sections 1 to 3 and 9.
 */
#include "rtt_model.h"

static struct machine m;
static uint64_t rec, seed;
static unsigned round_number, call_number;

/* ---- the calls ----------------------------------------------------------------------------------------------------- */

static uint64_t random_bits(void)
{
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return seed;
}

static unsigned below(unsigned n)
{
        return (unsigned)(random_bits() >> 20) % n;
}

#define CHECK_CALL(model, name, ...)                                                                                   \
        do {                                                                                                           \
                const struct answer expected = (model);                                                                \
                CALL(&m, name, __VA_ARGS__);                                                                           \
                compare(&expected, #name);                                                                             \
        } while (0)

static void compare(const struct answer *expected, const char *name)
{
        ck_assert_msg(m.out.x[0] == RMMSIM_RMI_RESULT(expected->status, expected->index),
                      "round %u, call %u, %s: x0 is %llx, the model says %x index %d", round_number, call_number, name,
                      (unsigned long long)m.out.x[0], expected->status, expected->index);
        for (unsigned i = 1; i < 5; i++) {
                ck_assert_msg(m.out.x[i] == expected->x[i], "round %u, call %u, %s: x%u is %llx, the model says %llx",
                              round_number, call_number, name, i, (unsigned long long)m.out.x[i],
                              (unsigned long long)expected->x[i]);
        }
}

/* Few places, at both ends of both halves, mostly aligned to what is asked for, sometimes not. */
static uint64_t random_ipa(uint64_t alignment)
{
        static const uint64_t steps[] = { 0, 1, 2, 7, 511 };
        uint64_t half = m.half, ipa = 0;
        unsigned place = below(16);

        ipa = place < 7 ? 0 : place < 9 ? half - 4 * MB : place < 13 ? half : place < 15 ? 2 * half - 4 * MB : 2 * half;
        ipa += steps[below(5)] * (below(3) == 0 ? 4096 : below(2) == 0 ? 2 * MB : 0);
        ipa += below(8) == 0 ? steps[below(5)] * GB : 0;
        if (below(8) != 0) {
                ipa -= ipa % alignment;
        }
        return ipa + (below(64) == 0 ? 0x800 : 0);
}

static int random_level(void)
{
        return below(16) == 0 ? (int)below(8) - 3 : (int)below(4) + (below(4) == 0 ? start : 1) - (below(2) == 0);
}

static uint64_t aligned_to(int level)
{
        return level < -1 || level > 3 ? 4096 : size_of(level);
}

static uint64_t random_granule(void)
{
        return below(4) == 0 ? run_pa + below(8) * PAGE : pool[below(POOL)];
}

static uint64_t random_desc(int level)
{
        static const uint64_t attributes[] = { 0xD8, 0xD8, 0xD8, 0x58, 0x54, 0x10, 0x1D8 };
        uint64_t address = (below(4) * 512 + below(3)) * aligned_to(level);

        return (address & 0x3FFFFFFFFFFFF) | attributes[below(7)];
}

/* The host fills a table with contiguous memory, page by page: what folding needs. */
static void fill_run(void)
{
        uint64_t ipa = below(3) * 2 * MB;

        for (unsigned i = 0; i < RUN; i++) {
                CHECK_CALL(model_data_create(run_pa + i * PAGE, ipa + i * PAGE, false), rmi_data_create_unknown,
                           .rd = m.rd, .data = run_pa + i * PAGE, .ipa = ipa + i * PAGE);
        }
}

static void fill_shared(void)
{
        int level = 2 + (int)below(2);
        uint64_t ipa = m.half, desc = (below(4) != 0 ? 0 : aligned_to(level)) + GB + DESC_RW;

        for (unsigned i = 0; i < 512; i++) {
                CHECK_CALL(model_map(ipa + i * size_of(level), level, desc + i * size_of(level)),
                           rmi_rtt_map_unprotected, .rd = m.rd, .ipa = ipa + i * size_of(level),
                           .level = (uint64_t)level, .desc = desc + i * size_of(level));
        }
}

static void plant_request(void)
{
        ripas_addr = random_ipa(4096) & ~UINT64_C(0xFFF);
        ripas_addr = is_protected_ipa(ripas_addr) ? ripas_addr : 0;
        ripas_top = ripas_addr + (1 + below(4)) * (below(2) == 0 ? 4096 : 2 * MB);
        ripas_top = is_protected_ipa(ripas_top - 1) ? ripas_top : m.half;
        ripas_value = below(2);
        change_destroyed = below(2);
        request(&m, rec, ripas_addr, ripas_top, ripas_value, change_destroyed);
}

static void one_call(void)
{
        static const uint64_t spans[] = { 4096, 8192, 2 * MB, 5 * MB, GB, 0x800 };
        int level = random_level();
        uint64_t wide = (uint64_t)(int64_t)level, pa = random_granule(), ipa, top;
        unsigned which = below(64);

        switch (which < 24 ? which : which % 12) {
        case 0:
        case 1:
                ipa = random_ipa(4096);
                CHECK_CALL(model_data_create(pa, ipa, true), rmi_data_create, .rd = m.rd, .data = pa, .ipa = ipa,
                           .src = DRAM);
                break;
        case 2:
                ipa = random_ipa(4096);
                CHECK_CALL(model_data_create(pa, ipa, false), rmi_data_create_unknown, .rd = m.rd, .data = pa,
                           .ipa = ipa);
                break;
        case 3:
                ipa = random_ipa(4096);
                CHECK_CALL(model_data_destroy(ipa), rmi_data_destroy, .rd = m.rd, .ipa = ipa);
                break;
        case 4:
        case 5:
                ipa = random_ipa(aligned_to(level - 1));
                CHECK_CALL(model_rtt_create(pa, ipa, level), rmi_rtt_create, .rd = m.rd, .rtt = pa, .ipa = ipa,
                           .level = wide);
                break;
        case 6:
                ipa = random_ipa(aligned_to(level - 1));
                if (below(3) == 0) {
                        CHECK_CALL(model_rtt_destroy(ipa, level), rmi_rtt_destroy, .rd = m.rd, .ipa = ipa,
                                   .level = wide);
                } else {
                        CHECK_CALL(model_rtt_fold(ipa, level), rmi_rtt_fold, .rd = m.rd, .ipa = ipa, .level = wide);
                }
                break;
        case 7:
                ipa = random_ipa(aligned_to(level));
                top = random_desc(level);
                CHECK_CALL(model_map(ipa, level, top), rmi_rtt_map_unprotected, .rd = m.rd, .ipa = ipa, .level = wide,
                           .desc = top);
                break;
        case 8:
                ipa = random_ipa(aligned_to(level));
                CHECK_CALL(model_unmap(ipa, level), rmi_rtt_unmap_unprotected, .rd = m.rd, .ipa = ipa, .level = wide);
                break;
        case 9:
        case 10:
                ipa = random_ipa(4096);
                top = ipa + spans[below(6)];
                CHECK_CALL(model_init_ripas(ipa, top), rmi_rtt_init_ripas, .rd = m.rd, .base = ipa, .top = top);
                break;
        case 11:
                ipa = below(8) == 0 ? random_ipa(4096) : ripas_addr;
                top = below(2) == 0 ? ripas_top : ipa + spans[below(6)];
                CHECK_CALL(model_set_ripas(ipa, top), rmi_rtt_set_ripas, .rd = m.rd, .rec = rec, .base = ipa,
                           .top = top);
                break;
        case 12:
                plant_request();
                break;
        case 13:
                fill_run();
                break;
        case 14:
                fill_shared();
                break;
        default:
                ipa = random_ipa(aligned_to(level));
                CHECK_CALL(model_read(ipa, level), rmi_rtt_read_entry, .rd = m.rd, .ipa = ipa, .level = wide);
                break;
        }
}

/* ---- comparing all of it ------------------------------------------------------------------------------------------- */

static void compare_tree(struct model_entry *entries, uint64_t base, int level)
{
        for (unsigned i = 0; i < 512; i++) {
                uint64_t ipa = base + i * size_of(level);

                if (ipa >= 2 * m.half) {
                        break;
                }
                CHECK_CALL(model_read(ipa, level), rmi_rtt_read_entry, .rd = m.rd, .ipa = ipa,
                           .level = (uint64_t)(int64_t)level);
                if (entries[i].kind == T) {
                        compare_tree(entries[i].child, ipa, level + 1);
                }
        }
}

static void compare_all(void)
{
        struct rmmsim_report report;

        for (unsigned i = 0; i < num_roots; i++) {
                compare_tree(roots + i * 512, i * 512 * size_of(start), start);
        }
        for (unsigned i = 0; i < POOL; i++) {
                ck_assert_uint_eq(state_of(&m, pool[i]), pool_state[i]);
        }
        for (unsigned i = 0; i < RUN; i++) {
                ck_assert_uint_eq(state_of(&m, run_pa + i * PAGE), run_state[i]);
        }
        ck_assert_uint_eq(rec_page(&m, rec)->ripas_addr, ripas_addr);
        if (realm_state != RMMSIM_REALM_REALM_NEW) {
                ck_assert_msg(rmmsim_audit(m.sim, &report) == 0, "%s: %s", report.invariant, report.text);
        }
}

static void free_tree(struct model_entry *entries, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                if (entries[i].kind == T) {
                        free_tree(entries[i].child, 512);
                }
        }
        free(entries);
}

static const struct {
        unsigned width;
        int level;
        unsigned roots;
        bool lpa2;
        uint64_t quirks;
} shapes[] = {
        { 40, 0, 1, false, 0 },
        { 40, 0, 1, false,
          RMMSIM_QUIRK_init_ripas_stops | RMMSIM_QUIRK_init_ripas_base_input | RMMSIM_QUIRK_set_ripas_progress },
        { 34, 2, 16, false, 0 },
        { 32, 2, 4, true, RMMSIM_QUIRK_init_ripas_stops },
        { 40, 1, 2, false, 0 },
        { 39, 1, 1, false, RMMSIM_QUIRK_set_ripas_progress },
        { 52, -1, 1, true, 0 },
        { 52, 0, 16, true, 0 },
};

static void begin(int i)
{
        width = shapes[i].width;
        start = shapes[i].level;
        num_roots = shapes[i].roots;
        lpa2 = shapes[i].lpa2;
        quirks = shapes[i].quirks;
        realm_state = RMMSIM_REALM_REALM_NEW;
        machine_create(&m, (struct rmmsim_config){ .quirks = quirks });
        (void)pages(&m, 1, PAGE); /* the source of DATA_CREATE */
        realm_begin(&m, width, start, num_roots, lpa2);
        rec = rec_new(&m, m.rd, 0);
        ripas_addr = ripas_top = 0;
        roots = calloc(num_roots * 512, sizeof(*roots));
        for (unsigned e = 0; e < num_roots * 512; e++) {
                roots[e].kind = is_protected_ipa(e * size_of(start)) ? U : U_NS;
        }
        run_pa = delegated_pages(&m, RUN, 2 * MB);
        for (unsigned g = 0; g < RUN; g++) {
                run_state[g] = RMMSIM_GRANULE_DELEGATED;
        }
        for (unsigned g = 0; g < POOL; g++) {
                pool[g] = delegated(&m);
                pool_state[g] = RMMSIM_GRANULE_DELEGATED;
        }
}

enum {
        ROUNDS = 8,
        CALLS = 400
};

START_TEST(same_as_the_model)
{
        for (round_number = 0; round_number < ROUNDS; round_number++) {
                seed = 0x9E3779B97F4A7C15 * (round_number * ARRAY_SIZE(shapes) + (unsigned)_i + 1);
                begin(_i);
                for (call_number = 0; call_number < CALLS; call_number++) {
                        one_call();
                        if (call_number == CALLS / 2) {
                                realm_state = RMMSIM_REALM_REALM_ACTIVE;
                                realm_become(&m, realm_state);
                        }
                }
                compare_all();
                free_tree(roots, num_roots * 512);
                machine_destroy(&m);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_model");
        TCase *tcase = tcase_create("random calls");

        tcase_set_timeout(tcase, 240);
        tcase_add_loop_test(tcase, same_as_the_model, 0, (int)ARRAY_SIZE(shapes));
        suite_add_tcase(suite, tcase);
        return run(suite);
}
