/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * use.c - selections, and the seam: an SMC of code that names no instance.
 *
 * A guest that calls through the seam may come back on another thread, so nothing that belongs to the thread is touched
 * after a call on a vCPU.
 */
#include "seam.h"
#include "seam_call.h"
#include "sim.h"
#include <stdio.h>
#include <stdlib.h>

static __attribute__((tls_model("initial-exec"))) _Thread_local struct seam own;

static struct seam *here(void)
{
        return seam != NULL ? seam : &own;
}

/* With no instance there is no handler to tell. */
static _Noreturn void misuse(const char *sentence)
{
        fprintf(stderr, "rmmsim: misuse: %s\n", sentence);
        abort();
}

static struct rmmsim_selection select_next(struct rmmsim_selection next)
{
        struct seam *at = here();
        struct rmmsim_selection before = at->selected;

        at->selected = next;
        return before;
}

struct rmmsim_selection rmmsim_use(struct rmmsim *sim, unsigned pe)
{
        if (sim != NULL && !sim_has_pe(sim, pe)) {
                return rmmsim_used();
        }
        return select_next((struct rmmsim_selection){ .sim = sim, .pe = sim != NULL ? pe : 0 });
}

struct rmmsim_selection rmmsim_use_handler(rmmsim_handler_fn *handler, void *context)
{
        return select_next((struct rmmsim_selection){ .handler = handler, .context = context });
}

void rmmsim_use_again(struct rmmsim_selection selection)
{
        if (selection.vcpu != NULL && selection.vcpu != here()->vcpu) {
                misuse("rmmsim_use_again() with the selection of a guest, outside that guest's function");
        }
        (void)select_next(selection);
}

struct rmmsim_selection rmmsim_used(void)
{
        return here()->selected;
}

int rmmsim_use_error(void)
{
        struct seam *at = here();
        int error = at->error;

        at->error = 0;
        return error;
}

static void call_host(struct seam *at, const struct rmmsim_selection *selected, struct rmmsim_regs *regs)
{
        int error = rmmsim_smc(selected->sim, selected->pe, regs);

        if (error == RMMSIM_ERROR_MISUSE) {
                regs->x[0] = RMMSIM_NOT_SUPPORTED;
        }
        if (at->error == 0) {
                at->error = error;
        }
}

void seam_call(const struct rmmsim_selection *selected, struct rmmsim_regs *regs)
{
        if (selected->vcpu != NULL) {
                rmmsim_guest_smc(selected->vcpu, regs);
        } else if (selected->sim != NULL) {
                call_host(here(), selected, regs);
        } else if (selected->handler != NULL) {
                selected->handler(selected->context, regs);
        } else {
                misuse("an SMC where no instance is selected: call rmmsim_use() first, on each thread that makes SMCs");
        }
}

void rmmsim_seam(void *x)
{
        struct rmmsim_selection selected = here()->selected;

        seam_call(&selected, x);
}
