/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * snapshot.c - going back to an earlier state: the journal for what is in pages, plain copies for the little that is not.
 *
 * A C guest function cannot be brought back, as its stack holds pointers to whatever it likes. So no snapshot is taken while there
 * is one; and those that are found when going back were started since, in RECs that therefore are on the list of changes.
 */
#include "recorder.h"
#include <rmmsim/snapshot.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Of one PE. Its private page and its entry mean nothing between calls. */
struct saved_pe {
        struct refusal_record refusal;
        uint64_t serror_esr;
        uint32_t interrupts;
};

struct saved {
        size_t mapping_size;
        uint64_t time;
        uint64_t vmids[NUM_VMIDS / 64];
        struct saved_pe pes[];
};

void snapshot_free(struct rmmsim *sim)
{
        if (sim->saved != NULL) {
                munmap(sim->saved, sim->saved->mapping_size);
        }
}

static int fail(struct rmmsim_error *error, enum rmmsim_error_code code, const char *text)
{
        if (error != NULL) {
                error->code = code;
                snprintf(error->text, sizeof(error->text), "%s", text);
        }
        return code;
}

/* In a recording. Which pages of the host come back is not asked: all are said again when they are read. */
__attribute__((noinline)) static void tell(struct rmmsim *sim, const char *words, enum memory_kind memory)
{
        struct text text = { 0 };

        text_add(&text, "%s", words);
        record_outside_begin(sim, &text, memory);
        record_outside_end(sim);
}

/* ---- taking ----------------------------------------------------------------------------------------------------------- */

/* Which REC it is that holds a C stack. There is one. */
static uint64_t find_c_guest(const struct rmmsim *sim)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t pa = 0;

        for (; memory_next_delegated(memory, &pa, pa); pa += GRANULE_SIZE) {
                const struct rec *rec = memory_realm_page(memory, pa);

                if (granule_state(memory_granule(memory, pa)) == RMMSIM_GRANULE_REC && rec->guest.slot != 0) {
                        break;
                }
        }
        return pa;
}

static int refuse_c_guest(const struct rmmsim *sim, struct rmmsim_error *error)
{
        char text[sizeof(error->text)];

        snprintf(
                text, sizeof(text),
                "the C guest function of the REC at 0x%llx has been started and what is on its stack cannot be copied: "
                "take the snapshot before it starts, or use a step function",
                (unsigned long long)find_c_guest(sim));
        return fail(error, RMMSIM_ERROR_STATE, text);
}

/* What a first snapshot needs. */
static bool reserve(struct rmmsim *sim)
{
        size_t size = sizeof(struct saved) + sim->num_pes * sizeof(struct saved_pe);
        struct guests *guests = sim->rmm.guests;
        struct journal *journal = journal_create(&sim->rmm.memory, &guests->num_bindings, guests_table_size());
        struct saved *saved;

        if (journal == NULL) {
                return false;
        }
        saved = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (saved == MAP_FAILED) {
                journal_destroy(journal);
                return false;
        }
        saved->mapping_size = size;
        sim->saved = saved;
        sim->rmm.memory.journal = journal;
        guests->journal = journal;
        return true;
}

static void save_vmids(struct saved *saved, struct vmid_set *vmids)
{
        for (unsigned i = 0; i < NUM_VMIDS / 64; i++) {
                saved->vmids[i] = atomic_load_explicit(&vmids->used[i], memory_order_relaxed);
        }
        atomic_store_explicit(&vmids->changed, false, memory_order_relaxed);
}

static void save_pe(struct saved_pe *saved, const struct pe *pe)
{
        saved->refusal = pe->refusal;
        saved->serror_esr = atomic_load_explicit(&pe->serror_esr, memory_order_relaxed);
        saved->interrupts = atomic_load_explicit(&pe->interrupts, memory_order_relaxed);
}

