/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_complete_fixture.h - a Realm of three vCPUs in which one asks for the others: a caller, a target that is off, and one that
 * is on.
 *
 * The caller makes the PSCI call that the test wrote down, and writes down the registers it got back, once an entry. The
 * target writes down what it started with.
 */
#ifndef PSCI_COMPLETE_FIXTURE_H
#define PSCI_COMPLETE_FIXTURE_H

#include "lifecycle_fixture.h"

enum {
        CALLER,
        TARGET,
        RUNNER
};

#define TARGET_PC UINT64_C(0x1040)
#define RUNNER_PC UINT64_C(0x1080)
#define CONTEXT   UINT64_C(0xc0ffee0123456789)

#define CPU_ON           UINT64_C(0xC4000003)
#define AFFINITY_INFO    UINT64_C(0xC4000004)
#define CPU_ON_32        UINT64_C(0x84000003)
#define AFFINITY_INFO_32 UINT64_C(0x84000004)

/* As the sheet numbers them. */
#define PSCI_SUCCESS    UINT64_C(0)
#define PSCI_DENIED     UINT64_C(0xfffffffffffffffd)
#define PSCI_ALREADY_ON UINT64_C(0xfffffffffffffffc)
#define PSCI_OFF        UINT64_C(1)

struct psci_world {
        struct world *w;
        struct realm_world realm;
        struct realm_world other; /* another Realm, made like this one             */
        struct rmmsim_regs request;
        bool big_endian; /* SCTLR_EL1.EE of the caller                    */
        struct rmmsim_regs answer;
        unsigned num_answers;
        unsigned num_starts;
        uint64_t start[31]; /* x0..x30 of the target when it started         */
        uint64_t start_pc;
        bool turn_off; /* the target turns itself off when it runs next */
};

static inline void caller_program(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct psci_world *p = arg;

        for (;;) {
                struct rmmsim_regs regs = p->request;

                ck_assert_int_eq(
                        rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_SCTLR_EL1, p->big_endian ? UINT64_C(0x2001005) : 0x1005),
                        0);
                rmmsim_guest_smc(vcpu, &regs);
                p->answer = regs;
                p->num_answers++;
                rmmsim_guest_wfi(vcpu);
        }
}

/* What the registers hold when the target turns itself off. */
static inline uint64_t marked(unsigned n)
{
        return 0x1010101 * (uint64_t)(n + 1);
}

static inline void target_program(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct psci_world *p = arg;
        struct rmmsim_regs off = { .x = { 0 } };

        p->num_starts++;
        p->start_pc = rmmsim_guest_pc(vcpu);
        for (unsigned i = 0; i < 31; i++) {
                p->start[i] = rmmsim_guest_x(vcpu, i);
        }
        while (!p->turn_off) {
                rmmsim_guest_wfi(vcpu);
        }
        for (unsigned i = 1; i < 31; i++) {
                if (i < 18) {
                        off.x[i] = marked(i);
                }
                rmmsim_guest_set_x(vcpu, i, marked(i));
        }
        off.x[0] = 0x84000002;
        rmmsim_guest_smc(vcpu, &off);
        ck_abort_msg("CPU_OFF returned");
}

static inline void runner_program(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

/* A vCPU that is off, with registers that show whether a start clears them: x0 to x7 hold 1 to 8. */
static inline void target_rec(struct realm_world *realm)
{
        struct world *w = realm->world;
        uint64_t page = world_page(w);
        uint64_t rec = world_delegated(w);
        struct rmmsim_rec_params *params = rec_params_at(w, page, TARGET, 16, world_delegated_pages(w, 16, PAGE));

        params->flags = 0;
        params->pc = TARGET_PC;
        expect_success(w, rmi_rec_create, .rd = realm->rd, .rec = rec, .params_ptr = page);
        realm->recs[realm->num_recs++] = rec;
}

static inline void psci_realm(struct psci_world *p, struct realm_world *realm)
{
        realm_new(realm, p->w, NULL);
        realm_ram(realm, 0, MIB2);
        realm_data(realm, REALM_PC, 0xd6);
        realm_rec(realm, true, REALM_PC);
        target_rec(realm);
        realm_rec(realm, true, RUNNER_PC);
        ck_assert_int_eq(rmmsim_guest_bind(p->w->sim, realm->rd, REALM_PC, caller_program, p), 0);
        ck_assert_int_eq(rmmsim_guest_bind(p->w->sim, realm->rd, TARGET_PC, target_program, p), 0);
        ck_assert_int_eq(rmmsim_guest_bind(p->w->sim, realm->rd, RUNNER_PC, runner_program, p), 0);
        realm_activate(realm);
}

static inline void psci_create_with(struct psci_world *p, const struct rmmsim_config *config)
{
        memset(p, 0, sizeof(*p));
        p->w = world_create_with(config);
        psci_realm(p, &p->realm);
        psci_realm(p, &p->other);
}

static inline void psci_create(struct psci_world *p, uint64_t quirks)
{
        psci_create_with(p, &(struct rmmsim_config){ .quirks = quirks });
}

static inline uint64_t rec_of_psci(const struct psci_world *p, unsigned rec)
{
        return p->realm.recs[rec];
}

/* The caller makes a call that exits. x4 to x17 are marked, so that it shows if they change. */
static inline void ask(struct psci_world *p, uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
        for (unsigned i = 4; i < 18; i++) {
                p->request.x[i] = marked(i);
        }
        p->request.x[0] = fid;
        p->request.x[1] = x1;
        p->request.x[2] = x2;
        p->request.x[3] = x3;
        (void)realm_enter_expect(&p->realm, CALLER, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(rec_at(p->w, rec_of_psci(p, CALLER))->pending, RMMSIM_PENDING_PSCI_REQUEST);
}

static inline void ask_cpu_on(struct psci_world *p, unsigned target)
{
        ask(p, CPU_ON, target, TARGET_PC, CONTEXT);
}

static inline void ask_affinity(struct psci_world *p, unsigned target)
{
        ask(p, AFFINITY_INFO, target, 0, 0);
}

#define complete(p, target, code)                                                                                      \
        call((p)->w, rmi_psci_complete, .calling_rec = rec_of_psci(p, CALLER), .target_rec = rec_of_psci(p, target),   \
             .status = (code))

/* The caller goes on with what it was told in x0, zeroes in x1 to x3, and everything else as it was. */
static inline void expect_answer(struct psci_world *p, uint64_t x0)
{
        unsigned before = p->num_answers;

        ck_assert_uint_eq(rec_at(p->w, rec_of_psci(p, CALLER))->pending, RMMSIM_PENDING_NO_REQUEST);
        (void)realm_enter_expect(&p->realm, CALLER, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(p->num_answers, before + 1);
        ck_assert_uint_eq(p->answer.x[0], x0);
        for (unsigned i = 1; i < 18; i++) {
                ck_assert_uint_eq(p->answer.x[i], i < 4 ? 0 : marked(i));
        }
}

/* The target is on and ready to start. */
static inline void start_target(struct psci_world *p)
{
        ask_cpu_on(p, TARGET);
        expect_x0(p->w, 0, complete(p, TARGET, PSCI_SUCCESS));
        expect_answer(p, PSCI_SUCCESS);
        ck_assert_uint_eq(rec_at(p->w, rec_of_psci(p, TARGET))->runnable, RMMSIM_POWER_RUNNABLE);
}

#endif
