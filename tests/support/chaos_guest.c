/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chaos_guest.c - what a Realm does: calls, accesses, register moves and waits of every kind, and instructions that do not exist.
 */
#include "chaos.h"
#include <rmmsim/guest.h>

static const uint32_t sysregs[] = {
#define SYSREG(name, op0, op1, crn, crm, op2) RMMSIM_SYSREG(op0, op1, crn, crm, op2),
#include <rmmsim/spec/sysreg.def>
};

/* Mostly where its memory is, or it would do nothing but fault. */
static uint64_t an_ipa(struct chaos *chaos, const struct realm *realm)
{
        return once_in(&chaos->dice, 4) ? chaos_ipa(chaos, realm, 3) : roll_below(&chaos->dice, 6) * GRANULE_SIZE;
}

/* ---- calls ------------------------------------------------------------------------------------------------------------- */

static enum rmmsim_command a_service(struct dice *dice)
{
        enum {
                FIRST = RMMSIM_COMMAND_rsi_version,
                COUNT = RMMSIM_NUM_COMMANDS - FIRST
        };
        enum rmmsim_command id = (enum rmmsim_command)(FIRST + (int)roll_below(dice, COUNT));

        /* Generating a token signs, which costs as much as thousands of other calls; ending the Realm ends the fun. */
        if (id == RMMSIM_COMMAND_rsi_attestation_token_continue && !once_in(dice, 24)) {
                return RMMSIM_COMMAND_rsi_ipa_state_set;
        }
        if ((id == RMMSIM_COMMAND_psci_system_off || id == RMMSIM_COMMAND_psci_system_reset ||
             id == RMMSIM_COMMAND_psci_cpu_off) &&
            !once_in(dice, 16)) {
                return RMMSIM_COMMAND_psci_cpu_on;
        }
        return id;
}

/* Values that mean something to one service or another. */
static uint64_t a_value(struct chaos *chaos, const struct realm *realm)
{
        struct dice *dice = &chaos->dice;

        switch (roll_below(dice, 6)) {
        case 0:
                return roll_garbage(dice);
        case 1:
                return roll_below(dice, 4);
        case 2:
                return 0x10000;
        case 3:
                return command_rows[a_service(dice)].fid;
        default:
                return an_ipa(chaos, realm);
        }
}

static void a_call(struct chaos *chaos, const struct realm *realm, uint64_t *x)
{
        struct dice *dice = &chaos->dice;
        enum rmmsim_command id = a_service(dice);

        x[0] = command_rows[id].fid;
        for (unsigned i = 1; i < 18; i++) {
                x[i] = a_value(chaos, realm);
        }
        switch (id) {
        case RMMSIM_COMMAND_rsi_ipa_state_set:
        case RMMSIM_COMMAND_rsi_ipa_state_get:
                x[2] = x[1] + (BIT(12 + 9 * roll_below(dice, 3)) << roll_below(dice, 4));
                x[3] = roll_below(dice, 3);
                break;
        case RMMSIM_COMMAND_rsi_measurement_extend:
                x[2] = roll_below(dice, 66);
                /* fallthrough */
        case RMMSIM_COMMAND_rsi_measurement_read:
                x[1] = roll_below(dice, 6);
                break;
        case RMMSIM_COMMAND_rsi_attestation_token_continue:
                x[2] = once_in(dice, 4) ? x[2] : 0;
                x[3] = once_in(dice, 4) ? x[3] : roll_below(dice, 4097);
                break;
        case RMMSIM_COMMAND_psci_cpu_on:
        case RMMSIM_COMMAND_psci_affinity_info:
                x[1] = once_in(dice, 16) ? x[1] : roll_below(dice, 4);
                x[2] = id == RMMSIM_COMMAND_psci_affinity_info ? roll_below(dice, 2) : an_ipa(chaos, realm);
                break;
        default:
                break;
        }
        if (once_in(dice, 16)) {
                x[0] = once_in(dice, 2) ? x[0] ^ BIT(roll_below(dice, 64)) : roll_garbage(dice);
        }
}

/* ---- everything else ------------------------------------------------------------------------------------------------------- */

