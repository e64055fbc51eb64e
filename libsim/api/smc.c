/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * smc.c - the host's way in.
 */
#include "audit.h"
#include "sim.h"
#include "ticks.h"
#include "why.h"
#include <rmmsim/bench.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A PE is one CPU: two threads on it at once is a mistake of the caller, and so is a host call on a PE whose REC is
 * running. The flag finds such mistakes; it does not order anything, so no read-modify-write is spent on it.
 */
static bool claim(struct pe *pe)
{
        if (atomic_load_explicit(&pe->busy, memory_order_relaxed) != 0) {
                return false;
        }
        atomic_store_explicit(&pe->busy, 1, memory_order_relaxed);
        return true;
}

static int audit_after(struct rmmsim *sim, struct pe *pe)
{
        struct rmmsim_report report;
        char sentence[320];

        if (++pe->commands_until_audit < sim->audit_period) {
                return 0;
        }
        pe->commands_until_audit = 0;
        if (audit(&sim->rmm, &report)) {
                return 0;
        }
        snprintf(sentence, sizeof(sentence), "invariant %s does not hold after %s: %s", report.invariant,
                 rmmsim_command_name(pe->command), report.text);
        (void)sim_misuse(sim, sentence);
        return RMMSIM_ERROR_AUDIT;
}

/* Out of line, so that a PE without a meter pays one predicted branch. */
__attribute__((noinline)) static int metered(struct pe *pe, uint64_t *x)
{
        uint64_t start = ticks();
        int error = rmi_dispatch(pe, x);

        pe->meter->ticks += ticks() - start;
        pe->meter->calls++;
        return error;
}

__attribute__((noinline)) static void tell_trespass(const struct rmmsim *sim, const struct pe *pe)
{
        struct rmmsim_trespass trespass;
        char sentence[256];

        guard_explain(&sim->rmm.memory, &trespass, sentence, sizeof(sentence), pe->trespass);
        if (sim->trespass == NULL) {
                fprintf(stderr, "rmmsim: %s\n", sentence);
                abort();
        }
        sim->trespass(sim->context, &trespass);
}

static inline __attribute__((always_inline)) int smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs)
{
        struct pe *self;
        int error;

        if (!sim_has_pe(sim, pe)) {
                return RMMSIM_ERROR_MISUSE;
        }
        self = &sim->pes[pe];
        if (!claim(self)) {
                return sim_misuse(sim, "two calls on one PE at once: give each thread, and each guest that acts as a "
                                       "host, a PE of its own");
        }
        error = self->meter == NULL ? rmi_dispatch(self, regs->x) : metered(self, regs->x);
        if (__builtin_expect(error == RMMSIM_ERROR_TRESPASS, 0)) {
                tell_trespass(sim, self);
        }
        if (sim->audit_period != 0) {
                int broken = audit_after(sim, self);

                error = error != 0 ? error : broken;
        }
        atomic_store_explicit(&self->busy, 0, memory_order_release);
        return error;
}

__attribute__((noinline)) static int smc_explored(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs)
{
        int error;

        point(RMMSIM_STEP_SMC, regs->x[0] & UINT32_MAX);
        error = smc(sim, pe, regs);
        point_observe(regs->x, ARRAY_SIZE(regs->x));
        point(RMMSIM_STEP_SMC_RETURN, regs->x[0] & UINT32_MAX);
        return error;
}

int rmmsim_smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs)
{
        return is_explored() ? smc_explored(sim, pe, regs) : smc(sim, pe, regs);
}

struct rmmsim_regs rmmsim_call_fields(struct rmmsim *sim, unsigned pe, uint32_t fid, const uint64_t *fields,
                                      size_t num_fields)
{
        struct rmmsim_regs regs = { .x = { fid } };

        for (size_t i = 1; i < num_fields && i < ARRAY_SIZE(regs.x); i++) {
                regs.x[i] = fields[i];
        }
        if (rmmsim_smc(sim, pe, &regs) == RMMSIM_ERROR_MISUSE) {
                regs.x[0] = RMMSIM_NOT_SUPPORTED;
        }
        return regs;
}

const struct rmmsim_refusal *rmmsim_why(const struct rmmsim *sim, unsigned pe)
{
        return sim_has_pe(sim, pe) ? why(&sim->pes[pe], &sim->pes[pe].refusal) : NULL;
}
