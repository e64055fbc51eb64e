/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_faults.c - the museum of bugs in hosts: which protocol each lives in, and what finds it.
 */
#include "host_tables.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEC      RMMSIM_PROFILE_RMM_1_0
#define REFERENCE RMMSIM_PROFILE_RMM_1_0_REFERENCE
#define FAILURE   RMMSIM_FOUND_FAILURE
#define LIVELOCK  RMMSIM_FOUND_LIVELOCK
#define DEADLOCK  RMMSIM_FOUND_DEADLOCK

const struct host_fault_row host_faults[HOST_NUM_FAULT_ROWS] = {
        { "K01", "ALREADY_ON is completed after the target's lock was dropped", &host_in_kernel, HOST_FAULT_K01, SPEC,
          "on races off", FAILURE, "S10" },
        { "K03", "every ERROR_REC becomes EAGAIN, the permanent ones too", &host_next_run, HOST_FAULT_K03, SPEC,
          "bad GIC state", LIVELOCK, "" },
        { "K05", "the result of a completion is ignored", &host_next_run, HOST_FAULT_K05, SPEC,
          "plugged meanwhile, two callers", FAILURE, "L1" },
        { "K07", "a status of 32 bits loses its sign, so DENIED is refused", &host_explicit, HOST_FAULT_K07, SPEC,
          "denied", FAILURE, "L1" },
        { "K09", "the caller's thread resets the target's registers", &host_in_kernel, HOST_FAULT_K09, SPEC,
          "host calls", FAILURE, "S4" },
        { "K11", "a queued reset is lost when registers are saved and restored", NULL, HOST_FAULT_NONE, SPEC, NULL,
          RMMSIM_FOUND_NOTHING,
          "pc and x0 of a Realm's vCPU are set by the RMM; the host holds no copy that a restore could bring back" },
        { "K13", "bits of the MPIDR that mean nothing count", &host_explicit, HOST_FAULT_K13, REFERENCE, "stray bit",
          FAILURE, "L1" },
        { "K15", "an entry after SYSTEM_OFF is a fatal error", &host_explicit, HOST_FAULT_K15, SPEC, "system off",
          FAILURE, "L5" },
        { "K17", "a vCPU without a REC is completed as a target", &host_explicit, HOST_FAULT_K17, SPEC, "late vCPU",
          FAILURE, "S8" },
        { "K19", "ALREADY_ON in 32 bits is taken for a denial", &host_next_run, HOST_FAULT_K19, SPEC, "already on",
          FAILURE, "L1" },
        { "K21", "the VMM stops a vCPU by its power state", &host_in_kernel, HOST_FAULT_K21, SPEC, "stopped and kicked",
          FAILURE, "S10" },
        { "V01", "the target's thread is let go before the completion", &host_explicit, HOST_FAULT_V01, SPEC,
          "accepted", FAILURE, "L2" },
        { "V03", "one slot for the CPU_ON that is under way", &host_explicit, HOST_FAULT_V03, SPEC, "two pairs",
          FAILURE, "L1" },
        { "V05", "a denial from an old view is refused, and the VMM gives up", &host_explicit, HOST_FAULT_V05, SPEC,
          "plugged meanwhile, two callers", FAILURE, "L1" },
        { "V07", "the caller's thread initialises a target that is inside KVM_RUN", &host_explicit, HOST_FAULT_V07,
          SPEC, "accepted", DEADLOCK, "" },
        { "V09", "policy is looked at, then the vCPU is unplugged, then the host consents", &host_explicit,
          HOST_FAULT_V09, SPEC, "unplugged meanwhile", FAILURE, "S5" },
        { "V11", "EAGAIN is taken for a fatal error", &host_next_run, HOST_FAULT_V11, SPEC, "accepted", FAILURE, "L2" },
        { "G01", "a guest's library keeps whom it was denied", &host_explicit, HOST_FAULT_G01, SPEC, "library", FAILURE,
          "S2" },
};

const struct host_fault_row *host_fault_find(const char *name)
{
        for (unsigned i = 0; i < HOST_NUM_FAULT_ROWS; i++) {
                if (strcmp(host_faults[i].name, name) == 0 && host_faults[i].protocol != NULL) {
                        return &host_faults[i];
                }
        }
        return NULL;
}

const struct host_fault_row *host_fault_selected(void)
{
        const char *name = getenv("RMMSIM_FUZZ_FAULT");
        const struct host_fault_row *row = name == NULL ? NULL : host_fault_find(name);

        if (name != NULL && row == NULL) {
                fprintf(stderr, "RMMSIM_FUZZ_FAULT: hosts have no fault '%s'; none is planted\n", name);
        }
        return row;
}
