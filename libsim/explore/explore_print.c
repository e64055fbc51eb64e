/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_print.c - a finding for a reader: a lane for each PE, time runs down.
 */
#include "bits.h"
#include <rmmsim/explore.h>
#include <string.h>

const char *rmmsim_finding_name(unsigned kind)
{
        static const char *const names[RMMSIM_NUM_FINDINGS] = {
                [RMMSIM_FOUND_NOTHING] = "nothing",
                [RMMSIM_FOUND_FAILURE] = "failure",
                [RMMSIM_FOUND_DEADLOCK] = "deadlock",
                [RMMSIM_FOUND_LIVELOCK] = "livelock",
                [RMMSIM_FOUND_AUDIT] = "audit",
                [RMMSIM_FOUND_LOST_GRANULES] = "lost Granules",
                [RMMSIM_FOUND_NOT_LINEARIZABLE] = "not linearizable",
                [RMMSIM_FOUND_LOCK_ORDER] = "lock order",
                [RMMSIM_FOUND_MISUSE] = "misuse",
        };

        return kind < RMMSIM_NUM_FINDINGS ? names[kind] : NULL;
}

static bool is_sound(const struct rmmsim_finding *finding, const FILE *to)
{
        return finding != NULL && to != NULL && rmmsim_finding_name(finding->kind) != NULL &&
               finding->num_steps <= RMMSIM_FINDING_STEPS_MAX && finding->num_pes <= RMMSIM_EXPLORE_PES_MAX;
}

static int lane_width(unsigned num_pes)
{
        return num_pes <= 2 ? 40 : num_pes <= 4 ? 26 : 14;
}

static void print_head(const struct rmmsim_finding *finding, FILE *to)
{
        fprintf(to, "%s: %s\n", rmmsim_finding_name(finding->kind),
                finding->kind == RMMSIM_FOUND_NOTHING ? "no schedule that was run failed" : finding->sentence);
        fprintf(to, "schedules: %llu", (unsigned long long)finding->schedules);
        if (finding->pruned != 0) {
                fprintf(to, ", and %llu given up as repetitions", (unsigned long long)finding->pruned);
        }
        if (finding->shrinking != 0) {
                fprintf(to, ", and %llu to shrink it", (unsigned long long)finding->shrinking);
        }
        fprintf(to, "%s\n", finding->complete ? "; there are no others" : "");
        if (finding->replay[0] != '\0') {
                fprintf(to, "replay: %s\n", finding->replay);
        }
        if (finding->kind != RMMSIM_FOUND_NOTHING && !finding->replays) {
                fprintf(to,
                        "It did not happen again when the schedule was repeated: the program does something else each "
                        "time. Does setup put all variables back?\n");
        }
}

static void print_step(const struct rmmsim_step *step, int width, FILE *to)
{
        if (step->preempts) {
                fprintf(to, "      ---- choice %llu: PE %u goes on\n", (unsigned long long)step->choice, step->pe);
        }
        fprintf(to, "      %*s%s\n", (int)step->pe * width, "", step->text);
}

int rmmsim_finding_print(const struct rmmsim_finding *finding, FILE *to)
{
        int width;

        if (!is_sound(finding, to)) {
                return RMMSIM_ERROR_CONFIG;
        }
        width = lane_width(finding->num_pes);
        print_head(finding, to);
        if (finding->num_steps == 0) {
                return 0;
        }
        fprintf(to, "\n      ");
        for (unsigned i = 0; i < finding->num_pes; i++) {
                fprintf(to, "PE %u%*s", i, i + 1 < finding->num_pes ? width - 4 : 0, "");
        }
        fprintf(to, "\n");
        if (finding->steps_left_out != 0) {
                fprintf(to, "      ... %llu steps before\n", (unsigned long long)finding->steps_left_out);
        }
        for (unsigned i = 0; i < finding->num_steps; i++) {
                print_step(&finding->steps[i], width, to);
        }
        return 0;
}

/* In a note of Mermaid's, ';' and '#' are its own, and so is a line's end. */
static void print_note(const char *text, FILE *to)
{
        for (; *text != '\0'; text++) {
                fputc(*text == ';' || *text == '#' || *text == '\n' ? ',' : *text, to);
        }
        fputc('\n', to);
}

int rmmsim_finding_mermaid(const struct rmmsim_finding *finding, FILE *to)
{
        if (!is_sound(finding, to)) {
                return RMMSIM_ERROR_CONFIG;
        }
        fprintf(to, "sequenceDiagram\n");
        for (unsigned i = 0; i < finding->num_pes; i++) {
                fprintf(to, "    participant P%u as PE %u\n", i, i);
        }
        fprintf(to, "    participant RMM\n");
        for (unsigned i = 0; i < finding->num_steps; i++) {
                const struct rmmsim_step *step = &finding->steps[i];

                if (step->preempts) {
                        fprintf(to, "    Note over P0,RMM: choice %llu: PE %u goes on\n",
                                (unsigned long long)step->choice, step->pe);
                }
                if (step->kind == RMMSIM_STEP_SMC) {
                        fprintf(to, "    P%u->>RMM: ", step->pe);
                } else if (step->kind == RMMSIM_STEP_SMC_RETURN) {
                        fprintf(to, "    RMM-->>P%u: ", step->pe);
                } else {
                        fprintf(to, "    Note over P%u: ", step->pe);
                }
                print_note(step->text, to);
        }
        if (finding->kind != RMMSIM_FOUND_NOTHING) {
                fprintf(to, "    Note over P0,RMM: %s: ", rmmsim_finding_name(finding->kind));
                print_note(finding->sentence, to);
        }
        return 0;
}
