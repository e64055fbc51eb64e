/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * puppet.c - the program that puppets run, and the strings.
 */
#include "puppet.h"
#include <stdio.h>
#include <string.h>

/* An exit for a trapped WFI: EC 0x01, TI 0. */
#define ESR_WFI UINT64_C(0x04000000)

/* ---- inside the Realm ------------------------------------------------------------------------------------------------- */

static void note_registers(const struct rmmsim_vcpu *vcpu, uint64_t x[31])
{
        for (unsigned i = 0; i < 31; i++) {
                x[i] = rmmsim_guest_x(vcpu, i);
        }
}

static void note_refusal(const struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        const struct rmmsim_refusal *refusal = rmmsim_guest_why(vcpu);

        puppet->refused = refusal != NULL;
        if (refusal != NULL) {
                puppet->refusal = *refusal;
                snprintf(puppet->sentence, sizeof(puppet->sentence), "%s", refusal->sentence);
        }
}

static void make_smc(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        struct rmmsim_regs regs;

        for (unsigned i = 0; i < 31; i++) {
                rmmsim_guest_set_x(vcpu, i, puppet->before[i]);
        }
        memcpy(regs.x, puppet->before, sizeof(regs.x));
        puppet->pc_before = rmmsim_guest_pc(vcpu);
        rmmsim_guest_smc(vcpu, &regs);
        puppet->pc = rmmsim_guest_pc(vcpu);
        note_registers(vcpu, puppet->x);
        ck_assert_mem_eq(puppet->x, regs.x, sizeof(regs.x));
        note_refusal(vcpu, puppet);
}

static struct puppet *who_am_i(struct rmmsim_vcpu *vcpu, struct puppets *all)
{
        uint64_t mpidr = 0;

        ck_assert_int_eq(rmmsim_guest_mrs(vcpu, RMMSIM_SYSREG_MPIDR_EL1, &mpidr), 0);
        return &all->puppet[(mpidr & 0xf) | (mpidr >> 8 & 0xff) << 4];
}

static void puppet_main(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct puppet *puppet = who_am_i(vcpu, arg);

        puppet->starts++;
        note_registers(vcpu, puppet->start_x);
        puppet->start_pc = rmmsim_guest_pc(vcpu) - 4; /* behind the read of MPIDR_EL1 */
        for (;;) {
                while (!puppet->ordered) {
                        rmmsim_guest_wfi(vcpu);
                }
                puppet->ordered = false;
                if (puppet->act != NULL) {
                        puppet->act(vcpu, puppet);
                } else {
                        make_smc(vcpu, puppet);
                }
                puppet->done = true;
        }
}

/* ---- outside ------------------------------------------------------------------------------------------------------------ */

void puppets_create(struct puppets *all, struct world *world, const struct puppet_shape *given)
{
        static const struct puppet_shape common = { 0 };
        const struct puppet_shape *shape = given != NULL ? given : &common;
        unsigned num_recs = shape->num_recs != 0 ? shape->num_recs : 1;
        uint32_t runnable = shape->runnable != 0 ? shape->runnable : 1;

        memset(all, 0, sizeof(*all));
        all->world = world;
        realm_new(&all->realm, world, &shape->realm);
        realm_ram(&all->realm, 0, shape->ram_top != 0 ? shape->ram_top : MIB2);
        realm_data(&all->realm, REALM_PC, 0xd6);
        for (unsigned i = 0; i < num_recs; i++) {
                realm_rec(&all->realm, (runnable >> i & 1) != 0, REALM_PC);
                all->puppet[i] = (struct puppet){ .all = all, .rec = i };
        }
        for (unsigned i = 0; i < PUPPET_ENTRIES; i++) {
                ck_assert_int_eq(rmmsim_guest_bind(world->sim, all->realm.rd, PUPPET_ENTRY(i), puppet_main, all), 0);
        }
        if (shape->furnish != NULL) {
                shape->furnish(&all->realm);
        }
        realm_activate(&all->realm);
        for (unsigned i = 0; i < num_recs; i++) {
                puppet_run(all, i)->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        }
}

struct rmmsim_rec_run *puppet_run(struct puppets *all, unsigned rec)
{
        return realm_run(&all->realm, rec);
}

static struct puppet *give_order(struct puppets *all, unsigned rec)
{
        struct puppet *puppet = &all->puppet[rec];

        puppet->ordered = true;
        puppet->done = false;
        puppet->act = NULL;
        return puppet;
}

