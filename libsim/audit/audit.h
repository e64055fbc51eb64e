/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * audit.h - the invariants of the whole machine, checked on demand.
 *
 * It reads everything and writes nothing. No PE may be inside a command; RECs may be suspended anywhere.
 */
#ifndef AUDIT_H
#define AUDIT_H

#include "rmm.h"

/* Returns true if every invariant holds; else false, and the report names the first that does not and the offender. */
bool audit(const struct rmm *rmm, struct rmmsim_report *report);

#endif
