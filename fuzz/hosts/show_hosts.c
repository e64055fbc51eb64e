/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * show_hosts.c - hazards and planted faults for a reader: `show_hosts` lists them with the schedule that shows each, `show_hosts WORD`
 * draws those whose name contains the word.
 */
#include "host_tables.h"
#include <stdio.h>
#include <string.h>

static struct rmmsim_finding finding;

static void show(const char *name, const struct host_config *config, enum rmmsim_profile profile, bool draws)
{
        const struct rmmsim_config world = { .profile = profile };
        struct rmmsim_strategy search = { .kind = RMMSIM_STRATEGY_PCT, .seed = 1, .steps_max = 20000 };
        struct host_vm *vm = host_vm_create(config->program->num_vcpus, config->program->on, &world);

        host_vm_configure(vm, config);
        if (rmmsim_explorer_run(vm->explorer, &search, &finding) != 0) {
                printf("%s: %s\n", name, finding.sentence);
        } else if (draws) {
                printf("%s, protocol %s, program '%s'\n\n", name, config->protocol->name, config->program->name);
                rmmsim_finding_print(&finding, stdout);
        } else {
                printf("%s, protocol %s, program '%s'\n  %s: %s\n  schedule %llu, %s\n", name, config->protocol->name,
                       config->program->name, rmmsim_finding_name(finding.kind), finding.sentence,
                       (unsigned long long)finding.schedules, finding.replay);
        }
        host_vm_destroy(vm);
}

int main(int argc, char **argv)
{
        const char *word = argc > 1 ? argv[1] : "";

        for (unsigned i = 0; i < HOST_NUM_HAZARDS; i++) {
                const struct host_hazard_row *row = &host_hazards[i];
                struct host_config config = { .protocol = row->protocol,
                                              .program = host_program_find(row->program),
                                              .hazard = row->hazard };

                if (strstr(row->name, word) != NULL) {
                        show(row->name, &config, RMMSIM_PROFILE_RMM_1_0, argc > 1);
                }
        }
        for (unsigned i = 0; i < HOST_NUM_FAULT_ROWS; i++) {
                const struct host_fault_row *row = &host_faults[i];
                struct host_config config = { .protocol = row->protocol, .fault = row->fault };
                char name[160];

                (void)snprintf(name, sizeof(name), "%s: %s", row->name, row->summary);
                if (strstr(name, word) == NULL) {
                        continue;
                }
                if (row->protocol == NULL) {
                        printf("%s\n  cannot be planted: %s\n", name, row->found);
                } else {
                        config.program = host_program_find(row->program);
                        show(name, &config, row->profile, argc > 1);
                }
        }
        return 0;
}
