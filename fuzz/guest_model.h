/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_model.h - what a Realm is promised, as a second implementation of it: registers, memory, RIPAS, calls, exits.
 *
 * The model runs beside the library, trap by trap. Before a REC is entered it says what the entry returns and whether the
 * guest's step function is called; at each trap it says whether the guest goes on, and with which registers, or what every
 * byte of the exit half of the run page is. So whatever the host learns or changes beyond what the specification lists is a
 * difference. Written from the specification's fact sheets; of the library it uses what a client sees.
 *
 * What it does not know it takes over: virtual interrupts that the Realm has acknowledged, registers that identify the
 * CPU, and the bytes of attestation tokens.
 */
#ifndef GUEST_MODEL_H
#define GUEST_MODEL_H

#include "world.h"
#include <string.h>

#define MODEL_PAGE UINT64_C(4096)
#define MODEL_L2   (UINT64_C(2) << 20)
#define MODEL_L1   (UINT64_C(1) << 30)

enum {
        MODEL_RECS = 3,
        MODEL_DATA = 12,  /* Granules that are the Realm's memory, or could be    */
        MODEL_HOST = 8,   /* pages of the host that are watched                   */
        MODEL_SHARES = 8, /* mappings at Unprotected IPAs, at most                */
        MODEL_TABLES = 4,
        MODEL_REGISTERS = 24, /* system registers that only store                 */
        MODEL_LRS = 4,
        MODEL_IPA_BITS = 40
};

/* An entry of a table for Protected IPAs: its RIPAS in bits 1:0, and */
enum {
        ENTRY_RIPAS = 3,
        ENTRY_ASSIGNED = 4,
        ENTRY_TABLE = 8
};

struct model_table {
        uint64_t base;
        int level;
        bool present;
        uint8_t entries[512];
};

enum model_data_state {
        DATA_DELEGATED,
        DATA_USED,
        DATA_HOST /* given back: UNDELEGATED */
};

struct model_data {
        uint64_t pa;
        enum model_data_state state;
        uint64_t ipa;
        unsigned unknown_from, unknown_to; /* bytes of a token, which the model takes over when it sees them */
};

struct model_share {
        uint64_t ipa;
        int level;
        uint64_t desc; /* 0: none */
};

/* What happens next to a vCPU. */
enum model_resume {
        RESUME_REDO,     /* the trap is made again      */
        RESUME_DONE,     /* the trap is over            */
        RESUME_EXCEPTION /* and it took an exception    */
};

enum model_pending {
        PENDING_NOTHING,
        PENDING_PSCI,
        PENDING_HOST_CALL,
        PENDING_RIPAS
};

enum model_token {
        TOKEN_NONE,
        TOKEN_BEGUN, /* not signed yet: the next CONTINUE takes long */
        TOKEN_SIGNED
};

struct model_timer {
        uint64_t ctl, cval, shown; /* CTL as the last exit showed it */
};

struct model_rec {
        uint64_t pa, run;
        uint64_t x[31];
        uint64_t pc, pstate, return_pc;
        uint64_t registers[MODEL_REGISTERS];
        bool in_handler, runnable, restart;
        enum model_pending pending;
        uint64_t ripas_base, ripas_top;
        uint8_t ripas_value;
        bool ripas_destroyed;
        uint64_t host_call_ipa;
        bool emulatable, unprotected; /* the last exit */
        uint64_t last_esr, last_far;
        enum model_token token;
        uint64_t token_read; /* bytes so far */
        struct model_timer phys, virt;
        uint64_t pmcr, pmu_enabled, pmu_interrupts, pmu_overflows;
        bool pmu_shown;
        uint64_t lrs[MODEL_LRS], hcr, eoicount, vmcr;
        bool gic_touched; /* since the entry */
        enum model_resume resume;
        bool trap_pending;
        struct rmmsim_trap trap;
        int result;
        bool adopts; /* x[trap.rt] is what the library says */
        bool either; /* the trap may end as an exit as well, or with an exception */
};

struct model {
        struct world *world;
        uint64_t rd, other_rd, other_rec;
        uint64_t quirks;
        bool pmu;
        uint8_t hash_algo;
        uint8_t rpv[64];
        uint64_t par_top;
        struct model_table tables[MODEL_TABLES];
        struct model_data data[MODEL_DATA];
        struct model_share shares[MODEL_SHARES];
        struct model_rec recs[MODEL_RECS];
        uint8_t measurements[5][64];
        uint64_t host[MODEL_HOST]; /* PAs: shared pages, then a run page a REC, then pages that nobody is to touch */
        uint32_t host_written;     /* a bit each: the contents below may differ from those at the start            */
        uint32_t data_written;
        uint64_t time;
        bool irq, fiq, serror;
        uint64_t serror_esr;
        bool system_off;
        uint64_t token_size;         /* once it is known */
        struct rmmsim_rec_exit exit; /* what the next exit shows */
        bool unknown;                /* a host call whose structure holds bytes of a token */
        bool bare;                   /* and without GIC, timers and PMU */
};

enum {
        HOST_SHARED = 0, /* three */
        HOST_RUN = 3,    /* one for each REC */
        HOST_QUIET = 6   /* two */
};

/* The one model that runs, and contents of the Realm's memory and of the host's pages as they should be. */
extern struct model model;
extern uint8_t (*model_data_bytes)[4096];       /* [MODEL_DATA] */
extern uint8_t (*model_host_bytes)[4096];       /* [MODEL_HOST] */
extern uint8_t model_buffers[MODEL_RECS][4096]; /* what a COPY_IN should bring */