void puppet_order_fields(struct puppets *all, unsigned rec, uint64_t fid, const uint64_t *fields, size_t num_fields)
{
        struct puppet *puppet = give_order(all, rec);

        for (unsigned i = 0; i < 31; i++) {
                puppet->before[i] = PUPPET_PATTERN(i);
        }
        puppet->before[0] = fid;
        for (size_t i = 1; i < num_fields; i++) {
                puppet->before[i] = fields[i];
        }
}

void puppet_order_act(struct puppets *all, unsigned rec, puppet_act_fn *act, void *arg)
{
        struct puppet *puppet = give_order(all, rec);

        puppet->act = act;
        puppet->arg = arg;
}

static struct rmmsim_rec_exit *enter(struct puppets *all, unsigned rec)
{
        uint64_t x0 = realm_enter_on(&all->realm, all->pe, rec);
        const struct rmmsim_refusal *why = rmmsim_why(all->world->sim, all->pe);

        ck_assert_msg(x0 == RMMSIM_RMI_SUCCESS, "REC %u: %s", rec, why == NULL ? "not refused" : why->sentence);
        return &puppet_run(all, rec)->exit;
}

struct rmmsim_rec_exit *puppet_expect(struct puppets *all, unsigned rec, enum rmmsim_exit_reason reason)
{
        struct rmmsim_rec_exit *exit = enter(all, rec);

        ck_assert_msg(exit->exit_reason == reason, "REC %u exits with %s, not %s", rec,
                      rmmsim_exit_name((unsigned)exit->exit_reason), rmmsim_exit_name(reason));
        ck_assert_msg(reason != RMMSIM_EXIT_SYNC || exit->esr != ESR_WFI, "REC %u is idle", rec);
        return exit;
}

const uint64_t *puppet_answer(struct puppets *all, unsigned rec)
{
        const struct rmmsim_rec_exit *exit = enter(all, rec);

        ck_assert_msg(exit->exit_reason == RMMSIM_EXIT_SYNC && exit->esr == ESR_WFI, "REC %u exits with %s, esr 0x%llx",
                      rec, rmmsim_exit_name((unsigned)exit->exit_reason), (unsigned long long)exit->esr);
        ck_assert_msg(all->puppet[rec].done, "REC %u has not done what it was told", rec);
        return all->puppet[rec].x;
}

void puppet_refused(struct puppets *all, unsigned rec, uint64_t x0)
{
        ck_assert_uint_eq(realm_enter_on(&all->realm, all->pe, rec), x0);
}

void puppet_expect_why(const struct puppets *all, unsigned rec, const char *command, const char *condition)
{
        const struct puppet *puppet = &all->puppet[rec];

        ck_assert_msg(puppet->refused, "%s was not refused, expected %s", command, condition);
        ck_assert_msg(strcmp(puppet->refusal.condition, condition) == 0, "expected %s: %s", condition,
                      puppet->sentence);
        ck_assert_str_eq(puppet->refusal.command, command);
        ck_assert_uint_eq(puppet->refusal.x0, puppet->x[0]);
}

void puppet_expect_registers(const struct puppets *all, unsigned rec, const uint64_t *outputs, unsigned num_outputs,
                             unsigned zero_to)
{
        const struct puppet *puppet = &all->puppet[rec];

        for (unsigned i = 0; i < 31; i++) {
                uint64_t expected = i < num_outputs ? outputs[i] : i <= zero_to ? 0 : puppet->before[i];

                ck_assert_msg(puppet->x[i] == expected, "x%u is 0x%llx, expected 0x%llx", i,
                              (unsigned long long)puppet->x[i], (unsigned long long)expected);
        }
        ck_assert_uint_eq(puppet->pc, puppet->pc_before + 4);
}

struct copy {
        uint64_t ipa;
        void *buffer;
        size_t size;
        bool write;
};

static void act_copy(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        const struct copy *copy = puppet->arg;

        if (copy->write) {
                ck_assert_int_eq(rmmsim_guest_write(vcpu, copy->ipa, copy->buffer, copy->size), 0);
        } else {
                ck_assert_int_eq(rmmsim_guest_read(vcpu, copy->ipa, copy->buffer, copy->size), 0);
        }
}

void puppet_peek(struct puppets *all, unsigned rec, uint64_t ipa, void *to, size_t size)
{
        struct copy copy = { .ipa = ipa, .buffer = to, .size = size };

        puppet_order_act(all, rec, act_copy, &copy);
        puppet_answer(all, rec);
}

void puppet_poke(struct puppets *all, unsigned rec, uint64_t ipa, const void *from, size_t size)
{
        /* The guest only reads from it. */
        struct copy copy = { .ipa = ipa, .buffer = (void *)(uintptr_t)from, .size = size, .write = true };

        puppet_order_act(all, rec, act_copy, &copy);
        puppet_answer(all, rec);
}
