/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_hazards.c - what each protocol leaves to the VMM's good behaviour, and what happens without it.
 */
#include "host_tables.h"

#define FAILURE  RMMSIM_FOUND_FAILURE
#define LIVELOCK RMMSIM_FOUND_LIVELOCK
#define DEADLOCK RMMSIM_FOUND_DEADLOCK

const struct host_hazard_row host_hazards[HOST_NUM_HAZARDS] = {
        { &host_explicit, HOST_HAZARD_BELIEVES_OFF, "E: consent and CPU_OFF cross", "on races off", FAILURE, "S10" },
        { &host_in_kernel, HOST_HAZARD_BELIEVES_OFF, "K: consent and CPU_OFF cross", "on races off", FAILURE, "S10" },
        { &host_next_run, HOST_HAZARD_BELIEVES_OFF, "C: consent and CPU_OFF cross", "on races off", FAILURE, "S10" },
        { &host_first_run, HOST_HAZARD_BELIEVES_OFF, "T: consent and CPU_OFF cross", "on races off", FAILURE, "S10" },
        { &host_wait_for_exit, HOST_HAZARD_BELIEVES_OFF, "a: consent and CPU_OFF cross", "on races off", FAILURE,
          "S10" },
        { &host_refuse_caller, HOST_HAZARD_BELIEVES_OFF, "b: consent and CPU_OFF cross", "on races off", FAILURE,
          "S10" },
        { &host_first_completes, HOST_HAZARD_BELIEVES_OFF, "c: consent and CPU_OFF cross", "on races off", FAILURE,
          "S10" },
        { &host_in_kernel, HOST_HAZARD_NONE, "K: nobody asks the VMM", "denied", FAILURE, "S5" },
        { &host_explicit, HOST_HAZARD_FORGETS, "E: the VMM forgets the ioctl", "accepted", FAILURE, "L1" },
        { &host_next_run, HOST_HAZARD_STALE, "C: the target changes after the decision (K01)", "on races off", FAILURE,
          "S10" },
        { &host_next_run, HOST_HAZARD_CALLER_STOPS, "C: the caller is never run, the target asks for ever", "accepted",
          LIVELOCK, "" },
        { &host_first_run, HOST_HAZARD_PARKED_IN_RUN, "T: a run that meant nothing is consent", "denied", FAILURE,
          "S5" },
        { &host_first_run, HOST_HAZARD_TARGET_STOPS, "T: the target is never run, the caller waits for ever",
          "accepted", DEADLOCK, "" },
        { &host_wait_for_exit, HOST_HAZARD_BLIND, "a: the VMM waits for a run of a target that is on already", "mutual",
          DEADLOCK, "" },
        { &host_wait_for_exit, HOST_HAZARD_TARGET_STOPS, "a: the target is never run, the caller waits for ever",
          "accepted", DEADLOCK, "" },
        { &host_wait_for_exit, HOST_HAZARD_ENTERS_FIRST, "a: the target executes before its run has come back",
          "accepted", FAILURE, "a" },
        { &host_refuse_caller, HOST_HAZARD_TARGET_STOPS, "b: the target is never run, the caller asks for ever",
          "accepted", LIVELOCK, "" },
        { &host_refuse_caller, HOST_HAZARD_PARKED_IN_RUN, "b: a run that meant nothing is consent", "denied", FAILURE,
          "S5" },
        { &host_first_completes, HOST_HAZARD_PARKED_IN_RUN, "c: who comes first decides", "denied", FAILURE, "S5" },
        { &host_first_completes, HOST_HAZARD_CALLER_FIRST, "c: two pairs of locks in two orders", "mutual", DEADLOCK,
          "" },
};
