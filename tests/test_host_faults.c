/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_host_faults.c - bugs that hosts had, planted one at a time: each is found, by the property that it breaks, and without it the
 * same search finds nothing.
 */
#include "host_fixture.h"

/* Of each, at most so many schedules. The random strategy draws the same ones each time. */
static const struct rmmsim_strategy search = { .kind = RMMSIM_STRATEGY_PCT, .seed = 1, .schedules_max = 500 };

/* A fault that is found by its first schedules must not be there without it either. */
static const struct rmmsim_strategy near_default = { .kind = RMMSIM_STRATEGY_DELAY, .depth = 1 };

START_TEST(a_planted_fault_is_found)
{
        const struct host_fault_row *row = &host_faults[_i];
        struct host_config config = { .fault = row->fault };
        struct host_vm *vm;

        if (row->protocol == NULL) {
                ck_assert_ptr_null(row->program);
                ck_assert_uint_gt(strlen(row->found), 0);
                return;
        }
        config.protocol = row->protocol;
        config.program = host_program_find(row->program);
        ck_assert_ptr_nonnull(config.program);
        vm = vm_for(&config, row->profile);
        expect_found(vm, &search, row->kind, row->found);
        config.fault = HOST_FAULT_NONE;
        host_vm_configure(vm, &config);
        expect_nothing(vm, &search);
        expect_nothing(vm, &near_default);
        host_vm_destroy(vm);
}
END_TEST

/* Each fault of the enumeration has its row, and is found by its name. */
START_TEST(all_faults_have_names)
{
        bool seen[HOST_NUM_FAULTS] = { true };

        for (unsigned i = 0; i < HOST_NUM_FAULT_ROWS; i++) {
                const struct host_fault_row *row = &host_faults[i];

                ck_assert(row->protocol == NULL || !seen[row->fault]);
                seen[row->fault] = true;
                ck_assert_ptr_eq(host_fault_find(row->name), row->protocol == NULL ? NULL : row);
        }
        for (unsigned i = 0; i < HOST_NUM_FAULTS; i++) {
                ck_assert_msg(seen[i], "fault %u has no row", i);
        }
}
END_TEST

START_TEST(the_environment_selects_a_fault)
{
        ck_assert_int_eq(unsetenv("RMMSIM_FUZZ_FAULT"), 0);
        ck_assert_ptr_null(host_fault_selected());
        ck_assert_int_eq(setenv("RMMSIM_FUZZ_FAULT", "V03", 1), 0);
        ck_assert_str_eq(host_fault_selected()->name, "V03");
        ck_assert_int_eq(setenv("RMMSIM_FUZZ_FAULT", "K11", 1), 0); /* which cannot be planted */
        ck_assert_ptr_null(host_fault_selected());
        ck_assert_int_eq(unsetenv("RMMSIM_FUZZ_FAULT"), 0);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("host_faults");
        TCase *tcase = tcase_create("faults");

        tcase_add_loop_test(tcase, a_planted_fault_is_found, 0, HOST_NUM_FAULT_ROWS);
        tcase_add_test(tcase, all_faults_have_names);
        tcase_add_test(tcase, the_environment_selects_a_fault);
        suite_add_tcase(suite, tcase);
        return run_host_suite(suite);
}
