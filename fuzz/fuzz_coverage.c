/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_coverage.c - which failure conditions, edges of state machines and pairs of accesses the inputs have reached.
 */
#include "fuzz_coverage.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

struct fuzz_coverage fuzz_coverage;

static_assert(FUZZ_NUM_FEATURES <= UINT16_MAX, "a feature is numbered by 16 bits");

static void count(uint8_t *counter)
{
        *counter = (uint8_t)(*counter + (*counter != UINT8_MAX));
}

void fuzz_trace(void *context, const struct rmmsim_event *event)
{
        (void)context;
        switch (event->kind) {
        case RMMSIM_EVENT_COMMAND:
                if (event->of.command.refused == RMMSIM_CONDITION_NONE) {
                        count(&fuzz_coverage.commands[event->of.command.id]);
                } else {
                        count(&fuzz_coverage.conditions[event->of.command.refused]);
                }
                break;
        case RMMSIM_EVENT_EXIT:
                count(&fuzz_coverage.exits[event->of.exit.reason]);
                break;
        case RMMSIM_EVENT_EDGE:
                count(&fuzz_coverage.edges[event->of.edge.id]);
                break;
        case RMMSIM_EVENT_FAULT:
                break;
        }
}

void fuzz_coverage_begin(void)
{
        memset(&fuzz_coverage, 0, sizeof(fuzz_coverage));
}

static unsigned step_of(uint8_t counter)
{
        static const uint8_t begins[FUZZ_NUM_STEPS] = { 1, 2, 3, 4, 8, 16, 32, 128 };
        unsigned step = 0;

        while (step + 1 < FUZZ_NUM_STEPS && counter >= begins[step + 1]) {
                step++;
        }
        return step;
}

size_t fuzz_coverage_features(uint16_t features[])
{
        const uint8_t *counters = (const uint8_t *)&fuzz_coverage;
        size_t found = 0;

        for (size_t i = 0; i < FUZZ_NUM_COUNTERS; i++) {
                uint64_t eight;

                /* Most counters are 0: eight at a time. */
                if (i % 8 == 0 && i + 8 <= FUZZ_NUM_COUNTERS) {
                        memcpy(&eight, counters + i, 8);
                        if (eight == 0) {
                                i += 7;
                                continue;
                        }
                }
                if (counters[i] != 0) {
                        features[found++] = (uint16_t)(i * FUZZ_NUM_STEPS + step_of(counters[i]));
                }
        }
        return found;
}

/* ---- of all runs -------------------------------------------------------------------------------------------------------- */

static uint8_t reached[FUZZ_NUM_COUNTERS]; /* a bit for each step */

bool fuzz_coverage_gather(void)
{
        uint16_t features[FUZZ_NUM_COUNTERS];
        size_t count_of = fuzz_coverage_features(features);
        bool news = false;

        for (size_t i = 0; i < count_of; i++) {
                uint8_t *steps = &reached[features[i] / FUZZ_NUM_STEPS];
                uint8_t bit = (uint8_t)(1u << features[i] % FUZZ_NUM_STEPS);

                news |= (*steps & bit) == 0;
                *steps |= bit;
        }
        return news;
}

static unsigned counters_reached(size_t offset, size_t size)
{
        unsigned n = 0;

        for (size_t i = offset; i < offset + size; i++) {
                n += reached[i] != 0;
        }
        return n;
}

#define REACHED(field) counters_reached(offsetof(struct fuzz_coverage, field), sizeof(fuzz_coverage.field))

struct fuzz_reached fuzz_coverage_reached(void)
{
        struct fuzz_reached all = { .conditions = REACHED(conditions),
                                    .edges = REACHED(edges),
                                    .exits = REACHED(exits),
                                    .pairs = REACHED(pairs) };

        for (size_t i = 0; i < FUZZ_NUM_COUNTERS; i++) {
                all.features += (unsigned)__builtin_popcount(reached[i]);
        }
        return all;
}

int fuzz_coverage_format(char *text, size_t size)
{
        struct fuzz_reached all = fuzz_coverage_reached();

        return snprintf(text, size, "conditions %u/%d, edges %u/%d, exits %u/%d, pairs %u, features %u", all.conditions,
                        RMMSIM_NUM_CONDITIONS - 1, all.edges, RMMSIM_NUM_EDGES, all.exits, RMMSIM_NUM_EXIT_REASONS,
                        all.pairs, all.features);
}
