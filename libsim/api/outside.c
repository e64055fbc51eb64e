/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * outside.c - what surrounds the RMM: host memory, the Granule Protection Table, interrupts, time, and binding guests.
 */
#include "recorder.h"

void *rmmsim_host_pointer(const struct rmmsim *sim, uint64_t pa, size_t size)
{
        const struct region *region = memory_region(&sim->rmm.memory, pa);
        uint8_t *page;

        if (region == NULL || size > region->size - (pa - region->base)) {
                return NULL;
        }
        if (region->host == NULL && (pa & GRANULE_MASK) + size > GRANULE_SIZE) {
                return NULL;
        }
        page = memory_host_page(&sim->rmm.memory, pa);
        return page == NULL ? NULL : page + (pa & GRANULE_MASK);
}

/* Lock the Granules of a range as UNDELEGATED, as many as are; returns how many. */
static uint64_t lock_undelegated(const struct memory *memory, uint64_t pa, uint64_t count)
{
        uint64_t done = 0;

        for (; done < count; done++) {
                struct granule *granule = memory_granule(memory, pa + done * GRANULE_SIZE);
                bool held;

                if (granule == NULL) {
                        break;
                }
                granule_lock(granule, RMMSIM_GRANULE_UNDELEGATED, false, &held);
                if (!held) {
                        break;
                }
        }
        return done;
}

/* The Granules are held: nobody sees the old entries any more. */
static void record_gpt(struct rmmsim *sim, uint64_t pa, size_t size, enum rmmsim_state gpt)
{
        struct text text = { 0 };

        text_add(&text, "gpt 0x%llx 0x%llx %s\n", (unsigned long long)pa, (unsigned long long)size,
                 rmmsim_state_name(RMMSIM_OBJECT_GPT, gpt));
        record_outside_begin(sim, &text, MEMORY_NONE);
        record_outside_end(sim);
}

int rmmsim_gpt_set(struct rmmsim *sim, uint64_t pa, size_t size, enum rmmsim_state gpt)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t count = (uint64_t)size >> GRANULE_SHIFT;
        uint64_t held;

        if (gpt == RMMSIM_GPT_GPT_REALM || (unsigned)gpt > RMMSIM_GPT_GPT_AAP) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (!is_granule_aligned(pa) || !is_granule_aligned(size)) {
                return RMMSIM_ERROR_ADDRESS;
        }
        held = lock_undelegated(memory, pa, count);
        if (held == count && sim_is_recorded(sim)) {
                record_gpt(sim, pa, size, gpt);
        }
        for (uint64_t i = 0; i < held; i++) {
                struct granule *granule = memory_granule(memory, pa + i * GRANULE_SIZE);

                if (held == count) {
                        /* Touched, so that who looks for what the platform has taken finds it. */
                        memory_touch(memory, pa + i * GRANULE_SIZE);
                        journal_granule(memory, pa + i * GRANULE_SIZE);
                        granule_set_gpt(granule, gpt);
                }
                granule_unlock(granule, false);
        }
        return held == count ? 0 : RMMSIM_ERROR_STATE;
}

/* An interrupt of a kind, and with an SError what it says. */
static void raise_now(struct pe *pe, uint32_t interrupt, uint64_t esr)
{
        if (interrupt == PE_SERROR) {
                atomic_store_explicit(&pe->serror_esr, esr, memory_order_relaxed);
        }
        atomic_fetch_or_explicit(&pe->interrupts, interrupt, memory_order_release);
}

static int raise_at(struct rmmsim *sim, unsigned pe, uint32_t interrupt, uint64_t esr)
{
        if (!sim_has_pe(sim, pe)) {
                return RMMSIM_ERROR_MISUSE;
        }
        point(RMMSIM_STEP_RAISE, pe);
        point_touch(OBJECT_INTERRUPTS, (uintptr_t)&sim->pes[pe], true);
        if (sim_is_recorded(sim)) {
                record_raise(sim, pe, interrupt, esr);
        } else {
                raise_now(&sim->pes[pe], interrupt, esr);
        }
        return 0;
}

int rmmsim_irq_raise(struct rmmsim *sim, unsigned pe)
{
        return raise_at(sim, pe, PE_IRQ, 0);
}

int rmmsim_fiq_raise(struct rmmsim *sim, unsigned pe)
{
        return raise_at(sim, pe, PE_FIQ, 0);
}

int rmmsim_serror_raise(struct rmmsim *sim, unsigned pe, uint64_t esr)
{
        return raise_at(sim, pe, PE_SERROR, esr);
}

uint64_t rmmsim_time(const struct rmmsim *sim)
{
        return atomic_load_explicit(&sim->rmm.time, memory_order_relaxed);
}

void rmmsim_time_advance(struct rmmsim *sim, uint64_t ticks)
{
        bool recorded = sim_is_recorded(sim);
        struct text text = { 0 };

        point(RMMSIM_STEP_TIME, ticks);
        point_touch(OBJECT_TIME, 0, true);
        if (recorded) {
                text_add(&text, "time 0x%llx\n", (unsigned long long)ticks);
                record_outside_begin(sim, &text, MEMORY_NONE);
        }
        atomic_fetch_add_explicit(&sim->rmm.time, ticks, memory_order_relaxed);
        if (recorded) {
                record_outside_end(sim);
        }
}

static int bind(struct rmmsim *sim, const struct binding *binding)
{
        struct granule *granule =
                is_granule_aligned(binding->rd) ? memory_granule(&sim->rmm.memory, binding->rd) : NULL;
        bool bound = false;
        bool held = false;

        if (binding->fn == NULL && binding->step == NULL) {
                return RMMSIM_ERROR_CONFIG;
        }
        if (granule != NULL) {
                granule_lock(granule, RMMSIM_GRANULE_RD, true, &held);
        }
        if (!held) {
                return RMMSIM_ERROR_STATE;
        }
        bound = guests_bind(sim->rmm.guests, binding);
        granule_unlock(granule, true);
        return bound ? 0 : RMMSIM_ERROR_MEMORY;
}

int rmmsim_guest_bind(struct rmmsim *sim, uint64_t rd, uint64_t ipa, rmmsim_guest_fn *fn, void *arg)
{
        return bind(sim, &(struct binding){ .rd = rd, .ipa = ipa, .fn = fn, .arg = arg });
}

int rmmsim_guest_bind_step(struct rmmsim *sim, uint64_t rd, uint64_t ipa, rmmsim_step_fn *fn, void *arg)
{
        return bind(sim, &(struct binding){ .rd = rd, .ipa = ipa, .step = fn, .arg = arg });
}

int rmmsim_guest_bind_step_again(struct rmmsim *sim, uint64_t rd, uint64_t ipa, rmmsim_step_fn *fn, void *arg)
{
        return bind(sim, &(struct binding){ .rd = rd, .ipa = ipa, .step = fn, .arg = arg, .again = true });
}
