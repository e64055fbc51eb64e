/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_records.c - from the bytes of a record to addresses, registers, traps and the host's half of a run page.
 */
#include "guest_records.h"
#include <rmmsim/sysreg.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How many of WEIGHTS values of the first byte stand for an operation. */
static const uint8_t weights[NUM_GUEST_OPS] = {
        [HOST_ENTER] = 5,
        [HOST_SELECT] = 2,
        [HOST_DATA_DESTROY] = 1,
        [HOST_DATA_CREATE] = 2,
        [HOST_DATA_CREATE_FROM] = 1,
        [HOST_UNDELEGATE] = 1,
        [HOST_DELEGATE] = 1,
        [HOST_SET_RIPAS] = 3,
        [HOST_MAP] = 2,
        [HOST_UNMAP] = 1,
        [HOST_INTERRUPT] = 1,
        [HOST_TIME] = 2,
        [HOST_PSCI_COMPLETE] = 2,
        [HOST_TABLE] = 1,
        [HOST_WRITE] = 1,
        [HOST_GPT] = 1,
        [GUEST_RSI] = 10,
        [GUEST_PSCI] = 3,
        [GUEST_SMC] = 1,
        [GUEST_MRS] = 2,
        [GUEST_MSR] = 3,
        [GUEST_LOAD] = 4,
        [GUEST_STORE] = 4,
        [GUEST_COPY_IN] = 3,
        [GUEST_COPY_OUT] = 2,
        [GUEST_FETCH] = 1,
        [GUEST_WAIT] = 2,
        [GUEST_HVC] = 1,
        [GUEST_NOP] = 1,
};

enum {
        WEIGHTS = 64
};

enum guest_op record_op(const uint8_t *record)
{
        unsigned left = record[0] % WEIGHTS, op = 0;

        while (op < NUM_GUEST_OPS - 1 && left >= weights[op]) {
                left -= weights[op++];
        }
        return (enum guest_op)op;
}

/* ---- addresses ------------------------------------------------------------------------------------------------------------ */

#define PAR_TOP (UINT64_C(1) << (MODEL_IPA_BITS - 1))

uint64_t record_ipa(uint8_t page, uint8_t offset)
{
        static const uint64_t edges[] = { 0x1ff000,           UPPER_IPA,
                                          UPPER_IPA + 0x1000, 2 * UPPER_IPA - 0x1000,
                                          2 * UPPER_IPA,      MODEL_L1 - 0x1000,
                                          MODEL_L1,           PAR_TOP - MODEL_L1,
                                          PAR_TOP - 0x1000,   PAR_TOP,
                                          PAR_TOP + MODEL_L2, PAR_TOP + MODEL_L2 + 0x5000,
                                          PAR_TOP + MODEL_L1, 2 * PAR_TOP - 0x1000,
                                          2 * PAR_TOP,        UINT64_C(1) << 52,
                                          ~UINT64_C(0xfff),   UINT64_C(1) << 63 };
        static const uint16_t odd[] = { 0xfff, 0xffe, 0xffc, 0xff8, 1, 2, 4, 0xf01 };
        uint64_t base = page < 0xa0   ? (page & 15) * MODEL_PAGE
                        : page < 0xd0 ? PAR_TOP + (page & 3) * MODEL_PAGE
                                      : edges[(page - 0xd0u) % COUNT(edges)];

        return base + (offset < 0xf0 ? offset * 16u & 0xff0 : odd[offset & 7]);
}

/* The end of a range: some pages on, or anything. */
static uint64_t range_top(uint64_t base, uint8_t how)
{
        static const uint64_t far[] = { UPPER_IPA,    2 * UPPER_IPA, 3 * UPPER_IPA,    MODEL_L1,
                                        2 * MODEL_L1, PAR_TOP,       PAR_TOP + 0x1000, 0 };

        return how < 0xc0 ? base + (how & 7) * MODEL_PAGE : how < 0xf0 ? far[how & 7] : base + 0x800;
}

/* ---- calls ---------------------------------------------------------------------------------------------------------------- */

static uint64_t pick(const uint64_t *values, size_t count, uint8_t by)
{
        return values[by % count];
}
#define PICK(by, ...) pick((const uint64_t[]){ __VA_ARGS__ }, COUNT(((const uint64_t[]){ __VA_ARGS__ })), by)

