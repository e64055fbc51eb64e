/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmmsim.h - a Realm Management Monitor that links into a test binary.
 *
 * Call rmmsim_smc() where your code executes an SMC and get what an RMM answers. An instance is a whole machine: memory,
 * PEs, one RMM. Instances share nothing.
 *
 * Threads: a PE belongs to one thread at a time; different PEs may call at once, without any lock of the caller's. All
 * other functions may be called from any thread at any time, except rmmsim_create(), rmmsim_destroy() and rmmsim_audit().
 *
 * Three channels, never mixed: statuses of the RMM are data in registers; errors of the library are negative integers
 * (enum rmmsim_error_code); misuse of the library goes to the misuse handler, which stops the program by default.
 *
 * Argument order everywhere: the handle, outputs, inputs, each length by its pointer.
 */
#ifndef RMMSIM_H
#define RMMSIM_H

#include <rmmsim/abi.h>
#include <rmmsim/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rmmsim; /* an instance */

/* ---- configuration ------------------------------------------------------------------------------------------------ */

enum rmmsim_region_kind {
        RMMSIM_REGION_DRAM,  /* delegable                                                        */
        RMMSIM_REGION_DEVICE /* not delegable; host and Realm can access it through mappings     */
};

/*
 * A range of physical addresses. base and size are multiples of 4096; size is at most 1 TiB; regions do not overlap and
 * end at or below 2^52. Who owns the memory behind it:
 *   - memory == NULL, phys_to_virt == NULL: the library, zeroed and backed by the system on first touch;
 *   - memory != NULL: the caller, `size` bytes aligned to 4096 that stay valid until rmmsim_destroy(). For an identity-mapped host, base
 *     equals (uint64_t)memory;
 *   - phys_to_virt != NULL: the caller, reached page by page: given a page-aligned PA it returns a pointer to those 4096
 *     bytes, or NULL if the page cannot be accessed (the RMM then behaves as at a Granule Protection Fault). Called on
 *     any thread, with locks held: it must not call the library.
 */
struct rmmsim_region {
        uint64_t base;
        uint64_t size;
        enum rmmsim_region_kind kind;
        void *memory;
        void *(*phys_to_virt)(void *context, uint64_t pa);
};

/* In a field where 0 means the default: really zero, or absent. */
#define RMMSIM_NONE 0xffu

/*
 * What the platform offers; most of it is what RMI_FEATURES reports. Zero means the default in brackets.
 * Specification: RmiFeatureRegister0.
 */
struct rmmsim_features {
        uint8_t s2sz;           /* widest IPA space in bits, 32..48, or ..52 with lpa2 [48]                          */
        uint8_t ipa_width_min;  /* narrowest IPA space accepted, 32..s2sz; not discoverable [32]                     */
        uint8_t pa_bits;        /* physical address bits, 32..52 [48, 52 with lpa2]; level 0 tables need 44          */
        bool lpa2;              /* 52-bit IPAs [no]                                                                  */
        uint8_t sve_vectors;    /* longest SVE vector in units of 128 bits, 1..16 [0: no SVE]                        */
        uint8_t num_bps;        /* breakpoints, 2..64 [6]                                                            */
        uint8_t num_wps;        /* watchpoints, 2..64 [4]                                                            */
        bool no_pmu;            /* no PMU [PMU]                                                                      */
        uint8_t pmu_num_ctrs;   /* PMU event counters, 1..31 or RMMSIM_NONE [6]                                      */
        bool no_sha_256;        /* [SHA-256 offered]                                                                 */
        bool no_sha_512;        /* [SHA-512 offered]                                                                 */
        uint8_t gicv3_num_lrs;  /* GIC list registers, 1..16 [4]                                                     */
        uint8_t max_recs_order; /* at most 2^n - 1 RECs in a Realm, 1..15 [10]                                       */
        uint8_t rec_aux_count;  /* auxiliary Granules of a REC, 1..16 or RMMSIM_NONE [16]    */
        uint8_t vmid_bits;      /* 8 or 16 [16]                                                                      */
        uint8_t gic_priority_bits; /* 5..8 [5]                                                                       */
        uint8_t gic_intid_bits;  /* 16 or 24 [16]                                                                     */
        bool gic_extended_range; /* extended PPI and SPI ranges [no]                                                 */
};

/* Which interface an instance serves. */
enum rmmsim_profile {
        RMMSIM_PROFILE_RMM_1_0,          /* RMM 1.0-rel0, the specification's reading            */
        RMMSIM_PROFILE_RMM_1_0_REFERENCE /* the same with the behaviours of deployed monitors    */
};

