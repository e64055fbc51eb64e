/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_psci_complete.c - the host answers for a vCPU, and the RMM decides whether it may.
 *
 * Every refusal leaves the request pending: the right answer is accepted after it. Deployed monitors' ways are in
 * test_psci_quirks.c.
 *
 * Specification: RMI_PSCI_COMPLETE; lifecycle sheet 5.11, rec sheet 4.4 and 4.5, PSCI flows 1.3 and 2.
 */
#include "psci_complete_fixture.h"
#include "slowness.h"

/* ---- refused -------------------------------------------------------------------------------------------------------- */

struct stage {
        struct psci_world p;
        struct zoo zoo;
        uint64_t calling;
        uint64_t target;
        uint64_t status;
};

struct row {
        const char *name;
        const char *condition;
        void (*spoil)(struct stage *s);
};

#define SPOIL(name, condition, ...)                                                                                    \
        static void name(struct stage *s)                                                                              \
        {                                                                                                              \
                __VA_ARGS__;                                                                                           \
        }
#define ROW(name, condition, ...) { #name, #condition, name },

/* The caller asks for CPU_ON of the target, which is off, and the host means to agree. */
#define ROWS(X)                                                                                                        \
        X(caller_for_target, alias, s->target = s->calling)                                                            \
        X(target_for_caller, alias, s->calling = s->target)                                                            \
        X(unaligned_alias, alias, s->target = s->calling = s->calling + 1)                                             \
        X(calling_unaligned, calling_align, s->calling += 1)                                                           \
        X(calling_unaligned_by_half, calling_align, s->calling += 0x800)                                               \
        X(calling_device, calling_bound, s->calling = DEVICE)                                                          \
        X(calling_hole, calling_bound, s->calling = HOLE)                                                              \
        X(calling_last_page, calling_bound, s->calling = LAST_PAGE)                                                    \
        X(calling_undelegated, calling_state, s->calling = s->zoo.ns)                                                  \
        X(calling_secure, calling_state, s->calling = s->zoo.secure)                                                   \
        X(calling_delegated, calling_state, s->calling = s->zoo.delegated)                                             \
        X(calling_rd, calling_state, s->calling = s->p.realm.rd)                                                       \
        X(calling_aux, calling_state, s->calling = s->zoo.aux)                                                         \
        X(calling_rtt, calling_state, s->calling = s->zoo.rtt)                                                         \
        X(calling_data, calling_state, s->calling = s->zoo.data)                                                       \
        X(target_unaligned, target_align, s->target += 1)                                                              \
        X(target_unaligned_by_half, target_align, s->target += 0x800)                                                  \
        X(target_device, target_bound, s->target = DEVICE)                                                             \
        X(target_hole, target_bound, s->target = HOLE)                                                                 \
        X(target_last_page, target_bound, s->target = LAST_PAGE)                                                       \
        X(target_undelegated, target_state, s->target = s->zoo.ns)                                                     \
        X(target_secure, target_state, s->target = s->zoo.secure)                                                      \
        X(target_delegated, target_state, s->target = s->zoo.delegated)                                                \
        X(target_rd, target_state, s->target = s->p.realm.rd)                                                          \
        X(target_aux, target_state, s->target = s->zoo.aux)                                                            \
        X(target_rtt, target_state, s->target = s->zoo.rtt)                                                            \
        X(target_data, target_state, s->target = s->zoo.data)                                                          \
        X(calling_never_ran, pending, s->calling = s->zoo.rec)                                                         \
        X(calling_is_another, pending, s->calling = s->p.realm.recs[RUNNER])                                           \
        X(roles_swapped, pending, s->calling = s->target; s->target = s->p.realm.recs[CALLER])                         \
        X(target_of_another_realm, owner, s->target = s->p.other.recs[TARGET])                                         \
        X(target_of_a_new_realm, owner, s->target = s->zoo.rec)                                                        \
        X(target_is_another, target, s->target = s->p.realm.recs[RUNNER])                                              \
        X(status_is_affinity_off, status, s->status = 1)                                                               \
        X(status_2, status, s->status = 2)                                                                             \
        X(status_not_supported, status, s->status = (uint64_t)-1)                                                      \
        X(status_invalid_parameters, status, s->status = (uint64_t)-2)                                                 \
        X(status_already_on, status, s->status = (uint64_t)-4)                                                         \
        X(status_on_pending, status, s->status = (uint64_t)-5)                                                         \
        X(status_internal_failure, status, s->status = (uint64_t)-6)                                                   \
        X(status_not_present, status, s->status = (uint64_t)-7)                                                        \
        X(status_disabled, status, s->status = (uint64_t)-8)                                                           \
        X(status_invalid_address, status, s->status = (uint64_t)-9)                                                    \
        X(status_denied_of_32_bits, status, s->status = UINT64_C(0xfffffffd))                                          \
        X(status_success_of_32_bits, status, s->status = UINT64_C(1) << 32)

