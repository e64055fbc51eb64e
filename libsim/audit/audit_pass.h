/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit_pass.h - one pass over the machine: what its parts share.
 *
 * The machine may be broken in any way. So nothing found in it is believed before it was checked: an address is resolved by
 * memory_granule(), a list ends because no Granule is claimed twice, a tree because levels are counted. Each part returns
 * false at the first invariant that does not hold, with the report filled.
 */
#ifndef AUDIT_PASS_H
#define AUDIT_PASS_H

#include "audit.h"
#include "audit_claims.h"
#include "realm.h"
#include <inttypes.h>

/* AUDIT_G1, ...: in the order of the rows. */
enum invariant {
#define INVARIANT(name, also, sentence) AUDIT_##name,
#include "audit_invariants.def"
        NUM_INVARIANTS
};

struct invariant_row {
        const char *name;
        const char *also;
        const char *sentence;
};
extern const struct invariant_row invariant_rows[NUM_INVARIANTS];

enum {
        NUM_GRANULE_STATES = RMMSIM_GRANULE_RTT + 1
};

struct audit {
        const struct rmm *rmm;
        struct rmmsim_report *report;
        struct claims claims;
        uint64_t found[NUM_GRANULE_STATES];   /* Granules by state          */
        uint64_t claimed[NUM_GRANULE_STATES]; /* those that have an owner   */
        uint64_t *indices;                    /* room for those of all RECs */
        uint64_t vmids[NUM_VMIDS / 64];       /* of the Realms              */
};

/* Fill the report: which invariant, and a sentence about the offender. Returns false. */
__attribute__((format(printf, 3, 4))) bool audit_fail(struct audit *a, enum invariant invariant, const char *format,
                                                      ...);

/* An invariant, and what to say about the offender if it does not hold. */
#define MUST(a, name, condition, ...)                                                                                  \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        return audit_fail(a, AUDIT_##name, __VA_ARGS__);                                               \
                }                                                                                                      \
        } while (0)

/* A place in an object that names a Granule as its own: "root table 0x0 of Realm 0x80000000". */
struct slot {
        const char *what;
        uint64_t number;
        const char *of;
        uint64_t pa;
        enum invariant unowned;     /* broken if the Granule is UNDELEGATED or DELEGATED */
        enum invariant other_state; /* broken if it is in some other unexpected state    */
};

/* audit_granules.c: every Granule by itself, counted by state; then that each slot's Granule is its own, and has a slot. */
size_t audit_max_windows(const struct memory *memory);
bool audit_granules(struct audit *a);
bool audit_claim(struct audit *a, uint64_t pa, unsigned state, const struct slot *slot);
bool audit_orphans(struct audit *a);

/* audit_realm.c: a Realm's fields, and then its RECs and tables; at the end, the VMIDs of all Realms. */
bool audit_realm(struct audit *a, const struct realm *realm);
bool audit_vmids(struct audit *a);

/* audit_rec.c: the list of a Realm's RECs, and each REC. */
bool audit_recs(struct audit *a, const struct realm *realm);

/* audit_rtt.c: all tables of a Realm, root by root. Its geometry is valid. */
bool audit_tables(struct audit *a, const struct realm *realm);

/* Does a flag hold 0 or 1? Asked before anybody reads it as a bool, which must not hold anything else. */
static inline bool is_flag(const bool *flag)
{
        return *(const unsigned char *)flag <= 1;
}

#endif
