/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_start.c - where a vCPU begins: the fetch at its first instruction, at the first entry and after CPU_ON, and the
 * program that is found there.
 *
 * Specification: Realm access outcomes (instruction fetch), initial state of a REC; REC sheet section 1.6.
 */
#include "world.h"
#include <string.h>

#define HOLE        UINT64_C(0x3000)
#define EMPTY       UINT64_C(0x200000)
#define UNPROTECTED UINT64_C(0x8000000000)
#define OUTSIDE     UINT64_C(0x10000000000)
#define VECTOR      UINT64_C(0x200) /* VBAR_EL1 is zero: current EL, SP_EL1, synchronous */

struct seen {
        unsigned starts;
        uint64_t pc;
        uint64_t x[31];
        struct rmmsim_exception exception;
        uint64_t registers[8];
};

static const uint32_t sysregs[] = { RMMSIM_SYSREG_ESR_EL1,   RMMSIM_SYSREG_FAR_EL1,   RMMSIM_SYSREG_ELR_EL1,
                                    RMMSIM_SYSREG_SPSR_EL1,  RMMSIM_SYSREG_SCTLR_EL1, RMMSIM_SYSREG_DAIF,
                                    RMMSIM_SYSREG_MDSCR_EL1, RMMSIM_SYSREG_VBAR_EL1 };

static void look(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct seen *seen = arg;

        seen->starts++;
        seen->pc = rmmsim_guest_pc(vcpu);
        for (unsigned i = 0; i < 31; i++) {
                seen->x[i] = rmmsim_guest_x(vcpu, i);
        }
        seen->exception = rmmsim_guest_exception(vcpu);
        for (unsigned i = 0; i < 8; i++) {
                rmmsim_guest_mrs(vcpu, sysregs[i], &seen->registers[i]);
        }
        rmmsim_guest_call(vcpu, psci_cpu_off, 0);
}

/* A Realm with one REC that begins at `pc`, and programs there and at its vector. */
static void begin_at(struct realm_world *realm, struct world *world, uint64_t pc, struct seen *here,
                     struct seen *vector)
{
        memset(here, 0, sizeof(*here));
        memset(vector, 0, sizeof(*vector));
        realm_new(realm, world, NULL);
        realm_ram(realm, 0, MIB2);
        realm_data(realm, REALM_PC, 0xd6);
        realm_rec(realm, true, pc);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm->rd, pc, look, here), 0);
        ck_assert_int_eq(rmmsim_guest_bind(world->sim, realm->rd, VECTOR, look, vector), 0);
        realm_activate(realm);
}

/* Where everything is as it should be. */
START_TEST(at_memory)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct seen here, vector;

        begin_at(&realm, world, REALM_PC, &here, &vector);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(here.starts, 1);
        ck_assert_uint_eq(here.pc, REALM_PC);
        ck_assert_uint_eq(here.exception.esr, 0);
        ck_assert_uint_eq(here.registers[4], 0xc50878); /* SCTLR_EL1 */
        ck_assert_uint_eq(here.registers[5], 0x3c0);    /* DAIF      */
        ck_assert_uint_eq(here.registers[6], 0x1000);   /* MDSCR_EL1 */
        ck_assert_uint_eq(vector.starts, 0);
        world_destroy(world);
}
END_TEST

/* The registers of RmiRecParams, and zero behind them. */
START_TEST(with_the_registers_of_the_parameters)
{
        struct world *world = world_create();
        struct rmmsim_rec_params *params = (void *)world->params;
        struct realm_world realm;
        struct seen here = { 0 };
        uint64_t rec, num_aux;

        realm_new(&realm, world, NULL);
        realm_ram(&realm, 0, MIB2);
        realm_data(&realm, REALM_PC, 0xd6);
        rec = world_delegated(world);
        num_aux = call_regs(world, rmi_rec_aux_count, .rd = realm.rd).x[1];
        memset(params, 0, sizeof(*params));
        *params = (struct rmmsim_rec_params){ .flags = 1, .pc = REALM_PC, .num_aux = num_aux };
        for (uint64_t i = 0; i < 8; i++) {
                params->gprs[i] = 0x1000000000000001 * (i + 1);
        }
        for (uint64_t i = 0; i < num_aux; i++) {
                params->aux[i] = world_delegated(world);
        }
        expect_success(world, rmi_rec_create, .rd = realm.rd, .rec = rec, .params_ptr = world->params_pa);
        realm.recs[realm.num_recs++] = rec;
        rmmsim_guest_bind(world->sim, realm.rd, REALM_PC, look, &here);
        realm_activate(&realm);
        memset(realm_run(&realm, 0)->enter.gprs, 0xee,
               sizeof(realm_run(&realm, 0)->enter.gprs)); /* are not looked at */
        ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        for (uint64_t i = 0; i < 31; i++) {
                ck_assert_uint_eq(here.x[i], i < 8 ? 0x1000000000000001 * (i + 1) : 0);
        }
        world_destroy(world);
}
END_TEST

