/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_shadow.h - what a host knows of its Granules and Realms if it writes down which commands succeeded.
 *
 * Written from the specification's footprints, not from the library: who owns a Granule, which Realm is in which state, where
 * tables and Data Granules are. A success that this book-keeping rules out is a finding.
 *
 * Granules are numbered: those of a small DRAM, a few above 2^48, and in some worlds 2 MiB to make a block of.
 */
#ifndef RMI_SHADOW_H
#define RMI_SHADOW_H

#include "rmi_rows.h"

#define RMI_PAGE        UINT64_C(4096)
#define RMI_DRAM_BASE   UINT64_C(0x80000000)
#define RMI_HIGH_BASE   (UINT64_C(1) << 48) /* out of the reach of a Realm without LPA2 */
#define RMI_BLOCK_BASE  UINT64_C(0x80200000)
#define RMI_DEVICE_BASE UINT64_C(0x10000000)

enum {
        RMI_NUM_PARAMS = 12, /* Granules 0 to 11: pages of the host that commands read */
        RMI_NUM_HOST = 14,   /* those and two that it shares with Realms               */
        RMI_NUM_DRAM = 48,   /* the rest of these come and go                          */
        RMI_NUM_HIGH = 4,
        RMI_NUM_POOL = RMI_NUM_DRAM + RMI_NUM_HIGH,
        RMI_NUM_BLOCK = 512,
        RMI_GRANULES_MAX = RMI_NUM_POOL + RMI_NUM_BLOCK,
        RMI_REALMS_MAX = 20,
        RMI_RECS_MAX = 16,
        RMI_NUM_AUX = 2, /* of each REC: two can be the same */
        RMI_NOWHERE = -1
};

struct rmi_granule {
        uint8_t state; /* RMMSIM_GRANULE_*                                   */
        uint8_t gpt;   /* RMMSIM_GPT_*, while UNDELEGATED                    */
        int8_t level;  /* of an RTT                                          */
        int16_t owner; /* the RD; of an auxiliary Granule the REC            */
        uint64_t ipa;  /* of Data, and where the range of an RTT begins      */
};

/* What a Realm or REC asked for at its last exit. */
enum rmi_asked {
        RMI_ASKED_NOTHING,
        RMI_ASKED_PSCI,
        RMI_ASKED_RIPAS
};

struct rmi_realm {
        int16_t rd; /* RMI_NOWHERE: none */
        uint8_t state;
        bool unsure; /* it ran, and nobody saw how it ended */
        bool lpa2;
        bool has_rim;
        uint8_t width;
        int8_t start;
        uint8_t num_roots;
        int16_t root;
        uint16_t vmid;
        uint8_t num_recs;
        uint8_t next_index;
        uint8_t rim[64]; /* when it was activated */
};

struct rmi_rec {
        int16_t granule; /* RMI_NOWHERE: none */
        int16_t realm;   /* place in the list */
        uint8_t index;
        bool running;
        bool unsure; /* it ran, and nobody saw what it asked for */
        int16_t aux[RMI_NUM_AUX];
        enum rmi_asked asked;
        uint64_t target; /* PSCI: MPIDR of the one meant   */
        uint64_t base;   /* RIPAS: what is left to be done */
        uint64_t top;
        uint8_t ripas;
};

struct rmi_shadow {
        unsigned num_granules;
        struct rmi_realm realms[RMI_REALMS_MAX];
        struct rmi_rec recs[RMI_RECS_MAX];
        struct rmi_granule granules[RMI_GRANULES_MAX];
};

/* A command with all that it names. */
struct rmi_call {
        unsigned pe;
        unsigned command; /* RMI_NUM_COMMANDS: an identifier that nobody serves */
        struct rmmsim_regs in;
        int page; /* of the host, that the command reads; RMI_NOWHERE: none of those that the host fills */
        /* What is in it. */
        uint64_t rtt_base;
        uint64_t rtt_num_start;
        int64_t rtt_level_start;
        uint64_t width;
        uint64_t vmid;
        uint64_t mpidr;
        uint64_t num_aux;
        uint64_t aux[RMI_NUM_AUX];
        bool lpa2;
};

void rmi_shadow_clear(struct rmi_shadow *shadow, unsigned num_granules);
void rmi_shadow_copy(struct rmi_shadow *to, const struct rmi_shadow *from);

uint64_t rmi_pa(unsigned number);
/* The Granule that begins at an address, or RMI_NOWHERE. */
int rmi_number(const struct rmi_shadow *shadow, uint64_t pa);

/* The Realm or REC at a Granule; NULL if there is none. */
struct rmi_realm *rmi_realm_at(struct rmi_shadow *shadow, int number);
struct rmi_rec *rmi_rec_at(struct rmi_shadow *shadow, int number);

uint64_t rmi_entry_size(int level);
/* The level of the deepest table that an IPA leads to. */
int rmi_deepest(const struct rmi_shadow *shadow, const struct rmi_realm *realm, uint64_t ipa);
/* The Data Granule at an IPA, or the table of a level whose range begins there; RMI_NOWHERE if there is none. */
int rmi_data_at(const struct rmi_shadow *shadow, const struct rmi_realm *realm, uint64_t ipa);
int rmi_table_at(const struct rmi_shadow *shadow, const struct rmi_realm *realm, uint64_t ipa, int level);
/* How many Granules of a state, root RTTs left aside, lie in [base, base + size). */
unsigned rmi_count_below(const struct rmi_shadow *shadow, const struct rmi_realm *realm, unsigned state, uint64_t base,
                         uint64_t size);

/* The same for IPAs and levels, which the Realm decides: must the command fail with ERROR_INPUT, or not because of them? */
enum rmi_verdict {
        RMI_NOT_KNOWN,
        RMI_GOOD,
        RMI_BAD
};
enum rmi_verdict rmi_shadow_ipa(const struct rmi_shadow *shadow, const struct rmi_call *call);

/* Write down that a command succeeded with these results. What cannot have succeeded is reported. */
void rmi_shadow_apply(struct rmi_shadow *shadow, const struct rmi_call *call, const struct rmmsim_regs *out);

/* Does what is known rule out that the command fails by this condition? Reports it. */
void rmi_shadow_refused(struct rmi_shadow *shadow, const struct rmi_call *call, enum rmmsim_condition condition);

/* The first input register that names no Granule of the kind that the command wants; 0 if all do. */
unsigned rmi_shadow_bad_input(const struct rmi_shadow *shadow, const struct rmi_call *call);

#endif
