/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_end.c - how a schedule ends: what is looked at, who waits for whom, and leaving those that did not return.
 */
#include "audit.h"
#include "explorer.h"
#include <stdarg.h>
#include <string.h>

/* A sentence that grows, and loses its end where it does not fit. */
__attribute__((format(printf, 3, 4))) static void append(char *text, size_t size, const char *format, ...)
{
        size_t length = strlen(text);
        va_list list;

        va_start(list, format);
        (void)vsnprintf(text + length, size - length, format, list);
        va_end(list);
}

/* ---- deadlock ----------------------------------------------------------------------------------------------------------- */

static bool waits_for(const struct lane *lane)
{
        return lane->state != LANE_UNUSED && lane->state != LANE_RETURNED;
}

static void append_holders(char *text, size_t size, const struct rmmsim_explorer *x, const struct lane *waiter)
{
        const char *before = ", which PE";

        for (unsigned i = 0; i < x->num_lanes; i++) {
                const struct lane *lane = &x->lanes[i];

                for (unsigned j = 0; j < lane->num_holds; j++) {
                        if (lane->holds[j].key == waiter->key && waiter->state != LANE_WAITS_COND) {
                                append(text, size, "%s %u holds", before, i);
                                before = " and PE";
                                break;
                        }
                }
        }
}

void end_deadlock(struct rmmsim_explorer *x)
{
        char text[sizeof(x->sentence)] = "";
        const char *before = "";

        for (unsigned i = 0; i < x->num_lanes; i++) {
                const struct lane *lane = &x->lanes[i];
                char name[64];

                if (waits_for(lane)) {
                        record_name(name, sizeof(name), x, lane->key);
                        append(text, sizeof(text), "%sPE %u waits for %s", before, i, name);
                        append_holders(text, sizeof(text), x, lane);
                        before = "; ";
                }
        }
        run_fail(x, RMMSIM_FOUND_DEADLOCK, "%s", text);
}

/* ---- all have returned ------------------------------------------------------------------------------------------------ */

void end_audit(struct rmmsim_explorer *x)
{
        struct rmmsim_report report;

        if (x->sim != NULL && !audit(&x->sim->rmm, &report)) {
                run_fail(x, RMMSIM_FOUND_AUDIT, "invariant %s does not hold: %s", report.invariant, report.text);
        }
}

static void look_for_lost_granules(struct rmmsim_explorer *x)
{
        char text[sizeof(x->sentence) - 64] = "";
        unsigned count = 0;
        uint64_t pa = 0;

        for (; rmmsim_next_delegated(x->sim, &pa, pa); pa += GRANULE_SIZE) {
                struct rmmsim_granule granule;

                (void)rmmsim_granule(x->sim, &granule, pa);
                append(text, sizeof(text), "%s0x%llx (%s since %s)", count == 0 ? "" : ", ", (unsigned long long)pa,
                       rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state), rmmsim_command_name(granule.taker));
                count++;
        }
        if (count != 0) {
                run_fail(x, RMMSIM_FOUND_LOST_GRANULES, "%u Granule%s not come back: %s", count,
                         count == 1 ? " has" : "s have", text);
        }
}

void end_look(struct rmmsim_explorer *x)
{
        for (unsigned i = 0; i < x->num_lanes && x->found == RMMSIM_FOUND_NOTHING; i++) {
                const struct lane *lane = &x->lanes[i];

                if (lane->num_holds != 0) {
                        char name[64];

                        record_name(name, sizeof(name), x, lane->holds[0].key);
                        run_fail(x, RMMSIM_FOUND_MISUSE, "PE %u returns and still holds %s", i, name);
                }
        }
        if (x->found == RMMSIM_FOUND_NOTHING && x->program->check != NULL) {
                x->program->check(x->sim, x->program->arg);
        }
        if (x->found == RMMSIM_FOUND_NOTHING && x->program->linearizable) {
                serial_end(x);
        }
        if (x->serial.running) {
                return;
        }
        if (x->found == RMMSIM_FOUND_NOTHING && x->program->audit_period != 0) {
                end_audit(x);
        }
        if (x->found == RMMSIM_FOUND_NOTHING && x->program->granules_return && x->sim != NULL) {
                look_for_lost_granules(x);
        }
}

/* ---- some have not ------------------------------------------------------------------------------------------------------ */

static struct granule *granule_of(uint64_t key)
{
        return object_kind(key) == OBJECT_GRANULE ? (struct granule *)(uintptr_t)object_id(key) : NULL;
}

static void drop_locks(const struct rmmsim_explorer *x, struct lane *lane)
{
        struct granule *awaited = granule_of(lane->key);

        for (unsigned i = 0; i < lane->num_holds; i++) {
                struct granule *granule = granule_of(lane->holds[i].key);

                if (granule != NULL) {
                        granule_drop(granule, lane->holds[i].shared);
                } else if (object_kind(lane->holds[i].key) == OBJECT_VMID && x->sim != NULL) {
                        vmid_unlock(&x->sim->rmm.vmids, (unsigned)object_id(lane->holds[i].key));
                }
        }
        lane->num_holds = 0; /* the next run of the explorer may have no use for the lane */
        /* A writer that will not come must not keep readers back. */
        if (awaited != NULL && lane->state == LANE_WAITS_WORD) {
                atomic_fetch_and_explicit(&awaited->word, ~(uint32_t)GRANULE_WAITING, memory_order_relaxed);
        }
}

/* Where it is not known which locks a lane holds: all of the instance. */
static void drop_all_locks(struct memory *memory)
{
        for (unsigned i = 0; i < memory->num_regions; i++) {
                const struct region *region = &memory->regions[i];

                for (uint64_t n = 0; region->kind == RMMSIM_REGION_DRAM && n < region->size >> GRANULE_SHIFT; n++) {
                        struct granule *granule = region_granule(region, n);

                        atomic_fetch_and_explicit(&granule->word,
                                                  ~(uint32_t)(GRANULE_WRITER | GRANULE_WAITING | GRANULE_READER_MASK),
                                                  memory_order_relaxed);
                }
        }
}

void end_abandon(struct rmmsim_explorer *x)
{
        for (unsigned i = 0; i < x->num_lanes; i++) {
                struct lane *lane = &x->lanes[i];

                if (!waits_for(lane)) {
                        continue;
                }
                drop_locks(x, lane);
                if (lane->holds_lost && x->sim != NULL) {
                        drop_all_locks(&x->sim->rmm.memory);
                }
                coroutine_drop(&lane->coroutine);
                lane->prepared = false;
        }
        if (x->sim != NULL) {
                sim_abandon(x->sim);
        }
}