/* Nothing there yet: Instruction Abort, as often as the host does nothing about it; then it begins. */
START_TEST(at_a_hole)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct seen here, vector;

        begin_at(&realm, world, HOLE + 0x7f4, &here, &vector);
        for (unsigned i = 0; i < 3; i++) {
                struct rmmsim_rec_exit *exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC);

                ck_assert_uint_eq(exit->esr, 0x80000007);
                ck_assert_uint_eq(exit->hpfar, 0x30);
                ck_assert_uint_eq(exit->far, 0);
        }
        realm_data_unknown(&realm, HOLE);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(here.starts, 1);
        ck_assert_uint_eq(here.pc, HOLE + 0x7f4);
        ck_assert_uint_eq(vector.starts, 0);
        world_destroy(world);
}
END_TEST

struct place {
        uint64_t pc;
        uint64_t esr; /* as EL1 sees it */
};

static const struct place places[] = { { EMPTY, 0x86000210 }, { UNPROTECTED, 0x86000210 }, { OUTSIDE, 0x86000000 } };

/* The Realm's own mistake: it takes the abort, and begins at its vector - where there is a hole, too. */
START_TEST(at_an_address_that_aborts)
{
        const struct place *place = &places[_i];
        struct world *world = world_create();
        struct rmmsim_rec_exit *exit;
        struct realm_world realm;
        struct seen here, vector;

        begin_at(&realm, world, place->pc, &here, &vector);
        exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC);
        ck_assert_uint_eq(exit->esr, 0x80000007);
        ck_assert_uint_eq(exit->hpfar, 0);
        realm_data_unknown(&realm, 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(here.starts, 0);
        ck_assert_uint_eq(vector.starts, 1);
        ck_assert_uint_eq(vector.pc, VECTOR);
        ck_assert_uint_eq(vector.registers[0], place->esr);
        ck_assert_uint_eq(vector.registers[1], place->pc);
        ck_assert_uint_eq(vector.registers[2], place->pc);
        ck_assert_uint_eq(vector.registers[3], 0x3c5);
        ck_assert_uint_eq(vector.exception.esr, place->esr);
        ck_assert_uint_eq(vector.exception.vector, VECTOR);
        world_destroy(world);
}
END_TEST

/* A share of the host at the address makes no difference: nothing is fetched from there. */
START_TEST(at_shared_memory)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct seen here, vector;

        begin_at(&realm, world, UNPROTECTED + 0x40, &here, &vector);
        realm_share(&realm, UNPROTECTED);
        realm_data_unknown(&realm, 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(here.starts, 0);
        ck_assert_uint_eq(vector.registers[0], 0x86000210);
        world_destroy(world);
}
END_TEST

/* No vector either: the CPU takes aborts for ever, and the host gets its PE back at its tick. */
START_TEST(at_no_vector_either)
{
        struct world *world = world_create();
        struct realm_world realm;
        struct seen here = { 0 };

        realm_new(&realm, world, NULL); /* everything EMPTY */
        realm_rec(&realm, true, EMPTY);
        rmmsim_guest_bind(world->sim, realm.rd, EMPTY, look, &here);
        realm_activate(&realm);
        for (unsigned i = 0; i < 3; i++) {
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        }
        ck_assert_uint_eq(here.starts, 0);
        world_destroy(world);
}
END_TEST

/* ---- CPU_ON ------------------------------------------------------------------------------------------------------------------ */

