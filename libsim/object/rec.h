/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rec.h - a REC: the contents of its Granule.
 *
 * Who may touch what:
 *   - the lock of the REC Granule guards `runnable` at all times, and everything else while the REC is REC_READY;
 *   - `state` becomes REC_RUNNING under that lock, and REC_READY again by the PE that runs the REC and then lets go of it,
 *     without the lock: whoever holds the lock may see that happen once, and is to ask rec_is_running();
 *   - while it is REC_RUNNING, everything else belongs to the PE that runs it;
 *   - a REC that is REC_RUNNING but not RUNNABLE has executed CPU_OFF and is on its way out: its boot context (gprs, pc,
 *     el1.pstate, el1.sctlr, guest.restart) belongs to the lock of the Granule again, as a CPU_ON may be completed now;
 *   - `owner`, `mpidr`, `index` and `aux` never change; `next` and `previous` belong to the Realm's lock.
 * A PE that finds a REC running must look at nothing but `state`, `runnable` and the constants.
 *
 * Specification: RmmRec.
 */
#ifndef REC_H
#define REC_H

#include "gic.h"
#include "realm.h"
#include "timer.h"
#include <rmmsim/guest.h>

/* EL1 state that the simulator keeps beside the GIC and the timers. Most of it means something to the guest only. */
struct el1 {
        uint64_t pstate;
        uint64_t sctlr;
        uint64_t vbar;
        uint64_t esr;
        uint64_t far;
        uint64_t elr;
        uint64_t spsr;
        uint64_t mdscr;
        uint64_t sp_el0;
        uint64_t tpidr_el0;
        uint64_t tpidrro_el0;
        uint64_t tpidr_el1;
        uint64_t cpacr;
        uint64_t ttbr0;
        uint64_t ttbr1;
        uint64_t tcr;
        uint64_t mair;
        uint64_t amair;
        uint64_t par;
        uint64_t afsr0;
        uint64_t afsr1;
        uint64_t contextidr;
        uint64_t cntkctl;
        uint64_t actlr;
        uint64_t zcr;
};

struct pmu {
        uint64_t pmcr;
        uint64_t cntenset;
        uint64_t intenset;
        uint64_t ovsset;
        uint64_t ccntr;
};

/* What the last exit left behind for the next entry. */
struct last_exit {
        bool emulatable;  /* an Emulatable Data Abort: emul_mmio may answer it             */
        bool unprotected; /* a Data Abort at an Unprotected IPA: inject_sea may answer it  */
        uint64_t esr;     /* ESR_EL2, unmasked                                             */
        uint64_t far;     /* FAR_EL2, unmasked                                             */
};

/* The guest floor's part: which program runs here. */
struct rec_guest {
        uint32_t binding;   /* index of the binding + 1; 0: none looked up yet          */
        uint32_t slot;      /* coroutine + 1; 0: none                                   */
        bool restart;       /* pc was set from outside: look up the binding             */
        bool trap_pending;  /* a step function's trap awaits its completion             */
        uint8_t resume;     /* enum resume: what the next entry begins with             */
        int32_t result;     /* of a step function's trap before                         */
        bool in_handler;    /* PC is at a vector; the guest has not gone on since       */
        uint64_t return_pc; /* where it goes on                                         */
        uint64_t vector;    /* where the last exception to EL1 went                     */
        struct rmmsim_trap trap;
};

struct rec {
        uint64_t pa;
        uint64_t owner; /* PA of the RD                                   */
        uint64_t mpidr; /* RmiRecMpidr                                    */
        uint64_t index;
        uint64_t next; /* list of the Realm's RECs: PA + 1, 0 at the end */
        uint64_t previous;
        uint64_t aux[REC_AUX_MAX];
        uint32_t num_aux;

        uint32_t state;    /* RMMSIM_REC_*                                   */
        uint32_t runnable; /* RMMSIM_POWER_*                                 */

        uint32_t pending;      /* RMMSIM_PENDING_*                               */
        uint32_t attest_state; /* RMMSIM_ATTEST_*                                */
        uint64_t gprs[32];     /* x0..x30; the specification's array has 32      */
        uint64_t pc;
        struct el1 el1;
        struct pmu pmu;
        struct gic_cpu gic;
        struct timers timers;
        struct last_exit last_exit;
        uint64_t host_call_ipa;
        uint64_t ripas_addr;
        uint64_t ripas_top;
        uint8_t ripas_value; /* enum rmmsim_ripas                              */
        bool ripas_change_destroyed;
        uint8_t ripas_response; /* enum rmmsim_response                           */
        struct attestation_op attestation;
        uint8_t token[ATTESTATION_BUFFER_SIZE];
        struct refusal_record refusal; /* of the last call of the Realm                  */
        bool vserror;                  /* a virtual SError is pending                    */
        bool pmu_overflow_shown;       /* the last exit said ACTIVE                      */
        uint8_t left_for;              /* enum rmmsim_exit_reason + 1; 0: never ran. For inspection, as is: */
        uint16_t pe;                   /* where it runs, or ran last                     */
        struct rec_guest guest;
};