int rmmsim_snapshot(struct rmmsim *sim, struct rmmsim_error *error)
{
        if (!sim_is_idle(sim)) {
                static const char sentence[] = "rmmsim_snapshot() while a PE is inside a call: no guest may call it, "
                                               "and other threads must be waited for";

                (void)fail(error, RMMSIM_ERROR_MISUSE, sentence);
                return sim_misuse(sim, sentence);
        }
        if (atomic_load_explicit(&sim->rmm.guests->live, memory_order_relaxed) != 0) {
                return refuse_c_guest(sim, error);
        }
        if (sim->saved == NULL && !reserve(sim)) {
                return fail(error, RMMSIM_ERROR_MEMORY,
                            "the system has no address space for a snapshot, which needs as much as the regions in "
                            "both worlds");
        }
        journal_begin(sim->rmm.memory.journal);
        faults_save(sim->faults);
        save_vmids(sim->saved, &sim->rmm.vmids);
        for (unsigned i = 0; i < sim->num_pes; i++) {
                save_pe(&sim->saved->pes[i], &sim->pes[i]);
        }
        sim->saved->time = atomic_load_explicit(&sim->rmm.time, memory_order_relaxed);
        if (sim_is_recorded(sim)) {
                recorded_vcpus_keep(sim_recorder(sim));
                tell(sim, "snapshot\n", MEMORY_NONE);
        }
        return 0;
}

/* ---- going back ------------------------------------------------------------------------------------------------------- */

static void drop_c_guests(struct rmmsim *sim)
{
        const struct memory *memory = &sim->rmm.memory;
        const struct journal *journal = memory->journal;
        uint64_t count = atomic_load_explicit(&journal->num_changed, memory_order_relaxed);
        uint64_t pa;

        for (uint64_t i = 0; i < count; i++) {
                if (journal_changed_granule(journal, &pa, i) &&
                    granule_state(memory_granule(memory, pa)) == RMMSIM_GRANULE_REC) {
                        guest_drop(&sim->pes[0], memory_realm_page(memory, pa));
                }
        }
}

static void restore_vmids(struct vmid_set *vmids, const struct saved *saved)
{
        if (!atomic_exchange_explicit(&vmids->changed, false, memory_order_relaxed)) {
                return;
        }
        for (unsigned i = 0; i < NUM_VMIDS / 64; i++) {
                atomic_store_explicit(&vmids->used[i], saved->vmids[i], memory_order_relaxed);
        }
}

static void restore_pe(struct pe *pe, const struct saved_pe *saved)
{
        pe->refusal = saved->refusal;
        atomic_store_explicit(&pe->serror_esr, saved->serror_esr, memory_order_relaxed);
        atomic_store_explicit(&pe->interrupts, saved->interrupts, memory_order_relaxed);
}

int rmmsim_restore(struct rmmsim *sim)
{
        if (sim->saved == NULL) {
                return RMMSIM_ERROR_STATE;
        }
        if (!sim_is_idle(sim)) {
                return sim_misuse(sim, "rmmsim_restore() while a PE is inside a call: no guest may call it, and other "
                                       "threads must be waited for");
        }
        if (atomic_load_explicit(&sim->rmm.guests->live, memory_order_relaxed) != 0) {
                drop_c_guests(sim);
        }
        journal_return(sim->rmm.memory.journal);
        restore_vmids(&sim->rmm.vmids, sim->saved);
        faults_restore(sim->faults);
        for (unsigned i = 0; i < sim->num_pes; i++) {
                restore_pe(&sim->pes[i], &sim->saved->pes[i]);
        }
        atomic_store_explicit(&sim->rmm.time, sim->saved->time, memory_order_relaxed);
        if (sim_is_recorded(sim)) {
                recorded_vcpus_restore(sim_recorder(sim));
                tell(sim, "restore\n", MEMORY_FORGET);
        }
        return 0;
}

void sim_abandon(struct rmmsim *sim)
{
        if (sim_is_recorded(sim)) {
                record_abandon(sim);
        }
        for (unsigned i = 0; i < sim->num_pes; i++) {
                struct pe *pe = &sim->pes[i];

                if (atomic_load_explicit(&pe->busy, memory_order_relaxed) != 0) {
                        memset(&pe->exit, 0, sizeof(pe->exit));
                        pe->entry = (struct entry){ 0 };
                        atomic_store_explicit(&pe->busy, 0, memory_order_relaxed);
                }
        }
}

int rmmsim_snapshot_keep(struct rmmsim *sim, uint64_t pa, size_t size)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t last = pa + min_u64(size - 1, UINT64_MAX - pa);

        if (sim->saved == NULL) {
                return RMMSIM_ERROR_STATE;
        }
        /* A range that reaches to the end of all addresses leaves the regions before. */
        for (uint64_t page = align_down(pa, GRANULE_SIZE); size != 0 && page <= last; page += GRANULE_SIZE) {
                if (memory_region(memory, page) == NULL || !journal_always(memory->journal, page)) {
                        return RMMSIM_ERROR_ADDRESS;
                }
        }
        return 0;
}
