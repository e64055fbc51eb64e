/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scale_memory.c - what the process holds resident for one of a thing: the difference that many of them make, divided.
 *
 * Pages of the host are backed on first touch and then the host's own; here none is touched but the parameters.
 */
#include "scale.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
        INSTANCES = 8,
        GRANULES = 65536,
        REALMS = 500,
        RECS = 500
};

static double resident(void)
{
        FILE *file;
        long pages = 0;

        malloc_trim(0); /* what others have freed would be taken for nothing */
        file = fopen("/proc/self/statm", "r");
        if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
                pages = 0;
        }
        if (file != NULL) {
                fclose(file);
        }
        return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* With nothing in it but 1 TiB that it simulates. */
double memory_of_instance(void)
{
        const struct rmmsim_region region = { .base = UINT64_C(1) << 40, .size = GIB << 10 };
        struct rmmsim *sims[INSTANCES];
        double before;
        double after;

        rmmsim_destroy(rmmsim_create(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 }, NULL));
        before = resident(); /* libcrypto has made itself at home */
        for (int i = 0; i < INSTANCES; i++) {
                sims[i] = rmmsim_create(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 }, NULL);
                if (sims[i] == NULL) {
                        fprintf(stderr, "bench: no instance\n");
                        exit(EXIT_FAILURE);
                }
        }
        after = resident();
        for (int i = 0; i < INSTANCES; i++) {
                rmmsim_destroy(sims[i]);
        }
        return (after - before) / INSTANCES;
}

/* A Granule that is delegated and nothing more: its place in the table. */
double memory_of_granule(void)
{
        struct host *host = host_create(&(struct host_shape){ .dram = GIB });
        uint64_t pa = host_pages(host, GRANULES, PAGE);
        double before = resident();
        double after;

        for (uint64_t i = 0; i < GRANULES; i++) {
                RMI(host, rmi_granule_delegate, .addr = pa + i * PAGE);
        }
        after = resident();
        for (uint64_t i = 0; i < GRANULES; i++) {
                RMI(host, rmi_granule_undelegate, .addr = pa + i * PAGE);
        }
        host_destroy(host);
        return (after - before) / GRANULES;
}

static void tables_only(struct realm *realm, struct host *host)
{
        realm_create(realm, host, NULL);
        realm_tables(realm, ENTRY_IPA, 3);
}

/* RD, root table and three more; and the page of parameters, which is the host's. */
double memory_of_realm(void)
{
        struct host *host = host_create(&(struct host_shape){ .dram = GIB });
        struct realm *realms = calloc(REALMS, sizeof(*realms));
        double before = resident();
        double after;

        for (int i = 0; realms != NULL && i < REALMS; i++) {
                tables_only(&realms[i], host);
        }
        after = resident();
        for (int i = 0; realms != NULL && i < REALMS; i++) {
                realm_destroy(&realms[i]);
        }
        free(realms);
        host_destroy(host);
        return (after - before) / REALMS - (double)PAGE;
}

static void memory_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static double memory_of_vcpus(bool started)
{
        struct host *host = host_create(&(struct host_shape){ .dram = GIB });
        struct realm realm;
        uint64_t recs[RECS];
        double before;
        double created;
        double after;

        realm_create(&realm, host, NULL);
        realm.all_on = true;
        realm_ram(&realm, ENTRY_IPA, ENTRY_IPA + PAGE);
        (void)realm_data(&realm, ENTRY_IPA);
        before = resident();
        for (int i = 0; i < RECS; i++) {
                recs[i] = realm_rec(&realm);
        }
        created = resident();
        realm_activate(&realm);
        if (started && rmmsim_guest_bind(host->sim, realm.rd, ENTRY_IPA, memory_guest, NULL) != 0) {
                host_fail(host, 0, "binding a guest");
        }
        for (int i = 0; started && i < RECS; i++) {
                RMI(host, rmi_rec_enter, .rec = recs[i], .run_ptr = realm.run);
        }
        after = resident();
        realm_destroy(&realm);
        host_destroy(host);
        return (started ? after - created : created - before) / RECS;
}

/* With its 16 auxiliary Granules, of which nothing is used. */
double memory_of_rec(void)
{
        return memory_of_vcpus(false);
}

/* What the first entry adds: a stack, as far as an idle guest uses it. */
double memory_of_guest(void)
{
        return memory_of_vcpus(true);
}
