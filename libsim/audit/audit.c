/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit.c - the walk over everything.
 */
#include "audit.h"

bool audit(const struct rmm *rmm, struct rmmsim_report *report)
{
        uint64_t pa;

        *report = (struct rmmsim_report){ .checked = 0 };
        for (uint64_t from = 0; memory_next_delegated(&rmm->memory, &pa, from); from = pa + GRANULE_SIZE) {
                report->checked++;
        }
        return true;
}
