/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timer.c - the two EL1 timers of one REC: what the Realm reads and writes, and when the host must hear of it.
 *
 * The host injects a Realm's timer interrupts, so it must know whether a timer output is asserted. It learns so at
 * every REC exit; and when an output is no longer what the last exit showed, the RMM makes an exit of that change.
 * The other way round, an output the host has been shown asserted is masked while the Realm runs, or no instruction of
 * the Realm would ever complete.
 *
 * Specification: RMM (DEN0137) A6.2 "Realm timers"; ARM DDI 0487, "The Generic Timer".
 */
#include "timer.h"

#include <rmmsim/sysreg.h>

bool timer_istatus(const struct timer *timer, uint64_t now)
{
        return (timer->ctl & TIMER_CTL_ENABLE) && now >= timer->cval;
}

uint64_t timer_ctl(const struct timer *timer, uint64_t now)
{
        return timer->ctl | (timer_istatus(timer, now) ? TIMER_CTL_ISTATUS : 0);
}

bool timer_asserted(uint64_t ctl)
{
        return (ctl & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK | TIMER_CTL_ISTATUS)) ==
               (TIMER_CTL_ENABLE | TIMER_CTL_ISTATUS);
}

static bool output(const struct timer *timer, uint64_t now)
{
        return timer_asserted(timer_ctl(timer, now));
}

void timers_reset(struct timers *timers)
{
        *timers = (struct timers){ .cnthctl = 0 };
}

static bool changed(const struct timer *timer, uint64_t now)
{
        return output(timer, now) != timer_asserted(timer->exit_ctl);
}

bool timers_changed_slow(const struct timers *timers, uint64_t now)
{
        return changed(&timers->virt, now) || changed(&timers->phys, now);
}

void timers_enter_slow(struct timers *timers, uint64_t now)
{
        timers->cnthctl =
                (output(&timers->virt, now) ? TIMER_CNTVMASK : 0) | (output(&timers->phys, now) ? TIMER_CNTPMASK : 0);
}

/* When an output is, or without a register changing will be, asserted. */
static uint64_t event(const struct timer *timer, uint64_t now, bool masked)
{
        if (masked || !(timer->ctl & TIMER_CTL_ENABLE) || (timer->ctl & TIMER_CTL_IMASK)) {
                return TIMER_NEVER;
        }
        return now >= timer->cval ? now : timer->cval;
}

uint64_t timers_next_event(const struct timers *timers, uint64_t now)
{
        const uint64_t virt = event(&timers->virt, now, timers->cnthctl & TIMER_CNTVMASK);
        const uint64_t phys = event(&timers->phys, now, timers->cnthctl & TIMER_CNTPMASK);

        return virt < phys ? virt : phys;
}

bool timers_interrupt(const struct timers *timers, uint64_t now)
{
        return (output(&timers->virt, now) && !(timers->cnthctl & TIMER_CNTVMASK)) ||
               (output(&timers->phys, now) && !(timers->cnthctl & TIMER_CNTPMASK));
}

void timers_leave_slow(struct timers *timers, uint64_t now)
{
        timers->virt.exit_ctl = timer_ctl(&timers->virt, now);
        timers->phys.exit_ctl = timer_ctl(&timers->phys, now);
}

/* TVAL is a window on CVAL: the signed distance from now, in 32 bits. The upper half reads as zero. */
static uint64_t tval(const struct timer *timer, uint64_t now)
{
        return (timer->cval - now) & UINT32_MAX;
}

static void set_tval(struct timer *timer, uint64_t value, uint64_t now)
{
        const uint64_t sign = value & (UINT64_C(1) << 31) ? ~(uint64_t)UINT32_MAX : 0;

        timer->cval = now + ((value & UINT32_MAX) | sign);
}

static void set_ctl(struct timer *timer, uint64_t value)
{
        timer->ctl = value & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
}

enum sysreg_access timers_sysreg_read(const struct timers *timers, uint64_t *value, uint32_t reg, uint64_t now,
                                      uint64_t frequency_hz)
{
        switch (reg) {
        case RMMSIM_SYSREG_CNTFRQ_EL0:
                *value = frequency_hz;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTPCT_EL0:
        case RMMSIM_SYSREG_CNTVCT_EL0:
                *value = now;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTP_TVAL_EL0:
                *value = tval(&timers->phys, now);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTV_TVAL_EL0:
                *value = tval(&timers->virt, now);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTP_CTL_EL0:
                *value = timer_ctl(&timers->phys, now);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTV_CTL_EL0:
                *value = timer_ctl(&timers->virt, now);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTP_CVAL_EL0:
                *value = timers->phys.cval;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTV_CVAL_EL0:
                *value = timers->virt.cval;
                return SYSREG_DONE;
        default:
                return SYSREG_NOT_HERE;
        }
}

enum sysreg_access timers_sysreg_write(struct timers *timers, uint32_t reg, uint64_t value, uint64_t now)
{
        switch (reg) {
        case RMMSIM_SYSREG_CNTP_TVAL_EL0:
                set_tval(&timers->phys, value, now);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTV_TVAL_EL0:
                set_tval(&timers->virt, value, now);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTP_CTL_EL0:
                set_ctl(&timers->phys, value);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTV_CTL_EL0:
                set_ctl(&timers->virt, value);
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTP_CVAL_EL0:
                timers->phys.cval = value;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTV_CVAL_EL0:
                timers->virt.cval = value;
                return SYSREG_DONE;
        case RMMSIM_SYSREG_CNTFRQ_EL0: /* writable at the highest exception level only */
        case RMMSIM_SYSREG_CNTPCT_EL0:
        case RMMSIM_SYSREG_CNTVCT_EL0:
                return SYSREG_UNDEFINED;
        default:
                return SYSREG_NOT_HERE;
        }
}