/* clang-format off */
ROWS(SPOIL)
static const struct row rows[] = { ROWS(ROW) };
/* clang-format on */

static void stage_create(struct stage *s)
{
        psci_create(&s->p, 0);
        zoo_create(&s->zoo, s->p.w);
        ask_cpu_on(&s->p, TARGET);
        s->calling = rec_of_psci(&s->p, CALLER);
        s->target = rec_of_psci(&s->p, TARGET);
        s->status = PSCI_SUCCESS;
}

START_TEST(complete_refuses)
{
        struct stage s;

        stage_create(&s);
        rows[_i].spoil(&s);
        expect_refusal(s.p.w, ERROR_INPUT, rows[_i].condition, rmi_psci_complete, .calling_rec = s.calling,
                       .target_rec = s.target, .status = s.status);
        expect_x0(s.p.w, 0, complete(&s.p, TARGET, PSCI_SUCCESS));
        expect_answer(&s.p, PSCI_SUCCESS);
        world_destroy(s.p.w);
}
END_TEST

/* ---- what each answer does: the table of 5.11 and 4.4 --------------------------------------------------------------- */

struct outcome {
        uint64_t fid;
        unsigned target;
        uint64_t status;
        const char *refused; /* NULL: accepted              */
        uint64_t x0;         /* what the caller gets        */
        bool starts;         /* the target is turned on     */
};

static const struct outcome outcomes[] = {
        { CPU_ON, RUNNER, PSCI_SUCCESS, NULL, PSCI_ALREADY_ON, false },
        { CPU_ON, TARGET, PSCI_SUCCESS, NULL, PSCI_SUCCESS, true },
        { CPU_ON, TARGET, PSCI_DENIED, NULL, PSCI_DENIED, false },
        { CPU_ON, RUNNER, PSCI_DENIED, "status", 0, false },
        { AFFINITY_INFO, RUNNER, PSCI_SUCCESS, NULL, 0, false },
        { AFFINITY_INFO, TARGET, PSCI_SUCCESS, NULL, PSCI_OFF, false },
        { AFFINITY_INFO, RUNNER, PSCI_DENIED, "status", 0, false },
        { AFFINITY_INFO, TARGET, PSCI_DENIED, "status", 0, false },
        { CPU_ON, RUNNER, PSCI_ALREADY_ON, "status", 0, false },
        { AFFINITY_INFO, TARGET, PSCI_OFF, "status", 0, false },
        { AFFINITY_INFO, RUNNER, PSCI_OFF, "status", 0, false },
        { AFFINITY_INFO, RUNNER, (uint64_t)-2, "status", 0, false },
        /* The upper half of x0 takes no part in naming the function. */
        { UINT64_C(0x1234567800000000) | CPU_ON, TARGET, PSCI_SUCCESS, NULL, PSCI_SUCCESS, true },
        { UINT64_C(0x1234567800000000) | CPU_ON, TARGET, PSCI_DENIED, NULL, PSCI_DENIED, false },
        { UINT64_C(0xffffffff00000000) | AFFINITY_INFO, TARGET, PSCI_SUCCESS, NULL, PSCI_OFF, false },
};

START_TEST(complete_answers)
{
        const struct outcome *row = &outcomes[_i];
        struct psci_world p;
        struct rec before;

        psci_create(&p, 0);
        ask(&p, row->fid, row->target, (uint32_t)row->fid == CPU_ON ? TARGET_PC : 0, CONTEXT);
        before = *rec_at(p.w, rec_of_psci(&p, row->target));
        if (row->refused != NULL) {
                expect_refusal(p.w, ERROR_INPUT, row->refused, rmi_psci_complete,
                               .calling_rec = rec_of_psci(&p, CALLER), .target_rec = rec_of_psci(&p, row->target),
                               .status = row->status);
        } else {
                expect_x0(p.w, 0, complete(&p, row->target, row->status));
                expect_answer(&p, row->x0);
        }
        if (row->starts) {
                ck_assert_uint_eq(rec_at(p.w, rec_of_psci(&p, row->target))->runnable, RMMSIM_POWER_RUNNABLE);
        } else {
                ck_assert_mem_eq(rec_at(p.w, rec_of_psci(&p, row->target)), &before, sizeof(before));
        }
        world_destroy(p.w);
}
END_TEST

