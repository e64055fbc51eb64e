/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_fixture.h - what the tests of the explorer share: one finding, and exploring with an expectation.
 */
#ifndef EXPLORE_FIXTURE_H
#define EXPLORE_FIXTURE_H

#include "world.h"
#include <rmmsim/explore.h>
#include <rmmsim/snapshot.h>
#include <stdlib.h>
#include <string.h>

static struct rmmsim_finding finding; /* too large for a stack */

/* Returns what was found. */
static inline enum rmmsim_finding_kind explore(const struct rmmsim_program *program,
                                               const struct rmmsim_strategy *strategy)
{
        int error = rmmsim_explore(program, strategy, &finding);

        ck_assert_msg(error == 0, "rmmsim_explore() = %d: %s", error, finding.sentence);
        return finding.kind;
}

static inline void expect_nothing(const struct rmmsim_program *program, const struct rmmsim_strategy *strategy)
{
        (void)explore(program, strategy);
        if (finding.kind != RMMSIM_FOUND_NOTHING) {
                rmmsim_finding_print(&finding, stdout);
        }
        ck_assert_int_eq(finding.kind, RMMSIM_FOUND_NOTHING);
}

/* Something is found, and the line that comes with it leads there again. */
static inline void expect_found(enum rmmsim_finding_kind kind, const struct rmmsim_program *program,
                                const struct rmmsim_strategy *strategy)
{
        static struct rmmsim_finding again;
        struct rmmsim_strategy replay = { .kind = RMMSIM_STRATEGY_REPLAY, .line = finding.replay };

        ck_assert_msg(explore(program, strategy) == kind, "found %s, expected %s: %s",
                      rmmsim_finding_name(finding.kind), rmmsim_finding_name(kind), finding.sentence);
        ck_assert(finding.replays);
        ck_assert_int_eq(rmmsim_explore(program, &replay, &again), 0);
        ck_assert_int_eq(again.kind, kind);
        ck_assert(!again.diverged);
        ck_assert_str_eq(again.sentence, finding.sentence);
        ck_assert_str_eq(again.replay, finding.replay);
        ck_assert_uint_eq(again.num_steps, finding.num_steps);
        ck_assert_int_eq(memcmp(again.steps, finding.steps, finding.num_steps * sizeof(finding.steps[0])), 0);
}

/* The text of the finding, for one test at a time. */
static inline const char *printed(int (*print)(const struct rmmsim_finding *, FILE *))
{
        static char text[65536];
        FILE *file = fmemopen(text, sizeof(text), "w");

        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(print(&finding, file), 0);
        ck_assert_int_eq(fclose(file), 0);
        return text;
}

#endif