static void rsi_arguments(struct rmmsim_regs *regs, const uint8_t *r)
{
        uint64_t *x = regs->x;

        switch (x[0]) {
        case RMMSIM_RSI_VERSION:
                x[1] = PICK(r[2], 0x10000, 0x10001, 0, 0x100010000, 0x10000);
                break;
        case RMMSIM_RSI_MEASUREMENT_READ:
                x[1] = PICK(r[2], 0, 1, 2, 3, 4, 5, UINT64_C(0x100000001), UINT64_MAX);
                break;
        case RMMSIM_RSI_MEASUREMENT_EXTEND:
                x[1] = PICK(r[2], 1, 2, 3, 4, 1, 0, 5, UINT64_C(0x100000001));
                x[2] = r[3] < 0xf0 ? r[3] % 66 : UINT64_C(1) << 32 | r[3] % 65;
                break;
        case RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE:
                x[1] = record_ipa(r[2], r[3] < 0xe0 ? 0 : r[3]);
                x[2] = PICK(r[4], 0, 0, 1, 0x800, 0xfff, 0x1000, UINT64_MAX, UINT64_C(1) << 63);
                x[3] = r[5] < 0x80 ? r[5] : PICK(r[5], 0, 1, 0x1000, 0x1000 - x[2], 0x1001 - x[2], UINT64_MAX, 700);
                break;
        case RMMSIM_RSI_REALM_CONFIG:
                x[1] = record_ipa(r[2], r[3] < 0xe0 ? 0 : r[3]);
                break;
        case RMMSIM_RSI_IPA_STATE_SET:
        case RMMSIM_RSI_IPA_STATE_GET:
                x[1] = record_ipa(r[2], r[3] < 0xf0 ? 0 : r[3]);
                x[2] = range_top(x[1] & ~UINT64_C(0xfff), r[4]);
                x[3] = PICK(r[5], 0, 1, 1, 0, 1, 2, 3, 0x100, UINT64_C(0x100000001));
                x[4] = PICK(r[6], 0, 1, 1, 0, 2, 3, UINT64_C(0x100000001));
                break;
        case RMMSIM_RSI_HOST_CALL:
                x[1] = record_ipa(r[2], 0) + (r[3] < 0xe0 ? (r[3] & 15) * 256u : r[3]);
                break;
        default:
                break;
        }
}

static void psci_arguments(struct rmmsim_regs *regs, const uint8_t *r)
{
        uint64_t *x = regs->x;

        if (x[0] == RMMSIM_PSCI_FEATURES) {
                x[1] = PICK(r[3], 0x84000000, 0xc4000001, 0x84000001, 0xc4000003, 0x84000003, 0x84000008, 0x80000000,
                            0x8400000a, 0xc400000a, 0xc4000190, 0x80000001, UINT64_C(0x1c4000003));
                return;
        }
        x[1] = PICK(r[3], 0, 1, 2, 1, 2, 3, 0x80000000, 0x80000002, 0x100, 0x10, UINT64_C(0x100000000), 0xf0,
                    UINT64_C(1) << 40 | 2);
        x[2] = r[4] < 0xc0 ? ((uint32_t)x[0] & 0xf) == 3 ? WORLD_PC : 0 : record_ipa(r[5], r[6]);
}

static uint64_t function_of(const uint8_t *r)
{
        static const uint64_t rsi[] = { RMMSIM_RSI_VERSION,
                                        RMMSIM_RSI_FEATURES,
                                        RMMSIM_RSI_MEASUREMENT_READ,
                                        RMMSIM_RSI_MEASUREMENT_EXTEND,
                                        RMMSIM_RSI_ATTESTATION_TOKEN_INIT,
                                        RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE,
                                        RMMSIM_RSI_ATTESTATION_TOKEN_CONTINUE,
                                        RMMSIM_RSI_REALM_CONFIG,
                                        RMMSIM_RSI_IPA_STATE_SET,
                                        RMMSIM_RSI_IPA_STATE_SET,
                                        RMMSIM_RSI_IPA_STATE_SET,
                                        RMMSIM_RSI_IPA_STATE_GET,
                                        RMMSIM_RSI_IPA_STATE_GET,
                                        RMMSIM_RSI_HOST_CALL,
                                        RMMSIM_RSI_HOST_CALL,
                                        RMMSIM_RSI_HOST_CALL };
        static const uint64_t psci[] = { 0x84000000, 0xc4000001, 0x84000002, 0xc4000003, 0xc4000004, 0x8400000a,
                                         0xc4000003, 0xc4000004, 0xc4000003, 0xc4000004, 0x84000001, 0x84000003,
                                         0x84000004, 0xc4000000, 0x84000005, 0xc4000014, 0xc4000003, 0x8400000a,
                                         0xc4000002, 0xc4000008, 0xc400000a, 0x8400001f, 0xc4000003, 0xc4000004,
                                         0xc4000003, 0xc4000004, 0x84000008, 0x84000009 };
        static const uint64_t other[] = { 0xc4000150, 0xc400015c, 0xc400018f, 0xc400019a, 0xc40001a0, 0x80000000,
                                          0x80000001, 0x84000190, 0,          0xc4000151, 0xffffffff, 0x8000ff00 };

        switch (record_op(r)) {
        case GUEST_RSI:
                return pick(rsi, COUNT(rsi), r[1]);
        case GUEST_PSCI:
                return pick(psci, COUNT(psci), r[1]);
        default:
                return pick(other, COUNT(other), r[1]);
        }
}

