/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * target_psci_protocols.c - a guest's PSCI program and a VMM's policy, under a protocol that completes requests and a schedule.
 *
 * Header: protocol, number of vCPUs, which are on, which are not plugged, profile, oddities of the VMM.
 * Record: who (a vCPU, or the VMM's own thread), what, whom.
 *
 * The variable RMMSIM_FUZZ_FAULT of the environment plants one of the faults of docs/host-models.md, in the protocol that it lives in.
 */
#include "fuzz.h"
#include "host_tables.h"
#include <stdlib.h>
#include <string.h>

enum {
        HEADER_PROTOCOL,
        HEADER_VCPUS,
        HEADER_ON,
        HEADER_UNPLUGGED,
        HEADER_PROFILE,
        HEADER_ODDITIES,
        HEADER_SIZE,

        RECORD_WHO = 0,
        RECORD_WHAT,
        RECORD_WHOM,
        RECORD_SIZE,

        VCPUS_MIN = 2,
        NUM_SIZES = HOST_VCPUS_MAX - VCPUS_MIN + 1,
        NUM_STARTS = 3,
        NUM_PROFILES = 2,

        ODDITY_LATE_VCPU = 1 << 0,
        ODDITY_BAD_GIC = 3 << 1, /* both */
        ODDITY_BAD_GIC_VCPU = 3
};

/* Who is on from the start: one, every other, all. */
static const unsigned starts[NUM_STARTS] = { 0x1, 0x5, 0xf };

/* One that nobody selects is not built. */
static struct host_vm *vms[NUM_SIZES][NUM_STARTS][NUM_PROFILES];

/* What a vCPU may do. One that polls until something happens is no good here: it may never happen. */
static const uint8_t ops[] = { GUEST_CPU_ON,   GUEST_CPU_OFF,   GUEST_AFFINITY,   GUEST_CPU_ON,
                               GUEST_BOOT,     GUEST_HOST_CALL, GUEST_SUSPEND,    GUEST_NOP,
                               GUEST_AFFINITY, GUEST_CPU_OFF,   GUEST_SYSTEM_OFF, GUEST_CPU_ON_STRAY };

/* ---- from an input ----------------------------------------------------------------------------------------------------------- */

struct plan {
        struct host_program program;
        struct host_config config;
        unsigned size;
        unsigned start;
        unsigned profile;
        uint8_t steps[HOST_VCPUS_MAX];
        uint8_t actions;
};

static const struct host_fault_row *planted(void)
{
        static const struct host_fault_row *row;
        static bool looked;

        if (!looked) {
                looked = true;
                row = host_fault_selected();
        }
        return row;
}

static void plan_header(struct plan *plan, const struct fuzz_input *input)
{
        const struct host_fault_row *row = planted();
        unsigned odd = fuzz_header(input, HEADER_ODDITIES);
        unsigned all;

        memset(plan, 0, sizeof(*plan));
        plan->size = fuzz_header(input, HEADER_VCPUS) % NUM_SIZES;
        plan->start = fuzz_header(input, HEADER_ON) % NUM_STARTS;
        plan->profile = fuzz_header(input, HEADER_PROFILE) % NUM_PROFILES;
        plan->config.protocol = host_protocols[fuzz_header(input, HEADER_PROTOCOL) % HOST_NUM_PROTOCOLS];
        if (row != NULL) {
                plan->config.protocol = row->protocol;
                plan->config.fault = row->fault;
        }
        plan->program.num_vcpus = plan->size + VCPUS_MIN;
        all = (1u << plan->program.num_vcpus) - 1;
        plan->program.on = starts[plan->start] & all;
        if (plan->config.protocol->can_deny) {
                plan->program.unplugged = fuzz_header(input, HEADER_UNPLUGGED) & all & ~plan->program.on;
        }
        plan->program.late_vcpu = (odd & ODDITY_LATE_VCPU) != 0 && plan->program.num_vcpus < HOST_VCPUS_MAX;
        if ((odd & ODDITY_BAD_GIC) == ODDITY_BAD_GIC) {
                plan->program.bad_gic = 1u << (odd >> ODDITY_BAD_GIC_VCPU) % plan->program.num_vcpus;
        }
}

static unsigned who(const struct plan *plan, const uint8_t *record)
{
        return record[RECORD_WHO] % (plan->program.num_vcpus + 1);
}

static struct host_action action_of(const struct plan *plan, const uint8_t *record)
{
        struct host_action action = { (uint8_t)(record[RECORD_WHAT] % (HOST_NUM_ACTIONS - 1) + 1),
                                      (uint8_t)(record[RECORD_WHOM] % plan->program.num_vcpus) };

        if (action.kind == HOST_UNPLUGS && !plan->config.protocol->can_deny) {
                action.kind = HOST_PLUGS;
        }
        return action;
}

/* Any vCPU that there could be may be named: those that there are not are unknown to the RMM. */
static struct guest_step step_of(const uint8_t *record)
{
        return (struct guest_step){ ops[record[RECORD_WHAT] % sizeof(ops)], record[RECORD_WHOM] % HOST_VCPUS_MAX };
}

static void plan_record(struct plan *plan, const uint8_t *record)
{
        unsigned i = who(plan, record);

        if (i == plan->program.num_vcpus) {
                if (plan->actions < HOST_ACTIONS_MAX) {
                        plan->program.actions[plan->actions++] = action_of(plan, record);
                }
        } else if (plan->steps[i] < HOST_STEPS_MAX) {
                plan->program.steps[i][plan->steps[i]++] = step_of(record);
        }
}

/* ---- running ------------------------------------------------------------------------------------------------------------------- */

static void destroy_vms(void)
{
        struct host_vm **all = &vms[0][0][0];

        for (size_t i = 0; i < sizeof(vms) / sizeof(*all); i++) {
                if (all[i] != NULL) {
                        host_vm_destroy(all[i]);
                }
        }
}

static struct host_vm *vm_for(const struct plan *plan)
{
        static bool registered;
        struct host_vm **vm = &vms[plan->size][plan->start][plan->profile];

        if (!registered) {
                registered = atexit(destroy_vms) == 0;
        }
        if (*vm == NULL) {
                struct rmmsim_config config = { .profile = plan->profile == 0 ? RMMSIM_PROFILE_RMM_1_0
                                                                              : RMMSIM_PROFILE_RMM_1_0_REFERENCE,
                                                .trace = fuzz_trace,
                                                .misuse = fuzz_misuse };

                *vm = host_vm_create(plan->program.num_vcpus, plan->program.on, &config);
        }
        return *vm;
}

static void run(const struct fuzz_input *input)
{
        static struct plan plan;
        struct host_vm *vm;

        plan_header(&plan, input);
        for (size_t n = 0; n < fuzz_num_records(input); n++) {
                plan_record(&plan, fuzz_record(input, n));
        }
        plan.config.program = &plan.program;
        vm = vm_for(&plan);
        host_vm_configure(vm, &plan.config);
        fuzz_explore(vm->explorer, input);
}

/* ---- in words ------------------------------------------------------------------------------------------------------------------ */

static const char *const action_names[HOST_NUM_ACTIONS] = {
        [HOST_DOES_NOTHING] = "does nothing",
        [HOST_PLUGS] = "plugs",
        [HOST_UNPLUGS] = "unplugs",
        [HOST_KICKS] = "kicks",
        [HOST_STOPS] = "stops",
        [HOST_RESUMES] = "resumes",
};

static bool has_target(unsigned op)
{
        return op == GUEST_CPU_ON || op == GUEST_AFFINITY || op == GUEST_BOOT || op == GUEST_CPU_ON_STRAY;
}

static void describe_record(const struct plan *plan, const uint8_t *record, FILE *to)
{
        unsigned i = who(plan, record);

        if (i == plan->program.num_vcpus) {
                struct host_action action = action_of(plan, record);

                fprintf(to, "the VMM %s vCPU %u\n", action_names[action.kind], action.target);
        } else {
                struct guest_step step = step_of(record);

                fprintf(to, "vCPU %u: %s", i, guest_op_name(step.op));
                if (has_target(step.op)) {
                        fprintf(to, " %u", step.target);
                }
                fprintf(to, "\n");
        }
}

static void describe(const struct fuzz_input *input, FILE *to)
{
        static struct plan plan;

        plan_header(&plan, input);
        fprintf(to, "protocol %s: %s\n", plan.config.protocol->name, plan.config.protocol->summary);
        fprintf(to, "%u vCPUs, on %#x, not plugged %#x, profile %s%s%s\n", plan.program.num_vcpus, plan.program.on,
                plan.program.unplugged, plan.profile == 0 ? "1.0" : "1.0 reference",
                plan.program.late_vcpu ? ", a late vCPU" : "", plan.program.bad_gic != 0 ? ", bad GIC state" : "");
        if (planted() != NULL) {
                fprintf(to, "planted: %s, %s\n", planted()->name, planted()->summary);
        }
        for (size_t n = 0; n < fuzz_num_records(input); n++) {
                describe_record(&plan, fuzz_record(input, n), to);
        }
}

const struct fuzz_target fuzz_target = {
        .name = "psci_protocols",
        .summary = "PSCI requests of a guest, completed in seven ways, under any schedule",
        .header_size = HEADER_SIZE,
        .record_size = RECORD_SIZE,
        .pe_byte = RECORD_WHO,
        .scheduled = true,
        .run = run,
        .describe = describe,
};
