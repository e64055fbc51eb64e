/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain_unknown.c - function identifiers that no command has: what the SMC calling convention (ARM DEN0028) says of them.
 */
#include "explain.h"
#include <inttypes.h>
#include <stdio.h>

struct range {
        uint32_t first;
        uint32_t last;
        const char *name;
};

static const char *name_in(const struct range *ranges, unsigned count, uint32_t number)
{
        for (unsigned i = 0; i < count; i++) {
                if (number >= ranges[i].first && number <= ranges[i].last) {
                        return ranges[i].name;
                }
        }
        return "not allotted";
}
#define NAME_IN(ranges, number) name_in(ranges, sizeof(ranges) / sizeof((ranges)[0]), number)

/* Bits 29:24. */
static const struct range owners[] = {
        { 0, 0, "Arm Architecture Calls" },
        { 1, 1, "CPU Service Calls" },
        { 2, 2, "SiP Service Calls" },
        { 3, 3, "OEM Service Calls" },
        { 4, 4, "Standard Secure Service Calls" },
        { 5, 5, "Standard Hypervisor Service Calls" },
        { 6, 6, "Vendor Specific Hypervisor Service Calls" },
        { 48, 49, "Trusted Application Calls" },
        { 50, 63, "Trusted OS Calls" },
};

/* Bits 15:0 of the Standard Secure Service Calls. */
static const struct range services[] = {
        { 0x000, 0x01f, "PSCI" },
        { 0x020, 0x03f, "SDEI" },
        { 0x040, 0x04f, "Management Mode" },
        { 0x050, 0x05f, "TRNG" },
        { 0x060, 0x0ff, "FF-A" },
        { 0x150, 0x18f, "RMI" },
        { 0x190, 0x1af, "RSI" },
        { 0x1b0, 0x1cf, "between RMM and EL3" },
};

enum {
        OWNER_STANDARD_SECURE = 4
};

static void explain_twin(uint32_t fid)
{
        const struct rmmsim_spec_command *twin = rmmsim_spec_command_by_fid(fid ^ UINT32_C(0x40000000));

        if (twin != NULL) {
                printf("\nThe SMC%s form of %s (0x%08x).\n", (fid & 0x40000000) == 0 ? "32" : "64", twin->id,
                       twin->fid);
        }
}

void explain_unknown(uint64_t x0)
{
        uint32_t fid = (uint32_t)x0;
        uint32_t owner = fid >> 24 & 0x3f;

        if (fid == RMMSIM_SMCCC_VERSION) {
                printf("SMCCC_VERSION  0x%" PRIx64 "\nVersion of the SMC calling convention.\n", x0);
                return;
        }
        printf("unknown  0x%" PRIx64 "\n", x0);
        printf("Not an identifier that RMM 1.0-rel0 serves: it answers NOT_SUPPORTED, 0xffffffffffffffff.\n");
        if ((fid & UINT32_C(0x80000000)) == 0) {
                printf("Bit 31 is clear: a Yielding Call, which RMI, RSI and PSCI do not have.\n");
                return;
        }
        printf("\nBy the SMC calling convention\n");
        printf("  bit 31      1       Fast Call\n");
        printf("  bit 30      %u       SMC%s\n", fid >> 30 & 1, (fid >> 30 & 1) != 0 ? "64" : "32");
        printf("  bits 29:24  %-6u  %s\n", owner, NAME_IN(owners, owner));
        printf("  bit 16      %u       %s\n", fid >> 16 & 1, (fid >> 16 & 1) != 0 ? "SVE hint" : "no SVE hint");
        printf("  bits 15:0   0x%-4x  %s\n", fid & 0xffff,
               owner == OWNER_STANDARD_SECURE ? NAME_IN(services, fid & 0xffff) : "function");
        explain_twin(fid);
}