struct rmmsim_regs record_smc(const uint8_t *r)
{
        struct rmmsim_regs regs = { .x = { function_of(r) } };

        /* Arguments that mean nothing are secrets, and so are the values of measurements and challenges. */
        for (unsigned i = 1; i < COUNT(regs.x); i++) {
                regs.x[i] = UINT64_C(0x5ec2e7) << 40 | (uint64_t)r[6] << 24 | (uint64_t)r[7] << 16 | i;
        }
        if (record_op(r) == GUEST_PSCI) {
                psci_arguments(&regs, r);
        } else {
                rsi_arguments(&regs, r);
        }
        if (r[7] >= 0xf0) {
                regs.x[0] |= (r[7] & 1) != 0 ? UINT64_C(1) << 16 : UINT64_C(0x5a) << 32;
        }
        return regs;
}

/* ---- other traps ---------------------------------------------------------------------------------------------------------- */

static const uint32_t sysregs[] = {
#define SYSREG(name, op0, op1, crn, crm, op2) RMMSIM_SYSREG_##name,
#include <rmmsim/spec/sysreg.def>
};

/* Registers that change what the Realm's turn comes to, more often than the others. */
static uint32_t record_sysreg(const uint8_t *r)
{
        static const uint32_t likely[] = { RMMSIM_SYSREG_CNTP_CTL_EL0,   RMMSIM_SYSREG_CNTP_CVAL_EL0,
                                           RMMSIM_SYSREG_CNTV_CTL_EL0,   RMMSIM_SYSREG_CNTV_CVAL_EL0,
                                           RMMSIM_SYSREG_CNTV_TVAL_EL0,  RMMSIM_SYSREG_PMCR_EL0,
                                           RMMSIM_SYSREG_PMCNTENSET_EL0, RMMSIM_SYSREG_PMINTENSET_EL1,
                                           RMMSIM_SYSREG_PMOVSSET_EL0,   RMMSIM_SYSREG_VBAR_EL1,
                                           RMMSIM_SYSREG_DAIF,           RMMSIM_SYSREG_ICC_DIR_EL1,
                                           RMMSIM_SYSREG_ICC_SGI1R_EL1,  RMMSIM_SYSREG_ICC_IAR1_EL1,
                                           RMMSIM_SYSREG_ICC_EOIR1_EL1,  RMMSIM_SYSREG_ICC_IGRPEN1_EL1 };

        if (r[1] < 0x80) {
                return likely[r[1] % COUNT(likely)];
        }
        if (r[1] < 0xf0) {
                return sysregs[r[2] % COUNT(sysregs)];
        }
        return ((uint32_t)r[2] << 16 | (uint32_t)r[3] << 8 | r[4]) & (r[1] < 0xfc ? RMMSIM_SYSREG_MASK : UINT32_MAX);
}

uint64_t record_value(const uint8_t *r, uint64_t now)
{
        uint64_t secret = UINT64_C(0x5ec2e75ec2e7) << 16 | (uint64_t)r[6] << 8 | r[7];

        if (record_op(r) != GUEST_MSR) {
                return secret;
        }
        return PICK(r[5], 0, 1, 2, 3, 5, 1, 1, now, now + 1 + r[6], UINT64_MAX, secret, UINT64_C(1) << 31, 7);
}

static enum rmmsim_trap_kind trap_kind(const uint8_t *r)
{
        static const enum rmmsim_trap_kind waits[] = { RMMSIM_TRAP_WFI, RMMSIM_TRAP_WFE, RMMSIM_TRAP_WFIT,
                                                       RMMSIM_TRAP_WFET };

        switch (record_op(r)) {
        case GUEST_MRS:
                return RMMSIM_TRAP_MRS;
        case GUEST_MSR:
                return RMMSIM_TRAP_MSR;
        case GUEST_LOAD:
                return RMMSIM_TRAP_LOAD;
        case GUEST_STORE:
                return RMMSIM_TRAP_STORE;
        case GUEST_COPY_IN:
                return RMMSIM_TRAP_COPY_IN;
        case GUEST_COPY_OUT:
                return RMMSIM_TRAP_COPY_OUT;
        case GUEST_FETCH:
                return RMMSIM_TRAP_FETCH;
        case GUEST_WAIT:
                return waits[r[1] & 3];
        case GUEST_HVC:
                return RMMSIM_TRAP_HVC;
        case GUEST_NOP:
                return RMMSIM_TRAP_NOP;
        default:
                return RMMSIM_TRAP_SMC;
        }
}

