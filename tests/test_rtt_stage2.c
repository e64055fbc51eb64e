/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_stage2.c - what an access of the Realm finds: every state, at every level, for reads, writes and fetches.
 *
 * Specification: RTT sheet sections 5.1 and 5.2.
 */
#include "stage2.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t BASE = 0x80000000, HALF = UINT64_C(1) << 39, OFFSET = 0xABC;

static struct rmm rmm;
static struct realm realm = { .ipa_width = 40, .rtt_level_start = 0, .rtt_num_start = 1 };
static uint64_t *table[4];

/* One table a level, in a chain below the first address of each half in turn. */
static void setup(void)
{
        struct rmmsim_region region = { .base = BASE, .size = 64 * GRANULE_SIZE, .kind = RMMSIM_REGION_DRAM };
        struct rmmsim_config config = { .regions = &region, .num_regions = 1 };

        memset(&rmm, 0, sizeof(rmm));
        ck_assert_ptr_null(memory_init(&rmm.memory, &(enum rmmsim_error_code){ RMMSIM_OK }, &config));
        realm.rtt_base = BASE;
        for (unsigned level = 0; level < 4; level++) {
                table[level] = memory_realm_page(&rmm.memory, BASE + level * GRANULE_SIZE);
        }
}

static void teardown(void)
{
        memory_destroy(&rmm.memory);
}

/* Put one entry at the beginning of a half, at a level. */
static void plant(int level, bool is_protected_half, uint64_t entry)
{
        unsigned root_index = is_protected_half ? 0 : 1;

        rtt_init_root(&realm, 0, table[0]);
        for (int above = 0; above < level; above++) {
                table[above][above == 0 ? root_index : 0] =
                        rtte_make(RMMSIM_RTTE_TABLE, above, BASE + (unsigned)(above + 1) * GRANULE_SIZE, false);
        }
        table[level][level == 0 ? root_index : 0] = entry;
}

static void expect(enum stage2_outcome outcome, int level, uint64_t pa, uint64_t ipa, enum stage2_access access)
{
        struct stage2_result result;

        stage2_translate(&rmm, &realm, &result, ipa, access);
        ck_assert_int_eq(result.outcome, outcome);
        ck_assert_uint_eq(result.pa, pa);
        if (outcome != STAGE2_ADDRESS_SIZE) {
                ck_assert_int_eq(result.level, level);
        }
}

static const struct {
        unsigned state;
        enum stage2_outcome outcome;
} protected_rows[] = {
        { RMMSIM_RTTE_UNASSIGNED_EMPTY, STAGE2_EMPTY },
        { RMMSIM_RTTE_ASSIGNED_EMPTY, STAGE2_EMPTY },
        { RMMSIM_RTTE_UNASSIGNED_RAM, STAGE2_FAULT_PROTECTED },
        { RMMSIM_RTTE_ASSIGNED_RAM, STAGE2_PROTECTED },
        { RMMSIM_RTTE_UNASSIGNED_DESTROYED, STAGE2_FAULT_PROTECTED },
        { RMMSIM_RTTE_ASSIGNED_DESTROYED, STAGE2_FAULT_PROTECTED },
};

START_TEST(protected_half)
{
        unsigned state = protected_rows[_i].state;

        for (int level = 0; level <= 3; level++) {
                uint64_t size = rtt_entry_size(level), pa = UINT64_C(0x1240000000);
                bool through = state == RMMSIM_RTTE_ASSIGNED_RAM;

                if (rtte_state_has_address(state) && level == 0) {
                        continue;
                }
                plant(level, true, rtte_make(state, level, pa, false));
                for (int access = STAGE2_READ; access <= STAGE2_FETCH; access++) {
                        expect(protected_rows[_i].outcome, level, through ? pa + OFFSET : 0, OFFSET, access);
                        expect(protected_rows[_i].outcome, level, through ? pa + size - 1 : 0, size - 1, access);
                }
        }
}
END_TEST

START_TEST(nothing_shared)
{
        for (int level = 0; level <= 3; level++) {
                plant(level, false, rtte_make(RMMSIM_RTTE_UNASSIGNED_NS, level, 0, false));
                expect(STAGE2_FAULT_UNPROTECTED, level, 0, HALF + OFFSET, STAGE2_READ);
                expect(STAGE2_FAULT_UNPROTECTED, level, 0, HALF + OFFSET, STAGE2_WRITE);
                expect(STAGE2_FETCH_UNPROTECTED, level, 0, HALF + OFFSET, STAGE2_FETCH);
        }
}
END_TEST

/* All four values of S2AP, bit 6 for reads and bit 7 for writes. */
START_TEST(shared_memory)
{
        uint64_t s2ap = (uint64_t)_i;

        for (int level = 1; level <= 3; level++) {
                uint64_t pa = UINT64_C(0x1240000000), last = rtt_entry_size(level) - 1;

                plant(level, false, rtte_make_ns(pa | 0x18 | s2ap << 6, level, false));
                if ((s2ap & 1) != 0) {
                        expect(STAGE2_UNPROTECTED, level, pa + OFFSET, HALF + OFFSET, STAGE2_READ);
                        expect(STAGE2_UNPROTECTED, level, pa + last, HALF + last, STAGE2_READ);
                } else {
                        expect(STAGE2_PERMISSION, level, 0, HALF + OFFSET, STAGE2_READ);
                }
                if ((s2ap & 2) != 0) {
                        expect(STAGE2_UNPROTECTED, level, pa + OFFSET, HALF + OFFSET, STAGE2_WRITE);
                } else {
                        expect(STAGE2_PERMISSION, level, 0, HALF + OFFSET, STAGE2_WRITE);
                }
                expect(STAGE2_FETCH_UNPROTECTED, level, 0, HALF + OFFSET, STAGE2_FETCH);
        }
}
END_TEST

START_TEST(outside_the_space)
{
        plant(0, true, rtte_make(RMMSIM_RTTE_UNASSIGNED_RAM, 0, 0, false));
        for (int access = STAGE2_READ; access <= STAGE2_FETCH; access++) {
                expect(STAGE2_ADDRESS_SIZE, 0, 0, 2 * HALF, access);
                expect(STAGE2_ADDRESS_SIZE, 0, 0, UINT64_MAX, access);
        }
        expect(STAGE2_FAULT_PROTECTED, 0, 0, HALF - 1, STAGE2_READ);
        expect(STAGE2_FAULT_UNPROTECTED, 0, 0, HALF, STAGE2_READ);
        expect(STAGE2_FAULT_UNPROTECTED, 0, 0, 2 * HALF - 1, STAGE2_READ);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_stage2");
        TCase *tcase = tcase_create("accesses");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, protected_half, 0, (int)ARRAY_SIZE(protected_rows));
        tcase_add_test(tcase, nothing_shared);
        tcase_add_loop_test(tcase, shared_memory, 0, 4);
        tcase_add_test(tcase, outside_the_space);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
