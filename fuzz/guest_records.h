/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_records.h - records of the target `guest`: eight bytes, of which the first says what is done.
 *
 * What a record means does not depend on anything but its bytes: the functions below read them.
 */
#ifndef GUEST_RECORDS_H
#define GUEST_RECORDS_H

#include "guest_world.h"
#include <stdio.h>

enum {
        RECORD_SIZE = 8
};

enum guest_op {
        HOST_ENTER,
        HOST_SELECT,
        HOST_DATA_DESTROY,
        HOST_DATA_CREATE,
        HOST_DATA_CREATE_FROM, /* with contents: refused once the Realm is active */
        HOST_UNDELEGATE,
        HOST_DELEGATE,
        HOST_SET_RIPAS,
        HOST_MAP,
        HOST_UNMAP,
        HOST_INTERRUPT,
        HOST_TIME,
        HOST_PSCI_COMPLETE,
        HOST_TABLE,
        HOST_WRITE,
        HOST_GPT,
        GUEST_FIRST,
        GUEST_RSI = GUEST_FIRST,
        GUEST_PSCI,
        GUEST_SMC,
        GUEST_MRS,
        GUEST_MSR,
        GUEST_LOAD,
        GUEST_STORE,
        GUEST_COPY_IN,
        GUEST_COPY_OUT,
        GUEST_FETCH,
        GUEST_WAIT,
        GUEST_HVC,
        GUEST_NOP,
        NUM_GUEST_OPS
};

enum guest_op record_op(const uint8_t *record);

/* An IPA: pages of the usual range, the edges of the space, tables that are not there; and where in the page. */
uint64_t record_ipa(uint8_t page, uint8_t offset);

/* x0..x17 of an SMC of the guest: an RSI command, a PSCI function, anything. */
struct rmmsim_regs record_smc(const uint8_t *record);

/* Every other trap; buffer and values of registers are not in it. `now` is the time that a timeout counts from. */
struct rmmsim_trap record_trap(const uint8_t *record, uint64_t now);
/* The value that an MSR or store has in its register. */
uint64_t record_value(const uint8_t *record, uint64_t now);

/* The entry half of a run page, of which the flags come from elsewhere; what is junk is junk. */
void record_enter(const uint8_t *record, struct rmmsim_rec_enter *enter);

/* x4 of RMI_RTT_MAP_UNPROTECTED. */
uint64_t record_desc(const uint8_t *record);

void record_describe(const uint8_t *record, FILE *to);

#endif
