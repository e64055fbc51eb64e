/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instance.c - making and unmaking an instance.
 *
 * One reservation of address space holds the instance and its PEs, another each region, another the guests; so creation is a
 * handful of system calls whatever it simulates.
 */
#include "recorder.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * A program that is done may leave an instance where it is, as fuzz targets do. LeakSanitizer, where it is linked in, has to be told
 * that what the instance points to is still reachable: it does not look into mappings by itself.
 */
extern __attribute__((weak)) void __lsan_register_root_region(const void *begin, size_t size);
extern __attribute__((weak)) void __lsan_unregister_root_region(const void *begin, size_t size);

enum {
        PES_MAX = 1024,
        GUESTS_DEFAULT = 4096,
        GUESTS_MAX = 32000
};
enum {
        GUEST_STACK_DEFAULT = 256 * 1024,
        GUEST_STACK_MIN = 64 * 1024
};

static struct rmmsim *fail(struct rmmsim_error *error, enum rmmsim_error_code code, const char *text)
{
        if (error != NULL) {
                error->code = code;
                snprintf(error->text, sizeof(error->text), "%s", text);
        }
        return NULL;
}

static size_t pes_offset(void)
{
        return (sizeof(struct rmmsim) + 63) & ~(size_t)63;
}

static const char *nonsense(const struct rmmsim_config *config)
{
        if (config->num_pes > PES_MAX) {
                return "num_pes must be at most 1024";
        }
        if (config->audit_period != 0 && config->num_pes > 1) {
                return "audit_period needs num_pes = 1, as an audit looks at everything: call rmmsim_audit() instead";
        }
        if (config->max_guests > GUESTS_MAX) {
                return "max_guests must be at most 32000, as the system limits mappings";
        }
        if (config->guest_stack_size != 0 && config->guest_stack_size < GUEST_STACK_MIN) {
                return "guest_stack_size must be at least 65536 bytes";
        }
        if (config->token_components > ATTESTATION_EXTRA_COMPONENTS_MAX) {
                return "token_components must be at most 500";
        }
        return NULL;
}

static void release(struct rmmsim *sim)
{
        for (unsigned i = 0; i < sim->num_pes; i++) {
                hasher_free(&sim->pes[i].hasher);
        }
        hash_methods_free(&sim->hash_methods);
        guests_destroy(sim->rmm.guests);
        attestation_authority_free(&sim->rmm.authority);
        memory_destroy(&sim->rmm.memory);
        snapshot_free(sim);
        free(sim->faults);
        if (__lsan_unregister_root_region != NULL) {
                __lsan_unregister_root_region(sim, sim->mapping_size);
        }
        munmap(sim, sim->mapping_size);
}

static bool make_pes(struct rmmsim *sim, unsigned num_pes)
{
        if (!hash_methods_fetch(&sim->hash_methods)) {
                return false;
        }
        for (unsigned i = 0; i < num_pes; i++) {
                struct pe *pe = &sim->pes[i];

                pe->index = i;
                pe->rmm = &sim->rmm;
                if (!hasher_create(&pe->hasher, &sim->hash_methods)) {
                        return false;
                }
                sim->num_pes = i + 1;
        }
        return true;
}

static void set_up_rmm(struct rmm *rmm, const struct rmmsim_config *config)
{
        rmm->gic = (struct gic_features){ .lrs = (uint8_t)rmm->profile.num_lrs,
                                          .priority_bits = (uint8_t)rmm->profile.gic_priority_bits,
                                          .intid_bits = (uint8_t)rmm->profile.gic_intid_bits,
                                          .extended_range = rmm->profile.gic_extended_range };
        rmm->trace = (struct trace_sink){ .fn = config->trace, .context = config->context };
        rmm->watched = config->trace != NULL;
        rmm->guest_quantum = config->guest_quantum != 0 ? config->guest_quantum : UINT32_MAX;
        rmm->adversary = config->adversary;
        rmm->adversary_context = config->context;
        attestation_authority_init(&rmm->authority, config->seed, config->token_components);
}

struct rmmsim *rmmsim_create(const struct rmmsim_config *config, struct rmmsim_error *error)
{
        struct rmmsim_error ignored;
        enum rmmsim_error_code code;
        struct profile profile;
        struct rmmsim *sim;
        const char *wrong;
        unsigned num_pes;
        size_t size;

