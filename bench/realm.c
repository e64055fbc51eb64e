/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * realm.c - building the worlds of rows, and taking them down.
 */
#include "realm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the host ------------------------------------------------------------------------------------------------------ */

struct host *host_create(const struct host_shape *shape)
{
        static const struct host_shape common = { 0 };
        struct host *host = malloc(sizeof(*host));
        struct rmmsim_error error;

        shape = shape != NULL ? shape : &common;
        if (host == NULL) {
                fprintf(stderr, "bench: no memory\n");
                exit(EXIT_FAILURE);
        }
        host->next_pa = DRAM_BASE;
        host->next_vmid = 1;
        host->sim = rmmsim_create(
                &(struct rmmsim_config){ .regions =
                                                 &(const struct rmmsim_region){
                                                         .base = DRAM_BASE,
                                                         .size = shape->dram != 0 ? shape->dram : UINT64_C(64) << 20 },
                                         .num_regions = 1,
                                         .num_pes = shape->num_pes,
                                         .guest_quantum = shape->guest_quantum,
                                         .features = shape->features,
                                         .quirks = shape->quirks,
                                         .guard = RMMSIM_GUARD_NONE }, /* counting is done under Valgrind */
                &error);
        if (host->sim == NULL) {
                fprintf(stderr, "bench: no instance: %s\n", error.text);
                exit(EXIT_FAILURE);
        }
        return host;
}

void host_destroy(struct host *host)
{
        uint64_t pa;

        if (rmmsim_next_delegated(host->sim, &pa, 0)) {
                fprintf(stderr, "bench: the Granule at 0x%llx did not come back\n", (unsigned long long)pa);
                exit(EXIT_FAILURE);
        }
        rmmsim_destroy(host->sim);
        free(host);
}

uint64_t host_pages(struct host *host, uint64_t count, uint64_t align)
{
        uint64_t pa = (host->next_pa + align - 1) & ~(align - 1);

        host->next_pa = pa + count * PAGE;
        return pa;
}

uint64_t host_page(struct host *host)
{
        return host_pages(host, 1, PAGE);
}

uint64_t host_delegated(struct host *host)
{
        uint64_t pa = host_page(host);

        RMI(host, rmi_granule_delegate, .addr = pa);
        return pa;
}

void *host_at(const struct host *host, uint64_t pa)
{
        void *page = rmmsim_host_pointer(host->sim, pa, PAGE);

        if (page == NULL) {
                host_fail(host, 0, "a page past the simulated memory");
        }
        return page;
}

_Noreturn void host_fail(const struct host *host, unsigned pe, const char *what)
{
        const struct rmmsim_refusal *why = rmmsim_why(host->sim, pe);

        fprintf(stderr, "bench: %s: %s\n", what, why != NULL ? why->sentence : "not refused, but not as expected");
        exit(EXIT_FAILURE);
}

struct rmmsim_regs host_must(const struct host *host, const char *command, struct rmmsim_regs regs)
{
        if (regs.x[0] != RMMSIM_RMI_SUCCESS) {
                host_fail(host, 0, command);
        }
        return regs;
}

/* ---- what a Realm is made of --------------------------------------------------------------------------------------- */

struct realm_made {
        enum {
                MADE_TABLE,
                MADE_DATA,
                MADE_SHARED,
                MADE_REC
        } kind;
        int level;
        uint64_t address; /* an IPA, or the PA of a REC */
        uint64_t aux;     /* of a REC: its auxiliary Granules, one after the other */
        uint64_t num_aux;
};

static void note(struct realm *realm, struct realm_made made)
{
        /* Room doubles at powers of two. */
        if ((realm->num_made & (realm->num_made - 1)) == 0) {
                size_t room = realm->num_made == 0 ? 1 : realm->num_made * 2;

                realm->made = realloc(realm->made, room * sizeof(*realm->made));
                if (realm->made == NULL) {
                        host_fail(realm->host, 0, "no memory");
                }
        }
        realm->made[realm->num_made++] = made;
}

void realm_create(struct realm *realm, struct host *host, const struct realm_shape *shape)
{
        static const struct realm_shape common = { 0 };
        struct rmmsim_realm_params *params;
        uint64_t page = host_page(host);

        shape = shape != NULL ? shape : &common;
        memset(realm, 0, sizeof(*realm));
        realm->host = host;
        realm->num_roots = shape->num_start != 0 ? shape->num_start : 1;
        realm->rd = host_delegated(host);
        realm->root = host_pages(host, realm->num_roots, realm->num_roots * PAGE);
        for (unsigned i = 0; i < realm->num_roots; i++) {
                RMI(host, rmi_granule_delegate, .addr = realm->root + i * PAGE);
        }
        params = host_at(host, page);
        params->flags = shape->lpa2 ? RMMSIM_REALM_FLAG_LPA2 : 0;
        params->s2sz = shape->width != 0 ? shape->width : 40;
        params->num_bps = 1;
        params->num_wps = 1;
        params->vmid = host->next_vmid++;
        params->rtt_base = realm->root;
        params->rtt_level_start = shape->level_start;
        params->rtt_num_start = realm->num_roots;
        realm->par_top = UINT64_C(1) << (params->s2sz - 1);
        RMI(host, rmi_realm_create, .rd = realm->rd, .params_ptr = page);
        realm->run = page; /* the host's page again, and zero but for what nobody reads there */
        memset(params, 0, sizeof(*params));
}

static uint64_t bytes_of_entry(int level)
{
        return UINT64_C(1) << (12 + 9 * (unsigned)(3 - level));
}

