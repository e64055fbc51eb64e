/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_world.h - machines to begin in: a profile with its quirks, and a starting state. Built once, and kept as long as there is room.
 */
#ifndef RMI_WORLD_H
#define RMI_WORLD_H

#include "rmi_machine.h"

enum rmi_start {
        RMI_START_ACTIVE, /* two RECs, Data, a shared page; a new Realm beside it        */
        RMI_START_EMPTY,
        RMI_START_DELEGATED,    /* unused Granules                                             */
        RMI_START_NEW,          /* RAM and a REC                                               */
        RMI_START_PSCI,         /* REC 0 has asked for CPU_ON                                  */
        RMI_START_RIPAS,        /* REC 0 has asked for a RIPAS change                          */
        RMI_START_OFF,          /* the Realm has turned itself off                             */
        RMI_START_CONCATENATED, /* 32 bits, four root RTTs at level 2                       */
        RMI_START_WIDE,         /* with LPA2: 52 bits, from level -1; otherwise 40 from level 1 */
        RMI_START_FULL,         /* as many RECs as a Realm can have                            */
        RMI_START_BLOCK,        /* 2 MiB of Data and of shared memory that could be blocks     */
        RMI_NUM_STARTS
};

struct rmi_world_key {
        uint8_t base;  /* bit 0: the reference profile, bit 1: LPA2 */
        uint8_t quirk; /* one more, counted from 1; 0: none         */
        uint8_t start; /* enum rmi_start                            */
};

/* From two bytes of an input. Most have no quirk of their own, and few begin with 2 MiB of Data. */
struct rmi_world_key rmi_world_key(uint8_t kind, uint8_t start);

/* The machine stays until the next call. */
struct rmi_machine *rmi_world_get(const struct rmi_world_key *key);

/* In words. */
void rmi_world_print(FILE *to, const struct rmi_world_key *key);

#endif
