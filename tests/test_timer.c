/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_timer.c - the EL1 timers of a REC: what a Realm reads, what a host is shown, and which change makes an exit.
 *
 * Specification: RMM (DEN0137) A6.2 "Realm timers"; ARM DDI 0487, "The Generic Timer".
 */
#include "timer.h"

#include <check.h>
#include <rmmsim/sysreg.h>
#include <stdlib.h>

/* One timer and its three registers; each test runs for both. */
struct subject {
        uint32_t ctl;
        uint32_t cval;
        uint32_t tval;
        uint64_t mask;
};

static const struct subject subjects[] = {
        { RMMSIM_SYSREG_CNTV_CTL_EL0, RMMSIM_SYSREG_CNTV_CVAL_EL0, RMMSIM_SYSREG_CNTV_TVAL_EL0, 1u << 18 },
        { RMMSIM_SYSREG_CNTP_CTL_EL0, RMMSIM_SYSREG_CNTP_CVAL_EL0, RMMSIM_SYSREG_CNTP_TVAL_EL0, 1u << 19 },
};

enum {
        VIRT,
        PHYS,
        NUM_SUBJECTS,
        ENABLE = 1,
        IMASK = 2,
        ISTATUS = 4,
};

static struct timers timers;

static void setup(void)
{
        timers_reset(&timers);
}

static uint64_t get(uint32_t reg, uint64_t now)
{
        uint64_t value = 0xDEAD;

        ck_assert_int_eq(timers_sysreg_read(&timers, &value, reg, now, 62500000), SYSREG_DONE);
        return value;
}

static void set(uint32_t reg, uint64_t value, uint64_t now)
{
        ck_assert_int_eq(timers_sysreg_write(&timers, reg, value, now), SYSREG_DONE);
}

/* The timer part of RmiRecExit. */
struct timer_exit {
        uint64_t cntp_ctl;
        uint64_t cntp_cval;
        uint64_t cntv_ctl;
        uint64_t cntv_cval;
};

static struct timer_exit leave(uint64_t now)
{
        timers_leave(&timers, now);
        return (struct timer_exit){ .cntp_ctl = timers.phys.exit_ctl,
                                    .cntp_cval = timers.phys.cval,
                                    .cntv_ctl = timers.virt.exit_ctl,
                                    .cntv_cval = timers.virt.cval };
}

/* Enabled, unmasked, condition met: five, whatever stands in the reserved bits. */
START_TEST(asserted_is_five)
{
        ck_assert_int_eq(timer_asserted((uint64_t)_i), _i == 5);
        ck_assert_int_eq(timer_asserted((uint64_t)_i | ~UINT64_C(7)), _i == 5);
}
END_TEST

/* Loop: every value of ctl written, for both timers, before, at and after the moment. */
START_TEST(ctl_value)
{
        const struct subject *s = &subjects[_i / 8];
        const uint64_t ctl = (uint64_t)_i % 8;
        const uint64_t kept = ctl & (ENABLE | IMASK);

        set(s->cval, 1000, 0);
        set(s->ctl, ctl | 0xFFFFFFFFFFFFFFF8, 0);
        ck_assert_uint_eq(get(s->ctl, 999), kept); /* ISTATUS cannot be written */
        ck_assert_uint_eq(get(s->ctl, 1000), ctl & ENABLE ? kept | ISTATUS : kept);
        ck_assert_uint_eq(get(s->ctl, UINT64_MAX), ctl & ENABLE ? kept | ISTATUS : kept);
        ck_assert_int_eq(timers_interrupt(&timers, 999), false);
        ck_assert_int_eq(timers_interrupt(&timers, 1000), kept == ENABLE);
        ck_assert_uint_eq(timers_next_event(&timers, 0), kept == ENABLE ? 1000 : TIMER_NEVER);
}
END_TEST

START_TEST(cval_is_unsigned)
{
        const struct subject *s = &subjects[_i];

        set(s->ctl, ENABLE, 0);
        set(s->cval, UINT64_C(1) << 63, 0);
        ck_assert_uint_eq(get(s->ctl, (UINT64_C(1) << 63) - 1), ENABLE);
        ck_assert_uint_eq(get(s->ctl, UINT64_C(1) << 63), ENABLE | ISTATUS);
        set(s->cval, 0, 0);
        ck_assert_uint_eq(get(s->ctl, 0), ENABLE | ISTATUS);
}
END_TEST