/* Behaviours of deployed monitors, to be added to a profile: RMMSIM_QUIRK_psci_smc32, ... (spec/quirks.def). */
#define QUIRK(name, bit, PRESET, meaning) static const uint64_t RMMSIM_QUIRK_##name = UINT64_C(1) << bit;
#include <rmmsim/spec/quirks.def>

/*
 * Told about a misuse of the library: a PE used by two threads at once, a PE that does not exist, an invariant of the
 * audit that does not hold. If it returns, the misused call does nothing and returns RMMSIM_ERROR_MISUSE, or NULL where it
 * returns a pointer; rmmsim_call() then has NOT_SUPPORTED in x0, and after a failed audit rmmsim_smc() returns
 * RMMSIM_ERROR_AUDIT.
 */
typedef void rmmsim_misuse_fn(void *context, const char *sentence);

/*
 * Guards: while a Granule is delegated its page is out of bounds for the host, and hardware answers an access with a Granule
 * Protection Fault. What the library does in its place.
 */
enum rmmsim_guard {
        /*
         * In a program under AddressSanitizer the page is poisoned, under Valgrind it may not be accessed: the tool reports the faulty
         * line. In any other program nothing is done, and nothing is paid. A page of the caller's that two PAs show is closed
         * for both.
         */
        RMMSIM_GUARD_TOOLS,

        RMMSIM_GUARD_NONE, /* not even that */

        /*
         * The page is filled with a pattern, and looked at when a command changes the Granule's state: writes are found, late, and
         * reads are not. Works for all memory.
         */
        RMMSIM_GUARD_CANARY,

        /*
         * The page is taken away by mprotect(): the access is a SIGSEGV at the faulty line, and is explained before the program ends.
         * Costs a system call at each delegation and undelegation. The library handles SIGSEGV for the process from the first such
         * instance on, and hands what is not its own to the handler that was there before. For memory that the library
         * owns, or that the caller owns and that stands in pages of its own; needs a system with pages of 4096 bytes. The
         * system limits the number of mappings (vm.max_map_count): pages beyond are not guarded.
         */
        RMMSIM_GUARD_PROTECT
};

/* An access that a guard has found. */
struct rmmsim_trespass {
        uint64_t pa; /* what was accessed: exactly, or with RMMSIM_GUARD_CANARY the first byte that differs */
        enum rmmsim_state state;   /* of the Granule, RMMSIM_GRANULE_*; with RMMSIM_GUARD_CANARY after the command    */
        enum rmmsim_command taker; /* since that command it is in this state                                        */
        unsigned giver;            /* the PE that delegated it                                                       */
        const char *sentence;      /* all of it, for a reader; during the call                                       */
};

/*
 * Told about an access. With RMMSIM_GUARD_PROTECT it runs in the signal handler of the thread that made it: it may leave by
 * siglongjmp(), and if it returns the program ends by the signal. With RMMSIM_GUARD_CANARY it is called at the end of the command that
 * noticed, which then returns RMMSIM_ERROR_TRESPASS. It must not call the library.
 */
typedef void rmmsim_trespass_fn(void *context, const struct rmmsim_trespass *trespass);

/*
 * The adversary: called while a command of the host reads or writes a page that the host shares (parameters, run pages,
 * contents of Data), with the page, so that it can change it at the worst moments. If a change at READ_END makes a difference to the
 * command, the RMM has looked twice; if one at WRITE_BEGIN survives, it has not written. Locks are held: it must not call the library.
 */
enum rmmsim_access {
        RMMSIM_ACCESS_READ_BEGIN,
        RMMSIM_ACCESS_READ_END,
        RMMSIM_ACCESS_WRITE_BEGIN,
        RMMSIM_ACCESS_WRITE_END
};
typedef void rmmsim_adversary_fn(void *context, unsigned pe, uint64_t pa, void *page, enum rmmsim_access access);

/* Told by rmmsim_destroy(), by rising address, about each Granule that has not come back, and the command that took it. */
struct rmmsim_granule;
typedef void rmmsim_lost_fn(void *context, uint64_t pa, const struct rmmsim_granule *granule);

