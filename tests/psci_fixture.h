/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_fixture.h - a Realm of puppets that turn one another on and off, and the host that says yes or no.
 *
 * Names are those of the sequences in the PSCI sheet: R0 is a caller, R1 a target, R2 a second caller.
 */
#ifndef PSCI_FIXTURE_H
#define PSCI_FIXTURE_H

#include "puppet.h"
#include "sim.h"
#include <string.h>

enum {
        R0,
        R1,
        R2,
        R3
};

#define SUCCESS            UINT64_C(0)
#define OFF                UINT64_C(1)
#define ON                 UINT64_C(0)
#define NOT_SUPPORTED      UINT64_C(0xffffffffffffffff)
#define INVALID_PARAMETERS UINT64_C(0xfffffffffffffffe)
#define DENIED             UINT64_C(0xfffffffffffffffd)
#define ALREADY_ON         UINT64_C(0xfffffffffffffffc)
#define INVALID_ADDRESS    UINT64_C(0xfffffffffffffff7)

#define ENTRY       PUPPET_ENTRY(1)
#define CONTEXT     UINT64_C(0xc0ffee0123456789)
#define UNPROTECTED (UINT64_C(1) << 39)

static struct puppets puppets;

static inline void create_with(const struct rmmsim_config *config, unsigned num_recs, uint32_t runnable)
{
        const struct puppet_shape shape = { .num_recs = num_recs, .runnable = runnable };

        puppets_create(&puppets, world_create_with(config), &shape);
}

static inline void create(uint64_t quirks, unsigned num_recs, uint32_t runnable)
{
        create_with(&(struct rmmsim_config){ .quirks = quirks }, num_recs, runnable);
}

static inline void destroy(void)
{
        struct world *world = puppets.world;

        realm_tear_down(&puppets.realm);
        world_destroy(world);
}

static inline struct rec *rec_at(unsigned rec)
{
        return memory_realm_page(&puppets.world->sim->rmm.memory, puppets.realm.recs[rec]);
}

/* MPIDR of a REC as a Realm names it. */
static inline uint64_t mpidr_of(unsigned rec)
{
        return (rec & 0xf) | (uint64_t)(rec >> 4) << 8;
}

/* ---- the Realm's calls ---------------------------------------------------------------------------------------------- */

#define cpu_on(rec, target)                                                                                            \
        puppet_exit(&puppets, rec, RMMSIM_EXIT_PSCI, psci_cpu_on, .target_cpu = mpidr_of(target),                      \
                    .entry_point_address = ENTRY, .context_id = CONTEXT)
#define affinity_info(rec, target)                                                                                     \
        puppet_exit(&puppets, rec, RMMSIM_EXIT_PSCI, psci_affinity_info, .target_affinity = mpidr_of(target))
#define cpu_off(rec)      puppet_exit(&puppets, rec, RMMSIM_EXIT_PSCI, psci_cpu_off, 0)
#define system_off(rec)   puppet_exit(&puppets, rec, RMMSIM_EXIT_PSCI, psci_system_off, 0)
#define system_reset(rec) puppet_exit(&puppets, rec, RMMSIM_EXIT_PSCI, psci_system_reset, 0)

/* The caller is entered again and finds this in x0, zero in x1..x3, and the rest as it was. */
static inline void expect_result(unsigned rec, uint64_t x0)
{
        puppet_answer(&puppets, rec);
        puppet_expect_registers(&puppets, rec, &x0, 1, 3);
}

/* A REC that has just been started: where, with what, and nothing else in its registers. */
static inline void expect_start(unsigned rec, uint64_t pc, uint64_t context)
{
        struct puppet *puppet = &puppets.puppet[rec];
        unsigned starts = puppet->starts;

        puppet_call(&puppets, rec, rsi_version, .req = 0x10000);
        ck_assert_uint_eq(puppet->starts, starts + 1);
        ck_assert_uint_eq(puppet->start_pc, pc);
        ck_assert_uint_eq(puppet->start_x[0], context);
}

/* ---- the host's ------------------------------------------------------------------------------------------------------- */

static inline uint64_t complete_on(unsigned pe, unsigned caller, unsigned target, uint64_t status)
{
        return rmmsim_call(puppets.world->sim, pe, rmi_psci_complete, .calling_rec = puppets.realm.recs[caller],
                           .target_rec = puppets.realm.recs[target], .status = status)
                .x[0];
}

static inline void complete(unsigned caller, unsigned target, uint64_t status)
{
        expect_x0(puppets.world, RMMSIM_RMI_SUCCESS, complete_on(0, caller, target, status));
}

static inline void complete_refused(unsigned caller, unsigned target, uint64_t status, const char *condition)
{
        expect_x0(puppets.world, RMMSIM_RMI_ERROR_INPUT, complete_on(0, caller, target, status));
        ck_assert_ptr_nonnull(rmmsim_why(puppets.world->sim, 0));
        ck_assert_str_eq(rmmsim_why(puppets.world->sim, 0)->condition, condition);
}

/* The REC cannot be entered, for this condition. */
static inline void enter_refused(unsigned rec, uint64_t x0, const char *condition)
{
        puppet_refused(&puppets, rec, x0);
        ck_assert_str_eq(rmmsim_why(puppets.world->sim, 0)->condition, condition);
}

static inline void expect_pending(unsigned rec)
{
        enter_refused(rec, RMMSIM_RMI_ERROR_REC, "rec_psci");
}

static inline void expect_off(unsigned rec)
{
        enter_refused(rec, RMMSIM_RMI_ERROR_REC, "rec_runnable");
}

static inline void destroy_rec(unsigned rec)
{
        expect_success(puppets.world, rmi_rec_destroy, .rec = puppets.realm.recs[rec]);
}

/* ---- what the host sees ------------------------------------------------------------------------------------------------ */

/* A PSCI exit with these in gprs, zero in the others, and nothing else. */
static inline void expect_exit(const struct rmmsim_rec_exit *exit, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3)
{
        const uint64_t gprs[31] = { x0, x1, x2, x3 };

        for (unsigned i = 0; i < 31; i++) {
                ck_assert_msg(exit->gprs[i] == gprs[i], "exit.gprs[%u] is 0x%llx, expected 0x%llx", i,
                              (unsigned long long)exit->gprs[i], (unsigned long long)gprs[i]);
        }
        ck_assert_uint_eq(exit->exit_reason, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(exit->esr, 0);
        ck_assert_uint_eq(exit->far, 0);
        ck_assert_uint_eq(exit->hpfar, 0);
        ck_assert_uint_eq(exit->ripas_base, 0);
        ck_assert_uint_eq(exit->ripas_top, 0);
        ck_assert_uint_eq(exit->ripas_value, 0);
        ck_assert_uint_eq(exit->imm, 0);
}

#endif
