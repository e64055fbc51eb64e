/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chaos.h - an instance under random calls: any registers, any parameter pages, any order, on any PE, from host and guest.
 *
 * Values come from the kinds of the arguments in the rows: a live object, a near miss, the right object in the wrong
 * state, garbage. The trace keeps lists of the Granules by state, so that live objects are at hand, and the last events, so
 * that a failure shows how it came to be. After every call its answer is checked; sometimes everything else is too.
 *
 *     chaos.c        the instance, its lists, its history
 *     chaos_host.c   what a host passes in registers
 *     chaos_pages.c  what it writes to parameter pages
 *     chaos_story.c  sequences that get somewhere: build a Realm, fold a block, take a Realm down
 *     chaos_guest.c  what a Realm does
 *     chaos_check.c  what must hold after a call
 */
#ifndef CHAOS_H
#define CHAOS_H

#include "command.h"
#include "dice.h"
#include "memory.h"
#include "rec.h"
#include <rmmsim/rmmsim.h>

enum {
        CHAOS_PES = 4,
        CHAOS_REGIONS_MAX = 4,
        CHAOS_GRANULES_MAX = 2048,
        CHAOS_HISTORY = 48,
        CHAOS_BLOCK = 512,
        CHAOS_NUM_STATES = RMMSIM_GRANULE_RTT + 1
};

/* An event with its registers. */
struct chaos_event {
        struct rmmsim_event event;
        uint64_t in[18];
        uint64_t out[18];
};

struct chaos {
        struct rmmsim *sim;
        struct dice dice;
        uint64_t seed;
        struct rmmsim_config config;
        struct rmmsim_region regions[CHAOS_REGIONS_MAX];

        /* Granules by state: numbers count through the DRAM regions. */
        unsigned num_granules;
        unsigned first_of_block; /* 512 Granules that stand aside, for a story that needs them in a row; or none */
        uint16_t listed[CHAOS_NUM_STATES][CHAOS_GRANULES_MAX];
        unsigned num_listed[CHAOS_NUM_STATES];
        uint16_t place[CHAOS_GRANULES_MAX];
        uint8_t state[CHAOS_GRANULES_MAX];

        struct chaos_event history[CHAOS_HISTORY];
        uint64_t num_events;
        uint64_t num_commands;
        uint64_t num_exits;
        uint64_t num_steps; /* of guests */
        uint64_t succeeded[RMMSIM_NUM_COMMANDS];
        uint64_t refused[RMMSIM_NUM_CONDITIONS];
        uint64_t focus; /* the Realm that most calls are about, if it exists */
        bool in_call[CHAOS_PES];
        unsigned depth;

        struct snapshot *before; /* of a sampled call */
        uint8_t copy_buffer[4096];
};

/* Make an instance as the seed says, of `num_dram` Granules. Destroy audits and takes everything down before. */
struct chaos *chaos_create(uint64_t seed, unsigned num_dram);
/* The same, where each page of the host can be reached. */
struct chaos *chaos_create_reachable(uint64_t seed, unsigned num_dram);
void chaos_destroy(struct chaos *chaos);

/* One step: a call, or a sequence of calls that get somewhere. */
void chaos_step(struct chaos *chaos);

/* ---- Granules --------------------------------------------------------------------------------------------------------- */

uint64_t chaos_pa(const struct chaos *chaos, unsigned number);
/* Does a Granule stand aside? */
static inline bool chaos_is_aside(const struct chaos *chaos, unsigned number)
{
        return number - chaos->first_of_block < CHAOS_BLOCK;
}
/* Returns num_granules if the PA is in no DRAM region. */
unsigned chaos_number(const struct chaos *chaos, uint64_t pa);
/* A Granule in a state; if there is none, any. */
uint64_t chaos_granule(struct chaos *chaos, unsigned state);
/* Its contents in the Realm world. */
void *chaos_page(const struct chaos *chaos, uint64_t pa);
/* A Realm, or NULL; a REC of a Realm, or of any if realm is NULL. */
const struct realm *chaos_realm(struct chaos *chaos);
const struct rec *chaos_rec(struct chaos *chaos, const struct realm *realm);
/* Is there a REC that can be entered? */
bool chaos_can_run(struct chaos *chaos);
/* An IPA that is likely to mean something in a Realm, aligned for an entry of a level. */
uint64_t chaos_ipa(struct chaos *chaos, const struct realm *realm, int64_t level);
int64_t chaos_level(struct chaos *chaos, const struct realm *realm);

/* A PA that is nearly right. */
uint64_t chaos_near_miss(struct chaos *chaos, uint64_t pa);
/* Parameters for a Realm, or for a REC of a Realm; and the host's half of a run page. */
void chaos_fill_realm_params(struct chaos *chaos, struct rmmsim_realm_params *params);
void chaos_fill_rec_params(struct chaos *chaos, const struct realm *realm, struct rmmsim_rec_params *params);
void chaos_fill_run(struct chaos *chaos, const struct rec *rec, struct rmmsim_rec_enter *enter);

/* ---- calls ------------------------------------------------------------------------------------------------------------ */

/* Registers for a command: mostly sound. Prepares the parameter page. */
void chaos_arguments(struct chaos *chaos, enum rmmsim_command id, uint64_t *x);
/* Call and check. */
struct rmmsim_regs chaos_call(struct chaos *chaos, struct rmmsim_regs regs);
/* Any call. */
void chaos_any_call(struct chaos *chaos);
/* Sequences that get somewhere. */
void chaos_story(struct chaos *chaos);
void chaos_tear_down(struct chaos *chaos);

/* Start a new Realm's programs. */
void chaos_bind(struct chaos *chaos, uint64_t rd);

/* ---- checks ----------------------------------------------------------------------------------------------------------- */

/* Print seed and history. */
void chaos_show(const struct chaos *chaos);
/* The same, and stop. */
_Noreturn void chaos_fail(struct chaos *chaos, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define CHAOS_CHECK(chaos, condition, ...)                                                                             \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        chaos_fail(chaos, __VA_ARGS__);                                                                \
                }                                                                                                      \
        } while (0)

/* What the answer to a call must look like. */
void chaos_check_answer(struct chaos *chaos, unsigned pe, const struct rmmsim_regs *in, const struct rmmsim_regs *out);
/* The same for a call of a Realm, as the trace shows it. */
void chaos_check_realm_answer(struct chaos *chaos, const struct rmmsim_event *event);
bool chaos_changes_nothing(const struct chaos *chaos, const struct rmmsim_refusal *refusal);
void chaos_remember(struct chaos *chaos);
void chaos_compare(struct chaos *chaos);
void chaos_audit(struct chaos *chaos);
void chaos_check_lists(struct chaos *chaos);

#endif
