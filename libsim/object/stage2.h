/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stage2.h - what an access of the Realm finds at an IPA.
 *
 * The tables answer; who asks decides what it means: the guest floor turns an outcome into an access, an SEA or an exit.
 * There is no TLB in the machine: every access reads the tables, so that once a command has returned no access completes
 * through an entry that it removed.
 *
 * Specification: Realm access outcomes; RTT sheet section 5.1.
 */
#ifndef STAGE2_H
#define STAGE2_H

#include "rtt.h"

enum stage2_access {
        STAGE2_READ,
        STAGE2_WRITE,
        STAGE2_FETCH
};

enum stage2_outcome {
        STAGE2_PROTECTED,         /* go on at pa in the Realm world                                                  */
        STAGE2_UNPROTECTED,       /* go on at pa in the host's world; it may turn out not to be Non-secure           */
        STAGE2_EMPTY,             /* Protected with RIPAS EMPTY: SEA to the Realm                                    */
        STAGE2_FETCH_UNPROTECTED, /* SEA to the Realm                                                                */
        STAGE2_FAULT_PROTECTED,   /* no memory, or DESTROYED: REC exit, translation fault, not emulatable            */
        STAGE2_FAULT_UNPROTECTED, /* nothing mapped: REC exit, translation fault                                     */
        STAGE2_PERMISSION,        /* S2AP of a mapping of the host forbids it: REC exit, permission fault            */
        STAGE2_ADDRESS_SIZE       /* outside the IPA space: Address Size Fault to the Realm                          */
};

struct stage2_result {
        enum stage2_outcome outcome;
        int level;      /* of the entry reached, for the fault status code; not for ADDRESS_SIZE */
        unsigned state; /* RMMSIM_RTTE_* of that entry; not for ADDRESS_SIZE                     */
        uint64_t pa;    /* of the byte at ipa; PROTECTED and UNPROTECTED only                    */
};

/* The caller holds the Realm's lock, at least shared. */
void stage2_translate(const struct rmm *rmm, const struct realm *realm, struct stage2_result *result, uint64_t ipa,
                      enum stage2_access access);

#endif
