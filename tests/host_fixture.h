/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_fixture.h - what the tests of the host models share: a VM under one configuration, explored with an expectation.
 *
 * The models bring worlds of their own (fuzz/world.h), so these tests stand apart from the other tests' support.
 */
#ifndef HOST_FIXTURE_H
#define HOST_FIXTURE_H

#include "host_tables.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

enum {
        STEPS_MAX = 20000 /* of a schedule; the longest sound one takes some 600 */
};

static struct rmmsim_finding finding; /* too large for a stack */

static inline struct host_vm *vm_for(const struct host_config *config, enum rmmsim_profile profile)
{
        const struct rmmsim_config world = { .profile = profile };
        struct host_vm *vm = host_vm_create(config->program->num_vcpus, config->program->on, &world);

        host_vm_configure(vm, config);
        return vm;
}

static inline void explore(struct host_vm *vm, const struct rmmsim_strategy *strategy)
{
        struct rmmsim_strategy bounded = *strategy;
        int error;

        bounded.steps_max = STEPS_MAX;
        error = rmmsim_explorer_run(vm->explorer, &bounded, &finding);
        ck_assert_msg(error == 0, "the explorer: %d, %s", error, finding.sentence);
}

static inline void expect_nothing(struct host_vm *vm, const struct rmmsim_strategy *strategy)
{
        explore(vm, strategy);
        if (finding.kind != RMMSIM_FOUND_NOTHING) {
                rmmsim_finding_print(&finding, stdout);
        }
        ck_assert_msg(finding.kind == RMMSIM_FOUND_NOTHING, "protocol %s, '%s': %s", vm->config.protocol->name,
                      vm->config.program->name, finding.sentence);
}

/* A finding of this kind whose sentence begins so, and its line leads there again. */
static inline void expect_found(struct host_vm *vm, const struct rmmsim_strategy *strategy,
                                enum rmmsim_finding_kind kind, const char *begin)
{
        static char line[sizeof(finding.replay)];
        static char sentence[sizeof(finding.sentence)];
        struct rmmsim_strategy replay = { .kind = RMMSIM_STRATEGY_REPLAY, .line = line };
        char colon[16];

        (void)snprintf(colon, sizeof(colon), "%s%s", begin, begin[0] == '\0' ? "" : ":");
        explore(vm, strategy);
        ck_assert_msg(finding.kind == kind && strncmp(finding.sentence, colon, strlen(colon)) == 0,
                      "protocol %s, '%s': %s, expected %s %s", vm->config.protocol->name, vm->config.program->name,
                      finding.sentence, rmmsim_finding_name(kind), begin);
        ck_assert(finding.replays);
        memcpy(line, finding.replay, sizeof(line));
        memcpy(sentence, finding.sentence, sizeof(sentence));
        explore(vm, &replay);
        ck_assert_int_eq(finding.kind, kind);
        ck_assert_str_eq(finding.sentence, sentence);
        ck_assert(!finding.diverged);
}

static inline int run_host_suite(Suite *suite)
{
        SRunner *runner = srunner_create(suite);
        int failed;

        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
