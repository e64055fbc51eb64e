/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gic_fixture.h - one virtual CPU interface under test, with the host on one side and a Realm on the other.
 *
 * MRS(IAR1) and MSR(EOIR1, 32) read as the Realm's instructions; the accesses are expected to be the interface's own.
 * Included by one test program each; the fixtures start every test afresh, in a process of its own or not.
 *
 * Specification: GIC (ARM IHI 0069), ICV_ registers; RMM (DEN0137) A6.1.
 */
#ifndef GIC_FIXTURE_H
#define GIC_FIXTURE_H

#include "gic.h"

#include <check.h>
#include <rmmsim/sysreg.h>
#include <string.h>

/* Four list registers, five priority bits, INTIDs of 16 bits, no extended range. A priority p occupies level p / 8. */
static const struct gic_features plain = { .lrs = 4, .priority_bits = 5, .intid_bits = 16 };
static const struct gic_features *features = &plain;
static struct gic_cpu cpu;
static uint64_t lrs[GIC_LRS_MAX]; /* what the host lends at the next entry */

enum state {
        INACTIVE,
        PENDING,
        ACTIVE,
        ACTIVE_PENDING,
};

enum {
        SPURIOUS = 1023,
        IDLE = 0xFF,
        CBPR = 1,
        EOIMODE = 2,
};

/* Bits of a list register. */
#define LR_EOI UINT64_C(0x0000020000000000)
#define LR_HW  UINT64_C(0x2000000000000000)

#define MRS(name)        mrs(RMMSIM_SYSREG_ICC_##name##_EL1)
#define MSR(name, value) msr(RMMSIM_SYSREG_ICC_##name##_EL1, value)

static inline uint64_t mrs(uint32_t reg)
{
        uint64_t value = 0;

        ck_assert_int_eq(gic_sysreg_read(&cpu, features, &value, reg), SYSREG_DONE);
        return value;
}

static inline void msr(uint32_t reg, uint64_t value)
{
        ck_assert_int_eq(gic_sysreg_write(&cpu, features, reg, value), SYSREG_DONE);
}

static inline uint64_t interrupt(enum state state, unsigned group, uint64_t priority, uint64_t intid)
{
        return (uint64_t)state << 62 | (uint64_t)group << 60 | priority << 48 | intid;
}

static inline enum state state_of(unsigned n)
{
        return (enum state)(cpu.lrs[n] >> 62);
}

static inline void enter(uint64_t hcr)
{
        struct gic_refusal why;

        ck_assert(gic_entry_valid(features, &why, hcr, lrs, true));
        gic_enter(&cpu, features, hcr, lrs);
}

/* The GIC part of RmiRecExit. */
struct gic_exit {
        uint64_t hcr;
        uint64_t lrs[GIC_LRS_MAX];
        uint64_t misr;
        uint64_t vmcr;
};

static inline struct gic_exit leave(void)
{
        struct gic_exit exit = { .hcr = gic_exit_hcr(&cpu), .misr = gic_misr(&cpu, features), .vmcr = cpu.vmcr };

        memcpy(exit.lrs, cpu.lrs, sizeof(exit.lrs));
        return exit;
}

static inline unsigned eoicount(void)
{
        return (unsigned)(leave().hcr >> 27);
}

/* The host lends one more interrupt: exit, fill register n, enter again. */
static inline void inject(unsigned n, unsigned group, uint64_t priority, uint64_t intid)
{
        memcpy(lrs, leave().lrs, sizeof(lrs));
        lrs[n] = interrupt(PENDING, group, priority, intid);
        enter(0);
}

static inline void expect_signals(bool irq, bool fiq)
{
        ck_assert_int_eq(gic_irq_pending(&cpu, features), irq);
        ck_assert_int_eq(gic_fiq_pending(&cpu, features), fiq);
}

/* A REC as created. */
static inline void setup_new(void)
{
        features = &plain;
        memset(lrs, 0, sizeof(lrs));
        gic_reset(&cpu, features);
}

/* A Realm that has set up its interface: everything unmasked, both groups enabled. */
static inline void setup_open(void)
{
        setup_new();
        MSR(PMR, 0xFF);
        MSR(IGRPEN0, 1);
        MSR(IGRPEN1, 1);
}

static inline int run(Suite *suite, TCase *tc, void (*setup)(void))
{
        SRunner *sr;
        int failed;

        tcase_add_checked_fixture(tc, setup, NULL);
        suite_add_tcase(suite, tc);
        sr = srunner_create(suite);
        srunner_run_all(sr, CK_ENV);
        failed = srunner_ntests_failed(sr);
        srunner_free(sr);
        return failed;
}

#endif
