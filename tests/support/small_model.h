/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * small_model.h - an RMM of a handful of Granules, written from the specification's tables and from nothing else.
 *
 * It knows one way into a Realm's tables: the entries that describe IPA 0 at levels 1 to 3, and the first Unprotected IPA
 * at levels 1 and 2. All other entries of a table are alike, so one number stands for them. That is enough to predict the
 * result of every command of the alphabet, and the state of every Granule after it.
 *
 * Objects name one another by the number of their Granule.
 */
#ifndef SMALL_MODEL_H
#define SMALL_MODEL_H

#include <rmmsim/abi.h>
#include <rmmsim/trace.h>
#include <stdbool.h>

enum {
        SMALL_GRANULES_MAX = 8,
        SMALL_RECS_MAX = 3
};

#define SMALL_BASE  UINT64_C(0x80000000) /* of Granule 0                                     */
#define SMALL_PAGES UINT64_C(0x90000000) /* the host's parameters: never delegated           */
#define SMALL_HALF  (UINT64_C(1) << 38)  /* Realms have 39 bits, and one root RTT at level 1 */

enum small_command {
        DELEGATE,       /* a                                                                    */
        UNDELEGATE,     /* a                                                                    */
        REALM_CREATE,   /* rd a, root b; the VMID is that of the root, even or odd              */
        REALM_ACTIVATE, /* rd a                                                                 */
        REALM_DESTROY,  /* rd a                                                                 */
        REC_CREATE,     /* rd a, rec b; c is the index, and REC 0 is runnable                   */
        REC_DESTROY,    /* rec a                                                                */
        REC_ENTER,      /* rec a; c is enum small_act                                           */
        PSCI_COMPLETE,  /* caller a, target b; c: DENIED                                        */
        RTT_CREATE,     /* rd a, table b; c is enum small_place                                 */
        RTT_DESTROY,    /* rd a; c is the place                                                 */
        RTT_FOLD,       /* rd a; c is the place                                                 */
        RTT_READ,       /* rd a; c: the Unprotected side at level 2, otherwise IPA 0 at level 3 */
        DATA_CREATE,    /* rd a, data b                                                         */
        DATA_UNKNOWN,   /* rd a, data b                                                         */
        DATA_DESTROY,   /* rd a                                                                 */
        INIT_RIPAS,     /* rd a; c: of 2 MiB, otherwise of a page                               */
        SET_RIPAS,      /* rd a, rec b; a page                                                  */
        MAP,            /* rd a; c: at level 2, otherwise at level 1                            */
        UNMAP,          /* rd a; c as for MAP                                                   */
        NUM_SMALL_COMMANDS
};

enum small_place {
        TABLE_2,
        TABLE_3,
        TABLE_2_UNPROTECTED,
        NUM_PLACES
};
enum small_act {
        ACT_NOTHING,
        ACT_SYSTEM_OFF,
        ACT_CPU_OFF,
        ACT_CPU_ON,
        ACT_ASK_FOR_RAM,
        NUM_ACTS
};

struct small_call {
        uint8_t command;
        uint8_t a;
        uint8_t b;
        uint8_t c;
};

/* An entry: UNASSIGNED, ASSIGNED or TABLE (enum rmmsim_rtt_entry_state), RIPAS, and the Granule that it names. */
struct small_entry {
        uint8_t state;
        uint8_t ripas;
        uint8_t granule;
};

struct small_realm {
        uint8_t state; /* RMMSIM_REALM_* */
        uint8_t root;
        uint8_t vmid;
        uint8_t num_recs;
        uint8_t rec_index;
        struct small_entry entry[4]; /* at IPA 0, by level from 1 on                         */
        uint8_t rest[4];             /* RIPAS of the other entries of a table, by level      */
        struct small_entry ns[3];    /* at the first Unprotected IPA, by level from 1 on     */
        uint8_t ns_rest;             /* state of the other entries of the table at level 2   */
};

struct small_rec {
        uint8_t owner;
        uint8_t index;
        bool runnable;
        bool started;    /* its program runs: it will not be fetched again */
        uint8_t pending; /* RMMSIM_PENDING_*                            */
        uint8_t target;  /* index of the REC that a CPU_ON names        */
        bool served;     /* the request for RAM has been granted        */
};

struct small_model {
        uint8_t num_granules;
        uint8_t state[SMALL_GRANULES_MAX]; /* RMMSIM_GRANULE_* */
        struct small_realm realm[SMALL_GRANULES_MAX];
        struct small_rec rec[SMALL_GRANULES_MAX];
};

/* What a call returns: x0, and x1.. as far as the model tells. */
struct small_result {
        uint64_t x0;
        unsigned num_outputs;
        uint64_t x[4];
};

/* Carry a call out: the model changes if the call succeeds. */
struct small_result small_model_call(struct small_model *model, const struct small_call *call);

static inline uint64_t small_pa(unsigned granule)
{
        return SMALL_BASE + granule * UINT64_C(4096);
}

#endif
