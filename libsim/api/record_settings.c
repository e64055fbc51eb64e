/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_settings.c - how a trace begins: the configuration, and what the instance was before, if it was anything.
 */
#include "recorder.h"

/* Only what is not at its default, which is 0 for all. */
static void add_features(struct text *text, const struct rmmsim_features *features)
{
        const struct {
                const char *name;
                unsigned value;
        } fields[] = {
                { "s2sz", features->s2sz },
                { "ipa_width_min", features->ipa_width_min },
                { "pa_bits", features->pa_bits },
                { "lpa2", features->lpa2 },
                { "sve_vectors", features->sve_vectors },
                { "num_bps", features->num_bps },
                { "num_wps", features->num_wps },
                { "no_pmu", features->no_pmu },
                { "pmu_num_ctrs", features->pmu_num_ctrs },
                { "no_sha_256", features->no_sha_256 },
                { "no_sha_512", features->no_sha_512 },
                { "gicv3_num_lrs", features->gicv3_num_lrs },
                { "max_recs_order", features->max_recs_order },
                { "rec_aux_count", features->rec_aux_count },
                { "vmid_bits", features->vmid_bits },
                { "gic_priority_bits", features->gic_priority_bits },
                { "gic_intid_bits", features->gic_intid_bits },
                { "gic_extended_range", features->gic_extended_range },
        };

        for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
                if (fields[i].value != 0) {
                        text_add(text, "feature %s=%u\n", fields[i].name, fields[i].value);
                }
        }
}

static void add_quirks(struct text *text, uint64_t quirks)
{
#define QUIRK(name, bit, PRESET, meaning)                                                                              \
        if ((quirks & RMMSIM_QUIRK_##name) != 0) {                                                                     \
                text_add(text, "quirk %s\n", #name);                                                                   \
        }
#include <rmmsim/spec/quirks.def>
}

static void add_regions(struct text *text, const struct rmmsim *sim)
{
        for (size_t i = 0; i < sim->config.num_regions; i++) {
                const struct rmmsim_region *region = &sim->regions[i];

                text_add(text, "%s 0x%llx 0x%llx\n", region->kind == RMMSIM_REGION_DRAM ? "dram" : "device",
                         (unsigned long long)region->base, (unsigned long long)region->size);
        }
}

static void add_number(struct text *text, const char *name, uint64_t value)
{
        if (value != 0) {
                text_add(text, "%s 0x%llx\n", name, (unsigned long long)value);
        }
}

static bool is_used(const struct rmmsim *sim)
{
        uint64_t count = 0;

        for (unsigned i = 0; i < sim->num_pes; i++) {
                const struct pe_statistics *statistics = &sim->pes[i].statistics;

                for (unsigned id = 0; id <= RMMSIM_NUM_COMMANDS; id++) {
                        count += statistics->commands[id];
                }
        }
        return count != 0;
}

/* What a replay can be told, as nothing depends on it yet. */
static void add_outside(struct text *text, const struct rmmsim *sim)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t pa = 0;

        add_number(text, "time", atomic_load_explicit(&sim->rmm.time, memory_order_relaxed));
        for (unsigned i = 0; i < sim->num_pes; i++) {
                const struct pe *pe = &sim->pes[i];
                uint32_t pending = atomic_load_explicit(&pe->interrupts, memory_order_relaxed);

                if ((pending & PE_IRQ) != 0) {
                        text_add(text, "irq %u\n", i);
                }
                if ((pending & PE_FIQ) != 0) {
                        text_add(text, "fiq %u\n", i);
                }
                if ((pending & PE_SERROR) != 0) {
                        text_add(text, "serror %u 0x%llx\n", i,
                                 (unsigned long long)atomic_load_explicit(&pe->serror_esr, memory_order_relaxed));
                }
        }
        for (; memory_next_taken(memory, &pa, pa); pa += GRANULE_SIZE) {
                uint32_t word = granule_peek(memory_granule(memory, pa));

                text_add(text, "gpt 0x%llx 4K %s\n", (unsigned long long)pa,
                         rmmsim_state_name(RMMSIM_OBJECT_GPT, granule_word_gpt(word)));
        }
        for (unsigned i = 0; sim->faults != NULL && i < sim->faults->num; i++) {
                text_fault(text, &sim->faults->all[i].rule);
        }
        if (sim->saved != NULL) {
                text_add(text, "snapshot\n");
        }
}

static void add_used(struct text *text, const struct rmmsim *sim)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t pa = 0;

        text_add(text, "used\n");
        for (; memory_next_delegated(memory, &pa, pa); pa += GRANULE_SIZE) {
                text_add(text, "| GRANULE 0x%llx %s\n", (unsigned long long)pa,
                         rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule_state(memory_granule(memory, pa))));
        }
}

bool record_settings(struct text *text, const struct rmmsim *sim)
{
        const struct rmmsim_config *config = &sim->config;
        bool used = is_used(sim);

        text_add(text, "rmmsim-trace 1\npes %u\n", sim->num_pes);
        text_add(text, "profile %s\n", config->profile == RMMSIM_PROFILE_RMM_1_0 ? "rmm_1_0" : "rmm_1_0_reference");
        add_quirks(text, config->quirks);
        add_features(text, &config->features);
        add_regions(text, sim);
        add_number(text, "seed", config->seed);
        add_number(text, "token_components", config->token_components);
        add_number(text, "guest_quantum", config->guest_quantum);
        if (used) {
                add_used(text, sim);
        } else {
                add_outside(text, sim);
        }
        return used;
}

/* ---- faults ----------------------------------------------------------------------------------------------------------- */

static void add_fault_field(struct text *text, const char *name, uint64_t value)
{
        if (value != 0) {
                text_add(text, " %s=0x%llx", name, (unsigned long long)value);
        }
}

void text_fault(struct text *text, const struct rmmsim_fault *fault)
{
        text_add(text, "inject %s", rmmsim_fault_name(fault->kind));
        add_fault_field(text, "fid", fault->fid);
        add_fault_field(text, "one_pe", fault->one_pe);
        add_fault_field(text, "pe", fault->pe);
        add_fault_field(text, "nth", fault->nth);
        add_fault_field(text, "every", fault->every);
        add_fault_field(text, "chance", fault->chance);
        add_fault_field(text, "seed", fault->seed);
        add_fault_field(text, "hits_max", fault->hits_max);
        add_fault_field(text, "x0", fault->x0);
        add_fault_field(text, "index_of_walk", fault->index_of_walk);
        add_fault_field(text, "exit_reason", fault->exit_reason);
        add_fault_field(text, "esr", fault->esr);
        add_fault_field(text, "traps", fault->traps);
        text_add(text, "\n");
}
