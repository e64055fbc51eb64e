/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chaos.c - the instance, its Granules by state, and what happened last.
 */
#include "chaos.h"
#include "reached.h"
#include "sim.h"
#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAM_BASE     UINT64_C(0x80000000)
#define HIGH_BASE     (UINT64_C(1) << 48) /* out of the reach of a Realm without LPA2 */
#define CALLBACK_BASE UINT64_C(0x40000000)
#define DEVICE_BASE   UINT64_C(0x10000000)
enum {
        HIGH_PAGES = 8,
        CALLBACK_PAGES = 8,
        DEVICE_PAGES = 4
};

static struct chaos *current; /* for a process that dies: one instance runs at a time */

/* ---- Granules --------------------------------------------------------------------------------------------------------- */

uint64_t chaos_pa(const struct chaos *chaos, unsigned number)
{
        for (unsigned i = 0; i < CHAOS_REGIONS_MAX; i++) {
                unsigned pages = (unsigned)(chaos->regions[i].size / GRANULE_SIZE);

                if (number < pages) {
                        return chaos->regions[i].base + number * GRANULE_SIZE;
                }
                number -= pages;
        }
        return 0;
}

unsigned chaos_number(const struct chaos *chaos, uint64_t pa)
{
        unsigned before = 0;

        for (unsigned i = 0; i + 1 < CHAOS_REGIONS_MAX; i++) {
                if (pa - chaos->regions[i].base < chaos->regions[i].size) {
                        return before + (unsigned)((pa - chaos->regions[i].base) / GRANULE_SIZE);
                }
                before += (unsigned)(chaos->regions[i].size / GRANULE_SIZE);
        }
        return chaos->num_granules;
}

/* What stands aside is not at hand, unless a call has made an object of it all the same. */
static bool is_listed(const struct chaos *chaos, unsigned number, unsigned state)
{
        return !chaos_is_aside(chaos, number) ||
               (state != RMMSIM_GRANULE_UNDELEGATED && state != RMMSIM_GRANULE_DELEGATED);
}

static void enlist(struct chaos *chaos, unsigned number, unsigned state)
{
        chaos->state[number] = (uint8_t)state;
        if (!is_listed(chaos, number, state)) {
                return;
        }
        chaos->place[number] = (uint16_t)chaos->num_listed[state];
        chaos->listed[state][chaos->num_listed[state]++] = (uint16_t)number;
}

static void move(struct chaos *chaos, uint64_t pa, unsigned from, unsigned to)
{
        unsigned number = chaos_number(chaos, pa);

        CHAOS_CHECK(chaos, chaos->state[number] == from, "a Granule leaves a state that it was not in");
        if (is_listed(chaos, number, from)) {
                uint16_t last = chaos->listed[from][--chaos->num_listed[from]];

                chaos->listed[from][chaos->place[number]] = last;
                chaos->place[last] = chaos->place[number];
        }
        enlist(chaos, number, to);
}

uint64_t chaos_granule(struct chaos *chaos, unsigned state)
{
        unsigned count = chaos->num_listed[state];

        if (count == 0) {
                return chaos_pa(chaos, roll_below(&chaos->dice, chaos->num_granules));
        }
        return chaos_pa(chaos, chaos->listed[state][roll_below(&chaos->dice, count)]);
}

void *chaos_page(const struct chaos *chaos, uint64_t pa)
{
        return memory_realm_page(&chaos->sim->rmm.memory, pa);
}

/* Mostly the one in focus, so that calls about one Realm follow one another. */
const struct realm *chaos_realm(struct chaos *chaos)
{
        unsigned number = chaos_number(chaos, chaos->focus);
        bool lost = number == chaos->num_granules || chaos->state[number] != RMMSIM_GRANULE_RD;

        if (chaos->num_listed[RMMSIM_GRANULE_RD] == 0) {
                return NULL;
        }
        if (lost || once_in(&chaos->dice, 256)) {
                chaos->focus = chaos_granule(chaos, RMMSIM_GRANULE_RD);
        }
        return chaos_page(chaos, once_in(&chaos->dice, 6) ? chaos_granule(chaos, RMMSIM_GRANULE_RD) : chaos->focus);
}

const struct rec *chaos_rec(struct chaos *chaos, const struct realm *realm)
{
        const struct rec *rec = NULL;

        for (int tries = 0; tries < 4 && chaos->num_listed[RMMSIM_GRANULE_REC] != 0; tries++) {
                rec = chaos_page(chaos, chaos_granule(chaos, RMMSIM_GRANULE_REC));
                if (realm == NULL || rec->owner == realm->rd) {
                        break;
                }
        }
        return rec;
}

