/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meter.c - which PE has its calls timed. The timing itself is in api/smc.c, where a PE without a meter pays one branch.
 */
#include "sim.h"
#include <rmmsim/bench.h>

int rmmsim_meter_attach(struct rmmsim *sim, unsigned pe, struct rmmsim_meter *meter)
{
        if (!sim_has_pe(sim, pe)) {
                return RMMSIM_ERROR_MISUSE;
        }
        if (atomic_load_explicit(&sim->pes[pe].busy, memory_order_relaxed) != 0) {
                return sim_misuse(sim,
                                  "rmmsim_meter_attach() while the PE is inside a call: attach meters between calls");
        }
        sim->pes[pe].meter = meter;
        return 0;
}
