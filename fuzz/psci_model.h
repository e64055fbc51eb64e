/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_model.h - PSCI of a Realm as a small sequential model: a value that can be copied, hashed and asked.
 *
 * Written from the sheet, and sharing nothing with the library: a REC is on or off, asks something of the host or not, and knows
 * what it will find in its registers. Every operation happens at once, but for one: an entry has a begin and an end, as a
 * REC that has turned itself off is still inside for a while.
 *
 * Where the specification does not order two failures, either is right. So each operation is told what was observed, and says
 * whether that can be; one that cannot be leaves a model that is of no use.
 *
 * Registers x4..x30 are never looked at by PSCI. What a REC has there is one number, chosen by whoever writes the guest: 0 means that
 * all of them are zero.
 *
 * Specification: PSCI sheet sections 1.2 to 1.5 and 7.
 */
#ifndef PSCI_MODEL_H
#define PSCI_MODEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
        PSCI_RECS_MAX = 8,
        PSCI_NOBODY = 0xff /* a REC that is none of the Realm's */
};

/* PSCI and RMI return codes. */
#define PSCI_SUCCESS            UINT64_C(0)
#define PSCI_OFF                UINT64_C(1)
#define PSCI_ON                 UINT64_C(0)
#define PSCI_NOT_SUPPORTED      UINT64_C(0xffffffffffffffff)
#define PSCI_INVALID_PARAMETERS UINT64_C(0xfffffffffffffffe)
#define PSCI_DENIED             UINT64_C(0xfffffffffffffffd)
#define PSCI_ALREADY_ON         UINT64_C(0xfffffffffffffffc)
#define PSCI_INVALID_ADDRESS    UINT64_C(0xfffffffffffffff7)
#define PSCI_RMI_SUCCESS        UINT64_C(0)
#define PSCI_RMI_ERROR_INPUT    UINT64_C(1)
#define PSCI_RMI_ERROR_REC      UINT64_C(3)
#define PSCI_RMI_SYSTEM_OFF     UINT64_C(0x0102) /* ERROR_REALM, index 1 */

/* What deployed monitors do otherwise: a knob for each quirk of PSCI. */
struct psci_knobs {
        bool denied_consumes;
        bool keep_registers;
        bool two_registers;
        bool smc32;
        bool busy_means_on;
        bool hides_version;
        bool masked;
        bool destroyed_count;
        bool hint_refused;
        bool level_wide;
};

/* Of RMMSIM_QUIRK_*; other quirks mean nothing here. */
struct psci_knobs psci_model_knobs_of(uint64_t quirks);

enum {
        PSCI_NUM_QUIRKS = 10
};
/* The quirks that the knobs are of. The reference profile has them all. */
extern const uint64_t psci_quirks[PSCI_NUM_QUIRKS];

enum psci_pending {
        PSCI_ASKS_NOTHING,
        PSCI_ASKS_CPU_ON,
        PSCI_ASKS_AFFINITY
};

struct psci_rec {
        uint64_t x[4];    /* x0..x3 as the REC will find them         */
        uint64_t rest;    /* what x4..x30 hold                        */
        uint64_t pc;      /* where it starts                          */
        uint64_t gprs[4]; /* of the exit that it makes             */
        bool exists;
        bool on;
        bool inside;  /* an entry that has not ended               */
        bool exits;   /* that entry is about to end, by PSCI       */
        bool starts;  /* at pc, when it goes on                    */
        bool returns; /* from a call, when it goes on              */
        uint8_t pending;
        uint8_t unused;
};

struct psci_model {
        struct psci_knobs knobs;
        bool realm_off;
        unsigned num_recs;
        uint64_t par_top; /* the first Unprotected IPA             */
        struct psci_rec rec[PSCI_RECS_MAX];
};

/* An active Realm. REC i is on if bit i of `runnable` is set, and then starts at `pcs[i]`. All registers are zero. */
void psci_model_begin(struct psci_model *model, const struct psci_knobs *knobs, unsigned num_recs, uint32_t runnable,
                      const uint64_t *pcs, uint64_t par_top);
bool psci_model_equal(const struct psci_model *a, const struct psci_model *b);
uint64_t psci_model_hash(const struct psci_model *model);

/* ---- the host ---------------------------------------------------------------------------------------------------------- */

/* RMI_REC_ENTER is answered x0; if that is SUCCESS the REC is inside from now on. */
bool psci_model_enter(struct psci_model *model, unsigned index, uint64_t x0);
/* The entry ends: with a PSCI exit that shows `gprs`, or, if that is NULL, for another reason. */
bool psci_model_leave(struct psci_model *model, unsigned index, const uint64_t gprs[4]);
/* What RMI_PSCI_COMPLETE does. Returns x0: no two of its failures differ. */
uint64_t psci_model_complete(struct psci_model *model, unsigned caller_index, unsigned target_index, uint64_t status);
/* What RMI_REC_DESTROY does. Returns x0. */
uint64_t psci_model_destroy(struct psci_model *model, unsigned index);

/* x0 of an entry as deployed monitors order its failures. */
uint64_t psci_model_enter_x0(const struct psci_model *model, unsigned index);

/* ---- a REC that is inside ------------------------------------------------------------------------------------------------ */

/*
 * It makes a call with these registers, which is answered at once or makes it exit. `answer`, unless NULL, is the x0 that it was
 * seen to go on with: it picks one of several failures. Without it the order is that of deployed monitors.
 */
bool psci_model_call(struct psci_model *model, unsigned index, const uint64_t x[4], uint64_t rest,
                     const uint64_t *answer);

/* It goes on behind a call and finds these registers. */
bool psci_model_returns(struct psci_model *model, unsigned index, const uint64_t x[4], uint64_t rest);

/* It starts at pc and finds these registers. */
bool psci_model_starts(struct psci_model *model, unsigned index, uint64_t pc, const uint64_t x[4], uint64_t rest);

/* The index that an MPIDR names, whatever is outside its fields. */
uint64_t psci_model_index_of(uint64_t mpidr);

#endif