struct target {
        uint64_t entry;
        uint64_t answer;
};

static void turn_on(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct target *target = arg;

        rmmsim_guest_msr(vcpu, RMMSIM_SYSREG_VBAR_EL1, 0x4000); /* not the target's */
        target->answer = rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1, .entry_point_address = target->entry,
                                           .context_id = 0xc0ffee0123456789)
                                 .x[0];
        rmmsim_guest_wfi(vcpu);
}

/* A Realm whose REC 0 has turned REC 1 on at an address. */
static void turned_on_at(struct realm_world *realm, struct world *world, struct target *target, struct seen *here,
                         struct seen *vector)
{
        memset(here, 0, sizeof(*here));
        memset(vector, 0, sizeof(*vector));
        realm_running(realm, world, 2, turn_on, target);
        rmmsim_guest_bind(world->sim, realm->rd, target->entry, look, here);
        rmmsim_guest_bind(world->sim, realm->rd, VECTOR, look, vector);
        realm_enter_expect(realm, 0, RMMSIM_EXIT_PSCI);
        expect_success(world, rmi_psci_complete, .calling_rec = realm->recs[0], .target_rec = realm->recs[1],
                       .status = 0);
        realm_enter_expect(realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(target->answer, RMMSIM_PSCI_SUCCESS);
}

START_TEST(cpu_on_at_memory)
{
        struct target target = { .entry = REALM_PC + 0x800 };
        struct world *world = world_create();
        struct realm_world realm;
        struct seen here, vector;

        turned_on_at(&realm, world, &target, &here, &vector);
        realm_enter_expect(&realm, 1, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(here.starts, 1);
        ck_assert_uint_eq(here.pc, target.entry);
        ck_assert_uint_eq(here.x[0], 0xc0ffee0123456789);
        for (unsigned i = 1; i < 31; i++) {
                ck_assert_uint_eq(here.x[i], 0);
        }
        ck_assert_uint_eq(here.registers[7], 0);
        world_destroy(world);
}
END_TEST

START_TEST(cpu_on_at_a_hole)
{
        struct target target = { .entry = HOLE };
        struct world *world = world_create();
        struct realm_world realm;
        struct seen here, vector;

        turned_on_at(&realm, world, &target, &here, &vector);
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_uint_eq(realm_enter_expect(&realm, 1, RMMSIM_EXIT_SYNC)->esr, 0x80000007);
                ck_assert_uint_eq(realm_run(&realm, 1)->exit.hpfar, 0x30);
        }
        realm_data_unknown(&realm, HOLE);
        realm_enter_expect(&realm, 1, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(here.starts, 1);
        ck_assert_uint_eq(here.x[0], 0xc0ffee0123456789);
        world_destroy(world);
}
END_TEST

START_TEST(cpu_on_at_an_empty_address)
{
        struct target target = { .entry = EMPTY };
        struct world *world = world_create();
        struct realm_world realm;
        struct seen here, vector;

        turned_on_at(&realm, world, &target, &here, &vector);
        realm_data_unknown(&realm, 0);
        realm_enter_expect(&realm, 1, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(here.starts, 0);
        ck_assert_uint_eq(vector.registers[0], 0x86000210);
        ck_assert_uint_eq(vector.registers[2], EMPTY);
        ck_assert_uint_eq(vector.x[0], 0xc0ffee0123456789);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guest_start");
        TCase *first = tcase_create("first entry");
        TCase *cpu_on = tcase_create("cpu_on");

        tcase_add_test(first, at_memory);
        tcase_add_test(first, with_the_registers_of_the_parameters);
        tcase_add_test(first, at_a_hole);
        tcase_add_loop_test(first, at_an_address_that_aborts, 0, 3);
        tcase_add_test(first, at_shared_memory);
        tcase_add_test(first, at_no_vector_either);
        tcase_add_test(cpu_on, cpu_on_at_memory);
        tcase_add_test(cpu_on, cpu_on_at_a_hole);
        tcase_add_test(cpu_on, cpu_on_at_an_empty_address);
        suite_add_tcase(suite, first);
        suite_add_tcase(suite, cpu_on);
        return run_suite(suite);
}
