/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * use.h - where the SMCs go of code that names no instance.
 *
 * A kernel's wrapper says "SMC" and nothing else: no handle, no PE. The headers in <rmmsim/compat/> give such code the
 * functions that it calls, and these come here: to what the code that runs has selected. A test says
 *
 *     rmmsim_use(sim, 0);
 *     kernel_boots_a_realm();
 *
 * Each of these has a selection of its own, which follows it wherever it runs:
 *   - a thread: at first nothing is selected;
 *   - a guest function (<rmmsim/guest.h>): at first its own vCPU, so that a guest's RSI wrappers reach the RMM from the Realm's
 *     side, on whatever thread the guest is resumed;
 *   - a PE's function of an exploration (<rmmsim/explore.h>): at first the instance and PE that it is given, whoever runs in between.
 *     `setup`, `check` and `teardown` have that of the thread.
 * A step function and the callbacks of an instance have none: to them that of the thread or function that they interrupt
 * applies, and they make no calls.
 *
 * Threads: a selection belongs to the code that made it; all of these functions may be called anywhere, at any time. The PE
 * selected belongs to one thread at a time, as rmmsim.h says. A selection owns nothing: before the instance is destroyed, or
 * at the latest before the next call, select something else.
 */
#ifndef RMMSIM_USE_H
#define RMMSIM_USE_H

#include <rmmsim/guest.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In the place of an instance: x0..x17 in, x0..x17 out. It may call the library, its own selection included. */
typedef void rmmsim_handler_fn(void *context, struct rmmsim_regs *regs);

/* What is selected: at most one of sim, vcpu and handler is not NULL. To be kept, looked at and put back; not to be made. */
struct rmmsim_selection {
        struct rmmsim *sim;
        unsigned pe; /* of sim */
        struct rmmsim_vcpu *vcpu;
        rmmsim_handler_fn *handler;
        void *context; /* of handler */
};

/*
 * Select an instance and one of its PEs, or, with NULL, nothing. Returns what was selected before, for rmmsim_use_again(). A PE
 * that does not exist is a misuse of the instance, and the selection stays as it is.
 *
 * In a guest function: from now on it calls as a host, on that PE, which must not be the one that it runs on.
 */
struct rmmsim_selection rmmsim_use(struct rmmsim *sim, unsigned pe);

/* Select a function: a recorder, a monitor of the test's own. It is called on the stack of its caller. NULL selects nothing. */
struct rmmsim_selection rmmsim_use_handler(rmmsim_handler_fn *handler, void *context);

/*
 * Put back what was selected before:
 *
 *     struct rmmsim_selection before = rmmsim_use(sim, 1);
 *     ...
 *     rmmsim_use_again(before);
 *
 * A selection that holds a vCPU can be put back by that vCPU's guest function only. Anything else is a misuse with no
 * instance to tell: a sentence on stderr, then abort().
 */
void rmmsim_use_again(struct rmmsim_selection selection);

/* What is selected. */
struct rmmsim_selection rmmsim_used(void);

/*
 * The first error that rmmsim_smc() has returned to a seam since this was last asked, and 0 if there was none: code that sees
 * registers only does not see it. RMMSIM_ERROR_NO_GUEST is the one to expect, where a REC starts that has no guest.
 */
int rmmsim_use_error(void);

/*
 * The seam itself, which all of <rmmsim/compat/> ends in: an SMC with the 18 registers of 64 bits at x, x0..x17, in place.
 * Like rmmsim_smc() or rmmsim_guest_smc(), whichever is selected; what they document holds.
 *
 * A call that rmmsim_smc() refuses as a misuse has NOT_SUPPORTED in x0. With nothing selected: a sentence on stderr, then
 * abort(), as there is no instance whose misuse handler could be told.
 */
void rmmsim_seam(void *x);

/*
 * What the seams put into registers that the caller does not name: of arm_smccc_1_1_smc(f, a, &res) everything above x1.
 * On hardware they hold what was left there. Here that is always this, which is no address, no level, and has all low bits
 * of flags set that a caller would rather have clear: so an argument that was forgotten shows.
 */
#define RMMSIM_REGISTER_UNSET UINT64_C(0xbad0bad0bad0bad7)

#ifdef __cplusplus
}
#endif

#endif