struct rmmsim_config {
        void *context;                       /* handed to every callback below                                       */
        const struct rmmsim_region *regions; /* copied; at least one with kind RMMSIM_REGION_DRAM                    */
        size_t num_regions;                  /* 1..32                                                                */
        unsigned num_pes;                    /* 1..1024 [1]                                                          */
        enum rmmsim_profile profile;
        uint64_t quirks; /* RMMSIM_QUIRK_* added to the profile                                  */
        struct rmmsim_features features;
        uint64_t seed;                  /* where all keys come from: the same seed gives the same token bytes   */
        unsigned token_components;      /* more software components in the platform token, to make it longer [0];*/
                                        /* each adds about 112 bytes; at most 500                                */
        rmmsim_trace_fn *trace;         /* NULL: no events are made                                             */
        rmmsim_misuse_fn *misuse;       /* NULL: print to stderr and abort()                                    */
        enum rmmsim_guard guard;        /* how accesses of the host to delegated memory are found               */
        rmmsim_trespass_fn *trespass;   /* NULL: print to stderr and abort(), or end by the signal         */
        rmmsim_adversary_fn *adversary; /* NULL: there is none                                             */
        rmmsim_lost_fn *lost;           /* NULL: what is lost is not told                                  */
        unsigned audit_period;          /* audit after every n-th command; 0: only on demand. One PE at a time  */
        uint32_t max_guests;            /* guest functions started and not yet destroyed, at once [4096]        */
        size_t guest_stack_size;        /* bytes of stack of a guest function, at least 65536 [262144]          */
        uint32_t guest_quantum;         /* traps after which an entry ends with an IRQ exit; 0: never           */
};

/* ---- errors ------------------------------------------------------------------------------------------------------- */

enum rmmsim_error_code {
        RMMSIM_OK = 0,
        RMMSIM_ERROR_CONFIG = -1,    /* the configuration makes no sense                                            */
        RMMSIM_ERROR_MEMORY = -2,    /* the system gave no memory                                                   */
        RMMSIM_ERROR_MISUSE = -3,    /* see the misuse handler                                                      */
        RMMSIM_ERROR_ADDRESS = -4,   /* the address is in no region, or not accessible to the host                  */
        RMMSIM_ERROR_STATE = -5,     /* the object is not in the state that the call needs                          */
        RMMSIM_ERROR_NO_GUEST = -6,  /* no guest is bound to the address where a REC started                        */
        RMMSIM_ERROR_NO_STACK = -7,  /* max_guests guest functions exist already                                    */
        RMMSIM_ERROR_AUDIT = -8,     /* an invariant does not hold                                                  */
        RMMSIM_ERROR_CRYPTO = -9,    /* libcrypto refused                                                           */
        RMMSIM_ERROR_TRESPASS = -10, /* the host has written to memory that it gave away                           */
        RMMSIM_ERROR_FILE = -11      /* a file cannot be opened, or not be written                                 */
};

struct rmmsim_error {
        enum rmmsim_error_code code;
        char text[256]; /* one sentence that says what to do */
};

/* A sentence for a code. */
const char *rmmsim_error_text(int code);

/* ---- instances ---------------------------------------------------------------------------------------------------- */

/*
 * Create an instance. Takes no time in proportion to the memory it simulates. config may be discarded afterwards.
 * Returns NULL and fills *error (unless NULL) with RMMSIM_ERROR_CONFIG, _MEMORY or _CRYPTO.
 */
struct rmmsim *rmmsim_create(const struct rmmsim_config *config, struct rmmsim_error *error);

/*
 * Destroy an instance and everything in it, guests included. No PE may be inside a call. NULL is ignored. Memory that the
 * caller owns keeps its contents.
 */
void rmmsim_destroy(struct rmmsim *sim);

/* ---- the host's calls --------------------------------------------------------------------------------------------- */

/*
 * Perform one SMC as the host, on a PE (0 .. num_pes - 1).
 *
 * regs holds x0..x17 on entry and on return; x0 selects the command (an SVE hint in bit 16 is ignored). The call completes
 * before it returns, guest execution included. While a guest runs, it or a callback may act as the host on another PE.
 *
 * Returns 0 when the command was delivered, whatever its status. RMMSIM_ERROR_MISUSE: nothing happened.
 * RMMSIM_ERROR_NO_GUEST, RMMSIM_ERROR_NO_STACK: RMI_REC_ENTER succeeded and exited with reason IRQ, without the guest
 * having run. RMMSIM_ERROR_AUDIT: the command was delivered, and the audit that followed found a broken invariant.
 * RMMSIM_ERROR_CRYPTO: the command was carried out, but libcrypto failed to hash, so the Realm's measurement is wrong.
 * RMMSIM_ERROR_TRESPASS: the command was delivered, and RMMSIM_GUARD_CANARY found a page of its Granules written to.
 */
int rmmsim_smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs);

