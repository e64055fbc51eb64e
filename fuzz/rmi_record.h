/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_record.h - what a record of an input says: one thing that the host does, as a choice for each of its arguments.
 *
 * A selector of an address is mostly a small number: which of the objects of the right kind. The rest of its values name what is
 * nearly right: an object of another kind, a neighbour, an odd address, the value of another argument. All zero is the most
 * natural call there is.
 */
#ifndef RMI_RECORD_H
#define RMI_RECORD_H

#include "rmi_shadow.h"

enum rmi_record_byte {
        RMI_BYTE_PE, /* bit 7: with the SVE hint                                              */
        RMI_BYTE_COMMAND,
        RMI_BYTE_FOCUS,    /* Realm in bits 3:0, REC in bits 7:4                              */
        RMI_BYTE_ARGUMENT, /* a selector for each input; behind them, for pages: see rmi_page.c */
        RMI_BYTE_FIELD = RMI_BYTE_ARGUMENT + RMI_INPUTS_MAX, /* of a page, that is spoilt       */
        RMI_BYTE_VALUE,                                      /* with what; attributes of a mapping */
        RMI_BYTE_OPTION, /* the shape of a Realm; what the guest does                          */
        RMI_BYTE_DETAIL, /* flags of a Realm or REC; with what the guest does it               */
        RMI_RECORD_SIZE
};

/* What else a host or its platform does. */
enum rmi_deed {
        RMI_DO_UNKNOWN = RMI_NUM_COMMANDS, /* an identifier that nobody serves */
        RMI_DO_GPT,                        /* give a page to another world     */
        RMI_DO_INTERRUPT,
        RMI_DO_TIME,
        RMI_NUM_DEEDS
};

/* The command of a record, or one of those. */
unsigned rmi_record_command(const uint8_t *record);

struct rmi_pick {
        const struct rmi_shadow *shadow;
        const uint8_t *record;
        unsigned own; /* the page of the host that this record fills                              */
        bool alone;   /* nobody else uses the other pages of parameters at the same time: it may name them */
};

/* The registers of a record's command. */
void rmi_pick_registers(const struct rmi_pick *pick, struct rmi_call *call);

/* An address for an argument of a kind. */
uint64_t rmi_pick_pa(const struct rmi_pick *pick, const struct rmi_call *call, enum rmi_kind kind, uint8_t selector);

/* The Realm that the record has in mind; NULL if there is none. */
const struct rmi_realm *rmi_pick_realm(const struct rmi_pick *pick);

/*
 * Fill the page that the command reads as the record says, if it is one of the host's, and write down in the call what it
 * holds. `host` is where the host sees Granule 0. Returns the number of the page that was filled, or RMI_NOWHERE.
 */
int rmi_fill_page(const struct rmi_pick *pick, struct rmi_call *call, uint8_t *host);

#endif
