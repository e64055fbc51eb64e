/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_world.h - worlds for the Realm's side: one for each profile, quirk and state of attestation that is tried.
 */
#ifndef GUEST_WORLD_H
#define GUEST_WORLD_H

#include "guest_model.h"

/* What the first pages of the Realm are. The host maps nothing else below 2 MiB. */
enum {
        PAGES_RAM = 8,        /* 0..7: RAM with memory; a guest starts in page 1 */
        PAGE_MISSING = 8,     /* 8, 9, 15: RAM without memory                    */
        PAGE_EMPTY = 10,      /* 10, 11                                          */
        PAGE_EMPTY_WITH = 12, /* EMPTY, with memory                              */
        PAGE_DESTROYED = 13,
        PAGE_DESTROYED_WITH = 14, /* DESTROYED, with new memory */
        PAGES = 16
};

#define UPPER_IPA MODEL_L2 /* RAM without memory and without a table: the host may make one */

struct guest_world {
        struct world world;
        uint64_t upper_table; /* a Granule for it, DELEGATED */
        struct model base;
        uint8_t data[MODEL_DATA][4096];                                 /* contents at the snapshot */
        uint8_t data_now[MODEL_DATA][4096], host_now[MODEL_HOST][4096]; /* and as they should be    */
        uint32_t data_written, host_written;                            /* by the last run in it    */
};

/* The world that a header's first byte names, in the state of its snapshot, and the model that belongs to it. */
struct guest_world *guest_world_open(uint8_t which, rmmsim_step_fn *fn);
const char *guest_world_name(uint8_t which);

#endif
