/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_guest.c - small step guests: calls that need the host, and accesses to places that the host plays with.
 */
#include "rmi_guest.h"

struct rmi_turn rmi_turn;
const uint8_t *rmi_script;

enum deed {
        DEED_IDLE,
        DEED_CPU_ON,
        DEED_IPA_STATE_SET,
        DEED_HOST_CALL,
        DEED_STORE,
        DEED_LOAD,
        DEED_ACT,
        DEED_CPU_OFF,
        DEED_AFFINITY_INFO,
        DEED_SYSTEM_OFF,
        DEED_EXTEND,
        DEED_COPY,
        DEED_FETCH,
        DEED_TOKEN,
        DEED_SUSPEND,
        NUM_DEEDS
};

static const char *const words[NUM_DEEDS] = { "idles",
                                              "calls CPU_ON",
                                              "calls IPA_STATE_SET",
                                              "calls the host",
                                              "stores",
                                              "loads",
                                              "runs while the host acts",
                                              "turns off",
                                              "calls AFFINITY_INFO",
                                              "calls SYSTEM_OFF",
                                              "extends a REM",
                                              "copies",
                                              "fetches",
                                              "asks for a token",
                                              "suspends" };

const char *rmi_guest_words(uint8_t option)
{
        return words[option % NUM_DEEDS];
}

static void call(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, uint64_t fid, uint64_t x1, uint64_t x2,
                 uint64_t x3)
{
        rmmsim_guest_set_x(vcpu, 0, fid);
        rmmsim_guest_set_x(vcpu, 1, x1);
        rmmsim_guest_set_x(vcpu, 2, x2);
        rmmsim_guest_set_x(vcpu, 3, x3);
        next->kind = RMMSIM_TRAP_SMC;
}

/* Protected and Unprotected IPAs around what the worlds map; 2^39 begins the upper half of most. */
static uint64_t ipa_of(uint8_t detail)
{
        static const uint64_t ipas[] = { 0x1000,       0x2000,       0x201000,     0x200000,
                                         0x8000000000, 0x8000001000, 0x8000200000, 0x10000000000 };

        return ipas[detail & 7];
}

static void access_memory(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, enum rmmsim_trap_kind kind,
                          uint8_t detail)
{
        rmmsim_guest_set_x(vcpu, 5, detail);
        next->kind = kind;
        next->rt = 5;
        next->size = (uint8_t)(1U << (detail >> 6));
        next->isv = true;
        next->ipa = ipa_of(detail) + 8 * (detail >> 3 & 7);
}

static void copy_memory(struct rmmsim_trap *next, uint8_t detail)
{
        static uint8_t in[16], out[16]; /* what comes in is not looked at, what goes out does not change */

        next->kind = (detail & 8) != 0 ? RMMSIM_TRAP_COPY_IN : RMMSIM_TRAP_COPY_OUT;
        next->ipa = ipa_of(detail);
        next->buffer = (detail & 8) != 0 ? in : out;
        next->bytes = sizeof(in);
}

static void change_ripas(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, uint8_t detail)
{
        static const uint64_t sizes[] = { 0x1000, 0x3000, 0x200000, 0x40000000 };
        uint64_t base = ipa_of(detail & 3);

        rmmsim_guest_set_x(vcpu, 4, detail >> 5 & 1);
        call(vcpu, next, RMMSIM_RSI_IPA_STATE_SET, base, base + sizes[detail >> 2 & 3], detail >> 4 & 1);
}

static void take_turn(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next, uint8_t option, uint8_t detail)
{
        switch ((enum deed)(option % NUM_DEEDS)) {
        case DEED_CPU_ON:
                call(vcpu, next, RMMSIM_PSCI_CPU_ON, detail & 3, RMI_GUEST_PC, detail);
                break;
        case DEED_IPA_STATE_SET:
                change_ripas(vcpu, next, detail);
                break;
        case DEED_HOST_CALL:
                call(vcpu, next, RMMSIM_RSI_HOST_CALL, ipa_of(detail & 3), 0, 0);
                break;
        case DEED_STORE:
                access_memory(vcpu, next, RMMSIM_TRAP_STORE, detail);
                break;
        case DEED_LOAD:
                access_memory(vcpu, next, RMMSIM_TRAP_LOAD, detail);
                break;
        case DEED_CPU_OFF:
                call(vcpu, next, RMMSIM_PSCI_CPU_OFF, 0, 0, 0);
                break;
        case DEED_AFFINITY_INFO:
                call(vcpu, next, RMMSIM_PSCI_AFFINITY_INFO, detail & 3, 0, 0);
                break;
        case DEED_SYSTEM_OFF:
                call(vcpu, next, RMMSIM_PSCI_SYSTEM_OFF, 0, 0, 0);
                break;
        case DEED_EXTEND:
                call(vcpu, next, RMMSIM_RSI_MEASUREMENT_EXTEND, 1 + (detail & 3), detail >> 2, detail);
                break;
        case DEED_COPY:
                copy_memory(next, detail);
                break;
        case DEED_FETCH:
                next->kind = RMMSIM_TRAP_FETCH;
                next->ipa = ipa_of(detail);
                break;
        case DEED_TOKEN:
                call(vcpu, next, RMMSIM_RSI_ATTESTATION_TOKEN_INIT, detail, 0, 0);
                break;
        case DEED_SUSPEND:
                call(vcpu, next, RMMSIM_PSCI_CPU_SUSPEND, 0, RMI_GUEST_PC, 0);
                break;
        default:
                next->kind = RMMSIM_TRAP_WFI;
                break;
        }
}

static void step_by_turn(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next)
{
        bool taken = rmi_turn.taken;

        rmi_turn.taken = true;
        if (taken) {
                next->kind = RMMSIM_TRAP_WFI;
                return;
        }
        take_turn(vcpu, next, rmi_turn.option, rmi_turn.detail);
        if (rmi_turn.option % NUM_DEEDS == DEED_ACT && rmi_turn.act != NULL) {
                struct rmi_turn turn = rmi_turn;

                turn.act();
                rmi_turn = turn; /* the host may have entered another REC */
        }
}

static void step_by_script(struct rmmsim_vcpu *vcpu, struct rmmsim_trap *next)
{
        uint64_t count = rmmsim_guest_x(vcpu, 20);
        uint64_t turn = count % RMI_SCRIPT_SIZE & ~UINT64_C(1);

        rmmsim_guest_set_x(vcpu, 20, count + 1);
        /* Each other time it idles, so that an entry ends. */
        if (count % 2 != 0) {
                next->kind = RMMSIM_TRAP_WFI;
                return;
        }
        take_turn(vcpu, next, rmi_script[turn], rmi_script[turn + 1]);
}

void rmi_guest_step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg;
        (void)result;
        if (rmi_script != NULL) {
                step_by_script(vcpu, next);
        } else {
                step_by_turn(vcpu, next);
        }
}
