/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_record.c - steps in words, while the objects that they are about are still there.
 */
#include "explorer.h"
#include <string.h>

static enum rmmsim_command command_of(uint32_t fid)
{
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                if (command_rows[i].fid == fid) {
                        return (enum rmmsim_command)i;
                }
        }
        return RMMSIM_COMMAND_NONE;
}

/* The PA of a Granule by its place in the tables, or all ones. */
static uint64_t pa_of(const struct rmmsim *sim, const struct granule *granule)
{
        for (unsigned i = 0; sim != NULL && i < sim->rmm.memory.num_regions; i++) {
                const struct region *region = &sim->rmm.memory.regions[i];
                uint64_t place = (uint64_t)((uintptr_t)granule - (uintptr_t)region->granules) / sizeof(*granule);
                uint64_t block = place & ~UINT64_C(63);

                if (region->kind != RMMSIM_REGION_DRAM || (uintptr_t)granule < (uintptr_t)region->granules) {
                        continue;
                }
                for (uint64_t n = block; n < block + 64 && n < region->size >> GRANULE_SHIFT; n++) {
                        if (region_granule(region, n) == granule) {
                                return region->base + (n << GRANULE_SHIFT);
                        }
                }
        }
        return UINT64_MAX;
}

uint64_t record_object(const struct rmmsim_explorer *x, uint64_t key)
{
        switch (object_kind(key)) {
        case OBJECT_GRANULE:
                return pa_of(x->sim, (const struct granule *)(uintptr_t)object_id(key));
        case OBJECT_LABEL:
                return 0;
        default:
                return object_id(key);
        }
}

static void name_host_object(char *text, size_t size, const char *kind, const char *name, uint64_t key)
{
        if (name != NULL) {
                (void)snprintf(text, size, "%s '%.32s'", kind, name);
        } else {
                (void)snprintf(text, size, "%s 0x%llx", kind, (unsigned long long)object_id(key));
        }
}

void record_name(char *text, size_t size, const struct rmmsim_explorer *x, uint64_t key)
{
        uintptr_t at = (uintptr_t)object_id(key);

        switch (object_kind(key)) {
        case OBJECT_GRANULE:
                (void)snprintf(text, size, "%s 0x%llx",
                               rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule_state((const struct granule *)at)),
                               (unsigned long long)pa_of(x->sim, (const struct granule *)at));
                break;
        case OBJECT_VMID:
                (void)snprintf(text, size, "VMID %llu", (unsigned long long)object_id(key));
                break;
        case OBJECT_MUTEX:
                name_host_object(text, size, "mutex", ((const struct rmmsim_mutex *)at)->name, key);
                break;
        case OBJECT_COND:
                name_host_object(text, size, "condition", ((const struct rmmsim_cond *)at)->name, key);
                break;
        case OBJECT_LABEL:
                (void)snprintf(text, size, "%.48s", (const char *)at);
                break;
        default:
                (void)snprintf(text, size, "0x%llx", (unsigned long long)object_id(key));
                break;
        }
}

static void name_trap(char *text, size_t size, uint64_t key)
{
        static const char *const names[] = { "NOP", "SMC", "HVC",  "WFI",   "WFE",     "WFIT",     "WFET",
                                             "MRS", "MSR", "load", "store", "copy in", "copy out", "fetch" };

        if (key < ARRAY_SIZE(names)) {
                (void)snprintf(text, size, "guest: %s", names[key]);
        } else {
                (void)snprintf(text, size, "guest: %s", rmmsim_command_name(command_of((uint32_t)key)));
        }
}