/* A vCPU that is turned on: from its creation, and again after it turned itself off, with either endianness. */
START_TEST(target_starts_as_asked)
{
        struct psci_world p;
        const struct rec *target;

        psci_create(&p, 0);
        target = rec_at(p.w, rec_of_psci(&p, TARGET));
        for (unsigned round = 1; round <= 3; round++) {
                p.big_endian = round == 2;
                p.turn_off = false;
                ((struct rec *)(uintptr_t)target)->el1.pstate = 0x5;
                start_target(&p);
                ck_assert_uint_eq(target->pc, TARGET_PC);
                ck_assert_uint_eq(target->gprs[0], CONTEXT);
                for (unsigned i = 1; i < 32; i++) {
                        ck_assert_uint_eq(target->gprs[i], 0);
                }
                ck_assert_uint_eq(target->el1.pstate, 0x3C5);
                ck_assert_uint_eq(target->el1.sctlr, round == 2 ? 0x2C50878 : 0xC50878);
                (void)realm_enter_expect(&p.realm, TARGET, RMMSIM_EXIT_IRQ);
                ck_assert_uint_eq(p.num_starts, round);
                ck_assert_uint_eq(p.start_pc, TARGET_PC);
                ck_assert_uint_eq(p.start[0], CONTEXT);
                for (unsigned i = 1; i < 31; i++) {
                        ck_assert_uint_eq(p.start[i], 0);
                }
                p.turn_off = true;
                (void)realm_enter_expect(&p.realm, TARGET, RMMSIM_EXIT_PSCI);
                ck_assert_uint_eq(target->runnable, RMMSIM_POWER_NOT_RUNNABLE);
                ask_affinity(&p, TARGET);
                expect_x0(p.w, 0, complete(&p, TARGET, PSCI_SUCCESS));
                expect_answer(&p, PSCI_OFF);
        }
        world_destroy(p.w);
}
END_TEST

/* ---- the target's MPIDR --------------------------------------------------------------------------------------------- */

/* Bits outside the affinity fields make x1 another number than any MPIDR: whoever is named, it is not the target. */
static const uint64_t strays[] = { UINT64_C(1) << 31, UINT64_C(0x10),    UINT64_C(0xf0),
                                   UINT64_C(1) << 24, UINT64_C(1) << 40, UINT64_C(1) << 63 };

START_TEST(stray_bits_name_nobody)
{
        struct psci_world p;
        struct rec *caller;

        psci_create(&p, 0);
        ask_cpu_on(&p, TARGET);
        caller = (struct rec *)(uintptr_t)page_at(p.w, rec_of_psci(&p, CALLER));
        caller->gprs[1] |= strays[_i];
        expect_refusal(p.w, ERROR_INPUT, "target", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, TARGET), .status = PSCI_SUCCESS);
        caller->gprs[1] = TARGET;
        expect_x0(p.w, 0, complete(&p, TARGET, PSCI_SUCCESS));
        world_destroy(p.w);
}
END_TEST

/* Affinity beyond Aff0: MPIDRs in the forms of RmiRecParams and of PSCI, for RECs 16, 4096 and 2^20. */
static const struct {
        uint64_t index;
        uint64_t mpidr;
        uint64_t psci;
} far_targets[] = {
        { 16, 0x100, 0x100 },
        { 4096, 0x10000, 0x10000 },
        { 1048576, 0x1000000, UINT64_C(0x100000000) },
};

/* RECs that come and go, until the next one has the index. */
static void advance(struct world *w, struct realm_world *realm, uint64_t page, uint64_t rec, uint64_t index)
{
        struct rmmsim_rec_params *params = rec_params_at(w, page, 0, 0, 0);

        params->flags = 0;
        for (uint64_t i = 0; i < index; i++) {
                params->mpidr = (i & 0xf) | (i >> 4 & 0xff) << 8 | (i >> 12) << 16;
                ck_assert_uint_eq(call(w, rmi_rec_create, .rd = realm->rd, .rec = rec, .params_ptr = page), 0);
                ck_assert_uint_eq(call(w, rmi_rec_destroy, .rec = rec), 0);
        }
}

