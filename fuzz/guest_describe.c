/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_describe.c - a record in words.
 */
#include "guest_records.h"
#include <rmmsim/sysreg.h>

typedef unsigned long long word;

static void describe_smc(const uint8_t *r, FILE *to)
{
        struct rmmsim_regs regs = record_smc(r);

        fprintf(to, "guest: SMC 0x%llx", (word)regs.x[0]);
        for (unsigned i = 1; i <= 5; i++) {
                fprintf(to, " 0x%llx", (word)regs.x[i]);
        }
        fprintf(to, "\n");
}

static void describe_access(const char *what, const struct rmmsim_trap *trap, FILE *to)
{
        fprintf(to, "guest: %s of %u bytes at 0x%llx, x%u%s%s%s\n", what, trap->size, (word)trap->ipa, trap->rt,
                trap->isv ? "" : ", no valid syndrome", trap->sign_extend ? ", sign-extended" : "",
                trap->sf ? ", 64 bits" : "");
}

static void describe_trap(const uint8_t *r, FILE *to)
{
        static const char *const waits[] = { "WFI", "WFE", "WFIT", "WFET" };
        struct rmmsim_trap trap = record_trap(r, 0);
        const char *name = rmmsim_sysreg_name(trap.sysreg);

        switch (trap.kind) {
        case RMMSIM_TRAP_MRS:
                fprintf(to, "guest: MRS x%u from %s (0x%x)\n", trap.rt, name != NULL ? name : "a register",
                        trap.sysreg);
                break;
        case RMMSIM_TRAP_MSR:
                fprintf(to, "guest: MSR x%u = 0x%llx to %s (0x%x)\n", trap.rt, (word)record_value(r, 0),
                        name != NULL ? name : "a register", trap.sysreg);
                break;
        case RMMSIM_TRAP_LOAD:
                describe_access("load", &trap, to);
                break;
        case RMMSIM_TRAP_STORE:
                describe_access("store", &trap, to);
                break;
        case RMMSIM_TRAP_COPY_IN:
                fprintf(to, "guest: read %u bytes at 0x%llx\n", trap.bytes, (word)trap.ipa);
                break;
        case RMMSIM_TRAP_COPY_OUT:
                fprintf(to, "guest: write %u bytes 0x%02x at 0x%llx\n", trap.bytes, r[5], (word)trap.ipa);
                break;
        case RMMSIM_TRAP_FETCH:
                fprintf(to, "guest: fetch at 0x%llx\n", (word)trap.ipa);
                break;
        case RMMSIM_TRAP_WFI:
        case RMMSIM_TRAP_WFE:
        case RMMSIM_TRAP_WFIT:
        case RMMSIM_TRAP_WFET:
                fprintf(to, "guest: %s, value %llu\n", waits[trap.kind - RMMSIM_TRAP_WFI], (word)trap.value);
                break;
        case RMMSIM_TRAP_HVC:
                fprintf(to, "guest: HVC\n");
                break;
        case RMMSIM_TRAP_SMC:
                describe_smc(r, to);
                break;
        default:
                fprintf(to, "guest: NOP\n");
                break;
        }
}

static void describe_enter(const uint8_t *r, FILE *to)
{
        struct rmmsim_rec_enter enter;

        record_enter(r, &enter);
        fprintf(to,
                "host: RMI_REC_ENTER, flags 0x%x%s%s, gprs[0] 0x%llx, hcr 0x%llx, list registers 0x%llx 0x%llx ...\n",
                r[1] < 0xe0 ? r[1] & 0x1f : r[1], r[2] < 0xe0 ? "" : ", a wrong REC",
                r[3] < 0xe0 ? "" : ", another page", (word)enter.gprs[0], (word)enter.gicv3_hcr,
                (word)enter.gicv3_lrs[0], (word)enter.gicv3_lrs[1]);
}

static void describe_host(const uint8_t *r, FILE *to)
{
        static const char *const names[GUEST_FIRST] = {
                [HOST_SELECT] = "the current REC is",
                [HOST_DATA_DESTROY] = "RMI_DATA_DESTROY",
                [HOST_DATA_CREATE] = "RMI_DATA_CREATE_UNKNOWN",
                [HOST_DATA_CREATE_FROM] = "RMI_DATA_CREATE",
                [HOST_UNDELEGATE] = "RMI_GRANULE_UNDELEGATE",
                [HOST_DELEGATE] = "RMI_GRANULE_DELEGATE",
                [HOST_SET_RIPAS] = "RMI_RTT_SET_RIPAS",
                [HOST_MAP] = "RMI_RTT_MAP_UNPROTECTED",
                [HOST_UNMAP] = "RMI_RTT_UNMAP_UNPROTECTED",
                [HOST_INTERRUPT] = "an interrupt: IRQ, FIQ, SError by the first byte modulo 3,",
                [HOST_TIME] = "time goes on by",
                [HOST_PSCI_COMPLETE] = "RMI_PSCI_COMPLETE",
                [HOST_TABLE] = "RMI_RTT_DESTROY or, for an odd byte, RMI_RTT_CREATE at 2 MiB:",
                [HOST_WRITE] = "writes to a shared page",
                [HOST_GPT] = "GPT entry of a shared page: ROOT or, for an odd second byte, NS:",
        };

        fprintf(to, "host: %s", names[record_op(r)]);
        switch (record_op(r)) {
        case HOST_DATA_DESTROY:
        case HOST_DATA_CREATE:
        case HOST_DATA_CREATE_FROM:
                fprintf(to, " at 0x%llx, Granule %u\n", (word)record_ipa(r[1], r[2] < 0xf0 ? 0 : r[2]),
                        r[3] % MODEL_DATA);
                break;
        case HOST_MAP:
        case HOST_UNMAP:
                fprintf(to, " at 0x%llx, level %d, desc 0x%llx\n",
                        (word)record_ipa(r[1] < 0xf0 ? 0xa0 | (r[1] & 0x1f) : r[1], 0),
                        r[3] < 0xc0 ? 3 : (r[3] & 7) - 1, (word)record_desc(r));
                break;
        default:
                fprintf(to, " %u %u %u %u\n", r[1], r[2], r[3], r[4]);
                break;
        }
}

void record_describe(const uint8_t *r, FILE *to)
{
        if (record_op(r) == HOST_ENTER) {
                describe_enter(r, to);
        } else if (record_op(r) < GUEST_FIRST) {
                describe_host(r, to);
        } else {
                describe_trap(r, to);
        }
}
