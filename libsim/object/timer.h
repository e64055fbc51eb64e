/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timer.h - the two EL1 timers of one REC.
 *
 * A timer is a control word and a time. Whether its condition is met is never stored: it follows from the time now,
 * which the caller passes, so nothing here ticks. The virtual and the physical counter of a Realm are the same counter,
 * with offset zero. Plain data, living in the REC's page.
 *
 * Specification: RMM (DEN0137) A6.2 "Realm timers", RmiRecExit; Arm Architecture Reference Manual (ARM DDI 0487), "The
 * Generic Timer".
 */
#ifndef TIMER_H
#define TIMER_H

#include "sysreg_access.h"

#include <stdbool.h>
#include <stdint.h>

/* CNTV_CTL_EL0, CNTP_CTL_EL0 */
#define TIMER_CTL_ENABLE  (UINT64_C(1) << 0)
#define TIMER_CTL_IMASK   (UINT64_C(1) << 1)
#define TIMER_CTL_ISTATUS (UINT64_C(1) << 2)

/* CNTHCTL_EL2: the RMM stops an interrupt that the host already knows of. */
#define TIMER_CNTVMASK (UINT64_C(1) << 18)
#define TIMER_CNTPMASK (UINT64_C(1) << 19)

#define TIMER_NEVER UINT64_MAX

/* The interrupts the host is expected to inject when an output is asserted. */
enum {
        TIMER_INTID_VIRT = 27,
        TIMER_INTID_PHYS = 30,
};

struct timer {
        uint64_t ctl;      /* ENABLE and IMASK only                          */
        uint64_t cval;     /* the time at which the condition becomes true   */
        uint64_t exit_ctl; /* what the last REC exit showed, ISTATUS and all */
};

struct timers {
        struct timer virt;
        struct timer phys;
        uint64_t cnthctl; /* TIMER_CNTVMASK, TIMER_CNTPMASK as of the last entry to the Realm */
};

/* --- One timer --------------------------------------------------------------------------------------------------- */

/* ISTATUS now. A disabled timer, whose status is UNKNOWN, has none. */
bool timer_istatus(const struct timer *timer, uint64_t now);

/* The control register as it reads now. */
uint64_t timer_ctl(const struct timer *timer, uint64_t now);

/* Does a control register with this value drive its interrupt? Enabled, condition met, not masked. */
bool timer_asserted(uint64_t ctl);

/* --- Both timers of a REC, in the order of a run ----------------------------------------------------------------- */

void timers_reset(struct timers *timers);

/*
 * Has either output changed, in either direction, since the last REC exit?
 *
 * Then the host must learn of it before the Realm runs: REC exit due to IRQ. Ask before every entry to the Realm, also
 * after a call the RMM answered itself.
 */
bool timers_changed_slow(const struct timers *timers, uint64_t now);

/* Timers that are off, and were shown off, have nothing to say: nearly always. */
static inline bool timers_off(const struct timers *timers)
{
        return (timers->virt.ctl | timers->virt.exit_ctl | timers->phys.ctl | timers->phys.exit_ctl) == 0;
}

static inline bool timers_changed(const struct timers *timers, uint64_t now)
{
        return !timers_off(timers) && timers_changed_slow(timers, now);
}

/* Entry to the Realm: an output asserted already is masked for this run, so that it cannot end the run at once. */
void timers_enter_slow(struct timers *timers, uint64_t now);

static inline void timers_enter(struct timers *timers, uint64_t now)
{
        timers->cnthctl = 0;
        if (!timers_off(timers)) {
                timers_enter_slow(timers, now);
        }
}

/* While the Realm runs: does an unmasked output interrupt it now? REC exit due to IRQ. */
bool timers_interrupt(const struct timers *timers, uint64_t now);

/* The first time, from now on, at which timers_interrupt is true if no register changes: how long a WFI can last. */
uint64_t timers_next_event(const struct timers *timers, uint64_t now);

/*
 * REC exit: fixes what the host is shown, exit_ctl and cval of each timer, which is what timers_changed compares with from now
 * on.
 */
void timers_leave_slow(struct timers *timers, uint64_t now);

static inline void timers_leave(struct timers *timers, uint64_t now)
{
        if (!timers_off(timers)) {
                timers_leave_slow(timers, now);
        }
}

/* --- The Realm's registers --------------------------------------------------------------------------------------- */

/* MRS and MSR of a register packed as in <rmmsim/sysreg.h>. *value is written only for SYSREG_DONE. */
enum sysreg_access timers_sysreg_read(const struct timers *timers, uint64_t *value, uint32_t reg, uint64_t now,
                                      uint64_t frequency_hz);
enum sysreg_access timers_sysreg_write(struct timers *timers, uint32_t reg, uint64_t value, uint64_t now);

#endif
