/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inspect_dump.h - what a dump is about, gathered before the first byte is written; and its three writers.
 *
 * Gathering asks the functions of <rmmsim/inspect.h>, so that a dump shows what a program would see. Writers ask nobody: the same
 * gathered state gives the same bytes.
 */
#ifndef INSPECT_DUMP_H
#define INSPECT_DUMP_H

#include "inspect_object.h"
#include "list.h"

/* Granules that follow one another and differ by their addresses only: of DATA the PAs and IPAs, of REC_AUX PAs and indices. */
struct dump_granules {
        uint64_t pa;
        uint64_t count;
        struct rmmsim_granule granule;
        bool owned;
        struct rmmsim_owner owner;
};

struct dump_rec {
        uint64_t pa;
        struct rmmsim_rec rec;
};

struct dump_realm {
        uint64_t rd;
        struct rmmsim_realm realm;
        struct list recs; /* struct dump_rec, by rising index                                                         */
        struct list
                entries; /* struct rmmsim_rtt_entry, in order; those whose output addresses follow one another as one */
};

struct dump {
        const struct rmmsim *sim; /* for what never changes */
        FILE *to;
        enum rmmsim_dump_subject subject;
        uint64_t time;
        struct list granules; /* struct dump_granules */
        struct list realms;   /* struct dump_realm    */
        struct list recs;     /* struct dump_rec: the one that the dump is about */
        struct rmmsim_statistics statistics;
};

#define LIST_AT(type, list, i) (&((const type *)(list)->items)[i])

/* inspect_text.c, inspect_json.c, inspect_dot.c */
void dump_text(const struct dump *dump);
void dump_json(const struct dump *dump);
void dump_graphviz(const struct dump *dump);

/* Words that all writers use. */
const char *dump_subject_name(enum rmmsim_dump_subject subject);
const char *dump_taker_name(const struct rmmsim_granule *granule);
const char *dump_command_name(unsigned command);
const char *dump_hipas_name(enum rmmsim_rtt_entry_state hipas);
const char *dump_ripas_name(enum rmmsim_ripas ripas);
const char *dump_hash_name(enum rmmsim_hash_algorithm hash);
const char *dump_psci_name(uint32_t function);

/* Digests and other strings of bytes, as hexadecimal digits. */
void dump_bytes(FILE *to, const uint8_t *bytes, size_t size);

#endif
