/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recorder.h - a recording that is under way: lines in their order, and what each is made of.
 *
 *     record.c           begin and end
 *     record_settings.c  what an instance is like when a recording begins
 *     record_order.c     the lock, the places of lines, and writing them out; what the world outside does
 *     record_events.c    edges and faults
 *     record_interrupts.c  when they come
 *     record_host.c      the host's calls, entries and exits
 *     record_guest.c     what vCPUs do
 *     record_pages.c     what the reader of the trace knows of the host's memory
 *     record_text.c      texts that grow, and names
 *
 * One lock guards the order. Nothing is waited for while it is held, and no point lies in between, so an exploration never sees it.
 * A line that has a place belongs to the PE that makes it until it is complete; only its events are looked at meanwhile.
 */
#ifndef RECORDER_H
#define RECORDER_H

#include "record_sink.h"
#include "sim.h"
#include <pthread.h>
#include <rmmsim/spec.h>
#include <stdio.h>

/* ---- texts -------------------------------------------------------------------------------------------------------- */

struct text {
        char *data;
        size_t length;
        size_t size;
        bool failed; /* there was no memory */
};

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);
void text_add_hex(struct text *text, const void *bytes, size_t size);
void text_free(struct text *text);

/* " => ..." of a command: its status, a condition (NULL: none), outputs. x0.. are what it returned. */
void text_answer(struct text *text, enum rmmsim_command id, const char *condition, const uint64_t *x);
/* The name of a condition; NULL for none. */
const char *text_condition(enum rmmsim_condition refused);
/* " => X0 X1 ...", without trailing zeroes. */
void text_registers(struct text *text, const char *before, const uint64_t *x);
/* "name argument=VALUE ..." if that says all that counts, else "smc X0 X1 ...". Returns the command, or NONE for the latter. */
enum rmmsim_command text_call(struct text *text, bool of_host, const uint64_t *x);
bool text_is_zero(const uint8_t *bytes, size_t size);
/* A little-endian number of 1 to 8 bytes. */
uint64_t text_number(const uint8_t *bytes, unsigned size);
/* " field=VALUE", " field[3]=VALUE", " field=HEX" of what is not zero. `bytes` is where the field begins. */
void text_field(struct text *text, const struct rmmsim_spec_field *field, const uint8_t *bytes);
void text_event(struct text *text, const struct rmmsim_event *event);

/* ---- lines -------------------------------------------------------------------------------------------------------- */

/* What a line did to the host's memory, or saw there. */
enum memory_kind {
        MEMORY_NONE,
        MEMORY_PAGE,  /* a page was read, as `structure` says; NULL: all of it */
        MEMORY_LOAD,  /* some bytes were */
        MEMORY_STORE, /* some bytes were written */
        MEMORY_FORGET /* nothing is known any more */
};

struct line {
        struct line *next;
        struct line *previous;
        uint64_t serial; /* by the time at which it got its place */
        bool placed;
        bool complete;
        bool raced; /* no place explains by which condition the call was refused */
        unsigned num_recs;
        uint64_t recs[2]; /* of which a call of the host has seen whether they run */
        struct text text; /* all of it, with the end of the line */
        struct rmmsim_event *events;
        unsigned num_events;
        unsigned max_events;
        enum memory_kind memory;
        const char *structure;
        uint64_t pa;
        size_t size;
        uint8_t *bytes;
};

/* A vCPU, by the address of its REC. Behind each is another, of the snapshot. */
struct recorded_vcpu {
        struct recorded_vcpu *next;
        uint64_t rec;
        bool unanswered; /* its last instruction has not come back */
        bool again;      /* and will be executed again             */
        struct rmmsim_trap trap;
        enum rmmsim_command command; /* of an SMC: as it is written          */
        enum rmmsim_condition refused;
        uint64_t gprs[31]; /* as a replay has them now */
};

struct recorded_pe {
        struct line *line; /* of the host's call, or of its exit     */
        struct line *trap; /* of the vCPU that runs                  */
        struct recorded_vcpu *vcpu;
        bool has_begun;        /* the call may see what others do ...    */
        uint64_t begin;        /* ... from the line with this serial on  */
        unsigned first_untold; /* of the events of its line, since then */
        bool acts;             /* and now it does, and has the lock      */
        bool has_entered;
        bool is_in_instruction; /* of the vCPU that runs: these interrupts have to wait */
        uint32_t interrupts;
        uint64_t serror_esr;
        bool exits; /* and is on its way out */
        uint64_t in[18];
        struct rmmsim_rec_exit exit;
};