        error = error != NULL ? error : &ignored;
        if (config == NULL) {
                return fail(error, RMMSIM_ERROR_CONFIG, "config must not be NULL");
        }
        if ((wrong = nonsense(config)) != NULL || (wrong = profile_resolve(&profile, config)) != NULL) {
                return fail(error, RMMSIM_ERROR_CONFIG, wrong);
        }
        num_pes = config->num_pes != 0 ? config->num_pes : 1;
        size = pes_offset() + num_pes * sizeof(struct pe);
        sim = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (sim == MAP_FAILED) {
                return fail(error, RMMSIM_ERROR_MEMORY, "the system has no memory for an instance");
        }
        if (__lsan_register_root_region != NULL) {
                __lsan_register_root_region(sim, size);
        }
        sim->mapping_size = size;
        sim->pes = (struct pe *)(void *)((uint8_t *)sim + pes_offset());
        sim->misuse = config->misuse;
        sim->trespass = config->trespass;
        sim->lost = config->lost;
        sim->context = config->context;
        sim->audit_period = config->audit_period;
        sim->rmm.profile = profile;
        set_up_rmm(&sim->rmm, config);
        if ((wrong = memory_init(&sim->rmm.memory, &code, config)) != NULL) {
                release(sim);
                return fail(error, code, wrong);
        }
        sim->config = *config;
        sim->config.regions = NULL; /* the caller's need not stay */
        memcpy(sim->regions, config->regions, config->num_regions * sizeof(sim->regions[0]));
        sim->rmm.guests = guests_create(config->max_guests != 0 ? config->max_guests : GUESTS_DEFAULT,
                                        config->guest_stack_size != 0 ? config->guest_stack_size : GUEST_STACK_DEFAULT);
        if (sim->rmm.guests == NULL) {
                release(sim);
                return fail(error, RMMSIM_ERROR_MEMORY,
                            "the system has no address space for the stacks of max_guests guests");
        }
        if (!make_pes(sim, num_pes)) {
                release(sim);
                return fail(error, RMMSIM_ERROR_CRYPTO, "libcrypto offers no SHA-256, SHA-384 or SHA-512");
        }
        return sim;
}

/* Suspended guests end where they stand, so that their stacks are not in use when they go. */
static void drop_guests(struct rmmsim *sim)
{
        const struct memory *memory = &sim->rmm.memory;
        uint64_t pa = 0;

        for (; memory_next_delegated(memory, &pa, pa); pa += GRANULE_SIZE) {
                if (granule_state(memory_granule(memory, pa)) == RMMSIM_GRANULE_REC) {
                        guest_drop(&sim->pes[0], memory_realm_page(memory, pa));
                }
        }
}

static void tell_lost(const struct rmmsim *sim)
{
        uint64_t pa = 0;

        for (; sim->lost != NULL && rmmsim_next_delegated(sim, &pa, pa); pa += GRANULE_SIZE) {
                struct rmmsim_granule granule;

                (void)rmmsim_granule(sim, &granule, pa);
                sim->lost(sim->context, pa, &granule);
        }
}

void rmmsim_destroy(struct rmmsim *sim)
{
        if (sim == NULL) {
                return;
        }
        if (!sim_is_idle(sim)) {
                (void)sim_misuse(sim, "rmmsim_destroy() while a PE is inside a call: wait for its thread first");
                return;
        }
        if (sim_is_recorded(sim)) {
                record_close(sim);
        }
        drop_guests(sim);
        tell_lost(sim);
        release(sim);
}

bool sim_is_idle(const struct rmmsim *sim)
{
        for (unsigned i = 0; i < sim->num_pes; i++) {
                if (atomic_load_explicit(&sim->pes[i].busy, memory_order_acquire) != 0) {
                        return false;
                }
        }
        return true;
}

int sim_misuse(const struct rmmsim *sim, const char *sentence)
{
        if (sim->misuse == NULL) {
                fprintf(stderr, "rmmsim: misuse: %s\n", sentence);
                abort();
        }
        sim->misuse(sim->context, sentence);
        return RMMSIM_ERROR_MISUSE;
}

bool sim_has_pe(const struct rmmsim *sim, unsigned pe)
{
        if (pe < sim->num_pes) {
                return true;
        }
        (void)sim_misuse(sim, "that PE does not exist: raise num_pes in the configuration");
        return false;
}

const char *rmmsim_error_text(int code)
{
        switch (code) {
        case RMMSIM_OK:
                return "no error";
        case RMMSIM_ERROR_CONFIG:
                return "the configuration or an argument makes no sense";
        case RMMSIM_ERROR_MEMORY:
                return "the system gave no memory";
        case RMMSIM_ERROR_MISUSE:
                return "the library was misused; the misuse handler was told how";
        case RMMSIM_ERROR_ADDRESS:
                return "the address is in no region, or not accessible to the host";
        case RMMSIM_ERROR_STATE:
                return "the object is not in the state that the call needs";
        case RMMSIM_ERROR_NO_GUEST:
                return "no guest is bound to the address where the REC starts: call rmmsim_guest_bind() first";
        case RMMSIM_ERROR_NO_STACK:
                return "max_guests guest functions exist already: raise it, or destroy RECs";
        case RMMSIM_ERROR_AUDIT:
                return "an invariant does not hold; rmmsim_audit() names it";
        case RMMSIM_ERROR_CRYPTO:
                return "libcrypto refused";
        case RMMSIM_ERROR_TRESPASS:
                return "the host has written to memory that it gave away";
        case RMMSIM_ERROR_FILE:
                return "a file cannot be opened, or not be written; errno says why";
        default:
                return "unknown error code";
        }
}
