/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz.c - running one input: its parts, and what a target says of it.
 */
#include "fuzz.h"
#include "fuzz_coverage.h"
#include <stdarg.h>
#include <string.h>

static struct fuzz_failure failure;
static struct rmmsim_finding found;
static const uint8_t *running; /* NULL: no input */
static size_t running_size;
static uint64_t runs;

void fuzz_fail(const char *format, ...)
{
        va_list list;

        if (failure.found) {
                return;
        }
        failure.found = true;
        va_start(list, format);
        (void)vsnprintf(failure.sentence, sizeof(failure.sentence), format, list);
        va_end(list);
}

void fuzz_found(const struct rmmsim_finding *finding)
{
        if (finding->kind == RMMSIM_FOUND_NOTHING || failure.found) {
                return;
        }
        fuzz_fail("%s: %s", rmmsim_finding_name(finding->kind), finding->sentence);
        failure.finding = finding;
}

void fuzz_explore(struct rmmsim_explorer *explorer, const struct fuzz_input *input)
{
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_BYTES,
                                            .bytes = input->schedule,
                                            .num_bytes = input->schedule_size,
                                            .orders_max = 64,
                                            .no_shrink = true };

        if (rmmsim_explorer_run(explorer, &strategy, &found) != 0) {
                fuzz_fail("the explorer: %s", found.sentence);
        }
        fuzz_found(&found);
}

void fuzz_misuse(void *context, const char *sentence)
{
        (void)context;
        fuzz_fail("misuse: %s", sentence);
}

struct fuzz_input fuzz_split(const uint8_t *bytes, size_t size)
{
        size_t length = size < 2 ? 0 : (size_t)(bytes[0] | bytes[1] << 8);
        size_t rest = size < 2 ? 0 : size - 2;

        if (length > rest) {
                length = rest;
        }
        return (struct fuzz_input){ bytes + size - rest, length, bytes + size - rest + length, rest - length };
}

const struct fuzz_failure *fuzz_run(const uint8_t *bytes, size_t size)
{
        struct fuzz_input input = fuzz_split(bytes, size);

        failure.found = false;
        failure.sentence[0] = '\0';
        failure.finding = NULL;
        found.choices = 0;
        fuzz_coverage_begin();
        runs++;
        running = bytes;
        running_size = size;
        fuzz_target.run(&input);
        running = NULL;
        return &failure;
}

const uint8_t *fuzz_running(size_t *size)
{
        *size = running_size;
        return running;
}

uint64_t fuzz_choices(void)
{
        return found.choices;
}

uint64_t fuzz_runs(void)
{
        return runs;
}