/*
 * The same with the inputs by name; returns x0..x17. For tests that have no SMC wrapper of their own:
 *
 *     uint64_t x0 = rmmsim_call(sim, 0, rmi_granule_delegate, .addr = pa).x[0];
 *
 * In C++ as well: there names come with C++20 and stand in the order of the command's inputs.
 */
#define rmmsim_call(sim, pe, name, ...)                                                                                \
        rmmsim_call_fields(sim, pe, rmmsim_fid_##name, RMMSIM_FIELDS(name, __VA_ARGS__),                               \
                           sizeof(struct rmmsim_##name) / sizeof(uint64_t))
struct rmmsim_regs rmmsim_call_fields(struct rmmsim *sim, unsigned pe, uint32_t fid, const uint64_t *fields,
                                      size_t num_fields);

/*
 * Why the last SMC on this PE was refused, or NULL if it was not. Valid until the next SMC on the PE; same thread rules as
 * rmmsim_smc().
 */
const struct rmmsim_refusal *rmmsim_why(const struct rmmsim *sim, unsigned pe);

/* ---- the host's memory -------------------------------------------------------------------------------------------- */

/*
 * Where the host sees a PA: a pointer to `size` contiguous bytes, or NULL if they are not all in one region, or the
 * region is reached page by page and `size` crosses a page. The pointer stays valid until rmmsim_destroy(). Touching a page
 * while it is delegated is the error that real hardware answers with a Granule Protection Fault.
 */
void *rmmsim_host_pointer(const struct rmmsim *sim, uint64_t pa, size_t size);

/*
 * Change the GPT entry of the Granules in [pa, pa + size) as the platform would, outside the RMM. They must be in DRAM
 * and UNDELEGATED, else RMMSIM_ERROR_STATE and nothing changes; RMMSIM_GPT_GPT_REALM is refused with RMMSIM_ERROR_CONFIG, pa
 * or size that are no multiples of 4096 with RMMSIM_ERROR_ADDRESS.
 * Specification: Granule Protection Table.
 */
int rmmsim_gpt_set(struct rmmsim *sim, uint64_t pa, size_t size, enum rmmsim_state gpt);

/* ---- the outside world -------------------------------------------------------------------------------------------- */

/*
 * Raise a physical interrupt at a PE. The REC that runs there, or the next one to run there, exits; the exit takes the
 * interrupt. Any thread. Returns 0 or RMMSIM_ERROR_MISUSE.
 */
int rmmsim_irq_raise(struct rmmsim *sim, unsigned pe);
int rmmsim_fiq_raise(struct rmmsim *sim, unsigned pe);

/* The same with an SError whose syndrome is `esr` (ESR_EL2; the exit shows the fields that the specification lists). */
int rmmsim_serror_raise(struct rmmsim *sim, unsigned pe, uint64_t esr);

/* The counter that all timers compare with; it starts at 0 and moves only here. Any thread. */
uint64_t rmmsim_time(const struct rmmsim *sim);
void rmmsim_time_advance(struct rmmsim *sim, uint64_t ticks);

/* ---- looking inside: more of it is in inspect.h ------------------------------------------------------------------- */

/* Granule at a PA. */
struct rmmsim_granule {
        enum rmmsim_state state;   /* RMMSIM_GRANULE_*                                                    */
        enum rmmsim_state gpt;     /* RMMSIM_GPT_*                                                        */
        enum rmmsim_command taker; /* the command that brought it into this state                       */
};

/*
 * Returns 0, or RMMSIM_ERROR_ADDRESS if pa is not delegable. While another PE changes the Granule, `taker` may already be that
 * of the next state.
 */
int rmmsim_granule(const struct rmmsim *sim, struct rmmsim_granule *granule, uint64_t pa);

/*
 * The first Granule at or above `from` that is not UNDELEGATED. Returns true and sets *pa, or false when there is none, and
 * then *pa means nothing: an instance whose Granules have all come back answers false for from = 0.
 */
bool rmmsim_next_delegated(const struct rmmsim *sim, uint64_t *pa, uint64_t from);

/*
 * Check the invariants of the whole instance: one owner for every Granule, well-formed trees, sound Realms and RECs. The
 * report names the first that does not hold. No PE may be inside a call. Returns 0 or RMMSIM_ERROR_AUDIT.
 */
struct rmmsim_report {
        uint64_t checked;   /* objects visited                                     */
        char invariant[16]; /* "G9": the name in the audit's table; "" if all hold */
        char text[240];     /* the offender, for a reader                          */
};
int rmmsim_audit(const struct rmmsim *sim, struct rmmsim_report *report);

#ifdef __cplusplus
}
#endif

#endif