START_TEST(far_targets_are_named)
{
        static struct psci_world p;
        struct rmmsim_rec_params *params;
        uint64_t page;

        if (far_targets[_i].index > rounds(1048576)) {
                return; /* the way there is too long for a slow process */
        }
        p.w = world_create_with(&(struct rmmsim_config){ .features = { .rec_aux_count = RMMSIM_NONE } });
        page = world_page(p.w);
        realm_new(&p.realm, p.w, NULL);
        realm_ram(&p.realm, 0, MIB2);
        realm_data(&p.realm, REALM_PC, 0xd6);
        p.realm.recs[CALLER] = world_delegated(p.w);
        p.realm.recs[TARGET] = world_delegated(p.w);
        advance(p.w, &p.realm, page, p.realm.recs[TARGET], far_targets[_i].index);
        params = rec_params_at(p.w, page, far_targets[_i].mpidr, 0, 0);
        params->flags = 0;
        expect_success(p.w, rmi_rec_create, .rd = p.realm.rd, .rec = p.realm.recs[TARGET], .params_ptr = page);
        params->flags = 1;
        params->mpidr++;
        params->pc = REALM_PC;
        expect_success(p.w, rmi_rec_create, .rd = p.realm.rd, .rec = p.realm.recs[CALLER], .params_ptr = page);
        ck_assert_int_eq(rmmsim_guest_bind(p.w->sim, p.realm.rd, REALM_PC, caller_program, &p), 0);
        realm_activate(&p.realm);
        ask(&p, CPU_ON, far_targets[_i].psci, TARGET_PC, CONTEXT);
        expect_x0(p.w, 0, complete(&p, TARGET, PSCI_SUCCESS));
        expect_answer(&p, PSCI_SUCCESS);
        world_destroy(p.w);
}
END_TEST

/* ---- misuse and destruction: flows 2.9 to 2.12 ---------------------------------------------------------------------- */

START_TEST(second_completion_is_refused)
{
        struct psci_world p;

        psci_create(&p, 0);
        start_target(&p);
        expect_refusal(p.w, ERROR_INPUT, "pending", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, TARGET), .status = PSCI_SUCCESS);
        /* A retry after the wrong status: the host now says SUCCESS, and the caller hears ALREADY_ON. */
        ask_cpu_on(&p, TARGET);
        expect_refusal(p.w, ERROR_INPUT, "status", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, TARGET), .status = PSCI_DENIED);
        expect_x0(p.w, 0, complete(&p, TARGET, PSCI_SUCCESS));
        expect_answer(&p, PSCI_ALREADY_ON);
        world_destroy(p.w);
}
END_TEST

/* Without a target there is no completion; the caller can only go as well. */
START_TEST(destroyed_target_strands_the_caller)
{
        struct psci_world p;
        uint64_t target, other;

        psci_create(&p, 0);
        target = rec_of_psci(&p, TARGET);
        ask_cpu_on(&p, TARGET);
        expect_success(p.w, rmi_rec_destroy, .rec = target);
        expect_refusal(p.w, ERROR_INPUT, "target_state", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = target, .status = PSCI_SUCCESS);
        expect_refusal(p.w, ERROR_INPUT, "target_state", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = target, .status = PSCI_DENIED);
        /* The Granule becomes a REC of another Realm, with the same MPIDR. */
        realm_new(&p.other, p.w, NULL);
        realm_rec(&p.other, false, 0);
        other = world_page(p.w);
        rec_params_at(p.w, other, 1, 16, world_delegated_pages(p.w, 16, PAGE));
        expect_success(p.w, rmi_rec_create, .rd = p.other.rd, .rec = target, .params_ptr = other);
        expect_refusal(p.w, ERROR_INPUT, "owner", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = target, .status = PSCI_SUCCESS);
        expect_refusal(p.w, ERROR_INPUT, "owner", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = target, .status = PSCI_DENIED);
        expect_refusal(p.w, ERROR_REC, "rec_psci", rmi_rec_enter, .rec = rec_of_psci(&p, CALLER),
                       .run_ptr = p.realm.run);
        expect_success(p.w, rmi_rec_destroy, .rec = rec_of_psci(&p, CALLER));
        world_destroy(p.w);
}
END_TEST

static void turn_system_off(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, psci_system_off, .none = 0);
}