START_TEST(tval_is_a_signed_distance)
{
        const struct subject *s = &subjects[_i];

        set(s->tval, 100, 5000);
        ck_assert_uint_eq(get(s->cval, 5000), 5100);
        ck_assert_uint_eq(get(s->tval, 5000), 100);
        ck_assert_uint_eq(get(s->tval, 5100), 0);
        ck_assert_uint_eq(get(s->tval, 5101), 0xFFFFFFFF); /* the upper half reads as zero */

        set(s->tval, 0xFFFFFFFF, 5000); /* -1 */
        ck_assert_uint_eq(get(s->cval, 5000), 4999);
        set(s->tval, 0xAAAAAAAA7FFFFFFF, 5000); /* the upper half is ignored */
        ck_assert_uint_eq(get(s->cval, 5000), 5000 + UINT64_C(0x7FFFFFFF));
        set(s->tval, 0x80000000, 0x100000000);
        ck_assert_uint_eq(get(s->cval, 0), 0x80000000);
        set(s->tval, 0x80000000, 0); /* before the beginning of time wraps */
        ck_assert_uint_eq(get(s->cval, 0), 0xFFFFFFFF80000000);
        set(s->cval, 0x500000010, 0);
        ck_assert_uint_eq(get(s->tval, 0x500000000), 0x10);
        ck_assert_uint_eq(get(s->tval, 0x300000000), 0x10); /* too far for 32 bits: only the low ones show */
}
END_TEST

START_TEST(both_counters_are_now)
{
        ck_assert_uint_eq(get(RMMSIM_SYSREG_CNTVCT_EL0, 0x123456789ABCDEF0), 0x123456789ABCDEF0);
        ck_assert_uint_eq(get(RMMSIM_SYSREG_CNTPCT_EL0, 0x123456789ABCDEF0), 0x123456789ABCDEF0);
        ck_assert_uint_eq(get(RMMSIM_SYSREG_CNTFRQ_EL0, 1), 62500000);
}
END_TEST

START_TEST(read_only_and_foreign_registers)
{
        const uint32_t read_only[] = { RMMSIM_SYSREG_CNTVCT_EL0, RMMSIM_SYSREG_CNTPCT_EL0, RMMSIM_SYSREG_CNTFRQ_EL0 };
        uint64_t value = 77;

        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(timers_sysreg_write(&timers, read_only[i], 1, 0), SYSREG_UNDEFINED);
        }
        ck_assert_int_eq(timers_sysreg_write(&timers, RMMSIM_SYSREG_ICC_PMR_EL1, 1, 0), SYSREG_NOT_HERE);
        ck_assert_int_eq(timers_sysreg_read(&timers, &value, RMMSIM_SYSREG_CNTKCTL_EL1, 0, 1), SYSREG_NOT_HERE);
        ck_assert_uint_eq(value, 77);
}
END_TEST

START_TEST(timers_do_not_share)
{
        const struct subject *mine = &subjects[_i], *other = &subjects[1 - _i];

        set(mine->ctl, ENABLE | IMASK, 0);
        set(mine->cval, 10, 0);
        ck_assert_uint_eq(get(other->ctl, 20), 0);
        ck_assert_uint_eq(get(other->cval, 20), 0);
        ck_assert_uint_eq(get(mine->ctl, 20), ENABLE | IMASK | ISTATUS);
}
END_TEST

START_TEST(exit_record)
{
        struct timer_exit exit;

        set(RMMSIM_SYSREG_CNTV_CVAL_EL0, 100, 0);
        set(RMMSIM_SYSREG_CNTV_CTL_EL0, ENABLE, 0);
        set(RMMSIM_SYSREG_CNTP_CVAL_EL0, 200, 0);
        set(RMMSIM_SYSREG_CNTP_CTL_EL0, ENABLE | IMASK, 0);
        exit = leave(150);
        ck_assert_uint_eq(exit.cntv_ctl, 5);
        ck_assert_uint_eq(exit.cntv_cval, 100);
        ck_assert_uint_eq(exit.cntp_ctl, 3);
        ck_assert_uint_eq(exit.cntp_cval, 200);
        exit = leave(200);
        ck_assert_uint_eq(exit.cntp_ctl, 7);
}
END_TEST

/* A new REC has timers that are off, and nothing to tell. */
START_TEST(new_rec)
{
        ck_assert(!timers_changed(&timers, UINT64_MAX));
        ck_assert(!timers_interrupt(&timers, UINT64_MAX));
        ck_assert_uint_eq(timers_next_event(&timers, 0), TIMER_NEVER);
}
END_TEST

/* Loop: every ctl of the last exit against every ctl now, for both timers: 2 x 8 x 8. */
START_TEST(change_since_last_exit)
{
        struct timer *t = _i / 64 == VIRT ? &timers.virt : &timers.phys;
        const uint64_t then = (uint64_t)_i / 8 % 8, now = (uint64_t)_i % 8;

        t->exit_ctl = then;
        t->ctl = now & (ENABLE | IMASK);
        t->cval = now & ISTATUS ? 10 : 11;
        ck_assert_int_eq(timers_changed(&timers, 10), (then == 5) != (now == 5));
}
END_TEST