enum {
        KNOWN_BUCKETS = 1024,
        VCPU_BUCKETS = 64
};

struct known_page;

struct recorder {
        struct record_sink sink; /* first: hooks get it, and mean the whole */
        struct rmmsim *sim;
        char *path;
        FILE *file;
        int error;
        int error_number; /* errno with it */

        pthread_mutex_t lock;
        struct line *first;
        struct line *last;
        uint64_t next_serial;
        struct known_page *known[KNOWN_BUCKETS];
        bool forgotten; /* what is not known may be anything; else it is zero */

        pthread_mutex_t vcpus_lock;
        struct recorded_vcpu *vcpus[VCPU_BUCKETS];
        struct recorded_pe pes[];
};

static inline struct recorder *recorder_of(struct record_sink *sink)
{
        return (struct recorder *)(void *)sink;
}

static inline struct recorder *sim_recorder(const struct rmmsim *sim)
{
        return recorder_of(sim->rmm.recorder);
}

/* A line, without a place. NULL, and noted, where there is no memory: all functions below take that. */
struct line *line_new(struct recorder *recorder);
void line_memory(struct line *line, enum memory_kind kind, uint64_t pa, const void *bytes, size_t size);

/* The text is as it stays: write it out as soon as all before it is. Gives a place at the end to one that has none. */
void line_complete(struct recorder *recorder, struct line *line);
/* A line that is complete, at the end. The caller has the lock. */
__attribute__((format(printf, 2, 3))) void line_say(struct recorder *recorder, const char *format, ...);
/* A line that never came to anything. */
void line_drop(struct recorder *recorder, struct line *line);

/* Hooks, by the file that has them. */
void record_place_hook(struct record_sink *sink, unsigned pe, const struct record_need *needs, unsigned num_needs);
void record_acted_hook(struct record_sink *sink, unsigned pe);
void record_vmid_hook(struct record_sink *sink, unsigned pe, unsigned vmid, bool used);
void record_tell_late(struct recorder *recorder, const struct recorded_pe *self);
void record_event(void *context, const struct rmmsim_event *event);
void record_host_hooks(struct record_sink *sink);
void record_guest_hooks(struct record_sink *sink);

/* An interrupt comes; and an instruction of a vCPU, or an entry, begins or is over. */
void record_raise(struct rmmsim *sim, unsigned pe, uint32_t interrupt, uint64_t esr);
void record_instruction(struct recorder *recorder, unsigned pe, bool begins);

/* Note trouble, the first one only. */
void record_fail(struct recorder *recorder, int error);

/* Write out all that is left. */
void record_flush_all(struct recorder *recorder);

/* ---- what the reader knows ---------------------------------------------------------------------------------------- */

/* Write what has to be said of memory before a line; and learn from the line what it has done. */
void known_before(struct recorder *recorder, struct text *text, const struct line *line);
void known_after(struct recorder *recorder, const struct line *line);
void known_free(struct recorder *recorder);

/* ---- vCPUs -------------------------------------------------------------------------------------------------------- */

struct recorded_vcpu *recorded_vcpu(struct recorder *recorder, uint64_t rec);
void recorded_vcpus_free(struct recorder *recorder);

/* At a snapshot, and when it is gone back to: nobody is inside a call. */
void recorded_vcpus_keep(struct recorder *recorder);
void recorded_vcpus_restore(struct recorder *recorder);

/* ---- the rest ----------------------------------------------------------------------------------------------------- */

/* The settings, and what there was before. Returns whether the instance had been used. */
bool record_settings(struct text *text, const struct rmmsim *sim);
void text_fault(struct text *text, const struct rmmsim_fault *fault);

/* End, at the end of the instance: trouble is said on stderr. */
void record_close(struct rmmsim *sim);

/* PEs were left where they stood. */
void record_abandon(struct rmmsim *sim);

/*
 * What the world outside does, as one line, which *text becomes. It happens between the two, and nothing else. Nothing is done in an
 * instance that is not recorded.
 */
void record_outside_begin(struct rmmsim *sim, struct text *text, enum memory_kind memory);
void record_outside_end(struct rmmsim *sim);

static inline bool sim_is_recorded(const struct rmmsim *sim)
{
        return __builtin_expect(sim->rmm.recorder != NULL, 0);
}

#endif
