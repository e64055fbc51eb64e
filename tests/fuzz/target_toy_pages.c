/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_toy_pages.c - a target that must fail: a host that gives pages away and takes them back, on two PEs, without a lock.
 */
#include "fuzz_coverage.h"
#include "world.h"
#include <string.h>

enum {
        PES = 2,
        PAGES = 4
};

static struct world world;
static uint64_t pages[PAGES];
static const struct fuzz_input *input;

/* The code under test: it remembers which pages it has given away. */
static bool given[PAGES];

static void give_or_take(struct rmmsim *sim, unsigned pe, unsigned page)
{
        uint64_t pa = pages[page];
        struct rmmsim_regs regs = given[page] ? rmmsim_call(sim, pe, rmi_granule_undelegate, .addr = pa)
                                              : rmmsim_call(sim, pe, rmi_granule_delegate, .addr = pa);

        given[page] = !given[page];
        if (regs.x[0] != RMMSIM_RMI_SUCCESS) {
                rmmsim_explore_fail("page %u: %s", page, rmmsim_why(sim, pe)->sentence);
        }
}

/* A PE does the records that name it. */
static void pe_runs(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        for (size_t i = 0; i < fuzz_num_records(input); i++) {
                const uint8_t *record = fuzz_record(input, i);

                if (record[0] % PES == pe) {
                        give_or_take(sim, pe, record[1] % PAGES);
                }
        }
}

/* Before each schedule: what the instance's snapshot does not bring back. */
static struct rmmsim *set_up(struct rmmsim *sim, void *arg)
{
        (void)arg;
        memset(given, 0, sizeof(given));
        return sim;
}

static struct rmmsim_program program = {
        .pes = { pe_runs, pe_runs }, .setup = set_up, .audit_period = 1, .pairs = fuzz_coverage.pairs
};

static struct rmmsim_explorer *build(void)
{
        static const struct rmmsim_config config = { .trace = fuzz_trace, .misuse = fuzz_misuse };

        world_create(&world, &config, PES);
        for (unsigned i = 0; i < PAGES; i++) {
                pages[i] = world_page(&world);
        }
        program.sim = world.sim;
        return rmmsim_explorer_create(&program, NULL);
}

static void run(const struct fuzz_input *what)
{
        static struct rmmsim_explorer *explorer;

        if (explorer == NULL) {
                explorer = build();
        }
        input = what;
        fuzz_explore(explorer, what);
}

static void describe(const struct fuzz_input *what, FILE *to)
{
        for (size_t i = 0; i < fuzz_num_records(what); i++) {
                const uint8_t *record = fuzz_record(what, i);

                fprintf(to, "PE %u gives or takes page %u\n", record[0] % PES, record[1] % PAGES);
        }
}

const struct fuzz_target fuzz_target = {
        .name = "toy_pages",
        .summary = "a host without a lock",
        .record_size = 2, /* PE, page */
        .pe_byte = 0,
        .scheduled = true,
        .run = run,
        .describe = describe,
};