/* One with a name of its own, of an object or not. */
static const char *verb_of(enum rmmsim_step_kind kind)
{
        static const char *const verbs[RMMSIM_NUM_STEP_KINDS] = {
                [RMMSIM_STEP_LOCK] = "lock ",
                [RMMSIM_STEP_LOCK_SHARED] = "lock, shared, ",
                [RMMSIM_STEP_UNLOCK] = "unlock ",
                [RMMSIM_STEP_READ_PAGE] = "read page ",
                [RMMSIM_STEP_REC_ENTRY] = "enter REC ",
                [RMMSIM_STEP_REC_EXIT] = "exit REC ",
                [RMMSIM_STEP_RAISE] = "raise interrupt at PE ",
                [RMMSIM_STEP_TIME] = "advance time by ",
                [RMMSIM_STEP_MUTEX_LOCK] = "lock ",
                [RMMSIM_STEP_MUTEX_UNLOCK] = "unlock ",
                [RMMSIM_STEP_COND_WAIT] = "wait for ",
                [RMMSIM_STEP_COND_SIGNAL] = "signal ",
        };

        return verbs[kind] != NULL ? verbs[kind] : "";
}

static void describe(struct rmmsim_step *step, const struct rmmsim_explorer *x, uint64_t key)
{
        char name[64];

        switch (step->kind) {
        case RMMSIM_STEP_START:
                (void)snprintf(step->text, sizeof(step->text), "start");
                break;
        case RMMSIM_STEP_END:
                (void)snprintf(step->text, sizeof(step->text), "return");
                break;
        case RMMSIM_STEP_SMC:
                (void)snprintf(step->text, sizeof(step->text), "SMC %s",
                               rmmsim_command_name(command_of((uint32_t)key)));
                break;
        case RMMSIM_STEP_SMC_RETURN:
                (void)snprintf(step->text, sizeof(step->text), "SMC returns %s", rmmsim_rmi_status_name(key));
                break;
        case RMMSIM_STEP_TRAP:
                name_trap(step->text, sizeof(step->text), key);
                break;
        default:
                if (step->kind == RMMSIM_STEP_YIELD && object_kind(key) != OBJECT_LABEL) {
                        (void)snprintf(step->text, sizeof(step->text), "yield");
                        break;
                }
                record_name(name, sizeof(name), x, key);
                (void)snprintf(step->text, sizeof(step->text), "%s%.*s", verb_of(step->kind), 40, name);
                break;
        }
}

/* Was the lane that runs put in the place of the default at the last choice, and is this the first to be heard of it? */
static bool has_preempted(const struct rmmsim_explorer *x, const struct lane *lane, uint64_t *choice)
{
        const struct preemption *last;

        if (x->num_taken == 0 || x->num_taken > CHOICES_MAX) {
                return false;
        }
        last = &x->taken[x->num_taken - 1];
        *choice = last->choice;
        return last->choice + 1 == x->choices && last->pe == lane->pe;
}

enum rmmsim_command record_command(const struct lane *lane)
{
        return lane->calls != 0 && lane->calls <= CALLS_MAX ? command_of(lane->fids[lane->calls - 1])
                                                            : RMMSIM_COMMAND_NONE;
}

void record_step(struct rmmsim_explorer *x, const struct lane *lane)
{
        struct rmmsim_finding *finding = x->finding;
        const struct rmmsim_step *before = finding->num_steps != 0 ? &finding->steps[finding->num_steps - 1] : NULL;
        struct rmmsim_step step = { .pe = lane->pe, .kind = lane->kind, .command = record_command(lane) };

        if (lane->kind == RMMSIM_STEP_SMC) {
                step.command = command_of((uint32_t)lane->key);
        }
        step.object =
                lane->kind == RMMSIM_STEP_SMC || lane->kind == RMMSIM_STEP_SMC_RETURN || lane->kind == RMMSIM_STEP_TRAP
                        ? 0
                        : record_object(x, lane->key);
        step.preempts = has_preempted(x, lane, &step.choice) && (before == NULL || before->pe != lane->pe);
        if (!step.preempts) {
                step.choice = 0;
        }
        describe(&step, x, lane->key);
        if (finding->num_steps == RMMSIM_FINDING_STEPS_MAX) {
                memmove(&finding->steps[0], &finding->steps[1], sizeof(finding->steps) - sizeof(finding->steps[0]));
                finding->num_steps--;
                finding->steps_left_out++;
        }
        finding->steps[finding->num_steps++] = step;
}