#define MODEL_QUIRK(name) ((model.quirks & RMMSIM_QUIRK_##name) != 0)

/* ---- guest_memory.c ----------------------------------------------------------------------------------------------------- */

static inline uint64_t model_entry_size(int level)
{
        return UINT64_C(1) << (12 + 9 * (3 - level));
}

static inline bool model_is_protected(uint64_t ipa)
{
        return ipa < model.par_top;
}

static inline bool model_is_protected_range(uint64_t base, uint64_t top)
{
        return base < top && top <= model.par_top;
}

/* The entry of a Protected IPA, and its level. */
uint8_t *model_walk(uint64_t ipa, int *level);
/* The Granule behind a Protected IPA that is ASSIGNED. */
unsigned model_data_of(uint64_t ipa);
/* The mapping that an Unprotected IPA falls into, or NULL; *level is where the walk ends. */
struct model_share *model_walk_unprotected(uint64_t ipa, int *level);
/* RMI_RTT_SET_RIPAS and RSI_IPA_STATE_GET. */
uint64_t model_set_ripas(struct model_rec *rec, uint64_t base, uint64_t top, uint64_t *out_top);
uint64_t model_get_ripas(uint64_t base, uint64_t top, unsigned *ripas);
uint64_t model_map(uint64_t ipa, int64_t level, uint64_t desc);
uint64_t model_unmap(uint64_t ipa, int64_t level);
uint64_t model_data_create(uint64_t ipa, unsigned granule);
uint64_t model_data_destroy(uint64_t ipa, uint64_t *pa);
uint64_t model_upper_table(bool create);

enum model_outcome {
        ACCESS_PROTECTED,
        ACCESS_HOST,    /* memory of the host or a device */
        ACCESS_GPF,     /* the host's page is not the host's */
        ACCESS_BUS,     /* nothing is there                  */
        ACCESS_EMPTY,   /* an SEA                            */
        ACCESS_FAULT,   /* a Protected IPA: the host's turn  */
        ACCESS_OUTSIDE, /* a fault at an Unprotected IPA     */
        ACCESS_PERMISSION,
        ACCESS_BEYOND /* the IPA space */
};

struct model_target {
        enum model_outcome outcome;
        int level;
        unsigned data; /* PROTECTED */
        uint64_t pa;   /* HOST      */
};

enum model_access {
        ACCESS_READ,
        ACCESS_WRITE,
        ACCESS_FETCH
};

struct model_target model_translate(uint64_t ipa, enum model_access access);
uint8_t *model_protected_bytes(unsigned data, uint64_t ipa, bool write);
/* The shadow of a watched page of the host, or NULL. */
uint8_t *model_host_shadow(uint64_t pa, bool write);

/* ---- guest_exception.c: exceptions, exits, accesses ---------------------------------------------------------------------- */

void model_exit(struct model_rec *rec, enum rmmsim_exit_reason reason, enum model_resume resume);
void model_take(struct model_rec *rec, uint64_t esr, const uint64_t *far, uint64_t elr);
void model_take_sea(struct model_rec *rec, uint64_t esr, uint64_t far);
void model_take_undefined(struct model_rec *rec, uint64_t elr);
void model_exit_buffer(struct model_rec *rec, int level, uint64_t ipa);
/* Each of these returns true if the REC exits. */
bool model_do_access(struct model_rec *rec, const struct rmmsim_trap *trap);
void model_emulate(struct model_rec *rec, uint64_t value);

/* ---- guest_calls.c ------------------------------------------------------------------------------------------------------- */

bool model_smc(struct model_rec *rec);
void model_complete_ripas(struct model_rec *rec, uint64_t flags);
bool model_complete_host_call(struct model_rec *rec, const uint64_t *gprs);
uint64_t model_psci_complete(struct model_rec *caller, struct model_rec *target, uint64_t status);
void model_calls_open(void); /* libcrypto: once before the first world, and after the last */
void model_calls_close(void);

/* ---- guest_psci.c -------------------------------------------------------------------------------------------------------- */

bool model_psci(struct model_rec *rec, uint32_t fid, bool hint);
void model_answer(struct model_rec *rec, uint64_t x0, const uint64_t *outputs, unsigned num_outputs, bool rsi);

/* ---- guest_sysreg.c ------------------------------------------------------------------------------------------------------ */

enum model_register {
        REGISTER_SCTLR,
        REGISTER_VBAR,
        REGISTER_ESR,
        REGISTER_FAR,
        REGISTER_ELR,
        REGISTER_SPSR
};

void model_registers_reset(struct model_rec *rec);
bool model_sysreg(struct model_rec *rec, const struct rmmsim_trap *trap);
uint64_t model_timer_ctl(const struct model_timer *timer);
bool model_timers_changed(const struct model_rec *rec);
bool model_pmu_overflow(const struct model_rec *rec);
bool model_gic_valid(const struct rmmsim_rec_enter *enter);

/* ---- guest_turn.c: an entry, traps, an exit ------------------------------------------------------------------------------- */

/* x0 of an entry, or RMMSIM_RMI_SUCCESS and then in *steps whether the guest's step function is called first. */
uint64_t model_enter(struct model_rec *rec, const struct rmmsim_rec_enter *enter, bool *steps, bool *no_guest);
/* The guest makes a trap. Returns true if the REC exits. */
bool model_trap(struct model_rec *rec);
/* The exit half of the run page says what it should, whatever the model does not know taken over. */
void model_check_exit(struct model_rec *rec, const struct rmmsim_rec_exit *exit);

#endif