void realm_tables(struct realm *realm, uint64_t ipa, int level)
{
        struct host *host = realm->host;
        uint64_t at = ipa & ~(bytes_of_entry(level) - 1);
        struct rmmsim_regs entry;

        entry = RMI(host, rmi_rtt_read_entry, .rd = realm->rd, .ipa = at, .level = (uint64_t)(int64_t)level);
        for (int next = (int)(int64_t)entry.x[1] + 1; next <= level; next++) {
                at = ipa & ~(bytes_of_entry(next - 1) - 1);
                RMI(host, rmi_rtt_create, .rd = realm->rd, .rtt = host_delegated(host), .ipa = at,
                    .level = (uint64_t)(int64_t)next);
                note(realm, (struct realm_made){ .kind = MADE_TABLE, .level = next, .address = at });
        }
}

void realm_ram(struct realm *realm, uint64_t base, uint64_t top)
{
        while (base < top) {
                realm_tables(realm, base, 3);
                base = RMI(realm->host, rmi_rtt_init_ripas, .rd = realm->rd, .base = base, .top = top).x[1];
        }
}

uint64_t realm_data(struct realm *realm, uint64_t ipa)
{
        uint64_t data = host_delegated(realm->host);

        realm_tables(realm, ipa, 3);
        RMI(realm->host, rmi_data_create, .rd = realm->rd, .data = data, .ipa = ipa, .src = realm->run);
        note(realm, (struct realm_made){ .kind = MADE_DATA, .address = ipa });
        return data;
}

uint64_t realm_share(struct realm *realm, uint64_t ipa)
{
        uint64_t page = host_page(realm->host);

        realm_tables(realm, ipa, 3);
        RMI(realm->host, rmi_rtt_map_unprotected, .rd = realm->rd, .ipa = ipa, .level = 3, .desc = shared_desc(page));
        note(realm, (struct realm_made){ .kind = MADE_SHARED, .address = ipa });
        return page;
}

uint64_t realm_rec(struct realm *realm)
{
        struct host *host = realm->host;
        struct rmmsim_rec_params *params = host_at(host, realm->run);
        uint64_t num_aux = RMI(host, rmi_rec_aux_count, .rd = realm->rd).x[1];
        uint64_t rec = host_delegated(host);
        uint64_t aux = host_pages(host, num_aux, PAGE);

        memset(params, 0, sizeof(*params));
        params->flags = realm->num_recs == 0 || realm->all_on ? RMMSIM_REC_FLAG_RUNNABLE : 0;
        params->mpidr = rec_mpidr(realm->num_recs);
        params->pc = ENTRY_IPA;
        params->num_aux = num_aux;
        for (uint64_t i = 0; i < num_aux; i++) {
                params->aux[i] = aux + i * PAGE;
                RMI(host, rmi_granule_delegate, .addr = params->aux[i]);
        }
        RMI(host, rmi_rec_create, .rd = realm->rd, .rec = rec, .params_ptr = realm->run);
        memset(params, 0, sizeof(*params));
        note(realm, (struct realm_made){ .kind = MADE_REC, .address = rec, .aux = aux, .num_aux = num_aux });
        realm->rec = realm->num_recs == 0 ? rec : realm->rec;
        realm->last_rec = rec;
        realm->num_recs++;
        return rec;
}

void realm_activate(struct realm *realm)
{
        RMI(realm->host, rmi_realm_activate, .rd = realm->rd);
}

/* ---- and what becomes of it ---------------------------------------------------------------------------------------- */

static void undelegate(struct host *host, uint64_t pa, uint64_t count)
{
        for (uint64_t i = 0; i < count; i++) {
                RMI(host, rmi_granule_undelegate, .addr = pa + i * PAGE);
        }
}

static void undo(struct realm *realm, const struct realm_made *made)
{
        struct host *host = realm->host;
        uint64_t level = (uint64_t)(int64_t)made->level;

        switch (made->kind) {
        case MADE_TABLE:
                undelegate(host, RMI(host, rmi_rtt_destroy, .rd = realm->rd, .ipa = made->address, .level = level).x[1],
                           1);
                break;
        case MADE_DATA:
                undelegate(host, RMI(host, rmi_data_destroy, .rd = realm->rd, .ipa = made->address).x[1], 1);
                break;
        case MADE_SHARED:
                RMI(host, rmi_rtt_unmap_unprotected, .rd = realm->rd, .ipa = made->address, .level = 3);
                break;
        case MADE_REC:
                RMI(host, rmi_rec_destroy, .rec = made->address);
                undelegate(host, made->address, 1);
                undelegate(host, made->aux, made->num_aux);
                break;
        }
}

void realm_destroy(struct realm *realm)
{
        struct host *host = realm->host;

        while (realm->num_made != 0) {
                undo(realm, &realm->made[--realm->num_made]);
        }
        free(realm->made);
        realm->made = NULL;
        RMI(host, rmi_realm_destroy, .rd = realm->rd);
        undelegate(host, realm->rd, 1);
        undelegate(host, realm->root, realm->num_roots);
}

/* ---- the usual ones ------------------------------------------------------------------------------------------------ */

void realm_new(struct realm *realm, struct host *host, unsigned num_recs)
{
        realm_create(realm, host, NULL);
        realm_ram(realm, ENTRY_IPA, ENTRY_IPA + PAGE);
        (void)realm_data(realm, ENTRY_IPA);
        for (unsigned i = 0; i < num_recs; i++) {
                (void)realm_rec(realm);
        }
}

void realm_running(struct realm *realm, struct host *host, unsigned num_recs)
{
        realm_new(realm, host, num_recs);
        realm_activate(realm);
}
