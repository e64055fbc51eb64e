/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_programs.c - what guests and the VMM's policy do: small programs, each about one thing.
 */
#include "host_tables.h"
#include <string.h>

#define ON(target)                                                                                                     \
        {                                                                                                              \
                GUEST_CPU_ON, target                                                                                   \
        }
#define AFFINITY(target)                                                                                               \
        {                                                                                                              \
                GUEST_AFFINITY, target                                                                                 \
        }
#define POLL_OFF(target)                                                                                               \
        {                                                                                                              \
                GUEST_POLL_OFF, target                                                                                 \
        }
#define BOOT(target)                                                                                                   \
        {                                                                                                              \
                GUEST_BOOT, target                                                                                     \
        }
#define STRAY(target)                                                                                                  \
        {                                                                                                              \
                GUEST_CPU_ON_STRAY, target                                                                             \
        }
#define OFF                                                                                                            \
        {                                                                                                              \
                GUEST_CPU_OFF, 0                                                                                       \
        }
#define NOP                                                                                                            \
        {                                                                                                              \
                GUEST_NOP, 0                                                                                           \
        }
#define SUSPEND                                                                                                        \
        {                                                                                                              \
                GUEST_SUSPEND, 0                                                                                       \
        }
#define HOST_CALL                                                                                                      \
        {                                                                                                              \
                GUEST_HOST_CALL, 0                                                                                     \
        }
#define SYSTEM_OFF                                                                                                     \
        {                                                                                                              \
                GUEST_SYSTEM_OFF, 0                                                                                    \
        }
#define VCPU(index) (1u << (index))

const struct host_program host_programs[HOST_NUM_PROGRAMS] = {
        { "accepted", 2, .on = VCPU(0), .steps = { { ON(1), AFFINITY(1) } } },
        { "accepted, both go on", 2, .on = VCPU(0),
          .steps = { { ON(1), SUSPEND, AFFINITY(1) }, { NOP, AFFINITY(0) } } },
        { "denied", 2, .on = VCPU(0), .unplugged = VCPU(1), .steps = { { ON(1), AFFINITY(1) } } },
        { "denied, then plugged", 2, .on = VCPU(0), .unplugged = VCPU(1), .steps = { { ON(1), ON(1) } },
          .actions = { { HOST_PLUGS, 1 } } },
        { "already on", 2, .on = VCPU(0) | VCPU(1), .steps = { { ON(1), AFFINITY(1) }, { NOP, NOP } } },
        { "on races off", 2, .on = VCPU(0) | VCPU(1), .steps = { { ON(1), AFFINITY(1) }, { OFF } } },
        { "on and off, twice", 2, .on = VCPU(0) | VCPU(1), .steps = { { ON(1), ON(1) }, { OFF, OFF } } },
        { "two callers", 3, .on = VCPU(0) | VCPU(2), .steps = { { ON(1) }, { NOP }, { ON(1) } } },
        { "two callers, and off", 3, .on = VCPU(0) | VCPU(1) | VCPU(2),
          .steps = { { ON(1) }, { OFF, NOP }, { ON(1), AFFINITY(1) } } },
        { "mutual", 2, .on = VCPU(0) | VCPU(1), .steps = { { ON(1) }, { ON(0) } } },
        { "polling", 2, .on = VCPU(0) | VCPU(1), .steps = { { POLL_OFF(1), ON(1) }, { NOP, OFF } } },
        { "system off", 3, .on = VCPU(0) | VCPU(1), .steps = { { ON(2), NOP }, { SYSTEM_OFF }, { NOP, NOP } } },
        { "unplugged meanwhile", 2, .on = VCPU(0), .steps = { { ON(1), AFFINITY(1) }, { OFF } },
          .actions = { { HOST_UNPLUGS, 1 } } },
        { "plugged meanwhile, two callers", 3, .on = VCPU(0) | VCPU(2), .unplugged = VCPU(1),
          .steps = { { ON(1) }, { NOP }, { ON(1) } }, .actions = { { HOST_PLUGS, 1 } } },
        { "stopped and kicked", 2, .on = VCPU(0) | VCPU(1), .steps = { { ON(1), SUSPEND }, { NOP, SUSPEND } },
          .actions = { { HOST_STOPS, 1 }, { HOST_KICKS, 0 }, { HOST_RESUMES, 1 }, { HOST_KICKS, 1 } } },
        { "host calls", 2, .on = VCPU(0) | VCPU(1), .steps = { { ON(1) }, { HOST_CALL, HOST_CALL } } },
        { "two pairs", 4, .on = VCPU(0) | VCPU(2), .steps = { { ON(1) }, { NOP }, { ON(3) }, { NOP } } },
        { "library", 2, .on = VCPU(0), .unplugged = VCPU(1), .steps = { { BOOT(1), BOOT(1) } },
          .actions = { { HOST_PLUGS, 1 } } },
        { "stray bit", 3, .on = VCPU(0), .steps = { { STRAY(1) } } },
        { "late vCPU", 2, .on = VCPU(0), .late_vcpu = true, .steps = { { ON(1) } } },
        { "bad GIC state", 2, .on = VCPU(0) | VCPU(1), .bad_gic = VCPU(1), .steps = { { NOP }, { NOP } } },
};

const struct host_program *host_program_find(const char *name)
{
        for (unsigned i = 0; i < HOST_NUM_PROGRAMS; i++) {
                if (strcmp(host_programs[i].name, name) == 0) {
                        return &host_programs[i];
                }
        }
        return NULL;
}

bool host_program_suits(const struct host_program *program, const struct host_protocol *protocol)
{
        bool unplugs = program->unplugged != 0;

        for (unsigned i = 0; i < HOST_ACTIONS_MAX; i++) {
                unplugs |= program->actions[i].kind == HOST_UNPLUGS;
        }
        return protocol->can_deny || !unplugs;
}
