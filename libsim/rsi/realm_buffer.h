/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * realm_buffer.h - memory of the Realm that the RMM reads or writes on the Realm's behalf.
 *
 * It behaves as an access of the Realm would: memory that is there is used, memory that the host took away makes the REC exit
 * with a Data Abort and the call is made again. Only RIPAS EMPTY is the Realm's own mistake, and an error of the call.
 *
 * Specification: Realm accesses; RSI commands with a buffer.
 */
#ifndef REALM_BUFFER_H
#define REALM_BUFFER_H

#include "rsi.h"
#include "stage2.h"

/* Find a buffer: found->outcome says whether it is there. The caller holds the Realm's lock, here and for the next two. */
static inline void realm_buffer_find(const struct rmm *rmm, const struct realm *realm, struct stage2_result *found,
                                     uint64_t ipa)
{
        stage2_translate(rmm, realm, found, ipa, STAGE2_WRITE);
}

/* Where a buffer that was found is, or NULL if it is not there. */
static inline uint8_t *realm_buffer(const struct rmm *rmm, const struct stage2_result *found)
{
        if (found->outcome != STAGE2_PROTECTED) {
                return NULL;
        }
        point_touch(OBJECT_MEMORY, 0, true);
        return (uint8_t *)memory_realm_page(&rmm->memory, found->pa) + (found->pa & GRANULE_MASK);
}

/* The same for a caller that will write to it. */
static inline uint8_t *realm_buffer_for_write(const struct rmm *rmm, const struct stage2_result *found)
{
        if (found->outcome == STAGE2_PROTECTED) {
                journal_granule(&rmm->memory, found->pa);
        }
        return realm_buffer(rmm, found);
}

/* Fault status code of a translation fault at a level. */
static inline unsigned fsc_translation(int level)
{
        return level < 0 ? 0x2b : 0x04u + (unsigned)level;
}

/* REC exit because the host has to provide the memory first. */
static inline void exit_buffer_abort(const struct rmmsim_vcpu *vcpu, const struct stage2_result *found, uint64_t ipa)
{
        struct rmmsim_rec_exit *exit = pe_exit(vcpu->pe);

        vcpu_exit(vcpu, RMMSIM_EXIT_SYNC, RESUME_REDO);
        exit->esr = UINT64_C(0x24) << 26 | fsc_translation(found->level);
        exit->hpfar = ipa >> GRANULE_SHIFT << 4;
        if (QUIRKED(&vcpu->pe->rmm->profile, host_call_hpfar_exact)) {
                exit->hpfar = ipa >> 8;
        }
}

#endif
