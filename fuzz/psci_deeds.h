/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_deeds.h - what bytes of an input mean. A record is a line of a REC's script, or something that the host of a PE does.
 *
 * Byte 0: bit 0 says whose it is, the others what. Byte 1: the REC whose script it is a line of, or the PE. Byte 2: the
 * target of the call, or the REC. Bytes 3 and 4: variants. Any bytes mean something.
 */
#ifndef PSCI_DEEDS_H
#define PSCI_DEEDS_H

#include "psci_stage.h"

enum {
        PSCI_RECORD_SIZE = 5
};

enum psci_deed_kind {
        PSCI_DEED_RUN, /* enter, answer what is asked, enter again, `rounds` times */
        PSCI_DEED_ENTER,
        PSCI_DEED_COMPLETE,
        PSCI_DEED_DESTROY,
        PSCI_DEED_RAISE /* an interrupt at PE `rec` */
};

/* How a host that runs a REC answers. */
enum psci_policy {
        PSCI_POLICY_ACCEPT,
        PSCI_POLICY_DENY,
        PSCI_POLICY_DENY_THEN_ACCEPT,
        PSCI_POLICY_ACCEPT_TWICE,
        PSCI_POLICY_LATE, /* enter first, answer then */
        PSCI_POLICY_SILENT,
        PSCI_NUM_POLICIES
};

enum {
        PSCI_TARGET_ASKED = 0xfe /* the one that the caller was seen to name */
};

struct psci_deed {
        enum psci_deed_kind kind;
        unsigned rec;
        unsigned target;
        uint64_t status;
        enum psci_policy policy;
        unsigned rounds;
};

/* What the numbers in records are taken modulo. */
struct psci_shape {
        unsigned num_recs;
        unsigned num_pes;
        uint64_t par_top;
        uint64_t entry; /* the first of PSCI_ENTRIES */
};

/*
 * The quirks that two bytes of a header choose, a quarter each: none, all of PSCI, one, several. Of combinations there is a
 * fixed choice, so that there are not more worlds than can be kept.
 */
uint64_t psci_quirks_of(uint8_t kind, uint8_t number);

static inline bool psci_record_is_line(const uint8_t *record)
{
        return (record[0] & 1) == 0;
}

/* Of a line: whose. `number` makes each call's context different. */
unsigned psci_record_rec(const uint8_t *record, const struct psci_shape *shape);
struct psci_line psci_record_line(const uint8_t *record, const struct psci_shape *shape, unsigned number);
/* Of a deed: where. */
unsigned psci_record_pe(const uint8_t *record, const struct psci_shape *shape);
struct psci_deed psci_record_deed(const uint8_t *record, const struct psci_shape *shape);

/* In words. */
int psci_line_print(char *text, size_t size, const struct psci_line *line);
int psci_deed_print(char *text, size_t size, const struct psci_deed *deed);

#endif