_Static_assert(sizeof(struct rec) <= GRANULE_SIZE, "a REC is one Granule");

/* The Realm of a REC that the caller holds or runs. */
static inline struct realm *rec_realm(const struct rmm *rmm, const struct rec *rec)
{
        return memory_realm_page(&rmm->memory, rec->owner);
}

static inline struct rec *rec_of(const struct granule_ref *rec)
{
        return rec->page;
}

/* REC index of an RmiRecMpidr. Specification: RecIndex. */
static inline uint64_t mpidr_index(uint64_t mpidr)
{
        return (mpidr & 0xf) | (mpidr >> 8 & 0xff) << 4 | (mpidr >> 16 & 0xff) << 12 | (mpidr >> 24 & 0xff) << 20;
}

/* Bits of MPIDR_EL1 that name a REC: Aff3, Aff2, Aff1, Aff0[3:0]. */
#define MPIDR_EL1_FIELDS UINT64_C(0xff00ffff0f)

/* An MPIDR_EL1 value, as the Realm writes it, in the form of RmiRecMpidr: Aff3 moves from [39:32] to [31:24]. */
static inline uint64_t mpidr_from_el1(uint64_t value)
{
        return (value & 0xffff0f) | (value >> 32 & 0xff) << 24;
}

/* MPIDR_EL1 as the REC reads it: bit 31 is RES1. */
static inline uint64_t mpidr_to_el1(uint64_t mpidr)
{
        return BIT(31) | (mpidr & 0xffff0f) | (mpidr >> 24 & 0xff) << 32;
}

/* Asked under the lock: then a REC that is not running will not run, and everything that its last PE left is to be seen. */
static inline bool rec_is_running(const struct rec *rec)
{
        point_touch(OBJECT_REC, rec->pa, false);
        return __atomic_load_n(&rec->state, __ATOMIC_ACQUIRE) == RMMSIM_REC_REC_RUNNING;
}

/* The state alone, where nobody listens. */
static inline void rec_store_state(struct rec *rec, unsigned state)
{
        point_touch(OBJECT_REC, rec->pa, true);
        __atomic_store_n(&rec->state, state, __ATOMIC_RELEASE);
}

/* Setters that take an edge of states.def; the caller may touch the field as said above. */
static inline void rec_set_state(struct pe *pe, struct rec *rec, unsigned state)
{
        trace_edge(&pe->rmm->trace, pe->index, RMMSIM_OBJECT_REC, rec->pa, rec->state, state);
        rec_store_state(rec, state);
}

static inline void rec_set_runnable(struct pe *pe, struct rec *rec, unsigned runnable)
{
        trace_edge(&pe->rmm->trace, pe->index, RMMSIM_OBJECT_POWER, rec->pa, rec->runnable, runnable);
        rec->runnable = runnable;
}

static inline void rec_set_pending(struct pe *pe, struct rec *rec, unsigned pending)
{
        trace_edge(&pe->rmm->trace, pe->index, RMMSIM_OBJECT_PENDING, rec->pa, rec->pending, pending);
        rec->pending = pending;
}

static inline void rec_set_attest(struct pe *pe, struct rec *rec, unsigned attest_state)
{
        trace_edge(&pe->rmm->trace, pe->index, RMMSIM_OBJECT_ATTEST, rec->pa, rec->attest_state, attest_state);
        rec->attest_state = attest_state;
}

/* PSTATE and SCTLR_EL1 where a vCPU starts: EL1h with D, A, I and F masked; MMU and caches off. */
#define PSTATE_START UINT64_C(0x3C5)
#define SCTLR_START  UINT64_C(0xC50878)
#define SCTLR_EE     BIT(25)

/* System registers, GIC and timers of a vCPU that was never run. Specification: REC_CREATE, reset to AArch64. */
void rec_reset(struct rec *rec, const struct rmm *rmm, const struct realm *realm);

/*
 * The RECs of a Realm, as a list, newest first. The caller holds the Realm's lock, to change the list alone. A link
 * is the PA with bit 0 set, so that a REC at PA 0 has one too and zeroed memory is a valid empty list.
 */
void rec_link(const struct rmm *rmm, struct realm *realm, struct rec *rec);
void rec_unlink(const struct rmm *rmm, struct realm *realm, const struct rec *rec);

/* The first REC, and the one after a REC; NULL at the end. */
struct rec *rec_first(const struct rmm *rmm, const struct realm *realm);
struct rec *rec_next(const struct rmm *rmm, const struct rec *rec);

/* The REC with an index, or NULL. Of a REC that is running only the constants may be looked at. */
struct rec *rec_find(const struct rmm *rmm, const struct realm *realm, uint64_t index);

#endif