struct rmmsim_trap record_trap(const uint8_t *r, uint64_t now)
{
        struct rmmsim_trap trap = { .kind = trap_kind(r) };

        switch (trap.kind) {
        case RMMSIM_TRAP_MRS:
        case RMMSIM_TRAP_MSR:
                trap.sysreg = record_sysreg(r);
                trap.rt = r[6] < 0xfc ? r[6] & 31 : r[6];
                break;
        case RMMSIM_TRAP_LOAD:
        case RMMSIM_TRAP_STORE:
                trap.ipa = record_ipa(r[1], r[2]);
                trap.size = r[3] < 0xfc ? (uint8_t)(1u << (r[3] & 3)) : r[3] & 7;
                trap.rt = r[4] < 0xfc ? r[4] & 31 : r[4];
                trap.isv = (r[5] & 3) != 0;
                trap.sf = (r[5] & 4) != 0;
                trap.sign_extend = (r[5] & 8) != 0;
                break;
        case RMMSIM_TRAP_COPY_IN:
        case RMMSIM_TRAP_COPY_OUT:
                trap.ipa = record_ipa(r[1], r[3] < 0x80 ? 0 : r[2]);
                trap.bytes = r[3] < 0x80 ? 4096 : r[4];
                break;
        case RMMSIM_TRAP_FETCH:
                trap.ipa = record_ipa(r[1], r[2]);
                break;
        case RMMSIM_TRAP_WFIT:
        case RMMSIM_TRAP_WFET:
                trap.value = r[2] < 0x80 ? now + r[2] : r[2] - 0x80u;
                break;
        default:
                break;
        }
        return trap;
}

/* ---- the host's side ------------------------------------------------------------------------------------------------------ */

static uint64_t list_register(uint8_t how, unsigned n)
{
        uint64_t valid = UINT64_C(0x50f8000000000000) | (how & 7);

        return PICK(how >> 3, 0, valid, valid, valid + n + 8, 0, 0, valid | UINT64_C(1) << 63,
                    valid ^ UINT64_C(3) << 62, valid | UINT64_C(1) << 41, UINT64_C(1) << 41, 8192 | UINT64_C(1) << 62,
                    0, valid | UINT64_C(1) << 61, UINT64_C(1) << 61, valid | UINT64_C(1) << 50,
                    valid | UINT64_C(1) << 32, valid | 1020, valid | 8191, valid | 65536, 0, 0, UINT64_C(0x1234), 0, 0,
                    valid, 0, valid | UINT64_C(1) << 44, 0, 0, 0, 0, UINT64_C(1) << 48);
}

void record_enter(const uint8_t *r, struct rmmsim_rec_enter *enter)
{
        memset(enter, 0, sizeof(*enter));
        for (unsigned i = 0; i < COUNT(enter->gprs); i++) {
                enter->gprs[i] = UINT64_C(0x8182838485868788) ^ (uint64_t)r[4] << (i & 31);
        }
        if ((r[5] & 0xc0) == 0) {
                memset(enter->reserved_008, r[4], sizeof(enter->reserved_008));
                memset(enter->reserved_388, r[4], sizeof(enter->reserved_388));
                enter->gicv3_lrs[15] = ~UINT64_C(0); /* not implemented */
        }
        enter->gicv3_hcr = PICK(r[5], 0, 0, 0, 0x4000, 0x40fe, 0x0e, 0xf0, 1, 0x100, 0x8000, UINT64_C(1) << 27,
                                UINT64_C(1) << 32, 0, 2, 8);
        for (unsigned n = 0; n < MODEL_LRS && (r[2] & 1) != 0; n++) {
                enter->gicv3_lrs[n] = list_register(r[6 + (n & 1)] + (uint8_t)(n * r[7]), n);
        }
}

uint64_t record_desc(const uint8_t *r)
{
        static const uint64_t elsewhere[] = { WORLD_DEVICE_BASE,    WORLD_DRAM_BASE,   UINT64_C(0x200000000),  0,
                                              UINT64_C(0x40000000), UINT64_C(1) << 47, WORLD_DRAM_BASE + 0x800 };
        uint64_t pa = r[4] < 0xa0   ? model.host[r[4] & 3]
                      : r[4] < 0xc0 ? model.data[r[4] % MODEL_DATA].pa
                                    : elsewhere[r[4] % COUNT(elsewhere)];
        uint64_t attributes = r[5] < 0xc0 ? 6u << 2 | 3u << 6 : (r[5] & 7u) << 2 | (r[5] >> 3 & 3u) << 6;

        return pa | attributes | (r[6] < 0xe0 ? 0 : UINT64_C(1) << (r[7] & 63));
}