void chaos_check_lists(struct chaos *chaos)
{
        for (unsigned i = 0; i < chaos->num_granules; i++) {
                struct rmmsim_granule granule;

                (void)rmmsim_granule(chaos->sim, &granule, chaos_pa(chaos, i));
                CHAOS_CHECK(chaos, granule.state == chaos->state[i], "0x%llx is %s, and the edges said %s",
                            (unsigned long long)chaos_pa(chaos, i),
                            rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state),
                            rmmsim_state_name(RMMSIM_OBJECT_GRANULE, chaos->state[i]));
        }
}

/* ---- history ---------------------------------------------------------------------------------------------------------- */

static void note(struct chaos *chaos, const struct rmmsim_event *event)
{
        struct chaos_event *slot = &chaos->history[chaos->num_events++ % CHAOS_HISTORY];

        slot->event = *event;
        if (event->kind == RMMSIM_EVENT_COMMAND) {
                memcpy(slot->in, event->of.command.in, sizeof(slot->in));
                memcpy(slot->out, event->of.command.out, sizeof(slot->out));
                slot->event.of.command.in = slot->in;
                slot->event.of.command.out = slot->out;
        }
}

static void listen(void *context, const struct rmmsim_event *event)
{
        struct chaos *chaos = context;

        reached_mark(NULL, event);
        if (event->kind == RMMSIM_EVENT_EDGE) {
                if (event->of.edge.object == RMMSIM_OBJECT_GRANULE) {
                        move(chaos, event->of.edge.address, event->of.edge.from, event->of.edge.to);
                }
                return;
        }
        note(chaos, event);
        if (event->kind == RMMSIM_EVENT_EXIT) {
                chaos->num_exits++;
                return;
        }
        chaos->num_commands++;
        if (event->of.command.refused == RMMSIM_CONDITION_NONE && event->of.command.id < RMMSIM_COMMAND_NONE) {
                chaos->succeeded[event->of.command.id]++;
        }
        chaos->refused[event->of.command.refused]++;
        if (event->of.command.rec != 0) {
                chaos_check_realm_answer(chaos, event);
        }
}

void chaos_show(const struct chaos *chaos)
{
        uint64_t first = chaos->num_events > CHAOS_HISTORY ? chaos->num_events - CHAOS_HISTORY : 0;

        fprintf(stderr, "RMMSIM_TEST_SEED=0x%llx, command %llu; the last events:\n", (unsigned long long)chaos->seed,
                (unsigned long long)chaos->num_commands);
        for (uint64_t i = first; i < chaos->num_events; i++) {
                char line[400];

                (void)rmmsim_event_format(&chaos->history[i % CHAOS_HISTORY].event, line, sizeof(line));
                fprintf(stderr, "  %s\n", line);
        }
}

void chaos_fail(struct chaos *chaos, const char *format, ...)
{
        char text[400];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        chaos_show(chaos);
        current = NULL;
        ck_abort_msg("%s (seed 0x%llx)", text, (unsigned long long)chaos->seed);
        abort();
}

/* A sanitizer that stops the process, or a signal. */
static void show_current(void)
{
        if (current != NULL) {
                chaos_show(current);
                current = NULL;
        }
}