/* The Realm's state is no condition: a completion in a Realm that is off is legal and useless. */
START_TEST(completion_after_system_off)
{
        struct psci_world p;

        psci_create(&p, 0);
        ck_assert_int_eq(rmmsim_guest_bind(p.w->sim, p.realm.rd, RUNNER_PC, turn_system_off, NULL), 0);
        ask_cpu_on(&p, TARGET);
        (void)realm_enter_expect(&p.realm, RUNNER, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(realm_at(p.w, p.realm.rd)->state, RMMSIM_REALM_REALM_SYSTEM_OFF);
        expect_x0(p.w, 0, complete(&p, TARGET, PSCI_SUCCESS));
        ck_assert_uint_eq(rec_at(p.w, rec_of_psci(&p, TARGET))->runnable, RMMSIM_POWER_RUNNABLE);
        ck_assert_uint_eq(rec_at(p.w, rec_of_psci(&p, CALLER))->gprs[0], PSCI_SUCCESS);
        world_destroy(p.w);
}
END_TEST

/* ---- a REC that runs ------------------------------------------------------------------------------------------------ */

/* On another PE the host completes for a caller that runs, and for a target that runs. */
static void complete_while_running(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct psci_world *p = arg;
        struct rmmsim *sim = p->w->sim;

        ck_assert_uint_eq(rmmsim_call(sim, 1, rmi_psci_complete, .calling_rec = rec_of_psci(p, RUNNER),
                                      .target_rec = rec_of_psci(p, TARGET), .status = PSCI_SUCCESS)
                                  .x[0],
                          ERROR_INPUT);
        ck_assert_str_eq(rmmsim_why(sim, 1)->condition, "pending");
        ck_assert_uint_eq(rmmsim_call(sim, 1, rmi_psci_complete, .calling_rec = rec_of_psci(p, CALLER),
                                      .target_rec = rec_of_psci(p, RUNNER), .status = PSCI_DENIED)
                                  .x[0],
                          ERROR_INPUT);
        ck_assert_str_eq(rmmsim_why(sim, 1)->condition, "status");
        ck_assert_uint_eq(rmmsim_call(sim, 1, rmi_psci_complete, .calling_rec = rec_of_psci(p, CALLER),
                                      .target_rec = rec_of_psci(p, RUNNER), .status = PSCI_SUCCESS)
                                  .x[0],
                          0);
        runner_program(vcpu, p);
}

START_TEST(running_recs_are_left_alone)
{
        struct psci_world p;

        psci_create(&p, 0);
        ck_assert_int_eq(rmmsim_guest_bind(p.w->sim, p.realm.rd, RUNNER_PC, complete_while_running, &p), 0);
        ask_cpu_on(&p, RUNNER);
        (void)realm_enter_expect(&p.realm, RUNNER, RMMSIM_EXIT_IRQ);
        expect_answer(&p, PSCI_ALREADY_ON);
        world_destroy(p.w);
}
END_TEST

/* What else a REC may wait for is no PSCI request. */
static void ask_for_something_else(struct rmmsim_vcpu *vcpu, void *arg)
{
        if (arg == NULL) {
                (void)rmmsim_guest_call(vcpu, rsi_host_call, .addr = REALM_PC);
        } else {
                (void)rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = 0x2000, .top = 0x3000,
                                        .ripas = RMMSIM_RIPAS_EMPTY);
        }
}

START_TEST(other_requests_are_not_completed)
{
        struct psci_world p;

        psci_create(&p, 0);
        ck_assert_int_eq(rmmsim_guest_bind(p.w->sim, p.realm.rd, REALM_PC, ask_for_something_else, _i == 0 ? NULL : &p),
                         0);
        (void)realm_enter_expect(&p.realm, CALLER, _i == 0 ? RMMSIM_EXIT_HOST_CALL : RMMSIM_EXIT_RIPAS_CHANGE);
        expect_refusal(p.w, ERROR_INPUT, "pending", rmi_psci_complete, .calling_rec = rec_of_psci(&p, CALLER),
                       .target_rec = rec_of_psci(&p, TARGET), .status = PSCI_SUCCESS);
        world_destroy(p.w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("psci_complete");
        TCase *refused = tcase_create("refused");
        TCase *answered = tcase_create("answered");
        TCase *flows = tcase_create("flows");

        tcase_add_loop_test(refused, complete_refuses, 0, ARRAY_SIZE(rows));
        tcase_add_loop_test(refused, stray_bits_name_nobody, 0, ARRAY_SIZE(strays));
        suite_add_tcase(suite, refused);
        tcase_add_loop_test(answered, complete_answers, 0, ARRAY_SIZE(outcomes));
        tcase_add_test(answered, target_starts_as_asked);
        tcase_add_loop_test(answered, far_targets_are_named, 0, ARRAY_SIZE(far_targets));
        suite_add_tcase(suite, answered);
        tcase_add_test(flows, second_completion_is_refused);
        tcase_add_test(flows, destroyed_target_strands_the_caller);
        tcase_add_test(flows, completion_after_system_off);
        tcase_add_test(flows, running_recs_are_left_alone);
        tcase_add_loop_test(flows, other_requests_are_not_completed, 0, 2);
        suite_add_tcase(suite, flows);
        return run_suite(suite);
}
