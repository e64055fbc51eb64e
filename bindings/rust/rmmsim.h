/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmmsim.h - what bindgen is given: the headers that the crate uses, and the constants that it does not see.
 *
 * bindgen reads macros without a preprocessor, so it loses those made with UINT64_C(). Here each is a constant,
 * rmmsim_REALM_FLAG_PMU for RMMSIM_REALM_FLAG_PMU.
 */
#include <rmmsim/guest.h>
#include <rmmsim/inject.h>
#include <rmmsim/inspect.h>
#include <rmmsim/record.h>
#include <rmmsim/rmmsim.h>
#include <rmmsim/snapshot.h>
#include <rmmsim/world.h>

/* Those that do not fit 63 bits bindgen would take for variables: lib.rs has them. */
#define CONSTANT(NAME) static const uint64_t rmmsim_##NAME = RMMSIM_##NAME;
CONSTANT(REALM_FLAG_LPA2)
CONSTANT(REALM_FLAG_SVE)
CONSTANT(REALM_FLAG_PMU)
CONSTANT(REC_FLAG_RUNNABLE)
CONSTANT(DATA_FLAG_MEASURE)
CONSTANT(ENTER_EMUL_MMIO)
CONSTANT(ENTER_INJECT_SEA)
CONSTANT(ENTER_TRAP_WFI)
CONSTANT(ENTER_TRAP_WFE)
CONSTANT(ENTER_RIPAS_REJECT)
CONSTANT(RIPAS_CHANGE_DESTROYED)
