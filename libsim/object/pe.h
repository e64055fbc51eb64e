/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pe.h - a PE: what belongs to one thread at a time while it is inside the RMM.
 *
 * Everything a command needs beside its objects lives here, allocated once: hashing contexts, the private copy of a page
 * that the host shares, the last refusal, counters. So PEs share no cache line that they write.
 */
#ifndef PE_H
#define PE_H

#include "bits.h"
#include "command.h"
#include "hash.h"
#include "profile.h"
#include <rmmsim/inspect.h>
#include <stdalign.h>
#include <stdatomic.h>

struct fault;
struct rmm;
struct rmmsim_meter;

/* Interrupts that wait for a REC to run on the PE. */
enum {
        PE_IRQ = 1,
        PE_FIQ = 2,
        PE_SERROR = 4
};

/* What a vCPU does when the host enters it again. */
enum resume {
        RESUME_DONE,     /* goes on behind the instruction that exited                  */
        RESUME_REDO,     /* executes it again                                           */
        RESUME_EXCEPTION /* has taken an exception to EL1 instead                       */
};

/* The entry that the PE is in: from RMI_REC_ENTER to its return. */
struct entry {
        bool exiting; /* the host's turn has come                                 */
        bool trap_wfi;
        bool trap_wfe;
        uint32_t traps;      /* how many the REC has made in this entry                  */
        uint32_t traps_max;  /* after so many the entry is looked at: its quantum, or a fault */
        struct fault *fault; /* an exit that is injected after so many traps as it says; or NULL */
};

/*
 * What the PE has counted. A command that is refused counts its condition, which implies the status; statuses that no condition
 * implies are counted by themselves, and what is left of the calls succeeded.
 */
struct pe_statistics {
        uint64_t commands[RMMSIM_NUM_COMMANDS + 1];
        uint64_t exits[RMMSIM_NUM_EXIT_REASONS];
        uint64_t locks;
        uint64_t pages_read;    /* of the host                                                            */
        uint64_t pages_written; /* of the host, but for those that RMI_GRANULE_UNDELEGATE wipes           */
        uint64_t roots_changed; /* root tables that came or went with their Realms                         */
        uint64_t conditions[RMMSIM_NUM_CONDITIONS];
        uint64_t statuses[RMMSIM_NUM_COMMANDS + 1][RMMSIM_NUM_STATUSES];
};

struct pe {
        alignas(64) _Atomic uint32_t busy; /* a thread is inside the RMM on this PE                         */
        unsigned index;
        struct rmm *rmm;
        enum rmmsim_command command; /* what it is doing: the `taker` of Granules                     */
        struct hasher hasher;
        struct refusal_record refusal;
        struct rmmsim_refusal refusal_public;
        char refusal_text[320];
        uint64_t commands_until_audit;
        uint64_t trespass;     /* with RMMSIM_ERROR_TRESPASS: where the host has written to  */
        int library_error;     /* what the command met beside its status                       */
        unsigned status_fault; /* the fault that last answered a command, or a call of its REC         */
        unsigned page_fault;   /* the one that took a page of the host away in this command; 0: none   */
        struct pe_statistics statistics;
        struct entry entry;
        struct rmmsim_meter *meter;              /* NULL: nobody times the PE                                 */
        alignas(64) _Atomic uint32_t interrupts; /* PE_IRQ, ...; raised from any thread                     */
        _Atomic uint64_t serror_esr;
        alignas(64) struct rmmsim_rec_exit exit; /* what the exit will say; all zero between entries       */
        alignas(64) uint8_t page[GRANULE_SIZE];  /* private copy of a page of the host                       */
};

/* Only the PE counts, but anybody may read at any time. */
static inline void pe_count(uint64_t *counter)
{
        __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* The exit record of the entry that the PE is in. */
static inline struct rmmsim_rec_exit *pe_exit(struct pe *pe)
{
        return &pe->exit;
}

#endif
