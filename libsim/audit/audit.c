/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit.c - one pass over everything, from Granules to Realms to what Realms own.
 *
 * First every Granule by itself. Then every Realm, from its RD down, so that each Granule is claimed by the one slot that
 * names it. What nobody claimed in the end has been lost.
 */
#include "audit_pass.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct invariant_row invariant_rows[NUM_INVARIANTS] = {
#define INVARIANT(name, also, sentence) { #name, also, sentence },
#include "audit_invariants.def"
};

bool audit_fail(struct audit *a, enum invariant invariant, const char *format, ...)
{
        const struct invariant_row *row = &invariant_rows[invariant];
        struct rmmsim_report *report = a->report;
        va_list list;
        size_t length;

        snprintf(report->invariant, sizeof(report->invariant), "%s", row->name);
        va_start(list, format);
        vsnprintf(report->text, sizeof(report->text), format, list);
        va_end(list);
        length = strlen(report->text);
        snprintf(report->text + length, sizeof(report->text) - length, "; it must hold that %s", row->sentence);
        return false;
}

static bool audit_realms(struct audit *a)
{
        const struct memory *memory = &a->rmm->memory;

        for (size_t i = 0; i < a->claims.num_windows; i++) {
                for (unsigned bit = 0; bit < WINDOW_WORDS * 64; bit++) {
                        uint64_t pa = a->claims.windows[i].base + bit * GRANULE_SIZE;

                        if ((a->claims.windows[i].rds[bit / 64] & BIT(bit % 64)) != 0 &&
                            !audit_realm(a, memory_realm_page(memory, pa))) {
                                return false;
                        }
                }
        }
        return true;
}

static bool no_memory(struct rmmsim_report *report)
{
        snprintf(report->invariant, sizeof(report->invariant), "memory");
        snprintf(report->text, sizeof(report->text), "the system has no memory for the audit: nothing is known");
        return false;
}

/* What follows the Granules needs to know how many there are. */
static bool audit_objects(struct audit *a)
{
        a->indices = calloc(a->found[RMMSIM_GRANULE_REC] + 1, sizeof(*a->indices));
        if (a->indices == NULL) {
                return no_memory(a->report);
        }
        return audit_realms(a) && audit_vmids(a) && audit_orphans(a);
}

bool audit(const struct rmm *rmm, struct rmmsim_report *report)
{
        struct audit *a = calloc(1, sizeof(*a));
        size_t max_windows = audit_max_windows(&rmm->memory);
        bool holds;

        *report = (struct rmmsim_report){ .checked = 0 };
        if (a == NULL) {
                return no_memory(report);
        }
        a->rmm = rmm;
        a->report = report;
        holds = claims_init(&a->claims, max_windows) ? audit_granules(a) && audit_objects(a) : no_memory(report);
        claims_free(&a->claims);
        free(a->indices);
        free(a);
        return holds;
}
