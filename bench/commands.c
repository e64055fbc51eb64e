/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * commands.c - what single commands cost, host's wrapper included.
 *
 * A command that changes something is measured with the one that undoes it, so that every iteration finds the same world.
 * Floors count what the pair cannot do without: each call with its 18 registers both ways, one lock for each change of state,
 * and each page that has to be written.
 */
#include "bench.h"
#include "realm.h"
#include <stdlib.h>

enum {
        STRIDE_PAGES = 65536, /* 256 MiB */
        STRIDE = 251 /* pages from one to the next: prime, so that all are visited, and past what is fetched ahead */
};

struct place {
        struct host *host;
        struct realm realm;
        uint64_t pa;     /* a Granule to work on                                    */
        uint64_t source; /* a page of the host                                      */
        uint64_t ipa;
        uint64_t at; /* of a walk over many pages: how far it is */
};

static struct place *place_new(const struct host_shape *shape)
{
        struct place *place = calloc(1, sizeof(*place));

        if (place == NULL) {
                abort();
        }
        place->host = host_create(shape);
        place->pa = host_page(place->host);
        place->source = host_page(place->host);
        return place;
}

static void place_end(void *context)
{
        struct place *place = context;

        host_destroy(place->host);
        free(place);
}

/* With a new Realm that has tables down to level 3 around place->ipa, and a delegated Granule. */
static struct place *place_with_realm(uint64_t ipa)
{
        struct place *place = place_new(NULL);

        RMI(place->host, rmi_granule_delegate, .addr = place->pa);
        realm_new(&place->realm, place->host, 1);
        realm_tables(&place->realm, ipa, 3);
        place->ipa = ipa;
        return place;
}

static void realm_end(void *context)
{
        struct place *place = context;

        RMI(place->host, rmi_granule_undelegate, .addr = place->pa);
        realm_destroy(&place->realm);
        place_end(place);
}

static void *bare_begin(void)
{
        return place_new(NULL);
}

static void *protected_begin(void)
{
        return place_with_realm(MIB2);
}

static void *unprotected_begin(void)
{
        return place_with_realm(UINT64_C(1) << 39);
}

/* ---- questions ----------------------------------------------------------------------------------------------------- */

static void version_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_VERSION, UINT64_C(1) << 16, 0, 0, 0, 0);
        }
}

static void features_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_FEATURES, 0, 0, 0, 0, 0);
        }
}

static void unknown_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                if (smc_on(place->host->sim, 0, &regs, UINT64_C(0xc400018f), 0, 0, 0, 0, 0) != RMMSIM_NOT_SUPPORTED) {
                        host_fail(place->host, 0, "an identifier that nobody serves");
                }
        }
}

static void refused_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                if (smc_on(place->host->sim, 0, &regs, RMMSIM_RMI_GRANULE_UNDELEGATE, place->pa, 0, 0, 0, 0) !=
                    RMMSIM_RMI_ERROR_INPUT) {
                        host_fail(place->host, 0, "a Granule that is not delegated");
                }
        }
}

static void read_entry_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_RTT_READ_ENTRY, place->realm.rd, place->ipa, 3, 0, 0);
        }
}

/* ---- Granules ------------------------------------------------------------------------------------------------------ */

static void delegate_pair(const struct host *host, uint64_t pa)
{
        struct rmmsim_regs regs;

        smc(host, &regs, RMMSIM_RMI_GRANULE_DELEGATE, pa, 0, 0, 0, 0);
        smc(host, &regs, RMMSIM_RMI_GRANULE_UNDELEGATE, pa, 0, 0, 0, 0);
}

static void delegate_run(void *context, uint64_t n)
{
        const struct place *place = context;

        while (n-- != 0) {
                delegate_pair(place->host, place->pa);
        }
}

static void stride_run(void *context, uint64_t n)
{
        struct place *place = context;

        while (n-- != 0) {
                place->at = (place->at + STRIDE) % STRIDE_PAGES;
                delegate_pair(place->host, place->pa + place->at * PAGE);
        }
}

/* Every page is touched once before, so that the system's own work on first touch is no part of it. */
static void *stride_begin(void)
{
        struct place *place = place_new(&(struct host_shape){ .dram = (STRIDE_PAGES + 16) * PAGE });

        place->pa = host_pages(place->host, STRIDE_PAGES, PAGE);
        stride_run(place, STRIDE_PAGES);
        return place;
}

/* ---- translation tables -------------------------------------------------------------------------------------------- */

static void *table_begin(void)
{
        struct place *place = place_with_realm(MIB2);

        place->ipa = 2 * MIB2; /* beside the table that is there, where there is none */
        return place;
}

static void table_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_RTT_CREATE, place->realm.rd, place->pa, place->ipa, 3, 0);
                smc(place->host, &regs, RMMSIM_RMI_RTT_DESTROY, place->realm.rd, place->ipa, 3, 0, 0);
        }
}

/* 2 MiB of contiguous memory, so that the table can be folded into a block of memory. */
static void *block_begin(void)
{
        struct place *place = place_with_realm(MIB2);
        uint64_t data = host_pages(place->host, 512, MIB2);

        for (uint64_t i = 0; i < 512; i++) {
                RMI(place->host, rmi_granule_delegate, .addr = data + i * PAGE);
                RMI(place->host, rmi_data_create_unknown, .rd = place->realm.rd, .data = data + i * PAGE,
                    .ipa = place->ipa + i * PAGE);
        }
        return place;
}

static void block_end(void *context)
{
        struct place *place = context;

        for (uint64_t i = 0; i < 512; i++) {
                struct rmmsim_regs gone =
                        RMI(place->host, rmi_data_destroy, .rd = place->realm.rd, .ipa = place->ipa + i * PAGE);

                RMI(place->host, rmi_granule_undelegate, .addr = gone.x[1]);
        }
        realm_end(place);
}

