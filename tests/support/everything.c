/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * everything.c - a walk over all memory of an instance, which either copies or compares.
 */
#include "everything.h"
#include "sim.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        BINDINGS_SEEN = 256
};

struct everything {
        uint8_t *bytes;
        size_t size;
};

/* Copy to `at`, compare with it, or only count. */
struct walk {
        uint8_t *at;
        size_t size;
        bool compare;
        bool skip_host;
        const char *differs;
};

static void visit(struct walk *walk, const void *data, size_t size, const char *what, uint64_t where)
{
        static char text[128];

        if (walk->at != NULL && data != NULL && walk->differs == NULL) {
                uint8_t *at = walk->at + walk->size;

                if (!walk->compare) {
                        memcpy(at, data, size);
                } else if (memcmp(at, data, size) != 0) {
                        size_t i = 0;

                        while (at[i] == ((const uint8_t *)data)[i]) {
                                i++;
                        }
                        snprintf(text, sizeof(text), "%s at 0x%llx, byte 0x%zx: was 0x%02x, is 0x%02x", what,
                                 (unsigned long long)where, i, at[i], ((const uint8_t *)data)[i]);
                        walk->differs = text;
                }
        }
        walk->size += size;
}

/* A tool that this runs under would complain. */
static bool is_closed(const struct memory *memory, const struct granule *granule)
{
        return guard_is_on(memory) && granule != NULL && granule_state(granule) != RMMSIM_GRANULE_UNDELEGATED;
}

static void visit_page(struct walk *walk, const struct memory *memory, uint64_t pa)
{
        const struct granule *granule = memory_granule(memory, pa);

        if (granule != NULL) {
                const uint32_t words[2] = { atomic_load(&granule->word), atomic_load(&granule->taker) };

                visit(walk, &words[0], sizeof(words[0]), "Granule", pa);
                visit(walk, &words[1], sizeof(words[1]), "taker", pa);
                visit(walk, memory_realm_page(memory, pa), GRANULE_SIZE, "Realm-world page", pa);
        }
        visit(walk, walk->skip_host || is_closed(memory, granule) ? NULL : memory_host_page(memory, pa), GRANULE_SIZE,
              "page of the host", pa);
}

static void visit_pe(struct walk *walk, const struct pe *pe)
{
        const uint32_t interrupts = atomic_load(&pe->interrupts);
        const uint64_t esr = atomic_load(&pe->serror_esr);

        visit(walk, &interrupts, sizeof(interrupts), "interrupts of PE", pe->index);
        visit(walk, &esr, sizeof(esr), "SError of PE", pe->index);
        visit(walk, &pe->refusal, sizeof(pe->refusal), "refusal of PE", pe->index);
}

static void visit_all(struct walk *walk, const struct rmmsim *sim)
{
        const struct memory *memory = &sim->rmm.memory;
        const struct guests *guests = sim->rmm.guests;
        uint64_t time = rmmsim_time(sim);

        walk->size = 0;
        for (unsigned i = 0; i < memory->num_regions; i++) {
                for (uint64_t offset = 0; offset < memory->regions[i].size; offset += GRANULE_SIZE) {
                        visit_page(walk, memory, memory->regions[i].base + offset);
                }
        }
        for (unsigned i = 0; i < sim->num_pes; i++) {
                visit_pe(walk, &sim->pes[i]);
        }
        visit(walk, (const void *)sim->rmm.vmids.used, sizeof(sim->rmm.vmids.used), "VMIDs", 0);
        visit(walk, &time, sizeof(time), "time", 0);
        visit(walk, &guests->num_bindings, offsetof(struct guests, bindings) - offsetof(struct guests, num_bindings),
              "table of bindings", 0);
        /* Without what fills them up: nobody gives that a value. */
        for (unsigned i = 0; i < BINDINGS_SEEN; i++) {
                visit(walk, &guests->bindings[i], offsetof(struct binding, replaced) + sizeof(bool), "binding", i);
        }
}

struct everything *everything_take(const struct rmmsim *sim)
{
        struct everything *everything = malloc(sizeof(*everything));
        struct walk walk = { .at = NULL };

        ck_assert_ptr_nonnull(everything);
        visit_all(&walk, sim);
        everything->size = walk.size;
        everything->bytes = malloc(walk.size);
        ck_assert_ptr_nonnull(everything->bytes);
        walk.at = everything->bytes;
        visit_all(&walk, sim);
        return everything;
}

static const char *differs(const struct everything *everything, const struct rmmsim *sim, bool skip_host)
{
        struct walk walk = { .at = everything->bytes, .compare = true, .skip_host = skip_host };

        visit_all(&walk, sim);
        ck_assert_uint_eq(walk.size, everything->size);
        return walk.differs;
}

const char *everything_differs(const struct everything *everything, const struct rmmsim *sim)
{
        return differs(everything, sim, false);
}

const char *everything_of_realms_differs(const struct everything *everything, const struct rmmsim *sim)
{
        return differs(everything, sim, true);
}

void everything_free(struct everything *everything)
{
        free(everything->bytes);
        free(everything);
}
