/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_toy_race.c - a target that must fail: under one preemption between a look and a step, on two PEs.
 *
 * A record takes one of the last two tickets, or puts one back. Who looks, and steps after another has stepped, takes one too many.
 */
#include "fuzz_coverage.h"
#include <stdlib.h>

enum {
        PES = 3,
        TICKETS = 2
};

static struct {
        const struct fuzz_input *input;
        int tickets;
} toy;

static void take(void)
{
        if (toy.tickets > 0) {
                rmmsim_yield_at("between the look and the step");
                toy.tickets--;
        }
        if (toy.tickets < 0) {
                rmmsim_explore_fail("%d tickets are left", toy.tickets);
        }
}

static void pe_runs(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)arg;
        for (size_t i = 0; i < fuzz_num_records(toy.input); i++) {
                const uint8_t *record = fuzz_record(toy.input, i);

                if (record[0] % PES == pe) {
                        rmmsim_yield();
                        fuzz_coverage.pairs[toy.tickets & 15] |= 1;
                        if (record[1] % 2 == 0) {
                                toy.tickets += toy.tickets < TICKETS;
                        } else {
                                take();
                        }
                }
        }
}

static struct rmmsim *set_up(struct rmmsim *sim, void *arg)
{
        (void)arg;
        toy.tickets = TICKETS;
        return sim;
}

static void run(const struct fuzz_input *input)
{
        static const struct rmmsim_program program = { .pes = { pe_runs, pe_runs, pe_runs }, .setup = set_up };
        static struct rmmsim_explorer *explorer;

        if (explorer == NULL && (explorer = rmmsim_explorer_create(&program, NULL)) == NULL) {
                abort();
        }
        toy.input = input;
        fuzz_explore(explorer, input);
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                const uint8_t *record = fuzz_record(input, i);

                fprintf(to, "PE %u %s a ticket\n", record[0] % PES, record[1] % 2 == 0 ? "puts back" : "takes");
        }
}

const struct fuzz_target fuzz_target = {
        .name = "toy_race",
        .summary = "two tickets and three PEs",
        .record_size = 2,
        .pe_byte = 0,
        .scheduled = true,
        .run = run,
        .describe = describe,
};