static void fold_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_RTT_FOLD, place->realm.rd, place->ipa, 3, 0, 0);
                smc(place->host, &regs, RMMSIM_RMI_RTT_CREATE, place->realm.rd, regs.x[1], place->ipa, 3, 0);
        }
}

static void map_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_RTT_MAP_UNPROTECTED, place->realm.rd, place->ipa, 3,
                    shared_desc(place->source), 0);
                smc(place->host, &regs, RMMSIM_RMI_RTT_UNMAP_UNPROTECTED, place->realm.rd, place->ipa, 3, 0, 0);
        }
}

static void init_ripas_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_RTT_INIT_RIPAS, place->realm.rd, place->ipa, place->ipa + PAGE, 0,
                    0);
        }
}

/* ---- data ---------------------------------------------------------------------------------------------------------- */

static void data_pairs(const struct place *place, uint64_t flags, uint64_t n)
{
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_DATA_CREATE, place->realm.rd, place->pa, place->ipa, place->source,
                    flags);
                smc(place->host, &regs, RMMSIM_RMI_DATA_DESTROY, place->realm.rd, place->ipa, 0, 0, 0);
        }
}

static void data_measured_run(void *context, uint64_t n)
{
        data_pairs(context, RMMSIM_DATA_FLAG_MEASURE, n);
}

static void data_run(void *context, uint64_t n)
{
        data_pairs(context, 0, n);
}

static void data_unknown_run(void *context, uint64_t n)
{
        const struct place *place = context;
        struct rmmsim_regs regs;

        while (n-- != 0) {
                smc(place->host, &regs, RMMSIM_RMI_DATA_CREATE_UNKNOWN, place->realm.rd, place->pa, place->ipa, 0, 0);
                smc(place->host, &regs, RMMSIM_RMI_DATA_DESTROY, place->realm.rd, place->ipa, 0, 0, 0);
        }
}

/* ---- the table ----------------------------------------------------------------------------------------------------- */

static const struct bench_row rows[] = {
        { "command/version", "RMI_VERSION: the dispatch and nothing else", bare_begin, version_run, place_end,
          .floors = { FLOORS_OF_SMCS(1) }, .goal_ns = 15 },
        { "command/features", "RMI_FEATURES", bare_begin, features_run, place_end, .floors = { FLOORS_OF_SMCS(1) } },
        { "command/unknown", "an identifier that nobody serves", bare_begin, unknown_run, place_end,
          .floors = { FLOORS_OF_SMCS(1) } },
        { "command/refused", "RMI_GRANULE_UNDELEGATE of a Granule that is not delegated", bare_begin, refused_run,
          place_end, .floors = { FLOORS_OF_SMCS(1) } },
        { "command/delegate", "delegate + undelegate, the same Granule each time", bare_begin, delegate_run, place_end,
          .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_ZERO_4K] = 1 }, .goal_ns = 80 },
        { "command/delegate_stride", "delegate + undelegate, striding over 256 MiB", stride_begin, stride_run,
          place_end, .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_ZERO_4K_COLD] = 1 } },
        { "command/read_entry", "RMI_RTT_READ_ENTRY at level 3, walked from level 0", protected_begin, read_entry_run,
          realm_end, .floors = { FLOORS_OF_SMCS(1), [FLOOR_LOCK_PAIR] = 1 }, .goal_ns = 30 },
        { "command/rtt_create", "RMI_RTT_CREATE at level 3 + RMI_RTT_DESTROY", table_begin, table_run, realm_end,
          .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_ZERO_4K] = 2 } },
        { "command/rtt_fold", "RMI_RTT_FOLD of 2 MiB of memory into a block + RMI_RTT_CREATE, which unfolds it",
          block_begin, fold_run, block_end,
          .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_ZERO_4K] = 2 } },
        { "command/map", "RMI_RTT_MAP_UNPROTECTED + RMI_RTT_UNMAP_UNPROTECTED, level 3", unprotected_begin, map_run,
          realm_end, .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2 } },
        { "command/init_ripas", "RMI_RTT_INIT_RIPAS of one page, which is RAM already", protected_begin, init_ripas_run,
          realm_end, .floors = { FLOORS_OF_SMCS(1), [FLOOR_LOCK_PAIR] = 1, [FLOOR_SHA_256] = 1 } },
        { "command/data_measured", "RMI_DATA_CREATE, measured, + RMI_DATA_DESTROY, in a new Realm", protected_begin,
          data_measured_run, realm_end,
          .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_COPY_4K] = 1, [FLOOR_ZERO_4K] = 1,
                      [FLOOR_SHA_4K] = 1, [FLOOR_SHA_256] = 1 },
          .goal_ns = 3900 },
        { "command/data", "RMI_DATA_CREATE, not measured, + RMI_DATA_DESTROY, in a new Realm", protected_begin,
          data_run, realm_end,
          .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_COPY_4K] = 1, [FLOOR_ZERO_4K] = 1,
                      [FLOOR_SHA_256] = 1 } },
        { "command/data_unknown", "RMI_DATA_CREATE_UNKNOWN + RMI_DATA_DESTROY", protected_begin, data_unknown_run,
          realm_end, .floors = { FLOORS_OF_SMCS(2), [FLOOR_LOCK_PAIR] = 2, [FLOOR_ZERO_4K] = 1 }, .goal_ns = 160 },
};

const struct bench_family family_commands = { "command", "Commands, the host's wrapper included", rows,
                                              sizeof(rows) / sizeof(rows[0]) };