/* The output rises while the Realm is out, and later falls: one exit each, and no more. */
START_TEST(one_exit_for_each_change)
{
        const struct subject *s = &subjects[_i];

        set(s->cval, 100, 0);
        set(s->ctl, ENABLE, 0);
        leave(50);
        ck_assert(!timers_changed(&timers, 99));
        ck_assert(timers_changed(&timers, 100));
        leave(100);
        ck_assert(!timers_changed(&timers, 101));
        timers_enter(&timers, 101);
        set(s->ctl, ENABLE | IMASK, 102); /* the Realm masks it, then makes a call the RMM answers itself */
        ck_assert(timers_changed(&timers, 103));
        leave(103);
        ck_assert(!timers_changed(&timers, 104));
}
END_TEST

/* Off and on again between two looks is no change. */
START_TEST(there_and_back_is_no_change)
{
        const struct subject *s = &subjects[_i];

        set(s->cval, 100, 0);
        set(s->ctl, ENABLE, 0);
        leave(100);
        set(s->ctl, 0, 101);
        ck_assert(timers_changed(&timers, 101));
        set(s->ctl, ENABLE, 102);
        ck_assert(!timers_changed(&timers, 102));
}
END_TEST

START_TEST(one_rising_while_the_other_falls_is_two_changes)
{
        set(RMMSIM_SYSREG_CNTV_CTL_EL0, ENABLE, 0);
        leave(10);
        set(RMMSIM_SYSREG_CNTV_CTL_EL0, 0, 11);
        set(RMMSIM_SYSREG_CNTP_CTL_EL0, ENABLE, 11);
        ck_assert(timers_changed(&timers, 12));
}
END_TEST

/* Asserted at entry: masked for the run. Not asserted: it interrupts the moment it is. */
START_TEST(mask_at_entry)
{
        const struct subject *s = &subjects[_i];

        set(s->cval, 100, 0);
        set(s->ctl, ENABLE, 0);
        timers_enter(&timers, 99);
        ck_assert_uint_eq(timers.cnthctl, 0);
        ck_assert_uint_eq(timers_next_event(&timers, 99), 100);
        ck_assert(!timers_interrupt(&timers, 99));
        ck_assert(timers_interrupt(&timers, 100));
        ck_assert_uint_eq(timers_next_event(&timers, 150), 150);

        timers_enter(&timers, 100);
        ck_assert_uint_eq(timers.cnthctl, s->mask);
        ck_assert(!timers_interrupt(&timers, 200));
        ck_assert_uint_eq(timers_next_event(&timers, 200), TIMER_NEVER);

        set(s->cval, 300, 200); /* the next entry lifts it */
        timers_enter(&timers, 200);
        ck_assert_uint_eq(timers.cnthctl, 0);
        ck_assert(timers_interrupt(&timers, 300));
}
END_TEST

START_TEST(the_earlier_timer_ends_the_wait)
{
        set(subjects[_i].cval, 100, 0);
        set(subjects[_i].ctl, ENABLE, 0);
        set(subjects[1 - _i].cval, 90, 0);
        ck_assert_uint_eq(timers_next_event(&timers, 10), 100);
        set(subjects[1 - _i].ctl, ENABLE, 0);
        ck_assert_uint_eq(timers_next_event(&timers, 10), 90);
        timers_enter(&timers, 95);
        ck_assert_uint_eq(timers.cnthctl, subjects[1 - _i].mask);
        ck_assert_uint_eq(timers_next_event(&timers, 95), 100);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("timer");
        TCase *tc = tcase_create("timers");
        SRunner *sr;
        int failed;

        tcase_add_checked_fixture(tc, setup, NULL);
        tcase_add_loop_test(tc, asserted_is_five, 0, 8);
        tcase_add_loop_test(tc, ctl_value, 0, 8 * NUM_SUBJECTS);
        tcase_add_loop_test(tc, cval_is_unsigned, 0, NUM_SUBJECTS);
        tcase_add_loop_test(tc, tval_is_a_signed_distance, 0, NUM_SUBJECTS);
        tcase_add_test(tc, both_counters_are_now);
        tcase_add_test(tc, read_only_and_foreign_registers);
        tcase_add_loop_test(tc, timers_do_not_share, 0, NUM_SUBJECTS);
        tcase_add_test(tc, exit_record);
        tcase_add_test(tc, new_rec);
        tcase_add_loop_test(tc, change_since_last_exit, 0, 64 * NUM_SUBJECTS);
        tcase_add_loop_test(tc, one_exit_for_each_change, 0, NUM_SUBJECTS);
        tcase_add_loop_test(tc, there_and_back_is_no_change, 0, NUM_SUBJECTS);
        tcase_add_test(tc, one_rising_while_the_other_falls_is_two_changes);
        tcase_add_loop_test(tc, mask_at_entry, 0, NUM_SUBJECTS);
        tcase_add_loop_test(tc, the_earlier_timer_ends_the_wait, 0, NUM_SUBJECTS);
        suite_add_tcase(suite, tc);
        sr = srunner_create(suite);
        srunner_run_all(sr, CK_ENV);
        failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
