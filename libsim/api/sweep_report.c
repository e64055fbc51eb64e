/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sweep_report.c - what a sweep has found, in words.
 */
#include "sweep.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *rmmsim_sweep_name(unsigned kind)
{
        static const char *const names[RMMSIM_NUM_SWEEP_KINDS] = { [RMMSIM_SWEEP_FAILED] = "failed",
                                                                   [RMMSIM_SWEEP_LOST] = "lost",
                                                                   [RMMSIM_SWEEP_ENDLESS] = "endless",
                                                                   [RMMSIM_SWEEP_DIVERGED] = "diverged" };

        return kind < RMMSIM_NUM_SWEEP_KINDS ? names[kind] : "?";
}

__attribute__((format(printf, 2, 3))) static void say(struct rmmsim_sweep_finding *finding, const char *format, ...)
{
        size_t length = strlen(finding->sentence);
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(finding->sentence + length, sizeof(finding->sentence) - length, format, arguments);
        va_end(arguments);
}

static void say_where(struct rmmsim_sweep_finding *finding)
{
        const struct rmmsim_fault *fault = &finding->fault;

        if (finding->command == RMMSIM_COMMAND_NONE) {
                say(finding, "without trouble: ");
        } else if (fault->kind == RMMSIM_FAULT_EXIT) {
                say(finding, "entry no. %llu left at once with %s: ", (unsigned long long)finding->number,
                    rmmsim_exit_name(fault->exit_reason));
        } else {
                say(finding, "%s no. %llu on PE %u answered %s: ", rmmsim_command_name(finding->command),
                    (unsigned long long)finding->number, finding->pe, rmmsim_rmi_status_name(fault->x0));
        }
}

static void say_what(struct rmmsim_sweep_finding *finding, const struct sweep *s)
{
        switch (finding->kind) {
        case RMMSIM_SWEEP_FAILED:
                say(finding, "the run returned %d", finding->result);
                break;
        case RMMSIM_SWEEP_LOST:
                say(finding, "%llu Granule%s lost:", (unsigned long long)finding->num_lost,
                    finding->num_lost == 1 ? "" : "s");
                for (unsigned i = 0; i < finding->num_lost && i < RMMSIM_SWEEP_LOST_MAX; i++) {
                        const struct rmmsim_sweep_lost *lost = &finding->lost[i];

                        say(finding, "%s 0x%llx %s since %s", i == 0 ? "" : ",", (unsigned long long)lost->pa,
                            rmmsim_state_name(RMMSIM_OBJECT_GRANULE, lost->granule.state),
                            rmmsim_command_name(lost->granule.taker));
                }
                if (finding->num_lost > RMMSIM_SWEEP_LOST_MAX) {
                        say(finding, ", ...");
                }
                break;
        case RMMSIM_SWEEP_ENDLESS:
                say(finding, "the run made more than %llu SMCs", (unsigned long long)s->smcs_max);
                break;
        default:
                say(finding, "the run was another than the first one before that: put its variables back in `setup`");
                break;
        }
}

void sweep_found(struct sweep *s, const struct rmmsim_sweep_finding *found, enum rmmsim_sweep_kind kind)
{
        struct rmmsim_sweep_finding *finding;

        if (s->report->num_findings++ >= RMMSIM_SWEEP_FINDINGS_MAX) {
                return;
        }
        finding = &s->report->findings[s->report->num_listed++];
        *finding = *found;
        finding->kind = kind;
        say_where(finding);
        say_what(finding, s);
}

int rmmsim_sweep_print(const struct rmmsim_sweep_report *report, FILE *to)
{
        if (report == NULL || to == NULL) {
                return RMMSIM_ERROR_CONFIG;
        }
        fprintf(to, "points: %llu, untried: %llu; runs with trouble: %llu, excused: %llu; findings: %llu\n",
                (unsigned long long)report->points, (unsigned long long)report->untried,
                (unsigned long long)report->runs, (unsigned long long)report->excused,
                (unsigned long long)report->num_findings);
        for (unsigned i = 0; i < report->num_listed; i++) {
                fprintf(to, "%s: %s\n", rmmsim_sweep_name(report->findings[i].kind), report->findings[i].sentence);
        }
        if (report->num_findings > report->num_listed) {
                fprintf(to, "and %llu more\n", (unsigned long long)(report->num_findings - report->num_listed));
        }
        return 0;
}