static void an_access(struct chaos *chaos, const struct realm *realm, struct rmmsim_trap *trap)
{
        static const uint8_t sizes[] = { 1, 2, 4, 8 };
        struct dice *dice = &chaos->dice;

        trap->kind = (enum rmmsim_trap_kind)(RMMSIM_TRAP_LOAD + (int)roll_below(dice, 5));
        trap->rt = (uint8_t)roll_below(dice, 32);
        trap->size = ROLL_OF(dice, sizes);
        trap->sign_extend = once_in(dice, 2);
        trap->sf = once_in(dice, 2);
        trap->isv = once_in(dice, 2);
        trap->ipa = an_ipa(chaos, realm) + (once_in(dice, 2) ? roll_below(dice, 512) * 8 : roll_below(dice, 4096));
        trap->buffer = chaos->copy_buffer;
        trap->bytes = roll_below(dice, 4097);
        if (once_in(dice, 4)) {
                trap->bytes = (uint32_t)(GRANULE_SIZE - (trap->ipa & GRANULE_MASK));
        }
}

/* Kinds, registers and sizes that no instruction has. The buffer stays big enough for what a copy may be. */
static void no_instruction(struct chaos *chaos, struct rmmsim_trap *trap)
{
        struct dice *dice = &chaos->dice;

        an_access(chaos, NULL, trap);
        trap->kind = (enum rmmsim_trap_kind)(once_in(dice, 2) ? (int)roll_below(dice, 20) : (int)roll(dice));
        trap->rt = (uint8_t)roll(dice);
        trap->size = (uint8_t)roll(dice);
        trap->ipa = roll_garbage(dice);
        trap->sysreg = (uint32_t)roll(dice);
        trap->value = roll_garbage(dice);
        trap->bytes = once_in(dice, 2) ? (uint32_t)roll(dice) : trap->bytes;
}

static void a_register_move(struct chaos *chaos, struct rmmsim_vcpu *vcpu, struct rmmsim_trap *trap)
{
        struct dice *dice = &chaos->dice;

        trap->kind = once_in(dice, 2) ? RMMSIM_TRAP_MRS : RMMSIM_TRAP_MSR;
        trap->sysreg = once_in(dice, 8) ? (uint32_t)roll(dice) & RMMSIM_SYSREG_MASK : ROLL_OF(dice, sysregs);
        trap->rt = (uint8_t)roll_below(dice, 32);
        rmmsim_guest_set_x(vcpu, trap->rt, roll_garbage(dice));
}

/* The Realm's turn may be used by the host on another PE. */
static void act_as_host(struct chaos *chaos)
{
        if (chaos->depth < 2) {
                chaos_any_call(chaos);
        }
}

static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        struct chaos *chaos = arg;
        struct dice *dice = &chaos->dice;
        const struct realm *realm;
        uint64_t x[18];

        CHAOS_CHECK(chaos, result == 0 || result == RMMSIM_GUEST_EXCEPTION, "a trap ends with %d", result);
        chaos->num_steps++;
        (void)rmmsim_guest_exception(vcpu);
        if (once_in(dice, 64)) {
                (void)rmmsim_guest_why(vcpu);
        }
        if (once_in(dice, 48)) {
                act_as_host(chaos);
        }
        realm = chaos_realm(chaos);
        switch (roll_below(dice, 16)) {
        case 0:
                next->kind = (enum rmmsim_trap_kind)(RMMSIM_TRAP_NOP + (int)roll_below(dice, 7));
                next->value = once_in(dice, 2) ? 0 : roll_garbage(dice);
                break;
        case 1:
        case 2:
        case 3:
                a_register_move(chaos, vcpu, next);
                break;
        case 4:
        case 5:
        case 6:
        case 7:
        case 8:
                an_access(chaos, realm, next);
                break;
        case 9:
                no_instruction(chaos, next);
                break;
        default:
                next->kind = RMMSIM_TRAP_SMC;
                a_call(chaos, realm, x);
                for (unsigned i = 0; i < 18; i++) {
                        rmmsim_guest_set_x(vcpu, i, x[i]);
                }
                break;
        }
        if (once_in(dice, 64)) {
                rmmsim_time_advance(chaos->sim, roll_below(dice, 1000));
        }
}

/* At all the places where chaos_ipa() lets a REC start, near the bottom. */
void chaos_bind(struct chaos *chaos, uint64_t rd)
{
        for (unsigned i = 0; i < 24; i++) {
                uint64_t ipa = (i / 12 & 1) * BIT(30) + (i / 6 & 1) * BIT(21) + i % 6 * GRANULE_SIZE;
                int error = rmmsim_guest_bind_step(chaos->sim, rd, ipa, step, chaos);

                CHAOS_CHECK(chaos, error == 0, "bind: %s", rmmsim_error_text(error));
        }
}