static void show_at_signal(int number)
{
        show_current();
        signal(number, SIG_DFL);
        raise(number);
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void show_when_it_dies(struct chaos *chaos)
{
        current = chaos;
        if (__sanitizer_set_death_callback != NULL) {
                __sanitizer_set_death_callback(show_current);
        } else {
                signal(SIGSEGV, show_at_signal);
                signal(SIGBUS, show_at_signal);
        }
        signal(SIGABRT, show_at_signal);
        signal(SIGALRM, show_at_signal);
}

/* ---- the instance ------------------------------------------------------------------------------------------------------ */

static void *reach_all(void *context, uint64_t pa)
{
        static uint8_t pages[CALLBACK_PAGES][4096] __attribute__((aligned(8)));

        (void)context;
        return pages[(pa - CALLBACK_BASE) / GRANULE_SIZE];
}

/* Every fourth page cannot be reached. */
static void *reach(void *context, uint64_t pa)
{
        return (pa - CALLBACK_BASE) / GRANULE_SIZE % 4 == 3 ? NULL : reach_all(context, pa);
}

static void misused(void *context, const char *sentence)
{
        chaos_fail(context, "misuse: %s", sentence);
}

static const uint64_t known_quirks = 0
#define QUIRK(name, bit, PRESET, meaning) | UINT64_C(1) << bit
#include <rmmsim/spec/quirks.def>
        ;

static void roll_features(struct chaos *chaos)
{
        struct rmmsim_features *features = &chaos->config.features;
        struct dice *dice = &chaos->dice;

        features->lpa2 = once_in(dice, 2);
        features->s2sz = features->lpa2 ? 52 : 48;
        features->sve_vectors = once_in(dice, 2) ? 4 : 0;
        features->no_pmu = once_in(dice, 4);
        features->rec_aux_count = (uint8_t)(once_in(dice, 4) ? RMMSIM_NONE : 1 + roll_below(dice, 3));
        features->max_recs_order = (uint8_t)(2 + roll_below(dice, 3));
        features->vmid_bits = once_in(dice, 2) ? 8 : 16;
        features->gicv3_num_lrs = (uint8_t)(1 + roll_below(dice, 16));
        features->no_sha_512 = once_in(dice, 4);
        features->gic_extended_range = once_in(dice, 2);
}

static void roll_config(struct chaos *chaos, unsigned num_dram)
{
        struct rmmsim_config *config = &chaos->config;
        struct dice *dice = &chaos->dice;

        chaos->regions[0] = (struct rmmsim_region){ .base = DRAM_BASE, .size = num_dram * GRANULE_SIZE };
        chaos->regions[1] = (struct rmmsim_region){ .base = HIGH_BASE, .size = HIGH_PAGES * GRANULE_SIZE };
        chaos->regions[2] = (struct rmmsim_region){ .base = CALLBACK_BASE, .size = CALLBACK_PAGES * GRANULE_SIZE };
        chaos->regions[3] = (struct rmmsim_region){ .base = DEVICE_BASE,
                                                    .size = DEVICE_PAGES * GRANULE_SIZE,
                                                    .kind = RMMSIM_REGION_DEVICE };
        *config = (struct rmmsim_config){ .context = chaos,
                                          .regions = chaos->regions,
                                          .num_regions = CHAOS_REGIONS_MAX,
                                          .num_pes = CHAOS_PES,
                                          .trace = listen,
                                          .misuse = misused,
                                          .seed = chaos->seed,
                                          .guest_quantum = 4 + roll_below(dice, 24),
                                          .max_guests = 1,
                                          .guard = RMMSIM_GUARD_NONE }; /* the checks look at everything */
        switch (roll_below(dice, 3)) {
        case 0:
                break;
        case 1:
                config->profile = RMMSIM_PROFILE_RMM_1_0_REFERENCE;
                break;
        default:
                config->quirks = roll(dice) & known_quirks;
                break;
        }
        roll_features(chaos);
}

static struct chaos *create(uint64_t seed, unsigned num_dram, void *(*phys_to_virt)(void *context, uint64_t pa))
{
        struct chaos *chaos = calloc(1, sizeof(*chaos));
        struct rmmsim_error error;

        ck_assert_ptr_nonnull(chaos);
        chaos->seed = seed;
        chaos->dice.state = seed;
        show_when_it_dies(chaos);
        roll_config(chaos, num_dram);
        chaos->regions[2].phys_to_virt = phys_to_virt;
        chaos->sim = rmmsim_create(&chaos->config, &error);
        ck_assert_msg(chaos->sim != NULL, "%s", error.text);
        chaos->num_granules = num_dram + HIGH_PAGES + CALLBACK_PAGES;
        /* The second 2 MiB of a big instance. */
        chaos->first_of_block = num_dram >= 2 * CHAOS_BLOCK ? CHAOS_BLOCK : CHAOS_GRANULES_MAX;
        for (unsigned i = 0; i < chaos->num_granules; i++) {
                enlist(chaos, i, RMMSIM_GRANULE_UNDELEGATED);
        }
        return chaos;
}

struct chaos *chaos_create(uint64_t seed, unsigned num_dram)
{
        return create(seed, num_dram, reach);
}

struct chaos *chaos_create_reachable(uint64_t seed, unsigned num_dram)
{
        return create(seed, num_dram, reach_all);
}

void chaos_destroy(struct chaos *chaos)
{
        chaos_audit(chaos);
        rmmsim_destroy(chaos->sim);
        current = NULL;
        free(chaos->before);
        free(chaos);
}
